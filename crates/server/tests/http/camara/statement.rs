//! A seller reconciles from its bank's documents alone: each entry once, what matches nothing waits where people see it.

use serde_json::{Value as Json, json};

use super::{
    super::{
        records::{document, seller},
        world::{OPERATOR, World, code_of},
    },
    amount,
};

/// proves: ST-5 ST-6 row-56
#[tokio::test]
async fn a_sellers_statement_counts_once_and_what_it_does_not_know_waits() {
    let world = World::start().await;
    let shop = seller(&world, "shop").await;
    let cash = world.client.post(format!("{}/v1/deposits", world.bank.address));
    let cash = cash.header("idempotency-key", "a-key-of-sixteen-letters");
    let cash = cash.json(&json!({ "party": shop.id.to_string(), "amount": amount(70) }));
    assert_eq!(cash.send().await.unwrap().status(), 200);
    let document = document(&world, "shop").await;
    let give = |token: &'static str, document: String| {
        let request = world
            .client
            .post(format!("{}/v1/bank/documents", shop.address))
            .bearer_auth(token);
        request.header("content-type", "application/xml").body(document).send()
    };
    for (new, known) in [(1, 0), (0, 1)] {
        let taken: Json = give(OPERATOR, document.clone()).await.unwrap().json().await.unwrap();
        assert_eq!(taken, json!({ "new": new, "known": known, "back": 0, "out": 0 }));
    }
    let records = world
        .client
        .get(format!("{}/v1/records", shop.address))
        .bearer_auth(OPERATOR);
    let records: Json = records.send().await.unwrap().json().await.unwrap();
    assert_eq!(records["unmatched"].as_array().unwrap().len(), 1, "{records}");
    assert_eq!(records["unmatched"][0]["amount"], amount(70));
    let other = document.replace(&shop.id.to_string(), &world.issuer.id.to_string());
    for (token, document, code) in [
        (OPERATOR, other, "statement-other-account"),
        (
            OPERATOR,
            document.replace("camt.054.001.08", "camt.054.001.02"),
            "remit-other-message",
        ),
        (OPERATOR, String::new(), "remit-malformed"),
        ("somebody", document.clone(), "operator-only"),
    ] {
        assert_eq!(code_of(give(token, document).await.unwrap()).await, code);
    }
    shop.stop().await;
    world.stop().await;
}
