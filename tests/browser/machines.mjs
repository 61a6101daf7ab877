//! Stands before machines: puts notes into a deposit machine, has coffee from a vending machine, orders at a kiosk, each on the
//! machine's own screen with a wallet beside it; then looks at every screen in the sizes in which machines have them.
//!
//! `node machines.mjs PATH/TO/keyfare`. Starts a marketplace of its own. Ends with 1 if anything was not as it must be; pictures
//! are kept in `test-artefacts/browser/machines/`.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { screens, storiesOf } from './screens.mjs';
import { browse, decided, marketplace, PICTURES, watchdog, follow } from './stage.mjs';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const tests = [];
const test = (name, run) => tests.push({ name, run });
const at = {};
/** A kiosk upright, a small panel in a machine's door, a telephone. */
const TOUCH = [[1080, 1920, 'light'], [800, 480, 'dark'], [390, 844, 'light']];
let up, browser, screen, wallet;

/** The machine's screen as it stands, in each size. */
async function picture(name) {
  for (const [width, height, colorScheme] of TOUCH) {
    await screen.setViewportSize({ width, height });
    await screen.emulateMedia({ colorScheme });
    await screen.screenshot({ path: path.join(PICTURES, `${name}-${width}.png`), fullPage: true });
    const over = await screen.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 0, `${name} is ${over} pixels wider than a screen of ${width}`);
  }
  await screen.setViewportSize({ width: 1080, height: 1920 });
}

const picture_of = (page, name) => page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });

const purse = async () => {
  await wallet.goto(`${at.base}/`);
  return (await wallet.locator('.sum').first().textContent()).trim();
};

/** What the machine's link opens is opened by the wallet's own browser. */
const carry = async (name) => {
  const link = await screen.getByRole('link', { name }).getAttribute('href');
  await wallet.goto('about:blank');
  await wallet.goto(link);
};

const agree = async () => {
  await wallet.waitForURL(`${at.base}/confirm/*`);
  const told = await wallet.locator('main').innerText();
  await wallet.getByLabel('Card PIN').fill(up.pin);
  await wallet.getByRole('button', { name: /^Pay/ }).click();
  await wallet.waitForURL(`${at.base}/deals/*`);
  await decided(wallet);
  return told;
};

const put = async (note) => {
  await follow(screen, screen.getByRole('button', { name: `Put in ${note}`, exact: true }));
};

const register = (party, file) => fs.readFileSync(path.join(up.dir, party, 'data', file), 'utf8').trim().split('\n');

// proves: ST-8 (3,000 + 2,000, named on the wallet, put in at the machine)
test('notes become money on the card, exactly the amount or nothing', async () => {
  await screen.goto(`${up.parties.deposit}/k`);
  await picture('deposit-idle');
  await carry('Go on with my card');
  await wallet.waitForURL(`${at.base}/cash/*`);
  await wallet.getByRole('button', { name: 'Name ¥2,000' }).click();
  await wallet.getByText('¥3,000 on the card + ¥2,000 = ¥5,000').waitFor();
  await screen.goto(`${up.parties.deposit}/k`);
  await screen.getByText('¥3,000 on the card + ¥2,000 = ¥5,000').waitFor();
  await put('¥1,000');
  await screen.getByText('¥1,000 is missing').waitFor();
  await picture('deposit-short');
  await put('¥1,000');
  await screen.getByText('That is exactly the amount.').waitFor();
  await picture('deposit-exact');
  await wallet.getByRole('button', { name: 'Load ¥2,000' }).click();
  await wallet.waitForURL(`${at.base}/deals/*`);
  await screen.getByText('¥2,000 is on your card').waitFor();
  await picture('deposit-loaded');
  assert.equal(await purse(), '¥5,000');
  const [one, two, end] = register('deposit', 'tray');
  assert.deepEqual([one, two, end.split(' ')[0]], ['in 1000', 'in 1000', 'keep']);
});

// proves: ST-8 (too much: nothing is loaded, and everything comes back)
test('too much comes back whole', async () => {
  await screen.goto(`${up.parties.deposit}/k?fresh=1`);
  await carry('Go on with my card');
  await wallet.waitForURL(`${at.base}/cash/*`);
  await wallet.getByRole('button', { name: 'Name ¥1,000' }).click();
  await wallet.getByText('on the card + ¥1,000').waitFor();
  await screen.goto(`${up.parties.deposit}/k`);
  await put('¥5,000');
  await screen.getByText('¥4,000 too much is in the tray').waitFor();
  await screen.getByRole('button', { name: 'Give everything back' }).click();
  await screen.getByText('Everything was given back').waitFor();
  await picture('deposit-returned');
  assert.equal(await purse(), '¥5,000');
  assert.equal(register('deposit', 'tray').at(-1).split(' ')[0], 'back');
});

// proves: ST-15 (machine, operator, article and price on the wallet; one piece for one payment)
test('coffee falls once, after the wallet agreed', async () => {
  await screen.goto(`${up.parties.vending}/k`);
  await screen.getByRole('link', { name: /Coffee, hot/ }).waitFor();
  await picture('vend-choose');
  await screen.getByRole('link', { name: /Coffee, hot/ }).click();
  await screen.getByRole('link', { name: /Pay on my wallet/ }).waitFor();
  await picture('vend-pay');
  await carry(/Pay on my wallet/);
  const told = await agree();
  for (const shown of ['¥130', 'Pier 3 Drinks', 'Kobo Drinks', 'Coffee, hot']) assert.ok(told.includes(shown), shown);
  await screen.getByText('Take your Coffee, hot').waitFor();
  await picture('vend-out');
  assert.deepEqual(register('vending', 'hatch'), ['1 out 1']);
  assert.equal(await purse(), '¥4,870');
  await screen.reload();
  await screen.goto(`${up.parties.vending}/k`);
  assert.deepEqual(register('vending', 'hatch'), ['1 out 1']);
  assert.match(await screen.getByRole('link', { name: /Coffee, hot/ }).innerText(), /7 left/);
});

