//! Lost: a holder whose card is gone proves it with his recovery key; the card is stopped, and another takes its place.
//!
//! ```text
//!   known ── keep ──► recoverable ── lost (proof) ──► stopped ── from passed ──► money over, licenses vouched for
//!                                                        └── payments made before still arrive, and are paid first ──┘
//! ```
//!
//! A name proves nothing here: the proof is a signature by the key of the code on the holder's paper, and names the card
//! that takes over. It is a hundred random bits, so tries are not counted: a counter could only keep the right one out.
//! The money waits until nothing decided under the lost card's certificates can still come; what arrives later all the same
//! is honoured, and is the issuer's loss. What nobody can prove is that the card is gone: so it is stopped, and its licenses
//! live on elsewhere only after the wait, in the words of those who sold them.

use deal::{
    Tender, Value, ValueKind,
    lost::{COPY_MAX, Claim, ClaimSheet, Claimed, ClaimedSheet, Loss, LostSheet, OPEN_MAX, VOUCH_MAX, Vouched},
    wire::{PaySheet, open_sealed, sign_and_seal},
};
use license::Receiver;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, SealTo, Seed, VerifyKey};
use store::{Fault, Keys, Map, Table, Tx, Value as Row, View};
use units::{Again, CardNo, ContentId, DealId, Hash, Moment, Money, PartyId, Refusal, Span, Tag, ValueId};

use super::{
    CardRow, Issuer, PayRefused, Status, StopFor,
    card::{CARDS, TAGS},
    honour::{FLOAT, NUMBERS, PAYEE, SLIPS, SlipState, Stopped},
    rule::Ruled,
};
use crate::{
    books::{self, Account, Leg},
    door::NotRead,
};

/// How often a loss is looked at again while something of it is open, and how long after its wait.
const AGAIN: Span = Span::days(7);
const WATCHED: Span = Span::days(365);
/// How many cards one after the other may have been lost.
const HEIRS_MAX: usize = 16;

/// What a card left with its issuer against its loss.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Kept {
    #[n(0)]
    pub(super) number: u64,
    #[n(1)]
    pub(super) sign: VerifyKey,
    #[n(2)]
    pub(super) seal: SealTo,
    #[n(3)]
    pub(super) copy: ByteVec,
    #[n(4)]
    pub(super) at: Moment,
}
impl Row for Kept {}

/// A loss.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub struct LossRow {
    /// Which card takes the lost one's place.
    #[n(0)]
    pub to: CardNo,
    /// When the lost card was stopped.
    #[n(1)]
    pub stopped: Moment,
    /// When its money follows.
    #[n(2)]
    pub from: Moment,
    /// Payments of it that were open.
    #[n(3)]
    pub open: Vec<(DealId, u64, ByteVec)>,
    /// Refund orders of what has come over.
    #[n(4)]
    pub orders: Vec<ByteVec>,
    /// Their sum.
    #[n(5)]
    pub back: Money,
    /// What was paid with it and heard of only after the stop.
    #[n(6)]
    pub late: Option<Money>,
}
impl Row for LossRow {}

/// Recovery copies, by card.
pub(super) const KEPT: Map<CardNo, Kept> = Map::new(Table::new("issuer_kept"));
/// The card of each recovery key.
pub(super) const BY_KEY: Map<[u8; 32], CardNo> = Map::new(Table::new("issuer_recovery_keys"));
/// Losses, by the lost card.
pub(super) const LOSSES: Map<CardNo, LossRow> = Map::new(Table::new("issuer_losses"));
/// When a loss is looked at again.
pub(super) const LOSS_DUE: Map<(Moment, CardNo), ()> = Map::new(Table::new("issuer_losses_due"));
/// Whose a tag is that licenses were made out to anew: such tags are never certified for deals.
pub(super) const HOMES: Map<Tag, CardNo> = Map::new(Table::new("issuer_homes"));

