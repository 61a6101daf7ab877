//! Looks at pages as different people see them: narrow and wide, light and dark, in every language. Nothing may be wider than
//! its window, axe may find nothing (WCAG 2.0 to 2.2 A and AA, and its best practice), every control is big enough for a
//! finger, and pictures are kept in `test-artefacts/browser/screens/`.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { PICTURES, WAIT } from './stage.mjs';

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENS = path.join(PICTURES, 'screens');

/** What a person's screen may be like. */
const WINDOWS = [
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 1440, height: 900, colorScheme: 'dark' },
];

/** In the page: what is too small for a finger or sticks out of the window. Links in running text are as small as the text. */
const measure = () => {
  const found = [];
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) found.push(`${over} pixels wider than the window`);
  for (const it of document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), select')) {
    const box = it.getBoundingClientRect();
    const styles = getComputedStyle(it);
    const seen = box.width > 0 && box.height > 0 && styles.visibility === 'visible' && box.top + window.scrollY >= 0;
    const inText = it.tagName === 'A' && (styles.display === 'inline' || it.closest('h1, h2, h3, p:not(.row)'));
    const choice = it.matches('[type=radio], [type=checkbox], [type=range]');
    if (seen && !inText && !choice && !it.closest('[aria-hidden]') && box.height < 43.5) {
      found.push(`${it.tagName} "${it.textContent.trim().slice(0, 40)}" is ${box.height} pixels high`);
    }
  }
  return found;
};

/** In the page: what axe finds. In the dark only colours can be different from what they were in the light. */
const judge = (colorScheme) => globalThis.axe.run(document, {
  runOnly: colorScheme === 'dark'
    ? { type: 'rule', values: ['color-contrast'] }
    : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  resultTypes: ['violations'],
}).then((told) => told.violations.map((it) => `${it.id}: ${it.help}, ${it.nodes.map((node) => node.target.join(' ')).slice(0, 3).join('; ')}`));

/** Looks at one address in every window, or in those `seen`; what is wrong comes back as lines. `pictured`: of which windows
 * pictures are kept; all. */
async function look(page, { name, url, lang, pictured, seen }) {
  const wrong = [];
  const answer = await page.goto(url);
  if (answer.status() >= 500) wrong.push(`${name}: ${answer.status()}`);
  const told = await page.evaluate(() => document.documentElement.lang);
  if (lang && told !== lang) wrong.push(`${name}: in "${told}", not in "${lang}"`);
  await page.evaluate(axeSource);
  for (const window of WINDOWS.filter((one) => !seen || seen.includes(`${one.width}-${one.colorScheme}`))) {
    const which = `${name}-${lang ?? told}-${window.width}-${window.colorScheme}`;
    await page.setViewportSize(window);
    await page.emulateMedia({ colorScheme: window.colorScheme });
    for (const line of [...await page.evaluate(measure), ...await page.evaluate(judge, window.colorScheme)]) wrong.push(`${which}: ${line}`);
    if (!pictured || pictured.includes(`${window.width}-${window.colorScheme}`)) {
      await page.screenshot({ path: path.join(SCREENS, `${which}.png`), fullPage: true });
    }
  }
  return wrong;
}

/** Looks at all of them, two at a time. Throws what is wrong with any. */
export async function screens(browser, views) {
  fs.mkdirSync(SCREENS, { recursive: true });
  const waiting = [...views];
  const wrong = [];
  const looker = async () => {
    // Nothing is judged while it changes its colours.
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    context.setDefaultTimeout(WAIT);
    const page = await context.newPage();
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

/** Of stories, one look for each width and scheme is enough, each in one of the languages; `EVERY_WINDOW=1` looks at all. */
const PICTURED = { en: ['390-light', '1440-dark'], ja: ['390-dark', '1440-light'] };

/** Everything a party lists at /stories, in both languages. */
export async function storiesOf(browser, origin, party) {
  const page = await browser.newPage();
  await page.goto(`${origin}/en/stories`);
  const names = await page.locator('main li a').evaluateAll((links) => links.map((link) => link.getAttribute('href').split('/').pop()));
  await page.close();
  return ['en', 'ja'].flatMap((lang) => names.map((name) => ({ name: `${party}-${name}`, url: `${origin}/${lang}/stories/${name}`, lang, pictured: PICTURED[lang], seen: process.env.EVERY_WINDOW ? undefined : PICTURED[lang] })));
}
