//! Locked copies (SD-24 to SD-30): free, offline, written down by nobody but the card that takes one, and of no use until a
//! support centre has unlocked them, but for the share that the publisher lets open at once.
//!
//! A locked license carries the whole key under the publisher's unlock key, and the key of the share that opens at once
//! under its holder's: what is locked is not hidden by a rule of the player, it cannot be derived.

use alloc::vec::Vec;
use deal::{
    Held, Kind, PayRefusal, Quote,
    wire::{self, Ask, GiftSheet, OutcomeSheet, SettleSheet},
};
use license::{Document, Link, NotALicense, Policy, Receiver, Rights, Wrap};
use package::{ContentKey, Header, Tree};
use seal::{ContentSecret, Kind as Sealed, NotSigned, Seed, cbor, role};
use units::{Again, DealId, LicenseId, Moment, Refusal, Share};

use crate::{Card, Checked, Confirmed, Event, Fault, GiveRefusal, Journal, Line, image::Change, settle::held};

/// Why a locked copy is not installed. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstallRefusal {
    /// The holder agreed to something else, or this is no locked copy.
    #[error("this is not what the holder agreed to; start again")]
    ConsentDiffers,
    /// Not for this card.
    #[error("this locked copy is for another card")]
    NotMine,
    /// Forged, or by somebody else than who quoted.
    #[error("this locked copy is not the other card's ({0})")]
    Forged(NotSigned),
    /// The license in it does not hold.
    #[error("the locked copy does not hold: {0}")]
    License(#[from] NotALicense),
    /// Not what was quoted.
    #[error("this is another locked copy than the one agreed to ({0})")]
    Another(&'static str),
    /// The key of the share that opens at once does not open.
    #[error("the key of this locked copy does not open")]
    Key,
    /// A rule of the card says no: full, frozen, there already.
    #[error(transparent)]
    Refused(#[from] PayRefusal),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for InstallRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::ConsentDiffers => "consent-differs",
            Self::NotMine => "locked-for-another",
            Self::Forged(_) => "locked-forged",
            Self::License(e) => e.code(),
            Self::Another(_) => "locked-another-license",
            Self::Key => "locked-key-does-not-open",
            Self::Refused(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::License(e) => e.again(),
            Self::Refused(e) => e.again(),
            Self::Fault(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl<J: Journal> Card<J> {
    /// What a copy of a license may do, by the kind of copy.
    pub(crate) fn copy_rights(&self, kind: Kind, held: &Held) -> Rights {
        if kind != Kind::Locked {
            return held.copy_rights;
        }
        let arrives = self
            .policy_unverified(held)
            .and_then(|p| p.unlock)
            .map_or(Share::Nothing, |u| u.arrives);
        Rights {
            share: arrives,
            ..held.copy_rights
        }
    }

    /// The policy of a license on this card, unverified: it was checked when it came.
    pub(crate) fn policy_unverified(&self, held: &Held) -> Option<Policy> {
        let document = Document::parse(&held.document).ok()?;
        Some(
            seal::parse::<Policy>(&document.policy, Sealed::Policy, self.realm)
                .ok()?
                .claims()
                .clone(),
        )
    }

    /// Makes a locked copy for the card that asked: sealed to its tag, with the quote as its deal.
    pub(crate) fn lock_copy(
        &self,
        ask: &Ask,
        quote: &Quote,
        mine: &Held,
        header: Option<&Header>,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, GiveRefusal> {
        let now = self.now(clock);
        // Its devices are named with a payment, and a locked copy has none yet.
        if !mine.bind.goes_on_as(&license::Bind::Free) {
            return Err(GiveRefusal::Mode);
        }
        let shown = ask
            .wanted
            .as_ref()
            .and_then(|w| w.certificate.as_ref())
            .ok_or(GiveRefusal::Receiver)?;
        let checked = self
            .trust
            .check::<role::Transfer>(shown, now)
            .map_err(|_| GiveRefusal::Receiver)?;
        let to = Receiver {
            tag: units::Tag(checked.subject()),
            sign: *checked.sign(),
            seal: *checked.seal(),
        };
        let document = Document::parse(&mine.document).map_err(|_| GiveRefusal::NoLicense)?;
        let before = document.last_link(self.realm).ok_or(GiveRefusal::NoLicense)?;
        let deal = DealId(wire::quote_hash(quote).0);
        let link = Link {
            after: document.links.last().map(|l| seal::hash(l)).unwrap_or_default(),
            offer: mine.offer,
            header: before.header,
            key_id: before.key_id,
            generation: quote.generation,
            serial: None,
            rights: quote.rights,
            bind: license::Bind::Free,
            receiver: to,
            deal,
            at: now,
            copies: None,
            support: None,
            loan: None,
        };
        let wraps = self.locked_wraps(mine, &document, &before, &link, header, seed)?;
        let document = self.linked(mine.tag, document, &link, wraps);
        let tag = units::Tag(quote.giver);
        let sheet = SettleSheet {
            deal,
            pay_no: 0,
            outcome: OutcomeSheet::Given(GiftSheet {
                document: Some(cbor::to_bytes(&document).into()),
                ..GiftSheet::default()
            }),
            certificate: self.tag_certificate(tag).ok_or(Fault::NotEnrolled)?,
        };
        let signer = self.tag_signer(tag);
        wire::sign_and_seal(
            &signer,
            Sealed::Settle,
            self.realm,
            to.tag.into(),
            &to.seal,
            &sheet,
            &seed.part("settle"),
        )
        .map_err(|_| Fault::Seal.into())
    }

    /// The whole key for the unlock key alone; the key of the share that opens at once for the receiver.
    fn locked_wraps(
        &self,
        mine: &Held,
        document: &Document,
        before: &Link,
        link: &Link,
        header: Option<&Header>,
        seed: &Seed,
    ) -> Result<Vec<Wrap>, GiveRefusal> {
        let unlock = self
            .policy_unverified(mine)
            .and_then(|p| p.unlock)
            .ok_or(GiveRefusal::Mode)?;
        let share = link.rights.share;
        let for_centre = license::bound_to_unlock(self.realm, mine.offer, link.header);
        let (part, locked) = match self.whole_key(mine, document, before) {
            Some(key) => {
                let part = cut(&key, share, header, link)?;
                let locked = license::wrap_key(&unlock.key, &for_centre, Share::Whole, &key, &seed.part("unlock"))
                    .map_err(|_| Fault::Seal)?;
                (part, locked)
            }
            // Passed on as it came: third and fourth users are treated alike (SD-30).
            None => {
                let locked = document.wraps.iter().find(|w| w.share == Share::Whole).cloned();
                let part = if share == Share::Nothing {
                    None
                } else if mine.opened.is_empty() {
                    self.unwrap(mine.offer, document, before)
                } else {
                    ContentSecret::from_slice(mine.opened.expose())
                };
                (part, locked.ok_or(GiveRefusal::NoLicense)?)
            }
        };
        let mut wraps = Vec::new();
        if let Some(key) = part {
            let to = &link.receiver;
            let bound = license::bound_to(self.realm, mine.offer, link.header, to.tag, link.generation, share);
            wraps.push(license::wrap_key(&to.seal, &bound, share, &key, &seed.part("part")).map_err(|_| Fault::Seal)?);
        }
        wraps.push(locked);
        Ok(wraps)
    }

    /// Installs a locked copy: the holder has agreed to its quote. Free; one tag of this card is used up by it.
    pub fn install_locked(
        &mut self,
        checked: &Checked,
        confirmed: Confirmed,
        sealed: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<LicenseId, InstallRefusal> {
        let now = self.now(clock);
        let quote = &checked.quote;
        let agreed = confirmed.quote == checked.quote_hash && confirmed.pay_no == self.image.state.pay_no;
        if quote.kind != Kind::Locked || !agreed {
            return Err(InstallRefusal::ConsentDiffers);
        }
        let (tag, signed) = self
            .open_by_tag(Sealed::Settle, sealed)
            .ok_or(InstallRefusal::NotMine)?;
        let sheet = seal::parse::<SettleSheet>(&signed, Sealed::Settle, self.realm)
            .and_then(|s| s.verify(&checked.giver_sign, tag.into()))
            .map_err(InstallRefusal::Forged)?;
        let OutcomeSheet::Given(gift) = &sheet.outcome else {
            return Err(InstallRefusal::Another("it was not given"));
        };
        let bytes = gift.document.as_ref().ok_or(InstallRefusal::Another("there is none"))?;
        let license = Document::parse(bytes)?.check(&self.trust, tag)?;
        let deal = DealId(checked.quote_hash.0);
        let link = &license.link;
        if sheet.deal != deal || link.deal != deal {
            return Err(InstallRefusal::Another("the quote"));
        }
        if Some(license.offer_hash) != quote.offer || link.generation != quote.generation || link.rights != quote.rights
        {
            return Err(InstallRefusal::Another("its terms"));
        }
        // It needs one link more when it is unlocked, and must still have room then.
        let room = self.image.state.profile.links();
        if license.document.links.len() >= usize::from(room) {
            return Err(PayRefusal::LinksFull(room).into());
        }
        let opened = self.opened(&license).ok_or(InstallRefusal::Key)?;
        let mut taken = held(&license, bytes, quote.price, opened);
        taken.since = now;
        let entry = self.image.state.install(taken, quote.until, now)?;
        let line = Line {
            kind: Some(Kind::Locked),
            title: checked.title.clone(),
            deal: Some(deal),
            peer: Some(units::Tag(quote.giver)),
            generation: Some(quote.generation),
            ..crate::contact::own_line(now, Event::Locked)
        };
        self.commit(&Change::Deal(entry, Some(line), None), &seed.part("installed"))?;
        Ok(license.id)
    }
}

/// The key of a share, cut from the whole key: needs the shape of the package.
fn cut(
    key: &ContentSecret,
    share: Share,
    header: Option<&Header>,
    link: &Link,
) -> Result<Option<ContentSecret>, GiveRefusal> {
    if share == Share::Nothing {
        return Ok(None);
    }
    let header = header
        .filter(|h| h.hash() == link.header)
        .ok_or(GiveRefusal::NoPackage)?;
    let tree = Tree::new(header.key.id, &header.geometry);
    let content = ContentKey::from_secret_bytes(*key.expose());
    let node = content.cover(&tree, share).ok_or(GiveRefusal::NoPackage)?;
    Ok(Some(ContentSecret::new(*node.secret_bytes_for_wrapping())))
}
