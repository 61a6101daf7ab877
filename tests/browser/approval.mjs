//! Buying without telling who one is: two people, two sellers, one approver. Each buys from both by approval, in a real browser,
//! from the shop to the work; then the sellers join all they have, and cannot tell that a buyer is one.
//!
//! `node approval.mjs PATH/TO/keyfare`. Starts a marketplace with two shops of its own: the first has its settlement server,
//! the second settles for itself. Ends with 1 if anything was not as it must be; pictures are kept in
//! `test-artefacts/browser/`.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { screens } from './screens.mjs';
import { browse, marketplace, shoot, watchdog, follow } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const tests = [];
const test = (name, run) => tests.push({ name, run });
const at = {};
let up, browser, aiko, ben;

/** Runs the program and answers what it printed; `pin` goes to its standard input. */
const keyfare = (dir, args, pin) => new Promise((told, no) => {
  const child = execFile(program, ['--json', '--dir', dir, ...args], (error, out, err) => {
    if (error) no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
    else told(JSON.parse(out));
  });
  child.stdin.end(pin ? `${pin}\n` : '');
});

/** The operator of a party asks. */
async function operator(address, where, body) {
  const token = fs.readFileSync(path.join(up.dir, 'operator-token'), 'utf8').trim();
  const answer = await fetch(`${address}${where}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** A second buyer: a card, a wallet and a browser of its own, known to the same approver. */
async function secondBuyer() {
  const dir = path.join(up.dir, 'friend');
  fs.mkdirSync(dir, { mode: 0o700 });
  fs.copyFileSync(path.join(up.dir, 'realm.cbor'), path.join(dir, 'realm.cbor'));
  const pin = '1357';
  await keyfare(dir, ['card', 'new', '--pin-stdin'], pin);
  const child = spawn(program, ['--json', '--dir', dir, 'wallet', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  const open = await new Promise((told, no) => {
    child.once('exit', (code) => no(new Error(`the friend's wallet ended with ${code}\n${out}`)));
    child.stdout.on('data', (text) => {
      out += text;
      try { told(JSON.parse(out).wallet); } catch { /* not all of it yet */ }
    });
  });
  const limit = { minor: '9000', currency: 'JPY' };
  const made = await operator(up.parties.approver, '/v1/users', { name: 'ben', password: 'another ferry', limit });
  await operator(up.parties.bureau, '/v1/files', { file: made.file, up_to: { minor: '30000', currency: 'JPY' } });
  const page = await up.person(browser);
  return { page, pin, open, name: 'ben', password: 'another ferry', number: made.user, file: made.file, stop: () => child.kill('SIGTERM') };
}

