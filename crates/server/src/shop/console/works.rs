//! Works: what a publisher has on the shelf, its versions, and taking it off.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::Response,
};
use face::{Bytes as Size, Day, Key, Page, Said, Sum, Teeth};
use party::shop::{Deed, Pieces, Version, WindowWork};
use store::Fault;
use units::{ContentId, Moment, OfferNo, PartyId};

use super::{
    frame::{At, Whose, on, page as frame, shown, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::{Problem, limits::PAGE_DEFAULT},
    pages::Visit,
    shop::{
        Stall,
        pages::{Pager, Sign},
    },
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
    pager: Option<Pager>,
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
    (may_publish, number, now): (bool, u32, Moment),
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
    let pages = u32::try_from(works.len())
        .unwrap_or(u32::MAX)
        .div_ceil(PAGE_DEFAULT)
        .max(1);
    let number = number.clamp(1, pages);
    let link = |page: u32| visit.to(&whose.at(&format!("/works?page={page}")));
    let size = PAGE_DEFAULT as usize;
    let skip = (number.saturating_sub(1) as usize).saturating_mul(size);
    WorksPage {
        page: &frame(sign, visit, staff, Some(whose), At::Works),
        pager: (pages > 1).then(|| Pager {
            text: words.front_page(number, pages),
            previous: (number > 1).then(|| link(number.saturating_sub(1))),
            next: (number < pages).then(|| link(number.saturating_add(1))),
        }),
        publish: may_publish.then(|| visit.to(&whose.at("/publish"))),
        works: works.iter().skip(skip).take(size).map(line).collect(),
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
pub(super) async fn list(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let number = asked.get("page").and_then(|text| text.parse().ok()).unwrap_or(1);
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
            (may, number, now),
        );
        Ok(shown(drawn))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// An offer of a work, and what can be done about it.
struct OfferLine {
    price: Said,
    what: Said,
    /// Sold of how many, for an offer of an edition.
    pieces: Option<Said>,
    key: Option<Key>,
    /// Where its terms change, and where it ends.
    change: Option<(String, String)>,
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
    offers: Vec<OfferLine>,
    /// Where another offer is made.
    add: Option<String>,
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
    /// How often a license of each offer plays; nothing: as often as one likes.
    pub(super) plays: &'a BTreeMap<OfferNo, Option<u32>>,
    /// Offers of an edition: what of it is this shop's, and what is left.
    pub(super) pieces: &'a BTreeMap<OfferNo, Pieces>,
    pub(super) may_change: bool,
    pub(super) keys_here: bool,
    pub(super) said: &'a str,
    pub(super) csrf: &'a str,
    pub(super) now: Moment,
}

fn rights(words: face::Words, plays: Option<u32>) -> Said {
    plays.map_or_else(
        || words.console_offer_unlimited(),
        |plays| words.console_offer_plays(plays),
    )
}

fn sold_of(words: face::Words, pieces: Pieces) -> Said {
    let sold = pieces.size.saturating_sub(pieces.left);
    match pieces.left {
        0 => words.console_pieces_out(pieces.size),
        left => words.console_pieces(left, pieces.size, sold),
    }
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
    // What is made anew for each buyer has no package that another offer could name.
    let changes = it.may_change && it.keys_here && is_on && !work.unique;
    let offer = |offer: &party::shop::WindowOffer| {
        let key = offer
            .modes
            .copy
            .then(|| Key::new(words.lang(), offer.fare_copy, Teeth::Upto(offer.generations)));
        let to = visit.to(&format!("{at}/offers/{}", offer.number));
        OfferLine {
            price: words.show(Sum(offer.price)),
            what: rights(words, it.plays.get(&offer.number).copied().flatten()),
            pieces: it.pieces.get(&offer.number).map(|pieces| sold_of(words, *pieces)),
            key,
            change: changes.then(|| (to.clone(), format!("{to}/stop"))),
        }
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
            "offer-added" => Some(words.console_offer_added()),
            "offer-changed" => Some(words.console_offer_changed()),
            "offer-stopped" => Some(words.console_offer_stopped()),
            _ => None,
        },
        in_shop: visit.to(&format!("/works/{}", work.content)),
        offers: work.on_sale(it.now).map(offer).collect(),
        sold: words.console_sold_count(it.sold),
        versions: it.versions.iter().rev().map(version).collect(),
        add: changes.then(|| visit.to(&format!("{at}/offers/new"))),
        version: changes.then(|| visit.to(&whose.at(&format!("/publish?version={}", work.package)))),
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
                let sold = party.sold(view, content)?;
                let versions = party.versions(view, work.package)?;
                let (mut plays, mut pieces) = (BTreeMap::new(), BTreeMap::new());
                for number in &work.numbers {
                    pieces.extend(party.pieces(view, *number)?.map(|pieces| (*number, pieces)));
                    plays.extend(party.offer(view, *number)?.map(|one| (*number, one.offer.rights.plays)));
                }
                Ok(Some((
                    (work, plays, pieces),
                    versions,
                    sold,
                    party.tenant(view, id)?.is_some_and(|it| it.keys_here()),
                )))
            })
            .await?;
        let ((work, plays, pieces), versions, sold, keys_here) = found.ok_or_else(Problem::nothing_here)?;
        let it = One {
            work: &work,
            versions: &versions,
            sold,
            plays: &plays,
            pieces: &pieces,
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
