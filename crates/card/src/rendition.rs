//! Rendition: a player that has a work on loan makes a smaller one of it inside, seals it anew and writes it to a memory card; the
//! wallet plays it with the license it has (ST-11).
//!
//! The key of the new package leaves the player for one reader alone, the wallet's card in their pair, and is opened there for
//! the length of a release. So a memory card that is lost or copied plays for nobody else, and each play of a rendition is one of
//! the license's own plays.

use alloc::vec::Vec;
use deal::{PlayRefusal, pair::Rendition};
use minicbor::bytes::ByteVec;
use package::{ContentKey, Header};
use seal::{Audience, ContentSecret, Kind, Seed};
use units::{LicenseId, Tag};

use crate::{Card, Fault, Journal, ReleaseRefusal};

/// What the key is sealed for.
const PURPOSE: &str = "keyfare/1/rendition";

impl<J: Journal> Card<J> {
    /// A player signs a package it made of a loan, with its key sealed to the wallet that lent it: what stands in the package's
    /// front in the place of its publisher's signature.
    pub fn sign_rendition(
        &self,
        loan: LicenseId,
        header: &Header,
        key: &ContentSecret,
        seed: &Seed,
    ) -> Result<Vec<u8>, ReleaseRefusal> {
        let borrowed = self.image.state.borrowed(loan).ok_or(PlayRefusal::NoLicense)?;
        let held = self.image.state.licenses.get(&loan).ok_or(PlayRefusal::NoLicense)?;
        let pair = self.image.state.pair(borrowed.pair).ok_or(PlayRefusal::NoLicense)?;
        let checked = self.license_of(held).ok_or(ReleaseRefusal::Key)?;
        let same_work = header.content == held.title && header.publisher == held.publisher;
        if !same_work || !header.is_under(&ContentKey::from_secret_bytes(*key.expose())) {
            return Err(ReleaseRefusal::OtherPackage);
        }
        let name = header.hash();
        let wrap = seal::seal_to(&pair.seal, PURPOSE, &name.0, key.expose(), &seed.part("rendition"));
        let body = Rendition {
            pair: borrowed.pair.0,
            header: name,
            of: checked.link.header,
            wrap: ByteVec::from(wrap.map_err(|_| Fault::Seal)?),
        };
        let signer = self.pair_signer(&pair.key);
        let audience = Audience::One(borrowed.pair.0);
        Ok(seal::sign(&signer, Kind::Rendition, self.realm, audience, &body))
    }

    /// The key of a rendition that a player on this card's list made for it.
    pub(crate) fn rendition_key(&self, header: &Header, signed: &[u8]) -> Option<ContentSecret> {
        let parsed = seal::parse::<Rendition>(signed, Kind::Rendition, self.realm).ok()?;
        let name = Tag(parsed.claims().pair);
        let pair = self.image.state.listed(name)?;
        let body = parsed.verify(&pair.sign, Audience::One(name.0)).ok()?;
        if body.header != header.hash() {
            return None;
        }
        let key = seal::open_from(&self.pair_opener(&pair.key), PURPOSE, &body.header.0, &body.wrap).ok()?;
        let key = ContentSecret::from_slice(&key)?;
        header
            .is_under(&ContentKey::from_secret_bytes(*key.expose()))
            .then_some(key)
    }
}
