//! Shop over HTTP: the protocol's verbs, the shelf and its files, receipts, publishing, and pages for people.

mod collecting;
mod console;
mod find;
mod hooks;
mod ledger;
mod media;
mod open;
mod packages;
mod pages;
mod paid;
pub(crate) mod publish;
mod receipt;
mod records;
mod sales;
mod stored;
mod versions;
mod visit;
mod vouchers;
mod window;
mod words;
mod works;

#[cfg(test)]
pub(crate) use console::STORIES as CONSOLE_STORIES;
#[cfg(test)]
pub(crate) use pages::STORIES as SHOP_STORIES;

pub use console::{ConsoleSettings, Invited, ToInvite};
pub use media::TakenMedia;
pub use open::Fate;
pub use pages::buy_link;
pub use publish::{Published, Withdraw, Withdrawn};
pub use receipt::{Receipt, TaxLine};
pub use records::{Record, Records, UnmatchedLine};
pub use sales::{Sales, SoldLine};
pub use stored::AboutPurchase;
pub use versions::{OneVersion, Versions};
pub use vouchers::{AllVouchers, CodeToTake, MadeVouchers, TakenCode, VouchersToMake};
pub use works::{Offer, Package, Work, Works};

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use party::{
    epoch,
    errand::Step,
    shop::{Shop, ShopConfig},
};
use store::Fault;
use tokio::sync::watch;
use units::{Money, PartyId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::SHELF_BYTES,
    content::shelf::Shelf,
    office::Office,
    operator::Operators,
    pages::in_languages,
    running::{Parts, StartRefused, Surface},
    strangers::Strangers,
    verbs::{pays, verbs},
};

/// What a shop's addresses answer from.
#[derive(Debug)]
pub(crate) struct Stall {
    pub(crate) office: Arc<Office<Shop>>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) window: Arc<window::Window>,
    pub(crate) tickets: publish::Tickets,
    pub(crate) operators: Operators,
    pub(crate) sign: pages::Sign,
    pub(crate) console: console::Console,
    pub(crate) keeping: crate::config::Keeping,
    /// The realm's registry, and the way to it: where new publishers are certified.
    pub(crate) registry: String,
    pub(crate) peers: crate::peers::Peers,
    /// The collectors of publishers who left their keys here.
    pub(crate) collecting: collecting::Collecting,
    /// The content server that keeps the packages, where it is another party.
    pub(crate) content: Option<PartyId>,
    /// The way to the addresses that publishers want told.
    pub(crate) strangers: Strangers,
}

verbs!(Stall {
    /// Says that a decision has arrived.
    done "/v1/done" Done
    /// A buyer's card asks what was decided, in a letter only this shop opens; answered by the same decision again.
    reissue "/v1/reissue" Reissue
    /// A card asks for a license of this shop to be made out to it anew, on its issuer's word; answered sealed.
    confirm "/v1/confirm" Confirm
    /// A wallet is here: the shop says so, for the publisher of a work it sells.
    reached "/v1/reached" Reached
    /// The shop's bank tells what came into its account, signed; what it settles is settled in one step.
    credited "/v1/credited" Credited
    /// An approver that was put back asks what became of its approvals; answered by a signed page, each with the approval itself.
    recall "/v1/recall" Recall
});
pays!(Stall);

/// The shop's addresses for programs.
fn api() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(pay))
        .routes(routes!(done))
        .routes(routes!(reissue))
        .routes(routes!(confirm))
        .routes(routes!(reached))
        .routes(routes!(credited))
        .routes(routes!(recall))
        .merge(works::routes())
        .merge(open::routes())
        .merge(packages::routes())
        .merge(versions::routes())
        .merge(media::routes())
        .merge(vouchers::routes())
        .merge(receipt::routes())
        .merge(stored::routes())
        .merge(publish::routes())
        .merge(sales::routes())
        .merge(records::routes())
        .merge(console::api())
}

/// Its pages, in whatever language the visitor's browser asks for, and under `/en` and `/ja` in these.
fn site() -> Router<Arc<Stall>> {
    let pages = Router::new()
        .route("/works/{content}", get(pages::work))
        .route("/publishers", get(pages::publishers))
        .route("/publishers/{id}", get(pages::publisher))
        .route("/orders/{deal}", get(pages::order))
        .route("/receipts/{deal}", get(pages::receipt))
        .route("/receipts/{deal}/refund", get(pages::refund))
        .route("/receipts/{deal}/data", get(pages::stored).post(pages::forget))
        .route("/help", get(pages::help))
        .route("/refunds", get(pages::refunds))
        .route("/stores", get(pages::stores))
        .route("/records", get(ledger::page))
        .route("/records/assign", axum::routing::post(ledger::assign))
        .route("/stories", get(pages::stories))
        .route("/stories/{name}", get(pages::story))
        .merge(console::site());
    in_languages(get(pages::front), pages).route("/covers/{kind}/{content}", get(pages::cover))
}

/// The description of its interface.
pub(crate) fn described() -> Vec<utoipa::openapi::OpenApi> {
    vec![api().split_for_parts().1, publish::streams().split_for_parts().1]
}

/// After how long a sale against a charge is shown as overdue.
fn overdue(days: Option<u64>) -> units::Span {
    units::Span::days(days.unwrap_or(45))
}

/// Builds a shop.
pub(crate) fn build(parts: Parts, stopped: &watch::Receiver<bool>) -> Result<Surface, StartRefused> {
    build_stall(parts, stopped).map(|(surface, _)| surface)
}

