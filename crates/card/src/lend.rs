//! Lend: a wallet's card hands plays to a player it has greeted, and has back what was not played (ST-4, ST-11, ST-18).
//!
//! The messages are those of every deal, quote, pay, settle and done, in the keys of the pair. The card that has something to
//! hand over makes the quote; the other one writes its record first; the first one's write decides. A key leaves wrapped for
//! the player alone, and the plays that come with it are off the card in that same write.

use alloc::{string::String, vec::Vec};
use deal::{
    Agreed, Closing, Decision, Entry, Gift, Held, Kind, Number, Outcome, Paid, Quote, Settle, Side, VoidReason,
    lend::{LendRefusal, LendWish, Lent, Pair, is_loan, loan_name},
    pair::Greeter,
    wire::{self, Done, GiftSheet, OutcomeSheet, PaySheet, QuoteSheet, SettleSheet},
};
use license::{Bind, Document, Link, Loan, Receiver, Rights, Route};
use minicbor::bytes::ByteVec;
use seal::{Audience, Class, Kind as Sealed, NotSigned, Seed, cbor, role};
use units::{Again, ContentId, DealId, LicenseId, Moment, Money, PartyId, Refusal, Share, Span, Tag};

use crate::{
    Card, DecideRefusal, Decided, DoneRefusal, Durable, Event, Fault, Greeted, Journal, Line, Outgoing, SettleRefusal,
    Settled, contact::own_line, image::Change, settle::held,
};

/// How long a quote of a loan is good.
const LOAN_QUOTE: Span = Span::minutes(10);
/// How often a wallet must answer for a license that is bound to it (ST-23).
pub const ANSWERS_EVERY: Span = Span::minutes(1);

/// Why nothing is lent, taken or returned. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LendFailure {
    /// Not sealed to this card in the pair that was greeted.
    #[error("this is not for this device, or not from the one that was greeted")]
    NotMine,
    /// Not genuine.
    #[error("this was not said by the paired device ({0})")]
    Forged(NotSigned),
    /// The player is no longer certified.
    #[error("the player's certificate has ended or was revoked; ask its maker")]
    NotCertified,
    /// Its publisher wants it on chips.
    #[error("its publisher lets this work live in hardware only, and that player is a program")]
    HardwareOnly,
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] LendRefusal),
    /// Could not be written or sealed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for LendFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "loan-for-another",
            Self::Forged(_) => "loan-forged",
            Self::NotCertified => "player-not-certified",
            Self::HardwareOnly => "hardware-cards-only",
            Self::Refused(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotMine | Self::Forged(_) | Self::HardwareOnly => Again::Never,
            Self::NotCertified => Again::AfterYouAct,
            Self::Refused(e) => e.again(),
            Self::Fault(e) => e.again(),
        }
    }
}

/// An offer of a loan, or of a return, that the other side made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoanOffer {
    quote: Quote,
    signed: Vec<u8>,
}

impl LoanOffer {
    /// What is offered.
    pub const fn quote(&self) -> &Quote {
        &self.quote
    }
}

/// A payment in a pair that is one.
struct HeardLoan {
    name: Tag,
    pair: Pair,
    deal: DealId,
    sheet: PaySheet,
}

