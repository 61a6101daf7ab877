//! Take: what a desk answers, and what a seller said again, becomes true on the card before it is told to anybody.

use card::{MendRefusal, Repair, Settled};
use deal::support::{Finding, Stage, SupportedSheet};
use units::{LicenseId, PartyId};

use super::{Sent, SupportRefused, Told, kept};
use crate::{
    carry::CarryRefusal,
    engine::{Outcome, Wallet, locked},
};

fn told(code: &str, text: impl Into<String>) -> Told {
    Told {
        code: code.to_owned(),
        text: text.into(),
    }
}

impl Wallet {
    /// Sends a request that is written down, and takes what comes back. While the desk asks others it is asked again, as
    /// long as the holder's patience lasts.
    pub(super) async fn ask_again(&self, mut sent: Sent) -> Result<Sent, SupportRefused> {
        let desk: PartyId = sent.desk.parse().map_err(|_| SupportRefused::NotShown)?;
        let mut pauses = self.0.patience.0.clone().into_iter();
        loop {
            match self.0.carrier.post(desk, "/v1/support", sent.bytes()).await {
                Ok(answer) => self.take_answer(&mut sent, desk, &answer).await?,
                Err(no @ (CarryRefusal::Silent { .. } | CarryRefusal::NotYet(_))) => sent.waits = Some(no.to_string()),
                Err(no) => return Err(no.into()),
            }
            kept::write(self.home(), &sent).map_err(SupportRefused::Write)?;
            let asked = sent.advice.iter().any(|a| a.code == "seller-asked");
            match pauses.next() {
                Some(pause) if !sent.is_over() && (asked || sent.waits.is_some()) => tokio::time::sleep(pause).await,
                _ => return Ok(sent),
            }
        }
    }

    async fn take_answer(&self, sent: &mut Sent, desk: PartyId, answer: &[u8]) -> Result<(), SupportRefused> {
        let id = sent.id_bytes().ok_or(SupportRefused::NotShown)?;
        let bytes = answer.to_vec();
        let sheet: SupportedSheet = self.on_card(move |card| card.read_supported(&id, desk, &bytes)).await?;
        sent.waits = None;
        sent.advice = sheet
            .advice
            .iter()
            .map(|a| {
                let tame = |t: &str, max| t.chars().filter(|c| !c.is_control()).take(max).collect::<String>();
                told(&tame(&a.code, 60), tame(&a.text, 600))
            })
            .collect();
        if let (Some(reissued), Some(seller)) = (&sheet.reissued, &sent.seller) {
            let seller: PartyId = seller.parse().map_err(|_| SupportRefused::NotShown)?;
            let first = !sent.is_over();
            let (finding, repairs) = self.take_reissued(id, seller, reissued.to_vec()).await?;
            sent.finding = Some(finding.code().to_owned());
            if first {
                sent.repairs = self.put_right(sent, finding, &repairs).await;
            }
        }
        sent.stage = sheet.stage.word().to_owned();
        if sheet.stage != Stage::Looking {
            tracing::info!(stage = sheet.stage.word(), "the support desk has answered");
        }
        Ok(())
    }

    async fn take_reissued(
        &self,
        id: [u8; 16],
        seller: PartyId,
        sheet: Vec<u8>,
    ) -> Result<(Finding, Vec<Repair>), MendRefusal> {
        let (now, seed) = (self.now(), self.seed());
        let taken = self
            .on_card(move |card| card.take_reissued(&id, seller, &sheet, now, &seed))
            .await?;
        for repair in &taken.1 {
            match repair {
                Repair::Mended(license) | Repair::Reissued(license) => drop(locked(&self.0.checked).remove(license)),
                Repair::Closed(Settled::Given {
                    deal, license, receipt, ..
                }) => {
                    let outcome = Outcome::Given {
                        deal: *deal,
                        license: *license,
                        receipt: *receipt,
                    };
                    locked(&self.0.outcomes).insert(*deal, outcome);
                }
                Repair::Closed(Settled::Void { deal, reason }) => {
                    let outcome = Outcome::Returned {
                        deal: *deal,
                        reason: Some(*reason),
                    };
                    locked(&self.0.outcomes).insert(*deal, outcome);
                }
                _ => {}
            }
        }
        // A `done` may have to be delivered, or a file to be fetched.
        self.stir();
        Ok(taken)
    }

    /// What the card took, told to its holder; files are fetched again.
    async fn put_right(&self, sent: &Sent, finding: Finding, repairs: &[Repair]) -> Vec<Told> {
        let mut out = Vec::new();
        for repair in repairs {
            out.push(match repair {
                Repair::Closed(Settled::Void { reason, .. }) => told("payment-back", reason.text()),
                Repair::Closed(_) => told("payment-closed", "The payment is finished, and what it paid for is here."),
                Repair::Mended(license) => {
                    self.fetch_again(*license, false).await;
                    told("license-mended", "The license has its key again.")
                }
                Repair::Reissued(license) => {
                    self.fetch_again(*license, false).await;
                    told("license-back", "The license is on your card again.")
                }
                Repair::Whole(_) => told("license-whole", "The license on your card is whole; nothing had to be changed."),
                Repair::PlaysBack(_, plays) => told("plays-back", format!("Plays given back: {plays}.")),
                Repair::MayHaveLeft(_) => told(
                    "may-have-left",
                    "This license may be moved or has plays to count, so nobody can give it again but its publisher: it may be on another card.",
                ),
            });
        }
        if finding == Finding::Delivers
            && let Some(license) = sent.license.as_ref().and_then(|l| l.parse().ok())
        {
            self.fetch_again(license, true).await;
            out.push(told("file-again", "The sealed file is being fetched again."));
        }
        out
    }

    /// Fetches a package once more; a damaged one is thrown away first.
    async fn fetch_again(&self, license: LicenseId, throw_away: bool) {
        if throw_away && let Some(known) = self.license(license).await {
            let (packages, header) = (self.0.packages.clone(), known.link.header);
            let removed = tokio::task::spawn_blocking(move || packages.remove(header)).await;
            if !matches!(removed, Ok(Ok(()))) {
                tracing::warn!("a damaged file could not be removed");
            }
        }
        if let Err(no) = self.fetch_soon(license).await {
            tracing::info!(code = units::Refusal::code(&no), "a package waits to be fetched");
        }
    }
}
