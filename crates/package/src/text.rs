//! Texts of a header that people or other programs will be shown: what they may contain.

/// Whether people can be shown this title: not blank, not long, no control, bidirectional or invisible formatting characters.
pub(crate) fn is_title(text: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    !text.trim().is_empty() && text.trim() == text && text.chars().count() <= 200 && !text.chars().any(hidden)
}

/// Whether people can be shown this as a sentence or two: as a title, and longer.
pub(crate) fn is_comment(text: &str) -> bool {
    let mut parts = text.split(' ');
    text.chars().count() <= 1000
        && text.trim() == text
        && !text.is_empty()
        && parts.all(|word| word.is_empty() || is_title(word))
}

/// Whether this is a media type as RFC 6838 restricts names, lower case, without parameters.
pub(crate) fn is_media_type(text: &str) -> bool {
    let name = |part: &str| {
        (1..=63).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$&-^_.+".contains(&b))
            && part.as_bytes()[0].is_ascii_alphanumeric()
    };
    text.split_once('/').is_some_and(|(kind, sub)| name(kind) && name(sub))
}

/// Whether this can be an address hint: printable ASCII without spaces and quotes, of sane length, or nothing.
pub(crate) fn is_hint(text: &str) -> bool {
    text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_they_say() {
        for good in ["Song", "夏の歌", "L'été, op. 3"] {
            assert!(is_title(good), "{good}")
        }
        for bad in ["", " ", " a", "a\n", "a\u{202e}b", "a\u{200b}", &"x".repeat(201)] {
            assert!(!is_title(bad), "{bad:?}")
        }
        for good in ["One sentence, and  another.", &["word"; 190].join(" ")] {
            assert!(is_comment(good), "{good}")
        }
        for bad in ["", " a", "a\nb", "a \u{202e}b", &["word"; 201].join(" ")] {
            assert!(!is_comment(bad), "{bad:?}")
        }
        for good in ["audio/flac", "image/svg+xml", "application/vnd.x-y.z"] {
            assert!(is_media_type(good), "{good}")
        }
        for bad in ["", "audio", "audio/", "/x", "Audio/x", "a/b/c", "a/b;c=d", "text/ html"] {
            assert!(!is_media_type(bad), "{bad}")
        }
        for good in ["", "https://shop.example/a?b=c"] {
            assert!(is_hint(good), "{good}")
        }
        for bad in ["a b", "a\"b", "a\nb", "é", &"x".repeat(256)] {
            assert!(!is_hint(bad), "{bad}")
        }
    }
}
