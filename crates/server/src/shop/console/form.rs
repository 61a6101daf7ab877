//! Form: a publisher's plain choices about a work, as fields, and as the terms they mean.

use license::{Modes, RefundRule, Rights, Route, TenderKind, Unlock};
use package::Credits;
use party::shop::OnShelf;
use publisher::Terms;
use units::{Currency, Moment, Money, OfferNo, Share, Span};

use crate::forms::Fields;

/// Until when offers made here may be taken up.
const OFFER_LIFE: Span = Span::days(3650);
/// A day, in milliseconds.
const DAY: u64 = 86_400_000;
/// The longest title, in characters.
const TITLE_MAX: usize = 200;
/// The longest field of one line, in characters.
const FIELD_MAX: usize = 300;
/// The fields of several lines.
const OF_LINES: [&str; 3] = ["performers", "comment", "cover"];
/// The longest of them, in characters: every name of performers there may be.
const LINES_MAX: usize = package::PERFORMERS_MAX * (TITLE_MAX + 1);

/// What is wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Title,
    Price,
    Fare,
    Number,
    Centre,
    Keys,
    Credits,
}

/// The fields of the form, and what they are when nobody has typed yet.
const FIELDS: [(&str, &str); 21] = [
    ("title", ""),
    ("subtitle", ""),
    ("performers", ""),
    ("creator", ""),
    ("comment", ""),
    ("cover", ""),
    ("price", "1000"),
    ("tax", "10"),
    ("plays", ""),
    ("days", ""),
    ("share", "whole"),
    ("mode", "copy"),
    ("fare", "100"),
    ("generations", "3"),
    ("route", "chain"),
    ("edition", ""),
    ("refund", "0"),
    ("media", ""),
    ("receipts", ""),
    ("sales", "100"),
    ("copies", "1"),
];

