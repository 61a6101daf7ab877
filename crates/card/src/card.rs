//! The card: its image, its secrets, and the one way to change it.

use alloc::{vec, vec::Vec};
use minicbor::bytes::ByteVec;
use seal::{Opener, Realm, Secret, Seed, Signer, Trust, Vault, cbor};
use units::{Again, CardNo, DealId, Moment, RealmId, Refusal, Tag};

use crate::{Damaged, Durable, Image, Journal, image::Change, known::Known, lock::Lock, run::Runs};

/// How much a journal may grow before it is folded into a snapshot, in records.
const RECORDS_MAX: usize = 512;
/// The largest snapshot that is read back: ten thousand licenses of a few kilobytes.
const SNAPSHOT_MAX: usize = 256 << 20;

/// Something outside the rules went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The journal did not take the entry: nothing has changed, and nothing was said.
    #[error("the card could not write to its memory (full or broken?): nothing has changed; make room and try again")]
    Storage,
    /// The card has not been enrolled with an issuer.
    #[error("this card is not enrolled with an issuer yet")]
    NotEnrolled,
    /// A computation that cannot fail did; nothing has changed.
    #[error("the card could not seal a message; nothing has changed")]
    Seal,
}

impl Refusal for Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::Storage => "card-storage",
            Self::NotEnrolled => "card-not-enrolled",
            Self::Seal => "card-seal",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// How a card keeps content keys at rest; both are sealed under Km.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Opened when they arrive: Km[Ke] (XD-6).
    Opened,
    /// As they came, opened when they are used: Km{Kup[Ke]} (XD-7).
    AsTheyCame,
}

/// One card.
pub struct Card<J> {
    pub(crate) image: Image,
    pub(crate) journal: J,
    pub(crate) trust: Trust,
    pub(crate) realm: RealmId,
    pub(crate) known: Known,
    pub(crate) runs: Runs,
    /// How often its holder wants to be asked for what plays only while he answers; a restart forgets it.
    pub(crate) asked_every: units::Span,
    secret: Secret,
    vault: Vault,
    written: u64,
}

impl<J> core::fmt::Debug for Card<J> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Card({:?})", self.image.card.map(|c| c.short()))
    }
}

/// Where a record stands: records open in their own place only, so none can be left out, moved or put back alone.
fn place(n: u64) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/card", n))
}

impl<J: Journal> Card<J> {
    /// A card is born: `master` is Km, made by the protected area and never leaving it; `seed` is fresh. Its memory is
    /// written before this returns.
    pub fn born(
        master: &Secret,
        realm: Realm,
        lock: Lock,
        profile: deal::Profile,
        keeping: Keeping,
        mut journal: J,
        seed: &Seed,
    ) -> Result<Self, Fault> {
        let own = Secret::new(*seed.part("kus").expose());
        let vault = Vault::new(master, "memory");
        let secret = Vault::new(master, "kus").lock(b"kus", own.expose(), &seed.part("kus-seal"));
        let image = Image {
            version: 1,
            realm: realm.clone(),
            card: None,
            certificate: ByteVec::from(vec![]),
            secret: ByteVec::from(secret),
            state: deal::State::new(profile),
            lock,
            issuer: ByteVec::from(vec![]),
            certifiers: vec![],
            revoked: vec![],
            revoked_no: 0,
            tags_made: 0,
            keep_opened: keeping == Keeping::Opened,
            history: vec![],
            last_contact: Moment(0),
            dones: vec![],
            titles: vec![],
            copies: None,
            providers: None,
            counter: None,
            limits: None,
            elders: None,
        };
        let snapshot = snapshot_of(&vault, &image, 0, seed);
        journal.replace(&snapshot)?;
        let realm_id = realm.id();
        Ok(Self {
            image,
            journal,
            trust: Trust::new(realm),
            realm: realm_id,
            known: Known::default(),
            runs: Runs::default(),
            asked_every: crate::ANSWERS_EVERY,
            secret: own,
            vault,
            written: 0,
        })
    }

    /// A card wakes: reads its snapshot and the records after it. The last record may be cut short by a power loss; then it
    /// was never spoken of and is dropped by the journal before this is called.
    pub fn wake(master: &Secret, snapshot: &[u8], records: &[Vec<u8>], journal: J) -> Result<Self, Damaged> {
        let vault = Vault::new(master, "memory");
        let (at, sealed) = snapshot.split_at_checked(8).ok_or(Damaged(0))?;
        let mut written = u64::from_be_bytes(at.try_into().map_err(|_| Damaged(0))?);
        let bytes = vault.unlock(&place(written), sealed).map_err(|_| Damaged(0))?;
        let mut image: Image = cbor::from_bytes_within(&bytes, SNAPSHOT_MAX).map_err(|_| Damaged(0))?;
        for record in records {
            written = written.checked_add(1).ok_or(Damaged(u64::MAX))?;
            let bytes = vault.unlock(&place(written), record).map_err(|_| Damaged(written))?;
            let change: Change = cbor::from_bytes_within(&bytes, SNAPSHOT_MAX).map_err(|_| Damaged(written))?;
            image.apply(&change);
        }
        let own = Vault::new(master, "kus")
            .unlock(b"kus", &image.secret)
            .map_err(|_| Damaged(0))?;
        let secret = Secret::from_slice(&own).ok_or(Damaged(0))?;
        let realm = image.realm.id();
        let mut card = Self {
            trust: Trust::new(image.realm.clone()),
            realm,
            image,
            journal,
            known: Known::default(),
            runs: Runs::default(),
            asked_every: crate::ANSWERS_EVERY,
            secret,
            vault,
            written,
        };
        card.trust_again();
        Ok(card)
    }

