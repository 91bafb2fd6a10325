// The first flight on WebGPU: the ERC-20 example runs, a lane opens, a long run is cancelled, wrong input is told.
import { expect, test } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { Playground } from '../pages/playground.mjs';

test('the ERC-20 example runs by itself, then on WebGPU, and the CPU engine agrees', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.gpuReady();
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000\s*(return|success|stop)/);
  await expect(playground.fact('Adapter')).toContainText('(GPU');
  await expect(playground.fact('Adapter')).toContainText(/swiftshader/i);
  await expect(playground.fact('Answered by the CPU')).toHaveText('0');
  await expect(playground.fact('Speed')).toContainText('calls/s');
  const digest = await playground.digestText();
  expect(digest).toMatch(/^0x[0-9a-f]{64}$/);

  await playground.engine('CPU');
  await playground.runNow();
  await expect(playground.fact('Adapter')).toContainText('revm');
  await expect(playground.fact('Answered by the CPU')).toContainText('10,000');
  expect(await playground.digestText()).toBe(digest);

  // Another number of calls is another digest: the test can tell digests apart.
  await playground.count.fill('9,999');
  await playground.runNow();
  expect(await playground.digestText()).not.toBe(digest);
});

test('a lane shows its return data, log, state changes and trace', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.table.getByRole('row').filter({ hasText: /^3/ }).first().click();
  const lane = playground.lane;
  await expect(lane.getByRole('heading', { name: 'Lane 3' })).toBeVisible();
  await expect(lane.getByRole('region', { name: 'Return data' })).toContainText(`${'0'.repeat(63)}1`);
  // keccak-256 of Transfer(address,address,uint256), and 0.4e18 tokens.
  const logs = lane.getByRole('region', { name: 'Logs' });
  await expect(logs).toContainText('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef');
  await expect(logs).toContainText('58d15e176280000');
  await expect(lane.getByRole('region', { name: 'State changes' }).locator('.change')).toHaveCount(2);
  const trace = lane.getByRole('region', { name: 'Trace' });
  await expect(trace).toContainText(/\d+ instructions\./);
  await expect(trace.getByRole('row').nth(1)).toContainText('PUSH1');
  const download = page.waitForEvent('download');
  await trace.getByRole('button', { name: /EIP-3155/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('lane-3.eip3155.jsonl');
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ pc: 0, opName: 'PUSH1' });
  expect(lines.at(-1)).toMatchObject({ pass: true, fork: 'Osaka' });
});

for (const engine of ['GPU', 'CPU']) {
  test(`a long run on the ${engine} is cancelled and the page stays usable`, async ({ page }) => {
    const playground = new Playground(page);
    await playground.openAndWait();
    await playground.code.fill('0x5b600056');
    await page.getByRole('textbox', { name: 'Gas limit' }).fill('2^63');
    await playground.engine(engine);
    await playground.run.click();
    await expect(playground.news).toContainText('lanes ended');
    await page.waitForTimeout(500);
    await playground.cancel.click();
    await expect(playground.news).toContainText('Cancelled', { timeout: 30_000 });
    await expect(playground.statuses).toContainText('cancelled after');
    await expect(playground.statuses).toContainText('unfinished');
    // What was typed is still there, and another run works.
    await playground.hasCode('0x5b600056');
    await playground.code.fill('0x00');
    await playground.runNow();
    await expect(playground.statuses).toContainText(/10,000\s*stop/);
  });
}

test('wrong input is told at its field, and nothing typed is lost', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x60zz');
  await playground.run.click();
  await expect(page.getByRole('alert')).toContainText("'z' at position 5");
  await expect(playground.code).toHaveAttribute('aria-invalid', 'true');
  await playground.hasCode('0x60zz');
  await expect(playground.news).toContainText('Nothing was run');
  await playground.code.fill('0x600');
  await playground.run.click();
  await expect(page.getByRole('alert')).toContainText('3 hex digits');
  // A truncated PUSH is a program like any other.
  await playground.code.fill('0x60');
  await playground.count.fill('lots');
  await playground.run.click();
  await expect(page.getByRole('alert')).toContainText('“lots” is not a number');
  await playground.count.fill('100');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/100\s*stop/);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('no calls at all are no document', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('0');
  await playground.run.click();
  await expect(page.getByRole('alert')).toContainText('at least one lane');
  await expect(playground.news).toContainText('Nothing was run');
});

test('a paste of ten million characters does not freeze the page', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.focus();
  const longest = await page.evaluate(async () => {
    let last = performance.now();
    let longest = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }, 10);
    const data = new DataTransfer();
    data.setData('text', '5b'.repeat(5_000_000));
    let focused = document.activeElement;
    while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
    focused.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    clearInterval(timer);
    return longest;
  });
  expect(longest).toBeLessThan(2_000);
  await expect(page.getByText('10,000,000 characters are here')).toBeVisible();
  await playground.count.fill('2');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/2\s*out of gas/);
});
