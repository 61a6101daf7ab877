//! Stream: a play over HTTP, to a browser or any media player on this machine, with ranges (RFC 9110, section 14).

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use futures::stream;
use tokio::sync::mpsc;

use super::{PlayRefused, Session, Step};

/// Bytes handed on at once: enough for whole pieces, little enough to stop quickly.
const CHUNK: usize = 128 << 10;

/// What a `Range` header asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(u64, u64),
    Nowhere,
}

/// Reads one range; several, or a unit we do not know, are answered with everything, as the standard allows.
fn asked(header: Option<&HeaderValue>, len: u64) -> Asked {
    let Some(spec) = header
        .and_then(|h| h.to_str().ok())
        .and_then(|h| h.strip_prefix("bytes="))
    else {
        return Asked::Whole;
    };
    let Some((from, to)) = spec.split_once('-').filter(|_| !spec.contains(',')) else {
        return Asked::Whole;
    };
    let number = |text: &str| {
        text.parse::<u64>()
            .ok()
            .filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
    };
    match (from.is_empty(), to.is_empty(), number(from), number(to)) {
        (false, true, Some(from), _) if from < len => Asked::Part(from, len),
        (false, false, Some(from), Some(to)) if from <= to && from < len => {
            Asked::Part(from, to.saturating_add(1).min(len))
        }
        (true, false, _, Some(last)) if last > 0 && len > 0 => Asked::Part(len.saturating_sub(last), len),
        (false, true, Some(_), _) | (true, false, _, Some(_)) => Asked::Nowhere,
        (false, false, Some(from), Some(to)) if from <= to => Asked::Nowhere,
        _ => Asked::Whole,
    }
}

/// Kinds that a browser shows by itself and that carry no programs.
fn shows(media_type: &str) -> bool {
    let kind = media_type.split('/').next().unwrap_or_default();
    matches!(kind, "audio" | "video")
        || (kind == "image" && media_type != "image/svg+xml")
        || media_type == "text/plain"
}

/// A part of a content that is played like a whole: a track of an album.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins.
    pub from: u64,
    /// How long it is.
    pub len: u64,
    /// What it is.
    pub media_type: String,
}

impl Stretch {
    /// Everything that this play may use.
    fn whole(session: &Session) -> Self {
        Self {
            from: 0,
            len: session.len(),
            media_type: session.media_type().to_owned(),
        }
    }
}

/// Answers a request for the content of a play, or for a stretch of it. The first bytes are read before the answer begins, so that a refusal of the
/// card is a status and not a broken stream.
pub async fn serve(
    session: Arc<Session>,
    stretch: Option<Stretch>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, PlayRefused> {
    let stretch = stretch.unwrap_or_else(|| Stretch::whole(&session));
    let len = stretch.len;
    let (status, from, to) = match asked(headers.get(header::RANGE), len) {
        Asked::Whole => (StatusCode::OK, 0, len),
        Asked::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Asked::Nowhere => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let out = response.headers_mut();
    let text = |value: String| HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    // Texts are read in a frame of the player page, and of nobody else's.
    out.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    // Whatever a publisher calls his work, on this origin it is shown and never run.
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'; frame-ancestors 'self'"),
    );
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        out.insert(header::CONTENT_RANGE, text(format!("bytes */{len}")));
        return Ok(response);
    }
    let mut media_type = stretch.media_type.clone();
    if media_type.starts_with("text/") {
        media_type.push_str("; charset=utf-8");
    }
    out.insert(header::CONTENT_TYPE, text(media_type));
    if !shows(&stretch.media_type) {
        out.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let last = to.saturating_sub(1);
        out.insert(header::CONTENT_RANGE, text(format!("bytes {from}-{last}/{len}")));
    }
    out.insert(header::CONTENT_LENGTH, text(to.saturating_sub(from).to_string()));
    if method != Method::HEAD {
        let (from, to) = (stretch.from.saturating_add(from), stretch.from.saturating_add(to));
        session.note(Step::Asked, Some((from, to)), None);
        *response.body_mut() = body(session, from, to).await?;
    }
    Ok(response)
}

/// All of a play's content, as it is read.
pub(crate) async fn whole(session: Arc<Session>) -> Result<Body, PlayRefused> {
    let len = session.len();
    session.note(Step::Asked, Some((0, len)), None);
    body(session, 0, len).await
}

async fn body(session: Arc<Session>, from: u64, to: u64) -> Result<Body, PlayRefused> {
    let (give, take) = mpsc::channel::<Result<Bytes, std::io::Error>>(2);
    let (first_give, first) = tokio::sync::oneshot::channel();
    tokio::task::spawn_blocking(move || {
        let mut first_give = Some(first_give);
        let mut at = from;
        while at < to {
            let want = usize::try_from(to.saturating_sub(at)).unwrap_or(CHUNK).min(CHUNK);
            let mut chunk = vec![0; want];
            let read = session.read(at, &mut chunk);
            let n = match (read, first_give.take()) {
                (Ok(n), told) => {
                    // Whoever asked may have gone; then giving fails below.
                    let _ = told.map(|t| t.send(Ok(())));
                    n
                }
                (Err(no), Some(told)) => {
                    let _ = told.send(Err(no));
                    return;
                }
                (Err(no), None) => {
                    let _ = give.blocking_send(Err(std::io::Error::other(no.to_string())));
                    return;
                }
            };
            chunk.truncate(n);
            if n == 0 || give.blocking_send(Ok(chunk.into())).is_err() {
                break;
            }
            at = at.saturating_add(n as u64);
        }
        session.note(Step::Played, Some((from, at)), None);
        let _ = first_give.map(|t| t.send(Ok(())));
        // The stream ends last: whoever has read it to its end finds the log written and the play let go of.
        drop(session);
        drop(give);
    });
    first.await.unwrap_or(Err(PlayRefused::Ended))?;
    let chunks = stream::unfold(take, |mut take| async move { take.recv().await.map(|c| (c, take)) });
    Ok(Body::from_stream(chunks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let ask = |text: &str, len| asked(Some(&HeaderValue::try_from(text).unwrap()), len);
        assert_eq!(asked(None, 10), Asked::Whole);
        assert_eq!(ask("bytes=0-", 10), Asked::Part(0, 10));
        assert_eq!(ask("bytes=2-4", 10), Asked::Part(2, 5));
        assert_eq!(ask("bytes=2-400", 10), Asked::Part(2, 10));
        assert_eq!(ask("bytes=-3", 10), Asked::Part(7, 10));
        assert_eq!(ask("bytes=-30", 10), Asked::Part(0, 10));
        for nowhere in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(ask(nowhere, 10), Asked::Nowhere, "{nowhere}");
        }
        assert_eq!(ask("bytes=0-", 0), Asked::Nowhere);
        for ignored in [
            "bytes=4-2",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=-",
        ] {
            assert_eq!(ask(ignored, 10), Asked::Whole, "{ignored}");
        }
    }
}
