//! Lock: a locked copy for a friend, on both sides: the wish that his card shows, and the copy that is made for it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use deal::Kind;
use face::{Fare, Key, Said, Words};
use serde::Deserialize;
use units::{Hash, LicenseId, Share};

use super::{
    NearBy, Part, Shared, Visit,
    give::{GOOD_FOR, key_of},
    visit,
};
use crate::{
    engine::Handing,
    pages::{problem::Problem, text::plain, view::drawn, visit::Token},
};

#[derive(Template)]
#[template(path = "hand-lock.html")]
struct LockView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    id: String,
    title: String,
    key: Key,
    what: Said,
    near: Option<NearBy>,
}

#[derive(Template)]
#[template(path = "hand-wish.html")]
struct WishView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    wish: String,
    /// Id, title, key.
    items: Vec<(String, String, Key)>,
}

/// What a locked copy is, as the one who takes it is told.
pub(super) fn told(w: Words, arrives: Share, fee: units::Money) -> Said {
    match arrives {
        Share::Nothing => w.lock_shut(Fare(fee)),
        share => w.lock_ask(Fare(fee), percent(share)),
    }
}

/// A share as people read it.
pub(super) fn percent(share: Share) -> face::Permille {
    face::Permille(u16::from(share.percent()).saturating_mul(10))
}

async fn find(visit: &Visit, id: &str) -> Option<Handing> {
    let handing = visit.wallet().handing(id.parse::<LicenseId>().ok()?).await?;
    may(&handing).then_some(handing)
}

fn may(handing: &Handing) -> bool {
    handing
        .ways
        .iter()
        .any(|w| w.kind == Kind::Locked && w.why_not.is_none())
}

/// One license: take the friend's wish, or let the wallets do it.
pub(super) async fn show(State(desk): Shared, Path((key, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/hand-on/{id}/locked"));
    let found = find(&visit, &id).await;
    let found = found.and_then(|h| {
        key_of(visit.lang(), &h)
            .zip(h.unlock.clone())
            .map(|(key, u)| (h, key, u))
    });
    let Some((handing, key, unlock)) = found else {
        return visit.no(&Problem::not_found());
    };
    let (page, to) = (visit.page(Part::HandOn), (visit.base(), visit.token()));
    let what = told(visit.words, unlock.arrives, unlock.fee);
    drawn(render(&page, to, &handing, (key, what), visit.near().await))
}

/// Draws it: what is handed on, its key, and what a locked copy of it is.
pub(super) fn render(
    page: &face::Page,
    (base, token): (&str, &str),
    handing: &Handing,
    (key, what): (Key, Said),
    near: Option<NearBy>,
) -> Result<String, askama::Error> {
    LockView {
        page,
        base,
        token,
        id: handing.license.to_string(),
        title: plain(&handing.title, 120),
        key,
        what,
        near,
    }
    .render()
}

#[derive(Deserialize)]
pub(super) struct PassForm {
    token: String,
    name: String,
}

/// Gives a neighbour's wallet a locked copy.
pub(super) async fn pass(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<PassForm>,
) -> Response {
    let path = format!("/hand-on/{id}/locked");
    let visit = visit!(&desk, &key, Some(&form.token), &headers, path);
    let Ok(license) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().lock_near(license, &form.name, GOOD_FOR).await {
        // Its two words are of our own list: plain letters.
        Ok(made) => {
            let name = form.name.replace(' ', "+");
            visit.go(&format!("/letters/locked/{}?passed={name}", made.quote))
        }
        Err(no) => visit.refuse(&no),
    }
}

/// A friend's wish is here: of which work shall it be?
pub(super) async fn choose(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/wish/{name}"));
    let wish = name
        .parse::<Hash>()
        .ok()
        .and_then(|name| visit.wallet().kept_wish(name));
    if wish.is_none() {
        return visit.no(&Problem::not_found());
    }
    let all = visit.wallet().all_handings().await;
    let items = all.iter().filter(|h| may(h)).filter_map(|handing| {
        let unlock = handing.unlock.as_ref()?;
        let teeth = face::Teeth::Upto(handing.teeth);
        let key = Key::new(visit.lang(), unlock.fee, teeth).due();
        Some((handing.license.to_string(), plain(&handing.title, 120), key))
    });
    let (page, to) = (visit.page(Part::HandOn), (visit.base(), visit.token()));
    drawn(render_wish(&page, to, name, items.collect()))
}

/// Draws the choice: id, title and key of each.
pub(super) fn render_wish(
    page: &face::Page,
    (base, token): (&str, &str),
    wish: String,
    items: Vec<(String, String, Key)>,
) -> Result<String, askama::Error> {
    WishView {
        page,
        base,
        token,
        wish,
        items,
    }
    .render()
}

#[derive(Deserialize)]
pub(super) struct MakeForm {
    token: String,
    license: String,
}

/// Makes the copy for that wish.
pub(super) async fn make(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<MakeForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/wish/{name}"));
    let wish = name
        .parse::<Hash>()
        .ok()
        .and_then(|name| visit.wallet().kept_wish(name));
    let (Some(wish), Ok(license)) = (wish, form.license.parse::<LicenseId>()) else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().lock_for(license, wish.body, GOOD_FOR).await {
        Ok(made) => visit.go(&format!("/letters/locked/{}", made.quote)),
        Err(no) => visit.refuse(&no),
    }
}

/// This card's own wish, to be shown to a friend.
pub(super) async fn wish(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/receive");
    match visit.wallet().wish().await {
        Ok(wish) => visit.go(&format!("/letters/wish/{}", visit.wallet().keep_wish(wish))),
        Err(no) => visit.refuse(&no),
    }
}
