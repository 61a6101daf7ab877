//! Media: a medium as a way to pay. Whoever has one pays an offer with it, once: the first deal for its id (CM-3). The shop
//! gives against media what it gives against money, so one order, one license, and one rule for who was first.
//!
//! In the books a medium is a value taken, like a ticket: its money came in where the medium was sold.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Fault, Keys, Map, Table, Tx, Value as Row, View};
use units::{Again, ContentId, DealId, Hash, Moment, OfferNo, PartyId, Refusal};

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

/// Media that a publisher ordered on his pages, to be pressed from a file.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct MediaOrder {
    /// What each pays for.
    #[n(0)]
    pub offer: OfferNo,
    /// How many.
    #[n(1)]
    pub count: u32,
    /// The order as a press reads it. Their ids follow from it.
    #[n(2)]
    pub file: ByteVec,
    /// When it was ordered.
    #[n(3)]
    pub at: Moment,
}
impl Row for MediaOrder {}

/// Orders by publisher and their own random number.
pub(super) const MEDIA_ORDERS: Map<(PartyId, [u8; 16]), MediaOrder> = Map::new(Table::new("console_media_orders"));
/// The most orders that are kept for one publisher.
pub const MEDIA_ORDERS_MAX: usize = 200;

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
    /// Pressed by somebody else, or of another work.
    #[error(
        "these media are not of offer {0}'s work, or were not pressed by its publisher; each publisher presses his own"
    )]
    NotTheirs(OfferNo),
    /// The offer is not sold against media.
    #[error("offer {0} is not sold against media; its publisher signs that with the offer")]
    NotForMedia(OfferNo),
    /// One of them pays for something else.
    #[error("a medium of these pays for offer {0} already; each pays for one")]
    OtherOffer(OfferNo),
    /// Too many orders.
    #[error("{MEDIA_ORDERS_MAX} orders of media are kept for a publisher; order more media at once")]
    Orders,
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
            Self::NotTheirs(_) => "media-not-theirs",
            Self::NotForMedia(_) => "offer-not-for-media",
            Self::OtherOffer(_) => "medium-other-offer",
            Self::Orders => "media-orders",
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

/// Whose media these are, of which work, and what each of them pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PressedFor {
    /// Who pressed and signed them.
    pub by: PartyId,
    /// The work on them.
    pub content: ContentId,
    /// The offer.
    pub offer: OfferNo,
}

/// Media of one offer, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MediaCount {
    /// That pay here.
    pub known: u64,
    /// Of these, that have paid.
    pub used: u64,
}

impl Shop {
    /// Makes media known that a publisher pressed: of his own work alone.
    pub fn take_pressed(&self, tx: &mut dyn Tx, of: &PressedFor, media: &[[u8; 16]]) -> Result<(), MediaRefused> {
        crate::epoch::require::<MediaRefused>(tx)?;
        let shelf = self.offer(tx, of.offer)?.ok_or(MediaRefused::NoOffer(of.offer))?;
        if (shelf.offer.publisher, shelf.offer.content) != (of.by, of.content) {
            return Err(MediaRefused::NotTheirs(of.offer));
        }
        self.take_media(tx, of.offer, media)
    }

    /// Makes media known that a publisher orders on his pages: of his own work alone. The same order again changes nothing.
    pub fn order_media(
        &self,
        tx: &mut dyn Tx,
        no: [u8; 16],
        of: &PressedFor,
        order: &MediaOrder,
        media: &[[u8; 16]],
    ) -> Result<(), MediaRefused> {
        if MEDIA_ORDERS.get(tx, &(of.by, no))?.is_some() {
            return Ok(());
        }
        self.take_pressed(tx, of, media)?;
        let there = MEDIA_ORDERS.range(tx, Keys::under(&of.by), MEDIA_ORDERS_MAX)?;
        if there.len() >= MEDIA_ORDERS_MAX {
            return Err(MediaRefused::Orders);
        }
        Ok(MEDIA_ORDERS.put(tx, &(of.by, no), order)?)
    }

    /// What a publisher has ordered, the newest first.
    pub fn media_orders(&self, view: &mut dyn View, publisher: PartyId) -> Result<Vec<([u8; 16], MediaOrder)>, Fault> {
        let rows = MEDIA_ORDERS.range(view, Keys::under(&publisher), MEDIA_ORDERS_MAX)?;
        let mut orders: Vec<_> = rows.into_iter().map(|((_, no), order)| (no, order)).collect();
        orders.sort_by_key(|(_, order)| std::cmp::Reverse(order.at));
        Ok(orders)
    }

    /// One of them.
    pub fn media_order(
        &self,
        view: &mut dyn View,
        publisher: PartyId,
        no: [u8; 16],
    ) -> Result<Option<MediaOrder>, Fault> {
        MEDIA_ORDERS.get(view, &(publisher, no))
    }

    /// Media of this offer; nothing, if it is not sold against media.
    pub fn media_of(&self, view: &mut dyn View, number: OfferNo) -> Result<Option<MediaCount>, Fault> {
        let sold = self.offer(view, number)?;
        if !sold.is_some_and(|shelf| shelf.offer.tenders.contains(&license::TenderKind::Medium)) {
            return Ok(None);
        }
        let mut count = MediaCount::default();
        MEDIA.each::<Fault>(view, Keys::all(), |_, _, medium| {
            if medium.offer == number {
                count.known = count.known.saturating_add(1);
                count.used = count.used.saturating_add(u64::from(medium.used.is_some()));
            }
            Ok(())
        })?;
        Ok(Some(count))
    }

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
