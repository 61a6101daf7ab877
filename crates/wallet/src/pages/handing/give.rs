//! Give: what may be handed on, what the friend pays and what rides along, and the offer.

use askama::Template;
use axum::{
    Form,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use deal::Kind;
use face::{Bytes, Day, Fare, Key, Lang, Said, Sum, Teeth, Words};
use license::Route;
use serde::Deserialize;
use units::{LicenseId, Refusal, Span};

use super::{Part, Shared, Visit, visit};
use crate::{
    engine::{Handing, OfferRefused},
    packages::Presence,
    pages::{
        problem::{Problem, why},
        text::plain,
        view::{drawn, drawn_as},
    },
};

/// How long an offer is good: a stick may take days to arrive.
pub(super) const GOOD_FOR: Span = Span::days(3);

#[derive(Template)]
#[template(path = "hand-list.html")]
struct ListView<'a> {
    page: &'a face::Page,
    base: &'a str,
    items: Vec<(String, String, Key)>,
}

#[derive(Template)]
#[template(path = "hand-give.html")]
struct GiveView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    id: String,
    title: String,
    key: Key,
    /// Value, words, and why not.
    ways: Vec<(&'static str, Said, Option<Said>)>,
    can_move: bool,
    can: bool,
    facts: Vec<(Said, Said)>,
    rides: Option<(Said, Said)>,
    file: Option<Said>,
    error: Option<Said>,
}

pub(super) fn key_of(lang: Lang, handing: &Handing) -> Option<Key> {
    let copy = handing.ways.iter().find(|w| w.kind == Kind::Copy);
    let (fare, teeth) = match (copy, handing.ways.first(), &handing.unlock) {
        (Some(copy), ..) => (copy.fare, handing.teeth),
        (None, Some(locked), Some(unlock)) if locked.kind == Kind::Locked => {
            return Some(Key::new(lang, unlock.fee, Teeth::Upto(handing.teeth)).due());
        }
        (None, Some(moves), _) => (moves.fare, 0),
        (None, None, _) => return None,
    };
    Some(Key::new(lang, fare, Teeth::Upto(teeth)))
}

