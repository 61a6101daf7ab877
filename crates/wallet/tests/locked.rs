//! Locked copies between wallets: real cards, by every way, over the pages and over the API; then unlocked, in both orders.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod stand;
mod town;

use std::sync::{Arc, atomic::Ordering};

use courier::{Collecting, Letter, Progress, Stage};
use deal::{Kind, Status};
use reqwest::StatusCode;
use serde_json::json;
use stand::Stand;
use town::{Kindly, PIN, Person, Town, yen};
use units::{LicenseId, Refusal, Share, Span};
use wallet::{Outcome, Wallet, hand::Door};
use zeroize::Zeroizing;

const DAY: Span = Span::days(1);

/// Somebody who has bought a work of which locked copies may be made, and a friend; shop and issuer have left.
async fn two(arrives: Share) -> (Arc<Town>, Person, Person, LicenseId) {
    let town = Town::new();
    let work = town.publish(Kindly {
        locked: Some(arrives),
        ..Kindly::default()
    });
    let (giver, friend) = (town.card(1000).await, town.card(500).await);
    let checked = giver.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let bought = giver.wallet.pay(&checked, PIN, card::Want::default()).await.unwrap();
    let Outcome::Given { license: Some(id), .. } = bought else {
        panic!("{bought:?}")
    };
    giver.wallet.fetch(id).await.unwrap();
    for away in [&town.shop_away, &town.issuer_away, &town.centre_away] {
        away.store(true, Ordering::SeqCst);
    }
    (town, giver, friend, id)
}

type Way = fn(&Letter) -> Letter;

fn by_stick(letter: &Letter) -> Letter {
    let dir = tempfile::tempdir().unwrap();
    let path = courier::write(dir.path(), "Night Ferry", letter).unwrap();
    courier::read(&path).unwrap()
}

fn by_code(letter: &Letter) -> Letter {
    let mut collecting = Collecting::default();
    for text in courier::split(letter).unwrap() {
        if let Progress::Whole(letter) = collecting.take(&text).unwrap() {
            return letter;
        }
    }
    panic!("parts are missing")
}

async fn take(friend: &Wallet, copy: &Letter) -> LicenseId {
    let checked = friend.read_locked(&copy.body).await.unwrap();
    let pin = Some(Zeroizing::new(PIN.to_owned()));
    let deal = friend.commit(&checked, pin, card::Want::default()).await.unwrap();
    match friend.see_through(deal).await {
        Outcome::Given { license: Some(id), .. } => id,
        other => panic!("{other:?}"),
    }
}

async fn unlock(town: &Town, friend: &Wallet, id: LicenseId, ahead: bool) -> LicenseId {
    town.centre_away.store(false, Ordering::SeqCst);
    let checked = friend.quote_unlock(id, ahead).await.unwrap();
    assert_eq!((checked.quote().price, checked.giver_name()), (yen(50), "Harbour Desk"));
    let paid = friend.pay(&checked, PIN, card::Want::default()).await.unwrap();
    let Outcome::Given {
        license: Some(whole), ..
    } = paid
    else {
        panic!("{paid:?}")
    };
    whole
}

async fn crosses(way: Way, arrives: Share, ahead: bool) {
    let (town, giver, friend, id) = two(arrives).await;
    let (giver, friend) = (&giver.wallet, &friend.wallet);
    let wish = way(&friend.wish().await.unwrap());
    assert_eq!(wish.stage, Stage::Wish);
    let made = giver.lock_for(id, wish.body.clone(), DAY).await.unwrap();
    let came = way(&made.letter);
    let checked = friend.read_locked(&came.body).await.unwrap();
    let notice = friend.notice(&checked).await;
    let unlocking = notice.unlock.clone().unwrap();
    assert_eq!(
        (notice.kind, notice.fare, notice.purse_after),
        (Kind::Locked, yen(0), Some(yen(500)))
    );
    assert_eq!((unlocking.fee, unlocking.arrives), (yen(50), arrives));
    assert_eq!(unlocking.centres, [(town.centre.id, Some("Harbour Desk".to_owned()))]);
    assert_eq!((notice.escrow_after, notice.refused), (yen(0), None));
    // The consent is the card's (SD-8): without the PIN nothing is installed.
    for (pin, code) in [(None, "pin-needed"), (Some("0000"), "pin-wrong")] {
        let pin = pin.map(|p: &str| Zeroizing::new(p.to_owned()));
        let no = friend.commit(&checked, pin, card::Want::default()).await.unwrap_err();
        assert_eq!(no.code(), code);
    }
    assert!(friend.library().await.is_empty());
    let taken = take(friend, &came).await;
    let shelf = friend.shelf(taken).await.unwrap();
    let status = if arrives == Share::Nothing {
        Status::Locked
    } else {
        Status::Partial
    };
    assert_eq!((&shelf.held.status, shelf.held.rights.share), (&status, arrives));
    assert_eq!(shelf.playable.is_ok(), arrives != Share::Nothing);
    // Nobody keeps a record, and nobody's money has moved.
    assert!(giver.crossings().await.is_empty() && friend.crossings().await.is_empty());
    assert_eq!(giver.summary().await.spendable, yen(700));
    assert_eq!(friend.summary().await.spendable, yen(500));
    let again = friend.read_locked(&came.body).await.unwrap();
    assert_eq!(
        friend.notice(&again).await.refused.map(|r| r.0),
        Some("license-already-held")
    );
    let whole = unlock(&town, friend, taken, ahead).await;
    let shelf = friend.shelf(whole).await.unwrap();
    assert_eq!(
        (&shelf.held.status, shelf.held.rights.share),
        (&Status::Usable, Share::Whole)
    );
    assert!(shelf.playable.is_ok() && friend.library().await.len() == 1);
    assert_eq!(friend.summary().await.spendable, yen(450));
    assert_eq!(town.centres.lock().unwrap().fees, [yen(50)]);
}

