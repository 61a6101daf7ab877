//! Records of sales against charges: money that came in and names none of them, and the press that says which one it is for.

use card::Want;
use deal::Tender;
use party::{
    bank::{BankAsk, BankDocument, BankSheet},
    shop::{Settled, SettledBy, Unmatched, Unsettled, WhyUnmatched},
};
use reqwest::{Response, StatusCode};
use seal::{Audience, Kind, Role as Certified};
use serde_json::{Value as Json, json};
use server::{
    config::{Role, Selling},
    running::{Running, start},
};
use store::{Map, Table};
use units::{Moment, OrderId, Span, TransferId};

use crate::{
    holder::{Holder, yen},
    publisher::{Work, publish},
    world::{OPERATOR, World, config, now},
};

/// What the bank says has come into this party's account, as a document.
pub async fn document(world: &World, name: &str) -> String {
    let keys = world.maker.party(Certified::Seller, name).unwrap();
    let ask = BankSheet {
        ask: BankAsk::Since(0),
        by: keys.id(),
        certificate: keys.certificate().to_vec().into(),
    };
    let (realm, to) = (world.realm.id(), Audience::from(world.bank.id));
    let asked = seal::sign(keys.signer(), Kind::Transfer, realm, to, &ask);
    let answer = world.post(&world.bank, "bankfile", asked).await.bytes().await.unwrap();
    let answer = seal::parse::<BankDocument>(&answer, Kind::Receipt, realm).unwrap();
    String::from_utf8(answer.claims().document.to_vec()).unwrap()
}

/// A seller with an account at the bank, to which carriers pay.
pub async fn seller(world: &World, name: &str) -> Running {
    let mut shop = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, name);
    shop.selling = Selling {
        issuer: Some(world.issuer.id),
        bank: Some(world.bank.id),
        ..Selling::default()
    };
    let mut shop = start(shop).await.unwrap();
    shop.ready().await;
    let open = json!({ "name": name, "opening": amount(0), "party": shop.id.to_string() });
    let key = format!("the account of {name} at the bank");
    assert_eq!(world.open_account(&key, &open.to_string()).await.status(), 200);
    shop
}

fn amount(n: i64) -> Json {
    json!({ "minor": n.to_string(), "currency": "JPY" })
}

/// Somebody brings cash for the shop's account, and says nothing of what it is for.
async fn pay_in(world: &World, shop: &Running, n: u8, minor: i64) {
    let cash = world.client.post(format!("{}/v1/deposits", world.bank.address));
    let cash = cash.header("idempotency-key", format!("a-key-of-sixteen-letters-{n}"));
    let cash = cash.json(&json!({ "party": shop.id.to_string(), "amount": amount(minor) }));
    assert_eq!(cash.send().await.unwrap().status(), 200);
}

struct Desk<'a> {
    world: &'a World,
    shop: &'a Running,
}

