//! Vouchers over HTTP: the operator has codes made, a card takes one, pays with it in part, and nobody takes it again.

use card::Want;
use license::TenderKind;
use reqwest::{Response, StatusCode};
use seal::Role as Certified;
use serde_json::{Value as Json, json};
use server::{
    config::Role,
    running::{Running, start},
};

use crate::{
    holder::{Holder, seed},
    publisher::{Work, publish, shop},
    world::{OPERATOR, World, code_of, config, now},
};

fn spring(no: u8, count: u32) -> Json {
    json!({
        "no": format!("{no:02x}").repeat(16), "kind": "coupon", "label": "Spring", "count": count,
        "worth": { "minor": "30", "currency": "JPY" },
    })
}

async fn make(world: &World, shop: &Running, token: &str, body: &Json) -> Response {
    let request = world.client.post(format!("{}/v1/vouchers", shop.address));
    request.bearer_auth(token).json(body).send().await.unwrap()
}

async fn out(world: &World, shop: &Running) -> Json {
    let request = world.client.get(format!("{}/v1/vouchers", shop.address));
    request
        .bearer_auth(OPERATOR)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

async fn take(world: &World, shop: &Running, code: &str, claim: u8) -> Response {
    let request = world.client.post(format!("{}/v1/vouchers/take", shop.address));
    let body = json!({ "code": code, "claim": format!("{claim:02x}").repeat(16) });
    request.json(&body).send().await.unwrap()
}

fn codes(made: &Json) -> Vec<String> {
    let codes = made["codes"].as_array().unwrap().iter();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// proves: ST-26 row-8
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_made_told_beforehand_taken_once_and_pays_in_part() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let work = Work {
        tenders: vec![TenderKind::Slip, TenderKind::Value],
        ..Work::default()
    };
    let shown = publish(&world, &shop, "shop", &work).await;
    // Only its operator makes them, and hears first what would be promised.
    assert_eq!(
        make(&world, &shop, "x", &spring(1, 2)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    let mut dry = spring(1, 2);
    dry["dry"] = json!(true);
    let would: Json = make(&world, &shop, OPERATOR, &dry).await.json().await.unwrap();
    assert_eq!((would["total"]["minor"].as_str(), codes(&would).len()), (Some("60"), 0));
    assert_eq!(
        out(&world, &shop).await["vouchers"],
        json!([]),
        "nothing was made by asking"
    );
    for (field, wrong, code) in [
        ("kind", json!("refund"), "value-kind"),
        ("count", json!(0), "vouchers-count"),
        ("permille", json!(100), "value-worth"),
        ("until", json!(1), "vouchers-until"),
        ("label", json!("x".repeat(61)), "value-label"),
        ("offer", json!("999999"), "vouchers-offer"),
        ("no", json!("short"), "number-malformed"),
    ] {
        let mut body = spring(1, 2);
        body[field] = wrong;
        assert_eq!(
            code_of(make(&world, &shop, OPERATOR, &body).await).await,
            code,
            "{field}"
        );
    }
    let made: Json = make(&world, &shop, OPERATOR, &spring(1, 2)).await.json().await.unwrap();
    let codes = codes(&made);
    assert_eq!(codes.len(), 2);
    let kept = String::from_utf8_lossy(&world.files()).into_owned();
    assert!(!kept.contains(&codes[0]), "no code lies on the disk");
    // Wrong, guessed; then sixteen wallets at once.
    assert_eq!(code_of(take(&world, &shop, "spring", 1).await).await, "code-malformed");
    let guessed = take(&world, &shop, "0000-0000-0000-0000", 1).await;
    assert_eq!(
        guessed.status(),
        StatusCode::NOT_FOUND,
        "a miss, of which nobody has many in a minute"
    );
    assert_eq!(code_of(guessed).await, "code-unknown");
    let all = futures::future::join_all((1..17).map(|claim| take(&world, &shop, &codes[0], claim))).await;
    let good: Vec<usize> = (0..16).filter(|n| all[*n].status() == StatusCode::OK).collect();
    let [first] = good[..] else {
        panic!("{good:?} took one code")
    };
    let mut answers = Vec::new();
    for answer in all {
        match answer.status() {
            StatusCode::OK => answers.push(answer.json::<Json>().await.unwrap()),
            _ => assert_eq!(code_of(answer).await, "code-used"),
        }
    }
    // Its answer may be lost: the same wallet hears it again.
    let claim = u8::try_from(first + 1).unwrap();
    let again: Json = take(&world, &shop, &codes[0], claim).await.json().await.unwrap();
    assert_eq!(again, answers[0]);
    let bytes = |field: &str| {
        let text = again[field].as_str().unwrap();
        data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    };
    let mut holder = Holder::rich(&world, 1000).await;
    let taken = holder
        .card
        .take_value(&bytes("signed"), &bytes("certificate"), now(), &seed());
    let value = taken.unwrap();
    let want = Want {
        values: vec![(value.maker, value.id)],
        ..Want::default()
    };
    let before = holder.purse();
    let price = holder
        .ask(&world, &shop, shown.number, &shown.sheet)
        .await
        .quote()
        .price
        .minor();
    holder.buy(&world, &shop, shown.number, &shown.sheet, &want).await;
    assert_eq!(before - holder.purse(), price - 30);
    let told = &out(&world, &shop).await["vouchers"][0];
    assert_eq!(
        (&told["taken"], &told["spent"], &told["promised"]["minor"]),
        (&json!(1), &json!(1), &json!("30"))
    );
    assert_eq!(told["codes"], json!([]), "codes are told once");
    shop.stop().await;
    world.stop().await;
}

/// Whoever guesses waits: his own source alone is slowed, also for a code that is good, and everybody else takes theirs.
///
/// proves: ST-26 row-8
#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_codes_is_slowed_and_nobody_else() {
    let world = World::start().await;
    let mut set = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, "shop");
    set.selling.issuer = Some(world.issuer.id);
    set.behind_proxy = true;
    set.pace.misses_per_minute = 5;
    let mut shop = start(set).await.unwrap();
    shop.ready().await;
    let made: Json = make(&world, &shop, OPERATOR, &spring(1, 2)).await.json().await.unwrap();
    let good = codes(&made);
    let from = async |source: &str, code: &str| {
        let request = world.client.post(format!("{}/v1/vouchers/take", shop.address));
        let body = json!({ "code": code, "claim": "0a".repeat(16) });
        let request = request.header("x-forwarded-for", source).json(&body);
        request.send().await.unwrap()
    };
    let guess = |n: usize| format!("0000-0000-0000-{n:04}");
    let (mut missed, mut slowed) = (0, 0);
    for n in 0..40 {
        let answer = from("192.0.2.7", &guess(n)).await;
        match answer.status() {
            StatusCode::NOT_FOUND => missed += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
                assert!(wait >= 1);
                slowed += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(
        (5..=7).contains(&missed) && slowed >= 33,
        "{missed} heard, {slowed} slowed"
    );
    // Even one that is right is not heard from there now: how a guess did cannot be told.
    assert_eq!(code_of(from("192.0.2.7", &good[0]).await).await, "too-fast");
    assert_eq!(
        from("192.0.2.8", &good[0]).await.status(),
        StatusCode::OK,
        "another source"
    );
    assert_eq!(out(&world, &shop).await["vouchers"][0]["taken"], json!(1));
    shop.stop().await;
    world.stop().await;
}
