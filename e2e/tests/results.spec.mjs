// What people do with a finished run: filter it, group it, sort it, plot it, hold it to an expectation.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

/** How many lanes a filter lets pass; some, and not all. */
async function passingOf(playground, text) {
  const all = await playground.passing.getAttribute('data-passing');
  await playground.filter.fill(text);
  await playground.filter.press('Enter');
  await expect(playground.passing).not.toHaveAttribute('data-passing', all);
  return Number(await playground.passing.getAttribute('data-passing'));
}

/** Rows are fetched: what a cell says is waited for. */
const says = (playground, row, column, text) => expect(playground.cell(row, column)).toHaveText(text);

test('a filter decides what the table and the map show', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('10,050');
  await playground.runNow();
  await playground.filterTo('status == revert', 50);
  await says(playground, 0, 0, '10,000');
  await expect(playground.statuses.getByRole('button', { name: /revert/ })).toHaveAttribute('aria-pressed', 'true');
  await playground.filterTo('amount > 999 ether and amount <= 1000.2 ether', 12);
  await playground.filterTo('lane in (3, 5) or ret[0] == false', 2);
  await says(playground, 1, 0, '5');
  // A lane with a log and a slot that changed.
  await playground.filterTo('logs == 1 and lane < 10', 10);
  await page.keyboard.press('Escape');
  await expect(playground.passing).toHaveAttribute('data-passing', '10050');
  // The slash goes there from the table, and Escape takes the filter away.
  await playground.rows.focus();
  await page.keyboard.press('/');
  await expect(playground.filter).toBeFocused();
});

test('a mistake in a filter is said at its place, and the rows stay', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.filterTo('lane < 100', 100);
  await playground.filter.fill('lane < 100 and amuont > 3');
  const wrong = playground.results.getByRole('alert');
  await expect(wrong).toContainText('Character 16');
  await expect(wrong).toContainText('did you mean `amount`?');
  await expect(wrong.locator('mark')).toHaveText('amuont');
  await expect(playground.table).toHaveAttribute('aria-rowcount', '101');
  await playground.filterTo('lane < 7', 7);
  await expect(wrong).toHaveCount(0);
});

test('groups count lanes and lead to them', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('10,050');
  await playground.runNow();
  await playground.part('Groups');
  await expect(playground.results.getByRole('region', { name: 'By status' })).toContainText('10,000');
  const reverts = playground.results.getByRole('region', { name: 'By revert reason' });
  await expect(reverts.getByRole('listitem')).toHaveCount(1);
  await expect(reverts).toContainText('50');
  await expect(playground.results.getByRole('region', { name: 'By return value' })).toContainText('true');
  await expect(playground.results.getByRole('region', { name: 'By who answered' })).toContainText('Answered by the');
  await reverts.getByRole('button').click();
  await expect(playground.passing).toHaveAttribute('data-passing', '50');
});

test('the table sorts, shows columns that are asked for, and goes by keyboard', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.sortBy('Lane');
  await playground.sortBy('Lane');
  await says(playground, 0, 0, '9,999');
  await expect(playground.table.getByRole('columnheader', { name: 'Lane' })).toHaveAttribute('aria-sort', 'descending');
  await playground.sortBy('Lane');
  await says(playground, 0, 0, '0');
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Another' }).fill('steps');
  await page.getByRole('combobox', { name: 'Another' }).press('Enter');
  await page.getByText('Columns', { exact: true }).click();
  await expect(playground.table.getByRole('columnheader', { name: 'steps' })).toBeVisible();
  await expect(playground.cell(0, 6)).toHaveText(/^\d+$/);
  // A column that there is not is refused, and says so.
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Another' }).fill('stepz');
  await page.getByRole('combobox', { name: 'Another' }).press('Enter');
  await expect(playground.results.getByRole('alert')).toContainText('did you mean `steps`?');
  await page.getByText('Columns', { exact: true }).click();
  await playground.rows.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(playground.lane.getByRole('heading', { name: 'Lane 1', exact: true })).toBeVisible();
  await page.keyboard.press('End');
  await expect(playground.lane.getByRole('heading', { name: 'Lane 9,999' })).toBeVisible();
});

