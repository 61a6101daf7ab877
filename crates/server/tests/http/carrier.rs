//! A carrier over HTTP: its operator's month, and the bill as its subscriber gets it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use reqwest::Response;
use seal::Role as Certified;
use serde_json::{Value as Json, json};
use server::{
    config::Role,
    frame::Clock,
    running::{Running, start},
};
use units::Moment;

use super::world::{OPERATOR, World, code_of, config, month_of, now};

const DAY: u64 = 86_400_000;

struct Office {
    world: World,
    carrier: Running,
    clock: Arc<AtomicU64>,
}

impl Office {
    async fn open() -> Self {
        let world = World::start().await;
        let mut config = config(
            &world.maker,
            world.dir.path(),
            Role::Carrier,
            Certified::Carrier,
            "Seto Mobile",
        );
        let clock = Arc::new(AtomicU64::new(now().0));
        let hand = clock.clone();
        config.clock = Clock::of(move || Moment(hand.load(Relaxed)));
        config.charging.bill_prefix = Some("SM".into());
        let carrier = start(config).await.unwrap();
        Self { world, carrier, clock }
    }

    async fn post_as(&self, token: &str, path: &str, key: &str, body: &Json) -> Response {
        let request = self.world.client.post(format!("{}{path}", self.carrier.address));
        let request = request.bearer_auth(token).header("idempotency-key", key).json(body);
        request.send().await.unwrap()
    }

    async fn post(&self, path: &str, key: &str, body: Json) -> Json {
        let answer = self.post_as(OPERATOR, path, key, &body).await;
        let status = answer.status();
        let json: Json = answer.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {json}");
        json
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.world.client.get(format!("{}{path}", self.carrier.address));
        request.bearer_auth(OPERATOR).send().await.unwrap()
    }

    async fn close(self) {
        self.carrier.stop().await;
        self.world.stop().await;
    }
}

fn yen(n: i64) -> Json {
    json!({ "minor": n.to_string(), "currency": "JPY" })
}

fn plan() -> Json {
    json!({ "id": "plain", "name": "Plain", "basic": yen(2000), "call_unit": 30, "call_price": yen(10),
        "packet_unit": 1000, "packet_price": yen(10) })
}

