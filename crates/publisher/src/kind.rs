//! Kind: what a file is, by its first bytes. Names and claims of others are not asked (row-89).

use package::Kind;

/// How many bytes of a file's beginning [`recognise`] looks at; fewer are enough where the file is shorter.
pub const HEAD_LEN: usize = 64 << 10;

/// A file format that is told from others by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Format {
    Text,
    Html,
    Svg,
    Png,
    Jpeg,
    Webp,
    Gif,
    Wav,
    Mp3,
    Flac,
    Ogg,
    M4a,
    Mp4,
    Webm,
    Mpeg,
    Epub,
    Album,
    Pdf,
    Zip,
    Program,
    Other,
}

impl Format {
    /// What kind of work such a file is (XD-10).
    pub const fn kind(self) -> Kind {
        match self {
            Self::Text | Self::Html | Self::Epub | Self::Pdf => Kind::Text,
            Self::Svg | Self::Png | Self::Jpeg | Self::Webp | Self::Gif => Kind::Picture,
            Self::Wav | Self::Mp3 | Self::Flac | Self::Ogg | Self::M4a | Self::Album => Kind::Sound,
            Self::Mp4 | Self::Webm | Self::Mpeg => Kind::Video,
            Self::Program => Kind::Program,
            Self::Zip | Self::Other => Kind::Mixed,
        }
    }

    /// Its media type, without parameters; text is UTF-8.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Html => "text/html",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Flac => "audio/flac",
            Self::Ogg => "audio/ogg",
            Self::M4a => "audio/mp4",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Mpeg => "video/mpeg",
            Self::Epub => "application/epub+zip",
            Self::Album => crate::album::MEDIA_TYPE,
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Program | Self::Other => "application/octet-stream",
        }
    }
}

/// Recognises a file by its beginning: its first [`HEAD_LEN`] bytes, or all of it if it is shorter.
pub fn recognise(head: &[u8]) -> Format {
    let has = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    match head {
        _ if has(0, b"\x89PNG\r\n\x1a\n") => Format::Png,
        _ if has(0, &[0xff, 0xd8, 0xff]) => Format::Jpeg,
        _ if has(0, b"RIFF") && has(8, b"WEBP") => Format::Webp,
        _ if has(0, b"GIF87a") || has(0, b"GIF89a") => Format::Gif,
        _ if has(0, b"RIFF") && has(8, b"WAVE") => Format::Wav,
        _ if has(0, b"fLaC") => Format::Flac,
        _ if has(0, b"OggS") => Format::Ogg,
        _ if has(4, b"ftyp") => match head.get(8..12) {
            Some(b"M4A " | b"M4B " | b"M4P ") => Format::M4a,
            _ => Format::Mp4,
        },
        _ if has(0, &[0x1a, 0x45, 0xdf, 0xa3])
            && head
                .iter()
                .take(64)
                .copied()
                .collect::<Vec<_>>()
                .windows(4)
                .any(|w| w == b"webm") =>
        {
            Format::Webm
        }
        // The pack header of a program stream, MPEG-1 or MPEG-2.
        _ if has(0, &[0, 0, 1, 0xba]) => Format::Mpeg,
        _ if has(0, b"%PDF-") => Format::Pdf,
        _ if has(0, b"PK\x03\x04") && has(30, b"mimetypeapplication/epub+zip") => Format::Epub,
        _ if has(0, b"PK\x03\x04") && has(30, b"mimetype") && has(38, crate::album::MEDIA_TYPE.as_bytes()) => {
            Format::Album
        }
        _ if has(0, b"PK\x03\x04") => Format::Zip,
        _ if has(0, b"\x7fELF") || has(0, b"#!/") || has(0, b"\0asm") => Format::Program,
        _ if has(0, b"MZ") && !is_text(head) => Format::Program,
        _ if [
            &[0xfe, 0xed, 0xfa, 0xce],
            &[0xfe, 0xed, 0xfa, 0xcf],
            &[0xcf, 0xfa, 0xed, 0xfe],
            &[0xca, 0xfe, 0xba, 0xbe],
        ]
        .iter()
        .any(|magic| has(0, *magic)) =>
        {
            Format::Program
        }
        _ if has(0, b"ID3") && head.get(3).is_some_and(|v| (2..=4).contains(v)) => Format::Mp3,
        _ if crate::mpeg::starts(head) => Format::Mp3,
        _ if is_text(head) => text_format(head),
        _ => Format::Other,
    }
}

