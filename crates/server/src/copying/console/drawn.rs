//! Drawn: the console's pages from their figures. Users are numbers, devices are what labels say; no key and no User ID is
//! among the figures.

use askama::Template;
use copying::{
    DeviceId, DeviceKind, MediumId, RequestId,
    server::{Copied, Death, Duty, Made, Medium, Proposal, Proposed, Role, Use, UserHistory, Written},
    wire::Source,
};
use face::{Day, Here, Page, Said, Sum};
use units::{Moment, Span};

use super::TakenBatch;
use crate::{
    copying::{Sign, no},
    frame::Problem,
    pages::Visit,
};

type Drawn = Result<String, askama::Error>;

/// Which part of the console a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Home,
    Batches,
    Proposals,
    Trail,
    Takings,
    Own,
    Elsewhere,
}

/// The frame of a page.
pub(super) fn frame(sign: &Sign, visit: &Visit, role: Option<Role>, at: At) -> Page {
    let words = visit.words;
    let mut nav = Vec::new();
    if role.is_some() {
        nav.push(Here::new(visit.to("/"), words.copying_home(), at == At::Home));
    }
    if role.is_some_and(|role| role.may(Duty::Make)) {
        nav.push(Here::new(
            visit.to("/batches"),
            words.copying_batches(),
            at == At::Batches,
        ));
    }
    if role.is_some_and(|role| role.may(Duty::Look)) {
        nav.push(Here::new(
            visit.to("/proposals"),
            words.copying_proposals(),
            at == At::Proposals,
        ));
        nav.push(Here::new(visit.to("/trail"), words.copying_trail(), at == At::Trail));
        nav.push(Here::new(
            visit.to("/takings"),
            words.copying_takings(),
            at == At::Takings,
        ));
    }
    if role.is_some() {
        nav.push(Here::new(visit.to("/you"), words.console_settings(), at == At::Own));
    }
    Page {
        words,
        name: sign.name.clone(),
        home: visit.to("/"),
        nav_name: words.copying_console(),
        nav,
        elsewhere: visit.elsewhere(),
        ours: true,
        foot: words.copying_console_foot(),
        foot_links: Vec::new(),
        dev: sign.dev,
    }
}

#[derive(Template)]
#[template(path = "copying/refused.html")]
struct RefusedPage<'a> {
    page: &'a Page,
    heading: Said,
    text: Said,
    home: String,
    back: Said,
}

/// A refusal, as a page.
pub(super) fn refused(sign: &Sign, visit: &Visit, role: Option<Role>, no: &Problem) -> Drawn {
    let words = visit.words;
    let gone = no.status() == axum::http::StatusCode::NOT_FOUND;
    RefusedPage {
        page: &frame(sign, visit, role, At::Elsewhere),
        heading: if gone {
            words.nothing_title()
        } else {
            words.copying_refused()
        },
        text: if gone {
            words.copying_find_no()
        } else {
            no::words(words, no)
        },
        home: visit.to("/"),
        back: words.copying_home(),
    }
    .render()
}

/// What the front shows.
pub(super) struct Home<'a> {
    pub(super) name: &'a str,
    pub(super) role: Role,
    pub(super) failed: u64,
    pub(super) typed: &'a str,
    pub(super) not_found: bool,
    pub(super) open: usize,
    pub(super) alarms: &'a [(Moment, String)],
    pub(super) csrf: &'a str,
}

#[derive(Template)]
#[template(path = "copying/home.html")]
struct HomePage<'a> {
    page: &'a Page,
    name: &'a str,
    role: &'a str,
    note: Option<Said>,
    reads: bool,
    batches: String,
    find: String,
    typed: &'a str,
    open: usize,
    proposals: String,
    alarms: Vec<(Said, String)>,
    sign_out: String,
    csrf: &'a str,
}

