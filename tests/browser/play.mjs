//! Everything that can be played, played in a real browser: proven by decoded samples and frames, by drawn points and read
//! letters, never by an event. Then works that were made to harm whoever opens them.
//!
//! `node play.mjs PATH/TO/keyfare`. Starts a marketplace of its own, buys one license of each kind, and looks at every page of
//! the player. Writes what it saw to `test-artefacts/browser/play/` and ends with 1 if anything was not as it must be.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bomb, canary, evilBook, evilGame, hugePicture, paper } from './harm.mjs';
import { screens } from './screens.mjs';
import { browse, marketplace, PICTURES as pictures, WAIT, watchdog, follow, until } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tests = [];
const test = (name, run) => tests.push({ name, run });

let up, browser, page, heard, base;
/** Licenses by name. */
const owned = {};

const keyfare = async (args, pin) => {
  const child = await new Promise((told, no) => {
    const running = execFile(program, ['--json', '--dir', up.dir, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }, (error, out, err) => {
      if (error) no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
      else told(out);
    });
    running.stdin.end(pin ? `${pin}\n` : '');
  });
  return JSON.parse(child);
};

const buy = async (name, number) => {
  owned[name] = (await keyfare(['buy', String(number), '--pin-stdin'], up.pin)).license;
  assert.ok(owned[name], `no license of ${name}`);
};

/** Puts a file on sale for 1, and buys it. */
const publish = async (name, file, bytes, ...more) => {
  const at = path.join(up.dir, file);
  const preview = path.join(up.dir, 'preview.txt');
  fs.writeFileSync(at, bytes);
  fs.writeFileSync(preview, 'What the shop window shows of it.\n');
  const made = await keyfare(['publish', at, '--title', name, '--price', '1', '--preview', preview, ...more]);
  await buy(name, made.offer ?? made.offers[0]);
};

/** Begins a play from the license's page, as soon as the file has come. */
const play = async (name, on = page) => {
  await until(async () => {
    await on.goto(`${base}/licenses/${owned[name]}`);
    await follow(on, on.locator(`form[action$="/licenses/${owned[name]}/play"] button`).first());
    return /\/play\/[a-z2-7]{52}$/.test(on.url());
  });
  assert.match(on.url(), /\/play\/[a-z2-7]{52}$/, await on.locator('main').innerText());
};

const shot = (name, on = page) => on.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });

/** The loudest sample among those that were decoded while it played, and where it got to. */
const listen = (on = page) => on.locator('audio').evaluate(async (audio, patience) => {
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  window.heardBy ??= context.createMediaElementSource(audio);
  const source = window.heardBy;
  if (source.context !== context) { await context.close(); }
  const own = source.context.createAnalyser();
  source.connect(own);
  own.connect(source.context.destination);
  await source.context.resume();
  await audio.play();
  const data = new Float32Array(own.fftSize);
  const seen = { loudest: 0, times: new Set() };
  const late = performance.now() + patience;
  while (performance.now() < late && (seen.loudest < 0.01 || seen.times.size < 5)) {
    await new Promise((next) => requestAnimationFrame(next));
    own.getFloatTimeDomainData(data);
    seen.loudest = Math.max(seen.loudest, ...data.map(Math.abs));
    seen.times.add(audio.currentTime);
  }
  void analyser;
  return { loudest: seen.loudest, moved: seen.times.size, at: audio.currentTime };
}, WAIT);

// proves: SD-6 XD-10 (sound: decoded samples, by keyboard, and on from where it was)
test('a song is heard, by keyboard, and goes on after its window was closed', async () => {
  await play('Night Ferry');
  const heardNow = await listen();
  assert.ok(heardNow.loudest > 0.01 && heardNow.moved >= 5, JSON.stringify(heardNow));
  assert.match(await page.locator('main').innerText(), /2 of 3/);
  const state = () => page.locator('audio').evaluate((audio) => ({ at: audio.currentTime, paused: audio.paused }));
  await page.locator('#what').click();
  await page.keyboard.press('Space');
  assert.equal((await state()).paused, true);
  const before = (await state()).at;
  for (let n = 0; n < 6; n += 1) await page.keyboard.press('ArrowRight');
  assert.ok((await state()).at > before + 55, JSON.stringify(await state()));
  await page.keyboard.press('ArrowLeft');
  assert.match(await page.locator('#seek').getAttribute('aria-valuetext'), /^\d+:\d\d of \d+:\d\d$/);
  const noted = page.waitForResponse((it) => it.url().endsWith('/place') && it.status() === 204);
  await page.getByRole('button', { name: 'Play', exact: true }).first().focus();
  await page.keyboard.press('Enter');
  await listen();
  await page.keyboard.press('Enter');
  await noted;
  await shot('sound');
  const [address, left] = [page.url(), (await state()).at];
  await page.close();
  page = await up.person(browser);
  await play('Night Ferry');
  assert.equal(page.url(), address, 'the same play');
  await page.waitForFunction(() => document.querySelector('audio').currentTime > 0);
  assert.ok(Math.abs((await state()).at - left) < 20, `${(await state()).at} after ${left}`);
  assert.match(await page.locator('main').innerText(), /2 of 3/);
});

