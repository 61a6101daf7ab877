//! Errand: something one party asks another, written down before it is asked.
//!
//! A verb that needs another party's word does not wait for it: it writes the errand with what is to be done next, and
//! returns [`Step::Errand`]. Whoever drives the party carries it out and hands the reply back with `answered`; when the
//! process dies in between, the errand is still there and is carried out again, with the same bytes. The same rows are
//! the outbox of every notice.

use minicbor::{Decode, Encode, bytes::ByteVec};
use store::{Fault, Key, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Moment, PartyId, Span};

/// What is asked of a party: one word for each kind of message it takes. A driver maps it to an address of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Verb {
    /// [`deal::wire::Ask`]: plain; answered by a sealed quote.
    #[n(0)]
    Ask,
    /// [`deal::wire::PaySheet`]: signed and sealed; answered by a sealed settle.
    #[n(1)]
    Pay,
    /// [`deal::wire::Done`]: signed and sealed; answered by nothing.
    #[n(2)]
    Done,
    /// [`deal::wire::Enrol`]: signed by the new card; answered by a signed [`deal::wire::Enrolled`].
    #[n(3)]
    Enrol,
    /// [`deal::wire::ReportSheet`]: signed and sealed; answered by a sealed clearance.
    #[n(4)]
    Report,
    /// [`deal::wire::Present`]: signed; answered by a signed [`deal::wire::Presented`].
    #[n(5)]
    Present,
    /// [`crate::issuer::HonouredQuery`]: signed; answered by a signed [`crate::issuer::HonouredPage`].
    #[n(6)]
    Honoured,
    /// [`crate::bank::TransferOrder`]: signed; answered by a signed [`crate::bank::TransferAnswer`].
    #[n(7)]
    Transfer,
    /// Nothing; answered by a signed [`crate::desk::DirectorySheet`].
    #[n(8)]
    Directory,
    /// Nothing; answered by a signed tick.
    #[n(9)]
    Tick,
    /// [`crate::registry::Revoke`]: signed; answered by nothing.
    #[n(10)]
    Revoke,
    /// [`crate::collector::StandingAsk`]: plain; answered by an open quote that any card may pay until its date.
    #[n(11)]
    Standing,
    /// [`crate::collector::Bring`]: signed by the machine that brings a card's payment; answered by a sealed settle.
    #[n(12)]
    Bring,
    /// [`crate::machine::Hand`]: plain, to the machine a card lies in; answered by a sealed settle, or by nothing.
    #[n(13)]
    Hand,
    /// [`crate::issuer::Outstanding`]: signed by the issuer; answered by nothing.
    #[n(14)]
    Outstanding,
    /// [`crate::issuer::PayOut`]: signed by a payee; answered by a signed [`crate::issuer::PayoutWord`].
    #[n(15)]
    PayOut,
    /// [`deal::support::SupportSheet`]: signed and sealed; answered by a sealed [`deal::support::SupportedSheet`].
    #[n(16)]
    Support,
    /// [`deal::support::ReissueSheet`]: signed by a card and sealed; answered by a [`deal::support::ReissuedSheet`].
    #[n(17)]
    Reissue,
    /// [`deal::lost::ClaimSheet`]: signed by a card and sealed; answered by a sealed [`deal::lost::ClaimedSheet`].
    #[n(30)]
    Claim,
    /// [`deal::lost::ConfirmSheet`]: signed by a license's tag and sealed; answered by a sealed
    /// [`deal::lost::ConfirmedSheet`].
    #[n(31)]
    Confirm,
    /// [`deal::approval::Redeem`]: signed by who settles; answered by a signed [`deal::approval::Redeemed`].
    #[n(18)]
    Redeem,
    /// [`deal::approval::ToSettle`]: signed by a shop; answered by a signed [`deal::approval::SettledFor`].
    #[n(19)]
    Settle,
    /// [`deal::approval::ApprovalAsk`]: signed by a tag; answered by the number its approver keeps it under.
    #[n(20)]
    Approve,
    /// That number; answered by the approval, sealed to the one-time key in the question.
    #[n(21)]
    Approval,
    /// A question of an approver about somebody it knows, signed; answered by a bureau's signed word.
    #[n(22)]
    Inquire,
    /// [`deal::fact::Claims`]: signed by the issuer; answered by a signed [`deal::fact::Judged`].
    #[n(40)]
    Facts,
    /// [`crate::bank::Credited`]: signed by a bank; answered by nothing.
    #[n(50)]
    Credited,
    /// [`deal::charge::ChargeSheet`]: sealed to a carrier or bank; answered by a sealed [`deal::charge::ChargedSheet`].
    #[n(51)]
    Charge,
    /// [`deal::enterprise::TrustAsk`]: plain, to a trust registry; answered by a [`deal::enterprise::TrustSheet`].
    #[n(52)]
    Trust,
    /// Nothing; answered by a [`deal::enterprise::NotPaidSheet`].
    #[n(53)]
    NotPaid,
    /// [`crate::bank::BankSheet`]: signed by a bank's customer; answered by a signed [`crate::bank::BankDocument`].
    #[n(54)]
    BankFile,
    /// [`deal::fact::ReachedAsk`]: plain, to a shop; answered by a [`deal::fact::ReachedSheet`].
    #[n(60)]
    Reached,
    /// [`crate::issuer::CashIn`]: signed by a deposit machine; answered by a signed [`crate::issuer::Cashed`].
    #[n(61)]
    Cash,
    /// [`crate::settlement::RecallAsk`]: signed by an approver; answered by a signed [`crate::settlement::RecallPage`].
    #[n(62)]
    Recall,
    /// [`crate::collector::CouponAsk`]: signed by a seller; answered by a signed [`crate::collector::CouponWord`].
    #[n(63)]
    Coupon,
    /// [`crate::passing::Leave`]: plain, to a kiosk; answered by what the party it is for has answered.
    #[n(64)]
    Leave,
}

