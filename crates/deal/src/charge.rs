//! Charge: a price that somebody else pays first, a carrier say, and bills to the holder (ST-4, ST-13, ST-22, ST-25, ST-27).
//!
//! The tender [`crate::Tender::Charge`] only names the charge and who shall pay it. The charge itself is written when the
//! deal closes and leaves the card then: a payment that was voided can never be billed by whoever saw it. From then on the
//! license is owing ([`crate::Status::Owing`]) and the card's record of it ([`crate::Owed`]) is the outbox: the card says the
//! same charge again, on any way, until it is acknowledged. Its payer decides each charge id once.
//!
//! | from | on | to |
//! |---|---|---|
//! | owing | [`ChargeWord::Paid`] | usable |
//! | owing | [`ChargeWord::Refused`], for ever | refused: to be paid by another tender |
//! | refused | a deal of kind [`crate::Kind::Clear`] | usable |
//!
//! A clear is an ordinary deal whose order id is the charge id: a seller gives each order id once, so it gives once per
//! charge, whoever pays.
//!
//! The id follows from the tag that paid ([`charge_id`]): nobody can take another card's, and a repeat is always the same.
//!
//! A payer (carrier, bank) takes a [`ChargeSheet`] with [`open_charge`], decides with [`decide_charge`] in the transaction
//! that also books it, and answers with [`say_charged`]. The same answer, for ever, to the same charge.

use alloc::vec::Vec;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{
    Audience, Kind as Sealed, NotOpened, NotSigned, NotTrusted, Opener, Seed, Signer, Trust, VerifyKey, cbor, role,
};
use units::{Again, DealId, Hash, Moment, Money, OfferNo, PartyId, RealmId, Refusal, Tag};

use crate::{
    breakage::{Breakage, on},
    enterprise::{EnterpriseNo, enterprise_of},
    wire::{open_sealed, seal_signed},
};

/// An id for ever: one charge, one answer.
pub type ChargeId = [u8; 16];

/// The charge id of the payment made under this tag.
pub fn charge_id(tag: Tag) -> ChargeId {
    let whole = seal::hash(&cbor::to_bytes(&("keyfare/1/charge", tag)));
    let mut id = [0; 16];
    id.copy_from_slice(&whole.0[..16]);
    id
}

/// What a card asks a carrier or bank to pay for its holder. Signed by the tag that paid (kind Charge), sealed to who pays.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Charge {
    /// Its id: the one that `pay` named.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub charge: ChargeId,
    /// The deal that closed with it.
    #[n(1)]
    pub deal: DealId,
    /// Who pays now and bills the holder.
    #[n(2)]
    pub payer: PartyId,
    /// To whom it is due.
    #[n(3)]
    pub seller: PartyId,
    /// What was bought.
    #[n(4)]
    pub offer: OfferNo,
    /// How much.
    #[n(5)]
    pub amount: Money,
    /// When the deal closed.
    #[n(6)]
    pub at: Moment,
}

impl Charge {
    /// The enterprise to be paid, as the offer number names it (ST-17). Whether it is `seller`'s is the trust registry's word.
    pub const fn enterprise(&self) -> Option<EnterpriseNo> {
        enterprise_of(self.offer)
    }
}

/// What becomes of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ChargeWord {
    /// Paid: the license opens.
    #[n(0)]
    Paid,
    /// Refused, for ever: nobody bills this charge any more.
    #[n(1)]
    Refused,
}

/// Why a charge was refused. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum WhyRefused {
    /// The holder is nobody whom this payer bills.
    #[n(0)]
    NoSubscriber,
    /// The payer does not pay for this enterprise (ST-13).
    #[n(1)]
    NotTrusted,
    /// Above what the payer pays at once, or in a month.
    #[n(2)]
    Limit,
    /// The account has too little (ST-22).
    #[n(3)]
    NotCovered,
    /// Not an amount that is paid here: nothing at all, or another currency.
    #[n(4)]
    Amount,
}

