//! Fares: the publisher's page of fares coming home, drawn on the server from the collector's own figures, without a
//! script. Every plot has its table.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::{Path as Named, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use core::convert::Infallible;
use face::{Code, Day, Here, Page, Plot, Said, ShortDay, Sum as Shown, Week, Words};
use party::collector::{ByPath, Figures, Path, Sum, day_of, first_day, week_of, whole};
use store::Fault;
use units::{ContentId, Currency, Moment, Money, Span};

use super::{
    Tray,
    drawn::{self, Columns, FOOT, Rows},
};
use crate::{
    frame::Problem,
    pages::{Visit, answer, answer_private, told},
};

mod made;

#[cfg(test)]
pub(crate) use made::STORIES;

/// Days the plot of days shows.
const DAYS: u64 = 30;
/// Weeks the plot of weeks shows.
const WEEKS: u64 = 12;
/// Works the plot shows; the table has all of them.
const PLOTTED: usize = 12;
/// Weeks before the last: whatever was known by the end of that one has been known for more than sixty days.
const OLD: usize = 10;

/// A way that brought fares on so many days, and then nothing for as long, is worth a question.
const USUAL: usize = 3;
const SILENT: u64 = 14;

/// What every page of a collector says of it.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) id: units::PartyId,
    pub(crate) dev: bool,
}

impl Sign {
    fn page(&self, visit: &Visit) -> Page {
        let words = visit.words;
        Page {
            words,
            name: self.name.clone(),
            home: visit.to("/fares"),
            nav_name: words.fares_nav(),
            nav: vec![Here::new(visit.to("/fares"), words.fares(), true)],
            elsewhere: visit.elsewhere(),
            ours: true,
            foot: words.show(Code(self.id.to_string())),
            foot_links: Vec::new(),
            dev: self.dev,
        }
    }
}

/// For whom somebody in this process asks who has seen to it himself who may: the page's frame is his, and so are its links. No
/// request that comes from outside carries one.
#[derive(Debug, Clone)]
pub(crate) struct Behalf {
    pub(crate) page: Page,
    pub(crate) csv: String,
    pub(crate) json: String,
}

/// A figure that stands alone.
struct Tile {
    name: Said,
    sum: Said,
    more: Said,
}

/// A line of a table: its name, how many, how much.
struct Line {
    name: Said,
    count: Said,
    sum: Said,
}

/// A work with its ways.
struct WorkLine {
    name: Said,
    ways: Vec<Said>,
    count: Said,
    sum: Said,
}

/// Known and home, week by week.
struct Coming {
    plot: Plot,
    title: Said,
    text: Said,
    /// Beside the ends of line and band: where, loudly, what.
    marks: [(i64, bool, Said); 3],
    /// What has been on its way for more than sixty days at least.
    old: Option<Said>,
    /// Week, known, home, on the way; the newest first.
    weeks: Vec<(Said, Said, Said, Said)>,
}

#[derive(Template)]
#[template(path = "fares.html")]
struct FaresPage<'a> {
    page: &'a Page,
    tiles: Vec<Tile>,
    is_empty: bool,
    coming: Option<Coming>,
    by_day: Columns,
    days: Vec<Line>,
    by_path: Rows,
    paths: Vec<Line>,
    silent: Vec<Said>,
    home: Line,
    by_work: Rows,
    works: Vec<WorkLine>,
    rest: Vec<Line>,
    not_honoured: Option<Said>,
    foot: i64,
}

/// How a way is called on pages.
pub(crate) fn way(words: Words, path: Path) -> Said {
    match path {
        Path::Online => words.fares_path_online(),
        Path::Shop => words.fares_path_shop(),
        Path::AtmBefore => words.fares_path_atm_before(),
        Path::AtmAfter => words.fares_path_atm_after(),
        Path::Application => words.fares_path_application(),
        Path::Kiosk => words.fares_path_kiosk(),
    }
}

