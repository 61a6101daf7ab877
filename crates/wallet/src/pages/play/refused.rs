//! Refused: why nothing plays, as people read it: what happened, that nothing was lost, and what to do.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use card::ReleaseRefusal;
use deal::PlayRefusal;
use face::{Clock, Day, Said, Words};
use publisher::read::NotRead;
use units::{LicenseId, Moment, Refusal, Share};

use super::{
    super::{
        handing::can_unlock,
        home::when,
        library::Names,
        terms::percent,
        text::plain,
        view::drawn_as,
        visit::{Part, Visit},
    },
    view::{No, RefusedView, Scene, Way},
};
use crate::{
    engine::Shelf,
    player::{PlayRefused, Session},
};

/// The page of a refusal.
pub(super) async fn page(visit: &Visit, license: Option<LicenseId>, no: &PlayRefused) -> Response {
    if matches!(no, PlayRefused::Card(ReleaseRefusal::Play(PlayRefusal::Stopped)))
        && let Some(at) = visit.wallet().stopped().await
    {
        return answer(visit, stopped(visit.words, visit.base(), at));
    }
    let shelf = match license {
        Some(id) => visit.wallet().shelf(id).await,
        None => None,
    };
    let title = shelf
        .as_ref()
        .map(|shelf| plain(shelf.title(), 200))
        .unwrap_or_default();
    let mut told = told(visit.words, &title, no);
    told.ways = ways(visit, license.zip(shelf.as_ref()), no).await;
    answer(visit, told)
}

/// What can be done about it, the best first.
async fn ways(visit: &Visit, of: Option<(LicenseId, &Shelf)>, no: &PlayRefused) -> Vec<Way> {
    let (w, base) = (visit.words, visit.base());
    let mut ways = Vec::new();
    if let PlayRefused::NoLicense { content, seller, .. } = no {
        let names = Names::of(visit).await;
        let shop = names.work(*seller, *content);
        ways.extend(shop.map(|at| Way {
            at,
            text: w.play_see_shop(names.name(*seller)),
        }));
        ways.push(Way {
            at: format!("{base}/receive"),
            text: w.play_receive(),
        });
    }
    let Some((id, shelf)) = of else { return ways };
    match no {
        PlayRefused::Card(ReleaseRefusal::Play(PlayRefusal::Locked)) if can_unlock(shelf) => ways.push(Way {
            at: format!("{base}/licenses/{id}/unlock"),
            text: w.play_unlock(),
        }),
        PlayRefused::Card(ReleaseRefusal::Play(PlayRefusal::NoPlaysLeft | PlayRefusal::Ended(_))) => {
            let (names, held) = (Names::of(visit).await, &shelf.held);
            let shop = names.work(held.seller, held.title);
            ways.extend(shop.map(|at| Way {
                at,
                text: w.lic_again(names.name(held.seller)),
            }));
        }
        _ => {}
    }
    ways.push(Way {
        at: format!("{base}/licenses/{id}"),
        text: w.play_license(),
    });
    ways
}

/// This card was stopped as lost: its licenses wait for nobody.
pub(super) fn stopped(w: Words, base: &str, at: Moment) -> No {
    No {
        head: w.lost_own(when(w, at)),
        text: w.lost_own_what(),
        icon: "danger",
        code: "card-stopped".to_owned(),
        ways: vec![Way {
            at: format!("{base}/lost"),
            text: w.lost_see(),
        }],
        uncounted: true,
    }
}

/// A play that is over, perhaps on a page that was left open: it can be begun again from here, where its license still plays.
pub(super) async fn over(visit: &Visit, session: &str) -> Response {
    let license = visit.at.seat.player.was_of(session);
    let shelf = match license {
        Some(id) => visit.wallet().shelf(id).await,
        None => None,
    };
    let again = license.filter(|_| shelf.is_some_and(|shelf| shelf.playable.is_ok()));
    answer_with(visit, ended(visit.words), again)
}

/// That a play is over.
pub(super) fn ended(w: Words) -> No {
    No {
        head: w.play_over(),
        text: w.play_over_do(),
        icon: "clock",
        code: PlayRefused::Ended.code().to_owned(),
        ways: vec![],
        uncounted: false,
    }
}

fn answer(visit: &Visit, no: No) -> Response {
    answer_with(visit, no, None)
}

