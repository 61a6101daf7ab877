//! Tries: wrong codes are counted, so that nobody finds the code of a piece by typing all of them.

use std::sync::{Mutex, PoisonError};

use units::{Moment, Span};

/// So many wrong codes are taken within [`WINDOW`]; after that nobody's is looked at.
const MOST: u32 = 5;
const WINDOW: Span = Span::minutes(1);

/// Wrong codes since when.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<(Moment, u32)>);

impl Tries {
    /// May another code be tried? If so, it is counted, until [`Tries::was_right`].
    pub(super) fn may(&self, now: Moment) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(tries.0) > WINDOW || now < tries.0 {
            *tries = (now, 0);
        }
        tries.1 = tries.1.saturating_add(1);
        tries.1 <= MOST
    }
    /// The last one was right.
    pub(super) fn was_right(&self) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.1 = tries.1.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_codes_a_minute_and_right_ones_without_end() {
        let (tries, now) = (Tries::default(), Moment(1_795_132_800_000));
        for _ in 0..20 {
            assert!(tries.may(now));
            tries.was_right();
        }
        assert!((0..5).all(|_| tries.may(now)));
        assert!(!tries.may(now.plus(Span::seconds(59))));
        assert!(tries.may(now.plus(Span::seconds(61))));
    }
}
