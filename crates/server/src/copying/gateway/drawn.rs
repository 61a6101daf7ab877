//! Drawn: the gateway's pages from their figures. What a question or an answer holds is not among them: it is sealed.

use askama::Template;
use copying::{
    gateway::{Customer, Paying},
    server::Payment,
    wire::{Charge, Open},
};
use face::{Day, Here, Page, Permille, Said, Sum};
use units::{Currency, Hash, Moment};

use super::Terms;
use crate::{
    copying::{
        Sign, no,
        signed::{self, Line, Paid},
    },
    frame::Problem,
    pages::Visit,
};

type Drawn = Result<String, askama::Error>;

/// Which part of the site a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Enter,
    Account,
    Register,
    Carry,
    Desk,
}

/// The frame of a page.
pub(super) fn frame(sign: &Sign, visit: &Visit, at: At) -> Page {
    let words = visit.words;
    let nav = match at {
        At::Enter => vec![Here::new(visit.to("/sign-in"), words.copying_enter(), true)],
        At::Desk => vec![Here::new(visit.to("/desk"), words.gateway_desk(), true)],
        _ => vec![
            Here::new(visit.to("/"), words.gateway_account(), at == At::Account),
            Here::new(visit.to("/register"), words.gateway_register(), at == At::Register),
            Here::new(visit.to("/carry"), words.gateway_carry(), at == At::Carry),
        ],
    };
    Page {
        words,
        name: sign.name.clone(),
        home: visit.to("/"),
        nav_name: words.gateway_nav(),
        nav,
        elsewhere: visit.elsewhere(),
        ours: false,
        foot: words.gateway_foot(),
        foot_links: Vec::new(),
        dev: sign.dev,
    }
}

/// What the account's page is drawn from.
pub(super) struct Account<'a> {
    pub(super) balance: i64,
    pub(super) held: i64,
    pub(super) credit: i64,
    pub(super) charged: &'a [(Charge, Moment)],
    pub(super) currency: Currency,
    pub(super) csrf: &'a str,
    pub(super) failed: u64,
    /// Why the account was not closed, by its code.
    pub(super) not: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "copying/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    failed: u64,
    free: Said,
    balance: Said,
    credit: Option<Said>,
    held: Said,
    register: String,
    carry: String,
    charged: Vec<(Said, String, Said)>,
    sign_out: String,
    data: String,
    forget: String,
    not: Option<Said>,
    csrf: &'a str,
}

/// An amount that may be below zero.
fn signed_sum(visit: &Visit, minor: i64, currency: Currency) -> Said {
    let mut said = Said::of(if minor < 0 { "\u{2212}" } else { "" });
    said.tags_of_ours(visit.words.show(signed::sum(minor, currency)).html());
    said
}

/// The account.
pub(super) fn account(sign: &Sign, visit: &Visit, of: &Account<'_>) -> Drawn {
    let show = |minor| signed_sum(visit, minor, of.currency);
    let free = of.balance.saturating_add(of.credit).saturating_sub(of.held).max(0);
    let row = |(charge, at): &(Charge, Moment)| {
        (
            visit.words.show(Day(*at)),
            charge.delivery.to_string(),
            visit.words.show(Sum(charge.amount)),
        )
    };
    AccountPage {
        page: &frame(sign, visit, At::Account),
        failed: of.failed,
        free: show(free),
        balance: show(of.balance),
        credit: (of.credit > 0).then(|| show(of.credit)),
        held: show(of.held),
        register: visit.to("/register"),
        carry: visit.to("/carry"),
        charged: of.charged.iter().map(row).collect(),
        sign_out: visit.to("/sign-out"),
        data: visit.to("/account.json"),
        forget: visit.to("/forget"),
        not: of.not.map(|code| visit.words.gateway_own_not(code)),
        csrf: of.csrf,
    }
    .render()
}

/// A field of the registration: its name, what was typed, and whether that is what was refused.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) value: String,
    pub(super) wrong: bool,
}

/// Where a registration stands.
pub(super) struct Registering<'a> {
    /// What the server asks for; nothing: it is silent.
    pub(super) terms: Option<Terms>,
    pub(super) card: Typed,
    pub(super) player: Typed,
    pub(super) drive: Typed,
    pub(super) known: bool,
    pub(super) refused: Option<&'a Problem>,
    pub(super) csrf: &'a str,
}

struct Field {
    name: &'static str,
    label: Said,
    value: String,
    wrong: bool,
}

#[derive(Template)]
#[template(path = "copying/register.html")]
struct RegisterPage<'a> {
    page: &'a Page,
    fields: Vec<Field>,
    known: bool,
    refused: Option<Said>,
    action: String,
    carry: String,
    csrf: &'a str,
}

