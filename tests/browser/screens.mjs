//! Looks at pages as different people see them: narrow and wide, light and dark, in every language. Nothing may be wider than
//! its window, axe may find nothing (WCAG 2.0 to 2.2 A and AA, and its best practice), every control is big enough for a
//! finger, what is hidden has no box, and pictures are kept beside those of the walk that looks, in `screens/`.
//!
//! Every page is measured at both widths in every language. Judged and pictured is a page of a party in both widths and both
//! schemes, each with one of the languages; a story in a narrow and a wide window, a light and a dark one, the four windows in
//! turns from story to story. `EVERY_WINDOW=1` judges and pictures everything in every window.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { PICTURES, WAIT } from './stage.mjs';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENS = path.join(PICTURES, 'screens');

/** What a person's screen may be like. Neighbours in a pair differ in width and in scheme. */
const WINDOWS = [
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 1440, height: 900, colorScheme: 'dark' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'light' },
];

/** Which windows the `n`-th page is judged in: a pair of them, or one of a pair and the other in the other language. */
const windowsOf = (n, lang, isStory) => {
  if (process.env.EVERY_WINDOW) return WINDOWS;
  const [first, second] = n % 2 ? [WINDOWS[2], WINDOWS[3]] : [WINDOWS[0], WINDOWS[1]];
  if (isStory) return [(lang === 'ja') === (n % 4 < 2) ? second : first];
  return lang === 'ja' ? [WINDOWS[2], WINDOWS[3]] : [WINDOWS[0], WINDOWS[1]];
};

/** In the page: what is too small for a finger, sticks out of the window, or is seen although it is hidden. Links in running
 * text are as small as the text. */
const measure = () => {
  const found = [];
  for (const it of document.querySelectorAll('[hidden]')) {
    if (it.getClientRects().length) found.push(`${it.tagName} "${it.textContent.trim().slice(0, 40)}" is hidden and takes room`);
  }
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) found.push(`${over} pixels wider than the window`);
  for (const it of document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), select')) {
    const box = it.getBoundingClientRect();
    const styles = getComputedStyle(it);
    const seen = box.width > 0 && box.height > 0 && styles.visibility === 'visible' && box.top + window.scrollY >= 0;
    // What sticks out of a box that clips is not reached by scrolling.
    for (let around = it.parentElement; seen && around; around = around.parentElement) {
      const overflow = getComputedStyle(around).overflowX;
      if (overflow === 'auto' || overflow === 'scroll') break;
      if ((overflow === 'hidden' || overflow === 'clip') && box.right > around.getBoundingClientRect().right + 1 && !it.closest('[aria-hidden]')) {
        found.push(`${it.tagName} "${it.textContent.trim().slice(0, 40)}" is cut off`);
        break;
      }
    }
    const inText = it.tagName === 'A' && (styles.display === 'inline' || it.closest('h1, h2, h3, p:not(.row)'));
    const choice = it.matches('[type=radio], [type=checkbox], [type=range]');
    if (seen && !inText && !choice && !it.closest('[aria-hidden]') && box.height < 43.5) {
      found.push(`${it.tagName} "${it.textContent.trim().slice(0, 40)}" is ${box.height} pixels high`);
    }
  }
  return found;
};

/** In the page: what axe finds. */
const judge = () => globalThis.axe.run(document, {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  resultTypes: ['violations'],
  // Our pages have one sheet, of this origin: nothing to fetch again before the rules run.
  preload: false,
}).then((told) => told.violations.map((it) => `${it.id}: ${it.help}, ${it.nodes.map((node) => node.target.join(' ')).slice(0, 3).join('; ')}`));

/** Looks at one address; what is wrong comes back as lines. */
async function look(page, { name, url, lang, windows }) {
  const wrong = [];
  const show = async ({ width, height, colorScheme }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
  };
  await show(windows[0]);
  const answer = await page.goto(url);
  if (answer.status() >= 500) wrong.push(`${name}: ${answer.status()}`);
  const told = await page.evaluate(() => document.documentElement.lang);
  if (lang && told !== lang) wrong.push(`${name}: in "${told}", not in "${lang}"`);
  const measured = new Set();
  for (const window of windows) {
    const which = `${name}-${lang ?? told}-${window.width}-${window.colorScheme}`;
    if (window !== windows[0]) await show(window);
    const found = [...await page.evaluate(measure), ...await page.evaluate(judge)];
    for (const line of found) wrong.push(`${which}: ${line}`);
    measured.add(window.width);
    await page.screenshot({ path: path.join(SCREENS, `${which}.jpg`), type: 'jpeg', quality: 75, fullPage: true });
  }
  for (const { width, height } of WINDOWS.slice(0, 2).filter((one) => !measured.has(one.width))) {
    await page.setViewportSize({ width, height });
    for (const line of await page.evaluate(measure)) wrong.push(`${name}-${lang ?? told}-${width}: ${line}`);
  }
  return wrong;
}

/** Looks at all of them, two at a time. Throws what is wrong with any. */
export async function screens(browser, views) {
  fs.mkdirSync(SCREENS, { recursive: true });
  const turns = {};
  const waiting = views.map((view) => {
    const kind = `${view.isStory ?? false} ${view.lang}`;
    turns[kind] = (turns[kind] ?? -1) + 1;
    return { ...view, windows: view.windows ?? windowsOf(turns[kind], view.lang, view.isStory) };
  });
  const wrong = [];
  const looker = async () => {
    // Nothing is judged while it changes its colours.
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    context.setDefaultTimeout(WAIT);
    const page = await context.newPage();
    // In every document before its own scripts: the browser keeps what it compiled, which a script that is sent to each page
    // is not.
    await page.addInitScript(axeSource);
    page.on('console', (line) => {
      // Pages about what is not there are answered with 404, and browsers note that.
      if (line.type() === 'error' && !/status of 404/.test(line.text())) wrong.push(`${page.url()}: ${line.text()}`);
    });
    page.on('dialog', (dialog) => {
      wrong.push(`${page.url()} ran a script`);
      dialog.dismiss();
    });
    for (let view = waiting.shift(); view; view = waiting.shift()) wrong.push(...await look(page, view));
    await context.close();
  };
  await Promise.all([looker(), looker()]);
  if (wrong.length) throw new Error(`${wrong.length} things are wrong:\n${wrong.join('\n')}`);
}

/** Everything a party lists at `/stories`, or below another path, in both languages. */
export async function storiesOf(origin, party, below = '') {
  const list = await (await fetch(`${origin}/en${below}/stories`)).text();
  const names = [...list.matchAll(/\/stories\/([a-z0-9-]+)"/g)].map((found) => found[1]);
  if (!names.length) throw new Error(`${party} lists no stories`);
  return ['en', 'ja'].flatMap((lang) => names.map((name) => ({ name: `${party}-${name}`, url: `${origin}/${lang}${below}/stories/${name}`, lang, isStory: true })));
}
