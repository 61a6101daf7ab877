//! Around: what every request passes on its way in and every answer on its way out, whichever party is behind it.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use units::Again;

use super::{
    limits::{REQUEST_TIME, TARGET_MAX},
    problem::{LoggedCode, Problem},
    rate::{Counts, Rates},
    source::{Clock, chance},
};

/// What the door of a party knows.
#[derive(Debug)]
pub struct Door {
    /// How fast sources may ask.
    pub rates: Rates,
    /// The clock.
    pub clock: Clock,
    /// The last entry of `X-Forwarded-For` is the source: whoever speaks to us is our own proxy.
    pub behind_proxy: bool,
    /// Answers travel over TLS, ours or the proxy's.
    pub secure: bool,
    /// The party's role, for the log.
    pub role: &'static str,
    /// Puts answers into the words of an interface that is not ours.
    pub speak: Option<Speak>,
}

/// What puts an answer into other words: the path, the field `x-correlator`, the request's number, the answer.
pub type Speak = fn(&str, Option<&HeaderValue>, &str, Response) -> Response;

/// Who asks, as far as the network tells.
#[derive(Debug, Clone, Copy)]
pub struct Source(pub IpAddr);

/// The number under which a request is found in the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Marks an answer whose misses do not count against its source (a list that is empty is no guess).
#[derive(Debug, Clone, Copy)]
pub struct NoGuess;

/// The way in and out.
pub async fn around(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = chance::<8>().map(u64::from_be_bytes).unwrap_or_default();
    let id = format!("{id:016x}");
    let source = source_of(&door, &request);
    request.extensions_mut().insert(Source(source));
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let asked = door.speak.map(|_| {
        (
            request.uri().path().to_owned(),
            request.headers().get("x-correlator").cloned(),
        )
    });
    let mut response = match judge(&door, &request, source) {
        Ok(()) => next.run(request).await,
        Err(no) => no.into_response(),
    };
    count_miss(&door, source, &response);
    if let (Some(speak), Some((path, correlator))) = (door.speak, asked) {
        response = speak(&path, correlator.as_ref(), &id, response);
    }
    dress(&door, response.headers_mut(), &id);
    let code = response.extensions().get::<LoggedCode>().map(|c| c.0.as_str());
    // Route and not path: a path may hold what only its bearer should know.
    tracing::info!(
        target: "keyfare::http",
        role = door.role,
        request = %id,
        method = %method,
        route = route.as_deref().unwrap_or("-"),
        status = response.status().as_u16(),
        code = code.unwrap_or("-"),
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

/// Refuses what is too long, too fast or comes from a foreign page, cheapest question first.
fn judge(door: &Door, request: &Request, source: IpAddr) -> Result<(), Problem> {
    if request.uri().path_and_query().map_or(0, |p| p.as_str().len()) > TARGET_MAX {
        let text = format!("the address is longer than {TARGET_MAX} bytes");
        return Err(Problem::door(
            StatusCode::URI_TOO_LONG,
            "address-too-long",
            Again::Never,
            &text,
        ));
    }
    let now = door.clock.now();
    for counts in [Counts::Requests, Counts::Misses] {
        let wait = match counts {
            Counts::Requests => door.rates.take(counts, source, now),
            Counts::Misses => door.rates.look(counts, source, now),
        };
        if let Err(seconds) = wait {
            let text = "too many requests from your address; wait as long as Retry-After says";
            let no = Problem::door(StatusCode::TOO_MANY_REQUESTS, "too-fast", Again::Later, text);
            return Err(no.retry_after(seconds));
        }
    }
    let effect = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if effect && is_foreign(request.headers()) {
        let text = "another site's page sent this; nothing was done";
        return Err(Problem::door(StatusCode::FORBIDDEN, "cross-site", Again::Never, text));
    }
    Ok(())
}

/// Did a browser send this on behalf of a page that is not ours? Programs send neither field.
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let foreign_site = site.is_some_and(|s| s != b"same-origin" && s != b"none");
    let host = headers
        .get(header::HOST)
        .and_then(|h| h.to_str().ok())
        .unwrap_or_default();
    let foreign_origin = headers.get(header::ORIGIN).is_some_and(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        origin.split_once("://").is_none_or(|(_, authority)| authority != host)
    });
    foreign_site || foreign_origin
}

fn source_of(door: &Door, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<super::serve::Peer>().map(|peer| peer.0.ip());
    let told = || {
        let last = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .next_back()?
            .to_str()
            .ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    let forwarded = if door.behind_proxy { told() } else { None };
    forwarded.or(peer).unwrap_or(IpAddr::from([0, 0, 0, 0]))
}

fn count_miss(door: &Door, source: IpAddr, response: &Response) {
    let missed = matches!(
        response.status(),
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::GONE
    );
    if missed && response.extensions().get::<NoGuess>().is_none() {
        let _ = door.rates.take(Counts::Misses, source, door.clock.now()); // an empty bucket shows at the next request
    }
}

/// Everything else is no page: a browser that shows it anyway gives it nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

fn dress(door: &Door, headers: &mut HeaderMap, id: &str) {
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(header::CACHE_CONTROL, "no-store");
    default(header::CONTENT_SECURITY_POLICY, DATA_POLICY);
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    default(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if door.secure {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
}

/// Ends requests that take too long to answer. Uploads have their own clock, piece by piece.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let text = "this took too long; ask again with the same id to learn what happened";
            Problem::door(StatusCode::SERVICE_UNAVAILABLE, "too-slow", Again::Later, text).into_response()
        }
    }
}

/// Answers whatever has no route.
pub async fn nothing_here() -> Problem {
    Problem::nothing_here()
}

/// Answers a route asked by another method.
pub async fn other_method() -> Problem {
    let text = "this address does not do that; see /openapi.json for what it does";
    Problem::door(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", Again::Never, text)
}
