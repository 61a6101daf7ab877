//! Cash: the holder's side of a deposit machine. The amount is named here, the notes go in over there, and here is where the
//! card takes the money. Nothing is paid, so no PIN is asked.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use deal::cash::{CashStand, CashTray};
use face::{Lang, Said, Story, Sum, Words};
use serde::Deserialize;
use units::{Hash, Money, OrderId, PartyId, Refusal};

use super::{
    deals,
    problem::{Problem, why},
    stories::made,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::engine::{MoneyRefused, Outcome, cash_order};

/// How often the page looks into the tray by itself, in seconds.
const LOOK: &str = "2";

/// The page's figures.
pub(super) struct Shown {
    pub(super) machine_id: String,
    pub(super) machine: String,
    /// What is on the card.
    pub(super) purse: Money,
    /// An order that was named: its quote, and the tray.
    pub(super) named: Option<(String, CashTray)>,
    pub(super) typed: String,
    /// The code on the machine's screen.
    pub(super) code: String,
}

#[derive(Template)]
#[template(path = "cash.html")]
struct CashView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    title: Said,
    lead: Said,
    /// Amounts that one press is enough for; empty: named already.
    quick: Vec<(String, Said)>,
    label: Said,
    typed: &'a str,
    code: &'a str,
    name_at: String,
    tray: Option<(&'static str, &'static str, Said)>,
    load: Option<(String, Said)>,
    back: Option<String>,
    look: Option<String>,
    error: Option<Said>,
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    shown: &Shown,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = page.words;
    let at = format!("{base}/cash/{}", shown.machine_id);
    let machine = shown.machine.as_str();
    let mut view = CashView {
        page,
        base,
        token,
        title: w.cash_title(machine),
        lead: w.cash_lead(),
        quick: Vec::new(),
        label: w.money_amount(shown.purse.currency().code()),
        typed: &shown.typed,
        code: &shown.code,
        name_at: at.clone(),
        tray: None,
        load: None,
        back: None,
        look: None,
        error,
    };
    let Some((quote, tray)) = &shown.named else {
        let sums = [1_000, 2_000, 5_000, 10_000].into_iter();
        let sums = sums.filter_map(|n: i32| Money::parse(&n.to_string(), shown.purse.currency()).ok());
        view.quick = sums
            .map(|sum| (sum.figures().replace(',', ""), w.cash_name(Sum(sum))))
            .collect();
        return view.render();
    };
    view.title = w.cash_put_in(Sum(tray.amount), machine);
    if let Ok(total) = shown.purse.plus(tray.amount) {
        view.lead = w.cash_sum(Sum(tray.amount), Sum(shown.purse), Sum(total));
    }
    let is_exact = tray.counted == tray.amount;
    let is_open = matches!(tray.stand, CashStand::Open | CashStand::Promised);
    view.tray = Some(match tray.stand {
        CashStand::Returned => ("", "back", w.cash_was_back(machine)),
        _ if is_exact => ("good", "tick", w.cash_exact(Sum(tray.amount))),
        _ if tray.counted > tray.amount => ("", "stop", w.cash_over(Sum(tray.amount), Sum(tray.counted))),
        _ => ("", "box", w.cash_in_tray(Sum(tray.amount), Sum(tray.counted))),
    });
    if is_open {
        view.load = is_exact.then(|| (format!("{at}/{quote}/load"), w.cash_load(Sum(tray.amount))));
        view.back = Some(format!("{at}/{quote}/back"));
        view.look = Some(format!("{at}/{quote}"));
    } else {
        view.look = Some(at);
    }
    view.render()
}

async fn page(
    visit: &Visit,
    machine: PartyId,
    named: Option<(String, CashTray)>,
    (typed, code): (&str, &str),
    error: Option<Said>,
) -> Response {
    let Some(name) = visit.wallet().machine(machine).await else {
        return visit.no(&Problem::not_found());
    };
    let waits = named
        .as_ref()
        .is_some_and(|(_, tray)| matches!(tray.stand, CashStand::Open | CashStand::Promised));
    let shown = Shown {
        machine_id: machine.to_string(),
        machine: super::text::plain(&name, 60),
        purse: visit.wallet().summary().await.spendable,
        named,
        typed: typed.to_owned(),
        code: code.to_owned(),
    };
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let frame = visit.page(Part::Card);
    let quiet = error.is_none();
    let mut response = drawn_as(status, draw(&frame, (visit.base(), visit.token()), &shown, error));
    if waits && quiet {
        let header = HeaderName::from_static("refresh");
        response.headers_mut().insert(header, HeaderValue::from_static(LOOK));
    }
    response
}

