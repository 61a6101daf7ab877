//! Synthetic names: small numbers in the shape of ids, and back again.
//!
//! A name says who made it, so that the model can hold its invariants against the payer of a slip or the giver of a
//! quote without keeping a table beside the state.

use deal::{Number, Pay, Quote, Slip};
use units::{CardNo, ContentId, Currency, DealId, Hash, LicenseId, Money, OrderId, PartyId, Tag, ValueId};

use super::kept::print_of;

/// The shop: sells, refunds, and makes coupons, receipts and refund orders.
pub const SHOP: PartyId = PartyId([0xA0; 16]);
/// The money issuer.
pub const ISSUER: PartyId = PartyId([0xB0; 16]);

/// The carrier: pays charges and bills them.
pub const CARRIER: PartyId = PartyId([0xD0; 16]);

/// `n` yen. The model's amounts are tiny, so nothing is ever out of bounds.
pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

/// The publisher with this number, who is also the payee of its fares.
pub const fn publisher(n: u8) -> PartyId {
    let mut id = [0; 16];
    id[0] = 0xC0;
    id[1] = n;
    PartyId(id)
}

/// The offer with this number.
pub const fn offer(n: u8) -> Hash {
    let mut id = [0; 32];
    id[0] = n;
    id[1] = 0x0F;
    Hash(id)
}

/// The work behind an offer.
pub const fn title(n: u8) -> ContentId {
    ContentId([n + 1; 16])
}

/// The number of an offer.
pub fn offer_no(hash: Hash) -> usize {
    usize::from(hash.0[0])
}

/// A card's name for its payment `pay_no`; its issuer keeps it in tags.
pub fn tag(card: usize, pay_no: u64) -> Tag {
    let mut id = [0; 16];
    id[0] = card as u8;
    id[1..9].copy_from_slice(&pay_no.to_be_bytes());
    Tag(id)
}

/// The name a card signs its quotes with.
pub const fn giver_card(card: usize) -> [u8; 16] {
    let mut id = [0; 16];
    id[0] = card as u8;
    id[15] = 0xCA;
    id
}

/// Who gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giver {
    /// A card.
    Card(usize),
    /// A server.
    Server,
}

/// Who gives under this quote.
pub fn giver_of(quote: &Quote) -> Giver {
    match quote.number {
        Number::Card(_) => Giver::Card(usize::from(quote.giver[0])),
        Number::Order(_) => Giver::Server,
    }
}

/// The issuer's number of a card.
pub const fn card_no(card: usize) -> CardNo {
    CardNo([card as u8; 16])
}

/// The order `n` of a kind of deal.
pub const fn order(kind: u8, n: u8) -> OrderId {
    let mut id = [0; 16];
    id[0] = kind;
    id[1] = n;
    OrderId(id)
}

/// The license a card starts with.
pub const fn first_license(offer: u8, card: usize) -> LicenseId {
    let mut id = [0; 16];
    id[0] = 0xF1;
    id[1] = offer;
    id[2] = card as u8;
    LicenseId(id)
}

/// The locked license of an offer that a card took.
pub const fn locked_license(offer: u8, card: usize) -> LicenseId {
    let mut id = [0; 16];
    id[0] = 0xF3;
    id[1] = offer;
    id[2] = card as u8;
    LicenseId(id)
}

/// The license, or value, that a deal brings.
pub fn from_deal(deal: DealId) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&deal.0[..16]);
    id
}

/// A value a card starts with.
pub const fn value(card: usize, n: usize) -> ValueId {
    let mut id = [0; 16];
    id[0] = 0xF2;
    id[1] = card as u8;
    id[2] = n as u8;
    ValueId(id)
}

/// The name of a deal: who pays, in which life and epoch, under which number, and a fingerprint of what exactly.
pub fn deal_id(card: usize, life: u8, epoch: u64, pay: &Pay) -> DealId {
    let mut id = [0; 32];
    id[0] = card as u8;
    id[1] = life;
    id[2] = epoch as u8;
    id[3] = pay.pay_no as u8;
    id[4..12].copy_from_slice(&print_of(pay).to_be_bytes());
    DealId(id)
}

/// The inside of a slip's seal: payer, life, epoch, number.
pub fn slip_inside(card: usize, life: u8, epoch: u64, pay_no: u64) -> Vec<u8> {
    vec![card as u8, life, epoch as u8, pay_no as u8]
}

/// The payer of a slip, as the issuer finds it.
pub fn payer(slip: &Slip) -> Option<usize> {
    slip.sealed.first().map(|card| usize::from(*card))
}

/// Payer and number of a slip: what must be unique but for a restored payer.
pub fn drawn_as(slip: &Slip) -> Option<(u8, u8)> {
    Some((*slip.sealed.first()?, *slip.sealed.get(3)?))
}
