//! Counter: a card that sells. A stall, a vending machine, a shop without a network: its card holds the publisher's works
//! under the seller's key, takes slips into its till (its escrow, which only their payee's collector empties) and gives
//! licenses of generation 0 (SD-1, SD-12).
//!
//! It is a giver like any other: one number, one write that decides, the same answer for ever.

use alloc::vec::Vec;
use deal::{
    Kind, Number, OnShelf, Opened, Quote,
    wire::{self, Ask, QuoteSheet},
};
use license::{Document, Link, NotPublished, Offer, OfferSheet, Quota, Route, TenderKind};
use minicbor::{Decode, Encode, bytes::ByteVec};
use package::{ContentKey, Header, Tree};
use seal::{
    Audience, ContentSecret, Kind as Sealed, NotSigned, NotTrusted, Opener, SealTo, Seed, Signer, VerifyKey, cbor, role,
};
use units::{Again, Hash, Moment, OfferNo, PartyId, Refusal, Share, Span};

use crate::{
    Card, Durable, Fault, GiveRefusal, Journal, Outgoing, Quoted, decide::Heard, give::may_give, image::Change,
};

/// How long a counter's quote holds.
const QUOTE_FOR: Span = Span::minutes(10);
/// The most offers on one counter.
const SHELF_MAX: usize = 256;

/// The seller's side of a card.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Counter {
    /// Certificate of the seller, for keys of this card.
    #[n(0)]
    pub(crate) certificate: ByteVec,
    /// What it sells.
    #[n(1)]
    pub(crate) shelf: Vec<Stock>,
}

/// One offer on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Stock {
    /// The publisher's certificate.
    #[n(0)]
    publisher: ByteVec,
    /// The signed offer.
    #[n(1)]
    offer: ByteVec,
    /// The signed policy.
    #[n(2)]
    policy: ByteVec,
    /// Name of the package.
    #[n(3)]
    header: Hash,
    /// Which of the content's keys.
    #[cbor(n(4), with = "minicbor::bytes")]
    key_id: [u8; 16],
    /// The key of the offer's share, under Km like everything here.
    #[n(5)]
    key: Opened,
    /// Next number of the edition, and one past the last of this counter's quota.
    #[n(6)]
    edition: Option<(u32, u32)>,
    /// How many were sold here.
    #[n(7)]
    sold: u32,
}

impl Stock {
    /// Hash of the signed offer.
    pub fn offer_hash(&self) -> Hash {
        seal::hash(&self.offer)
    }
    /// How many were sold here.
    pub const fn sold(&self) -> u32 {
        self.sold
    }
    /// Numbers of the edition that are left; none if any number may be sold.
    pub fn left(&self) -> Option<u32> {
        self.edition.map(|(next, end)| end.saturating_sub(next))
    }
    /// What a buyer checks the offer by.
    pub fn sheet(&self) -> OfferSheet {
        OfferSheet {
            publisher: self.publisher.clone(),
            offer: self.offer.clone(),
            policy: self.policy.clone(),
        }
    }
    /// One was sold.
    pub(crate) fn count(&mut self) {
        self.sold = self.sold.saturating_add(1);
        self.edition = self.edition.map(|(next, end)| (next.saturating_add(1), end));
    }
}

