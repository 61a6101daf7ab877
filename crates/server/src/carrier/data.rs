//! A bill as data: JSON for programs, CSV for tables, PDF for paper. For whoever knows the secret part of its address, like its page.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use carrier::{Bill, ItemKind, Month};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Moment, OrderId};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Counter, sheet::Sheet};
use crate::{
    frame::{Json, Named, Problem, problem::Document},
    money::Amount,
    pages::Visit,
    verbs::Binary,
};

/// A line of the telephone.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TelephoneLine {
    /// calls, packets, basic or service.
    pub kind: String,
    /// Seconds or packets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<u64>,
    /// Of a plan or service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How much.
    pub amount: Amount,
}

/// A line of content.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContentLine {
    /// The purchase: what to name when it is questioned.
    pub purchase: String,
    /// When.
    pub at: String,
    /// What: the offer's number.
    pub what: String,
    /// To whom it was paid.
    pub paid_to: String,
    /// How much.
    pub amount: Amount,
    /// It is given back: taken off.
    pub refund: bool,
}

/// A bill.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BillData {
    /// Its number.
    pub number: String,
    /// The month.
    pub month: String,
    /// together, telephone or content.
    pub part: String,
    /// When it was made.
    pub issued: String,
    /// Until when it is to be paid.
    pub due: String,
    /// The telephone.
    pub telephone: Vec<TelephoneLine>,
    /// The telephone together.
    pub telephone_sum: Amount,
    /// Content.
    pub content: Vec<ContentLine>,
    /// Content bought.
    pub bought: Amount,
    /// Given back.
    pub refunded: Amount,
    /// Left from an earlier bill: taken off.
    pub carried_in: Amount,
    /// Left for the next bill.
    pub carried_out: Amount,
    /// To pay.
    pub total: Amount,
    /// The tax in it.
    pub tax: Amount,
    /// Its rate, in thousandths.
    pub tax_permille: u16,
    /// Paid so far.
    pub paid: Amount,
}

fn item(kind: &ItemKind) -> (&'static str, Option<u64>, Option<String>) {
    match kind {
        ItemKind::Calls(seconds) => ("calls", Some(*seconds), None),
        ItemKind::Packets(packets) => ("packets", Some(*packets), None),
        ItemKind::Basic(name) => ("basic", None, Some(name.clone())),
        ItemKind::Service(name) => ("service", None, Some(name.clone())),
    }
}

pub(super) fn of(bill: &Bill) -> BillData {
    let telephone = bill.telephone.iter().map(|line| {
        let (kind, used, name) = item(&line.kind);
        TelephoneLine {
            kind: kind.to_owned(),
            used,
            name,
            amount: line.amount.into(),
        }
    });
    let content = bill.content.iter().map(|line| ContentLine {
        purchase: carrier::reference(line.of),
        at: line.at.to_string(),
        what: line.what.clone(),
        paid_to: line.name.clone(),
        amount: line.amount.into(),
        refund: line.back,
    });
    BillData {
        number: bill.number.clone(),
        month: bill.month.to_string(),
        part: bill.part.word().to_owned(),
        issued: bill.issued.to_string(),
        due: bill.due.to_string(),
        telephone: telephone.collect(),
        telephone_sum: bill.telephone_sum.into(),
        content: content.collect(),
        bought: bill.bought.into(),
        refunded: bill.refunded.into(),
        carried_in: bill.carried_in.into(),
        carried_out: bill.carried_out.into(),
        total: bill.total.into(),
        tax: bill.tax.into(),
        tax_permille: bill.tax_permille,
        paid: bill.paid.into(),
    }
}

