//! Agree: what the page on which a payment is agreed to has to say, computed by the very step that would pay, from one moment.

use card::{Checked, DryRun, Want};
use deal::{Kind, PayRefusal, Value};
use license::TenderKind;
use units::Money;

use super::{Approver, Wallet};

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
            }
        })
        .await
    }
}
