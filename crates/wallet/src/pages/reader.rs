//! Reader: the card's own screen while it sits in a smart-card reader. A machine's screen may say what it likes; what the
//! card would pay stands here, computed from the quote that the machine has shown it, and a word given here is for that
//! quote and for no other (row-80). The same for programs of the holder under `/v1/reader`.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use card::{Checked, Want};
use face::{Said, Sum, Words};
use serde::Deserialize;
use serde_json::{Value, json};
use units::Hash;
use zeroize::Zeroizing;

use super::{
    Desk,
    api::{Answer, Body, parse, read},
    confirm::{self, About},
    figures::Open,
    handing::receive,
    money::pin_said,
    problem::Problem,
    text::plain,
    view::{drawn, drawn_as},
    visit::{Part, Shared, Token, Visit, visit},
};
use crate::contacts::{AgreeRefused, Asked, AtContacts, Sits};

/// Below `/s/{key}`.
pub(super) fn pages() -> Router<Arc<Desk>> {
    Router::new()
        .route("/reader", get(show))
        .route("/reader/state", get(state))
        .route("/reader/{quote}", post(agree))
        .route("/reader/{quote}/away", post(away))
}

/// The same for programs.
pub(super) fn api() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/reader", get(told))
        .route("/v1/reader/agree", post(agree_told))
        .route("/v1/reader/decline", post(decline_told))
}

/// What a page of this state is called. When it is called otherwise, the page is an old one.
fn state_of(contacts: Option<&AtContacts>) -> String {
    let Some(contacts) = contacts else {
        return "none".to_owned();
    };
    match (contacts.asked(), contacts.sits()) {
        (Some(asked), _) if asked.agreed => format!("agreed-{}", asked.checked.hash()),
        (Some(asked), _) => format!("asked-{}", asked.checked.hash()),
        (None, Some(Sits::In(_))) => "quiet".to_owned(),
        _ => "out".to_owned(),
    }
}

/// For the page's script: is it still what it shows?
async fn state(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let _known = visit!(&desk, &key, None, &headers, "/reader");
    state_of(desk.contacts()).into_response()
}

/// What is said when there is nothing to agree to, or it is agreed to already.
#[derive(Debug, Clone)]
pub(super) enum Quiet {
    /// In no reader.
    None,
    /// The reader is gone.
    Out(String),
    /// In the reader of this name; no machine asks anything.
    In(String),
    /// The machine may go on with this quote.
    Agreed(Hash, Said),
}

#[derive(Template)]
#[template(path = "reader.html")]
struct ReaderView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    quiet: &'a Quiet,
    state: &'a str,
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    quiet: &Quiet,
    state: &str,
) -> Result<String, askama::Error> {
    let view = ReaderView {
        page,
        base,
        token,
        quiet,
        state,
    };
    view.render()
}

/// What a holder agrees to, in one sentence.
fn sentence(w: Words, checked: &Checked, said: fn(Words, Sum, String) -> Said) -> Said {
    said(w, Sum(checked.quote().price), plain(checked.title(), 120))
}

/// For the card's first page: a machine asks just now.
pub(super) fn asking(w: Words, desk: &Desk) -> Option<Open> {
    let asked = desk.contacts()?.asked().filter(|asked| !asked.agreed)?;
    Some(Open {
        text: sentence(w, &asked.checked, |w, sum, title| w.reader_asks(sum, title)),
        go: "/reader".to_owned(),
        since: None,
    })
}

/// The page, in whatever state the reader is.
async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/reader");
    page(&desk, &visit, None).await
}

async fn page(desk: &Desk, visit: &Visit, error: Option<Said>) -> Response {
    let (contacts, w) = (desk.contacts(), visit.words);
    let asked = contacts.and_then(AtContacts::asked);
    let quiet = match (asked, contacts.and_then(AtContacts::sits)) {
        (Some(Asked { checked, agreed: true }), _) => {
            let said = sentence(w, &checked, |w, sum, title| w.reader_agreed(sum, title));
            Quiet::Agreed(checked.hash(), said)
        }
        (Some(asked), _) => return ask(visit, &asked.checked, error).await,
        (None, Some(Sits::In(reader))) => Quiet::In(plain(&reader, 120)),
        (None, Some(Sits::Out(reader))) => Quiet::Out(plain(&reader, 120)),
        (None, None) => Quiet::None,
    };
    let state = state_of(contacts);
    drawn(draw(
        &visit.page(Part::Reader),
        (visit.base(), visit.token()),
        &quiet,
        &state,
    ))
}

