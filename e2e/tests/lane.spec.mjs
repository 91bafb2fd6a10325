// A lane as a debugger has it: stepped forward and back, with stack, memory, slots, frames and the line of gas.
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

/** Stores 0x2a at 0x20, 5 in slot 1 and 6 in transient slot 2, calls the identity precompile, and returns memory. */
const PROGRAM = [
  'PUSH1 0x2a', 'PUSH1 0x20', 'MSTORE', // 0 to 4
  'PUSH1 5', 'PUSH1 1', 'SSTORE', // 5 to 9
  'PUSH1 6', 'PUSH1 2', 'TSTORE', // a to e
  'PUSH1 0x20', 'PUSH1 0x60', 'PUSH1 0x20', 'PUSH1 0x20', 'PUSH1 4', 'GAS', 'STATICCALL', // f to 1a
  'PUSH1 0x80', 'PUSH0', 'RETURN', // 1b to 1e
].join('\n');

/** Calls itself, which is seen by the caller, logs and reverts there, and stops. */
const NESTED = [
  'CALLER', 'ADDRESS', 'EQ', 'PUSH1 0x11', 'JUMPI', // 0 to 5
  'PUSH0', 'PUSH0', 'PUSH1 1', 'PUSH0', 'PUSH0', 'ADDRESS', 'GAS', 'CALL', 'POP', 'STOP', // 6 to 10
  'JUMPDEST', 'PUSH0', 'PUSH0', 'LOG0', 'PUSH0', 'PUSH0', 'REVERT', // 11 to 17
].join('\n');

class Lane {
  constructor(page) {
    this.page = page;
    this.playground = new Playground(page);
    this.pane = this.playground.lane;
    this.trace = this.pane.getByRole('region', { name: 'Trace' });
    this.line = this.pane.getByRole('slider', { name: 'Time-line' });
    this.list = this.pane.getByRole('table', { name: 'Instructions' });
    this.current = this.list.locator('[aria-current="step"]');
    this.stack = this.pane.getByRole('table', { name: 'Stack items' }).locator('.item');
    this.memory = this.pane.getByRole('table', { name: 'Memory in rows' }).locator('.item');
    this.storage = this.pane.getByRole('list', { name: 'Storage slots' }).getByRole('listitem');
    this.transient = this.pane.getByRole('list', { name: 'Transient slots' }).getByRole('listitem');
    this.frames = this.pane.getByRole('tree', { name: 'Frames' }).getByRole('treeitem');
    this.pc = this.pane.getByRole('textbox', { name: 'Go to pc' });
  }

  /** Runs one lane of a program. */
  async of(program) {
    await this.playground.openAndWait();
    await this.playground.code.fill(program);
    await this.playground.count.fill('1');
    await this.playground.engine('CPU');
    await this.playground.runNow();
    await this.stands(0);
  }

  button(name) {
    return this.trace.getByRole('button', { name, exact: true });
  }

  side(name) {
    return this.pane.getByRole('tab', { name, exact: true }).click();
  }

  /** The lane stands at a step, counted from 0, and what holds there is shown. */
  async stands(step, op) {
    await expect(this.line).toHaveAttribute('aria-valuenow', String(step + 1));
    await expect(this.line).toHaveAttribute('aria-valuetext', /gas left/);
    await expect(this.current.getByRole('cell').first()).toHaveText(step.toLocaleString('en-US'));
    if (op) await expect(this.current.getByRole('cell').nth(2)).toHaveText(op);
  }
}

test('a lane is stepped forward and back by button and by key', async ({ page }) => {
  const lane = new Lane(page);
  await lane.of(PROGRAM);
  await expect(lane.trace).toContainText('19 instructions.');
  await expect(lane.button('Step back')).toHaveAttribute('aria-disabled', 'true');
  await lane.button('Step forward').click();
  await lane.stands(1, 'PUSH1');
  await expect(lane.stack).toHaveCount(1);
  await page.keyboard.press('j');
  await lane.stands(2, 'MSTORE');
  await expect(lane.stack.first()).toContainText('0x20');
  await expect(lane.stack.nth(1)).toContainText('0x2a');
  // Only the item that the step before pushed is marked.
  await expect(lane.stack.first()).toHaveAttribute('data-changed', 'true');
  await expect(lane.stack.nth(1)).toHaveAttribute('data-changed', 'false');
  await page.keyboard.press('k');
  await lane.stands(1);
  await lane.button('Last step').click();
  await lane.stands(18, 'RETURN');
  await expect(lane.button('Step forward')).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('j');
  await lane.stands(18);
  await lane.button('First step').click();
  await lane.stands(0, 'PUSH1');
  // A click in the list goes there, and the keys go on from there.
  await lane.list.getByRole('row').nth(6).click();
  await lane.stands(5, 'SSTORE');
  await page.keyboard.press('j');
  await lane.stands(6);
  // Elsewhere the keys are letters.
  await lane.playground.code.press('j');
  await lane.playground.filter.press('k');
  await page.getByRole('heading', { name: 'lanevm' }).click();
  await page.keyboard.press('j');
  await lane.stands(6);
});

