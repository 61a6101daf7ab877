//! HTTP: the carrier over networks. Follows no redirects, believes no address but the registry's, and reads no more than
//! an answer may have.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use courier::{Asked, passes_near};

use futures::{StreamExt, future::BoxFuture};
use reqwest::{Client, Response, StatusCode, header};
use seal::Realm;
use serde::Deserialize;
use units::{Again, PartyId};

use super::{Carrier, CarryRefusal, DirectoryRefusal, Lookout, NotARelay, Part, Relay, Whereabouts};
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
    /// As its relay is; replaced whole.
    client: Mutex<Client>,
    /// Straight, and only where there is no relay: who is heard near by.
    near: Mutex<Nearby>,
    cache: Option<PathBuf>,
    known: Mutex<Option<Arc<Whereabouts>>>,
}

/// How long an address near by is passed over after what it said did not hold, or it said nothing at all.
const DOUBTED: Duration = Duration::from_mins(10);
/// Addresses near by that are doubted for one party before none is believed for it: somebody lies there, and moves about.
const DOUBTS_MAX: usize = 8;

/// The way to neighbours.
#[derive(Debug, Default)]
struct Nearby {
    lookout: Option<Arc<Lookout>>,
    relayed: bool,
    /// Whose answers were taken, and until when they are doubted, if they are.
    met: BTreeMap<(PartyId, String), Option<Instant>>,
}

impl Nearby {
    /// Where this party was heard, without those that are doubted.
    fn of(&mut self, to: PartyId) -> Vec<String> {
        let now = Instant::now();
        self.met.retain(|_, until| until.is_none_or(|until| now < until));
        let of_party = |((party, _), until): &(&(PartyId, String), &Option<Instant>)| *party == to && until.is_some();
        if self.relayed || self.met.iter().filter(of_party).count() >= DOUBTS_MAX {
            return Vec::new();
        }
        let heard = self
            .lookout
            .as_ref()
            .map(|lookout| lookout.of(&to.0))
            .unwrap_or_default();
        let addresses = heard.iter().map(|at| format!("http://{at}"));
        let trusted = |at: &String| !matches!(self.met.get(&(to, at.clone())), Some(Some(_)));
        addresses.filter(trusted).collect()
    }

    /// This address answered for that party: perhaps as the party, perhaps not.
    fn took(&mut self, to: PartyId, address: &str) {
        self.met.entry((to, address.to_owned())).or_default();
    }

    /// Passes over one address for a while.
    fn doubt_at(&mut self, to: PartyId, address: &str) {
        let until = Instant::now().checked_add(DOUBTED);
        self.met.insert((to, address.to_owned()), until);
    }

    /// Passes over whoever answered for that party near by. Was there anybody?
    fn doubt(&mut self, to: PartyId) -> bool {
        let until = Instant::now().checked_add(DOUBTED);
        let mut any = false;
        for ((party, _), doubted) in &mut self.met {
            if *party == to && doubted.is_none() {
                (*doubted, any) = (until, true);
            }
        }
        any
    }
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

/// A client that takes no way but this relay, where one was chosen, and follows nobody's wish to be redirected.
fn client(relay: Option<&Relay>) -> Result<Client, reqwest::Error> {
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(ANSWER)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("keyfare");
    match relay {
        Some(relay) => client.proxy(reqwest::Proxy::all(relay.as_str())?),
        None => client,
    }
    .build()
}

impl HttpCarrier {
    /// A carrier for the parties of `realm`; `cache` is where the directory is kept for times without a registry.
    pub fn new(realm: Realm, cache: Option<PathBuf>) -> Result<Self, reqwest::Error> {
        let client = Mutex::new(client(None)?);
        let known = cache
            .as_ref()
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| Whereabouts::read(&bytes, &realm).ok())
            .map(Arc::new);
        Ok(Self {
            realm,
            client,
            near: Mutex::default(),
            cache,
            known: Mutex::new(known),
        })
    }

