//! Provider information (SD-16): by which network server a publisher is reached, as the wallet's own contact with that
//! server taught. A card that has it is likely to meet the publisher again, so it carries fares on.
//!
//! The server signs that it was reached, for a name that this card has for this publisher alone, and for a while. A card that
//! says it of itself has no such word, and is found out where its fares come home (`fact`).

use alloc::string::String;
use deal::{
    Entry,
    fact::{self, Reached, ReachedWord},
};
use minicbor::{Decode, Encode};
use seal::{NotTrusted, Seed, role};
use units::{Again, Hash, Moment, PartyId, Refusal};

use crate::{Card, Fault, Journal, image::Change};

/// What a contact with a publisher's server taught.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Provider {
    /// Name of the provider, at most 60 characters.
    #[n(0)]
    pub name: String,
    /// How its people are reached, at most 120 characters.
    #[n(1)]
    pub contact: String,
    /// The server, by its id in the registry.
    #[n(2)]
    pub server: PartyId,
}

/// A question to a server: sign that I was here. Nothing of it is kept until the answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachAsk {
    publisher: PartyId,
    name: Hash,
    salt: [u8; 16],
}

impl ReachAsk {
    /// For whose works.
    pub const fn publisher(&self) -> PartyId {
        self.publisher
    }
    /// The name to be signed: nobody knows the card by it.
    pub const fn name(&self) -> Hash {
        self.name
    }
}

/// Why a server's word is not taken. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderRefusal {
    /// Not a server of this realm.
    #[error("this server is not certified in this realm ({0})")]
    NotTrusted(NotTrusted),
    /// Another server's certificate.
    #[error("this is another server's certificate")]
    OtherServer,
    /// Not its word, or not about this card.
    #[error("the server did not sign that this card's wallet was there")]
    Forged,
    /// It does not hold now.
    #[error("the server's word ended at {0}; ask it again")]
    Ended(Moment),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ProviderRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotTrusted(e) => e.code(),
            Self::OtherServer => "provider-other-server",
            Self::Forged => "provider-forged",
            Self::Ended(_) => "provider-ended",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotTrusted(e) => e.again(),
            Self::Fault(e) => e.again(),
            Self::Ended(_) => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

impl<J: Journal> Card<J> {
    /// What a server of `publisher` shall sign: `seed` is fresh, so that no server knows this card again by it.
    pub fn ask_reached(&self, publisher: PartyId, seed: &Seed) -> ReachAsk {
        let salt = seed.id("reached");
        ReachAsk {
            publisher,
            name: fact::buyer(&self.holder(publisher).verify_key(), &salt),
            salt,
        }
    }

    /// Keeps what a contact with a publisher's server taught, on the server's own word.
    pub fn learn_provider(
        &mut self,
        ask: &ReachAsk,
        provider: Provider,
        word: &ReachedWord,
        certificate: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<(), ProviderRefusal> {
        let now = self.now(clock);
        let server = self
            .trust
            .check::<role::Seller>(certificate, now)
            .map_err(ProviderRefusal::NotTrusted)?;
        if server.subject() != provider.server.0 {
            return Err(ProviderRefusal::OtherServer);
        }
        if !word.holds(server.sign(), self.realm, ask.publisher, ask.name) {
            return Err(ProviderRefusal::Forged);
        }
        if now < word.from || now > word.until {
            return Err(ProviderRefusal::Ended(word.until));
        }
        let short = |text: &str, max: usize| text.chars().take(max).collect();
        let provider = Provider {
            name: short(&provider.name, 60),
            contact: short(&provider.contact, 120),
            server: provider.server,
        };
        let reached = Reached {
            server: provider.server,
            from: word.from,
            until: word.until,
            salt: ask.salt,
            signature: word.signature,
        };
        let changes = alloc::vec![
            Change::Provider(ask.publisher, provider),
            Change::Deal(Entry::Reached(ask.publisher, reached), None, None),
        ];
        self.commit(&Change::All(changes), seed)?;
        Ok(())
    }

    /// By which server a publisher is reached, if the card knows.
    pub fn provider(&self, publisher: PartyId) -> Option<&Provider> {
        self.image.providers.as_ref().and_then(|p| p.get(&publisher))
    }

    /// Until when the card can show it; a wallet asks again before.
    pub fn reached_until(&self, publisher: PartyId) -> Option<Moment> {
        self.image.state.reached(publisher).map(|word| word.until)
    }
}
