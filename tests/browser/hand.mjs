//! Two browsers, two wallets, no shop: a person hands a song to a friend by codes held up to a camera, and a book by file.
//!
//! `node hand.mjs PATH/TO/keyfare`. Starts a marketplace, buys, makes a friend's card, and stops the marketplace: from then
//! on only the two wallets run. Chromium's camera is fed from a file made of pictures of the other browser's codes. Writes
//! what it saw to `test-artefacts/browser/hand/` and ends with 1 if anything was not as it must be.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumPath, marketplace, PICTURES as pictures, WAIT, watchdog, follow, until } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const PIN = '1357';

/** Runs the program and answers what it printed; `pin` goes to its standard input. */
const keyfare = (dir, args, pin) => new Promise((told, no) => {
  const child = execFile(program, ['--json', '--dir', dir, ...args], { encoding: 'buffer', maxBuffer: 1 << 28 }, (error, out, err) => {
    if (error) no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
    else told(out);
  });
  child.stdin.end(pin ? `${pin}\n` : '');
});
const json = async (dir, args, pin) => JSON.parse(await keyfare(dir, args, pin));
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A wallet in a process of its own, and a browser that knows it, whose camera shows `camera`. */
async function person(name, dir, camera) {
  const child = spawn(program, ['--json', '--dir', dir, 'wallet', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  const open = await new Promise((told, no) => {
    const late = setTimeout(() => no(new Error(`the wallet of ${name} said nothing\n${out}`)), WAIT);
    child.once('exit', (code) => no(new Error(`the wallet of ${name} ended with ${code}\n${out}`)));
    child.stderr.on('data', (text) => { out += text; });
    child.stdout.on('data', (text) => {
      out += text;
      try {
        told(JSON.parse(out).wallet);
        clearTimeout(late);
      } catch { /* not all of it yet */ }
    });
  });
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    timeout: WAIT,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking',
      '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`,
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 1500 }, locale: 'en-GB' });
  context.setDefaultTimeout(WAIT);
  const page = await context.newPage();
  page.errors = [];
  page.on('console', (line) => { if (line.type() === 'error') page.errors.push(line.text()); });
  page.on('pageerror', (error) => page.errors.push(String(error)));
  await page.goto(open);
  await page.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  const gone = new Promise((told) => child.once('exit', told));
  return {
    name, dir, camera, page, browser,
    base: page.url().replace(/\/$/, ''),
    async stop() {
      await browser.close().catch(() => {});
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Brightness of a picture, a byte for each pixel. */
const brightness = async (browser, png) => {
  const page = await browser.newPage();
  const text = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let out = '';
    for (let at = 0; at < data.length; at += 4) out += String.fromCharCode((data[at] * 77 + data[at + 1] * 150 + data[at + 2] * 29) >> 8);
    return btoa(out);
  }, png.toString('base64'));
  await page.close();
  return Buffer.from(text, 'base64');
};

/** Holds the codes of `from`'s page up to the camera of `to`: each part as often as a camera at rest would see it. */
async function holdUp(from, to) {
  const parts = from.page.locator('#codes .code-part');
  const count = await parts.count();
  const next = from.page.locator('#next-part');
  const film = [];
  for (let seen = 0; seen < count; seen += 1) {
    // A press turns the page over by hand and stops it from turning by itself.
    if (count > 1) await next.click();
    const { x, y, width, height } = await from.page.locator('#codes .code-part:not([hidden]) svg').boundingBox();
    // Chromium plays no camera whose pictures have an odd side.
    const clip = { x: Math.floor(x), y: Math.floor(y), width: 2 * Math.ceil(width / 2), height: 2 * Math.ceil(height / 2) };
    const frame = await brightness(from.browser, await from.page.screenshot({ clip }));
    const colour = Buffer.alloc(clip.width * clip.height / 2, 128);
    if (seen === 0) film.push(Buffer.from(`YUV4MPEG2 W${clip.width} H${clip.height} F10:1 Ip A1:1 C420jpeg\n`));
    for (let n = 0; n < 8; n += 1) film.push(Buffer.from('FRAME\n'), frame, colour);
  }
  fs.writeFileSync(to.camera, Buffer.concat(film));
  return count;
}

const scan = async (who, url) => {
  await who.page.getByRole('button', { name: 'Scan with the camera' }).click();
  await who.page.waitForURL(url);
};

const picture = (who, name) => who.page.screenshot({ path: path.join(pictures, `${name}-${who.name}.png`), fullPage: true });

