//! Shelf: works, their offers and previews, as they stand there now and as they stood when somebody bought.

use license::{Offer, OfferSheet, Policy};
use minicbor::{Decode, Encode, bytes::ByteVec};
use package::{ContentKey, Header};
use seal::Kind;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{ContentId, Hash, Moment, OfferNo, PartyId};

use super::Shop;

/// A work with its package, as its publisher handed it over.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct Work {
    /// Whose.
    #[n(0)]
    pub publisher: PartyId,
    /// The publisher's name, as certified.
    #[n(1)]
    pub publisher_name: String,
    /// The publisher's certificate.
    #[n(2)]
    pub certificate: ByteVec,
    /// The work.
    #[n(3)]
    pub content: ContentId,
    /// Its title.
    #[n(4)]
    pub title: String,
    /// What kind of work: its number in a package's header.
    #[n(5)]
    pub kind: license::WorkKind,
    /// The signed policy.
    #[n(6)]
    pub policy: ByteVec,
    /// Which of the content's keys.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub key_id: [u8; 16],
    /// Bytes of the package.
    #[n(8)]
    pub package_len: u64,
    /// Does every buyer get a package of his own? The package named is then the sealed master.
    #[n(9)]
    pub unique: bool,
    /// The content key, under the shop's own secret.
    #[n(10)]
    pub(super) key: ByteVec,
    /// Media type of the preview.
    #[n(11)]
    pub preview_type: String,
    /// When the publisher signed it.
    #[n(12)]
    pub at: Moment,
    /// The package's header, once the package is there; before that nothing of it is sold.
    #[n(13)]
    pub(super) header: Option<ByteVec>,
    /// What the tracks of an album are called.
    #[n(14)]
    pub tracks: Option<Vec<String>>,
}
impl Value for Work {}

impl Work {
    /// Is the package there, so that it can be sold?
    pub const fn is_ready(&self) -> bool {
        self.header.is_some()
    }
    /// What catalogues say of it beside its title, as its publisher signed it.
    pub fn credits(&self) -> Option<package::Credits> {
        package::Header::parse(self.header.as_ref()?).ok()?.credits
    }
}

/// An offer, as it stands or stood on the shelf.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct Listing {
    /// Its number on the shelf.
    #[n(0)]
    pub number: OfferNo,
    /// The signed offer.
    #[n(1)]
    pub signed: ByteVec,
    /// The package it sells: the hash of its header.
    #[n(2)]
    pub package: Hash,
    /// When it came.
    #[n(3)]
    pub since: Moment,
    /// When it was taken off; nothing is sold of it since.
    #[n(4)]
    pub withdrawn: Option<Moment>,
    /// The signed policy it was published with; a work's offers may have different ones. Absent: the work's.
    #[n(5)]
    pub policy: Option<ByteVec>,
}
impl Value for Listing {}

pub(super) const WORKS: Map<Hash, Work> = Map::new(Table::new("shop_works"));
pub(super) const PREVIEWS: Map<Hash, ByteVec> = Map::new(Table::new("shop_previews"));
/// By the hash of the signed offer, for ever.
pub(super) const LISTINGS: Map<Hash, Listing> = Map::new(Table::new("shop_listings"));
/// The offer that stands under a number now.
pub(super) const SHELF: Map<OfferNo, Hash> = Map::new(Table::new("shop_shelf"));

/// An offer with everything about it.
#[derive(Debug, Clone)]
pub struct OnShelf {
    /// Hash of the signed offer.
    pub hash: Hash,
    /// The offer.
    pub offer: Offer,
    /// The policy.
    pub policy: Policy,
    /// Its place on the shelf.
    pub listing: Listing,
    /// The work.
    pub work: Work,
}

impl OnShelf {
    /// What a buyer's card checks by itself.
    pub fn sheet(&self) -> OfferSheet {
        OfferSheet {
            publisher: self.work.certificate.clone(),
            offer: self.listing.signed.clone(),
            policy: self.signed_policy().clone(),
        }
    }
    /// The signed policy: what it was published with, whatever the work's later offers say.
    pub fn signed_policy(&self) -> &ByteVec {
        self.listing.policy.as_ref().unwrap_or(&self.work.policy)
    }
    /// May it be sold now, as far as the shelf goes?
    pub fn is_on_sale(&self, now: Moment) -> bool {
        self.listing.withdrawn.is_none() && self.work.is_ready() && now <= self.offer.until
    }
}

