//! Locked copies and the centre that unlocks them: both orders, cut at every message, by card and in cash.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use card::{Checked, Settled, Want};
use license::Route;
use package::Header;
use party::{
    bank::WhyNot,
    support::{Unpassed, to_do},
};
use seal::Seed;
use stories::{
    Answer, Counterpart, Figures, Handing, Holder, InMemory, Locked, Locks, Order, Parties, Stuck, Tale, Work, in_cash,
    locked_copy,
};
use units::{Currency, DealId, LicenseId, Moment, Money, Share};

const NOW: Moment = Moment(1_795_000_000_000);
const ORDERS: [Order; 2] = [Order::PayThenUnlock, Order::UnlockThenPay];

fn parties() -> InMemory {
    InMemory::found(&[9; 32], Currency::JPY, NOW).unwrap()
}

fn tell(users: usize, fee: i64, purse: i64, arrives: Share, order: Order) -> Tale {
    let figures = Figures {
        price: 300,
        purse,
        seed: [7; 32],
    };
    let locks = Locks {
        users,
        fee,
        arrives,
        order,
    };
    let tale = locked_copy(&mut parties(), &figures, &locks).unwrap();
    assert!(tale.holds, "{}", tale.lines());
    tale
}

/// proves: SD-24 SD-25 SD-26 SD-27 SD-29 SD-30
#[test]
fn every_locked_copy_that_is_unlocked_pays_however_often_it_changed_hands() {
    for order in ORDERS {
        for (users, fee, arrives) in [
            (2, 50, Share::Tenth),
            (4, 50, Share::Tenth),
            (3, 120, Share::Nothing),
            (2, 1, Share::Most),
        ] {
            let tale = tell(users, fee, 500, arrives, order);
            let received = tale.books.parties["publisher"]["received"];
            assert_eq!(received, 300 + fee * (users as i64 - 1), "{}", tale.lines());
            for n in 2..=users {
                let card = &tale.books.cards[&format!("user {n}")];
                assert_eq!(
                    (card.purse, card.reserved, card.licenses),
                    (500 - fee, 0, 1),
                    "{}",
                    tale.lines()
                );
            }
        }
    }
}

/// proves: SD-26 row-14
#[test]
fn a_purse_too_small_for_the_fee_changes_nothing_and_the_copy_stays_locked() {
    for order in ORDERS {
        let poor = tell(2, 301, 300, Share::Tenth, order);
        assert_eq!(
            poor.steps.iter().find_map(|s| s.refused.as_deref()),
            Some("purse-too-small"),
            "{}",
            poor.lines()
        );
        let user = &poor.books.cards["user 2"];
        assert_eq!((user.purse, user.reserved, user.licenses), (300, 0, 1));
        assert_eq!(poor.books.parties["publisher"]["received"], 300);
    }
}

/// A friend with a locked copy of what a buyer bought.
struct Street {
    parties: InMemory,
    buyer: Holder,
    friend: Holder,
    bought: LicenseId,
    locked: LicenseId,
    header: Header,
    sealed: Vec<u8>,
}

fn street(fee: i64) -> Street {
    let mut parties = parties();
    let mut people = ["buyer", "friend"].map(|name| {
        let mut one = Holder::born(name, &mut parties, Currency::JPY, &[3; 32]).unwrap();
        one.first_money(&mut parties, Money::new(500, Currency::JPY).unwrap())
            .unwrap();
        Some(one)
    });
    let (mut buyer, mut friend) = (people[0].take().unwrap(), people[1].take().unwrap());
    let work = Work {
        title: "Night Ferry".into(),
        content: vec![42; 40_000],
        media_type: "application/octet-stream".into(),
        price: 300,
        unique: false,
        handing: Some(Handing {
            fare: 100,
            generations: 5,
            route: Route::Chain,
            locked: Some(Locked {
                fee,
                arrives: Share::Tenth,
            }),
        }),
    };
    let listing = parties.publish(&work).unwrap();
    let (deal, bought) = buyer
        .buy(&mut parties, listing.number, &listing.sheet, &Want::default())
        .unwrap();
    let (header, sealed) = parties.package(&listing, deal).unwrap();
    let locked = friend.take_locked(&mut buyer, &parties, bought, &header).unwrap();
    Street {
        parties,
        buyer,
        friend,
        bought,
        locked,
        header,
        sealed,
    }
}

