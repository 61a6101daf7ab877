//! Release: keys of ranges leave the card, never the content key, and a play is counted before its first key.

use alloc::vec::Vec;

use deal::{Held, PlayRefusal};
use license::{Document, Shown};
use minicbor::{Decode, Encode};
use package::{ContentKey, Header, NodeKey, OutOfReach, StretchKey, Tree};
use seal::{ContentSecret, Seed, cbor};
use units::{Again, ContentId, Hash, LicenseId, Moment, Refusal, Share, Span};

use crate::{
    Card, Event, Fault, Journal, Line,
    image::Change,
    version::{is_member, member_key},
};

/// A play that was counted. Handed out once per play; keys are released against it until it ends.
///
/// ```compile_fail,E0599
/// fn again(ticket: &card::PlayTicket) -> card::PlayTicket {
///     ticket.clone() // a play is counted once and cannot be copied
/// }
/// ```
#[derive(Debug)]
pub struct PlayTicket {
    license: LicenseId,
    share: Share,
    until: Option<Moment>,
    header: Hash,
    /// The package it was sold with.
    sold: Hash,
    key: [u8; 16],
    whole: Share,
    begun: Moment,
    /// Its number among the plays of this license; nothing: it runs beside them.
    run: Option<u64>,
    /// What a rendition's player signed, where one is played.
    rendition: Option<Vec<u8>>,
    /// The name of the license's own key, where a member of its set is played.
    set: Option<[u8; 16]>,
}

/// How long a play that was interrupted may be gone on with.
const PLAY_LIFE: Span = Span::days(1);

/// What a player may keep of a play that was counted: to any other card it is noise.
#[derive(Debug, Encode, Decode)]
struct Stub {
    #[n(0)]
    license: LicenseId,
    #[n(1)]
    begun: Moment,
    #[n(2)]
    until: Option<Moment>,
    #[cbor(n(3), with = "minicbor::bytes")]
    proof: [u8; 32],
}

impl PlayTicket {
    /// Which license is played.
    pub fn license(&self) -> LicenseId {
        self.license
    }
    /// How much of the work.
    pub fn share(&self) -> Share {
        self.share
    }
    /// Until when.
    pub fn until(&self) -> Option<Moment> {
        self.until
    }
    /// Until when it may be gone on with after an interruption: a day from its beginning, or its end if that is sooner.
    pub fn resumable_until(&self) -> Moment {
        let day = self.begun.plus(PLAY_LIFE);
        self.until.map_or(day, |end| end.min(day))
    }
    /// Which work of its license's set; nothing: the one it was sold with.
    fn member(&self) -> Option<Hash> {
        self.set.map(|_| self.header)
    }
    /// The same play of another package; only [`Card::play_version`] asks for it.
    pub(crate) fn of_version(self, header: Hash) -> Self {
        Self { header, ..self }
    }
    /// The same play of another work of the license's set; only [`Card::play_version`] asks for it.
    pub(crate) fn of_member(self, header: Hash, key: [u8; 16]) -> Self {
        Self {
            header,
            set: Some(self.key),
            key,
            ..self
        }
    }
    /// The name of the key it was begun under.
    pub(crate) const fn key_id(&self) -> [u8; 16] {
        self.key
    }
    /// The same play of a rendition under a key of its own; only [`Card::play_version`] asks for it.
    pub(crate) fn of_rendition(self, header: Hash, key: [u8; 16], signed: Vec<u8>) -> Self {
        Self {
            header,
            key,
            rendition: Some(signed),
            ..self
        }
    }
}

