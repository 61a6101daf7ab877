//! Plot: fares known and fares home, week by week; the yellow band between them is money on its way.

use core::fmt::Write as _;

use units::{Moment, Money};

use crate::{
    lang::Lang,
    shown::{ShortDay, Shown},
};

/// Totals at the end of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its first day.
    pub at: Moment,
    /// Fares known so far.
    pub known: Money,
    /// Of these, collected and booked.
    pub home: Money,
}

/// A line of the grid: where, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Where, in the units of the drawing.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// A drawing of 800 by 304.
#[derive(Debug, Clone)]
pub struct Plot {
    /// Points of the band.
    pub band: String,
    /// Points of the line.
    pub line: String,
    /// Where the line ends.
    pub end: (i64, i64),
    /// Where the upper edge ends.
    pub top: i64,
    /// Amounts at the side.
    pub amounts: Vec<Tick>,
    /// Weeks below.
    pub weeks: Vec<Tick>,
}

const LEFT: i64 = 56;
const RIGHT: i64 = 616;
const TOP: i64 = 20;
const BOTTOM: i64 = 270;

impl Plot {
    /// The drawing of at least two weeks; of fewer there is nothing to draw.
    pub fn new(lang: Lang, weeks: &[Week]) -> Option<Self> {
        let (_, last) = (weeks.get(1)?, weeks.last()?);
        let most = weeks
            .iter()
            .map(|week| week.known.minor().max(week.home.minor()))
            .max()?;
        let step = nice(most.saturating_add(3) / 4);
        let scale = step.saturating_mul(4).max(1);
        let steps = i64::try_from(weeks.len()).ok()?.saturating_sub(1).max(1);
        let x = |at: usize| LEFT.saturating_add((RIGHT - LEFT).saturating_mul(i64::try_from(at).unwrap_or(0)) / steps);
        let y = |money: Money| {
            let up = i128::from(money.minor()).saturating_mul(i128::from(BOTTOM - TOP)) / i128::from(scale);
            BOTTOM.saturating_sub(i64::try_from(up).unwrap_or(0))
        };
        let (mut upper, mut lower) = (String::new(), Vec::new());
        for (at, week) in weeks.iter().enumerate() {
            let _ = write!(upper, "{},{} ", x(at), y(week.known));
            lower.push(format!("{},{}", x(at), y(week.home)));
        }
        let back: Vec<_> = lower.iter().rev().cloned().collect();
        let amounts = (0..=4).filter_map(|line| {
            let money = Money::new(step.saturating_mul(line), last.known.currency()).ok()?;
            let (at, text) = (y(money), money.shown(lang).plain());
            Some(Tick { at, text })
        });
        let every = weeks.len().div_ceil(4).max(1);
        let shown = weeks.iter().enumerate().step_by(every);
        Some(Self {
            band: format!("{upper}{}", back.join(" ")),
            line: lower.join(" "),
            end: (RIGHT, y(last.home)),
            top: y(last.known),
            amounts: amounts.collect(),
            weeks: shown
                .map(|(at, week)| Tick {
                    at: x(at),
                    text: ShortDay(week.at).shown(lang).plain(),
                })
                .collect(),
        })
    }
}

/// The next of 1, 2, 4 or 5 times a power of ten.
fn nice(least: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for times in [1, 2, 4, 5] {
            let step = unit.saturating_mul(times);
            if step >= least {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    #[test]
    fn the_band_lies_above_the_line_and_inside_the_drawing() {
        let yen = |n| Money::new(n, Currency::JPY).unwrap();
        let week = |n: i64, known, home| Week {
            at: Moment(u64::try_from(n).unwrap() * 604_800_000),
            known: yen(known),
            home: yen(home),
        };
        let weeks = [week(0, 4_100, 0), week(1, 11_300, 3_200), week(2, 154_000, 131_200)];
        let plot = Plot::new(Lang::En, &weeks).unwrap();
        assert_eq!(plot.line, "56,270 336,265 616,65");
        assert_eq!(plot.band, "56,264 336,253 616,30 616,65 336,265 56,270");
        let texts: Vec<_> = plot.amounts.iter().map(|tick| tick.text.as_str()).collect();
        assert_eq!(texts, ["¥0", "¥40,000", "¥80,000", "¥120,000", "¥160,000"]);
        assert_eq!((plot.end, plot.top), ((616, 65), 30));
        assert!(Plot::new(Lang::Ja, &weeks[..1]).is_none());
        let nothing = Plot::new(Lang::Ja, &[week(0, 0, 0), week(1, 0, 0)]).unwrap();
        assert_eq!(nothing.line, "56,270 616,270");
        let most = units::AMOUNT_MAX;
        assert!(Plot::new(Lang::Ja, &[week(0, 0, 0), week(1, most, most)]).is_some());
    }
}
