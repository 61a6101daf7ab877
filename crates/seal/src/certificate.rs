//! Certificates: CWT claims (RFC 8392) under the roots of one realm, and the only way from bytes to a [`Verified`].
//!
//! Depth is two: a root of the realm file certifies a certifier of its family (offline), the certifier certifies
//! everybody else (online, short-lived). A reader knows the certifiers of its realm (a directory it gets at every
//! contact), so a message carries one certificate only and fits a QR code or a short APDU.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::marker::PhantomData;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use units::{Again, Moment, RealmId, Refusal};

use crate::{Audience, Kind, NotSigned, SealTo, Signer, VerifyKey, hash, parse, sign};

/// What a certificate lets its subject do. No role implies another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Certifies cards and their transfer certificates.
    #[n(1)]
    CardCertifier,
    /// Certifies publishers, sellers, collectors and support centres.
    #[n(2)]
    PartyCertifier,
    /// Issues money: load, redeem, presentation, reports, resumes.
    #[n(3)]
    Issuer,
    /// Answers who is who and where.
    #[n(4)]
    Registry,
    /// Signs ticks of time.
    #[n(5)]
    Time,
    /// A card's long-lived own certificate.
    #[n(6)]
    Card,
    /// A card's certificate for one deal.
    #[n(7)]
    Transfer,
    /// Signs works, policies and offers.
    #[n(8)]
    Publisher,
    /// Sells: signs quotes and first links.
    #[n(9)]
    Seller,
    /// Takes escrow home for publishers.
    #[n(10)]
    Collector,
    /// Unlocks locked copies.
    #[n(11)]
    Support,
    /// Keeps accounts.
    #[n(12)]
    Bank,
    /// Plays.
    #[n(13)]
    Player,
    /// Pays for its subscribers.
    #[n(14)]
    Carrier,
    /// Permits purchases of people it knows.
    #[n(15)]
    Approver,
    /// A cash machine, kiosk or counter: carries what cards send home, and may open nothing of it.
    #[n(16)]
    Machine,
    /// Settles for a seller what was approved: asks permission, and knows no buyer.
    #[n(17)]
    Settler,
    /// Answers an approver about a person's standing.
    #[n(18)]
    Bureau,
    /// Says of enterprises whether they are trusted; payers of charges ask it.
    #[n(19)]
    TrustRegistry,
    /// Knows every medium and device that was made, and gives each medium's key once.
    #[n(20)]
    Copying,
    /// Stands between players and copy management: holds and charges, and reads nothing.
    #[n(21)]
    Gateway,
    /// Keeps sealed works, and gives them to whoever asks: has no key of any, and sells nothing.
    #[n(22)]
    Content,
}

impl Role {
    /// The role that must have certified this one; `None` where only a root may.
    pub const fn certifier(self) -> Option<Role> {
        match self {
            Self::CardCertifier | Self::PartyCertifier | Self::Issuer | Self::Registry | Self::Time => None,
            Self::Card | Self::Transfer | Self::Player => Some(Self::CardCertifier),
            _ => Some(Self::PartyCertifier),
        }
    }
}

/// Marker types: `Verified<role::Seller>` is a seller and nothing else.
pub mod role {
    use super::Role;
    /// A role as a type.
    pub trait Mark {
        /// The role itself.
        const ROLE: Role;
    }
    /// Whichever role the certificate names. Not a [`Mark`]: nothing can be checked for it, and nothing asks for it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Any;
    macro_rules! marks { ($($name:ident),*) => { $(
        #[doc = concat!("The role ", stringify!($name), ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl Mark for $name { const ROLE: Role = Role::$name; }
    )* } }
    marks!(
        CardCertifier,
        PartyCertifier,
        Issuer,
        Registry,
        Time,
        Card,
        Transfer,
        Publisher,
        Seller,
        Collector,
        Support,
        Bank,
        Player,
        Carrier,
        Approver,
        Machine,
        Settler,
        Bureau,
        TrustRegistry,
        Copying,
        Gateway,
        Content
    );
}

/// What protects a card's secrets: decides how many certificates it gets and for how long, and which editions it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Class {
    /// A program: its owner can copy it.
    #[n(0)]
    Software,
    /// A chip: its owner would need a laboratory.
    #[n(1)]
    Hardware,
}

