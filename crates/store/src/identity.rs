//! Which store this is, and whether it was put back.
//!
//! A database restored from last night's backup has forgotten this morning's approvals, receipts and idempotency keys
//! (docs/threats.md, rule 15). It must say so before the party acts on it: a store therefore carries an epoch and
//! a standing, and a party whose store stands otherwise than [`Standing::Continued`] asks its counterparts first and then
//! calls [`Store::acknowledge_epoch`].

use crate::{Fault, Map, Part, Step, Store, Table, Tx, Value, View};
use core::fmt;
use minicbor::{Decode, Encode};
use units::{Again, RealmId, Refusal};

/// A store's own number: drawn at random when it is made, kept by every backup of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct StoreId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({self})")
    }
}

/// Whose store this is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Identity {
    /// See [`StoreId`].
    #[n(0)]
    pub id: StoreId,
    /// The party's role, such as "shop"; a store opened for another role is refused.
    #[n(1)]
    pub role: String,
    /// The realm; a store of another realm is refused.
    #[n(2)]
    pub realm: RealmId,
    /// Raised by every acknowledged restore, never lowered. Begins with 1.
    #[n(3)]
    pub epoch: u64,
}
impl Value for Identity {}

/// How far a store had come: what a witness outside of it remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Mark {
    /// Whose.
    #[n(0)]
    pub id: StoreId,
    /// Its epoch.
    #[n(1)]
    pub epoch: u64,
    /// Its commits since it was made.
    #[n(2)]
    pub commits: u64,
}

/// What the store knows about its own past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Standing {
    /// Nothing speaks against it being the newest state.
    #[n(0)]
    Continued,
    /// It was made from a backup.
    #[n(1)]
    Restored {
        /// The epoch of the backup.
        #[n(0)]
        epoch: u64,
        /// The commits it contains.
        #[n(1)]
        commits: u64,
        /// The highest epoch this machine has seen of the store: more than `epoch` when it was restored before.
        #[n(2)]
        seen_epoch: u64,
    },
    /// This machine has seen a newer state of the same store: somebody put an older file in its place.
    #[n(2)]
    Rewound {
        /// How far the file had come when opened.
        #[n(0)]
        file: Mark,
        /// How far this machine saw it.
        #[n(1)]
        seen: Mark,
    },
    /// The witness beside the file is missing: it was moved here, or the witness removed. Nobody can tell.
    #[n(3)]
    Unwitnessed,
}
impl Value for Standing {}

impl Standing {
    /// May the party act without asking its counterparts first?
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Continued)
    }

    /// The highest epoch known to have existed, given the store's own.
    pub(crate) fn highest_epoch(&self, own: u64) -> u64 {
        match self {
            Self::Rewound { seen, .. } => own.max(seen.epoch),
            Self::Restored { seen_epoch, .. } => own.max(*seen_epoch),
            Self::Continued | Self::Unwitnessed => own,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Continued => f.write_str("continued"),
            Self::Restored { epoch, commits, .. } => {
                write!(f, "restored from a backup of epoch {epoch} after {commits} commits")
            }
            Self::Rewound { file, seen } => {
                write!(
                    f,
                    "older than what this machine saw: epoch {} commit {}, ",
                    file.epoch, file.commits
                )?;
                write!(f, "but epoch {} commit {} existed", seen.epoch, seen.commits)
            }
            Self::Unwitnessed => f.write_str("without its witness: it cannot be told whether this is the newest state"),
        }
    }
}

/// Why an epoch was not taken on, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EpochRefused {
    /// The store was not put back; there is nothing to acknowledge.
    #[error("the store was not restored; its epoch stays {0}")]
    NothingToAcknowledge(u64),
    /// An epoch that has been, or may have been.
    #[error("epoch {asked} may have been used before; take {next} or what the counterparts know of, plus one")]
    TooLow {
        /// The epoch asked for.
        asked: u64,
        /// The lowest one accepted.
        next: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for EpochRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NothingToAcknowledge(_) => "epoch-nothing-to-acknowledge",
            Self::TooLow { .. } => "epoch-too-low",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}

const IDENTITY: Map<(), Identity> = Map::new(Table::new("store_identity"));
const STANDING: Map<(), Standing> = Map::new(Table::new("store_standing"));
const COMMITS: Map<(), u64> = Map::new(Table::new("store_commits"));
const STEPS: Map<(String, u32), String> = Map::new(Table::new("store_steps"));

/// The part every store has.
pub(crate) static OWN: Part = Part::new(
    "store",
    &[Step::Create(&[
        STEPS.table(),
        IDENTITY.table(),
        STANDING.table(),
        COMMITS.table(),
    ])],
);

