//! Newer: later versions of a work than the one a license was sold with. Its seller lists them; what counts is the publisher's
//! signature over each and the moment he made it, which stands under that signature. So a seller can hide a version, and can
//! neither make one nor offer an old one as a newer (THREATS row 100): the latest that was ever heard of stays known here.
//!
//! Nothing is fetched unasked, and nothing is replaced: the version that was bought stays where it is and plays on.

use std::{io, path::PathBuf};

use data_encoding::BASE64URL_NOPAD;
use license::{Delivery, License};
use minicbor::{Decode, Encode, bytes::ByteVec};
use package::Header;
use seal::cbor;
use serde::Deserialize;
use units::{Hash, LicenseId, Moment, Refusal, Share, Span};

use super::{FetchRefused, Packages, Presence};
use crate::{engine::Wallet, home::write_whole};

/// How long an answer is good for: nobody is asked about a license more often.
const FRESH: Span = Span::minutes(10);
/// Licenses asked about in one round; the others in the next.
const ASKED_MAX: usize = 50;

/// A later version of a work, as its publisher signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// Its package.
    pub package: Hash,
    /// What it calls itself.
    pub title: String,
    /// When its publisher made it.
    pub made: Moment,
    /// Bytes of the package, as its seller said.
    pub bytes: u64,
    /// Is it here?
    pub presence: Presence,
}

/// As it is kept beside the packages.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Heard {
    #[n(0)]
    header: ByteVec,
    #[n(1)]
    signed: ByteVec,
    #[n(2)]
    bytes: u64,
}

/// A seller's list, as far as it is read.
#[derive(Deserialize)]
struct Listed {
    versions: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    bytes: u64,
    header: String,
    signed: String,
}

/// A version that was read, and not judged yet.
struct Candidate {
    header: Header,
    heard: Heard,
}

impl One {
    fn read(&self) -> Option<Candidate> {
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let (bytes, signed) = (decode(&self.header)?, decode(&self.signed)?);
        let header = Header::parse(&bytes).ok()?;
        let heard = Heard {
            header: bytes.into(),
            signed: signed.into(),
            bytes: self.bytes,
        };
        Some(Candidate { header, heard })
    }
}

impl Packages {
    fn newer_file(&self, sold: Hash) -> PathBuf {
        self.path(sold, "newer")
    }

    /// The latest version heard of, of the work whose package was sold.
    pub fn newer(&self, sold: Hash) -> Option<Newer> {
        let bytes = std::fs::read(self.newer_file(sold)).ok()?;
        let heard: Heard = cbor::from_bytes(&bytes).ok()?;
        let header = Header::parse(&heard.header).ok()?;
        let package = header.hash();
        Some(Newer {
            package,
            made: header.made?,
            title: header.title,
            bytes: heard.bytes,
            presence: self.presence(package),
        })
    }

    fn keep_newer(&self, sold: Hash, heard: &Heard) -> io::Result<()> {
        write_whole(&self.newer_file(sold), &cbor::to_bytes(heard))
    }

    /// When the package with this header was made, if it lies here and says so; `None` without the package.
    fn made(&self, header: Hash) -> Option<Option<Moment>> {
        let readable = self.file(header).and_then(|path| Self::at_path(&path).ok())?;
        Some(readable.front().header().made)
    }
}

/// Has a license of this kind any versions? One of a part opens only what it was sold with, and so does one whose package was
/// sealed for one buyer.
fn may_have(license: &License) -> bool {
    license.link.rights.share == Share::Whole && matches!(license.offer.delivery, Delivery::Shared(_))
}

impl Wallet {
    /// Asks sellers for later versions of what this card holds, of each work at most every ten minutes. Who is away is asked
    /// again. Answers how many were heard of for the first time.
    pub async fn look_for_newer(&self) -> usize {
        let now = self.now();
        let due: Vec<LicenseId> = {
            let ids = self
                .on_card(|card| card.state().licenses.keys().copied().collect::<Vec<_>>())
                .await;
            let mut looked = self.looked();
            let due = ids
                .into_iter()
                .filter(|id| looked.get(id).is_none_or(|at| now > at.plus(FRESH)));
            let due: Vec<_> = due.take(ASKED_MAX).collect();
            looked.extend(due.iter().map(|id| (*id, now)));
            due
        };
        let mut found = 0_usize;
        for id in due {
            match self.look_for_newer_of(id).await {
                Ok(newer) => found = found.saturating_add(usize::from(newer)),
                Err(no) => {
                    self.looked().remove(&id);
                    tracing::info!(code = no.told(), "a seller did not say which versions there are");
                }
            }
        }
        found
    }

    /// The same in the background, for pages that are being looked at.
    pub fn look_for_newer_soon(&self) {
        let wallet = self.clone();
        tokio::spawn(async move { wallet.look_for_newer().await });
    }

    /// Asks the seller of one license now. True: a later version than any known was heard of.
    pub async fn look_for_newer_of(&self, id: LicenseId) -> Result<bool, FetchRefused> {
        let license = self.license(id).await.ok_or(FetchRefused::NoLicense)?;
        if !may_have(&license) {
            return Ok(false);
        }
        let sold = license.link.header;
        let answer = self
            .carrier()
            .get(license.seller, &format!("/v1/packages/{sold}/versions"))
            .await?;
        let Ok(listed) = serde_json::from_slice::<Listed>(&answer) else {
            self.carrier().doubt(license.seller);
            return Err(FetchRefused::OtherPackage);
        };
        let candidates: Vec<Candidate> = listed.versions.iter().filter_map(One::read).collect();
        let told = candidates.iter().find(|one| one.header.hash() == sold);
        // Without knowing how old the one is that was bought, nothing is newer than it.
        let Some(floor) = told.map(|one| one.header.made).or_else(|| self.packages().made(sold)) else {
            return Ok(false);
        };
        let floor = floor.max(self.packages().newer(sold).map(|known| known.made));
        let content = license.offer.content;
        let latest = self
            .on_card(move |card| {
                let opened = candidates
                    .into_iter()
                    .filter(|one| one.header.made > floor)
                    // Another work of a set is opened by the license too, and is no version of this one.
                    .filter(|one| one.header.content == content)
                    .filter(|one| card.opens_version(id, &one.header, &one.heard.signed).is_ok());
                opened.max_by_key(|one| one.header.made)
            })
            .await;
        let Some(latest) = latest else { return Ok(false) };
        let packages = self.packages().clone();
        let kept = tokio::task::spawn_blocking(move || packages.keep_newer(sold, &latest.heard)).await;
        kept.unwrap_or_else(|_| Err(io::Error::other("it was not written")))
            .map(|()| true)
            .map_err(|error| super::KeptError::Read(error).into())
    }

    /// Which package a play of this license opens if nothing else is said: the latest that has begun to come, or the one that
    /// was sold.
    pub(crate) fn played(&self, license: &License) -> Hash {
        let sold = license.link.header;
        let newer = self.packages().newer(sold).filter(|_| may_have(license));
        match newer {
            Some(newer) if newer.presence != Presence::Absent => newer.package,
            _ => sold,
        }
    }
}