// proves: SD-8 SD-24 SD-26 SD-27
#[tokio::test]
async fn a_locked_copy_crosses_by_file_and_by_code_and_is_unlocked_in_either_order() {
    crosses(by_stick, Share::Nothing, false).await;
    crosses(by_code, Share::Tenth, true).await;
}

async fn door(wallet: &Wallet) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    wallet.set_door(at.port());
    let there = wallet.clone();
    let app = wallet::hand::router::<()>(Door::new(move || Some(there.clone())));
    let service = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    at
}

/// The friend passes on what he has locked: the third is treated as he was.
// proves: SD-8 SD-24 SD-30
#[tokio::test]
async fn in_two_windows_a_locked_copy_passes_by_itself_and_is_passed_on_locked() {
    let (town, giver, friend, id) = two(Share::Nothing).await;
    town.issuer_away.store(false, Ordering::SeqCst);
    let third = town.card(500).await;
    town.issuer_away.store(true, Ordering::SeqCst);
    door(&giver.wallet).await;
    let (to_friend, to_third) = (door(&friend.wallet).await, door(&third.wallet).await);
    giver.wallet.lock_window(id, to_friend, DAY).await.unwrap();
    let arrived = friend.wallet.arrived().remove(0);
    assert!(friend.wallet.library().await.is_empty(), "nothing has started");
    let pin = || Some(Zeroizing::new(PIN.to_owned()));
    let deal = friend
        .wallet
        .commit(&arrived.checked, pin(), card::Want::default())
        .await
        .unwrap();
    let Some(Outcome::Given {
        license: Some(locked), ..
    }) = friend.wallet.outcome(deal).await
    else {
        panic!("it is not here")
    };
    assert!(friend.wallet.arrived().is_empty());
    friend.wallet.take_package(deal, locked).await;
    let file = friend.wallet.shelf(locked).await.unwrap().package;
    assert!(
        matches!(file, wallet::packages::Presence::Here(_)),
        "the file came from the friend: {file:?}"
    );
    let friend = friend.wallet;
    let handing = friend.handing(locked).await.unwrap();
    let open: Vec<Kind> = handing
        .ways
        .iter()
        .filter(|w| w.why_not.is_none())
        .map(|w| w.kind)
        .collect();
    assert_eq!(open, [Kind::Locked], "what is locked is handed on locked alone");
    friend.lock_window(locked, to_third, DAY).await.unwrap();
    let arrived = third.wallet.arrived().remove(0);
    assert_eq!(arrived.checked.quote().generation, 2);
    let deal = third
        .wallet
        .commit(&arrived.checked, pin(), card::Want::default())
        .await
        .unwrap();
    let Some(Outcome::Given {
        license: Some(thirds), ..
    }) = third.wallet.outcome(deal).await
    else {
        panic!("it is not here")
    };
    let whole = unlock(&town, &third.wallet, thirds, false).await;
    assert!(third.wallet.shelf(whole).await.unwrap().playable.is_ok());
    assert!(
        friend.shelf(locked).await.unwrap().playable.is_err(),
        "the one in between stays locked"
    );
    // And pays when he has his own unlocked, as the third did.
    unlock(&town, &friend, locked, true).await;
    assert_eq!(town.centres.lock().unwrap().fees, [yen(50), yen(50)]);
}

