//! Export: the history of sales as a file, streamed page by page, so that ten years take no more memory than a day.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use party::shop::{Deed, Sale, SalesFilter};
use serde_json::json;
use store::Fault;
use units::{DealId, Moment, PartyId};

use super::{frame::private, money::Period, staff::Staff};
use crate::{
    forms::Fields,
    {frame::Problem, shop::Stall},
};

/// Sales read at a time.
const PAGE: usize = 500;

/// The first moment of a day in UTC, "2026-11-20".
pub(super) fn day_start(text: &str) -> Option<Moment> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let at = date
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_millisecond();
    u64::try_from(at).ok().map(Moment)
}

/// A cell of a table program: quoted, and never taken for a formula.
fn cell(text: &str) -> String {
    let guarded = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    format!("\"{}\"", guarded.replace('"', "\"\""))
}

const HEAD: &str = "at,receipt,title,content,offer,price,tax,yours,currency,buyer,refunded,deal\r\n";

fn csv_line(deal: &DealId, sale: &Sale) -> String {
    let buyer = sale.buyer.map(|b| HEXLOWER.encode(&b)).unwrap_or_default();
    let back = sale
        .refunded
        .as_ref()
        .map(|it| it.amount.minor().to_string())
        .unwrap_or_default();
    format!(
        "{},{},{},{},{},{},{},{},{},{buyer},{back},{deal}\r\n",
        sale.at,
        sale.receipt,
        cell(&sale.title),
        sale.content,
        sale.number,
        sale.price.minor(),
        sale.tax.minor(),
        sale.publisher_part.minor(),
        sale.price.currency().code(),
    )
}

/// A sale, as programs of its publisher read it.
pub(crate) fn sale_json(deal: &DealId, sale: &Sale) -> serde_json::Value {
    json!({
        "at": sale.at.to_string(), "receipt": sale.receipt, "title": sale.title, "content": sale.content.to_string(),
        "offer": sale.number.to_string(), "price": sale.price.minor(), "tax": sale.tax.minor(),
        "yours": sale.publisher_part.minor(), "currency": sale.price.currency().code(),
        "buyer": sale.buyer.map(|b| HEXLOWER.encode(&b)), "deal": deal.to_string(),
        "refunded": sale.refunded.as_ref().map(|it| json!({"at": it.at.to_string(), "amount": it.amount.minor()})),
    })
}

fn json_line(deal: &DealId, sale: &Sale) -> String {
    sale_json(deal, sale).to_string()
}

type Next = Option<Option<(Moment, DealId)>>;

/// The file, a page of sales after the other. `glue` stands between two sales.
fn body(
    shop: Arc<Stall>,
    publisher: PartyId,
    filter: SalesFilter,
    (first, glue, last): (&'static str, &'static str, &'static str),
    line: fn(&DealId, &Sale) -> String,
) -> Body {
    let step = move |next: Next| {
        let shop = shop.clone();
        async move {
            let Some(before) = next else {
                return Ok::<_, std::io::Error>(None);
            };
            let found = shop
                .office
                .look::<_, Fault>(move |party, view, _| party.sales_of_publisher(view, publisher, filter, before, PAGE))
                .await
                .map_err(|no| std::io::Error::other(no.code().to_owned()))?;
            let mut text = if before.is_none() {
                first.to_owned()
            } else {
                String::new()
            };
            for (n, (deal, sale)) in found.iter().enumerate() {
                if before.is_some() || n > 0 {
                    text.push_str(glue);
                }
                text.push_str(&line(deal, sale));
            }
            let end = found
                .last()
                .filter(|_| found.len() == PAGE)
                .map(|(deal, sale)| (sale.at, *deal));
            if end.is_none() {
                text.push_str(last);
            }
            Ok(Some((Bytes::from(text), end.map(Some))))
        }
    };
    Body::from_stream(futures::stream::try_unfold(Some(None) as Next, step))
}

async fn export(
    shop: Arc<Stall>,
    staff: &Staff,
    publisher: &str,
    asked: &Fields,
    as_csv: bool,
) -> Result<Response, Problem> {
    let whose = staff.over(&shop, publisher, Deed::SeeMoney).await?;
    let period = Period::asked(asked, shop.office.clock.now());
    Ok(sent(shop, whose.id, &period, as_csv))
}

/// A publisher's sales as a file.
pub(super) fn sent(shop: Arc<Stall>, publisher: PartyId, period: &Period, as_csv: bool) -> Response {
    let (ending, media_type) = if as_csv {
        ("csv", "text/csv; charset=utf-8")
    } else {
        ("json", "application/json")
    };
    let body = if as_csv {
        body(shop, publisher, period.filter(), (HEAD, "", ""), csv_line)
    } else {
        body(shop, publisher, period.filter(), ("[\n", ",\n", "\n]\n"), json_line)
    };
    let mut response = private(body.into_response());
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let name = format!(
        "attachment; filename=\"sales-{}-{}.{ending}\"",
        period.from, period.until
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        fields.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// As a table.
pub(super) async fn csv(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = export(shop.clone(), &staff, &publisher, &asked, true).await;
    super::frame::told(&shop.sign, &staff.visit, &staff, made)
}

/// As a list.
pub(super) async fn json(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = export(shop.clone(), &staff, &publisher, &asked, false).await;
    super::frame::told(&shop.sign, &staff.visit, &staff, made)
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-93
    #[test]
    fn a_title_is_no_formula_in_anybodys_table() {
        assert_eq!(
            cell("=HYPERLINK(\"http://evil\")"),
            "\"'=HYPERLINK(\"\"http://evil\"\")\""
        );
        assert_eq!(cell("Night, Ferry"), "\"Night, Ferry\"");
    }

    #[test]
    fn days_begin_at_midnight_and_nonsense_is_none() {
        assert_eq!(day_start("2004-02-18"), Some(Moment(1_077_062_400_000)));
        for no in ["", "2004-02-30", "18.2.2004", "1200-01-01"] {
            assert_eq!(day_start(no), None, "{no}");
        }
    }
}
