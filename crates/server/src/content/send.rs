//! Send: a thing of known bytes as an answer, whole or in ranges, made piece by piece while it travels. A piece is made on a
//! blocking thread and the thread given back before the network takes it: a slow reader holds one piece of memory and no
//! thread.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use core::ops::Range;
use futures::{Stream, StreamExt, stream};
use units::Again;

use super::range::{Wanted, wanted};
use crate::frame::Problem;

/// Bytes that can be made for any range, the same every time.
pub trait Content: Send + Sync + 'static {
    /// How many there are.
    fn len(&self) -> u64;
    /// None?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Makes a range that lies within. Called on a thread that may block.
    fn make(&self, range: Range<u64>) -> io::Result<Vec<u8>>;
    /// How many bytes are best made at once.
    fn piece_len(&self) -> u64;
}

/// How a thing is described.
#[derive(Debug, Clone)]
pub struct Label {
    /// Strong entity tag, without quotes.
    pub tag: String,
    /// Its media type.
    pub media_type: String,
    /// May caches keep it?
    pub cache: &'static str,
    /// Name under which a browser saves it; our own word, never a stranger's. `None`: shown.
    pub save_as: Option<String>,
}

/// Answers a request for `content`.
pub fn send(method: &Method, headers: &HeaderMap, content: Arc<dyn Content>, label: &Label) -> Response {
    let (len, etag) = (content.len(), format!("\"{}\"", label.tag));
    let mut response = match wanted(method, headers, len, &etag) {
        Wanted::Unchanged => StatusCode::NOT_MODIFIED.into_response(),
        Wanted::Whole => {
            let mut response = Response::new(body(content, vec![Part::Made(0..len)]));
            put(response.headers_mut(), header::CONTENT_LENGTH, &len.to_string());
            put(response.headers_mut(), header::CONTENT_TYPE, &label.media_type);
            response
        }
        Wanted::Parts(ranges) => partial(content, len, ranges, &label.media_type, &label.tag),
        no @ (Wanted::Nowhere | Wanted::TooMany) => return refuse(&no, len),
    };
    let fields = response.headers_mut();
    put(fields, header::ETAG, &etag);
    put(fields, header::CACHE_CONTROL, label.cache);
    put(fields, header::ACCEPT_RANGES, "bytes");
    if let Some(name) = &label.save_as {
        put(
            fields,
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename=\"{name}\""),
        );
    }
    response
}

fn refuse(why: &Wanted, len: u64) -> Response {
    let (code, text) = if *why == Wanted::TooMany {
        ("ranges-too-many", "a request may ask for at most 8 ranges")
    } else {
        ("range-nowhere", "the range lies behind the end")
    };
    let mut response = Problem::door(StatusCode::RANGE_NOT_SATISFIABLE, code, Again::Never, text).into_response();
    put(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{len}"));
    response
}

fn partial(content: Arc<dyn Content>, len: u64, ranges: Vec<Range<u64>>, media_type: &str, tag: &str) -> Response {
    let said = |range: &Range<u64>| format!("bytes {}-{}/{len}", range.start, range.end.saturating_sub(1));
    let mut fields = HeaderMap::new();
    let parts = if let [range] = ranges.as_slice() {
        put(&mut fields, header::CONTENT_TYPE, media_type);
        put(&mut fields, header::CONTENT_RANGE, &said(range));
        vec![Part::Made(range.clone())]
    } else {
        // 128 bits of hash do not occur in a sealed package by chance, and its parts say their lengths anyway.
        let boundary = seal::hash(tag.as_bytes()).to_string();
        let boundary = boundary.get(..26).unwrap_or_default();
        put(
            &mut fields,
            header::CONTENT_TYPE,
            &format!("multipart/byteranges; boundary={boundary}"),
        );
        let mut parts = Vec::new();
        for range in ranges {
            let head = format!(
                "\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {}\r\n\r\n",
                said(&range)
            );
            parts.push(Part::Said(head.into()));
            parts.push(Part::Made(range));
        }
        parts.push(Part::Said(format!("\r\n--{boundary}--\r\n").into()));
        parts
    };
    let total: u64 = parts.iter().map(Part::len).sum();
    put(&mut fields, header::CONTENT_LENGTH, &total.to_string());
    (StatusCode::PARTIAL_CONTENT, fields, body(content, parts)).into_response()
}

fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

enum Part {
    Said(Bytes),
    Made(Range<u64>),
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Self::Said(bytes) => bytes.len() as u64,
            Self::Made(range) => range.end.saturating_sub(range.start),
        }
    }
}

