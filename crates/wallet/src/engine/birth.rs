//! Birth: a new card in an empty home, and its first contact with the issuer.

use std::{path::PathBuf, sync::Arc};

use card::{BirthRefusal, Card, Fault, Keeping, PinCost, PinRefusal, RecoveryCode};
use deal::Profile;
use seal::{Realm, role};
use units::{Again, Currency, Money, PartyId, Refusal};

use super::{OpenRefused, Patience, Wallet};
use crate::{
    carry::{Carrier, CarryRefusal, HttpCarrier},
    drive::{Drive, Os},
    home::{Home, HomeRefusal, write_whole},
};

/// What a new card starts from.
#[derive(Debug, Clone)]
pub struct BirthPlan {
    /// Its realm, for ever.
    pub realm: Realm,
    /// Whose money it takes; `None`: the realm's only issuer.
    pub issuer: Option<PartyId>,
    /// What its PIN costs whoever guesses.
    pub cost: PinCost,
    /// How it keeps keys.
    pub keeping: Keeping,
}

impl BirthPlan {
    /// In the realm for trying things out?
    pub fn is_dev(&self) -> bool {
        self.realm.name == super::DEV
    }
    /// For people: a full PIN cost, keys kept as they came.
    pub const fn new(realm: Realm) -> Self {
        Self {
            realm,
            issuer: None,
            cost: PinCost::FULL,
            keeping: Keeping::AsTheyCame,
        }
    }
}

/// Why no card was born. In order of precedence; a home that was begun is taken up by the next try.
#[derive(Debug, thiserror::Error)]
pub enum BirthRefused {
    /// The realm's currency is none.
    #[error("the realm file names no currency that money can be counted in")]
    Realm,
    /// Not a PIN.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
    /// No place for it, or no network.
    #[error(transparent)]
    Open(#[from] OpenRefused),
    /// It could not write.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<HomeRefusal> for BirthRefused {
    fn from(e: HomeRefusal) -> Self {
        Self::Open(e.into())
    }
}

impl Refusal for BirthRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Realm => "realm-malformed",
            Self::Pin(e) => e.code(),
            Self::Open(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Why the issuer has not taken the card yet. In order of precedence; ask again, it stays one card.
#[derive(Debug, thiserror::Error)]
pub enum EnrolRefused {
    /// The realm lists none, or several.
    #[error("this realm lists {0} money issuers; say which one this card shall belong to")]
    Issuers(usize),
    /// It could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// Its answer does not hold.
    #[error(transparent)]
    Answer(#[from] BirthRefusal),
    /// The card could not write.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for EnrolRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Issuers(_) => "issuer-not-named",
            Self::Carry(e) => e.code(),
            Self::Answer(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Carry(e) => e.again(),
            Self::Answer(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            _ => None,
        }
    }
}

fn issuer_file(home: &Home) -> PathBuf {
    home.root().join("issuer")
}

/// The issuer that was named at birth.
pub(super) fn chosen_issuer(home: &Home) -> Option<PartyId> {
    std::fs::read_to_string(issuer_file(home)).ok()?.trim().parse().ok()
}

impl Wallet {
    /// A new card in `home`, over HTTP. The recovery code is shown once and kept nowhere. [`Wallet::enrol`] comes next.
    pub async fn birth(home: Home, plan: BirthPlan, pin: &str) -> Result<(Self, RecoveryCode), BirthRefused> {
        let carrier = HttpCarrier::new(plan.realm.clone(), Some(home.directory()))
            .map_err(|e| OpenRefused::Network(e.to_string()))?;
        let over = home.relay().and_then(|relay| carrier.over(relay.as_ref()));
        over.map_err(|e| OpenRefused::Network(e.to_string()))?;
        Self::birth_with(home, plan, pin, Arc::new(Os), Patience::default(), Arc::new(carrier)).await
    }

    /// The same over another carrier, clock and randomness.
    pub async fn birth_with(
        home: Home,
        plan: BirthPlan,
        pin: &str,
        drive: Arc<dyn Drive>,
        patience: Patience,
        carrier: Arc<dyn Carrier>,
    ) -> Result<(Self, RecoveryCode), BirthRefused> {
        let currency = Currency::new(&plan.realm.currency).map_err(|_| BirthRefused::Realm)?;
        let (pin, seed) = (zeroize::Zeroizing::new(pin.to_owned()), drive.seed());
        let born = tokio::task::spawn_blocking(move || {
            let (lock, code) = card::Lock::new(&pin, plan.cost, &seed.part("lock"))?;
            let (master, journal) = home.create(&seed.part("home"))?;
            if let Some(issuer) = plan.issuer {
                let path = issuer_file(&home);
                write_whole(&path, issuer.to_string().as_bytes()).map_err(|error| HomeRefusal::Path { path, error })?;
            }
            // Nothing may be held or paid before the issuer has said how much.
            let profile = Profile::software(Money::zero(currency), Money::zero(currency));
            let card = Card::born(
                &master,
                plan.realm,
                lock,
                profile,
                plan.keeping,
                journal,
                &seed.part("card"),
            )?;
            Ok::<_, BirthRefused>((card, master, home, code))
        });
        let (card, master, home, code) = super::came_of(born).await?;
        let wallet = Self::around(card, &master, home, carrier, drive, patience, None);
        Ok((wallet, code))
    }

    /// Has the issuer take the card. Repeated, it is the same card.
    pub async fn enrol(&self) -> Result<(), EnrolRefused> {
        if self.on_card(|card| card.number().is_some()).await {
            return Ok(());
        }
        let issuer = self.find_issuer().await?;
        let (class, seed) = (self.0.class, self.seed());
        let request = self.on_card(move |card| card.enrol(class, &seed)).await?;
        let answer = self.0.carrier.post(issuer, "/v1/enrol", request.into_bytes()).await?;
        let (now, seed) = (self.now(), self.seed());
        self.on_card(move |card| card.enrolled(&answer, now, &seed)).await?;
        self.stir();
        Ok(())
    }

    async fn find_issuer(&self) -> Result<PartyId, EnrolRefused> {
        if let Some(chosen) = chosen_issuer(&self.0.home) {
            return Ok(chosen);
        }
        let directory = self.0.carrier.directory(true).await?;
        let mut issuers = directory.with_role::<role::Issuer>(self.now()).map(|p| p.id);
        match (issuers.next(), issuers.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(EnrolRefused::Issuers(0)),
            (Some(_), Some(_)) => Err(EnrolRefused::Issuers(2_usize.saturating_add(issuers.count()))),
        }
    }
}
