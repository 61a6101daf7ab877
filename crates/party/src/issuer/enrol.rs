//! Enrol: a new card gets its number, its certificate, its limits and its first tags.

use deal::{
    issuer::Seen,
    wire::{Enrol, Enrolled},
};
use minicbor::bytes::ByteVec;
use seal::{Audience, Class, Kind, NotSigned, Seed, cbor};
use store::{Fault, Tx};
use units::{Again, CardNo, Moment, Refusal};

use super::{
    Issuer, Status,
    card::{CARDS, CardRow, HARDWARE, KEYS, NONCES, Nonce, SERIAL},
};
use crate::realm::Subject;

/// Why a card is not made, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolRefused {
    /// The issuer is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not a request signed by the keys in it.
    #[error("the request was not signed by the card's own key: {0}")]
    NotSigned(#[from] NotSigned),
    /// The number of the request was used for another one.
    #[error("this request was made before with another content; begin again with a new one")]
    OtherContent,
    /// The keys belong to a card that is enrolled.
    #[error("a card with these keys is enrolled already")]
    KnownKeys,
    /// A tag that is somebody else's, or too many of them.
    #[error("the request names tags that cannot be certified; make new ones")]
    Tags,
    /// No tick of the clock has come yet.
    #[error("the issuer does not know the time yet; ask again in a moment")]
    NoTime,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for EnrolRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "enrol-not-signed",
            Self::OtherContent => "enrol-other-content",
            Self::KnownKeys => "card-known",
            Self::Tags => "tags-refused",
            Self::NoTime => "issuer-without-time",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NoTime => Again::Later,
            Self::NotSigned(_) | Self::KnownKeys => Again::Never,
            Self::OtherContent | Self::Tags => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(EnrolRefused);

impl Issuer {
    /// Makes a card of the keys in a signed [`Enrol`]; the same request again gives the same card. Answers with the
    /// signed [`Enrolled`].
    pub fn enrol(&self, tx: &mut dyn Tx, request: &[u8], now: Moment, seed: &Seed) -> Result<Vec<u8>, EnrolRefused> {
        crate::epoch::require::<EnrolRefused>(tx)?;
        let parsed = seal::parse::<Enrol>(request, Kind::Enrol, self.desk.realm_id())?;
        let key = parsed.claims().sign;
        let enrol = parsed.verify(&key, Audience::Anyone)?;
        let words = seal::hash(&cbor::to_bytes(&enrol));
        let card = match NONCES.get(tx, &enrol.nonce)? {
            Some(known) if known.words == words => known.card,
            Some(_) => return Err(EnrolRefused::OtherContent),
            None => self.make(tx, &enrol, words, now, seed)?,
        };
        let row = CARDS.get(tx, &card)?.ok_or(EnrolRefused::OtherContent)?;
        let tags: Vec<_> = enrol.tags.iter().map(|t| t.tag).collect();
        let limits = self.config.limits(row.class);
        let subject = Subject::card(card, row.sign, row.seal, row.class);
        let until = row.since.plus(self.config.card_life);
        let enrolled = Enrolled {
            card,
            certificate: ByteVec::from(self.certifier.certify(&subject, row.since, until, row.serial)),
            profile: limits.profile.clone(),
            news: self.news(tx, &tags, now)?.ok_or(EnrolRefused::NoTime)?,
        };
        Ok(seal::sign(
            self.keys.signer(),
            Kind::Enrol,
            self.desk.realm_id(),
            Audience::Anyone,
            &enrolled,
        ))
    }

    fn make(
        &self,
        tx: &mut dyn Tx,
        enrol: &Enrol,
        words: units::Hash,
        now: Moment,
        seed: &Seed,
    ) -> Result<CardNo, EnrolRefused> {
        if KEYS.has(tx, &enrol.sign.0)? {
            return Err(EnrolRefused::KnownKeys);
        }
        // A card may say what it likes; hardware is what its maker vouched for.
        let hardware = enrol.class == Class::Hardware && HARDWARE.has(tx, &enrol.sign.0)?;
        let class = if hardware { Class::Hardware } else { Class::Software };
        if enrol.tags.len() > usize::from(self.config.limits(class).tags) {
            return Err(EnrolRefused::Tags);
        }
        let card = CardNo(seed.id("card"));
        let mut row = CardRow {
            sign: enrol.sign,
            seal: enrol.seal,
            class,
            status: Status::Active,
            account: None,
            seen: Seen::default(),
            reported: None,
            certificates_end: now,
            since: now,
            serial: SERIAL.next(tx)?,
            tags_count: 0,
            tags_day: now,
            resume: None,
            put_back: false,
            stopped_for: None,
            last_report: None,
        };
        if !self.certify_tags(tx, card, &mut row, &enrol.tags, now)? {
            return Err(EnrolRefused::Tags);
        }
        CARDS.put(tx, &card, &row)?;
        KEYS.put(tx, &enrol.sign.0, &card)?;
        let nonce = Nonce {
            card,
            words,
            tags: enrol.tags.iter().map(|t| t.tag).collect(),
        };
        NONCES.put(tx, &enrol.nonce, &nonce)?;
        Ok(card)
    }
}
