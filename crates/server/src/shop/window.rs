//! Window: the shelf as people look at it: one entry per work, with its offers. Computed from the store and looked at again
//! after a second, so a busy front page does not read the whole shelf for every visitor.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use license::WorkKind;
use party::shop::{OnShelf, Shop};
use store::{Fault, View};
use units::{ContentId, Hash, Moment, PartyId, Span};

/// How old a look may be.
const FRESH: Span = Span::seconds(1);
/// Offers read at once.
const STEP: usize = 200;

/// A work with its offers, the cheapest first.
#[derive(Debug, Clone)]
pub struct Entry {
    pub content: ContentId,
    pub title: String,
    pub kind: WorkKind,
    pub publisher: PartyId,
    pub publisher_name: String,
    /// The package, or the master of a unique work.
    pub package: Hash,
    pub package_len: u64,
    pub unique: bool,
    pub preview_type: String,
    pub offers: Vec<Standing>,
    /// When its newest offer came.
    pub since: Moment,
}

/// An offer with what is left of its edition.
#[derive(Debug, Clone)]
pub struct Standing {
    pub on_shelf: Arc<OnShelf>,
    pub left: Option<u32>,
}

/// All works on sale, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Look {
    pub works: Vec<Arc<Entry>>,
}

impl Look {
    pub fn work(&self, content: ContentId) -> Option<&Arc<Entry>> {
        self.works.iter().find(|work| work.content == content)
    }

    /// Works whose title holds `query` and that are of `kind`, one page of them; and how many there are.
    pub fn page(&self, query: &str, kind: Option<WorkKind>, page: u32, size: u32) -> (Vec<Arc<Entry>>, usize) {
        let words = query.to_lowercase();
        let fits = |work: &&Arc<Entry>| {
            let named = words.is_empty()
                || work.title.to_lowercase().contains(&words)
                || work.publisher_name.to_lowercase().contains(&words);
            named && kind.is_none_or(|kind| kind == work.kind)
        };
        let found: Vec<_> = self.works.iter().filter(fits).collect();
        let skip = (page.saturating_sub(1) as usize).saturating_mul(size as usize);
        (
            found
                .iter()
                .skip(skip)
                .take(size as usize)
                .map(|work| Arc::clone(work))
                .collect(),
            found.len(),
        )
    }
}

/// The window of one process.
#[derive(Debug, Default)]
pub struct Window(Mutex<Option<(Moment, Arc<Look>)>>);

impl Window {
    /// A look no older than a second.
    pub fn look(&self, shop: &Shop, view: &mut dyn View, now: Moment) -> Result<Arc<Look>, Fault> {
        if let Some((at, look)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner)
            && now.since(*at) < FRESH
            && *at <= now
        {
            return Ok(look.clone());
        }
        let look = Arc::new(read(shop, view, now)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, look.clone()));
        Ok(look)
    }

    /// Something changed here: the next look is a new one.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn read(shop: &Shop, view: &mut dyn View, now: Moment) -> Result<Look, Fault> {
    let mut works: BTreeMap<ContentId, Entry> = BTreeMap::new();
    let mut after = None;
    loop {
        let some = shop.shelf(view, after, STEP)?;
        let Some(last) = some.last() else { break };
        after = Some(last.offer.number);
        for one in some.into_iter().filter(|one| one.is_on_sale(now)) {
            let left = if one.offer.edition.is_some() {
                shop.pieces_left(view, one.offer.number)?
            } else {
                None
            };
            place(&mut works, one, left);
        }
    }
    let mut works: Vec<_> = works.into_values().collect();
    for work in &mut works {
        work.offers
            .sort_by_key(|offer| (offer.on_shelf.offer.price, offer.on_shelf.offer.number));
    }
    works.sort_by_key(|work| (core::cmp::Reverse(work.since), work.content));
    Ok(Look {
        works: works.into_iter().map(Arc::new).collect(),
    })
}

fn place(works: &mut BTreeMap<ContentId, Entry>, one: OnShelf, left: Option<u32>) {
    let entry = works.entry(one.offer.content).or_insert_with(|| Entry {
        content: one.offer.content,
        title: one.offer.title.clone(),
        kind: one.work.kind,
        publisher: one.work.publisher,
        publisher_name: one.work.publisher_name.clone(),
        package: one.listing.package,
        package_len: one.work.package_len,
        unique: one.work.unique,
        preview_type: one.work.preview_type.clone(),
        offers: Vec::new(),
        since: one.listing.since,
    });
    // Several packages of one work (editions of its key): the window shows the newest.
    if one.listing.since > entry.since {
        entry.since = one.listing.since;
        entry.package = one.listing.package;
        entry.package_len = one.work.package_len;
        entry.unique = one.work.unique;
        entry.preview_type.clone_from(&one.work.preview_type);
    }
    entry.offers.push(Standing {
        on_shelf: Arc::new(one),
        left,
    });
}