impl WhyRefused {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoSubscriber => "charge-no-subscriber",
            Self::NotTrusted => "charge-enterprise-not-trusted",
            Self::Limit => "charge-above-limit",
            Self::NotCovered => "charge-not-covered",
            Self::Amount => "charge-amount",
        }
    }
    /// For people: what happened, and what to do.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoSubscriber => "you have no contract there: pay with electronic money",
            Self::NotTrusted => "your carrier does not pay for this enterprise: pay with electronic money",
            Self::Limit => "it is above what your carrier pays for you: pay with electronic money",
            Self::NotCovered => "your account has too little: pay with electronic money",
            Self::Amount => "this amount is not paid there: pay with electronic money",
        }
    }
}

/// The answer to a charge. Signed by the payer named in it (kind Charged), for anyone: the seller may see it too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Charged {
    /// Which.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub charge: ChargeId,
    /// The deal.
    #[n(1)]
    pub deal: DealId,
    /// The decision.
    #[n(2)]
    pub word: ChargeWord,
    /// How much was paid, or would have been.
    #[n(3)]
    pub amount: Money,
    /// When it was decided.
    #[n(4)]
    pub at: Moment,
    /// Why it was refused.
    #[n(5)]
    pub why: Option<WhyRefused>,
}

/// A charge as it travels, sealed to its payer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChargeSheet {
    /// The signed [`Charge`].
    #[n(0)]
    pub charge: ByteVec,
    /// The transfer certificate of the tag that signed it.
    #[n(1)]
    pub certificate: ByteVec,
    /// The key by which this payer, and nobody else, knows the holder: told to it when they made their contract.
    #[n(2)]
    pub subscriber: VerifyKey,
    /// That key's signature over the signed charge: the holder's card, and not only somebody who knows the key's name.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub proof: [u8; 64],
}

fn subscriber_words(realm: RealmId, payer: PartyId, signed: &[u8]) -> Vec<u8> {
    cbor::to_bytes(&("keyfare/1/subscriber", realm, payer, seal::hash(signed)))
}

/// Puts a charge into words for its payer. The same bytes for the same record, however often it is said.
pub fn say_charge(
    charge: &Charge,
    realm: RealmId,
    (tag, certificate): (&Signer, &[u8]),
    subscriber: &Signer,
    to: &seal::SealTo,
    seed: &Seed,
) -> Result<Vec<u8>, NotOpened> {
    let signed = seal::sign(tag, Sealed::Charge, realm, Audience::One(charge.payer.0), charge);
    let sheet = ChargeSheet {
        proof: subscriber.sign_raw(&subscriber_words(realm, charge.payer, &signed)),
        charge: ByteVec::from(signed),
        certificate: ByteVec::from(certificate.to_vec()),
        subscriber: subscriber.verify_key(),
    };
    seal_signed(to, Sealed::Charge, &cbor::to_bytes(&sheet), seed)
}

/// A charge that was read: genuine, for this payer, by the card that owes it. What it rests on is checked; whether it is
/// paid is the payer's to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCharge {
    /// What it says.
    pub charge: Charge,
    /// Hash of the signed form: another content under one id is another hash.
    pub content: Hash,
    /// Who owes, as this payer knows him.
    pub subscriber: VerifyKey,
    /// To whom the answer is sealed: the tag.
    pub to: seal::SealTo,
}

