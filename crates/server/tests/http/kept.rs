//! Kept: what carries or unlocks content may be kept by nobody on its way, and read by no page of another site.

use card::Want;
use reqwest::{Method, Response, StatusCode};
use server::running::Running;

use crate::{
    holder::{Holder, seed, yen},
    publisher::{Work, publish, shop},
    world::World,
};

/// A page of somebody else's, in a browser that carries the messages.
const FOREIGN: &str = "https://evil.test";

fn belongs_to_nobody(what: &str, answer: &Response) {
    let headers = answer.headers();
    let cache = headers.get("cache-control").map(|v| v.to_str().unwrap());
    assert!(
        cache.is_some_and(|v| v.split(',').any(|word| word.trim() == "no-store")),
        "{what}: {cache:?}"
    );
    let open: Vec<_> = headers
        .keys()
        .filter(|n| n.as_str().starts_with("access-control-"))
        .collect();
    assert!(open.is_empty(), "{what}: {open:?}");
}

/// Sends until it is answered; every answer on the way is looked at. From another site's page it is not taken at all.
async fn said(world: &World, party: &Running, verb: &str, body: &[u8]) -> Vec<u8> {
    let message = world.client.post(format!("{}/v1/{verb}", party.address));
    let message = message.header("content-type", "application/cbor").body(body.to_vec());
    let foreign = message.header("origin", FOREIGN).send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "{verb} of another site's page");
    belongs_to_nobody(verb, &foreign);
    for _ in 0..20_000 {
        let answer = world.post(party, verb, body.to_vec()).await;
        belongs_to_nobody(verb, &answer);
        match answer.status() {
            StatusCode::OK => return answer.bytes().await.unwrap().to_vec(),
            StatusCode::ACCEPTED | StatusCode::SERVICE_UNAVAILABLE => {}
            other => panic!("{verb}: {other} {}", answer.text().await.unwrap()),
        }
    }
    panic!("{verb} was not answered");
}

// proves: row-40
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_opens_a_work_is_stored_or_shown_to_another_site() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let work = Work {
        unique: true,
        ..Work::default()
    };
    let shown = publish(&world, &shop, "shop", &work).await;
    let mut holder = Holder::with_account(&world, "a holder", 500).await;
    // Money from the issuer, then the key of a work from the shop: quote, payment and answer of both.
    let asked = holder.card.ask_load(yen(500), &seed()).unwrap();
    let quote = said(&world, &world.issuer, "ask", &asked.bytes()).await;
    let checked = holder
        .card
        .read_quote(&quote, Some(&asked), None, crate::world::now())
        .unwrap();
    let want = Want {
        values: holder.account.into_iter().collect(),
        ..Want::default()
    };
    let (_, pay) = holder.commit(&checked, &want);
    said(&world, &world.issuer, "pay", &pay).await;
    holder.finish(&world, &world.issuer, &pay).await;
    let asked = holder.card.ask_sale(shown.number, &seed()).unwrap();
    let quote = said(&world, &shop, "ask", &asked.bytes()).await;
    let sheet = Some(&shown.sheet);
    let checked = holder
        .card
        .read_quote(&quote, Some(&asked), sheet, crate::world::now())
        .unwrap();
    let (deal, pay) = holder.commit(&checked, &Want::default());
    let settle = said(&world, &shop, "pay", &pay).await;
    assert!(!settle.is_empty());
    holder.finish(&world, &shop, &pay).await;
    // The copy of this buyer's own, whole and in part, and what tells of the sale.
    for path in [
        format!("/v1/deliveries/{deal}"),
        format!("/v1/receipts/{deal}"),
        format!("/receipts/{deal}"),
    ] {
        let ranged = world
            .client
            .get(format!("{}{path}", shop.address))
            .header("range", "bytes=0-99");
        for answer in [world.get(&shop, &path).await, ranged.send().await.unwrap()] {
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            belongs_to_nobody(&path, &answer);
        }
        let foreign = world
            .client
            .get(format!("{}{path}", shop.address))
            .header("origin", FOREIGN);
        belongs_to_nobody(&path, &foreign.send().await.unwrap());
    }
    // Refusals as well, and nobody is told that he may send from elsewhere.
    for path in [
        "/v1/pay",
        "/v1/ask",
        "/v1/done",
        "/v1/sales",
        &format!("/v1/deliveries/{deal}"),
    ] {
        let asks_leave = world
            .client
            .request(Method::OPTIONS, format!("{}{path}", shop.address))
            .header("origin", FOREIGN)
            .header("access-control-request-method", "POST");
        belongs_to_nobody(path, &asks_leave.send().await.unwrap());
        let nonsense = world.client.post(format!("{}{path}", shop.address)).body("nonsense");
        let refused = nonsense.send().await.unwrap();
        assert!(refused.status().is_client_error(), "{path}: {}", refused.status());
        belongs_to_nobody(path, &refused);
    }
    shop.stop().await;
    world.stop().await;
}
