//! Limits: what the card may spend, by its issuer and by its holder; its PIN, and the way back when that is blocked.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use card::{Limits, LimitsRefusal, RecoveryCode};
use face::{Said, Sum, Words};
use serde::Deserialize;
use units::{Money, Refusal};

use super::{
    money::pin_said,
    problem::why,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::engine::Overview;

/// Which of the three forms an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form3 {
    Limits,
    Pin,
    Unblock,
}

#[derive(Template)]
#[template(path = "limits.html")]
struct LimitsView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    done: Option<Said>,
    errors: [Option<Said>; 3],
    one: String,
    day: String,
    spent: Said,
    left: Option<Said>,
    issuer: Vec<(Said, Said)>,
    currency: String,
    tries: Said,
    blocked: bool,
}

/// The page.
pub(super) fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    overview: &Overview,
    done: Option<Said>,
    error: Option<(Form3, Said)>,
) -> Result<String, askama::Error> {
    let w = page.words;
    let figures = |sum: Option<Money>| sum.map(|sum| sum.figures()).unwrap_or_default();
    let limits = overview.limits;
    let of = |form| {
        error
            .as_ref()
            .filter(|(of, _)| *of == form)
            .map(|(_, said)| said.clone())
    };
    let mut issuer = vec![
        (w.lim_balance(), w.show(Sum(overview.balance_max))),
        (w.lim_one_max(), w.show(Sum(overview.amount_max))),
        (w.lim_payments(), w.show(overview.tags)),
        (w.lim_silence(), w.show(overview.silence_max)),
    ];
    if overview.card.is_none() {
        issuer.clear();
    }
    LimitsView {
        page,
        base,
        token,
        done,
        errors: [of(Form3::Limits), of(Form3::Pin), of(Form3::Unblock)],
        one: figures(limits.one),
        day: figures(limits.day),
        spent: w.show(Sum(overview.spent)),
        left: limits.day.map(|day| {
            let zero = Money::zero(day.currency());
            w.lim_left(Sum(day.minus(overview.spent).unwrap_or(zero)))
        }),
        issuer,
        currency: overview.balance_max.currency().code().to_owned(),
        tries: w.wallet_tries(u64::from(overview.tries)),
        blocked: overview.tries == 0,
    }
    .render()
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// The page, and what was done on it last.
pub(super) async fn show(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(done): Query<Done>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/limits");
    let w = visit.words;
    let done = match done.done.as_str() {
        "limits" => Some(w.lim_saved()),
        "pin" => Some(w.lim_pin_changed()),
        "unblock" => Some(w.lim_unblocked()),
        _ => None,
    };
    answer(&visit, done, None).await
}

async fn answer(visit: &Visit, done: Option<Said>, error: Option<(Form3, Said)>) -> Response {
    let overview = visit.wallet().overview().await;
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = visit.page(Part::Limits);
    drawn_as(
        status,
        draw(&page, (visit.base(), visit.token()), &overview, done, error),
    )
}

#[derive(Deserialize)]
pub(super) struct LimitsForm {
    token: String,
    #[serde(default)]
    one: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    pin: String,
}

/// An amount, or nothing at all.
fn limit(w: Words, text: &str, overview: &Overview) -> Result<Option<Money>, Said> {
    let (text, currency) = (text.trim().replace(',', ""), overview.balance_max.currency());
    if text.is_empty() {
        return Ok(None);
    }
    Money::parse(&text, currency).map(Some).map_err(|_| {
        let like = Money::parse("1000", currency).map(|m| m.figures()).unwrap_or_default();
        w.money_no_amount(currency.code(), like)
    })
}

fn limits_of(w: Words, form: &LimitsForm, overview: &Overview) -> Result<Limits, Said> {
    let one = limit(w, &form.one, overview)?;
    if one.is_some_and(|one| one > overview.amount_max) {
        return Err(w.lim_above(Sum(overview.amount_max)));
    }
    Ok(Limits {
        one,
        day: limit(w, &form.day, overview)?,
    })
}

/// Sets what the card may spend.
pub(super) async fn save(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<LimitsForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/limits");
    let w = visit.words;
    let overview = visit.wallet().overview().await;
    let limits = match limits_of(w, &form, &overview) {
        Ok(limits) => limits,
        Err(said) => return answer(&visit, None, Some((Form3::Limits, said))).await,
    };
    match visit.wallet().set_limits(limits, &form.pin).await {
        Ok(()) => visit.go("/limits?done=limits"),
        Err(no) => {
            let said = match &no {
                LimitsRefusal::Pin(pin) => pin_said(w, pin),
                other => why(w, other.code(), &other.to_string()),
            };
            answer(&visit, None, Some((Form3::Limits, said))).await
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PinForm {
    token: String,
    /// The PIN now, or the recovery code.
    old: String,
    new: String,
    again: String,
}

/// Changes the PIN.
pub(super) async fn pin(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<PinForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/limits");
    let w = visit.words;
    if form.new != form.again {
        return answer(&visit, None, Some((Form3::Pin, w.first_differ()))).await;
    }
    match visit.wallet().change_pin(&form.old, &form.new).await {
        Ok(()) => visit.go("/limits?done=pin"),
        Err(no) => answer(&visit, None, Some((Form3::Pin, pin_said(w, &no)))).await,
    }
}

/// Unblocks with the recovery code.
pub(super) async fn unblock(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<PinForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/limits");
    let w = visit.words;
    if form.new != form.again {
        return answer(&visit, None, Some((Form3::Unblock, w.first_differ()))).await;
    }
    let code = RecoveryCode(form.old.trim().to_owned());
    match visit.wallet().unblock(&code, &form.new).await {
        Ok(()) => visit.go("/limits?done=unblock"),
        Err(no) => answer(&visit, None, Some((Form3::Unblock, pin_said(w, &no)))).await,
    }
}
