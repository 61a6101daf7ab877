//! Keeper: pages of whoever runs this shop: the publishers it takes in, and licenses of editions that wait for a person. A keeper sees
//! nobody's works, sales or money by it.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use data_encoding::BASE64;
use face::{Day, Page, Said, Sum};
use party::shop::{Applicant, Deed, Sale, Tenant, WaitingLicense};
use store::Fault;
use units::{LicenseId, Moment, PartyId};

use super::{
    frame::{At, Whose, on, page as frame, shown, shown_as, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    peers::Heard,
    shop::{Stall, pages::Sign},
};

/// Licenses on one page.
const LICENSES: usize = 100;
/// The longest certificate, as text.
const CERTIFICATE_MAX: usize = 4096;

struct Line {
    name: String,
    keys: Said,
    since: Said,
    invite: String,
    invite_of: Said,
}

struct Waiting {
    name: String,
    since: Said,
    heading: Said,
    application: String,
    id: String,
    ask_of: Said,
    away_of: Said,
}

struct License {
    id: String,
    heading: Said,
    sold: Said,
    asked: Said,
    allow_of: Said,
    leave_of: Said,
}

#[derive(Template)]
#[template(path = "console/keeper.html")]
struct KeeperPage<'a> {
    page: &'a Page,
    note: Option<(&'static str, &'static str, Said)>,
    link: Option<(String, Said)>,
    publishers: Vec<Line>,
    waiting: Vec<Waiting>,
    licenses: Vec<License>,
    take_in: String,
    ask: String,
    away: String,
    admit: String,
    allow: String,
    leave: String,
    csrf: &'a str,
}

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) publishers: Vec<(Whose, bool, Moment)>,
    /// Name, since when, id and application.
    pub(super) waiting: Vec<(String, Moment, PartyId, Vec<u8>)>,
    pub(super) licenses: Vec<(LicenseId, WaitingLicense, Sale)>,
    pub(super) note: Note,
    pub(super) link: Option<(String, Moment)>,
    pub(super) csrf: &'a str,
}

/// What is said above.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Note {
    /// Nothing.
    #[default]
    None,
    /// This publisher publishes here now.
    Done(String),
    /// The registry has not certified this one yet.
    Asked(String),
    /// No name.
    NoName,
    /// No certificate.
    NoCertificate,
    /// A license is let go.
    Allowed,
    /// Or not.
    Left,
}

impl Note {
    fn said(&self, words: face::Words) -> Option<(&'static str, &'static str, Said)> {
        Some(match self {
            Self::None => return None,
            Self::Done(name) => ("good", "tick", words.console_keeper_done(name)),
            Self::Asked(name) => ("", "clock", words.console_keeper_asked(name)),
            Self::NoName => ("", "stop", words.console_keeper_no_name()),
            Self::NoCertificate => ("", "stop", words.console_keeper_no_certificate()),
            Self::Allowed => ("good", "tick", words.console_keeper_allowed()),
            Self::Left => ("", "info", words.console_keeper_left()),
        })
    }
}

pub(super) fn draw(sign: &Sign, visit: &Visit, staff: Option<&Staff>, it: Shown<'_>) -> Result<String, askama::Error> {
    let w = visit.words;
    let of = |what: Said, name: &str| w.console_keeper_of(name, what.plain());
    let line = |(whose, here, since): (Whose, bool, Moment)| Line {
        keys: if here {
            w.console_keeper_keys_here()
        } else {
            w.console_keeper_keys_own()
        },
        since: w.console_keeper_since(Day(since)),
        invite: visit.to(&whose.at("/people/invite")),
        invite_of: of(w.console_invite_owner(), &whose.name),
        name: whose.name,
    };
    let waiting = |(name, since, id, application): (String, Moment, PartyId, Vec<u8>)| Waiting {
        since: w.console_keeper_since(Day(since)),
        heading: w.console_keeper_application(&name),
        application: BASE64.encode(&application),
        id: id.to_string(),
        ask_of: of(w.console_keeper_ask_again(), &name),
        away_of: of(w.console_keeper_turn_away(), &name),
        name,
    };
    let license = |(id, waits, sale): (LicenseId, WaitingLicense, Sale)| {
        let number = sale.serial.unwrap_or_default().saturating_add(1);
        let heading = w.console_keeper_license(number, &sale.title);
        License {
            id: id.to_string(),
            sold: w.console_keeper_license_sold(Day(sale.at), Sum(sale.price), sale.receipt.to_string()),
            asked: w.console_keeper_license_asked(Day(waits.last), u64::from(waits.times)),
            allow_of: of(w.console_keeper_allow(), &heading.plain()),
            leave_of: of(w.console_keeper_leave(), &heading.plain()),
            heading,
        }
    };
    let at = |rest: &str| visit.to(&format!("/console/shop{rest}"));
    KeeperPage {
        page: &frame(sign, visit, staff, None, At::Keeper),
        note: it.note.said(w),
        link: it.link.map(|(link, until)| (link, w.console_people_link(Day(until)))),
        publishers: it.publishers.into_iter().map(line).collect(),
        waiting: it.waiting.into_iter().map(waiting).collect(),
        licenses: it.licenses.into_iter().map(license).collect(),
        take_in: at("/take-in"),
        ask: at("/ask"),
        away: at("/turn-away"),
        admit: at("/admit"),
        allow: at("/allow"),
        leave: at("/leave"),
        csrf: it.csrf,
    }
    .render()
}