/// What a certificate says. Encoded as CWT claims: iss 1, sub 2, exp 4, nbf 5, cti 7, cnf 8, and private claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Key id of the certifier ([`VerifyKey::key_id`]).
    pub issuer: [u8; 8],
    /// Who: a card number, tag or party id, by role.
    pub subject: [u8; 16],
    /// Last moment of validity, whole seconds.
    pub until: Moment,
    /// First moment of validity, whole seconds.
    pub from: Moment,
    /// Number of this certificate with its certifier: a series, for revocation.
    pub serial: u64,
    /// Key that checks the subject's signatures.
    pub sign: VerifyKey,
    /// Key to seal to the subject.
    pub seal: SealTo,
    /// What the subject may do.
    pub role: Role,
    /// What protects the subject's secrets.
    pub class: Class,
    /// Name as people may read it; empty for cards and tags. At most 60 characters.
    pub name: String,
}

const PRIVATE: i64 = -70_001;

impl<C> Encode<C> for Claims {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.map(6 + 4)?;
        e.u8(1)?.bytes(&self.issuer)?.u8(2)?.bytes(&self.subject)?;
        e.u8(4)?.u64(self.until.0 / 1000)?.u8(5)?.u64(self.from.0 / 1000)?;
        e.u8(7)?.bytes(&self.serial.to_be_bytes())?;
        // cnf: a COSE_Key (OKP, Ed25519) as RFC 8747 has it.
        e.u8(8)?
            .map(1)?
            .u8(1)?
            .map(3)?
            .u8(1)?
            .u8(1)?
            .i8(-1)?
            .u8(6)?
            .i8(-2)?
            .bytes(&self.sign.0)?;
        e.i64(PRIVATE)?
            .bytes(&self.seal.0)?
            .i64(PRIVATE - 1)?
            .encode_with(self.role, ctx)?;
        e.i64(PRIVATE - 2)?
            .encode_with(self.class, ctx)?
            .i64(PRIVATE - 3)?
            .str(&self.name)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for Claims {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let bad = || decode::Error::message("not the claims of a certificate");
        let key = |d: &mut Decoder<'b>, want: i64| if d.i64()? == want { Ok(()) } else { Err(bad()) };
        if d.map()? != Some(10) {
            return Err(bad());
        }
        key(d, 1)?;
        let issuer = d.bytes()?.try_into().map_err(|_| bad())?;
        key(d, 2)?;
        let subject = d.bytes()?.try_into().map_err(|_| bad())?;
        let seconds = |d: &mut Decoder<'b>| d.u64()?.checked_mul(1000).map(Moment).ok_or_else(bad);
        key(d, 4)?;
        let until = seconds(d)?;
        key(d, 5)?;
        let from = seconds(d)?;
        key(d, 7)?;
        let serial = u64::from_be_bytes(d.bytes()?.try_into().map_err(|_| bad())?);
        key(d, 8)?;
        if d.map()? != Some(1)
            || d.u8()? != 1
            || d.map()? != Some(3)
            || d.u8()? != 1
            || d.u8()? != 1
            || d.i8()? != -1
            || d.u8()? != 6
            || d.i8()? != -2
        {
            return Err(bad());
        }
        let sign = VerifyKey(d.bytes()?.try_into().map_err(|_| bad())?);
        key(d, PRIVATE)?;
        let seal = SealTo(d.bytes()?.try_into().map_err(|_| bad())?);
        key(d, PRIVATE - 1)?;
        let role = d.decode_with(ctx)?;
        key(d, PRIVATE - 2)?;
        let class = d.decode_with(ctx)?;
        key(d, PRIVATE - 3)?;
        let name = d.str()?;
        if name.chars().count() > 60 {
            return Err(bad());
        }
        Ok(Self {
            issuer,
            subject,
            until,
            from,
            serial,
            sign,
            seal,
            role,
            class,
            name: name.into(),
        })
    }
}

/// Signs a certificate. The caller is a certifier or a root and sets `claims.issuer` to its own key id.
pub fn issue(key: &Signer, realm: RealmId, claims: &Claims) -> Vec<u8> {
    sign(key, Kind::Certificate, realm, Audience::Anyone, claims)
}

