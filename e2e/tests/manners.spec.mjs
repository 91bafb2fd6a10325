// Manners: what the page is to people who press keys, listen, zoom, or set their system otherwise.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

test('edges between panes move by keys, are kept, and hide panes', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  const edge = page.getByRole('separator', { name: 'Size of Program' });
  const pane = page.getByRole('region', { name: 'Program', exact: true });
  const before = { percent: Number(await edge.getAttribute('aria-valuenow')), width: (await pane.boundingBox()).width };
  await edge.focus();
  for (let times = 0; times < 4; times += 1) await page.keyboard.press('ArrowRight');
  const percent = Number(await edge.getAttribute('aria-valuenow'));
  expect(percent).toBe(before.percent + 8);
  const wider = (await pane.boundingBox()).width;
  expect(wider).toBeGreaterThan(before.width + 60);

  const lane = page.getByRole('separator', { name: 'Size of Lane' });
  await lane.focus();
  await page.keyboard.press('Enter');
  await expect(playground.lane).toBeHidden();
  await page.reload();
  await playground.done();
  await expect(edge).toHaveAttribute('aria-valuenow', String(percent));
  expect((await pane.boundingBox()).width).toBeCloseTo(wider, 0);
  await expect(playground.lane).toBeHidden();
  await page.getByRole('button', { name: 'Show Lane' }).click();
  await expect(playground.lane).toBeVisible();

  // The pointer drags it too.
  const at = await edge.boundingBox();
  await page.mouse.move(at.x + at.width / 2, at.y + 200);
  await page.mouse.down();
  await page.mouse.move(at.x - 96, at.y + 200, { steps: 4 });
  await page.mouse.up();
  expect((await pane.boundingBox()).width).toBeLessThan(wider - 80);
});

test('a colour scheme that was chosen is kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  const playground = new Playground(page);
  await playground.openAndWait();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await playground.done();
  expect(await ground()).toBe(dark);
});

test('whatever the Tab key comes to can be seen to have the focus', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await page.locator('h1').click();
  const unseen = [];
  const seen = new Set();
  for (let times = 0; times < 120; times += 1) {
    await page.keyboard.press('Tab');
    const now = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      // A radio button's word shows its focus, as it shows its choice.
      const shown = element.type === 'radio' ? element.nextElementSibling : element;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const { width, height } = shown.getBoundingClientRect();
      const what = `${element.tagName} ${element.getAttribute('aria-label') ?? element.id ?? ''} ${element.textContent.slice(0, 30)}`;
      return { what, ok: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && width > 0 && height > 0 };
    });
    if (!now) break;
    seen.add(now.what);
    if (!now.ok) unseen.push(now.what);
  }
  expect(seen.size).toBeGreaterThan(20);
  expect(unseen).toEqual([]);
});

test('progress is told politely: not more than once a second', async ({ page }) => {
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.code.fill('0x614e205b6001900380600357');
  await page.getByRole('textbox', { name: 'Gas limit' }).fill('10,000,000');
  await playground.count.fill('4,000');
  await playground.engine('CPU');
  await page.getByRole('status', { name: 'Run' }).evaluate((place) => {
    window.told = [];
    new MutationObserver(() => window.told.push([performance.now(), place.textContent.trim()])).observe(place, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  });
  await playground.run.click();
  await expect(playground.news).toContainText(/calls\/s/);
  await playground.done();
  const told = await page.evaluate(() => window.told);
  expect(told.at(-1)[1]).toContain('Done.');
  const progress = told.filter(([, words]) => /lanes ended|Running/.test(words));
  for (let index = 1; index < progress.length; index += 1) {
    expect(progress[index][0] - progress[index - 1][0], JSON.stringify(told)).toBeGreaterThan(900);
  }
});

test('forced colours: what is chosen can be told from what is not', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  const playground = new Playground(page);
  await playground.openAndWait();
  const ground = (name) =>
    page.getByRole('radio', { name, exact: true }).evaluate((radio) => getComputedStyle(radio.nextElementSibling).backgroundColor);
  expect(await ground('auto')).not.toBe(await ground('CPU'));
  await page.screenshot({ path: 'shots/page-1440-forced.png' });
});

test('reduced motion: nothing moves', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const playground = new Playground(page);
  await playground.openAndWait();
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return transitionDuration.split(',').some((time) => parseFloat(time) > 0) || animationName !== 'none';
    }).map((element) => element.className),
  );
  expect(moving).toEqual([]);
});

for (const [name, width, height] of [['1440 px at 200 %', 720, 450], ['390 px', 390, 844], ['320 px', 320, 640]]) {
  test(`${name}: nothing sticks out sideways, and Run is at hand`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    const playground = new Playground(page);
    await playground.openAndWait();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await expect(playground.run).toBeInViewport();
    await page.screenshot({ path: `shots/zoom-${width}.png` });
  });
}
