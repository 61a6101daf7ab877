//! Real software cards in virtual readers, seen and used through the real PC/SC service.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod rig;

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use apdu::{Form, Settled, Terminal, TerminalError};
use deal::wire::Ask;
use pcsc::{Reach, ReadersRefused};
use rig::{
    Inserted, Rig,
    table::{
        Cut, Seat,
        world::{PIN, World, yen},
    },
};
use seal::cbor;
use units::OfferNo;

fn card(world: &mut World, n: u8, money: i64) -> Arc<Mutex<Seat>> {
    Arc::new(Mutex::new(Seat::new(world, n, money)))
}

/// Everything the seller's terminal does, with the seller's server behind it.
fn buy(world: &mut World, rig: &Rig, n: usize, form: Form) -> Result<Settled, TerminalError<ReadersRefused>> {
    let mut at = rig.terminal(n, form);
    let open = at.unfinished()?;
    let pay = match open.first() {
        Some(open) => at.again(open.deal)?,
        None => {
            let ask_bytes = at.ask_sale(OfferNo(204))?;
            let ask: Ask = cbor::from_bytes(&ask_bytes).unwrap();
            let quote = world.quote_for(&ask);
            let quote = world.quote_sheet(&quote, &ask);
            let notice = at.show(&quote, Some(&ask_bytes), Some(&world.sheet()))?;
            assert_eq!(notice.fare, yen(300));
            at.verify(notice.hash, PIN)?;
            at.pay(notice.hash)?
        }
    };
    at.settle(&world.give(&pay))
}

/// proves: SD-1 SD-6
#[test]
fn two_cards_in_two_readers_are_found_and_pay_through_pcsc() {
    rig::with_readers("two_cards_in_two_readers_are_found_and_pay_through_pcsc", 3, |rig| {
        let mut world = World::new();
        let seats = [card(&mut world, 1, 500), card(&mut world, 2, 800)];
        let all = rig.readers.all().unwrap();
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|reader| reader.card.is_none()), "{all:?}");
        let no = rig.readers.open("Keyfare 0").unwrap_err();
        assert!(matches!(no, ReadersRefused::NoCard(_)), "{no}");
        assert!(matches!(rig.readers.open("Keyfare"), Err(ReadersRefused::Several(_))));
        assert!(matches!(rig.readers.open("Other"), Err(ReadersRefused::NoReader(_))));
        let _in = [rig.insert(0, &seats[0]), rig.insert(2, &seats[1])];
        let all = rig.readers.all().unwrap();
        let atrs: Vec<_> = all.iter().map(|reader| reader.card.as_deref()).collect();
        assert_eq!(atrs, [Some(&apdu::ATR[..]), None, Some(&apdu::ATR[..])]);
        for (n, form) in [(0, Form::Short), (2, Form::Extended)] {
            assert!(matches!(buy(&mut world, rig, n, form), Ok(Settled::Given { .. })));
        }
        // A player looks through its readers for whoever holds the license.
        let work = world.offer().content;
        let found: Vec<bool> = [0, 2]
            .map(|n| rig.terminal(n, Form::Extended).find(work).unwrap().is_some())
            .to_vec();
        assert_eq!(found, [true, true]);
        // One program at a time.
        let held = rig.terminal(0, Form::Extended);
        let no = rig.readers.open("Keyfare 0").unwrap_err();
        assert!(matches!(no, ReadersRefused::InUse(_)), "{no}");
        drop(held);
        let left = seats.map(|seat| seat.lock().unwrap().card.state().summary().spendable);
        assert_eq!(left, [yen(200), yen(500)]);
    });
}

/// proves: S6 SD-1 row-14
#[test]
fn a_card_pulled_in_mid_command_is_put_in_again_and_finishes() {
    rig::with_readers("a_card_pulled_in_mid_command_is_put_in_again_and_finishes", 1, |rig| {
        // Of its seven commands the sixth pays and the seventh settles.
        for cut in [Cut::After(6), Cut::Before(7), Cut::After(7)] {
            let mut world = World::new();
            let seat = card(&mut world, 1, 500);
            seat.lock().unwrap().cut = Some(cut);
            let mut inserted = rig.insert(0, &seat);
            let torn = buy(&mut world, rig, 0, Form::Extended).unwrap_err();
            assert!(matches!(torn, TerminalError::Link(_)), "{cut:?}: {torn}");
            inserted.pulled();
            rig.wait("Keyfare 0", false);
            let summary = seat.lock().unwrap().card.state().summary();
            assert_eq!(
                (summary.spendable, summary.reserved == yen(300)),
                (yen(200), cut != Cut::After(7)),
                "{cut:?}: what is not closed is named"
            );
            inserted = rig.insert(0, &seat);
            if cut == Cut::After(7) {
                assert!(rig.terminal(0, Form::Extended).unfinished().unwrap().is_empty());
            } else {
                buy(&mut world, rig, 0, Form::Extended).unwrap();
            }
            let (summary, licenses) = {
                let seat = seat.lock().unwrap();
                (seat.card.state().summary(), seat.card.state().licenses.len())
            };
            assert_eq!(
                (summary.spendable, summary.reserved, licenses),
                (yen(200), yen(0), 1),
                "{cut:?}"
            );
            rig.pull(0, &seat, inserted);
        }
    });
}

/// proves: SD-1
#[test]
fn programs_of_others_see_the_card() {
    rig::with_readers("programs_of_others_see_the_card", 1, |rig| {
        let mut world = World::new();
        let _in = rig.insert(0, &card(&mut world, 1, 500));
        let said = |program: &str, arguments: &[&str]| {
            let output = Command::new("timeout")
                .arg("30")
                .arg(program)
                .args(arguments)
                .output()
                .unwrap();
            let text = [output.stdout, output.stderr].concat();
            String::from_utf8_lossy(&text).into_owned()
        };
        let listed = said("opensc-tool", &["--list-readers"]);
        assert!(listed.contains("Keyfare 0") && listed.contains("Yes"), "{listed}");
        let select = "00:A4:04:00:09:F0:4B:45:59:46:41:52:45:01:00";
        let about = "00:CA:DF:01:00";
        let answered = said("opensc-tool", &["-c", "default", "-s", select, "-s", about]);
        assert_eq!(answered.matches("SW1=0x90, SW2=0x00").count(), 2, "{answered}");
        let scanned = said("pcsc_scan", &["-r"]);
        assert!(scanned.contains("Keyfare 0"), "{scanned}");
    });
}

/// proves: SD-1
#[test]
fn the_card_works_in_readers_of_others_and_is_quick_there() {
    rig::with_stock_readers(
        "the_card_works_in_readers_of_others_and_is_quick_there",
        |rig, ports| {
            let mut world = World::new();
            let seat = card(&mut world, 1, 500);
            let reader = "Virtual PCD 00 00";
            let _in = Inserted::into(&Reach::Tcp(([127, 0, 0, 1], ports[0]).into()), &seat);
            rig.wait(reader, true);
            let mut at = Terminal::new(rig.readers.open(reader).unwrap(), Form::Extended);
            at.select().unwrap();
            let began = Instant::now();
            for _ in 0..50 {
                at.room().unwrap();
            }
            let each = began.elapsed() / 50;
            // Forty milliseconds each, if the card's end waited for delayed acknowledgements.
            assert!(each < Duration::from_millis(20), "{each:?} a command");
            // An answer and a command as long as any.
            let no = at.settle(&vec![7; 60_000]).unwrap_err();
            assert_eq!(no.refused().unwrap().code, "settle-for-another");
        },
    );
}
