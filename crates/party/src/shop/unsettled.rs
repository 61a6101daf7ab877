//! Unsettled and settled: what was sold against a charge, and whether its money has come (ST-5, ST-6).
//!
//! With the license an *unsettled* record is written. The bank's completion notice, or a clear, makes a *settled* one of it,
//! in one write. Seller and carrier exchange nothing about a purchase: the transfer's reference names the charge. A notice
//! that comes twice changes nothing; one that matches no record waits for people ([`Unmatched`]), and so does what stays
//! unsettled for long ([`Shop::overdue`]). No money is ever dropped for want of a record.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | sale | with carrier | tax, shares (with the sale) |
//! | notice | at bank | with carrier |
//! | clear | with payee (slip) | with carrier |
//! | refused, and handed back | tax, shares, as they were credited | with carrier |
//! | given back by the payer, and set off in a notice | tax, shares, as they were credited | with carrier |
//! | notice that matches nothing | at bank | unmatched |
//!
//! What the bank takes back after its notice is in `taken_back`.

use deal::charge::ChargeId;
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{DealId, Hash, Moment, Money, OfferNo, OrderId, PartyId, Span, Tag, TransferId};

use super::{Charged, PayRefused, Sale, Shop, money::WITH, overview::BY_TIME, taken_back};
use crate::{
    bank::{Advice, Credited, NoticeRefused, Told},
    books::{self, Account, Leg, Posting, Sort, posting_id},
    errand::Step,
};

/// What carriers and banks owe for licenses that were given.
pub(super) const CARRIED: Sort = Sort::had("with carrier");
/// What the bank said has come in.
pub(super) const BANKED: Sort = Sort::had("at bank");
/// What came in and belongs to no record.
pub(super) const UNMATCHED_SUM: Sort = Sort::owed("unmatched");

/// A license that was given against a charge, and whose money has not come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Unsettled {
    /// The sale.
    #[n(0)]
    pub deal: DealId,
    /// When it was given.
    #[n(1)]
    pub at: Moment,
    /// The offer's number.
    #[n(2)]
    pub number: OfferNo,
    /// To whom the license went, as far as a seller knows.
    #[n(3)]
    pub address: Tag,
    /// Who shall pay.
    #[n(4)]
    pub payer: PartyId,
    /// How much.
    #[n(5)]
    pub amount: Money,
}
impl Value for Unsettled {}

/// What a transfer that the bank told of paid.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Notice {
    /// The sale.
    #[n(0)]
    pub(super) deal: DealId,
    /// How much came.
    #[n(1)]
    pub(super) amount: Money,
    /// What it is for, and what is set off in it: an [`Advice`].
    #[n(2)]
    pub(super) advice: String,
}
impl Value for Notice {}

/// By what a record was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum SettledBy {
    /// A transfer that the bank told of.
    #[n(0)]
    Transfer(#[n(0)] TransferId),
    /// A clear: paid with something else after the charge was refused.
    #[n(1)]
    Cleared(#[n(0)] DealId),
    /// Refused, and the license handed back: nothing is due.
    #[n(2)]
    HandedBack(#[n(0)] DealId),
    /// The payer gave it back to the buyer before it paid, as this transfer's reference says: nothing comes.
    #[n(3)]
    GivenBack(#[n(0)] TransferId),
}

/// The same, once its money is here.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Settled {
    /// What was unsettled.
    #[n(0)]
    pub was: Unsettled,
    /// The settlement date.
    #[n(1)]
    pub at: Moment,
    /// By what.
    #[n(2)]
    pub by: SettledBy,
}
impl Value for Settled {}

/// Why a notice matches nothing. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum WhyUnmatched {
    /// Its reference names no record.
    #[n(0)]
    NoRecord,
    /// The record is settled by something else: it was paid twice.
    #[n(1)]
    SettledBefore,
    /// Another amount than is due.
    #[n(2)]
    OtherAmount,
    /// It takes something off, and did not come from whom the record says pays.
    #[n(3)]
    NotItsPayer,
}

impl WhyUnmatched {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoRecord => "no-record",
            Self::SettledBefore => "settled-before",
            Self::OtherAmount => "other-amount",
            Self::NotItsPayer => "not-its-payer",
        }
    }
}

/// Money that came in and belongs to no record: for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Unmatched {
    /// How much.
    #[n(0)]
    pub amount: Money,
    /// What the order said it is for.
    #[n(1)]
    pub reference: String,
    /// Booked then, by the bank's word.
    #[n(2)]
    pub at: Moment,
    /// Why it matches nothing.
    #[n(3)]
    pub why: WhyUnmatched,
}
impl Value for Unmatched {}