/// A form as it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Every field, each from its name and what it is when nobody has typed yet.
    fn made(value: impl Fn(&str, &str) -> String) -> Self {
        Self(
            FIELDS
                .map(|(name, usual)| (name.to_owned(), value(name, usual)))
                .to_vec(),
        )
    }
    /// A new form for a file called so.
    pub(super) fn fresh(file_name: &str) -> Self {
        let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
        let title: String = stem.replace(['_', '-'], " ").trim().chars().take(TITLE_MAX).collect();
        Self::made(|name, usual| if name == "title" { &title } else { usual }.to_owned())
    }
    /// A new version of a work: called as it is, until somebody types otherwise.
    pub(super) fn version(title: &str, credits: &Credits) -> Self {
        let line = |said: &Option<String>| said.clone().unwrap_or_default();
        Self::made(|name, usual| match name {
            "title" => title.to_owned(),
            "subtitle" => line(&credits.subtitle),
            "performers" => credits.performers().join("\n"),
            "creator" => line(&credits.creator),
            "comment" => line(&credits.comment),
            "cover" => line(&credits.cover),
            _ => usual.to_owned(),
        })
    }
    /// An offer that stands on the shelf, as the form that means it.
    pub(super) fn of(one: &OnShelf) -> Self {
        let (offer, policy) = (&one.offer, &one.policy);
        let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let fee = policy.unlock.as_ref().map_or(policy.fare_copy, |unlock| unlock.fee);
        let (mode, fare) = match policy.modes {
            modes if modes.locked => ("locked", fee),
            modes if modes.copy => ("copy", policy.fare_copy),
            modes if modes.move_ => ("move", policy.fare_move),
            _ => ("none", policy.fare_copy),
        };
        Self::made(|name, usual| match name {
            "title" => offer.title.clone(),
            "price" => offer.price.minor().to_string(),
            "tax" => (offer.tax_permille / 10).to_string(),
            "plays" => number(offer.rights.plays.map(u64::from)),
            "days" => number(offer.rights.period.map(|period| period.0 / DAY)),
            "share" => match offer.rights.share {
                Share::Tenth => "tenth",
                Share::Most => "most",
                _ => "whole",
            }
            .to_owned(),
            "mode" => mode.to_owned(),
            "fare" => fare.minor().to_string(),
            "generations" => policy.generations.max(1).to_string(),
            "route" => match policy.route {
                Route::Latest => "latest",
                Route::Count => "count",
                Route::Provider => "provider",
                _ => "chain",
            }
            .to_owned(),
            "edition" => number(offer.edition.map(u64::from)),
            "refund" => offer.refund.days.to_string(),
            "media" if offer.tenders.contains(&TenderKind::Medium) => "yes".to_owned(),
            "receipts" if offer.tenders.contains(&TenderKind::Receipt) => "yes".to_owned(),
            _ => usual.to_owned(),
        })
    }
    /// The form that was kept.
    pub(super) fn kept(fields: &[(String, String)]) -> Self {
        Self(fields.to_vec())
    }
    /// What was typed; only fields of this form, each of bounded length.
    pub(super) fn typed(fields: &Fields) -> Self {
        Self::made(|name, usual| {
            let typed = fields.get(name).map_or(usual, |typed| typed.trim());
            let of_lines = OF_LINES.contains(&name);
            let kept = |c: &char| !c.is_control() || (of_lines && *c == '\n');
            let most = if of_lines { LINES_MAX } else { FIELD_MAX };
            typed.chars().filter(kept).take(most).collect()
        })
    }
    /// As it is kept.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        self.0.clone()
    }
    /// A field.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The title.
    pub(super) fn title(&self) -> Result<String, Wrong> {
        let title = self.get("title");
        if title.is_empty() || title.chars().count() > TITLE_MAX {
            Err(Wrong::Title)
        } else {
            Ok(title.to_owned())
        }
    }
    /// What catalogues say of it beside the title; performers stand one to a line.
    pub(super) fn credits(&self) -> Result<Credits, Wrong> {
        // Lines of a field for a sentence or two are one text.
        let text = |name| {
            let text = self.get(name).split_whitespace().collect::<Vec<_>>().join(" ");
            Some(text).filter(|text| !text.is_empty())
        };
        let names = self.get("performers").lines().map(|name| name.trim().to_owned());
        let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        let credits = Credits {
            subtitle: text("subtitle"),
            performers: Some(names).filter(|names| !names.is_empty()),
            creator: text("creator"),
            comment: text("comment"),
            cover: text("cover"),
        };
        credits.check().map_err(|_| Wrong::Credits)?;
        Ok(credits)
    }
    fn amount(&self, name: &str, currency: Currency, wrong: Wrong) -> Result<Money, Wrong> {
        let plain: String = self
            .get(name)
            .chars()
            .filter(|c| !matches!(c, ',' | ' ' | '¥' | '円'))
            .collect();
        let minor: i64 = plain.parse().map_err(|_| wrong)?;
        if minor < 0 {
            return Err(wrong);
        }
        Money::new(minor, currency).map_err(|_| wrong)
    }
    /// The price.
    pub(super) fn price(&self, currency: Currency) -> Result<Money, Wrong> {
        self.amount("price", currency, Wrong::Price)
    }
    /// The fare; zero where nothing is copied.
    pub(super) fn fare(&self, currency: Currency) -> Result<Money, Wrong> {
        match self.get("mode") {
            "none" => Ok(Money::zero(currency)),
            _ => self.amount("fare", currency, Wrong::Fare),
        }
    }
    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Wrong> {
        match self.get(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Wrong::Number),
        }
    }
    /// Tax contained in the price, in thousandths of the net price.
    pub(super) fn tax_permille(&self) -> Result<u16, Wrong> {
        let percent = self.number::<u16>("tax")?.unwrap_or(0);
        if percent > 100 {
            Err(Wrong::Number)
        } else {
            Ok(percent.saturating_mul(10))
        }
    }
    /// How many sales and how many copies of each the example has.
    pub(super) fn example(&self) -> (u16, u16) {
        let of = |name, usual: u16, most: u16| self.number::<u16>(name).ok().flatten().unwrap_or(usual).min(most);
        (of("sales", 100, 1000).max(1), of("copies", 1, 100))
    }
    fn rights(&self) -> Result<Rights, Wrong> {
        let plays: Option<u32> = self.number("plays")?;
        let days: Option<u64> = self.number("days")?;
        if plays == Some(0) || days.is_some_and(|days| days == 0 || days > 36_500) {
            return Err(Wrong::Number);
        }
        Ok(Rights {
            plays,
            period: days.map(Span::days),
            until: None,
            share: match self.get("share") {
                "tenth" => Share::Tenth,
                "most" => Share::Most,
                _ => Share::Whole,
            },
        })
    }

    /// The terms it means. `unlock` is how locked copies would be unlocked in this realm, if they can.
    pub(super) fn terms(
        &self,
        number: OfferNo,
        currency: Currency,
        unlock: impl FnOnce(Money) -> Option<Unlock>,
        now: Moment,
    ) -> Result<Terms, Wrong> {
        let (price, fare, rights) = (self.price(currency)?, self.fare(currency)?, self.rights()?);
        let mut terms = Terms::sale(number, price, now.plus(OFFER_LIFE));
        terms.tax_permille = self.tax_permille()?;
        let generations: u8 = self.number("generations")?.unwrap_or(3);
        let edition: Option<u32> = self.number("edition")?;
        if generations == 0 || edition == Some(0) {
            return Err(Wrong::Number);
        }
        let refund_days: u16 = self.number("refund")?.unwrap_or(0);
        for offer in &mut terms.offers {
            offer.rights = rights;
            offer.edition = edition;
            offer.refund = RefundRule {
                days: refund_days,
                unplayed: true,
                permille: 1000,
            };
            offer.takes(TenderKind::Medium, self.get("media") == "yes");
            offer.takes(TenderKind::Receipt, self.get("receipts") == "yes");
        }
        terms.route = match self.get("route") {
            "latest" => Route::Latest,
            "count" => Route::Count,
            "provider" => Route::Provider,
            _ => Route::Chain,
        };
        match self.get("mode") {
            "move" => {
                terms.modes = Modes {
                    move_: true,
                    ..Modes::default()
                };
                terms.fare_move = fare;
            }
            "locked" => {
                terms.modes = Modes {
                    locked: true,
                    ..Modes::default()
                };
                terms.generations = generations;
                terms.unlock = Some(unlock(fare).ok_or(Wrong::Centre)?);
            }
            "copy" => terms = terms.copied_for(fare, generations),
            _ => {}
        }
        Ok(terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(changes: &[(&str, &str)]) -> Form {
        let mut fields: Fields = FIELDS.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        fields.insert("title".into(), "Night Ferry".into());
        fields.extend(changes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        Form::typed(&fields)
    }

    #[test]
    fn choices_mean_terms_and_nonsense_means_none() {
        let terms = |changes: &[(&str, &str)]| form(changes).terms(OfferNo(7), Currency::JPY, |_| None, Moment(5));
        let yen = |n| Money::new(n, Currency::JPY).unwrap();
        let copy = terms(&[("price", "¥1,200"), ("fare", "120")]).unwrap();
        assert_eq!(
            (copy.offers[0].price, copy.fare_copy, copy.generations),
            (yen(1200), yen(120), 3)
        );
        assert!(copy.modes.copy && !copy.modes.move_ && copy.tax_permille == 100);
        let moved = terms(&[("mode", "move"), ("plays", "3"), ("days", "30"), ("edition", "50")]).unwrap();
        assert!(moved.modes.move_ && !moved.modes.copy && moved.fare_move == yen(100));
        let rights = moved.offers[0].rights;
        assert_eq!(
            (rights.plays, rights.period, moved.offers[0].edition),
            (Some(3), Some(Span::days(30)), Some(50))
        );
        // Against media only where that was ticked.
        assert!(!copy.offers[0].tenders.contains(&TenderKind::Medium));
        let media = terms(&[("media", "yes")]).unwrap();
        assert!(media.offers[0].tenders.contains(&TenderKind::Medium) && media.offers[0].tenders.len() == 3);
        // Paid first and got later only where that was ticked (ST-9).
        assert!(!copy.offers[0].tenders.contains(&TenderKind::Receipt));
        let first = terms(&[("receipts", "yes"), ("media", "yes")]).unwrap();
        assert!(first.offers[0].tenders.ends_with(&publisher::CHOSEN));
        let none = terms(&[("mode", "none"), ("fare", "nonsense"), ("share", "tenth")]).unwrap();
        assert!(none.modes == Modes::default() && none.offers[0].rights.share == Share::Tenth);
        for (changes, wrong) in [
            (&[("price", "-1")][..], Wrong::Price),
            (&[("price", "12.5")], Wrong::Price),
            (&[("price", "99999999999999999999")], Wrong::Price),
            (&[("fare", "")], Wrong::Fare),
            (&[("plays", "0")], Wrong::Number),
            (&[("days", "x")], Wrong::Number),
            (&[("tax", "101")], Wrong::Number),
            (&[("generations", "300")], Wrong::Number),
            (&[("edition", "0")], Wrong::Number),
            (&[("mode", "locked")], Wrong::Centre),
        ] {
            assert_eq!(terms(changes), Err(wrong), "{changes:?}");
        }
        assert_eq!(form(&[("title", "")]).title(), Err(Wrong::Title));
        assert_eq!(Form::fresh("night_ferry-2.flac").get("title"), "night ferry 2");
    }

    #[test]
    fn what_catalogues_say_is_kept_for_a_new_version_and_held_against_the_format() {
        let said = [
            ("subtitle", " A tune "),
            ("performers", "The Harbour Organ\r\n\r\nNao, of the pier\n"),
            ("cover", "A ferry\nat night"),
        ];
        let credits = form(&said).credits().unwrap();
        assert_eq!(credits.performers(), ["The Harbour Organ", "Nao, of the pier"]);
        assert_eq!(
            (credits.subtitle.as_deref(), credits.creator.as_deref()),
            (Some("A tune"), None)
        );
        assert_eq!(credits.cover.as_deref(), Some("A ferry at night"));
        let version = Form::version("Mr. Tide, vol. 2", &credits);
        assert_eq!(
            (version.title().unwrap().as_str(), version.credits().unwrap()),
            ("Mr. Tide, vol. 2", credits)
        );
        assert!(form(&[]).credits().unwrap().is_empty());
        // Only these have lines, and only these are long.
        let title = form(&[("title", &format!("Night\nFerry{}", "x".repeat(9000)))]);
        assert!(title.get("title").starts_with("NightFerry") && title.get("title").len() == FIELD_MAX);
        let (long, many) = ("x".repeat(201), "x\n".repeat(33));
        for wrong in [
            ("creator", long.as_str()),
            ("performers", many.as_str()),
            ("comment", "\u{202e}evil"),
        ] {
            assert_eq!(form(&[wrong]).credits(), Err(Wrong::Credits), "{wrong:?}");
        }
    }
}
