//! Background: what a wallet does by itself. It begins with what was left unfinished and never gives up.

use std::time::Duration;

use units::Span;

use super::{Outcome, Wallet};

/// How often things are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// First pause after a try that did not finish everything; doubled up to `longest`.
    pub shortest: Duration,
    /// Longest pause while something is unfinished.
    pub longest: Duration,
    /// How often the issuer is contacted when nothing else happens.
    pub contact: Duration,
    /// With fewer tags than this the issuer is contacted at once.
    pub tags_low: usize,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            shortest: Duration::from_secs(1),
            longest: Duration::from_secs(300),
            contact: Duration::from_secs(240),
            tags_low: 10,
        }
    }
}

/// What one round left.
struct Left {
    open: bool,
    silent: bool,
}

impl Wallet {
    /// Works until `stop` ends: finishes open payments, says charges, delivers `done`s, fetches packages, looks for newer versions, stays in
    /// contact.
    pub async fn run(&self, rhythm: Rhythm, stop: impl Future<Output = ()>) {
        self.goes_on_running();
        let work = async {
            let mut pause = rhythm.shortest;
            let mut contacted: Option<tokio::time::Instant> = None;
            loop {
                let due = contacted.is_none_or(|at| at.elapsed() >= rhythm.contact);
                let left = self.round(due, rhythm.tags_low).await;
                if due && !left.silent {
                    contacted = Some(tokio::time::Instant::now());
                }
                let wait = if left.open || left.silent {
                    pause
                } else {
                    rhythm.contact
                };
                match tokio::time::timeout(wait, self.0.stir.notified()).await {
                    Ok(()) => pause = rhythm.shortest,
                    Err(_) => pause = pause.saturating_mul(2).min(rhythm.longest),
                }
            }
        };
        tokio::select! {
            () = work => {}
            () = stop => {}
        }
    }

    async fn round(&self, contact_due: bool, tags_low: usize) -> Left {
        let mut left = Left {
            open: false,
            silent: false,
        };
        self.be_there().await;
        let outcomes = self.finish_open().await;
        left.open |= outcomes.iter().any(|o| matches!(o, Outcome::OnItsWay { .. }));
        let tags = self.on_card(|card| card.state().tags.len()).await;
        let needed = tags < tags_low || left.open || self.put_back().is_some();
        let contact = match self.offer_waits() {
            // Somebody is just holding two cards together: a report would end the offer between them.
            Some(since) if since < Span::minutes(15) => false,
            Some(_) => needed,
            None => contact_due || needed,
        };
        if contact_due && !contact {
            self.send_fares_home().await;
        }
        if contact {
            match self.contact().await {
                Ok(_) => {
                    self.take_refunds().await;
                    self.send_fares_home().await;
                }
                Err(no) => {
                    tracing::info!(code = units::Refusal::code(&no), "the issuer was not reached");
                    left.silent = true;
                }
            }
        }
        left.open |= self.send_charges().await > 0;
        left.open |= self.deliver_dones().await > 0;
        self.fetch_missing().await;
        if contact_due && !left.silent {
            self.look_for_newer().await;
        }
        left
    }
}
