//! Money on line over HTTP: a carrier loads purses of people whose password it knows, onto their bill (ST-20).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use card::{Settled, Want};
use deal::{
    Number, Tender,
    cash::{CashAsked, CashOnline, CashStand, CashTray},
};
use reqwest::Response;
use seal::{Role as Certified, cbor};
use serde_json::{Value as Json, json};
use server::{
    bank::AccountSheet,
    config::Role,
    frame::Clock,
    running::{Running, start},
};
use units::{Moment, Money, OrderId, Span};

use crate::{
    holder::{Holder, seed, yen},
    world::{OPERATOR, World, code_of, config, month_of, now},
};

const KEY: &str = "a-key-of-sixteen-letters";
const AIKO: (&str, &str) = ("+819000004417", "a ferry at nine");
const KEN: (&str, &str) = ("+819000004418", "two ferries at ten");

struct Centre {
    world: World,
    carrier: Running,
    clock: Arc<AtomicU64>,
}

impl Centre {
    /// A carrier with an account, and two subscribers with passwords.
    async fn open() -> Self {
        let world = World::start().await;
        let body = r#"{"name":"Seto Mobile","opening":{"minor":"50000","currency":"JPY"}}"#;
        let answer = world.open_account("the carrier's own account", body).await;
        let account: AccountSheet = cbor::from_bytes(&answer.bytes().await.unwrap()).unwrap();
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
        config.deposit.issuer = Some(world.issuer.id);
        config.deposit.account_token = account.signed.to_vec();
        config.deposit.cheap_passwords = true;
        let mut carrier = start(config).await.unwrap();
        carrier.ready().await;
        let centre = Self { world, carrier, clock };
        let zero = json!({ "minor": "0", "currency": "JPY" });
        let plan = json!({ "id": "plain", "name": "Plain", "basic": zero, "call_unit": 30, "call_price": zero,
            "packet_unit": 1000, "packet_price": zero });
        centre.office("/v1/plans", KEY, &plan).await;
        for (n, (number, password)) in [AIKO, KEN].into_iter().enumerate() {
            let person = json!({ "name": number, "address": ["2-14-6 Ekimae"], "number": number, "plan": "plain",
                "services": [] });
            let person = centre.office("/v1/subscribers", &format!("{KEY}-{n}"), &person).await;
            let at = person["subscriber"].as_str().unwrap();
            let request = centre
                .world
                .client
                .put(format!("{}/v1/subscribers/{at}/password", centre.carrier.address));
            let request = request.bearer_auth(OPERATOR).json(&json!({ "password": password }));
            assert_eq!(request.send().await.unwrap().status(), 204);
        }
        centre
    }