/// The root keys of a realm, one per family, offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Roots {
    /// Certifies card certifiers.
    #[n(0)]
    pub card: VerifyKey,
    /// Certifies party certifiers.
    #[n(1)]
    pub publisher: VerifyKey,
    /// Certifies money issuers.
    #[n(2)]
    pub issuer: VerifyKey,
    /// Certifies registries.
    #[n(3)]
    pub registry: VerifyKey,
    /// Certifies clocks.
    #[n(4)]
    pub time: VerifyKey,
}

/// The realm file: what every party and card starts from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Realm {
    /// Its name; `dev` is the realm of the one-command start and is refused by production programs.
    #[n(0)]
    pub name: String,
    /// Its one currency, three letters.
    #[n(1)]
    pub currency: String,
    /// Its roots.
    #[n(2)]
    pub roots: Roots,
    /// Where its registry answers.
    #[n(3)]
    pub registry: String,
}

impl Realm {
    /// The id that every message of the realm carries: SHA-256 of name, currency and roots, cut to 16 bytes. The
    /// registry's address may change without making another realm.
    pub fn id(&self) -> RealmId {
        let digest = hash(&crate::cbor::to_bytes(&(&self.name, &self.currency, &self.roots)));
        let mut id = [0; 16];
        id.copy_from_slice(&digest.0[..16]);
        RealmId(id)
    }
    fn root_of(&self, role: Role) -> VerifyKey {
        match role {
            Role::CardCertifier => self.roots.card,
            Role::Issuer => self.roots.issuer,
            Role::Registry => self.roots.registry,
            Role::Time => self.roots.time,
            _ => self.roots.publisher,
        }
    }
}

/// A subject whose certificate was checked for role `R`, realm and time. There is no other way to make one.
///
/// ```compile_fail,E0451
/// fn forged(claims: seal::Claims) -> seal::Verified<seal::role::Seller> {
///     seal::Verified { claims, role: core::marker::PhantomData }
/// }
/// ```
/// ```compile_fail,E0308
/// fn seller(who: seal::Verified<seal::role::Publisher>) -> seal::Verified<seal::role::Seller> {
///     who // no role implies another
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<R> {
    claims: Claims,
    role: PhantomData<R>,
}

impl<R> Verified<R> {
    /// What was certified.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
    /// Key that checks the subject's signatures.
    pub fn sign(&self) -> &VerifyKey {
        &self.claims.sign
    }
    /// Key to seal to the subject.
    pub fn seal(&self) -> &SealTo {
        &self.claims.seal
    }
    /// Who: 16 bytes, to be read by role.
    pub fn subject(&self) -> [u8; 16] {
        self.claims.subject
    }
    /// The same without its role in the type, to be kept beside others.
    pub fn whichever(self) -> Verified<role::Any> {
        Verified {
            claims: self.claims,
            role: PhantomData,
        }
    }
}

impl Verified<role::Any> {
    /// The same for role `R`, if that is the role it was checked for.
    pub fn for_role<R: role::Mark>(&self) -> Option<Verified<R>> {
        (self.claims.role == R::ROLE).then(|| Verified {
            claims: self.claims.clone(),
            role: PhantomData,
        })
    }
}

/// Why a certificate is worth nothing here and now. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTrusted {
    /// No certificate, or not one of this realm.
    #[error("no certificate of this realm: {0}")]
    NoCertificate(NotSigned),
    /// A certificate for another role.
    #[error("the certificate is for another role")]
    OtherRole,
    /// The certifier is not in the directory known here.
    #[error("the certifier is not known here: go online once to learn of new certifiers")]
    UnknownCertifier,
    /// The signature of the certifier does not fit.
    #[error("the certificate is forged or damaged")]
    Forged,
    /// Certified by somebody who may not certify this role, or whose own certificate does not cover the time.
    #[error("the certifier may not certify this role")]
    NotCertifier,
    /// Not yet valid.
    #[error("the certificate is not valid before {0}")]
    NotYet(Moment),
    /// No longer valid.
    #[error("the certificate ended at {0}")]
    Ended(Moment),
    /// Its serial was revoked.
    #[error("the certificate was revoked")]
    Revoked,
}

