//! Online: whoever shows a password here loads a purse from his account (ST-20). The issuer takes the amount from the account
//! itself, by a token that the bank signs anew, so nothing needs to be kept free: what does not get into a purse comes back.

use deal::{Value, ValueKind};
use minicbor::{Decode, Encode};
use seal::{Audience, Kind, cbor};
use store::{Fault, Tx, View};
use units::{Moment, Money, OrderId, ValueId};

use super::{Bank as _, Holder, HouseBank};
use crate::{
    centre::{Centre, Loads, Payer, Who},
    errand::{self, ErrandId},
};

/// What the bank's errands say about an order.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Then(#[n(0)] OrderId);

impl HouseBank {
    /// The order an errand is about, if it is about one.
    pub(super) fn load_of(&self, view: &mut dyn View, id: ErrandId) -> Result<Option<(Centre<'_>, OrderId)>, Fault> {
        let Some(row) = errand::open(view, id)? else {
            return Ok(None);
        };
        let order = cbor::from_bytes::<Then>(&row.then).ok().map(|Then(order)| order);
        Ok(self.centre().zip(order))
    }

    /// The account of this token as a value, as it was signed when it was opened.
    fn token(&self, token: ValueId) -> Vec<u8> {
        let value = Value {
            kind: ValueKind::Account,
            maker: self.id(),
            id: token,
            worth: Money::zero(self.desk.currency()),
            offer: None,
            until: None,
            label: String::new(),
        };
        let realm = self.desk.realm_id();
        seal::sign(self.keys.signer(), Kind::Value, realm, Audience::Anyone, &value)
    }

    /// Is this an account of a person?
    pub fn is_account(&self, view: &mut dyn View, token: ValueId) -> Result<bool, Fault> {
        self.has(view, Holder::Token(token))
    }
}

impl Loads for HouseBank {
    fn centre(&self) -> Option<Centre<'_>> {
        let config = self.centre.as_ref()?;
        Some(Centre {
            keys: &self.keys,
            desk: &self.desk,
            config,
            payer: self,
            then: |order| cbor::to_bytes(&Then(order)),
        })
    }
}

impl Payer for HouseBank {
    fn keep(&self, tx: &mut dyn Tx, who: Who, _: OrderId, amount: Money, _: Moment) -> Result<Option<Vec<u8>>, Fault> {
        let held = self.balance(tx, Holder::Token(ValueId(who)))?;
        let covers = held.is_some_and(|held| held >= amount);
        Ok(covers.then(|| self.token(ValueId(who))))
    }
    fn take(&self, _: &mut dyn Tx, _: Who, _: OrderId, _: Money, _: Moment) -> Result<(), Fault> {
        Ok(())
    }
    fn let_go(&self, _: &mut dyn Tx, _: Who, _: OrderId, _: Money, _: Moment) -> Result<(), Fault> {
        Ok(())
    }
}
