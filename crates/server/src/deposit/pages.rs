//! The machine's screen. Whoever stands before it is not asked who he is; what can be done here moves nobody's money but the
//! notes in the tray.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use party::deposit::{Order, Stand};
use serde::Deserialize;
use units::{Money, OrderId};

use super::{
    Slot,
    drawn::{self, Screen},
    stories,
};
use crate::{
    frame::{Named, Problem, Source},
    pages::{Visit, answer_private, told},
    touch::{self, LOOK},
};

/// How the machine stands, for its screen.
async fn screen(slot: &Slot) -> Result<Screen, Problem> {
    if !slot.office.party.takes_cash() {
        return Ok(Screen::Broken);
    }
    if let Some((order, _)) = slot.current().await? {
        slot.hasten(order).await?;
    }
    if let Some((order, row)) = slot.current().await? {
        return of_row(slot, order, row).await;
    }
    if let Some(order) = slot.just_ended().await
        && let Some(row) = slot.order(order).await?
    {
        return of_row(slot, order, row).await;
    }
    Ok(Screen::Idle {
        most: slot.most,
        code: Some(slot.code.shown()),
    })
}

/// The same for somebody elsewhere: what stands on the machine's own screen alone is left out.
async fn screen_for(slot: &Slot, from: Source) -> Result<Screen, Problem> {
    let screen = screen(slot).await?;
    Ok(if touch::is_own(from) {
        screen
    } else {
        screen.seen_afar()
    })
}

async fn of_row(slot: &Slot, order: OrderId, row: Order) -> Result<Screen, Problem> {
    let shown = slot
        .shown
        .lock()
        .await
        .filter(|(of, _)| *of == order)
        .map(|(_, purse)| purse);
    Ok(match row.stand {
        Stand::Named => Screen::Open {
            order,
            amount: row.amount,
            counted: slot.counted().await?,
            purse: shown,
            until: row.until,
        },
        Stand::Promised | Stand::Held | Stand::Keep => Screen::Working {
            order,
            amount: row.amount,
            purse: shown,
            is_back: row.wants_back,
        },
        Stand::GiveBack => Screen::Working {
            order,
            amount: row.amount,
            purse: shown,
            is_back: true,
        },
        Stand::Kept => Screen::Loaded {
            order,
            amount: row.amount,
            purse: shown,
        },
        Stand::Returned => Screen::Returned { order },
    })
}

/// How soon the screen looks again, and where.
fn again(visit: &Visit, screen: &Screen) -> Option<(u32, String)> {
    let seconds = match screen {
        Screen::Idle { .. } | Screen::Open { .. } | Screen::Working { .. } => LOOK,
        // Long enough to read, and then nothing of it is left on the screen.
        Screen::Loaded { .. } | Screen::Returned { .. } => 20,
        Screen::Broken => 30,
    };
    let to = match screen {
        Screen::Loaded { .. } | Screen::Returned { .. } => "/k?fresh=1",
        _ => "/k",
    };
    Some((seconds, visit.to(to)))
}

#[derive(Deserialize)]
pub(super) struct Fresh {
    #[serde(default)]
    fresh: u8,
}

/// The screen.
pub(super) async fn front(
    State(slot): State<Arc<Slot>>,
    visit: Visit,
    Extension(from): Extension<Source>,
    axum::extract::Query(asked): axum::extract::Query<Fresh>,
) -> Result<Response, Problem> {
    if asked.fresh == 1 {
        if touch::is_own(from) {
            slot.begin_again().await;
        }
        return Ok(Redirect::to(&visit.to("/k")).into_response());
    }
    let screen = screen_for(&slot, from).await?;
    let drawn = drawn::screen(&slot.sign, &visit, &screen, None);
    Ok(touch::screen(drawn, StatusCode::OK, again(&visit, &screen)))
}

