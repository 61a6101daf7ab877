//! Passing on: what a card without a network leaves at a kiosk for somebody else, and what comes back for it (ST-19).
//!
//! A kiosk in a place without a network, or whose line is down just now, takes a card's sealed message, writes it down, and lets the
//! card go. It passes it on until it is answered, once, and keeps the answer: whoever leaves the same message again, today or next
//! week, has it. It understands none of it: messages are sealed to those they are for, and answers to the card. Whom they are for
//! it looks up at the registry (row-44).
//!
//! ```text
//!   card ── message ──► leave ── [outbox] ──► party ── answer ──► kept ──► card, when it comes back
//!                                               └───── a no ───► kept, for a short while
//! ```
//!
//! Whoever leaves something is not asked who he is. So what is not answered yet has a small share for each addressee and a short
//! life, and what was refused makes room first: strangers fill their own corner, and not the machine.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::cbor;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, PartyId, Refusal, Span};

use crate::{
    desk::Desk,
    errand::{self, ErrandId, Reply, Step, Verb},
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
/// So many of them for one addressee without an answer of his.
pub const OPEN_EACH: usize = 50;
/// An answer is kept so long for the card it is for.
const KEPT: Span = Span::days(7);
/// What nobody has answered by then is said again by its card.
const OPEN_KEPT: Span = Span::days(1);
/// A no is kept so long; who leaves the same after that has it passed on again.
const REFUSED_KEPT: Span = Span::minutes(60);
/// What only says that it is to be said again.
const LATER: [&str; 12] = [
    "not-yet",
    "too-fast",
    "too-slow",
    "restored",
    "series-stopped",
    "issuer-without-time",
    "store-busy",
    "store-full",
    "store-disk",
    "store-unsure",
    "store-stopped",
    "store-undone",
];

/// A message that was left.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Left {
    #[n(0)]
    since: Moment,
    /// What came back for it.
    #[n(1)]
    answer: Option<ByteVec>,
    /// Or the code of a no.
    #[n(2)]
    refused: Option<String>,
}
impl Value for Left {}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
enum Stands {
    /// Not answered yet.
    #[n(0)]
    Open,
    /// Answered.
    #[n(1)]
    Answered,
    /// Refused by whom it is for.
    #[n(2)]
    Refused,
}

impl Stands {
    const fn kept(self) -> Span {
        match self {
            Self::Open => OPEN_KEPT,
            Self::Answered => KEPT,
            Self::Refused => REFUSED_KEPT,
        }
    }
}

/// A message that was left, without what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct At {
    #[n(0)]
    to: PartyId,
    #[n(1)]
    stands: Stands,
}
impl Value for At {}

pub(crate) const LEFT: Map<ErrandId, Left> = Map::new(Table::new("kiosk_left"));
/// The same by the moment they were left, without what came back.
pub(crate) const LEFT_AT: Map<(Moment, ErrandId), At> = Map::new(Table::new("kiosk_left_at"));
/// Where a row stands, and how.
type Line = ((Moment, ErrandId), At);

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
    /// Whom it is for has said no.
    #[error("it was passed on, and whom it is for refuses it ({0}); nothing has changed on the card")]
    Refused(String),
    /// There is no room for that addressee.
    #[error("{OPEN_EACH} messages wait here for the same addressee, who does not answer; leave it elsewhere, or later")]
    FullThere,
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
            Self::Refused(_) => "leave-refused",
            Self::FullThere => "leave-full-there",
            Self::Full => "leave-full",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Nobody | Self::FullThere | Self::Full => Again::Later,
            Self::Refused(_) => Again::AfterYouAct,
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
        Some(Left {
            refused: Some(code), ..
        }) => return Err(LeaveRefused::Refused(code)),
        Some(_) => {}
        None => {
            let all = LEFT_AT.range(tx, Keys::all(), KEPT_MOST)?;
            if let Some((gone, _)) = room(&all, left.to)? {
                forget(tx, gone)?;
            }
            let row = Left {
                since: now,
                answer: None,
                refused: None,
            };
            LEFT.put(tx, &id, &row)?;
            note(tx, now, id, left.to, Stands::Open)?;
        }
    }
    let then = cbor::to_bytes(&Then::PassedOn);
    let errand = errand::post(tx, id, left.to, left.verb, left.message.into(), then, now)?;
    Ok(Step::Errand(errand))
}

fn note(tx: &mut dyn Tx, since: Moment, id: ErrandId, to: PartyId, stands: Stands) -> Result<(), Fault> {
    LEFT_AT.put(tx, &(since, id), &At { to, stands })
}

