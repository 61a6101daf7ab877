//! The kiosk's screens: what shall it be, choose, pay on one's own wallet, take it on the card. One action on each.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use data_encoding::BASE64URL_NOPAD;
use minicbor::bytes::ByteVec;
use party::kiosk::{self, KioskOrder};
use seal::cbor;
use serde::Deserialize;
use store::Fault;
use units::{OfferNo, OrderId};

use super::{
    Hall,
    drawn::{self, Home, Ordered},
    stories,
};
use crate::{
    frame::Problem,
    pages::{Visit, answer_private, told},
    touch::{self, LOOK, Waits},
};

/// After so many seconds without a touch a list begins again.
const LIST_IDLE: u32 = 90;

/// The first screen.
pub(super) async fn first(visit: Visit) -> Response {
    Redirect::to(&visit.to("/k/1")).into_response()
}

fn screen_of(hall: &Hall, text: &str) -> Result<u16, Problem> {
    let screen = text.parse::<u16>().ok();
    screen
        .filter(|screen| (1..=hall.screens).contains(screen))
        .ok_or_else(Problem::nothing_here)
}

/// What shall it be?
pub(super) async fn home(
    State(hall): State<Arc<Hall>>,
    visit: Visit,
    Path(screen): Path<String>,
) -> Result<Response, Problem> {
    let screen = screen_of(&hall, &screen)?;
    let carried = hall
        .office
        .look::<_, Fault>(|machine, view, _| machine.carried(view))
        .await?;
    let sum = |of: fn(&party::machine::Carried) -> u64| carried.iter().map(|(_, c)| of(c)).fold(0, u64::saturating_add);
    let beside = match hall.deposit {
        Some(deposit) => hall.office.who(deposit).await.map(|(_, address)| address),
        None => None,
    };
    let shown = Home {
        screen,
        centre: hall.centre_name().await.map(|(_, name)| name),
        deposit: beside.map(|address| format!("{}/k", address.trim_end_matches('/'))),
        taken: sum(|c| c.taken),
        delivered: sum(|c| c.delivered),
    };
    Ok(touch::screen(
        drawn::home(&hall.sign, &visit, &shown),
        StatusCode::OK,
        None,
    ))
}

#[derive(Deserialize)]
pub(super) struct Turned {
    #[serde(default)]
    page: u32,
}

/// What there is.
pub(super) async fn works(
    State(hall): State<Arc<Hall>>,
    visit: Visit,
    Path(screen): Path<String>,
    Query(turned): Query<Turned>,
) -> Result<Response, Problem> {
    let screen = screen_of(&hall, &screen)?;
    let begin = Some((LIST_IDLE, visit.to(&format!("/k/{screen}"))));
    Ok(match hall.works(turned.page.max(1)).await {
        Some(works) => touch::screen(drawn::works(&hall.sign, &visit, screen, &works), StatusCode::OK, begin),
        None => silent(&hall, &visit, screen),
    })
}

fn silent(hall: &Hall, visit: &Visit, screen: u16) -> Response {
    let drawn = drawn::silent(&hall.sign, visit, screen);
    let again = Some((20, visit.to(&format!("/k/{screen}"))));
    touch::screen(drawn, StatusCode::SERVICE_UNAVAILABLE, again)
}

/// One work with its licenses.
pub(super) async fn work(
    State(hall): State<Arc<Hall>>,
    visit: Visit,
    Path((screen, content)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let screen = screen_of(&hall, &screen)?;
    let begin = Some((LIST_IDLE, visit.to(&format!("/k/{screen}"))));
    Ok(match hall.work(&content).await {
        Some(work) => touch::screen(drawn::work(&hall.sign, &visit, screen, &work), StatusCode::OK, begin),
        None => silent(&hall, &visit, screen),
    })
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    number: String,
}

/// An order: the centre quotes, this kiosk writes it down, then it is shown.
pub(super) async fn take(
    State(hall): State<Arc<Hall>>,
    visit: Visit,
    Path(screen): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    let screen = screen_of(&hall, &screen)?;
    let number: OfferNo = wanted.number.parse().map_err(|_| Problem::nothing_here())?;
    let Some(order) = hall.quote(screen, number).await else {
        return Ok(silent(&hall, &visit, screen));
    };
    let id = order.order;
    hall.office
        .commit::<_, Fault>(move |_, tx, now, _| kiosk::take(tx, &order, now))
        .await?;
    Ok(Redirect::to(&visit.to(&format!("/k/{screen}/orders/{id}"))).into_response())
}

/// The way to the wallet: whom to ask, the publisher's signed offer, and the centre's quote.
fn link(hall: &Hall, order: &KioskOrder) -> Option<String> {
    let words = cbor::to_bytes(&(
        hall.centre?,
        ByteVec::from(order.sheet.to_vec()),
        ByteVec::from(order.quote.to_vec()),
    ));
    let wallet = hall.sign.wallet.trim_end_matches('/');
    Some(format!("{wallet}/confirm#{}", BASE64URL_NOPAD.encode(&words)))
}

/// An order, for who gave it, at whichever screen: not paid yet, or on the card.
pub(super) async fn order(
    State(hall): State<Arc<Hall>>,
    visit: Visit,
    Path((screen, id)): Path<(String, String)>,
    Query(waits): Query<Waits>,
) -> Result<Response, Problem> {
    let screen = screen_of(&hall, &screen)?;
    let id: OrderId = id.parse().map_err(|_| Problem::nothing_here())?;
    let now = hall.office.clock.now();
    let found = hall
        .office
        .look::<_, Fault>(move |_, view, _| kiosk::order(view, id))
        .await?;
    let Some((number, mut order)) = found else {
        return Err(Problem::nothing_here());
    };
    if order.deal.is_none()
        && let Some(deal) = hall.fate(&order).await
    {
        hall.office
            .commit::<_, Fault>(move |_, tx, _, _| kiosk::paid(tx, number, deal))
            .await?;
        order.deal = Some(deal);
    }
    let home = visit.to(&format!("/k/{screen}"));
    let path = format!("/k/{screen}/orders/{id}");
    if order.deal.is_none() && waits.is_over(now) {
        return Ok(Redirect::to(&home).into_response());
    }
    if order.deal.is_none() && (waits.since == 0 || waits.until == 0) {
        return Ok(Redirect::to(&visit.to(&format!("{path}?{}", waits.more(now)))).into_response());
    }
    let shown = Ordered {
        screen,
        number,
        title: order.title.clone(),
        price: order.price,
        is_given: order.deal.is_some(),
        is_over: now > order.until,
        link: link(&hall, &order),
        ends_in: waits.ends_in(now),
        more: visit.to(&format!("{path}?{}", waits.more(now))),
        at: path.clone(),
    };
    let again = match order.deal {
        Some(_) => (20, home),
        None => (LOOK, visit.to(&format!("{path}?{}", waits.query()))),
    };
    Ok(touch::screen(
        drawn::order(&hall.sign, &visit, &shown),
        StatusCode::OK,
        Some(again),
    ))
}

/// The stories of these screens.
pub(super) async fn stories(State(hall): State<Arc<Hall>>, visit: Visit) -> Result<Response, Problem> {
    if !hall.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = hall.sign.page(&visit, "/k/1");
    let drawn = face::stories(&frame, &visit.to("/stories"), stories::STORIES);
    Ok(answer_private(drawn, StatusCode::OK))
}

/// One of them.
pub(super) async fn story(
    State(hall): State<Arc<Hall>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, hall.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
