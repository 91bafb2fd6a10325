// The calls' pane: functions and typed arguments, steps, states, columns.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

const group = (page, name) => page.getByRole('group', { name, exact: true });

test('arguments are typed, vary, and are wrong at their field', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await expect(page.getByRole('combobox', { name: 'Function' })).toHaveValue('transfer(address,uint256)');
  const amount = group(page, 'amount');
  await expect(amount.getByRole('img')).toHaveAttribute('aria-label', /values in the first 1,024 lanes/);
  await amount.getByRole('combobox', { name: 'amount: how it varies' }).selectOption('fixed');
  await amount.getByRole('textbox').fill('2^256');
  await playground.run.click();
  await expect(amount.getByRole('alert')).toContainText('more than 256 bits');
  await amount.getByRole('textbox').fill('1e18');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000\s*return/);
  await amount.getByRole('textbox').fill('2000e18');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000\s*revert/);
});

test('several steps run one after the other', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('100');
  await page.getByRole('button', { name: 'Add a step' }).click();
  await page.getByRole('combobox', { name: 'Function' }).selectOption('balanceOf(address)');
  const steps = group(page, 'Steps');
  await expect(steps.getByRole('listitem')).toHaveCount(2);
  await playground.runNow();
  await expect(playground.statuses).toContainText(/100\s*return/);
  await steps.getByRole('button', { name: 'Move step 2 up' }).click();
  await expect(steps.getByRole('listitem').first()).toContainText('balanceOf');
  await steps.getByRole('button', { name: 'Duplicate step 1' }).click();
  await expect(steps.getByRole('listitem')).toHaveCount(3);
  await steps.getByRole('button', { name: 'Remove step 2' }).click();
  await expect(steps.getByRole('listitem')).toHaveCount(2);
});

test('a state of 100,000 slots is taken whole, quickly, and can be undone', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await page.getByRole('button', { name: 'Import a state' }).click();
  await page.getByLabel(/JSON of a state/).focus();
  const longest = await page.evaluate(async () => {
    const storage = {};
    for (let slot = 0; slot < 100_000; slot += 1) {
      storage[`0x${slot.toString(16).padStart(64, '0')}`] = `0x${'1'.padStart(64, '0')}`;
    }
    const text = JSON.stringify({ '0x00000000000000000000000000000000000000aa': { balance: '0x1', storage } });
    let last = performance.now();
    let longest = 0;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const data = new DataTransfer();
    data.setData('text', text);
    document.activeElement.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    clearInterval(timer);
    return longest;
  });
  expect(longest).toBeLessThan(2_000);
  const found = page.getByRole('region', { name: 'State that was found' });
  await expect(found).toContainText('100,000 storage slots');
  await found.getByRole('button', { name: 'Lay it over the state' }).click();
  await expect(page.getByRole('status', { name: 'Accounts kept whole' })).toContainText('100,000 storage slots');
  await page.getByRole('status', { name: 'What was imported' }).getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('status', { name: 'Accounts kept whole' })).toHaveCount(0);
});

test('what is no state says so, and the line that fetches one is there', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  const state = group(page, 'State');
  await page.getByRole('button', { name: 'Import a state' }).click();
  await page.getByLabel(/JSON of a state/).fill('{"0x12": {"balance": "1"}}');
  await page.getByLabel(/JSON of a state/).blur();
  await expect(state.getByRole('alert')).toBeVisible();
  await page.getByRole('button', { name: 'How to fetch this state' }).click();
  await expect(page.getByLabel('Line that fetches the state')).toContainText('cast rpc debug_traceCall');
  await expect(page.getByLabel('Line that fetches the state')).toContainText('a9059cbb');
});

test('columns from CSV and axes feed what varies', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await page.getByRole('button', { name: 'Columns from CSV' }).click();
  await page.getByLabel(/^CSV/).fill('amount\n1\ntwo');
  await page.getByRole('button', { name: 'Take these columns' }).click();
  await expect(group(page, 'Columns').getByRole('alert')).toContainText('line 3');
  await page.getByLabel(/^CSV/).fill('amount\n1\n2');
  await page.getByRole('button', { name: 'Take these columns' }).click();
  await expect(group(page, 'Columns')).toContainText('amount 2 values');
  await group(page, 'amount').getByRole('combobox', { name: 'amount: how it varies' }).selectOption('column');
  await group(page, 'amount').getByRole('combobox', { name: 'amount: column' }).selectOption('amount');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000\s*return/);
});
