//! Fraud: what proves that a card goes on from an older copy of itself, what follows, and the way back through people.
//!
//! Two slips under one number, two gifts under one number, or a no to what was given: each is signed by the card itself and
//! cannot happen to a card that writes before it speaks. A card so found gets no certificates any more, those it holds are
//! revoked, and every card hears of it at its next contact. What was paid for still plays.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{CardNo, DealId, Hash, Moment, Money};

use super::{
    Issuer, Status,
    card::{CARDS, StopFor},
    honour::{CLONES, LOSS},
};
use crate::books;

/// What a card said twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Proof {
    /// Two slips under one number.
    #[n(0)]
    Slips(#[n(0)] Hash, #[n(1)] Hash),
    /// Two gifts under one number.
    #[n(1)]
    Gifts(#[n(0)] DealId, #[n(1)] DealId),
    /// A gift, and a no to the same deal.
    #[n(2)]
    GaveAndVoided(#[n(0)] DealId),
    /// Facts by which a fare came to it, and which its publisher has shown to be false.
    #[n(3)]
    Facts(#[n(0)] DealId),
}

impl Proof {
    /// The sort of proof, as operators read it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Slips(..) => "two-slips-one-number",
            Self::Gifts(..) => "two-gifts-one-number",
            Self::GaveAndVoided(_) => "gave-and-voided",
            Self::Facts(_) => "false-facts",
        }
    }
}

/// A proof as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Found {
    /// What was found.
    #[n(0)]
    pub proof: Proof,
    /// When.
    #[n(1)]
    pub at: Moment,
}
impl Value for Found {}

/// A card that people should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Which card.
    pub card: CardNo,
    /// What it said twice; empty where only its account speaks.
    pub proofs: Vec<Found>,
    /// How far below zero its shadow account went: paid out for it beyond what it had.
    pub below_zero: Money,
    /// May it deal?
    pub status: Status,
}

/// The gift of each giver number, as it was reported first.
pub(super) const GIFTS: Map<(CardNo, u64), DealId> = Map::new(Table::new("issuer_gifts"));
/// Proofs, by card and by what they are.
pub(super) const PROOFS: Map<(CardNo, Hash), Found> = Map::new(Table::new("issuer_proofs"));

impl Issuer {
    /// A card reported to have given under this number. A second gift under it proves a copy.
    pub(super) fn saw_gift(
        &self,
        tx: &mut dyn Tx,
        giver: CardNo,
        give_no: u64,
        deal: DealId,
        now: Moment,
    ) -> Result<(), Fault> {
        match GIFTS.get(tx, &(giver, give_no))? {
            None => GIFTS.put(tx, &(giver, give_no), &deal),
            Some(first) if first == deal => Ok(()),
            Some(first) => self.found(tx, giver, Proof::Gifts(first, deal), now),
        }
    }

    /// Notes a proof once, and stops the card for it.
    pub(super) fn found(&self, tx: &mut dyn Tx, card: CardNo, proof: Proof, now: Moment) -> Result<(), Fault> {
        let name = seal::hash(&seal::cbor::to_bytes(&proof));
        if !PROOFS.insert(tx, &(card, name), &Found { proof, at: now })? {
            return Ok(());
        }
        if self.config.stop_copies {
            self.stop(tx, card, StopFor::Fraud, now)?;
        }
        Ok(())
    }

    /// Slips under one number were noted where they are honoured; the card is stopped for them here, after it, so that
    /// honouring stays one short step.
    pub(super) fn stop_copies(&self, tx: &mut dyn Tx, card: CardNo, pay_no: u64, now: Moment) -> Result<(), Fault> {
        for (_, clone) in CLONES.range(tx, Keys::under(&(card, pay_no)), 16)? {
            self.found(tx, card, Proof::Slips(clone.first, clone.second), now)?;
        }
        Ok(())
    }

    /// What proves that this card was copied.
    pub fn proofs(&self, view: &mut dyn View, card: CardNo) -> Result<Vec<Found>, Fault> {
        let found = PROOFS.range(view, Keys::under(&card), 100)?;
        Ok(found.into_iter().map(|(_, found)| found).collect())
    }

    /// Cards that said something twice, and cards whose shadow account went below zero. A proof names its card; an account
    /// below zero alone may be that of somebody whose giver cheated him, so people look before they stop it.
    pub fn suspects(&self, view: &mut dyn View) -> Result<Vec<Suspect>, Fault> {
        let mut cards: Vec<CardNo> = Vec::new();
        PROOFS.each::<Fault>(view, Keys::all(), |_, (card, _), _| {
            cards.push(card);
            Ok(())
        })?;
        let lost = books::each(view, LOSS)?;
        cards.extend(lost.iter().filter(|(_, loss)| *loss > 0).map(|(of, _)| CardNo(*of)));
        cards.sort_unstable();
        cards.dedup();
        let mut out = Vec::new();
        for card in cards {
            let Some(row) = CARDS.get(view, &card)? else { continue };
            out.push(Suspect {
                card,
                proofs: self.proofs(view, card)?,
                below_zero: self.shadow(view, card)?.loss,
                status: row.status,
            });
        }
        Ok(out)
    }

    /// People have looked: the card was put back by mistake, and may come back by the way of every restored card. Only a
    /// card that was stopped for fraud; one that was lost stays dead. False: no such card, or not stopped for that.
    pub fn pardon(&self, tx: &mut dyn Tx, card: CardNo) -> Result<bool, Fault> {
        let Some(mut row) = CARDS.get(tx, &card)? else {
            return Ok(false);
        };
        if (row.status, row.stopped_for) != (Status::Stopped, Some(StopFor::Fraud)) {
            return Ok(false);
        }
        row.status = Status::Frozen;
        row.stopped_for = None;
        row.put_back = true;
        CARDS.put(tx, &card, &row)?;
        Ok(true)
    }
}
