//! Door: takes letters from other wallets. Programs only, never a web page: a request that a browser could have been made
//! to send is refused, and so is one from beyond the local network.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use courier::{LETTER_MAX, Letter, Stage, is_local};
use futures::stream;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use units::{Hash, Moment, Span};

use super::{CBOR, REPLY};
use crate::{
    engine::{Outcome, Reply, Wallet, locked},
    pages::Problem,
};

/// Letters from one address in a minute.
const LETTERS_MAX: usize = 60;
/// Addresses that are counted; more at once is somebody who floods.
const ADDRESSES_MAX: usize = 64;

/// Letters of loans that are remembered as having shown where their sender is: more than there are talks under way.
const MET_MAX: usize = 256;

type WhichWallet = Arc<dyn Fn() -> Option<Wallet> + Send + Sync>;

/// What a door opens to.
#[derive(Clone)]
pub struct Door {
    wallet: WhichWallet,
    came: Arc<Mutex<HashMap<IpAddr, VecDeque<Moment>>>>,
    /// Letters of loans whose sender's address was noted, the latest last.
    met: Arc<Mutex<VecDeque<Hash>>>,
}

impl core::fmt::Debug for Door {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Door")
    }
}

impl Door {
    /// A door to whatever wallet `wallet` names when a letter comes.
    pub fn new(wallet: impl Fn() -> Option<Wallet> + Send + Sync + 'static) -> Self {
        Self {
            wallet: Arc::new(wallet),
            came: Arc::default(),
            met: Arc::default(),
        }
    }

    /// Does this letter show that the pair's other side sent it now, from where it came? A greeting does not: whoever heard one
    /// once can bring it again. What follows answers this side's own number of this time; and it does so once.
    fn shows_where(&self, stage: Stage, body: &[u8]) -> bool {
        if stage == Stage::Greet {
            return false;
        }
        let name = seal::hash(body);
        let mut met = locked(&self.met);
        if met.contains(&name) {
            return false;
        }
        if met.len() >= MET_MAX {
            met.pop_front();
        }
        met.push_back(name);
        true
    }

    fn wallet(&self) -> Result<Wallet, Problem> {
        (self.wallet)().ok_or_else(Problem::no_card)
    }

    /// Counts a letter. `false`: too many in a minute.
    fn may_come(&self, from: IpAddr, now: Moment) -> bool {
        let recent = |at: &Moment| now.since(*at) < Span::minutes(1);
        let mut came = locked(&self.came);
        came.retain(|_, times| times.back().is_some_and(recent));
        if came.len() >= ADDRESSES_MAX && !came.contains_key(&from) {
            return false;
        }
        let times = came.entry(from).or_default();
        times.retain(recent);
        if times.len() >= LETTERS_MAX {
            return false;
        }
        times.push_back(now);
        true
    }
}

/// The routes under `/hand`, for any router.
pub fn router<S: Clone + Send + Sync + 'static>(door: Door) -> Router<S> {
    Router::new()
        .route("/hand/offer", post(offer))
        .route("/hand/ask", post(ask))
        .route("/hand/answer", post(answer))
        .route("/hand/key", post(key))
        .route("/hand/done", post(done))
        .route("/hand/declined", post(declined))
        .route("/hand/wish", post(wish))
        .route("/hand/locked", post(locked_copy))
        .route("/hand/pair", post(pair))
        .route("/hand/paired", post(paired))
        .route("/hand/loan/{stage}", post(loan))
        .route("/hand/unfinished", post(unfinished))
        .route("/hand/there", post(there))
        .route("/hand/call", post(call))
        .route("/hand/package/{header}", get(package))
        .layer(DefaultBodyLimit::max(LETTER_MAX))
        .layer(middleware::from_fn_with_state(door.clone(), watch))
        .with_state(door)
}

/// Who brings it. Where nobody says, it is this machine: the listener there is bound to loopback.
fn from(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(at)| at.ip())
}

