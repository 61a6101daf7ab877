//! Lost: this wallet keeps a recovery copy with its issuer, takes the place of a card that is gone, and has licenses that
//! wait made out anew. All of it goes on by itself at every contact until nothing is left to come.

use std::collections::BTreeMap;

use card::{ClaimRefusal, Recovered, RecoveryCode};
use deal::lost::{About, Claimed, Loss, Standing};
use seal::role;
use units::{Again, Hash, LicenseId, Moment, Money, PartyId, Refusal};

use super::{EnrolRefused, Wallet, locked};
use crate::carry::CarryRefusal;

/// Sellers asked at once for what a lost card bought.
const ASKED_MAX: usize = 300;

/// Why a loss was not stated, or nothing came back. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum LostRefused {
    /// The card in its place is not enrolled.
    #[error(transparent)]
    Enrol(#[from] EnrolRefused),
    /// The issuer could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// The code, the copy or the answer does not hold.
    #[error(transparent)]
    Claim(#[from] ClaimRefusal),
}

impl Refusal for LostRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Enrol(e) => e.code(),
            Self::Carry(e) => e.code(),
            Self::Claim(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Enrol(e) => e.again(),
            Self::Carry(e) => e.again(),
            Self::Claim(e) => e.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Enrol(e) => e.theirs(),
            Self::Carry(e) => e.theirs(),
            Self::Claim(_) => None,
        }
    }
}

/// A loss whose card this one has taken the place of, for its holder's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossNow {
    /// How the issuer said it stands, last.
    pub loss: Loss,
    /// Licenses of it that are here and open nothing yet.
    pub waiting: usize,
}

impl LossNow {
    /// Is all its money over?
    pub fn is_over(&self, now: Moment) -> bool {
        now > self.loss.from && self.loss.figure.is_zero()
    }
    /// What is still to come, as far as the issuer knows.
    pub const fn to_come(&self) -> Money {
        self.loss.figure
    }
}

impl Wallet {
    async fn claimed(&self, claim: Vec<u8>) -> Result<Claimed, LostRefused> {
        let issuer = self.issuer().await.ok_or(EnrolRefused::Issuers(0))?;
        let answer = self.0.carrier.post(issuer, "/v1/claim", claim).await?;
        Ok(self.on_card(move |card| card.read_claimed(&answer)).await?)
    }

    /// The recovery copy as a file: opened by the recovery code alone, wherever it is kept.
    pub async fn recovery_copy(&self) -> Result<Vec<u8>, LostRefused> {
        let (now, seed) = (self.now(), self.seed());
        Ok(self.on_card(move |card| card.recovery_copy(false, now, &seed)).await?)
    }

    /// Leaves a recovery copy with the issuer, if the card has changed since the last one. True: it was left now.
    pub async fn keep_recovery(&self) -> Result<bool, LostRefused> {
        self.enrol().await?;
        let now_there = self.what_is_kept().await;
        if *locked(&self.0.kept) == Some(now_there) {
            return Ok(false);
        }
        let (now, seed) = (self.now(), self.seed());
        let claim = self.on_card(move |card| card.keep_copy(now, &seed)).await?;
        match self.claimed(claim).await? {
            Claimed::Kept(_) => {
                *locked(&self.0.kept) = Some(now_there);
                Ok(true)
            }
            _ => Err(ClaimRefusal::NotMine.into()),
        }
    }

    /// A fingerprint of what a recovery copy would hold.
    async fn what_is_kept(&self) -> Hash {
        self.on_card(|card| {
            let state = card.state();
            let mut parts: Vec<Vec<u8>> = Vec::new();
            for held in state.licenses.values() {
                let plays = held.rights.plays.unwrap_or(u32::MAX);
                parts.push([&held.id.0[..], &plays.to_be_bytes()].concat());
            }
            parts.extend(state.paid.iter().map(|paid| paid.deal.0.to_vec()));
            let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            seal::hash_parts(&parts)
        })
        .await
    }

