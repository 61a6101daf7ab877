//! Limits: what its holder lets a card spend, within what the issuer lets it. A PIN that was looked over somebody's shoulder
//! is then worth no more than these; raising them asks for the PIN as well, and is seen on the page of limits.

use alloc::collections::BTreeSet;

use deal::{Kind, Paid, PayRefusal};
use minicbor::{Decode, Encode};
use seal::Seed;
use units::{Again, DealId, Moment, Money, Refusal, Span};

use crate::{Card, Event, Journal, Line, PinRefusal, image::Change};

/// How long a day is: the last 24 hours, whatever the clock on the wall says.
const DAY: Span = Span::days(1);

/// What the holder set. `None`: what the issuer lets the card do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub struct Limits {
    /// Most money in one payment.
    #[n(0)]
    pub one: Option<Money>,
    /// Most money in the last 24 hours.
    #[n(1)]
    pub day: Option<Money>,
}

/// Why limits stay as they are. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitsRefusal {
    /// In money that this card has none of.
    #[error("this card's money is {0}; name the limit in that")]
    OtherCurrency(units::Currency),
    /// The PIN.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
}

impl Refusal for LimitsRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherCurrency(_) => "limit-other-currency",
            Self::Pin(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Does money leave the holder in it for good? What is paid out goes to his own account, and what is handed back comes; what
/// a clear pays for was agreed to, and counted, when it was bought.
const fn spends(kind: Option<Kind>) -> bool {
    matches!(
        kind,
        Some(Kind::Sale | Kind::Copy | Kind::Move | Kind::Unlock | Kind::Lend | Kind::PayOnly)
    )
}

impl<J: Journal> Card<J> {
    /// What its holder set.
    pub fn limits(&self) -> Limits {
        self.image.limits.unwrap_or_default()
    }

    /// Sets them. Both ways need the PIN: whoever could lower them could keep the holder from paying.
    pub fn set_limits(&mut self, limits: Limits, pin: &str, seed: &Seed) -> Result<(), LimitsRefusal> {
        let own = self.image.state.purse.currency();
        let mut named = [limits.one, limits.day].into_iter().flatten();
        if named.any(|money| money.currency() != own) {
            return Err(LimitsRefusal::OtherCurrency(own));
        }
        self.check_pin(pin, &seed.part("pin"))?;
        self.commit(&Change::Limits(limits), &seed.part("limits"))
            .map_err(PinRefusal::from)?;
        Ok(())
    }

    /// What this card spent in the last 24 hours, by its own history: what came back does not count.
    pub fn spent(&self, clock: Moment) -> Money {
        let now = self.now(clock);
        let recent = || {
            let lines = self.image.history.iter().rev();
            lines.take_while(move |line| now.since(line.at) < DAY)
        };
        let back: BTreeSet<DealId> = recent()
            .filter(|line| line.event == Event::Returned)
            .filter_map(|line| line.deal)
            .collect();
        let stays = |line: &&Line| !line.deal.is_some_and(|deal| back.contains(&deal));
        recent()
            .filter(|line| line.event == Event::Paid && spends(line.kind))
            .filter(stays)
            .filter_map(|line| line.amount)
            .fold(Money::zero(self.image.state.purse.currency()), |sum, one| {
                sum.plus(one).unwrap_or(sum)
            })
    }

    /// Is this payment within what the holder set?
    pub(crate) fn within_limits(&self, paid: &Paid, now: Moment) -> Result<(), PayRefusal> {
        let Some(limits) = self.image.limits else { return Ok(()) };
        // What somebody else pays first is on the holder's bill all the same.
        let charged = deal::charge_of(&paid.pay.tenders).map(|(_, amount, _)| amount);
        let spent = paid.money().or(charged);
        let Some(amount) = spent.filter(|_| spends(Some(paid.pay.quote.kind))) else {
            return Ok(());
        };
        if let Some(limit) = limits.one.filter(|limit| amount > *limit) {
            return Err(PayRefusal::AboveOwnLimit { amount, limit });
        }
        let Some(limit) = limits.day else { return Ok(()) };
        let spent = self.spent(now);
        match spent.plus(amount) {
            Ok(would) if would <= limit => Ok(()),
            _ => Err(PayRefusal::AboveOwnDay { amount, spent, limit }),
        }
    }
}
