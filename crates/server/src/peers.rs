//! Peers: how a party reaches another. Addresses come from the signed directory and nowhere else; no redirect is followed, no
//! proxy of the environment is used, an answer is bounded in time and size, and a name that leads into a private network is
//! not followed there (row-86).

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use party::errand::{Reply, Verb};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header,
    redirect::Policy,
};

use crate::frame::{
    body::CBOR,
    limits::{ANSWER_MAX, PEER_TIME},
    problem::printable,
};

/// What came of asking a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Its answer.
    Answer(Bytes),
    /// It refused, with this code.
    Refused(String),
    /// It did not answer in time, or could not be reached.
    Silent,
}

impl Heard {
    /// As a party takes it.
    pub fn reply(&self) -> Reply<'_> {
        match self {
            Self::Answer(bytes) => Reply::Answer(bytes),
            Self::Refused(code) => Reply::Refused(code),
            Self::Silent => Reply::Silent,
        }
    }
}

/// The way to all peers.
#[derive(Debug, Clone)]
pub struct Peers {
    client: Client,
    private: bool,
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made: {0}")]
pub struct NoClient(#[from] reqwest::Error);

impl Peers {
    /// `private`: this realm's parties answer in a private network, so addresses there are no attack.
    pub fn new(private: bool) -> Result<Self, NoClient> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PEER_TIME)
            .connect_timeout(PEER_TIME)
            .pool_idle_timeout(crate::frame::limits::IDLE_TIME / 2)
            .tcp_nodelay(true)
            .user_agent(concat!("keyfare/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Checked::new(private, true)))
            .build()?;
        Ok(Self { client, private })
    }

    /// Asks the party at `address`.
    pub async fn ask(&self, address: &str, verb: Verb, body: Vec<u8>) -> Heard {
        match verb {
            Verb::Directory | Verb::Tick => match self.url(address, verb.word()) {
                Some(url) => hear(self.client.get(url)).await,
                None => Heard::Silent,
            },
            _ => self.post(address, verb.word(), body).await,
        }
    }

    /// Gets what lies under `/v1/{word}`, with this query.
    pub async fn get(&self, address: &str, word: &str, query: Option<&str>) -> Heard {
        match self.url(address, word) {
            Some(mut url) => {
                url.set_query(query);
                hear(self.client.get(url)).await
            }
            None => Heard::Silent,
        }
    }

    /// Posts a message under `/v1/{word}`.
    pub async fn post(&self, address: &str, word: &str, body: Vec<u8>) -> Heard {
        match self.url(address, word) {
            Some(url) => hear(self.client.post(url).header(header::CONTENT_TYPE, CBOR).body(body)).await,
            None => Heard::Silent,
        }
    }

    /// The address of a verb at a party; `None` where a party must not answer.
    fn url(&self, address: &str, word: &str) -> Option<Url> {
        let mut url = Url::parse(address).ok()?;
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        let literal: Option<IpAddr> = host.parse().ok();
        let here = literal.is_some_and(|ip| ip.to_canonical().is_loopback());
        let fits = match url.scheme() {
            "http" => here,
            "https" => here || self.private || literal.is_none_or(is_public),
            _ => false,
        };
        if !fits || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        url.set_path(&format!("{}/v1/{word}", url.path().trim_end_matches('/')));
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    }
}

async fn hear(request: RequestBuilder) -> Heard {
    let Ok(response) = request.send().await else {
        return Heard::Silent;
    };
    let status = response.status();
    let Some(bytes) = read(response).await else {
        return Heard::Silent;
    };
    match status {
        StatusCode::OK | StatusCode::NO_CONTENT => Heard::Answer(bytes),
        _ => code_in(&bytes).map_or(Heard::Silent, Heard::Refused),
    }
}

async fn read(mut response: Response) -> Option<Bytes> {
    if response.content_length().is_some_and(|len| len > ANSWER_MAX as u64) {
        return None;
    }
    let mut whole = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        if whole.len().saturating_add(piece.len()) > ANSWER_MAX {
            return None;
        }
        whole.extend_from_slice(&piece);
    }
    Some(whole.into())
}

/// The code in a peer's problem document, if it is one of ours.
fn code_in(bytes: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let code = document.get("code")?.as_str()?;
    (code.len() <= 64).then(|| printable(code))
}

/// Resolves names, and refuses those that lead anywhere but to the world: all of a name's addresses must be public, or none
/// is used. What is connected to is what was looked at, so a name that leads elsewhere the next time is looked at again.
pub(crate) struct Checked {
    /// Addresses of a private network are good, too.
    private: bool,
    /// `localhost` is good, if it leads to this machine.
    here: bool,
}

impl Checked {
    pub(crate) fn new(private: bool, here: bool) -> Self {
        Self { private, here }
    }

