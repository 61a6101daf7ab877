//! Library: everything on the card that can be played, with what each license still allows.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use face::{Cover, Day, Fare, Key, Lang, Permille, Pips, Said, Sum, Teeth, Words};
use seal::role;
use serde::Deserialize;
use units::{ContentId, DealId, LicenseId, Moment, PartyId, Share};

use super::{
    handing::can_unlock,
    problem::{Problem, why},
    terms,
    text::plain,
    view::drawn,
    visit::{Part, Shared, Token, visit},
};
use crate::{carry::Whereabouts, engine::Shelf, packages::Presence};

/// Names and addresses of parties, as the realm's directory last had them.
pub(super) struct Names {
    known: Option<Arc<Whereabouts>>,
    lang: Lang,
    now: Moment,
}

impl Names {
    /// As they are known now; without a directory numbers have to do.
    pub(super) async fn of(visit: &super::visit::Visit) -> Self {
        Self {
            known: visit.wallet().carrier().directory(false).await.ok(),
            lang: visit.lang(),
            now: visit.wallet().now(),
        }
    }
    /// A party's name, or its number.
    pub(super) fn name(&self, id: PartyId) -> String {
        let listed = self.known.as_ref().and_then(|known| known.party(id));
        listed.map_or_else(|| id.short(), |party| plain(&party.name, 60))
    }
    /// The page of the receipt that this seller wrote for a purchase. Its address is the directory's: no message and no license
    /// can lead its holder to a place of its own choosing.
    pub(super) fn receipt(&self, seller: PartyId, deal: DealId) -> Option<String> {
        Some(format!("{}/receipts/{deal}", self.shop(seller)?))
    }
    /// The page of a work at this seller's, to get a license there. Its address is the directory's alike, whatever a file says.
    pub(super) fn work(&self, seller: PartyId, content: ContentId) -> Option<String> {
        Some(format!("{}/works/{content}", self.shop(seller)?))
    }
    /// Where a seller's pages are, in the reader's language.
    fn shop(&self, seller: PartyId) -> Option<String> {
        let known = self.known.as_ref()?;
        known.certificate::<role::Seller>(seller, self.now)?;
        let address = known.party(seller)?.address.trim_end_matches('/');
        let is_web = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
        is_web.then(|| format!("{address}/{}", self.lang.tag()))
    }
}

/// A license in the library.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) by: String,
    pub(super) art: String,
    pub(super) notes: Vec<Said>,
    pub(super) pips: Option<Pips>,
    /// What a friend would pay.
    pub(super) key: Option<Key>,
    pub(super) plays: bool,
    pub(super) missing: bool,
    pub(super) hand_on: bool,
    pub(super) unlock: Option<Said>,
    /// What it cost, and whether it can be had again: for whoever has to make room.
    pub(super) gone: Vec<Said>,
}

/// As a license is shown in a list.
pub(super) fn item(w: Words, shelf: &Shelf, names: &Names) -> Item {
    let held = &shelf.held;
    let license = shelf.license.as_deref();
    let fee = license.and_then(|l| l.policy.unlock.as_ref()).map(|unlock| unlock.fee);
    let all = license.and_then(|l| l.link.rights.plays);
    Item {
        id: held.id.to_string(),
        title: plain(shelf.title(), 120),
        by: names.name(held.publisher),
        art: license.map(|l| terms::art(&l.offer)).unwrap_or_default(),
        notes: notes(w, shelf),
        pips: held.rights.plays.zip(all).map(|(left, all)| Pips { left, all }),
        key: key(w, shelf),
        plays: shelf.playable.is_ok(),
        missing: shelf.package == Presence::Absent,
        hand_on: held.modes.copy || held.modes.move_ || held.modes.locked,
        unlock: fee.filter(|_| can_unlock(shelf)).map(|fee| w.lib_unlock(Fare(fee))),
        gone: gone(w, shelf, names.now),
    }
}

/// What would be gone with it: what was paid for it, and whether it can be had again.
fn gone(w: Words, shelf: &Shelf, now: Moment) -> Vec<Said> {
    let (held, day) = (&shelf.held, Day(shelf.held.since));
    let mut gone = vec![match held.paid.is_zero() {
        true => w.lib_cost_none(day),
        false => w.lib_cost(day, Sum(held.paid)),
    }];
    if let Some(license) = shelf.license.as_deref() {
        let offer = &license.offer;
        gone.push(match license.link.serial {
            Some(_) => w.lib_again_edition(),
            None if now > offer.until => w.lib_again_not(Day(offer.until)),
            None => w.lib_again(Day(offer.until), Sum(offer.price)),
        });
    }
    gone
}

/// Its number in an edition, as people count.
pub(super) fn numbered(w: Words, shelf: &Shelf) -> Option<Said> {
    let license = shelf.license.as_deref()?;
    let of = license.offer.edition?;
    Some(w.lib_serial(license.link.serial?.saturating_add(1), of))
}

