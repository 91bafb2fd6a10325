// Runs: begun on the CPU while the GPU gets ready, held and let go on, compared on both engines, and a lost device.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

test('auto begins on the CPU, hands over to the GPU, and the digest is that of one engine', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open();
  // The example runs before the GPU is ready.
  await playground.done();
  const first = await playground.digestText();
  await playground.gpuReady();
  await playground.runNow();
  await expect(playground.fact('Adapter')).toContainText('(GPU');
  expect(await playground.digestText()).toBe(first);
});

test('what the CPU has ended when the GPU becomes ready is kept', async ({ page }) => {
  const playground = new Playground(page);
  // The GPU's kernels take long from now on: its adapter is given when the test says so.
  await playground.holdAdapter();
  await playground.open();
  await playground.done();
  await playground.count.fill('200,000');
  await playground.run.click();
  await expect(playground.news).toContainText('until the GPU is ready');
  await expect(playground.news).toContainText(/[1-9][\d,]* of 200,000 lanes ended/);
  // Held, so that the CPU does not end them all while kernels are built, however fast it is.
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await playground.giveAdapter();
  await playground.gpuReady();
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await playground.done();
  await expect(playground.notes).toContainText(/The CPU ended [\d,]+ lanes while the GPU got ready; [\d,]+ lanes went on there\./);
  const both = await playground.digestText();
  await playground.engine('CPU');
  await playground.runNow();
  expect(await playground.digestText()).toBe(both);
});

test('both engines run and are compared', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.engine('both');
  await playground.runNow();
  await expect(playground.notes).toContainText('GPU and CPU are equal: 10,000 lanes, same status, gas and digest.');
  await expect(playground.notes).toContainText(/GPU [\d.]+ m?s, CPU [\d.]+ m?s: the (GPU|CPU) ×[\d.]+/);
  await expect(playground.fact('Adapter')).toContainText('(GPU');
});

// Loops that end: counts down from 2,000 and from 20,000.
for (const [engine, code] of [['GPU', '0x6107d05b6001900380600357'], ['CPU', '0x614e205b6001900380600357']]) {
  test(`a run on the ${engine} is held and goes on`, async ({ page }) => {
    const playground = new Playground(page);
    await playground.openAndWait();
    await playground.gpuReady();
    await playground.code.fill(code);
    await page.getByRole('textbox', { name: 'Gas limit' }).fill('10,000,000');
    await playground.count.fill('4,000');
    await playground.engine(engine);
    await playground.run.click();
    await expect(playground.news).toContainText('lanes ended');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(playground.news).toContainText('Paused');
    await expect(page.getByRole('status', { name: 'Run' })).toHaveText('Paused.');
    await page.waitForTimeout(1_500);
    const held = await playground.bar.getAttribute('value');
    await page.waitForTimeout(1_500);
    expect(await playground.bar.getAttribute('value')).toBe(held);
    await expect(playground.news).not.toContainText('Done.');
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await playground.done();
    await expect(playground.statuses).toContainText(/4,000\s*stop/);

    // What is held can be cancelled too.
    await playground.run.click();
    await expect(playground.news).toContainText('lanes ended');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(playground.news).toContainText('Paused');
    await playground.cancel.click();
    await expect(playground.news).toContainText('Cancelled', { timeout: 30_000 });
  });
}

test('lanes that read outside the given state are counted', async ({ page }) => {
  const playground = new Playground(page);
  await playground.absentUnknown();
  await playground.openAndWait();
  await playground.engine('CPU');
  // BALANCE of an address that nobody gave.
  await playground.code.fill('0x60063100');
  await playground.runNow();
  await expect(playground.notes).toContainText('10,000 lanes read outside the given state');
  await playground.code.fill('0x00');
  await playground.runNow();
  await expect(playground.notes).toHaveCount(0);
});

test('a lost device is asked for again, and that is told', async ({ page }) => {
  const playground = new Playground(page);
  await playground.keepDevices();
  await playground.openAndWait();
  await playground.gpuReady();
  await playground.code.fill('0x6107d05b6001900380600357');
  await page.getByRole('textbox', { name: 'Gas limit' }).fill('10,000,000');
  await playground.count.fill('4,000');
  await playground.engine('GPU');
  await playground.run.click();
  await expect(playground.news).toContainText('lanes ended');
  await page.waitForTimeout(300);
  await playground.loseDevice();
  await playground.done();
  await expect(playground.notes).toContainText(/The GPU was lost and asked for again; [\d,]+ lanes were begun again\./);
  await expect(playground.statuses).toContainText(/4,000\s*stop/);
});

test('the map fills while a run goes on', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x6107d05b6001900380600357');
  await page.getByRole('textbox', { name: 'Gas limit' }).fill('10,000,000');
  await playground.count.fill('6,000');
  await playground.engine('CPU');
  await playground.run.click();
  const filling = page.getByRole('img', { name: /^Lane map, filling: [1-9][\d,]* of 6,000 lanes/ });
  await expect(filling).toBeVisible();
  const counts = page.getByRole('group', { name: 'Lanes so far' });
  await expect(counts).toContainText(/[1-9][\d,]* stop/);
  // Something is drawn, and not everything: two colours at least.
  const colours = await filling.evaluate(async (canvas) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  expect(colours).toBeGreaterThan(1);
  await playground.done();
  await expect(filling).toHaveCount(0);
  await expect(playground.map).toHaveAttribute('aria-valuemax', '5999');
});

test('a million lanes fill the map without a long task', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x00');
  await playground.count.fill('1,000,000');
  await playground.engine('CPU');
  await page.evaluate(() => {
    window.filling = 0;
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (document.querySelector('.map.live')) window.longTasks.push(entry.duration);
      }
    }).observe({ entryTypes: ['longtask'] });
    new MutationObserver(() => {
      if (document.querySelector('.map.live')) window.filling += 1;
    }).observe(document.body, { subtree: true, childList: true });
  });
  await playground.runNow();
  const { filling, longTasks } = await page.evaluate(() => ({ filling: window.filling, longTasks: window.longTasks }));
  console.log('long tasks while the map filled:', longTasks);
  expect(filling).toBeGreaterThan(0);
  // 50 ms on a machine that does nothing else; here two workers, the engine and the browser share its cores.
  expect(Math.max(0, ...longTasks)).toBeLessThan(150);
});

test('many calls go compiled paths on the GPU, which the run says, with the digest of the CPU', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.gpuReady();
  await playground.engine('GPU');
  await playground.count.fill('50,000');
  const compiled = playground.fact('By compiled paths');
  const times = [];
  // Kernels are built beside runs; how soon is the browser's to say.
  for (let runs = 0; (await compiled.count()) === 0 || (await compiled.textContent()) !== '50,000'; runs++) {
    expect(runs).toBeLessThan(8);
    const begun = Date.now();
    await playground.runNow();
    times.push(`${Date.now() - begun} ms, ${(await compiled.count()) ? await compiled.textContent() : 'none'} compiled`);
  }
  console.log(`50,000 transfers, run by run: ${times.join('; ')}`);
  await expect(playground.fact('Answered by the CPU')).toHaveText('0');
  const digest = await playground.digestText();
  await playground.engine('CPU');
  await playground.runNow();
  await expect(compiled).toHaveCount(0);
  expect(await playground.digestText()).toBe(digest);
});