impl Verb {
    /// Every verb there is.
    pub const ALL: [Self; 36] = [
        Self::Ask,
        Self::Pay,
        Self::Done,
        Self::Enrol,
        Self::Report,
        Self::Present,
        Self::Honoured,
        Self::Transfer,
        Self::Directory,
        Self::Tick,
        Self::Revoke,
        Self::Standing,
        Self::Bring,
        Self::Hand,
        Self::Leave,
        Self::Outstanding,
        Self::PayOut,
        Self::Support,
        Self::Reissue,
        Self::Redeem,
        Self::Settle,
        Self::Approve,
        Self::Approval,
        Self::Inquire,
        Self::Claim,
        Self::Confirm,
        Self::Facts,
        Self::Credited,
        Self::Charge,
        Self::Trust,
        Self::NotPaid,
        Self::BankFile,
        Self::Reached,
        Self::Cash,
        Self::Recall,
        Self::Coupon,
    ];
    /// Its word, as addresses spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Pay => "pay",
            Self::Done => "done",
            Self::Enrol => "enrol",
            Self::Report => "report",
            Self::Present => "present",
            Self::Honoured => "honoured",
            Self::Transfer => "transfer",
            Self::Directory => "directory",
            Self::Tick => "tick",
            Self::Revoke => "revoke",
            Self::Support => "support",
            Self::Reissue => "reissue",
            Self::Claim => "claim",
            Self::Confirm => "confirm",
            Self::Redeem => "redeem",
            Self::Settle => "settle",
            Self::Approve => "approve",
            Self::Approval => "approval",
            Self::Inquire => "inquire",
            Self::Facts => "facts",
            Self::Credited => "credited",
            Self::Charge => "charge",
            Self::Trust => "trust",
            Self::NotPaid => "notpaid",
            Self::BankFile => "bankfile",
            Self::Reached => "reached",
            Self::Cash => "cash",
            Self::Recall => "recall",
            Self::Coupon => "coupon",
            Self::Standing => "standing",
            Self::Bring => "bring",
            Self::Hand => "hand",
            Self::Leave => "leave",
            Self::Outstanding => "outstanding",
            Self::PayOut => "payout",
        }
    }
}

/// The name of an errand: the same for the same purpose, so that it is never run twice over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrandId(pub [u8; 16]);

impl ErrandId {
    /// The errand of this purpose about that thing.
    pub fn of(purpose: &str, about: &[u8]) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&seal::hash_parts(&[b"errand", purpose.as_bytes(), about]).0[..16]);
        Self(id)
    }
}

impl Key for ErrandId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out)
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}