impl Street {
    fn ask(&mut self, order: Order) -> Checked {
        self.friend
            .ask_unlocking(&mut self.parties, self.locked, order)
            .unwrap()
    }
    /// One fee, one key, and everybody's books.
    fn finished(&mut self, fee: i64) {
        let books = self.friend.books();
        assert_eq!((books.purse, books.reserved, books.licenses), (500 - fee, 0, 1));
        let held = self.friend.card.state().licenses.values().next().unwrap().clone();
        assert_eq!(held.rights.share, Share::Whole);
        self.parties.settle_down();
        let all = self.parties.books();
        assert_eq!(all["publisher"]["received"], 300 + fee);
        assert_eq!(self.parties.audit(), Vec::<String>::new());
        let (centre, store) = self.parties.support();
        let rows = store
            .unwrap()
            .read(move |view| centre.unlockings(view, None, 10))
            .unwrap();
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0].1.fee.minor(), fee);
    }
}

/// Which message of an unlocking is lost, and whether it had arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    AskLost,
    QuoteLost,
    PayLost,
    SettleLost,
    SettleTakenThenPower,
    DoneLost,
    Nothing,
}

/// proves: SD-27 S6 S13 R1
#[test]
fn cut_at_any_message_and_asked_again_it_is_one_fee_and_one_key() {
    use Cut::*;
    for order in ORDERS {
        for cut in [
            AskLost,
            QuoteLost,
            PayLost,
            SettleLost,
            SettleTakenThenPower,
            DoneLost,
            Nothing,
        ] {
            let mut street = street(50);
            if matches!(cut, AskLost | QuoteLost) {
                // Whoever heard no quote asks anew; nobody has written anything.
                let before = street.parties.books();
                if cut == QuoteLost {
                    street.ask(order);
                }
                street.friend.power_cut().unwrap();
                assert_eq!(street.parties.books(), before);
            }
            let checked = street.ask(order);
            let (deal, pay) = street
                .friend
                .commit(&street.parties, &checked, &Want::default())
                .unwrap();
            let mut first = None;
            if !matches!(cut, PayLost) {
                first = answer(&mut street.parties, &pay);
            }
            if cut == SettleTakenThenPower {
                let (seed, now) = (street.friend.draw(), street.parties.now());
                let settled = street.friend.card.settle(first.as_ref().unwrap(), now, &seed).unwrap();
                assert!(matches!(settled, Settled::Given { .. }));
            }
            street.friend.power_cut().unwrap();
            // The card names what is open and says it again, the same bytes.
            if let Some(again) = street.friend.card.pay_again(deal) {
                assert_eq!(again.bytes(), pay, "{order:?} {cut:?}");
                let settle = answer(&mut street.parties, &pay).unwrap();
                assert!(first.is_none_or(|first| first == settle), "{order:?} {cut:?}");
                let (seed, now) = (street.friend.draw(), street.parties.now());
                let settled = street.friend.card.settle(&settle, now, &seed).unwrap();
                let Settled::Given { done, .. } = settled else {
                    panic!("{order:?} {cut:?}: {settled:?}");
                };
                if cut != DoneLost {
                    street.parties.send(Counterpart::Support, "done", done.bytes());
                }
            }
            // And once more, long after: nothing further happens.
            let settle = answer(&mut street.parties, &pay).unwrap();
            let (seed, now) = (street.friend.draw(), street.parties.now());
            let again = street.friend.card.settle(&settle, now, &seed);
            assert!(
                !matches!(again, Ok(Settled::Given { .. })),
                "{order:?} {cut:?}: {again:?}"
            );
            street.finished(50);
        }
    }
}

