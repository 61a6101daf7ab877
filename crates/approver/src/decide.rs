//! Decide: a signed-in user agreed; the approver says yes and holds the amount, or says no for a class of reason (PA-4, PA-5).

use deal::approval::Approval;
use ledger::PostRefused;
use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Map, Table, Tx, Value, View};
use units::{Again, ApprovalId, Moment, Money, Refusal};

use party::errand::{self, Errand};

use crate::{
    Approver, Conduct, Issued, Means, RequestId, UserId, WhenSilent,
    ask::{BUREAU_ENDS, REQUESTS, Request, State as Asked},
    issued::{self, State},
    money::damage,
    user::{USERS, User},
};

/// Why a purchase is not permitted, as far as anybody is told (PA-4): a class, without the bureau's details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Denied {
    /// It would go above a limit.
    #[error("this is above what can be spent now; nothing was reserved")]
    #[n(0)]
    Limit,
    /// It was decided so.
    #[error("this purchase was not approved; nothing was reserved")]
    #[n(1)]
    Decision,
    /// Somebody who has to be asked does not answer.
    #[error("this cannot be approved right now; try later. Nothing was reserved")]
    #[n(2)]
    Later,
}

impl Denied {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Limit => "approval-limit",
            Self::Decision => "approval-not-approved",
            Self::Later => "approval-later",
        }
    }
}

/// What came of agreeing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Approved: the amount is held.
    Approved(ApprovalId),
    /// Not: nothing is held.
    Denied(Denied),
    /// The bureau is asked first.
    Asking(Errand),
}

/// Why nothing was decided, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApproveRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such question, or somebody else's.
    #[error("there is no such question here; go back to the shop and ask again")]
    NoRequest,
    /// Too many questions in a minute.
    #[error("too many questions in one minute; look again in a minute whether you wanted all of them")]
    TooOften,
    /// The seller's quote has ended.
    #[error("the seller's quote has ended; go back and ask again")]
    Ended,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ApproveRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoRequest => "approval-request-unknown",
            Self::TooOften => "approval-too-often",
            Self::Ended => "quote-ended",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoRequest | Self::Ended => Again::AfterYouAct,
            Self::TooOften => Again::Later,
            Self::Fault(fault) => fault.again(),
        }
    }
}
impl From<ApproveRefused> for party::Refused {
    fn from(no: ApproveRefused) -> Self {
        Self::by(&no)
    }
}

/// What was approved without the bureau since it last answered: for the caps, and for people to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Unasked {
    /// The sum.
    #[n(0)]
    pub sum: Money,
    /// How many.
    #[n(1)]
    pub count: u32,
    /// Since when.
    #[n(2)]
    pub since: Moment,
}
impl Value for Unasked {}

/// The alarm: there while the bureau is silent and something was approved all the same.
pub(crate) const UNASKED: Map<(), Unasked> = Map::new(Table::new("approver_unasked"));

/// What the bureau has to do with a decision.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It was not to be asked.
    NotNeeded,
    /// It says yes.
    Good,
    /// It is silent.
    Silent,
}

impl Approver {
    /// The user agreed to pay a question's amount by `means`. Decides, or asks the bureau first. Repeated, it says what was
    /// decided.
    pub fn approve(
        &self,
        tx: &mut dyn Tx,
        id: RequestId,
        user: UserId,
        means: Means,
        now: Moment,
        seed: &Seed,
    ) -> Result<Decision, ApproveRefused> {
        party::epoch::require::<ApproveRefused>(tx)?;
        let request = self.own_request(tx, id, user)?;
        match request.state {
            Asked::Waiting => {}
            Asked::Approved(approval) => return Ok(Decision::Approved(approval)),
            Asked::Denied(why) => return Ok(Decision::Denied(why)),
            Asked::Declined => return Err(ApproveRefused::NoRequest),
            Asked::Asking(..) => {
                return match errand::again(tx, self.inquiry_errand(id))? {
                    Some(errand) => Ok(Decision::Asking(errand)),
                    None => Ok(Decision::Denied(Denied::Later)),
                };
            }
        }
        if now > request.purchase.until {
            return Err(ApproveRefused::Ended);
        }
        let person = USERS.get(tx, &user)?.ok_or(ApproveRefused::NoRequest)?;
        if let Some(why) = may_not(&person, request.amount) {
            return Ok(self.deny(tx, id, request, why)?);
        }
        match self.config.bureau {
            Some(bureau) if means == Means::Credit => {
                // What is above the limit anyway is nobody else's business.
                let (_, free) = crate::books::stands(tx, crate::books::ROOM.of(user.0))?;
                if free < request.amount.minor() {
                    return Ok(self.deny(tx, id, request, Denied::Limit)?);
                }
                Ok(Decision::Asking(
                    self.ask_bureau(tx, bureau, id, request, &person, means, now)?,
                ))
            }
            _ => Ok(self.hold(tx, id, request, user, means, Heard::NotNeeded, now, seed)?),
        }
    }

    /// The user says no. Nothing was held.
    pub fn decline(&self, tx: &mut dyn Tx, id: RequestId, user: UserId) -> Result<(), ApproveRefused> {
        let mut request = self.own_request(tx, id, user)?;
        if request.state == Asked::Waiting {
            request.state = Asked::Declined;
            REQUESTS.put(tx, &id, &request)?;
        }
        Ok(())
    }

    fn own_request(&self, view: &mut dyn View, id: RequestId, user: UserId) -> Result<Request, ApproveRefused> {
        let request = REQUESTS.get(view, &id)?.ok_or(ApproveRefused::NoRequest)?;
        if request.user == Some(user) {
            Ok(request)
        } else {
            Err(ApproveRefused::NoRequest)
        }
    }

