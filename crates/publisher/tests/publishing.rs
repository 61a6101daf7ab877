//! From a file to a shop's shelf and back: what was published is what a shop verifies, a finder reads and a buyer opens.
#![cfg(feature = "make")]
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use license::{Delivery, verify_publication};
use package::{Checked, ContentKey, Front, HeldNode, Package};
use publisher::{Seller, Standing, Step, demo, find, fits, inspect, kept_key, publish, verify_front};
use seal::{Secret, Seed};
use std::{fs, fs::File, path::Path};
use units::{Moment, OfferNo, Refusal, Share};

fn bundle(it: &publisher::Publication) -> Vec<u8> {
    fs::read(&it.bundles[0].1).unwrap()
}
fn front(path: &Path) -> Front {
    Front::parse(&fs::read(path).unwrap()).unwrap()
}

// proves: XD-2 XD-10 SD-4
#[test]
fn what_is_published_is_what_the_shop_verifies_and_the_buyer_opens() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let work = text_work(dir.path());
    let it = world.publish(&work, &dir.path().join("out")).unwrap();
    let shop = verify_publication(&bundle(&it), &world.trust, party(SHOP), &opener(SHOP), NOW).unwrap();
    assert_eq!(
        (shop.publisher, shop.publisher_name.as_str()),
        (party(PUBLISHER), "Minato Tape")
    );
    assert_eq!(
        (shop.title.as_str(), shop.preview_type.as_str()),
        ("A Story", "text/plain")
    );
    assert!(str::from_utf8(&shop.preview).unwrap().starts_with("The last ferry"));
    assert!(shop.policy.modes.copy && !shop.policy.modes.move_ && shop.policy.generations == 3);
    let offer = &shop.offers[0].offer;
    assert_eq!(
        (offer.number, offer.price, offer.delivery),
        (OfferNo(101), yen(500), Delivery::Shared(it.header))
    );
    // The package is that of the publication, and opens with its key to the file.
    let front = front(&it.package);
    fits(&front, &shop, &world.trust, NOW).unwrap();
    let key = ContentKey::from_secret_bytes(*shop.key.expose());
    let mut package = Package::open(File::open(&it.package).unwrap()).unwrap();
    assert_eq!(package.check(&key, &mut |_| {}).unwrap(), Checked::Named);
    let mut plain = vec![0; package.len() as usize];
    package
        .read_at(0, &mut plain, &HeldNode::whole(&key, front.tree()))
        .unwrap();
    assert_eq!(plain, fs::read(&work.file).unwrap());
    // A sheet for wallets holds too, with the parts the shop got.
    let sheet = license::OfferSheet {
        publisher: shop.certificate.clone().into(),
        offer: shop.offers[0].signed.clone().into(),
        policy: shop.policy_signed.clone().into(),
    };
    assert_eq!(sheet.check(&world.trust, NOW).unwrap().offer_hash, shop.offers[0].hash);
    // The publisher keeps the key; nobody else does.
    let kept = kept_key(&it.dir, &world.secret).unwrap().unwrap();
    assert_eq!(kept.id(), key.id());
    assert_eq!(
        kept_key(&it.dir, &Secret::new([1; 32])).unwrap_err().code(),
        "publish-key-closed"
    );
}

// proves: XD-2 XD-10 XD-4 (its last half: passing on is off unless the publisher turns it on)
#[test]
fn the_demo_works_are_published_with_their_previews() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    for demo in demo::works() {
        let file = dir.path().join(demo.file_name);
        fs::write(&file, (demo.bytes)()).unwrap();
        let mut work = work(file, demo.title);
        (work.kind, work.preview) = (Some(demo.kind), demo.preview.map(<[u8]>::to_vec));
        work.terms = demo.terms(yen(0).currency(), LATER).unwrap();
        let it = world.publish(&work, &dir.path().join(demo.title)).unwrap();
        assert_eq!(it.kind, demo.kind);
        let shop = verify_publication(&bundle(&it), &world.trust, party(SHOP), &opener(SHOP), NOW).unwrap();
        assert_eq!(shop.kind, publisher::kind_on_shelf(demo.kind));
        assert!(
            demo.preview.is_some() || shop.preview.len() as u64 * 2 < fs::metadata(&work.file).unwrap().len(),
            "a preview is light"
        );
        let expected = match demo.file_name.rsplit('.').next().unwrap() {
            "wav" => "audio/wav",
            "png" => "image/jpeg",
            "txt" => "text/plain",
            "mp4" => "video/mp4",
            _ => "image/webp",
        };
        assert_eq!(shop.preview_type, expected);
        assert_eq!(
            shop.unique,
            demo.file_name.ends_with(".txt"),
            "the story is sealed for each buyer"
        );
        assert_eq!(
            shop.policy.modes.copy,
            ["Night Ferry", "Small Harbours", "The Crossing"].contains(&demo.title),
            "passing on is off unless turned on"
        );
        fits(&front(&it.package), &shop, &world.trust, NOW).unwrap();
    }
}

