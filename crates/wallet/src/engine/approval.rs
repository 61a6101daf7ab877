//! Approval: this wallet asks the approver its holder chose to permit a purchase, and fetches what was decided. The holder
//! answers on the approver's own page; nothing of him passes through here, and no seller names an approver.

use card::{ApprovalAsked, ApprovalRefusal, Approved, Checked};
use seal::role;
use units::{Again, ApprovalId, PartyId, Refusal};

use super::{Wallet, WasPutBack};
use crate::carry::CarryRefusal;

/// Somebody who approves purchases in this realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Its number.
    pub id: PartyId,
    /// Its name, as certified.
    pub name: String,
    /// Where it answers, as the registry says.
    pub address: String,
}

/// A question that waits for its holder's answer at the approver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What was asked.
    pub asked: ApprovalAsked,
    /// The number it waits under.
    pub request: ApprovalId,
    /// The approver.
    pub approver: Approver,
}

impl Waiting {
    /// The approver's page on which the holder answers.
    pub fn page(&self) -> String {
        format!(
            "{}/approve/{}",
            self.approver.address.trim_end_matches('/'),
            self.request
        )
    }
}

/// Why there is no approval. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalRefused {
    /// An old copy, not yet seen by the issuer.
    #[error(transparent)]
    PutBack(#[from] WasPutBack),
    /// No such approver.
    #[error("this approver is not listed in the realm")]
    NoApprover,
    /// The card says no.
    #[error(transparent)]
    Card(#[from] ApprovalRefusal),
    /// The approver could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
}

impl Refusal for ApprovalRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::PutBack(e) => e.code(),
            Self::NoApprover => "approver-unknown",
            Self::Card(e) => e.code(),
            Self::Carry(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::PutBack(e) => e.again(),
            Self::NoApprover => Again::AfterYouAct,
            Self::Card(e) => e.again(),
            Self::Carry(e) => e.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(e) => e.theirs(),
            _ => None,
        }
    }
}

impl Wallet {
    /// Those who approve purchases in this realm, by the registry's signed directory.
    pub async fn approvers(&self) -> Vec<Approver> {
        let Ok(listed) = self.0.carrier.directory(false).await else {
            return Vec::new();
        };
        let now = self.now();
        listed
            .with_role::<role::Approver>(now)
            .map(|party| Approver {
                id: party.id,
                name: party.name.clone(),
                address: party.address.clone(),
            })
            .collect()
    }

    /// Asks `approver` to permit this purchase. The holder answers there.
    pub async fn ask_approval(&self, checked: &Checked, approver: PartyId) -> Result<Waiting, ApprovalRefused> {
        if let Some(no) = self.put_back() {
            return Err(no.into());
        }
        let found = self.approvers().await.into_iter().find(|one| one.id == approver);
        let approver = found.ok_or(ApprovalRefused::NoApprover)?;
        let (checked, seed, to) = (checked.clone(), self.seed(), approver.id);
        let asked = self
            .on_card(move |card| card.ask_approval(&checked, to, checked.quote().price, &seed))
            .await?;
        let answer = self.0.carrier.post(to, "/v1/approve", asked.ask.to_vec()).await?;
        let request = ApprovalId::from_slice(&answer).ok_or(ApprovalRefusal::NotMine)?;
        Ok(Waiting {
            asked,
            request,
            approver,
        })
    }

    /// Fetches what was decided, and checks it: an approval to pay with, or nothing yet.
    pub async fn fetch_approval(
        &self,
        checked: &Checked,
        waiting: &Waiting,
    ) -> Result<Option<Approved>, ApprovalRefused> {
        let body = waiting.request.0.to_vec();
        let sealed = match self.0.carrier.post(waiting.approver.id, "/v1/approval", body).await {
            Ok(sealed) => sealed,
            Err(CarryRefusal::NotYet(_)) => return Ok(None),
            Err(no) => return Err(no.into()),
        };
        let (checked, asked, now) = (checked.clone(), waiting.asked.clone(), self.now());
        let approved = self
            .on_card(move |card| card.approved(&checked, &asked, &sealed, now))
            .await?;
        Ok(Some(approved))
    }
}
