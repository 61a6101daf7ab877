//! A carrier over HTTP: its operator's month, and the bill as its subscriber gets it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use hayro_syntax::{Pdf, content::ops::TypedInstruction};
use reqwest::Response;
use seal::Role as Certified;
use serde_json::{Value as Json, json};
use server::{
    config::{NamedOperator, Role},
    frame::Clock,
    running::{Running, start},
};
use units::Moment;

use super::world::{OPERATOR, World, code_of, config, month_of, now};

const DAY: u64 = 86_400_000;
/// The token of a second operator.
const SECOND: &str = "token-of-nao-in-the-tests";

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
        config.charging.operators = vec![NamedOperator {
            name: "nao".into(),
            sha256: seal::hash(SECOND.as_bytes()),
        }];
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

/// What a PDF says in Latin letters, sheet by sheet.
fn read_pdf(bytes: Vec<u8>) -> Vec<String> {
    let pdf = Pdf::new(bytes).unwrap();
    let mut sheets = Vec::new();
    for page in pdf.pages().iter() {
        let mut text = String::new();
        let mut all = page.typed_operations();
        while let Some(one) = all.next() {
            match one {
                TypedInstruction::ShowText(shown) => {
                    text.extend(shown.0.as_bytes().iter().map(|b| char::from(*b)));
                }
                TypedInstruction::EndText(_) => text.push('\n'),
                _ => {}
            }
        }
        sheets.push(text);
    }
    sheets
}

/// proves: ST-7 row-84
#[tokio::test]
async fn a_bill_comes_as_a_pdf_in_two_languages_to_whoever_has_its_address() {
    let office = Office::open().await;
    let key = "a-key-of-sixteen-letters";
    office.post("/v1/plans", key, plan()).await;
    let aiko =
        json!({ "name": "Aiko Yamada", "address": ["2-14-6 Ekimae"], "number": "+819000004417", "plan": "plain" });
    office.post("/v1/subscribers", key, aiko).await;
    let month = month_of(office.clock.load(Relaxed));
    office.clock.fetch_add(40 * DAY, Relaxed);
    bill_up_to(&office, &month).await;
    let path = format!("/v1/months/{month}/bills");
    let bills: Json = office.get(&path).await.json().await.unwrap();
    let link = bills["bills"][0]["link"].as_str().unwrap();
    let (client, address) = (&office.world.client, &office.carrier.address);
    let get = |path: String, lang: &str| {
        let request = client.get(format!("{address}{path}")).header("accept-language", lang);
        async move { request.send().await.unwrap() }
    };
    let answer = get(format!("/v1/bills/{link}/bill.pdf"), "en").await;
    assert_eq!(answer.status(), 200);
    let fields = answer.headers().clone();
    assert_eq!(fields["content-type"], "application/pdf");
    assert_eq!(fields["cache-control"], "no-store");
    let name = format!("attachment; filename=\"bill-SM-{month}-000001.pdf\"");
    assert_eq!(fields["content-disposition"], name.as_str());
    let english = answer.bytes().await.unwrap();
    let japanese = get(format!("/v1/bills/{link}/bill.pdf"), "ja")
        .await
        .bytes()
        .await
        .unwrap();
    // The page's link keeps the page's language, and the same bill is the same bytes.
    let page = get(format!("/en/bill/{link}"), "ja").await.text().await.unwrap();
    let by_page = format!("/en/bill/{link}/bill.pdf");
    assert!(page.contains(&by_page), "{page}");
    assert_eq!(get(by_page, "ja").await.bytes().await.unwrap(), english);
    assert_ne!(english, japanese);
    for bytes in [&english, &japanese] {
        let sheets = read_pdf(bytes.to_vec());
        assert_eq!(sheets.len(), 1);
        for text in ["Aiko Yamada", "2-14-6 Ekimae", "2,000", "000001"] {
            assert!(sheets[0].contains(text), "no {text:?} in {}", sheets[0]);
        }
    }
    let stranger = units::OrderId([7; 16]);
    for path in [
        format!("/v1/bills/{stranger}/bill.pdf"),
        format!("/bill/{stranger}/bill.pdf"),
    ] {
        assert_eq!(get(path, "en").await.status(), 404);
    }
    office.close().await;
}

