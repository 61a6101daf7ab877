//! Edition: an edition of N sells N (SD-12). A sale takes a number, a void takes none, a surrender gives it back.

use minicbor::{Decode, Encode};
use seal::{Audience, Kind, role};
use store::{Fault, Keys, Map, Table, Tx, Value};
use units::OfferNo;

use super::{PublishRefused, Shop};

pub use license::Quota;

/// The numbers of an offer at this shop.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
#[cbor(array)]
pub(super) struct Edition {
    /// The next number that was never given out.
    #[n(0)]
    pub(super) next: u32,
    /// One past the last.
    #[n(1)]
    pub(super) to: u32,
    /// Given by a quota, not by the size of the edition.
    #[n(2)]
    pub(super) quota: bool,
    /// The first.
    #[n(3)]
    pub(super) from: u32,
}
impl Value for Edition {}

pub(super) const EDITIONS: Map<OfferNo, Edition> = Map::new(Table::new("shop_editions"));
/// Numbers that came back.
pub(super) const RETURNED: Map<(OfferNo, u32), ()> = Map::new(Table::new("shop_returned"));

/// The pieces of an edition that are this shop's to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// That it can still sell.
    pub left: u32,
    /// All of them.
    pub size: u32,
}

impl Shop {
    /// The pieces of an offer's edition at this shop; nothing for an offer without one.
    pub fn pieces(&self, view: &mut dyn store::View, number: OfferNo) -> Result<Option<Pieces>, Fault> {
        let Some(left) = self.pieces_left(view, number)? else {
            return Ok(None);
        };
        let edition = EDITIONS.get(view, &number)?.unwrap_or_default();
        let size = edition.to.saturating_sub(edition.from);
        Ok(Some(Pieces { left, size }))
    }

    /// Takes in a publisher's quota for this shop, before or after the offer itself. A range that would take back a number
    /// already given out is refused.
    pub fn set_quota(&self, tx: &mut dyn Tx, signed: &[u8]) -> Result<(), PublishRefused> {
        crate::epoch::require::<PublishRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let no = |e| PublishRefused::NotPublished(license::NotPublished::Forged(e));
        let parsed = seal::parse::<Quota>(signed, Kind::Quota, self.desk.realm_id()).map_err(no)?;
        let publisher = known
            .ever_certified::<role::Publisher>(parsed.claims().publisher)
            .ok_or(no(seal::NotSigned::BadSignature))?;
        let quota = parsed.verify(publisher.sign(), Audience::from(self.id())).map_err(no)?;
        let number = quota.number;
        if let Some(there) = self.offer(tx, number)?
            && there.offer.publisher != quota.publisher
        {
            return Err(PublishRefused::NumberTaken(number));
        }
        let before = EDITIONS.get(tx, &number)?.unwrap_or_default();
        let used = before.next > before.from;
        if quota.from >= quota.to || (used && (quota.from != before.from || quota.to < before.next)) {
            return Err(PublishRefused::SmallerEdition(number));
        }
        let edition = Edition {
            next: if used { before.next } else { quota.from },
            to: quota.to,
            quota: true,
            from: quota.from,
        };
        Ok(EDITIONS.put(tx, &number, &edition)?)
    }

    /// How many of an edition this shop can still sell; nothing for an offer without one.
    pub fn pieces_left(&self, view: &mut dyn store::View, number: OfferNo) -> Result<Option<u32>, Fault> {
        let Some(edition) = EDITIONS.get(view, &number)? else {
            return Ok(None);
        };
        let back = RETURNED.range(view, Keys::under(&number), usize::MAX)?.len();
        let fresh = edition.to.saturating_sub(edition.next);
        Ok(Some(fresh.saturating_add(u32::try_from(back).unwrap_or(u32::MAX))))
    }

    /// Takes the next number, a returned one first. Nothing: sold out.
    pub(super) fn take_number(&self, tx: &mut dyn Tx, number: OfferNo) -> Result<Option<u32>, Fault> {
        if let Some(((_, serial), ())) = RETURNED.range(tx, Keys::under(&number), 1)?.into_iter().next() {
            RETURNED.delete(tx, &(number, serial))?;
            return Ok(Some(serial));
        }
        let Some(mut edition) = EDITIONS.get(tx, &number)? else {
            return Ok(None);
        };
        if edition.next >= edition.to {
            return Ok(None);
        }
        let serial = edition.next;
        edition.next = edition.next.saturating_add(1);
        EDITIONS.put(tx, &number, &edition)?;
        Ok(Some(serial))
    }

    /// A number is free again.
    pub(super) fn give_number_back(&self, tx: &mut dyn Tx, number: OfferNo, serial: u32) -> Result<(), Fault> {
        RETURNED.put(tx, &(number, serial), &())
    }
}
