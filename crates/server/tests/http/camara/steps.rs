//! One step and two: every state, every repeat, the subscriber's code, time that ends, tokens of a subscriber.

use serde_json::{Value as Json, json};

use super::{AIKO, BILLING, Merchant, by, payment, said, yen};

/// proves: ST-4 ST-17 row-53 row-85
#[tokio::test]
async fn a_payment_in_one_step_is_made_once_however_often_it_is_asked_for() {
    let merchant = Merchant::open(|_| {}).await;
    let asked = payment(1000, "order-1");
    let first = merchant.create(&asked).await;
    let again = merchant.create(&asked).await;
    assert_eq!(first, again);
    assert_eq!(first["paymentStatus"], "succeeded");
    assert!(first["paymentDate"].is_string() && first["paymentCreationDate"].is_string());
    let about = &first["amountTransaction"];
    assert_eq!(about["phoneNumber"], AIKO);
    assert_eq!(about["paymentAmount"], asked["amountTransaction"]["paymentAmount"]);
    assert!(
        about["resourceURL"]
            .as_str()
            .unwrap()
            .ends_with(first["paymentId"].as_str().unwrap())
    );
    // The correlator stands for this payment; so does the reference, when a correlator is missing.
    let mut other = payment(1200, "order-2");
    other["amountTransaction"]["clientCorrelator"] = "req-order-1".into();
    let no = merchant.post(&format!("{BILLING}/payments"), &other, 400).await;
    assert_eq!(
        (no["code"].as_str(), no["message"].as_str()),
        (
            Some("INVALID_ARGUMENT"),
            Some("clientCorrelator already exist on server.")
        )
    );
    let mut blind = payment(1000, "order-1");
    blind["amountTransaction"]
        .as_object_mut()
        .unwrap()
        .remove("clientCorrelator");
    let no = merchant.post(&format!("{BILLING}/payments"), &blind, 409).await;
    assert_eq!(no["code"], "ALREADY_EXISTS");
    // A client that is held to the letter gets a refusal instead of the answer.
    let new = json!({ "name": "Strict", "payees": [{ "party": merchant.paid.to_string() }], "strict": true, "unasked": true });
    let strict = merchant.add_client(new).await;
    let token = merchant.token_of(&strict, "").await;
    let mut own = payment(10, "order-1");
    own["amountTransaction"]["paymentAmount"]
        .as_object_mut()
        .unwrap()
        .remove("chargingMetaData");
    let path = format!("{BILLING}/payments");
    said(merchant.post_as(&token, &path, &own.to_string()).await, 201).await;
    let no = said(merchant.post_as(&token, &path, &own.to_string()).await, 400).await;
    assert_eq!(no["message"], "clientCorrelator already exist on server.");
    // One client's payments are nobody else's.
    let one = format!("{path}/{}", first["paymentId"].as_str().unwrap());
    assert_eq!(
        said(merchant.get_as(&token, &one).await, 404).await["code"],
        "NOT_FOUND"
    );
    assert_eq!(merchant.get(&one, 200).await, first);
    merchant.close().await;
}