/// Only whoever runs the shop comes here; for others there is nothing.
fn keeper(shop: &Stall, staff: &Staff) -> Result<(), Problem> {
    let may = staff.is_let(shop.sign.id, Deed::TakeIn);
    may.then_some(()).ok_or_else(Problem::nothing_here)
}

type Read = (
    Vec<(PartyId, Tenant)>,
    Vec<(PartyId, Applicant, Vec<u8>)>,
    Vec<(LicenseId, WaitingLicense, Sale)>,
);

async fn read(shop: &Stall) -> Result<Read, Problem> {
    let address = shop.sign.address.clone();
    shop.office
        .look::<_, Fault>(move |party, view, now| {
            let mut waiting = Vec::new();
            for (id, applicant) in party.applicants(view)? {
                let application = party.application(view, id, &address, now)?.unwrap_or_default();
                waiting.push((id, applicant, application));
            }
            Ok((party.tenants(view)?, waiting, party.made_out_waiting(view, LICENSES)?))
        })
        .await
}

async fn made(
    shop: &Stall,
    staff: &Staff,
    note: Note,
    link: Option<(String, Moment)>,
) -> Result<Result<String, askama::Error>, Problem> {
    keeper(shop, staff)?;
    let (tenants, waiting, licenses) = read(shop).await?;
    let it = Shown {
        publishers: tenants
            .into_iter()
            .map(|(id, it)| {
                let here = it.keys_here();
                (Whose { id, name: it.name }, here, it.since)
            })
            .collect(),
        waiting: waiting
            .into_iter()
            .map(|(id, it, application)| (it.name, it.since, id, application))
            .collect(),
        licenses,
        note,
        link,
        csrf: &staff.csrf,
    };
    Ok(draw(&shop.sign, &staff.visit, Some(staff), it))
}

