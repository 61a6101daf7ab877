//! Rebate: what a publisher gives for fares that are brought by a way it wants (SD-19).
//!
//! It is counted fare by fare: a share of each distinct fare, rounded down, up to a bound. So splitting a visit into many
//! gains nothing, and a share of a half at most makes copies between one's own cards a loss (row-48).

use deal::{Slip, Value, ValueKind};
use minicbor::{Decode, Encode};
use store::{Fault, Map, Table, Tx, Value as Row, View};
use units::{Again, DealId, Moment, Money, Refusal, Span, ValueId};

use super::{Collector, bring::Way};
use crate::collector::Path;

/// The largest share of a fare that comes back, in thousandths.
pub const SHARE_MAX: u16 = 500;

/// As what a rebate arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RebateKind {
    /// A refund order: the issuer takes it into the purse and debits it to the publisher.
    #[n(0)]
    Credit,
    /// A coupon of the publisher's.
    #[n(1)]
    Coupon,
}

/// A publisher's promise for one way.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Rebate {
    /// For fares that come by this way.
    #[n(0)]
    pub path: Path,
    /// Share of each fare, in thousandths, at most [`SHARE_MAX`].
    #[n(1)]
    pub permille: u16,
    /// At most this for one fare.
    #[n(2)]
    pub most: Money,
    /// As what.
    #[n(3)]
    pub kind: RebateKind,
    /// What it is called, as the holder reads it; at most 60 characters.
    #[n(4)]
    pub label: String,
}
impl Row for Rebate {}

/// What its publisher set on its pages, by way; where nothing is set, the configuration counts.
pub(super) const SET: Map<u8, Rebate> = Map::new(Table::new("collector_rebates"));

/// The longest name of a rebate, in characters.
const LABEL_MAX: usize = 60;

/// Why nothing was promised, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromiseRefused {
    /// Too much of a fare.
    #[error("at most half of a fare can come back; say less")]
    Share,
    /// No bound, or in other money.
    #[error("say in {0} how much comes back for one fare at most")]
    Most(units::Currency),
    /// No name, or too long a one.
    #[error("what comes back needs a name of 1 to {LABEL_MAX} characters")]
    Label,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PromiseRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Share => "rebate-share",
            Self::Most(_) => "rebate-most",
            Self::Label => "rebate-label",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl Rebate {
    /// For one fare.
    pub fn of(&self, fare: Money) -> Money {
        let permille = i128::from(self.permille.min(SHARE_MAX));
        let share = i128::from(fare.minor()).saturating_mul(permille) / 1000;
        let zero = Money::zero(fare.currency());
        let share = Money::new(i64::try_from(share).unwrap_or(0), fare.currency()).unwrap_or(zero);
        share.min(self.most)
    }
}

/// How long a coupon is good.
const COUPON_LIFE: Span = Span::days(365);

impl Collector {
    /// What is promised for fares that come by one way, if anything is.
    fn promised(&self, view: &mut dyn View, path: Path) -> Result<Option<Rebate>, Fault> {
        let set = SET.get(view, &path.number())?;
        let configured = || self.config.rebates.iter().find(|it| it.path == path).cloned();
        Ok(set.or_else(configured).filter(|it| it.permille > 0))
    }

    /// Everything that is promised, way by way: as its publisher set it on its pages, or else as it was configured.
    pub fn promises(&self, view: &mut dyn View) -> Result<Vec<Rebate>, Fault> {
        let mut all = Vec::new();
        for path in Path::ALL {
            all.extend(self.promised(view, path)?);
        }
        Ok(all)
    }

    /// Promises this from now on, for all fares that are decided on from here; a share of nothing ends what was promised for a
    /// way.
    pub fn promise(&self, tx: &mut dyn Tx, mut rebate: Rebate) -> Result<(), PromiseRefused> {
        if rebate.permille > SHARE_MAX {
            return Err(PromiseRefused::Share);
        }
        let currency = self.desk.currency();
        let nothing = rebate.permille == 0;
        if rebate.most.currency() != currency || rebate.most.minor() <= 0 && !nothing {
            return Err(PromiseRefused::Most(currency));
        }
        rebate.label = rebate.label.trim().to_owned();
        let named = (1..=LABEL_MAX).contains(&rebate.label.chars().count());
        let legible = named && !rebate.label.chars().any(char::is_control);
        if !nothing && !legible {
            return Err(PromiseRefused::Label);
        }
        Ok(SET.put(tx, &rebate.path.number(), &rebate)?)
    }

    /// What is promised for what comes this way, if anything is. A machine whose certificate has ended earns nothing for
    /// the holders it serves: nobody vouches for the way any more.
    pub(super) fn rebate(&self, view: &mut dyn View, way: Way) -> Result<Option<Rebate>, Fault> {
        Ok(self.promised(view, way.path)?.filter(|_| way.vouched))
    }

    /// Sum of the rebate on these fares.
    pub(super) fn rebate_on(&self, rebate: &Rebate, slips: &[Slip]) -> Money {
        let zero = Money::zero(self.desk.currency());
        slips
            .iter()
            .fold(zero, |sum, slip| sum.plus(rebate.of(slip.amount)).unwrap_or(sum))
    }

    /// The value that carries it: one for each deal, the same bytes on every repeat.
    pub(super) fn rebate_value(&self, rebate: &Rebate, deal: DealId, worth: Money, now: Moment) -> Value {
        let mut id = [0; 16];
        id.copy_from_slice(&seal::hash_parts(&[b"rebate", &deal.0]).0[..16]);
        Value {
            kind: match rebate.kind {
                RebateKind::Credit => ValueKind::Refund,
                RebateKind::Coupon => ValueKind::Coupon,
            },
            maker: self.keys.id(),
            id: ValueId(id),
            worth,
            offer: None,
            until: (rebate.kind == RebateKind::Coupon).then(|| now.plus(COUPON_LIFE)),
            label: rebate.label.chars().take(60).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    fn yen(n: i64) -> Money {
        Money::new(n, Currency::JPY).unwrap()
    }

    fn rebate(permille: u16, most: i64) -> Rebate {
        Rebate {
            path: Path::Shop,
            permille,
            most: yen(most),
            kind: RebateKind::Credit,
            label: String::new(),
        }
    }

    /// proves: row-48 row-55
    #[test]
    fn a_rebate_is_rounded_down_bounded_and_never_worth_a_copy_to_oneself() {
        for (permille, most, fare, due) in [
            (100, 1000, 100, 10),
            (100, 1000, 99, 9),
            (100, 1000, 9, 0),
            (100, 5, 100, 5),
            (0, 1000, 100, 0),
            (500, 1000, 1, 0),
            // However it was set, half a fare is the most.
            (1000, 1_000_000, 300, 150),
            (u16::MAX, i64::from(i32::MAX), 1_000_000, 500_000),
        ] {
            assert_eq!(rebate(permille, most).of(yen(fare)), yen(due), "{permille} of {fare}");
        }
        // Fares are what is counted: one visit with ten of them, or ten visits with one, come to the same.
        let rule = rebate(333, 1000);
        let whole: i64 = (0..10).map(|_| rule.of(yen(10)).minor()).sum();
        assert_eq!(whole, 30);
    }
}
