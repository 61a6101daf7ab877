//! Files: the scripts and styles of these pages, each bound to its hash. A page names the hash of every file it loads, and its
//! policy lets these scripts run and no other bytes, wherever on this origin they lie: neither a file that was swapped on its
//! way, nor a work that plays under an address of ours, is ever run as a script (row-100). Tags say `crossorigin`, because an
//! integrity policy takes nothing that was fetched without it.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use data_encoding::BASE64;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Name, what it is, and what is in it.
const FILES: [(&str, &str, &str); 9] = [
    ("confirm.js", SCRIPT, include_str!("../../static/confirm.js")),
    ("door.js", SCRIPT, include_str!("../../static/door.js")),
    ("remember.js", SCRIPT, include_str!("../../static/remember.js")),
    ("hand.js", SCRIPT, include_str!("../../static/hand.js")),
    ("play.js", SCRIPT, include_str!("../../static/play.js")),
    ("print.js", SCRIPT, include_str!("../../static/print.js")),
    ("reader.js", SCRIPT, include_str!("../../static/reader.js")),
    ("hand.css", STYLE, include_str!("../../static/hand.css")),
    ("play.css", STYLE, include_str!("../../static/play.css")),
];

/// A file of these pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Own {
    name: &'static str,
    /// Where it is.
    pub(super) at: String,
    /// The hash by which a browser takes it, and nothing else in its place.
    pub(super) integrity: String,
    /// What it is.
    pub(super) kind: &'static str,
    /// What is in it.
    pub(super) text: &'static str,
}

static OWN: LazyLock<Vec<Own>> = LazyLock::new(|| {
    let own = |(name, kind, text): (&'static str, &'static str, &'static str)| Own {
        name,
        at: format!("/static/{name}"),
        integrity: format!("sha256-{}", BASE64.encode(&seal::hash(text.as_bytes()).0)),
        kind,
        text,
    };
    FILES.map(own).to_vec()
});

/// The file of this name.
pub(super) fn find(name: &str) -> Option<&'static Own> {
    OWN.iter().find(|own| own.name == name)
}

/// The file of a name that a template gives; a name that is none leads to a file that is none, and a test finds it.
pub(super) fn own(name: &str) -> Own {
    find(name).cloned().unwrap_or(Own {
        name: "",
        at: String::new(),
        integrity: String::new(),
        kind: SCRIPT,
        text: "",
    })
}

/// What a page's policy says of scripts: these, by their hashes.
pub(super) static SCRIPTS: LazyLock<String> = LazyLock::new(|| {
    let scripts = OWN.iter().filter(|own| own.kind == SCRIPT);
    let hashes: Vec<String> = scripts.map(|own| format!("'{}'", own.integrity)).collect();
    format!("script-src {}", hashes.join(" "))
});

/// The policy of every page: what may be framed, and where pictures may come from besides this origin.
pub(super) fn policy(frames: &str, pictures: &str) -> HeaderValue {
    let text = format!(
        "default-src 'none'; {}; style-src 'self'; img-src 'self' {pictures}; media-src 'self'; connect-src 'self'; \
         frame-src {frames}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        *SCRIPTS
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The policy of a page that shows nothing of others.
pub(super) static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy("'self'", ""));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_own_name_and_hash() {
        let names: std::collections::BTreeSet<_> = OWN.iter().map(|own| (&own.name, &own.integrity)).collect();
        assert_eq!(names.len(), FILES.len());
        assert!(find("play.js").is_some_and(|own| own.text.contains("\"use strict\"")));
        assert_eq!(find("../play.js"), None);
    }
}
