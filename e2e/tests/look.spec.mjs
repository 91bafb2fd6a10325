// Ten states of the page as pictures for people to look at, light and dark, kept in `e2e/shots`; and that nothing sticks out
// sideways in any of them. The one without WebGPU is in without-webgpu.spec.mjs.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';
import { picture } from '../pages/picture.mjs';

/** A product that overflows on one side of a hyperbola, on 200 by 200 lanes. */
const plane = {
  lanevm: 1,
  hardfork: 'osaka',
  programs: { product: { code: '0x6020355f3581810281900482146013575f5ffd5b025f5260205ff3' } },
  axes: [
    { name: 'reserve', length: 200 },
    { name: 'amount', length: 200 },
  ],
  steps: [
    {
      program: 'product',
      gas: '100000',
      calldata: {
        hex: `0x${'00'.repeat(64)}`,
        fields: [
          { name: 'amount', offset: 0, value: { range: ['1', '680564733841876926926749214863536422912'], axis: 'amount' } },
          { name: 'reserve', offset: 32, value: { range: ['1', '680564733841876926926749214863536422912'], axis: 'reserve' } },
        ],
      },
    },
  ],
};

for (const scheme of ['light', 'dark']) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme });
    const shot = (page, state) => picture(page, `${state}-${scheme}`);

    test(`wide states, ${scheme}`, async ({ page }) => {
      const playground = new Playground(page);
      await playground.openAndWait();
      await expect(page.getByText(/\d+ instructions\.$/)).toBeAttached();
      await expect(playground.cell(0, 1)).not.toBeEmpty();
      await shot(page, 'summary');

      await playground.cell(3, 0).click();
      await expect(playground.lane.getByRole('heading', { name: 'Lane 3' })).toBeVisible();
      const line = playground.lane.getByRole('slider');
      await line.press('End');
      for (let back = 0; back < 12; back += 1) await line.press('ArrowLeft');
      await expect(playground.lane).toContainText(/Memory\s*[1-9]\d* bytes/);
      await shot(page, 'lane');

      await playground.part('Table');
      await playground.sortBy('Gas');
      await shot(page, 'table');

      await playground.count.fill('10,050');
      await playground.runNow();
      await playground.part('Compare');
      await expect(playground.results).toContainText(/lanes/);
      await shot(page, 'compare');

      await playground.count.fill('ten');
      await playground.run.click();
      await expect(page.getByRole('alert').first()).toBeVisible();
      await shot(page, 'error');

      await playground.count.fill('1,000,000');
      await playground.run.click();
      await expect(playground.bar).toHaveAttribute('value', /^[1-9]/);
      await shot(page, 'running');
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    });

    test(`nothing has run, ${scheme}`, async ({ page }) => {
      const playground = new Playground(page);
      await playground.open('#code=0x602a60005260206000f3&calldata=0x');
      await expect(playground.notice).toBeVisible();
      await shot(page, 'empty');
    });

    test(`a plane, ${scheme}`, async ({ page }) => {
      const playground = new Playground(page);
      await playground.openAndWait();
      const buffer = Buffer.from(JSON.stringify(plane));
      await playground.openFile({ name: 'plane.json', mimeType: 'application/json', buffer });
      await expect(playground.notice).toContainText('plane.json is open');
      await page.keyboard.press('Escape');
      await playground.runNow();
      await expect(playground.statuses).toContainText('revert');
      await shot(page, 'plane');
    });

    test(`a phone, ${scheme}`, async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      const playground = new Playground(page);
      await playground.openAndWait();
      await shot(page, 'phone');
      for (const pane of ['Program', 'Calls', 'Lane']) {
        await page.getByRole('tab', { name: pane, exact: true }).click();
        await shot(page, `phone-${pane.toLowerCase()}`);
      }
    });
  });
}