/// UTF-8 (the last character may be cut), nothing but printable characters, spaces, line ends and form feeds.
fn is_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            str::from_utf8(head.get(..e.valid_up_to()).unwrap_or_default()).unwrap_or("")
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}

/// Marked-up text must not pass for plain text: a browser would run it.
fn text_format(head: &[u8]) -> Format {
    let start: String = String::from_utf8_lossy(head.get(..4096.min(head.len())).unwrap_or_default())
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    if !start.starts_with('<') {
        return Format::Text;
    }
    if start.contains("<svg") {
        return Format::Svg;
    }
    if ["<!doctype html", "<html", "<head", "<body", "<script"]
        .iter()
        .any(|tag| start.contains(tag))
    {
        return Format::Html;
    }
    Format::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: XD-10
    #[test]
    fn every_kind_of_work_is_told_by_its_content() {
        let cases: [(&[u8], Format, Kind); 23] = [
            (b"Once upon a time\n", Format::Text, Kind::Text),
            ("夜の船".as_bytes(), Format::Text, Kind::Text),
            (b"<!DOCTYPE html><p>x", Format::Html, Kind::Text),
            (b"<?xml version='1.0'?><svg onload='x()'/>", Format::Svg, Kind::Picture),
            (b"\x89PNG\r\n\x1a\n\0\0", Format::Png, Kind::Picture),
            (b"\xff\xd8\xff\xe0", Format::Jpeg, Kind::Picture),
            (b"RIFF\0\0\0\0WEBPVP8 ", Format::Webp, Kind::Picture),
            (b"GIF89a", Format::Gif, Kind::Picture),
            (b"RIFF\0\0\0\0WAVEfmt ", Format::Wav, Kind::Sound),
            (b"ID3\x04\0\0\0\0\0\0", Format::Mp3, Kind::Sound),
            (b"fLaC\0", Format::Flac, Kind::Sound),
            (b"OggS\0", Format::Ogg, Kind::Sound),
            (b"\0\0\0\x20ftypM4A ", Format::M4a, Kind::Sound),
            (b"\0\0\0\x20ftypisom", Format::Mp4, Kind::Video),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", Format::Webm, Kind::Video),
            (&[0, 0, 1, 0xba, 0x44, 0, 4], Format::Mpeg, Kind::Video),
            (b"%PDF-1.7\n%\xff", Format::Pdf, Kind::Text),
            (b"\x7fELF\x02", Format::Program, Kind::Program),
            (b"#!/bin/sh\n", Format::Program, Kind::Program),
            (b"MZ\x90\0\x03", Format::Program, Kind::Program),
            (b"PK\x03\x04\x14\0", Format::Zip, Kind::Mixed),
            (b"\0\x01\x02\x03", Format::Other, Kind::Mixed),
            (b"", Format::Other, Kind::Mixed),
        ];
        for (bytes, format, kind) in cases {
            assert_eq!(recognise(bytes), format, "{bytes:?}");
            assert_eq!(format.kind(), kind, "{format:?}");
        }
        let mut epub = b"PK\x03\x04".to_vec();
        epub.resize(30, 0);
        epub.extend(b"mimetypeapplication/epub+zip");
        assert_eq!(recognise(&epub), Format::Epub);
    }

    // proves: row-89
    #[test]
    fn a_playlist_is_text_whatever_it_is_called() {
        assert_eq!(recognise(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"), Format::Text);
        assert_eq!(recognise(b"ffconcat version 1.0\nfile /etc/passwd\n"), Format::Text);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let format = recognise(&bytes);
            proptest::prop_assert!(!format.media_type().is_empty());
        }
    }
}