/// What lies in these directories, in bytes.
fn weight(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let each = entries.map(|entry| match entry.file_type().unwrap().is_dir() {
        true => weight(&entry.path()),
        false => entry.metadata().unwrap().len(),
    });
    each.sum()
}

/// Songs, pictures and books of the demo are made by the program, and its film is short: whoever fetches the program, or has it
/// on a disk, carries little of them.
#[test]
fn what_is_carried_of_the_demo_is_less_than_three_mebibytes() {
    let carried = weight(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo"));
    assert!((1..3 << 20).contains(&carried), "{carried} bytes");
}

#[test]
fn a_package_found_anywhere_says_whose_it_is_and_where_to_buy() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let it = world.publish(&text_work(dir.path()), &dir.path().join("out")).unwrap();
    let front = front(&it.package);
    // A finder with nothing but the realm file: the certifier's certificate lies in the package.
    let alone = seal::Trust::new(world.realm.clone());
    let found = find(&front, &alone, NOW);
    let Standing::Signed(signed) = &found.standing else {
        panic!("{:?}", found.standing)
    };
    assert_eq!((signed.publisher_name.as_str(), signed.today), ("Minato Tape", Ok(())));
    assert_eq!((found.title.as_str(), found.shop.seller), ("A Story", party(SHOP)));
    assert_eq!(
        (found.prices[0].number, found.prices[0].price),
        (OfferNo(101), yen(500))
    );
    assert!(found.preview.unwrap().1.starts_with(b"The last ferry"));
    assert!(signed.policy.as_ref().unwrap().modes.copy);
    // Years later, and after a revocation: still whose it was, and what has changed.
    let later = inspect(File::open(&it.package).unwrap(), Some((&alone, Moment(LATER.0 + 1)))).unwrap();
    assert_eq!(
        (later.signature, later.publisher_name.as_deref()),
        ("ended", Some("Minato Tape"))
    );
    let mut warned = alone.clone();
    warned.revoke(signer(12).verify_key().key_id(), u64::from(PUBLISHER));
    let revoked = inspect(File::open(&it.package).unwrap(), Some((&warned, NOW))).unwrap();
    assert_eq!(revoked.signature, "revoked");
    let text = inspect(File::open(&it.package).unwrap(), Some((&alone, NOW)))
        .unwrap()
        .to_string();
    for line in [
        "A Story",
        "Minato Tape",
        "signed",
        "101 at JPY 500",
        "http://127.0.0.1:7404/",
        "10 %",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let len = fs::read(&it.package).unwrap();
    let summary = inspect(len.clone(), None).unwrap();
    assert_eq!(
        (summary.signature, summary.package_len),
        ("not checked", len.len() as u64)
    );
    assert_eq!(summary.shares[2], summary.content_len);
    // Damage is named by its place: in the front, at the end, behind it.
    for at in [0, 20, 150, 600] {
        let mut bad = len.clone();
        bad[at] ^= 1;
        assert!(inspect(bad, None).unwrap_err().offset().unwrap() <= at as u64);
    }
    assert_eq!(
        inspect(len[..len.len() - 1].to_vec(), None).unwrap_err().offset(),
        Some(len.len() as u64 - 1)
    );
    assert_eq!(
        inspect([&len[..], b"x"].concat(), None).unwrap_err().offset(),
        Some(len.len() as u64)
    );
}

#[test]
fn a_cut_is_gone_on_from_and_ends_with_the_same_bytes() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let work = text_work(dir.path());
    let whole = world.publish(&work, &dir.path().join("whole")).unwrap();
    let into = dir.path().join("cut");
    // The same key file, and a package cut in the middle: what a killed process leaves.
    fs::create_dir(&into).unwrap();
    fs::copy(whole.dir.join("key.sealed"), into.join("key.sealed")).unwrap();
    let bytes = fs::read(&whole.package).unwrap();
    fs::write(into.join("package.keyfare.part"), &bytes[..bytes.len() / 2]).unwrap();
    let mut begun_at = None;
    let it = publish(
        &world.publisher(),
        &work,
        &[world.seller(SHOP)],
        &into,
        Moment(NOW.0 + 60_000),
        &Seed::new([200; 32]),
        &mut |p| {
            if p.step == Step::Sealing {
                begun_at.get_or_insert(p.done);
            }
        },
    )
    .unwrap();
    assert!(begun_at.unwrap() > 0, "what was sealed is not sealed again");
    assert_eq!(fs::read(&it.package).unwrap(), bytes);
    assert_eq!(bundle(&it), bundle(&whole));
    // Once more: nothing changes. Another file, price or shop does not go on in this directory.
    assert_eq!(world.publish(&work, &into).unwrap(), it);
    let mut dearer = work.clone();
    dearer.terms.offers[0].price = yen(501);
    assert_eq!(
        world.publish(&dearer, &into).unwrap_err().code(),
        "publish-directory-taken"
    );
    fs::write(&work.file, "another story, as long as it needs to be").unwrap();
    assert_eq!(
        world.publish(&work, &into).unwrap_err().code(),
        "publish-directory-taken"
    );
    // Another publication of the same content has a key of its own (SD-28).
    let again = publish(
        &world.publisher(),
        &text_work(dir.path()),
        &[world.seller(SHOP)],
        &dir.path().join("again"),
        NOW,
        &Seed::new([10; 32]),
        &mut |_| {},
    )
    .unwrap();
    assert_ne!(again.key_id, whole.key_id);
}

