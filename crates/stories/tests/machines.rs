//! Cash machines and counters between cards and collectors: they crash, they are cut off, they lie.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod machines {
    mod deposit;
    mod doubt;
    mod online;
    mod vending;
}

use card::Want;
use deal::Kind;
use license::Route;
use minicbor::bytes::ByteVec;
use party::{
    collector::Path,
    machine::{Hand, Order},
};
use seal::cbor;
use stories::{Answer, Counterpart, Handing, Holder, InMemory, Parties, Work};
use units::{Currency, Moment, Money, PartyId, ValueId};

const NOW: Moment = Moment(1_795_000_000_000);

/// A card that carries `fares` of 100 each.
fn carrier(fares: usize) -> (InMemory, Holder) {
    let mut parties = InMemory::found(&[7; 32], Currency::JPY, NOW).unwrap();
    let work = Work {
        title: "Night Ferry".into(),
        content: vec![42; 5000],
        media_type: "application/octet-stream".into(),
        price: 300,
        unique: false,
        handing: Some(Handing {
            fare: 100,
            generations: 20,
            route: Route::Chain,
            locked: None,
        }),
    };
    let listing = parties.publish(&work).unwrap();
    let person = |n: usize, parties: &mut InMemory| {
        let mut one = Holder::born(&format!("user {n}"), parties, Currency::JPY, &[n as u8; 32]).unwrap();
        one.first_money(parties, Money::new(500, Currency::JPY).unwrap())
            .unwrap();
        one
    };
    let mut last = person(0, &mut parties);
    let (_, mut license) = last
        .buy(&mut parties, listing.number, &listing.sheet, &Want::default())
        .unwrap();
    for n in 1..=fares {
        let mut next = person(n, &mut parties);
        license = last.hand_on(&mut next, &parties, license, Kind::Copy).unwrap().license;
        last = next;
    }
    for _ in 0..3 {
        parties.settle_down();
    }
    (parties, last)
}

fn fares(parties: &mut InMemory) -> (i64, i64) {
    let books = parties.books();
    (books["publisher"]["fares"], books["publisher"]["received"])
}

fn settle(parties: &mut InMemory) {
    for _ in 0..3 {
        parties.settle_down();
    }
    assert_eq!(parties.audit(), Vec::<String>::new());
}

/// The card's payment on the machine's standing order, committed and not handed over yet.
fn paid(one: &mut Holder, parties: &mut InMemory, machine: Counterpart) -> (PartyId, Vec<u8>) {
    let payee = one.payees()[0];
    let Answer::Bytes(held) = parties.send(machine, "standing", &[]) else {
        panic!("no orders")
    };
    let orders: Vec<Order> = cbor::from_bytes(&held).unwrap();
    let order = orders.iter().find(|o| o.payee == payee).unwrap();
    let checked = one.card.read_quote(&order.quote, None, None, parties.now()).unwrap();
    let (_, pay) = one.commit(&*parties, &checked, &Want::default()).unwrap();
    (payee, pay)
}

fn hand(payee: PartyId, path: Path, pay: &[u8]) -> Vec<u8> {
    cbor::to_bytes(&Hand {
        payee,
        path,
        to_account: false,
        pay: ByteVec::from(pay.to_vec()),
    })
}

fn account(one: &Holder) -> ValueId {
    let mut values = one.card.state().values.iter();
    values.find(|(v, _)| v.kind == deal::ValueKind::Account).unwrap().0.id
}

/// proves: SD-20 row-45
#[test]
fn banking_goes_on_when_the_publisher_does_not_answer_and_delivery_follows() {
    let (mut parties, mut one) = carrier(3);
    parties.silence(Counterpart::Collector, true);
    let sent = one.send_home(&mut parties, Path::AtmBefore).unwrap();
    assert_eq!((sent.deals, sent.closed), (1, 0));
    assert_eq!(parties.statement(account(&one)), Ok(0), "the bank serves its customer");
    assert_eq!(one.books().escrow, 0, "the fares are named in an open collection");
    settle(&mut parties);
    assert_eq!(fares(&mut parties), (0, 300));
    parties.silence(Counterpart::Collector, false);
    for _ in 0..20 {
        parties.settle_down();
    }
    assert_eq!(fares(&mut parties), (300, 600), "delivered by itself");
    assert_eq!(one.finish_home(&mut parties).unwrap(), 1);
    settle(&mut parties);
    assert_eq!((fares(&mut parties), one.books().reserved), ((300, 600), 0));
}

