//! A carrier that pays by files: its orders go to the bank as a document and the bank's documents come back, to the carrier and to
//! the seller, in the hands of each party's own people.

use card::Want;
use deal::Tender;
use reqwest::StatusCode;
use seal::Role as Certified;
use serde_json::{Value as Json, json};
use server::{
    config::Role,
    running::{Running, start},
};

use crate::{
    holder::{Holder, send, yen},
    publisher::{Work, publish},
    records::seller,
    world::{OPERATOR, World, code_of, config},
};

fn amount(n: i64) -> Json {
    json!({ "minor": n.to_string(), "currency": "JPY" })
}

/// The carrier, with 5000 at the bank.
async fn carrier(world: &World) -> Running {
    let mut carrier = config(
        &world.maker,
        world.dir.path(),
        Role::Carrier,
        Certified::Carrier,
        "Seto Mobile",
    );
    carrier.charging.bank = Some(world.bank.id);
    carrier.charging.by_file = true;
    carrier.charging.new_for_days = Some(0);
    let mut carrier = start(carrier).await.unwrap();
    carrier.ready().await;
    let open = json!({ "name": "Seto Mobile", "opening": amount(5000), "party": carrier.id.to_string() });
    let opened = world
        .open_account("the account of the carrier", &open.to_string())
        .await;
    assert_eq!(opened.status(), 200);
    let plan = json!({ "id": "plain", "name": "Plain", "basic": amount(2000), "call_unit": 30, "call_price": amount(10),
        "packet_unit": 1000, "packet_price": amount(10) });
    operate(world, &carrier, "/v1/plans", plan).await;
    carrier
}

async fn operate(world: &World, party: &Running, path: &str, body: Json) {
    let request = world.client.post(format!("{}{path}", party.address));
    let request = request
        .bearer_auth(OPERATOR)
        .header("idempotency-key", "a-key-of-sixteen-letters");
    let answer = request.json(&body).send().await.unwrap();
    let status = answer.status();
    assert_eq!(status, 200, "{path}: {}", answer.text().await.unwrap());
}

/// Somebody's people bring a document to an address of a party; what came back.
async fn bring(world: &World, token: &str, to: String, document: &str) -> reqwest::Response {
    let request = world.client.post(to).bearer_auth(token);
    let request = request.header("content-type", "application/xml");
    request.body(document.to_owned()).send().await.unwrap()
}

async fn fetch(world: &World, token: &str, from: String) -> reqwest::Response {
    world.client.get(from).bearer_auth(token).send().await.unwrap()
}

/// A document that came back.
async fn document(answer: reqwest::Response) -> String {
    let status = answer.status();
    let kind = answer.headers().get("content-type").cloned();
    let text = answer.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    assert_eq!(kind.unwrap(), "application/xml");
    text
}

/// The carrier's open orders, once its sweep has made some.
async fn open_orders(world: &World, carrier: &Running) -> String {
    for _ in 0..20_000 {
        let answer = fetch(world, OPERATOR, format!("{}/v1/bank/orders", carrier.address)).await;
        if answer.status() == StatusCode::OK {
            return document(answer).await;
        }
    }
    panic!("nothing was ordered");
}

