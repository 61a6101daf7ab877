//! Terms: what a publisher decides about a work, before it becomes a policy and offers.

use std::path::PathBuf;

use license::{Delivery, Modes, Offer, Policy, RefundRule, Rights, Route, TenderKind, Unlock};
use seal::SealTo;
use units::{ContentId, Currency, Hash, Moment, Money, OfferNo, PartyId, Share};

/// As many as a package's front has places for.
const SETS_MAX: usize = 32;

/// One offer: a way to buy the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferTerms {
    /// The number on the shelf.
    pub number: OfferNo,
    /// The price, tax included.
    pub price: Money,
    /// What the buyer may do.
    pub rights: Rights,
    /// When it may be handed back.
    pub refund: RefundRule,
    /// How many may be sold, if not any number (SD-12).
    pub edition: Option<u32>,
    /// Last moment at which a quote may be made.
    pub until: Moment,
    /// What it may be paid with.
    pub tenders: Vec<TenderKind>,
}

/// What a publisher chooses to be paid with beside his buyers' money and coupons: media he presses, and receipts of what was paid
/// before (ST-9).
pub const CHOSEN: [TenderKind; 2] = [TenderKind::Medium, TenderKind::Receipt];

impl OfferTerms {
    /// May this offer be paid with that, or not any more? The other ways stay, in their order.
    pub fn takes(&mut self, kind: TenderKind, taken: bool) {
        self.tenders.retain(|one| *one != kind);
        if taken {
            self.tenders.push(kind);
        }
    }
}

/// All of a publisher's decisions about one work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The ways to buy it, 1 to 32.
    pub offers: Vec<OfferTerms>,
    /// Tax contained in prices, in thousandths of the net price.
    pub tax_permille: u16,
    /// One package for all, or one for each sale (XD-4).
    pub delivery: package::Delivery,
    /// How it may be handed on.
    pub modes: Modes,
    /// Fare of a copy.
    pub fare_copy: Money,
    /// Fare of a move.
    pub fare_move: Money,
    /// How deep copies of copies may go.
    pub generations: u8,
    /// How many copies one license may make; `None`: no limit.
    pub copies: Option<u16>,
    /// How fares travel.
    pub route: Route,
    /// What a copy may do; `None`: what the first offer grants.
    pub copy_rights: Option<Rights>,
    /// May only live on hardware cards.
    pub hardware_only: bool,
    /// May leave the player as a plain file (SD-6).
    pub as_file: bool,
    /// How many players it may be lent to at once.
    pub players: u8,
    /// To whom prices and fares are due; `None`: the publisher.
    pub payee: Option<PartyId>,
    /// How locked copies arrive and are unlocked; `None`: wholly locked, by the publisher himself, for the first offer's
    /// price.
    pub unlock: Option<Unlock>,
    /// May sellers know buyers again who pay by approval, by a number that only that seller is shown?
    pub knows_buyers: bool,
    /// Directories of other publications of the same publisher: whoever has a license of the whole of such a work opens this one
    /// too (ST-21), at most 32.
    pub sets: Vec<PathBuf>,
    /// Is a small rendition made as well, under the same licenses, for small devices (ST-11)?
    pub small: bool,
}

impl Terms {
    /// A plain sale at one price until `until`: everything for ever to the buyer, nothing to be handed on, no refunds, paid
    /// by card. The rest is set field by field.
    pub fn sale(number: OfferNo, price: Money, until: Moment) -> Self {
        let offer = OfferTerms {
            number,
            price,
            rights: Rights::UNLIMITED,
            refund: RefundRule::default(),
            edition: None,
            until,
            tenders: vec![TenderKind::Slip, TenderKind::Value],
        };
        Self {
            offers: vec![offer],
            tax_permille: 0,
            delivery: package::Delivery::Shared,
            modes: Modes::default(),
            fare_copy: Money::zero(price.currency()),
            fare_move: Money::zero(price.currency()),
            generations: 0,
            copies: None,
            route: Route::default(),
            copy_rights: None,
            hardware_only: false,
            as_file: false,
            players: 3,
            payee: None,
            unlock: None,
            knows_buyers: false,
            sets: Vec::new(),
            small: false,
        }
    }

    /// The same, and buyers may copy for their friends at `fare`, `generations` deep.
    pub fn copied_for(mut self, fare: Money, generations: u8) -> Self {
        self.modes.copy = true;
        self.fare_copy = fare;
        self.generations = generations;
        self
    }

