//! Rebates: what a publisher who left his keys here gives back to whoever brings his fares home by a way he wants (SD-19): set in the
//! console, kept and given by his own collector, told to everybody before anything is paid.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{Request, StatusCode, header},
    response::Response,
};
use face::{Page, Permille, Said, Sum, Words};
use party::{
    collector::{Path as Way, Rebate, RebateKind},
    shop::Deed,
};
use serde::Deserialize;
use units::{Currency, Money};

use super::{
    fares,
    frame::{At, Whose, on, page as frame, shown_as, told},
    staff::Staff,
};
use crate::{
    collector::{Behalf, Promised, Rebates, way},
    forms::Fields,
    frame::Problem,
    money::Amount,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// The longest answer of a collector that is read, in bytes.
const ANSWER_MAX: usize = 64 << 10;

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) rebates: Vec<Rebate>,
    pub(super) currency: Currency,
    /// Why the last one was not saved.
    pub(super) refused: Option<String>,
    /// What was typed.
    pub(super) typed: &'a Fields,
    /// Of somebody who may change them.
    pub(super) csrf: Option<&'a str>,
}

struct Line {
    way: Said,
    share: Said,
    most: Said,
    kind: Said,
    label: String,
    example: Said,
}

struct Choice {
    word: &'static str,
    name: Said,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "console/rebates.html")]
struct RebatesPage<'a> {
    page: &'a Page,
    lines: Vec<Line>,
    example: Said,
    ways: Vec<Choice>,
    typed: &'a Fields,
    currency: String,
    refused: Option<Said>,
    action: String,
    csrf: Option<&'a str>,
}

impl RebatesPage<'_> {
    fn typed(&self, name: &str, usual: &'static str) -> &str {
        self.typed.get(name).map_or(usual, String::as_str)
    }
}

fn kind(words: Words, kind: RebateKind) -> Said {
    match kind {
        RebateKind::Credit => words.rebates_money(),
        RebateKind::Coupon => words.rebates_coupon(),
    }
}

/// Draws the page.
pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let hundred = Money::new(100, it.currency).unwrap_or(Money::zero(it.currency));
    let line = |rebate: &Rebate| Line {
        way: way(words, rebate.path),
        share: words.show(Permille(rebate.permille)),
        most: words.show(Sum(rebate.most)),
        kind: kind(words, rebate.kind),
        label: rebate.label.clone(),
        example: words.show(Sum(rebate.of(hundred))),
    };
    let chosen = it.typed.get("way").map_or("shop", String::as_str);
    let choice = |path: &Way| Choice {
        word: path.word(),
        name: way(words, *path),
        chosen: path.word() == chosen,
    };
    RebatesPage {
        page: &frame(sign, visit, staff, Some(whose), At::Rebates),
        lines: it.rebates.iter().map(line).collect(),
        example: words.rebates_example(Sum(hundred)),
        ways: Way::ALL.iter().map(choice).collect(),
        typed: it.typed,
        currency: it.currency.code().to_owned(),
        refused: it.refused.as_deref().map(|code| words.rebates_no(code)),
        action: visit.to(&whose.at("/rebates")),
        csrf: it.csrf,
    }
    .render()
}

/// The code of a collector's no.
#[derive(Deserialize)]
struct No {
    code: String,
}

