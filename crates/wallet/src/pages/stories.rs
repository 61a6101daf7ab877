//! Stories of the wallet: every page in every state it can be in, with made-up figures. They show nothing of any card, and are
//! there only when the wallet was started to show them.

pub(super) mod made;
mod refusals;
mod telephone;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use face::{Lang, Story, Words};

use super::{
    problem::Problem,
    view::drawn,
    visit::{Part, Shared, frame, read_in},
};

/// All of them.
fn all() -> Vec<Story> {
    [
        made::STORIES,
        telephone::STORIES,
        super::media::STORIES,
        super::medium::STORIES,
        refusals::STORIES,
        super::handing::stories::STORIES,
        super::play::stories::STORIES,
        super::lost::STORIES,
        super::loans::stories::STORIES,
    ]
    .concat()
}

/// The list, in the browser's language.
pub(super) async fn list(State(desk): Shared, headers: HeaderMap) -> Response {
    listed(&desk, read_in(&desk, "", &headers))
}

/// The list, in a language.
pub(super) async fn list_in(State(desk): Shared, Path(tag): Path<String>) -> Response {
    match Lang::of_tag(&tag) {
        Some(lang) => listed(&desk, lang),
        None => Problem::not_found().page(None),
    }
}

fn listed(desk: &super::Desk, lang: Lang) -> Response {
    if !desk.shows_stories() {
        return Problem::not_found().page(None);
    }
    let others = Lang::ALL.into_iter().filter(|other| *other != lang);
    let elsewhere = others.map(|other| (other, format!("/{}/stories", other.tag())));
    let page = frame(Words(lang), "", Part::Elsewhere, elsewhere.collect(), desk.is_dev());
    drawn(face::stories(&page, &format!("/{}/stories", lang.tag()), &all()))
}

/// One of them.
pub(super) async fn one(State(desk): Shared, Path((tag, name)): Path<(String, String)>) -> Response {
    let all = all();
    let story = face::story(&all, &name).filter(|_| desk.shows_stories());
    match story.zip(Lang::of_tag(&tag)) {
        Some((story, lang)) => drawn((story.draw)(lang)),
        None => Problem::not_found().page(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the pages' own list of screens owes of every page: empty, waiting and refused.
    const OWED: [(&str, &[&str]); 24] = [
        (
            "First card",
            &["first", "first-pin", "first-differ", "first-cannot", "born"],
        ),
        (
            "Home",
            &[
                "home",
                "home-new",
                "home-broke",
                "home-torn",
                "home-offline",
                "home-silent",
                "home-full",
                "home-frozen",
            ],
        ),
        (
            "Escrow",
            &[
                "escrow-empty",
                "escrow",
                "escrow-going",
                "escrow-home",
                "escrow-rebate",
                "escrow-silent",
            ],
        ),
        ("Library", &["library-empty", "library", "library-nothing"]),
        (
            "License",
            &["license", "license-counted", "license-ended", "license-newer"],
        ),
        (
            "Confirm payment",
            &[
                "confirm",
                "confirm-asking",
                "confirm-short",
                "confirm-limit",
                "confirm-day",
                "confirm-issuer",
                "confirm-wrong",
                "confirm-blocked",
                "confirm-full",
            ],
        ),
        (
            "Refused",
            &[
                "refused-seller",
                "refused-price",
                "refused-silent",
                "refused-letter",
                "refused-code",
                "refused-changed",
                "refused-log-full",
                "refused-stopped",
                "refused-offer-old",
                "refused-genuine",
            ],
        ),
        (
            "Fee notice",
            &[
                "fee",
                "fee-free",
                "fee-short",
                "fee-full",
                "fee-last",
                "fee-move",
                "fee-wrong",
                "fee-locked",
            ],
        ),
        (
            "Hand on",
            &[
                "hand-on",
                "hand-on-empty",
                "give",
                "give-move",
                "give-last",
                "give-wrong",
            ],
        ),
        (
            "Receive",
            &["receive", "receive-arrived", "receive-part", "receive-near"],
        ),
        (
            "Letters",
            &[
                "letter-offer",
                "letter-offer-parts",
                "letter-answer",
                "letter-key",
                "letter-void",
            ],
        ),
        ("What came", &["received", "received-back"]),
        (
            "In a reader",
            &[
                "reader",
                "reader-none",
                "reader-out",
                "reader-fee",
                "reader-sale",
                "reader-short",
                "reader-wrong",
                "reader-agreed",
            ],
        ),
        ("On its way", &["way-empty", "way", "way-met"]),
        (
            "Load, pay out",
            &[
                "load",
                "load-wrong",
                "load-limit",
                "load-first",
                "load-silent",
                "payout",
                "payout-empty",
                "payout-blocked",
            ],
        ),
        ("History", &["history", "history-empty", "history-none", "history-long"]),
        (
            "Limits and PIN",
            &["limits", "limits-set", "limits-wrong", "limits-above", "limits-blocked"],
        ),
        (
            "Vouchers, coupons, points",
            &["values", "values-empty", "values-came", "values-code-used"],
        ),
        (
            "Lost card",
            &[
                "lost-nothing",
                "lost-wrong-code",
                "lost-waiting",
                "lost-ready",
                "lost-found",
            ],
        ),
        (
            "Now playing",
            &[
                "play-sound",
                "play-nothing",
                "play-empty",
                "play-interrupted",
                "play-part",
                "play-no-license",
                "play-used",
                "play-ended",
            ],
        ),
        (
            "Telephone bill",
            &["bill-empty", "bill-nobody", "bill-waits", "bill-credit", "bill-refused"],
        ),
        ("Playback log", &["play-log", "play-log-empty"]),
        (
            "Players and wallets",
            &[
                "players",
                "players-empty",
                "players-near",
                "players-refused",
                "players-lent",
                "players-pair",
                "players-pair-wrong",
            ],
        ),
        (
            "Player",
            &[
                "player-home",
                "player-empty",
                "player-asks",
                "player-put-back",
                "player-away",
                "player-pair",
            ],
        ),
    ];

    #[test]
    fn every_page_is_told_empty_waiting_and_refused() {
        let all = all();
        for (page, states) in OWED {
            for name in states {
                let found = all.iter().find(|story| story.name == *name);
                assert_eq!(found.map(|story| story.page), Some(page), "{name}");
            }
        }
    }

    /// proves: row-93
    #[test]
    fn every_story_can_be_told_in_both_languages_and_holds_no_script_of_a_title() {
        let all = all();
        for story in &all {
            for lang in Lang::ALL {
                let html = (story.draw)(lang).unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{story:?}");
                assert!(!html.contains(" style=") && !html.contains(" onerror="), "{story:?}");
                assert!(!html.contains("<script>"), "{story:?}");
            }
        }
        let names: std::collections::BTreeSet<_> = all.iter().map(|story| story.name).collect();
        assert_eq!(names.len(), all.len());
    }
}
