// The playground as its user sees it: what can be pressed, typed and read.
import { expect } from '@playwright/test';

export class Playground {
  constructor(page) {
    this.page = page;
    this.run = page.getByRole('button', { name: 'Run', exact: true });
    this.cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    this.count = page.getByRole('textbox', { name: 'Calls', exact: true });
    // A text area until the editor has been loaded.
    this.code = page.getByRole('textbox', { name: 'Code: hex, assembly or an artifact' });
    this.editor = page.getByRole('region', { name: 'Program', exact: true }).locator('lanevm-editor');
    this.example = page.getByRole('combobox', { name: 'Example' });
    this.news = page.locator('.news');
    this.bar = page.getByRole('progressbar', { name: 'Lanes ended' });
    this.chip = page.locator('.chip');
    this.notes = page.getByRole('region', { name: 'About this run' });
    this.summary = page.locator('[data-summary="run"]');
    this.digest = page.locator('[data-digest]');
    this.statuses = page.getByRole('group', { name: 'Statuses' });
    this.table = page.getByRole('grid', { name: 'Lanes' });
    this.lane = page.getByRole('region', { name: 'Lane', exact: true });
    this.share = page.getByRole('button', { name: 'Share', exact: true });
    this.document = page.getByRole('button', { name: 'Document', exact: true });
    this.documentMenu = page.getByRole('region', { name: 'Document', exact: true });
    this.notice = page.locator('[data-note="document"]');
    this.results = page.getByRole('region', { name: 'Results', exact: true });
    this.filter = page.getByRole('combobox', { name: 'Filter', exact: true });
    this.passing = page.locator('[data-passing]');
    this.map = page.getByRole('slider', { name: 'Lane map' });
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

  /** The editor has taken the text area's place. */
  async edited() {
    await expect(this.editor).toBeVisible();
  }

  /** The whole text of the program's field; an editor draws only what is in sight of it. */
  codeText() {
    return this.code.evaluate((field) => field.value ?? field.getRootNode().host.value);
  }

  async hasCode(text) {
    await expect.poll(() => this.codeText()).toBe(text);
  }

  /** What is selected in the program's field. */
  selectedCode() {
    return this.code.evaluate((field) => {
      const area = field.value === undefined ? field.getRootNode().host : field;
      return area.value.slice(area.selectionStart, area.selectionEnd);
    });
  }

  async done() {
    await expect(this.news).toContainText('Done.', { timeout: 180_000 });
  }

  /** The first example runs on the CPU while the GPU gets ready. */
  async gpuReady() {
    await expect(this.chip).toContainText('GPU ·', { timeout: 180_000 });
  }

  /** The engine's worker gets a few lines before its own. To be called before the page opens. */
  async #beforeWorker(lines) {
    await this.page.route('**/lanevm-engine_loader.js', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: `${lines}\n${await answer.text()}` });
    });
  }

  async #inEngine(what) {
    const results = await Promise.all(this.page.workers().map((worker) => worker.evaluate(what)));
    expect(results).toContain(true);
  }

  /** State that is not given is unknown in every run, as a document can say. To be called before the page opens. */
  absentUnknown() {
    return this.page.addInitScript(() => {
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function ([json, ...bytes], ...more) {
        const message = JSON.parse(json);
        if (message.Run) {
          const document = JSON.parse(message.Run.document);
          document.state = { ...document.state, absent: 'unknown' };
          message.Run.document = JSON.stringify(document);
        }
        post.call(this, [JSON.stringify(message), ...bytes], ...more);
      };
    });
  }

  /** The engine gets no adapter until `giveAdapter`. */
  holdAdapter() {
    return this.#beforeWorker(`{
      const request = GPU.prototype.requestAdapter;
      const held = new Promise((resolve) => { self.giveAdapter = () => { resolve(); return true; }; });
      GPU.prototype.requestAdapter = async function (...options) { await held; return request.apply(this, options); };
    }`);
  }

  giveAdapter() {
    return this.#inEngine('self.giveAdapter?.() ?? false');
  }

  /** The engine's devices can be lost with `loseDevice`. */
  keepDevices() {
    return this.#beforeWorker(`{
      const request = GPUAdapter.prototype.requestDevice;
      self.devices = [];
      GPUAdapter.prototype.requestDevice = async function (...options) {
        const device = await request.apply(this, options);
        self.devices.push(device);
        return device;
      };
    }`);
  }

  loseDevice() {
    return this.#inEngine('self.devices?.length ? (self.devices.at(-1).destroy(), true) : false');
  }

  async runNow() {
    const before = await this.summary.getAttribute('data-run');
    await this.run.click();
    await expect(this.summary).not.toHaveAttribute('data-run', before);
    await this.done();
  }

  /** Opens a lane among the first that the table shows. */
  async openLane(lane) {
    await this.table.getByRole('row').nth(lane + 1).click();
    await expect(this.lane.getByRole('heading', { name: `Lane ${lane}`, exact: true })).toBeVisible();
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

  /** Types a filter and waits until so many lanes pass. */
  async filterTo(text, lanes) {
    await this.filter.fill(text);
    await this.filter.press('Enter');
    await expect(this.passing).toHaveAttribute('data-passing', String(lanes));
  }

  /** Adds a column of one's own; the list of columns is left open. */
  async ownColumn(text) {
    const field = this.page.getByRole('combobox', { name: 'Another' });
    if (!(await field.isVisible())) await this.page.getByText('Columns', { exact: true }).click();
    await field.fill(text);
    await field.press('Enter');
  }

  /** The program's instructions, and what is said of lanes by block. */
  async disassembly() {
    await this.page.getByRole('tab', { name: 'Disassembly' }).click();
    return this.page.getByRole('status', { name: 'Lanes by block' });
  }

  /** Shows a part of the results: Table, Groups, Gas, Scatter, Expectation, Compare. */
  part(name) {
    return this.results.getByRole('tab', { name, exact: true }).click();
  }

  /** A group's button, by the list it stands in. */
  group(list, words) {
    return this.results.getByRole('region', { name: list }).getByRole('button', { name: words });
  }

  /** A cell of the table: rows from 0, without the head. */
  cell(row, column) {
    return this.table.getByRole('row').nth(row + 1).getByRole('gridcell').nth(column);
  }

  sortBy(column) {
    return this.table.getByRole('columnheader', { name: column }).getByRole('button').click();
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
