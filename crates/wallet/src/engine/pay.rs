//! Pay: with the holder's PIN the card commits; from then on this wallet asks until it knows, for ever if need be.

use std::time::Duration;

use card::{Checked, Event, InstallRefusal, PayFailure, PinRefusal, SettleRefusal, Settled, Want};
use deal::{Evidence, Kind, VoidReason, wire};
use units::{Again, DealId, LicenseId, PartyId, Refusal};
use zeroize::Zeroizing;

use super::{TheCard, Wallet, WasPutBack, locked};
use crate::carry::CarryRefusal;

/// What came of a payment, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// What was paid for is on the card.
    Given {
        /// The deal.
        deal: DealId,
        /// The license, if one came.
        license: Option<LicenseId>,
        /// Number of the receipt, while this process remembers it.
        receipt: Option<u64>,
    },
    /// It was not given, and everything is back.
    Returned {
        /// The deal.
        deal: DealId,
        /// Why, as long as the card remembers it.
        reason: Option<VoidReason>,
    },
    /// Sent, and not answered yet: the card keeps the payment and asks again by itself. Never pay again.
    OnItsWay {
        /// The deal.
        deal: DealId,
        /// What the last try met.
        why: String,
    },
    /// The card found out that it is an old copy of itself.
    Frozen {
        /// The deal.
        deal: DealId,
    },
}

/// How long the holder is kept waiting before a payment is said to be on its way: pauses between tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience(pub Vec<Duration>);

impl Default for Patience {
    fn default() -> Self {
        Self([200, 600, 1500, 3000].map(Duration::from_millis).to_vec())
    }
}

/// Why nothing was paid. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum PayRefused {
    /// An old copy, not yet seen by the issuer.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// The PIN.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
    /// It needs a PIN, and none was given.
    #[error("this costs something: confirm it with the card's PIN")]
    NeedsPin,
    /// A locked copy was shown, and lies here no longer.
    #[error("this locked copy lies here no longer: have it shown or sent once more")]
    LockedGone,
    /// A rule of the card.
    #[error(transparent)]
    Pay(#[from] PayFailure),
    /// A rule of the card.
    #[error(transparent)]
    Install(#[from] InstallRefusal),
}

impl Refusal for PayRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::Pin(e) => e.code(),
            Self::NeedsPin => "pin-needed",
            Self::LockedGone => "locked-copy-gone",
            Self::Pay(e) => e.code(),
            Self::Install(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::PutBack(e) => e.again(),
            Self::Pin(e) => e.again(),
            Self::NeedsPin | Self::LockedGone => Again::AfterYouAct,
            Self::Pay(e) => e.again(),
            Self::Install(e) => e.again(),
        }
    }
}

/// What one try to finish a deal met.
pub(super) enum Try {
    Known(Outcome),
    Again(String),
}

impl Wallet {
    /// The holder agrees with his PIN to what he was shown of `checked`; the card pays and the wallet asks for the answer.
    /// Once this has begun it ends by itself, even if nobody waits for the result.
    pub async fn pay(&self, checked: &Checked, pin: &str, want: Want) -> Result<Outcome, PayRefused> {
        let deal = self.commit(checked, Some(Zeroizing::new(pin.to_owned())), want).await?;
        Ok(self.see_through(deal).await)
    }

