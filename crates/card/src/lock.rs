//! The lock: PIN, recovery code, and the consent that only a right PIN makes.
//!
//! A try is counted durably before it is compared: cutting the power saves no try (attack row-79). It is stretched before
//! it is counted, so that the moment in which a cut costs an honest holder a try is one write long, not half a second:
//! else three power cuts in a row would block his card.
//!
//! The verifier is Argon2id over PIN and salt, and lies under Km like everything else. Whoever has Km too, as on a software
//! card its owner's account has, can guess at the price of one Argon2id a try: the PIN guards a card against other people,
//! not against a thief of the whole directory.

use alloc::string::{String, ToString};
use data_encoding::BASE32_NOPAD;
use deal::Agreed;
use deal::lost::RecoveryKeys;
use minicbor::{Decode, Encode};
use seal::{Secret, Seed, same};
use units::{Again, Hash, Money, Refusal};

use crate::{Card, Checked, Fault, Journal, image::Change};

/// How many wrong PINs block a card.
pub const TRIES: u8 = 3;

/// What one PIN check costs whoever guesses: Argon2id memory and passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PinCost {
    /// Memory in KiB.
    #[n(0)]
    pub memory_kib: u32,
    /// Passes over it.
    #[n(1)]
    pub passes: u32,
}

impl PinCost {
    /// For cards of people: 256 MiB, about half a second.
    pub const FULL: Self = Self {
        memory_kib: 256 * 1024,
        passes: 1,
    };
    /// For tests and simulation, where the PIN guards nothing.
    pub const TOY: Self = Self {
        memory_kib: 8,
        passes: 1,
    };
}

/// What a card remembers of its PIN.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Lock {
    #[cbor(n(0), with = "minicbor::bytes")]
    salt: [u8; 16],
    #[cbor(n(1), with = "minicbor::bytes")]
    pin: [u8; 32],
    #[cbor(n(2), with = "minicbor::bytes")]
    recovery: [u8; 32],
    #[n(3)]
    tries: u8,
    #[n(4)]
    cost: PinCost,
    /// The public half of the recovery code: the card needs no more of it to be found again.
    #[n(5)]
    keys: Option<RecoveryKeys>,
}

/// The code that unblocks a card whose PIN was blocked. Shown once, at birth; 100 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryCode(pub String);

/// Why a PIN does not open. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinRefusal {
    /// Not a PIN at all; no try was used up.
    #[error("a PIN is 4 to 12 digits")]
    NotAPin,
    /// Blocked.
    #[error("the PIN is blocked; unblock the card with its recovery code")]
    Blocked,
    /// Wrong.
    #[error("wrong PIN; {0} {w} left", w = if *.0 == 1 { "try" } else { "tries" })]
    Wrong(u8),
    /// The recovery code is wrong.
    #[error("this is not the card's recovery code")]
    WrongCode,
    /// The card could not count the try, so it did not look.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PinRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAPin => "pin-malformed",
            Self::Blocked => "pin-blocked",
            Self::Wrong(_) => "pin-wrong",
            Self::WrongCode => "recovery-code-wrong",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// The holder agreed, with his PIN, to exactly this. Made by [`Card::confirm`] only, used up by one payment.
///
/// ```compile_fail,E0382
/// fn twice<J: card::Journal>(card: &mut card::Card<J>, checked: &card::Checked, ok: card::Confirmed, seed: &seal::Seed) {
///     let now = units::Moment(0);
///     let _ = card.pay(checked, ok, &card::Want::default(), now, seed);
///     let _ = card.pay(checked, ok, &card::Want::default(), now, seed); // one consent, one payment
/// }
/// ```
#[derive(Debug)]
pub struct Confirmed {
    pub(crate) quote: Hash,
    pub(crate) fare: Money,
    pub(crate) pay_no: u64,
    pub(crate) agreed: Agreed,
}

fn is_pin(pin: &str) -> bool {
    (4..=12).contains(&pin.len()) && pin.bytes().all(|b| b.is_ascii_digit())
}

fn stretch(pin: &str, salt: &[u8; 16], cost: PinCost) -> Secret {
    let mut out = [0u8; 32];
    let params = argon2::Params::new(cost.memory_kib, cost.passes, 1, Some(32)).unwrap_or_default();
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    // Fails only for parameters out of range, which PinCost has none of; a zero key then opens nothing but itself.
    let _ = argon.hash_password_into(pin.as_bytes(), salt, &mut out);
    Secret::new(out)
}

impl Lock {
    /// A new lock with its recovery code.
    pub fn new(pin: &str, cost: PinCost, seed: &Seed) -> Result<(Self, RecoveryCode), PinRefusal> {
        if !is_pin(pin) {
            return Err(PinRefusal::NotAPin);
        }
        let salt = seed.id("pin-salt");
        let code = code_of(seed);
        let recovery = seal::hash(plain(&code.0).as_bytes()).0;
        Ok((
            Self {
                salt,
                pin: *stretch(pin, &salt, cost).expose(),
                recovery,
                tries: TRIES,
                cost,
                keys: Some(code.keys()),
            },
            code,
        ))
    }
    /// The public half of the recovery code.
    pub const fn recovery_keys(&self) -> Option<RecoveryKeys> {
        self.keys
    }
    /// Tries left.
    pub const fn tries(&self) -> u8 {
        self.tries
    }
}

fn code_of(seed: &Seed) -> RecoveryCode {
    let bytes = seed.part("recovery");
    let text = BASE32_NOPAD.encode(bytes.expose()).to_ascii_lowercase();
    let groups: alloc::vec::Vec<&str> = (0..5).filter_map(|g| text.get(g * 4..g * 4 + 4)).collect();
    RecoveryCode(groups.join("-"))
}

