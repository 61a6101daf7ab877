//! Give: the holder lets this card give, and the card says what one deal would be. Writes nothing: a quote promises
//! nothing beyond its number and its date, and any number of them may be about.

use alloc::{string::String, vec::Vec};
use deal::{
    Held, Kind, Number, Quote, Status,
    wire::{self, Ask, QuoteSheet},
};
use license::{Bind, Document, OfferSheet, TenderKind};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, Seed, cbor, role};
use units::{Again, Hash, LicenseId, Moment, Money, Refusal, Span, Tag};

use crate::{Card, Durable, Fault, Journal, Outgoing, PinRefusal};

/// The longest a card says yes beforehand: a file on a stick may take days.
pub const QUOTE_MAX: Span = Span::days(7);

/// The holder lets this card give. Copies need no more than his wish, for he loses nothing; a move is agreed to with the
/// PIN, for one license by name (row-28). Good until its date, for as many askers as come: the first payment decides.
///
/// ```compile_fail,E0451
/// let forged = card::Permit { kind: deal::Kind::Move, license: None, until: units::Moment(9) };
/// ```
#[derive(Debug)]
pub struct Permit {
    kind: Kind,
    license: Option<LicenseId>,
    until: Moment,
}

impl Permit {
    /// What may be given.
    pub const fn kind(&self) -> Kind {
        self.kind
    }
    /// Which license, if one was named.
    pub const fn license(&self) -> Option<LicenseId> {
        self.license
    }
    /// Until when.
    pub const fn until(&self) -> Moment {
        self.until
    }
}

/// The most bytes of open records that a report carries, beside evidence, new tags and the newest gift's own frame.
const REPORTED_MAX: usize = cbor::MESSAGE_MAX - 36 * 1024;

/// A quote of this card, ready for a carrier.
#[derive(Debug)]
pub struct Quoted {
    /// What it says.
    pub quote: Quote,
    /// The work's title.
    pub title: String,
    /// The license it is about.
    pub license: LicenseId,
    /// The bytes for the receiver: sealed to its question, or open.
    pub message: Outgoing,
    /// A locked copy's license, sealed to the receiver: it goes along, and is installed once its holder has agreed.
    pub locked: Option<Outgoing>,
}

