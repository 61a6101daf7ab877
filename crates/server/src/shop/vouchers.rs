//! Vouchers over the API (ST-26): the operator has codes made and sees what of them is out; a wallet takes one by its code.
//! A code that is none counts as a miss, so whoever guesses has to wait (docs/threats.md, rule 29).

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use deal::ValueKind;
use party::shop::{NewVouchers, Off, Vouchers};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{Again, Moment, OfferNo};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Stall;
use crate::{
    frame::{Json, Problem, limits::PAGE_MAX, problem::Document},
    money::Amount,
};

/// Vouchers to be made.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VouchersToMake {
    /// 32 hexadecimal digits, drawn at random: the same again makes nothing more.
    pub no: String,
    /// `coupon`, `prepaid`, `cheque`, `points` or `ticket`.
    pub kind: String,
    /// What each is worth.
    pub worth: Option<Amount>,
    /// Or which part of the offer's price, in thousandths.
    pub permille: Option<u16>,
    /// Good for this offer only.
    pub offer: Option<String>,
    /// Until this moment, in milliseconds since 1970.
    pub until: Option<u64>,
    /// What it is called, at most 60 characters.
    pub label: String,
    /// How many, 1 to 1000.
    pub count: u32,
    /// Only say what would be made.
    #[serde(default)]
    pub dry: bool,
}

/// Vouchers that were made.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MadeVouchers {
    /// Their number.
    pub no: String,
    /// `coupon`, `prepaid`, `cheque`, `points` or `ticket`.
    pub kind: String,
    /// What it is called.
    pub label: String,
    /// What each is worth.
    pub worth: Amount,
    /// What all of them together would take off prices.
    pub total: Amount,
    /// What of it is promised and not spent.
    pub promised: Amount,
    /// How many.
    pub count: u32,
    /// How many were taken onto cards.
    pub taken: u32,
    /// How many were spent.
    pub spent: u32,
    /// Until when, in milliseconds since 1970.
    pub until: Option<u64>,
    /// Which shop takes them.
    pub shop: String,
    /// The codes, where they were asked for. They are kept nowhere.
    pub codes: Vec<String>,
}

/// All vouchers of this shop's own.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AllVouchers {
    /// The newest first.
    pub vouchers: Vec<MadeVouchers>,
}

/// A code to be taken.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeToTake {
    /// As it was typed.
    pub code: String,
    /// 32 hexadecimal digits of the wallet's own: with them the same code brings the same answer again.
    pub claim: String,
}

/// The value of a code, for a card.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TakenCode {
    /// The value as this shop signed it, in base64url.
    pub signed: String,
    /// This shop's certificate, in base64url.
    pub certificate: String,
}

/// The word for a kind that is made here.
pub(super) const fn word(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Ticket => "ticket",
        ValueKind::Cheque => "cheque",
        ValueKind::Prepaid => "prepaid",
        ValueKind::Points => "points",
        _ => "coupon",
    }
}

/// The kind of a word.
pub(super) fn kind_of(word: &str) -> Option<ValueKind> {
    Some(match word {
        "coupon" => ValueKind::Coupon,
        "ticket" => ValueKind::Ticket,
        "cheque" => ValueKind::Cheque,
        "prepaid" => ValueKind::Prepaid,
        "points" => ValueKind::Points,
        _ => return None,
    })
}

fn no_of(text: &str) -> Result<[u8; 16], Problem> {
    let read = HEXLOWER.decode(text.as_bytes()).ok().and_then(|it| it.try_into().ok());
    read.ok_or_else(|| {
        let text = "a number is 32 hexadecimal digits";
        Problem::door(
            axum::http::StatusCode::BAD_REQUEST,
            "number-malformed",
            Again::Never,
            text,
        )
    })
}

fn told(shop: &Stall, no: [u8; 16], made: &Vouchers, codes: Vec<String>) -> MadeVouchers {
    MadeVouchers {
        no: HEXLOWER.encode(&no),
        kind: word(made.kind).to_owned(),
        label: made.label.clone(),
        worth: made.worth.into(),
        total: made.total().into(),
        promised: made.promised().into(),
        count: made.count,
        taken: made.taken,
        spent: made.spent,
        until: made.until.map(|until| until.0),
        shop: shop.sign.id.to_string(),
        codes,
    }
}

