// Files that are dropped on the page, and how long it answers nothing meanwhile.

/** Makes a file in the page, so that handing it over is not measured. */
export const prepare = (page, text, name) =>
  page.evaluate(([text, name]) => { globalThis.prepared = new File([text], name); }, [text, name]);

/** Drops it there. */
export const drop = (page, selector) =>
  page.evaluate((selector) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(globalThis.prepared);
    const where = document.querySelector(selector);
    where.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, selector);

/** Notes the stretches in which the page answers nothing, from now on. */
export const watch = (page) =>
  page.evaluate(() => {
    globalThis.long = [];
    new PerformanceObserver((list) => {
      globalThis.long.push(...list.getEntries().map((entry) => Math.round(entry.duration)));
    }).observe({ type: 'longtask' });
  });

/** The longest of them, in milliseconds. */
export const longest = (page) => page.evaluate(() => Math.max(0, ...globalThis.long));
