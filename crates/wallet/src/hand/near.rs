//! Near: this wallet is found on the local network for ten minutes, under a passing name, with a door of its own; longer only
//! while something is out on loan that plays only while it answers.

use std::{io, net::Ipv4Addr};

use courier::{Beacon, Peer};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use units::{Moment, Span};

use super::{Door, router};
use crate::engine::Wallet;

/// How long a wallet is found before its holder has to want it again.
const LASTS: Span = Span::minutes(10);

/// Being found. Ends when it is dropped.
#[derive(Debug)]
pub struct Near {
    near: courier::Near,
    port: u16,
    /// A player is found as long as it runs: there is nobody at it to ask again.
    until: Option<Moment>,
    /// Found for longer than that: what is out on loan asks for it.
    kept: bool,
    door: JoinHandle<()>,
}

impl Drop for Near {
    fn drop(&mut self) {
        self.door.abort();
    }
}

/// Watches for somebody new.
#[derive(Debug)]
pub struct Watching(watch::Receiver<u64>);

impl Watching {
    /// Waits until somebody new was heard.
    pub async fn changed(&mut self) {
        // Ends too when being found ends: there is nobody to wait for then.
        let _ = self.0.changed().await;
    }
}

impl Near {
    /// Opens a door on the local network and begins to be found. `found_at` is the port beacons go to
    /// ([`courier::FOUND_AT`]).
    pub async fn begin(wallet: &Wallet, found_at: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
        let port = listener.local_addr()?.port();
        let (realm, is_player) = (wallet.realm_id().await, wallet.is_player());
        let short = |bytes: &[u8]| -> [u8; 8] { bytes.get(..8).and_then(|b| b.try_into().ok()).unwrap_or_default() };
        let beacon = Beacon {
            realm: short(&realm),
            tag: short(&wallet.drive().seed().id("near")),
            port,
            is_player,
        };
        let near = courier::Near::begin(beacon, found_at)?;
        let now = wallet.drive().now();
        // The wallet holds its door, and not the door its wallet: else neither would ever end.
        let app = router::<()>(Door::new(wallet.while_it_lives()));
        let door = tokio::spawn(async move {
            let service = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
            if let Err(error) = axum::serve(listener, service).await {
                tracing::warn!(%error, "the door on the local network closed");
            }
        });
        Ok(Self {
            near,
            port,
            until: (!is_player).then(|| now.plus(LASTS)),
            kept: false,
            door,
        })
    }

    /// Its two words.
    pub fn words(&self) -> String {
        self.near.own().words()
    }
    /// The port of its door.
    pub const fn port(&self) -> u16 {
        self.port
    }
    /// Who else wants to be found.
    pub fn peers(&self) -> Vec<Peer> {
        self.near.peers()
    }
    /// The one with these words.
    pub fn peer(&self, words: &str) -> Option<Peer> {
        self.near.peer(words)
    }
    /// Its ten minutes are over, and nothing keeps it.
    pub fn has_ended(&self, now: Moment) -> bool {
        !self.kept && self.until.is_some_and(|until| now > until)
    }
    /// Stays open beyond its ten minutes, or no longer.
    pub const fn keep(&mut self, kept: bool) {
        self.kept = kept;
    }
    /// To wait for somebody new.
    pub fn watch(&self) -> Watching {
        Watching(self.near.watch())
    }
}
