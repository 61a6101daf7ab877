//! Tenders: what a payment is made of, each part genuine and used once. Money is honoured by its issuer; values are this
//! shop's own promises.

use deal::{Tender, Value, ValueKind, VoidReason, charge::charge_id};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, SealTo, Seed, role};
use store::{Fault, Map, Table, Tx, Value as Row, View};
use units::{Again, DealId, Hash, Moment, Money, Refusal, ValueId};

use super::{Approved, Borne, ByMedium, Charged, Paid, Shop, approve::approval_of, coupons::used_as, present::SLIPS};
use crate::door::OpenPay;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct Issued(#[n(0)] pub(super) Value);
impl Row for Issued {}

/// Values this shop made.
pub(super) const ISSUED: Map<ValueId, Issued> = Map::new(Table::new("shop_values"));
/// Values that were used, or are in a payment under way.
pub(super) const USED: Map<ValueId, DealId> = Map::new(Table::new("shop_values_used"));

/// Why no value was made, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Receipts and refund orders come from deals, accounts from banks.
    #[error(
        "a shop gives out coupons, tickets, cheques, prepaid codes and points; a {0:?} comes by itself or from others"
    )]
    Kind(ValueKind),
    /// Worth nothing where it must be worth something, or in another currency.
    #[error("a value of this kind is worth more than nothing, in {0}")]
    Worth(units::Currency),
    /// A label nobody can read.
    #[error("a label has at most 60 characters")]
    Label,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ValueRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Kind(_) => "value-kind",
            Self::Worth(_) => "value-worth",
            Self::Label => "value-label",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
crate::refused::refusals!(ValueRefused);

impl Shop {
    /// Makes a value of this shop's own: for one offer, or any; until a moment, or for ever. Its number is drawn from the
    /// seed: 128 bits nobody guesses.
    #[allow(clippy::too_many_arguments)] // a value is what it says, all of it
    pub fn make_value(
        &self,
        tx: &mut dyn Tx,
        kind: ValueKind,
        worth: Money,
        offer: Option<Hash>,
        until: Option<Moment>,
        label: &str,
        seed: &Seed,
    ) -> Result<(Value, ByteVec), ValueRefused> {
        crate::epoch::require::<ValueRefused>(tx)?;
        self.may_make(kind, worth, label)?;
        let value = Value {
            kind,
            maker: self.id(),
            id: ValueId(seed.id("value")),
            worth,
            offer,
            until,
            label: label.to_owned(),
        };
        ISSUED.put(tx, &value.id, &Issued(value.clone()))?;
        let signed = self.voice().value(&value);
        Ok((value, signed))
    }

    /// Is that a value a shop can make?
    pub(super) fn may_make(&self, kind: ValueKind, worth: Money, label: &str) -> Result<(), ValueRefused> {
        if matches!(kind, ValueKind::Refund | ValueKind::Receipt | ValueKind::Account) {
            return Err(ValueRefused::Kind(kind));
        }
        let currency = self.desk.currency();
        if worth.currency() != currency || (worth.is_zero() && kind != ValueKind::Ticket) {
            return Err(ValueRefused::Worth(currency));
        }
        if label.chars().count() > 60 || label.chars().any(char::is_control) {
            return Err(ValueRefused::Label);
        }
        Ok(())
    }

    /// Notes a value that a deal brings, so that the record knows it.
    pub(super) fn note_value(&self, tx: &mut dyn Tx, value: &Value) -> Result<(), Fault> {
        ISSUED.put(tx, &value.id, &Issued(value.clone()))
    }

