//! Drawn: the desk's pages, from what its records say. No key and no person is on them.

use askama::Template;
use deal::support::{NotedStep, Stage, Trouble};
use face::{Clock, Here, Page, Said, ShortDay, Sum, Words};
use party::{
    bank::WhyNot,
    support::{Paid, Request, Unlocked, Unpassed},
};
use units::{DealId, Moment, Money, OrderId};

use crate::pages::Visit;

/// What every page of a centre says of it.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) dev: bool,
}

/// The parts of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Requests,
    Unlocked,
    Elsewhere,
}

impl Sign {
    pub(super) fn page(&self, visit: &Visit, at: At) -> Page {
        let words = visit.words;
        let here = |path: &str, text, of: At| Here::new(visit.to(path), text, of == at);
        Page {
            words,
            name: self.name.clone(),
            home: visit.to("/"),
            nav_name: words.desk_nav(),
            nav: vec![
                here("/", words.desk_requests(), At::Requests),
                here("/unlocked", words.desk_unlocked(), At::Unlocked),
            ],
            elsewhere: visit.elsewhere(),
            ours: true,
            foot: words.motto(),
            foot_links: Vec::new(),
            dev: self.dev,
        }
    }
}

/// A day and a time, UTC.
fn when(words: Words, at: Moment) -> Said {
    let mut said = words.show(ShortDay(at));
    said.text("\u{a0}");
    said.tags_of_ours(words.show(Clock(at)).html());
    said
}

fn trouble(words: Words, of: Trouble) -> Said {
    match of {
        Trouble::Other => words.desk_trouble_other(),
        Trouble::NoAnswer => words.desk_trouble_no_answer(),
        Trouble::Key => words.desk_trouble_key(),
        Trouble::Lost => words.desk_trouble_lost(),
        Trouble::Package => words.desk_trouble_package(),
        Trouble::Counted => words.desk_trouble_counted(),
    }
}

fn step(words: Words, of: NotedStep) -> Said {
    match of {
        NotedStep::Began => words.desk_step_began(),
        NotedStep::Continued => words.desk_step_continued(),
        NotedStep::Asked => words.desk_step_asked(),
        NotedStep::Played => words.desk_step_played(),
        NotedStep::Refused => words.desk_step_refused(),
        NotedStep::Stopped => words.desk_step_stopped(),
        NotedStep::HandedOut => words.desk_step_handed_out(),
        NotedStep::Ended => words.desk_step_ended(),
    }
}

/// What the centre's people do about a refused transfer before they send it again.
fn to_do(words: Words, why: Option<WhyNot>) -> Said {
    match why {
        Some(WhyNot::NotCovered) => words.desk_to_do_covered(),
        Some(WhyNot::NoAccount) => words.desk_to_do_account(),
        Some(WhyNot::Amount) => words.desk_to_do_amount(),
        None => words.desk_to_do_nothing(),
    }
}

/// A request in the list, and above its own page.
struct Line {
    href: String,
    at: Said,
    work: Option<String>,
    trouble: Said,
    code: Option<String>,
    words: String,
    kind: &'static str,
    stage: Said,
    finding: Option<Said>,
    said: String,
    again: Said,
    waits: bool,
}

impl Line {
    fn of(visit: &Visit, id: [u8; 16], request: &Request) -> Self {
        let words = visit.words;
        let waits = request.answer.is_none() && request.seller.is_none();
        let (kind, stage) = match request.stage {
            _ if waits => ("bad", words.desk_stage_waits()),
            Stage::Looking => ("", words.desk_stage_looking()),
            Stage::Answered => ("", words.desk_stage_answered()),
            Stage::Repaired => ("good", words.desk_stage_repaired()),
        };
        let said: Vec<_> = request.advice.iter().map(|advice| advice.code.as_str()).collect();
        Self {
            href: visit.to(&format!("/requests/{}", OrderId(id))),
            at: when(words, request.at),
            work: request.content.map(|content| content.to_string()),
            trouble: trouble(words, request.trouble),
            code: request.code.clone(),
            words: request.words.clone(),
            kind,
            stage,
            finding: request.finding.map(|finding| words.desk_found(finding.code())),
            said: said.join(", "),
            again: words.desk_times(request.again),
            waits,
        }
    }
}

#[derive(Template)]
#[template(path = "support/requests.html")]
struct RequestsPage<'a> {
    page: &'a Page,
    lines: Vec<Line>,
    older: Option<String>,
}

/// Draws a page of requests; `before`: where the next one begins.
pub(super) fn requests(
    sign: &Sign,
    visit: &Visit,
    found: &[([u8; 16], Request)],
    before: Option<&str>,
) -> Result<String, askama::Error> {
    RequestsPage {
        page: &sign.page(visit, At::Requests),
        lines: found.iter().map(|(id, one)| Line::of(visit, *id, one)).collect(),
        older: before.map(|before| visit.to(&format!("/?before={before}"))),
    }
    .render()
}

