//! Faces: which of them can draw a character, as which bytes, and how wide.

/// Widths of Helvetica for the codes 32 to 126, in thousandths of its size (Adobe's metrics of the standard fonts).
pub(super) const PLAIN: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// The same of Helvetica-Bold.
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// Codes 160 to 255 of Helvetica.
const PLAIN_HIGH: [u16; 96] = [
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 556, 537,
    278, 333, 333, 365, 556, 834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278,
    278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, 556, 556, 556, 556, 556,
    556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278, 556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556,
    556, 500, 556, 500,
];

/// Codes 160 to 255 of Helvetica-Bold.
const BOLD_HIGH: [u16; 96] = [
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 611, 556,
    278, 333, 333, 365, 556, 834, 834, 834, 611, 722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278,
    278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611, 556, 556, 556, 556, 556,
    556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278, 611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611,
    611, 556, 611, 556,
];

/// The code that the encoding written beside the font gives to the minus, which WinAnsi lacks.
pub(super) const MINUS: u8 = 0x81;

/// What WinAnsi has between 128 and 159: the character, its code, its width plain and bold.
const MIDDLE: [(char, u8, u16, u16); 28] = [
    ('\u{20ac}', 0x80, 556, 556),
    ('\u{2212}', MINUS, 584, 584),
    ('\u{201a}', 0x82, 222, 278),
    ('\u{192}', 0x83, 556, 556),
    ('\u{201e}', 0x84, 333, 500),
    ('\u{2026}', 0x85, 1000, 1000),
    ('\u{2020}', 0x86, 556, 556),
    ('\u{2021}', 0x87, 556, 556),
    ('\u{2c6}', 0x88, 333, 333),
    ('\u{2030}', 0x89, 1000, 1000),
    ('\u{160}', 0x8a, 667, 667),
    ('\u{2039}', 0x8b, 333, 333),
    ('\u{152}', 0x8c, 1000, 1000),
    ('\u{17d}', 0x8e, 611, 611),
    ('\u{2018}', 0x91, 222, 278),
    ('\u{2019}', 0x92, 222, 278),
    ('\u{201c}', 0x93, 333, 500),
    ('\u{201d}', 0x94, 333, 500),
    ('\u{2022}', 0x95, 350, 350),
    ('\u{2013}', 0x96, 556, 556),
    ('\u{2014}', 0x97, 1000, 1000),
    ('\u{2dc}', 0x98, 333, 333),
    ('\u{2122}', 0x99, 1000, 1000),
    ('\u{161}', 0x9a, 500, 556),
    ('\u{203a}', 0x9b, 333, 333),
    ('\u{153}', 0x9c, 944, 944),
    ('\u{17e}', 0x9e, 500, 500),
    ('\u{178}', 0x9f, 667, 667),
];

/// The code of a character in Helvetica and its widths, plain and bold; none if it is for the other face.
fn latin(c: char) -> Option<(u8, u16, u16)> {
    if let Some((_, code, plain, bold)) = MIDDLE.iter().find(|(of, ..)| *of == c) {
        return Some((*code, *plain, *bold));
    }
    let code = u8::try_from(c).ok()?;
    let (first, plain, bold) = match code {
        32..=126 => (32, PLAIN.as_slice(), BOLD.as_slice()),
        160..=255 => (160, PLAIN_HIGH.as_slice(), BOLD_HIGH.as_slice()),
        _ => return None,
    };
    let at = usize::from(code - first);
    Some((code, *plain.get(at)?, *bold.get(at)?))
}

/// Does the Japanese face draw it?
pub(super) fn is_wide(c: char) -> bool {
    latin(c).is_none()
}

/// How wide a character is, in thousandths of its size. What the widths written beside the Japanese font say: half for the
/// narrow katakana, else a full square.
fn width_of(c: char, bold: bool) -> u16 {
    match latin(c) {
        Some((_, plain, _)) if !bold => plain,
        Some((_, _, heavy)) => heavy,
        None if matches!(c, '\u{ff61}'..='\u{ff9f}') => 500,
        None => 1000,
    }
}

/// How wide a text is at a size.
pub(super) fn width(text: &str, size: f32, bold: bool) -> f32 {
    let thousandths: f32 = text.chars().map(|c| f32::from(width_of(c, bold))).sum();
    thousandths * size / 1000.0
}

/// A piece of a text in one face.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Codes of Helvetica.
    Latin(Vec<u8>),
    /// UTF-16, big endian.
    Wide(Vec<u8>),
}

/// A text as pieces, each in the face that has it.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::new();
    for c in text.chars() {
        match (latin(c), out.last_mut()) {
            (Some((code, ..)), Some(Run::Latin(bytes))) => bytes.push(code),
            (Some((code, ..)), _) => out.push(Run::Latin(vec![code])),
            (None, Some(Run::Wide(bytes))) => bytes.extend(utf16(c)),
            (None, _) => out.push(Run::Wide(utf16(c).collect())),
        }
    }
    out
}

fn utf16(c: char) -> impl Iterator<Item = u8> {
    let mut units = [0; 2];
    let count = c.encode_utf16(&mut units).len();
    units.into_iter().take(count).flat_map(u16::to_be_bytes)
}
