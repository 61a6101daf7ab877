//! Drawn: the kiosk's screens in their states.

use askama::Template;
use face::{Fare, Page, Route, Said, Sum, Words};
use units::{Currency, Money};

use super::centre::PAGE;
use crate::{
    money::Amount,
    pages::Visit,
    shop::{Work, Works},
    touch::{Scan, Sign, steps},
};

type Drawn = Result<String, askama::Error>;

/// The first screen's figures.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) screen: u16,
    /// The centre's name, if it is known and there is one.
    pub(super) centre: Option<String>,
    /// The screen of the deposit machine beside it.
    pub(super) deposit: Option<String>,
    /// Deliveries of fares: taken and answered.
    pub(super) taken: u64,
    pub(super) delivered: u64,
}

/// An order.
#[derive(Debug, Clone)]
pub(super) struct Ordered {
    pub(super) screen: u16,
    pub(super) number: u64,
    pub(super) title: String,
    pub(super) price: Money,
    pub(super) is_given: bool,
    /// Its quote has ended.
    pub(super) is_over: bool,
    /// The way to the wallet.
    pub(super) link: Option<String>,
    pub(super) ends_in: Option<u64>,
    pub(super) more: String,
    /// This screen's own path, for a phone.
    pub(super) at: String,
}

struct Door {
    href: Option<String>,
    title: Said,
    how: Said,
}

#[derive(Template)]
#[template(path = "touch/kiosk.html")]
struct HomeView<'a> {
    page: &'a Page,
    title: Said,
    doors: Vec<Door>,
    small: Vec<Said>,
}

fn home_of(screen: u16) -> String {
    format!("/k/{screen}")
}

/// What shall it be?
pub(super) fn home(sign: &Sign, visit: &Visit, shown: &Home) -> Drawn {
    let w = visit.words;
    let mut doors = Vec::new();
    if shown.centre.is_some() {
        doors.push(Door {
            href: Some(visit.to(&format!("/k/{}/works", shown.screen))),
            title: w.kiosk_buy(),
            how: w.kiosk_buy_how(),
        });
    }
    if let Some(deposit) = &shown.deposit {
        doors.push(Door {
            href: Some(deposit.clone()),
            title: w.kiosk_load(),
            how: w.kiosk_load_how(),
        });
    }
    doors.push(Door {
        href: Some(format!("{}/", sign.wallet.trim_end_matches('/'))),
        title: w.kiosk_fares(),
        how: w.kiosk_fares_how(),
    });
    let mut small = Vec::new();
    if let Some(centre) = &shown.centre {
        small.push(w.kiosk_at(centre, shown.screen));
    }
    small.push(w.kiosk_carried(shown.delivered, shown.taken));
    HomeView {
        page: &sign.page(visit, &home_of(shown.screen)),
        title: w.kiosk_title(),
        doors,
        small,
    }
    .render()
}

struct Tile {
    href: String,
    title: String,
    by: String,
    price: Option<Said>,
}

#[derive(Template)]
#[template(path = "touch/works.html")]
struct WorksView<'a> {
    page: &'a Page,
    route: Route,
    title: Said,
    tiles: Vec<Tile>,
    before: Option<String>,
    next: Option<String>,
    home: String,
}

fn stops(w: Words) -> Vec<Said> {
    vec![w.kiosk_step_choose(), w.kiosk_step_pay(), w.kiosk_step_receive()]
}

fn money(amount: &Amount) -> Option<Money> {
    let currency = Currency::new(&amount.currency).ok()?;
    amount.money(currency).ok()
}

/// What there is.
pub(super) fn works(sign: &Sign, visit: &Visit, screen: u16, works: &Works) -> Drawn {
    let w = visit.words;
    let tile = |work: &Work| Tile {
        href: visit.to(&format!("/k/{screen}/works/{}", work.content)),
        title: work.title.clone(),
        by: work.publisher.clone(),
        price: work
            .offers
            .first()
            .and_then(|offer| money(&offer.price))
            .map(|price| w.kiosk_of(Sum(price))),
    };
    let turn = |page: u32| visit.to(&format!("/k/{screen}/works?page={page}"));
    let shown = works.page.saturating_mul(PAGE) as usize;
    WorksView {
        page: &sign.page(visit, &home_of(screen)),
        route: steps(stops(w), 0),
        title: w.kiosk_works(),
        tiles: works.works.iter().map(tile).collect(),
        before: (works.page > 1).then(|| turn(works.page.saturating_sub(1))),
        next: (shown < works.count).then(|| turn(works.page.saturating_add(1))),
        home: visit.to(&home_of(screen)),
    }
    .render()
}

