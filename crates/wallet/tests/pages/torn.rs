//! A purchase torn at every write: the three figures of every page add up to the card's money, at every moment, and are the
//! same on every page.

use std::{fs, path::Path};

use crate::{
    listen,
    town::{PIN, Town, yen},
};
use reqwest::{Client, redirect::Policy};
use wallet::{Wallet, pages::Desk, player::Watch};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Where each record of a journal ends: its head, then length (4), check (8) and record, one after another.
fn ends(journal: &[u8]) -> Vec<usize> {
    let (mut at, mut ends) = (18, vec![18]);
    while let Some(len) = journal.get(at..at + 4) {
        at += 12 + u32::from_be_bytes(len.try_into().unwrap()) as usize;
        ends.push(at);
    }
    assert_eq!(ends.last(), Some(&journal.len()));
    ends
}

/// Purse, escrow, on its way and all of them, as a page's money bar says them.
fn figures(page: &str) -> Option<[i64; 4]> {
    let bar = page.split_once("class=\"moneybar\"")?.1.split_once("</dl>")?.0;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let values: Vec<i64> = bar
        .split("<dd>")
        .skip(1)
        .map(|rest| digits(rest.split("</dd>").next().unwrap()).parse().unwrap())
        .collect();
    Some(values.try_into().unwrap())
}

/// Every page of a wallet that was just woken.
async fn look(wallet: Wallet, deal: &str) -> Vec<(String, String)> {
    let (desk, origin) = listen(|at| Desk::new(wallet, at, None, Watch::default()).unwrap()).await;
    let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let code = desk.invite().split('#').nth(1).unwrap().to_owned();
    let opened = client
        .post(format!("{origin}/open"))
        .header("origin", &origin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("code={code}"))
        .send()
        .await
        .unwrap();
    let base = opened.headers()["location"]
        .to_str()
        .unwrap()
        .trim_end_matches('/')
        .to_owned();
    let mut seen = Vec::new();
    for path in [
        "/",
        "/on-its-way",
        "/escrow",
        "/history",
        "/load",
        "/payout",
        deal,
        "/library",
        "/limits",
        "/settings",
        "/values",
        "/software",
        "/support",
        "/lost",
        "/play",
        "/hand-on",
        "/receive",
        "/log",
    ] {
        let answer = client.get(format!("{origin}{base}{path}")).send().await.unwrap();
        if answer.status().is_success() {
            seen.push((path.to_owned(), answer.text().await.unwrap()));
        } else {
            // A payment of which nothing was written is one nobody knows.
            assert_eq!((path, answer.status().as_u16()), (deal, 404));
        }
    }
    seen
}

/// proves: S6 row-14
#[tokio::test]
async fn the_three_figures_add_up_on_every_page_at_every_moment_of_a_torn_purchase() {
    let town = Town::new();
    let person = town.card(1000).await;
    let work = town.work();
    let scratch = tempfile::tempdir().unwrap();
    let before = scratch.path().join("before");
    copy(&person.root, &before);
    let journal = |root: &Path| fs::read(root.join("memory/journal")).unwrap();
    let first = ends(&journal(&before)).len();
    // Bought, the answer lost, asked for again, and said to be done.
    town.answers_lost.store(1, std::sync::atomic::Ordering::SeqCst);
    let checked = person.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let outcome = person.wallet.pay(&checked, PIN, card::Want::default()).await.unwrap();
    let wallet::Outcome::OnItsWay { deal, .. } = outcome else {
        panic!("{outcome:?}")
    };
    let torn = person.wallet.summary().await;
    assert_eq!((torn.spendable, torn.reserved), (yen(700), yen(300)));
    person.wallet.finish_open().await;
    assert_eq!(person.wallet.deliver_dones().await, 0);
    let whole = journal(&person.root);
    let ends = ends(&whole);
    assert!(ends.len() >= first + 4, "PIN counted and right, paid, closed");
    let deal = format!("/deals/{deal}");
    let (mut moments, mut sums) = (Vec::new(), Vec::new());
    for (n, end) in ends.iter().enumerate().skip(first - 1) {
        moments.push(*end);
        // The next write was cut in its middle.
        moments.extend(ends.get(n + 1).map(|next| (end + next) / 2));
    }
    for (n, moment) in moments.iter().enumerate() {
        let root = scratch.path().join(format!("moment-{n}"));
        copy(&before, &root);
        fs::write(root.join("memory/journal"), &whole[..*moment]).unwrap();
        let wallet = town.wake(&root).await;
        let summary = wallet.summary().await;
        let escrow: i64 = summary.escrow.values().map(|sum| sum.minor()).sum();
        let known = [summary.spendable.minor(), escrow, summary.reserved.minor()];
        let pages = look(wallet, &deal).await;
        let mut barred = Vec::new();
        for (path, page) in &pages {
            if let Some([purse, escrow, way, all]) = figures(page) {
                assert_eq!([purse, escrow, way], known, "{path} at moment {n}");
                assert_eq!(purse + escrow + way, all, "{path} at moment {n}");
                barred.push(path.as_str());
            }
        }
        // Every page that shows the card's money shows all of it; the payment's own page is there once the card knows of it.
        let mut owed = vec!["/", "/on-its-way", "/escrow", "/history", "/load", "/payout"];
        owed.extend(pages.iter().map(|(path, _)| path.as_str()).filter(|path| *path == deal));
        assert_eq!(barred, owed, "pages with figures at moment {n}");
        sums.push(known);
    }
    // Whole, on its way, spent: nothing else is ever seen, and in this order.
    sums.dedup();
    assert_eq!(sums, [[1000, 0, 0], [700, 0, 300], [700, 0, 0]]);
}
