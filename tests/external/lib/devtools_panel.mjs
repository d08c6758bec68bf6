// The Memory panel of a real Chromium, used as an operator uses it: files are
// loaded by its button, and rows are read off the screen.

import fs from 'node:fs';
import path from 'node:path';

import {openTab, startBrowser} from './browser.mjs';

// Small enough for a page of documentation, large enough to read.
export const VIEWPORT = {width: 1280, height: 800};

// DevTools is made of custom elements: a plain selector ends at the first of
// them, `>>>` of puppeteer goes into all.
const LOAD = '>>> button[title^="Load profile"]';
const PERSPECTIVE = '>>> select[aria-label="Perspective"]';
const RECORD_STACKS = '>>> input[title^="Allocation stack traces"]';
const LAUNCHER = '>>> .profile-launcher-view-tree-item';
const TIMELINE_TYPE = '>>> #profile-type-HEAP-RECORD';

// Runs in the page before its own scripts. `heapdGrid(title)` is the grid that
// is to be seen and whose first column is called `title`, undefined if none is.
function defineGrid() {
  function* visible(root) {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) yield* visible(element.shadowRoot);
      if (element.matches('.data-grid') && element.checkVisibility()) {
        yield element;
      }
    }
  }
  const headers = grid => [...grid.querySelectorAll('th.sortable')];
  globalThis.heapdGrid = title => {
    for (const element of visible(document)) {
      if (headers(element)[0]?.innerText.trim() === title) {
        const rows = [...element.querySelectorAll('.data-grid-data-grid-node')];
        return {
          headers: headers(element),
          // Some are one wide button: "Show all".
          rows: rows.filter(({cells}) => cells.length > 1),
        };
      }
    }
    return undefined;
  };
}

// The grids of the panel, by the title of their first column.
export const CLASSES = 'Constructor';
export const RETAINERS = 'Object';
export const TAGS = 'Live count';

class MemoryPanel {
  #page;
  #faults;

  constructor(page, faults) {
    this.#page = page;
    this.#faults = faults;
  }

  // Errors of DevTools' scripts, what they warned of and asked others for. That
  // a machine without a graphics processor has slow 3D is none.
  get faults() {
    return this.#faults.filter(text => !text.includes('WebGL'));
  }

  async open(url) {
    await this.#page.setViewport(VIEWPORT);
    await this.#page.evaluateOnNewDocument(defineGrid);
    // No picture shows half of a transition.
    const session = await this.#page.createCDPSession();
    await session.send('Animation.enable');
    await session.send('Animation.setPlaybackRate', {playbackRate: 1000});
    await this.#page.goto(url);
    await this.#click('::-p-aria([name="Memory"][role="tab"])');
    await this.#page.waitForSelector(LOAD);
  }

  async #click(selector) {
    const element = await this.#page.waitForSelector(selector);
    await element.click();
  }

  // Loads a file and waits until the panel has read all of it.
  async load(file) {
    const [chooser] = await Promise.all(
        [this.#page.waitForFileChooser(), this.#click(LOAD)]);
    await chooser.accept([file]);
    // While a file is read, its progress stands where its size will be.
    await this.#page.waitForSelector(this.#entryOf(file));
  }

  // The sidebar's entry of a file that has been read: "NAME, 9.0 MB".
  #entryOf(file) {
    return `>>> li[aria-label^="${path.parse(file).name}, "]` +
        '[aria-label$="B"]';
  }

  // Shows the Summary of a loaded file.
  async select(file) {
    await this.#click(this.#entryOf(file));
    await this.#waitForRows(CLASSES);
  }

  // "Summary", "Comparison", "Containment" or "Allocation". A comparison is
  // with the file that was loaded first, unless that one is selected.
  async choose(perspective, grid = CLASSES) {
    const select = await this.#page.waitForSelector(PERSPECTIVE);
    const value = await select.evaluate(
        (one, text) => [...one.options].find(({label}) => label === text).value,
        perspective);
    await select.select(value);
    await this.#waitForRows(grid);
  }

  async #waitForRows(grid) {
    await this.#page.waitForFunction(
        grid => heapdGrid(grid)?.rows.length > 0, {polling: 50}, grid);
  }

  // Sorts a grid by a column, the largest first.
  async sortBy(column, grid = CLASSES) {
    for (;;) {
      const header = await this.#page.evaluateHandle(
          (grid, column) => heapdGrid(grid).headers.find(
              ({innerText}) => innerText.trim() === column), grid, column);
      const sorted = await header.evaluate(
          one => one.classList.contains('sort-descending'));
      if (sorted) return;
      const before = await header.evaluate(one => one.className);
      await header.click();
      await this.#page.waitForFunction(
          (one, before) => one.className !== before, {polling: 50}, header,
          before);
    }
  }

  // The rows of a grid that are drawn, each as {title of column: text}.
  rows(grid = CLASSES) {
    return this.#page.evaluate(grid => {
      const {headers, rows} = heapdGrid(grid);
      return rows.map(row => Object.fromEntries(headers.map(
          (header, i) => [header.innerText.trim(),
                          row.cells[i].innerText.trim()])));
    }, grid);
  }

  async #rowOf(name) {
    const row = await this.#page.waitForFunction(
        (grid, name) => heapdGrid(grid).rows.find(
            ({cells}) => cells[0].innerText.split('\u00d7')[0].trim() === name),
        {polling: 50}, CLASSES, name);
    return row.asElement();
  }

  // Opens a class, selects its first object, and waits for what retains it. The
  // panel follows the nearest retainers as far as the root by itself.
  async openFirstObject(name) {
    const row = await this.#rowOf(name);
    await row.click();
    await this.#page.keyboard.press('ArrowRight');
    await this.#page.waitForFunction(
        row => /@\d+$/.test(row.nextElementSibling.cells[0].innerText.trim()),
        {polling: 50}, row);
    await this.#page.keyboard.press('ArrowRight');
    await this.#page.waitForFunction(
        grid => heapdGrid(grid)?.rows.some(
            ({cells}) => cells[0].innerText.includes('(GC roots)')),
        {polling: 50}, RETAINERS);
  }

  // Has allocation stacks shown of timelines that are loaded from now on.
  async recordStacks() {
    await this.#click(LAUNCHER);
    await this.#click(TIMELINE_TYPE);
    await this.#click(RECORD_STACKS);
  }

  // The allocation stack of the selected object, and its tab.
  async allocationStack() {
    await this.#click('::-p-aria([name="Allocation stack"][role="tab"])');
    const frame = await this.#page.waitForSelector('>>> .stack-frame');
    return frame.evaluate(one => one.innerText.trim());
  }

  async screenshot(file) {
    fs.mkdirSync(path.dirname(file), {recursive: true});
    // Nothing under the pointer is lit.
    await this.#page.mouse.move(VIEWPORT.width - 1, VIEWPORT.height - 1);
    await this.#page.screenshot({path: file});
  }
}

// Opens Chromium's DevTools on an empty tab; the end of the test `t` closes the
// browser.
export async function openMemoryPanel(t) {
  const browser = await startBrowser(t, {pipe: false});
  const {host} = new URL(browser.wsEndpoint());
  const [inspected] = await browser.pages();
  const session = await inspected.createCDPSession();
  const {targetInfo} = await session.send('Target.getTargetInfo');
  const {page, faults} = await openTab(browser, `http://${host}/`);
  const panel = new MemoryPanel(page, faults);
  await panel.open(`http://${host}/devtools/devtools_app.html?` +
                   `ws=${host}/devtools/page/${targetInfo.targetId}`);
  return panel;
}
