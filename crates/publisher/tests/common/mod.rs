//! A realm with a publisher and shops, for the tests of whole publications.
#![allow(clippy::unwrap_used, dead_code)] // Helpers of tests are tests too; not every file uses all of them.

use publisher::{Publication, Publisher, Seller, Terms, Work, publish};
use seal::{Claims, Class, Opener, Realm, Role, Roots, Secret, Seed, Signer, Trust, issue};
use std::path::{Path, PathBuf};
use units::{Currency, Moment, Money, OfferNo, PartyId};

pub const NOW: Moment = Moment(1_800_000_000_000);
pub const LATER: Moment = Moment(1_900_000_000_000);

pub fn signer(n: u8) -> Signer {
    Signer::new(&Secret::new([n; 32]))
}
pub fn opener(n: u8) -> Opener {
    Opener::new(&Secret::new([n; 32]))
}
pub fn party(n: u8) -> PartyId {
    PartyId([n; 16])
}
pub fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

pub const PUBLISHER: u8 = 20;
pub const SHOP: u8 = 30;
pub const OTHER_SHOP: u8 = 31;
pub const OTHER_PUBLISHER: u8 = 21;

/// A realm file, the certifier of its parties, and everybody's certificates.
pub struct World {
    pub realm: Realm,
    pub trust: Trust,
    pub certifier: Vec<Vec<u8>>,
    pub secret: Secret,
    pub signer: Signer,
    pub certificate: Vec<u8>,
}

impl World {
    pub fn new() -> Self {
        let key = |n| signer(n).verify_key();
        let realm = Realm {
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
        };
        let certifier = issue(
            &signer(2),
            realm.id(),
            &claims(&signer(2), 12, Role::PartyCertifier, "Certifier"),
        );
        let mut trust = Trust::new(realm.clone());
        trust.learn(&certifier).unwrap();
        let certificate = certificate(&realm, PUBLISHER, Role::Publisher, "Minato Tape");
        Self {
            realm,
            trust,
            certifier: vec![certifier],
            secret: Secret::new([77; 32]),
            signer: signer(PUBLISHER),
            certificate,
        }
    }

    pub fn publisher(&self) -> Publisher<'_> {
        Publisher {
            signer: &self.signer,
            certificate: &self.certificate,
            certifiers: &self.certifier,
            secret: &self.secret,
            trust: &self.trust,
            converter: None,
            reader: None,
        }
    }

    pub fn seller(&self, n: u8) -> Seller {
        Seller {
            certificate: certificate(&self.realm, n, Role::Seller, "Corner Shop"),
            hint: "http://127.0.0.1:7404/".into(),
        }
    }

    pub fn publish(&self, work: &Work, into: &Path) -> Result<Publication, publisher::NotMade> {
        publish(
            &self.publisher(),
            work,
            &[self.seller(SHOP)],
            into,
            NOW,
            &Seed::new([9; 32]),
            &mut |_| {},
        )
    }
}

pub fn certificate(realm: &Realm, n: u8, role: Role, name: &str) -> Vec<u8> {
    let mut claims = claims(&signer(12), n, role, name);
    claims.issuer = signer(12).verify_key().key_id();
    issue(&signer(12), realm.id(), &claims)
}

fn claims(by: &Signer, n: u8, role: Role, name: &str) -> Claims {
    Claims {
        issuer: by.verify_key().key_id(),
        subject: [n; 16],
        from: Moment(1_700_000_000_000),
        until: LATER,
        serial: u64::from(n),
        sign: signer(n).verify_key(),
        seal: opener(n).seal_to(),
        role,
        class: Class::Software,
        name: name.into(),
    }
}

pub const STORY: &str = "The last ferry carried eleven passengers, four crates of oranges and a piano. ";

/// A text on sale for 500, copied for 100, written into `dir`.
pub fn text_work(dir: &Path) -> Work {
    let file = dir.join("story.txt");
    std::fs::write(&file, STORY.repeat(400)).unwrap();
    work(file, "A Story")
}

pub fn work(file: PathBuf, title: &str) -> Work {
    Work {
        file,
        title: title.into(),
        kind: None,
        media_type: None,
        content: None,
        edition: 1,
        preview: None,
        credits: package::Credits::default(),
        terms: Terms::sale(OfferNo(101), yen(500), LATER).copied_for(yen(100), 3),
    }
}