/// The steps this store has yet to take, in order. `Err` says why the file belongs to another program or a newer one.
pub(crate) fn missing_steps(view: &mut dyn View, parts: &[&'static Part]) -> Result<Result<Vec<Todo>, String>, Fault> {
    let mut todo = Vec::new();
    for part in parts {
        let name = part.name.to_owned();
        let mut number = 0_u32;
        for step in part.steps {
            number = number.saturating_add(1);
            match STEPS.get(view, &(name.clone(), number))? {
                None => todo.push(Todo {
                    part: part.name,
                    number,
                    step: *step,
                }),
                Some(text) if text == step.text() => {}
                Some(text) => {
                    return Ok(Err(format!(
                        "step {number} of {name} was \"{text}\" there, is \"{}\" here",
                        step.text()
                    )));
                }
            }
        }
        if STEPS.has(view, &(name.clone(), number.saturating_add(1)))? {
            return Ok(Err(format!(
                "{name} has more than the {number} steps this program knows: a newer one wrote it"
            )));
        }
    }
    Ok(Ok(todo))
}

/// A step to take.
pub(crate) struct Todo {
    /// Of which part.
    pub part: &'static str,
    /// Counted from 1.
    pub number: u32,
    /// What to do.
    pub step: Step,
}

/// Notes that a step was taken, in its own transaction.
pub(crate) fn note_step(tx: &mut dyn Tx, todo: &Todo) -> Result<(), Fault> {
    STEPS.put(tx, &(todo.part.to_owned(), todo.number), &todo.step.text())
}

/// The identity of an opened store.
pub(crate) fn identity(view: &mut dyn View) -> Result<Option<Identity>, Fault> {
    IDENTITY.get(view, &())
}

/// Makes a new store's identity.
pub(crate) fn set_identity(tx: &mut dyn Tx, identity: &Identity) -> Result<(), Fault> {
    IDENTITY.put(tx, &(), identity)
}

/// The standing of an opened store.
pub(crate) fn standing(view: &mut dyn View) -> Result<Standing, Fault> {
    Ok(STANDING.get(view, &())?.unwrap_or(Standing::Continued))
}

/// Writes the standing down, so that it outlives a restart.
pub(crate) fn set_standing(tx: &mut dyn Tx, standing: &Standing) -> Result<(), Fault> {
    STANDING.put(tx, &(), standing)
}

/// Commits since the store was made.
pub(crate) fn commits(view: &mut dyn View) -> Result<u64, Fault> {
    Ok(COMMITS.get(view, &())?.unwrap_or(0))
}

/// Counts one more commit; engines call it once per commit, inside of it.
pub(crate) fn count_commit(tx: &mut dyn Tx) -> Result<u64, Fault> {
    let count = commits(tx)?.saturating_add(1);
    COMMITS.put(tx, &(), &count)?;
    Ok(count)
}

/// Where the store stands now, for its witness.
pub(crate) fn mark(view: &mut dyn View) -> Result<Option<Mark>, Fault> {
    let Some(identity) = identity(view)? else {
        return Ok(None);
    };
    Ok(Some(Mark {
        id: identity.id,
        epoch: identity.epoch,
        commits: commits(view)?,
    }))
}

impl Store {
    /// Whose store this is.
    pub fn identity(&self) -> Result<Identity, Fault> {
        self.read(|view| {
            identity(view)?.ok_or(Fault::Corrupt {
                table: IDENTITY.table().name(),
                why: "no identity".to_owned(),
            })
        })
    }

    /// Whether it was put back. While this is not [`Standing::Continued`] the party refuses effects and asks around.
    pub fn standing(&self) -> Result<Standing, Fault> {
        self.read(standing)
    }

    /// Where the store stands now.
    pub fn mark(&self) -> Result<Mark, Fault> {
        self.read(|view| {
            mark(view)?.ok_or(Fault::Corrupt {
                table: IDENTITY.table().name(),
                why: "no identity".to_owned(),
            })
        })
    }

    /// The lowest epoch that [`Store::acknowledge_epoch`] accepts.
    pub fn next_epoch(&self) -> Result<u64, Fault> {
        self.read(|view| {
            let standing = standing(view)?;
            Ok(identity(view)?.map_or(1, |i| standing.highest_epoch(i.epoch).saturating_add(1)))
        })
    }

    /// Ends the standing of a store that was put back: the party has reconciled with its counterparts and goes on in
    /// `epoch`: [`Store::next_epoch`], or a higher one when a counterpart knows of a later epoch than this machine. Refuses
    /// when there is nothing to acknowledge or the epoch may have been used; says yes again to the one just acknowledged.
    pub fn acknowledge_epoch(&self, epoch: u64) -> Result<(), EpochRefused> {
        self.write(move |tx| acknowledge(tx, epoch))
    }
}

fn acknowledge(tx: &mut dyn Tx, epoch: u64) -> Result<(), EpochRefused> {
    let Some(mut own) = identity(tx)? else {
        return Err(EpochRefused::NothingToAcknowledge(0));
    };
    let standing = standing(tx)?;
    if standing.is_settled() {
        return if own.epoch == epoch {
            Ok(())
        } else {
            Err(EpochRefused::NothingToAcknowledge(own.epoch))
        };
    }
    let next = standing.highest_epoch(own.epoch).saturating_add(1);
    if epoch < next {
        return Err(EpochRefused::TooLow { asked: epoch, next });
    }
    own.epoch = epoch;
    set_identity(tx, &own)?;
    set_standing(tx, &Standing::Continued)?;
    Ok(())
}
