//! People hand a license on with their wallets: two real cards, and letters between them by every way; torn at every
//! letter, and tried by thieves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::sync::{Arc, atomic::Ordering};

use courier::{Collecting, Letter, Progress, Stage};
use deal::Kind;
use town::{PIN, Person, Town, yen};
use units::{LicenseId, Refusal, Span};
use wallet::{
    Outcome, Wallet,
    engine::{Offered, Reply, Side},
    hand::{Door, Near},
};

const DAY: Span = Span::days(1);

/// Somebody who has bought, and a friend with money; the shop has left.
async fn two(money: i64) -> (Arc<Town>, Person, Person, LicenseId) {
    let town = Town::new();
    let work = town.work();
    let (giver, friend) = (town.card(1000).await, town.card(money).await);
    let checked = giver.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let bought = giver.wallet.pay(&checked, PIN, card::Want::default()).await.unwrap();
    let Outcome::Given { license: Some(id), .. } = bought else {
        panic!("{bought:?}")
    };
    giver.wallet.fetch(id).await.unwrap();
    town.shop_away.store(true, Ordering::SeqCst);
    town.issuer_away.store(true, Ordering::SeqCst);
    (town, giver, friend, id)
}

/// What is spendable, on its way and in escrow.
async fn sums(wallet: &Wallet) -> (i64, i64, i64) {
    let sums = wallet.summary().await;
    let escrow = sums.escrow.values().map(|m| m.minor()).sum();
    (sums.spendable.minor(), sums.reserved.minor(), escrow)
}

/// The friend agrees; answers the deal.
async fn agree(friend: &Wallet, offer: &Letter) -> units::DealId {
    let checked = friend.read_offer(&offer.body).await.unwrap();
    let pin = Some(zeroize::Zeroizing::new(PIN.to_owned()));
    friend.commit(&checked, pin, card::Want::default()).await.unwrap()
}

async fn offer(giver: &Wallet, id: LicenseId, kind: Kind) -> Offered {
    let pin = Some(PIN).filter(|_| kind == Kind::Move);
    giver.offer(id, kind, pin, DAY).await.unwrap()
}

/// How letters cross in a test: each way gives back what came out at the other end.
type Way = fn(&Letter) -> Letter;

fn by_hand(letter: &Letter) -> Letter {
    letter.clone()
}

fn by_stick(letter: &Letter) -> Letter {
    let dir = tempfile::tempdir().unwrap();
    let path = courier::write(dir.path(), "Night Ferry", letter).unwrap();
    courier::read(&path).unwrap()
}

/// Drawn, looked at as a camera does, and put together.
fn by_code(letter: &Letter) -> Letter {
    let mut collecting = Collecting::default();
    for text in courier::split(letter).unwrap() {
        assert!(courier::code::draw(&text, "code").unwrap().starts_with("<svg"));
        if let Progress::Whole(letter) = collecting.take(&text).unwrap() {
            return letter;
        }
    }
    panic!("parts are missing")
}

