//! Forgers at the shop's door: bundles changed, mixed and replayed; and what a dishonest publisher signs himself.
#![cfg(feature = "make")]
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use license::{Bundle, NotPublished, Offer, Policy, Publication, sign_publication, verify_publication};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, cbor};
use std::fs;
use units::{ContentId, Hash, Moment, Money, OfferNo, Refusal};

/// A good bundle, taken apart.
struct Taken {
    world: World,
    bytes: Vec<u8>,
    record: Publication,
    policy: Policy,
    offer: Offer,
    preview: Vec<u8>,
}

impl Taken {
    fn new() -> Self {
        let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
        let it = world.publish(&text_work(dir.path()), &dir.path().join("out")).unwrap();
        let bytes = fs::read(&it.bundles[0].1).unwrap();
        let bundle: Bundle = cbor::from_bytes_within(&bytes, license::BUNDLE_LEN_MAX).unwrap();
        let realm = world.trust.id();
        let record = seal::parse::<Publication>(&bundle.record, Kind::Record, realm)
            .unwrap()
            .claims()
            .clone();
        let policy = seal::parse::<Policy>(&record.policy, Kind::Policy, realm)
            .unwrap()
            .claims()
            .clone();
        let offer = seal::parse::<Offer>(&record.offers[0], Kind::Offer, realm)
            .unwrap()
            .claims()
            .clone();
        Self {
            world,
            bytes,
            record,
            policy,
            offer,
            preview: bundle.preview.into(),
        }
    }

    fn verify(&self, bytes: &[u8]) -> Result<license::VerifiedPublication, NotPublished> {
        verify_publication(bytes, &self.world.trust, party(SHOP), &opener(SHOP), NOW)
    }

    /// The record after `change`, signed again by the publisher himself.
    fn resigned(&self, change: impl FnOnce(&mut Publication)) -> Vec<u8> {
        let mut record = self.record.clone();
        change(&mut record);
        sign_publication(
            &self.world.signer,
            self.world.trust.id(),
            party(SHOP),
            &record,
            &self.preview,
        )
    }

    fn sign_offer(&self, by: u8, offer: &Offer) -> ByteVec {
        seal::sign(&signer(by), Kind::Offer, self.world.trust.id(), Audience::Anyone, offer).into()
    }

    fn code(&self, bytes: &[u8]) -> &'static str {
        self.verify(bytes).unwrap_err().code()
    }
}

// Row 17 at its root: what a shop takes is what the publisher signed, to the bit.
#[test]
fn no_changed_byte_of_a_bundle_is_accepted() {
    let taken = Taken::new();
    assert!(taken.verify(&taken.bytes).is_ok());
    for at in 0..taken.bytes.len() {
        for bit in [0, 3, 7] {
            let mut bad = taken.bytes.clone();
            bad[at] ^= 1 << bit;
            assert!(taken.verify(&bad).is_err(), "byte {at} bit {bit}");
        }
    }
    for cut in (0..taken.bytes.len()).step_by(7) {
        assert!(taken.verify(&taken.bytes[..cut]).is_err());
    }
    assert_eq!(taken.code(&[&taken.bytes[..], &[0]].concat()), "publication-malformed");
    assert_eq!(
        taken.code(&vec![0; license::BUNDLE_LEN_MAX + 1]),
        "publication-malformed"
    );
}