    fn are_good(&self, name: &str, found: &[SocketAddr]) -> bool {
        let here = self.here && name == "localhost";
        let good = |a: &SocketAddr| self.private || is_public(a.ip()) || (here && a.ip().is_loopback());
        !found.is_empty() && found.iter().all(good)
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let own = Self::new(self.private, self.here);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !own.are_good(name.as_str(), &found) {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// An address of the public internet?
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special = (a == 192 && b == 0 && c == 0) || (a == 198 && (18..20).contains(&b)) || a >= 240 || a == 0;
            let own = v4.is_private() || v4.is_loopback() || v4.is_link_local();
            !(own || v4.is_multicast() || v4.is_documentation() || shared || special)
        }
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    let global = a & 0xe000 == 0x2000;
    let documentation = a == 0x2001 && b == 0x0db8;
    // Addresses of these contain an IPv4 address that nobody has looked at.
    let tunnels = a == 0x2002 || (a == 0x2001 && b == 0);
    global && !documentation && !tunnels
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-86
    #[test]
    fn only_public_addresses_and_this_machine_are_asked() {
        let peers = Peers::new(false).unwrap();
        let check = |address: &str, ok: bool| assert_eq!(peers.url(address, "pay").is_some(), ok, "{address}");
        check("http://127.0.0.1:7403", true);
        check("http://[::1]:7403/", true);
        check("https://issuer.example", true);
        check("https://8.8.8.8", true);
        check("http://issuer.example", false);
        check("http://8.8.8.8", false);
        check("https://169.254.169.254/latest", false);
        check("https://[::ffff:169.254.169.254]", false);
        check("https://[::ffff:10.0.0.1]", false);
        check("https://10.1.2.3", false);
        check("https://100.64.0.1", false);
        check("https://[fe80::1]", false);
        check("https://[fd00::1]", false);
        check("https://[2002:a00:1::]", false);
        check("https://0.0.0.0", false);
        check("https://user:word@issuer.example", false);
        check("file:///etc/passwd", false);
        check("ftp://issuer.example", false);
        assert_eq!(
            peers.url("https://a.example/base?x#y", "pay").unwrap().as_str(),
            "https://a.example/base/v1/pay"
        );
    }

    // proves: row-86
    #[tokio::test]
    async fn a_name_that_leads_home_is_not_followed() {
        let no = Checked::new(false, true).resolve("localhost.".parse().unwrap()).await;
        assert!(no.is_err(), "a name with another spelling than the one allowed");
    }

    // proves: row-86
    #[test]
    fn a_name_is_judged_by_where_it_leads_each_time_it_is_looked_up() {
        let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 0);
        let strict = Checked::new(false, false);
        for (found, good) in [
            (vec![at("93.184.216.34")], true),
            // The same name a moment later, as whoever turns it wishes; alone, or beside an address that is good.
            (vec![at("127.0.0.1")], false),
            (vec![at("93.184.216.34"), at("10.0.0.7")], false),
            (vec![at("::ffff:169.254.169.254")], false),
            (vec![at("fd00::1")], false),
            (Vec::new(), false),
        ] {
            assert_eq!(strict.are_good("hooks.example", &found), good, "{found:?}");
        }
        let (home, here) = ([at("127.0.0.1"), at("::1")], Checked::new(false, true));
        assert!(here.are_good("localhost", &home) && !here.are_good("hooks.example", &home));
        assert!(!strict.are_good("localhost", &home));
        assert!(!here.are_good("localhost", &[at("10.0.0.7")]));
        assert!(Checked::new(true, false).are_good("hooks.example", &[at("10.0.0.7")]));
    }
}
