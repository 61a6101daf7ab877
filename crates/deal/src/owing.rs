//! Owing: what a card keeps of a license that a charge shall pay for, and what becomes of it (ST-4, ST-13, S14).
//!
//! | step | entry | what it does |
//! |---|---|---|
//! | close | [`Entry::Closed`] | the license is here, owing; its charge is in the outbox |
//! | play | [`Entry::Played`] | counted against the credit |
//! | the payer's word | [`Entry::Charged`] | it opens, or is refused for ever |
//! | clear | [`Entry::Paid`], [`Entry::Closed`] | refused, then paid with something else |
//!
//! The record stands as long as anything is owed; the license's status says the same in a word. A license on hold after a
//! resume stays so: being paid is one question, being here another.

use alloc::boxed::Box;

use minicbor::{Decode, Encode, bytes::ByteVec};
use units::{DealId, LicenseId, Moment, Money, PartyId, Share, Tag};

use crate::{
    Entry, Held, Paid, PayRefusal, PlayRefusal, Quote, State, Status, Tender,
    breakage::{Breakage, on},
    charge::{Charge, ChargeId, ChargeWord, Charged},
    message::Number,
    state::Profile,
};

/// What is owed for one license: the record, and the outbox of its charge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Owed {
    /// The charge.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub charge: ChargeId,
    /// The license.
    #[n(1)]
    pub license: LicenseId,
    /// The deal that closed with it.
    #[n(2)]
    pub deal: DealId,
    /// The tag that paid, and signs the charge.
    #[n(3)]
    pub tag: Tag,
    /// Who shall pay.
    #[n(4)]
    pub payer: PartyId,
    /// To whom it is due.
    #[n(5)]
    pub seller: PartyId,
    /// How much.
    #[n(6)]
    pub amount: Money,
    /// When the deal closed.
    #[n(7)]
    pub at: Moment,
    /// Plays while owing.
    #[n(8)]
    pub played: u32,
    /// The payer's signed refusal, once it has come: what a clear shows.
    #[n(9)]
    pub refused: Option<ByteVec>,
    /// The signed `pay`, with the certificate of its tag.
    #[n(10)]
    pub paid: ByteVec,
}

/// What may be owed at once. Counted with [`Profile::owing_max`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Credit {
    /// Most money owed at once.
    #[n(0)]
    pub sum_max: Money,
    /// Most plays of a license while it is owing.
    #[n(1)]
    pub plays: u32,
}

/// Plays while owing where the issuer says nothing else.
const PLAYS_WHILE_OWING: u32 = 3;

impl Profile {
    /// How much may be owed; where the issuer says nothing, as much as may be in one payment.
    pub fn credit(&self) -> Credit {
        self.credit.unwrap_or(Credit {
            sum_max: self.amount_max,
            plays: PLAYS_WHILE_OWING,
        })
    }
}

/// What a payer's word means to a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearing {
    /// Write this: the license opens, or is refused for ever.
    Write(Box<Entry>),
    /// Heard before, or about nothing that is owed here: nothing to do.
    Nothing,
    /// It contradicts what was heard before: the first word stands, this one is evidence.
    Contradicted(DealId),
}

impl State {
    /// What is owed for this license.
    pub fn owed(&self, license: LicenseId) -> Option<&Owed> {
        self.owed.as_ref().and_then(|all| all.get(&license))
    }

    /// Everything that is owed.
    pub fn owing(&self) -> impl Iterator<Item = &Owed> {
        self.owed.iter().flat_map(|all| all.values())
    }

    /// The charges that wait for their payer's word, as they are said, again and again.
    pub fn outbox(&self) -> impl Iterator<Item = &Owed> {
        self.owing().filter(|owed| owed.refused.is_none())
    }

    /// Credit for one more license that is not paid at once: counted and summed, with what open payments will owe.
    pub(crate) fn has_credit(&self, amount: Money) -> Result<(), PayRefusal> {
        let open = || self.paid.iter().filter_map(|p| charge_of(&p.pay.tenders));
        let count = self.owing().count().saturating_add(open().count());
        if count >= usize::from(self.profile.owing_max) {
            return Err(PayRefusal::OwingFull(self.profile.owing_max));
        }
        let limit = self.profile.credit().sum_max;
        let owed = self.owing().map(|owed| owed.amount);
        let mut sum = Some(amount);
        for more in owed.chain(open().map(|(_, amount, _)| amount)) {
            sum = sum.and_then(|sum| sum.plus(more).ok());
        }
        match sum {
            Some(would) if would.currency() == limit.currency() && would <= limit => Ok(()),
            would => Err(PayRefusal::CreditLimit {
                limit,
                would: would.unwrap_or(amount),
            }),
        }
    }

    /// May a license that is owing be played once more?
    pub(crate) fn plays_on_credit(&self, license: LicenseId) -> Result<(), PlayRefusal> {
        match self.owed(license) {
            Some(owed) if owed.refused.is_none() && owed.played < self.profile.credit().plays => Ok(()),
            _ => Err(PlayRefusal::NotPaid),
        }
    }

