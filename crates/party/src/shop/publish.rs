//! Publish: a publisher's work comes onto the shelf, and its package arrives.

use license::{NotPublished, VerifiedPublication, verify_publication};
use minicbor::bytes::ByteVec;
use package::{Header, HeaderError};
use seal::Seed;
use store::{Fault, Tx};
use units::{Again, Hash, Moment, OfferNo, Refusal};

use super::{
    Shop,
    edition::EDITIONS,
    shelf::{LISTINGS, Listing, PREVIEWS, SHELF, WORKS, Work},
};

/// What a publication has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The package it is about: the hash of its header.
    pub package: Hash,
    /// The offers on the shelf now.
    pub offers: Vec<OfferNo>,
    /// Is the package there already? If not, nothing is sold before it is.
    pub ready: bool,
}

/// Why nothing came onto the shelf, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// The publication does not hold.
    #[error(transparent)]
    NotPublished(#[from] NotPublished),
    /// Another publisher's offer stands under that number.
    #[error("offer number {0} is another publisher's here; choose a free one")]
    NumberTaken(OfferNo),
    /// Another work stands under that number.
    #[error("offer number {0} stands for another work; withdraw it and choose a new one")]
    OtherWork(OfferNo),
    /// What is there is newer.
    #[error("offer number {0} was published later than this; nothing has changed")]
    Older(OfferNo),
    /// Several sellers share an edition, and nobody said who sells which numbers.
    #[error("offer {0} is a numbered edition with several sellers: publish a quota for this shop first")]
    NoQuota(OfferNo),
    /// An edition that became smaller than what was given out.
    #[error("offer {0} would have fewer pieces than were sold")]
    SmallerEdition(OfferNo),
    /// No such work.
    #[error("no publication names this package; publish it first")]
    NoWork,
    /// Not a header.
    #[error("the package's header does not hold: {0}")]
    Header(#[from] HeaderError),
    /// The header of another package.
    #[error("this is not the package that was published: its {0} is another")]
    OtherPackage(&'static str),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PublishRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotPublished(no) => no.code(),
            Self::NumberTaken(_) => "offer-number-taken",
            Self::OtherWork(_) => "offer-other-work",
            Self::Older(_) => "publication-older",
            Self::NoQuota(_) => "edition-without-quota",
            Self::SmallerEdition(_) => "edition-smaller",
            Self::NoWork => "work-unknown",
            Self::Header(_) => "package-header",
            Self::OtherPackage(_) => "package-differs",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotPublished(no) => no.again(),
            Self::NoWork | Self::NoQuota(_) | Self::NumberTaken(_) | Self::OtherWork(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(PublishRefused);

impl Shop {
    /// Puts a signed publication on the shelf. The same again changes nothing; a newer one of the same work takes the
    /// older one's place. What was sold before stays as it was sold.
    pub fn publish(
        &self,
        tx: &mut dyn Tx,
        bundle: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<Published, PublishRefused> {
        crate::epoch::require::<PublishRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let it = verify_publication(bundle, &known.trust, self.id(), self.keys.opener(), now)?;
        for published in &it.offers {
            self.may_stand(tx, &it, published)?;
        }
        let ready = self.keep_work(tx, &it, seed)?;
        for published in &it.offers {
            self.list(tx, &it, published, now)?;
        }
        if let Some(work) = WORKS.get(tx, &it.header)? {
            for published in &it.offers {
                self.arrange(tx, &work, it.header, Some(published.offer.number))?;
            }
        }
        Ok(Published {
            package: it.header,
            offers: it.offers.iter().map(|o| o.offer.number).collect(),
            ready,
        })
    }

    /// May this offer stand under its number?
    fn may_stand(
        &self,
        tx: &mut dyn Tx,
        it: &VerifiedPublication,
        published: &license::PublishedOffer,
    ) -> Result<(), PublishRefused> {
        let offer = &published.offer;
        let number = offer.number;
        if let Some(there) = self.offer(tx, number)? {
            if there.offer.publisher != it.publisher {
                return Err(PublishRefused::NumberTaken(number));
            }
            if there.offer.content != it.content {
                return Err(PublishRefused::OtherWork(number));
            }
            if there.hash != published.hash && there.work.at > it.at {
                return Err(PublishRefused::Older(number));
            }
        }
        let Some(size) = offer.edition else { return Ok(()) };
        match EDITIONS.get(tx, &number)? {
            Some(edition) if edition.quota => Ok(()),
            _ if offer.sellers.len() > 1 => Err(PublishRefused::NoQuota(number)),
            Some(edition) if size < edition.next => Err(PublishRefused::SmallerEdition(number)),
            _ => Ok(()),
        }
    }

    /// Keeps work and preview; true when the package is there.
    fn keep_work(&self, tx: &mut dyn Tx, it: &VerifiedPublication, seed: &Seed) -> Result<bool, Fault> {
        let there = WORKS.get(tx, &it.header)?;
        let key = match &there {
            // The same package has the same key; its record stays as it is locked.
            Some(work) => work.key.clone(),
            None => ByteVec::from(
                self.vault
                    .lock(&it.header.0, it.key.expose(), &seed.part("content-key")),
            ),
        };
        let is_new = there.is_none();
        let header = there.and_then(|work| work.header);
        let ready = header.is_some();
        let work = Work {
            publisher: it.publisher,
            publisher_name: it.publisher_name.clone(),
            certificate: ByteVec::from(it.certificate.clone()),
            content: it.content,
            title: it.title.clone(),
            kind: it.kind,
            policy: ByteVec::from(it.policy_signed.clone()),
            key_id: it.key_id,
            package_len: it.package_len,
            unique: it.unique,
            key,
            preview_type: it.preview_type.clone(),
            at: it.at,
            header,
            tracks: (!it.tracks.is_empty()).then(|| it.tracks.clone()),
        };
        WORKS.put(tx, &it.header, &work)?;
        // Other offers for a package are no other version of the work.
        if is_new {
            self.note_version(tx, &work, it.header)?;
        }
        PREVIEWS.put(tx, &it.header, &ByteVec::from(it.preview.clone()))?;
        Ok(ready)
    }

    fn list(
        &self,
        tx: &mut dyn Tx,
        it: &VerifiedPublication,
        published: &license::PublishedOffer,
        now: Moment,
    ) -> Result<(), Fault> {
        let number = published.offer.number;
        if let Some(size) = published.offer.edition {
            let mut edition = EDITIONS.get(tx, &number)?.unwrap_or_default();
            if !edition.quota {
                edition.to = size;
            }
            EDITIONS.put(tx, &number, &edition)?;
        }
        let there = LISTINGS.get(tx, &published.hash)?;
        if there.as_ref().is_none_or(|l| l.withdrawn.is_some()) {
            let listing = Listing {
                number,
                signed: ByteVec::from(published.signed.clone()),
                package: it.header,
                since: there.map_or(now, |l| l.since),
                withdrawn: None,
                policy: Some(ByteVec::from(it.policy_signed.clone())),
            };
            LISTINGS.put(tx, &published.hash, &listing)?;
        }
        SHELF.put(tx, &number, &published.hash)
    }

    /// The package of a publication has arrived, its bytes checked by whoever keeps them: this is its header. From now on
    /// its offers are sold. A header that is not the one published, or under another key, is refused.
    pub fn package_arrived(&self, tx: &mut dyn Tx, header: &[u8]) -> Result<Hash, PublishRefused> {
        crate::epoch::require::<PublishRefused>(tx)?;
        let parsed = Header::parse(header)?;
        let package = parsed.hash();
        let mut work = WORKS.get(tx, &package)?.ok_or(PublishRefused::NoWork)?;
        let key = self.content_key(&work, package)?;
        if !parsed.is_under(&key) || parsed.key.id.0 != work.key_id {
            return Err(PublishRefused::OtherPackage("key"));
        }
        if parsed.content != work.content {
            return Err(PublishRefused::OtherPackage("work"));
        }
        if parsed.publisher != work.publisher || parsed.realm != self.desk.realm_id() {
            return Err(PublishRefused::OtherPackage("publisher"));
        }
        work.header = Some(ByteVec::from(header.to_vec()));
        WORKS.put(tx, &package, &work)?;
        self.arrange(tx, &work, package, None)?;
        Ok(package)
    }
}
