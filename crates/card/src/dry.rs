//! Dry run: what a payment would do, computed by the very step that does it, for the page on which it is agreed to.

use alloc::vec::Vec;
use deal::{Consent, PayRefusal, Plan, Side, Tender};
use license::Route;
use units::{Moment, Money, PartyId};

use crate::{Card, Checked, Journal, Want};

/// What would happen if the holder agreed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// What leaves the purse.
    pub fare: Option<Money>,
    /// To whom it is due.
    pub payee: PartyId,
    /// The purse afterwards.
    pub purse: Money,
    /// Which card carries the fares on: this one is the receiver.
    pub winner: Side,
    /// By which rule.
    pub route: Route,
    /// Slips that leave this card with the payment, and what they add up to (the other card carries on, or a collection).
    pub slips_out: (usize, Money),
    /// How many slips of the other card would come along, at most.
    pub slips_in_max: u16,
    /// What this card would hold in escrow for that payee once it is done, as far as known now: the fare and its own slips.
    pub escrow: Money,
    /// What is paid, piece by piece.
    pub tenders: Vec<Tender>,
}

impl<J: Journal> Card<J> {
    /// Runs a payment dry: the same guards, the same rule, the same sums as [`Card::pay`], and nothing is written. A
    /// refusal here is the refusal there.
    pub fn dry_run(&self, checked: &Checked, want: &Want, clock: Moment) -> Result<DryRun, PayRefusal> {
        let quote = &checked.quote;
        let now = self.now(clock);
        let consent = Consent {
            quote: checked.quote_hash,
            fare: quote.price,
            pay_no: self.image.state.pay_no,
        };
        let paid = self.image.state.pay(&self.plan(checked, want, &consent, now))?;
        self.unplayed(&paid)?;
        self.silence(quote.kind, now)?;
        self.within_limits(&paid, now)?;
        let state = &self.image.state;
        let zero = Money::zero(state.purse.currency());
        let add = |sum: Money, more: Money| sum.plus(more).unwrap_or(sum);
        let (fare, winner, slips_out) = (paid.money(), paid.pay.winner, &paid.pay.slips);
        let purse = fare.map_or(state.purse, |fare| state.purse.minus(fare).unwrap_or(zero));
        let kept = state
            .escrow
            .iter()
            .filter(|s| s.payee == quote.payee && !slips_out.contains(s));
        let stays = kept.map(|s| s.amount).fold(zero, add);
        let carries = winner == Side::Receiver && quote.kind.between_cards();
        Ok(DryRun {
            fare,
            payee: quote.payee,
            purse,
            winner,
            route: quote.route,
            slips_out: (slips_out.len(), slips_out.iter().map(|s| s.amount).fold(zero, add)),
            slips_in_max: if carries { quote.slips } else { 0 },
            escrow: if carries {
                add(stays, fare.unwrap_or(zero))
            } else {
                stays
            },
            tenders: paid.pay.tenders,
        })
    }

    pub(crate) fn plan<'a>(&self, checked: &'a Checked, want: &'a Want, consent: &'a Consent, now: Moment) -> Plan<'a> {
        Plan {
            quote: &checked.quote,
            quote_hash: checked.quote_hash,
            signed_price: checked.signed_price(),
            consent,
            values: &want.values,
            other: want
                .approval
                .as_ref()
                .map(crate::Approved::tender)
                .or_else(|| want.other.clone()),
            bind: want.bind.clone(),
            publisher: checked.on_sale.as_ref().map(|s| s.offer.publisher),
            now,
        }
    }
}
