//! Keys: what a publisher's own programs read his sales with, over the API. A key is shown once; rotating shows until when the old
//! one stands.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use data_encoding::BASE64URL_NOPAD;
use face::{Clock, Day, Page, Said};
use party::shop::{ApiKey, ApiKeyRefused, Deed};
use seal::Seed;
use store::Fault;
use units::{Hash, Moment, PartyId};

use super::{
    frame::{At, Whose, on, page as frame, shown_as, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// What every key begins with, so that programs that look for lost secrets find it.
const MARK: &str = "keyfare";

struct Line {
    id: String,
    name: String,
    state: Said,
    used: Said,
    /// It stands beside the one that took its place: until when.
    until: Option<Said>,
    rotate_of: Said,
    end_of: Said,
}

#[derive(Template)]
#[template(path = "console/keys.html")]
struct KeysPage<'a> {
    page: &'a Page,
    keys: Vec<Line>,
    /// The new key, and what to know of it.
    new: Option<(String, Said)>,
    refused: Option<Said>,
    csrf: &'a str,
    base: String,
    example: String,
}

/// What the page shows.
#[derive(Default)]
pub(super) struct Shown<'a> {
    pub(super) keys: Vec<(Hash, ApiKey)>,
    /// A key that was made, and until when the one it replaces stands.
    pub(super) new: Option<(String, Option<Moment>)>,
    pub(super) refused: Option<Said>,
    pub(super) csrf: &'a str,
    /// Where the API is.
    pub(super) origin: &'a str,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |(hash, key): (Hash, ApiKey)| Line {
        id: hash.to_string(),
        state: words.console_keys_since(Day(key.since)),
        used: match key.used {
            Some(used) => words.console_keys_used(Day(used)),
            None => words.console_keys_unused(),
        },
        until: key
            .until
            .map(|until| words.console_keys_until(Clock(until), Day(until))),
        rotate_of: words.console_keys_rotate_of(key.name.as_str()),
        end_of: words.console_keys_end_of(key.name.as_str()),
        name: key.name,
    };
    KeysPage {
        page: &frame(sign, visit, staff, Some(whose), At::Keys),
        keys: it.keys.into_iter().map(line).collect(),
        new: it.new.map(|(key, until)| match until {
            Some(until) => (key, words.console_keys_new_beside(Clock(until), Day(until))),
            None => (key, words.console_keys_new()),
        }),
        refused: it.refused,
        csrf: it.csrf,
        base: visit.to(&whose.at("/keys")),
        example: format!(
            "curl -H 'Authorization: Bearer …' {}/v1/publishers/{}/sales",
            it.origin, whose.id
        ),
    }
    .render()
}

/// The key that a program shows, and what is kept of it.
fn drawn(publisher: PartyId, seed: &Seed) -> (String, Hash) {
    let secret = BASE64URL_NOPAD.encode(seed.part("api key").expose());
    let key = format!("{MARK}.{publisher}.{secret}");
    let hash = seal::hash(key.as_bytes());
    (key, hash)
}

/// Whose key this is, if it may be one, and under which hash it is kept.
pub(super) fn read(key: &str) -> Option<(PartyId, Hash)> {
    let (mark, rest) = key.split_once('.')?;
    let (publisher, _) = rest.split_once('.')?;
    let publisher = publisher.parse().ok().filter(|_| mark == MARK)?;
    Some((publisher, seal::hash(key.as_bytes())))
}

async fn made(
    shop: &Stall,
    staff: &Staff,
    whose: &Whose,
    new: Option<(String, Option<Moment>)>,
    no: Option<&Problem>,
) -> Result<Response, Problem> {
    let publisher = whose.id;
    let keys = shop
        .office
        .look::<_, Fault>(move |party, view, now| party.api_keys(view, publisher, now))
        .await?;
    let it = Shown {
        keys,
        new,
        refused: no.map(|no| staff.visit.words.refused_why(no.code(), no.detail().to_owned())),
        csrf: &staff.csrf,
        origin: &shop.console.origin,
    };
    let status = no.map_or(StatusCode::OK, Problem::status);
    Ok(shown_as(draw(&shop.sign, &staff.visit, Some(staff), whose, it), status))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let drawn = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangePeople).await?;
        made(&shop, &staff, &whose, None, None).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Who posts a form of this page, if he may and showed himself moments ago.
async fn owner(
    shop: &Stall,
    staff: &Staff,
    publisher: &str,
    fields: &Fields,
) -> Result<Result<Whose, Response>, Problem> {
    let whose = staff.over(shop, publisher, Deed::ChangePeople).await?;
    staff.check(shop, fields)?;
    Ok(match staff.fresh(&whose.at("/keys")) {
        Ok(()) => Ok(whose),
        Err(go) => Err(*go),
    })
}

/// Makes a key, or one in the place of another.
pub(super) async fn make(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let drawn = async {
        let whose = match owner(&shop, &staff, &publisher, &fields).await? {
            Ok(whose) => whose,
            Err(go) => return Ok(go),
        };
        let old = fields.get("key").map(|text| text.parse::<Hash>());
        let old = old.transpose().map_err(|_| Problem::nothing_here())?;
        let (of, name) = (whose.id, fields.get("name").cloned().unwrap_or_default());
        let done = shop
            .office
            .commit::<_, ApiKeyRefused>(move |party, tx, now, seed| {
                let (key, hash) = drawn(of, seed);
                let until = match old {
                    Some(old) => Some(party.rotate_api_key(tx, of, (old, hash), now)?),
                    None => party.make_api_key(tx, of, (&name, hash), now).map(|()| None)?,
                };
                Ok((key, until))
            })
            .await;
        match done {
            Ok(new) => made(&shop, &staff, &whose, Some(new), None).await,
            Err(no) => made(&shop, &staff, &whose, None, Some(&no)).await,
        }
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Ends a key.
pub(super) async fn end(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = async {
        let whose = match owner(&shop, &staff, &publisher, &fields).await? {
            Ok(whose) => whose,
            Err(go) => return Ok(go),
        };
        let key = fields.get("key").and_then(|text| text.parse::<Hash>().ok());
        let (of, key) = (whose.id, key.ok_or_else(Problem::nothing_here)?);
        shop.office
            .commit::<_, Fault>(move |party, tx, _, _| party.end_api_key(tx, of, key))
            .await?;
        Ok(on(&staff.visit, &whose.at("/keys")))
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}