struct License {
    number: String,
    price: Said,
    terms: String,
}

#[derive(Template)]
#[template(path = "touch/work.html")]
struct WorkView<'a> {
    page: &'a Page,
    route: Route,
    title: &'a str,
    by: &'a str,
    licenses: Vec<License>,
    take_at: String,
    back: String,
}

/// One work with its licenses.
pub(super) fn work(sign: &Sign, visit: &Visit, screen: u16, work: &Work) -> Drawn {
    let w = visit.words;
    let licenses = work.offers.iter().filter_map(|offer| {
        Some(License {
            number: offer.number.clone(),
            price: w.kiosk_pay(Fare(money(&offer.price)?)),
            terms: offer.terms.join(" "),
        })
    });
    WorkView {
        page: &sign.page(visit, &home_of(screen)),
        route: steps(stops(w), 0),
        title: &work.title,
        by: &work.publisher,
        licenses: licenses.collect(),
        take_at: visit.to(&format!("/k/{screen}/orders")),
        back: visit.to(&format!("/k/{screen}/works")),
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
    go: Option<(String, Said, bool)>,
    code: Option<(String, Said)>,
    go_how: Option<Said>,
    scan: Option<Scan>,
    other: Option<(String, Said)>,
    warns: Option<(Said, String)>,
    small: Vec<Said>,
}

/// The centre does not answer.
pub(super) fn silent(sign: &Sign, visit: &Visit, screen: u16) -> Drawn {
    let w = visit.words;
    StepView {
        page: &sign.page(visit, &home_of(screen)),
        route: None,
        title: w.kiosk_silent(),
        lead: None,
        facts: Vec::new(),
        note: Some(("", "offline", w.kiosk_silent_how())),
        go: None,
        code: None,
        go_how: None,
        scan: None,
        other: Some((visit.to(&home_of(screen)), w.mach_home())),
        warns: None,
        small: Vec::new(),
    }
    .render()
}

/// An order: to be paid, on the card, or over.
pub(super) fn order(sign: &Sign, visit: &Visit, shown: &Ordered) -> Drawn {
    let w = visit.words;
    let price = Sum(shown.price);
    let (title, note, at) = if shown.is_given {
        (w.kiosk_done(&shown.title), ("good", "tick", w.kiosk_done_how()), 3)
    } else if shown.is_over {
        (w.kiosk_void(), ("", "stop", w.kiosk_order_open()), 1)
    } else {
        (w.kiosk_pay_title(price), ("", "wait", w.kiosk_waits()), 1)
    };
    let is_open = !shown.is_given && !shown.is_over;
    let link = shown.link.clone().filter(|_| is_open);
    let state = if shown.is_given {
        w.kiosk_order_given()
    } else {
        w.kiosk_order_open()
    };
    StepView {
        page: &sign.page(visit, &home_of(shown.screen)),
        route: Some(steps(stops(w), at)),
        title,
        lead: None,
        facts: vec![
            (w.kiosk_order(shown.number), state),
            (w.vend_article(), w.show(&shown.title)),
            (w.vend_price(), w.show(price)),
        ],
        note: Some(note),
        go: link.map(|link| (link, w.kiosk_pay(Fare(shown.price)), false)),
        code: None,
        go_how: is_open.then(|| w.kiosk_pay_how()),
        scan: is_open.then(|| sign.scan(visit, &shown.at)).flatten(),
        other: Some((visit.to(&home_of(shown.screen)), w.mach_home())),
        warns: shown
            .ends_in
            .filter(|_| is_open)
            .map(|seconds| (w.mach_time(seconds), shown.more.clone())),
        small: if is_open { vec![w.kiosk_order_how()] } else { Vec::new() },
    }
    .render()
}
