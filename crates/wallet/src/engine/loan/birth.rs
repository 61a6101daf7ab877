//! Birth: a player, as its maker leaves it: a card in an empty home, certified, with a name and its owner's PIN.

use std::sync::Arc;

use card::{BirthRefusal, Card, Keeping, PinCost, PinRefusal, PlayerRefusal};
use deal::Profile;
use futures::future::BoxFuture;
use seal::{Realm, SealTo, VerifyKey};
use units::{Again, Currency, Money, PartyId, Refusal};

use super::super::{OpenRefused, Patience, Wallet};
use crate::{
    carry::{Carrier, CarryRefusal, Part, Whereabouts},
    drive::Drive,
    home::{Home, HomeRefusal, write_whole},
};

/// What a player is made of.
#[derive(Debug, Clone)]
pub struct PlayerPlan {
    /// Its realm, for ever.
    pub realm: Realm,
    /// What it is called, until its owner calls it something else.
    pub name: String,
    /// What its owner's PIN costs whoever guesses.
    pub cost: PinCost,
    /// Certificates that lead to whoever certifies it.
    pub certifiers: Vec<Vec<u8>>,
}

/// Why no player was made. In order of precedence; nothing is left that plays.
#[derive(Debug, thiserror::Error)]
pub enum PlayerBirthRefused {
    /// The realm's currency is none.
    #[error("the realm file names no currency that money can be counted in")]
    Realm,
    /// Not a PIN.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
    /// No place for it.
    #[error(transparent)]
    Home(#[from] HomeRefusal),
    /// It could not write.
    #[error(transparent)]
    Birth(#[from] BirthRefusal),
    /// It could not write.
    #[error(transparent)]
    Fault(#[from] card::Fault),
    /// Its certificate does not hold.
    #[error(transparent)]
    Player(#[from] PlayerRefusal),
}

impl Refusal for PlayerBirthRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Realm => "realm-malformed",
            Self::Pin(e) => e.code(),
            Self::Home(e) => e.code(),
            Self::Birth(e) => e.code(),
            Self::Fault(e) => e.code(),
            Self::Player(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Reaches nobody: a player that has no network needs none.
struct Nowhere;

fn nobody(to: PartyId) -> CarryRefusal {
    CarryRefusal::Silent {
        name: to.to_string(),
        why: "this player uses no network".into(),
    }
}

impl Carrier for Nowhere {
    fn post<'a>(&'a self, to: PartyId, _: &'a str, _: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move { Err(nobody(to)) })
    }
    fn get<'a>(&'a self, to: PartyId, _: &'a str) -> BoxFuture<'a, Result<Vec<u8>, CarryRefusal>> {
        Box::pin(async move { Err(nobody(to)) })
    }
    fn stream<'a>(
        &'a self,
        to: PartyId,
        _: &'a str,
        _: u64,
        _: &'a mut (dyn FnMut(Part) -> bool + Send),
    ) -> BoxFuture<'a, Result<(), CarryRefusal>> {
        Box::pin(async move { Err(nobody(to)) })
    }
    fn directory(&self, _: bool) -> BoxFuture<'_, Result<Arc<Whereabouts>, CarryRefusal>> {
        Box::pin(async move { Err(nobody(PartyId::default())) })
    }
}

impl Wallet {
    /// Makes a player in an empty home. `certify` is whoever certifies cards of the realm: it is shown the device's keys and
    /// answers with its certificate.
    pub async fn make_player(
        home: Home,
        plan: PlayerPlan,
        pin: &str,
        drive: Arc<dyn Drive>,
        certify: impl FnOnce(VerifyKey, SealTo) -> Vec<u8> + Send + 'static,
    ) -> Result<Self, PlayerBirthRefused> {
        let currency = Currency::new(&plan.realm.currency).map_err(|_| PlayerBirthRefused::Realm)?;
        let (pin, seed, now) = (zeroize::Zeroizing::new(pin.to_owned()), drive.seed(), drive.now());
        let born = tokio::task::spawn_blocking(move || {
            let (lock, _) = card::Lock::new(&pin, plan.cost, &seed.part("lock"))?;
            let (master, journal) = home.create(&seed.part("home"))?;
            let path = home.name_file();
            write_whole(&path, plan.name.as_bytes()).map_err(|error| HomeRefusal::Path { path, error })?;
            let profile = Profile::software(Money::zero(currency), Money::zero(currency));
            let mut card = Card::born(
                &master,
                plan.realm,
                lock,
                profile,
                Keeping::AsTheyCame,
                journal,
                &seed.part("card"),
            )?;
            let (sign, seal_to) = card.device_keys();
            let certificate = certify(sign, seal_to);
            card.become_player(&certificate, &plan.certifiers, now, &seed.part("player"))?;
            Ok::<_, PlayerBirthRefused>((card, master, home))
        });
        let (card, master, home) = crate::engine::came_of(born).await?;
        Ok(Self::around(
            card,
            &master,
            home,
            Arc::new(Nowhere),
            drive,
            Patience::default(),
            None,
        ))
    }

    /// Wakes the player in `home`. It reaches nobody but the wallets that come to it.
    pub async fn open_player(home: Home, drive: Arc<dyn Drive>) -> Result<Self, OpenRefused> {
        Self::open_with(home, drive, Patience::default(), |_| Ok(Arc::new(Nowhere))).await
    }

    /// What this device is called.
    pub fn device_name(&self) -> String {
        let told = std::fs::read_to_string(self.home().name_file()).unwrap_or_default();
        let tame: String = told
            .chars()
            .filter(|c| !c.is_control())
            .take(deal::pair::NAME_MAX)
            .collect();
        match tame.trim() {
            "" => "Keyfare".to_owned(),
            name => name.to_owned(),
        }
    }
}
