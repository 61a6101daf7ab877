//! The copy-management server: knows every medium, card, player and drive that was ever made, gives each medium's key once,
//! and keeps who has what.
//!
//! Run by: whoever produces the media. Needs: a certificate of the role copying; its gateways have the role gateway. Adds: keys. Must not see: names; a user is a random number here.
//!
//! ```text
//!   made ──► registered ──► key given (medium flagged, written in one commit) ──► copy complete
//!                │                        ▲ the same user, same devices: the same keys, until complete
//!                ├─ repaired: device dead, card erased, flags freed for this user alone
//!                └─ reissued: old card dead, all keys on the new one
//! ```
//!
//! What every verb of this party writes, it writes in one transaction with the answer's content, so that a repeat says it
//! again. Refusals that count (a wrong User ID, a medium that does not exist) are written too.

mod ask;
mod audit;
mod give;
mod look;
mod made;
mod people;
mod register;
mod reissue;
mod rows;
mod take;
mod takings;
mod trail;

pub use ask::AskRefused;
pub use look::{Copied, UserHistory};
pub use made::{BATCH_MAX, MakeRefused, MediaBatch, NewDevice};
pub use people::{Decided, DeskRefused, Duty, EraseOrder, Hand, Proposal, Proposed, Role};
pub use rows::{Batch, Death, Entry, Given, Made, Medium, Use};
pub use take::TakeRefused;
pub use takings::{PaidRefused, Payment, StatementLine};
pub use trail::{Act, Written};

use party::{ErrandId, Party, PartyKeys, Refused, Reply, Step, Verb, desk::Desk};
use seal::{Secret, Seed, Vault};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{Moment, PartyId, Span};

/// Which ids a registration needs: at least one, as the operator set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The memory card's.
    pub card: bool,
    /// The player's.
    pub player: bool,
    /// The drive's.
    pub drive: bool,
}

/// Settings of a copy-management server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which ids a registration needs.
    pub needed: Needed,
    /// Gateways that may bring requests, and each one's share of what it takes, in permille.
    pub gateways: Vec<(PartyId, u32)>,
    /// How long a keeper is good after its registration or reissue.
    pub keeper_life: Span,
    /// Wrong User IDs, words and media a keeper or user may try within [`Settings::tries_within`].
    pub tries_max: u32,
    /// See [`Settings::tries_max`].
    pub tries_within: Span,
    /// Repairs of one user within a year that one operator may do alone.
    pub repairs_max: usize,
    /// Reissues of one user within a year without people deciding.
    pub reissues_max: usize,
    /// Its account's bank, where gateways pay to.
    pub bank: PartyId,
}

impl Settings {
    /// As usual: all three ids, two years, ten tries a day, two repairs and one reissue a year.
    pub const fn new(bank: PartyId) -> Self {
        Self {
            needed: Needed {
                card: true,
                player: true,
                drive: true,
            },
            gateways: Vec::new(),
            keeper_life: Span::days(730),
            tries_max: 10,
            tries_within: Span::days(1),
            repairs_max: 2,
            reissues_max: 1,
            bank,
        }
    }
}

static PART: Part = Part::new(
    "copying",
    &[Change::Create(&[
        rows::DEVICES.table(),
        rows::BATCHES.table(),
        rows::MEDIA.table(),
        rows::ENTRIES.table(),
        rows::BY_KEEPER.table(),
        rows::BY_USER.table(),
        rows::MET.table(),
        rows::GIVEN.table(),
        rows::OF_ENTRY.table(),
        rows::FREE.table(),
        rows::TRIES.table(),
        rows::ALARMS.table(),
        rows::ERASING.table(),
        rows::PROPOSALS.table(),
        takings::CARRIES.table(),
        takings::LINES.table(),
        takings::CHEQUES.table(),
        trail::TRAIL.table(),
        trail::HEAD.table(),
    ])],
);

/// What the server's store is opened with.
pub static PARTS: &[&Part] = &[
    &party::desk::PART,
    &party::errand::PART,
    &party::epoch::PART,
    &ledger::PART,
    &party::books::PART,
    &PART,
];

/// A copy-management server.
#[derive(Debug)]
pub struct CopyServer {
    keys: PartyKeys,
    desk: Desk,
    settings: Settings,
}

impl CopyServer {
    /// The server with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, settings: Settings) -> Self {
        Self { keys, desk, settings }
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }
    /// Its settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
    /// Where keys of devices and contents rest.
    fn rest(&self, purpose: &str) -> Vault {
        Vault::new(&self.keys.derive("copying/rest", &[]), purpose)
    }
    /// The key that no table holds: of User IDs' tags, of words and of the trail.
    fn secret(&self, purpose: &str) -> Secret {
        self.keys.derive("copying", &[purpose.as_bytes()])
    }
}

impl Party for CopyServer {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, _: &mut dyn Tx, _: Verb, _: &[u8], _: Moment, _: &Seed) -> Result<Step, Refused> {
        // It is not on the internet: what it takes comes over the private link alone, by `ask`.
        Err(Refused::other_verb())
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        errand: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        _: &Seed,
    ) -> Result<Step, Refused> {
        Ok(self.cashed(tx, errand, reply, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(self, view)
    }
}
