//! Fares: what came home for a publisher who left his keys here, by way, work and week: the page of his own collector, which runs in
//! this process, in the console's frame and for whoever may see his money there. No operator's token is needed, and nobody else's
//! figures can be named: the collector is found by the publisher of the session's own roles.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::Uri,
    response::Response,
};
use face::Page;
use party::shop::Deed;

use super::{
    frame::{At, Whose, page as frame, private, shown, told},
    staff::Staff,
};
use crate::{
    collector::Behalf,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

#[derive(Template)]
#[template(path = "console/fares.html")]
struct ElsewherePage<'a> {
    page: &'a Page,
}

/// Draws the page of somebody whose fares come home to a collector of his own.
pub(super) fn draw_elsewhere(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
) -> Result<String, askama::Error> {
    ElsewherePage {
        page: &frame(sign, visit, staff, Some(whose), At::Fares),
    }
    .render()
}

/// Asks this publisher's collector, on behalf of whoever is signed in.
async fn asked(
    shop: &Stall,
    staff: &Staff,
    publisher: &str,
    (to, mut request): (&'static str, Request<Body>),
) -> Result<Response, Problem> {
    let whose = staff.over(shop, publisher, Deed::SeeMoney).await?;
    let behalf = Behalf {
        page: frame(&shop.sign, &staff.visit, Some(staff), Some(&whose), At::Fares),
        csv: staff.visit.to(&whose.at("/fares.csv")),
        json: staff.visit.to(&whose.at("/fares.json")),
    };
    *request.uri_mut() = Uri::from_static(to);
    request.extensions_mut().insert(behalf);
    match shop.collecting.answer(whose.id, request).await {
        Some(answer) => Ok(private(answer)),
        None if to == "/fares" => Ok(shown(draw_elsewhere(&shop.sign, &staff.visit, Some(staff), &whose))),
        None => Err(Problem::nothing_here()),
    }
}

/// The page.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    request: Request<Body>,
) -> Response {
    let made = asked(&shop, &staff, &publisher, ("/fares", request)).await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// One by one, for a spreadsheet.
pub(super) async fn csv(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    request: Request<Body>,
) -> Response {
    let made = asked(&shop, &staff, &publisher, ("/fares.csv", request)).await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// All of it, for programs.
pub(super) async fn json(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    request: Request<Body>,
) -> Response {
    let made = asked(&shop, &staff, &publisher, ("/fares.json", request)).await;
    told(&shop.sign, &staff.visit, &staff, made)
}
