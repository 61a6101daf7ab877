//! A sale over a reader: the seller's terminal between a card and the seller's server, and everything such a terminal may
//! try.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod table;

use apdu::{Agreement, Command, Form, Notice, Settled, Status, Terminal, TerminalError, ins};
use deal::{Agreed, VoidReason, wire::Ask};
use proptest::prelude::*;
use seal::cbor;
use table::{
    Cut, Pulled, Seat, terminal,
    world::{PIN, World, yen},
};
use units::{Hash, OfferNo};

/// The seller's answer to an ask.
fn quoted(world: &mut World, ask: &[u8]) -> Vec<u8> {
    let ask: Ask = cbor::from_bytes(ask).unwrap();
    let quote = world.quote_for(&ask);
    world.quote_sheet(&quote, &ask)
}

/// Ask, quote, show.
fn shown<L: apdu::Link>(world: &mut World, at: &mut Terminal<L>) -> Result<Notice, TerminalError<L::Error>> {
    let ask = at.ask_sale(OfferNo(204))?;
    let quote = quoted(world, &ask);
    at.show(&quote, Some(&ask), Some(&world.sheet()))
}

fn refused<T: core::fmt::Debug>(met: Result<T, TerminalError<Pulled>>) -> (Status, String) {
    match met {
        Err(TerminalError::Refused(no)) => (no.status, no.code),
        other => panic!("not refused: {other:?}"),
    }
}

/// proves: SD-1 SD-9 row-80
#[test]
fn a_card_buys_at_a_sellers_terminal_in_short_chains_and_in_long_commands() {
    let mut counts = vec![];
    for form in [Form::Short, Form::Extended] {
        let mut world = World::new();
        let mut seat = Seat::new(&mut world, 1, 500);
        let mut at = terminal(&mut seat, form);
        let notice = shown(&mut world, &mut at).unwrap();
        assert_eq!((notice.title.as_str(), notice.fare), ("Night Ferry", yen(300)));
        assert_eq!(
            (notice.with.as_str(), notice.agreement),
            ("Otter Records", Agreement::Pin)
        );
        at.verify(notice.hash, PIN).unwrap();
        let pay = at.pay(notice.hash).unwrap();
        assert_eq!(at.pay(notice.hash).unwrap(), pay, "asked again, the same bytes");
        // The card says how its holder agreed, whatever the terminal tells the seller.
        assert_eq!(world.open_pay(&pay).1.agreed, Some(deal::Agreed::Terminal));
        let open = at.unfinished().unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(at.again(open[0].deal).unwrap(), pay);
        let settle = world.give(&pay);
        let settled = at.settle(&settle).unwrap();
        assert!(matches!(settled, Settled::Given { license: Some(_), .. }));
        assert_eq!(at.settle(&settle).unwrap(), settled, "brought again, the same answer");
        assert!(at.unfinished().unwrap().is_empty());
        let work = world.offer().content;
        assert!(matches!(at.find(work).unwrap(), Some((_, true))));
        assert_eq!(at.find(units::ContentId([9; 16])).unwrap(), None);
        counts.push(at.commands());
        let summary = seat.card.state().summary();
        assert_eq!((summary.spendable, summary.reserved), (yen(200), yen(0)));
    }
    assert!(counts[0] > counts[1], "{counts:?}");
}

