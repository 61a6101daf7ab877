//! Version: a license opens the package it was sold with, and every other that its publisher sealed under the same key and
//! signed: corrections, further chapters. What is sealed under a new key is another edition, and is sold anew (SD-28).
//!
//! Of a set, one license opens many works (ST-21): the publisher put each member's content key under the set's own, in the member's
//! signed front. What the license counts is counted for all of them together.
//!
//! The signature is needed besides the key: whoever else has the key (a seller, a holder who took his card apart) could make
//! a package whose ranges mean other keys of the tree, and have a card release them. And a license of a part opens only what
//! it was sold with, because where a part ends is different in each package.

use deal::{Held, PlayRefusal};
use license::Document;
use package::{Delivery, Header};
use seal::{Audience, ContentSecret, Kind, role};
use units::{Hash, LicenseId, PartyId, Share};

use crate::{Card, Journal, PlayTicket, ReleaseRefusal};

impl<J: Journal> Card<J> {
    /// May this license play the package of this header? `signed` is the publisher's signed message about the header, as it
    /// lies in the package. Nothing is counted by asking.
    pub fn opens_version(&self, license: LicenseId, header: &Header, signed: &[u8]) -> Result<(), ReleaseRefusal> {
        let held = self.image.state.licenses.get(&license).ok_or(PlayRefusal::NoLicense)?;
        let document = Document::parse(&held.document).map_err(|_| ReleaseRefusal::Key)?;
        let link = document.last_link(self.realm).ok_or(ReleaseRefusal::Key)?;
        if header.hash() == link.header {
            return Ok(());
        }
        if self.is_rendition(held, header, signed) {
            return Ok(());
        }
        let version = header.key.id.0 == link.key_id && header.content == held.title;
        let fits = link.rights.share == Share::Whole
            && (version || is_member(header, link.key_id))
            && header.publisher == held.publisher
            && header.delivery == Delivery::Shared;
        let publisher = self.trust.check_ever::<role::Publisher>(&document.publisher);
        let by = publisher
            .ok()
            .filter(|it| fits && PartyId(it.subject()) == held.publisher);
        let named = by.and_then(|by| {
            let signed = seal::parse::<Hash>(signed, Kind::Header, self.realm).ok()?;
            signed.verify(by.sign(), Audience::Anyone).ok()
        });
        match named {
            Some(named) if named == header.hash() => Ok(()),
            _ => Err(ReleaseRefusal::OtherPackage),
        }
    }

    /// A play that was counted, for another version of the work ([`Card::opens_version`]).
    pub fn play_version(
        &self,
        ticket: PlayTicket,
        header: &Header,
        signed: &[u8],
    ) -> Result<PlayTicket, ReleaseRefusal> {
        self.opens_version(ticket.license(), header, signed)?;
        let held = self.image.state.licenses.get(&ticket.license());
        if held.is_some_and(|held| self.is_rendition(held, header, signed)) {
            return Ok(ticket.of_rendition(header.hash(), header.key.id.0, signed.to_vec()));
        }
        if header.key.id.0 != ticket.key_id() && is_member(header, ticket.key_id()) {
            return Ok(ticket.of_member(header.hash(), header.key.id.0));
        }
        Ok(ticket.of_version(header.hash()))
    }

    /// Was this package made for this card, by a player on its list, of the work of this license?
    fn is_rendition(&self, held: &Held, header: &Header, signed: &[u8]) -> bool {
        held.rights.share == Share::Whole
            && header.content == held.title
            && header.publisher == held.publisher
            && header.delivery == Delivery::Shared
            && self.rendition_key(header, signed).is_some()
    }
}

/// Does this package say that the key of that name opens it, as one of a set?
pub(crate) fn is_member(header: &Header, set: [u8; 16]) -> bool {
    header.sets.iter().any(|line| line.set.0 == set)
}

/// The content key of a member of a set, by the set's key; `None` if it is no member, or its line was made up.
pub(crate) fn member_key(
    realm: units::RealmId,
    header: &Header,
    (set, key): ([u8; 16], &ContentSecret),
) -> Option<ContentSecret> {
    let line = header.sets.iter().find(|line| line.set.0 == set)?;
    let place = (realm, header.content, header.key.id.0);
    license::unwrap_in_set(key, place, &line.wrapped).ok()
}