fn said(w: Words, no: &MoneyRefused) -> Said {
    why(w, no.told(), &no.to_string())
}

fn machine_of(text: &str) -> Option<PartyId> {
    text.parse().ok()
}

#[derive(Deserialize, Default)]
pub(super) struct Screen {
    #[serde(default)]
    code: String,
}

/// Name an amount.
pub(super) async fn form(
    State(desk): Shared,
    Path((key, machine)): Path<(String, String)>,
    Query(screen): Query<Screen>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/cash/{machine}"));
    match machine_of(&machine) {
        Some(machine) => page(&visit, machine, None, ("", &screen.code), None).await,
        None => visit.no(&Problem::not_found()),
    }
}

#[derive(Deserialize)]
pub(super) struct Amount {
    token: String,
    amount: String,
    #[serde(default)]
    code: String,
}

/// An amount was named: the issuer quotes, the machine is told.
pub(super) async fn name(
    State(desk): Shared,
    Path((key, machine)): Path<(String, String)>,
    headers: HeaderMap,
    Form(typed): Form<Amount>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&typed.token), &headers, format!("/cash/{machine}"));
    let Some(machine) = machine_of(&machine) else {
        return visit.no(&Problem::not_found());
    };
    let (wallet, w) = (visit.wallet(), visit.words);
    let currency = wallet.summary().await.spendable.currency();
    let amount = match Money::parse(typed.amount.trim().replace(',', "").as_str(), currency) {
        Ok(amount) if !amount.is_zero() => amount,
        _ => {
            let like = Money::parse("1000", currency).map(|m| m.figures()).unwrap_or_default();
            let no = w.money_no_amount(currency.code(), like);
            return page(&visit, machine, None, (&typed.amount, &typed.code), Some(no)).await;
        }
    };
    match wallet.name_cash(machine, amount, &typed.code).await {
        Ok(checked) => visit.go(&format!("/cash/{machine}/{}", desk.keep_quote(checked))),
        Err(no) => page(&visit, machine, None, (&typed.amount, &typed.code), Some(said(w, &no))).await,
    }
}

