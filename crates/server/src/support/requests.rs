//! Requests over the API: what holders asked and what they were told. The operator's.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use party::support::{AnswerRefused, Request};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Moment, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Centre;
use crate::frame::{
    Asked, Json, Named, Problem,
    limits::{PAGE_DEFAULT, PAGE_MAX},
    problem::Document,
};

/// A page of requests.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Requests {
    /// The newest first.
    pub requests: Vec<Line>,
    /// Give this back as `before` for the next page; absent at the end.
    pub before: Option<String>,
}

/// One request. Nothing in it says whose card it was.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// When it came.
    pub at: String,
    /// Whose work.
    pub publisher: String,
    /// Which work.
    pub content: Option<String>,
    /// "other", "no-answer", "key", "lost", "package" or "counted".
    pub trouble: String,
    /// The code the holder was shown.
    pub code: Option<String>,
    /// The holder's words.
    pub words: String,
    /// "looking", "answered" or "repaired".
    pub stage: String,
    /// Codes of what was said.
    pub said: Vec<String>,
    /// The seller that was asked.
    pub seller: Option<String>,
    /// What it found.
    pub finding: Option<String>,
    /// When it was answered.
    pub answered: Option<String>,
    /// How often the holder asked again.
    pub again: u32,
    /// Does it wait for a person?
    pub waits: bool,
}

/// A request with its playback log.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct One {
    /// The request.
    pub request: Line,
    /// What was said, in words.
    pub advice: Vec<String>,
    /// What the player noted; empty once its time is over.
    pub log: Vec<Noted>,
}

/// A line of a playback log.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Noted {
    /// When.
    pub at: String,
    /// What.
    pub step: String,
    /// Which work.
    pub content: String,
    /// In which of the plays told of.
    pub play: Option<u32>,
    /// From which byte.
    pub from: Option<u64>,
    /// Up to which byte.
    pub to: Option<u64>,
    /// Why not.
    pub code: Option<String>,
}

/// What an operator says.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// A code: lower-case letters, digits and dashes.
    pub code: String,
    /// Words: what to do.
    pub text: String,
}

impl Line {
    pub(super) fn of(id: [u8; 16], r: &Request) -> Self {
        Self {
            id: OrderId(id).to_string(),
            at: r.at.to_string(),
            publisher: r.publisher.to_string(),
            content: r.content.map(|c| c.to_string()),
            trouble: r.trouble.word().to_owned(),
            code: r.code.clone(),
            words: r.words.clone(),
            stage: r.stage.word().to_owned(),
            said: r.advice.iter().map(|a| a.code.clone()).collect(),
            seller: r.seller.map(|s| s.to_string()),
            finding: r.finding.map(|f| f.code().to_owned()),
            answered: r.answered.map(|a| a.to_string()),
            again: r.again,
            waits: r.answer.is_none() && r.sheet.is_some() && r.seller.is_none(),
        }
    }
}

fn one_of(id: [u8; 16], r: &Request) -> One {
    let noted = r.sheet().map(|s| s.noted).unwrap_or_default();
    One {
        request: Line::of(id, r),
        advice: r.advice.iter().map(|a| a.text.clone()).collect(),
        log: noted
            .into_iter()
            .map(|n| Noted {
                at: n.at.to_string(),
                step: format!("{:?}", n.step).to_lowercase(),
                content: n.content.to_string(),
                play: n.play,
                from: n.from,
                to: n.to,
                code: n.code,
            })
            .collect(),
    }
}

/// Which requests.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Where the page before ended.
    before: Option<String>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

/// A place in the list: a moment and an id.
type Place = (Moment, [u8; 16]);

pub(super) fn place(text: Option<&str>) -> Option<Option<Place>> {
    let Some(text) = text else { return Some(None) };
    let (at, id) = text.split_once('.')?;
    let id: OrderId = id.parse().ok()?;
    Some(Some((Moment(at.parse().ok()?), id.0)))
}

/// What holders asked.
#[utoipa::path(get, path = "/v1/requests", tag = "operator", params(Page), responses((status = 200, body = Requests),
    (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn requests(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Asked(page): Asked<Page>,
) -> Result<Json<Requests>, Problem> {
    centre.operators.check(&headers)?;
    let limit = page.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX) as usize;
    let before = place(page.before.as_deref()).ok_or_else(Problem::nothing_here)?;
    Ok(Json(read(&centre, before, limit).await?))
}

/// Requests and their ids.
type Found = Vec<([u8; 16], Request)>;

/// A page of requests, the newest first, and where the next one begins.
pub(super) async fn found(
    centre: &Centre,
    before: Option<Place>,
    limit: usize,
) -> Result<(Found, Option<String>), Problem> {
    let found = centre
        .office
        .look::<_, Fault>(move |support, view, _| support.requests(view, before, limit))
        .await?;
    let last = found.last().filter(|_| found.len() == limit);
    let before = last.map(|(id, r)| format!("{}.{}", r.at.0, OrderId(*id)));
    Ok((found, before))
}

async fn read(centre: &Centre, before: Option<Place>, limit: usize) -> Result<Requests, Problem> {
    let (found, before) = found(centre, before, limit).await?;
    Ok(Requests {
        requests: found.iter().map(|(id, r)| Line::of(*id, r)).collect(),
        before,
    })
}

/// One request, with its playback log.
#[utoipa::path(get, path = "/v1/requests/{id}", tag = "operator",
    params(("id" = String, Path, description = "The request's id")),
    responses((status = 200, body = One), (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn one(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Named(id): Named<OrderId>,
) -> Result<Json<One>, Problem> {
    centre.operators.check(&headers)?;
    look_at(&centre, id).await.map(Json)
}

/// One request.
pub(super) async fn find(centre: &Centre, id: OrderId) -> Result<Request, Problem> {
    let found = centre
        .office
        .look::<_, Fault>(move |support, view, _| support.request(view, id.0))
        .await?;
    found.ok_or_else(Problem::nothing_here)
}

pub(super) async fn look_at(centre: &Centre, id: OrderId) -> Result<One, Problem> {
    let found = find(centre, id).await?;
    Ok(one_of(id.0, &found))
}

/// Answers a request that waits for a person. It is said once; the holder gets it at the next asking.
#[utoipa::path(post, path = "/v1/requests/{id}", tag = "operator", request_body = Answer,
    params(("id" = String, Path, description = "The request's id")),
    responses((status = 200, body = One),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn answer(
    State(centre): State<Arc<Centre>>,
    headers: HeaderMap,
    Named(id): Named<OrderId>,
    Json(said): Json<Answer>,
) -> Result<Json<One>, Problem> {
    centre.operators.check(&headers)?;
    say(&centre, id, said).await?;
    look_at(&centre, id).await.map(Json)
}

pub(super) async fn say(centre: &Centre, id: OrderId, said: Answer) -> Result<(), Problem> {
    let verb = move |support: &party::support::Support, tx: &mut dyn store::Tx, now, seed: &seal::Seed| {
        support.answer_by_hand(tx, id.0, &said.code, &said.text, now, seed)
    };
    centre.office.commit::<_, AnswerRefused>(verb).await
}

pub(super) fn routes() -> OpenApiRouter<Arc<Centre>> {
    OpenApiRouter::new()
        .routes(routes!(requests))
        .routes(routes!(one))
        .routes(routes!(answer))
}
