//! Provider information (SD-16): by which network server a publisher is reached, as the wallet's own contact with that
//! server taught. A card that has it is likely to meet the publisher again, so it carries fares on.

use alloc::string::String;
use deal::Entry;
use minicbor::{Decode, Encode};
use seal::Seed;
use units::PartyId;

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

impl<J: Journal> Card<J> {
    /// Keeps what a contact with `publisher`'s server taught.
    pub fn learn_provider(&mut self, publisher: PartyId, provider: Provider, seed: &Seed) -> Result<(), Fault> {
        let short = |text: &str, max: usize| text.chars().take(max).collect();
        let provider = Provider {
            name: short(&provider.name, 60),
            contact: short(&provider.contact, 120),
            server: provider.server,
        };
        if self.provider(publisher) == Some(&provider) {
            return Ok(());
        }
        let changes = alloc::vec![
            Change::Provider(publisher, provider),
            Change::Deal(Entry::Provider(publisher, true), None, None),
        ];
        self.commit(&Change::All(changes), seed).map(|_| ())
    }

    /// By which server a publisher is reached, if the card knows.
    pub fn provider(&self, publisher: PartyId) -> Option<&Provider> {
        self.image.providers.as_ref().and_then(|p| p.get(&publisher))
    }
}
