//! HTTP: the carrier over networks. Follows no redirects, believes no address but the registry's, and reads no more than
//! an answer may have.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, future::BoxFuture};
use reqwest::{Client, Response, StatusCode, header};
use seal::Realm;
use serde::Deserialize;
use units::{Again, PartyId};

use super::{Carrier, CarryRefusal, DirectoryRefusal, Part, Whereabouts};
use crate::home::write_whole;

/// The longest answer that is read: sealed messages are a tenth of it, a directory or an offer sheet at most this.
const ANSWER_MAX: usize = 1 << 20;
const CONNECT: Duration = Duration::from_secs(5);
/// How long a party may think. A payment that takes longer is on its way and is asked for again.
const ANSWER: Duration = Duration::from_secs(20);

/// Reaches the parties of one realm over HTTP.
#[derive(Debug)]
pub struct HttpCarrier {
    realm: Realm,
    client: Client,
    cache: Option<PathBuf>,
    known: Mutex<Option<Arc<Whereabouts>>>,
}

/// A "no" as RFC 9457 has it, as far as we read it.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    title: String,
}

/// Text of another program, shown to people: without controls, and not without end.
fn tame(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

impl HttpCarrier {
    /// A carrier for the parties of `realm`; `cache` is where the directory is kept for times without a registry.
    pub fn new(realm: Realm, cache: Option<PathBuf>) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent("keyfare")
            .build()?;
        let known = cache
            .as_ref()
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| Whereabouts::read(&bytes, &realm).ok())
            .map(Arc::new);
        Ok(Self {
            realm,
            client,
            cache,
            known: Mutex::new(known),
        })
    }

    fn known(&self) -> Option<Arc<Whereabouts>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch_directory(&self) -> Result<Arc<Whereabouts>, CarryRefusal> {
        let address = self.realm.registry.clone();
        let silent = |why: String| DirectoryRefusal::Silent {
            address: address.clone(),
            why,
        };
        let url = format!("{}/v1/directory", address.trim_end_matches('/'));
        let response = self.client.get(url).timeout(ANSWER).send().await;
        let response = response.map_err(|e| silent(plain(&e)))?;
        let bytes = body(response, "the registry").await?;
        let found = Whereabouts::read(&bytes, &self.realm)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = known.as_ref().filter(|k| k.number() > found.number()) {
            return Err(DirectoryRefusal::Older {
                got: found.number(),
                known: before.number(),
            }
            .into());
        }
        let found = Arc::new(found);
        *known = Some(found.clone());
        drop(known);
        if let Some(path) = &self.cache
            && let Err(error) = write_whole(path, &bytes)
        {
            tracing::warn!(%error, "the directory could not be kept");
        }
        Ok(found)
    }

    async fn place(&self, to: PartyId) -> Result<(String, String), CarryRefusal> {
        let find = |w: &Whereabouts| w.party(to).map(|p| (p.name.clone(), p.address.clone()));
        if let Some(found) = self.known().as_deref().and_then(find) {
            return Ok(found);
        }
        find(self.fetch_directory().await?.as_ref()).ok_or(CarryRefusal::Unknown(to))
    }

    async fn send(&self, to: PartyId, build: impl Fn(&Client, &str) -> reqwest::RequestBuilder) -> Answered {
        let (mut name, mut address) = self.place(to).await?;
        for last in [false, true] {
            let error = match build(&self.client, address.trim_end_matches('/')).send().await {
                Ok(response) => return Ok((name, response)),
                Err(error) => error,
            };
            let silent = CarryRefusal::Silent {
                name: name.clone(),
                why: plain(&error),
            };
            // Perhaps it has moved: ask the registry once, and try there.
            let moved = match last {
                false => self.fetch_directory().await.ok(),
                true => None,
            };
            match moved.as_ref().and_then(|w| w.party(to)) {
                Some(listed) if listed.address != address => {
                    (name, address) = (listed.name.clone(), listed.address.clone());
                }
                _ => return Err(silent),
            }
        }
        Err(CarryRefusal::Unknown(to))
    }
}

type Answered = Result<(String, Response), CarryRefusal>;

/// What went wrong, without addresses.
fn plain(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    what.to_owned()
}

