//! The image: everything a card keeps, and the entries that change it.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use deal::{Entry, State, lost::Elder};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Realm, cbor};
use units::{CardNo, LicenseId, PartyId};

use crate::{
    Limits, Line, Provider,
    counter::{Counter, Stock},
    lock::Lock,
};

/// The most lines of history a card keeps; the oldest go first.
pub const HISTORY_MAX: usize = 2000;

/// Everything a card keeps between two steps. Encoded canonically and sealed under Km.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Image {
    /// Layout of this image.
    #[n(0)]
    pub version: u8,
    /// The realm it lives in.
    #[n(1)]
    pub realm: Realm,
    /// Its number, once enrolled.
    #[n(2)]
    pub card: Option<CardNo>,
    /// Its own certificate.
    #[n(3)]
    pub certificate: ByteVec,
    /// Km[Kus]: the card's own secret under its master key.
    #[n(4)]
    pub secret: ByteVec,
    /// Deals, money, licenses.
    #[n(5)]
    pub state: State,
    /// PIN.
    #[n(6)]
    pub lock: Lock,
    /// The issuer's certificate.
    #[n(7)]
    pub issuer: ByteVec,
    /// Certifiers of the realm.
    #[n(8)]
    pub certifiers: Vec<ByteVec>,
    /// Revoked certificates, and the number of that list.
    #[n(9)]
    pub revoked: Vec<(ByteVec, u64)>,
    /// Highest list number seen.
    #[n(10)]
    pub revoked_no: u64,
    /// How many tags were ever made: each gets its own name.
    #[n(11)]
    pub tags_made: u64,
    /// Keys are kept opened (XD-6) or as they came (XD-7).
    #[n(12)]
    pub keep_opened: bool,
    /// What moved.
    #[n(13)]
    pub history: Vec<Line>,
    /// Latest contact with the issuer, by trusted time.
    #[n(14)]
    pub last_contact: units::Moment,
    /// Signed `done`s that nobody has taken yet: giver, sealed bytes.
    #[n(15)]
    pub dones: Vec<([u8; 16], ByteVec)>,
    /// Titles by open deal, so that what is on its way has a name.
    #[n(16)]
    pub titles: Vec<(units::DealId, String)>,
    /// How many copies each license here has made (SD-11); none, if none has made any.
    #[n(17)]
    pub copies: Option<BTreeMap<LicenseId, u32>>,
    /// Network providers that publishers are reached by, as the wallet's own contact with their servers taught (SD-16).
    #[n(18)]
    pub providers: Option<BTreeMap<PartyId, Provider>>,
    /// The seller's side, if this card is a counter.
    #[n(19)]
    pub counter: Option<Counter>,
    /// What its holder lets it spend; none: what the issuer lets it.
    #[n(20)]
    pub limits: Option<Limits>,
    /// Cards of this holder that were lost and whose place this one has taken.
    #[n(21)]
    pub elders: Option<Vec<Elder>>,
}

