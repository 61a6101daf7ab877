//! Passing on: what a card without a network leaves at a kiosk for somebody else, and what comes back for it (ST-19).
//!
//! A kiosk in a place without a network, or whose line is down just now, takes a card's sealed message, writes it down, and lets the
//! card go. It passes it on until it is answered, once, and keeps the answer: whoever leaves the same message again, today or next
//! week, has it. It understands none of it: messages are sealed to those they are for, and answers to the card. Whom they are for
//! it looks up at the registry (row-44).
//!
//! ```text
//!   card ── message ──► leave ── [outbox] ──► party ── answer ──► kept ──► card, when it comes back
//! ```

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::cbor;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, PartyId, Refusal, Span};

use crate::{
    desk::Desk,
    errand::{self, ErrandId, Step, Verb},
    machine::Then,
};

/// A message that a card leaves, sealed to whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Leave {
    /// For whom.
    #[n(0)]
    pub to: PartyId,
    /// What it is: a payment, the last word of a deal, a report, a charge.
    #[n(1)]
    pub verb: Verb,
    /// The message.
    #[n(2)]
    pub message: ByteVec,
}

/// What is passed on: each of these says for itself whom it is by and is answered the same however often it comes.
const PASSED: [Verb; 4] = [Verb::Pay, Verb::Done, Verb::Report, Verb::Charge];
/// The longest message of a card.
pub const MESSAGE_MAX: usize = 96 * 1024;
/// So many messages are kept, answered or not: strangers leave them.
pub const KEPT_MOST: usize = 1000;
/// So long. What nobody has answered by then is said again by its card.
const KEPT: Span = Span::days(7);

/// A message that was left.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Left {
    #[n(0)]
    since: Moment,
    /// What came back for it.
    #[n(1)]
    answer: Option<ByteVec>,
}
impl Value for Left {}

pub(crate) const LEFT: Map<ErrandId, Left> = Map::new(Table::new("kiosk_left"));
/// The same by the moment they were left, without what came back: is it answered?
pub(crate) const LEFT_AT: Map<(Moment, ErrandId), bool> = Map::new(Table::new("kiosk_left_at"));
/// So many are let go at once.
const GONE_MOST: usize = 100;

/// Why a message is not taken, in order of precedence. Nothing has changed; the card keeps what it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaveRefused {
    /// Not what a reader leaves.
    #[error("this is no message of a card: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// Not for passing on here.
    #[error("this machine passes on no message of this kind ({0})")]
    Kind(&'static str),
    /// Longer than any message.
    #[error("a card's message has at most {MESSAGE_MAX} bytes")]
    TooLong,
    /// The registry lists nobody of this number.
    #[error("the registry lists nobody of this number; keep the message, it is said again")]
    Nobody,
    /// There is no room.
    #[error("this machine keeps {KEPT_MOST} messages and has no room for another; leave it elsewhere, or later")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for LeaveRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "leave-malformed",
            Self::Kind(_) => "leave-not-here",
            Self::TooLong => "leave-too-long",
            Self::Nobody => "leave-for-nobody",
            Self::Full => "leave-full",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Nobody | Self::Full => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(LeaveRefused);

/// Takes a message. Once this is durable the card may leave. The same message again is the same delivery, and is answered with
/// what came back for it.
pub(crate) fn leave(desk: &Desk, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, LeaveRefused> {
    let left: Leave = cbor::from_bytes_within(body, MESSAGE_MAX.saturating_add(256))?;
    if !PASSED.contains(&left.verb) {
        return Err(LeaveRefused::Kind(left.verb.word()));
    }
    if left.message.len() > MESSAGE_MAX {
        return Err(LeaveRefused::TooLong);
    }
    if desk.known(tx)?.party(left.to).is_none() {
        return Err(LeaveRefused::Nobody);
    }
    let about = seal::hash_parts(&[left.verb.word().as_bytes(), &left.to.0, &left.message]);
    let id = ErrandId::of("pass on", &about.0);
    match LEFT.get(tx, &id)? {
        Some(Left {
            answer: Some(answer), ..
        }) => return Ok(Step::Answer(answer.into())),
        Some(_) => {}
        None if LEFT_AT.range(tx, Keys::all(), KEPT_MOST)?.len() >= KEPT_MOST => return Err(LeaveRefused::Full),
        None => {
            let row = Left {
                since: now,
                answer: None,
            };
            LEFT.put(tx, &id, &row)?;
            LEFT_AT.put(tx, &(now, id), &false)?;
        }
    }
    let then = cbor::to_bytes(&Then::PassedOn);
    let errand = errand::post(tx, id, left.to, left.verb, left.message.into(), then, now)?;
    Ok(Step::Errand(errand))
}

/// What came back is kept for the card.
pub(crate) fn answered(tx: &mut dyn Tx, id: ErrandId, answer: &[u8]) -> Result<Step, Fault> {
    if let Some(mut row) = LEFT.get(tx, &id)? {
        row.answer = Some(ByteVec::from(answer.to_vec()));
        LEFT.put(tx, &id, &row)?;
        LEFT_AT.put(tx, &(row.since, id), &true)?;
    }
    errand::finish(tx, id)?;
    Ok(Step::Answer(answer.to_vec()))
}

/// Lets go what was kept long enough.
pub(crate) fn let_go(tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
    let end = now.less(KEPT);
    for ((since, id), answered) in LEFT_AT.range(tx, Keys::all().until(&end), GONE_MOST)? {
        LEFT.delete(tx, &id)?;
        LEFT_AT.delete(tx, &(since, id))?;
        if !answered {
            errand::finish(tx, id)?;
        }
    }
    Ok(())
}

/// How many messages were left here and are kept: those without an answer, and those with one.
pub fn kept(view: &mut dyn View) -> Result<(usize, usize), Fault> {
    let all = LEFT_AT.range(view, Keys::all(), KEPT_MOST)?;
    let open = all.iter().filter(|(_, answered)| !answered).count();
    Ok((open, all.len().saturating_sub(open)))
}
