//! Figures: the three numbers of a card, and what is on its way, as every page shows them. They come from one moment of the
//! card, so they add up on every page at every moment.

use deal::Kind;
use face::{MoneyBar, Said, Sum, Words};
use units::Money;

use super::{telephone, text::plain};
use crate::engine::{Overview, UnderWay};

/// Purse, escrow and what is on its way.
pub(super) fn bar(overview: &Overview) -> Option<MoneyBar> {
    let summary = &overview.summary;
    let zero = Money::zero(summary.spendable.currency());
    let escrow = summary.escrow.values().try_fold(zero, |sum, one| sum.plus(*one)).ok()?;
    MoneyBar::new(summary.spendable, escrow, summary.reserved).ok()
}

/// An open deal with a party: what is under way, and where it is asked about again.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) text: Said,
    pub(super) go: String,
    pub(super) since: Option<units::Moment>,
}

/// Open deals of which only this card and a party are part.
pub(super) fn open(words: Words, overview: &Overview) -> Vec<Open> {
    let of_card = |open: &&UnderWay| !open.kind.between_cards() && open.kind != Kind::Collect;
    let deals = overview.under_way.iter().filter(of_card);
    let owed = overview.owed.iter().map(|due| Open {
        text: telephone::in_short(words, due),
        go: "/bill".to_owned(),
        since: Some(due.owing.at),
    });
    let deals = deals.map(|open| Open {
        text: said(words, open, Money::zero(overview.balance_max.currency())),
        go: format!("/deals/{}", open.deal),
        since: Some(open.since),
    });
    deals.chain(owed).collect()
}

/// What is said of an open deal: the money first.
fn said(words: Words, open: &UnderWay, zero: Money) -> Said {
    let sum = Sum(open.money.or(open.credit).unwrap_or(zero));
    let (title, with) = (
        plain(&open.title, 120),
        open.giver_name.as_deref().map(|n| plain(n, 60)),
    );
    match open.kind {
        Kind::Load => words.way_load(sum),
        Kind::Redeem => words.way_out(sum),
        Kind::Surrender => words.way_surrender(sum, title),
        Kind::Unlock => words.way_unlock(sum, title),
        _ => words.way_sale(sum, with.unwrap_or_else(|| open.giver.short())),
    }
}