/// A deal about what was owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Clear {
    /// Money in it; nothing, if the license was handed back.
    #[n(0)]
    pub(super) amount: Money,
    /// When.
    #[n(1)]
    pub(super) at: Moment,
}
impl Value for Clear {}

pub(super) const UNSETTLED: Map<ChargeId, Unsettled> = Map::new(Table::new("shop_unsettled"));
pub(super) const SETTLED: Map<ChargeId, Settled> = Map::new(Table::new("shop_settled"));
/// Transfers that the bank told of, and what they were for: none twice.
pub(super) const NOTICES: Map<TransferId, Notice> = Map::new(Table::new("shop_notices"));
/// Deals that cleared, or handed back, what was owed.
pub(super) const CLEARS: Map<DealId, Clear> = Map::new(Table::new("shop_clears"));
/// What the payer gave back to the buyer of a charge, by the transfer that says so.
pub(super) const GIVEN_BACK: Map<(ChargeId, TransferId), Money> = Map::new(Table::new("shop_given_back"));
pub(super) const UNMATCHED: Map<TransferId, Unmatched> = Map::new(Table::new("shop_unmatched"));
/// What the bank told of under the numbers of transfers, by message and by file.
pub(super) const TOLD: Told = Told::new("shop_told");

/// Money that came in, as somebody tells of it.
pub(super) struct Came {
    /// Its name for ever: the entry's, or where a message tells of it the transfer's number.
    pub(super) name: TransferId,
    /// The transfer's number, where one is told.
    pub(super) transfer: Option<TransferId>,
    /// Which party's it was, where that is told.
    pub(super) from: Option<PartyId>,
    /// How much, for what by its words, and when.
    pub(super) amount: Money,
    pub(super) reference: String,
    pub(super) at: Moment,
}

impl Shop {
    /// Writes down what a sale against a charge leaves unsettled.
    pub(super) fn note_unsettled(
        &self,
        tx: &mut dyn Tx,
        deal: DealId,
        sale: &Sale,
        charged: Charged,
    ) -> Result<(), Fault> {
        let record = Unsettled {
            deal,
            at: sale.at,
            number: sale.number,
            address: sale.receiver,
            payer: charged.by,
            amount: charged.amount,
        };
        UNSETTLED.put(tx, &charged.charge, &record)
    }

    /// The one step from unsettled to settled, with its booking.
    pub(super) fn settle_record(
        &self,
        tx: &mut dyn Tx,
        charge: ChargeId,
        was: Unsettled,
        by: SettledBy,
        at: Moment,
        legs: Vec<Leg>,
    ) -> Result<(), PayRefused> {
        let posting = Posting {
            id: settled_id(tx, charge)?,
            what: "settled",
            about: Hash(was.deal.0),
            legs,
        };
        books::post(tx, &posting, at)?;
        match by {
            // The bank tells days later, when nobody stands before a machine.
            SettledBy::Transfer(_) => self.owe_kept_piece(tx, was.deal, was.at)?,
            SettledBy::Cleared(_) => self.owe_kept_piece(tx, was.deal, at)?,
            SettledBy::HandedBack(_) | SettledBy::GivenBack(_) => self.free_piece(tx, was.deal)?,
        }
        UNSETTLED.delete(tx, &charge)?;
        SETTLED.put(tx, &charge, &Settled { was, at, by })?;
        BY_TIME.put(tx, &(at, charge), &())?;
        Ok(())
    }

