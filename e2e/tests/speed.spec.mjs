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

test('what the first example costs to load', async ({ page }) => {
  // The moment of the first result is taken in the page: what is loaded right behind it is not part of it.
  await page.addInitScript(() => {
    new MutationObserver((_, watch) => {
      if (!document.querySelector('.news')?.textContent.includes('Done.')) return;
      window.firstResult = performance.now();
      watch.disconnect();
    }).observe(document, { childList: true, subtree: true, characterData: true });
  });
  const playground = new Playground(page);
  await playground.openAndWait();
  const before = await page.evaluate(() => window.firstResult);
  const names = (until) => [
    location.href,
    ...performance.getEntriesByType('resource').filter(({ startTime }) => startTime <= until).map(({ name }) => name),
  ];
  // Workers count their time from their own start, and load nothing lazily before they are asked.
  const loaded = new Set((await Promise.all([page.evaluate(names, before), ...page.workers().map((worker) => worker.evaluate(names, Infinity))])).flat());
  const size = async (name) => gzipSync(await (await page.request.get(name)).body(), { level: 9 }).length;
  const say = (bytes, words) => console.log(`${String(bytes).padStart(9)} ${words}`);
  let sum = 0;
  for (const name of [...loaded].filter((name) => name.startsWith('http'))) {
    const bytes = await size(name);
    sum += bytes;
    say(bytes, new URL(name).pathname);
  }
  say(sum, 'bytes of gzip until the first result');
  expect([...loaded].filter((name) => name.endsWith('.wasm'))).toHaveLength(2);
  // Other builds are not made small.
  if (process.env.LANEVM_E2E_RELEASE) expect(sum).toBeLessThan(MOST_LOADED);

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
  await playground.edited();
  const all = await page.evaluate(names, Infinity);
  expect(LAZY.filter((_, index) => all.includes(chunks[index]))).toEqual(['editor']);
});
