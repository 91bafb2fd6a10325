// The table at sizes no document could hold.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

for (const [lanes, last] of [['100,000', '99,999'], ['1,000,000', '999,999']]) {
  test(`both ends of ${lanes} rows are reached`, async ({ page }) => {
    const playground = new Playground(page);
    await playground.openAndWait();
    await playground.code.fill('0x00');
    await playground.count.fill(lanes);
    await playground.runNow();
    await expect(playground.table).toHaveAttribute('aria-rowcount', String(Number(lanes.replaceAll(',', '')) + 1));
    await playground.rows.evaluate((list) => list.scrollTo(0, list.scrollHeight));
    const end = playground.table.getByRole('row').last();
    await expect(end.getByRole('gridcell').first()).toHaveText(last);
    expect(await playground.table.getByRole('row').count()).toBeLessThan(120);
    await end.click();
    await expect(playground.lane.getByRole('heading', { name: `Lane ${last}` })).toBeVisible();
    await playground.rows.evaluate((list) => list.scrollTo(0, 0));
    await expect(playground.table.getByRole('row').nth(1).getByRole('gridcell').first()).toHaveText('0');
  });
}

test('a status filters the table', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.count.fill('10,050');
  await playground.runNow();
  await expect(playground.table).toHaveAttribute('aria-rowcount', '10051');
  await playground.statuses.getByRole('button', { name: /revert/ }).click();
  await expect(playground.table).toHaveAttribute('aria-rowcount', '51');
  await expect(playground.table.getByRole('row').nth(1).getByRole('gridcell').first()).toHaveText('10,000');
});
