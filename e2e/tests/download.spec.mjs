// Lanes as files: every lane, exact, and the page stays quick meanwhile.
import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

/** The file that a button of the menu saves. */
async function save(playground, format) {
  const download = playground.page.waitForEvent('download');
  const menu = playground.page.getByRole('region', { name: 'Download', exact: true });
  if (!(await menu.isVisible())) await playground.page.getByRole('button', { name: 'Download', exact: true }).click();
  await menu.getByRole('button', { name: format, exact: true }).click();
  const file = await download;
  await expect(menu).toContainText('Saved ');
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

/** A reader of RFC 4180 that shares nothing with the writer. */
function readCsv(text) {
  const rows = [];
  let row = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    row.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
  }
  expect(row).toEqual([]);
  return rows;
}

test('CSV and NDJSON hold every lane, and say the same', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('10,050');
  await playground.runNow();
  // Columns of one's own are written too; what a spreadsheet would take for a formula is guarded.
  await playground.ownColumn('gain = amount - 2 * arg.amount');
  await playground.ownColumn('-amount');
  await expect(playground.table.getByRole('columnheader', { name: '-amount' })).toBeVisible();
  await page.getByText('Columns', { exact: true }).click();
  const csv = await save(playground, 'CSV');
  expect(csv.name).toMatch(/^lanes-of-run-\d+\.csv$/);
  const [names, ...rows] = readCsv(csv.text);
  expect(names.slice(0, 5)).toEqual(['lane', 'status', 'gas_used', 'steps', 'executed_on']);
  expect(rows).toHaveLength(10_050);
  expect(names).toEqual(expect.arrayContaining(['amount', 'ret', 'ret[0]', 'reason', 'error', 'logs', 'gain', "'-amount"]));
  const of = (name, lane) => rows[lane][names.indexOf(name)];
  expect(of('gain', 3)).toBe(`-${of('amount', 3)}`);
  expect(of('ret[0]', 0)).toBe('true');
  expect(of('ret[0]', 10_049)).toBe('');
  const ndjson = await save(playground, 'NDJSON');
  expect(ndjson.name).toMatch(/\.ndjson$/);
  const lanes = ndjson.text.trimEnd().split('\n').map((line) => JSON.parse(line));
  expect(lanes).toHaveLength(10_050);
  for (const index of [0, 1, 4_711, 9_999, 10_000, 10_049]) {
    const row = Object.fromEntries(names.map((name, column) => [name.replace(/^'/, ''), rows[index][column]]));
    const lane = Object.fromEntries(Object.entries(lanes[index]).map(([name, value]) => [name, value === null ? '' : String(value)]));
    expect(row).toEqual(lane);
    expect(lanes[index].lane).toBe(index);
  }
  // What the page shows of a lane is what the file says.
  const shown = playground.table.getByRole('row').nth(1).getByRole('gridcell');
  expect(rows[0][2]).toBe((await shown.nth(2).innerText()).replaceAll(',', ''));
  expect(lanes[0].ret).toBe(`0x${'0'.repeat(63)}1`);
  expect(lanes[10_049].status).toBe('revert');

  // Lanes of one status alone.
  await playground.statuses.getByRole('button', { name: /revert/ }).click();
  await expect(playground.table).toHaveAttribute('aria-rowcount', '51');
  const reverted = readCsv((await save(playground, 'CSV')).text);
  expect(reverted).toHaveLength(51);
  expect(reverted.slice(1).every((row) => row[1] === 'revert')).toBe(true);
  expect(reverted[1][0]).toBe('10000');
});

test('half a million lanes are written while the page answers', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x00');
  await playground.count.fill('500,000');
  await playground.runNow();
  await page.evaluate(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, entry.duration);
    }).observe({ type: 'longtask' });
  });
  const { text } = await save(playground, 'CSV');
  let lines = 0;
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) lines += 1;
  expect(lines).toBe(500_001);
  const longest = await page.evaluate(() => globalThis.longest);
  console.log(`longest task while writing: ${longest} ms`);
  expect(longest).toBeLessThan(200);
});