/// proves: row-28 row-80 SD-8
#[test]
fn no_terminal_makes_a_card_pay_without_its_holders_word_for_exactly_this() {
    let mut world = World::new();
    let mut seat = Seat::new(&mut world, 1, 900);
    let mut at = terminal(&mut seat, Form::Extended);
    let nothing = Hash([1; 32]);
    assert_eq!(refused(at.pay(nothing)).1, "nothing-shown");
    assert_eq!(refused(at.verify(nothing, PIN)).1, "nothing-shown");
    let first = shown(&mut world, &mut at).unwrap();
    assert_eq!(refused(at.pay(first.hash)), (Status::CONSENT, "consent-missing".into()));
    assert_eq!(
        refused(at.verify(nothing, PIN)),
        (Status::CONSENT, "consent-not-this".into())
    );
    // The word for one quote is not for the next one shown.
    at.verify(first.hash, PIN).unwrap();
    let second = shown(&mut world, &mut at).unwrap();
    assert_eq!(refused(at.pay(first.hash)).1, "consent-not-this");
    assert_eq!(refused(at.pay(second.hash)).1, "consent-missing");
    // Nor does it outlive a reset or another selection.
    at.verify(second.hash, PIN).unwrap();
    at.select().unwrap();
    assert_eq!(refused(at.pay(second.hash)).1, "nothing-shown");
    // One word, one payment.
    let third = shown(&mut world, &mut at).unwrap();
    at.verify(third.hash, PIN).unwrap();
    at.pay(third.hash).unwrap();
    let fourth = shown(&mut world, &mut at).unwrap();
    assert_eq!(refused(at.pay(fourth.hash)).1, "consent-missing");
    assert_eq!(
        seat.card.state().summary().reserved,
        yen(300),
        "one was agreed to, one was paid"
    );
}

/// proves: row-79 row-80
#[test]
fn wrong_pins_are_counted_in_the_status_word_and_block() {
    let mut world = World::new();
    let mut seat = Seat::new(&mut world, 1, 500);
    let mut at = terminal(&mut seat, Form::Short);
    let ask_tries = [0x00, ins::VERIFY, 0x00, 0x81];
    let notice = shown(&mut world, &mut at).unwrap();
    assert_eq!(at.link().raw(&ask_tries), [0x63, 0xC3]);
    for left in [2, 1] {
        let no = refused(at.verify(notice.hash, "0000"));
        assert_eq!(no, (Status::tries(left), "pin-wrong".into()));
    }
    assert_eq!(
        refused(at.verify(notice.hash, "12")).1,
        "pin-malformed",
        "uses up no try"
    );
    assert_eq!(
        refused(at.verify(Hash([9; 32]), "0000")).1,
        "consent-not-this",
        "nor this"
    );
    assert_eq!(at.link().raw(&ask_tries), [0x63, 0xC1]);
    at.verify(notice.hash, PIN).unwrap();
    assert_eq!(
        at.link().raw(&ask_tries),
        [0x63, 0xC3],
        "a right PIN gives the tries back"
    );
    for _ in 0..3 {
        let _ = at.verify(notice.hash, "0000");
    }
    assert_eq!(at.link().raw(&ask_tries), [0x69, 0x83]);
    assert_eq!(
        refused(at.verify(notice.hash, PIN)),
        (Status::BLOCKED, "pin-blocked".into())
    );
}

/// proves: row-28 row-80
#[test]
fn more_than_a_pin_at_a_terminal_may_spend_needs_the_holders_own_screen() {
    let mut world = World::new();
    world.price = 800;
    let mut card = world.card(1);
    world.load(&mut card, 2000);
    let mut seat = Seat::around(card, 1, 500);
    let mut at = terminal(&mut seat, Form::Extended);
    let notice = shown(&mut world, &mut at).unwrap();
    assert_eq!(notice.agreement, Agreement::OwnScreen);
    let (status, code) = refused(at.verify(notice.hash, PIN));
    assert_eq!((status, code.as_str()), (Status::CONSENT, "amount-needs-own-screen"));
    assert_eq!(at.room().unwrap().tries, 3, "no try was used up");
    assert_eq!(refused(at.pay(notice.hash)).1, "consent-missing");
    // On the holder's own screen, in the card's own process.
    let seat = at.link();
    let checked = seat.app.shown().unwrap().clone();
    assert_eq!(checked.quote().price, yen(800));
    let seed = seat.fresh();
    let confirmed = seat.card.confirm(&checked, PIN, &seed).unwrap();
    seat.app.agreed(confirmed);
    let pay = at.pay(notice.hash).unwrap();
    assert_eq!(world.open_pay(&pay).1.agreed, Some(deal::Agreed::OwnScreen));
    let settle = world.give(&pay);
    assert!(matches!(at.settle(&settle).unwrap(), Settled::Given { .. }));
}

