//! A family with its devices: a tablet is the wallet, touched with fingers; a game machine and a recorder are players before a
//! television, worked with keys alone. What crosses between tablet and game machine are files; the recorder is reached over a link.
//!
//! `node players.mjs PATH/TO/keyfare`. Starts a marketplace, buys, and makes two players, each a process of its own. Writes what it
//! saw to `test-artefacts/browser/players/` and ends with 1 if anything was not as it must be.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { browse, decided, marketplace, PICTURES, WAIT, watchdog, until } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const PIN = '4321';
const tests = [];
const test = (name, run) => tests.push({ name, run });
let up, browser, tablet, base, box, recorder;

/** Runs the program and reads its document; `pin` goes to its standard input. */
const keyfare = (args, pin) => new Promise((told, no) => {
  const child = execFile(program, ['--json', '--dir', up.dir, ...args], { encoding: 'utf8' }, (error, out, err) => {
    if (error) no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
    else told(JSON.parse(out));
  });
  child.stdin.end(pin ? `${pin}\n` : '');
});

/** A player of its own, running, and a window on its pages as large as a television's. */
async function device(name, dir) {
  await keyfare(['player', '--device', dir, 'make', '--name', name, '--pin-stdin'], PIN);
  const child = spawn(program, ['--json', '--dir', up.dir, 'player', '--device', dir, 'run', '--listen', '127.0.0.1:0', '--hidden'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  const said = await new Promise((told, no) => {
    child.once('exit', (code) => no(new Error(`${name} ended with ${code}\n${out}`)));
    child.stdout.on('data', (text) => {
      out += text;
      try { told(JSON.parse(out)); } catch { /* not all of it yet */ }
    });
  });
  await keyfare(['player', '--device', dir, 'add', path.join(up.dir, 'wallet', 'packages')]);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  context.setDefaultTimeout(WAIT);
  const page = await up.tab(context);
  await page.goto(said.player);
  await page.waitForURL(/\/s\/[a-z2-7]{52}\//);
  const own = page.url().match(/^.*\/s\/[a-z2-7]{52}/)[0];
  return { name, dir, page, base: own, at: said.at, kill: () => child.kill('SIGKILL') };
}

const picture = (page, name) => page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });

/** What fits the window it is shown in. */
const fits = async (page, name) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${name} is ${over} pixels too wide`);
  await picture(page, name);
};

/** Goes from field to field by the Tab key until `found` has the focus, as somebody does who has a few keys and no pointer. */
async function reach(page, found) {
  for (let n = 0; n < 120; n += 1) {
    await page.keyboard.press('Tab');
    if (await found.evaluate((it) => it === document.activeElement)) return;
  }
  throw new Error(`no key leads there\n${await page.locator('main').innerText()}`);
}

const press = async (page, name) => {
  await reach(page, page.getByRole('button', { name }).first());
  await page.keyboard.press('Enter');
};

/** The letter on a page, as it would be saved on a stick. */
const saved = async (page) => {
  const link = await page.locator('a[download]').getAttribute('href');
  const file = await page.context().request.get(new URL(link, page.url()).href);
  assert.equal(file.status(), 200);
  return { name: 'letter', mimeType: 'application/octet-stream', buffer: await file.body() };
};

const onTablet = async (letter) => {
  await tablet.locator('#letter').setInputFiles(letter);
  await tablet.locator('form:has(#letter) button').tap();
};
const onBox = async (letter) => {
  await box.page.locator('#letter').setInputFiles(letter);
  await reach(box.page, box.page.locator('form:has(#letter) button'));
  await box.page.keyboard.press('Enter');
};

// proves: ST-16 ST-12 (a tablet as wallet, a game machine as player: each owner agrees with a PIN of his own)
test('a tablet and a game machine become a pair by files', async () => {
  await box.page.goto(`${box.base}/players`);
  await fits(box.page, 'box-alone');
  await press(box.page, "Show this player's code");
  await box.page.waitForURL('**/letters/pair/*');
  const sheet = await saved(box.page);
  await tablet.goto(`${base}/players`);
  await fits(tablet, 'tablet-players');
  await onTablet(sheet);
  await tablet.waitForURL('**/players/pair/*');
  await tablet.locator('#pin').fill(up.pin);
  await tablet.getByRole('button', { name: 'Pair', exact: true }).tap();
  await tablet.waitForURL('**/letters/paired/*');
  const answer = await saved(tablet);
  await box.page.goto(`${box.base}/players`);
  await onBox(answer);
  await box.page.waitForURL('**/players/pair/*');
  // Another's PIN lets nobody in.
  await reach(box.page, box.page.locator('#pin'));
  await box.page.keyboard.type('9999');
  await box.page.keyboard.press('Enter');
  await box.page.getByRole('alert').waitFor();
  box.page.errors.length = 0;
  await reach(box.page, box.page.locator('#pin'));
  await box.page.keyboard.type(PIN);
  await box.page.keyboard.press('Enter');
  await box.page.waitForURL('**/players?done=agreed');
  await fits(box.page, 'box-paired');
});

/** Carries letters between the two until one of them has nothing more to answer. */
async function carried() {
  for (let n = 0; n < 12; n += 1) {
    const [from, to] = n % 2 === 0 ? [tablet, onBox] : [box.page, onTablet];
    if (!(await from.locator('a[download]').count())) return;
    const letter = await saved(from);
    const other = n % 2 === 0 ? box.page : tablet;
    await other.goto(`${n % 2 === 0 ? box.base : base}/players`);
    await Promise.all([other.waitForEvent('framenavigated'), to(letter)]);
    await other.waitForLoadState();
  }
  throw new Error('the two have no end of letters');
}

// proves: ST-16 ST-4 (lent by files, played with keys alone)
test('a game lent by files is played on the game machine with keys alone', async () => {
  await tablet.goto(`${base}/players`);
  const panel = tablet.locator('section.panel', { hasText: 'Games box' });
  const options = await panel.locator('select option').allInnerTexts();
  await panel.locator('select').selectOption({ index: options.findIndex((it) => it.includes('Pier Keys')) });
  await panel.getByLabel('How many plays').fill('2');
  await panel.getByRole('button', { name: 'Lend by code or file' }).tap();
  await tablet.waitForURL('**/letters/**');
  await fits(tablet, 'tablet-letter');
  await carried();
  await box.page.goto(`${box.base}/players`);
  await box.page.getByRole('heading', { name: 'Pier Keys' }).waitFor();
  await fits(box.page, 'box-lent');
  await press(box.page, /^Play/);
  await box.page.waitForURL(/\/play\/[a-z2-7]{52}$/);
  const room = await (await box.page.locator('#room').elementHandle()).contentFrame();
  await room.locator('canvas').waitFor();
  const drawn = () => room.locator('canvas').evaluate((canvas) => canvas.getContext('2d').getImageData(0, 0, 300, 40).data.reduce((a, b) => (a + b) >>> 0, 0));
  const first = await drawn();
  for (let n = 0; n < 40 && !(await room.evaluate(() => document.activeElement?.tagName === 'CANVAS')); n += 1) await box.page.keyboard.press('Tab');
  await box.page.keyboard.press('ArrowRight');
  await box.page.keyboard.press('ArrowRight');
  assert.ok(await until(async () => await drawn() !== first), 'the keys reach the game');
  await picture(box.page, 'box-game');
});

// proves: ST-16 ST-12 ST-18 (another player at the same time, over a link)
test('a recorder plays a song of the same wallet meanwhile', async () => {
  await keyfare(['players', 'pair', '--at', recorder.at, '--name', 'Aiko', '--pin-stdin'], up.pin);
  await keyfare(['player', '--device', recorder.dir, 'agree', '--pin-stdin'], PIN);
  await keyfare(['lend', 'Pier Song', '--to', 'Recorder', '--plays', '1', '--at', recorder.at]);
  // One that is with the game machine is not here as well: two of three are lent, and no more can be.
  await assert.rejects(keyfare(['lend', 'Pier Keys', '--to', 'Recorder', '--plays', '2', '--at', recorder.at]));
  await recorder.page.goto(`${recorder.base}/players`);
  await press(recorder.page, /^Play/);
  await recorder.page.waitForURL(/\/play\/[a-z2-7]{52}$/);
  await recorder.page.locator('audio').evaluate((audio) => audio.play());
  await recorder.page.waitForFunction(() => document.querySelector('audio').currentTime > 0.3);
  await fits(recorder.page, 'recorder-song');
  // The game goes on in its room beside it.
  assert.ok(await box.page.locator('#room').isVisible());
});

/** The codes on a page, photographed one after the other. */
async function photographed(page) {
  const parts = page.locator('#codes .code-part');
  const count = await parts.count();
  const files = [];
  for (let seen = 0; seen < count; seen += 1) {
    if (count > 1) await page.locator('#next-part').click();
    const file = path.join(up.dir, `code-${files.length}.png`);
    await page.locator('#codes .code-part:not([hidden])').screenshot({ path: file });
    files.push(file);
  }
  return files;
}

// proves: ST-18 ST-12 (the first letter crosses as codes, the others as files)
test('what was not played comes home to the tablet', async () => {
  await recorder.page.goto(`${recorder.base}/players`);
  await tablet.goto(`${base}/players`);
  const panel = tablet.locator('section.panel', { hasText: 'Games box' });
  await panel.getByRole('button', { name: /^By code or file/ }).first().tap();
  await tablet.waitForURL('**/letters/**');
  const answer = await keyfare(['player', '--device', box.dir, 'open', ...await photographed(tablet)]);
  await tablet.goto(`${base}/players`);
  const first = { name: 'letter', mimeType: 'application/octet-stream', buffer: fs.readFileSync(answer.letter) };
  await Promise.all([tablet.waitForEvent('framenavigated'), onTablet(first)]);
  await tablet.waitForLoadState();
  await carried();
  const shown = await keyfare(['players']);
  const loans = shown.pairs.flatMap((pair) => pair.loans.map((loan) => `${pair.name}: ${loan.title}`));
  assert.ok(loans.every((it) => !it.startsWith('Games box')), loans.join());
  const card = await keyfare(['card', 'show']);
  assert.equal(card.licenses.find((it) => it.title === 'Pier Keys').plays_left, 2, 'one of three was played');
  await tablet.goto(`${base}/players`);
  await fits(tablet, 'tablet-home');
});

// proves: ST-24 ST-16 (named on the confirm page, before it is paid; another player does not get it)
test('what is bought for the game machine alone goes to no other player', async () => {
  await tablet.goto(up.shop);
  await tablet.locator('.tile').getByRole('link', { name: 'Night Ferry', exact: true }).tap();
  await tablet.getByRole('link', { name: /^Buy / }).first().tap();
  await tablet.waitForURL(`${base}/confirm/*`);
  await tablet.getByText('Where it plays').tap();
  await tablet.getByLabel(/Only on .*Games box/).check();
  await fits(tablet, 'tablet-bound');
  // A wrong PIN forgets nothing of what was chosen.
  await tablet.getByLabel('Card PIN').fill('0000');
  await tablet.getByRole('button', { name: /^Pay/ }).tap();
  await tablet.getByRole('alert').waitFor();
  tablet.errors.length = 0;
  assert.ok(await tablet.getByLabel(/Only on .*Games box/).isChecked());
  assert.ok(!(await tablet.getByLabel(/Only on .*Recorder/).isChecked()));
  await tablet.getByLabel('Card PIN').fill(up.pin);
  await tablet.getByRole('button', { name: /^Pay/ }).tap();
  await tablet.waitForURL(`${base}/deals/*`);
  await decided(tablet);
  await assert.rejects(keyfare(['lend', 'Night Ferry', '--to', 'Recorder', '--at', recorder.at]), /bound/);
  const lent = await keyfare(['lend', 'Night Ferry', '--to', 'Games box', '--at', box.at]);
  assert.equal(lent.title, 'Night Ferry');
});

/** Two seconds of a tone, as a WAV. */
const song = () => {
  const rate = 8000;
  const samples = Int16Array.from({ length: rate * 2 }, (_, n) => 8000 * Math.sin(n / 4));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
};

const GAME = `<!doctype html><title>Pier Keys</title><canvas tabindex="0" width="300" height="40"></canvas><script>
const pen = document.querySelector('canvas').getContext('2d'); let at = 10;
const draw = () => { pen.fillStyle = '#123'; pen.fillRect(0, 0, 300, 40); pen.fillStyle = '#fd6'; pen.fillRect(at, 10, 20, 20 + at / 9); };
draw(); addEventListener('keydown', (key) => { if (key.key === 'ArrowRight') { at += 40; draw(); } });
</script>`;

async function bought(title, file, content, ...more) {
  const [at, preview] = [path.join(up.dir, file), path.join(up.dir, 'preview.txt')];
  fs.writeFileSync(at, content);
  fs.writeFileSync(preview, 'What the shop window shows of it.\n');
  await keyfare(['publish', at, '--title', title, '--price', '100', '--plays', '3', '--preview', preview, ...more]);
  await keyfare(['buy', title, '--pin-stdin'], up.pin);
}

let failed = 0;
const hangs = watchdog('players', () => up?.kill());
try {
  up = await marketplace(program, '--purse', '3000');
  browser = await browse();
  await bought('Pier Keys', 'keys.html', GAME, '--game');
  await bought('Pier Song', 'song.wav', song());
  const held = () => fs.readdirSync(path.join(up.dir, 'wallet', 'packages')).filter((it) => it.endsWith('.keyfare')).length;
  assert.ok(await until(async () => held() >= 2 || void await keyfare(['card', 'sync'])), 'the files of both have come');
  box = await device('Games box', path.join(up.dir, 'box'));
  recorder = await device('Recorder', path.join(up.dir, 'recorder'));
  const context = await browser.newContext({ viewport: { width: 820, height: 1180 }, hasTouch: true, isMobile: true });
  context.setDefaultTimeout(WAIT);
  tablet = await up.tab(context);
  await tablet.goto(up.wallet);
  await tablet.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  base = tablet.url().replace(/\/$/, '');
  const began = Date.now();
  for (const { name, run } of tests) {
    try {
      await run();
      const errors = [tablet, box.page, recorder.page].flatMap((page) => page.errors);
      assert.deepEqual(errors, [], errors.join('\n'));
      console.log(`  ok    ${name} (${Math.round((Date.now() - began) / 100) / 10} s)`);
    } catch (error) {
      failed += 1;
      console.error(`  FAIL  ${name}\n${error.stack}`);
      for (const [who, page] of [['tablet', tablet], ['box', box.page], ['recorder', recorder.page]]) {
        console.error(`${who} ${page.url()}\n${(await page.locator('main').innerText().catch(() => '')).slice(0, 600)}`);
        await picture(page, `failed-${who}`).catch(() => {});
      }
      break;
    }
  }
} finally {
  clearTimeout(hangs);
  box?.kill();
  recorder?.kill();
  await browser?.close();
  await up?.stop();
}
process.exit(failed === 0 ? 0 : 1);
