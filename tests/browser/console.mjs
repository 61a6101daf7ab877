//! A publisher's first day: takes an invitation with a passkey, publishes a song through the console, somebody buys it and
//! plays it, the publisher sees the sale, adds a version, orders the pay-out, withdraws the work.
//!
//! `node console.mjs PATH/TO/keyfare`. The passkey is Chromium's virtual authenticator. Ends with 1 if anything was not as it
//! must be; pictures are kept in `test-artefacts/browser/`.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { screens, storiesOf } from './screens.mjs';
import { browse, marketplace, shoot, watchdog, follow, until } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const tests = [];
const test = (name, run) => tests.push({ name, run });
const at = {};
let up, browser, page, keys;

/** Runs the program and answers what it printed; `pin` goes to its standard input. */
const keyfare = (args, pin) => new Promise((told, no) => {
  const child = execFile(program, ['--json', '--dir', up.dir, ...args], { encoding: 'buffer', maxBuffer: 1 << 28 }, (error, out, err) => {
    if (error) no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
    else told(out);
  });
  child.stdin.end(pin ? `${pin}\n` : '');
});
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Seconds of a tone as a WAV file. */
function tone(seconds, hertz) {
  const rate = 8000;
  const samples = Buffer.alloc(seconds * rate * 2);
  for (let n = 0; n < seconds * rate; n += 1) samples.writeInt16LE(Math.round(12000 * Math.sin((2 * Math.PI * hertz * n) / rate)), n * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** Sends files through the form of the page, and waits until they were looked at. */
async function upload(...files) {
  const sent = files.map(([name, buffer]) => ({ name, mimeType: 'audio/wav', buffer }));
  await page.getByLabel('Choose a file').setInputFiles(sent);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.waitForURL(/\/drafts\/[0-9a-f]{32}/);
  await page.getByRole('heading', { name: '2. What it is called' }).waitFor();
}

/** Publishes the draft of the page. */
async function publish() {
  await page.getByRole('button', { name: 'Publish now' }).click();
  await page.getByText('is on the shelf').waitFor();
}

// proves: row-95 row-93 (no account before somebody takes the link; a passkey, no password; the link works once)
test('an invitation is taken with a passkey, once', async () => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  } });
  keys = cdp;
  assert.match(up.console, /^http:\/\/localhost:\d+\/console\/invited\//);
  await page.goto(up.console);
  await shoot(page, 'console-invited');
  await page.getByLabel('Choose the name you sign in with').fill('aiko@minato.example');
  await page.getByRole('button', { name: 'Take it with a passkey' }).click();
  await page.waitForURL(/\/console\/[a-z2-7]{26}$/);
  at.base = new URL(page.url()).pathname;
  at.origin = new URL(page.url()).origin;
  assert.match(await page.locator('main').innerText(), /Your keys are kept by this shop/);
  await shoot(page, 'console-overview');
  page.expected.push(/404/);
  await page.goto(up.console);
  await page.getByText('This invitation was used or has ended.').waitFor();
});

// proves: row-93 row-66 (out and in again by passkey; a stranger's name and a wrong password look alike)
test('signing in takes a passkey, and says no to everybody else in the same words', async () => {
  await page.goto(at.origin + at.base);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  page.expected.push(/403/, /403/);
  const told = [];
  for (const name of ['aiko@minato.example', 'nobody@minato.example']) {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await follow(page, page.getByRole('button', { name: 'Sign in', exact: true }));
    await page.getByText('Name and password do not fit.').waitFor();
    told.push(await page.locator('main').innerText());
  }
  assert.equal(told[0], told[1]);
  await page.goto(`${at.origin}${at.base}/works`);
  assert.match(page.url(), /\/console\/sign-in$/);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('1 try with your name failed').waitFor();
  await page.getByRole('link', { name: 'Minato Tape Works', exact: true }).last().click();
  await page.waitForURL(/\/console\/[a-z2-7]{26}$/);
});

