//! A copy and a move from card to card over readers, and everything that may happen to them on the way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "hand_over/lend.rs"]
mod lend;
mod table;

use std::{cell::RefCell, rc::Rc};

use apdu::{
    Form, HandOverError, HandedOver, Holders, Link, Notice, Settled, Status, Terminal, TerminalError, What, Word,
    finish, hand_over, ins,
};
use deal::Kind;
use table::{
    Cut, Pulled, Seat, Willing, handing_on, owner, terminal,
    world::{PIN, World, yen},
};
use units::Money;
use zeroize::Zeroizing;

type Error = HandOverError<Pulled, Pulled>;

fn work(world: &World) -> What {
    What::Work(world.offer().content)
}

/// Spendable, reserved and in escrow, and how many licenses play.
fn books(seat: &Seat) -> (Money, Money, Money, usize) {
    let summary = seat.card.state().summary();
    let escrow = summary.escrow.values().fold(yen(0), |a, b| a.plus(*b).unwrap());
    let state = seat.card.state();
    let playing = state
        .licenses
        .values()
        .filter(|held| held.status == deal::Status::Usable);
    (summary.spendable, summary.reserved, escrow, playing.count())
}

fn handed(giver: &mut Seat, receiver: &mut Seat, kind: Kind, what: What, form: Form) -> Result<HandedOver, Error> {
    let mut from = Terminal::new(giver, form);
    from.select().map_err(HandOverError::Giver)?;
    let mut to = Terminal::new(receiver, form);
    to.select().map_err(HandOverError::Receiver)?;
    hand_over(&mut from, &mut to, kind, what, &mut Willing::default())
}

/// proves: SD-8 SD-9 SD-10 SD-11
#[test]
fn a_copy_and_a_move_by_commands_alone() {
    for form in [Form::Short, Form::Extended] {
        let mut world = handing_on();
        let (mut one, mut two, mut three) = (
            owner(&mut world, 1),
            Seat::new(&mut world, 2, 500),
            Seat::new(&mut world, 3, 500),
        );
        let mut people = Willing::default();
        let copied = hand_over(
            &mut terminal(&mut one, form),
            &mut terminal(&mut two, form),
            Kind::Copy,
            work(&world),
            &mut people,
        )
        .unwrap();
        assert!(matches!(copied.settled, Some(Settled::Given { .. })) && copied.license.is_some());
        // Both were told the same: a fee, how much, for what; and that the giver bought it, when and for how much.
        for notice in [&people.giver[0], &people.receiver[0]] {
            assert_eq!(
                (notice.title.as_str(), notice.fare, notice.generation),
                ("Night Ferry", yen(100), 1)
            );
            assert_eq!(notice.bought.unwrap().1, Some(yen(300)));
        }
        assert_eq!(people.giver[0].copies, Some(0));
        assert_eq!(books(&one), (yen(200), yen(0), yen(0), 1));
        assert_eq!(books(&two), (yen(400), yen(0), yen(100), 1), "purse 500, fee 100");
        assert!(one.card.state().given.is_empty(), "its record is free");
        // And on from there: the license itself, with its fare.
        let moved = handed(&mut two, &mut three, Kind::Move, work(&world), form).unwrap();
        assert!(moved.license.is_some());
        assert_eq!(
            books(&two),
            (yen(400), yen(0), yen(0), 0),
            "gone with the fares in its train"
        );
        assert_eq!(books(&three), (yen(400), yen(0), yen(200), 1));
        // Both cards remember.
        let told = |seat: &Seat| {
            seat.card
                .image()
                .history
                .iter()
                .filter(|line| line.peer.is_some())
                .count()
        };
        assert!(told(&one) > 0 && told(&two) > 1 && told(&three) > 0);
    }
}

