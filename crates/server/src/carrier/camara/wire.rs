//! Wire: bodies and queries as CAMARA's schemas have them. Amounts are read as the decimal literals they are, never through a
//! float; a member that is there is what the schema says, or the whole is refused.

use std::collections::HashSet;

use axum::http::StatusCode;
use carrier::{Filter, Sink, TaxItem};
use reqwest::Url;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use units::{Again, Currency, Hash, Moment, Money};

use crate::frame::Problem;

/// The most rows of a page.
const PER_PAGE_MAX: u64 = 200;
/// The longest sink.
const SINK_MAX: usize = 2000;

fn no(code: &'static str, text: &str) -> Problem {
    Problem::door(StatusCode::BAD_REQUEST, code, Again::AfterYouAct, text)
}
/// Not what the schema says.
pub(super) fn invalid() -> Problem {
    no(
        "merchant-invalid",
        "the request is not what the interface's schema says",
    )
}

/// A member that is left out or is what it should be, but not null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// `CreatePayment`, and what prepares one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatePayment {
    pub(super) amount_transaction: AmountTransaction,
    #[serde(default, deserialize_with = "given")]
    sink: Option<String>,
    #[serde(default, deserialize_with = "given")]
    sink_credential: Option<Credential>,
}

/// `AmountTransactionInput`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AmountTransaction {
    #[serde(default, deserialize_with = "given")]
    pub(super) phone_number: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub(super) client_correlator: Option<String>,
    pub(super) payment_amount: Box<RawValue>,
    pub(super) reference_code: String,
}

/// `PaymentAmountForCharge`, and what a partial refund says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentAmount {
    pub(super) charging_information: Charging,
    #[serde(default, deserialize_with = "given")]
    charging_meta_data: Option<MetaData>,
    #[serde(default, deserialize_with = "given")]
    payment_details: Option<Vec<Item>>,
    #[serde(default, deserialize_with = "given")]
    refund_details: Option<Vec<RefundItem>>,
}

/// `ChargingInformation`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Charging {
    amount: Box<RawValue>,
    currency: String,
    pub(super) description: String,
    #[serde(default, deserialize_with = "given")]
    is_tax_included: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    tax_amount: Option<Box<RawValue>>,
}

/// `PaymentItem`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    amount: Box<RawValue>,
    currency: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(default, deserialize_with = "given")]
    is_tax_included: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    tax_amount: Option<Box<RawValue>>,
}

/// `RefundItem`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefundItem {
    payment_item_id: String,
    amount: Box<RawValue>,
    currency: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(default, deserialize_with = "given")]
    is_tax_included: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    tax_amount: Option<Box<RawValue>>,
}

/// `ChargingMetaData`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetaData {
    #[serde(default, rename = "merchantName", deserialize_with = "given")]
    _merchant_name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    merchant_identifier: Option<String>,
    #[serde(default, deserialize_with = "given")]
    fee: Option<Box<RawValue>>,
    #[serde(default, rename = "purchaseCategoryCode", deserialize_with = "given")]
    _purchase_category_code: Option<String>,
    #[serde(default, rename = "channel", deserialize_with = "given")]
    _channel: Option<String>,
    #[serde(default, rename = "serviceId", deserialize_with = "given")]
    _service_id: Option<String>,
    #[serde(default, deserialize_with = "given")]
    product_id: Option<String>,
}

/// `SinkCredential` in its forms.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    credential_type: String,
    #[serde(default, deserialize_with = "given")]
    access_token: Option<String>,
    #[serde(default, deserialize_with = "given")]
    access_token_expires_utc: Option<String>,
    #[serde(default, deserialize_with = "given")]
    access_token_type: Option<String>,
}

/// `CreateRefund` in its forms.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateRefund {
    #[serde(rename = "type")]
    pub(super) kind: RefundKind,
    #[serde(default, deserialize_with = "given")]
    pub(super) reason: Option<String>,
    pub(super) amount_transaction: Box<RawValue>,
    #[serde(default, deserialize_with = "given")]
    sink: Option<String>,
    #[serde(default, deserialize_with = "given")]
    sink_credential: Option<Credential>,
}

/// Everything or a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RefundKind {
    Total,
    Partial,
}

/// `AmountTransactionTotalRefund` and `AmountTransactionPartialRefund`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundTransaction {
    #[serde(default, deserialize_with = "given")]
    pub(super) client_correlator: Option<String>,
    pub(super) refund_amount: Box<RawValue>,
    pub(super) reference_code: String,
}

