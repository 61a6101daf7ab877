//! Due: which addresses are to be told something now, and what.

use seal::{Secret, role};
use store::{Fault, Keys, View};
use units::{DealId, Moment, PartyId};

use super::{EVENTS, HOOKS, HookAbout, HookEventId, HookId, WAITING, WAKE};
use crate::shop::{Payout, Sale, Shop, console::TENANTS, payout::PAYOUTS, sales::SALES};

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookTold {
    /// Of a sale, as it stands now.
    Sale(DealId, Box<Sale>),
    /// Of a pay-out: its number, and when it was ordered.
    Payout([u8; 16], Moment, Payout),
    /// Nothing.
    Test,
}

/// An event that is to be said now.
#[derive(Debug)]
pub struct Telling {
    /// Where.
    pub address: String,
    /// What it is signed with: the secret, and the one before while it stands.
    pub secrets: Vec<Secret>,
    /// Its number.
    pub id: HookEventId,
    /// When it came about.
    pub at: Moment,
    /// What it tells of.
    pub about: HookAbout,
    /// What it says; nothing: there is nothing to be told, or not in this publisher's name.
    pub told: Option<HookTold>,
}

fn until(now: Moment) -> Moment {
    Moment(now.0.saturating_add(1))
}

impl Shop {
    /// Addresses for which something waits whose time has come, at most `limit`.
    pub fn hooks_due(&self, view: &mut dyn View, now: Moment, limit: usize) -> Result<Vec<(PartyId, HookId)>, Fault> {
        let rows = WAKE.range(view, Keys::all().until(&until(now)), limit)?;
        Ok(rows.into_iter().map(|((_, of, id), ())| (of, id)).collect())
    }

    /// What is to be said to this address now: what has waited longest.
    pub fn hook_next(
        &self,
        view: &mut dyn View,
        (publisher, id): (PartyId, HookId),
        now: Moment,
    ) -> Result<Option<Telling>, Fault> {
        let Some(hook) = HOOKS
            .get(view, &(publisher, id))?
            .filter(|hook| hook.wake.is_some_and(|at| at <= now))
        else {
            return Ok(None);
        };
        let first = WAITING.range(view, Keys::under(&id).until(&(id, until(now))), 1)?;
        let Some(((_, _, at, event), ())) = first.into_iter().next() else {
            return Ok(None);
        };
        let Some(row) = EVENTS.get(view, &(id, at, event))? else {
            return Ok(None);
        };
        let mut secrets = vec![self.hook_secret(id, &hook.secret)?];
        if let Some(old) = hook.old.as_ref().filter(|old| now < old.until) {
            secrets.push(self.hook_secret(id, &old.secret)?);
        }
        let told = if self.is_active(view, publisher, now)? {
            told(view, publisher, &row.about)?
        } else {
            None
        };
        Ok(Some(Telling {
            address: hook.address,
            secrets,
            id: event,
            at,
            about: row.about,
            told,
        }))
    }

    /// Works this publisher here, with a certificate that holds?
    fn is_active(&self, view: &mut dyn View, publisher: PartyId, now: Moment) -> Result<bool, Fault> {
        let Some(tenant) = TENANTS.get(view, &publisher)? else {
            return Ok(false);
        };
        let known = self.desk.known(view)?;
        Ok(known.trust.check::<role::Publisher>(&tenant.certificate, now).is_ok())
    }
}

fn told(view: &mut dyn View, publisher: PartyId, about: &HookAbout) -> Result<Option<HookTold>, Fault> {
    Ok(match about {
        HookAbout::SaleMade(deal) => SALES.get(view, deal)?.map(|mut sale| {
            // What came later is told later.
            sale.refunded = None;
            HookTold::Sale(*deal, Box::new(sale))
        }),
        HookAbout::SaleRefunded(deal) => SALES.get(view, deal)?.map(|sale| HookTold::Sale(*deal, Box::new(sale))),
        HookAbout::PayoutPaid(at, id) | HookAbout::PayoutReturned(at, id) => {
            let payout = PAYOUTS.get(view, &(publisher, *at, *id))?;
            payout.map(|payout| HookTold::Payout(*id, *at, payout))
        }
        HookAbout::Test => Some(HookTold::Test),
    })
}
