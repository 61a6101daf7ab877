//! Electronic money (system 2): notes become money on a card at a deposit machine, and money a license.
//!
//! Exactly the amount that was named is loaded, or everything comes back. The money then goes to the seller's secure element
//! for one offer; the receipt for it, and nothing else, brings the license, once.

use std::{collections::BTreeMap, sync::Arc};

use card::{Checked, Settled, Want};
use deal::{Number, Tender, ValueKind};
use party::{
    Party, Refused, Step,
    deposit::{Cashbox, DepositConfig, DepositMachine},
    mechanism::Jam,
};
use seal::Role;
use store::Tx;
use units::{Currency, DealId, LicenseId, Money, OrderId, PartyId, Span};

use crate::{
    Account, Counterpart, Figures, Holder, InMemory, Listing, Parties, Stuck, Tale, Work,
    sale::{books, finish, play, song},
};

/// A box that counts, with a register that survives what the machine's disk does not: the last order it finished.
#[derive(Debug)]
pub struct Tray {
    /// What lies in it.
    pub inside: Money,
    /// What it swallowed, ever.
    pub swallowed: Money,
    /// What it gave back, ever.
    pub returned: Money,
    last: Option<OrderId>,
}

impl Tray {
    const fn empty(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            inside: zero,
            swallowed: zero,
            returned: zero,
            last: None,
        }
    }
}

impl Cashbox for Tray {
    fn counted(&self) -> Result<Money, Jam> {
        Ok(self.inside)
    }
    fn finish(&mut self, order: OrderId, keep: bool) -> Result<(), Jam> {
        if self.last == Some(order) {
            return Ok(());
        }
        let to = if keep { &mut self.swallowed } else { &mut self.returned };
        *to = to.plus(self.inside).unwrap_or(*to);
        self.inside = Money::zero(self.inside.currency());
        self.last = Some(order);
        Ok(())
    }
}

/// A deposit machine among the parties in memory: its rules, its box, and its operator's account at the bank.
#[derive(Debug)]
pub struct Deposits {
    /// Everybody else.
    pub parties: InMemory,
    /// The machine.
    pub machine: Arc<DepositMachine>,
    /// Its box.
    pub tray: Tray,
    /// Its operator's account.
    pub account: Account,
}

impl Deposits {
    /// A machine moves in that takes at most so much at a time; its operator has so much at the bank.
    pub fn found(mut parties: InMemory, operator: i64, most: i64) -> Result<Self, String> {
        let currency = Currency::new(&parties.realm().currency).map_err(|e| e.to_string())?;
        let account = parties.open_account("operator of the machine", operator)?;
        let config = DepositConfig {
            issuer: parties.issuer_id(),
            account: account.signed.clone(),
            most: Money::new(most, currency).map_err(|e| e.to_string())?,
            patience: Span::minutes(5),
        };
        let keys = parties.keys_of(Role::Machine, "Pier 3, deposits")?;
        let machine = Arc::new(DepositMachine::new(keys, parties.desk()?, config));
        let (reader, certificate) = (machine.clone(), machine.certificate().to_vec());
        let figures = move |view: &mut dyn store::View| {
            let kept = reader.kept(view).unwrap_or_default();
            BTreeMap::from([("cash kept".to_owned(), kept)])
        };
        parties.welcome("deposits", machine.clone(), &certificate, figures)?;
        Ok(Self {
            parties,
            machine,
            tray: Tray::empty(currency),
            account,
        })
    }

    /// The machine's number.
    pub fn id(&self) -> PartyId {
        Party::id(&*self.machine)
    }

