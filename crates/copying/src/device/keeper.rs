//! Keeper: asks for keys, keeps them, compares ids, and gives the key of a copy to nobody but the registered devices
//! (CM-3 to CM-5).
//!
//! Whoever drives it writes [`Keeper::save`] down before an ask leaves, and after every answer: an ask is said again with
//! the same bytes until it is answered, so a lost answer loses nothing.

use minicbor::{Decode, Encode, bytes::ByteVec};
use package::ContentKey;
use seal::{NotUnlocked, Secret, Seed, Vault, cbor};
use units::{Again, Moment, Money, PartyId, Refusal};

use super::Body;
use crate::{
    ids::{Bound, DeliveryId, RequestId, UserId},
    sentence,
    server::EraseOrder,
    wire::{Answer, Ask, Charge, Grant, NotReadable, Open, Said, Source, Wanted, Wish, open_ids},
};

/// The most a keeper remembers, in bytes: keys of tens of thousands of copies.
const MEMORY_MAX: usize = 16 << 20;

#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
struct Memory {
    #[n(0)]
    count: u64,
    #[n(1)]
    user: Option<UserId>,
    #[n(2)]
    until: Moment,
    #[n(3)]
    grants: Vec<Grant>,
    /// The ask that is not answered.
    #[n(4)]
    open: Option<ByteVec>,
    /// The latest repair's order that was carried out.
    #[n(5)]
    erased: Option<RequestId>,
    /// A reissue brought keys up to this copy, and there are more.
    #[n(6)]
    rest: Option<DeliveryId>,
    /// Copies that are complete and not reported.
    #[n(7)]
    unreported: Vec<DeliveryId>,
}

/// A device that keeps keys.
#[derive(Debug)]
pub struct Keeper {
    body: Body,
    memory: Memory,
}

/// Why nothing was asked, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// Another question waits for its answer.
    #[error("{}", sentence::english("keeper-waiting").unwrap_or_default())]
    Waiting,
    /// It has no User ID.
    #[error("{}", sentence::english("user-invalid").unwrap_or_default())]
    NotRegistered,
    /// There is no such copy here, or it is not complete.
    #[error("this card holds no finished copy of that number")]
    NoCopy,
}

impl Refusal for NotAsked {
    fn code(&self) -> &'static str {
        match self {
            Self::Waiting => "keeper-waiting",
            Self::NotRegistered => "user-invalid",
            Self::NoCopy => "no-copy",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// Why an answer was not taken. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    /// Nothing was asked.
    #[error("this card asked nothing")]
    NothingAsked,
    /// Not for this card, or not for this question.
    #[error("this is no answer to what this card asked: {0}")]
    NotReadable(#[from] NotReadable),
    /// It says something else than was asked.
    #[error("this answers another question")]
    OtherAnswer,
}

/// Why a key is not given, in the source's words. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// Copying, to these devices.
    #[error("{}", sentence::english("copy-not-permitted").unwrap_or_default())]
    Copy,
    /// Playing, on these devices.
    #[error("{}", sentence::english("playback-not-permitted").unwrap_or_default())]
    Playback,
}

impl Refusal for NotPermitted {
    fn code(&self) -> &'static str {
        match self {
            Self::Copy => "copy-not-permitted",
            Self::Playback => "playback-not-permitted",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// What an answer brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A User ID, to be shown once and kept on paper.
    Registered(UserId),
    /// Keys, and what they cost.
    Given(DeliveryId, Charge),
    /// A copy counts as complete.
    Completed,
    /// A repair's erasing is confirmed.
    Erased,
    /// This card replaces a lost one, with so many copies.
    Reissued(usize),
}

impl Keeper {
    /// A new one.
    pub fn new(body: Body) -> Self {
        Self {
            body,
            memory: Memory::default(),
        }
    }
    /// From what was saved.
    pub fn load(body: Body, sealed: &[u8]) -> Result<Self, NotReadable> {
        let plain = Vault::new(body.key(), "keeper").unlock(&body.id().0, sealed)?;
        let plain = zeroize::Zeroizing::new(plain);
        let memory = cbor::from_bytes_within(&plain, MEMORY_MAX)?;
        Ok(Self { body, memory })
    }
    /// Everything it remembers, under its own key: to be written down before it speaks.
    pub fn save(&self, seed: &Seed) -> Vec<u8> {
        let plain = zeroize::Zeroizing::new(cbor::to_bytes(&self.memory));
        Vault::new(self.body.key(), "keeper").lock(&self.body.id().0, &plain, &seed.part("keeper"))
    }
    /// The device itself.
    pub const fn body(&self) -> &Body {
        &self.body
    }
    /// Is a user registered?
    pub const fn is_registered(&self) -> bool {
        self.memory.user.is_some()
    }
    /// The question that is not answered yet: to be said again as it is.
    pub fn open_ask(&self) -> Option<&[u8]> {
        self.memory.open.as_ref().map(|bytes| bytes.as_slice())
    }
    /// The copies it holds keys of: number, source, title, and whether the medium's key is still here.
    pub fn copies(&self) -> impl Iterator<Item = (DeliveryId, Source, &str, bool)> {
        let one = |grant: &'_ Grant| (grant.delivery, grant.source, grant.content.is_some());
        self.memory.grants.iter().map(move |grant| {
            let (delivery, source, open) = one(grant);
            (delivery, source, grant.title.as_str(), open)
        })
    }
    /// The keys of a copy.
    pub fn grant(&self, delivery: DeliveryId) -> Option<&Grant> {
        self.memory.grants.iter().find(|grant| grant.delivery == delivery)
    }

