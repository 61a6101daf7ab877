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
        super::approve::STORIES,
        super::cash::STORIES,
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
    const OWED: [(&str, &str); 33] = [
        (
            "First card",
            "first first-pin first-differ first-code first-cannot born",
        ),
        ("Door", "door door-used"),
        (
            "Home",
            "home home-new home-broke home-torn home-offline home-silent home-full home-frozen \
             home-put-back home-stopped home-blocked home-asked home-owing",
        ),
        (
            "Escrow",
            "escrow-empty escrow escrow-going escrow-home escrow-rebate escrow-silent",
        ),
        (
            "Library",
            "library-empty library library-found library-nothing library-full",
        ),
        (
            "License",
            "license license-counted license-friend license-ended license-newer license-owing \
             license-refused",
        ),
        (
            "Confirm payment",
            "confirm confirm-asking confirm-slow confirm-stopped confirm-nothing confirm-short \
             confirm-limit confirm-day confirm-issuer confirm-wrong confirm-blocked confirm-full \
             confirm-open confirm-ended confirm-free confirm-back confirm-unlock confirm-coupon \
             confirm-bill confirm-medium confirm-medium-nowhere",
        ),
        (
            "Approval",
            "approve approve-known approve-waits approve-have approve-wrong approve-refused approve-limit \
             approve-later approve-late",
        ),
        (
            "What became of it",
            "deal-asking deal-slow deal-done deal-loaded deal-way deal-back deal-late deal-value-used \
             deal-value-elsewhere deal-card-ended deal-played deal-frozen",
        ),
        (
            "Refused",
            "refused-seller refused-price refused-silent refused-letter refused-code refused-changed \
             refused-log-full refused-stopped refused-revoked refused-party-ended refused-offer-old \
             refused-genuine refused-short refused-pin refused-gone",
        ),
        (
            "Fee notice",
            "fee fee-free fee-short fee-full fee-last fee-move fee-wrong fee-locked",
        ),
        (
            "Hand on",
            "hand-on hand-on-empty give give-move give-last give-wrong hand-lock hand-lock-near hand-wish \
             hand-wish-none",
        ),
        ("Unlock", "hand-unlock hand-unlock-shut"),
        ("Receive", "receive receive-arrived receive-part receive-near"),
        (
            "Letters",
            "letter-offer letter-offer-parts letter-offer-declined letter-answer letter-key letter-wish \
             letter-locked letter-void",
        ),
        ("What came", "received received-back"),
        (
            "In a reader",
            "reader reader-none reader-out reader-fee reader-sale reader-short reader-wrong reader-agreed",
        ),
        ("On its way", "way-empty way way-met"),
        (
            "Load, pay out",
            "load load-wrong load-limit load-first load-silent load-online load-online-wrong \
             load-online-none payout payout-empty payout-blocked",
        ),
        (
            "Load with cash",
            "cash cash-code cash-silent cash-tray cash-over cash-exact cash-back cash-kept",
        ),
        ("History", "history history-empty history-none history-long"),
        (
            "Limits and PIN",
            "limits limits-set limits-wrong limits-above limits-blocked",
        ),
        (
            "Vouchers, coupons, points",
            "values values-empty values-came values-code-used",
        ),
        (
            "Lost card",
            "lost-nothing lost-wrong-code lost-waiting lost-ready lost-spent lost-found",
        ),
        ("Honest about software", "software software-first"),
        (
            "Ask for help",
            "support support-draft support-sent support-looking support-repaired support-waits \
             support-nobody",
        ),
        (
            "Now playing",
            "play-sound play-counted play-album play-nothing play-empty play-interrupted play-part \
             play-part-ended play-broke play-no-license play-used play-ended play-locked play-unpaid \
             play-hold play-stopped play-put-back play-wallet-away play-lent play-often play-elsewhere \
             play-missing play-damaged play-other-devices play-other-file play-watched play-over \
             play-over-gone",
        ),
        (
            "Book, film, game",
            "play-film play-picture play-text play-text-part play-book play-paper play-game play-other \
             play-unreadable play-too-large",
        ),
        (
            "Copy from a medium",
            "media media-empty media-going media-done media-nowhere media-refused",
        ),
        (
            "Telephone bill",
            "bill-empty bill-nobody bill-waits bill-credit bill-refused",
        ),
        ("Playback log", "play-log play-log-empty"),
        (
            "Players and wallets",
            "players players-empty players-near players-refused players-lent players-pair \
             players-pair-wrong",
        ),
        (
            "Player",
            "player-home player-empty player-asks player-put-back player-away player-pair",
        ),
    ];

    #[test]
    fn every_page_is_told_empty_waiting_and_refused() {
        let all = all();
        for (page, states) in OWED {
            for name in states.split_whitespace() {
                let found = all.iter().find(|story| story.name == name);
                assert_eq!(found.map(|story| story.page), Some(page), "{name}");
            }
        }
    }

    fn told(name: &str, lang: Lang) -> String {
        let all = all();
        (face::story(&all, name).unwrap().draw)(lang).unwrap()
    }

    /// A stopped card is frozen too, and its licenses wait: none of that is said, for it is not why.
    #[test]
    fn a_stopped_card_says_that_it_is_stopped_and_leads_on() {
        for lang in Lang::ALL {
            let w = Words(lang);
            for name in ["home-stopped", "play-stopped", "refused-stopped"] {
                let html = told(name, lang);
                assert!(
                    html.contains("role=\"alert\"") && html.contains("/lost\""),
                    "{name}: {html}"
                );
                for false_reason in [w.home_frozen(), w.home_put_back(), w.play_hold_do()] {
                    assert!(!html.contains(false_reason.html()), "{name}: {html}");
                }
            }
        }
    }

    /// Whatever is used up, over or not here leads to where it is sold.
    #[test]
    fn what_has_ended_leads_to_its_shop() {
        for name in ["license", "license-ended", "play-used", "play-ended", "play-no-license"] {
            assert!(
                told(name, Lang::En).contains("href=\"https://shop.example/en/works/"),
                "{name}"
            );
        }
    }

    /// A story of a page that changes by itself shows the state it is named after, and stays there.
    #[test]
    fn pages_that_lead_on_by_themselves_stand_still_in_stories() {
        let names = [
            "confirm-asking",
            "confirm-slow",
            "confirm-stopped",
            "confirm-nothing",
            "door",
            "door-used",
        ];
        for name in names {
            assert!(!told(name, Lang::En).contains("<script"), "{name}");
        }
        let hidden = |name: &str| told(name, Lang::En).matches(" hidden>").count();
        // Of four texts, slow stands beside the one that waits.
        assert_eq!(names.map(hidden), [3, 2, 3, 3, 0, 0]);
        for name in [
            "play-sound",
            "play-film",
            "play-part",
            "play-counted",
            "play-part-ended",
        ] {
            assert!(!told(name, Lang::En).contains("/static/none"), "{name}");
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
