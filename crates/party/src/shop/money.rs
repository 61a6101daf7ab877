//! Money: how a sale, a refund and a broken promise stand in the shop's books.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | sale | with payee (slip), with carrier (charge), prepaid (receipts), values taken, coupons of publishers | tax, share of publisher, share of this shop |
//! | payment for later | with payee, values taken | prepaid |
//! | surrender | tax, shares, each in proportion | refund orders |
//! | slip refused after giving on trust | floor loss | with payee |

use ledger::{Carry, split};
use license::Offer;
use store::{Fault, Map, Table, Tx};
use units::{DealId, Hash, Moment, Money, PartyId};

use super::{Paid, PayRefused, Sale, Shop, unsettled::CARRIED};
use crate::{
    books::{self, Account, Leg, Posting, Sort, posting_id},
    settlement,
};

/// Money that is with whom the slip named: the issuer honours it to that payee.
pub(super) const WITH: Sort = Sort::had("with payee");
/// What coupons, tickets and the like took off prices.
pub(super) const VALUES: Sort = Sort {
    name: "values taken",
    kind: ledger::Kind::Expense,
    limit: ledger::Limit::CreditsWithinDebits,
};
/// What publishers' own coupons took off prices: what they are owed is less by that.
pub(super) const BORNE: Sort = Sort::had("coupons of publishers");
/// Paid, and not yet delivered. Below zero after a restore that forgot payments whose receipts are good all the same.
pub(super) const PREPAID: Sort = Sort::owed("prepaid").free();
/// Tax contained in sales, owed to the state.
pub(super) const TAX: Sort = Sort::owed("tax");
/// Of the price without tax: the publisher's part and this shop's own. Refunds may come after it was paid out.
pub(super) const SHARE: Sort = Sort::owed("share").free();
/// Refund orders given out.
pub(super) const REFUNDS: Sort = Sort::owed("refund orders");
/// Given on trust within the floor, and not honoured.
pub(super) const FLOOR_LOSS: Sort = Sort {
    name: "floor loss",
    kind: ledger::Kind::Expense,
    limit: ledger::Limit::CreditsWithinDebits,
};

/// What of a unit each side of an agreement is still owed, by publisher.
pub(super) const CARRIES: Map<PartyId, Carry> = Map::new(Table::new("shop_carries"));

/// How a price was divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    pub(super) tax: Money,
    pub(super) publisher: Money,
}

impl Shop {
    /// Divides a price: the tax in it, the publisher's part of the rest, and what is left for this shop. What does not divide is
    /// carried to the next sale.
    pub(super) fn divide(
        &self,
        publisher: PartyId,
        price: Money,
        tax_permille: u16,
        carry: &mut Carry,
    ) -> Result<Division, PayRefused> {
        let zero = Money::zero(price.currency());
        let tax = price.tax_contained(u32::from(tax_permille));
        let net = price.minus(tax).unwrap_or(zero);
        if publisher == self.id() {
            return Ok(Division { tax, publisher: zero });
        }
        let (own, theirs) = (Account::of(SHARE, self.id().0), Account::of(SHARE, publisher.0));
        let permille = 1000_u32.saturating_sub(u32::from(self.config.commission_permille));
        let parts = split(net, &[(theirs.id(), permille)], own.id(), carry)
            .map_err(|no| PayRefused::Books(books::PostRefused::Books(no.to_string())))?;
        let part = parts.iter().find(|(id, _)| *id == theirs.id());
        Ok(Division {
            tax,
            publisher: part.map_or(zero, |(_, part)| *part),
        })
    }

    /// Books a sale: what came in is what is owed to the state, the publisher and this shop.
    pub(super) fn book_sale(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        offer: &Offer,
        paid: &Paid,
        now: Moment,
    ) -> Result<Division, PayRefused> {
        let zero = Money::zero(self.desk.currency());
        let own = Account::of(SHARE, self.id().0);
        let theirs = Account::of(SHARE, offer.publisher.0);
        let mut carry = CARRIES.get(tx, &offer.publisher)?.unwrap_or_default();
        let Division { tax, publisher } = self.divide(offer.publisher, offer.price, offer.tax_permille, &mut carry)?;
        if offer.publisher != self.id() {
            CARRIES.put(tx, &offer.publisher, &carry)?;
        }
        let net = offer.price.minus(tax).unwrap_or(zero);
        let ours = net.minus(publisher).unwrap_or(zero);
        let mut debits = vec![
            (Account::of(WITH, offer.payee.0), paid.money),
            (Account::own(PREPAID), paid.receipts),
            (Account::own(VALUES), paid.values),
        ];
        debits.extend(borne(paid));
        if let Some(charged) = paid.charged {
            debits.push((Account::of(CARRIED, charged.by.0), charged.amount));
        }
        if let Some(approved) = paid.approved {
            debits.push((Account::of(settlement::WITH, approved.by.0), approved.amount));
        }
        let credits = [(Account::own(TAX), tax), (theirs, publisher), (own, ours)];
        let legs = pair(&debits, &credits);
        self.post(tx, "sale", Hash(deal.0), legs, now)?;
        Ok(Division { tax, publisher })
    }

