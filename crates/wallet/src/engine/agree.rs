//! Agree: what the page on which a payment is agreed to has to say, computed by the very step that would pay, from one moment.

use card::{Checked, DryRun, Want};
use deal::{Kind, PayRefusal, Tender, Value};
use license::TenderKind;
use units::Money;

use super::{Approver, ByBill, Payer, Wallet};

/// What would happen if the holder agreed now.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// What would leave the purse, and what would be left; or why the card would refuse.
    pub would: Result<DryRun, PayRefusal>,
    /// In the purse now.
    pub purse: Money,
    /// Carried for publishers: not to be spent.
    pub escrow: Money,
    /// PIN tries left.
    pub tries: u8,
    /// Values that could be used here, and what would then leave the purse.
    pub ways: Vec<WayToPay>,
    /// Those who could approve it, where its seller takes approvals.
    pub approvers: Vec<Approver>,
    /// Those whom the holder lets pay for him, where its seller takes charges.
    pub bills: Vec<ByBill>,
    /// Can it be paid with a medium?
    pub media: bool,
    /// Whose bill is chosen, and how often the license may be played before that payer has answered.
    pub by: Option<(Payer, u32)>,
    /// The name of whoever was to pay what this clears, and refused (ST-13).
    pub instead: Option<String>,
}

/// A value that would pay, or help to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayToPay {
    /// It.
    pub value: Value,
    /// What would still leave the purse; nothing, if it pays for all.
    pub rest: Option<Money>,
}

impl Wallet {
    /// Runs a payment dry, with what is chosen and with every value that could be.
    pub async fn agreement(&self, checked: &Checked, want: &Want) -> Agreement {
        let takes_approvals =
            checked.quote().kind == Kind::Sale && checked.quote().accepts.contains(&TenderKind::Approval);
        let approvers = if takes_approvals {
            self.approvers().await
        } else {
            Vec::new()
        };
        let bills = self.bills(checked).await;
        let media = super::takes_media(checked);
        let by = match &want.other {
            Some(Tender::Charge(_, _, payer)) => bills.iter().find(|bill| bill.payer.id == *payer),
            _ => None,
        };
        let by = by.map(|bill| bill.payer.clone());
        let instead = self.refuser(checked).await;
        let (checked, want, now) = (checked.clone(), want.clone(), self.now());
        self.on_card(move |card| {
            let (summary, zero) = (card.state().summary(), Money::zero(card.state().purse.currency()));
            let takes_values = checked.quote().accepts.contains(&TenderKind::Value)
                || checked.quote().accepts.contains(&TenderKind::Receipt);
            let with = |value: &Value| {
                let want = Want {
                    values: vec![(value.maker, value.id)],
                    ..Want::default()
                };
                let would = card.dry_run(&checked, &want, now).ok()?;
                Some(WayToPay {
                    value: value.clone(),
                    rest: would.fare,
                })
            };
            let values = card
                .state()
                .values
                .iter()
                .filter(|_| takes_values && !checked.quote().price.is_zero());
            Agreement {
                would: card.dry_run(&checked, &want, now),
                purse: summary.spendable,
                escrow: summary
                    .escrow
                    .values()
                    .fold(zero, |sum, one| sum.plus(*one).unwrap_or(sum)),
                tries: card.pin_tries(),
                ways: values.filter_map(|(value, _)| with(value)).collect(),
                approvers,
                bills,
                media,
                by: by.map(|payer| (payer, card.state().profile.credit().plays)),
                instead,
            }
        })
        .await
    }

    /// Who refused to pay what this clears.
    async fn refuser(&self, checked: &Checked) -> Option<String> {
        let license = checked
            .quote()
            .license
            .filter(|_| checked.quote().kind == Kind::Clear)?;
        let owed = self.owed().await;
        owed.into_iter()
            .find(|due| due.owing.license == license)
            .map(|due| due.payer)
    }
}
