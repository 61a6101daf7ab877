//! Preview: what a publisher shows in the open. It is a stranger's file on our address, so its type comes from a short list
//! and from its own first bytes, and a browser may run nothing in it (row-87 and row-93).

use axum::http::{HeaderMap, HeaderValue, header};

/// How a preview is shown on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// In place.
    Picture,
    /// With a player's controls.
    Sound,
    /// With a player's controls and a picture.
    Film,
    /// In a frame of its own.
    Text,
}

/// Types that may be shown, and how they begin. Nothing that can carry a script.
const TYPES: &[(&str, Shown, &[&[u8]])] = &[
    ("image/png", Shown::Picture, &[b"\x89PNG\r\n\x1a\n"]),
    ("image/jpeg", Shown::Picture, &[b"\xff\xd8\xff"]),
    ("image/webp", Shown::Picture, &[b"RIFF"]),
    ("image/gif", Shown::Picture, &[b"GIF87a", b"GIF89a"]),
    (
        "audio/mpeg",
        Shown::Sound,
        &[b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"],
    ),
    ("audio/wav", Shown::Sound, &[b"RIFF"]),
    ("audio/ogg", Shown::Sound, &[b"OggS"]),
    ("audio/flac", Shown::Sound, &[b"fLaC"]),
    ("audio/webm", Shown::Sound, &[b"\x1a\x45\xdf\xa3"]),
    ("audio/mp4", Shown::Sound, &[b"\0\0"]),
    ("video/webm", Shown::Film, &[b"\x1a\x45\xdf\xa3"]),
    ("video/mp4", Shown::Film, &[b"\0\0"]),
    ("text/plain", Shown::Text, &[b""]),
];

/// How previews of this type are shown, whatever their bytes; `None`: not at all.
pub fn named(media_type: &str) -> Option<(&'static str, Shown)> {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    TYPES
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(bare))
        .map(|(name, how, _)| (*name, *how))
}

/// How a preview that says it is of `media_type` is shown; `None`: not at all.
pub fn shown(media_type: &str, bytes: &[u8]) -> Option<(&'static str, Shown)> {
    let (named, _) = named(media_type)?;
    let (name, how, heads) = TYPES.iter().find(|(name, ..)| *name == named)?;
    let form = match *name {
        "image/webp" => bytes.get(8..12) == Some(b"WEBP"),
        "audio/wav" => bytes.get(8..12) == Some(b"WAVE"),
        "audio/mp4" | "video/mp4" => bytes.get(4..8) == Some(b"ftyp"),
        "text/plain" => core::str::from_utf8(bytes).is_ok(),
        _ => true,
    };
    (form && heads.iter().any(|head| bytes.starts_with(head))).then_some((*name, *how))
}

/// The fields a preview is served with, besides type and length.
pub fn fields(headers: &mut HeaderMap) {
    let mut put = |name, value| headers.insert(name, HeaderValue::from_static(value));
    put(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox; frame-ancestors 'self'",
    );
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // The work's page shows a text in a frame.
    put(header::X_FRAME_OPTIONS, "SAMEORIGIN");
}

/// The type in full: text says its encoding, or browsers guess.
pub fn full_type(name: &str) -> String {
    if name == "text/plain" {
        "text/plain; charset=utf-8".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-87 row-93
    #[test]
    fn only_what_it_says_and_cannot_run_is_shown() {
        let check = |media_type, bytes: &[u8], expected: Option<Shown>| {
            assert_eq!(shown(media_type, bytes).map(|(_, how)| how), expected, "{media_type}");
        };
        check("image/png", b"\x89PNG\r\n\x1a\n...", Some(Shown::Picture));
        check("IMAGE/PNG; x=y", b"\x89PNG\r\n\x1a\n...", Some(Shown::Picture));
        check("image/png", b"<svg onload=...>", None);
        check("image/svg+xml", b"<svg/>", None);
        check("text/html", b"<script>", None);
        check("application/pdf", b"%PDF", None);
        check("audio/wav", b"RIFF....WAVEfmt ", Some(Shown::Sound));
        check("image/webp", b"RIFF....WAVEfmt ", None);
        check("text/plain", b"<script>is only text here</script>", Some(Shown::Text));
        check("text/plain", b"\xff\xfe", None);
        check("", b"", None);
    }
}
