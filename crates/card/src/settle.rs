//! Settle: the giver's decision arrives; the card closes and says `done`.

use alloc::vec::Vec;
use deal::{
    Closing, Entry, Gift, Held, Kind, Opened, Outcome, Paid, Settle, Status, Value, VoidReason,
    wire::{self, Done, GiftSheet, OutcomeSheet, SettleSheet},
};
use license::{Document, License, Link, NotALicense, Offer};
use minicbor::bytes::ByteVec;
use package::{ContentKey, KeyId};
use seal::{Audience, ContentSecret, Kind as Sealed, NotSigned, Seed, cbor, role};
use units::{Again, DealId, LicenseId, Moment, PartyId, Refusal, Share};

use crate::{Card, Event, Fault, Journal, Line, Outgoing, image::Change, quote::Giver};

/// The most contradicting words a card keeps until its next report.
const CONTRADICTIONS_MAX: usize = 8;

/// What came of a deal.
#[derive(Debug)]
pub enum Settled {
    /// Given: the license that arrived, if one did, and the `done` for the giver.
    Given {
        /// The deal.
        deal: DealId,
        /// The license, if one arrived.
        license: Option<LicenseId>,
        /// Number of the receipt, if there is one.
        receipt: Option<u64>,
        /// For the giver.
        done: Outgoing,
    },
    /// Void: everything is back, for this reason.
    Void {
        /// The deal.
        deal: DealId,
        /// Why.
        reason: VoidReason,
    },
    /// Closed before; this `done` again.
    Again(Outgoing),
    /// Nothing to do.
    Nothing,
    /// A second word that contradicts how this deal was closed: kept beside the first, to be reported.
    Contradicted {
        /// The deal.
        deal: DealId,
    },
    /// The card found that it is an old copy of itself.
    Frozen,
}

/// Why a decision was not taken. In order of precedence; the deal is still open and nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleRefusal {
    /// Not sealed to any open deal of this card.
    #[error(
        "this answer belongs to no open payment of this card: what it settles is finished, or it is for another card"
    )]
    NotMine,
    /// Forged, or by somebody else than the giver.
    #[error("this answer is not the seller's ({0})")]
    Forged(NotSigned),
    /// Signed by somebody else than who was paid.
    #[error("this answer is signed by somebody else than who was paid")]
    OtherGiver,
    /// The license in it does not hold.
    #[error("the seller sent a license that does not hold: {0}; your payment is named on your card and can be proven")]
    License(#[from] NotALicense),
    /// The license is not what was paid for.
    #[error(
        "the seller sent another license than was paid for ({0}); your payment is named on your card and can be proven"
    )]
    Another(&'static str),
    /// The key in it does not open.
    #[error("the seller sent a key that does not open; your payment is named on your card and can be proven")]
    Key,
    /// A value in it is not its maker's.
    #[error("the seller sent a value that does not hold; your payment is named on your card and can be proven")]
    Value,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for SettleRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "settle-for-another",
            Self::Forged(_) => "settle-forged",
            Self::OtherGiver => "settle-other-giver",
            Self::License(e) => e.code(),
            Self::Another(_) => "settle-another-license",
            Self::Key => "settle-key-does-not-open",
            Self::Value => "settle-value-does-not-hold",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(e) => e.again(),
            _ => Again::Never,
        }
    }
}

