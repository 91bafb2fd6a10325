// Functions guessed from bytecode where there is no ABI: asked for, marked as guessed, and ended when they take too long.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

const said = (page) => page.getByRole('status', { name: 'Guessed functions' });

/** A token's bytecode without its ABI. */
async function withoutAbi(playground) {
  const { page } = playground;
  await playground.openAndWait();
  await page.getByRole('tab', { name: 'ABI' }).click();
  await page.getByRole('textbox', { name: 'ABI' }).fill('');
  await page.getByRole('textbox', { name: 'ABI' }).blur();
}

test('real bytecode without an ABI gives transfer(address,uint256), which runs', async ({ page }) => {
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(event.violatedDirective));
  });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const playground = new Playground(page);
  await withoutAbi(playground);
  expect(asked.some((url) => url.includes('evmole'))).toBe(false);
  const calls = page.getByRole('region', { name: 'Calls', exact: true });
  await calls.getByRole('button', { name: 'Guess functions' }).click();
  await expect(said(page)).toContainText('9 functions guessed from the code');
  expect(asked.some((url) => /evmole_bg-[0-9A-Z]{8}\.wasm$/.test(url))).toBe(true);
  const choice = page.getByRole('combobox', { name: 'Function' });
  await expect(choice.locator('option', { hasText: 'transfer(address,uint256) · guessed' })).toHaveCount(1);
  await choice.selectOption('transfer(address,uint256)');
  const abi = JSON.parse(await page.getByRole('textbox', { name: 'ABI' }).evaluate((field) => field.value ?? field.getRootNode().host.value));
  const transfer = abi.find(({ name }) => name === 'transfer');
  expect(transfer).toMatchObject({ guessed: true, selector: '0xa9059cbb', stateMutability: 'nonpayable' });
  expect(transfer.inputs.map(({ type }) => type)).toEqual(['address', 'uint256']);
  expect(abi.find(({ name }) => name === 'balanceOf')).toMatchObject({ stateMutability: 'view' });
  await page.screenshot({ path: 'shots/functions-guessed.png' });
  await playground.runNow();
  await playground.table.getByRole('row').nth(1).click();
  await expect(playground.lane).toContainText('transfer(address,uint256)');
  expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
});

test('a function without a common name is called by its selector', async ({ page }) => {
  const playground = new Playground(page);
  await withoutAbi(playground);
  await page.getByRole('tab', { name: 'Code', exact: true }).click();
  // Compares the selector with 0x12345678; at the body, reads a word of an argument, and returns call data's first word.
  await playground.code.fill('0x5f3560e01c8063123456781460145760006000fd5b60043573ffffffffffffffffffffffffffffffffffffffff165f5f355f5260205ff3');
  await page.getByRole('region', { name: 'Calls', exact: true }).getByRole('button', { name: 'Guess functions' }).click();
  await expect(said(page)).toContainText('One function guessed');
  const choice = page.getByRole('combobox', { name: 'Function' });
  await choice.selectOption('f_12345678(address)');
  await playground.runNow();
  await playground.table.getByRole('row').nth(1).click();
  await expect(playground.lane.getByRole('region', { name: 'Return data' })).toContainText('12345678');
  await expect(playground.lane).toContainText('f_12345678(address)');
});

test('what never ends is stopped, and code that is none is told', async ({ page }) => {
  // The chunk's worker never answers.
  await page.route('**/functions-*.js', (route) => route.fulfill({ contentType: 'text/javascript', body: 'for (;;) {}' }));
  const playground = new Playground(page);
  await withoutAbi(playground);
  const calls = page.getByRole('region', { name: 'Calls', exact: true });
  await calls.getByRole('button', { name: 'Guess functions' }).click();
  await expect(said(page)).toContainText('Looking for functions');
  await calls.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(said(page)).toContainText('Stopped');
  await calls.getByRole('button', { name: 'Guess functions' }).click();
  await expect(said(page)).toContainText('without an end', { timeout: 40_000 });
  await page.getByRole('tab', { name: 'Code', exact: true }).click();
  await playground.code.fill('0x60zz');
  await calls.getByRole('button', { name: 'Guess functions' }).click();
  await expect(said(page)).toContainText('Nothing was guessed');
});