test('memory and slots are what they hold at the step', async ({ page }) => {
  const lane = new Lane(page);
  await lane.of(PROGRAM);
  await expect(lane.memory).toHaveCount(0);
  await lane.list.getByRole('row').nth(4).click();
  await lane.stands(3, 'PUSH1');
  await expect(lane.memory).toHaveCount(2);
  await expect(lane.memory.nth(1)).toContainText('0020');
  await expect(lane.memory.nth(1).locator('.memory-row')).toHaveText(`${'0'.repeat(62)}2a`);
  await expect(lane.memory.nth(1)).toHaveAttribute('data-changed', 'true');
  await expect(lane.memory.first()).toHaveAttribute('data-changed', 'false');
  await page.keyboard.press('j');
  await lane.stands(4);
  await expect(lane.memory.nth(1)).toHaveAttribute('data-changed', 'false');
  await expect(lane.storage).toHaveCount(0);
  await lane.list.getByRole('row').nth(7).click();
  await lane.stands(6);
  await expect(lane.storage).toHaveCount(1);
  await expect(lane.storage.first()).toContainText('0x1');
  await expect(lane.storage.first()).toContainText('0x5');
  await expect(lane.storage.first()).toContainText('written');
  await expect(lane.storage.first()).toContainText('was 0x0');
  await expect(lane.storage.first()).toHaveAttribute('data-changed', 'true');
  await expect(lane.transient).toHaveCount(0);
  await lane.button('Last step').click();
  await lane.stands(18);
  await expect(lane.transient).toHaveCount(1);
  await expect(lane.transient.first()).toContainText('0x6');
  await expect(lane.storage.first()).toHaveAttribute('data-changed', 'false');
  // The identity precompile copied the second row to the fourth.
  await expect(lane.memory.nth(3).locator('.memory-row')).toHaveText(`${'0'.repeat(62)}2a`);
  await lane.side('Frame');
  await expect(lane.pane.getByRole('region', { name: 'Returned to the frame' })).toContainText('32 bytes');
  // Back before the write, the slot has not been touched.
  await lane.button('First step').click();
  await lane.stands(0);
  await expect(lane.storage).toHaveCount(0);
});

