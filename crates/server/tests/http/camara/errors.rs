//! Errors: each that the two texts name, with its status and its code, and that nothing was booked by any of them.

use serde_json::{Value as Json, json};
use server::frame::rate::Pace;

use super::{AIKO, BILLING, KENJI, Merchant, REFUND, by, payment, said, yen};

/// A payment with another value at a place.
fn with(pointer: &str, value: Json) -> Json {
    let mut body = payment(1000, "wrong");
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

/// proves: ST-4 ST-13 row-54 row-76
#[tokio::test]
async fn every_error_of_a_new_payment_is_the_one_the_text_names() {
    let merchant = Merchant::open(|charging| charging.payment_max = Some(yen(9000))).await;
    let charging = "/amountTransaction/paymentAmount/chargingInformation";
    let at = |name: &str| format!("{charging}/{name}");
    let to = |name: &str| format!("/amountTransaction/{name}");
    let credential = |kind: &str, token: &str| {
        json!({ "credentialType": kind, "accessToken": "t", "accessTokenType": token,
            "accessTokenExpiresUtc": "2099-01-01T00:00:00Z" })
    };
    let refused = merchant.refused.to_string();
    let items: Vec<_> = (0..101)
        .map(|n| json!({ "id": n.to_string(), "amount": 1, "currency": "JPY" }))
        .collect();
    for (body, status, code) in [
        (json!([]), 400, "INVALID_ARGUMENT"),
        (json!({}), 400, "INVALID_ARGUMENT"),
        (with(&at("amount"), json!(0)), 400, "INVALID_ARGUMENT"),
        (with(&at("amount"), json!(-1)), 400, "INVALID_ARGUMENT"),
        (with(&at("amount"), json!(0.0001)), 400, "INVALID_ARGUMENT"),
        (with(&at("amount"), json!("1000")), 400, "INVALID_ARGUMENT"),
        (with(&at("amount"), Json::Null), 400, "INVALID_ARGUMENT"),
        (with(&at("isTaxIncluded"), json!("yes")), 400, "INVALID_ARGUMENT"),
        (with(&at("taxAmount"), json!(-1)), 400, "INVALID_ARGUMENT"),
        (with(&to("phoneNumber"), json!("09012345678")), 400, "INVALID_ARGUMENT"),
        (with(&to("phoneNumber"), Json::Null), 400, "INVALID_ARGUMENT"),
        (with(&to("referenceCode"), json!(7)), 400, "INVALID_ARGUMENT"),
        (
            with(&to("paymentAmount/paymentDetails"), json!([])),
            400,
            "INVALID_ARGUMENT",
        ),
        (with(&at("currency"), json!("EUR")), 400, "INVALID_ARGUMENT"),
        // What is kept is bounded: one client's texts and items are not the carrier's memory.
        (with(&to("padding"), json!("x".repeat(17_000))), 400, "INVALID_ARGUMENT"),
        (
            with(&to("paymentAmount/paymentDetails"), json!(items)),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            with("/sink", json!("http://merchant.example/told")),
            400,
            "INVALID_SINK",
        ),
        (
            with("/sink", json!("https://user:word@merchant.example/")),
            400,
            "INVALID_SINK",
        ),
        (
            with(
                "/sinkCredential",
                json!({ "credentialType": "PLAIN", "identifier": "a", "secret": "b" }),
            ),
            400,
            "INVALID_CREDENTIAL",
        ),
        (
            with("/sinkCredential", credential("REFRESHTOKEN", "bearer")),
            400,
            "INVALID_CREDENTIAL",
        ),
        (
            with("/sinkCredential", credential("ACCESSTOKEN", "mac")),
            400,
            "INVALID_TOKEN",
        ),
        (
            with("/sinkCredential", credential("COOKIE", "bearer")),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            with(&at("amount"), json!(1000.5)),
            422,
            "CARRIER_BILLING.UNAUTHORIZED_AMOUNT",
        ),
        (
            with(&at("amount"), json!(1e300)),
            422,
            "CARRIER_BILLING.UNAUTHORIZED_AMOUNT",
        ),
        (
            with(&at("amount"), json!(9001)),
            422,
            "CARRIER_BILLING.UNAUTHORIZED_AMOUNT",
        ),
        (
            with(&at("taxAmount"), json!(8001)),
            422,
            "CARRIER_BILLING.UNAUTHORIZED_AMOUNT",
        ),
        (
            with(&to("phoneNumber"), json!("+819000000000")),
            404,
            "IDENTIFIER_NOT_FOUND",
        ),
        (with(&to("phoneNumber"), json!(KENJI)), 422, "SERVICE_NOT_APPLICABLE"),
        (
            with(
                &to("paymentAmount/chargingMetaData/merchantIdentifier"),
                json!("nobody"),
            ),
            403,
            "PERMISSION_DENIED",
        ),
        (
            with(&to("paymentAmount/chargingMetaData/merchantIdentifier"), json!(refused)),
            403,
            "CARRIER_BILLING.PAYMENT_DENIED",
        ),
        (
            with(&to("paymentAmount/chargingMetaData/merchantIdentifier"), json!("2500")),
            403,
            "CARRIER_BILLING.PAYMENT_DENIED",
        ),
    ] {
        for path in ["payments", "payments/prepare"] {
            let no = said(
                merchant
                    .post_as(&merchant.token, &format!("{BILLING}/{path}"), &body.to_string())
                    .await,
                status,
            )
            .await;
            assert_eq!(no["code"], code, "{path}: {body}");
        }
    }
    let mut nobody = payment(1000, "wrong");
    nobody["amountTransaction"]
        .as_object_mut()
        .unwrap()
        .remove("phoneNumber");
    assert_eq!(
        merchant.post(&format!("{BILLING}/payments"), &nobody, 422).await["code"],
        "MISSING_IDENTIFIER"
    );
    let (good, path) = (payment(1000, "wrong").to_string(), format!("{BILLING}/payments"));
    assert_eq!(
        said(merchant.post_as("", &path, &good).await, 401).await["code"],
        "UNAUTHENTICATED"
    );
    assert_eq!(
        said(merchant.post_as("guess", &path, &good).await, 401).await["code"],
        "UNAUTHENTICATED"
    );
    let reads = merchant
        .token_of(&merchant.client, "carrier-billing:payments:read")
        .await;
    assert_eq!(
        said(merchant.post_as(&reads, &path, &good).await, 403).await["code"],
        "PERMISSION_DENIED"
    );
    assert_eq!(
        said(merchant.post_as(&merchant.token, &path, "{").await, 400).await["code"],
        "INVALID_ARGUMENT"
    );
    let long = format!("{good}{}", " ".repeat(1 << 20));
    assert_eq!(
        said(merchant.post_as(&merchant.token, &path, &long).await, 400).await["code"],
        "INVALID_ARGUMENT"
    );
    // A correlator that is none is refused; one that is left out is made up.
    let request = || {
        merchant
            .world
            .client
            .get(format!("{}{path}", merchant.carrier.address))
            .bearer_auth(&merchant.token)
    };
    let no = request().header("x-correlator", "white space").send().await.unwrap();
    assert_eq!(
        (no.status().as_u16(), no.json::<Json>().await.unwrap()["code"].as_str()),
        (400, Some("INVALID_ARGUMENT"))
    );
    assert!(!request().send().await.unwrap().headers()["x-correlator"].is_empty());
    // Nothing of all this was remembered.
    assert_eq!(merchant.get(&path, 200).await, json!([]));
    assert_eq!(
        merchant.create(&payment(1000, "wrong")).await["paymentStatus"],
        "succeeded"
    );
    // An hour later the token has ended.
    merchant.later(3601);
    assert_eq!(merchant.get(&path, 401).await["code"], "UNAUTHENTICATED");
    merchant.close().await;
}

/// proves: ST-4 row-61
#[tokio::test]
async fn lists_and_second_steps_refuse_in_the_texts_words() {
    let mut merchant = Merchant::open(|_| {}).await;
    let list = format!("{BILLING}/payments");
    for n in 0..5 {
        let body = payment(100, &format!("n{n}"));
        let made = if n < 3 {
            merchant.create(&body).await
        } else {
            merchant.prepare(&body).await
        };
        assert!(made["paymentId"].is_string());
        merchant.later(60);
    }
    for (query, status, code) in [
        ("page=0", 400, "OUT_OF_RANGE"),
        ("perPage=-1", 400, "OUT_OF_RANGE"),
        ("perPage=201", 400, "OUT_OF_RANGE"),
        ("page=x", 400, "INVALID_ARGUMENT"),
        ("order=up", 400, "INVALID_ARGUMENT"),
        ("paymentStatus=gone", 400, "INVALID_ARGUMENT"),
        ("paymentCreationDate.gte=yesterday", 400, "INVALID_ARGUMENT"),
        ("paymentCreationDate.gte=2026-01-02T00:00:00", 400, "INVALID_ARGUMENT"),
        (
            "paymentCreationDate.gte=2026-01-02T00:00:00Z&paymentCreationDate.lte=2026-01-01T00:00:00Z",
            400,
            "CARRIER_BILLING.INVALID_DATE_RANGE",
        ),
        (
            "paymentCreationDate.gte=2999-01-02T00:00:00Z",
            400,
            "CARRIER_BILLING.INVALID_DATE_RANGE",
        ),
    ] {
        assert_eq!(
            merchant.get(&format!("{list}?{query}"), status).await["code"],
            code,
            "{query}"
        );
    }
    let found = merchant
        .get_as(&merchant.token, &format!("{list}?page=2&perPage=2&order=asc"))
        .await;
    assert_eq!(found.headers()["x-total-count"], "5");
    assert_eq!(found.headers()["content-last-key"], "4");
    let found = said(found, 200).await;
    assert_eq!(found[0]["amountTransaction"]["referenceCode"], "n2");
    let newest = merchant
        .get(&format!("{list}?paymentStatus=reserved&paymentStatus=denied"), 200)
        .await;
    let names: Vec<_> = newest
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["amountTransaction"]["referenceCode"].clone())
        .collect();
    assert_eq!(names, ["n4", "n3"]);
    let since = newest[1]["paymentCreationDate"].as_str().unwrap();
    let some = merchant
        .get(
            &format!("{list}?paymentCreationDate.gte={since}&merchantIdentifier=2000"),
            200,
        )
        .await;
    assert_eq!(some.as_array().unwrap().len(), 2);
    assert_eq!(
        merchant.get(&format!("{list}?merchantIdentifier=2001"), 200).await,
        json!([])
    );

    let reserved = newest[0].clone();
    for step in ["confirm", "cancel"] {
        for (body, status, code) in [
            (json!({}), 422, "MISSING_IDENTIFIER"),
            (json!([]), 400, "INVALID_ARGUMENT"),
            (by("123"), 400, "INVALID_ARGUMENT"),
            (by("+819000000000"), 404, "IDENTIFIER_NOT_FOUND"),
            (by(KENJI), 404, "NOT_FOUND"),
        ] {
            assert_eq!(
                merchant.step(&reserved, step, &body, status).await["code"],
                code,
                "{step} {body}"
            );
        }
        let nothing = json!({ "paymentId": "none" });
        assert_eq!(merchant.step(&nothing, step, &by(AIKO), 404).await["code"], "NOT_FOUND");
    }
    assert_eq!(
        merchant.step(&reserved, "validate", &json!({ "code": "1" }), 400).await["code"],
        "INVALID_ARGUMENT"
    );
    let code = json!({ "authorizationId": "x", "code": "1" });
    assert_eq!(
        merchant.step(&reserved, "validate", &code, 400).await["code"],
        "CARRIER_BILLING.INVALID_AUTHORIZATION_ID"
    );
    assert_eq!(
        merchant
            .step(&json!({ "paymentId": "none" }), "validate", &code, 404)
            .await["code"],
        "NOT_FOUND"
    );
    let reads = merchant
        .token_of(&merchant.client, "carrier-billing:payments:read")
        .await;
    let writes = std::mem::replace(&mut merchant.token, reads);
    assert_eq!(
        merchant.step(&reserved, "validate", &code, 403).await["code"],
        "PERMISSION_DENIED"
    );
    for step in ["confirm", "cancel"] {
        assert_eq!(
            merchant.step(&reserved, step, &by(AIKO), 403).await["code"],
            "PERMISSION_DENIED"
        );
    }
    // What allowed it is gone before it is confirmed: the enterprise is not paid any more.
    merchant.token = writes;
    let gone =
        json!({ "party": merchant.paid.to_string(), "name": "Lantern Records", "number": 2000, "trusted": false });
    merchant.operate("/v1/enterprises", "gone", gone).await;
    assert_eq!(
        merchant.step(&reserved, "confirm", &by(AIKO), 403).await["code"],
        "CARRIER_BILLING.PAYMENT_DENIED"
    );
    assert_eq!(merchant.state(&reserved).await, "denied");
    merchant.close().await;
}

/// proves: row-84
#[tokio::test]
async fn who_asks_too_fast_is_told_so_in_the_texts_words() {
    let pace = Pace {
        per_second: 1,
        burst: 1,
        misses_per_minute: 1,
    };
    let merchant = Merchant::open_with(|config, _| config.pace = pace).await;
    // This machine may ask a thousand times as fast as others.
    let path = format!("{REFUND}/payments/none/refunds");
    let mut slow = None;
    for _ in 0..1100 {
        let answer = merchant.get_as(&merchant.token, &path).await;
        if answer.status() == 429 {
            slow = Some(answer);
            break;
        }
    }
    let no = slow.unwrap();
    assert!(no.headers().contains_key("retry-after"));
    assert_eq!(said(no, 429).await["code"], "TOO_MANY_REQUESTS");
    merchant.close().await;
}
