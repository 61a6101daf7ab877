//! Media: a medium as a way to pay. Whoever has one pays an offer with it, once: the first deal for its id (CM-3). The shop
//! gives against media what it gives against money, so one order, one license, and one rule for who was first.
//!
//! In the books a medium is a value taken, like a ticket: its money came in where the medium was sold.

use minicbor::{Decode, Encode};
use store::{Fault, Map, Table, Tx, Value as Row, View};
use units::{Again, DealId, Hash, OfferNo, Refusal};

use super::Shop;
use crate::door::OpenPay;

/// The most media that are made known at once.
pub const MEDIA_MAX: usize = 10_000;

/// One medium that pays here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Medium {
    /// Its id, which no message shows.
    #[cbor(n(0), with = "minicbor::bytes")]
    id: [u8; 16],
    /// What it pays for.
    #[n(1)]
    offer: OfferNo,
    /// Which deal had it first.
    #[n(2)]
    pub(super) used: Option<DealId>,
}
impl Row for Medium {}

/// Media by the names that payments give them.
pub(super) const MEDIA: Map<[u8; 16], Medium> = Map::new(Table::new("shop_media"));

/// Why media were not taken in, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// None, or too many at once.
    #[error("1 to {MEDIA_MAX} media are made known at once, not {0}")]
    Count(usize),
    /// No such offer.
    #[error("there is no offer {0} here; publish it first")]
    NoOffer(OfferNo),
    /// The offer is not sold against media.
    #[error("offer {0} is not sold against media; its publisher signs that with the offer")]
    NotForMedia(OfferNo),
    /// One of them pays for something else.
    #[error("a medium of these pays for offer {0} already; each pays for one")]
    OtherOffer(OfferNo),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for MediaRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Count(_) => "media-count",
            Self::NoOffer(_) => "offer-unknown",
            Self::NotForMedia(_) => "offer-not-for-media",
            Self::OtherOffer(_) => "medium-other-offer",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}
crate::refused::refusals!(MediaRefused);

impl Shop {
    /// Makes media known, each good for one license of this offer. The same again changes nothing.
    pub fn take_media(&self, tx: &mut dyn Tx, number: OfferNo, media: &[[u8; 16]]) -> Result<(), MediaRefused> {
        crate::epoch::require::<MediaRefused>(tx)?;
        if media.is_empty() || media.len() > MEDIA_MAX {
            return Err(MediaRefused::Count(media.len()));
        }
        let shelf = self.offer(tx, number)?.ok_or(MediaRefused::NoOffer(number))?;
        if !shelf.offer.tenders.contains(&license::TenderKind::Medium) {
            return Err(MediaRefused::NotForMedia(number));
        }
        for id in media {
            let name = deal::medium::name_of(id);
            match MEDIA.get(tx, &name)? {
                Some(known) if known.offer != number => return Err(MediaRefused::OtherOffer(known.offer)),
                Some(_) => {}
                None => {
                    let row = Medium {
                        id: *id,
                        offer: number,
                        used: None,
                    };
                    MEDIA.put(tx, &name, &row)?;
                }
            }
        }
        Ok(())
    }

    /// Is this a medium for the offer that is paid, in the payer's hands, and free for this deal?
    pub(super) fn medium_holds(
        &self,
        view: &mut dyn View,
        open: &OpenPay,
        name: [u8; 16],
        proof: Hash,
    ) -> Result<bool, Fault> {
        let quote = &open.pay().quote;
        // What a medium pays for is bound to a player and a drive, as its copy is (CM-3).
        if !matches!(open.pay().bind, license::Bind::Devices(..)) {
            return Ok(false);
        }
        let Some(medium) = MEDIA.get(view, &name)? else {
            return Ok(false);
        };
        let offer = match quote.offer {
            Some(hash) => self.listed(view, hash)?.map(|shelf| shelf.offer.number),
            None => None,
        };
        let proven = seal::same(
            &deal::medium::proof_of(&medium.id, deal::approval::quote_of(quote)).0,
            &proof.0,
        );
        Ok(proven && offer == Some(medium.offer) && medium.used.is_none_or(|deal| deal == open.deal()))
    }

    /// This deal has it.
    pub(super) fn use_medium(&self, tx: &mut dyn Tx, name: [u8; 16], deal: DealId) -> Result<(), Fault> {
        let Some(medium) = MEDIA.get(tx, &name)? else {
            return Ok(());
        };
        MEDIA.put(
            tx,
            &name,
            &Medium {
                used: Some(deal),
                ..medium
            },
        )
    }

    /// The deal came to nothing.
    pub(super) fn free_medium(&self, tx: &mut dyn Tx, name: [u8; 16], deal: DealId) -> Result<(), Fault> {
        match MEDIA.get(tx, &name)? {
            Some(medium) if medium.used == Some(deal) => MEDIA.put(tx, &name, &Medium { used: None, ..medium }),
            _ => Ok(()),
        }
    }
}
