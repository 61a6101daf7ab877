//! An excerpt of a text: its beginning, cut where a reader would.

use license::PREVIEW_LEN_MAX;
use package::ReadAt;

use super::{EXCERPT_CHARS_MAX, NoPreview, Preview, first, len_of};

/// The first [`EXCERPT_CHARS_MAX`] characters or a third of the text, whichever is less, ended at a word or a sentence.
pub(super) fn excerpt(content: &impl ReadAt) -> Result<Preview, NoPreview> {
    let len = len_of(content)?;
    // Four bytes are the longest character.
    let head = first(content, 0, EXCERPT_CHARS_MAX * 4 + 4)?;
    let text = match str::from_utf8(&head) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            str::from_utf8(head.get(..e.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return Err(NoPreview::Damaged("its text is not UTF-8")),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let third = (len / 3).max(4).min(PREVIEW_LEN_MAX as u64) as usize;
    let fits = text
        .char_indices()
        .take(EXCERPT_CHARS_MAX)
        .take_while(|(at, c)| at + c.len_utf8() <= third);
    let end = fits.last().map_or(0, |(at, c)| at + c.len_utf8());
    let (part, rest) = text.split_at(end);
    let mut out = at_boundary(part, rest).trim_end().to_string();
    if out.is_empty() {
        return Err(NoPreview::Damaged("there is no text in its beginning"));
    }
    out.push_str(" …\n");
    Ok(Preview {
        media_type: "text/plain",
        bytes: out.into_bytes(),
    })
}

/// `part` up to its last word or sentence; whole if there is none in its second half, as in scripts without spaces.
fn at_boundary<'a>(part: &'a str, rest: &str) -> &'a str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '。' | '、' | '！' | '？' | '」');
    if rest.chars().next().is_none_or(char::is_whitespace) {
        return part;
    }
    part.char_indices()
        .rfind(|(at, c)| ends(*c) && *at >= part.len() / 2)
        .map_or(part, |(at, c)| part.split_at(at + c.len_utf8()).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8(excerpt(&text.as_bytes().to_vec()).unwrap().bytes).unwrap()
    }

    // proves: XD-2
    #[test]
    fn an_excerpt_is_the_beginning_ended_at_a_word() {
        let long = "the harbour lights went out one by one ".repeat(300);
        let text = of(&long);
        assert!(text.chars().count() <= EXCERPT_CHARS_MAX + 3 && text.chars().count() > EXCERPT_CHARS_MAX - 20);
        let body = text.strip_suffix(" …\n").unwrap();
        assert!(long.starts_with(body) && long[body.len()..].starts_with(' '));
        let japanese = of(&"夜の船は静かに港を出た。".repeat(400));
        assert!(japanese.ends_with("。 …\n"), "{japanese}");
        assert!(japanese.chars().count() > 1000);
    }

    #[test]
    fn a_short_work_is_not_given_away() {
        let text = "One two three four five six seven eight nine ten.";
        assert!(of(text).len() <= text.len() / 3 + 5);
        assert!(excerpt(&b"abc\xff def".to_vec()).is_err());
        assert!(excerpt(&Vec::new()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,400}") {
            if let Ok(it) = excerpt(&text.clone().into_bytes()) {
                let out = String::from_utf8(it.bytes).unwrap();
                let body = out.strip_suffix(" …\n").unwrap();
                let from_the_start = text.strip_prefix('\u{feff}').unwrap_or(&text).starts_with(body);
                proptest::prop_assert!(from_the_start);
            }
        }
    }
}
