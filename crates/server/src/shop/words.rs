//! Words: terms as people read them, computed from the very offer and policy that a card checks.

use license::{Modes, Offer, Policy, Rights, TenderKind, WorkKind};
use units::{Moment, Money, Share, Span};

use crate::money::shown;

/// Kinds of works: the word in addresses, and the one on pages.
pub const KINDS: [(WorkKind, &str, &str); 6] = [
    (WorkKind::Sound, "sound", "Music and sound"),
    (WorkKind::Video, "video", "Film"),
    (WorkKind::Text, "text", "Book or text"),
    (WorkKind::Picture, "picture", "Picture"),
    (WorkKind::Program, "program", "Program"),
    (WorkKind::Mixed, "mixed", "Something else"),
];

/// A kind on a page.
pub fn kind(of: WorkKind) -> &'static str {
    KINDS
        .iter()
        .find(|(kind, ..)| *kind == of)
        .map_or("Something else", |(_, _, word)| word)
}

/// A kind in an address.
pub fn kind_word(of: WorkKind) -> &'static str {
    KINDS
        .iter()
        .find(|(kind, ..)| *kind == of)
        .map_or("mixed", |(_, word, _)| word)
}

/// A kind by its word in an address.
pub fn kind_named(word: &str) -> Option<WorkKind> {
    KINDS.iter().find(|(_, name, _)| *name == word).map(|(kind, ..)| *kind)
}

/// A price: the currency first, then its figures.
pub fn price(of: Money) -> String {
    if of.is_zero() { "free".to_owned() } else { shown(of) }
}

/// What the buyer may do, line by line.
pub fn rights(offer: &Offer) -> Vec<String> {
    let Rights {
        plays,
        period,
        until,
        share,
    } = offer.rights;
    let mut lines = vec![match share {
        Share::Whole => "The whole work".to_owned(),
        Share::Nothing => "The license alone, without the work".to_owned(),
        part => format!("The first {} percent of the work", part.percent()),
    }];
    lines.push(match plays {
        None => "Play it as often as you like".to_owned(),
        Some(1) => "Play it once".to_owned(),
        Some(n) => format!("Play it {n} times"),
    });
    if let Some(period) = period {
        lines.push(format!("For {} from the first play", span(period)));
    }
    if let Some(until) = until {
        lines.push(format!("Until {}", date(until)));
    }
    lines
}

/// What handing on is like; and its fare, if a friend pays one.
pub fn friend(policy: &Policy) -> (String, Option<Money>) {
    let Modes { copy, move_, .. } = policy.modes;
    let copies = copy && policy.generations > 0;
    let deep = match policy.generations {
        1 => "copies only, not copies of copies".to_owned(),
        n => format!("copies of copies up to {n} deep"),
    };
    let many = match policy.copies {
        Some(1) => ", one copy in all".to_owned(),
        Some(n) => format!(", at most {n} copies"),
        None => String::new(),
    };
    match (copies, move_) {
        (true, _) if policy.fare_copy.is_zero() => (
            format!("A friend gets a copy from you free of charge; {deep}{many}."),
            None,
        ),
        (true, _) => (
            format!("is what a friend pays for a copy from you; {deep}{many}."),
            Some(policy.fare_copy),
        ),
        (false, true) if policy.fare_move.is_zero() => (
            "You can move it to a friend's card; it is never copied.".to_owned(),
            None,
        ),
        (false, true) => (
            "is what a friend pays when you move it to their card; it is never copied.".to_owned(),
            Some(policy.fare_move),
        ),
        (false, false) => ("It stays on your card and cannot be handed on.".to_owned(), None),
    }
}

/// The tax in a price.
pub fn tax(offer: &Offer) -> String {
    let tax = offer.price.tax_contained(offer.tax_permille.into());
    format!("{} ({})", shown(tax), rate(offer.tax_permille))
}

/// Thousandths as percent.
pub fn rate(permille: u16) -> String {
    match permille % 10 {
        0 => format!("{} %", permille / 10),
        part => format!("{}.{part} %", permille / 10),
    }
}

/// When it may be handed back.
pub fn refund(offer: &Offer) -> String {
    let rule = offer.refund;
    if rule.days == 0 || rule.permille == 0 {
        return "no refund".to_owned();
    }
    let unplayed = if rule.unplayed {
        ", as long as it was never played"
    } else {
        ""
    };
    format!(
        "{} of the price within {} days{unplayed}",
        rate(rule.permille),
        rule.days
    )
}

/// Ways to pay.
pub fn tenders(offer: &Offer) -> String {
    let words = offer.tenders.iter().map(|tender| match tender {
        TenderKind::Slip => "money on your card",
        TenderKind::Value => "coupons, tickets and points",
        TenderKind::Charge => "your phone bill",
        TenderKind::Approval => "an approval",
        TenderKind::Receipt => "a receipt of an earlier payment",
        TenderKind::Medium => "a disc or card you own",
        TenderKind::Order => "cash or bank",
    });
    words.collect::<Vec<_>>().join(", ")
}

/// How many of an edition are left.
pub fn left(offer: &Offer, left: Option<u32>) -> Option<String> {
    let size = offer.edition?;
    Some(format!("numbered, {} of {size} left", left.unwrap_or(0)))
}

/// A length of time.
pub fn span(of: Span) -> String {
    let hours = of.0 / 3_600_000;
    match (hours / 24, hours % 24) {
        (1, 0) => "one day".to_owned(),
        (days, 0) => format!("{days} days"),
        (0, 1) => "one hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (_, _) => format!("{hours} hours"),
    }
}

/// A day in words.
pub fn date(of: Moment) -> String {
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
    let (year, month, day, ..) = of.civil();
    let month = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or("?");
    format!("{day} {month} {year}")
}

/// A size in bytes, to two figures or so.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(rate(80), "8 %");
        assert_eq!(rate(125), "12.5 %");
        assert_eq!(span(Span::days(30)), "30 days");
        assert_eq!(span(Span::days(1)), "one day");
        assert_eq!(span(Span::minutes(60)), "one hour");
        assert_eq!(span(Span::minutes(27 * 60)), "27 hours");
        assert_eq!(date(Moment(1_077_062_400_000)), "18 February 2004");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_500), "2 kB");
        assert_eq!(size(212_000_000), "212 MB");
        assert_eq!(size(4_700_000_000), "4.7 GB");
    }
}