    /// This card takes the place of the one whose recovery code this is. `copy`: its recovery copy from a file; else the one
    /// its issuer keeps. Licenses come at once; those that might be elsewhere, and the money, after the stated wait.
    pub async fn replace_lost(&self, code: &RecoveryCode, copy: Option<Vec<u8>>) -> Result<Recovered, LostRefused> {
        self.enrol().await?;
        let (now, words) = (self.now(), code.clone());
        let proof = self.on_card(move |card| card.state_loss(&words, now)).await?;
        let loss = self.claim_loss(&proof).await?;
        let (now, seed, words) = (self.now(), self.seed(), code.clone());
        let recovered = self
            .on_card(move |card| {
                let kept = loss.copy.as_ref().map(|copy| copy.as_slice());
                card.recover(&words, copy.as_deref().or(kept), &proof, &loss, now, &seed)
            })
            .await?;
        tracing::info!("the place of a lost card is taken");
        // What is left to come goes on by itself: none of it is lost by a cut here.
        if let Err(no) = self.follow_losses().await {
            tracing::info!(code = no.code(), "the loss is asked after again at the next contact");
        }
        self.ask_sellers(&recovered.sold).await;
        if let Err(no) = self.keep_recovery().await {
            tracing::info!(code = no.code(), "the recovery copy waits for the next contact");
        }
        self.stir();
        Ok(recovered)
    }

    async fn claim_loss(&self, proof: &[u8]) -> Result<Loss, LostRefused> {
        let (proof, seed) = (proof.to_vec(), self.seed());
        let claim = self
            .on_card(move |card| card.claim_lost(&proof, card.open_of_elder(&proof), &seed))
            .await?;
        match self.claimed(claim).await? {
            Claimed::Lost(loss) => Ok(loss),
            _ => Err(ClaimRefusal::NotMine.into()),
        }
    }

    /// Hears how the losses stand whose cards this one has taken the place of, and takes what has come.
    pub async fn follow_losses(&self) -> Result<usize, LostRefused> {
        let now = self.now();
        let stated: Vec<Vec<u8>> = self
            .on_card(move |card| {
                let open = |loss: &Loss| now <= loss.from || !loss.figure.is_zero();
                let elders = card.losses().filter(|elder| elder.loss.as_ref().is_none_or(open));
                elders.map(|elder| elder.proof.to_vec()).collect()
            })
            .await;
        let mut orders = 0_usize;
        for proof in stated {
            let loss = self.claim_loss(&proof).await?;
            let (now, seed) = (self.now(), self.seed());
            let came = self.on_card(move |card| card.take_loss(&loss, now, &seed)).await?;
            orders = orders.saturating_add(came);
        }
        Ok(orders)
    }

    /// Asks sellers what a lost card bought that its copy does not have. Who is away is asked by the next recovery.
    async fn ask_sellers(&self, sold: &[(PartyId, units::ContentId)]) {
        let Ok(directory) = self.0.carrier.directory(false).await else {
            return;
        };
        let cards: Vec<_> = self
            .on_card(|card| card.losses().map(|elder| elder.card).collect::<Vec<_>>())
            .await;
        for (seller, content) in sold.iter().take(ASKED_MAX).copied() {
            let Some(certificate) = directory.certificate::<role::Seller>(seller, self.now()) else {
                continue;
            };
            for of in &cards {
                if let Err(no) = self.ask_seller(*of, seller, certificate.clone(), content).await {
                    tracing::info!(code = no.code(), "a seller did not say again what it sold");
                }
            }
        }
    }

    async fn ask_seller(
        &self,
        of: units::CardNo,
        seller: PartyId,
        certificate: Vec<u8>,
        content: units::ContentId,
    ) -> Result<(), LostRefused> {
        let seed = self.seed();
        let asked = self
            .on_card(move |card| card.ask_sold(of, &certificate, content, &seed))
            .await?;
        let Some((id, letter)) = asked else { return Ok(()) };
        let answer = self.0.carrier.post(seller, "/v1/reissue", letter).await?;
        let (now, seed) = (self.now(), self.seed());
        let taken = self
            .on_card(move |card| card.take_sold(of, &id, &answer, now, &seed))
            .await;
        if taken.is_err() {
            self.0.carrier.doubt(seller);
        }
        taken?;
        Ok(())
    }

