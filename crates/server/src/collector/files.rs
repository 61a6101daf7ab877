//! Files: the same figures for programs: CSV for a spreadsheet, JSON for everything else.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use deal::issuer::Honour;
use party::collector::{ByPath, Collected, Figures, Path, Rebate, RebateKind, SHARE_MAX, Sum, whole};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, Hash, Moment, PartyId, Span};

use super::{Tray, fares::Behalf};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
};

/// Fares in one file, the newest first.
const FARES_MAX: usize = 20_000;
/// Read in one go.
const STEP: usize = 1000;

/// Fares counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counted {
    /// By which way: online, shop, atm-before, atm-after, application or kiosk.
    pub path: String,
    /// How many.
    pub count: u64,
    /// What they come to.
    pub sum: Amount,
}

/// What came home for one work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkFares {
    /// The work's content id.
    pub title: String,
    /// Its name, if somebody told it.
    pub name: Option<String>,
    /// By way.
    pub paths: Vec<Counted>,
    /// What they come to.
    pub sum: Amount,
}

/// What the issuer says is still out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StillOut {
    /// Fares that were seen and not brought yet.
    pub count: u64,
    /// What they come to.
    pub sum: Amount,
    /// Fares that cards gave up for good; credited, without coming through here.
    pub given_up: u64,
    /// What those came to.
    pub given_up_sum: Amount,
    /// Fares in the unclaimed account.
    pub unclaimed: u64,
    /// What those come to.
    pub unclaimed_sum: Amount,
    /// When it was so.
    pub at: String,
}

/// One fare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fare {
    /// When it came.
    pub at: String,
    /// By which way.
    pub path: String,
    /// The work's content id.
    pub title: String,
    /// How much.
    pub amount: Amount,
    /// The slip, by its name.
    pub slip: String,
    /// The deal it came in.
    pub deal: String,
    /// The machine that brought it.
    pub machine: Option<String>,
    /// honoured, repeat, refused, or under-way.
    pub answer: String,
}

/// Fares coming home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Fares {
    /// Whose.
    pub publisher: String,
    /// When.
    pub at: String,
    /// By way, since the beginning.
    pub paths: Vec<Counted>,
    /// In all.
    pub sum: Amount,
    /// By work.
    pub works: Vec<WorkFares>,
    /// The issuer has not answered about these yet.
    pub under_way: Amount,
    /// These were no money.
    pub refused: Amount,
    /// Rebates given.
    pub rebates: Amount,
    /// What is still out, as far as anybody knows; absent: the issuer has told nothing yet.
    pub still_out: Option<StillOut>,
    /// The newest fares, one by one.
    pub fares: Vec<Fare>,
    /// There are more than this file holds.
    pub more: bool,
}

/// What a work is called, for the publisher's pages and files.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Titled {
    /// Its name: 1 to 120 characters.
    pub name: String,
}

type Read = (Figures, Vec<(Hash, Collected)>, bool);

async fn read(tray: &Tray, headers: &HeaderMap, behalf: bool) -> Result<Read, Response> {
    if !behalf {
        tray.operators.check_page(headers)?;
    }
    let payee = tray.payee;
    tray.office
        .look::<_, Fault>(move |collector, view, now| {
            let figures = collector.figures(view, payee, now.less(Span::days(400)))?;
            let (mut fares, mut before) = (Vec::new(), None);
            while fares.len() < FARES_MAX {
                let page = collector.collected(view, payee, before, STEP)?;
                before = page.last().map(|(id, row): &(Hash, Collected)| (row.at, *id));
                let last = page.len() < STEP;
                fares.extend(page);
                if last {
                    return Ok((figures, fares, false));
                }
            }
            Ok((figures, fares, true))
        })
        .await
        .map_err(Problem::into_response)
}

/// What comes back for fares that are brought one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Promised {
    /// By which way: online, shop, atm-before, atm-after, application or kiosk.
    pub path: String,
    /// Share of each fare, in thousandths, rounded down.
    pub permille: u16,
    /// At most this for one fare.
    pub most: Amount,
    /// As a coupon, not as money.
    pub coupon: bool,
    /// What its publisher calls it.
    pub label: String,
}

