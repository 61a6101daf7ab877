//! Ask: a terminal's question comes in and waits for its user; the answer goes out sealed to the terminal alone.

use deal::approval::{ApprovalAsk, KINDS, Purchase};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotSigned, NotTrusted, SealTo, Seed, VerifyKey, cbor, role};
use store::{Fault, Key, Keys, Map, Table, Tx, Value, View};
use units::{Again, ApprovalId, Hash, Moment, Money, PartyId, Refusal, Span, Tag};

use party::errand::Step;

use crate::{Approver, Denied, Means, UserId, decide::ApproveRefused, issued::ISSUED, user::USERS};

/// The number an approver keeps a question under: it follows from the question, whose nonce nobody guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct RequestId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl Key for RequestId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}
impl core::fmt::Display for RequestId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The same letters as every id of the house.
        ApprovalId(self.0).fmt(f)
    }
}
impl core::str::FromStr for RequestId {
    type Err = units::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<ApprovalId>().map(|id| Self(id.0))
    }
}

/// Where a question stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum State {
    /// It waits for a user.
    #[n(0)]
    Waiting,
    /// Its user agreed; the bureau is being asked, until then.
    #[n(1)]
    Asking(#[n(0)] Means, #[n(1)] Moment),
    /// Approved.
    #[n(2)]
    Approved(#[n(0)] ApprovalId),
    /// Not: for this class of reason.
    #[n(3)]
    Denied(#[n(0)] Denied),
    /// Its user said no.
    #[n(4)]
    Declined,
}

/// A terminal's question, checked, as it waits.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Request {
    /// What the seller signed about the purchase.
    #[n(0)]
    pub purchase: Purchase,
    /// The seller, as certified.
    #[n(1)]
    pub seller: String,
    /// How much is to be covered.
    #[n(2)]
    pub amount: Money,
    /// The tag that will pay.
    #[n(3)]
    pub tag: Tag,
    /// Its key.
    #[n(4)]
    pub key: VerifyKey,
    /// Where to seal the answer.
    #[n(5)]
    pub answer: SealTo,
    /// Since when.
    #[n(6)]
    pub at: Moment,
    /// Whose it is, once somebody signed in and looked at it.
    #[n(7)]
    pub user: Option<UserId>,
    /// Where it stands.
    #[n(8)]
    pub state: State,
}
impl Value for Request {}

/// What a user is shown, computed from the seller's signed bytes and from nothing the terminal says (row-69).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The seller's certified name; what is unusual in it is replaced, not shown.
    pub seller: String,
    /// The seller's number.
    pub seller_id: PartyId,
    /// The kind of work, one of six words.
    pub what: String,
    /// How much.
    pub amount: Money,
    /// Until when.
    pub until: Moment,
    /// Will this seller know the buyer again, as the publisher entitled it to?
    pub knows_again: bool,
    /// Eight letters that terminal and approver show alike, so that people see that they speak of one purchase.
    pub code: String,
    /// Where it stands.
    pub state: State,
}

pub(crate) const REQUESTS: Map<RequestId, Request> = Map::new(Table::new("approver_requests"));
/// By the moment they end.
pub(crate) const REQUEST_ENDS: Map<(Moment, RequestId), ()> = Map::new(Table::new("approver_request_ends"));
/// Questions the bureau is asked about, by the moment it is no longer waited for.
pub(crate) const BUREAU_ENDS: Map<(Moment, RequestId), ()> = Map::new(Table::new("approver_bureau_ends"));

