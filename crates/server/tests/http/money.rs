//! Money over HTTP: accounts, loads, and what repeated and forged requests do.

use reqwest::StatusCode;
use serde_json::Value as Json;

use crate::{
    holder::{Holder, send, yen},
    world::{World, code_of},
};

fn account(name: &str, minor: &str) -> String {
    format!(r#"{{"name":"{name}","opening":{{"minor":{minor},"currency":"JPY"}}}}"#)
}

// proves: row-53
#[tokio::test(flavor = "multi_thread")]
async fn an_id_stands_for_one_request_for_ever() {
    let world = World::start().await;
    let body = account("a", "\"500\"");
    let first = world
        .open_account("0123456789abcdef", &body)
        .await
        .bytes()
        .await
        .unwrap();
    // Twice at once, and again.
    let many = futures::future::join_all((0..8).map(|_| world.open_account("0123456789abcdef", &body))).await;
    for answer in many {
        assert_eq!(answer.bytes().await.unwrap(), first);
    }
    let other = world.open_account("0123456789abcdef", &account("a", "\"501\"")).await;
    assert_eq!(code_of(other).await, "idempotency-key-other-body");
    let another = world
        .open_account("0123456789abcdeX", &body)
        .await
        .bytes()
        .await
        .unwrap();
    assert_ne!(another, first, "another id is another account");
    for key in ["", "short", "0123456789abcde\u{e9}"] {
        let request = world.client.post(format!("{}/v1/accounts", world.bank.address));
        let request = request.header("content-type", "application/json").body(body.clone());
        let request = if key.is_empty() {
            request
        } else {
            request.header("idempotency-key", key.as_bytes())
        };
        assert_eq!(
            code_of(request.send().await.unwrap()).await,
            "idempotency-key-missing",
            "{key:?}"
        );
    }
    world.stop().await;
}

// proves: row-54
#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_text_of_whole_minor_units() {
    let world = World::start().await;
    let check = async |minor: &str, code: &str| {
        let answer = world.open_account("an id of the amounts", &account("a", minor)).await;
        assert_eq!(code_of(answer).await, code, "{minor}");
    };
    for not_text in ["-1", "1000", "0.0005", "1e400", "null", "[]"] {
        check(not_text, "json-malformed").await;
    }
    for no_amount in [
        "\"-1\"",
        "\"0.5\"",
        "\"1e3\"",
        "\"1,00\"",
        "\"9223372036854775808\"",
        "\"\"",
        "\"1000000000000001\"",
    ] {
        check(no_amount, "amount").await;
    }
    let without = r#"{"name":"a","opening":{"minor":"1"}}"#;
    assert_eq!(
        code_of(world.open_account("an id of the amounts", without).await).await,
        "json-malformed"
    );
    let foreign = r#"{"name":"a","opening":{"minor":"1","currency":"EUR"}}"#;
    assert_eq!(
        code_of(world.open_account("an id of the amounts", foreign).await).await,
        "amount"
    );
    let extra = r#"{"name":"a","opening":{"minor":"1","currency":"JPY"},"token":"x"}"#;
    assert_eq!(
        code_of(world.open_account("an id of the amounts", extra).await).await,
        "json-malformed"
    );
    world.stop().await;
}

// proves: S1
#[tokio::test(flavor = "multi_thread")]
async fn a_load_moves_money_from_the_account_to_the_card_once() {
    let world = World::start().await;
    let mut holder = Holder::with_account(&world, "a holder", 1000).await;
    let asked = holder.card.ask_load(yen(400), &crate::holder::seed()).unwrap();
    let checked = holder.quote(&world, &world.issuer, &asked, None).await;
    let want = card::Want {
        values: holder.account.into_iter().collect(),
        ..card::Want::default()
    };
    let (_, pay) = holder.commit(&checked, &want);
    let many = futures::future::join_all((0..16).map(|_| send(&world, &world.issuer, "pay", &pay))).await;
    assert!(many.iter().all(|settle| *settle == many[0]), "one decision");
    holder.finish(&world, &world.issuer, &pay).await;
    assert_eq!(holder.purse(), 400);
    let (_, token) = holder.account.unwrap();
    let statement: Json = world
        .get(&world.bank, &format!("/v1/accounts/{token}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(statement["balance"]["minor"], "600");
    assert_eq!(
        statement["lines"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|l| l["credit"] == false)
            .count(),
        1
    );
    // What was brought in cash stands there too: the lines explain the balance.
    let minor = |amount: &Json| amount["minor"].as_str().unwrap().parse::<i64>().unwrap();
    let lines = statement["lines"].as_array().unwrap().iter();
    let sum: i64 = lines
        .map(|l| {
            if l["credit"] == true {
                minor(&l["amount"])
            } else {
                -minor(&l["amount"])
            }
        })
        .sum();
    assert_eq!(sum, minor(&statement["balance"]), "{statement}");
    world.stop().await;
}

// proves: row-85
#[tokio::test(flavor = "multi_thread")]
async fn operators_addresses_and_strangers_accounts_stay_shut() {
    let world = World::start().await;
    let body = format!(
        r#"{{"id":"{}","payee":"{}","amount":{{"minor":"1","currency":"JPY"}}}}"#,
        units::TransferId([1; 16]),
        world.bank.id
    );
    let post = |token: Option<&str>| {
        let request = world.client.post(format!("{}/v1/payouts", world.issuer.address));
        let request = request.header("content-type", "application/json").body(body.clone());
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send()
    };
    assert_eq!(code_of(post(None).await.unwrap()).await, "operator-only");
    assert_eq!(code_of(post(Some("guess")).await.unwrap()).await, "operator-only");
    let owed = post(Some(crate::world::OPERATOR)).await.unwrap();
    assert_ne!(owed.status(), StatusCode::UNAUTHORIZED);
    let guess = world
        .get(&world.bank, &format!("/v1/accounts/{}", units::ValueId([9; 16])))
        .await;
    assert_eq!(code_of(guess).await, "not-found");
    let party = world
        .get(&world.bank, &format!("/v1/accounts/{}", world.issuer.id))
        .await;
    assert_eq!(code_of(party).await, "not-found", "a party's public id opens nothing");
    world.stop().await;
}
