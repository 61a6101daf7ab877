//! Settle: the giver's decision arrives; the card closes and says `done`.

use alloc::vec::Vec;
use deal::{
    Closing, Entry, Gift, Held, Kind, Opened, Outcome, Paid, Settle, Status, Value, VoidReason,
    wire::{self, Done, GiftSheet, OutcomeSheet, SettleSheet},
};
use license::{Document, License, NotALicense, Offer};
use minicbor::bytes::ByteVec;
use package::{ContentKey, KeyId};
use seal::{Audience, ContentSecret, Kind as Sealed, NotSigned, Seed, role};
use units::{Again, DealId, LicenseId, Moment, PartyId, Refusal, Share};

use crate::{Card, Event, Fault, Journal, Line, Outgoing, image::Change, quote::Giver};

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
    /// The card found that it is an old copy of itself.
    Frozen,
}

/// Why a decision was not taken. In order of precedence; the deal is still open and nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleRefusal {
    /// Not sealed to any open deal of this card.
    #[error("this answer belongs to no open payment of this card")]
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
        let (paid, signed) = self.find_open(sealed).ok_or(SettleRefusal::NotMine)?;
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
            pay_no: sheet.pay_no,
            outcome,
        };
        match self.image.state.close(&settle, &signed, now) {
            Closing::Given(entry) => self.close_given(&paid, entry, receipt, now, &giver, seed),
            Closing::Void(entry) => {
                let Entry::Voided(deal, reason, _) = &entry else {
                    return Ok(Settled::Nothing);
                };
                let (deal, reason) = (*deal, *reason);
                let line = self.line(&paid, Event::Returned, now);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("voided"))?;
                Ok(Settled::Void { deal, reason })
            }
            Closing::DoneAgain => {
                let bytes = self.done(&paid, &giver, seed)?;
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
        let done = self.done(paid, giver, seed)?;
        let line = self.line(paid, Event::Given, now);
        let keep = (paid.pay.quote.giver, ByteVec::from(done.clone()));
        let durable = self.commit(&Change::Deal(entry, Some(line), Some(keep)), &seed.part("closed"))?;
        Ok(Settled::Given {
            deal,
            license,
            receipt,
            done: Outgoing::after(durable, done),
        })
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
        let giver = match kind {
            Kind::Collect => self
                .trust
                .check_ever::<role::Collector>(&sheet.certificate)
                .map(Giver::of),
            Kind::Unlock => self
                .trust
                .check_ever::<role::Support>(&sheet.certificate)
                .map(Giver::of),
            Kind::Copy | Kind::Move | Kind::Locked | Kind::Lend => self
                .trust
                .check_ever::<role::Transfer>(&sheet.certificate)
                .map(Giver::of),
            _ => self.trust.check_ever::<role::Seller>(&sheet.certificate).map(Giver::of),
        };
        giver
            .ok()
            .filter(|g| g.subject == paid.pay.quote.giver)
            .ok_or(SettleRefusal::OtherGiver)
    }

    /// Checks everything a gift brings, before any of it is believed.
    fn accept(&self, paid: &Paid, gift: &GiftSheet, giver: &Giver) -> Result<Gift, SettleRefusal> {
        let quote = &paid.pay.quote;
        let brings = quote.kind.brings_license();
        let license = match &gift.document {
            Some(bytes) if brings => Some(self.accept_license(paid, bytes)?),
            None if !brings => None,
            _ => return Err(SettleRefusal::Another("its absence or presence")),
        };
        let credit = match quote.kind {
            Kind::Load if gift.credit == quote.credit => gift.credit,
            Kind::Load => return Err(SettleRefusal::Another("the amount")),
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
        })
    }

    fn accept_license(&self, paid: &Paid, bytes: &[u8]) -> Result<Held, SettleRefusal> {
        let quote = &paid.pay.quote;
        let license = Document::parse(bytes)?.check(&self.trust, paid.pay.receiver)?;
        let another = |what| Err(SettleRefusal::Another(what));
        if Some(license.offer_hash) != quote.offer || Some(license.offer.policy) != quote.policy {
            return another("the offer");
        }
        if license.link.generation != quote.generation || license.link.rights != quote.rights {
            return another("its rights");
        }
        if license.link.deal != paid.deal {
            return another("the deal");
        }
        if license.link.bind != paid.pay.bind {
            return another("the devices it is bound to");
        }
        let key = self.unwrap(&license).ok_or(SettleRefusal::Key)?;
        if license.link.rights.share == Share::Whole && key_id(&key) != KeyId(license.link.key_id) {
            return Err(SettleRefusal::Key);
        }
        let opened = if self.image.keep_opened {
            Opened::new(key.expose())
        } else {
            Opened::default()
        };
        Ok(held(&license, bytes, paid, opened))
    }

    /// Unwraps the key of a license with the keys of the tag it is for. Nothing outside this crate ever sees the result.
    pub(crate) fn unwrap(&self, license: &License) -> Option<ContentSecret> {
        let link = &license.link;
        let wrap = license
            .document
            .wraps
            .iter()
            .filter(|w| w.share >= link.rights.share)
            .min_by_key(|w| w.share)?;
        let bound = license::bound_to(
            self.realm,
            license.offer_hash,
            link.header,
            link.receiver.tag,
            link.generation,
            wrap.share,
        );
        license::unwrap_key(&self.tag_opener(link.receiver.tag), &bound, wrap).ok()
    }

    fn done(&self, paid: &Paid, giver: &Giver, seed: &Seed) -> Result<Vec<u8>, Fault> {
        let done = Done {
            receiver: paid.pay.receiver,
            deals: alloc::vec![paid.deal],
        };
        let signer = self.tag_signer(paid.pay.receiver);
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

    fn line(&self, paid: &Paid, event: Event, at: Moment) -> Line {
        Line {
            at,
            event,
            kind: Some(paid.pay.quote.kind),
            title: self.title_of(paid.deal).unwrap_or("").into(),
            amount: paid.money().or(paid.pay.quote.credit),
            with: Some(PartyId(paid.pay.quote.giver)),
            deal: Some(paid.deal),
        }
    }

    /// The offer of a license on this card, read from its document.
    pub fn offer_of(&self, held: &Held) -> Option<Offer> {
        self.license_of(held).map(|l| l.offer)
    }

    /// A license on this card, checked again from its document.
    pub fn license_of(&self, held: &Held) -> Option<License> {
        Document::parse(&held.document).ok()?.check(&self.trust, held.tag).ok()
    }
}

fn key_id(key: &ContentSecret) -> KeyId {
    ContentKey::from_secret_bytes(*key.expose()).id()
}

fn held(license: &License, bytes: &[u8], paid: &Paid, opened: Opened) -> Held {
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
        copies_left: policy.copies,
        modes: policy.modes,
        generations: policy.generations,
        fare_copy: policy.fare_copy,
        fare_move: policy.fare_move,
        copy_rights: policy.copy_rights,
        route: policy.route,
        policy: offer.policy,
        bind: link.bind.clone(),
        tag: paid.pay.receiver,
        paid: paid.money().unwrap_or(units::Money::zero(offer.price.currency())),
        since: Moment(0),
        document: ByteVec::from(bytes.to_vec()),
        opened,
    }
}