test('gas bars, the scatter and the map lead to lanes', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.part('Gas');
  const bar = playground.results.getByRole('list', { name: 'Lanes by gas used' }).getByRole('button', { disabled: false });
  const lanes = Number((await bar.first().getAttribute('aria-label')).match(/: ([\d,]+) lanes/)[1].replaceAll(',', ''));
  await bar.first().click();
  await expect(playground.passing).toHaveAttribute('data-passing', String(lanes));
  await playground.part('Scatter');
  const plot = playground.results.getByRole('img', { name: /against/ });
  await expect(plot).toHaveAttribute('aria-label', /10,000 points/);
  await playground.results.getByLabel('Upwards', { exact: true }).selectOption('gas');
  await expect(plot).toHaveAttribute('aria-label', /^gas against/);
  await playground.map.focus();
  await page.keyboard.press('End');
  await expect(playground.map).toHaveAttribute('aria-valuetext', /^lane 9,999: /);
  // Brushing selects a range of lanes.
  const box = await playground.map.boundingBox();
  await page.mouse.move(box.x + 2, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(playground.filter).toHaveValue(/^lane >= \d+ and lane <= \d+$/);
  // Another colour has a legend.
  await playground.results.getByLabel('Colour').selectOption('amount');
  await expect(playground.results.getByText(/^median \d/)).toBeVisible();
});

test('an expectation finds its smallest counterexample and stays', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('10,050');
  await playground.runNow();
  await playground.part('Expectation');
  const field = page.getByRole('combobox', { name: 'Expect' });
  await field.fill('status == success');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(playground.results).toContainText('50 of 10,050 lanes are not as expected');
  await playground.results.getByRole('button', { name: 'Lane 10,000' }).first().click();
  await expect(playground.lane.getByRole('heading', { name: 'Lane 10,000' })).toBeVisible();
  await playground.results.getByRole('button', { name: /where it is false/ }).click();
  await expect(playground.passing).toHaveAttribute('data-passing', '50');
  await playground.count.fill('5,000');
  await playground.runNow();
  await expect(playground.results).toContainText('All 5,000 lanes are as expected');
});

test('blocks show how many lanes enter them, of all lanes and of those that pass', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('10,050');
  await playground.runNow();
  const words = await playground.disassembly();
  await expect(words).toContainText('of a sample of 2,000 of 10,050 lanes;');
  await expect(words).toContainText(/[1-9]\d* of \d+ blocks were never reached/);
  const rows = page.getByRole('table', { name: 'Disassembly' }).getByRole('row');
  await expect(rows.first().getByRole('cell').first()).toHaveText('100%');
  await expect(rows.first().getByRole('cell').first()).toHaveAttribute('title', '2,000 of 2,000 lanes entered this block (100 %).');
  await playground.filterTo('status == revert', 50);
  await expect(words).toContainText('of all 50 lanes that pass the filter;');
  await rows.first().hover();
  await expect(page.getByRole('status', { name: 'Instruction' })).toContainText('50 of 50 lanes entered this block (100 %).');
  await playground.filterTo('', 10_050);
  await expect(words).toContainText('of a sample of 2,000 of 10,050 lanes;');
  // Counted while they run, all of them, on either engine.
  await page.getByRole('checkbox', { name: /Count every lane/ }).check();
  const told = [];
  for (const engine of ['CPU', 'GPU']) {
    if (engine === 'GPU') await playground.gpuReady();
    await playground.engine(engine);
    await playground.runNow();
    await expect(words).toContainText('of all 10,050 lanes;');
    told.push(await rows.getByRole('cell').and(page.locator('.heat')).evaluateAll((cells) => cells.map((cell) => cell.title)));
  }
  expect(told[0].length).toBeGreaterThan(10);
  expect(told[1]).toEqual(told[0]);
  // Other code has not run.
  await page.getByRole('tab', { name: 'Code' }).click();
  await playground.code.fill('0x6001600255');
  await playground.disassembly();
  await expect(words).toContainText('The run that is shown had other code');
});

