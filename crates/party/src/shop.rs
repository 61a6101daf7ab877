//! Shop: the seller. Shows works, quotes, takes payments, gives licenses, takes them back.
//!
//! Run by: a seller, who may be the publisher. Needs: publications signed for it, the content keys in them, an issuer that
//! honours slips. Adds: the first link of a license, the wrapped key, a numbered receipt. Must not see: names, card
//! numbers, purses; it knows a buyer again by a number that only this seller is shown.
//!
//! One order goes one way, whatever it is paid with:
//!
//! ```text
//!   quoted (nothing written) ── pay ──► presenting ──► given ──► refunded
//!                                 │         └────────► void
//!                                 └──────────────────► given or void
//! ```

mod audit;
mod config;
mod edition;
mod give;
mod holders;
mod money;
mod pay;
mod present;
mod publish;
mod quote;
mod reconcile;
mod sales;
mod shelf;
mod surrender;
mod tenders;
mod unique;

pub use config::ShopConfig;
pub use edition::Quota;
pub use pay::PayRefused;
pub use publish::{PublishRefused, Published};
pub use quote::AskRefused;
pub use sales::{Order, Paid, Refunded, Sale, SalesFilter, State};
pub use shelf::{Listing, OnShelf, Work};
pub use tenders::ValueRefused;
pub use unique::{Delivery, DeliveryRefused};

use minicbor::{Decode, Encode};
use seal::{Seed, Vault, cbor};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{DealId, Moment, PartyId};

use crate::{
    Party, Refused,
    desk::Desk,
    door::OpenPay,
    errand::{self, ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
    say::Voice,
};

static PART: Part = Part::new(
    "shop",
    &[Change::Create(&[
        shelf::WORKS.table(),
        shelf::PREVIEWS.table(),
        shelf::LISTINGS.table(),
        shelf::SHELF.table(),
        edition::EDITIONS.table(),
        edition::RETURNED.table(),
        present::PENDING.table(),
        present::SLIPS.table(),
        tenders::USED.table(),
        tenders::ISSUED.table(),
        sales::SALES.table(),
        sales::BY_TIME.table(),
        sales::BY_BUYER.table(),
        sales::BY_CONTENT.table(),
        sales::BY_ORDER.table(),
        sales::RECEIPTS.table(),
        sales::COUNTERS,
        sales::JUMPS.table(),
        money::CARRIES.table(),
        surrender::LICENSES.table(),
        unique::SECRETS.table(),
        unique::DROP.table(),
        reconcile::FORGOTTEN.table(),
        reconcile::CURSOR.table(),
    ])],
);

/// What a shop's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &crate::decided::PART,
    &PART,
];

/// What the shop does with the reply to an errand.
#[derive(Debug, Clone, Encode, Decode)]
enum Then {
    /// Finish this sale.
    #[n(0)]
    Sale(#[n(0)] DealId),
    /// Take in a page of what the issuer honoured.
    #[n(1)]
    Reconcile,
}

/// A seller.
pub struct Shop {
    keys: PartyKeys,
    desk: Desk,
    config: ShopConfig,
    vault: Vault,
}

impl core::fmt::Debug for Shop {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Shop({})", self.keys.id())
    }
}

impl Shop {
    /// The shop with these keys.
    pub fn new(keys: PartyKeys, desk: Desk, config: ShopConfig) -> Self {
        let vault = Vault::new(&keys.derive("shop/vault", &[]), "content");
        Self {
            keys,
            desk,
            config,
            vault,
        }
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    /// Its settings.
    pub const fn config(&self) -> &ShopConfig {
        &self.config
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }
    /// Opens a sealed `pay`: the part that needs no transaction that writes.
    pub fn open_pay(&self, view: &mut dyn View, sealed: &[u8], now: Moment) -> Result<OpenPay, PayRefused> {
        let known = self.desk.known(view)?;
        Ok(OpenPay::open(&self.keys, &known.trust, sealed, now)?)
    }
    const fn voice(&self) -> Voice<'_> {
        Voice {
            keys: &self.keys,
            realm: self.desk.realm_id(),
        }
    }
}

impl Party for Shop {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Ask => Ok(Step::Answer(self.ask(tx, body, now, seed)?)),
            Verb::Pay => {
                let open = self.open_pay(tx, body, now)?;
                Ok(self.pay(tx, &open, now, seed)?)
            }
            Verb::Done => Ok(self.done(tx, body, now).map(|()| Step::Answer(Vec::new()))?),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused> {
        let Some(row) = errand::open(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let then = cbor::from_bytes::<Then>(&row.then).map_err(|_| Fault::Corrupt {
            table: "errands",
            why: "what was to be done next".to_owned(),
        })?;
        match then {
            Then::Sale(deal) => Ok(self.presented(tx, id, deal, reply, now, seed)?),
            Then::Reconcile => Ok(self.take_page(tx, id, reply, now)?),
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        Ok(self.drop_secrets(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view)
    }
}