/// The tray.
pub(super) async fn show(
    State(desk): Shared,
    Path((key, machine, quote)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/cash/{machine}/{quote}"));
    tray(&desk, &visit, &machine, &quote, None).await
}

async fn tray(desk: &super::Desk, visit: &Visit, machine: &str, quote: &str, error: Option<Said>) -> Response {
    let checked = quote.parse::<Hash>().ok().and_then(|hash| desk.quote(hash));
    let Some((machine, (order, _))) = machine_of(machine).zip(checked.as_ref().and_then(cash_order)) else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().look_at_cash(machine, order).await {
        Ok(tray) => page(visit, machine, Some((quote.to_owned(), tray)), ("", ""), error).await,
        Err(no) => {
            let no = error.unwrap_or_else(|| said(visit.words, &no));
            page(visit, machine, None, ("", ""), Some(no)).await
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Pressed {
    token: String,
}

/// The machine may go on, and the card takes the money. Pressed twice, it is loaded once.
pub(super) async fn load(
    State(desk): Shared,
    Path((key, machine, quote)): Path<(String, String, String)>,
    headers: HeaderMap,
    Form(form): Form<Pressed>,
) -> Response {
    let visit = visit!(
        &desk,
        &key,
        Some(&form.token),
        &headers,
        format!("/cash/{machine}/{quote}")
    );
    let mut moved = desk.moved(&quote).await;
    if let Some(to) = moved.led() {
        return visit.go(&to);
    }
    let checked = quote.parse::<Hash>().ok().and_then(|hash| desk.quote(hash));
    let Some((id, checked)) = machine_of(&machine).zip(checked) else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().load_cash(id, &checked).await {
        Ok(outcome) => {
            deals::after_deal(visit.wallet(), &outcome).await;
            let (Outcome::Given { deal, .. }
            | Outcome::Returned { deal, .. }
            | Outcome::OnItsWay { deal, .. }
            | Outcome::Frozen { deal }) = outcome;
            let to = format!("/deals/{deal}");
            moved.leads(&to);
            visit.go(&to)
        }
        Err(no) => {
            let error = said(visit.words, &no);
            tray(&desk, &visit, &machine, &quote, Some(error)).await
        }
    }
}

/// Everything back.
pub(super) async fn back(
    State(desk): Shared,
    Path((key, machine, quote)): Path<(String, String, String)>,
    headers: HeaderMap,
    Form(form): Form<Pressed>,
) -> Response {
    let visit = visit!(
        &desk,
        &key,
        Some(&form.token),
        &headers,
        format!("/cash/{machine}/{quote}")
    );
    let checked = quote.parse::<Hash>().ok().and_then(|hash| desk.quote(hash));
    let Some((id, (order, _))) = machine_of(&machine).zip(checked.as_ref().and_then(cash_order)) else {
        return visit.no(&Problem::not_found());
    };
    let error = match visit.wallet().take_cash_back(id, order).await {
        Ok(_) => None,
        Err(no) => Some(said(visit.words, &no)),
    };
    tray(&desk, &visit, &machine, &quote, error).await
}

fn story(lang: Lang, change: impl FnOnce(&mut Shown), error: Option<Said>) -> Result<String, askama::Error> {
    let mut shown = Shown {
        machine_id: "0a".repeat(16),
        machine: "Harbour Station, machine 2".into(),
        purse: made::yen(1_000),
        named: None,
        typed: String::new(),
        code: String::new(),
    };
    change(&mut shown);
    draw(&made::page(lang, Part::Card), made::TO, &shown, error)
}

/// An order of 3,000 yen, and what lies in the tray.
fn tray_of(lang: Lang, counted: i64, stand: CashStand) -> Result<String, askama::Error> {
    let tray = CashTray {
        order: OrderId([1; 16]),
        amount: made::yen(3_000),
        counted: made::yen(counted),
        stand,
    };
    story(lang, |shown| shown.named = Some(("0b".repeat(32), tray)), None)
}

fn refused(lang: Lang, code: &str, detail: &str) -> Result<String, askama::Error> {
    let no = why(Words(lang), code, detail);
    let typed = |shown: &mut Shown| (shown.typed, shown.code) = ("3000".into(), "K7QD".into());
    story(lang, typed, Some(no))
}

/// Its states, with a made-up machine.
pub(super) const STORIES: &[Story] = &[
    face::story!(
        "cash",
        "Load with cash",
        "an amount and the code of the screen are asked for",
        |lang| story(lang, |_| (), None)
    ),
    face::story!(
        "cash-code",
        "Load with cash",
        "the code was scanned: one press",
        |lang| story(lang, |shown| shown.code = "K7QD".into(), None)
    ),
    face::story!("cash-silent", "Load with cash", "the machine does not answer", |lang| {
        refused(lang, "party-silent", "Harbour Station, machine 2 does not answer")
    }),
    face::story!(
        "cash-tray",
        "Load with cash",
        "a part lies in the tray",
        |lang| tray_of(lang, 1_000, CashStand::Open)
    ),
    face::story!("cash-exact", "Load with cash", "all of it lies in the tray", |lang| {
        tray_of(lang, 3_000, CashStand::Promised)
    }),
    face::story!("cash-over", "Load with cash", "too much lies in the tray", |lang| {
        tray_of(lang, 5_000, CashStand::Open)
    }),
    face::story!("cash-back", "Load with cash", "the notes came back", |lang| tray_of(
        lang,
        0,
        CashStand::Returned
    )),
    face::story!("cash-kept", "Load with cash", "the money is in the purse", |lang| {
        tray_of(lang, 3_000, CashStand::Kept)
    }),
];
