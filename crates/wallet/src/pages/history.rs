//! History: everything that moved on this card, in its own words, to be searched and taken away as a file.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use card::{Event, Line};
use deal::Kind;
use face::{Clock, MoneyBar, Said, ShortDay, Sum, Words};
use serde::Deserialize;

use super::{
    figures,
    library::Names,
    text::plain,
    view::drawn,
    visit::{Part, Shared, visit},
};

/// So many lines stand on the page; all of them are in the file.
const SHOWN_MAX: usize = 200;

/// A movement.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) when: Said,
    pub(super) what: Said,
    pub(super) title: String,
    pub(super) with: String,
    pub(super) amount: Option<Said>,
    /// Where the seller shows the receipt of a purchase.
    pub(super) receipt: Option<String>,
}

/// What of it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    All,
    Money,
    Works,
    Plays,
}

impl Sort {
    const ALL: [Self; 4] = [Self::All, Self::Money, Self::Works, Self::Plays];

    const fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Money => "money",
            Self::Works => "works",
            Self::Plays => "plays",
        }
    }
    fn said(self, w: Words) -> Said {
        match self {
            Self::All => w.hist_all(),
            Self::Money => w.hist_money(),
            Self::Works => w.hist_works(),
            Self::Plays => w.hist_plays(),
        }
    }
    fn named(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|sort| sort.word() == word)
            .unwrap_or(Self::All)
    }
    fn has(self, line: &Line) -> bool {
        match self {
            Self::All => true,
            Self::Money => line.amount.is_some() || is_of_value(line),
            Self::Plays => line.event == Event::Played,
            Self::Works => {
                line.event != Event::Played
                    && !is_of_value(line)
                    && !matches!(line.kind, Some(Kind::Load | Kind::Redeem | Kind::Collect))
                    && !line.title.is_empty()
            }
        }
    }
}

/// Is it about a coupon, a voucher or the like?
fn is_of_value(line: &Line) -> bool {
    matches!(line.event, Event::Came | Event::Spent | Event::Dropped)
}

/// The word for what happened, for the catalogue and for the file.
pub(super) const fn did(line: &Line) -> &'static str {
    use Event::{Given, Paid, Returned};
    match (line.event, line.kind) {
        (Paid, Some(Kind::Load)) => "load-asked",
        (Given, Some(Kind::Load)) => "load-given",
        (Returned, Some(Kind::Load)) => "load-back",
        (Paid, Some(Kind::Redeem)) => "out-sent",
        (Given, Some(Kind::Redeem)) => "out-given",
        (Returned, Some(Kind::Redeem)) => "out-back",
        (Paid, Some(Kind::Surrender)) => "back-sent",
        (Given, Some(Kind::Surrender)) => "back-given",
        (Returned, Some(Kind::Surrender)) => "back-back",
        (Paid, Some(Kind::Copy | Kind::Move)) => "copy-paid",
        (Given, Some(Kind::Copy | Kind::Move)) => "copy-given",
        (Returned, Some(Kind::Copy | Kind::Move)) => "copy-back",
        (Paid, Some(Kind::Unlock)) => "unlock-paid",
        (Given, Some(Kind::Unlock)) => "unlock-given",
        (Returned, Some(Kind::Unlock)) => "unlock-back",
        (Paid, Some(Kind::Collect)) => "home-sent",
        (Given, Some(Kind::Collect)) => "home-given",
        (Returned, Some(Kind::Collect)) => "home-back",
        (Paid, _) => "sale-paid",
        (Given, _) => "sale-given",
        (Returned, _) => "sale-back",
        (Event::Played, _) => "played",
        (Event::Deleted, _) => "deleted",
        (Event::Frozen, _) => "frozen",
        (Event::Resumed, _) => "resumed",
        (Event::Mended, _) => "mended",
        (Event::Gave, Some(Kind::Move)) => "gave-move",
        (Event::Gave, _) => "gave",
        (Event::Locked, _) => "locked",
        (Event::Contradicted, _) => "contradicted",
        (Event::Came, _) => "value-came",
        (Event::Spent, _) => "value-spent",
        (Event::Dropped, _) => "value-dropped",
        (Event::Recovered, _) => "recovered",
        (Event::Stopped, _) => "stopped",
        (Event::ChargePaid, _) => "charge-paid",
        (Event::ChargeRefused, _) => "charge-refused",
    }
}