    /// The one way to change a card: the entry is durable when this returns [`Durable`], and only then true.
    pub(crate) fn commit(&mut self, change: &Change, seed: &Seed) -> Result<Durable, Fault> {
        let next = self.written.checked_add(1).ok_or(Fault::Storage)?;
        let record = self
            .vault
            .lock(&place(next), &cbor::to_bytes(change), &seed.part("journal"));
        self.journal.append(&record)?;
        // Nothing below can fail: the entry is durable, so it is true.
        self.written = next;
        self.image.apply(change);
        if self.journal.len() >= RECORDS_MAX {
            self.fold(&seed.part("snapshot"));
        }
        Ok(Durable::proven())
    }

    /// Folds the journal into a snapshot. One that cannot be written costs nothing but length.
    pub(crate) fn fold(&mut self, seed: &Seed) {
        let snapshot = snapshot_of(&self.vault, &self.image, self.written, seed);
        let _ = self.journal.replace(&snapshot);
    }

    /// Opens what was sealed to any tag this card ever had: the one it shows now, those used up (newest first, for those
    /// are asked for most), then those it has not shown yet. Nothing is kept for a tag: its keys are derived.
    pub(crate) fn open_by_tag(&self, kind: seal::Kind, sealed: &[u8]) -> Option<(Tag, Vec<u8>)> {
        let open = |tag: Tag| {
            let bytes = deal::wire::open_sealed(&self.tag_opener(tag), kind, sealed).ok()?;
            Some((tag, bytes))
        };
        let unused = &self.image.state.tags;
        let shown = self.image.state.next_tag().map(|(tag, ..)| *tag);
        if let Some(found) = shown.and_then(open) {
            return Some(found);
        }
        let is_unused = |tag: &Tag| unused.iter().any(|(t, ..)| t == tag);
        let epochs = (0..=self.image.state.epoch).rev();
        let made = epochs.flat_map(|epoch| (0..self.image.tags_made).rev().map(move |n| self.tag_name(n, epoch)));
        let used = made.filter(|tag| !is_unused(tag)).find_map(open);
        used.or_else(|| {
            let rest = unused.iter().map(|(t, ..)| *t).filter(|t| Some(*t) != shown);
            rest.into_iter().find_map(open)
        })
    }

    /// Rebuilds what is trusted from what the image remembers.
    pub(crate) fn trust_again(&mut self) {
        self.trust = Trust::new(self.image.realm.clone());
        for certificate in &self.image.certifiers {
            // Each was checked against its root when it came; one that no longer parses is simply not trusted.
            let _ = self.trust.learn(certificate);
        }
        for (issuer, serial) in &self.image.revoked {
            if let Ok(id) = issuer.as_slice().try_into() {
                self.trust.revoke(id, *serial);
            }
        }
        // What was verified under the old trust is verified again.
        self.known = Known::default();
        self.known.issuer = self.trust.check_ever(&self.image.issuer).ok();
    }