async fn hand_on(way: Way, kind: Kind) {
    let (_town, giver, friend, id) = two(500).await;
    let (giver, friend) = (&giver.wallet, &friend.wallet);
    let offered = offer(giver, id, kind).await;
    let came = way(&offered.letter);
    let checked = friend.read_offer(&came.body).await.unwrap();
    let notice = friend.notice(&checked).await;
    assert_eq!(
        (notice.fare, notice.purse, notice.purse_after),
        (yen(100), yen(500), Some(yen(400)))
    );
    assert_eq!(
        (notice.title.as_str(), notice.publisher.as_str()),
        ("Night Ferry", "Minato Tape Works")
    );
    assert_eq!(
        (notice.escrow, notice.escrow_after, notice.kind),
        (yen(0), yen(100), kind)
    );
    assert_eq!(notice.refused, None);
    let deal = agree(friend, &came).await;
    assert_eq!(sums(friend).await, (400, 100, 0));
    assert_eq!(friend.crossings().await[0].side, Side::Receives);
    let answer = way(&friend.answer_letter(deal).await.unwrap());
    assert_eq!(answer.stage, Stage::Answer);
    let gave = giver.decide(answer.body).await.unwrap();
    assert_eq!((gave.void, gave.title.as_deref()), (None, Some("Night Ferry")));
    assert_eq!(giver.crossings().await[0].side, Side::Gives);
    let key = way(&gave.letter);
    let Outcome::Given {
        license: Some(theirs), ..
    } = friend.take_key(key.body).await.unwrap()
    else {
        panic!("no license came")
    };
    assert_eq!(sums(friend).await, (400, 0, 100));
    assert!(friend.crossings().await.is_empty());
    let done = way(&friend.done_of(deal).await.unwrap());
    assert_eq!(giver.take_done(done.body).await.unwrap(), 1);
    assert!(giver.crossings().await.is_empty());
    assert!(friend.shelf(theirs).await.unwrap().playable.is_ok());
    assert_eq!(
        giver.shelf(id).await.is_some(),
        kind == Kind::Copy,
        "a move takes it away, a copy does not"
    );
    assert_eq!(sums(giver).await.0, 700, "the giver gets none of it");
}

/// proves: SD-8 SD-9 SD-10 SD-14
#[tokio::test]
async fn a_copy_crosses_by_file_by_code_and_by_hand_with_the_same_letters() {
    for way in [by_hand as Way, by_stick, by_code] {
        hand_on(way, Kind::Copy).await;
    }
}

/// proves: SD-10 S8 row-28
#[tokio::test]
async fn a_move_leaves_the_giver_with_nothing_to_play_and_needs_his_pin() {
    hand_on(by_stick, Kind::Move).await;
    let (_town, giver, _friend, id) = two(500).await;
    let no = giver.wallet.offer(id, Kind::Move, None, DAY).await.unwrap_err();
    assert_eq!(no.code(), "pin-needed");
    let no = giver.wallet.offer(id, Kind::Move, Some("9999"), DAY).await.unwrap_err();
    assert_eq!(no.code(), "pin-wrong");
}

/// proves: SD-9
#[tokio::test]
async fn too_little_money_is_said_before_anybody_agrees_and_no_key_leaves() {
    let (_town, giver, friend, id) = two(60).await;
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    let checked = friend.wallet.read_offer(&offered.letter.body).await.unwrap();
    let notice = friend.wallet.notice(&checked).await;
    assert_eq!(notice.purse_after, None);
    assert_eq!(notice.refused.as_ref().map(|r| r.0), Some("purse-too-small"));
    let pin = Some(zeroize::Zeroizing::new(PIN.to_owned()));
    let no = friend
        .wallet
        .commit(&checked, pin, card::Want::default())
        .await
        .unwrap_err();
    assert_eq!(no.code(), "purse-too-small");
    assert_eq!(sums(&friend.wallet).await, (60, 0, 0));
    assert!(giver.wallet.crossings().await.is_empty());
}

/// The consent is the card's: without a PIN it starts nothing, whatever the wallet around it does.
///
/// proves: SD-8
#[tokio::test]
async fn no_wallet_can_agree_for_its_holder() {
    let (_town, giver, friend, id) = two(500).await;
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    let checked = friend.wallet.read_offer(&offered.letter.body).await.unwrap();
    for (pin, code) in [(None, "pin-needed"), (Some("0000"), "pin-wrong")] {
        let pin = pin.map(|p: &str| zeroize::Zeroizing::new(p.to_owned()));
        let no = friend
            .wallet
            .commit(&checked, pin, card::Want::default())
            .await
            .unwrap_err();
        assert_eq!(no.code(), code);
    }
    assert_eq!(sums(&friend.wallet).await, (500, 0, 0));
}

