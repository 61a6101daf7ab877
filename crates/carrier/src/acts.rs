//! Acts: what the operator did with money by hand, one act after the other, never changed. An act is written with what it does,
//! and bound to the one before it under a key that is in no table, so whoever edits the database with SQL shows (row-97). Above
//! the limit of the settings an act is proposed by one operator and done when another one agrees.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use seal::cbor;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, Money, Refusal, TransferId};

use crate::{
    BillId, Carrier, ContentRef, MoneyInRefused, RefundRefused, Suspended,
    bill::{BILLS, BY_NUMBER},
    content::BOUGHT,
    moneyin::{FATE, INCOMING},
    refund::REFUNDS,
};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Deed {
    /// A purchase was given back, or a part of it.
    #[n(0)]
    Refund {
        /// Which.
        #[cbor(n(0), with = "minicbor::bytes")]
        of: ContentRef,
        /// The refund's own id.
        #[n(1)]
        id: TransferId,
    },
    /// Money that waited in suspense was said to pay a bill.
    #[n(1)]
    Assign {
        /// The entry of the bank.
        #[n(0)]
        entry: TransferId,
        /// The bill.
        #[n(1)]
        bill: BillId,
    },
}

impl Deed {
    /// Its word in data.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Refund { .. } => "refund",
            Self::Assign { .. } => "assign",
        }
    }
    /// Its own id: a proposal of it is kept under this.
    const fn id(&self) -> TransferId {
        match self {
            Self::Refund { id, .. } => *id,
            Self::Assign { entry, .. } => *entry,
        }
    }
    /// What it is about, as data names it: the purchase, or the entry.
    pub fn about(&self) -> String {
        match self {
            Self::Refund { of, .. } => crate::reference(*of),
            Self::Assign { entry, .. } => entry.to_string(),
        }
    }
}

/// How far a deed has come with an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Stage {
    /// One operator did it alone.
    #[n(0)]
    Alone,
    /// One proposed it: nothing has moved.
    #[n(1)]
    Proposed,
    /// A second one agreed: it is done.
    #[n(2)]
    Agreed,
    /// It was dropped.
    #[n(3)]
    Dropped,
}

impl Stage {
    /// Its word in data.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Proposed => "proposed",
            Self::Agreed => "agreed",
            Self::Dropped => "dropped",
        }
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Act {
    /// When.
    #[n(0)]
    pub at: Moment,
    /// What.
    #[n(1)]
    pub deed: Deed,
    /// About how much.
    #[n(2)]
    pub amount: Money,
    /// By whom: the name of his token.
    #[n(3)]
    pub who: String,
    /// How far it came.
    #[n(4)]
    pub stage: Stage,
}

/// A deed that waits for a second operator.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposal {
    /// What.
    #[n(0)]
    pub deed: Deed,
    /// About how much.
    #[n(1)]
    pub amount: Money,
    /// Who proposed it.
    #[n(2)]
    pub who: String,
    /// When.
    #[n(3)]
    pub at: Moment,
}
impl Value for Proposal {}

impl Proposal {
    fn new(deed: Deed, amount: Money, who: &str, at: Moment) -> Self {
        let who = who.to_owned();
        Self { deed, amount, who, at }
    }
    /// It as an act that came so far.
    fn act(&self, stage: Stage) -> Act {
        Act {
            at: self.at,
            deed: self.deed.clone(),
            amount: self.amount,
            who: self.who.clone(),
            stage,
        }
    }
}

/// What became of a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// It is done, now or from before.
    Done,
    /// It waits for a second operator under this id.
    Waits(TransferId),
}