/// Why a question was not taken, in order of precedence. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskRefused {
    /// The approver is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Not a question, or not signed by the tag it names.
    #[error("this question cannot be read: {0}")]
    NotSigned(#[from] NotSigned),
    /// For another approver.
    #[error("this question is for another approver")]
    OtherApprover,
    /// The seller is not certified.
    #[error("the seller is not certified here: {0}")]
    Seller(NotTrusted),
    /// What is to be bought was not signed by that seller.
    #[error("what is to be bought was not signed by its seller")]
    Purchase,
    /// Whoever will ask permission may not.
    #[error("whoever is to settle this is no settlement server of this realm")]
    Settles,
    /// An amount that cannot be approved.
    #[error("the amount is nothing, above the price, or in another currency")]
    Amount,
    /// Past its date.
    #[error("the seller's quote has ended; ask it again")]
    Ended,
    /// The answer cannot be sealed.
    #[error("the answer cannot be sealed to the key in the question; make a new one")]
    NoReader,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AskRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "approval-ask-not-signed",
            Self::OtherApprover => "approval-ask-for-another",
            Self::Seller(no) => no.code(),
            Self::Purchase => "purchase-not-signed",
            Self::Settles => SETTLER_UNKNOWN,
            Self::Amount => "amount",
            Self::Ended => "quote-ended",
            Self::NoReader => "answer-not-sealable",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Seller(no) => no.again(),
            Self::Ended | Self::NoReader | Self::Amount => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
impl From<AskRefused> for party::Refused {
    fn from(no: AskRefused) -> Self {
        Self::by(&no)
    }
}

/// Why there is no approval to fetch, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CollectRefused {
    /// No such question: never asked, or ended.
    #[error("there is no such question here any more; ask again")]
    NoRequest,
    /// Not approved.
    #[error("{0}")]
    Denied(Denied),
    /// Its user said no.
    #[error("it was declined; nothing was reserved")]
    Declined,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CollectRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NoRequest => "approval-request-unknown",
            Self::Denied(why) => why.code(),
            Self::Declined => "approval-declined",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NoRequest | Self::Declined => Again::AfterYouAct,
            Self::Denied(Denied::Later) => Again::Later,
            Self::Denied(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
impl From<CollectRefused> for party::Refused {
    fn from(no: CollectRefused) -> Self {
        Self::by(&no)
    }
}

/// The code of [`AskRefused::Settles`]: worth a look at a newer directory before it is said.
pub const SETTLER_UNKNOWN: &str = "settler-unknown";

/// The longest answer to a `collect` that has to wait.
const AGAIN: Span = Span::seconds(2);

impl Approver {
    /// Takes a terminal's question. Answers with the number it waits under; the same question again gets the same number.
    pub(crate) fn ask(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, AskRefused> {
        party::epoch::require::<AskRefused>(tx)?;
        let parsed = seal::parse::<ApprovalAsk>(body, Kind::ApprovalAsk, self.desk.realm_id())?;
        if parsed.claims().approver != self.keys.id() {
            return Err(AskRefused::OtherApprover);
        }
        let key = parsed.claims().key;
        let ask = parsed.verify(&key, self.keys.audience())?;
        let id = Self::request_id(body);
        if REQUESTS.has(tx, &id)? {
            return Ok(Step::Answer(id.0.to_vec()));
        }
        let known = self.desk.known(tx)?;
        let seller = known
            .trust
            .check::<role::Seller>(&ask.sheet.certificate, now)
            .map_err(AskRefused::Seller)?;
        let purchase = seal::parse::<Purchase>(&ask.sheet.purchase, Kind::Purchase, self.desk.realm_id())
            .and_then(|s| s.verify(seller.sign(), Audience::Anyone))
            .map_err(|_| AskRefused::Purchase)?;
        if purchase.seller.0 != seller.subject() || !KINDS.contains(&purchase.what.as_str()) || purchase.quantity != 1 {
            return Err(AskRefused::Purchase);
        }
        let settler = known.certified::<role::Settler>(purchase.settles, now).is_some();
        if purchase.settles != purchase.seller && !settler {
            return Err(AskRefused::Settles);
        }
        let ours = purchase.price.currency() == self.desk.currency() && ask.amount.currency() == self.desk.currency();
        if !ours || ask.amount.is_zero() || ask.amount > purchase.price {
            return Err(AskRefused::Amount);
        }
        if now > purchase.until {
            return Err(AskRefused::Ended);
        }
        if !ask.answer.can_be_sealed_to() {
            return Err(AskRefused::NoReader);
        }
        let request = Request {
            seller: seller.claims().name.clone(),
            purchase,
            amount: ask.amount,
            tag: ask.tag,
            key,
            answer: ask.answer,
            at: now,
            user: None,
            state: State::Waiting,
        };
        REQUEST_ENDS.put(tx, &(now.plus(self.config.request_life), id), &())?;
        REQUESTS.put(tx, &id, &request)?;
        Ok(Step::Answer(id.0.to_vec()))
    }

    /// The number of a question.
    pub fn request_id(ask: &[u8]) -> RequestId {
        let mut id = [0; 16];
        id.copy_from_slice(&seal::hash_parts(&[b"approval ask", ask]).0[..16]);
        RequestId(id)
    }

    /// A question as its user is shown it. Whoever looks first while signed in, whose it is; to everybody else it is not
    /// there. At most a few new ones a minute: nobody is asked until he says yes.
    pub fn show(&self, tx: &mut dyn Tx, id: RequestId, user: UserId, now: Moment) -> Result<Shown, ApproveRefused> {
        let mut request = REQUESTS.get(tx, &id)?.ok_or(ApproveRefused::NoRequest)?;
        let mut person = USERS.get(tx, &user)?.ok_or(ApproveRefused::NoRequest)?;
        match request.user {
            Some(other) if other != user => return Err(ApproveRefused::NoRequest),
            Some(_) => {}
            None => {
                if now.since(person.minute) >= Span::minutes(1) {
                    person.minute = now;
                    person.prompts = 0;
                }
                if person.prompts >= self.config.prompts_a_minute {
                    return Err(ApproveRefused::TooOften);
                }
                person.prompts = person.prompts.saturating_add(1);
                USERS.put(tx, &user, &person)?;
                request.user = Some(user);
                REQUESTS.put(tx, &id, &request)?;
            }
        }
        Ok(shown(&request))
    }

    /// What a question is about, before anybody has signed in: the same words, and whose it is stays open.
    pub fn glance(&self, view: &mut dyn View, id: RequestId) -> Result<Option<Shown>, Fault> {
        Ok(REQUESTS.get(view, &id)?.map(|request| shown(&request)))
    }

    /// The answer to a question, for whoever knows its number: only the terminal that asked can open it.
    pub(crate) fn collect(&self, view: &mut dyn View, body: &[u8]) -> Result<Step, CollectRefused> {
        let id: [u8; 16] = body.try_into().map_err(|_| CollectRefused::NoRequest)?;
        let request = REQUESTS.get(view, &RequestId(id))?.ok_or(CollectRefused::NoRequest)?;
        match request.state {
            State::Waiting | State::Asking(..) => Ok(Step::NotYet(AGAIN)),
            State::Denied(why) => Err(CollectRefused::Denied(why)),
            State::Declined => Err(CollectRefused::Declined),
            State::Approved(approval) => {
                let issued = ISSUED.get(view, &approval)?.ok_or(CollectRefused::NoRequest)?;
                Ok(Step::Answer(self.sealed(&issued.approval, &request)))
            }
        }
    }

    /// An approval in words: signed for whoever settles it, sealed to the terminal that asked. The same bytes every time.
    fn sealed(&self, approval: &deal::approval::Approval, request: &Request) -> Vec<u8> {
        let to = Audience::from(approval.settles);
        let signed = seal::sign(self.keys.signer(), Kind::Approval, self.desk.realm_id(), to, approval);
        // As `card::ApprovalSheet` reads it.
        let sheet = cbor::to_bytes(&Sheet {
            approval: ByteVec::from(signed),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        });
        let secret = self.keys.derive("approval/seal", &[&approval.id.0]);
        let seed = Seed::new(*secret.expose());
        deal::wire::seal_signed(&request.answer, Kind::Approval, &sheet, &seed).unwrap_or_default()
    }

    /// Questions that ended are forgotten; those with an approval stay as long as that is of use.
    pub(crate) fn forget_questions(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for ((end, id), ()) in REQUEST_ENDS.range(tx, Keys::all().until(&now), 200)? {
            REQUEST_ENDS.delete(tx, &(end, id))?;
            match REQUESTS.get(tx, &id)?.map(|request| request.state) {
                Some(State::Asking(..)) => REQUEST_ENDS.put(tx, &(now.plus(self.config.request_life), id), &())?,
                _ => {
                    REQUESTS.delete(tx, &id)?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Sheet {
    #[n(0)]
    approval: ByteVec,
    #[n(1)]
    certificate: ByteVec,
}

fn shown(request: &Request) -> Shown {
    Shown {
        seller: plain(&request.seller),
        seller_id: request.purchase.seller,
        what: request.purchase.what.clone(),
        amount: request.amount,
        until: request.purchase.until,
        knows_again: request.purchase.knows_again,
        code: code_of(request.purchase.quote),
        state: request.state.clone(),
    }
}

/// Eight letters of a quote.
pub(crate) fn code_of(quote: Hash) -> String {
    let short = quote.short();
    let (a, b) = short.split_at(4.min(short.len()));
    format!("{a}-{b}")
}

/// A certified name without what could turn a line around, break it or hide in it: such characters are shown as a box.
fn plain(name: &str) -> String {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
    };
    name.chars()
        .take(60)
        .map(|c| if odd(c) { '\u{25a1}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-69
    #[test]
    fn a_name_cannot_turn_a_line_around_or_push_an_amount_away() {
        assert_eq!(plain("Lantern Records"), "Lantern Records");
        assert_eq!(plain("ランタン・レコード"), "ランタン・レコード");
        assert_eq!(plain("Free\u{202e}000,9¥"), "Free□000,9¥");
        assert_eq!(plain("a\nb\u{2028}c\u{200b}d\u{feff}"), "a□b□c□d□");
        assert_eq!(plain(&"x".repeat(500)).len(), 60);
    }

    #[test]
    fn a_code_is_short_enough_to_compare() {
        assert_eq!(code_of(Hash([0; 32])), "aaaa-aaaa");
    }
}
