//! Quote: what a load or a redemption would be. Writes nothing.

use deal::{Facts, Kind, Number, Quote, wire::Ask};
use license::{Rights, Route, TenderKind};
use seal::{Seed, cbor};
use store::{Fault, View};
use units::{Again, ContentId, Hash, Moment, Money, OrderId, PartyId, Refusal};

use super::Issuer;
use crate::say::NoReader;

/// Why there is no quote, in order of precedence. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not an ask.
    #[error("this is no question: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// A version of the protocol that is not spoken here.
    #[error("version {0} of the protocol is not spoken here; update the program")]
    Version(u8),
    /// The issuer loads and redeems, nothing else.
    #[error("the money issuer loads and redeems; for {0:?} ask whom it concerns")]
    Kind(Kind),
    /// No amount, none at all, or of another currency.
    #[error("say how much, in {0}, more than nothing")]
    Amount(units::Currency),
    /// More than a card may hold.
    #[error("a card holds at most {0}")]
    TooMuch(Money),
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AskRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "ask-malformed",
            Self::Version(_) => "version-unknown",
            Self::Kind(_) => "kind-not-here",
            Self::Amount(_) => "amount-missing",
            Self::TooMuch(_) => "amount-too-high",
            Self::NoReader(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Malformed(_) | Self::Version(_) | Self::Kind(_) => Again::Never,
            Self::Amount(_) | Self::TooMuch(_) | Self::NoReader(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(AskRefused);

impl Issuer {
    /// Answers an [`Ask`] to load or redeem with a sealed quote.
    pub fn ask(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, AskRefused> {
        crate::epoch::require::<AskRefused>(view)?;
        let ask: Ask = cbor::from_bytes(ask)?;
        if ask.version != wire_version() {
            return Err(AskRefused::Version(ask.version));
        }
        let currency = self.desk.currency();
        let most = self
            .config
            .software
            .profile
            .balance_max
            .max(self.config.hardware.profile.balance_max);
        if !matches!(ask.kind, Kind::Load | Kind::Redeem) {
            return Err(AskRefused::Kind(ask.kind));
        }
        let amount = ask
            .amount
            .filter(|a| a.currency() == currency && !a.is_zero())
            .ok_or(AskRefused::Amount(currency))?;
        if amount > most {
            return Err(AskRefused::TooMuch(most));
        }
        let load = ask.kind == Kind::Load;
        let zero = Money::zero(currency);
        let quote = Quote {
            price: if load { zero } else { amount },
            accepts: if load {
                vec![TenderKind::Value, TenderKind::Order]
            } else {
                vec![TenderKind::Slip]
            },
            credit: load.then_some(amount),
            ..bare_quote(
                ask.kind,
                self.id(),
                OrderId(seed.id("order")),
                zero,
                now.plus(self.config.quote_life),
                Some(ask.hash()),
            )
        };
        Ok(self.voice().quote(&quote, None, &ask, seed)?)
    }
}

/// The version of the protocol that an ask names.
pub(crate) const fn wire_version() -> u8 {
    1
}

/// A server's quote that asks for nothing and gives nothing: the start of every other.
pub(crate) fn bare_quote(
    kind: Kind,
    giver: PartyId,
    order: OrderId,
    zero: Money,
    until: Moment,
    ask: Option<Hash>,
) -> Quote {
    Quote {
        kind,
        number: Number::Order(order),
        giver: giver.0,
        offer: None,
        policy: None,
        title: ContentId::default(),
        price: zero,
        accepts: Vec::new(),
        payee: giver,
        generation: 0,
        rights: Rights::default(),
        route: Route::Till,
        facts: Facts::default(),
        slips: 0,
        room: 0,
        credit: None,
        license: None,
        until,
        ask,
        links: None,
    }
}
