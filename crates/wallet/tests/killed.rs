//! Killed between any two messages, before or after the other side has decided: the next start finishes by itself, and the
//! holder has money or music.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::{sync::Arc, sync::atomic::Ordering};

use tokio::runtime::Runtime;
use town::{PIN, Town, yen};
use wallet::{Wallet, engine::Rhythm};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

async fn buy(wallet: &Wallet, town: &Town, work: &town::Work) {
    let Ok(checked) = wallet.quote_sale(town.shop.id, &work.sheet).await else {
        return;
    };
    wallet.pay(&checked, PIN, card::Want::default()).await.unwrap();
    wallet.deliver_dones().await;
}

/// One purchase, cut at its `at`-th message. Answers whether it was cut at all.
fn cut_at(at: u64, after: bool) -> bool {
    let town = Town::new();
    let work = town.work();
    let first = runtime();
    let person = first.block_on(town.card(1000));
    town.hangs_after.store(after, Ordering::SeqCst);
    town.hangs_at.store(at, Ordering::SeqCst);
    let cut = first.block_on(async {
        tokio::select! {
            biased;
            () = town.hung.notified() => true,
            () = buy(&person.wallet, &town, &work) => false,
        }
    });
    // Everything of the process is gone, wherever it was.
    drop(person.wallet);
    drop(first);
    town.hangs_at.store(0, Ordering::SeqCst);
    runtime().block_on(next_start(&town, &work, &person.root, cut));
    cut
}

async fn next_start(town: &Arc<Town>, work: &town::Work, root: &std::path::Path, cut: bool) {
    let wallet = town.wake(root).await;
    let open = wallet.overview().await;
    let spent = open.summary.spendable < yen(1000);
    assert_eq!(
        open.summary.spendable.minor() + open.summary.reserved.minor(),
        if wallet.library().await.is_empty() { 1000 } else { 700 }
    );
    if spent && cut {
        // By itself: nobody presses anything.
        wallet.run(Rhythm::default(), town.done.notified()).await;
    }
    let sales = town.shops.lock().unwrap().sales.len();
    assert_eq!(sales, usize::from(spent));
    assert_eq!(wallet.library().await.len(), sales);
    assert_eq!(wallet.summary().await.spendable, yen(1000 - 300 * sales as i64));
    assert!(wallet.overview().await.under_way.is_empty());
    // And the next purchase is an ordinary one.
    if sales == 0 {
        buy(&wallet, town, work).await;
        assert_eq!(
            (wallet.library().await.len(), wallet.summary().await.spendable),
            (1, yen(700))
        );
    }
}

/// proves: XD-8
#[test]
fn a_wallet_killed_at_any_message_finishes_at_its_next_start() {
    for after in [false, true] {
        let cuts = (1..10).take_while(|at| cut_at(*at, after)).count();
        // Ask, pay and done.
        assert_eq!(cuts, 3);
    }
}

/// proves: XD-1
#[test]
fn a_birth_killed_at_any_message_is_one_card_in_the_end() {
    for after in [false, true] {
        for at in 1..=2 {
            let town = Town::new();
            let dir = tempfile::tempdir().unwrap();
            let root = dir.path().join("card");
            let first = runtime();
            town.hangs_after.store(after, Ordering::SeqCst);
            town.hangs_at.store(at, Ordering::SeqCst);
            first.block_on(async {
                let plan = wallet::engine::BirthPlan {
                    issuer: Some(town.issuer.id),
                    cost: card::PinCost::TOY,
                    ..wallet::engine::BirthPlan::new(town.realm.clone())
                };
                let home = wallet::Home::at(&root);
                let (wallet, _) =
                    Wallet::birth_with(home, plan, PIN, town.hand.clone(), town::impatient(), town.carrier())
                        .await
                        .unwrap();
                tokio::select! {
                    biased;
                    () = town.hung.notified() => {}
                    _ = wallet.contact() => panic!("not cut"),
                }
            });
            drop(first);
            town.hangs_at.store(0, Ordering::SeqCst);
            runtime().block_on(async {
                let wallet = town.wake(&root).await;
                wallet.contact().await.unwrap();
                wallet.load(yen(100), None).await.unwrap();
                assert_eq!(wallet.summary().await.spendable, yen(100));
            });
            assert_eq!(town.issuers.lock().unwrap().cards.len(), 1);
        }
    }
}
