//! Income: what a publisher gets of one sale and of the copies after it, worked out by the very code that books sales.

use ledger::Carry;
use units::{Money, PartyId};

use super::{PayRefused, Shop, money::Division};

/// A worked example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Income {
    /// The price, tax included.
    pub price: Money,
    /// The tax in it.
    pub tax: Money,
    /// What the shop keeps.
    pub shop: Money,
    /// What the publisher gets of one sale.
    pub sale: Money,
    /// What he gets of `sales` sales.
    pub sales: Money,
    /// What comes home when every buyer hands on `copies` copies.
    pub fares: Money,
    /// Together.
    pub all: Money,
}

impl Shop {
    /// What `sales` sales at `price` bring their publisher, and `copies` copies by each buyer at `fare` each. Sale after
    /// sale, as the books carry over what does not divide.
    pub fn income(
        &self,
        publisher: PartyId,
        price: Money,
        tax_permille: u16,
        fare: Money,
        sales: u16,
        copies: u16,
    ) -> Result<Income, PayRefused> {
        let zero = Money::zero(price.currency());
        let mut carry = Carry::default();
        let first: Division = self.divide(publisher, price, tax_permille, &mut carry)?;
        let mut sum = first.publisher;
        for _ in 1..sales {
            let next = self.divide(publisher, price, tax_permille, &mut carry)?;
            sum = sum.plus(next.publisher).unwrap_or(sum);
        }
        let count = i64::from(sales).saturating_mul(i64::from(copies));
        let fares = Money::new(fare.minor().saturating_mul(count), fare.currency()).unwrap_or(zero);
        let shop = price
            .minus(first.tax)
            .and_then(|net| net.minus(first.publisher))
            .unwrap_or(zero);
        Ok(Income {
            price,
            tax: first.tax,
            shop,
            sale: first.publisher,
            sales: sum,
            fares,
            all: sum.plus(fares).unwrap_or(sum),
        })
    }
}
