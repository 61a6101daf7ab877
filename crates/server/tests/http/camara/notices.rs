//! Notices: a merchant's own server hears what becomes of its payments, as CloudEvents, with the token it gave, until it says it
//! heard; and payments that wait for a trust registry.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use deal::enterprise::{EnterpriseNo, TrustAsk, read_trust};
use serde_json::{Value as Json, json};
use server::{
    config::Role,
    frame::{
        bind::TlsFiles,
        serve::{Wire, serve},
    },
    running::{Running, start},
};
use tokio::sync::{mpsc, watch};

use super::super::{
    records::seller,
    world::{World, code_of, config, id},
};
use super::{AIKO, BILLING, Merchant, REFUND, by, payment, yen};

type Told = (HeaderMap, Json);

/// A merchant's own server: takes each notice the second time only.
struct Ear {
    address: String,
    heard: mpsc::UnboundedReceiver<Told>,
    stop: watch::Sender<bool>,
}

type Ears = (mpsc::UnboundedSender<Told>, Arc<Mutex<BTreeMap<String, u32>>>);

async fn hear(State((tell, seen)): State<Ears>, headers: HeaderMap, body: String) -> StatusCode {
    let event: Json = serde_json::from_str(&body).unwrap();
    let mut seen = seen.lock().unwrap();
    let times = seen.entry(event["id"].as_str().unwrap().to_owned()).or_default();
    *times += 1;
    tell.send((headers, event)).unwrap();
    if *times == 1 {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::NO_CONTENT
    }
}

/// The trust registry, ready.
async fn trust_registry(world: &World) -> Running {
    let (maker, dir) = (&world.maker, world.dir.path());
    let config = config(maker, dir, Role::TrustRegistry, seal::Role::TrustRegistry, "Trust");
    let mut trust = start(config).await.unwrap();
    trust.ready().await;
    trust
}

fn tls() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/tls")
}

/// Serves a merchant's own addresses; their beginning, and what ends it.
async fn listen(app: Router) -> (String, watch::Sender<bool>) {
    let files = TlsFiles {
        certificate: tls().join("certificate.pem"),
        key: tls().join("key.pem"),
    };
    let wire = Wire::load(Some(&files)).unwrap();
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, wire, false, app, stopped));
    (address, stop)
}

impl Ear {
    async fn open() -> Self {
        let (tell, heard) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/told", post(hear))
            .route("/gone", post(|| async { StatusCode::GONE }))
            .with_state((tell, Arc::default()));
        let (address, stop) = listen(app).await;
        let address = format!("{address}/told");
        Self { address, heard, stop }
    }

    /// Whatever comes next; the carrier's clock goes on until it does.
    async fn any(&mut self, merchant: &Merchant) -> Told {
        loop {
            let wait = std::time::Duration::from_millis(400);
            if let Ok(told) = tokio::time::timeout(wait, self.heard.recv()).await {
                return told.unwrap();
            }
            merchant.later(6);
        }
    }

    /// The next notice that was not heard before, once it was told again with the same content.
    async fn next(&mut self, merchant: &Merchant) -> Json {
        let (headers, event) = self.any(merchant).await;
        assert_eq!(headers["content-type"], "application/cloudevents+json");
        assert_eq!(headers["authorization"], "Bearer merchants-own");
        for (name, value) in [("specversion", "1.0"), ("datacontenttype", "application/json")] {
            assert_eq!(event[name], value);
        }
        assert_eq!(event["source"], merchant.carrier.address);
        assert!(event["time"].is_string() && event["data"]["paymentId"].is_string());
        let (_, again) = self.any(merchant).await;
        assert_eq!(event, again);
        event
    }

    fn add(&self, body: &Json) -> Json {
        let mut body = body.clone();
        body["sink"] = json!(self.address);
        body["sinkCredential"] = json!({ "credentialType": "ACCESSTOKEN", "accessToken": "merchants-own",
            "accessTokenType": "bearer", "accessTokenExpiresUtc": "2099-01-01T00:00:00+09:00" });
        body
    }
}

fn kind(event: &Json) -> &str {
    event["type"]
        .as_str()
        .unwrap()
        .strip_prefix("org.camaraproject.")
        .unwrap()
}

