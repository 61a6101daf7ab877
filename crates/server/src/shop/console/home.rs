//! Home: the publishers somebody works for, and the overview of one.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use face::{Clock, Page, Said, ShortDay, Sum};
use party::shop::{Deed, Sale, SalesFilter, Statement};
use store::Fault;
use units::{DealId, Moment, PartyId, Span};

use super::{
    frame::{At, Whose, on, page as frame, shown, told},
    staff::{Staff, whose},
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// A publisher to choose.
pub(super) struct Choice {
    pub(super) whose: Whose,
    pub(super) roles: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "console/front.html")]
struct FrontPage<'a> {
    page: &'a Page,
    failed: Option<Said>,
    own: Vec<(String, String, Vec<Said>)>,
    keeper: Option<String>,
    sign_out: String,
}

/// What the front shows.
pub(super) struct Front {
    pub(super) failed: Option<(u64, Moment)>,
    pub(super) own: Vec<Choice>,
    /// Does he run the shop?
    pub(super) is_keeper: bool,
}

pub(super) fn draw_front(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    it: Front,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let own = |one: Choice| {
        let roles = one.roles.iter().map(|role| words.console_role(role)).collect();
        (visit.to(&one.whose.at("")), one.whose.name, roles)
    };
    FrontPage {
        page: &frame(sign, visit, staff, None, At::Home),
        failed: it.failed.map(|(n, at)| words.console_failed(n, Clock(at))),
        own: it.own.into_iter().map(own).collect(),
        keeper: it.is_keeper.then(|| visit.to("/console/shop")),
        sign_out: visit.to("/console/sign-out"),
    }
    .render()
}

async fn own(shop: &Stall, staff: &Staff) -> Result<Vec<Choice>, Problem> {
    let mut ids: Vec<PartyId> = staff.grants.iter().map(|grant| grant.over).collect();
    ids.retain(|id| *id != shop.sign.id && staff.is_let(*id, Deed::SeeWorks));
    ids.sort_unstable();
    ids.dedup();
    let mut own = Vec::new();
    for id in ids {
        own.push(Choice {
            roles: staff.roles(id).map(|role| role.word()).collect(),
            whose: whose(shop, id).await?,
        });
    }
    Ok(own)
}

/// The front: on to the one publisher there is, or a choice.
pub(super) async fn front(State(shop): State<Arc<Stall>>, staff: Staff, Query(asked): Query<Fields>) -> Response {
    let made = async {
        let number = |name: &str| asked.get(name).and_then(|text| text.parse::<u64>().ok());
        let failed = number("failed").zip(number("at").map(Moment));
        let own = own(&shop, &staff).await?;
        let is_keeper = staff.is_let(shop.sign.id, Deed::TakeIn);
        match (own.as_slice(), is_keeper, failed) {
            ([one], false, None) => return Ok(on(&staff.visit, &one.whose.at(""))),
            ([], true, None) => return Ok(on(&staff.visit, "/console/shop")),
            _ => {}
        }
        let it = Front { failed, own, is_keeper };
        Ok(shown(draw_front(&shop.sign, &staff.visit, Some(&staff), it)))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage<'a> {
    page: &'a Page,
    name: &'a str,
    publish: Option<String>,
    tiles: Vec<(Said, Said, Said)>,
    drafts: Vec<(String, String, Said)>,
    is_empty: bool,
    sales: Vec<(Said, String, Said)>,
    sales_at: Option<String>,
    keys: (Said, Said),
    others: Option<String>,
    sign_out: String,
}

/// How many sales, the newest of them, and what they come to.
type Sold = (u64, Vec<(DealId, Sale)>, Statement);

/// What the overview shows.
pub(super) struct Overview {
    pub(super) may_publish: bool,
    pub(super) keys_here: bool,
    pub(super) on_sale: u64,
    pub(super) drafts: Vec<(String, String, Moment)>,
    /// Sales of thirty days, and the newest of them.
    pub(super) money: Option<Sold>,
    pub(super) many: bool,
}

pub(super) fn draw_overview(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: Overview,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let mut tiles = vec![(
        words.console_on_sale(),
        words.console_on_sale_count(it.on_sale),
        Said::default(),
    )];
    let mut sales = Vec::new();
    let with_money = it.money.is_some();
    if let Some((count, newest, statement)) = it.money {
        tiles.push((
            words.console_sold_month(),
            words.console_sold_count(count),
            Said::default(),
        ));
        tiles.push((
            words.console_earned(),
            words.show(Sum(statement.earned)),
            words.console_payout_earned(),
        ));
        tiles.push((
            words.console_can_be_paid(),
            words.show(Sum(statement.available)),
            Said::default(),
        ));
        for (_, sale) in newest {
            sales.push((words.show(ShortDay(sale.at)), sale.title, words.show(Sum(sale.price))));
        }
    }
    OverviewPage {
        page: &frame(sign, visit, staff, Some(whose), At::Home),
        name: &whose.name,
        publish: (it.may_publish && it.keys_here).then(|| visit.to(&whose.at("/publish"))),
        tiles,
        is_empty: it.on_sale == 0,
        drafts: it
            .drafts
            .into_iter()
            .map(|(no, name, at)| {
                (
                    visit.to(&whose.at(&format!("/drafts/{no}"))),
                    name,
                    words.show(ShortDay(at)),
                )
            })
            .collect(),
        sales,
        sales_at: with_money.then(|| visit.to(&whose.at("/sales"))),
        keys: if it.keys_here {
            (words.console_keys_here(), words.console_keys_here_text(&sign.name))
        } else {
            (words.console_keys_own(), words.console_keys_own_text())
        },
        others: it.many.then(|| visit.to("/console")),
        sign_out: visit.to("/console/sign-out"),
    }
    .render()
}

/// Sales that the overview names.
const NEWEST: usize = 5;

/// The overview of one publisher.
pub(super) async fn overview(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeWorks).await?;
        let (id, sees_money) = (whose.id, staff.is_let(whose.id, Deed::SeeMoney));
        let works = super::works::works_of(&shop, id).await?;
        let now = shop.office.clock.now();
        let on_sale = works.iter().filter(|work| work.is_on_sale(now)).count() as u64;
        let (drafts, keys_here, money) = shop
            .office
            .look::<_, Fault>(move |party, view, now| {
                let month = SalesFilter {
                    from: Some(now.less(Span::days(30))),
                    until: Some(now.plus(Span::days(1))),
                    ..SalesFilter::default()
                };
                let money = if sees_money {
                    let count = party.sold_by_day(view, id, now.less(Span::days(30)))?;
                    let newest = party.sales_of_publisher(view, id, month, None, NEWEST)?;
                    Some((count, newest, party.statement(view, id)?))
                } else {
                    None
                };
                Ok((
                    party.drafts(view, id)?,
                    party.tenant(view, id)?.is_some_and(|it| it.keys_here()),
                    money,
                ))
            })
            .await?;
        let open = drafts
            .into_iter()
            .filter(|(_, draft)| draft.state != party::shop::DraftState::Published);
        let it = Overview {
            may_publish: staff.is_let(id, Deed::ChangeWorks),
            keys_here,
            on_sale,
            drafts: open
                .map(|(no, draft)| (data_encoding::HEXLOWER.encode(&no), draft.file_name, draft.since))
                .collect(),
            money,
            many: staff.grants.iter().any(|grant| grant.over != id),
        };
        Ok(shown(draw_overview(&shop.sign, &staff.visit, Some(&staff), &whose, it)))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}
