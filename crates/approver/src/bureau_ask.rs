//! The approver's side of asking a bureau: about a file number and a rounded amount, never about a purchase.

use minicbor::bytes::ByteVec;
use seal::{Kind, Seed, cbor, role};
use store::{Fault, Tx, View};
use units::{Moment, Money, PartyId};

use party::{
    Reply, Step, Verb,
    errand::{self, Errand, ErrandId},
};

use crate::{
    Approver, Decision, Denied, Inquiry, Means, RequestId, Standing, User,
    approver::Then,
    ask::{BUREAU_ENDS, REQUESTS, Request, State},
    decide::{Heard, may_not},
    user::USERS,
};

impl Approver {
    pub(crate) fn inquiry_errand(&self, id: RequestId) -> ErrandId {
        ErrandId::of("inquire", &id.0)
    }

    /// Writes the question to the bureau down, with what it is for.
    #[allow(clippy::too_many_arguments)] // a question and the decision that waits for it
    pub(crate) fn ask_bureau(
        &self,
        tx: &mut dyn Tx,
        bureau: PartyId,
        id: RequestId,
        mut request: Request,
        person: &User,
        means: Means,
        now: Moment,
    ) -> Result<Errand, Fault> {
        let until = now.plus(self.config.wait);
        let inquiry = Inquiry {
            by: self.keys.id(),
            id: inquiry_id(id),
            file: person.file,
            about: rounded(request.amount, self.config.inquiry_step),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        request.state = State::Asking(means, until);
        REQUESTS.put(tx, &id, &request)?;
        BUREAU_ENDS.put(tx, &(until, id), &())?;
        let audience = seal::Audience::from(bureau);
        let body = seal::sign(
            self.keys.signer(),
            Kind::Inquiry,
            self.desk.realm_id(),
            audience,
            &inquiry,
        );
        let then = cbor::to_bytes(&Then::Bureau(id));
        errand::post(tx, self.inquiry_errand(id), bureau, Verb::Inquire, body, then, now)
    }

    /// The bureau has answered, or not.
    pub(crate) fn bureau_said(
        &self,
        tx: &mut dyn Tx,
        id: RequestId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Fault> {
        let errand = self.inquiry_errand(id);
        let Some((request, means, until)) = asking(tx, id)? else {
            // Decided meanwhile: an answer that comes later changes nothing.
            errand::finish(tx, errand)?;
            return Ok(Step::Answer(Vec::new()));
        };
        match self.word_of_bureau(tx, id, reply)? {
            None if now < until => return Ok(Step::NotYet(errand::later(tx, errand, now)?)),
            None => {
                self.conclude(tx, id, request, means, until, None, now, seed)?;
            }
            Some(good) => {
                self.conclude(tx, id, request, means, until, Some(good), now, seed)?;
            }
        }
        Ok(Step::Answer(Vec::new()))
    }

    /// Decides what waited for the bureau.
    #[allow(clippy::too_many_arguments)] // a decision with all it rests on
    fn conclude(
        &self,
        tx: &mut dyn Tx,
        id: RequestId,
        request: Request,
        means: Means,
        until: Moment,
        good: Option<bool>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Decision, Fault> {
        errand::finish(tx, self.inquiry_errand(id))?;
        BUREAU_ENDS.delete(tx, &(until, id))?;
        let person = match request.user {
            Some(user) => USERS.get(tx, &user)?.map(|person| (user, person)),
            None => None,
        };
        let Some((user, person)) = person else {
            return self.deny(tx, id, request, Denied::Decision);
        };
        if let Some(good) = good {
            self.bureau_is_back(tx, user, &person, good)?;
        }
        let no = match good {
            Some(false) => Some(Denied::Decision),
            // Whoever stopped this user while the bureau thought is heard, too.
            _ => may_not(&person, request.amount),
        };
        match (no.or((now > request.purchase.until).then_some(Denied::Later)), good) {
            (Some(why), _) => self.deny(tx, id, request, why),
            (None, Some(_)) => self.hold(tx, id, request, user, means, Heard::Good, now, seed),
            (None, None) => self.hold(tx, id, request, user, means, Heard::Silent, now, seed),
        }
    }

    /// What waits for a silent bureau longer than it may is decided without it.
    pub(crate) fn give_up_bureau(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Fault> {
        for (end, id) in self.bureau_due(tx, now)? {
            match asking(tx, id)? {
                Some((request, means, until)) => {
                    let seed = seed.part(&id.to_string());
                    self.conclude(tx, id, request, means, until, None, now, &seed)?;
                }
                None => {
                    BUREAU_ENDS.delete(tx, &(end, id))?;
                }
            }
        }
        Ok(())
    }

    fn word_of_bureau(&self, view: &mut dyn View, id: RequestId, reply: Reply<'_>) -> Result<Option<bool>, Fault> {
        let (Reply::Answer(bytes), Some(bureau)) = (reply, self.config.bureau) else {
            return Ok(None);
        };
        let known = self.desk.known(view)?;
        let Some(certified) = known.ever_certified::<role::Bureau>(bureau) else {
            return Ok(None);
        };
        let said = seal::parse::<Standing>(bytes, Kind::Standing, self.desk.realm_id())
            .and_then(|s| s.verify(certified.sign(), self.keys.audience()));
        Ok(said.ok().filter(|said| said.id == inquiry_id(id)).map(|said| said.good))
    }
}

fn asking(view: &mut dyn View, id: RequestId) -> Result<Option<(Request, Means, Moment)>, Fault> {
    Ok(REQUESTS.get(view, &id)?.and_then(|request| match request.state {
        State::Asking(means, until) => Some((request, means, until)),
        _ => None,
    }))
}

/// A number of its own, so that a bureau cannot look a question up.
fn inquiry_id(id: RequestId) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&seal::hash_parts(&[b"inquiry", &id.0]).0[..16]);
    out
}

/// To the next whole step: a bureau learns an order of size, not a price.
fn rounded(amount: Money, step: u32) -> Money {
    let step = i64::from(step.max(1));
    let up = amount.minor().saturating_add(step - 1) / step * step;
    Money::new(up, amount.currency()).unwrap_or(amount)
}