/** What a browser tells each shop: addresses, fields, cookies, bodies. */
function overhear(person) {
  person.told = { first: [], second: [] };
  person.page.context().on('request', (request) => {
    const which = request.url().startsWith(up.parties.shop) ? 'first' : request.url().startsWith(up.parties['second-shop']) ? 'second' : undefined;
    if (which) person.told[which].push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`);
  });
}

async function openWallet(person) {
  overhear(person);
  await person.page.goto(person.open);
  await person.page.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  person.base = person.page.url().replace(/\/$/, '');
}

/** From a shop's shelf to the wallet, which waits for the approver. Answers the approver's page, opened from there. */
async function ask(person, shop, title) {
  const { page } = person;
  await page.goto(shop);
  await page.locator('.tile').getByRole('link', { name: title, exact: true }).first().click();
  // The wallet of whoever sits here: the shop knows one address of wallets, and not whose it is.
  const link = new URL(await page.getByRole('link', { name: /^Buy / }).first().getAttribute('href'));
  await page.goto(`${new URL(person.base).origin}${link.pathname}${link.search}${link.hash}`);
  await page.waitForURL(/\/confirm\//);
  // To whom the purse would not do, the other ways are open already.
  const way = page.getByRole('link', { name: /approved by Minato Mobile/ });
  if (!await way.isVisible()) await page.getByText('Pay another way').click();
  await follow(page, way);
  if (shots(person, 'approve-way')) await shoot(page, 'approval-way');
  await page.getByRole('button', { name: 'Ask Minato Mobile' }).click();
  await page.getByRole('heading', { name: 'Minato Mobile waits for your answer' }).waitFor();
  if (shots(person, 'approve-waits')) await shoot(page, 'approval-waits');
  const [there] = await Promise.all([page.context().waitForEvent('page'), page.getByRole('link', { name: 'Answer at Minato Mobile' }).click()]);
  await there.waitForURL(/\/(sign-in|approve)/);
  return there;
}

const shown = new Set();
/** Pictures of a page are taken once. */
const shots = (person, name) => person === aiko && !shown.has(name) && shown.add(name);

async function signIn(page, { name, password }) {
  await page.getByLabel('Name or number').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await follow(page, page.getByRole('button', { name: 'Sign in', exact: true }));
}

/** Says yes on the approver's page, which shows the code of the wallet's. */
async function approve(person, there) {
  if (/\/sign-in/.test(there.url())) await signIn(there, person);
  await there.waitForURL(/\/approve\//);
  const code = await there.locator('dl code').innerText();
  assert.equal(await person.page.locator('dl code').innerText(), code, 'both pages show one code');
  const focused = await there.evaluate(() => document.activeElement?.tagName);
  assert.equal(focused, 'BODY', 'nothing is chosen beforehand');
  await there.getByRole('button', { name: /^Approve ¥/ }).click();
  await there.getByRole('heading', { name: /^Approved/ }).waitFor();
}

/** Goes on in the wallet, pays with the PIN, and plays what was bought. */
async function pay(person) {
  const { page } = person;
  await page.getByRole('link', { name: 'Go on' }).click();
  await page.getByRole('heading', { name: 'Approved by Minato Mobile' }).waitFor();
  if (shots(person, 'have')) await shoot(page, 'approval-have');
  await page.getByLabel('Card PIN').fill(person.pin);
  await page.getByRole('button', { name: /^Buy for/ }).click();
  await page.getByRole('link', { name: /^Play/ }).or(page.getByRole('button', { name: /^Play/ })).first().waitFor();
}

async function buy(person, shop, title) {
  const there = await ask(person, shop, title);
  await approve(person, there);
  await there.close();
  await pay(person);
}

// proves: PA-1 PA-2 PA-3 row-66 row-69
test('a shop leads to the wallet, the wallet to the approver, and nobody else is told anything', async () => {
  await openWallet(aiko);
  const before = dumps().shop;
  at.before = Object.values(dumps());
  const there = await ask(aiko, up.parties.shop, 'Night Ferry');
  assert.match(there.url(), /^http:\/\/localhost:\d+\/sign-in\?for=/);
  await shoot(there, 'approver-sign-in');
  const told = [];
  for (const name of [aiko.name, 'nobody']) {
    await signIn(there, { name, password: 'not the password' });
    await there.getByText('Name and password do not fit.').waitFor();
    told.push(await there.locator('main').innerText());
  }
  assert.equal(told[0], told[1], 'a known and an unknown name look alike');
  await signIn(there, aiko);
  await there.getByText('1 try with your name failed').waitFor();
  assert.doesNotMatch(await there.locator('main').innerText(), /Night Ferry/, 'what it is called is not told to the approver');
  await shoot(there, 'approver-ask');
  await approve(aiko, there);
  await shoot(there, 'approver-done');
  // Until it is used it stands among the open ones, and its amount is reserved.
  await there.goto(`${new URL(there.url()).origin}/`);
  assert.match(await there.locator('main').innerText(), /Reserved\s+¥\d/);
  await shoot(there, 'approver-account');
  await there.close();
  await pay(aiko);
  aiko.first = news('shop', before);
});

// proves: PA-6 PA-7 PA-11 row-67
test('two people buy from two sellers, who then join everything they have', async () => {
  await openWallet(ben);
  const bought = async (person, shop) => {
    const before = dumps()[shop];
    await buy(person, up.parties[shop], 'Night Ferry');
    return news(shop, before);
  };
  // Each seller sells to the other person in between: what stays is what one person's purchases share and nobody else's.
  const benSecond = await bought(ben, 'second-shop');
  const aikoSecond = await bought(aiko, 'second-shop');
  const benFirst = await bought(ben, 'shop');
  // Where pages meet in a file, what was there before stands beside what is new: both halves of a link are new.
  const isNew = (it) => [0, 8].every((n) => at.before.every((dump) => dump.indexOf(it.subarray(n, n + 8)) === -1));
  const common = (one, other) => [...one].filter((it) => other.has(it)).map((it) => Buffer.from(it, 'latin1')).filter(isNew).map((it) => it.toString('hex'));
  for (const [who, one, other] of [['aiko', aiko.first, aikoSecond], ['ben', benSecond, benFirst]]) {
    assert.ok(one.size > 500 && other.size > 500, 'a purchase leaves something');
    assert.deepEqual(common(one, other), [], `what two purchases of ${who}'s share, and no two people's do`);
  }
  // Nobody's name or number is anywhere at a seller's: not in its files, its log or what browsers sent there.
  const users = (await fetch(`${up.parties.approver}/v1/users`, { headers: { authorization: `Bearer ${fs.readFileSync(path.join(up.dir, 'operator-token'), 'utf8').trim()}` } }));
  const known = (await users.json()).users.flatMap(({ user, file }) => [user, file]);
  const sellers = Buffer.concat([...Object.values(dumps()), Buffer.from(up.log()), Buffer.from(JSON.stringify([aiko.told, ben.told]))]);
  for (const secret of [aiko.name, ben.password, aiko.password, 'keyfare_approver', ...known]) {
    assert.equal(sellers.indexOf(secret), -1, `a seller has ${secret}`);
  }
  assert.ok(aiko.told.first.length > 3 && aiko.told.second.length > 3);
  for (const line of [...aiko.told.first, ...aiko.told.second]) assert.doesNotMatch(line, /"cookie"|"referer":"http:\/\/127\.0\.0\.1:\d+\/s\//, 'no cookie, and nobody is told where it came from');
});

/** The files of both sellers, as they lie on their disks. */
function dumps() {
  const all = {};
  for (const shop of ['shop', 'second-shop']) {
    const dir = path.join(up.dir, shop, 'data');
    // Not the index of a database's own journal: it numbers pages.
    const files = fs.readdirSync(dir).filter((name) => fs.statSync(path.join(dir, name)).isFile() && !name.endsWith('-shm'));
    all[shop] = Buffer.concat(files.map((name) => fs.readFileSync(path.join(dir, name))));
  }
  return all;
}

/** Every run of sixteen bytes that looks drawn by chance, as numbers and keys do (97 of 100 of them): what repeats itself is a
 * database's own arrangement. Rows themselves are compared by eights in `crates/server/tests/http/approval.rs`. */
function runs(bytes) {
  const found = new Set();
  for (let at = 0; at + 16 <= bytes.length; at += 1) {
    const run = bytes.subarray(at, at + 16);
    if (new Set(run).size >= 14) found.add(run.latin1Slice());
  }
  return found;
}

/** What came to a seller's files since. */
function news(shop, before) {
  const known = runs(before);
  return new Set([...runs(dumps()[shop])].filter((it) => !known.has(it)));
}

// proves: PA-4 PA-8 PA-10
test('limits hold, an open approval is taken back, and a refusal leaves nothing reserved', async () => {
  const account = await aiko.page.context().newPage();
  await account.goto(`${up.approver.address}/`);
  await account.getByLabel('Amount, empty for none').fill('10');
  await account.getByRole('button', { name: 'Set', exact: true }).click();
  await account.getByText('Set.', { exact: true }).waitFor();
  const there = await ask(aiko, up.parties.shop, 'The Last Boat In');
  await there.waitForURL(/\/approve\//);
  await there.getByRole('button', { name: /^Approve ¥/ }).click();
  await there.getByText('This is above what can be spent now.').waitFor();
  await shoot(there, 'approver-limit');
  await there.close();
  await aiko.page.getByRole('link', { name: 'Go on' }).click();
  await aiko.page.getByRole('heading', { name: 'Not approved' }).waitFor();
  await shoot(aiko.page, 'approval-no');
  await account.getByLabel('Amount, empty for none').fill('');
  await follow(account, account.getByRole('button', { name: 'Set', exact: true }));
  const again = await ask(aiko, up.parties.shop, 'The Last Boat In');
  await again.waitForURL(/\/approve\//);
  await again.getByRole('button', { name: /^Approve ¥/ }).click();
  await again.getByRole('heading', { name: /^Approved/ }).waitFor();
  await again.close();
  await account.goto(`${up.approver.address}/`);
  await account.getByRole('button', { name: /^Take back/ }).click();
  await account.getByText('Taken back. The amount is free again.').waitFor();
  assert.match(await account.locator('main').innerText(), /Reserved\s+¥0/);
  await account.close();
});

// proves: PA-3 PA-7
test('a passkey, a second step, a disputed charge given back by somebody with a role for it', async () => {
  const page = await aiko.page.context().newPage();
  const keys = await page.context().newCDPSession(page);
  await keys.send('WebAuthn.enable');
  await keys.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } });
  await page.goto(`${up.approver.address}/you`);
  await page.getByLabel('What you call it').fill('Phone');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('heading', { name: 'Phone' }).waitFor();
  await page.getByRole('button', { name: 'Ask for it', exact: true }).click();
  await page.getByRole('button', { name: 'Ask for it no longer' }).waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await signIn(page, aiko);
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
  await page.getByRole('heading', { name: 'Your approvals' }).waitFor();
  await page.getByRole('button', { name: /^This is not right/ }).first().click();
  await page.getByText('Noted. Somebody looks at it').waitFor();

  await operator(up.parties.approver, '/v1/staff', { name: 'judge', password: 'gives back', role: 'judge' });
  const context = await browser.newContext();
  const desk = await context.newPage();
  await desk.goto(`${up.approver.address}/sign-in`);
  await signIn(desk, { name: 'judge', password: 'gives back' });
  await desk.getByRole('heading', { name: 'Console', exact: true }).waitFor();
  assert.equal(await desk.getByRole('button', { name: /^Set limit/ }).count(), 0, 'a judge sets no limits');
  assert.doesNotMatch(await desk.locator('main').innerText(), new RegExp(aiko.name), 'the console shows no names');
  await shoot(desk, 'approver-desk');
  await desk.getByRole('button', { name: 'Give back, seller bears it' }).click();
  await desk.getByText('Nobody disputes anything.').waitFor();
  await context.close();
  await page.reload();
  await page.getByText('given back').waitFor();
  await page.getByRole('link', { name: 'Statements by month' }).click();
  await page.getByText(/^Given back: /).waitFor();
  await shoot(page, 'approver-statement');
  await keys.detach();
  await page.close();
});

// proves: row-69
test('every page in every state, both languages, narrow and wide', async () => {
  const stories = ['sign-in-ask', 'sign-in-slow', 'second', 'you', 'approve', 'approve-known', 'approve-asking', 'approve-later', 'account', 'account-new', 'statement', 'desk-alarm', 'desk-clerk'];
  const views = stories.flatMap((name, n) => ['en', 'ja'].slice(n % 2, n % 2 + (n < 7 ? 2 : 1)).map((lang) => (
    { name: `approver-${name}`, url: `${up.parties.approver}/${lang}/stories/${name}`, lang, seen: ['390-light', '1440-dark'] }
  )));
  await screens(browser, views);
});

let failed = 0;
const hangs = watchdog('approval', () => up?.kill());
try {
  up = await marketplace(program, '--second-shop');
  browser = await browse();
  aiko = { page: await up.person(browser), pin: up.pin, open: up.wallet, ...up.approver };
  ben = await secondBuyer();
  const began = Date.now();
  for (const { name, run } of tests) {
    try {
      await run();
      console.log(`  ok    ${name} (${Math.round((Date.now() - began) / 100) / 10} s)`);
    } catch (error) {
      failed += 1;
      console.error(`  FAIL  ${name}\n${error.stack}`);
      for (const page of [aiko, ben].flatMap((person) => person.page.context().pages())) {
        console.error(`${page.url()}\n${(await page.locator('main').innerText().catch(() => '')).slice(0, 600)}`);
      }
      break;
    }
  }
} finally {
  clearTimeout(hangs);
  ben?.stop();
  await browser?.close();
  await up?.stop();
}
process.exit(failed === 0 ? 0 : 1);
