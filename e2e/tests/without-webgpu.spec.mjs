// A browser without WebGPU: the page says so, and the answers are the same.
import { chromium, expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';
import { picture } from '../pages/picture.mjs';

test('the page says why there is no GPU, and the CPU engine gives the same digest', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await expect(playground.noGpu).toContainText('No WebGPU');
  await expect(playground.noGpu).toContainText(/navigator\.gpu is missing|no adapter/);
  await expect(playground.statuses).toContainText(/10,000/);
  await expect(playground.fact('Adapter')).toContainText('revm');
  const digest = await playground.digestText();

  // The GPU can be asked for, and its absence is an error at the choice, with the way out.
  await playground.engine('GPU');
  await playground.run.click();
  await expect(page.getByRole('alert')).toContainText('Choose “auto” or “CPU”');

  // Another browser, with WebGPU, on the same page.
  const { launchOptions } = test.info().project.use;
  const args = launchOptions.args.filter((arg) => !arg.startsWith('--disable-features'));
  const other = await chromium.launch({
    ...launchOptions,
    args: [...args, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  });
  const there = new Playground(await other.newPage({ baseURL: test.info().project.use.baseURL }));
  await there.openAndWait();
  await there.gpuReady();
  await there.runNow();
  await expect(there.fact('Adapter')).toContainText('(GPU');
  expect(await there.digestText()).toBe(digest);
  await other.close();
});

test('results are filtered, grouped and tested without WebGPU', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.filterTo('executed_on == cpu and amount <= 1 ether', 10);
  await playground.part('Groups');
  await playground.group('By status', 'return').click();
  await expect(playground.passing).toHaveAttribute('data-passing', '10000');
  await expect(playground.results.getByRole('region', { name: 'By who answered' })).toContainText('Answered by the CPU');
  await playground.part('Expectation');
  await page.getByRole('combobox', { name: 'Expect' }).fill('ret[0] or status != success');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(playground.results).toContainText('All 10,000 lanes are as expected');
});

for (const scheme of ['light', 'dark']) {
  test(`the page without WebGPU as a picture, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const playground = new Playground(page);
    await playground.openAndWait();
    await expect(playground.noGpu).toBeVisible();
    await picture(page, `no-webgpu-${scheme}`);
  });
}
