// The page in browsers that Playwright does not drive, as the system packs them: it starts, the CPU answers, the table's end
// is reached. A browser that is not installed is skipped with the reason.
import { expect, test } from '@playwright/test';
import * as firefox from '../browsers/firefox.mjs';
import * as webkit from '../browsers/webkit.mjs';

for (const [name, browser] of Object.entries({ 'Firefox ESR': firefox, WebKitGTK: webkit })) {
  test(`${name} starts the page, runs on the CPU and shows the table's end`, async ({ baseURL }) => {
    const { missing } = browser.found();
    test.skip(Boolean(missing), missing);
    const page = await browser.open(baseURL);
    const reads = (script) => expect.poll(() => page.read(script), { timeout: 180_000 });
    const text = (selector) => `return document.querySelector('${selector}')?.textContent ?? ''`;
    try {
      console.log(page.version);
      await reads(text('.news')).toContain('Done.');
      const digest = `return document.querySelector('[data-digest]').getAttribute('data-digest')`;
      const first = await page.read(digest);
      expect(first).toMatch(/^0x[0-9a-f]{64}$/);

      // More calls, on the CPU.
      await page.click('.switch label[title="The CPU"]');
      await page.type('#f-count', '20000');
      expect(await page.read(`return document.querySelector('#f-count').value`)).toBe('20000');
      const run = `return document.querySelector('[data-summary=run]').getAttribute('data-run')`;
      const before = await page.read(run);
      await page.click('.run button.primary');
      await reads(run).not.toBe(before);
      await reads(text('.news')).toContain('Done.');
      await reads(text('[data-summary=run]')).toContain('revm');
      expect(await page.read(digest)).not.toBe(first);

      // The table's end, by keyboard.
      const grid = '[role=grid][aria-label=Lanes]';
      await reads(`return document.querySelector('${grid}').getAttribute('aria-rowcount')`).toBe('20001');
      await page.press(`${grid} [tabindex="0"]`, 'End');
      await reads(`return document.querySelector('${grid} [role=row]:last-of-type [role=gridcell]').textContent`).toBe('19,999');
    } finally {
      await page.close();
    }
  });
}