/// One reader, and whoever's card is in it.
struct Reader {
    seats: [Seat; 2],
    inside: usize,
    /// The card is swapped before this command.
    swaps_at: Option<u64>,
    commands: u64,
}

impl Reader {
    fn swap(&mut self) {
        self.seats[self.inside].wake();
        self.inside ^= 1;
        self.seats[self.inside].wake();
    }
}

impl apdu::Link for &mut Reader {
    type Error = Pulled;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Pulled> {
        self.commands += 1;
        if self.swaps_at == Some(self.commands) {
            self.swap();
        }
        let inside = self.inside;
        Ok(self.seats[inside].raw(command))
    }
}

/// Two people's cards at one terminal.
fn two_cards(world: &mut World) -> Reader {
    Reader {
        seats: [Seat::new(world, 1, 500), Seat::new(world, 2, 500)],
        inside: 0,
        swaps_at: None,
        commands: 0,
    }
}

/// Another card is put into the reader while a purchase of the first is open, at every step of it: what was shown, agreed to, paid or
/// given for the one is nothing to the other, whose holder has said no word. Each then has exactly what he bought.
///
/// proves: row-28 row-80 ST-19
#[test]
fn a_second_card_in_the_reader_is_never_taken_for_the_first() {
    for form in [Form::Short, Form::Extended] {
        let mut world = World::new();
        let mut reader = two_cards(&mut world);
        let untouched = reader.seats[1].card.state().clone();
        let mut at = Terminal::new(&mut reader, form);
        at.select().unwrap();
        // Asked by the first; its answer is shown to the second.
        let ask = at.ask_sale(OfferNo(204)).unwrap();
        let quote = quoted(&mut world, &ask);
        at.link().swap();
        assert_eq!(
            refused(at.show(&quote, Some(&ask), Some(&world.sheet()))).0,
            Status::CONDITIONS
        );
        at.select().unwrap();
        let (_, code) = refused(at.show(&quote, Some(&ask), Some(&world.sheet())));
        assert_eq!(code, "quote-for-another");
        // Shown to the first; agreed to with the second in the reader.
        at.link().swap();
        at.select().unwrap();
        let notice = shown(&mut world, &mut at).unwrap();
        at.link().swap();
        at.select().unwrap();
        assert_eq!(refused(at.verify(notice.hash, PIN)).1, "nothing-shown");
        // Agreed to by the first; paid with the second in the reader, and then with the first again: its word is gone.
        at.link().swap();
        at.select().unwrap();
        let notice = shown(&mut world, &mut at).unwrap();
        at.verify(notice.hash, PIN).unwrap();
        at.link().swap();
        at.select().unwrap();
        assert_eq!(refused(at.pay(notice.hash)).1, "nothing-shown");
        at.link().swap();
        at.select().unwrap();
        assert_eq!(refused(at.pay(notice.hash)).1, "nothing-shown");
        assert!(at.unfinished().unwrap().is_empty(), "nothing was paid");
        // Paid by the first; given with the second in the reader.
        let notice = shown(&mut world, &mut at).unwrap();
        at.verify(notice.hash, PIN).unwrap();
        let pay = at.pay(notice.hash).unwrap();
        let settle = world.give(&pay);
        at.link().swap();
        at.select().unwrap();
        assert_eq!(refused(at.settle(&settle)).1, "settle-for-another");
        assert!(at.unfinished().unwrap().is_empty());
        assert_eq!(
            *at.link().seats[1].card.state(),
            untouched,
            "the second card knows of nothing"
        );
        // The second buys meanwhile, for itself.
        let own = shown(&mut world, &mut at).unwrap();
        at.verify(own.hash, PIN).unwrap();
        let other = at.pay(own.hash).unwrap();
        assert_ne!(other, pay);
        let theirs = world.give(&other);
        // The first comes back, and their answers are crossed.
        at.link().swap();
        at.select().unwrap();
        assert_eq!(refused(at.settle(&theirs)).1, "settle-for-another");
        let open = at.unfinished().unwrap();
        assert_eq!(at.again(open[0].deal).unwrap(), pay, "its own payment, and no other");
        assert!(matches!(
            at.settle(&settle).unwrap(),
            Settled::Given { license: Some(_), .. }
        ));
        at.link().swap();
        at.select().unwrap();
        assert!(matches!(
            at.settle(&theirs).unwrap(),
            Settled::Given { license: Some(_), .. }
        ));
        for seat in &reader.seats {
            let summary = seat.card.state().summary();
            assert_eq!(
                (summary.spendable, summary.reserved),
                (yen(200), yen(0)),
                "each paid once"
            );
            assert_eq!(seat.card.state().licenses.len(), 1, "each has one");
        }
    }
}