/// The card's own page on what the machine wants: the fee notice, or the payment's page, as for any other way.
async fn ask(visit: &Visit, checked: &Checked, error: Option<Said>) -> Response {
    let (card, to, wallet) = (visit.card().await, (visit.base(), visit.token()), visit.wallet());
    let watch = format!("asked-{}", checked.hash());
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    if checked.quote().kind.between_cards() {
        let tries = wallet.overview().await.tries;
        let notice = wallet.notice(checked).await;
        let page = receive::render(
            &card,
            to,
            Some(&watch),
            checked.hash(),
            notice,
            (tries, receive::Binding::default()),
            error,
        );
        return drawn_as(status, page);
    }
    let mut agreement = wallet.agreement(checked, &Want::default()).await;
    // At a machine the purse pays: other ways begin at the wallet.
    agreement.ways.clear();
    agreement.approvers.clear();
    let mut about = About::of(visit.words, checked);
    about.watch = Some(watch);
    drawn_as(status, confirm::draw(&card, to, &about, &agreement, None, error))
}

#[derive(Deserialize)]
struct Agreed {
    token: String,
    pin: String,
}

/// The holder's word for exactly this quote.
async fn word(contacts: &AtContacts, quote: Hash, pin: String) -> Result<(), AgreeRefused> {
    let asked = contacts.asked();
    if asked.is_some_and(|asked| asked.agreed && asked.checked.hash() == quote) {
        // Pressed twice.
        return Ok(());
    }
    let (contacts, pin) = (contacts.clone(), Zeroizing::new(pin));
    // A PIN is slow to check by design: not on a thread that serves others.
    let taken = tokio::task::spawn_blocking(move || contacts.agree(quote, &pin)).await;
    taken.unwrap_or(Err(AgreeRefused::NothingWaits))
}

async fn agree(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Agreed>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/reader");
    let (Some(contacts), Ok(quote)) = (desk.contacts(), quote.parse::<Hash>()) else {
        return visit.no(&Problem::not_found());
    };
    match word(contacts, quote, form.pin).await {
        Ok(()) => visit.go("/reader"),
        Err(AgreeRefused::Pin(no)) => page(&desk, &visit, Some(pin_said(visit.words, &no))).await,
        Err(no) => visit.refuse(&no),
    }
}

/// Not wanted, or no longer.
async fn away(
    State(desk): Shared,
    Path((key, quote)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/reader");
    if let (Some(contacts), Ok(quote)) = (desk.contacts(), quote.parse::<Hash>()) {
        contacts.decline(quote);
    }
    visit.go("/reader")
}

// ---- for programs ------------------------------------------------------------------------------------------------------

async fn told(State(desk): Shared) -> Answer {
    let contacts = desk.contacts();
    let asked = contacts.and_then(AtContacts::asked).map(|asked| {
        let quote = asked.checked.quote();
        json!({
            "quote": asked.checked.hash().to_string(), "kind": format!("{:?}", quote.kind).to_lowercase(),
            "title": asked.checked.title(), "fare": quote.price.to_string(), "generation": quote.generation,
            "until": quote.until.to_string(), "agreed": asked.agreed,
        })
    });
    let reader = contacts.and_then(AtContacts::sits).map(|sits| match sits {
        Sits::In(reader) => json!({ "name": reader, "in": true }),
        Sits::Out(reader) => json!({ "name": reader, "in": false }),
    });
    Ok(Json(json!({ "reader": reader, "asked": asked })))
}

#[derive(Deserialize)]
struct Of {
    quote: String,
    #[serde(default)]
    pin: String,
}

fn at(desk: &Desk) -> Result<&AtContacts, Problem> {
    desk.contacts().ok_or_else(|| {
        let text = "this card was put into no reader; start the wallet with --reader";
        Problem::new(StatusCode::CONFLICT, "in-no-reader", text)
    })
}

async fn agree_told(State(desk): Shared, body: Body<Of>) -> Answer {
    let body = read(body)?;
    let quote: Hash = parse(&body.quote)?;
    let met = word(at(&desk)?, quote, body.pin).await;
    met.map_err(|no| Problem::of(&no))?;
    Ok(Json(json!({ "agreed": body.quote })))
}

async fn decline_told(State(desk): Shared, body: Body<Of>) -> Answer {
    let body: Of = read(body)?;
    let declined = at(&desk)?.decline(parse(&body.quote)?);
    Ok::<Json<Value>, Problem>(Json(json!({ "declined": declined })))
}
