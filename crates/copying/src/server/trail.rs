//! Trail: what people and the machine did to devices, users and batches, one act after the other, never changed. Each act is
//! bound to the one before it under a key that is in no table, so whoever edits the database with SQL shows (row-97).

use minicbor::{Decode, Encode};
use seal::{Secret, cbor};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Hash, Moment};

use super::CopyServer;

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Act {
    /// When.
    #[n(0)]
    pub at: Moment,
    /// Which operator's account; nothing: the server itself, on a user's proof.
    #[n(1)]
    pub who: Option<[u8; 16]>,
    /// What was done: a word.
    #[n(2)]
    pub verb: String,
    /// About which device, batch or entry.
    #[n(3)]
    pub about: String,
    /// Why, as the operator wrote it.
    #[n(4)]
    pub reason: String,
}

/// An act as it stands in the trail.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Written {
    /// The act.
    #[n(0)]
    pub act: Act,
    /// What binds it to all acts before it.
    #[n(1)]
    pub chain: Hash,
}
impl Value for Written {}

#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(array)]
pub(super) struct Head {
    #[n(0)]
    count: u64,
    #[n(1)]
    chain: Hash,
}
impl Value for Head {}

pub(super) const TRAIL: Map<u64, Written> = Map::new(Table::new("copying_trail"));
pub(super) const HEAD: Map<(), Head> = Map::new(Table::new("copying_trail_head"));

fn bind(secret: &Secret, number: u64, before: &Hash, act: &Act) -> Hash {
    Hash(
        *secret
            .derive("act", &[&number.to_be_bytes(), &before.0, &cbor::to_bytes(act)])
            .expose(),
    )
}

impl CopyServer {
    /// Writes an act behind all others.
    pub(super) fn note(&self, tx: &mut dyn Tx, act: Act) -> Result<(), Fault> {
        let head = HEAD.get(tx, &())?.unwrap_or(Head {
            count: 0,
            chain: Hash([0; 32]),
        });
        let number = head.count.saturating_add(1);
        let chain = bind(&self.secret("trail"), number, &head.chain, &act);
        TRAIL.put(tx, &number, &Written { act, chain })?;
        HEAD.put(tx, &(), &Head { count: number, chain })
    }

    /// At most `limit` acts, the newest first, before number `before`.
    pub fn trail(&self, view: &mut dyn View, before: Option<u64>, limit: usize) -> Result<Vec<(u64, Written)>, Fault> {
        let mut keys = Keys::all().newest_first();
        if let Some(before) = before {
            keys = keys.after(&before);
        }
        TRAIL.range(view, keys, limit)
    }

    /// What is wrong with the trail, recomputed from its first act; nothing: every act stands as it was written.
    pub fn check_trail(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        let (secret, mut found) = (self.secret("trail"), Vec::new());
        let (mut number, mut before) = (0_u64, Hash([0; 32]));
        TRAIL.each::<Fault>(view, Keys::all(), |_, at, written| {
            number = number.saturating_add(1);
            if at != number {
                found.push(format!("the trail lacks act {number}"));
                number = at;
            }
            if bind(&secret, at, &before, &written.act) != written.chain {
                found.push(format!("act {at} of the trail was edited, or one before it"));
            }
            before = written.chain;
            Ok(())
        })?;
        let head = HEAD
            .get(view, &())?
            .map_or((0, Hash([0; 32])), |head| (head.count, head.chain));
        if head != (number, before) {
            found.push(format!("the trail ends at act {number}, and {} were written", head.0));
        }
        Ok(found)
    }
}