// proves: XD-2 row-87 (recognised, shown and sealed without a hand; the example is the books')
test('a song is on sale in minutes', async () => {
  const began = Date.now();
  at.song = tone(8, 440);
  await page.getByRole('link', { name: 'Publish a work' }).first().click();
  await upload(['last_boat_home.wav', at.song]);
  assert.equal(await page.getByLabel('Title', { exact: true }).inputValue(), 'last boat home');
  const heard = await page.locator('audio').evaluate((audio) => new Promise((done) => {
    audio.onloadedmetadata = () => done(audio.duration);
    if (audio.readyState > 0) done(audio.duration);
  }));
  assert.ok(heard > 0, 'the preview is sound');
  await page.getByLabel('Title', { exact: true }).fill('Last Boat Home');
  await page.getByLabel('Performers (optional)').fill('The Harbour Organ\nNao Arai');
  await page.getByLabel('What you say of it').fill('Heard from the pier.');
  await page.getByLabel('Price, JPY').fill('twelve');
  page.expected.push(/422/);
  await page.getByRole('button', { name: 'Publish now' }).click();
  await page.getByText('The price is a whole number').waitFor();
  await page.getByLabel('Price, JPY').fill('330');
  await page.getByLabel('Fare, or fee for unlocking, JPY').fill('50');
  await page.getByRole('button', { name: 'Work out what I get' }).click();
  await page.getByText('¥30,000').waitFor();
  const income = await page.locator('#income').innerText();
  for (const told of ['¥300', '¥30', '¥30,000', '¥5,000', '¥35,000']) assert.ok(income.includes(told), income);
  await shoot(page, 'console-draft');
  await publish();
  await shoot(page, 'console-published');
  await page.getByRole('link', { name: 'See it in the shop' }).click();
  await page.getByRole('heading', { name: 'Last Boat Home' }).waitFor();
  const told = await page.locator('main').innerText();
  for (const said of ['The Harbour Organ', 'Nao Arai', 'Heard from the pier.']) assert.ok(told.includes(said), told);
  at.work = page.url();
  assert.ok(Date.now() - began < 180_000);
});

