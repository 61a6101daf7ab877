//! Deposit machine over HTTP: its screen, what wallets say to it, and the driver of its box (ST-8).
//!
//! The tray is behind one lock, held from looking at it to writing down what follows from it: no note comes in between the
//! counting and the promise, and none between two orders. What is durable is the machine's store and the box's register; a
//! process that dies here goes on where they stand.

mod api;
mod code;
mod drawn;
mod pages;
mod stories;

#[cfg(test)]
pub(crate) use stories::STORIES;

use std::{sync::Arc, time::Duration};

use axum::routing::{get, post};
use party::{
    Step,
    deposit::{Cashbox as _, DepositConfig, DepositMachine, Order},
};
use store::Fault;
use tokio::sync::{Mutex, watch};
use units::{Currency, Moment, Money, OrderId, Span};

pub(crate) use api::routes;

use crate::{
    frame::Problem,
    office::Office,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    touch::{Sign, tray::Tray},
};

/// How often the box is asked whether there is something to do.
const TURN: Duration = Duration::from_millis(250);
/// How long its person reads how an order ended, and takes his notes, before the next is named.
const READ: Span = Span::seconds(20);
/// Most cash for one order, unless said otherwise: so many units of the realm's money.
const MOST: i64 = 20_000;

/// What its addresses answer from.
pub(crate) struct Slot {
    pub(crate) office: Arc<Office<DepositMachine>>,
    pub(crate) sign: Sign,
    tray: Mutex<Tray>,
    currency: Currency,
    most: Money,
    /// What the holder in front of the machine lets it show; never written down, and forgotten with his order's screen.
    shown: Mutex<Option<(OrderId, Money)>>,
    /// What its screen shows to whoever stands before it.
    code: code::Code,
    /// When the issuer was asked out of turn.
    asked: Mutex<Moment>,
    /// The order that ended last, for its screen, and when.
    ended: Mutex<Option<(OrderId, Moment)>>,
}

impl core::fmt::Debug for Slot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Slot")
    }
}

impl Slot {
    pub(crate) async fn current(&self) -> Result<Option<(OrderId, Order)>, Problem> {
        self.office
            .look::<_, Fault>(|machine, view, _| machine.current(view))
            .await
    }

    pub(crate) async fn order(&self, order: OrderId) -> Result<Option<Order>, Problem> {
        self.office
            .look::<_, Fault>(move |machine, view, _| machine.order(view, order))
            .await
    }

    /// What lies in the tray.
    pub(crate) async fn counted(&self) -> Result<Money, Problem> {
        self.tray.lock().await.counted().map_err(|no| Problem::by(&no))
    }

    /// The machine goes on with what lies in the tray, and tells the issuer.
    pub(crate) async fn load(&self, order: OrderId) -> Result<(), Problem> {
        let step = {
            let tray = self.tray.lock().await;
            let counted = tray.counted().map_err(|no| Problem::by(&no))?;
            self.office
                .commit(move |machine, tx, now, _| machine.promise(tx, order, counted, now))
                .await?
        };
        // Whatever comes of it is written; what has no answer yet is asked again by itself.
        let _ = self.office.follow(step).await?;
        self.obey().await
    }

    /// Everything back, as far as it is not loaded.
    pub(crate) async fn back(&self, order: OrderId) -> Result<(), Problem> {
        let step = {
            let _tray = self.tray.lock().await;
            self.office
                .commit(move |machine, tx, now, _| machine.take_back(tx, order, now))
                .await?
        };
        // Whatever comes of it is written; what has no answer yet is asked again by itself.
        let _ = self.office.follow(step).await?;
        self.obey().await
    }

    /// Somebody waits for this order: the issuer is asked now, at most once a second.
    pub(crate) async fn hasten(&self, order: OrderId) -> Result<(), Problem> {
        let now = self.office.clock.now();
        {
            let mut asked = self.asked.lock().await;
            if now.since(*asked) < Span::seconds(1) && *asked <= now {
                return Ok(());
            }
            *asked = now;
        }
        let errand = self
            .office
            .look::<_, Fault>(move |machine, view, _| machine.ask_again(view, order))
            .await?;
        if let Some(errand) = errand {
            let _ = self.office.follow(Step::Errand(errand)).await?;
            self.obey().await?;
        }
        Ok(())
    }