test('frames stand in a tree that leads to their steps', async ({ page }) => {
  const lane = new Lane(page);
  await lane.of(NESTED);
  await lane.side('Calls');
  await expect(lane.frames).toHaveCount(2);
  await expect(lane.frames.first()).toHaveAttribute('aria-expanded', 'true');
  await expect(lane.frames.first()).toHaveAttribute('aria-selected', 'true');
  await expect(lane.frames.nth(1)).toHaveAttribute('aria-level', '2');
  await expect(lane.frames.nth(1)).toHaveAccessibleName(/CALL .*revert/);
  await lane.frames.nth(1).click();
  await lane.stands(13, 'CALLER');
  await expect(lane.frames.nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(lane.line).toHaveAttribute('aria-valuetext', /depth 2/);
  await lane.button('Out to the caller').click();
  await lane.stands(25, 'POP');
  await expect(lane.button('Out to the caller')).toHaveAttribute('aria-disabled', 'true');
  // Over the call, backwards and forwards.
  await lane.button('Back over the call').click();
  await lane.stands(12, 'CALL');
  await lane.button('Over the call').click();
  await lane.stands(25, 'POP');
  await lane.button('Step back').click();
  await lane.stands(24, 'REVERT');
  // Inside, its log stands; it will be taken back.
  await lane.side('Frame');
  const logs = lane.pane.getByRole('region', { name: 'Logs so far' });
  await expect(logs).toContainText('A later failure takes it back.');
  await page.keyboard.press('k');
  await lane.button('Out to the caller').click();
  await lane.stands(25);
  await expect(logs).toContainText('none');
  // The tree by keyboard.
  await lane.side('Calls');
  await lane.frames.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(lane.frames.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await lane.stands(13);
  await page.keyboard.press('ArrowLeft');
  await expect(lane.frames.first()).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(lane.frames).toHaveCount(1);
  await expect(lane.frames.first()).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('ArrowRight');
  await expect(lane.frames).toHaveCount(2);
});

test('g goes to a pc of the frame’s code, and the disassembly shows where the lane stands', async ({ page }) => {
  const lane = new Lane(page);
  await lane.of(NESTED);
  await lane.line.focus();
  await page.keyboard.press('g');
  await expect(lane.pc).toBeFocused();
  await lane.pc.fill('0x15');
  await lane.pc.press('Enter');
  await lane.stands(22, 'PUSH0');
  // What is typed there is no shortcut.
  await lane.pc.fill('');
  await lane.pc.press('k');
  await lane.stands(22);
  await lane.pc.fill('0');
  await lane.pc.press('Enter');
  // After the last time comes the first.
  await lane.stands(0);
  await lane.pc.press('Enter');
  await lane.stands(13);
  await lane.pc.fill('4');
  await lane.pc.press('Enter');
  await expect(lane.trace.getByRole('status')).toContainText('runs no instruction at 0x4');
  await lane.pc.fill('nowhere');
  await lane.pc.press('Enter');
  await expect(lane.pc).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('tab', { name: 'Disassembly' }).click();
  const stands = page.getByRole('table', { name: 'Disassembly' }).locator('.stands');
  await expect(stands).toContainText('00000');
  await lane.button('Step forward').click();
  await expect(stands).toContainText('ADDRESS');
});

test('the time-line is a slider', async ({ page }) => {
  const lane = new Lane(page);
  await lane.of(PROGRAM);
  await lane.line.focus();
  for (const [key, step] of [['ArrowRight', 1], ['ArrowRight', 2], ['ArrowLeft', 1], ['End', 18], ['PageDown', 8], ['PageUp', 18], ['Home', 0]]) {
    await page.keyboard.press(key);
    await lane.stands(step);
  }
  await expect(lane.line).toHaveAttribute('aria-valuemax', '19');
  const box = await lane.line.boundingBox();
  await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
  await lane.stands(9);
  // Dragged to its end and past it.
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 40, box.y + 4, { steps: 4 });
  await page.mouse.up();
  await lane.stands(18);
  await lane.pane.getByRole('button', { name: 'Step back' }).click();
  await lane.stands(17);
});

test('every step of the page is a line of the file', async ({ page }) => {
  const lane = new Lane(page);
  await lane.of(NESTED);
  const download = page.waitForEvent('download');
  await lane.trace.getByRole('button', { name: /EIP-3155/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('lane-0.eip3155.jsonl');
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
  expect(lines.pop()).toMatchObject({ pass: true, fork: 'Osaka' });
  await expect(lane.trace).toContainText(`${lines.length} instructions.`);
  for (const [step, line] of lines.entries()) {
    await lane.stands(step, line.opName);
    await expect(lane.current.getByRole('cell').nth(1)).toHaveText(line.pc.toString(16).padStart(5, '0'));
    await expect(lane.line).toHaveAttribute('aria-valuetext', new RegExp(`depth ${line.depth}$`));
    await expect(lane.stack).toHaveCount(line.stack.length);
    if (line.stack.length) {
      const top = line.stack.at(-1);
      await expect(lane.stack.first().locator('.stack')).toHaveAttribute('title', top);
    }
    await page.keyboard.press('j');
  }
});

test('a lane too long is cut and says so, and another takes its place', async ({ page }) => {
  const lane = new Lane(page);
  await lane.playground.openAndWait();
  // Goes round until its gas is used, four million instructions.
  await lane.playground.code.fill('0x5b600056');
  await lane.playground.count.fill('2');
  await page.getByRole('textbox', { name: 'Gas limit' }).fill('16,000,000');
  await lane.playground.engine('CPU');
  await lane.playground.runNow();
  await expect(lane.trace).toContainText('The first 1,000,000 instructions: a recording has no more steps.', { timeout: 120_000 });
  await lane.line.focus();
  await page.keyboard.press('End');
  await lane.stands(999_999);
  await page.keyboard.press('k');
  await lane.stands(999_998);
  await expect(lane.memory).toHaveCount(0);
  await lane.pane.getByRole('button', { name: 'Next lane' }).click();
  await expect(lane.pane.getByRole('heading', { name: 'Lane 1', exact: true })).toBeVisible();
  await lane.stands(0);
});

test('a narrow page shows all of it, and nothing scrolls sideways', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const lane = new Lane(page);
  await lane.playground.openAndWait();
  await page.getByRole('tab', { name: 'Lane', exact: true }).click();
  await lane.stands(0);
  await lane.line.focus();
  await page.keyboard.press('End');
  for (const name of ['Result', 'Calls', 'Frame']) {
    await lane.side(name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(390);
    const pane = await lane.pane.evaluate((it) => [it.scrollWidth, it.clientWidth]);
    expect(pane[0]).toBeLessThanOrEqual(pane[1]);
  }
  await expect(lane.pane.getByRole('region', { name: 'Memory' })).toBeVisible();
});

for (const scheme of ['light', 'dark']) {
  test(`the lane has no serious fault, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const lane = new Lane(page);
    await lane.of(NESTED);
    for (const name of ['Calls', 'Frame', 'Result']) {
      await lane.side(name);
      await lane.button('Step forward').click();
      const { violations } = await new AxeBuilder({ page }).include('.pane.lane').analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map((node) => node.html.slice(0, 120))}`)).toEqual([]);
    }
  });
}
