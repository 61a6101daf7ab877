//! Version: packages of one work under one key, in the order they came. A license of the whole work opens all of them
//! (`card/src/version.rs`); which is the newest, a wallet asks here. A new key is a new edition, and no version of the old one.

use package::ContentKey;
use store::{Fault, Keys, Map, Table, Tx, View};
use units::{ContentId, Hash, Moment, OfferNo, PartyId};

use super::{
    Shop,
    payout::BY_PUBLISHER,
    sales::SALES,
    shelf::{LISTINGS, SHELF, WORKS, Work},
};

/// By key and the moment its publisher signed it.
pub(super) const VERSIONS: Map<([u8; 16], Moment, Hash), ()> = Map::new(Table::new("console_versions"));

/// A version of a work, as its buyers may fetch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The package.
    pub package: Hash,
    /// Its title.
    pub title: String,
    /// Bytes.
    pub len: u64,
    /// When its publisher signed it.
    pub at: Moment,
    /// Is it here?
    pub ready: bool,
}

/// Notes what was published and sold before there were versions.
pub(super) fn note_before(tx: &mut dyn Tx) -> Result<(), Fault> {
    let mut versions = Vec::new();
    WORKS.each::<Fault>(tx, Keys::all(), |_, package, work| {
        versions.push((work.key_id, work.at, package));
        Ok(())
    })?;
    for key in versions {
        VERSIONS.put(tx, &key, &())?;
    }
    let mut sales = Vec::new();
    SALES.each::<Fault>(tx, Keys::all(), |_, deal, sale| {
        sales.push((sale.publisher, sale.at, deal));
        Ok(())
    })?;
    for key in sales {
        BY_PUBLISHER.put(tx, &key, &())?;
    }
    Ok(())
}

/// A work of this publisher, whichever.
pub(super) fn any_work_of(view: &mut dyn View, publisher: PartyId) -> Result<Option<Work>, Fault> {
    let mut after = None;
    loop {
        let mut keys = Keys::all();
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        let some = WORKS.range(view, keys, 200)?;
        let Some((last, _)) = some.last() else { return Ok(None) };
        after = Some(*last);
        if let Some((_, work)) = some.into_iter().find(|(_, work)| work.publisher == publisher) {
            return Ok(Some(work));
        }
    }
}

impl Shop {
    /// Notes a published work.
    pub(super) fn note_version(&self, tx: &mut dyn Tx, work: &Work, package: Hash) -> Result<(), Fault> {
        VERSIONS.put(tx, &(work.key_id, work.at, package), &())
    }

    /// All versions that a license of `package` opens, the oldest first; nothing for a package that was never here, or was
    /// made for one buyer.
    pub fn versions(&self, view: &mut dyn View, package: Hash) -> Result<Vec<Version>, Fault> {
        let Some(sold) = WORKS.get(view, &package)?.filter(|work| !work.unique) else {
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        for ((_, at, name), ()) in VERSIONS.range(view, Keys::under(&sold.key_id), 1000)? {
            let Some(work) = WORKS.get(view, &name)? else { continue };
            if work.publisher == sold.publisher && work.content == sold.content && !work.unique {
                out.push(Version {
                    package: name,
                    title: work.title.clone(),
                    len: work.package_len,
                    at,
                    ready: work.is_ready(),
                });
            }
        }
        Ok(out)
    }

    /// The key of a work, for its own publisher to seal a new version under. Nothing for anybody else's.
    pub fn key_for_version(
        &self,
        view: &mut dyn View,
        publisher: PartyId,
        package: Hash,
    ) -> Result<Option<ContentKey>, Fault> {
        match WORKS.get(view, &package)? {
            Some(work) if work.publisher == publisher && !work.unique => self.content_key(&work, package).map(Some),
            _ => Ok(None),
        }
    }

    /// Takes a whole work off the shelf: nothing of it is sold any more. Licenses stay good, and their packages can be
    /// fetched as before. How many offers went; nothing for another publisher's work.
    pub fn withdraw_work(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        content: ContentId,
        now: Moment,
    ) -> Result<Option<usize>, Fault> {
        let Some(row) = self.in_window(tx, content)?.filter(|row| row.publisher == publisher) else {
            return Ok(None);
        };
        let mut gone = 0_usize;
        for number in row.numbers {
            gone = gone.saturating_add(usize::from(self.withdraw(tx, number, now)?));
        }
        Ok(Some(gone))
    }

    /// Stops selling one offer of a work; the others stay. Nothing for another publisher's offer.
    pub fn stop_offer(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        number: OfferNo,
        now: Moment,
    ) -> Result<Option<bool>, Fault> {
        match self.offer(tx, number)?.filter(|one| one.offer.publisher == publisher) {
            Some(_) => self.withdraw(tx, number, now).map(Some),
            None => Ok(None),
        }
    }

    /// Puts a withdrawn work back on the shelf, as it stood there: what was stopped before it was withdrawn stays stopped. Nothing
    /// for another publisher's work.
    pub fn restore_work(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        content: ContentId,
    ) -> Result<Option<usize>, Fault> {
        let Some(row) = self.in_window(tx, content)?.filter(|row| row.publisher == publisher) else {
            return Ok(None);
        };
        let (mut back, mut gone) = (0_usize, Vec::new());
        for number in row.numbers {
            let Some(hash) = SHELF.get(tx, &number)? else { continue };
            let listing = LISTINGS.get(tx, &hash)?.filter(|it| it.withdrawn.is_some());
            gone.extend(listing.map(|listing| (number, hash, listing)));
        }
        let last = gone.iter().filter_map(|(_, _, listing)| listing.withdrawn).max();
        for (number, hash, mut listing) in gone {
            if listing.withdrawn != last {
                continue;
            }
            listing.withdrawn = None;
            LISTINGS.put(tx, &hash, &listing)?;
            if let Some(work) = WORKS.get(tx, &listing.package)? {
                self.arrange(tx, &work, listing.package, Some(number))?;
            }
            back = back.saturating_add(1);
        }
        Ok(Some(back))
    }
}