#[test]
fn every_shop_gets_a_bundle_only_it_can_open() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let shops = [world.seller(SHOP), world.seller(OTHER_SHOP)];
    let publish_for = |shops: &[Seller], name: &str| {
        publish(
            &world.publisher(),
            &text_work(dir.path()),
            shops,
            &dir.path().join(name),
            NOW,
            &Seed::new([9; 32]),
            &mut |_| {},
        )
    };
    let it = publish_for(&shops, "two").unwrap();
    for (n, (seller, path)) in [SHOP, OTHER_SHOP].into_iter().zip(&it.bundles) {
        let bytes = fs::read(path).unwrap();
        assert_eq!(*seller, party(n));
        assert!(verify_publication(&bytes, &world.trust, party(n), &opener(n), NOW).is_ok());
        let other = if n == SHOP { OTHER_SHOP } else { SHOP };
        let no = verify_publication(&bytes, &world.trust, party(other), &opener(other), NOW).unwrap_err();
        assert_eq!(no.code(), "publication-forged");
        let no = verify_publication(&bytes, &world.trust, party(n), &opener(other), NOW).unwrap_err();
        assert_eq!(no.code(), "publication-key-closed");
    }
    assert_eq!(
        publish_for(&[], "none").unwrap_err().code(),
        "publish-shops-out-of-bounds"
    );
    let twice = [world.seller(SHOP), world.seller(SHOP)];
    assert_eq!(
        publish_for(&twice, "twice").unwrap_err().code(),
        "publish-shops-out-of-bounds"
    );
}

