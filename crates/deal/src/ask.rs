//! Asking: the receiver's first look. Writes nothing.

use units::{Again, Refusal};

use crate::State;

/// Why a card does not even ask. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskRefusal {
    /// Stopped as lost. Such a card is frozen too, and that it was stopped is why.
    #[error("this card was stopped; it opens nothing and cannot pay")]
    Stopped,
    /// Restored from an old copy.
    #[error(
        "this card was restored from an older copy of itself; it plays, but makes no deals until its issuer has resumed it: go online"
    )]
    Frozen,
    /// No unused, valid tag.
    #[error("this card has used up its transfer certificates, or they have ended: go online once to get new ones")]
    NoTag,
    /// Too many open payments.
    #[error("{0} payments are still on their way; finish one first, or go online")]
    PaidFull(u16),
    /// Too much unreported evidence.
    #[error("this card has much to report; go online once")]
    EvidenceFull,
    /// Numbers are at their end.
    #[error("this card is worn out; ask its issuer for a new one")]
    WornOut,
}

impl Refusal for AskRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Stopped => "card-stopped",
            Self::Frozen => "card-frozen",
            Self::NoTag => "no-transfer-certificate",
            Self::PaidFull(_) => "too-many-open-payments",
            Self::EvidenceFull => "evidence-full",
            Self::WornOut => "card-worn-out",
        }
    }
    fn again(&self) -> Again {
        if matches!(self, Self::Stopped | Self::WornOut) {
            Again::Never
        } else {
            Again::AfterYouAct
        }
    }
}

impl State {
    /// Is this card neither stopped nor an older copy of itself? Asked before anything else.
    pub const fn may_deal(&self) -> Result<(), AskRefusal> {
        if self.stopped.is_some() {
            return Err(AskRefusal::Stopped);
        }
        if self.frozen {
            return Err(AskRefusal::Frozen);
        }
        Ok(())
    }
    /// May this card begin a deal at all?
    pub fn may_ask(&self) -> Result<(), AskRefusal> {
        self.may_deal()?;
        if self.pay_no == u64::MAX {
            return Err(AskRefusal::WornOut);
        }
        if self.paid.len() >= usize::from(self.profile.paid_max)
            && !crate::breakage::on(crate::breakage::Breakage::FullPaidOverwrites)
        {
            return Err(AskRefusal::PaidFull(self.profile.paid_max));
        }
        // Every open payment may yet come back as a void, which is evidence to keep.
        if self.evidence.len().saturating_add(self.paid.len()) >= usize::from(self.profile.evidence_max) {
            return Err(AskRefusal::EvidenceFull);
        }
        if self.next_tag().is_none() {
            return Err(AskRefusal::NoTag);
        }
        Ok(())
    }
}
