//! Seeing through: a deal that was agreed to on a page is finished behind it. The holder is led on as soon as his card has
//! written it down; the deal's own page says how far it has come.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::watch;
use units::DealId;

use super::deals::after_deal;
use crate::engine::{Wallet, locked};

/// How long a page waits for an answer before it says that it waits.
const MOMENT: Duration = Duration::from_millis(400);

/// Each is over when its sender is dropped.
type Going = Mutex<HashMap<DealId, watch::Receiver<()>>>;

/// Deals that are being seen through, of one process.
#[derive(Default)]
pub(super) struct Seeing(Arc<Going>);

/// Takes a deal off the list, however its task ends.
struct Ends {
    all: Arc<Going>,
    deal: DealId,
    _going: watch::Sender<()>,
}

impl Drop for Ends {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.deal);
    }
}

impl Seeing {
    /// Begins, or lets go on what has begun: the deal itself, and what follows it.
    pub(super) fn begin(&self, wallet: &Wallet, deal: DealId) {
        let (going, seen) = watch::channel(());
        match locked(&self.0).entry(deal) {
            Entry::Occupied(_) => return,
            Entry::Vacant(free) => free.insert(seen),
        };
        let (wallet, all) = (wallet.clone(), self.0.clone());
        let ends = Ends {
            all,
            deal,
            _going: going,
        };
        tokio::spawn(async move {
            let outcome = wallet.see_through(deal).await;
            after_deal(&wallet, &outcome).await;
            drop(ends);
        });
    }

    /// Does it still go on? Waits a moment for its end.
    pub(super) async fn goes_on(&self, deal: DealId) -> bool {
        let Some(mut seen) = locked(&self.0).get(&deal).cloned() else {
            return false;
        };
        let end = async { while seen.changed().await.is_ok() {} };
        tokio::time::timeout(MOMENT, end).await.is_err()
    }
}
