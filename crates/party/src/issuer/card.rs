//! Cards as their issuer knows them: number, keys, tags, what was seen of them, and whether they may deal.

use deal::{Resume, issuer::Seen};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Class, Kind, SealTo, VerifyKey, cbor};
use store::{Counter, Fault, Keys, Map, Table, Tx, Value, View};
use units::{CardNo, DealId, Hash, Moment, PartyId, Tag, ValueId};

use super::{Issuer, Then};
use crate::{
    errand::{self, ErrandId, Verb},
    registry::Revoke,
};

/// May a card deal?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Status {
    /// Yes.
    #[n(0)]
    Active,
    /// It said itself that it is an older copy: no new tags until it is resumed.
    #[n(1)]
    Frozen,
    /// Stopped, by its holder or by the issuer: no new tags, no loads; what was paid for still plays.
    #[n(2)]
    Stopped,
}

/// Why a card was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StopFor {
    /// Its holder lost it, or it is broken: nothing of it is waited for any more.
    #[n(0)]
    Lost,
    /// It was copied: it makes no deals, and still plays.
    #[n(1)]
    Fraud,
}

/// A card.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct CardRow {
    /// Checks its own signatures.
    #[n(0)]
    pub sign: VerifyKey,
    /// Seals to it.
    #[n(1)]
    pub seal: SealTo,
    /// What protects its secrets.
    #[n(2)]
    pub class: Class,
    /// May it deal?
    #[n(3)]
    pub status: Status,
    /// The holder's account: bank and token.
    #[n(4)]
    pub account: Option<(PartyId, ValueId)>,
    /// What was seen of its numbers.
    #[n(5)]
    pub seen: Seen,
    /// The highest giver number it has reported.
    #[n(6)]
    pub reported: Option<u64>,
    /// When the last certificate any of its tags was given ends.
    #[n(7)]
    pub certificates_end: Moment,
    /// When it was made.
    #[n(8)]
    pub since: Moment,
    /// Serial of its own certificate.
    #[n(9)]
    pub serial: u64,
    /// Tags certified since `tags_day`.
    #[n(10)]
    pub tags_count: u32,
    /// When that count began.
    #[n(11)]
    pub tags_day: Moment,
    /// The way back that was given it last.
    #[n(12)]
    pub resume: Option<Resume>,
    /// It used one number for two payments, or shows more money than it has: proof that it was put back, whatever its
    /// numbers say since.
    #[n(13)]
    pub put_back: bool,
    /// Why it was stopped, if it was.
    #[n(14)]
    pub stopped_for: Option<StopFor>,
    /// Its latest report: epoch, giver number and hash. A card counts its reports among its giver numbers, so another one
    /// under the same number was made by a copy.
    #[n(15)]
    pub last_report: Option<(u64, u64, Hash)>,
}
impl Value for CardRow {}

/// One tag.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct TagRow {
    #[n(0)]
    pub(super) card: CardNo,
    #[n(1)]
    pub(super) sign: VerifyKey,
    #[n(2)]
    pub(super) seal: SealTo,
    #[n(3)]
    pub(super) from: Moment,
    #[n(4)]
    pub(super) until: Moment,
    #[n(5)]
    pub(super) serial: u64,
}
impl Value for TagRow {}

/// An enrolment: which card it made, of which words.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(super) struct Nonce {
    #[n(0)]
    pub(super) card: CardNo,
    #[n(1)]
    pub(super) words: Hash,
    #[n(2)]
    pub(super) tags: Vec<Tag>,
}
impl Value for Nonce {}

pub(super) const CARDS: Map<CardNo, CardRow> = Map::new(Table::new("issuer_cards"));
/// Every payment this issuer has seen, by card and the card's own number for it.
pub(super) const PAYMENTS: Map<(CardNo, u64), DealId> = Map::new(Table::new("issuer_payments"));
pub(super) const NONCES: Map<[u8; 16], Nonce> = Map::new(Table::new("issuer_nonces"));
pub(super) const KEYS: Map<[u8; 32], CardNo> = Map::new(Table::new("issuer_keys"));
pub(super) const HARDWARE: Map<[u8; 32], ()> = Map::new(Table::new("issuer_hardware"));
pub(super) const TAGS: Map<Tag, TagRow> = Map::new(Table::new("issuer_tags"));
pub(super) const TAGS_OF: Map<(CardNo, u64), Tag> = Map::new(Table::new("issuer_tags_of"));
pub(super) const COUNTERS: Table = Table::new("issuer_counters");
pub(super) const SERIAL: Counter = Counter::new(COUNTERS, "serial");
pub(super) const BROUGHT_NO: Counter = Counter::new(COUNTERS, "brought");

