// What the page keeps: links, files, drafts, and the way back.
import { deflateRawSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

const packed = (text) => `#${deflateRawSync(Buffer.from(text), { level: 9 }).toString('base64url')}`;
const small = {
  lanevm: 1,
  hardfork: 'cancun',
  programs: { main: { code: '0x600160005260206000f3' } },
  state: { accounts: { '0xc0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0': { program: 'main' } } },
  lanes: 7,
  steps: [{ program: 'main' }],
};
const file = (document, name = 'mine.lanevm.json') => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
});

test('a link carries the document to another browser, and waits for Run', async ({ page, browser }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x5f5ff3');
  await playground.count.fill('12');
  await playground.runNow();
  const digest = await playground.digestText();
  const link = await playground.copyLink();
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[A-Za-z0-9_-]+$/);

  const context = await browser.newContext();
  const other = new Playground(await context.newPage());
  await other.page.goto(link);
  await expect(other.notice).toContainText('Opened from a link. Nothing has run yet.');
  await other.hasCode('0x5f5ff3');
  await expect(other.count).toHaveValue('12');
  await other.page.waitForTimeout(2_000);
  await expect(other.summary).toHaveCount(0);
  expect(new URL(other.page.url()).hash).toBe('');
  await other.run.click();
  await other.done();
  expect(await other.digestText()).toBe(digest);
  await context.close();
});

test('the short form of links is read, at the start and later', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open('#code=0x5f35600052&calldata=0x01&fork=shanghai');
  await expect(playground.notice).toContainText('Nothing has run yet');
  await playground.hasCode('0x5f35600052');
  await expect(page.getByLabel('Call data, hex')).toHaveValue('0x01');
  await expect(page.getByRole('combobox', { name: 'Fork' })).toHaveValue('Shanghai');
  await page.evaluate(() => { location.hash = 'code=0x5b'; });
  await playground.hasCode('0x5b');
  await expect(playground.summary).toHaveCount(0);
  await playground.notice.getByRole('button', { name: 'Undo' }).click();
  await playground.hasCode('0x5f35600052');
  await playground.notice.getByRole('button', { name: 'Redo' }).click();
  await playground.hasCode('0x5b');
});

const hostile = [
  ['garbage', '#%%%garbage', 'not base64url'],
  ['no deflated data', '#AAAA', 'inflate|ends too soon'],
  ['a cut link', packed(JSON.stringify(small)).slice(0, 60), 'inflate|ends too soon'],
  ['a future version', packed(JSON.stringify({ ...small, lanevm: 2 })), 'newer version'],
  ['an unknown field', packed(JSON.stringify({ ...small, surprise: 1 })), 'surprise'],
  ['a zip bomb', packed(' '.repeat(64 << 20)), 'inflates to more'],
  ['markup', packed(JSON.stringify({ ...small, hardfork: '<img src=x onerror=alert(1)>\u202e' })), 'img src=x'],
  ['an unknown key', '#code=0x00&run=1', 'run'],
  ['bad hex', '#code=0xzz', 'code'],
];
for (const [name, fragment, words] of hostile) {
  test(`a link with ${name} says so; nothing is lost, nothing runs`, async ({ page }) => {
    const dialogs = [];
    page.on('dialog', (dialog) => dialogs.push(dialog.message()));
    const playground = new Playground(page);
    await playground.openAndWait();
    await playground.code.fill('0x5f5f');
    const run = await playground.summary.getAttribute('data-run');
    await page.evaluate((fragment) => { location.hash = fragment; }, fragment);
    await expect(playground.notice).toContainText('The link was not opened');
    await expect(playground.notice).toContainText(new RegExp(words));
    await expect(playground.notice).not.toContainText('\u202e');
    await playground.hasCode('0x5f5f');
    await expect(playground.summary).toHaveAttribute('data-run', run);
    await expect(playground.news).toContainText('Done.');
    expect(dialogs).toEqual([]);
    // The page is as alive as before.
    await playground.runNow();
  });
}

test('a broken link at the start runs nothing', async ({ page }) => {
  const playground = new Playground(page);
  await playground.open('#broken!');
  await expect(playground.notice).toContainText('The link was not opened');
  await page.waitForTimeout(2_000);
  await expect(playground.summary).toHaveCount(0);
  await playground.run.click();
  await playground.done();
});

test('a document too long for a link is offered as a file', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  let seed = 1;
  const noise = Array.from({ length: 40_000 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed & 255).toString(16).padStart(2, '0');
  }).join('');
  await playground.code.fill(`0x${noise}`);
  await playground.share.click();
  await expect(playground.notice).toContainText(/A link would need [\d,]+ characters/);
  const download = page.waitForEvent('download');
  await playground.notice.getByRole('button', { name: 'Save as a file' }).click();
  const saved = JSON.parse(await readFile(await (await download).path(), 'utf8'));
  expect(Object.values(saved.programs)[0].code).toBe(`0x${noise}`);
});