/// The card is swapped before any single command, in the middle of a chain too, and the terminal notices nothing: the other card
/// refuses what it did not begin, and pays nothing.
///
/// proves: row-28 row-80
#[test]
fn a_card_swapped_before_any_command_pays_nothing_for_the_other() {
    let mut swaps = 0;
    for form in [Form::Short, Form::Extended] {
        for n in 1..200 {
            let mut world = World::new();
            let mut reader = two_cards(&mut world);
            reader.swaps_at = Some(n);
            let mut at = Terminal::new(&mut reader, form);
            let bought = at.select().and_then(|()| {
                let notice = shown(&mut world, &mut at)?;
                at.verify(notice.hash, PIN)?;
                let pay = at.pay(notice.hash)?;
                let settle = world.give(&pay);
                at.settle(&settle)
            });
            let over = reader.commands < n;
            let paid = |seat: &Seat| yen(500) != seat.card.state().summary().spendable;
            let (first, second) = (paid(&reader.seats[0]), paid(&reader.seats[1]));
            if over {
                assert!(bought.is_ok() && first && !second);
                break;
            }
            swaps += 1;
            // Swapped before the application was chosen, it is simply the second card that buys.
            match n {
                1 => assert!(bought.is_ok() && !first && second),
                _ => assert!(bought.is_err() && !second, "command {n}: {bought:?}"),
            }
            assert_eq!(reader.seats[1].card.state().licenses.len(), usize::from(n == 1));
        }
    }
    assert!(swaps > 20, "{swaps} swaps");
}

/// proves: SD-1 SD-5
#[test]
fn refusals_have_a_word_a_code_and_a_text_and_change_nothing() {
    let mut world = World::new();
    let mut seat = Seat::new(&mut world, 1, 200);
    let before = seat.card.state().clone();
    let mut at = terminal(&mut seat, Form::Short);
    let notice = shown(&mut world, &mut at).unwrap();
    at.verify(notice.hash, PIN).unwrap();
    let Err(TerminalError::Refused(no)) = at.pay(notice.hash) else {
        panic!()
    };
    assert_eq!((no.status, no.code.as_str()), (Status::CONDITIONS, "purse-too-small"));
    assert!(no.text.contains("load JPY 100 more"), "{}", no.text);
    assert_eq!(no.again, units::Again::AfterYouAct);
    // Forged and foreign things.
    let (status, code) = refused(at.show(b"not a quote", None, None));
    assert_eq!((status, code.as_str()), (Status::DATA, "quote-forged"));
    assert_eq!(
        refused(at.settle(b"not a decision")),
        (Status::DATA, "settle-for-another".into())
    );
    assert_eq!(
        refused(at.again(units::DealId([3; 32]))),
        (Status::NO_DATA, "no-such-record".into())
    );
    // Only collections go without a word, whatever a standing order says.
    let ask: Ask = cbor::from_bytes(&at.ask_sale(OfferNo(204)).unwrap()).unwrap();
    let mut quote = world.quote_for(&ask);
    quote.ask = None;
    quote.kind = deal::Kind::Load;
    quote.credit = Some(yen(5));
    (quote.giver, quote.payee) = (world.issuer.0, world.issuer);
    (quote.price, quote.offer, quote.policy) = (yen(0), None, None);
    let order = table::world::signer(20);
    let signed = seal::sign(&order, seal::Kind::Quote, world.id, seal::Audience::Anyone, &quote);
    let sheet = deal::wire::QuoteSheet {
        quote: signed.into(),
        certificate: world.issuer_certificate(),
        terms: None,
        ahead: None,
        purchase: None,
        claim: None,
    };
    assert_eq!(refused(at.order(&cbor::to_bytes(&sheet))).1, "consent-missing");
    assert_eq!(*seat.card.state(), before);
}

