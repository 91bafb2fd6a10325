// The playground as its user sees it: what can be pressed, typed and read.
import { expect } from '@playwright/test';

export class Playground {
  constructor(page) {
    this.page = page;
    this.run = page.getByRole('button', { name: 'Run', exact: true });
    this.cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    this.count = page.getByRole('textbox', { name: 'Calls', exact: true });
    this.code = page.getByLabel('Code: hex, assembly or an artifact');
    this.example = page.getByRole('combobox', { name: 'Example' });
    this.news = page.locator('.news');
    this.summary = page.locator('[data-summary="run"]');
    this.digest = page.locator('[data-digest]');
    this.statuses = page.getByRole('group', { name: 'Statuses' });
    this.table = page.getByRole('table', { name: 'Lanes' });
    this.lane = page.getByRole('region', { name: 'Lane', exact: true });
    this.share = page.getByRole('button', { name: 'Share', exact: true });
    this.document = page.getByRole('button', { name: 'Document', exact: true });
    this.documentMenu = page.getByRole('region', { name: 'Document', exact: true });
    this.notice = page.locator('[data-note="document"]');
    this.noGpu = page.locator('[data-note="no-gpu"]');
  }

  /** Opens the page, with a fragment where one is given. */
  async open(fragment = '') {
    await this.page.goto(`./${fragment}`);
    await expect(this.page.getByRole('heading', { name: 'lanevm' })).toBeVisible();
  }

  /** The page runs its first example by itself. */
  async openAndWait() {
    await this.open();
    await this.done();
  }

  async done() {
    await expect(this.news).toContainText('Done.', { timeout: 180_000 });
  }

  async runNow() {
    const before = await this.summary.getAttribute('data-run');
    await this.run.click();
    await expect(this.summary).not.toHaveAttribute('data-run', before);
    await this.done();
  }

  engine(name) {
    return this.page.getByRole('radio', { name, exact: true }).check({ force: true });
  }

  fact(name) {
    return this.summary.locator('.fact', { hasText: name }).locator('dd');
  }

  digestText() {
    return this.digest.getAttribute('data-digest');
  }

  /** The list of the table that scrolls. */
  get rows() {
    return this.table.getByRole('rowgroup');
  }

  async openMenu() {
    if ((await this.document.getAttribute('aria-expanded')) !== 'true') await this.document.click();
    return this.documentMenu;
  }

  get earlier() {
    return this.documentMenu.getByRole('list', { name: 'Earlier' }).getByRole('listitem');
  }

  /** Chooses a file in the menu: a path, or `{ name, mimeType, buffer }`. */
  async openFile(file) {
    const menu = await this.openMenu();
    const chooser = this.page.waitForEvent('filechooser');
    await menu.getByRole('button', { name: 'Open a file…' }).click();
    await (await chooser).setFiles(file);
  }

  /** The link that Share copies. */
  async copyLink() {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await this.share.click();
    await expect(this.notice).toContainText('Copied a link');
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** What is typed has been kept. */
  kept() {
    return this.page.waitForTimeout(1_000);
  }
}
