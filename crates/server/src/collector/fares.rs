//! Fares: the publisher's page of fares coming home, drawn on the server from the collector's own figures, without a
//! script. Every plot has its table.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use party::collector::{ByPath, Figures, Path, Sum, whole};
use store::Fault;
use units::{ContentId, Currency, Money, Span};

use super::{
    Tray,
    drawn::{self, Columns, FOOT, Rows},
};
use crate::{
    frame::{Problem, around::PAGE_POLICY},
    money::shown,
};

/// Days the plot shows.
const DAYS: u64 = 30;
/// Works the plot shows; the table has all of them.
const PLOTTED: usize = 12;

/// What every page of a collector says of it.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) id: units::PartyId,
    pub(crate) dev: bool,
}

/// A line of a table: its name, how many, how much.
struct Line {
    name: String,
    count: u64,
    sum: String,
}

/// A work with its ways.
struct WorkLine {
    name: String,
    ways: String,
    count: u64,
    sum: String,
}

struct Waiting {
    count: u64,
    sum: String,
    given_up: u64,
    given_up_sum: String,
    unclaimed: u64,
    unclaimed_sum: String,
    at: String,
}

#[derive(Template)]
#[template(path = "fares.html")]
struct FaresPage<'a> {
    sign: &'a Sign,
    sheet: &'static str,
    mark: &'static str,
    home: Line,
    under_way: Line,
    refused: Line,
    rebates: Line,
    waiting: Option<Waiting>,
    by_day: Columns,
    days: Vec<Line>,
    by_path: Rows,
    paths: Vec<Line>,
    by_work: Rows,
    works: Vec<WorkLine>,
    foot: i64,
    as_of: String,
}

/// How a way is called on pages.
pub(crate) const fn way(path: Path) -> &'static str {
    match path {
        Path::Online => "Online, in the background",
        Path::Shop => "Card returned to a shop",
        Path::AtmBefore => "Cash machine, before banking",
        Path::AtmAfter => "Cash machine, after banking",
        Path::Application => "Other card applications",
        Path::Kiosk => "Kiosk",
    }
}

fn amount(minor: i64, currency: Currency) -> String {
    shown(Money::new(minor.max(0), currency).unwrap_or(Money::zero(currency)))
}

fn line(name: impl Into<String>, sum: Sum, currency: Currency) -> Line {
    Line {
        name: name.into(),
        count: sum.count,
        sum: amount(sum.minor, currency),
    }
}

fn title_of(id: ContentId, name: Option<&str>) -> String {
    name.map_or_else(|| format!("work {}", id.short()), str::to_owned)
}

fn ways_of(paths: &ByPath) -> String {
    let named = Path::ALL.iter().zip(paths).filter(|(_, sum)| sum.count > 0);
    named
        .map(|(path, sum)| format!("{} {}", path.word(), sum.count))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A day, as files and pages have it: year, month, day.
fn date(at: units::Moment) -> String {
    at.to_string().chars().take(10).collect()
}

fn day(number: u64) -> String {
    date(units::Moment(number.saturating_mul(86_400_000)))
}

/// Every day of the last month, also those on which nothing came.
fn month(figures: &Figures, today: u64) -> Vec<(u64, Sum)> {
    let first = today.saturating_sub(DAYS - 1);
    (first..=today)
        .map(|number| {
            let found = figures.days.iter().find(|(day, _)| *day == number);
            (number, found.map(|(_, paths)| whole(paths)).unwrap_or_default())
        })
        .collect()
}

fn drawn_page<'a>(sign: &'a Sign, figures: &Figures, currency: Currency, now: units::Moment) -> FaresPage<'a> {
    let month = month(figures, party::collector::day_of(now));
    let money = |minor: i64| amount(minor, currency);
    let day_values: Vec<(String, i64)> = month.iter().map(|(n, sum)| (day(*n), sum.minor)).collect();
    let path_values: Vec<(String, i64)> = Path::ALL
        .iter()
        .zip(&figures.paths)
        .map(|(path, sum)| (way(*path).to_owned(), sum.minor))
        .collect();
    let named =
        |(id, name, paths): &(ContentId, Option<String>, ByPath)| (title_of(*id, name.as_deref()), whole(paths).minor);
    let work_values: Vec<(String, i64)> = figures.titles.iter().take(PLOTTED).map(named).collect();
    let waiting = figures.outstanding.as_ref().map(|told| Waiting {
        count: told.count,
        sum: shown(told.sum),
        given_up: told.given_up,
        given_up_sum: shown(told.given_up_sum),
        unclaimed: told.unclaimed,
        unclaimed_sum: shown(told.unclaimed_sum),
        at: date(told.at),
    });
    FaresPage {
        sign,
        sheet: face::SHEET_AT,
        mark: face::MARK_AT,
        home: line("Home", whole(&figures.paths), currency),
        under_way: line("Under way", figures.under_way, currency),
        refused: line("Refused", figures.refused, currency),
        rebates: line("Rebates", figures.rebates, currency),
        waiting,
        by_day: drawn::columns(&day_values, money, 7),
        days: month
            .iter()
            .rev()
            .filter(|(_, sum)| sum.count > 0)
            .map(|(n, sum)| line(day(*n), *sum, currency))
            .collect(),
        by_path: drawn::rows(&path_values, money),
        paths: Path::ALL
            .iter()
            .zip(&figures.paths)
            .map(|(path, sum)| line(way(*path), *sum, currency))
            .collect(),
        by_work: drawn::rows(&work_values, money),
        works: figures
            .titles
            .iter()
            .map(|(id, name, paths)| WorkLine {
                name: title_of(*id, name.as_deref()),
                ways: ways_of(paths),
                count: whole(paths).count,
                sum: amount(whole(paths).minor, currency),
            })
            .collect(),
        foot: FOOT,
        as_of: date(now),
    }
}

