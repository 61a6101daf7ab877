//! Body: messages and documents as they come in, held to their type and size before anybody parses them.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde::{Serialize, de::DeserializeOwned};
use units::Again;

use super::{limits::BODY_MAX, problem::Problem};

/// The media type of messages.
pub const CBOR: &str = "application/cbor";

/// A message: bytes that only its party parses.
#[derive(Debug, Clone)]
pub struct Message(pub Bytes);

impl<S: Sync> FromRequest<S> for Message {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_type(request.headers(), CBOR)?;
        Ok(Self(read(request).await?))
    }
}

impl IntoResponse for Message {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(CBOR))], self.0).into_response()
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

/// A JSON document, with no members but those it should have.
#[derive(Debug, Clone)]
pub struct Json<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_type(request.headers(), "application/json")?;
        let bytes = read(request).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|no| {
            // Where, never what: the parser's own words may quote a token.
            let text = format!(
                "the document does not read as what /openapi.json says, at line {} column {}",
                no.line(),
                no.column()
            );
            Problem::door(StatusCode::BAD_REQUEST, "json-malformed", Again::Never, &text)
        })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => (
                [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
                bytes,
            )
                .into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// The token that a request shows as its bearer; nothing shown is the empty one.
pub fn bearer(headers: &HeaderMap) -> &str {
    let told = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    told.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default()
}

/// A value out of the path; one that does not read names nothing that is here.
#[derive(Debug, Clone)]
pub struct Named<T>(pub T);

impl<S: Send + Sync, T: std::str::FromStr> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::nothing_here())?;
        text.parse().map(Self).map_err(|_| Problem::nothing_here())
    }
}

/// The query, with no members but those it should have.
#[derive(Debug, Clone)]
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|q| Self(q.0))
            .map_err(|_| {
                let text = "the part of the address behind the question mark is not what /openapi.json says";
                Problem::door(StatusCode::BAD_REQUEST, "query-malformed", Again::Never, text)
            })
    }
}

fn require_type(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    let found = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if found
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case(wanted)
    {
        return Ok(());
    }
    let text = format!("send it as {wanted}");
    Err(Problem::door(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "media-type",
        Again::Never,
        &text,
    ))
}

/// What is read and thrown away after a body was found too long: a sender that hears the refusal while it is still sending
/// takes it for a broken line.
const REST_MAX: usize = BODY_MAX;

async fn read(request: Request) -> Result<Bytes, Problem> {
    let told = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok());
    let told = told.and_then(|v| v.parse::<usize>().ok());
    if told.is_some_and(|len| len > BODY_MAX + REST_MAX) {
        return Err(too_long());
    }
    let mut body = request.into_body();
    let (mut whole, mut seen) = (Vec::with_capacity(told.unwrap_or(0).min(BODY_MAX)), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let text = "the request ended before its body did";
            return Err(Problem::door(StatusCode::BAD_REQUEST, "body-cut", Again::Later, text));
        };
        let Some(piece) = frame.data_ref() else { continue };
        seen = seen.saturating_add(piece.len());
        if seen <= BODY_MAX {
            whole.extend_from_slice(piece);
        } else if seen > BODY_MAX + REST_MAX {
            break;
        }
    }
    if seen > BODY_MAX {
        Err(too_long())
    } else {
        Ok(whole.into())
    }
}

/// Reads the rest of a body that is refused, as far as that is reasonable, so that the refusal is heard.
pub async fn hear_out(mut pieces: impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Unpin) {
    let mut seen = 0_usize;
    while seen <= REST_MAX {
        let next = tokio::time::timeout(super::limits::IDLE_TIME, futures::StreamExt::next(&mut pieces)).await;
        let Ok(Some(Ok(piece))) = next else { return };
        seen = seen.saturating_add(piece.len());
    }
}

fn too_long() -> Problem {
    let text = format!("a body has at most {BODY_MAX} bytes");
    Problem::door(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", Again::Never, &text)
}