/// Why this card gives no quote. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiveRefusal {
    /// Not a question.
    #[error("this is not a question this card understands")]
    Malformed,
    /// Stopped as lost, which is why it is frozen as well.
    #[error("this card was stopped; it gives nothing")]
    Stopped,
    /// Restored from an old copy.
    #[error("this card was restored from an older copy of itself and gives nothing until its issuer has resumed it")]
    Frozen,
    /// The holder does not let it.
    #[error("the holder of this card has not agreed to give that")]
    NotPermitted,
    /// Not here.
    #[error("there is no license of this work on this card that it could give")]
    NoLicense,
    /// Locked, owing or waiting.
    #[error("this license cannot be given just now: {0}")]
    NotNow(&'static str),
    /// The publisher does not let it.
    #[error("its publisher does not let this work be handed on like that")]
    Mode,
    /// Copies, generations or links are used up.
    #[error("this license may make no more copies")]
    Limit,
    /// Too many unfinished gifts, or too much to report.
    #[error("this card has too much to report; go online once")]
    Full,
    /// Too long without contact.
    #[error("this card has been away from its issuer for too long to give: go online once")]
    SilentTooLong,
    /// No unused, valid tag.
    #[error("this card has used up its transfer certificates, or they have ended: go online once to get new ones")]
    NoTag,
    /// Whoever asks shows no certificate that holds, where one is needed beforehand.
    #[error("the other card shows no valid certificate")]
    Receiver,
    /// The package is needed to cut the share a locked copy arrives with.
    #[error("the package of the work is needed to give the share that opens at once")]
    NoPackage,
    /// Not enrolled, or could not seal.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Is this card neither stopped nor an older copy of itself, with numbers left to give under?
pub(crate) const fn may_give(state: &deal::State) -> Result<(), GiveRefusal> {
    if state.stopped.is_some() {
        return Err(GiveRefusal::Stopped);
    }
    if state.frozen || state.give_no == u64::MAX {
        return Err(GiveRefusal::Frozen);
    }
    Ok(())
}

impl Refusal for GiveRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "ask-malformed",
            Self::Stopped => "card-stopped",
            Self::Frozen => "card-frozen",
            Self::NotPermitted => "give-not-permitted",
            Self::NoLicense => "give-no-license",
            Self::NotNow(_) => "give-not-now",
            Self::Mode => "give-not-allowed",
            Self::Limit => "give-limit",
            Self::Full => "giver-full",
            Self::SilentTooLong => "silent-too-long",
            Self::NoTag => "no-transfer-certificate",
            Self::Receiver => "receiver-not-verified",
            Self::NoPackage => "package-needed",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Malformed | Self::Stopped | Self::Mode | Self::Limit => Again::Never,
            Self::Fault(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl GiveRefusal {
    /// What the other side's terminal is told: unsigned, for it changes nothing.
    pub fn refused(&self) -> wire::Refused {
        wire::Refused::of(self)
    }
}

impl<J: Journal> Card<J> {
    /// The holder wishes to give copies (or locked copies) of one license, or of any on the card.
    pub fn permit(&self, kind: Kind, license: Option<LicenseId>, until: Moment) -> Option<Permit> {
        matches!(kind, Kind::Copy | Kind::Locked).then_some(Permit { kind, license, until })
    }

    /// The holder agrees to lose one license to whoever pays for it.
    pub fn permit_move(
        &mut self,
        license: LicenseId,
        until: Moment,
        pin: &str,
        seed: &Seed,
    ) -> Result<Permit, PinRefusal> {
        self.check_pin(pin, seed)?;
        Ok(Permit {
            kind: Kind::Move,
            license: Some(license),
            until,
        })
    }

    /// Answers a question: a quote sealed to it. `header`: of the work's package, needed only for a locked copy that
    /// arrives with a share of the work open.
    pub fn quote(
        &self,
        ask: &[u8],
        permit: &Permit,
        header: Option<&package::Header>,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Quoted, GiveRefusal> {
        let ask: Ask = cbor::from_bytes(ask).map_err(|_| GiveRefusal::Malformed)?;
        if ask.version != 1 || ask.kind != permit.kind {
            return Err(GiveRefusal::NotPermitted);
        }
        let wanted = ask.wanted.as_ref().and_then(|w| w.offer);
        let (quote, tag, held) = self.quote_about(permit, wanted, Some(ask.hash()), clock)?;
        let (held, sheet) = (held.clone(), self.quote_sheet(&quote, tag, held, self.now(clock))?);
        let message =
            wire::seal_signed(&ask.seal, Sealed::Quote, &sheet, &seed.part("quote-seal")).map_err(|_| Fault::Seal)?;
        let locked = if ask.kind == Kind::Locked {
            Some(self.lock_copy(&ask, &quote, &held, header, clock, &seed.part("locked"))?)
        } else {
            None
        };
        self.quoted(quote, &held, message, locked)
    }

    /// A quote without a question, for a code or a file: whoever finds it may pay it, the first one gets it.
    pub fn open_quote(&self, permit: &Permit, clock: Moment) -> Result<Quoted, GiveRefusal> {
        if permit.kind == Kind::Locked || permit.license.is_none() {
            return Err(GiveRefusal::NotPermitted);
        }
        let (quote, tag, held) = self.quote_about(permit, None, None, clock)?;
        let (held, sheet) = (held.clone(), self.quote_sheet(&quote, tag, held, self.now(clock))?);
        self.quoted(quote, &held, sheet, None)
    }

    fn quoted(
        &self,
        quote: Quote,
        held: &Held,
        message: Vec<u8>,
        locked: Option<Vec<u8>>,
    ) -> Result<Quoted, GiveRefusal> {
        Ok(Quoted {
            title: self.offer_of(held).map(|o| o.title).unwrap_or_default(),
            license: held.id,
            quote,
            message: Outgoing::after(Durable::nothing_to_write(), message),
            locked: locked.map(|bytes| Outgoing::after(Durable::nothing_to_write(), bytes)),
        })
    }

    /// Would this card quote that now, if its holder let it? The same guards, and nothing is said or written.
    pub fn may_offer(&self, kind: Kind, license: LicenseId, clock: Moment) -> Result<(), GiveRefusal> {
        let until = self.now(clock);
        let permit = Permit {
            kind,
            license: Some(license),
            until,
        };
        self.quote_about(&permit, None, None, clock).map(|_| ())
    }

    /// Every guard of a giver, then the quote.
    fn quote_about(
        &self,
        permit: &Permit,
        wanted: Option<Hash>,
        ask: Option<Hash>,
        clock: Moment,
    ) -> Result<(Quote, Tag, &Held), GiveRefusal> {
        let now = self.now(clock);
        let state = &self.image.state;
        may_give(state)?;
        if now > permit.until {
            return Err(GiveRefusal::NotPermitted);
        }
        let held = self.to_give(permit, wanted)?;
        self.may_quote(permit.kind, held)?;
        if self.silent(now) {
            return Err(GiveRefusal::SilentTooLong);
        }
        let (tag, ends, _) = self.next_tag(now).ok_or(GiveRefusal::NoTag)?;
        let (hop, room) = state.hop_and_room(held);
        let facts = state.facts(held.publisher);
        let moves = permit.kind == Kind::Move;
        let quote = Quote {
            kind: permit.kind,
            number: Number::Card(state.give_no),
            giver: tag.0,
            offer: Some(held.offer),
            policy: Some(held.policy),
            title: held.title,
            price: fare(permit.kind, held),
            accepts: alloc::vec![TenderKind::Slip],
            payee: held.payee,
            generation: if moves {
                held.generation
            } else {
                held.generation.saturating_add(1)
            },
            rights: if moves {
                held.rights_left()
            } else {
                self.copy_rights(permit.kind, held)
            },
            route: held.route,
            facts: if ask.is_some() {
                facts
            } else {
                facts.only_for(held.route)
            },
            slips: hop,
            room,
            credit: None,
            license: Some(held.id),
            until: permit.until.min(ends).min(now.plus(QUOTE_MAX)),
            ask,
            links: Some(links_after(held)).filter(|n| *n > deal::LINKS_SMALL),
        };
        Ok((quote, tag, held))
    }

    fn to_give(&self, permit: &Permit, wanted: Option<Hash>) -> Result<&Held, GiveRefusal> {
        let state = &self.image.state;
        let held = match (permit.license, wanted) {
            (Some(id), _) => state.licenses.get(&id),
            (None, Some(offer)) if permit.kind == Kind::Locked => {
                let of_offer = || state.licenses.values().filter(|h| h.offer == offer);
                state.usable_of(offer).or_else(|| of_offer().next())
            }
            (None, Some(offer)) => state.usable_of(offer),
            (None, None) => None,
        };
        held.filter(|h| wanted.is_none_or(|offer| h.offer == offer))
            .ok_or(GiveRefusal::NoLicense)
    }

    fn may_quote(&self, kind: Kind, held: &Held) -> Result<(), GiveRefusal> {
        let state = &self.image.state;
        // A locked copy is passed on locked, whatever this card's own is open for.
        let locked = kind == Kind::Locked && matches!(held.status, Status::Locked | Status::Partial);
        match held.status {
            Status::Usable => {}
            _ if locked => {}
            Status::Locked | Status::Partial => return Err(GiveRefusal::NotNow("it is locked")),
            Status::Owing(_) | Status::Refused(_) => return Err(GiveRefusal::NotNow("it is not paid for yet")),
            Status::OnHold => return Err(GiveRefusal::NotNow("it waits for its seller's word: go online")),
        }
        let allowed = match kind {
            Kind::Copy => held.modes.copy,
            Kind::Move => held.modes.move_,
            Kind::Locked => held.modes.locked,
            _ => false,
        };
        if !allowed {
            return Err(GiveRefusal::Mode);
        }
        if kind == Kind::Move && state.is_lent(held.id) {
            return Err(GiveRefusal::NotNow("a part of it is lent; have it returned first"));
        }
        // It would go on with those players, or need this holder's wallet: nobody pays for what his own do not play.
        if kind == Kind::Move && matches!(held.bind, Bind::Players(_) | Bind::Wallet) {
            return Err(GiveRefusal::NotNow(
                "it is bound to this wallet or to its players, and stays with them",
            ));
        }
        let deeper = held.generation.checked_add(1).is_some_and(|g| g <= held.generations);
        // A part of the work is given only where the card knows how it is cut: as a locked copy, with its package at hand.
        if kind == Kind::Copy && held.copy_rights.share != units::Share::Whole {
            return Err(GiveRefusal::Mode);
        }
        if kind != Kind::Move && !deeper || kind == Kind::Copy && held.copies_left == Some(0) {
            return Err(GiveRefusal::Limit);
        }
        // What is locked now needs one link more when it is unlocked.
        let links = links_after(held).saturating_add(u16::from(kind == Kind::Locked));
        if usize::from(links) > usize::from(state.profile.links()).min(license::LINKS_MAX) {
            return Err(GiveRefusal::Limit);
        }
        if kind != Kind::Locked && (state.records_full() || !self.can_report(held)) {
            return Err(GiveRefusal::Full);
        }
        Ok(())
    }

    /// Would one more gift still fit in one report beside everything that is open? A report is whole or none: what it leaves
    /// out counts as never given.
    fn can_report(&self, held: &Held) -> bool {
        let state = &self.image.state;
        let given = state.given.iter().map(|g| g.message.len());
        let paid = state.paid.iter().map(|p| p.message.len());
        let hop = state.hop_set(held.payee, held.route, held.title);
        let next = held.document.len().saturating_add(cbor::to_bytes(&hop).len());
        given.chain(paid).chain([next]).fold(0, usize::saturating_add) <= REPORTED_MAX
    }

    /// The signed quote with this card's transfer certificate and the publisher's terms.
    fn quote_sheet(&self, quote: &Quote, tag: Tag, held: &Held, now: Moment) -> Result<Vec<u8>, Fault> {
        let document = Document::parse(&held.document).map_err(|_| Fault::Seal)?;
        let terms = OfferSheet {
            publisher: document.publisher,
            offer: document.offer,
            policy: document.policy,
        };
        let publisher = seal::parse::<seal::Claims>(&terms.publisher, Sealed::Certificate, self.realm);
        let publisher = publisher.map_err(|_| Fault::Seal)?.claims().seal;
        // A locked copy moves no fare, so nothing depends on what its giver says of itself.
        let claim = match quote.kind {
            Kind::Locked => None,
            _ => self.claim_facts((held.publisher, &publisher), tag, quote.facts, quote.route, now)?,
        };
        Ok(cbor::to_bytes(&QuoteSheet {
            quote: seal::sign(
                &self.tag_signer(tag),
                Sealed::Quote,
                self.realm,
                Audience::Anyone,
                quote,
            )
            .into(),
            certificate: self.tag_certificate(tag).ok_or(Fault::NotEnrolled)?,
            terms: Some(ByteVec::from(cbor::to_bytes(&terms))),
            ahead: None,
            purchase: None,
            claim,
        }))
    }

    /// The tag that the next quote shows: the first whose certificate holds now.
    pub(crate) fn next_tag(&self, now: Moment) -> Option<(Tag, Moment, ByteVec)> {
        let (tag, until, certificate) = self.image.state.next_tag()?;
        let holds = *until >= now && self.trust.check::<role::Transfer>(certificate, now).is_ok();
        holds.then(|| (*tag, *until, certificate.clone()))
    }

    /// Too long away from the issuer: what a clone could do meanwhile is bounded.
    pub(crate) fn silent(&self, now: Moment) -> bool {
        now.since(self.image.last_contact) > self.image.state.profile.silence_max
    }
}

/// How many links a license has that is made of this one.
fn links_after(held: &Held) -> u16 {
    let links = Document::parse(&held.document).map_or(usize::MAX, |d| d.links.len());
    u16::try_from(links).unwrap_or(u16::MAX).saturating_add(1)
}

/// What one more license of this kind costs whoever gets it.
pub(crate) fn fare(kind: Kind, held: &Held) -> Money {
    match kind {
        Kind::Copy => held.fare_copy,
        Kind::Move => held.fare_move,
        _ => Money::zero(held.fare_copy.currency()),
    }
}
