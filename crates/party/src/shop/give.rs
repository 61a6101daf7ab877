//! Give: the license is made out to the buyer's tag, the key wrapped for it, the sale numbered, booked and remembered: one
//! write, and then it is said.

use deal::{Kind, Value, ValueKind, fact::BoughtWord, wire::GiftSheet};
use license::{Document, Link, Receiver, Wrap, bound_to, wrap_key};
use minicbor::bytes::ByteVec;
use package::{ContentKey, Header, Tree};
use seal::{Audience, ContentSecret, Kind as Sealed, Seed, cbor};
use store::Tx;
use units::{Hash, LicenseId, Moment, Money, Share, ValueId};

use super::{
    OnShelf, Paid, PayRefused, Sale, Shop,
    money::Division,
    surrender::LICENSES,
    unique::{Opening, SECRETS},
};
use crate::{
    beside::Unsaid,
    decided,
    door::OpenPay,
    say::{NoReader, order_of},
};

/// What is given, as it was made: before the write that gives it, and worth nothing without that write. Made of the payment
/// and what never changes on the shelf, so that it can be made beside the writer.
#[derive(Debug)]
pub(super) enum Made {
    /// A license.
    License {
        id: LicenseId,
        document: Vec<u8>,
        /// The secret of a delivery of the buyer's own, locked: to be kept from the moment it is sold.
        secret: Option<Vec<u8>>,
        serial: Option<u32>,
    },
    /// A receipt that pays for the offer later.
    Receipt(Box<(Value, ByteVec)>),
    /// Nothing: what is cleared has been on its card for long.
    Nothing,
}

impl Made {
    /// Was it made with this number of the edition?
    pub(super) fn has_number(&self, number: Option<u32>) -> bool {
        match self {
            Self::License { serial, .. } => *serial == number,
            Self::Receipt(_) | Self::Nothing => number.is_none(),
        }
    }
}

