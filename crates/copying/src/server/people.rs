//! People: what operators do at the desk, each within a role, each act in the trail; above the limits two of them (CM-7,
//! row-73, row-97).

use minicbor::{Decode, Encode, bytes::ByteVec};
use party::epoch;
use seal::{Seed, Vault, cbor};
use store::{Fault, Keys, Tx, Value, View};
use units::{Again, Moment, Refusal, Span};

use super::{
    AskRefused, CopyServer,
    ask::Reading,
    rows::{BY_KEEPER, DEVICES, Death, ENTRIES, ERASING, Entry, Erasing, GIVEN, MEDIA, OF_ENTRY, PROPOSALS, Use},
    trail::Act,
};
use crate::{
    ids::{Bound, DeliveryId, DeviceId, DeviceKind, EntryId, RequestId},
    wire::{Open, Said, Source},
};

/// What limits count over.
pub(super) const YEAR: Span = Span::days(365);

/// What an operator's account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads histories and the trail.
    Auditor,
    /// Makes media and devices.
    Maker,
    /// Serves users: repairs and exchanges.
    Counter,
    /// The same, and decides what is above the limits, if another one proposed it.
    Chief,
}

/// A kind of act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Reading.
    Look,
    /// Production.
    Make,
    /// Repairs, exchanges, proposals.
    Serve,
    /// Deciding proposals.
    Decide,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 4] = [Self::Look, Self::Make, Self::Serve, Self::Decide];
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Auditor, Self::Maker, Self::Counter, Self::Chief];
    /// May it?
    pub const fn may(self, duty: Duty) -> bool {
        match duty {
            Duty::Look => !matches!(self, Self::Maker),
            Duty::Make => matches!(self, Self::Maker),
            Duty::Serve => matches!(self, Self::Counter | Self::Chief),
            Duty::Decide => matches!(self, Self::Chief),
        }
    }
    /// The role of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Maker => "maker",
            Self::Counter => "counter",
            Self::Chief => "chief",
        }
    }
}

/// A signed-in operator, as whoever checked the sign-in says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    /// The account.
    pub who: [u8; 16],
    /// Its role.
    pub role: Role,
}

/// What waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposal {
    /// Who proposed it.
    #[n(0)]
    pub by: [u8; 16],
    /// When.
    #[n(1)]
    pub at: Moment,
    /// What.
    #[n(2)]
    pub what: Proposed,
    /// Why.
    #[n(3)]
    pub reason: String,
    /// Who decided it, when, and how.
    #[n(4)]
    pub decided: Option<([u8; 16], Moment, bool)>,
}
impl Value for Proposal {}

/// What can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Proposed {
    /// One repair more than a user may have: keeper, broken device, its replacement.
    #[n(0)]
    Repair(#[n(0)] DeviceId, #[n(1)] DeviceId, #[n(2)] DeviceId),
    /// One reissue more, for the user of this card.
    #[n(1)]
    Reissue(#[n(0)] DeviceId),
}

/// What a card is told to erase: sealed under its key, put in by the operator's terminal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EraseOrder {
    /// Its number.
    #[n(0)]
    pub order: RequestId,
    /// For which keeper.
    #[n(1)]
    pub keeper: DeviceId,
    /// The user's devices from now on, under the keeper's key.
    #[n(2)]
    pub sealed: ByteVec,
}

impl EraseOrder {
    /// Read by the keeper.
    pub fn open(&self, key: &seal::Secret) -> Result<Bound, crate::wire::NotReadable> {
        let plain = Vault::new(key, "erase").unlock(&self.order.0, &self.sealed)?;
        Ok(cbor::from_bytes(&plain)?)
    }
}

/// What became of an operator's act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Done: the order for the user's card.
    Done(EraseOrder),
    /// Above the limit: it waits for a second person, under this number.
    Waits(RequestId),
}

