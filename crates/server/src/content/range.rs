//! Range: which bytes of a thing a request asks for (RFC 9110, section 14), with ranges that overlap joined, so that no
//! request can ask for more than the thing once over.

use axum::http::{HeaderMap, Method, header};
use core::ops::Range;

use crate::frame::limits::RANGES_MAX;

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// These bytes, in ascending order, none twice.
    Parts(Vec<Range<u64>>),
    /// The asker has it already.
    Unchanged,
    /// Nothing that is there was asked for.
    Nowhere,
    /// More ranges than one request may have.
    TooMany,
}

/// Reads the conditional and range fields for a thing of `len` bytes under the strong entity tag `etag` (with quotes).
pub fn wanted(method: &Method, headers: &HeaderMap, len: u64, etag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags.trim() == "*" || any_is(tags, etag)) {
        return Wanted::Unchanged;
    }
    // A thing that is another by now is sent whole; dates are never strong enough for us to compare.
    let same = text(header::IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    let Some(ranges) = text(header::RANGE).filter(|_| method == Method::GET && same) else {
        return Wanted::Whole;
    };
    match parse(ranges, len) {
        Parsed::NotARange => Wanted::Whole,
        Parsed::TooMany => Wanted::TooMany,
        Parsed::Ranges(ranges) if ranges.is_empty() => Wanted::Nowhere,
        Parsed::Ranges(ranges) => Wanted::Parts(join(ranges)),
    }
}

fn any_is(tags: &str, etag: &str) -> bool {
    tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

enum Parsed {
    /// Not in a unit or form we know: to be ignored.
    NotARange,
    TooMany,
    Ranges(Vec<Range<u64>>),
}

fn parse(text: &str, len: u64) -> Parsed {
    let Some(specs) = text.trim().strip_prefix("bytes=") else {
        return Parsed::NotARange;
    };
    if specs.split(',').take(RANGES_MAX + 1).count() > RANGES_MAX {
        return Parsed::TooMany;
    }
    let mut ranges = Vec::new();
    for spec in specs.split(',') {
        let Some((first, last)) = spec.trim().split_once('-') else {
            return Parsed::NotARange;
        };
        let range = match (number(first), number(last)) {
            (Some(Some(first)), Some(last)) => {
                if last.is_some_and(|last| last < first) {
                    return Parsed::NotARange;
                }
                first..last.map_or(len, |last| last.saturating_add(1)).min(len)
            }
            (Some(None), Some(Some(suffix))) => len.saturating_sub(suffix)..len,
            _ => return Parsed::NotARange,
        };
        if range.start < range.end {
            ranges.push(range);
        }
    }
    Parsed::Ranges(ranges)
}

/// `Some(None)` for nothing, `None` for no number.
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    // Longer numbers are real ones, only beyond every end.
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

fn join(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|r| r.start);
    let mut out: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn check(fields: &[(header::HeaderName, &str)], expected: Wanted) {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(wanted(&Method::GET, &headers, 1000, "\"x\""), expected, "{fields:?}");
    }
    fn range(text: &str, expected: Wanted) {
        check(&[(header::RANGE, text)], expected);
    }
    fn parts(parts: &[(u64, u64)]) -> Wanted {
        Wanted::Parts(parts.iter().map(|(from, to)| *from..*to).collect())
    }

    // proves: row-94
    #[test]
    fn ranges_are_read_as_the_standard_says_and_never_ask_for_a_byte_twice() {
        range("bytes=0-0", parts(&[(0, 1)]));
        range("bytes=990-", parts(&[(990, 1000)]));
        range("bytes=-1", parts(&[(999, 1000)]));
        range("bytes=-5000", parts(&[(0, 1000)]));
        range("bytes=0-99999999999999999999999", parts(&[(0, 1000)]));
        range("bytes=1000-", Wanted::Nowhere);
        range("bytes=-0", Wanted::Nowhere);
        range("bytes=5-4", Wanted::Whole);
        range("bytes=a-b", Wanted::Whole);
        range("bytes=", Wanted::Whole);
        range("lines=1-2", Wanted::Whole);
        range("bytes=+1-2", Wanted::Whole);
        range("bytes=500-600, 0-9", parts(&[(0, 10), (500, 601)]));
        range("bytes=0-9,5-20,21-30", parts(&[(0, 31)]));
        range("bytes=0-9,2000-", parts(&[(0, 10)]));
        let eight = ["0-0"; RANGES_MAX].join(",");
        range(&format!("bytes={eight}"), parts(&[(0, 1)]));
        range(&format!("bytes={eight},0-0"), Wanted::TooMany);
        let many = ["0-"; 10_000].join(",");
        range(&format!("bytes={many}"), Wanted::TooMany);
    }

    #[test]
    fn conditions_compare_strongly() {
        let r = (header::RANGE, "bytes=0-0");
        check(&[(header::IF_NONE_MATCH, "\"y\", W/\"x\"")], Wanted::Unchanged);
        check(&[(header::IF_NONE_MATCH, "*")], Wanted::Unchanged);
        check(&[(header::IF_NONE_MATCH, "\"y\""), r.clone()], parts(&[(0, 1)]));
        check(&[(header::IF_RANGE, "\"x\""), r.clone()], parts(&[(0, 1)]));
        check(&[(header::IF_RANGE, "\"y\""), r.clone()], Wanted::Whole);
        check(&[(header::IF_RANGE, "W/\"x\""), r.clone()], Wanted::Whole);
        check(&[(header::IF_RANGE, "Fri, 20 Nov 2026 00:00:00 GMT"), r], Wanted::Whole);
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-0"));
        assert_eq!(wanted(&Method::HEAD, &headers, 1000, "\"x\""), Wanted::Whole);
    }
}
