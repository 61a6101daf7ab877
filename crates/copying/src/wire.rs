//! Wire: what a keeper (card, player or drive) and the server say to one another, over whatever relay.
//!
//! An [`Ask`] names in the open what a relay must know (who asks, over whom, the most it may cost) and seals the rest under
//! the keeper's own key (MC-Key), which never travels: User ID, medium, and a user's word. What is in the open is bound to
//! what is sealed, and an [`Answer`] to the very bytes it answers, so that nothing can be moved from one to another (row-72).
//! The same ask gets the same answer.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{NotUnlocked, Secret, Seed, Vault, cbor, cbor::NotCanonical, hash, hash_parts};
use units::{Hash, Moment, Money, PartyId};

use crate::ids::{BatchId, Bound, DeliveryId, DeviceId, MediumId, RequestId, UserId};

/// The longest answer in bytes: a reissued card brings the keys of what was copied before, [`REISSUED_MAX`] at a time.
pub const WIRE_MAX: usize = 192 * 1024;
/// The longest ask in bytes.
pub const ASK_MAX: usize = 4 * 1024;
/// The most copies whose keys one answer brings; the rest is asked for.
pub const REISSUED_MAX: usize = 128;
/// The longest title of a batch in characters.
pub const TITLE_MAX: usize = 200;