impl Shop {
    /// The offer whose signed form has this hash, whether or not it still stands there.
    pub fn listed(&self, view: &mut dyn View, hash: Hash) -> Result<Option<OnShelf>, Fault> {
        let Some(listing) = LISTINGS.get(view, &hash)? else {
            return Ok(None);
        };
        let Some(work) = WORKS.get(view, &listing.package)? else {
            return Ok(None);
        };
        // Checked when they were published; read here without their signatures.
        let realm = self.desk.realm_id();
        let damaged = |why: &str| Fault::Corrupt {
            table: LISTINGS.table().name(),
            why: why.to_owned(),
        };
        let offer = seal::parse::<Offer>(&listing.signed, Kind::Offer, realm).map_err(|_| damaged("an offer"))?;
        let signed = listing.policy.as_ref().unwrap_or(&work.policy);
        let policy = seal::parse::<Policy>(signed, Kind::Policy, realm).map_err(|_| damaged("a policy"))?;
        Ok(Some(OnShelf {
            hash,
            offer: offer.claims().clone(),
            policy: policy.claims().clone(),
            listing,
            work,
        }))
    }

    /// The offer that stands under a number now.
    pub fn offer(&self, view: &mut dyn View, number: OfferNo) -> Result<Option<OnShelf>, Fault> {
        match SHELF.get(view, &number)? {
            Some(hash) => self.listed(view, hash),
            None => Ok(None),
        }
    }

    /// At most `limit` offers on the shelf, in order of their numbers, after `after`.
    pub fn shelf(&self, view: &mut dyn View, after: Option<OfferNo>, limit: usize) -> Result<Vec<OnShelf>, Fault> {
        let mut keys = Keys::all();
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        let mut out = Vec::new();
        for (_, hash) in SHELF.range(view, keys, limit)? {
            out.extend(self.listed(view, hash)?);
        }
        Ok(out)
    }

    /// The preview of a package: media type and bytes.
    pub fn preview(&self, view: &mut dyn View, package: Hash) -> Result<Option<(String, Vec<u8>)>, Fault> {
        let Some(work) = WORKS.get(view, &package)? else {
            return Ok(None);
        };
        Ok(PREVIEWS
            .get(view, &package)?
            .map(|bytes| (work.preview_type, bytes.into())))
    }

    /// A work, by the hash of its package's header.
    pub fn work(&self, view: &mut dyn View, package: Hash) -> Result<Option<Work>, Fault> {
        WORKS.get(view, &package)
    }

    /// Takes an offer off the shelf: quotes already made are refused too, sales already made stand. False when there is
    /// none, or it is off already.
    pub fn withdraw(&self, tx: &mut dyn Tx, number: OfferNo, now: Moment) -> Result<bool, Fault> {
        let Some(hash) = SHELF.get(tx, &number)? else {
            return Ok(false);
        };
        let Some(mut listing) = LISTINGS.get(tx, &hash)? else {
            return Ok(false);
        };
        let new = listing.withdrawn.is_none();
        listing.withdrawn = listing.withdrawn.or(Some(now));
        LISTINGS.put(tx, &hash, &listing)?;
        if let Some(work) = WORKS.get(tx, &listing.package)? {
            self.arrange(tx, &work, listing.package, Some(number))?;
        }
        Ok(new)
    }

    /// The content key of a work.
    pub(super) fn content_key(&self, work: &Work, package: Hash) -> Result<ContentKey, Fault> {
        let damaged = || Fault::Corrupt {
            table: WORKS.table().name(),
            why: "a content key; are these the shop's own keys?".to_owned(),
        };
        let bytes = self.vault.unlock(&package.0, &work.key).map_err(|_| damaged())?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| damaged())?;
        Ok(ContentKey::from_secret_bytes(bytes))
    }

    /// The header of a work whose package is there.
    pub(super) fn header(&self, work: &Work) -> Result<Option<Header>, Fault> {
        let Some(bytes) = &work.header else { return Ok(None) };
        Header::parse(bytes).map(Some).map_err(|no| Fault::Corrupt {
            table: WORKS.table().name(),
            why: no.to_string(),
        })
    }
}