/// The front: what is asked for most.
pub(super) fn home(sign: &Sign, visit: &Visit, of: &Home<'_>) -> Drawn {
    let words = visit.words;
    let note = match (of.not_found, of.failed) {
        (true, _) => Some(words.copying_find_no()),
        (false, 0) => None,
        (false, n) => Some(words.copying_failed(n)),
    };
    HomePage {
        page: &frame(sign, visit, Some(of.role), At::Home),
        name: of.name,
        role: of.role.word(),
        note,
        reads: of.role.may(Duty::Look),
        batches: visit.to("/batches"),
        find: visit.to("/find"),
        typed: of.typed,
        open: of.open,
        proposals: visit.to("/proposals"),
        alarms: of
            .alarms
            .iter()
            .map(|(at, who)| (words.show(Day(*at)), who.clone()))
            .collect(),
        sign_out: visit.to("/sign-out"),
        csrf: of.csrf,
    }
    .render()
}

struct Device {
    id: String,
    kind: &'static str,
    number: String,
    href: String,
    chosen: bool,
}

fn device(visit: &Visit, id: DeviceId, kind: DeviceKind) -> Device {
    Device {
        id: id.to_string(),
        kind: kind.word(),
        number: id.grouped(),
        href: visit.to(&format!("/devices/{id}")),
        chosen: false,
    }
}

struct Copy {
    at: Said,
    title: String,
    state: &'static str,
    medium: String,
    medium_href: Option<String>,
    amount: Said,
}

fn copy(visit: &Visit, (title, copied): &(String, Copied)) -> Copy {
    let words = visit.words;
    let given = &copied.given;
    let (medium, medium_href) = match given.source {
        Source::Medium(id) => (id.grouped(), Some(visit.to(&format!("/media/{id}")))),
        Source::Free(batch) => (batch.grouped(), None),
    };
    Copy {
        at: words.show(Day(given.at)),
        title: title.clone(),
        state: match (given.cleared, given.complete) {
            (Some(_), _) => "cleared",
            (None, Some(_)) => "complete",
            (None, None) => "open",
        },
        medium,
        medium_href,
        amount: words.show(Sum(given.charge.amount)),
    }
}

#[derive(Template)]
#[template(path = "copying/medium.html")]
struct MediumPage<'a> {
    page: &'a Page,
    title: String,
    number: String,
    icon: &'static str,
    state: &'static str,
    price: Said,
    batch: String,
    devices: Vec<Device>,
    copies: Vec<Copy>,
}

/// A medium, and to whose devices its key went.
pub(super) fn medium(
    sign: &Sign,
    visit: &Visit,
    role: Role,
    (id, row, title, price): (MediumId, &Medium, &str, units::Money),
    copied: Option<&Copied>,
) -> Drawn {
    let (state, icon) = match row.used {
        Use::Unused => ("unused", "box"),
        Use::Given(_) => ("given", "tick"),
        Use::Freed(..) => ("freed", "back"),
    };
    MediumPage {
        page: &frame(sign, visit, Some(role), At::Elsewhere),
        title: title.to_owned(),
        number: id.grouped(),
        icon,
        state,
        price: visit.words.show(Sum(price)),
        batch: row.batch.grouped(),
        devices: copied.map_or_else(Vec::new, |copied| {
            let each = copied.given.bound.each();
            each.map(|(id, kind)| device(visit, id, kind)).collect()
        }),
        copies: copied
            .iter()
            .map(|&copied| copy(visit, &(title.to_owned(), copied.clone())))
            .collect(),
    }
    .render()
}

/// What was typed into the form for an exchange, to be typed no second time.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) broken: String,
    pub(super) replacement: String,
    pub(super) reason: String,
}

/// What a device's page is drawn from.
pub(super) struct OneDevice<'a> {
    pub(super) id: DeviceId,
    pub(super) made: &'a Made,
    pub(super) user: Option<&'a UserHistory>,
    pub(super) titles: &'a [(String, Copied)],
    pub(super) orders: &'a [(RequestId, Option<Moment>)],
    pub(super) csrf: &'a str,
    pub(super) now: Moment,
    pub(super) refused: Option<&'a Problem>,
    pub(super) waits: bool,
    pub(super) typed: Typed,
}

struct Order {
    href: String,
    short: String,
    done: Option<Said>,
}

