//! Passkeys: WebAuthn Level 3, registration and assertion, in the JSON that browsers make of them (`credential.toJSON()`).
//!
//! Checked, in this order: kind and origin of the client data, the challenge (for this purpose, once), the site's hash, that
//! somebody was present *and* verified, the key's algorithm, the signature, the count.

mod authenticator;
mod client;

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::Seed;
use serde_json::json;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Hash, Moment};

use self::authenticator::{Spoken, VerifyKey};
use crate::{AccountId, Entered, Gate, Name, NotAPasskey, NotLive, Purpose, Token, account::ACCOUNTS, session::Way};

/// The most passkeys one account has.
pub const KEYS_MAX: usize = 20;

/// A registered passkey.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Passkey {
    #[n(0)]
    pub(crate) account: AccountId,
    #[n(1)]
    id: ByteVec,
    #[n(2)]
    key: VerifyKey,
    #[n(3)]
    count: u32,
    /// What its owner calls it.
    #[n(4)]
    pub label: String,
    /// Since when.
    #[n(5)]
    pub since: Moment,
    /// When it was last used.
    #[n(6)]
    pub used: Option<Moment>,
    /// It counted backwards, so there are two of it: it lets nobody in.
    #[n(7)]
    pub copied: bool,
}
impl Value for Passkey {}

pub(crate) const KEYS: Map<Hash, Passkey> = Map::new(Table::new("signin_passkeys"));
pub(crate) const BY_ACCOUNT: Map<(AccountId, Hash), ()> = Map::new(Table::new("signin_passkeys_by_account"));

impl Gate {
    /// What a page hands to `navigator.credentials.create`, through `PublicKeyCredential.parseCreationOptionsFromJSON`.
    pub fn registration(
        &self,
        view: &mut dyn View,
        account: AccountId,
        name: &Name,
        now: Moment,
        seed: &Seed,
    ) -> Result<serde_json::Value, Fault> {
        let known = self.passkeys(view, account)?;
        let known: Vec<_> = known
            .iter()
            .map(|(_, key)| json!({"type": "public-key", "id": text(&key.id)}))
            .collect();
        Ok(json!({
            "challenge": self.challenge(Purpose::Register(account), now, seed),
            "rp": {"id": self.rules.site.id, "name": self.rules.site.name},
            "user": {"id": text(&account.0), "name": name.as_str(), "displayName": name.as_str()},
            "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
            "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
            "attestation": "none",
            "excludeCredentials": known,
            "timeout": 300_000,
        }))
    }

    /// What a page hands to `navigator.credentials.get`. For signing in it names no key: the browser offers those it has, and
    /// nobody learns whose account has which.
    pub fn assertion(&self, purpose: Purpose, now: Moment, seed: &Seed) -> serde_json::Value {
        json!({
            "challenge": self.challenge(purpose, now, seed),
            "rpId": self.rules.site.id,
            "userVerification": "required",
            "allowCredentials": [],
            "timeout": 300_000,
        })
    }

    /// Registers a passkey for an account.
    pub fn register_passkey(
        &self,
        tx: &mut dyn Tx,
        account: AccountId,
        label: &str,
        answer: &[u8],
        now: Moment,
    ) -> Result<Hash, NotAPasskey> {
        let answer = client::registration(answer)?;
        let said = client::said(&answer.client_data, "webauthn.create", &self.rules.site)?;
        self.spend_challenge(tx, &said.challenge, Purpose::Register(account), now)?;
        let new = authenticator::attested(&answer.attestation)?;
        self.check_spoken(&new.spoken)?;
        if self.passkeys(tx, account)?.len() >= KEYS_MAX {
            return Err(NotAPasskey::TooMany);
        }
        let name = seal::hash(&new.id);
        let row = Passkey {
            account,
            id: new.id.into(),
            key: new.key,
            count: new.spoken.count,
            label: label.trim().chars().filter(|c| !c.is_control()).take(40).collect(),
            since: now,
            used: None,
            copied: false,
        };
        if !KEYS.insert(tx, &name, &row)? {
            return Err(NotAPasskey::Registered);
        }
        BY_ACCOUNT.put(tx, &(account, name), &())?;
        Ok(name)
    }

