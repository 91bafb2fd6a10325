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

test('what the first example costs to load', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  const names = () => [location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)];
  const places = [page, ...page.workers()];
  const loaded = new Set((await Promise.all(places.map((place) => place.evaluate(names)))).flat());
  let sum = 0;
  for (const name of [...loaded].filter((name) => name.startsWith('http'))) {
    const body = await (await page.request.get(name)).body();
    const bytes = gzipSync(body, { level: 9 }).length;
    sum += bytes;
    console.log(`${String(bytes).padStart(9)} ${new URL(name).pathname}`);
  }
  console.log(`${String(sum).padStart(9)} bytes of gzip until the first result`);
  expect([...loaded].filter((name) => name.endsWith('.wasm'))).toHaveLength(2);
  // Other builds are not made small.
  if (process.env.LANEVM_E2E_RELEASE) expect(sum).toBeLessThan(MOST_LOADED);
});
