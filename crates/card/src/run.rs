//! Runs: one play of a license runs at a time, and only so many begin within an hour. A card is no service of keys for
//! strangers (row-33). Kept in working memory alone: a card that lost power runs nothing.

use alloc::collections::BTreeMap;

use units::{LicenseId, Moment, Span};

/// How many plays of one license may begin within an hour, those gone on with among them: one a minute, and some by mistake.
pub const RUNS_AN_HOUR: u32 = 90;
const HOUR: Span = Span::minutes(60);

/// The plays that run, by license.
#[derive(Debug, Default)]
pub(crate) struct Runs(BTreeMap<LicenseId, Run>);

#[derive(Debug)]
struct Run {
    number: u64,
    since: Moment,
    begun: u32,
}

impl Runs {
    /// The next play of a license may begin; otherwise when it may.
    pub(crate) fn may_begin(&self, license: LicenseId, now: Moment) -> Result<(), Moment> {
        match self.0.get(&license) {
            Some(run) if run.begun >= RUNS_AN_HOUR && now < run.since.plus(HOUR) => Err(run.since.plus(HOUR)),
            _ => Ok(()),
        }
    }

    /// Counts a play that begins and answers its number; the one before it no longer runs, unless this one runs `beside` it.
    pub(crate) fn begin(&mut self, license: LicenseId, beside: bool, now: Moment) -> u64 {
        let run = self.0.entry(license).or_insert(Run {
            number: 0,
            since: now,
            begun: 0,
        });
        if now >= run.since.plus(HOUR) {
            (run.since, run.begun) = (now, 0);
        }
        run.begun = run.begun.saturating_add(1);
        run.number = run.number.saturating_add(u64::from(!beside));
        run.number
    }

    /// Is this the play of the license that runs?
    pub(crate) fn is_latest(&self, license: LicenseId, number: u64) -> bool {
        self.0.get(&license).is_some_and(|run| run.number == number)
    }

    /// Forgets licenses that have left the card.
    pub(crate) fn forget(&mut self, left: impl Fn(&LicenseId) -> bool) {
        self.0.retain(|license, _| left(license));
    }
}
