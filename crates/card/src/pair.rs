//! Pair: a wallet's card and a player come to know one another, and greet one another before anything is lent (ST-12, ST-23).
//!
//! ```text
//! player                              wallet's card
//!   pairing  ------------------------->  owner's PIN; [paired]
//!            <-------------------------  pairing, sealed to the player
//!   owner's PIN; [paired]
//!
//!            <-------------------------  hello: I am here
//!   its list
//!   hello: welcome, or not ----------->  its list
//!            <-------------------------  hello: welcome, or not
//! ```
//!
//! Each side makes a key of its own for the pair, derived from its secret, so a pair's keys end with the device and not
//! before: a player needs no network for them. Who may lend to whom is a list on both sides, edited by their owners.

use alloc::vec::Vec;
use deal::{
    Entry,
    lend::Pair,
    pair::{AreYouThere, Greeter, Hello, NAME_MAX, Pairing, There, Welcome, pair_of},
    wire::{open_sealed, seal_signed},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind as Sealed, NotSigned, NotTrusted, Opener, Seed, Signer, Trust, cbor, role};
use units::{Again, LicenseId, Moment, Refusal, Span, Tag};

use crate::{Card, Fault, Journal, Outgoing, PinRefusal, image::Change, journal::Durable, player::device_of};

/// The most devices in one card's list.
const PAIRS_MAX: usize = 64;
/// The most certifiers taken with a pairing.
const CERTIFIERS_MAX: usize = 16;
/// How long a wallet's word that it is there is good at most.
const THERE_MAX: Span = Span::minutes(10);

