//! Contact: the card reports to its issuer and takes what comes back.

use card::{Contact, ContactRefusal, Fault};
use deal::ValueKind;
use units::{Again, PartyId, Refusal};

use super::{EnrolRefused, Wallet, locked};
use crate::carry::CarryRefusal;

/// Why a contact brought nothing. In order of precedence; nothing has changed, and it is tried again by itself.
#[derive(Debug, thiserror::Error)]
pub enum ContactRefused {
    /// Not even enrolled.
    #[error(transparent)]
    Enrol(#[from] EnrolRefused),
    /// The issuer could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// Its answer does not hold.
    #[error(transparent)]
    Answer(#[from] ContactRefusal),
    /// The card could not write.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ContactRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Enrol(e) => e.code(),
            Self::Carry(e) => e.code(),
            Self::Answer(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Enrol(e) => e.again(),
            Self::Carry(e) => e.again(),
            Self::Answer(e) => e.again(),
            Self::Fault(e) => e.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            Self::Enrol(e) => e.theirs(),
            _ => None,
        }
    }
}

impl Wallet {
    /// Reports and takes rulings, certificates and time. A card that is not enrolled enrols. One that was put back from a
    /// copy makes deals again once this has succeeded, unless the issuer has seen more of it: then it is frozen.
    pub async fn contact(&self) -> Result<Contact, ContactRefused> {
        let _one_at_a_time = self.0.contacting.lock().await;
        self.enrol().await?;
        let issuer = self.issuer().await.ok_or(EnrolRefused::Issuers(0))?;
        // A report ends every offer this card has out, so it is made only for an issuer that is there to read it: people
        // who hand something on without a network must not lose it to a contact that fails.
        if let Err(no @ CarryRefusal::Silent { .. }) = self.0.carrier.get(issuer, "/healthz").await {
            self.note_offline(true);
            return Err(no.into());
        }
        self.note_offline(false);
        let (class, now, seed) = (self.0.class, self.now(), self.seed());
        let report = self.on_card(move |card| card.report(class, now, &seed)).await?;
        let told: Vec<[u8; 16]> = self
            .on_card(|card| card.dones().into_iter().map(|(to, _)| to).collect())
            .await;
        let answer = self.0.carrier.post(issuer, "/v1/report", report.into_bytes()).await?;
        let (now, seed) = (self.now(), self.seed());
        let contact = self
            .on_card(move |card| {
                let contact = card.cleared(&answer, now, &seed)?;
                card.journal_mut().accepted();
                Ok::<_, ContactRefused>(contact)
            })
            .await?;
        *locked(&self.0.put_back) = None;
        // The issuer has these from the report, and says them to whom they are for.
        let (cards, seed) = (self.cards_among(&told).await, self.seed());
        self.on_card(move |card| card.dones_taken(cards, &seed)).await?;
        self.tend_recovery().await;
        self.tend_providers().await;
        if contact.settled > 0 {
            self.stir();
        }
        Ok(contact)
    }

    /// Delivers `done`s that nobody has taken yet. Answers how many givers are still owed one.
    pub async fn deliver_dones(&self) -> usize {
        let _one_at_a_time = self.0.delivering.lock().await;
        let dones = self.on_card(|card| card.dones()).await;
        let mut givers: Vec<[u8; 16]> = dones.iter().map(|(to, _)| *to).collect();
        let cards = self.cards_among(&givers).await;
        // A card's comes with the next letter between the two, or with the next report.
        givers.retain(|giver| !cards.contains(giver));
        givers.sort_unstable();
        givers.dedup();
        let mut left = 0_usize;
        for giver in givers {
            let mine: Vec<Vec<u8>> = dones
                .iter()
                .filter(|(to, _)| *to == giver)
                .map(|(_, b)| b.clone())
                .collect();
            if !self.deliver_to(giver, &mine).await {
                left = left.saturating_add(1);
            }
        }
        left
    }

    /// Those of these givers that the realm's directory does not list: cards, by a passing tag.
    async fn cards_among(&self, givers: &[[u8; 16]]) -> Vec<[u8; 16]> {
        if givers.is_empty() {
            return Vec::new();
        }
        match self.0.carrier.directory(false).await {
            Ok(known) => givers
                .iter()
                .copied()
                .filter(|id| known.party(PartyId(*id)).is_none())
                .collect(),
            // Without a directory nobody is reached anyway.
            Err(_) => Vec::new(),
        }
    }

    async fn deliver_to(&self, giver: [u8; 16], dones: &[Vec<u8>]) -> bool {
        for bytes in dones {
            match self.0.carrier.post(PartyId(giver), "/v1/done", bytes.clone()).await {
                Ok(_) => {}
                // It will never want it: the issuer has it from the report, which is as good.
                Err(CarryRefusal::Refused {
                    again: Again::Never, ..
                }) => {}
                Err(_) => return false,
            }
        }
        let (seed, dones) = (self.seed(), dones.to_vec());
        self.on_card(move |card| {
            // A giver's are struck out all at once, so only if none has come meanwhile.
            let now: Vec<Vec<u8>> = card
                .dones()
                .into_iter()
                .filter(|(to, _)| *to == giver)
                .map(|(_, b)| b)
                .collect();
            now == dones && card.dones_taken(vec![giver], &seed).is_ok()
        })
        .await
    }

    /// Takes refund orders into the purse: money that is owed and only has to be fetched.
    pub async fn take_refunds(&self) {
        let owed = self
            .on_card(|card| {
                let values = card.state().values.iter();
                let refunds = values.filter(|(v, _)| v.kind == ValueKind::Refund);
                refunds.map(|(v, _)| (v.maker, v.id, v.worth)).collect::<Vec<_>>()
            })
            .await;
        for (maker, id, worth) in owed {
            // It stays on the card as a value and is tried at the next contact.
            if let Err(no) = self.load_from(worth, vec![(maker, id)]).await {
                tracing::info!(code = no.code(), "a refund waits on the card");
            }
        }
    }
}
