//! Cash line: what a deposit machine and a deposit centre say to the issuer about an order, and how they read its word.

use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, role};
use store::{Fault, Tx};
use units::{Moment, Money, OrderId, PartyId};

use crate::{
    desk::Desk,
    errand::Reply,
    issuer::{CashIn, CashWish, CashWord, Cashed},
    keys::PartyKeys,
};

/// Who speaks, and with which issuer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CashLine<'a> {
    pub(crate) keys: &'a PartyKeys,
    pub(crate) desk: &'a Desk,
    pub(crate) issuer: PartyId,
}

impl CashLine<'_> {
    /// The signed message: this amount for that order is here, and this account pays for it; or it goes back.
    pub(crate) fn say(
        &self,
        (order, amount, until): (OrderId, Money, Moment),
        wish: CashWish,
        account: &[u8],
    ) -> Vec<u8> {
        let said = CashIn {
            order,
            amount,
            wish,
            until,
            account: ByteVec::from(account.to_vec()),
            by: self.keys.id(),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let to = Audience::from(self.issuer);
        seal::sign(self.keys.signer(), Kind::Cash, self.desk.realm_id(), to, &said)
    }

    /// The issuer's word, if this is one about this order.
    pub(crate) fn word(
        &self,
        tx: &mut dyn Tx,
        order: OrderId,
        amount: Money,
        reply: Reply<'_>,
    ) -> Result<Option<CashWord>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(tx)?;
        let Some(issuer) = known.ever_certified::<role::Issuer>(self.issuer) else {
            return Ok(None);
        };
        let said = seal::parse::<Cashed>(bytes, Kind::Cashed, self.desk.realm_id())
            .and_then(|said| said.verify(issuer.sign(), self.keys.audience()));
        Ok(said
            .ok()
            .filter(|said| said.order == order && said.amount == amount)
            .map(|said| said.word))
    }
}
