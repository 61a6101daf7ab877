//! Agent: the other end of the wallet's API, for programs of the same user. It makes sure of the wallet before it shows
//! anything (row-77): whoever sits on the port must prove that it can read the token file.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use reqwest::{Client, RequestBuilder, header};
use seal::{Secret, same};
use serde_json::Value;
use units::{Again, Refusal};

use crate::{
    drive::{Drive, Os},
    home::{Home, HomeRefusal},
    pages::{bearer, proof},
};

/// A payment may take as long as the wallet is patient, and a PIN check its time.
const ANSWER: Duration = Duration::from_secs(120);

/// Why the wallet was not asked, or said no. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum AgentRefused {
    /// None runs.
    #[error("no wallet is running for this card; start it, or do this without it")]
    NotRunning,
    /// Its token cannot be read.
    #[error(transparent)]
    Home(#[from] HomeRefusal),
    /// Somebody else is on its port.
    #[error(
        "what answers on {0} is not this card's wallet: nothing was told to it; find out which program has taken the port"
    )]
    Impostor(String),
    /// It said no.
    #[error("{text}")]
    Refused {
        /// Its code.
        code: String,
        /// Would asking again help?
        again: Again,
        /// Its text.
        text: String,
    },
    /// It went away.
    #[error("the wallet stopped answering; whatever was paid goes on at its next start")]
    Gone,
}

impl Refusal for AgentRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotRunning => "wallet-not-running",
            Self::Home(e) => e.code(),
            Self::Impostor(_) => "wallet-impostor",
            Self::Refused { .. } => "wallet-refused",
            Self::Gone => "wallet-gone",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Refused { again, .. } => *again,
            Self::Gone => Again::Later,
            _ => Again::AfterYouAct,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// A wallet that has proven itself.
#[derive(Debug)]
pub struct Agent {
    client: Client,
    origin: String,
    bearer: String,
}

impl Agent {
    /// The running wallet of this home.
    pub async fn find(home: &Home) -> Result<Self, AgentRefused> {
        let host = home.announced().ok_or(AgentRefused::NotRunning)?;
        Self::at(home, &host).await
    }

    /// The wallet of this home, said to answer at `host` ("127.0.0.1:7411").
    pub async fn at(home: &Home, host: &str) -> Result<Self, AgentRefused> {
        let token = home.known_token()?;
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER)
            .build();
        let client = client.map_err(|_| AgentRefused::NotRunning)?;
        let origin = format!("http://{host}");
        let nonce = BASE32_NOPAD.encode(Os.seed().expose());
        let asked = client.get(format!("{origin}/v1/proof?nonce={nonce}")).send().await;
        let answer = asked.map_err(|_| AgentRefused::NotRunning)?;
        let shown: Option<Value> = answer.json().await.ok();
        let shown = shown
            .as_ref()
            .and_then(|v| v.get("proof")?.as_str())
            .unwrap_or_default();
        if !same(shown.as_bytes(), proof(&token, nonce.as_bytes(), host).as_bytes()) {
            return Err(AgentRefused::Impostor(host.to_owned()));
        }
        Ok(Self::trusted(client, origin, &token, host))
    }

    fn trusted(client: Client, origin: String, token: &Secret, host: &str) -> Self {
        Self {
            client,
            origin,
            bearer: bearer(token, host),
        }
    }

    /// Gets what lies at `path` ("/v1/card").
    pub async fn get(&self, path: &str) -> Result<Value, AgentRefused> {
        self.ask(self.client.get(format!("{}{path}", self.origin))).await
    }

    /// Posts `body` to `path`.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, AgentRefused> {
        let request = self
            .client
            .post(format!("{}{path}", self.origin))
            .header(header::ORIGIN, &self.origin);
        self.ask(request.json(body)).await
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, AgentRefused> {
        let answer = request
            .bearer_auth(&self.bearer)
            .send()
            .await
            .map_err(|_| AgentRefused::Gone)?;
        let good = answer.status().is_success();
        let value: Value = answer.json().await.map_err(|_| AgentRefused::Gone)?;
        if good {
            return Ok(value);
        }
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(AgentRefused::Refused {
            code: text("code"),
            again: match text("again").as_str() {
                "later" => Again::Later,
                "after-you-act" => Again::AfterYouAct,
                _ => Again::Never,
            },
            text: text("detail"),
        })
    }
}
