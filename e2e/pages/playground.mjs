// The playground as its user sees it: what can be pressed, typed and read.
import { expect } from '@playwright/test';

export class Playground {
  constructor(page) {
    this.page = page;
    this.run = page.getByRole('button', { name: 'Run', exact: true });
    this.cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    this.count = page.getByRole('textbox', { name: 'Calls', exact: true });
    this.code = page.getByLabel('Runtime bytecode, hex');
    this.example = page.getByLabel('Example', { exact: true });
    this.news = page.locator('.news');
    this.bar = page.getByRole('progressbar', { name: 'Lanes ended' });
    this.chip = page.locator('.chip');
    this.notes = page.getByRole('region', { name: 'About this run' });
    this.summary = page.locator('[data-summary="run"]');
    this.digest = page.locator('[data-digest]');
    this.statuses = page.getByRole('group', { name: 'Statuses' });
    this.table = page.getByRole('table', { name: 'Lanes' });
    this.lane = page.getByRole('region', { name: 'Lane', exact: true });
    this.noGpu = page.locator('[data-note="no-gpu"]');
  }

  async open() {
    await this.page.goto('./');
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
}