#[test]
fn before_it_is_chosen_the_application_says_nothing() {
    let mut world = World::new();
    let mut seat = Seat::new(&mut world, 1, 0);
    let select = |name: &[u8]| {
        Command {
            cla: 0,
            ins: ins::SELECT,
            p1: 4,
            p2: 0,
            data: name,
            room: 1,
        }
        .short()
    };
    for (command, word) in [
        (vec![0x00, ins::GET_DATA, 0xDF, 0x01, 0x00], 0x6985u16),
        (vec![0x80, ins::ASK, 0x02, 0x00, 0x00], 0x6985),
        (select(b"\xA0\x00\x00\x00\x03"), 0x6A82),
        (select(b"\xF0KEY"), 0x6A82),
        (vec![0x00, ins::SELECT, 0x00, 0x00, 0x02, 0x3F, 0x00], 0x6A86),
        (vec![0x00, ins::GET_RESPONSE, 0x00, 0x00, 0x00], 0x6985),
        (vec![0x00], 0x6700),
    ] {
        assert_eq!(seat.raw(&command), word.to_be_bytes(), "{command:02x?}");
    }
    assert!(seat.raw(&select(b"\xF0KEYF")).ends_with(&[0x90, 0x00]));
    for (command, word) in [
        (vec![0x00, ins::GET_DATA, 0x00, 0x5A, 0x00], 0x6A88u16),
        (vec![0x80, 0xEE, 0x00, 0x00, 0x00], 0x6D00),
        (vec![0x80, ins::PAY, 0x01, 0x00, 0x00], 0x6A86),
        (vec![0xC0, ins::PAY, 0x00, 0x00, 0x00], 0x6E00),
        (vec![0x00, ins::PAY, 0x00, 0x00, 0x00], 0x6D00),
    ] {
        assert_eq!(seat.raw(&command), word.to_be_bytes(), "{command:02x?}");
    }
    // A selection that fails ends the one before.
    seat.raw(&select(b"\xF0NOBODY"));
    assert_eq!(seat.raw(&[0x00, ins::GET_DATA, 0xDF, 0x01, 0x00]), [0x69, 0x85]);
}

/// What a buyer and his terminal do after the card was pulled: put it in again, finish what is open, else begin anew.
fn again_until_bought(world: &mut World, seat: &mut Seat, settles: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    for _ in 0..4 {
        let mut at = Terminal::new(&mut *seat, Form::Short);
        if bought(world, &mut at, settles).is_ok() {
            return;
        }
    }
    panic!("never finished");
}