    /// The bank says that money came in (ST-5, ST-6). Heard twice, it changes nothing.
    pub(super) fn credited(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, PayRefused> {
        crate::epoch::require::<PayRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let bank = self.config.bank.ok_or(NoticeRefused::NotItsBank)?;
        let said = Credited::read(body, self.desk.realm_id(), &known, bank, &self.keys)?;
        if TOLD.by_message(tx, said.id, (said.amount, &said.reference))? {
            let came = Came {
                name: said.id,
                transfer: Some(said.id),
                from: said.from,
                amount: said.amount,
                reference: said.reference,
                at: said.at,
            };
            self.heard_of_money(tx, bank, &came, now)?;
        }
        Ok(Step::Answer(Vec::new()))
    }

    /// Money came in, by whichever way the bank says so: it settles its record, or waits for people. False: it was known.
    pub(super) fn heard_of_money(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        came: &Came,
        now: Moment,
    ) -> Result<bool, PayRefused> {
        if NOTICES.has(tx, &came.name)? || UNMATCHED.has(tx, &came.name)? || taken_back::is_void(tx, came)? {
            return Ok(false);
        }
        match self.match_notice(tx, came)? {
            Ok((advice, was)) => {
                let legs = vec![Leg {
                    debit: Account::of(BANKED, bank.0),
                    credit: Account::of(CARRIED, was.payer.0),
                    amount: came.amount,
                }];
                let notice = Notice {
                    deal: was.deal,
                    amount: came.amount,
                    advice: advice.to_string(),
                };
                NOTICES.put(tx, &came.name, &notice)?;
                self.set_off(tx, came.name, &advice, now)?;
                self.settle_record(tx, advice.pays.0, was, SettledBy::Transfer(came.name), now, legs)?;
            }
            Err(why) => self.keep_unmatched(tx, bank, came, why, now)?,
        }
        Ok(true)
    }

    /// The record a notice is about, and what its payer says about it.
    fn match_notice(
        &self,
        view: &mut dyn View,
        came: &Came,
    ) -> Result<Result<(Advice, Unsettled), WhyUnmatched>, Fault> {
        let Ok(advice) = came.reference.parse::<Advice>() else {
            return Ok(Err(WhyUnmatched::NoRecord));
        };
        if SETTLED.has(view, &advice.pays.0)? {
            return Ok(Err(WhyUnmatched::SettledBefore));
        }
        let Some(was) = UNSETTLED.get(view, &advice.pays.0)? else {
            return Ok(Err(WhyUnmatched::NoRecord));
        };
        let off = advice.off().and_then(|off| i64::try_from(off).ok());
        let due = off.and_then(|off| was.amount.minor().checked_sub(off));
        let same = was.amount.currency() == came.amount.currency() && due == Some(came.amount.minor());
        if !same || !self.may_set_off(view, &advice, was.payer)? {
            return Ok(Err(WhyUnmatched::OtherAmount));
        }
        // Anybody may pay all of what somebody owes. What is less is its payer's word alone: whoever else said so would settle
        // a record for a coin.
        if !advice.pays_all() && came.from != Some(was.payer) {
            return Ok(Err(WhyUnmatched::NotItsPayer));
        }
        Ok(Ok((advice, was)))
    }

    fn keep_unmatched(
        &self,
        tx: &mut dyn Tx,
        bank: PartyId,
        came: &Came,
        why: WhyUnmatched,
        now: Moment,
    ) -> Result<(), PayRefused> {
        let posting = Posting {
            id: posting_id("unmatched", &came.name.0),
            what: "unmatched",
            about: Hash::default(),
            legs: vec![Leg {
                debit: Account::of(BANKED, bank.0),
                credit: Account::own(UNMATCHED_SUM),
                amount: came.amount,
            }],
        };
        books::post(tx, &posting, now)?;
        let row = Unmatched {
            amount: came.amount,
            reference: came.reference.clone(),
            at: came.at,
            why,
        };
        Ok(UNMATCHED.put(tx, &came.name, &row)?)
    }

    /// The record of a charge that waits for its money.
    pub fn unsettled(&self, view: &mut dyn View, charge: ChargeId) -> Result<Option<Unsettled>, Fault> {
        UNSETTLED.get(view, &charge)
    }

    /// The record of a charge that is settled.
    pub fn settled(&self, view: &mut dyn View, charge: ChargeId) -> Result<Option<Settled>, Fault> {
        SETTLED.get(view, &charge)
    }

    /// A page of what waits for its money, by charge, after the one given.
    pub fn all_unsettled(
        &self,
        view: &mut dyn View,
        after: Option<ChargeId>,
        limit: usize,
    ) -> Result<Vec<(ChargeId, Unsettled)>, Fault> {
        let keys = after.map_or_else(Keys::all, |after| Keys::all().after(&after));
        UNSETTLED.range(view, keys, limit)
    }

    /// A page of what is settled.
    pub fn all_settled(
        &self,
        view: &mut dyn View,
        after: Option<ChargeId>,
        limit: usize,
    ) -> Result<Vec<(ChargeId, Settled)>, Fault> {
        let keys = after.map_or_else(Keys::all, |after| Keys::all().after(&after));
        SETTLED.range(view, keys, limit)
    }

    /// What has waited for longer than this shop lets it (`overdue` in its settings).
    pub fn overdue(&self, view: &mut dyn View, now: Moment) -> Result<Vec<(ChargeId, Unsettled)>, Fault> {
        let before = now.less(self.config.overdue);
        let mut late = Vec::new();
        UNSETTLED.each::<Fault>(view, Keys::all(), |_, charge, record| {
            if record.at < before {
                late.push((charge, record));
            }
            Ok(())
        })?;
        Ok(late)
    }

    /// Money that belongs to no record, at most `limit`.
    pub fn unmatched(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(TransferId, Unmatched)>, Fault> {
        self.all_unmatched(view, None, limit)
    }

    /// A page of it, after the one given.
    pub fn all_unmatched(
        &self,
        view: &mut dyn View,
        after: Option<TransferId>,
        limit: usize,
    ) -> Result<Vec<(TransferId, Unmatched)>, Fault> {
        let keys = after.map_or_else(Keys::all, |after| Keys::all().after(&after));
        UNMATCHED.range(view, keys, limit)
    }

    /// Is what was given in this deal still unpaid? Then it is not said again for a card that lost it. That a bank took its
    /// money back is between the bank, the payer and this shop: whoever bought has paid.
    pub(super) fn is_unpaid(&self, view: &mut dyn View, sale: &Sale) -> Result<bool, Fault> {
        match sale.paid.charged {
            Some(charged) => {
                Ok(UNSETTLED.has(view, &charged.charge)? && taken_back::times_reopened(view, charged.charge)? == 0)
            }
            None => Ok(false),
        }
    }
}

/// The usual time after which a record that is unsettled is shown: a month and its bill.
pub(super) const OVERDUE: Span = Span::days(45);

/// The record of a charge, whether its money has come or not.
pub(super) fn record(view: &mut dyn View, charge: ChargeId) -> Result<Option<Unsettled>, Fault> {
    match UNSETTLED.get(view, &charge)? {
        Some(was) => Ok(Some(was)),
        None => Ok(SETTLED.get(view, &charge)?.map(|row| row.was)),
    }
}

/// The posting that settles a record: one each time that it is unsettled.
fn settled_id(view: &mut dyn View, charge: ChargeId) -> Result<TransferId, Fault> {
    let times = match taken_back::times_reopened(view, charge)? {
        0 => Vec::new(),
        times => times.to_be_bytes().to_vec(),
    };
    Ok(posting_id("settled", &[&charge[..], &times].concat()))
}

/// Records against sales, notices and books: everything that does not add up, in words.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    UNSETTLED.each::<Fault>(view, Keys::all(), |view, charge, record| {
        if SETTLED.has(view, &charge)? {
            found.push(format!("charge {} is settled and unsettled", OrderId(charge)));
        }
        check_sale(view, charge, &record, found)
    })?;
    SETTLED.each::<Fault>(view, Keys::all(), |view, charge, settled| {
        let posting = settled_id(view, charge)?;
        if !books::was_posted(view, posting)? {
            found.push(format!("charge {} is settled and not booked", OrderId(charge)));
        }
        if let SettledBy::Transfer(id) = settled.by
            && NOTICES.get(view, &id)?.map(|notice| notice.deal) != Some(settled.was.deal)
        {
            found.push(format!(
                "charge {} is settled by a transfer nobody told of",
                OrderId(charge)
            ));
        }
        super::set_off::check(view, charge, &settled, found)?;
        check_sale(view, charge, &settled.was, found)
    })?;
    taken_back::audit(view, found)?;
    check_unmatched(view, found)?;
    super::overview::audit(view, found)?;
    NOTICES.each::<Fault>(view, Keys::all(), |view, id, notice| {
        let sale = super::sales::SALES.get(view, &notice.deal)?;
        let charge = sale
            .and_then(|sale| sale.paid.charged)
            .map(|c| c.charge)
            .unwrap_or_default();
        let by = SETTLED.get(view, &charge)?.map(|settled| settled.by);
        if by != Some(SettledBy::Transfer(id)) {
            found.push(format!("transfer {id} settled nothing"));
        }
        Ok(())
    })
}

