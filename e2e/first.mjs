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
const keep = () => {
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
  // The GPU comes behind the first result; here it never does.
  if (globalThis.GPU) GPU.prototype.requestAdapter = () => new Promise(() => {});
  const called = () => counts.filter(([, count]) => count.value).map(([name]) => Number(name.slice('called:'.length)));
  globalThis.called = called;
  const ear = new BroadcastChannel('calls');
  ear.onmessage = ({ data }) => data === 'tell' && globalThis.document === undefined && ear.postMessage(called());
};

/** Before a worker's own lines, also of those that workers start. */
const before = (loader) =>
  loader.replace(/^import init from '(.*?)';/, (_, from) => `(${keep})();const { default: init } = await import('${from}');`);
const door = createServer(async (asked, reply) => {
  const answer = await fetch(`http://127.0.0.1:${served}${asked.url}`);
  const body = Buffer.from(await answer.arrayBuffer());
  reply.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => name !== 'content-length')));
  reply.end(asked.url.endsWith('engine_loader.js') ? before(body.toString()) : body);
});
await new Promise((resolve) => { door.listen(port, '127.0.0.1', resolve); });

try {
  const browser = await chromium.launch(use.launchOptions);
  const page = await browser.newPage({ baseURL });
  await page.addInitScript(keep);
  const playground = new Playground(page);
  await playground.open();
  await playground.done();
  await expect(playground.table.getByRole('row').nth(3)).toBeVisible();
  const seen = await page.evaluate(() => new Promise((resolve) => {
    const engine = new Set();
    const ear = new BroadcastChannel('calls');
    ear.onmessage = ({ data }) => Array.isArray(data) && data.forEach((at) => engine.add(at));
    ear.postMessage('tell');
    setTimeout(() => resolve({ page: globalThis.called(), engine: [...engine] }), 2000);
  }));
  process.stdout.write(JSON.stringify(seen));
  await browser.close();
} finally {
  door.close();
  server.kill();
}