async fn watch(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let (came_from, headers) = (from(&request), request.headers());
    // Browsers name where a request comes from, and cannot be made not to; programs do not.
    let browser = headers.contains_key(header::ORIGIN) || headers.keys().any(|k| k.as_str().starts_with("sec-fetch-"));
    let no = if !is_local(came_from) {
        Some((
            StatusCode::FORBIDDEN,
            "not-local",
            "letters are taken from this network only",
        ))
    } else if browser {
        Some((
            StatusCode::FORBIDDEN,
            "other-origin",
            "letters are brought by wallets, not by pages",
        ))
    } else if request.method() == axum::http::Method::POST
        && headers
            .get(header::CONTENT_TYPE)
            .is_none_or(|kind| kind.as_bytes() != CBOR.as_bytes())
    {
        Some((
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "letters are application/cbor",
        ))
    } else {
        let now = (door.wallet)().map(|wallet| wallet.drive().now());
        now.filter(|now| !door.may_come(came_from, *now)).map(|_| {
            (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-letters",
                "too many letters; wait a minute",
            )
        })
    };
    if let Some((status, code, text)) = no {
        return Problem::new(status, code, text).into_response();
    }
    request.extensions_mut().insert(From(came_from));
    next.run(request).await
}

#[derive(Clone, Copy)]
struct From(IpAddr);

type Came = axum::Extension<From>;

/// Where the answer goes: the port that was named, at the address it came from.
async fn reply(wallet: &Wallet, from: From, headers: &HeaderMap) -> Option<Reply> {
    let port: u16 = headers
        .get(REPLY)?
        .to_str()
        .ok()?
        .parse()
        .ok()
        .filter(|port| *port != 0)?;
    let address = SocketAddr::new(from.0, port);
    let near = wallet.neighbours().await;
    let peer = near.and_then(|(_, peers)| peers.into_iter().find(|p| p.address.port() == port));
    Some(Reply {
        // The beacon's own address counts where the two differ: one machine has several.
        address: peer.as_ref().map_or(address, |p| p.address),
        name: peer.map(|p| p.words),
    })
}

