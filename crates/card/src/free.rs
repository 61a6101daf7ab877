//! Free and cancel: the giver forgets what its receiver has closed, and takes back what nobody paid.

use alloc::vec::Vec;
use deal::{
    Entry,
    wire::{self, Done},
};
use seal::{Audience, Kind as Sealed, NotSigned, Seed};
use units::{Again, DealId, Refusal};

use crate::{Card, Fault, Journal, image::Change};

/// Why a `done` frees nothing. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DoneRefusal {
    /// Not sealed to any tag of this card.
    #[error("this is for another card")]
    NotMine,
    /// Not the receiver's word.
    #[error("this was not signed by the card that received ({0})")]
    Forged(NotSigned),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DoneRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "done-for-another",
            Self::Forged(_) => "done-forged",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(e) => e.again(),
            _ => Again::Never,
        }
    }
}

impl<J: Journal> Card<J> {
    /// Takes the receiver's `done`: its records go, and no others. Answers which; none, if they had gone before.
    pub fn take_done(&mut self, sealed: &[u8], seed: &Seed) -> Result<Vec<DealId>, DoneRefusal> {
        if let Some(heard) = self.open_by_pair(Sealed::Done, sealed) {
            return self.free_loan(heard, seed);
        }
        let counter = || wire::open_sealed(&self.counter_opener(), Sealed::Done, sealed).ok();
        let seller = self.seller_id();
        let (me, signed) = match seller.zip(seller.and_then(|_| counter())) {
            Some((seller, signed)) => (seller.0, signed),
            None => {
                let (tag, signed) = self.open_by_tag(Sealed::Done, sealed).ok_or(DoneRefusal::NotMine)?;
                (tag.0, signed)
            }
        };
        let parsed = seal::parse::<Done>(&signed, Sealed::Done, self.realm).map_err(DoneRefusal::Forged)?;
        let receiver = parsed.claims().receiver;
        let key = self
            .image
            .state
            .given
            .iter()
            .find(|g| g.receiver == receiver)
            .and_then(|g| g.key);
        // No record of that receiver: it was freed before, and there is nothing to check the word against.
        let Some(key) = key else { return Ok(Vec::new()) };
        let done = parsed.verify(&key, Audience::One(me)).map_err(DoneRefusal::Forged)?;
        let Some(entry) = self.image.state.free(receiver, &done.deals) else {
            return Ok(Vec::new());
        };
        let freed = match &entry {
            Entry::Freed(deals) => deals.clone(),
            _ => Vec::new(),
        };
        self.commit(&Change::Deal(entry, None, None), seed)?;
        Ok(freed)
    }

    /// Takes back every quote this card ever made, and everything it would have given for them.
    pub fn cancel(&mut self, seed: &Seed) -> Result<(), Fault> {
        let entry = self.image.state.cancel();
        self.commit(&Change::Deal(entry, None, None), seed).map(|_| ())
    }
}