test('own columns are expressions, exact and signed, and have names', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.ownColumn('gain = arg.amount - 3 * amount');
  const head = playground.table.getByRole('columnheader', { name: 'gain' });
  await expect(head).toBeVisible();
  await page.getByText('Columns', { exact: true }).click();
  // By name in the filter, the order and the plots.
  await playground.filterTo('gain < 0 and lane < 5', 5);
  await playground.filterTo('gain == -2 * amount', 10_000);
  await playground.filterTo('', 10_000);
  await playground.sortBy('gain');
  await says(playground, 0, 0, '9,999');
  await playground.results.getByLabel('Colour').selectOption('gain');
  await expect(playground.results.getByText(/^median -\d/)).toBeVisible();
  await playground.part('Scatter');
  await playground.results.getByLabel('Upwards', { exact: true }).selectOption('gain');
  await expect(playground.results.getByRole('img', { name: /^gain against/ })).toBeVisible();
  await playground.part('Table');
  // What is wrong is said at its place.
  await playground.ownColumn('loss = amuont + 1');
  await expect(playground.results.getByRole('alert')).toContainText('Character 8');
  await expect(playground.results.getByRole('alert').locator('mark')).toHaveText('amuont');
  await playground.ownColumn('gain = 5');
  await expect(playground.results.getByRole('alert')).toContainText('choose another name');
  // The sender began with a thousand.
  await playground.ownColumn('left = mapping(1, caller)');
  await expect(playground.table.getByRole('columnheader', { name: 'left' })).toBeVisible();
  await playground.ownColumn('left < 500 ether');
  await expect(playground.table.getByRole('columnheader', { name: 'left < 500 ether' })).toBeVisible();
  await expect(playground.cell(0, 8)).toHaveText(/^(true|false)$/);
  await playground.filterTo('left + amount == 1000 ether and balance_change(caller) == 0 and lane < 9', 9);
  await page.getByRole('button', { name: 'Remove column gain' }).click();
  await expect(head).toHaveCount(0);
});

test('names are offered while one is being written', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.filter.pressSequentially('lane < 7 and ga');
  const names = page.getByRole('listbox', { name: 'Names' }).and(page.locator(':visible'));
  await expect(names.getByRole('option')).toHaveText(['gas', 'gas_limit']);
  await playground.filter.press('ArrowDown');
  await expect(names.getByRole('option', { name: 'gas', exact: true })).toHaveAttribute('aria-selected', 'true');
  await playground.filter.press('Enter');
  await expect(playground.filter).toHaveValue('lane < 7 and gas');
  await expect(names).toHaveCount(0);
  await playground.filter.pressSequentially(' > 0');
  await playground.filter.press('Enter');
  await expect(playground.passing).toHaveAttribute('data-passing', '7');
});

test('what differs from the run before is a column like any', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x00');
  await playground.count.fill('2,000');
  await playground.runNow();
  // Reverts where the amount is above 100 ether.
  await playground.code.fill('PUSH 100000000000000000000 PUSH 36 CALLDATALOAD GT PUSH @over JUMPI STOP\nover:\nPUSH 0 PUSH 0 REVERT');
  await playground.runNow();
  await playground.filterTo('amount <= 100 ether', await passingOf(playground, 'status == other.status'));
  await playground.filterTo('differs', 2_000);
  await playground.filterTo('gas_delta == gas - other.gas and gas_delta > 0', 2_000);
  await playground.filterTo('other.status == revert', 0);
  await playground.part('Compare');
  await expect(playground.results).toContainText('2,000 of 2,000 lanes differ from the run before.');
  await playground.filterTo('', 2_000);
  await playground.results.getByRole('button', { name: 'Show the lanes that differ' }).click();
  await expect(playground.filter).toHaveValue('differs');
  await playground.results.getByRole('button', { name: /gas_delta/ }).click();
  await expect(playground.results.getByText(/^median \d/)).toBeVisible();
  await playground.part('Expectation');
  await page.getByRole('combobox', { name: 'Expect' }).fill('gas_delta < 5');
  await page.getByRole('combobox', { name: 'Expect' }).press('Enter');
  await expect(playground.results).toContainText('2,000 of 2,000 lanes are not as expected');
});

