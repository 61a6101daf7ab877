//! Birth: a card asks an issuer to take it, and becomes a card of the realm.

use alloc::{vec, vec::Vec};
use deal::{
    Entry,
    wire::{Enrol, Enrolled, News, Tick},
};
use license::Receiver;
use minicbor::bytes::ByteVec;
use seal::{Audience, Class, Kind, NotSigned, NotTrusted, Seed, Trust, role};
use units::{Again, Moment, Refusal, Span, Tag};

use crate::{
    Card, Fault, Journal, Outgoing,
    image::{Change, NewsKept},
    journal::Durable,
};

/// How many transfer certificates a card asks for at once, by class.
pub(crate) const fn tags_wanted(class: Class) -> u64 {
    match class {
        Class::Software => 50,
        Class::Hardware => 200,
    }
}

/// The furthest a clock alone may move a card's time forward; beyond that the issuer must say the same.
pub(crate) const JUMP_MAX: Span = Span::days(90);

/// A card that was taken by its issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Born {
    /// Transfer certificates it has now.
    pub tags: usize,
}

/// Why an answer of the issuer is not taken. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BirthRefusal {
    /// The issuer is not certified in this realm.
    #[error("the money issuer is not certified in this card's realm ({0})")]
    Issuer(NotTrusted),
    /// Not signed by it.
    #[error("this answer is not the issuer's ({0})")]
    Forged(NotSigned),
    /// Not for this card.
    #[error("this answer is for another card")]
    OtherCard,
    /// The time in it is not signed by a clock of the realm.
    #[error("the time in the issuer's answer is not signed by a clock of this realm")]
    Time,
    /// The card could not write.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for BirthRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Issuer(e) => e.code(),
            Self::Forged(_) => "issuer-answer-forged",
            Self::OtherCard => "issuer-answer-for-another-card",
            Self::Time => "time-not-trusted",
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

impl<J: Journal> Card<J> {
    /// The keys of the next `count` tags, to be certified. Their names are used up durably before anybody hears them.
    pub(crate) fn new_tags(&mut self, count: u64, seed: &Seed) -> Result<(Vec<Receiver>, Durable), Fault> {
        let first = self.image.tags_made;
        let durable = self.commit(&Change::TagsMade(first.saturating_add(count)), &seed.part("tags-made"))?;
        Ok((self.receivers(&self.tag_names(first, count)), durable))
    }

    fn receivers(&self, tags: &[Tag]) -> Vec<Receiver> {
        tags.iter()
            .map(|tag| Receiver {
                tag: *tag,
                sign: self.tag_signer(*tag).verify_key(),
                seal: self.tag_opener(*tag).seal_to(),
            })
            .collect()
    }

