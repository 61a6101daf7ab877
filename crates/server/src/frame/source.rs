//! Source: time and chance, asked for here and nowhere else. Everything below a driver takes them as arguments.

use std::sync::Arc;
use units::{Again, Moment, Refusal};

/// A clock that can be put forward by a test or a simulation.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Clock {
    /// The clock of this machine.
    pub fn system() -> Self {
        Self(Arc::new(|| {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place where a driver asks what time it is"
            )]
            let now = std::time::SystemTime::now();
            let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            Moment(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
        }))
    }
    /// The clock of this machine, put forward.
    pub fn ahead(by: units::Span) -> Self {
        let system = Self::system();
        Self::of(move || system.now().plus(by))
    }
    /// A clock of one's own.
    pub fn of(now: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
    /// What it shows.
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

impl core::fmt::Debug for Clock {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Clock")
    }
}

/// The system gave no random bytes; nothing that needs them may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers; nothing was changed, ask again")]
pub struct NoChance;

impl Refusal for NoChance {
    fn code(&self) -> &'static str {
        "no-randomness"
    }
    fn again(&self) -> Again {
        Again::Later
    }
}

/// Fresh random bytes from the operating system.
pub fn chance<const N: usize>() -> Result<[u8; N], NoChance> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoChance)?;
    Ok(bytes)
}

/// A fresh seed for one step.
pub fn seed() -> Result<seal::Seed, NoChance> {
    Ok(seal::Seed::new(chance()?))
}
