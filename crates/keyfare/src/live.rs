//! Live: the parties of a story as processes of their own, reached over HTTP.

mod approving;

pub use approving::{LiveApproving, Setting};

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use package::{Header, Package};
use party::{
    books,
    collector::{Collector, CollectorConfig, whole},
};
use seal::{Realm, role};
use store::sqlite::{self, Opening, Sqlite};
use stories::{Account, Answer, Counterpart, Listing, Parties, Work};
use units::{DealId, Moment, Money, OfferNo, PartyId, Refusal, Span, ValueId};
use wallet::carry::CarryRefusal;

use crate::{
    clock,
    command::{audit, publish, serve},
    market::{Market, publisher_of},
    place::Place,
    processes::Processes,
    say::Say,
    setup,
};

/// A marketplace of separate processes in a directory of its own, gone when it is dropped.
pub struct Live {
    all: Processes,
    ids: BTreeMap<&'static str, PartyId>,
}

impl Live {
    /// Lays a realm out and starts a process for each party but those whom one story alone needs.
    pub fn start(say: Say) -> Result<Self> {
        let apart = |word: &str| {
            setup::APPROVING.contains(&word)
                || setup::COPYING_PARTIES.contains(&word)
                || setup::SETTLING.contains(&word)
        };
        Self::start_as(say, |_| Ok(()), |word| !apart(word))
    }

    /// Lays a realm out, changes what it is configured as, and starts a process for each party that is needed.
    fn start_as(say: Say, configure: impl FnOnce(&Place) -> Result<()>, needed: impl Fn(&str) -> bool) -> Result<Self> {
        let mut all = Processes::lay_out("live", say, configure)?;
        all.start_all(setup::parties().filter(|word| needed(word)))?;
        let mut live = Self {
            all,
            ids: BTreeMap::new(),
        };
        live.wait()?;
        Ok(live)
    }