// proves: XD-10 SD-6 (a film: decoded frames, seeking, frames after the seek)
test('a film is seen, and seen where it was sought', async () => {
  await play('The Crossing');
  const watched = await page.locator('video').evaluate(async (video, patience) => {
    video.muted = true;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [64, 36];
    const paint = canvas.getContext('2d', { willReadFrequently: true });
    const frame = () => new Promise((next, no) => {
      video.requestVideoFrameCallback((_, told) => {
        paint.drawImage(video, 0, 0, 64, 36);
        const points = new Uint32Array(paint.getImageData(0, 0, 64, 36).data.buffer);
        next({ colours: new Set(points).size, sum: points.reduce((a, b) => (a + b) >>> 0, 0), at: told.mediaTime });
      });
      setTimeout(() => no(new Error('no frame')), patience);
    });
    const some = async (count) => { const all = []; while (all.length < count) all.push(await frame()); return all; };
    await video.play();
    const first = await some(8);
    video.currentTime = video.duration * 0.8;
    const later = await some(8);
    const tracks = video.captureStream().getTracks().map((it) => it.kind).sort();
    return { first, later, long: video.duration, tracks, size: [video.videoWidth, video.videoHeight] };
  }, WAIT);
  const { first, later, long } = watched;
  assert.ok([...first, ...later].filter((it) => it.colours > 20).length > 8, JSON.stringify(first));
  assert.ok(new Set(first.map((it) => it.sum)).size > 3, 'it does not move');
  assert.ok(later.at(-1).at > long * 0.78, JSON.stringify(later.at(-1)));
  assert.deepEqual(watched.tracks, ['audio', 'video']);
  await shot('film');
});

// proves: XD-10 (a picture)
test('a picture is seen', async () => {
  await play('The Last Boat In');
  const seen = await page.locator('.stage img.seen').evaluate(async (img) => {
    await img.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [64, 64];
    const paint = canvas.getContext('2d');
    paint.drawImage(img, 0, 0, 64, 64);
    return { wide: img.naturalWidth, colours: new Set(new Uint32Array(paint.getImageData(0, 0, 64, 64).data.buffer)).size };
  });
  assert.ok(seen.wide === 1600 && seen.colours > 100, JSON.stringify(seen));
  await shot('picture');
});

// proves: XD-10 row-93 (a text: letters, and nothing else)
test('a text is read, and is never marks', async () => {
  await play('Lamps on the Water');
  const told = fs.readFileSync(path.join(up.dir, 'publisher', 'originals', 'lamps-on-the-water.txt'), 'utf8');
  assert.equal((await page.locator('#text').textContent()).trim(), told.trim());
  await shot('text');
  const long = `A <b>bold</b> claim & <img src=x onerror="alert(1)">\n\n${'One more night on the water, and two lamps.\n\n'.repeat(2000)}The end.\n`;
  await publish('Long Night', 'long.txt', long);
  await play('Long Night');
  assert.equal(await page.locator('#text b, #text img').count(), 0);
  let read = '';
  for (;;) {
    read += await page.locator('#text').textContent();
    const next = page.locator('a[rel=next]');
    if (!await next.count()) break;
    await follow(page, next);
  }
  assert.equal(read, long);
});

const frameOf = async (selector) => (await page.locator(selector).elementHandle()).contentFrame();