/// Why no key leaves the card. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefusal {
    /// The license does not let it.
    #[error(transparent)]
    Play(#[from] PlayRefusal),
    /// The license is for another package.
    #[error(
        "this license is for another package of the work; get the package it was sold with, or a later version of it"
    )]
    OtherPackage,
    /// Bound to other devices than were shown.
    #[error("content reproduction is not permitted: this license is bound to its holder's player and drive")]
    OtherDevices,
    /// A card is no service of keys for strangers (row-33).
    #[error("this license was begun too often within an hour; it plays again from {0} on")]
    TooOften(Moment),
    /// Another play of it has begun since.
    #[error("this license plays elsewhere by now; play it here again to go on")]
    Elsewhere,
    /// Beyond the share.
    #[error("this license opens the first {0} of the work; the rest needs a further license")]
    BeyondShare(Share),
    /// The key does not open.
    #[error("the license's key does not open on this card; ask the seller to reissue it")]
    Key,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ReleaseRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Play(e) => e.code(),
            Self::OtherPackage => "license-other-package",
            Self::OtherDevices => "playback-not-permitted",
            Self::TooOften(_) => "plays-too-often",
            Self::Elsewhere => "plays-elsewhere",
            Self::BeyondShare(_) => "beyond-share",
            Self::Key => "license-key-does-not-open",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

impl<J: Journal> Card<J> {
    /// The best license of a work on this card: playable ones first, the widest share first.
    pub fn license_for(&self, content: ContentId, clock: Moment) -> Option<&Held> {
        let now = self.now(clock);
        let state = &self.image.state;
        let of_work = || state.licenses.values().filter(|h| h.title == content);
        of_work()
            .filter(|h| state.play(h.id, now).is_ok())
            .max_by_key(|h| (h.rights.share, !h.rights.counted()))
            .or_else(|| of_work().next())
    }

    /// Begins a play of a license: counted durably, where plays or periods are counted, before any key is released.
    pub fn begin_play(&mut self, license: LicenseId, clock: Moment, seed: &Seed) -> Result<PlayTicket, ReleaseRefusal> {
        self.begin_play_on(license, None, clock, seed)
    }

    /// Begins to open a work as its package comes (XD-6), beside whatever plays it.
    pub fn begin_keeping(
        &mut self,
        license: LicenseId,
        clock: Moment,
        seed: &Seed,
    ) -> Result<PlayTicket, ReleaseRefusal> {
        self.begin_run(license, None, true, clock, seed)
    }

    /// The same, where a player and a drive show themselves: what a license that is bound to devices asks for (CM-5).
    pub fn begin_play_on(
        &mut self,
        license: LicenseId,
        shown: Option<&Shown>,
        clock: Moment,
        seed: &Seed,
    ) -> Result<PlayTicket, ReleaseRefusal> {
        self.begin_run(license, shown, false, clock, seed)
    }

    fn begin_run(
        &mut self,
        license: LicenseId,
        shown: Option<&Shown>,
        beside: bool,
        clock: Moment,
        seed: &Seed,
    ) -> Result<PlayTicket, ReleaseRefusal> {
        let now = self.now(clock);
        let play = self.image.state.play(license, now)?;
        // Verified once, for all the keys of this play.
        let held = self.image.state.licenses.get(&license).ok_or(PlayRefusal::NoLicense)?;
        if !held.bind.admits(shown) {
            return Err(ReleaseRefusal::OtherDevices);
        }
        if !self.wallet_answers(license, now) {
            return Err(PlayRefusal::WalletAway.into());
        }
        self.runs.may_begin(license, now).map_err(ReleaseRefusal::TooOften)?;
        let checked = self.license_of(held).ok_or(ReleaseRefusal::Key)?;
        if let Some(entry) = play.entry {
            let title = checked.offer.title.clone();
            let line = Line {
                at: now,
                event: Event::Played,
                kind: None,
                title,
                amount: None,
                with: None,
                deal: None,
                peer: None,
                generation: None,
                copies: None,
            };
            let _durable = self.commit(&Change::Deal(entry, Some(line), None), seed)?;
        }
        let run = self.run(license, beside, now);
        Ok(PlayTicket {
            license,
            share: play.share,
            until: play.until,
            header: checked.link.header,
            sold: checked.link.header,
            key: checked.link.key_id,
            whole: checked.link.rights.share,
            begun: now,
            run: (!beside).then_some(run),
            rendition: None,
            set: None,
        })
    }

