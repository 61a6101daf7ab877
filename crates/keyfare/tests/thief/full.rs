//! Full cards: of licenses, of money. A refusal before anything moves, with what to do; with room again all goes on.

use crate::{
    ask::{books, refused},
    town::Town,
};

/// The issuer allows two licenses on a card and 50 000 in its purse. The third license and the load beyond are refused, and
/// nothing has moved; once a license was handed back there is room for another.
///
/// proves: row-94
#[test]
fn a_full_card_refuses_before_anything_moves() {
    let mut town = Town::stocked(49_000, None);
    let settings = town.path().join("issuer/party.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let text = text.replace("[issuing]\n", "[issuing]\nlicenses_max = 2\n");
    assert!(text.contains("licenses_max"), "{text}");
    std::fs::write(&settings, text).unwrap();
    town.start_all();
    // The new limit comes with the next contact.
    town.json(&["card", "sync"]);
    for _ in 0..2 {
        assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    }
    let (full, pin) = (books(&town.card()), town.pin());
    assert_eq!(full, (48_840, 0, 2));
    let words = refused(
        &town.run(&["buy", "102", "--pin-stdin"], Some(&pin)),
        "card-full-of-licenses",
    );
    assert!(words.contains("delete one"), "{words}");
    refused(&town.run(&["card", "load", "1161"], None), "balance-limit");
    assert_eq!(books(&town.finish()), full);
    let one = town.card()["licenses"][0]["license"].as_str().unwrap().to_owned();
    let back = town.json(&["refund", &one, "--pin-stdin"]);
    assert_eq!(back["outcome"], "given", "{back}");
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(books(&town.finish()).2, 2);
    town.audit();
}
