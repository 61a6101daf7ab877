//! Decide: this card as giver. One journal write decides the deal; what it says afterwards, it says for ever.

use alloc::{string::String, vec::Vec};
use deal::{
    Decision, Entry, Held, Kind, Side, VoidReason,
    fact::{BoughtWord, Claimed},
    wire::{self, GiftSheet, OutcomeSheet, PaySheet, SettleSheet},
};
use license::{Document, Link, Receiver};
use minicbor::bytes::ByteVec;
use seal::{Audience, Class, ContentSecret, Kind as Sealed, NotSigned, NotTrusted, Seed, Verified, cbor, role};
use units::{Again, DealId, LicenseId, Moment, Money, Refusal, Share, Tag};

use crate::{Card, Durable, Event, Fault, Journal, Line, Outgoing, image::Change};

/// What this card answers to one payment.
#[derive(Debug)]
pub enum Decided {
    /// Given, now and for ever: the `settle` for the receiver.
    Given {
        /// The deal.
        deal: DealId,
        /// Copy, move or sale.
        kind: Kind,
        /// The work's title.
        title: String,
        /// What the receiver paid.
        fare: Option<Money>,
        /// Which card carries the fares on.
        winner: Side,
        /// For the receiver.
        settle: Outgoing,
    },
    /// Not given, for ever.
    Void {
        /// The deal.
        deal: DealId,
        /// Why.
        reason: VoidReason,
        /// For the receiver.
        settle: Outgoing,
    },
    /// Decided before: the same answer again.
    Again {
        /// The deal.
        deal: DealId,
        /// For the receiver.
        settle: Outgoing,
    },
    /// Older than what this card still knows: the receiver asks the issuer.
    SeeIssuer {
        /// The deal.
        deal: DealId,
    },
    /// This card found that it is an old copy of itself.
    Frozen,
}

impl Decided {
    /// What goes back to the receiver, if anything.
    pub const fn settle(&self) -> Option<&Outgoing> {
        match self {
            Self::Given { settle, .. } | Self::Void { settle, .. } | Self::Again { settle, .. } => Some(settle),
            Self::SeeIssuer { .. } | Self::Frozen => None,
        }
    }
}

/// Why a payment is not even decided: it is none, or not for this card. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecideRefusal {
    /// Not sealed to any tag of this card.
    #[error("this payment is for another card")]
    NotMine,
    /// Not a payment, or forged.
    #[error("this is not a genuine payment ({0})")]
    Forged(NotSigned),
    /// Whoever pays is no card of this realm.
    #[error("the paying card cannot be verified ({0})")]
    Receiver(NotTrusted),
    /// It names another quote than the one this card signed.
    #[error("this payment answers a quote that this card never made")]
    NotMyQuote,
    /// Seal and clear part of the slip do not agree, or its slips are not what they must be.
    #[error("the money in this payment is not made out as it must be")]
    Slip,
    /// It says when its card bought, and nobody could be held to it.
    #[error(transparent)]
    Unsealed(#[from] crate::fact::Unsealed),
    /// The license's own key does not open.
    #[error("the license's key does not open on this card; ask its seller to reissue it")]
    Key,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DecideRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "pay-for-another",
            Self::Forged(_) => "pay-forged",
            Self::Receiver(_) => "receiver-not-verified",
            Self::NotMyQuote => "pay-other-quote",
            Self::Slip => "pay-slip-forged",
            Self::Unsealed(_) => "facts-not-sealed",
            Self::Key => "license-key-does-not-open",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Receiver(e) => e.again(),
            Self::Fault(e) => e.again(),
            _ => Again::Never,
        }
    }
}

/// This card's own certificate of the quote's tag, and until when it holds if the tag is still unused.
struct Own {
    bytes: ByteVec,
    until: Option<Moment>,
}

/// Under which name this card made a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// A tag, as any card.
    Tag(Tag),
    /// The seller it is.
    Counter,
}

/// A payment that is one: opened, its signatures verified, its quote this card's own.
pub(crate) struct Heard {
    pub(crate) deal: DealId,
    voice: Voice,
    pub(crate) sheet: PaySheet,
    pub(crate) receiver: Receiver,
    pub(crate) own: ByteVec,
    certified: bool,
    claimed: Option<Claimed>,
}

