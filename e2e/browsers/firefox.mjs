// Firefox through WebDriver BiDi, which it speaks itself.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const places = ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'];

/** Where it is, or why it is not. */
export function found() {
  const path = process.env.LANEVM_FIREFOX ?? places.find((place) => existsSync(place));
  return path && existsSync(path) ? { path } : { missing: 'Firefox is not installed (apt-get install firefox-esr)' };
}

/** Opens a page in a new Firefox. */
export async function open(url) {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: found().path, headless: true });
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  await page.goto(url);
  return {
    version: await browser.version(),
    read: (script) => page.evaluate(`(() => { ${script} })()`),
    click: (selector) => page.locator(selector).click(),
    async type(selector, text) {
      await page.locator(selector).fill(text);
    },
    press: async (selector, key) => {
      await page.focus(selector);
      await page.keyboard.press(key);
    },
    close: () => browser.close(),
  };
}
