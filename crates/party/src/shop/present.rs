//! Present: the slip goes to the issuer before the key goes to the buyer. A slip that was presented binds the shop: given
//! follows honoured, void follows refused, and while the issuer is silent neither is said above the floor.

use deal::{
    VoidReason,
    issuer::Honour,
    wire::{Present, Presented},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, Seed, cbor, role};
use store::{Fault, Map, Table, Tx, Value, View};
use units::{DealId, Hash, Moment, Money};

use super::{OnShelf, PayRefused, Shop, Then, give::Made};
use crate::{
    beside::{Told, Unsaid},
    decided,
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
    say::order_of,
};

/// A sale that waits for the issuer.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Pending {
    /// The signed `pay`.
    #[n(0)]
    pub(super) pay: ByteVec,
    /// The number it holds of an edition.
    #[n(1)]
    pub(super) serial: Option<u32>,
}
impl Value for Pending {}

pub(super) const PENDING: Map<DealId, Pending> = Map::new(Table::new("shop_pending"));
/// The deal a slip pays, by the slip's name.
pub(super) const SLIPS: Map<Hash, DealId> = Map::new(Table::new("shop_slips"));

fn errand_of(deal: DealId) -> ErrandId {
    ErrandId::of("present", &deal.0)
}

/// What was found out about the issuer's answer to a sale that waits, beside the writer: the sale itself, the issuer's word,
/// and what is given if it is a good one. None of it changes while the sale waits.
#[derive(Debug)]
pub struct Foreseen {
    open: OpenPay,
    shelf: OnShelf,
    serial: Option<u32>,
    word: Option<Honour>,
    made: Option<Made>,
}

impl Shop {
    /// Writes the sale down as pending, and the errand to the issuer.
    pub(super) fn present(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        serial: Option<u32>,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        let pending = Pending {
            pay: ByteVec::from(open.signed().to_vec()),
            serial,
        };
        PENDING.put(tx, &deal, &pending)?;
        self.post_present(tx, open, now)
    }