async fn offer(
    State(door): State<Door>,
    axum::Extension(came): Came,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wallet = door.wallet()?;
    let reply = reply(&wallet, came, &headers).await;
    wallet.offer_arrived(&body, reply).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn ask(State(door): State<Door>, body: Bytes) -> Result<Vec<u8>, Problem> {
    Ok(door.wallet()?.answer_ask(body.to_vec()).await?)
}

async fn answer(State(door): State<Door>, body: Bytes) -> Result<Vec<u8>, Problem> {
    let gave = door.wallet()?.decide(body.to_vec()).await?;
    Ok(gave.letter.body)
}

/// The answer to a key is the `done` for it, where there is one to say.
async fn key(State(door): State<Door>, body: Bytes) -> Result<Vec<u8>, Problem> {
    let wallet = door.wallet()?;
    match wallet.take_key(body.to_vec()).await? {
        Outcome::Given { deal, .. } => Ok(wallet.done_of(deal).await.map(|l| l.body).unwrap_or_default()),
        _ => Ok(Vec::new()),
    }
}

async fn done(State(door): State<Door>, body: Bytes) -> Result<StatusCode, Problem> {
    door.wallet()?.take_done(body.to_vec()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A friend does not want what was laid before him. What was never offered here is heard like what was.
async fn declined(State(door): State<Door>, body: Bytes) -> Result<StatusCode, Problem> {
    if let Ok(offer) = <[u8; 32]>::try_from(body.as_ref()) {
        door.wallet()?.hear_declined(Hash(offer));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What this card says of itself to be given a locked copy: nothing changes by it.
async fn wish(State(door): State<Door>) -> Result<Vec<u8>, Problem> {
    Ok(door.wallet()?.wish().await?.body)
}

async fn locked_copy(
    State(door): State<Door>,
    axum::Extension(came): Came,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wallet = door.wallet()?;
    let reply = reply(&wallet, came, &headers).await;
    wallet.locked_arrived(&body, reply).await?;
    Ok(StatusCode::ACCEPTED)
}

/// A player shows itself to be paired; nothing changes by it.
async fn pair(State(door): State<Door>) -> Result<Vec<u8>, Problem> {
    Ok(door.wallet()?.pairing_sheet().await?.body)
}

/// The wallet's half of a pair waits for the player's owner.
async fn paired(
    State(door): State<Door>,
    axum::Extension(came): Came,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wallet = door.wallet()?;
    let reply = reply(&wallet, came, &headers).await;
    wallet.pairing_arrived(body.to_vec(), reply);
    Ok(StatusCode::ACCEPTED)
}

/// A letter of a loan, answered with the next one.
async fn loan(
    State(door): State<Door>,
    Path(stage): Path<String>,
    axum::Extension(came): Came,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Vec<u8>, Problem> {
    let stage = Stage::named(&stage).filter(|stage| stage.is_of_a_loan());
    let stage = stage.ok_or_else(Problem::not_found)?;
    let wallet = door.wallet()?;
    let reply = reply(&wallet, came, &headers).await;
    let heard = wallet.hear_loan(&Letter::new(stage, body.to_vec())).await?;
    if let (Some(pair), Some(reply)) = (heard.pair, &reply)
        && door.shows_where(stage, &body)
    {
        wallet.note_paired_at(pair, reply.address);
    }
    Ok(heard.say.map(|say| say.body).unwrap_or_default())
}

/// Loans that this side has not heard the end of: sealed letters, each for one other device.
async fn unfinished(State(door): State<Door>) -> Result<Vec<u8>, Problem> {
    Ok(door.wallet()?.unfinished_loans_sheet().await)
}

/// Is the wallet there that a loan came from (ST-23)?
async fn there(State(door): State<Door>, body: Bytes) -> Result<Vec<u8>, Problem> {
    Ok(door.wallet()?.say_there(body.to_vec()).await?)
}

/// A player asks its wallet to come and take a loan back: nothing but what was lent can come of it.
async fn call(
    State(door): State<Door>,
    axum::Extension(came): Came,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let wallet = door.wallet()?;
    let reply = reply(&wallet, came, &headers).await.ok_or_else(Problem::not_found)?;
    wallet.called_back(&body, reply.address).await?;
    Ok(StatusCode::ACCEPTED)
}

/// A package anybody may copy, of a work that its holder has just offered; from any byte on.
async fn package(State(door): State<Door>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let wallet = door.wallet()?;
    let header: Hash = name.parse().map_err(|_| Problem::not_found())?;
    let path = match wallet.is_offered(header).await {
        true => wallet.packages().file(header).ok_or_else(Problem::not_found)?,
        false => return Err(Problem::not_found()),
    };
    let gone = |_| Problem::not_found();
    let mut file = tokio::fs::File::open(path).await.map_err(gone)?;
    let len = file.metadata().await.map_err(gone)?.len();
    let wanted = headers.get(header::RANGE).and_then(|r| r.to_str().ok());
    let at = wanted.and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<u64>().ok());
    let at = at.filter(|at| *at <= len).unwrap_or(0);
    file.seek(std::io::SeekFrom::Start(at)).await.map_err(gone)?;
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; 64 << 10];
        let n = file.read(&mut chunk).await?;
        chunk.truncate(n);
        Ok::<_, std::io::Error>((n > 0).then_some((Bytes::from(chunk), file)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, len.saturating_sub(at).to_string()),
    ];
    let mut response = (headers, Body::from_stream(chunks)).into_response();
    if at > 0 {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let range = format!("bytes {at}-{}/{len}", len.saturating_sub(1));
        if let Ok(range) = range.parse() {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
    }
    Ok(response)
}
