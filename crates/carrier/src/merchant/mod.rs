//! Merchants: enterprises and their agents that ask this carrier to charge a subscriber, as CAMARA's Carrier Billing 0.5.0 and
//! Carrier Billing Refund 0.3.0 have it. Rules only: which step a payment may take, what it books, what is told to whom.
//!
//! ```text
//!   one step:  create ──► succeeded | denied             (processing while a trust registry is asked)
//!   two steps: prepare ─► reserved ──► confirm ─► succeeded | denied
//!                 │           └─────► cancel, or its time ends ─► cancelled
//!                 └─► pending validation ─► the subscriber's code ─► reserved | denied
//!   refund:    succeeded | denied                         (processing while people look at it)
//! ```
//!
//! A payment that succeeds is booked where a card's charge is (`content.rs`): same bill, same payout, same audit. An id that a
//! merchant chose means one payment for ever (row-53), and what is told to merchants leaves from rows that were written with
//! what they tell of.

mod audit;
mod client;
mod list;
mod notice;
mod pay;
mod payment;
mod refund;
mod step;
mod token;

use store::{Part, Step as Change};

pub(crate) use audit::{audit, reserved};
pub use client::{ApiClient, ClientId, ClientRefused, Payee};
pub use list::{Filter, Found, TooMany};
pub use notice::{Notice, NoticeId, NoticeKind, Told, Undelivered};
pub use pay::{Asked, PaymentRefused, Steps};
pub(crate) use payment::PAYMENTS;
pub use payment::{Payment, PaymentId, Sink, State, TaxItem};
pub use refund::{AskedRefund, MerchantRefund, MerchantRefundRefused, RefundId, RefundState};
pub use step::{CancelRefused, ConfirmRefused, Confirmed, ValidateRefused, Validated};
pub use token::{Caller, Consent, ConsentId, Scope, Scopes, Text, TextSays, TokenRefused};

/// Its tables.
pub(crate) static PART: Part = Part::new(
    "merchant",
    &[Change::Create(&[
        client::CLIENTS.table(),
        token::TOKENS.table(),
        token::ENDS.table(),
        token::CONSENTS.table(),
        token::BY_LINK.table(),
        token::CONSENT_ENDS.table(),
        token::TEXTS.table(),
        payment::PAYMENTS.table(),
        payment::BY_CLIENT.table(),
        payment::CORRELATORS.table(),
        payment::REFERENCES.table(),
        payment::EXPIRES.table(),
        payment::IN_VALIDATION.table(),
        refund::REFUNDS.table(),
        refund::BY_PAYMENT.table(),
        refund::WAITING.table(),
        notice::NOTICES.table(),
        notice::DUE.table(),
        notice::LOST.table(),
    ])],
);

/// An id with the text form of all ids.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                units::OrderId(self.0).fmt(f)
            }
        }
        impl core::str::FromStr for $name {
            type Err = units::NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse::<units::OrderId>().map(|id| Self(id.0))
            }
        }
        impl store::Key for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
            fn read(bytes: &mut &[u8]) -> Option<Self> {
                store::Key::read(bytes).map(Self)
            }
        }
        impl store::Value for $name {}
    )+ };
}
pub(crate) use ids;