fn answer_with(visit: &Visit, no: No, again: Option<LicenseId>) -> Response {
    let status = match no.code.as_str() {
        "play-ended" => StatusCode::GONE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let view = RefusedView {
        page: visit.page(Part::Library),
        base: visit.base().to_owned(),
        token: visit.token().to_owned(),
        no,
        again,
    };
    drawn_as(status, view.render())
}

/// A work whose play goes on and which cannot be shown.
pub(super) fn cannot(w: Words, session: &Session, no: &PlayRefused) -> Scene {
    let title = plain(session.title(), 200);
    let (head, text) = match (session.share(), no) {
        (share, PlayRefused::Reading(NotRead::Damaged(_))) if share != Share::Whole => {
            (w.play_partial(percent(share)), w.play_partial_do())
        }
        _ => words(w, &title, no),
    };
    Scene::Cannot { head, text }
}

/// In words.
pub(super) fn told(w: Words, title: &str, no: &PlayRefused) -> No {
    let (head, text) = words(w, title, no);
    No {
        head,
        text,
        icon: match no {
            PlayRefused::Watched(_) => "danger",
            PlayRefused::Fetch(_) => "offline",
            _ => "stop",
        },
        code: no.told().to_owned(),
        ways: vec![],
        uncounted: matches!(
            no,
            PlayRefused::PutBack(_) | PlayRefused::Card(_) | PlayRefused::Fetch(_) | PlayRefused::Package(_)
        ),
    }
}

fn words(w: Words, title: &str, no: &PlayRefused) -> (Said, Said) {
    match no {
        PlayRefused::NoLicense { title, .. } => {
            let title = plain(title, 200);
            (w.play_no_license(title), w.play_no_license_do())
        }
        PlayRefused::Watched(process) => (w.play_watched(), w.play_watched_do(process.to_string())),
        PlayRefused::Fetch(_) => (w.play_missing(title), w.play_missing_do()),
        PlayRefused::Package(_) => (w.play_damaged(title), w.play_damaged_do()),
        PlayRefused::Reading(NotRead::TooLarge(_)) => (w.play_too_large(title), w.play_too_large_do()),
        PlayRefused::Reading(_) => (w.play_reader(title), w.play_reader_do()),
        PlayRefused::Ended => (w.play_over(), w.play_over_do()),
        PlayRefused::NotAsFile | PlayRefused::NotAgreed => (w.play_cannot(), w.play_cannot_do()),
        PlayRefused::PutBack(_) => (w.play_hold(title), w.loan_counted_once()),
        PlayRefused::Card(no) => by_card(w, title, no),
    }
}

fn by_card(w: Words, title: &str, no: &ReleaseRefusal) -> (Said, Said) {
    match no {
        ReleaseRefusal::Play(PlayRefusal::NoLicense) => (w.play_no_license_plain(), w.play_no_license_do()),
        ReleaseRefusal::Play(PlayRefusal::NoPlaysLeft) => (w.play_used(title), w.play_used_do()),
        ReleaseRefusal::Play(PlayRefusal::Locked) => (w.play_locked(title), w.play_locked_do()),
        ReleaseRefusal::Play(PlayRefusal::NotPaid) => (w.play_unpaid(title), w.play_unpaid_do()),
        ReleaseRefusal::Play(PlayRefusal::Stopped) => (w.play_no(title), w.lost_own_what()),
        ReleaseRefusal::Play(PlayRefusal::OnHold) => (w.play_hold(title), w.play_hold_do()),
        ReleaseRefusal::Play(PlayRefusal::Ended(at)) => (w.play_ended(Day(*at), title), w.play_ended_do()),
        ReleaseRefusal::OtherPackage => (w.play_other_package(title), w.play_other_package_do()),
        ReleaseRefusal::OtherDevices => (w.play_other_devices(title), w.play_other_devices_do()),
        ReleaseRefusal::TooOften(at) => (w.play_often(title), w.play_often_do(Clock(*at))),
        ReleaseRefusal::Elsewhere => (w.play_moved(title), w.play_moved_do()),
        ReleaseRefusal::BeyondShare(share) => (w.play_share_ends(percent(*share)), w.play_share_ends_do()),
        ReleaseRefusal::Play(PlayRefusal::LentOut) => (w.play_no(title), w.loan_lent_out()),
        ReleaseRefusal::Play(PlayRefusal::WalletAway) => (w.play_no(title), w.loan_away()),
        ReleaseRefusal::Key | ReleaseRefusal::Fault(_) => {
            let said = no.to_string();
            (w.play_no(title), Said::of(&said))
        }
    }
}
