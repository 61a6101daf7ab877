//! Drawn: the machine's screen in its states.

use askama::Template;
use face::{Clock, Page, Route, Said, Sum, Words};
use units::{Moment, Money, OrderId};

use crate::{
    pages::Visit,
    touch::{Scan, Sign, scan, steps},
};

/// How the machine stands.
#[derive(Debug, Clone)]
pub(super) enum Screen {
    /// Nobody is there.
    Idle {
        most: Money,
        /// Whoever names an amount has read it here.
        code: Option<String>,
    },
    /// Notes may come.
    Open {
        order: OrderId,
        amount: Money,
        counted: Money,
        /// What the holder lets it show.
        purse: Option<Money>,
        until: Moment,
    },
    /// The issuer decides, or the box moves.
    Working {
        order: OrderId,
        amount: Money,
        /// What the holder lets it show.
        purse: Option<Money>,
        is_back: bool,
    },
    /// In the purse.
    Loaded {
        order: OrderId,
        amount: Money,
        purse: Option<Money>,
    },
    /// Given back.
    Returned { order: OrderId },
    /// It takes no cash.
    Broken,
}

impl Screen {
    /// What everybody may see of it: neither a purse, nor the code. Its buttons do nothing from afar.
    pub(super) fn seen_afar(self) -> Self {
        match self {
            Self::Idle { most, .. } => Self::Idle { most, code: None },
            Self::Open {
                order,
                amount,
                counted,
                until,
                ..
            } => Self::Open {
                order,
                amount,
                counted,
                purse: None,
                until,
            },
            Self::Working {
                order, amount, is_back, ..
            } => Self::Working {
                order,
                amount,
                purse: None,
                is_back,
            },
            Self::Loaded { order, amount, .. } => Self::Loaded {
                order,
                amount,
                purse: None,
            },
            other => other,
        }
    }
}

/// Notes and coins that are offered for trying out.
const NOTES: [i64; 4] = [500, 1_000, 5_000, 10_000];

#[derive(Template)]
#[template(path = "touch/deposit.html")]
struct View<'a> {
    page: &'a Page,
    route: Option<Route>,
    title: Said,
    lead: Option<Said>,
    /// What the note says: its kind, its icon, its words.
    note: Option<(&'static str, &'static str, Said)>,
    error: Option<Said>,
    facts: Vec<(Said, Said)>,
    begin: Option<(String, Said)>,
    scan: Option<Scan>,
    load: Option<(String, Said)>,
    back: Option<(String, Said)>,
    /// The order that these two are about.
    order: String,
    notes: Vec<(i64, Said)>,
    notes_at: String,
    small: Vec<Said>,
    home: Option<String>,
}

fn number_of(order: OrderId) -> String {
    order.to_string().chars().take(8).collect()
}

/// "1,000 on the card + 2,000 = 3,000", where the holder lets it be seen.
fn sum(w: Words, purse: Option<Money>, amount: Money) -> Option<Said> {
    let purse = purse?;
    let total = purse.plus(amount).ok()?;
    Some(w.deposit_sum(Sum(amount), Sum(purse), Sum(total)))
}