impl Refusal for NotTrusted {
    fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate(_) => "certificate-missing",
            Self::OtherRole => "certificate-other-role",
            Self::UnknownCertifier => "certifier-unknown",
            Self::Forged => "certificate-forged",
            Self::NotCertifier => "certifier-not-entitled",
            Self::NotYet(_) => "certificate-not-yet-valid",
            Self::Ended(_) => "certificate-ended",
            Self::Revoked => "certificate-revoked",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::UnknownCertifier | Self::Ended(_) => Again::AfterYouAct,
            Self::NotYet(_) => Again::Later,
            _ => Again::Never,
        }
    }
}

/// What a reader trusts: the realm's roots and the certifiers it has learnt of under them.
#[derive(Debug, Clone)]
pub struct Trust {
    realm: Realm,
    id: RealmId,
    certifiers: BTreeMap<[u8; 8], Claims>,
    revoked: BTreeMap<([u8; 8], u64), ()>,
}

impl Trust {
    /// Trusts the roots of `realm` and, so far, nobody else.
    pub fn new(realm: Realm) -> Self {
        let id = realm.id();
        Self {
            realm,
            id,
            certifiers: BTreeMap::new(),
            revoked: BTreeMap::new(),
        }
    }
    /// The realm.
    pub fn realm(&self) -> &Realm {
        &self.realm
    }
    /// Its id.
    pub fn id(&self) -> RealmId {
        self.id
    }
    /// Learns of a certifier that a root has certified. Ended ones may be learnt too: old records are still read by them.
    pub fn learn(&mut self, certificate: &[u8]) -> Result<(), NotTrusted> {
        let signed = parse::<Claims>(certificate, Kind::Certificate, self.id).map_err(NotTrusted::NoCertificate)?;
        if !matches!(signed.claims().role, Role::CardCertifier | Role::PartyCertifier) {
            return Err(NotTrusted::OtherRole);
        }
        let root = self.realm.root_of(signed.claims().role);
        let claims = signed.verify(&root, Audience::Anyone).map_err(|_| NotTrusted::Forged)?;
        self.certifiers.insert(claims.sign.key_id(), claims);
        Ok(())
    }
    /// Marks a certificate as revoked: `issuer` is its certifier's key id.
    pub fn revoke(&mut self, issuer: [u8; 8], serial: u64) {
        self.revoked.insert((issuer, serial), ());
    }
    /// Checks `certificate` for role `R` at `now`.
    pub fn check<R: role::Mark>(&self, certificate: &[u8], now: Moment) -> Result<Verified<R>, NotTrusted> {
        let checked = self.check_ever(certificate)?;
        self.holds(&checked, now)?;
        Ok(checked)
    }
    /// Does a certificate that was checked already hold at `now` too: neither early, nor ended, nor revoked?
    pub fn holds<R>(&self, checked: &Verified<R>, now: Moment) -> Result<(), NotTrusted> {
        let claims = &checked.claims;
        if now < claims.from {
            return Err(NotTrusted::NotYet(claims.from));
        }
        if now > claims.until {
            return Err(NotTrusted::Ended(claims.until));
        }
        if self.revoked.contains_key(&(claims.issuer, claims.serial)) {
            return Err(NotTrusted::Revoked);
        }
        Ok(())
    }
    /// Checks that `certificate` was once good for role `R`, whenever that was: for closing what was opened then.
    pub fn check_ever<R: role::Mark>(&self, certificate: &[u8]) -> Result<Verified<R>, NotTrusted> {
        let signed = parse::<Claims>(certificate, Kind::Certificate, self.id).map_err(NotTrusted::NoCertificate)?;
        let claims = signed.claims();
        if claims.role != R::ROLE {
            return Err(NotTrusted::OtherRole);
        }
        let key = match R::ROLE.certifier() {
            None => self.realm.root_of(R::ROLE),
            Some(role) => {
                let by = self
                    .certifiers
                    .get(&claims.issuer)
                    .ok_or(NotTrusted::UnknownCertifier)?;
                if by.role != role || claims.from < by.from || claims.from > by.until {
                    return Err(NotTrusted::NotCertifier);
                }
                by.sign
            }
        };
        let claims = signed.verify(&key, Audience::Anyone).map_err(|_| NotTrusted::Forged)?;
        Ok(Verified {
            claims,
            role: PhantomData,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Opener, Secret};

    fn signer(n: u8) -> Signer {
        Signer::new(&Secret::new([n; 32]))
    }
    fn realm() -> Realm {
        let key = |n| signer(n).verify_key();
        Realm {
            name: "dev".into(),
            currency: "JPY".into(),
            roots: Roots {
                card: key(1),
                publisher: key(2),
                issuer: key(3),
                registry: key(4),
                time: key(5),
            },
            registry: "http://127.0.0.1:1".into(),
        }
    }
    fn claims(by: &Signer, subject: u8, role: Role) -> Claims {
        Claims {
            issuer: by.verify_key().key_id(),
            subject: [subject; 16],
            from: Moment(1000),
            until: Moment(9000),
            serial: u64::from(subject),
            sign: signer(subject).verify_key(),
            seal: Opener::new(&Secret::new([subject; 32])).seal_to(),
            role,
            class: Class::Software,
            name: String::new(),
        }
    }

    /// proves: row-84 row-7
    #[test]
    fn every_role_is_certified_by_its_own_family_and_holds_for_itself_only() {
        let id = realm().id();
        let mut trust = Trust::new(realm());
        trust
            .learn(&issue(&signer(1), id, &claims(&signer(1), 11, Role::CardCertifier)))
            .unwrap();
        trust
            .learn(&issue(&signer(2), id, &claims(&signer(2), 12, Role::PartyCertifier)))
            .unwrap();
        // A certifier of the wrong family, a root of the wrong family, a leaf as certifier.
        assert_eq!(
            trust.learn(&issue(&signer(2), id, &claims(&signer(2), 13, Role::CardCertifier))),
            Err(NotTrusted::Forged)
        );
        assert_eq!(
            trust.learn(&issue(&signer(11), id, &claims(&signer(11), 13, Role::Card))),
            Err(NotTrusted::OtherRole)
        );
        let roles = [
            Role::Card,
            Role::Transfer,
            Role::Publisher,
            Role::Seller,
            Role::Collector,
            Role::Bank,
        ];
        for by in [11, 12] {
            for role in roles {
                let bytes = issue(&signer(by), id, &claims(&signer(by), 20, role));
                let right = role.certifier()
                    == Some(if by == 11 {
                        Role::CardCertifier
                    } else {
                        Role::PartyCertifier
                    });
                let now = Moment(5000);
                let results = [
                    (Role::Card, trust.check::<role::Card>(&bytes, now).is_ok()),
                    (Role::Transfer, trust.check::<role::Transfer>(&bytes, now).is_ok()),
                    (Role::Publisher, trust.check::<role::Publisher>(&bytes, now).is_ok()),
                    (Role::Seller, trust.check::<role::Seller>(&bytes, now).is_ok()),
                    (Role::Issuer, trust.check::<role::Issuer>(&bytes, now).is_ok()),
                ];
                for (asked, ok) in results {
                    assert_eq!(ok, right && asked == role, "{role:?} by {by} asked as {asked:?}");
                }
            }
        }
    }

    /// proves: row-7
    #[test]
    fn time_and_revocation_stop_what_they_should() {
        let id = realm().id();
        let mut trust = Trust::new(realm());
        let bytes = issue(&signer(3), id, &claims(&signer(3), 30, Role::Issuer));
        let check = |t: &Trust, at| t.check::<role::Issuer>(&bytes, Moment(at)).map(|v| v.subject());
        assert_eq!(check(&trust, 999), Err(NotTrusted::NotYet(Moment(1000))));
        assert_eq!(check(&trust, 5000), Ok([30; 16]));
        assert_eq!(check(&trust, 9001), Err(NotTrusted::Ended(Moment(9000))));
        assert!(trust.check_ever::<role::Issuer>(&bytes).is_ok());
        trust.revoke(signer(3).verify_key().key_id(), 30);
        assert_eq!(check(&trust, 5000), Err(NotTrusted::Revoked));
        let unknown = issue(&signer(50), id, &claims(&signer(50), 51, Role::Seller));
        assert_eq!(
            trust.check::<role::Seller>(&unknown, Moment(5000)).map(|_| ()),
            Err(NotTrusted::UnknownCertifier)
        );
        let size = issue(&signer(11), id, &claims(&signer(11), 60, Role::Transfer)).len();
        assert!(size < 340, "a certificate takes {size} bytes");
    }
}
