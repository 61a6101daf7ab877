//! Machines killed at random moments: a deposit machine while notes go in, a vending machine while goods fall, a kiosk while it
//! passes on what a card says. Each is a process of its own and is started again; what stands in the registers of box and hatch
//! is what stands on the card.

use std::{path::Path, pin::Pin, sync::Arc, time::Duration};

use deal::cash::CashStand;
use party::{Verb, passing::Leave};
use reqwest::Client;
use seal::{Realm, cbor};
use tokio::runtime::Runtime;
use units::{Currency, Money, OrderId, PartyId};
use wallet::{
    Home, Wallet,
    carry::{Carrier, CarryRefusal, HttpCarrier, Part, Whereabouts},
    drive::Os,
    engine::{OpenRefused, Outcome, Patience, Question, cash_order},
};

use crate::{
    Dice, in_towns_of, number,
    town::{Town, pause},
};

/// Most moments in one town: a vending machine has so many pieces, and a purse ends.
const A_TOWN: u64 = 18;
const PURSE: i64 = 30_000;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

/// Some moments of each machine: an eighth of those of a purchase.
fn some() -> u64 {
    number("KILLS", 20).div_ceil(8)
}

/// Kills it at this moment, and once more soon after it is back, or not.
fn killed(town: &mut Town, role: &str, dice: &mut Dice, moment: u64) {
    pause(moment);
    town.kill(role);
    pause(dice.next(120));
    town.start(role);
    if dice.next(3) == 0 {
        pause(dice.next(250));
        town.kill(role);
        town.start(role);
    }
}

/// The party of this name, as the registry lists it.
async fn listed(carrier: &dyn Carrier, name: &str) -> PartyId {
    let known = carrier.directory(false).await.unwrap();
    let found = known.parties().find(|one| one.name == name).map(|one| one.id);
    found.unwrap_or_else(|| panic!("nobody is called {name}"))
}

/// Everything this card has begun has ended.
async fn ended(wallet: &Wallet) -> bool {
    let open = wallet.finish_open().await;
    !open.iter().any(|one| matches!(one, Outcome::OnItsWay { .. }))
}

async fn soon() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// What a deposit machine's register says: what came in, was swallowed, was given back, and lies in the tray.
#[derive(Debug, PartialEq, Eq, Default, Clone, Copy)]
struct Cash {
    came: i64,
    kept: i64,
    back: i64,
    inside: i64,
}

fn cash_in(town: &Path) -> Cash {
    let mut cash = Cash::default();
    for line in std::fs::read_to_string(town.join("deposit/data/tray"))
        .unwrap_or_default()
        .lines()
    {
        match line.split_once(' ').unwrap() {
            ("in", minor) => {
                let minor: i64 = minor.parse().unwrap();
                cash.came += minor;
                cash.inside += minor;
            }
            ("keep", _) => cash.kept += std::mem::take(&mut cash.inside),
            ("back", _) => cash.back += std::mem::take(&mut cash.inside),
            _ => panic!("the register says {line}"),
        }
    }
    cash
}

/// Whoever stands before the machine: he reads its screen, presses what is on it, puts notes in.
struct Person {
    client: Client,
    at: String,
}

impl Person {
    fn before(town: &Town) -> Self {
        Self {
            client: Client::builder().no_proxy().build().unwrap(),
            at: format!("http://127.0.0.1:{}", town.base + 22),
        }
    }
    /// The screen, if the machine is there.
    async fn page(&self, path: &str) -> Option<String> {
        let page = self.client.get(format!("{}{path}", self.at)).send().await.ok()?;
        page.text().await.ok()
    }
    /// What he presses may be lost: he sees on the screen what came of it.
    async fn presses(&self, path: &str, form: String) {
        let press = self
            .client
            .post(format!("{}{path}", self.at))
            .header("origin", &self.at);
        let press = press.header("content-type", "application/x-www-form-urlencoded");
        let _ = press.body(form).send().await;
    }
    /// The code on a screen that is free.
    async fn code(&self) -> Option<String> {
        self.page("/k?fresh=1").await?;
        let page = self.page("/en/k").await?;
        let (_, rest) = page.split_once("Code of this screen: ")?;
        let code = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        Some(code.chars().take(8).collect())
    }
    /// Everything back, where the screen offers it.
    async fn wants_back(&self) {
        let Some(page) = self.page("/en/k").await else { return };
        let order = page
            .split_once("/k/back\"")
            .and_then(|(_, rest)| rest.split_once("value=\""))
            .and_then(|(_, rest)| rest.split_once('"'));
        if let Some((order, _)) = order {
            self.presses("/k/back", format!("order={order}")).await;
        }
    }
    /// Names an amount, puts it in and lets it be loaded, or wants it back; whatever is lost he does again.
    async fn fills(&self, wallet: &Wallet, machine: PartyId, gives_up: bool) -> Option<OrderId> {
        let mut named = None;
        for _ in 0..2_400 {
            if let Some(code) = self.code().await {
                named = wallet.name_cash(machine, yen(1000), &code).await.ok();
            } else {
                // Named before, and the answer was lost: he begins again.
                self.wants_back().await;
            }
            if named.is_some() {
                break;
            }
            soon().await;
        }
        let checked = named?;
        let (order, amount) = cash_order(&checked)?;
        for _ in 0..2_400 {
            match wallet.look_at_cash(machine, order).await {
                Ok(tray) if tray.stand != CashStand::Open || tray.counted == amount => break,
                Ok(_) => self.presses("/k/notes", "minor=500".to_owned()).await,
                Err(_) => soon().await,
            }
        }
        for _ in 0..2_400 {
            let done = match gives_up {
                true => wallet.take_cash_back(machine, order).await.is_ok(),
                false => wallet.load_cash(machine, &checked).await.is_ok(),
            };
            if done {
                break;
            }
            soon().await;
        }
        Some(order)
    }
}