/// A line as it is shown.
pub(super) fn row(w: Words, line: &Line, names: &Names) -> Row {
    Row {
        when: w.hand_moment(ShortDay(line.at), Clock(line.at)),
        what: w.hist_did(did(line)),
        title: plain(&line.title, 120),
        with: match (line.with, line.peer) {
            (_, Some(_)) => w.friend().plain(),
            (Some(id), None) => names.name(id),
            (None, None) => String::new(),
        },
        amount: line.amount.map(|sum| w.show(Sum(sum))),
        receipt: receipt(line, names),
    }
}

/// The receipt of what a line says came from a seller. A friend writes none.
pub(super) fn receipt(line: &Line, names: &Names) -> Option<String> {
    let bought = line.event == Event::Given && line.kind == Some(Kind::Sale) && line.peer.is_none();
    names.receipt(line.with.filter(|_| bought)?, line.deal?)
}

/// A way to look at it.
struct Pill {
    href: String,
    text: Said,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryView<'a> {
    page: &'a face::Page,
    base: &'a str,
    bar: Option<MoneyBar>,
    pills: Vec<Pill>,
    sort: &'static str,
    query: &'a str,
    rows: &'a [Row],
    is_empty: bool,
    older: Option<Said>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
}

/// The page.
pub(super) async fn show(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/history");
    let (w, names) = (visit.words, Names::of(&visit).await);
    let (overview, lines) = (visit.wallet().overview().await, visit.wallet().history().await);
    let (sort, query) = (Sort::named(&wanted.kind), plain(wanted.q.trim(), 60));
    let sought = query.to_lowercase();
    let found: Vec<Row> = lines
        .iter()
        .filter(|line| sort.has(line))
        .map(|line| row(w, line, &names))
        .filter(|row| row.title.to_lowercase().contains(&sought) || row.with.to_lowercase().contains(&sought))
        .collect();
    let bar = figures::bar(&overview);
    let page = visit.page(Part::History);
    drawn(draw(&page, visit.base(), bar, &found, (sort, &query), lines.is_empty()))
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    base: &str,
    bar: Option<MoneyBar>,
    rows: &[Row],
    (sort, query): (Sort, &str),
    is_empty: bool,
) -> Result<String, askama::Error> {
    let w = page.words;
    let older = rows.len().saturating_sub(SHOWN_MAX);
    let pill = |one: Sort| Pill {
        href: match one {
            Sort::All => format!("{base}/history"),
            other => format!("{base}/history?kind={}", other.word()),
        },
        text: one.said(w),
        is_here: one == sort,
    };
    HistoryView {
        page,
        base,
        bar,
        pills: Sort::ALL.into_iter().map(pill).collect(),
        sort: sort.word(),
        query,
        rows: rows.get(..SHOWN_MAX).unwrap_or(rows),
        is_empty,
        older: (older > 0).then(|| w.hist_more(older)),
    }
    .render()
}

/// All of it as a table for other programs.
pub(super) async fn file(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/history");
    let names = Names::of(&visit).await;
    let mut out = String::from("at,what,title,with,amount,currency,deal\r\n");
    for line in visit.wallet().history().await {
        let amount = line
            .amount
            .map(|sum| sum.figures().replace(',', ""))
            .unwrap_or_default();
        let currency = line
            .amount
            .map(|sum| sum.currency().code().to_owned())
            .unwrap_or_default();
        let with = line.with.map(|id| names.name(id)).unwrap_or_default();
        let deal = line.deal.map(|deal| deal.to_string()).unwrap_or_default();
        let cells = [
            line.at.to_string(),
            did(&line).to_owned(),
            plain(&line.title, 200),
            with,
            amount,
            currency,
            deal,
        ];
        out.push_str(&cells.map(|text| cell(&text)).join(","));
        out.push_str("\r\n");
    }
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
    let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"card-history.csv\"");
    ([kind, name], out).into_response()
}

/// A cell: quoted, and never a formula to the program that opens it.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-93
    #[test]
    fn a_title_is_no_formula_in_a_saved_history() {
        assert_eq!(cell("Night Ferry"), "\"Night Ferry\"");
        assert_eq!(
            cell("=HYPERLINK(\"http://evil\")"),
            "\"'=HYPERLINK(\"\"http://evil\"\")\""
        );
        assert_eq!(cell("@sum"), "\"'@sum\"");
    }
}
