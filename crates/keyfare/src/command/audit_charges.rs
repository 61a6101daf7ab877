//! Charges across books: what a carrier says it paid, what its bank moved, and what sellers have on record, charge by charge
//! (ST-5, ST-6). Each book is right by itself; they are never written in one step, so while something is on its way they
//! differ. Every difference is either explained by where its money is just now, or it is a finding.

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;
use carrier::{Carrier, CarrierConfig, Decided, Paid, Payable};
use deal::charge::{ChargeId, ChargeWord};
use party::{
    Party,
    bank::{Advice, Holder, HouseBank, StatementLine},
    desk::Desk,
    keys::PartyKeys,
    shop::{Settled, SettledBy, Shop, ShopConfig, Unsettled},
};
use server::config::Config;
use store::{
    Fault, Store,
    sqlite::{Opening, Sqlite},
};
use units::{Currency, OrderId, PartyId, TransferId};

use super::{audit_debits, serve};
use crate::{place::Place, say::Refused};

/// What the books of carrier, bank, issuer and sellers say of one another.
#[derive(Debug, Default)]
pub struct Compared {
    /// Differences, and where their money is.
    pub explained: Vec<String>,
    /// Differences that nothing explains.
    pub findings: Vec<String>,
}

/// What a carrier's books say.
struct Payer {
    id: PartyId,
    charges: BTreeMap<ChargeId, Paying>,
    carrier: Carrier,
    store: Store,
}

/// What a bank's books say left the carrier's account: by transfer, how much and what for.
type Moved = BTreeMap<TransferId, (units::Money, String)>;

/// What a carrier's books say of one charge.
struct Paying {
    decided: Decided,
    payable: Option<Payable>,
    transfer: Option<TransferId>,
    /// Given back to the subscriber, in minor units.
    refunded: i64,
    /// And of that still to be set off.
    claimed: i64,
}

impl Paying {
    fn is_ordered(&self) -> bool {
        let paid = self.payable.as_ref().map(|payable| payable.paid);
        matches!(paid, Some(Paid::Ordered | Paid::Done(_)))
    }
}

/// What a seller's books say.
pub(super) struct Seller {
    pub(super) word: &'static str,
    pub(super) id: PartyId,
    pub(super) unsettled: Vec<(ChargeId, Unsettled)>,
    pub(super) settled: Vec<(ChargeId, Settled)>,
    /// What its payer gave back of what is settled, in minor units.
    pub(super) given_back: BTreeMap<ChargeId, i64>,
}

/// Whoever may have sold something against a charge, and may be here.
const SELLERS: [&str; 4] = ["shop", crate::setup::SECOND_SHOP, crate::setup::LICENSES, "vending"];

/// Rows of a page of a party's records.
pub(super) const PAGE: usize = 500;

/// Opens the copy of a party's store that an audit made; nothing, if this installation has no such party.
pub(super) fn opened(place: &Place, copies: &Path, word: &str) -> Result<Option<(Config, Store)>> {
    let copy = copies.join(format!("{word}.db"));
    if !copy.exists() {
        return Ok(None);
    }
    let config = serve::config(place, word)?;
    let opening = Opening {
        role: config.role.word().to_owned(),
        realm: config.realm.id(),
        new_id: crate::clock::random()?[..16].try_into()?,
    };
    let parts = server::running::parts_of(config.role);
    let store = Sqlite::open(&copy, &opening, &parts).map_err(|no| Refused::of(&no))?;
    Ok(Some((config, store.store())))
}

/// What a party is made of that only reads its books.
pub(super) fn counter(config: Config) -> Result<(PartyKeys, Desk, Currency)> {
    let currency = Currency::new(&config.realm.currency)?;
    let desk = Desk::new(config.realm.clone(), &config.certifiers)?;
    let keys = PartyKeys::load(config.keys.secret, config.realm.id(), config.keys.certificate)?;
    Ok((keys, desk, currency))
}