// proves: SD-2 SD-3
test('somebody buys it, plays it, and the publisher sees the sale', async () => {
  const bought = JSON.parse(await keyfare(['buy', 'Last Boat Home', '--pin-stdin'], up.pin));
  assert.ok(bought.license, JSON.stringify(bought));
  const heard = await keyfare(['play', 'Last Boat Home', '--pipe']);
  assert.equal(digest(heard), digest(at.song));
  await page.goto(`${at.origin}${at.base}/sales`);
  const table = await page.locator('table').innerText();
  assert.match(table, /Last Boat Home[\s\S]*¥330[\s\S]*¥300/);
  await shoot(page, 'console-sales');
  const csv = await page.evaluate(async (link) => (await fetch(link)).text(), await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href'));
  assert.match(csv, /"Last Boat Home",[a-z2-7]+,\d+,330,30,300,JPY/);
  const json = await page.evaluate(async (link) => (await fetch(link)).json(), await page.getByRole('link', { name: 'Download JSON' }).getAttribute('href'));
  assert.equal(json.length, 1);
});

// proves: SD-28 (a later version under the same key)
test('a later version is published for those who have a license', async () => {
  await page.goto(`${at.origin}${at.base}/works`);
  await page.getByRole('link', { name: 'Last Boat Home' }).click();
  await page.getByRole('link', { name: 'Add a new version' }).click();
  at.second = tone(9, 660);
  await upload(['second take.wav', at.second]);
  assert.equal(await page.getByLabel('Price, JPY').count(), 0);
  await publish();
  await page.getByRole('link', { name: 'See it in the shop' }).click();
  const file = path.join(up.dir, 'second.keyfare');
  const link = await page.locator('a[download][href*="/v1/packages/"]').first().getAttribute('href');
  fs.writeFileSync(file, Buffer.from(await (await fetch(new URL(link, page.url()))).arrayBuffer()));
  assert.equal(digest(await keyfare(['play', file, '--pipe'])), digest(at.second), 'the license that was sold opens it');
  await page.goto(`${at.origin}${at.base}/works`);
  await follow(page, page.getByRole('link', { name: 'Last Boat Home' }));
  assert.equal(await page.locator('tbody tr').count(), 2);
  await shoot(page, 'console-work');
});

// proves: SD-28 row-100 (the wallet finds it by itself, fetches it when asked to, and keeps what was bought)
test('the buyer is offered the later version, and keeps both', async () => {
  const visit = await up.person(browser);
  at.visit = visit;
  await visit.goto(up.wallet);
  await visit.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  at.wallet = visit.url();
  await visit.goto(`${at.wallet}library`);
  await follow(visit, visit.getByRole('link', { name: /^License ?: Last Boat Home$/ }));
  const license = visit.url();
  const shown = (button) => until(async () => await button.count() > 0 || void await visit.reload());
  const offered = visit.getByRole('button', { name: 'Get the newer version' });
  await shown(offered);
  await shoot(visit, 'license-newer');
  await follow(visit, offered);
  assert.equal(visit.url(), license);
  const bought = visit.getByRole('button', { name: 'Play the version you bought' });
  await shown(bought);
  await shoot(visit, 'license-newer-here');
  const plays = async (button) => {
    await visit.goto(license);
    await button.click();
    await visit.waitForURL(/\/play\/[a-z2-7]{52}$/);
    const answer = await fetch(await visit.locator('.address').textContent());
    return digest(Buffer.from(await answer.arrayBuffer()));
  };
  assert.equal(await plays(visit.getByRole('button', { name: 'Play', exact: true })), digest(at.second), 'play opens the later one');
  assert.equal(await plays(bought), digest(at.song), 'what was bought still plays');
  assert.deepEqual(visit.errors, [], 'errors in the console of the browser');
});

// proves: XD-10 XD-2 (several files are one work: one upload, one license, one play, track after track)
test('an album is published from its files and played track by track', async () => {
  await page.goto(`${at.origin}${at.base}/publish`);
  await upload(['10_last_light.wav', tone(3, 880)], ['2_engine_room.wav', tone(3, 330)], ['1_night_ferry.wav', tone(3, 220)]);
  await page.getByLabel('Title', { exact: true }).fill('Harbour Songs');
  await page.getByLabel('Price, JPY').fill('400');
  await shoot(page, 'console-album');
  await publish();
  await page.getByRole('link', { name: 'See it in the shop' }).click();
  await page.getByRole('heading', { name: '3 tracks' }).waitFor();
  const titles = ['night ferry', 'engine room', 'last light'];
  assert.deepEqual(await page.locator('ol.leaves li').allInnerTexts(), titles, 'in the order people count in');
  await shoot(page, 'album', true);
  await keyfare(['buy', 'Harbour Songs', '--pin-stdin'], up.pin);
  const visit = at.visit;
  await visit.goto(`${at.wallet}library`);
  await follow(visit, visit.getByRole('link', { name: /^License ?: Harbour Songs$/ }));
  const here = visit.url();
  await until(async () => {
    await visit.goto(here);
    await follow(visit, visit.getByRole('button', { name: 'Play', exact: true }));
    return /\/play\/[a-z2-7]{52}$/.test(visit.url());
  });
  // What is heard are decoded samples: each track has its own pitch, and they follow one another by themselves.
  const heard = await visit.locator('audio').evaluate(async (audio, last) => {
    const context = new AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    context.createMediaElementSource(audio).connect(analyser).connect(context.destination);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const pitch = () => {
      analyser.getFloatFrequencyData(bins);
      const top = bins.indexOf(Math.max(...bins));
      return bins[top] > -60 ? (top * context.sampleRate) / analyser.fftSize : 0;
    };
    const seen = {};
    await new Promise((done) => {
      const look = () => {
        const track = document.querySelector('[data-track-src][aria-current]').textContent;
        const high = pitch();
        // Well within a track: nothing of the one before is in the air any more.
        if (high && audio.currentTime > 0.5) seen[track] = high;
        // Between two tracks the one before has ended too.
        if (audio.ended && track === last) done(); else setTimeout(look, 50);
      };
      audio.play().then(look);
    });
    return seen;
  }, titles.at(-1));
  assert.deepEqual(Object.keys(heard), titles);
  for (const [n, hertz] of [220, 330, 880].entries()) {
    assert.ok(Math.abs(heard[titles[n]] - hertz) < 25, `${titles[n]}: ${heard[titles[n]]} Hz`);
  }
  await shoot(visit, 'player-album', true);
  // By keyboard: N and P go through the tracks, and a line of the list leads to its track.
  await visit.keyboard.press('p');
  await visit.locator('#trackname').getByText('engine room').waitFor();
  await visit.getByRole('link', { name: 'night ferry' }).click();
  await visit.locator('#trackname').getByText('night ferry').waitFor();
  // All of it as one file is an archive that any program opens; what was bought is that.
  const whole = await keyfare(['play', 'Harbour Songs', '--pipe']);
  assert.equal(whole.subarray(0, 4).toString('latin1'), 'PK\x03\x04');
  assert.ok(whole.includes(tone(3, 330)), 'a track lies in it as it was');
  assert.deepEqual(visit.errors, [], 'errors in the console of the browser');
});

test('what buyers paid is asked out to the bank, once', async () => {
  await page.goto(`${at.origin}${at.base}/payouts`);
  assert.equal(await page.getByLabel('Amount, JPY').inputValue(), '730', 'a song and an album');
  await page.getByRole('button', { name: 'Pay out to my bank account' }).dblclick();
  await page.getByText('There is nothing to pay out now.').waitFor();
  // The page tells what is known; which of the two presses waited for the answer is the browser's affair.
  const taken = page.getByText('Taken by the issuer');
  assert.ok(await until(async () => await taken.count() > 0 || void await page.reload()), 'the issuer took it');
  assert.equal(await page.locator('tbody tr').count(), 1);
  await shoot(page, 'console-payouts');
});

// proves: ST-26 row-8 (a code made in the console is taken onto a card and pays a part, once)
test('a voucher is made, taken by its code, and pays in part', async () => {
  await page.goto(`${at.origin}${at.base}/vouchers`);
  await page.getByLabel('For which offer').selectOption({ label: await page.getByLabel('For which offer').locator('option', { hasText: 'Harbour Songs' }).innerText() });
  await page.getByLabel('Each is worth').fill('100');
  await page.getByLabel('How many', { exact: true }).fill('2');
  await page.getByLabel('What it is called').fill('Autumn tide');
  await page.getByRole('button', { name: 'See what that comes to' }).click();
  await page.getByText('2 codes, each worth ¥100: ¥200 in all.').waitFor();
  await shoot(page, 'console-vouchers-sure');
  await page.getByRole('button', { name: 'Make them' }).click();
  await page.getByText('keep it like money').waitFor();
  await shoot(page, 'console-vouchers-sheet');
  const codes = [...new Set((await page.locator('main').innerText()).match(/[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/g))];
  assert.equal(codes.length, 2, codes.join(' '));
  const { visit } = at;
  // The album played to its end meanwhile, and its play is over; what its page still asked for is nothing of this.
  await visit.goto(`${at.wallet}values`);
  visit.errors.length = 0;
  const type = async (code) => {
    await visit.goto(`${at.wallet}values`);
    await visit.getByLabel('Code', { exact: true }).fill(code);
    await visit.getByRole('button', { name: 'Take it onto this card' }).click();
  };
  await type('0000-0000-0000-0000');
  await visit.getByRole('alert').waitFor();
  await type(codes[0].toLowerCase());
  await visit.getByText('“Autumn tide” is on this card now.').waitFor();
  await shoot(visit, 'values-taken');
  await visit.goto(up.shop);
  await visit.locator('.tile').getByRole('link', { name: 'Harbour Songs', exact: true }).click();
  await visit.getByRole('link', { name: /^Buy / }).first().click();
  await visit.waitForURL(/\/confirm\//);
  const main = visit.locator('main');
  if (!/Coupon “Autumn tide”, and ¥300 from your purse/.test(await main.innerText())) {
    await visit.getByText('Pay another way').click();
    await follow(visit, visit.getByRole('link', { name: /^Use this ?: Coupon “Autumn tide”/ }));
  }
  assert.match(await main.innerText(), /Coupon “Autumn tide”, and ¥300 from your purse/);
  await shoot(visit, 'confirm-voucher');
  await visit.getByLabel('Card PIN').fill(up.pin);
  await visit.getByRole('button', { name: /^Pay/ }).click();
  await visit.getByText('Harbour Songs is yours.').waitFor();
  await visit.goto(`${at.wallet}history`);
  const history = await main.innerText();
  for (const told of [/A coupon or voucher came\s+Autumn tide/, /Used at this payment\s+Autumn tide/, /¥300/]) assert.match(history, told);
  await shoot(visit, 'history-voucher');
  await page.goto(`${at.origin}${at.base}/vouchers`);
  assert.match(await page.locator('table').innerText(), /Autumn tide[\s\S]*¥100\s+2\s+1\s+1\s+¥100/);
  assert.deepEqual(visit.errors.filter((line) => !/422/.test(line)), [], 'errors in the console of the browser');
  await visit.context().close();
});

test('a withdrawn work is sold no more and plays on', async () => {
  await page.goto(`${at.origin}${at.base}/works`);
  await page.getByRole('link', { name: 'Last Boat Home' }).click();
  await page.getByRole('button', { name: 'Withdraw this work' }).click();
  await page.getByText('Licenses already sold go on working.').waitFor();
  await page.goto(at.work);
  assert.equal(await page.getByRole('link', { name: /^Buy / }).count(), 0);
  assert.equal(digest(await keyfare(['play', 'Last Boat Home', '--pipe'])), digest(at.second), 'the version that was fetched');
});

// proves: row-85 row-93 (another publisher's pages are not there; a form of another page does nothing)
test('nobody reaches another publisher, and no other page posts here', async () => {
  page.expected.push(/404/, /403/);
  const other = at.base.replace(/[a-z2-7]{26}/, 'a'.repeat(26));
  assert.equal((await page.goto(`${at.origin}${other}/sales`)).status(), 404);
  await page.goto(`${at.origin}${at.base}/people`);
  const status = await page.evaluate(async (to) => (await fetch(to, {
    method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'form=guessed&role=owner',
  })).status, `${at.base}/people/invite`);
  assert.equal(status, 403);
});

// proves: row-93 (every state: both languages, light and dark, narrow and wide, axe)
test('every page and state of the console can be read by everybody', async () => {
  const stories = await storiesOf(up.shop, 'console', '/console');
  assert.ok(stories.length > 80, `${stories.length} stories`);
  await screens(browser, stories);
});

let failed = 0;
const hangs = watchdog('console', () => up?.kill());
try {
  up = await marketplace(program);
  browser = await browse();
  page = await up.person(browser);
  for (const { name, run } of tests) {
    try {
      await run();
      const bad = page.errors.splice(0).filter((line) => !page.expected.some((known) => known.test(line)));
      page.expected.length = 0;
      assert.deepEqual(bad, [], 'errors in the console of the browser');
      console.log(`  ok    ${name}`);
    } catch (error) {
      failed += 1;
      console.error(`  FAIL  ${name}\n${error.stack}\n${page.url()}\n${(await page.locator('main').innerText().catch(() => '')).slice(0, 900)}`);
      break;
    }
  }
} finally {
  clearTimeout(hangs);
  await keys?.detach().catch(() => {});
  await browser?.close();
  await up?.stop();
}
process.exit(failed === 0 ? 0 : 1);