/// Why an operator's act was refused, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskRefused {
    /// The server is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] epoch::NotReconciled),
    /// Not this role's duty.
    #[error("the role {0} may not do this; ask somebody who may")]
    NotYourDuty(&'static str),
    /// No reason was written.
    #[error("write why, in 3 to 500 characters; it stands in the trail")]
    NoReason,
    /// No user is registered with this card.
    #[error("no user is registered with this card, player or drive; compare the label")]
    NoUser,
    /// The broken device is not one of this user's.
    #[error("this device is not registered to this user; compare the label")]
    NotTheirs,
    /// A keeper cannot be exchanged like this.
    #[error("this device keeps the user's keys: let the user ask for a new card with User ID and word")]
    KeepsTheKeys,
    /// The replacement is unknown, dead, of another kind, or the same.
    #[error("the replacement is no unused device of the same kind; take one from stock")]
    NoReplacement,
    /// No such proposal, or it is decided.
    #[error("there is no such open proposal")]
    NoProposal,
    /// Whoever proposed it cannot decide it.
    #[error("two people: somebody else decides what you proposed")]
    SamePerson,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DeskRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotYourDuty(_) => "not-your-duty",
            Self::NoReason => "no-reason",
            Self::NoUser => "no-user",
            Self::NotTheirs => "not-theirs",
            Self::KeepsTheKeys => "keeps-the-keys",
            Self::NoReplacement => "no-replacement",
            Self::NoProposal => "no-proposal",
            Self::SamePerson => "same-person",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl CopyServer {
    /// Lets an operator's act pass, or not.
    pub fn permit(&self, view: &mut dyn View, hand: &Hand, duty: Duty) -> Result<(), DeskRefused> {
        if duty != Duty::Look {
            epoch::require::<DeskRefused>(view)?;
        }
        if hand.role.may(duty) {
            Ok(())
        } else {
            Err(DeskRefused::NotYourDuty(hand.role.word()))
        }
    }

    /// Exchanges a user's broken player or drive for another one: the old id is dead at once, the card is told to erase, and
    /// once it confirms, the user copies again. Above the limit of a year it waits for a second person.
    #[allow(clippy::too_many_arguments)]
    pub fn repair(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        keeper: DeviceId,
        broken: DeviceId,
        replacement: DeviceId,
        reason: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<Decided, DeskRefused> {
        self.permit(tx, hand, Duty::Serve)?;
        let reason = reasoned(reason)?;
        let (id, entry, _) = self.exchange(tx, keeper, broken, replacement)?;
        let lately = entry.repairs.iter().filter(|at| now.since(**at) < YEAR).count();
        if lately >= self.settings.repairs_max {
            let what = Proposed::Repair(keeper, broken, replacement);
            return Ok(Decided::Waits(self.propose(tx, hand, what, reason, now, seed)?));
        }
        Ok(Decided::Done(self.carry_out(
            tx,
            hand.who,
            (id, entry),
            broken,
            replacement,
            reason,
            now,
            seed,
        )?))
    }

    /// Proposes one reissue more than a year allows, for the user of this card.
    pub fn propose_reissue(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        keeper: DeviceId,
        reason: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<RequestId, DeskRefused> {
        self.permit(tx, hand, Duty::Serve)?;
        let reason = reasoned(reason)?;
        self.entry_of(tx, keeper)?.ok_or(DeskRefused::NoUser)?;
        self.propose(tx, hand, Proposed::Reissue(keeper), reason, now, seed)
    }

    fn propose(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        what: Proposed,
        reason: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<RequestId, DeskRefused> {
        let number = RequestId(seed.part("proposal").id("proposal"));
        let proposal = Proposal {
            by: hand.who,
            at: now,
            what,
            reason: reason.to_owned(),
            decided: None,
        };
        PROPOSALS.put(tx, &number, &proposal)?;
        self.act(tx, hand.who, "proposed", number.to_string(), reason, now)?;
        Ok(number)
    }

    /// A second person decides what a first one proposed.
    pub fn decide_proposal(
        &self,
        tx: &mut dyn Tx,
        hand: &Hand,
        number: RequestId,
        yes: bool,
        now: Moment,
        seed: &Seed,
    ) -> Result<Option<EraseOrder>, DeskRefused> {
        self.permit(tx, hand, Duty::Decide)?;
        let found = PROPOSALS
            .get(tx, &number)?
            .filter(|proposal| proposal.decided.is_none());
        let mut proposal = found.ok_or(DeskRefused::NoProposal)?;
        if proposal.by == hand.who {
            return Err(DeskRefused::SamePerson);
        }
        proposal.decided = Some((hand.who, now, yes));
        let mut order = None;
        if yes {
            match proposal.what {
                Proposed::Repair(keeper, broken, replacement) => {
                    let (id, entry, _) = self.exchange(tx, keeper, broken, replacement)?;
                    let reason = proposal.reason.clone();
                    let at = (id, entry);
                    order = Some(self.carry_out(tx, hand.who, at, broken, replacement, &reason, now, seed)?);
                }
                Proposed::Reissue(keeper) => {
                    let (id, mut entry) = self.entry_of(tx, keeper)?.ok_or(DeskRefused::NoUser)?;
                    entry.allowed = entry.allowed.saturating_add(1);
                    ENTRIES.put(tx, &id, &entry)?;
                }
            }
        }
        PROPOSALS.put(tx, &number, &proposal)?;
        let verb = if yes { "allowed" } else { "declined" };
        self.act(tx, hand.who, verb, number.to_string(), &proposal.reason, now)?;
        Ok(order)
    }

    /// A repair's order, to be put into its user's card: the same bytes as when it was decided, as long as the user's devices
    /// are the same; and since when the card has confirmed it.
    pub fn erase_order(
        &self,
        view: &mut dyn View,
        number: RequestId,
    ) -> Result<Option<(EraseOrder, Option<Moment>)>, Fault> {
        let Some(erasing) = ERASING.get(view, &number)? else {
            return Ok(None);
        };
        let Some(entry) = ENTRIES.get(view, &erasing.entry)? else {
            return Ok(None);
        };
        let sealed = self.sealed_order(view, number, &entry)?;
        Ok(sealed.map(|order| (order, erasing.done)))
    }

    /// The order itself: the nonce follows from what it seals.
    fn sealed_order(&self, view: &mut dyn View, order: RequestId, entry: &Entry) -> Result<Option<EraseOrder>, Fault> {
        let Some((keeper, _)) = entry.bound.keeper() else {
            return Ok(None);
        };
        let Some(made) = DEVICES.get(view, &keeper)? else {
            return Ok(None);
        };
        let key = self.key_of(keeper, &made)?;
        let plain = cbor::to_bytes(&entry.bound);
        let nonce = Seed::new(*key.derive("erase nonce", &[&order.0, &plain]).expose());
        Ok(Some(EraseOrder {
            order,
            keeper,
            sealed: Vault::new(&key, "erase").lock(&order.0, &plain, &nonce).into(),
        }))
    }

    /// Orders of this user's repairs, the newest last: number, and since when it is confirmed.
    pub fn orders_of(&self, view: &mut dyn View, keeper: DeviceId) -> Result<Vec<(RequestId, Option<Moment>)>, Fault> {
        let Some(entry) = BY_KEEPER.get(view, &keeper)? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        ERASING.each::<Fault>(view, Keys::all(), |_, number, erasing| {
            if erasing.entry == entry {
                found.push((number, erasing.done));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Writes down that somebody was given a role at this desk, or lost it: by whoever holds the operator's token, whom no
    /// account names.
    pub fn staffed(&self, tx: &mut dyn Tx, who: [u8; 16], role: Role, given: bool, now: Moment) -> Result<(), Fault> {
        let verb = if given { "role given" } else { "role taken" };
        self.note(
            tx,
            Act {
                at: now,
                who: None,
                verb: verb.into(),
                about: format!("{} is {}", RequestId(who), role.word()),
                reason: "by the operator's token".into(),
            },
        )
    }

    /// Proposals, all of them; the open ones are those without a decision.
    pub fn proposals(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(RequestId, Proposal)>, Fault> {
        PROPOSALS.range(view, Keys::all(), limit)
    }

    /// Checks an exchange: whose, what, against what.
    fn exchange(
        &self,
        tx: &mut dyn Tx,
        keeper: DeviceId,
        broken: DeviceId,
        replacement: DeviceId,
    ) -> Result<(EntryId, Entry, DeviceKind), DeskRefused> {
        let (id, entry) = self.entry_of(tx, keeper)?.ok_or(DeskRefused::NoUser)?;
        let kind = entry.bound.each().find(|(id, _)| *id == broken).map(|(_, kind)| kind);
        let kind = kind.ok_or(DeskRefused::NotTheirs)?;
        if broken == keeper {
            return Err(DeskRefused::KeepsTheKeys);
        }
        if broken == replacement || self.good(tx, replacement, kind)?.is_none() {
            return Err(DeskRefused::NoReplacement);
        }
        Ok((id, entry, kind))
    }

    #[allow(clippy::too_many_arguments)]
    fn carry_out(
        &self,
        tx: &mut dyn Tx,
        who: [u8; 16],
        (id, mut entry): (EntryId, Entry),
        broken: DeviceId,
        replacement: DeviceId,
        reason: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<EraseOrder, DeskRefused> {
        let swap = |at: &mut Option<DeviceId>| {
            if *at == Some(broken) {
                *at = Some(replacement)
            }
        };
        swap(&mut entry.bound.player);
        swap(&mut entry.bound.drive);
        entry.repairs.push(now);
        ENTRIES.put(tx, &id, &entry)?;
        if let Some(mut device) = DEVICES.get(tx, &broken)? {
            device.dead = device.dead.or(Some((now, Death::Replaced)));
            DEVICES.put(tx, &broken, &device)?;
        }
        let mut deliveries: Vec<DeliveryId> = Vec::new();
        OF_ENTRY.each::<Fault>(tx, Keys::under(&id), |view, (_, _, delivery), ()| {
            if GIVEN.get(view, &delivery)?.is_some_and(|given| given.cleared.is_none()) {
                deliveries.push(delivery);
            }
            Ok(())
        })?;
        let order = RequestId(seed.part("erase").id("erase"));
        ERASING.put(
            tx,
            &order,
            &Erasing {
                entry: id,
                deliveries,
                done: None,
            },
        )?;
        self.act(
            tx,
            who,
            "device exchanged",
            format!("{broken} is now {replacement}"),
            reason,
            now,
        )?;
        self.sealed_order(tx, order, &entry)?.ok_or(DeskRefused::NoUser)
    }

    /// A card confirms that it erased what a repair asked for: now the flags of that user's media are freed, for that user.
    pub(super) fn erased(
        &self,
        tx: &mut dyn Tx,
        reading: &Reading<'_>,
        order: RequestId,
    ) -> Result<Vec<u8>, AskRefused> {
        let (id, entry) = self.entry_of(tx, reading.ask.keeper)?.ok_or(AskRefused::UserInvalid)?;
        let found = ERASING.get(tx, &order)?.filter(|erasing| erasing.entry == id);
        let mut erasing = found.ok_or(AskRefused::UserInvalid)?;
        if erasing.done.is_none() {
            erasing.done = Some(reading.now);
            for delivery in &erasing.deliveries {
                let Some(mut given) = GIVEN.get(tx, delivery)? else {
                    continue;
                };
                given.cleared = Some(reading.now);
                GIVEN.put(tx, delivery, &given)?;
                if let Source::Medium(medium) = given.source
                    && let Some(mut row) = MEDIA.get(tx, &medium)?
                {
                    row.used = Use::Freed(id, *delivery);
                    MEDIA.put(tx, &medium, &row)?;
                }
            }
            ERASING.put(tx, &order, &erasing)?;
            let about = format!("{} keys of card {}", erasing.deliveries.len(), reading.ask.keeper);
            self.note(
                tx,
                Act {
                    at: reading.now,
                    who: None,
                    verb: "erased, flags freed".into(),
                    about,
                    reason: "confirmed by the card".into(),
                },
            )?;
        }
        self.say(tx, reading, &entry, Open::Erased, &Said::Done)
    }

    fn act(
        &self,
        tx: &mut dyn Tx,
        who: [u8; 16],
        verb: &str,
        about: String,
        reason: &str,
        now: Moment,
    ) -> Result<(), Fault> {
        self.note(
            tx,
            Act {
                at: now,
                who: Some(who),
                verb: verb.into(),
                about,
                reason: reason.into(),
            },
        )
    }
}

fn reasoned(reason: &str) -> Result<&str, DeskRefused> {
    let reason = reason.trim();
    if (3..=500).contains(&reason.chars().count()) {
        Ok(reason)
    } else {
        Err(DeskRefused::NoReason)
    }
}