#[test]
fn what_does_not_hold_together_is_refused_before_anything_is_written() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let into = dir.path().join("out");
    let good = text_work(dir.path());
    let refused = |change: &dyn Fn(&mut publisher::Work)| {
        let mut work = good.clone();
        change(&mut work);
        let code = world.publish(&work, &into).unwrap_err().code();
        assert!(!into.exists(), "{code} left something behind");
        code
    };
    assert_eq!(refused(&|w| w.terms.offers.clear()), "publish-terms-inconsistent");
    assert_eq!(refused(&|w| w.terms.generations = 0), "publish-terms-inconsistent");
    let euro = units::Money::new(5, units::Currency::new("EUR").unwrap()).unwrap();
    assert_eq!(
        refused(&|w| w.terms.offers[0].price = euro),
        "publish-terms-inconsistent"
    );
    assert_eq!(
        refused(&|w| w.title = "a\u{202e}b".into()),
        "publish-description-refused"
    );
    assert_eq!(
        refused(&|w| w.media_type = Some("text/plain; x".into())),
        "publish-description-refused"
    );
    assert_eq!(refused(&|w| w.preview = Some(b"<svg/>".to_vec())), "preview-refused");
    assert_eq!(refused(&|w| w.file = dir.path().into()), "publish-file-unusable");
    let empty = dir.path().join("empty");
    fs::write(&empty, "").unwrap();
    assert_eq!(refused(&|w| w.file = empty.clone()), "publish-file-empty");
    let program = dir.path().join("program");
    fs::write(&program, b"\x7fELF\x02\x01\x01").unwrap();
    assert_eq!(refused(&|w| w.file = program.clone()), "preview-to-be-supplied");
    // A program with a preview of its provider's is a work like any other (XD-10).
    let mut work = good.clone();
    (work.file, work.preview) = (program, Some(b"A game of patience and tides.".to_vec()));
    assert_eq!(world.publish(&work, &into).unwrap().kind, package::Kind::Program);
    // Keys that are not the certificate's; a certificate that has ended.
    let other = signer(OTHER_PUBLISHER);
    let wrong = publisher::Publisher {
        signer: &other,
        ..world.publisher()
    };
    let run = |who: &publisher::Publisher<'_>, at| {
        let no = publish(
            who,
            &good,
            &[world.seller(SHOP)],
            &dir.path().join("no"),
            at,
            &Seed::new([1; 32]),
            &mut |_| {},
        );
        no.unwrap_err().code()
    };
    assert_eq!(run(&wrong, NOW), "publish-keys-differ");
    assert_eq!(run(&world.publisher(), Moment(LATER.0 + 1)), "certificate-ended");
}

#[test]
fn verifying_needs_the_right_front() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let one = world.publish(&text_work(dir.path()), &dir.path().join("one")).unwrap();
    let file = dir.path().join("two.txt");
    fs::write(&file, STORY.repeat(300)).unwrap();
    let two = publish(
        &world.publisher(),
        &work(file, "Another"),
        &[world.seller(SHOP)],
        &dir.path().join("two"),
        NOW,
        &Seed::new([11; 32]),
        &mut |_| {},
    )
    .unwrap();
    let shop = verify_publication(&bundle(&one), &world.trust, party(SHOP), &opener(SHOP), NOW).unwrap();
    assert_eq!(
        fits(&front(&two.package), &shop, &world.trust, NOW).unwrap_err().code(),
        "package-not-as-published"
    );
    // Signatures of one package under the header of another; none at all; another realm; another publisher's certificate.
    let (a, b) = (front(&one.package), front(&two.package));
    let put = |signatures| Front::assemble(a.header().clone(), signatures, a.preview().to_vec()).unwrap();
    let code = |front: &Front, trust: &seal::Trust| verify_front(front, trust, NOW).unwrap_err().code();
    assert!(verify_front(&a, &world.trust, NOW).is_ok());
    assert_eq!(code(&put(b.signatures().clone()), &world.trust), "package-forged");
    let mixed = package::Signatures {
        preview: b.signatures().preview.clone(),
        ..a.signatures().clone()
    };
    assert_eq!(code(&put(mixed), &world.trust), "package-forged");
    assert_eq!(
        code(&put(package::Signatures::default()), &world.trust),
        "package-unsigned"
    );
    let unread = package::Signatures {
        chain: vec![1, 2, 3],
        ..a.signatures().clone()
    };
    assert_eq!(code(&put(unread), &world.trust), "package-certificates-unreadable");
    let other = certificate(&world.realm, OTHER_PUBLISHER, seal::Role::Publisher, "Somebody");
    let chain = seal::cbor::to_bytes(&vec![minicbor::bytes::ByteVec::from(other)]);
    let foreign = package::Signatures {
        chain,
        ..a.signatures().clone()
    };
    assert_eq!(code(&put(foreign), &world.trust), "package-other-publisher");
    let shop_cert = certificate(&world.realm, PUBLISHER, seal::Role::Seller, "No publisher");
    let chain = seal::cbor::to_bytes(&vec![minicbor::bytes::ByteVec::from(shop_cert)]);
    let role = package::Signatures {
        chain,
        ..a.signatures().clone()
    };
    assert_eq!(code(&put(role), &world.trust), "package-publisher-not-certified");
    let elsewhere = seal::Trust::new(seal::Realm {
        name: "production".into(),
        ..world.realm.clone()
    });
    assert_eq!(code(&a, &elsewhere), "package-other-realm");
    assert!(a.header().geometry.share_len(Share::Tenth) > 0);
}

