//! Present: servers bring slips, one by one answered, once for ever. And the list a restored server asks for.

use deal::wire::{Present, Presented};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Claims, Kind, NotSigned, NotTrusted, role};
use store::{Fault, Keys, Tx, View};
use units::{Again, ContentId, DealId, Hash, Moment, Money, PartyId, Refusal};

use super::{
    Issuer,
    honour::{BROUGHT, OpenSlip, SLIPS, Stopped, Via},
};
use crate::{beside::Unsaid, desk::Known};

/// The most slips in one message.
pub const SLIPS_MAX: usize = 256;
/// The most rows in one page of what was honoured.
const PAGE: usize = 200;

/// A restored server asks what was honoured for it (kind record, signed, for the issuer).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HonouredQuery {
    /// Who asks, about itself.
    #[n(0)]
    pub by: PartyId,
    /// Only what came after this number; 0: from the beginning.
    #[n(1)]
    pub after: u64,
    /// Its certificate.
    #[n(2)]
    pub certificate: ByteVec,
}

/// One slip that was honoured for a server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HonouredRow {
    /// Its number in the order of honouring, over all presenters.
    #[n(0)]
    pub number: u64,
    /// The deal it was brought in.
    #[n(1)]
    pub deal: DealId,
    /// The slip.
    #[n(2)]
    pub slip: Hash,
    /// For which work.
    #[n(3)]
    pub title: ContentId,
    /// How much.
    #[n(4)]
    pub amount: Money,
    /// When.
    #[n(5)]
    pub at: Moment,
}

/// A page of what was honoured (kind record, signed by the issuer, for whoever asked).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HonouredPage {
    /// The rows, in order.
    #[n(0)]
    pub rows: Vec<HonouredRow>,
    /// More to come: ask again after the last number.
    #[n(1)]
    pub more: bool,
}

/// Why slips were not looked at, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresentRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("the message was not signed by whom it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Not a server that presents.
    #[error("only certified sellers, collectors and centres bring slips: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// It speaks for another.
    #[error("a server speaks for itself alone")]
    OtherSender,
    /// Too many at once.
    #[error("at most {SLIPS_MAX} slips in one message, these are {0}")]
    TooMany(usize),
    /// So much was honoured beyond what was loaded that people must look first.
    #[error("honouring has stopped: more was drawn than loaded; the issuer's people are looking, ask again later")]
    SeriesStopped,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Stopped> for PresentRefused {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Series => Self::SeriesStopped,
            Stopped::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Refusal for PresentRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "present-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "present-for-another",
            Self::TooMany(_) => "too-many-slips",
            Self::SeriesStopped => "series-stopped",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::SeriesStopped => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(PresentRefused);

/// A presenter: by which role it may. What was drawn before a certificate ended is still brought after it.
fn presenter(known: &Known, by: PartyId, certificate: &[u8]) -> Result<(Claims, bool), NotTrusted> {
    // Mostly it is the certificate the directory lists, and that was checked before.
    if let Some(seller) = known.has_listed::<role::Seller>(by, certificate) {
        return Ok((seller.claims().clone(), true));
    }
    let trust = &known.trust;
    match trust.check_ever::<role::Seller>(certificate) {
        Ok(seller) => Ok((seller.claims().clone(), true)),
        Err(NotTrusted::OtherRole) => trust
            .check_ever::<role::Collector>(certificate)
            .map(|v| v.claims().clone())
            .or_else(|_| {
                trust
                    .check_ever::<role::Support>(certificate)
                    .map(|v| v.claims().clone())
            })
            .map(|claims| (claims, false)),
        Err(no) => Err(no),
    }
}

/// A genuine [`Present`], read: who brings it, and what was found out about each slip.
#[derive(Debug)]
pub struct OpenPresent {
    present: Present,
    via: Via,
    /// In the order of the slips.
    opened: Vec<OpenSlip>,
}

impl Issuer {
    /// Reads a signed [`Present`] beside the writer: its signature and those of its slips.
    pub(super) fn read_present(&self, view: &mut dyn View, message: &[u8]) -> Result<OpenPresent, PresentRefused> {
        crate::epoch::require::<PresentRefused>(view)?;
        let known = self.desk.known(view)?;
        let parsed = seal::parse::<Present>(message, Kind::Present, self.desk.realm_id())?;
        let (claims, seller) = presenter(&known, parsed.claims().by, &parsed.claims().certificate)?;
        let present = parsed.verify(&claims.sign, self.keys.audience())?;
        if present.by.0 != claims.subject {
            return Err(PresentRefused::OtherSender);
        }
        if present.slips.len() > SLIPS_MAX {
            return Err(PresentRefused::TooMany(present.slips.len()));
        }
        let via = if seller {
            Via::Seller(present.by)
        } else {
            Via::Collector(present.by)
        };
        let mut opened = Vec::with_capacity(present.slips.len());
        for (_, slip) in &present.slips {
            opened.push(self.open_slip(view, slip)?);
        }
        Ok(OpenPresent { present, via, opened })
    }

    /// Answers a [`Present`]: each slip honoured, repeat or refused, the same for ever.
    pub(super) fn present(&self, tx: &mut dyn Tx, open: &OpenPresent, now: Moment) -> Result<Unsaid, PresentRefused> {
        crate::epoch::require::<PresentRefused>(tx)?;
        let mut answers = Vec::with_capacity(open.present.slips.len());
        for ((deal, slip), opened) in open.present.slips.iter().zip(&open.opened) {
            answers.push((opened.id, self.honour_opened(tx, slip, opened, *deal, open.via, now)?));
        }
        Ok(Unsaid::Presented(open.present.by, Presented { answers }))
    }

    /// Answers a signed [`HonouredQuery`] with a page of what was honoured for whoever asks.
    pub fn honoured(&self, view: &mut dyn View, message: &[u8], _now: Moment) -> Result<Vec<u8>, PresentRefused> {
        crate::epoch::require::<PresentRefused>(view)?;
        let known = self.desk.known(view)?;
        let parsed = seal::parse::<HonouredQuery>(message, Kind::Record, self.desk.realm_id())?;
        let (claims, _) = presenter(&known, parsed.claims().by, &parsed.claims().certificate)?;
        let query = parsed.verify(&claims.sign, self.keys.audience())?;
        if query.by.0 != claims.subject {
            return Err(PresentRefused::OtherSender);
        }
        let keys = Keys::under(&query.by).after(&(query.by, query.after));
        let found = BROUGHT.range(view, keys, PAGE.saturating_add(1))?;
        let more = found.len() > PAGE;
        let mut rows = Vec::new();
        for ((_, number), slip) in found.into_iter().take(PAGE) {
            if let Some(row) = SLIPS.get(view, &slip)? {
                rows.push(HonouredRow {
                    number,
                    deal: row.deal,
                    slip,
                    title: row.title,
                    amount: row.amount,
                    at: row.at,
                });
            }
        }
        Ok(seal::sign(
            self.keys.signer(),
            Kind::Record,
            self.desk.realm_id(),
            Audience::from(query.by),
            &HonouredPage { rows, more },
        ))
    }
}
