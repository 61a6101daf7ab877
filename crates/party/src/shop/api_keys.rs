//! API keys: with one a publisher's own program reads what his people see of his sales. The shop keeps the hash of a key, never the
//! key. Rotating gives a new key and lets the old one stand for a day, so that no program stands still while it is given the
//! new one.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Hash, Moment, PartyId, Refusal, Span};

use super::Shop;

/// So many keys of one publisher stand at once.
pub const API_KEYS_MAX: usize = 20;
/// So long the old key stands beside the new one.
pub const OLD_KEY_STANDS: Span = Span::days(1);
/// When a key was used last is written down once in so long.
const NOTED_EVERY: Span = Span::minutes(60);
/// The longest name of a key, in characters.
const NAME_MAX: usize = 40;

/// A key of a publisher's program.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ApiKey {
    /// What its people call it.
    #[n(0)]
    pub name: String,
    /// Since when it stands.
    #[n(1)]
    pub since: Moment,
    /// Until when, once another one has taken its place.
    #[n(2)]
    pub until: Option<Moment>,
    /// When it was used last, give or take an hour.
    #[n(3)]
    pub used: Option<Moment>,
}
impl Value for ApiKey {}

impl ApiKey {
    fn stands(&self, now: Moment) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// By publisher, and the hash of the key.
pub(super) const API_KEYS: Map<(PartyId, Hash), ApiKey> = Map::new(Table::new("shop_api_keys"));

/// Why no key was made, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyRefused {
    /// No such key, or its time is over.
    #[error("no such key stands; somebody may have ended it already")]
    Unknown,
    /// Its name cannot be shown.
    #[error("a key's name has 1 to {NAME_MAX} characters on one line")]
    Name,
    /// There are as many as there may be.
    #[error("{API_KEYS_MAX} keys stand already; end one that no program uses")]
    TooMany,
    /// It is being replaced.
    #[error("this key has been replaced already; the new one is in the list")]
    Replaced,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ApiKeyRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "api-key-unknown",
            Self::Name => "api-key-name",
            Self::TooMany => "api-key-too-many",
            Self::Replaced => "api-key-replaced",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

impl Shop {
    /// The keys of a publisher that stand, the oldest first.
    pub fn api_keys(&self, view: &mut dyn View, publisher: PartyId, now: Moment) -> Result<Vec<(Hash, ApiKey)>, Fault> {
        let rows = API_KEYS.range(view, Keys::under(&publisher), API_KEYS_MAX.saturating_mul(2))?;
        let standing = rows.into_iter().filter(|(_, key)| key.stands(now));
        let mut keys: Vec<_> = standing.map(|((_, hash), key)| (hash, key)).collect();
        keys.sort_by_key(|(_, key)| key.since);
        Ok(keys)
    }

    /// Makes a key: whoever shows what hashes to `hash` reads this publisher's sales.
    pub fn make_api_key(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        (name, hash): (&str, Hash),
        now: Moment,
    ) -> Result<(), ApiKeyRefused> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(ApiKeyRefused::Name);
        }
        let mut standing = 0_usize;
        for (old, key) in API_KEYS.range(tx, Keys::under(&publisher), usize::MAX)? {
            if key.stands(now) {
                standing = standing.saturating_add(1);
            } else {
                API_KEYS.delete(tx, &old)?;
            }
        }
        if standing >= API_KEYS_MAX {
            return Err(ApiKeyRefused::TooMany);
        }
        let key = ApiKey {
            name: name.to_owned(),
            since: now,
            until: None,
            used: None,
        };
        Ok(API_KEYS.put(tx, &(publisher, hash), &key)?)
    }

    /// Makes a key in the place of another, which stands for a day longer: until when.
    pub fn rotate_api_key(
        &self,
        tx: &mut dyn Tx,
        publisher: PartyId,
        (old, new): (Hash, Hash),
        now: Moment,
    ) -> Result<Moment, ApiKeyRefused> {
        let key = API_KEYS.get(tx, &(publisher, old))?.filter(|key| key.stands(now));
        let mut key = key.ok_or(ApiKeyRefused::Unknown)?;
        if key.until.is_some() {
            return Err(ApiKeyRefused::Replaced);
        }
        self.make_api_key(tx, publisher, (&key.name, new), now)?;
        let until = now.plus(OLD_KEY_STANDS);
        key.until = Some(until);
        API_KEYS.put(tx, &(publisher, old), &key)?;
        Ok(until)
    }

    /// Ends a key at once. One that is gone stays gone.
    pub fn end_api_key(&self, tx: &mut dyn Tx, publisher: PartyId, key: Hash) -> Result<(), Fault> {
        API_KEYS.delete(tx, &(publisher, key)).map(drop)
    }

    /// Does this key stand? And shall its use be noted ([`Shop::note_api_key`])?
    pub fn api_key_stands(
        &self,
        view: &mut dyn View,
        publisher: PartyId,
        key: Hash,
        now: Moment,
    ) -> Result<Option<bool>, Fault> {
        let found = API_KEYS.get(view, &(publisher, key))?.filter(|key| key.stands(now));
        Ok(found.map(|key| key.used.is_none_or(|used| used.plus(NOTED_EVERY) <= now)))
    }

    /// Notes that a key was used.
    pub fn note_api_key(&self, tx: &mut dyn Tx, publisher: PartyId, key: Hash, now: Moment) -> Result<(), Fault> {
        let Some(mut row) = API_KEYS.get(tx, &(publisher, key))? else {
            return Ok(());
        };
        row.used = Some(now);
        API_KEYS.put(tx, &(publisher, key), &row)
    }
}
