//! Around: what stands beside a stage: the license, what a friend would pay, and what could be played next.

use std::sync::Arc;

use face::{Day, Key, Pips, Said, Teeth, Words};
use units::{LicenseId, Moment};

use super::{
    super::{
        Desk,
        handing::can_unlock,
        terms::{art, percent},
        text::plain,
        two_words,
        visit::{Part, Visit},
    },
    view::{PlayerView, Scene, Side, Up},
};
use crate::{
    engine::Shelf,
    player::{Player, Session, Stage},
};

/// How many works are offered next.
const UPS_MAX: usize = 5;

/// The page of a play.
pub(super) async fn view(desk: &Arc<Desk>, visit: &Visit, session: &Session, scene: Scene) -> PlayerView {
    let (w, wallet) = (visit.words, visit.wallet());
    let library = wallet.library().await;
    let shelf = library.iter().find(|shelf| shelf.held.id == session.license());
    let publisher = match shelf {
        Some(shelf) => {
            let known = wallet.carrier().directory(false).await.ok();
            let listed = known.as_ref().and_then(|known| known.party(shelf.held.publisher));
            listed.map(|party| plain(&party.name, 60))
        }
        None => None,
    };
    let title = plain(session.title(), 200);
    let card = two_words::read(&wallet.words().await, w.lang());
    let [previous, next] = neighbours(&library, session.license());
    let others = library.iter().filter(|shelf| shelf.held.id != session.license());
    PlayerView {
        page: visit.page(Part::Library),
        base: visit.base().to_owned(),
        token: visit.token().to_owned(),
        session: session.id().to_owned(),
        head: head(w, session.stage(), &title),
        byline: match &publisher {
            Some(name) => w.play_of(kind(w, session.stage()), name.as_str()),
            None => kind(w, session.stage()),
        },
        title,
        cover: shelf
            .and_then(|shelf| shelf.license.as_deref())
            .filter(|_| matches!(session.stage(), Stage::Sound | Stage::Album))
            .map(|license| art(&license.offer)),
        stage: scene,
        side: side(desk, w, session, shelf, &card, visit.at.seat.wallet.drive().now()),
        ups: others
            .take(UPS_MAX)
            .map(|shelf| up(w, &visit.at.seat.player, shelf, visit.wallet().drive().now()))
            .collect(),
        previous,
        next,
        of_words: w.play_position_of("{at}", "{of}"),
    }
}

/// What the page of a stage is called.
pub(super) fn head(w: Words, stage: Stage, title: &str) -> Said {
    match stage {
        Stage::Sound | Stage::Album => w.play_title(title),
        Stage::Film => w.play_title_film(title),
        Stage::Picture | Stage::Other => w.play_title_picture(title),
        Stage::Text | Stage::Book | Stage::Paper | Stage::Leaflet => w.play_title_book(title),
        Stage::Game => w.play_title_game(title),
    }
}

/// What a work on this stage is called.
pub(super) fn kind(w: Words, stage: Stage) -> Said {
    match stage {
        Stage::Sound => w.play_kind_sound(),
        Stage::Album => w.play_kind_album(),
        Stage::Film => w.play_kind_film(),
        Stage::Picture => w.play_kind_picture(),
        Stage::Text => w.play_kind_text(),
        Stage::Book => w.play_kind_book(),
        Stage::Paper | Stage::Leaflet => w.play_kind_paper(),
        Stage::Game => w.play_kind_game(),
        Stage::Other => w.play_kind_other(),
    }
}

fn side(desk: &Desk, w: Words, session: &Session, shelf: Option<&Shelf>, card: &str, now: Moment) -> Side {
    let pips = shelf.and_then(plays);
    let mut facts = vec![];
    if pips.is_none() {
        facts.push((w.play_left(), w.play_left_endless()));
    }
    let part = session.is_part().then(|| percent(session.share()));
    if let Some(part) = part {
        facts.push((w.play_share(), w.play_share_part(part)));
    }
    if let Some(until) = shelf.and_then(ends) {
        facts.push((w.play_ends(), w.show(Day(until))));
    }
    facts.push((w.play_again_until(), w.play_again_for(session.until().since(now))));
    facts.push((w.play_card(), w.show(card)));
    facts.push((w.play_offline(), w.play_offline_yes()));
    let as_file = shelf
        .and_then(|shelf| shelf.license.as_ref())
        .is_some_and(|l| l.policy.as_file);
    let opens_elsewhere = matches!(
        session.stage(),
        Stage::Sound | Stage::Film | Stage::Picture | Stage::Text
    ) || as_file;
    Side {
        license: session.license().to_string(),
        facts,
        pips,
        key: shelf.and_then(|shelf| key(w, shelf)),
        part,
        ended: false,
        unlocks: shelf.is_some_and(can_unlock),
        address: opens_elsewhere.then(|| format!("{}/play/{}/content", desk.address().origin(), session.id())),
        as_file,
    }
}