/// One journal entry of a card.
#[expect(
    clippy::large_enum_variant,
    reason = "one at a time, written at once: a box would only cost"
)]
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Change {
    /// The card is a player: its certificate, and certifiers of the realm.
    #[n(40)]
    Player(#[n(0)] ByteVec, #[n(1)] Vec<ByteVec>),
    /// Certifiers that were shown with a pairing.
    #[n(41)]
    Certifiers(#[n(0)] Vec<ByteVec>),
    /// A deal's entry, with its line of history and the `done` that follows from it.
    #[n(0)]
    Deal(#[n(0)] Entry, #[n(1)] Option<Line>, #[n(2)] Option<([u8; 16], ByteVec)>),
    /// Enrolled: number, certificate, limits.
    #[n(1)]
    Enrolled(#[n(0)] CardNo, #[n(1)] ByteVec, #[n(2)] deal::Profile),
    /// News of a contact.
    #[n(2)]
    News(#[n(0)] NewsKept),
    /// The PIN's counter and verifier.
    #[n(3)]
    Lock(#[n(0)] Lock),
    /// So many tags have been made.
    #[n(4)]
    TagsMade(#[n(0)] u64),
    /// These `done`s were taken.
    #[n(5)]
    DonesTaken(#[n(0)] Vec<[u8; 16]>),
    /// How keys are kept from now on.
    #[n(6)]
    KeepOpened(#[n(0)] bool),
    /// Several changes of one decision.
    #[n(7)]
    All(#[n(0)] Vec<Change>),
    /// A license has made one more copy.
    #[n(8)]
    Copied(#[n(0)] LicenseId),
    /// A publisher's network provider is known.
    #[n(9)]
    Provider(#[n(0)] PartyId, #[n(1)] Provider),
    /// The card is a counter from now on, under this seller's certificate.
    #[n(10)]
    Counter(#[n(0)] ByteVec),
    /// An offer is on its shelf.
    #[n(11)]
    Stocked(#[n(0)] Stock),
    /// One of it was sold.
    #[n(12)]
    Sold(#[n(0)] units::Hash),
    /// The holder set limits.
    #[n(13)]
    Limits(#[n(0)] Limits),
    /// A line of history alone.
    #[n(14)]
    Noted(#[n(0)] Line),
    /// A lost card's secret and the state of its loss, in place of what was known of it.
    #[n(30)]
    Elder(#[n(0)] Elder),
}

/// What a contact leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct NewsKept {
    #[n(0)]
    pub(crate) issuer: ByteVec,
    #[n(1)]
    pub(crate) certifiers: Vec<ByteVec>,
    #[n(2)]
    pub(crate) revoked: Vec<(ByteVec, u64)>,
    #[n(3)]
    pub(crate) revoked_no: u64,
    #[n(4)]
    pub(crate) at: units::Moment,
}

/// A card's memory cannot be read: damaged, cut in the middle, another card's, or another master key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the card's memory is damaged or belongs to another card (record {0}); restore it from its recovery copy, or ask the issuer to reissue it"
)]
pub struct Damaged(pub u64);

impl units::Refusal for Damaged {
    fn code(&self) -> &'static str {
        "card-damaged"
    }
    fn again(&self) -> units::Again {
        units::Again::AfterYouAct
    }
}

impl Image {
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Deal(entry, line, done) => self.apply_deal(entry, line.as_ref(), done.as_ref()),
            Change::Enrolled(card, certificate, profile) => {
                self.card = Some(*card);
                self.certificate = certificate.clone();
                self.state.profile = profile.clone();
            }
            Change::News(news) => {
                self.issuer = news.issuer.clone();
                self.certifiers = news.certifiers.clone();
                if news.revoked_no >= self.revoked_no {
                    self.revoked = news.revoked.clone();
                    self.revoked_no = news.revoked_no;
                }
                self.last_contact = self.last_contact.max(news.at);
            }
            Change::Lock(lock) => self.lock = lock.clone(),
            Change::Elder(elder) => {
                let elders = self.elders.get_or_insert_default();
                match elders.iter_mut().find(|e| e.card == elder.card) {
                    Some(known) => *known = elder.clone(),
                    None => elders.push(elder.clone()),
                }
            }
            Change::Player(certificate, certifiers) => {
                self.certificate = certificate.clone();
                self.learn(certifiers);
            }
            Change::Certifiers(certifiers) => self.learn(certifiers),
            Change::Noted(line) => self.note(line),
            Change::Limits(limits) => self.limits = Some(*limits),
            Change::TagsMade(n) => self.tags_made = (*n).max(self.tags_made),
            Change::DonesTaken(givers) => self.dones.retain(|(giver, _)| !givers.contains(giver)),
            Change::KeepOpened(keep) => self.keep_opened = *keep,
            Change::All(changes) => changes.iter().for_each(|c| self.apply(c)),
            Change::Copied(license) => {
                let made = self.copies.get_or_insert_default().entry(*license).or_default();
                *made = made.saturating_add(1);
            }
            Change::Counter(certificate) => match &mut self.counter {
                Some(counter) => counter.certificate = certificate.clone(),
                None => {
                    self.counter = Some(Counter {
                        certificate: certificate.clone(),
                        shelf: Vec::new(),
                    })
                }
            },
            Change::Stocked(stock) => {
                if let Some(counter) = &mut self.counter {
                    counter.shelf.push(stock.clone());
                }
            }
            Change::Sold(offer) => {
                let shelf = self.counter.iter_mut().flat_map(|c| c.shelf.iter_mut());
                shelf.filter(|s| s.offer_hash() == *offer).for_each(Stock::count);
            }
            Change::Provider(publisher, provider) => {
                self.providers
                    .get_or_insert_default()
                    .insert(*publisher, provider.clone());
            }
        }
    }

    fn apply_deal(&mut self, entry: &Entry, line: Option<&Line>, done: Option<&([u8; 16], ByteVec)>) {
        match (entry, line) {
            (Entry::Paid(paid), Some(line)) => self.titles.push((paid.deal, line.title.clone())),
            (Entry::Given(given, ..), Some(line)) => self.titles.push((given.deal, line.title.clone())),
            (Entry::Closed(deal, ..) | Entry::Voided(deal, ..), _) => self.titles.retain(|(d, _)| d != deal),
            (Entry::Freed(deals), _) => self.titles.retain(|(d, _)| !deals.contains(d)),
            (Entry::Cleared(cleared), _) => self.titles.retain(|(d, _)| !cleared.deals.contains(d)),
            (Entry::Resumed(_), _) => self.titles.clear(),
            _ => {}
        }
        self.state.apply(entry);
        if let Some(line) = line {
            self.note(line);
        }
        if let Some(done) = done {
            self.dones.push(done.clone());
        }
    }

    /// One more line of history; the oldest makes room.
    fn note(&mut self, line: &Line) {
        if self.history.len() >= HISTORY_MAX {
            self.history.remove(0);
        }
        self.history.push(line.clone());
    }

    /// Certifiers, each kept once.
    fn learn(&mut self, certifiers: &[ByteVec]) {
        for one in certifiers {
            if !self.certifiers.contains(one) {
                self.certifiers.push(one.clone());
            }
        }
    }
    /// How many copies a license here has made.
    pub(crate) fn copies_made(&self, license: LicenseId) -> u32 {
        self.copies.as_ref().and_then(|c| c.get(&license)).copied().unwrap_or(0)
    }

    /// The canonical bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        cbor::to_bytes(self)
    }
}