/// proves: SD-8
#[test]
fn a_locked_copy_is_free_arrives_locked_and_its_price_is_told() {
    let mut world = handing_on();
    let (mut one, mut two) = (owner(&mut world, 1), Seat::new(&mut world, 2, 0));
    let handed = handed(&mut one, &mut two, Kind::Locked, work(&world), Form::Short).unwrap();
    assert_eq!((handed.notice.fare, handed.notice.unlock), (yen(0), Some(yen(250))));
    assert_eq!(handed.settled, None);
    let held = &two.card.state().licenses[&handed.license.unwrap()];
    assert_eq!(held.status, deal::Status::Locked);
    assert!(two.card.state().paid.is_empty() && one.card.state().given.is_empty());
}

/// One who agrees only to what he is told to.
struct Half(bool, bool);
impl Holders for Half {
    fn giver(&mut self, _: &Notice) -> Option<Zeroizing<String>> {
        self.0.then(|| PIN.to_owned().into())
    }
    fn receiver(&mut self, _: &Notice) -> Option<Word> {
        self.1.then(|| Word::Pin(PIN.to_owned().into()))
    }
}

/// proves: SD-8 row-28
#[test]
fn nothing_moves_unless_both_holders_agree() {
    let mut world = handing_on();
    let (mut one, mut two) = (owner(&mut world, 1), Seat::new(&mut world, 2, 500));
    for kind in [Kind::Copy, Kind::Move, Kind::Locked] {
        for people in [Half(false, true), Half(true, false)] {
            let before = (one.card.state().clone(), two.card.state().clone());
            let mut people = people;
            let met = hand_over(
                &mut terminal(&mut one, Form::Extended),
                &mut terminal(&mut two, Form::Extended),
                kind,
                work(&world),
                &mut people,
            );
            assert_eq!(met, Err(HandOverError::NotAgreed));
            assert_eq!(before, (one.card.state().clone(), two.card.state().clone()));
        }
    }
    // A terminal that asks nobody: the giver's card quotes nothing, the receiver's pays nothing.
    let consent_missing = |met: Result<Vec<u8>, TerminalError<Pulled>>| {
        let no = met.unwrap_err();
        let no = no.refused().unwrap();
        assert_eq!((no.status, no.code.as_str()), (Status::CONSENT, "consent-missing"));
    };
    for kind in [Kind::Copy, Kind::Move, Kind::Locked] {
        let mut to = terminal(&mut two, Form::Extended);
        let ask = to.ask_card(kind).unwrap();
        let mut from = terminal(&mut one, Form::Extended);
        consent_missing(from.quote(&ask).map(|(quote, _)| quote));
        let gift = from.give(kind, work(&world)).unwrap();
        consent_missing(from.quote(&ask).map(|(quote, _)| quote));
        // The word for one gift is for no other: not for another kind, nor after it was told about anew.
        from.verify_gift(gift.hash, PIN).unwrap();
        let other = if kind == Kind::Copy { Kind::Move } else { Kind::Copy };
        let another = from.give(other, work(&world)).unwrap();
        assert_ne!(another.hash, gift.hash);
        consent_missing(from.quote(&ask).map(|(quote, _)| quote));
        assert!(from.verify_gift(gift.hash, PIN).is_err());
        // And a question of another kind than was agreed to is not answered.
        from.verify_gift(another.hash, PIN).unwrap();
        let no = from.quote(&ask).unwrap_err();
        assert_eq!(no.refused().unwrap().code, "give-not-permitted");
    }
    let wrong = {
        let mut from = terminal(&mut one, Form::Short);
        let gift = from.give(Kind::Move, work(&world)).unwrap();
        from.verify_gift(gift.hash, "0000").unwrap_err()
    };
    assert_eq!(wrong.refused().unwrap().status, Status::tries(2));
}