    async fn office(&self, path: &str, key: &str, body: &Json) -> Json {
        let request = self.world.client.post(format!("{}{path}", self.carrier.address));
        let request = request.bearer_auth(OPERATOR).header("idempotency-key", key).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn load(&self, order: OrderId, amount: Money, until: Moment, (name, password): (&str, &str)) -> Response {
        let asked = CashOnline {
            order,
            amount,
            until,
            name: name.into(),
            password: password.into(),
        };
        self.world
            .post(&self.carrier, "deposit/online", cbor::to_bytes(&asked))
            .await
    }

    async fn stand(&self, order: OrderId) -> CashStand {
        let asked = cbor::to_bytes(&CashAsked { order });
        let answer = self.world.post(&self.carrier, "deposit/look", asked).await;
        let tray: CashTray = cbor::from_bytes(&answer.bytes().await.unwrap()).unwrap();
        tray.stand
    }

    /// What the only bill of the month that is over now comes to.
    async fn billed(&self) -> Json {
        let month = month_of(self.clock.load(Relaxed));
        self.clock.fetch_add(Span::days(40).0, Relaxed);
        let run = self.office(&format!("/v1/months/{month}"), KEY, &json!({})).await;
        run["total"].clone()
    }
}

/// What is wrong is answered alike, whichever of it is wrong.
async fn no_match(answer: Response) {
    assert_eq!(answer.status(), 409);
    let said: Json = answer.json().await.unwrap();
    assert_eq!(said["code"], "centre-no-match");
    assert_eq!(
        said["detail"],
        "name and password do not fit together here; type both again"
    );
}

/// proves: ST-20
#[tokio::test(flavor = "multi_thread")]
async fn a_purse_is_loaded_onto_the_bill_of_whoever_has_the_password() {
    let centre = Centre::open().await;
    let world = &centre.world;
    let mut holder = Holder::rich(world, 1000).await;
    let asked = holder.card.ask_load(yen(2000), &seed()).unwrap();
    let checked = holder.quote(world, &world.issuer, &asked, None).await;
    let Number::Order(order) = checked.quote().number else {
        panic!("an issuer numbers orders")
    };
    let until = checked.quote().until;
    // Another's password, a wrong one, a name that nobody has, and one that is none.
    for who in [
        (AIKO.0, KEN.1),
        (AIKO.0, "a ferry at ten"),
        ("+819000009999", AIKO.1),
        ("", AIKO.1),
    ] {
        no_match(centre.load(order, yen(2000), until, who).await).await;
    }
    let none = world
        .post(&centre.carrier, "deposit/look", cbor::to_bytes(&CashAsked { order }))
        .await;
    assert_eq!(code_of(none).await, "centre-no-order");

    for _ in 0..2 {
        assert_eq!(centre.load(order, yen(2000), until, AIKO).await.status(), 200);
    }
    assert_eq!(centre.stand(order).await, CashStand::Promised);
    // The order is hers: nobody else's password makes it his.
    assert_eq!(
        code_of(centre.load(order, yen(2000), until, KEN).await).await,
        "centre-other-order"
    );
    assert_eq!(
        code_of(centre.load(order, yen(2001), until, AIKO).await).await,
        "centre-other-order"
    );
    let want = Want {
        other: Some(Tender::Order(order, yen(2000))),
        ..Want::default()
    };
    let (_, pay) = holder.commit(&checked, &want);
    let settled = holder.finish(world, &world.issuer, &pay).await;
    assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    assert_eq!((holder.purse(), centre.stand(order).await), (3000, CashStand::Kept));

    // It is on her bill, once, and on nobody else's.
    assert_eq!(centre.billed().await, json!({ "minor": "2000", "currency": "JPY" }));
    centre.carrier.stop().await;
    centre.world.stop().await;
}

/// proves: ST-20
#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_not_tried_out_on_line() {
    let centre = Centre::open().await;
    let until = now().plus(Span::minutes(10));
    let try_as = |n: u8, who: (&'static str, &'static str)| centre.load(OrderId([n; 16]), yen(100), until, who);
    let mut heard = Vec::new();
    for n in 0..30 {
        let said: Json = try_as(n, (AIKO.0, "not this one")).await.json().await.unwrap();
        let code = said["code"].as_str().unwrap().to_owned();
        heard.push(code.clone());
        if code == "centre-slow" {
            break;
        }
    }
    let (last, before) = heard.split_last().unwrap();
    assert_eq!(last, "centre-slow", "{heard:?}");
    assert!(
        before.len() >= 2 && before.iter().all(|code| code == "centre-no-match"),
        "{heard:?}"
    );
    // The right one neither, until the time has come: else a wrong one could be told from a right one meanwhile.
    assert_eq!(code_of(try_as(40, AIKO).await).await, "centre-slow");
    centre.clock.fetch_add(Span::days(2).0, Relaxed);
    let until = Moment(centre.clock.load(Relaxed)).plus(Span::minutes(10));
    assert_eq!(
        centre.load(OrderId([41; 16]), yen(100), until, AIKO).await.status(),
        200
    );
    centre.carrier.stop().await;
    centre.world.stop().await;
}
