//! Vouchers: a publisher makes coupons, vouchers and points for one of his own offers (ST-26): he is told first how many and how
//! much in all, then gets a sheet of codes to print. Who works with the money may make them, and print a sheet again.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use data_encoding::HEXLOWER;
use face::{Day, Page, Said, Sum};
use party::shop::{Deed, NewVouchers, Off, Vouchers, VouchersRefused};
use store::Fault;
use units::{Money, OfferNo, Span};

use super::{
    frame::{At, Whose, page as frame, shown_as, told},
    rebates::permille,
    staff::Staff,
    works::works_of,
};
use crate::{
    forms::Fields,
    frame::{Problem, chance},
    pages::Visit,
    shop::{
        Stall,
        pages::Sign,
        vouchers::{kind_of, word},
    },
};

/// How many batches the page shows.
const SHOWN_MAX: usize = 100;
/// The longest life of a code that can be typed, in days.
const DAYS_MAX: u64 = 3650;

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) made: &'a [([u8; 16], Vouchers)],
    /// This publisher's offers: number and title.
    pub(super) offers: &'a [(OfferNo, String)],
    /// Why none were made.
    pub(super) refused: Option<String>,
    /// What would be made, to be agreed to.
    pub(super) would: Option<&'a Vouchers>,
    pub(super) typed: &'a Fields,
    /// Of somebody who may make them.
    pub(super) csrf: Option<&'a str>,
    /// Of the next batch.
    pub(super) no: [u8; 16],
}

struct Line {
    label: String,
    kind: Said,
    worth: Said,
    count: u32,
    taken: u32,
    spent: u32,
    promised: Said,
    until: Option<Said>,
    sheet: Option<String>,
    sheet_name: Said,
}

#[derive(Template)]
#[template(path = "console/vouchers.html")]
struct VouchersPage<'a> {
    page: &'a Page,
    lines: Vec<Line>,
    offers: Vec<(String, Said, bool)>,
    kinds: Vec<(&'static str, Said, bool)>,
    refused: Option<Said>,
    would: Option<(Said, Said)>,
    typed: &'a Fields,
    action: String,
    csrf: Option<&'a str>,
    no: String,
}

impl VouchersPage<'_> {
    fn typed(&self, name: &str, usual: &'static str) -> &str {
        self.typed.get(name).map_or(usual, String::as_str)
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
    let line = |(no, made): &([u8; 16], Vouchers)| Line {
        label: made.label.clone(),
        kind: words.vouchers_kind_of(word(made.kind)),
        worth: words.show(Sum(made.worth)),
        count: made.count,
        taken: made.taken,
        spent: made.spent,
        promised: words.show(Sum(made.promised())),
        until: made.until.map(|until| words.show(Day(until))),
        sheet: it
            .csrf
            .map(|_| visit.to(&whose.at(&format!("/vouchers/{}", HEXLOWER.encode(no))))),
        sheet_name: words.vouchers_sheet_of(made.label.as_str()),
    };
    let chosen = |name: &str, value: &str| it.typed.get(name).is_some_and(|typed| typed == value);
    let offer = |(number, title): &(OfferNo, String)| {
        let number = number.to_string();
        let line = words.console_media_order_line(number.as_str(), title.as_str());
        let chosen = chosen("offer", &number);
        (number, line, chosen)
    };
    let kind = |kind: &'static str| (kind, words.vouchers_kind_of(kind), chosen("kind", kind));
    VouchersPage {
        page: &frame(sign, visit, staff, Some(whose), At::Vouchers),
        lines: it.made.iter().map(line).collect(),
        offers: it.offers.iter().map(offer).collect(),
        kinds: ["coupon", "prepaid", "points"].map(kind).into(),
        refused: it.refused.as_deref().map(|code| words.vouchers_no(code)),
        would: it.would.map(|made| {
            let each = words.vouchers_would(Sum(made.worth), u64::from(made.count), Sum(made.total()));
            let until = match made.until {
                Some(until) => words.vouchers_would_until(Day(until)),
                None => words.vouchers_would_ever(),
            };
            (each, until)
        }),
        typed: it.typed,
        action: visit.to(&whose.at("/vouchers")),
        csrf: it.csrf,
        no: HEXLOWER.encode(&it.no),
    }
    .render()
}

/// A sheet of codes.
pub(super) struct Sheet<'a> {
    pub(super) made: &'a Vouchers,
    pub(super) codes: &'a [String],
}

#[derive(Template)]
#[template(path = "console/codes.html")]
struct SheetPage<'a> {
    page: &'a Page,
    label: &'a str,
    what: Said,
    until: Option<Said>,
    codes: Vec<(String, &'a str)>,
    back: String,
}

/// Draws a sheet, each code also for a camera.
pub(super) fn draw_sheet(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &Sheet<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let drawn = |code: &'_ String| {
        // What does not fit is left out: its letters stand beside it.
        courier::code::draw(&format!("{}.{code}", sign.id), code).unwrap_or_default()
    };
    SheetPage {
        page: &frame(sign, visit, staff, Some(whose), At::Vouchers),
        label: &it.made.label,
        what: words.vouchers_would(Sum(it.made.worth), u64::from(it.made.count), Sum(it.made.total())),
        until: it.made.until.map(|until| words.vouchers_would_until(Day(until))),
        codes: it.codes.iter().map(|code| (drawn(code), code.as_str())).collect(),
        back: visit.to(&whose.at("/vouchers")),
    }
    .render()
}