/// proves: ST-6 row-52 row-53
#[tokio::test]
async fn a_merchant_hears_each_turn_of_a_payment_once_more_than_it_was_lost() {
    let merchant = Merchant::open(|charging| {
        charging.sink_roots = Some(tls().join("root.pem"));
        charging.code_from = Some(yen(5000));
    })
    .await;
    let mut ear = Ear::open().await;
    let one = merchant.create(&ear.add(&payment(1000, "one"))).await;
    assert_eq!(one["sink"], ear.address);
    let event = ear.next(&merchant).await;
    assert_eq!(kind(&event), "carrier-billing.v0.payment-completed");
    assert_eq!(
        (&event["data"]["status"], &event["data"]["paymentDate"]),
        (&json!("succeeded"), &one["paymentDate"])
    );
    let two = merchant.prepare(&ear.add(&payment(1000, "two"))).await;
    assert_eq!(kind(&ear.next(&merchant).await), "carrier-billing.v0.payment-reserved");
    merchant.step(&two, "cancel", &by(AIKO), 202).await;
    assert_eq!(kind(&ear.next(&merchant).await), "carrier-billing.v0.payment-cancelled");
    // Nobody says the code in time.
    let three = merchant.prepare(&ear.add(&payment(5000, "three"))).await;
    assert_eq!(
        kind(&ear.next(&merchant).await),
        "carrier-billing.v0.payment-pending-validation"
    );
    merchant.later(15 * 60);
    let event = ear.next(&merchant).await;
    assert_eq!(kind(&event), "carrier-billing.v0.payment-cancelled");
    assert_eq!(
        (&event["data"]["paymentId"], &event["data"]["description"]),
        (&three["paymentId"], &json!("The time to confirm has ended"))
    );
    let back =
        ear.add(&json!({ "type": "total", "amountTransaction": { "referenceCode": "back", "refundAmount": {} } }));
    let path = format!("{REFUND}/payments/{}/refunds", one["paymentId"].as_str().unwrap());
    let refund = merchant.post(&path, &back, 201).await;
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let (_, event) = ear.any(&merchant).await;
        assert_eq!(event["data"]["refundId"], refund["refundId"]);
        kinds.push(kind(&event).to_owned());
    }
    kinds.sort();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "carrier-billing-refund.v0.refund-completed",
            "carrier-billing-refund.v0.refund-in-bill"
        ]
    );
    // A server that is gone is told nothing any more; people see what it missed.
    let mut gone = payment(10, "gone");
    gone["sink"] = json!(ear.address.replace("/told", "/gone"));
    let missed = merchant.create(&gone).await;
    loop {
        let lost = merchant.look("/v1/notices/lost").await;
        if let Some(one) = lost.as_array().unwrap().first() {
            assert_eq!(
                (&one["payment"], &one["kind"]),
                (&missed["paymentId"], &json!("completed"))
            );
            break;
        }
        tokio::task::yield_now().await;
    }
    ear.stop.send(true).unwrap();
    merchant.close().await;
}

/// A merchant's address that sends the carrier on, to some address within the carrier's own network: it goes nowhere, and what
/// was to be told is told again later.
///
/// proves: row-86
#[tokio::test]
async fn a_merchant_leads_its_carrier_to_no_other_address() {
    let merchant = Merchant::open(|charging| charging.sink_roots = Some(tls().join("root.pem"))).await;
    let mut ear = Ear::open().await;
    let (asked, mut asks) = mpsc::unbounded_channel();
    let inside = ear.address.clone();
    let turn = post(move || {
        asked.send(()).unwrap();
        let to = [("location", inside.clone())];
        async move { (StatusCode::TEMPORARY_REDIRECT, to) }
    });
    let (address, stop) = listen(Router::new().route("/turn", turn)).await;
    let mut led = payment(10, "led");
    led["sink"] = json!(format!("{address}/turn"));
    merchant.create(&led).await;
    for _ in 0..2 {
        loop {
            let wait = std::time::Duration::from_millis(400);
            if let Ok(asked) = tokio::time::timeout(wait, asks.recv()).await {
                asked.unwrap();
                break;
            }
            merchant.later(6);
        }
    }
    // The first that the other address hears is what it was told itself.
    let own = merchant.create(&ear.add(&payment(20, "own"))).await;
    assert_eq!(ear.next(&merchant).await["data"]["paymentId"], own["paymentId"]);
    stop.send(true).unwrap();
    ear.stop.send(true).unwrap();
    merchant.close().await;
}

