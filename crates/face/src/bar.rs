//! Money bar: what is spendable, what is escrow and what is on its way, as widths that add up, with the figures beside it.

use units::{Money, MoneyError};

/// The three figures of a card, from one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyBar {
    /// Yours to spend.
    pub purse: Money,
    /// Fares that the card carries for publishers.
    pub escrow: Money,
    /// Set aside in steps that are not finished.
    pub way: Money,
    /// The three together.
    pub all: Money,
}

/// A part of the bar, in thousandths of its width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub from: u32,
    /// How wide it is.
    pub wide: u32,
}

impl Part {
    fn percent(permille: u32) -> String {
        format!("{}.{}%", permille / 10, permille % 10)
    }
    /// Where it begins, for a drawing.
    pub fn x(&self) -> String {
        Self::percent(self.from)
    }
    /// How wide it is, for a drawing.
    pub fn width(&self) -> String {
        Self::percent(self.wide)
    }
}

impl MoneyBar {
    /// Refused when the three do not add up to an amount of one currency.
    pub fn new(purse: Money, escrow: Money, way: Money) -> Result<Self, MoneyError> {
        let all = purse.plus(escrow)?.plus(way)?;
        Ok(Self {
            purse,
            escrow,
            way,
            all,
        })
    }
    /// Purse, escrow and way, those that are not nothing; a small one is still seen.
    pub fn parts(&self) -> [Option<Part>; 3] {
        const GAP: u32 = 8;
        const LEAST: u32 = 12;
        let wide = |part: Money| {
            let share = i128::from(part.minor()).saturating_mul(1000) / i128::from(self.all.minor()).max(1);
            u32::try_from(share).unwrap_or(1000).max(LEAST)
        };
        let shown = [self.purse, self.escrow, self.way].map(|part| (!part.is_zero()).then(|| wide(part)));
        let count = u32::try_from(shown.iter().flatten().count()).unwrap_or(3);
        let sum: u32 = shown.iter().flatten().sum();
        let room = 1000_u32.saturating_sub(GAP.saturating_mul(count.saturating_sub(1)));
        let mut from = 0;
        shown.map(|wide| {
            let wide = wide?.saturating_mul(room) / sum.max(1);
            let part = Part { from, wide };
            from = from.saturating_add(wide).saturating_add(GAP);
            Some(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    #[test]
    fn the_parts_fill_the_bar_and_never_leave_it() {
        let yen = |n| Money::new(n, Currency::JPY).unwrap();
        for (purse, escrow, way) in [
            (2350, 700, 100),
            (0, 0, 0),
            (1, 1_000_000, 0),
            (5, 0, 0),
            (1, 1, 1),
            (0, 0, 900),
        ] {
            let bar = MoneyBar::new(yen(purse), yen(escrow), yen(way)).unwrap();
            assert_eq!(bar.all, yen(purse + escrow + way));
            let parts = bar.parts();
            let end = parts
                .iter()
                .flatten()
                .map(|part| part.from + part.wide)
                .max()
                .unwrap_or(0);
            assert!(end <= 1000, "{parts:?}");
            assert!(end >= 990 || bar.all.is_zero(), "{parts:?}");
            assert_eq!(parts.map(|part| part.is_some()), [purse > 0, escrow > 0, way > 0]);
        }
        assert!(MoneyBar::new(yen(1), Money::zero(Currency::new("EUR").unwrap()), yen(0)).is_err());
    }
}
