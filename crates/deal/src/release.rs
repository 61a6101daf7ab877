//! Release: may this be played now, and what does a play cost?

use units::{Again, LicenseId, Moment, Refusal, Share};

use crate::{Entry, Held, State, Status};

/// A play that may begin: write the entry before the first key leaves the card (row-35).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Play {
    /// What must be durable first; `None` when nothing is counted.
    pub entry: Option<Entry>,
    /// How much of the work this play may use.
    pub share: Share,
    /// Until when this play may go on.
    pub until: Option<Moment>,
}

/// Why nothing is released. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlayRefusal {
    /// No license of this work here.
    #[error("no license for this work is on the card: buy one, or get one from a friend")]
    NoLicense,
    /// Locked.
    #[error("this license is locked: have it unlocked first")]
    Locked,
    /// Its payment is not acknowledged and the credit is used up, or was refused.
    #[error("this license is not paid for yet")]
    NotPaid,
    /// The card was stopped as lost: its licenses wait for nobody.
    #[error("this card was stopped; it opens nothing")]
    Stopped,
    /// Waiting after a resume.
    #[error("this license waits for its seller to confirm what is left of it: go online")]
    OnHold,
    /// Ended.
    #[error("this license ended at {0}; you can get it again")]
    Ended(Moment),
    /// No plays left.
    #[error("all plays of this license are used up; you can get it again")]
    NoPlaysLeft,
    /// Its whole period is lent.
    #[error("all of this license is lent: have it returned first")]
    LentOut,
    /// Here on loan, and the wallet it came from must answer.
    #[error("this may be played while the wallet it came from is near: bring it, and try again")]
    WalletAway,
}

impl Refusal for PlayRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NoLicense => "no-license",
            Self::Locked => "license-locked",
            Self::NotPaid => "license-not-paid",
            Self::Stopped => "card-stopped",
            Self::OnHold => "license-on-hold",
            Self::Ended(_) => "license-ended",
            Self::NoPlaysLeft => "no-plays-left",
            Self::LentOut => "license-lent-out",
            Self::WalletAway => "wallet-away",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Stopped => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

impl State {
    /// May this license be played at `now`?
    pub fn play(&self, id: LicenseId, now: Moment) -> Result<Play, PlayRefusal> {
        let held = self.licenses.get(&id).ok_or(PlayRefusal::NoLicense)?;
        let now = now.max(self.clock);
        match held.status {
            Status::Usable | Status::Partial => {}
            Status::Locked => return Err(PlayRefusal::Locked),
            Status::Owing(_) => self.plays_on_credit(id)?,
            Status::Refused(_) => return Err(PlayRefusal::NotPaid),
            // Stopping puts every license on hold.
            Status::OnHold if self.stopped.is_some() => return Err(PlayRefusal::Stopped),
            Status::OnHold => return Err(PlayRefusal::OnHold),
        }
        if held.rights.period == Some(units::Span(0)) && self.is_lent(id) {
            return Err(PlayRefusal::LentOut);
        }
        let until = ends(held, now);
        if let Some(end) = until.filter(|end| now > *end) {
            return Err(PlayRefusal::Ended(end));
        }
        if held.rights.plays == Some(0) {
            return Err(PlayRefusal::NoPlaysLeft);
        }
        if held.rights.share == Share::Nothing {
            return Err(PlayRefusal::Locked);
        }
        // The first play is written down even where nothing is counted: a license that was played is not handed back as unplayed.
        // So is every play on credit.
        let owing = matches!(held.status, Status::Owing(_));
        let counts = held.rights.counted() || held.first_play.is_none() || owing;
        Ok(Play {
            entry: counts.then_some(Entry::Played(id, now)),
            share: held.rights.share,
            until,
        })
    }
}

/// When the license ends: its date, or its period from the first play, whichever comes first.
fn ends(held: &Held, now: Moment) -> Option<Moment> {
    let period = held.rights.period.map(|p| held.first_play.unwrap_or(now).plus(p));
    match (held.rights.until, period) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