/// proves: SD-9 SD-11
#[test]
fn too_little_money_or_no_generation_left_moves_no_key() {
    let mut world = handing_on();
    let (mut one, mut two) = (owner(&mut world, 1), Seat::new(&mut world, 2, 50));
    let before = (one.card.state().clone(), two.card.state().clone());
    let no = handed(&mut one, &mut two, Kind::Copy, work(&world), Form::Short).unwrap_err();
    assert_eq!(no.refused().unwrap().code, "purse-too-small");
    assert_eq!(before, (one.card.state().clone(), two.card.state().clone()));
    // Two generations may be made, no third.
    let mut last = one;
    for n in 3..5 {
        let mut next = Seat::new(&mut world, n, 500);
        handed(&mut last, &mut next, Kind::Copy, work(&world), Form::Extended).unwrap();
        last = next;
    }
    let mut next = Seat::new(&mut world, 5, 500);
    let no = handed(&mut last, &mut next, Kind::Copy, work(&world), Form::Extended).unwrap_err();
    assert_eq!(no.refused().unwrap().code, "give-limit");
    assert_eq!(books(&next), (yen(500), yen(0), yen(0), 0));
}

/// proves: SD-10 S2 S3 S6 S8 R1 row-14
#[test]
fn either_card_pulled_at_any_command_finishes_at_the_next_meeting() {
    for kind in [Kind::Copy, Kind::Move] {
        let mut commands = 0;
        let mut tears = 0;
        loop {
            commands += 1;
            let mut torn = false;
            for cut in [Cut::Before(commands), Cut::After(commands)] {
                for giver_is_pulled in [true, false] {
                    let mut world = handing_on();
                    let (mut one, mut two) = (owner(&mut world, 1), Seat::new(&mut world, 2, 500));
                    let pulled = if giver_is_pulled { &mut one } else { &mut two };
                    pulled.cut = Some(cut);
                    let at = format!("{kind:?} {cut:?} giver pulled: {giver_is_pulled}");
                    match handed(&mut one, &mut two, kind, work(&world), Form::Extended) {
                        Ok(_) => {}
                        Err(
                            HandOverError::Giver(TerminalError::Link(_))
                            | HandOverError::Receiver(TerminalError::Link(_)),
                        ) => {
                            torn = true;
                            tears += 1;
                            after_a_tear(&mut world, &mut one, &mut two, kind, &at);
                        }
                        Err(other) => panic!("{at}: {other}"),
                    }
                    let left = if kind == Kind::Copy { 1 } else { 0 };
                    assert_eq!(books(&one), (yen(200), yen(0), yen(0), left), "{at}");
                    assert_eq!(books(&two), (yen(400), yen(0), yen(100), 1), "{at}");
                    assert!(one.card.state().given.is_empty(), "{at}");
                }
            }
            if !torn {
                break;
            }
        }
        assert!(tears > 20, "only {tears} tears");
    }
}

/// At every moment there is the fare and the key, or neither, or a pair of records that names them; then the two meet.
fn after_a_tear(world: &mut World, one: &mut Seat, two: &mut Seat, kind: Kind, at: &str) {
    let usable = books(one).3 + books(two).3;
    let most = if kind == Kind::Copy { 2 } else { 1 };
    assert!(usable <= most, "{at}: {usable} usable");
    let (spendable, reserved, escrow, _) = books(two);
    let sum = spendable.plus(reserved).and_then(|sum| sum.plus(escrow)).unwrap();
    assert_eq!(sum, yen(500), "{at}: every yen of the receiver is named on his card");
    let closed = finish(&mut terminal(one, Form::Short), &mut terminal(two, Form::Short)).unwrap();
    assert!(closed <= 1, "{at}");
    assert!(
        two.card.state().paid.is_empty() && one.card.state().given.is_empty(),
        "{at}"
    );
    if books(two).3 == 0 {
        handed(one, two, kind, work(world), Form::Extended).unwrap();
    }
}

