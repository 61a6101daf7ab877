//! A carrier's merchant side as a merchant sees it, over HTTP: the scenarios of CAMARA's own text, each state, each error, repeats
//! and notices.

mod errors;
mod many;
mod notices;
mod refunds;
mod statement;
mod steps;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use reqwest::Response;
use seal::Role as Certified;
use serde_json::{Value as Json, json};
use server::{
    config::{Charging, Config, Role},
    frame::Clock,
    running::{Running, start},
};
use units::{Currency, Moment, Money, PartyId};

use super::world::{OPERATOR, World, config, id, now};

pub const BILLING: &str = "/carrier-billing/v0.5";
pub const REFUND: &str = "/carrier-billing-refund/v0.3";
pub const AIKO: &str = "+819000004417";
pub const KENJI: &str = "+819000005528";

pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

fn amount(n: i64) -> Json {
    json!({ "minor": n.to_string(), "currency": "JPY" })
}

/// A carrier with two subscribers, an enterprise that it pays and one that it does not, and a client of both.
pub struct Merchant {
    pub world: World,
    pub carrier: Running,
    pub clock: Arc<AtomicU64>,
    pub client: (String, String),
    pub token: String,
    pub paid: PartyId,
    pub refused: PartyId,
    pub others: Vec<Running>,
}

impl Merchant {
    pub async fn open(set: impl FnOnce(&mut Charging)) -> Self {
        Self::open_with(|config, _| set(&mut config.charging)).await
    }

    pub async fn open_with(set: impl FnOnce(&mut Config, &World)) -> Self {
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
        config.private_peers = true;
        set(&mut config, &world);
        let carrier = start(config).await.unwrap();
        let paid = id(&world.maker, Certified::Seller, "Lantern Records");
        let refused = id(&world.maker, Certified::Seller, "Straw Men");
        let mut merchant = Self {
            world,
            carrier,
            clock,
            client: Default::default(),
            token: String::new(),
            paid,
            refused,
            others: Vec::new(),
        };
        merchant.furnish().await;
        merchant
    }

    async fn furnish(&mut self) {
        let plan = json!({ "id": "plain", "name": "Plain", "basic": amount(2000), "call_unit": 30, "call_price": amount(10),
            "packet_unit": 1000, "packet_price": amount(10) });
        self.operate("/v1/plans", "-", plan).await;
        for (name, number, limit) in [("Aiko", AIKO, 10_000), ("Kenji", KENJI, 0)] {
            let new = json!({ "name": name, "address": ["2-14-6 Ekimae"], "number": number, "plan": "plain",
                "content_limit": amount(limit) });
            self.operate("/v1/subscribers", name, new).await;
        }
        for (party, name, number, trusted) in [
            (self.paid, "Lantern Records", 2000, true),
            (self.refused, "Straw Men", 2100, false),
        ] {
            let new = json!({ "party": party.to_string(), "name": name, "number": number, "trusted": trusted });
            self.operate("/v1/enterprises", name, new).await;
        }
        let payees = json!([{ "party": self.paid.to_string(), "number": 2000 },
            { "party": self.refused.to_string(), "number": 2100 }, { "party": self.unlisted().to_string(), "number": 2500 }]);
        let made = self
            .add_client(json!({ "name": "Lantern Shop", "payees": payees, "unasked": true }))
            .await;
        self.client = made;
        self.token = self.token_of(&self.client, "").await;
    }

    pub fn unlisted(&self) -> PartyId {
        id(&self.world.maker, Certified::Seller, "Newcomer")
    }

    pub async fn add_client(&self, new: Json) -> (String, String) {
        let key = format!("client {}", seal::hash(new.to_string().as_bytes()));
        let made = self.operate("/v1/clients", &key, new).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }

    pub async fn token_of(&self, client: &(String, String), scope: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let answer = self.form("/oauth2/token", client, &form).await;
        let status = answer.status();
        let said: Json = answer.json().await.unwrap();
        assert_eq!(status, 200, "{said}");
        assert_eq!(
            (&said["token_type"], &said["expires_in"]),
            (&json!("Bearer"), &json!(3600))
        );
        said["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn form(&self, path: &str, client: &(String, String), form: &[(&str, &str)]) -> Response {
        let url = reqwest::Url::parse_with_params("http://q/", form).unwrap();
        let request = self.world.client.post(format!("{}{path}", self.carrier.address));
        let request = request.basic_auth(&client.0, Some(&client.1));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(url.query().unwrap().to_owned()).send().await.unwrap()
    }

    /// What the operator's programs ask: the same word at the same address is the same request, whatever its length.
    pub async fn operate(&self, path: &str, key: &str, body: Json) -> Json {
        let request = self.world.client.post(format!("{}{path}", self.carrier.address));
        let request = request
            .bearer_auth(OPERATOR)
            .header("idempotency-key", seal::hash(key.as_bytes()).to_string());
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status();
        let said: Json = answer.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {said}");
        said
    }

    pub async fn look(&self, path: &str) -> Json {
        let request = self.world.client.get(format!("{}{path}", self.carrier.address));
        request
            .bearer_auth(OPERATOR)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub async fn post_as(&self, token: &str, path: &str, body: &str) -> Response {
        let request = self.world.client.post(format!("{}{path}", self.carrier.address));
        let request = request
            .header("content-type", "application/json")
            .header("x-correlator", "corr-1");
        let request = if token.is_empty() {
            request
        } else {
            request.bearer_auth(token)
        };
        request.body(body.to_owned()).send().await.unwrap()
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Response {
        let request = self.world.client.get(format!("{}{path}", self.carrier.address));
        request
            .bearer_auth(token)
            .header("x-correlator", "corr-1")
            .send()
            .await
            .unwrap()
    }

    /// Posts, and expects this status; the body, if there is one.
    pub async fn post(&self, path: &str, body: &Json, status: u16) -> Json {
        said(self.post_as(&self.token, path, &body.to_string()).await, status).await
    }

    pub async fn get(&self, path: &str, status: u16) -> Json {
        said(self.get_as(&self.token, path).await, status).await
    }

    pub async fn create(&self, body: &Json) -> Json {
        self.post(&format!("{BILLING}/payments"), body, 201).await
    }

    pub async fn prepare(&self, body: &Json) -> Json {
        self.post(&format!("{BILLING}/payments/prepare"), body, 201).await
    }

    /// The second step of a payment.
    pub async fn step(&self, payment: &Json, step: &str, body: &Json, status: u16) -> Json {
        let path = format!("{BILLING}/payments/{}/{step}", payment["paymentId"].as_str().unwrap());
        self.post(&path, body, status).await
    }

    pub async fn state(&self, payment: &Json) -> String {
        let path = format!("{BILLING}/payments/{}", payment["paymentId"].as_str().unwrap());
        self.get(&path, 200).await["paymentStatus"].as_str().unwrap().to_owned()
    }

    pub fn later(&self, seconds: u64) {
        self.clock.fetch_add(seconds * 1000, Relaxed);
    }

    /// The carrier's rules, for whoever works on its books beside it.
    pub fn rules(&self) -> carrier::Carrier {
        carrier::Carrier::new(
            self.world.maker.party(Certified::Carrier, "Seto Mobile").unwrap(),
            party::desk::Desk::new(self.world.realm.clone(), &self.world.maker.certifiers()).unwrap(),
            carrier::CarrierConfig::new(Currency::JPY),
        )
    }

    /// Holds the carrier's books against what came in.
    pub async fn close(self) {
        let (store, carrier) = (self.carrier.store(), self.rules());
        let found = store.read(|view| party::Party::audit(&carrier, view)).unwrap();
        assert!(found.is_empty(), "{found:#?}");
        drop(store);
        for one in self.others {
            one.stop().await;
        }
        self.carrier.stop().await;
        self.world.stop().await;
    }
}

/// An answer with what every answer has.
pub async fn said(answer: Response, status: u16) -> Json {
    let got = answer.status();
    assert_eq!(answer.headers()["x-correlator"], "corr-1");
    let kind = answer.headers().get("content-type").cloned();
    let text = answer.text().await.unwrap();
    assert_eq!(got.as_u16(), status, "{text}");
    if text.is_empty() {
        return Json::Null;
    }
    assert_eq!(kind.unwrap(), "application/json");
    let json: Json = serde_json::from_str(&text).unwrap();
    if status >= 400 {
        assert_eq!(json["status"], status, "{json}");
        assert!(json["message"].as_str().is_some_and(|text| !text.is_empty()));
        assert_eq!(json.as_object().unwrap().len(), 3);
    }
    json
}

/// A payment of so much under this reference.
pub fn payment(sum: i64, reference: &str) -> Json {
    json!({ "amountTransaction": { "phoneNumber": AIKO, "clientCorrelator": format!("req-{reference}"),
        "paymentAmount": { "chargingInformation": { "amount": sum, "currency": "JPY", "description": "NO 20000000001" },
            "chargingMetaData": { "merchantIdentifier": "2000", "productId": "20000000001" } },
        "referenceCode": reference } })
}

pub fn by(number: &str) -> Json {
    json!({ "phoneNumber": number })
}
