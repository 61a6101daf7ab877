//! Forms: what pages with people who sign in have in common, whichever party's they are: fields, cookies, and the refusal of
//! what another page posts. Who is let in is each party's own.

use std::collections::BTreeMap;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use units::Again;

use crate::frame::Problem;

/// A form's fields, or those of an address.
pub(crate) type Fields = BTreeMap<String, String>;

/// This form was not of a page of ours.
pub(crate) fn not_ours() -> Problem {
    let text = "this form was not of this page; open the page again";
    Problem::door(StatusCode::FORBIDDEN, "form-foreign", Again::AfterYouAct, text)
}

/// A cookie of ours, as a browser sent it.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let pairs = all
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(key, _)| key.trim_start_matches("__Host-") == name)
        .map(|(_, value)| value.to_owned())
        .next()
}

/// Whose links a cookie follows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SameSite {
    /// Ours alone.
    Strict,
    /// Also others' links to us.
    Lax,
}

/// Sets a cookie of ours for this host alone, out of scripts' reach; for so many seconds, or until the browser is closed.
/// `secure`: answers travel over TLS, and a prefix makes browsers refuse it from another host.
pub(crate) fn set_cookie(
    response: &mut Response,
    secure: bool,
    same_site: SameSite,
    (name, value): (&str, &str),
    seconds: Option<u64>,
) {
    let (prefix, secure) = if secure { ("__Host-", "; Secure") } else { ("", "") };
    let age = seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
    let text = format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite={same_site:?}{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
