//! The parties of the servers' side: money issuer, bank, registry, clock, shop, collector.
//!
//! Every party is plain, synchronous logic over one transaction of its own store. It does no I/O, knows no carrier, has no
//! clock and no randomness; whoever drives it (an HTTP server, a simulator) brings the message, the time, a fresh seed and
//! the transaction, and says the answer only after the transaction is durable.
//!
//! ```text
//!   message ──► store.write(|tx| party.serve(tx, verb, message, now, seed)) ──► Step
//!                                                                               ├ Answer(bytes)   say it
//!                                                                               ├ NotYet(span)    "ask again in ..."
//!                                                                               └ Errand(e)       ask e.to, then
//!   reply   ──► store.write(|tx| party.answered(tx, e.id, reply, now, seed)) ──► Step
//! ```
//!
//! A driver with much to do takes the same way in three parts, so that the one writer does nothing dear: `read` on a view,
//! `decide` in the transaction, `say` once it is durable ([`beside`]).
//!
//! An errand is written before it is asked ([`errand`]); the sweep ([`errand::due`]) takes up what was left over. Each
//! module's header says who runs the party, what it adds and what it must not see.
//!
//! Invariants: a decision is written once per deal and before it is said; every amount moves by a posting with an id for
//! ever; a party that was restored refuses effects with the code `restored` until it has asked its counterparts.
//!
//! Read next: [`shop`], the giver most people meet; [`issuer`], whom everybody trusts with money; `door` and `say`, the two
//! sides of every message.

mod cash_line;
mod refused;

pub mod bank;
pub mod beside;
pub mod books;
pub mod care;
pub mod centre;
pub mod clock;
pub mod collector;
pub mod content;
pub mod decided;
pub mod deposit;
pub mod desk;
pub mod door;
pub mod epoch;
pub mod errand;
pub mod giver;
pub mod issuer;
pub mod keys;
pub mod kiosk;
pub mod machine;
pub mod mechanism;
pub mod passing;
pub mod realm;
pub mod registry;
mod say;
pub mod settlement;
pub mod shop;
pub mod support;
pub mod trust;

pub use errand::{Errand, ErrandId, Reply, Step, Verb};
pub use giver::Giver;
pub use keys::PartyKeys;
pub use refused::Refused;

use beside::{Message, Read, Told, Unsaid};
use desk::Desk;
use seal::Seed;
use store::{Fault, Part, Tx, View};
use units::{Moment, PartyId};

/// What every party is to its driver.
pub trait Party: Send + Sync {
    /// Who it is.
    fn id(&self) -> PartyId;
    /// What it knows of its realm; its driver brings it the registry's directory and the clock's ticks.
    fn desk(&self) -> &Desk;
    /// What its store is opened with.
    fn parts(&self) -> &'static [&'static Part];
    /// Reads one message: everything about it that is dear and decides nothing. Beside the writer.
    fn read(&self, view: &mut dyn View, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Message, Refused> {
        let _ = (view, now, seed);
        Ok(Message::whole(verb, body))
    }
    /// Takes a message that was read. Refuses with the verb's own refusal, and then nothing has changed.
    fn decide(&self, tx: &mut dyn Tx, message: &Message, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match &message.0 {
            Read::Whole(verb, body) => Ok(self.serve(tx, *verb, body, now, seed)?.into()),
            Read::Answered(bytes) => Ok(Step::Answer(bytes.clone()).into()),
            _ => Err(Refused::other_verb()),
        }
    }
    /// Reads the reply to an errand, beside the writer.
    fn read_reply(
        &self,
        view: &mut dyn View,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Told, Refused> {
        let _ = (view, now, seed);
        Ok(Told::new(errand, reply))
    }
    /// Takes a reply that was read. An errand that was finished meanwhile is answered with nothing.
    fn hear(&self, tx: &mut dyn Tx, told: &Told, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        Ok(self.answered(tx, told.errand(), told.reply(), now, seed)?.into())
    }
    /// Puts a decision into words, after what it rests on is durable: the same words for the same record.
    fn say(&self, unsaid: Unsaid) -> Result<Step, Refused> {
        match unsaid {
            Unsaid::Step(step) => Ok(step),
            Unsaid::Settle(..) | Unsaid::Presented(..) => Err(Refused::other_verb()),
        }
    }
    /// Takes one message, all in one transaction. Refuses with the verb's own refusal, and then nothing has changed.
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Step, Refused>;
    /// Takes the reply to an errand, all in one transaction. An errand that was finished meanwhile is answered with nothing.
    fn answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused>;
    /// What has come due by itself; to be called now and then.
    fn tend(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Refused> {
        let _ = (tx, now, seed);
        Ok(())
    }
    /// Everything that does not add up, in words, recomputed from events alone; empty: all is well.
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault>;
}