    /// Everybody answers, is listed, and has an account.
    fn wait(&mut self) -> Result<()> {
        let market = &self.all.market;
        let ids = self.all.runtime.block_on(async {
            for _ in 0..900 {
                if let Ok(ids) = listed(market).await {
                    return Ok(ids);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            anyhow::bail!("the parties did not start within a minute and a half")
        })?;
        self.ids = ids;
        self.ids
            .insert("publisher", publisher_of(&self.all.place, &self.all.market.realm)?);
        let parties: Vec<PartyId> = self.ids.values().copied().collect();
        self.all.runtime.block_on(market.open_party_accounts(&parties))
    }

    fn id(&self, word: &str) -> PartyId {
        self.ids.get(word).copied().unwrap_or_default()
    }
}

async fn listed(market: &Market) -> Result<BTreeMap<&'static str, PartyId>> {
    Ok(BTreeMap::from([
        ("bank", market.one::<role::Bank>().await?.id),
        ("issuer", market.one::<role::Issuer>().await?.id),
        ("shop", market.one::<role::Seller>().await?.id),
        ("collector", market.one::<role::Collector>().await?.id),
        ("support", market.one::<role::Support>().await?.id),
        ("atm", machine(market, setup::ATM).await?),
        ("counter", machine(market, setup::COUNTER).await?),
        ("kiosk", machine(market, setup::KIOSK).await?),
    ]))
}

/// The machine of this name.
async fn machine(market: &Market, name: &str) -> Result<PartyId> {
    let directory = market.directory().await?;
    let found = directory
        .with_role::<role::Machine>(clock::now())
        .find(|listed| listed.name == name)
        .map(|listed| listed.id);
    found.with_context(|| format!("{name} is not listed yet"))
}

impl Parties for Live {
    fn realm(&self) -> Realm {
        self.all.market.realm.clone()
    }
    fn seller(&self) -> PartyId {
        self.id("shop")
    }
    fn now(&self) -> Moment {
        clock::now()
    }
    fn certificate(&mut self, role: seal::Role) -> Option<Vec<u8>> {
        let directory = self.all.runtime.block_on(self.all.market.directory()).ok()?;
        let now = clock::now();
        match role {
            seal::Role::Support => {
                let id = directory.with_role::<role::Support>(now).next()?.id;
                directory.certificate::<role::Support>(id, now)
            }
            seal::Role::Seller => {
                let mut shops = directory.with_role::<role::Seller>(now);
                let id = shops.find(|listed| setup::is_shop(&listed.name))?.id;
                directory.certificate::<role::Seller>(id, now)
            }
            _ => None,
        }
    }
    fn send(&mut self, to: Counterpart, verb: &str, body: &[u8]) -> Answer {
        let to = self.id(match to {
            Counterpart::Issuer => "issuer",
            Counterpart::Shop => "shop",
            Counterpart::Collector => "collector",
            Counterpart::Support => "support",
            Counterpart::Atm => "atm",
            Counterpart::Counter => "counter",
            Counterpart::Kiosk => "kiosk",
            Counterpart::Bank => "bank",
        });
        match self
            .all
            .runtime
            .block_on(self.all.market.carrier.post(to, &format!("/v1/{verb}"), body.to_vec()))
        {
            Ok(bytes) => Answer::Bytes(bytes),
            Err(CarryRefusal::NotYet(_)) => Answer::NotYet,
            Err(no @ CarryRefusal::Refused { .. }) => Answer::Refused(no.told().to_owned(), no.to_string()),
            Err(_) => Answer::Silent,
        }
    }
    fn open_account(&mut self, holder: &str, amount: i64) -> Result<Account, String> {
        let currency = units::Currency::new(&self.all.market.realm.currency).map_err(|e| e.to_string())?;
        let amount = Money::new(amount, currency).map_err(|e| e.to_string())?;
        let opened = self.all.runtime.block_on(self.all.market.open_account(holder, amount));
        let (bank, value, signed, certificate) = opened.map_err(|e| format!("{e:#}"))?;
        Ok(Account {
            bank,
            token: value.id,
            signed,
            certificate,
        })
    }
    fn publish(&mut self, work: &Work) -> Result<Listing, String> {
        let told = |e: anyhow::Error| format!("{e:#}");
        let number = OfferNo(
            u64::from_be_bytes(clock::random().map_err(told)?[..8].try_into().unwrap_or_default()) % 1_000_000 + 1000,
        );
        let file = self.all.dir.join(format!("{number}.original"));
        std::fs::write(&file, &work.content).map_err(|e| e.to_string())?;
        let currency = units::Currency::new(&self.all.market.realm.currency).map_err(|e| e.to_string())?;
        let price = Money::new(work.price, currency).map_err(|e| e.to_string())?;
        let mut terms = publisher::Terms::sale(number, price, clock::now().plus(Span::days(30)));
        terms.tax_permille = 100;
        if self.ids.contains_key("approver") {
            for offer in &mut terms.offers {
                offer.tenders.push(license::TenderKind::Approval);
            }
        }
        if let Some(handing) = work.handing {
            let fare = Money::new(handing.fare, currency).map_err(|e| e.to_string())?;
            terms = terms.copied_for(fare, handing.generations);
            terms.modes.move_ = true;
            terms.fare_move = fare;
            terms.route = handing.route;
            if let Some(locked) = handing.locked {
                let fee = Money::new(locked.fee, currency).map_err(|e| e.to_string())?;
                let unlock = publish::unlocking(&self.all.market, fee, locked.arrives);
                terms.unlock = Some(self.all.runtime.block_on(unlock).map_err(told)?);
                terms.modes.locked = true;
            }
        }
        if work.unique {
            terms.delivery = package::Delivery::Unique;
        }
        let draft = publisher::Work {
            file,
            title: work.title.clone(),
            kind: None,
            media_type: Some(work.media_type.clone()),
            content: None,
            edition: 1,
            preview: None,
            credits: package::Credits::default(),
            terms,
        };
        let into = self.all.place.publisher().join("works").join(number.to_string());
        let (place, market, say, seller) = (&self.all.place, &self.all.market, self.all.say, self.id("shop"));
        let sheet = self.all.runtime.block_on(async {
            let made = publish::make(place, market, &draft, &into, say).await?;
            publish::bring(market, &made, say).await?;
            Ok::<_, anyhow::Error>(market.carrier.get(seller, &format!("/v1/offers/{number}")).await?)
        });
        let sheet = license::OfferSheet::parse(&sheet.map_err(told)?).map_err(|e| e.to_string())?;
        let package = std::fs::File::open(into.join("package.keyfare")).map_err(|e| e.to_string())?;
        let preview = Package::open(package)
            .map_err(|e| e.to_string())?
            .front()
            .preview()
            .to_vec();
        Ok(Listing { number, sheet, preview })
    }
    fn package(&mut self, listing: &Listing, deal: DealId) -> Result<(Header, Vec<u8>), String> {
        let signed = seal::parse::<license::Offer>(&listing.sheet.offer, seal::Kind::Offer, self.all.market.realm.id());
        let offer = signed.map_err(|e| e.to_string())?.claims().clone();
        let path = match offer.delivery {
            license::Delivery::Shared(header) => format!("/v1/packages/{header}"),
            license::Delivery::Unique => format!("/v1/deliveries/{deal}"),
        };
        let bytes = self
            .all
            .runtime
            .block_on(self.all.market.carrier.get(self.id("shop"), &path))
            .map_err(|e| e.to_string())?;
        let header = Package::open(&bytes[..])
            .map_err(|e| e.to_string())?
            .front()
            .header()
            .clone();
        Ok((header, bytes))
    }
    fn statement(&mut self, token: ValueId) -> Result<i64, String> {
        let path = format!("/v1/accounts/{token}");
        let answer = self
            .all
            .runtime
            .block_on(self.all.market.carrier.get(self.id("bank"), &path));
        let answer: serde_json::Value =
            serde_json::from_slice(&answer.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        let minor = answer["balance"]["minor"].as_str().and_then(|text| text.parse().ok());
        minor.ok_or_else(|| "the bank's answer cannot be read".to_owned())
    }
    fn settle_down(&mut self) {
        // Processes do what they do by themselves; they are given a moment for it.
        self.all
            .runtime
            .block_on(async { tokio::time::sleep(Duration::from_millis(300)).await });
    }
    fn books(&mut self) -> BTreeMap<String, BTreeMap<String, i64>> {
        // The publisher collects for itself: one id, and in the books it is the publisher's.
        let named = self.ids.iter().filter(|(name, _)| **name != "collector");
        let names: Vec<(String, &str)> = named.map(|(name, id)| (id.to_string(), *name)).collect();
        let mut out = BTreeMap::new();
        for word in ["bank", "issuer", "shop", "collector", "support"] {
            if let Ok(sheet) = sheet_of(&self.all.place, &self.all.dir, word) {
                out.insert(word.to_owned(), stories::readable(&sheet, &names));
            }
        }
        let figure = |party: &str, line: &str| {
            let book: Option<&BTreeMap<String, i64>> = out.get(party);
            book.and_then(|b| b.get(line)).copied().unwrap_or(0)
        };
        let (owed, held) = (
            figure("issuer", "payee publisher"),
            figure("bank", "deposit of party publisher"),
        );
        let fares = fares_of(&self.all.place, &self.all.dir).unwrap_or(0);
        out.insert(
            "publisher".into(),
            BTreeMap::from([
                ("received".to_owned(), owed.saturating_add(held)),
                ("at the bank".to_owned(), held),
                ("fares".to_owned(), fares),
            ]),
        );
        out
    }
    fn audit(&mut self) -> Vec<String> {
        match self.all.runtime.block_on(audit::findings(&self.all.place)) {
            Ok(findings) => findings,
            Err(error) => vec![format!("{error:#}")],
        }
    }
}

/// What came home, by the collector's own count.
fn fares_of(place: &Place, dir: &std::path::Path) -> Result<i64> {
    let (config, store) = copy_of(place, dir, "collector")?;
    let desk = party::desk::Desk::new(config.realm.clone(), &config.certifiers)?;
    let keys = party::PartyKeys::load(config.keys.secret, config.realm.id(), config.keys.certificate)?;
    let payee = keys.id();
    let collector = Collector::new(keys, desk, CollectorConfig::new(PartyId::default(), vec![payee]));
    let figures = store
        .read(|view| collector.figures(view, payee, clock::now()))
        .map_err(|no| anyhow::anyhow!("{no}"))?;
    Ok(whole(&figures.paths).minor)
}

/// The balance sheet of a running party.
pub fn sheet_of(place: &Place, dir: &std::path::Path, word: &str) -> Result<Vec<(String, i64)>> {
    let (_, store) = copy_of(place, dir, word)?;
    store.read(books::sheet).map_err(|no| anyhow::anyhow!("{no}"))
}

/// A consistent copy of a running party's database.
fn copy_of(place: &Place, dir: &std::path::Path, word: &str) -> Result<(server::config::Config, store::Store)> {
    let config = serve::config(place, word)?;
    let copy = dir.join(format!(
        "{word}-{}.copy",
        u64::from_be_bytes(clock::random()?[..8].try_into()?)
    ));
    sqlite::backup(&config.dir.join(server::running::STORE_FILE), &copy)
        .map_err(|no| anyhow::anyhow!("{no} ({})", no.code()))?;
    let opening = Opening {
        role: config.role.word().to_owned(),
        realm: config.realm.id(),
        new_id: clock::random()?[..16].try_into()?,
    };
    let store = Sqlite::open(&copy, &opening, &server::running::parts_of(config.role))
        .map_err(|no| anyhow::anyhow!("{no}"))?
        .store();
    Ok((config, store))
}
