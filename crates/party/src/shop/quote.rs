//! Quote: what one sale, payment or surrender would be. Writes nothing.

use deal::{
    Kind, Quote,
    approval::{Purchase, quote_of},
    wire::Ask,
};
use license::TenderKind;
use minicbor::bytes::ByteVec;
use seal::{Seed, cbor};
use store::{Fault, View};
use units::{Again, Hash, LicenseId, Moment, Money, OfferNo, OrderId, Refusal};

use super::{OnShelf, Shop, approve::kind_in_a_word};
use crate::{
    issuer::{bare_quote, wire_version},
    say::NoReader,
};

/// What this shop takes today. The other kinds are in the protocol, and refused until they are built.
pub(super) const TAKES: [TenderKind; 6] = [
    TenderKind::Slip,
    TenderKind::Value,
    TenderKind::Receipt,
    TenderKind::Approval,
    TenderKind::Charge,
    TenderKind::Medium,
];

/// Why there is no quote, in order of precedence. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not an ask.
    #[error("this is no question: {0}")]
    Malformed(#[from] cbor::NotCanonical),
    /// A version of the protocol that is not spoken here.
    #[error("version {0} of the protocol is not spoken here; update the program")]
    Version(u8),
    /// A shop sells, takes payments and takes back, nothing else.
    #[error("a shop sells and takes back; for {0:?} ask whom it concerns")]
    Kind(Kind),
    /// No such offer.
    #[error("there is no offer of that number here; look at the shelf")]
    NoOffer,
    /// It was taken off the shelf, or its time is over.
    #[error("offer {0} is no longer on sale")]
    NotOnSale(OfferNo),
    /// The package is still on its way.
    #[error("offer {0} is not on sale yet: its package has not arrived")]
    NotReady(OfferNo),
    /// All pieces of the edition are sold.
    #[error("offer {0} is sold out")]
    SoldOut(OfferNo),
    /// None of the ways to pay is taken here.
    #[error("offer {0} can only be paid in ways this shop does not take yet")]
    NoTender(OfferNo),
    /// Not sold here, or handed back already.
    #[error("no such license of this shop can be handed back")]
    NoLicense,
    /// What it was the paper for is out of the machine.
    #[error("the goods are out; what was given is not taken back by a machine")]
    PieceOut,
    /// Its charge is paid, or there was none.
    #[error("nothing is owed for this license")]
    NothingOwed,
    /// The publisher takes nothing back, or not any more.
    #[error(
        "this can be handed back until {until} only, and {permille} thousandths of what was paid in money come back"
    )]
    NoRefund {
        /// Until when.
        until: Moment,
        /// How much would have come back.
        permille: u16,
    },
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AskRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Malformed(_) => "ask-malformed",
            Self::Version(_) => "version-unknown",
            Self::Kind(_) => "kind-not-here",
            Self::NoOffer => "offer-unknown",
            Self::NotOnSale(_) => "offer-not-on-sale",
            Self::NotReady(_) => "offer-not-ready",
            Self::SoldOut(_) => "sold-out",
            Self::NoTender(_) => "tender-not-here",
            Self::NoLicense => "license-not-here",
            Self::PieceOut => "goods-out",
            Self::NothingOwed => "nothing-owed",
            Self::NoRefund { .. } => "no-refund",
            Self::NoReader(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotReady(_) => Again::Later,
            Self::NoReader(no) => no.again(),
            Self::NoOffer => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(AskRefused);

impl Shop {
    /// Answers an [`Ask`] to buy, to pay for goods later, or to hand back, with a sealed quote.
    pub fn ask(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, AskRefused> {
        crate::epoch::require::<AskRefused>(view)?;
        let ask: Ask = cbor::from_bytes(ask)?;
        if ask.version != wire_version() {
            return Err(AskRefused::Version(ask.version));
        }
        let until = now.plus(self.config.quote_life);
        let quote = match ask.kind {
            Kind::Sale | Kind::PayOnly => {
                let number = ask.offer.ok_or(AskRefused::NoOffer)?;
                self.sale_quote(view, ask.kind, number, until, Some(ask.hash()), now, seed)?
            }
            Kind::Surrender => {
                let license = ask.license.ok_or(AskRefused::NoLicense)?;
                self.surrender_quote(view, license, until, ask.hash(), now, seed)?
            }
            Kind::Clear => {
                let license = ask.license.ok_or(AskRefused::NoLicense)?;
                self.clear_quote(view, license, until, ask.hash())?
            }
            other => return Err(AskRefused::Kind(other)),
        };
        let purchase = self.purchase(view, &quote)?;
        Ok(self.voice().quote(&quote, purchase, &ask, seed)?)
    }

    /// What a buyer may show to whoever approves it: kind and price, and never what it is.
    fn purchase(&self, view: &mut dyn View, quote: &Quote) -> Result<Option<ByteVec>, Fault> {
        if !quote.accepts.contains(&TenderKind::Approval) {
            return Ok(None);
        }
        let Some(shelf) = quote.offer.map(|hash| self.listed(view, hash)).transpose()?.flatten() else {
            return Ok(None);
        };
        let purchase = Purchase {
            quote: quote_of(quote),
            what: kind_in_a_word(shelf.work.kind).to_owned(),
            quantity: 1,
            price: quote.price,
            seller: self.id(),
            settles: self.config.settles.unwrap_or(self.id()),
            until: quote.until,
            knows_again: shelf.policy.knows_buyers == Some(true),
        };
        let (signer, realm) = (self.keys.signer(), self.desk.realm_id());
        let signed = seal::sign(signer, seal::Kind::Purchase, realm, seal::Audience::Anyone, &purchase);
        Ok(Some(ByteVec::from(signed)))
    }

    /// An open quote for an offer: a code or a file for whoever finds it; the first payment takes it.
    pub fn open_quote(
        &self,
        view: &mut dyn View,
        number: OfferNo,
        now: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, AskRefused> {
        crate::epoch::require::<AskRefused>(view)?;
        let until = now.plus(self.config.open_life);
        let quote = self.sale_quote(view, Kind::Sale, number, until, None, now, seed)?;
        Ok(self.voice().open_quote(&quote))
    }

    #[allow(clippy::too_many_arguments)] // what a quote is about, and when
    fn sale_quote(
        &self,
        view: &mut dyn View,
        kind: Kind,
        number: OfferNo,
        until: Moment,
        ask: Option<Hash>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Quote, AskRefused> {
        let shelf = self.offer(view, number)?.ok_or(AskRefused::NoOffer)?;
        if shelf.listing.withdrawn.is_some() || now > shelf.offer.until {
            return Err(AskRefused::NotOnSale(number));
        }
        if !shelf.work.is_ready() {
            return Err(AskRefused::NotReady(number));
        }
        let no_piece = self.goods_left(view, number)? == Some(0);
        if no_piece || (self.pieces_left(view, number)? == Some(0) && shelf.offer.edition.is_some()) {
            return Err(AskRefused::SoldOut(number));
        }
        let accepts = self.accepted(&shelf, kind);
        if accepts.is_empty() && !shelf.offer.price.is_zero() {
            return Err(AskRefused::NoTender(number));
        }
        let until = until.min(shelf.offer.until);
        let offer = shelf.offer;
        let zero = Money::zero(self.desk.currency());
        Ok(Quote {
            offer: Some(shelf.hash),
            policy: Some(offer.policy),
            title: offer.content,
            price: offer.price,
            accepts,
            payee: offer.payee,
            rights: offer.rights,
            ..bare_quote(kind, self.id(), OrderId(seed.id("order")), zero, until, ask)
        })
    }

    fn surrender_quote(
        &self,
        view: &mut dyn View,
        license: LicenseId,
        until: Moment,
        ask: Hash,
        now: Moment,
        seed: &Seed,
    ) -> Result<Quote, AskRefused> {
        let sale = self.sale_of(view, license)?.ok_or(AskRefused::NoLicense)?;
        let shelf = self.listed(view, sale.offer)?.ok_or(AskRefused::NoLicense)?;
        if sale.refunded.is_some() {
            return Err(AskRefused::NoLicense);
        }
        let sold = self.deal_of(view, license)?.unwrap_or_default();
        if !self.piece_comes_back(view, sold)? {
            return Err(AskRefused::PieceOut);
        }
        let last = super::surrender::last_day(&shelf, sale.at);
        let back = super::surrender::refund_of(&sale, shelf.offer.refund);
        // What was never paid comes back for nothing, whenever its payer has refused.
        let unpaid = self.is_unpaid(view, &sale)?;
        if !unpaid && (now > last || back.is_zero()) {
            return Err(AskRefused::NoRefund {
                until: last,
                permille: shelf.offer.refund.permille,
            });
        }
        let zero = Money::zero(self.desk.currency());
        Ok(Quote {
            offer: Some(sale.offer),
            policy: Some(shelf.offer.policy),
            title: sale.content,
            credit: (!unpaid).then_some(back),
            license: Some(license),
            ..bare_quote(
                Kind::Surrender,
                self.id(),
                OrderId(seed.id("order")),
                zero,
                if unpaid { until } else { until.min(last) },
                Some(ask),
            )
        })
    }
}

impl Shop {
    /// What of the offer's ways to pay this shop takes. Money paid beforehand cannot be paid with a receipt of itself, and
    /// what was approved or charged is given at once.
    fn accepted(&self, shelf: &OnShelf, kind: Kind) -> Vec<TenderKind> {
        let later = [
            TenderKind::Receipt,
            TenderKind::Approval,
            TenderKind::Charge,
            TenderKind::Medium,
        ];
        let tenders = shelf.offer.tenders.iter().copied();
        tenders
            .filter(|t| TAKES.contains(t))
            .filter(|t| *t != TenderKind::Charge || self.config.bank.is_some())
            .filter(|t| kind == Kind::Sale || !later.contains(t))
            .collect()
    }
}
