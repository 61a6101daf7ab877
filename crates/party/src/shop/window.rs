//! Window: one row for each work, with what people see before they choose, kept in step with the shelf in the same write. A
//! page of works reads these rows and no documents; whoever keeps them in memory takes up what changed since, by the number of
//! the last change, and never reads the shelf again.

use license::{Modes, WorkKind};
use minicbor::{Decode, Encode};
use store::{Counter, Fault, Keys, Map, Table, Tx, Value, View};
use units::{ContentId, Hash, Moment, Money, OfferNo, PartyId};

use super::{
    Shop,
    shelf::{OnShelf, SHELF, Work},
};

/// An offer as the window shows it, copied from the signed offer and policy.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WindowOffer {
    /// Its number.
    #[n(0)]
    pub number: OfferNo,
    /// The price, tax included.
    #[n(1)]
    pub price: Money,
    /// Last moment at which it is sold.
    #[n(2)]
    pub until: Moment,
    /// How many there are, if not any number.
    #[n(3)]
    pub edition: Option<u32>,
    /// What a friend may get.
    #[n(4)]
    pub modes: Modes,
    /// Fare of a copy.
    #[n(5)]
    pub fare_copy: Money,
    /// Fare of a move.
    #[n(6)]
    pub fare_move: Money,
    /// How deep copies of copies may go.
    #[n(7)]
    pub generations: u8,
    /// What unlocking a locked copy costs, if there are such.
    #[n(8)]
    pub unlock: Option<Money>,
}

/// A work as the window shows it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WindowWork {
    /// The work.
    #[n(0)]
    pub content: ContentId,
    /// Its title.
    #[n(1)]
    pub title: String,
    /// What kind of work.
    #[n(2)]
    pub kind: WorkKind,
    /// Whose.
    #[n(3)]
    pub publisher: PartyId,
    /// Whose, by name.
    #[n(4)]
    pub publisher_name: String,
    /// The newest package, or the master of a unique work.
    #[n(5)]
    pub package: Hash,
    /// Its length in bytes.
    #[n(6)]
    pub package_len: u64,
    /// Is every buyer's package sealed anew?
    #[n(7)]
    pub unique: bool,
    /// Media type of the preview.
    #[n(8)]
    pub preview_type: String,
    /// When its newest offer came.
    #[n(9)]
    pub since: Moment,
    /// Every number under which it was ever offered here.
    #[n(10)]
    pub numbers: Vec<OfferNo>,
    /// What is on sale, the cheapest first.
    #[n(11)]
    pub offers: Vec<WindowOffer>,
    /// The number of its last change.
    #[n(12)]
    pub change: u64,
    /// Was a package of it ever here? Before that nobody is shown anything of it.
    #[n(13)]
    pub is_ready: bool,
    /// What the tracks of an album are called.
    #[n(14)]
    pub tracks: Option<Vec<String>>,
    /// What stands beside its title (ST-3), once its package is here.
    #[n(15)]
    pub credits: Option<package::Credits>,
}
impl Value for WindowWork {}

impl WindowWork {
    /// Its offers that are sold at `now`, the cheapest first.
    pub fn on_sale(&self, now: Moment) -> impl Iterator<Item = &WindowOffer> {
        self.offers.iter().filter(move |offer| now <= offer.until)
    }
    /// Is any of it sold at `now`?
    pub fn is_on_sale(&self, now: Moment) -> bool {
        self.on_sale(now).next().is_some()
    }
}

pub(super) const WINDOW: Map<ContentId, WindowWork> = Map::new(Table::new("shop_window"));
/// Works by the number of their last change: one row each.
pub(super) const CHANGES: Map<u64, ContentId> = Map::new(Table::new("shop_window_changes"));
pub(super) const COUNTER: Table = Table::new("shop_window_counter");
const CHANGE: Counter = Counter::new(COUNTER, "change");

