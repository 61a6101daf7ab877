//! Desk: what a party knows of its realm, as its registry told it: certifiers, parties and where they answer, revoked
//! certificates, trusted time. Kept in the party's own store, so that all processes of the party know the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use deal::wire::Tick;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotSigned, NotTrusted, Realm, Trust, cbor, role};
use store::{Fault, Map, Part, Step, Table, Tx, Value, View};
use units::{Again, Currency, Moment, PartyId, RealmId, Refusal};

pub use deal::directory::{Directory, DirectorySheet, Listed};

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Kept {
    #[n(0)]
    number: u64,
    #[n(1)]
    directory: Directory,
}
impl Value for Kept {}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct KeptTick {
    #[n(0)]
    at: Moment,
    #[n(1)]
    sheet: ByteVec,
}
impl Value for KeptTick {}

const DIRECTORY: Map<(), Kept> = Map::new(Table::new("desk_directory"));
const NUMBER: Map<(), u64> = Map::new(Table::new("desk_number"));
const TICK: Map<(), KeptTick> = Map::new(Table::new("desk_tick"));

/// What every party's store has for this.
pub static PART: Part = Part::new(
    "desk",
    &[Step::Create(&[DIRECTORY.table(), NUMBER.table(), TICK.table()])],
);

/// What is known at one moment.
#[derive(Debug, Clone)]
pub struct Known {
    /// Whose certificates count.
    pub trust: Trust,
    /// Number of the directory this comes from; 0: none yet.
    pub number: u64,
    parties: BTreeMap<PartyId, Listed>,
    certifiers: Vec<ByteVec>,
    revoked: Vec<(ByteVec, u64)>,
    checked: Arc<Mutex<Checked>>,
}

/// Listed certificates that were checked, each with its bytes.
type Checked = BTreeMap<(PartyId, seal::Role), (ByteVec, seal::Verified<role::Any>)>;

impl Known {
    /// The party with this id.
    pub fn party(&self, id: PartyId) -> Option<&Listed> {
        self.parties.get(&id)
    }
    /// All parties.
    pub fn parties(&self) -> impl Iterator<Item = &Listed> {
        self.parties.values()
    }
    /// The certificate of `id` for role `R`, good at `now`.
    pub fn certified<R: role::Mark>(&self, id: PartyId, now: Moment) -> Option<seal::Verified<R>> {
        let listed = self.parties.get(&id)?;
        listed
            .certificates
            .iter()
            .find_map(|c| self.trust.check::<R>(c, now).ok().filter(|v| v.subject() == id.0))
    }
    /// The certificate of `id` for role `R`, whenever it was good. Its signature is checked once per directory.
    pub fn ever_certified<R: role::Mark>(&self, id: PartyId) -> Option<seal::Verified<R>> {
        self.listed(id).map(|(_, verified)| verified)
    }
    /// The certificate of `id` for role `R`, if `certificate` is the very one the directory lists for it.
    pub fn has_listed<R: role::Mark>(&self, id: PartyId, certificate: &[u8]) -> Option<seal::Verified<R>> {
        self.listed(id)
            .filter(|(listed, _)| listed.as_slice() == certificate)
            .map(|(_, verified)| verified)
    }
    fn listed<R: role::Mark>(&self, id: PartyId) -> Option<(ByteVec, seal::Verified<R>)> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((bytes, verified)) = checked.get(&(id, R::ROLE)) {
            return verified.for_role().map(|verified| (bytes.clone(), verified));
        }
        let (bytes, verified) = self.parties.get(&id)?.certificates.iter().find_map(|bytes| {
            let verified = self.trust.check_ever::<R>(bytes).ok()?;
            (verified.subject() == id.0).then(|| (bytes.clone(), verified.whichever()))
        })?;
        let found = verified.for_role().map(|found| (bytes.clone(), found));
        checked.insert((id, R::ROLE), (bytes, verified));
        found
    }
    /// The certifiers, as cards are told of them.
    pub fn certifiers(&self) -> &[ByteVec] {
        &self.certifiers
    }
    /// Revoked certificates, as cards are told of them.
    pub fn revoked(&self) -> &[(ByteVec, u64)] {
        &self.revoked
    }
}

/// Why news was not taken in, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LearnRefused {
    /// Not a sheet at all.
    #[error("this is no news of the realm: {0}")]
    Malformed(cbor::NotCanonical),
    /// Who signed it has no business to.
    #[error("whoever signed this has no right to: {0}")]
    NotTrusted(NotTrusted),
    /// The signature does not fit.
    #[error("the news was not signed by whom it names: {0}")]
    NotSigned(NotSigned),
    /// Older than what is known.
    #[error("directory {got} is older than {known}, which is known already; nothing has changed")]
    Older {
        /// The number of this one.
        got: u64,
        /// The number known.
        known: u64,
    },
    /// A certifier in it is not certified by the realm's root.
    #[error("a certifier in the directory is not certified by this realm: {0}")]
    Certifier(NotTrusted),
    /// The time is too far ahead of the latest trusted time.
    #[error("the clock jumped from {from} to {to}; two clocks must agree before that is believed")]
    Jump {
        /// Latest trusted time.
        from: Moment,
        /// What this tick says.
        to: Moment,
    },
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for LearnRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "news-malformed",
            Self::NotTrusted(no) | Self::Certifier(no) => no.code(),
            Self::NotSigned(_) => "news-not-signed",
            Self::Older { .. } => "news-older",
            Self::Jump { .. } => "clock-jumped",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
crate::refused::refusals!(LearnRefused);

