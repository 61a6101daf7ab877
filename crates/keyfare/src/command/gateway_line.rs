//! The line to a gateway: where its user signed in, and questions carried over it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use copying::{device::Line, sentence};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use units::{Again, Currency, PartyId, Refusal};

use crate::{place::Place, say::Refused};

/// A gateway as it was signed in at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) address: String,
    pub(super) gateway: String,
    pub(super) currency: String,
    pub(super) token: String,
}

/// Where that is kept, for its owner alone.
pub(super) fn known_file(place: &Place) -> PathBuf {
    place.root().join("devices").join("gateway.json")
}

fn known(place: &Place) -> Result<Option<Known>> {
    match std::fs::read(known_file(place)) {
        Ok(bytes) => Ok(Some(
            serde_json::from_slice(&bytes).context("devices/gateway.json is damaged: sign in again")?,
        )),
        Err(no) if no.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(no) => Err(no.into()),
    }
}

/// The currency of the gateway that was signed in at, or of the usual realm.
pub fn currency(place: &Place) -> Result<Currency> {
    let code = known(place)?.map_or_else(|| Currency::JPY.code().to_owned(), |known| known.currency);
    Ok(Currency::new(&code).map_err(|no| Refused::new("currency", no.to_string()))?)
}

/// A client that waits a minute, and not for ever.
pub(super) fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(core::time::Duration::from_secs(10))
        .timeout(core::time::Duration::from_secs(60))
        .build()?)
}

/// The way over the gateway that was signed in at. Without one every question waits.
pub struct Gateway {
    known: Option<(Known, PartyId)>,
    client: reqwest::Client,
    runtime: tokio::runtime::Handle,
}

impl core::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Gateway({:?})", self.known.as_ref().map(|(known, _)| &known.address))
    }
}

impl Gateway {
    /// The way of an installation. To be used on a thread that may block.
    pub fn of(place: &Place) -> Result<Self> {
        let known = known(place)?.and_then(|known| {
            let id = known.gateway.parse().ok()?;
            Some((known, id))
        });
        Ok(Self {
            known,
            client: client()?,
            runtime: tokio::runtime::Handle::current(),
        })
    }

    async fn carry(&self, known: &Known, ask: Vec<u8>) -> Result<Vec<u8>, Told> {
        let request = self
            .client
            .post(format!("{}/v1/questions", known.address.trim_end_matches('/')))
            .bearer_auth(&known.token)
            .header("Content-Type", "application/cbor")
            .body(ask);
        let later = |text: String| Told::new("gateway-silent", Again::Later, text);
        let response = request
            .send()
            .await
            .map_err(|_| later("the gateway does not answer; nothing is lost, try again later".to_owned()))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|no| later(no.to_string()))?;
        if status == reqwest::StatusCode::OK {
            return Ok(bytes.to_vec());
        }
        let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or("gateway-refused");
        let text = problem["detail"]
            .as_str()
            .map_or_else(|| status.to_string(), str::to_owned);
        let again = match problem["again"].as_str() {
            // Not let in: the question itself was not judged.
            _ if code == "not-signed-in" => Again::Later,
            Some("never") => Again::Never,
            Some("after-you-act") => Again::AfterYouAct,
            _ => Again::Later,
        };
        Err(Told::new(code, again, text))
    }
}

impl Line for Gateway {
    fn via(&self) -> Option<PartyId> {
        self.known.as_ref().map(|(_, id)| *id)
    }
    fn say(&mut self, ask: &[u8]) -> Result<Vec<u8>, party::Refused> {
        let Some((known, _)) = &self.known else {
            let text =
                "no gateway is known here; keyfare device sign-in --gateway URL --name NAME, then the same again";
            return Err(party::Refused::by(&Told::new(
                "no-gateway",
                Again::Later,
                text.to_owned(),
            )));
        };
        let said = self.runtime.block_on(self.carry(known, ask.to_vec()));
        said.map_err(|no| party::Refused::by(&no))
    }
}

/// A refusal that came over the network.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Told {
    code: &'static str,
    again: Again,
    text: String,
}

impl Told {
    /// Codes that are known keep their name; others come as the gateway's.
    fn new(code: &str, again: Again, text: String) -> Self {
        let own = [
            "gateway-silent",
            "no-gateway",
            "not-signed-in",
            "gateway-needed",
            "people-first",
            "ask-stale",
        ];
        let known = sentence::codes().chain(own).find(|known| *known == code);
        Self {
            code: known.unwrap_or("gateway-refused"),
            again,
            text,
        }
    }
}
impl Refusal for Told {
    fn code(&self) -> &'static str {
        self.code
    }
    fn again(&self) -> Again {
        self.again
    }
}
