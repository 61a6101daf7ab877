//! Drawn: the machine's screens in their states, and its stock.

use askama::Template;
use face::{Fare, Page, Route, Said, Sum, Words};
use party::shop::Piece;
use units::{Moment, Money, OfferNo};

use crate::{
    pages::Visit,
    touch::{IDLE, Scan, Sign, steps},
};

/// What lies in a slot.
#[derive(Debug, Clone)]
pub(super) struct Article {
    pub(super) number: OfferNo,
    pub(super) slot: u32,
    pub(super) title: String,
    pub(super) price: Money,
    pub(super) left: u32,
    pub(super) filled: u32,
    pub(super) is_stuck: bool,
}

/// The article somebody has touched.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) article: Article,
    pub(super) operator: String,
    /// The way to the wallet.
    pub(super) link: String,
    /// Seconds until the screen begins again, if that is to be said.
    pub(super) ends_in: Option<u64>,
    /// The same screen with all the time there is.
    pub(super) more: String,
}

/// What a piece was paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paid {
    Card,
    Bill,
    Other,
}

/// What became of a sale.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) receipt: u64,
    pub(super) title: String,
    pub(super) price: Money,
    pub(super) piece: Piece,
    /// Its buyer is taken to stand there.
    pub(super) is_here: bool,
    pub(super) paid: Paid,
}

struct Tile {
    href: Option<String>,
    slot: Said,
    title: String,
    price: Said,
    left: Said,
}

#[derive(Template)]
#[template(path = "touch/choose.html")]
struct ChooseView<'a> {
    page: &'a Page,
    title: Said,
    lead: Said,
    empty: Option<Said>,
    tiles: Vec<Tile>,
    /// For who has paid already and comes back: to where, and its words.
    paid: (String, Said),
}

fn left(w: Words, left: u32) -> Said {
    if left == 0 {
        w.vend_sold_out()
    } else {
        w.vend_left(u64::from(left))
    }
}

/// What there is.
pub(super) fn choose(sign: &Sign, visit: &Visit, all: &[Article], now: Moment) -> Result<String, askama::Error> {
    let w = visit.words;
    let until = now.plus(IDLE).0;
    let tile = |article: &Article| Tile {
        href: (article.left > 0)
            .then(|| visit.to(&format!("/k/choose/{}?since={}&until={until}", article.number, now.0))),
        slot: w.vend_slot(article.slot),
        title: article.title.clone(),
        price: w.show(Sum(article.price)),
        left: left(w, article.left),
    };
    ChooseView {
        page: &sign.page(visit, "/k"),
        title: w.vend_title(),
        lead: w.vend_lead(),
        empty: all.iter().all(|article| article.left == 0).then(|| w.vend_empty()),
        tiles: all.iter().map(tile).collect(),
        paid: (visit.to("/k/here"), w.vend_paid_already()),
    }
    .render()
}

#[derive(Template)]
#[template(path = "touch/step.html")]
struct StepView<'a> {
    page: &'a Page,
    route: Option<Route>,
    title: Said,
    lead: Option<Said>,
    facts: Vec<(Said, Said)>,
    note: Option<(&'static str, &'static str, Said)>,
    /// The way on: to where, its words, and whether it is a form.
    go: Option<(String, Said, bool)>,
    /// Asks for a code: sent to where, and its words.
    code: Option<(String, Said)>,
    go_how: Option<Said>,
    scan: Option<Scan>,
    other: Option<(String, Said)>,
    warns: Option<(Said, String)>,
    small: Vec<Said>,
}

fn stops(w: Words) -> Vec<Said> {
    vec![w.vend_step_choose(), w.vend_step_pay(), w.vend_step_take()]
}

/// One article, with the way to the wallet.
pub(super) fn pay(sign: &Sign, visit: &Visit, chosen: &Chosen) -> Result<String, askama::Error> {
    let w = visit.words;
    let article = &chosen.article;
    let is_here = article.left > 0;
    StepView {
        page: &sign.page(visit, "/k"),
        route: Some(steps(stops(w), 1)),
        title: w.vend_pay_title(Sum(article.price), &article.title),
        lead: None,
        facts: vec![
            (w.vend_machine(), w.show(&sign.name)),
            (w.mach_operator(), w.show(&chosen.operator)),
            (w.vend_article(), w.show(&article.title)),
            (w.vend_price(), w.show(Sum(article.price))),
        ],
        note: Some(if is_here {
            ("", "wait", w.vend_waits())
        } else {
            ("", "stop", w.vend_sold_out())
        }),
        go: is_here.then(|| (chosen.link.clone(), w.vend_pay(Fare(article.price)), false)),
        code: None,
        go_how: is_here.then(|| w.vend_pay_how()),
        scan: is_here
            .then(|| sign.scan(visit, &format!("/k/choose/{}", article.number)))
            .flatten(),
        other: Some((visit.to("/k"), w.vend_other())),
        warns: chosen
            .ends_in
            .map(|seconds| (w.mach_time(seconds), chosen.more.clone())),
        small: Vec::new(),
    }
    .render()
}

fn number(w: Words, receipt: u64) -> Said {
    w.mach_number(receipt.to_string())
}

/// What a person types who comes back for what he has paid for.
fn code(w: Words, visit: &Visit) -> (String, Said) {
    (visit.to("/k/here"), w.vend_code())
}