// Rows 1 and 17 at their root: every figure of offer and policy is the publisher's.
#[test]
fn no_field_of_offer_or_policy_can_be_changed_by_whoever_carries_it() {
    let taken = Taken::new();
    let offers: Vec<fn(&mut Offer)> = vec![
        |o| o.number = OfferNo(102),
        |o| o.content = ContentId([9; 16]),
        |o| o.title = "Other".into(),
        |o| o.publisher = party(OTHER_PUBLISHER),
        |o| o.sellers.push(party(OTHER_SHOP)),
        |o| o.payee = party(OTHER_PUBLISHER),
        |o| o.price = yen(1),
        |o| o.price = Money::new(500, units::Currency::new("KRW").unwrap()).unwrap(),
        |o| o.tax_permille = 0x55,
        |o| o.policy = Hash([9; 32]),
        |o| o.delivery = license::Delivery::Unique,
        |o| o.rights.plays = Some(1),
        |o| o.tenders.clear(),
        |o| o.refund.days = 99,
        |o| o.edition = Some(9),
        |o| o.until = Moment(u64::MAX),
        |o| o.media_type = "text/html".into(),
    ];
    for (n, change) in offers.into_iter().enumerate() {
        let mut offer = taken.offer.clone();
        change(&mut offer);
        // By a forger: the publisher's record around it, the forger's signature, or the old signature on new words.
        let forged = taken.sign_offer(OTHER_PUBLISHER, &offer);
        let bytes = taken.resigned(|record| record.offers = vec![forged]);
        assert_eq!(taken.code(&bytes), "publication-terms-forged", "field {n}");
        let record = Publication {
            offers: vec![taken.sign_offer(PUBLISHER, &offer)],
            ..taken.record.clone()
        };
        let by_other = sign_publication(
            &signer(OTHER_PUBLISHER),
            taken.world.trust.id(),
            party(SHOP),
            &record,
            &taken.preview,
        );
        assert_eq!(taken.code(&by_other), "publication-forged", "field {n}");
    }
    let policies: Vec<fn(&mut Policy)> = vec![
        |p| p.publisher = party(OTHER_PUBLISHER),
        |p| p.modes.move_ = true,
        |p| p.fare_copy = yen(0),
        |p| p.fare_move = yen(1),
        |p| p.generations = 255,
        |p| p.copies = Some(9),
        |p| p.route = license::Route::Till,
        |p| p.payee = party(OTHER_PUBLISHER),
        |p| p.copy_rights.plays = Some(1),
        |p| p.hardware_only = true,
        |p| p.as_file = true,
        |p| p.players = 200,
        |p| {
            p.unlock = Some(license::Unlock {
                key: opener(9).seal_to(),
                centres: vec![],
                fee: yen(0),
                arrives: units::Share::Whole,
            })
        },
    ];
    for (n, change) in policies.into_iter().enumerate() {
        let mut policy = taken.policy.clone();
        change(&mut policy);
        let sign = |by| {
            seal::sign(
                &signer(by),
                Kind::Policy,
                taken.world.trust.id(),
                Audience::Anyone,
                &policy,
            )
        };
        let bytes = taken.resigned(|record| record.policy = sign(OTHER_PUBLISHER).into());
        assert_eq!(taken.code(&bytes), "publication-terms-forged", "field {n}");
        // Even signed by the publisher, another policy than the offers name is refused.
        let bytes = taken.resigned(|record| record.policy = sign(PUBLISHER).into());
        assert_eq!(taken.code(&bytes), "publication-mixed", "field {n}");
    }
}

