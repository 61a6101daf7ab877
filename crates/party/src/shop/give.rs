//! Give: the license is made out to the buyer's tag, the key wrapped for it, the sale numbered, booked and remembered: one
//! write, and then it is said.

use deal::{Kind, Value, ValueKind, wire::GiftSheet};
use license::{Document, Link, Receiver, Wrap, bound_to, wrap_key};
use minicbor::bytes::ByteVec;
use package::{ContentKey, Header, Tree};
use seal::{Audience, ContentSecret, Kind as Sealed, Seed, cbor};
use store::{Fault, Tx};
use units::{Hash, LicenseId, Moment, Money, Share, ValueId};

use super::{OnShelf, Paid, PayRefused, Sale, Shop, money::Division, surrender::LICENSES};
use crate::{
    decided,
    door::OpenPay,
    errand::Step,
    say::{NoReader, order_of},
};

/// A license as it was made.
struct Made {
    id: LicenseId,
    document: Vec<u8>,
}

impl Shop {
    #[allow(clippy::too_many_arguments)] // everything a gift is made of
    pub(super) fn give(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        paid: Paid,
        serial: Option<u32>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, PayRefused> {
        let deal = open.deal();
        let zero = Money::zero(self.desk.currency());
        let is_sale = open.pay().quote.kind == Kind::Sale;
        let receipt = self.next_receipt(tx)?;
        let mut gift = GiftSheet {
            receipt: Some(receipt),
            ..GiftSheet::default()
        };
        let (division, license) = if is_sale {
            let made = self.make_license(tx, open, shelf, serial, now, seed)?;
            LICENSES.put(tx, &made.id, &deal)?;
            gift.document = Some(ByteVec::from(made.document));
            (self.book_sale(tx, deal, &shelf.offer, &paid, now)?, Some(made.id))
        } else {
            gift.values.push(self.make_receipt(tx, open, shelf, paid.money)?);
            self.book_prepaid(tx, deal, &shelf.offer, &paid, now)?;
            let nothing = Division {
                tax: zero,
                publisher: zero,
            };
            (nothing, None)
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
        self.remember(tx, deal, &sale)?;
        let decided = self.voice().given(open, gift, now, seed)?;
        decided::write(tx, deal, &decided)?;
        Ok(Step::Answer(decided.settle.into()))
    }

    fn make_license(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        serial: Option<u32>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Made, PayRefused> {
        let (key, header) = self.key_and_header(tx, open.deal(), shelf, seed)?;
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
        };
        let realm = self.desk.realm_id();
        let signed = seal::sign(self.keys.signer(), Sealed::Link, realm, Audience::Anyone, &link);
        let wraps = self.wrap(&key, &header, shelf.hash, &link, seed)?;
        let document = Document {
            publisher: shelf.work.certificate.clone(),
            offer: shelf.listing.signed.clone(),
            policy: shelf.work.policy.clone(),
            seller: ByteVec::from(self.keys.certificate().to_vec()),
            links: vec![ByteVec::from(signed.clone())],
            wraps,
        };
        Ok(Made {
            id: license_id(&signed),
            document: cbor::to_bytes(&document),
        })
    }

    /// The key of the license's share, wrapped for the buyer's tag in this very place.
    fn wrap(
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
    fn make_receipt(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        shelf: &OnShelf,
        money: Money,
    ) -> Result<(Value, ByteVec), Fault> {
        let value = Value {
            kind: ValueKind::Receipt,
            maker: self.id(),
            id: ValueId::from_slice(&open.deal().0[..16]).unwrap_or_default(),
            // It pays the whole price; worth what was paid in money, so that no coupon comes back as money.
            worth: money,
            offer: Some(shelf.hash),
            until: None,
            label: shelf.offer.title.chars().take(60).collect(),
        };
        self.note_value(tx, &value)?;
        let signed = self.voice().value(&value);
        Ok((value, signed))
    }
}

/// A license's name: SHA-256 of its last signed link, cut to 16 bytes.
pub(super) fn license_id(link: &[u8]) -> LicenseId {
    LicenseId::from_slice(&seal::hash(link).0[..16]).unwrap_or_default()
}
