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

mod api_keys;
mod approve;
mod assign;
mod audit;
mod clear;
mod config;
mod confirm;
mod console;
mod coupons;
mod doubt;
mod edition;
mod give;
mod goods;
mod hooks;
mod income;
mod media;
mod money;
mod overview;
mod pay;
mod payout;
mod present;
mod publish;
mod quote;
mod reached;
mod reconcile;
mod reissue;
mod retain;
mod roles;
mod sales;
mod set_off;
mod shelf;
mod slips;
mod sold;
mod statement;
mod surrender;
mod taken_back;
mod tenants;
mod tenders;
mod unique;
mod unsettled;
mod version;
mod vouchers;
mod window;
mod word;

pub use api_keys::{API_KEYS_MAX, ApiKey, ApiKeyRefused, OLD_KEY_STANDS};
pub use approve::declined;
pub use assign::AssignRefused;
pub use config::ShopConfig;
pub use confirm::{ConfirmRefused, WaitingLicense};
pub use console::{DRAFTS_MAX, Draft, DraftNo, DraftState, EntrustRefused, Tenant};
pub use doubt::DoubtRefused;
pub use edition::{Pieces, Quota};
pub use goods::{DropRefused, Fell, FillRefused, Goods, Hatch, Piece, Sold};
pub use hooks::{
    HOOK_ADDRESS_MAX, HOOK_TRIED_FOR, HOOKS_MAX, Hook, HookAbout, HookEvent, HookEventId, HookHeard, HookId,
    HookRefused, HookShown, HookState, HookTold, OLD_SECRET_STANDS, Telling,
};
pub use income::Income;
pub use media::{MEDIA_MAX, MEDIA_ORDERS_MAX, MediaCount, MediaOrder, MediaRefused, PressedFor};
pub use overview::{Overview, Whole};
pub use pay::PayRefused;
pub use payout::{Payout, PayoutAskRefused, PayoutState, Statement};
pub use present::Foreseen;
pub use publish::{PublishRefused, Published};
pub use quote::AskRefused;
pub use reached::ReachRefused;
pub use reissue::ReissueRefused;
pub use retain::AboutPurchase;
pub use roles::{Deed, StaffRole};
pub use sales::{Approved, Borne, ByMedium, Charged, Order, Paid, Refunded, Sale, SalesFilter, State};
pub use shelf::{Listing, OnShelf, Work};
pub use slips::{CameTo, SlipAtShop};
pub use statement::{StatementRefused, Taken};
pub use taken_back::{HadPaid, TakenBack};
pub use tenants::{AdmitRefused, Applicant};
pub use tenders::ValueRefused;
pub use unique::{Delivery, DeliveryRefused};
pub use unsettled::{Settled, SettledBy, Unmatched, Unsettled, WhyUnmatched};
pub use version::Version;
pub use vouchers::{NewVouchers, Off, TakeRefused, VOUCHERS_MAX, VoucherNo, Vouchers, VouchersRefused, read_code};
pub use window::{WindowOffer, WindowWork};
pub use word::WordRefused;

use minicbor::{Decode, Encode};
use seal::{Seed, Vault};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{DealId, Moment, PartyId};

use crate::{
    Giver, Refused,
    beside::{Message, Read, Told, Unsaid},
    desk::Desk,
    door::OpenPay,
    errand::{Step, Verb},
    giver,
    keys::PartyKeys,
    say::Voice,
};

static PART: Part = Part::new(
    "shop",
    &[
        Change::Create(&[
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
        ]),
        Change::Create(&[reissue::SAID.table(), reissue::BACK.table()]),
        Change::Create(&[window::WINDOW.table(), window::CHANGES.table(), window::COUNTER]),
        Change::Create(&[approve::APPROVING.table(), approve::DECLINED.table()]),
        Change::Create(&[
            confirm::MADE_OUT.table(),
            confirm::HOLDERS.table(),
            confirm::ALLOWED.table(),
        ]),
        Change::Create(&[retain::SWEPT.table()]),
        Change::Create(&[confirm::WAITING.table()]),
        Change::Create(&[media::MEDIA.table()]),
        Change::Create(&[
            unsettled::UNSETTLED.table(),
            unsettled::SETTLED.table(),
            unsettled::NOTICES.table(),
            unsettled::UNMATCHED.table(),
            unsettled::CLEARS.table(),
        ]),
        Change::Create(&[
            goods::GOODS.table(),
            goods::RESERVED.table(),
            goods::SOLD.table(),
            goods::OWED.table(),
            goods::LAST.table(),
        ]),
        Change::Create(&[unsettled::GIVEN_BACK.table()]),
        Change::Create(&[
            coupons::COUPONS.table(),
            vouchers::VOUCHERS.table(),
            vouchers::BY_MAKER.table(),
            vouchers::CODES.table(),
            vouchers::OF_VALUE.table(),
            vouchers::ENDS.table(),
        ]),
        Change::Create(&[
            taken_back::TAKEN_BACK.table(),
            taken_back::VOID.table(),
            taken_back::REOPENED.table(),
        ]),
        Change::Create(&[api_keys::API_KEYS.table()]),
        Change::Create(&[
            unsettled::TOLD.table(),
            taken_back::EARLY.table(),
            overview::BY_TIME.table(),
        ]),
        Change::Create(&[
            hooks::HOOKS.table(),
            hooks::EVENTS.table(),
            hooks::WAITING.table(),
            hooks::WAKE.table(),
            hooks::REMOVED.table(),
        ]),
    ],
);

