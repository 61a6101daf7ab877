//! Webhooks: what a publisher's own programs are told at an address of theirs, when his work is sold or his money comes.
//!
//! An event is written in the transaction of what it tells of ([`tell`]) and names it only: what is said is read when it is
//! sent, so that nothing about a buyer is stored twice, and who was forgotten stays forgotten. It is sent until it was
//! heard, later and later, for three days; it may come twice, always under the same id. An address that does not answer
//! waits as a whole and holds up nobody else.
//!
//! ```text
//!   event: waiting ──► heard
//!             └──────► given up     both go when their time is over, and with their hook
//! ```

mod add;
mod due;
mod mark;
mod remove;
mod roll;
mod sweep;
mod tell;

pub use due::{HookTold, Telling};
pub use mark::HookHeard;

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Secret, Vault};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, DealId, Moment, PartyId, Refusal, Span};

use super::Shop;

/// So many addresses of one publisher are told.
pub const HOOKS_MAX: usize = 8;
/// So long what is sent is signed with the old secret too.
pub const OLD_SECRET_STANDS: Span = Span::days(1);
/// How long it is tried.
pub const HOOK_TRIED_FOR: Span = Span::days(3);
/// The longest address, in bytes.
pub const HOOK_ADDRESS_MAX: usize = 500;

/// A hook's number: random.
pub type HookId = [u8; 16];
/// An event's number: the same for whatever tells of the same thing, whichever address hears it.
pub type HookEventId = [u8; 16];

/// An address that is told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hook {
    /// Where.
    #[n(0)]
    pub address: String,
    /// Since when.
    #[n(1)]
    pub since: Moment,
    /// The secret, under the shop's own key.
    #[n(2)]
    secret: ByteVec,
    /// The one before, and until when it is signed with too.
    #[n(3)]
    old: Option<OldSecret>,
    /// When it is looked at next: nothing waits, if never.
    #[n(4)]
    wake: Option<Moment>,
    /// How often it did not hear, one time after the other.
    #[n(5)]
    fails: u32,
}
impl Value for Hook {}

impl Hook {
    /// Until when it is signed with the secret before, too.
    pub fn old_until(&self, now: Moment) -> Option<Moment> {
        self.old.as_ref().map(|old| old.until).filter(|until| now < *until)
    }
    /// One that nobody kept, for stories.
    pub fn told(address: &str, since: Moment) -> Self {
        Self {
            address: address.to_owned(),
            since,
            secret: ByteVec::from(Vec::new()),
            old: None,
            wake: None,
            fails: 0,
        }
    }
}

/// A secret that another one has taken the place of.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct OldSecret {
    #[n(0)]
    secret: ByteVec,
    #[n(1)]
    until: Moment,
}