/// proves: ST-4 row-52 row-53
#[tokio::test]
async fn what_was_reserved_is_confirmed_or_cancelled_or_ends_once() {
    let merchant = Merchant::open(|_| {}).await;
    let confirmed = merchant.prepare(&payment(6000, "a")).await;
    assert_eq!(confirmed["paymentStatus"], "reserved");
    assert!(confirmed["expiresAt"].is_string() && confirmed["paymentDate"].is_null());
    // What is reserved cannot be spent a second time.
    let no = merchant
        .post(&format!("{BILLING}/payments"), &payment(5000, "b"), 422)
        .await;
    assert_eq!(no["code"], "CARRIER_BILLING.USER_AMOUNT_THRESHOLD_OVERPASSED");
    merchant.step(&confirmed, "confirm", &by(AIKO), 202).await;
    assert_eq!(merchant.state(&confirmed).await, "succeeded");
    for step in ["confirm", "cancel"] {
        let no = merchant.step(&confirmed, step, &by(AIKO), 409).await;
        assert_eq!(no["code"], "CARRIER_BILLING.PAYMENT_CONFIRMED");
    }
    let cancelled = merchant.prepare(&payment(4000, "c")).await;
    merchant.step(&cancelled, "cancel", &by(AIKO), 202).await;
    assert_eq!(merchant.state(&cancelled).await, "cancelled");
    for step in ["confirm", "cancel"] {
        let no = merchant.step(&cancelled, step, &by(AIKO), 409).await;
        assert_eq!(no["code"], "CARRIER_BILLING.PAYMENT_CANCELLED");
    }
    // Nobody confirms this one in time; the same request is still answered as it was.
    let left = merchant.prepare(&payment(4000, "d")).await;
    merchant.later(15 * 60);
    let no = merchant.step(&left, "confirm", &by(AIKO), 409).await;
    assert_eq!(no["code"], "CARRIER_BILLING.PAYMENT_CANCELLED");
    assert_eq!(merchant.state(&left).await, "cancelled");
    assert_eq!(merchant.prepare(&payment(4000, "d")).await["paymentStatus"], "reserved");
    assert_eq!(merchant.create(&payment(4000, "e")).await["paymentStatus"], "succeeded");
    // A payment in one step has no second.
    let one = merchant
        .post(&format!("{BILLING}/payments"), &payment(1, "f"), 422)
        .await;
    assert_eq!(one["code"], "CARRIER_BILLING.USER_AMOUNT_THRESHOLD_OVERPASSED");
    merchant.close().await;
}

/// A program that nobody told the carrier charges a number by itself: without the subscriber's own word to the carrier nothing is
/// charged (direct POST), and in two steps he is sent a code first, whatever the amount.
///
/// proves: ST-4 row-10
#[tokio::test]
async fn nobody_is_charged_who_said_nothing_to_the_carrier() {
    let merchant = Merchant::open(|_| {}).await;
    let payees = json!([{ "party": merchant.paid.to_string(), "number": 2000 }]);
    let new = json!({ "name": "Zombie Button", "payees": payees });
    let client = merchant.add_client(new).await;
    let merchant = Merchant {
        token: merchant.token_of(&client, "").await,
        ..merchant
    };
    let no = merchant
        .post(&format!("{BILLING}/payments"), &payment(100, "direct"), 403)
        .await;
    assert_eq!(no["code"], "PERMISSION_DENIED");
    // It left nothing behind: the same reference may be asked for in two steps.
    let asked = merchant.prepare(&payment(100, "direct-2")).await;
    assert_eq!(asked["paymentStatus"], "pending_validation");
    assert_eq!(
        merchant.step(&asked, "confirm", &by(AIKO), 403).await["code"],
        "CARRIER_BILLING.PAYMENT_DENIED"
    );
    assert_eq!(merchant.state(&asked).await, "pending_validation");
    merchant.close().await;
}

