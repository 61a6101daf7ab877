//! Late: a gift comes to light after its payment was ruled void, because its giver was taken for dead; or after its receiver's
//! card was lost.
//!
//! The receiver has his money back by then and keeps it; the key has left its giver, so it is delivered too, or there would
//! be none for good. Who gave without telling bears the cost: the slip, when it comes, is charged to him (`excuse`).
//!
//! A card that is lost takes nothing any more, so whatever is known to have been given to it is told to the card in its place,
//! with the tag it was for: gifts that come to light after the loss, and those that were here before it, for nobody knows
//! which of them the lost card's copy has. The heir takes each once, by its name.

use deal::wire::{Inherited, OutcomeSheet, SettleSheet};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{CardNo, DealId, Moment, Span, Tag};

use super::{
    Issuer,
    card::TAGS,
    rule::{ARCHIVE, RULINGS},
};

/// In how many reports of the receiver a late gift is told at every one: answers are lost, and a card takes it once.
const TOLD_OFTEN: u8 = 8;
/// How long after that it is told again, and again: whoever never heard an answer loses nothing by it, only time.
const SELDOM: Span = Span::days(30);
/// How many gifts to a lost card are told to the card in its place, at most.
const INHERITED_MAX: usize = 4096;
/// How many are told in one answer.
const AT_ONCE: usize = 16;

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
    /// The card it was given to, if that one is lost: told to the card in its place.
    #[n(3)]
    of: Option<Lost>,
    /// When it was told last.
    #[n(4)]
    at: Option<Moment>,
}
impl Value for Late {}

impl Late {
    /// Is it told to a card that reports under this number now?
    fn is_due(&self, give_no: u64, now: Moment) -> bool {
        let long_ago = self.at.is_none_or(|at| now.since(at) >= SELDOM);
        self.last == Some(give_no) || self.told < TOLD_OFTEN || long_ago
    }
}

/// A lost card and what of its gift is known.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(array)]
struct Lost {
    #[n(0)]
    card: CardNo,
    #[n(1)]
    tag: Tag,
    /// That card showed this issuer's no, and was never told of the gift: it cannot have had it.
    #[n(2)]
    never_had: bool,
}

/// Late gifts that are still told, by receiver.
pub(super) const LATE: Map<(CardNo, DealId), Late> = Map::new(Table::new("issuer_late"));
/// Gifts known to have been made to a card, or to one whose place it has taken.
pub(super) const GIFTS_TO: Map<(CardNo, DealId), ()> = Map::new(Table::new("issuer_gifts_to"));
/// Deals whose receiver has shown this issuer's own no.
pub(super) const REFUNDED: Map<DealId, ()> = Map::new(Table::new("issuer_refunded"));

/// What is told of late gifts in one answer: those to the card itself, and those to cards whose place it has taken.
pub(super) type Told = (Option<Vec<ByteVec>>, Option<Vec<Inherited>>);

impl Issuer {
    /// A giver reported this now. Is it too late for the payment, or for its card, it goes to the receiver all the same.
    pub(super) fn came_late(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        receiver: Tag,
        settle: &ByteVec,
    ) -> Result<(), Fault> {
        let Some(tag) = TAGS.get(tx, &receiver)? else {
            return Ok(());
        };
        GIFTS_TO.put(tx, &(tag.card, deal), &())?;
        let heir = self.heir(tx, tag.card)?;
        if heir != tag.card {
            return self.bequeath(tx, tag.card, heir, deal);
        }
        if !RULINGS.has(tx, &deal)? {
            return Ok(());
        }
        let late = Late {
            settle: settle.clone(),
            told: 0,
            last: None,
            of: None,
            at: None,
        };
        LATE.insert(tx, &(tag.card, deal), &late).map(|_| ())
    }