// proves: XD-10 row-87 (a book: on another origin, cleaned, with its pictures, from contents and on its own links)
test('a book is read in a room of its own', async () => {
  // What drives this browser asks by scripts, and is told that none run in there.
  page.expected = [/Blocked script execution/];
  await play('Small Harbours');
  const frame = await frameOf('#book');
  await frame.waitForLoadState();
  assert.notEqual(new URL(frame.url()).origin, new URL(base).origin);
  await page.getByRole('navigation', { name: 'Contents' }).getByRole('link', { name: 'The Salt Stair' }).click();
  await frame.getByRole('heading', { name: 'The Salt Stair' }).waitFor();
  const drawn = await frame.locator('img').first().evaluate(async (img) => { await img.decode(); return [img.naturalWidth, img.alt]; });
  assert.ok(drawn[0] > 100 && drawn[1].length > 10, JSON.stringify(drawn));
  await shot('book');
  await frame.getByRole('link', { name: 'Next' }).click();
  await frame.getByRole('heading', { name: 'Last Light' }).waitFor();
  // Nothing runs in there, so the same chapter is judged in a page of its own.
  const desk = await page.context().newPage();
  const [html, style] = await Promise.all([frame.url(), frame.url().replace(/\/book\/\d+$/, '/reader.css')].map((it) => fetch(it).then((answer) => answer.text())));
  await desk.setContent(html.replace(/<link rel="stylesheet"[^>]*>/, `<style>${style}</style>`));
  await desk.evaluate(axeSource);
  for (const colorScheme of ['light', 'dark']) {
    await desk.emulateMedia({ colorScheme });
    const wrong = await desk.evaluate(() => globalThis.axe.run(document).then((told) => told.violations.map((it) => `${it.id}: ${it.help}`)));
    assert.deepEqual(wrong, [], colorScheme);
  }
  await desk.close();
  assert.equal(await frame.evaluate(() => { try { return String(parent.document.title); } catch (error) { return error.name; } }), 'SecurityError');
  // Closed and opened again: where it was.
  await page.goto(`${base}/`);
  await play('Small Harbours');
  await (await frameOf('#book')).getByRole('heading', { name: 'Last Light' }).waitFor();
});

// proves: XD-10 (a document: drawn apart, with its text)
test('a document is seen page by page, and its text can be read', async () => {
  await publish('Tide Tables', 'tides.pdf', paper([['High water at Signal Rock', '05:12'], ['Low water', '11:40'], ['Neap', '13:00']]));
  await play('Tide Tables');
  const points = () => page.locator('img.pageseen').evaluate(async (img) => { await img.decode(); return [img.naturalWidth, img.naturalHeight]; });
  assert.deepEqual(await points(), [1271, 1800]);
  await page.getByText('Text of this page').click();
  assert.equal((await page.locator('.pagetext').innerText()).trim(), 'High water at Signal Rock\n05:12');
  await shot('paper');
  await page.getByRole('link', { name: 'Next page' }).click();
  await page.waitForURL(/\?at=1$/);
  assert.deepEqual(await points(), [1271, 1800]);
  await page.getByLabel('Go to page').fill('99');
  await page.getByLabel('Go to page').evaluate((it) => it.removeAttribute('max'));
  await page.keyboard.press('Enter');
  await page.waitForURL(/page=99$/);
  assert.match(await page.locator('main').innerText(), /Page 3 of 3/);
});

// proves: XD-10 row-87 (the demo's game: it draws, hears keys, and knows nothing of the wallet)
test('a game is played in a room without doors', async () => {
  // Refusals are written to the console, and refusals are what is wanted here.
  page.expected = [/violates the following Content Security Policy/, /Refused to connect/];
  await play('Harbour Lights');
  const frame = await frameOf('#room');
  await frame.locator('canvas').waitFor();
  const look = () => frame.locator('canvas').evaluate((canvas) => {
    const points = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return { colours: new Set(points).size, sum: points.reduce((a, b) => (a + b) >>> 0, 0) };
  });
  const first = await look();
  await frame.locator('canvas').focus();
  await page.keyboard.down('ArrowRight');
  await page.waitForFunction(() => new Promise((next) => { let n = 0; const on = () => { n += 1; if (n > 40) next(true); else requestAnimationFrame(on); }; on(); }));
  await page.keyboard.up('ArrowRight');
  const then = await look();
  assert.ok(first.colours > 3 && first.sum !== then.sum, JSON.stringify([first, then]));
  await shot('game');
  const tried = await frame.evaluate(async ({ wallet }) => {
    const attempt = async (run) => { try { return `got through: ${await run()}`; } catch (error) { return `refused: ${error.name}`; } };
    return {
      origin: `refused: ${globalThis.origin}`,
      storage: await attempt(() => localStorage.length),
      parent: await attempt(() => parent.document.title),
      wallet: await attempt(() => fetch(`${wallet}/healthz`, { mode: 'no-cors' })),
      itself: await attempt(() => fetch(location.href)),
    };
  }, { wallet: up.walletOrigin });
  assert.equal(tried.origin, 'refused: null');
  for (const [name, outcome] of Object.entries(tried)) assert.match(outcome, /^refused/, name);
});

