//! Paid: with what a purchase was paid, part by part, from the record that the books are kept from; for the receipt as data
//! and as a page.

use face::{Said, Sum, Words};
use party::{
    Party as _,
    shop::{Paid, SettledBy, Shop},
};
use seal::role;
use store::{Fault, View};
use units::{Money, PartyId};

/// How a charge is paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Through {
    /// With a telephone bill.
    #[default]
    Telephone,
    /// From an account at a bank.
    Bank,
    /// The charge was refused, and the buyer paid it with money afterwards.
    Cleared,
}

/// Who pays what the buyer's card itself did not: their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Payers {
    /// Who pays for what was approved; empty, if nothing was.
    pub approved: String,
    /// Who was charged; empty, if nobody was.
    pub charged: String,
    /// How that is paid.
    pub through: Through,
}

impl Payers {
    /// The payers of a purchase, by their names in the directory.
    pub(super) fn of(shop: &Shop, view: &mut dyn View, paid: &Paid) -> Result<Self, Fault> {
        if paid.approved.is_none() && paid.charged.is_none() {
            return Ok(Self::default());
        }
        let known = shop.desk().known(view)?;
        let name = |id: PartyId| known.party(id).map_or_else(|| id.to_string(), |one| one.name.clone());
        let mut payers = Self::default();
        if let Some(approved) = paid.approved {
            payers.approved = name(approved.by);
        }
        if let Some(charged) = paid.charged {
            payers.charged = name(charged.by);
            let settled = shop.settled(view, charged.charge)?;
            payers.through = match settled.map(|settled| settled.by) {
                Some(SettledBy::Cleared(_)) => Through::Cleared,
                _ if known.ever_certified::<role::Bank>(charged.by).is_some() => Through::Bank,
                _ => Through::Telephone,
            };
        }
        Ok(payers)
    }

    /// Every part of what was paid, in words. There is always one: what cost nothing says so.
    pub(super) fn parts(&self, words: Words, paid: &Paid) -> Vec<Said> {
        let mut parts = Vec::new();
        if !paid.money.is_zero() {
            parts.push(words.receipt_paid_money(Sum(paid.money)));
        }
        if !paid.receipts.is_zero() {
            parts.push(words.receipt_paid_receipts(Sum(paid.receipts)));
        }
        let values = paid.in_values();
        if !values.is_zero() {
            parts.push(words.receipt_paid_values(Sum(values)));
        }
        parts.extend(paid.medium.map(|medium| words.receipt_paid_medium(Sum(medium.amount))));
        let approved = |sum| words.receipt_paid_approved(&self.approved, Sum(sum));
        parts.extend(paid.approved.map(|one| approved(one.amount)));
        parts.extend(paid.charged.map(|one| self.charge(words, one.amount)));
        if parts.is_empty() {
            parts.push(words.receipt_paid_free());
        }
        parts
    }
    fn charge(&self, words: Words, amount: Money) -> Said {
        match self.through {
            Through::Telephone => words.receipt_paid_telephone(&self.charged, Sum(amount)),
            Through::Bank => words.receipt_paid_bank(&self.charged, Sum(amount)),
            Through::Cleared => words.receipt_paid_cleared(&self.charged, Sum(amount)),
        }
    }
}

#[cfg(test)]
mod tests {
    use face::Lang;
    use party::shop::{Approved, ByMedium, Charged};
    use units::Currency;

    use super::*;

    fn yen(minor: i64) -> Money {
        Money::new(minor, Currency::JPY).unwrap()
    }

    fn said(payers: &Payers, change: fn(&mut Paid)) -> Vec<String> {
        let zero = Money::zero(Currency::JPY);
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
        change(&mut paid);
        let parts = payers.parts(Words(Lang::En), &paid);
        parts.iter().map(Said::plain).collect()
    }

    #[test]
    fn whoever_pays_is_named_and_free_is_said_of_nothing_else() {
        let mut payers = Payers {
            approved: "Hinode Schools".to_owned(),
            charged: "Seto Mobile".to_owned(),
            through: Through::Telephone,
        };
        let charged: fn(&mut Paid) = |paid| {
            paid.charged = Some(Charged {
                by: PartyId([1; 16]),
                amount: yen(100),
                charge: [2; 16],
            });
        };
        for through in [Through::Telephone, Through::Bank, Through::Cleared] {
            payers.through = through;
            let said = said(&payers, charged);
            assert!(
                matches!(&said[..], [one] if one.contains("Seto Mobile") && one.contains("100")),
                "{said:?}"
            );
        }
        let approved = said(&payers, |paid| {
            paid.money = yen(20);
            paid.approved = Some(Approved {
                by: PartyId([1; 16]),
                amount: yen(80),
            });
        });
        assert!(
            matches!(&approved[..], [money, one] if money.contains("20") && one.contains("Hinode Schools") && one.contains("80")),
            "{approved:?}"
        );
        assert_eq!(said(&payers, |_| {}), ["Nothing: it was free"]);
    }

    #[test]
    fn a_medium_is_no_coupon() {
        let both = said(&Payers::default(), |paid| {
            paid.values = yen(90);
            paid.medium = Some(ByMedium {
                name: [3; 16],
                amount: yen(70),
            });
        });
        assert!(
            matches!(&both[..], [coupon, medium] if coupon.contains("20") && coupon.contains("coupons")
                && medium.contains("70") && medium.contains("medium")),
            "{both:?}"
        );
    }
}