/// Why it may not be done now.
fn why_not(w: Words, no: &Option<(&'static str, String)>) -> Option<Said> {
    no.as_ref().map(|(code, text)| why(w, code, text))
}

/// Everything that may be handed on.
pub(super) async fn list(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/hand-on");
    let all = visit.wallet().all_handings().await;
    let items = all.iter().filter_map(|handing| {
        Some((
            handing.license.to_string(),
            plain(&handing.title, 120),
            key_of(visit.lang(), handing)?,
        ))
    });
    drawn(render_list(&visit.page(Part::HandOn), visit.base(), items.collect()))
}

/// Draws the list: number, title and key of each.
pub(super) fn render_list(
    page: &face::Page,
    base: &str,
    items: Vec<(String, String, Key)>,
) -> Result<String, askama::Error> {
    ListView { page, base, items }.render()
}

/// One license: what would happen.
pub(super) async fn show(State(desk): Shared, Path((key, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/hand-on/{id}"));
    draw(&visit, &id, None).await
}

async fn draw(visit: &Visit, id: &str, error: Option<Said>) -> Response {
    let handing = match id.parse::<LicenseId>() {
        Ok(id) => visit.wallet().handing(id).await,
        Err(_) => None,
    };
    let Some((handing, key)) = handing.and_then(|h| key_of(visit.lang(), &h).map(|key| (h, key))) else {
        return visit.no(&Problem::not_found());
    };
    let file = match visit.wallet().shelf(handing.license).await.map(|s| s.package) {
        Some(Presence::Here(len)) => Some(visit.words.hand_file_save(Bytes(len))),
        _ => None,
    };
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (page, to) = (visit.page(Part::HandOn), (visit.base(), visit.token()));
    drawn_as(status, render(&page, to, &handing, key, file, error))
}

/// Draws it.
pub(super) fn render(
    page: &face::Page,
    (base, token): (&str, &str),
    handing: &Handing,
    key: Key,
    file: Option<Said>,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = page.words;
    let ways = handing.ways.iter().map(|way| match way.kind {
        Kind::Move => ("move", w.hand_as_move(Fare(way.fare)), why_not(w, &way.why_not)),
        Kind::Locked => {
            let fee = handing.unlock.as_ref().map_or(way.fare, |unlock| unlock.fee);
            ("locked", w.hand_as_locked(Fare(fee)), why_not(w, &way.why_not))
        }
        _ => ("copy", w.hand_as_copy(Fare(way.fare)), why_not(w, &way.why_not)),
    });
    let ways: Vec<_> = ways.collect();
    let open = |name: &str| ways.iter().any(|(value, _, no)| *value == name && no.is_none());
    let rides = (!handing.ride.sum.is_zero()).then(|| {
        let why = match handing.ride.route {
            Route::Chain => w.hand_rides_chain(),
            _ => w.hand_rides_other(),
        };
        (w.hand_rides(Sum(handing.ride.sum)), why)
    });
    GiveView {
        page,
        base,
        token,
        id: handing.license.to_string(),
        title: plain(&handing.title, 120),
        key,
        can: open("copy") || open("move") || open("locked"),
        can_move: open("move"),
        ways,
        facts: facts(w, handing),
        rides,
        file,
        error,
    }
    .render()
}

fn facts(w: Words, handing: &Handing) -> Vec<(Said, Said)> {
    let mut facts = vec![
        (w.hand_you_pay(), w.hand_you_pay_nothing()),
        (w.hand_deeper(), w.hand_generations(handing.teeth.saturating_sub(1))),
        (w.hand_since(), w.show(Day(handing.since))),
        (w.hand_paid(), w.show(Sum(handing.paid))),
        (w.hand_made(), w.show(u64::from(handing.copies_made))),
    ];
    if let Some(left) = handing.copies_left {
        facts.push((w.hand_left(), w.show(u64::from(left))));
    }
    facts.push((w.hand_network(), w.hand_network_none()));
    facts
}

#[derive(Deserialize)]
pub(super) struct OfferForm {
    token: String,
    kind: String,
    #[serde(default)]
    pin: String,
}

/// The holder makes the offer.
pub(super) async fn offer(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<OfferForm>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/hand-on/{id}"));
    if form.kind == "locked" {
        // It is made for one card, which says first which.
        return visit.go(&format!("/hand-on/{id}/locked"));
    }
    let kind = if form.kind == "move" { Kind::Move } else { Kind::Copy };
    let Ok(license) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    let pin = Some(form.pin.as_str()).filter(|pin| !pin.is_empty());
    match visit.wallet().offer(license, kind, pin, GOOD_FOR).await {
        Ok(offered) => visit.go(&format!("/letters/offer/{}", offered.quote)),
        Err(no @ (OfferRefused::Pin(_) | OfferRefused::NeedsPin)) => {
            draw(&visit, &id, Some(why(visit.words, no.code(), &no.to_string()))).await
        }
        Err(no) => visit.refuse(&no),
    }
}

/// Takes every offer back that nobody has taken up.
pub(super) async fn stop(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<crate::pages::visit::Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/hand-on");
    match visit.wallet().withdraw().await {
        Ok(()) => visit.go("/hand-on"),
        Err(no) => visit.refuse(&no),
    }
}

/// The sealed file of a work, for whoever wants to carry it: anybody may have it.
pub(super) async fn file(State(desk): Shared, Path((key, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/hand-on");
    let shelf = match id.parse::<LicenseId>() {
        Ok(id) => visit.wallet().shelf(id).await,
        Err(_) => None,
    };
    let found = shelf.as_ref().and_then(|s| {
        let header = s.license.as_ref()?.link.header;
        Some((s.title().to_owned(), visit.wallet().packages().file(header)?))
    });
    let Some((title, path)) = found else {
        return visit.no(&Problem::not_found());
    };
    let Ok(file) = tokio::fs::File::open(path).await else {
        return visit.no(&Problem::not_found());
    };
    let len = file.metadata().await.map(|m| m.len()).unwrap_or_default();
    let chunks = futures::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; 64 << 10];
        let n = tokio::io::AsyncReadExt::read(&mut file, &mut chunk).await?;
        chunk.truncate(n);
        Ok::<_, std::io::Error>((n > 0).then_some((axum::body::Bytes::from(chunk), file)))
    });
    let name = courier::file_name(&title, courier::Stage::Key).replace(".key", ".keyfare");
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, len.to_string()),
        (header::CONTENT_DISPOSITION, super::letters::attached(&name)),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}