fn forget(tx: &mut dyn Tx, (since, id): (Moment, ErrandId)) -> Result<(), Fault> {
    LEFT.delete(tx, &id)?;
    LEFT_AT.delete(tx, &(since, id))?;
    errand::finish(tx, id)
}

/// Is there room for one more to this addressee? Answers what makes room for it: a no, the oldest first.
fn room(all: &[Line], to: PartyId) -> Result<Option<Line>, LeaveRefused> {
    let theirs = all
        .iter()
        .filter(|(_, at)| at.to == to && at.stands != Stands::Answered);
    let refused = |at: &At| at.stands == Stands::Refused;
    if theirs.clone().count() >= OPEN_EACH {
        let oldest = theirs.clone().find(|(_, at)| refused(at));
        return oldest.copied().map(Some).ok_or(LeaveRefused::FullThere);
    }
    if all.len() >= KEPT_MOST {
        let oldest = all.iter().find(|(_, at)| refused(at));
        return oldest.copied().map(Some).ok_or(LeaveRefused::Full);
    }
    Ok(None)
}

/// What came back is kept for the card: an answer, or a no that asking again does not change.
pub(crate) fn answered(tx: &mut dyn Tx, id: ErrandId, reply: Reply<'_>, now: Moment) -> Result<Step, Fault> {
    let (answer, refused) = match reply {
        Reply::Answer(bytes) => (Some(ByteVec::from(bytes.to_vec())), None),
        Reply::Refused(code) if !LATER.contains(&code) => (None, Some(code.to_owned())),
        Reply::Refused(_) | Reply::Silent => return Ok(Step::NotYet(errand::later(tx, id, now)?)),
    };
    let to = errand::open(tx, id)?.map(|row| row.to);
    if let Some((mut row, to)) = LEFT.get(tx, &id)?.zip(to) {
        let stands = if answer.is_some() {
            Stands::Answered
        } else {
            Stands::Refused
        };
        (row.answer, row.refused) = (answer.clone(), refused);
        LEFT.put(tx, &id, &row)?;
        note(tx, row.since, id, to, stands)?;
    }
    errand::finish(tx, id)?;
    // A no is written down like an answer; who leaves the same message again hears it.
    Ok(answer.map_or(Step::NotYet(Span::seconds(1)), |bytes| Step::Answer(bytes.into())))
}

/// Lets go what was kept long enough.
pub(crate) fn let_go(tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
    for ((since, id), at) in LEFT_AT.range(tx, Keys::all(), KEPT_MOST)? {
        if since.plus(at.stands.kept()) < now {
            forget(tx, (since, id))?;
        }
    }
    Ok(())
}

/// How many messages were left here and are kept: those without an answer, and those with one. What was refused is neither.
pub fn kept(view: &mut dyn View) -> Result<(usize, usize), Fault> {
    let all = LEFT_AT.range(view, Keys::all(), KEPT_MOST)?;
    let count = |wanted: Stands| all.iter().filter(|(_, at)| at.stands == wanted).count();
    Ok((count(Stands::Open), count(Stands::Answered)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: u64, to: u8, stands: Stands) -> Vec<Line> {
        let to = PartyId([to; 16]);
        let id = |n: u64| ErrandId::of("pass on", &[&to.0[..], &n.to_be_bytes()].concat());
        (0..count).map(|n| ((Moment(n), id(n)), At { to, stands })).collect()
    }

    /// proves: ST-19
    #[test]
    fn strangers_fill_their_own_corner_and_not_the_machine() {
        let (one, other) = (PartyId([1; 16]), PartyId([2; 16]));
        let each = u64::try_from(OPEN_EACH).unwrap();
        let mut all = lines(each - 1, 1, Stands::Open);
        assert_eq!(room(&all, one), Ok(None));
        all.push(lines(each, 1, Stands::Open).pop().unwrap());
        assert_eq!(room(&all, one), Err(LeaveRefused::FullThere));
        assert_eq!(room(&all, other), Ok(None), "another addressee has his own share");
        // What was answered takes no share, and a no makes room.
        assert_eq!(room(&lines(each, 1, Stands::Answered), one), Ok(None));
        all[7].1.stands = Stands::Refused;
        assert_eq!(room(&all, one), Ok(Some(all[7])));
        // All of it is full only of answers.
        let most = u64::try_from(KEPT_MOST).unwrap();
        let mut all = lines(most, 3, Stands::Answered);
        assert_eq!(room(&all, one), Err(LeaveRefused::Full));
        assert_eq!(LeaveRefused::Full.code(), "leave-full");
        all[9].1.stands = Stands::Refused;
        assert_eq!(room(&all, one), Ok(Some(all[9])));
    }
}
