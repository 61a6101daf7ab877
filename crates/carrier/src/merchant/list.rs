//! List: what a client may see: its own payments and refunds, and of those, with a subscriber's token, the subscriber's alone.

use store::{Fault, Keys, View};
use units::{Moment, PartyId};

use super::{
    Caller, MerchantRefund, Payment, PaymentId, RefundId, RefundState, State,
    payment::{BY_CLIENT, PAYMENTS},
    refund::{BY_PAYMENT, REFUNDS},
};
use crate::Carrier;

/// The most that match one question.
const MATCHES_MAX: usize = 2_000;
/// The most that are looked at for one.
const LOOKED_MAX: usize = 100_000;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter<S> {
    /// Not before.
    pub from: Option<Moment>,
    /// Not after.
    pub until: Option<Moment>,
    /// In one of these states; empty: in any.
    pub states: Vec<S>,
    /// For this merchant.
    pub merchant: Option<String>,
    /// The oldest first.
    pub oldest_first: bool,
    /// Which page, from 1.
    pub page: u64,
    /// How many on a page.
    pub per_page: u64,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The page.
    pub rows: Vec<T>,
    /// All that match.
    pub total: usize,
    /// The place of the last row of the page among them, from 1; nothing on an empty page: 0.
    pub last: usize,
}

/// More match than are listed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl<S> Filter<S> {
    fn cut<T>(&self, all: Vec<T>) -> Found<T> {
        let total = all.len();
        let skip = usize::try_from(self.page.saturating_sub(1).saturating_mul(self.per_page)).unwrap_or(usize::MAX);
        let take = usize::try_from(self.per_page).unwrap_or(usize::MAX);
        let rows: Vec<T> = all.into_iter().skip(skip).take(take).collect();
        let last = if rows.is_empty() {
            0
        } else {
            skip.saturating_add(rows.len())
        };
        Found { rows, total, last }
    }
}

fn names(named: &Filter<impl Sized>, merchant: Option<&str>, enterprise: PartyId) -> bool {
    let Some(named) = named.merchant.as_deref() else {
        return true;
    };
    merchant == Some(named) || enterprise.to_string() == named
}

/// Refunds that were found, unless there are more than one question lists.
pub type FoundRefunds = Result<Found<(RefundId, MerchantRefund)>, TooMany>;

impl Carrier {
    /// A payment that this caller may see.
    pub fn payment_of(&self, view: &mut dyn View, caller: &Caller, id: PaymentId) -> Result<Option<Payment>, Fault> {
        let his = |payment: &Payment| caller.subscriber.is_none_or(|who| who == payment.who);
        Ok(PAYMENTS
            .get(view, &id)?
            .filter(|payment| payment.client == caller.client && his(payment)))
    }

    /// A refund that this caller may see.
    pub fn refund_for(
        &self,
        view: &mut dyn View,
        caller: &Caller,
        of: PaymentId,
        id: RefundId,
    ) -> Result<Option<MerchantRefund>, Fault> {
        if self.payment_of(view, caller, of)?.is_none() {
            return Ok(None);
        }
        Ok(REFUNDS.get(view, &id)?.filter(|refund| refund.of == of))
    }

    /// A caller's payments.
    pub fn payments(
        &self,
        view: &mut dyn View,
        caller: &Caller,
        filter: &Filter<State>,
    ) -> Result<Result<Found<(PaymentId, Payment)>, TooMany>, Fault> {
        let edge = |at: Moment| (caller.client, at, PaymentId([0; 16]));
        let until = filter
            .until
            .map_or(Moment(u64::MAX), |until| Moment(until.0.saturating_add(1)));
        let mut keys = Keys::between(&edge(filter.from.unwrap_or_default()), &edge(until));
        if !filter.oldest_first {
            keys = keys.newest_first();
        }
        let rows = BY_CLIENT.range(view, keys, LOOKED_MAX)?;
        if rows.len() >= LOOKED_MAX {
            return Ok(Err(TooMany));
        }
        let mut out = Vec::new();
        for ((_, _, id), ()) in rows {
            let Some(one) = self.payment_of(view, caller, id)? else {
                continue;
            };
            let state = filter.states.is_empty() || filter.states.contains(&one.state);
            if state && names(filter, one.merchant.as_deref(), one.enterprise) {
                out.push((id, one));
            }
            if out.len() > MATCHES_MAX {
                return Ok(Err(TooMany));
            }
        }
        Ok(Ok(filter.cut(out)))
    }

    /// The refunds of one payment; `None`: the caller has no such payment.
    pub fn refunds(
        &self,
        view: &mut dyn View,
        caller: &Caller,
        of: PaymentId,
        filter: &Filter<RefundState>,
    ) -> Result<Option<FoundRefunds>, Fault> {
        let Some(payment) = self.payment_of(view, caller, of)? else {
            return Ok(None);
        };
        let rows = BY_PAYMENT.range(view, Keys::under(&of), LOOKED_MAX)?;
        if rows.len() >= LOOKED_MAX {
            return Ok(Some(Err(TooMany)));
        }
        let mut out = Vec::new();
        for ((_, _, id), ()) in rows {
            let Some(one) = REFUNDS.get(view, &id)? else { continue };
            let state = filter.states.is_empty() || filter.states.contains(&one.state);
            let in_time = filter.from.is_none_or(|from| from <= one.created)
                && filter.until.is_none_or(|until| one.created <= until);
            let merchant = one.merchant.as_deref().or(payment.merchant.as_deref());
            if state && in_time && names(filter, merchant, payment.enterprise) {
                out.push((id, one));
            }
            if out.len() > MATCHES_MAX {
                return Ok(Some(Err(TooMany)));
            }
        }
        if !filter.oldest_first {
            out.reverse();
        }
        Ok(Some(Ok(filter.cut(out))))
    }
}