/// The same, with what its addresses answer from: for machines around a shop.
pub(crate) fn build_stall(
    mut parts: Parts,
    stopped: &watch::Receiver<bool>,
) -> Result<(Surface, Arc<Stall>), StartRefused> {
    let desk = parts.desk()?;
    let issuer = parts
        .config
        .selling
        .issuer
        .ok_or(StartRefused::Missing("selling.issuer", "shop"))?;
    let config = ShopConfig {
        floor: parts.config.selling.floor_limit.unwrap_or(Money::zero(desk.currency())),
        hint: parts.address.clone(),
        commission_permille: parts.config.selling.commission_permille,
        keep_buyers: parts.config.keeping.buyers_days.map(units::Span::days),
        keep_secrets: units::Span::days(parts.config.keeping.secrets_days),
        settles: parts.config.selling.settles,
        bank: parts.config.selling.bank,
        overdue: overdue(parts.config.selling.overdue_days),
        settlement: crate::settlement::rules(&parts.config.settling),
        ..ShopConfig::new(issuer, desk.currency())
    };
    let id: PartyId = parts.keys.id();
    let console_secret = parts.keys.derive("server/console", &[]);
    let tickets = publish::Tickets::new(parts.keys.derive("server/uploads", &[]));
    let strangers = hooks::way(&parts.config.selling, &parts.address)?;
    let collecting = collecting::Collecting::of(&parts.config, issuer);
    let quota = parts.config.selling.shelf_bytes.unwrap_or(SHELF_BYTES);
    let shelf = Arc::new(Shelf::open(&parts.config.dir, quota)?);
    let (registry, peers) = (parts.config.realm.registry.clone(), parts.peers.clone());
    let office = Office::new(
        Shop::new(parts.keys, desk, config),
        parts.store,
        parts.config.clock,
        parts.peers,
    );
    let sign = pages::Sign {
        name: parts.name,
        id,
        address: parts.address,
        dev: parts.dev,
        wallet: parts.config.wallet,
        realm: parts.config.realm.id(),
        source: parts.config.wallet_source,
    };
    let mut settings = std::mem::take(&mut parts.config.console);
    let publishers = std::mem::take(&mut settings.publishers);
    let console = console::Console::new(
        settings,
        &console_secret,
        (&sign.name, &sign.address),
        parts.config.dir.join("console"),
    )?;
    let stall = Arc::new(Stall {
        office: office.clone(),
        shelf,
        window: Arc::default(),
        tickets,
        operators: Operators::new(parts.config.operator),
        sign,
        console,
        keeping: parts.config.keeping,
        registry,
        peers,
        collecting,
        content: parts.config.selling.content,
        strangers,
    });
    let mut surface = Surface::new(api(), stall.clone());
    surface.timed = surface
        .timed
        .merge(site().merge(collecting::site()).with_state(stall.clone()));
    surface
        .tasks
        .push(tokio::spawn(collecting::tend(stall.clone(), stopped.clone())));
    surface
        .tasks
        .push(tokio::spawn(hooks::run(stall.clone(), stopped.clone())));
    let (streams, described) = publish::streams().split_for_parts();
    surface.streams = streams.merge(console::streams()).with_state(stall.clone());
    surface
        .tasks
        .push(tokio::spawn(console::entrust(stall.clone(), publishers)));
    surface
        .tasks
        .push(tokio::spawn(console::tend(stall.clone(), stopped.clone())));
    surface.described.push(described);
    surface
        .tasks
        .push(tokio::spawn(reconcile(office.clone(), stopped.clone())));
    surface.tasks.push(tokio::spawn(arrange(office.clone())));
    Ok((surface.tended(office, stopped), stall))
}

/// A shelf from before there were windows gets one.
async fn arrange(office: Arc<Office<Shop>>) {
    let arranged = office
        .commit::<_, Fault>(|shop, tx, _, _| shop.arrange_window(tx))
        .await;
    if let Err(no) = arranged {
        tracing::warn!(target: "keyfare::shop", code = no.code(), "the window is not arranged; works may be missing on pages");
    }
}

/// How long to wait before the issuer is asked again what was forgotten.
const AGAIN: Duration = Duration::from_millis(500);

/// A shop that was restored asks the issuer what it forgot, and serves again when it knows.
async fn reconcile(office: Arc<Office<Shop>>, mut stopped: watch::Receiver<bool>) {
    let mut informed = office.informed();
    loop {
        // Without the directory nobody knows where the issuer is.
        let go_on = tokio::select! {
            told = informed.wait_for(|informed| *informed) => told.is_ok(),
            _ = stopped.wait_for(|stop| *stop) => false,
        };
        if !go_on || finish(&office).await {
            return;
        }
        if tokio::time::timeout(AGAIN, stopped.wait_for(|stop| *stop))
            .await
            .is_ok()
        {
            return;
        }
    }
}

/// True: nothing is forgotten any more.
async fn finish(office: &Arc<Office<Shop>>) -> bool {
    let restored = office.look::<_, Fault>(|_, view, _| epoch::is_restored(view)).await;
    if restored.is_ok_and(|restored| !restored) {
        return settle(office).await;
    }
    let step = office.commit(|shop, tx, now, _| shop.reconcile(tx, now)).await;
    let end = match step {
        Ok(step) => office.follow(step).await,
        Err(no) => Err(no),
    };
    match end {
        Ok(Step::Answer(_)) => settle(office).await,
        Ok(_) => false,
        Err(no) => {
            tracing::warn!(target: "keyfare::shop", code = no.code(), "what was forgotten is not known yet");
            false
        }
    }
}

async fn settle(office: &Arc<Office<Shop>>) -> bool {
    let store = office.store.clone();
    let settled = tokio::task::spawn_blocking(move || epoch::settle(&store)).await;
    matches!(settled, Ok(Ok(_)))
}