impl<J: Journal> Card<J> {
    /// Offers a greeted player a loan of a license here.
    pub fn lend(
        &self,
        greeted: &Greeted,
        license: LicenseId,
        wish: LendWish,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Outgoing, LendFailure> {
        let now = self.now(clock);
        let rights = self.would_lend(greeted, license, wish, clock)?;
        let state = &self.image.state;
        let pair = state.listed(greeted.pair).ok_or(LendRefusal::NotListed)?;
        let held = state.licenses.get(&license).ok_or(LendRefusal::NoLicense)?;
        let quote = self.loan_quote(greeted.pair, held, held.id, now);
        self.say_loan(pair, &Quote { rights, ..quote }, seed)
    }

    /// What a greeted player would be lent of a license here, under every guard of the loan itself.
    pub fn would_lend(
        &self,
        greeted: &Greeted,
        license: LicenseId,
        wish: LendWish,
        clock: Moment,
    ) -> Result<Rights, LendFailure> {
        let now = self.now(clock);
        let state = &self.image.state;
        let pair = state.listed(greeted.pair).ok_or(LendRefusal::NotListed)?;
        let held = state.licenses.get(&license).ok_or(LendRefusal::NoLicense)?;
        let class = self.player_class(pair, now).ok_or(LendFailure::NotCertified)?;
        let policy = self.policy_unverified(held).ok_or(LendRefusal::NoLicense)?;
        if policy.hardware_only && class == Class::Software {
            return Err(LendFailure::HardwareOnly);
        }
        Ok(state.lendable(license, wish, greeted.pair, policy.players, now)?)
    }

    /// A player offers a greeted wallet what is left of a loan.
    pub fn give_back(
        &self,
        greeted: &Greeted,
        loan: LicenseId,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Outgoing, LendFailure> {
        let now = self.now(clock);
        let state = &self.image.state;
        let pair = state.listed(greeted.pair).ok_or(LendRefusal::NotListed)?;
        let borrowed = state.borrowed(loan).ok_or(LendRefusal::NotLent)?;
        if borrowed.from != pair.device {
            return Err(LendRefusal::NotLent.into());
        }
        let held = state.licenses.get(&loan).ok_or(LendRefusal::NoLicense)?;
        let quote = self.loan_quote(greeted.pair, held, loan, now);
        let rights = state.returnable(loan, quote.until)?;
        self.say_loan(pair, &Quote { rights, ..quote }, seed)
    }

    fn loan_quote(&self, pair: Tag, held: &Held, name: LicenseId, now: Moment) -> Quote {
        let links = Document::parse(&held.document).map_or(0, |document| document.links.len());
        let links = u16::try_from(links).unwrap_or(u16::MAX).saturating_add(1);
        Quote {
            kind: Kind::Lend,
            number: Number::Card(self.image.state.give_no),
            giver: pair.0,
            offer: Some(held.offer),
            policy: Some(held.policy),
            title: held.title,
            price: Money::zero(held.fare_copy.currency()),
            accepts: Vec::new(),
            payee: held.payee,
            generation: held.generation,
            rights: held.rights,
            route: Route::Till,
            facts: deal::Facts::default(),
            slips: 0,
            room: 0,
            credit: None,
            license: Some(name),
            until: now.plus(LOAN_QUOTE),
            ask: None,
            links: Some(links).filter(|n| *n > deal::LINKS_SMALL),
        }
    }

    fn say_loan(&self, pair: &Pair, quote: &Quote, seed: &Seed) -> Result<Outgoing, LendFailure> {
        let sheet = QuoteSheet {
            quote: self.sign_loan(pair, quote).into(),
            certificate: ByteVec::from(Vec::new()),
            terms: None,
            ahead: None,
            purchase: None,
            claim: None,
        };
        let bytes = cbor::to_bytes(&sheet);
        let sealed = wire::seal_signed(&pair.seal, Sealed::Quote, &bytes, &seed.part("loan-quote"));
        let sealed = sealed.map_err(|_| Fault::Seal)?;
        Ok(Outgoing::after(Durable::nothing_to_write(), sealed))
    }

    fn sign_loan(&self, pair: &Pair, quote: &Quote) -> Vec<u8> {
        let signer = self.pair_signer(&pair.key);
        seal::sign(&signer, Sealed::Quote, self.realm, Audience::One(quote.giver), quote)
    }

    /// What protects a player's keys, if it is certified now.
    fn player_class(&self, pair: &Pair, now: Moment) -> Option<Class> {
        let player = self.trust.check::<role::Player>(&pair.certificate, now).ok()?;
        Some(player.claims().class)
    }

    /// Reads the offer of a loan, or of a return, by the side that was greeted. Writes nothing.
    pub fn read_loan(&self, greeted: &Greeted, sealed: &[u8]) -> Result<LoanOffer, LendFailure> {
        let (name, pair, bytes) = self.open_by_pair(Sealed::Quote, sealed).ok_or(LendFailure::NotMine)?;
        if name != greeted.pair {
            return Err(LendFailure::NotMine);
        }
        let malformed = |e| LendFailure::Forged(NotSigned::Malformed(e));
        let sheet: QuoteSheet = cbor::from_bytes(&bytes).map_err(malformed)?;
        let quote = wire::open_signed::<Quote>(
            &sheet.quote,
            Sealed::Quote,
            self.realm,
            &pair.sign,
            Audience::One(name.0),
        )
        .map_err(LendFailure::Forged)?;
        if quote.giver != name.0 || !is_loan(&quote) {
            return Err(LendFailure::NotMine);
        }
        Ok(LoanOffer {
            quote,
            signed: sheet.quote.to_vec(),
        })
    }

    /// Takes the offer up: the record is durable before the message leaves. A wallet lets in only what it lent.
    pub fn borrow(&mut self, offer: &LoanOffer, clock: Moment, seed: &Seed) -> Result<(DealId, Outgoing), LendFailure> {
        let now = self.now(clock);
        let paid = self.image.state.borrow(&offer.quote, now)?;
        let name = paid.pay.receiver;
        let pair = self.image.state.listed(name).ok_or(LendRefusal::NotListed)?.clone();
        let sheet = PaySheet {
            pay: paid.pay.clone(),
            quote: ByteVec::from(wire::signature_of(&offer.signed).to_vec()),
            proof: None,
            consent: wire::quote_hash(&offer.quote),
            seller_number: None,
            document: None,
            certificate: ByteVec::from(Vec::new()),
            giver: None,
            approval: None,
            agreed: Some(Agreed::NotAsked),
            keeps_terms: None,
            claim: None,
            buyer: None,
            refusal: None,
        };
        let (signer, audience) = (self.pair_signer(&pair.key), Audience::One(name.0));
        let signed = seal::sign(&signer, Sealed::Pay, self.realm, audience, &sheet);
        let deal = wire::deal_id(&signed);
        let sealed = wire::seal_signed(&pair.seal, Sealed::Pay, &signed, &self.pay_seed(deal));
        let sealed = sealed.map_err(|_| Fault::Seal)?;
        let line = self.loan_line(deal, name, self.title_of_loan(&paid.pay.quote), Event::Paid, now);
        let change = Change::Deal(Entry::Paid(paid.signed(deal, signed)), Some(line), None);
        let durable = self.commit(&change, &seed.part("borrowed"))?;
        Ok((deal, Outgoing::after(durable, sealed)))
    }

    fn title_of_loan(&self, quote: &Quote) -> String {
        let held = quote.license.and_then(|id| self.lender_of(id));
        held.and_then(|held| self.offer_of(held))
            .map(|offer| offer.title)
            .unwrap_or_default()
    }

    /// The license here that this name is about: itself, or the one a loan of this name was made of.
    fn lender_of(&self, name: LicenseId) -> Option<&Held> {
        let state = &self.image.state;
        let of = state
            .pairs
            .as_ref()
            .and_then(|pairs| pairs.lent.get(&name))
            .map(|lent| lent.of);
        state.licenses.get(&of.unwrap_or(name))
    }

    fn loan_line(&self, deal: DealId, pair: Tag, title: String, event: Event, now: Moment) -> Line {
        Line {
            kind: Some(Kind::Lend),
            title,
            deal: Some(deal),
            with: Some(PartyId(pair.0)),
            ..own_line(now, event)
        }
    }

    /// A payment that was sealed to this card in one of its pairs, if it is one.
    pub(crate) fn hears_loan(&self, sealed: &[u8]) -> Option<(Tag, Pair, Vec<u8>)> {
        self.open_by_pair(Sealed::Pay, sealed)
    }

    /// Decides a loan or a return. Repeated, it answers the same.
    pub(crate) fn decide_loan(
        &mut self,
        (name, pair, signed): (Tag, Pair, Vec<u8>),
        now: Moment,
        seed: &Seed,
    ) -> Result<Decided, DecideRefusal> {
        let parsed = seal::parse::<PaySheet>(&signed, Sealed::Pay, self.realm).map_err(DecideRefusal::Forged)?;
        let sheet = parsed
            .verify(&pair.sign, Audience::One(name.0))
            .map_err(DecideRefusal::Forged)?;
        let mine = self.sign_loan(&pair, &sheet.pay.quote);
        if sheet.pay.quote.giver != name.0 || sheet.quote.as_slice() != wire::signature_of(&mine) {
            return Err(DecideRefusal::NotMyQuote);
        }
        let deal = wire::deal_id(&signed);
        let heard = HeardLoan {
            name,
            pair,
            deal,
            sheet,
        };
        let (players, certified) = self.loan_terms(&heard, now);
        let decision = self
            .image
            .state
            .decide_loan(deal, &heard.sheet.pay, players, certified, now);
        match decision {
            Decision::Repeat(given) => {
                let settle = Outgoing::after(Durable::nothing_to_write(), given.message.to_vec());
                Ok(Decided::Again { deal, settle })
            }
            Decision::Freeze(entry) => {
                let line = own_line(now, Event::Frozen);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("freeze"))?;
                Ok(Decided::Frozen)
            }
            Decision::SeeIssuer => Ok(Decided::SeeIssuer { deal }),
            Decision::VoidPassed => self.void_loan(&heard, VoidReason::Passed, None, seed),
            Decision::Void(reason, entry) => self.void_loan(&heard, reason, Some(entry), seed),
            Decision::Give(entry) => self.give_loan(&heard, entry, now, seed),
        }
    }

    /// How many players the license's policy allows, and whether the player is certified and of the right kind.
    fn loan_terms(&self, heard: &HeardLoan, now: Moment) -> (u8, bool) {
        if heard.pair.mine == Greeter::Player {
            return (0, true);
        }
        let held = self.image.state.quoted(&heard.sheet.pay.quote);
        let policy = held.and_then(|held| self.policy_unverified(held));
        let class = self.player_class(&heard.pair, now);
        let hardware_only = policy.as_ref().is_some_and(|policy| policy.hardware_only);
        let certified = class.is_some_and(|class| class == Class::Hardware || !hardware_only);
        (policy.map_or(0, |policy| policy.players), certified)
    }

    fn void_loan(
        &mut self,
        heard: &HeardLoan,
        reason: VoidReason,
        entry: Option<Entry>,
        seed: &Seed,
    ) -> Result<Decided, DecideRefusal> {
        let bytes = self.settle_for(heard, OutcomeSheet::Void(reason), seed)?;
        let durable = match entry {
            Some(entry) => self.commit(&Change::Deal(entry, None, None), &seed.part("void"))?,
            None => Durable::nothing_to_write(),
        };
        Ok(Decided::Void {
            deal: heard.deal,
            reason,
            settle: Outgoing::after(durable, bytes),
        })
    }

    /// The one write: what is lent leaves the license, or the loan leaves the player.
    fn give_loan(
        &mut self,
        heard: &HeardLoan,
        entry: Entry,
        now: Moment,
        seed: &Seed,
    ) -> Result<Decided, DecideRefusal> {
        let Entry::Lent(_, license, lent) = &entry else {
            return Err(DecideRefusal::NotMyQuote);
        };
        let (license, lends) = (*license, lent.is_some());
        let held = self.image.state.licenses.get(&license).cloned();
        let held = held.ok_or(DecideRefusal::NotMyQuote)?;
        let document = match lent {
            Some(lent) => Some(cbor::to_bytes(&self.lent_document(heard, &held, lent, seed)?).into()),
            None => None,
        };
        let gift = GiftSheet {
            document,
            ..GiftSheet::default()
        };
        let settle = self.settle_for(heard, OutcomeSheet::Given(gift), seed)?;
        let title = self.offer_of(&held).map(|offer| offer.title).unwrap_or_default();
        let line = self.loan_line(heard.deal, heard.name, title.clone(), Event::Gave, now);
        let entry = entry.given_signed(settle.clone(), heard.pair.sign);
        let durable = self.commit(&Change::Deal(entry, Some(line), None), &seed.part("lent"))?;
        if !lends {
            // The key that went back stands in old records too.
            self.fold(&seed.part("fold"));
        }
        Ok(Decided::Given {
            deal: heard.deal,
            kind: Kind::Lend,
            title,
            fare: None,
            winner: Side::Giver,
            settle: Outgoing::after(durable, settle),
        })
    }

    /// The license with a loan at its end, its key wrapped for the player.
    fn lent_document(
        &self,
        heard: &HeardLoan,
        held: &Held,
        lent: &Lent,
        seed: &Seed,
    ) -> Result<Document, DecideRefusal> {
        let document = Document::parse(&held.document).map_err(|_| DecideRefusal::Key)?;
        let before = document.last_link(self.realm).ok_or(DecideRefusal::Key)?;
        let key = self.whole_key(held, &document, &before).ok_or(DecideRefusal::Key)?;
        let link = Link {
            after: document.links.last().map(|l| seal::hash(l)).unwrap_or_default(),
            offer: held.offer,
            header: before.header,
            key_id: before.key_id,
            generation: before.generation,
            serial: before.serial,
            rights: lent.rights,
            bind: before.bind.clone(),
            receiver: Receiver {
                tag: heard.name,
                sign: heard.pair.sign,
                seal: heard.pair.seal,
            },
            deal: heard.deal,
            at: lent.at,
            copies: None,
            support: None,
            loan: Some(Loan {
                answer: (held.bind == Bind::Wallet).then_some(self.asked_every),
            }),
        };
        let bound = license::bound_to(
            self.realm,
            held.offer,
            link.header,
            heard.name,
            link.generation,
            Share::Whole,
        );
        let wrap = license::wrap_key(&heard.pair.seal, &bound, Share::Whole, &key, &seed.part("wrap"));
        let wrap = wrap.map_err(|_| Fault::Seal)?;
        Ok(self.linked(held.tag, document, &link, alloc::vec![wrap]))
    }

    fn settle_for(&self, heard: &HeardLoan, outcome: OutcomeSheet, seed: &Seed) -> Result<Vec<u8>, Fault> {
        let sheet = SettleSheet {
            deal: heard.deal,
            pay_no: heard.sheet.pay.pay_no,
            outcome,
            certificate: ByteVec::from(Vec::new()),
        };
        wire::sign_and_seal(
            &self.pair_signer(&heard.pair.key),
            Sealed::Settle,
            self.realm,
            heard.name.into(),
            &heard.pair.seal,
            &sheet,
            &seed.part("settle-seal"),
        )
        .map_err(|_| Fault::Seal)
    }

    /// A decision in one of this card's pairs: the loan is here, or what it left is back.
    pub(crate) fn settle_loan(
        &mut self,
        (name, pair, signed): (Tag, Pair, Vec<u8>),
        now: Moment,
        seed: &Seed,
    ) -> Result<Settled, SettleRefusal> {
        let sheet: SettleSheet =
            wire::open_signed(&signed, Sealed::Settle, self.realm, &pair.sign, Audience::One(name.0))
                .map_err(SettleRefusal::Forged)?;
        let open = self.image.state.open(sheet.deal).cloned();
        let outcome = match (&sheet.outcome, &open) {
            (OutcomeSheet::Void(reason), _) => Outcome::Void(*reason),
            (OutcomeSheet::Given(gift), Some(paid)) => Outcome::Given(self.accept_loan(name, paid, gift, now)?),
            (OutcomeSheet::Given(_), None) => Outcome::Given(Gift::default()),
        };
        let settle = Settle {
            deal: sheet.deal,
            pay_no: sheet.pay_no,
            outcome,
        };
        let again = |card: &Self| card.loan_done(name, &pair, sheet.deal, seed);
        match self.image.state.close(&settle, &signed, now) {
            Closing::Given(entry) => {
                let done = again(self)?;
                let Entry::Closed(deal, gift, _) = &entry else {
                    return Ok(Settled::Nothing);
                };
                let (deal, arrived) = (*deal, gift.license.as_ref());
                let title = arrived.and_then(|held| self.offer_of(held)).map(|offer| offer.title);
                let license = arrived.map(|held| held.id);
                let line = self.loan_line(deal, name, title.unwrap_or_default(), Event::Given, now);
                // It is not kept: the giver says its word again until it has heard this, and is answered with it.
                let durable = self.commit(&Change::Deal(entry, Some(line), None), &seed.part("closed"))?;
                Ok(Settled::Given {
                    deal,
                    license,
                    receipt: None,
                    done: Outgoing::after(durable, done),
                })
            }
            Closing::Void(entry) => {
                let Entry::Voided(deal, reason, _) = &entry else {
                    return Ok(Settled::Nothing);
                };
                let (deal, reason) = (*deal, *reason);
                let title = open.map(|paid| self.title_of_loan(&paid.pay.quote)).unwrap_or_default();
                let line = self.loan_line(deal, name, title, Event::Returned, now);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("voided"))?;
                Ok(Settled::Void { deal, reason })
            }
            Closing::DoneAgain => {
                let bytes = again(self)?;
                Ok(Settled::Again(Outgoing::after(Durable::nothing_to_write(), bytes)))
            }
            Closing::Nothing => Ok(Settled::Nothing),
            Closing::Freeze(entry) => {
                let line = own_line(now, Event::Frozen);
                self.commit(&Change::Deal(entry, Some(line), None), &seed.part("freeze"))?;
                Ok(Settled::Frozen)
            }
        }
    }

