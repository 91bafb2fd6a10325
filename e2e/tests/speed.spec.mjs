// The page's own thread during large runs, and what the first example costs to load.
import { expect, test } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { Playground } from '../pages/playground.mjs';

const MOST_LOADED = 1.5e6;

for (const [lanes, sample] of [['100,000', true], ['1,000,000', false]]) {
  test(`a run of ${lanes} lanes has no long tasks on the page's thread`, async ({ page }) => {
    test.skip(!sample && !process.env.LANEVM_E2E_LARGE, 'set LANEVM_E2E_LARGE to run a million lanes');
    test.setTimeout(900_000);
    await page.addInitScript(() => {
      window.long = [];
      new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration))).observe({
        type: 'longtask',
      });
    });
    const playground = new Playground(page);
    await playground.openAndWait();
    await playground.gpuReady();
    await playground.count.fill(lanes);
    const before = await playground.summary.getAttribute('data-run');
    const atStart = await page.evaluate(() => window.long.splice(0));
    await playground.run.click();
    await expect(playground.summary).not.toHaveAttribute('data-run', before, { timeout: 800_000 });
    await page.waitForTimeout(2_000);
    const tasks = await page.evaluate(() => window.long);
    const words = (list) => `${list.length} (${list.map((task) => `${task.toFixed(0)} ms`).join(', ') || 'none'})`;
    console.log(`${lanes} lanes: long tasks of the run ${words(tasks)}; of the start ${words(atStart)}`);
    expect(Math.max(0, ...tasks)).toBeLessThan(100);
  });
}

/** Parts of the page that are loaded when they are wanted, by the names that the page gives them. */
const LAZY = ['editor', 'functions', 'parquet'];

test.describe('first load', () => {
  // How long things take decides what is told of them: now and then that is something that the lists have not seen.
  test.describe.configure({ retries: 2 });

  test('what the first example costs to load', async ({ page }) => {
    // What workers ask for is heard too, and that of workers that workers start.
    const asked = [];
    page.on('request', (request) => asked.push(request));
    // The moment of the first result is taken in the page: what is loaded right behind it is not part of it.
    await page.addInitScript(() => {
      new MutationObserver((_, watch) => {
        if (!document.querySelector('.news')?.textContent.includes('Done.')) return;
        window.firstResult = performance.timeOrigin + performance.now();
        watch.disconnect();
      }).observe(document, { childList: true, subtree: true, characterData: true });
    });
    const playground = new Playground(page);
    await playground.openAndWait();
    await playground.edited();
    await playground.gpuReady();
    const first = await page.evaluate(() => window.firstResult);
    const isRest = (url) => url.includes('/lanevm-rest-');
    // A request that has not begun has no time.
    const early = asked.filter((request) => request.timing().startTime <= first && request.timing().startTime > 0);
    const loaded = new Set(early.map((request) => request.url()));
    const rests = new Set(asked.map((request) => request.url()).filter(isRest));
    const size = async (name) => gzipSync(await (await page.request.get(name)).body(), { level: 9 }).length;
    const say = (bytes, words) => console.log(`${String(bytes).padStart(9)} ${words}`);
    let sum = 0;
    for (const name of [...loaded].filter((name) => name.startsWith('http'))) {
      const bytes = await size(name);
      sum += bytes;
      say(bytes, new URL(name).pathname);
    }
    say(sum, 'bytes of gzip until the first result');
    for (const rest of rests) say(await size(rest), `${new URL(rest).pathname}, loaded behind it`);
    // If a rest is among them, the lists in web/rest/ are of another page than this: `cargo xtask first` writes them.
    expect([...loaded].filter((name) => name.endsWith('.wasm')).map((name) => isRest(name))).toEqual([false, false]);
    // Other builds are neither made small nor divided.
    if (process.env.LANEVM_E2E_RELEASE) {
      expect(rests.size).toBe(2);
      expect(sum).toBeLessThan(MOST_LOADED);
    }

    const chunks = await page.evaluate(
      (lazy) => lazy.map((name) => new URL(document.querySelector(`meta[name="lanevm:${name}"]`).content, document.baseURI).href),
      LAZY,
    );
    for (const chunk of chunks) {
      expect(new URL(chunk).pathname).toMatch(/-[0-9A-Z]{8}\.js$/);
      expect([...loaded]).not.toContain(chunk);
      say(await size(chunk), `${new URL(chunk).pathname}, loaded when it is wanted`);
      const wasm = /"\.\/([\w-]+\.wasm)"/.exec(await (await page.request.get(chunk)).text());
      if (wasm) say(await size(new URL(wasm[1], chunk).href), `${wasm[1]}, which that one loads`);
    }
    // The editor comes by itself behind the result, since its field is in sight; the others do not.
    const all = asked.map((request) => request.url());
    expect(LAZY.filter((_, index) => all.includes(chunks[index]))).toEqual(['editor']);
  });
});

test('a part of the program that does not come is told, and the first result stays', async ({ page }) => {
  test.skip(!process.env.LANEVM_E2E_RELEASE, 'only what is shipped is divided; set LANEVM_E2E_RELEASE');
  const isRest = '**/lanevm-rest-*.wasm';
  await page.route(isRest, (route) => route.abort());
  const playground = new Playground(page);
  await playground.openAndWait();
  await expect(playground.notice).toContainText('A part of this page could not be loaded');
  await expect(playground.noGpu).toContainText('a part of the engine could not be loaded');
  await expect(playground.statuses).toContainText(/return/);
  await page.unroute(isRest);
  await page.reload();
  await playground.done();
  await playground.gpuReady();
  await expect(playground.notice).toHaveCount(0);
});
