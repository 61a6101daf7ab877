//! Settings of an issuer: what one card may lose, and how long things take.

use deal::Profile;
use seal::Class;
use units::{Currency, Money, PartyId, Span};

/// What cards of one class may do. Small numbers bound what a broken card can lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The card's own limits.
    pub profile: Profile,
    /// Most unused tags a card holds.
    pub tags: u16,
    /// How long a tag's certificate is good.
    pub life: Span,
    /// Up to this, money is redeemed at once; above, after the wait.
    pub at_once: Money,
}

/// Settings of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerConfig {
    /// Cards that are programs.
    pub software: Limits,
    /// Cards that are chips.
    pub hardware: Limits,
    /// How long a card's own certificate is good.
    pub card_life: Span,
    /// How long a quote is good.
    pub quote_life: Span,
    /// How long after the end of its certificates a deal may still be reported.
    pub reports_due: Span,
    /// Most tags certified for one card in 24 hours.
    pub tags_a_day: u32,
    /// The bank that keeps the issuer's account, and takes its orders.
    pub bank: PartyId,
    /// The registry that is told of revocations.
    pub registry: PartyId,
    /// How far a maker's refund orders may go beyond what it is owed.
    pub refund_credit: Money,
    /// How long a slip is waited for that was seen as a copy alone.
    pub unclaimed_after: Span,
    /// A card that has had no certificate for so long is taken for dead: payments to it that nobody decided are ruled void.
    pub dead_after: Span,
    /// How long after its money has followed the recovery copy of a lost card is kept.
    pub keep_lost: Span,
    /// A card that said something twice is stopped at once, without waiting for people.
    pub stop_copies: bool,
    /// Loss at which honouring stops, and people look (the series stop).
    pub loss_max: Money,
}

impl IssuerConfig {
    /// The usual settings: 50 tags of 14 days in software, 200 of 60 in hardware.
    pub fn new(bank: PartyId, registry: PartyId, currency: Currency) -> Self {
        let units = |major: i64| {
            let minor = major.saturating_mul(10_i64.saturating_pow(currency.digits()));
            Money::new(minor, currency).unwrap_or(Money::zero(currency))
        };
        let profile = Profile::software(units(50_000), units(20_000));
        let chip = Profile {
            licenses_max: 64,
            slips_max: 64,
            links_max: Some(deal::LINKS_SMALL),
            balance_max: units(100_000),
            amount_max: units(50_000),
            silence_max: Span::days(120),
            ..profile.clone()
        };
        Self {
            software: Limits {
                profile,
                tags: 50,
                life: Span::days(14),
                at_once: units(0),
            },
            hardware: Limits {
                profile: chip,
                tags: 200,
                life: Span::days(60),
                at_once: units(5_000),
            },
            card_life: Span::days(5 * 365),
            quote_life: Span::minutes(15),
            reports_due: Span::days(14),
            tags_a_day: 400,
            bank,
            registry,
            refund_credit: units(1_000_000),
            unclaimed_after: Span::days(5 * 365),
            dead_after: Span::days(180),
            keep_lost: Span::days(400),
            stop_copies: true,
            loss_max: units(1_000_000),
        }
    }
    /// The limits of a class.
    pub const fn limits(&self, class: Class) -> &Limits {
        match class {
            Class::Software => &self.software,
            Class::Hardware => &self.hardware,
        }
    }
}
