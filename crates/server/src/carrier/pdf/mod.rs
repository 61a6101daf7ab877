//! A bill as a PDF of A4 sheets: the same words as on its page, in the same order. Nothing is embedded: Latin text is set in
//! Helvetica, every other in a Japanese face that readers of PDF bring along. The same bill is the same bytes.

mod face;
mod flow;
mod lay;
mod wrap;
mod write;

use ::face::Words;

use super::sheet::Sheet;

/// The bill of a carrier with this name.
pub(super) fn of(sheet: &Sheet<'_>, words: Words, carrier: &str) -> Vec<u8> {
    write::document(&write::Head {
        title: &sheet.title.plain(),
        author: carrier,
        lang: words.lang().tag(),
        sheets: &lay::sheets(sheet, words, carrier),
    })
}

#[cfg(test)]
mod tests;