    /// The request a new card sends to its issuer. Repeated, it is the same card.
    pub fn enrol(&mut self, class: Class, seed: &Seed) -> Result<Outgoing, Fault> {
        let count = tags_wanted(class);
        let (tags, durable) = if self.image.tags_made == 0 {
            self.new_tags(count, seed)?
        } else {
            (self.receivers(&self.tag_names(0, count)), Durable::nothing_to_write())
        };
        let signer = self.own_signer();
        // The same for every try of this card, so that a lost answer makes no second card.
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&seal::hash_parts(&[b"enrol", &signer.verify_key().0]).0[..16]);
        let enrol = Enrol {
            sign: signer.verify_key(),
            seal: self.own_opener().seal_to(),
            class,
            nonce,
            tags,
        };
        Ok(Outgoing::after(
            durable,
            seal::sign(&signer, Kind::Enrol, self.realm, Audience::Anyone, &enrol),
        ))
    }

    /// Takes the issuer's answer to [`Card::enrol`].
    pub fn enrolled(&mut self, answer: &[u8], clock: Moment, seed: &Seed) -> Result<Born, BirthRefusal> {
        let signed = seal::parse::<Enrolled>(answer, Kind::Enrol, self.realm).map_err(BirthRefusal::Forged)?;
        let now = self.now(clock);
        let issuer = self
            .trust
            .check::<role::Issuer>(&signed.claims().news.issuer, now)
            .map_err(BirthRefusal::Issuer)?;
        let answer = signed
            .verify(issuer.sign(), Audience::Anyone)
            .map_err(BirthRefusal::Forged)?;
        let (mut changes, trust) = self.news(&answer.news, true)?;
        let own = trust
            .check::<role::Card>(&answer.certificate, now)
            .map_err(BirthRefusal::Issuer)?;
        if own.subject() != answer.card.0 || *own.sign() != self.own_signer().verify_key() {
            return Err(BirthRefusal::OtherCard);
        }
        changes.insert(
            0,
            Change::Enrolled(answer.card, answer.certificate.clone(), answer.profile.clone()),
        );
        let _durable = self.commit(&Change::All(changes), seed)?;
        self.trust_again();
        Ok(Born {
            tags: self.image.state.tags.len(),
        })
    }

    /// What news changes, checked. `issuer_says_so`: the issuer signed it too, so a far jump of time is believed.
    pub(crate) fn news(&self, news: &News, issuer_says_so: bool) -> Result<(Vec<Change>, Trust), BirthRefusal> {
        let mut trust = Trust::new(self.image.realm.clone());
        let certifiers: Vec<ByteVec> = news
            .certifiers
            .iter()
            .filter(|c| trust.learn(c).is_ok())
            .cloned()
            .collect();
        let at = self.tick(&news.tick, issuer_says_so)?;
        let kept = NewsKept {
            issuer: news.issuer.clone(),
            certifiers,
            revoked: news.revoked.clone(),
            revoked_no: news.revoked_no,
            at: at.unwrap_or(self.image.state.clock),
        };
        let mut changes = vec![Change::News(kept)];
        if let Some(at) = at {
            changes.push(Change::Deal(Entry::Tick(at), None, None));
        }
        let tags: Vec<(Tag, Moment, ByteVec)> = news
            .tags
            .iter()
            .filter_map(|(tag, _, bytes)| self.my_tag(&trust, *tag, bytes))
            .collect();
        if !tags.is_empty() {
            changes.push(Change::Deal(Entry::Tags(tags), None, None));
        }
        Ok((changes, trust))
    }

    /// A transfer certificate is taken if it is for one of this card's own tags and keys.
    fn my_tag(&self, trust: &Trust, tag: Tag, bytes: &ByteVec) -> Option<(Tag, Moment, ByteVec)> {
        let checked = trust.check_ever::<role::Transfer>(bytes).ok()?;
        let mine = checked.subject() == tag.0
            && *checked.sign() == self.tag_signer(tag).verify_key()
            && *checked.seal() == self.tag_opener(tag).seal_to();
        mine.then(|| (tag, checked.claims().until, bytes.clone()))
    }

    /// The trusted time in a tick, if it is ahead of the card's. A jump beyond [`JUMP_MAX`] needs the issuer's word.
    pub(crate) fn tick(&self, bytes: &[u8], issuer_says_so: bool) -> Result<Option<Moment>, BirthRefusal> {
        let tick: Tick = seal::cbor::from_bytes(bytes).map_err(|_| BirthRefusal::Time)?;
        let clock = self
            .trust
            .check_ever::<role::Time>(&tick.certificate)
            .map_err(|_| BirthRefusal::Time)?;
        let at: Moment = deal::wire::open_signed(&tick.signed, Kind::Tick, self.realm, clock.sign(), Audience::Anyone)
            .map_err(|_| BirthRefusal::Time)?;
        if at < clock.claims().from || at > clock.claims().until {
            return Err(BirthRefusal::Time);
        }
        let before = self.image.state.clock;
        if at <= before {
            return Ok(None);
        }
        let bounded = before == Moment(0) || at.since(before) <= JUMP_MAX;
        if bounded || issuer_says_so {
            Ok(Some(at))
        } else {
            Err(BirthRefusal::Time)
        }
    }
}
