//! Quote: the card checks what was answered before anybody is shown a price.

use alloc::{string::String, vec::Vec};
use deal::{
    Kind, Quote,
    wire::{self, Ask, KeyAhead, QuoteSheet},
};
use license::{Document, OfferSheet, OnSale, Route, TenderKind};
use minicbor::bytes::ByteVec;
use seal::{Audience, Class, Kind as Sealed, NotSigned, NotTrusted, SealTo, VerifyKey, cbor, role};
use units::{Again, Hash, LicenseId, Moment, Money, OfferNo, PartyId, Refusal};

use crate::{Asked, Card, Journal};

/// A quote that holds: signed by a giver certified for it, an answer to this card's own question, and within what the
/// publisher signed. From these very values the confirm page is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub(crate) quote: Quote,
    pub(crate) signed: Vec<u8>,
    pub(crate) quote_hash: Hash,
    pub(crate) giver_seal: SealTo,
    pub(crate) giver_sign: VerifyKey,
    pub(crate) giver_name: String,
    pub(crate) certificate: ByteVec,
    pub(crate) ahead: Option<ByteVec>,
    pub(crate) purchase: Option<ByteVec>,
    pub(crate) giver_card: Option<seal::Verified<role::Transfer>>,
    pub(crate) terms: Option<Hash>,
    pub(crate) sheet: Option<ByteVec>,
    pub(crate) claimed: Option<deal::fact::Claimed>,
    pub(crate) on_sale: Option<OnSale>,
    pub(crate) title: String,
}

impl Checked {
    /// The quote.
    pub fn quote(&self) -> &Quote {
        &self.quote
    }
    /// Hash of the quote, as a consent and a medium's proof name it.
    pub const fn quote_hash(&self) -> Hash {
        self.quote_hash
    }
    /// Name of the giver, as certified.
    pub fn giver_name(&self) -> &str {
        &self.giver_name
    }
    /// The offer, if it is about one.
    pub fn on_sale(&self) -> Option<&OnSale> {
        self.on_sale.as_ref()
    }
    /// What it is about, in words.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// Its hash, which names it on the confirm page and in the consent.
    pub fn hash(&self) -> Hash {
        self.quote_hash
    }
    /// When the other card's holder last bought from this publisher, and at which price, as his card says (SD-9).
    pub fn giver_bought(&self) -> Option<(Moment, Option<Money>)> {
        let facts = self.quote.facts;
        facts.last.map(|at| (at, facts.price))
    }
    /// For a locked copy, and for whoever holds one: how it arrives, what unlocking it costs, and where (SD-8).
    pub fn unlock(&self) -> Option<&license::Unlock> {
        self.on_sale.as_ref().and_then(|s| s.policy.unlock.as_ref())
    }
    /// What the publisher signed that this costs, where he signed it.
    pub(crate) fn signed_price(&self) -> Option<Money> {
        let on_sale = self.on_sale.as_ref()?;
        let zero = Money::zero(on_sale.offer.price.currency());
        Some(match self.quote.kind {
            Kind::Copy => on_sale.policy.fare_copy,
            Kind::Move => on_sale.policy.fare_move,
            Kind::Unlock => on_sale.policy.unlock.as_ref().map_or(zero, |u| u.fee),
            Kind::Locked => zero,
            _ => on_sale.offer.price,
        })
    }
}