impl<J: Journal> Card<J> {
    /// Takes a sealed `pay`, decides it if it was not, and answers. Repeated, it answers the same.
    pub fn decide(&mut self, sealed: &[u8], clock: Moment, seed: &Seed) -> Result<Decided, DecideRefusal> {
        let now = self.now(clock);
        if let Some(heard) = self.hears_loan(sealed) {
            return self.decide_loan(heard, now, seed);
        }
        let heard = self.hear_pay(sealed, now)?;
        let deal = heard.deal;
        let pay = &heard.sheet.pay;
        let decision = match heard.voice {
            Voice::Tag(_) => self.image.state.decide(deal, pay, heard.certified, now),
            Voice::Counter => {
                let shelf = self.on_shelf(&pay.quote).map(|(shelf, _)| shelf);
                self.image
                    .state
                    .decide_sale(deal, pay, shelf.as_ref(), heard.certified, now)
            }
        };
        match decision {
            Decision::Repeat(given) => {
                let settle = Outgoing::after(Durable::nothing_to_write(), given.message.to_vec());
                Ok(Decided::Again { deal, settle })
            }
            Decision::Freeze(entry) => {
                let line = crate::contact::own_line(now, Event::Frozen);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("freeze"))?;
                Ok(Decided::Frozen)
            }
            Decision::SeeIssuer => Ok(Decided::SeeIssuer { deal }),
            Decision::VoidPassed => {
                let reason = VoidReason::Passed;
                let bytes = self.say(&heard, OutcomeSheet::Void(reason), seed)?;
                let settle = Outgoing::after(Durable::nothing_to_write(), bytes);
                Ok(Decided::Void { deal, reason, settle })
            }
            Decision::Void(reason, entry) => {
                let bytes = self.say(&heard, OutcomeSheet::Void(reason), seed)?;
                let durable = self.commit(&Change::Deal(entry, None, None), &seed.part("void"))?;
                let settle = Outgoing::after(durable, bytes);
                Ok(Decided::Void { deal, reason, settle })
            }
            Decision::Give(entry) if heard.voice == Voice::Counter => self.give_sold(&heard, entry, now, seed),
            Decision::Give(entry) => self.give(&heard, entry, now, seed),
        }
    }

    /// Opens and verifies; judges nothing yet but what makes a payment one.
    fn hear_pay(&self, sealed: &[u8], now: Moment) -> Result<Heard, DecideRefusal> {
        let (voice, signed) = self.open_pay(sealed).ok_or(DecideRefusal::NotMine)?;
        let me = match voice {
            Voice::Tag(tag) => tag.0,
            Voice::Counter => self.seller_id().unwrap_or_default().0,
        };
        let parsed = seal::parse::<PaySheet>(&signed, Sealed::Pay, self.realm).map_err(DecideRefusal::Forged)?;
        let certificate = parsed.claims().certificate.clone();
        let receiver: Verified<role::Transfer> =
            self.trust.check_ever(&certificate).map_err(DecideRefusal::Receiver)?;
        let sheet = parsed
            .verify(receiver.sign(), Audience::One(me))
            .map_err(DecideRefusal::Forged)?;
        let own = self.my_quote(voice, me, &sheet).ok_or(DecideRefusal::NotMyQuote)?;
        if sheet.pay.receiver.0 != receiver.subject() {
            return Err(DecideRefusal::Receiver(NotTrusted::OtherRole));
        }
        self.slips_agree(&sheet, &receiver)?;
        let claimed = self.receiver_claims(wire::deal_id(&signed), voice, &sheet, &receiver, now)?;
        Ok(Heard {
            claimed,
            deal: wire::deal_id(&signed),
            voice,
            receiver: Receiver {
                tag: sheet.pay.receiver,
                sign: *receiver.sign(),
                seal: *receiver.seal(),
            },
            certified: self.certified(&sheet, &receiver, &own, now),
            sheet,
            own: own.bytes,
        })
    }

    /// Opens a payment to this card as a card, or as the seller it is.
    fn open_pay(&self, sealed: &[u8]) -> Option<(Voice, Vec<u8>)> {
        if self.image.counter.is_some()
            && let Ok(bytes) = wire::open_sealed(&self.counter_opener(), Sealed::Pay, sealed)
        {
            return Some((Voice::Counter, bytes));
        }
        let (tag, bytes) = self.open_by_tag(Sealed::Pay, sealed)?;
        Some((Voice::Tag(tag), bytes))
    }

    fn signer_of(&self, voice: Voice) -> seal::Signer {
        match voice {
            Voice::Tag(tag) => self.tag_signer(tag),
            Voice::Counter => self.counter_signer(),
        }
    }

    /// The quote is one this card signed under this name, and what comes with it is that name's certificate. Signing is
    /// deterministic: signed again, it is the same bytes, which is cheaper than verifying.
    fn my_quote(&self, voice: Voice, me: [u8; 16], sheet: &PaySheet) -> Option<Own> {
        let quote = &sheet.pay.quote;
        let signer = self.signer_of(voice);
        let again = seal::sign(&signer, Sealed::Quote, self.realm, Audience::Anyone, quote);
        // Cards send the signature alone; the whole is as good.
        let signed = [wire::signature_of(&again), again.as_slice()];
        if quote.giver != me || !signed.contains(&sheet.quote.as_slice()) {
            return None;
        }
        let tag = match voice {
            Voice::Tag(tag) => tag,
            Voice::Counter => {
                let bytes = self.image.counter.as_ref()?.certificate.clone();
                let until = self.trust.check_ever::<role::Seller>(&bytes).ok()?.claims().until;
                return Some(Own {
                    bytes,
                    until: Some(until),
                });
            }
        };
        let bytes = sheet.giver.clone()?;
        let unused = self.image.state.tags.iter().find(|(t, ..)| *t == tag);
        // Shown again byte for byte: it was checked when it came.
        let until = match unused {
            Some((_, until, kept)) if *kept == bytes => Some(*until),
            _ => None,
        };
        if until.is_none() {
            let named = self.trust.check_ever::<role::Transfer>(&bytes).ok()?;
            if named.subject() != tag.0 || *named.sign() != signer.verify_key() {
                return None;
            }
        }
        Some(Own { bytes, until })
    }

    /// What the receiver says of itself where that moves fares: signed, under the publisher's seal. Kept with the gift if it
    /// brings the fare to its card.
    fn receiver_claims(
        &self,
        deal: DealId,
        voice: Voice,
        sheet: &PaySheet,
        receiver: &Verified<role::Transfer>,
        now: Moment,
    ) -> Result<Option<Claimed>, DecideRefusal> {
        let pay = &sheet.pay;
        let (Voice::Tag(_), Some(held)) = (voice, self.image.state.quoted(&pay.quote)) else {
            return Ok(None);
        };
        let claimed = crate::fact::claimed(
            (held.publisher, pay.receiver),
            (pay.facts, held.route),
            sheet.claim.as_ref(),
            receiver.sign(),
            self.realm,
            // Made after this card's quote, however late it comes.
            (
                pay.quote.until.less(crate::fact::CLAIM_OLD),
                now.plus(crate::fact::CLAIM_AHEAD),
            ),
        )?;
        let carries = pay.winner == Side::Receiver;
        Ok(claimed.filter(|_| carries).map(|claimed| Claimed { deal, ..claimed }))
    }

    /// Both certificates hold now, this card has not been silent too long, and the work may live on that card's class.
    fn certified(&self, sheet: &PaySheet, receiver: &Verified<role::Transfer>, own: &Own, now: Moment) -> bool {
        // This card's own may be revoked too; then it only voids.
        let mine = own.until.is_some_and(|until| now <= until) && !self.stopped(&own.bytes);
        let soft = receiver.claims().class == Class::Software;
        let held = self.image.state.quoted(&sheet.pay.quote);
        let hardware_only = held
            .and_then(|h| self.policy_unverified(h))
            .is_some_and(|p| p.hardware_only);
        mine && self.trust.holds(receiver, now).is_ok() && !self.silent(now) && !(soft && hardware_only)
    }

    /// Is this certificate of its own on the list of revoked ones?
    fn stopped(&self, own: &[u8]) -> bool {
        if self.image.revoked.is_empty() {
            return false;
        }
        let claims = seal::parse::<seal::Claims>(own, Sealed::Certificate, self.realm);
        claims.is_ok_and(|c| {
            let serial = c.claims().serial;
            let by = c.claims().issuer;
            self.image
                .revoked
                .iter()
                .any(|(issuer, n)| *n == serial && issuer.as_slice() == by)
        })
    }

    /// The fare slip's seal and clear part agree; slips that come along travel with this deal and are no more than fit.
    fn slips_agree(&self, sheet: &PaySheet, receiver: &Verified<role::Transfer>) -> Result<(), DecideRefusal> {
        let pay = &sheet.pay;
        let issuer = self.known.issuer.as_ref().ok_or(Fault::NotEnrolled)?;
        let fare = pay.tenders.iter().find_map(|t| match t {
            deal::Tender::Slip(slip) => Some(slip),
            _ => None,
        });
        let agrees = match (fare, &sheet.proof) {
            (None, _) => true,
            (Some(slip), Some(proof)) => wire::slip_agrees(
                slip,
                proof,
                self.realm,
                pay.receiver,
                pay.pay_no,
                receiver.sign(),
                issuer.seal(),
            ),
            (Some(_), None) => false,
        };
        let travels = |s: &deal::Slip| s.payee == pay.quote.payee && s.route == pay.quote.route;
        if agrees && pay.slips.iter().all(travels) {
            Ok(())
        } else {
            Err(DecideRefusal::Slip)
        }
    }

    /// The one write: link and key for the receiver's tag, the `settle` around them, and everything that leaves.
    fn give(&mut self, heard: &Heard, entry: Entry, now: Moment, seed: &Seed) -> Result<Decided, DecideRefusal> {
        let Entry::Given(given, Some(leaves), moves, ..) = &entry else {
            return Err(DecideRefusal::NotMyQuote);
        };
        let (leaves, moves, slips) = (*leaves, *moves, given.gift.slips.clone());
        let held = self
            .image
            .state
            .licenses
            .get(&leaves)
            .ok_or(DecideRefusal::NotMyQuote)?
            .clone();
        let mut document = self.hand_on(heard, &held, moves, now, seed)?;
        if heard.sheet.keeps_terms == Some(true) {
            // They came with the quote, and the receiver has kept them.
            document.leave_out_terms();
        }
        let gift = GiftSheet {
            document: Some(cbor::to_bytes(&document).into()),
            slips,
            ..GiftSheet::default()
        };
        let settle = self.say(heard, OutcomeSheet::Given(gift), seed)?;
        let pay = &heard.sheet.pay;
        let fare = pay.tenders.iter().find_map(|t| match t {
            deal::Tender::Slip(slip) => Some(slip.amount),
            _ => None,
        });
        let title = self.offer_of(&held).map(|o| o.title).unwrap_or_default();
        let copies = self.image.copies_made(leaves).saturating_add(u32::from(!moves));
        let line = Line {
            kind: Some(pay.quote.kind),
            title: title.clone(),
            amount: fare,
            deal: Some(heard.deal),
            peer: Some(pay.receiver),
            generation: Some(pay.quote.generation),
            copies: Some(copies),
            ..crate::contact::own_line(now, Event::Gave)
        };
        let (kind, winner) = (pay.quote.kind, pay.winner);
        let entry = entry
            .given_signed(settle.clone(), heard.receiver.sign)
            .with_claim(heard.claimed.clone());
        let mut changes = alloc::vec![Change::Deal(entry, Some(line), None)];
        if !moves {
            changes.push(Change::Copied(leaves));
        }
        let durable = self.commit(&Change::All(changes), &seed.part("given"))?;
        if moves {
            // The key this card gave away stands in old records too; without it they are of no use to a thief.
            self.fold(&seed.part("fold"));
        }
        Ok(Decided::Given {
            deal: heard.deal,
            kind,
            title,
            fare,
            winner,
            settle: Outgoing::after(durable, settle),
        })
    }

    /// The same at a counter: the first link, the next number of the edition, the slip into the till.
    fn give_sold(&mut self, heard: &Heard, entry: Entry, now: Moment, seed: &Seed) -> Result<Decided, DecideRefusal> {
        let pay = &heard.sheet.pay;
        let (_, stock) = self.on_shelf(&pay.quote).ok_or(DecideRefusal::NotMyQuote)?;
        let offer = stock.offer_hash();
        let document = self.sold(heard, stock, now, seed)?;
        let title = seal::parse::<license::Offer>(&document.offer, Sealed::Offer, self.realm)
            .map(|o| o.claims().title.clone())
            .unwrap_or_default();
        let gift = GiftSheet {
            document: Some(cbor::to_bytes(&document).into()),
            bought: heard
                .sheet
                .buyer
                .filter(|_| !pay.quote.price.is_zero())
                .and_then(|buyer| {
                    let publisher = self.publisher_of(stock)?;
                    let signer = self.counter_signer();
                    Some(BoughtWord::sign(&signer, self.realm, publisher, buyer, now))
                }),
            ..GiftSheet::default()
        };
        let settle = self.say(heard, OutcomeSheet::Given(gift), seed)?;
        let fare = pay.tenders.iter().find_map(|t| match t {
            deal::Tender::Slip(slip) => Some(slip.amount),
            _ => None,
        });
        let line = Line {
            kind: Some(Kind::Sale),
            title: title.clone(),
            amount: fare,
            deal: Some(heard.deal),
            peer: Some(pay.receiver),
            generation: Some(0),
            ..crate::contact::own_line(now, Event::Gave)
        };
        let entry = entry.given_signed(settle.clone(), heard.receiver.sign);
        let changes = alloc::vec![Change::Deal(entry, Some(line), None), Change::Sold(offer)];
        let durable = self.commit(&Change::All(changes), &seed.part("sold"))?;
        Ok(Decided::Given {
            deal: heard.deal,
            kind: Kind::Sale,
            title,
            fare,
            winner: Side::Giver,
            settle: Outgoing::after(durable, settle),
        })
    }

    /// The license's next link and the key wrapped for the receiver: unwrapped and wrapped again inside this card.
    fn hand_on(
        &self,
        heard: &Heard,
        held: &Held,
        moves: bool,
        now: Moment,
        seed: &Seed,
    ) -> Result<Document, DecideRefusal> {
        let quote = &heard.sheet.pay.quote;
        let document = Document::parse(&held.document).map_err(|_| DecideRefusal::Key)?;
        let before = document.last_link(self.realm).ok_or(DecideRefusal::Key)?;
        let key = self.whole_key(held, &document, &before).ok_or(DecideRefusal::Key)?;
        let link = Link {
            after: document.links.last().map(|l| seal::hash(l)).unwrap_or_default(),
            offer: held.offer,
            header: before.header,
            key_id: before.key_id,
            generation: quote.generation,
            serial: before.serial.filter(|_| moves),
            rights: quote.rights,
            bind: heard.sheet.pay.bind.clone(),
            receiver: heard.receiver,
            deal: heard.deal,
            at: now,
            copies: held.copies_left.filter(|_| moves),
            support: None,
            loan: None,
        };
        let bound = license::bound_to(
            self.realm,
            held.offer,
            link.header,
            link.receiver.tag,
            link.generation,
            Share::Whole,
        );
        let wrap = license::wrap_key(&heard.receiver.seal, &bound, Share::Whole, &key, &seed.part("wrap"))
            .map_err(|_| Fault::Seal)?;
        Ok(self.linked(held.tag, document, &link, alloc::vec![wrap]))
    }

    /// `document` with one more link, signed by the tag the last one was for.
    pub(crate) fn linked(&self, by: Tag, mut document: Document, link: &Link, wraps: Vec<license::Wrap>) -> Document {
        let signed = seal::sign(&self.tag_signer(by), Sealed::Link, self.realm, Audience::Anyone, link);
        document.links.push(signed.into());
        document.wraps = wraps;
        document
    }

    /// The key of the whole work, of a license that opens the whole of it.
    pub(crate) fn whole_key(&self, held: &Held, document: &Document, link: &Link) -> Option<ContentSecret> {
        if link.rights.share != Share::Whole {
            return None;
        }
        if !held.opened.is_empty() {
            return ContentSecret::from_slice(held.opened.expose());
        }
        self.unwrap(held.offer, document, link)
    }

    /// Signs a decision under the tag of the quote and seals it to the receiver.
    fn say(&self, heard: &Heard, outcome: OutcomeSheet, seed: &Seed) -> Result<Vec<u8>, Fault> {
        let sheet = SettleSheet {
            deal: heard.deal,
            pay_no: heard.sheet.pay.pay_no,
            outcome,
            certificate: heard.own.clone(),
        };
        wire::sign_and_seal(
            &self.signer_of(heard.voice),
            Sealed::Settle,
            self.realm,
            heard.receiver.tag.into(),
            &heard.receiver.seal,
            &sheet,
            &seed.part("settle-seal"),
        )
        .map_err(|_| Fault::Seal)
    }

    /// How many copies a license on this card has made (SD-11).
    pub fn copies_made(&self, license: LicenseId) -> u32 {
        self.image.copies_made(license)
    }
}
