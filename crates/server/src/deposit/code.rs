//! Code: what the machine's screen shows while it is free. An amount is named by who has read it there: nobody takes over a
//! tray from afar. It is good for one order.

use std::sync::{Mutex, PoisonError};

use data_encoding::BASE32_NOPAD;

use crate::frame::{NoChance, chance};

/// Eight letters and digits.
pub(crate) struct Code(Mutex<String>);

fn drawn() -> Result<String, NoChance> {
    chance::<5>().map(|bytes| BASE32_NOPAD.encode(&bytes))
}

impl Code {
    /// The first one.
    pub(super) fn new() -> Result<Self, NoChance> {
        Ok(Self(Mutex::new(drawn()?)))
    }
    /// What is shown now.
    pub(super) fn shown(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Is it this one? Nobody's is where chance failed.
    pub(super) fn is(&self, said: &str) -> bool {
        let shown = self.shown();
        let said: String = said.chars().filter(char::is_ascii_alphanumeric).collect();
        !shown.is_empty() && said.eq_ignore_ascii_case(&shown)
    }
    /// The next one: the last was used, or stood there long enough.
    pub(super) fn renew(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = drawn().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_until_the_next_one() {
        let code = Code::new().unwrap();
        let first = code.shown();
        assert_eq!(first.len(), 8);
        assert!(code.is(&first) && code.is(&format!(" {} ", first.to_lowercase())));
        assert!(!code.is("") && !code.is(&first[1..]));
        code.renew();
        assert!(!code.is(&first) && code.is(&code.shown()));
    }
}
