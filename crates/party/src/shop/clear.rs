//! Clear: what a refused charge left owing is paid with something else (ST-13). The buyer's card shows the payer's signed
//! refusal, which is for ever: else both could pay. The order is the charge, so a seller clears each charge once, whoever
//! asks how often.

use deal::{
    Kind, Quote, VoidReason,
    charge::{ChargeId, ChargeWord, read_charged},
    wire::GiftSheet,
};
use store::{Fault, Tx, View};
use units::{DealId, Hash, LicenseId, Moment, Money, OrderId};

use super::{
    AskRefused, HookAbout, Paid, PayRefused, Refunded, Sale, Shop,
    sales::SALES,
    surrender::LICENSES,
    unsettled::{
        CARRIED, CLEARS, Clear, SettledBy, UNMATCHED, UNMATCHED_SUM, UNSETTLED, Unmatched, Unsettled, WhyUnmatched,
        with_payee,
    },
};
use crate::{
    beside::Unsaid,
    books::{self, Account, Leg, Posting, posting_id},
    decided,
    door::OpenPay,
    issuer::bare_quote,
    say::order_of,
};

impl Shop {
    /// What it takes to clear what is owed for a license.
    pub(super) fn clear_quote(
        &self,
        view: &mut dyn View,
        license: LicenseId,
        until: Moment,
        ask: Hash,
    ) -> Result<Quote, AskRefused> {
        let sale = self.sale_of(view, license)?.ok_or(AskRefused::NoLicense)?;
        let charged = sale.paid.charged.ok_or(AskRefused::NothingOwed)?;
        if !UNSETTLED.has(view, &charged.charge)? {
            return Err(AskRefused::NothingOwed);
        }
        let shelf = self.listed(view, sale.offer)?.ok_or(AskRefused::NoLicense)?;
        let zero = Money::zero(self.desk.currency());
        Ok(Quote {
            offer: Some(sale.offer),
            policy: Some(shelf.offer.policy),
            title: sale.content,
            price: charged.amount,
            accepts: vec![license::TenderKind::Slip],
            payee: sale.payee,
            license: Some(license),
            ..bare_quote(Kind::Clear, self.id(), OrderId(charged.charge), zero, until, Some(ask))
        })
    }

    /// What a clear pays for, if all its guards hold.
    pub(super) fn may_clear(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
    ) -> Result<Result<(ChargeId, Unsettled), VoidReason>, Fault> {
        let quote = &open.pay().quote;
        let OrderId(charge) = order_of(open).unwrap_or_default();
        let Some(record) = UNSETTLED.get(tx, &charge)? else {
            return Ok(Err(VoidReason::Passed));
        };
        let sold = match quote.license {
            Some(license) => LICENSES.get(tx, &license)?,
            None => None,
        };
        if sold != Some(record.deal) || quote.price != record.amount {
            return Ok(Err(VoidReason::License));
        }
        if !self.piece_can_come(tx, record.deal)? {
            return Ok(Err(VoidReason::SoldOut));
        }
        Ok(if self.shows_refusal(tx, open, charge, &record)? {
            Ok((charge, record))
        } else {
            Err(VoidReason::Tender)
        })
    }

    /// The money is honoured: the one write that closes the unsettled record and answers.
    pub(super) fn cleared(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        paid: Paid,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let OrderId(charge) = order_of(open).unwrap_or_default();
        let Some(was) = UNSETTLED.get(tx, &charge)? else {
            // The bank's word came while the issuer was asked: both have paid. The slip is honoured, so its deal is given,
            // and the payer's double stands in the books as money this shop owes.
            return self.cleared_twice(tx, open, paid, now);
        };
        let legs = vec![Leg {
            debit: with_payee(open.pay().quote.payee),
            credit: Account::of(CARRIED, was.payer.0),
            amount: paid.money,
        }];
        self.settle_record(tx, charge, was, SettledBy::Cleared(open.deal()), now, legs)?;
        self.give_clear(tx, open, paid.money, now)
    }

    fn cleared_twice(&self, tx: &mut dyn Tx, open: &OpenPay, paid: Paid, now: Moment) -> Result<Unsaid, PayRefused> {
        let name = posting_id("unmatched", &open.deal().0);
        let posting = Posting {
            id: name,
            what: "unmatched",
            about: Hash(open.deal().0),
            legs: vec![Leg {
                debit: with_payee(open.pay().quote.payee),
                credit: Account::own(UNMATCHED_SUM),
                amount: paid.money,
            }],
        };
        books::post(tx, &posting, now)?;
        // People see it among the money that belongs to nothing, under the name of its booking.
        let row = Unmatched {
            amount: paid.money,
            reference: order_of(open).unwrap_or_default().to_string(),
            at: now,
            why: WhyUnmatched::SettledBefore,
        };
        UNMATCHED.put(tx, &name, &row)?;
        self.give_clear(tx, open, paid.money, now)
    }

    fn give_clear(&self, tx: &mut dyn Tx, open: &OpenPay, amount: Money, now: Moment) -> Result<Unsaid, PayRefused> {
        CLEARS.put(tx, &open.deal(), &Clear { amount, at: now })?;
        let decided = self.voice().given(open, GiftSheet::default(), now);
        decided::write(tx, open.deal(), &decided)?;
        Ok(Unsaid::Settle(open.deal(), Box::new(decided)))
    }

    /// A license whose charge was refused comes back, for nothing: its number is free again, and nothing is due.
    pub(super) fn hand_back_unpaid(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        (sold, mut sale): (DealId, Sale),
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let charge = sale.paid.charged.map(|charged| charged.charge).unwrap_or_default();
        let record = UNSETTLED.get(tx, &charge)?.filter(|was| was.deal == sold);
        let Some(was) = record else {
            return self.void(tx, open, VoidReason::NoRefund, now);
        };
        if open.pay().quote.credit.is_some() || !self.shows_refusal(tx, open, charge, &was)? {
            return self.void(tx, open, VoidReason::NoRefund, now);
        }
        let legs = self.legs_back(&sale, was.amount, Account::of(CARRIED, was.payer.0));
        self.settle_record(tx, charge, was, SettledBy::HandedBack(open.deal()), now, legs)?;
        self.take_piece_back(tx, sold)?;
        if let Some(serial) = sale.serial {
            self.give_number_back(tx, sale.number, serial)?;
        }
        let zero = Money::zero(self.desk.currency());
        sale.refunded = Some(Refunded {
            deal: open.deal(),
            amount: zero,
            at: now,
        });
        SALES.put(tx, &sold, &sale)?;
        self.tell(tx, sale.publisher, HookAbout::SaleRefunded(sold), now)?;
        decided::hold(tx, order_of(open).unwrap_or_default(), open.deal())?;
        self.give_clear(tx, open, zero, now)
    }

    /// Does the payment show the payer's own refusal of this charge?
    fn shows_refusal(
        &self,
        view: &mut dyn View,
        open: &OpenPay,
        charge: ChargeId,
        record: &Unsettled,
    ) -> Result<bool, Fault> {
        let known = self.desk.known(view)?;
        let shown = open.sheet().refusal.as_ref();
        let word = shown.and_then(|sheet| read_charged(sheet, record.payer, &known.trust).ok());
        Ok(word
            .is_some_and(|said| said.word == ChargeWord::Refused && said.charge == charge && said.deal == record.deal))
    }
}
