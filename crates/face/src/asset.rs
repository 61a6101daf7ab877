//! Assets: the style sheet and the mark, under names made from their content.

include!(concat!(env!("OUT_DIR"), "/sheet.rs"));

/// A file that never changes under its name: serve it with `cache-control: public, max-age=31536000, immutable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// What it is.
    pub media_type: &'static str,
    /// What is in it.
    pub text: &'static str,
}

/// The file at a path of this server (`/static/...`), if it is one of these.
pub fn asset(path: &str) -> Option<Asset> {
    match path {
        SHEET_AT => Some(Asset {
            media_type: "text/css; charset=utf-8",
            text: SHEET,
        }),
        MARK_AT => Some(Asset {
            media_type: "image/svg+xml",
            text: MARK,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_under_their_names_alone() {
        assert!(asset(SHEET_AT).is_some_and(|it| it.text.contains("--fare")));
        assert!(asset(MARK_AT).is_some_and(|it| it.text.starts_with("<svg")));
        assert_eq!(asset("/static/face.css"), None);
        assert_eq!(asset("/static/../Cargo.toml"), None);
    }

    #[test]
    fn the_sheet_loads_nothing_from_elsewhere() {
        for word in ["http:", "https:", "@import", "url("] {
            assert!(!SHEET.contains(word), "{word}");
        }
        assert!(SHEET.len() < 30_000, "{} bytes", SHEET.len());
    }
}
