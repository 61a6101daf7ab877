//! Permitting: the parties of a purchase by approval, as its story sees them: over memory or over processes of their own.

use approver::{Account, RequestId};
use card::{ApprovalAsked, Approved, Checked, Want};
use party::PartyKeys;
use units::{DealId, Money, PartyId, Span};

use crate::{Answer, Holder, Parties, Stuck};

/// What a user is shown at the approver before answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The kind of work.
    pub what: String,
    /// The seller.
    pub seller: String,
    /// The price.
    pub amount: String,
    /// The letters that terminal and approver show alike.
    pub code: String,
}

/// What became of a user's yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// There is an approval to fetch.
    Approved,
    /// There is none, for a class of reason: its stable code, and the words for it.
    Denied(String, String),
}

/// In whose name the approver is asked about an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Whoever settles the purchase, and is named in its approvals.
    Entitled,
    /// Another certified seller or settlement server.
    Stranger,
}

/// Everybody who has a part in a purchase by approval, but the buyer's card.
pub trait Permitting: Parties {
    /// Who approves.
    fn approver(&self) -> PartyId;
    /// The settlement server; nothing: the shop settles itself.
    fn settler(&self) -> Option<PartyId>;
    /// Somebody becomes the approver's user, with a limit, and is good for so much at the bureau.
    fn join(&mut self, name: &str, password: &str, limit: i64, good_for: i64) -> Result<(), String>;
    /// Tries a name and a password on the approver's page. Whoever was let in answers there from now on.
    fn try_in(&mut self, name: &str, password: &str) -> Result<bool, String>;
    /// A terminal's or a seller's message to the approver: `verb` as in its address.
    fn tell_approver(&mut self, verb: &str, body: &[u8]) -> Answer;
    /// The bureau answers nobody any more.
    fn silence_bureau(&mut self) -> Result<(), String>;
    /// What the signed-in user is shown of a question.
    fn see(&mut self, id: RequestId) -> Result<Seen, String>;
    /// The signed-in user says yes, and it is decided.
    fn say_yes(&mut self, id: RequestId) -> Result<Said, String>;
    /// Where the user stands.
    fn stands(&mut self) -> Result<Account, String>;
    /// Keys to ask the approver with.
    fn speaker(&self, who: Speaker) -> Result<PartyKeys, String>;
    /// The user's bill is paid: so much was owed.
    fn bill(&mut self) -> Result<Money, String>;
    /// The approver pays, through the bank, what it owes for sales: so much.
    fn pay_sellers(&mut self) -> Result<Money, String>;
    /// Why a sale came to nothing, as the shop's own people read it.
    fn why_not(&mut self, deal: DealId) -> Result<Option<String>, String>;
    /// Waits until what was delivered is charged, as far as that takes time.
    fn until_charged(&mut self);
    /// Time passes; no where it is nobody's to move.
    fn pass(&mut self, span: Span) -> bool;

    /// The terminal asks the approver its holder chose.
    fn put(&mut self, holder: &mut Holder, checked: &Checked) -> Result<(ApprovalAsked, RequestId), Stuck> {
        let (seed, price) = (holder.draw(), checked.quote().price);
        let asked = holder
            .card
            .ask_approval(checked, self.approver(), price, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let id = bytes(self.tell_approver("approve", &asked.ask))?;
        let id: [u8; 16] = id
            .try_into()
            .map_err(|_| Stuck::other("approval-ask", "no number came back"))?;
        Ok((asked, RequestId(id)))
    }

    /// The terminal fetches the approval and checks it.
    fn take(
        &mut self,
        holder: &Holder,
        checked: &Checked,
        asked: &ApprovalAsked,
        id: RequestId,
    ) -> Result<Approved, Stuck> {
        let sealed = bytes(self.tell_approver("approval", &id.0))?;
        let approved = holder.card.approved(checked, asked, &sealed, self.now());
        approved.map_err(|e| Stuck::of(&e))
    }
}

/// The card commits to paying by an approval.
pub(crate) fn commit(
    parties: &dyn Parties,
    holder: &mut Holder,
    checked: &Checked,
    approved: Approved,
) -> Result<(DealId, Vec<u8>), Stuck> {
    let want = Want {
        approval: Some(approved),
        ..Want::default()
    };
    holder.commit(parties, checked, &want)
}

/// The answer, or why there is none.
pub(crate) fn bytes(answer: Answer) -> Result<Vec<u8>, Stuck> {
    match answer {
        Answer::Bytes(bytes) => Ok(bytes),
        Answer::Refused(code, text) => Err(Stuck { code, text }),
        Answer::NotYet => Err(Stuck::other("not-yet", "nobody has agreed yet")),
        Answer::Silent => Err(Stuck::other("no-answer", "nobody answered")),
    }
}
