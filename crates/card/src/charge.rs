//! Charge: what somebody else shall pay for this card's holder. The card writes the charge down as part of accepting the
//! license, says it again, on any way, until its payer has answered, and opens or bars the license by that answer alone
//! (ST-4, ST-13, ST-22).
//!
//! The charge never leaves with `pay`: before the deal has closed there is nothing here to be said. Who the holder is, is
//! told to the payer alone, by a key that this card makes for it ([`Card::subscriber`]).

use alloc::{string::String, vec::Vec};
use deal::{
    Entry, Hearing, Owed,
    charge::{self, ChargeWord, NotCharged, WhyRefused},
    wire::{self, PaySheet},
};
use minicbor::bytes::ByteVec;
use seal::{Kind as Sealed, NotTrusted, SealTo, Seed, Signer, VerifyKey, role};
use units::{Again, LicenseId, Moment, Money, PartyId, Refusal};

use crate::{Card, Durable, Event, Fault, Journal, Line, Outgoing, image::Change};

/// Something owed, for its holder's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owing {
    /// The license that waits for it.
    pub license: LicenseId,
    /// What it is.
    pub title: String,
    /// How much.
    pub amount: Money,
    /// Who shall pay.
    pub payer: PartyId,
    /// To whom it is due.
    pub seller: PartyId,
    /// Since when.
    pub at: Moment,
    /// Plays left until the answer has come; none: it was refused, and nothing plays.
    pub plays_left: Option<u32>,
    /// Was it refused? Then it is to be cleared with something else.
    pub refused: bool,
}

/// Why a charge is not said. Nothing has changed; it stays in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChargeRefusal {
    /// Nothing is owed for this license, or its charge was answered.
    #[error("no charge waits for an answer for this license")]
    NothingOwed,
    /// Whoever should be asked is not certified to pay.
    #[error("whoever should pay cannot be verified ({0}); the charge waits")]
    Payer(#[from] NotTrusted),
    /// Another payer than the one that was agreed to.
    #[error("this is another payer than the one you agreed to; the charge waits")]
    OtherPayer,
    /// The card could not make the message.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ChargeRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NothingOwed => "nothing-owed",
            Self::Payer(e) => e.code(),
            Self::OtherPayer => "charge-other-payer",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NothingOwed | Self::OtherPayer => Again::Never,
            Self::Payer(e) => e.again(),
            Self::Fault(e) => e.again(),
        }
    }
}

/// Why a payer's answer was not taken, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// Not sealed to anything this card owes for.
    #[error("this answer belongs to nothing that this card owes")]
    NotMine,
    /// Forged, or by somebody else than who was asked.
    #[error(transparent)]
    NotCharged(#[from] NotCharged),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for AnswerRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine => "charged-for-another",
            Self::NotCharged(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(e) => e.again(),
            _ => Again::Never,
        }
    }
}

/// What a payer's answer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeHeard {
    /// Paid: the license is the holder's without reserve.
    Paid(LicenseId),
    /// Refused, for ever, for this reason: to be cleared with something else.
    Refused(LicenseId, Option<WhyRefused>),
    /// Known already.
    Nothing,
    /// It contradicts what the same payer said before; the first word stands.
    Contradicted,
}

impl<J: Journal> Card<J> {
    /// The key by which `payer`, and nobody else, knows this card's holder: told to it once, when the two make their contract.
    pub fn subscriber(&self, payer: PartyId) -> VerifyKey {
        self.subscriber_signer(payer).verify_key()
    }

    fn subscriber_signer(&self, payer: PartyId) -> Signer {
        Signer::new(&self.purpose_of("subscriber", &[&payer.0]))
    }

    /// Everything owed.
    pub fn owing(&self) -> Vec<Owing> {
        let state = &self.image.state;
        let plays = state.profile.credit().plays;
        let title = |owed: &Owed| {
            let held = state.licenses.get(&owed.license)?;
            Some(self.offer_of(held)?.title)
        };
        let one = |owed: &Owed| Owing {
            license: owed.license,
            title: title(owed).unwrap_or_default(),
            amount: owed.amount,
            payer: owed.payer,
            seller: owed.seller,
            at: owed.at,
            plays_left: owed.refused.is_none().then(|| plays.saturating_sub(owed.played)),
            refused: owed.refused.is_some(),
        };
        state.owing().map(one).collect()
    }

    /// Licenses whose charges wait for an answer, with their payers: what any relay may carry.
    pub fn charges(&self) -> Vec<(LicenseId, PartyId)> {
        self.image.state.outbox().map(|o| (o.license, o.payer)).collect()
    }

    /// Says the charge for a license, sealed to its payer (`certificate`: a carrier's or a bank's, as the directory has it).
    /// Nothing is written: the record is there since the license came, and every repeat to one key is the same bytes.
    pub fn say_charge(&self, license: LicenseId, certificate: &[u8]) -> Result<Outgoing, ChargeRefusal> {
        let state = &self.image.state;
        let owed = state.outbox().find(|o| o.license == license);
        let owed = owed.ok_or(ChargeRefusal::NothingOwed)?;
        let held = state.licenses.get(&license).ok_or(ChargeRefusal::NothingOwed)?;
        let to = self.payer(owed.payer, certificate)?;
        let offer = self.offer_of(held).ok_or(Fault::Seal)?.number;
        let pay = seal::parse::<PaySheet>(&owed.paid, Sealed::Pay, self.realm).map_err(|_| Fault::Seal)?;
        let seed = Seed::new(*self.purpose_of("charge/seal", &[&owed.charge, &to.0]).expose());
        let sealed = charge::say_charge(
            &owed.charge(offer),
            self.realm,
            (&self.tag_signer(owed.tag), &pay.claims().certificate),
            &self.subscriber_signer(owed.payer),
            &to,
            &seed,
        )
        .map_err(|_| Fault::Seal)?;
        Ok(Outgoing::after(Durable::nothing_to_write(), sealed))
    }

