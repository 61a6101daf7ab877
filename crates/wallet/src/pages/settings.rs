//! Settings: the language, what this card is, how it keeps keys; and the honest page about software cards.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use card::Keeping;
use face::{Code, Here, Lang, Said, Sum};
use serde::Deserialize;

use super::{
    library::Names,
    two_words,
    view::drawn,
    visit::{FOOT, Part, Shared, visit},
};
use crate::engine::{Neighbour, Overview};

/// The ways on which parties are reached.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// The relay, as it is written; empty: none.
    pub(super) relay: String,
    /// Shops heard near by; nothing: none are looked for.
    pub(super) near: Option<Vec<Neighbour>>,
}

/// A further place, with what it is for.
struct More {
    href: String,
    text: Said,
    what: Option<Said>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    languages: Vec<(Lang, Here)>,
    card: Vec<(Said, Said)>,
    two_words: String,
    opened: bool,
    ways: &'a Ways,
    more: Vec<More>,
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/settings");
    let (overview, names) = (visit.wallet().overview().await, Names::of(&visit).await);
    let issuer = visit.wallet().issuer().await.map(|id| names.name(id));
    let near = match visit.wallet().looks_for_sellers() {
        true => Some(visit.wallet().sellers_near().await),
        false => None,
    };
    let ways = Ways {
        relay: visit.wallet().relay(),
        near,
    };
    drawn(draw(
        &visit.page(Part::Settings),
        visit.base(),
        visit.token(),
        &overview,
        issuer,
        &ways,
    ))
}

/// Draws it.
pub(super) fn draw(
    page: &face::Page,
    base: &str,
    token: &str,
    overview: &Overview,
    issuer: Option<String>,
    ways: &Ways,
) -> Result<String, askama::Error> {
    let w = page.words;
    let language = |lang: Lang| {
        let href = format!("{base}/language/{}?to=/settings", lang.tag());
        (lang, Here::new(href, Said::of(lang.name()), lang == w.lang()))
    };
    let number = overview.card.map(|card| w.show(Code(card.to_string())));
    let what = |part: Part| {
        Some(match part {
            Part::Values => w.set_values_what(),
            Part::Media => w.media_what(),
            Part::Telephone => w.tel_what(),
            Part::Limits => w.set_limits_what(),
            Part::Reader => w.set_reader_what(),
            Part::Log => w.set_log_what(),
            Part::Help => w.set_help_what(),
            Part::Lost => w.set_lost_what(),
            Part::Software => w.set_software_what(),
            _ => return None,
        })
    };
    SettingsView {
        page,
        base,
        token,
        languages: Lang::ALL.into_iter().map(language).collect(),
        card: vec![
            (w.set_number(), number.unwrap_or_else(|| w.set_none())),
            (w.set_issuer(), issuer.map_or_else(|| w.set_none(), |name| w.show(name))),
            (w.set_realm(), w.show(Code(overview.realm.clone()))),
            (
                w.set_kind(),
                match overview.in_tpm {
                    true => w.set_kind_tpm(),
                    false => w.set_kind_file(),
                },
            ),
        ],
        two_words: two_words::read(&overview.words, w.lang()),
        opened: overview.keys_opened,
        ways,
        more: FOOT
            .iter()
            .map(|(part, path, text)| More {
                href: format!("{base}{path}"),
                text: text(w),
                what: what(*part),
            })
            .collect(),
    }
    .render()
}

#[derive(Deserialize)]
pub(super) struct Keep {
    token: String,
    keys: String,
}

/// How keys that come from now on are kept.
pub(super) async fn keep(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Keep>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/settings");
    let keeping = match form.keys.as_str() {
        "opened" => Keeping::Opened,
        _ => Keeping::AsTheyCame,
    };
    match visit.wallet().keep(keeping).await {
        Ok(()) => visit.go("/settings"),
        Err(no) => visit.refuse(&no),
    }
}

#[derive(Deserialize)]
pub(super) struct Over {
    token: String,
    relay: String,
}

/// Over which relay parties are reached from now on.
pub(super) async fn over(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Over>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/settings");
    match visit.wallet().choose_relay(&form.relay) {
        Ok(()) => visit.go("/settings"),
        Err(no) => visit.refuse(&no),
    }
}

/// Looks for shops near by, or no longer.
#[derive(Debug, Deserialize)]
pub(super) struct Near {
    token: String,
    near: String,
}

/// Begins or ends looking for shops near by.
pub(super) async fn near(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Near>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/settings");
    match visit.wallet().choose_near(form.near == "on").await {
        Ok(()) => visit.go("/settings"),
        Err(no) => visit.refuse(&no),
    }
}

#[derive(Template)]
#[template(path = "software.html")]
struct SoftwareView<'a> {
    page: &'a face::Page,
    limits: Said,
    tpm: Option<bool>,
}

/// What a software card is, and what it is not.
pub(super) async fn software(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/software");
    let overview = visit.wallet().overview().await;
    drawn(draw_software(&visit.page(Part::Software), Some(&overview)))
}

/// The same, for somebody with a card and for somebody without.
pub(super) fn draw_software(page: &face::Page, overview: Option<&Overview>) -> Result<String, askama::Error> {
    let w = page.words;
    let known = overview.filter(|card| !card.balance_max.is_zero());
    SoftwareView {
        page,
        limits: match known {
            Some(card) => w.soft_limits_text(Sum(card.balance_max), Sum(card.amount_max)),
            None => w.soft_limits_none(),
        },
        tpm: overview.map(|card| card.in_tpm),
    }
    .render()
}
