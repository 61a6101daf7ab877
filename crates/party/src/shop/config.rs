//! Settings of a shop.

use units::{Currency, Money, PartyId, Span};

use crate::settlement::SettlementConfig;

/// Settings of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopConfig {
    /// The money issuer that honours slips.
    pub issuer: PartyId,
    /// An address for people, put into packages made for one buyer; nothing is believed about who answers there.
    pub hint: String,
    /// How long a quote is good.
    pub quote_life: Span,
    /// How long an open quote is good (a QR code, a file).
    pub open_life: Span,
    /// Up to this price the shop gives although the issuer is silent; what is refused later is its own loss.
    pub floor: Money,
    /// What the shop keeps of other publishers' sales, in thousandths of the price without tax.
    pub commission_permille: u16,
    /// The settlement server that settles what was approved; `None`: this shop settles itself (PA-11).
    pub settles: Option<PartyId>,
    /// How this shop settles what was approved.
    pub settlement: SettlementConfig,
    /// How long after a buyer's last word the secret of a unique delivery is kept.
    pub keep_secrets: Span,
    /// The bank that tells this shop what came into its account; `None`: nothing is sold against charges here.
    pub bank: Option<PartyId>,
    /// After how long a sale against a charge is shown, if its money has not come (ST-5).
    pub overdue: Span,
    /// How long after he was here last a buyer is taken to stand before the machine: so long, goods fall by themselves.
    pub attended: Span,
    /// How long a sale keeps the number by which its buyer is known again; none: always.
    pub keep_buyers: Option<Span>,
}

impl ShopConfig {
    /// The usual settings: quotes of 15 minutes, nothing given on trust, no commission.
    pub fn new(issuer: PartyId, currency: Currency) -> Self {
        Self {
            issuer,
            hint: String::new(),
            quote_life: Span::minutes(15),
            open_life: Span::minutes(15),
            floor: Money::zero(currency),
            commission_permille: 0,
            settles: None,
            settlement: SettlementConfig::default(),
            keep_secrets: Span::days(90),
            keep_buyers: None,
            attended: Span::minutes(2),
            bank: None,
            overdue: super::unsettled::OVERDUE,
        }
    }
}
