// axe over the page's states: nothing serious, nothing critical.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

const LOOP = '0x614e205b6001900380600357';

/** What is wrong in a state, as lines for people. */
async function wrong(page, state) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, nodes }) => nodes.map((node) => `${state}: ${id} (${impact}): ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`));
}

test('no state of the page has a serious fault', async ({ page }) => {
  const playground = new Playground(page);
  // Soft: one state's faults do not hide another's.
  const look = async (state) => expect.soft(await wrong(page, state)).toEqual([]);
  await playground.open();
  await look('starting');
  await playground.done();
  await look('done');
  await page.emulateMedia({ colorScheme: 'dark' });
  await look('done, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('tab', { name: 'Disassembly' }).click();
  await look('disassembly');
  await playground.table.getByRole('row').nth(2).click();
  await look('a lane');
  await playground.engine('both');
  await playground.gpuReady();
  await playground.runNow();
  await look('compared');
  await playground.engine('CPU');
  await page.getByRole('region', { name: 'Program', exact: true }).getByRole('tab').first().click();
  const code = await playground.codeText();
  await playground.code.fill('0x60zz');
  await playground.run.click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look('an error');
  await page.emulateMedia({ colorScheme: 'dark' });
  await look('an error, dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await playground.code.fill(LOOP);
  await page.getByRole('textbox', { name: 'Gas limit' }).fill('2^63');
  await playground.count.fill('1,000,000');
  await playground.run.click();
  await expect(playground.news).toContainText('lanes ended');
  await look('running');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(playground.news).toContainText('Paused');
  await look('paused');
  await playground.cancel.click();
  await expect(playground.news).toContainText('Cancelled', { timeout: 30_000 });
  await look('cancelled');
  await playground.code.fill(code);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const pane of ['Program', 'Calls', 'Results', 'Lane']) {
    await page.getByRole('tab', { name: pane, exact: true }).click();
    await look(`phone, ${pane}`);
  }
});
