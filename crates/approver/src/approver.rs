//! The approver as a party: its tables, its verbs, what it does by itself.

use minicbor::{Decode, Encode};
use seal::{Seed, cbor};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{Moment, Money, PartyId, TransferId};

use party::{
    Party, PartyKeys, Refused, Reply, Step, Verb,
    desk::Desk,
    errand::{self, ErrandId},
};

use crate::{ApproverConfig, RequestId, ask, audit, decide, dispute, issued, recall, user};

static PART: Part = Part::new(
    "approver",
    &[
        Change::Create(&[
            user::USERS.table(),
            ask::REQUESTS.table(),
            ask::REQUEST_ENDS.table(),
            ask::BUREAU_ENDS.table(),
            issued::ISSUED.table(),
            issued::BY_USER.table(),
            issued::ENDS.table(),
            issued::WAITED.table(),
            decide::UNASKED.table(),
            dispute::DISPUTES.table(),
        ]),
        Change::Create(&[recall::ASKED.table(), recall::FORGOTTEN.table()]),
    ],
);

/// What an approver's store is opened with.
pub static PARTS: &[&Part] = &[
    &party::desk::PART,
    &party::errand::PART,
    &party::epoch::PART,
    &ledger::PART,
    &signin::PART,
    &PART,
];

/// What is done with the reply to an errand.
#[derive(Debug, Encode, Decode)]
pub(crate) enum Then {
    /// Decides this question.
    #[n(0)]
    Bureau(#[n(0)] RequestId),
    /// A seller was paid, or not.
    #[n(1)]
    Out(#[n(0)] TransferId, #[n(1)] PartyId, #[n(2)] Money),
    /// Somebody told what became of approvals, or not.
    #[n(2)]
    Recall(#[n(0)] PartyId),
}

/// An approver.
#[derive(Debug)]
pub struct Approver {
    pub(crate) keys: PartyKeys,
    pub(crate) desk: Desk,
    pub(crate) config: ApproverConfig,
}

impl Approver {
    /// The approver with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, config: ApproverConfig) -> Self {
        Self { keys, desk, config }
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }
    /// Its settings.
    pub const fn config(&self) -> &ApproverConfig {
        &self.config
    }
}

impl Party for Approver {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, _: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Approve => Ok(self.ask(tx, body, now)?),
            Verb::Approval => Ok(self.collect(tx, body)?),
            Verb::Redeem => Ok(self.redeem(tx, body, now)?),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused> {
        let Some(then) = errand::purpose(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let then: Then = cbor::from_bytes(&then).map_err(|_| Fault::Corrupt {
            table: "errands",
            why: "what was to be done next".to_owned(),
        })?;
        Ok(match then {
            Then::Bureau(request) => self.bureau_said(tx, request, reply, now, seed)?,
            Then::Recall(whom) => self.told(tx, id, whom, reply, now)?,
            Then::Out(id, seller, amount) => self.bank_said(tx, (id, seller, amount), reply, now)?,
        })
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Refused> {
        if party::epoch::is_restored(tx)? {
            // Nothing ends by time before it is known what became of it.
            return Ok(());
        }
        self.give_up_bureau(tx, now, seed)?;
        self.expire(tx, now)?;
        Ok(self.forget_questions(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view)
    }
}
