//! Coupon: a seller of this publisher's works asks whether it may take a coupon that was given for fares (SD-19).
//!
//! A coupon is its holder's to use wherever the works are sold, and no two sellers share what they know; so the first one
//! that asks is the one where it counts, for ever. Within its own store that seller takes it once, like a value of its own.

use deal::{Value, ValueKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind as Sealed, role};
use store::{Map, Table, Tx};
use units::{PartyId, ValueId};

use super::{CollectRefused, Collector};
use crate::door::NotRead;

/// A seller's question, signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CouponAsk {
    /// The coupon, as this collector signed it.
    #[n(0)]
    pub coupon: ByteVec,
    /// Who asks.
    #[n(1)]
    pub by: PartyId,
    /// Its certificate as a seller.
    #[n(2)]
    pub certificate: ByteVec,
}

/// The answer, signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CouponWord {
    /// Which coupon.
    #[n(0)]
    pub id: ValueId,
    /// Does it count at the seller that asked?
    #[n(1)]
    pub yours: bool,
}

/// At which seller a coupon counts.
pub(super) const COUPONS: Map<ValueId, PartyId> = Map::new(Table::new("collector_coupons"));

impl Collector {
    /// Answers a seller. Asked again, it is the same answer.
    pub(super) fn coupon(&self, tx: &mut dyn Tx, message: &[u8]) -> Result<Vec<u8>, CollectRefused> {
        crate::epoch::require::<CollectRefused>(tx)?;
        let (known, realm) = (self.desk.known(tx)?, self.desk.realm_id());
        let parsed = seal::parse::<CouponAsk>(message, Sealed::Settlement, realm).map_err(NotRead::from)?;
        let paper = &parsed.claims().certificate;
        let seller = known.trust.check_ever::<role::Seller>(paper).map_err(NotRead::from)?;
        let ask = parsed
            .verify(seller.sign(), self.keys.audience())
            .map_err(NotRead::from)?;
        if seller.subject() != ask.by.0 {
            return Err(NotRead::OtherSender.into());
        }
        let own = self.keys.signer().verify_key();
        let coupon: Value = seal::parse(&ask.coupon, Sealed::Value, realm)
            .and_then(|signed| signed.verify(&own, Audience::Anyone))
            .map_err(NotRead::from)?;
        if coupon.kind != ValueKind::Coupon || coupon.maker != self.id() {
            return Err(CollectRefused::Kind);
        }
        let at = COUPONS.get(tx, &coupon.id)?;
        if at.is_none() {
            COUPONS.put(tx, &coupon.id, &ask.by)?;
        }
        let word = CouponWord {
            id: coupon.id,
            yours: at.is_none_or(|at| at == ask.by),
        };
        Ok(self.voice().letter(Sealed::Settlement, ask.by, &word))
    }
}
