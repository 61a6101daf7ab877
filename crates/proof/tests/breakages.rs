//! Every mutant of the protocol's steps is caught by the model, and every invariant catches one: `cargo test -p
//! keyfare-proof --features breakages --test breakages`. One test, for the switch is one for the whole process.

use deal::breakage::Breakage;
use proof::model::mutants::{TEETH, bites, catch, home};

// proves: S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S13 S14 S15 S16 S17 S18 R1 R2 R3 D1 D2 D3 D4 D5 D6 D7 D8
#[test]
fn every_breakage_is_caught_and_every_invariant_bites() {
    let mut missed = Vec::new();
    for breakage in Breakage::ALL {
        assert!(
            home(*breakage).is_some(),
            "{breakage:?} has no configuration in which it must show"
        );
        for recovery in [false, true] {
            let caught = catch(*breakage, recovery);
            println!("{caught}");
            if caught.by.is_none() {
                missed.push((*breakage, recovery));
            }
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
    let blunt: Vec<_> = TEETH
        .iter()
        .filter(|(id, breakage, name)| !bites(id, *breakage, name))
        .collect();
    assert!(blunt.is_empty(), "these invariants see nothing: {blunt:?}");
}
