//! Stay: the door on the local network is open when a loan crosses it, and as long as something is out that plays only while this
//! wallet answers (ST-23).

use std::sync::atomic::Ordering;

use super::meet::still_open;
use crate::{
    engine::{Reply, Wallet},
    hand::Near,
};

impl Wallet {
    /// This program goes on running: whoever is told where it is finds it there later.
    pub(in crate::engine) fn goes_on_running(&self) {
        self.0.hands.stays.store(true, Ordering::Relaxed);
    }

    /// A loan crosses a network: the other device answers, fetches the file and calls back at a door that is open there.
    pub(in crate::engine) async fn be_found_by(&self, to: &Reply) {
        if !to.address.ip().is_loopback() {
            self.open_door(true).await;
        }
    }

    /// Keeps the door open while something is out that plays only while this wallet answers, and no longer than that.
    pub(in crate::engine) async fn be_there(&self) {
        self.open_door(false).await;
    }

    async fn open_door(&self, for_a_loan: bool) {
        if self.is_player() || !self.0.hands.stays.load(Ordering::Relaxed) {
            return;
        }
        let must = self.on_card(|card| card.must_answer()).await;
        let mut near = self.0.hands.near.lock().await;
        if let Some(near) = near.as_mut() {
            near.keep(must);
        }
        if still_open(&mut near, self.now()).is_some() || !(must || for_a_loan) {
            return;
        }
        match Near::begin(self, courier::FOUND_AT).await {
            Ok(mut opened) => {
                opened.keep(must);
                *near = Some(opened);
            }
            Err(error) => tracing::warn!(%error, "no door on the local network"),
        }
    }
}