/// Why a card does not become, or stock, a counter. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CounterRefusal {
    /// The seller's certificate does not hold, or is for other keys.
    #[error("the seller's certificate does not hold for this card ({0})")]
    Seller(NotTrusted),
    /// The certificate is for other keys than this card's.
    #[error("the seller's certificate is for other keys than this card's: certify the keys it shows")]
    OtherKeys,
    /// This card is no counter.
    #[error("this card has no seller's certificate")]
    NotASeller,
    /// The publication does not hold.
    #[error(transparent)]
    Publication(#[from] NotPublished),
    /// No such offer in it.
    #[error("there is no offer {0} in this publication")]
    NoOffer(OfferNo),
    /// Each buyer would get a package of his own.
    #[error("this work is sealed anew for each buyer; a counter cannot do that")]
    Unique,
    /// The package is needed to cut a share of the work, and was not shown or is another.
    #[error("the package of the work is needed to sell a share of it")]
    NoPackage,
    /// The edition has a quota for each seller, and none was shown that holds.
    #[error("this edition is sold by quota, and the quota shown does not hold ({0})")]
    Quota(NotSigned),
    /// The edition is sold by several, and no quota was shown.
    #[error("this edition has several sellers: the publisher's quota for this one is needed")]
    NoQuota,
    /// No room.
    #[error("a counter has room for {SHELF_MAX} offers")]
    Full,
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CounterRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Seller(_) => "seller-not-verified",
            Self::OtherKeys => "counter-other-keys",
            Self::NotASeller => "counter-not-a-seller",
            Self::Publication(_) => "counter-publication",
            Self::NoOffer(_) => "counter-no-such-offer",
            Self::Unique => "counter-unique-delivery",
            Self::NoPackage => "package-needed",
            Self::Quota(_) => "counter-quota-forged",
            Self::NoQuota => "edition-without-quota",
            Self::Full => "counter-full",
            Self::Fault(_) => "card-storage",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Seller(e) => e.again(),
            Self::Publication(e) => e.again(),
            Self::Unique => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

impl<J: Journal> Card<J> {
    /// The keys a seller's certificate for this card must name.
    pub fn counter_keys(&self) -> (VerifyKey, SealTo) {
        (self.counter_signer().verify_key(), self.counter_opener().seal_to())
    }

    /// The card becomes a counter: `certificate` makes its keys those of a seller.
    pub fn open_counter(&mut self, certificate: &[u8], clock: Moment, seed: &Seed) -> Result<PartyId, CounterRefusal> {
        let now = self.now(clock);
        let seller = self
            .trust
            .check::<role::Seller>(certificate, now)
            .map_err(CounterRefusal::Seller)?;
        if (*seller.sign(), *seller.seal()) != self.counter_keys() {
            return Err(CounterRefusal::OtherKeys);
        }
        let certificate = ByteVec::from(certificate.to_vec());
        self.commit(&Change::Counter(certificate), seed)?;
        Ok(PartyId(seller.subject()))
    }

    /// Puts an offer of a publication for this seller on the shelf. `quota`: the publisher's signed numbers of an edition,
    /// needed where several sell it; `header`: of the package, needed where the offer is for a share of the work.
    pub fn stock(
        &mut self,
        (bundle, number): (&[u8], OfferNo),
        quota: Option<&[u8]>,
        header: Option<&Header>,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Hash, CounterRefusal> {
        let now = self.now(clock);
        let seller = self.seller_id().ok_or(CounterRefusal::NotASeller)?;
        let opener = self.counter_opener();
        let it = license::verify_publication(bundle, &self.trust, seller, &opener, now)?;
        let of_number = it.offers.iter().find(|o| o.offer.number == number);
        let published = of_number.ok_or(CounterRefusal::NoOffer(number))?;
        if it.unique {
            return Err(CounterRefusal::Unique);
        }
        let key = share_key(
            &it.key,
            published.offer.rights.share,
            header.filter(|h| h.hash() == it.header),
        )?;
        let edition = self.edition(&published.offer, &it.certificate, quota, seller)?;
        let stock = Stock {
            publisher: ByteVec::from(it.certificate.clone()),
            offer: ByteVec::from(published.signed.clone()),
            policy: ByteVec::from(it.policy_signed.clone()),
            header: it.header,
            key_id: it.key_id,
            key: Opened::new(key.expose()),
            edition,
            sold: 0,
        };
        let hash = published.hash;
        let shelf = self.shelf();
        let there = shelf.iter().any(|s| s.offer_hash() == hash);
        if !there && shelf.len() >= SHELF_MAX {
            return Err(CounterRefusal::Full);
        }
        // What was sold stays sold: the same offer brought again changes nothing.
        if !there {
            self.commit(&Change::Stocked(stock), seed)?;
        }
        Ok(hash)
    }

    /// The numbers this counter may give out.
    fn edition(
        &self,
        offer: &Offer,
        publisher: &[u8],
        quota: Option<&[u8]>,
        seller: PartyId,
    ) -> Result<Option<(u32, u32)>, CounterRefusal> {
        let Some(size) = offer.edition else { return Ok(None) };
        let Some(signed) = quota else {
            let alone = offer.sellers.iter().all(|s| *s == seller);
            return if alone {
                Ok(Some((0, size)))
            } else {
                Err(CounterRefusal::NoQuota)
            };
        };
        let publisher = self
            .trust
            .check_ever::<role::Publisher>(publisher)
            .map_err(CounterRefusal::Seller)?;
        let quota: Quota = seal::parse(signed, Sealed::Quota, self.realm)
            .and_then(|q| q.verify(publisher.sign(), Audience::from(seller)))
            .map_err(CounterRefusal::Quota)?;
        let fits = quota.publisher == offer.publisher && quota.number == offer.number && quota.from < quota.to;
        if fits && quota.to <= size {
            Ok(Some((quota.from, quota.to)))
        } else {
            Err(CounterRefusal::NoQuota)
        }
    }

    /// What is on the shelf.
    pub fn shelf(&self) -> &[Stock] {
        self.image.counter.as_ref().map_or(&[], |c| &c.shelf)
    }

    /// Answers a buyer's question for an offer of the shelf. Writes nothing.
    pub fn sell(&self, ask: &[u8], clock: Moment, seed: &Seed) -> Result<Quoted, GiveRefusal> {
        let ask: Ask = cbor::from_bytes(ask).map_err(|_| GiveRefusal::Malformed)?;
        if ask.version != 1 || ask.kind != Kind::Sale {
            return Err(GiveRefusal::NotPermitted);
        }
        let now = self.now(clock);
        let state = &self.image.state;
        may_give(state)?;
        let counter = self.image.counter.as_ref().ok_or(GiveRefusal::NoLicense)?;
        let found = counter.shelf.iter().find_map(|stock| {
            let offer = self.offer_on(stock)?;
            (Some(offer.number) == ask.offer).then_some((stock, offer))
        });
        let (stock, offer) = found.ok_or(GiveRefusal::NoLicense)?;
        if now > offer.until {
            return Err(GiveRefusal::NotNow("its offer has ended"));
        }
        if stock.left() == Some(0) {
            return Err(GiveRefusal::Limit);
        }
        if self.silent(now) {
            return Err(GiveRefusal::SilentTooLong);
        }
        let seller = self
            .trust
            .check::<role::Seller>(&counter.certificate, now)
            .map_err(|_| GiveRefusal::NoTag)?;
        if state.records_full() || !state.till_has_room(offer.payee, offer.content) {
            return Err(GiveRefusal::Full);
        }
        let quote = Quote {
            kind: Kind::Sale,
            number: Number::Card(state.give_no),
            giver: seller.subject(),
            offer: Some(stock.offer_hash()),
            policy: Some(offer.policy),
            title: offer.content,
            price: offer.price,
            accepts: alloc::vec![TenderKind::Slip],
            payee: offer.payee,
            generation: 0,
            rights: offer.rights,
            route: Route::Till,
            facts: deal::Facts::default(),
            slips: 0,
            room: 1,
            credit: None,
            license: None,
            until: now.plus(QUOTE_FOR).min(offer.until),
            ask: Some(ask.hash()),
            links: None,
        };
        let sheet = cbor::to_bytes(&QuoteSheet {
            quote: seal::sign(
                &self.counter_signer(),
                Sealed::Quote,
                self.realm,
                Audience::Anyone,
                &quote,
            )
            .into(),
            certificate: counter.certificate.clone(),
            terms: None,
            ahead: None,
            purchase: None,
            claim: None,
        });
        let bytes =
            wire::seal_signed(&ask.seal, Sealed::Quote, &sheet, &seed.part("quote-seal")).map_err(|_| Fault::Seal)?;
        Ok(Quoted {
            title: offer.title,
            license: units::LicenseId::default(),
            quote,
            message: Outgoing::after(Durable::nothing_to_write(), bytes),
            locked: None,
        })
    }

    /// The seller this card is, if it is one.
    pub fn seller_id(&self) -> Option<PartyId> {
        let counter = self.image.counter.as_ref()?;
        let seller = self.trust.check_ever::<role::Seller>(&counter.certificate).ok()?;
        Some(PartyId(seller.subject()))
    }

    /// The shelf's word on what a payment is for, and the stock it comes from.
    pub(crate) fn on_shelf(&self, quote: &Quote) -> Option<(OnShelf, &Stock)> {
        let stock = self.shelf().iter().find(|s| Some(s.offer_hash()) == quote.offer)?;
        let offer = self.offer_on(stock)?;
        let shelf = OnShelf {
            offer: stock.offer_hash(),
            policy: offer.policy,
            title: offer.content,
            price: offer.price,
            payee: offer.payee,
            rights: offer.rights,
            sold_out: stock.left() == Some(0),
        };
        Some((shelf, stock))
    }

    /// The first link of a license for this payment, and the key of its share wrapped for the buyer.
    pub(crate) fn sold(&self, heard: &Heard, stock: &Stock, now: Moment, seed: &Seed) -> Result<Document, Fault> {
        let quote = &heard.sheet.pay.quote;
        let offer = stock.offer_hash();
        let to = heard.receiver;
        let link = Link {
            after: offer,
            offer,
            header: stock.header,
            key_id: stock.key_id,
            generation: 0,
            serial: stock.edition.map(|(next, _)| next),
            rights: quote.rights,
            bind: heard.sheet.pay.bind.clone(),
            receiver: to,
            deal: heard.deal,
            at: now,
            copies: None,
            support: None,
            loan: None,
        };
        let share = quote.rights.share;
        let key = ContentSecret::from_slice(stock.key.expose()).ok_or(Fault::Seal)?;
        let bound = license::bound_to(self.realm, offer, link.header, to.tag, 0, share);
        let wrap = license::wrap_key(&to.seal, &bound, share, &key, &seed.part("wrap")).map_err(|_| Fault::Seal)?;
        let signed = seal::sign(
            &self.counter_signer(),
            Sealed::Link,
            self.realm,
            Audience::Anyone,
            &link,
        );
        let OfferSheet {
            publisher,
            offer,
            policy,
        } = stock.sheet();
        Ok(Document {
            publisher,
            offer,
            policy,
            seller: heard.own.clone(),
            links: alloc::vec![signed.into()],
            wraps: alloc::vec![wrap],
        })
    }

    /// Whose work it is.
    pub(crate) fn publisher_of(&self, stock: &Stock) -> Option<PartyId> {
        self.offer_on(stock).map(|offer| offer.publisher)
    }

    fn offer_on(&self, stock: &Stock) -> Option<Offer> {
        Some(
            seal::parse::<Offer>(&stock.offer, Sealed::Offer, self.realm)
                .ok()?
                .claims()
                .clone(),
        )
    }

    pub(crate) fn counter_signer(&self) -> Signer {
        Signer::new(&self.purpose("counter/sign"))
    }
    pub(crate) fn counter_opener(&self) -> Opener {
        Opener::new(&self.purpose("counter/seal"))
    }
}

/// The key of an offer's share.
fn share_key(key: &ContentSecret, share: Share, header: Option<&Header>) -> Result<ContentSecret, CounterRefusal> {
    if share == Share::Whole {
        return Ok(ContentSecret::new(*key.expose()));
    }
    let header = header.ok_or(CounterRefusal::NoPackage)?;
    let tree = Tree::new(header.key.id, &header.geometry);
    let content = ContentKey::from_secret_bytes(*key.expose());
    let node = content.cover(&tree, share).ok_or(CounterRefusal::NoPackage)?;
    Ok(ContentSecret::new(*node.secret_bytes_for_wrapping()))
}
