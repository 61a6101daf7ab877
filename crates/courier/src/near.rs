//! Near: wallets on one local network find each other, while their holders want to be found and no longer.
//!
//! Each sends a small beacon once a second: that it is a wallet, of which realm, under which passing tag, and on which port
//! it takes letters. Nothing of a card is in it. It goes one hop far (multicast with a lifetime of 1, and broadcast for
//! networks that carry no multicast) and is believed only from addresses of local networks. Who lies in a beacon gets
//! sealed letters that he cannot read.
//!
//! ```text
//!   "KFN1"   realm (8)   tag (8)   port (2)      a wallet
//!   "KFP1"   realm (8)   tag (8)   port (2)      a player, as long as it runs
//! ```

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::{net::UdpSocket, sync::watch, task::JoinHandle, time::Instant};

use crate::two_words;

/// The port beacons are heard on, unless a test has its own.
pub const FOUND_AT: u16 = 7475;

const MAGIC: &[u8; 4] = b"KFN1";
const PLAYER: &[u8; 4] = b"KFP1";
const LEN: usize = 22;
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 75, 70);
const EVERY: Duration = Duration::from_secs(1);
pub(crate) const GONE_AFTER: Duration = Duration::from_secs(5);
/// As many others as are remembered; more at once is somebody who floods.
const PEERS_MAX: usize = 32;

/// What a wallet says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beacon {
    /// The first bytes of its realm's id: wallets of other realms need not be shown.
    pub realm: [u8; 8],
    /// Its passing name, fresh each time its holder wants to be found.
    pub tag: [u8; 8],
    /// The port on which it takes letters.
    pub port: u16,
    /// A player, to which wallets lend; else a wallet.
    pub is_player: bool,
}

impl Beacon {
    fn to_bytes(self) -> [u8; LEN] {
        let mut out = [0; LEN];
        let magic = if self.is_player { PLAYER } else { MAGIC };
        let fields = magic.iter().chain(&self.realm).chain(&self.tag).copied();
        for (to, from) in out.iter_mut().zip(fields.chain(self.port.to_be_bytes())) {
            *to = from;
        }
        out
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let is_player = bytes.starts_with(PLAYER);
        let rest = bytes.strip_prefix(if is_player { PLAYER } else { MAGIC })?;
        let (realm, rest) = rest.split_first_chunk::<8>()?;
        let (tag, rest) = rest.split_first_chunk::<8>()?;
        let port = u16::from_be_bytes(rest.try_into().ok()?);
        (port != 0).then_some(Self {
            realm: *realm,
            tag: *tag,
            port,
            is_player,
        })
    }
    /// Its two words, which its holder reads out to the friend.
    pub fn words(&self) -> String {
        two_words(&self.tag)
    }
}

/// Another wallet that wants to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its two words.
    pub words: String,
    /// Where it takes letters.
    pub address: SocketAddr,
    /// A player; else a wallet.
    pub is_player: bool,
    tag: [u8; 8],
}

type Heard = Arc<Mutex<HashMap<[u8; 8], (Peer, Instant)>>>;

/// Being found, and finding. Ends when it is dropped.
#[derive(Debug)]
pub struct Near {
    own: Beacon,
    heard: Heard,
    changed: watch::Receiver<u64>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Near {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Is this an address of a local network? Nothing else is ever answered.
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local() || v6.is_unique_local(),
    }
}

/// A socket that hears beacons beside other programs that do.
pub(crate) fn ear(port: u16) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port).into())?;
    // Either may be missing on a machine without a network; broadcasts still come.
    let _ = socket.join_multicast_v4(&GROUP, &Ipv4Addr::UNSPECIFIED);
    let _ = socket.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST);
    UdpSocket::from_std(socket.into())
}

pub(crate) fn mouth() -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_broadcast(true)?;
    socket.set_multicast_ttl_v4(1)?;
    socket.set_multicast_loop_v4(true)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0).into())?;
    UdpSocket::from_std(socket.into())
}

impl Near {
    /// Begins to be found as `own` and to listen for others of its realm on `port` ([`FOUND_AT`]).
    pub fn begin(own: Beacon, port: u16) -> io::Result<Self> {
        let (ear, mouth) = (ear(port)?, mouth()?);
        let heard = Heard::default();
        let (tell, changed) = watch::channel(0);
        let listen = tokio::spawn(listen(ear, own, heard.clone(), tell));
        let speak = tokio::spawn(speak(mouth, own.to_bytes().to_vec(), port));
        Ok(Self {
            own,
            heard,
            changed,
            tasks: [listen, speak],
        })
    }

    /// What it says of itself.
    pub const fn own(&self) -> Beacon {
        self.own
    }

    /// Others that were heard within the last seconds, by their words.
    pub fn peers(&self) -> Vec<Peer> {
        let now = Instant::now();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.retain(|_, (_, at)| now.saturating_duration_since(*at) < GONE_AFTER);
        let mut peers: Vec<Peer> = heard.values().map(|(peer, _)| peer.clone()).collect();
        peers.sort_by(|a, b| (&a.words, a.tag).cmp(&(&b.words, b.tag)));
        peers
    }

