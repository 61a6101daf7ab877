//! Content server: which sealed works it keeps, by content number (ST-1). The files themselves lie with whoever drives it.
//!
//! Run by: anybody who gives works away sealed: a content company, a cache, a school. Needs: packages that a publisher of its
//! realm signed. Adds: an address where they are found by number. Must not see: a key, a license, a buyer.
//!
//! It decides nothing about money: a package is worth nothing without a license, and those come by another way. Content and
//! license may be fetched in either order (ST-4), so nobody is asked who he is.

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{ContentId, Hash, Moment, PartyId};

use crate::{
    Party, Refused,
    desk::Desk,
    errand::{ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
};

/// A sealed work that is kept: what its publisher signed about it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Kept {
    /// Which work.
    #[n(0)]
    pub content: ContentId,
    /// Whose.
    #[n(1)]
    pub publisher: PartyId,
    /// His name, as certified.
    #[n(2)]
    pub publisher_name: String,
    /// What people call it.
    #[n(3)]
    pub title: String,
    /// The media type of what is inside.
    #[n(4)]
    pub media_type: String,
    /// Bytes of the package.
    #[n(5)]
    pub bytes: u64,
    /// When its publisher made it, by his own signed word.
    #[n(6)]
    pub made: Option<Moment>,
    /// When it came here.
    #[n(7)]
    pub since: Moment,
    /// The bytes of its header, which a license server checks before it sells.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub header: Vec<u8>,
}
impl Value for Kept {}

const PACKAGES: Map<Hash, Kept> = Map::new(Table::new("content_packages"));
const WORKS: Map<(ContentId, Hash), ()> = Map::new(Table::new("content_works"));
static PART: Part = Part::new("content", &[Change::Create(&[PACKAGES.table(), WORKS.table()])]);

/// What a content server's store is opened with.
pub static PARTS: &[&Part] = &[&crate::desk::PART, &crate::errand::PART, &crate::epoch::PART, &PART];

/// A content server.
#[derive(Debug)]
pub struct ContentServer {
    keys: PartyKeys,
    desk: Desk,
}

impl ContentServer {
    /// The server with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk) -> Self {
        Self { keys, desk }
    }

    /// Keeps a package from now on; it lies on the disk already. The same again changes nothing.
    pub fn keep(&self, tx: &mut dyn Tx, package: Hash, kept: &Kept) -> Result<(), Fault> {
        if PACKAGES.get(tx, &package)?.is_none() {
            PACKAGES.put(tx, &package, kept)?;
            WORKS.put(tx, &(kept.content, package), &())?;
        }
        Ok(())
    }

    /// Forgets a package whose file is gone.
    pub fn drop_package(&self, tx: &mut dyn Tx, package: Hash) -> Result<bool, Fault> {
        let Some(kept) = PACKAGES.get(tx, &package)? else {
            return Ok(false);
        };
        WORKS.delete(tx, &(kept.content, package))?;
        PACKAGES.delete(tx, &package)
    }

    /// A package.
    pub fn package(&self, view: &mut dyn View, package: Hash) -> Result<Option<Kept>, Fault> {
        PACKAGES.get(view, &package)
    }

    /// Every package of a work, the latest its publisher made first.
    pub fn work(&self, view: &mut dyn View, content: ContentId) -> Result<Vec<(Hash, Kept)>, Fault> {
        let mut found = Vec::new();
        for ((_, package), ()) in WORKS.range(view, Keys::under(&content), usize::MAX)? {
            found.extend(PACKAGES.get(view, &package)?.map(|kept| (package, kept)));
        }
        found.sort_by_key(|(_, kept)| core::cmp::Reverse((kept.made, kept.since)));
        Ok(found)
    }

    /// So many packages after this one, in the order of works.
    pub fn packages(
        &self,
        view: &mut dyn View,
        after: Option<(ContentId, Hash)>,
        limit: usize,
    ) -> Result<Vec<(Hash, Kept)>, Fault> {
        let mut keys = Keys::all();
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        let mut found = Vec::new();
        for ((_, package), ()) in WORKS.range(view, keys, limit)? {
            found.extend(PACKAGES.get(view, &package)?.map(|kept| (package, kept)));
        }
        Ok(found)
    }
}

impl Party for ContentServer {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, _: &mut dyn Tx, _: Verb, _: &[u8], _: Moment, _: &Seed) -> Result<Step, Refused> {
        // It has no part in any deal.
        Err(Refused::other_verb())
    }
    fn answered(&self, _: &mut dyn Tx, _: ErrandId, _: Reply<'_>, _: Moment, _: &Seed) -> Result<Step, Refused> {
        Err(Refused::other_verb())
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let mut findings = Vec::new();
        let (mut works, mut packages) = (0_usize, 0_usize);
        for ((content, package), ()) in WORKS.range(view, Keys::all(), usize::MAX)? {
            works = works.saturating_add(1);
            if PACKAGES.get(view, &package)?.is_none_or(|kept| kept.content != content) {
                findings.push(format!("package {package} is listed for a work it is not of"));
            }
        }
        for (package, kept) in PACKAGES.range(view, Keys::all(), usize::MAX)? {
            packages = packages.saturating_add(1);
            if package::Header::parse(&kept.header).map_or(true, |header| header.hash() != package) {
                findings.push(format!("package {package} has another header than its name says"));
            }
        }
        if works != packages {
            findings.push(format!("{packages} packages, and {works} lines of works"));
        }
        Ok(findings)
    }
}