/// The body of a good answer, or the problem in a bad one.
async fn body(response: Response, name: &str) -> Result<Vec<u8>, CarryRefusal> {
    let status = response.status();
    let bytes = limited(response, name).await?;
    if status.is_success() && status != StatusCode::ACCEPTED {
        Ok(bytes)
    } else {
        Err(problem(status, &bytes, name))
    }
}

async fn limited(response: Response, name: &str) -> Result<Vec<u8>, CarryRefusal> {
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|e| CarryRefusal::Silent {
            name: name.to_owned(),
            why: plain(&e),
        })?;
        if bytes.len().saturating_add(chunk.len()) > ANSWER_MAX {
            return Err(CarryRefusal::TooLong(name.to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn problem(status: StatusCode, bytes: &[u8], name: &str) -> CarryRefusal {
    let problem: Option<Problem> = serde_json::from_slice(bytes).ok();
    let silent = || CarryRefusal::Silent {
        name: name.to_owned(),
        why: format!("it answered {}", status.as_u16()),
    };
    match problem {
        _ if status == StatusCode::ACCEPTED => CarryRefusal::NotYet(name.to_owned()),
        Some(p) if p.code == "not-yet" => CarryRefusal::NotYet(name.to_owned()),
        Some(p) if !p.code.is_empty() => CarryRefusal::Refused {
            code: tame(&p.code, 60),
            again: match p.again.as_str() {
                "later" => Again::Later,
                "after-you-act" => Again::AfterYouAct,
                _ if status.is_server_error() => Again::Later,
                _ => Again::Never,
            },
            text: tame(if p.detail.is_empty() { &p.title } else { &p.detail }, 400),
        },
        // Something in between, or a program that fell over: whoever was meant has not spoken.
        _ => silent(),
    }
}

impl Carrier for HttpCarrier {
    fn post<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        body_bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move {
            let bytes = bytes::Bytes::from(body_bytes);
            let (name, response) = self
                .send(to, |client, address| {
                    client
                        .post(format!("{address}{path}"))
                        .header(header::CONTENT_TYPE, "application/cbor")
                        .timeout(ANSWER)
                        .body(bytes.clone())
                })
                .await?;
            body(response, &name).await
        })
    }

    fn get<'a>(&'a self, to: PartyId, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move {
            let get = |client: &Client, address: &str| client.get(format!("{address}{path}")).timeout(ANSWER);
            let (name, response) = self.send(to, get).await?;
            body(response, &name).await
        })
    }

    fn stream<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        from: u64,
        take: &'a mut (dyn FnMut(Part) -> bool + Send),
    ) -> BoxFuture<'a, Result<(), CarryRefusal>> {
        Box::pin(async move {
            let get = |client: &Client, address: &str| {
                client
                    .get(format!("{address}{path}"))
                    .header(header::RANGE, format!("bytes={from}-"))
            };
            let (name, response) = self.send(to, get).await?;
            if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                return Ok(());
            }
            if !response.status().is_success() {
                let status = response.status();
                return Err(problem(status, &limited(response, &name).await?, &name));
            }
            // A server without ranges sends all of it: what is here already is passed over.
            let mut skip = if response.status() == StatusCode::PARTIAL_CONTENT {
                0
            } else {
                from
            };
            let rest = response.content_length();
            let whole = rest.map(|n| if skip == 0 { n.saturating_add(from) } else { n });
            let mut stream = response.bytes_stream();
            while let Some(chunk) = stream.next().await {
                let chunk = chunk.map_err(|e| CarryRefusal::Silent {
                    name: name.clone(),
                    why: plain(&e),
                })?;
                let passed = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
                skip = skip.saturating_sub(passed as u64);
                let bytes = chunk.get(passed..).unwrap_or_default().to_vec();
                if !bytes.is_empty() && !take(Part { bytes, whole }) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn directory(&self, fresh: bool) -> BoxFuture<'_, Result<Arc<Whereabouts>, CarryRefusal>> {
        Box::pin(async move {
            match self.known() {
                Some(known) if !fresh => Ok(known),
                Some(known) => Ok(self.fetch_directory().await.unwrap_or(known)),
                None => self.fetch_directory().await,
            }
        })
    }
}
