//! Limits: what the holder lets his card spend. The card holds to it; this only carries it there.

use card::{Limits, LimitsRefusal};
use zeroize::Zeroizing;

use super::Wallet;

impl Wallet {
    /// Sets what this card may spend, with its PIN.
    pub async fn set_limits(&self, limits: Limits, pin: &str) -> Result<(), LimitsRefusal> {
        let (pin, seed) = (Zeroizing::new(pin.to_owned()), self.seed());
        self.on_card(move |card| card.set_limits(limits, &pin, &seed)).await
    }
}
