//! Demo works: made by the program itself, so that a marketplace started with one command has something to sell. The same
//! bytes on every machine; nobody else's rights. The film is drawn by [`Film`] and encoded once, by `cargo xtask film`:
//! a first start needs no ffmpeg.

mod art;
mod atlas;
mod band;
mod story;
mod tune;

pub use art::Film;

use license::{RefundRule, Rights, TenderKind};
use package::Kind;
use units::{Currency, Moment, Money, MoneyError, OfferNo, Span};

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
    /// The second line of its title, and who performs it, where somebody does.
    pub beside: Option<(&'static str, &'static [&'static str])>,
    /// What its cover shows, where that is a picture of its own.
    pub cover: Option<&'static str>,
    /// Makes its file. Takes up to a few seconds.
    pub bytes: fn() -> Vec<u8>,
    /// What the shop window shows, where that takes more than deriving it from the file.
    pub preview: Option<&'static [u8]>,
    terms: fn(Currency, Moment) -> Result<Terms, MoneyError>,
}

impl DemoWork {
    /// What catalogues say of it beside its title.
    pub fn credits(&self) -> package::Credits {
        let own = package::Credits {
            cover: self.cover.map(str::to_owned),
            ..package::Credits::default()
        };
        let Some((subtitle, performers)) = self.beside else {
            return own;
        };
        let names: Vec<String> = performers.iter().map(|name| (*name).to_owned()).collect();
        package::Credits {
            subtitle: Some(subtitle.to_owned()),
            performers: Some(names).filter(|names| !names.is_empty()),
            creator: Some("Minato Tape Works".to_owned()),
            ..own
        }
    }

    /// What the demo's publisher asks for it, in the realm's currency, until that moment.
    pub fn terms(&self, currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
        let mut terms = (self.terms)(currency, until)?;
        // Whoever has an approver buys without a loaded card, and without telling the shop who he is.
        for offer in &mut terms.offers {
            offer.tenders.push(TenderKind::Approval);
            // And whoever has a carrier, with his telephone bill.
            offer.tenders.push(TenderKind::Charge);
        }
        Ok(terms)
    }
}

/// The demo's works: a song, a picture, a story, a book, a film, a game. Offers 101, 102, 201, 301, 401, 501, 502, 601.
pub fn works() -> [DemoWork; 6] {
    [
        DemoWork {
            title: "Night Ferry",
            beside: Some(("A tune for the last crossing", &["The Harbour Organ"])),
            cover: None,
            file_name: "night-ferry.wav",
            kind: Kind::Sound,
            bytes: tune::wav,
            preview: None,
            terms: song_terms,
        },
        DemoWork {
            title: "The Last Boat In",
            beside: None,
            cover: Some("A lit ferry on a dark sea, the moon above it and the lamps of a harbour behind."),
            file_name: "the-last-boat-in.png",
            kind: Kind::Picture,
            bytes: art::png,
            preview: None,
            terms: picture_terms,
        },
        DemoWork {
            title: "Lamps on the Water",
            beside: None,
            cover: None,
            file_name: "lamps-on-the-water.txt",
            kind: Kind::Text,
            bytes: story::text,
            preview: None,
            terms: story_terms,
        },
        DemoWork {
            title: "Small Harbours",
            beside: Some(("An atlas in five short chapters", &[])),
            cover: Some(
                "A small green island with a white lighthouse, a pale moon over a dark blue sea drawn in waves.",
            ),
            file_name: "small-harbours.epub",
            kind: Kind::Text,
            bytes: atlas::epub,
            preview: Some(include_bytes!("files/small-harbours.preview.webp")),
            terms: book_terms,
        },
        DemoWork {
            title: "The Crossing",
            beside: Some(("Twenty seconds at sea", &["The Pier 3 Players"])),
            cover: None,
            file_name: "the-crossing.mp4",
            kind: Kind::Video,
            bytes: || include_bytes!("files/the-crossing.mp4").to_vec(),
            preview: Some(include_bytes!("files/the-crossing.preview.mp4")),
            terms: film_terms,
        },
        DemoWork {
            title: "Harbour Lights",
            beside: None,
            cover: Some(
                "Seen from above at night: a small red boat among three lamps that shine, two that do not yet, and four rocks.",
            ),
            file_name: "harbour-lights.html",
            kind: Kind::Program,
            bytes: || include_bytes!("files/harbour-lights.html").to_vec(),
            preview: Some(include_bytes!("files/harbour-lights.preview.webp")),
            terms: game_terms,
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

/// The book: copied for half its price as often as people like, one deep.
fn book_terms(currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
    let money = |minor| Money::new(minor, currency);
    let mut terms = Terms::sale(OfferNo(401), money(400)?, until).copied_for(money(200)?, 1);
    terms.tax_permille = TAX_PERMILLE;
    terms.modes.move_ = true;
    terms.fare_move = money(0)?;
    Ok(terms)
}

/// The film: a week from the first time it is watched, or for good and then copied to friends two deep.
fn film_terms(currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
    let money = |minor| Money::new(minor, currency);
    let mut terms = Terms::sale(OfferNo(501), money(600)?, until).copied_for(money(250)?, 2);
    terms.tax_permille = TAX_PERMILLE;
    terms.offers.push(OfferTerms {
        number: OfferNo(502),
        price: money(150)?,
        rights: Rights {
            period: Some(Span::days(7)),
            ..Rights::UNLIMITED
        },
        refund: RefundRule::default(),
        edition: None,
        until,
        tenders: vec![TenderKind::Slip, TenderKind::Value],
    });
    Ok(terms)
}

/// The game: changes hands for a small fee, like a cartridge, and is never copied.
fn game_terms(currency: Currency, until: Moment) -> Result<Terms, MoneyError> {
    let money = |minor| Money::new(minor, currency);
    let mut terms = Terms::sale(OfferNo(601), money(250)?, until);
    terms.tax_permille = TAX_PERMILLE;
    terms.modes.move_ = true;
    terms.fare_move = money(30)?;
    Ok(terms)
}
