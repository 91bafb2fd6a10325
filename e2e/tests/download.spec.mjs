// Lanes as files: every lane, exact, and the page stays quick meanwhile.
import { readFile } from 'node:fs/promises';
import { expect, test } from '@playwright/test';
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { Playground } from '../pages/playground.mjs';

/** The file that a button of the menu saves. */
async function save(playground, format) {
  const download = playground.page.waitForEvent('download');
  const menu = playground.page.getByRole('region', { name: 'Download', exact: true });
  if (!(await menu.isVisible())) await playground.page.getByRole('button', { name: 'Download', exact: true }).click();
  await menu.getByRole('button', { name: format, exact: true }).click();
  const file = await download;
  await expect(menu).toContainText('Saved ');
  const bytes = await readFile(await file.path());
  return { name: file.suggestedFilename(), bytes, text: bytes.toString('utf8') };
}

/** What a cell of Parquet is in CSV, where text that a spreadsheet would take for a formula is guarded. */
function asCell(value) {
  if (value === null) return '';
  return typeof value === 'string' && /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : String(value);
}

/** Every row of a Parquet file as CSV says it, by a reader that shares nothing with the writer; and the columns' types. */
function readRows(bytes) {
  const table = tableFromIPC(readParquet(bytes).intoIPCStream());
  const names = table.schema.fields.map(({ name }) => name);
  const columns = names.map((name) => table.getChild(name));
  const rows = Array.from({ length: table.numRows }, (_, row) => columns.map((column) => asCell(column.get(row))));
  return { names, rows, types: Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)])) };
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

test('Parquet says what CSV says, row by row', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('20,050');
  await playground.runNow();
  const [names, ...expected] = readCsv((await save(playground, 'CSV')).text);
  const file = await save(playground, 'Parquet');
  expect(file.name).toMatch(/^lanes-of-run-\d+\.parquet$/);
  const parquet = readRows(file.bytes);
  expect(parquet.names).toEqual(names);
  expect(parquet.rows).toHaveLength(20_050);
  const differs = parquet.rows.findIndex((row, index) => row.join('\0') !== expected[index].join('\0'));
  if (differs >= 0) expect(parquet.rows[differs]).toEqual(expected[differs]);
  expect(parquet.types).toMatchObject({ lane: 'Uint64', gas_used: 'Uint64', status: 'Utf8', ret: 'Utf8', to: 'Utf8' });
  // What reverted gave back no value, and what did not has no error.
  const [first, last] = [parquet.rows[0], parquet.rows[20_049]].map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  expect([first.status, first.error, last.status]).toEqual(['return', '', 'revert']);
  expect(last.error).not.toBe('');

  // Lanes of one status alone, in the table's order; without lanes there is no file, and that is said.
  await playground.statuses.getByRole('button', { name: /revert/ }).click();
  const [, ...reverted] = readCsv((await save(playground, 'CSV')).text);
  expect(reverted.length).toBeGreaterThan(50);
  expect(readRows((await save(playground, 'Parquet')).bytes).rows).toEqual(reverted);
  await playground.filterTo('lane > 20049', 0);
  const menu = page.getByRole('region', { name: 'Download', exact: true });
  if (!(await menu.isVisible())) await page.getByRole('button', { name: 'Download', exact: true }).click();
  await menu.getByRole('button', { name: 'Parquet', exact: true }).click();
  await expect(menu).toContainText('No file: there are no lanes to write');
});

test('a file that is being written can be stopped', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x00');
  await playground.count.fill('500,000');
  await playground.runNow();
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const menu = page.getByRole('region', { name: 'Download', exact: true });
  await menu.getByRole('button', { name: 'Parquet', exact: true }).click();
  await menu.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(menu).toContainText('No file: stopped.');
  // The next one is written all the same.
  await playground.filterTo('lane < 10', 10);
  expect(readRows((await save(playground, 'Parquet')).bytes).rows).toHaveLength(10);
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