/// Whatever letter is lost, the same letters again finish it, also after both programs were started anew.
///
/// proves: SD-10 S6 row-24
#[tokio::test]
async fn torn_at_any_letter_it_is_finished_by_saying_the_same_again() {
    for torn in [Stage::Answer, Stage::Key, Stage::Done] {
        for kind in [Kind::Copy, Kind::Move] {
            let (town, giver, friend, id) = two(500).await;
            let offered = offer(&giver.wallet, id, kind).await;
            let deal = agree(&friend.wallet, &offered.letter).await;
            let answer = friend.wallet.answer_letter(deal).await.unwrap();
            if torn != Stage::Answer {
                let gave = giver.wallet.decide(answer.body.clone()).await.unwrap();
                if torn != Stage::Key {
                    friend.wallet.take_key(gave.letter.body).await.unwrap();
                }
            }
            // Both are killed; the letter is gone.
            let (giver_root, friend_root) = (giver.root.clone(), friend.root.clone());
            drop((giver.wallet, friend.wallet));
            let (giver, friend) = (town.wake(&giver_root).await, town.wake(&friend_root).await);
            if torn != Stage::Done {
                let again = friend.answer_letter(deal).await.unwrap();
                let gave = giver.decide(again.body).await.unwrap();
                assert_eq!(giver.key_letter(deal).await, Some(gave.letter.clone()));
                friend.take_key(gave.letter.body).await.unwrap();
            }
            let done = friend.done_of(deal).await.unwrap();
            assert_eq!(giver.take_done(done.body.clone()).await.unwrap(), 1);
            assert_eq!(giver.take_done(done.body).await.unwrap(), 0, "twice is once");
            assert_eq!((sums(&friend).await, sums(&giver).await.0), ((400, 0, 100), 700));
            assert!(giver.crossings().await.is_empty() && friend.crossings().await.is_empty());
            let licenses = giver.library().await.len() + friend.library().await.len();
            assert_eq!(licenses, if kind == Kind::Copy { 2 } else { 1 });
        }
    }
}

/// Two friends answer one offer; the first gets it, the other his money. Of a withdrawn offer nobody gets anything.
///
/// proves: S7 S13
#[tokio::test]
async fn one_offer_is_given_once_and_everybody_else_is_refunded() {
    let (town, giver, friend, id) = two(500).await;
    let late = {
        town.issuer_away.store(false, Ordering::SeqCst);
        let late = town.card(300).await;
        town.issuer_away.store(true, Ordering::SeqCst);
        late
    };
    let offered = offer(&giver.wallet, id, Kind::Move).await;
    let first = agree(&friend.wallet, &offered.letter).await;
    let second = agree(&late.wallet, &offered.letter).await;
    let first = friend.wallet.answer_letter(first).await.unwrap();
    let second = late.wallet.answer_letter(second).await.unwrap();
    let gave = giver.wallet.decide(first.body.clone()).await.unwrap();
    let void = giver.wallet.decide(second.body).await.unwrap();
    assert!(gave.void.is_none() && void.void.is_some());
    assert!(matches!(
        friend.wallet.take_key(gave.letter.body).await,
        Ok(Outcome::Given { .. })
    ));
    assert!(matches!(
        late.wallet.take_key(void.letter.body).await,
        Ok(Outcome::Returned { .. })
    ));
    assert_eq!(sums(&late.wallet).await, (300, 0, 0));
    let (_town, giver, friend, id) = two(500).await;
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    let deal = agree(&friend.wallet, &offered.letter).await;
    giver.wallet.withdraw().await.unwrap();
    assert_eq!(giver.wallet.offered(offered.quote), None);
    let answer = friend.wallet.answer_letter(deal).await.unwrap();
    let void = giver.wallet.decide(answer.body).await.unwrap();
    assert!(void.void.is_some());
    friend.wallet.take_key(void.letter.body).await.unwrap();
    assert_eq!(sums(&friend.wallet).await, (500, 0, 0));
}