fn body(content: Arc<dyn Content>, parts: Vec<Part>) -> Body {
    Body::from_stream(stream::iter(parts).flat_map(move |part| pieces(content.clone(), part)))
}

fn pieces(content: Arc<dyn Content>, part: Part) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some((content, part)), |left| async {
        let (content, part) = left?;
        match part {
            Part::Said(bytes) => Some((Ok(bytes), None)),
            Part::Made(range) if range.is_empty() => None,
            Part::Made(range) => {
                let to = range.start.saturating_add(content.piece_len()).min(range.end);
                let (maker, piece) = (content.clone(), range.start..to);
                let made = tokio::task::spawn_blocking(move || maker.make(piece)).await;
                match made.unwrap_or_else(|e| Err(io::Error::other(e))) {
                    Ok(bytes) => Some((Ok(bytes.into()), Some((content, Part::Made(to..range.end))))),
                    // The length was promised: cutting the connection is how the reader learns.
                    Err(no) => Some((Err(no), None)),
                }
            }
        }
    })
}

/// A file as content.
#[derive(Debug)]
pub struct Filed {
    file: std::fs::File,
    len: u64,
}

impl Filed {
    /// The whole of an open file, as long as it is now.
    pub fn new(file: std::fs::File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len })
    }
}

impl Content for Filed {
    fn len(&self) -> u64 {
        self.len
    }
    fn make(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        read_exactly(&self.file, range)
    }
    fn piece_len(&self) -> u64 {
        256 << 10
    }
}

/// Bytes in memory as content: previews.
#[derive(Debug)]
pub struct Held(pub Bytes);

impl Content for Held {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn make(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let within = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        let bytes = within.and_then(|(from, to)| self.0.get(from..to));
        bytes
            .map(<[u8]>::to_vec)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
    fn piece_len(&self) -> u64 {
        256 << 10
    }
}

/// Reads a range of a source that has it all.
pub fn read_exactly(source: &impl package::ReadAt, range: Range<u64>) -> io::Result<Vec<u8>> {
    let len = usize::try_from(range.end.saturating_sub(range.start)).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    if source.fill_at(range.start, &mut bytes)? == len {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn label() -> Label {
        Label {
            tag: "t".to_owned(),
            media_type: "application/octet-stream".to_owned(),
            cache: "no-store",
            save_as: None,
        }
    }

    async fn ask(range: Option<&str>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let content: Vec<u8> = (0..600_000_u32).map(|n| n as u8).collect();
        let mut headers = HeaderMap::new();
        if let Some(range) = range {
            headers.insert(header::RANGE, HeaderValue::from_str(range).unwrap());
        }
        let response = send(&Method::GET, &headers, Arc::new(Held(content.into())), &label());
        let (head, body) = response.into_parts();
        (
            head.status,
            head.headers,
            body.collect().await.unwrap().to_bytes().to_vec(),
        )
    }

    #[tokio::test]
    async fn every_answer_has_the_length_it_promised() {
        for range in [
            None,
            Some("bytes=5-300000"),
            Some("bytes=0-9,100-109,599990-"),
            Some("bytes=-3"),
        ] {
            let (status, headers, body) = ask(range).await;
            assert_eq!(status.as_u16(), if range.is_some() { 206 } else { 200 });
            assert_eq!(headers[header::CONTENT_LENGTH], body.len().to_string(), "{range:?}");
        }
        let (_, headers, body) = ask(Some("bytes=5-300000")).await;
        assert_eq!(headers[header::CONTENT_RANGE], "bytes 5-300000/600000");
        assert!(body.iter().enumerate().all(|(n, b)| *b == (n + 5) as u8));
        let (status, headers, _) = ask(Some("bytes=600000-")).await;
        assert_eq!(
            (status.as_u16(), headers[header::CONTENT_RANGE].to_str().unwrap()),
            (416, "bytes */600000")
        );
    }

    #[tokio::test]
    async fn several_ranges_come_as_parts_that_name_themselves() {
        let (_, headers, body) = ask(Some("bytes=0-1,256-257")).await;
        let kind = headers[header::CONTENT_TYPE].to_str().unwrap();
        let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
        let head = "Content-Type: application/octet-stream\r\nContent-Range: bytes";
        let expected = format!(
            "\r\n--{boundary}\r\n{head} 0-1/600000\r\n\r\n\0\u{1}\r\n--{boundary}\r\n{head} 256-257/600000\r\n\r\n\0\u{1}\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected.into_bytes());
    }
}
