//! Order: what a shop's page has drawn to be pressed where discs are burnt. The shop knows these media already; the file names
//! their ids, so whoever has it has what they pay for. It carries no Content-Key: the package is compared with the shop's.

use minicbor::{Decode, Encode};
use seal::{Seed, cbor};
use units::{Again, ContentId, Hash, Money, OfferNo, Refusal};

use crate::{
    batch::{Batch, Content, Pressed},
    ids::MediumId,
    server::BATCH_MAX,
};

/// The longest file of an order that is read, in bytes.
pub const ORDER_MAX: usize = 4096;

/// What is to be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOf {
    /// What people call the work.
    pub title: String,
    /// The work.
    pub content: ContentId,
    /// Hash of the package's header.
    pub package: Hash,
    /// What the offer costs in money, for the label's other side.
    pub price: Money,
    /// What each medium pays for.
    pub offer: OfferNo,
}

/// Media that a shop has drawn, to be pressed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Order {
    /// Ids follow from it.
    #[n(0)]
    batch: Batch,
    /// SHA-256 over the whole file of the package that the shop sells; nothing where another party keeps the file.
    #[n(1)]
    file: Option<Hash>,
}

/// Why this is no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrder {
    /// Damaged, or something else.
    #[error("this is no order to press media, or a damaged one; download it again from the shop's media page")]
    Unreadable,
}

impl Refusal for NotAnOrder {
    fn code(&self) -> &'static str {
        "press-order"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

impl Order {
    /// An order of `count` media, with ids of fresh randomness; `file`: SHA-256 over the package's file.
    pub fn new(count: u32, of: OrderOf, file: Option<Hash>, seed: &Seed) -> Self {
        let content = Content {
            title: of.title,
            content: of.content,
            package: of.package,
            key: Vec::new().into(),
            price: of.price,
            numbered: true,
            again: false,
            offer: Some(of.offer),
        };
        Self {
            batch: Batch::new(count, Pressed::Media(content), seed),
            file,
        }
    }
    /// From its file.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAnOrder> {
        let order: Self = cbor::from_bytes_within(bytes, ORDER_MAX).map_err(|_| NotAnOrder::Unreadable)?;
        let keyless =
            matches!(&order.batch.what, Pressed::Media(content) if content.key.is_empty() && content.offer.is_some());
        if keyless && (1..=BATCH_MAX).contains(&order.batch.count) {
            Ok(order)
        } else {
            Err(NotAnOrder::Unreadable)
        }
    }
    /// Its file.
    pub fn bytes(&self) -> Vec<u8> {
        cbor::to_bytes(self)
    }
    /// What is pressed.
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }
    /// SHA-256 over the package's file, where the shop has it.
    pub const fn file(&self) -> Option<Hash> {
        self.file
    }
    /// The ids of its media, in the order of their numbers.
    pub fn media(&self) -> Vec<MediumId> {
        (0..self.batch.count).filter_map(|n| self.batch.medium(n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: CM-1
    #[test]
    fn an_order_names_the_ids_the_shop_knows_and_no_key() {
        let of = OrderOf {
            title: "Winter Sun".into(),
            content: ContentId([1; 16]),
            package: Hash([2; 32]),
            price: Money::new(300, units::Currency::JPY).unwrap(),
            offer: OfferNo(1_000_000),
        };
        let order = Order::new(3, of.clone(), Some(Hash([4; 32])), &Seed::new([7; 32]));
        assert_eq!(order.media().len(), 3);
        let bytes = order.bytes();
        assert_eq!(Order::read(&bytes), Ok(order.clone()), "the same ids from the file");
        assert_ne!(order.media(), Order::new(3, of, None, &Seed::new([8; 32])).media());
        for end in 0..bytes.len() {
            assert_eq!(Order::read(&bytes[..end]), Err(NotAnOrder::Unreadable));
        }
        // What a press makes by itself, and what has no pieces, is no order.
        let mut keyed = order.clone();
        if let Pressed::Media(content) = &mut keyed.batch.what {
            content.key = vec![3; 32].into();
        }
        let mut none = order;
        none.batch.count = 0;
        for no in [keyed, none] {
            assert_eq!(Order::read(&no.bytes()), Err(NotAnOrder::Unreadable));
        }
    }
}