/// proves: row-17
#[tokio::test]
async fn a_thief_between_the_cards_gains_nothing() {
    let (town, giver, friend, id) = two(500).await;
    town.issuer_away.store(false, Ordering::SeqCst);
    let thief = town.card(500).await;
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    // Any byte of the offer changed, the fare among them: nothing is shown as an offer.
    let offer = &offered.letter.body;
    for at in (0..offer.len()).step_by(7) {
        let mut altered = offer.clone();
        altered[at] ^= 0x20;
        assert!(friend.wallet.read_offer(&altered).await.is_err(), "byte {at}");
    }
    let deal = agree(&friend.wallet, &offered.letter).await;
    let answer = friend.wallet.answer_letter(deal).await.unwrap();
    for at in (0..answer.body.len()).step_by(41) {
        let mut altered = answer.body.clone();
        altered[at] ^= 1;
        assert!(giver.wallet.decide(altered).await.is_err(), "byte {at}");
    }
    // To another card the answer says nothing, and the thief's own card cannot use the key.
    assert_eq!(
        thief.wallet.decide(answer.body.clone()).await.unwrap_err().code(),
        "pay-for-another"
    );
    let gave = giver.wallet.decide(answer.body.clone()).await.unwrap();
    assert_eq!(
        thief
            .wallet
            .take_key(gave.letter.body.clone())
            .await
            .unwrap_err()
            .code(),
        "settle-for-another"
    );
    for at in (0..gave.letter.body.len()).step_by(53) {
        let mut altered = gave.letter.body.clone();
        altered[at] ^= 1;
        assert!(friend.wallet.take_key(altered).await.is_err(), "byte {at}");
    }
    friend.wallet.take_key(gave.letter.body.clone()).await.unwrap();
    // Everything once more changes nothing.
    let before = (sums(&giver.wallet).await, sums(&friend.wallet).await);
    let again = giver.wallet.decide(answer.body).await.unwrap();
    assert_eq!(again.letter, gave.letter);
    assert!(friend.wallet.take_key(gave.letter.body).await.is_err());
    assert_eq!(before, (sums(&giver.wallet).await, sums(&friend.wallet).await));
    assert_eq!(sums(&thief.wallet).await, (500, 0, 0));
}

/// Each copy carries what the giver's card carried: a line of friends at 100 ends with the whole line's fares.
///
/// proves: SD-11 SD-14
#[tokio::test]
async fn escrow_rides_along_to_the_last_card_and_generations_end() {
    let (town, first, second, id) = two(500).await;
    town.issuer_away.store(false, Ordering::SeqCst);
    let mut holders = vec![first, second];
    holders.push(town.card(500).await);
    holders.push(town.card(500).await);
    holders.push(town.card(500).await);
    let mut license = id;
    for n in 1..=3 {
        let (giver, friend) = (&holders[n - 1].wallet, &holders[n].wallet);
        let handing = giver.handing(license).await.unwrap();
        assert_eq!(
            (handing.teeth, handing.ride.sum),
            (4 - n as u8, yen(100 * (n as i64 - 1)))
        );
        let offered = offer(giver, license, Kind::Copy).await;
        let checked = friend.read_offer(&offered.letter.body).await.unwrap();
        let notice = friend.notice(&checked).await;
        assert_eq!(
            (notice.rides.0, notice.escrow_after),
            (n as u16 - 1, yen(100 * n as i64))
        );
        assert_eq!(usize::from(notice.generation), n);
        let deal = agree(friend, &offered.letter).await;
        let gave = giver
            .decide(friend.answer_letter(deal).await.unwrap().body)
            .await
            .unwrap();
        let Outcome::Given {
            license: Some(next), ..
        } = friend.take_key(gave.letter.body).await.unwrap()
        else {
            panic!("not given")
        };
        assert_eq!(sums(giver).await.2, 0);
        assert_eq!(sums(friend).await.2, 100 * n as i64);
        let carried = friend.carried().await;
        assert_eq!((carried.len(), carried[0].works[0].slips), (1, n));
        assert_eq!(carried[0].name.as_deref(), Some("Minato Tape Works"));
        license = next;
    }
    let last = holders[3].wallet.handing(license).await.unwrap();
    assert_eq!(last.ways[0].why_not.as_ref().map(|no| no.0), Some("give-limit"));
    let history = holders[2].wallet.history().await;
    let gave = history.iter().find(|l| l.event == card::Event::Gave).unwrap();
    assert_eq!((gave.copies, gave.generation), (Some(1), Some(3)));
    assert!(gave.peer.is_some());
}

