//! Sellers: a shop is found by the wallets on its own local network, so that the two need no route through the internet between
//! them (PA-12). What they say over that link is what they say over any: the same signed messages, sealed to their readers.
//!
//! A shop's beacon says which party of which realm it is and on which port it takes messages; that it lies is found out by
//! its certificate and not by its address. Whoever looks for shops only listens: nothing tells a network that a wallet is on it.
//!
//! ```text
//!   "KFS1"   realm (8)   party (8)   port (2)
//! ```

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{net::UdpSocket, sync::watch, task::JoinHandle, time::Instant};

use crate::near::{self, GONE_AFTER};

const MAGIC: &[u8; 4] = b"KFS1";
const LEN: usize = 22;
/// As many shops as are remembered; more at once is somebody who floods.
const SELLERS_MAX: usize = 32;
/// Addresses at which one shop is believed to be; more than one is several machines of it, or somebody who lies.
const ADDRESSES_MAX: usize = 3;

/// What a shop says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SellerBeacon {
    /// The first bytes of its realm's id.
    pub realm: [u8; 8],
    /// The first bytes of its own.
    pub party: [u8; 8],
    /// The port on which it takes messages.
    pub port: u16,
}

impl SellerBeacon {
    fn to_bytes(self) -> [u8; LEN] {
        let mut out = [0; LEN];
        let fields = MAGIC.iter().chain(&self.realm).chain(&self.party).copied();
        for (to, from) in out.iter_mut().zip(fields.chain(self.port.to_be_bytes())) {
            *to = from;
        }
        out
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (realm, rest) = rest.split_first_chunk::<8>()?;
        let (party, rest) = rest.split_first_chunk::<8>()?;
        let port = u16::from_be_bytes(rest.try_into().ok()?);
        (port != 0).then_some(Self {
            realm: *realm,
            party: *party,
            port,
        })
    }
}

/// A shop on the local network that says who it is; nothing about it is certain yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SellerNear {
    /// The first bytes of the id it says it has.
    pub party: [u8; 8],
    /// Where it takes messages.
    pub address: SocketAddr,
}

/// Being found as a shop. Ends when it is dropped.
#[derive(Debug)]
pub struct Beckoning(JoinHandle<()>);

impl Drop for Beckoning {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Beckoning {
    /// Begins to be found by those who listen on `port` ([`crate::FOUND_AT`]).
    pub fn begin(own: SellerBeacon, port: u16) -> io::Result<Self> {
        let mouth = near::mouth()?;
        Ok(Self(tokio::spawn(near::speak(mouth, own.to_bytes().to_vec(), port))))
    }
}

type Heard = Arc<Mutex<HashMap<SellerNear, Instant>>>;

/// Listening for shops, without a word. Ends when it is dropped.
#[derive(Debug)]
pub struct Lookout {
    heard: Heard,
    changed: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lookout {
    /// Begins to listen for shops of the realm with these first bytes, on `port` ([`crate::FOUND_AT`]).
    pub fn begin(realm: [u8; 8], port: u16) -> io::Result<Self> {
        let (ear, heard) = (near::ear(port)?, Heard::default());
        let (tell, changed) = watch::channel(0);
        let task = tokio::spawn(listen(ear, realm, heard.clone(), tell));
        Ok(Self { heard, changed, task })
    }

    /// Who was heard within the last seconds.
    pub fn sellers(&self) -> Vec<SellerNear> {
        let now = Instant::now();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.retain(|_, at| now.saturating_duration_since(*at) < GONE_AFTER);
        let mut sellers: Vec<SellerNear> = heard.keys().copied().collect();
        sellers.sort();
        sellers
    }

    /// Where the party with this id may be reached.
    pub fn of(&self, party: &[u8]) -> Vec<SocketAddr> {
        let found = self.sellers().into_iter().filter(|one| party.starts_with(&one.party));
        found.map(|one| one.address).collect()
    }

    /// Tells whenever somebody new was heard.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.clone()
    }
}

async fn listen(ear: UdpSocket, realm: [u8; 8], heard: Heard, tell: watch::Sender<u64>) {
    let mut buffer = [0; 64];
    loop {
        let (len, from) = match ear.recv_from(&mut buffer).await {
            Ok(came) => came,
            Err(error) => {
                tracing::debug!(%error, "nothing heard");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let beacon = buffer.get(..len).and_then(SellerBeacon::from_bytes);
        let Some(beacon) = beacon.filter(|b| b.realm == realm && near::is_local(from.ip())) else {
            continue;
        };
        let seller = SellerNear {
            party: beacon.party,
            address: SocketAddr::new(from.ip(), beacon.port),
        };
        if note(&heard, seller) {
            tell.send_modify(|n| *n = n.wrapping_add(1));
        }
    }
}

/// Remembers whom it heard. `true`: somebody new.
fn note(heard: &Heard, seller: SellerNear) -> bool {
    let now = Instant::now();
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.retain(|_, at| now.saturating_duration_since(*at) < GONE_AFTER);
    let others = heard.keys().filter(|one| one.party == seller.party).count();
    let room = heard.len() < SELLERS_MAX && others < ADDRESSES_MAX;
    match heard.get_mut(&seller) {
        Some(at) => {
            *at = now;
            false
        }
        None if room => heard.insert(seller, now).is_none(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn beacon(party: u8, realm: u8) -> SellerBeacon {
        SellerBeacon {
            realm: [realm; 8],
            party: [party; 8],
            port: 7000 + u16::from(party),
        }
    }

    /// proves: PA-12
    #[tokio::test]
    async fn a_shop_is_heard_by_who_listens_in_its_realm_and_forgotten_by_none_too_soon() {
        let probe = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let lookout = Lookout::begin([1; 8], port).unwrap();
        let _other = Beckoning::begin(beacon(9, 2), port).unwrap();
        let _shop = Beckoning::begin(beacon(3, 1), port).unwrap();
        let mut watch = lookout.watch();
        let heard = tokio::time::timeout(Duration::from_secs(120), async {
            while lookout.sellers().is_empty() {
                watch.changed().await.unwrap();
            }
        });
        heard.await.expect("nobody was heard");
        let found = lookout.of(&[3; 32]);
        assert!(!found.is_empty() && found.iter().all(|at| at.port() == 7003 && near::is_local(at.ip())));
        assert!(lookout.of(&[9; 32]).is_empty(), "another realm's");
    }

    #[test]
    fn a_beacon_is_read_back_and_nothing_else_is() {
        let own = beacon(3, 4);
        assert_eq!(SellerBeacon::from_bytes(&own.to_bytes()), Some(own));
        for cut in 0..LEN {
            assert_eq!(SellerBeacon::from_bytes(&own.to_bytes()[..cut]), None);
        }
        let longer = [own.to_bytes().as_slice(), &[0]].concat();
        assert_eq!(SellerBeacon::from_bytes(&longer), None);
    }

    #[tokio::test]
    async fn a_flood_fills_no_memory_and_one_name_not_every_place() {
        let heard = Heard::default();
        let flood = |party: [u8; 8], n: u16| SellerNear {
            party,
            address: SocketAddr::from(([10, 0, 0, 1], n)),
        };
        for n in 1..100 {
            note(&heard, flood([7; 8], n));
        }
        assert_eq!(heard.lock().unwrap().len(), ADDRESSES_MAX);
        for n in 0..1000_u64 {
            note(&heard, flood(n.to_be_bytes(), 1));
        }
        assert_eq!(heard.lock().unwrap().len(), SELLERS_MAX);
    }
}
