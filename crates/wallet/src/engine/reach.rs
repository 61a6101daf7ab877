//! Reach: at every contact the wallet has the sellers of its licenses say that it was there, where fares travel by who is
//! reached by a network provider (SD-16). The card keeps their signed word; nobody is known again by asking for it.

use std::collections::BTreeSet;

use card::{Provider, ProviderRefusal};
use deal::fact::{ReachedAsk, ReachedSheet};
use license::Route;
use seal::{cbor, role};
use units::{Again, ContentId, PartyId, Refusal, Span};

use super::Wallet;
use crate::carry::CarryRefusal;

/// Servers asked at one contact.
const ASKED_MAX: usize = 16;
/// How long before a word ends another one is asked for.
const BEFORE: Span = Span::days(14);

/// Why a server's word did not come. Nothing has changed; the next contact asks again.
#[derive(Debug, thiserror::Error)]
enum ReachRefused {
    /// The server could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// It is not in the directory, or said something else.
    #[error("the server's answer cannot be read")]
    NotRead,
    /// Its word does not hold.
    #[error(transparent)]
    Card(#[from] ProviderRefusal),
}

impl Refusal for ReachRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Carry(e) => e.code(),
            Self::NotRead => "reached-not-read",
            Self::Card(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Carry(e) => e.again(),
            Self::NotRead => Again::Later,
            Self::Card(e) => e.again(),
        }
    }
}

impl Wallet {
    /// Asks where no word is, or where one ends soon. Nothing of it keeps a contact from succeeding.
    pub(super) async fn tend_providers(&self) {
        let soon = self.now().plus(BEFORE);
        let wanted: Vec<(PartyId, PartyId, ContentId)> = self
            .on_card(move |card| {
                let mut publishers = BTreeSet::new();
                let held = card.state().licenses.values();
                held.filter(|held| held.route == Route::Provider)
                    .filter(|held| card.reached_until(held.publisher).is_none_or(|until| until < soon))
                    .filter(|held| publishers.insert(held.publisher))
                    .map(|held| (held.publisher, held.seller, held.title))
                    .take(ASKED_MAX)
                    .collect()
            })
            .await;
        for (publisher, seller, content) in wanted {
            if let Err(no) = self.reach(publisher, seller, content).await {
                tracing::info!(
                    code = no.code(),
                    "a publisher's server is asked again at the next contact"
                );
            }
        }
    }

    async fn reach(&self, publisher: PartyId, seller: PartyId, content: ContentId) -> Result<(), ReachRefused> {
        let directory = self.0.carrier.directory(false).await?;
        let listed = directory.party(seller).ok_or(ReachRefused::NotRead)?;
        let provider = Provider {
            name: listed.name.clone(),
            contact: listed.address.clone(),
            server: seller,
        };
        let certificate = directory.certificate::<role::Seller>(seller, self.now());
        let certificate = certificate.ok_or(ReachRefused::NotRead)?;
        let seed = self.seed();
        let asked = self.on_card(move |card| card.ask_reached(publisher, &seed)).await;
        let question = cbor::to_bytes(&ReachedAsk {
            content,
            name: asked.name(),
        });
        let answer = self.0.carrier.post(seller, "/v1/reached", question).await?;
        let learnt = match cbor::from_bytes::<ReachedSheet>(&answer) {
            Ok(said) => {
                let (now, seed) = (self.now(), self.seed());
                self.on_card(move |card| card.learn_provider(&asked, provider, &said.word, &certificate, now, &seed))
                    .await
                    .map_err(ReachRefused::from)
            }
            Err(_) => Err(ReachRefused::NotRead),
        };
        if learnt.is_err() {
            self.0.carrier.doubt(seller);
        }
        learnt.map(drop)
    }
}