    /// A player reads what it has on loan to make a smaller rendition of it inside: nothing is played, so nothing is counted,
    /// and it does so only while it could be played (ST-11).
    pub fn begin_conversion(&self, loan: LicenseId, clock: Moment) -> Result<PlayTicket, ReleaseRefusal> {
        let now = self.now(clock);
        self.image.state.borrowed(loan).ok_or(PlayRefusal::NoLicense)?;
        let play = self.image.state.play(loan, now)?;
        if !self.wallet_answers(loan, now) {
            return Err(PlayRefusal::WalletAway.into());
        }
        let held = self.image.state.licenses.get(&loan).ok_or(PlayRefusal::NoLicense)?;
        let checked = self.license_of(held).ok_or(ReleaseRefusal::Key)?;
        Ok(PlayTicket {
            license: loan,
            share: play.share,
            until: play.until,
            header: checked.link.header,
            sold: checked.link.header,
            key: checked.link.key_id,
            whole: checked.link.rights.share,
            begun: now,
            run: None,
            rendition: None,
            set: None,
        })
    }

    /// What a player may keep on its disk of a play that was counted, so as to go on with it after it was stopped.
    /// A play of one work of a set is gone on with as a play of that work.
    pub fn keep_play(&self, ticket: &PlayTicket) -> Vec<u8> {
        let proof = self.play_proof(ticket.license, ticket.begun, ticket.until, ticket.sold, ticket.member());
        cbor::to_bytes(&Stub {
            license: ticket.license,
            begun: ticket.begun,
            until: ticket.until,
            proof,
        })
    }

    /// Goes on with a play that this card counted, within a day of its beginning: nothing is counted again. `None`: it
    /// is over, is another card's, or its license has left the card or no longer plays; a new play may still begin.
    pub fn resume_play(&mut self, stub: &[u8], clock: Moment) -> Option<PlayTicket> {
        self.resume_play_of(stub, None, clock)
    }

    /// The same, of this package. A play of one work of a set is no play of another.
    pub fn resume_play_of(&mut self, stub: &[u8], header: Option<&Header>, clock: Moment) -> Option<PlayTicket> {
        let stub: Stub = cbor::from_bytes(stub).ok()?;
        let now = self.now(clock);
        let in_time = stub.begun <= now && now <= stub.begun.plus(PLAY_LIFE) && stub.until.is_none_or(|end| now <= end);
        let held = self.image.state.licenses.get(&stub.license)?;
        // A play on credit was counted when it began.
        let plays = matches!(
            held.status,
            deal::Status::Usable | deal::Status::Partial | deal::Status::Owing(_)
        );
        // What is bound to devices begins anew, so that they are shown again.
        if !in_time || !plays || held.rights.share == Share::Nothing || !held.bind.admits(None) {
            return None;
        }
        let checked = self.license_of(held)?;
        let sold = checked.link.header;
        let member = header.filter(|it| it.key.id.0 != checked.link.key_id && is_member(it, checked.link.key_id));
        let proof = self.play_proof(stub.license, stub.begun, stub.until, sold, member.map(Header::hash));
        if !seal::same(&proof, &stub.proof) || self.runs.may_begin(stub.license, now).is_err() {
            return None;
        }
        let share = held.rights.share;
        let run = self.run(stub.license, false, now);
        Some(PlayTicket {
            license: stub.license,
            share,
            until: stub.until,
            header: checked.link.header,
            sold: checked.link.header,
            key: checked.link.key_id,
            whole: checked.link.rights.share,
            begun: stub.begun,
            run: Some(run),
            rendition: None,
            set: None,
        })
    }

    fn run(&mut self, license: LicenseId, beside: bool, now: Moment) -> u64 {
        let held = &self.image.state.licenses;
        self.runs.forget(|license| held.contains_key(license));
        self.runs.begin(license, beside, now)
    }

    /// Known to this card alone.
    fn play_proof(
        &self,
        license: LicenseId,
        begun: Moment,
        until: Option<Moment>,
        sold: Hash,
        member: Option<Hash>,
    ) -> [u8; 32] {
        let until = until.map_or(u64::MAX, |end| end.0);
        let header = member.unwrap_or(sold);
        let parts: [&[u8]; 4] = [&license.0, &begun.0.to_be_bytes(), &until.to_be_bytes(), &header.0];
        *self.purpose("play").derive("stub", &parts).expose()
    }