impl Desk<'_> {
    async fn hear(&self, document: String) -> Response {
        let request = self
            .world
            .client
            .post(format!("{}/v1/bank/documents", self.shop.address));
        let request = request.bearer_auth(OPERATOR).header("content-type", "application/xml");
        request.body(document).send().await.unwrap()
    }
    async fn records(&self) -> Json {
        let request = self.world.client.get(format!("{}/v1/records", self.shop.address));
        request
            .bearer_auth(OPERATOR)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
    async fn page(&self, lang: &str) -> String {
        let request = self.world.client.get(format!("{}/{lang}/records", self.shop.address));
        let page = request.basic_auth("operator", Some(OPERATOR)).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        page.text().await.unwrap()
    }
    /// Presses "it is for this record"; the page that comes back.
    async fn press(&self, lang: &str, transfer: &str, charge: &str) -> (StatusCode, String) {
        let request = self.form(lang, transfer, charge).header("origin", &self.shop.address);
        let answer = request.basic_auth("operator", Some(OPERATOR)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
    fn form(&self, lang: &str, transfer: &str, charge: &str) -> reqwest::RequestBuilder {
        let to = format!("{}/{lang}/records/assign", self.shop.address);
        let request = self
            .world
            .client
            .post(to)
            .header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("transfer={transfer}&charge={charge}"))
    }
}

/// The receipt names who is charged, as data, as a page and in everything that is stored.
async fn is_on_the_bill(world: &World, shop: &Running, deal: units::DealId) {
    let receipt = world.get(shop, &format!("/v1/receipts/{deal}")).await;
    let receipt: Json = receipt.json().await.unwrap();
    let paid = receipt["paid_with"].as_str().unwrap();
    assert!(paid.contains("on the telephone bill of Seto Mobile"), "{paid}");
    let page = world.get(shop, &format!("/en/receipts/{deal}")).await;
    let page = page.text().await.unwrap();
    assert!(page.contains("on the telephone bill of Seto Mobile"), "{page}");
    assert!(!page.contains("it was free"), "{page}");
    let all = world.get(shop, &format!("/v1/receipts/{deal}/data")).await;
    let all: Json = all.json().await.unwrap();
    let charge = &all["charge"];
    assert_eq!(
        (&charge["unsettled"], &charge["settled"], &charge["amount"]["minor"]),
        (&true.into(), &Json::Null, &"100".into()),
        "{all}"
    );
    let stored = world.get(shop, &format!("/en/receipts/{deal}/data")).await;
    let stored = stored.text().await.unwrap();
    for told in [charge["charge"].as_str().unwrap(), charge["payer"].as_str().unwrap()] {
        assert!(stored.contains(told), "{told}: {stored}");
    }
}

/// proves: ST-5 row-56
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_say_which_record_money_is_for_that_names_none() {
    let world = World::start().await;
    let carrier = config(
        &world.maker,
        world.dir.path(),
        Role::Carrier,
        Certified::Carrier,
        "Seto Mobile",
    );
    let carrier = start(carrier).await.unwrap();
    let shop = seller(&world, "shop").await;
    let work = Work {
        tenders: vec![license::TenderKind::Slip, license::TenderKind::Charge],
        ..Work::default()
    };
    let shown = publish(&world, &shop, "shop", &work).await;
    let mut holder = Holder::rich(&world, 500).await;
    let mut charges = Vec::new();
    for _ in 0..2 {
        let want = Want {
            other: Some(Tender::Charge([0; 16], yen(0), carrier.id)),
            ..Want::default()
        };
        let (deal, license) = holder.buy(&world, &shop, shown.number, &shown.sheet, &want).await;
        is_on_the_bill(&world, &shop, deal).await;
        let charge = holder.card.state().owed(license).unwrap().charge;
        charges.push(units::OrderId(charge).to_string());
    }
    for (n, minor) in [(1, 100), (2, 70), (3, 100)] {
        pay_in(&world, &shop, n, minor).await;
    }
    let desk = Desk {
        world: &world,
        shop: &shop,
    };
    let told = document(&world, "shop").await;
    // Money of another currency is none of this account, whatever the document says besides.
    let foreign = desk.hear(told.replace("JPY", "USD")).await;
    assert!(foreign.status().is_client_error());
    assert_eq!(desk.records().await["unmatched"], json!([]));
    assert_eq!(desk.hear(told).await.status(), 200);

    let records = desk.records().await;
    let open = |records: &Json| records["unsettled"].as_array().unwrap().len();
    let waits = |records: &Json, minor: i64| -> Vec<String> {
        let lines = records["unmatched"].as_array().unwrap().iter();
        let lines = lines.filter(|line| line["amount"] == amount(minor));
        lines
            .map(|line| line["transfer"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (open(&records), waits(&records, 100).len(), waits(&records, 70).len()),
        (2, 2, 1)
    );
    let (right, small) = (waits(&records, 100), waits(&records, 70).remove(0));
    for lang in ["en", "ja"] {
        let page = desk.page(lang).await;
        let press = if lang == "en" {
            "It is for this record"
        } else {
            "この記録の入金とする"
        };
        // Two amounts fit a record; the third is offered none.
        assert_eq!(page.matches(press).count(), 2, "{page}");
    }

    // Another amount, strangers, another page's form, and what is nothing: refused, in the reader's language; nothing changes.
    let (status, page) = desk.press("ja", &small, &charges[0]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");
    assert!(page.contains("同じ金額の入金だけが記録を決済します"), "{page}");
    let (status, page) = desk.press("en", &small, &charges[0]).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        page.contains("only money of the same amount settles a record"),
        "{page}"
    );
    let (status, _) = desk.press("en", "nothing", &charges[0]).await;
    assert!(status.is_client_error());
    let elsewhere = desk
        .form("en", &right[0], &charges[0])
        .basic_auth("operator", Some(OPERATOR));
    let elsewhere = elsewhere.header("origin", "http://127.0.0.1:1").send().await.unwrap();
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    let stranger = desk.form("en", &right[0], &charges[0]).header("origin", &shop.address);
    assert_eq!(stranger.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(desk.records().await, records, "nothing of it changed anything");

    // The right one: one press settles the record by that very transfer.
    let (status, page) = desk.press("en", &right[0], &charges[0]).await;
    assert!(status.is_success() || status.is_redirection(), "{status} {page}");
    let after = desk.records().await;
    assert_eq!((open(&after), waits(&after, 100).len()), (1, 1));
    let settled = &after["settled"][0];
    assert_eq!(
        (&settled["charge"], &settled["by"], &settled["reference"]),
        (&json!(charges[0]), &json!("transfer"), &json!(right[0]))
    );
    // Said again, and about the record that is settled already.
    let (_, page) = desk.press("ja", &right[0], &charges[0]).await;
    assert!(page.contains("この入金は、もう待っていません"), "{page}");
    let (status, page) = desk.press("ja", &right[1], &charges[0]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("その記録は入金を待っていません"), "{page}");
    let (_, page) = desk.press("en", &right[1], &charges[0]).await;
    assert!(page.contains("it may be settled already"), "{page}");
    assert_eq!(desk.records().await, after);
    for one in [shop, carrier] {
        one.stop().await;
    }
    world.stop().await;
}

/// Writes 150 records of each kind behind the shop's back: by charge the youngest first, and settled last what is last.
fn live_long(shop: &Running) {
    let from = now();
    let filled = shop.store().write(move |tx| {
        for n in 0..150_u8 {
            let was = Unsettled {
                deal: units::DealId([n; 32]),
                at: from.less(Span::days(n.into())).plus(Span::minutes(720)),
                number: units::OfferNo(1),
                address: units::Tag([n; 16]),
                payer: units::PartyId([8; 16]),
                amount: yen(100),
            };
            OPEN.put(tx, &[n; 16], &was)?;
            let at = from.less(Span::minutes(u64::from(150 - n)));
            let by = SettledBy::Transfer(TransferId([n; 16]));
            SETTLED.put(tx, &closed(n), &Settled { was, at, by })?;
            BY_TIME.put(tx, &(at, closed(n)), &())?;
            let money = Unmatched {
                amount: yen(7),
                reference: "RENT".to_owned(),
                at: from,
                why: WhyUnmatched::NoRecord,
            };
            MONEY.put(tx, &TransferId([n; 16]), &money)?;
        }
        Ok::<_, store::Fault>(())
    });
    filled.unwrap();
}

const OPEN: Map<[u8; 16], Unsettled> = Map::new(Table::new("shop_unsettled"));
const SETTLED: Map<[u8; 16], Settled> = Map::new(Table::new("shop_settled"));
const BY_TIME: Map<(Moment, [u8; 16]), ()> = Map::new(Table::new("shop_settled_by_time"));
const MONEY: Map<TransferId, Unmatched> = Map::new(Table::new("shop_unmatched"));

/// The charge of a settled record.
fn closed(n: u8) -> [u8; 16] {
    let mut id = [n; 16];
    id[0] = 0xA0;
    id
}

/// proves: ST-5
#[tokio::test]
async fn the_page_counts_every_record_and_shows_those_that_matter() {
    let world = World::start().await;
    let shop = seller(&world, "shop").await;
    live_long(&shop);
    let desk = Desk {
        world: &world,
        shop: &shop,
    };
    let page = desk.page("en").await;
    // Everything that waits, what of it is overdue (after 45 days), and everything that is nobody's.
    for figure in [">150, ", ">104<"] {
        assert!(page.contains(figure), "{figure} in {page}");
    }
    assert_eq!(page.matches(">150, ").count(), 2);
    let title = |n: u8| format!("title=\"{}\"", OrderId([n; 16]));
    assert!(page.contains(&title(149)) && page.contains(&title(50)));
    assert!(!page.contains(&title(49)), "what waited longest comes first");
    assert!(page.find(&title(149)) < page.find(&title(148)));
    let short = |n: u8| OrderId(closed(n)).to_string().chars().take(8).collect::<String>();
    assert!(page.find(&short(149)) < page.find(&short(148)));
    assert!(
        page.contains(&short(50)) && !page.contains(&short(49)),
        "the latest are shown"
    );

    // Over the API all of them, page by page, each once.
    let (mut after, mut seen) = (String::new(), [(); 3].map(|()| std::collections::BTreeSet::new()));
    for full in [true, false] {
        let path = format!("{}/v1/records?limit=100{after}", shop.address);
        let request = world.client.get(path).bearer_auth(OPERATOR);
        let found: Json = request.send().await.unwrap().json().await.unwrap();
        for (seen, (list, id)) in seen.iter_mut().zip([
            ("unsettled", "charge"),
            ("settled", "charge"),
            ("unmatched", "transfer"),
        ]) {
            let lines = found[list].as_array().unwrap();
            assert_eq!(lines.len(), if full { 100 } else { 50 }, "{list}");
            seen.extend(lines.iter().map(|line| line[id].as_str().unwrap().to_owned()));
        }
        assert_eq!(found["after"].is_string(), full);
        after = format!("&after={}", found["after"].as_str().unwrap_or_default());
    }
    assert_eq!(seen.map(|ids| ids.len()), [150; 3]);
    for wrong in ["x", "...", "....", "a.b.c.d"] {
        let path = format!("{}/v1/records?after={wrong}", shop.address);
        let answer = world.client.get(path).bearer_auth(OPERATOR).send().await.unwrap();
        let fits = wrong == "...";
        assert_eq!(answer.status() == StatusCode::OK, fits, "{wrong}");
    }
    shop.stop().await;
    world.stop().await;
}
