//! A drive breaks, a card is lost: registration at the gateway, a key that is charged once, repair, proposals, reissue and the
//! trail at the console of copy management, with the devices of the command line.
//!
//! `node copying.mjs PATH/TO/keyfare`. Ends with 1 if anything was not as it must be; pictures are kept in
//! `test-artefacts/browser/`.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { screens, storiesOf } from './screens.mjs';
import { browse, decided, marketplace, shoot, watchdog, follow } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const tests = [];
const test = (name, run) => tests.push({ name, run });
const at = {};
let up, browser, page;

/** Runs the program and answers what it printed, or what it refused; `typed` goes to its standard input. */
const keyfare = (args, typed) => new Promise((told, no) => {
  const child = execFile(program, ['--json', '--dir', up.dir, ...args], (error, out, err) => {
    if (!error) told(JSON.parse(out));
    else no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
  });
  child.stdin.end(typed ? `${typed}\n` : '');
});
const bare = (id) => id.replaceAll('-', '');
const dir = (name) => path.join(up.dir, name);
const text = () => page.locator('main').innerText();

/** Presses a batch and makes it known, as the maker. */
const press = (what, count, more = []) => keyfare(['press', ...what, '--count', String(count), '--into', dir(`batch-${what[0]}`),
  '--send', up.copying.console, '--name', 'maker', '--password-stdin', ...more], up.copying.password);