impl WindowOffer {
    fn of(one: &OnShelf) -> Self {
        Self {
            number: one.offer.number,
            price: one.offer.price,
            until: one.offer.until,
            edition: one.offer.edition,
            modes: one.policy.modes,
            fare_copy: one.policy.fare_copy,
            fare_move: one.policy.fare_move,
            generations: one.policy.generations,
            unlock: one.policy.unlock.as_ref().map(|unlock| unlock.fee),
        }
    }
}

impl Shop {
    /// A work as the window shows it, on sale or not.
    pub fn in_window(&self, view: &mut dyn View, content: ContentId) -> Result<Option<WindowWork>, Fault> {
        WINDOW.get(view, &content)
    }

    /// At most `limit` works that changed after the change `seen`, in order of their changes; from 0: all works.
    pub fn window_since(&self, view: &mut dyn View, seen: u64, limit: usize) -> Result<Vec<WindowWork>, Fault> {
        let mut out = Vec::new();
        for (_, content) in CHANGES.range(view, Keys::all().after(&seen), limit)? {
            out.extend(WINDOW.get(view, &content)?);
        }
        Ok(out)
    }

    /// Arranges the whole window anew, if it was never arranged: a shop from before there were windows.
    pub fn arrange_window(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        if CHANGE.last(tx)? > 0 {
            return Ok(());
        }
        let mut after = None;
        loop {
            let some = self.shelf(tx, after, 200)?;
            let Some(last) = some.last() else { return Ok(()) };
            after = Some(last.offer.number);
            for one in some {
                self.arrange(tx, &one.work, one.listing.package, Some(one.offer.number))?;
            }
        }
    }

    /// Arranges a work anew after something about it changed: `number` is an offer of it that may be new here.
    pub(super) fn arrange(
        &self,
        tx: &mut dyn Tx,
        work: &Work,
        package: Hash,
        number: Option<OfferNo>,
    ) -> Result<(), Fault> {
        let there = WINDOW.get(tx, &work.content)?;
        if let Some(there) = &there {
            CHANGES.delete(tx, &there.change)?;
        }
        let mut row = there.unwrap_or_else(|| WindowWork::of(work, package));
        if let Some(number) = number
            && !row.numbers.contains(&number)
        {
            row.numbers.push(number);
        }
        row.offers.clear();
        let mut newest: Option<OnShelf> = None;
        for number in row.numbers.clone() {
            let Some(hash) = SHELF.get(tx, &number)? else { continue };
            let Some(one) = self.listed(tx, hash)? else { continue };
            row.is_ready |= one.work.is_ready();
            if one.listing.withdrawn.is_some() || !one.work.is_ready() {
                continue;
            }
            row.offers.push(WindowOffer::of(&one));
            if newest
                .as_ref()
                .is_none_or(|known| known.listing.since < one.listing.since)
            {
                newest = Some(one);
            }
        }
        row.offers.sort_by_key(|offer| (offer.price, offer.number));
        // Several packages of one work (editions of its key): the window shows the newest that is sold.
        if let Some(one) = newest {
            row = WindowWork {
                since: one.listing.since,
                title: one.offer.title.clone(),
                numbers: row.numbers,
                offers: row.offers,
                is_ready: true,
                ..WindowWork::of(&one.work, one.listing.package)
            };
        }
        row.change = CHANGE.next(tx)?;
        CHANGES.put(tx, &row.change, &row.content)?;
        WINDOW.put(tx, &row.content, &row)
    }
}

impl WindowWork {
    fn of(work: &Work, package: Hash) -> Self {
        Self {
            content: work.content,
            title: work.title.clone(),
            kind: work.kind,
            publisher: work.publisher,
            publisher_name: work.publisher_name.clone(),
            package,
            package_len: work.package_len,
            unique: work.unique,
            preview_type: work.preview_type.clone(),
            since: work.at,
            numbers: Vec::new(),
            offers: Vec::new(),
            change: 0,
            is_ready: false,
            tracks: work.tracks.clone(),
            credits: work.credits(),
        }
    }
}