impl RecoveryCode {
    /// The secret it stands for. A hundred random bits need no stretching.
    fn secret(&self) -> Secret {
        Secret::new(seal::hash_parts(&[b"keyfare/1/recovery", plain(&self.0).as_bytes()]).0)
    }
    /// Signs the statement of a loss.
    pub(crate) fn signer(&self) -> seal::Signer {
        seal::Signer::new(&self.secret().derive("recovery/sign", &[]))
    }
    /// Opens the recovery copy.
    pub(crate) fn opener(&self) -> seal::Opener {
        seal::Opener::new(&self.secret().derive("recovery/seal", &[]))
    }
    /// The public half.
    pub fn keys(&self) -> RecoveryKeys {
        RecoveryKeys {
            sign: self.signer().verify_key(),
            seal: self.opener().seal_to(),
        }
    }
}

/// The code as it is compared: case, dashes and blanks do not matter.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

impl<J: Journal> Card<J> {
    /// Tries left before the PIN is blocked.
    pub fn pin_tries(&self) -> u8 {
        self.image.lock.tries
    }

    /// Stretches a try, counts it, then compares.
    pub(crate) fn check_pin(&mut self, pin: &str, seed: &Seed) -> Result<(), PinRefusal> {
        if !is_pin(pin) {
            return Err(PinRefusal::NotAPin);
        }
        let lock = self.image.lock.clone();
        let left = lock.tries.checked_sub(1).ok_or(PinRefusal::Blocked)?;
        let tried = stretch(pin, &lock.salt, lock.cost);
        self.commit(
            &Change::Lock(Lock {
                tries: left,
                ..lock.clone()
            }),
            &seed.part("pin-try"),
        )?;
        if !same(tried.expose(), &lock.pin) {
            return Err(if left == 0 {
                PinRefusal::Blocked
            } else {
                PinRefusal::Wrong(left)
            });
        }
        self.commit(&Change::Lock(Lock { tries: TRIES, ..lock }), &seed.part("pin-right"))?;
        Ok(())
    }

    /// The holder is there and proves it by his PIN, for something that a card elsewhere than in his own wallet asks for:
    /// that it may give (row-28).
    pub fn holder_is_here(&mut self, pin: &str, seed: &Seed) -> Result<(), PinRefusal> {
        self.check_pin(pin, seed)
    }

    /// The holder agrees, on his own screen, to what the card showed him of `checked`: one PIN, one consent, one payment.
    pub fn confirm(&mut self, checked: &Checked, pin: &str, seed: &Seed) -> Result<Confirmed, PinRefusal> {
        self.confirm_how(checked, Agreed::OwnScreen, pin, seed)
    }

    /// The same, with a PIN that was typed at somebody else's terminal: `pay` will say so, whatever the terminal says.
    pub fn confirm_at_terminal(&mut self, checked: &Checked, pin: &str, seed: &Seed) -> Result<Confirmed, PinRefusal> {
        self.confirm_how(checked, Agreed::Terminal, pin, seed)
    }

    fn confirm_how(
        &mut self,
        checked: &Checked,
        agreed: Agreed,
        pin: &str,
        seed: &Seed,
    ) -> Result<Confirmed, PinRefusal> {
        self.check_pin(pin, seed)?;
        Ok(Confirmed {
            quote: checked.quote_hash,
            fare: checked.quote.price,
            pay_no: self.image.state.pay_no,
            agreed,
        })
    }

    /// Agreement without a PIN, for deals in which nothing leaves the holder: a load, a collection of somebody else's
    /// money. Refused for anything that costs.
    pub fn confirm_free(&self, checked: &Checked) -> Option<Confirmed> {
        use deal::Kind::{Collect, Load};
        let free = checked.quote.price.is_zero() && matches!(checked.quote.kind, Load | Collect);
        free.then_some(Confirmed {
            quote: checked.quote_hash,
            fare: checked.quote.price,
            pay_no: self.image.state.pay_no,
            agreed: Agreed::NotAsked,
        })
    }

    /// Changes the PIN.
    pub fn change_pin(&mut self, old: &str, new: &str, seed: &Seed) -> Result<(), PinRefusal> {
        if !is_pin(new) {
            return Err(PinRefusal::NotAPin);
        }
        self.check_pin(old, seed)?;
        self.set_pin(new, seed)
    }

    /// Unblocks with the recovery code, and sets a new PIN. Wrong codes are not counted: 100 bits are not guessed.
    pub fn unblock(&mut self, code: &str, new: &str, seed: &Seed) -> Result<(), PinRefusal> {
        if !is_pin(new) {
            return Err(PinRefusal::NotAPin);
        }
        if !same(&seal::hash(plain(code).as_bytes()).0, &self.image.lock.recovery) {
            return Err(PinRefusal::WrongCode);
        }
        // A card that was made before codes had keys has them from now on.
        self.image
            .lock
            .keys
            .get_or_insert(RecoveryCode(code.to_string()).keys());
        self.set_pin(new, seed)
    }

    fn set_pin(&mut self, new: &str, seed: &Seed) -> Result<(), PinRefusal> {
        let salt = seed.id("pin-salt");
        let lock = self.image.lock.clone();
        let pin = *stretch(new, &salt, lock.cost).expose();
        self.commit(
            &Change::Lock(Lock {
                salt,
                pin,
                tries: TRIES,
                ..lock
            }),
            &seed.part("pin-set"),
        )?;
        Ok(())
    }
}

impl core::fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0.to_string())
    }
}
