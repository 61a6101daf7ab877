//! The mutants: each known way of getting the protocol wrong, switched on in the very step it breaks, and looked for.
//!
//! A model that lets one of them pass checks nothing. The switch is one for the whole process: nothing else may run
//! beside this.

use std::fmt;
use std::time::{Duration, Instant};

use deal::breakage::{Breakage, set};

use super::{Config, Goal, Walk, run, small};

/// A mutant and what became of it.
#[derive(Debug)]
pub struct Caught {
    /// What was broken.
    pub breakage: Breakage,
    /// In which configuration it showed.
    pub by: Option<&'static str>,
    /// The invariants that failed, in their order.
    pub ids: Vec<&'static str>,
    /// In how many steps the first of them failed.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, ids) = (format!("{:?}", self.breakage), self.ids.join(" "));
        let by = self.by.unwrap_or("NOT CAUGHT");
        let seconds = self.took.as_secs_f64();
        write!(f, "{name:<24} {ids:<34} {:>5} {seconds:>8.2}  {by}", self.steps)
    }
}

/// Where each of them must show, by its configuration.
const HOMES: &[(&str, &[Breakage])] = {
    use Breakage::*;
    &[
        (
            "copy, chain",
            &[
                PaysWithoutRecord,
                GivesWithoutRecord,
                PayNoNotRaised,
                VoidWithoutRaising,
                KeyWithQuote,
                RefundsItself,
                SettleTwice,
                HopSlipsStay,
                WinnerDiffers,
                FareFromEscrow,
                GenerationNotRaised,
                OtherPublisher,
                FareNotAgreed,
                DoneBeforeKey,
                GiverSpeaksFirst,
                ReceiverSpeaksFirst,
            ],
        ),
        ("copy, latest", &[GiveNoNotRaised, SlipsCopied, VoidKeepsSlips]),
        ("move there and back", &[MoveKeepsKey, NoFundsCheck, DoneFreesAll]),
        ("room for one license and three slips, any quote", &[HopBeyondRoom]),
        ("three cards, chain, one generation", &[GenerationUnchecked]),
        ("two offers, one record each", &[FullPaidOverwrites]),
        ("three cards, one record each", &[FullGivenDropsOldest]),
        ("two givers, room for one license", &[RoomNotReserved]),
        ("two givers, any winner, room for two slips", &[ReturnRoomNotReserved]),
        (
            "copy with reports and rulings",
            &[
                ClearanceWithoutFloor,
                RulesWithoutReport,
                ClearanceWipes,
                ReportDropsPaid,
            ],
        ),
        ("load, redeem, sale", &[ServerForgetsVoid]),
        (
            "sale, then copy, then collection",
            &[CollectorBooksRepeat, ClosesAtRelay],
        ),
        (
            "surrender, refund order, coupon with slip",
            &[SurrenderKeepsKey, RefundTwice, ValueStays, ValueNotMarked],
        ),
        (
            "surrender with room for one license",
            &[VoidLosesLicense, VoidLosesValue],
        ),
        (
            "shop presents before it decides",
            &[VoidsPresented, OrderNotBound, HonoursTwice],
        ),
        ("restored receiver, copy and move", &[VoidsFreed]),
        ("resumed card with a refund order", &[RefundOrderTwice]),
        ("resumed card with a receipt", &[ReceiptTwice]),
        ("resumed receiver", &[ResumeKeepsNumbers]),
        (
            "resumed receiver of two givers",
            &[ResumeKeepsPurse, ResumeTooEarly, ResumeBeforeReports],
        ),
        ("resumed giver of a single copy", &[ResumeKeepsKeys]),
    ]
};

/// The configuration in which this mutant must show.
pub fn home(breakage: Breakage) -> Option<Config> {
    let (name, _) = HOMES.iter().find(|(_, all)| all.contains(&breakage))?;
    small().into_iter().find(|config| config.name == *name)
}

/// Looks for one mutant in its configuration: by the safety properties alone, or with recovery, which finds most of them
/// before any fault.
pub fn catch(breakage: Breakage, recover: bool) -> Caught {
    let began = Instant::now();
    let mut caught = Caught {
        breakage,
        by: None,
        ids: Vec::new(),
        steps: 0,
        took: Duration::ZERO,
    };
    if let Some(config) = home(breakage) {
        let goals: &[Goal] = &[];
        let config = Config {
            recover,
            goals,
            ..config
        };
        set(Some(breakage));
        let seen = run(config, Walk::WHOLE);
        set(None);
        if let Some(first) = seen.failures.first() {
            caught.by = Some(seen.name);
            caught.steps = first.path.len();
            caught.ids = seen.failures.iter().map(|f| f.id).collect();
        }
    }
    caught.took = began.elapsed();
    caught
}
