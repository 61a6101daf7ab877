//! Excuse: a giver said no to a payment, for ever, and its slip is out all the same. The payer had his money back and owes
//! nothing; whoever said no is charged.
//!
//! Slip and void come by different ways and in either order, so both are kept until the other is there. A void excuses one
//! slip. A slip that a witness saw in another deal is not the one that was voided: whoever drew both went on from an older
//! copy of his card.

use deal::wire::{OutcomeSheet, SettleSheet};
use minicbor::{Decode, Encode};
use seal::{Audience, Kind, role};
use store::{Fault, Map, Table, Tx, Value};
use units::{CardNo, DealId, Hash, Moment, Money, PartyId, Tag};

use super::{
    Issuer,
    card::TAGS,
    fraud::Proof,
    honour::{FLOAT, LOSS, NUMBERS, OWES, SLIPS, SlipState, Stopped},
    rule::{ARCHIVE, RULINGS},
};
use crate::books::{Account, Leg};

/// Who said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) enum By {
    /// A server.
    #[n(0)]
    Party(#[n(0)] PartyId),
    /// A card, or this issuer in its place.
    #[n(1)]
    Card(#[n(0)] CardNo),
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Voided {
    #[n(0)]
    deal: DealId,
    #[n(1)]
    by: By,
    /// The slip it excused.
    #[n(2)]
    excused: Option<Hash>,
}
impl Value for Voided {}

/// Voids that payers have shown, by the payer's number; the first stands.
pub(super) const VOIDS: Map<(CardNo, u64), Voided> = Map::new(Table::new("issuer_voids"));
/// In which deal a witness, or its seller, saw a slip.
pub(super) const SEEN_IN: Map<Hash, DealId> = Map::new(Table::new("issuer_seen_in"));

impl Issuer {
    /// Takes a void that a payer shows. One that was not signed by who was paid, or was said to another card, is no void.
    pub(super) fn take_void(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        (deal, pay_no): (DealId, u64),
        message: &[u8],
        now: Moment,
    ) -> Result<(), Stopped> {
        let Some(by) = self.void_by(tx, card, deal, pay_no, message)? else {
            return Ok(());
        };
        if let By::Card(giver) = by
            && ARCHIVE.get(tx, &deal)?.is_some_and(|a| a.giver == giver)
            && !RULINGS.has(tx, &deal)?
        {
            self.found(tx, giver, Proof::GaveAndVoided(deal), now)?;
        }
        self.note_void(tx, card, pay_no, deal, by)?;
        self.settle_void(tx, card, pay_no, now)
    }

    /// Keeps a void until its slip turns up.
    pub(super) fn note_void(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        pay_no: u64,
        deal: DealId,
        by: By,
    ) -> Result<(), Fault> {
        let voided = Voided {
            deal,
            by,
            excused: None,
        };
        VOIDS.insert(tx, &(card, pay_no), &voided).map(|_| ())
    }

    /// Who signed this no to this very card; nobody, if it does not hold. This issuer's own are known without being shown:
    /// rulings were noted when they were made, and its other deals end in its own books.
    fn void_by(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        deal: DealId,
        pay_no: u64,
        message: &[u8],
    ) -> Result<Option<By>, Fault> {
        let Ok(parsed) = seal::parse::<SettleSheet>(message, Kind::Settle, self.desk.realm_id()) else {
            return Ok(None);
        };
        let (sheet, audience) = (parsed.claims().clone(), parsed.audience());
        let no = matches!(sheet.outcome, OutcomeSheet::Void(_));
        let Audience::One(tag) = audience else { return Ok(None) };
        let own = TAGS.get(tx, &Tag(tag))?.is_some_and(|row| row.card == card);
        if !no || !own || sheet.deal != deal || sheet.pay_no != pay_no {
            return Ok(None);
        }
        let trust = &self.desk.known(tx)?.trust;
        let (key, subject, server) = match trust.check_ever::<role::Seller>(&sheet.certificate) {
            Ok(seller) => (*seller.sign(), seller.subject(), true),
            Err(_) => match trust.check_ever::<role::Transfer>(&sheet.certificate) {
                Ok(giver) => (*giver.sign(), giver.subject(), false),
                Err(_) => return Ok(None),
            },
        };
        if parsed.verify(&key, audience).is_err() {
            return Ok(None);
        }
        if server {
            return Ok(Some(By::Party(PartyId(subject))));
        }
        Ok(TAGS.get(tx, &Tag(subject))?.map(|row| By::Card(row.card)))
    }

    /// Excuses the payer once, as soon as both the void and the slip are here and nothing says that they belong to two
    /// deals; and takes it back when that is said later.
    pub(super) fn settle_void(&self, tx: &mut dyn Tx, card: CardNo, pay_no: u64, now: Moment) -> Result<(), Stopped> {
        let (Some(mut voided), Some(id)) = (VOIDS.get(tx, &(card, pay_no))?, NUMBERS.get(tx, &(card, pay_no))?) else {
            return Ok(());
        };
        let Some(slip) = SLIPS.get(tx, &id)?.filter(|s| s.state != SlipState::Refused) else {
            return Ok(());
        };
        let other = SEEN_IN.get(tx, &id)?.is_some_and(|seen| seen != voided.deal);
        let charged = match voided.by {
            By::Party(party) if slip.by == Some(party) => Account::of(OWES, party.0),
            // A shop that voids presents nothing; who brought the slip instead is not its business.
            By::Party(_) => return Ok(()),
            By::Card(giver) => Account::of(LOSS, giver.0),
        };
        match (voided.excused, other) {
            (None, false) => {
                voided.excused = Some(id);
                let legs = self.excusing(tx, charged, card, slip.amount)?;
                self.post(tx, "excused", Hash(voided.deal.0), legs, now)?;
            }
            (Some(_), true) => {
                voided.excused = None;
                let legs = self.charging(tx, charged, card, slip.amount)?;
                self.post(tx, "not excused", Hash(voided.deal.0), legs, now)?;
            }
            _ => return Ok(()),
        }
        Ok(VOIDS.put(tx, &(card, pay_no), &voided)?)
    }

    /// A witness, or the seller it was paid to, saw this slip in that deal. The first word stands.
    pub(super) fn seen_in(&self, tx: &mut dyn Tx, slip: Hash, deal: DealId, now: Moment) -> Result<(), Stopped> {
        if deal == DealId::default() || !SEEN_IN.insert(tx, &slip, &deal)? {
            return Ok(());
        }
        let row = SLIPS.get(tx, &slip)?;
        match row.and_then(|row| row.card.map(|card| (card, row.pay_no))) {
            Some((card, pay_no)) => self.settle_void(tx, card, pay_no, now),
            None => Ok(()),
        }
    }

    /// From who said no to the payer: what was lost for him first, then into his shadow account.
    fn excusing(&self, tx: &mut dyn Tx, charged: Account, card: CardNo, amount: Money) -> Result<Vec<Leg>, Fault> {
        let lost = self.shadow(tx, card)?.loss.min(amount);
        let lost = if charged == Account::of(LOSS, card.0) {
            Money::zero(lost.currency())
        } else {
            lost
        };
        let rest = amount.minus(lost).unwrap_or(amount);
        Ok(split(
            charged,
            lost,
            rest,
            Account::of(LOSS, card.0),
            Account::of(FLOAT, card.0),
            true,
        ))
    }

    /// The same back: out of the shadow account as far as it goes, the rest is lost.
    fn charging(&self, tx: &mut dyn Tx, charged: Account, card: CardNo, amount: Money) -> Result<Vec<Leg>, Fault> {
        let has = self.shadow(tx, card)?.float.min(amount);
        let rest = amount.minus(has).unwrap_or(amount);
        Ok(split(
            charged,
            rest,
            has,
            Account::of(LOSS, card.0),
            Account::of(FLOAT, card.0),
            false,
        ))
    }
}

/// Two legs between `charged` and a card's loss and float.
fn split(charged: Account, lost: Money, held: Money, loss: Account, float: Account, out: bool) -> Vec<Leg> {
    [(loss, lost), (float, held)]
        .into_iter()
        .filter(|(account, part)| !part.is_zero() && *account != charged)
        .map(|(account, amount)| match out {
            true => Leg {
                debit: charged,
                credit: account,
                amount,
            },
            false => Leg {
                debit: account,
                credit: charged,
                amount,
            },
        })
        .collect()
}
