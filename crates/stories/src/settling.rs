//! Settling: the world of the settlement, over the parties in memory: a carrier with its subscribers, a registry of trusted
//! enterprises, a bank that tells sellers what came in, and a shop that is an enterprise's license server.

use std::{collections::BTreeMap, sync::Arc};

use card::{ChargeHeard, Want};
use carrier::{
    Batch, Bill, BillId, Carrier, CarrierConfig, ItemKind, Listing as Enlisted, Month, NewContract, NewEnterprises,
    Plan, Rate, Service, SubscriberId, Terms, Trust, Usage, UsageRecord,
};
use deal::{
    Tender,
    charge::ChargeId,
    enterprise::{EnterpriseNo, NotPaid, read_not_paid},
};
use party::{
    Party, Verb,
    centre::{CentreConfig, Wish},
    trust::TrustRegistry,
};
use seal::Role;
use units::{Currency, LicenseId, Moment, Money, PartyId, Span, TransferId, ValueId};

use crate::{Answer, Counterpart, Holder, InMemory, Parties, Stuck};

/// Where the carrier bills.
const ZONE: i16 = 540;
/// What the carrier pays loads from, at first.
const LOADS: i64 = 100_000;
/// What the one subscriber of a story is called from.
const NUMBER: &str = "+819012345678";

/// What the telephone costs in the month of the story, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telephone {
    /// Calls.
    pub calls: i64,
    /// Packets.
    pub packets: i64,
    /// The basic fee.
    pub basic: i64,
    /// The extra service: voice mail.
    pub service: i64,
}

/// A realm in which carriers pay.
#[derive(Debug)]
pub struct Settling {
    /// Everybody else.
    pub world: InMemory,
    /// The carrier.
    pub carrier: Arc<Carrier>,
    /// Who says whom to trust.
    pub registry: Arc<TrustRegistry>,
    certificate: Vec<u8>,
    who: SubscriberId,
    telephone: Telephone,
    /// The account from which the carrier pays loads.
    till: Option<ValueId>,
}

fn stuck(text: impl ToString) -> Stuck {
    Stuck::other("settlement", &text.to_string())
}

fn yen(minor: i64) -> Result<Money, String> {
    Money::new(minor, Currency::JPY).map_err(|e| e.to_string())
}

impl Settling {
    /// Founds a realm with a carrier and a trust registry. `asks`: the carrier asks the registry about sellers; else it has
    /// listed this story's seller itself. `pay_after`: how long after a purchase it pays.
    pub fn found(
        seed: &[u8; 32],
        now: Moment,
        asks: bool,
        pay_after: Span,
        telephone: Telephone,
    ) -> Result<Self, String> {
        Self::found_with(seed, now, (asks, pay_after), telephone, false)
    }

    /// The same, with a carrier that loads purses on line, from an account of its own (ST-20).
    pub fn found_loading(seed: &[u8; 32], now: Moment, telephone: Telephone) -> Result<Self, String> {
        Self::found_with(seed, now, (true, Span(0)), telephone, true)
    }

    fn found_with(
        seed: &[u8; 32],
        now: Moment,
        (asks, pay_after): (bool, Span),
        telephone: Telephone,
        loads: bool,
    ) -> Result<Self, String> {
        let mut world = InMemory::found_with(seed, Currency::JPY, now, |maker, shop| {
            let bank = maker.party(Role::Bank, "Harbour Bank").map_err(|e| e.to_string())?;
            shop.bank = Some(bank.id());
            Ok(())
        })?;
        let registry = Arc::new(TrustRegistry::new(
            world.keys_of(Role::TrustRegistry, "Registry of Enterprises")?,
            world.desk()?,
        ));
        let listed = registry.clone();
        let figures = move |view: &mut dyn store::View| {
            let count = listed.listed(view).map_or(0, |all| all.len());
            BTreeMap::from([("enterprises".to_owned(), i64::try_from(count).unwrap_or(i64::MAX))])
        };
        world.welcome("registry", registry.clone(), registry.certificate(), figures)?;
        let config = CarrierConfig {
            zone_minutes: ZONE,
            bank: Some(world.bank()),
            registry: asks.then(|| Party::id(&*registry)),
            pay_after,
            new_enterprises: NewEnterprises {
                for_span: Span::days(0),
                delay: pay_after,
                cap: yen(units::AMOUNT_MAX)?,
                reserve_permille: 0,
            },
            ..CarrierConfig::new(Currency::JPY)
        };
        let mut config = config;
        let mut till = None;
        if loads {
            let account = world.open_account("Harbour Mobile", LOADS)?;
            config.centre = Some(CentreConfig {
                issuer: world.issuer_id(),
                account: account.signed,
                most: yen(50_000)?,
                patience: Span::minutes(5),
            });
            till = Some(account.token);
        }
        let keys = world.keys_of(Role::Carrier, "Harbour Mobile")?;
        let carrier = Arc::new(Carrier::new(keys, world.desk()?, config));
        let certificate = carrier.certificate().to_vec();
        let reader = carrier.clone();
        let figures = move |view: &mut dyn store::View| reader.figures(view).unwrap_or_default().into_iter().collect();
        world.welcome("carrier", carrier.clone(), &certificate, figures)?;
        world.pay_in_at(carrier.id(), yen(1_000_000_000)?)?;
        let seller = world.seller();
        world.tells(seller)?;
        let shop = world.shop();
        world.watch("records", seller, move |view| records(&shop, view));
        let who = SubscriberId(world.seed().id("subscriber"));
        let mut settling = Self {
            world,
            carrier,
            registry,
            certificate,
            who,
            telephone,
            till,
        };
        settling.offer_plans()?;
        Ok(settling)
    }

