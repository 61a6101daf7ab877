//! Lang: the languages of the pages, and how one is chosen for a visitor.

/// A language that the whole catalogue is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 日本語.
    Ja,
}

/// The cookie in which a wallet or a console keeps its choice. Shops keep none: theirs stands in the path.
pub const COOKIE: &str = "lang";

impl Lang {
    /// All of them, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// Its tag (BCP 47), for `lang` attributes and paths.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }
    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ja => "日本語",
        }
    }
    /// The language a tag stands for: "ja" and "ja-JP" are both Japanese.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(first))
    }
    /// The one of ours that an `Accept-Language` field likes most; of equals the first named (RFC 9110, 12.5.4).
    pub fn preferred(accept_language: &str) -> Option<Self> {
        let mut best: Option<(Self, u16)> = None;
        for range in accept_language.split(',').take(32) {
            let (tag, quality) = range.split_once(';').unwrap_or((range, "q=1"));
            let Some(lang) = Self::of_tag(tag) else { continue };
            let weight = thousandths(quality);
            if weight > best.map_or(0, |(_, known)| known) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }
    /// The choice kept in a `Cookie` field.
    pub fn kept(cookies: &str) -> Option<Self> {
        let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs
            .filter(|(name, _)| *name == COOKIE)
            .find_map(|(_, value)| Self::of_tag(value))
    }
    /// What a visitor reads: what the path says, else what was chosen before, else what the browser asks for, else English.
    pub fn choose(path: Option<Self>, cookies: Option<&str>, accept_language: Option<&str>) -> Self {
        path.or_else(|| cookies.and_then(Self::kept))
            .or_else(|| accept_language.and_then(Self::preferred))
            .unwrap_or_default()
    }
    /// A path without its language: "/ja/works/1" is (Ja, "/works/1"), "/works/1" is (none, "/works/1").
    pub fn of_path(path: &str) -> (Option<Self>, &str) {
        for lang in Self::ALL {
            let rest = path.strip_prefix('/').and_then(|rest| rest.strip_prefix(lang.tag()));
            match rest {
                Some("") => return (Some(lang), "/"),
                Some(rest) if rest.starts_with('/') => return (Some(lang), rest),
                _ => {}
            }
        }
        (None, path)
    }
}

/// The weight of a language, in thousandths; what is no weight is none.
fn thousandths(quality: &str) -> u16 {
    let Some(value) = quality.trim().strip_prefix("q=") else {
        return 0;
    };
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let part = part.get(..3).unwrap_or(part);
    let scale = [100, 10, 1];
    let digits = part
        .bytes()
        .zip(scale)
        .map(|(digit, scale)| u16::from(digit.saturating_sub(b'0')).min(9) * scale);
    let whole: u16 = if whole == "1" { 1000 } else { 0 };
    whole.saturating_add(digits.sum()).min(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_reads_what_was_asked_for() {
        let check = |accept: &str, expected: Option<Lang>| assert_eq!(Lang::preferred(accept), expected, "{accept}");
        check("ja", Some(Lang::Ja));
        check("ja-JP,ja;q=0.9,en-US;q=0.8", Some(Lang::Ja));
        check("en;q=0.5, ja;q=0.501", Some(Lang::Ja));
        check("de, fr;q=0.9, en;q=0.1", Some(Lang::En));
        check("en, ja", Some(Lang::En));
        check("ja;q=0, en;q=0.1", Some(Lang::En));
        check("de", None);
        check("", None);
        check("*", None);
        check("ja;q=nonsense", None);
        check("ja;q=0.\u{e9}\u{e9}", Some(Lang::Ja));
    }

    #[test]
    fn the_path_wins_then_the_choice_then_the_browser() {
        let choose = |path, cookie, accept| Lang::choose(path, cookie, accept);
        assert_eq!(choose(Some(Lang::En), Some("lang=ja"), Some("ja")), Lang::En);
        assert_eq!(choose(None, Some("a=b; lang=ja"), Some("en")), Lang::Ja);
        assert_eq!(choose(None, Some("lang=xx; slang=en"), Some("ja")), Lang::Ja);
        assert_eq!(choose(None, None, None), Lang::En);
    }

    #[test]
    fn a_path_says_its_language() {
        assert_eq!(Lang::of_path("/ja/works/1"), (Some(Lang::Ja), "/works/1"));
        assert_eq!(Lang::of_path("/ja"), (Some(Lang::Ja), "/"));
        assert_eq!(Lang::of_path("/en/"), (Some(Lang::En), "/"));
        assert_eq!(Lang::of_path("/jam"), (None, "/jam"));
        assert_eq!(Lang::of_path("/"), (None, "/"));
    }
}