    /// Everything a loan or a return brings is checked before any of it is believed.
    fn accept_loan(&self, pair: Tag, paid: &Paid, gift: &GiftSheet, now: Moment) -> Result<Gift, SettleRefusal> {
        let quote = &paid.pay.quote;
        let another = |what| Err(SettleRefusal::Another(what));
        let nothing_else = gift.slips.is_empty() && gift.values.is_empty() && gift.credit.is_none();
        if !nothing_else {
            return another("what comes along");
        }
        let name = quote.license.unwrap_or_default();
        let lent = self.image.state.pairs.as_ref().and_then(|pairs| pairs.lent.get(&name));
        let license = match (&gift.document, lent) {
            // Back: only the rights, for the license that is here.
            (None, Some(lent)) => {
                let of = self.image.state.licenses.get(&lent.of);
                of.map(|held| Held {
                    rights: quote.rights,
                    ..held.clone()
                })
            }
            (Some(bytes), None) => Some(self.accept_lent(pair, paid, bytes, now)?),
            _ => return another("its absence or presence"),
        };
        Ok(Gift {
            license,
            ..Gift::default()
        })
    }

    fn accept_lent(&self, pair: Tag, paid: &Paid, bytes: &[u8], now: Moment) -> Result<Held, SettleRefusal> {
        let quote = &paid.pay.quote;
        let another = |what| Err(SettleRefusal::Another(what));
        let license = Document::parse(bytes)?.check_loan(&self.trust, pair)?;
        if Some(license.offer_hash) != quote.offer || Some(license.offer.policy) != quote.policy {
            return another("the offer");
        }
        if license.link.rights != quote.rights || license.link.generation != quote.generation {
            return another("its rights");
        }
        if license.link.deal != paid.deal {
            return another("the deal");
        }
        // A license that names its players opens on these and on no other (ST-24), whichever wallet brings it.
        if let Bind::Players(named) = &license.link.bind
            && !named.contains(&self.device())
        {
            return another("the devices it is bound to");
        }
        if license.policy.hardware_only && !self.is_hardware_player() {
            return another("the kind of device it is for");
        }
        let opened = self.opened(&license).ok_or(SettleRefusal::Key)?;
        let zero = Money::zero(license.offer.price.currency());
        Ok(Held {
            id: loan_name(paid.deal),
            copies_left: Some(0),
            modes: license::Modes::default(),
            // That it is this player is checked; that the wallet answers is asked at every play.
            bind: match license.link.bind {
                Bind::Wallet => Bind::Wallet,
                _ => Bind::Free,
            },
            since: now,
            ..held(&license, bytes, zero, opened)
        })
    }

