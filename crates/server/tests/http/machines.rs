//! Machines over HTTP: notes become money, goods fall once, a kiosk's order is one sale; each stopped in between and started
//! again over the same directory, as after a loss of power.

use std::path::PathBuf;

use card::{Settled, Want};
use deal::{
    Number, Tender,
    cash::{CashAsked, CashNamed, CashStand, CashTray},
};
use reqwest::StatusCode;
use seal::{Role as Certified, cbor};
use serde_json::Value as Json;
use server::{
    bank::AccountSheet,
    config::{Article, Role, Selling, Vending},
    running::{Running, start},
};
use units::{DealId, OfferNo, OrderId};

use crate::{
    holder::{Holder, seed, send, yen},
    publisher::{Work, publish, shop},
    world::{OPERATOR, World, code_of, config, id, keys},
};

/// Asks again until it is so; each try is a round trip.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    for _ in 0..20_000 {
        if let Some(found) = ask().await {
            return found;
        }
    }
    panic!("{what} did not happen");
}

struct Booth {
    world: World,
    account: Vec<u8>,
}

impl Booth {
    /// A realm, and the bank's word on an operator's account with so much in it.
    async fn found(cash: i64) -> Self {
        let world = World::start().await;
        let body = format!(r#"{{"name":"operator","opening":{{"minor":"{cash}","currency":"JPY"}}}}"#);
        let answer = world.open_account("the operator's account", &body).await;
        let sheet: AccountSheet = cbor::from_bytes(&answer.bytes().await.unwrap()).unwrap();
        Self {
            world,
            account: sheet.signed.to_vec(),
        }
    }

    async fn machine(&self) -> Running {
        let mut set = config(
            &self.world.maker,
            self.world.dir.path(),
            Role::Deposit,
            Certified::Machine,
            "deposits",
        );
        set.deposit.issuer = Some(self.world.issuer.id);
        set.deposit.account_token = self.account.clone();
        set.deposit.most = Some(yen(20_000));
        let mut machine = start(set).await.unwrap();
        machine.ready().await;
        machine
    }

    async fn tray(&self, machine: &Running, word: &str, order: OrderId) -> CashTray {
        let body = cbor::to_bytes(&CashAsked { order });
        let answer = self.world.post(machine, &format!("deposit/{word}"), body).await;
        assert_eq!(answer.status(), 200, "{word}");
        cbor::from_bytes(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn put(&self, machine: &Running, note: i64) {
        let request = self.world.client.post(format!("{}/k/notes", machine.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(format!("minor={note}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "a note of {note}");
    }
}

// proves: ST-8
#[tokio::test(flavor = "multi_thread")]
async fn notes_become_money_at_a_machine_that_is_stopped_in_between() {
    let booth = Booth::found(50_000).await;
    let world = &booth.world;
    let mut machine = booth.machine().await;
    let mut holder = Holder::rich(world, 1000).await;
    let asked = holder.card.ask_load(yen(2000), &seed()).unwrap();
    let checked = holder.quote(world, &world.issuer, &asked, None).await;
    let Number::Order(order) = checked.quote().number else {
        panic!("an issuer numbers orders")
    };
    let named = CashNamed {
        order,
        amount: yen(2000),
        until: checked.quote().until,
        purse: Some(yen(1000)),
    };
    let answer = world.post(&machine, "deposit/name", cbor::to_bytes(&named)).await;
    assert_eq!(answer.status(), 200);
    booth.put(&machine, 1000).await;
    let short = cbor::to_bytes(&CashAsked { order });
    let no = world.post(&machine, "deposit/load", short).await;
    assert_eq!(code_of(no).await, "deposit-short");
    let page = world.get(&machine, "/en/k").await.text().await.unwrap();
    assert!(page.contains("is missing") && page.contains("on the card"), "{page}");

    // The power goes with one note in the tray.
    machine.stop().await;
    machine = booth.machine().await;
    assert_eq!(booth.tray(&machine, "look", order).await.counted, yen(1000));
    booth.put(&machine, 1000).await;
    let tray = booth.tray(&machine, "load", order).await;
    assert_eq!((tray.counted, tray.stand), (yen(2000), CashStand::Promised));

    // And again, after the promise and before the card has paid.
    machine.stop().await;
    let want = Want {
        other: Some(Tender::Order(order, yen(2000))),
        ..Want::default()
    };
    let (_, pay) = holder.commit(&checked, &want);
    let settled = holder.finish(world, &world.issuer, &pay).await;
    assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    assert_eq!(holder.purse(), 3000);
    machine = booth.machine().await;
    until("the notes being kept", || async {
        let tray = booth.tray(&machine, "look", order).await;
        (tray.stand == CashStand::Kept && tray.counted.is_zero()).then_some(())
    })
    .await;
    let box_of = world.dir.path().join("deposits").join("tray");
    let lines = std::fs::read_to_string(box_of).unwrap();
    assert_eq!(lines, format!("in 1000\nin 1000\nkeep {order}\n"));

    // Nobody named anything now: a note is pushed out, and nothing is loaded by a stranger's word.
    let none = world
        .post(
            &machine,
            "deposit/load",
            cbor::to_bytes(&CashAsked {
                order: OrderId([9; 16]),
            }),
        )
        .await;
    assert_eq!(code_of(none).await, "deposit-no-order");
    booth.put(&machine, 1000).await;
    assert_eq!(booth.tray(&machine, "look", order).await.counted, yen(0));
    machine.stop().await;
    booth.world.stop().await;
}

fn coffee(pieces: u32) -> Article {
    Article {
        slot: 4,
        title: "Coffee, hot".into(),
        price: Some(yen(130)),
        pieces,
        paper: None,
    }
}

async fn vending(world: &World, pieces: u32) -> Running {
    let mut set = config(
        &world.maker,
        world.dir.path(),
        Role::Vending,
        Certified::Seller,
        "drinks",
    );
    set.selling = Selling {
        issuer: Some(world.issuer.id),
        ..Selling::default()
    };
    set.vending = Vending {
        operator: Some(keys(&world.maker, Certified::Publisher, "Kobo Drinks")),
        enterprise: 2500,
        articles: vec![coffee(pieces)],
    };
    let mut machine = start(set).await.unwrap();
    machine.ready().await;
    machine
}

/// The coffee's offer, once it is on sale.
async fn offer(world: &World, machine: &Running) -> (OfferNo, license::OfferSheet) {
    let number = until("coffee on sale", || async {
        let page: Json = world.get(machine, "/v1/works").await.json().await.unwrap();
        page["works"][0]["offers"][0]["number"].as_str().map(str::to_owned)
    })
    .await;
    let sheet = world.get(machine, &format!("/v1/offers/{number}")).await;
    let sheet = cbor::from_bytes(&sheet.bytes().await.unwrap()).unwrap();
    (number.parse().unwrap(), sheet)
}

fn hatch(world: &World) -> PathBuf {
    world.dir.path().join("drinks").join("hatch")
}

// proves: ST-15 row-60
#[tokio::test(flavor = "multi_thread")]
async fn coffee_falls_once_from_a_machine_that_is_stopped_in_between() {
    let world = World::start().await;
    let mut machine = vending(&world, 2).await;
    let (number, sheet) = offer(&world, &machine).await;
    let mut holder = Holder::rich(&world, 1000).await;
    let promise = holder.ask(&world, &machine, number, &sheet).await;
    assert_eq!((promise.title(), promise.quote().price), ("Coffee, hot", yen(130)));
    assert_eq!(promise.giver_name(), "drinks");
    let (deal, pay) = holder.commit(&promise, &Want::default());
    // Many at once, as from a wallet that does not hear.
    let many = futures::future::join_all((0..16).map(|_| send(&world, &machine, "pay", &pay))).await;
    assert!(many.iter().all(|settle| *settle == many[0]));
    machine.stop().await;
    machine = vending(&world, 2).await;
    let settled = holder.finish(&world, &machine, &pay).await;
    assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    let page = until("the coffee being out", || async {
        let page = world
            .get(&machine, &format!("/en/k/out/{deal}"))
            .await
            .text()
            .await
            .unwrap();
        page.contains("Take your Coffee, hot").then_some(page)
    })
    .await;
    assert!(page.contains("from your card"), "{page}");
    assert_eq!(holder.purse(), 870);
    for _ in 0..2 {
        machine.stop().await;
        machine = vending(&world, 2).await;
        let again = holder.finish(&world, &machine, &pay).await;
        assert!(matches!(again, Settled::Again(_)), "{again:?}");
    }
    assert_eq!(std::fs::read_to_string(hatch(&world)).unwrap(), "1 out 4\n");

    // The last piece, and then nothing is promised; the stock is its operator's to see and to fill.
    let (_, _) = holder.buy(&world, &machine, number, &sheet, &Want::default()).await;
    let asked = holder.card.ask_sale(number, &seed()).unwrap();
    let no = world.post(&machine, "ask", asked.bytes()).await;
    assert_eq!(code_of(no).await, "sold-out");
    let choose = world.get(&machine, "/en/k").await.text().await.unwrap();
    assert!(choose.contains("empty at the moment"), "{choose}");
    assert_eq!(world.get(&machine, "/k/stock").await.status(), StatusCode::UNAUTHORIZED);
    let stock = world.client.get(format!("{}/en/k/stock", machine.address));
    let stock = stock.bearer_auth(OPERATOR).send().await.unwrap().text().await.unwrap();
    assert!(
        stock.contains("Coffee, hot") && stock.contains("<td>2</td><td>0</td>"),
        "{stock}"
    );
    let none = world.get(&machine, &format!("/en/k/out/{}", DealId([7; 32]))).await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    machine.stop().await;
    world.stop().await;
}

// proves: ST-19
#[tokio::test(flavor = "multi_thread")]
async fn an_order_given_at_a_kiosk_is_one_sale_of_its_centre() {
    let world = World::start().await;
    let centre = shop(&world, "shop", None).await;
    let shown = publish(&world, &centre, "shop", &Work::default()).await;
    let kiosk = |world: &World| {
        let mut set = config(&world.maker, world.dir.path(), Role::Kiosk, Certified::Machine, "kiosk");
        set.kiosk.centre = Some(id(&world.maker, Certified::Seller, "shop"));
        set.kiosk.screens = Some(2);
        set
    };
    let mut machine = start(kiosk(&world)).await.unwrap();
    machine.ready().await;
    let works = until("the centre's works", || async {
        let page = world.get(&machine, "/en/k/1/works").await.text().await.unwrap();
        page.contains("/en/k/1/works/").then_some(page)
    })
    .await;
    assert!(works.contains("Choose a work"), "{works}");
    let take = world.client.post(format!("{}/en/k/2/orders", machine.address));
    let take = take.header("content-type", "application/x-www-form-urlencoded");
    let taken = take.body(format!("number={}", shown.number)).send().await.unwrap();
    assert_eq!(taken.status(), 200);
    let page = taken.text().await.unwrap();
    // The wallet's link: whom to pay, the signed offer, the centre's own quote.
    let words = page.split("/confirm#").nth(1).unwrap().split('"').next().unwrap();
    let words = data_encoding::BASE64URL_NOPAD.decode(words.as_bytes()).unwrap();
    type Link = (units::PartyId, minicbor::bytes::ByteVec, minicbor::bytes::ByteVec);
    let (seller, sheet, quote): Link = cbor::from_bytes(&words).unwrap();
    assert_eq!(seller, centre.id);
    let sheet: license::OfferSheet = cbor::from_bytes(&sheet).unwrap();

    // The kiosk goes dark; the order stays, at whichever screen.
    machine.stop().await;
    let mut holder = Holder::rich(&world, 1000).await;
    let checked = holder
        .card
        .read_quote(&quote, None, Some(&sheet), crate::world::now())
        .unwrap();
    let (_, pay) = holder.commit(&checked, &Want::default());
    let settled = holder.finish(&world, &centre, &pay).await;
    assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    let mut machine = start(kiosk(&world)).await.unwrap();
    machine.ready().await;
    until("the order being given", || async {
        let page = world.get(&machine, "/en/k/1/orders/1").await.text().await.unwrap();
        page.contains("Take your card.").then_some(())
    })
    .await;
    // Whoever comes second with the same order has nothing taken from him.
    let mut second = Holder::rich(&world, 1000).await;
    let checked = second
        .card
        .read_quote(&quote, None, Some(&sheet), crate::world::now())
        .unwrap();
    let (_, pay) = second.commit(&checked, &Want::default());
    let settled = second.finish(&world, &centre, &pay).await;
    assert!(matches!(settled, Settled::Void { .. }), "{settled:?}");
    assert_eq!(second.purse(), 1000);
    assert_eq!(world.get(&machine, "/k/3").await.status(), StatusCode::NOT_FOUND);
    for party in [machine, centre] {
        party.stop().await;
    }
    world.stop().await;
}