/// A line of a playback log.
struct Noted {
    at: Said,
    step: Said,
    play: String,
    from: String,
    to: String,
    code: String,
}

#[derive(Template)]
#[template(path = "support/request.html")]
struct RequestPage<'a> {
    page: &'a Page,
    heading: Said,
    no: &'a str,
    line: Line,
    advice: Vec<&'a str>,
    log: Vec<Noted>,
}

/// Draws one request; `no`: why an answer was not taken.
pub(super) fn request(
    sign: &Sign,
    visit: &Visit,
    (id, one): (OrderId, &Request),
    no: &str,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let plain = |number: Option<u64>| number.map(|n| words.show(n).plain()).unwrap_or_default();
    let noted = one.sheet().map(|sheet| sheet.noted).unwrap_or_default();
    RequestPage {
        page: &sign.page(visit, At::Elsewhere),
        heading: words.desk_request_of(when(words, one.at)),
        no,
        line: Line::of(visit, id.0, one),
        advice: one.advice.iter().map(|advice| advice.text.as_str()).collect(),
        log: noted
            .into_iter()
            .map(|line| Noted {
                at: when(words, line.at),
                step: step(words, line.step),
                play: plain(line.play.map(u64::from)),
                from: plain(line.from),
                to: plain(line.to),
                code: line.code.unwrap_or_default(),
            })
            .collect(),
    }
    .render()
}

/// A row of what was unlocked.
struct Row {
    title: String,
    quoted: Said,
    fee: Said,
    paid: Said,
    passed: Option<Said>,
    unlocked: Said,
    is_first: bool,
    delivered: Option<Said>,
    again: Said,
    receipt: String,
}

impl Row {
    fn of(words: Words, row: &Unlocked) -> Self {
        let paid = when(words, row.came);
        Self {
            title: row.title.clone(),
            quoted: when(words, row.quoted),
            fee: words.show(Sum(row.fee)),
            paid: match row.paid {
                Paid::Nothing => words.desk_paid_free(paid),
                Paid::Slip(_) => words.desk_paid_card(paid),
                Paid::Cash(_) => words.desk_paid_cash(paid),
            },
            passed: row.passed.map(|at| words.desk_passed(when(words, at))),
            unlocked: when(words, if row.first { row.quoted } else { row.at }),
            is_first: row.first,
            delivered: row.delivered.map(|at| when(words, at)),
            again: words.desk_times(row.again),
            receipt: row.receipt.to_string(),
        }
    }
}

/// Somebody who waits with cash at the counter: order, fee, title, since when.
pub(super) type Waits = (OrderId, Money, String, Moment);

struct Cash {
    order: String,
    title: String,
    fee: Said,
    since: Said,
}

struct Owed {
    deal: String,
    order: String,
    title: String,
    fee: Said,
    since: Said,
    to_do: Said,
    is_stuck: bool,
}

#[derive(Template)]
#[template(path = "support/unlocked.html")]
struct UnlockedPage<'a> {
    page: &'a Page,
    cash: Vec<Cash>,
    cash_to: String,
    unpassed: Vec<Owed>,
    send_to: String,
    lines: Vec<Row>,
    older: Option<String>,
}

/// Everything the page of unlockings shows.
#[derive(Default)]
pub(super) struct Done {
    pub rows: Vec<(DealId, Unlocked)>,
    pub before: Option<String>,
    pub cash: Vec<Waits>,
    pub unpassed: Vec<Unpassed>,
}

/// Draws what was unlocked, and who waits at the counter.
pub(super) fn unlocked(sign: &Sign, visit: &Visit, done: &Done) -> Result<String, askama::Error> {
    let words = visit.words;
    let cash = |(order, fee, title, since): &Waits| Cash {
        order: order.to_string(),
        title: title.clone(),
        fee: words.show(Sum(*fee)),
        since: when(words, *since),
    };
    let owed = |one: &Unpassed| Owed {
        deal: one.deal.to_string(),
        order: one.order.to_string(),
        title: one.title.clone(),
        fee: words.show(Sum(one.fee)),
        since: when(words, one.since),
        to_do: to_do(words, one.refused),
        is_stuck: one.refused.is_some(),
    };
    UnlockedPage {
        page: &sign.page(visit, At::Unlocked),
        cash: done.cash.iter().map(cash).collect(),
        cash_to: visit.to("/unlocked/cash"),
        unpassed: done.unpassed.iter().map(owed).collect(),
        send_to: visit.to("/unlocked/send"),
        lines: done.rows.iter().map(|(_, row)| Row::of(words, row)).collect(),
        older: done
            .before
            .as_ref()
            .map(|before| visit.to(&format!("/unlocked?before={before}"))),
    }
    .render()
}
