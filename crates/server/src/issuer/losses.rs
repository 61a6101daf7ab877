//! Losses: lost cards as the issuer's people see them: how each stands, what waits, and what is to be done. The operator's alone.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use core::convert::Infallible;
use face::{Code, Day, Here, Page, Said, Story, Sum, Words};
use party::issuer::LossRow;
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{CardNo, Moment, Money};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Mint, Sign};
use crate::{
    frame::{Json, Problem, problem::Document},
    money::Amount,
    pages::{Visit, answer_private},
};

/// How a loss stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Late payments may still come.
    Waits,
    /// The wait is over, the sweep has not been here.
    Follows,
    /// Open payments hold some of it back.
    Rest,
    /// Everything came back.
    Done,
    /// There was nothing.
    Empty,
}

impl Stands {
    fn of(row: &LossRow, held: Money, now: Moment) -> Self {
        match (now > row.from, held.is_zero(), row.back.is_zero()) {
            (false, ..) => Self::Waits,
            (true, true, true) => Self::Empty,
            (true, true, false) => Self::Done,
            (true, false, true) if row.open.is_empty() => Self::Follows,
            (true, false, _) => Self::Rest,
        }
    }
    const fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Follows => "follows",
            Self::Rest => "rest",
            Self::Done => "done",
            Self::Empty => "empty",
        }
    }
}

/// A lost card.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LostCard {
    /// Its number.
    pub card: String,
    /// Which card took its place.
    pub to: String,
    /// When it was stopped.
    pub stopped: String,
    /// When its money follows.
    pub from: String,
    /// "waits", "follows", "rest" (open payments hold some back), "done" or "empty".
    pub stands: String,
    /// What came back.
    pub back: Amount,
    /// What is still held for it.
    pub held: Amount,
    /// Payments of it that were open.
    pub open: usize,
    /// What was paid with it and heard of only after it was stopped, if anything was: it cannot be returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Amount>,
}

/// Lost cards and how each stands. The operator's.
#[utoipa::path(get, path = "/v1/losses", tag = "operator",
    responses((status = 200, body = Vec<LostCard>),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn losses(State(state): State<Arc<Mint>>, headers: HeaderMap) -> Result<Json<Vec<LostCard>>, Problem> {
    state.operators.check(&headers)?;
    let (found, now) = read(&state).await?;
    let line = |(card, row, held): (CardNo, LossRow, Money)| LostCard {
        card: card.to_string(),
        to: row.to.to_string(),
        stopped: row.stopped.to_string(),
        from: row.from.to_string(),
        stands: Stands::of(&row, held, now).word().to_owned(),
        back: row.back.into(),
        held: held.into(),
        open: row.open.len(),
        late: row.late.map(Into::into),
    };
    Ok(Json(found.into_iter().map(line).collect()))
}

type Found = Vec<(CardNo, LossRow, Money)>;

async fn read(state: &Mint) -> Result<(Found, Moment), Problem> {
    let mut found = state
        .office
        .look::<_, Fault>(|issuer, view, _| issuer.losses(view))
        .await?;
    // The newest first; nothing about a card's number says when.
    found.sort_by_key(|(_, row, _)| core::cmp::Reverse(row.stopped));
    Ok((found, state.office.clock.now()))
}

struct Line {
    card: Said,
    to: Said,
    stopped: Said,
    stands: Said,
    open: Option<Said>,
    late: Option<Said>,
    back: Said,
    held: Said,
    what: Said,
    waits: bool,
}

#[derive(Template)]
#[template(path = "losses.html")]
struct LossesPage<'a> {
    page: &'a Page,
    lines: Vec<Line>,
}

/// The frame of the issuer's pages, at this one.
pub(super) fn frame(sign: &Sign, visit: &Visit, at: &str) -> Page {
    let w = visit.words;
    let here = |path: &str, text| Here::new(visit.to(path), text, path == at);
    Page {
        words: w,
        name: sign.name.clone(),
        home: visit.to("/"),
        nav_name: w.losses_title(),
        nav: vec![
            here("/losses", w.losses_title()),
            here("/cases", w.cases_title()),
            here("/data", w.care_name()),
        ],
        elsewhere: visit.elsewhere(),
        ours: true,
        foot: w.motto(),
        foot_links: Vec::new(),
        dev: sign.dev,
    }
}