    /// Books a payment for goods to come.
    pub(super) fn book_prepaid(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        offer: &Offer,
        paid: &Paid,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let mut debits = vec![
            (Account::of(WITH, offer.payee.0), paid.money),
            (Account::own(VALUES), paid.values),
        ];
        debits.extend(borne(paid));
        let legs = pair(&debits, &[(Account::own(PREPAID), offer.price)]);
        self.post(tx, "prepaid", Hash(deal.0), legs, now)
    }

    /// Books a refund of `back`: tax and shares give up their part of it.
    pub(super) fn book_refund(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        sale: &Sale,
        back: Money,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let legs = self.legs_back(sale, back, Account::own(REFUNDS));
        self.post(tx, "refund", Hash(deal.0), legs, now)
    }

    /// What gives up its part when `back` of a sale is undone, and where it goes.
    pub(super) fn legs_back(&self, sale: &Sale, back: Money, to: Account) -> Vec<Leg> {
        let zero = Money::zero(self.desk.currency());
        let tax = proportion(sale.tax, back, sale.price);
        let publisher = proportion(sale.publisher_part, back, sale.price);
        let rest = back.minus(tax).and_then(|r| r.minus(publisher)).unwrap_or(zero);
        let debits = [
            (Account::own(TAX), tax),
            (Account::of(SHARE, sale.publisher.0), publisher),
            (Account::of(SHARE, self.id().0), rest),
        ];
        pair(&debits, &[(to, back)])
    }

    /// Books the loss of a slip that was trusted.
    pub(super) fn book_floor_loss(
        &self,
        tx: &mut dyn Tx,
        sale: &Sale,
        deal: DealId,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let legs = vec![Leg {
            debit: Account::own(FLOOR_LOSS),
            credit: Account::of(WITH, sale.payee.0),
            amount: sale.paid.money,
        }];
        self.post(tx, "floor loss", Hash(deal.0), legs, now)
    }

    pub(super) fn post(
        &self,
        tx: &mut dyn Tx,
        what: &'static str,
        about: Hash,
        legs: Vec<Leg>,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let posting = Posting {
            id: posting_id(what, &about.0),
            what,
            about,
            legs,
        };
        Ok(books::post(tx, &posting, now)?)
    }

    /// What stands in the shop's books for a payee, and what is owed to a publisher: minor units.
    pub fn balances(&self, view: &mut dyn store::View, of: PartyId) -> Result<(i64, i64), Fault> {
        let with = books::balance(view, Account::of(WITH, of.0))?;
        Ok((with, books::balance(view, Account::of(SHARE, of.0))?))
    }
}

/// Where a publisher's coupons stand.
fn borne(paid: &Paid) -> Option<(Account, Money)> {
    paid.borne.map(|borne| (Account::of(BORNE, borne.by.0), borne.amount))
}

/// `part` of a whole, for `some` of that whole; rounded down, so that what is left over stays with the shop.
fn proportion(part: Money, some: Money, whole: Money) -> Money {
    if whole.is_zero() {
        return Money::zero(part.currency());
    }
    let exact = i128::from(part.minor()).saturating_mul(i128::from(some.minor())) / i128::from(whole.minor());
    Money::new(i64::try_from(exact).unwrap_or(0), part.currency()).unwrap_or(Money::zero(part.currency()))
}

/// Pairs debits with credits of the same sum.
fn pair(debits: &[(Account, Money)], credits: &[(Account, Money)]) -> Vec<Leg> {
    let mut legs = Vec::new();
    let mut left: Vec<(Account, Money)> = credits.to_vec();
    for (debit, amount) in debits {
        let mut due = *amount;
        for (credit, rest) in &mut left {
            let part = due.min(*rest);
            if part.is_zero() {
                continue;
            }
            legs.push(Leg {
                debit: *debit,
                credit: *credit,
                amount: part,
            });
            due = due.minus(part).unwrap_or(due);
            *rest = rest.minus(part).unwrap_or(*rest);
        }
    }
    legs
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    fn yen(n: i64) -> Money {
        Money::new(n, Currency::JPY).unwrap()
    }

    #[test]
    fn debits_find_their_credits() {
        let (a, b, c, d) = (
            Account::own(WITH),
            Account::own(VALUES),
            Account::own(TAX),
            Account::own(PREPAID),
        );
        let legs = pair(&[(a, yen(700)), (b, yen(300))], &[(c, yen(91)), (d, yen(909))]);
        let sum = |of: Account, debit: bool| -> i64 {
            legs.iter()
                .filter(|l| if debit { l.debit == of } else { l.credit == of })
                .map(|l| l.amount.minor())
                .sum()
        };
        assert_eq!(
            (sum(a, true), sum(b, true), sum(c, false), sum(d, false)),
            (700, 300, 91, 909)
        );
        assert!(pair(&[(a, yen(0))], &[(c, yen(0))]).is_empty());
    }

    #[test]
    fn a_part_of_a_part_is_never_more_than_it() {
        assert_eq!(proportion(yen(91), yen(500), yen(1000)), yen(45));
        assert_eq!(proportion(yen(91), yen(1000), yen(1000)), yen(91));
        assert_eq!(proportion(yen(91), yen(0), yen(1000)), yen(0));
        assert_eq!(proportion(yen(91), yen(1), yen(0)), yen(0));
        let most = yen(units::AMOUNT_MAX);
        assert_eq!(proportion(most, most, most), most);
    }
}