/// What an event tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum HookAbout {
    /// A work was sold.
    #[n(0)]
    SaleMade(#[n(0)] DealId),
    /// A license came back.
    #[n(1)]
    SaleRefunded(#[n(0)] DealId),
    /// The bank booked a pay-out, that was ordered then, under this number.
    #[n(2)]
    PayoutPaid(#[n(0)] Moment, #[cbor(n(1), with = "minicbor::bytes")] [u8; 16]),
    /// The bank refused it.
    #[n(3)]
    PayoutReturned(#[n(0)] Moment, #[cbor(n(1), with = "minicbor::bytes")] [u8; 16]),
    /// Nothing: somebody tries his program.
    #[n(4)]
    Test,
}

impl HookAbout {
    /// Its type, as programs read it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SaleMade(_) => "sale.made",
            Self::SaleRefunded(_) => "sale.refunded",
            Self::PayoutPaid(..) => "payout.paid",
            Self::PayoutReturned(..) => "payout.returned",
            Self::Test => "hook.test",
        }
    }
    /// The event's number; a test has a random one.
    fn id(&self) -> Option<HookEventId> {
        let of: &[u8] = match self {
            Self::SaleMade(deal) | Self::SaleRefunded(deal) => &deal.0,
            Self::PayoutPaid(_, id) | Self::PayoutReturned(_, id) => id,
            Self::Test => return None,
        };
        let hash = seal::hash_parts(&[b"hook event", self.word().as_bytes(), of]);
        hash.0.first_chunk().copied()
    }
}

/// How far an event has come on its way to one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum HookState {
    /// It is said at this moment, or again.
    #[n(0)]
    Waiting(#[n(0)] Moment),
    /// It was heard, then.
    #[n(1)]
    Heard(#[n(0)] Moment),
    /// Nobody tries any more, since then.
    #[n(2)]
    GivenUp(#[n(0)] Moment),
}

/// An event on its way to one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HookEvent {
    /// What it tells of.
    #[n(0)]
    pub about: HookAbout,
    /// How far it is.
    #[n(1)]
    pub state: HookState,
    /// How often it was said.
    #[n(2)]
    pub tries: u32,
    /// The status of the last answer; nothing: none came.
    #[n(3)]
    pub answer: Option<u16>,
}
impl Value for HookEvent {}

/// A hook with its latest events, the newest first: when each came about, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookShown {
    /// Its number.
    pub id: HookId,
    /// What it is.
    pub hook: Hook,
    /// What it was told.
    pub events: Vec<(Moment, HookEvent)>,
}

/// By publisher.
pub(super) const HOOKS: Map<(PartyId, HookId), Hook> = Map::new(Table::new("shop_hooks"));
/// By hook, and when they came about.
pub(super) const EVENTS: Map<(HookId, Moment, HookEventId), HookEvent> = Map::new(Table::new("shop_hook_events"));
/// What waits, by hook, and when it is said next.
pub(super) const WAITING: Map<(HookId, Moment, Moment, HookEventId), ()> = Map::new(Table::new("shop_hook_waiting"));
/// Hooks for which something waits, by when they are looked at next.
pub(super) const WAKE: Map<(Moment, PartyId, HookId), ()> = Map::new(Table::new("shop_hooks_wake"));
/// Hooks that were removed and whose events are being dropped.
pub(super) const REMOVED: Map<HookId, ()> = Map::new(Table::new("shop_hooks_removed"));

/// Why nothing was changed, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookRefused {
    /// No such hook.
    #[error("no such address is told; somebody may have removed it already")]
    Unknown,
    /// The publisher does not work here.
    #[error("this publisher works with this shop no more, so nothing is told in its name")]
    NoPublisher,
    /// An address that this shop does not send to.
    #[error(
        "an address begins with https://, has at most {HOOK_ADDRESS_MAX} characters and no user in it, and leads into no private network"
    )]
    Address,
    /// It is told already.
    #[error("this address is told already")]
    Twice,
    /// There are as many as there may be.
    #[error("{HOOKS_MAX} addresses are told already; remove one that no program answers at")]
    TooMany,
    /// Its old secret still stands.
    #[error(
        "the secret was replaced less than a day ago, and the old one still stands; if both are known to others, remove the address and add it anew"
    )]
    Rolled,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for HookRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "hook-unknown",
            Self::NoPublisher => "hook-no-publisher",
            Self::Address => "hook-address",
            Self::Twice => "hook-twice",
            Self::TooMany => "hook-too-many",
            Self::Rolled => "hook-rolled",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// Moves the moment at which a hook is looked at next, with its place in the table of those.
fn wake_at(tx: &mut dyn Tx, key: (PartyId, HookId), hook: &mut Hook, at: Option<Moment>) -> Result<(), Fault> {
    if hook.wake == at {
        return Ok(());
    }
    if let Some(before) = hook.wake {
        WAKE.delete(tx, &(before, key.0, key.1))?;
    }
    if let Some(at) = at {
        WAKE.put(tx, &(at, key.0, key.1), &())?;
    }
    hook.wake = at;
    Ok(())
}

impl Shop {
    fn hooks_vault(&self) -> Vault {
        Vault::new(&self.keys.derive("shop/vault", &[]), "hooks")
    }

    fn hook_secret(&self, id: HookId, sealed: &[u8]) -> Result<Secret, Fault> {
        let damaged = || Fault::Corrupt {
            table: HOOKS.table().name(),
            why: "a hook's secret; are these the shop's own keys?".to_owned(),
        };
        let plain = self.hooks_vault().unlock(&id, sealed).map_err(|_| damaged())?;
        Secret::from_slice(&zeroize::Zeroizing::new(plain)).ok_or_else(damaged)
    }

    /// The addresses of a publisher that are told, the oldest first, each with at most `limit` of its latest events.
    pub fn hooks(&self, view: &mut dyn View, publisher: PartyId, limit: usize) -> Result<Vec<HookShown>, Fault> {
        let mut hooks = Vec::new();
        for ((_, id), hook) in HOOKS.range(view, Keys::under(&publisher), HOOKS_MAX)? {
            let events = EVENTS.range(view, Keys::under(&id).newest_first(), limit)?;
            let events = events.into_iter().map(|((_, at, _), event)| (at, event)).collect();
            hooks.push(HookShown { id, hook, events });
        }
        hooks.sort_by_key(|it| it.hook.since);
        Ok(hooks)
    }
}