    /// The peer with these words. `None` also if two have them: then their holders begin anew and get others.
    pub fn peer(&self, words: &str) -> Option<Peer> {
        let mut found = self.peers().into_iter().filter(|p| p.words == words);
        found.next().filter(|_| found.next().is_none())
    }

    /// Tells whenever somebody new was heard.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }

    /// Waits until somebody new was heard.
    pub async fn changed(&mut self) {
        // Its task lives as long as this does.
        let _ = self.changed.changed().await;
    }
}

async fn listen(ear: UdpSocket, own: Beacon, heard: Heard, tell: watch::Sender<u64>) {
    let mut buffer = [0; 64];
    loop {
        let (len, from) = match ear.recv_from(&mut buffer).await {
            Ok(came) => came,
            Err(error) => {
                // Such as "port unreachable", told of a beacon sent earlier.
                tracing::debug!(%error, "nothing heard");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let beacon = buffer.get(..len).and_then(Beacon::from_bytes);
        let Some(beacon) = beacon.filter(|b| b.realm == own.realm && b.tag != own.tag && is_local(from.ip())) else {
            continue;
        };
        let peer = Peer {
            words: beacon.words(),
            address: SocketAddr::new(from.ip(), beacon.port),
            is_player: beacon.is_player,
            tag: beacon.tag,
        };
        if note(&heard, peer) {
            tell.send_modify(|n| *n = n.wrapping_add(1));
        }
    }
}

/// Remembers whom it heard. `true`: somebody new.
fn note(heard: &Heard, peer: Peer) -> bool {
    let now = Instant::now();
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.retain(|_, (_, at)| now.saturating_duration_since(*at) < GONE_AFTER);
    let full = heard.len() >= PEERS_MAX;
    match heard.get_mut(&peer.tag) {
        // One machine is heard over several ways; the first is kept while it lasts.
        Some((_, at)) => {
            *at = now;
            false
        }
        None if !full => {
            heard.insert(peer.tag, (peer, now));
            true
        }
        None => false,
    }
}

/// Says `bytes` to everybody on the local network, once a second.
pub(crate) async fn speak(mouth: UdpSocket, bytes: Vec<u8>, port: u16) {
    let everybody = [GROUP, Ipv4Addr::BROADCAST, Ipv4Addr::new(127, 255, 255, 255)];
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        for to in everybody {
            // A way that is not there (no network, no multicast) is no reason to stop.
            let _ = mouth.send_to(&bytes, (to, port)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beacon(n: u8, realm: u8) -> Beacon {
        Beacon {
            realm: [realm; 8],
            tag: [n; 8],
            port: 7000 + u16::from(n),
            is_player: n.is_multiple_of(2),
        }
    }

    /// A port that nobody else here listens on.
    fn quiet_port() -> u16 {
        let probe = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        probe.local_addr().unwrap().port()
    }

    async fn met(near: &mut Near, count: usize) {
        tokio::time::timeout(Duration::from_secs(120), async {
            while near.peers().len() < count {
                near.changed().await;
            }
        })
        .await
        .expect("nobody was heard");
    }

    #[tokio::test]
    async fn wallets_that_want_to_be_found_find_each_other_and_nobody_else() {
        let port = quiet_port();
        let _other_realm = Near::begin(beacon(9, 2), port).unwrap();
        let mut one = Near::begin(beacon(1, 1), port).unwrap();
        let mut two = Near::begin(beacon(2, 1), port).unwrap();
        met(&mut one, 1).await;
        met(&mut two, 1).await;
        let seen = one.peer(&beacon(2, 1).words()).unwrap();
        assert_eq!(seen.address.port(), 7002);
        assert!(is_local(seen.address.ip()) && seen.is_player);
        assert_eq!(one.peers().len(), 1, "not itself, and not the other realm's");
        assert!(one.peer("no such").is_none());
    }

    #[test]
    fn a_beacon_is_read_back_and_nothing_else_is() {
        let own = beacon(3, 4);
        assert_eq!(Beacon::from_bytes(&own.to_bytes()), Some(own));
        for cut in 0..LEN {
            assert_eq!(Beacon::from_bytes(&own.to_bytes()[..cut]), None);
        }
        assert_eq!(Beacon::from_bytes(&[own.to_bytes().as_slice(), &[0]].concat()), None);
        assert!(!is_local("8.8.8.8".parse().unwrap()) && !is_local("2001:db8::1".parse().unwrap()));
        assert!(is_local("192.168.1.7".parse().unwrap()) && is_local("fe80::1".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_flood_of_beacons_fills_no_memory() {
        let heard = Heard::default();
        for n in 0..1000_u64 {
            let peer = Peer {
                words: String::new(),
                address: "10.0.0.1:1".parse().unwrap(),
                is_player: false,
                tag: n.to_be_bytes(),
            };
            note(&heard, peer);
        }
        assert_eq!(heard.lock().unwrap().len(), PEERS_MAX);
    }
}
