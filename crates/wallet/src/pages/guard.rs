//! Guard: everything is refused here that no page of this wallet and no program of its user would ask (row-76, row-77).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{Desk, files::POLICY, problem::Problem};

const ALWAYS: [(HeaderName, &str); 7] = [
    // A script without its hash does not run, whatever a policy forgets to say.
    (
        HeaderName::from_static("integrity-policy"),
        "blocked-destinations=(script)",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Nothing leaves this origin. Not `no-referrer`: with it browsers call the origin of our own forms "null".
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

fn only(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Pages that a link from elsewhere may lead to. They show nothing of the card and do nothing.
fn is_door(path: &str) -> bool {
    matches!(path, "/" | "/confirm")
}

fn refuse(request: &Request, desk: &Desk) -> Option<Problem> {
    let (headers, method, path) = (request.headers(), request.method(), request.uri().path());
    if only(headers, header::HOST) != Some(desk.address().host()) {
        return Some(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host-unknown",
            "this wallet answers under its own address only",
        ));
    }
    if headers.contains_key(header::UPGRADE) || headers.contains_key("sec-websocket-key") {
        return Some(Problem::new(
            StatusCode::FORBIDDEN,
            "no-upgrades",
            "this wallet speaks plain HTTP only",
        ));
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let own = matches!(site, None | Some(b"same-origin" | b"none"));
    let navigates = headers.get("sec-fetch-mode").is_some_and(|m| m == "navigate")
        && headers.get("sec-fetch-dest").is_some_and(|d| d == "document");
    let led_here = method == Method::GET && is_door(path) && navigates;
    if !own && !led_here {
        return Some(Problem::new(
            StatusCode::FORBIDDEN,
            "other-site",
            "other pages may lead here, and nothing else",
        ));
    }
    // Letters between wallets: the door itself refuses whatever a browser sends.
    if path.starts_with("/hand/") {
        return None;
    }
    let effect = !matches!(*method, Method::GET | Method::HEAD);
    let origin = only(headers, header::ORIGIN);
    let own_origin = desk.address().origin();
    if effect && origin != Some(own_origin.as_str()) || origin.is_some_and(|o| o != own_origin) {
        return Some(Problem::new(
            StatusCode::FORBIDDEN,
            "other-origin",
            "only this wallet's own pages and programs of its user may do this",
        ));
    }
    let api = path.starts_with("/v1/");
    let kind = only(headers, header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let wanted = match path.rsplit('/').next() {
        _ if api => "application/json",
        // A letter in a file, a sealed file, and a frame of the camera.
        Some("letters" | "file") => "multipart/form-data",
        Some("scan") => "application/octet-stream",
        _ => "application/x-www-form-urlencoded",
    };
    if effect && kind != wanted {
        return Some(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "not what is sent here",
        ));
    }
    let shown = only(headers, header::AUTHORIZATION).and_then(|a| a.strip_prefix("Bearer "));
    if api && path != "/v1/proof" && !shown.is_some_and(|s| desk.is_bearer(s)) {
        return Some(Problem::new(
            StatusCode::UNAUTHORIZED,
            "token-missing",
            "this is for programs that can read the wallet's token file",
        ));
    }
    let key = path.strip_prefix("/s/").and_then(|rest| rest.split('/').next());
    if key.is_some_and(|key| !desk.knows(key)) {
        return Some(Problem::new(
            StatusCode::FORBIDDEN,
            "page-key-unknown",
            "this browser is not known here any more: open the wallet with a new code",
        ));
    }
    None
}

/// Lets through what may come in, and puts the same headers on everything that goes out.
pub(super) async fn guard(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let mut response = match refuse(&request, &desk) {
        Some(problem) => problem.into_response_for(request.headers()),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| POLICY.clone());
    for (name, value) in ALWAYS {
        // Content of a play brings its own, stricter ones.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