fn draw(sign: &Sign, visit: &Visit, found: &[(CardNo, LossRow, Money)], now: Moment) -> Result<String, askama::Error> {
    let w = visit.words;
    let line = |(card, row, held): &(CardNo, LossRow, Money)| {
        let stands = Stands::of(row, *held, now);
        Line {
            card: w.show(Code(card.to_string())),
            to: w.losses_to(Code(row.to.short())),
            stopped: w.show(Day(row.stopped)),
            stands: stands_in(w, stands, row),
            open: (!row.open.is_empty()).then(|| w.losses_open(row.open.len())),
            late: row.late.map(|sum| w.losses_late(Sum(sum))),
            back: w.show(Sum(row.back)),
            held: w.show(Sum(*held)),
            what: match stands {
                Stands::Waits | Stands::Follows => w.losses_do_wait(),
                Stands::Rest => w.losses_do_rest(),
                Stands::Done | Stands::Empty => w.losses_do_nothing(),
            },
            waits: matches!(stands, Stands::Waits | Stands::Follows | Stands::Rest),
        }
    };
    LossesPage {
        page: &frame(sign, visit, "/losses"),
        lines: found.iter().map(line).collect(),
    }
    .render()
}

fn stands_in(w: Words, stands: Stands, row: &LossRow) -> Said {
    match stands {
        Stands::Waits => w.losses_waits(Day(row.from)),
        Stands::Follows => w.losses_follows(),
        Stands::Rest => w.losses_rest(),
        Stands::Done => w.losses_done(),
        Stands::Empty => w.losses_empty(),
    }
}

async fn page(
    State(state): State<Arc<Mint>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    state.operators.check_page(&headers)?;
    let (found, now) = read(&state).await.map_err(IntoResponse::into_response)?;
    Ok(answer_private(draw(&state.sign, &visit, &found, now), StatusCode::OK))
}

const NOW: Moment = Moment(1_795_168_800_000);

fn told_of(lang: face::Lang, full: bool) -> Result<String, askama::Error> {
    let yen = |n| Money::new(n, units::Currency::JPY).unwrap_or(Money::zero(units::Currency::JPY));
    let loss = |n: u8, days: u64, past: bool, open: usize, back: i64, held: i64| {
        let span = units::Span::days(days);
        let row = LossRow {
            to: CardNo([n.wrapping_add(1); 16]),
            stopped: NOW.less(units::Span::days(28)),
            from: if past { NOW.less(span) } else { NOW.plus(span) },
            open: (0..open)
                .map(|at| {
                    (
                        units::DealId([at as u8; 32]),
                        at as u64,
                        minicbor::bytes::ByteVec::from(Vec::new()),
                    )
                })
                .collect(),
            orders: Vec::new(),
            back: yen(back),
            late: (back == 8_000).then(|| yen(640)),
        };
        (CardNo([n; 16]), row, yen(held))
    };
    let found = [
        loss(1, 9, false, 0, 0, 4_300),
        loss(3, 3, true, 2, 1_200, 350),
        loss(5, 40, true, 0, 8_000, 0),
        loss(7, 60, true, 0, 0, 0),
    ];
    let sign = Sign {
        name: "Harbour Money".into(),
        dev: true,
    };
    draw(&sign, &Visit::told(lang), if full { &found } else { &[] }, NOW)
}

/// The page in its states.
pub(super) const STORIES: &[Story] = &[
    Story {
        name: "losses",
        page: "Lost cards",
        state: "in each state",
        draw: |lang| told_of(lang, true),
    },
    Story {
        name: "losses-none",
        page: "Lost cards",
        state: "none",
        draw: |lang| told_of(lang, false),
    },
];

pub(super) fn routes() -> OpenApiRouter<Arc<Mint>> {
    OpenApiRouter::new().routes(routes!(losses))
}

/// Its page.
pub(super) fn pages() -> Router<Arc<Mint>> {
    Router::new().route("/losses", get(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-93
    #[test]
    fn every_state_of_a_loss_is_told_in_both_languages() {
        crate::pages::tell_all(STORIES);
        let html = told_of(face::Lang::En, true).unwrap();
        for text in [
            "The money follows on",
            "Came back, but for",
            "Everything came back",
            "There was nothing on it",
            "heard of after the stop",
        ] {
            assert!(html.contains(text), "{text}");
        }
    }
}