impl<J: Journal> Card<J> {
    /// Takes a sealed `settle` for one of this card's deals.
    pub fn settle(&mut self, sealed: &[u8], clock: Moment, seed: &Seed) -> Result<Settled, SettleRefusal> {
        let now = self.now(clock);
        if let Some(heard) = self.open_by_pair(Sealed::Settle, sealed) {
            return self.settle_loan(heard, now, seed);
        }
        let Some((paid, signed)) = self.find_open(sealed) else {
            return self.settled_before(sealed, now, seed);
        };
        let parsed = seal::parse::<SettleSheet>(&signed, Sealed::Settle, self.realm).map_err(SettleRefusal::Forged)?;
        let giver = self.judge_giver(&paid, parsed.claims())?;
        let sheet = parsed
            .verify(&giver.sign, paid.pay.receiver.into())
            .map_err(SettleRefusal::Forged)?;
        if sheet.deal != paid.deal {
            return Err(SettleRefusal::NotMine);
        }
        let receipt = match &sheet.outcome {
            OutcomeSheet::Given(gift) => gift.receipt,
            OutcomeSheet::Void(_) => None,
        };
        let outcome = match &sheet.outcome {
            OutcomeSheet::Void(reason) => Outcome::Void(*reason),
            OutcomeSheet::Given(gift) => Outcome::Given(self.accept(&paid, gift, &giver)?),
        };
        let settle = Settle {
            deal: sheet.deal,
            pay_no: deal::approval::seen(sheet.pay_no, self.number_pad(paid.pay.receiver)),
            outcome,
        };
        match self.image.state.close(&settle, &signed, now) {
            Closing::Given(entry) => self.close_given(&paid, entry, receipt, now, &giver, seed),
            Closing::Void(entry) => {
                let Entry::Voided(deal, reason, _) = &entry else {
                    return Ok(Settled::Nothing);
                };
                let (deal, reason) = (*deal, *reason);
                let line = self.line(&paid, None, Event::Returned, now);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("voided"))?;
                Ok(Settled::Void { deal, reason })
            }
            Closing::DoneAgain => {
                let bytes = self.done(paid.pay.receiver, paid.deal, &giver, seed)?;
                Ok(Settled::Again(Outgoing::after(
                    crate::Durable::nothing_to_write(),
                    bytes,
                )))
            }
            Closing::Nothing => Ok(Settled::Nothing),
            Closing::Freeze(entry) => {
                self.commit(
                    &Change::Deal(entry, Some(crate::contact::own_line(now, Event::Frozen)), None),
                    &seed.part("freeze"),
                )?;
                Ok(Settled::Frozen)
            }
        }
    }

    fn close_given(
        &mut self,
        paid: &Paid,
        entry: Entry,
        receipt: Option<u64>,
        now: Moment,
        giver: &Giver,
        seed: &Seed,
    ) -> Result<Settled, SettleRefusal> {
        let Entry::Closed(deal, gift, _) = &entry else {
            return Ok(Settled::Nothing);
        };
        let (deal, license) = (*deal, gift.license.as_ref().map(|held| held.id));
        let done = self.done(paid.pay.receiver, paid.deal, giver, seed)?;
        let line = self.line(paid, gift.license.as_ref(), Event::Given, now);
        let keep = (paid.pay.quote.giver, ByteVec::from(done.clone()));
        let durable = self.commit(&Change::Deal(entry, Some(line), Some(keep)), &seed.part("closed"))?;
        Ok(Settled::Given {
            deal,
            license,
            receipt,
            done: Outgoing::after(durable, done),
        })
    }

    /// A word about a deal that is closed: `done` again, or the second of two that contradict one another, or a word from
    /// a future that this card does not know.
    fn settled_before(&mut self, sealed: &[u8], now: Moment, seed: &Seed) -> Result<Settled, SettleRefusal> {
        let (tag, signed) = self.open_by_tag(Sealed::Settle, sealed).ok_or(SettleRefusal::NotMine)?;
        let parsed = seal::parse::<SettleSheet>(&signed, Sealed::Settle, self.realm).map_err(SettleRefusal::Forged)?;
        let (deal, given) = (parsed.claims().deal, parsed.claims().given());
        let closed = self
            .image
            .history
            .iter()
            .rev()
            .find(|l| l.deal == Some(deal) && matches!(l.event, Event::Given | Event::Returned));
        let (was_given, with, kind) = match closed {
            Some(line) => (Some(line.event == Event::Given), line.with, line.kind),
            None => (None, None, None),
        };
        let giver = self.speaker(kind, with, &parsed.claims().certificate)?;
        let sheet = parsed.verify(&giver.sign, tag.into()).map_err(SettleRefusal::Forged)?;
        let outcome = if given {
            Outcome::Given(Gift::default())
        } else {
            Outcome::Void(VoidReason::Ruled)
        };
        let settle = Settle {
            deal,
            pay_no: deal::approval::seen(sheet.pay_no, self.number_pad(tag)),
            outcome,
        };
        let unused = self.image.state.tags.iter().any(|(t, ..)| *t == tag);
        match self.image.state.close(&settle, &signed, now) {
            // Only a tag this card never used, as far as it knows, can have been used in a future it does not know.
            Closing::Freeze(_) if !unused => Ok(Settled::Nothing),
            // A card's bare word freezes nobody: whoever saw this card's tag in a quote could stop it (row-26). It is kept
            // for the issuer, who knows the numbers.
            Closing::Freeze(_) if self.trust.check_ever::<role::Transfer>(&sheet.certificate).is_ok() => {
                self.contradicted(deal, signed, now, seed)
            }
            Closing::Freeze(entry) => {
                let line = crate::contact::own_line(now, Event::Frozen);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("freeze"))?;
                Ok(Settled::Frozen)
            }
            _ if was_given.is_some_and(|was| was != given) => self.contradicted(deal, signed, now, seed),
            Closing::DoneAgain => {
                let bytes = self.done(tag, deal, &giver, seed)?;
                Ok(Settled::Again(Outgoing::after(
                    crate::Durable::nothing_to_write(),
                    bytes,
                )))
            }
            _ => Ok(Settled::Nothing),
        }
    }

    /// Who speaks of a closed deal: its giver, if this card still knows who that was, or an issuer.
    fn speaker(&self, kind: Option<Kind>, with: Option<PartyId>, certificate: &[u8]) -> Result<Giver, SettleRefusal> {
        const KINDS: [Kind; 5] = [Kind::Copy, Kind::Sale, Kind::Load, Kind::Collect, Kind::Unlock];
        let known = match kind {
            Some(kind) => self.giver_ever(kind, certificate),
            None => KINDS.iter().find_map(|kind| self.giver_ever(*kind, certificate)),
        };
        let fits = |g: &Giver| with.is_none_or(|with| with.0 == g.subject);
        known
            .filter(fits)
            .or_else(|| self.giver_ever(Kind::Load, certificate))
            .ok_or(SettleRefusal::OtherGiver)
    }

    /// Both words stay: the first is what this card did, the second is evidence.
    fn contradicted(
        &mut self,
        deal: DealId,
        signed: Vec<u8>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Settled, SettleRefusal> {
        let state = &self.image.state;
        let of_kind = |e: &&deal::Evidence| matches!(e, deal::Evidence::Contradiction(..));
        let known = |e: &deal::Evidence| matches!(e, deal::Evidence::Contradiction(d, _) if *d == deal);
        // A few are enough to name whoever says such things, and leave room for what payments need.
        let full = state.evidence.len() >= usize::from(state.profile.evidence_max)
            || state.evidence.iter().filter(of_kind).count() >= CONTRADICTIONS_MAX;
        if !state.evidence.iter().any(known) && !full {
            let line = Line {
                deal: Some(deal),
                ..crate::contact::own_line(now, Event::Contradicted)
            };
            let entry = Entry::Contradicted(deal, signed.into());
            self.commit(&Change::Deal(entry, Some(line), None), &seed.part("contradicted"))?;
        }
        Ok(Settled::Contradicted { deal })
    }

    /// The open deal this was sealed to, and its plain bytes. At most sixteen are open.
    fn find_open(&self, sealed: &[u8]) -> Option<(Paid, Vec<u8>)> {
        self.image.state.paid.iter().find_map(|paid| {
            let plain = wire::open_sealed(&self.tag_opener(paid.pay.receiver), Sealed::Settle, sealed).ok()?;
            Some((paid.clone(), plain))
        })
    }

    /// Whose word counts: the giver's own, or the issuer's void. Certificates are honoured however old.
    fn judge_giver(&self, paid: &Paid, sheet: &SettleSheet) -> Result<Giver, SettleRefusal> {
        let kind = paid.pay.quote.kind;
        if let Ok(issuer) = self.trust.check_ever::<role::Issuer>(&sheet.certificate)
            && (matches!(kind, Kind::Load | Kind::Redeem) || !sheet.given())
        {
            let giver = Giver::of(issuer);
            let entitled = !matches!(kind, Kind::Load | Kind::Redeem) || giver.subject == paid.pay.quote.giver;
            return if entitled {
                Ok(giver)
            } else {
                Err(SettleRefusal::OtherGiver)
            };
        }
        self.giver_ever(kind, &sheet.certificate)
            .filter(|g| g.subject == paid.pay.quote.giver)
            .ok_or(SettleRefusal::OtherGiver)
    }

    /// Whoever was certified once to give such deals.
    pub(crate) fn giver_ever(&self, kind: Kind, certificate: &[u8]) -> Option<Giver> {
        let trust = &self.trust;
        match kind {
            Kind::Load | Kind::Redeem => trust.check_ever::<role::Issuer>(certificate).map(Giver::of),
            Kind::Collect => trust.check_ever::<role::Collector>(certificate).map(Giver::of),
            Kind::Unlock => trust.check_ever::<role::Support>(certificate).map(Giver::of),
            Kind::Copy | Kind::Move | Kind::Locked | Kind::Lend => match self.known.card(certificate) {
                Some(known) => Ok(Giver::of(known.clone())),
                None => trust.check_ever::<role::Transfer>(certificate).map(Giver::of),
            },
            Kind::Sale | Kind::PayOnly | Kind::Surrender | Kind::Clear => {
                trust.check_ever::<role::Seller>(certificate).map(Giver::of)
            }
        }
        .ok()
    }

    /// Checks everything a gift brings, before any of it is believed.
    fn accept(&self, paid: &Paid, gift: &GiftSheet, giver: &Giver) -> Result<Gift, SettleRefusal> {
        let quote = &paid.pay.quote;
        let brings = quote.kind.brings_license();
        self.slips_fit(paid, &gift.slips)?;
        let ahead = self.came_ahead(paid, gift)?;
        let license = match gift.document.as_deref().map(|d| d.as_slice()).or(ahead.as_deref()) {
            Some(bytes) if brings => Some(self.accept_license(paid, bytes)?),
            None if !brings => None,
            _ => return Err(SettleRefusal::Another("its absence or presence")),
        };
        let bought = license
            .as_ref()
            .filter(|_| quote.kind == Kind::Sale && !quote.price.is_zero())
            .and_then(|held| self.noted(paid, held.publisher, gift.bought.as_ref(), giver));
        let credit = match quote.kind {
            Kind::Load if gift.credit == quote.credit => gift.credit,
            Kind::Load => return Err(SettleRefusal::Another("the amount")),
            // A rebate in money comes from an issuer that collects, and only as it was quoted.
            Kind::Collect if gift.credit == quote.credit && self.may_credit(giver) => gift.credit,
            _ if gift.credit.is_some() => return Err(SettleRefusal::Another("money nobody may give")),
            _ => None,
        };
        for (value, signed) in &gift.values {
            let read: Value = wire::open_signed(signed, Sealed::Value, self.realm, &giver.sign, Audience::Anyone)
                .map_err(|_| SettleRefusal::Value)?;
            if read != *value || value.maker != PartyId(giver.subject) {
                return Err(SettleRefusal::Value);
            }
        }
        if quote.kind == Kind::Surrender
            && gift.values.iter().map(|(v, _)| v.worth).next() != quote.credit.filter(|c| !c.is_zero())
        {
            return Err(SettleRefusal::Another("the refund"));
        }
        if quote.kind == Kind::PayOnly
            && !gift
                .values
                .iter()
                .any(|(v, _)| v.kind == deal::ValueKind::Receipt && v.offer == quote.offer)
        {
            return Err(SettleRefusal::Another("the receipt"));
        }
        Ok(Gift {
            license,
            slips: gift.slips.clone(),
            credit,
            values: gift.values.clone(),
            bought,
        })
    }

    /// Slips come along only from a card whose receiver carries on, only such as travel with this deal, and never more than
    /// there is room for.
    fn slips_fit(&self, paid: &Paid, slips: &[deal::Slip]) -> Result<(), SettleRefusal> {
        let quote = &paid.pay.quote;
        let travels = |s: &deal::Slip| {
            s.payee == quote.payee
                && s.route == quote.route
                && (s.route != license::Route::Chain || s.title == quote.title)
        };
        let carries = quote.kind.between_cards() && paid.pay.winner == deal::Side::Receiver;
        let fits = slips.len() < usize::from(paid.pay.room) || slips.is_empty();
        if slips.is_empty() || carries && fits && slips.iter().all(travels) {
            Ok(())
        } else {
            Err(SettleRefusal::Another("the fares that come along"))
        }
    }

    /// The license that came with the quote, opened with the secret that came now (unlock, then pay).
    fn came_ahead(&self, paid: &Paid, gift: &GiftSheet) -> Result<Option<Vec<u8>>, SettleRefusal> {
        let (Some(locked), Some(secret)) = (&paid.kept, &gift.secret) else {
            return Ok(None);
        };
        let ask = paid.pay.quote.ask.unwrap_or_default();
        wire::unlock_ahead(secret, ask, locked)
            .map(Some)
            .ok_or(SettleRefusal::Key)
    }

    /// Is this collector an issuer too? Only issuers put money into purses.
    fn may_credit(&self, giver: &Giver) -> bool {
        self.known
            .issuer
            .as_ref()
            .is_some_and(|issuer| issuer.subject() == giver.subject)
    }

    fn accept_license(&self, paid: &Paid, bytes: &[u8]) -> Result<Held, SettleRefusal> {
        let quote = &paid.pay.quote;
        let document = self.whole_document(bytes, &paid.terms)?;
        let bytes = &cbor::to_bytes(&document);
        let known = self.known.terms(document.terms_name());
        let license = document.check_with(&self.trust, paid.pay.receiver, known)?;
        let another = |what| Err(SettleRefusal::Another(what));
        if Some(license.offer_hash) != quote.offer || Some(license.offer.policy) != quote.policy {
            return another("the offer");
        }
        if license.link.generation != quote.generation || license.link.rights != quote.rights {
            return another("its rights");
        }
        // A license that was unlocked before it was paid for names the question instead of the payment.
        let ahead = paid.kept.is_some() && Some(license.link.deal.0) == quote.ask.map(|ask| ask.0);
        if license.link.deal != paid.deal && !ahead {
            return another("the deal");
        }
        if license.link.bind != paid.pay.bind {
            return another("the devices it is bound to");
        }
        let opened = self.opened(&license).ok_or(SettleRefusal::Key)?;
        let paid_in = paid
            .money()
            .unwrap_or(units::Money::zero(license.offer.price.currency()));
        Ok(held(&license, bytes, paid_in, opened))
    }

    /// The key of a license that came, as this card keeps keys; nothing if it is not the key its link names.
    pub(crate) fn opened(&self, license: &License) -> Option<Opened> {
        if license.link.rights.share == Share::Nothing {
            return Some(Opened::default());
        }
        let key = self.unwrap(license.offer_hash, &license.document, &license.link)?;
        if license.link.rights.share == Share::Whole && key_id(&key) != KeyId(license.link.key_id) {
            return None;
        }
        Some(if self.image.keep_opened {
            Opened::new(key.expose())
        } else {
            Opened::default()
        })
    }

    /// Unwraps the key of a license with the keys of the tag it is for. Nothing outside this crate ever sees the result.
    pub(crate) fn unwrap(&self, offer: units::Hash, document: &Document, link: &Link) -> Option<ContentSecret> {
        let share = link.rights.share;
        let wraps = document.wraps.iter();
        let wrap = wraps.filter(|w| w.share >= share).min_by_key(|w| w.share)?;
        let bound = license::bound_to(
            self.realm,
            offer,
            link.header,
            link.receiver.tag,
            link.generation,
            wrap.share,
        );
        license::unwrap_key(&self.reader_of(link.receiver.tag), &bound, wrap).ok()
    }

    fn done(&self, receiver: units::Tag, deal: DealId, giver: &Giver, seed: &Seed) -> Result<Vec<u8>, Fault> {
        let done = Done {
            receiver,
            deals: alloc::vec![deal],
        };
        let signer = self.tag_signer(receiver);
        wire::sign_and_seal(
            &signer,
            Sealed::Done,
            self.realm,
            Audience::One(giver.subject),
            &giver.seal,
            &done,
            &seed.part("done-seal"),
        )
        .map_err(|_| Fault::Seal)
    }

    fn line(&self, paid: &Paid, license: Option<&Held>, event: Event, at: Moment) -> Line {
        let quote = &paid.pay.quote;
        Line {
            peer: quote.kind.between_cards().then_some(units::Tag(quote.giver)),
            generation: license.map(|held| held.generation),
            copies: None,
            at,
            event,
            kind: Some(paid.pay.quote.kind),
            title: self.title_of(paid.deal).unwrap_or("").into(),
            amount: paid.money().or(paid.pay.quote.credit),
            with: Some(PartyId(paid.pay.quote.giver)),
            deal: Some(paid.deal),
        }
    }

    /// The offer of a license on this card, read from its document, which was checked when it came.
    pub fn offer_of(&self, held: &Held) -> Option<Offer> {
        let document = Document::parse(&held.document).ok()?;
        let offer = seal::parse::<Offer>(&document.offer, Sealed::Offer, self.realm).ok()?;
        Some(offer.claims().clone())
    }

    /// A license on this card, checked again from its document.
    pub fn license_of(&self, held: &Held) -> Option<License> {
        Document::parse(&held.document)
            .ok()?
            .check_kept(&self.trust, held.tag)
            .ok()
    }
}

fn key_id(key: &ContentSecret) -> KeyId {
    ContentKey::from_secret_bytes(*key.expose()).id()
}

/// A license as a card holds it. Its last link is for the tag it was checked for.
pub(crate) fn held(license: &License, bytes: &[u8], paid: units::Money, opened: Opened) -> Held {
    let (offer, policy, link) = (&license.offer, &license.policy, &license.link);
    let status = match link.rights.share {
        Share::Nothing => Status::Locked,
        Share::Whole => Status::Usable,
        _ => Status::Partial,
    };
    Held {
        id: license.id,
        offer: license.offer_hash,
        title: offer.content,
        publisher: offer.publisher,
        seller: license.seller,
        payee: policy.payee,
        status,
        generation: link.generation,
        rights: link.rights,
        first_play: None,
        copies_left: link.copies.or(policy.copies),
        modes: policy.modes,
        generations: policy.generations,
        fare_copy: policy.fare_copy,
        fare_move: policy.fare_move,
        copy_rights: policy.copy_rights,
        route: policy.route,
        policy: offer.policy,
        bind: link.bind.clone(),
        tag: link.receiver.tag,
        paid,
        since: Moment(0),
        document: ByteVec::from(bytes.to_vec()),
        opened,
    }
}
