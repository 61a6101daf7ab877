//! Settings of a carrier.

use units::{Currency, Money, PartyId, Span};

/// How enterprises are paid that have not been paid for long: late, and no more than so much in a month, so that a fraud is
/// known before its money is gone (row-59).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEnterprises {
    /// So long after it was listed an enterprise is new.
    pub for_span: Span,
    /// So long after the purchase a new one is paid. Longer than purchases are questioned.
    pub delay: Span,
    /// At most so much in one month.
    pub cap: Money,
    /// So many thousandths of what it was paid this month and the last stay owed to it until they are over.
    pub reserve_permille: u16,
}

/// How merchants that ask by themselves are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantRules {
    /// How long an amount is kept free that nobody confirms.
    pub reserve_for: Span,
    /// From this amount on the subscriber has to say a code; nothing: never.
    pub code_from: Option<Money>,
    /// One payment is at most this; nothing: as much as the subscriber may spend in a month.
    pub payment_max: Option<Money>,
    /// Refunds of this and more are looked at by people; nothing: none.
    pub review_from: Option<Money>,
    /// So long after it was paid a payment may be given back.
    pub refund_within: Span,
    /// At most so much is given back to one subscriber in a month without people; nothing: as much as was paid.
    pub refunds_limit: Option<Money>,
}

/// Settings of a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierConfig {
    /// What bills' numbers begin with.
    pub prefix: String,
    /// Minutes east of Greenwich where it bills.
    pub zone_minutes: i16,
    /// Consumption tax in its prices, in thousandths.
    pub tax_permille: u16,
    /// Its number as a taxable enterprise, as bills show it.
    pub tax_number: String,
    /// How long after the end of its month a bill is due.
    pub due_after: Span,
    /// The bank that keeps its account.
    pub bank: Option<PartyId>,
    /// Sellers are paid by files that people carry to the bank, and not by messages.
    pub by_file: bool,
    /// The registry of trusted enterprises that it asks about those it has not listed itself; nothing: it asks nobody.
    pub registry: Option<PartyId>,
    /// It pays sellers it has never heard of up to this, by itself; nothing: never.
    pub unlisted_up_to: Option<Money>,
    /// Up to this one operator moves money by hand alone; nothing: always.
    pub alone_up_to: Option<Money>,
    /// Much for one subscriber's content in one month, unless the contract says otherwise.
    pub content_limit: Money,
    /// How long after a purchase an enterprise is paid that is not new.
    pub pay_after: Span,
    /// See there.
    pub new_enterprises: NewEnterprises,
    /// See there.
    pub merchants: MerchantRules,
    /// It loads its subscribers' purses on line and bills them; nothing: it does not (ST-20).
    pub centre: Option<party::centre::CentreConfig>,
}

impl CarrierConfig {
    /// In Japan, ten per cent tax, bills due after 25 days.
    pub fn new(currency: Currency) -> Self {
        let most = |minor| Money::new(minor, currency).unwrap_or(Money::zero(currency));
        Self {
            prefix: "KF".to_owned(),
            zone_minutes: 540,
            tax_permille: 100,
            tax_number: String::new(),
            due_after: Span::days(25),
            bank: None,
            by_file: false,
            registry: None,
            unlisted_up_to: None,
            alone_up_to: None,
            content_limit: most(50_000),
            pay_after: Span::days(0),
            new_enterprises: NewEnterprises {
                for_span: Span::days(180),
                delay: Span::days(60),
                cap: most(1_000_000),
                reserve_permille: 100,
            },
            merchants: MerchantRules {
                reserve_for: Span::minutes(15),
                code_from: None,
                payment_max: None,
                review_from: None,
                refund_within: Span::days(180),
                refunds_limit: None,
            },
            centre: None,
        }
    }
}