    /// One of the machine's own verbs in its store.
    pub fn at_machine<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&DepositMachine, &mut dyn Tx) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Stuck> {
        let machine = self.machine.clone();
        let store = self.parties.store_of(self.id());
        let store = store.ok_or_else(|| Stuck::other("deposits", "the machine has no store"))?;
        store.write(move |tx| verb(&machine, tx)).map_err(|no| Stuck::of(&no))
    }

    /// The card asks the issuer, through the machine, what a load would be; the quote's number is the order's.
    pub fn quote(&mut self, holder: &mut Holder, amount: Money) -> Result<(Checked, OrderId), Stuck> {
        let seed = holder.draw();
        let asked = holder.card.ask_load(amount, &seed).map_err(|e| Stuck::of(&e))?;
        let checked = holder.quote(&mut self.parties, Counterpart::Issuer, &asked, None)?;
        match checked.quote().number {
            Number::Order(order) => Ok((checked, order)),
            Number::Card(_) => Err(Stuck::other("quote", "an issuer numbers orders")),
        }
    }

    /// The amount is named at the machine.
    pub fn name(&mut self, checked: &Checked, order: OrderId) -> Result<(), Stuck> {
        let (until, now) = (checked.quote().until, self.parties.now());
        let amount = checked
            .quote()
            .credit
            .ok_or_else(|| Stuck::other("quote", "nothing is loaded by this"))?;
        self.at_machine(move |machine, tx| Ok(machine.name(tx, order, amount, until, now)?))
            .map(drop)
    }

    /// Notes and coins come into the tray.
    pub fn put_in(&mut self, amount: Money) {
        self.tray.inside = self.tray.inside.plus(amount).unwrap_or(self.tray.inside);
    }

    /// Their owner agrees: the machine tells the issuer.
    pub fn promise(&mut self, order: OrderId) -> Result<(), Stuck> {
        let (counted, now) = (self.tray.inside, self.parties.now());
        let step = self.at_machine(move |machine, tx| Ok(machine.promise(tx, order, counted, now)?))?;
        self.carry(step);
        Ok(())
    }

    /// Their owner wants them back.
    pub fn take_back(&mut self, order: OrderId) -> Result<(), Stuck> {
        let now = self.parties.now();
        let step = self.at_machine(move |machine, tx| Ok(machine.take_back(tx, order, now)?))?;
        self.carry(step);
        Ok(())
    }

    /// Whatever comes of it is written; what does not arrive is sent again by itself.
    fn carry(&mut self, step: Step) {
        if let Step::Errand(errand) = step {
            let _ = self.parties.carry(self.id(), errand);
        }
    }

    /// The card pays for what lies in the tray.
    pub fn pay(&mut self, holder: &mut Holder, checked: &Checked, order: OrderId) -> Result<(DealId, Vec<u8>), Stuck> {
        let amount = checked.quote().credit;
        let want = Want {
            other: amount.map(|amount| Tender::Order(order, amount)),
            ..Want::default()
        };
        holder.commit(&self.parties, checked, &want)
    }

    /// The box does what it is told, if it is told something.
    pub fn obey(&mut self) {
        let Ok(Some((order, keep))) = self.at_machine(|machine, tx| Ok(machine.to_do(tx)?)) else {
            return;
        };
        if self.tray.finish(order, keep).is_err() {
            return;
        }
        // A machine that goes dark here finds the same to do when it wakes, and the box does it no second time.
        let _ = self.at_machine(move |machine, tx| Ok(machine.done(tx, order)?));
    }

    /// Time passes, what is written down is carried, and the box obeys.
    pub fn rest(&mut self, rounds: usize, span: Span) {
        for _ in 0..rounds {
            self.parties.wait(span);
            self.parties.settle_down();
            self.obey();
        }
    }
}

/// The figures of this story beside price and purse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cash {
    /// What is named at the machine.
    pub deposit: i64,
    /// What is put into it.
    pub put_in: i64,
}

/// Tells system 2. Too little or too much cash, or money that does not suffice, ends in a refusal with everybody's books as
/// they were.
pub fn electronic_money(world: &mut Deposits, figures: &Figures, cash: Cash) -> Result<Tale, Stuck> {
    let mut tale = Tale::new("settlement");
    let currency = Currency::new(&world.parties.realm().currency).unwrap_or(Currency::JPY);
    let money = |minor| Money::new(minor, currency).map_err(|e| Stuck::other("amount", &e.to_string()));
    let mut buyer = Holder::born("buyer", &mut world.parties, currency, &figures.seed)?;
    buyer.first_money(&mut world.parties, money(figures.purse)?)?;
    let says = format!("has a card with {} on it", money(figures.purse)?);
    tale.step("buyer", says, None, books(&[&buyer], &mut world.parties));

    deposit(
        &mut tale,
        world,
        &mut buyer,
        (money(cash.deposit)?, money(cash.put_in)?),
    )?;

    let work = Work {
        title: "Night Ferry".into(),
        content: song(&figures.seed),
        media_type: "audio/wav".into(),
        price: figures.price,
        unique: false,
        handing: None,
    };
    let stuck = |text: String| Stuck::other("publish", &text);
    let listing = world.parties.publish(&work).map_err(stuck)?;
    let says = format!(
        "offers \"{}\" as number {} for {}",
        work.title,
        listing.number,
        money(figures.price)?
    );
    tale.step("publisher", says, Some("ST-2"), books(&[&buyer], &mut world.parties));

    if let Some((deal, license)) = receipt_then_license(&mut tale, world, &mut buyer, &listing)? {
        let played = play(&mut buyer, &mut world.parties, &listing, deal, license)?;
        tale.must(played == work.content, "what was played is not what was sealed");
        let says = format!("plays: {} bytes, equal to the publisher's", played.len());
        tale.step("player", says, None, books(&[&buyer], &mut world.parties));
    }
    let (inside, all) = (world.tray.inside, [world.tray.swallowed, world.tray.returned]);
    let out: i64 = all.iter().map(|part| part.minor()).sum();
    tale.must(inside.is_zero(), "something is left in the tray");
    tale.must(out == cash.put_in, "cash in is not cash kept and returned");
    Ok(finish(tale, &mut world.parties, &[&buyer], figures))
}

