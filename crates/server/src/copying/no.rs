//! No: how a refusal reads on a page, in the visitor's language. What users meet has the sources' own sentences
//! (`copying::sentence`); what only the desk meets stands in the catalogue.

use copying::sentence;
use face::{Lang, Said, Words};

use crate::frame::Problem;

/// Codes whose words stand in the catalogue.
const DESK: [&str; 13] = [
    "not-your-duty",
    "no-reason",
    "no-user",
    "not-theirs",
    "keeps-the-keys",
    "no-replacement",
    "no-proposal",
    "same-person",
    "not-on-a-label",
    "form-foreign",
    "amount",
    "batch-not-genuine",
    "batch-for-a-shop",
];

/// A refusal's words.
pub(crate) fn words(words: Words, no: &Problem) -> Said {
    of(words, no.code()).unwrap_or_else(|| Said::of(no.detail()))
}

/// The words of a code, if it has any.
pub(crate) fn of(words: Words, code: &str) -> Option<Said> {
    let sentence = match words.lang() {
        Lang::En => sentence::english(code),
        Lang::Ja => sentence::japanese(code),
    };
    match sentence {
        Some(text) => Some(Said::of(text)),
        None => DESK.contains(&code).then(|| words.copying_no(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_in_both_languages() {
        for code in DESK.into_iter().chain(sentence::codes()) {
            for lang in Lang::ALL {
                let said = of(Words(lang), code).unwrap().plain();
                assert!(!said.is_empty() && !said.contains(code), "{code} in {lang:?}: {said}");
            }
        }
    }
}
