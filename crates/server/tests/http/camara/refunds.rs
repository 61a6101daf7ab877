//! Refunds, total and partial: the amounts that are left, the people who look at some, each error.

use serde_json::{Value as Json, json};

use super::{Merchant, REFUND, payment, said, yen};

fn path(of: &Json) -> String {
    format!("{REFUND}/payments/{}/refunds", of["paymentId"].as_str().unwrap())
}

fn partial(sum: i64, reference: &str) -> Json {
    json!({ "type": "partial", "reason": "Returned", "amountTransaction": { "clientCorrelator": format!("r-{reference}"),
        "referenceCode": reference, "refundAmount": { "chargingInformation": { "amount": sum, "currency": "JPY",
            "description": "back" } } } })
}

fn total(reference: &str) -> Json {
    json!({ "type": "total", "amountTransaction": { "clientCorrelator": format!("r-{reference}"), "referenceCode": reference,
        "refundAmount": {} } })
}

async fn left(merchant: &Merchant, of: &Json) -> Json {
    let said = merchant.get(&format!("{}/remaining-amount", path(of)), 200).await;
    assert_eq!(said["currency"], "JPY");
    said["amount"].clone()
}

/// proves: row-9 row-53
#[tokio::test]
async fn refunds_never_add_up_to_more_than_was_paid_and_those_under_consideration_count() {
    let merchant = Merchant::open(|charging| charging.review_refunds_from = Some(yen(400))).await;
    let paid = merchant.create(&payment(1000, "p")).await;
    assert_eq!(left(&merchant, &paid).await, 1000);
    let part = merchant.post(&path(&paid), &partial(200, "a"), 201).await;
    assert_eq!(
        (&part["refundStatus"], &part["type"]),
        (&json!("succeeded"), &json!("partial"))
    );
    assert!(part["refundDate"].is_string());
    assert_eq!(merchant.post(&path(&paid), &partial(200, "a"), 201).await, part);
    assert_eq!(left(&merchant, &paid).await, 800);
    // Another content under the same correlator, and the same reference without one.
    let mut other = partial(300, "b");
    other["amountTransaction"]["clientCorrelator"] = "r-a".into();
    assert_eq!(
        merchant.post(&path(&paid), &other, 400).await["message"],
        "clientCorrelator already exist on server."
    );
    let mut blind = partial(200, "a");
    blind["amountTransaction"]
        .as_object_mut()
        .unwrap()
        .remove("clientCorrelator");
    assert_eq!(merchant.post(&path(&paid), &blind, 409).await["code"], "ALREADY_EXISTS");
    // Larger ones wait for people; what they ask back is not left meanwhile.
    let waits = merchant.post(&path(&paid), &partial(500, "c"), 201).await;
    assert_eq!(
        (&waits["refundStatus"], waits.get("refundDate")),
        (&json!("processing"), None)
    );
    assert_eq!(left(&merchant, &paid).await, 300);
    let no = merchant.post(&path(&paid), &partial(301, "d"), 422).await;
    assert_eq!(no["code"], "CARRIER_BILLING_REFUND.UNAUTHORIZED_AMOUNT");
    let waiting = merchant.look("/v1/refunds/waiting").await;
    assert_eq!(
        (waiting.as_array().unwrap().len(), &waiting[0]["refund"]),
        (1, &waits["refundId"])
    );
    // The operator's own refunds leave it alone as well.
    let request = merchant.world.client.post(format!(
        "{}/v1/purchases/{}/refunds",
        merchant.carrier.address,
        paid["paymentId"].as_str().unwrap()
    ));
    let request = request
        .bearer_auth(super::OPERATOR)
        .header("idempotency-key", "the-operators-own-refund");
    let no = request
        .json(&json!({ "amount": { "minor": "301", "currency": "JPY" } }))
        .send()
        .await
        .unwrap();
    assert_eq!(no.json::<Json>().await.unwrap()["code"], "refund-too-much");
    let one = format!("/v1/refunds/{}", waits["refundId"].as_str().unwrap());
    for granted in [false, true] {
        // The first word stands.
        let said_of = merchant.operate(&one, "-", json!({ "granted": granted })).await;
        assert_eq!(said_of["state"], "denied");
    }
    assert_eq!(left(&merchant, &paid).await, 800);
    // All that is left, by people's word.
    let all = merchant.post(&path(&paid), &total("e"), 201).await;
    assert_eq!(
        (&all["refundStatus"], left(&merchant, &paid).await),
        (&json!("processing"), json!(0))
    );
    let no = merchant.post(&path(&paid), &partial(1, "f"), 403).await;
    assert_eq!(no["code"], "CARRIER_BILLING_REFUND.PAYMENT_NOT_ELIGIBLE_FOR_REFUND");
    let one = format!("/v1/refunds/{}", all["refundId"].as_str().unwrap());
    assert_eq!(
        merchant.operate(&one, "-", json!({ "granted": true })).await["state"],
        "succeeded"
    );
    let own = format!("{}/{}", path(&paid), all["refundId"].as_str().unwrap());
    assert_eq!(merchant.get(&own, 200).await["refundStatus"], "succeeded");
    let listed = merchant
        .get(&format!("{}?refundStatus=succeeded&order=asc", path(&paid)), 200)
        .await;
    // Made in the same moment, they have no order among themselves.
    let id = |one: &serde_json::Value| one["refundId"].as_str().unwrap().to_owned();
    let ids: std::collections::BTreeSet<_> = listed.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, [id(&part), id(&all)].into());
    merchant.close().await;
}