/// What an ask says in the open.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Wanted {
    /// Register with these devices; the keeper is one of them.
    #[n(0)]
    Register(#[n(0)] Bound),
    /// The key of a medium, for at most so much.
    #[n(1)]
    Key(#[n(0)] Money),
    /// A copy is complete, and its Content-Key erased.
    #[n(2)]
    Complete,
    /// What a repair asked to be erased is erased.
    #[n(3)]
    Erased,
    /// This new card is to replace a lost one.
    #[n(4)]
    Reissue,
    /// The keys that did not fit into one answer to a reissue.
    #[n(5)]
    Rest,
}

/// What yields a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Source {
    /// A medium of its own id: once, to one user.
    #[n(0)]
    Medium(#[n(0)] MediumId),
    /// A batch that is given away, on media without ids or over the network: once to each user (CM-11).
    #[n(1)]
    Free(#[n(0)] BatchId),
}

/// What an ask says under the keeper's key.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Wish {
    /// The word this user will prove a later reissue with.
    #[n(0)]
    Register(#[n(0)] String),
    /// The key of this, for a copy to these devices, where the player names them.
    #[n(1)]
    Key(#[n(0)] UserId, #[n(1)] Source, #[n(2)] Option<Bound>),
    /// This delivery is copied.
    #[n(2)]
    Complete(#[n(0)] UserId, #[n(1)] DeliveryId),
    /// This repair's order was carried out.
    #[n(3)]
    Erased(#[n(0)] RequestId),
    /// Whose card was lost, and the word that proves it.
    #[n(4)]
    Reissue(#[n(0)] UserId, #[n(1)] String),
    /// Keys of the copies after this one.
    #[n(5)]
    Rest(#[n(0)] UserId, #[n(1)] DeliveryId),
}

impl core::fmt::Debug for Wish {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Wish(secret)")
    }
}

/// A question of a keeper.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ask {
    /// Who asks.
    #[n(0)]
    pub keeper: DeviceId,
    /// Its number: 16 random bytes.
    #[n(1)]
    pub request: RequestId,
    /// How many questions this keeper has asked: a later one is never undone by an earlier one.
    #[n(2)]
    pub count: u64,
    /// Over which gateway; nobody: straight to the server.
    #[n(3)]
    pub via: Option<PartyId>,
    /// What it wants.
    #[n(4)]
    pub wanted: Wanted,
    /// A [`Wish`] under the keeper's key.
    #[n(5)]
    pub sealed: ByteVec,
}

/// Bytes that are no ask, or were not made by the keeper they name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    /// Not a message.
    #[error("this is no message of copy management: {0}")]
    Malformed(#[from] NotCanonical),
    /// Sealed under another key, or for another message.
    #[error(transparent)]
    Sealed(#[from] NotUnlocked),
}

impl Ask {
    fn place(&self) -> Hash {
        let bare = Self {
            sealed: ByteVec::from(Vec::new()),
            ..self.clone()
        };
        hash(&cbor::to_bytes(&bare))
    }
    /// The same with a wish, sealed under the keeper's key.
    #[must_use]
    pub fn seal(mut self, key: &Secret, wish: &Wish, seed: &Seed) -> Self {
        let plain = zeroize::Zeroizing::new(cbor::to_bytes(wish));
        self.sealed = Vault::new(key, "ask").lock(&self.place().0, &plain, seed).into();
        self
    }
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::to_bytes(self)
    }
    /// From bytes; what is sealed stays so.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotCanonical> {
        cbor::from_bytes_within(bytes, ASK_MAX)
    }
    /// The wish, for whoever has the keeper's key.
    pub fn open(&self, key: &Secret) -> Result<Wish, NotReadable> {
        let plain = Vault::new(key, "ask").unlock(&self.place().0, &self.sealed)?;
        Ok(cbor::from_bytes(&zeroize::Zeroizing::new(plain))?)
    }
}

/// What a delivered key costs and how it is shared, in the open: the gateway books it, unread the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Charge {
    /// The key that is charged for; the same for the same key, for ever.
    #[n(0)]
    pub delivery: DeliveryId,
    /// What the user pays.
    #[n(1)]
    pub amount: Money,
    /// The gateway's part of it.
    #[n(2)]
    pub gateway: Money,
    /// The server operator's part of it. Both make the amount.
    #[n(3)]
    pub operator: Money,
}

/// The keys of one copy, as a keeper gets them.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Grant {
    /// Which delivery.
    #[n(0)]
    pub delivery: DeliveryId,
    /// Of what.
    #[n(1)]
    pub source: Source,
    /// The batch the content was sealed for.
    #[n(2)]
    pub batch: BatchId,
    /// Hash of the package's header: which sealed file it opens.
    #[n(3)]
    pub package: Hash,
    /// What people call it.
    #[n(4)]
    pub title: String,
    /// The Content-Key; nothing once the copy is complete.
    #[n(5)]
    pub content: Option<ByteVec>,
    /// The Content-Gen-Key.
    #[n(6)]
    pub generation: ByteVec,
    /// The devices' ids ([`Bound`]) under the Content-Gen-Key.
    #[n(7)]
    pub ids: ByteVec,
}

impl core::fmt::Debug for Grant {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Grant({})", self.delivery)
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        let mut generation = Vec::from(core::mem::replace(&mut self.generation, Vec::new().into()));
        generation.zeroize();
        if let Some(content) = self.content.take() {
            Vec::from(content).zeroize();
        }
    }
}

/// Seals a copy's ids under its Content-Gen-Key.
pub fn seal_ids(generation: &Secret, delivery: DeliveryId, bound: &Bound) -> Vec<u8> {
    // One plain text under one place of a key made for this delivery alone: the nonce may follow from them.
    let plain = cbor::to_bytes(bound);
    let seed = Seed::new(*generation.derive("ids", &[&delivery.0, &plain]).expose());
    Vault::new(generation, "ids").lock(&delivery.0, &plain, &seed)
}

/// Reads a copy's ids.
pub fn open_ids(generation: &Secret, delivery: DeliveryId, sealed: &[u8]) -> Result<Bound, NotReadable> {
    let plain = Vault::new(generation, "ids").unlock(&delivery.0, sealed)?;
    Ok(cbor::from_bytes(&plain)?)
}

/// What an answer says in the open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Open {
    /// Registered.
    #[n(0)]
    Registered,
    /// A key, and what it costs.
    #[n(1)]
    Given(#[n(0)] Charge),
    /// The copy counts as complete.
    #[n(2)]
    Completed,
    /// The erasing is confirmed; the user may copy again.
    #[n(3)]
    Erased,
    /// The new card replaces the lost one.
    #[n(4)]
    Reissued,
}

/// What an answer says under the keeper's key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Said {
    /// The User ID, and how long this keeper is good.
    #[n(0)]
    Registered(#[n(0)] UserId, #[n(1)] Moment),
    /// Keys.
    #[n(1)]
    Given(#[n(0)] Grant, #[n(1)] Moment),
    /// Nothing more.
    #[n(2)]
    Done,
    /// What the lost card held, at most [`REISSUED_MAX`] copies; and the last one's number, if there are more.
    #[n(3)]
    Reissued(
        #[n(0)] UserId,
        #[n(1)] Moment,
        #[n(2)] Vec<Grant>,
        #[n(3)] Option<DeliveryId>,
    ),
}

/// What a player is told under its own key: whose keys it may take, until when, and whose no longer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Pass {
    /// The keeper that may be used here.
    #[n(0)]
    pub keeper: DeviceId,
    /// Until when.
    #[n(1)]
    pub until: Moment,
    /// When this was said.
    #[n(2)]
    pub at: Moment,
    /// Cards that were used here once and are dead.
    #[n(3)]
    pub dead: Vec<DeviceId>,
}

impl Pass {
    /// Sealed for one player.
    pub fn seal(&self, player: DeviceId, key: &Secret) -> Vec<u8> {
        let plain = cbor::to_bytes(self);
        let seed = Seed::new(*key.derive("pass", &[&plain]).expose());
        Vault::new(key, "pass").lock(&player.0, &plain, &seed)
    }
    /// Read by that player.
    pub fn open(player: DeviceId, key: &Secret, sealed: &[u8]) -> Result<Self, NotReadable> {
        let plain = Vault::new(key, "pass").unlock(&player.0, sealed)?;
        Ok(cbor::from_bytes(&plain)?)
    }
}

/// The server's answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Answer {
    /// Whom it answers.
    #[n(0)]
    pub keeper: DeviceId,
    /// Which question.
    #[n(1)]
    pub request: RequestId,
    /// What a relay may know.
    #[n(2)]
    pub open: Open,
    /// A [`Said`] under the keeper's key.
    #[n(3)]
    pub sealed: ByteVec,
    /// A [`Pass`] under the player's key, where a player is registered.
    #[n(4)]
    pub pass: Option<ByteVec>,
}