/** Signs somebody in at the console. */
async function staff(name) {
  await page.context().clearCookies();
  await page.goto(`${up.copying.console}/en/sign-in`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(up.copying.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Finds what has this number. */
async function find(number) {
  await page.goto(`${up.copying.console}/en/`);
  await page.getByLabel('Number from the label').fill(number);
  await follow(page, page.getByRole('button', { name: 'Find' }));
}

/** A device's directory in its batch. */
const piece = (batch, n) => path.join(batch.directory, `${batch.kind ?? 'medium'}-${String(n + 1).padStart(5, '0')}`);

// proves: CM-1 (known before anybody buys: the maker's batches, one signed file each)
test('media, cards, players and drives are pressed and made known', async () => {
  const [work] = fs.readdirSync(dir('publisher/works'));
  at.media = await press(['media', dir(`publisher/works/${work}`)], 2, ['--price', '300']);
  at.cards = await press(['cards'], 2);
  at.players = await press(['players'], 1);
  at.drives = await press(['drives'], 2);
  for (const batch of [at.media, at.cards, at.players, at.drives]) assert.equal(batch.known, true, JSON.stringify(batch));
});

// proves: CM-2 (ids typed from labels, in the sources' words, in both languages)
test('numbers are typed from labels and looked at, and the card registers itself', async () => {
  const { gateway, customer, password } = up.copying;
  await page.goto(`${gateway}/en/`);
  await page.getByLabel('Name', { exact: true }).fill(customer);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('No key was charged yet').waitFor();
  await shoot(page, 'gateway-account');
  await page.getByRole('link', { name: 'Register your devices' }).click();
  const type = async (card, words) => {
    await page.getByLabel(words[0]).fill(card);
    await page.getByLabel(words[1]).fill(bare(at.players.ids[0]));
    await page.getByLabel(words[2]).fill(at.drives.ids[0].toUpperCase());
    await page.getByRole('button', { name: words[3] }).click();
  };
  const english = ['Memory card', 'Player', 'Drive', 'Check the numbers'];
  page.expected.push(/422/, /422/, /422/);
  await type('what is this', english);
  await page.getByText('A number has 26 letters and digits').waitFor();
  await type('a'.repeat(26), english);
  await page.getByText('User registration cannot be completed with this memory card').waitFor();
  assert.equal(await page.getByLabel('Memory card').getAttribute('aria-invalid'), 'true');
  await page.goto(`${gateway}/ja/register`);
  await type('a'.repeat(26), ['メモリーカード', 'プレーヤー', 'ドライブ', '番号を確かめる']);
  await page.getByText('このメモリーカードではユーザー登録を完了できません').waitFor();
  await shoot(page, 'gateway-register-refused');
  await page.goto(`${gateway}/en/register`);
  await type(at.cards.ids[0], english);
  await page.getByText('These devices can be registered').waitFor();
  await shoot(page, 'gateway-register-known');
  await keyfare(['device', 'sign-in', '--gateway', gateway, '--name', customer, '--password-stdin'], password);
  at.devices = ['--card', piece(at.cards, 0), '--player', piece(at.players, 0), '--drive', piece(at.drives, 0)];
  const told = await keyfare(['device', 'register', ...at.devices, '--stdin'], 'blue heron');
  at.user = told.user_id;
  assert.match(at.user, /^[a-z2-7-]{26,36}$/, JSON.stringify(told));
});

// proves: CM-3 CM-4 CM-9 (one key, charged once, shown on the account's page)
test('a medium is copied, and its key is charged once', async () => {
  const medium = piece(at.media, 0);
  const copied = await keyfare(['import', medium, ...at.devices, '--at-most', '300']);
  assert.ok(copied, JSON.stringify(copied));
  await page.goto(`${up.copying.gateway}/en/`);
  const shown = await text();
  assert.match(shown, /¥2,700/);
  assert.equal(shown.match(/¥300\b/g).length, 1, shown);
});

// proves: CM-7 row-73 (the console: found by the label, exchanged with a reason, erased by the card, confirmed)
test('a broken drive is exchanged, and the card confirms that it erased', async () => {
  await staff('counter');
  await shoot(page, 'copying-home');
  page.expected.push(/404/, /422/);
  await find('a'.repeat(26));
  await page.getByText('Nothing has this number').waitFor();
  await find(at.cards.ids[0]);
  await page.getByRole('heading', { name: 'The user of this card' }).waitFor();
  await shoot(page, 'copying-user');
  const exchange = async (replacement) => {
    await page.getByRole('radio', { name: 'Drive' }).check();
    await page.getByLabel('Number of the replacement').fill(replacement);
    await page.locator('#reason').fill('fell down the stairs');
    await page.getByRole('button', { name: 'Exchange' }).click();
  };
  await exchange(bare(at.players.ids[0]));
  await page.getByText('no unused device of the same kind').waitFor();
  assert.equal(await page.locator('#reason').inputValue(), 'fell down the stairs');
  await exchange(at.drives.ids[1]);
  await page.getByRole('heading', { name: 'Erase order' }).waitFor();
  const order = page.url();
  await shoot(page, 'copying-order');
  const loading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the order' }).click();
  const file = dir('erase-order.cbor');
  await (await loading).saveAs(file);
  await keyfare(['device', 'erase', file, ...at.devices]);
  await page.goto(order);
  await page.getByText('The card has confirmed').waitFor();
  await find(at.drives.ids[0]);
  assert.match(await text(), /Dead since/);
  at.devices[5] = piece(at.drives, 1);
});

// proves: CM-8 row-74 (User ID and word at the gateway; the old card is dead, and the console shows it)
test('a lost card is replaced, and the old one is dead', async () => {
  at.devices[1] = piece(at.cards, 1);
  await keyfare(['device', 'reissue', ...at.devices, '--stdin'], `${at.user}\nblue heron`);
  await find(at.cards.ids[0]);
  await page.getByText('a new card took its place').waitFor();
  await find(at.cards.ids[1]);
  await page.getByRole('heading', { name: 'The user of this card' }).waitFor();
});

// proves: row-97 (two people above the limit; nobody decides alone; the trail is recomputed)
test('what is above the limit takes two people, and the trail stands as it was written', async () => {
  await staff('chief');
  await find(at.cards.ids[1]);
  await page.locator('#why').fill('wallet stolen on the ferry');
  await page.getByRole('button', { name: 'Propose a new card' }).click();
  await page.getByText('It waits for a second person').waitFor();
  page.expected.push(/422/);
  await page.goto(`${up.copying.console}/en/proposals`);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('somebody else decides what you proposed').waitFor();
  await staff('second');
  await page.goto(`${up.copying.console}/en/proposals`);
  await shoot(page, 'copying-proposals');
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('allowed by second').waitFor();
  await page.goto(`${up.copying.console}/en/trail`);
  await page.getByText('every one stands as it was written').waitFor();
  const trail = await text();
  for (const told of ['device exchanged', 'fell down the stairs', 'erased, flags freed', 'card reissued', 'proposed', 'allowed']) {
    assert.ok(trail.includes(told), `${told} is not in ${trail}`);
  }
  await shoot(page, 'copying-trail');
  await page.goto(`${up.copying.console}/en/takings`);
  assert.match(await text(), /¥300[\s\S]*¥90[\s\S]*¥210/);
  await shoot(page, 'copying-takings');
});

// proves: row-97 (a role sees what is its duty, and no more)
test('an auditor reads and exchanges nothing; a maker reads nothing', async () => {
  await staff('auditor');
  await find(at.cards.ids[1]);
  assert.equal(await page.getByRole('button', { name: 'Exchange' }).count(), 0);
  await staff('maker');
  page.expected.push(/403/);
  const answer = await page.goto(`${up.copying.console}/en/trail`);
  assert.equal(answer.status(), 403);
  await page.getByText('Your role does not include this').waitFor();
});

// proves: CM-7 row-97 (a passkey of one's own lets in; nothing is typed)
test('somebody at the console adds a passkey, and signs in with it', async () => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  } });
  // By its name: a passkey is bound to one.
  const numbered = up.copying.console;
  up.copying.console = numbered.replace('127.0.0.1', 'localhost');
  await staff('counter');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('What you call it').fill('Desk key');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('heading', { name: 'Desk key' }).waitFor();
  await shoot(page, 'copying-you');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByLabel('Number from the label').waitFor();
  up.copying.console = numbered;
});