/// How far one tick may move trusted time, as cards have it: the longest life of a tag's certificate and a month.
pub const JUMP_MAX: units::Span = units::Span::days(90);

/// A party's view of its realm.
#[derive(Debug)]
pub struct Desk {
    realm: Realm,
    id: RealmId,
    currency: Currency,
    certifiers: Vec<ByteVec>,
    cache: Mutex<Option<Arc<Known>>>,
}

impl Desk {
    /// The desk of a party in `realm`, which knows these certifiers before it has heard of its registry. One that the
    /// roots did not certify is left out.
    pub fn new(realm: Realm, certifiers: &[Vec<u8>]) -> Result<Self, units::MoneyError> {
        let currency = Currency::new(&realm.currency)?;
        let id = realm.id();
        let certifiers = certifiers.iter().map(|c| ByteVec::from(c.clone())).collect();
        Ok(Self {
            realm,
            id,
            currency,
            certifiers,
            cache: Mutex::new(None),
        })
    }
    /// The realm's id.
    pub const fn realm_id(&self) -> RealmId {
        self.id
    }
    /// The realm file.
    pub const fn realm(&self) -> &Realm {
        &self.realm
    }
    /// The realm's one currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// What this party's store knows now. The signatures of a directory are checked once per process, not per call.
    pub fn known(&self, view: &mut dyn View) -> Result<Arc<Known>, Fault> {
        let number = NUMBER.get(view, &())?.unwrap_or(0);
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cache.as_ref().filter(|k| k.number == number) {
            return Ok(known.clone());
        }
        let directory = DIRECTORY.get(view, &())?.map(|kept| kept.directory);
        let known = Arc::new(self.understand(number, directory));
        *cache = Some(known.clone());
        Ok(known)
    }

    fn understand(&self, number: u64, directory: Option<Directory>) -> Known {
        let mut known = Known {
            trust: Trust::new(self.realm.clone()),
            number,
            parties: BTreeMap::new(),
            certifiers: Vec::new(),
            revoked: Vec::new(),
            checked: Arc::default(),
        };
        let told = directory.iter().flat_map(|d| d.certifiers.iter());
        for certificate in self.certifiers.iter().chain(told) {
            if !known.certifiers.contains(certificate) && known.trust.learn(certificate).is_ok() {
                known.certifiers.push(certificate.clone());
            }
        }
        if let Some(directory) = directory {
            for (issuer, serial) in &directory.revoked {
                if let Ok(issuer) = issuer.as_slice().try_into() {
                    known.trust.revoke(issuer, *serial);
                }
            }
            known.revoked = directory.revoked;
            known.parties = directory.parties.into_iter().map(|p| (p.id, p)).collect();
        }
        known
    }

    /// Takes in a directory. One that is known already is taken for good; an older one is refused (row-7).
    pub fn learn(&self, tx: &mut dyn Tx, sheet: &[u8], now: Moment) -> Result<(), LearnRefused> {
        let sheet: DirectorySheet = cbor::from_bytes(sheet).map_err(LearnRefused::Malformed)?;
        let mut trust = Trust::new(self.realm.clone());
        let registry = trust
            .check::<role::Registry>(&sheet.certificate, now)
            .map_err(LearnRefused::NotTrusted)?;
        let directory: Directory = seal::parse(&sheet.directory, Kind::Directory, self.id)
            .and_then(|s| s.verify(registry.sign(), Audience::Anyone))
            .map_err(LearnRefused::NotSigned)?;
        let known = NUMBER.get(tx, &())?.unwrap_or(0);
        let got = directory.number;
        if got < known {
            return Err(LearnRefused::Older { got, known });
        }
        if got == known {
            return Ok(());
        }
        for certificate in &directory.certifiers {
            trust.learn(certificate).map_err(LearnRefused::Certifier)?;
        }
        NUMBER.put(tx, &(), &got)?;
        DIRECTORY.put(tx, &(), &Kept { number: got, directory })?;
        Ok(())
    }

    /// Takes in a tick of trusted time: only forward, and only in bounded jumps. An older one changes nothing.
    pub fn tick(&self, tx: &mut dyn Tx, sheet: &[u8]) -> Result<(), LearnRefused> {
        let tick: Tick = cbor::from_bytes(sheet).map_err(LearnRefused::Malformed)?;
        let trust = Trust::new(self.realm.clone());
        let clock = trust
            .check_ever::<role::Time>(&tick.certificate)
            .map_err(LearnRefused::NotTrusted)?;
        let at: Moment = seal::parse(&tick.signed, Kind::Tick, self.id)
            .and_then(|s| s.verify(clock.sign(), Audience::Anyone))
            .map_err(LearnRefused::NotSigned)?;
        // The clock's own certificate is judged by the time it says.
        trust
            .check::<role::Time>(&tick.certificate, at)
            .map_err(LearnRefused::NotTrusted)?;
        match TICK.get(tx, &())? {
            Some(kept) if at <= kept.at => Ok(()),
            Some(kept) if at > kept.at.plus(JUMP_MAX) => Err(LearnRefused::Jump { from: kept.at, to: at }),
            _ => Ok(TICK.put(
                tx,
                &(),
                &KeptTick {
                    at,
                    sheet: ByteVec::from(sheet.to_vec()),
                },
            )?),
        }
    }

    /// The latest tick, as cards are handed it; nothing before the first came.
    pub fn latest_tick(&self, view: &mut dyn View) -> Result<Option<(Moment, ByteVec)>, Fault> {
        Ok(TICK.get(view, &())?.map(|kept| (kept.at, kept.sheet)))
    }
}
