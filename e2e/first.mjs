// What the page's programs call until their first result, of a page in dist/ that notes its calls (`cargo xtask first`), as
// JSON: for each program the numbers of the functions.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { chromium, expect } from '@playwright/test';
import config from './playwright.config.mjs';
import { Playground } from './pages/playground.mjs';

const { use } = config.projects.find(({ name }) => name === 'webgpu');
const [port, served] = [4199, 4198];
const baseURL = `http://127.0.0.1:${port}/`;
const server = spawn(process.execPath, ['serve.mjs'], { env: { ...process.env, LANEVM_E2E_PORT: String(served) }, stdio: 'pipe' });
await new Promise((resolve) => { server.stdout.once('data', resolve); });

/** Keeps what instances export, and tells what was called in a program when it is asked. */
const keep = (putsOff) => {
  const counts = [];
  const kept = ({ exports }) => counts.push(...Object.entries(exports).filter(([name]) => name.startsWith('called:')));
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const own = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await own(...given);
      kept(made.instance ?? made);
      return made;
    };
  }
  // What workers put off comes behind the first result; here it never does, so that the lists are the same every time.
  if (putsOff && globalThis.document === undefined) {
    const own = globalThis.setTimeout;
    globalThis.setTimeout = (then, wait, ...more) => (wait >= 200 ? 0 : own(then, wait, ...more));
  }
  const called = () => counts.filter(([, count]) => count.value).map(([name]) => Number(name.slice('called:'.length)));
  globalThis.called = called;
  const ear = new BroadcastChannel('calls');
  ear.onmessage = ({ data }) => data === 'tell' && globalThis.document === undefined && ear.postMessage(called());
};

/** What a visit finds otherwise than other readers do. */
const USUAL = { putsOff: true, comes: true };
let found = USUAL;

/** A file as it is handed on: a few lines before a worker's own, also of those that workers start, and a rest that does not come. */
const handed = (path, text) => {
  if (path.endsWith('engine_loader.js')) {
    const own = `(${keep})(${found.putsOff});const { default: init } = await import('`;
    return text.replace(/^import init from '(.*?)';/, (_, from) => `${own}${from}');`);
  }
  if (found.comes) return text;
  if (path.endsWith('/rest.js')) return text.replace('loadRest = async () => {', "$& return 'it does not come'");
  // What the page says of the file that is another now.
  return text.replace(/<link rel="modulepreload" href="[^"]*\/rest\.js"[^>]*>/, '');
};
const door = createServer(async (asked, reply) => {
  const answer = await fetch(`http://127.0.0.1:${served}${asked.url}`);
  const body = Buffer.from(await answer.arrayBuffer());
  reply.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => name !== 'content-length')));
  const { pathname } = new URL(asked.url, baseURL);
  reply.end(/(engine_loader|\/rest)\.js$|\/$/.test(pathname) ? handed(pathname, body.toString()) : body);
});
await new Promise((resolve) => { door.listen(port, '127.0.0.1', resolve); });

/** What was called in all programs of a page so far. */
const told = (page) =>
  page.evaluate(() => new Promise((resolve) => {
    const engine = [];
    const ear = new BroadcastChannel('calls');
    ear.onmessage = ({ data }) => Array.isArray(data) && engine.push(...data);
    ear.postMessage('tell');
    setTimeout(() => { ear.close(); resolve({ page: globalThis.called(), engine }); }, 1500);
  }));

/** The first result is on screen. */
const shown = async (playground) => {
  await playground.done();
  await expect(playground.table.getByRole('row').nth(3)).toBeVisible();
};

const seen = { page: new Set(), engine: new Set() };
const note = async (page) => {
  const { page: own, engine } = await told(page);
  own.forEach((at) => seen.page.add(at));
  engine.forEach((at) => seen.engine.add(at));
};

/** A visit of the page: with a browser's features and a window's size, and what is found otherwise. */
async function visit({ features = use, how = {}, finds = {} }, then) {
  found = { ...USUAL, ...finds };
  const browser = await chromium.launch(features.launchOptions);
  const page = await browser.newPage({ baseURL, viewport: config.use.viewport, ...how });
  await page.addInitScript(keep);
  await then(page, new Playground(page));
  await browser.close();
}

/** The first example runs, and more lanes after it. */
async function run(page, playground) {
  await playground.open();
  await shown(playground);
  await note(page);
  // On slower machines the first result takes as long as many lanes do here: there is progress to be told.
  await playground.count.fill('100,000');
  await playground.runNow();
  await note(page);
  // As a draft that the tab held.
  await playground.count.fill('1,000');
  await playground.count.blur();
  await page.waitForTimeout(2000);
  await page.reload();
  await expect(playground.notice).toBeVisible();
  await note(page);
}

/** The address says what is shown, and nothing runs. */
async function open(page, playground) {
  await playground.open('#code=0x5f35600052&calldata=0x01&fork=shanghai');
  await expect(playground.notice).toBeVisible();
  await note(page);
}

/** A rest that does not come is told by what is there. */
async function miss(page, playground) {
  await playground.openAndWait();
  await expect(playground.notice).toContainText('could not be loaded');
  await expect(playground.noGpu).toContainText('could not be loaded');
  await note(page);
}

/** What comes right behind the first result finds the page's own part of it there: the editor, the GPU's name, pictures. */
async function stay(page, playground) {
  await playground.openAndWait();
  await playground.edited();
  await playground.gpuReady();
  await page.waitForTimeout(1000);
  (await told(page)).page.forEach((at) => seen.page.add(at));
}

try {
  const without = config.projects.find(({ name }) => name === 'no-webgpu').use;
  await visit({}, run);
  await visit({ how: { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } }, run);
  await visit({ features: without }, run);
  await visit({}, open);
  await visit({ finds: { putsOff: false, comes: false } }, miss);
  await visit({ finds: { putsOff: false } }, stay);
  process.stdout.write(JSON.stringify({ page: [...seen.page], engine: [...seen.engine] }));
} finally {
  door.close();
  server.kill();
}