    fn ask(&mut self, wanted: Wanted, wish: &Wish, via: Option<PartyId>, seed: &Seed) -> Result<Vec<u8>, NotAsked> {
        if self.memory.open.is_some() {
            return Err(NotAsked::Waiting);
        }
        self.memory.count = self.memory.count.saturating_add(1);
        let bare = Ask {
            keeper: self.body.id(),
            request: RequestId(seed.id("request")),
            count: self.memory.count,
            via,
            wanted,
            sealed: Vec::new().into(),
        };
        let bytes = bare.seal(self.body.key(), wish, &seed.part("seal")).bytes();
        self.memory.open = Some(bytes.clone().into());
        Ok(bytes)
    }
    fn user(&self) -> Result<UserId, NotAsked> {
        self.memory.user.clone().ok_or(NotAsked::NotRegistered)
    }

    /// Asks to be registered with these devices; `word` proves a later reissue.
    pub fn register(
        &mut self,
        bound: Bound,
        word: &str,
        via: Option<PartyId>,
        seed: &Seed,
    ) -> Result<Vec<u8>, NotAsked> {
        self.ask(Wanted::Register(bound), &Wish::Register(word.to_owned()), via, seed)
    }
    /// Asks for a key, for at most so much; `named` says to which devices the copy goes.
    pub fn ask_key(
        &mut self,
        source: Source,
        at_most: Money,
        named: Option<Bound>,
        via: Option<PartyId>,
        seed: &Seed,
    ) -> Result<Vec<u8>, NotAsked> {
        let user = self.user()?;
        self.ask(Wanted::Key(at_most), &Wish::Key(user, source, named), via, seed)
    }
    /// Reports a finished copy, whose Content-Key is erased.
    pub fn report(&mut self, delivery: DeliveryId, via: Option<PartyId>, seed: &Seed) -> Result<Vec<u8>, NotAsked> {
        let user = self.user()?;
        if self.grant(delivery).is_none_or(|grant| grant.content.is_some()) {
            return Err(NotAsked::NoCopy);
        }
        self.ask(Wanted::Complete, &Wish::Complete(user, delivery), via, seed)
    }
    /// A new card asks to replace a lost one.
    pub fn replace(
        &mut self,
        user: UserId,
        word: &str,
        via: Option<PartyId>,
        seed: &Seed,
    ) -> Result<Vec<u8>, NotAsked> {
        self.ask(Wanted::Reissue, &Wish::Reissue(user, word.to_owned()), via, seed)
    }
    /// Are there keys of a reissue that this card has not got yet? Then ask [`Keeper::fetch_rest`].
    pub const fn has_rest(&self) -> bool {
        self.memory.rest.is_some()
    }
    /// Asks for the keys that did not fit into one answer to a reissue.
    pub fn fetch_rest(&mut self, via: Option<PartyId>, seed: &Seed) -> Result<Vec<u8>, NotAsked> {
        let user = self.user()?;
        let last = self.memory.rest.ok_or(NotAsked::NoCopy)?;
        self.ask(Wanted::Rest, &Wish::Rest(user, last), via, seed)
    }
    /// Carries a repair's order out (Content-Gen-Keys and ids are erased) and asks for its confirmation.
    pub fn erase(&mut self, order: &EraseOrder, via: Option<PartyId>, seed: &Seed) -> Result<Vec<u8>, NotAsked> {
        order.open(self.body.key()).map_err(|_| NotAsked::NotRegistered)?;
        if self.memory.open.is_some() {
            return Err(NotAsked::Waiting);
        }
        if self.memory.erased != Some(order.order) {
            self.memory.grants.clear();
            self.memory.unreported.clear();
            self.memory.erased = Some(order.order);
        }
        self.ask(Wanted::Erased, &Wish::Erased(order.order), via, seed)
    }
    /// The open question was refused for good: another may be asked.
    pub fn refused(&mut self) {
        self.memory.open = None;
    }

