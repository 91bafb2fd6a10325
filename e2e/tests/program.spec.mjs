// The program's pane: hex, assembly, artifacts, ABIs; what is wrong is said where it is.
import { expect, test } from '@playwright/test';
import { drop, longest, prepare, watch } from '../pages/files.mjs';
import { Playground } from '../pages/playground.mjs';

/** Code that puts the constructor's argument, an immutable, into runtime code that returns it: PUSH32 0, MSTORE, RETURN. */
const runtime = (word) => `7f${word}5f5260205ff3`;

const artifact = {
  contractName: 'Fixed',
  abi: [
    { type: 'constructor', inputs: [{ name: 'value', type: 'uint256' }], stateMutability: 'nonpayable' },
    { type: 'function', name: 'get', inputs: [], outputs: [{ type: 'uint256' }], stateMutability: 'view' },
    { type: 'function', name: 'put', inputs: [{ name: 'amount', type: 'uint256' }], outputs: [], stateMutability: 'payable' },
  ],
  // Copies its 39 bytes of runtime code to memory, lays the argument over bytes 1 to 32, and returns them:
  // PUSH1 39, PUSH1 31, PUSH0, CODECOPY; PUSH1 32, PUSH1 70, PUSH1 1, CODECOPY; PUSH1 39, PUSH0, RETURN; padding to 31.
  bytecode: { object: `0x6027601f5f3960206046600139${'60275ff3'}${'00'.repeat(14)}${runtime('00'.repeat(32))}` },
  deployedBytecode: {
    object: `0x${runtime('00'.repeat(32))}`,
    immutableReferences: { 7: [{ start: 1, length: 32 }] },
  },
};

const kind = (page) => page.getByRole('status', { name: 'What the code is' });

test('assembly runs, and its errors stand at their place', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('start:\n  PUHS1 start\n  JUMP');
  await playground.code.blur();
  await expect(kind(page)).toContainText('to mend');
  const problems = page.getByRole('list', { name: 'Problems of the assembly' });
  await expect(problems).toContainText('did you mean PUSH1');
  await problems.getByRole('button', { name: 'line 2, column 3' }).click();
  await expect(playground.code).toBeFocused();
  expect(await playground.selectedCode()).toBe('PUHS1');
  await playground.code.fill('PUSH1 7\nPUSH0\nMSTORE\nPUSH1 32\nPUSH0\nRETURN');
  await expect(kind(page)).toContainText('EVM assembly: 8 bytes');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000\s*return/);
});

test('an artifact with an immutable is deployed, or visibly run bare', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  const before = await playground.codeText();
  await playground.code.fill(JSON.stringify(artifact));
  await playground.code.blur();
  const found = page.getByRole('region', { name: 'What was found' });
  await expect(found).toContainText('a Foundry artifact, 1 contract');
  await expect(found).toContainText('1 immutable value');
  await found.getByLabel('Constructor argument value, uint256').fill('many');
  await found.getByRole('button', { name: 'Deploy it' }).click();
  await expect(found.getByRole('alert')).toContainText('is not a number');
  await found.getByLabel('Constructor argument value, uint256').fill('0x2a');
  await found.getByRole('button', { name: 'Deploy it' }).click();
  await expect(kind(page)).toContainText('deployed: 39 bytes of runtime code');
  await playground.hasCode(`0x${runtime('2a'.padStart(64, '0'))}`);
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000\s*return/);
  await page.getByRole('button', { name: 'Put back what was there' }).click();
  await playground.hasCode(before);
});

test('a build of two hundred contracts and ten megabytes is read beside the page', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.edited();
  const before = await playground.codeText();
  const contract = (number) => ({
    abi: [{ type: 'function', name: `f${number}`, inputs: [], outputs: [], stateMutability: 'nonpayable' }],
    metadata: 'm'.repeat(50_000),
    evm: { bytecode: { object: '6001' }, deployedBytecode: { object: `60${number.toString(16).padStart(2, '0')}00` } },
  });
  const contracts = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [`C${number}`, contract(number)]));
  const text = JSON.stringify({ contracts: { 'all.sol': contracts } });
  expect(text.length).toBeGreaterThan(10_000_000);
  await prepare(page, text, 'build.json');
  await watch(page);
  await drop(page, '.program');
  const found = page.getByRole('region', { name: 'What was found' });
  await expect(found).toContainText('200 contracts');
  const took = await longest(page);
  console.log(`longest task while ten megabytes of a build were read: ${took} ms`);
  // The text goes through the page's program on its way to the reader, which is most of what is left.
  expect(took).toBeLessThan(250);
  const contract7 = found.getByRole('option', { name: /\bC7\b/ });
  await found.getByRole('combobox', { name: 'Contract' }).selectOption(await contract7.getAttribute('value'));
  await found.getByRole('button', { name: 'Run the bare runtime code' }).click();
  await playground.hasCode('0x600700');
  // One that is broken says where, and nothing is lost.
  await page.getByRole('button', { name: 'Put back what was there' }).click();
  await prepare(page, text.slice(0, -10), 'build.json');
  await drop(page, '.program');
  await expect(page.getByRole('region', { name: 'Program' }).getByText(/build\.json: line 1/)).toBeVisible();
  await playground.hasCode(before);
});

test('an ABI makes calls by function', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await page.getByRole('tab', { name: 'ABI' }).click();
  const abi = page.getByRole('textbox', { name: 'ABI' });
  await abi.fill('function nothing(');
  await expect(page.getByRole('region', { name: 'Program' }).getByText(/line 1/).first()).toBeVisible();
  await abi.fill('function other(int8 small, string text)');
  await abi.blur();
  await page.getByRole('combobox', { name: 'Function' }).selectOption('other(int8,string)');
  await expect(page.getByRole('textbox', { name: 'text, as JSON' })).toHaveValue('""');
});

test('the disassembly tells of blocks, jumps and instructions', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x5b600056607f7f01');
  await playground.code.blur();
  await page.getByRole('tab', { name: 'Disassembly' }).click();
  const rows = page.getByRole('table', { name: 'Disassembly' }).getByRole('row');
  await expect(rows.filter({ hasText: 'JUMP ' }).or(rows.filter({ hasText: /JUMP\b/ })).first()).toBeVisible();
  await expect(rows.filter({ hasText: '→ 00000' })).toHaveCount(1);
  await expect(rows.filter({ hasText: '31 zero bytes follow' })).toHaveCount(1);
  await rows.filter({ hasText: '→ 00000' }).hover();
  await expect(page.getByRole('status', { name: 'Instruction' })).toContainText('goes on at that JUMPDEST');
});
