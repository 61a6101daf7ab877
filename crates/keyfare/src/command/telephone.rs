//! What makes a realm one in which something is paid with the telephone: the trust registry trusts, the carrier has a plan, knows
//! sellers and takes somebody on, the bank tells sellers what came in. Each step may be done again and then changes nothing.

use anyhow::Result;
use seal::role;
use serde_json::{Value, json};
use units::PartyId;

use crate::{
    hand::Hand,
    market::{Market, answer},
    place::Place,
    setup,
};

const PLAN: &str = "harbour-m";
const SERVICE: &str = "voice-mail";
/// The demo's telephone number.
pub const NUMBER: &str = "+819000004417";
/// Money that the demo's carrier has at the bank, from which it pays sellers before its subscribers pay it.
pub const FLOAT: i64 = 1_000_000;
/// Seconds of a call, and packets, that cost one.
const UNITS: (u32, u32) = (3, 10);

/// What a month of the telephone costs, in minor units.
#[derive(Debug, Clone, Copy)]
pub struct Tariff {
    /// The basic fee.
    pub basic: i64,
    /// The extra service.
    pub service: i64,
    /// What the calls of the month cost.
    pub calls: i64,
    /// What its packets cost.
    pub packets: i64,
}

/// As in the source's bill.
pub const OF_SOURCE: Tariff = Tariff {
    basic: 2000,
    service: 300,
    calls: 2150,
    packets: 430,
};

/// Whom the carrier pays, and whom the registry trusts.
#[derive(Debug, Clone, Default)]
pub struct Believed {
    /// Listed by the carrier itself: party, name, and its number, if only that is paid.
    pub listed: Vec<(PartyId, String, Option<u32>)>,
    /// Trusted by the registry.
    pub trusted: Vec<(u32, PartyId)>,
    /// Told by the bank what came in.
    pub told: Vec<PartyId>,
}

/// An operator of one party.
struct Operator {
    client: reqwest::Client,
    address: String,
    token: String,
}

impl Operator {
    async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<Value> {
        let mut request = self.client.post(format!("{}{path}", self.address)).json(body);
        request = request.bearer_auth(&self.token);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        Ok(serde_json::from_slice(&answer(request.send().await?).await?)?)
    }
}

/// A carrier that can take somebody on.
pub struct Telephone {
    carrier: Operator,
    id: PartyId,
    tariff: Tariff,
    currency: String,
}

/// The party that an enterprise's number stands for when it is nobody of this realm.
pub fn stranger(no: u32) -> PartyId {
    let mut id = [0xEE; 16];
    id[..4].copy_from_slice(&no.to_be_bytes());
    PartyId(id)
}

/// The demo's: the shop is listed by the carrier, the license server trusted by the registry. Nothing, if this installation has
/// no carrier.
pub async fn of_demo(place: &Place, market: &Market) -> Result<Option<Telephone>> {
    if !place.party("carrier").exists() {
        return Ok(None);
    }
    let shop = market.one::<role::Seller>().await?;
    let mut who = Believed {
        listed: vec![(shop.id, shop.name, None)],
        trusted: setup::OTHERS_TRUSTED.map(|no| (no, stranger(no))).into(),
        told: vec![shop.id],
    };
    if let Some(licenses) = market.named(setup::LICENSE_SERVER).await? {
        who.trusted.push((setup::ENTERPRISE, licenses.id));
        who.told.push(licenses.id);
    }
    // Whose drinks fall is trusted too: coffee on the bill.
    if let Some(vending) = market.named(setup::VENDING).await? {
        who.trusted.push((setup::OPERATOR_NO, vending.id));
        who.told.push(vending.id);
    }
    introduce(place, market, OF_SOURCE, &who, FLOAT).await.map(Some)
}

/// Makes parties known to one another.
pub async fn introduce(
    place: &Place,
    market: &Market,
    tariff: Tariff,
    who: &Believed,
    float: i64,
) -> Result<Telephone> {
    let token = std::fs::read_to_string(place.root().join("operator-token")).unwrap_or_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let at = |address: &str| Operator {
        client: client.clone(),
        address: address.trim_end_matches('/').to_owned(),
        token: token.trim().to_owned(),
    };
    let carrier = market.one::<role::Carrier>().await?;
    // Its own money is there before the bank tells it of any: what comes then pays bills.
    market
        .deposit(carrier.id, float, &format!("float-{}", carrier.id))
        .await?;
    let bank = at(&market.one::<role::Bank>().await?.address);
    for party in who.told.iter().chain([&carrier.id]) {
        let path = format!("/v1/parties/{party}/told");
        bank.post(&path, None, &json!({ "told": true })).await?;
    }
    if !who.trusted.is_empty() {
        let trust = at(&market.one::<role::TrustRegistry>().await?.address);
        for (no, party) in &who.trusted {
            let line = json!({ "enterprise": no, "party": party.to_string() });
            trust.post("/v1/enterprises", None, &line).await?;
        }
    }
    let telephone = Telephone {
        id: carrier.id,
        carrier: at(&carrier.address),
        tariff,
        currency: market.realm.currency.clone(),
    };
    telephone.offer(&who.listed).await?;
    Ok(telephone)
}

