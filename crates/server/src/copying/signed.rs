//! Signed: the page for signing in, at either place, and figures that both sides of the takings draw alike.

use askama::Template;
use copying::{server::Payment, wire::Charge};
use face::{Clock, Day, Page, Said, Sum};
use party::bank::Transferred;
use units::{Currency, Moment, Money};

use crate::pages::Visit;

/// When stories happen: 20 November 2026.
pub(crate) const NOW: Moment = Moment(1_795_132_800_000);

/// What the page for signing in says above its form.
pub(crate) enum Note {
    None,
    NoMatch,
    Slow(Moment),
}

#[derive(Template)]
#[template(path = "copying/enter.html")]
struct EnterPage<'a> {
    page: &'a Page,
    lead: Said,
    note: Option<(Said, Said)>,
    action: String,
    /// Where passkeys are asked for, and the script that does; nothing, where there are none.
    passkeys: Option<(String, String)>,
}

/// The page for signing in.
pub(crate) fn enter(
    page: &Page,
    lead: Said,
    visit: &Visit,
    note: &Note,
    passkeys: bool,
) -> Result<String, askama::Error> {
    let words = visit.words;
    EnterPage {
        page,
        lead,
        note: match note {
            Note::None => None,
            Note::NoMatch => Some((words.copying_no_match(), words.copying_no_match_text())),
            Note::Slow(until) => Some((words.copying_slow(), words.copying_slow_text(Clock(*until)))),
        },
        action: visit.to("/sign-in"),
        passkeys: passkeys.then(|| (visit.to("/sign-in"), visit.to("/passkeys.js"))),
    }
    .render()
}

/// A line of a statement.
pub(crate) struct Line {
    pub(crate) at: Said,
    pub(crate) delivery: String,
    pub(crate) amount: Said,
    pub(crate) gateway: Said,
    pub(crate) operator: Said,
}

/// A statement's lines and their sums.
pub(crate) fn lines(visit: &Visit, all: &[(Charge, Moment)], currency: Currency) -> (Vec<Line>, Line) {
    let words = visit.words;
    let show = |minor: i64| words.show(sum(minor, currency));
    let one = |(charge, at): &(Charge, Moment)| Line {
        at: words.show(Day(*at)),
        delivery: charge.delivery.to_string(),
        amount: show(charge.amount.minor()),
        gateway: show(charge.gateway.minor()),
        operator: show(charge.operator.minor()),
    };
    let total = |of: fn(&Charge) -> Money| show(all.iter().map(|(charge, _)| of(charge).minor()).sum());
    let total = Line {
        at: Said::default(),
        delivery: String::new(),
        amount: total(|charge| charge.amount),
        gateway: total(|charge| charge.gateway),
        operator: total(|charge| charge.operator),
    };
    (all.iter().map(one).collect(), total)
}

/// An amount of the books; what is below zero is shown as its distance from it.
pub(crate) fn sum(minor: i64, currency: Currency) -> Sum {
    Sum(Money::new(minor.saturating_abs(), currency).unwrap_or(Money::zero(currency)))
}

/// A payment of a gateway.
pub(crate) struct Paid {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) amount: Said,
}

/// Payments, as both sides draw them.
pub(crate) fn paid(visit: &Visit, all: &[Payment]) -> Vec<Paid> {
    let one = |payment: &Payment| Paid {
        id: payment.id.to_string(),
        state: match payment.outcome {
            None => "open",
            Some(Transferred::Booked(_)) => "booked",
            Some(Transferred::Refused(_)) => "refused",
        },
        amount: visit.words.show(Sum(payment.amount)),
    };
    all.iter().map(one).collect()
}