// proves: row-34 SD-6 (a tenth is heard, then the page says where it ends)
test('a share ends where the license ends, and the page says so', async () => {
  await publish('First Tenth', 'tenth.wav', fs.readFileSync(path.join(up.dir, 'publisher', 'originals', 'night-ferry.wav')), '--share', '10');
  await play('First Tenth');
  assert.match(await page.locator('main').innerText(), /opens the first 10%/);
  assert.ok((await listen()).loudest > 0.01);
  await page.locator('audio').evaluate((audio) => { audio.playbackRate = 16; });
  await page.getByText('The first 10% ends here.').waitFor();
  await shot('share');
  await publish('Tenth of a Book', 'tenth.epub', fs.readFileSync(path.join(up.dir, 'publisher', 'originals', 'small-harbours.epub')), '--share', '10');
  await play('Tenth of a Book');
  await page.getByText('can\'t be read by itself').waitFor();
  await shot('share-book');
});

const nobodyHeard = async (where) => {
  // Whatever was sent before this has arrived when this has.
  await fetch(`http://${heard.web}/last-${where}`);
  const sent = heard.heard.filter((line) => !line.includes('/last-'));
  assert.deepEqual(sent, [], `${where} got out`);
};

// proves: row-87 row-76 (a game as attacker: no network, no storage, no window, no wallet)
test('a game that was made to get out does not', async () => {
  await publish('Free Game', 'evil.html', evilGame(heard, up.walletOrigin), '--game');
  page.expected = [/./];
  page.on('dialog', (dialog) => { heard.heard.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  const opened = [];
  page.context().on('page', (it) => opened.push(it.url()));
  // Whether a file is still coming is nothing the game did.
  const held = async () => {
    const card = await keyfare(['card', 'show']);
    return { ...card, licenses: card.licenses.map((one) => ({ ...one, package: undefined })) };
  };
  const before = await held();
  await play('Free Game');
  const address = page.url();
  const frame = await frameOf('#room');
  await frame.waitForFunction(() => document.getElementById('told').textContent.includes('"done"'), undefined, { timeout: WAIT });
  const told = JSON.parse(await frame.locator('#told').textContent());
  assert.equal(told.ran, 'got through: yes');
  for (const [name, outcome] of Object.entries(told)) if (name !== 'ran') assert.match(outcome, /^refused/, `${name}: ${outcome}`);
  assert.ok(Object.keys(told).length > 28, Object.keys(told).join());
  await shot('evil-game');
  // And then it leaves, or tries to: its frame is led nowhere.
  const turnedAway = page.waitForEvent('console', { predicate: (said) => /Content Security Policy/.test(said.text()), timeout: WAIT });
  await frame.evaluate(() => window.leave());
  await turnedAway;
  await nobodyHeard('the game');
  assert.equal(page.url(), address);
  assert.deepEqual(opened, []);
  assert.deepEqual(await held(), before);
  await page.goto(`${base}/play`);
});

/** What an address answers to a name that somebody pointed at this machine. */
const statusAs = (host, url) => new Promise((told, no) => {
  http.get(url, { headers: { host } }, (answer) => { answer.resume(); told(answer.statusCode); }).on('error', no);
});

// proves: row-87 row-93 (a book as attacker: nothing runs, nothing loads, nothing leads away)
test('a book that was made to run does not', async () => {
  page.expected = [/Blocked script execution/, /status of 4\d\d/];
  await publish('Quiet Book', 'evil.epub', evilBook(heard, up.walletOrigin));
  await play('Quiet Book');
  const frame = await frameOf('#book');
  await frame.getByRole('heading', { name: 'A quiet chapter' }).waitFor();
  assert.equal(await frame.locator('script, iframe, form, input, object, video, svg, style, base, [onclick], [style], a[href]:not(nav a)').count(), 0);
  const drawing = frame.getByAltText('a drawing');
  assert.equal(await drawing.evaluate(async (img) => { await img.decode(); return img.naturalWidth; }), 60);
  assert.equal(await frame.getByAltText('a file').evaluate((img) => img.naturalWidth), 0);
  await shot('evil-book');
  await frame.getByRole('link', { name: 'Next' }).click();
  await frame.getByRole('heading', { name: 'The end' }).waitFor();
  await nobodyHeard('the book');
  // Its parts, asked for by whoever learned the room's name: framed, or not at all.
  const chapter = frame.url();
  const visit = await page.context().newPage();
  assert.equal((await visit.goto(chapter)).status(), 403);
  await visit.close();
  const bare = await fetch(chapter);
  const policy = bare.headers.get('content-security-policy');
  assert.match(policy, /^sandbox; default-src 'none'/);
  assert.ok(policy.endsWith(`frame-ancestors ${up.walletOrigin}`), policy);
  assert.equal(await statusAs('evil.test', chapter), 421);
  assert.equal((await fetch(chapter, { method: 'POST' })).status, 403);
  assert.equal((await fetch(chapter.replace(/\/[a-z2-7]{52}\//, `/${'a'.repeat(52)}/`))).status, 410);
  assert.equal((await fetch(chapter.replace(/\/book\/\d+$/, '/file/in/evil.js'))).status, 422);
  assert.equal((await fetch(chapter.replace(/\/book\/\d+$/, '/file/..%2f..%2f..%2fetc%2fpasswd'))).status, 422);
});

// proves: row-88 (a ZIP bomb and a picture of ten thousand million points)
test('works that would fill the memory are refused, and say why', async () => {
  page.expected = [/Blocked script execution/, /status of 4\d\d/];
  await publish('Small Book', 'bomb.epub', bomb());
  await play('Small Book');
  const frame = await frameOf('#book');
  await frame.getByRole('heading', { name: 'Small' }).waitFor();
  const answer = page.waitForResponse((it) => it.url().endsWith('/book/1'));
  await frame.getByRole('link', { name: 'Next' }).click();
  assert.equal((await answer).status(), 422);
  assert.match(await (await answer).text(), /work-too-large/);
  await publish('Huge Picture', 'huge.png', hugePicture());
  await play('Huge Picture');
  assert.match(await page.locator('main').innerText(), /too large to be shown here/);
  assert.equal(await page.locator('img.seen').count(), 0);
  await shot('too-large');
});

// proves: row-89 (a list that points at files of this machine is a list of words)
test('a playlist is a text', async () => {
  await publish('Playlist', 'list.m3u8', '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\nhttp://127.0.0.1/\n');
  await play('Playlist');
  assert.match(await page.locator('#text').textContent(), /file:\/\/\/etc\/passwd/);
  assert.equal(await page.locator('video, audio').count(), 0);
});

// proves: SD-6 (a file from anywhere plays, or says whose license is missing)
test('a sealed file from a stick is opened, or says what is missing', async () => {
  page.expected = [/status of 422/];
  await page.goto(`${base}/play`);
  await shot('now');
  const works = path.join(up.dir, 'publisher', 'works');
  const sealed = fs.readdirSync(works, { recursive: true }).map((name) => path.join(works, name)).filter((name) => name.endsWith('.keyfare'));
  const told = [];
  for (const file of sealed) {
    await page.goto(`${base}/play`);
    await page.locator('#file').setInputFiles(file);
    await page.getByRole('button', { name: 'Open it' }).click();
    await page.waitForURL(/\/play\/(file|[a-z2-7]{52})$/);
    told.push(page.url().endsWith('/file') ? await page.locator('h1').innerText() : 'plays');
    if (told.includes('plays') && told.length > 2) break;
  }
  assert.ok(told.includes('plays'), told.join('; '));
  await page.goto(`${base}/play`);
  await page.locator('#file').setInputFiles({ name: 'a.keyfare', mimeType: 'application/octet-stream', buffer: Buffer.from('no package') });
  await page.getByRole('button', { name: 'Open it' }).click();
  await page.waitForURL(/\/play\/file$/);
  await shot('no-package');
});

// proves: row-93 (every page of the player, both languages, light and dark, narrow and wide, axe)
test('every page of the player can be read by everybody', async () => {
  const pages = ['/play', '/log'];
  for (const name of ['Night Ferry', 'The Crossing', 'Lamps on the Water', 'Small Harbours', 'Tide Tables', 'Harbour Lights']) {
    await play(name);
    pages.push(page.url().slice(base.length));
  }
  const views = (lang) => pages.map((it, n) => ({ name: `player-${n}-${it.replace(/\W+/g, '-').slice(0, 14)}`, url: `${base}${it}`, lang }));
  for (const lang of ['ja', 'en']) {
    await page.goto(`${base}/language/${lang}?to=/play`);
    await screens(browser, views(lang));
  }
});

// proves: SD-6 row-35 (a killed wallet: the same play, from where it was, and no new one)
test('a song goes on after the wallet was killed', async () => {
  await play('Night Ferry');
  await page.waitForFunction(() => document.querySelector('audio').readyState > 0);
  await page.locator('audio').evaluate((audio) => { audio.currentTime = 90; });
  const noted = page.waitForResponse((it) => it.url().endsWith('/place') && it.status() === 204);
  await page.locator('audio').evaluate((audio) => audio.pause());
  await noted;
  await page.close();
  await up.die();
  const child = spawn(program, ['--json', '--dir', up.dir, 'wallet', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise((told) => child.once('exit', told));
  try {
    let out = '';
    const open = await new Promise((told, no) => {
      const late = setTimeout(() => no(new Error(`the wallet said nothing\n${out}`)), WAIT);
      child.stderr.on('data', (text) => { out += text; });
      child.stdout.on('data', (text) => {
        out += text;
        try { told(JSON.parse(out).wallet); clearTimeout(late); } catch { /* not all of it yet */ }
      });
    });
    page = await up.person(browser);
    await page.goto(open);
    await page.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
    base = page.url().replace(/\/$/, '');
    await page.goto(`${base}/play`);
    assert.match(await page.locator('main').innerText(), /Continue, \d+ hours? left, no new play|Continue, 1 day left, no new play/);
    await shot('interrupted');
    await play('Night Ferry');
    assert.match(await page.locator('main').innerText(), /2 of 3/);
    const there = await listen();
    assert.ok(there.loudest > 0.01 && there.at >= 80, JSON.stringify(there));
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
});

let failed = 0;
const start = Date.now();
const hangs = watchdog('play', () => up?.kill());
const only = process.env.PLAY_ONLY;
try {
  heard = await canary();
  up = await marketplace(program);
  browser = await browse();
  page = await up.person(browser);
  await page.goto(up.wallet);
  await page.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  base = page.url().replace(/\/$/, '');
  for (const [name, number] of [['Night Ferry', 102], ['The Last Boat In', 201], ['Lamps on the Water', 301], ['Small Harbours', 401], ['The Crossing', 502], ['Harbour Lights', 601]]) await buy(name, number);
  const excused = new Set();
  for (const { name, run } of tests.filter((it) => !only || new RegExp(only).test(it.name))) {
    const began = Date.now();
    page.errors.length = 0;
    page.expected = [];
    try {
      await run();
      // A new frame has the browser tell once more what it logged of the page's frames before.
      const unexpected = page.errors.filter((error) => !excused.has(error) && !page.expected.some((it) => it.test(error)));
      page.errors.forEach((error) => excused.add(error));
      assert.deepEqual(unexpected, [], 'errors in the console');
      console.log(`ok      ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failed += 1;
      console.error(`FAILED  ${name}, at ${page.url()}\n${error.stack}`);
      await shot(`failed-${failed}`).catch(() => {});
    }
  }
} catch (error) {
  failed += 1;
  console.error(`FAILED  before the first test\n${error.stack}`);
} finally {
  clearTimeout(hangs);
  await browser?.close().catch(() => {});
  heard?.close();
  await up?.stop().catch(() => {});
}
console.log(`play: ${failed ? 'FAILED' : `${tests.length} passed`} after ${((Date.now() - start) / 1000).toFixed(1)} s`);
process.exit(failed ? 1 : 0);