/// proves: ST-5 ST-6 row-52 row-56 row-57
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_is_paid_and_settled_by_files_alone() {
    let world = World::start().await;
    let carrier = carrier(&world).await;
    let shop = seller(&world, "shop").await;
    let listed = json!({ "party": shop.id.to_string(), "name": "Lantern Records", "number": 2000, "trusted": true });
    operate(&world, &carrier, "/v1/enterprises", listed).await;
    let work = Work {
        tenders: vec![license::TenderKind::Slip, license::TenderKind::Charge],
        ..Work::default()
    };
    let shown = publish(&world, &shop, "shop", &work).await;
    let mut holder = Holder::rich(&world, 500).await;
    let key = data_encoding::HEXLOWER.encode(&holder.card.subscriber(carrier.id).0);
    let aiko = json!({ "name": "Aiko", "address": ["2-14-6 Ekimae"], "number": "+819000004417", "plan": "plain",
        "wallet_key": key });
    operate(&world, &carrier, "/v1/subscribers", aiko).await;
    let want = Want {
        other: Some(Tender::Charge([0; 16], yen(0), carrier.id)),
        ..Want::default()
    };
    let (_, license) = holder.buy(&world, &shop, shown.number, &shown.sheet, &want).await;
    let charge = units::OrderId(holder.card.state().owed(license).unwrap().charge).to_string();
    let papers = world.maker.party(Certified::Carrier, "Seto Mobile").unwrap();
    let said = holder.card.say_charge(license, papers.certificate()).unwrap();
    send(&world, &carrier, "charge", said.bytes()).await;

    // The orders, to the bank; only its people take them, and only about that customer's own account.
    let orders = open_orders(&world, &carrier).await;
    let at_bank = |party: &Running, what: &str| format!("{}/v1/parties/{}/{what}", world.bank.address, party.id);
    let to = at_bank(&carrier, "orders");
    assert_eq!(
        code_of(bring(&world, "somebody", to.clone(), &orders).await).await,
        "operator-only"
    );
    let others = bring(&world, OPERATOR, at_bank(&shop, "orders"), &orders).await;
    assert_eq!(code_of(others).await, "account-not-yours");
    let mut status = String::new();
    for _ in 0..2 {
        status = document(bring(&world, OPERATOR, to.clone(), &orders).await).await;
        assert!(
            status.contains("pain.002.001.12") && status.contains("ACSC"),
            "{status}"
        );
    }
    let dearer = orders.replace(">100<", ">101<");
    assert_ne!(dearer, orders);
    assert!(bring(&world, OPERATOR, to, &dearer).await.status().is_client_error());

    // Its status, to the carrier: nothing is open any more.
    let desk = format!("{}/v1/bank/documents", carrier.address);
    let taken: Json = bring(&world, OPERATOR, desk.clone(), &status)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(taken, json!({ "matched": 1, "waiting": 0, "odd": 0, "known": 0 }));
    let open = fetch(&world, OPERATOR, format!("{}/v1/bank/orders", carrier.address)).await;
    assert_eq!(open.status(), StatusCode::NOT_FOUND);

    // What happened on both accounts, to both: the payment is known to the carrier and settles the seller's record.
    let stranger = fetch(&world, "somebody", at_bank(&shop, "entries")).await;
    assert_eq!(code_of(stranger).await, "operator-only");
    let nobody = format!("{}/v1/parties/{}/entries", world.bank.address, units::PartyId([9; 16]));
    assert!(fetch(&world, OPERATOR, nobody).await.status().is_client_error());
    let notice = document(fetch(&world, OPERATOR, at_bank(&carrier, "entries")).await).await;
    let taken: Json = bring(&world, OPERATOR, desk, &notice).await.json().await.unwrap();
    assert_eq!(taken, json!({ "matched": 1, "waiting": 1, "odd": 0, "known": 0 }));
    let notice = document(fetch(&world, OPERATOR, at_bank(&shop, "entries")).await).await;
    assert!(
        notice.contains(&charge) && notice.contains(&carrier.id.to_string()),
        "{notice}"
    );
    let desk = format!("{}/v1/bank/documents", shop.address);
    for new in [1, 0] {
        let taken: Json = bring(&world, OPERATOR, desk.clone(), &notice)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(taken, json!({ "new": new, "known": 1 - new, "back": 0, "out": 0 }));
    }
    let records = fetch(&world, OPERATOR, format!("{}/v1/records", shop.address)).await;
    let records: Json = records.json().await.unwrap();
    assert_eq!((&records["unsettled"], &records["unmatched"]), (&json!([]), &json!([])));
    assert_eq!(
        (&records["settled"][0]["charge"], &records["settled"][0]["by"]),
        (&json!(charge), &json!("transfer"))
    );
    // From the first entry on there is no more.
    let rest = document(fetch(&world, OPERATOR, format!("{}?after=1", at_bank(&shop, "entries"))).await).await;
    assert!(!rest.contains("<Ntry>"), "{rest}");
    carrier.stop().await;
    shop.stop().await;
    world.stop().await;
}