/// An order of this machine, by the number on its screen.
pub(super) async fn order(
    State(slot): State<Arc<Slot>>,
    visit: Visit,
    Named(order): Named<OrderId>,
) -> Result<Response, Problem> {
    let Some(row) = slot.order(order).await? else {
        let drawn = drawn::unknown(&slot.sign, &visit);
        return Ok(touch::screen(drawn, StatusCode::NOT_FOUND, None));
    };
    let screen = of_row(&slot, order, row).await?.seen_afar();
    let drawn = drawn::screen(&slot.sign, &visit, &screen, None);
    Ok(touch::screen(drawn, StatusCode::OK, None))
}

/// The same screen with what was refused; what stands on it for its person alone is left out.
async fn refused(slot: &Slot, visit: &Visit, no: &Problem) -> Result<Response, Problem> {
    let screen = screen(slot).await?.seen_afar();
    let words = visit.words;
    let said = words.refused_why(no.code(), no.detail().to_owned());
    let drawn = drawn::screen(&slot.sign, visit, &screen, Some(said));
    Ok(touch::screen(drawn, no.status(), Some((10, visit.to("/k")))))
}

#[derive(Deserialize)]
pub(super) struct Pressed {
    order: String,
}

/// The order for which a button was drawn, if it is still the one in the tray, and the button stands on the machine itself.
async fn current(slot: &Slot, from: Source, pressed: &Pressed) -> Result<OrderId, Problem> {
    if !touch::is_own(from) {
        return Err(Problem::nothing_here());
    }
    let current = slot.current().await?.map(|(order, _)| order);
    let no = party::deposit::DepositRefused::NoOrder;
    current
        .filter(|order| order.to_string() == pressed.order)
        .ok_or_else(|| Problem::by(&no))
}

async fn done(slot: &Slot, visit: &Visit, did: Result<(), Problem>) -> Result<Response, Problem> {
    match did {
        Ok(()) => Ok(Redirect::to(&visit.to("/k")).into_response()),
        Err(no) => refused(slot, visit, &no).await,
    }
}

/// Whoever stands there lets the machine go on.
pub(super) async fn load(
    State(slot): State<Arc<Slot>>,
    visit: Visit,
    Extension(from): Extension<Source>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Problem> {
    let did = match current(&slot, from, &pressed).await {
        Ok(order) => slot.load(order).await,
        Err(no) => Err(no),
    };
    done(&slot, &visit, did).await
}

/// Whoever stands there wants his notes back.
pub(super) async fn back(
    State(slot): State<Arc<Slot>>,
    visit: Visit,
    Extension(from): Extension<Source>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Problem> {
    let did = match current(&slot, from, &pressed).await {
        Ok(order) => slot.back(order).await,
        Err(no) => Err(no),
    };
    done(&slot, &visit, did).await
}

#[derive(Deserialize)]
pub(super) struct Note {
    minor: i64,
}

/// A note goes into the simulated slot: only where money is play money.
pub(super) async fn notes(
    State(slot): State<Arc<Slot>>,
    visit: Visit,
    Extension(from): Extension<Source>,
    Form(note): Form<Note>,
) -> Result<Response, Problem> {
    if !touch::is_own(from) {
        return Err(Problem::nothing_here());
    }
    let sum = Money::new(note.minor, slot.currency).ok().filter(|sum| !sum.is_zero());
    let Some(sum) = sum.filter(|sum| slot.sign.dev && *sum <= slot.most) else {
        return Err(Problem::nothing_here());
    };
    let did = slot.put_in(sum).await.map(drop);
    done(&slot, &visit, did).await
}

/// The stories of this screen.
pub(super) async fn stories(State(slot): State<Arc<Slot>>, visit: Visit) -> Result<Response, Problem> {
    if !slot.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = slot.sign.page(&visit, "/k");
    let drawn = face::stories(&frame, &visit.to("/stories"), stories::STORIES);
    Ok(answer_private(drawn, StatusCode::OK))
}

/// One of them.
pub(super) async fn story(
    State(slot): State<Arc<Slot>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, slot.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