/// Asks for the code that the buyer's wallet shows.
pub(super) fn ask_code(sign: &Sign, visit: &Visit, wrong: Option<Said>) -> Result<String, askama::Error> {
    let w = visit.words;
    StepView {
        page: &sign.page(visit, "/k"),
        route: Some(steps(stops(w), 2)),
        title: w.vend_paid_already(),
        lead: Some(w.vend_code_how()),
        facts: Vec::new(),
        note: wrong.map(|wrong| ("", "stop", wrong)),
        go: None,
        code: Some(code(w, visit)),
        go_how: None,
        scan: None,
        other: Some((visit.to("/k"), w.mach_home())),
        warns: None,
        small: Vec::new(),
    }
    .render()
}

/// What became of a sale.
pub(super) fn out(sign: &Sign, visit: &Visit, told: &Told) -> Result<String, askama::Error> {
    let (w, title) = (visit.words, &told.title);
    let price = Sum(told.price);
    let (said, lead, note) = match told.piece {
        Piece::Owed if !told.is_here => (w.vend_waiting(title), None, ("", "clock", w.vend_waiting_how())),
        Piece::Owed | Piece::Dropping(_) => (w.vend_coming(title), None, ("", "wait", w.vend_coming_how())),
        Piece::Out(_) | Piece::Fell => {
            let paid = match told.paid {
                Paid::Card => w.vend_out_paid(price),
                Paid::Bill => w.vend_out_bill(price),
                Paid::Other => w.vend_out_other(price),
            };
            (w.vend_out(title), None, ("good", "tick", paid))
        }
        Piece::Stuck(_) => (w.vend_stuck(title), None, ("", "stop", w.vend_stuck_how())),
        Piece::Back(_) => (w.vend_back(title), None, ("", "back", w.vend_back_how())),
        Piece::Missing => (w.vend_missing(title), None, ("", "clock", w.vend_missing_how())),
        Piece::Unknown => (w.vend_unknown(), None, ("", "stop", w.vend_unknown_how(title))),
    };
    let waits = told.piece == Piece::Owed && !told.is_here;
    let is_out = matches!(told.piece, Piece::Out(_) | Piece::Fell);
    let keeps = !is_out && !matches!(told.piece, Piece::Back(_));
    StepView {
        page: &sign.page(visit, "/k"),
        route: Some(steps(stops(w), if is_out { 3 } else { 2 })),
        title: said,
        lead,
        facts: Vec::new(),
        note: Some(note),
        go: None,
        code: waits.then(|| code(w, visit)),
        go_how: None,
        scan: None,
        other: Some((visit.to("/k"), w.mach_home())),
        warns: None,
        small: if keeps {
            vec![number(w, told.receipt), w.mach_keep_number()]
        } else {
            vec![number(w, told.receipt)]
        },
    }
    .render()
}

/// Nothing of that number was sold here.
pub(super) fn no_sale(sign: &Sign, visit: &Visit) -> Result<String, askama::Error> {
    let w = visit.words;
    StepView {
        page: &sign.page(visit, "/k"),
        route: None,
        title: w.vend_no_sale(),
        lead: None,
        facts: Vec::new(),
        note: None,
        go: None,
        code: None,
        go_how: None,
        scan: None,
        other: Some((visit.to("/k"), w.mach_home())),
        warns: None,
        small: Vec::new(),
    }
    .render()
}

/// A piece nobody remembers about.
#[derive(Debug, Clone)]
pub(super) struct InDoubt {
    pub(super) receipt: u64,
    pub(super) slot: u32,
    pub(super) title: String,
}

struct Doubt {
    receipt: u64,
    number: Said,
    title: String,
    slot: Said,
}

struct Row {
    number: OfferNo,
    slot: u32,
    title: String,
    price: Said,
    filled: u32,
    left: u32,
    state: (&'static str, Said),
    fill: Said,
}

#[derive(Template)]
#[template(path = "touch/stock.html")]
struct StockView<'a> {
    page: &'a Page,
    rows: Vec<Row>,
    doubts: Vec<Doubt>,
    error: Option<Said>,
    fill_at: String,
    settle_at: String,
}

/// The stock.
pub(super) fn stock(
    sign: &Sign,
    visit: &Visit,
    all: &[Article],
    in_doubt: &[InDoubt],
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = visit.words;
    let row = |article: &Article| Row {
        number: article.number,
        slot: article.slot,
        title: article.title.clone(),
        price: w.show(Sum(article.price)),
        filled: article.filled,
        left: article.left,
        state: if article.is_stuck {
            ("bad", w.vend_state_stuck())
        } else {
            ("good", w.vend_state_gives())
        },
        fill: w.vend_fill(article.slot),
    };
    let doubt = |one: &InDoubt| Doubt {
        receipt: one.receipt,
        number: number(w, one.receipt),
        title: one.title.clone(),
        slot: w.vend_slot(one.slot),
    };
    StockView {
        page: &sign.page(visit, "/k"),
        rows: all.iter().map(row).collect(),
        doubts: in_doubt.iter().map(doubt).collect(),
        error,
        fill_at: visit.to("/k/stock"),
        settle_at: visit.to("/k/doubt"),
    }
    .render()
}
