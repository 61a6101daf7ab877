//! The harness notices cards and servers whose steps are wrong: `cargo test -p keyfare-proof --features breakages --test
//! harness_mutants`. One test, for the switch is one for the whole process.

use deal::breakage::{Breakage, set};
use proof::harness::{Plan, Weather, run};

/// The first seed whose run shows it.
fn noticed(weather: Weather, seeds: u64) -> Option<(u64, String)> {
    (1..seeds).find_map(|seed| {
        let plan = Plan {
            weather,
            ..Plan::storm(seed, 800)
        };
        run(&plan).unwrap().findings.into_iter().next().map(|what| (seed, what))
    })
}

// proves: S1 S2 S6 S11 S13 S16 S17 S18
#[test]
fn wrong_steps_are_noticed_on_real_cards_and_parties() {
    use Breakage as B;
    let storm = |b| (b, Weather::STORM);
    let old = |b| (b, Weather::OLD_CARDS);
    let wrong = [
        storm(B::PaysWithoutRecord),
        storm(B::FareNotAgreed),
        storm(B::SettleTwice),
        storm(B::ReportDropsPaid),
        storm(B::SurrenderKeepsKey),
        storm(B::VoidLosesLicense),
        storm(B::ValueStays),
        storm(B::VoidLosesValue),
        storm(B::RefundTwice),
        storm(B::VoidsPresented),
        storm(B::NoFundsCheck),
        old(B::ResumeKeepsPurse),
    ];
    let mut missed = Vec::new();
    for (breakage, weather) in wrong {
        set(Some(breakage));
        match noticed(weather, 200) {
            Some((seed, what)) => println!("{breakage:?}: seed {seed}: {what}"),
            None => missed.push(breakage),
        }
    }
    set(None);
    assert!(missed.is_empty(), "not noticed: {missed:?}");
    assert_eq!(
        noticed(Weather::STORM, 20),
        None,
        "something is found although nothing is wrong"
    );
}