    /// What a payment is made of, if every part is good: values this shop signed and nobody used, a slip whose seal and
    /// clear part agree and that pays no other deal. Otherwise what is wrong with it.
    pub(super) fn tenders(&self, tx: &mut dyn Tx, open: &OpenPay) -> Result<Result<Paid, VoidReason>, Fault> {
        let pay = open.pay();
        let zero = Money::zero(self.desk.currency());
        let mut paid = Paid {
            money: zero,
            receipts: zero,
            values: zero,
            before: zero,
            approved: None,
            charged: None,
            borne: None,
            medium: None,
        };
        let mut left = pay.quote.price;
        let (mut seen, mut borne) = (Vec::new(), zero);
        for tender in &pay.tenders {
            let Tender::Value(value, signed) = tender else { continue };
            let used = used_as(self.id(), value);
            if let Some(wrong) = self.wrong_with(tx, open, (value, signed), used)? {
                return Ok(Err(wrong));
            }
            if seen.contains(&used) {
                return Ok(Err(VoidReason::Tender));
            }
            seen.push(used);
            let part = part_of(value, left);
            left = left.minus(part).unwrap_or(zero);
            if value.kind == ValueKind::Receipt {
                paid.before = paid.before.plus(value.worth).unwrap_or(paid.before);
            }
            let sum = if value.kind == ValueKind::Receipt {
                &mut paid.receipts
            } else if value.maker != self.id() || self.publisher_bears(tx, value.id)? {
                &mut borne
            } else {
                &mut paid.values
            };
            *sum = sum.plus(part).unwrap_or(*sum);
        }
        paid.borne = (!borne.is_zero()).then_some(Borne {
            by: pay.quote.payee,
            amount: borne,
        });
        for tender in &pay.tenders {
            match tender {
                Tender::Value(..) => {}
                Tender::Slip(slip) => {
                    if !self.slip_holds(tx, open, slip)? {
                        return Ok(Err(VoidReason::Tender));
                    }
                    paid.money = slip.amount;
                    left = left.minus(slip.amount).unwrap_or(pay.quote.price);
                }
                Tender::Approval(_) => {
                    let Some(approver) = self.approver_of(open, left) else {
                        return Ok(Err(VoidReason::Tender));
                    };
                    let by = self.owed_by(approver);
                    paid.approved = Some(Approved { by, amount: left });
                    left = zero;
                }
                Tender::Charge(charge, amount, by) => {
                    if *charge != charge_id(pay.receiver) || *amount != left || !self.pays_charges(tx, *by)? {
                        return Ok(Err(VoidReason::Tender));
                    }
                    paid.charged = Some(Charged {
                        by: *by,
                        amount: left,
                        charge: *charge,
                    });
                    left = zero;
                }
                Tender::Medium(name, proof) => {
                    if !self.medium_holds(tx, open, *name, *proof)? {
                        return Ok(Err(VoidReason::Tender));
                    }
                    paid.values = paid.values.plus(left).unwrap_or(paid.values);
                    paid.medium = Some(ByMedium {
                        name: *name,
                        amount: left,
                    });
                    left = zero;
                }
                // In the protocol, and not taken by this shop yet.
                Tender::Order(..) => return Ok(Err(VoidReason::Tender)),
            }
        }
        Ok(if left.is_zero() {
            Ok(paid)
        } else {
            Err(VoidReason::Tender)
        })
    }

    /// Why this value pays nothing here, if it does not.
    fn wrong_with(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        (value, signed): (&Value, &[u8]),
        used: ValueId,
    ) -> Result<Option<VoidReason>, Fault> {
        let is_used = USED.get(tx, &used)?.is_some_and(|deal| deal != open.deal());
        if self.is_own(tx, value, signed)? || self.is_taken_here(tx, open, value, signed)? {
            return Ok(is_used.then_some(VoidReason::ValueUsed));
        }
        // Its maker was asked, and another seller was first.
        if super::coupons::is_known(tx, value)? {
            return Ok(Some(VoidReason::ValueUsed));
        }
        let is_for_here = value.maker == self.id() || value.maker == open.pay().quote.payee;
        Ok(Some(if is_for_here {
            VoidReason::Tender
        } else {
            VoidReason::ValueElsewhere
        }))
    }

    /// May this party pay charges: is it a carrier or a bank of this realm, and does this shop take charges at all?
    fn pays_charges(&self, view: &mut dyn View, payer: units::PartyId) -> Result<bool, Fault> {
        let known = self.desk.known(view)?;
        let certified = known.ever_certified::<role::Carrier>(payer).is_some()
            || known.ever_certified::<role::Bank>(payer).is_some();
        Ok(certified && self.config.bank.is_some())
    }

