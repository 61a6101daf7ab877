//! The issuer's rules: honour a slip once, rule on an open payment, clear a report, resume a restored card. Pure
//! decisions over what the issuer's books say; the books themselves belong to the party (and, in the model, to the model).

use alloc::vec::Vec;
use minicbor::{Decode, Encode};
use units::{CardNo, DealId, Hash, Moment, Money, PartyId};

use crate::{
    Clearance, Report, Resume,
    breakage::{Breakage, on},
};

/// Who brought a slip first, and under which deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Brought {
    /// The presenter.
    #[n(0)]
    pub by: PartyId,
    /// The slip's name.
    #[n(1)]
    pub slip: Hash,
}

/// The answer to a presented slip; the same for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Honour {
    /// Honoured now: the payee is credited.
    #[n(0)]
    Honoured,
    /// Honoured before: nothing further is credited.
    #[n(1)]
    Repeat,
    /// Not genuine, or drawn after its certificate had ended, or by a card that was stopped before.
    #[n(2)]
    Refused,
}

/// What the issuer knows about one slip, from its books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SlipKnown {
    /// It was honoured before.
    pub honoured: bool,
    /// It was refused before.
    pub refused: bool,
    /// Its signature and tag are genuine and its certificate covered its making.
    pub genuine: bool,
    /// Another slip of the same card carries the same number: proof of a restored payer.
    pub same_number: bool,
}

/// What to do with a slip: the answer, and whether it proves that its payer was restored. A genuine slip drawn within its
/// certificate is honoured even from a clone: the loss is the issuer's, not the payee's.
pub fn honour(known: SlipKnown) -> (Honour, bool) {
    if known.refused {
        (Honour::Refused, false)
    } else if known.honoured && !on(Breakage::HonoursTwice) {
        (Honour::Repeat, false)
    } else if known.genuine {
        (Honour::Honoured, known.same_number)
    } else {
        (Honour::Refused, false)
    }
}

/// What becomes of an open payment that was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// The giver's own word is in the archive: pass it on.
    Forward,
    /// The giver has reported beyond this number and did not give: void, signed by the issuer.
    Void,
    /// The giver has not reported: stays open.
    Open,
}

/// What the issuer knows about the giver of an open payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GiverKnown {
    /// The giver's number in the quote.
    pub give_no: u64,
    /// Its `settle` came with a report.
    pub archived: bool,
    /// A slip of this deal was seen: as evidence of the giver, or brought by whoever carries it. So it was given.
    pub slip_seen: bool,
    /// The highest number the giver has reported.
    pub reported: Option<u64>,
}

/// Rules on an open payment to a giver card, as [`rule_known`], where no slip of the deal was seen.
pub fn rule(give_no: u64, archived: bool, reported: Option<u64>) -> Ruling {
    rule_known(GiverKnown {
        give_no,
        archived,
        slip_seen: false,
        reported,
    })
}

/// Rules on an open payment to a giver card.
///
/// A giver reports a gift until its receiver has closed. So a slip that is out while the gift is not in the archive means
/// that the receiver has had its key and was put back since: a void would refund what was delivered, and would excuse the
/// payer of a slip that the issuer honours. Such a payment stays open until the receiver is resumed, which drops it.
pub fn rule_known(known: GiverKnown) -> Ruling {
    let GiverKnown { give_no, reported, .. } = known;
    if known.archived {
        Ruling::Forward
    } else if known.slip_seen {
        Ruling::Open
    } else if reported.is_some_and(|f| give_no < f) || on(Breakage::RulesWithoutReport) {
        Ruling::Void
    } else {
        Ruling::Open
    }
}

/// The clearance for an archived report: exactly what it lists, and its giver number as the floor.
pub fn clear(report: &Report, hash: Hash) -> Clearance {
    let deals: Vec<DealId> = report.given.iter().map(|(deal, ..)| *deal).collect();
    Clearance {
        report: hash,
        deals,
        evidence: {
            let pieces = report.evidence.iter().map(crate::Evidence::id);
            let claims = report.claims.iter().flatten().map(crate::fact::Claimed::id);
            pieces.chain(claims).collect()
        },
        floor: report.give_no,
    }
}

/// What the issuer has seen of a card, however it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Seen {
    /// Beyond every number as receiver.
    #[n(0)]
    pub pay_no: u64,
    /// Beyond every number as giver.
    #[n(1)]
    pub give_no: u64,
    /// Epoch.
    #[n(2)]
    pub epoch: u64,
}

impl Seen {
    /// Is a card that shows these numbers older than what was seen of it?
    pub const fn is_ahead_of(&self, report: &Report) -> bool {
        self.epoch > report.epoch
            || (self.epoch == report.epoch && (self.pay_no > report.pay_no || self.give_no > report.give_no))
    }
}

/// What a resume waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Every payment the card reported as open has been ruled.
    pub ruled: bool,
    /// When the last transfer certificate the card ever had ends.
    pub certificates_end: Moment,
    /// How long after that reports may still come.
    pub reports_due: units::Span,
    /// Tags the card may hold unused: the least gap of its numbers.
    pub tags: u64,
}

/// The resume of a frozen card, once nothing old can be decided any more; or when to ask again.
pub fn resume(card: CardNo, seen: Seen, shadow: Money, waits: Waits, now: Moment) -> Result<Resume, Moment> {
    let mut from = waits.certificates_end;
    if !on(Breakage::ResumeBeforeReports) {
        from = from.plus(waits.reports_due);
    }
    if now <= from && !on(Breakage::ResumeTooEarly) || !waits.ruled {
        return Err(from);
    }
    let gap = waits.tags.saturating_add(16);
    Ok(Resume {
        card,
        epoch: seen.epoch.saturating_add(1),
        pay_no: seen.pay_no.saturating_add(gap),
        give_no: seen.give_no.saturating_add(gap),
        purse: shadow,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: S13 D3
    #[test]
    fn a_ruling_never_refunds_what_a_slip_shows_to_be_given() {
        let known = GiverKnown {
            give_no: 3,
            archived: false,
            slip_seen: false,
            reported: Some(4),
        };
        assert_eq!(rule_known(known), Ruling::Void);
        let reported = |reported| rule_known(GiverKnown { reported, ..known });
        assert_eq!(reported(Some(3)), Ruling::Open);
        assert_eq!(reported(None), Ruling::Open);
        let archived = GiverKnown {
            archived: true,
            slip_seen: true,
            ..known
        };
        assert_eq!(rule_known(archived), Ruling::Forward);
        let seen = GiverKnown {
            slip_seen: true,
            ..known
        };
        assert_eq!(rule_known(seen), Ruling::Open);
    }
}
