//! Player: a card in a device that plays. It buys nothing, holds no money and may never be online: all it has, paired
//! wallets lent it (ST-4, ST-18).

use alloc::vec::Vec;
use minicbor::bytes::ByteVec;
use seal::{NotTrusted, Seed, Trust, role};
use units::{Again, Hash, Moment, Refusal};

use crate::{Card, Fault, Journal, image::Change};

/// Why a certificate makes this card no player. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlayerRefusal {
    /// It is a holder's card already.
    #[error("this card is a holder's: it cannot be a player too")]
    Enrolled,
    /// The certificate does not hold.
    #[error("this device is not certified as a player in its realm ({0})")]
    NotTrusted(NotTrusted),
    /// It is another device's.
    #[error("this certificate is for another device")]
    OtherDevice,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PlayerRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Enrolled => "card-is-a-holders",
            Self::NotTrusted(e) => e.code(),
            Self::OtherDevice => "certificate-for-another-device",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotTrusted(e) => e.again(),
            Self::Fault(e) => e.again(),
            _ => Again::Never,
        }
    }
}

impl<J: Journal> Card<J> {
    /// What a certifier of cards certifies as a player: the device's own keys.
    pub fn device_keys(&self) -> (seal::VerifyKey, seal::SealTo) {
        (self.own_signer().verify_key(), self.own_opener().seal_to())
    }

    /// The device's name for ever, as licenses that are bound to players know it (ST-24).
    pub fn device(&self) -> Hash {
        device_of(&self.own_signer().verify_key())
    }

    /// This card is a player from now on, as a certifier of cards says, which `certifiers` lead to.
    pub fn become_player(
        &mut self,
        certificate: &[u8],
        certifiers: &[Vec<u8>],
        clock: Moment,
        seed: &Seed,
    ) -> Result<(), PlayerRefusal> {
        if self.image.card.is_some() {
            return Err(PlayerRefusal::Enrolled);
        }
        let mut trust = Trust::new(self.image.realm.clone());
        let certifiers: Vec<ByteVec> = certifiers
            .iter()
            .filter(|one| trust.learn(one).is_ok())
            .map(|one| ByteVec::from(one.clone()))
            .collect();
        let own = trust
            .check::<role::Player>(certificate, self.now(clock))
            .map_err(PlayerRefusal::NotTrusted)?;
        if (*own.sign(), *own.seal()) != self.device_keys() {
            return Err(PlayerRefusal::OtherDevice);
        }
        let change = Change::Player(ByteVec::from(certificate.to_vec()), certifiers);
        let _durable = self.commit(&change, &seed.part("player"))?;
        self.trust_again();
        Ok(())
    }

    /// Is this card a player?
    pub fn is_player(&self) -> bool {
        self.trust.check_ever::<role::Player>(&self.image.certificate).is_ok()
    }
}

/// The name of the device with this key.
pub(crate) fn device_of(sign: &seal::VerifyKey) -> Hash {
    seal::hash_parts(&[b"device", &sign.0])
}
