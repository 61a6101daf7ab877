//! Bodies of messages whose steps come later: their bytes are fixed now, so that no format has to change for them.
#![allow(clippy::unwrap_used)]

use deal::{
    charge::{Charge, ChargeWord, Charged},
    pair::{AreYouThere, Greeter, Hello, There, Welcome},
};
use minicbor::{Decode, Encode};
use seal::cbor;
use units::{Currency, DealId, LicenseId, Moment, Money, OfferNo, PartyId};

/// The bytes are these, come back as what they were, and neither fewer nor more of them are taken.
fn fixed<T>(body: &T, expected: &str)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let bytes = cbor::to_bytes(body);
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, expected);
    assert_eq!(&cbor::from_bytes::<T>(&bytes).unwrap(), body);
    for cut in 0..bytes.len() {
        assert!(cbor::from_bytes::<T>(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(
        cbor::from_bytes::<T>(&[&bytes[..], &[0]].concat()).is_err(),
        "a byte too many"
    );
}

fn yen(amount: i64) -> Money {
    Money::new(amount, Currency::new("JPY").unwrap()).unwrap()
}

#[test]
fn charges_and_their_answers_have_their_bytes() {
    let charge = Charge {
        charge: [1; 16],
        deal: DealId([2; 32]),
        payer: PartyId([3; 16]),
        seller: PartyId([4; 16]),
        offer: OfferNo(101),
        amount: yen(1000),
        at: Moment(1_076_457_600),
    };
    fixed(
        &charge,
        concat!(
            "875001010101010101010101010101010101582002020202020202020202020202020202020202020202020202020202",
            "02020202500303030303030303030303030303030350040404040404040404040404040404041865821903e8634a5059",
            "1a40297080"
        ),
    );
    let charged = |word| Charged {
        charge: [1; 16],
        deal: DealId([2; 32]),
        word,
        amount: yen(1000),
        at: Moment(1_076_457_660),
        why: None,
    };
    fixed(
        &charged(ChargeWord::Paid),
        concat!(
            "855001010101010101010101010101010101582002020202020202020202020202020202020202020202020202020202",
            "0202020200821903e8634a50591a402970bc"
        ),
    );
    fixed(
        &charged(ChargeWord::Refused),
        concat!(
            "855001010101010101010101010101010101582002020202020202020202020202020202020202020202020202020202",
            "0202020201821903e8634a50591a402970bc"
        ),
    );
}

#[test]
fn greetings_and_presence_have_their_bytes() {
    let hello = Hello {
        pair: [5; 16],
        from: Greeter::Player,
        wallet: [6; 16],
        player: [7; 16],
        word: Welcome::NotListed,
    };
    fixed(
        &hello,
        concat!(
            "855005050505050505050505050505050505015006060606060606060606060606060606500707070707070707070707",
            "070707070701"
        ),
    );
    let there = There {
        asked: AreYouThere {
            pair: [5; 16],
            license: LicenseId([8; 16]),
            nonce: [9; 16],
        },
        until: Moment(1_076_457_720),
    };
    fixed(
        &there,
        concat!(
            "828350050505050505050505050505050505055008080808080808080808080808080808500909090909090909090909",
            "09090909091a402970f8"
        ),
    );
}
