//! Relay: over whose address this wallet reaches parties, as its holder chose.

use units::{Again, Refusal};

use super::Wallet;
use crate::carry::{NotARelay, Relay};

/// Why another relay was not taken, in order of precedence. The one before stays.
#[derive(Debug, thiserror::Error)]
pub enum RelayRefused {
    /// Not an address of one.
    #[error(transparent)]
    Form(#[from] NotARelay),
    /// It cannot be written down, so it would be forgotten, and the next start would go straight.
    #[error("this cannot be written down in the wallet's directory ({0}); nothing has changed")]
    Disk(std::io::ErrorKind),
}

impl Refusal for RelayRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(no) => no.code(),
            Self::Disk(_) => "relay-not-kept",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Form(no) => no.again(),
            Self::Disk(_) => Again::Later,
        }
    }
}

impl Wallet {
    /// The relay that was chosen, as it is written; empty: none.
    pub fn relay(&self) -> String {
        let relay = self.0.home.relay().ok().flatten();
        relay.map(|relay| relay.as_str().to_owned()).unwrap_or_default()
    }

    /// Chooses a relay, by what somebody typed; empty: none. From then on nothing goes another way, here and after the
    /// next start.
    pub fn choose_relay(&self, text: &str) -> Result<(), RelayRefused> {
        let relay = Relay::read(text)?;
        let kept = self.0.home.keep_relay(relay.as_ref());
        kept.map_err(|no| RelayRefused::Disk(no.kind()))?;
        if relay.is_some() {
            // Not over the local network either.
            self.look_for_no_sellers();
            self.0
                .home
                .keep_near(false)
                .map_err(|no| RelayRefused::Disk(no.kind()))?;
        }
        Ok(self.0.carrier.over(relay.as_ref())?)
    }
}