    /// Releases the key of one stretch of the package with this header.
    pub fn release(
        &self,
        ticket: &PlayTicket,
        header: &Header,
        stretch: u32,
        clock: Moment,
    ) -> Result<StretchKey, ReleaseRefusal> {
        let now = self.now(clock);
        if let Some(end) = ticket.until.filter(|end| now > *end) {
            return Err(PlayRefusal::Ended(end).into());
        }
        let held = self
            .image
            .state
            .licenses
            .get(&ticket.license)
            .ok_or(PlayRefusal::NoLicense)?;
        if !self.wallet_answers(ticket.license, now) {
            return Err(PlayRefusal::WalletAway.into());
        }
        if header.hash() != ticket.header || header.key.id.0 != ticket.key {
            return Err(ReleaseRefusal::OtherPackage);
        }
        if ticket.run.is_some_and(|run| !self.runs.is_latest(ticket.license, run)) {
            return Err(ReleaseRefusal::Elsewhere);
        }
        let tree = Tree::new(header.key.id, &header.geometry);
        // Kept opened (XD-6), or opened now from the form it came in (XD-7).
        let key = if let Some(signed) = &ticket.rendition {
            self.rendition_key(header, signed)
        } else if held.opened.is_empty() {
            self.unwrap_kept(held)
        } else {
            ContentSecret::from_slice(held.opened.expose())
        };
        let key = key.ok_or(ReleaseRefusal::Key)?;
        let key = match ticket.set {
            Some(set) => member_key(self.realm, header, (set, &key)).ok_or(ReleaseRefusal::Key)?,
            None => key,
        };
        let share = ticket.whole;
        let beyond = |_: OutOfReach| ReleaseRefusal::BeyondShare(ticket.share);
        if share == Share::Whole {
            let content = ContentKey::from_secret_bytes(*key.expose());
            if !header.is_under(&content) {
                return Err(ReleaseRefusal::Key);
            }
            let node = content
                .cover(&tree, ticket.share)
                .ok_or(ReleaseRefusal::BeyondShare(ticket.share))?;
            return node.stretch(&tree, stretch).map_err(beyond);
        }
        let reach = tree.cover(share).ok_or(ReleaseRefusal::BeyondShare(share))?;
        NodeKey::from_secret_bytes(reach, *key.expose())
            .stretch(&tree, stretch)
            .map_err(beyond)
    }

    /// The key data of a license on this card, as a reader of cards sees them (SD-24): the title as product name, the first
    /// four bytes of the key's name as product code (each edition or batch has its own key), and the share that opens.
    pub fn key_data(&self, license: LicenseId) -> Option<license::keydata::KeyData> {
        use license::keydata::{KeyData, LockStatus};
        let held = self.image.state.licenses.get(&license)?;
        let link = Document::parse(&held.document).ok()?.last_link(self.realm)?;
        let [a, b, c, d, ..] = link.key_id;
        let title = self.offer_of(held)?.title;
        Some(KeyData::new(&title, [a, b, c, d], LockStatus::of(held.rights.share)))
    }

    /// The key of a license that is kept as it came.
    fn unwrap_kept(&self, held: &Held) -> Option<ContentSecret> {
        let document = Document::parse(&held.document).ok()?;
        let link = document.last_link(self.realm)?;
        self.unwrap(held.offer, &document, &link)
    }

    /// The holder deletes a license. Nothing is refunded by it.
    pub fn delete(&mut self, license: LicenseId, clock: Moment, seed: &Seed) -> Result<(), ReleaseRefusal> {
        let held = self.image.state.licenses.get(&license).ok_or(PlayRefusal::NoLicense)?;
        if self.is_being_paid(license) {
            return Err(PlayRefusal::NotPaid.into());
        }
        // Plays that are out would have nowhere to come back to; a loan is returned, not thrown away.
        if self.image.state.is_lent(license) || self.image.state.borrowed(license).is_some() {
            return Err(PlayRefusal::LentOut.into());
        }
        let title = self.offer_of(held).map(|o| o.title).unwrap_or_default();
        let line = Line {
            at: self.now(clock),
            event: Event::Deleted,
            kind: None,
            title,
            amount: None,
            with: None,
            deal: None,
            peer: None,
            generation: None,
            copies: None,
        };
        self.commit(&Change::Deal(deal::Entry::Deleted(license), Some(line), None), seed)?;
        Ok(())
    }
}