/// Why a quote is not shown to the holder. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteRefusal {
    /// Not sealed to this question's key.
    #[error("this quote answers another question, or is for another card")]
    NotMine,
    /// Not a quote, or forged.
    #[error("this is not a genuine quote ({0})")]
    Forged(NotSigned),
    /// The giver is not certified for such a deal.
    #[error("the seller cannot be verified ({0}); nothing was paid")]
    Giver(NotTrusted),
    /// It answers another question.
    #[error("this quote answers another question; ask again")]
    OtherAsk,
    /// The offer does not hold.
    #[error("the offer does not hold: {0}")]
    Offer(#[from] license::NotOnSale),
    /// An offer is needed, and none was shown.
    #[error("the seller did not show the publisher's signed offer")]
    NoOffer,
    /// The quote does not say what the offer says.
    #[error("the seller's quote differs from the publisher's offer in its {0}; nothing was paid")]
    Differs(&'static str),
    /// The seller asks for another price than its publisher's offer.
    #[error("the seller changed the amount from {offered} to {asked}; start again from the shop; nothing was paid")]
    PriceChanged {
        /// What the offer says.
        offered: Money,
        /// What the quote says.
        asked: Money,
    },
    /// This seller may not sell this.
    #[error("the publisher did not let this seller sell this")]
    SellerNotNamed,
    /// Not for a card like this.
    #[error("its publisher lets this work live on hardware cards only")]
    HardwareOnly,
    /// It asks for fares of another.
    #[error("whoever asks for these fares does not collect for their publisher; they stay on the card")]
    NotTheirs,
    /// Its card says when it bought, and will not be held to it.
    #[error(transparent)]
    Unsealed(#[from] crate::fact::Unsealed),
    /// Past its date.
    #[error("the quote ended at {0}; ask again")]
    Ended(Moment),
}

impl Refusal for QuoteRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "quote-for-another",
            Self::Forged(_) => "quote-forged",
            Self::Giver(_) => "seller-not-verified",
            Self::OtherAsk => "quote-other-question",
            Self::Offer(e) => e.code(),
            Self::NoOffer => "offer-missing",
            Self::Differs(_) => "quote-differs-from-offer",
            Self::PriceChanged { .. } => "quote-price-changed",
            Self::SellerNotNamed => "seller-not-entitled",
            Self::HardwareOnly => "hardware-cards-only",
            Self::NotTheirs => "collect-not-entitled",
            Self::Unsealed(_) => "facts-not-sealed",
            Self::Ended(_) => "quote-ended",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Giver(e) => e.again(),
            Self::Offer(e) => e.again(),
            Self::Ended(_) | Self::OtherAsk => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

/// A publisher's terms that were checked; from a card also their name and the sheet itself, to be kept.
type Terms = (OnSale, Option<(Hash, ByteVec)>);

impl<J: Journal> Card<J> {
    /// Reads a quote: sealed to `asked`, or open (unsealed, carried by a file or a code) when `asked` is `None`.
    pub fn read_quote(
        &self,
        bytes: &[u8],
        asked: Option<&Asked>,
        sheet: Option<&OfferSheet>,
        clock: Moment,
    ) -> Result<Checked, QuoteRefusal> {
        let now = self.now(clock);
        let plain = match asked {
            Some(asked) => wire::open_sealed(&self.ask_opener(&asked.ask.nonce), Sealed::Quote, bytes)
                .map_err(|_| QuoteRefusal::NotMine)?,
            None => bytes.to_vec(),
        };
        let malformed = |e| QuoteRefusal::Forged(NotSigned::Malformed(e));
        let quote_sheet: QuoteSheet = cbor::from_bytes(&plain).map_err(malformed)?;
        let parsed =
            seal::parse::<Quote>(&quote_sheet.quote, Sealed::Quote, self.realm).map_err(QuoteRefusal::Forged)?;
        let (giver, giver_card) = self
            .quoting(parsed.claims().kind, &quote_sheet.certificate, now)
            .map_err(QuoteRefusal::Giver)?;
        let quote = parsed
            .verify(&giver.sign, Audience::Anyone)
            .map_err(QuoteRefusal::Forged)?;
        if quote.giver != giver.subject || quote.ask != asked.map(|a| a.ask.hash()) {
            return Err(QuoteRefusal::OtherAsk);
        }
        // Fares leave a card for their publisher alone: for whoever is certified, under its own id, to collect for it.
        if quote.kind == Kind::Collect && quote.payee != PartyId(quote.giver) {
            return Err(QuoteRefusal::NotTheirs);
        }
        if let Some(asked) = asked {
            answers(&quote, &asked.ask)?;
        }
        let (on_sale, named) = self.terms_of(&quote, &quote_sheet, sheet, asked, now)?.unzip();
        let (terms, shown) = named.flatten().unzip();
        let claimed = match &on_sale {
            Some(on_sale) if giver_card.is_some() && quote.kind != Kind::Locked => crate::fact::claimed(
                (on_sale.offer.publisher, units::Tag(quote.giver)),
                (quote.facts, quote.route),
                quote_sheet.claim.as_ref(),
                &giver.sign,
                self.realm,
                (now.less(crate::fact::CLAIM_OLD), now.plus(crate::fact::CLAIM_AHEAD)),
            )?,
            _ => None,
        };
        let ahead = self.ahead(&quote_sheet, asked, &giver)?;
        if now > quote.until {
            return Err(QuoteRefusal::Ended(quote.until));
        }
        let title = self.name_of(&quote, on_sale.as_ref());
        Ok(Checked {
            quote_hash: wire::quote_hash(&quote),
            signed: quote_sheet.quote.to_vec(),
            giver_seal: giver.seal,
            giver_sign: giver.sign,
            giver_name: giver.name,
            certificate: quote_sheet.certificate,
            ahead,
            purchase: quote_sheet.purchase,
            giver_card,
            terms,
            sheet: shown,
            claimed,
            quote,
            on_sale,
            title,
        })
    }

    /// The publisher's signed terms the quote must keep to, wherever such deals have them: shown by the seller, sent along
    /// by a card, or kept with the license that is to be unlocked.
    fn terms_of(
        &self,
        quote: &Quote,
        came: &QuoteSheet,
        shown: Option<&OfferSheet>,
        asked: Option<&Asked>,
        now: Moment,
    ) -> Result<Option<Terms>, QuoteRefusal> {
        let wanted = asked.and_then(|a| a.ask.wanted.as_ref()).and_then(|w| w.offer);
        match quote.kind {
            Kind::Sale | Kind::PayOnly => {
                let on_sale = shown.ok_or(QuoteRefusal::NoOffer)?.check(&self.trust, now)?;
                within(quote, &on_sale, asked.and_then(|a| a.ask.offer))?;
                Ok(Some((on_sale, None)))
            }
            Kind::Copy | Kind::Move | Kind::Locked => {
                let along = came.terms.as_ref().map(|bytes| OfferSheet::parse(bytes)).transpose()?;
                let sheet = along.as_ref().or(shown).ok_or(QuoteRefusal::NoOffer)?;
                let name = sheet.terms_name();
                let on_sale = match self.known.terms(name) {
                    Some(known) => known.clone(),
                    None => sheet.check_ever(&self.trust)?,
                };
                within_policy(quote, &on_sale, wanted)?;
                if on_sale.policy.hardware_only && !self.is_hardware() {
                    return Err(QuoteRefusal::HardwareOnly);
                }
                let shown = ByteVec::from(seal::cbor::to_bytes(sheet));
                Ok(Some((on_sale, Some((name, shown)))))
            }
            Kind::Unlock => {
                let held = quote.license.and_then(|id| self.image.state.licenses.get(&id));
                let document = held
                    .and_then(|h| Document::parse(&h.document).ok())
                    .ok_or(QuoteRefusal::NoOffer)?;
                let Document {
                    publisher,
                    offer,
                    policy,
                    ..
                } = document;
                let on_sale = OfferSheet {
                    publisher,
                    offer,
                    policy,
                }
                .check_ever(&self.trust)?;
                within_unlock(quote, &on_sale, held.map_or(0, |h| h.generation))?;
                Ok(Some((on_sale, None)))
            }
            _ => Ok(None),
        }
    }

    /// A license that comes ahead of its payment is the centre's own word, and an answer to this very question.
    fn ahead(&self, came: &QuoteSheet, asked: Option<&Asked>, giver: &Giver) -> Result<Option<ByteVec>, QuoteRefusal> {
        let (Some(signed), Some(asked)) = (&came.ahead, asked) else {
            return Ok(None);
        };
        let ahead: KeyAhead = wire::open_signed(signed, Sealed::Quote, self.realm, &giver.sign, Audience::Anyone)
            .map_err(QuoteRefusal::Forged)?;
        if ahead.ask != asked.ask.hash() {
            return Err(QuoteRefusal::OtherAsk);
        }
        Ok(Some(ahead.locked))
    }

    /// Is this card a hardware one, as its issuer certified it?
    pub(crate) fn is_hardware(&self) -> bool {
        let own = self.trust.check_ever::<role::Card>(&self.image.certificate);
        own.is_ok_and(|c| c.claims().class == Class::Hardware)
    }

    fn name_of(&self, quote: &Quote, on_sale: Option<&OnSale>) -> String {
        if let Some(on_sale) = on_sale {
            return on_sale.offer.title.clone();
        }
        let of_license = |id: &LicenseId| {
            self.image
                .state
                .licenses
                .get(id)
                .and_then(|held| self.offer_of(held))
                .map(|o| o.title)
        };
        quote.license.as_ref().and_then(of_license).unwrap_or_default()
    }

    /// Whoever quotes; a card's certificate is kept as it was verified, for its decision shows it again.
    fn quoting(
        &self,
        kind: Kind,
        certificate: &[u8],
        now: Moment,
    ) -> Result<(Giver, Option<seal::Verified<role::Transfer>>), NotTrusted> {
        if !kind.between_cards() {
            return Ok((self.giver(kind, certificate, now)?, None));
        }
        let card = match self.known.card(certificate) {
            Some(known) => {
                self.trust.holds(known, now)?;
                known.clone()
            }
            None => self.trust.check::<role::Transfer>(certificate, now)?,
        };
        Ok((Giver::of(card.clone()), Some(card)))
    }

    /// Whoever may give such a deal, as certified now.
    pub(crate) fn giver(&self, kind: Kind, certificate: &[u8], now: Moment) -> Result<Giver, NotTrusted> {
        match kind {
            Kind::Load | Kind::Redeem => self.trust.check::<role::Issuer>(certificate, now).map(Giver::of),
            Kind::Collect => self.trust.check::<role::Collector>(certificate, now).map(Giver::of),
            Kind::Unlock => self.trust.check::<role::Support>(certificate, now).map(Giver::of),
            Kind::Copy | Kind::Move | Kind::Locked | Kind::Lend => {
                self.trust.check::<role::Transfer>(certificate, now).map(Giver::of)
            }
            Kind::Sale | Kind::PayOnly | Kind::Surrender | Kind::Clear => {
                self.trust.check::<role::Seller>(certificate, now).map(Giver::of)
            }
        }
    }
}

/// A giver, certified for the kind of deal.
pub(crate) struct Giver {
    pub(crate) subject: [u8; 16],
    pub(crate) sign: VerifyKey,
    pub(crate) seal: SealTo,
    pub(crate) name: String,
}

impl Giver {
    pub(crate) fn of<R>(v: seal::Verified<R>) -> Self {
        Self {
            subject: v.subject(),
            sign: *v.sign(),
            seal: *v.seal(),
            name: v.claims().name.clone(),
        }
    }
}

/// Does the quote answer what was asked?
fn answers(quote: &Quote, ask: &Ask) -> Result<(), QuoteRefusal> {
    let fits = quote.kind == ask.kind
        && match ask.kind {
            Kind::Load => quote.credit == ask.amount && quote.price.is_zero(),
            Kind::Redeem => Some(quote.price) == ask.amount && quote.payee.0 == quote.giver,
            Kind::Surrender => quote.license == ask.license && quote.price.is_zero(),
            Kind::Collect => Some(quote.payee) == ask.payee && quote.price.is_zero(),
            Kind::Unlock | Kind::Clear => quote.license == ask.license,
            _ => true,
        };
    if fits { Ok(()) } else { Err(QuoteRefusal::OtherAsk) }
}

/// Does the quote say what the publisher's offer says?
fn within(quote: &Quote, on_sale: &OnSale, asked: Option<OfferNo>) -> Result<(), QuoteRefusal> {
    let offer = &on_sale.offer;
    let seller = PartyId(quote.giver);
    let differs = |what| Err(QuoteRefusal::Differs(what));
    if asked.is_some_and(|number| number != offer.number) || quote.offer != Some(on_sale.offer_hash) {
        return differs("work");
    }
    if seller != offer.publisher && !offer.sellers.contains(&seller) {
        return Err(QuoteRefusal::SellerNotNamed);
    }
    if quote.price != offer.price {
        return Err(QuoteRefusal::PriceChanged {
            offered: offer.price,
            asked: quote.price,
        });
    }
    if quote.payee != offer.payee {
        return differs("payee");
    }
    if quote.policy != Some(offer.policy) || quote.title != offer.content || quote.generation != 0 {
        return differs("terms");
    }
    if quote.rights != offer.rights {
        return differs("rights");
    }
    if quote.accepts.iter().any(|t| !offer.tenders.contains(t)) {
        return differs("ways to pay");
    }
    Ok(())
}

/// Does a card's quote say what the publisher's policy says?
fn within_policy(quote: &Quote, on_sale: &OnSale, wanted: Option<Hash>) -> Result<(), QuoteRefusal> {
    let (offer, policy) = (&on_sale.offer, &on_sale.policy);
    let differs = |what| Err(QuoteRefusal::Differs(what));
    if quote.offer != Some(on_sale.offer_hash) || wanted.is_some_and(|w| Some(w) != quote.offer) {
        return differs("work");
    }
    if quote.policy != Some(offer.policy) || quote.title != offer.content {
        return differs("terms");
    }
    let arrives = policy.unlock.as_ref().map_or(units::Share::Nothing, |u| u.arrives);
    let locked = license::Rights {
        share: arrives,
        ..policy.copy_rights
    };
    let (allowed, fare, rights) = match quote.kind {
        Kind::Copy => (policy.modes.copy, policy.fare_copy, quote.rights == policy.copy_rights),
        Kind::Move => (
            policy.modes.move_,
            policy.fare_move,
            quote.rights.share == units::Share::Whole,
        ),
        Kind::Locked => (
            policy.modes.locked && policy.unlock.is_some(),
            Money::zero(policy.fare_copy.currency()),
            quote.rights == locked,
        ),
        _ => (false, policy.fare_copy, false),
    };
    if !allowed {
        return differs("way of handing on");
    }
    if quote.price != fare {
        return differs("fare");
    }
    if quote.payee != policy.payee {
        return differs("payee");
    }
    if quote.route != policy.route || policy.route == Route::Till {
        return differs("route of fares");
    }
    let deep = quote.kind == Kind::Move || (1..=policy.generations).contains(&quote.generation);
    if !deep || quote.generation > policy.generations {
        return differs("generation");
    }
    if !rights {
        return differs("rights");
    }
    if quote.accepts != [TenderKind::Slip] {
        return differs("ways to pay");
    }
    Ok(())
}

/// Does a support centre's quote say what the policy says of unlocking?
fn within_unlock(quote: &Quote, on_sale: &OnSale, generation: u8) -> Result<(), QuoteRefusal> {
    let policy = &on_sale.policy;
    let differs = |what| Err(QuoteRefusal::Differs(what));
    let Some(unlock) = &policy.unlock else {
        return differs("way of handing on");
    };
    let centre = PartyId(quote.giver);
    if centre != policy.publisher && !unlock.centres.contains(&centre) {
        return Err(QuoteRefusal::SellerNotNamed);
    }
    if quote.offer != Some(on_sale.offer_hash) || quote.policy != Some(on_sale.offer.policy) {
        return differs("work");
    }
    if quote.price != unlock.fee {
        return differs("price");
    }
    if quote.payee != policy.payee {
        return differs("payee");
    }
    if quote.generation != generation {
        return differs("generation");
    }
    if quote.rights != policy.copy_rights {
        return differs("rights");
    }
    Ok(())
}
