//! Invited: a link that opens one account, once.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use face::{Page, Said};
use signin::{Invitation, Name, Password, Token};

use super::{
    enter::{from_here, let_in_by_script, welcome},
    frame::{At, on, page as frame, private, refused, shown, shown_as, told},
    staff::{Staff, whose},
};
use crate::{
    forms::Fields,
    frame::{Problem, seed},
    pages::Visit,
    shop::{Stall, pages::Sign},
    ways::answer_of,
};

#[derive(Template)]
#[template(path = "console/invited.html")]
struct InvitedPage<'a> {
    page: &'a Page,
    heading: Said,
    lead: Said,
    /// Gone: only this is said.
    gone: Option<Said>,
    note: Option<Said>,
    name: &'a str,
    own: Option<(Said, Said, &'a str)>,
    join: String,
    at: String,
    script: String,
}

/// What became of the form.
pub(super) struct Tried<'a> {
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    /// Whoever is signed in already, and what his forms carry.
    pub(super) own: Option<(&'a str, &'a str)>,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    found: Option<(&Invitation, &str)>,
    at: &str,
    tried: &Tried<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let note = match tried.code {
        "" => None,
        "password-short" | "password-long" | "password-common" => Some(words.console_password_rule()),
        other => Some(Said::of(other)),
    };
    InvitedPage {
        page: &frame(sign, visit, None, None, At::Elsewhere),
        heading: found.map_or_else(|| words.console_invited_gone(), |(_, name)| words.console_invited(name)),
        lead: found.map_or_else(
            || words.console_invited_gone_text(),
            |(it, _)| words.console_invited_role(&it.grant.role),
        ),
        gone: found.is_none().then(|| words.console_invited_gone_text()),
        note,
        name: tried.name,
        own: tried.own.map(|(name, csrf)| {
            (
                words.console_invited_own(name),
                words.console_invited_own_do(name),
                csrf,
            )
        }),
        join: visit.to(&format!("{at}/join")),
        at: visit.to(at),
        script: visit.to("/console/script.js"),
    }
    .render()
}

const FRESH: Tried<'static> = Tried {
    name: "",
    code: "",
    own: None,
};

async fn find(shop: &Stall, token: &str) -> Result<(Invitation, String), Problem> {
    let (gate, token) = (shop.console.gate.clone(), Token::read(token));
    let found = shop
        .office
        .look(move |_, view, now| gate.invited(view, &token, now))
        .await?;
    // An invitation to run the shop is one to the shop.
    let name = if found.grant.over == shop.sign.id {
        shop.sign.name.clone()
    } else {
        whose(shop, found.grant.over).await?.name
    };
    Ok((found, name))
}

fn path(token: &str) -> String {
    format!("/console/invited/{token}")
}

/// The page behind the link.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    staff: Result<Staff, Response>,
    Path(token): Path<String>,
) -> Response {
    match find(&shop, &token).await {
        Ok((it, name)) => {
            let own = staff.ok();
            let tried = Tried {
                own: own.as_ref().map(|staff| (staff.name.as_str(), staff.csrf.as_str())),
                ..FRESH
            };
            shown(draw(&shop.sign, &visit, Some((&it, &name)), &path(&token), &tried))
        }
        Err(_) => shown_as(draw(&shop.sign, &visit, None, "", &FRESH), StatusCode::NOT_FOUND),
    }
}

/// Takes it with the account that is signed in: a role besides those it has.
pub(super) async fn join(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(token): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = async {
        staff.check(&shop, &fields)?;
        if let Err(go) = staff.fresh(&path(&token)) {
            return Ok(*go);
        }
        let (gate, account, token) = (shop.console.gate.clone(), staff.live.account, Token::read(&token));
        let grant = shop
            .office
            .commit(move |_, tx, now, _| gate.join(tx, &token, account, now))
            .await?;
        let to = if grant.over == shop.sign.id {
            "/console/shop".to_owned()
        } else {
            format!("/console/{}", grant.over)
        };
        Ok(on(&staff.visit, &to))
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// Takes it with a password.
pub(super) async fn by_password(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let text = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let tried = async {
        from_here(&shop, &headers)?;
        let name = Name::new(text("name")).map_err(|_| wrong_name())?;
        let password = Password::new(text("password"))?;
        find(&shop, &token).await?;
        let _place = shop.console.hashing.acquire().await; // never closed
        let (gate, drawn) = (shop.console.gate.clone(), seed()?);
        let hashed = tokio::task::spawn_blocking(move || gate.hash(&password, &drawn)).await;
        let hashed = hashed.map_err(|_| Problem::by(&store::Fault::Panicked))?;
        let (gate, token) = (shop.console.gate.clone(), Token::read(&token));
        shop.office
            .commit(move |_, tx, now, seed| gate.accept(tx, &token, &name, &hashed, now, seed))
            .await
    };
    match tried.await {
        Ok(entered) => welcome(&shop, &visit, &entered),
        Err(no) => match find(&shop, &token).await {
            Ok((it, name)) if no.status() != StatusCode::FORBIDDEN => {
                let code = if no.code().starts_with("password-") {
                    no.code()
                } else {
                    no.detail()
                };
                let tried = Tried {
                    name: text("name"),
                    code,
                    own: None,
                };
                let drawn = draw(&shop.sign, &visit, Some((&it, &name)), &path(&token), &tried);
                shown_as(drawn, StatusCode::UNPROCESSABLE_ENTITY)
            }
            _ => refused(&shop.sign, &visit, None, &no),
        },
    }
}

fn wrong_name() -> Problem {
    let no = signin::NotAName;
    Problem::door(
        StatusCode::UNPROCESSABLE_ENTITY,
        "name-malformed",
        units::Again::AfterYouAct,
        &no.to_string(),
    )
}

fn name_in(sent: &serde_json::Value) -> Result<Name, Problem> {
    Name::new(sent["name"].as_str().unwrap_or_default()).map_err(|_| wrong_name())
}

/// What the script hands to the browser: a passkey for the account to be.
pub(super) async fn options(
    State(shop): State<Arc<Stall>>,
    Path(token): Path<String>,
    axum::Json(sent): axum::Json<serde_json::Value>,
) -> Result<Response, Problem> {
    let name = name_in(&sent)?;
    find(&shop, &token).await?;
    let (gate, seed) = (shop.console.gate.clone(), Arc::new(seed()?));
    let token = Token::read(&token);
    let options = shop
        .office
        .look(move |_, view, now| gate.registration(view, gate.account_to_be(&token), &name, now, &seed))
        .await?;
    Ok(private(axum::Json(options).into_response()))
}

/// Takes it with a passkey.
pub(super) async fn by_key(
    State(shop): State<Arc<Stall>>,
    visit: Visit,
    Path(token): Path<String>,
    headers: HeaderMap,
    axum::Json(sent): axum::Json<serde_json::Value>,
) -> Result<Response, Problem> {
    from_here(&shop, &headers)?;
    let (name, answer) = (name_in(&sent)?, answer_of(&sent));
    let (gate, token) = (shop.console.gate.clone(), Token::read(&token));
    let entered = shop
        .office
        .commit(move |_, tx, now, seed| gate.accept_with_key(tx, &token, &name, &answer, now, seed))
        .await?;
    Ok(let_in_by_script(
        &shop,
        &visit,
        &entered.session,
        Some(&entered.device),
        "/console",
    ))
}