/// proves: row-97
#[tokio::test]
async fn a_second_operator_has_a_token_of_his_own_and_strangers_see_no_acts() {
    let office = Office::open().await;
    let (client, address) = (&office.world.client, &office.carrier.address);
    for path in ["/v1/acts", "/v1/proposals"] {
        for (token, status) in [(OPERATOR, 200), (SECOND, 200), ("somebody", 401)] {
            let answer = client
                .get(format!("{address}{path}"))
                .bearer_auth(token)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), status, "{path} {token}");
            if status == 200 {
                assert_eq!(answer.json::<Json>().await.unwrap(), json!([]));
            }
        }
    }
    let id = units::TransferId([7; 16]);
    let (path, key, yes) = (
        format!("/v1/proposals/{id}"),
        "a-key-of-sixteen-letters",
        json!({ "agree": true }),
    );
    assert_eq!(
        code_of(office.post_as(SECOND, &path, key, &yes).await).await,
        "no-proposal"
    );
    assert_eq!(office.post_as("somebody", &path, key, &yes).await.status(), 401);
    let path = format!("/v1/purchases/{}/refunds", units::OrderId([7; 16]));
    let none = office.post_as(SECOND, &path, key, &json!({ "amount": yen(1) })).await;
    assert_eq!(code_of(none).await, "purchase-unknown");
    let none = office
        .post_as(SECOND, &format!("/v1/suspense/{id}"), key, &json!({ "bill": "SM-1" }))
        .await;
    assert_eq!(code_of(none).await, "suspense-unknown");
    office.close().await;
}

/// proves: row-61 row-76
#[tokio::test]
async fn an_operator_changes_limit_bill_and_wallet_of_a_subscriber() {
    let office = Office::open().await;
    let key = "a-key-of-sixteen-letters";
    office.post("/v1/plans", key, plan()).await;
    let (first, second) = ("11".repeat(32), "22".repeat(32));
    let aiko = json!({ "name": "Aiko Yamada", "address": [], "number": "+819000004417", "plan": "plain",
        "wallet_key": first });
    let aiko = office.post("/v1/subscribers", key, aiko).await;
    assert_eq!((&aiko["wallet"], &aiko["apart"]), (&json!(true), &json!(false)));
    let bo = json!({ "name": "Bo", "address": [], "number": "+819000004418", "plan": "plain", "wallet_key": second });
    let bo = office.post("/v1/subscribers", "another-key-of-letters", bo).await;
    let of = |who: &Json, what: &str| format!("/v1/subscribers/{}/{what}", who["subscriber"].as_str().unwrap());
    let limited = office
        .post(&of(&aiko, "limit"), key, json!({ "content_limit": yen(700) }))
        .await;
    let apart = office.post(&of(&aiko, "apart"), key, json!({ "apart": true })).await;
    assert_eq!(
        (&limited["content_limit"], &apart["content_limit"], &apart["apart"]),
        (&yen(700), &yen(700), &json!(true))
    );
    // Another's key is refused, a free one is bound; what was the key before is then free.
    let (hers, his) = (of(&aiko, "wallet"), of(&bo, "wallet"));
    let bind = |key: &str| json!({ "wallet_key": key });
    let taken = office.post_as(OPERATOR, &hers, key, &bind(&second)).await;
    assert_eq!(code_of(taken).await, "contract-key-taken");
    let no_key = office.post_as(OPERATOR, &hers, key, &bind("22")).await;
    assert_eq!(code_of(no_key).await, "wallet-key");
    office.post(&hers, key, bind(&"33".repeat(32))).await;
    office.post(&his, key, bind(&first)).await;
    let none = office.post(&hers, key, json!({})).await;
    assert_eq!(none["wallet"], json!(false));
    office.post(&of(&aiko, "end"), key, json!({})).await;
    for (what, body) in [
        ("limit", json!({ "content_limit": yen(1) })),
        ("apart", json!({ "apart": false })),
        ("wallet", json!({})),
    ] {
        let ended = office.post_as(OPERATOR, &of(&aiko, what), key, &body).await;
        assert_eq!(code_of(ended).await, "contract-unknown", "{what}");
        let stranger = office.post_as("somebody", &of(&bo, what), key, &body).await;
        assert_eq!(stranger.status(), 401, "{what}");
    }
    let euro = json!({ "content_limit": { "minor": "1", "currency": "EUR" } });
    assert!(
        office
            .post_as(OPERATOR, &of(&bo, "limit"), key, &euro)
            .await
            .status()
            .is_client_error()
    );
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
