//! Frame: what every page of the console has around it, and how a refusal looks.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use face::{Here, Page, Said};
use party::shop::Deed;
use units::PartyId;

use super::staff::Staff;
use crate::{
    frame::Problem,
    pages::{Visit, answer},
    shop::pages::Sign,
};

/// The parts of the console that its navigation knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Home,
    Works,
    Media,
    Sales,
    Fares,
    Rebates,
    Vouchers,
    Payouts,
    People,
    Keys,
    Hooks,
    Settings,
    Keeper,
    Elsewhere,
}

/// Whose pages these are.
#[derive(Debug, Clone)]
pub(super) struct Whose {
    pub(super) id: PartyId,
    pub(super) name: String,
}

impl Whose {
    /// A path under this publisher.
    pub(super) fn at(&self, rest: &str) -> String {
        format!("/console/{}{rest}", self.id)
    }
}

/// The frame of a page.
pub(super) fn page(sign: &Sign, visit: &Visit, staff: Option<&Staff>, whose: Option<&Whose>, at: At) -> Page {
    let words = visit.words;
    let mut nav = Vec::new();
    if let Some((staff, whose)) = staff.zip(whose) {
        let may = |deed| staff.is_let(whose.id, deed);
        let mut add = |shown: bool, rest: &str, text: Said, of: At| {
            if shown {
                nav.push(Here::new(visit.to(&whose.at(rest)), text, of == at));
            }
        };
        add(true, "", words.console_home(), At::Home);
        add(may(Deed::SeeWorks), "/works", words.console_works(), At::Works);
        add(may(Deed::SeeWorks), "/media", words.console_media(), At::Media);
        add(may(Deed::SeeMoney), "/sales", words.console_sales(), At::Sales);
        add(may(Deed::SeeMoney), "/fares", words.fares(), At::Fares);
        add(may(Deed::SeeMoney), "/rebates", words.rebates(), At::Rebates);
        add(may(Deed::SeeMoney), "/vouchers", words.vouchers(), At::Vouchers);
        add(may(Deed::SeeMoney), "/payouts", words.console_payouts(), At::Payouts);
        add(may(Deed::ChangePeople), "/people", words.console_people(), At::People);
        add(may(Deed::ChangePeople), "/keys", words.console_keys(), At::Keys);
        add(may(Deed::ChangePeople), "/hooks", words.console_hooks(), At::Hooks);
    }
    if staff.is_some_and(|staff| staff.is_let(sign.id, Deed::TakeIn)) {
        nav.push(Here::new(
            visit.to("/console/shop"),
            words.console_keeper(),
            at == At::Keeper,
        ));
    }
    if staff.is_some() {
        nav.push(Here::new(
            visit.to("/console/settings"),
            words.console_settings(),
            at == At::Settings,
        ));
    }
    Page {
        words,
        name: whose.map_or_else(|| sign.name.clone(), |whose| whose.name.clone()),
        home: visit.to(&whose.map_or_else(|| "/console".to_owned(), |whose| whose.at(""))),
        nav_name: words.console_name(),
        nav,
        elsewhere: visit.elsewhere(),
        ours: true,
        foot: words.console_foot(),
        foot_links: {
            let mut links = vec![Here::new(visit.to("/"), Said::of(&sign.name), false)];
            if staff.is_some() {
                let data = visit.to("/console/settings/data");
                links.push(Here::new(data, words.console_set_data(), false));
            }
            links
        },
        dev: sign.dev,
    }
}

/// A page that nobody keeps: it shows figures of one publisher to one person.
pub(super) fn shown(drawn: Result<String, askama::Error>) -> Response {
    private(answer(drawn, StatusCode::OK))
}

/// The same with another status.
pub(super) fn shown_as(drawn: Result<String, askama::Error>, status: StatusCode) -> Response {
    private(answer(drawn, status))
}

pub(super) fn private(mut response: Response) -> Response {
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// On to another page, after something was done.
pub(super) fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

#[derive(Template)]
#[template(path = "console/refused.html")]
struct Refused<'a> {
    page: &'a Page,
    is_gone: bool,
    code: &'a str,
    detail: &'a str,
    home: String,
}

/// A refusal, as a page.
pub(super) fn refused(sign: &Sign, visit: &Visit, staff: Option<&Staff>, no: &Problem) -> Response {
    shown_as(draw_refused(sign, visit, staff, no), no.status())
}

pub(super) fn draw_refused(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    no: &Problem,
) -> Result<String, askama::Error> {
    Refused {
        page: &page(sign, visit, staff, None, At::Elsewhere),
        is_gone: no.status() == StatusCode::NOT_FOUND,
        code: no.code(),
        detail: no.detail(),
        home: visit.to("/console"),
    }
    .render()
}

/// A page, or a refusal as one.
pub(super) fn told(sign: &Sign, visit: &Visit, staff: &Staff, made: Result<Response, Problem>) -> Response {
    made.unwrap_or_else(|no| refused(sign, visit, Some(staff), &no))
}
