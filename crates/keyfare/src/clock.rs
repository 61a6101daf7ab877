//! The driver's clock and randomness: the one place where the program asks the system for either.

use anyhow::{Context, Result};
use seal::Seed;
use units::Moment;

/// Now, by this machine's clock.
pub fn now() -> Moment {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program is the driver; everything below is given its time"
    )]
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Moment(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// 32 fresh random bytes.
pub fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes)
}

/// A fresh seed for one step.
pub fn seed() -> Result<Seed> {
    random().map(Seed::new)
}
