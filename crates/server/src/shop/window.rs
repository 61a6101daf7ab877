//! Window: the works of the shop as people look for them, in memory, the newest first. What changed since the last look is
//! taken up by the number of its change (`party::shop::window`), so that a look costs one short read however many works there
//! are, and every process of a shop sees the same.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use license::{Offer, OfferSheet, Policy, WorkKind};
use party::shop::{Shop, WindowWork};
use store::{Fault, View};
use units::{ContentId, Moment, PartyId};

use super::find::{fold, near};

/// Changed works read at once.
const STEP: usize = 500;

/// An offer with its documents, and what is left of its edition.
#[derive(Debug, Clone)]
pub struct Standing {
    pub offer: Offer,
    pub policy: Policy,
    pub sheet: OfferSheet,
    pub left: Option<u32>,
}

/// A work, and the text in which it is looked for.
#[derive(Debug)]
pub struct Entry {
    pub work: WindowWork,
    text: String,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Words that stand in the title or in the name of whoever published, made or performs it.
    pub query: &'a str,
    /// Only this kind.
    pub kind: Option<WorkKind>,
    /// Only this publisher's.
    pub publisher: Option<PartyId>,
}

/// All works that were ever here, the newest first.
#[derive(Debug, Default)]
pub struct Look {
    works: Vec<Arc<Entry>>,
}

impl Look {
    /// Works on sale that are wanted, one page of them; and how many there are.
    pub fn page(&self, wanted: Wanted<'_>, page: u32, size: u32, now: Moment) -> (Vec<Arc<Entry>>, usize) {
        let query = fold(wanted.query);
        let words: Vec<&str> = query.split_whitespace().collect();
        let fits = |entry: &&Arc<Entry>| {
            wanted.kind.is_none_or(|kind| kind == entry.work.kind)
                && wanted
                    .publisher
                    .is_none_or(|publisher| publisher == entry.work.publisher)
                && words.iter().all(|word| entry.text.contains(word))
                && entry.work.is_on_sale(now)
        };
        let skip = (page.saturating_sub(1) as usize).saturating_mul(size as usize);
        let (mut found, mut count) = (Vec::new(), 0_usize);
        for entry in self.works.iter().filter(fits) {
            if count >= skip && found.len() < size as usize {
                found.push(Arc::clone(entry));
            }
            count = count.saturating_add(1);
        }
        (found, count)
    }

    /// The work whose title, or a word of it, is nearest to what nothing was found for.
    pub fn meant(&self, query: &str, now: Moment) -> Option<&Arc<Entry>> {
        let query = fold(query);
        let on_sale = self.works.iter().filter(|entry| entry.work.is_on_sale(now));
        let ranked = on_sale.filter_map(|entry| near(&query, &entry.text).map(|far| (far, entry)));
        ranked.min_by_key(|(far, _)| *far).map(|(_, entry)| entry)
    }

    /// Publishers with works on sale, by name, and how many works each has.
    pub fn publishers(&self, now: Moment) -> Vec<(PartyId, String, usize)> {
        let mut found: BTreeMap<(&str, PartyId), usize> = BTreeMap::new();
        for entry in self.works.iter().filter(|entry| entry.work.is_on_sale(now)) {
            let count = found
                .entry((&entry.work.publisher_name, entry.work.publisher))
                .or_default();
            *count = count.saturating_add(1);
        }
        found
            .into_iter()
            .map(|((name, id), count)| (id, name.to_owned(), count))
            .collect()
    }
}

/// Everything by which people ask for a work: what it is called, whose it is, who made and who performs it.
fn sought(work: &WindowWork) -> String {
    let credits = work.credits.as_ref();
    let creator = credits.and_then(|credits| credits.creator.as_deref());
    let performers = credits.map(|credits| credits.performers()).unwrap_or_default();
    let mut words = vec![work.title.as_str(), work.publisher_name.as_str()];
    words.extend(creator);
    words.extend(performers.iter().map(String::as_str));
    words.join(" ")
}

#[derive(Debug, Default)]
struct Known {
    seen: u64,
    works: HashMap<ContentId, Arc<Entry>>,
    look: Arc<Look>,
}

/// The window of one process.
#[derive(Debug, Default)]
pub struct Window(Mutex<Known>);

impl Window {
    /// The works as they are now.
    pub fn look(&self, shop: &Shop, view: &mut dyn View) -> Result<Arc<Look>, Fault> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = false;
        loop {
            let some = shop.window_since(view, known.seen, STEP)?;
            let Some(last) = some.last() else { break };
            known.seen = last.change;
            changed = true;
            for work in some {
                let text = fold(&sought(&work));
                known.works.insert(work.content, Arc::new(Entry { work, text }));
            }
        }
        if changed {
            let mut works: Vec<_> = known.works.values().cloned().collect();
            works.sort_by_key(|entry| (core::cmp::Reverse(entry.work.since), entry.work.content));
            known.look = Arc::new(Look { works });
        }
        Ok(known.look.clone())
    }
}

/// The offers of a work that are sold now, with their documents, the cheapest first.
pub fn standing(shop: &Shop, view: &mut dyn View, work: &WindowWork, now: Moment) -> Result<Vec<Standing>, Fault> {
    let mut out = Vec::new();
    for offer in work.on_sale(now) {
        let Some(on_shelf) = shop.offer(view, offer.number)?.filter(|one| one.is_on_sale(now)) else {
            continue;
        };
        let left = match offer.edition {
            Some(_) => shop.pieces_left(view, offer.number)?,
            None => None,
        };
        out.push(Standing {
            sheet: on_shelf.sheet(),
            offer: on_shelf.offer,
            policy: on_shelf.policy,
            left,
        });
    }
    Ok(out)
}