impl VouchersToMake {
    fn read(&self, shop: &Stall) -> Result<NewVouchers, Problem> {
        let currency = shop.office.party.config().floor.currency();
        let unreadable = |code, text| {
            Problem::door(
                axum::http::StatusCode::UNPROCESSABLE_ENTITY,
                code,
                Again::AfterYouAct,
                text,
            )
        };
        let kind = kind_of(&self.kind)
            .ok_or_else(|| unreadable("value-kind", "vouchers are coupon, prepaid, cheque, points or ticket"))?;
        let off = match (&self.worth, self.permille) {
            (Some(worth), None) => Off::Amount(worth.money(currency)?),
            (None, Some(permille)) => Off::Part(permille),
            (None, None) if kind == ValueKind::Ticket => Off::Amount(units::Money::zero(currency)),
            _ => {
                return Err(unreadable(
                    "value-worth",
                    "say either what each is worth, or which part of a price",
                ));
            }
        };
        let offer = match &self.offer {
            Some(text) => Some(text.parse().map(OfferNo).map_err(|_| Problem::nothing_here())?),
            None => None,
        };
        Ok(NewVouchers {
            kind,
            off,
            offer,
            until: self.until.map(Moment),
            label: self.label.clone(),
            count: self.count,
            by: None,
        })
    }
}

/// Has codes made, or says what would be made.
#[utoipa::path(post, path = "/v1/vouchers", tag = "operator", request_body = VouchersToMake,
    responses((status = 200, body = MadeVouchers),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn make_vouchers(
    State(shop): State<Arc<Stall>>,
    headers: HeaderMap,
    Json(body): Json<VouchersToMake>,
) -> Result<Json<MadeVouchers>, Problem> {
    shop.operators.check(&headers)?;
    let (no, new) = (no_of(&body.no)?, body.read(&shop)?);
    let dry = body.dry;
    let (made, codes) = shop
        .office
        .commit::<_, party::shop::VouchersRefused>(move |party, tx, now, _| {
            if dry {
                return Ok((party.plan_vouchers(tx, &new, now)?, Vec::new()));
            }
            let made = party.make_vouchers(tx, no, &new, now)?;
            Ok((made, party.voucher_codes(tx, no)?))
        })
        .await?;
    Ok(Json(told(&shop, no, &made, codes)))
}

/// What of this shop's own vouchers is out, without their codes.
#[utoipa::path(get, path = "/v1/vouchers", tag = "operator",
    responses((status = 200, body = AllVouchers),
        (status = "4XX", body = Document, content_type = "application/problem+json")))]
async fn all_vouchers(State(shop): State<Arc<Stall>>, headers: HeaderMap) -> Result<Json<AllVouchers>, Problem> {
    shop.operators.check(&headers)?;
    let found = shop
        .office
        .look::<_, Fault>(|party, view, _| party.vouchers_of(view, party.id(), PAGE_MAX as usize))
        .await?;
    let line = |(no, made): &([u8; 16], Vouchers)| told(&shop, *no, made, Vec::new());
    Ok(Json(AllVouchers {
        vouchers: found.iter().map(line).collect(),
    }))
}

/// Takes a code: the value it is, for whoever has it first.
#[utoipa::path(post, path = "/v1/vouchers/take", tag = "messages", request_body = CodeToTake,
    responses((status = 200, body = TakenCode),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn take_voucher(
    State(shop): State<Arc<Stall>>,
    Json(body): Json<CodeToTake>,
) -> Result<Json<TakenCode>, Problem> {
    let claim = no_of(&body.claim)?;
    let (_, signed) = shop
        .office
        .commit::<_, party::shop::TakeRefused>(move |party, tx, now, _| party.take_voucher(tx, &body.code, claim, now))
        .await?;
    Ok(Json(TakenCode {
        signed: BASE64URL_NOPAD.encode(&signed),
        certificate: BASE64URL_NOPAD.encode(shop.office.party.certificate()),
    }))
}

pub(super) fn routes() -> OpenApiRouter<Arc<Stall>> {
    OpenApiRouter::new()
        .routes(routes!(make_vouchers, all_vouchers))
        .routes(routes!(take_voucher))
}
