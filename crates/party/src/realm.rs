//! Realm: makes whole realms from one seed, and keeps the convenient one out of production (row-95).

use license::Receiver;
use seal::{Claims, Class, Realm, Role, Roots, SealTo, Secret, Signer, VerifyKey};
use units::{Again, CardNo, Currency, Moment, PartyId, RealmId, Refusal, Span};

use crate::keys::{PartyKeys, public_keys};

/// The name of the realm that the one-command start makes.
pub const DEV: &str = "dev";

/// The convenient realm, where everybody can know the keys, was met where money is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is the realm \"dev\", made for trying things out: its keys protect nothing; make a realm of your own")]
pub struct DevRealm;

impl Refusal for DevRealm {
    fn code(&self) -> &'static str {
        "realm-dev"
    }
    fn again(&self) -> Again {
        Again::Never
    }
}

/// Refuses the convenient realm. Programs that serve real money say this before anything else.
pub fn require_production(realm: &Realm) -> Result<(), DevRealm> {
    if realm.name.eq_ignore_ascii_case(DEV) {
        Err(DevRealm)
    } else {
        Ok(())
    }
}

/// Somebody who may certify: a root or a certifier.
#[derive(Debug)]
pub struct Certifier {
    signer: Signer,
    realm: RealmId,
}

/// What a certificate is to say, besides who signs it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Who.
    pub id: [u8; 16],
    /// As what.
    pub role: Role,
    /// Checks its signatures.
    pub sign: VerifyKey,
    /// Seals to it.
    pub seal: SealTo,
    /// What protects its secrets.
    pub class: Class,
    /// Its name, if it has one to show.
    pub name: String,
}

impl Subject {
    /// One of a card's tags.
    pub fn tag(receiver: &Receiver, class: Class) -> Self {
        Self {
            id: receiver.tag.0,
            role: Role::Transfer,
            sign: receiver.sign,
            seal: receiver.seal,
            class,
            name: String::new(),
        }
    }
    /// A card itself.
    pub fn card(number: CardNo, sign: VerifyKey, seal: SealTo, class: Class) -> Self {
        Self {
            id: number.0,
            role: Role::Card,
            sign,
            seal,
            class,
            name: String::new(),
        }
    }
}

impl Certifier {
    /// The certifier whose secret this is.
    pub fn new(secret: &Secret, realm: RealmId) -> Self {
        Self {
            signer: Signer::new(&secret.derive("certifier/sign", &[])),
            realm,
        }
    }
    /// Its key.
    pub fn verify_key(&self) -> VerifyKey {
        self.signer.verify_key()
    }
    /// The name of its key in certificates and revocations.
    pub fn key_id(&self) -> [u8; 8] {
        self.verify_key().key_id()
    }
    /// Signs a message of the certifier itself, such as what it revokes, to one party.
    pub fn sign<T: minicbor::Encode<()>>(&self, kind: seal::Kind, to: PartyId, body: &T) -> Vec<u8> {
        seal::sign(&self.signer, kind, self.realm, seal::Audience::from(to), body)
    }
    /// Certifies `subject` from `from` until `until` under the number `serial`. The same words give the same bytes.
    pub fn certify(&self, subject: &Subject, from: Moment, until: Moment, serial: u64) -> Vec<u8> {
        let claims = Claims {
            issuer: self.key_id(),
            subject: subject.id,
            until,
            from,
            serial,
            sign: subject.sign,
            seal: subject.seal,
            role: subject.role,
            class: subject.class,
            name: subject.name.clone(),
        };
        seal::issue(&self.signer, self.realm, &claims)
    }
}

/// Makes a realm and certifies its parties, everything determined by one secret. For `dev`, for tests, and for the one
/// offline machine of a real realm.
#[derive(Debug)]
pub struct RealmMaker {
    secret: Secret,
    realm: Realm,
    from: Moment,
    life: Span,
}

