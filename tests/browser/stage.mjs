//! What the walk needs around it: a marketplace of its own, the system's browser, a malicious site, and a camera.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

/** How long anything may take, in milliseconds: a hundred times what it takes on two idle cores. What is waited for is a
 * condition, so that a machine that is not slow waits no longer for it. */
export const WAIT = 100_000;

/** After so long a whole walk hangs. */
const HANGS = 30 * 60_000;

/** Ends a walk that hangs, and what it started; to be cleared at its end. */
export const watchdog = (walk, kill) => setTimeout(() => {
  console.error(`${walk}: more than ${HANGS / 60_000} minutes; something hangs`);
  kill();
  process.exit(1);
}, HANGS);

/** Where a walk keeps what it saw: each in a directory of its own, for walks go at the same time. */
export const PICTURES = path.resolve(import.meta.dirname, '../../test-artefacts/browser', path.basename(process.argv[1], '.mjs'));

/** The offsets from its first port on which `keyfare up` listens. */
const PORTS = Array.from({ length: 23 }, (_, n) => n + 1);

/** Blocks of ports as `crates/keyfare/src/ports.rs` draws them, below those that systems hand out by themselves. */
const [FIRST, BLOCK] = [20_000, 32];
const PLACES = Math.floor((32_768 - FIRST) / BLOCK);

/** Somebody who listens there; nobody, if the port is taken. */
const listening = (port) => new Promise((told) => {
  const server = net.createServer().once('error', () => told(undefined));
  server.listen(port, '127.0.0.1', () => told(server));
});
const isFree = async (port) => {
  const probe = await listening(port);
  return probe !== undefined && new Promise((told) => { probe.close(() => told(true)); });
};

/** The base of a block that nobody else draws while this process runs: whoever draws one listens at its base. */
async function freeBase() {
  for (let n = 0; n < PLACES; n += 1) {
    const base = FIRST + ((process.pid + n) % PLACES) * BLOCK;
    const held = await listening(base);
    if (!held) continue;
    held.unref();
    const free = await Promise.all(PORTS.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
    held.close();
  }
  throw new Error('no free ports');
}

/** Starts `keyfare up` in a new directory, and reads what it printed once everybody answers. Ports that were free when they were
 * drawn may still be somebody's who draws none: then again, on others. */
export async function marketplace(program, ...more) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await opened(program, more);
    } catch (error) {
      if (tries === 10 || !/bind-taken|address (already )?in use/i.test(error.message)) throw error;
    }
  }
}

async function opened(program, more) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'keyfare-browser-'));
  const child = spawn(program, ['--json', '--dir', dir, 'up', '--port-base', String(await freeBase()), ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stderr.on('data', (text) => { err += text; });
  const printed = await new Promise((told, no) => {
    const late = setTimeout(() => no(new Error(`keyfare up said nothing in ${WAIT * 6} ms\n${out}${err}`)), WAIT * 6);
    child.once('error', no);
    child.once('close', (code) => no(new Error(`keyfare up ended with ${code}\n${out}${err}`)));
    child.stdout.on('data', (text) => {
      out += text;
      try {
        const said = JSON.parse(out);
        // What went wrong is a document too; it ends after it.
        if (said.error) return;
        told(said);
        clearTimeout(late);
      } catch { /* not all of it yet */ }
    });
  }).catch((error) => {
    child.kill('SIGKILL');
    fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  });
  const gone = new Promise((told) => child.once('exit', told));
  fs.rmSync(PICTURES, { recursive: true, force: true });
  fs.mkdirSync(PICTURES, { recursive: true });
  return {
    ...printed,
    dir,
    walletOrigin: new URL(printed.wallet).origin,
    picture: (name) => path.join(PICTURES, `${name}.png`),
    /** What its parties have written to their logs so far. */
    log: () => err,
    kill: () => child.kill('SIGKILL'),
    /** A power cut; over when the system has taken everything back. */
    async die() {
      child.kill('SIGKILL');
      await gone;
    },
    /** Ends everything that runs; what lies in the directory stays. */
    async halt() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), WAIT);
      await gone;
      clearTimeout(late);
    },
    async stop() {
      await this.halt();
      fs.rmSync(dir, { recursive: true, force: true });
    },
    /** A person's browser window. What goes wrong in its pages is kept in `errors`. */
    async person(browser) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      context.setDefaultTimeout(WAIT);
      return this.tab(context);
    },
    /** One more page of that person. */
    async tab(context) {
      const page = await context.newPage();
      page.errors = [];
      page.expected = [];
      page.on('console', (line) => { if (line.type() === 'error') page.errors.push(line.text()); });
      page.on('pageerror', (error) => page.errors.push(String(error)));
      return page;
    },
    /** The offer behind the "#" of one of the shop's links. */
    async offerLink(page) {
      await page.goto(printed.shop);
      await page.locator('.tile h3 a').first().click();
      const link = await page.getByRole('link', { name: /^Buy / }).first().getAttribute('href');
      return new URL(link).hash.slice(1);
    },
  };
}

/** Where the system's Chromium is. */
export function chromiumPath() {
  const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((it) => fs.existsSync(it));
  if (!found) throw new Error('no Chromium here; cargo xtask tools installs it');
  return found;
}

/** The system's Chromium. `evil.test` is a name that somebody has pointed at this machine. */
export async function browse() {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    timeout: WAIT,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      '--autoplay-policy=no-user-gesture-required', '--host-resolver-rules=MAP evil.test 127.0.0.1',
    ],
  });
  // Every window of it is as patient as the rest.
  const open = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await open(options);
    context.setDefaultTimeout(WAIT);
    return context;
  };
  return browser;
}

/** Presses what leads to a page, and waits until that page is there: the one that was left would be read otherwise, or left a
 * second time before it has been answered. */
export async function follow(page, what) {
  const led = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
  await Promise.all([led, what.click()]);
  await page.waitForLoadState();
}

/** Asks again until it is so, as long as anything may take; answers whether it is. */
export async function until(so) {
  const late = Date.now() + WAIT;
  while (!await so()) if (Date.now() > late) return false;
  return true;
}

/** A site of somebody else's, which serves whatever a test writes. */
export async function evilSite() {
  const pages = [];
  const server = http.createServer((request, response) => {
    const body = pages[Number(request.url.slice(1))];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(body === undefined ? '' : `<!doctype html><title>Free music</title>${body}`);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    page: (body) => `http://evil.test:${server.address().port}/${pages.push(body) - 1}`,
    close: () => server.close(),
  };
}

/** Waits on a deal's page until its seller was asked: it looks again by itself until then. */
export const decided = (page) => page.locator('[data-fate]:not([data-fate="asking"])').waitFor();

let taken = 0;

const WINDOWS = [[390, 844, 'light'], [1440, 900, 'dark'], [390, 844, 'dark'], [1440, 900, 'light']];

/** Pictures of a page, narrow and wide, light and dark: of every page a pair of them by turns, of `all` that matter most all
 * four. Fails when it is wider than the window. */
export async function shoot(page, name, all = false) {
  taken += 1;
  const before = page.viewportSize();
  const pair = taken % 2 ? WINDOWS.slice(0, 2) : WINDOWS.slice(2);
  for (const [width, height, colorScheme] of all ? WINDOWS : pair) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const file = `${String(taken).padStart(2, '0')}-${name}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: path.join(PICTURES, file), fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) throw new Error(`${name} is ${over} pixels wider than a window of ${width}`);
  }
  await page.setViewportSize(before);
}