/// One field of a table: quoted where it must be, and never the beginning of a formula.
fn field(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The lines as a table: RFC 4180. What is given back is below zero.
pub(super) fn csv(bill: &Bill) -> String {
    let currency = bill.total.currency();
    let mut out = String::from("bill,month,kind,date,item,paid_to,purchase,used,amount_minor,currency\r\n");
    let day = |at: Moment| at.to_string().get(..10).unwrap_or_default().to_owned();
    let mut line = |kind: &str, at: &str, what: &str, to: &str, of: &str, used: &str, minor: i64| {
        let fields = [&bill.number, &bill.month.to_string(), kind, at, what, to, of, used].map(field);
        out.push_str(&fields.join(","));
        out.push_str(&format!(",{minor},{currency}\r\n"));
    };
    for one in &bill.telephone {
        let (kind, used, name) = item(&one.kind);
        let used = used.map(|used| used.to_string()).unwrap_or_default();
        line(kind, "", &name.unwrap_or_default(), "", "", &used, one.amount.minor());
    }
    for one in &bill.content {
        let (kind, sign) = if one.back { ("refund", -1) } else { ("content", 1) };
        let minor = one.amount.minor().saturating_mul(sign);
        line(
            kind,
            &day(one.at),
            &one.what,
            &one.name,
            &carrier::reference(one.of),
            "",
            minor,
        );
    }
    if !bill.carried_in.is_zero() {
        line(
            "carried-in",
            "",
            "",
            "",
            "",
            "",
            bill.carried_in.minor().saturating_neg(),
        );
    }
    if !bill.carried_out.is_zero() {
        line("carried-out", "", "", "", "", "", bill.carried_out.minor());
    }
    line("total", "", "", "", "", "", bill.total.minor());
    out
}

impl Counter {
    /// The bill behind a link, and whose it is.
    pub(super) async fn behind(&self, link: OrderId) -> Result<(Bill, carrier::Contract), Problem> {
        let found = self
            .office
            .look::<_, Fault>(move |carrier, view, _| {
                let Some((_, bill)) = carrier.bill_behind(view, link.0)? else {
                    return Ok(None);
                };
                Ok(carrier.contract(view, bill.who)?.map(|contract| (bill, contract)))
            })
            .await?;
        found.ok_or_else(Problem::nothing_here)
    }
}

/// A bill as data.
#[utoipa::path(get, path = "/v1/bills/{link}", tag = "bills",
    params(("link" = String, Path, description = "The secret part of the address of the bill's page")),
    responses((status = 200, body = BillData),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such bill")))]
async fn json(State(counter): State<Arc<Counter>>, Named(link): Named<OrderId>) -> Result<Json<BillData>, Problem> {
    let (bill, _) = counter.behind(link).await?;
    Ok(Json(of(&bill)))
}

/// A bill's lines as a table.
#[utoipa::path(get, path = "/v1/bills/{link}/lines.csv", tag = "bills",
    params(("link" = String, Path, description = "The secret part of the address of the bill's page")),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such bill")))]
async fn table(State(counter): State<Arc<Counter>>, Named(link): Named<OrderId>) -> Result<Response, Problem> {
    let (bill, _) = counter.behind(link).await?;
    Ok(file(&bill, csv(&bill).into_bytes(), "csv", "text/csv; charset=utf-8"))
}

/// A bill as a PDF of A4 sheets, with the words of its page, in the language that is asked for.
#[utoipa::path(get, path = "/v1/bills/{link}/bill.pdf", tag = "bills",
    params(("link" = String, Path, description = "The secret part of the address of the bill's page")),
    responses((status = 200, body = Binary, content_type = "application/pdf"),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such bill")))]
pub(super) async fn pdf(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Named(link): Named<OrderId>,
) -> Result<Response, Problem> {
    let (bill, contract) = counter.behind(link).await?;
    let sheet = Sheet::of(&counter.sign, visit.words, &bill, &contract);
    let bytes = super::pdf::of(&sheet, visit.words, &counter.sign.name);
    let mut response = file(&bill, bytes, "pdf", "application/pdf");
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    Ok(response)
}

/// A bill in a file that is named by the bill's number; no cache keeps it.
fn file(bill: &Bill, bytes: Vec<u8>, ending: &str, media_type: &'static str) -> Response {
    let name = file_name(&bill.number, bill.month);
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"bill-{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn file_name(number: &str, month: Month) -> String {
    let plain = number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain { number.to_owned() } else { month.to_string() }
}

/// The addresses of bills.
pub(super) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(json))
        .routes(routes!(table))
        .routes(routes!(pdf))
}

#[cfg(test)]
mod tests {
    use super::field;

    /// proves: row-69
    #[test]
    fn a_field_is_quoted_and_starts_no_formula() {
        for (text, written) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("@cmd", "'@cmd"),
            ("-1,2", "\"'-1,2\""),
            ("港の灯", "港の灯"),
        ] {
            assert_eq!(field(text), written);
        }
    }
}
