//! Demo works: made by the program itself, so that a marketplace started with one command has something to sell. The same
//! bytes on every machine; nobody else's rights.

mod art;
mod band;
mod story;
mod tune;

use license::{RefundRule, Rights, TenderKind};
use package::Kind;
use units::{Currency, Moment, Money, MoneyError, OfferNo};

use crate::{OfferTerms, Terms};

/// A work of the demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoWork {
    /// What people call it.
    pub title: &'static str,
    /// A file name for it.
    pub file_name: &'static str,
    /// What kind of work.
    pub kind: Kind,
    /// Makes its file. Takes up to a few seconds.
    pub bytes: fn() -> Vec<u8>,
    terms: fn(Currency, Moment) -> Result<Terms, MoneyError>,
}

impl DemoWork {
    /// What the demo's publisher asks for it, in the realm's currency, until that moment.
    pub fn terms(&self, currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
        (self.terms)(currency, until)
    }
}

/// The demo's works: a song, a picture, a story. Offers 101, 102, 201 and 301.
pub fn works() -> [DemoWork; 3] {
    [
        DemoWork {
            title: "Night Ferry",
            file_name: "night-ferry.wav",
            kind: Kind::Sound,
            bytes: tune::wav,
            terms: song_terms,
        },
        DemoWork {
            title: "The Last Boat In",
            file_name: "the-last-boat-in.png",
            kind: Kind::Picture,
            bytes: art::png,
            terms: picture_terms,
        },
        DemoWork {
            title: "Lamps on the Water",
            file_name: "lamps-on-the-water.txt",
            kind: Kind::Text,
            bytes: story::text,
            terms: story_terms,
        },
    ]
}

const TAX_PERMILLE: u16 = 100;

/// The song: 500 for good, to be copied to friends three deep at 100; or 80 for three plays.
fn song_terms(currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
    let money = |minor| Money::new(minor, currency);
    let mut terms = Terms::sale(OfferNo(101), money(500)?, until).copied_for(money(100)?, 3);
    terms.tax_permille = TAX_PERMILLE;
    terms.modes.move_ = true;
    terms.fare_move = money(50)?;
    terms.offers.push(OfferTerms {
        number: OfferNo(102),
        price: money(80)?,
        rights: Rights {
            plays: Some(3),
            ..Rights::UNLIMITED
        },
        refund: RefundRule::default(),
        edition: None,
        until,
        tenders: vec![TenderKind::Slip, TenderKind::Value],
    });
    for offer in &mut terms.offers {
        offer.refund = RefundRule {
            days: 7,
            unplayed: true,
            permille: 1000,
        };
    }
    Ok(terms)
}

/// The picture: an edition of 100 that changes hands but is never copied.
fn picture_terms(currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
    let money = |minor| Money::new(minor, currency);
    let mut terms = Terms::sale(OfferNo(201), money(1200)?, until);
    terms.tax_permille = TAX_PERMILLE;
    terms.modes.move_ = true;
    terms.fare_move = money(120)?;
    terms.as_file = true;
    if let Some(offer) = terms.offers.first_mut() {
        offer.edition = Some(100);
    }
    Ok(terms)
}

/// The story: sealed for each buyer under a key of its own, not to be passed on (XD-4).
fn story_terms(currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
    let mut terms = Terms::sale(OfferNo(301), Money::new(300, currency)?, until);
    terms.tax_permille = TAX_PERMILLE;
    terms.delivery = package::Delivery::Unique;
    Ok(terms)
}