/// proves: SD-21 row-45
#[test]
fn a_machine_that_stops_between_taking_and_delivering_delivers_once() {
    for cut_before_the_write in [true, false] {
        let (mut parties, mut one) = carrier(2);
        let (payee, pay) = paid(&mut one, &mut parties, Counterpart::Atm);
        let letter = hand(payee, Path::AtmAfter, &pay);
        if cut_before_the_write {
            parties.power_fails_at(Counterpart::Atm);
            assert_eq!(parties.send(Counterpart::Atm, "hand", &letter), Answer::Silent);
            parties.power_returns_at(Counterpart::Atm);
            settle(&mut parties);
            assert_eq!(fares(&mut parties).0, 0, "nothing was taken");
            // The card says the same to the next machine.
            assert_eq!(
                parties.send(Counterpart::Atm, "hand", &letter),
                Answer::Bytes(Vec::new())
            );
        } else {
            assert_eq!(
                parties.send(Counterpart::Atm, "hand", &letter),
                Answer::Bytes(Vec::new())
            );
            // The card is out. The machine loses power before it has told anybody, and comes back.
            parties.power_fails_at(Counterpart::Atm);
            parties.power_returns_at(Counterpart::Atm);
        }
        settle(&mut parties);
        assert_eq!(fares(&mut parties), (200, 500));
        // A second courier, and the card itself, say the same: one booking.
        let again = hand(payee, Path::Application, &pay);
        assert!(matches!(parties.send(Counterpart::Counter, "hand", &again), Answer::Bytes(b) if !b.is_empty()));
        assert_eq!(one.finish_home(&mut parties).unwrap(), 1);
        settle(&mut parties);
        assert_eq!(fares(&mut parties), (200, 500));
    }
}

/// proves: SD-19 row-48
#[test]
fn a_rebate_is_for_distinct_fares_and_never_twice() {
    let (mut parties, mut one) = carrier(3);
    let (payee, pay) = paid(&mut one, &mut parties, Counterpart::Counter);
    let letter = hand(payee, Path::Shop, &pay);
    let Answer::Bytes(first) = parties.send(Counterpart::Counter, "hand", &letter) else {
        panic!("the counter answers at once")
    };
    let Answer::Bytes(second) = parties.send(Counterpart::Counter, "hand", &letter) else {
        panic!("and again")
    };
    assert_eq!(first, second, "the same answer, the same coupon");
    let seed = one.draw();
    let now = parties.now();
    one.card.settle(&first, now, &seed).unwrap();
    let coupons: Vec<i64> = one
        .card
        .state()
        .values
        .iter()
        .filter(|(v, _)| v.kind == deal::ValueKind::Coupon)
        .map(|(v, _)| v.worth.minor())
        .collect();
    assert_eq!(coupons, [30], "a tenth of three fares of 100");
    settle(&mut parties);
    assert_eq!(fares(&mut parties), (300, 600));
}