    fn client(&self) -> Client {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
        let response = self.client().get(url).timeout(ANSWER).send().await;
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

    fn nearby(&self) -> std::sync::MutexGuard<'_, Nearby> {
        self.near.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where to go near by for this, if there is such a place: only to sellers, whose beacons may say so, and only with what
    /// may cross a local network in the open. Anybody can send a beacon with anybody's number.
    async fn neighbours(&self, to: PartyId, asked: Asked, path: &str) -> Vec<String> {
        if !passes_near(asked, path) {
            return Vec::new();
        }
        let addresses = self.nearby().of(to);
        if addresses.is_empty() || self.place(to).await.is_err() {
            return Vec::new();
        }
        match self.known() {
            Some(known) if known.is_seller(to) => addresses,
            _ => Vec::new(),
        }
    }

    /// Over the local network, where somebody answers there. A no, nothing, or silence is anybody's word: the usual address is
    /// asked too, and what came from near is the answer only if that is silent.
    async fn send_near(
        &self,
        to: PartyId,
        (asked, path): (Asked, &str),
        build: impl Fn(&Client, &str) -> reqwest::RequestBuilder,
    ) -> (Option<Vec<u8>>, Option<Answer>) {
        let mut last = None;
        for address in self.neighbours(to, asked, path).await {
            let answer = match build(&self.client(), &address).send().await {
                Ok(response) if is_elsewhere(response.status()) => continue,
                Ok(response) => body(response, "the shop near by").await,
                Err(error) if error.is_connect() => continue,
                Err(_) => {
                    self.nearby().doubt_at(to, &address);
                    break;
                }
            };
            match answer {
                Ok(bytes) if !bytes.is_empty() => {
                    self.nearby().took(to, &address);
                    return (Some(bytes), None);
                }
                Err(CarryRefusal::Silent { .. }) => {
                    self.nearby().doubt_at(to, &address);
                    break;
                }
                other => last = Some(other),
            }
        }
        (None, last)
    }

    /// Brings an answer of at most [`ANSWER_MAX`], from near by or from the usual address.
    async fn bring(
        &self,
        to: PartyId,
        asked: (Asked, &str),
        build: impl Fn(&Client, &str) -> reqwest::RequestBuilder,
    ) -> Answer {
        let (near, otherwise) = self.send_near(to, asked, &build).await;
        if let Some(bytes) = near {
            return Ok(bytes);
        }
        let usual = match self.send(to, build).await {
            Ok((name, response)) => body(response, &name).await,
            Err(no) => Err(no),
        };
        match (usual, otherwise) {
            (Err(CarryRefusal::Silent { .. }), Some(said)) => said,
            (usual, _) => usual,
        }
    }

    /// The beginning of a stream from near by, if somebody there has one.
    async fn open_near(
        &self,
        to: PartyId,
        path: &str,
        build: impl Fn(&Client, &str) -> reqwest::RequestBuilder,
    ) -> Option<Response> {
        for address in self.neighbours(to, Asked::Get, path).await {
            match build(&self.client(), &address).send().await {
                Ok(response) if response.status().is_success() => {
                    self.nearby().took(to, &address);
                    return Some(response);
                }
                Err(error) if !error.is_connect() => {
                    self.nearby().doubt_at(to, &address);
                    return None;
                }
                _ => {}
            }
        }
        None
    }

    async fn send(&self, to: PartyId, build: impl Fn(&Client, &str) -> reqwest::RequestBuilder) -> Answered {
        let (mut name, mut address) = self.place(to).await?;
        for last in [false, true] {
            let error = match build(&self.client(), address.trim_end_matches('/')).send().await {
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

/// A neighbour that has no such address, or is out of order: the usual way may do better.
fn is_elsewhere(status: StatusCode) -> bool {
    status == StatusCode::NOT_FOUND || status.is_redirection() || status.is_server_error()
}

type Answered = Result<(String, Response), CarryRefusal>;
type Answer = Result<Vec<u8>, CarryRefusal>;

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

impl HttpCarrier {
    async fn post_as(
        &self,
        kind: &'static str,
        to: PartyId,
        path: &str,
        body_bytes: Vec<u8>,
    ) -> Result<Vec<u8>, CarryRefusal> {
        let bytes = bytes::Bytes::from(body_bytes);
        let post = |client: &Client, address: &str| {
            client
                .post(format!("{address}{path}"))
                .header(header::CONTENT_TYPE, kind)
                .timeout(ANSWER)
                .body(bytes.clone())
        };
        self.bring(to, (Asked::Post, path), post).await
    }
}

impl Carrier for HttpCarrier {
    fn post<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        body_bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(self.post_as("application/cbor", to, path, body_bytes))
    }

    fn post_json<'a>(
        &'a self,
        to: PartyId,
        path: &'a str,
        body_bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(self.post_as("application/json", to, path, body_bytes))
    }

    fn get<'a>(&'a self, to: PartyId, path: &'a str) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move {
            let get = |client: &Client, address: &str| client.get(format!("{address}{path}")).timeout(ANSWER);
            self.bring(to, (Asked::Get, path), get).await
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
            let (name, response) = match self.open_near(to, path, get).await {
                Some(response) => ("the shop near by".to_owned(), response),
                None => self.send(to, get).await?,
            };
            if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
                return Ok(());
            }
            if response.status().is_redirection() {
                // It lies at another party. Where, the registry says, and no answer.
                return Err(CarryRefusal::Refused {
                    code: "elsewhere".to_owned(),
                    again: Again::Never,
                    text: format!("{name} does not keep this file itself"),
                });
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

    fn over(&self, relay: Option<&Relay>) -> Result<(), NotARelay> {
        let made = client(relay).map_err(|_| NotARelay)?;
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = made;
        self.nearby().relayed = relay.is_some();
        Ok(())
    }

    fn near(&self, lookout: Option<Arc<Lookout>>) {
        let mut nearby = self.nearby();
        nearby.met.clear();
        nearby.lookout = lookout;
    }

    fn doubt(&self, to: PartyId) -> bool {
        self.nearby().doubt(to)
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

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
        sync::mpsc,
    };

    use super::*;

    /// Where the relay of these tests goes out from: another address of this machine.
    const RELAY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

    /// A party that notes who came, by the address it sees, and what was asked.
    fn party() -> (SocketAddr, mpsc::Receiver<(IpAddr, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = [0; 4096];
                let len = stream.read(&mut bytes).unwrap();
                let asked = String::from_utf8_lossy(&bytes[..len]).into_owned();
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                if tell.send((stream.peer_addr().unwrap().ip(), asked)).is_err() {
                    return;
                }
            }
        });
        (at, told)
    }

    /// A stream to `at` that leaves from the relay's own address.
    fn out(at: SocketAddr) -> TcpStream {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::new(RELAY, 0)).unwrap();
            socket.connect(at).await.unwrap().into_std().unwrap()
        });
        stream.set_nonblocking(false).unwrap();
        stream
    }

    fn pour(mut from: TcpStream, mut to: TcpStream) {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    }

    fn join(one: TcpStream, other: TcpStream) {
        let (a, b) = (one.try_clone().unwrap(), other.try_clone().unwrap());
        std::thread::spawn(move || pour(a, b));
        pour(other, one);
    }

    /// A SOCKS 5 relay as RFC 1928 has it, without a name and a password; it leaves from an address of its own.
    fn socks() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 2];
                stream.read_exact(&mut head).unwrap();
                let mut ways = vec![0; usize::from(head[1])];
                stream.read_exact(&mut ways).unwrap();
                stream.write_all(&[5, 0]).unwrap();
                let mut asked = [0; 4];
                stream.read_exact(&mut asked).unwrap();
                let host = match asked[3] {
                    1 => {
                        let mut ip = [0; 4];
                        stream.read_exact(&mut ip).unwrap();
                        Ipv4Addr::from(ip).to_string()
                    }
                    3 => {
                        let mut len = [0];
                        stream.read_exact(&mut len).unwrap();
                        let mut name = vec![0; usize::from(len[0])];
                        stream.read_exact(&mut name).unwrap();
                        String::from_utf8(name).unwrap()
                    }
                    other => panic!("address type {other}"),
                };
                let mut port = [0; 2];
                stream.read_exact(&mut port).unwrap();
                let to = format!("{host}:{}", u16::from_be_bytes(port)).parse().unwrap();
                let onward = out(to);
                stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 2, 0, 0]).unwrap();
                std::thread::spawn(move || join(stream, onward));
            }
        });
        at
    }

    /// A relay of the other kind: whole addresses in the first line.
    fn forwarder() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = [0; 4096];
                let len = stream.read(&mut bytes).unwrap();
                let asked = String::from_utf8_lossy(&bytes[..len]).into_owned();
                let (host, rest) = asked.split_once("http://").unwrap().1.split_once('/').unwrap();
                let mut onward = out(host.parse().unwrap());
                onward.write_all(format!("GET /{rest}").as_bytes()).unwrap();
                std::thread::spawn(move || join(stream, onward));
            }
        });
        at
    }

    fn carrier(registry: SocketAddr) -> HttpCarrier {
        let key = |n| seal::Signer::new(&seal::Secret::new([n; 32])).verify_key();
        let realm = Realm {
            name: "dev".into(),
            currency: "JPY".into(),
            roots: seal::Roots {
                card: key(1),
                publisher: key(2),
                issuer: key(3),
                registry: key(4),
                time: key(5),
            },
            registry: format!("http://{registry}"),
        };
        HttpCarrier::new(realm, None).unwrap()
    }

    /// proves: row-67
    #[tokio::test]
    async fn over_a_relay_a_party_sees_the_relays_address_and_never_the_holders() {
        let (at, told) = party();
        let carrier = carrier(at);
        let seen = || told.recv_timeout(Duration::from_secs(20)).unwrap();
        let _ = carrier.directory(true).await;
        assert_eq!(seen().0, IpAddr::V4(Ipv4Addr::LOCALHOST), "straight");
        for relay in [format!("socks5h://{}", socks()), format!("http://{}", forwarder())] {
            let chosen = Relay::read(&relay).unwrap();
            carrier.over(chosen.as_ref()).unwrap();
            let _ = carrier.directory(true).await;
            let (from, asked) = seen();
            assert_eq!(from, RELAY, "{relay}");
            // Nor is it told by a field.
            let asked = asked.to_lowercase();
            for field in ["forwarded", "x-real-ip", "via:", "127.0.0.1:0"] {
                assert!(!asked.contains(field), "{asked}");
            }
        }
        // A relay that is away: nobody is reached, and nobody is gone to straight.
        let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let chosen = Relay::read(&format!("socks5h://{away}")).unwrap();
        carrier.over(chosen.as_ref()).unwrap();
        assert!(carrier.directory(true).await.is_err());
        assert!(told.try_recv().is_err());
        carrier.over(None).unwrap();
        let _ = carrier.directory(true).await;
        assert_eq!(seen().0, IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
}