/// Why a charge was not read, in order of precedence. Nothing is remembered, and nothing signed is said of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeNotRead {
    /// Sealed to somebody else.
    #[error("this charge is not for this payer")]
    NotMine(#[from] NotOpened),
    /// Not a charge, or forged.
    #[error("this is not a genuine charge ({0})")]
    NotSigned(#[from] NotSigned),
    /// Not by a card of this realm.
    #[error("the card that signed this charge cannot be verified ({0})")]
    NotTrusted(#[from] NotTrusted),
    /// Its id is not the one of the tag that signed it.
    #[error("this charge bears the id of another payment")]
    OtherId,
    /// The holder's own key did not sign it.
    #[error("this charge is not the subscriber's")]
    NotTheSubscriber,
}

impl Refusal for ChargeNotRead {
    fn code(&self) -> &'static str {
        match self {
            Self::NotMine(_) => "charge-for-another",
            Self::NotSigned(_) => "charge-forged",
            Self::NotTrusted(no) => no.code(),
            Self::OtherId => "charge-other-id",
            Self::NotTheSubscriber => "charge-not-the-subscribers",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotTrusted(no) => no.again(),
            _ => Again::Never,
        }
    }
}

/// Reads a charge that came to `me`, on whatever way. The card's certificate is honoured however old: what was accepted
/// once is still owed.
pub fn open_charge(sealed: &[u8], me: PartyId, opener: &Opener, trust: &Trust) -> Result<OpenCharge, ChargeNotRead> {
    let realm = trust.id();
    let plain = open_sealed(opener, Sealed::Charge, sealed)?;
    let sheet: ChargeSheet = cbor::from_bytes(&plain).map_err(NotSigned::Malformed)?;
    let card = trust.check_ever::<role::Transfer>(&sheet.certificate)?;
    let charge: Charge = seal::parse(&sheet.charge, Sealed::Charge, realm)?.verify(card.sign(), Audience::One(me.0))?;
    if charge.charge != charge_id(Tag(card.subject())) || charge.payer != me {
        return Err(ChargeNotRead::OtherId);
    }
    let words = subscriber_words(realm, me, &sheet.charge);
    if !sheet.subscriber.verifies(&words, &sheet.proof) {
        return Err(ChargeNotRead::NotTheSubscriber);
    }
    Ok(OpenCharge {
        charge,
        content: seal::hash(&sheet.charge),
        subscriber: sheet.subscriber,
        to: *card.seal(),
    })
}

/// What a payer's books say of a charge id, read in the transaction that will decide.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct ChargeKnown {
    /// The content that was decided.
    #[n(0)]
    pub content: Hash,
    /// What was said about it.
    #[n(1)]
    pub said: Charged,
}

/// What a payer does about a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeStep {
    /// Decided before: say the same again, book nothing.
    Repeat(Charged),
    /// Another content under a known id: no honest card says two; nothing is said.
    OtherContent,
    /// Decided now: write it, with the billing if it is paid, in one transaction; then say it.
    Decide(ChargeKnown),
}

/// A payer decides one charge: once, for ever. `will`: whether it pays, by its own rules, asked only when it is new.
pub fn decide_charge(
    open: (&Charge, Hash),
    known: Option<&ChargeKnown>,
    will: Result<(), WhyRefused>,
    now: Moment,
) -> ChargeStep {
    let (charge, content) = open;
    let forgets = |k: &&ChargeKnown| k.said.word == ChargeWord::Refused && on(Breakage::PayerForgetsRefusal);
    let again = |k: &&ChargeKnown| k.said.word == ChargeWord::Paid && on(Breakage::PayerBillsAgain);
    if let Some(known) = known.filter(|k| !forgets(k) && !again(k)) {
        return if known.content == content {
            ChargeStep::Repeat(known.said.clone())
        } else {
            ChargeStep::OtherContent
        };
    }
    let why = will.err();
    let said = Charged {
        charge: charge.charge,
        deal: charge.deal,
        word: if why.is_some() {
            ChargeWord::Refused
        } else {
            ChargeWord::Paid
        },
        amount: charge.amount,
        at: now,
        why,
    };
    ChargeStep::Decide(ChargeKnown { content, said })
}

/// A payer's answer as it travels: sealed to the tag that owes; opened, anybody may see it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChargedSheet {
    /// The signed [`Charged`].
    #[n(0)]
    pub charged: ByteVec,
    /// The payer's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// The signed answer with its certificate: what a seller or auditor is shown.
