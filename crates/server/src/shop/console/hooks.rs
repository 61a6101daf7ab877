//! Webhooks: addresses at which a publisher's own programs are told, and what became of it. A secret is shown once; rolling shows
//! until when the old one stands.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use data_encoding::HEXLOWER;
use face::{Clock, Day, Page, Said, Words};
use party::shop::{Deed, HookEvent, HookId, HookRefused, HookShown, HookState};
use store::Fault;
use units::Moment;

use super::{
    frame::{At, Whose, on, page as frame, shown_as, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, hooks::secret_text, pages::Sign},
};

/// So many of the latest events of an address are shown.
const LATEST: usize = 10;

/// An event: what it tells of, when it came about, and what became of it.
struct EventLine {
    /// For the eye: "good", "bad" or nothing.
    kind: &'static str,
    about: Said,
    at: Said,
    state: Said,
    answer: Option<Said>,
}

struct Line {
    id: String,
    address: String,
    since: Said,
    /// It is signed with the secret before, too: until when.
    both: Option<Said>,
    events: Vec<EventLine>,
    test_of: Said,
    roll_of: Said,
    remove_of: Said,
}

#[derive(Template)]
#[template(path = "console/hooks.html")]
struct HooksPage<'a> {
    page: &'a Page,
    hooks: Vec<Line>,
    /// The new secret, and what to know of it.
    new: Option<(String, Said)>,
    sent: bool,
    refused: Option<Said>,
    typed: &'a str,
    csrf: &'a str,
    base: String,
}

/// What the page shows.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub(super) hooks: Vec<HookShown>,
    /// A secret that was made, and until when the one it replaces stands.
    pub(super) new: Option<(String, Option<Moment>)>,
    /// A test event is on its way.
    pub(super) sent: bool,
    pub(super) refused: Option<Said>,
    /// The address that was refused.
    pub(super) typed: &'a str,
    pub(super) csrf: &'a str,
    pub(super) now: Moment,
}

fn event_line(words: Words, (at, event): (Moment, HookEvent)) -> EventLine {
    let tries = u64::from(event.tries);
    let (kind, state) = match event.state {
        HookState::Waiting(_) if event.tries == 0 => ("", words.console_hooks_waiting()),
        HookState::Waiting(next) => ("", words.console_hooks_again(Clock(next), Day(next), tries)),
        HookState::Heard(at) => ("good", words.console_hooks_heard(Clock(at), Day(at))),
        HookState::GivenUp(_) => ("bad", words.console_hooks_given_up(tries)),
    };
    let answer = match event.answer {
        Some(status) => words.console_hooks_answer(u64::from(status)),
        None => words.console_hooks_no_answer(),
    };
    EventLine {
        kind,
        about: words.console_hooks_about(&event.about.word().replace('.', "-")),
        at: words.console_hooks_at(Clock(at), Day(at)),
        state,
        answer: (event.tries > 0).then_some(answer),
    }
}

fn line(words: Words, now: Moment, it: HookShown) -> Line {
    let address = it.hook.address.as_str();
    Line {
        id: HEXLOWER.encode(&it.id),
        since: words.console_hooks_since(Day(it.hook.since)),
        both: it
            .hook
            .old_until(now)
            .map(|until| words.console_hooks_both(Clock(until), Day(until))),
        test_of: words.console_hooks_test_of(address),
        roll_of: words.console_hooks_roll_of(address),
        remove_of: words.console_hooks_remove_of(address),
        events: it.events.into_iter().map(|one| event_line(words, one)).collect(),
        address: it.hook.address,
    }
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    HooksPage {
        page: &frame(sign, visit, staff, Some(whose), At::Hooks),
        hooks: it.hooks.into_iter().map(|one| line(words, it.now, one)).collect(),
        new: it.new.map(|(secret, until)| match until {
            Some(until) => (secret, words.console_hooks_new_beside(Clock(until), Day(until))),
            None => (secret, words.console_hooks_new()),
        }),
        sent: it.sent,
        refused: it.refused,
        typed: it.typed,
        csrf: it.csrf,
        base: visit.to(&whose.at("/hooks")),
    }
    .render()
}

