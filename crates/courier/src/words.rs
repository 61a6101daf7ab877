//! Two words for a wallet that wants to be found: made of its passing tag, so they are other words each time. They are not
//! the card's own two words, which stand on its pages only.

const HOW: [&str; 32] = [
    "quiet", "early", "silver", "gentle", "brave", "sunny", "little", "green", "golden", "proud", "slow", "merry",
    "calm", "bright", "round", "lucky", "warm", "tall", "blue", "swift", "wild", "young", "kind", "deep", "fresh",
    "plain", "light", "soft", "clever", "free", "grand", "clear",
];
const WHAT: [&str; 32] = [
    "cup", "drum", "boat", "tree", "bell", "lamp", "stair", "chair", "hill", "train", "table", "spoon", "door",
    "wheel", "hat", "bird", "kettle", "clock", "wagon", "piano", "pencil", "button", "ladder", "roof", "garden",
    "horse", "letter", "basket", "violin", "window", "tower", "ticket",
];

/// The two words of a tag. 1024 pairs: enough to tell the people in one room apart, and no proof of anything.
pub fn two_words(tag: &[u8; 8]) -> String {
    let hash = seal::hash_parts(&[b"keyfare/1/near-words", tag]);
    let [a, b, ..] = hash.0;
    let pick = |list: &[&'static str; 32], n: u8| list.get(usize::from(n) % 32).copied().unwrap_or("plain");
    format!("{} {}", pick(&HOW, a), pick(&WHAT, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_from_the_tag_alone() {
        assert_eq!(two_words(&[1; 8]), two_words(&[1; 8]));
        let many: std::collections::BTreeSet<String> = (0..=255_u8).map(|n| two_words(&[n; 8])).collect();
        assert!(many.len() > 200, "{} of 256 differ", many.len());
    }
}
