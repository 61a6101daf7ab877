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

/// A mutant may make a world endless; what is not seen in this many states is not caught.
const BOUNDED: Walk = Walk {
    states_max: 1_000_000,
    ..Walk::WHOLE
};

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
        (
            "lend and return of two plays, one record each",
            &[LendCopiesPlays, LendAsOfQuote, ReturnLeavesPlays],
        ),
        ("lend and return while the license moves", &[LentMayMove]),
        ("copy, latest", &[GiveNoNotRaised, SlipsCopied, VoidKeepsSlips]),
        (
            "move there and back",
            &[
                MoveKeepsKey,
                MoveDisablesAtQuote,
                MoveInTwoWrites,
                NoFundsCheck,
                DoneFreesAll,
            ],
        ),
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
        ("collection while copies run", &[HopAsOfQuote]),
        ("three cards, locked copies and their unlocking", &[LockedCopyOpens]),
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
            "surrender and sale, two offers, room for one",
            &[LicenseReturnNotReserved],
        ),
        (
            "shop presents before it decides",
            &[VoidsPresented, OrderNotBound, HonoursTwice],
        ),
        (
            "charge and clear",
            &[
                ClearWithoutRefusal,
                PayerForgetsRefusal,
                PayerBillsAgain,
                ChargeWithPay,
                RefusalOpens,
            ],
        ),
        ("charge and clear, the license then moved", &[OwingMoves]),
        ("restored receiver, copy and move", &[VoidsFreed]),
        ("restored giver, any winner", &[VoidNotKept]),
        ("resumed card with a refund order", &[RefundOrderTwice]),
        ("resumed card with a receipt", &[ReceiptTwice]),
        ("resumed receiver", &[ResumeKeepsNumbers]),
        ("resumed giver", &[ResumeKeepsGiveNo]),
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

/// Every invariant with a mutant and a configuration in which it fails: none of them is empty.
pub const TEETH: &[(&str, Breakage, &str)] = {
    use Breakage::*;
    &[
        ("S1", HopSlipsStay, "copy, chain"),
        ("S2", PaysWithoutRecord, "copy, chain"),
        ("S3", OtherPublisher, "copy, chain"),
        ("S4", NoFundsCheck, "move there and back"),
        ("S5", KeyWithQuote, "copy, chain"),
        ("S6", PaysWithoutRecord, "copy, chain"),
        ("S7", MoveKeepsKey, "move there and back"),
        ("S8", MoveKeepsKey, "move there and back"),
        ("S9", GenerationNotRaised, "copy, chain"),
        ("S10", CollectorBooksRepeat, "sale, then copy, then collection"),
        ("S11", FareNotAgreed, "copy, chain"),
        ("S12", HopBeyondRoom, "room for one license and three slips, any quote"),
        ("S13", VoidWithoutRaising, "copy, chain"),
        ("S14", PayerBillsAgain, "charge and clear"),
        ("S15", LendCopiesPlays, "lend and return of two plays, one record each"),
        ("S16", ValueStays, "surrender, refund order, coupon with slip"),
        ("S17", SurrenderKeepsKey, "surrender, refund order, coupon with slip"),
        ("S18", VoidsPresented, "shop presents before it decides"),
        ("R1", VoidWithoutRaising, "copy, chain"),
        ("R2", VoidKeepsSlips, "copy, latest"),
        ("R3", ReportDropsPaid, "copy with reports and rulings"),
        ("D1", PaysWithoutRecord, "restored giver, any winner"),
        ("D2", RefundsItself, "restored giver, any winner"),
        ("D3", VoidsFreed, "restored receiver, copy and move"),
        ("D4", VoidNotKept, "restored giver, any winner"),
        ("D5", ResumeTooEarly, "resumed receiver of two givers"),
        ("D6", ResumeKeepsKeys, "resumed giver of a single copy"),
        ("D7", ResumeKeepsNumbers, "resumed receiver"),
        ("D8", ReceiptTwice, "resumed card with a receipt"),
    ]
};

/// Does this invariant alone see this mutant there?
pub fn bites(id: &'static str, breakage: Breakage, name: &str) -> bool {
    let Some(config) = small().into_iter().find(|config| config.name == name) else {
        return false;
    };
    let goals: &[Goal] = &[];
    let only = Some(id);
    set(Some(breakage));
    let seen = run(Config { only, goals, ..config }, BOUNDED);
    set(None);
    seen.failures.iter().any(|f| f.id == id)
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
        let seen = run(config, BOUNDED);
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
