//! Judge: a server as giver. Unbounded memory, random order ids instead of a counter, and the same promises: one decision
//! per deal, one deal per order, the decision durable before it is said.

use units::{DealId, Moment};

use crate::{
    Number, Pay, VoidReason,
    breakage::{Breakage, on},
};

/// What a server knows about a payment from its own books, read in the transaction that will decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known<D> {
    /// What was decided for this deal, if it was.
    pub decided: Option<D>,
    /// The deal this order was given to, or bound to when its slip went to the issuer. Bind it with that very write: two
    /// deals of one order whose slips are both presented would both be honoured, and one of them voided (S18).
    pub order_of: Option<DealId>,
    /// The slip of this deal went to the issuer already.
    pub presented: bool,
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement<D> {
    /// Decided before: say the same again.
    Repeat(D),
    /// No, for ever; record it before saying so.
    Void(VoidReason),
    /// All guards of the protocol hold: the kind's own rules, then the money, then the gift.
    Proceed,
}

/// Judges one payment. `certified`: the receiver's certificate holds now (it is judged once; repeats are not judged again).
pub fn judge<D>(deal: DealId, pay: &Pay, known: Known<D>, certified: bool, now: Moment) -> Judgement<D> {
    if let Some(decided) = known.decided {
        return Judgement::Repeat(decided);
    }
    let Number::Order(_) = pay.quote.number else {
        return Judgement::Void(VoidReason::Passed);
    };
    if known.order_of.is_some_and(|other| other != deal) {
        return Judgement::Void(VoidReason::Passed);
    }
    // A slip that went to the issuer binds: given follows honoured, whatever has ended meanwhile.
    if known.presented && !on(Breakage::VoidsPresented) {
        return Judgement::Proceed;
    }
    if now > pay.quote.until {
        return Judgement::Void(VoidReason::QuoteEnded);
    }
    if !certified {
        return Judgement::Void(VoidReason::Certificate);
    }
    if pay.tenders_hold(now).is_err() {
        return Judgement::Void(VoidReason::Tender);
    }
    Judgement::Proceed
}