/// proves: S8 S13 row-81 row-82 XD-11
#[test]
fn a_hostile_terminal_between_two_cards_gains_nothing() {
    let mut world = handing_on();
    let mut one = owner(&mut world, 1);
    let mut two = Seat::new(&mut world, 2, 500);
    let mut three = Seat::new(&mut world, 3, 500);
    let mut four = owner(&mut world, 4);
    let what = work(&world);
    let mut from = terminal(&mut one, Form::Extended);
    let mut to = terminal(&mut two, Form::Extended);
    let mut third = terminal(&mut three, Form::Extended);
    let mut fourth = terminal(&mut four, Form::Extended);
    let gift = from.give(Kind::Move, what).unwrap();
    from.verify_gift(gift.hash, PIN).unwrap();
    let ask = to.ask_card(Kind::Move).unwrap();
    let (quote, _) = from.quote(&ask).unwrap();
    // Alters: not one byte of a quote may differ, so no other fare is ever shown.
    for byte in (0..quote.len()).step_by(17) {
        let mut bad = quote.clone();
        bad[byte] ^= 0x01;
        assert!(to.show(&bad, Some(&ask), None).is_err(), "byte {byte}");
    }
    // Swaps cards: the quote of one question on another card.
    assert!(third.show(&quote, Some(&ask), None).is_err());
    let notice = to.show(&quote, Some(&ask), None).unwrap();
    assert_eq!(notice.fare, yen(100));
    to.verify(notice.hash, PIN).unwrap();
    let pay = to.pay(notice.hash).unwrap();
    for byte in (0..pay.len()).step_by(43) {
        let mut bad = pay.clone();
        bad[byte] ^= 0x01;
        assert!(from.decide(&bad).is_err(), "byte {byte}");
    }
    assert!(
        fourth.decide(&pay).is_err(),
        "another giver takes no money for a quote it never made"
    );
    // Repeats, and drops every answer but the last.
    let settle = from.decide(&pay).unwrap();
    assert_eq!(from.decide(&pay).unwrap(), settle);
    assert!(third.settle(&settle).is_err());
    for byte in (0..settle.len()).step_by(43) {
        let mut bad = settle.clone();
        bad[byte] ^= 0x01;
        assert!(to.settle(&bad).is_err(), "byte {byte}");
    }
    // Between the two decisions nobody can play it, and both cards name it.
    assert_eq!(
        (to.unfinished().unwrap().len(), from.unfinished().unwrap().len()),
        (1, 1)
    );
    let first = to.settle(&settle).unwrap();
    let Settled::Given { done, .. } = &first else { panic!() };
    // Repeats the whole thing.
    assert_eq!(from.decide(&pay).unwrap(), settle);
    assert_eq!(to.settle(&settle).unwrap(), first);
    let mut bad = done.clone();
    *bad.last_mut().unwrap() ^= 1;
    assert!(from.done(&bad).is_err());
    from.done(done).unwrap();
    from.done(done).unwrap();
    let again = from.decide(&pay);
    if let Ok(void) = again {
        // Its record is free and its number has passed: a void that the receiver, who has closed, does not take.
        let met = to.settle(&void);
        assert!(
            !matches!(met, Ok(Settled::Void { .. } | Settled::Given { .. })),
            "{met:?}"
        );
    }
    assert_eq!(books(&one), (yen(200), yen(0), yen(0), 0));
    assert_eq!(books(&two), (yen(400), yen(0), yen(100), 1));
    assert_eq!(books(&three), (yen(500), yen(0), yen(0), 0));
}

/// proves: S6 S13
#[test]
fn a_payment_after_a_cancel_comes_back() {
    let mut world = handing_on();
    let (mut one, mut two) = (owner(&mut world, 1), Seat::new(&mut world, 2, 500));
    let what = work(&world);
    let mut from = terminal(&mut one, Form::Extended);
    let mut to = terminal(&mut two, Form::Extended);
    let gift = from.give(Kind::Copy, what).unwrap();
    from.verify_gift(gift.hash, PIN).unwrap();
    let ask = to.ask_card(Kind::Copy).unwrap();
    let (quote, _) = from.quote(&ask).unwrap();
    let notice = to.show(&quote, Some(&ask), None).unwrap();
    to.verify(notice.hash, PIN).unwrap();
    let pay = to.pay(notice.hash).unwrap();
    from.cancel().unwrap();
    let void = from.decide(&pay).unwrap();
    assert!(matches!(to.settle(&void).unwrap(), Settled::Void { .. }));
    assert_eq!(books(&two), (yen(500), yen(0), yen(0), 0));
}