fn payer(place: &Place, copies: &Path) -> Result<Option<Payer>> {
    let Some((config, store)) = opened(place, copies, "carrier")? else {
        return Ok(None);
    };
    let (keys, desk, currency) = counter(config)?;
    let carrier = Carrier::new(keys, desk, CarrierConfig::new(currency));
    let mut charges = BTreeMap::new();
    store
        .read(|view| {
            let mut before = None;
            loop {
                let page = carrier.charges(view, before, PAGE)?;
                for decided in &page {
                    let id = decided.charge.charge;
                    let paying = Paying {
                        decided: decided.clone(),
                        payable: carrier.payable(view, id)?,
                        transfer: carrier.transfer_of(view, id)?,
                        refunded: carrier.bought(view, id)?.map_or(0, |bought| bought.refunded.minor()),
                        claimed: carrier.claim_of(view, id)?.0.minor(),
                    };
                    charges.insert(id, paying);
                }
                before = page.last().map(|last| (last.known.said.at, last.charge.charge));
                if page.len() < PAGE {
                    return Ok::<_, Fault>(());
                }
            }
        })
        .map_err(|no| Refused::of(&no))?;
    Ok(Some(Payer {
        id: carrier.id(),
        charges,
        carrier,
        store,
    }))
}

fn seller(place: &Place, copies: &Path, word: &'static str) -> Result<Option<Seller>> {
    let Some((config, store)) = opened(place, copies, word)? else {
        return Ok(None);
    };
    let (keys, desk, currency) = counter(config)?;
    let shop = Shop::new(keys, desk, ShopConfig::new(PartyId::default(), currency));
    let (mut unsettled, mut settled, mut given_back) = (Vec::new(), Vec::new(), BTreeMap::new());
    store
        .read(|view| {
            loop {
                let page = shop.all_unsettled(view, unsettled.last().map(|(id, _)| *id), PAGE)?;
                let is_last = page.len() < PAGE;
                unsettled.extend(page);
                if is_last {
                    break;
                }
            }
            loop {
                let page = shop.all_settled(view, settled.last().map(|(id, _)| *id), PAGE)?;
                let is_last = page.len() < PAGE;
                for (charge, _) in &page {
                    given_back.insert(*charge, shop.given_back(view, *charge)?.minor());
                }
                settled.extend(page);
                if is_last {
                    return Ok::<_, Fault>(());
                }
            }
        })
        .map_err(|no| Refused::of(&no))?;
    Ok(Some(Seller {
        word,
        id: Party::id(&shop),
        unsettled,
        settled,
        given_back,
    }))
}

/// Holds the copies against one another.
pub fn compare(place: &Place, copies: &Path) -> Result<Compared> {
    let (mut out, mut sellers) = (Compared::default(), Vec::new());
    for word in SELLERS {
        sellers.extend(seller(place, copies, word)?);
    }
    if let Some(payer) = payer(place, copies)? {
        let moved = moved(place, copies, payer.id)?;
        orders(&payer, &moved, &mut out)?;
        charged(&payer, &moved, &sellers, &mut out);
    }
    audit_debits::compare(place, copies, &sellers, &mut out)?;
    Ok(out)
}

/// Each record of a seller, against what its carrier says of the charge; and each charge, against the seller's records.
fn charged(payer: &Payer, moved: &Moved, sellers: &[Seller], out: &mut Compared) {
    let booked = |id: TransferId| moved.contains_key(&id);
    let mut known = std::collections::BTreeSet::new();
    for seller in sellers {
        for (charge, was) in seller.unsettled.iter().filter(|(_, was)| was.payer == payer.id) {
            known.insert(*charge);
            open(payer, (seller.word, *charge, was), &booked, out);
        }
        for (charge, settled) in seller.settled.iter().filter(|(_, s)| s.was.payer == payer.id) {
            known.insert(*charge);
            closed(payer, (seller.word, *charge, settled), moved, out);
            set_off(payer, seller, *charge, out);
        }
    }
    for (charge, Paying { decided, .. }) in &payer.charges {
        let here = sellers.iter().any(|seller| seller.id == decided.charge.seller);
        if here && !known.contains(charge) {
            let no = OrderId(*charge);
            out.findings
                .push(format!("carrier: charge {no} is of a seller that has no record of it"));
        }
    }
}