/// What came in and belongs to no record, row by row, is what the books say of it.
fn check_unmatched(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut listed = 0_i64;
    UNMATCHED.each::<Fault>(view, Keys::all(), |view, id, row| {
        listed = listed.saturating_add(row.amount.minor());
        if NOTICES.has(view, &id)? {
            found.push(format!("transfer {id} belongs to a record and to none"));
        }
        Ok(())
    })?;
    let booked = books::total(view, UNMATCHED_SUM)?;
    if listed != booked {
        found.push(format!(
            "money that matched nothing: {booked} booked, {listed} on the list"
        ));
    }
    Ok(())
}

fn check_sale(view: &mut dyn View, charge: ChargeId, record: &Unsettled, found: &mut Vec<String>) -> Result<(), Fault> {
    let sale = super::sales::SALES.get(view, &record.deal)?;
    let charged = sale.and_then(|sale| sale.paid.charged);
    let fits = charged.is_some_and(|c| (c.charge, c.by, c.amount) == (charge, record.payer, record.amount));
    if !fits {
        found.push(format!("the record of charge {} is of no sale", OrderId(charge)));
    }
    Ok(())
}

/// The account of what a slip pays to its payee, for a clear.
pub(super) const fn with_payee(payee: PartyId) -> Account {
    Account::of(WITH, payee.0)
}
