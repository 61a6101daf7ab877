//! Help: asking the publisher's support desk. Everything that would be sent is shown first, and nothing is sent that its
//! holder did not agree to on the page.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use data_encoding::HEXLOWER;
use deal::support::{Noted, NotedStep, Trouble};
use face::{Clock, Code, Said, ShortDay};
use serde::Deserialize;
use units::{Moment, Refusal};

use super::{
    home::when,
    problem::{Problem, why},
    support::id,
    text::plain,
    view::{drawn, drawn_as},
    visit::{Part, Shared, Token, Visit, visit},
};
use crate::engine::{Draft, HelpWanted, Sent};

#[derive(Template)]
#[template(path = "support.html")]
struct FormView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    /// License and title.
    works: &'a [(String, String)],
    troubles: Vec<(&'static str, Said)>,
    /// Which, what, when and how far.
    sent: Vec<(String, String, Said, Said)>,
    error: Option<Said>,
}

/// Draws the form.
pub(super) fn draw_form(
    page: &face::Page,
    (base, token): (&str, &str),
    works: &[(String, String)],
    sent: &[Sent],
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = page.words;
    FormView {
        page,
        base,
        token,
        works,
        troubles: Trouble::ALL.map(|one| (one.word(), w.ask_trouble(one.word()))).to_vec(),
        sent: sent
            .iter()
            .map(|one| {
                let stage = w.ask_stage(plain(&one.desk_name, 60), &one.stage);
                (one.id.clone(), plain(&one.title, 120), when(w, Moment(one.ms)), stage)
            })
            .collect(),
        error,
    }
    .render()
}

async fn form_page(visit: &Visit, error: Option<Said>) -> Response {
    let works = visit.wallet().library().await;
    let works: Vec<_> = works
        .iter()
        .map(|shelf| (shelf.held.id.to_string(), plain(shelf.title(), 120)))
        .collect();
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (page, sent) = (visit.page(Part::Help), visit.wallet().support_sent());
    drawn_as(
        status,
        draw_form(&page, (visit.base(), visit.token()), &works, &sent, error),
    )
}

/// Asking for help.
pub(super) async fn form(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    form_page(&visit!(&desk, &key, None, &headers, "/support"), None).await
}

#[derive(Deserialize)]
pub(super) struct HelpForm {
    token: String,
    #[serde(default)]
    work: String,
    #[serde(default)]
    other: String,
    #[serde(default)]
    trouble: String,
    #[serde(default)]
    words: String,
}

/// Shows what would be sent.
pub(super) async fn show_draft(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HelpForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/support");
    let what = if form.other.trim().is_empty() {
        form.work
    } else {
        form.other
    };
    let wanted = HelpWanted {
        what,
        trouble: Trouble::named(&form.trouble),
        words: form.words.replace("\r\n", "\n").trim().to_owned(),
    };
    let lines = visit.at.seat.player.log().lines();
    match visit.wallet().draft_support(&lines, &wanted).await {
        Ok(draft) => visit.go(&format!("/support/{}", HEXLOWER.encode(&draft.id))),
        Err(no) => {
            tracing::info!(code = no.code(), "nothing to send");
            let said = why(visit.words, no.told(), &no.to_string());
            form_page(&visit, Some(said)).await
        }
    }
}

#[derive(Template)]
#[template(path = "support-draft.html")]
struct DraftView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    id: &'a str,
    desk_name: String,
    facts: Vec<(Said, Said)>,
    lines: Vec<(Said, Said)>,
}

/// All that a draft says, without its seals.
pub(super) struct Says<'a> {
    pub(super) desk: &'a str,
    pub(super) title: &'a str,
    /// The seller who would be asked too.
    pub(super) seller: Option<&'a str>,
    pub(super) trouble: Trouble,
    pub(super) code: Option<&'a str>,
    pub(super) words: &'a str,
    pub(super) noted: &'a [Noted],
}

impl<'a> Says<'a> {
    fn of(draft: &'a Draft) -> Self {
        let sheet = &draft.sheet;
        Self {
            desk: &draft.desk_name,
            title: &draft.title,
            seller: draft.seller.as_ref().map(|(_, name)| name.as_str()),
            trouble: sheet.trouble,
            code: sheet.code.as_deref(),
            words: &sheet.words,
            noted: &sheet.noted,
        }
    }
}