/// proves: ST-4 row-53
#[tokio::test]
async fn a_dear_payment_needs_the_code_that_its_subscriber_was_sent() {
    let merchant = Merchant::open(|charging| charging.code_from = Some(yen(3000))).await;
    let code = || async {
        let texts = merchant.look("/v1/texts").await;
        let text = texts.as_array().unwrap().last().unwrap().clone();
        assert_eq!(text["number"], AIKO);
        let gone = format!(
            "{}/v1/texts/{}/{}",
            merchant.carrier.address,
            text["ends"],
            text["id"].as_str().unwrap()
        );
        let sent = merchant
            .world
            .client
            .delete(gone)
            .bearer_auth(super::OPERATOR)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 204);
        text["text"].as_str().unwrap()[..6].to_owned()
    };
    assert_eq!(
        merchant.prepare(&payment(100, "cheap")).await["paymentStatus"],
        "reserved"
    );
    let dear = merchant.prepare(&payment(3000, "dear")).await;
    assert_eq!(
        (&dear["paymentStatus"], &dear["validationInfo"]["action"]),
        (&json!("pending_validation"), &json!("validate"))
    );
    let no = merchant
        .post(&format!("{BILLING}/payments/prepare"), &payment(3000, "second"), 409)
        .await;
    assert_eq!(
        (no["code"].as_str(), no["message"].as_str()),
        (
            Some("ALREADY_EXISTS"),
            Some("Another session is created for the same UE")
        )
    );
    assert_eq!(
        merchant.step(&dear, "confirm", &by(AIKO), 403).await["code"],
        "CARRIER_BILLING.PAYMENT_DENIED"
    );
    let right = code().await;
    let with = |payment: &Json, code: &str| json!({ "authorizationId": payment["validationInfo"]["authorizationId"], "code": code });
    let other = json!({ "authorizationId": "none", "code": right });
    assert_eq!(
        merchant.step(&dear, "validate", &other, 400).await["code"],
        "CARRIER_BILLING.INVALID_AUTHORIZATION_ID"
    );
    let wrong = if right == "000000" { "111111" } else { "000000" };
    assert_eq!(
        merchant.step(&dear, "validate", &with(&dear, wrong), 400).await["code"],
        "CARRIER_BILLING.INVALID_CODE"
    );
    merchant.step(&dear, "validate", &with(&dear, &right), 204).await;
    let no = merchant.step(&dear, "validate", &with(&dear, &right), 409).await;
    assert_eq!(no["message"], "Payment already validated");
    merchant.step(&dear, "confirm", &by(AIKO), 202).await;
    assert_eq!(merchant.state(&dear).await, "succeeded");
    // Somebody guesses.
    let guessed = merchant.prepare(&payment(3000, "guessed")).await;
    let right = code().await;
    let wrong = if right == "000000" { "111111" } else { "000000" };
    for expected in ["INVALID_CODE", "INVALID_CODE", "VALIDATION_FAILED", "VALIDATION_FAILED"] {
        let no = merchant.step(&guessed, "validate", &with(&guessed, wrong), 400).await;
        assert_eq!(no["code"], format!("CARRIER_BILLING.{expected}"));
    }
    let no = merchant.step(&guessed, "validate", &with(&guessed, &right), 400).await;
    assert_eq!(no["code"], "CARRIER_BILLING.VALIDATION_FAILED");
    assert_eq!(merchant.state(&guessed).await, "denied");
    assert_eq!(
        merchant.step(&guessed, "confirm", &by(AIKO), 403).await["code"],
        "CARRIER_BILLING.PAYMENT_DENIED"
    );
    assert_eq!(
        merchant.step(&guessed, "cancel", &by(AIKO), 403).await["code"],
        "PERMISSION_DENIED"
    );
    // What waits for a code can be given up.
    let given_up = merchant.prepare(&payment(3000, "given-up")).await;
    merchant.step(&given_up, "cancel", &by(AIKO), 202).await;
    let no = merchant
        .step(&given_up, "validate", &with(&given_up, &code().await), 400)
        .await;
    assert_eq!(no["code"], "CARRIER_BILLING.INVALID_AUTHORIZATION_ID");
    merchant.close().await;
}

