//! Terms: what the publisher says of a work comes to a card with a quote, and is left out of the gift that answers its payment.
//!
//! So it is the receiver who keeps them, as long as that gift may come: beside the open payment; in the recovery copy, for
//! the card that takes this one's place; and after a payment that ended without a gift, should one come to light. Every way
//! by which a gift comes in puts its document together here.

use alloc::vec::Vec;
use license::{Document, Link, NotALicense, OfferSheet};
use minicbor::bytes::ByteVec;
use seal::Kind as Sealed;

use crate::{Card, Journal};

impl<J: Journal> Card<J> {
    /// A document that came, with the terms its first link names if they were left out and are among those `kept`. Nothing
    /// in it is checked yet.
    pub(crate) fn whole_document<'a>(
        &self,
        bytes: &[u8],
        kept: impl IntoIterator<Item = &'a ByteVec>,
    ) -> Result<Document, NotALicense> {
        let document = Document::parse(bytes)?;
        let first = document.links.first().and_then(|link| {
            let link = seal::parse::<Link>(link, Sealed::Link, self.realm).ok()?;
            Some(link.claims().offer)
        });
        let mut kept = kept.into_iter().filter_map(|bytes| OfferSheet::parse(bytes).ok());
        let own = kept.find(|terms| Some(seal::hash(&terms.offer)) == first);
        Ok(match own {
            Some(terms) => document.with_terms(&terms),
            None => document,
        })
    }

    /// The terms kept for this card's open payments, and for those that ended without a gift, once each.
    pub(crate) fn kept_terms(&self) -> Vec<ByteVec> {
        let state = &self.image.state;
        let open = state.paid.iter().filter_map(|paid| paid.terms.as_ref());
        let mut kept: Vec<ByteVec> = open.chain(state.terms.iter().flatten()).cloned().collect();
        kept.sort_unstable();
        kept.dedup();
        kept
    }
}
