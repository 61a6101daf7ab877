//! Status words: what the two bytes at the end of every answer say, and how a refusal becomes one.

use units::{Again, Refusal};

/// The last two bytes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u16);

impl Status {
    /// Done.
    pub const OK: Self = Self(0x9000);
    /// Refused for now; nothing has changed, and the same command may succeed later.
    pub const LATER: Self = Self(0x6400);
    /// The card could not write to its memory; nothing has changed.
    pub const MEMORY: Self = Self(0x6581);
    /// Lengths do not add up.
    pub const LENGTH: Self = Self(0x6700);
    /// The holder has not agreed to this.
    pub const CONSENT: Self = Self(0x6982);
    /// The PIN is blocked.
    pub const BLOCKED: Self = Self(0x6983);
    /// A rule said no; the holder or the terminal can do something about it.
    pub const CONDITIONS: Self = Self(0x6985);
    /// The data are no message this card takes; sending them again is no use.
    pub const DATA: Self = Self(0x6A80);
    /// No such application.
    pub const APPLICATION: Self = Self(0x6A82);
    /// No room on the card.
    pub const ROOM: Self = Self(0x6A84);
    /// Wrong parameters.
    pub const PARAMETERS: Self = Self(0x6A86);
    /// No such data.
    pub const NO_DATA: Self = Self(0x6A88);
    /// No such instruction.
    pub const INSTRUCTION: Self = Self(0x6D00);
    /// No such class.
    pub const CLASS: Self = Self(0x6E00);

    /// The PIN was wrong, or is asked about: so many tries are left.
    pub const fn tries(left: u8) -> Self {
        Self(0x63C0 | (left as u16 & 0x0F))
    }
    /// There is more of the answer: so many bytes, or 256 and more.
    pub fn more(left: usize) -> Self {
        Self(0x6100 | u16::from(u8::try_from(left).unwrap_or(0)))
    }
    /// The tries left, if it says so.
    pub const fn tries_left(self) -> Option<u8> {
        if self.0 & 0xFFF0 == 0x63C0 {
            Some((self.0 & 0x0F) as u8)
        } else {
            None
        }
    }
    /// Is there more of the answer?
    pub const fn has_more(self) -> bool {
        self.0 & 0xFF00 == 0x6100
    }

    /// The word for a refusal. The table is part of the interface (docs/formats/apdu.md): codes that need a word of their
    /// own have one, all others say whether asking again helps.
    pub fn of(refusal: &dyn Refusal) -> Self {
        match refusal.code() {
            "card-storage" => Self::MEMORY,
            "consent-missing" | "consent-not-this" | "amount-needs-own-screen" => Self::CONSENT,
            "pin-blocked" => Self::BLOCKED,
            "card-full-of-licenses"
            | "card-full-of-fares"
            | "license-too-long-for-card"
            | "evidence-full"
            | "too-many-open-payments"
            | "card-full-of-values"
            | "giver-full" => Self::ROOM,
            "no-such-record" => Self::NO_DATA,
            _ => match refusal.again() {
                Again::Later => Self::LATER,
                Again::AfterYouAct => Self::CONDITIONS,
                Again::Never => Self::DATA,
            },
        }
    }
}

impl core::fmt::Display for Status {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use card::{Fault, PinRefusal};

    #[test]
    fn refusals_have_their_words() {
        for (refusal, word) in [
            (&PinRefusal::Blocked as &dyn Refusal, 0x6983),
            (&PinRefusal::NotAPin, 0x6985),
            (&Fault::Storage, 0x6581),
            (&deal::AskRefusal::PaidFull(16), 0x6A84),
            (&deal::AskRefusal::NoTag, 0x6985),
            (&deal::AskRefusal::WornOut, 0x6A80),
        ] {
            assert_eq!(Status::of(refusal), Status(word), "{refusal}");
        }
        assert_eq!(
            (Status::tries(3), Status::tries(3).tries_left()),
            (Status(0x63C3), Some(3))
        );
        assert_eq!((Status::more(300), Status::more(9)), (Status(0x6100), Status(0x6109)));
        assert!(Status::more(300).has_more() && Status::OK.tries_left().is_none());
    }
}