    /// The same sale again, while it waits: the same errand.
    pub(super) fn present_again(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<Unsaid, PayRefused> {
        if let Some(errand) = errand::again(tx, errand_of(deal))? {
            return Ok(Step::Errand(errand).into());
        }
        let pending = PENDING.get(tx, &deal)?.ok_or_else(lost)?;
        self.post_present(tx, &OpenPay::kept(self.desk.realm_id(), &pending.pay)?, now)
    }

    /// The slip of a payment as it goes to the issuer.
    pub(super) fn letter_to_issuer(&self, open: &OpenPay) -> Option<Vec<u8>> {
        let present = Present {
            by: self.id(),
            slips: vec![(open.deal(), open.slip()?.clone())],
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        Some(self.voice().letter(Kind::Present, self.config.issuer, &present))
    }

    fn post_present(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        let body = match &open.letter {
            Some(letter) => letter.clone(),
            None => self.letter_to_issuer(open).ok_or_else(lost)?,
        };
        let then = cbor::to_bytes(&Then::Sale(deal));
        let errand = errand::post(tx, errand_of(deal), self.config.issuer, Verb::Present, body, then, now)?;
        Ok(Step::Errand(errand).into())
    }

    /// The issuer's word on one slip, if this is one.
    fn honoured(&self, view: &mut dyn View, reply: Reply<'_>, slip: Hash) -> Result<Option<Honour>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let Some(issuer) = known.ever_certified::<role::Issuer>(self.config.issuer) else {
            return Ok(None);
        };
        let answer = seal::parse::<Presented>(bytes, Kind::Presented, self.desk.realm_id())
            .and_then(|s| s.verify(issuer.sign(), self.keys.audience()));
        let Ok(presented) = answer else { return Ok(None) };
        Ok(presented
            .answers
            .into_iter()
            .find(|(id, _)| *id == slip)
            .map(|(_, honour)| honour))
    }

    /// What the issuer's answer comes to, if the sale still waits for it.
    pub(super) fn foresee_sale(
        &self,
        view: &mut dyn View,
        deal: DealId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Option<Foreseen>, PayRefused> {
        let Some(pending) = PENDING.get(view, &deal)? else {
            return Ok(None);
        };
        let open = OpenPay::kept(self.desk.realm_id(), &pending.pay)?;
        let slip = open.slip().ok_or_else(lost)?;
        let shelf = match open.pay().quote.offer {
            Some(hash) => self.listed(view, hash)?.ok_or_else(lost)?,
            None => return Err(lost().into()),
        };
        let word = self.honoured(view, reply, slip.id())?;
        let gives = match word {
            Some(Honour::Refused) => false,
            Some(_) => true,
            // Nothing is cleared on trust: what is owed has waited for long.
            None => slip.amount <= self.config.floor && open.pay().quote.kind != deal::Kind::Clear,
        };
        let made = if gives {
            Some(self.make_gift(&open, &shelf, pending.serial, now, seed)?)
        } else {
            None
        };
        Ok(Some(Foreseen {
            open,
            shelf,
            serial: pending.serial,
            word,
            made,
        }))
    }

    /// The issuer has answered, or not.
    pub(super) fn presented(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        told: &Told,
        now: Moment,
        seed: &Seed,
    ) -> Result<Unsaid, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        if !PENDING.has(tx, &deal)? {
            return Ok(self.presented_late(tx, told.errand(), deal, told.reply(), now)?.into());
        }
        let found;
        let foreseen = match &told.foreseen {
            Some(foreseen) if foreseen.open.deal() == deal => foreseen,
            _ => {
                found = self.foresee_sale(tx, deal, told.reply(), now, seed)?.ok_or_else(lost)?;
                &found
            }
        };
        let Foreseen {
            open,
            shelf,
            serial,
            word,
            made,
        } = foreseen;
        match (word, made) {
            (Some(Honour::Refused), _) => {
                errand::finish(tx, told.errand())?;
                PENDING.delete(tx, &deal)?;
                self.free_values(tx, open)?;
                decided::free(tx, order_of(open).unwrap_or_default(), deal)?;
                if let Some(serial) = serial {
                    self.give_number_back(tx, shelf.offer.number, *serial)?;
                }
                self.void(tx, open, VoidReason::NotHonoured, now)
            }
            (word, Some(made)) if made.has_number(*serial) => {
                if word.is_some() {
                    errand::finish(tx, told.errand())?;
                } else {
                    // Within the floor the shop gives on trust; the errand stays, so that its slip is brought later.
                    errand::later(tx, told.errand(), now)?;
                }
                PENDING.delete(tx, &deal)?;
                let paid = self.tenders(tx, open)?.map_err(|_| lost())?;
                self.give(tx, open, shelf, paid, made, now)
            }
            _ => Ok(Step::NotYet(errand::later(tx, told.errand(), now)?).into()),
        }
    }

    /// An answer for a sale that was decided already: given on trust within the floor, or answered twice.
    fn presented_late(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        deal: DealId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, PayRefused> {
        let Some(sale) = self.sale(tx, deal)? else {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        let honour = match sale.slip {
            Some(slip) => self.honoured(tx, reply, slip)?,
            None => Some(Honour::Repeat),
        };
        match honour {
            None => Ok(Step::NotYet(errand::later(tx, errand, now)?)),
            Some(honour) => {
                if honour == Honour::Refused {
                    self.book_floor_loss(tx, &sale, deal, now)?;
                }
                errand::finish(tx, errand)?;
                Ok(Step::Answer(Vec::new()))
            }
        }
    }

    /// Sales that wait for the issuer: how many, and the money in them.
    pub fn pending(&self, view: &mut dyn View) -> Result<(u64, Money), Fault> {
        let (mut count, mut sum) = (0_u64, Money::zero(self.desk.currency()));
        PENDING.each::<Fault>(view, store::Keys::all(), |_, _, pending| {
            count = count.saturating_add(1);
            if let Ok(open) = OpenPay::kept(self.desk.realm_id(), &pending.pay)
                && let Some(slip) = open.slip()
            {
                sum = sum.plus(slip.amount).unwrap_or(sum);
            }
            Ok(())
        })?;
        Ok((count, sum))
    }
}

fn lost() -> Fault {
    Fault::Corrupt {
        table: "shop_pending",
        why: "a sale under way lacks what it was about".to_owned(),
    }
}