/// proves: ST-7 row-61 row-53
#[tokio::test]
async fn a_month_is_metered_billed_once_and_read_as_page_and_data() {
    let office = Office::open().await;
    let key = "a-key-of-sixteen-letters";
    office.post("/v1/plans", key, plan()).await;
    let mail = json!({ "id": "voice-mail", "name": "Voice mail", "monthly": yen(300) });
    office.post("/v1/services", key, mail).await;
    let aiko = json!({ "name": "Aiko <Yamada>", "address": ["2-14-6 Ekimae"], "number": "+819000004417", "plan": "plain",
        "services": ["voice-mail"] });
    let first = office.post("/v1/subscribers", key, aiko.clone()).await;
    let again = office.post("/v1/subscribers", key, aiko.clone()).await;
    assert_eq!(first["subscriber"], again["subscriber"]);
    let taken = office
        .post_as(OPERATOR, "/v1/subscribers", "another-key-of-letters", &aiko)
        .await;
    assert_eq!(code_of(taken).await, "contract-number-taken");
    // The month that begins next is whole: usage falls into it, and it is billed when it is over.
    office.clock.fetch_add(40 * DAY, Relaxed);
    let at = office.clock.load(Relaxed);
    let call = |seconds| json!({ "number": "+819000004417", "at": at, "call_seconds": seconds });
    let batch = json!({ "source": "switch-1", "first": 1, "records": [call(6450), json!({ "number": "+819000004417",
        "at": at, "packets": 42_950 }), json!({ "number": "+819000009999", "at": at, "packets": 1 })] });
    for _ in 0..2 {
        let taken = office.post("/v1/usage", key, batch.clone()).await;
        assert_eq!(taken, json!({ "counted": 2, "lost": 1, "late": 0 }));
    }
    let both = json!({ "source": "switch-1", "first": 9, "records": [{ "number": "+819000004417", "at": at,
        "call_seconds": 1, "packets": 1 }] });
    assert_eq!(
        code_of(office.post_as(OPERATOR, "/v1/usage", key, &both).await).await,
        "usage-record"
    );
    let month = month_of(at);
    let early = office
        .post_as(OPERATOR, &format!("/v1/months/{month}"), key, &json!({}))
        .await;
    assert_eq!(code_of(early).await, "month-not-over");
    office.clock.fetch_add(40 * DAY, Relaxed);
    let billed = bill_up_to(&office, &month).await;
    let twice = office.post(&format!("/v1/months/{month}"), key, json!({})).await;
    assert_eq!(
        (&billed["bills"], &billed["total"], &twice),
        (&json!(1), &yen(4880), &billed)
    );
    let bills: Json = office
        .get(&format!("/v1/months/{month}/bills"))
        .await
        .json()
        .await
        .unwrap();
    let link = bills["bills"][0]["link"].as_str().unwrap();
    let data: Json = office.get(&format!("/v1/bills/{link}")).await.json().await.unwrap();
    assert_eq!((&data["total"], &data["telephone_sum"]), (&yen(4880), &yen(4880)));
    assert_eq!(
        data["telephone"][0],
        json!({ "kind": "calls", "used": 6450, "amount": yen(2150) })
    );
    let csv = office
        .get(&format!("/v1/bills/{link}/lines.csv"))
        .await
        .text()
        .await
        .unwrap();
    let line = format!("SM-{month}-000001,{month},total,,,,,,4880,JPY\r\n");
    assert!(csv.ends_with(&line), "{csv}");
    let page = office.get(&format!("/en/bill/{link}")).await;
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.unwrap();
    for text in [
        "¥4,880",
        "1 h 47 min 30 s",
        "Aiko &#60;Yamada&#62;",
        "No content this month.",
    ] {
        assert!(page.contains(text), "no {text:?} in {page}");
    }
    office.close().await;
}

/// proves: SD-3 row-98
#[tokio::test]
async fn a_subscriber_gets_what_is_kept_about_him_and_is_forgotten_once_nothing_is_owed() {
    let office = Office::open().await;
    let key = "a-key-of-sixteen-letters";
    office.post("/v1/plans", key, plan()).await;
    let mut free = plan();
    (free["id"], free["basic"]) = (json!("free"), yen(0));
    office.post("/v1/plans", key, free).await;
    let haru = json!({ "name": "Haru Ito", "address": ["1-1 Kaigan"], "number": "+819000001111", "plan": "free" });
    let haru = office.post("/v1/subscribers", "another-key-of-letters", haru).await["subscriber"]
        .as_str()
        .unwrap()
        .to_owned();
    office
        .post(&format!("/v1/subscribers/{haru}/end"), key, json!({}))
        .await;
    let number = "+819000004417";
    let aiko = json!({ "name": "Aiko Yamada", "address": ["2-14-6 Ekimae"], "number": number, "plan": "plain" });
    let id = office.post("/v1/subscribers", key, aiko).await["subscriber"]
        .as_str()
        .unwrap()
        .to_owned();
    let of_operator = format!("{}/v1/subscribers/{id}/data", office.carrier.address);
    let client = office.world.client.clone();
    assert_eq!(client.get(&of_operator).send().await.unwrap().status(), 401);
    assert_eq!(client.delete(&of_operator).send().await.unwrap().status(), 401);
    let live = client.delete(&of_operator).bearer_auth(OPERATOR).send().await.unwrap();
    assert_eq!(code_of(live).await, "forget-contract-goes-on");
    office.post(&format!("/v1/subscribers/{id}/end"), key, json!({})).await;
    let month = month_of(office.clock.load(Relaxed));
    let early = client.delete(&of_operator).bearer_auth(OPERATOR).send().await.unwrap();
    assert_eq!(code_of(early).await, "forget-unbilled");
    office.clock.fetch_add(40 * DAY, Relaxed);
    bill_up_to(&office, &month).await;
    let bills: Json = office
        .get(&format!("/v1/months/{month}/bills"))
        .await
        .json()
        .await
        .unwrap();
    let hers = bills["bills"]
        .as_array()
        .unwrap()
        .iter()
        .find(|bill| bill["total"] != yen(0));
    let link = hers.unwrap()["link"].as_str().unwrap();
    let own = format!("{}/v1/bills/{link}/data", office.carrier.address);
    let told: Json = client.get(&own).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (
            &told["name"],
            &told["address"][0],
            &told["number"],
            &told["terms"][0]["plan"]
        ),
        (
            &json!("Aiko Yamada"),
            &json!("2-14-6 Ekimae"),
            &json!(number),
            &json!("plain")
        )
    );
    assert_eq!(told["bills"][0]["month"], json!(month));
    // What is owed is paid first: nothing is forgotten that a bill still needs.
    let owes = client.delete(&own).send().await.unwrap();
    assert_eq!(code_of(owes).await, "forget-owes");
    // Who owes nothing is forgotten, as often as one likes; the number of the books stays.
    let haru = format!("{}/v1/subscribers/{haru}/data", office.carrier.address);
    for _ in 0..2 {
        let done = client.delete(&haru).bearer_auth(OPERATOR).send().await.unwrap();
        assert_eq!(done.status(), 204, "{}", done.text().await.unwrap());
    }
    let told = client.get(&haru).bearer_auth(OPERATOR).send().await.unwrap();
    let told = told.text().await.unwrap();
    for gone in ["Haru", "Kaigan", "+819000001111"] {
        assert!(!told.contains(gone), "{gone} is still there: {told}");
    }
    office.close().await;
}