test('a file is saved, and opened again by button and by drop', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x5f5ffd');
  const menu = await playground.openMenu();
  await menu.getByRole('textbox', { name: 'Name' }).fill('Always Reverts!');
  const download = page.waitForEvent('download');
  await menu.getByRole('button', { name: 'Save as a file' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('always-reverts.lanevm.json');
  const text = await readFile(await saved.path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ lanevm: 1, ui: { title: 'Always Reverts!' } });

  const run = await playground.summary.getAttribute('data-run');
  await playground.openFile(file(small));
  await expect(playground.notice).toContainText('mine.lanevm.json is open. Nothing has run yet.');
  await playground.hasCode('0x600160005260206000f3');
  await expect(playground.count).toHaveValue('7');
  await expect(playground.summary).toHaveAttribute('data-run', run);
  await playground.runNow();
  await expect(playground.statuses).toContainText(/7\s*return/);

  // What stood there before is in the list.
  await playground.openMenu();
  await expect(playground.earlier.filter({ hasText: 'Always Reverts!' })).toHaveCount(1);
  await page.keyboard.press('Escape');

  const data = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'dropped.lanevm.json', { type: 'application/json' }));
    return data;
  }, text);
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await expect(playground.notice).toContainText('dropped.lanevm.json is open');
  await playground.hasCode('0x5f5ffd');
});

test('files that are no documents are refused by path', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x5f5f');
  const wrong = { ...small, steps: [{ program: 'main', gas: 'lots' }] };
  for (const [document, words] of [
    [wrong, /steps\[0\]\.gas/],
    ['{"lanevm":1,', /./],
    ['\u0000\u0001binary', /./],
    [{ ...small, lanevm: 9 }, /newer version/],
    [' '.repeat((32 << 20) + 1), /at most 33,554,432 are read/],
  ]) {
    await playground.openFile(file(document, 'bad\u202e<b>.json'));
    await expect(playground.notice).toContainText('was not opened');
    await expect(playground.notice).toContainText(words);
    await expect(playground.notice).toContainText('<b>');
    await playground.hasCode('0x5f5f');
    await playground.notice.getByRole('button', { name: 'Dismiss' }).click();
  }
});

test('a reload shows what was typed, read or not, and runs nothing', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x60zz not yet');
  await playground.count.fill('2^5');
  await playground.kept();
  await page.reload();
  await expect(playground.notice).toContainText('Nothing has run yet');
  await playground.hasCode('0x60zz not yet');
  await expect(playground.count).toHaveValue('2^5');
  await page.waitForTimeout(1_500);
  await expect(playground.summary).toHaveCount(0);
});

test('an expectation outlives a reload', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.part('Expectation');
  await page.getByRole('combobox', { name: 'Expect' }).fill('gas < 60000');
  await playground.kept();
  await page.reload();
  await expect(playground.notice).toContainText('Nothing has run yet');
  await playground.run.click();
  await playground.done();
  await playground.part('Expectation');
  await expect(page.getByRole('combobox', { name: 'Expect' })).toHaveValue('gas < 60000');
});

test('an example that nobody changed is not kept: a reload runs it', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.example.selectOption({ index: 1 });
  await playground.done();
  const code = await playground.codeText();
  await playground.kept();
  await page.reload();
  await playground.done();
  await playground.hasCode(code);
  await playground.openMenu();
  await expect(playground.earlier).toHaveCount(0);
});

test('two tabs never write over one another', async ({ page, context }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x5f01');
  await playground.kept();
  // A tab opened by this one begins with a copy of what it remembers.
  const popup = context.waitForEvent('page');
  await page.evaluate(() => { window.open(location.href); });
  const other = new Playground(await popup);
  await other.hasCode('0x5f01');
  await other.code.fill('0x5f02');
  await other.kept();
  await page.reload();
  await playground.hasCode('0x5f01');
  await other.page.reload();
  await other.hasCode('0x5f02');
  await playground.openMenu();
  await expect(playground.earlier).toHaveCount(1);
  await expect(playground.earlier).toContainText('open in another tab');
  // Opened from here it is a copy.
  await playground.earlier.getByRole('button', { name: /^Open/ }).click();
  await playground.hasCode('0x5f02');
  await playground.code.fill('0x5f03');
  await playground.kept();
  await other.page.reload();
  await other.hasCode('0x5f02');
});

test('earlier documents are opened and removed; the last 20 stay', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  for (let index = 0; index < 23; index += 1) {
    await playground.openFile(file({ ...small, lanes: index + 1 }, `number ${index}.lanevm.json`));
    await expect(playground.count).toHaveValue(String(index + 1));
    await playground.kept();
  }
  await playground.openMenu();
  await expect(playground.earlier).toHaveCount(20);
  await expect(playground.earlier.first()).toContainText('number 21');
  await playground.earlier.filter({ hasText: 'number 12' }).getByRole('button', { name: /^Remove/ }).click();
  await expect(playground.earlier).toHaveCount(19);
  await playground.earlier.filter({ hasText: 'number 15' }).getByRole('button', { name: /^Open/ }).click();
  await expect(playground.count).toHaveValue('16');
  await expect(playground.notice).toContainText('Nothing has run yet');
  await page.reload();
  await expect(playground.count).toHaveValue('16');
});

test('what takes something away can be taken back', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  const remove = page.getByRole('button', { name: /^Remove account/ });
  const accounts = await remove.count();
  expect(accounts).toBeGreaterThan(0);
  await remove.first().click();
  await expect(remove).toHaveCount(accounts - 1);
  await playground.notice.getByRole('button', { name: 'Undo' }).click();
  await expect(remove).toHaveCount(accounts);

  await playground.code.fill('0x5f5f5f');
  await playground.example.selectOption({ index: 1 });
  await playground.done();
  await expect.poll(() => playground.codeText()).not.toBe('0x5f5f5f');
  await playground.notice.getByRole('button', { name: 'Undo' }).click();
  await playground.hasCode('0x5f5f5f');
});