    fn is_hardware_player(&self) -> bool {
        let own = self.trust.check_ever::<role::Player>(&self.image.certificate);
        own.is_ok_and(|own| own.claims().class == Class::Hardware)
    }

    fn loan_done(&self, name: Tag, pair: &Pair, deal: DealId, seed: &Seed) -> Result<Vec<u8>, Fault> {
        let done = Done {
            receiver: name,
            deals: alloc::vec![deal],
        };
        wire::sign_and_seal(
            &self.pair_signer(&pair.key),
            Sealed::Done,
            self.realm,
            Audience::One(name.0),
            &pair.seal,
            &done,
            &seed.part("done-seal"),
        )
        .map_err(|_| Fault::Seal)
    }

    /// The other side's `done`: its records go, and no others.
    pub(crate) fn free_loan(
        &mut self,
        (name, pair, signed): (Tag, Pair, Vec<u8>),
        seed: &Seed,
    ) -> Result<Vec<DealId>, DoneRefusal> {
        let done: Done = wire::open_signed(&signed, Sealed::Done, self.realm, &pair.sign, Audience::One(name.0))
            .map_err(DoneRefusal::Forged)?;
        if done.receiver != name {
            return Err(DoneRefusal::NotMine);
        }
        let Some(entry) = self.image.state.free(name, &done.deals) else {
            return Ok(Vec::new());
        };
        let freed = match &entry {
            Entry::Freed(deals) => deals.clone(),
            _ => Vec::new(),
        };
        self.commit(&Change::Deal(entry, None, None), seed)?;
        Ok(freed)
    }