/// Going online while nobody answers must not end what two people are just doing.
#[tokio::test]
async fn a_contact_that_fails_leaves_the_offer_good_and_one_that_succeeds_ends_it() {
    let (town, giver, friend, id) = two(500).await;
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    let before = giver.wallet.summary().await;
    assert!(giver.wallet.contact().await.is_err());
    assert_eq!(giver.wallet.summary().await, before);
    let deal = agree(&friend.wallet, &offered.letter).await;
    let answer = friend.wallet.answer_letter(deal).await.unwrap();
    assert!(giver.wallet.decide(answer.body).await.unwrap().void.is_none());
    let again = offer(&giver.wallet, id, Kind::Copy).await;
    town.issuer_away.store(false, Ordering::SeqCst);
    let late = town.card(500).await;
    giver.wallet.contact().await.unwrap();
    let deal = agree(&late.wallet, &again.letter).await;
    let answer = late.wallet.answer_letter(deal).await.unwrap();
    let void = giver.wallet.decide(answer.body).await;
    assert!(
        void.is_err() || void.unwrap().void.is_some(),
        "a report ends every offer"
    );
}

async fn door(wallet: &Wallet) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    wallet.set_door(at.port());
    let there = wallet.clone();
    let app = wallet::hand::router::<()>(Door::new(move || Some(there.clone())));
    tokio::spawn(async move {
        axum::serve(
            listener,
            app.into_make_service_with_connect_info::<std::net::SocketAddr>(),
        )
        .await
    });
    at
}

/// Two windows of one machine: the giver's holder offers, the friend's holder agrees, and the rest passes by itself.
///
/// proves: SD-8 SD-9
#[tokio::test]
async fn in_two_windows_letters_pass_by_themselves() {
    let (_town, giver, friend, id) = two(500).await;
    let (_to_giver, to_friend) = (door(&giver.wallet).await, door(&friend.wallet).await);
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    giver.wallet.offer_window(&offered, to_friend).await.unwrap();
    let arrived = friend.wallet.arrived();
    assert_eq!(arrived.len(), 1);
    assert_eq!(sums(&friend.wallet).await, (500, 0, 0), "nothing has started");
    // Asked over the network, the giver's card tells when it bought and for how much (SD-9).
    let notice = friend.wallet.notice(&arrived[0].checked).await;
    assert_eq!(notice.bought.price, Some(yen(300)));
    assert!(notice.bought.last.is_some());
    let pin = Some(zeroize::Zeroizing::new(PIN.to_owned()));
    let deal = friend
        .wallet
        .commit(&arrived[0].checked, pin, card::Want::default())
        .await
        .unwrap();
    let outcome = friend.wallet.see_through(deal).await;
    assert!(
        matches!(outcome, Outcome::Given { license: Some(_), .. }),
        "{outcome:?}"
    );
    assert_eq!(sums(&friend.wallet).await, (400, 0, 100));
    assert!(giver.wallet.crossings().await.is_empty(), "the last word came too");
    assert!(friend.wallet.arrived().is_empty());
}

