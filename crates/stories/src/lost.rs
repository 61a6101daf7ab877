//! Lost: a person's card is gone, and another takes its place with the code on his paper.

use card::{Recovered, RecoveryCode};
use deal::lost::{About, Claimed, Loss, Standing};
use units::{CardNo, LicenseId, Moment};

use crate::{Counterpart, Holder, Parties, Stuck};

impl Holder {
    /// Leaves a recovery copy with the issuer.
    pub fn keep_copy(&mut self, parties: &mut dyn Parties) -> Result<(), Stuck> {
        let seed = self.draw();
        let claim = self.card.keep_copy(parties.now(), &seed).map_err(|e| Stuck::of(&e))?;
        self.claim(parties, &claim).map(|_| ())
    }

    fn claim(&mut self, parties: &mut dyn Parties, claim: &[u8]) -> Result<Claimed, Stuck> {
        let answer = self.send(parties, Counterpart::Issuer, "claim", claim)?;
        self.card.read_claimed(&answer).map_err(|e| Stuck::of(&e))
    }

    /// Everything the issuer stores about this card.
    pub fn ask_data(&mut self, parties: &mut dyn Parties) -> Result<About, Stuck> {
        let seed = self.draw();
        let claim = self.card.claim_tell(&seed).map_err(|e| Stuck::of(&e))?;
        match self.claim(parties, &claim)? {
            Claimed::Told(about) => Ok(about),
            _ => Err(Stuck::other("claim", "the issuer answered something else")),
        }
    }

    /// Has the issuer forget what is not in its books.
    pub fn forget_data(&mut self, parties: &mut dyn Parties) -> Result<(), Stuck> {
        let seed = self.draw();
        let claim = self.card.claim_forget(&seed).map_err(|e| Stuck::of(&e))?;
        self.claim(parties, &claim).map(|_| ())
    }

    /// States a loss to the issuer, again with the same statement.
    pub fn claim_loss(&mut self, parties: &mut dyn Parties, proof: &[u8]) -> Result<Loss, Stuck> {
        let open = self.card.open_of_elder(proof);
        let seed = self.draw();
        let claim = self.card.claim_lost(proof, open, &seed).map_err(|e| Stuck::of(&e))?;
        match self.claim(parties, &claim)? {
            Claimed::Lost(loss) => Ok(loss),
            _ => Err(Stuck::other("claim", "the issuer answered something else")),
        }
    }

    /// This card takes the place of the one whose code this is; `copy` is a recovery copy kept elsewhere.
    pub fn replace(
        &mut self,
        parties: &mut dyn Parties,
        code: &RecoveryCode,
        copy: Option<&[u8]>,
    ) -> Result<Recovered, Stuck> {
        let proof = self.card.state_loss(code, parties.now()).map_err(|e| Stuck::of(&e))?;
        let loss = self.claim_loss(parties, &proof)?;
        let kept = loss.copy.as_ref().map(|copy| copy.as_slice());
        let seed = self.draw();
        let recovered = self
            .card
            .recover(code, copy.or(kept), &proof, &loss, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        self.follow_loss(parties)?;
        let seller = parties.certificate(seal::Role::Seller).unwrap_or_default();
        for (_, content) in &recovered.sold {
            let seed = self.draw();
            let asked = self
                .card
                .ask_sold(loss.card, &seller, *content, &seed)
                .map_err(|e| Stuck::of(&e))?;
            if let Some((id, letter)) = asked {
                let answer = self.send(parties, Counterpart::Shop, "reissue", &letter)?;
                let seed = self.draw();
                self.card
                    .take_sold(loss.card, &id, &answer, parties.now(), &seed)
                    .map_err(|e| Stuck::of(&e))?;
            }
        }
        Ok(recovered)
    }

    /// Hears how the losses stand that this card has taken over, and takes their money. Answers with when more will come.
    pub fn follow_loss(&mut self, parties: &mut dyn Parties) -> Result<Option<Moment>, Stuck> {
        let stated: Vec<Vec<u8>> = self.card.losses().map(|elder| elder.proof.to_vec()).collect();
        let mut from = None;
        for proof in stated {
            let loss = self.claim_loss(parties, &proof)?;
            let seed = self.draw();
            self.card
                .take_loss(&loss, parties.now(), &seed)
                .map_err(|e| Stuck::of(&e))?;
            from = from.max(Some(loss.from));
        }
        Ok(from)
    }

    /// Has licenses that wait made out to this card, as far as issuer and sellers say so.
    pub fn confirm_licenses(&mut self, parties: &mut dyn Parties) -> Result<Vec<(LicenseId, Standing)>, Stuck> {
        let seed = self.draw();
        let Some(claim) = self.card.claim_vouch(&seed).map_err(|e| Stuck::of(&e))? else {
            return Ok(Vec::new());
        };
        let Claimed::Vouched(words, _) = self.claim(parties, &claim)? else {
            return Err(Stuck::other("claim", "the issuer answered something else"));
        };
        let seller = parties.certificate(seal::Role::Seller);
        let mut done = Vec::new();
        for word in words {
            let seed = self.draw();
            let asked = self
                .card
                .ask_confirm(&word, |_| seller.clone(), &seed)
                .map_err(|e| Stuck::of(&e))?;
            let Some((license, _, letter)) = asked else { continue };
            let answer = self.send(parties, Counterpart::Shop, "confirm", &letter)?;
            let seed = self.draw();
            let standing = self
                .card
                .take_confirmed(license, &answer, parties.now(), &seed)
                .map_err(|e| Stuck::of(&e))?;
            done.push((license, standing));
        }
        Ok(done)
    }

    /// Its number, as the issuer knows it.
    pub fn number(&self) -> CardNo {
        self.card.number().unwrap_or_default()
    }
}
