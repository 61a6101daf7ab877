//! Visit: in which language somebody looks at a page, and where its links lead. The language stands in the path ("/ja/help"), so
//! that a shop needs no cookie; without one there, the browser's own wish is followed.

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{header, request::Parts},
};
use core::convert::Infallible;
use face::{Here, Lang, Page, Words};

use super::pages::Sign;

/// A visitor's page.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The catalogue in the visitor's language.
    pub words: Words,
    /// What every link of ours begins with: "", "/en" or "/ja".
    pub base: &'static str,
    /// The rest of the address, without the language.
    rest: String,
}

/// The parts of a shop's site that its navigation knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Works,
    Publishers,
    Help,
    Refunds,
    Stores,
    Elsewhere,
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
    /// The frame of a page of this shop.
    pub fn page(&self, sign: &Sign, at: At) -> Page {
        let words = self.words;
        let here = |path: &str, text, of: At| Here::new(self.to(path), text, of == at);
        let others = Lang::ALL.into_iter().filter(|lang| *lang != words.lang());
        Page {
            words,
            name: sign.name.clone(),
            home: self.to("/"),
            nav_name: words.shop_nav(),
            nav: vec![
                here("/", words.shop_works(), At::Works),
                here("/publishers", words.shop_publishers(), At::Publishers),
                here("/help", words.shop_how(), At::Help),
                Here::new(
                    format!("{}/", sign.wallet.trim_end_matches('/')),
                    words.your_card(),
                    false,
                ),
            ],
            elsewhere: others
                .map(|lang| (lang, format!("/{}{}", lang.tag(), self.rest)))
                .collect(),
            ours: false,
            foot: words.sells_with(&sign.name),
            foot_links: vec![
                here("/refunds", words.shop_refunds(), At::Refunds),
                here("/stores", words.shop_stores(), At::Stores),
            ],
            dev: sign.dev,
        }
    }
}