/** Everything money on a card: purse, escrow, on its way. */
const sums = async (who) => {
  const card = await json(who.dir, ['card', 'show']);
  return card;
};

async function agree(friend, fare) {
  const told = await friend.page.locator('main').innerText();
  assert.ok(told.includes(`There is a fee for copying this: ${fare}`), told);
  await picture(friend, 'fee');
  await friend.page.getByLabel('Card PIN').fill(PIN);
  await friend.page.getByRole('button', { name: /^Agree and copy/ }).click();
  await friend.page.waitForURL(/\/letters\/answer\//);
}

/** Plays a file with the license its wallet holds, and compares what comes out. */
async function plays(who, file, original) {
  const heard = await keyfare(who.dir, ['play', file, '--pipe']);
  assert.equal(digest(heard), digest(original), `${who.name} hears something else`);
}

async function saveFile(giver, into) {
  const [download] = await Promise.all([
    giver.page.waitForEvent('download'),
    giver.page.getByRole('link', { name: /^Save the file/ }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.keyfare$/);
  await download.saveAs(into);
}

async function offer(giver, title) {
  await giver.page.goto(`${giver.base}/hand-on`);
  await giver.page.getByRole('link', { name: title, exact: true }).click();
}

// proves: SD-8 SD-9 SD-10 (by codes, in two browsers, without a shop)
async function byCode(giver, friend, work, stick) {
  await offer(giver, work.title);
  await saveFile(giver, path.join(stick, 'song.keyfare'));
  await picture(giver, 'give');
  await giver.page.getByRole('button', { name: 'Show the offer' }).click();
  await giver.page.waitForURL(/\/letters\/offer\//);
  await picture(giver, 'offer');
  const codes = [await holdUp(giver, friend)];
  await friend.page.goto(`${friend.base}/receive`);
  await scan(friend, /\/receive\/[0-9a-z]+$/);
  await agree(friend, '¥100');
  await picture(friend, 'answer');
  codes.push(await holdUp(friend, giver));
  await scan(giver, /\/letters\/key\//);
  await picture(giver, 'key');
  codes.push(await holdUp(giver, friend));
  await scan(friend, /\/received\//);
  assert.ok((await friend.page.locator('main').innerText()).includes(`Finished. ${work.title} is yours.`));
  await picture(friend, 'received');
  for (const who of [giver, friend]) await plays(who, path.join(stick, 'song.keyfare'), work.bytes);
  return codes;
}

const save = async (who, into) => {
  const [download] = await Promise.all([
    who.page.waitForEvent('download'),
    who.page.getByRole('link', { name: 'Save as file' }).click(),
  ]);
  const file = path.join(into, download.suggestedFilename());
  await download.saveAs(file);
  return file;
};

const openFile = async (who, file, url) => {
  await who.page.locator('#letter').setInputFiles(file);
  await who.page.getByRole('button', { name: 'Open it' }).click();
  await who.page.waitForURL(url);
};

// proves: SD-8 SD-9 SD-10 (by file, in two browsers, without a shop)
async function byFile(giver, friend, work, stick) {
  await offer(giver, work.title);
  await saveFile(giver, path.join(stick, 'book.keyfare'));
  await giver.page.getByRole('button', { name: 'Show the offer' }).click();
  await giver.page.waitForURL(/\/letters\/offer\//);
  const offered = await save(giver, stick);
  assert.equal(path.basename(offered), `${work.title}.offer`);
  await friend.page.goto(`${friend.base}/receive`);
  await openFile(friend, offered, /\/receive\/[0-9a-z]+$/);
  await agree(friend, '¥200');
  const answer = await save(friend, stick);
  await openFile(giver, answer, /\/letters\/key\//);
  const key = await save(giver, stick);
  // The friend closes the page and comes back: what is open stands under "On its way".
  await friend.page.goto(`${friend.base}/on-its-way`);
  await picture(friend, 'on-its-way');
  assert.ok((await friend.page.locator('main').innerText()).includes(`¥200 for ${work.title} is on its way.`));
  await friend.page.getByRole('link', { name: 'Continue' }).click();
  await openFile(friend, key, /\/received\//);
  for (const who of [giver, friend]) await plays(who, path.join(stick, 'book.keyfare'), work.bytes);
}

// proves: SD-13 (what is carried, and why it cannot be spent)
async function escrow(giver, friend) {
  await friend.page.goto(`${friend.base}/escrow`);
  const told = await friend.page.locator('main').innerText();
  for (const said of ['¥300', "Why can't I spend it?", 'Send it home now']) assert.ok(told.includes(said), `${said}\n${told}`);
  await picture(friend, 'escrow');
  await follow(friend.page, friend.page.getByRole('link', { name: '日本語' }));
  assert.match(friend.page.url(), /\/escrow$/);
  assert.ok((await friend.page.locator('main').innerText()).includes('発行元のためにカードが預かっている料金です'));
  await picture(friend, 'escrow-ja');
  await follow(friend.page, friend.page.getByRole('link', { name: 'English' }));
  await giver.page.goto(`${giver.base}/escrow`);
  assert.ok((await giver.page.locator('main').innerText()).includes('Your card carries no fares.'));
}

/** The friend's wallet has gone; the parties are there again. */
// proves: SD-18 SD-13
async function fromThere(dir, theirs) {
  const child = spawn(program, ['--dir', dir, 'serve', 'registry', 'bank', 'issuer', 'shop', 'collector'], { stdio: 'ignore' });
  try {
    let sent;
    await until(async () => {
      sent = await json(theirs, ['collect']);
      return !sent.sent.some((one) => one.why_not);
    });
    assert.deepEqual(sent.sent.map((one) => [one.sum, one.why_not]), [['JPY 300', null]], JSON.stringify(sent));
    const card = await json(theirs, ['card', 'show']);
    assert.deepEqual([card.purse, card.escrow], [700, 0], JSON.stringify(card));
  } finally {
    child.kill('SIGTERM');
    await new Promise((told) => child.once('exit', told));
  }
}

const began = Date.now();
let up, giver, friend, failed = false;
const stick = fs.mkdtempSync(path.join((await import('node:os')).tmpdir(), 'keyfare-stick-'));
const hangs = watchdog('hand', () => up?.kill());
try {
  up = await marketplace(program);
  const works = [];
  for (const number of ['101', '401']) {
    const bought = await json(up.dir, ['buy', number, '--pin-stdin'], up.pin);
    works.push({ title: bought.title });
  }
  const originals = path.join(up.dir, 'publisher', 'originals');
  const all = fs.readdirSync(originals).map((name) => fs.readFileSync(path.join(originals, name)));
  for (const work of works) {
    const heard = await keyfare(up.dir, ['play', work.title, '--pipe']);
    work.bytes = all.find((bytes) => digest(bytes) === digest(heard));
    assert.ok(work.bytes, `${work.title} is not what was published`);
  }
  const theirs = path.join(stick, 'friend');
  fs.mkdirSync(theirs);
  fs.copyFileSync(path.join(up.dir, 'realm.cbor'), path.join(theirs, 'realm.cbor'));
  fs.cpSync(path.join(up.dir, 'certifiers'), path.join(theirs, 'certifiers'), { recursive: true });
  await keyfare(theirs, ['card', 'new', '--pin-stdin'], PIN);
  await keyfare(theirs, ['card', 'load', '1000']);
  await up.halt();
  giver = await person('giver', up.dir, path.join(stick, 'giver.y4m'));
  friend = await person('friend', theirs, path.join(stick, 'friend.y4m'));
  const codes = await byCode(giver, friend, works[0], stick);
  assert.deepEqual(codes, [1, 1, 1], 'offer, answer and key are one code each');
  console.log(`ok      a song by codes: ${codes.join(' + ')} codes (${Date.now() - began} ms)`);
  await byFile(giver, friend, works[1], stick);
  console.log(`ok      a book by file (${Date.now() - began} ms)`);
  await escrow(giver, friend);
  console.log(`ok      escrow in two languages (${Date.now() - began} ms)`);
  const card = await sums(friend);
  assert.deepEqual([card.purse, card.reserved], [700, 0], JSON.stringify(card));
  for (const who of [giver, friend]) assert.deepEqual(who.page.errors, [], `errors in the console of ${who.name}`);
  await friend.stop();
  friend = undefined;
  await fromThere(up.dir, theirs);
  console.log(`ok      the fares are home (${Date.now() - began} ms)`);
} catch (error) {
  failed = true;
  console.error(`FAILED  ${error.stack}`);
  for (const who of [giver, friend]) {
    if (!who) continue;
    console.error(`${who.name} at ${who.page.url()}\n${await who.page.locator('main').innerText().catch(() => '')}\n${who.page.errors.join('\n')}`);
    await picture(who, 'failed').catch(() => {});
  }
} finally {
  clearTimeout(hangs);
  await giver?.stop();
  await friend?.stop();
  await up?.stop();
  fs.rmSync(stick, { recursive: true, force: true });
}
console.log(`hand: ${failed ? 'FAILED' : 'passed'} after ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exit(failed ? 1 : 0);