impl Shop {
    /// Makes what the payment is for. Writes nothing.
    pub(super) fn make_gift(
        &self,
        open: &OpenPay,
        shelf: &OnShelf,
        serial: Option<u32>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Made, PayRefused> {
        match open.pay().quote.kind {
            Kind::Sale => self.make_license(open, shelf, serial, now, seed),
            Kind::Clear => Ok(Made::Nothing),
            _ => Ok(Made::Receipt(Box::new(self.make_receipt(open, shelf)))),
        }
    }

    /// Gives: the one write that decides a sale.
    pub(super) fn give(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        paid: Paid,
        made: &Made,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let deal = open.deal();
        let zero = Money::zero(self.desk.currency());
        if matches!(made, Made::Nothing) {
            return self.cleared(tx, open, paid, now);
        }
        let receipt = self.next_receipt(tx)?;
        let mut gift = GiftSheet {
            receipt: Some(receipt),
            ..GiftSheet::default()
        };
        let (division, license, serial) = match made {
            Made::License {
                id,
                document,
                secret,
                serial,
            } => {
                LICENSES.put(tx, id, &deal)?;
                if let Some(secret) = secret {
                    SECRETS.put(tx, &deal, &ByteVec::from(secret.clone()))?;
                }
                gift.document = Some(ByteVec::from(document.clone()));
                gift.bought = self.noted(open, shelf, now);
                (self.book_sale(tx, deal, &shelf.offer, &paid, now)?, Some(*id), *serial)
            }
            Made::Receipt(receipt) => {
                self.note_value(tx, &receipt.0)?;
                gift.values.push(receipt.as_ref().clone());
                self.book_prepaid(tx, deal, &shelf.offer, &paid, now)?;
                let nothing = Division {
                    tax: zero,
                    publisher: zero,
                };
                (nothing, None, None)
            }
            // Answered above.
            Made::Nothing => return self.cleared(tx, open, paid, now),
        };
        let sale = Sale {
            order: order_of(open).unwrap_or_default(),
            offer: shelf.hash,
            number: shelf.offer.number,
            content: shelf.offer.content,
            title: shelf.offer.title.clone(),
            publisher: shelf.offer.publisher,
            payee: shelf.offer.payee,
            price: shelf.offer.price,
            tax_permille: shelf.offer.tax_permille,
            tax: division.tax,
            publisher_part: division.publisher,
            paid,
            slip: open.slip().map(deal::Slip::id),
            buyer: open.sheet().seller_number,
            receipt,
            serial,
            license,
            receiver: open.pay().receiver,
            at: now,
            refunded: None,
        };
        self.keep_promises(tx, open, now)?;
        self.remember(tx, deal, &sale)?;
        match sale.paid.charged {
            Some(charged) => {
                self.keep_piece(tx, deal, now)?;
                self.note_unsettled(tx, deal, &sale, charged)?;
            }
            None => self.owe_piece(tx, deal, now)?,
        }
        let decided = self.voice().given(open, gift, now);
        decided::write(tx, deal, &decided)?;
        Ok(Unsaid::Settle(deal, Box::new(decided)))
    }

    /// The shop's word that the buyer bought, about the name it gave: what its facts are made of (SD-15). A gift is no
    /// purchase.
    fn noted(&self, open: &OpenPay, shelf: &OnShelf, now: Moment) -> Option<BoughtWord> {
        let buyer = open.sheet().buyer.filter(|_| !shelf.offer.price.is_zero())?;
        let (realm, publisher) = (self.desk.realm_id(), shelf.offer.publisher);
        Some(BoughtWord::sign(self.keys.signer(), realm, publisher, buyer, now))
    }

    fn make_license(
        &self,
        open: &OpenPay,
        shelf: &OnShelf,
        serial: Option<u32>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Made, PayRefused> {
        let Opening { key, header, secret } = self.opening(open.deal(), shelf, seed)?;
        let package = header.hash();
        let tag = open.certificate();
        let rights = shelf.offer.rights;
        let link = Link {
            after: shelf.hash,
            offer: shelf.hash,
            header: package,
            key_id: key.id().0,
            generation: 0,
            serial,
            rights,
            bind: open.pay().bind.clone(),
            receiver: Receiver {
                tag: open.pay().receiver,
                sign: tag.sign,
                seal: tag.seal,
            },
            deal: open.deal(),
            at: now,
            copies: None,
            support: None,
            loan: None,
        };
        let realm = self.desk.realm_id();
        let signed = seal::sign(self.keys.signer(), Sealed::Link, realm, Audience::Anyone, &link);
        let wraps = self.wrap(&key, &header, shelf.hash, &link, seed)?;
        let document = Document {
            publisher: shelf.work.certificate.clone(),
            offer: shelf.listing.signed.clone(),
            policy: shelf.signed_policy().clone(),
            seller: ByteVec::from(self.keys.certificate().to_vec()),
            links: vec![ByteVec::from(signed.clone())],
            wraps,
        };
        Ok(Made::License {
            id: license_id(&signed),
            document: cbor::to_bytes(&document),
            secret,
            serial,
        })
    }

    /// The key of the license's share, wrapped for the buyer's tag in this very place.
    pub(super) fn wrap(
        &self,
        key: &ContentKey,
        header: &Header,
        offer: Hash,
        link: &Link,
        seed: &Seed,
    ) -> Result<Vec<Wrap>, PayRefused> {
        let share = link.rights.share;
        let secret = match share {
            Share::Nothing => return Ok(Vec::new()),
            Share::Whole => ContentSecret::new(*key.secret_bytes_for_wrapping()),
            Share::Tenth | Share::Most => {
                let tree = Tree::new(key.id(), &header.geometry);
                let Some(node) = key.cover(&tree, share) else {
                    return Ok(Vec::new());
                };
                ContentSecret::new(*node.secret_bytes_for_wrapping())
            }
        };
        let bound = bound_to(
            self.desk.realm_id(),
            offer,
            link.header,
            link.receiver.tag,
            link.generation,
            share,
        );
        let wrap = wrap_key(&link.receiver.seal, &bound, share, &secret, &seed.part("wrap")).map_err(|_| NoReader)?;
        Ok(vec![wrap])
    }

    /// Paid already: a value for exactly this offer, once.
    fn make_receipt(&self, open: &OpenPay, shelf: &OnShelf) -> (Value, ByteVec) {
        let value = Value {
            kind: ValueKind::Receipt,
            maker: self.id(),
            id: ValueId::from_slice(&open.deal().0[..16]).unwrap_or_default(),
            // It pays the whole price; worth what was paid in money, so that no coupon comes back as money.
            worth: open
                .slip()
                .map_or(Money::zero(self.desk.currency()), |slip| slip.amount),
            offer: Some(shelf.hash),
            until: None,
            label: shelf.offer.title.chars().take(60).collect(),
        };
        let signed = self.voice().value(&value);
        (value, signed)
    }
}

/// A license's name: SHA-256 of its last signed link, cut to 16 bytes.
pub(super) fn license_id(link: &[u8]) -> LicenseId {
    LicenseId::from_slice(&seal::hash(link).0[..16]).unwrap_or_default()
}