struct User {
    devices: Vec<Device>,
    exchangeable: Vec<Device>,
    since: Said,
    until: Said,
    repairs: usize,
    reissues: usize,
    copies: Vec<Copy>,
    orders: Vec<Order>,
}

struct Form<'a> {
    exchange: String,
    reissue: String,
    csrf: &'a str,
    replacement: &'a str,
    reason: &'a str,
}

#[derive(Template)]
#[template(path = "copying/device.html")]
struct DevicePage<'a> {
    page: &'a Page,
    kind: &'static str,
    number: String,
    dead: Option<Said>,
    refused: Option<Said>,
    waits: bool,
    user: Option<User>,
    form: Option<Form<'a>>,
}

const YEAR: Span = Span::days(365);

/// A device; and if it keeps a user's keys, everything about that user.
pub(super) fn one_device(sign: &Sign, visit: &Visit, role: Role, of: &OneDevice<'_>) -> Drawn {
    let words = visit.words;
    let lately = |times: &[Moment]| times.iter().filter(|at| of.now.since(**at) < YEAR).count();
    let user = of.user.map(|user| {
        let each = || user.entry.bound.each();
        let exchangeable = each().filter(|(id, _)| *id != of.id).map(|(id, kind)| Device {
            chosen: of.typed.broken == id.to_string(),
            ..device(visit, id, kind)
        });
        User {
            devices: each().map(|(id, kind)| device(visit, id, kind)).collect(),
            exchangeable: exchangeable.collect(),
            since: words.show(Day(user.entry.since)),
            until: words.show(Day(user.entry.until)),
            repairs: lately(&user.entry.repairs),
            reissues: lately(&user.entry.reissues),
            copies: of.titles.iter().map(|one| copy(visit, one)).collect(),
            orders: of
                .orders
                .iter()
                .map(|(number, done)| Order {
                    href: visit.to(&format!("/orders/{number}")),
                    short: number.grouped(),
                    done: done.map(|at| words.copying_order_done(Day(at))),
                })
                .collect(),
        }
    });
    let serves = role.may(Duty::Serve) && user.is_some();
    DevicePage {
        page: &frame(sign, visit, Some(role), At::Elsewhere),
        kind: of.made.kind.word(),
        number: of.id.grouped(),
        dead: of.made.dead.map(|(at, why)| {
            let why = match why {
                Death::Replaced => "replaced",
                Death::Lost => "lost",
            };
            words.copying_dead(Day(at), why)
        }),
        refused: of.refused.map(|no| no::words(words, no)),
        waits: of.waits,
        user,
        form: serves.then(|| Form {
            exchange: visit.to(&format!("/devices/{}/exchange", of.id)),
            reissue: visit.to(&format!("/devices/{}/reissue", of.id)),
            csrf: of.csrf,
            replacement: &of.typed.replacement,
            reason: &of.typed.reason,
        }),
    }
    .render()
}

#[derive(Template)]
#[template(path = "copying/order.html")]
struct OrderPage<'a> {
    page: &'a Page,
    number: String,
    refused: Option<Said>,
    confirmed: bool,
    file: String,
    action: String,
    keeper: String,
    csrf: &'a str,
}

/// A repair's order for the user's card.
pub(super) fn order(
    sign: &Sign,
    visit: &Visit,
    role: Role,
    (number, keeper, confirmed): (RequestId, DeviceId, bool),
    csrf: &str,
    refused: Option<&Problem>,
) -> Drawn {
    OrderPage {
        page: &frame(sign, visit, Some(role), At::Elsewhere),
        number: number.grouped(),
        refused: refused.map(|no| no::words(visit.words, no)),
        confirmed,
        file: visit.to(&format!("/orders/{number}/file")),
        action: visit.to(&format!("/orders/{number}")),
        keeper: visit.to(&format!("/devices/{keeper}")),
        csrf,
    }
    .render()
}

#[derive(Template)]
#[template(path = "copying/batches.html")]
struct BatchesPage<'a> {
    page: &'a Page,
    refused: Option<Said>,
    took: Option<(Said, String)>,
    action: String,
    csrf: &'a str,
}