/// Another merchant's address takes what it is told and never answers: the others hear theirs without waiting behind it.
///
/// proves: row-94 ST-6
#[tokio::test]
async fn a_merchant_who_never_answers_holds_up_nobody_else() {
    let merchant = Merchant::open(|charging| charging.sink_roots = Some(tls().join("root.pem"))).await;
    let deaf = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = format!("https://{}/told", deaf.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = deaf.accept().await {
            open.push(stream);
        }
    });
    for n in 0..64 {
        let mut body = payment(1, &format!("deaf-{n}"));
        body["sink"] = json!(at);
        merchant.prepare(&body).await;
    }
    let mut ear = Ear::open().await;
    let one = merchant.create(&ear.add(&payment(1000, "heard"))).await;
    let began = std::time::Instant::now();
    let event = ear.next(&merchant).await;
    assert_eq!(event["data"]["paymentId"], one["paymentId"]);
    // Behind the others, sixteen at a time and each until it is given up, it would come after twenty seconds, twice.
    let took = began.elapsed();
    assert!(took < std::time::Duration::from_secs(15), "{took:?}");
    ear.stop.send(true).unwrap();
    merchant.close().await;
}

/// proves: ST-13 ST-14
#[tokio::test]
async fn an_enterprise_nobody_listed_is_asked_for_while_the_payment_is_processing() {
    let mut registry = None;
    let mut merchant = Merchant::open_with(|config, world| {
        config.charging.sink_roots = Some(tls().join("root.pem"));
        registry = Some(id(&world.maker, seal::Role::TrustRegistry, "Trust"));
        config.charging.trust_registry = registry;
    })
    .await;
    let trust = trust_registry(&merchant.world).await;
    assert_eq!(Some(trust.id), registry);
    let list = json!({ "enterprise": 2500, "party": merchant.unlisted().to_string() });
    let request = merchant
        .world
        .client
        .post(format!("{}/v1/enterprises", trust.address))
        .bearer_auth(super::OPERATOR);
    assert_eq!(request.json(&list).send().await.unwrap().status(), 200);
    merchant.others.push(trust);
    let mut ear = Ear::open().await;
    let of = |sum, reference: &str, merchant: &str| {
        let mut body = payment(sum, reference);
        body["amountTransaction"]["paymentAmount"]["chargingMetaData"]["merchantIdentifier"] = json!(merchant);
        body
    };
    let one = merchant.create(&ear.add(&of(1000, "one", "2500"))).await;
    assert_eq!(
        (&one["paymentStatus"], one.get("paymentDate")),
        (&json!("processing"), None)
    );
    assert_eq!(merchant.create(&ear.add(&of(1000, "one", "2500"))).await, one);
    // Its amount is kept free meanwhile.
    let no = merchant
        .post(&format!("{BILLING}/payments"), &payment(9001, "much"), 422)
        .await;
    assert_eq!(no["code"], "CARRIER_BILLING.USER_AMOUNT_THRESHOLD_OVERPASSED");
    let event = ear.next(&merchant).await;
    assert_eq!(
        (kind(&event), &event["data"]["paymentId"]),
        ("carrier-billing.v0.payment-completed", &one["paymentId"])
    );
    assert_eq!(merchant.state(&one).await, "succeeded");
    // The answer is kept for a while: the next one is decided at once.
    assert_eq!(
        merchant.create(&of(10, "two", "2500")).await["paymentStatus"],
        "succeeded"
    );
    ear.stop.send(true).unwrap();
    merchant.close().await;
}