impl RealmMaker {
    /// The realm called `name`, its certificates valid from `from` for `life`.
    pub fn new(name: &str, currency: Currency, registry: &str, secret: Secret, from: Moment, life: Span) -> Self {
        let root = |family: &str| Signer::new(&root_secret(&secret, family)).verify_key();
        let realm = Realm {
            name: name.to_owned(),
            currency: currency.code().to_owned(),
            roots: Roots {
                card: root("card"),
                publisher: root("publisher"),
                issuer: root("issuer"),
                registry: root("registry"),
                time: root("time"),
            },
            registry: registry.to_owned(),
        };
        Self {
            secret,
            realm,
            from,
            life,
        }
    }
    /// The realm of the one-command start, refused by [`require_production`]: ten years, for `up` goes on where it was.
    pub fn dev(currency: Currency, registry: &str, secret: Secret, from: Moment) -> Self {
        Self::new(DEV, currency, registry, secret, from, Span::days(3650))
    }
    /// The realm file.
    pub const fn realm(&self) -> &Realm {
        &self.realm
    }
    /// The secret of the certifier of cards, which the issuer runs.
    pub fn card_certifier(&self) -> Secret {
        self.secret.derive("realm/certifier", &[b"card"])
    }
    /// The secret of the certifier of parties, which the registry runs.
    pub fn party_certifier(&self) -> Secret {
        self.secret.derive("realm/certifier", &[b"party"])
    }
    /// The certificates of both certifiers, as every reader learns them.
    pub fn certifiers(&self) -> Vec<Vec<u8>> {
        let one = |role, family, secret: Secret, serial| {
            let certifier = Certifier::new(&secret, self.realm.id());
            let (_, seal) = public_keys(&secret);
            let subject = Subject {
                id: PartyId::from_slice(&seal::hash(&certifier.verify_key().0).0[..16])
                    .unwrap_or_default()
                    .0,
                role,
                sign: certifier.verify_key(),
                seal,
                class: Class::Hardware,
                name: format!("certifier of {family}"),
            };
            self.root(family_of(role))
                .certify(&subject, self.from, self.until(), serial)
        };
        vec![
            one(Role::CardCertifier, "cards", self.card_certifier(), 1),
            one(Role::PartyCertifier, "parties", self.party_certifier(), 2),
        ]
    }
    /// The secret of the party of that role and name.
    pub fn party_secret(&self, role: Role, name: &str) -> Secret {
        self.secret
            .derive("realm/party", &[&[role_byte(role)], name.as_bytes()])
    }
    /// Keys and certificate of the party of that role and name. One name gives one party id, whatever the role, so a
    /// publisher that also sells has two certificates and one id.
    pub fn party(&self, role: Role, name: &str) -> Result<PartyKeys, crate::keys::KeysRefused> {
        self.party_with(role, name, self.party_secret(role, name))
    }
    /// The same for a party that has its keys already: those stay, and are certified for this role.
    pub fn party_with(&self, role: Role, name: &str, secret: Secret) -> Result<PartyKeys, crate::keys::KeysRefused> {
        let (sign, seal) = public_keys(&secret);
        let id = seal::hash_parts(&[b"party", &self.realm.id().0, name.as_bytes()]);
        let subject = Subject {
            id: PartyId::from_slice(&id.0[..16]).unwrap_or_default().0,
            role,
            sign,
            seal,
            class: Class::Hardware,
            name: name.chars().take(60).collect(),
        };
        let by = match role.certifier() {
            Some(_) => Certifier::new(&self.party_certifier(), self.realm.id()),
            None => self.root(family_of(role)),
        };
        let serial = u64::from_be_bytes(seal::hash(&sign.0).0[..8].try_into().unwrap_or_default());
        let certificate = by.certify(&subject, self.from, self.until(), serial);
        PartyKeys::load(secret, self.realm.id(), certificate)
    }

    fn until(&self) -> Moment {
        self.from.plus(self.life)
    }
    fn root(&self, family: &str) -> Certifier {
        Certifier {
            signer: Signer::new(&root_secret(&self.secret, family)),
            realm: self.realm.id(),
        }
    }
}

fn root_secret(secret: &Secret, family: &str) -> Secret {
    secret.derive("realm/root", &[family.as_bytes()])
}

const fn family_of(role: Role) -> &'static str {
    match role {
        Role::CardCertifier => "card",
        Role::Issuer => "issuer",
        Role::Registry => "registry",
        Role::Time => "time",
        _ => "publisher",
    }
}

fn role_byte(role: Role) -> u8 {
    seal::cbor::to_bytes(&role).first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::{Trust, role};

    fn maker(name: &str) -> RealmMaker {
        RealmMaker::new(
            name,
            Currency::JPY,
            "http://127.0.0.1:1",
            Secret::new([1; 32]),
            Moment(1000),
            Span::days(30),
        )
    }

    /// proves: row-95
    #[test]
    fn the_convenient_realm_is_refused_where_money_is_real() {
        for name in ["dev", "DEV", "Dev"] {
            assert_eq!(require_production(maker(name).realm()), Err(DevRealm), "{name}");
        }
        assert_eq!(require_production(maker("acme").realm()), Ok(()));
        // And nothing of it is accepted elsewhere.
        let mut trust = Trust::new(maker("acme").realm().clone());
        for certificate in maker("dev").certifiers() {
            assert!(trust.learn(&certificate).is_err());
        }
    }

    #[test]
    fn a_realm_is_determined_by_its_secret_and_certifies_every_role() {
        let maker = maker("test");
        let mut trust = Trust::new(maker.realm().clone());
        maker.certifiers().iter().for_each(|c| trust.learn(c).unwrap());
        let now = Moment(5000);
        let keys = maker.party(Role::Seller, "shop").unwrap();
        assert!(trust.check::<role::Seller>(keys.certificate(), now).is_ok());
        assert!(trust.check::<role::Publisher>(keys.certificate(), now).is_err());
        let publisher = maker.party(Role::Publisher, "shop").unwrap();
        assert_eq!(publisher.id(), keys.id());
        assert!(trust.check::<role::Publisher>(publisher.certificate(), now).is_ok());
        let issuer = maker.party(Role::Issuer, "issuer").unwrap();
        assert!(trust.check::<role::Issuer>(issuer.certificate(), now).is_ok());
        assert_eq!(
            issuer.certificate(),
            maker.party(Role::Issuer, "issuer").unwrap().certificate()
        );
    }
}
