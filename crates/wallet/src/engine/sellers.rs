//! Sellers: shops on the holder's own local network, which this wallet then needs no internet to reach (PA-12). It only listens,
//! and only when its holder wants it to; what a shop near by says is judged like what it says from afar.

use std::sync::Arc;

use courier::FOUND_AT;
use seal::role;
use tokio::sync::watch;
use units::{Again, PartyId, Refusal};

use super::{Wallet, locked};
use crate::carry::{CarryRefusal, Lookout};

/// A shop that was heard near by, and that the realm's registry knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its number.
    pub id: PartyId,
    /// Its name, as certified.
    pub name: String,
    /// Its shelf, on the local network.
    pub shelf: String,
}

/// Why this wallet does not look for shops near by. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum LookRefused {
    /// A relay was chosen, and nothing goes another way.
    #[error("you chose a relay, and nothing goes another way: take it out in the settings first")]
    Relayed,
    /// The network does not let it.
    #[error("this machine lets no program listen on its network ({0})")]
    Network(std::io::ErrorKind),
    /// The choice could not be kept.
    #[error("the choice could not be kept ({0}); is there room on the disk?")]
    Disk(std::io::ErrorKind),
}

impl Refusal for LookRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Relayed => "near-with-relay",
            Self::Network(_) => "near-no-listening",
            Self::Disk(_) => "near-not-kept",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Disk(_) => Again::Later,
            _ => Again::AfterYouAct,
        }
    }
}

impl Wallet {
    /// Does its holder look for shops near by?
    pub fn looks_for_sellers(&self) -> bool {
        locked(&self.0.lookout).is_some()
    }

    /// Begins to look for shops near by, until it is told not to or ends. `found_at`: the port beacons go to
    /// ([`courier::FOUND_AT`]).
    pub async fn look_for_sellers(&self, found_at: u16) -> Result<(), LookRefused> {
        if !self.relay().is_empty() {
            return Err(LookRefused::Relayed);
        }
        if self.looks_for_sellers() {
            return Ok(());
        }
        let realm = self.realm_id().await;
        let first = realm.first_chunk::<8>().copied().unwrap_or_default();
        let lookout = Lookout::begin(first, found_at).map_err(|no| LookRefused::Network(no.kind()))?;
        let lookout = Arc::new(lookout);
        self.0.carrier.near(Some(lookout.clone()));
        *locked(&self.0.lookout) = Some(lookout);
        Ok(())
    }

    /// And no longer.
    pub fn look_for_no_sellers(&self) {
        self.0.carrier.near(None);
        *locked(&self.0.lookout) = None;
    }

    /// Looks for shops near by from now on, or no longer; after the next start too.
    pub async fn choose_near(&self, on: bool) -> Result<(), LookRefused> {
        if on {
            self.look_for_sellers(FOUND_AT).await?;
        } else {
            self.look_for_no_sellers();
        }
        self.0.home.keep_near(on).map_err(|no| LookRefused::Disk(no.kind()))
    }

    /// As it was chosen before. What does not work just now is tried again at the next start.
    pub(super) async fn look_as_chosen(&self) {
        if self.0.home.near()
            && let Err(no) = self.look_for_sellers(FOUND_AT).await
        {
            tracing::warn!(%no, "shops near by are not looked for");
        }
    }

    /// Shops of this realm that were heard within the last seconds.
    pub async fn sellers_near(&self) -> Vec<Neighbour> {
        let Some(heard) = locked(&self.0.lookout).as_ref().map(|lookout| lookout.sellers()) else {
            return Vec::new();
        };
        let Ok(listed) = self.0.carrier.directory(false).await else {
            return Vec::new();
        };
        let found = listed.with_role::<role::Seller>(self.now()).filter_map(|party| {
            let one = heard.iter().find(|one| party.id.0.starts_with(&one.party))?;
            Some(Neighbour {
                id: party.id,
                name: party.name.clone(),
                shelf: format!("http://{}/", one.address),
            })
        });
        found.collect()
    }

    /// Tells whenever another shop is heard, from now on. Nothing: this wallet does not look, or no longer.
    pub fn sellers_heard(&self) -> Option<watch::Receiver<u64>> {
        let mut watch = locked(&self.0.lookout).as_ref().map(|lookout| lookout.watch())?;
        watch.mark_unchanged();
        Some(watch)
    }

    /// The signed sheet of a shop's offer, by its number, over whatever way leads there.
    pub async fn offer_sheet(&self, seller: PartyId, number: u64) -> Result<Vec<u8>, CarryRefusal> {
        self.0.carrier.get(seller, &format!("/v1/offers/{number}")).await
    }
}
