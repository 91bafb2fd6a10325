// Pictures for people to look at, wide and narrow, light and dark; and that nothing sticks out sideways.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

for (const scheme of ['light', 'dark']) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    test(`${width} px, ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      const playground = new Playground(page);
      await playground.openAndWait();
      await expect(page.getByText(/\d+ instructions\.$/)).toBeAttached();
      await expect(playground.table.getByRole('row').nth(1).getByRole('gridcell').nth(1)).not.toBeEmpty();
      const shot = (name) => page.screenshot({ path: `shots/${name}-${width}-${scheme}.png` });
      await shot('page');
      if (width < 700) {
        for (const pane of ['Program', 'Calls', 'Lane']) {
          await page.getByRole('tab', { name: pane, exact: true }).click();
          await shot(pane.toLowerCase());
        }
      } else {
        await page.getByRole('tab', { name: 'Disassembly' }).click();
        await expect(page.getByRole('table', { name: 'Disassembly' })).toContainText('PUSH1');
        await shot('disassembly');
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
    });
  }
}
