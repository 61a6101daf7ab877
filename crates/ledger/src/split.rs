//! Splitting an amount by shares so that the parts add up to the whole and nobody gains by rounding, however often it is
//! done and whoever chose the prices (row-55).
//!
//! Each split pays everybody the whole units of their share and gives what is left, a unit at a time, to those who are
//! owed most. What somebody got too much or too little by that, in thousandths of a unit, is carried to the next split of
//! the same agreement, so that over a million sales every sum stays within a few units of the exact share.

use crate::AccountId;
use minicbor::{Decode, Encode};
use store::Value;
use units::{Again, Money, Refusal};

/// The most shares of one agreement.
pub const SHARES_MAX: usize = 100;

/// What an agreement's parties are owed from earlier splits, in thousandths of a minor unit; adds up to zero. Keep it
/// with the agreement, written in the transaction that posts the parts. The default is for the first split.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Carry(#[n(0)] Vec<Owed>);
impl Value for Carry {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Owed {
    #[n(0)]
    account: AccountId,
    #[n(1)]
    thousandths: i64,
}

/// Why an amount was not split, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitRefused {
    /// Above [`SHARES_MAX`].
    #[error("{0} shares in one agreement; at most {SHARES_MAX} fit")]
    TooMany(usize),
    /// One account has two shares.
    #[error("account {0} has two shares; add them up")]
    SameAccountTwice(AccountId),
    /// More than the whole is given away.
    #[error("the shares add up to {0} permille; at most 1000 can be given")]
    MoreThanTheWhole(u64),
    /// A part could not be told as money.
    #[error(transparent)]
    Money(#[from] units::MoneyError),
}

impl Refusal for SplitRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::TooMany(_) => "split-too-many",
            Self::SameAccountTwice(_) => "split-same-account",
            Self::MoreThanTheWhole(_) => "split-more-than-whole",
            Self::Money(_) => "split-money",
        }
    }
    fn again(&self) -> Again {
        Again::Never
    }
}

struct Part {
    account: AccountId,
    units: i64,
    owed: i64,
}

/// Divides `amount` by `shares` in permille; `residue` gets what the shares leave over. The parts add up to `amount`,
/// differ from the exact share by at most one unit each, and parts of nothing are left out. `carry` is brought up to
/// date; what an account that left the agreement was owed goes to `residue`.
pub fn split(
    amount: Money,
    shares: &[(AccountId, u32)],
    residue: AccountId,
    carry: &mut Carry,
) -> Result<Vec<(AccountId, Money)>, SplitRefused> {
    let weights = weights(shares, residue)?;
    let owed = |account: AccountId| {
        carry
            .0
            .iter()
            .find(|o| o.account == account)
            .map_or(0, |o| o.thousandths)
    };
    let mut parts: Vec<Part> = Vec::with_capacity(weights.len());
    for (account, permille) in weights {
        // At most 10^15 times 1000: far within 64 bits.
        let exact = amount.minor().saturating_mul(permille);
        parts.push(Part {
            account,
            units: exact / 1000,
            owed: owed(account).saturating_add(exact % 1000),
        });
    }
    let gone = |o: &&Owed| !parts.iter().any(|p| p.account == o.account);
    let inherited: i64 = carry.0.iter().filter(gone).map(|o| o.thousandths).sum();
    if let Some(first) = parts.first_mut() {
        first.owed = first.owed.saturating_add(inherited);
    }
    let paid: i64 = parts.iter().map(|p| p.units).sum();
    let left = usize::try_from(amount.minor().saturating_sub(paid)).unwrap_or(0);
    // Fewer units are left than there are parts. Whoever is owed most comes first; the residue account among equals.
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&at| (core::cmp::Reverse(parts[at].owed), at));
    for at in order.into_iter().take(left) {
        parts[at].units = parts[at].units.saturating_add(1);
        parts[at].owed = parts[at].owed.saturating_sub(1000);
    }
    carry.0 = parts
        .iter()
        .filter(|p| p.owed != 0)
        .map(|p| Owed {
            account: p.account,
            thousandths: p.owed,
        })
        .collect();
    let money = |p: &Part| Ok((p.account, Money::new(p.units, amount.currency())?));
    parts.iter().filter(|p| p.units > 0).map(money).collect()
}

/// Everybody's permille, adding up to 1000, the residue account first.
fn weights(shares: &[(AccountId, u32)], residue: AccountId) -> Result<Vec<(AccountId, i64)>, SplitRefused> {
    if shares.len() > SHARES_MAX {
        return Err(SplitRefused::TooMany(shares.len()));
    }
    for (at, (account, _)) in shares.iter().enumerate() {
        if shares[..at].iter().any(|(earlier, _)| earlier == account) {
            return Err(SplitRefused::SameAccountTwice(*account));
        }
    }
    let given: u64 = shares.iter().map(|(_, permille)| u64::from(*permille)).sum();
    let rest = i64::try_from(given)
        .ok()
        .and_then(|given| 1000_i64.checked_sub(given))
        .filter(|rest| *rest >= 0);
    let mut weights = vec![(residue, rest.ok_or(SplitRefused::MoreThanTheWhole(given))?)];
    for (account, permille) in shares {
        if *account == residue {
            weights[0].1 = weights[0].1.saturating_add(i64::from(*permille));
        } else {
            weights.push((*account, i64::from(*permille)));
        }
    }
    Ok(weights)
}
