//! Tray: a simulated box for notes and coins. What lies in the tray, what was swallowed and what was given back follow from
//! its register alone.

use std::{io, path::Path};

use party::{deposit::Cashbox, mechanism::Jam};
use units::{Currency, Money, OrderId};

use super::log::Lines;

/// The box.
#[derive(Debug)]
pub(crate) struct Tray {
    lines: Lines,
    currency: Currency,
}

/// What is where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cash {
    /// In the tray, where it can still be given back.
    pub(crate) inside: Money,
    /// Swallowed, ever.
    pub(crate) swallowed: Money,
    /// Given back, ever.
    pub(crate) returned: Money,
    last: Option<OrderId>,
}

impl Tray {
    /// The box whose register lies in this directory.
    pub(crate) fn open(dir: &Path, currency: Currency) -> io::Result<Self> {
        Ok(Self {
            lines: Lines::open(dir.join("tray"))?,
            currency,
        })
    }

    /// What is where.
    pub(crate) fn cash(&self) -> Result<Cash, Jam> {
        let zero = Money::zero(self.currency);
        let mut cash = Cash {
            inside: zero,
            swallowed: zero,
            returned: zero,
            last: None,
        };
        for line in self.lines.read()? {
            self.apply(&mut cash, &line)
                .ok_or_else(|| Jam(format!("its register does not read: {line}")))?;
        }
        Ok(cash)
    }

    fn apply(&self, cash: &mut Cash, line: &str) -> Option<()> {
        let (what, rest) = line.split_once(' ')?;
        if what == "in" {
            let more = Money::new(rest.parse().ok()?, self.currency).ok()?;
            cash.inside = cash.inside.plus(more).ok()?;
            return Some(());
        }
        let to = match what {
            "keep" => &mut cash.swallowed,
            "back" => &mut cash.returned,
            _ => return None,
        };
        *to = to.plus(cash.inside).ok()?;
        cash.inside = Money::zero(self.currency);
        cash.last = Some(rest.parse().ok()?);
        Some(())
    }

    /// A note or coin comes in.
    pub(crate) fn put_in(&self, sum: Money) -> Result<(), Jam> {
        self.lines.add(&format!("in {}", sum.minor()))
    }
}

impl Cashbox for Tray {
    fn counted(&self) -> Result<Money, Jam> {
        Ok(self.cash()?.inside)
    }
    fn finish(&mut self, order: OrderId, keep: bool) -> Result<(), Jam> {
        if self.cash()?.last == Some(order) {
            return Ok(());
        }
        self.lines
            .add(&format!("{} {order}", if keep { "keep" } else { "back" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_finishes_an_order_once_and_forgets_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let yen = |n| Money::new(n, Currency::JPY).unwrap();
        let mut tray = Tray::open(dir.path(), Currency::JPY).unwrap();
        tray.put_in(yen(1000)).unwrap();
        tray.put_in(yen(500)).unwrap();
        assert_eq!(tray.counted(), Ok(yen(1500)));
        let (first, second) = (OrderId([1; 16]), OrderId([2; 16]));
        tray.finish(first, true).unwrap();
        tray.put_in(yen(700)).unwrap();
        tray.finish(first, false).unwrap();
        assert_eq!(tray.counted(), Ok(yen(700)), "told again, it does nothing");
        // Another process, after the power was back.
        let mut tray = Tray::open(dir.path(), Currency::JPY).unwrap();
        tray.finish(second, false).unwrap();
        let cash = tray.cash().unwrap();
        assert_eq!(
            (cash.inside, cash.swallowed, cash.returned),
            (yen(0), yen(1500), yen(700))
        );
    }
}
