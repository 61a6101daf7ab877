//! Log: what this player noted, the latest first.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use face::{Clock, Said, ShortDay, Words};
use units::Moment;

use super::{
    super::{
        text::plain,
        view::drawn,
        visit::{Part, Shared, visit},
    },
    view::{LogRow, LogView},
};
use crate::player::{LogLine, Step};

/// How many lines a page has.
const LINES_MAX: usize = 500;

/// The playback log on this player.
pub(in crate::pages) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/log");
    let lines = visit.at.seat.player.log().lines();
    let library = visit.wallet().library().await;
    let title = |content: &str| {
        let known = library.iter().find(|shelf| shelf.held.title.to_string() == content);
        known.map_or_else(|| content.to_owned(), |shelf| plain(shelf.title(), 120))
    };
    let rows = lines.iter().rev().take(LINES_MAX);
    let view = LogView {
        page: visit.page(Part::Log),
        base: visit.base().to_owned(),
        rows: rows.map(|line| row(visit.words, line, title(&line.content))).collect(),
    };
    drawn(view.render())
}

/// One line.
pub(super) fn row(w: Words, line: &LogLine, title: String) -> LogRow {
    let at = Moment(line.ms);
    let mut when = w.show(ShortDay(at));
    when.text(" ");
    when.tags_of_ours(w.show(Clock(at)).html());
    LogRow {
        when,
        step: w.play_log_step(step(line.step)),
        code: line.code.clone(),
        title,
        place: match (line.from, line.to) {
            (Some(from), Some(to)) if from < to => w.play_log_bytes(from, to),
            _ => Said::default(),
        },
    }
}

const fn step(step: Step) -> &'static str {
    match step {
        Step::Began => "began",
        Step::Continued => "continued",
        Step::Asked => "asked",
        Step::Played => "played",
        Step::Refused => "refused",
        Step::Stopped => "stopped",
        Step::HandedOut => "handed-out",
        Step::Ended => "ended",
    }
}
