//! Vending machine over HTTP: a shop with slots. Its screen, its stock, and the driver of its hatch (ST-15).
//!
//! Everything that sells is the shop's: promise, payment, bill, refund. Here is what stands around it: articles are put on the
//! shelf from the configuration, the hatch is told what the store says, and the screen shows what became of it.

mod drawn;
mod pages;
mod stock;
mod stories;
mod tries;

#[cfg(test)]
pub(crate) use stories::STORIES;

use std::{sync::Arc, time::Duration};

use axum::routing::{get, post};
use party::shop::{DropRefused, Hatch as _, Shop};
use store::Fault;
use tokio::sync::watch;

use tries::Tries;

use crate::{
    frame::Problem,
    office::Office,
    operator::Operators,
    running::{Parts, StartRefused, Surface},
    shop,
    touch::{Sign, hatch::Slots, in_each_language},
};

/// How often the hatch is asked whether there is something to do.
const TURN: Duration = Duration::from_millis(250);

/// What its screens answer from.
pub(crate) struct Front {
    pub(crate) office: Arc<Office<Shop>>,
    pub(crate) sign: Sign,
    /// Who runs it: the publisher of its articles.
    pub(crate) operator_name: String,
    operators: Operators,
    /// Wrong codes of late.
    tries: Tries,
}

impl core::fmt::Debug for Front {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Front")
    }
}

/// Builds a vending machine.
pub(crate) fn build(mut parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let set = std::mem::take(&mut parts.config.vending);
    let operator = set
        .operator
        .ok_or(StartRefused::Missing("vending.operator_secret", "vending machine"))?;
    let operator_name = crate::running::name_in(&operator.certificate, parts.config.realm.id());
    let keys = crate::running::load(&operator, parts.config.realm.id())?;
    let slots = Slots::open(&parts.config.dir)?;
    let (name, id, dev) = (parts.name.clone(), parts.keys.id(), parts.dev);
    let (wallet, operators) = (parts.config.wallet.clone(), Operators::new(parts.config.operator));
    let (dir, address) = (parts.config.dir.clone(), parts.address.clone());
    let certificate = parts.config.keys.certificate.clone();
    let (mut surface, stall) = shop::build_stall(parts, stopped)?;
    let front = Arc::new(Front {
        office: stall.office.clone(),
        sign: Sign {
            name,
            id,
            dev,
            wallet,
            address,
        },
        operator_name,
        operators,
        tries: Tries::default(),
    });
    let screens = in_each_language(vec![
        ("/k", get(pages::front)),
        ("/k/choose/{number}", get(pages::choose)),
        ("/k/out/{receipt}", get(pages::out)),
        ("/k/here", get(pages::ask_code).post(pages::here)),
        ("/k/stock", get(pages::stock).post(pages::fill)),
        ("/k/doubt", post(pages::settle)),
        ("/k/stories", get(pages::stories)),
        ("/k/stories/{name}", get(pages::story)),
    ]);
    let words = axum::Router::new().route("/v1/charged", post(pages::charged));
    surface.timed = surface.timed.merge(screens.merge(words).with_state(front.clone()));
    surface
        .tasks
        .push(tokio::spawn(drive(stall.office.clone(), slots, stopped.clone())));
    let articles = stock::Articles {
        keys,
        certificate,
        dir: dir.join("articles"),
        enterprise: set.enterprise,
        articles: set.articles,
    };
    surface
        .tasks
        .push(tokio::spawn(stock::put_on_sale(stall, articles, stopped.clone())));
    Ok(surface)
}

/// One turn: the disk says what, the hatch does it, the disk hears how it ended. False: nothing to do.
async fn turn(office: &Office<Shop>, slots: &Slots) -> Result<bool, Problem> {
    let register = slots.register().map_err(|no| Problem::by(&no))?;
    let told = office
        .commit::<_, DropRefused>(move |shop, tx, now, _| shop.next_drop(tx, register, now))
        .await?;
    let Some((number, slot)) = told else { return Ok(false) };
    let mut slots = slots.clone();
    let moved = tokio::task::spawn_blocking(move || slots.drop_from(slot, number)).await;
    let fell = moved
        .map_err(|_| Problem::by(&Fault::Panicked))?
        .map_err(|no| Problem::by(&no))?;
    office
        .commit::<_, DropRefused>(move |shop, tx, _, _| shop.dropped(tx, number, fell))
        .await?;
    Ok(true)
}

async fn drive(office: Arc<Office<Shop>>, slots: Slots, mut stopped: watch::Receiver<bool>) {
    let mut is_told = false;
    loop {
        match turn(&office, &slots).await {
            Ok(true) => continue,
            Ok(false) => is_told = false,
            Err(no) if !is_told => {
                tracing::warn!(target: "keyfare::vending", code = no.code(), "the hatch does not do what it is told");
                is_told = true;
            }
            Err(_) => {}
        }
        if tokio::time::timeout(TURN, stopped.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}
