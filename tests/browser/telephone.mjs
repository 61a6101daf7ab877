//! Buying with the telephone bill: from the license server's page to the license, what the carrier's and the seller's people see of
//! it, the file from the content server, and the bill on paper; straight from an account at the bank; a merchant's question; and
//! what a carrier does not pay, paid from the purse.
//!
//! `node telephone.mjs PATH/TO/keyfare`. Ends with 1 if anything was not as it must be; pictures and the printed bill are kept in
//! `test-artefacts/browser/`.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { screens } from './screens.mjs';
import { WAIT, PICTURES, browse, marketplace, shoot, watchdog, follow } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const tests = [];
const test = (name, run) => tests.push({ name, run });
const at = {};
let up, browser, page, desk;

const text = (of = page) => of.locator('main').innerText();
const keyfare = (args, typed) => new Promise((told, no) => {
  const child = execFile(program, ['--json', '--dir', up.dir, ...args], (error, out, err) => {
    if (error) no(new Error(`keyfare ${args.join(' ')}\n${out}${err}`));
    else told(JSON.parse(out));
  });
  child.stdin.end(typed ? `${typed}\n` : '');
});

/** What the operator's programs say to a party. */
async function operate(method, url, body) {
  const headers = { authorization: `Bearer ${at.token}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const said = await answer.text();
  assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${said}`);
  return JSON.parse(said);
}

/** The wallet's page to confirm an offer of the license server; and another way to pay it. */
async function open(title, number) {
  await page.goto(up.parties.licenses);
  await page.locator('.tile').getByRole('link', { name: title, exact: true }).click();
  await page.locator(`#offer-${number}`).getByRole('link', { name: /^Buy / }).click();
  await page.waitForURL(`${at.base}/confirm/*`);
}
async function ask(title, number, way) {
  await open(title, number);
  await page.getByText('Pay another way').click();
  await follow(page, page.getByRole('link', { name: way }));
}

async function pay() {
  await page.getByLabel('Card PIN').fill(up.pin);
  await page.getByRole('button', { name: /^Pay/ }).click();
}

/** Asks a page again until it says so. */
async function until(tab, url, says) {
  const late = Date.now() + WAIT;
  do await tab.goto(url);
  while (!says.test(await text(tab)) && Date.now() < late);
  assert.match(await text(tab), says);
}

// proves: ST-1 ST-2 ST-3 ST-17 (numbers of one enterprise, several of one work, beside the file at another party)
test('the license server shows its numbers, the content server its files', async () => {
  await page.goto(up.parties.licenses);
  await page.locator('.tile').getByRole('link', { name: 'Night Ferry', exact: true }).click();
  // The numbers stand among an offer's particulars, one press away.
  const shown = await page.locator('main').textContent();
  for (const told of ['2000000001', '2000000002', '¥1,000', '¥1,800', 'Minato Tape Works']) assert.ok(shown.includes(told), told);
  await shoot(page, 'license-server', true);
  const files = await browser.newPage();
  await files.goto(`${up.parties.content}/en/`);
  assert.match(await text(files), /Night Ferry/);
  await shoot(files, 'content-server', true);
  const got = await fetch(await files.getByRole('link', { name: /^Take the file.*Night Ferry/ }).evaluate((it) => it.href));
  assert.equal(got.headers.get('content-type'), 'application/vnd.keyfare.package');
  await files.close();
});

// proves: ST-4 ST-13 (the registry trusts enterprise 2000; the carrier pays; the license opens)
test('a license is bought with the telephone bill', async () => {
  await page.goto(up.wallet);
  await page.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  at.base = page.url().replace(/\/$/, '');
  await page.goto(`${at.base}/bill`);
  assert.match(await text(), /Seto Mobile\s*pays for you/);
  await shoot(page, 'telephone', true);
  await ask('Night Ferry', 2000000001, /^Use this.*telephone bill, Seto Mobile/);
  const asked = await text();
  for (const told of ['Telephone bill, Seto Mobile', '¥3,000', 'Pressing twice buys it once']) assert.ok(asked.includes(told), `${told}\n${asked}`);
  await shoot(page, 'confirm-bill', true);
  await pay();
  await page.getByText('Night Ferry is yours.').waitFor();
  await shoot(page, 'bought-by-bill', true);
  const card = await keyfare(['card', 'show']);
  assert.equal(card.purse, 3000, 'no electronic money moved');
  const owed = await keyfare(['bill']);
  assert.deepEqual(owed.owed, [], 'the carrier has answered');
});

