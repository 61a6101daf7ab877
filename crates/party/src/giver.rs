//! Giver: a party that quotes, takes payments and decides: shop, issuer, collector. What all of them do alike (which verb
//! goes where, opening, closing, finding the errand a reply belongs to, saying a decision) is here, once.

use seal::Seed;
use store::{Fault, Part, Tx, View};
use units::{DealId, Moment, PartyId};

use crate::{
    Party, Refused,
    beside::{Message, Read, Told, Unsaid},
    decided,
    desk::Desk,
    door::{OpenDone, OpenPay},
    errand::{self, ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
    say::Voice,
};

/// What a giver does in its own way.
pub trait Giver: Send + Sync {
    /// Its keys.
    fn keys(&self) -> &PartyKeys;
    /// What it knows of its realm.
    fn desk(&self) -> &Desk;
    /// What its store is opened with.
    fn parts(&self) -> &'static [&'static Part];
    /// Answers a question with a quote. Writes nothing.
    fn quote(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, Refused>;
    /// Finds out about a payment what is dear and decides nothing.
    fn look_into(&self, view: &mut dyn View, open: &mut OpenPay) -> Result<(), Refused> {
        let _ = (view, open);
        Ok(())
    }
    /// Judges a payment. May be repeated for ever, with the same answer.
    fn judge(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, seed: &Seed) -> Result<Unsaid, Refused>;
    /// The receiver of this deal has closed.
    fn closed(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Refused> {
        let _ = (tx, deal, now);
        Ok(())
    }
    /// Reads a message of a further verb.
    fn read_more(&self, view: &mut dyn View, verb: Verb, body: &[u8], now: Moment) -> Result<Message, Refused> {
        let _ = (view, now);
        Ok(Message::whole(verb, body))
    }
    /// Takes a message of a further verb.
    fn decide_more(&self, tx: &mut dyn Tx, message: &Message, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        let _ = (tx, message, now, seed);
        Err(Refused::other_verb())
    }
    /// Finds out about a reply what is dear and decides nothing. `then` is what the errand was written with.
    fn foresee(
        &self,
        view: &mut dyn View,
        then: &[u8],
        told: &mut Told,
        now: Moment,
        seed: &Seed,
    ) -> Result<(), Refused> {
        let _ = (view, then, told, now, seed);
        Ok(())
    }
    /// Goes on with the reply to an errand. `then` is what the errand was written with.
    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], told: &Told, now: Moment, seed: &Seed) -> Result<Unsaid, Refused>;
    /// See [`Party::tend`].
    fn tend(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Refused> {
        let _ = (tx, now, seed);
        Ok(())
    }
    /// See [`Party::audit`].
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault>;
}

/// What an errand was written with, read as the giver's own `T`.
pub(crate) fn then<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(bytes: &[u8]) -> Result<T, Fault> {
    seal::cbor::from_bytes(bytes).map_err(|_| Fault::Corrupt {
        table: "errands",
        why: "what was to be done next".to_owned(),
    })
}

fn open_pay<G: Giver>(giver: &G, view: &mut dyn View, sealed: &[u8], now: Moment) -> Result<OpenPay, Refused> {
    let known = giver.desk().known(view)?;
    let mut open = OpenPay::open(giver.keys(), &known.trust, sealed, now)?;
    // Whoever says again what was decided gets the record; nothing of it is found out anew.
    if decided::of(view, open.deal())?.is_none() {
        giver.look_into(view, &mut open)?;
    }
    Ok(open)
}

impl<G: Giver> Party for G {
    fn id(&self) -> PartyId {
        self.keys().id()
    }
    fn desk(&self) -> &Desk {
        Giver::desk(self)
    }
    fn parts(&self) -> &'static [&'static Part] {
        Giver::parts(self)
    }
    fn read(&self, view: &mut dyn View, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Message, Refused> {
        Ok(Message(match verb {
            Verb::Ask => Read::Answered(self.quote(view, body, now, seed)?),
            Verb::Pay => Read::Pay(Box::new(open_pay(self, view, body, now)?)),
            Verb::Done => {
                let mut done = OpenDone::open(self.keys(), Giver::desk(self).realm_id(), body)?;
                decided::look_into(view, &mut done, self.keys().audience())?;
                Read::Done(Box::new(done))
            }
            verb => return self.read_more(view, verb, body, now),
        }))
    }
    fn decide(&self, tx: &mut dyn Tx, message: &Message, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match &message.0 {
            Read::Answered(bytes) => Ok(Step::Answer(bytes.clone()).into()),
            Read::Pay(open) => self.judge(tx, open, now, seed),
            Read::Done(done) => {
                for deal in decided::close::<Refused>(tx, done, self.keys().audience(), now)? {
                    self.closed(tx, deal, now)?;
                }
                Ok(Step::Answer(Vec::new()).into())
            }
            Read::Present(_) | Read::Whole(..) => self.decide_more(tx, message, now, seed),
        }
    }
    fn read_reply(
        &self,
        view: &mut dyn View,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Told, Refused> {
        let mut told = Told::new(errand, reply);
        if let Some(row) = errand::open(view, errand)? {
            self.foresee(view, &row.then, &mut told, now, seed)?;
        }
        Ok(told)
    }
    fn hear(&self, tx: &mut dyn Tx, told: &Told, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match errand::open(tx, told.errand())? {
            Some(row) => self.go_on(tx, &row.then, told, now, seed),
            None => Ok(Step::Answer(Vec::new()).into()),
        }
    }
    fn say(&self, unsaid: Unsaid) -> Result<Step, Refused> {
        let voice = Voice::of(self.keys(), Giver::desk(self));
        Ok(match unsaid {
            Unsaid::Step(step) => step,
            Unsaid::Settle(deal, decided) => Step::Answer(voice.settle(deal, &decided)?),
            Unsaid::Presented(to, presented) => Step::Answer(voice.letter(seal::Kind::Presented, to, &presented)),
        })
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Step, Refused> {
        let message = self.read(tx, verb, body, now, seed)?;
        let unsaid = self.decide(tx, &message, now, seed)?;
        self.say(unsaid)
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused> {
        let told = self.read_reply(tx, errand, reply, now, seed)?;
        let unsaid = self.hear(tx, &told, now, seed)?;
        self.say(unsaid)
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Refused> {
        Giver::tend(self, tx, now, seed)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        Giver::audit(self, view)
    }
}