impl Telephone {
    fn amount(&self, minor: i64) -> Value {
        json!({ "minor": minor.to_string(), "currency": self.currency })
    }

    async fn offer(&self, listed: &[(PartyId, String, Option<u32>)]) -> Result<()> {
        let plan = json!({
            "id": PLAN, "name": "Harbour M", "basic": self.amount(self.tariff.basic), "call_unit": UNITS.0,
            "call_price": self.amount(1), "packet_unit": UNITS.1, "packet_price": self.amount(1),
        });
        self.carrier.post("/v1/plans", None, &plan).await?;
        let service = json!({ "id": SERVICE, "name": "Voice mail", "monthly": self.amount(self.tariff.service) });
        self.carrier.post("/v1/services", None, &service).await?;
        for (party, name, number) in listed {
            let line = json!({ "party": party.to_string(), "name": name, "number": number, "trusted": true });
            self.carrier.post("/v1/enterprises", None, &line).await?;
        }
        Ok(())
    }

    /// This subscriber loads on line, onto the bill, with this password.
    pub async fn password(&self, id: &str, password: &str) -> Result<()> {
        let path = format!("{}/v1/subscribers/{id}/password", self.carrier.address);
        let request = self.carrier.client.put(path).bearer_auth(&self.carrier.token);
        answer(request.json(&json!({ "password": password })).send().await?)
            .await
            .map(drop)
    }

    /// The holder of this place's card has a contract, and lets the carrier pay for him, up to `limit` of content a month.
    /// Answers the subscriber's number there.
    pub async fn sign_up(&self, place: &Place, limit: Option<i64>) -> Result<String> {
        let hand = Hand::of(place).await?;
        let (bill, id) = (hand.get("/v1/bill").await?, self.id.to_string());
        let payers = bill["payers"].as_array().cloned().unwrap_or_default();
        let payer = payers.into_iter().find(|one| one["payer"] == id.as_str());
        let payer = payer.ok_or_else(|| anyhow::anyhow!("the wallet does not know the carrier yet"))?;
        // The same key for the same card, for ever: a repeat is answered as the first time.
        let key = payer["contract_key"].as_str().unwrap_or_default().to_owned();
        let mut contract = json!({
            "name": "Aiko Yamada", "address": ["2-14-6 Ekimae, Onomichi", "Hiroshima 722-0036"], "number": NUMBER,
            "plan": PLAN, "services": [SERVICE], "wallet_key": key,
        });
        if let Some(limit) = limit {
            contract["content_limit"] = self.amount(limit);
        }
        let taken_on = self.carrier.post("/v1/subscribers", Some(&key), &contract).await?;
        hand.post("/v1/bill/payer", &json!({ "payer": id, "pays": true }))
            .await?;
        Ok(taken_on["subscriber"].as_str().unwrap_or_default().to_owned())
    }

    /// The carrier's people give back a part of a purchase, once under this key.
    pub async fn give_back(&self, charge: &str, minor: i64, key: &str) -> Result<()> {
        let path = format!("/v1/purchases/{charge}/refunds");
        let body = json!({ "amount": self.amount(minor) });
        self.carrier.post(&path, Some(key), &body).await.map(drop)
    }

    /// The switch reports the month's calls and packets: numbered records of one moment. Sent again with another moment it is
    /// refused, and the first one counts.
    pub async fn used(&self, now: units::Moment) -> Result<()> {
        let seconds = self.tariff.calls.saturating_mul(i64::from(UNITS.0));
        let packets = self.tariff.packets.saturating_mul(i64::from(UNITS.1));
        let records = json!([
            { "number": NUMBER, "at": now.0, "call_seconds": seconds },
            { "number": NUMBER, "at": now.0, "packets": packets },
        ]);
        let batch = json!({ "source": "switch-1", "first": 1, "records": records });
        self.carrier.post("/v1/usage", None, &batch).await.map(drop)
    }

    /// The same, once for this installation.
    pub async fn used_once(&self, place: &Place, now: units::Moment) -> Result<()> {
        let marker = place.root().join("telephone-used");
        if marker.exists() {
            return Ok(());
        }
        // A cut between the two leaves what was counted, and the refusal of it says so.
        let _ = self.used(now).await;
        setup::private_file(&marker, b"")
    }
}
