// What the page may run and load: its policy, in the header and in the page itself, and a whole session within it.
import { expect, test } from '@playwright/test';
import { Playground } from '../pages/playground.mjs';

/** Counts violations from the first script on. */
const watch = (page) =>
  page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });

test('the policy stands in the header of every file, and in the page', async ({ page, request }) => {
  const playground = new Playground(page);
  const answers = [];
  page.on('response', (response) => answers.push(response));
  await playground.openAndWait();
  expect(answers.length).toBeGreaterThan(5);
  const policies = new Set(answers.map((answer) => answer.headers()['content-security-policy']));
  expect(policies.size).toBe(1);
  const [policy] = policies;
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'( 'sha256-[A-Za-z0-9+/]{43}=')+; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'$/,
  );
  const html = await (await request.get('./')).text();
  expect(html).toContain(`<meta http-equiv="Content-Security-Policy" content="${policy}" />`);
  expect(html.indexOf('http-equiv')).toBeLessThan(html.indexOf('<script'));
  expect(html).not.toMatch(/ style=| on[a-z]+=/);
});

test('a whole session breaks no rule, and eval throws in the page and in every worker', async ({ page }) => {
  await watch(page);
  const complaints = [];
  page.on('console', (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  const playground = new Playground(page);
  await playground.openAndWait();
  await playground.engine('CPU');
  await playground.runNow();
  await playground.statuses.getByRole('button').first().click();
  await playground.table.getByRole('row').nth(2).click();
  await expect(page.getByText(/\d+ instructions\.$/)).toBeAttached();
  for (const view of ['Disassembly', 'Source', 'ABI', 'Code']) await page.getByRole('tab', { name: view }).click();
  await playground.code.fill('0x60zz');
  await playground.run.click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  await playground.openMenu();
  await page.keyboard.press('Escape');
  const option = await playground.example.locator('option').nth(1).getAttribute('value');
  await playground.example.selectOption(option);
  await playground.done();
  expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
  expect(complaints).toEqual([]);

  // What the debugger evaluates may evaluate; what a timer calls is the page's own script again.
  const tried = () =>
    new Promise((resolve) => {
      setTimeout(() => {
        try {
          resolve(`ran: ${(0, eval)('1 + 1')}`);
        } catch (error) {
          resolve(error.name);
        }
      }, 0);
    });
  const workers = page.workers();
  expect(workers.length).toBeGreaterThan(1);
  for (const worker of workers) expect(await worker.evaluate(tried), worker.url()).toBe('EvalError');
  expect(await page.evaluate(tried)).toBe('EvalError');
  // The watch works: what was refused just now was seen.
  await expect.poll(() => page.evaluate(() => globalThis.violations.length)).toBeGreaterThan(0);
});

test('the page works under a path of its own', async ({ page }) => {
  await watch(page);
  const playground = new Playground(page);
  await page.goto('/some/path/');
  await playground.done();
  await expect(playground.statuses).toContainText(/10,000/);
  expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
});