/// Bills a month and every one before it that was not billed yet.
async fn bill_up_to(office: &Office, month: &str) -> Json {
    let key = "a-key-of-sixteen-letters";
    loop {
        let answer = office
            .post_as(OPERATOR, &format!("/v1/months/{month}"), key, &json!({}))
            .await;
        let document: Json = answer.json().await.unwrap();
        if document["code"].is_null() {
            return document;
        }
        assert_eq!(document["code"], "month-earlier-first", "{document}");
        let earlier = &document["detail"].as_str().unwrap()[..7];
        office.post(&format!("/v1/months/{earlier}"), key, json!({})).await;
    }
}

/// proves: row-76 row-84
#[tokio::test]
async fn strangers_see_no_bill_and_do_nothing() {
    let office = Office::open().await;
    let key = "a-key-of-sixteen-letters";
    for (path, body) in [
        ("/v1/plans", plan()),
        ("/v1/usage", json!({ "source": "s", "first": 1, "records": [] })),
        ("/v1/months/2026-11", json!({})),
    ] {
        let no = office.post_as("somebody", path, key, &body).await;
        assert_eq!(no.status(), 401, "{path}");
        assert_eq!(code_of(no).await, "operator-only");
    }
    let link = units::OrderId([7; 16]);
    for path in [
        format!("/v1/bills/{link}"),
        format!("/bill/{link}"),
        "/bill/x".to_owned(),
    ] {
        assert_eq!(office.get(&path).await.status(), 404, "{path}");
    }
    let client = &office.world.client;
    let desk = client
        .get(format!("{}/desk", office.carrier.address))
        .send()
        .await
        .unwrap();
    assert_eq!(desk.status(), 401);
    let desk = client
        .get(format!("{}/desk", office.carrier.address))
        .basic_auth("me", Some(OPERATOR))
        .send();
    let desk = desk.await.unwrap();
    assert_eq!(desk.status(), 200);
    assert!(desk.text().await.unwrap().contains("Nothing has been billed yet."));
    let foreign = client
        .post(format!("{}/desk/bill", office.carrier.address))
        .basic_auth("me", Some(OPERATOR));
    let foreign = foreign
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("month=2026-11")
        .send();
    assert_eq!(foreign.await.unwrap().status(), 403);
    // A charge that is none.
    let no = office.world.post(&office.carrier, "charge", vec![1, 2, 3]).await;
    assert_eq!(code_of(no).await, "charge-for-another");
    office.close().await;
}