/// Everything that is promised for one publisher's fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rebates {
    /// Way by way; empty: nothing comes back.
    pub rebates: Vec<Promised>,
}

/// What comes back for bringing fares of a publisher home (SD-19): told to everybody, before anybody pays.
#[utoipa::path(get, path = "/v1/rebates/{publisher}", tag = "publisher",
    params(("publisher" = String, Path, description = "The publisher's id")),
    responses((status = 200, body = Rebates),
        (status = 404, body = Document, content_type = "application/problem+json", description = "Its fares are not collected here")))]
pub(super) async fn rebates(
    State(tray): State<Arc<Tray>>,
    Named(publisher): Named<PartyId>,
) -> Result<Json<Rebates>, Problem> {
    if !tray.office.party.config().payees.contains(&publisher) {
        return Err(Problem::nothing_here());
    }
    all_promised(&tray).await
}

async fn all_promised(tray: &Tray) -> Result<Json<Rebates>, Problem> {
    let all = tray
        .office
        .look::<_, Fault>(|collector, view, _| collector.promises(view));
    let one = |rebate: &Rebate| Promised {
        path: rebate.path.word().to_owned(),
        permille: rebate.permille.min(SHARE_MAX),
        most: rebate.most.into(),
        coupon: rebate.kind == RebateKind::Coupon,
        label: rebate.label.clone(),
    };
    Ok(Json(Rebates {
        rebates: all.await?.iter().map(one).collect(),
    }))
}

/// Promises something for fares that are brought one way, from now on; a share of nothing: no more. The publisher's, with the
/// operator's token.
#[utoipa::path(put, path = "/v1/rebates", tag = "publisher", request_body = Promised,
    responses((status = 200, body = Rebates, description = "Everything that is promised now"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
pub(super) async fn promise(
    State(tray): State<Arc<Tray>>,
    behalf: Option<Extension<Behalf>>,
    headers: HeaderMap,
    Json(told): Json<Promised>,
) -> Result<Json<Rebates>, Problem> {
    if behalf.is_none() {
        tray.operators.check(&headers)?;
    }
    let Some(path) = Path::of_word(&told.path) else {
        let text = "fares come online, shop, atm-before, atm-after, application or kiosk";
        return Err(Problem::door(
            StatusCode::UNPROCESSABLE_ENTITY,
            "rebate-path",
            Again::AfterYouAct,
            text,
        ));
    };
    let rebate = Rebate {
        path,
        permille: told.permille,
        most: told.most.money(tray.currency())?,
        kind: match told.coupon {
            true => RebateKind::Coupon,
            false => RebateKind::Credit,
        },
        label: told.label,
    };
    tray.office
        .commit(move |collector, tx, _, _| collector.promise(tx, rebate.clone()))
        .await?;
    all_promised(&tray).await
}

fn counted(tray: &Tray, paths: &ByPath) -> Vec<Counted> {
    Path::ALL
        .iter()
        .zip(paths)
        .map(|(path, sum)| Counted {
            path: path.word().to_owned(),
            count: sum.count,
            sum: tray.amount(*sum),
        })
        .collect()
}

const fn answer(of: Option<Honour>) -> &'static str {
    match of {
        None => "under-way",
        Some(Honour::Honoured) => "honoured",
        Some(Honour::Repeat) => "repeat",
        Some(Honour::Refused) => "refused",
    }
}

fn fare((slip, row): &(Hash, Collected)) -> Fare {
    Fare {
        at: row.at.to_string(),
        path: row.path.word().to_owned(),
        title: row.title.to_string(),
        amount: row.amount.into(),
        slip: slip.to_string(),
        deal: row.deal.to_string(),
        machine: row.by.map(|by| by.to_string()),
        answer: answer(row.answer).to_owned(),
    }
}

fn document(tray: &Tray, (figures, fares, more): Read, now: Moment) -> Fares {
    Fares {
        publisher: tray.payee.to_string(),
        at: now.to_string(),
        paths: counted(tray, &figures.paths),
        sum: tray.amount(whole(&figures.paths)),
        works: figures
            .titles
            .iter()
            .map(|(id, name, paths)| WorkFares {
                title: id.to_string(),
                name: name.clone(),
                paths: counted(tray, paths),
                sum: tray.amount(whole(paths)),
            })
            .collect(),
        under_way: tray.amount(figures.under_way),
        refused: tray.amount(figures.refused),
        rebates: tray.amount(figures.rebates),
        still_out: figures.outstanding.map(|told| StillOut {
            count: told.count,
            sum: told.sum.into(),
            given_up: told.given_up,
            given_up_sum: told.given_up_sum.into(),
            unclaimed: told.unclaimed,
            unclaimed_sum: told.unclaimed_sum.into(),
            at: told.at.to_string(),
        }),
        fares: fares.iter().map(fare).collect(),
        more,
    }
}

/// Fares coming home, as one document. The publisher's.
#[utoipa::path(get, path = "/fares.json", tag = "publisher",
    responses((status = 200, body = Fares),
        (status = 401, body = Document, content_type = "application/problem+json", description = "Not the publisher's people")))]