/// Plays left, where they are counted.
fn plays(shelf: &Shelf) -> Option<Pips> {
    let left = shelf.held.rights.plays?;
    let sold = shelf.license.as_ref().and_then(|license| license.link.rights.plays);
    let all = sold.unwrap_or(left).max(left);
    Some(Pips { left, all })
}

/// When a license ends, once that is known.
fn ends(shelf: &Shelf) -> Option<Moment> {
    let rights = shelf.held.rights;
    let period = rights
        .period
        .zip(shelf.held.first_play)
        .map(|(span, first)| first.plus(span));
    match (rights.until, period) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// What a friend would pay, if anything can be handed on.
fn key(w: Words, shelf: &Shelf) -> Option<Key> {
    let held = &shelf.held;
    let deep = held.generations.saturating_sub(held.generation);
    if held.modes.copy && deep > 0 {
        return Some(Key::new(w.lang(), held.fare_copy, Teeth::Upto(deep)));
    }
    held.modes
        .move_
        .then(|| Key::new(w.lang(), held.fare_move, Teeth::Upto(0)))
}

/// Something that could be played as well.
pub(super) fn up(w: Words, player: &Player, shelf: &Shelf, now: Moment) -> Up {
    let goes_on = player.goes_on_until(shelf.held.id).map(|until| until.since(now));
    let pips = plays(shelf);
    let title = plain(shelf.title(), 200);
    let says = match (&shelf.playable, goes_on, pips) {
        (_, Some(left), Some(_)) => w.play_go_on(left),
        (Err((code, _)), ..) => not_now(w, code, &title),
        (_, _, Some(pips)) => w.play_uses_one(pips.all, pips.left),
        _ => stage_of(shelf).map_or_else(|| w.play_kind_other(), |stage| kind(w, stage)),
    };
    Up {
        license: shelf.held.id.to_string(),
        cover: shelf.license.as_deref().map(|l| art(&l.offer)).unwrap_or_default(),
        pips,
        says,
        plays: shelf.playable.is_ok() || goes_on.is_some(),
        title,
    }
}

/// Why a work in a list does not play.
fn not_now(w: Words, code: &str, title: &str) -> Said {
    match code {
        "no-plays-left" => w.play_used(title),
        "playback-not-permitted" => w.play_other_devices(title),
        "license-locked" => w.play_locked(title),
        "license-ended" => w.play_ended_plain(title),
        "license-not-paid" => w.play_unpaid(title),
        "license-on-hold" => w.play_hold(title),
        _ => w.play_no(title),
    }
}

fn stage_of(shelf: &Shelf) -> Option<Stage> {
    let license = shelf.license.as_ref()?;
    // The shelf knows no kind, and what is made of marks is a game more often than a leaflet; its page knows for certain.
    Some(Stage::of(package::Kind::Program, &license.offer.media_type))
}

/// The playable works of the same stage before and after this one.
fn neighbours(library: &[Shelf], id: LicenseId) -> [Option<String>; 2] {
    let stage = library.iter().find(|shelf| shelf.held.id == id).and_then(stage_of);
    let same: Vec<LicenseId> = library
        .iter()
        .filter(|shelf| shelf.held.id == id || shelf.playable.is_ok() && stage_of(shelf) == stage)
        .map(|shelf| shelf.held.id)
        .collect();
    let here = same.iter().position(|other| *other == id);
    let at = |n: Option<usize>| n.and_then(|n| same.get(n)).map(ToString::to_string);
    [
        at(here.and_then(|here| here.checked_sub(1))),
        at(here.map(|here| here + 1)),
    ]
}