    /// The one write that approves: the amount is held under the approval's number, or nothing is. The ledger is the judge
    /// of the limit, so two at once cannot pass the last of it.
    #[allow(clippy::too_many_arguments)] // an approval is all of this, decided at one moment
    pub(crate) fn hold(
        &self,
        tx: &mut dyn Tx,
        request_id: RequestId,
        mut request: Request,
        user: UserId,
        means: Means,
        heard: Heard,
        now: Moment,
        seed: &Seed,
    ) -> Result<Decision, Fault> {
        let amount = request.amount;
        if heard == Heard::Silent && !self.within_caps(tx, user, amount, now)? {
            return self.deny(tx, request_id, request, Denied::Later);
        }
        let id = ApprovalId(seed.id("approval"));
        match self.books(tx, now).hold(id, user, means, amount) {
            Ok(()) => {}
            Err(PostRefused::NotEnough { .. }) => {
                if heard == Heard::Silent {
                    self.give_cap_back(tx, user, amount)?;
                }
                return self.deny(tx, request_id, request, Denied::Limit);
            }
            Err(PostRefused::Fault(fault)) => return Err(fault),
            Err(other) => return Err(damage(&other)),
        }
        let purchase = &request.purchase;
        let pause = self.config.pause_above.is_some_and(|above| amount > above);
        let issued = Issued {
            approval: Approval {
                id,
                approver: self.keys.id(),
                quote: purchase.quote,
                amount,
                seller: purchase.seller,
                settles: purchase.settles,
                tag: request.tag,
                key: request.key,
                // The seller's own date: a date of ours would be one more thing to know somebody again by.
                until: purchase.until,
                from: pause.then(|| now.plus(self.config.pause)),
            },
            user,
            means,
            what: purchase.what.clone(),
            at: now,
            state: State::Open,
            unasked: heard == Heard::Silent,
            request: request_id,
            charged: None,
            refunded: None,
        };
        issued::insert(tx, &issued)?;
        request.state = Asked::Approved(id);
        REQUESTS.put(tx, &request_id, &request)?;
        Ok(Decision::Approved(id))
    }

    pub(crate) fn deny(
        &self,
        tx: &mut dyn Tx,
        id: RequestId,
        mut request: Request,
        why: Denied,
    ) -> Result<Decision, Fault> {
        request.state = Asked::Denied(why);
        REQUESTS.put(tx, &id, &request)?;
        Ok(Decision::Denied(why))
    }

    /// May so much more be approved without the bureau? Then it counts as approved so, and people see it.
    fn within_caps(&self, tx: &mut dyn Tx, user: UserId, amount: Money, now: Moment) -> Result<bool, Fault> {
        let WhenSilent::OwnRecord(caps) = self.config.silent else {
            return Ok(false);
        };
        let Some(mut person) = USERS.get(tx, &user)? else {
            return Ok(false);
        };
        let zero = Money::zero(self.desk.currency());
        let mut all = UNASKED.get(tx, &())?.unwrap_or(Unasked {
            sum: zero,
            count: 0,
            since: now,
        });
        let (Ok(mine), Ok(sum)) = (person.unasked.plus(amount), all.sum.plus(amount)) else {
            return Ok(false);
        };
        if mine > caps.each || sum > caps.all {
            return Ok(false);
        }
        person.unasked = mine;
        all.sum = sum;
        all.count = all.count.saturating_add(1);
        USERS.put(tx, &user, &person)?;
        UNASKED.put(tx, &(), &all)?;
        Ok(true)
    }

    fn give_cap_back(&self, tx: &mut dyn Tx, user: UserId, amount: Money) -> Result<(), Fault> {
        if let Some(mut person) = USERS.get(tx, &user)? {
            person.unasked = person.unasked.minus(amount).unwrap_or(person.unasked);
            USERS.put(tx, &user, &person)?;
        }
        if let Some(mut all) = UNASKED.get(tx, &())? {
            all.sum = all.sum.minus(amount).unwrap_or(all.sum);
            all.count = all.count.saturating_sub(1);
            UNASKED.put(tx, &(), &all)?;
        }
        Ok(())
    }

    /// The bureau has answered about somebody: what was approved without it no longer counts against the caps.
    pub(crate) fn bureau_is_back(&self, tx: &mut dyn Tx, user: UserId, person: &User, good: bool) -> Result<(), Fault> {
        UNASKED.delete(tx, &())?;
        if good && !person.unasked.is_zero() {
            let zero = Money::zero(self.desk.currency());
            USERS.put(
                tx,
                &user,
                &User {
                    unasked: zero,
                    ..person.clone()
                },
            )?;
        }
        Ok(())
    }

    /// What was approved while the bureau was silent, if anything was: to be looked at by people (row-68).
    pub fn alarm(&self, view: &mut dyn View) -> Result<Option<Unasked>, Fault> {
        Ok(UNASKED.get(view, &())?.filter(|unasked| unasked.count > 0))
    }

    /// Questions the bureau is asked about, whose time is over.
    pub(crate) fn bureau_due(&self, view: &mut dyn View, now: Moment) -> Result<Vec<(Moment, RequestId)>, Fault> {
        let rows = BUREAU_ENDS.range(view, store::Keys::all().until(&now), 200)?;
        Ok(rows.into_iter().map(|(key, ())| key).collect())
    }
}

/// Why this user may not have this, whatever the bureau says.
pub(crate) fn may_not(person: &User, amount: Money) -> Option<Denied> {
    if person.conduct != Conduct::Good {
        return Some(Denied::Decision);
    }
    person.single.is_some_and(|most| amount > most).then_some(Denied::Limit)
}