    /// Lets in whoever's passkey signed.
    pub fn enter_by_key(
        &self,
        tx: &mut dyn Tx,
        answer: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<Entered, NotAPasskey> {
        let account = self.asserted(tx, answer, Purpose::Enter, now)?;
        let name = match ACCOUNTS.get(tx, &account)? {
            Some(row) if !row.closed => Name::new(&row.name).map_err(|_| NotAPasskey::Unknown)?,
            _ => return Err(NotAPasskey::Unknown),
        };
        Ok(Entered {
            account,
            session: self.open_session(tx, account, Way::Passkey, false, now, seed)?,
            device: self.device(&name, seed.id("browser")),
            failed: self.failed(tx, &name, now)?,
            // It has the key and was verified by it: two steps in one.
            second_step: false,
        })
    }

    /// The second step by a passkey: the half session becomes a whole one, under another token.
    pub fn complete_by_key(
        &self,
        tx: &mut dyn Tx,
        half: &Token,
        answer: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<Token, NotAPasskey> {
        let (account, id) = self.half(tx, half, now)?;
        if self.asserted(tx, answer, Purpose::Again(id), now)? != account {
            return Err(NotAPasskey::OtherAccount);
        }
        Ok(self.complete(tx, half, now, seed)?)
    }

    /// The passkey again, for what is dear: the session counts as shown just now.
    pub fn again_by_key(
        &self,
        tx: &mut dyn Tx,
        session: &Token,
        answer: &[u8],
        now: Moment,
    ) -> Result<(), NotAPasskey> {
        let live = self.live(tx, session, now)?;
        if self.asserted(tx, answer, Purpose::Again(live.session), now)? != live.account {
            return Err(NotAPasskey::OtherAccount);
        }
        Ok(self.show_again(tx, live.session, now)?)
    }

    /// Whose passkey signed for `purpose`.
    fn asserted(
        &self,
        tx: &mut dyn Tx,
        answer: &[u8],
        purpose: Purpose,
        now: Moment,
    ) -> Result<AccountId, NotAPasskey> {
        let answer = client::assertion(answer)?;
        let said = client::said(&answer.client_data, "webauthn.get", &self.rules.site)?;
        self.spend_challenge(tx, &said.challenge, purpose, now)?;
        let spoken = authenticator::spoken(&answer.authenticator)?;
        self.check_spoken(&spoken)?;
        let name = seal::hash(&answer.id);
        let mut row = KEYS.get(tx, &name)?.ok_or(NotAPasskey::Unknown)?;
        let signed = [&answer.authenticator[..], &seal::hash(&answer.client_data).0].concat();
        if !row.key.verifies(&signed, &answer.signature) {
            return Err(NotAPasskey::Signature);
        }
        // A key that does not count says 0 always; one that counts goes up.
        let counts = spoken.count > 0 || row.count > 0;
        if row.copied || (counts && spoken.count <= row.count) {
            return Err(NotAPasskey::Copied);
        }
        row.count = spoken.count;
        row.used = Some(now);
        KEYS.put(tx, &name, &row)?;
        Ok(row.account)
    }

    /// After [`NotAPasskey::Copied`]: the key is locked for good, in a transaction of its own, for a refused one left nothing.
    pub fn lock_copied(&self, tx: &mut dyn Tx, answer: &[u8]) -> Result<(), NotAPasskey> {
        let name = seal::hash(&client::assertion(answer)?.id);
        if let Some(mut row) = KEYS.get(tx, &name)? {
            row.copied = true;
            KEYS.put(tx, &name, &row)?;
        }
        Ok(())
    }

    fn check_spoken(&self, spoken: &Spoken) -> Result<(), NotAPasskey> {
        if !seal::same(&spoken.site, &seal::hash(self.rules.site.id.as_bytes()).0) {
            return Err(NotAPasskey::OtherSite);
        }
        if spoken.present && spoken.verified {
            Ok(())
        } else {
            Err(NotAPasskey::NotVerified)
        }
    }

    /// An account's passkeys.
    pub fn passkeys(&self, view: &mut dyn View, account: AccountId) -> Result<Vec<(Hash, Passkey)>, Fault> {
        let mut out = Vec::new();
        for ((_, name), ()) in BY_ACCOUNT.range(view, Keys::under(&account), KEYS_MAX)? {
            out.extend(KEYS.get(view, &name)?.map(|key| (name, key)));
        }
        Ok(out)
    }

    /// Removes one of an account's passkeys; false when it is none of them.
    pub fn remove_passkey(&self, tx: &mut dyn Tx, account: AccountId, name: Hash) -> Result<bool, Fault> {
        if !BY_ACCOUNT.delete(tx, &(account, name))? {
            return Ok(false);
        }
        KEYS.delete(tx, &name)
    }

    /// May the account still be entered without `key`? Whoever removes his last way in locks himself out.
    pub fn enters_without(&self, view: &mut dyn View, account: AccountId, key: Hash) -> Result<bool, NotLive> {
        let others = self.passkeys(view, account)?;
        let second = ACCOUNTS.get(view, &account)?.is_some_and(|row| row.second_step);
        let by_key = others.iter().any(|(name, row)| *name != key && !row.copied);
        let by_password = self.has_password(view, account)? && (!second || self.codes_left(view, account)? > 0);
        Ok(by_key || by_password)
    }
}

fn text(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}
