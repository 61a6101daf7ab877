//! Electronic money across books: what an issuer says lies at the bank, what that bank moved, and what sellers took as money,
//! transfer by transfer and slip by slip. Every difference is either explained by where its money is just now, or it is a
//! finding.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use party::{
    Party,
    bank::{HouseBank, StatementLine},
    issuer::{CameIn, Issuer, IssuerConfig, SlipAtIssuer, WentOut},
    realm::Certifier,
    shop::{CameTo, Shop, ShopConfig, SlipAtShop},
};
use server::config::Config;
use store::{Fault, Store};
use units::{Hash, Money, PartyId, TransferId};

use super::audit_charges::{self, Compared, counter, opened};
use crate::{place::Place, say::Refused};

/// Whoever sells for electronic money and may be here.
const SELLERS: [&str; 4] = ["shop", crate::setup::SECOND_SHOP, crate::setup::LICENSES, "vending"];

/// What an issuer's books say.
struct Mint {
    issuer: Issuer,
    store: Store,
    bank: PartyId,
}

/// What its bank's books say of its account: each line, and whether the issuer itself ordered it.
type Lines = Vec<(StatementLine, bool)>;

impl Mint {
    fn read<T>(&self, look: impl Fn(&Issuer, &mut dyn store::View) -> Result<T, Fault>) -> Result<T> {
        let read = self.store.read(|view| look(&self.issuer, view));
        Ok(read.map_err(|no| Refused::of(&no))?)
    }
}

/// Holds the issuer's copy against those of bank and sellers.
pub fn compare(place: &Place, copies: &Path, out: &mut Compared) -> Result<()> {
    let Some(mint) = mint(place, copies)? else {
        return Ok(());
    };
    if let Some(lines) = statement(place, copies, &mint)? {
        at_the_bank(&mint, &lines, out)?;
    }
    for word in SELLERS {
        if let Some((config, store)) = opened(place, copies, word)? {
            at_a_seller(&mint, (word, config, store), out)?;
        }
    }
    Ok(())
}

fn mint(place: &Place, copies: &Path) -> Result<Option<Mint>> {
    let Some((mut config, store)) = opened(place, copies, "issuer")? else {
        return Ok(None);
    };
    let (Some(issuing), Some(secret)) = (config.issuing.take(), config.certifier.take()) else {
        return Ok(None);
    };
    let certifier = Certifier::new(&secret, config.realm.id());
    let (keys, desk, currency) = counter(config)?;
    let config = IssuerConfig::new(issuing.bank, issuing.registry, currency);
    Ok(Some(Mint {
        bank: issuing.bank,
        issuer: Issuer::new(keys, certifier, desk, config),
        store,
    }))
}

/// The issuer's account, if its bank is here.
fn statement(place: &Place, copies: &Path, mint: &Mint) -> Result<Option<Lines>> {
    let Some((config, store)) = opened(place, copies, "bank")? else {
        return Ok(None);
    };
    let (keys, desk, _) = counter(config)?;
    let bank = HouseBank::new(keys, desk);
    if bank.id() != mint.bank {
        return Ok(None);
    }
    let own = Party::id(&mint.issuer);
    let read = store.read(|view| {
        let mut lines = Lines::new();
        for line in audit_charges::statement(&bank, view, own)? {
            let by_itself = bank.ordered_by(view, line.id)? == Some(own);
            lines.push((line, by_itself));
        }
        Ok::<_, Fault>(lines)
    });
    Ok(Some(read.map_err(|no| Refused::of(&no))?))
}

/// What the two say of each transfer, and of all of them together.
fn at_the_bank(mint: &Mint, lines: &[(StatementLine, bool)], out: &mut Compared) -> Result<()> {
    let mut came_in = mint.read(Issuer::came_in)?;
    let mut moved = 0_i64;
    for (line, by_itself) in lines {
        let booked = if line.credit {
            credit(line, came_in.remove(&line.id), *by_itself, out)
        } else {
            let (id, asked) = (line.id, mint.read(|issuer, view| issuer.went_out(view, line.id))?);
            debit(id, line.amount, asked, out).and_then(i64::checked_neg)
        };
        moved = moved.saturating_add(booked.unwrap_or(0));
    }
    for came in came_in.values().filter(|came| came.booked) {
        let amount = came.amount;
        moved = moved.saturating_add(amount.minor());
        out.findings.push(format!(
            "issuer: {amount} was loaded from an account, and the bank has booked nothing for it"
        ));
    }
    let said = mint.read(Issuer::at_bank)?;
    if said != moved {
        out.findings.push(format!(
            "issuer: its books say that {said} of purses is at the bank, and its transfers there come to {moved}"
        ));
    }
    Ok(())
}