/// proves: ST-4 row-76
#[tokio::test]
async fn a_subscriber_who_agreed_is_charged_by_his_token_and_is_all_it_shows() {
    let merchant = Merchant::open(|_| {}).await;
    let scope = "openid carrier-billing:payments:create carrier-billing:payments:read carrier-billing:payments:write";
    let hint = format!("tel:{AIKO}");
    let ask = [
        ("login_hint", hint.as_str()),
        ("scope", scope),
        ("binding_message", "HORN 41"),
    ];
    let fetch = |asked: Json| {
        let id = asked["auth_req_id"].as_str().unwrap().to_owned();
        let merchant = &merchant;
        async move {
            let form = [
                ("grant_type", "urn:openid:params:grant-type:ciba"),
                ("auth_req_id", id.as_str()),
            ];
            let answer = merchant.form("/oauth2/token", &merchant.client, &form).await;
            (answer.status().as_u16(), answer.json::<Json>().await.unwrap())
        }
    };
    for (yes, expected) in [(false, "access_denied"), (true, "")] {
        let asked: Json = merchant
            .form("/oauth2/bc-authorize", &merchant.client, &ask)
            .await
            .json()
            .await
            .unwrap();
        let (status, no) = fetch(asked.clone()).await;
        assert_eq!((status, no["error"].as_str()), (400, Some("authorization_pending")));
        assert_eq!(fetch(asked.clone()).await.1["error"], "slow_down");
        let texts = merchant.look("/v1/texts").await;
        let text = texts
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .find(|one| one["text"].as_str().unwrap().contains("/consent/"));
        let text = text.unwrap().clone();
        let link = text["text"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
        let page = merchant.world.client.get(&link).send().await.unwrap();
        assert_eq!(page.headers()["cache-control"], "no-store");
        let page = page.text().await.unwrap();
        assert!(page.contains("Lantern Shop") && page.contains("HORN 41"), "{page}");
        let answer = if yes { "answer=yes" } else { "answer=no" };
        let request = merchant
            .world
            .client
            .post(&link)
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.body(answer).send().await.unwrap().status(), 200);
        let gone = format!(
            "{}/v1/texts/{}/{}",
            merchant.carrier.address,
            text["ends"],
            text["id"].as_str().unwrap()
        );
        merchant
            .world
            .client
            .delete(gone)
            .bearer_auth(super::OPERATOR)
            .send()
            .await
            .unwrap();
        let (status, said_of) = fetch(asked.clone()).await;
        if !yes {
            assert_eq!((status, said_of["error"].as_str()), (400, Some(expected)));
            continue;
        }
        assert_eq!(status, 200, "{said_of}");
        // The answer was fetched.
        assert_eq!(fetch(asked).await.1["error"], "invalid_grant");
        let token = said_of["access_token"].as_str().unwrap();
        let path = format!("{BILLING}/payments");
        let no = said(
            merchant.post_as(token, &path, &payment(100, "his").to_string()).await,
            422,
        )
        .await;
        assert_eq!(no["code"], "UNNECESSARY_IDENTIFIER");
        let mut own = payment(100, "his");
        own["amountTransaction"].as_object_mut().unwrap().remove("phoneNumber");
        let made = said(merchant.post_as(token, &path, &own.to_string()).await, 201).await;
        assert_eq!(made["amountTransaction"]["phoneNumber"], AIKO);
        let prepared = said(
            merchant
                .post_as(
                    token,
                    &format!("{path}/prepare"),
                    &own.to_string().replace("his", "two"),
                )
                .await,
            201,
        )
        .await;
        let confirm = format!("{path}/{}/confirm", prepared["paymentId"].as_str().unwrap());
        assert_eq!(
            said(merchant.post_as(token, &confirm, &by(AIKO).to_string()).await, 422).await["code"],
            "UNNECESSARY_IDENTIFIER"
        );
        said(merchant.post_as(token, &confirm, "{}").await, 202).await;
        assert_eq!(
            said(merchant.get_as(token, &path).await, 200)
                .await
                .as_array()
                .unwrap()
                .len(),
            2
        );
        let other = format!("{}/v1/clients/{}", merchant.carrier.address, merchant.client.0);
        merchant
            .world
            .client
            .delete(other)
            .bearer_auth(super::OPERATOR)
            .send()
            .await
            .unwrap();
        assert_eq!(
            said(merchant.get_as(token, &path).await, 401).await["code"],
            "UNAUTHENTICATED"
        );
    }
    merchant.close().await;
}
