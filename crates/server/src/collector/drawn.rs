//! Drawn: the plots of fares, as shapes with whole coordinates. What is drawn here stands in a table below it, figure by
//! figure; nothing on the page needs a script.

/// A bar with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// What it stands for.
    pub label: String,
    /// How much.
    pub value: String,
}

/// A line of the grid, or a mark below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// Bars that stand: one for each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The bars.
    pub bars: Vec<Bar>,
    /// Amounts at the side.
    pub amounts: Vec<Mark>,
    /// Days below.
    pub days: Vec<Mark>,
}

/// Bars that lie: one for each way or work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The bars.
    pub bars: Vec<Bar>,
    /// How high the drawing is.
    pub height: i64,
}

/// Where the drawing area of standing bars lies, in a drawing of 800 by 300.
const LEFT: i64 = 100;
const RIGHT: i64 = 790;
const TOP: i64 = 16;
/// The line bars stand on.
pub const FOOT: i64 = 260;

/// A part of `whole` in the measure of `of`, rounded to whole units; bars of anything are seen.
fn part(value: i64, whole: i64, of: i64) -> i64 {
    let value = value.max(0);
    let drawn = i128::from(value).saturating_mul(i128::from(of)) / i128::from(whole.max(1));
    let drawn = i64::try_from(drawn).unwrap_or(of).clamp(0, of);
    if value > 0 { drawn.max(1) } else { drawn }
}

/// The next of 1, 2, 5 times a power of ten: steps people read easily.
fn step(least: i64) -> i64 {
    let mut unit = 1_i64;
    loop {
        for times in [1, 2, 5] {
            let step = unit.saturating_mul(times);
            if step >= least || step == i64::MAX {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Standing bars: label, value and how people read it, in order. `every` so many labels are written below.
pub fn columns(values: &[(String, i64)], shown: impl Fn(i64) -> String, every: usize) -> Columns {
    let most = values.iter().map(|(_, v)| *v).max().unwrap_or(0).max(1);
    let step = step(most.saturating_add(3) / 4);
    let scale = step.saturating_mul(4);
    let count = i64::try_from(values.len().max(1)).unwrap_or(1);
    let slot = ((RIGHT - LEFT) / count).max(2);
    let place = |n: usize| LEFT.saturating_add(slot.saturating_mul(i64::try_from(n).unwrap_or(0)));
    let bars = values.iter().enumerate().map(|(n, (label, value))| {
        let height = part(*value, scale, FOOT - TOP);
        Bar {
            x: place(n),
            y: FOOT.saturating_sub(height),
            width: slot.saturating_sub(slot / 5).max(1),
            height,
            label: label.clone(),
            value: shown(*value),
        }
    });
    let amounts = (0..=4_i64).map(|n| {
        let amount = step.saturating_mul(n);
        Mark {
            at: FOOT.saturating_sub(part(amount, scale, FOOT - TOP)),
            text: shown(amount),
        }
    });
    let days = values
        .iter()
        .enumerate()
        .step_by(every.max(1))
        .map(|(n, (label, _))| Mark {
            at: place(n),
            text: label.clone(),
        });
    Columns {
        bars: bars.collect(),
        amounts: amounts.collect(),
        days: days.collect(),
    }
}

/// How high one lying bar is, with its words.
const ROW: i64 = 44;
/// How long the longest lying bar is.
const LONGEST: i64 = 560;

/// Lying bars: label and value, the longest as long as there is room for.
pub fn rows(values: &[(String, i64)], shown: impl Fn(i64) -> String) -> Rows {
    let most = values.iter().map(|(_, v)| *v).max().unwrap_or(0).max(1);
    let bars = values.iter().enumerate().map(|(n, (label, value))| Bar {
        x: 0,
        y: ROW.saturating_mul(i64::try_from(n).unwrap_or(0)).saturating_add(20),
        width: part(*value, most, LONGEST),
        height: 18,
        label: label.clone(),
        value: shown(*value),
    });
    Rows {
        bars: bars.collect(),
        height: ROW
            .saturating_mul(i64::try_from(values.len().max(1)).unwrap_or(1))
            .saturating_add(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(of: &[i64]) -> Vec<(String, i64)> {
        of.iter().enumerate().map(|(n, v)| (format!("day {n}"), *v)).collect()
    }

    #[test]
    fn bars_stand_on_their_line_and_are_as_high_as_their_figures() {
        let drawn = columns(&values(&[0, 100, 400, 1]), |v| v.to_string(), 2);
        let heights: Vec<i64> = drawn.bars.iter().map(|b| b.height).collect();
        assert_eq!(heights, [0, 61, 244, 1]);
        assert!(
            drawn
                .bars
                .iter()
                .all(|b| b.y + b.height == FOOT && b.x + b.width <= RIGHT)
        );
        let amounts: Vec<&str> = drawn.amounts.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(amounts, ["0", "100", "200", "300", "400"]);
        assert_eq!(drawn.days.len(), 2);
    }

    #[test]
    fn nothing_and_the_most_there_can_be_are_drawn_too() {
        for of in [&[][..], &[0], &[i64::MAX, i64::MAX, -5]] {
            let standing = columns(&values(of), |v| v.to_string(), 1);
            assert!(standing.bars.iter().all(|b| (0..=FOOT - TOP).contains(&b.height)));
            let lying = rows(&values(of), |v| v.to_string());
            assert!(lying.bars.iter().all(|b| (0..=LONGEST).contains(&b.width)) && lying.height > 0);
        }
    }
}