    /// Whoever may pay charges, and is the one that was agreed to.
    fn payer(&self, payer: PartyId, certificate: &[u8]) -> Result<SealTo, ChargeRefusal> {
        let carrier = self.trust.check_ever::<role::Carrier>(certificate);
        let (subject, seal) = match carrier {
            Ok(carrier) => (carrier.subject(), *carrier.seal()),
            Err(_) => {
                let bank = self.trust.check_ever::<role::Bank>(certificate)?;
                (bank.subject(), *bank.seal())
            }
        };
        if subject == payer.0 {
            Ok(seal)
        } else {
            Err(ChargeRefusal::OtherPayer)
        }
    }

    /// A payer's answer as its seller may see it, and who that is: machines give goods on this word. Nothing is written;
    /// nothing comes of an answer that this card does not wait for, or that does not hold.
    pub fn shows_charged(&self, sealed: &[u8]) -> Option<(PartyId, Vec<u8>)> {
        self.image.state.outbox().find_map(|owed| {
            let opener = self.tag_opener(owed.tag);
            let sheet = wire::open_sealed(&opener, Sealed::Charged, sealed).ok()?;
            charge::read_charged(&sheet, owed.payer, &self.trust).ok()?;
            Some((owed.seller, sheet))
        })
    }

    /// Takes a payer's answer, on whatever way it came: the license opens, or is refused for ever, in one write.
    pub fn hear_charged(&mut self, sealed: &[u8], clock: Moment, seed: &Seed) -> Result<ChargeHeard, AnswerRefusal> {
        let now = self.now(clock);
        let found = self.image.state.owing().find_map(|owed| {
            let opener = self.tag_opener(owed.tag);
            let sheet = wire::open_sealed(&opener, Sealed::Charged, sealed).ok()?;
            Some((owed.clone(), sheet))
        });
        let (owed, sheet) = match found {
            Some(found) => found,
            // To a tag of this card that owes nothing any more: heard before.
            None if self.open_by_tag(Sealed::Charged, sealed).is_some() => return Ok(ChargeHeard::Nothing),
            None => return Err(AnswerRefusal::NotMine),
        };
        let word = charge::read_charged(&sheet, owed.payer, &self.trust)?;
        match self.image.state.charged(&word, &sheet) {
            Hearing::Nothing => Ok(ChargeHeard::Nothing),
            Hearing::Contradicted(deal) => {
                self.keep_contradiction(deal, sheet, now, seed)?;
                Ok(ChargeHeard::Contradicted)
            }
            Hearing::Write(entry) => {
                let line = self.charge_line(&owed, word.word, now);
                self.commit(&Change::Deal(*entry, Some(line), None), &seed.part("charged"))?;
                Ok(match word.word {
                    ChargeWord::Paid => ChargeHeard::Paid(owed.license),
                    ChargeWord::Refused => ChargeHeard::Refused(owed.license, word.why),
                })
            }
        }
    }

    fn charge_line(&self, owed: &Owed, word: ChargeWord, at: Moment) -> Line {
        let held = self.image.state.licenses.get(&owed.license);
        let event = match word {
            ChargeWord::Paid => Event::ChargePaid,
            ChargeWord::Refused => Event::ChargeRefused,
        };
        Line {
            title: held.and_then(|h| self.offer_of(h)).map(|o| o.title).unwrap_or_default(),
            amount: Some(owed.amount),
            with: Some(owed.payer),
            deal: Some(owed.deal),
            ..crate::contact::own_line(at, event)
        }
    }

    /// The payer's signed refusal that a clear shows to the seller.
    pub(crate) fn refusal_of(&self, license: Option<LicenseId>) -> Option<ByteVec> {
        self.image.state.owed(license?)?.refused.clone()
    }

    /// Does an open payment pay for what is owed for this license, or is its charge out? Then it stays here.
    pub(crate) fn is_being_paid(&self, license: LicenseId) -> bool {
        let state = &self.image.state;
        let clearing = |p: &deal::Paid| p.pay.quote.kind == deal::Kind::Clear && p.pay.quote.license == Some(license);
        state.owed(license).is_some_and(|owed| owed.refused.is_none()) || state.paid.iter().any(clearing)
    }

    /// A second word of a payer that contradicts its first is kept for the issuer's eyes.
    fn keep_contradiction(
        &mut self,
        deal: units::DealId,
        sheet: Vec<u8>,
        now: Moment,
        seed: &Seed,
    ) -> Result<(), Fault> {
        let state = &self.image.state;
        let known = |e: &deal::Evidence| matches!(e, deal::Evidence::Contradiction(d, _) if *d == deal);
        if state.evidence.iter().any(known) || state.evidence.len() >= usize::from(state.profile.evidence_max) {
            return Ok(());
        }
        let line = Line {
            deal: Some(deal),
            ..crate::contact::own_line(now, Event::Contradicted)
        };
        let entry = Entry::Contradicted(deal, ByteVec::from(sheet));
        self.commit(&Change::Deal(entry, Some(line), None), &seed.part("contradicted"))?;
        Ok(())
    }
}
