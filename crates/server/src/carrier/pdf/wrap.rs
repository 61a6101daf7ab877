//! Wrap: a text in lines of a width. Latin words stay whole where they can; Japanese breaks anywhere but before a full stop.

use super::face::{is_wide, width};

/// What no line begins with.
const CLOSES: &str = "、。,.)」』】〉》ーっゃゅょッャュョ々!?:;";

/// Pieces of a text that stay together.
fn pieces(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut before = None;
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        let breaks = match before {
            None => true,
            Some(' ') => c != ' ',
            Some(last) => c != ' ' && (is_wide(last) || is_wide(c)) && !CLOSES.contains(c),
        };
        match out.last_mut() {
            Some(piece) if !breaks => piece.push(c),
            _ => out.push(c.into()),
        }
        before = Some(c);
    }
    out
}

/// The lines of a text; at least one.
pub(super) fn lines(text: &str, size: f32, bold: bool, wide: f32) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let longer = format!("{line}{piece}");
        if width(longer.trim_end(), size, bold) <= wide {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            out.push(line.trim_end().to_owned());
            line = String::new();
        }
        // One that is too long for a line of its own is broken where the line ends.
        for c in piece.chars() {
            if c != ' '
                && !line.is_empty()
                && width(&line, size, bold) + width(c.encode_utf8(&mut [0; 4]), size, bold) > wide
            {
                out.push(core::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    out.push(line.trim_end().to_owned());
    out
}

/// At most so many lines of a text; what is left out is an ellipsis.
pub(super) fn at_most(count: usize, text: &str, size: f32, bold: bool, wide: f32) -> Vec<String> {
    let mut out = lines(text, size, bold, wide);
    if out.len() > count {
        out.truncate(count);
        if let Some(last) = out.last_mut() {
            while width(last, size, bold) + width("\u{2026}", size, bold) > wide && last.pop().is_some() {}
            last.push('\u{2026}');
        }
    }
    out
}