const fn start_of(day: u64) -> Moment {
    Moment(day.saturating_mul(86_400_000))
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

/// Totals at the end of each of the last weeks: what had come home, and what was known to be out.
fn weeks(figures: &Figures, now: Moment, money: impl Fn(i64) -> Money) -> Vec<Week> {
    let last = week_of(now);
    let first = last.saturating_sub(WEEKS - 1);
    let after = |week: u64| {
        let later = figures.days.iter().filter(|(day, _)| week_of(start_of(*day)) > week);
        later.map(|(_, paths)| whole(paths).minor).fold(0, i64::saturating_add)
    };
    let all = whole(&figures.paths).minor;
    (first..=last)
        .map(|week| {
            let home = all.saturating_sub(after(week));
            let told = figures.told.iter().rev().find(|(of, _)| *of <= week);
            // What is taken and not answered yet is home on this page, and out for the issuer: counted once.
            let both = if week == last { figures.under_way.minor } else { 0 };
            let out = told.map_or(0, |(_, told)| told.sum.minor().saturating_sub(both).max(0));
            Week {
                at: start_of(first_day(week)),
                known: money(home.saturating_add(out)),
                home: money(home),
            }
        })
        .collect()
}

/// How much was known more than sixty days ago and cannot be home even if everything that came home since then was of that.
fn old(weeks: &[Week]) -> Option<Money> {
    let last = weeks.last()?;
    let then = weeks.iter().rev().nth(OLD)?;
    then.known.minus(last.home).ok().filter(|sum| !sum.is_zero())
}

fn coming(words: Words, weeks: &[Week]) -> Option<Coming> {
    let (first, last) = (weeks.first()?, weeks.last()?);
    if last.known.is_zero() {
        return None;
    }
    let line = |week: &Week| {
        let way = week.known.minus(week.home).unwrap_or(Money::zero(week.home.currency()));
        let sum = |money| words.show(Shown(money));
        (words.show(ShortDay(week.at)), sum(week.known), sum(week.home), sum(way))
    };
    let plot = Plot::new(words.lang(), weeks)?;
    let home = plot.end.1.saturating_add(5);
    // Three lines need their room even where line and band end at one place.
    let top = plot.top.saturating_add(5).min(home.saturating_sub(40));
    let way = last.known.minus(last.home).unwrap_or(Money::zero(last.home.currency()));
    let marks = [
        (top, true, words.fares_known_mark(last.known)),
        (top.saturating_add(19), false, words.fares_way_mark(way)),
        (home, true, words.fares_home_mark(last.home)),
    ];
    Some(Coming {
        plot,
        marks,
        title: words.fares_plot(ShortDay(first.at), ShortDay(last.at)),
        old: old(weeks).map(|sum| words.fares_old(Shown(sum))),
        text: words.fares_plot_text(Shown(last.home), Shown(last.known)),
        weeks: weeks.iter().rev().map(line).collect(),
    })
}

fn tiles(words: Words, figures: &Figures, sum: impl Fn(i64) -> Said) -> Vec<Tile> {
    let tile = |name, sum, more| Tile { name, sum, more };
    let home = whole(&figures.paths);
    let out = match &figures.outstanding {
        // What is taken and not answered yet is shown as home already.
        Some(told) => tile(
            words.fares_out(),
            sum(told.sum.minor().saturating_sub(figures.under_way.minor)),
            words.fares_out_count(Day(told.at), told.count.saturating_sub(figures.under_way.count)),
        ),
        None => tile(words.fares_out(), words.fares_out_none(), words.fares_out_none_text()),
    };
    vec![
        tile(words.fares_home(), sum(home.minor), words.fares_count(home.count)),
        out,
        tile(
            words.fares_under_way(),
            sum(figures.under_way.minor),
            words.fares_under_way_count(figures.under_way.count),
        ),
        tile(
            words.fares_rebates(),
            sum(figures.rebates.minor),
            words.fares_rebates_count(figures.rebates.count),
        ),
    ]
}

/// Ways that used to bring fares and have been silent since: which, and since what day.
fn silent(figures: &Figures, today: u64) -> Vec<(Path, u64)> {
    let last = |at: usize| {
        let came = figures
            .days
            .iter()
            .filter(|(_, paths)| paths.get(at).is_some_and(|sum| sum.count > 0));
        let days: Vec<u64> = came.map(|(day, _)| *day).collect();
        let last = days.last().copied()?;
        (days.len() >= USUAL && last.saturating_add(SILENT) <= today).then_some(last)
    };
    let ways = Path::ALL.into_iter().enumerate();
    ways.filter_map(|(at, path)| last(at).map(|day| (path, day))).collect()
}

/// What took no way of the publisher's.
fn rest(words: Words, figures: &Figures, line: impl Fn(Said, Sum) -> Line) -> Vec<Line> {
    let mut rest = vec![line(words.fares_refused(), figures.refused)];
    let sum = |count, money: Money| Sum {
        count,
        minor: money.minor(),
    };
    if let Some(told) = &figures.outstanding {
        rest.push(line(words.fares_given_up(), sum(told.given_up, told.given_up_sum)));
        rest.push(line(words.fares_unclaimed(), sum(told.unclaimed, told.unclaimed_sum)));
    }
    rest
}

/// Draws the page.
fn draw(
    (sign, behalf): (&Sign, Option<&Behalf>),
    visit: &Visit,
    figures: &Figures,
    currency: Currency,
    now: Moment,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let money = |minor: i64| Money::new(minor.max(0), currency).unwrap_or(Money::zero(currency));
    let sum = |minor: i64| words.show(Shown(money(minor)));
    let plain = |minor: i64| words.show(money(minor)).plain();
    let line = |name: Said, of: Sum| Line {
        name,
        count: words.show(of.count),
        sum: sum(of.minor),
    };
    let month = month(figures, day_of(now));
    let day = |number: u64| words.show(ShortDay(start_of(number)));
    let day_values: Vec<_> = month.iter().map(|(n, sum)| (day(*n).plain(), sum.minor)).collect();
    let ways = || Path::ALL.iter().zip(&figures.paths);
    let path_values: Vec<_> = ways()
        .map(|(path, sum)| (way(words, *path).plain(), sum.minor))
        .collect();
    let title = |id: &ContentId, name: &Option<String>| match name {
        Some(name) => Said::of(name),
        None => words.fares_work_unnamed(id.short()),
    };
    let work_values: Vec<_> = figures
        .titles
        .iter()
        .take(PLOTTED)
        .map(|(id, name, paths)| (title(id, name).plain(), whole(paths).minor))
        .collect();
    let work_line = |(id, name, paths): &(ContentId, Option<String>, ByPath)| {
        let came = Path::ALL.iter().zip(paths).filter(|(_, sum)| sum.count > 0);
        WorkLine {
            name: title(id, name),
            ways: came
                .map(|(path, sum)| words.fares_path_times(sum.count, way(words, *path)))
                .collect(),
            count: words.show(whole(paths).count),
            sum: sum(whole(paths).minor),
        }
    };
    let mut page = match behalf {
        Some(behalf) => behalf.page.clone(),
        None => sign.page(visit),
    };
    let mut foot = words.fares_as_of(Day(now));
    foot.text(" ");
    foot.tags_of_ours(page.foot.html());
    page.foot = foot;
    let (csv, json) = behalf.map_or(("/fares.csv", "/fares.json"), |it| (&it.csv, &it.json));
    page.foot_links = vec![
        Here::new(csv, words.fares_csv(), false),
        Here::new(json, words.fares_json(), false),
    ];
    FaresPage {
        tiles: tiles(words, figures, sum),
        is_empty: whole(&figures.paths).count == 0,
        coming: coming(words, &weeks(figures, now, money)),
        by_day: drawn::columns(&day_values, plain, 7),
        days: month
            .iter()
            .rev()
            .filter(|(_, sum)| sum.count > 0)
            .map(|(n, sum)| line(day(*n), *sum))
            .collect(),
        by_path: drawn::rows(&path_values, plain),
        paths: ways().map(|(path, sum)| line(way(words, *path), *sum)).collect(),
        silent: silent(figures, day_of(now))
            .into_iter()
            .map(|(path, since)| words.fares_silent(way(words, path), day(since)))
            .collect(),
        home: line(words.fares_home(), whole(&figures.paths)),
        by_work: drawn::rows(&work_values, plain),
        works: figures.titles.iter().map(work_line).collect(),
        rest: rest(words, figures, line),
        not_honoured: (figures.refused.count > 0)
            .then(|| words.fares_refused_why(figures.refused.count, sum(figures.refused.minor))),
        foot: FOOT,
        page: &page,
    }
    .render()
}

/// Where the figures are.
pub(super) async fn front(visit: Result<Visit, Infallible>) -> Redirect {
    let Ok(visit) = visit;
    Redirect::to(&visit.to("/fares"))
}

/// The page, for whoever knows the operator's token.
pub(super) async fn fares(
    State(tray): State<Arc<Tray>>,
    visit: Result<Visit, Infallible>,
    behalf: Option<Extension<Behalf>>,
    headers: HeaderMap,
) -> Response {
    let Ok(visit) = visit;
    let behalf = behalf.map(|Extension(behalf)| behalf);
    if behalf.is_none()
        && let Err(no) = tray.operators.check_page(&headers)
    {
        return no.into_response();
    }
    let now = tray.office.clock.now();
    let payee = tray.payee;
    let since = now.less(Span::days((WEEKS + 1) * 7));
    let found = tray
        .office
        .look::<_, Fault>(move |collector, view, _| collector.figures(view, payee, since))
        .await;
    match found {
        Ok(figures) => answer_private(
            draw((&tray.sign, behalf.as_ref()), &visit, &figures, tray.currency(), now),
            StatusCode::OK,
        ),
        Err(no) => no.into_response(),
    }
}

/// All stories of this page.
pub(super) async fn stories(State(tray): State<Arc<Tray>>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    if !tray.sign.dev {
        return Problem::nothing_here().into_response();
    }
    let page = tray.sign.page(&visit);
    answer(
        face::stories(&page, &visit.to("/stories"), made::STORIES),
        StatusCode::OK,
    )
}

/// One of them.
pub(super) async fn story(
    State(tray): State<Arc<Tray>>,
    visit: Result<Visit, Infallible>,
    Named(name): Named<String>,
) -> Response {
    let Ok(visit) = visit;
    told(made::STORIES, &name, tray.sign.dev, &visit).unwrap_or_else(|| Problem::nothing_here().into_response())
}