// proves: CM-1 CM-3 CM-5 (the medium as one more way to pay the one order, on the wallet's page)
test('a disc pays for a work at the shop, and its license is bound to player and drive', async () => {
  const song = dir('winter-sun.txt');
  fs.writeFileSync(song, 'The snow had gone by noon.\n'.repeat(500));
  const work = await keyfare(['publish', song, '--title', 'Winter Sun', '--price', '300', '--media']);
  const media = await keyfare(['press', 'media', work.offer, '--offer', work.offer, '--count', '1', '--into', dir('discs'), '--send', up.shop]);
  await page.goto(up.wallet);
  await page.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  const base = page.url().replace(/\/$/, '');
  await page.goto(`${up.shop}/en/?q=Winter`);
  await page.locator('.tile h3 a', { hasText: 'Winter Sun' }).first().click();
  await page.getByRole('link', { name: /^Buy / }).first().click();
  await page.waitForURL(`${base}/confirm/*`);
  await page.getByText('Pay another way').click();
  await page.getByRole('link', { name: /With a medium you have/ }).click();
  // Nothing is attached: nothing could be bound.
  await page.getByText('No player and drive are attached').waitFor();
  for (const [batch, n, word] of [[at.players, 0, 'player'], [at.drives, 1, 'drive']]) {
    fs.cpSync(piece(batch, n), dir(`devices/${word}`), { recursive: true });
  }
  await page.reload();
  await page.getByText(at.players.ids[0]).waitFor();
  await page.getByLabel('Number on the medium’s label').fill('not a number');
  await page.getByLabel('Card PIN').fill(up.pin);
  page.expected.push(/422/);
  await page.getByRole('button', { name: 'Pay with this medium' }).click();
  await page.getByRole('alert').waitFor();
  await shoot(page, 'confirm-medium', true);
  await page.getByLabel('Number on the medium’s label').fill(media.ids[0]);
  await page.getByLabel('Card PIN').fill(up.pin);
  await page.getByRole('button', { name: 'Pay with this medium' }).click();
  await page.waitForURL(`${base}/deals/*`);
  await decided(page);
  assert.match(await text(), /Winter Sun/);
  await page.goto(`${base}/library`);
  await page.getByRole('link', { name: 'Winter Sun' }).first().click();
  await page.getByText('its player and drive only').waitFor();
  await shoot(page, 'license-bound');
});

// proves: CM-2 CM-7 CM-9 (every state, in one window and language each, axe)
test('every page and state of copy management can be read by everybody', async () => {
  const all = [...await storiesOf(up.copying.gateway, 'gateway'), ...await storiesOf(up.copying.console, 'copying')];
  // Each state in one of the languages, in turns.
  const turn = (view, n) => (view.lang === 'ja') === (n % 2 === 1);
  const names = [...new Set(all.map((view) => view.name))];
  await screens(browser, all.filter((view) => turn(view, names.indexOf(view.name))));
});

let failed = 0;
const hangs = watchdog('copying', () => up?.kill());
try {
  up = await marketplace(program);
  browser = await browse();
  page = await up.person(browser);
  const began = Date.now();
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
  console.log(`  ${((Date.now() - began) / 1000).toFixed(0)} s`);
} finally {
  clearTimeout(hangs);
  await browser?.close();
  await up?.stop();
}
process.exit(failed === 0 ? 0 : 1);