// proves: ST-5 ST-6 (the bank's notice settles the record; both operators see the same)
test('the seller’s and the carrier’s people see it settled', async () => {
  await until(desk, `${up.parties.licenses}/en/records`, /Nothing waits for its money/);
  assert.match(await text(desk), /Settled lately[\s\S]*the bank's notice/);
  await shoot(desk, 'records', true);
  await desk.goto(`${up.parties.carrier}/en/desk`);
  assert.doesNotMatch(await text(desk), /Yamada|0000 ?4417/, 'the console shows no names and no numbers');
  await shoot(desk, 'carrier-desk', true);
  const stranger = await fetch(`${up.parties.licenses}/records`);
  assert.equal(stranger.status, 401);
  const audit = await keyfare(['audit']);
  assert.deepEqual([audit.holds, audit.findings], [true, []]);
});

// proves: ST-22 (the bank that keeps the account pays as a carrier does, and at once)
test('a license is bought straight from the account at the bank', async () => {
  await page.goto(`${at.base}/bill`);
  await page.getByRole('button', { name: 'Let Harbour Bank pay for me' }).click();
  await page.getByText(/Harbour Bank\s*pays for you/).waitFor();
  await shoot(page, 'telephone-bank', true);
  await ask('Night Ferry', 2000000002, /^Use this.*from your account at Harbour Bank/);
  const asked = await text();
  for (const told of ['Your account at Harbour Bank', '¥1,800', 'Harbour Bank learns to whom it pays']) assert.ok(asked.includes(told), `${told}\n${asked}`);
  await shoot(page, 'confirm-debit', true);
  const before = (await keyfare(['audit'])).books.bank;
  await pay();
  await page.getByText('Night Ferry is yours.').waitFor();
  await until(page, `${at.base}/bill`, /Nothing waits/);
  const audit = await keyfare(['audit']);
  assert.deepEqual([audit.holds, audit.findings], [true, []]);
  const moved = Object.keys(before).map((name) => (audit.books.bank[name] ?? 0) - before[name]).filter((sum) => sum !== 0);
  assert.deepEqual(moved.sort((a, b) => a - b), [-1800, 1800], 'from the holder’s account to the seller’s');
  assert.equal((await keyfare(['card', 'show'])).purse, 3000, 'no electronic money moved');
  await until(desk, `${up.parties.licenses}/en/records`, /Nothing waits for its money/);
});

// proves: ST-4 (a merchant's question over CAMARA's interface comes to the subscriber's own telephone; he agrees on the carrier's page)
test('a subscriber agrees on the carrier’s page that a merchant may charge', async () => {
  const { carrier } = up.parties;
  const listed = await operate('GET', `${up.parties['trust-registry']}/v1/enterprises`);
  at.seller = listed.enterprises.find((one) => one.enterprise === 2000).party;
  const client = await operate('POST', `${carrier}/v1/clients`, { name: 'Minato Licenses', payees: [{ party: at.seller, number: 2000 }] });
  const form = async (where, fields) => {
    const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
    const answer = await fetch(`${carrier}/oauth2/${where}`, { method: 'POST', headers: { authorization: `Basic ${basic}` }, body: new URLSearchParams(fields) });
    return { status: answer.status, ...await answer.json() };
  };
  const scope = 'openid carrier-billing:payments:create carrier-billing:payments:read';
  const asked = await form('bc-authorize', { scope, login_hint: 'tel:+819000004417', binding_message: 'HORN 41' });
  const fetched = () => form('token', { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: asked.auth_req_id });
  assert.equal((await fetched()).error, 'authorization_pending');
  const texts = await operate('GET', `${carrier}/v1/texts`);
  const told = texts.find((one) => one.number === '+819000004417' && one.text.includes('/consent/'));
  const handset = await up.tab(browser.contexts()[0]);
  await handset.goto(told.text.split(' ').at(-1));
  assert.match(await text(handset), /Minato Licenses wants to charge[\s\S]*HORN 41/);
  await shoot(handset, 'consent', true);
  await handset.getByRole('button', { name: 'Agree' }).click();
  await handset.getByText('You agreed').waitFor();
  await handset.close();
  const token = await fetched();
  assert.equal(token.status, 200, JSON.stringify(token));
  const payment = { amountTransaction: { clientCorrelator: 'walk-1', referenceCode: 'walk-1', paymentAmount: {
    chargingInformation: { amount: 500, currency: 'JPY', description: 'Ferry map' }, chargingMetaData: { merchantIdentifier: '2000' } } } };
  const paid = await fetch(`${carrier}/carrier-billing/v0.5/payments`, {
    method: 'POST', headers: { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' }, body: JSON.stringify(payment) });
  const said = await paid.json();
  assert.deepEqual([paid.status, said.paymentStatus], [201, 'succeeded'], JSON.stringify(said));
});

// proves: ST-13 ST-25 (not trusted: electronic money 3000 -> 2000; and told beforehand from then on)
test('what the carrier refuses waits, and is paid from the purse', async () => {
  // What the registry said of it is kept for a while: the carrier's own people are the ones who trust it no longer.
  await operate('POST', `${up.parties.carrier}/v1/enterprises`, { party: at.seller, name: 'Minato Licenses', number: 2000, trusted: false });
  await ask('Small Harbours', 2000000003, /^Use this.*telephone bill, Seto Mobile/);
  await pay();
  await page.getByText(/Small Harbours is yours|Seto Mobile doesn't pay/).first().waitFor();
  await until(page, `${at.base}/bill`, /Seto Mobile doesn't pay ¥1,000 for Small Harbours/);
  assert.match(await text(), /It doesn't pay this seller for anybody[\s\S]*is not lost/);
  await shoot(page, 'refused', true);
  await page.getByRole('button', { name: 'Pay ¥1,000 from my purse' }).click();
  await page.waitForURL(`${at.base}/confirm/*`);
  assert.match(await text(), /Instead of Seto Mobile, which did not pay/);
  await shoot(page, 'confirm-clear', true);
  await pay();
  await page.getByText('¥1,000 is paid. Small Harbours plays.').waitFor();
  await until(page, `${at.base}/bill`, /Nothing waits/);
  assert.equal((await keyfare(['card', 'show'])).purse, 2000, 'the source’s own 3000 -> 2000');
  const audit = await keyfare(['audit']);
  assert.deepEqual([audit.holds, audit.findings, audit.explained], [true, [], []]);
  // From the refusal on the wallet knows it: no second detour.
  await open('Night Ferry', 2000000001);
  assert.match(await text(), /Seto Mobile doesn't pay this seller for you\. Pay from your purse instead/);
  const bill = page.getByRole('link', { name: /telephone bill, Seto Mobile/ });
  assert.equal(await bill.count(), 0, 'it is no longer a way to pay');
  await shoot(page, 'confirm-told-beforehand', true);
});

// proves: ST-7 (read, and printed: one sheet)
test('the bill prints on one sheet', async () => {
  const paper = await browser.newPage();
  for (const story of ['bill', 'bill-refund', 'bill-content']) {
    await paper.goto(`${up.parties.carrier}/en/stories/${story}`);
    const pdf = await paper.pdf({ format: 'A4', path: path.join(PICTURES, `${story}.pdf`) });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length;
    assert.equal(pages, 1, `${story} takes ${pages} sheets`);
  }
  await paper.goto(`${up.parties.carrier}/en/stories/bill`);
  await paper.emulateMedia({ media: 'print' });
  await shoot(paper, 'bill-print', true);
  await paper.close();
});

// proves: row-69
test('every page in every state, both languages, narrow and wide', async () => {
  const wallet = ['confirm-bill', 'confirm-debit', 'confirm-bill-untrusted', 'confirm-bill-credit', 'confirm-clear', 'deal-bill-refused', 'license-owing',
    'license-refused', 'home-owing', 'bill-empty', 'bill-waits', 'bill-credit', 'bill-refused'];
  const views = wallet.map((name, n) => ({ name: `wallet-${name}`, lang: n % 2 ? 'ja' : 'en' }))
    .map((one) => ({ ...one, url: `${up.walletOrigin}/${one.lang}/stories/${one.name.slice(7)}`, seen: ['390-light', '1440-dark'] }));
  const of = (party, names) => names.forEach((name, n) => ['en', 'ja'].forEach((lang, m) => {
    if ((n + m) % 2 === 0 || n === 0) views.push({ name: `${party}-${name}`, lang, url: `${up.parties[party]}/${lang}/stories/${name}`, seen: ['390-light', '1440-dark'] });
  }));
  of('licenses', ['records-odd', 'records', 'records-none']);
  of('content', ['front', 'front-empty']);
  of('carrier', ['bill', 'desk', 'consent', 'consent-over']);
  await screens(browser, views);
});

let failed = 0;
const hangs = watchdog('telephone', () => up?.kill());
try {
  up = await marketplace(program);
  browser = await browse();
  page = await up.person(browser);
  at.token = fs.readFileSync(path.join(up.dir, 'operator-token'), 'utf8').trim();
  const people = await browser.newContext({ httpCredentials: { username: 'operator', password: at.token } });
  desk = await up.tab(people);
  const began = Date.now();
  for (const { name, run } of tests) {
    try {
      await run();
      console.log(`  ok    ${name} (${Math.round((Date.now() - began) / 100) / 10} s)`);
    } catch (error) {
      failed += 1;
      console.error(`  FAIL  ${name}\n${error.stack}`);
      for (const one of [page, desk]) console.error(`${one.url()}\n${(await text(one).catch(() => '')).slice(0, 600)}`);
      break;
    }
  }
} finally {
  clearTimeout(hangs);
  await browser?.close();
  await up?.stop();
}
process.exit(failed === 0 ? 0 : 1);