    /// The subscriber, having shown his password, loads on line, onto his bill.
    pub fn load_on_bill(&mut self, wish: Wish) -> Result<(), String> {
        let (who, now) = (self.who.0, self.world.now());
        let step = self.at_carrier(move |carrier, tx| crate::memory::begin(carrier, tx, who, wish, now))?;
        match step {
            party::Step::Errand(errand) => self.world.carry(self.carrier.id(), errand).map(drop),
            _ => Ok(()),
        }
    }

    /// What is left in the account from which the carrier pays loads.
    pub fn till(&mut self) -> Result<i64, String> {
        self.world.statement(self.till.ok_or("no loads here")?)
    }

    /// What stands on the open month of the subscriber, and what is kept free in it.
    pub fn on_open_month(&self) -> Result<(u64, u64), String> {
        let (who, now) = (self.who, self.world.now());
        self.at_carrier(move |carrier, tx| Ok(carrier.open_content(tx, who, now)?))
    }

    /// Work in the carrier's own store.
    fn at_carrier<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Carrier, &mut dyn store::Tx) -> Result<T, party::Refused> + Send + 'static,
    ) -> Result<T, String> {
        let carrier = self.carrier.clone();
        self.world.within(self.carrier.id(), move |tx| work(&carrier, tx))
    }

    fn offer_plans(&mut self) -> Result<(), String> {
        let one = yen(1)?;
        let plan = Plan {
            name: "Harbour M".into(),
            basic: yen(self.telephone.basic)?,
            calls: Rate { unit: 3, price: one },
            packets: Rate { unit: 10, price: one },
        };
        let service = Service {
            name: "Voice mail".into(),
            monthly: yen(self.telephone.service)?,
        };
        self.at_carrier(move |carrier, tx| {
            carrier
                .add_plan(tx, "harbour-m", &plan)
                .and_then(|()| carrier.add_service(tx, "voice-mail", &service))
                .map_err(|no| party::Refused::by(&no))
        })
    }

    /// The holder makes a contract: the carrier is told the key by which it, and nobody else, knows his card.
    pub fn sign_up(&mut self, holder: &Holder) -> Result<(), String> {
        self.sign_up_as(holder, self.who, NUMBER, "Aiko Mori")
    }

    /// The same as somebody, with a telephone of this number.
    pub fn sign_up_as(&mut self, holder: &Holder, who: SubscriberId, number: &str, name: &str) -> Result<(), String> {
        let new = NewContract {
            name: name.into(),
            address: vec!["1-2-3 Minato".into()],
            number: number.into(),
            key: Some(holder.card.subscriber(self.carrier.id())),
            content_limit: None,
            apart: false,
            terms: Terms {
                plan: "harbour-m".into(),
                services: vec!["voice-mail".into()],
            },
        };
        let now = self.world.now();
        self.at_carrier(move |carrier, tx| {
            carrier
                .sign_up(tx, who, &new, now)
                .map_err(|no| party::Refused::by(&no))
        })
    }

    /// The carrier lists the seller of this story by itself.
    pub fn list_seller(&mut self, no: EnterpriseNo) -> Result<(), String> {
        let listing = Enlisted {
            name: "Lantern Records".into(),
            no: Some(no),
            trust: Trust::Trusted,
            cap: None,
        };
        let (seller, now) = (self.world.seller(), self.world.now());
        self.at_carrier(move |carrier, tx| {
            carrier
                .list_enterprise(tx, seller, &listing, now)
                .map_err(|no| party::Refused::by(&no))
        })
    }

    /// The registry trusts these enterprises; the one with this story's number is its seller, the others are others.
    pub fn trust(&mut self, enterprises: &[u32], seller_is: EnterpriseNo) -> Result<(), String> {
        let (registry, now, seller) = (self.registry.clone(), self.world.now(), self.world.seller());
        let enterprises = enterprises.to_vec();
        self.world.within(Party::id(&*self.registry), move |tx| {
            for no in &enterprises {
                let mut other = [0xEE; 16];
                other[..4].copy_from_slice(&no.to_be_bytes());
                let party = if *no == seller_is.0 { seller } else { PartyId(other) };
                registry.list(tx, EnterpriseNo(*no), party, now)?;
            }
            Ok(())
        })
    }

    /// The payment "with the telephone bill".
    pub fn by_bill(&self) -> Want {
        Want {
            other: Some(Tender::Charge([0; 16], Money::zero(Currency::JPY), self.carrier.id())),
            ..Want::default()
        }
    }

    /// Some relay carries what the card has in its outbox for this license, and what comes back.
    pub fn relay(&mut self, holder: &mut Holder, license: LicenseId) -> Result<ChargeHeard, Stuck> {
        let charge = holder
            .card
            .say_charge(license, &self.certificate)
            .map_err(|e| Stuck::of(&e))?;
        let answer = self.carry_charge(charge.bytes())?;
        self.show_word(holder, &answer)?;
        let seed = holder.draw();
        let now = self.world.now();
        holder.card.hear_charged(&answer, now, &seed).map_err(|e| Stuck::of(&e))
    }

    /// The seller sees what the carrier has said, where it can be reached: a machine gives its goods on this word.
    pub fn show_word(&mut self, holder: &Holder, answer: &[u8]) -> Result<(), Stuck> {
        let Some((seller, word)) = holder.card.shows_charged(answer) else {
            return Ok(());
        };
        let (shop, now) = (self.world.shop(), self.world.now());
        let shown = self.world.within(seller, move |tx| Ok(shop.hear_word(tx, &word, now)?));
        let is_dark = self.world.memory_of(seller).is_some_and(|memory| memory.is_dark());
        match shown {
            Err(_) if is_dark => Err(Stuck::other("no-answer", "the seller is dark; the charge waits")),
            // Whoever does not take it waits for the money.
            _ => Ok(()),
        }
    }

    /// A charge, as bytes, to the carrier; its answer.
    pub fn carry_charge(&mut self, charge: &[u8]) -> Result<Vec<u8>, Stuck> {
        for _ in 0..8 {
            match self.world.tell(self.carrier.id(), Verb::Charge, charge) {
                Answer::Bytes(bytes) => return Ok(bytes),
                Answer::Refused(code, text) => return Err(Stuck { code, text }),
                Answer::NotYet => self.world.settle_down(),
                Answer::Silent => return Err(Stuck::other("no-answer", "nobody answered; the charge waits")),
            }
        }
        Err(Stuck::other(
            "not-yet",
            "the carrier waits for the registry; the charge waits",
        ))
    }

    /// The charge as the card says it: the same bytes however often.
    pub fn charge_of(&self, holder: &Holder, license: LicenseId) -> Result<Vec<u8>, Stuck> {
        let said = holder.card.say_charge(license, &self.certificate);
        said.map(card::Outgoing::into_bytes).map_err(|e| Stuck::of(&e))
    }

    /// What a refused charge left owing is paid with money.
    pub fn clear(&mut self, holder: &mut Holder, license: LicenseId) -> Result<(), Stuck> {
        let seed = holder.draw();
        let asked = holder.card.ask_clear(license, &seed).map_err(|e| Stuck::of(&e))?;
        let checked = holder.quote(&mut self.world, Counterpart::Shop, &asked, None)?;
        let (_, pay) = holder.commit(&self.world, &checked, &Want::default())?;
        match holder.finish(&mut self.world, Counterpart::Shop, &pay)? {
            card::Settled::Given { .. } => Ok(()),
            card::Settled::Void { reason, .. } => Err(Stuck::other(reason.code(), reason.text())),
            other => Err(Stuck::other("not-cleared", &format!("{other:?}"))),
        }
    }

    /// Whom the carrier does not pay for, as every wallet may read it beforehand.
    pub fn not_paid(&mut self) -> Result<NotPaid, Stuck> {
        let Answer::Bytes(sheet) = self.world.tell(self.carrier.id(), Verb::NotPaid, &[]) else {
            return Err(Stuck::other("no-answer", "nobody answered"));
        };
        let (realm, now) = (self.world.realm(), self.world.now());
        let mut trust = seal::Trust::new(realm);
        for certificate in self.world.maker().certifiers() {
            trust.learn(&certificate).map_err(stuck)?;
        }
        read_not_paid(&sheet, self.carrier.id(), &trust, now).map_err(|e| Stuck::of(&e))
    }

    /// The switches and gateways of the month report what was used, in bulk; twice, for nobody knows whether it was heard.
    pub fn use_telephone(&mut self) -> Result<(), String> {
        let at = self.world.now();
        let record = |used| UsageRecord {
            number: NUMBER.into(),
            at,
            used,
        };
        let mut records = Vec::new();
        let mut seconds = u32::try_from(self.telephone.calls.saturating_mul(3)).map_err(|e| e.to_string())?;
        while seconds > 0 {
            let call = seconds.min(1800);
            records.push(record(Usage::Call(call)));
            seconds -= call;
        }
        let packets = u32::try_from(self.telephone.packets.saturating_mul(10)).map_err(|e| e.to_string())?;
        records.push(record(Usage::Packets(packets)));
        let batch = Batch {
            source: "switch-1".into(),
            first: 1,
            records,
        };
        for _ in 0..2 {
            let batch = batch.clone();
            self.at_carrier(move |carrier, tx| {
                carrier.take_usage(tx, &batch, at).map_err(|no| party::Refused::by(&no))
            })?;
        }
        Ok(())
    }

    /// The month of `day` is over, and billed, twice: the bill.
    pub fn bill(&mut self, day: Moment) -> Result<Bill, String> {
        let month = Month::of(day, ZONE);
        let end = month.ends(ZONE);
        if end > self.world.now() {
            self.world.wait(end.since(self.world.now()));
        }
        self.world.hear_news()?;
        let (who, now) = (self.who, self.world.now());
        let mut bills: Vec<(BillId, Bill)> = Vec::new();
        for _ in 0..2 {
            bills = self.at_carrier(move |carrier, tx| {
                let run = carrier.bill_month(tx, month, 100, now);
                run.map_err(|no| party::Refused::by(&no))?;
                Ok(carrier.bills_of(tx, who, 10)?)
            })?;
        }
        match bills.as_slice() {
            [(_, bill)] => Ok(bill.clone()),
            several => Err(format!("{} bills were made of one month", several.len())),
        }
    }

    /// A number for something done once.
    pub fn id(&mut self) -> TransferId {
        TransferId(self.world.seed().id("story"))
    }

    /// The record of a charge at the seller: since when it is unsettled, and when it was settled.
    pub fn record(&self, charge: ChargeId) -> Result<(Option<Moment>, Option<Moment>), String> {
        let shop = self.world.shop();
        self.world.within(self.world.seller(), move |tx| {
            let open = shop.unsettled(tx, charge)?.map(|record| record.at);
            let settled = shop.settled(tx, charge)?.map(|record| record.at);
            Ok((open, settled))
        })
    }
}

