//! Ids of copy management: what is printed on labels, typed by people, and flagged once for ever. All are 128 random bits,
//! so that nobody hits one by guessing (row-70).
//!
//! Text form: 26 characters of base32. As typed from a label it may stand in groups, with hyphens or blanks, in either case.

use core::{fmt, str::FromStr};
use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Encode};
use store::Key;

/// A text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not {0}; it has 26 letters and digits (a-z, 2-7), as the label shows them")]
pub struct NotOnALabel(pub &'static str);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

        impl $name {
            /// As a label prints it: in groups that can be read aloud.
            pub fn grouped(&self) -> String {
                let text = self.to_string();
                text.as_bytes().chunks(5).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self) }
        }
        impl FromStr for $name {
            type Err = NotOnALabel;
            fn from_str(text: &str) -> Result<Self, NotOnALabel> {
                let typed: String =
                    text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
                let bytes = BASE32_NOPAD.decode(typed.as_bytes()).map_err(|_| NotOnALabel($what))?;
                bytes.as_slice().try_into().map(Self).map_err(|_| NotOnALabel($what))
            }
        }
        impl Key for $name {
            fn write(&self, out: &mut Vec<u8>) { self.0.write(out) }
            fn read(bytes: &mut &[u8]) -> Option<Self> { Key::read(bytes).map(Self) }
        }
    };
}

id!(/** A memory card (MC-ID), a player (Client ID) or a drive (HDD-ID). */ DeviceId, "a device's id");
id!(/** A medium (MID). */ MediumId, "a medium's id");
id!(/** A batch: one content on many media, or one kind of device. */ BatchId, "a batch's id");
id!(/** One key given for one medium to one user; gateways charge once for each. Says nothing of medium or user. */ DeliveryId, "a delivery's number");
id!(/** One question of a keeper; the same question has the same number. */ RequestId, "a request's number");
id!(/** What the server calls a user's entry inside; never leaves it. */ EntryId, "an entry's number");

/// A user's secret name (User ID): known to the card, to its user on paper, and kept at the server under its own key only.
/// It is not printed by accident: there is no `Display`.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct UserId(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

impl UserId {
    /// From 16 random bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
    /// The bytes, for the one place that seals or compares them.
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
    /// As its user keeps it on paper. Shown once.
    pub fn on_paper(&self) -> String {
        RequestId(self.0).grouped()
    }
    /// As its user types it from the paper.
    pub fn typed(text: &str) -> Result<Self, NotOnALabel> {
        let id = RequestId::from_str(text).map_err(|_| NotOnALabel("a User ID"))?;
        Ok(Self(id.0))
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(secret)")
    }
}

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum DeviceKind {
    /// A memory card.
    #[n(0)]
    Card,
    /// A player.
    #[n(1)]
    Player,
    /// A drive.
    #[n(2)]
    Drive,
}

impl DeviceKind {
    /// Its word, as labels, files and addresses spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Player => "player",
            Self::Drive => "drive",
        }
    }
}

/// Which of a user's devices a copy is bound to. At least one; the keys are kept by the card, or without a card by the
/// player, or else by the drive (CM-12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Bound {
    /// The memory card.
    #[n(0)]
    pub card: Option<DeviceId>,
    /// The player.
    #[n(1)]
    pub player: Option<DeviceId>,
    /// The drive.
    #[n(2)]
    pub drive: Option<DeviceId>,
}

impl Bound {
    /// The device that keeps the keys, and what it is.
    pub fn keeper(&self) -> Option<(DeviceId, DeviceKind)> {
        let card = self.card.map(|id| (id, DeviceKind::Card));
        let player = self.player.map(|id| (id, DeviceKind::Player));
        let drive = self.drive.map(|id| (id, DeviceKind::Drive));
        card.or(player).or(drive)
    }
    /// Every device of it, with what it is.
    pub fn each(&self) -> impl Iterator<Item = (DeviceId, DeviceKind)> {
        let all = [
            (self.card, DeviceKind::Card),
            (self.player, DeviceKind::Player),
            (self.drive, DeviceKind::Drive),
        ];
        all.into_iter().filter_map(|(id, kind)| Some((id?, kind)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_typed_from_its_label() {
        let id = MediumId([9; 16]);
        for text in [
            id.to_string(),
            id.grouped(),
            id.grouped().to_uppercase(),
            id.grouped().replace('-', " "),
        ] {
            assert_eq!(text.parse::<MediumId>().unwrap(), id, "{text}");
        }
        for text in ["", "a", "1", &id.to_string()[1..], &format!("{id}a")] {
            assert!(text.parse::<MediumId>().is_err(), "{text}");
        }
        let user = UserId::new([5; 16]);
        assert_eq!(UserId::typed(&user.on_paper()).unwrap(), user);
        assert_eq!(format!("{user:?}"), "UserId(secret)");
    }

    /// proves: CM-12
    #[test]
    fn keys_are_kept_by_the_card_or_else_the_player_or_else_the_drive() {
        let [card, player, drive] = [1, 2, 3].map(|n| Some(DeviceId([n; 16])));
        let keeper = |card, player, drive| Bound { card, player, drive }.keeper().map(|(_, kind)| kind);
        assert_eq!(keeper(card, player, drive), Some(DeviceKind::Card));
        assert_eq!(keeper(None, player, drive), Some(DeviceKind::Player));
        assert_eq!(keeper(None, None, drive), Some(DeviceKind::Drive));
        assert_eq!(keeper(None, None, None), None);
    }
}