fn page(template: &impl Template, status: StatusCode) -> Response {
    let Ok(html) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, html).into_response();
    let fields = response.headers_mut();
    fields.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    fields.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Where the figures are.
pub(super) async fn front() -> Redirect {
    Redirect::to("/fares")
}

/// The page, for whoever knows the operator's token.
pub(super) async fn fares(State(tray): State<Arc<Tray>>, headers: HeaderMap) -> Response {
    if let Err(no) = tray.operators.check_page(&headers) {
        return no.into_response();
    }
    let now = tray.office.clock.now();
    let payee = tray.payee;
    let found = tray
        .office
        .look::<_, Fault>(move |collector, view, now| collector.figures(view, payee, now.less(Span::days(DAYS))))
        .await;
    match found {
        Ok(figures) => page(&drawn_page(&tray.sign, &figures, tray.currency(), now), StatusCode::OK),
        Err(no) => no.into_response(),
    }
}

const STYLE: &str = include_str!("../../static/fares.css");

/// What this page adds to the common sheet.
pub(super) async fn style() -> Response {
    fixed(STYLE, "text/css; charset=utf-8", "public, max-age=300")
}

/// The sheet and the mark that all pages share: never changed under their names.
pub(super) async fn shared(uri: Uri) -> Response {
    match face::asset(uri.path()) {
        Some(asset) => fixed(asset.text, asset.media_type, "public, max-age=31536000, immutable"),
        None => Problem::nothing_here().into_response(),
    }
}

fn fixed(text: &'static str, kind: &'static str, keep: &'static str) -> Response {
    let mut response = text.into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_figure_twice_and_escapes_what_others_named() {
        let sign = Sign {
            name: "Minato <Tape> Works".into(),
            id: units::PartyId([7; 16]),
            dev: false,
        };
        let mut paths = ByPath::default();
        paths[Path::Shop.index()] = Sum { count: 3, minor: 900 };
        let figures = Figures {
            paths,
            titles: vec![(ContentId([1; 16]), Some("<script>alert(1)</script>".into()), paths)],
            days: vec![(party::collector::day_of(units::Moment(1_800_000_000_000)), paths)],
            under_way: Sum { count: 1, minor: 300 },
            refused: Sum::default(),
            rebates: Sum::default(),
            outstanding: None,
        };
        let html = drawn_page(&sign, &figures, Currency::JPY, units::Moment(1_800_000_000_000))
            .render()
            .unwrap();
        assert!(!html.contains("<script") && html.contains("Minato &#60;Tape&#62; Works"));
        assert!(!html.contains("style=") && !html.contains("onclick"));
        assert_eq!(html.matches("<svg class=\"plot").count(), 3);
        assert!(html.matches("<table").count() >= 3);
        assert!(html.matches("\u{a5}900").count() >= 6, "{html}");
    }
}