/// Draws all of what would be sent.
pub(super) fn draw_draft(
    page: &face::Page,
    (base, token): (&str, &str),
    name: &str,
    says: &Says<'_>,
) -> Result<String, askama::Error> {
    let w = page.words;
    let mut facts = vec![
        (w.ask_work(), w.show(plain(says.title, 120))),
        (w.ask_wrong(), w.ask_trouble(says.trouble.word())),
    ];
    if let Some(code) = says.code {
        facts.push((w.ask_said(), w.show(Code(code.to_owned()))));
    }
    if !says.words.is_empty() {
        facts.push((w.ask_words(), w.show(says.words)));
    }
    if let Some(seller) = says.seller {
        facts.push((w.ask_also(), w.ask_also_what(plain(seller, 60))));
    }
    let lines = says.noted.iter().map(|n| {
        let mut what = w.log_step(step(n.step));
        let range = n.from.zip(n.to).map(|(from, to)| format!("{from}\u{2013}{to}"));
        let more = [n.play.map(|play| play.to_string()), range, n.code.clone()];
        for more in more.into_iter().flatten() {
            what = w.log_more(Code(more), what);
        }
        (w.hand_moment(ShortDay(n.at), Clock(n.at)), what)
    });
    DraftView {
        page,
        base,
        token,
        id: name,
        desk_name: plain(says.desk, 60),
        facts,
        lines: lines.collect(),
    }
    .render()
}

/// The word for a step of a play, for the catalogue.
pub(super) fn step(step: NotedStep) -> &'static str {
    match step {
        NotedStep::Began => "began",
        NotedStep::Continued => "continued",
        NotedStep::Asked => "asked",
        NotedStep::Played => "played",
        NotedStep::Refused => "refused",
        NotedStep::Stopped => "stopped",
        NotedStep::HandedOut => "handed-out",
        NotedStep::Ended => "ended",
    }
}

#[derive(Template)]
#[template(path = "support-sent.html")]
struct SentView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    sent: &'a Sent,
    title: String,
    stage: Said,
    facts: Vec<(Said, Said)>,
}

/// Draws what became of a request.
pub(super) fn draw_sent(page: &face::Page, (base, token): (&str, &str), sent: &Sent) -> Result<String, askama::Error> {
    let w = page.words;
    SentView {
        page,
        base,
        token,
        sent,
        title: plain(&sent.title, 120),
        stage: w.ask_stage(plain(&sent.desk_name, 60), &sent.stage),
        facts: vec![
            (w.ask_sent(), when(w, Moment(sent.ms))),
            (w.ask_wrong(), w.ask_trouble(&sent.trouble)),
            (w.ask_notes(), w.show(sent.notes)),
        ],
    }
    .render()
}

/// A draft to agree to, or what became of a request.
pub(super) async fn one(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/support/{name}"));
    let (page, to) = (visit.page(Part::Help), (visit.base(), visit.token()));
    let sent = visit.wallet().support_sent().into_iter().find(|s| s.id == name);
    if let Some(sent) = sent {
        return drawn(draw_sent(&page, to, &sent));
    }
    match id(&name).and_then(|id| visit.wallet().support_draft(&id)) {
        Some(draft) => drawn(draw_draft(&page, to, &name, &Says::of(&draft))),
        None => visit.no(&Problem::not_found()),
    }
}

#[derive(Deserialize)]
pub(super) struct AgreeForm {
    token: String,
    #[serde(default)]
    agreed: String,
}

/// The holder agrees: it is sent.
pub(super) async fn agree(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<AgreeForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/support/{name}"));
    let Some(id) = id(&name) else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().send_support(&id, form.agreed == "yes").await {
        Ok(_) => visit.go(&format!("/support/{name}")),
        Err(no) => visit.refuse(&no),
    }
}

/// Asks again about a request that was sent.
pub(super) async fn once_more(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/support/{name}"));
    match visit.wallet().support_again(&name).await {
        Ok(_) => visit.go(&format!("/support/{name}")),
        Err(no) => visit.refuse(&no),
    }
}