    /// A note or coin, if one is wanted.
    pub(crate) async fn put_in(&self, sum: Money) -> Result<bool, Problem> {
        let tray = self.tray.lock().await;
        let is_open = self
            .current()
            .await?
            .is_some_and(|(_, order)| order.stand == party::deposit::Stand::Named);
        if is_open {
            tray.put_in(sum).map_err(|no| Problem::by(&no))?;
        }
        Ok(is_open)
    }

    /// The box does what it is told, if it is told something: first the box, then the disk.
    async fn obey(&self) -> Result<(), Problem> {
        let mut tray = self.tray.lock().await;
        let to_do = self
            .office
            .look::<_, Fault>(|machine, view, _| machine.to_do(view))
            .await?;
        let Some((order, keep)) = to_do else { return Ok(()) };
        tray.finish(order, keep).map_err(|no| Problem::by(&no))?;
        // Before the disk says that the order has ended: otherwise the machine is shown free in between, with the code of the
        // order that was, and stays so where whoever asked hangs up then.
        *self.ended.lock().await = Some((order, self.office.clock.now()));
        self.code.renew();
        self.office
            .commit::<_, Fault>(move |machine, tx, _, _| machine.done(tx, order))
            .await
    }

    /// The order that ended last, as long as its person reads of it; after that nothing of him is left.
    pub(crate) async fn just_ended(&self) -> Option<OrderId> {
        let now = self.office.clock.now();
        let ended = *self.ended.lock().await;
        let (order, at) = ended?;
        if now.since(at) <= READ && at <= now {
            return Some(order);
        }
        self.begin_again().await;
        None
    }

    /// Nothing of the last order is shown any more, and the next may be named.
    pub(crate) async fn begin_again(&self) {
        *self.ended.lock().await = None;
        *self.shown.lock().await = None;
    }

    async fn drive(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let mut is_told = false;
        while tokio::time::timeout(TURN, stopped.wait_for(|stop| *stop))
            .await
            .is_err()
        {
            match self.obey().await {
                Ok(()) => is_told = false,
                Err(no) if !is_told => {
                    tracing::warn!(target: "keyfare::deposit", code = no.code(), "the box does not do what it is told");
                    is_told = true;
                }
                Err(_) => {}
            }
        }
    }
}

/// Builds a deposit machine.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    let desk = parts.desk()?;
    let set = &parts.config.deposit;
    let currency = desk.currency();
    let issuer = set
        .issuer
        .ok_or(StartRefused::Missing("deposit.issuer", "deposit machine"))?;
    let most = set.most.unwrap_or(Money::new(MOST, currency)?);
    let config = DepositConfig {
        issuer,
        account: set.account_token.clone(),
        most,
        patience: set.patience_seconds.map_or(Span::minutes(5), Span::seconds),
    };
    let tray = Tray::open(&parts.config.dir, currency)?;
    let sign = Sign {
        name: parts.name,
        id: parts.keys.id(),
        dev: parts.dev,
        wallet: parts.config.wallet.clone(),
        address: parts.address,
    };
    let machine = DepositMachine::new(parts.keys, desk, config);
    let office = Office::new(machine, parts.store, parts.config.clock, parts.peers);
    let slot = Arc::new(Slot {
        office: office.clone(),
        sign,
        tray: Mutex::new(tray),
        currency,
        most,
        shown: Mutex::default(),
        code: code::Code::new()?,
        asked: Mutex::default(),
        ended: Mutex::default(),
    });
    let screens = axum::Router::new()
        .route("/k", get(pages::front))
        .route("/k/load", post(pages::load))
        .route("/k/back", post(pages::back))
        .route("/k/notes", post(pages::notes))
        .route("/k/orders/{order}", get(pages::order))
        .route("/stories", get(pages::stories))
        .route("/stories/{name}", get(pages::story));
    let site = in_languages(get(pages::front), screens).with_state(slot.clone());
    let mut surface = Surface::new(routes(), slot.clone()).tended(office, stopped);
    surface.timed = surface.timed.merge(site);
    surface.tasks.push(tokio::spawn(slot.drive(stopped.clone())));
    Ok(surface)
}
