// The editor of code: it comes behind the first result, is used like the field before it, and shows mistakes where they are.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

const ASSEMBLY = '; adds\nstart:\n  PUSH1 2\n  PUSH1 3\n  ADD\n  PUSH @start\n  POP\n  STOP';

/** Counts violations from the first script on. */
const watch = (page) =>
  page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });

/** The computed colours of the editor's words that hold a text. */
const colour = (playground, text) =>
  playground.editor.locator('.cm-line span', { hasText: text }).first().evaluate((word) => getComputedStyle(word).color);

test('assembly has colours, marks at mistakes and notes on instructions, within the policy', async ({ page }) => {
  await watch(page);
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.edited();
  await playground.code.fill(ASSEMBLY);
  await playground.hasCode(ASSEMBLY);
  const ink = await playground.editor.evaluate((editor) => getComputedStyle(editor).color);
  await expect.poll(() => colour(playground, 'start:')).not.toBe(ink);
  expect(await colour(playground, 'adds')).not.toBe(ink);

  await playground.editor.getByText('ADD', { exact: true }).hover();
  await expect(playground.editor.locator('.cm-note')).toContainText('ADD, 0x01, gas 3 in');
  await expect(playground.editor.locator('.cm-note')).toContainText('modulo 2^256');

  await playground.code.fill('start:\n  PUHS1 start\n  JUMP');
  const marks = playground.editor.locator('.cm-lintRange-error');
  const mark = marks.first();
  await expect(mark).toHaveText('PUHS1');
  await mark.hover();
  await expect(playground.editor.getByText('did you mean PUSH1')).toBeVisible();
  await page.screenshot({ path: 'shots/editor-mistake.png' });
  await playground.code.fill(ASSEMBLY);
  await expect(marks).toHaveCount(0);

  // The fork says what an instruction costs, and whether there is one.
  await playground.code.fill('PUSH0\nSLOAD');
  await page.getByRole('combobox', { name: 'Fork' }).selectOption('London');
  await playground.editor.getByText('PUSH0', { exact: true }).hover();
  await expect(playground.editor.locator('.cm-note')).toContainText('Since Shanghai');
  expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
});

test('its own undo ends where the page put something in; Tab leaves it; the page runs from it', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.edited();
  const example = await playground.codeText();
  await playground.code.fill('0x5f5f');
  await playground.code.press('Control+z');
  await playground.hasCode(example);
  await playground.code.press('Control+Shift+z');
  await playground.hasCode('0x5f5f');
  await playground.example.selectOption({ index: 1 });
  await playground.done();
  const other = await playground.codeText();
  expect(other).not.toBe('0x5f5f');
  await playground.code.press('Control+z');
  await playground.hasCode(other);
  await playground.openMenu();
  await playground.documentMenu.getByRole('button', { name: 'Undo', exact: true }).click();
  await playground.hasCode('0x5f5f');
  await page.keyboard.press('Escape');

  await playground.code.focus();
  await page.keyboard.press('Tab');
  await expect(playground.code).not.toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(playground.code).toBeFocused();
  const before = await playground.summary.getAttribute('data-run');
  await page.keyboard.press('Control+Enter');
  await expect(playground.summary).not.toHaveAttribute('data-run', before);
  await playground.hasCode('0x5f5f');
});

test('text put over what the page has selected takes its place, though the editor has not heard of the selection', async ({ page }) => {
  await watch(page);
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.edited();
  await playground.code.fill('start:\n  PUHS1 start\n  JUMP');
  await expect(playground.editor.locator('.cm-lintRange-error').first()).toHaveText('PUHS1');
  await page.getByRole('list', { name: 'Problems of the assembly' }).getByRole('button', { name: 'line 2, column 3' }).click();
  await expect.poll(() => playground.selectedCode()).toBe('PUHS1');
  await page.evaluate(() => {
    globalThis.addEventListener('selectionchange', (event) => event.stopImmediatePropagation(), { capture: true });
  });
  const put = async (text) => {
    await playground.code.fill(text);
    await playground.hasCode(text);
  };
  await put('PUSH1 7\nPUSH0\nMSTORE');
  await expect.poll(() => colour(playground, 'PUSH0')).toBeTruthy();
  await put('STOP');
  await put('POP\nSTOP');
  expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
});

test('what is typed before it comes is kept, and so is the caret', async ({ page }) => {
  let letIn;
  const held = new Promise((resolve) => { letIn = resolve; });
  await page.route('**/editor-*.js', async (route) => { await held; await route.continue(); });
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x6001');
  await playground.code.press('ArrowLeft');
  await expect(playground.editor).toHaveCount(0);
  letIn();
  await playground.edited();
  await expect(playground.code).toBeFocused();
  await page.keyboard.type('f');
  await playground.hasCode('0x600f1');
  await playground.code.fill('0x60zz');
  await playground.run.click();
  await expect(playground.code).toHaveAttribute('aria-invalid', 'true');
});

test('where it cannot be loaded the plain field does', async ({ page }) => {
  await page.route('**/editor-*.js', (route) => route.abort());
  const playground = new Playground(page);
  await playground.openAndWait();
  await expect(page.getByText('The editor could not be loaded')).toBeVisible();
  await playground.code.fill('0x5f5ff3');
  await playground.runNow();
  await expect(playground.statuses).toContainText(/10,000/);
});

test('an ABI as JSON, with its mistakes marked', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await page.getByRole('tab', { name: 'ABI' }).click();
  await playground.edited();
  const abi = page.getByRole('textbox', { name: 'ABI' });
  await abi.fill('[{"type": "function", "name": "f"');
  await expect(playground.editor.locator('.cm-lintRange-error, .cm-lintPoint-error')).toHaveCount(1);
  await abi.fill('function good()\nfunction nothing(');
  await expect(playground.editor.locator('.cm-lintRange-error, .cm-lintPoint-error')).toHaveCount(1);
  await abi.fill('function good()');
  await expect(playground.editor.locator('.cm-lintRange-error, .cm-lintPoint-error')).toHaveCount(0);
});

for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${width} px, ${colorScheme}: nothing serious, nothing sideways`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      const playground = new Playground(page);
      await playground.openAndWait();
      if (width < 700) await page.getByRole('tab', { name: 'Program', exact: true }).click();
      await playground.edited();
      await playground.code.fill(`${ASSEMBLY}\n  PUSH32 0x${'12ab'.repeat(16)} ; a long line that goes on and on\n  PUHS1 start`);
      await expect(playground.editor.locator('.cm-lintRange-error').first()).toHaveText('PUHS1');
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      const { violations } = await new AxeBuilder({ page }).include('.program').analyze();
      expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
      await page.screenshot({ path: `shots/editor-${width}-${colorScheme}.png` });
    });
  }
}
