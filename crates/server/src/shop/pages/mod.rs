//! Pages: what people see of a shop, in the language they read. Plain HTML made here, escaped by the templates, without a script.

mod about;
mod files;
mod front;
mod receipt;
mod stored;
mod stories;
mod tile;
mod work;

#[cfg(test)]
pub(crate) use stories::STORIES;

pub(crate) use about::{help, publisher, publishers, refunds, stores};
pub(crate) use files::cover;
pub(crate) use front::{Pager, front};
pub(crate) use receipt::{order, receipt, refund};
pub(crate) use stored::{forget, stored};
pub(crate) use stories::{stories, story};
pub use work::buy_link;
pub(crate) use work::work;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use face::Page;
use units::{PartyId, RealmId};

use super::visit::{At, Visit};
use crate::{frame::Problem, pages::answer, source::Source};

/// What every page says of its shop.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) id: PartyId,
    pub(crate) address: String,
    pub(crate) dev: bool,
    pub(crate) wallet: String,
    /// The realm it sells in: a new wallet is told which.
    pub(crate) realm: RealmId,
    /// Where people get the program, if this shop says so.
    pub(crate) source: Option<Source>,
}

#[derive(Template)]
#[template(path = "shop/refused.html")]
struct Refused<'a> {
    page: &'a Page,
    home: String,
    is_gone: bool,
    code: &'a str,
}

/// A refusal, as a page.
fn refused(sign: &Sign, visit: &Visit, no: &Problem) -> Response {
    answer(draw_refused(sign, visit, no), no.status())
}

fn draw_refused(sign: &Sign, visit: &Visit, no: &Problem) -> Result<String, askama::Error> {
    Refused {
        page: &sign.page(visit, At::Elsewhere),
        home: visit.to("/"),
        is_gone: no.status() == StatusCode::NOT_FOUND,
        code: no.code(),
    }
    .render()
}