/// A work of a set carries its own key under the set's, signed with the rest of its front; the same call gives the same bytes, and a
/// set that is not there, or a package for one buyer, is refused before anything is written.
///
/// proves: ST-21
#[test]
fn a_work_of_a_set_carries_its_key_under_the_sets() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (all, into) = (dir.path().join("all"), dir.path().join("one"));
    let mut work = text_work(dir.path());
    work.terms.sets = vec![all.clone()];
    assert_eq!(world.publish(&work, &into).unwrap_err().code(), "publish-no-such-set");
    assert!(!into.exists());
    let seed = Seed::new([8; 32]);
    let shops = [world.seller(SHOP)];
    let set = publish(
        &world.publisher(),
        &text_work(dir.path()),
        &shops,
        &all,
        NOW,
        &seed,
        &mut |_| {},
    )
    .unwrap();
    work.terms.delivery = package::Delivery::Unique;
    assert_eq!(
        world.publish(&work, &into).unwrap_err().code(),
        "publish-terms-inconsistent"
    );
    work.terms.delivery = package::Delivery::Shared;
    // The same set twice is one.
    work.terms.sets.push(all.clone());
    let made = world.publish(&work, &into).unwrap();
    let bytes = fs::read(&made.package).unwrap();
    fs::remove_file(&made.package).unwrap();
    assert_eq!(world.publish(&work, &into).unwrap(), made);
    assert_eq!(fs::read(&made.package).unwrap(), bytes);
    let package = package::Package::open(bytes).unwrap();
    let header = package.front().header();
    let [line] = &header.sets[..] else {
        panic!("{:?}", header.sets)
    };
    assert_eq!(line.set.0, set.key_id);
    assert_ne!(made.key_id, set.key_id, "each work has a key of its own");
    let secret = |dir: &Path| {
        let key = publisher::kept_key(dir, &world.secret).unwrap().unwrap();
        seal::ContentSecret::new(*key.secret_bytes_for_wrapping())
    };
    let place = (world.trust.id(), made.content, made.key_id);
    let key = license::unwrap_in_set(&secret(&all), place, &line.wrapped).unwrap();
    assert_eq!(key.expose(), secret(&into).expose());
    let elsewhere = (world.trust.id(), set.content, made.key_id);
    assert!(license::unwrap_in_set(&secret(&all), elsewhere, &line.wrapped).is_err());
    assert!(license::unwrap_in_set(&secret(&into), place, &line.wrapped).is_err());
    // Another set is another request.
    work.terms.sets.clear();
    assert_eq!(
        world.publish(&work, &into).unwrap_err().code(),
        "publish-directory-taken"
    );
}

/// Without a film, or without ffmpeg, there is no small rendition, and nothing is written.
///
/// proves: ST-11
#[test]
fn a_small_rendition_needs_a_film_or_a_song_and_ffmpeg() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let into = dir.path().join("out");
    let mut work = text_work(dir.path());
    work.terms.small = true;
    let no = world.publish(&work, &into).unwrap_err();
    assert!(no.to_string().contains("only films and sound"), "{no}");
    fs::write(&work.file, [b"RIFF\0\0\0\0WAVE".as_slice(), &[0; 64]].concat()).unwrap();
    let no = world.publish(&work, &into).unwrap_err();
    assert!(no.to_string().contains("ffmpeg"), "{no}");
    assert!(!into.exists());
}