/// The page, with what was just done.
async fn made<'a>(
    shop: &Stall,
    staff: &'a Staff,
    whose: &Whose,
    mut it: Shown<'a>,
    no: Option<&Problem>,
) -> Result<Response, Problem> {
    let publisher = whose.id;
    it.hooks = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.hooks(view, publisher, LATEST))
        .await?;
    it.refused = no.map(|no| staff.visit.words.refused_why(no.code(), no.detail().to_owned()));
    it.csrf = &staff.csrf;
    it.now = shop.office.clock.now();
    let status = no.map_or(StatusCode::OK, Problem::status);
    Ok(shown_as(draw(&shop.sign, &staff.visit, Some(staff), whose, it), status))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let drawn = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangePeople).await?;
        made(&shop, &staff, &whose, Shown::default(), None).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Who posts a form of this page, if he may and showed himself moments ago.
async fn owner(
    shop: &Stall,
    staff: &Staff,
    publisher: &str,
    fields: &Fields,
) -> Result<Result<Whose, Response>, Problem> {
    let whose = staff.over(shop, publisher, Deed::ChangePeople).await?;
    staff.check(shop, fields)?;
    Ok(match staff.fresh(&whose.at("/hooks")) {
        Ok(()) => Ok(whose),
        Err(go) => Err(*go),
    })
}

/// Which address a form is about.
fn which(fields: &Fields) -> Result<HookId, Problem> {
    let text = fields.get("hook").map(String::as_bytes).unwrap_or_default();
    let id = HEXLOWER.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    id.ok_or_else(Problem::nothing_here)
}

/// Adds an address.
pub(super) async fn add(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let drawn = async {
        let whose = match owner(&shop, &staff, &publisher, &fields).await? {
            Ok(whose) => whose,
            Err(go) => return Ok(go),
        };
        let typed = fields.get("address").map(String::as_str).unwrap_or_default();
        let (of, address) = (whose.id, shop.hook_address(typed));
        let done = shop
            .office
            .commit::<_, HookRefused>(move |party, tx, now, seed| {
                let address = address.as_deref().ok_or(HookRefused::Address)?;
                let (_, secret) = party.add_hook(tx, of, address, now, seed)?;
                Ok((secret_text(&secret), None))
            })
            .await;
        made_or(&shop, &staff, &whose, done, typed).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// The page with a secret that was made, or why none was.
async fn made_or<'a>(
    shop: &Stall,
    staff: &'a Staff,
    whose: &Whose,
    done: Result<(String, Option<Moment>), Problem>,
    typed: &'a str,
) -> Result<Response, Problem> {
    let (new, no) = match done {
        Ok(new) => (Some(new), None),
        Err(no) => (None, Some(no)),
    };
    let typed = if no.is_some() { typed } else { "" };
    let it = Shown {
        new,
        typed,
        ..Shown::default()
    };
    made(shop, staff, whose, it, no.as_ref()).await
}

/// Makes a secret in the place of the one that stands.
pub(super) async fn roll(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let drawn = async {
        let whose = match owner(&shop, &staff, &publisher, &fields).await? {
            Ok(whose) => whose,
            Err(go) => return Ok(go),
        };
        let key = (whose.id, which(&fields)?);
        let done = shop
            .office
            .commit::<_, HookRefused>(move |party, tx, now, seed| {
                let (secret, until) = party.roll_hook(tx, key, now, seed)?;
                Ok((secret_text(&secret), Some(until)))
            })
            .await;
        made_or(&shop, &staff, &whose, done, "").await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Sends a test event.
pub(super) async fn test(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let drawn = async {
        let whose = match owner(&shop, &staff, &publisher, &fields).await? {
            Ok(whose) => whose,
            Err(go) => return Ok(go),
        };
        let key = (whose.id, which(&fields)?);
        let done = shop
            .office
            .commit::<_, HookRefused>(move |party, tx, now, seed| party.test_hook(tx, key, now, seed))
            .await;
        let no = done.err();
        let it = Shown {
            sent: no.is_none(),
            ..Shown::default()
        };
        made(&shop, &staff, &whose, it, no.as_ref()).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Ends a hook.
pub(super) async fn remove(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = async {
        let whose = match owner(&shop, &staff, &publisher, &fields).await? {
            Ok(whose) => whose,
            Err(go) => return Ok(go),
        };
        let (of, id) = (whose.id, which(&fields)?);
        shop.office
            .commit::<_, Fault>(move |party, tx, _, _| party.remove_hook(tx, of, id))
            .await?;
        Ok(on(&staff.visit, &whose.at("/hooks")))
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}