/// Why nothing was done by hand. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActRefused {
    /// A refund that cannot be.
    #[error(transparent)]
    Refund(#[from] RefundRefused),
    /// An assignment that cannot be.
    #[error(transparent)]
    Assign(#[from] MoneyInRefused),
    /// Something else waits under this id.
    #[error("something else was proposed under this id; a new proposal needs a new one")]
    OtherContent,
    /// No such proposal, or it is decided.
    #[error("there is no such open proposal")]
    NoProposal,
    /// Whoever proposed it cannot agree.
    #[error("two people: another operator, with a token of his own, agrees to what you proposed")]
    Same,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ActRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Refund(no) => no.code(),
            Self::Assign(no) => no.code(),
            Self::OtherContent => "proposal-other-content",
            Self::NoProposal => "no-proposal",
            Self::Same => "two-people",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Refund(no) => no.again(),
            Self::Assign(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// An act as it stands among the others.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WrittenAct {
    /// The act.
    #[n(0)]
    pub act: Act,
    /// What binds it to all acts before it.
    #[n(1)]
    pub chain: Hash,
}
impl Value for WrittenAct {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Head {
    #[n(0)]
    count: u64,
    #[n(1)]
    chain: Hash,
}
impl Value for Head {}

const NONE: Head = Head {
    count: 0,
    chain: Hash([0; 32]),
};

pub(crate) const ACTS: Map<u64, WrittenAct> = Map::new(Table::new("carrier_acts"));
/// What waits for a second operator.
pub(crate) const PROPOSALS: Map<TransferId, Proposal> = Map::new(Table::new("carrier_proposals"));
pub(crate) const HEAD: Map<(), Head> = Map::new(Table::new("carrier_acts_head"));

impl Carrier {
    fn bind(&self, number: u64, before: &Hash, act: &Act) -> Hash {
        let of = [&number.to_be_bytes()[..], &before.0, &cbor::to_bytes(act)];
        Hash(*self.keys.derive("carrier/act", &of).expose())
    }

    /// Writes an act behind all others.
    fn note_act(&self, tx: &mut dyn Tx, act: Act) -> Result<(), Fault> {
        let head = HEAD.get(tx, &())?.unwrap_or(NONE);
        let count = head.count.saturating_add(1);
        let chain = self.bind(count, &head.chain, &act);
        ACTS.put(tx, &count, &WrittenAct { act, chain })?;
        HEAD.put(tx, &(), &Head { count, chain })
    }

    /// Does it alone, or proposes it where one may not.
    fn act(&self, tx: &mut dyn Tx, asked: Proposal) -> Result<Acted, ActRefused> {
        let id = asked.deed.id();
        let alone = self.config.alone_up_to;
        if alone.is_none_or(|most| asked.amount.minor() <= most.minor()) {
            self.carry_out(tx, &asked.deed, asked.amount, asked.at)?;
            self.note_act(tx, asked.act(Stage::Alone))?;
            return Ok(Acted::Done);
        }
        match PROPOSALS.get(tx, &id)? {
            Some(known) if known.deed == asked.deed && known.amount == asked.amount => {}
            Some(_) => return Err(ActRefused::OtherContent),
            None => {
                PROPOSALS.put(tx, &id, &asked)?;
                self.note_act(tx, asked.act(Stage::Proposed))?;
            }
        }
        Ok(Acted::Waits(id))
    }

    fn carry_out(&self, tx: &mut dyn Tx, deed: &Deed, amount: Money, now: Moment) -> Result<(), ActRefused> {
        match deed {
            Deed::Refund { of, id } => {
                self.refund(tx, *id, *of, amount, now)?;
            }
            Deed::Assign { entry, bill } => {
                let bill = BILLS.get(tx, bill)?.ok_or(MoneyInRefused::NoBill)?;
                self.assign(tx, *entry, &bill.number, now)?;
            }
        }
        Ok(())
    }

    /// Gives back a purchase or a part of it, by the hand of this operator. Repeats as [`Carrier::refund`] does.
    pub fn refund_by_hand(
        &self,
        tx: &mut dyn Tx,
        who: &str,
        (id, of): (TransferId, ContentRef),
        amount: Money,
        now: Moment,
    ) -> Result<Acted, ActRefused> {
        party::epoch::require::<RefundRefused>(tx)?;
        if REFUNDS.has(tx, &id)? {
            self.refund(tx, id, of, amount, now)?;
            return Ok(Acted::Done);
        }
        let bought = BOUGHT.get(tx, &of)?.ok_or(RefundRefused::NoPurchase)?;
        if amount.is_zero() || amount.currency() != bought.amount.currency() {
            return Err(RefundRefused::Amount.into());
        }
        let deed = Deed::Refund { of, id };
        self.act(tx, Proposal::new(deed, amount, who, now))
    }

    /// Says which bill money in suspense pays, by the hand of this operator. Repeats as [`Carrier::assign`] does.
    pub fn assign_by_hand(
        &self,
        tx: &mut dyn Tx,
        who: &str,
        entry: TransferId,
        number: &str,
        now: Moment,
    ) -> Result<Acted, ActRefused> {
        party::epoch::require::<MoneyInRefused>(tx)?;
        if matches!(FATE.get(tx, &entry)?, Some(Suspended::Pays(_))) {
            self.assign(tx, entry, number, now)?;
            return Ok(Acted::Done);
        }
        let incoming = INCOMING.get(tx, &entry)?.ok_or(MoneyInRefused::NotWaiting)?;
        let bill = BY_NUMBER.get(tx, &number.to_owned())?.ok_or(MoneyInRefused::NoBill)?;
        let deed = Deed::Assign { entry, bill };
        self.act(tx, Proposal::new(deed, incoming.amount, who, now))
    }

    /// Another operator agrees to what one proposed, and it is done; or anybody drops it.
    pub fn decide_proposal(
        &self,
        tx: &mut dyn Tx,
        who: &str,
        id: TransferId,
        agree: bool,
        now: Moment,
    ) -> Result<(), ActRefused> {
        party::epoch::require::<RefundRefused>(tx)?;
        let found = PROPOSALS.get(tx, &id)?.ok_or(ActRefused::NoProposal)?;
        if agree && found.who == who {
            return Err(ActRefused::Same);
        }
        let stage = if agree { Stage::Agreed } else { Stage::Dropped };
        if agree {
            self.carry_out(tx, &found.deed, found.amount, now)?;
        }
        PROPOSALS.delete(tx, &id)?;
        let decided = Proposal::new(found.deed, found.amount, who, now);
        Ok(self.note_act(tx, decided.act(stage))?)
    }

    /// What waits for a second operator.
    pub fn proposals(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(TransferId, Proposal)>, Fault> {
        PROPOSALS.range(view, Keys::all(), limit)
    }

    /// At most `limit` acts, the newest first, before number `before`.
    pub fn acts(
        &self,
        view: &mut dyn View,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, WrittenAct)>, Fault> {
        let mut keys = Keys::all().newest_first();
        if let Some(before) = before {
            keys = keys.after(&before);
        }
        ACTS.range(view, keys, limit)
    }
}

/// Was this done, and for this amount?
fn was_done(view: &mut dyn View, act: &Act) -> Result<bool, Fault> {
    Ok(match &act.deed {
        Deed::Refund { of, id } => REFUNDS
            .get(view, id)?
            .is_some_and(|refund| refund.of == *of && refund.amount == act.amount),
        Deed::Assign { entry, bill } => {
            let same = INCOMING.get(view, entry)?.is_some_and(|it| it.amount == act.amount);
            same && FATE.get(view, entry)? == Some(Suspended::Pays(*bill))
        }
    })
}

/// The acts, recomputed from the first one, and against what they did: what two agreed to was proposed by one and agreed to by
/// another, and what waits was proposed and not decided.
pub(crate) fn audit(carrier: &Carrier, view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let (mut last, mut open) = (NONE, BTreeMap::new());
    ACTS.each::<Fault>(view, Keys::all(), |view, number, written| {
        if number != last.count.saturating_add(1) {
            found.push(format!("the acts of the operators lack one before {number}"));
        }
        if carrier.bind(number, &last.chain, &written.act) != written.chain {
            found.push(format!("act {number} of the operators was edited, or one before it"));
        }
        let WrittenAct { act, chain } = written;
        let id = act.deed.id();
        let fits = match act.stage {
            Stage::Alone => was_done(view, &act)?,
            Stage::Proposed => true,
            Stage::Agreed => {
                let first: Option<Act> = open.remove(&id);
                first.is_some_and(|it| it.who != act.who && (&it.deed, it.amount) == (&act.deed, act.amount))
                    && was_done(view, &act)?
            }
            Stage::Dropped => open.remove(&id).is_some(),
        };
        if !fits {
            found.push(format!("what act {number} of the operators did is not in the books"));
        }
        if act.stage == Stage::Proposed {
            open.insert(id, act);
        }
        last = Head { count: number, chain };
        Ok(())
    })?;
    let head = HEAD.get(view, &())?.unwrap_or(NONE);
    if head != last {
        found.push(format!(
            "the acts of the operators end at {}, and {} were written",
            last.count, head.count
        ));
    }
    let waits = PROPOSALS.range(view, Keys::all(), usize::MAX)?;
    let waits: BTreeMap<_, _> = waits
        .into_iter()
        .map(|(id, it)| (id, it.act(Stage::Proposed)))
        .collect();
    if waits != open {
        found.push("what waits for a second operator is not what was proposed".to_owned());
    }
    Ok(())
}
