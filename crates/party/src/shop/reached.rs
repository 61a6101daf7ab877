//! Reached: a wallet is at this server, and the server says so (SD-16). Cards that can show it carry fares on, where a publisher
//! chose that rule; a card cannot say it of itself.
//!
//! The server signs a name that it sees once and that only the publisher can connect with a card, so nobody is known again by
//! asking. It says so to everybody who asks: that is what being reached means.

use deal::fact::{ReachedAsk, ReachedSheet, ReachedWord};
use minicbor::bytes::ByteVec;
use seal::cbor;
use store::{Fault, View};
use units::{Again, Moment, Refusal, Span};

use super::Shop;
use crate::{door::NotRead, errand::Step};

/// How long such a word holds.
const HOLDS: Span = Span::days(90);
/// How much before now it begins, for clocks that differ.
const BEFORE: Span = Span::days(1);

/// Why the server does not say so. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachRefused {
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// Not sold here.
    #[error("this work is not sold here; ask where it is")]
    NotSold,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ReachRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotRead(no) => no.code(),
            Self::NotSold => "reached-not-sold-here",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotRead(no) => no.again(),
            Self::NotSold => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(ReachRefused);

impl Shop {
    /// Says that a wallet was here, for the publisher of a work in the window.
    pub fn reached(&self, view: &mut dyn View, ask: &[u8], now: Moment) -> Result<Step, ReachRefused> {
        let ask: ReachedAsk = cbor::from_bytes(ask).map_err(|_| NotRead::NotOpened)?;
        let work = self.in_window(view, ask.content)?.ok_or(ReachRefused::NotSold)?;
        let (realm, held) = (self.desk.realm_id(), (now.less(BEFORE), now.plus(HOLDS)));
        let sheet = ReachedSheet {
            publisher: work.publisher,
            word: ReachedWord::sign(self.keys.signer(), realm, work.publisher, ask.name, held),
            certificate: ByteVec::from(self.certificate().to_vec()),
        };
        Ok(Step::Answer(cbor::to_bytes(&sheet)))
    }
}