    /// Commits and no more: the deal is durable and `finish_open` (or the background) carries it on. A locked copy is
    /// installed by it, and nothing has to be carried on.
    pub async fn commit(
        &self,
        checked: &Checked,
        pin: Option<Zeroizing<String>>,
        want: Want,
    ) -> Result<DealId, PayRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        if checked.quote().kind == Kind::Locked {
            return self.install(checked, pin).await;
        }
        let (checked, now, seed) = (checked.clone(), self.now(), self.seed());
        let deal = self
            .on_card(move |card| {
                let confirmed = match pin {
                    Some(pin) => card.confirm(&checked, &pin, &seed.part("confirm"))?,
                    None => card.confirm_free(&checked).ok_or(PayRefused::NeedsPin)?,
                };
                // The message itself lies in the card's record, from where every try takes it.
                let (deal, _message) = card.pay(&checked, confirmed, &want, now, &seed.part("pay"))?;
                Ok::<_, PayRefused>(deal)
            })
            .await?;
        Ok(deal)
    }

    /// Tries to finish one deal within the holder's patience.
    pub async fn see_through(&self, deal: DealId) -> Outcome {
        let wallet = self.clone();
        // Its own task: a browser that goes away does not stop it.
        let task = tokio::spawn(async move {
            let mut pauses = wallet.0.patience.0.clone().into_iter();
            loop {
                let why = match wallet.try_once(deal).await {
                    Try::Known(outcome) => return outcome,
                    Try::Again(why) => why,
                };
                let Some(pause) = pauses.next() else {
                    wallet.stir();
                    return Outcome::OnItsWay { deal, why };
                };
                tokio::time::sleep(pause).await;
            }
        });
        task.await.unwrap_or_else(|_| Outcome::OnItsWay {
            deal,
            why: "the program is ending; the payment goes on at its next start".to_owned(),
        })
    }

    /// Sends every open payment again, once. Answers what is known of each.
    pub async fn finish_open(&self) -> Vec<Outcome> {
        let open = self
            .on_card(|card| card.open_deals().map(|(paid, _)| paid.deal).collect::<Vec<_>>())
            .await;
        let mut outcomes = Vec::with_capacity(open.len());
        for deal in open {
            outcomes.push(match self.try_once(deal).await {
                Try::Known(outcome) => outcome,
                Try::Again(why) => Outcome::OnItsWay { deal, why },
            });
        }
        outcomes
    }

    async fn try_once(&self, deal: DealId) -> Try {
        let open = self
            .on_card(move |card| {
                let quote = &card.state().open(deal)?.pay.quote;
                let (giver, across) = (quote.giver, quote.kind.between_cards().then(|| wire::quote_hash(quote)));
                Some((giver, across, card.pay_again(deal)?.into_bytes()))
            })
            .await;
        let Some((giver, across, message)) = open else {
            return self.outcome(deal).await.map_or_else(
                || Try::Again("this card knows nothing of such a payment".to_owned()),
                Try::Known,
            );
        };
        if let Some(quote) = across {
            return self.try_across(deal, quote, message).await;
        }
        match self.0.carrier.post(PartyId(giver), "/v1/pay", message).await {
            Ok(settle) => {
                let tried = self.take_settle(deal, settle).await;
                if matches!(tried, Try::Again(_)) {
                    // Perhaps somebody near by who is not the seller: the next try goes another way.
                    self.0.carrier.doubt(PartyId(giver));
                }
                tried
            }
            Err(CarryRefusal::NotYet(name)) => Try::Again(format!("{name} has not decided yet")),
            Err(no) => Try::Again(no.to_string()),
        }
    }

    pub(super) async fn take_settle(&self, deal: DealId, settle: Vec<u8>) -> Try {
        let (now, seed) = (self.now(), self.seed());
        let settled = self.on_card(move |card| card.settle(&settle, now, &seed)).await;
        let outcome = match settled.map(outcome_of) {
            Ok(Some(Outcome::Frozen { .. })) => Outcome::Frozen { deal },
            Ok(Some(outcome)) => outcome,
            Ok(None) => return self.looked_up(deal, "nothing new").await,
            // Another try was faster: then it is closed and known.
            Err(SettleRefusal::NotMine) => return self.looked_up(deal, "the answer was for another payment").await,
            Err(no) => {
                tracing::warn!(code = no.code(), %deal, "an answer was not taken");
                return Try::Again(no.to_string());
            }
        };
        locked(&self.0.outcomes).insert(deal, outcome.clone());
        self.stir();
        Try::Known(outcome)
    }

    async fn looked_up(&self, deal: DealId, otherwise: &str) -> Try {
        match self.outcome(deal).await {
            Some(Outcome::OnItsWay { .. }) | None => Try::Again(otherwise.to_owned()),
            Some(known) => Try::Known(known),
        }
    }

    /// What is known of a deal, now or from the card's history.
    pub async fn outcome(&self, deal: DealId) -> Option<Outcome> {
        if let Some(known) = locked(&self.0.outcomes).get(&deal) {
            return Some(known.clone());
        }
        self.on_card(move |card| remembered(card, deal)).await
    }
}

/// What a decision means for its holder; nothing, if it was known before.
pub(super) fn outcome_of(settled: Settled) -> Option<Outcome> {
    match settled {
        Settled::Given {
            deal, license, receipt, ..
        } => Some(Outcome::Given { deal, license, receipt }),
        Settled::Void { deal, reason } => Some(Outcome::Returned {
            deal,
            reason: Some(reason),
        }),
        Settled::Frozen => Some(Outcome::Frozen {
            deal: DealId::default(),
        }),
        // The second word is kept for the issuer; the first one counts.
        Settled::Contradicted { .. } | Settled::Again(_) | Settled::Nothing => None,
    }
}

fn remembered(card: &TheCard, deal: DealId) -> Option<Outcome> {
    if card.state().open(deal).is_some() {
        return Some(Outcome::OnItsWay {
            deal,
            why: "no answer yet".to_owned(),
        });
    }
    let line = card
        .image()
        .history
        .iter()
        .rev()
        .find(|l| l.deal == Some(deal) && matches!(l.event, Event::Given | Event::Returned | Event::Locked))?;
    if line.event == Event::Returned {
        let reason = card.state().evidence.iter().find_map(|e| match e {
            Evidence::Void(of, _, signed) if *of == deal => reason_in(card, signed),
            _ => None,
        });
        return Some(Outcome::Returned { deal, reason });
    }
    let license = card
        .state()
        .licenses
        .values()
        .find(|held| card.license_of(held).is_some_and(|l| l.link.deal == deal));
    Some(Outcome::Given {
        deal,
        license: license.map(|held| held.id),
        receipt: None,
    })
}

fn reason_in(card: &TheCard, signed: &[u8]) -> Option<VoidReason> {
    let sheet = seal::parse::<wire::SettleSheet>(signed, seal::Kind::Settle, card.realm()).ok()?;
    match sheet.claims().outcome {
        wire::OutcomeSheet::Void(reason) => Some(reason),
        wire::OutcomeSheet::Given(_) => None,
    }
}