/// A deposit machine dies at any moment: what lies in its box is what the purse gained, what was given back was in nobody's purse,
/// and no note is left in the tray.
///
/// proves: ST-8 row-49 row-52
#[test]
fn notes_are_money_or_notes_whenever_the_machine_dies() {
    in_towns_of(A_TOWN, some(), deposits_killed);
}

fn deposits_killed(kills: u64, seed: u64) {
    let mut dice = Dice::new(seed ^ 0xCA54);
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    town.start("deposit");
    let runtime = runtime();
    let person = Arc::new(Person::before(&town));
    let wallet = runtime
        .block_on(Wallet::open(Home::at(town.path().join("wallet"))))
        .unwrap();
    let machine = runtime.block_on(listed(&**wallet.carrier(), "Pier 3, deposits"));
    for kill in 0..kills {
        let replay = format!("kill {kill}; replay with KILLS_SEED={seed}");
        let gives_up = dice.next(4) == 0;
        let (who, his) = (person.clone(), wallet.clone());
        let filling = runtime.spawn(async move { who.fills(&his, machine, gives_up).await });
        let moment = dice.next(700);
        killed(&mut town, "deposit", &mut dice, moment);
        let order = runtime.block_on(filling).unwrap();
        let settled = runtime.block_on(async {
            for look in 0..600 {
                if ended(&wallet).await && cash_in(town.path()).inside == 0 {
                    return true;
                }
                // Whoever does not get on wants his notes back; what is loaded stays loaded.
                if order.is_none() || gives_up || look > 100 {
                    person.wants_back().await;
                }
                soon().await;
            }
            false
        });
        let cash = cash_in(town.path());
        assert!(
            settled,
            "notes lie in the tray, or something stays open: {cash:?} {replay}"
        );
        assert_eq!(cash.came, cash.kept + cash.back, "{replay}");
        let purse = runtime.block_on(wallet.summary()).spendable.minor();
        assert_eq!(purse - 1_000, cash.kept, "{cash:?} {replay}");
        eprintln!("{kill}: {cash:?}");
    }
    drop(wallet);
    drop(runtime);
    town.finish();
    town.audit();
}

/// What a vending machine has that is sold here, its price and its slot.
const GOODS: [(&str, i64, u32); 3] = [
    ("Coffee, hot", 130, 1),
    ("Green tea, cold", 150, 2),
    ("Ferry map", 300, 4),
];

/// What fell out of the hatch: number, and slot.
fn fell(town: &Path) -> Vec<(u64, u32)> {
    let text = std::fs::read_to_string(town.join("vending/data/hatch")).unwrap_or_default();
    let line = |line: &str| {
        let mut words = line.split(' ');
        let number = words.next().unwrap().parse().unwrap();
        assert_eq!(words.next(), Some("out"), "{line}");
        (number, words.next().unwrap().parse().unwrap())
    };
    text.lines().map(line).collect()
}

/// A vending machine dies at any moment: every piece that was paid for falls, once, and none that was not.
///
/// proves: ST-15 row-60
#[test]
fn what_is_paid_falls_once_whenever_the_machine_dies() {
    in_towns_of(A_TOWN, some(), goods_killed);
}

fn goods_killed(kills: u64, seed: u64) {
    let mut dice = Dice::new(seed ^ 0x600D);
    let mut town = Town::stocked(PURSE, None);
    town.start_all();
    town.start("vending");
    let paid = |town: &Town| PURSE - town.finish()["purse"].as_i64().unwrap();
    let worth = |fallen: &[(u64, u32)]| -> i64 {
        let price = |slot: u32| GOODS.iter().find(|one| one.2 == slot).map(|one| one.1);
        fallen.iter().map(|(_, slot)| price(*slot).unwrap()).sum()
    };
    // Its articles come on sale once it has started.
    let first = (0..100).any(|_| {
        let bought = town.json(&["buy", GOODS[0].0, "--from", "Pier 3 Drinks", "--pin-stdin"]);
        bought["outcome"] == "given" || (pause(100), false).1
    });
    assert!(first, "coffee never came on sale");
    let pin = format!("{}\n", town.pin());
    for kill in 0..kills {
        let replay = format!("kill {kill}; replay with KILLS_SEED={seed}");
        let (title, ..) = GOODS[dice.next(3) as usize];
        let words = ["buy", title, "--from", "Pier 3 Drinks", "--pin-stdin"];
        let mut buyer = town.command(&words).spawn().unwrap();
        let mut hand = buyer.stdin.take().unwrap();
        // Whoever ended early does not read.
        let _ = std::io::Write::write_all(&mut hand, pin.as_bytes());
        drop(hand);
        let moment = dice.next(600);
        killed(&mut town, "vending", &mut dice, moment);
        buyer.wait_with_output().unwrap();
        let paid = paid(&town);
        for _ in 0..2_400 {
            if worth(&fell(town.path())) >= paid {
                break;
            }
            pause(50);
        }
        let fallen = fell(town.path());
        assert_eq!(worth(&fallen), paid, "{fallen:?} {replay}");
        assert!(
            fallen.iter().map(|(number, _)| *number).eq(1..=fallen.len() as u64),
            "{fallen:?} {replay}"
        );
    }
    // Nothing more falls, however often it is started.
    let fallen = fell(town.path());
    town.kill("vending");
    town.start("vending");
    pause(1_000);
    assert_eq!(fell(town.path()), fallen);
    eprintln!("{} pieces fell, of {} times", fallen.len(), kills + 1);
    town.audit();
}

