//! Find: titles as they are compared, and what somebody meant who misspelt one.

/// The longest text that is compared letter by letter.
const LETTERS_MAX: usize = 40;

/// A text as it is compared: small letters, full-width letters as half-width ones, katakana as hiragana.
pub fn fold(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => shifted(c, 0xfee0),
        '\u{3000}' => ' ',
        '\u{30a1}'..='\u{30f6}' => shifted(c, 0x60),
        c => c,
    });
    plain.flat_map(char::to_lowercase).collect()
}

fn shifted(c: char, down: u32) -> char {
    char::from_u32(u32::from(c).saturating_sub(down)).unwrap_or(c)
}

/// How far `query` is from the text or from the word in it that is nearest; `None` when nobody would take one for the other.
/// Both are folded.
pub fn near(query: &str, text: &str) -> Option<usize> {
    let wanted: Vec<char> = query.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    if wanted.len() < 2 || wanted.len() > LETTERS_MAX {
        return None;
    }
    let allowed = wanted.len().div_ceil(4).min(4);
    let words = text.split_whitespace().chain(std::iter::once(text));
    let letters_wanted = letters(query.chars());
    // Every letter that is missing costs a step: most words are far off at a glance.
    let far_off = |there: u64| (letters_wanted & !there).count_ones() as usize > allowed;
    let far = words.filter_map(|word| {
        if far_off(letters(word.chars())) {
            return None;
        }
        let word: Vec<char> = word.chars().collect();
        // A beginning may be meant too: "ferri" and "ferryman".
        let longer = word.len() > wanted.len().saturating_add(1);
        let start = word
            .get(..wanted.len())
            .filter(|start| longer && !far_off(letters(start.iter().copied())));
        let whole = (word.len().abs_diff(wanted.len()) <= allowed).then(|| steps(&wanted, &word));
        let start = start.map(|start| steps(&wanted, start).saturating_add(1));
        whole.into_iter().chain(start).min()
    });
    far.min().filter(|far| *far <= allowed)
}

/// Which letters there are, as bits; different ones may share a bit.
fn letters(text: impl Iterator<Item = char>) -> u64 {
    let visible = text.filter(|c| !c.is_whitespace());
    visible.fold(0, |bits, c| bits | 1 << (u32::from(c) % 64))
}

/// Letters to change, add, leave out or swap with their neighbour until one text is the other.
fn steps(a: &[char], b: &[char]) -> usize {
    let mut two: Vec<usize> = Vec::new();
    let mut one: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], n: usize| row.get(n).copied().unwrap_or(usize::MAX);
            let changed = at(&one, j).saturating_add(usize::from(x != y));
            let added = at(&row, j).saturating_add(1);
            let left_out = at(&one, j.saturating_add(1)).saturating_add(1);
            let swapped = i > 0 && j > 0 && a.get(i.wrapping_sub(1)) == Some(y) && b.get(j.wrapping_sub(1)) == Some(x);
            let swap = if swapped {
                at(&two, j.wrapping_sub(1)).saturating_add(1)
            } else {
                usize::MAX
            };
            row.push(changed.min(added).min(left_out).min(swap));
        }
        two = core::mem::replace(&mut one, row);
    }
    one.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_as_people_type_them() {
        assert_eq!(fold("Ｎｉｇｈｔ　Ferry"), "night ferry");
        assert_eq!(fold("ナイトフェリー"), fold("ないとふぇりー"));
        assert_eq!(fold("STRASSE Ä"), "strasse ä");
    }

    #[test]
    fn a_misspelt_title_is_recognised_and_another_is_not() {
        let check =
            |query: &str, text: &str, expected: Option<usize>| assert_eq!(near(query, text), expected, "{query}");
        check("ferri", "night ferry lantern records", Some(1));
        check("nihgt", "night ferry", Some(1));
        check("night fery", "night ferry", Some(1));
        check("harbor", "small harbours", Some(2));
        check("よこう", "夜行フェリー", None);
        check("夜行フェリ", "夜行フェリー", Some(1));
        check("zzz", "night ferry", None);
        check("q", "night ferry", None);
        check("", "night ferry", None);
        check(&"x".repeat(10_000), "night ferry", None);
        assert_eq!(near("ferry", "night ferry"), Some(0));
    }
}
