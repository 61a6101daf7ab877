//! The carrier: pays sellers for its subscribers, and bills them with their telephone once a month.
//!
//! Run by: a communications enterprise ([`Carrier`]). Needs: usage records of its own network; charges that a subscriber's card
//! signed, or payments that a merchant asks for; whom it pays for. Adds: one decision per charge, one bill per month and
//! subscriber, one payment to each seller. Must not see: a content key, or what a number on a shelf stands for.
//!
//! ```text
//!   usage, in bulk ──► meter of (month, subscriber) ──┐
//!   charge of a card ──► paid, or refused for ever ───┤──► close the month ──► one bill each ──► paid
//!   payment of a merchant, one step or two ───────────┘          │
//!                           │                                    └─ whatever comes later is in the next month
//!                           └──► owed to the enterprise ──► due ──► an order to the bank, once per charge
//! ```
//!
//! Every movement stands in the ledger under an id that follows from its cause: a charge is billed once, a batch of usage
//! counts once, a month is billed once, a seller is paid once, whoever repeats what.
//!
//! Names and numbers of people are in [`Contract`] and nowhere else: no log, no account name and no reference carries them.
//!
//! Read next: `usage.rs`, `charge.rs`, `run.rs`: what comes in, what is decided, what goes out.

mod acts;
mod audit;
mod bill;
mod books;
mod carrier;
mod charge;
mod claim;
mod config;
mod content;
mod enterprise;
mod forget;
mod load;
mod merchant;
mod moneyin;
mod month;
mod payout;
mod plan;
mod refund;
mod run;
mod statement;
mod subscriber;
mod usage;

pub use acts::{Act, ActRefused, Acted, Deed, Proposal, Stage, WrittenAct};
pub use bill::{Bill, BillId, ContentItem, Item, ItemKind, Part};
pub use carrier::{Carrier, PARTS};
pub use charge::{ChargeRefused, Decided};
pub use config::{CarrierConfig, MerchantRules, NewEnterprises};
pub use content::{Bought, ContentRef, Origin};
pub use enterprise::{Enterprise, EnterpriseRefused, Listing, Trust};
pub use forget::{ForgetRefused, Person};
pub use merchant::{
    ApiClient, Asked, AskedRefund, Caller, CancelRefused, ClientId, ClientRefused, ConfirmRefused, Confirmed, Consent,
    ConsentId, Filter, Found, MerchantRefund, MerchantRefundRefused, Notice, NoticeId, NoticeKind, Payee, Payment,
    PaymentId, PaymentRefused, RefundId, RefundState, Scope, Scopes, Sink, State, Steps, TaxItem, Text, TextSays,
    TokenRefused, Told, TooMany, Undelivered, ValidateRefused, Validated,
};
pub use moneyin::{Incoming, MoneyInRefused, Suspended};
pub use month::{Month, NotAMonth};
pub use payout::{Paid, Payable, reference};
pub use plan::{Plan, PlanId, PlanRefused, Rate, Service, ServiceId};
pub use refund::{Refund, RefundRefused};
pub use run::{Progress, RunRefused};
pub use statement::{Odd, Reconciled, StatementRefused};
pub use subscriber::{Contract, ContractRefused, NewContract, SubscriberId, Terms};
pub use usage::{Batch, Lost, Meter, RecordNo, Taken, Usage, UsageRecord, UsageRefused};