/// What a carrier answers with.
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Everything as usual, but payments are left at a kiosk, which passes them on.
struct OverKiosk {
    straight: HttpCarrier,
    kiosk: PartyId,
}

impl Carrier for OverKiosk {
    fn post<'a>(&'a self, to: PartyId, path: &'a str, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        if path != "/v1/pay" {
            return self.straight.post(to, path, body);
        }
        let left = Leave {
            to,
            verb: Verb::Pay,
            message: body.into(),
        };
        self.straight.post(self.kiosk, "/v1/leave", cbor::to_bytes(&left))
    }
    fn get<'a>(&'a self, to: PartyId, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        self.straight.get(to, path)
    }
    fn stream<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        from: u64,
        take: &'a mut (dyn FnMut(Part) -> bool + Send),
    ) -> BoxFuture<'a, Result<(), CarryRefusal>> {
        self.straight.stream(to, path, from, take)
    }
    fn directory(&self, fresh: bool) -> BoxFuture<'_, Result<Arc<Whereabouts>, CarryRefusal>> {
        self.straight.directory(fresh)
    }
}

/// A kiosk dies at any moment while it passes on a card's payment: money or music, as without one, and each payment once.
///
/// proves: ST-19 row-52
#[test]
fn money_or_music_over_a_kiosk_that_dies() {
    in_towns_of(A_TOWN, some(), kiosk_killed);
}

fn kiosk_killed(kills: u64, seed: u64) {
    let mut dice = Dice::new(seed ^ 0x4105);
    let mut town = Town::stocked(PURSE, None);
    town.start_all();
    town.start("kiosk");
    let pin = town.pin().trim().to_owned();
    let runtime = runtime();
    let realm: Realm = cbor::from_bytes(&std::fs::read(town.path().join("realm.cbor")).unwrap()).unwrap();
    let home = Home::at(town.path().join("wallet"));
    let (wallet, sheet, seller) = runtime.block_on(async {
        let straight = HttpCarrier::new(realm, None).unwrap();
        let kiosk = listed(&straight, "Pier 3 Kiosk").await;
        let seller = listed(&straight, "Lantern Records").await;
        let sheet = straight.get(seller, "/v1/offers/102").await.unwrap();
        let over = OverKiosk { straight, kiosk };
        let over = |_: &Realm| Ok::<_, OpenRefused>(Arc::new(over) as Arc<dyn Carrier>);
        let wallet = Wallet::open_with(home, Arc::new(Os), Patience::default(), over)
            .await
            .unwrap();
        (wallet, license::OfferSheet::parse(&sheet).unwrap(), seller)
    });
    let mut bought = 0;
    for kill in 0..kills {
        let replay = format!("kill {kill}; replay with KILLS_SEED={seed}");
        let checked = runtime
            .block_on(wallet.quote(seller, Question::Sale(sheet.clone())))
            .unwrap();
        let (his, his_pin) = (wallet.clone(), pin.clone());
        let paying = runtime.spawn(async move { his.pay(&checked, &his_pin, card::Want::default()).await });
        let moment = dice.next(500);
        killed(&mut town, "kiosk", &mut dice, moment);
        let _ = runtime.block_on(paying).unwrap();
        let settled = runtime.block_on(async {
            for _ in 0..2_400 {
                if ended(&wallet).await {
                    return true;
                }
                soon().await;
            }
            false
        });
        assert!(settled, "something stays open {replay}");
        let purse = runtime.block_on(wallet.summary()).spendable.minor();
        let now = (PURSE - purse) / crate::PRICE;
        assert_eq!(PURSE - purse, now * crate::PRICE, "{replay}");
        assert!(now == bought || now == bought + 1, "{replay}: {bought} and now {now}");
        bought = now;
    }
    drop(wallet);
    drop(runtime);
    let card = town.finish();
    assert_eq!(card["licenses"].as_array().unwrap().len() as i64, bought, "{card}");
    assert!(bought > 0, "nothing was bought over the kiosk");
    town.audit();
}