fn deposit(
    tale: &mut Tale,
    world: &mut Deposits,
    buyer: &mut Holder,
    (amount, put_in): (Money, Money),
) -> Result<(), Stuck> {
    let (checked, order) = world.quote(buyer, amount)?;
    world.name(&checked, order)?;
    world.put_in(put_in);
    let before = books(&[buyer], &mut world.parties);
    let says = format!(
        "the machine shows {} on the card; {amount} is named, {put_in} put in: it lies in the tray",
        money_of(buyer, amount.currency())
    );
    tale.step("buyer", says, Some("ST-8"), before.clone());
    if let Err(no) = world.promise(order) {
        world.take_back(order)?;
        world.obey();
        let after = books(&[buyer], &mut world.parties);
        tale.must(after == before, "a refused deposit changed somebody's books");
        tale.refusal(
            "machine",
            &no.code,
            format!("{}; everything is given back", no.text),
            Some("ST-8"),
            after,
        );
        return Ok(());
    }
    let says =
        "tells the issuer, which takes the amount from the operator's account and holds it for this card's order";
    tale.step("machine", says, Some("ST-8"), books(&[buyer], &mut world.parties));
    let (_, pay) = world.pay(buyer, &checked, order)?;
    buyer.power_cut()?;
    let settled = buyer.finish(&mut world.parties, Counterpart::Issuer, &pay)?;
    let Settled::Given { .. } = settled else {
        return Err(Stuck::other(
            "not-loaded",
            &format!("the issuer did not load: {settled:?}"),
        ));
    };
    let says = format!("{amount} is on the card, after a power cut in between; the notes still lie in the tray");
    tale.step("card", says, Some("ST-8"), books(&[buyer], &mut world.parties));
    world.rest(4, Span::seconds(30));
    tale.must(
        world.tray.swallowed == amount,
        "the machine did not keep what it loaded",
    );
    let says = "hears the issuer's word and swallows the notes";
    tale.step("machine", says, Some("ST-8"), books(&[buyer], &mut world.parties));
    Ok(())
}

fn money_of(holder: &Holder, currency: Currency) -> Money {
    Money::new(holder.books().purse, currency).unwrap_or(Money::zero(currency))
}

fn receipt_then_license(
    tale: &mut Tale,
    world: &mut Deposits,
    buyer: &mut Holder,
    listing: &Listing,
) -> Result<Option<(DealId, LicenseId)>, Stuck> {
    let parties = &mut world.parties;
    let before = books(&[buyer], parties);
    let seed = buyer.draw();
    let asked = buyer
        .card
        .ask_pay_only(listing.number, &seed)
        .map_err(|e| Stuck::of(&e))?;
    let checked = buyer.quote(parties, Counterpart::Shop, &asked, Some(&listing.sheet))?;
    let (_, pay) = match buyer.commit(parties, &checked, &Want::default()) {
        Ok(committed) => committed,
        Err(no) => {
            let after = books(&[buyer], parties);
            tale.must(after == before, "a refused payment changed somebody's books");
            tale.refusal("card", &no.code, no.text, Some("ST-9"), after);
            return Ok(None);
        }
    };
    buyer.finish(parties, Counterpart::Shop, &pay)?;
    let mut values = buyer.card.state().values.iter().map(|(value, _)| value);
    let receipt = values.find(|value| value.kind == ValueKind::Receipt).cloned();
    let receipt = receipt.ok_or_else(|| Stuck::other("no-receipt", "no receipt came back"))?;
    let says = format!(
        "the seller's element checks {} against the charge, takes it and returns a receipt",
        receipt.worth
    );
    tale.step("shop", says, Some("ST-9"), books(&[buyer], parties));

    let want = Want {
        values: vec![(receipt.maker, receipt.id)],
        ..Want::default()
    };
    let (deal, license) = buyer.buy(parties, listing.number, &listing.sheet, &want)?;
    let says = "the receipt is this shop's own and unused: the license comes, and the receipt is gone";
    tale.step("shop", says, Some("ST-9"), books(&[buyer], parties));
    let again = buyer.buy(parties, listing.number, &listing.sheet, &want);
    tale.must(again.is_err(), "a receipt bought twice");
    let no = again.err().unwrap_or_else(|| Stuck::other("bought", "it bought again"));
    let after = books(&[buyer], parties);
    tale.refusal(
        "card",
        &no.code,
        "the same receipt again: it is used",
        Some("ST-9"),
        after,
    );
    Ok(Some((deal, license)))
}