    /// Whose approval it is, if it says that it is for this much. Whether it holds is asked elsewhere.
    fn approver_of(&self, open: &OpenPay, amount: Money) -> Option<units::PartyId> {
        let (id, signed) = approval_of(open)?;
        let parsed = seal::parse::<deal::approval::Approval>(signed, Kind::Approval, self.desk.realm_id()).ok()?;
        let said = parsed.claims();
        (said.id == id && said.amount == amount).then_some(said.approver)
    }

    /// Did this shop sign it, as it is?
    fn is_own(&self, tx: &mut dyn Tx, value: &Value, signed: &[u8]) -> Result<bool, Fault> {
        if value.maker != self.id() {
            return Ok(false);
        }
        if let Some(record) = ISSUED.get(tx, &value.id)?
            && record.0 != *value
        {
            return Ok(false);
        }
        let key = self.keys.signer().verify_key();
        let body = seal::parse::<Value>(signed, Kind::Value, self.desk.realm_id())
            .and_then(|s| s.verify(&key, Audience::Anyone));
        Ok(body.is_ok_and(|body| body == *value))
    }

    fn slip_holds(&self, tx: &mut dyn Tx, open: &OpenPay, slip: &deal::Slip) -> Result<bool, Fault> {
        let pay = open.pay();
        let names = slip.payee == pay.quote.payee && slip.title == pay.quote.title && slip.route == pay.quote.route;
        // One slip is checked: the first. A second one has no proof.
        let first = open.slip().is_some_and(|first| core::ptr::eq(first, slip));
        let Some(issuer) = self.issuer_seal(tx)?.filter(|_| names && first) else {
            return Ok(false);
        };
        let agrees = open.slip_agrees(self.desk.realm_id(), &issuer);
        Ok(agrees && SLIPS.get(tx, &slip.id())?.is_none_or(|deal| deal == open.deal()))
    }

    /// Where slips are sealed to; nothing before the registry told of the issuer.
    fn issuer_seal(&self, view: &mut dyn View) -> Result<Option<SealTo>, Fault> {
        let known = self.desk.known(view)?;
        let issuer = known.ever_certified::<role::Issuer>(self.config.issuer);
        Ok(issuer.map(|issuer| *issuer.seal()))
    }

    /// Beside the writer: whether the slip holds, and the letter that takes it to the issuer.
    pub(super) fn look_into_slip(&self, view: &mut dyn View, open: &mut OpenPay) -> Result<(), Fault> {
        if let (Some(_), Some(issuer)) = (open.slip(), self.issuer_seal(view)?) {
            open.check_slip(self.desk.realm_id(), &issuer);
            open.letter = self.letter_to_issuer(open);
        }
        Ok(())
    }

    /// Every part of this payment is used by its deal, and by no other.
    pub(super) fn use_tenders(&self, tx: &mut dyn Tx, open: &OpenPay) -> Result<(), Fault> {
        for tender in &open.pay().tenders {
            match tender {
                Tender::Value(value, _) => USED.put(tx, &used_as(self.id(), value), &open.deal())?,
                Tender::Slip(slip) => SLIPS.put(tx, &slip.id(), &open.deal())?,
                Tender::Medium(name, _) => self.use_medium(tx, *name, open.deal())?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The payment came to nothing: its values are free again, and the piece it had reserved. Its slip is dead, whatever becomes
    /// of it.
    pub(super) fn free_values(&self, tx: &mut dyn Tx, open: &OpenPay) -> Result<(), Fault> {
        self.free_piece(tx, open.deal())?;
        for tender in &open.pay().tenders {
            match tender {
                Tender::Value(value, _) => {
                    USED.delete(tx, &used_as(self.id(), value))?;
                }
                Tender::Medium(name, _) => self.free_medium(tx, *name, open.deal())?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What of `left` a value pays, when [`deal::covered`] has found that it may.
fn part_of(value: &Value, left: Money) -> Money {
    match value.kind {
        ValueKind::Ticket | ValueKind::Receipt => left,
        _ => value.worth.min(left),
    }
}
