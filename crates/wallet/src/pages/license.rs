//! License: one license in full: what it allows, what a friend would pay, where it came from, what happened with it, and how
//! it may leave the card.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use card::{Event, Line};
use face::{Bytes, Code, Day, Fare, Key, Permille, Said, Sum, Words};
use units::{DealId, LicenseId, Moment, Share, Span};

use super::{
    handing::can_unlock,
    history::{Row, row},
    home::when,
    library::{Names, ends, key, notes, numbered},
    problem::Problem,
    telephone, terms,
    text::plain,
    view::drawn,
    visit::{Part, Shared, Token, Visit, visit},
};
use crate::{
    engine::Shelf,
    packages::{Newer, Presence},
};

/// What there is to say about handing a license back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refund {
    /// Never.
    None,
    /// It may: until when and for which part of the price; the rule; still possible?
    May(Said, Option<Said>, bool),
}

/// A later version of the work, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Later {
    /// There is one: since when, what it is, how large.
    There(Said, Said),
    /// It is coming.
    Coming(Said),
    /// It is here, and plays.
    Here(Said),
}

/// A license, ready to be drawn.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) by: String,
    pub(super) art: String,
    pub(super) notes: Vec<Said>,
    pub(super) playable: bool,
    pub(super) missing: bool,
    pub(super) hand_on: bool,
    pub(super) unlock: Option<Said>,
    pub(super) later: Option<Later>,
    pub(super) key: Option<Key>,
    pub(super) may: Vec<(Said, Said)>,
    pub(super) handing: Vec<Said>,
    pub(super) from: Said,
    pub(super) facts: Vec<(Said, Said)>,
    pub(super) happened: Vec<Row>,
    pub(super) refund: Refund,
    pub(super) file: Option<Said>,
    /// Where its seller shows the receipt.
    pub(super) receipt: Option<String>,
    /// The work at its seller's: where, and what is said of it.
    pub(super) shop: Option<(String, Said)>,
    /// It is used up or over, and getting it again is what there is to do.
    pub(super) is_over: bool,
    pub(super) details: Vec<(Said, Said)>,
    pub(super) owed: Option<telephone::Owed>,
}

