// WebKitGTK's MiniBrowser through its WebDriver. It draws on a screen, which may be a virtual one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Builder, By, Key, logging } from 'selenium-webdriver';

const DRIVER = process.env.LANEVM_WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver';
const SCREEN = '/usr/bin/Xvfb';
const browsers = ['4.1', '4.0', '6.0'].flatMap((version) =>
  ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => `/usr/lib/${machine}/webkit2gtk-${version}/MiniBrowser`),
);

/** Where it is, or why it is not. */
export function found() {
  const path = browsers.find((place) => existsSync(place));
  const screen = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? (existsSync(SCREEN) ? SCREEN : undefined);
  if (path && screen && existsSync(DRIVER)) return { path };
  return { missing: 'WebKitGTK is not installed (apt-get install webkit2gtk-driver xvfb)' };
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** A screen that nobody sees; its number is what it writes to its third descriptor. */
async function virtualScreen() {
  const screen = spawn(SCREEN, ['-displayfd', '3', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise((resolve, reject) => {
    screen.stdio[3].once('data', (text) => resolve(String(text).trim()));
    screen.once('exit', () => reject(new Error('Xvfb ended before it had a screen')));
  });
  return { screen, display: `:${number}` };
}

async function answering(port) {
  for (let tries = 0; tries < 100; tries += 1) {
    const status = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined);
    if (status?.ok) return;
    await after(100);
  }
  throw new Error('WebKitWebDriver did not answer');
}

/** Opens a page in a new MiniBrowser. */
export async function open(url) {
  const seen = process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY;
  const { screen, display } = seen ? {} : await virtualScreen();
  const port = await freePort();
  const driver = spawn(DRIVER, [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, ...(display && { DISPLAY: display }), WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  });
  const end = () => {
    driver.kill();
    screen?.kill();
  };
  try {
    await answering(port);
    logging.getLogger().setLevel(logging.Level.OFF);
    const options = { binary: found().path, args: ['--automation'] };
    const browser = await new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .withCapabilities({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options })
      .build();
    await browser.manage().window().setRect({ x: 0, y: 0, width: 1440, height: 900 });
    await browser.get(url);
    const capabilities = await browser.getCapabilities();
    const find = (selector) => browser.findElement(By.css(selector));
    return {
      version: `${capabilities.getBrowserName()} ${capabilities.getBrowserVersion()}`,
      read: (script) => browser.executeScript(script),
      click: (selector) => find(selector).click(),
      async type(selector, text) {
        const field = await find(selector);
        await browser.executeScript('arguments[0].focus(); arguments[0].select()', field);
        await field.sendKeys(text);
      },
      async press(selector, key) {
        await browser.executeScript('document.querySelector(arguments[0]).focus()', selector);
        await browser.actions().sendKeys(Key[key.toUpperCase()]).perform();
      },
      async close() {
        await browser.quit();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