/// proves: row-9 row-54
#[tokio::test]
async fn every_error_of_a_refund_is_the_one_the_text_names() {
    let mut merchant = Merchant::open(|charging| {
        charging.refunds_limit = Some(yen(1500));
        charging.refund_within_days = Some(30);
    })
    .await;
    let mut body = payment(1000, "p");
    body["amountTransaction"]["paymentAmount"]["paymentDetails"] = json!([
        { "id": "song", "amount": 600, "currency": "JPY", "description": "A song" },
        { "id": "book", "amount": 400, "currency": "JPY", "description": "A book" }]);
    let paid = merchant.create(&body).await;
    let items = |id: &str, sum: i64, reference: &str| {
        let mut body = partial(sum, reference);
        body["amountTransaction"]["refundAmount"]["refundDetails"] =
            json!([{ "paymentItemId": id, "amount": sum, "currency": "JPY", "description": "back" }]);
        body
    };
    let at = |pointer: &str, value: Json| {
        let mut body = partial(10, "x");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let charging = "/amountTransaction/refundAmount/chargingInformation";
    merchant.post(&path(&paid), &items("song", 500, "s1"), 201).await;
    for (body, status, code) in [
        (json!({ "type": "total" }), 400, "INVALID_ARGUMENT"),
        (at("/type", json!("half")), 400, "INVALID_ARGUMENT"),
        (
            at("/amountTransaction/refundAmount", json!({})),
            400,
            "INVALID_ARGUMENT",
        ),
        (
            at(&format!("{charging}/currency"), json!("EUR")),
            400,
            "INVALID_ARGUMENT",
        ),
        (at("/sink", json!("ftp://x")), 400, "INVALID_SINK"),
        (
            at("/sinkCredential", json!({ "credentialType": "PLAIN" })),
            400,
            "INVALID_CREDENTIAL",
        ),
        (
            at(&format!("{charging}/amount"), json!(0.5)),
            422,
            "CARRIER_BILLING_REFUND.UNAUTHORIZED_AMOUNT",
        ),
        (
            at(&format!("{charging}/amount"), json!(501)),
            422,
            "CARRIER_BILLING_REFUND.UNAUTHORIZED_AMOUNT",
        ),
        (
            at(&format!("{charging}/isTaxIncluded"), json!(true)),
            422,
            "CARRIER_BILLING_REFUND.TAXES_MANAGEMENT_MISMATCH",
        ),
        (
            items("film", 10, "x"),
            422,
            "CARRIER_BILLING_REFUND.REFUND_DETAILS_MISMATCH",
        ),
        (
            items("song", 101, "x"),
            422,
            "CARRIER_BILLING_REFUND.REFUND_DETAILS_MISMATCH",
        ),
        (
            at(
                "/amountTransaction/refundAmount/chargingMetaData",
                json!({ "merchantIdentifier": "2100" }),
            ),
            403,
            "PERMISSION_DENIED",
        ),
    ] {
        assert_eq!(merchant.post(&path(&paid), &body, status).await["code"], code, "{body}");
    }
    let reserved = merchant.prepare(&payment(100, "r")).await;
    assert_eq!(
        merchant.post(&path(&reserved), &total("r"), 422).await["code"],
        "CARRIER_BILLING_REFUND.INVALID_PAYMENT_STATUS"
    );
    let nothing = json!({ "paymentId": "none" });
    assert_eq!(
        merchant.post(&path(&nothing), &total("n"), 404).await["code"],
        "NOT_FOUND"
    );
    for place in ["", "/none", "/remaining-amount"] {
        assert_eq!(
            merchant.get(&format!("{}{place}", path(&nothing)), 404).await["code"],
            "NOT_FOUND"
        );
    }
    assert_eq!(
        merchant.get(&format!("{}/none", path(&paid)), 404).await["code"],
        "NOT_FOUND"
    );
    let late = format!("{}?refundCreationDate.gte=2999-01-01T00:00:00Z", path(&paid));
    assert_eq!(
        merchant.get(&late, 400).await["code"],
        "CARRIER_BILLING_REFUND.INVALID_DATE_RANGE"
    );
    assert_eq!(
        merchant.get(&format!("{}?page=0", path(&paid)), 400).await["code"],
        "OUT_OF_RANGE"
    );
    // More than this carrier gives back to one subscriber by itself.
    let dear = merchant.create(&payment(2000, "dear")).await;
    let no = merchant.post(&path(&dear), &partial(1001, "l"), 422).await;
    assert_eq!(no["code"], "CARRIER_BILLING_REFUND.USER_AMOUNT_THRESHOLD_OVERPASSED");
    // Too old, and all given back.
    let reads = merchant
        .token_of(&merchant.client, "carrier-billing-refund:refunds:read")
        .await;
    let no = said(
        merchant.post_as(&reads, &path(&paid), &total("t").to_string()).await,
        403,
    )
    .await;
    assert_eq!(no["code"], "PERMISSION_DENIED");
    assert_eq!(
        said(merchant.post_as("", &path(&paid), "{}").await, 401).await["code"],
        "UNAUTHENTICATED"
    );
    merchant.post(&path(&paid), &total("t"), 201).await;
    assert_eq!(
        merchant.post(&path(&paid), &total("t2"), 403).await["code"],
        "CARRIER_BILLING_REFUND.PAYMENT_NOT_ELIGIBLE_FOR_REFUND"
    );
    merchant.later(30 * 86_400);
    merchant.token = merchant.token_of(&merchant.client, "").await;
    assert_eq!(
        merchant.post(&path(&dear), &partial(1, "old"), 403).await["code"],
        "CARRIER_BILLING_REFUND.PAYMENT_NOT_ELIGIBLE_FOR_REFUND"
    );
    merchant.close().await;
}
