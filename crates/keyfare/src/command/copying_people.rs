//! The demo's people of copy management: one for each role at the console, and a customer of the gateway, for trying it out.

use anyhow::Result;
use serde::Serialize;
use serde_json::json;
use server::{config::Role, running::Running};

use crate::{market::answer, place::Place, setup};

/// The gateway's one customer.
const CUSTOMER: &str = "aiko@example.jp";
/// What that customer has paid in, in minor units.
const PAID_IN: i64 = 3_000;

/// Whom the demo's copy management knows; all have the same password.
#[derive(Debug, Clone, Serialize)]
pub struct People {
    /// The console's address: sign in as chief, second, counter, auditor or maker.
    console: String,
    /// The gateway's address.
    gateway: String,
    /// The customer's name there.
    customer: &'static str,
    /// Everybody's password.
    password: String,
}

impl People {
    /// What `up` tells of them.
    pub fn lines(&self) -> String {
        format!(
            "\n  Gateway   {} ({CUSTOMER}, password {})\n  Copying   {} (chief, second, counter, auditor or maker; the same password)",
            self.gateway,
            self.password,
            super::up::by_name(&self.console)
        )
    }
}

/// Introduces them, once.
pub async fn introduce(place: &Place, running: &[Running]) -> Result<Option<People>> {
    let address = |role| running.iter().find(|r| r.role == role).map(|r| r.address.clone());
    let (Some(console), Some(gateway)) = (address(Role::Copying), address(Role::Gateway)) else {
        return Ok(None);
    };
    let (kept, done) = (
        place.root().join("copying-people"),
        place.root().join("copying-people-known"),
    );
    let people = |password| People {
        console: console.clone(),
        gateway: gateway.clone(),
        customer: CUSTOMER,
        password,
    };
    // The password is kept before anybody has it: whoever was introduced before a cut is known with this one.
    let password = match std::fs::read_to_string(&kept) {
        Ok(password) => password,
        Err(_) => setup::token()?.chars().take(16).collect(),
    };
    if done.exists() {
        return Ok(Some(people(password)));
    }
    setup::private_file(&kept, password.as_bytes())?;
    let token = std::fs::read_to_string(place.root().join("operator-token")).unwrap_or_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let post = |at: String, body: serde_json::Value| {
        let request = client.post(at).bearer_auth(token.trim()).json(&body);
        request.header("idempotency-key", "the-demo-has-paid-in")
    };
    let roles = ["chief", "counter", "auditor", "maker"].map(|role| (role, role));
    for (name, role) in roles.into_iter().chain([("second", "chief")]) {
        let new = json!({ "name": name, "password": password, "role": role });
        known(post(format!("{console}/v1/people"), new).send().await?).await?;
    }
    let new = json!({ "name": CUSTOMER, "password": password });
    known(post(format!("{gateway}/v1/customers"), new).send().await?).await?;
    let paid = json!({ "name": CUSTOMER, "amount": { "minor": PAID_IN.to_string(), "currency": "JPY" } });
    answer(post(format!("{gateway}/v1/pay-ins"), paid).send().await?).await?;
    setup::private_file(&done, b"")?;
    Ok(Some(people(password)))
}

/// Somebody is known now, or was before a cut.
async fn known(response: reqwest::Response) -> Result<()> {
    if response.status() == reqwest::StatusCode::CONFLICT {
        return Ok(());
    }
    answer(response).await.map(|_| ())
}