/// proves: row-43 row-44 row-46 row-47
#[test]
fn fares_leave_a_card_for_their_publisher_alone_and_come_back_for_nobody() {
    let (mut parties, mut one) = carrier(2);
    let payee = one.payees()[0];
    // A machine dials nobody whom the registry does not list as collecting.
    let wrong = hand(PartyId([9; 16]), Path::AtmBefore, &[1, 2, 3]);
    assert!(
        matches!(parties.send(Counterpart::Atm, "hand", &wrong), Answer::Refused(code, _) if code == "payee-without-collector")
    );
    // Nor by a way it does not have.
    let wrong = hand(payee, Path::Shop, &[1, 2, 3]);
    assert!(
        matches!(parties.send(Counterpart::Atm, "hand", &wrong), Answer::Refused(code, _) if code == "way-not-here")
    );
    // Somebody else who collects, for itself, asks for these fares: the card keeps them.
    let seed = one.draw();
    let asked = one.card.ask_collect(payee, &seed).unwrap();
    let other = parties.other_collector("Grasping Tapes", payee, &asked.bytes());
    let no = one
        .card
        .read_quote(&other, Some(&asked), None, parties.now())
        .unwrap_err();
    assert_eq!(units::Refusal::code(&no), "collect-not-entitled");
    assert_eq!(one.books().escrow, 200);
    // Paid and pulled out: the fares are named on the card and not in the escrow, and nothing but the publisher's signed
    // word brings them back or ends it.
    let (_, pay) = paid(&mut one, &mut parties, Counterpart::Atm);
    assert_eq!(one.books().escrow, 0);
    one.power_cut().unwrap();
    assert_eq!((one.books().escrow, one.card.state().paid.len()), (0, 1));
    let seed = one.draw();
    let now = parties.now();
    assert!(
        one.card.settle(&pay, now, &seed).is_err(),
        "a forged receipt closes nothing"
    );
    assert_eq!(one.card.state().paid.len(), 1);
    assert_eq!(one.finish_home(&mut parties).unwrap(), 1);
    settle(&mut parties);
    assert_eq!((fares(&mut parties), one.books().purse), ((200, 500), 400));
}

/// proves: SD-22 SD-23
#[test]
fn another_application_collects_into_the_publishers_account_beside_its_own_work() {
    let (mut parties, mut one) = carrier(4);
    let sent = one.send_home(&mut parties, Path::Application).unwrap();
    assert_eq!((sent.deals, sent.closed), (1, 1));
    for _ in 0..6 {
        parties.settle_down();
    }
    let books = parties.books();
    assert_eq!(books["publisher"]["at the bank"], 400);
    assert_eq!(books["publisher"]["received"], 700);
    let (collector, store) = parties.collector();
    let publisher = parties.publisher();
    let figures = store
        .unwrap()
        .read(move |view| collector.figures(view, publisher, NOW))
        .unwrap();
    let by = figures.paths[Path::Application.index()];
    assert_eq!((by.count, by.minor, figures.titles.len()), (4, 400, 1));
    assert_eq!(figures.days.len(), 1);
    settle(&mut parties);
}

/// proves: SD-22 SD-23
#[test]
fn a_kiosk_takes_fares_by_a_way_of_its_own_and_delivers_them_once_whatever_is_cut() {
    let (mut parties, mut one) = carrier(3);
    let (payee, pay) = paid(&mut one, &mut parties, Counterpart::Kiosk);
    // It is a kiosk and no cash machine, and the other machines are no kiosks.
    for (machine, path) in [
        (Counterpart::Kiosk, Path::AtmAfter),
        (Counterpart::Counter, Path::Kiosk),
    ] {
        let wrong = hand(payee, path, &pay);
        assert!(
            matches!(parties.send(machine, "hand", &wrong), Answer::Refused(code, _) if code == "way-not-here"),
            "{machine:?}"
        );
    }
    // The publisher is out of reach: the kiosk keeps the payment, and its power fails before it could deliver.
    parties.silence(Counterpart::Collector, true);
    let letter = hand(payee, Path::Kiosk, &pay);
    assert_eq!(parties.send(Counterpart::Kiosk, "hand", &letter), Answer::NotYet);
    parties.power_fails_at(Counterpart::Kiosk);
    parties.silence(Counterpart::Collector, false);
    parties.power_returns_at(Counterpart::Kiosk);
    for _ in 0..20 {
        parties.settle_down();
    }
    assert_eq!(fares(&mut parties), (300, 600), "delivered by itself");
    // Handed over once more, it is the same delivery, with the same answer; no rebate is promised at kiosks.
    let Answer::Bytes(settle) = parties.send(Counterpart::Kiosk, "hand", &letter) else {
        panic!("the kiosk has the collector's word")
    };
    let (seed, now) = (one.draw(), parties.now());
    one.card.settle(&settle, now, &seed).unwrap();
    assert_eq!((one.books().escrow, one.card.state().paid.len()), (0, 0));
    let coupons = one.card.state().values.iter();
    assert_eq!(coupons.filter(|(v, _)| v.kind == deal::ValueKind::Coupon).count(), 0);
    settle_with(&mut parties, 300);
}

