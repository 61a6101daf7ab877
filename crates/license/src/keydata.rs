//! Key data as SD-24 has it on a card, byte for byte: what a reader of cards sees of a license, and whether it is locked.
//!
//! ```text
//! header (1)   size (1)   block: name (0 to 249)  product code (4)  status (1)   checksum (1)
//! ```
//!
//! The size is that of the block. The checksum is the 8-bit sum of all bytes before it: it finds damage, not forgery. What
//! protects the block is a tag under the publisher's code (his key, or a centre's he named); without a tag that holds the
//! copy counts as locked, whatever its status says. The wrapped key lies beside the block, and it is the wrap that decides
//! what opens: a status is a label, never a permission.

use alloc::vec::Vec;
use seal::{Signer, VerifyKey, cbor};
use units::{Again, Hash, RealmId, Refusal, Share};

/// The first byte.
pub const HEADER: u8 = 0x4B;
/// The longest name, in bytes.
pub const NAME_MAX: usize = 249;
/// Product code and status.
const FIXED: usize = 5;

/// What a status byte says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockStatus {
    /// 0: all of it.
    Unlocked,
    /// 1, and every number that means nothing: none of it.
    Locked,
    /// 2: ten percent.
    Tenth,
    /// 3: eighty percent.
    Most,
}

impl LockStatus {
    /// From its byte: an unknown one counts as locked.
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Unlocked,
            2 => Self::Tenth,
            3 => Self::Most,
            _ => Self::Locked,
        }
    }
    /// Its byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Unlocked => 0,
            Self::Locked => 1,
            Self::Tenth => 2,
            Self::Most => 3,
        }
    }
    /// Of a license that opens this share.
    pub const fn of(share: Share) -> Self {
        match share {
            Share::Whole => Self::Unlocked,
            Share::Nothing => Self::Locked,
            Share::Tenth => Self::Tenth,
            Share::Most => Self::Most,
        }
    }
    /// The share it opens.
    pub const fn share(self) -> Share {
        match self {
            Self::Unlocked => Share::Whole,
            Self::Locked => Share::Nothing,
            Self::Tenth => Share::Tenth,
            Self::Most => Share::Most,
        }
    }
}

/// Why bytes are no key data. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKeyData {
    /// Another first byte.
    #[error("this is not key data")]
    Header,
    /// The size byte and the bytes do not agree.
    #[error("this key data is cut short, too long, or names no product")]
    Size,
    /// The sum does not agree.
    #[error("this key data is damaged: its checksum does not fit")]
    Checksum,
}

impl Refusal for NotKeyData {
    fn code(&self) -> &'static str {
        match self {
            Self::Header => "key-data-other",
            Self::Size => "key-data-size",
            Self::Checksum => "key-data-damaged",
        }
    }
    fn again(&self) -> Again {
        Again::Never
    }
}

/// Key data, read or to be written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyData {
    name: Vec<u8>,
    /// The publisher's code of the product.
    pub product: [u8; 4],
    /// The status byte as it stands.
    pub status: u8,
}

impl KeyData {
    /// Of a product; a longer name is cut before the character that does not fit.
    pub fn new(name: &str, product: [u8; 4], status: LockStatus) -> Self {
        let mut end = name.len().min(NAME_MAX);
        while !name.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        Self {
            name: name.as_bytes().get(..end).unwrap_or_default().to_vec(),
            product,
            status: status.byte(),
        }
    }
    /// The same with another status byte, whatever it means.
    pub fn with_status(mut self, status: u8) -> Self {
        self.status = status;
        self
    }
    /// The name's bytes: UTF-8 from this program, whatever another writer used.
    pub fn name(&self) -> &[u8] {
        &self.name
    }
    /// What the status byte says, of bytes whose tag holds.
    pub const fn says(&self) -> LockStatus {
        LockStatus::from_byte(self.status)
    }

    /// The bytes on the card.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size = self.name.len().saturating_add(FIXED);
        let mut out = Vec::with_capacity(size.saturating_add(3));
        out.push(HEADER);
        out.push(size as u8);
        out.extend_from_slice(&self.name);
        out.extend_from_slice(&self.product);
        out.push(self.status);
        out.push(sum(&out));
        out
    }

    /// Reads the bytes on a card. Damage is refused; whether the status may be believed is for [`KeyData::status`] to say.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotKeyData> {
        let [HEADER, size, rest @ ..] = bytes else {
            return Err(NotKeyData::Header);
        };
        let (block, checksum) = rest.split_at_checked(usize::from(*size)).ok_or(NotKeyData::Size)?;
        let [checksum] = checksum else {
            return Err(NotKeyData::Size);
        };
        let at = block
            .len()
            .checked_sub(FIXED)
            .filter(|at| *at <= NAME_MAX)
            .ok_or(NotKeyData::Size)?;
        let (name, fixed) = block.split_at(at);
        let [a, b, c, d, status] = *fixed else {
            return Err(NotKeyData::Size);
        };
        if sum(bytes.get(..bytes.len().saturating_sub(1)).unwrap_or_default()) != *checksum {
            return Err(NotKeyData::Checksum);
        }
        Ok(Self {
            name: name.to_vec(),
            product: [a, b, c, d],
            status,
        })
    }

    /// The tag under a publisher's code, or a named centre's, for a license of this offer.
    pub fn tag(&self, code: &Signer, realm: RealmId, offer: Hash) -> [u8; 64] {
        code.sign_raw(&words(realm, offer, &self.to_bytes()))
    }

    /// The status that counts: what the byte says if one of the `codes` tagged it, else locked. Whoever writes without the
    /// publisher's code writes a locked copy.
    pub fn status(&self, tag: Option<&[u8; 64]>, codes: &[VerifyKey], realm: RealmId, offer: Hash) -> LockStatus {
        let words = words(realm, offer, &self.to_bytes());
        let tagged = tag.is_some_and(|tag| codes.iter().any(|code| code.verifies(&words, tag)));
        if tagged { self.says() } else { LockStatus::Locked }
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

fn words(realm: RealmId, offer: Hash, bytes: &[u8]) -> Vec<u8> {
    cbor::to_bytes(&(
        "keyfare/1/key-data",
        realm,
        offer,
        minicbor::bytes::ByteVec::from(bytes.to_vec()),
    ))
}