// proves: SD-24 row-17
#[tokio::test]
async fn a_locked_copy_is_for_one_card_and_no_byte_of_it_may_differ() {
    let (town, giver, friend, id) = two(Share::Nothing).await;
    town.issuer_away.store(false, Ordering::SeqCst);
    let thief = town.card(500).await;
    town.issuer_away.store(true, Ordering::SeqCst);
    let wish = friend.wallet.wish().await.unwrap();
    let made = giver.wallet.lock_for(id, wish.body.clone(), DAY).await.unwrap();
    assert_eq!(
        thief.wallet.read_locked(&made.letter.body).await.unwrap_err().code(),
        "quote-for-another"
    );
    // Neither a wish nor a locked copy is an offer that anybody could take.
    assert!(friend.wallet.read_offer(&made.letter.body).await.is_err());
    let no = giver.wallet.lock_for(id, b"no wish".to_vec(), DAY).await.unwrap_err();
    assert_eq!(no.code(), "ask-malformed");
    for at in (0..made.letter.body.len()).step_by(61) {
        let mut altered = made.letter.body.clone();
        altered[at] ^= 1;
        let Ok(checked) = friend.wallet.read_locked(&altered).await else {
            continue;
        };
        let pin = Some(Zeroizing::new(PIN.to_owned()));
        assert!(
            friend
                .wallet
                .commit(&checked, pin, card::Want::default())
                .await
                .is_err(),
            "byte {at}"
        );
    }
    assert!(friend.wallet.library().await.is_empty());
    // As it was made it is taken, and the card alone remembers that, also after a restart.
    let taken = take(&friend.wallet, &made.letter).await;
    let deal = units::DealId(made.quote.0);
    drop(friend.wallet);
    let woken = town.wake(&friend.root).await;
    assert!(matches!(woken.outcome(deal).await, Some(Outcome::Given { license: Some(of), .. }) if of == taken));
    // Another work's publisher allows none: said before a friend is asked, and by the card.
    let (_town, giver, friend, id) = {
        let town = Town::new();
        let work = town.work();
        let (giver, friend) = (town.card(1000).await, town.card(0).await);
        let checked = giver.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
        let bought = giver.wallet.pay(&checked, PIN, card::Want::default()).await.unwrap();
        let Outcome::Given { license: Some(id), .. } = bought else {
            panic!("{bought:?}")
        };
        (town, giver, friend, id)
    };
    let wish = friend.wallet.wish().await.unwrap();
    let no = giver.wallet.lock_for(id, wish.body, DAY).await.unwrap_err();
    assert_eq!(no.code(), "give-not-allowed");
    assert!(
        giver
            .wallet
            .handing(id)
            .await
            .unwrap()
            .ways
            .iter()
            .all(|w| w.kind != Kind::Locked)
    );
}

