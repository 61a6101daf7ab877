//! Support: the playback log's way to the publisher's support desk. What is shown is what is sent, and nothing is sent that
//! its holder did not agree to on the page, or a program of his said so on his behalf.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Json, Router,
    extract::{Path, State, rejection::JsonRejection},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use data_encoding::HEXLOWER;
use deal::support::Trouble;
use serde::Deserialize;
use serde_json::{Value, json};
use units::Refusal;

use super::{
    Desk,
    home::{Token, enter},
    problem::Problem,
    text::plain,
    view::{Page, html},
};
use crate::engine::{Draft, HelpWanted, Sent};

type Shared = State<Arc<Desk>>;
type Answer = Result<Json<Value>, Problem>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// Addresses for programs.
pub(super) fn api() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/support", get(sent))
        .route("/v1/support/draft", post(draft))
        .route("/v1/support/send", post(send))
        .route("/v1/support/again", post(again))
        .route("/v1/quote/unlock", post(quote_unlock))
        .route("/v1/pay/cash", post(pay_cash))
}

/// Pages, below a page key.
pub(super) fn pages() -> Router<Arc<Desk>> {
    Router::new()
        .route("/support", get(form).post(show_draft))
        .route("/support/{id}", get(one).post(agree))
        .route("/support/{id}/again", post(once_more))
}

fn bad(code: &str, text: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, text)
}

fn read<T>(body: Body<T>) -> Result<T, Problem> {
    body.map(|Json(value)| value)
        .map_err(|no| bad("body-malformed", &no.body_text()))
}

fn trouble(word: Option<&str>) -> Result<Option<Trouble>, Problem> {
    let Some(word) = word.filter(|w| !w.is_empty()) else {
        return Ok(None);
    };
    let words = || Trouble::ALL.map(Trouble::word).join(", ");
    let found = Trouble::named(word);
    found
        .map(Some)
        .ok_or_else(|| bad("trouble-unknown", &format!("what is wrong is one of: {}", words())))
}