#[test]
fn what_a_dishonest_publisher_signs_is_held_to_the_rules() {
    let taken = Taken::new();
    let with = |change: &dyn Fn(&mut Offer)| {
        let mut offer = taken.offer.clone();
        change(&mut offer);
        let signed = taken.sign_offer(PUBLISHER, &offer);
        taken.code(&taken.resigned(|record| record.offers = vec![signed]))
    };
    let won = Money::new(500, units::Currency::new("KRW").unwrap()).unwrap();
    assert_eq!(with(&|o| o.publisher = party(OTHER_PUBLISHER)), "publication-mixed");
    assert_eq!(with(&|o| o.policy = Hash([1; 32])), "publication-mixed");
    assert_eq!(
        with(&|o| o.delivery = license::Delivery::Shared(Hash([1; 32]))),
        "publication-mixed"
    );
    assert_eq!(with(&|o| o.price = won), "publication-mixed");
    assert_eq!(with(&|o| o.title = " ".into()), "publication-figures-out-of-bounds");
    assert_eq!(
        with(&|o| o.title = "x".repeat(201)),
        "publication-figures-out-of-bounds"
    );
    assert_eq!(with(&|o| o.tax_permille = 1001), "publication-figures-out-of-bounds");
    assert_eq!(with(&|o| o.refund.permille = 1001), "publication-figures-out-of-bounds");
    assert_eq!(with(&|o| o.edition = Some(0)), "publication-figures-out-of-bounds");
    assert_eq!(with(&|o| o.tenders.clear()), "publication-figures-out-of-bounds");
    assert_eq!(
        with(&|o| o.sellers = vec![party(OTHER_SHOP)]),
        "publication-seller-not-entitled"
    );
    assert_eq!(with(&|o| o.until = Moment(NOW.0 - 1)), "publication-offer-ended");
    let record = |change: &dyn Fn(&mut Publication)| taken.code(&taken.resigned(change));
    assert_eq!(record(&|r| r.offers.clear()), "publication-offers-out-of-bounds");
    assert_eq!(
        record(&|r| r.offers = vec![r.offers[0].clone(); 33]),
        "publication-offers-out-of-bounds"
    );
    assert_eq!(record(&|r| r.offers.push(r.offers[0].clone())), "publication-mixed");
    assert_eq!(record(&|r| r.at = Moment(NOW.0 + 90_000_000)), "publication-early");
    assert_eq!(record(&|r| r.preview = Hash([1; 32])), "publication-preview-refused");
    assert_eq!(
        record(&|r| r.preview_type = "image/svg+xml".into()),
        "publication-preview-refused"
    );
    // The sealed key belongs to one package and key id: beside another it does not open (section 4, point 5).
    assert_eq!(record(&|r| r.key_id = [1; 16]), "publication-key-closed");
    assert_eq!(
        record(&|r| r.key_sealed = r.key_sealed[1..].to_vec().into()),
        "publication-key-closed"
    );
    let mut ended = taken.world.trust.clone();
    ended.revoke(signer(12).verify_key().key_id(), u64::from(PUBLISHER));
    let no = verify_publication(&taken.bytes, &ended, party(SHOP), &opener(SHOP), NOW).unwrap_err();
    assert_eq!(no.code(), "publication-publisher-not-certified");
}

// proves: row-39 (publishing: one key, one header, one content)
#[test]
fn a_package_that_shows_reviewers_one_thing_and_buyers_another_is_refused() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let work = text_work(dir.path());
    let it = world.publish(&work, &dir.path().join("out")).unwrap();
    let bundle: Bundle =
        cbor::from_bytes_within(&fs::read(&it.bundles[0].1).unwrap(), license::BUNDLE_LEN_MAX).unwrap();
    let realm = world.trust.id();
    let mut record = seal::parse::<Publication>(&bundle.record, Kind::Record, realm)
        .unwrap()
        .claims()
        .clone();
    let front = package::Front::parse(&fs::read(&it.package).unwrap()).unwrap();
    // The key buyers are to get is not the one the header commits to.
    let other = seal::ContentSecret::new([66; 32]);
    let whose = (realm, party(PUBLISHER), party(SHOP));
    let key = license::seal_content_key(
        &opener(SHOP).seal_to(),
        whose,
        (record.header, record.key_id),
        &other,
        &seal::Seed::new([1; 32]),
    );
    record.key_sealed = key.unwrap().into();
    let bytes = sign_publication(&world.signer, realm, party(SHOP), &record, &bundle.preview);
    let shop = verify_publication(&bytes, &world.trust, party(SHOP), &opener(SHOP), NOW).unwrap();
    let no = publisher::fits(&front, &shop, &world.trust, NOW).unwrap_err();
    assert_eq!(no.code(), "package-of-another-key");
    // Another content behind the very header that was reviewed: every piece is sealed right, and the shop's check says so.
    let key = publisher::kept_key(&it.dir, &world.secret).unwrap().unwrap();
    let mut text = fs::read(&work.file).unwrap();
    text.reverse();
    let mut sealed = Vec::new();
    package::seal(&front, &key, &text[..], &mut sealed, &mut |_| {}).unwrap();
    let mut package = package::Package::open(sealed).unwrap();
    assert_eq!(package.check(&key, &mut |_| {}).unwrap(), package::Checked::Other);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let world = World::new();
        proptest::prop_assert!(verify_publication(&bytes, &world.trust, party(SHOP), &opener(SHOP), NOW).is_err());
    }
}
