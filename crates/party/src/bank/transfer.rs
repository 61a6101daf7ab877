//! Transfer: one movement between two accounts, by an id of 128 bits that stands for it for ever (row-51, row-53).

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, NotSigned, NotTrusted, role};
use store::{Fault, Tx, Value as Row, View};
use units::{Again, Hash, Moment, Money, PartyId, Refusal, TransferId};

use super::{
    Bank, HouseBank,
    account::{Holder, OpenRefused, StatementLine, TRANSFERS, note_line},
};
use crate::books::{self, Leg, Posting};

/// One end of a transfer.
pub type Place = Holder;

/// The order: signed by the party that gives it (kind transfer, for the bank).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TransferOrder {
    /// Its id, for ever.
    #[n(0)]
    pub id: TransferId,
    /// From whose account.
    #[n(1)]
    pub from: Place,
    /// To whose.
    #[n(2)]
    pub to: Place,
    /// How much.
    #[n(3)]
    pub amount: Money,
    /// What for, as statements show it: at most 140 characters of the set banks agree on.
    #[n(4)]
    pub reference: String,
    /// Who orders it.
    #[n(5)]
    pub by: PartyId,
    /// That party's certificate.
    #[n(6)]
    pub certificate: ByteVec,
}

impl TransferOrder {
    /// What the order says, without the certificate it came under: a renewed certificate is no other order.
    fn content(&self) -> Hash {
        let content = Self {
            certificate: ByteVec::from(Vec::new()),
            ..self.clone()
        };
        seal::hash(&seal::cbor::to_bytes(&content))
    }
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Transferred {
    /// Booked.
    #[n(0)]
    Booked(#[n(0)] Moment),
    /// Refused, for ever.
    #[n(1)]
    Refused(#[n(0)] WhyNot),
}

/// Why a transfer was refused for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum WhyNot {
    /// One of the accounts does not exist.
    #[n(0)]
    NoAccount,
    /// Too little in it.
    #[n(1)]
    NotCovered,
    /// Another currency than the account's, or nothing at all.
    #[n(2)]
    Amount,
}

/// The bank's answer: signed by it (kind receipt, for whoever ordered).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TransferAnswer {
    /// Which transfer.
    #[n(0)]
    pub id: TransferId,
    /// How much it was for.
    #[n(1)]
    pub amount: Money,
    /// What became of it.
    #[n(2)]
    pub outcome: Transferred,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Kept {
    #[n(0)]
    pub(super) content: Hash,
    #[n(1)]
    pub(super) by: PartyId,
    #[n(2)]
    pub(super) amount: Money,
    #[n(3)]
    pub(super) outcome: Transferred,
}
impl Row for Kept {}

/// Why an order was not taken at all, in order of precedence. Nothing is remembered of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferRefused {
    /// The bank is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not a signed order.
    #[error("this is no order: {0}")]
    NotSigned(#[from] NotSigned),
    /// Whoever gives it is not certified.
    #[error("whoever gives this order is not certified here: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// The account is not that party's to debit.
    #[error("this party may not debit this account")]
    NotYours,
    /// The text is not one that banks agree on.
    #[error("a reference has at most 140 characters of a-z A-Z 0-9 / - ? : ( ) . , ' + and space")]
    Reference,
    /// The id stands for another order.
    #[error("transfer {0} was ordered before with another content; nothing has changed, a new transfer needs a new id")]
    OtherContent(TransferId),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for TransferRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "order-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::NotYours => "account-not-yours",
            Self::Reference => "order-reference",
            Self::OtherContent(_) => "transfer-other-content",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(TransferRefused);

impl Bank for HouseBank {
    fn transfer(&self, tx: &mut dyn Tx, order: &[u8], now: Moment) -> Result<Vec<u8>, TransferRefused> {
        crate::epoch::require::<TransferRefused>(tx)?;
        let (order, issuer) = self.open_order(tx, order, now)?;
        if !may_debit(&order, issuer) {
            return Err(TransferRefused::NotYours);
        }
        if !is_reference(&order.reference) {
            return Err(TransferRefused::Reference);
        }
        let outcome = self.book_once(tx, &order, now)?;
        let answer = TransferAnswer {
            id: order.id,
            amount: order.amount,
            outcome,
        };
        let audience = seal::Audience::from(order.by);
        Ok(seal::sign(
            self.keys.signer(),
            Kind::Receipt,
            self.desk.realm_id(),
            audience,
            &answer,
        ))
    }

    fn outcome(&self, view: &mut dyn View, id: TransferId) -> Result<Option<Transferred>, Fault> {
        Ok(TRANSFERS.get(view, &id)?.map(|kept| kept.outcome))
    }

    fn balance(&self, view: &mut dyn View, of: Holder) -> Result<Option<Money>, Fault> {
        if !self.has(view, of)? {
            return Ok(None);
        }
        let zero = Money::zero(self.desk.currency());
        Ok(Some(books::money(view, of.account(), zero)?))
    }
}

/// Whose certificate this is, of those that may have an account and order from it; and whether it is an issuer's.
pub(super) fn customer(trust: &seal::Trust, paper: &[u8], now: Moment) -> Result<(seal::Claims, bool), NotTrusted> {
    fn claims<R: role::Mark>(v: seal::Verified<R>) -> seal::Claims {
        v.claims().clone()
    }
    let issuer = trust.check::<role::Issuer>(paper, now);
    match issuer {
        Ok(v) => return Ok((claims(v), true)),
        Err(NotTrusted::OtherRole) => {}
        Err(no) => return Err(no),
    }
    // The first of these roles that it is for says whether it is good; what is wrong with it is told as it is.
    macro_rules! first_of { ($($mark:ident),*) => {{
        $( match trust.check::<role::$mark>(paper, now) {
            Ok(verified) => return Ok((claims(verified), false)),
            Err(NotTrusted::OtherRole) => {}
            Err(no) => return Err(no),
        } )*
        Err(NotTrusted::OtherRole)
    }} }
    first_of!(
        Seller, Publisher, Collector, Support, Approver, Settler, Carrier, Copying, Gateway
    )
}

impl HouseBank {
    /// Carries an order out, once for ever; the same again gets the same outcome.
    pub(super) fn book_once(
        &self,
        tx: &mut dyn Tx,
        order: &TransferOrder,
        now: Moment,
    ) -> Result<Transferred, TransferRefused> {
        let content = order.content();
        match TRANSFERS.get(tx, &order.id)? {
            Some(kept) if kept.content == content => Ok(kept.outcome),
            Some(_) => Err(TransferRefused::OtherContent(order.id)),
            None => {
                let outcome = self.book(tx, order, now)?;
                let kept = Kept {
                    content,
                    by: order.by,
                    amount: order.amount,
                    outcome,
                };
                TRANSFERS.put(tx, &order.id, &kept)?;
                Ok(outcome)
            }
        }
    }

    /// The order, its signature checked under the certificate it came with; and whether an issuer gave it.
    fn open_order(
        &self,
        view: &mut dyn View,
        bytes: &[u8],
        now: Moment,
    ) -> Result<(TransferOrder, bool), TransferRefused> {
        let known = self.desk.known(view)?;
        let parsed = seal::parse::<TransferOrder>(bytes, Kind::Transfer, self.desk.realm_id())?;
        let paper = &parsed.claims().certificate;
        let (claims, is_issuer) = customer(&known.trust, paper, now)?;
        let order = parsed.verify(&claims.sign, self.keys.audience())?;
        if order.by.0 != claims.subject {
            return Err(TransferRefused::NotYours);
        }
        Ok((order, is_issuer))
    }

    /// Is there an account for what comes? A party that the registry lists gets one with the first money that comes for it: it
    /// need not ask anybody.
    fn takes(&self, tx: &mut dyn Tx, to: Holder, now: Moment) -> Result<bool, Fault> {
        if self.has(tx, to)? {
            return Ok(true);
        }
        let Holder::Party(id) = to else { return Ok(false) };
        let known = self.desk.known(tx)?;
        let Some(listed) = known.party(id) else {
            return Ok(false);
        };
        let name: String = listed.name.chars().filter(|c| !c.is_control()).take(60).collect();
        let zero = Money::zero(self.desk.currency());
        match self.open_party(tx, id, &name, zero, now) {
            Ok(()) => Ok(true),
            Err(OpenRefused::Fault(fault)) => Err(fault),
            Err(_) => Ok(false),
        }
    }

    fn book(&self, tx: &mut dyn Tx, order: &TransferOrder, now: Moment) -> Result<Transferred, Fault> {
        if order.amount.currency() != self.desk.currency() || order.amount.is_zero() {
            return Ok(Transferred::Refused(WhyNot::Amount));
        }
        if order.from == order.to || !self.has(tx, order.from)? || !self.takes(tx, order.to, now)? {
            return Ok(Transferred::Refused(WhyNot::NoAccount));
        }
        let posting = Posting {
            id: order.id,
            what: "transfer",
            about: order.content(),
            legs: vec![Leg {
                debit: order.from.account(),
                credit: order.to.account(),
                amount: order.amount,
            }],
        };
        // Looked up before, so that what the ledger says below is trouble of its own and no answer to anybody.
        let covered = books::balance(tx, order.from.account())? >= order.amount.minor();
        if !covered {
            return Ok(Transferred::Refused(WhyNot::NotCovered));
        }
        books::post(tx, &posting, now).map_err(books::PostRefused::into_fault)?;
        for (holder, other, credit) in [(order.from, order.to, false), (order.to, order.from, true)] {
            let line = StatementLine {
                id: order.id,
                credit,
                amount: order.amount,
                reference: order.reference.clone(),
                at: now,
                other: Some(other),
            };
            note_line(tx, holder, &line)?;
        }
        if let Holder::Party(to) = order.to {
            let said = super::Credited {
                bank: self.keys.id(),
                id: order.id,
                from: match order.from {
                    Holder::Party(id) => Some(id),
                    Holder::Token(_) => None,
                },
                to,
                amount: order.amount,
                reference: order.reference.clone(),
                at: now,
            };
            self.announce(tx, said, now)?;
        }
        Ok(Transferred::Booked(now))
    }
}

/// A party debits its own account; an issuer also that of a person who gave it the token, and then only to itself.
fn may_debit(order: &TransferOrder, issuer: bool) -> bool {
    match order.from {
        Holder::Party(party) => party == order.by,
        Holder::Token(_) => issuer && order.to == Holder::Party(order.by),
    }
}

fn is_reference(text: &str) -> bool {
    text.len() <= super::REFERENCE_MAX
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-?:().,'+ ".contains(&b))
}