/// A link that changes what the giver's card says on its way to the terminal: a card that lies, or a reader that does.
struct Lying<'a>(&'a mut Seat);
impl Link for Lying<'_> {
    type Error = Pulled;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Pulled> {
        let mut answer = (&mut *self.0).transmit(command)?;
        if command.get(1) == Some(&ins::GIVE) {
            // The fare's last byte: 100 becomes 1.
            let fare = yen(100).minor().to_be_bytes();
            let at = answer.windows(8).position(|bytes| bytes == fare).unwrap();
            answer[at + 7] = 1;
        }
        Ok(answer)
    }
}

/// proves: SD-8 row-80
#[test]
fn two_notices_that_differ_are_shown_to_nobody() {
    let mut world = handing_on();
    let (mut one, mut two) = (owner(&mut world, 1), Seat::new(&mut world, 2, 500));
    let mut from = Terminal::new(Lying(&mut one), Form::Extended);
    from.select().unwrap();
    let mut people = Willing::default();
    let what = work(&world);
    let met = hand_over(
        &mut from,
        &mut terminal(&mut two, Form::Extended),
        Kind::Copy,
        what,
        &mut people,
    );
    assert_eq!(met, Err(HandOverError::Differ("the fare")));
    assert!(people.receiver.is_empty());
    assert_eq!(books(&two), (yen(500), yen(0), yen(0), 0));
}

/// A card on the table that its holder's own screen reaches too.
struct Shared(Rc<RefCell<Seat>>);
impl Link for Shared {
    type Error = Pulled;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Pulled> {
        (&mut *self.0.borrow_mut()).transmit(command)
    }
}

/// A receiver who types nothing at the terminal: he agrees on his own screen, the second time the terminal looks, or never.
struct OnOwnScreen {
    seat: Rc<RefCell<Seat>>,
    looked: u32,
    agrees: bool,
}
impl Holders for OnOwnScreen {
    fn giver(&mut self, _: &Notice) -> Option<Zeroizing<String>> {
        Some(PIN.to_owned().into())
    }
    fn receiver(&mut self, _: &Notice) -> Option<Word> {
        Some(Word::OnHisScreen)
    }
    fn wait(&mut self) -> bool {
        self.looked += 1;
        if self.agrees && self.looked == 2 {
            let mut seat = self.seat.borrow_mut();
            let (checked, seed) = (seat.app.shown().unwrap().clone(), seat.fresh());
            let confirmed = seat.card.confirm(&checked, PIN, &seed).unwrap();
            seat.app.agreed(confirmed);
        }
        self.looked < 5
    }
}

/// proves: SD-8 row-28 row-80
#[test]
fn a_receiver_may_agree_on_his_own_screen_and_nowhere_else() {
    for agrees in [false, true] {
        let mut world = handing_on();
        let mut one = owner(&mut world, 1);
        let mut card = world.card(2);
        world.load(&mut card, 500);
        // At terminals his PIN spends nothing.
        let seat = Rc::new(RefCell::new(Seat::around(card, 2, 0)));
        let mut to = Terminal::new(Shared(Rc::clone(&seat)), Form::Extended);
        to.select().unwrap();
        let mut people = OnOwnScreen {
            seat: Rc::clone(&seat),
            looked: 0,
            agrees,
        };
        let what = work(&world);
        let met = hand_over(
            &mut terminal(&mut one, Form::Extended),
            &mut to,
            Kind::Copy,
            what,
            &mut people,
        );
        if agrees {
            assert!(met.unwrap().license.is_some());
            assert_eq!(
                (people.looked, books(&seat.borrow())),
                (2, (yen(400), yen(0), yen(100), 1))
            );
        } else {
            assert_eq!(met.unwrap_err().refused().unwrap().code, "consent-missing");
            assert_eq!(
                (people.looked, books(&seat.borrow())),
                (5, (yen(500), yen(0), yen(0), 0))
            );
        }
    }
}