test('two runs are compared lane by lane', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.runNow();
  await playground.part('Compare');
  await expect(playground.results).toContainText('All 10,000 lanes came out as in the run before');
});

test('runs are listed; one is pinned to compare with, and one is run again', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('200');
  await playground.runNow();
  await playground.part('Runs');
  const runs = playground.results.getByRole('list', { name: 'Runs', exact: true }).getByRole('listitem');
  await expect(runs).toHaveCount(2);
  await expect(runs.first()).toHaveAttribute('aria-current', 'true');
  await expect(runs.first()).toContainText('200 lanes: 200 return');
  await expect(runs.last()).toContainText('10,000 lanes: 10,000 return');
  await page.getByRole('button', { name: 'Pin run 2' }).click();
  await expect(runs.first()).toContainText('pinned');

  // Two more runs, of which the pinned one is compared with each.
  await playground.count.fill('150');
  await playground.runNow();
  await playground.runNow();
  await playground.part('Compare');
  await expect(playground.results).toContainText('All 150 lanes came out as in run 2, which is pinned');
  await playground.part('Runs');
  await expect(runs).toHaveCount(4);
  // What is gone from the worker can only be run again.
  await expect(page.getByRole('button', { name: 'Pin run 1' })).toBeDisabled();
  await page.getByRole('button', { name: 'Pin run 2' }).click();
  const before = await playground.summary.getAttribute('data-run');
  await page.getByRole('button', { name: 'Run run 1 again' }).click();
  await expect(playground.summary).not.toHaveAttribute('data-run', before);
  await playground.done();
  await expect(playground.count).toHaveValue('10000');
  await expect(runs.first()).toContainText('10,000 lanes');
  await playground.runNow();
  await playground.part('Compare');
  await expect(playground.results).toContainText('All 10,000 lanes came out as in the run before');
});

test('a million lanes are filtered and sorted in time', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
    }).observe({ entryTypes: ['longtask'] });
  });
  await playground.code.fill('0x600435600a900660005260206000f3');
  await playground.count.fill('1,000,000');
  await playground.runNow();
  await page.evaluate(() => (window.longTasks.length = 0));
  const took = async (what) => {
    const words = await page.locator('#filter-count').textContent();
    const [, number, unit] = words.match(/· ([\d.]+) (ms|s)/);
    const milliseconds = Number(number) * (unit === 's' ? 1000 : 1);
    console.log(`${what}: ${milliseconds} ms`);
    return milliseconds;
  };
  await playground.filterTo('gas > 0 and lane % 2 == 1', 500_000);
  expect(await took('filter of 1,000,000')).toBeLessThan(3_000);
  await playground.filterTo('', 1_000_000);
  await playground.sortBy('amount');
  await playground.sortBy('amount');
  await says(playground, 0, 0, '999,999');
  expect(await took('sort of 1,000,000')).toBeLessThan(4_000);
  await playground.filterTo('lane < 100000', 100_000);
  expect(await took('filter and sort of 100,000 of 1,000,000')).toBeLessThan(3_000);
  const long = await page.evaluate(() => window.longTasks);
  console.log('long tasks of the page:', long);
  expect(Math.max(0, ...long)).toBeLessThan(200);
});
