//! Free: the giver forgets what its receiver has closed.

use alloc::vec::Vec;
use units::{DealId, Tag};

use crate::{
    Entry, State,
    breakage::{Breakage, on},
};

impl State {
    /// Frees exactly the named deals that were given to `receiver`, who signed this. `None` if none of them is here.
    pub fn free(&self, receiver: Tag, deals: &[DealId]) -> Option<Entry> {
        let freed: Vec<DealId> = self
            .given
            .iter()
            .filter(|g| g.receiver == receiver && deals.contains(&g.deal) || on(Breakage::DoneFreesAll))
            .map(|g| g.deal)
            .collect();
        (!freed.is_empty()).then_some(Entry::Freed(freed))
    }
}