/// What a shop's store is opened with.
pub static PARTS: &[&Part] = &[
    &crate::desk::PART,
    &crate::errand::PART,
    &crate::epoch::PART,
    &ledger::PART,
    &crate::books::PART,
    &crate::decided::PART,
    &crate::settlement::PART,
    &PART,
    &console::PART,
    &statement::PART,
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
    /// Go on with this settlement: the approver answers to this word.
    #[n(2)]
    Approver(#[n(0)] DealId, #[n(1)] deal::approval::RedeemWord),
    /// Go on with this sale: the settlement server answers.
    #[n(3)]
    Settles(#[n(0)] DealId),
    /// A publisher's pay-out: the issuer answers.
    #[n(4)]
    PayOut(#[n(0)] PartyId, #[n(1)] Moment, #[n(2)] units::TransferId),
    /// A publisher's coupon: its collector answers.
    #[n(5)]
    Coupon(#[n(0)] PartyId, #[n(1)] units::ValueId),
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
    /// What opens files that are sealed to this shop.
    pub const fn opener(&self) -> &seal::Opener {
        self.keys.opener()
    }
    const fn voice(&self) -> Voice<'_> {
        Voice::of(&self.keys, &self.desk)
    }
}

impl Giver for Shop {
    fn keys(&self) -> &PartyKeys {
        &self.keys
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn quote(&self, view: &mut dyn View, ask: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, Refused> {
        Ok(self.ask(view, ask, now, seed)?)
    }
    fn look_into(&self, view: &mut dyn View, open: &mut OpenPay) -> Result<(), Refused> {
        Ok(self.look_into_slip(view, open)?)
    }
    fn judge(&self, tx: &mut dyn Tx, open: &OpenPay, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        Ok(self.pay(tx, open, now, seed)?)
    }
    fn closed(&self, tx: &mut dyn Tx, deal: DealId, now: Moment) -> Result<(), Refused> {
        // Nothing else depends on it.
        Ok(self.keep_secret_until(tx, deal, now)?)
    }
    fn decide_more(&self, tx: &mut dyn Tx, message: &Message, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match &message.0 {
            Read::Whole(Verb::Reissue, body) => Ok(self.reissue(tx, body, now, seed)?.into()),
            Read::Whole(Verb::Reached, body) => Ok(self.reached(tx, body, now)?.into()),
            Read::Whole(Verb::Confirm, body) => Ok(self.confirm(tx, body, now, seed)?.into()),
            Read::Whole(Verb::Recall, body) => Ok(Step::Answer(self.settlements().recall(tx, body)?).into()),
            Read::Whole(Verb::Credited, body) => Ok(self.credited(tx, body, now)?.into()),
            _ => Err(Refused::other_verb()),
        }
    }
    fn foresee(
        &self,
        view: &mut dyn View,
        then: &[u8],
        told: &mut Told,
        now: Moment,
        seed: &Seed,
    ) -> Result<(), Refused> {
        if let Then::Sale(deal) = giver::then(then)? {
            told.foreseen = self.foresee_sale(view, deal, told.reply(), now, seed)?.map(Box::new);
        }
        Ok(())
    }
    fn go_on(&self, tx: &mut dyn Tx, then: &[u8], told: &Told, now: Moment, seed: &Seed) -> Result<Unsaid, Refused> {
        match giver::then(then)? {
            Then::Sale(deal) => Ok(self.presented(tx, deal, told, now, seed)?),
            Then::Reconcile => Ok(self.take_page(tx, told.errand(), told.reply(), now)?.into()),
            Then::Approver(deal, word) => Ok(self.approver_said(tx, deal, word, told.reply(), now, seed)?),
            Then::Coupon(maker, id) => Ok(self.coupon_said(tx, (maker, id), told, now)?),
            Then::Settles(deal) => Ok(self.server_said(tx, deal, told.reply(), now, seed)?),
            Then::PayOut(publisher, at, id) => Ok(self.payout_answered(tx, (publisher, at, id), told, now)?.into()),
        }
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, seed: &Seed) -> Result<(), Refused> {
        self.give_up_waiting(tx, now, seed)?;
        self.let_go(tx, now)?;
        self.let_pieces_go(tx, now)?;
        self.end_vouchers(tx, now)?;
        Ok(self.drop_secrets(tx, now)?)
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(view, units::Money::zero(self.desk.currency()))
    }
}