/// The page with an invitation's link to show.
pub(super) async fn with_link(shop: &Stall, staff: &Staff, link: (String, Moment)) -> Result<Response, Problem> {
    Ok(shown(made(shop, staff, Note::None, Some(link)).await?))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Query(asked): Query<Fields>) -> Response {
    let drawn = async {
        keeper(&shop, &staff)?;
        let named = match asked.get("publisher").map(|text| text.parse::<PartyId>()) {
            Some(Ok(id)) => Some(name_of(&shop, id).await?),
            _ => None,
        };
        let note = match (asked.get("said").map(String::as_str), named) {
            (Some("done"), Some(name)) => Note::Done(name),
            (Some("asked"), Some(name)) => Note::Asked(name),
            (Some("allowed"), _) => Note::Allowed,
            (Some("left"), _) => Note::Left,
            _ => Note::None,
        };
        Ok(shown(made(&shop, &staff, note, None).await?))
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

async fn name_of(shop: &Stall, id: PartyId) -> Result<String, Problem> {
    let applicant = shop
        .office
        .look::<_, Fault>(move |party, view, _| Ok(party.applicants(view)?.into_iter().find(|(one, _)| *one == id)))
        .await?;
    match applicant {
        Some((_, it)) => Ok(it.name),
        None => Ok(super::staff::whose(shop, id).await?.name),
    }
}

/// A form of the keeper's: of this page, and sent by somebody who showed himself moments ago.
fn dear(shop: &Stall, staff: &Staff, fields: &Fields) -> Result<Option<Response>, Problem> {
    keeper(shop, staff)?;
    staff.check(shop, fields)?;
    Ok(staff.fresh("/console/shop").err().map(|go| *go))
}

fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

/// Makes keys for a new publisher, and asks the registry to certify them.
pub(super) async fn take_in(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = async {
        if let Some(go) = dear(&shop, &staff, &fields)? {
            return Ok(go);
        }
        let name = text(&fields, "name").to_owned();
        let taken = shop
            .office
            .commit(move |party, tx, now, seed| party.take_in(tx, &name, now, seed))
            .await;
        match taken {
            Ok(id) => asked(&shop, &staff, id).await,
            Err(no) if no.code() == "publisher-name" => {
                let page = made(&shop, &staff, Note::NoName, None).await?;
                Ok(shown_as(page, StatusCode::UNPROCESSABLE_ENTITY))
            }
            Err(no) => Err(no),
        }
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// Asks the registry once more.
pub(super) async fn ask(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = async {
        if let Some(go) = dear(&shop, &staff, &fields)? {
            return Ok(go);
        }
        let id = text(&fields, "publisher")
            .parse()
            .map_err(|_| Problem::nothing_here())?;
        asked(&shop, &staff, id).await
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// Brings an application to the registry. A certificate that comes back takes the publisher in; without one it waits for people.
async fn asked(shop: &Arc<Stall>, staff: &Staff, id: PartyId) -> Result<Response, Problem> {
    let address = shop.sign.address.clone();
    let application = shop
        .office
        .look::<_, Fault>(move |party, view, now| party.application(view, id, &address, now))
        .await?;
    let application = application.ok_or_else(Problem::nothing_here)?;
    let heard = shop.peers.post(&shop.registry, "applications", application).await;
    let said = match heard {
        Heard::Answer(certificate) => {
            let certificate = certificate.to_vec();
            shop.office
                .commit(move |party, tx, now, seed| party.admit(tx, &certificate, now, seed))
                .await?;
            "done"
        }
        Heard::Refused(_) | Heard::Silent => "asked",
    };
    let to = format!("/console/shop?said={said}&publisher={id}");
    Ok(on(&staff.visit, &to))
}

/// Takes in whoever a certificate is of.
pub(super) async fn admit(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = async {
        if let Some(go) = dear(&shop, &staff, &fields)? {
            return Ok(go);
        }
        let plain: String = text(&fields, "certificate")
            .chars()
            .filter(|c| !c.is_whitespace())
            .take(CERTIFICATE_MAX)
            .collect();
        let admitted = match BASE64.decode(plain.as_bytes()) {
            Ok(certificate) => shop
                .office
                .commit(move |party, tx, now, seed| party.admit(tx, &certificate, now, seed))
                .await
                .ok(),
            Err(_) => None,
        };
        match admitted {
            Some(id) => Ok(on(&staff.visit, &format!("/console/shop?said=done&publisher={id}"))),
            None => {
                let page = made(&shop, &staff, Note::NoCertificate, None).await?;
                Ok(shown_as(page, StatusCode::UNPROCESSABLE_ENTITY))
            }
        }
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// Gives an application up.
pub(super) async fn turn_away(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = async {
        if let Some(go) = dear(&shop, &staff, &fields)? {
            return Ok(go);
        }
        let id: PartyId = text(&fields, "publisher")
            .parse()
            .map_err(|_| Problem::nothing_here())?;
        shop.office
            .commit::<_, Fault>(move |party, tx, _, _| party.turn_away(tx, id))
            .await?;
        Ok(on(&staff.visit, "/console/shop"))
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// Lets a license be made out anew, or leaves it as it is.
async fn license(shop: &Arc<Stall>, staff: &Staff, fields: &Fields, allow: bool) -> Result<Response, Problem> {
    if let Some(go) = dear(shop, staff, fields)? {
        return Ok(go);
    }
    let license: LicenseId = text(fields, "license").parse().map_err(|_| Problem::nothing_here())?;
    let known = shop
        .office
        .commit::<_, Fault>(move |party, tx, now, _| {
            if allow {
                party.allow_made_out(tx, license, now)
            } else {
                party.leave_waiting(tx, license)
            }
        })
        .await?;
    if !known {
        return Err(Problem::nothing_here());
    }
    let said = if allow { "allowed" } else { "left" };
    Ok(on(&staff.visit, &format!("/console/shop?said={said}")))
}

/// People believe the holder.
pub(super) async fn allow(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = license(&shop, &staff, &fields, true).await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// People do not, for now.
pub(super) async fn leave(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = license(&shop, &staff, &fields, false).await;
    told(&shop.sign, &staff.visit, &staff, done)
}
