//! Parts: a letter as short texts, each of which fits into one code. A text says which part of which letter it is, so parts
//! may be shown and read in any order and again and again.
//!
//! `KF1.O.8F3A12CD.2.5.` and then the bytes of part 2 of 5 in base 45 (RFC 9285), which codes hold at 5.5 bits a letter.

use std::collections::BTreeMap;

use units::{Again, Refusal};

use crate::{LETTER_MAX, Letter, LetterRefusal, Stage};

/// Bytes of a letter in one part: a code of version 32 at the lowest level of repair, 145 squares wide, which a camera reads
/// off a screen at a hand's breadth. Each letter of a plain hand-over fits into one (docs/formats/letters.md).
pub const PART_MAX: usize = 1800;
/// A letter has no more parts than this.
const PARTS_MAX: usize = LETTER_MAX.div_ceil(PART_MAX);
const BEGINS: &str = "KF1.";
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Why a text is not taken as a part. In order of precedence; what was collected stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartRefusal {
    /// Another kind of code.
    #[error("this code is not from a card")]
    Foreign,
    /// Written by a later version.
    #[error("this code was made by a newer Keyfare; bring this one up to date")]
    Newer,
    /// Not readable as a part.
    #[error("this code is damaged: show it once more")]
    Damaged,
    /// All parts are here, and they do not fit together.
    #[error(transparent)]
    Letter(#[from] LetterRefusal),
}

impl Refusal for PartRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Foreign => "code-foreign",
            Self::Newer => "code-newer",
            Self::Damaged => "code-damaged",
            Self::Letter(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Foreign => Again::Never,
            Self::Letter(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// How far a letter has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// So many parts are here, of so many.
    Part {
        /// Here.
        have: usize,
        /// Of.
        of: usize,
    },
    /// All of it.
    Whole(Letter),
}

const fn mark(stage: Stage) -> char {
    match stage {
        Stage::Offer => 'O',
        Stage::Answer => 'A',
        Stage::Key => 'K',
        Stage::Done => 'D',
        Stage::Wish => 'W',
        Stage::Locked => 'L',
        Stage::Pair => 'P',
        Stage::Paired => 'Q',
        Stage::Greet => 'G',
        Stage::Greeted => 'H',
        Stage::Lend => 'E',
        Stage::Welcome => 'C',
        Stage::Return => 'R',
        Stage::Take => 'T',
        Stage::Lent => 'N',
        Stage::Arrived => 'X',
    }
}

/// Names a letter on its parts: the first four bytes of a hash of it.
fn name(letter: &Letter) -> String {
    let hash = seal::hash_parts(&[b"keyfare/1/parts", &[letter.stage.number()], &letter.body]);
    let [a, b, c, d, ..] = hash.0;
    format!("{a:02X}{b:02X}{c:02X}{d:02X}")
}

/// The letter as texts, one for each code.
pub fn split(letter: &Letter) -> Result<Vec<String>, LetterRefusal> {
    if letter.body.len() > LETTER_MAX {
        return Err(LetterRefusal::TooLong);
    }
    let (name, stage) = (name(letter), mark(letter.stage));
    let of = letter.body.len().div_ceil(PART_MAX).max(1);
    // Parts of one length: no code is much finer than the others.
    let each = letter.body.len().div_ceil(of).max(1);
    let mut chunks: Vec<&[u8]> = letter.body.chunks(each).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let of = chunks.len();
    let text = |(n, chunk): (usize, &&[u8])| {
        let n = n.saturating_add(1);
        format!("{BEGINS}{stage}.{name}.{n}.{of}.{}", encode(chunk))
    };
    Ok(chunks.iter().enumerate().map(text).collect())
}

struct Part {
    stage: Stage,
    name: String,
    number: usize,
    of: usize,
    bytes: Vec<u8>,
}

fn parse(text: &str) -> Result<Part, PartRefusal> {
    if !text.starts_with(BEGINS) {
        let ours = text.strip_prefix("KF").and_then(|rest| rest.split_once('.'));
        let newer = ours.is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        return Err(if newer {
            PartRefusal::Newer
        } else {
            PartRefusal::Foreign
        });
    }
    let damaged = PartRefusal::Damaged;
    let fields: Vec<&str> = text.splitn(6, '.').collect();
    let [_, stage, name, number, of, bytes] = fields.as_slice() else {
        return Err(damaged);
    };
    let stage = Stage::ALL.into_iter().find(|s| mark(*s).to_string() == *stage);
    let count = |text: &str| text.parse::<usize>().ok().filter(|n| (1..=PARTS_MAX).contains(n));
    let (stage, number, of) = (
        stage.ok_or(damaged)?,
        count(number).ok_or(damaged)?,
        count(of).ok_or(damaged)?,
    );
    let bytes = decode(bytes).ok_or(damaged)?;
    if name.len() != 8 || number > of || bytes.len() > PART_MAX {
        return Err(damaged);
    }
    Ok(Part {
        stage,
        name: (*name).to_owned(),
        number,
        of,
        bytes,
    })
}

/// A letter that is being read part by part.
#[derive(Debug, Clone, Default)]
pub struct Collecting {
    of: Option<(Stage, String, usize)>,
    parts: BTreeMap<usize, Vec<u8>>,
}

impl Collecting {
    /// Takes one text. A part of another letter than before begins anew: whoever holds up a code decides what is read.
    pub fn take(&mut self, text: &str) -> Result<Progress, PartRefusal> {
        let part = parse(text.trim())?;
        let of = (part.stage, part.name, part.of);
        if self.of.as_ref() != Some(&of) {
            self.parts.clear();
            self.of = Some(of.clone());
        }
        self.parts.insert(part.number, part.bytes);
        let (stage, wanted, count) = of;
        if self.parts.len() < count {
            return Ok(Progress::Part {
                have: self.parts.len(),
                of: count,
            });
        }
        let letter = Letter::new(stage, self.parts.values().flatten().copied().collect());
        *self = Self::default();
        if name(&letter) != wanted || letter.body.len() > LETTER_MAX {
            return Err(LetterRefusal::Damaged.into());
        }
        Ok(Progress::Whole(letter))
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_mul(3).div_ceil(2));
    let mut digit = |n: usize| out.push(ALPHABET.get(n % 45).map_or('0', |b| char::from(*b)));
    for pair in bytes.chunks(2) {
        match pair {
            [a, b] => {
                let n = usize::from(*a) * 256 + usize::from(*b);
                digit(n % 45);
                digit(n / 45 % 45);
                digit(n / 2025);
            }
            [a] => {
                digit(usize::from(*a) % 45);
                digit(usize::from(*a) / 45);
            }
            _ => {}
        }
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| {
        ALPHABET
            .iter()
            .position(|a| *a == b)
            .and_then(|n| u32::try_from(n).ok())
    };
    let digits: Vec<u32> = text.bytes().map(digit).collect::<Option<_>>()?;
    let mut out = Vec::with_capacity(digits.len());
    for group in digits.chunks(3) {
        match group {
            [a, b, c] => out.extend_from_slice(&u16::try_from(a + b * 45 + c * 2025).ok()?.to_be_bytes()),
            [a, b] => out.push(u8::try_from(a + b * 45).ok()?),
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(texts: impl IntoIterator<Item = String>) -> Result<Letter, PartRefusal> {
        let mut collecting = Collecting::default();
        for text in texts {
            if let Progress::Whole(letter) = collecting.take(&text)? {
                return Ok(letter);
            }
        }
        panic!("parts are missing")
    }

    #[test]
    fn base_45_is_that_of_its_standard() {
        for (plain, coded) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("", ""),
        ] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode("FGW"), Some(vec![255, 255]));
        for bad in ["GGW", "A", "::", "ab"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn parts_come_in_any_order_and_more_than_once() {
        let letter = Letter::new(Stage::Key, (0..6000_u32).map(|n| n as u8).collect());
        let texts = split(&letter).unwrap();
        assert_eq!(texts.len(), 4);
        assert!(
            texts[0].starts_with("KF1.K.") && texts[0].len() <= 2840,
            "fits a code: {}",
            texts[0].len()
        );
        let shuffled = [2, 0, 2, 3, 0, 1].map(|n: usize| texts[n].clone());
        assert_eq!(whole(shuffled), Ok(letter));
    }

    #[test]
    fn another_letter_in_between_begins_anew_and_foreign_codes_change_nothing() {
        let body = (0..2000_u32).map(|n| (n % 256) as u8).collect();
        let one = split(&Letter::new(Stage::Offer, body)).unwrap();
        let two = split(&Letter::new(Stage::Offer, vec![2; 2000])).unwrap();
        let mut collecting = Collecting::default();
        assert_eq!(collecting.take(&one[0]), Ok(Progress::Part { have: 1, of: 2 }));
        assert_eq!(collecting.take("https://example.com"), Err(PartRefusal::Foreign));
        assert_eq!(collecting.take("KF2.O.0.1.1.A"), Err(PartRefusal::Newer));
        assert_eq!(collecting.take(&two[1]), Ok(Progress::Part { have: 1, of: 2 }));
        assert_eq!(collecting.take(&one[1]), Ok(Progress::Part { have: 1, of: 2 }));
        assert!(matches!(collecting.take(&one[0]), Ok(Progress::Whole(_))));
        // A part that says it belongs to a letter, and does not.
        let forged = one[1].replace(".2.2.", ".1.2.");
        assert_eq!(collecting.take(&one[1]), Ok(Progress::Part { have: 1, of: 2 }));
        assert_eq!(collecting.take(&forged), Err(LetterRefusal::Damaged.into()));
        for bad in [
            "KF1.",
            "KF1.x.AAAAAAAA.1.1.",
            "KF1.O.AAAAAAAA.2.1.",
            "KF1.O.AAAAAAAA.1.999.",
            "KF1.O.AA.1.1.BB8",
        ] {
            assert_eq!(collecting.take(bad), Err(PartRefusal::Damaged), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_letter_survives(body in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let letter = Letter::new(Stage::Answer, body);
            prop_assert_eq!(whole(split(&letter).unwrap()), Ok(letter));
        }
        #[test]
        fn no_text_makes_it_panic(text in "(KF1\\.)?[A-Z0-9.: ]{0,60}") {
            let _ = Collecting::default().take(&text);
        }
    }
}
