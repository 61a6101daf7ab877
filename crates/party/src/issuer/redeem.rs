//! Redeem: money out of a purse, to the holder's account. Decided at once; paid out once no older deal of the card can
//! turn up any more, or at once up to what its class may have at once.

use deal::{VoidReason, issuer::Honour, wire::GiftSheet};
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value};
use units::{CardNo, DealId, Hash, Moment, Money, Span};

use super::{
    Issuer, PayRefused,
    card::CARDS,
    honour::{HELD, OUT, Via},
    payout::For,
};
use crate::{
    bank::Place,
    beside::Unsaid,
    books::{self, Account, Leg},
    door::OpenPay,
};

/// A redemption that was decided and not yet paid out.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Redemption {
    #[n(0)]
    pub(super) card: CardNo,
    #[n(1)]
    pub(super) amount: Money,
    #[n(2)]
    pub(super) due: Moment,
}
impl Value for Redemption {}

pub(super) const REDEMPTIONS: Map<DealId, Redemption> = Map::new(Table::new("issuer_redemptions"));
pub(super) const DUE: Map<(Moment, DealId), ()> = Map::new(Table::new("issuer_redemptions_due"));

impl Issuer {
    pub(super) fn redeem(
        &self,
        tx: &mut dyn Tx,
        open: &OpenPay,
        card: CardNo,
        now: Moment,
    ) -> Result<Unsaid, PayRefused> {
        let Some(row) = CARDS.get(tx, &card)? else {
            return self.void(tx, open, VoidReason::Certificate, now);
        };
        // Without an account there is nowhere to pay to.
        let (Some(slip), Some(_)) = (open.slip(), row.account) else {
            return self.void(tx, open, VoidReason::NotCovered, now);
        };
        let pay = open.pay();
        let agrees = slip.payee == self.id()
            && slip.title == pay.quote.title
            && slip.route == pay.quote.route
            && open.slip_agrees(self.desk.realm_id(), &self.keys.opener().seal_to());
        if !agrees {
            return self.void(tx, open, VoidReason::Tender, now);
        }
        if self.honour(tx, slip, open.deal(), Via::Own, now)? != Honour::Honoured {
            return self.void(tx, open, VoidReason::NotHonoured, now);
        }
        let at_once = slip.amount <= self.config.limits(row.class).at_once;
        let due = if at_once {
            now
        } else {
            row.certificates_end.plus(self.config.reports_due)
        };
        let redemption = Redemption {
            card,
            amount: slip.amount,
            due,
        };
        REDEMPTIONS.put(tx, &open.deal(), &redemption)?;
        DUE.put(tx, &(due, open.deal()), &())?;
        let step = self.give(tx, open, GiftSheet::default(), now)?;
        self.release_redemptions(tx, now)?;
        Ok(step)
    }

    /// When a redemption will be paid out; nothing once it was.
    pub fn redemption_due(&self, view: &mut dyn store::View, deal: DealId) -> Result<Option<Moment>, Fault> {
        Ok(REDEMPTIONS.get(view, &deal)?.map(|r| r.due))
    }

    /// Pays out what has waited long enough: at most what is left of it, for slips that turned up meanwhile took theirs.
    pub(super) fn release_redemptions(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), PayRefused> {
        let due = DUE.range(tx, Keys::all().until(&now.plus(units::Span(1))), 100)?;
        for ((at, deal), ()) in due {
            DUE.delete(tx, &(at, deal))?;
            let Some(mut redemption) = REDEMPTIONS.get(tx, &deal)? else {
                continue;
            };
            let zero = Money::zero(self.desk.currency());
            let held = Account::of(HELD, redemption.card.0);
            let amount = books::money(tx, held, zero)?.min(redemption.amount);
            let token = CARDS.get(tx, &redemption.card)?.and_then(|row| row.account);
            if !self.covers(tx, amount)? {
                // More would leave than came in by loads: it waits, and the audit says so.
                redemption.due = now.plus(Span::minutes(60));
                DUE.put(tx, &(redemption.due, deal), &())?;
                REDEMPTIONS.put(tx, &deal, &redemption)?;
                continue;
            }
            REDEMPTIONS.delete(tx, &deal)?;
            let (false, Some((_, token))) = (amount.is_zero(), token) else {
                continue;
            };
            let legs = vec![Leg {
                debit: held,
                credit: Account::own(OUT),
                amount,
            }];
            self.post(tx, "redeem", Hash(deal.0), legs, now)?;
            let about = books::posting_id("redeem", &deal.0);
            self.send(tx, about, Place::Token(token), amount, For::Card(redemption.card), now)?;
        }
        Ok(())
    }
}
