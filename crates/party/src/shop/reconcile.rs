//! Reconcile: a shop that was restored asks the issuer which slips it brought, and so finds the sales it forgot. Nobody is
//! charged twice, no number is used twice, and whoever has not got what he paid for gets it when he asks again.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value};
use units::{DealId, Moment, OfferNo};

use super::{
    PayRefused, Shop, Then,
    edition::EDITIONS,
    present::PENDING,
    sales::{JUMPS, RECEIPT_NO},
};
use crate::{
    decided, epoch,
    errand::{self, ErrandId, Reply, Step, Verb},
    issuer::{HonouredPage, HonouredQuery, HonouredRow},
};

/// A sale that this shop made and forgot.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Forgotten {
    /// The number of an edition kept for it.
    #[n(0)]
    pub(super) serial: Option<u32>,
    /// The offer whose edition that is.
    #[n(1)]
    pub(super) number: Option<OfferNo>,
}
impl Value for Forgotten {}

pub(super) const FORGOTTEN: Map<DealId, Forgotten> = Map::new(Table::new("shop_forgotten"));
/// The issuer's number of the last row that was taken in.
pub(super) const CURSOR: Map<(), u64> = Map::new(Table::new("shop_reconcile_cursor"));

/// Receipts of one epoch; those of the first begin with 1.
const SERIES: u64 = 1_000_000_000;

impl Shop {
    /// Begins, or goes on with, finding out what was forgotten. An answer, at last, means that the shop serves again; its
    /// driver then says [`epoch::settle`] to the store.
    pub fn reconcile(&self, tx: &mut dyn Tx, now: Moment) -> Result<Step, PayRefused> {
        if !epoch::is_restored(tx)? {
            return Ok(Step::Answer(Vec::new()));
        }
        let after = CURSOR.get(tx, &())?.unwrap_or(0);
        let query = HonouredQuery {
            by: self.id(),
            after,
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let body = self.voice().letter(Kind::Record, self.config.issuer, &query);
        let id = ErrandId::of("reconcile", &after.to_be_bytes());
        let then = cbor::to_bytes(&Then::Reconcile);
        let errand = errand::post(tx, id, self.config.issuer, Verb::Honoured, body, then, now)?;
        Ok(Step::Errand(errand))
    }

    /// A page of what the issuer honoured for this shop.
    pub(super) fn take_page(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, PayRefused> {
        if !epoch::is_restored(tx)? {
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        }
        let Some(page) = self.page(tx, reply)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        errand::finish(tx, errand)?;
        for row in &page.rows {
            self.remember_row(tx, row)?;
            CURSOR.put(tx, &(), &row.number)?;
        }
        if page.more {
            return self.reconcile(tx, now);
        }
        // The next restore begins with what it finds in its own backup.
        CURSOR.delete(tx, &())?;
        self.pass_over_receipts(tx)?;
        self.doubt_goods(tx, 0, now)?;
        epoch::accept(tx, now)?;
        Ok(Step::Answer(Vec::new()))
    }

    fn page(&self, tx: &mut dyn Tx, reply: Reply<'_>) -> Result<Option<HonouredPage>, Fault> {
        let Reply::Answer(bytes) = reply else { return Ok(None) };
        let known = self.desk.known(tx)?;
        let Some(issuer) = known.ever_certified::<role::Issuer>(self.config.issuer) else {
            return Ok(None);
        };
        let page = seal::parse::<HonouredPage>(bytes, Kind::Record, self.desk.realm_id())
            .and_then(|s| s.verify(issuer.sign(), self.keys.audience()));
        Ok(page.ok())
    }

    /// One slip the issuer honoured for this shop. If the sale was forgotten, its deal is bound to be given when it is asked
    /// for again, and keeps a number of its edition.
    fn remember_row(&self, tx: &mut dyn Tx, row: &HonouredRow) -> Result<(), Fault> {
        let known =
            decided::of(tx, row.deal)?.is_some() || PENDING.has(tx, &row.deal)? || FORGOTTEN.has(tx, &row.deal)?;
        if known {
            return Ok(());
        }
        let (mut serial, mut number) = (None, None);
        for shelf in self.shelf(tx, None, usize::MAX)? {
            let fits = shelf.offer.content == row.title && shelf.offer.edition.is_some();
            if fits && EDITIONS.has(tx, &shelf.offer.number)? {
                // In the order in which they were honoured, which is nearly that in which they were numbered.
                number = Some(shelf.offer.number);
                serial = self.take_number(tx, shelf.offer.number)?;
                break;
            }
        }
        FORGOTTEN.put(tx, &row.deal, &Forgotten { serial, number })
    }

    /// It was paid for later, and took no number of the edition: the number kept for it is free again. The issuer's list
    /// does not say which of the two it was.
    pub(super) fn needs_no_number(&self, tx: &mut dyn Tx, deal: DealId) -> Result<(), Fault> {
        let Some(forgotten) = FORGOTTEN.get(tx, &deal)? else {
            return Ok(());
        };
        if let (Some(serial), Some(number)) = (forgotten.serial, forgotten.number) {
            self.give_number_back(tx, number, serial)?;
            let none = Forgotten {
                serial: None,
                number: Some(number),
            };
            FORGOTTEN.put(tx, &deal, &none)?;
        }
        Ok(())
    }

    /// Numbers on receipts that buyers have are not given out again. How many there are nobody can say: what was paid with
    /// coupons or receipts alone is on no list of the issuer's. So every epoch has a series of its own.
    fn pass_over_receipts(&self, tx: &mut dyn Tx) -> Result<(), Fault> {
        let Some(epoch) = epoch::next(tx)? else { return Ok(()) };
        match RECEIPT_NO.skip_to(tx, epoch.saturating_mul(SERIES))? {
            Some((first, count)) => JUMPS.put(tx, &first, &count),
            None => Ok(()),
        }
    }

    /// Sales that were forgotten, and whether each was asked for again.
    pub fn forgotten(&self, view: &mut dyn store::View) -> Result<Vec<(DealId, bool)>, Fault> {
        let mut out = Vec::new();
        FORGOTTEN.each::<Fault>(view, Keys::all(), |view, deal, _| {
            out.push((deal, decided::of(view, deal)?.is_some()));
            Ok(())
        })?;
        Ok(out)
    }
}
