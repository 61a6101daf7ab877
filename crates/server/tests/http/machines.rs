//! Machines over HTTP: notes become money, goods fall once, a kiosk's order is one sale; each stopped in between and started
//! again over the same directory, as after a loss of power.

use std::path::PathBuf;

use card::{Settled, Want};
use deal::{
    Number, Tender,
    cash::{CashAsked, CashNamed, CashStand, CashTray},
};
use minicbor::bytes::ByteVec;
use reqwest::StatusCode;
use seal::{Role as Certified, cbor};
use serde_json::Value as Json;
use server::{
    bank::AccountSheet,
    config::{Article, Role, Selling, Vending},
    frame::Clock,
    running::{Running, start},
};
use units::{OfferNo, OrderId, Span};

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

    /// The code in the link on the machine's screen, if it is free.
    async fn code(&self, machine: &Running) -> Option<String> {
        let page = self.world.get(machine, "/en/k").await.text().await.unwrap();
        let link = page.split("/confirm#").nth(1)?.split('"').next()?;
        let words = data_encoding::BASE64URL_NOPAD.decode(link.as_bytes()).unwrap();
        let (at, sheet, code): (units::PartyId, ByteVec, ByteVec) = cbor::from_bytes(&words).unwrap();
        assert!(at == machine.id && sheet.is_empty());
        let code = String::from_utf8(code.to_vec()).unwrap();
        assert!(page.contains(&code), "for a terminal, to be typed");
        assert!(page.contains("<svg class=\"qr\""), "for a phone, to be looked at");
        Some(code)
    }

    async fn name(&self, machine: &Running, n: u8, code: &str) -> reqwest::Response {
        let named = CashNamed {
            order: OrderId([n; 16]),
            amount: yen(2000),
            until: crate::world::now().plus(Span::minutes(10)),
            purse: Some(yen(1000)),
            code: code.to_owned(),
        };
        self.world.post(machine, "deposit/name", cbor::to_bytes(&named)).await
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
        code: booth.code(&machine).await.unwrap(),
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
    let page = world.get(&machine, "/en/k").await.text().await.unwrap();
    assert!(
        page.contains("on its way to your card") && page.contains("Give everything back"),
        "{page}"
    );

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

// proves: ST-8
#[tokio::test(flavor = "multi_thread")]
async fn a_tray_belongs_to_who_stands_before_the_machine() {
    let booth = Booth::found(50_000).await;
    let world = &booth.world;
    let mut set = config(
        &world.maker,
        world.dir.path(),
        Role::Deposit,
        Certified::Machine,
        "deposits",
    );
    set.deposit.issuer = Some(world.issuer.id);
    set.deposit.account_token = booth.account.clone();
    set.behind_proxy = true;
    let mut machine = start(set).await.unwrap();
    machine.ready().await;
    let from_afar = |what: reqwest::RequestBuilder| what.header("x-forwarded-for", "192.0.2.7");
    let far_page = || async {
        let page = from_afar(world.client.get(format!("{}/en/k", machine.address)));
        page.send().await.unwrap().text().await.unwrap()
    };
    let press = |what: &str, order: OrderId| {
        let request = world.client.post(format!("{}/k/{what}", machine.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("order={order}"))
    };
    let (first, second) = (OrderId([1; 16]), OrderId([2; 16]));

    // Who has not read the screen names nothing, and from afar there is nothing to be read.
    assert!(!far_page().await.contains("/confirm#"));
    assert_eq!(code_of(booth.name(&machine, 1, "").await).await, "deposit-code");
    let code = booth.code(&machine).await.unwrap();
    assert_eq!(booth.name(&machine, 1, &code).await.status(), 200);
    assert_eq!(
        booth.name(&machine, 1, &code).await.status(),
        200,
        "its answer was lost"
    );
    booth.put(&machine, 1000).await;
    let own = world.get(&machine, "/en/k").await.text().await.unwrap();
    assert!(own.contains("on the card"), "{own}");
    for page in [
        far_page().await,
        world
            .get(&machine, &format!("/en/k/orders/{first}"))
            .await
            .text()
            .await
            .unwrap(),
    ] {
        assert!(page.contains("is missing") && !page.contains("on the card"), "{page}");
    }

    // Neither from afar, nor by a button that was drawn for another order, does anybody get at the notes.
    let no = from_afar(press("back", first)).send().await.unwrap();
    assert_eq!(no.status(), StatusCode::NOT_FOUND);
    assert!(!press("back", second).send().await.unwrap().status().is_success());
    let tray = booth.tray(&machine, "look", first).await;
    assert_eq!((tray.counted, tray.stand), (yen(1000), CashStand::Open));
    assert_eq!(press("back", first).send().await.unwrap().status(), 200);
    assert_eq!(booth.tray(&machine, "look", first).await.stand, CashStand::Returned);

    // While the first takes his notes out, nobody else begins; the code that he used is used.
    assert_eq!(booth.code(&machine).await, None);
    assert_eq!(code_of(booth.name(&machine, 2, &code).await).await, "deposit-busy");
    let _ = world.get(&machine, "/k?fresh=1").await;
    let page = world.get(&machine, "/en/k").await.text().await.unwrap();
    assert!(!page.contains("on the card +"), "{page}");
    assert_eq!(code_of(booth.name(&machine, 2, &code).await).await, "deposit-code");
    let next = booth.code(&machine).await.unwrap();
    assert_eq!(booth.name(&machine, 2, &next).await.status(), 200);
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
    vending_at(world, pieces, Clock::system()).await
}

async fn vending_at(world: &World, pieces: u32, clock: Clock) -> Running {
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
    set.clock = clock;
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
        let page = world.get(&machine, "/en/k/out/1").await.text().await.unwrap();
        page.contains("Take your Coffee, hot").then_some(page)
    })
    .await;
    assert!(page.contains("from your card"), "{page}");
    // Who paid at the last moment is led there too, by the screen at which he stood.
    let late = world
        .get(&machine, &format!("/en/k/choose/{number}?since=1&until=2"))
        .await;
    assert!(late.text().await.unwrap().contains("Take your Coffee, hot"));
    assert!(
        !page.contains(&deal.to_string()[..8]),
        "the deal is its buyer's to know"
    );
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
    for none in ["77", &deal.to_string()] {
        let none = world.get(&machine, &format!("/en/k/out/{none}")).await;
        assert_eq!(none.status(), StatusCode::NOT_FOUND);
    }
    machine.stop().await;
    world.stop().await;
}