/// Who does not want an offer that was laid before him tells its giver so; the offer stays good, and nobody else's word counts.
///
/// proves: SD-8
#[tokio::test]
async fn a_giver_is_told_that_his_offer_is_not_wanted() {
    let (_town, giver, friend, id) = two(500).await;
    let (to_giver, to_friend) = (door(&giver.wallet).await, door(&friend.wallet).await);
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    giver.wallet.offer_window(&offered, to_friend).await.unwrap();
    let arrived = friend.wallet.arrived().remove(0);
    assert_ne!(
        arrived.checked.hash(),
        offered.quote,
        "made for this friend, and told by the name of the open one"
    );
    // Somebody else's word about another offer, and nonsense, are heard by nobody.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for body in [vec![7; 32], vec![7; 31], Vec::new()] {
        let request = client.post(format!("http://{to_giver}/hand/declined"));
        let answer = request
            .header("content-type", "application/cbor")
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
    }
    assert!(!giver.wallet.is_declined(offered.quote) && !giver.wallet.is_declined(units::Hash([7; 32])));
    let before = (sums(&giver.wallet).await, sums(&friend.wallet).await);
    let came = giver.wallet.something_came();
    tokio::pin!(came);
    assert!(futures::poll!(came.as_mut()).is_pending());
    friend.wallet.decline(arrived.checked.hash()).await;
    came.await;
    assert!(giver.wallet.is_declined(offered.quote));
    assert!(friend.wallet.arrived().is_empty());
    assert_eq!(
        (sums(&giver.wallet).await, sums(&friend.wallet).await),
        before,
        "nothing has changed"
    );
    // He thinks better of it: the same offer is still good.
    giver.wallet.offer_window(&offered, to_friend).await.unwrap();
    let deal = agree(&friend.wallet, &offered.letter).await;
    let key = giver
        .wallet
        .decide(friend.wallet.answer_letter(deal).await.unwrap().body)
        .await
        .unwrap();
    let outcome = friend.wallet.take_key(key.letter.body).await.unwrap();
    assert!(matches!(outcome, Outcome::Given { .. }), "{outcome:?}");
    // A giver who is away keeps nobody waiting.
    friend.wallet.decline(units::Hash([9; 32])).await;
}

/// The giver's wallet goes away between offer and answer; when the two meet again, it is finished.
#[tokio::test]
async fn what_was_torn_is_finished_when_the_two_meet_again() {
    let (_town, giver, friend, id) = two(500).await;
    let to_friend = door(&friend.wallet).await;
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    giver.wallet.set_door(9);
    giver.wallet.offer_window(&offered, to_friend).await.unwrap();
    let arrived = friend.wallet.arrived().remove(0);
    let pin = Some(zeroize::Zeroizing::new(PIN.to_owned()));
    let deal = friend
        .wallet
        .commit(&arrived.checked, pin, card::Want::default())
        .await
        .unwrap();
    assert!(matches!(
        friend.wallet.see_through(deal).await,
        Outcome::OnItsWay { .. }
    ));
    assert_eq!(sums(&friend.wallet).await, (400, 100, 0));
    let to_giver = door(&giver.wallet).await;
    let met = friend.wallet.meet_window(to_giver).await.unwrap();
    assert_eq!((met.received, met.given), (1, 0));
    assert_eq!(sums(&friend.wallet).await, (400, 0, 100));
    // And from the giver's side: the friend's program died before it heard the key.
    let (_town, giver, friend, id) = two(500).await;
    let offered = offer(&giver.wallet, id, Kind::Move).await;
    let deal = agree(&friend.wallet, &offered.letter).await;
    let answer = friend.wallet.answer_letter(deal).await.unwrap();
    giver.wallet.decide(answer.body).await.unwrap();
    let to_friend = door(&friend.wallet).await;
    let met = giver.wallet.meet_window(to_friend).await.unwrap();
    assert_eq!((met.received, met.given), (0, 1));
    assert!(giver.wallet.crossings().await.is_empty());
    assert_eq!(friend.wallet.library().await.len(), 1);
}