// proves: SD-8 SD-24 SD-26
#[tokio::test]
async fn a_locked_copy_crosses_through_the_pages_and_is_unlocked_there() {
    let (town, giver, friend, id) = two(Share::Tenth).await;
    let (giver, friend) = (Stand::of(giver).await, Stand::of(friend).await);
    let give = giver.page(&format!("/hand-on/{id}")).await;
    assert!(give.contains("A locked copy, free: your friend pays"), "{give}");
    let at = giver.path(
        &giver
            .submit(&give, &format!("/hand-on/{id}"), &[("kind", "locked")])
            .await,
    );
    let lock = giver.page(&at).await;
    assert!(lock.contains("arrives locked") && lock.contains("wish"), "{lock}");
    let receive = friend.page("/receive").await;
    let wish_at = friend.path(&friend.submit(&receive, "/receive/wish", &[]).await);
    let shown = friend.page(&wish_at).await;
    assert!(shown.contains("<svg class=\"qr\""));
    let choose_at = giver.path(&giver.open(&lock, &friend.file(&wish_at).await).await);
    let choose = giver.page(&choose_at).await;
    assert!(choose.contains("Night Ferry"), "{choose}");
    let license = id.to_string();
    let made_at = giver.path(&giver.submit(&choose, &choose_at, &[("license", &license)]).await);
    assert!(made_at.starts_with("/letters/locked/"));
    giver.page(&made_at).await;
    let notice_at = friend.path(&friend.open(&shown, &giver.file(&made_at).await).await);
    let notice = friend.page(&notice_at).await;
    for said in [
        "This copy is free and arrives locked.",
        "10%",
        "\u{a5}50",
        "Harbour Desk",
        "Minato Tape Works",
    ] {
        assert!(notice.contains(said), "{said}: {notice}");
    }
    let japanese = friend.page_in(&notice_at, "ja").await;
    assert!(japanese.contains("ロックされた状態で届きます"), "{japanese}");
    let wrong = friend.submit(&notice, &notice_at, &[("pin", "0000")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let received_at = friend.path(&friend.submit(&notice, &notice_at, &[("pin", PIN)]).await);
    let received = friend.page(&received_at).await;
    assert!(received.contains("is on your card, locked"), "{received}");
    // The library offers to unlock it.
    let library = friend.agent.get("/v1/library").await.unwrap();
    let locked = library["licenses"][0]["license"].as_str().unwrap().to_owned();
    let unlock_at = format!("/licenses/{locked}/unlock");
    assert!(friend.page(&format!("/licenses/{locked}")).await.contains(&unlock_at));
    assert!(friend.page_in(&unlock_at, "ja").await.contains("解除してから払う"));
    let unlock = friend.page(&unlock_at).await;
    assert!(
        unlock.contains("It plays the first ") && unlock.contains("\u{a5}50"),
        "{unlock}"
    );
    town.centre_away.store(false, Ordering::SeqCst);
    let confirm_at = friend.path(&friend.submit(&unlock, &unlock_at, &[("order", "unlock-first")]).await);
    let confirm = friend.page(&confirm_at).await;
    assert!(confirm.contains("Harbour Desk"), "{confirm}");
    let done_at = friend.path(&friend.submit(&confirm, &confirm_at, &[("pin", PIN)]).await);
    assert!(friend.page(&done_at).await.contains("Night Ferry"));
    let library = friend.agent.get("/v1/library").await.unwrap();
    let whole = library["licenses"][0]["license"].as_str().unwrap();
    let page = friend.page(&format!("/licenses/{whole}")).await;
    assert!(!page.contains("/unlock"), "nothing is left to unlock: {page}");
    assert_eq!(friend.person.wallet.summary().await.spendable, yen(450));
}

// proves: SD-8 SD-24
#[tokio::test]
async fn programs_give_locked_copies_over_the_api() {
    let (_town, giver, friend, id) = two(Share::Nothing).await;
    let (giver, friend) = (Stand::of(giver).await, Stand::of(friend).await);
    let license = id.to_string();
    let passed = json!({"license": license, "wallet": friend.origin});
    let made = giver.agent.post("/v1/hand-on/locked", &passed).await.unwrap();
    assert_eq!((&made["kind"], &made["sent"]), (&json!("locked"), &json!(true)));
    let arrived = friend.agent.get("/v1/receive").await.unwrap();
    let first = &arrived["offers"][0];
    assert_eq!(
        (&first["kind"], &first["unlock"]["fee"]),
        (&json!("locked"), &json!("JPY 50"))
    );
    friend
        .agent
        .post("/v1/receive/decline", &json!({"quote": first["quote"]}))
        .await
        .unwrap();
    // By letters, after he said no.
    let wish = friend.agent.post("/v1/receive/wish", &json!({})).await.unwrap();
    let came = json!({"stage": wish["stage"], "body": wish["body"]});
    let no = giver.agent.post("/v1/letters", &came).await.unwrap_err();
    assert_eq!(no.told(), "wish-needs-work");
    let wanted = json!({"license": license, "stage": wish["stage"], "body": wish["body"]});
    let made = giver.agent.post("/v1/hand-on/locked", &wanted).await.unwrap();
    let came = json!({"stage": made["letter"]["stage"], "body": made["letter"]["body"]});
    let taken = friend.agent.post("/v1/letters", &came).await.unwrap();
    assert_eq!(
        (&taken["is"], &taken["notice"]["fare"]),
        (&json!("locked"), &json!("JPY 0"))
    );
    let agree = json!({"quote": taken["notice"]["quote"], "pin": PIN});
    let agreed = friend.agent.post("/v1/receive/agree", &agree).await.unwrap();
    assert_eq!(
        (&agreed["outcome"]["outcome"], &agreed["title"]),
        (&json!("given"), &json!("Night Ferry"))
    );
    let other = json!({"license": license, "stage": "locked", "body": made["letter"]["body"]});
    let no = giver.agent.post("/v1/hand-on/locked", &other).await.unwrap_err();
    assert_eq!(no.told(), "letter-not-a-wish");
}