/// `RefundAmountTotalRefund`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TotalAmount {
    #[serde(default, deserialize_with = "given")]
    charging_meta_data: Option<MetaData>,
}

/// `ValidatePayment`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValidatePayment {
    pub(super) authorization_id: String,
    pub(super) code: String,
}

/// `PhoneNumber`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhoneNumber {
    #[serde(default, deserialize_with = "given")]
    pub(super) phone_number: Option<String>,
}

/// A body as one of these. It is an object: a list of the same values in their order is not.
pub(super) fn body<T: DeserializeOwned>(raw: &RawValue) -> Result<T, Problem> {
    if !raw.get().trim_start().starts_with('{') {
        return Err(invalid());
    }
    serde_json::from_str(raw.get()).map_err(|_| invalid())
}

/// The same request has the same name, however it is spaced and ordered.
pub(super) fn content(raw: &RawValue) -> Result<Hash, Problem> {
    let value: serde_json::Value = serde_json::from_str(raw.get()).map_err(|_| invalid())?;
    Ok(seal::hash(value.to_string().as_bytes()))
}

/// `^\+[1-9][0-9]{4,14}$`
pub(super) fn number(text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let digits = text.strip_prefix('+').ok_or_else(invalid)?;
    let fits = (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if fits && !digits.starts_with('0') {
        Ok(Some(text))
    } else {
        Err(invalid())
    }
}

/// So many items, and so many bytes of a request: most of it is kept with the payment, and read again with every page of a list.
const ITEMS_MAX: usize = 100;
const BODY_MAX: usize = 16 * 1024;

/// What is kept as it was written is no longer than this: names, texts and amounts in one.
pub(super) fn short(body: &RawValue) -> Result<(), Problem> {
    if body.get().len() > BODY_MAX {
        return Err(invalid());
    }
    Ok(())
}

/// What a payment amounts to.
pub(super) struct Sum {
    /// With the merchant's tax; nothing: no amount of this currency.
    pub(super) amount: Option<Money>,
    pub(super) tax_included: bool,
    pub(super) items: Vec<TaxItem>,
    pub(super) refund_items: Vec<(String, Option<Money>, bool)>,
    pub(super) merchant: Option<String>,
    /// What stands on the bill: the offer's number, where the merchant names one as the product; else its own words.
    pub(super) what: String,
}

/// Reads what is to be charged or given back.
pub(super) fn sum(raw: &RawValue, currency: Currency) -> Result<Sum, Problem> {
    let read: PaymentAmount = body(raw)?;
    let main = &read.charging_information;
    let items = read.payment_details;
    let back = read.refund_details;
    if items.as_ref().is_some_and(Vec::is_empty) || back.as_ref().is_some_and(Vec::is_empty) {
        return Err(invalid());
    }
    let too_many = |count: usize| count > ITEMS_MAX;
    if items.as_ref().is_some_and(|it| too_many(it.len())) || back.as_ref().is_some_and(|it| too_many(it.len())) {
        return Err(invalid());
    }
    let included = |told: Option<bool>| told.unwrap_or(false);
    let amount = with_tax(
        &main.amount,
        main.tax_amount.as_deref(),
        included(main.is_tax_included),
        currency,
    )?;
    let mut foreign = main.currency != currency.code();
    let mut lines = Vec::new();
    let mut named = HashSet::new();
    for item in items.unwrap_or_default() {
        let tax = included(item.is_tax_included);
        let sum = with_tax(&item.amount, item.tax_amount.as_deref(), tax, currency)?;
        foreign |= item.currency != currency.code();
        if !named.insert(item.id.clone()) {
            return Err(invalid());
        }
        lines.push(TaxItem {
            id: item.id,
            amount: sum.unwrap_or(Money::zero(currency)),
            tax_included: tax,
        });
    }
    let mut refund_items = Vec::new();
    for item in back.unwrap_or_default() {
        let tax = included(item.is_tax_included);
        let sum = with_tax(&item.amount, item.tax_amount.as_deref(), tax, currency)?;
        foreign |= item.currency != currency.code();
        refund_items.push((item.payment_item_id, sum, tax));
    }
    let (merchant, number) = merchant(read.charging_meta_data)?;
    if foreign {
        return Err(no("merchant-currency", "amounts are in this carrier's currency"));
    }
    Ok(Sum {
        amount,
        tax_included: included(main.is_tax_included),
        items: lines,
        refund_items,
        merchant,
        what: number.unwrap_or(read.charging_information.description),
    })
}

/// Reads the amount of a total refund: nothing but its merchant.
pub(super) fn total(raw: &RawValue) -> Result<Option<String>, Problem> {
    let read: TotalAmount = body(raw)?;
    Ok(merchant(read.charging_meta_data)?.0)
}

/// Whom it names as merchant, and the number of the offer, if what it names as product is one.
fn merchant(data: Option<MetaData>) -> Result<(Option<String>, Option<String>), Problem> {
    let Some(data) = data else { return Ok((None, None)) };
    // Percentages have two places.
    let fee = data.fee.map(|fee| thousandths(fee.get())).transpose()?;
    if fee.is_some_and(|fee| fee % 10 != 0) {
        return Err(invalid());
    }
    let is_number = |text: &String| (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    Ok((data.merchant_identifier, data.product_id.filter(is_number)))
}

/// An amount and, where it is not in it, the tax the merchant takes.
fn with_tax(
    amount: &RawValue,
    tax: Option<&RawValue>,
    included: bool,
    currency: Currency,
) -> Result<Option<Money>, Problem> {
    let amount = thousandths(amount.get())?;
    let tax = tax.map_or(Ok(0), |tax| thousandths(tax.get()))?;
    if amount < 1 || tax < 0 {
        return Err(invalid());
    }
    let whole = amount.saturating_add(if included { 0 } else { tax });
    Ok(minor(whole, currency))
}

/// Thousandths as minor units, if they are whole ones.
fn minor(thousandths: i128, currency: Currency) -> Option<Money> {
    let scaled = thousandths.checked_mul(10_i128.checked_pow(currency.digits())?)?;
    let whole = (scaled % 1000 == 0).then_some(scaled / 1000)?;
    Money::new(i64::try_from(whole).ok()?, currency).ok()
}

/// A JSON number in thousandths, exactly; one that is too large for any amount is as large as there is.
fn thousandths(literal: &str) -> Result<i128, Problem> {
    let negative = literal.starts_with('-');
    let text = literal.strip_prefix('-').unwrap_or(literal);
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(invalid());
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [whole, part].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    let exponent: i64 = exponent.trim_start_matches('+').parse().map_err(|_| invalid())?;
    let part = i64::try_from(part.len()).map_err(|_| invalid())?;
    // What is left is `digits` times ten to the `shift` thousandths.
    let shift = exponent.saturating_sub(part).saturating_add(3);
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let (digits, shift) = (
        &digits[..digits.len() - zeros],
        shift.saturating_add(i64::try_from(zeros).unwrap_or(0)),
    );
    if shift < 0 {
        return Err(invalid());
    }
    let value = digits.parse::<i128>().ok().filter(|_| shift <= 38);
    let scale = u32::try_from(shift).ok().and_then(|shift| 10_i128.checked_pow(shift));
    let value = value
        .zip(scale)
        .and_then(|(a, b)| a.checked_mul(b))
        .unwrap_or(i128::MAX);
    Ok(if negative { value.saturating_neg() } else { value })
}

/// An amount as a JSON number.
pub(super) fn figure(amount: Money) -> Box<RawValue> {
    let literal = amount.figures().replace(',', "");
    RawValue::from_string(literal).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Where the merchant wants to be told.
pub(super) fn sink_of(read: &CreatePayment) -> Result<Option<Sink>, Problem> {
    sink(read.sink.as_deref(), read.sink_credential.as_ref())
}
/// The same of a refund.
pub(super) fn refund_sink(read: &CreateRefund) -> Result<Option<Sink>, Problem> {
    sink(read.sink.as_deref(), read.sink_credential.as_ref())
}

fn sink(url: Option<&str>, credential: Option<&Credential>) -> Result<Option<Sink>, Problem> {
    let token = match credential.map(|one| (one, one.credential_type.as_str())) {
        None => None,
        Some((one, "ACCESSTOKEN")) => {
            let kind = one.access_token_type.as_deref().ok_or_else(invalid)?;
            if kind != "bearer" {
                return Err(no("merchant-credential-token", "only bearer tokens are used"));
            }
            let token = one.access_token.clone().ok_or_else(invalid)?;
            let ends = moment(one.access_token_expires_utc.as_deref().ok_or_else(invalid)?)?;
            let plain = token.bytes().all(|b| b.is_ascii_graphic()) && !token.is_empty() && token.len() <= 8192;
            if !plain {
                return Err(no("merchant-credential-token", "a bearer token is visible ASCII"));
            }
            Some((token, ends))
        }
        Some((_, "PLAIN" | "REFRESHTOKEN")) => {
            return Err(no("merchant-credential", "only access tokens are used"));
        }
        Some(_) => return Err(invalid()),
    };
    let Some(url) = url else { return Ok(None) };
    let fits = url.len() <= SINK_MAX && url.starts_with("https://");
    let parsed = Url::parse(url).ok().filter(|parsed| fits && parsed.scheme() == "https");
    let good = parsed.is_some_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none());
    if !good {
        return Err(no("merchant-sink", "a sink is an https address"));
    }
    let url = url.to_owned();
    Ok(Some(Sink { url, token }))
}

/// RFC 3339, with a time zone.
fn moment(text: &str) -> Result<Moment, Problem> {
    if text.as_bytes().get(10).is_none_or(|b| !matches!(b, b'T' | b't')) {
        return Err(invalid());
    }
    let at: jiff::Timestamp = text.parse().map_err(|_| invalid())?;
    Ok(Moment(u64::try_from(at.as_millisecond()).unwrap_or(0)))
}

/// The query of a list; `date` is the name of the member that dates bound, `status` of the one that states choose.
pub(super) fn filter<S: Copy>(
    query: Option<&str>,
    (date, status): (&str, &str),
    states: &[(S, &'static str)],
    now: Moment,
) -> Result<Filter<S>, Problem> {
    let url = Url::parse(&format!("http://q/?{}", query.unwrap_or_default())).map_err(|_| invalid())?;
    let mut out = Filter {
        from: None,
        until: None,
        states: Vec::new(),
        merchant: None,
        oldest_first: false,
        page: 1,
        per_page: 10,
    };
    let mut seen = Vec::new();
    for (name, value) in url.query_pairs() {
        let (name, value) = (name.as_ref(), value.as_ref());
        if name != status && seen.iter().any(|one| one == name) {
            return Err(invalid());
        }
        seen.push(name.to_owned());
        match name {
            "page" => out.page = place(value, u64::MAX)?,
            "perPage" => out.per_page = place(value, PER_PAGE_MAX)?,
            "order" => out.oldest_first = matches(value, &[(false, "desc"), (true, "asc")])?,
            "merchantIdentifier" => out.merchant = Some(value.to_owned()),
            _ if name == status => out.states.push(matches(value, states)?),
            _ if name.strip_suffix(".gte") == Some(date) => out.from = Some(moment(value)?),
            _ if name.strip_suffix(".lte") == Some(date) => out.until = Some(moment(value)?),
            _ => {}
        }
    }
    let until = out.until.unwrap_or(now);
    if out
        .from
        .is_some_and(|from| until < from && (out.until.is_some() || now < from))
    {
        return Err(no("merchant-dates", "the first date is before the last"));
    }
    Ok(out)
}

fn matches<S: Copy>(value: &str, all: &[(S, &'static str)]) -> Result<S, Problem> {
    let found = all.iter().find(|(_, word)| *word == value);
    found.map(|(one, _)| *one).ok_or_else(invalid)
}

fn place(value: &str, most: u64) -> Result<u64, Problem> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid());
    }
    let place = value.parse::<u64>().ok().filter(|n| (1..=most).contains(n));
    place.ok_or_else(|| no("merchant-range", "pages count from 1, and have at most 200 rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-54
    #[test]
    fn amounts_are_literals_in_thousandths() {
        for (literal, expected) in [
            ("1000", Some(1_000_000)),
            ("0.001", Some(1)),
            ("100.50", Some(100_500)),
            ("1e2", Some(100_000)),
            ("1.5E+1", Some(15_000)),
            ("1500e-3", Some(1500)),
            ("-3", Some(-3000)),
            ("0", Some(0)),
            ("0.0000", Some(0)),
            ("9007199254740993", Some(9_007_199_254_740_993_000)),
            ("1e400", Some(i128::MAX)),
            ("0.0001", None),
            ("1e-4", None),
            ("\"1\"", None),
            ("null", None),
        ] {
            assert_eq!(thousandths(literal).ok(), expected, "{literal}");
        }
        let yen = Currency::JPY;
        assert_eq!(minor(1_000_000, yen), Money::new(1000, yen).ok());
        assert_eq!(minor(500, yen), None);
        assert_eq!(minor(i128::MAX, yen), None);
        let euro = Currency::new("EUR").unwrap();
        assert_eq!(minor(12_340, euro), Money::new(1234, euro).ok());
        assert_eq!(figure(Money::new(123_456, euro).unwrap()).get(), "1234.56");
    }
}
