//! Certificates that ended: a card that kept away from its issuer is refused in words until it has met him again.

use crate::{
    ask::{books, refused},
    town::{Town, pause},
};

/// The certificates of card and issuer's contact live four seconds. While the issuer is away they end: no payment, a clear
/// word, nothing lost; with the issuer back `card sync` renews, and the same purchase succeeds.
///
/// proves: row-36
#[test]
fn ended_certificates_are_refused_until_the_issuer_was_met() {
    let mut town = Town::stocked(1_000, Some(4));
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    town.kill("issuer");
    pause(4_500);
    let pin = town.pin();
    let words = refused(
        &town.run(&["buy", "102", "--pin-stdin"], Some(&pin)),
        "void-certificate",
    );
    assert!(words.contains("issuer") || words.contains("online"), "{words}");
    assert_eq!(books(&town.card()), (920, 0, 1));
    town.start("issuer");
    town.json(&["card", "sync"]);
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(books(&town.card()), (840, 0, 2));
    town.audit();
}
