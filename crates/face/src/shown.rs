//! Shown: how amounts, days, counts and names stand in a sentence of each language.

use units::{Moment, Money, Span};

use crate::{lang::Lang, said::Said, words::Words};

/// What a message can place.
pub trait Shown {
    /// Writes it as `lang` does, escaped.
    fn show(&self, lang: Lang, to: &mut Said);
    /// By itself.
    fn shown(&self, lang: Lang) -> Said {
        let mut said = Said::default();
        self.show(lang, &mut said);
        said
    }
}

/// What a message can count: it chooses the plural form.
pub trait Counted: Shown {
    /// How many.
    fn count(&self) -> u64;
}

/// The plural form of a count (CLDR): English has one and other, Japanese only other.
pub const fn plural(lang: Lang, count: u64) -> &'static str {
    match (lang, count) {
        (Lang::En, 1) => "one",
        _ => "other",
    }
}

impl<T: Shown + ?Sized> Shown for &T {
    fn show(&self, lang: Lang, to: &mut Said) {
        (**self).show(lang, to);
    }
}
impl<T: Counted + ?Sized> Counted for &T {
    fn count(&self) -> u64 {
        (**self).count()
    }
}

/// A name or a title: as given.
impl Shown for str {
    fn show(&self, _: Lang, to: &mut Said) {
        to.text(self);
    }
}
impl Shown for String {
    fn show(&self, _: Lang, to: &mut Said) {
        to.text(self);
    }
}

macro_rules! counts {
    ($($of:ty),*) => { $(
        impl Shown for $of {
            fn show(&self, _: Lang, to: &mut Said) {
                to.text(&grouped(&self.to_string()));
            }
        }
        impl Counted for $of {
            fn count(&self) -> u64 {
                u64::try_from(*self).unwrap_or(u64::MAX)
            }
        }
    )* };
}
counts!(u8, u16, u32, u64, usize);

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// An amount as text: ¥1,200, €12.00, KWD 1.250; 1,200円, 12.00ユーロ.
impl Shown for Money {
    fn show(&self, lang: Lang, to: &mut Said) {
        let figures = self.figures();
        let currency = self.currency();
        let text = match (lang, currency.code()) {
            (Lang::En, "JPY") => format!("\u{a5}{figures}"),
            (Lang::En, "EUR") => format!("\u{20ac}{figures}"),
            (Lang::En, "USD") => format!("${figures}"),
            (Lang::Ja, "JPY") => format!("{figures}円"),
            (Lang::Ja, "EUR") => format!("{figures}ユーロ"),
            (Lang::Ja, "USD") => format!("{figures}ドル"),
            (_, code) => format!("{code}\u{a0}{figures}"),
        };
        to.text(&text);
    }
}

/// An amount with its value for machines: spendable money and every other amount that is no fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum(pub Money);

impl Shown for Sum {
    fn show(&self, lang: Lang, to: &mut Said) {
        to.tags_of_ours(&format!("<data value=\"{}\">", major(self.0)));
        self.0.show(lang, to);
        to.tags_of_ours("</data>");
    }
}

/// A fare in its yellow pill. Yellow is nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fare(pub Money);

impl Shown for Fare {
    fn show(&self, lang: Lang, to: &mut Said) {
        to.tags_of_ours(&format!("<data class=\"fare\" value=\"{}\">", major(self.0)));
        self.0.show(lang, to);
        to.tags_of_ours("</data>");
    }
}

/// Major units, for machines: no groups.
pub(crate) fn major(money: Money) -> String {
    money.figures().replace(',', "")
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day: 20 November 2026, 2026年11月20日.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Moment);

impl Shown for Day {
    fn show(&self, lang: Lang, to: &mut Said) {
        let (year, month, day, ..) = self.0.civil();
        to.tags_of_ours(&format!("<time datetime=\"{year:04}-{month:02}-{day:02}\">"));
        match lang {
            Lang::En => to.text(&format!("{day} {} {year}", name(month))),
            Lang::Ja => to.text(&format!("{year}年{month}月{day}日")),
        }
        to.tags_of_ours("</time>");
    }
}

/// A day in a table: 20 Nov, 11月20日.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShortDay(pub Moment);

impl Shown for ShortDay {
    fn show(&self, lang: Lang, to: &mut Said) {
        let (year, month, day, ..) = self.0.civil();
        to.tags_of_ours(&format!("<time datetime=\"{year:04}-{month:02}-{day:02}\">"));
        match lang {
            Lang::En => to.text(&format!("{day} {}", name(month).get(..3).unwrap_or_default())),
            Lang::Ja => to.text(&format!("{month}月{day}日")),
        }
        to.tags_of_ours("</time>");
    }
}

/// A time of day: 19:04. The moment is given in the reader's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock(pub Moment);

impl Shown for Clock {
    fn show(&self, _: Lang, to: &mut Said) {
        let (year, month, day, hour, minute, _) = self.0.civil();
        to.tags_of_ours(&format!(
            "<time datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}\">"
        ));
        to.text(&format!("{hour:02}:{minute:02}"));
        to.tags_of_ours("</time>");
    }
}

fn name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or("?")
}