/// The key's drawing: what a friend pays, and how much deeper copies may go.
pub(super) fn key(w: Words, shelf: &Shelf) -> Option<Key> {
    let held = &shelf.held;
    let deeper = held.generations.saturating_sub(held.generation);
    let copies = held.modes.copy && deeper > 0 && held.copies_left != Some(0);
    match (copies, held.modes.move_) {
        (true, _) => Some(Key::new(w.lang(), held.fare_copy, Teeth::Upto(deeper))),
        (false, true) => Some(Key::new(w.lang(), held.fare_move, Teeth::Upto(0))),
        _ => None,
    }
}

/// What it still allows, or why not.
pub(super) fn notes(w: Words, shelf: &Shelf) -> Vec<Said> {
    let (rights, mut notes) = (&shelf.held.rights, Vec::new());
    match &shelf.playable {
        Err((code, text)) => notes.push(why(w, code, text)),
        Ok(()) => {
            let all = shelf.license.as_deref().and_then(|l| l.link.rights.plays);
            match rights.plays {
                Some(left) => notes.push(w.lib_plays(left.max(all.unwrap_or(left)), left)),
                None if rights.period.is_none() && rights.until.is_none() => notes.push(w.lib_unlimited()),
                None => {}
            }
            if let Some(ends) = ends(shelf) {
                notes.push(w.lib_until(Day(ends)));
            } else if let Some(period) = rights.period {
                notes.push(w.lib_period(period));
            }
            if rights.share != Share::Whole {
                notes.push(w.lib_part(terms::percent(rights.share)));
            }
        }
    }
    notes.extend(numbered(w, shelf));
    if !shelf.held.bind.admits(None) {
        notes.push(w.lib_bound());
    }
    match shelf.package {
        Presence::Absent => notes.push(w.lib_missing()),
        Presence::Arriving { have, of: Some(of) } if of > 0 => {
            let permille = have.saturating_mul(1000) / of;
            notes.push(w.lib_coming_part(Permille(u16::try_from(permille / 10 * 10).unwrap_or(1000))));
        }
        Presence::Arriving { .. } => notes.push(w.lib_coming()),
        Presence::Here(_) => {}
    }
    if shelf.newer.as_ref().is_some_and(|it| it.presence == Presence::Absent) {
        notes.push(w.lib_newer());
    }
    notes
}

/// When it ends, as far as that is set: its date, or its period once it was played.
pub(super) fn ends(shelf: &Shelf) -> Option<Moment> {
    let period = shelf
        .held
        .rights
        .period
        .zip(shelf.held.first_play)
        .map(|(p, from)| from.plus(p));
    [shelf.held.rights.until, period].into_iter().flatten().min()
}

#[derive(Template)]
#[template(path = "library.html")]
struct LibraryView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    items: &'a [Item],
    query: &'a str,
    found: Option<Said>,
    places: Said,
    /// Room has to be made: what each cost is said, and each can be deleted here.
    full: bool,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    /// "1": whoever comes here has to make room.
    #[serde(default)]
    room: String,
}

/// All of them, or those with these words in title or publisher.
pub(super) async fn list(
    State(desk): Shared,
    Path(key): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/library");
    let (w, names) = (visit.words, Names::of(&visit).await);
    let overview = visit.wallet().overview().await;
    let shelves = visit.wallet().library().await;
    visit.wallet().look_for_newer_soon();
    let query = plain(wanted.q.trim(), 60);
    let sought = query.to_lowercase();
    let mut items: Vec<Item> = shelves.iter().map(|shelf| item(w, shelf, &names)).collect();
    items.retain(|one| one.title.to_lowercase().contains(&sought) || one.by.to_lowercase().contains(&sought));
    let page = visit.page(Part::Library);
    drawn(draw(
        &page,
        visit.base(),
        visit.token(),
        &items,
        &query,
        overview.licenses,
        wanted.room == "1" || overview.is_full() && overview.licenses.1 > 0,
    ))
}

/// The page. `full`: room has to be made.
pub(super) fn draw(
    page: &face::Page,
    base: &str,
    token: &str,
    items: &[Item],
    query: &str,
    (used, room): (usize, u32),
    full: bool,
) -> Result<String, askama::Error> {
    let w = page.words;
    LibraryView {
        page,
        base,
        token,
        items,
        query,
        found: (!query.is_empty()).then(|| w.lib_found(items.len(), query)),
        places: w.home_places(room, used),
        full,
    }
    .render()
}

/// The cover of a work, drawn from its number.
pub(super) async fn art(Path((word, content)): Path<(String, String)>) -> Response {
    let found = terms::scene(&word).zip(content.parse::<ContentId>().ok());
    match found {
        Some((scene, content)) => {
            let svg = Cover::new(content.as_bytes(), scene).svg();
            ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Begins to fetch its latest version.
pub(super) async fn fetch_newer(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/licenses/{id}"));
    let Ok(id) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().fetch_newer_soon(id).await {
        Ok(()) => visit.go(&format!("/licenses/{id}")),
        Err(no) => visit.refuse(&no),
    }
}

/// Begins to fetch its file.
pub(super) async fn fetch(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/library");
    let Ok(id) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().fetch_soon(id).await {
        Ok(()) => visit.go(&format!("/licenses/{id}")),
        Err(no) => visit.refuse(&no),
    }
}