/// A trust registry is asked by an address too, which finds numbers and parties, and makes nobody trusted: whoever else answers
/// there is not listed, and the signed word about him is no.
///
/// proves: ST-14 row-7
#[tokio::test]
async fn a_registry_finds_enterprises_by_address_and_trusts_nobody_for_it() {
    let merchant = Merchant::open(|_| {}).await;
    let shop = seller(&merchant.world, "Minato Licenses").await;
    let trust = trust_registry(&merchant.world).await;
    let client = &merchant.world.client;
    let list = json!({ "enterprise": 2500, "party": shop.id.to_string() });
    let request = client
        .post(format!("{}/v1/enterprises", trust.address))
        .bearer_auth(super::OPERATOR);
    assert_eq!(request.json(&list).send().await.unwrap().status(), 200);
    let at = |address: String| {
        let door = format!("{}/v1/enterprises/at", trust.address);
        let asked = reqwest::Url::parse_with_params(&door, [("address", address)]).unwrap();
        client.get(asked).send()
    };
    for spelt in [
        shop.address.clone(),
        format!("{}/", shop.address),
        shop.address.to_uppercase(),
    ] {
        let found: Json = at(spelt).await.unwrap().json().await.unwrap();
        let first = &found["enterprises"][0];
        assert_eq!(
            (&first["enterprise"], &first["party"]),
            (&json!(2500), &json!(shop.id.to_string())),
            "{found}"
        );
    }
    // Another party's address, one of nobody, and what is none.
    for other in [merchant.carrier.address.clone(), "https://licenses.example".to_owned()] {
        let found: Json = at(other.clone()).await.unwrap().json().await.unwrap();
        assert_eq!(found["enterprises"], json!([]), "{other}");
    }
    for none in [String::new(), "a b".to_owned(), "x".repeat(201)] {
        assert_eq!(code_of(at(none).await.unwrap()).await, "trust-address");
    }
    // Whoever says he is the enterprise that was found is asked about himself.
    for (party, trusted) in [(shop.id, true), (merchant.unlisted(), false)] {
        let asked = TrustAsk {
            enterprise: EnterpriseNo(2500),
            party,
            nonce: [7; 16],
        };
        let answer = merchant.world.post(&trust, "trust", seal::cbor::to_bytes(&asked)).await;
        let sheet = answer.bytes().await.unwrap();
        let mut realm = seal::Trust::new(merchant.world.realm.clone());
        for certificate in merchant.world.maker.certifiers() {
            realm.learn(&certificate).unwrap();
        }
        let said = read_trust(&sheet, &asked, trust.id, &realm, super::super::world::now());
        assert_eq!(said.ok(), Some(trusted));
    }
    trust.stop().await;
    shop.stop().await;
    merchant.close().await;
}

/// proves: ST-13 ST-25
#[tokio::test]
async fn an_enterprise_the_registry_does_not_trust_is_denied() {
    let mut merchant = Merchant::open_with(|config, world| {
        config.charging.sink_roots = Some(tls().join("root.pem"));
        config.charging.trust_registry = Some(id(&world.maker, seal::Role::TrustRegistry, "Trust"));
    })
    .await;
    let trust = trust_registry(&merchant.world).await;
    merchant.others.push(trust);
    let mut ear = Ear::open().await;
    let mut body = payment(1000, "one");
    body["amountTransaction"]["paymentAmount"]["chargingMetaData"]["merchantIdentifier"] = json!("2500");
    let one = merchant.prepare(&ear.add(&body)).await;
    assert_eq!(one["paymentStatus"], "processing");
    let event = ear.next(&merchant).await;
    assert_eq!(
        (kind(&event), &event["data"]["status"]),
        ("carrier-billing.v0.payment-denied", &json!("failed"))
    );
    assert!(event["data"]["denialReason"].is_string());
    assert_eq!(merchant.state(&one).await, "denied");
    let mut next = payment(1000, "next");
    next["amountTransaction"]["paymentAmount"]["chargingMetaData"]["merchantIdentifier"] = json!("2500");
    let no = merchant.post(&format!("{BILLING}/payments"), &next, 403).await;
    assert_eq!(no["code"], "CARRIER_BILLING.PAYMENT_DENIED");
    ear.stop.send(true).unwrap();
    merchant.close().await;
}
