//! Pages: what the pages of every party here have in common: in which language somebody looks at one, where its links lead,
//! and with which headers it leaves. No page and no rule is here; the style is `face`'s.

use core::convert::Infallible;
use std::sync::LazyLock;

use axum::{
    Router,
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use face::{Lang, Story, Words};

use crate::frame::NoGuess;

/// A visitor's page. The language stands in the path ("/ja/help"), so that no cookie is needed; without one there, the
/// browser's own wish is followed.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The catalogue in the visitor's language.
    pub words: Words,
    /// What every link of ours begins with: "", "/en" or "/ja".
    pub base: &'static str,
    /// The rest of the address, without the language.
    rest: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let uri = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |original| &original.0);
        let (lang, path) = Lang::of_path(uri.path());
        let rest = uri
            .query()
            .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let asked = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        Ok(Self {
            words: Words(Lang::choose(lang, None, asked)),
            base: match lang {
                None => "",
                Some(Lang::En) => "/en",
                Some(Lang::Ja) => "/ja",
            },
            rest,
        })
    }
}

impl Visit {
    /// A visit without a visitor, for stories.
    pub fn told(lang: Lang) -> Self {
        Self {
            words: Words(lang),
            base: "",
            rest: "/stories".to_owned(),
        }
    }
    /// A link of ours.
    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
    /// This page in the other languages.
    pub fn elsewhere(&self) -> Vec<(Lang, String)> {
        let others = Lang::ALL.into_iter().filter(|lang| *lang != self.words.lang());
        others
            .map(|lang| (lang, format!("/{}{}", lang.tag(), self.rest)))
            .collect()
    }
}

/// Pages in whatever language the visitor's browser asks for, and under `/en` and `/ja` in these; with the sheet and the
/// mark they stand in.
pub(crate) fn in_languages<S: Clone + Send + Sync + 'static>(front: MethodRouter<S>, pages: Router<S>) -> Router<S> {
    let fronts = ["/", "/en", "/en/", "/ja", "/ja/"];
    let site = fronts
        .into_iter()
        .fold(Router::new(), |site, path| site.route(path, front.clone()));
    site.nest("/en", pages.clone())
        .nest("/ja", pages.clone())
        .merge(pages)
        .route("/static/{file}", get(asset))
}

/// The policy of every page: the one script there is, by its hash (row-100).
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = face::page_policy(&[crate::ways::integrity()]);
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A page with its headers.
pub(crate) fn answer(drawn: Result<String, askama::Error>, status: StatusCode) -> Response {
    let Ok(html) = drawn else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    for (name, value) in face::HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    response
}

/// A page that is for somebody's eyes alone: no cache keeps it.
pub(crate) fn answer_private(drawn: Result<String, askama::Error>, status: StatusCode) -> Response {
    let mut response = answer(drawn, status);
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The style sheet or the mark.
async fn asset(OriginalUri(uri): OriginalUri) -> Response {
    match face::asset(uri.path()) {
        Some(found) => lasting(found.text.to_owned(), found.media_type),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file that never changes under its name.
pub(crate) fn lasting(text: String, media_type: &'static str) -> Response {
    let mut response = text.into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    fields.insert(header::CACHE_CONTROL, forever);
    response.extensions_mut().insert(NoGuess);
    response
}

/// The story of a name, told in a visitor's language; none outside the dev realm.
pub(crate) fn told(stories: &[Story], name: &str, dev: bool, visit: &Visit) -> Option<Response> {
    let story = face::story(stories, name).filter(|_| dev)?;
    Some(answer((story.draw)(visit.words.lang()), StatusCode::OK))
}

/// A month in words.
pub(crate) fn month_name(lang: Lang, month: carrier::Month) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, number) = month.civil();
    match lang {
        Lang::En => {
            let name = NAMES.get(usize::from(number).saturating_sub(1)).copied().unwrap_or("?");
            format!("{name} {year}")
        }
        Lang::Ja => format!("{year}年{number}月"),
    }
}

/// Holds every story against what all pages owe: both languages, no script but the one that is named by its hash, no style of its own,
/// one name each.
#[cfg(test)]
pub(crate) fn tell_all(stories: &[Story]) {
    for story in stories {
        for lang in Lang::ALL {
            let html = (story.draw)(lang).unwrap();
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{story:?}");
            let ours = format!(" integrity=\"{}\" defer></script>", crate::ways::integrity());
            let scripts = html.matches("<script").count();
            assert_eq!(scripts, html.matches(&ours).count(), "{story:?}");
            assert!(!html.contains(" style="), "{story:?}");
        }
    }
    let names: std::collections::BTreeSet<_> = stories.iter().map(|story| story.name).collect();
    assert_eq!(names.len(), stories.len());
}
