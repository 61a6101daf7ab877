//! Text: what others have written, shown so that it can only be read as what it is (row-69).

fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Letters of scripts that look like Latin ones.
const fn looks_latin(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}'
        | '\u{1d400}'..='\u{1d7ff}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}

/// A name or title of somebody else's: at most `max` characters, without marks; what cannot be seen or turns the writing
/// round is shown by its code, and so is a letter that only looks like one of the Latin letters around it.
pub fn plain(text: &str, max: usize) -> String {
    let latin = text.chars().any(|c| c.is_ascii_alphabetic());
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == max {
            out.push('\u{2026}');
            break;
        }
        let marks_in_a_row = text
            .chars()
            .skip(at.saturating_sub(2))
            .take(3)
            .filter(|c| is_mark(*c))
            .count();
        if hidden(c) || (latin && looks_latin(c)) || (is_mark(c) && marks_in_a_row > 2) {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Marks that are drawn over other letters; piled up they cover what stands around.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-69
    #[test]
    fn names_cannot_turn_hide_or_push_anything() {
        assert_eq!(plain("Minato Tape Works", 60), "Minato Tape Works");
        assert_eq!(plain("夏の歌 \u{ff01}", 60), "夏の歌 \u{ff01}");
        assert_eq!(plain("Салют", 60), "Салют");
        assert_eq!(plain("Min\u{202e}ato", 60), "Min[U+202E]ato");
        assert_eq!(plain("a\nb\tc\u{200b}", 60), "a[U+000A]b[U+0009]c[U+200B]");
        assert_eq!(plain("Minat\u{43e}", 60), "Minat[U+043E]");
        assert_eq!(plain(&"x".repeat(500), 60).chars().count(), 61);
        assert!(plain(&format!("a{}", "\u{301}".repeat(50)), 60).contains("[U+0301]"));
        assert_eq!(plain("e\u{301}te\u{301}", 60), "e\u{301}te\u{301}");
    }
}