/// Something to ask another party, as a driver sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// Its name.
    pub id: ErrandId,
    /// Whom to ask; the address is looked up in the registry's directory, never taken from a message.
    pub to: PartyId,
    /// What to ask.
    pub verb: Verb,
    /// The message.
    pub body: Vec<u8>,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply<'a> {
    /// The other party's answer.
    Answer(&'a [u8]),
    /// It refused, with a code and without a signature; nothing can be concluded but that it is to be asked again.
    Refused(&'a str),
    /// It did not answer in time, or could not be reached.
    Silent,
}

/// Where a verb has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a step says what its driver has to do next"]
pub enum Step {
    /// Finished: this is the answer. What it depends on is written.
    Answer(Vec<u8>),
    /// Written down, and not finished: the same message again after this time.
    NotYet(Span),
    /// Written down; ask this first, then call `answered`.
    Errand(Errand),
}

impl Step {
    /// The answer, if it is one.
    pub fn answer(self) -> Option<Vec<u8>> {
        if let Self::Answer(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Row {
    #[n(0)]
    pub(crate) to: PartyId,
    #[n(1)]
    pub(crate) verb: Verb,
    #[n(2)]
    pub(crate) body: ByteVec,
    /// What the party does with the reply; its own encoding.
    #[n(3)]
    pub(crate) then: ByteVec,
    #[n(4)]
    pub(crate) since: Moment,
    #[n(5)]
    pub(crate) next: Moment,
    #[n(6)]
    pub(crate) tries: u32,
}
impl Value for Row {}

const ERRANDS: Map<ErrandId, Row> = Map::new(Table::new("errands"));
const DUE: Map<(Moment, ErrandId), ()> = Map::new(Table::new("errands_due"));

/// What every party's store has for this.
pub static PART: Part = Part::new("errand", &[Change::Create(&[ERRANDS.table(), DUE.table()])]);

/// How long after it was written the sweep first takes an errand up: whoever wrote it carries it out at once.
const FIRST: Span = Span::seconds(5);
/// The longest pause between two tries.
const PAUSE_MAX: Span = Span::minutes(60);

/// Writes an errand down. One that is there already stays as it was, with its own bytes.
pub fn post(
    tx: &mut dyn Tx,
    id: ErrandId,
    to: PartyId,
    verb: Verb,
    body: Vec<u8>,
    then: Vec<u8>,
    now: Moment,
) -> Result<Errand, Fault> {
    if let Some(row) = ERRANDS.get(tx, &id)? {
        return Ok(errand(id, row));
    }
    let next = now.plus(FIRST);
    let row = Row {
        to,
        verb,
        body: ByteVec::from(body),
        then: ByteVec::from(then),
        since: now,
        next,
        tries: 0,
    };
    ERRANDS.put(tx, &id, &row)?;
    DUE.put(tx, &(next, id), &())?;
    Ok(errand(id, row))
}

fn errand(id: ErrandId, row: Row) -> Errand {
    Errand {
        id,
        to: row.to,
        verb: row.verb,
        body: row.body.into(),
    }
}

/// An errand that is still to be done, with the bytes it was written with.
pub fn again(view: &mut dyn View, id: ErrandId) -> Result<Option<Errand>, Fault> {
    Ok(ERRANDS.get(view, &id)?.map(|row| errand(id, row)))
}

/// What an errand that is still to be done was written with, for the party to go on with.
pub fn purpose(view: &mut dyn View, id: ErrandId) -> Result<Option<Vec<u8>>, Fault> {
    Ok(ERRANDS.get(view, &id)?.map(|row| row.then.into()))
}

/// The row of an errand that is still to be done.
pub(crate) fn open(view: &mut dyn View, id: ErrandId) -> Result<Option<Row>, Fault> {
    ERRANDS.get(view, &id)
}

/// The errand is done.
pub fn finish(tx: &mut dyn Tx, id: ErrandId) -> Result<(), Fault> {
    if let Some(row) = ERRANDS.get(tx, &id)? {
        DUE.delete(tx, &(row.next, id))?;
        ERRANDS.delete(tx, &id)?;
    }
    Ok(())
}

/// Nobody carries this errand out at once: the next sweep does. One that was tried already keeps its pause.
pub fn soon(tx: &mut dyn Tx, id: ErrandId, now: Moment) -> Result<(), Fault> {
    if let Some(mut row) = ERRANDS.get(tx, &id)?
        && row.tries == 0
    {
        DUE.delete(tx, &(row.next, id))?;
        row.next = now;
        DUE.put(tx, &(now, id), &())?;
        ERRANDS.put(tx, &id, &row)?;
    }
    Ok(())
}

/// It was tried in vain: again later, with doubling pauses. Says when.
pub fn later(tx: &mut dyn Tx, id: ErrandId, now: Moment) -> Result<Span, Fault> {
    let Some(mut row) = ERRANDS.get(tx, &id)? else {
        return Ok(FIRST);
    };
    DUE.delete(tx, &(row.next, id))?;
    row.tries = row.tries.saturating_add(1);
    let pause = Span(FIRST.0.saturating_mul(1 << row.tries.min(12))).min(PAUSE_MAX);
    row.next = now.plus(pause);
    DUE.put(tx, &(row.next, id), &())?;
    ERRANDS.put(tx, &id, &row)?;
    Ok(pause)
}

/// Errands whose time has come, the longest due first: at most `limit`.
pub fn due(view: &mut dyn View, now: Moment, limit: usize) -> Result<Vec<Errand>, Fault> {
    let mut out = Vec::new();
    for ((_, id), ()) in DUE.range(view, Keys::all().until(&now.plus(Span(1))), limit)? {
        if let Some(row) = ERRANDS.get(view, &id)? {
            out.push(errand(id, row));
        }
    }
    Ok(out)
}

/// How many errands wait, and since when the oldest does: what an operator looks at.
pub fn waiting(view: &mut dyn View) -> Result<(usize, Option<Moment>), Fault> {
    let (mut count, mut oldest) = (0_usize, None::<Moment>);
    ERRANDS.each::<Fault>(view, Keys::all(), |_, _, row| {
        count = count.saturating_add(1);
        oldest = Some(oldest.map_or(row.since, |o| o.min(row.since)));
        Ok(())
    })?;
    Ok((count, oldest))
}
