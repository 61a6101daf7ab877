//! Advice: what the order of a payment says it is for, in the one line that every bank carries to the payee. Payer and payee
//! exchange nothing else about a purchase (ST-4, ST-6), so what was given back is set off in it: the payee reads how the
//! amount came about, and both books close on the same figures.
//!
//! ```text
//!   w4l5…                       pays w4l5…, all of it
//!   w4l5… -300                  300 of it was given back to its buyer before it was paid
//!   w4l5… -200/k3aa…            200 of k3aa…, paid earlier, was given back since, and is set off here
//!   w4l5… 0/k3aa…               k3aa… was given back before it was paid: nothing will come for it
//! ```
//!
//! Amounts are whole minor units of the transfer's currency. Parts stand together in any number that fits.

use core::{fmt, str::FromStr};

use units::OrderId;

/// Characters of a reference at most: what unstructured remittance information of an order may have.
pub const REFERENCE_MAX: usize = 140;

/// What a payment is for, and what is set off in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// The charge or payment that is paid.
    pub pays: OrderId,
    /// Minor units that were given back, of which charge or payment; none twice.
    pub less: Vec<(OrderId, u64)>,
    /// Given back before they were paid: nothing comes for them.
    pub nothing_for: Vec<OrderId>,
}

/// A reference that is no advice: somebody's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this reference names no charge or payment")]
pub struct NotAnAdvice;

impl Advice {
    /// Pays all of it.
    pub fn of(pays: OrderId) -> Self {
        Self {
            pays,
            ..Self::default()
        }
    }
    /// Does it take nothing off?
    pub fn pays_all(&self) -> bool {
        self.less.is_empty() && self.nothing_for.is_empty()
    }
    /// Everything that is set off, in minor units; nothing, where that is beyond every amount.
    pub fn off(&self) -> Option<u64> {
        self.less
            .iter()
            .try_fold(0_u64, |sum, (_, part)| sum.checked_add(*part))
    }
    /// Does it fit into a reference?
    pub fn fits(&self) -> bool {
        self.to_string().len() <= REFERENCE_MAX
    }
    fn names(&self, id: &OrderId) -> bool {
        self.less.iter().any(|(of, _)| of == id) || self.nothing_for.contains(id)
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pays)?;
        for (of, part) in &self.less {
            write!(f, " -{part}")?;
            if *of != self.pays {
                write!(f, "/{of}")?;
            }
        }
        self.nothing_for.iter().try_for_each(|of| write!(f, " 0/{of}"))
    }
}

impl FromStr for Advice {
    type Err = NotAnAdvice;
    fn from_str(text: &str) -> Result<Self, NotAnAdvice> {
        let mut parts = text.split(' ');
        let pays = parts.next().and_then(|id| id.parse().ok()).ok_or(NotAnAdvice)?;
        let mut advice = Self::of(pays);
        for part in parts {
            let (amount, of) = match part.split_once('/') {
                Some((amount, of)) => (amount, of.parse().map_err(|_| NotAnAdvice)?),
                None => (part, pays),
            };
            if advice.names(&of) {
                return Err(NotAnAdvice);
            }
            if amount == "0" && of != pays {
                advice.nothing_for.push(of);
                continue;
            }
            let off = amount.strip_prefix('-').and_then(|digits| digits.parse::<u64>().ok());
            advice.less.push((of, off.filter(|off| *off > 0).ok_or(NotAnAdvice)?));
        }
        // One way to say it: signs, zeros and order that this would not write are somebody's own words.
        if advice.to_string() == text {
            Ok(advice)
        } else {
            Err(NotAnAdvice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> OrderId {
        OrderId([n; 16])
    }

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        let full = Advice {
            pays: id(1),
            less: vec![(id(1), 300), (id(2), 200)],
            nothing_for: vec![id(3)],
        };
        for advice in [Advice::of(id(1)), full.clone()] {
            assert_eq!(advice.to_string().parse(), Ok(advice.clone()));
            assert!(advice.fits());
        }
        assert_eq!(full.off(), Some(500));
        let (one, two) = (id(1), id(2));
        for wrong in [
            String::new(),
            "RENT 2004-02".to_owned(),
            format!("{one} "),
            format!("{one} 300"),
            format!("{one} -0"),
            format!("{one} -+3"),
            format!("{one} -03"),
            format!("{one} 0"),
            format!("{one} -3/{one}"),
            format!("{one} -3/{two} 0/{two}"),
            format!("{one} 0/{two} -3"),
            format!("{one} -99999999999999999999"),
        ] {
            assert_eq!(wrong.parse::<Advice>(), Err(NotAnAdvice), "{wrong:?}");
        }
    }
}
