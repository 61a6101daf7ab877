//! Drive: the clock and the randomness of a running wallet. Everything inside is handed both.

use seal::Seed;
use units::Moment;

/// Where time and fresh seeds come from.
pub trait Drive: Send + Sync {
    /// What the clock says. It may be wrong: the card never goes back behind its latest trusted time.
    fn now(&self) -> Moment;
    /// 32 bytes that nobody can guess and that were never handed out before.
    fn seed(&self) -> Seed;
}

/// The operating system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Os;

impl Drive for Os {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the wallet looks at a clock"
    )]
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Moment(since.map_or(0, |s| u64::try_from(s.as_millis()).unwrap_or(u64::MAX)))
    }

    fn seed(&self) -> Seed {
        let mut bytes = [0; 32];
        // A system without randomness can keep no secret: going on would be worse than stopping, and there is nobody to
        // tell. It does not happen after boot.
        if getrandom::fill(&mut bytes).is_err() {
            tracing::error!("the operating system gives no random numbers; stopping");
            std::process::abort();
        }
        let seed = Seed::new(bytes);
        zeroize::Zeroize::zeroize(&mut bytes);
        seed
    }
}