    /// How often players ask this wallet for what is lent from now on and plays only while it answers: never more seldom than
    /// [`ANSWERS_EVERY`], and at most once a second.
    pub fn ask_players_every(&mut self, every: Span) {
        self.asked_every = every.clamp(Span::seconds(1), ANSWERS_EVERY);
    }

    /// Is something out on loan that plays only while this wallet answers (ST-23)?
    pub fn must_answer(&self) -> bool {
        let held = |of| self.image.state.licenses.get(of);
        self.lent()
            .any(|(_, lent)| held(&lent.of).is_some_and(|held| held.bind == Bind::Wallet))
    }

    /// Everything that is out on loan: its name, and what it is.
    pub fn lent(&self) -> impl Iterator<Item = (&LicenseId, &Lent)> {
        self.image.state.pairs.iter().flat_map(|pairs| &pairs.lent)
    }

    /// What is here on loan in a pair, or from that pair's device.
    pub fn borrowed_in(&self, pair: Tag) -> impl Iterator<Item = LicenseId> {
        let state = &self.image.state;
        let device = state.pair(pair).map(|pair| pair.device);
        let all = state.pairs.iter().flat_map(|pairs| &pairs.borrowed);
        all.filter(move |(_, loan)| Some(loan.from) == device)
            .map(|(id, _)| *id)
    }

