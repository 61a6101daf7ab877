//! Works: what a publisher has on the shelf, its versions, and taking it off.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::Response,
};
use face::{Bytes as Size, Day, Key, Page, Said, Sum, Teeth};
use party::shop::{Deed, SalesFilter, Version, WindowWork};
use store::Fault;
use units::{ContentId, Moment, PartyId};

use super::{
    frame::{At, Whose, on, page as frame, shown, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

struct Line {
    href: String,
    title: String,
    price: Option<Said>,
    key: Option<Key>,
    state: Said,
    is_on: bool,
}

#[derive(Template)]
#[template(path = "console/works.html")]
struct WorksPage<'a> {
    page: &'a Page,
    publish: Option<String>,
    works: Vec<Line>,
    drafts: Vec<(String, String)>,
}

fn key_of(words: face::Words, work: &WindowWork, now: Moment) -> Option<Key> {
    let copied = work.on_sale(now).find(|offer| offer.modes.copy)?;
    Some(Key::new(
        words.lang(),
        copied.fare_copy,
        Teeth::Upto(copied.generations),
    ))
}

fn state_of(words: face::Words, work: &WindowWork, now: Moment) -> (Said, bool) {
    if work.is_on_sale(now) {
        (words.console_state_on(), true)
    } else if work.is_ready {
        (words.console_state_off(), false)
    } else {
        (words.console_state_waiting(), false)
    }
}

pub(super) fn draw_list(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    (works, drafts): (&[WindowWork], Vec<(String, String)>),
    (may_publish, now): (bool, Moment),
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |work: &WindowWork| {
        let (state, is_on) = state_of(words, work, now);
        Line {
            href: visit.to(&whose.at(&format!("/works/{}", work.content))),
            title: work.title.clone(),
            price: work.on_sale(now).next().map(|offer| words.show(Sum(offer.price))),
            key: key_of(words, work, now),
            state,
            is_on,
        }
    };
    WorksPage {
        page: &frame(sign, visit, staff, Some(whose), At::Works),
        publish: may_publish.then(|| visit.to(&whose.at("/publish"))),
        works: works.iter().map(line).collect(),
        drafts: drafts
            .into_iter()
            .map(|(no, name)| (visit.to(&whose.at(&format!("/drafts/{no}"))), name))
            .collect(),
    }
    .render()
}

/// A publisher's works, the newest first.
pub(super) async fn works_of(shop: &Stall, publisher: PartyId) -> Result<Vec<WindowWork>, Problem> {
    shop.office
        .look::<_, Fault>(move |party, view, _| {
            let (mut seen, mut out) = (0, Vec::new());
            loop {
                let some = party.window_since(view, seen, 500)?;
                let Some(last) = some.last() else { break };
                seen = last.change;
                out.extend(some.into_iter().filter(|work| work.publisher == publisher));
            }
            out.sort_by_key(|work: &WindowWork| std::cmp::Reverse(work.since));
            Ok(out)
        })
        .await
}

/// The list.
pub(super) async fn list(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeWorks).await?;
        let works = works_of(&shop, whose.id).await?;
        let id = whose.id;
        let (drafts, keys_here) = shop
            .office
            .look::<_, Fault>(move |party, view, _| {
                Ok((
                    party.drafts(view, id)?,
                    party.tenant(view, id)?.is_some_and(|it| it.keys_here()),
                ))
            })
            .await?;
        let open = drafts
            .into_iter()
            .filter(|(_, draft)| draft.state != party::shop::DraftState::Published);
        let open = open
            .map(|(no, draft)| (data_encoding::HEXLOWER.encode(&no), draft.file_name))
            .collect();
        let may = staff.is_let(id, Deed::ChangeWorks) && keys_here;
        let now = shop.office.clock.now();
        let drawn = draw_list(
            &shop.sign,
            &staff.visit,
            Some(&staff),
            &whose,
            (&works, open),
            (may, now),
        );
        Ok(shown(drawn))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

#[derive(Template)]
#[template(path = "console/work.html")]
struct WorkPage<'a> {
    page: &'a Page,
    title: &'a str,
    state: Said,
    is_on: bool,
    note: Option<Said>,
    in_shop: String,
    offers: Vec<(Said, Option<Key>)>,
    sold: Said,
    versions: Vec<(Said, Said, bool)>,
    version: Option<String>,
    may_change: bool,
    withdraw: String,
    restore: String,
    csrf: &'a str,
}