async fn show(
    shop: &Arc<Stall>,
    staff: &Staff,
    whose: &Whose,
    (refused, would): (Option<String>, Option<&Vouchers>),
    typed: &Fields,
) -> Result<Response, Problem> {
    let works = works_of(shop, whose.id).await?;
    let offers: Vec<(OfferNo, String)> = works
        .iter()
        .flat_map(|work| work.offers.iter().map(|offer| (offer.number, work.title.clone())))
        .collect();
    let id = whose.id;
    let made = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.vouchers_of(view, id, SHOWN_MAX))
        .await?;
    let status = match &refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let no = typed.get("no").and_then(|no| number_of(no)).filter(|_| would.is_some());
    let it = Shown {
        made: &made,
        offers: &offers,
        refused,
        would,
        typed,
        csrf: staff.is_let(whose.id, Deed::PayOut).then_some(staff.csrf.as_str()),
        no: match no {
            Some(no) => no,
            None => chance::<16>().map_err(|no| Problem::by(&no))?,
        },
    };
    let drawn = draw(&shop.sign, &staff.visit, Some(staff), whose, &it);
    Ok(shown_as(drawn, status))
}

fn number_of(text: &str) -> Option<[u8; 16]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff, Path(publisher): Path<String>) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::SeeMoney).await?;
        show(&shop, &staff, &whose, (None, None), &Fields::default()).await
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// What was typed; the code of a refusal, where it says nothing.
fn read(shop: &Stall, whose: &Whose, fields: &Fields) -> Result<(NewVouchers, u64), &'static str> {
    let text = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
    let currency = shop.office.party.config().floor.currency();
    let whole = |name: &str| text(name).replace(',', "").parse::<u64>().ok();
    let off = match text("off") {
        "percent" => permille(text("worth")).map(Off::Part).ok_or("vouchers-part")?,
        _ => {
            let worth = whole("worth").and_then(|minor| i64::try_from(minor).ok());
            let worth = worth.and_then(|minor| Money::new(minor, currency).ok());
            worth.map(Off::Amount).ok_or("value-worth")?
        }
    };
    let days = match text("days") {
        "" => 0,
        _ => whole("days").filter(|days| *days <= DAYS_MAX).ok_or("vouchers-until")?,
    };
    let new = NewVouchers {
        kind: kind_of(text("kind")).ok_or("value-kind")?,
        off,
        offer: Some(text("offer").parse().map(OfferNo).map_err(|_| "vouchers-offer")?),
        until: None,
        label: text("label").to_owned(),
        count: u32::try_from(whole("count").unwrap_or(0)).unwrap_or(0),
        by: Some(whose.id),
    };
    if new.label.is_empty() {
        return Err("value-label");
    }
    Ok((new, days))
}

/// What would be made is shown; agreed to, it is made. The same form again makes nothing more.
pub(super) async fn make(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::PayOut).await?;
        staff.check(&shop, &fields)?;
        let no = fields
            .get("no")
            .and_then(|no| number_of(no))
            .ok_or_else(Problem::nothing_here)?;
        let (mut new, days) = match read(&shop, &whose, &fields) {
            Ok(read) => read,
            Err(code) => return show(&shop, &staff, &whose, (Some(code.to_owned()), None), &fields).await,
        };
        let sure = fields.contains_key("sure");
        let answer = shop
            .office
            .commit::<_, VouchersRefused>(move |party, tx, now, _| {
                // Until the end of the last day that was typed, counted from the moment they are made.
                let was = party.vouchers(tx, no)?;
                let from = was.as_ref().map_or(now, |was| was.at);
                new.until = (days > 0).then(|| from.plus(Span::days(days)));
                match sure {
                    false => Ok((party.plan_vouchers(tx, &new, now)?, Vec::new())),
                    true => {
                        let made = party.make_vouchers(tx, no, &new, now)?;
                        Ok((made, party.voucher_codes(tx, no)?))
                    }
                }
            })
            .await;
        match answer {
            Ok((made, codes)) if sure => Ok(sheet_of(&shop, &staff, &whose, &made, &codes)),
            Ok((made, _)) => show(&shop, &staff, &whose, (None, Some(&made)), &fields).await,
            Err(no) => show(&shop, &staff, &whose, (Some(no.code().to_owned()), None), &fields).await,
        }
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

fn sheet_of(shop: &Stall, staff: &Staff, whose: &Whose, made: &Vouchers, codes: &[String]) -> Response {
    let it = Sheet { made, codes };
    let drawn = draw_sheet(&shop.sign, &staff.visit, Some(staff), whose, &it);
    shown_as(drawn, StatusCode::OK)
}

/// A sheet, to be printed again.
pub(super) async fn sheet(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, no)): Path<(String, String)>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::PayOut).await?;
        let no = number_of(&no).ok_or_else(Problem::nothing_here)?;
        let (found, codes) = shop
            .office
            .look::<_, Fault>(move |party, view, _| Ok((party.vouchers(view, no)?, party.voucher_codes(view, no)?)))
            .await?;
        let id = whose.id;
        let found = found
            .filter(|made| made.by == Some(id))
            .ok_or_else(Problem::nothing_here)?;
        Ok(sheet_of(&shop, &staff, &whose, &found, &codes))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}