/// The registration: one, two or three numbers, as the server's operator has set it.
pub(super) fn register(sign: &Sign, visit: &Visit, of: &Registering<'_>) -> Drawn {
    let words = visit.words;
    let field = |name, label, typed: &Typed| Field {
        name,
        label,
        value: typed.value.clone(),
        wrong: typed.wrong,
    };
    let fields = of.terms.map_or_else(Vec::new, |terms| {
        let all = [
            (terms.card, field("card", words.gateway_card(), &of.card)),
            (terms.player, field("player", words.gateway_player(), &of.player)),
            (terms.drive, field("drive", words.gateway_drive(), &of.drive)),
        ];
        all.into_iter()
            .filter(|(asked, _)| *asked)
            .map(|(_, field)| field)
            .collect()
    });
    RegisterPage {
        page: &frame(sign, visit, At::Register),
        fields,
        known: of.known,
        refused: of.refused.map(|no| no::words(words, no)),
        action: visit.to("/register"),
        carry: visit.to("/carry"),
        csrf: of.csrf,
    }
    .render()
}

/// What came of a question that was carried by hand.
pub(super) enum Carried<'a> {
    /// Nothing was brought yet.
    Nothing,
    /// It is answered: the answer's name, and what it says in the open.
    Answered(Hash, &'a Open),
    /// Written down, not decided.
    Waits,
    /// Refused.
    Refused(&'a Problem),
}

struct Done {
    title: Said,
    text: Said,
    answer: String,
}

#[derive(Template)]
#[template(path = "copying/carry.html")]
struct CarryPage<'a> {
    page: &'a Page,
    done: Option<Done>,
    refused: Option<Said>,
    waits: bool,
    action: String,
    csrf: &'a str,
}

/// Carrying a question by hand.
pub(super) fn carry(sign: &Sign, visit: &Visit, csrf: &str, of: &Carried<'_>) -> Drawn {
    let words = visit.words;
    let done = |name: &Hash, open: &Open| {
        let (title, text) = match open {
            Open::Registered => (words.gateway_done_registered(), words.gateway_done_registered_text()),
            Open::Given(charge) if charge.amount.is_zero() => {
                (words.gateway_done_given(), words.gateway_done_given_free())
            }
            Open::Given(charge) => (
                words.gateway_done_given(),
                words.gateway_done_given_text(Sum(charge.amount)),
            ),
            Open::Completed => (words.gateway_done_completed(), words.gateway_done_completed_text()),
            Open::Erased => (words.gateway_done_erased(), words.gateway_done_erased_text()),
            Open::Reissued => (words.gateway_done_reissued(), words.gateway_done_reissued_text()),
        };
        Done {
            title,
            text,
            answer: visit.to(&format!("/answers/{name}")),
        }
    };
    CarryPage {
        page: &frame(sign, visit, At::Carry),
        done: match of {
            Carried::Answered(name, open) => Some(done(name, open)),
            _ => None,
        },
        refused: match of {
            Carried::Refused(no) => Some(no::words(words, no)),
            _ => None,
        },
        waits: matches!(of, Carried::Waits),
        action: visit.to("/carry"),
        csrf,
    }
    .render()
}

/// What the desk of the gateway's people is drawn from.
pub(super) struct Desk<'a> {
    pub(super) customers: &'a [(String, Customer, i64)],
    pub(super) lines: &'a [(Charge, Moment)],
    pub(super) payments: &'a [Payment],
    pub(super) owed: i64,
    pub(super) permille: u32,
    pub(super) currency: Currency,
    /// Does the other side keep the same? Nothing: it was not heard.
    pub(super) agrees: Option<bool>,
    pub(super) request: &'a str,
    pub(super) refused: Option<&'a Problem>,
}

struct Row {
    name: String,
    way: Said,
    balance: Said,
    held: Said,
}

#[derive(Template)]
#[template(path = "copying/desk.html")]
struct DeskPage<'a> {
    page: &'a Page,
    refused: Option<Said>,
    customers: Vec<Row>,
    base: String,
    request: &'a str,
    share: Permille,
    agrees: Option<(&'static str, &'static str, Said)>,
    lines: Vec<Line>,
    total: Line,
    owed: Said,
    owes: bool,
    payments: Vec<Paid>,
}

/// The desk of the gateway's people: customers, payments, the statement, cheques.
pub(super) fn desk(sign: &Sign, visit: &Visit, of: &Desk<'_>) -> Drawn {
    let words = visit.words;
    let row = |(name, customer, balance): &(String, Customer, i64)| Row {
        name: name.clone(),
        way: match customer.paying {
            Paying::Prepaid => words.gateway_desk_prepaid(),
            Paying::Credit(limit) => words.gateway_desk_on_credit(Sum(limit)),
        },
        balance: signed_sum(visit, *balance, of.currency),
        held: signed_sum(visit, customer.held, of.currency),
    };
    let (lines, total) = signed::lines(visit, of.lines, of.currency);
    DeskPage {
        page: &frame(sign, visit, At::Desk),
        refused: of.refused.map(|no| no::words(words, no)),
        customers: of.customers.iter().map(row).collect(),
        base: visit.to("/desk"),
        request: of.request,
        share: Permille(u16::try_from(of.permille).unwrap_or(1000)),
        agrees: Some(match of.agrees {
            Some(true) => ("good", "tick", words.gateway_desk_agrees()),
            Some(false) => ("bad", "danger", words.gateway_desk_differs()),
            None => ("", "wait", words.gateway_desk_unheard()),
        }),
        lines,
        total,
        owed: signed_sum(visit, of.owed, of.currency),
        owes: of.owed > 0,
        payments: signed::paid(visit, of.payments),
    }
    .render()
}