/// What the page of a work shows.
pub(super) struct One<'a> {
    pub(super) work: &'a WindowWork,
    pub(super) versions: &'a [Version],
    pub(super) sold: u64,
    pub(super) may_change: bool,
    pub(super) keys_here: bool,
    pub(super) said: &'a str,
    pub(super) csrf: &'a str,
    pub(super) now: Moment,
}

pub(super) fn draw_one(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &One<'_>,
) -> Result<String, askama::Error> {
    let (words, work) = (visit.words, it.work);
    let (state, is_on) = state_of(words, work, it.now);
    let at = whose.at(&format!("/works/{}", work.content));
    let offer = |offer: &party::shop::WindowOffer| {
        let key = offer
            .modes
            .copy
            .then(|| Key::new(words.lang(), offer.fare_copy, Teeth::Upto(offer.generations)));
        (words.show(Sum(offer.price)), key)
    };
    let version = |one: &Version| {
        (
            words.show(Day(one.at)),
            words.show(Size(one.len)),
            one.package == work.package,
        )
    };
    WorkPage {
        page: &frame(sign, visit, staff, Some(whose), At::Works),
        title: &work.title,
        state,
        is_on,
        note: match it.said {
            "withdrawn" => Some(words.console_withdrawn()),
            "restored" => Some(words.console_restored()),
            _ => None,
        },
        in_shop: visit.to(&format!("/works/{}", work.content)),
        offers: work.on_sale(it.now).map(offer).collect(),
        sold: words.console_sold_count(it.sold),
        versions: it.versions.iter().rev().map(version).collect(),
        version: (it.may_change && it.keys_here && is_on && !work.unique)
            .then(|| visit.to(&whose.at(&format!("/publish?version={}", work.package)))),
        may_change: it.may_change,
        withdraw: visit.to(&format!("{at}/withdraw")),
        restore: visit.to(&format!("{at}/restore")),
        csrf: it.csrf,
    }
    .render()
}

/// One work.
pub(super) async fn one(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, content)): Path<(String, String)>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeWorks).await?;
        let content: ContentId = content.parse().map_err(|_| Problem::nothing_here())?;
        let id = whose.id;
        let found = shop
            .office
            .look::<_, Fault>(move |party, view, _| {
                let Some(work) = party.in_window(view, content)?.filter(|work| work.publisher == id) else {
                    return Ok(None);
                };
                let filter = SalesFilter {
                    content: Some(content),
                    ..SalesFilter::default()
                };
                let sold = party.sales(view, filter, None, 10_000)?.len() as u64;
                let versions = party.versions(view, work.package)?;
                Ok(Some((
                    work,
                    versions,
                    sold,
                    party.tenant(view, id)?.is_some_and(|it| it.keys_here()),
                )))
            })
            .await?;
        let (work, versions, sold, keys_here) = found.ok_or_else(Problem::nothing_here)?;
        let it = One {
            work: &work,
            versions: &versions,
            sold,
            may_change: staff.is_let(id, Deed::ChangeWorks),
            keys_here,
            said: asked.get("said").map(String::as_str).unwrap_or_default(),
            csrf: &staff.csrf,
            now: shop.office.clock.now(),
        };
        Ok(shown(draw_one(&shop.sign, &staff.visit, Some(&staff), &whose, &it)))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

async fn change(
    shop: &Stall,
    staff: &Staff,
    (publisher, content): (String, String),
    fields: &Fields,
    off: bool,
) -> Result<Response, Problem> {
    let whose = staff.over(shop, &publisher, Deed::ChangeWorks).await?;
    staff.check(shop, fields)?;
    let content: ContentId = content.parse().map_err(|_| Problem::nothing_here())?;
    let id = whose.id;
    let done = shop
        .office
        .commit::<_, Fault>(move |party, tx, now, _| match off {
            true => party.withdraw_work(tx, id, content, now),
            false => party.restore_work(tx, id, content),
        })
        .await?;
    done.ok_or_else(Problem::nothing_here)?;
    let said = if off { "withdrawn" } else { "restored" };
    Ok(on(&staff.visit, &whose.at(&format!("/works/{content}?said={said}"))))
}

/// Takes a work off the shelf.
pub(super) async fn withdraw(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(which): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = change(&shop, &staff, which, &fields, true).await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// Puts it back.
pub(super) async fn restore(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(which): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = change(&shop, &staff, which, &fields, false).await;
    told(&shop.sign, &staff.visit, &staff, made)
}
