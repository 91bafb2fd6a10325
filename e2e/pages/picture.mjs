// A picture of the page for people to look at.
import { expect } from '@playwright/test';

/** Keeps a picture in `shots/`; nothing may stick out sideways. */
export async function picture(page, name) {
  await page.screenshot({ path: `shots/${name}.png` });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}