/// What the bank says left the carrier's account.
fn moved(place: &Place, copies: &Path, payer: PartyId) -> Result<Moved> {
    let Some((config, store)) = opened(place, copies, "bank")? else {
        return Ok(Moved::new());
    };
    let (keys, desk, _) = counter(config)?;
    let bank = HouseBank::new(keys, desk);
    let lines = store.read(|view| statement(&bank, view, payer));
    let lines = lines.map_err(|no| Refused::of(&no))?.into_iter();
    let debits = lines.filter(|line| !line.credit);
    Ok(debits.map(|line| (line.id, (line.amount, line.reference))).collect())
}

/// Every line of a party's account, the newest first.
pub(super) fn statement(
    bank: &HouseBank,
    view: &mut dyn store::View,
    of: PartyId,
) -> Result<Vec<StatementLine>, Fault> {
    let (mut lines, mut before) = (Vec::new(), None);
    loop {
        let page = bank.statement(view, Holder::Party(of), before, PAGE)?;
        before = page.last().map(|(number, _)| *number);
        let is_last = page.len() < PAGE;
        lines.extend(page.into_iter().map(|(_, line)| line));
        if is_last {
            return Ok(lines);
        }
    }
}

/// Each payment that the carrier says was booked left its account, and what left it is a payment of its own.
fn orders(payer: &Payer, moved: &Moved, out: &mut Compared) -> Result<()> {
    for (charge, paying) in &payer.charges {
        let is_done = matches!(paying.payable.as_ref().map(|payable| payable.paid), Some(Paid::Done(_)));
        if is_done && !paying.transfer.is_some_and(|id| moved.contains_key(&id)) {
            let no = OrderId(*charge);
            out.findings.push(format!(
                "charge {no}: the carrier says that the bank paid it, and the bank has booked nothing for it"
            ));
        }
    }
    for (id, (amount, reference)) in moved {
        // Somebody's own words are of no purchase; and money that moves without one is the bank's to explain.
        let Ok(advice) = reference.parse::<Advice>() else {
            continue;
        };
        let of = advice.pays.0;
        let order = payer
            .store
            .read(|view| Ok::<_, Fault>((payer.carrier.transfer_of(view, of)?, payer.carrier.ordered(view, of)?)))
            .map_err(|no| Refused::of(&no))?;
        let no = OrderId(of);
        match order {
            (Some(known), Some(ordered)) if known == *id && ordered == *amount => {}
            (Some(known), Some(ordered)) if known == *id => out.findings.push(format!(
                "charge {no}: the bank moved {amount} for it, and the carrier ordered {ordered}"
            )),
            (Some(_), _) => out.findings.push(format!(
                "charge {no}: the bank moved {amount} for it by an order that the carrier does not know"
            )),
            (None, _) => out.findings.push(format!(
                "charge {no}: the bank moved {amount} for it, and the carrier has no such purchase"
            )),
        }
    }
    Ok(())
}

/// A record that waits for its money: where is it?
fn open(
    payer: &Payer,
    (word, charge, was): (&str, ChargeId, &Unsettled),
    booked: &dyn Fn(TransferId) -> bool,
    out: &mut Compared,
) {
    let (no, amount) = (OrderId(charge), was.amount);
    let Some(Paying {
        decided,
        payable,
        transfer,
        ..
    }) = payer.charges.get(&charge)
    else {
        out.explained.push(format!(
            "{word}: {amount} of charge {no} is unsettled: the card has not brought it to the carrier yet, and says it again by itself"
        ));
        return;
    };
    if decided.charge.amount != amount {
        out.findings.push(format!(
            "charge {no}: {word} is owed {amount}, the carrier was asked for {}",
            decided.charge.amount
        ));
        return;
    }
    if decided.known.said.word == ChargeWord::Refused {
        out.explained.push(format!(
            "{word}: {amount} of charge {no} is unsettled: the carrier refused it for ever; its holder pays it from the purse, or hands the license back"
        ));
        return;
    }
    let is_booked = transfer.is_some_and(booked);
    match payable.as_ref().map(|payable| payable.paid) {
        Some(Paid::Waits(at)) if !is_booked => out.explained.push(format!(
            "{word}: {amount} of charge {no} is unsettled: the carrier pays it at {at}"
        )),
        Some(Paid::Ordered) if !is_booked => out.explained.push(format!(
            "{word}: {amount} of charge {no} is unsettled: the carrier has ordered it from the bank, which has not booked it yet"
        )),
        Some(Paid::Ordered | Paid::Done(_)) if is_booked => out.explained.push(format!(
            "{word}: {amount} of charge {no} is unsettled: the bank has booked it, and its notice is on its way"
        )),
        Some(Paid::Nothing) => out.explained.push(format!(
            "{word}: {amount} of charge {no} is unsettled: the carrier gave it back to its subscriber before it paid"
        )),
        _ => out.findings.push(format!(
            "charge {no}: {word} is owed {amount}, and carrier and bank do not agree where it is"
        )),
    }
}