pub(super) async fn json(
    State(tray): State<Arc<Tray>>,
    behalf: Option<Extension<Behalf>>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let found = read(&tray, &headers, behalf.is_some()).await?;
    let whole = document(&tray, found, tray.office.clock.now());
    Ok(kept_apart(Json(whole).into_response(), "fares.json"))
}

/// The newest fares, one by one, for a spreadsheet. The publisher's.
#[utoipa::path(get, path = "/fares.csv", tag = "publisher",
    responses((status = 200, body = String, content_type = "text/csv", description = "One line for each fare, the newest first"),
        (status = 401, body = Document, content_type = "application/problem+json", description = "Not the publisher's people")))]
pub(super) async fn csv(
    State(tray): State<Arc<Tray>>,
    behalf: Option<Extension<Behalf>>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let (figures, fares, _) = read(&tray, &headers, behalf.is_some()).await?;
    let mut text = String::from("at,path,title,name,minor,currency,slip,deal,machine,answer\r\n");
    for one in &fares {
        let name = figures.titles.iter().find(|(id, ..)| *id == one.1.title);
        let name = name.and_then(|(_, name, _)| name.as_deref()).unwrap_or_default();
        let row = fare(one);
        let cells = [
            row.at,
            row.path,
            row.title,
            name.to_owned(),
            row.amount.minor,
            row.amount.currency,
            row.slip,
            row.deal,
            row.machine.unwrap_or_default(),
            row.answer,
        ];
        text.push_str(&cells.map(|c| cell(&c)).join(","));
        text.push_str("\r\n");
    }
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(kept_apart(response, "fares.csv"))
}

/// A cell that no spreadsheet takes for a formula (a work may be named by a stranger).
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn kept_apart(mut response: Response, name: &str) -> Response {
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        fields.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Says what a work is called. The operator's.
#[utoipa::path(put, path = "/v1/titles/{content}", tag = "publisher", request_body = Titled,
    params(("content" = String, Path, description = "The work's content id")),
    responses((status = 204, description = "Taken"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
pub(super) async fn title(
    State(tray): State<Arc<Tray>>,
    crate::frame::Named(content): crate::frame::Named<units::ContentId>,
    headers: HeaderMap,
    Json(titled): Json<Titled>,
) -> Result<StatusCode, Problem> {
    tray.operators.check(&headers)?;
    if titled.name.trim().is_empty() || titled.name.chars().count() > 120 {
        let text = "a name has 1 to 120 characters";
        return Err(Problem::door(
            StatusCode::UNPROCESSABLE_ENTITY,
            "title-name",
            Again::AfterYouAct,
            text,
        ));
    }
    tray.office
        .commit::<_, Fault>(move |collector, tx, _, _| collector.name_title(tx, content, &titled.name))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Tray {
    fn amount(&self, sum: Sum) -> Amount {
        Amount {
            minor: sum.minor.max(0).to_string(),
            currency: self.currency().code().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-93
    #[test]
    fn a_name_is_never_a_formula_nor_a_second_cell() {
        for (text, is) in [
            ("Night Ferry", "Night Ferry"),
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("a,b", "\"a,b\""),
            ("say \"hello\"", "\"say \"\"hello\"\"\""),
            ("-1,\n", "\"'-1,\n\""),
        ] {
            assert_eq!(cell(text), is);
        }
    }
}