/// All of it is with the publisher, by way of the kiosk alone.
fn settle_with(parties: &mut InMemory, due: i64) {
    settle(parties);
    let (collector, store) = parties.collector();
    let publisher = parties.publisher();
    let figures = store
        .unwrap()
        .read(move |view| collector.figures(view, publisher, NOW))
        .unwrap();
    for path in Path::ALL {
        let by = figures.paths[path.index()];
        let expected = if path == Path::Kiosk { due } else { 0 };
        assert_eq!(by.minor, expected, "{}", path.word());
    }
}

/// A sale's payment is left at a kiosk by a card that has no network, while the kiosk has none either: written down before the card is
/// given back, passed on once whatever is cut, and its answer is there for whoever leaves the same again.
///
/// proves: ST-19 row-44
#[test]
fn a_kiosk_passes_on_what_a_card_without_a_network_leaves_once_and_keeps_the_answer() {
    use party::{
        Verb,
        passing::{self, Leave},
    };
    let mut parties = InMemory::found(&[8; 32], Currency::JPY, NOW).unwrap();
    let work = Work {
        title: "Night Ferry".into(),
        content: vec![42; 5000],
        media_type: "application/octet-stream".into(),
        price: 300,
        unique: false,
        handing: None,
    };
    let listing = parties.publish(&work).unwrap();
    let mut one = Holder::born("Aiko", &mut parties, Currency::JPY, &[1; 32]).unwrap();
    one.first_money(&mut parties, Money::new(500, Currency::JPY).unwrap())
        .unwrap();
    let checked = one.ask(&mut parties, listing.number, &listing.sheet).unwrap();
    let (deal, pay) = one.commit(&parties, &checked, &Want::default()).unwrap();
    let letter = |to: PartyId, verb: Verb, message: &[u8]| {
        cbor::to_bytes(&Leave {
            to,
            verb,
            message: ByteVec::from(message.to_vec()),
        })
    };
    let shop = parties.seller();
    let left = letter(shop, Verb::Pay, &pay);
    for (wrong, code) in [
        (letter(PartyId([9; 16]), Verb::Pay, &pay), "leave-for-nobody"),
        (letter(shop, Verb::Transfer, &pay), "leave-not-here"),
        (
            letter(shop, Verb::Pay, &vec![0; passing::MESSAGE_MAX + 1]),
            "leave-too-long",
        ),
        (vec![0x80], "leave-malformed"),
    ] {
        let said = parties.send(Counterpart::Kiosk, "leave", &wrong);
        assert!(
            matches!(&said, Answer::Refused(no, _) if no == code),
            "{code}: {said:?}"
        );
    }
    // A cash machine is no kiosk.
    assert!(matches!(
        parties.send(Counterpart::Atm, "leave", &left),
        Answer::Refused(..)
    ));
    parties.silence(Counterpart::Shop, true);
    for _ in 0..3 {
        assert_eq!(parties.send(Counterpart::Kiosk, "leave", &left), Answer::NotYet);
    }
    // The card is out. The kiosk's power fails, and returns with its line.
    parties.power_fails_at(Counterpart::Kiosk);
    assert_eq!(parties.send(Counterpart::Kiosk, "leave", &left), Answer::Silent);
    parties.power_returns_at(Counterpart::Kiosk);
    parties.listen();
    parties.silence(Counterpart::Shop, false);
    let sold = |parties: &InMemory| {
        let rules = parties.shop();
        parties
            .within(shop, move |tx| Ok(rules.sale(tx, deal)?.is_some()))
            .unwrap()
    };
    assert!(!sold(&parties));
    for _ in 0..20 {
        parties.wait(units::Span::seconds(30));
        parties.settle_down();
    }
    assert!(sold(&parties), "passed on by itself");
    assert_eq!(
        (one.books().purse, one.card.state().licenses.len()),
        (200, 0),
        "the card is elsewhere"
    );
    // It comes back, twice, and has the answer; nothing is passed on again.
    let mut answers = Vec::new();
    for _ in 0..2 {
        match parties.send(Counterpart::Kiosk, "leave", &left) {
            Answer::Bytes(settle) => answers.push(settle),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(answers[0], answers[1]);
    let passed = parties
        .overheard()
        .iter()
        .filter(|one| one.body == pay && one.answer.is_some())
        .count();
    assert_eq!(passed, 1, "passed on once");
    let (seed, now) = (one.draw(), parties.now());
    let settled = one.card.settle(&answers[0], now, &seed).unwrap();
    let card::Settled::Given { done, .. } = settled else {
        panic!("{settled:?}")
    };
    assert!(matches!(
        parties.send(Counterpart::Kiosk, "leave", &letter(shop, Verb::Done, done.bytes())),
        Answer::Bytes(_)
    ));
    assert_eq!(one.card.state().licenses.len(), 1);
    // A week later it is kept no longer.
    let kept = |parties: &InMemory| parties.within(parties.kiosk(), |tx| Ok(passing::kept(tx)?)).unwrap();
    assert_eq!(kept(&parties), (0, 2));
    parties.wait(units::Span::days(8));
    settle(&mut parties);
    assert_eq!(kept(&parties), (0, 0));
}

/// What is left for somebody who says no is told to who left it; what nobody answers has a small share and a short life, and keeps
/// nobody else out.
///
/// proves: ST-19 row-44
#[test]
fn a_kiosk_tells_a_no_and_is_not_filled_by_strangers() {
    use party::{
        Verb,
        passing::{self, Leave},
    };
    let mut parties = InMemory::found(&[8; 32], Currency::JPY, NOW).unwrap();
    let (shop, bank) = (parties.seller(), parties.bank());
    let letter = |to: PartyId, n: usize| {
        cbor::to_bytes(&Leave {
            to,
            verb: Verb::Pay,
            message: ByteVec::from(n.to_be_bytes().to_vec()),
        })
    };
    let kept = |parties: &InMemory| parties.within(parties.kiosk(), |tx| Ok(passing::kept(tx)?)).unwrap();
    let refused = |said: &Answer, code: &str| matches!(said, Answer::Refused(no, _) if no == code);
    // The shop is there and says no: that is an answer, and nothing is passed on again.
    assert_eq!(
        parties.send(Counterpart::Kiosk, "leave", &letter(shop, 0)),
        Answer::NotYet
    );
    parties.listen();
    for _ in 0..2 {
        let said = parties.send(Counterpart::Kiosk, "leave", &letter(shop, 0));
        assert!(refused(&said, "leave-refused"), "{said:?}");
        assert!(parties.overheard().len() <= 1, "nobody but the kiosk was asked");
    }
    assert_eq!(kept(&parties), (0, 0));
    // It does not answer: so many wait for it, and no more.
    parties.silence(Counterpart::Shop, true);
    for n in 1..=passing::OPEN_EACH {
        let said = parties.send(Counterpart::Kiosk, "leave", &letter(shop, n));
        assert_eq!(said, Answer::NotYet, "{n}");
    }
    let said = parties.send(Counterpart::Kiosk, "leave", &letter(shop, 1000));
    assert!(refused(&said, "leave-full-there"), "{said:?}");
    assert_eq!(kept(&parties), (passing::OPEN_EACH, 0));
    // Whoever is for somebody else has room, and what waits already is not refused.
    let said = parties.send(Counterpart::Kiosk, "leave", &letter(bank, 1));
    assert!(!refused(&said, "leave-full-there"), "{said:?}");
    let said = parties.send(Counterpart::Kiosk, "leave", &letter(shop, 1));
    assert_eq!(said, Answer::NotYet);
    // A day later they are gone.
    parties.wait(units::Span::minutes(25 * 60));
    settle(&mut parties);
    assert_eq!(kept(&parties), (0, 0));
    let said = parties.send(Counterpart::Kiosk, "leave", &letter(shop, 1000));
    assert_eq!(said, Answer::NotYet);
}