fn answer_place(ask: &[u8], open: &Open) -> Hash {
    hash_parts(&[&hash(ask).0, &cbor::to_bytes(open)])
}

impl Answer {
    /// The answer to the ask of these bytes: the same words for the same ask and content.
    pub fn to(ask: &Ask, bytes: &[u8], key: &Secret, open: Open, said: &Said, pass: Option<Vec<u8>>) -> Self {
        let plain = zeroize::Zeroizing::new(cbor::to_bytes(said));
        let place = answer_place(bytes, &open);
        // The nonce follows from the place and the plain text: the same words are the same bytes, other words never meet it.
        let seed = Seed::new(*key.derive("answer nonce", &[&place.0, &plain]).expose());
        Self {
            keeper: ask.keeper,
            request: ask.request,
            open,
            sealed: Vault::new(key, "answer").lock(&place.0, &plain, &seed).into(),
            pass: pass.map(ByteVec::from),
        }
    }
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::to_bytes(self)
    }
    /// From bytes; what is sealed stays so.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotCanonical> {
        cbor::from_bytes_within(bytes, WIRE_MAX)
    }
    /// What it says, for the keeper that asked with these bytes.
    pub fn read(&self, ask: &[u8], key: &Secret) -> Result<Said, NotReadable> {
        let plain = Vault::new(key, "answer").unlock(&answer_place(ask, &self.open).0, &self.sealed)?;
        let plain = zeroize::Zeroizing::new(plain);
        Ok(cbor::from_bytes_within(&plain, WIRE_MAX)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    fn ask(request: u8, via: Option<PartyId>) -> (Ask, Wish) {
        let wish = Wish::Key(UserId::new([7; 16]), Source::Medium(MediumId([8; 16])), None);
        let bare = Ask {
            keeper: DeviceId([1; 16]),
            request: RequestId([request; 16]),
            count: 1,
            via,
            wanted: Wanted::Key(Money::new(300, Currency::JPY).unwrap()),
            sealed: Vec::new().into(),
        };
        (bare.seal(&Secret::new([2; 32]), &wish, &Seed::new([request; 32])), wish)
    }

    /// proves: row-72 CM-9
    #[test]
    fn what_is_sealed_opens_only_in_its_own_message() {
        let key = Secret::new([2; 32]);
        let (one, wish) = ask(3, None);
        assert_eq!(one.open(&key).unwrap(), wish);
        assert!(!one.bytes().windows(16).any(|w| w == [7; 16] || w == [8; 16]));
        let (two, _) = ask(4, None);
        // Equal wishes do not look alike.
        assert_ne!(one.sealed, two.sealed);
        let moved = [
            Ask {
                sealed: two.sealed.clone(),
                ..one.clone()
            },
            Ask {
                via: Some(PartyId([9; 16])),
                ..one.clone()
            },
            Ask {
                keeper: DeviceId([5; 16]),
                ..one.clone()
            },
            Ask {
                count: 2,
                ..one.clone()
            },
            Ask {
                wanted: Wanted::Key(Money::new(900, Currency::JPY).unwrap()),
                ..one.clone()
            },
        ];
        for moved in moved {
            assert!(moved.open(&key).is_err(), "{moved:?}");
        }
        assert!(one.open(&Secret::new([3; 32])).is_err());
        // An answer opens for the ask it was made for alone, and with the charge it was made with.
        let charge = |minor| {
            let money = |minor| Money::new(minor, Currency::JPY).unwrap();
            let (amount, gateway, operator) = (money(minor), money(0), money(minor));
            Open::Given(Charge {
                delivery: DeliveryId([1; 16]),
                amount,
                gateway,
                operator,
            })
        };
        let answer = Answer::to(&one, &one.bytes(), &key, charge(300), &Said::Done, None);
        assert_eq!(answer.read(&one.bytes(), &key).unwrap(), Said::Done);
        assert!(answer.read(&two.bytes(), &key).is_err());
        let dearer = Answer {
            open: charge(301),
            ..answer.clone()
        };
        assert!(dearer.read(&one.bytes(), &key).is_err());
        assert_eq!(
            answer,
            Answer::to(&one, &one.bytes(), &key, charge(300), &Said::Done, None)
        );
    }

    #[test]
    fn no_cut_or_longer_message_is_read() {
        let (one, _) = ask(3, None);
        let bytes = one.bytes();
        for cut in 0..bytes.len() {
            assert!(Ask::parse(&bytes[..cut]).is_err());
        }
        assert!(Ask::parse(&[&bytes[..], &[0]].concat()).is_err());
        assert_eq!(Ask::parse(&bytes).unwrap(), one);
    }
}
