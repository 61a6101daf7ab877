//! Beside: what is done beside the writer. One thread writes for a party, and a signature costs as much as a dozen rows;
//! so a message is *read* on a view before the transaction (opened, its signatures checked, what is known beforehand
//! signed), *decided* in it with what was found out, and the answer is *said* after it: signed and sealed from the record
//! alone, so that the same record always says the same bytes.
//!
//! ```text
//!   view:  read(message) ──► Message ──┐            view:  read_reply(reply) ──► Told ──┐
//!   tx:                     decide(Message) ──► Unsaid      tx:                   hear(Told) ──► Unsaid
//!   durable, then:                     say(Unsaid) ──► Step
//! ```
//!
//! What was read is a fact about bytes (this key signed them, this seal contains that) or a row that never changes. A
//! rule that finds a fact missing, or made with another key than the one it reads in its transaction, finds it out itself.

use deal::wire::Presented;
use units::{DealId, PartyId};

use crate::{
    Step, Verb,
    decided::Decided,
    door::{OpenDone, OpenPay},
    errand::{ErrandId, Reply},
    issuer::OpenPresent,
    shop::Foreseen,
};

/// A message, read beside the writer. Nothing is decided.
#[derive(Debug)]
pub struct Message(pub(crate) Read);

#[derive(Debug)]
pub(crate) enum Read {
    /// A question that writes nothing, and its answer.
    Answered(Vec<u8>),
    /// A payment.
    Pay(Box<OpenPay>),
    /// A receiver's word that it has closed.
    Done(Box<OpenDone>),
    /// Slips a server brings.
    Present(Box<OpenPresent>),
    /// Something that is read in the transaction.
    Whole(Verb, Vec<u8>),
}

impl Message {
    /// One that is read in the transaction.
    pub fn whole(verb: Verb, body: &[u8]) -> Self {
        Self(Read::Whole(verb, body.to_vec()))
    }
    /// The answer, where reading was all there was to do: nothing is to be written.
    pub fn answer(&self) -> Option<&[u8]> {
        match &self.0 {
            Read::Answered(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// The reply to an errand, read beside the writer.
#[derive(Debug)]
pub struct Told {
    errand: ErrandId,
    said: Said,
    pub(crate) foreseen: Option<Box<Foreseen>>,
}

#[derive(Debug)]
enum Said {
    Answer(Vec<u8>),
    Refused(String),
    Silent,
}

impl Told {
    /// The reply to this errand.
    pub fn new(errand: ErrandId, reply: Reply<'_>) -> Self {
        let said = match reply {
            Reply::Answer(bytes) => Said::Answer(bytes.to_vec()),
            Reply::Refused(code) => Said::Refused(code.to_owned()),
            Reply::Silent => Said::Silent,
        };
        Self {
            errand,
            said,
            foreseen: None,
        }
    }
    /// Which errand.
    pub const fn errand(&self) -> ErrandId {
        self.errand
    }
    /// The reply.
    pub fn reply(&self) -> Reply<'_> {
        match &self.said {
            Said::Answer(bytes) => Reply::Answer(bytes),
            Said::Refused(code) => Reply::Refused(code),
            Said::Silent => Reply::Silent,
        }
    }
}

/// What is to be said once the transaction it came from is durable. Turned into words by [`crate::Party::say`], which
/// gives the same words however often it is asked.
#[derive(Debug, Clone)]
#[must_use = "a decision is to be said"]
pub enum Unsaid {
    /// Words already, or nothing to say yet.
    Step(Step),
    /// A decision, as it was written: to be signed and sealed to the receiver.
    Settle(DealId, Box<Decided>),
    /// The issuer's word on slips: to be signed.
    Presented(PartyId, Presented),
}

impl From<Step> for Unsaid {
    fn from(step: Step) -> Self {
        Self::Step(step)
    }
}