    /// A card is lost: what is known to have been given to it, or to those before it, is told to the one in its place.
    pub(super) fn bequeath_all(&self, tx: &mut dyn Tx, lost: CardNo, heir: CardNo) -> Result<(), Fault> {
        for ((_, deal), ()) in GIFTS_TO.range(tx, Keys::under(&lost), INHERITED_MAX)? {
            self.bequeath(tx, lost, heir, deal)?;
        }
        Ok(())
    }

    fn bequeath(&self, tx: &mut dyn Tx, lost: CardNo, heir: CardNo, deal: DealId) -> Result<(), Fault> {
        let Some(archived) = ARCHIVE.get(tx, &deal)? else {
            return Ok(());
        };
        let Some(tag) = TAGS.get(tx, &archived.receiver)? else {
            return Ok(());
        };
        let before = LATE.get(tx, &(lost, deal))?;
        let told = before.is_some_and(|late| late.told > 0);
        LATE.delete(tx, &(lost, deal))?;
        GIFTS_TO.put(tx, &(heir, deal), &())?;
        let of = Lost {
            card: tag.card,
            tag: archived.receiver,
            never_had: !told && REFUNDED.has(tx, &deal)?,
        };
        let late = Late {
            settle: archived.settle,
            told: 0,
            last: None,
            of: Some(of),
            at: None,
        };
        LATE.insert(tx, &(heir, deal), &late).map(|_| ())
    }

    /// Its receiver shows a no. This issuer's own is remembered: that card has closed its record and takes nothing under it.
    pub(super) fn saw_refund(&self, tx: &mut dyn Tx, card: CardNo, deal: DealId, message: &[u8]) -> Result<(), Fault> {
        if !RULINGS.has(tx, &deal)? {
            return Ok(());
        }
        let Ok(parsed) = seal::parse::<SettleSheet>(message, Kind::Settle, self.desk.realm_id()) else {
            return Ok(());
        };
        let (sheet, audience) = (parsed.claims(), parsed.audience());
        let no = sheet.deal == deal && matches!(sheet.outcome, OutcomeSheet::Void(_));
        let Audience::One(tag) = audience else { return Ok(()) };
        let own = TAGS.get(tx, &Tag(tag))?.is_some_and(|row| row.card == card);
        if no && own && parsed.verify(&self.keys.signer().verify_key(), audience).is_ok() {
            REFUNDED.put(tx, &deal, &())?;
        }
        Ok(())
    }

    /// Late gifts for a card that reports under this number: those of this number again, then those told least often.
    pub(super) fn late_for(&self, tx: &mut dyn Tx, card: CardNo, give_no: u64, now: Moment) -> Result<Told, Fault> {
        let (mut own, mut inherited) = (Vec::new(), Vec::new());
        let mut due = LATE.range(tx, Keys::under(&card), INHERITED_MAX)?;
        due.retain(|(_, late)| late.is_due(give_no, now));
        due.sort_by_key(|(_, late)| (late.last != Some(give_no), late.told));
        due.truncate(AT_ONCE);
        for (key, mut late) in due {
            if late.last != Some(give_no) {
                late.told = late.told.saturating_add(1);
                (late.last, late.at) = (Some(give_no), Some(now));
                LATE.put(tx, &key, &late)?;
            }
            match late.of {
                None => own.push(late.settle),
                Some(lost) => inherited.push(Inherited {
                    card: lost.card,
                    tag: lost.tag,
                    settle: late.settle,
                    never_had: lost.never_had,
                }),
            }
        }
        let some = |is_empty: bool| !is_empty;
        Ok((
            Some(own).filter(|own| some(own.is_empty())),
            Some(inherited).filter(|all| some(all.is_empty())),
        ))
    }

    /// How many gifts are still told to a card: for people and tests.
    pub fn late_waiting(&self, view: &mut dyn View, card: CardNo) -> Result<usize, Fault> {
        Ok(LATE.range(view, Keys::under(&card), INHERITED_MAX)?.len())
    }
}