/// Why two devices are not paired, or not let in. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairRefusal {
    /// Not one of the two that can be paired here.
    #[error("a wallet pairs with a player, and a player with a wallet; this is neither")]
    OtherSide,
    /// Not sealed to this device, or an answer to something else.
    #[error("this answers another device; begin again")]
    NotMine,
    /// Not genuine.
    #[error("this was not said by the other device ({0})")]
    Forged(NotSigned),
    /// The other device is not certified.
    #[error("the other device is not certified in this realm ({0})")]
    NotTrusted(NotTrusted),
    /// Too many.
    #[error("this card knows {PAIRS_MAX} devices and no more fit")]
    Full,
    /// Not paired.
    #[error("these two devices are not paired; pair them first")]
    NotPaired,
    /// This side's list.
    #[error("the other device is not on this one's list; its owner can add it")]
    NotListedHere,
    /// The other side's list.
    #[error("this device is not on the other one's list; the other one's owner can add it")]
    NotListedThere,
    /// The owner was not there.
    #[error(transparent)]
    Pin(#[from] PinRefusal),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PairRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherSide => "pair-other-side",
            Self::NotMine => "pair-not-mine",
            Self::Forged(_) => "pair-forged",
            Self::NotTrusted(e) => e.code(),
            Self::Full => "pair-list-full",
            Self::NotPaired => "not-paired",
            Self::NotListedHere => "device-not-listed",
            Self::NotListedThere => "device-not-listed-there",
            Self::Pin(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::OtherSide | Self::Forged(_) => Again::Never,
            Self::NotTrusted(e) => e.again(),
            Self::Pin(e) => e.again(),
            Self::Fault(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// Both sides have welcomed one another. Made by greeting only, and needed for every loan.
///
/// ```compile_fail,E0451
/// let forged = card::Greeted { pair: units::Tag([0; 16]) };
/// ```
#[derive(Debug)]
pub struct Greeted {
    pub(crate) pair: Tag,
}

impl Greeted {
    /// In which pair.
    pub const fn pair(&self) -> Tag {
        self.pair
    }
}

/// A greeting that is under way. What is in it is no secret: a wallet or a player may keep it as long as its letters travel.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Greeting {
    #[n(0)]
    pair: Tag,
    #[cbor(n(1), with = "minicbor::bytes")]
    wallet: [u8; 16],
    #[cbor(n(2), with = "minicbor::bytes")]
    player: [u8; 16],
}

impl Greeting {
    /// In which pair.
    pub const fn pair(&self) -> Tag {
        self.pair
    }
}

/// What a greeting has come to: words for the other side, and whether both agree as far as this side knows.
#[derive(Debug)]
pub struct Welcomed {
    /// For the other side, signed, whatever it says.
    pub say: Outgoing,
    /// Both agree; none: this side does not let the other in.
    pub greeted: Option<Greeted>,
}

impl<J: Journal> Card<J> {
    pub(crate) fn pair_signer(&self, key: &[u8; 16]) -> Signer {
        Signer::new(&self.purpose_of("pair/sign", &[key]))
    }
    pub(crate) fn pair_opener(&self, key: &[u8; 16]) -> Opener {
        Opener::new(&self.purpose_of("pair/seal", &[key]))
    }

    /// The key of this card that a license is wrapped for: a pair's for a loan, else a tag's.
    pub(crate) fn reader_of(&self, name: Tag) -> Opener {
        match self.image.state.pair(name) {
            Some(pair) => self.pair_opener(&pair.key),
            None => self.tag_opener(name),
        }
    }

    /// Opens what was sealed to this card in one of its pairs.
    pub(crate) fn open_by_pair(&self, kind: Sealed, sealed: &[u8]) -> Option<(Tag, Pair, Vec<u8>)> {
        let list = self.image.state.pairs.as_ref()?.list.iter();
        list.into_iter().find_map(|(name, pair)| {
            let bytes = open_sealed(&self.pair_opener(&pair.key), kind, sealed).ok()?;
            Some((*name, pair.clone(), bytes))
        })
    }

    /// Everybody paired with this card, with the pair's name.
    pub fn pairs(&self) -> impl Iterator<Item = (&Tag, &Pair)> {
        self.image.state.pairs.iter().flat_map(|pairs| &pairs.list)
    }

    fn pairing(&self, from: Greeter, key: [u8; 16], name: &str, answered: Option<(&[u8], [u8; 16])>) -> Vec<u8> {
        let body = Pairing {
            from,
            sign: self.pair_signer(&key).verify_key(),
            seal: self.pair_opener(&key).seal_to(),
            key,
            answers: answered.map(|(sheet, _)| seal::hash(sheet)),
            to: answered.map(|(_, key)| Tag(key)),
            name: name.chars().take(NAME_MAX).collect(),
            certificate: self.image.certificate.clone(),
            certifiers: match from {
                Greeter::Wallet => self.image.certifiers.clone(),
                Greeter::Player => Vec::new(),
            },
        };
        let signer = self.own_signer();
        seal::sign(&signer, Sealed::Pairing, self.realm, Audience::Anyone, &body)
    }

    /// A player shows itself to be paired. Nothing of it is kept: the answer brings it back.
    pub fn offer_pairing(&self, name: &str, seed: &Seed) -> Result<Outgoing, PairRefusal> {
        if !self.is_player() {
            return Err(PairRefusal::OtherSide);
        }
        let sheet = self.pairing(Greeter::Player, seed.id("pair"), name, None);
        Ok(Outgoing::after(Durable::nothing_to_write(), sheet))
    }

    /// A wallet's card takes a player on, with its holder's PIN: the pair's name, and the answer for the player.
    pub fn pair_player(
        &mut self,
        sheet: &[u8],
        name: &str,
        pin: &str,
        clock: Moment,
        seed: &Seed,
    ) -> Result<(Tag, Outgoing), PairRefusal> {
        if self.image.card.is_none() {
            return Err(PairRefusal::OtherSide);
        }
        let parsed = seal::parse::<Pairing>(sheet, Sealed::Pairing, self.realm).map_err(PairRefusal::Forged)?;
        let player = self
            .trust
            .check::<role::Player>(&parsed.claims().certificate, self.now(clock))
            .map_err(PairRefusal::NotTrusted)?;
        let theirs = parsed
            .verify(player.sign(), Audience::Anyone)
            .map_err(PairRefusal::Forged)?;
        if theirs.from != Greeter::Player {
            return Err(PairRefusal::OtherSide);
        }
        self.check_pin(pin, seed)?;
        // The same for the same sheet, so that a lost answer makes no second pair.
        let key = wallet_key(&theirs.sign, &theirs.seal);
        let (sign, opener) = (self.pair_signer(&key).verify_key(), self.pair_opener(&key).seal_to());
        let pair = pair_of((&sign, &opener), (&theirs.sign, &theirs.seal));
        let answer = self.pairing(Greeter::Wallet, key, name, Some((sheet, theirs.key)));
        let sealed = seal_signed(player.seal(), Sealed::Pairing, &answer, &seed.part("pairing"));
        let sealed = sealed.map_err(|_| Fault::Seal)?;
        let kept = Pair {
            mine: Greeter::Wallet,
            listed: true,
            device: device_of(player.sign()),
            sign: theirs.sign,
            seal: theirs.seal,
            certificate: theirs.certificate,
            key,
            name: theirs.name,
            since: self.now(clock),
        };
        let durable = self.keep_pair(pair, kept, Vec::new(), &seed.part("paired"))?;
        Ok((pair, Outgoing::after(durable, sealed)))
    }

    /// A player takes the wallet's answer, with its owner's PIN.
    pub fn pair_wallet(&mut self, sealed: &[u8], pin: &str, clock: Moment, seed: &Seed) -> Result<Tag, PairRefusal> {
        if !self.is_player() {
            return Err(PairRefusal::OtherSide);
        }
        let sheet = open_sealed(&self.own_opener(), Sealed::Pairing, sealed).map_err(|_| PairRefusal::NotMine)?;
        let parsed = seal::parse::<Pairing>(&sheet, Sealed::Pairing, self.realm).map_err(PairRefusal::Forged)?;
        // A player that was never online learns from the wallet who certifies cards and publishers: each must lead to the
        // roots it was made with.
        let mut trust = Trust::new(self.image.realm.clone());
        let shown = &parsed.claims().certifiers;
        let both = self.image.certifiers.iter().chain(shown.iter().take(CERTIFIERS_MAX));
        let certifiers: Vec<ByteVec> = both.filter(|one| trust.learn(one).is_ok()).cloned().collect();
        let wallet = trust
            .check_ever::<role::Card>(&parsed.claims().certificate)
            .map_err(PairRefusal::NotTrusted)?;
        let theirs = parsed
            .verify(wallet.sign(), Audience::Anyone)
            .map_err(PairRefusal::Forged)?;
        if theirs.from != Greeter::Wallet {
            return Err(PairRefusal::OtherSide);
        }
        let key = theirs.to.ok_or(PairRefusal::NotMine)?.0;
        let (sign, opener) = (self.pair_signer(&key).verify_key(), self.pair_opener(&key).seal_to());
        if theirs.key != wallet_key(&sign, &opener) {
            return Err(PairRefusal::NotMine);
        }
        self.check_pin(pin, seed)?;
        let pair = pair_of((&theirs.sign, &theirs.seal), (&sign, &opener));
        let kept = Pair {
            mine: Greeter::Player,
            listed: true,
            device: device_of(wallet.sign()),
            sign: theirs.sign,
            seal: theirs.seal,
            certificate: theirs.certificate,
            key,
            name: theirs.name,
            since: self.now(clock),
        };
        self.keep_pair(pair, kept, certifiers, &seed.part("paired"))?;
        self.trust_again();
        Ok(pair)
    }

    fn keep_pair(
        &mut self,
        name: Tag,
        pair: Pair,
        certifiers: Vec<ByteVec>,
        seed: &Seed,
    ) -> Result<Durable, PairRefusal> {
        let known = self.image.state.pair(name).is_some();
        if !known && self.pairs().count() >= PAIRS_MAX {
            return Err(PairRefusal::Full);
        }
        let mut changes = Vec::new();
        if !certifiers.is_empty() {
            changes.push(Change::Certifiers(certifiers));
        }
        changes.push(Change::Deal(Entry::Paired(name, pair), None, None));
        Ok(self.commit(&Change::All(changes), seed)?)
    }

    /// The owner lets a paired device in, or no longer. What is open or on loan between the two stays as it is.
    pub fn list_device(&mut self, pair: Tag, listed: bool, pin: &str, seed: &Seed) -> Result<(), PairRefusal> {
        if self.image.state.pair(pair).is_none() {
            return Err(PairRefusal::NotPaired);
        }
        self.check_pin(pin, seed)?;
        let change = Change::Deal(Entry::Listed(pair, listed), None, None);
        self.commit(&change, &seed.part("listed"))?;
        Ok(())
    }

    fn hello(&self, greeting: &Greeting, pair: &Pair, word: Welcome) -> Outgoing {
        let hello = Hello {
            pair: greeting.pair.0,
            from: pair.mine,
            wallet: greeting.wallet,
            player: greeting.player,
            word,
        };
        let signer = self.pair_signer(&pair.key);
        let audience = Audience::One(greeting.pair.0);
        let bytes = seal::sign(&signer, Sealed::Hello, self.realm, audience, &hello);
        Outgoing::after(Durable::nothing_to_write(), bytes)
    }

    /// The wallet names itself first.
    pub fn greet(&self, pair: Tag, seed: &Seed) -> Result<(Greeting, Outgoing), PairRefusal> {
        let known = self.image.state.pair(pair).ok_or(PairRefusal::NotPaired)?;
        if known.mine != Greeter::Wallet {
            return Err(PairRefusal::OtherSide);
        }
        let greeting = Greeting {
            pair,
            wallet: seed.id("hello"),
            player: [0; 16],
        };
        let say = self.hello(&greeting, known, Welcome::Listed);
        Ok((greeting, say))
    }

    /// The player checks its list and names itself. What it says is signed, be it welcome or not.
    pub fn greeted_by(&self, hello: &[u8], seed: &Seed) -> Result<(Greeting, bool, Outgoing), PairRefusal> {
        let (pair, hello) = self.hear_hello(hello, Greeter::Player)?;
        let greeting = Greeting {
            pair: Tag(hello.pair),
            wallet: hello.wallet,
            player: seed.id("hello"),
        };
        let word = if pair.listed {
            Welcome::Listed
        } else {
            Welcome::NotListed
        };
        let say = self.hello(&greeting, &pair, word);
        Ok((greeting, pair.listed, say))
    }

    /// The wallet hears the player, checks its own list and says so.
    pub fn greeting_answered(&self, greeting: Greeting, hello: &[u8]) -> Result<Welcomed, PairRefusal> {
        let (pair, hello) = self.hear_hello(hello, Greeter::Wallet)?;
        if (hello.pair, hello.wallet) != (greeting.pair.0, greeting.wallet) {
            return Err(PairRefusal::NotMine);
        }
        if hello.word == Welcome::NotListed {
            return Err(PairRefusal::NotListedThere);
        }
        let greeting = Greeting {
            player: hello.player,
            ..greeting
        };
        let word = if pair.listed {
            Welcome::Listed
        } else {
            Welcome::NotListed
        };
        let say = self.hello(&greeting, &pair, word);
        let greeted = pair.listed.then_some(Greeted { pair: greeting.pair });
        Ok(Welcomed { say, greeted })
    }

    /// The player hears that the wallet lets it in.
    pub fn greeting_heard(&self, greeting: &Greeting, hello: &[u8]) -> Result<Greeted, PairRefusal> {
        let (pair, hello) = self.hear_hello(hello, Greeter::Player)?;
        let same = (hello.pair, hello.wallet, hello.player) == (greeting.pair.0, greeting.wallet, greeting.player);
        if !same {
            return Err(PairRefusal::NotMine);
        }
        if hello.word == Welcome::NotListed {
            return Err(PairRefusal::NotListedThere);
        }
        if !pair.listed {
            return Err(PairRefusal::NotListedHere);
        }
        Ok(Greeted { pair: greeting.pair })
    }

    /// A greeting of the other side of one of this card's pairs.
    fn hear_hello(&self, bytes: &[u8], mine: Greeter) -> Result<(Pair, Hello), PairRefusal> {
        let parsed = seal::parse::<Hello>(bytes, Sealed::Hello, self.realm).map_err(PairRefusal::Forged)?;
        let name = Tag(parsed.claims().pair);
        let pair = self.image.state.pair(name).ok_or(PairRefusal::NotPaired)?;
        let hello = parsed
            .verify(&pair.sign, Audience::One(name.0))
            .map_err(PairRefusal::Forged)?;
        if pair.mine != mine || hello.from == mine {
            return Err(PairRefusal::OtherSide);
        }
        Ok((pair.clone(), hello))
    }

    /// The player asks whether the wallet is there that a loan came from (ST-23).
    pub fn ask_there(&mut self, loan: LicenseId, seed: &Seed) -> Result<Vec<u8>, PairRefusal> {
        let borrowed = self.image.state.borrowed(loan).ok_or(PairRefusal::NotPaired)?;
        let asked = AreYouThere {
            pair: borrowed.pair.0,
            license: loan,
            nonce: seed.id("there"),
        };
        self.known.asked_there(asked.clone());
        Ok(cbor::to_bytes(&asked))
    }

    /// The wallet says that it is there, for a loan of its own to a player on its list.
    pub fn say_there(&self, asked: &[u8], clock: Moment) -> Result<Outgoing, PairRefusal> {
        let asked: AreYouThere = cbor::from_bytes(asked).map_err(|_| PairRefusal::NotMine)?;
        let state = &self.image.state;
        let name = Tag(asked.pair);
        let pair = state.pair(name).ok_or(PairRefusal::NotPaired)?;
        if !pair.listed || state.stopped.is_some() {
            return Err(PairRefusal::NotListedHere);
        }
        let lent = state.pairs.as_ref().and_then(|pairs| pairs.lent.get(&asked.license));
        if lent.is_none_or(|lent| lent.to != pair.device) {
            return Err(PairRefusal::NotMine);
        }
        let there = There {
            asked,
            until: self.now(clock).plus(THERE_MAX),
        };
        let (signer, audience) = (self.pair_signer(&pair.key), Audience::One(name.0));
        let bytes = seal::sign(&signer, Sealed::There, self.realm, audience, &there);
        Ok(Outgoing::after(Durable::nothing_to_write(), bytes))
    }

    /// The player hears it: what it asked about may be played for a while.
    pub fn hear_there(&mut self, bytes: &[u8], clock: Moment) -> Result<(), PairRefusal> {
        let now = self.now(clock);
        let parsed = seal::parse::<There>(bytes, Sealed::There, self.realm).map_err(PairRefusal::Forged)?;
        let name = Tag(parsed.claims().asked.pair);
        let pair = self.image.state.pair(name).ok_or(PairRefusal::NotPaired)?;
        let there = parsed
            .verify(&pair.sign, Audience::One(name.0))
            .map_err(PairRefusal::Forged)?;
        let loan = there.asked.license;
        let every = self.answers_every(loan).unwrap_or(THERE_MAX);
        if !self.known.was_asked(&there.asked) {
            return Err(PairRefusal::NotMine);
        }
        self.known.is_there(loan, now.plus(every).min(there.until));
        Ok(())
    }

    /// How often the wallet of a loan must answer; none: it need not, or it is no loan.
    pub fn answers_every(&self, license: LicenseId) -> Option<Span> {
        let held = self.image.state.licenses.get(&license)?;
        self.image.state.borrowed(license)?;
        let document = license::Document::parse(&held.document).ok()?;
        document.last_link(self.realm)?.loan?.answer
    }

    /// May a play of this license go on now, as far as its wallet must answer?
    pub(crate) fn wallet_answers(&self, license: LicenseId, now: Moment) -> bool {
        match self.answers_every(license) {
            Some(_) => self.known.there_until(license).is_some_and(|until| now <= until),
            None => true,
        }
    }
}

/// The key by which a wallet finds its half of the pair again: made of the player's half.
fn wallet_key(sign: &seal::VerifyKey, seal_to: &seal::SealTo) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&seal::hash_parts(&[b"pair-key", &sign.0, &seal_to.0]).0[..16]);
    key
}