    /// What is here on loan of a work, if anything is.
    pub fn borrowed_of(&self, content: ContentId) -> impl Iterator<Item = &Held> {
        let state = &self.image.state;
        let of_work = state.licenses.values().filter(move |held| held.title == content);
        of_work.filter(|held| state.borrowed(held.id).is_some())
    }

    /// The holder gives a loan up: the player is gone, and with it what it was lent. With his PIN, for what he gives up does
    /// not come back.
    pub fn give_up_loan(
        &mut self,
        loan: LicenseId,
        pin: &str,
        clock: Moment,
        seed: &Seed,
    ) -> Result<(), GiveUpRefusal> {
        let now = self.now(clock);
        let entry = self.image.state.give_up_loan(loan, now)?;
        self.check_pin(pin, seed)?;
        let title = self
            .lender_of(loan)
            .and_then(|held| self.offer_of(held))
            .map(|o| o.title);
        let line = Line {
            kind: Some(Kind::Lend),
            title: title.unwrap_or_default(),
            ..own_line(now, Event::Deleted)
        };
        self.commit(&Change::Deal(entry, Some(line), None), &seed.part("given-up"))?;
        Ok(())
    }
}

/// Why a loan is not given up. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiveUpRefusal {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] LendRefusal),
    /// The holder was not there.
    #[error(transparent)]
    Pin(#[from] crate::PinRefusal),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for GiveUpRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(e) => e.code(),
            Self::Pin(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Refused(e) => e.again(),
            Self::Pin(e) => e.again(),
            Self::Fault(e) => e.again(),
        }
    }
}
