//! Say: refusals in the words of CAMARA: `status`, `code` and `message`, each as the interface's own text has it. One table from our
//! codes; and the correlator on every answer.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{BILLING, CORRELATOR, REFUND};
use crate::frame::problem::LoggedCode;

/// A refusal as CAMARA writes it.
#[derive(Debug, Serialize)]
struct ErrorInfo {
    status: u16,
    code: String,
    message: &'static str,
}

const DENIED: &str = "Client does not have sufficient permissions to perform this action.";
const CONFLICT: &str = "The resource that a client tried to create already exists.";

/// `^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$`
pub(super) fn is_correlator(field: &HeaderValue) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_:;./<>{}".contains(b);
    field.len() <= 256 && field.as_bytes().iter().all(plain)
}

/// Puts an answer under one of these interfaces into its words; others stay as they are.
pub(crate) fn speak(path: &str, correlator: Option<&HeaderValue>, request: &str, mut response: Response) -> Response {
    if !path.starts_with(BILLING) && !path.starts_with(REFUND) {
        return response;
    }
    if let Some(LoggedCode(code)) = response.extensions().get::<LoggedCode>().cloned() {
        let (status, spoken, message) = spoken(path, &code, response.status());
        let api = if path.starts_with(REFUND) {
            "CARRIER_BILLING_REFUND"
        } else {
            "CARRIER_BILLING"
        };
        let error = ErrorInfo {
            status: status.as_u16(),
            code: spoken.replace('*', api),
            message,
        };
        let retry = response.headers().get(header::RETRY_AFTER).cloned();
        let body = serde_json::to_vec(&error).unwrap_or_default();
        response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, retry);
        }
        response.extensions_mut().insert(LoggedCode(code));
    }
    let own = HeaderValue::from_str(request).ok();
    if let Some(field) = correlator.filter(|field| is_correlator(field)).cloned().or(own) {
        response.headers_mut().insert(CORRELATOR, field);
    }
    response
}

/// Status, code and message for one of our codes; a star stands for the interface's name.
fn spoken(path: &str, code: &str, status: StatusCode) -> (StatusCode, &'static str, &'static str) {
    let say = |status: u16, code, message| (StatusCode::from_u16(status).unwrap_or_default(), code, message);
    match code {
        "merchant-token" => say(
            401,
            "UNAUTHENTICATED",
            "Request not authenticated due to missing, invalid, or expired credentials. A new authentication is required.",
        ),
        "merchant-scope" | "payment-not-asked" | "payment-other-merchant" | "refund-other-merchant" | "cross-site" => {
            say(403, "PERMISSION_DENIED", DENIED)
        }
        "payment-not-reserved" if path.ends_with("/cancel") => say(403, "PERMISSION_DENIED", DENIED),
        "payment-not-trusted" | "payment-not-reserved" | "payment-denied" => {
            say(403, "*.PAYMENT_DENIED", "Payment denied by business.")
        }
        "refund-denied" => say(403, "*.REFUND_DENIED", "Refund denied by business."),
        "refund-not-eligible" => say(
            403,
            "*.PAYMENT_NOT_ELIGIBLE_FOR_REFUND",
            "Payment not eligible for refund.",
        ),
        "subscriber-unknown" => say(404, "IDENTIFIER_NOT_FOUND", "phoneNumber not found."),
        "payment-unknown" | "not-found" => say(404, "NOT_FOUND", "The specified resource is not found."),
        "method-not-allowed" => say(405, "METHOD_NOT_ALLOWED", "The requested method is not allowed here."),
        "payment-in-validation" => say(409, "ALREADY_EXISTS", "Another session is created for the same UE"),
        "payment-reference-taken" | "refund-reference-taken" => say(409, "ALREADY_EXISTS", CONFLICT),
        "payment-validated" => say(409, "ALREADY_EXISTS", "Payment already validated"),
        "payment-confirmed" => say(409, "*.PAYMENT_CONFIRMED", "Payment has been confirmed."),
        "payment-cancelled" => say(409, "*.PAYMENT_CANCELLED", "Payment has been cancelled."),
        "payment-no-number" => say(422, "MISSING_IDENTIFIER", "The phone number cannot be identified."),
        "payment-two-numbers" => say(
            422,
            "UNNECESSARY_IDENTIFIER",
            "The phone number is already identified by the access token.",
        ),
        "payment-not-applicable" => say(
            422,
            "SERVICE_NOT_APPLICABLE",
            "The service is not available for the provided identifier.",
        ),
        "payment-amount" | "refund-amount" => say(422, "*.UNAUTHORIZED_AMOUNT", "Unauthorized amount requested."),
        "payment-limit" => say(
            422,
            "*.USER_AMOUNT_THRESHOLD_OVERPASSED",
            "Unauthorized payment request. Accumulated user mobile payments overpass account amount threshold.",
        ),
        "refund-limit" => say(
            422,
            "*.USER_AMOUNT_THRESHOLD_OVERPASSED",
            "Unauthorized refund request. Accumulated user mobile refunds overpass account amount threshold.",
        ),
        "refund-not-paid" => say(422, "*.INVALID_PAYMENT_STATUS", "Payment is not yet completed."),
        "refund-tax" => say(
            422,
            "*.TAXES_MANAGEMENT_MISMATCH",
            "Inconsistent isTaxIncluded value with regards to related payment.",
        ),
        "refund-items" => say(
            422,
            "*.REFUND_DETAILS_MISMATCH",
            "Inconsistent refundDetails information with regards to related payment.",
        ),
        "payment-other-content" | "refund-other-content" => {
            say(400, "INVALID_ARGUMENT", "clientCorrelator already exist on server.")
        }
        "merchant-currency" => say(400, "INVALID_ARGUMENT", "Currency is unknown or not authorized."),
        "merchant-credential" => say(400, "INVALID_CREDENTIAL", "Only Access token is supported"),
        "merchant-credential-token" => say(400, "INVALID_TOKEN", "Only bearer token is supported"),
        "merchant-sink" => say(400, "INVALID_SINK", "sink not valid for the specified protocol"),
        "merchant-range" => say(400, "OUT_OF_RANGE", "Client specified an invalid range."),
        "merchant-dates" => say(400, "*.INVALID_DATE_RANGE", "Client specified an invalid date range."),
        "merchant-too-many" => say(
            400,
            "*.TOO_MANY_MATCHING_RECORDS",
            "Too many matching records found. Specify additional/suitable criteria to limit the number of records.",
        ),
        "payment-authorization" => say(400, "*.INVALID_AUTHORIZATION_ID", "Invalid authorizationId."),
        "payment-code" => say(400, "*.INVALID_CODE", "Invalid code."),
        "payment-code-too-often" => say(
            400,
            "*.VALIDATION_FAILED",
            "the maximum number of attempts have been consumed for this validation.",
        ),
        "too-fast" => say(429, "TOO_MANY_REQUESTS", "Rate limit reached."),
        _ if status.is_server_error() => say(
            status.as_u16(),
            "UNAVAILABLE",
            "The service is not available; ask again later.",
        ),
        _ => say(
            400,
            "INVALID_ARGUMENT",
            "Client specified an invalid argument, request body or query param.",
        ),
    }
}
