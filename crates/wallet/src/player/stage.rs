//! Stage: how a work is shown, by what its publisher says it is. A claim that is not true shows nothing worse than a broken
//! picture: nothing that is shown on the wallet's own origin can run, whatever its bytes are.

use package::Kind;

/// How a work is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Heard.
    Sound,
    /// Heard, track by track.
    Album,
    /// Watched.
    Film,
    /// Looked at, all of it at once.
    Picture,
    /// Read as letters and nothing else.
    Text,
    /// A book (EPUB): chapters, cleaned, on the content origin.
    Book,
    /// A paper (PDF): pages, drawn apart.
    Paper,
    /// A document with marks (HTML): on the content origin, nothing in it runs.
    Leaflet,
    /// A program of its own (HTML with scripts): on the content origin, in a room without doors.
    Game,
    /// Nothing here shows it.
    Other,
}

impl Stage {
    /// The stage for a media type.
    pub fn of(kind: Kind, media_type: &str) -> Self {
        let plain = media_type.split(';').next().unwrap_or_default().trim();
        match (plain.split('/').next().unwrap_or_default(), plain) {
            ("audio", _) => Self::Sound,
            (_, publisher::album::MEDIA_TYPE) => Self::Album,
            ("video", _) => Self::Film,
            ("image", _) => Self::Picture,
            (_, "text/plain") => Self::Text,
            (_, "application/epub+zip") => Self::Book,
            (_, "application/pdf") => Self::Paper,
            (_, "text/html") if kind == Kind::Program => Self::Game,
            (_, "text/html") => Self::Leaflet,
            _ => Self::Other,
        }
    }
    /// Is it played from its beginning to its end? Only such a play is over once all of it was handed out.
    pub const fn runs(self) -> bool {
        matches!(self, Self::Sound | Self::Album | Self::Film)
    }
    /// Is it read on the content origin, out of reach of the wallet's pages?
    pub const fn is_apart(self) -> bool {
        matches!(self, Self::Book | Self::Leaflet | Self::Game | Self::Paper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: XD-10
    #[test]
    fn every_kind_has_its_stage() {
        for (kind, media_type, stage) in [
            (Kind::Sound, "audio/flac", Stage::Sound),
            (Kind::Sound, publisher::album::MEDIA_TYPE, Stage::Album),
            (Kind::Video, "video/mp4", Stage::Film),
            (Kind::Picture, "image/png", Stage::Picture),
            (Kind::Picture, "image/svg+xml", Stage::Picture),
            (Kind::Text, "text/plain; charset=utf-8", Stage::Text),
            (Kind::Text, "application/epub+zip", Stage::Book),
            (Kind::Text, "application/pdf", Stage::Paper),
            (Kind::Text, "text/html", Stage::Leaflet),
            (Kind::Program, "text/html", Stage::Game),
            (Kind::Program, "application/octet-stream", Stage::Other),
            (Kind::Mixed, "application/zip", Stage::Other),
            (Kind::Mixed, "", Stage::Other),
        ] {
            assert_eq!(Stage::of(kind, media_type), stage, "{media_type}");
        }
    }
}
