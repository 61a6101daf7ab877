//! Plays: what this player remembers of plays that were interrupted, so that one that was counted goes on where it was, also
//! after the wallet was killed. What counts as proof is the card's own stub; the rest is convenience.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use units::{LicenseId, Moment};

use crate::home::write_whole;

/// How many plays are remembered; the oldest goes.
const PLAYS_MAX: usize = 64;

/// An interrupted play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    license: String,
    /// The card's word that it was counted.
    stub: String,
    /// Where it was: milliseconds, a chapter, a part or a page, by the stage.
    place: u64,
    /// Until when it may go on, in milliseconds since 1970.
    until: u64,
}

/// The plays of one player.
#[derive(Debug)]
pub(crate) struct Plays {
    path: PathBuf,
    all: Mutex<Vec<Kept>>,
}

impl Plays {
    /// Those in this file. One that is torn or gone is as good as none: the next play is counted anew.
    pub(super) fn at(path: PathBuf) -> Self {
        let read = fs::read(&path).ok();
        let all = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self {
            path,
            all: Mutex::new(all.unwrap_or_default()),
        }
    }

    /// Remembers a play that has begun, before anything of it is handed out.
    pub(super) fn begun(&self, license: LicenseId, stub: &[u8], until: Moment, now: Moment) {
        let kept = Kept {
            license: license.to_string(),
            stub: BASE32_NOPAD.encode(stub),
            place: 0,
            until: until.0,
        };
        self.change(|all| {
            all.retain(|one| one.license != kept.license && one.until >= now.0);
            if all.len() >= PLAYS_MAX {
                all.remove(0);
            }
            all.push(kept);
            true
        });
    }

    /// The card's word for an interrupted play of a license, and where it was.
    pub(super) fn interrupted(&self, license: LicenseId, now: Moment) -> Option<(Vec<u8>, u64)> {
        let license = license.to_string();
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter().find(|one| one.license == license && now.0 <= one.until)?;
        let stub = BASE32_NOPAD.decode(kept.stub.as_bytes()).ok()?;
        Some((stub, kept.place))
    }

    /// Until when an interrupted play of a license may go on.
    pub(super) fn until(&self, license: LicenseId, now: Moment) -> Option<Moment> {
        let license = license.to_string();
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter().find(|one| one.license == license && now.0 <= one.until)?;
        Some(Moment(kept.until))
    }

    /// Where a play is.
    pub(super) fn at_place(&self, license: LicenseId, place: u64) {
        let license = license.to_string();
        self.change(|all| match all.iter_mut().find(|one| one.license == license) {
            Some(kept) if kept.place != place => {
                kept.place = place;
                true
            }
            _ => false,
        });
    }

    /// A play is over: the next one is a new one.
    pub(super) fn over(&self, license: LicenseId) {
        let license = license.to_string();
        self.change(|all| {
            let before = all.len();
            all.retain(|one| one.license != license);
            all.len() != before
        });
    }

    /// Writes the file if something changed. One that cannot be written costs a play after a kill, and nothing now.
    fn change(&self, change: impl FnOnce(&mut Vec<Kept>) -> bool) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if !change(&mut all) {
            return;
        }
        let written = serde_json::to_vec(&*all).map_err(std::io::Error::other);
        if let Err(error) = written.and_then(|bytes| write_whole(&self.path, &bytes)) {
            tracing::warn!(%error, "an interrupted play will not be remembered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: SD-6
    #[test]
    fn what_was_interrupted_is_known_after_a_start_until_its_day_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plays");
        let (one, two, now) = (LicenseId([1; 16]), LicenseId([2; 16]), Moment(1_000));
        let plays = Plays::at(path.clone());
        plays.begun(one, b"stub", Moment(5_000), now);
        plays.begun(two, b"other", Moment(5_000), now);
        plays.at_place(one, 94_000);
        plays.over(two);
        let plays = Plays::at(path.clone());
        assert_eq!(plays.interrupted(one, Moment(5_000)), Some((b"stub".to_vec(), 94_000)));
        assert_eq!(plays.until(one, now), Some(Moment(5_000)));
        assert_eq!(plays.interrupted(one, Moment(5_001)), None);
        assert_eq!(plays.interrupted(two, now), None);
        for n in 0..=PLAYS_MAX {
            plays.begun(LicenseId([u8::try_from(n).unwrap(); 16]), b"x", Moment(5_000), now);
        }
        assert_eq!(Plays::at(path.clone()).all.lock().unwrap().len(), PLAYS_MAX);
        std::fs::write(&path, b"[{torn").unwrap();
        assert_eq!(Plays::at(path).interrupted(one, now), None);
    }
}
