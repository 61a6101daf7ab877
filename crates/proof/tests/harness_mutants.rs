//! The harness notices cards and servers whose steps are wrong: `cargo test -p keyfare-proof --features breakages --test
//! harness_mutants`. One test, for the switch is one for the whole process.

use deal::breakage::{Breakage, set};
use proof::harness::{Plan, Weather, run};

/// The first seed whose run shows it.
fn noticed(weather: Weather, seeds: u64) -> Option<(u64, String)> {
    (1..seeds).find_map(|seed| {
        let (people, steps) = if weather.is_crowded() { (5, 1200) } else { (3, 800) };
        let plan = Plan {
            weather,
            people,
            ..Plan::storm(seed, steps)
        };
        run(&plan).unwrap().findings.into_iter().next().map(|what| (seed, what))
    })
}

// proves: S1 S2 S3 S6 S7 S8 S9 S11 S12 S13 S16 S17 S18
#[test]
fn wrong_steps_are_noticed_on_real_cards_and_parties() {
    use Breakage as B;
    let storm = |b| (b, Weather::STORM);
    let old = |b| (b, Weather::OLD_CARDS);
    let crowd = |b| (b, Weather::CROWD);
    let wrong = [
        old(B::ResumeKeepsPurse),
        crowd(B::VoidLosesLicense),
        // What only shows between cards: a key without its fare, a fare twice or nowhere, a key twice or nowhere.
        crowd(B::MoveKeepsKey),
        crowd(B::HopSlipsStay),
        crowd(B::WinnerDiffers),
        crowd(B::GivesWithoutRecord),
        crowd(B::OtherPublisher),
        storm(B::PaysWithoutRecord),
        storm(B::FareNotAgreed),
        storm(B::SettleTwice),
        storm(B::ReportDropsPaid),
        storm(B::SurrenderKeepsKey),
        storm(B::ValueStays),
        storm(B::VoidLosesValue),
        storm(B::RefundTwice),
        storm(B::VoidsPresented),
        storm(B::NoFundsCheck),
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
