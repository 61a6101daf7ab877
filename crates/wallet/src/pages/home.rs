//! Home: what can I spend, what do I carry, what do I own? All of it from one moment of the card.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use face::{Clock, Day, Key, MoneyBar, Said, Sum, Teeth, Words};
use units::Moment;

use super::{
    figures::{self, Open},
    handing::crossing_item,
    library::{Item, Names, item},
    text::plain,
    view::drawn,
    visit::{Part, Shared, Token, visit},
};
use crate::engine::{Carried, Overview};

/// So many of the newest licenses stand on the first page.
const NEWEST: usize = 5;

/// Fares for one publisher.
pub(super) struct For {
    key: Key,
    name: String,
    works: Vec<Said>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomeView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    offline: bool,
    /// Since when this card is stopped, in words. Nothing else is then said of it.
    stopped: Option<Said>,
    /// What everybody should know first.
    told: Vec<Said>,
    /// A machine waits for the holder's word.
    asked: Option<Open>,
    ways: Vec<Open>,
    bar: Option<MoneyBar>,
    purse: Said,
    is_empty: bool,
    contact: Said,
    payments: Said,
    escrow: Said,
    carried: Vec<For>,
    items: &'a [Item],
    all: Option<Said>,
    places: Said,
    card: Said,
}

/// A moment, as people say it.
pub(super) fn when(w: Words, at: Moment) -> Said {
    w.hand_moment(Day(at), Clock(at))
}

/// The card at one moment.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/");
    if visit.wallet().is_player() {
        return visit.go("/players");
    }
    let (w, names) = (visit.words, Names::of(&visit).await);
    let overview = visit.wallet().overview().await;
    let shelves = visit.wallet().library().await;
    let items: Vec<Item> = shelves
        .iter()
        .take(NEWEST)
        .map(|shelf| item(w, shelf, &names))
        .collect();
    drawn(draw(
        &visit.page(Part::Card),
        visit.base(),
        visit.token(),
        &overview,
        super::reader::asking(w, &desk),
        &items,
    ))
}

/// The page. `asked`: a machine waits for the holder's word.
pub(super) fn draw(
    page: &face::Page,
    base: &str,
    token: &str,
    overview: &Overview,
    asked: Option<Open>,
    items: &[Item],
) -> Result<String, askama::Error> {
    let w = page.words;
    let mut ways: Vec<Open> = overview.crossings.iter().map(|one| crossing_item(w, one)).collect();
    ways.extend(figures::open(w, overview));
    let (bar, summary, (used, room)) = (figures::bar(overview), &overview.summary, overview.licenses);
    HomeView {
        page,
        base,
        token,
        offline: overview.offline,
        asked,
        stopped: overview.stopped.map(|at| w.lost_own(when(w, at))),
        told: told(w, overview),
        ways,
        purse: w.show(Sum(summary.spendable)),
        is_empty: summary.spendable.is_zero() && overview.card.is_some(),
        contact: match overview.last_contact {
            Moment(0) => w.home_contact_never(),
            at => w.home_contact(when(w, at)),
        },
        payments: w.home_payments(overview.tags),
        escrow: bar.map(|bar| w.show(Sum(bar.escrow))).unwrap_or_default(),
        bar,
        carried: overview.carried.iter().map(|one| carried(w, one)).collect(),
        items,
        all: (used > items.len()).then(|| w.home_all(used)),
        places: w.home_places(room, used),
        card: match (overview.card, overview.in_tpm) {
            (None, _) => w.home_card_new(),
            (Some(card), true) => w.home_card_tpm(face::Code(card.short())),
            (Some(card), false) => w.home_card_here(face::Code(card.short())),
        },
    }
    .render()
}

/// What stands before everything else. A stopped card is frozen as well; that it is stopped is all there is to say.
fn told(w: Words, overview: &Overview) -> Vec<Said> {
    let mut told = Vec::new();
    if overview.stopped.is_some() {
        return told;
    }
    if overview.put_back.is_some() {
        told.push(w.home_put_back());
    }
    if overview.frozen {
        told.push(w.home_frozen());
    }
    if overview.silent {
        told.push(w.home_silent());
    }
    if overview.is_full() && overview.licenses.1 > 0 {
        told.push(w.home_full());
    }
    if overview.tries == 0 {
        told.push(w.lim_blocked());
    }
    told
}

fn carried(w: Words, one: &Carried) -> For {
    let works = one.works.iter().map(|work| {
        let title = work.name.as_deref().map(|title| plain(title, 120));
        w.escrow_works(work.slips, title.unwrap_or_else(|| w.escrow_work_gone().plain()))
    });
    For {
        key: Key::new(w.lang(), one.sum, Teeth::Upto(2)).silent(),
        name: one
            .name
            .as_deref()
            .map_or_else(|| one.payee.short(), |name| plain(name, 60)),
        works: works.collect(),
    }
}

/// Goes online now.
pub(super) async fn contact(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/");
    match visit.wallet().contact().await {
        Ok(_) => {
            visit.wallet().take_refunds().await;
            visit.wallet().finish_open().await;
            visit.go("/")
        }
        Err(no) => visit.refuse(&no),
    }
}
