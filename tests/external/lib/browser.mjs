// A real browser without a screen, driven over its own protocol.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import {buildDir, packageDir, requirePackage} from './packages.mjs';

export const chromium = process.env.HEAPD_CHROMIUM ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
        .find(file => fs.existsSync(file)) ?? 'chromium';

// The reason to skip tests that need a browser; false where there is one.
export const noBrowser = spawnSync(chromium, ['--version']).status === 0 ?
    false : `there is no ${chromium}`;

export const screenshotDir = path.join(buildDir, 'page-screenshots');

// Bounds a test; on a machine that does much else a tab can take long.
const WAIT_MILLISECONDS = 60_000;

// The rules that the page keeps.
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
               'best-practice'];

// A browser that the end of the test `t` closes. Without `pipe` it is driven
// through a port of loopback, where its own DevTools are served too.
export async function startBrowser(t, {pipe = true} = {}) {
  const puppeteer = requirePackage('puppeteer-core').default ??
      requirePackage('puppeteer-core');
  const browser = await puppeteer.launch({
    executablePath: chromium, headless: true, pipe,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  t.after(() => browser.close());
  return browser;
}

// A tab. What goes wrong in it is in `faults`: errors of scripts, what the
// content security policy refused, requests to other sites.
export async function openTab(browser, origin) {
  const page = await browser.newPage();
  page.setDefaultTimeout(WAIT_MILLISECONDS);
  const faults = [];
  page.on('pageerror', error => faults.push(String(error.stack ?? error)));
  page.on('console', message => {
    // A refused call is no fault of the page.
    if (message.text().startsWith('Failed to load resource')) return;
    if (['error', 'warn'].includes(message.type())) {
      faults.push(message.text());
    }
  });
  page.on('request', request => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data|about):/.test(url)) {
      faults.push(`asked for ${url}`);
    }
  });
  return {page, faults};
}

// Waits until the page shows `text`, which may be a regular expression.
export async function waitForText(page, text) {
  const [source, flags] = text instanceof RegExp ? [text.source, text.flags] :
      [text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), ''];
  try {
    await page.waitForFunction(
        (source, flags) => new RegExp(source, flags).test(
            document.body.innerText), {polling: 50}, source, flags);
  } catch (error) {
    const shown = await page.evaluate(() => document.body.innerText);
    throw new Error(`${text} was not shown:\n${shown}`, {cause: error});
  }
}

// Clicks what has this role and this name, as assistive technology finds it.
export async function click(page, role, name) {
  const handle =
      await page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`);
  await handle.click();
}

export async function fill(page, name, value) {
  const handle = await page.waitForSelector(`::-p-aria(${name})`);
  await handle.click({clickCount: 3});
  await handle.type(value);
}

// The cells of the rows of the table with that caption.
export function rowsOf(page, caption) {
  return page.evaluate(caption => {
    const table = [...document.querySelectorAll('table')].find(
        one => one.caption.textContent === caption);
    return [...table?.tBodies[0].rows ?? []].map(
        row => [...row.cells].map(cell => cell.innerText.trim()));
  }, caption);
}

const LOOKS = [
  ['light', 1180, 800], ['dark', 1180, 800], ['light', 360, 740],
  ['dark', 360, 740],
];

// Looks at the page as it is in light and dark, wide and as on a phone: keeps a
// screenshot of each, and fails if it is wider than the screen or if axe-core
// finds it hard to use for somebody.
export async function inspect(page, name) {
  const axe = fs.readFileSync(
      path.join(packageDir('axe-core'), 'axe.min.js'), 'utf8');
  fs.mkdirSync(screenshotDir, {recursive: true});
  for (const [theme, width, height] of LOOKS) {
    const look = `${name}-${theme}-${width}`;
    await page.setViewport({width, height});
    await page.emulateMediaFeatures(
        [{name: 'prefers-color-scheme', value: theme}]);
    // Charts follow the width.
    await page.evaluate(() => new Promise(
        done => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.screenshot(
        {path: path.join(screenshotDir, `${look}.png`), fullPage: true});
    const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - innerWidth);
    assert.ok(excess <= 0, `${look} is ${excess} pixels too wide`);
    await page.evaluate(axe);
    const found = await page.evaluate(async rules => {
      const {violations} = await window.axe.run(
          document, {runOnly: {type: 'tag', values: rules}});
      return violations.map(one => `${one.id}: ${one.help}: ` +
          one.nodes.map(node => node.html).slice(0, 3).join(' '));
    }, RULES);
    assert.deepEqual(found, [], look);
  }
  await page.setViewport({width: 1180, height: 800});
}