/// A transfer into the issuer's account for a purse: how much of it is in the issuer's books.
fn credit(line: &StatementLine, came: Option<CameIn>, by_itself: bool, out: &mut Compared) -> Option<i64> {
    let (amount, id) = (line.amount, line.id);
    let Some(came) = came else {
        // What others sent it, or its people brought, is for no purse, and the issuer's own.
        if by_itself {
            out.findings.push(format!(
                "issuer: it had the bank move {amount} to it by transfer {id}, which its books do not know"
            ));
        }
        return None;
    };
    if amount != came.amount {
        out.findings.push(format!(
            "issuer: it asked the bank for {}, which moved {amount} to it",
            came.amount
        ));
    } else if !came.booked {
        out.explained.push(format!(
            "issuer: {amount} for a purse is at the bank already, and the bank's answer is on its way"
        ));
    }
    came.booked.then_some(came.amount.minor())
}

/// A transfer out of the issuer's account: how much of it is in the issuer's books.
fn debit(id: TransferId, moved: Money, asked: Option<WentOut>, out: &mut Compared) -> Option<i64> {
    match asked {
        Some(WentOut::PaidOut(amount)) => {
            if amount != moved {
                out.findings.push(format!(
                    "issuer: its books say that {amount} was paid out by transfer {id}, and the bank moved {moved}"
                ));
            }
            return Some(amount.minor());
        }
        Some(WentOut::Ordered) => out.explained.push(format!(
            "issuer: {moved} is paid out already by the bank, whose answer is on its way"
        )),
        Some(WentOut::Returned) => out.findings.push(format!(
            "issuer: the bank paid {moved} out by transfer {id}, and the issuer took it back as refused"
        )),
        None => out.findings.push(format!(
            "issuer: the bank moved {moved} out of its account by transfer {id}, which its books do not know"
        )),
    }
    None
}

/// What issuer and seller say of each slip that was paid there.
fn at_a_seller(mint: &Mint, (word, config, store): (&str, Config, Store), out: &mut Compared) -> Result<()> {
    let (keys, desk, currency) = counter(config)?;
    let shop = Shop::new(keys, desk, ShopConfig::new(PartyId::default(), currency));
    let paid = store.read(|view| shop.slips(view)).map_err(|no| Refused::of(&no))?;
    let known = mint.read(Issuer::slips)?;
    let seller = Party::id(&shop);
    for (id, slip) in &paid {
        let at_issuer = known.get(id).filter(|row| row.honoured);
        one_slip(word, (*id, slip), at_issuer.filter(|row| row.by == Some(seller)), out);
    }
    let forgotten = store.read(|view| {
        let all = shop.forgotten(view)?.into_iter().map(|(deal, _)| deal);
        Ok::<_, Fault>((all.collect::<BTreeSet<_>>(), party::epoch::is_restored(view)?))
    });
    let (forgotten, is_restored) = forgotten.map_err(|no| Refused::of(&no))?;
    for (id, row) in &known {
        if !row.honoured || row.by != Some(seller) || paid.contains_key(id) {
            continue;
        }
        let (amount, deal) = (row.amount, row.deal);
        if is_restored || forgotten.contains(&deal) {
            out.explained.push(format!(
                "{word}: {amount} of deal {deal} was paid before its books were put back; whoever paid it gets it when he asks again"
            ));
        } else {
            out.findings.push(format!(
                "deal {deal}: the issuer honoured {amount} that {word} brought, and {word} has no record of it"
            ));
        }
    }
    Ok(())
}

/// `row`: what the issuer honoured for this seller of the slip.
fn one_slip(word: &str, (id, slip): (Hash, &SlipAtShop), row: Option<&SlipAtIssuer>, out: &mut Compared) {
    let deal = slip.deal;
    match (slip.came_to, row) {
        (CameTo::Money(taken, payee), Some(row)) => {
            let same_payee = payee.is_none_or(|payee| payee == row.payee);
            if taken != row.amount || !same_payee || row.deal != deal {
                out.findings.push(format!(
                    "deal {deal}: {word} took {taken} in electronic money, and the issuer honoured {} for deal {} to {}",
                    row.amount, row.deal, row.payee
                ));
            }
        }
        (CameTo::Money(taken, _), None) if slip.asked => out.explained.push(format!(
            "{word}: {taken} of deal {deal} was given on trust, and its slip is on its way to the issuer"
        )),
        (CameTo::Money(taken, _), None) => out.findings.push(format!(
            "deal {deal}: {word} took {taken} in electronic money, and the issuer has not honoured slip {id} for it"
        )),
        (CameTo::Waits, Some(row)) => out.explained.push(format!(
            "{word}: {} of deal {deal} is honoured by the issuer, whose answer is on its way to {word}",
            row.amount
        )),
        (CameTo::Nothing | CameTo::Loss, Some(row)) => out.findings.push(format!(
            "deal {deal}: the issuer honoured {}, and {word} gave nothing for it or wrote it off",
            row.amount
        )),
        (CameTo::Waits | CameTo::Nothing | CameTo::Loss, None) => {}
    }
}
