//! Version: a license opens the package it was sold with, and every other that its publisher sealed under the same key and
//! signed: corrections, further chapters. What is sealed under a new key is another edition, and is sold anew (SD-28).
//!
//! The signature is needed besides the key: whoever else has the key (a seller, a holder who took his card apart) could make
//! a package whose ranges mean other keys of the tree, and have a card release them. And a license of a part opens only what
//! it was sold with, because where a part ends is different in each package.

use deal::PlayRefusal;
use license::Document;
use package::{Delivery, Header};
use seal::{Audience, Kind, role};
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
        let fits = link.rights.share == Share::Whole
            && header.key.id.0 == link.key_id
            && header.content == held.title
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
        Ok(ticket.of_version(header.hash()))
    }
}
