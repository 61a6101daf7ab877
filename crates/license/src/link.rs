//! The link: one grant, from whoever had the license to the card's tag that has it now.

use alloc::vec::Vec;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, Secret, VerifyKey, hash_parts};
use units::{Hash, Moment, Span, Tag};

use crate::Rights;

/// The devices a license is bound to (ST-24, CM-3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub enum Bind {
    /// To none: any player the card lets play.
    #[n(0)]
    #[default]
    Free,
    /// To this wallet, which must answer (ST-23).
    #[n(1)]
    Wallet,
    /// To players, by their pairing keys.
    #[n(2)]
    Players(#[n(0)] Vec<Hash>),
    /// To one client and one drive (copy management).
    #[n(3)]
    Devices(#[n(0)] Hash, #[n(1)] Hash),
}

/// What a player and a drive show to a card: made from their own keys, told to nobody else, so that a device whose id was
/// edited in memory cannot show another one's (row-75).
#[derive(Debug)]
pub struct Shown {
    /// The player's.
    pub player: Secret,
    /// The drive's.
    pub drive: Secret,
}

impl Shown {
    /// The bond of a license to these two.
    pub fn bind(&self) -> Bind {
        let name = |what: &str, secret: &Secret| hash_parts(&[what.as_bytes(), secret.expose()]);
        Bind::Devices(
            name("keyfare bound player", &self.player),
            name("keyfare bound drive", &self.drive),
        )
    }
}

impl Bind {
    /// May a copy of a license of this bond have that one? What is bound to devices stays bound to devices, to the receiver's
    /// own; else whoever has a copy binds it as he likes.
    pub const fn goes_on_as(&self, next: &Self) -> bool {
        !matches!(self, Self::Devices(..)) || matches!(next, Self::Devices(..))
    }
    /// May the license itself go on with that one, to another card? It is the same license: what names its players names them
    /// wherever it goes, or fewer of them (ST-24), and what a wallet must answer for has a wallet that answers (ST-23).
    pub fn moves_on_as(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Players(named), Self::Players(kept)) => {
                !kept.is_empty() && kept.iter().all(|one| named.contains(one))
            }
            (Self::Players(_), _) => false,
            (Self::Wallet, next) => matches!(next, Self::Wallet),
            (Self::Free | Self::Devices(..), next) => self.goes_on_as(next),
        }
    }
    /// May a license of this bond be used where this was shown? What other bonds ask is not decided here.
    pub fn admits(&self, shown: Option<&Shown>) -> bool {
        match self {
            Self::Devices(..) => shown.is_some_and(|shown| shown.bind() == *self),
            Self::Free | Self::Wallet | Self::Players(_) => true,
        }
    }
}

/// Whom a link is for: the keys of one tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Receiver {
    /// The tag.
    #[n(0)]
    pub tag: Tag,
    /// Its key that signs the next link.
    #[n(1)]
    pub sign: VerifyKey,
    /// Its key the content key is wrapped for.
    #[n(2)]
    pub seal: SealTo,
}

/// One grant. Signed by the seller (generation 0) or by the tag the previous link was for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Link {
    /// SHA-256 of the previous signed link; of the signed offer for the first.
    #[n(0)]
    pub after: Hash,
    /// SHA-256 of the signed offer.
    #[n(1)]
    pub offer: Hash,
    /// Hash of the package header the key opens.
    #[n(2)]
    pub header: Hash,
    /// Which of the content's keys (SD-28): the key id of the package header.
    #[n(3)]
    pub key_id: [u8; 16],
    /// 0 for a sale, one more for each copy.
    #[n(4)]
    pub generation: u8,
    /// Number within the edition, if there is one.
    #[n(5)]
    pub serial: Option<u32>,
    /// What may be done.
    #[n(6)]
    pub rights: Rights,
    /// Bound devices.
    #[n(7)]
    pub bind: Bind,
    /// For whom.
    #[n(8)]
    pub receiver: Receiver,
    /// The deal that decided it: hash of the signed `pay`.
    #[n(9)]
    pub deal: units::DealId,
    /// When it was decided.
    #[n(10)]
    pub at: Moment,
    /// How many copies it may still make, if it changed hands after it made some; `None`: as many as the policy says.
    #[n(11)]
    pub copies: Option<u16>,
    /// Certificate of the support centre that signed this link, if it unlocked the license; else the holder before signed.
    #[n(12)]
    pub support: Option<ByteVec>,
    /// It is a loan to a paired player, which holds it until it is returned; nothing follows it.
    #[n(13)]
    pub loan: Option<Loan>,
}

/// What a loan asks of the player that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Loan {
    /// The wallet must answer when a play begins, and again after each such time (ST-23); none: it need not.
    #[n(0)]
    pub answer: Option<Span>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: ST-23 ST-24
    #[test]
    fn what_moves_keeps_its_players_or_a_wallet_that_answers() {
        let players = |named: &[u8]| Bind::Players(named.iter().map(|n| Hash([*n; 32])).collect());
        let devices = |n| Bind::Devices(Hash([n; 32]), Hash([n; 32]));
        for (mine, next, goes) in [
            (players(&[1, 2]), players(&[2, 1]), true),
            (players(&[1, 2]), players(&[2]), true),
            (players(&[1]), players(&[1, 2]), false),
            (players(&[1]), players(&[2]), false),
            (players(&[1]), players(&[]), false),
            (players(&[1]), Bind::Free, false),
            (players(&[1]), Bind::Wallet, false),
            (players(&[1]), devices(1), false),
            (Bind::Wallet, Bind::Wallet, true),
            (Bind::Wallet, Bind::Free, false),
            (Bind::Wallet, players(&[1]), false),
            (devices(1), devices(2), true),
            (devices(1), Bind::Free, false),
            (Bind::Free, Bind::Free, true),
            (Bind::Free, players(&[1]), true),
            (Bind::Free, Bind::Wallet, true),
        ] {
            assert_eq!(mine.moves_on_as(&next), goes, "{mine:?} {next:?}");
        }
    }

    /// proves: CM-5 row-75
    #[test]
    fn a_bond_is_kept_by_what_its_two_devices_alone_can_show() {
        let shown = |player, drive| Shown {
            player: Secret::new([player; 32]),
            drive: Secret::new([drive; 32]),
        };
        let bind = shown(1, 2).bind();
        assert!(bind.admits(Some(&shown(1, 2))));
        for other in [shown(3, 2), shown(1, 3), shown(2, 1)] {
            assert!(!bind.admits(Some(&other)));
        }
        assert!(!bind.admits(None));
        assert!(Bind::Free.admits(None));
    }
}