fn answer(parties: &mut InMemory, pay: &[u8]) -> Option<Vec<u8>> {
    match parties.send(Counterpart::Support, "pay", pay) {
        Answer::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// proves: SD-26 SD-27
#[test]
fn cash_at_the_counter_unlocks_when_the_operator_says_so_and_not_before() {
    for order in ORDERS {
        let mut street = street(50);
        let checked = street.ask(order);
        let want = in_cash(&checked);
        let (_, pay) = street.friend.commit(&street.parties, &checked, &want).unwrap();
        assert_eq!(street.friend.books().purse, 500, "cash takes nothing from the purse");
        assert_eq!(street.parties.send(Counterpart::Support, "pay", &pay), Answer::NotYet);
        let (centre, store) = street.parties.support();
        let store = store.unwrap();
        let waiting = store.read({
            let centre = centre.clone();
            move |view| centre.waiting_for_cash(view)
        });
        let waiting = waiting.unwrap();
        assert_eq!(
            (waiting.len(), waiting[0].1.minor(), waiting[0].2.as_str()),
            (1, 50, "Night Ferry")
        );
        let order_id = waiting[0].0;
        let say = |taken: bool| {
            let centre = centre.clone();
            let now = NOW;
            store.write(move |tx| centre.cash(tx, order_id, taken, now, &Seed::new([5; 32])))
        };
        say(true).unwrap();
        say(true).unwrap();
        assert_eq!(
            say(false).map_err(|e| units::Refusal::code(&e)),
            Err("cash-order-unknown")
        );
        let license = street.friend.unlocked(&mut street.parties, &pay).unwrap();
        assert!(street.friend.card.state().licenses.contains_key(&license));
        let books = street.friend.books();
        assert_eq!((books.purse, books.licenses), (500, 1));
        assert_eq!(street.parties.audit(), Vec::<String>::new());
    }
}

/// A fee in cash that an operator has taken: its deal, and the centre.
struct Taken {
    street: Street,
    pay: Vec<u8>,
    order: units::OrderId,
}

impl Taken {
    fn new(fee: i64) -> Self {
        let mut street = street(fee);
        let checked = street.ask(Order::PayThenUnlock);
        let want = in_cash(&checked);
        let (_, pay) = street.friend.commit(&street.parties, &checked, &want).unwrap();
        assert_eq!(street.parties.send(Counterpart::Support, "pay", &pay), Answer::NotYet);
        let (centre, store) = street.parties.support();
        let waiting = store.unwrap().read(move |view| centre.waiting_for_cash(view)).unwrap();
        let order = waiting[0].0;
        Self { street, pay, order }
    }
    /// The operator has the cash in hand. True: there is something to bring to the bank.
    fn confirm(&mut self) -> bool {
        let (centre, store) = self.street.parties.support();
        let (order, now) = (self.order, self.street.parties.now());
        let said = store
            .unwrap()
            .write(move |tx| centre.cash(tx, order, true, now, &Seed::new([5; 32])));
        said.unwrap().is_some()
    }
    fn unpassed(&self) -> Vec<Unpassed> {
        let (centre, store) = self.street.parties.support();
        store.unwrap().read(move |view| centre.unpassed(view)).unwrap()
    }
    fn send_again(&mut self, deal: DealId) -> bool {
        let (centre, store) = self.street.parties.support();
        let now = self.street.parties.now();
        let sent = store.unwrap().write(move |tx| centre.send_again(tx, deal, now));
        sent.unwrap().is_some()
    }
    /// In the centre's books: cash here, on its way, with the publisher, ever taken; and the publisher's bank account.
    fn books(&mut self) -> [i64; 5] {
        let all = self.street.parties.books();
        let line = |party: &str, line: &str| all[party].get(line).copied().unwrap_or(0);
        assert_eq!(self.street.parties.audit(), Vec::<String>::new());
        [
            line("support", "cash taken publisher"),
            line("support", "fees sent publisher"),
            line("support", "with payee publisher"),
            line("support", "fees for publisher"),
            line("bank", "deposit of party publisher"),
        ]
    }
    fn rounds(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.street.parties.settle_down();
        }
    }
}

/// proves: SD-29
#[test]
fn cash_is_passed_on_to_the_publishers_account_in_the_moment_it_is_confirmed() {
    let mut taken = Taken::new(50);
    taken.street.parties.pay_in(Counterpart::Support, 80).unwrap();
    assert_eq!(taken.books(), [0, 0, 0, 0, 0], "nobody has confirmed anything");
    assert!(taken.confirm(), "the errand is written with the decision");
    assert!(!taken.confirm(), "said twice is said once");
    assert_eq!(taken.books(), [0, 50, 0, 50, 0], "on its way");
    assert_eq!(taken.unpassed()[0].refused, None);
    taken.rounds(1);
    assert_eq!(taken.books(), [0, 0, 50, 50, 50], "the publisher has it");
    assert!(taken.unpassed().is_empty());
    // However often anything is said again, it was one fee.
    let deal = {
        let (centre, store) = taken.street.parties.support();
        let rows = store
            .unwrap()
            .read(move |view| centre.unlockings(view, None, 10))
            .unwrap();
        assert!(rows[0].1.passed.is_some());
        rows[0].0
    };
    assert!(!taken.confirm() && !taken.send_again(deal));
    taken.rounds(3);
    assert_eq!(taken.books(), [0, 0, 50, 50, 50]);
    assert_eq!(taken.street.parties.books()["bank"]["deposit of party support"], 30);
    let license = taken
        .street
        .friend
        .unlocked(&mut taken.street.parties, &taken.pay)
        .unwrap();
    assert!(taken.street.friend.card.state().licenses.contains_key(&license));
}

/// proves: SD-29
#[test]
fn a_cut_between_confirmation_and_transfer_loses_no_fee_and_pays_none_twice() {
    // The centre's power fails right after the operator's word was written.
    let mut taken = Taken::new(50);
    taken.street.parties.pay_in(Counterpart::Support, 500).unwrap();
    assert!(taken.confirm());
    taken.street.parties.power_fails_at(Counterpart::Support);
    taken.street.parties.power_returns_at(Counterpart::Support);
    assert_eq!(taken.books(), [0, 50, 0, 50, 0]);
    taken.rounds(2);
    assert_eq!(taken.books(), [0, 0, 50, 50, 50]);

    // The bank is out of reach for a while, whatever the centre tries.
    let mut taken = Taken::new(50);
    taken.street.parties.pay_in(Counterpart::Support, 500).unwrap();
    taken.street.parties.silence(Counterpart::Bank, true);
    assert!(taken.confirm());
    taken.rounds(5);
    assert_eq!(taken.books(), [0, 50, 0, 50, 0]);
    taken.street.parties.silence(Counterpart::Bank, false);
    taken.rounds(60);
    assert_eq!(taken.books(), [0, 0, 50, 50, 50]);

    // The bank has booked it, and its answer is lost: the same order again is the same transfer.
    let mut taken = Taken::new(50);
    taken.street.parties.pay_in(Counterpart::Support, 500).unwrap();
    assert!(taken.confirm());
    let (_, store) = taken.street.parties.support();
    let later = units::Moment(NOW.0 + 600_000);
    let due = store
        .unwrap()
        .read(move |view| party::errand::due(view, later, 9))
        .unwrap();
    let order = due.iter().find(|e| e.verb == party::Verb::Transfer).unwrap();
    let lost = taken.street.parties.send(Counterpart::Bank, "transfer", &order.body);
    assert!(matches!(lost, Answer::Bytes(_)), "{lost:?}");
    assert_eq!(taken.books(), [0, 50, 0, 50, 50]);
    taken.rounds(2);
    assert_eq!(taken.books(), [0, 0, 50, 50, 50]);
    assert_eq!(taken.street.parties.books()["bank"]["deposit of party support"], 450);
}

/// proves: SD-29
#[test]
fn a_transfer_the_bank_refuses_is_shown_to_the_centres_people_and_sent_again_by_them() {
    let mut taken = Taken::new(50);
    taken.street.parties.pay_in(Counterpart::Support, 49).unwrap();
    assert!(taken.confirm());
    taken.rounds(2);
    assert_eq!(taken.books(), [50, 0, 0, 50, 0], "it is here again");
    let open = taken.unpassed();
    assert_eq!(
        (open.len(), open[0].fee.minor(), open[0].refused),
        (1, 50, Some(WhyNot::NotCovered))
    );
    assert!(to_do(WhyNot::NotCovered).contains("bring the cash to the bank"));
    // The holder has long got what he paid for.
    taken
        .street
        .friend
        .unlocked(&mut taken.street.parties, &taken.pay)
        .unwrap();
    // Sent again before anybody has done anything it is refused again, and nothing is lost.
    let deal = open[0].deal;
    assert!(taken.send_again(deal));
    assert!(taken.send_again(deal), "on its way already: the same errand");
    taken.rounds(2);
    assert_eq!(taken.books(), [50, 0, 0, 50, 0]);
    taken.street.parties.pay_in(Counterpart::Support, 1).unwrap();
    assert!(taken.send_again(deal));
    assert_eq!(taken.books(), [0, 50, 0, 50, 0]);
    taken.rounds(2);
    assert_eq!(taken.books(), [0, 0, 50, 50, 50]);
    assert!(taken.unpassed().is_empty() && !taken.send_again(deal));
    // Of a deal that was not paid in cash here there is nothing to send.
    let (centre, store) = taken.street.parties.support();
    let no = store
        .unwrap()
        .write(move |tx| centre.send_again(tx, DealId([9; 32]), NOW));
    assert_eq!(no.map_err(|e| units::Refusal::code(&e)).err(), Some("cash-not-taken"));
}

/// proves: SD-26 S6
#[test]
fn cash_that_never_comes_is_declined_and_leaves_the_copy_as_it_was() {
    let mut street = street(50);
    let checked = street.ask(Order::PayThenUnlock);
    let (_, pay) = street
        .friend
        .commit(&street.parties, &checked, &in_cash(&checked))
        .unwrap();
    assert_eq!(street.parties.send(Counterpart::Support, "pay", &pay), Answer::NotYet);
    let (centre, store) = street.parties.support();
    let store = store.unwrap();
    let waiting = store.read({
        let centre = centre.clone();
        move |view| centre.waiting_for_cash(view)
    });
    let order = waiting.unwrap()[0].0;
    store
        .write(move |tx| centre.cash(tx, order, false, NOW, &Seed::new([5; 32])))
        .unwrap();
    let no: Stuck = street.friend.unlocked(&mut street.parties, &pay).unwrap_err();
    assert_eq!(no.code, "void-tender");
    let held = street.friend.card.state().licenses[&street.locked].clone();
    assert_eq!(held.rights.share, Share::Tenth);
    // And the same copy is unlocked by card afterwards.
    let checked = street.ask(Order::PayThenUnlock);
    let (_, pay) = street
        .friend
        .commit(&street.parties, &checked, &Want::default())
        .unwrap();
    street.friend.unlocked(&mut street.parties, &pay).unwrap();
    street.finished(50);
}

/// proves: row-31 row-32 SD-24
#[test]
fn an_unlock_answer_is_for_one_card_one_copy_and_one_payment() {
    let mut street = street(50);
    let checked = street.ask(Order::UnlockThenPay);
    let (_, pay) = street
        .friend
        .commit(&street.parties, &checked, &Want::default())
        .unwrap();
    let settle = answer(&mut street.parties, &pay).unwrap();
    // Another card cannot take it, with or without the locked copy.
    let mut thief = Holder::born("thief", &mut street.parties, Currency::JPY, &[4; 32]).unwrap();
    let (seed, now) = (thief.draw(), street.parties.now());
    assert!(thief.card.settle(&settle, now, &seed).is_err());
    let copy = thief
        .take_locked(&mut street.buyer, &street.parties, street.bought, &street.header)
        .unwrap();
    let seed = thief.draw();
    assert!(thief.card.settle(&settle, now, &seed).is_err());
    assert_eq!(thief.card.state().licenses[&copy].rights.share, Share::Tenth);
    // A neighbour's payment, altered anywhere, is not even read.
    for at in (0..pay.len()).step_by(211) {
        let mut bad = pay.clone();
        bad[at] ^= 1;
        let refused = street.parties.send(Counterpart::Support, "pay", &bad);
        assert!(matches!(refused, Answer::Refused(..)), "{refused:?}");
    }
    // A license that is whole has nothing to unlock; one of no locked mode neither.
    let no = street
        .buyer
        .ask_unlocking(&mut street.parties, street.bought, Order::PayThenUnlock)
        .unwrap_err();
    assert_eq!(no.code, "license-not-locked");
    street.friend.unlocked(&mut street.parties, &pay).unwrap();
    let heard = street.sealed.len();
    assert!(heard > 0);
    street.finished(50);
}

/// proves: SD-27 S6
#[test]
fn a_quote_is_not_paid_with_another_tag_than_asked_and_still_gives_a_license() {
    let mut street = street(50);
    let checked = street.ask(Order::UnlockThenPay);
    // Between question and payment the card used up the tag it had shown, for a load.
    let yen = |n| Money::new(n, Currency::JPY).unwrap();
    street.friend.redeem(&mut street.parties, yen(10)).unwrap();
    let (_, pay) = street
        .friend
        .commit(&street.parties, &checked, &Want::default())
        .unwrap();
    let license = street.friend.unlocked(&mut street.parties, &pay).unwrap();
    assert_eq!(street.friend.card.state().licenses[&license].rights.share, Share::Whole);
    assert_eq!(street.friend.books().purse, 440);
    assert_eq!(street.parties.audit(), Vec::<String>::new());
}

/// proves: SD-28
#[test]
fn each_edition_of_a_work_has_its_own_key_and_the_centre_unlocks_them_all() {
    let mut first = street(50);
    let content = first.header.content;
    let work = Work {
        title: "Night Ferry".into(),
        content: vec![43; 40_000],
        media_type: "application/octet-stream".into(),
        price: 300,
        unique: false,
        handing: Some(Handing {
            fare: 100,
            generations: 5,
            route: Route::Chain,
            locked: Some(Locked {
                fee: 50,
                arrives: Share::Tenth,
            }),
        }),
    };
    let listing = first.parties.publish_edition(&work, Some(content), 2).unwrap();
    let mut second = Holder::born("second", &mut first.parties, Currency::JPY, &[6; 32]).unwrap();
    second
        .first_money(&mut first.parties, Money::new(500, Currency::JPY).unwrap())
        .unwrap();
    let (deal, bought) = second
        .buy(&mut first.parties, listing.number, &listing.sheet, &Want::default())
        .unwrap();
    let (header, _) = first.parties.package(&listing, deal).unwrap();
    assert_eq!(header.content, content, "two editions of one work");
    assert_ne!(header.key.id, first.header.key.id, "under two keys");
    // The friend has a locked copy of each, and has both unlocked by the same centre.
    let locked = first
        .friend
        .take_locked(&mut second, &first.parties, bought, &header)
        .unwrap();
    let mut open = Vec::new();
    for (copy, order) in [(first.locked, ORDERS[0]), (locked, ORDERS[1])] {
        let checked = first.friend.ask_unlocking(&mut first.parties, copy, order).unwrap();
        let (_, pay) = first.friend.commit(&first.parties, &checked, &Want::default()).unwrap();
        open.push(first.friend.unlocked(&mut first.parties, &pay).unwrap());
    }
    let now = first.parties.now();
    for (license, own, other) in [(open[0], &first.header, &header), (open[1], &header, &first.header)] {
        let seed = first.friend.draw();
        let ticket = first.friend.card.begin_play(license, now, &seed).unwrap();
        assert!(first.friend.card.release(&ticket, own, 0, now).is_ok());
        // The key of one opens nothing of the other.
        let no = first.friend.card.release(&ticket, other, 0, now).unwrap_err();
        assert_eq!(units::Refusal::code(&no), "license-other-package");
    }
    assert_eq!(first.friend.books().purse, 400);
    assert_eq!(first.parties.audit(), Vec::<String>::new());
}
