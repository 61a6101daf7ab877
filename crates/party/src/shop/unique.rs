//! Unique: for each delivery a key of its own (XD-4). The order keeps one secret; key and header follow from it, so any
//! process makes the very same package again, from any offset, after any cut.

use minicbor::bytes::ByteVec;
use package::{ContentKey, Delivery as Cut, Header, KeyLine, OrderSecret, Shop as Where};
use seal::Seed;
use store::{Fault, Keys, Map, Table, Tx, View};
use units::{Again, DealId, Hash, Moment, OrderId, Refusal};

use super::{OnShelf, Sale, Shop};
use crate::decided;

/// The secret of a delivery, under the shop's own.
pub(super) const SECRETS: Map<DealId, ByteVec> = Map::new(Table::new("shop_secrets"));
/// When a secret is no longer needed.
pub(super) const DROP: Map<(Moment, DealId), ()> = Map::new(Table::new("shop_secrets_drop"));

/// What is to be sent for an order, and how to make it.
#[derive(Debug)]
pub enum Delivery {
    /// The package that all buyers get.
    Shared {
        /// Its name: the hash of its header.
        package: Hash,
    },
    /// A package of the buyer's own, to be sealed while it is sent.
    Unique {
        /// Its header.
        header: Box<Header>,
        /// Its key.
        key: ContentKey,
        /// The sealed master that holds the work.
        master: Hash,
        /// The master's key.
        master_key: ContentKey,
        /// The preview that goes along.
        preview: Vec<u8>,
    },
}

/// What opens a delivery.
pub(super) struct Opening {
    pub(super) key: ContentKey,
    pub(super) header: Header,
    /// The secret both follow from, locked; nothing for a package that all buyers get.
    pub(super) secret: Option<Vec<u8>>,
}

/// Why there is nothing to send, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryRefused {
    /// Not paid, or not by a sale.
    #[error("nothing was sold under this order, or not yet")]
    NotSold,
    /// Handed back.
    #[error("what was sold under this order was handed back")]
    HandedBack,
    /// Kept long enough.
    #[error(
        "this delivery was finished long ago and is no longer kept; the license keeps working with the package you have"
    )]
    Dropped,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for DeliveryRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSold => "order-not-sold",
            Self::HandedBack => "order-handed-back",
            Self::Dropped => "delivery-dropped",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotSold => Again::Later,
            Self::HandedBack | Self::Dropped => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(DeliveryRefused);

impl Shop {
    /// The key that opens what this buyer gets, and the header of the package it opens. For a unique delivery the secret
    /// is drawn from the seed; it is kept with the sale.
    pub(super) fn opening(&self, deal: DealId, shelf: &OnShelf, seed: &Seed) -> Result<Opening, Fault> {
        let package = shelf.listing.package;
        let master = self.header(&shelf.work)?.ok_or_else(missing)?;
        if !shelf.work.unique {
            return Ok(Opening {
                key: self.content_key(&shelf.work, package)?,
                header: master,
                secret: None,
            });
        }
        let secret = seed.part("order-secret");
        let locked = self
            .vault
            .lock(&deal.0, secret.expose(), &seed.part("order-secret-lock"));
        let secret = OrderSecret::from_secret_bytes(*secret.expose());
        let key = ContentKey::of_delivery(&secret, &shelf.offer.content, 0);
        let header = self.own_header(master, &key);
        Ok(Opening {
            key,
            header,
            secret: Some(locked),
        })
    }

    /// The header of a delivery: the master's, under the delivery's key, and telling where it was bought.
    fn own_header(&self, master: Header, key: &ContentKey) -> Header {
        Header {
            key: KeyLine {
                id: key.id(),
                edition: master.key.edition,
                commitment: key.commitment(),
            },
            delivery: Cut::Unique,
            // The digest is bound to the master's key, and set keys open the master.
            digest: None,
            sets: Vec::new(),
            shop: Where {
                seller: self.id(),
                hint: self.config.hint.clone(),
            },
            ..master
        }
    }

    /// What is to be sent for an order. Whoever names an order of 128 random bits may have its sealed package; without the
    /// license it is worth nothing.
    pub fn delivery(&self, view: &mut dyn View, order: OrderId) -> Result<Delivery, DeliveryRefused> {
        let deal = decided::holder_of(view, order)?.ok_or(DeliveryRefused::NotSold)?;
        let sale = self.sale(view, deal)?.filter(|s| s.license.is_some());
        let sale: Sale = sale.ok_or(DeliveryRefused::NotSold)?;
        if sale.refunded.is_some() {
            return Err(DeliveryRefused::HandedBack);
        }
        let shelf = self.listed(view, sale.offer)?.ok_or(DeliveryRefused::NotSold)?;
        let package = shelf.listing.package;
        if !shelf.work.unique {
            return Ok(Delivery::Shared { package });
        }
        let locked = SECRETS.get(view, &deal)?.ok_or(DeliveryRefused::Dropped)?;
        let bytes = self.vault.unlock(&deal.0, &locked).map_err(|_| missing())?;
        let secret = OrderSecret::from_secret_bytes(bytes.try_into().map_err(|_| missing())?);
        let key = ContentKey::of_delivery(&secret, &sale.content, 0);
        let master = self.header(&shelf.work)?.ok_or_else(missing)?;
        let preview = self.preview(view, package)?.map(|(_, bytes)| bytes).unwrap_or_default();
        let header = Box::new(self.own_header(master, &key));
        let preview = if header.preview.is_some() { preview } else { Vec::new() };
        Ok(Delivery::Unique {
            header,
            key,
            master: package,
            master_key: self.content_key(&shelf.work, package)?,
            preview,
        })
    }

    /// A deal is done: its secret may go, after the time buyers have to fetch what they bought again.
    pub(super) fn keep_secret_until(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Fault> {
        if SECRETS.has(tx, &deal)? {
            DROP.put(tx, &(now.plus(self.config.keep_secrets), deal), &())?;
        }
        Ok(())
    }

    /// Secrets whose time is over go.
    pub(super) fn drop_secrets(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        for ((at, deal), ()) in DROP.range(tx, Keys::all().until(&now), 100)? {
            DROP.delete(tx, &(at, deal))?;
            SECRETS.delete(tx, &deal)?;
        }
        Ok(())
    }
}

fn missing() -> Fault {
    Fault::Corrupt {
        table: "shop_works",
        why: "the header or secret of something that was sold; are these the shop's own keys?".to_owned(),
    }
}