fn id(text: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Everything that would be sent, for programs: nothing is left out but seals.
fn shown(draft: &Draft) -> Value {
    let sheet = &draft.sheet;
    let noted: Vec<Value> = sheet
        .noted
        .iter()
        .map(|n| {
            json!({
                "at": n.at.to_string(), "step": format!("{:?}", n.step).to_lowercase(), "content": n.content.to_string(),
                "license": n.license.to_string(), "play": n.play, "from": n.from, "to": n.to, "code": n.code,
            })
        })
        .collect();
    json!({
        "id": HEXLOWER.encode(&draft.id), "desk": draft.desk.to_string(), "desk_name": draft.desk_name,
        "title": draft.title,
        "asks": draft.seller.as_ref().map(|(id, name)| json!({"seller": id.to_string(), "name": name})),
        "sends": {
            "at": sheet.at.to_string(), "publisher": sheet.publisher.to_string(), "trouble": sheet.trouble.word(),
            "content": sheet.content.map(|c| c.to_string()), "code": sheet.code, "words": sheet.words, "log": noted,
        },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    what: String,
    trouble: Option<String>,
    #[serde(default)]
    words: String,
}

async fn draft(State(desk): Shared, body: Body<Wanted>) -> Answer {
    let wanted = read(body)?;
    let wanted = HelpWanted {
        trouble: trouble(wanted.trouble.as_deref())?,
        what: wanted.what,
        words: wanted.words,
    };
    let seat = desk.open().ok_or_else(Problem::no_card)?;
    let lines = seat.player.log().lines();
    Ok(Json(shown(&seat.wallet.draft_support(&lines, &wanted).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreed {
    id: String,
    /// The holder has seen all of it and agrees.
    #[serde(default)]
    agreed: bool,
}

async fn send(State(desk): Shared, body: Body<Agreed>) -> Answer {
    let body = read(body)?;
    let id = id(&body.id).ok_or_else(Problem::not_found)?;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    Ok(Json(told(&wallet.send_support(&id, body.agreed).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneRequest {
    id: String,
}

async fn again(State(desk): Shared, body: Body<OneRequest>) -> Answer {
    let id = read(body)?.id;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    Ok(Json(told(&wallet.support_again(&id).await?)))
}

async fn sent(State(desk): Shared) -> Answer {
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    let all: Vec<Value> = wallet.support_sent().iter().map(told).collect();
    Ok(Json(json!({ "requests": all })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnlockBody {
    license: String,
    /// Unlocked first, paid then.
    #[serde(default)]
    ahead: bool,
}

/// What unlocking a locked copy costs, and at which centre: to be agreed to as any quote.
async fn quote_unlock(State(desk): Shared, body: Body<UnlockBody>) -> Answer {
    let body = read(body)?;
    let license = body.license.parse().map_err(|_| Problem::not_found())?;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    let checked = wallet.quote_unlock(license, body.ahead).await?;
    super::api::shown(&desk, checked).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CashBody {
    quote: String,
    pin: String,
}

/// Agrees to pay a quote in cash at the giver's counter, under the order it names. Nothing leaves the purse.
async fn pay_cash(State(desk): Shared, body: Body<CashBody>) -> Answer {
    let body = read(body)?;
    let hash = body.quote.parse().map_err(|_| Problem::not_found())?;
    let wallet = desk.open().ok_or_else(Problem::no_card)?.wallet;
    let quote = desk.quote(hash).ok_or_else(Problem::not_found)?;
    let (want, order) = crate::engine::in_cash(&quote).ok_or_else(Problem::not_found)?;
    let deal = desk
        .pay_once(&wallet, hash, body.pin, want)
        .await
        .ok_or_else(Problem::not_found)??;
    let done = wallet.see_through(deal).await;
    super::confirm::after_deal(&wallet, &done).await;
    Ok(Json(
        json!({ "order": order.to_string(), "deal": super::api::outcome(&done) }),
    ))
}

/// A request with what came back, for programs.
fn told(sent: &Sent) -> Value {
    json!({
        "id": sent.id, "at": sent.at, "desk": sent.desk, "desk_name": sent.desk_name, "title": sent.title,
        "trouble": sent.trouble, "notes": sent.notes, "stage": sent.stage, "waits": sent.waits,
        "advice": sent.advice, "finding": sent.finding, "repairs": sent.repairs,
    })
}

// ---- pages ----------------------------------------------------------------------------------------------------------

/// Something to choose.
struct Choice {
    id: String,
    title: String,
}

#[derive(Template)]
#[template(path = "support.html")]
struct FormView<'a> {
    p: &'a Page,
    works: Vec<Choice>,
    sent: Vec<Sent>,
    trouble: String,
}

#[derive(Template)]
#[template(path = "support-draft.html")]
struct DraftView<'a> {
    p: &'a Page,
    id: String,
    desk_name: String,
    seller: Option<String>,
    title: String,
    wrong: &'static str,
    code: Option<String>,
    words: String,
    lines: Vec<[String; 3]>,
}

#[derive(Template)]
#[template(path = "support-sent.html")]
struct SentView<'a> {
    p: &'a Page,
    sent: Sent,
    title: String,
    wrong: &'static str,
}

const fn wrong(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Other => "Something else",
        Trouble::NoAnswer => "A payment is on its way, and its answer does not come",
        Trouble::Key => "The license is here, and it does not open",
        Trouble::Lost => "A license I bought is not on my card any more",
        Trouble::Package => "The file is gone or damaged",
        Trouble::Counted => "A play was counted, and nothing was played",
    }
}

async fn form_page(desk: &Desk, key: &str, trouble: String, status: StatusCode) -> Response {
    let at = match enter(desk, key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let works = at.seat.wallet.library().await.into_iter().map(|shelf| Choice {
        id: shelf.held.id.to_string(),
        title: plain(shelf.title(), 120),
    });
    let mut response = html(&FormView {
        p: &at.page,
        works: works.collect(),
        sent: at.seat.wallet.support_sent(),
        trouble,
    });
    *response.status_mut() = status;
    response
}

/// Asking for help.
async fn form(State(desk): Shared, Path(key): Path<String>) -> Response {
    form_page(&desk, &key, String::new(), StatusCode::OK).await
}

#[derive(Deserialize)]
struct HelpForm {
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
async fn show_draft(State(desk): Shared, Path(key): Path<String>, Form(form): Form<HelpForm>) -> Response {
    let at = match enter(&desk, &key, Some(&form.token)) {
        Ok(at) => at,
        Err(response) => return *response,
    };
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
    let lines = at.seat.player.log().lines();
    match at.seat.wallet.draft_support(&lines, &wanted).await {
        Ok(draft) => at.page.go(&format!("/support/{}", HEXLOWER.encode(&draft.id))),
        Err(no) => {
            tracing::info!(code = no.code(), "nothing to send");
            form_page(&desk, &key, no.to_string(), StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// A draft to agree to, or what became of a request.
async fn one(State(desk): Shared, Path((key, name)): Path<(String, String)>) -> Response {
    let at = match enter(&desk, &key, None) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let sent = at.seat.wallet.support_sent().into_iter().find(|s| s.id == name);
    if let Some(sent) = sent {
        return html(&SentView {
            p: &at.page,
            title: plain(&sent.title, 120),
            wrong: Trouble::named(&sent.trouble).map_or("", wrong),
            sent,
        });
    }
    let Some(draft) = id(&name).and_then(|id| at.seat.wallet.support_draft(&id)) else {
        return Problem::not_found().page(Some(&at.page));
    };
    let lines = draft.sheet.noted.iter().map(|n| {
        let play = n.play.map(|p| format!(" play {p}")).unwrap_or_default();
        let range = match (n.from, n.to) {
            (Some(from), Some(to)) => format!("{from}-{to}"),
            _ => String::new(),
        };
        let code = n.code.as_deref().unwrap_or_default();
        [
            n.at.to_string(),
            format!("{:?}{play}", n.step),
            format!("{range} {code}"),
        ]
    });
    html(&DraftView {
        p: &at.page,
        id: name,
        desk_name: plain(&draft.desk_name, 60),
        seller: draft.seller.as_ref().map(|(_, name)| plain(name, 60)),
        title: plain(&draft.title, 120),
        wrong: wrong(draft.sheet.trouble),
        code: draft.sheet.code.clone(),
        words: draft.sheet.words.clone(),
        lines: lines.collect(),
    })
}

#[derive(Deserialize)]
struct AgreeForm {
    token: String,
    #[serde(default)]
    agreed: String,
}

/// The holder agrees: it is sent.
async fn agree(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    Form(form): Form<AgreeForm>,
) -> Response {
    let at = match enter(&desk, &key, Some(&form.token)) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    let Some(id) = id(&name) else {
        return Problem::not_found().page(Some(&at.page));
    };
    match at.seat.wallet.send_support(&id, form.agreed == "yes").await {
        Ok(_) => at.page.go(&format!("/support/{name}")),
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}

/// Asks again about a request that was sent.
async fn once_more(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    Form(form): Form<Token>,
) -> Response {
    let at = match enter(&desk, &key, Some(&form.token)) {
        Ok(at) => at,
        Err(response) => return *response,
    };
    match at.seat.wallet.support_again(&name).await {
        Ok(_) => at.page.go(&format!("/support/{name}")),
        Err(no) => Problem::of(&no).page(Some(&at.page)),
    }
}
