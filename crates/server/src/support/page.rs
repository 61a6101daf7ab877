//! Page: the desk as its operators see it: what was asked, answered, repaired. No key and no person is on it.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use units::OrderId;

use super::{Centre, requests, unlocked};
use crate::frame::{Asked, Named, Problem, around::PAGE_POLICY, limits::PAGE_DEFAULT};

#[derive(Template)]
#[template(path = "support.html")]
struct List<'a> {
    desk: &'a Centre,
    page: requests::Requests,
}

#[derive(Template)]
#[template(path = "support-unlocked.html")]
struct UnlockedPage<'a> {
    desk: &'a Centre,
    page: unlocked::Rows,
    cash: Vec<unlocked::Cash>,
    unpassed: Vec<unlocked::Owed>,
}

#[derive(Template)]
#[template(path = "support-one.html")]
struct OnePage<'a> {
    desk: &'a Centre,
    one: requests::One,
    trouble: String,
}

fn html(template: &impl Template, status: StatusCode) -> Response {
    let Ok(text) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Deserialize)]
pub(super) struct Page {
    before: Option<String>,
}

/// The newest requests.
pub(super) async fn list(
    State(desk): State<Arc<Centre>>,
    headers: HeaderMap,
    Asked(page): Asked<Page>,
) -> Result<Response, Response> {
    desk.operators.check_page(&headers)?;
    let before = requests::place(page.before.as_deref()).ok_or_else(|| Problem::nothing_here().into_response())?;
    let page = requests::read(&desk, before, PAGE_DEFAULT as usize)
        .await
        .map_err(IntoResponse::into_response)?;
    Ok(html(&List { desk: &desk, page }, StatusCode::OK))
}

/// One request with its log.
pub(super) async fn one(
    State(desk): State<Arc<Centre>>,
    headers: HeaderMap,
    Named(id): Named<OrderId>,
) -> Result<Response, Response> {
    desk.operators.check_page(&headers)?;
    show(&desk, id, String::new(), StatusCode::OK).await
}

async fn show(desk: &Centre, id: OrderId, trouble: String, status: StatusCode) -> Result<Response, Response> {
    let one = requests::look_at(desk, id).await.map_err(IntoResponse::into_response)?;
    Ok(html(&OnePage { desk, one, trouble }, status))
}

#[derive(Deserialize)]
pub(super) struct Said {
    code: String,
    text: String,
}

/// An operator's answer, from the form of the page above and from no other site's.
pub(super) async fn answer(
    State(desk): State<Arc<Centre>>,
    Named(id): Named<OrderId>,
    headers: HeaderMap,
    Form(said): Form<Said>,
) -> Result<Response, Response> {
    desk.operators.check_form(&headers)?;
    let said = requests::Answer {
        code: said.code.trim().to_owned(),
        text: said.text.replace("\r\n", "\n").trim().to_owned(),
    };
    match requests::say(&desk, id, said).await {
        Ok(()) => Ok(Redirect::to(&format!("/requests/{id}")).into_response()),
        Err(no) => show(&desk, id, no.detail().to_owned(), no.status()).await,
    }
}

/// What was unlocked, and who waits at the counter.
pub(super) async fn unlocked(
    State(desk): State<Arc<Centre>>,
    headers: HeaderMap,
    Asked(page): Asked<Page>,
) -> Result<Response, Response> {
    desk.operators.check_page(&headers)?;
    let before = unlocked::place(page.before.as_deref()).ok_or_else(|| Problem::nothing_here().into_response())?;
    let read = async {
        let rows = unlocked::read(&desk, before, PAGE_DEFAULT as usize).await?;
        Ok::<_, Problem>((rows, unlocked::waiting(&desk).await?, unlocked::unpassed(&desk).await?))
    };
    let (page, cash, unpassed) = read.await.map_err(IntoResponse::into_response)?;
    let page = UnlockedPage {
        desk: &desk,
        page,
        cash,
        unpassed,
    };
    Ok(html(&page, StatusCode::OK))
}

#[derive(Deserialize)]
pub(super) struct CashForm {
    order: String,
    taken: String,
}

/// Cash was taken, or is declined.
pub(super) async fn cash(
    State(desk): State<Arc<Centre>>,
    headers: HeaderMap,
    Form(form): Form<CashForm>,
) -> Result<Response, Response> {
    desk.operators.check_form(&headers)?;
    let order = form
        .order
        .trim()
        .parse()
        .map_err(|_| Problem::nothing_here().into_response())?;
    unlocked::say(&desk, order, form.taken == "yes")
        .await
        .map_err(IntoResponse::into_response)?;
    Ok(Redirect::to("/unlocked").into_response())
}

#[derive(Deserialize)]
pub(super) struct SendForm {
    deal: String,
}

/// Cash that the bank refused to pass on is sent again.
pub(super) async fn send(
    State(desk): State<Arc<Centre>>,
    headers: HeaderMap,
    Form(form): Form<SendForm>,
) -> Result<Response, Response> {
    desk.operators.check_form(&headers)?;
    let deal = form
        .deal
        .trim()
        .parse()
        .map_err(|_| Problem::nothing_here().into_response())?;
    unlocked::send(&desk, deal).await.map_err(IntoResponse::into_response)?;
    Ok(Redirect::to("/unlocked").into_response())
}

/// The style sheet.
pub(super) async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], include_str!("../../static/shop.css")).into_response()
}

/// The mark.
pub(super) async fn mark() -> Response {
    let kind = HeaderValue::from_static("image/svg+xml");
    ([(header::CONTENT_TYPE, kind)], include_str!("../../static/key.svg")).into_response()
}