    pub(crate) fn own_signer(&self) -> Signer {
        Signer::new(&self.secret.derive("card/sign", &[]))
    }
    pub(crate) fn own_opener(&self) -> Opener {
        Opener::new(&self.secret.derive("card/seal", &[]))
    }
    pub(crate) fn tag_signer(&self, tag: Tag) -> Signer {
        let elder = self.elder_of(tag);
        tag_signer_of(elder.as_ref().unwrap_or(&self.secret), tag)
    }
    pub(crate) fn tag_opener(&self, tag: Tag) -> Opener {
        let elder = self.elder_of(tag);
        tag_opener_of(elder.as_ref().unwrap_or(&self.secret), tag)
    }
    /// The secret of the lost card whose tag this is, if this card has taken its place.
    fn elder_of(&self, tag: Tag) -> Option<Secret> {
        let mut elders = self.image.elders.iter().flatten();
        let elder = elders.find(|elder| elder.tags.contains(&tag))?;
        Some(Secret::new(elder.secret))
    }
    /// Is this a tag of a lost card whose place this one has taken?
    pub(crate) fn is_of_an_elder(&self, tag: Tag) -> bool {
        self.image
            .elders
            .iter()
            .flatten()
            .any(|elder| elder.tags.contains(&tag))
    }
    /// The card's secret, for what is sealed to the recovery key and to nobody else.
    pub(crate) fn secret_for_recovery(&self) -> [u8; 32] {
        *self.secret.expose()
    }
    /// The one-time key of an ask: derived, so that a quote weeks later still opens and nothing is stored.
    pub(crate) fn ask_opener(&self, nonce: &[u8; 16]) -> Opener {
        Opener::new(&self.secret.derive("ask/seal", &[nonce]))
    }
    /// A further secret of this card for one purpose and one thing.
    pub(crate) fn purpose_of(&self, label: &str, context: &[&[u8]]) -> Secret {
        self.secret.derive(label, context)
    }
    /// A further secret of this card for one purpose.
    pub(crate) fn purpose(&self, label: &str) -> Secret {
        self.secret.derive(label, &[])
    }
    /// Randomness of a payment's seal: the same whenever it is said.
    pub(crate) fn pay_seed(&self, deal: DealId) -> Seed {
        Seed::new(*self.secret.derive("pay/seal", &[&deal.0]).expose())
    }
    /// The number by which one seller may know this card again, and nobody else.
    pub(crate) fn seller_number(&self, seller: units::PartyId) -> [u8; 16] {
        seller_number_of(&self.secret, seller)
    }
    /// What blinds the number of a payment made under this tag, where its seller may not know the buyer again.
    pub(crate) fn number_pad(&self, tag: Tag) -> u64 {
        let whole = self.secret.derive("pay/number", &[&tag.0]);
        let mut pad = [0; 8];
        pad.copy_from_slice(&whole.expose()[..8]);
        u64::from_be_bytes(pad)
    }
    /// The keys of one request to a support desk: its own, so that no two requests can be told to be of one card.
    pub(crate) fn support_keys(&self, id: &[u8; 16]) -> (Signer, Opener) {
        let signer = Signer::new(&self.secret.derive("support/sign", &[id]));
        (signer, Opener::new(&self.secret.derive("support/seal", &[id])))
    }
    /// Names of the next `count` tags, from `first`.
    pub(crate) fn tag_names(&self, first: u64, count: u64) -> Vec<Tag> {
        let epoch = self.image.state.epoch;
        (first..first.saturating_add(count))
            .map(|n| self.tag_name(n, epoch))
            .collect()
    }
    fn tag_name(&self, n: u64, epoch: u64) -> Tag {
        let whole = self
            .secret
            .derive("tag/name", &[&n.to_be_bytes(), &epoch.to_be_bytes()]);
        let mut tag = [0; 16];
        tag.copy_from_slice(&whole.expose()[..16]);
        Tag(tag)
    }
    pub(crate) fn word_secret(&self) -> Secret {
        self.secret.derive("words", &[])
    }

    /// The card's number, once enrolled.
    pub fn number(&self) -> Option<CardNo> {
        self.image.card
    }
    /// Money, licenses, records.
    pub fn state(&self) -> &deal::State {
        &self.image.state
    }
    /// Everything else it keeps.
    pub fn image(&self) -> &Image {
        &self.image
    }
    /// Whom it trusts.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }
    /// The realm.
    pub fn realm(&self) -> RealmId {
        self.realm
    }
    /// The journal, for drivers and simulators.
    pub fn journal(&self) -> &J {
        &self.journal
    }
    /// The journal, for drivers and simulators that inject faults.
    pub fn journal_mut(&mut self) -> &mut J {
        &mut self.journal
    }
    /// The title of what an open deal is about.
    pub fn title_of(&self, deal: DealId) -> Option<&str> {
        self.image
            .titles
            .iter()
            .find(|(d, _)| *d == deal)
            .map(|(_, t)| t.as_str())
    }
    /// Now, as far as the card can know: never before its latest trusted time.
    pub fn now(&self, clock: Moment) -> Moment {
        clock.max(self.image.state.clock)
    }
    /// How keys are kept from now on; those already here stay as they are.
    pub fn keep_keys(&mut self, keeping: Keeping, seed: &Seed) -> Result<(), Fault> {
        self.commit(&Change::KeepOpened(keeping == Keeping::Opened), seed)
            .map(|_| ())
    }
}

pub(crate) fn tag_signer_of(secret: &Secret, tag: Tag) -> Signer {
    Signer::new(&secret.derive("tag/sign", &[&tag.0]))
}

pub(crate) fn tag_opener_of(secret: &Secret, tag: Tag) -> Opener {
    Opener::new(&secret.derive("tag/seal", &[&tag.0]))
}

pub(crate) fn seller_number_of(secret: &Secret, seller: units::PartyId) -> [u8; 16] {
    let whole = secret.derive("seller-number", &[&seller.0]);
    let mut out = [0; 16];
    out.copy_from_slice(&whole.expose()[..16]);
    out
}

fn snapshot_of(vault: &Vault, image: &Image, written: u64, seed: &Seed) -> Vec<u8> {
    let mut out = written.to_be_bytes().to_vec();
    out.extend(vault.lock(&place(written), &image.bytes(), &seed.part("snapshot-nonce")));
    out
}