/// Making known what was pressed.
pub(super) fn batches(
    sign: &Sign,
    visit: &Visit,
    role: Role,
    csrf: &str,
    took: Option<Result<&TakenBatch, &Problem>>,
) -> Drawn {
    let words = visit.words;
    BatchesPage {
        page: &frame(sign, visit, Some(role), At::Batches),
        refused: match took {
            Some(Err(no)) => Some(no::words(words, no)),
            _ => None,
        },
        took: match took {
            Some(Ok(known)) => Some((words.copying_batch_known(u64::from(known.count)), known.batch.clone())),
            _ => None,
        },
        action: visit.to("/batches"),
        csrf,
    }
    .render()
}

/// A proposal with the names of those it is about.
pub(super) struct Named {
    pub(super) number: RequestId,
    pub(super) proposal: Proposal,
    pub(super) by: String,
    pub(super) decided_by: String,
}

struct Asked {
    what: &'static str,
    reason: String,
    by: Said,
    keeper: String,
    keeper_href: String,
    action: String,
    state: Option<Said>,
}

#[derive(Template)]
#[template(path = "copying/proposals.html")]
struct ProposalsPage<'a> {
    page: &'a Page,
    refused: Option<Said>,
    open: Vec<Asked>,
    past: Vec<Asked>,
    decides: bool,
    csrf: &'a str,
}

/// Everything that waits for a second person, and what was decided.
pub(super) fn proposals(
    sign: &Sign,
    visit: &Visit,
    role: Role,
    all: &[Named],
    csrf: &str,
    refused: Option<&Problem>,
) -> Drawn {
    let words = visit.words;
    let one = |named: &Named| {
        let (what, keeper) = match named.proposal.what {
            Proposed::Repair(keeper, ..) => ("repair", keeper),
            Proposed::Reissue(keeper) => ("reissue", keeper),
        };
        Asked {
            what,
            reason: named.proposal.reason.clone(),
            by: words.copying_proposed(Day(named.proposal.at), named.by.as_str()),
            keeper: keeper.grouped(),
            keeper_href: visit.to(&format!("/devices/{keeper}")),
            action: visit.to(&format!("/proposals/{}", named.number)),
            state: named.proposal.decided.map(|(_, _, yes)| {
                let state = if yes { "allowed" } else { "declined" };
                words.copying_proposal_state(state, named.decided_by.as_str())
            }),
        }
    };
    let (open, past): (Vec<_>, Vec<_>) = all.iter().partition(|named| named.proposal.decided.is_none());
    ProposalsPage {
        page: &frame(sign, visit, Some(role), At::Proposals),
        refused: refused.map(|no| no::words(words, no)),
        open: open.into_iter().map(one).collect(),
        past: past.into_iter().map(one).collect(),
        decides: role.may(Duty::Decide),
        csrf,
    }
    .render()
}

struct Line {
    number: u64,
    at: String,
    who: Option<String>,
    verb: String,
    reason: String,
    about: String,
    chain: String,
}

#[derive(Template)]
#[template(path = "copying/trail.html")]
struct TrailPage<'a> {
    page: &'a Page,
    edited: &'a [String],
    count: u64,
    acts: Vec<Line>,
    older: Option<String>,
}

/// The trail: acts with the names of those who did them, and what was recomputed.
pub(super) fn trail(
    sign: &Sign,
    visit: &Visit,
    role: Role,
    (edited, count): (&[String], u64),
    acts: &[(u64, Written, Option<String>)],
) -> Drawn {
    let line = |(number, written, who): &(u64, Written, Option<String>)| Line {
        number: *number,
        at: written.act.at.to_string().replace('T', " "),
        who: who.clone(),
        verb: written.act.verb.clone(),
        reason: written.act.reason.clone(),
        about: written.act.about.clone(),
        chain: written.chain.to_string().chars().take(12).collect(),
    };
    let last = acts.last().map(|(number, ..)| *number).filter(|number| *number > 1);
    TrailPage {
        page: &frame(sign, visit, Some(role), At::Trail),
        edited,
        count,
        acts: acts.iter().map(line).collect(),
        older: last.map(|last| visit.to(&format!("/trail?before={last}"))),
    }
    .render()
}
