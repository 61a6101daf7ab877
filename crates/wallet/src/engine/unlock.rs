//! Unlock: a locked copy goes to the support centre its publisher named, and comes back whole for its fee (SD-26, SD-27).

use card::{Checked, Want};
use deal::{Number, Tender};
use license::Unlock;
use seal::role;
use units::{LicenseId, OrderId, PartyId};

use super::{Question, QuoteRefused, Wallet};
use crate::carry::CarryRefusal;

impl Wallet {
    /// Asks what unlocking costs, at the first centre that its publisher named and that answers. A centre that does not
    /// serve the work says who does; so do the others.
    pub async fn quote_unlock(&self, license: LicenseId, ahead: bool) -> Result<Checked, QuoteRefused> {
        let held = self.license(license).await.ok_or(QuoteRefused::NoLicense)?;
        let centres: Vec<PartyId> = match &held.policy.unlock {
            Some(Unlock { centres, .. }) => centres.iter().copied().chain([held.policy.publisher]).collect(),
            None => return Err(QuoteRefused::NoLicense),
        };
        let known = self.carrier().directory(false).await?;
        let listed: Vec<PartyId> = known.with_role::<role::Support>(self.now()).map(|p| p.id).collect();
        let mut last = CarryRefusal::Unknown(held.policy.publisher).into();
        for centre in centres.into_iter().filter(|id| listed.contains(id)) {
            match self.quote(centre, Question::Unlock(license, ahead)).await {
                Err(no @ QuoteRefused::Carry(_)) => last = no,
                answer => return answer,
            }
        }
        Err(last)
    }
}

/// How a quote is paid in cash, and the order to name at the counter; nothing, if its giver numbers no orders.
pub fn in_cash(checked: &Checked) -> Option<(Want, OrderId)> {
    let Number::Order(order) = checked.quote().number else {
        return None;
    };
    let want = Want {
        other: Some(Tender::Order(order, checked.quote().price)),
        ..Want::default()
    };
    Some((want, order))
}
