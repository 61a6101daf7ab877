//! Coupons of publishers: what a publisher's collector gave for fares that came home (SD-19) takes off the price of his works
//! here. Who gave it bears it: in the books it stands against what he is owed.
//!
//! Before the first payment with it is judged, the collector is asked, for another seller of the same works may have taken it
//! already. What it answered is written down, and is asked once.

use deal::{Tender, Value, ValueKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, cbor, role};
use store::{Fault, Map, Table, Tx, Value as Row, View};
use units::{Moment, PartyId, Span, ValueId};

use super::{PayRefused, Shop, Then};
use crate::{
    beside::{Told, Unsaid},
    collector::{CouponAsk, CouponWord},
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
};

/// What a collector said of one of its coupons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Said {
    #[n(0)]
    ours: bool,
}
impl Row for Said {}

pub(super) const COUPONS: Map<(PartyId, ValueId), Said> = Map::new(Table::new("shop_coupons"));

fn errand_of(maker: PartyId, id: ValueId) -> ErrandId {
    ErrandId::of("coupon", &[maker.0, id.0].concat())
}

/// Under which name the use of a value is noted: its own number, or for a publisher's one that no number of this shop can be.
pub(super) fn used_as(shop: PartyId, value: &Value) -> ValueId {
    if value.maker == shop {
        return value.id;
    }
    let name = seal::hash_parts(&[b"coupon", &value.maker.0, &value.id.0]);
    ValueId::from_slice(&name.0[..16]).unwrap_or_default()
}

/// Has its publisher said anything of this value?
pub(super) fn is_known(view: &mut dyn View, value: &Value) -> Result<bool, Fault> {
    COUPONS.has(view, &(value.maker, value.id))
}

impl Shop {
    /// Is this a genuine coupon of whoever the price is due to?
    fn is_payees(&self, view: &mut dyn View, open: &OpenPay, value: &Value, signed: &[u8]) -> Result<bool, Fault> {
        if value.kind != ValueKind::Coupon || value.maker != open.pay().quote.payee {
            return Ok(false);
        }
        let known = self.desk.known(view)?;
        let Some(collector) = known.ever_certified::<role::Collector>(value.maker) else {
            return Ok(false);
        };
        let body = seal::parse::<Value>(signed, Kind::Value, self.desk.realm_id())
            .and_then(|s| s.verify(collector.sign(), Audience::Anyone));
        Ok(body.is_ok_and(|body| body == *value))
    }

    /// Does this coupon count here, as its collector has said?
    pub(super) fn is_taken_here(
        &self,
        view: &mut dyn View,
        open: &OpenPay,
        value: &Value,
        signed: &[u8],
    ) -> Result<bool, Fault> {
        let said = COUPONS.get(view, &(value.maker, value.id))?;
        Ok(said.is_some_and(|said| said.ours) && self.is_payees(view, open, value, signed)?)
    }

    /// What has to be asked before this payment can be judged, if anything has.
    pub(super) fn ask_for_coupons(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        now: Moment,
    ) -> Result<Option<Step>, PayRefused> {
        for tender in &open.pay().tenders {
            let Tender::Value(value, signed) = tender else { continue };
            let foreign = value.maker != self.id() && !COUPONS.has(tx, &(value.maker, value.id))?;
            if !foreign {
                continue;
            }
            if self.desk.known(tx)?.number == 0 {
                // Before the first directory nobody is known, and a no would be for ever.
                return Ok(Some(Step::NotYet(Span::seconds(5))));
            }
            if !self.is_payees(tx, open, value, signed)? {
                continue;
            }
            let ask = CouponAsk {
                coupon: signed.clone(),
                by: self.id(),
                certificate: ByteVec::from(self.keys.certificate().to_vec()),
            };
            let letter = self.voice().letter(Kind::Settlement, value.maker, &ask);
            let then = cbor::to_bytes(&Then::Coupon(value.maker, value.id));
            let id = errand_of(value.maker, value.id);
            let errand = errand::post(tx, id, value.maker, Verb::Coupon, letter, then, now)?;
            return Ok(Some(Step::Errand(errand)));
        }
        Ok(None)
    }

    /// The collector has answered, or not. Whoever pays with the coupon says so again, and is judged then.
    pub(super) fn coupon_said(
        &self,
        tx: &mut dyn Tx,
        (maker, id): (PartyId, ValueId),
        told: &Told,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let Some(word) = self
            .word_of_collector(tx, maker, told.reply())?
            .filter(|word| word.id == id)
        else {
            return Ok(Step::NotYet(errand::later(tx, told.errand(), now)?).into());
        };
        COUPONS.put(tx, &(maker, id), &Said { ours: word.yours })?;
        errand::finish(tx, told.errand())?;
        Ok(Step::NotYet(Span::seconds(1)).into())
    }

    fn word_of_collector(
        &self,
        view: &mut dyn View,
        maker: PartyId,
        reply: Reply<'_>,
    ) -> Result<Option<CouponWord>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(view)?;
        let Some(collector) = known.ever_certified::<role::Collector>(maker) else {
            return Ok(None);
        };
        let word = seal::parse::<CouponWord>(bytes, Kind::Settlement, self.desk.realm_id())
            .and_then(|s| s.verify(collector.sign(), self.keys.audience()));
        Ok(word.ok())
    }
}