/// Why a claim is refused, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// No card of this issuer.
    #[error("this card is not known here; ask the issuer that made it")]
    NoCard,
    /// The asking card is stopped.
    #[error("this card was stopped; what it claims is not taken")]
    Stopped,
    /// More than fits.
    #[error("that is more than a claim may hold; send less")]
    TooLong,
    /// The recovery key is another card's.
    #[error("this recovery key belongs to another card; make a new code")]
    KeyKnown,
    /// No such card, or no such proof: the same words for both.
    #[error("no card is found by this recovery code; check the code")]
    NotProven,
    /// Another card has taken its place already.
    #[error("another card has taken the lost one's place already; if that one is lost too, use its own recovery code")]
    Replaced,
    /// It was stopped because it was copied: people look at it first.
    #[error("this card was stopped because it was copied; ask its issuer's people")]
    Copied,
    /// A step inside went wrong.
    #[error(transparent)]
    Pay(#[from] PayRefused),
    /// The answer cannot be sealed.
    #[error("the answer cannot be sealed to this card")]
    NoReader,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Stopped> for ClaimRefused {
    fn from(stopped: Stopped) -> Self {
        Self::Pay(PayRefused::from(stopped))
    }
}

impl Refusal for ClaimRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::NoCard => "card-unknown",
            Self::Stopped => "card-stopped",
            Self::TooLong => "claim-too-long",
            Self::KeyKnown => "recovery-key-known",
            Self::NotProven => "loss-not-proven",
            Self::Replaced => "card-replaced",
            Self::Copied => "card-stopped-as-copied",
            Self::Pay(no) => no.code(),
            Self::NoReader => "answer-not-sealable",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::TooLong | Self::KeyKnown | Self::NotProven | Self::Copied => Again::AfterYouAct,
            Self::NoCard | Self::Stopped | Self::Replaced | Self::NoReader => Again::Never,
            Self::Pay(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(ClaimRefused);

impl Issuer {
    /// Takes a claim of a card and answers it, sealed. Repeated, it changes nothing and is answered as things stand.
    pub fn claim(&self, tx: &mut dyn Tx, sealed: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, ClaimRefused> {
        crate::epoch::require::<ClaimRefused>(tx)?;
        let signed = open_sealed(self.keys.opener(), Kind::Claim, sealed).map_err(|_| NotRead::NotOpened)?;
        let parsed = seal::parse::<ClaimSheet>(&signed, Kind::Claim, self.desk.realm_id()).map_err(NotRead::from)?;
        let card = parsed.claims().card;
        let row = CARDS.get(tx, &card)?.ok_or(ClaimRefused::NoCard)?;
        let sheet = parsed.verify(&row.sign, self.keys.audience()).map_err(NotRead::from)?;
        if row.status == Status::Stopped {
            return Err(ClaimRefused::Stopped);
        }
        let answer = match sheet.claim {
            Claim::Keep(number, keys, copy) => {
                let kept = Kept {
                    number,
                    sign: keys.sign,
                    seal: keys.seal,
                    copy,
                    at: now,
                };
                Claimed::Kept(self.keep(tx, card, kept)?)
            }
            Claim::Lost(proof, open) => Claimed::Lost(self.lost(tx, card, &proof, open, now)?),
            Claim::Vouch(tags) => {
                let (words, later) = self.vouch(tx, card, &row, &tags, now)?;
                Claimed::Vouched(words, later)
            }
            Claim::Tell => Claimed::Told(self.tell(tx, card, &row)?),
            Claim::Forget => {
                self.forget(tx, card)?;
                Claimed::Forgotten
            }
        };
        let sheet = ClaimedSheet {
            answer,
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        sign_and_seal(
            self.keys.signer(),
            Kind::Claimed,
            self.desk.realm_id(),
            Audience::from(card),
            &row.seal,
            &sheet,
            &seed.part("claimed"),
        )
        .map_err(|_| ClaimRefused::NoReader)
    }

    /// Keeps a copy, if it is newer than the one that is kept.
    fn keep(&self, tx: &mut dyn Tx, card: CardNo, new: Kept) -> Result<u64, ClaimRefused> {
        if new.copy.len() > COPY_MAX {
            return Err(ClaimRefused::TooLong);
        }
        if BY_KEY.get(tx, &new.sign.0)?.is_some_and(|known| known != card) {
            return Err(ClaimRefused::KeyKnown);
        }
        if let Some(old) = KEPT.get(tx, &card)? {
            if old.number >= new.number {
                return Ok(old.number);
            }
            BY_KEY.delete(tx, &old.sign.0)?;
        }
        BY_KEY.put(tx, &new.sign.0, &card)?;
        KEPT.put(tx, &card, &new)?;
        Ok(new.number)
    }

    /// Judges the proof, stops the card it is about, and says how the loss stands.
    fn lost(
        &self,
        tx: &mut dyn Tx,
        by: CardNo,
        proof: &[u8],
        open: Vec<(DealId, u64, ByteVec)>,
        now: Moment,
    ) -> Result<Loss, ClaimRefused> {
        if open.len() > OPEN_MAX {
            return Err(ClaimRefused::TooLong);
        }
        let (card, to) = self.proven(tx, proof)?.ok_or(ClaimRefused::NotProven)?;
        let mut row = match LOSSES.get(tx, &card)? {
            Some(row) => row,
            None if to == by && card != by => self.begin_loss(tx, card, to, now)?,
            None => return Err(ClaimRefused::NotProven),
        };
        if row.to != to || !(to == by || self.inherits(tx, by, to, None)?) {
            return Err(ClaimRefused::Replaced);
        }
        for one in open {
            let known = row.open.iter().any(|(deal, ..)| *deal == one.0);
            if !known && row.open.len() < OPEN_MAX {
                row.open.push(one);
            }
        }
        LOSSES.put(tx, &card, &row)?;
        self.say_loss(tx, card, row, now)
    }

    /// The lost card and who takes its place; nothing if no card has this key, or the key did not sign.
    fn proven(&self, view: &mut dyn View, proof: &[u8]) -> Result<Option<(CardNo, CardNo)>, Fault> {
        let Ok(parsed) = seal::parse::<LostSheet>(proof, Kind::Lost, self.desk.realm_id()) else {
            return Ok(None);
        };
        let key = parsed.claims().sign;
        let Ok(sheet) = parsed.verify(&key, self.keys.audience()) else {
            return Ok(None);
        };
        Ok(BY_KEY.get(view, &key.0)?.map(|card| (card, sheet.to)))
    }

    fn begin_loss(&self, tx: &mut dyn Tx, card: CardNo, to: CardNo, now: Moment) -> Result<LossRow, ClaimRefused> {
        let known = CARDS.get(tx, &card)?.ok_or(ClaimRefused::NotProven)?;
        if known.stopped_for == Some(StopFor::Fraud) {
            return Err(ClaimRefused::Copied);
        }
        self.stop(tx, card, StopFor::Lost, now)?;
        let row = LossRow {
            to,
            stopped: now,
            from: known.certificates_end.max(now).plus(self.config.reports_due),
            open: Vec::new(),
            orders: Vec::new(),
            back: Money::zero(self.desk.currency()),
            late: None,
        };
        LOSS_DUE.put(tx, &(row.from, card), &())?;
        self.bequeath_all(tx, card, to)?;
        Ok(row)
    }

    fn say_loss(&self, tx: &mut dyn Tx, card: CardNo, row: LossRow, now: Moment) -> Result<Loss, ClaimRefused> {
        let (rulings, open) = self.rule_lost(tx, card, &row, now)?;
        Ok(Loss {
            card,
            stopped: row.stopped,
            from: row.from,
            figure: self.shadow(tx, card)?.float,
            open,
            back: row.back,
            copy: KEPT.get(tx, &card)?.map(|kept| kept.copy),
            rulings,
            sold: self.sold_to(tx, card)?,
            orders: row.orders,
            late: row.late,
        })
    }

    /// Notes what comes in of a lost card after its stop. When it was drawn nobody can prove; that it was not known then is
    /// certain.
    pub(super) fn spent_late(&self, tx: &mut dyn Tx, card: CardNo, amount: Money) -> Result<(), Fault> {
        let Some(mut row) = LOSSES.get(tx, &card)? else {
            return Ok(());
        };
        let before = row.late.unwrap_or(Money::zero(self.desk.currency()));
        row.late = before.plus(amount).ok().or(row.late);
        LOSSES.put(tx, &card, &row)
    }

    /// Rules on what was open on a lost card: the decisions, and what those amount to that nobody has decided.
    fn rule_lost(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        row: &LossRow,
        now: Moment,
    ) -> Result<(Vec<ByteVec>, Money), PayRefused> {
        let mut open = Money::zero(self.desk.currency());
        let mut rulings = Vec::new();
        for (deal, _, signed) in &row.open {
            match self.rule(tx, card, *deal, signed, now)? {
                Ruled::By(settle) => rulings.push(settle),
                Ruled::Server | Ruled::Drawn | Ruled::NotYours => {}
                Ruled::Open => open = open.plus(self.drawn_in(signed)).unwrap_or(open),
            }
        }
        Ok((rulings, open))
    }

    /// The money of an open payment.
    fn drawn_in(&self, signed: &[u8]) -> Money {
        let zero = Money::zero(self.desk.currency());
        let Ok(parsed) = seal::parse::<PaySheet>(signed, Kind::Pay, self.desk.realm_id()) else {
            return zero;
        };
        let slips = parsed.claims().pay.tenders.iter().filter_map(|tender| match tender {
            Tender::Slip(slip) => Some(slip.amount),
            _ => None,
        });
        slips.fold(zero, |sum, part| sum.plus(part).unwrap_or(sum))
    }

    /// Who brought slips of this card, and for which work: whom its holder may ask for what he bought. At most a few hundred,
    /// the newest first.
    fn sold_to(&self, view: &mut dyn View, card: CardNo) -> Result<Vec<(PartyId, ContentId)>, Fault> {
        let mut sold = Vec::new();
        for (_, slip) in NUMBERS.range(view, Keys::under(&card).newest_first(), 300)? {
            let Some(row) = SLIPS.get(view, &slip)?.filter(|row| row.state == SlipState::Honoured) else {
                continue;
            };
            if let Some(by) = row.by {
                sold.push((by, row.title));
            }
        }
        sold.sort_unstable();
        sold.dedup();
        Ok(sold)
    }

    /// The issuer's word for each tag that is this card's own, after a way back, or of a card whose place it has taken, after
    /// the wait. And when to ask again, if some have to wait.
    fn vouch(
        &self,
        tx: &mut dyn Tx,
        by: CardNo,
        row: &CardRow,
        tags: &[(Tag, Receiver)],
        now: Moment,
    ) -> Result<(Vec<ByteVec>, Option<Moment>), ClaimRefused> {
        if tags.len() > VOUCH_MAX {
            return Err(ClaimRefused::TooLong);
        }
        let (mut words, mut later) = (Vec::new(), None::<Moment>);
        for (tag, to) in tags {
            let owner = match TAGS.get(tx, tag)? {
                Some(known) => Some(known.card),
                None => HOMES.get(tx, tag)?,
            };
            let own = owner == Some(by) && row.status == Status::Active && row.resume.is_some();
            let taken = match owner {
                Some(owner) if owner != by => self.inherits(tx, by, owner, Some(now))?,
                _ => false,
            };
            if !own && !taken {
                let from = match owner {
                    Some(owner) => LOSSES.get(tx, &owner)?.map(|loss| loss.from),
                    None => None,
                };
                later = later.max(from.filter(|_| owner != Some(by)));
                continue;
            }
            if TAGS.has(tx, &to.tag)? || HOMES.get(tx, &to.tag)?.is_some_and(|known| known != by) {
                continue;
            }
            HOMES.put(tx, &to.tag, &by)?;
            let word = Vouched {
                of: *tag,
                to: *to,
                at: now,
            };
            let realm = self.desk.realm_id();
            let signed = seal::sign(self.keys.signer(), Kind::Vouched, realm, Audience::Anyone, &word);
            words.push(ByteVec::from(signed));
        }
        Ok((words, later))
    }

    /// Has `by` taken the place of `of`, or of one that had; and are the waits over by `now`, if they matter?
    fn inherits(&self, view: &mut dyn View, by: CardNo, of: CardNo, now: Option<Moment>) -> Result<bool, Fault> {
        let mut at = of;
        for _ in 0..HEIRS_MAX {
            let over = |loss: &LossRow| now.is_none_or(|now| now > loss.from);
            let Some(loss) = LOSSES.get(view, &at)?.filter(over) else {
                return Ok(false);
            };
            if loss.to == by {
                return Ok(true);
            }
            at = loss.to;
        }
        Ok(false)
    }

    /// The card that stands where this one stood: itself, if it is not lost.
    pub(super) fn heir(&self, view: &mut dyn View, of: CardNo) -> Result<CardNo, Fault> {
        let mut at = of;
        for _ in 0..HEIRS_MAX {
            match LOSSES.get(view, &at)? {
                Some(loss) => at = loss.to,
                None => break,
            }
        }
        Ok(at)
    }

    /// Money of lost cards whose wait is over becomes refund orders for the cards in their place: what is held for them, but
    /// for what open payments still name.
    pub(super) fn release_losses(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), PayRefused> {
        for ((at, card), ()) in LOSS_DUE.range(tx, Keys::all().until(&now), 100)? {
            LOSS_DUE.delete(tx, &(at, card))?;
            let Some(mut row) = LOSSES.get(tx, &card)? else {
                continue;
            };
            let (_, open) = self.rule_lost(tx, card, &row, now)?;
            let zero = Money::zero(self.desk.currency());
            let amount = self.shadow(tx, card)?.float.minus(open).unwrap_or(zero);
            if !amount.is_zero() {
                let about = seal::hash_parts(&[b"lost", &card.0, &(row.orders.len() as u64).to_be_bytes()]);
                let order = self.order_for(tx, card, amount, about, now)?;
                row.orders.push(order);
                row.back = row.back.plus(amount).unwrap_or(row.back);
                LOSSES.put(tx, &card, &row)?;
            }
            if now >= row.from.plus(self.config.keep_lost) {
                // Whoever took its place has had it for long; nobody else can open it.
                self.forget(tx, card)?;
            }
            if now < row.from.plus(WATCHED.max(self.config.keep_lost)) {
                LOSS_DUE.put(tx, &(now.plus(AGAIN), card), &())?;
            }
        }
        Ok(())
    }

    fn order_for(
        &self,
        tx: &mut dyn Tx,
        card: CardNo,
        amount: Money,
        about: Hash,
        now: Moment,
    ) -> Result<ByteVec, PayRefused> {
        let legs = vec![Leg {
            debit: Account::of(FLOAT, card.0),
            credit: Account::of(PAYEE, self.id().0),
            amount,
        }];
        self.post(tx, "lost", about, legs, now)?;
        let value = Value {
            kind: ValueKind::Refund,
            maker: self.id(),
            id: ValueId::from_slice(&about.0[..16]).unwrap_or_default(),
            worth: amount,
            offer: None,
            until: None,
            label: "money of a lost card".to_owned(),
        };
        Ok(self.voice().value(&value))
    }

    /// The loss of this card, if one was stated.
    pub fn loss_of(&self, view: &mut dyn View, card: CardNo) -> Result<Option<LossRow>, Fault> {
        LOSSES.get(view, &card)
    }

    /// All losses, for people: the card, how it stands, and what is held for it just now.
    pub fn losses(&self, view: &mut dyn View) -> Result<Vec<(CardNo, LossRow, Money)>, Fault> {
        let mut all = Vec::new();
        LOSSES.each::<Fault>(view, Keys::all(), |view, card, row| {
            all.push((
                card,
                row,
                books::money(view, Account::of(FLOAT, card.0), Money::zero(self.desk.currency()))?,
            ));
            Ok(())
        })?;
        Ok(all)
    }
}

/// Every lost card is stopped and in one place, and every order was booked.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    LOSSES.each::<Fault>(view, Keys::all(), |view, card, row| {
        if CARDS.get(view, &card)?.is_none_or(|c| c.status != Status::Stopped) {
            found.push(format!("card {card} is lost and not stopped"));
        }
        for n in 0..row.orders.len() as u64 {
            let about = seal::hash_parts(&[b"lost", &card.0, &n.to_be_bytes()]);
            if !books::was_posted(view, books::posting_id("lost", &about.0))? {
                found.push(format!("money of lost card {card} was ordered and not booked"));
            }
        }
        Ok(())
    })?;
    KEPT.each::<Fault>(view, Keys::all(), |view, card, kept| {
        if BY_KEY.get(view, &kept.sign.0)? != Some(card) {
            found.push(format!("the recovery key of card {card} does not lead to it"));
        }
        Ok(())
    })
}