    /// What is inconsistent, in words.
    pub(crate) fn fault(&self, currency: &str) -> Option<&'static str> {
        let ours = |money: &Money| Currency::code(&money.currency()) == currency;
        let mut numbers: Vec<_> = self.offers.iter().map(|offer| offer.number).collect();
        numbers.sort_unstable();
        let rules = [
            (self.offers.is_empty(), "there is no offer"),
            (self.offers.len() > license::OFFERS_MAX, "there are more than 32 offers"),
            (numbers.windows(2).any(|w| w[0] == w[1]), "two offers have one number"),
            (
                !self.offers.iter().all(|o| ours(&o.price)) || !ours(&self.fare_copy) || !ours(&self.fare_move),
                "an amount is not in the currency of the realm",
            ),
            (self.tax_permille > 1000, "the tax rate is above 1000 thousandths"),
            (
                self.offers.iter().any(|o| o.refund.permille > 1000),
                "a refund is above 1000 thousandths of its price",
            ),
            (
                self.offers.iter().any(|o| o.edition == Some(0)),
                "an edition of none cannot be sold",
            ),
            (
                self.offers.iter().any(|o| o.tenders.is_empty()),
                "an offer can be paid with nothing",
            ),
            (
                self.modes.copy && self.generations == 0,
                "copies are allowed, and none of any generation",
            ),
            (
                self.delivery == package::Delivery::Unique && self.modes.locked,
                "a package made for one buyer cannot be handed on locked",
            ),
            (
                self.delivery == package::Delivery::Unique && !self.sets.is_empty(),
                "a package made for one buyer cannot be one of a set",
            ),
            (
                self.delivery == package::Delivery::Unique && self.small,
                "a package made for one buyer has no small rendition",
            ),
            (self.sets.len() > SETS_MAX, "a work belongs to at most 32 sets"),
        ];
        rules.iter().find(|(broken, _)| *broken).map(|(_, why)| *why)
    }

    pub(crate) fn policy(&self, publisher: PartyId, own_key: SealTo) -> Policy {
        let first = self.offers.first().map_or(Rights::UNLIMITED, |offer| offer.rights);
        Policy {
            publisher,
            modes: self.modes,
            fare_copy: self.fare_copy,
            fare_move: self.fare_move,
            generations: self.generations,
            copies: self.copies,
            route: self.route,
            payee: self.payee.unwrap_or(publisher),
            copy_rights: self.copy_rights.unwrap_or(first),
            hardware_only: self.hardware_only,
            as_file: self.as_file,
            players: self.players,
            unlock: self.modes.locked.then(|| {
                let fee = self.offers.first().map_or(self.fare_copy, |offer| offer.price);
                self.unlock.clone().unwrap_or(Unlock {
                    key: own_key,
                    centres: vec![publisher],
                    fee,
                    arrives: Share::Nothing,
                })
            }),
            knows_buyers: self.knows_buyers.then_some(true),
        }
    }

    pub(crate) fn offer(&self, offer: &OfferTerms, about: &Subject) -> Offer {
        Offer {
            number: offer.number,
            content: about.content,
            title: about.title.clone(),
            publisher: about.publisher,
            sellers: about.sellers.clone(),
            payee: self.payee.unwrap_or(about.publisher),
            price: offer.price,
            tax_permille: self.tax_permille,
            policy: about.policy,
            delivery: match self.delivery {
                package::Delivery::Shared => Delivery::Shared(about.header),
                package::Delivery::Unique => Delivery::Unique,
            },
            rights: offer.rights,
            tenders: offer.tenders.clone(),
            refund: offer.refund,
            edition: offer.edition,
            until: offer.until,
            media_type: about.media_type.clone(),
        }
    }
}

/// What an offer is about.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) content: ContentId,
    pub(crate) title: String,
    pub(crate) media_type: String,
    pub(crate) publisher: PartyId,
    pub(crate) sellers: Vec<PartyId>,
    pub(crate) policy: Hash,
    pub(crate) header: Hash,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: ST-9
    #[test]
    fn each_chosen_way_to_pay_is_taken_once_and_left_out_again() {
        let price = Money::new(300, Currency::JPY).unwrap();
        let terms = Terms::sale(OfferNo(7), price, Moment(9));
        for kind in CHOSEN {
            let mut offer = terms.offers[0].clone();
            assert!(
                !offer.tenders.contains(&kind),
                "{kind:?} is chosen, never there by itself"
            );
            for _ in 0..2 {
                offer.takes(kind, true);
                assert_eq!(offer.tenders, [TenderKind::Slip, TenderKind::Value, kind]);
            }
            offer.takes(kind, false);
            assert_eq!(offer, terms.offers[0]);
        }
    }
}
