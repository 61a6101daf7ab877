//! Debits across books: what a bank says it paid from its customers' accounts for charges, and what sellers have on record
//! (ST-22). The bank decides and moves the money in one write; while its notice is on its way a record still waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Result;
use deal::charge::{ChargeId, ChargeWord};
use party::{
    Party,
    bank::{Debit, HouseBank},
    shop::SettledBy,
};
use store::Fault;
use units::{OrderId, PartyId};

use super::audit_charges::{Compared, PAGE, Seller, counter, opened};
use crate::{place::Place, say::Refused};

/// What a bank decided, by charge.
type Debits = BTreeMap<ChargeId, Debit>;

/// Holds the bank's copy against those of sellers.
pub(super) fn compare(place: &Place, copies: &Path, sellers: &[Seller], out: &mut Compared) -> Result<()> {
    let Some((config, store)) = opened(place, copies, "bank")? else {
        return Ok(());
    };
    let (keys, desk, _) = counter(config)?;
    let bank = HouseBank::new(keys, desk);
    let debits = store.read(|view| {
        let (mut all, mut after) = (Debits::new(), None);
        loop {
            let page = bank.debits(view, after, PAGE)?;
            let is_last = page.len() < PAGE;
            after = page.last().map(|debit| debit.charge.charge);
            all.extend(page.into_iter().map(|debit| (debit.charge.charge, debit)));
            if is_last {
                return Ok::<_, Fault>(all);
            }
        }
    });
    let debits = debits.map_err(|no| Refused::of(&no))?;
    hold(&debits, Party::id(&bank), sellers, out);
    Ok(())
}

/// Each record whose payer is the bank, against what it decided; and each charge that it paid, against records.
fn hold(debits: &Debits, bank: PartyId, sellers: &[Seller], out: &mut Compared) {
    let mut known = BTreeSet::new();
    for seller in sellers {
        for (charge, was) in seller.unsettled.iter().filter(|(_, was)| was.payer == bank) {
            known.insert(*charge);
            if fits((seller.word, *charge, was.amount), debits, out) {
                out.explained.push(waits(seller.word, *charge, was.amount, debits));
            }
        }
        for (charge, row) in seller.settled.iter().filter(|(_, row)| row.was.payer == bank) {
            known.insert(*charge);
            let paid = debits.get(charge).map(|debit| debit.word) == Some(ChargeWord::Paid);
            if fits((seller.word, *charge, row.was.amount), debits, out)
                && paid
                && !matches!(row.by, SettledBy::Transfer(_))
            {
                out.findings.push(format!(
                    "charge {}: the bank paid {}, and {} settled it otherwise as well",
                    OrderId(*charge),
                    row.was.amount,
                    seller.word
                ));
            }
        }
    }
    for (charge, debit) in debits {
        let here = sellers.iter().any(|seller| seller.id == debit.charge.seller);
        if here && !known.contains(charge) {
            let no = OrderId(*charge);
            out.findings
                .push(format!("bank: charge {no} is of a seller that has no record of it"));
        }
    }
}

/// Is the record about what the bank was asked for? One that it was never asked for is.
fn fits((word, charge, amount): (&str, ChargeId, units::Money), debits: &Debits, out: &mut Compared) -> bool {
    let Some(debit) = debits.get(&charge).filter(|debit| debit.charge.amount != amount) else {
        return true;
    };
    out.findings.push(format!(
        "charge {}: {word} is owed {amount}, the bank was asked for {}",
        OrderId(charge),
        debit.charge.amount
    ));
    false
}

/// Where the money is of a record that waits.
fn waits(word: &str, charge: ChargeId, amount: units::Money, debits: &Debits) -> String {
    let why = match debits.get(&charge).map(|debit| debit.word) {
        None => "the card has not brought it to the bank yet, and says it again by itself",
        Some(ChargeWord::Refused) => {
            "the bank refused it for ever; its holder pays it from the purse, or hands the license back"
        }
        Some(ChargeWord::Paid) => "the bank has booked it, and its notice is on its way",
    };
    format!("{word}: {amount} of charge {} is unsettled: {why}", OrderId(charge))
}

#[cfg(test)]
mod tests {
    use deal::charge::Charge;
    use party::shop::{Settled, Unsettled};
    use units::{Currency, DealId, Moment, Money, OfferNo, Tag, TransferId};

    use super::*;

    const BANK: PartyId = PartyId([1; 16]);
    const SHOP: PartyId = PartyId([2; 16]);

    fn yen(n: i64) -> Money {
        Money::new(n, Currency::JPY).unwrap()
    }

    fn debit(n: u8, amount: i64, word: ChargeWord) -> Debit {
        let charge = Charge {
            charge: [n; 16],
            deal: DealId([n; 32]),
            payer: BANK,
            seller: SHOP,
            offer: OfferNo(1),
            amount: yen(amount),
            at: Moment(1),
        };
        Debit { charge, word }
    }

    fn was(n: u8) -> Unsettled {
        Unsettled {
            deal: DealId([n; 32]),
            at: Moment(1),
            number: OfferNo(1),
            address: Tag([n; 16]),
            payer: BANK,
            amount: yen(100),
        }
    }

    /// A vending machine with record 1 waiting and record 2 settled.
    fn machine(by: SettledBy) -> Seller {
        let settled = Settled {
            was: was(2),
            at: Moment(2),
            by,
        };
        Seller {
            word: "vending",
            id: SHOP,
            unsettled: vec![([1; 16], was(1))],
            settled: vec![([2; 16], settled)],
            given_back: BTreeMap::new(),
        }
    }

    fn told(debits: &[Debit], by: SettledBy) -> (Vec<String>, Vec<String>) {
        let debits = debits.iter().map(|one| (one.charge.charge, one.clone())).collect();
        let mut out = Compared::default();
        hold(&debits, BANK, &[machine(by)], &mut out);
        (out.explained, out.findings)
    }

    /// proves: ST-5 ST-22
    #[test]
    fn what_is_on_its_way_is_explained_and_what_differs_is_found() {
        let by = SettledBy::Transfer(TransferId([2; 16]));
        let paid = |n, amount| debit(n, amount, ChargeWord::Paid);
        for (first, words) in [
            (None, "has not brought it to the bank yet"),
            (Some(ChargeWord::Refused), "the bank refused it for ever"),
            (Some(ChargeWord::Paid), "its notice is on its way"),
        ] {
            let mut debits = vec![paid(2, 100)];
            debits.extend(first.map(|word| debit(1, 100, word)));
            let (explained, findings) = told(&debits, by);
            assert_eq!((explained.len(), findings), (1, Vec::new()));
            assert!(explained[0].contains(words), "{explained:?}");
        }
        let cleared = SettledBy::Cleared(DealId([9; 32]));
        for (debits, by, words) in [
            (vec![paid(1, 99), paid(2, 100)], by, "the bank was asked for JPY 99"),
            (vec![paid(2, 101)], by, "the bank was asked for JPY 101"),
            (vec![paid(2, 100)], cleared, "settled it otherwise as well"),
            (vec![paid(2, 100), paid(3, 100)], by, "has no record of it"),
        ] {
            let (_, findings) = told(&debits, by);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].contains(words), "{findings:?}");
        }
    }
}
