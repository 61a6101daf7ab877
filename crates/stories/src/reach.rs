//! Reach: a wallet is at a publisher's server, and its card keeps the server's word for it (SD-16).

use deal::fact::{ReachedAsk, ReachedSheet};
use units::{ContentId, PartyId};

use crate::{Counterpart, Holder, Parties, Stuck};

impl Holder {
    /// Has the shop that sells this work say that this holder's wallet was there.
    pub fn reach(&mut self, parties: &mut dyn Parties, publisher: PartyId, content: ContentId) -> Result<(), Stuck> {
        let seed = self.draw();
        let asked = self.card.ask_reached(publisher, &seed);
        let question = ReachedAsk {
            content,
            name: asked.name(),
        };
        let answer = self.send(parties, Counterpart::Shop, "reached", &seal::cbor::to_bytes(&question))?;
        let said: ReachedSheet =
            seal::cbor::from_bytes(&answer).map_err(|_| Stuck::other("reached", "the shop answered something else"))?;
        let provider = card::Provider {
            name: "Harbour Net".into(),
            contact: "help@harbour.example".into(),
            server: parties.seller(),
        };
        let (now, seed) = (parties.now(), self.draw());
        self.card
            .learn_provider(&asked, provider, &said.word, &said.certificate, now, &seed)
            .map_err(|e| Stuck::of(&e))
    }
}
