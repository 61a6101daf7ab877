//! The page that describes the interface (docs/formats/apdu.md) and the code say the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod table;

use apdu::{AID, ATR, Status, data, ins};
use data_encoding::HEXUPPER;
use table::{Seat, world::World};

const PAGE: &str = include_str!("../../../docs/formats/apdu.md");

fn bytes(hex: &str) -> Vec<u8> {
    let plain: String = hex.chars().filter(|c| !c.is_whitespace()).collect();
    HEXUPPER
        .decode(plain.as_bytes())
        .unwrap_or_else(|no| panic!("{hex}: {no}"))
}

#[test]
fn its_vectors_hold() {
    let (_, block) = PAGE.split_once("```apdu\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let mut world = World::new();
    let mut seat = Seat::new(&mut world, 1, 0);
    let lines: Vec<&str> = block.lines().collect();
    assert!(lines.len() > 30);
    for pair in lines.chunks(2) {
        let [command, answer] = pair else { panic!("{pair:?}") };
        let command = bytes(command.strip_prefix('>').unwrap());
        let expected = bytes(answer.strip_prefix('<').unwrap());
        let met = seat.raw(&command);
        assert_eq!(
            HEXUPPER.encode(&met),
            HEXUPPER.encode(&expected),
            "to {}",
            HEXUPPER.encode(&command)
        );
    }
}

#[test]
fn its_tables_are_whole() {
    let row = |what: String| assert!(PAGE.contains(&what), "no {what}");
    for code in [
        ins::SELECT,
        ins::GET_RESPONSE,
        ins::GET_DATA,
        ins::VERIFY,
        ins::ASK,
        ins::SHOW,
        ins::PAY,
        ins::SETTLE,
        ins::ORDER,
        ins::AGAIN,
        ins::INSTALL,
        ins::GIVE,
        ins::QUOTE,
        ins::DECIDE,
        ins::DONE,
        ins::CANCEL,
        ins::GREET,
        ins::WISH,
        ins::LEND,
        ins::BACK,
        ins::THERE,
        ins::FIND,
        ins::TICK,
        ins::REPORT,
        ins::CLEARED,
    ] {
        row(format!("\n| `{code:02X}` |"));
    }
    for what in [
        data::APPLICATION,
        data::REALM,
        data::ROOM,
        data::UNFINISHED,
        data::DONES,
        data::REFUSAL,
        data::PURSE,
    ] {
        row(format!("\n| `{what:04X}` |"));
    }
    for word in [
        Status::OK,
        Status::LATER,
        Status::MEMORY,
        Status::LENGTH,
        Status::CONSENT,
        Status::BLOCKED,
        Status::CONDITIONS,
        Status::DATA,
        Status::APPLICATION,
        Status::ROOM,
        Status::PARAMETERS,
        Status::NO_DATA,
        Status::INSTRUCTION,
        Status::CLASS,
    ] {
        row(format!("\n| `{word}` |"));
    }
    let plain: String = PAGE.chars().filter(|c| *c != ' ').collect();
    assert!(plain.contains(&HEXUPPER.encode(&AID)) && plain.contains(&HEXUPPER.encode(&ATR)));
}