impl Issuer {
    /// A maker of hardware cards vouches for this key: the card with it will enrol as hardware.
    pub fn expect_hardware(&self, tx: &mut dyn Tx, sign: &VerifyKey) -> Result<(), Fault> {
        HARDWARE.put(tx, &sign.0, &())
    }

    /// A card, by its number.
    pub fn card(&self, view: &mut dyn View, card: CardNo) -> Result<Option<CardRow>, Fault> {
        CARDS.get(view, &card)
    }

    /// A genuine payment of a card was seen, in whatever way. What was seen of a card only grows, and a report that shows
    /// less is that of an old copy: so a card put back between two contacts is known at the next one. One that has
    /// meanwhile caught up with its own numbers has used one of them twice.
    pub(super) fn saw_payment(&self, tx: &mut dyn Tx, card: CardNo, pay_no: u64, deal: DealId) -> Result<(), Fault> {
        let Some(mut row) = CARDS.get(tx, &card)? else {
            return Ok(());
        };
        let before = row.clone();
        row.seen.pay_no = row.seen.pay_no.max(pay_no.saturating_add(1));
        match PAYMENTS.get(tx, &(card, pay_no))? {
            None => PAYMENTS.put(tx, &(card, pay_no), &deal)?,
            Some(first) if first == deal => {}
            Some(_) => row.put_back = true,
        }
        if (row.seen, row.put_back) != (before.seen, before.put_back) {
            CARDS.put(tx, &card, &row)?;
        }
        Ok(())
    }

    /// A slip under this number was seen: the card is beyond it, in whatever deal it was.
    pub(super) fn saw_number(&self, tx: &mut dyn Tx, card: CardNo, pay_no: u64) -> Result<(), Fault> {
        let Some(mut row) = CARDS.get(tx, &card)? else {
            return Ok(());
        };
        let beyond = pay_no.saturating_add(1);
        if row.seen.pay_no < beyond {
            row.seen.pay_no = beyond;
            CARDS.put(tx, &card, &row)?;
        }
        Ok(())
    }

    /// The card a tag belongs to. Only the issuer knows.
    pub fn card_of(&self, view: &mut dyn View, tag: Tag) -> Result<Option<CardNo>, Fault> {
        Ok(TAGS.get(view, &tag)?.map(|row| row.card))
    }

    /// Stops a card: no new tags, no loads; its unused certificates are told to the registry as revoked. What it holds
    /// still plays and its open deals still close. False when there is no such card.
    pub fn stop(&self, tx: &mut dyn Tx, card: CardNo, why: StopFor, now: Moment) -> Result<bool, Fault> {
        let Some(mut row) = CARDS.get(tx, &card)? else {
            return Ok(false);
        };
        if (row.status, row.stopped_for) == (Status::Stopped, Some(why)) {
            return Ok(true);
        }
        row.status = Status::Stopped;
        row.stopped_for = Some(why);
        CARDS.put(tx, &card, &row)?;
        let mut serials = vec![row.serial];
        for ((_, serial), tag) in TAGS_OF.range(tx, Keys::under(&card), usize::MAX)? {
            if TAGS.get(tx, &tag)?.is_some_and(|t| t.until >= now) {
                serials.push(serial);
            }
        }
        // A message holds a few thousand numbers; a card never has as many tags alive.
        serials.truncate(4096);
        let revoke = Revoke {
            certifier: ByteVec::from(self.certifier.key_id().to_vec()),
            serials,
        };
        let body = self.certifier.sign(Kind::Revocations, self.config.registry, &revoke);
        let id = ErrandId::of("revoke", &seal::hash(&body).0);
        errand::post(
            tx,
            id,
            self.config.registry,
            Verb::Revoke,
            body,
            cbor::to_bytes(&Then::Nothing),
            now,
        )?;
        Ok(true)
    }
}
