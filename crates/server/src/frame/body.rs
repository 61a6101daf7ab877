//! Body: messages and documents as they come in, held to their type and size before anybody parses them.

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
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
            Ok(bytes) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
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
        Query::<T>::from_request_parts(parts, state).await.map(|q| Self(q.0)).map_err(|_| {
            let text = "the part of the address behind the question mark is not what /openapi.json says";
            Problem::door(StatusCode::BAD_REQUEST, "query-malformed", Again::Never, text)
        })
    }
}

fn require_type(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    let found = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if found.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let text = format!("send it as {wanted}");
    Err(Problem::door(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", Again::Never, &text))
}

async fn read(request: Request) -> Result<Bytes, Problem> {
    let too_long = || {
        let text = format!("a body has at most {BODY_MAX} bytes");
        Problem::door(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", Again::Never, &text)
    };
    let told = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if told.and_then(|v| v.parse::<u64>().ok()).is_some_and(|len| len > BODY_MAX as u64) {
        return Err(too_long());
    }
    match Limited::new(request.into_body(), BODY_MAX).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(no) if no.is::<LengthLimitError>() => Err(too_long()),
        Err(_) => {
            let text = "the request ended before its body did";
            Err(Problem::door(StatusCode::BAD_REQUEST, "body-cut", Again::Later, text))
        }
    }
}
