//! Settings of an approver.

use units::{Currency, Money, PartyId, Span};

/// What counts when the bureau does not answer in time (PA-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenSilent {
    /// Nothing is approved.
    Refuse,
    /// The user's own record alone, within caps of its own.
    OwnRecord(Fallback),
}

/// How far an approver goes without the bureau. Whoever silences the bureau gains no more than this (row-68).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallback {
    /// For one user, until the bureau has answered about that user again.
    pub each: Money,
    /// For all users together, until the bureau has answered again at all.
    pub all: Money,
}

/// Settings of an approver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproverConfig {
    /// The bank that keeps its account, from which sellers are paid.
    pub bank: Option<PartyId>,
    /// The bureau it asks before it gives credit.
    pub bureau: Option<PartyId>,
    /// How long it waits for the bureau.
    pub wait: Span,
    /// What counts when the bureau is silent.
    pub silent: WhenSilent,
    /// The approver's part of every sale, in thousandths.
    pub part_permille: u16,
    /// How long a question waits for its user.
    pub request_life: Span,
    /// An amount above this can be used only after `pause`, in which its user may take it back.
    pub pause_above: Option<Money>,
    /// How long that is.
    pub pause: Span,
    /// How many questions are shown to one user within a minute. Nothing is shown that its user did not open, so this stops
    /// programs and not people.
    pub prompts_a_minute: u32,
    /// A bureau is asked about the next whole multiple of so many minor units: the larger, the less it learns of a price, and
    /// the earlier somebody is refused who is good for little. 1 asks about the price itself.
    pub inquiry_step: u32,
}

impl ApproverConfig {
    /// Without bank and bureau, a fiftieth for itself, questions of 15 minutes, ten of them a minute; a bureau is asked
    /// about whole thousands.
    pub fn new(_: Currency) -> Self {
        Self {
            bank: None,
            bureau: None,
            wait: Span::seconds(10),
            silent: WhenSilent::Refuse,
            part_permille: 20,
            request_life: Span::minutes(15),
            pause_above: None,
            pause: Span::minutes(30),
            prompts_a_minute: 10,
            inquiry_step: 1000,
        }
    }
}