/// A record that is settled: by what the carrier paid, or by what it did not.
fn closed(payer: &Payer, (word, charge, settled): (&str, ChargeId, &Settled), moved: &Moved, out: &mut Compared) {
    let (no, amount) = (OrderId(charge), settled.was.amount);
    let known = payer.charges.get(&charge);
    let word_of = known.map(|known| known.decided.known.said.word);
    match (settled.by, word_of) {
        (SettledBy::Transfer(_), Some(ChargeWord::Paid)) => {
            let Some(Paying { decided, payable, .. }) = known else {
                return;
            };
            if decided.charge.amount != amount {
                out.findings.push(format!(
                    "charge {no}: {word} was paid {amount}, the carrier paid {}",
                    decided.charge.amount
                ));
            } else if payable.as_ref().is_some_and(|payable| payable.paid == Paid::Ordered) {
                out.explained.push(format!(
                    "carrier: {amount} of charge {no} is on its way: {word} has it already, and the bank's answer comes again"
                ));
            }
        }
        (SettledBy::Transfer(id), None) if moved.contains_key(&id) => out.findings.push(format!(
            "charge {no}: {word} was paid {amount} by the carrier, whose books have no such charge"
        )),
        // Money that people gave to a record is anybody's.
        (SettledBy::Transfer(_), None) => {}
        (SettledBy::Transfer(id), Some(ChargeWord::Refused)) => out.findings.push(format!(
            "charge {no}: the carrier refused it, and {word} was paid {amount} by transfer {id}"
        )),
        (SettledBy::Cleared(_) | SettledBy::HandedBack(_), Some(ChargeWord::Paid)) => out.findings.push(format!(
            "charge {no}: the carrier paid {amount}, and {word} settled it otherwise as well"
        )),
        (SettledBy::Cleared(_) | SettledBy::HandedBack(_), _) => {}
        (SettledBy::GivenBack(_), _) => {
            let paid = known
                .and_then(|known| known.payable.as_ref())
                .map(|payable| payable.paid);
            if paid != Some(Paid::Nothing) {
                out.findings.push(format!(
                    "charge {no}: {word} was told that nothing comes for it, and the carrier says otherwise"
                ));
            }
        }
    }
}

/// What the carrier gave back of a settled record, against what the seller knows of: the rest is still claimed, or told in a
/// payment that is on its way.
fn set_off(payer: &Payer, seller: &Seller, charge: ChargeId, out: &mut Compared) {
    let (no, word) = (OrderId(charge), seller.word);
    let Some(paying) = payer.charges.get(&charge) else {
        return;
    };
    let told = seller.given_back.get(&charge).copied().unwrap_or(0);
    let untold = paying.refunded.saturating_sub(told);
    if untold == 0 {
        return;
    }
    let under_way = || {
        let mut open = seller
            .unsettled
            .iter()
            .filter_map(|(charge, _)| payer.charges.get(charge));
        open.any(Paying::is_ordered)
    };
    if untold == paying.claimed {
        out.explained.push(format!(
            "carrier: {untold} of charge {no} was given back after it was paid, and is taken from what {word} is paid next"
        ));
    } else if untold > paying.claimed && under_way() {
        out.explained.push(format!(
            "carrier: {untold} of charge {no} was given back, and {word} is told so by a payment that is on its way"
        ));
    } else {
        out.findings.push(format!(
            "charge {no}: the carrier gave back {} of it, {word} was told of {told}, and {} is claimed",
            paying.refunded, paying.claimed
        ));
    }
}