    /// Hears an answer. The open question is answered then.
    pub fn hear(&mut self, answer: &Answer) -> Result<Heard, NotHeard> {
        let ask = self.memory.open.as_ref().ok_or(NotHeard::NothingAsked)?;
        let said = answer.read(ask, self.body.key())?;
        let heard = match (said, &answer.open) {
            (Said::Registered(user, until), Open::Registered) => {
                self.memory.user = Some(user.clone());
                self.memory.until = until;
                Heard::Registered(user)
            }
            (Said::Given(grant, until), Open::Given(charge)) if grant.delivery == charge.delivery => {
                self.memory.until = until;
                let delivery = grant.delivery;
                match self.memory.grants.iter_mut().find(|held| held.delivery == delivery) {
                    // Given once more after a complete copy, where the publisher allows it: it is copied anew, and erased anew.
                    Some(held) => *held = grant,
                    None => self.memory.grants.push(grant),
                }
                Heard::Given(delivery, *charge)
            }
            (Said::Done, Open::Completed) => {
                if let Some(done) = self.reporting() {
                    self.memory.unreported.retain(|delivery| *delivery != done);
                }
                Heard::Completed
            }
            (Said::Done, Open::Erased) => Heard::Erased,
            (Said::Reissued(user, until, grants, rest), Open::Reissued) => {
                self.memory.user = Some(user);
                self.memory.until = until;
                if self.memory.rest.take().is_none() {
                    self.memory.grants.clear();
                }
                for grant in grants {
                    // A copy made while the rest was fetched is here already.
                    if self.grant(grant.delivery).is_none() {
                        self.memory.grants.push(grant);
                    }
                }
                self.memory.rest = rest;
                Heard::Reissued(self.memory.grants.len())
            }
            _ => return Err(NotHeard::OtherAnswer),
        };
        self.memory.open = None;
        Ok(heard)
    }

    /// Content-Key and copy's key, for a copy that goes on now to these devices (CM-4).
    pub(crate) fn copy_keys(
        &self,
        delivery: DeliveryId,
        player: &Body,
        drive: &Body,
        now: Moment,
    ) -> Result<(ContentKey, ContentKey), NotPermitted> {
        let grant = self.grant(delivery).ok_or(NotPermitted::Copy)?;
        let copy = self.unlock(grant, player, drive, now).ok_or(NotPermitted::Copy)?;
        let content = grant
            .content
            .as_ref()
            .and_then(|key| Secret::from_slice(key))
            .ok_or(NotPermitted::Copy)?;
        Ok((ContentKey::from_secret_bytes(*content.expose()), copy))
    }
    /// The devices a copy is bound to.
    pub fn bound_to(&self, delivery: DeliveryId) -> Option<Bound> {
        let grant = self.grant(delivery)?;
        let generation = Secret::from_slice(&grant.generation)?;
        open_ids(&generation, delivery, &grant.ids).ok()
    }
    /// The key of a finished copy, for playing it on these devices (CM-5). No network is asked.
    pub fn play_key(
        &self,
        delivery: DeliveryId,
        player: &Body,
        drive: &Body,
        now: Moment,
    ) -> Result<ContentKey, NotPermitted> {
        let grant = self.grant(delivery).ok_or(NotPermitted::Playback)?;
        self.unlock(grant, player, drive, now).ok_or(NotPermitted::Playback)
    }
    /// A copy is complete: its medium's key is erased.
    pub fn copied(&mut self, delivery: DeliveryId) {
        if let Some(grant) = self.memory.grants.iter_mut().find(|grant| grant.delivery == delivery)
            && let Some(content) = grant.content.take()
        {
            drop(zeroize::Zeroizing::new(Vec::from(content)));
            if !self.memory.unreported.contains(&delivery) {
                self.memory.unreported.push(delivery);
            }
        }
    }
    /// Copies that are complete, and not reported yet.
    pub fn unreported(&self) -> &[DeliveryId] {
        &self.memory.unreported
    }
    /// The copy that the open question reports.
    fn reporting(&self) -> Option<DeliveryId> {
        let ask = Ask::parse(self.memory.open.as_ref()?).ok()?;
        match ask.open(self.body.key()) {
            Ok(Wish::Complete(_, delivery)) => Some(delivery),
            _ => None,
        }
    }
    /// What the open question wants, if there is one.
    pub fn wants(&self) -> Option<Wanted> {
        Ask::parse(self.memory.open.as_ref()?).ok().map(|ask| ask.wanted)
    }
    /// The User ID, for whoever shows it to its user once.
    pub const fn user_id(&self) -> Option<&UserId> {
        self.memory.user.as_ref()
    }

    /// The key of a copy: from the Content-Gen-Key and what the very devices add whose ids stand under it.
    fn unlock(&self, grant: &Grant, player: &Body, drive: &Body, now: Moment) -> Option<ContentKey> {
        if now >= self.memory.until {
            return None;
        }
        let generation = Secret::from_slice(&grant.generation)?;
        let bound = open_ids(&generation, grant.delivery, &grant.ids).ok()?;
        let others = bound.player.is_some_and(|id| id != player.id()) || bound.drive.is_some_and(|id| id != drive.id());
        if others || bound.keeper().map(|(id, _)| id) != Some(self.body.id()) {
            return None;
        }
        let part = |is: bool, body: &Body| {
            if is {
                body.part(grant.delivery).expose().to_vec()
            } else {
                Vec::new()
            }
        };
        let player = zeroize::Zeroizing::new(part(bound.player.is_some(), player));
        let drive = zeroize::Zeroizing::new(part(bound.drive.is_some(), drive));
        let key = generation.derive("key of a copy", &[&player, &drive]);
        Some(ContentKey::from_secret_bytes(*key.expose()))
    }
}

impl From<NotUnlocked> for NotHeard {
    fn from(no: NotUnlocked) -> Self {
        Self::NotReadable(no.into())
    }
}
