//! Every small configuration of the model holds, whole, and reaches what it is there to reach.

use proof::model::{Config, Walk, between_cards, restored, run, with_issuer, with_servers};

fn all_hold(configs: Vec<Config>) {
    for config in configs {
        let seen = run(config, Walk::WHOLE);
        println!("{}: {} states in {:.2?}", seen.name, seen.states, seen.took);
        let again = "see it step by step: cargo run -p keyfare-proof --bin model --";
        assert!(seen.holds(), "{again} {:?}\n{seen:#?}", seen.name);
    }
}

// proves: S1 S2 S3 S4 S5 S6 S7 S8 S9 S11 S12 S13 S15 R1 R2 R3
#[test]
fn deals_between_cards_hold() {
    all_hold(between_cards());
}

// proves: S1 S2 S3 S4 S5 S6 S7 S8 S9 S11 S12 S13 R1 R2 R3
#[test]
fn deals_that_the_issuer_ends_hold() {
    all_hold(with_issuer());
}

// proves: S1 S2 S3 S4 S5 S6 S10 S11 S12 S13 S16 S17 S18 R1 R2 R3
#[test]
fn deals_with_servers_hold() {
    all_hold(with_servers());
}

// proves: D1 D2 D3 D4 D5 D6 D7 D8 R1 R2 R3
#[test]
fn a_card_that_is_put_back_harms_nobody_else() {
    all_hold(restored());
}
