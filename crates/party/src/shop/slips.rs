//! Slips: electronic money as a shop's books have it, slip by slip, for whoever holds them beside the issuer's.

use std::collections::BTreeMap;

use store::{Fault, Keys, View};
use units::{DealId, Hash, Money, PartyId};

use super::{
    Shop,
    present::{PENDING, SLIPS},
    sales::SALES,
    unsettled::CLEARS,
};
use crate::{
    books::{self, posting_id},
    errand::{self, ErrandId},
};

/// What a shop's books say of a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlipAtShop {
    /// The deal it was paid in.
    pub deal: DealId,
    /// What came of it.
    pub came_to: CameTo,
    /// The issuer is still asked about it.
    pub asked: bool,
}

/// What came of a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameTo {
    /// It was taken as money, for this payee where the books name one.
    Money(Money, Option<PartyId>),
    /// It was taken on trust and is none: the shop's own loss.
    Loss,
    /// The issuer's word is awaited, and nothing was given.
    Waits,
    /// The payment came to nothing.
    Nothing,
}

impl Shop {
    /// Every slip that was paid here, by its name.
    pub fn slips(&self, view: &mut dyn View) -> Result<BTreeMap<Hash, SlipAtShop>, Fault> {
        let mut found = BTreeMap::new();
        SLIPS.each::<Fault>(view, Keys::all(), |view, id, deal| {
            let slip = SlipAtShop {
                deal,
                came_to: came_to(view, deal)?,
                asked: errand::open(view, ErrandId::of("present", &deal.0))?.is_some(),
            };
            found.insert(id, slip);
            Ok(())
        })?;
        Ok(found)
    }
}

fn came_to(view: &mut dyn View, deal: DealId) -> Result<CameTo, Fault> {
    if PENDING.has(view, &deal)? {
        return Ok(CameTo::Waits);
    }
    if books::was_posted(view, posting_id("floor loss", &deal.0))? {
        return Ok(CameTo::Loss);
    }
    if let Some(sale) = SALES.get(view, &deal)? {
        return Ok(CameTo::Money(sale.paid.money, Some(sale.payee)));
    }
    let clear = CLEARS.get(view, &deal)?;
    Ok(clear.map_or(CameTo::Nothing, |clear| CameTo::Money(clear.amount, None)))
}
