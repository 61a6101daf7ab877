//! Post: brings letters to another wallet's door, on this machine or a local network and nowhere else.

use std::{
    net::SocketAddr,
    sync::{
        OnceLock,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use courier::{LETTER_MAX, Letter, is_local};
use futures::StreamExt;
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use units::{Again, Hash, Refusal};

use super::{CBOR, REPLY};

/// How long the other wallet may take: its card writes to a disk, perhaps a slow one.
const ANSWER: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(3);

/// Why a letter was not taken. In order of precedence; it can be brought again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostRefused {
    /// Not on a local network.
    #[error("{0} is not on this machine or its local network; letters go no further")]
    NotLocal(SocketAddr),
    /// Nobody answers.
    #[error("the other wallet does not answer ({0}); bring the two together again, nothing is lost")]
    Silent(&'static str),
    /// It says no.
    #[error("{text}")]
    Refused {
        /// Its code.
        code: String,
        /// Its word on asking again.
        again: Again,
        /// Its text.
        text: String,
    },
    /// It sends more than any letter.
    #[error("the other wallet sends more than any letter holds; it is no wallet")]
    TooLong,
}

impl Refusal for PostRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotLocal(_) => "other-wallet-not-local",
            Self::Silent(_) => "other-wallet-silent",
            Self::Refused { .. } => "other-wallet-refused",
            Self::TooLong => "other-wallet-too-long",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotLocal(_) | Self::TooLong => Again::Never,
            Self::Silent(_) => Again::Later,
            Self::Refused { again, .. } => *again,
        }
    }
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    detail: String,
}

/// Brings letters.
#[derive(Default)]
pub struct Post {
    client: OnceLock<Option<Client>>,
    door: AtomicU16,
}

impl Post {
    /// This wallet's own door on loopback is at this port.
    pub fn set_door(&self, port: u16) {
        self.door.store(port, Ordering::Relaxed);
    }
    /// That port.
    pub fn door(&self) -> Option<u16> {
        Some(self.door.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }

    fn client(&self) -> Result<&Client, PostRefused> {
        let client = self.client.get_or_init(|| {
            let builder = Client::builder()
                .connect_timeout(CONNECT)
                .timeout(ANSWER)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy();
            builder.build().ok()
        });
        client
            .as_ref()
            .ok_or(PostRefused::Silent("this program cannot use the network"))
    }

    /// Brings one letter, and the answer to it: the key for an answer, a `done` for a key, nothing for the others.
    pub async fn send(&self, to: SocketAddr, letter: &Letter, reply: Option<u16>) -> Result<Vec<u8>, PostRefused> {
        let what = match letter.stage.is_of_a_loan() {
            true => format!("loan/{}", letter.stage.name()),
            false => letter.stage.name().to_owned(),
        };
        self.bring(to, &what, letter.body.clone(), reply).await
    }

    /// Asks a player for the sheet it is paired by.
    pub async fn pairing(&self, to: SocketAddr) -> Result<Vec<u8>, PostRefused> {
        self.bring(to, "pair", Vec::new(), None).await
    }

    /// Asks the other device for what it has not heard the end of.
    pub async fn unfinished(&self, to: SocketAddr) -> Result<Vec<u8>, PostRefused> {
        self.bring(to, "unfinished", Vec::new(), None).await
    }

    /// Asks a wallet whether it is there.
    pub async fn there(&self, to: SocketAddr, asked: Vec<u8>) -> Result<Vec<u8>, PostRefused> {
        self.bring(to, "there", asked, None).await
    }

    /// Asks a wallet to come for a loan.
    pub async fn call(&self, to: SocketAddr, loan: Vec<u8>, reply: Option<u16>) -> Result<(), PostRefused> {
        self.bring(to, "call", loan, reply).await.map(drop)
    }

    /// Asks the other card about what it has offered.
    pub async fn ask(&self, to: SocketAddr, ask: Vec<u8>) -> Result<Vec<u8>, PostRefused> {
        self.bring(to, "ask", ask, None).await
    }

    /// Tells the other wallet that its offer is not wanted.
    pub async fn declined(&self, to: SocketAddr, offer: Hash) -> Result<(), PostRefused> {
        self.bring(to, "declined", offer.0.to_vec(), None).await.map(drop)
    }

    /// Asks the other card for its wish, to be given a locked copy.
    pub async fn wish(&self, to: SocketAddr) -> Result<Vec<u8>, PostRefused> {
        self.bring(to, "wish", Vec::new(), None).await
    }

    async fn bring(
        &self,
        to: SocketAddr,
        what: &str,
        body: Vec<u8>,
        reply: Option<u16>,
    ) -> Result<Vec<u8>, PostRefused> {
        local(to)?;
        let request = self.client()?.post(format!("http://{to}/hand/{what}"));
        let mut request = request.header(header::CONTENT_TYPE, CBOR).body(body);
        if let Some(port) = reply {
            request = request.header(REPLY, port);
        }
        answer(request).await
    }

    /// The other wallet's copy of a package it has offered a license of.
    pub async fn package(&self, to: SocketAddr, header: Hash, from: u64) -> Result<Response, PostRefused> {
        local(to)?;
        let request = self.client()?.get(format!("http://{to}/hand/package/{header}"));
        let request = request
            .header(header::RANGE, format!("bytes={from}-"))
            .timeout(Duration::from_secs(3600));
        let response = request.send().await.map_err(silent)?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(refused(response).await)
        }
    }
}

fn local(to: SocketAddr) -> Result<(), PostRefused> {
    if is_local(to.ip()) {
        Ok(())
    } else {
        Err(PostRefused::NotLocal(to))
    }
}

fn silent(error: reqwest::Error) -> PostRefused {
    PostRefused::Silent(if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}

async fn answer(request: RequestBuilder) -> Result<Vec<u8>, PostRefused> {
    let response = request.send().await.map_err(silent)?;
    if response.status().is_success() {
        limited(response).await
    } else {
        Err(refused(response).await)
    }
}

async fn refused(response: Response) -> PostRefused {
    let status = response.status();
    let bytes = limited(response).await.unwrap_or_default();
    let tame = |text: &str| text.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
    match serde_json::from_slice::<Problem>(&bytes) {
        Ok(problem) => PostRefused::Refused {
            code: tame(&problem.code),
            again: match problem.again.as_str() {
                "later" => Again::Later,
                "never" => Again::Never,
                _ => Again::AfterYouAct,
            },
            text: tame(&problem.detail),
        },
        Err(_) if status == StatusCode::TOO_MANY_REQUESTS => PostRefused::Silent("it has too much to do"),
        Err(_) => PostRefused::Silent("whatever answers there is no wallet"),
    }
}

async fn limited(response: Response) -> Result<Vec<u8>, PostRefused> {
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(silent)?;
        if bytes.len().saturating_add(chunk.len()) > LETTER_MAX {
            return Err(PostRefused::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