/// How long: 14 days, 24 hours, 30 minutes.
impl Shown for Span {
    fn show(&self, lang: Lang, to: &mut Said) {
        const MINUTE: u64 = 60_000;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        let words = Words(lang);
        let said = match self.0 {
            days if days >= 2 * DAY && days.is_multiple_of(DAY) => words.span_days(days / DAY),
            hours if hours >= HOUR => words.span_hours(hours / HOUR),
            minutes => words.span_minutes(minutes.div_ceil(MINUTE)),
        };
        said.show(lang, to);
    }
}

/// Thousandths as percent: 8%, 12.5%.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permille(pub u16);

impl Shown for Permille {
    fn show(&self, _: Lang, to: &mut Said) {
        match self.0 % 10 {
            0 => to.text(&format!("{}%", self.0 / 10)),
            part => to.text(&format!("{}.{part}%", self.0 / 10)),
        }
    }
}

/// Bytes, to two figures or so: 812 KB, 212 MB, 1.1 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl Shown for Bytes {
    fn show(&self, lang: Lang, to: &mut Said) {
        let text = match self.0 {
            bytes @ 0..1_000 => return Words(lang).size_bytes(bytes).show(lang, to),
            bytes @ 1_000..1_000_000 => format!("{}\u{a0}KB", bytes.div_ceil(1_000)),
            bytes @ 1_000_000..1_000_000_000 => format!("{}\u{a0}MB", bytes.div_ceil(1_000_000)),
            bytes => format!(
                "{}.{}\u{a0}GB",
                bytes / 1_000_000_000,
                bytes % 1_000_000_000 / 100_000_000
            ),
        };
        to.text(&text);
    }
}

/// A number, an id or an address as a machine writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code(pub String);

impl Shown for Code {
    fn show(&self, _: Lang, to: &mut Said) {
        to.tags_of_ours("<span class=\"code\">");
        to.text(&self.0);
        to.tags_of_ours("</span>");
    }
}

/// Words that lead somewhere. `href` is an address of ours.
#[derive(Debug, Clone)]
pub struct Link<'a>(pub &'a str, pub Said);

impl Shown for Link<'_> {
    fn show(&self, lang: Lang, to: &mut Said) {
        to.tags_of_ours("<a href=\"");
        to.text(self.0);
        to.tags_of_ours("\">");
        self.1.show(lang, to);
        to.tags_of_ours("</a>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    fn both(of: impl Shown) -> (String, String) {
        (of.shown(Lang::En).plain(), of.shown(Lang::Ja).plain())
    }

    #[test]
    fn figures_read_as_people_write_them() {
        let check = |of: &dyn Shown, en: &str, ja: &str| assert_eq!(both(of), (en.to_owned(), ja.to_owned()));
        let money = |minor, code: &str| Money::new(minor, Currency::new(code).unwrap()).unwrap();
        check(&money(1_200, "JPY"), "¥1,200", "1,200円");
        check(&money(0, "JPY"), "¥0", "0円");
        check(&money(1_200, "EUR"), "€12.00", "12.00ユーロ");
        check(&money(1_250, "KWD"), "KWD\u{a0}1.250", "KWD\u{a0}1.250");
        let day = Moment(1_077_109_440_000); // 2004-02-18T13:04Z
        check(&Day(day), "18 February 2004", "2004年2月18日");
        check(&ShortDay(day), "18 Feb", "2月18日");
        check(&Clock(day), "13:04", "13:04");
        check(&1_234_567_u32, "1,234,567", "1,234,567");
        check(&Permille(80), "8%", "8%");
        check(&Permille(125), "12.5%", "12.5%");
        check(&Bytes(999), "999 bytes", "999バイト");
        check(&Bytes(1_500), "2\u{a0}KB", "2\u{a0}KB");
        check(&Bytes(4_700_000_000), "4.7\u{a0}GB", "4.7\u{a0}GB");
        check(&Span::days(30), "30 days", "30日間");
        check(&Span::days(1), "24 hours", "24時間");
        check(&Span::minutes(60), "1 hour", "1時間");
        check(&Span::minutes(1), "1 minute", "1分間");
    }

    #[test]
    fn machines_read_the_value_beside_the_figures() {
        let money = Money::new(1_200, Currency::JPY).unwrap();
        assert_eq!(Sum(money).shown(Lang::En).html(), "<data value=\"1200\">¥1,200</data>");
        assert_eq!(
            Fare(money).shown(Lang::Ja).html(),
            "<data class=\"fare\" value=\"1200\">1,200円</data>"
        );
        let day = Day(Moment(1_077_109_440_000));
        assert_eq!(
            day.shown(Lang::En).html(),
            "<time datetime=\"2004-02-18\">18 February 2004</time>"
        );
    }

    #[test]
    fn what_comes_from_outside_stays_text() {
        let said = "<script>\"&'".shown(Lang::En);
        assert_eq!(said.html(), "&#60;script&#62;&#34;&#38;&#39;");
        assert_eq!(said.plain(), "<script>\"&'");
        assert_eq!(
            Link("/a\"b", said).shown(Lang::Ja).html(),
            "<a href=\"/a&#34;b\">&#60;script&#62;&#34;&#38;&#39;</a>"
        );
    }
}