pub fn sign_charged(said: &Charged, realm: RealmId, key: &Signer, certificate: &[u8]) -> Vec<u8> {
    cbor::to_bytes(&ChargedSheet {
        charged: ByteVec::from(seal::sign(key, Sealed::Charged, realm, Audience::Anyone, said)),
        certificate: ByteVec::from(certificate.to_vec()),
    })
}

/// Puts a decision into words for the card that owes. The same bytes for the same record and seed.
pub fn say_charged(
    said: &Charged,
    realm: RealmId,
    key: &Signer,
    certificate: &[u8],
    to: &seal::SealTo,
    seed: &Seed,
) -> Result<Vec<u8>, NotOpened> {
    seal_signed(to, Sealed::Charged, &sign_charged(said, realm, key, certificate), seed)
}

/// Why an answer to a charge does not count, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCharged {
    /// Not an answer, or forged.
    #[error("this is no genuine answer to a charge ({0})")]
    NotSigned(#[from] NotSigned),
    /// By nobody who may pay charges.
    #[error("whoever signed this answer may not pay charges ({0})")]
    NotTrusted(#[from] NotTrusted),
    /// By another payer than the one that was asked.
    #[error("this answer is not by who was asked to pay")]
    OtherPayer,
}

impl Refusal for NotCharged {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned(_) => "charged-forged",
            Self::NotTrusted(no) => no.code(),
            Self::OtherPayer => "charged-other-payer",
        }
    }
    fn again(&self) -> Again {
        Again::Never
    }
}

/// Reads an answer by `payer`: a carrier or a bank, certified once.
pub fn read_charged(sheet: &[u8], payer: PartyId, trust: &Trust) -> Result<Charged, NotCharged> {
    let sheet: ChargedSheet = cbor::from_bytes(sheet).map_err(NotSigned::Malformed)?;
    let carrier = trust.check_ever::<role::Carrier>(&sheet.certificate);
    let (subject, sign) = match carrier {
        Ok(carrier) => (carrier.subject(), *carrier.sign()),
        Err(_) => {
            let bank = trust.check_ever::<role::Bank>(&sheet.certificate)?;
            (bank.subject(), *bank.sign())
        }
    };
    if subject != payer.0 {
        return Err(NotCharged::OtherPayer);
    }
    Ok(seal::parse(&sheet.charged, Sealed::Charged, trust.id())?.verify(&sign, Audience::Anyone)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Currency;

    fn charge(amount: i64) -> (Charge, Hash) {
        let charge = Charge {
            charge: charge_id(Tag([1; 16])),
            deal: DealId([2; 32]),
            payer: PartyId([3; 16]),
            seller: PartyId([4; 16]),
            offer: OfferNo(2_000_000_001),
            amount: Money::new(amount, Currency::JPY).unwrap(),
            at: Moment(7),
        };
        let content = seal::hash(&cbor::to_bytes(&charge));
        (charge, content)
    }

    /// proves: ST-4 ST-13 S14
    #[test]
    fn a_payer_decides_each_charge_once_whatever_it_would_say_later() {
        let (asked, content) = charge(1000);
        let decide =
            |known: Option<&ChargeKnown>, content, will| decide_charge((&asked, content), known, will, Moment(9));
        for (will, other) in [(Ok(()), Err(WhyRefused::Limit)), (Err(WhyRefused::NotTrusted), Ok(()))] {
            let ChargeStep::Decide(known) = decide(None, content, will) else {
                panic!("a new charge is decided");
            };
            assert_eq!(known.said.word == ChargeWord::Paid, will.is_ok());
            assert_eq!(known.said.why, will.err());
            assert_eq!(
                decide(Some(&known), content, other),
                ChargeStep::Repeat(known.said.clone())
            );
            let (_, another) = charge(1);
            assert_eq!(decide(Some(&known), another, other), ChargeStep::OtherContent);
        }
    }

    #[test]
    fn every_tag_has_a_charge_id_of_its_own() {
        assert_ne!(charge_id(Tag([1; 16])), charge_id(Tag([2; 16])));
        assert_eq!(charge(1).0.enterprise(), Some(EnterpriseNo(2000)));
    }
}