fn bought(
    world: &mut World,
    at: &mut Terminal<&mut Seat>,
    settles: &mut Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<(), TerminalError<Pulled>> {
    at.select()?;
    let open = at.unfinished()?;
    let pay = match open.first() {
        Some(open) => at.again(open.deal)?,
        None if at.find(world.offer().content)?.is_some() => return Ok(()),
        None => {
            let notice = shown(world, at)?;
            at.verify(notice.hash, PIN)?;
            at.pay(notice.hash)?
        }
    };
    // The seller decides each payment once.
    if settles.iter().all(|(p, _)| *p != pay) {
        let settle = world.give(&pay);
        settles.push((pay.clone(), settle));
    }
    let settle = settles.iter().find(|(p, _)| *p == pay).map(|(_, s)| s.clone()).unwrap();
    at.settle(&settle).map(|_| ())
}

/// proves: S6 SD-1 row-14
#[test]
fn a_card_pulled_at_any_command_buys_once_and_pays_once() {
    let mut at_all = 0;
    loop {
        at_all += 1;
        let mut torn = false;
        for cut in [Cut::Before(at_all), Cut::After(at_all)] {
            let mut world = World::new();
            let mut seat = Seat::new(&mut world, 1, 1000);
            seat.cut = Some(cut);
            let mut settles = vec![];
            again_until_bought(&mut world, &mut seat, &mut settles);
            torn |= seat.commands > at_all;
            let (state, summary) = (seat.card.state(), seat.card.state().summary());
            assert_eq!(state.licenses.len(), 1, "{cut:?}");
            assert_eq!((summary.spendable, summary.reserved), (yen(700), yen(0)), "{cut:?}");
            assert_eq!(settles.len(), 1, "{cut:?}: one payment was made");
            let kept = seat.card.dones().iter().filter(|(to, _)| *to == world.seller.0).count();
            assert_eq!(kept, 1, "{cut:?}: the word for the seller is kept");
        }
        if !torn {
            break;
        }
    }
    assert!(at_all > 15, "only {at_all} commands");
}

/// A deposit machine's tray and the issuer behind it: notes for one order, decided once, for the card or back.
#[derive(Default)]
struct Tray {
    notes: i64,
    kept: i64,
    back: i64,
    /// Orders that came to nothing, and what was said to payments.
    void: Vec<units::OrderId>,
    said: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Tray {
    /// The issuer decides a payment, once: the notes are kept, or they were given back before.
    fn decided(&mut self, world: &mut World, pay: &[u8]) -> Vec<u8> {
        if let Some((_, settle)) = self.said.iter().find(|(known, _)| known == pay) {
            return settle.clone();
        }
        let deal::Number::Order(order) = world.open_pay(pay).1.pay.quote.number else {
            panic!("an issuer numbers orders")
        };
        let settle = if self.void.contains(&order) {
            world.refuse(pay, VoidReason::NotCovered)
        } else {
            self.kept += std::mem::take(&mut self.notes);
            world.give(pay)
        };
        self.said.push((pay.to_vec(), settle.clone()));
        settle
    }
    /// Everything back: what is decided stays.
    fn gives_back(&mut self, order: units::OrderId) {
        if self.notes > 0 {
            self.back += std::mem::take(&mut self.notes);
            self.void.push(order);
        }
    }
}

const LOADED: i64 = 200;

/// A load from its first command to its last, as `readers fill` makes it: what is open is said again first; whatever stops the card
/// after the notes are in, they are asked back.
fn filled(world: &mut World, at: &mut Terminal<&mut Seat>, tray: &mut Tray) -> Result<(), TerminalError<Pulled>> {
    at.select()?;
    let open = at.unfinished()?;
    for one in open {
        let pay = at.again(one.deal)?;
        let settle = tray.decided(world, &pay);
        at.settle(&settle)?;
    }
    if tray.kept > 0 {
        return Ok(());
    }
    let ask = at.ask_load(yen(LOADED))?;
    let asked: Ask = cbor::from_bytes(&ask).unwrap();
    let mut quote = world.quote_for(&asked);
    quote.accepts = vec![license::TenderKind::Value, license::TenderKind::Order];
    let quote = world.quote_sheet(&quote, &asked);
    let notice = at.show(&quote, Some(&ask), None)?;
    let order = notice.order.unwrap();
    at.verify(notice.hash, PIN)?;
    at.purse()?;
    tray.notes += LOADED;
    let mut paid = || {
        let pay = at.pay(notice.hash)?;
        let settle = tray.decided(world, &pay);
        at.settle(&settle)
    };
    let met = paid();
    if met.is_err() {
        tray.gives_back(order);
    }
    met.map(drop)
}

/// The card is pulled before and after every command of a load: what the tray kept is what the purse gained, and every note that was
/// put in was kept or given back.
///
/// proves: ST-8 S6 row-14 row-49
#[test]
fn a_card_pulled_at_any_command_of_a_load_has_the_money_or_the_notes_come_back() {
    let (mut at_all, mut gave_back) = (0, 0);
    loop {
        at_all += 1;
        let mut torn = false;
        for cut in [Cut::Before(at_all), Cut::After(at_all)] {
            let mut world = World::new();
            let mut seat = Seat::new(&mut world, 1, 1000);
            seat.cut = Some(cut);
            let mut tray = Tray::default();
            let done = (0..4).any(|_| {
                let mut at = Terminal::new(&mut seat, Form::Short);
                filled(&mut world, &mut at, &mut tray).is_ok()
            });
            assert!(done, "{cut:?}: never finished");
            torn |= seat.commands > at_all;
            let summary = seat.card.state().summary();
            assert_eq!(
                (summary.spendable, summary.reserved),
                (yen(1000 + tray.kept), yen(0)),
                "{cut:?}"
            );
            assert_eq!((tray.notes, tray.kept), (0, LOADED), "{cut:?}");
            assert!(seat.card.open().is_empty(), "{cut:?}");
            gave_back += tray.back;
        }
        if !torn {
            break;
        }
    }
    assert!(
        at_all > 10 && gave_back > 0,
        "{at_all} commands, {gave_back} given back"
    );
}

/// proves: row-81 row-82 S6
#[test]
fn a_terminal_that_alters_or_swaps_what_it_carries_gains_nothing() {
    let mut world = World::new();
    let mut seat = Seat::new(&mut world, 1, 1000);
    let mut other = Seat::new(&mut world, 2, 1000);
    let mut at = terminal(&mut seat, Form::Extended);
    let ask = at.ask_sale(OfferNo(204)).unwrap();
    let quote = quoted(&mut world, &ask);
    for byte in (0..quote.len()).step_by(13) {
        let mut bad = quote.clone();
        bad[byte] ^= 0x40;
        assert!(at.show(&bad, Some(&ask), Some(&world.sheet())).is_err(), "byte {byte}");
    }
    // The quote of another card's question, and this one on another card.
    let mut there = terminal(&mut other, Form::Extended);
    let ask_there = there.ask_sale(OfferNo(204)).unwrap();
    let quote_there = quoted(&mut world, &ask_there);
    assert_eq!(
        refused(at.show(&quote_there, Some(&ask_there), Some(&world.sheet()))).1,
        "quote-for-another"
    );
    assert_eq!(
        refused(there.show(&quote, Some(&ask), Some(&world.sheet()))).1,
        "quote-for-another"
    );
    let notice = at.show(&quote, Some(&ask), Some(&world.sheet())).unwrap();
    at.verify(notice.hash, PIN).unwrap();
    let pay = at.pay(notice.hash).unwrap();
    let settle = world.give(&pay);
    assert_eq!(refused(there.settle(&settle)).1, "settle-for-another");
    for byte in (0..settle.len()).step_by(61) {
        let mut bad = settle.clone();
        bad[byte] ^= 0x40;
        assert!(at.settle(&bad).is_err(), "byte {byte}");
    }
    // A decision the seller never made.
    let void = world.refuse(&pay, VoidReason::SoldOut);
    assert!(matches!(at.settle(&settle).unwrap(), Settled::Given { .. }));
    let met = at.settle(&void).unwrap();
    assert!(
        matches!(met, Settled::Contradicted(_)),
        "after the closing no other word counts: {met:?}"
    );
    assert_eq!(seat.card.state().summary().spendable, yen(700));
    assert_eq!(other.card.state().summary().spendable, yen(1000));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// proves: ST-10 row-82
    #[test]
    fn no_commands_make_the_application_stumble_or_cost_its_holder_anything(
        commands in prop::collection::vec(
            (
                prop::sample::select(vec![0x00u8, 0x80, 0x90, 0x10, 0xFF]),
                prop::sample::select(vec![
                    ins::SELECT, ins::GET_RESPONSE, ins::GET_DATA, ins::VERIFY, ins::ASK, ins::SHOW, ins::PAY, ins::SETTLE,
                    ins::ORDER, ins::AGAIN, ins::GIVE, ins::QUOTE, ins::DECIDE, ins::DONE, ins::FIND, ins::TICK, ins::CLEARED,
                    0x01,
                ]),
                prop::sample::select(vec![0u8, 2, 3, 4, 7, 0xDF]),
                prop::sample::select(vec![0u8, 1, 4, 6, 0x81, 0x82]),
                prop::collection::vec(any::<u8>(), 0..80),
                any::<bool>(),
            ),
            1..30,
        ),
    ) {
        let mut world = World::new();
        let mut seat = Seat::new(&mut world, 1, 500);
        seat.raw(&[&[0x00, ins::SELECT, 0x04, 0x00, 9][..], &apdu::AID].concat());
        for (cla, ins, p1, p2, data, extended) in commands {
            let command = Command { cla, ins, p1, p2, data: &data, room: 1 };
            let bytes = if extended { command.extended() } else { command.short() };
            let answer = seat.raw(&bytes);
            prop_assert!(answer.len() >= 2);
            let cut = bytes.len() / 2;
            seat.raw(&bytes[..cut]);
        }
        let summary = seat.card.state().summary();
        prop_assert_eq!((summary.spendable, summary.reserved), (yen(500), yen(0)));
    }
}

/// Over a network the card's own program carries its messages, over a reader a terminal does: what the card has at the end is the
/// same, and what it said differs in nothing but how its holder agreed.
///
/// proves: ST-27 SD-1
#[test]
fn a_license_over_the_reader_is_the_license_over_the_network() {
    let has = |card: &card::Card<card::Memory>| {
        let state = card.state();
        let held = state.licenses.values().map(|held| {
            let what = (
                held.offer,
                held.policy,
                held.title,
                held.status,
                held.generation,
                held.rights,
            );
            (
                what,
                (held.copies_left, held.modes, held.bind.clone(), held.paid, held.payee),
            )
        });
        let lines: Vec<_> = card
            .image()
            .history
            .iter()
            .map(|line| {
                (
                    line.event,
                    line.kind,
                    line.title.clone(),
                    line.amount,
                    line.with,
                    line.generation,
                )
            })
            .collect();
        let records = (
            state.paid.len(),
            state.given.len(),
            state.values.len(),
            state.pay_no,
            state.give_no,
        );
        (
            held.collect::<Vec<_>>(),
            lines,
            records,
            state.summary().spendable,
            state.summary().reserved,
        )
    };
    let mut world = World::new();
    let mut near = Seat::new(&mut world, 1, 500);
    let mut at = terminal(&mut near, Form::Short);
    let notice = shown(&mut world, &mut at).unwrap();
    at.verify(notice.hash, PIN).unwrap();
    let pay = at.pay(notice.hash).unwrap();
    let over_reader = world.open_pay(&pay).1;
    let settle = world.give(&pay);
    assert!(matches!(
        at.settle(&settle).unwrap(),
        Settled::Given { license: Some(_), .. }
    ));

    let mut world = World::new();
    let mut far = Seat::new(&mut world, 1, 500);
    let pay = world.pay(&mut far.card);
    let over_network = world.open_pay(&pay).1;
    let settle = world.give(&pay);
    far.card.settle(&settle, table::world::NOW, &world.fresh()).unwrap();

    assert_eq!(has(&near.card), has(&far.card));
    assert_eq!(near.card.state().licenses.len(), 1);
    let said = |sheet: &deal::wire::PaySheet| {
        let pay = &sheet.pay;
        let quote = deal::Quote {
            number: deal::Number::Card(0),
            ask: None,
            ..pay.quote.clone()
        };
        (
            quote,
            pay.pay_no,
            pay.facts,
            pay.winner,
            pay.bind.clone(),
            pay.room,
            pay.tenders.len(),
        )
    };
    assert_eq!(said(&over_reader), said(&over_network));
    assert_eq!(
        (over_reader.agreed, over_network.agreed),
        (Some(Agreed::Terminal), Some(Agreed::OwnScreen))
    );
    // The license that came over the reader plays like the other.
    for seat in [&mut near, &mut far] {
        let license = *seat.card.state().licenses.keys().next().unwrap();
        let seed = seat.fresh();
        assert!(seat.card.begin_play(license, table::world::NOW, &seed).is_ok());
    }
}