// proves: ST-15 row-60
#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_waits_for_its_buyer_falls_for_nobody_else() {
    let world = World::start().await;
    let mut machine = vending(&world, 2).await;
    let (number, sheet) = offer(&world, &machine).await;
    let mut holder = Holder::rich(&world, 1000).await;
    // The hatch does not answer, its buyer has gone, and five minutes later somebody has seen to it.
    std::fs::write(hatch(&world), "not a drop\n").unwrap();
    let (deal, _) = holder.buy(&world, &machine, number, &sheet, &Want::default()).await;
    machine.stop().await;
    std::fs::write(hatch(&world), "").unwrap();
    machine = vending_at(&world, 2, Clock::ahead(Span::minutes(5))).await;

    // A passer-by asks for what was bought long ago, and is shown the article as everybody is.
    let long_ago = crate::world::now().plus(Span::minutes(60)).0;
    let choose = format!("/en/k/choose/{number}?since=1&until={long_ago}");
    let page = world.get(&machine, &choose).await.text().await.unwrap();
    assert!(page.contains("Waiting for your wallet"), "{page}");
    let page = world.get(&machine, "/en/k/out/1").await.text().await.unwrap();
    assert!(
        page.contains("still inside") && page.contains("name=\"code\""),
        "{page}"
    );
    let here = |code: String| {
        let request = world.client.post(format!("{}/en/k/here", machine.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("code={code}")).send()
    };
    let code = deal::pickup_code(deal);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let no = here(wrong.into()).await.unwrap();
    assert_eq!(no.status(), StatusCode::NOT_FOUND);
    assert!(no.text().await.unwrap().contains("Nothing waits here"));
    assert_eq!(std::fs::read_to_string(hatch(&world)).unwrap(), "");

    // Its buyer comes back with the digits of his wallet.
    assert_eq!(
        here(format!("{} {}", &code[..3], &code[3..])).await.unwrap().status(),
        200
    );
    until("the coffee being out", || async {
        let page = world.get(&machine, "/en/k/out/1").await.text().await.unwrap();
        page.contains("Take your Coffee, hot").then_some(())
    })
    .await;
    assert_eq!(std::fs::read_to_string(hatch(&world)).unwrap(), "1 out 4\n");
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        last = here(wrong.into()).await.unwrap().status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "nobody tries them all");

    // What is no word of a payer lets nothing fall.
    let no = world.post(&machine, "charged", vec![0x80]).await;
    assert_eq!(code_of(no).await, "charged-forged");
    machine.stop().await;
    world.stop().await;
}