#[derive(Template)]
#[template(path = "license.html")]
struct LicenseView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    told: &'a Told,
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path((key, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/licenses/{id}"));
    let Ok(id) = id.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    let Some(shelf) = visit.wallet().shelf(id).await else {
        return visit.no(&Problem::not_found());
    };
    visit.wallet().look_for_newer_soon();
    let (w, names) = (visit.words, Names::of(&visit).await);
    let lines = visit.wallet().history().await;
    let mut told = tell(w, &shelf, &lines, &names, desk.now());
    told.owed = telephone::of_license(w, visit.wallet(), id).await;
    // What is not paid for yet stays here.
    told.hand_on &= told.owed.is_none();
    drawn(draw(&visit.page(Part::Library), visit.base(), visit.token(), &told))
}

/// Draws it.
pub(super) fn draw(page: &face::Page, base: &str, token: &str, told: &Told) -> Result<String, askama::Error> {
    LicenseView {
        page,
        base,
        token,
        told,
    }
    .render()
}

fn tell(w: Words, shelf: &Shelf, lines: &[Line], names: &Names, now: Moment) -> Told {
    let (held, license) = (&shelf.held, shelf.license.as_deref());
    let fee = license.and_then(|l| l.policy.unlock.as_ref()).map(|unlock| unlock.fee);
    Told {
        id: held.id.to_string(),
        title: plain(shelf.title(), 200),
        by: names.name(held.publisher),
        art: license.map(|l| terms::art(&l.offer)).unwrap_or_default(),
        notes: notes(w, shelf),
        playable: shelf.playable.is_ok(),
        missing: shelf.package == Presence::Absent,
        hand_on: held.modes.copy || held.modes.move_ || held.modes.locked,
        unlock: fee.filter(|_| can_unlock(shelf)).map(|fee| w.lib_unlock(Fare(fee))),
        later: shelf.newer.as_ref().map(|newer| later(w, newer)),
        key: key(w, shelf),
        may: may(w, shelf),
        handing: handing(w, shelf),
        from: from(w, shelf, names),
        facts: facts(w, shelf, names),
        happened: happened(w, shelf, lines, names),
        refund: refund(w, shelf, now),
        file: match shelf.package {
            Presence::Here(bytes) => Some(w.lic_file_here(Bytes(bytes))),
            _ => None,
        },
        receipt: bought(shelf).and_then(|deal| names.receipt(held.seller, deal)),
        shop: shop(w, shelf, names),
        is_over: is_over(shelf),
        details: details(w, shelf),
        owed: None,
    }
}

/// A later version, in words.
pub(super) fn later(w: Words, newer: &Newer) -> Later {
    match newer.presence {
        Presence::Absent => Later::There(
            w.lic_newer(Day(newer.made)),
            w.lic_newer_what(Bytes(newer.bytes), plain(&newer.title, 200)),
        ),
        Presence::Arriving { .. } => Later::Coming(w.lic_newer_coming(Day(newer.made))),
        Presence::Here(_) => Later::Here(w.lic_newer_here(Day(newer.made))),
    }
}

fn may(w: Words, shelf: &Shelf) -> Vec<(Said, Said)> {
    let rights = &shelf.held.rights;
    let all = shelf.license.as_deref().and_then(|l| l.link.rights.plays);
    let mut may = vec![(
        w.lic_plays(),
        match rights.plays {
            Some(left) => w.lib_plays(left.max(all.unwrap_or(left)), left),
            None => w.lib_unlimited(),
        },
    )];
    if let Some(period) = rights.period {
        may.push((w.lic_period(), w.lic_period_from(period)));
    }
    if let Some(ends) = ends(shelf) {
        may.push((w.lic_ends(), when(w, ends)));
    }
    may.push((
        w.lic_share(),
        match rights.share {
            Share::Whole => w.lic_share_all(),
            share => w.show(terms::percent(share)),
        },
    ));
    may
}

fn handing(w: Words, shelf: &Shelf) -> Vec<Said> {
    let held = &shelf.held;
    let deeper = held.generations.saturating_sub(held.generation);
    let mut handing = Vec::new();
    if held.modes.copy && deeper > 0 {
        handing.push(match held.fare_copy.is_zero() {
            true => w.lic_copy_free(),
            false => w.lic_copy(Fare(held.fare_copy)),
        });
        handing.push(w.lic_copy_deeper(deeper.saturating_sub(1)));
        handing.extend(held.copies_left.map(|n| w.lic_copy_left(n)));
    } else if held.modes.copy {
        handing.push(w.lic_copy_end());
    }
    if held.modes.move_ {
        handing.push(match held.fare_move.is_zero() {
            true => w.lic_move_free(),
            false => w.lic_move(Fare(held.fare_move)),
        });
    }
    let fee = shelf.license.as_deref().and_then(|l| l.policy.unlock.as_ref());
    if let Some(unlock) = fee.filter(|_| held.modes.locked) {
        handing.push(w.hand_as_locked(Fare(unlock.fee)));
    }
    if handing.is_empty() {
        handing.push(w.lic_none());
    }
    handing
}

/// Are its plays or its time used up?
fn is_over(shelf: &Shelf) -> bool {
    matches!(&shelf.playable, Err(("license-ended" | "no-plays-left", _)))
}

/// The work at whoever sold it.
fn shop(w: Words, shelf: &Shelf, names: &Names) -> Option<(String, Said)> {
    let held = &shelf.held;
    let at = names.work(held.seller, held.title)?;
    let seller = names.name(held.seller);
    Some(match is_over(shelf) {
        true => (at, w.lic_again(seller)),
        false => (at, w.lic_shop(seller)),
    })
}

/// The deal in which a seller gave it to this card. What came from a friend has no receipt.
fn bought(shelf: &Shelf) -> Option<DealId> {
    let license = shelf.license.as_deref().filter(|_| shelf.held.generation == 0)?;
    Some(license.link.deal)
}

/// Whose it was before.
fn from(w: Words, shelf: &Shelf, names: &Names) -> Said {
    let held = &shelf.held;
    let (seller, day) = (names.name(held.seller), Day(held.since));
    match (held.generation == 0, held.paid.is_zero()) {
        (true, false) => w.lic_from_shop(day, Sum(held.paid), seller),
        (true, true) => w.lic_from_gift(day, seller),
        (false, false) => w.lic_from_friend(day, Fare(held.paid), seller),
        (false, true) => w.lic_from_friend_free(day, seller),
    }
}

fn facts(w: Words, shelf: &Shelf, names: &Names) -> Vec<(Said, Said)> {
    let held = &shelf.held;
    let mut facts = vec![
        (w.lic_publisher(), w.show(names.name(held.publisher))),
        (w.lic_seller(), w.show(names.name(held.seller))),
        (
            w.lic_generation(),
            w.lic_generation_of(held.generation, held.generations),
        ),
    ];
    facts.extend(numbered(w, shelf).map(|number| (w.lic_serial(), number)));
    if !held.bind.admits(None) {
        facts.push((w.wallet_bound(), w.wallet_bound_what()));
    }
    facts
}

/// Every line of the card's history that is about this license.
fn happened(w: Words, shelf: &Shelf, lines: &[Line], names: &Names) -> Vec<Row> {
    let deal = shelf.license.as_deref().map(|l| l.link.deal);
    let title = shelf.title();
    let about = |line: &&Line| match line.deal {
        Some(of) if Some(of) == deal => true,
        _ => {
            line.at >= shelf.held.since
                && line.title == title
                && matches!(line.event, Event::Played | Event::Gave | Event::Mended)
        }
    };
    lines
        .iter()
        .filter(about)
        .take(50)
        .map(|line| row(w, line, names))
        .collect()
}

fn refund(w: Words, shelf: &Shelf, now: Moment) -> Refund {
    let Some(rule) = shelf.license.as_deref().map(|l| l.offer.refund).filter(|r| r.days > 0) else {
        return Refund::None;
    };
    let until = shelf.held.since.plus(Span::days(u64::from(rule.days)));
    let gone = rule.unplayed && shelf.held.first_play.is_some();
    match (gone, now > until) {
        (true, _) => Refund::May(w.lic_refund_gone(), None, false),
        (false, true) => Refund::May(w.lic_refund_over(Day(until)), None, false),
        (false, false) => Refund::May(
            w.lic_refund_ends(Day(until), Permille(rule.permille)),
            rule.unplayed.then(|| w.lic_refund_unplayed()),
            true,
        ),
    }
}

fn details(w: Words, shelf: &Shelf) -> Vec<(Said, Said)> {
    let code = |text: String| w.show(Code(text));
    let mut details = vec![(w.lic_number(), code(shelf.held.id.to_string()))];
    match shelf.license.as_deref() {
        Some(license) => {
            details.push((w.lic_signed(), w.lic_signed_yes()));
            details.push((w.lic_content(), code(license.offer.content.to_string())));
            details.push((w.lic_file_name(), code(license.link.header.to_string())));
            details.push((w.lic_key(), code(data_encoding::HEXLOWER.encode(&license.link.key_id))));
        }
        None => details.push((w.lic_signed(), w.lic_signed_no())),
    }
    details
}

fn find(visit: &Visit, id: &str) -> Result<LicenseId, Box<Response>> {
    id.parse().map_err(|_| Box::new(visit.no(&Problem::not_found())))
}

/// Asks the seller what it refunds, and leads to the confirm page.
pub(super) async fn refund_ask(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/licenses/{id}"));
    let id = match find(&visit, &id) {
        Ok(id) => id,
        Err(response) => return *response,
    };
    match visit.wallet().quote_refund(id).await {
        Ok(checked) => visit.go(&format!("/confirm/{}", desk.keep_quote(checked))),
        Err(no) => visit.refuse(&no),
    }
}

/// Deletes a license.
pub(super) async fn delete(
    State(desk): Shared,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, format!("/licenses/{id}"));
    let id = match find(&visit, &id) {
        Ok(id) => id,
        Err(response) => return *response,
    };
    match visit.wallet().delete(id).await {
        Ok(()) => visit.go("/library"),
        Err(no) => visit.refuse(&no),
    }
}