/// A date where the carrier bills, as a number: 20040211.
pub(crate) fn date(at: Moment) -> i64 {
    let local = Moment(at.0.saturating_add_signed(i64::from(ZONE) * 60_000));
    let (year, month, day, ..) = local.civil();
    i64::from(year) * 10_000 + i64::from(month) * 100 + i64::from(day)
}

/// The same for people: 2004-02-11.
pub(crate) fn day(at: Moment) -> String {
    let whole = date(at);
    format!("{:04}-{:02}-{:02}", whole / 10_000, whole / 100 % 100, whole % 100)
}

/// The seller's records, counted, with the dates of the latest.
fn records(shop: &party::shop::Shop, view: &mut dyn store::View) -> BTreeMap<String, i64> {
    let open = shop.all_unsettled(view, None, 1000).unwrap_or_default();
    let settled = shop.all_settled(view, None, 1000).unwrap_or_default();
    let unmatched = shop.unmatched(view, 1000).unwrap_or_default();
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let latest = |all: Option<Moment>| all.map_or(0, date);
    BTreeMap::from([
        ("unsettled".to_owned(), count(open.len())),
        ("unsettled on".to_owned(), latest(open.iter().map(|(_, r)| r.at).max())),
        ("settled".to_owned(), count(settled.len())),
        ("settled on".to_owned(), latest(settled.iter().map(|(_, r)| r.at).max())),
        ("unmatched".to_owned(), count(unmatched.len())),
    ])
}

/// The lines of a bill, as figures.
pub(crate) fn lines(bill: &Bill) -> BTreeMap<String, i64> {
    let mut out: BTreeMap<String, i64> = bill
        .telephone
        .iter()
        .map(|item| {
            let name = match &item.kind {
                ItemKind::Calls(_) => "calls".to_owned(),
                ItemKind::Packets(_) => "packets".to_owned(),
                ItemKind::Basic(_) => "basic".to_owned(),
                ItemKind::Service(name) => name.to_lowercase(),
            };
            (name, item.amount.minor())
        })
        .collect();
    out.insert("telephone".into(), bill.telephone_sum.minor());
    out.insert("content".into(), bill.content_sum().minor());
    out.insert("total".into(), bill.total.minor());
    out
}