/// The hatch has given what the disk does not know of: nothing more falls until its operator's people have said what did, at the
/// page of the stock.
///
/// proves: ST-15 row-91
#[tokio::test(flavor = "multi_thread")]
async fn people_say_at_the_stock_whether_a_piece_in_doubt_fell() {
    let world = World::start().await;
    let mut machine = vending(&world, 3).await;
    let (number, sheet) = offer(&world, &machine).await;
    let mut holder = Holder::rich(&world, 1000).await;
    std::fs::write(hatch(&world), "not a drop\n").unwrap();
    let (deal, _) = holder.buy(&world, &machine, number, &sheet, &Want::default()).await;
    holder.buy(&world, &machine, number, &sheet, &Want::default()).await;
    machine.stop().await;
    // The hatch has moved once, and this disk has never told it to.
    std::fs::write(hatch(&world), "1 out 4\n").unwrap();
    machine = vending(&world, 3).await;
    until("the doubt being noticed", || async {
        let page = world.get(&machine, "/en/k/out/1").await.text().await.unwrap();
        page.contains("has to be looked at").then_some(())
    })
    .await;
    let choose = world.get(&machine, "/en/k").await.text().await.unwrap();
    assert!(choose.contains("empty at the moment"), "{choose}");
    let stock = || async {
        let request = world.client.get(format!("{}/en/k/stock", machine.address));
        request
            .bearer_auth(OPERATOR)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let page = stock().await;
    assert!(
        page.contains("Did these fall?") && page.contains("Number 1") && page.contains("Number 2"),
        "{page}"
    );
    let say = |path: &str, body: String, token: &'static str| {
        let request = world.client.post(format!("{}/en/k/{path}", machine.address));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("origin", machine.address.clone());
        request.bearer_auth(token).body(body).send()
    };
    let no = say("doubt", "receipt=1&fell=false".into(), "x").await.unwrap();
    assert_eq!(no.status(), StatusCode::UNAUTHORIZED, "its operator's people alone");
    // One fell, and it was not the first one's. Two of three are counted in the slot.
    for (path, body) in [
        ("doubt", "receipt=1&fell=false".to_owned()),
        ("doubt", "receipt=2&fell=true".to_owned()),
        ("stock", format!("number={number}&slot=4&pieces=-1")),
    ] {
        assert!(say(path, body, OPERATOR).await.unwrap().status().is_success(), "{path}");
    }
    let no = say("doubt", "receipt=2&fell=false".into(), OPERATOR).await.unwrap();
    assert_eq!(no.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!stock().await.contains("Did these fall?"));
    let page = world.get(&machine, "/en/k/out/2").await.text().await.unwrap();
    assert!(page.contains("Take your Coffee, hot"), "{page}");
    // Whose piece is still in there has it, once.
    let code = deal::pickup_code(deal);
    assert!(
        say("here", format!("code={code}"), "x")
            .await
            .unwrap()
            .status()
            .is_success()
    );
    until("the coffee being out", || async {
        let page = world.get(&machine, "/en/k/out/1").await.text().await.unwrap();
        page.contains("Take your Coffee, hot").then_some(())
    })
    .await;
    assert_eq!(std::fs::read_to_string(hatch(&world)).unwrap(), "1 out 4\n2 out 4\n");
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
    // It is at an address that nobody else guesses.
    let order = taken.url().path().strip_prefix("/en/k/2/orders/").unwrap().to_owned();
    assert_eq!(order.len(), 26, "{order}");
    let guessed = world.get(&machine, "/en/k/2/orders/1").await;
    assert_eq!(guessed.status(), StatusCode::NOT_FOUND);
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
        let page = world
            .get(&machine, &format!("/en/k/1/orders/{order}"))
            .await
            .text()
            .await
            .unwrap();
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

/// An order given at this screen of a kiosk: its page's path, and what its link hands to a wallet.
async fn ordered(
    world: &World,
    kiosk: &Running,
    screen: u16,
    number: OfferNo,
) -> (String, Vec<u8>, license::OfferSheet) {
    let take = world
        .client
        .post(format!("{}/en/k/{screen}/orders", kiosk.address))
        .header("content-type", "application/x-www-form-urlencoded");
    let taken = take.body(format!("number={number}")).send().await.unwrap();
    assert_eq!(taken.status(), 200);
    let path = taken.url().path().to_owned();
    let page = taken.text().await.unwrap();
    assert!(page.contains("<svg class=\"qr\""), "a phone takes it from the screen");
    let words = page.split("/confirm#").nth(1).unwrap().split('"').next().unwrap();
    let words = data_encoding::BASE64URL_NOPAD.decode(words.as_bytes()).unwrap();
    let (_, sheet, quote): (units::PartyId, ByteVec, ByteVec) = cbor::from_bytes(&words).unwrap();
    (path, quote.to_vec(), cbor::from_bytes(&sheet).unwrap())
}

/// Two kiosks of one centre with two screens each. An order is given at each of the four; they are paid in another order, by four
/// people: each screen says of its own order when it is paid, and of no other; a kiosk knows nothing of the other's orders.
///
/// proves: ST-19 ST-9
#[tokio::test(flavor = "multi_thread")]
async fn orders_of_four_screens_at_two_kiosks_are_paid_in_any_order() {
    let world = World::start().await;
    let centre = shop(&world, "shop", None).await;
    let shown = publish(&world, &centre, "shop", &Work::default()).await;
    let number = shown.number;
    let mut kiosks = Vec::new();
    for name in ["kiosk", "kiosk two"] {
        let mut set = config(&world.maker, world.dir.path(), Role::Kiosk, Certified::Machine, name);
        set.kiosk.centre = Some(id(&world.maker, Certified::Seller, "shop"));
        set.kiosk.screens = Some(2);
        let mut kiosk = start(set).await.unwrap();
        kiosk.ready().await;
        until("the centre's works", || async {
            let page = world.get(&kiosk, "/en/k/1/works").await.text().await.unwrap();
            page.contains("/en/k/1/works/").then_some(())
        })
        .await;
        kiosks.push(kiosk);
    }
    let mut orders = Vec::new();
    for (kiosk, screen) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
        let (path, quote, sheet) = ordered(&world, &kiosks[kiosk], screen, number).await;
        orders.push((kiosk, path, quote, sheet));
    }
    let is_given = async |at: &(usize, String, Vec<u8>, license::OfferSheet)| {
        let page = world.get(&kiosks[at.0], &at.1).await.text().await.unwrap();
        page.contains("Take your card.")
    };
    let mut given = [false; 4];
    for n in [2, 0, 3, 1] {
        let (_, _, quote, sheet) = &orders[n];
        let mut holder = Holder::rich(&world, 1000).await;
        let checked = holder
            .card
            .read_quote(quote, None, Some(sheet), crate::world::now())
            .unwrap();
        let (_, pay) = holder.commit(&checked, &Want::default());
        let settled = holder.finish(&world, &centre, &pay).await;
        assert!(matches!(settled, Settled::Given { .. }), "{n}: {settled:?}");
        given[n] = true;
        until("its own screen saying so", || async {
            is_given(&orders[n]).await.then_some(())
        })
        .await;
        for (other, order) in orders.iter().enumerate() {
            assert_eq!(is_given(order).await, given[other], "{other}, after {n} was paid");
        }
    }
    let elsewhere = world.get(&kiosks[1], &orders[0].1).await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    for kiosk in kiosks {
        kiosk.stop().await;
    }
    centre.stop().await;
    world.stop().await;
}