    /// Has licenses that wait made out to this card, as far as its issuer and their sellers say so.
    pub async fn confirm_licenses(&self) -> Result<BTreeMap<LicenseId, Standing>, LostRefused> {
        let mut done = BTreeMap::new();
        let seed = self.seed();
        let Some(claim) = self.on_card(move |card| card.claim_vouch(&seed)).await? else {
            return Ok(done);
        };
        let Claimed::Vouched(words, _) = self.claimed(claim).await? else {
            return Err(ClaimRefusal::NotMine.into());
        };
        if words.is_empty() {
            return Ok(done);
        }
        let (directory, now) = (self.0.carrier.directory(false).await?, self.now());
        for word in words {
            let (seed, known) = (self.seed(), directory.clone());
            let asked = self
                .on_card(move |card| {
                    card.ask_confirm(&word, |seller| known.certificate::<role::Seller>(seller, now), &seed)
                })
                .await?;
            let Some((license, seller, letter)) = asked else {
                continue;
            };
            match self.0.carrier.post(seller, "/v1/confirm", letter).await {
                Ok(answer) => {
                    let (now, seed) = (self.now(), self.seed());
                    let standing = self
                        .on_card(move |card| card.take_confirmed(license, &answer, now, &seed))
                        .await;
                    if standing.is_err() {
                        self.0.carrier.doubt(seller);
                    }
                    let standing = standing?;
                    locked(&self.0.checked).remove(&license);
                    done.insert(license, standing);
                }
                Err(no) => tracing::info!(code = no.code(), "a license waits for its seller"),
            }
        }
        self.stir();
        Ok(done)
    }

    /// Everything the issuer stores about this card, as it says.
    pub async fn told_by_issuer(&self) -> Result<About, LostRefused> {
        let seed = self.seed();
        let claim = self.on_card(move |card| card.claim_tell(&seed)).await?;
        match self.claimed(claim).await? {
            Claimed::Told(about) => Ok(about),
            _ => Err(ClaimRefusal::NotMine.into()),
        }
    }

    /// Has the issuer forget what it keeps for this card alone: the recovery copy. None is left there again until the card
    /// changes.
    pub async fn forget_at_issuer(&self) -> Result<(), LostRefused> {
        let (seed, now_there) = (self.seed(), self.what_is_kept().await);
        let claim = self.on_card(move |card| card.claim_forget(&seed)).await?;
        match self.claimed(claim).await? {
            Claimed::Forgotten => {
                *locked(&self.0.kept) = Some(now_there);
                Ok(())
            }
            _ => Err(ClaimRefusal::NotMine.into()),
        }
    }

    /// What belongs to every contact: a fresh copy with the issuer, news of losses, licenses that wait. Nothing of it keeps a
    /// contact from succeeding.
    pub(super) async fn tend_recovery(&self) {
        if let Err(no) = self.keep_recovery().await {
            tracing::info!(code = no.code(), "the recovery copy waits for the next contact");
        }
        if let Err(no) = self.follow_losses().await {
            tracing::info!(code = no.code(), "a loss is asked after again at the next contact");
        }
        if let Err(no) = self.confirm_licenses().await {
            tracing::info!(code = no.code(), "licenses wait for the next contact");
        }
    }

    /// The losses whose cards this one has taken the place of.
    pub async fn losses(&self) -> Vec<LossNow> {
        self.on_card(|card| {
            let held = card.state().licenses.values();
            let waiting = held.filter(|held| held.status == deal::Status::OnHold).count();
            let losses = card.losses().filter_map(|elder| elder.loss.clone());
            losses.map(|loss| LossNow { loss, waiting }).collect()
        })
        .await
    }

    /// Since when this very card is stopped as lost: it opens nothing.
    pub async fn stopped(&self) -> Option<Moment> {
        self.on_card(|card| card.state().stopped).await
    }
}