    /// Judges a payer's word; `signed` is what a clear will show. Signature and payer are checked already.
    pub fn charged(&self, word: &Charged, signed: &[u8]) -> Hearing {
        let Some(owed) = self.owing().find(|owed| owed.charge == word.charge) else {
            return Hearing::Nothing;
        };
        if owed.deal != word.deal || owed.amount != word.amount {
            return Hearing::Contradicted(owed.deal);
        }
        match (&owed.refused, word.word) {
            (Some(_), ChargeWord::Refused) => Hearing::Nothing,
            (Some(_), ChargeWord::Paid) => Hearing::Contradicted(owed.deal),
            (None, said) => {
                let kept = (said == ChargeWord::Refused).then(|| ByteVec::from(signed.to_vec()));
                Hearing::Write(Box::new(Entry::Charged(owed.license, kept)))
            }
        }
    }

    /// The license that a clear pays for: here, refused, and for exactly what is owed.
    pub(crate) fn clears(&self, quote: &Quote) -> Result<(), PayRefusal> {
        let owed = quote.license.and_then(|id| self.owed(id));
        let owed = owed.ok_or(PayRefusal::NothingOwed)?;
        let held = self.licenses.get(&owed.license).ok_or(PayRefusal::NothingOwed)?;
        let same = quote.number == Number::Order(units::OrderId(owed.charge)) && quote.giver == owed.seller.0;
        if !same || quote.offer != Some(held.offer) {
            return Err(PayRefusal::NothingOwed);
        }
        if owed.refused.is_none() && !on(Breakage::ClearWithoutRefusal) {
            return Err(PayRefusal::ChargeOpen);
        }
        if quote.price != owed.amount {
            return Err(PayRefusal::PriceDiffers {
                asked: quote.price,
                signed: owed.amount,
            });
        }
        Ok(())
    }

    /// A license came that a charge shall pay for: it is owing from its first moment here.
    pub(crate) fn owe(&mut self, held: &mut Held, paid: &Paid, at: Moment) {
        let Some((charge, amount, payer)) = charge_of(&paid.pay.tenders) else {
            return;
        };
        held.status = Status::Owing(charge);
        let owed = Owed {
            charge,
            license: held.id,
            deal: paid.deal,
            tag: paid.pay.receiver,
            payer,
            seller: PartyId(paid.pay.quote.giver),
            amount,
            at,
            played: 0,
            refused: None,
            paid: paid.message.clone(),
        };
        self.owed.get_or_insert_default().insert(held.id, owed);
    }

    pub(crate) fn apply_charged(&mut self, license: LicenseId, refused: &Option<ByteVec>) {
        match refused {
            Some(_) if on(Breakage::RefusalOpens) => self.settled(license),
            Some(word) => {
                let Some(owed) = self.owed.as_mut().and_then(|all| all.get_mut(&license)) else {
                    return;
                };
                owed.refused = Some(word.clone());
                let charge = owed.charge;
                if let Some(held) = self.licenses.get_mut(&license)
                    && matches!(held.status, Status::Owing(_))
                {
                    held.status = Status::Refused(charge);
                }
            }
            None => self.settled(license),
        }
    }

    /// Nothing is owed any more: what was waiting for that opens.
    pub(crate) fn settled(&mut self, license: LicenseId) {
        if let Some(all) = &mut self.owed {
            all.remove(&license);
            if all.is_empty() {
                self.owed = None;
            }
        }
        if let Some(held) = self.licenses.get_mut(&license)
            && matches!(held.status, Status::Owing(_) | Status::Refused(_))
        {
            held.status = by_share(held);
        }
    }

    /// The status of a license that is here for certain: what is owed for it, else what its share lets it do.
    pub(crate) fn status_of(&self, held: &Held) -> Status {
        match self.owed(held.id) {
            Some(owed) if owed.refused.is_some() => Status::Refused(owed.charge),
            Some(owed) => Status::Owing(owed.charge),
            None => Status::Usable,
        }
    }

    pub(crate) fn count_owing_play(&mut self, license: LicenseId) {
        if let Some(owed) = self.owed.as_mut().and_then(|all| all.get_mut(&license)) {
            owed.played = owed.played.saturating_add(1);
        }
    }
}

impl Owed {
    /// What is asked of the payer, for the offer under this number.
    pub const fn charge(&self, offer: units::OfferNo) -> Charge {
        Charge {
            charge: self.charge,
            deal: self.deal,
            payer: self.payer,
            seller: self.seller,
            offer,
            amount: self.amount,
            at: self.at,
        }
    }
}

/// What opens of a license by its share alone.
fn by_share(held: &Held) -> Status {
    match held.rights.share {
        Share::Whole => Status::Usable,
        Share::Nothing => Status::Locked,
        _ => Status::Partial,
    }
}

/// The charge among some tenders.
pub fn charge_of(tenders: &[Tender]) -> Option<(ChargeId, Money, PartyId)> {
    tenders.iter().find_map(|tender| match tender {
        Tender::Charge(id, amount, payer) => Some((*id, *amount, *payer)),
        _ => None,
    })
}