/// The screen.
pub(super) fn screen(
    sign: &Sign,
    visit: &Visit,
    screen: &Screen,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let (w, page) = (visit.words, sign.page(visit, "/k"));
    let stops = || vec![w.deposit_step_card(), w.deposit_step_cash(), w.deposit_step_done()];
    let empty = View {
        page: &page,
        route: None,
        title: w.deposit_title(),
        lead: None,
        note: None,
        error,
        facts: Vec::new(),
        begin: None,
        scan: None,
        load: None,
        back: None,
        order: String::new(),
        notes: Vec::new(),
        notes_at: visit.to("/k/notes"),
        small: Vec::new(),
        home: None,
    };
    let view = match screen {
        Screen::Idle { most, code } => View {
            route: Some(steps(stops(), 0)),
            lead: Some(w.deposit_lead()),
            note: Some(("", "box", w.deposit_most(Sum(*most)))),
            begin: code.as_deref().map(|code| (sign.to_wallet(code), w.deposit_begin())),
            scan: code.as_deref().and_then(|code| scan(&sign.to_wallet(code), visit)),
            small: code.iter().map(|code| w.deposit_code(code.as_str())).collect(),
            ..empty
        },
        Screen::Open {
            order,
            amount,
            counted,
            purse,
            until,
        } => open(w, sign, visit, empty, (*order, *amount, *counted), (*purse, *until)),
        Screen::Working {
            order,
            amount,
            purse,
            is_back,
        } => View {
            route: Some(steps(stops(), 2)),
            lead: sum(w, *purse, *amount).filter(|_| !is_back),
            // A card that was pulled now may not have paid: the issuer decides, and whoever stands there may ask.
            order: order.to_string(),
            back: (!is_back).then(|| (visit.to("/k/back"), w.deposit_back())),
            title: if *is_back {
                w.deposit_returning()
            } else {
                w.deposit_working(Sum(*amount))
            },
            note: Some(("", "wait", w.deposit_working_how())),
            small: vec![w.mach_number(number_of(*order))],
            ..empty
        },
        Screen::Loaded { order, amount, purse } => View {
            route: Some(steps(stops(), 3)),
            title: w.deposit_done(Sum(*amount)),
            lead: sum(w, *purse, *amount),
            note: Some(("good", "tick", w.deposit_done_how())),
            small: vec![w.mach_number(number_of(*order))],
            home: Some(visit.to("/k?fresh=1")),
            ..empty
        },
        Screen::Returned { order } => View {
            title: w.deposit_back_done(),
            note: Some(("", "back", w.deposit_back_how())),
            small: vec![w.mach_number(number_of(*order))],
            home: Some(visit.to("/k?fresh=1")),
            ..empty
        },
        Screen::Broken => View {
            title: w.mach_broken(),
            note: Some(("", "stop", w.mach_broken_how())),
            ..empty
        },
    };
    view.render()
}

fn open<'a>(
    w: Words,
    sign: &Sign,
    visit: &Visit,
    empty: View<'a>,
    (order, amount, counted): (OrderId, Money, Money),
    (purse, until): (Option<Money>, Moment),
) -> View<'a> {
    let is_exact = counted == amount;
    let note = if is_exact {
        ("good", "tick", w.deposit_exact())
    } else if let Ok(over) = counted.minus(amount) {
        ("", "stop", w.deposit_over(Sum(over)))
    } else {
        let missing = amount.minus(counted).unwrap_or(amount);
        ("", "box", w.deposit_missing(Sum(missing)))
    };
    let note_of = |minor: i64| {
        let sum = Money::new(minor, amount.currency()).ok()?;
        Some((minor, w.deposit_note(Sum(sum))))
    };
    View {
        route: Some(steps(
            vec![w.deposit_step_card(), w.deposit_step_cash(), w.deposit_step_done()],
            1,
        )),
        title: w.deposit_put_in(Sum(amount)),
        lead: sum(w, purse, amount),
        facts: vec![
            (w.deposit_named(), w.show(Sum(amount))),
            (w.deposit_counted(), w.show(Sum(counted))),
        ],
        note: Some(note),
        order: order.to_string(),
        load: is_exact.then(|| (visit.to("/k/load"), w.deposit_load(Sum(amount)))),
        back: Some((visit.to("/k/back"), w.deposit_back())),
        notes: if sign.dev {
            NOTES.into_iter().filter_map(note_of).collect()
        } else {
            Vec::new()
        },
        small: vec![w.deposit_until(Clock(until)), w.mach_number(number_of(order))],
        ..empty
    }
}

/// An order nobody here knows.
pub(super) fn unknown(sign: &Sign, visit: &Visit) -> Result<String, askama::Error> {
    let (w, page) = (visit.words, sign.page(visit, "/k"));
    View {
        page: &page,
        route: None,
        title: w.deposit_unknown(),
        lead: None,
        note: None,
        error: None,
        facts: Vec::new(),
        begin: None,
        scan: None,
        load: None,
        back: None,
        order: String::new(),
        notes: Vec::new(),
        notes_at: String::new(),
        small: Vec::new(),
        home: Some(visit.to("/k")),
    }
    .render()
}
