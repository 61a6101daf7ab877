//! Looks at every page that anybody has, in every state: every party's stories, in both languages, light and dark, narrow and wide,
//! under axe. The other walks look at each of them in fewer windows.
//!
//! `node pages.mjs PATH/TO/keyfare`. Starts a marketplace of its own. Ends with 1 if anything was not as it must be; pictures
//! are kept in `test-artefacts/browser/pages/screens/`.

import path from 'node:path';
import { screens, storiesOf } from './screens.mjs';
import { browse, marketplace } from './stage.mjs';

// Windows are chosen when the module that judges is asked: all of them.
process.env.EVERY_WINDOW = '1';

const program = path.resolve(process.argv[2] ?? 'target/debug/keyfare');
const up = await marketplace(program);
const browser = await browse();
let failed = 0;
try {
  const lists = [
    ['wallet', up.walletOrigin], ['shop', up.shop], ['console', up.shop, '/console'], ['gateway', up.copying.gateway],
    ['copying', up.copying.console],
    ...Object.entries(up.parties).filter(([, origin]) => origin !== up.shop).map(([name, origin]) => [name, origin]),
  ];
  let looked = 0;
  for (const [party, origin, below] of lists) {
    const under = await firstThatLists(origin, below === undefined ? ['', '/k'] : [below]);
    if (under === undefined) {
      console.log(`-- ${party} has no stories`);
      continue;
    }
    const views = await storiesOf(origin, party, under);
    const began = Date.now();
    try {
      await screens(browser, views);
      console.log(`ok ${party}: ${views.length} pages in ${Math.round((Date.now() - began) / 1000)} s`);
    } catch (error) {
      failed += 1;
      console.log(`not ok ${party}: ${error.message}`);
    }
    looked += views.length;
  }
  console.log(`${looked} pages in four windows, ${failed} parties with something wrong`);
} finally {
  await browser.close();
  await up.stop();
}
process.exit(failed ? 1 : 0);

/** Under which of these paths somebody lists his stories. */
async function firstThatLists(origin, paths) {
  for (const below of paths) {
    const answer = await fetch(`${origin}/en${below}/stories`).catch(() => undefined);
    if (answer?.ok) return below;
  }
  return undefined;
}
