//! Two words: a card's own, as its holder reads them. The card knows them in English; a Japanese page shows the same two.

use face::Lang;

/// The words of `card::words`, and what they are in Japanese.
const JAPANESE: [(&str, &str); 64] = [
    ("amber", "琥珀"),
    ("anchor", "錨"),
    ("apple", "りんご"),
    ("autumn", "秋"),
    ("basil", "バジル"),
    ("beacon", "灯台"),
    ("birch", "白樺"),
    ("breeze", "そよ風"),
    ("bridge", "橋"),
    ("candle", "ろうそく"),
    ("canyon", "峡谷"),
    ("cedar", "杉"),
    ("cherry", "桜"),
    ("cloud", "雲"),
    ("comet", "彗星"),
    ("copper", "銅"),
    ("coral", "珊瑚"),
    ("crane", "鶴"),
    ("dawn", "夜明け"),
    ("delta", "三角州"),
    ("dune", "砂丘"),
    ("ember", "残り火"),
    ("falcon", "はやぶさ"),
    ("fern", "しだ"),
    ("field", "野原"),
    ("flint", "火打石"),
    ("forest", "森"),
    ("fox", "きつね"),
    ("garden", "庭"),
    ("ginger", "しょうが"),
    ("glacier", "氷河"),
    ("harbor", "港"),
    ("hazel", "はしばみ"),
    ("heron", "さぎ"),
    ("island", "島"),
    ("ivory", "象牙"),
    ("jade", "翡翠"),
    ("juniper", "ねず"),
    ("kite", "凧"),
    ("lake", "湖"),
    ("lantern", "提灯"),
    ("lemon", "レモン"),
    ("linen", "麻布"),
    ("maple", "もみじ"),
    ("meadow", "草原"),
    ("moon", "月"),
    ("moss", "苔"),
    ("olive", "オリーブ"),
    ("orbit", "軌道"),
    ("otter", "かわうそ"),
    ("pearl", "真珠"),
    ("pine", "松"),
    ("plum", "梅"),
    ("quartz", "水晶"),
    ("rain", "雨"),
    ("reed", "葦"),
    ("river", "川"),
    ("sail", "帆"),
    ("shell", "貝殻"),
    ("sparrow", "すずめ"),
    ("spruce", "えぞ松"),
    ("stone", "石"),
    ("thistle", "あざみ"),
    ("willow", "柳"),
];

/// The two words in the reader's language.
pub(super) fn read(words: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return words.to_owned();
    }
    let japanese = |word: &str| {
        let found = JAPANESE.iter().find(|(en, _)| *en == word);
        found.map_or_else(|| word.to_owned(), |(_, ja)| (*ja).to_owned())
    };
    words.split(' ').map(japanese).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_another_one_in_japanese_too() {
        let japanese: BTreeSet<_> = JAPANESE.iter().map(|(_, ja)| ja).collect();
        assert_eq!(japanese.len(), JAPANESE.len());
        assert_eq!(read("pine harbor", Lang::Ja), "松 港");
        assert_eq!(read("pine harbor", Lang::En), "pine harbor");
        // The card's own list, as it stands in its source: no word of it is missing here.
        let source = include_str!("../../../card/src/words.rs");
        let list = source.split_once("] = [").and_then(|(_, rest)| rest.split_once("];"));
        let list = list.map(|(list, _)| list).unwrap_or_default();
        let known: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(known, JAPANESE.map(|(en, _)| en));
    }
}