/// Asks this publisher's collector: what is promised, or, with a promise, to give it from now on. Nothing: he has none here. The inner
/// error is the code of its no.
async fn asked(
    shop: &Stall,
    staff: &Staff,
    whose: &Whose,
    promise: Option<&Promised>,
) -> Result<Option<Result<Rebates, String>>, Problem> {
    let unreadable = || Problem::by(&store::Fault::Panicked);
    let (method, path, body) = match promise {
        Some(promise) => {
            let body = serde_json::to_vec(promise).map_err(|_| unreadable())?;
            ("PUT", "/v1/rebates".to_owned(), Body::from(body))
        }
        None => ("GET", format!("/v1/rebates/{}", whose.id), Body::empty()),
    };
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::CONTENT_TYPE, "application/json").body(body);
    let mut request = request.map_err(|_| unreadable())?;
    request.extensions_mut().insert(Behalf {
        page: frame(&shop.sign, &staff.visit, Some(staff), Some(whose), At::Rebates),
        csv: String::new(),
        json: String::new(),
    });
    let Some(answer) = shop.collecting.answer(whose.id, request).await else {
        return Ok(None);
    };
    let good = answer.status() == StatusCode::OK;
    let bytes = to_bytes(answer.into_body(), ANSWER_MAX)
        .await
        .map_err(|_| unreadable())?;
    if good {
        return Ok(Some(Ok(serde_json::from_slice(&bytes).map_err(|_| unreadable())?)));
    }
    let no: No = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
    Ok(Some(Err(no.code)))
}

fn rebate(told: &Promised, currency: Currency) -> Option<Rebate> {
    Some(Rebate {
        path: Way::of_word(&told.path)?,
        permille: told.permille,
        most: told.most.money(currency).ok()?,
        kind: if told.coupon {
            RebateKind::Coupon
        } else {
            RebateKind::Credit
        },
        label: told.label.clone(),
    })
}

async fn show(
    shop: &Stall,
    staff: &Staff,
    whose: &Whose,
    (refused, typed): (Option<String>, &Fields),
) -> Result<Response, Problem> {
    let currency = shop.office.party.config().floor.currency();
    let Some(Ok(told)) = asked(shop, staff, whose, None).await? else {
        let drawn = fares::draw_elsewhere(&shop.sign, &staff.visit, Some(staff), whose);
        return Ok(shown_as(drawn, StatusCode::OK));
    };
    let status = match &refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let it = Shown {
        rebates: told.rebates.iter().filter_map(|it| rebate(it, currency)).collect(),
        currency,
        refused,
        typed,
        csrf: staff.is_let(whose.id, Deed::PayOut).then_some(staff.csrf.as_str()),
    };
    Ok(shown_as(
        draw(&shop.sign, &staff.visit, Some(staff), whose, &it),
        status,
    ))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeMoney).await?;
        show(&shop, &staff, &whose, (None, &Fields::default())).await
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// Percent as people write it, in thousandths: `10`, `12.5`, `12,5 %`.
pub(super) fn permille(text: &str) -> Option<u16> {
    let text = text.trim().trim_end_matches(['%', '\u{ff05}']).trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(whole) && digits(part) && part.len() == 1;
    let whole: u16 = whole.parse().ok().filter(|_| fits)?;
    whole.checked_mul(10)?.checked_add(part.parse().ok()?)
}

/// One is saved.
pub(super) async fn save(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::PayOut).await?;
        staff.check(&shop, &fields)?;
        let text = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
        let currency = shop.office.party.config().floor.currency();
        let most = text("most").replace(',', "");
        let promise = Promised {
            path: text("way").to_owned(),
            // What is no share is too much of one.
            permille: permille(text("share")).unwrap_or(u16::MAX),
            most: Amount {
                minor: match most.trim_start_matches('0') {
                    "" => "0".to_owned(),
                    digits => digits.to_owned(),
                },
                currency: currency.code().to_owned(),
            },
            coupon: text("kind") == "coupon",
            label: text("label").to_owned(),
        };
        match asked(&shop, &staff, &whose, Some(&promise)).await? {
            Some(Ok(_)) => Ok(on(&staff.visit, &whose.at("/rebates"))),
            Some(Err(code)) => show(&shop, &staff, &whose, (Some(code), &fields)).await,
            None => show(&shop, &staff, &whose, (None, &fields)).await,
        }
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_as_people_write_it() {
        for (text, found) in [
            ("10", Some(100)),
            (" 12.5 % ", Some(125)),
            ("12,5", Some(125)),
            ("0", Some(0)),
            ("", None),
            ("a", None),
            ("-1", None),
            ("1.25", None),
            ("1.", None),
            ("99999", None),
        ] {
            assert_eq!(permille(text), found, "{text}");
        }
    }
}