// proves: ST-15 (the sale joins the bill: the carrier pays the machine's operator)
test('coffee comes on the telephone bill too', async () => {
  await screen.getByRole('link', { name: /Coffee, hot/ }).click();
  await carry(/Pay on my wallet/);
  await wallet.waitForURL(`${at.base}/confirm/*`);
  await wallet.getByText('Pay another way').click();
  await wallet.getByRole('link', { name: /^Use this.*telephone bill, Seto Mobile/ }).click();
  await wallet.waitForURL(/with=bill/);
  const told = await agree();
  for (const shown of ['¥130', 'Telephone bill, Seto Mobile', 'Coffee, hot']) assert.ok(told.includes(shown), shown);
  await screen.getByText('Take your Coffee, hot').waitFor();
  await picture('vend-bill');
  assert.equal(register('vending', 'hatch').length, 2);
  assert.equal(await purse(), '¥4,870');
  await wallet.goto(`${at.base}/bill`);
  await picture_of(wallet, 'wallet-bill');
  await screen.goto(`${up.parties.vending}/k`);
});

// proves: ST-15 (a slot that is stuck sells nothing more)
test('a slot that is stuck says so and sells no more', async () => {
  fs.writeFileSync(path.join(up.dir, 'vending', 'data', 'jammed'), '5\n');
  await screen.getByRole('link', { name: /Umbrella/ }).click();
  await carry(/Pay on my wallet/);
  await agree();
  await screen.getByText('Umbrella did not come out').waitFor();
  await picture('vend-stuck');
  await screen.goto(`${up.parties.vending}/k`);
  await screen.getByText('Sold out').waitFor();
  assert.equal(await screen.getByRole('link', { name: /Umbrella/ }).count(), 0);
});

// proves: ST-19 (ordered by touch, paid to the centre, received on the card)
test('a license is ordered at the kiosk and comes onto the card', async () => {
  await screen.goto(`${up.parties.kiosk}/k`);
  await screen.getByRole('link', { name: /Buy a work/ }).waitFor();
  await picture('kiosk-home');
  await screen.getByRole('link', { name: /Buy a work/ }).click();
  await screen.getByRole('link', { name: /Night Ferry/ }).waitFor();
  await picture('kiosk-works');
  await screen.getByRole('link', { name: /Night Ferry/ }).click();
  await picture('kiosk-work');
  await screen.getByRole('button', { name: /Pay on my wallet/ }).first().click();
  await screen.getByText('Waiting for your card.').waitFor();
  await picture('kiosk-pay');
  const number = screen.url().match(/orders\/([a-z2-7]+)/)[1];
  await carry(/Pay on my wallet/);
  await agree();
  await screen.getByText('Take your card. Night Ferry is on it.').waitFor();
  await picture('kiosk-done');
  // At another screen of the kiosk the same order says the same.
  await screen.goto(`${up.parties.kiosk}/k/2/orders/${number}`);
  await screen.getByText('Take your card. Night Ferry is on it.').waitFor();
});

test('every screen in every state, in the sizes machines have', async () => {
  const lists = [
    [up.parties.deposit, 'deposit', ''], [up.parties.vending, 'vending', '/k'], [up.parties.kiosk, 'kiosk', ''],
  ];
  const all = (await Promise.all(lists.map(([origin, party, below]) => storiesOf(origin, party, below)))).flat();
  const seen = all.filter(({ name, lang }, n) => (lang === 'ja') === (n % 2 === 1) || /-(exact|pay|works|stuck)$/.test(name));
  const views = seen.map((view, n) => {
    const [width, height, colorScheme] = TOUCH[n % TOUCH.length];
    return { ...view, windows: [{ width, height, colorScheme }] };
  });
  await screens(browser, views);
});

let failed = 0;
const hangs = watchdog('machines', () => up?.kill());
try {
  up = await marketplace(program, '--purse', '3000');
  browser = await browse();
  screen = await up.person(browser);
  wallet = await up.person(browser);
  await wallet.goto(up.wallet);
  await wallet.waitForURL(/\/s\/[a-z2-7]{52}\/$/);
  at.base = wallet.url().replace(/\/$/, '');
  const began = Date.now();
  for (const { name, run } of tests) {
    try {
      await run();
      const errors = [...screen.errors, ...wallet.errors];
      assert.deepEqual(errors, [], errors.join('\n'));
      console.log(`  ok    ${name} (${Math.round((Date.now() - began) / 100) / 10} s)`);
    } catch (error) {
      failed += 1;
      console.error(`  FAIL  ${name}\n${error.stack}`);
      for (const page of [screen, wallet]) {
        console.error(`${page.url()}\n${(await page.locator('main').innerText().catch(() => '')).slice(0, 600)}`);
        await page.screenshot({ path: path.join(PICTURES, `failed-${page === screen ? 'screen' : 'wallet'}.png`), fullPage: true }).catch(() => {});
      }
      break;
    }
  }
} finally {
  clearTimeout(hangs);
  await browser?.close();
  await up?.stop();
}
process.exit(failed === 0 ? 0 : 1);
