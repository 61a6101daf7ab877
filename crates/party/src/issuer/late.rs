//! Late: a gift comes to light after its payment was ruled void, because its giver was taken for dead.
//!
//! The receiver has his money back by then and keeps it; the key has left its giver, so it is delivered too, or there would
//! be none for good. Who gave without telling bears the cost: the slip, when it comes, is charged to him (`excuse`).

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Fault, Keys, Map, Table, Tx, Value};
use units::{CardNo, DealId, Tag};

use super::{Issuer, card::TAGS, rule::RULINGS};

/// In how many reports of the receiver a late gift is told: answers are lost, and a card takes it once.
const TOLD_MAX: u8 = 8;

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Late {
    #[n(0)]
    settle: ByteVec,
    #[n(1)]
    told: u8,
    /// The giver number of the report it was told in last: the same report again gets the same.
    #[n(2)]
    last: Option<u64>,
}
impl Value for Late {}

/// Late gifts that are still told, by receiver.
pub(super) const LATE: Map<(CardNo, DealId), Late> = Map::new(Table::new("issuer_late"));

impl Issuer {
    /// A giver reported this now. Is it too late for the payment, it goes to the receiver all the same.
    pub(super) fn came_late(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        receiver: Tag,
        settle: &ByteVec,
    ) -> Result<(), Fault> {
        if !RULINGS.has(tx, &deal)? {
            return Ok(());
        }
        let Some(tag) = TAGS.get(tx, &receiver)? else {
            return Ok(());
        };
        let late = Late {
            settle: settle.clone(),
            told: 0,
            last: None,
        };
        LATE.insert(tx, &(tag.card, deal), &late).map(|_| ())
    }

    /// Late gifts for a card that reports under this number.
    pub(super) fn late_for(&self, tx: &mut dyn Tx, card: CardNo, give_no: u64) -> Result<Option<Vec<ByteVec>>, Fault> {
        let mut out = Vec::new();
        for (key, mut late) in LATE.range(tx, Keys::under(&card), 16)? {
            if late.last != Some(give_no) {
                late.told = late.told.saturating_add(1);
                late.last = Some(give_no);
                if late.told > TOLD_MAX {
                    LATE.delete(tx, &key)?;
                    continue;
                }
                LATE.put(tx, &key, &late)?;
            }
            out.push(late.settle);
        }
        Ok(Some(out).filter(|out| !out.is_empty()))
    }
}