/// Wallets that want to be found find one another on the local network; a letter from a browser is refused.
#[tokio::test]
async fn near_wallets_find_each_other_and_hand_on() {
    let (_town, giver, friend, id) = two(500).await;
    let port = std::net::UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for wallet in [&giver.wallet, &friend.wallet] {
        let near = Near::begin(wallet, port).await.unwrap();
        wallet.look_around(near).await;
    }
    let (mine, _) = friend.wallet.neighbours().await.unwrap();
    let met = async {
        loop {
            let (_, peers) = giver.wallet.neighbours().await.unwrap();
            let (_, theirs) = friend.wallet.neighbours().await.unwrap();
            if peers.iter().any(|p| p.words == mine) && !theirs.is_empty() {
                return;
            }
            if peers.is_empty() {
                giver.wallet.somebody_new().await
            } else {
                friend.wallet.somebody_new().await
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(120), met)
        .await
        .expect("nobody was heard");
    assert_ne!(mine, friend.wallet.words().await, "not the card's own two words");
    let offered = offer(&giver.wallet, id, Kind::Copy).await;
    assert_eq!(
        giver
            .wallet
            .offer_near(&offered, "nobody here")
            .await
            .unwrap_err()
            .code(),
        "nobody-near"
    );
    giver.wallet.offer_near(&offered, &mine).await.unwrap();
    let arrived = friend.wallet.arrived().remove(0);
    assert_eq!(arrived.from, giver.wallet.neighbours().await.map(|(words, _)| words));
    let pin = Some(zeroize::Zeroizing::new(PIN.to_owned()));
    let deal = friend
        .wallet
        .commit(&arrived.checked, pin, card::Want::default())
        .await
        .unwrap();
    assert!(matches!(friend.wallet.see_through(deal).await, Outcome::Given { .. }));
    // Ten minutes later nobody is found any more.
    _town.hand.pass(Span::minutes(11));
    assert!(giver.wallet.neighbours().await.is_none());
    friend.wallet.look_away().await;
}

/// proves: row-76
#[tokio::test]
async fn a_door_takes_letters_and_nothing_else() {
    let (_town, giver, friend, id) = two(500).await;
    let at = door(&friend.wallet).await;
    let client = reqwest::Client::new();
    let letter = offer(&giver.wallet, id, Kind::Copy).await.letter;
    let post = |what: &str| {
        client
            .post(format!("http://{at}/hand/{what}"))
            .body(letter.body.clone())
    };
    let cbor = |r: reqwest::RequestBuilder| r.header("content-type", "application/cbor");
    let status = |r: reqwest::RequestBuilder| async { r.send().await.unwrap().status().as_u16() };
    assert_eq!(
        status(cbor(post("offer")).header("origin", "http://evil.test")).await,
        403
    );
    assert_eq!(
        status(cbor(post("offer")).header("sec-fetch-site", "cross-site")).await,
        403
    );
    assert_eq!(status(post("offer").header("content-type", "text/plain")).await, 415);
    assert_eq!(
        status(cbor(post("offer")).body(vec![0; courier::LETTER_MAX + 1])).await,
        413
    );
    assert_eq!(status(cbor(post("answer"))).await, 422);
    assert!(friend.wallet.arrived().is_empty());
    assert_eq!(
        status(client.get(format!("http://{at}/hand/package/{}", units::Hash::default()))).await,
        404
    );
    assert_eq!(status(cbor(post("offer"))).await, 202);
    assert_eq!(friend.wallet.arrived().len(), 1);
    let mut last = 0;
    for _ in 0..60 {
        last = status(cbor(post("done")).body("x")).await;
    }
    assert_eq!(last, 429, "a flood is cut off");
    assert_eq!(friend.wallet.arrived().len(), 1);
    let far = Reply {
        address: "8.8.8.8:80".parse().unwrap(),
        name: None,
    };
    let no = giver
        .wallet
        .offer_window(&offer(&giver.wallet, id, Kind::Copy).await, far.address)
        .await;
    assert_eq!(no.unwrap_err().code(), "other-wallet-not-local");
}
