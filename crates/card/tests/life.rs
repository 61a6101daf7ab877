//! A card's life: birth, power cuts, PIN, time, an old copy and the way back.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod world;

use card::{Card, Keeping, Memory, PinRefusal, Settled, Want};
use deal::{Resume, issuer::Seen};
use seal::Class;
use units::{Moment, OfferNo, Refusal, Span};
use world::*;

/// proves: XD-1
#[test]
fn nothing_a_card_keeps_is_readable_without_its_master_key() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    world.buy(&mut card);
    let journal = card.journal();
    let all: Vec<u8> = journal
        .snapshot
        .iter()
        .chain(journal.records.iter().flatten())
        .copied()
        .collect();
    let document = card.state().licenses.values().next().unwrap().document.to_vec();
    for secret in [
        b"Night Ferry".as_slice(),
        &document[..64],
        world.key.secret_bytes_for_wrapping(),
    ] {
        assert!(!all.windows(secret.len()).any(|w| w == secret));
    }
    assert!(wake(&card, 1).is_ok());
    assert!(wake(&card, 2).is_err(), "another master key opens nothing");
    let mut moved = journal.clone();
    moved.records.swap(0, 1);
    assert!(
        Card::wake(
            &seal::Secret::new([1; 32]),
            &moved.snapshot.clone(),
            &moved.records.clone(),
            moved
        )
        .is_err()
    );
}

/// proves: XD-6 XD-7
#[test]
fn both_ways_of_keeping_a_key_play_the_same() {
    for keeping in [Keeping::Opened, Keeping::AsTheyCame] {
        let mut world = World::new();
        let mut card = world.card(1);
        card.keep_keys(keeping, &world.fresh()).unwrap();
        world.load(&mut card, 500);
        let id = world.buy(&mut card);
        assert_eq!(
            card.state().licenses[&id].opened.is_empty(),
            keeping == Keeping::AsTheyCame
        );
        let mut card = wake(&card, 1).unwrap();
        let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
        assert!(card.release(&ticket, &world.header, 0, NOW).is_ok());
    }
}

/// Every write of a purchase fails once, before and after it took hold; the card wakes, the same messages come again, and
/// the buyer ends with money or music.
///
/// proves: row-14 S1 S6
#[test]
fn power_cut_at_every_write_of_a_purchase_leaves_money_or_music() {
    for takes_hold in [false, true] {
        for cut in 0..12 {
            let mut world = World::new();
            let mut card = world.card(1);
            world.load(&mut card, 500);
            card.journal_mut().writes_left = Some(cut);
            card.journal_mut().fails_after = takes_hold;
            let mut pay = None;
            let tried = (|| -> Option<()> {
                let asked = card.ask_sale(OfferNo(204), &world.fresh()).ok()?;
                let checked = world.checked(&card, &asked);
                let ok = card.confirm(&checked, PIN, &world.fresh()).ok()?;
                pay = card
                    .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
                    .ok()
                    .map(|(_, p)| p.into_bytes());
                let settle = world.give(pay.as_ref()?);
                card.settle(&settle, NOW, &world.fresh()).ok().map(|_| ())
            })();
            let mut card = wake(&card, 1).unwrap();
            card.journal_mut().writes_left = None;
            card.journal_mut().fails_after = false;
            let open: Vec<_> = card.state().paid.iter().map(|p| p.deal).collect();
            if pay.is_some() {
                assert!(
                    open.len() == 1 || card.state().licenses.len() == 1,
                    "what was said is remembered"
                );
            }
            for deal in open {
                let again = card.pay_again(deal).unwrap();
                assert!(
                    pay.as_ref().is_none_or(|p| p == again.bytes()),
                    "repeated byte for byte"
                );
                let settle = world.give(again.bytes());
                assert!(matches!(
                    card.settle(&settle, NOW, &world.fresh()).unwrap(),
                    Settled::Given { .. }
                ));
            }
            let end = (card.state().purse.minor(), card.state().licenses.len());
            assert!(end == (500, 0) || end == (200, 1), "cut {cut} {takes_hold}: {end:?}");
            if tried.is_some() {
                assert_eq!(end, (200, 1));
            }
        }
    }
}

/// proves: row-79
#[test]
fn the_pin_is_counted_before_it_is_compared_and_blocks_at_three() {
    let mut world = World::new();
    let mut card = world.card(1);
    let (_, code) = card_lock(1);
    world.load(&mut card, 500);
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    assert_eq!(
        card.confirm(&checked, "12", &world.fresh()).unwrap_err(),
        PinRefusal::NotAPin
    );
    assert_eq!(
        card.confirm(&checked, "0000", &world.fresh()).unwrap_err(),
        PinRefusal::Wrong(2)
    );
    assert!(
        card.confirm(&checked, PIN, &world.fresh()).is_ok(),
        "a right PIN forgives"
    );
    assert_eq!(card.pin_tries(), 3);
    // A cut after the try was counted does not give it back; a card that cannot count does not look.
    card.journal_mut().writes_left = Some(0);
    assert_eq!(
        card.confirm(&checked, PIN, &world.fresh()).unwrap_err().code(),
        "card-storage"
    );
    card.journal_mut().writes_left = None;
    for left in [2, 1] {
        assert_eq!(
            card.confirm(&checked, "0000", &world.fresh()).unwrap_err(),
            PinRefusal::Wrong(left)
        );
        card = wake(&card, 1).unwrap();
    }
    assert_eq!(
        card.confirm(&checked, "0000", &world.fresh()).unwrap_err(),
        PinRefusal::Blocked
    );
    card = wake(&card, 1).unwrap();
    assert_eq!(
        card.confirm(&checked, PIN, &world.fresh()).unwrap_err(),
        PinRefusal::Blocked,
        "the right one too"
    );
    assert_eq!(
        card.unblock("aaaa-bbbb-cccc-dddd-eeee", "1357", &world.fresh())
            .unwrap_err(),
        PinRefusal::WrongCode
    );
    card.unblock(&code.0.to_uppercase().replace('-', " "), "1357", &world.fresh())
        .unwrap();
    assert!(card.confirm(&checked, "1357", &world.fresh()).is_ok());
}

/// proves: XD-11 row-80 S11
#[test]
fn a_consent_holds_for_one_quote_and_one_payment() {
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 1000);
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let seen = world.checked(&card, &asked);
    let other = world.checked(&card, &asked);
    let ok = card.confirm(&seen, PIN, &world.fresh()).unwrap();
    assert_eq!(
        card.pay(&other, ok, &Want::default(), NOW, &world.fresh())
            .unwrap_err()
            .code(),
        "consent-differs"
    );
    let (one, two) = (
        card.confirm(&seen, PIN, &world.fresh()).unwrap(),
        card.confirm(&seen, PIN, &world.fresh()).unwrap(),
    );
    card.pay(&seen, one, &Want::default(), NOW, &world.fresh()).unwrap();
    assert_eq!(
        card.pay(&seen, two, &Want::default(), NOW, &world.fresh())
            .unwrap_err()
            .code(),
        "consent-differs"
    );
    // Nothing that costs is agreed to without a PIN.
    assert!(card.confirm_free(&seen).is_none());
}

/// proves: row-36 row-37
#[test]
fn time_goes_forward_only_and_in_bounded_jumps() {
    let mut world = World::new();
    world.rights.until = Some(NOW.plus(Span::days(10)));
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let id = world.buy(&mut card);
    card.take_tick(&world.tick(NOW.plus(Span::days(11))), &world.fresh())
        .unwrap();
    // The wall clock turned back does not help.
    assert_eq!(
        card.begin_play(id, NOW, &world.fresh()).unwrap_err().code(),
        "license-ended"
    );
    card.take_tick(&world.tick(NOW), &world.fresh()).unwrap();
    assert_eq!(card.state().clock, NOW.plus(Span::days(11)));
    let far = world.tick(NOW.plus(Span::days(11 + 91)));
    assert_eq!(
        card.take_tick(&far, &world.fresh()).unwrap_err().code(),
        "time-not-trusted"
    );
    let forged = seal::cbor::to_bytes(&deal::wire::Tick {
        signed: seal::sign(
            &signer(20),
            seal::Kind::Tick,
            world.id,
            seal::Audience::Anyone,
            &NOW.plus(Span::days(12)),
        )
        .into(),
        certificate: world.issuer_certificate(),
    });
    assert!(
        card.take_tick(&forged, &world.fresh()).is_err(),
        "an issuer is no clock"
    );
}

/// proves: row-35 S15
#[test]
fn a_play_is_counted_before_the_first_key_and_survives_a_cut() {
    let mut world = World::new();
    world.rights.plays = Some(2);
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let id = world.buy(&mut card);
    card.journal_mut().writes_left = Some(0);
    assert_eq!(
        card.begin_play(id, NOW, &world.fresh()).unwrap_err().code(),
        "card-storage"
    );
    card.journal_mut().writes_left = None;
    let _first = card.begin_play(id, NOW, &world.fresh()).unwrap();
    let mut card = wake(&card, 1).unwrap();
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    assert_eq!(
        card.begin_play(id, NOW, &world.fresh()).unwrap_err().code(),
        "no-plays-left"
    );
    assert!(card.release(&ticket, &world.header, 0, NOW).is_ok());
}

/// A player that was killed goes on with the play it had begun; nobody else can, nor tomorrow, nor once the license is gone.
///
/// proves: row-35 SD-6
#[test]
fn an_interrupted_play_goes_on_for_a_day_on_its_own_card_alone() {
    let mut world = World::new();
    world.rights.plays = Some(1);
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let id = world.buy(&mut card);
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    let (kept, over) = (card.keep_play(&ticket), ticket.resumable_until());
    assert_eq!(over, NOW.plus(Span::days(1)));
    let mut card = wake(&card, 1).unwrap();
    let again = card.resume_play(&kept, NOW).unwrap();
    assert_eq!(card.keep_play(&again), kept);
    assert!(card.release(&again, &world.header, 0, NOW).is_ok());
    // All plays are used: nothing was given back.
    assert_eq!(
        card.begin_play(id, NOW, &world.fresh()).unwrap_err().code(),
        "no-plays-left"
    );
    assert!(card.resume_play(&kept, over).is_some());
    assert!(card.resume_play(&kept, over.plus(Span(1))).is_none());
    // A clock that was turned back changes nothing: the card's own goes forward only.
    assert!(card.resume_play(&kept, Moment(0)).is_some());
    for at in 0..kept.len() {
        let mut forged = kept.clone();
        forged[at] ^= 1;
        assert!(card.resume_play(&forged, NOW).is_none(), "{at}");
    }
    let mut other = world.card(2);
    world.load(&mut other, 500);
    world.buy(&mut other);
    assert!(other.resume_play(&kept, NOW).is_none());
    card.delete(id, NOW, &world.fresh()).unwrap();
    assert!(card.resume_play(&kept, NOW).is_none());
}

/// Yesterday's card file is put back: the issuer has seen more, the card freezes, plays on, and is resumed.
///
/// proves: D7 D6 row-11
#[test]
fn an_old_copy_freezes_plays_on_and_is_resumed() {
    let mut world = World::new();
    world.rights.plays = Some(5);
    let mut card = world.card(1);
    world.load(&mut card, 900);
    let id = world.buy(&mut card);
    let yesterday = card.journal().clone();
    world.buy(&mut card);
    let seen = Seen {
        pay_no: card.state().pay_no,
        give_no: 1,
        epoch: 0,
    };
    let mut old = Card::wake(
        &seal::Secret::new([1; 32]),
        &yesterday.snapshot.clone(),
        &yesterday.records.clone(),
        yesterday,
    )
    .unwrap();
    assert_eq!(old.state().purse.minor(), 600);
    let report = old.report(Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&old, report.bytes(), seen, |_| {});
    let contact = old.cleared(&answer, NOW, &world.fresh()).unwrap();
    assert!(contact.frozen);
    assert_eq!(
        old.ask_sale(OfferNo(204), &world.fresh()).unwrap_err().code(),
        "card-frozen"
    );
    assert!(
        old.begin_play(id, NOW, &world.fresh()).is_ok(),
        "a frozen card still plays"
    );
    let report = old.report(Class::Software, NOW, &world.fresh()).unwrap();
    let resume = Resume {
        card: old.number().unwrap(),
        epoch: 1,
        pay_no: seen.pay_no + 66,
        give_no: 66,
        purse: yen(300),
    };
    let answer = world.clear(&old, report.bytes(), seen, |a| a.resume = Some(resume.clone()));
    let contact = old.cleared(&answer, NOW, &world.fresh()).unwrap();
    assert!(contact.resumed && !contact.frozen);
    assert_eq!(
        (old.state().purse.minor(), old.state().pay_no, old.state().epoch),
        (300, seen.pay_no + 66, 1)
    );
    assert_eq!(
        old.begin_play(id, NOW, &world.fresh()).unwrap_err().code(),
        "license-on-hold",
        "what may have been used up waits"
    );
    // The same resume again does nothing.
    let report = old.report(Class::Software, NOW, &world.fresh()).unwrap();
    let answer = world.clear(&old, report.bytes(), seen, |a| a.resume = Some(resume));
    assert!(!old.cleared(&answer, NOW, &world.fresh()).unwrap().resumed);
}

#[test]
fn a_long_journal_folds_into_a_snapshot_and_wakes_the_same() {
    let mut world = World::new();
    let mut card = world.card(1);
    for n in 0..600u64 {
        card.keep_keys(
            if n % 2 == 0 {
                Keeping::Opened
            } else {
                Keeping::AsTheyCame
            },
            &world.fresh(),
        )
        .unwrap();
    }
    assert!(card.journal().records.len() < 512);
    let woken = wake(&card, 1).unwrap();
    assert_eq!(woken.image(), card.image());
    let empty: Card<Memory> = woken;
    assert_eq!(empty.now(Moment(0)), NOW);
}

/// proves: SD-28 row-39
#[test]
fn a_license_of_the_whole_opens_what_its_publisher_signs_under_the_same_key_and_nothing_else() {
    use package::{About, ContentKey, Geometry, Header};
    use seal::{Audience, Kind};
    let mut world = World::new();
    let mut card = world.card(1);
    world.load(&mut card, 1000);
    let id = world.buy(&mut card);
    let content = card.state().licenses[&id].title;
    let about = |world: &World| About {
        realm: world.id,
        content,
        publisher: world.publisher,
        edition: 2,
        ..About::example()
    };
    let header = |about: About, key: &ContentKey| Header::new(about, key, Geometry::of(2_000_000).unwrap());
    let sign = |world: &World, by: u8, kind, header: &Header| {
        seal::sign(&signer(by), kind, world.id, Audience::Anyone, &header.hash())
    };
    let second = header(about(&world), &world.key);
    let signed = sign(&world, 22, Kind::Header, &second);
    card.opens_version(id, &second, &signed).unwrap();
    card.opens_version(id, &world.header.clone(), b"").unwrap();
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    assert!(
        card.release(&ticket, &second, 0, NOW).is_err(),
        "nobody showed the signature yet"
    );
    let ticket = card.play_version(ticket, &second, &signed).unwrap();
    let tree = package::Tree::new(second.key.id, &second.geometry);
    let right = world.key.root(&tree).stretch(&tree, 1).unwrap();
    let got = card.release(&ticket, &second, 1, NOW).unwrap();
    assert_eq!(got.secret_bytes_for_release(), right.secret_bytes_for_release());
    assert!(card.release(&ticket, &world.header.clone(), 0, NOW).is_err());
    // Another edition's key, another work, another publisher, a package for one buyer.
    let mut others = vec![header(about(&world), &ContentKey::from_secret_bytes([78; 32]))];
    let other = |change: &dyn Fn(&mut About)| {
        let mut about = about(&world);
        change(&mut about);
        header(about, &world.key)
    };
    others.push(other(&|it| it.content = units::ContentId([9; 16])));
    others.push(other(&|it| it.publisher = units::PartyId([9; 16])));
    others.push(other(&|it| it.delivery = package::Delivery::Unique));
    for other in &others {
        let signed = sign(&world, 22, Kind::Header, other);
        assert_eq!(
            card.opens_version(id, other, &signed).unwrap_err().code(),
            "license-other-package"
        );
    }
    // The seller has the key as well, but is not believed; nor is a signature about something else.
    for bad in [
        sign(&world, 21, Kind::Header, &second),
        sign(&world, 22, Kind::Preview, &second),
        sign(&world, 22, Kind::Header, &world.header.clone()),
        Vec::new(),
    ] {
        assert_eq!(
            card.opens_version(id, &second, &bad).unwrap_err().code(),
            "license-other-package"
        );
    }
}

/// One license, many works: the set's own package, and every package that stands under its key in a front its publisher signed. Plays
/// are counted together, and a play of one work is none of another.
///
/// proves: ST-21
#[test]
fn a_license_of_a_set_opens_every_work_that_stands_under_its_key_and_counts_them_together() {
    use package::{About, ContentKey, Geometry, Header, SetKey, Tree};
    use seal::{Audience, ContentSecret, Kind};
    let mut world = World::new();
    world.rights.plays = Some(3);
    let mut card = world.card(1);
    world.load(&mut card, 1000);
    let id = world.buy(&mut card);
    let set_key = ContentSecret::new(*world.key.secret_bytes_for_wrapping());
    let member = |world: &mut World, n: u8, place: u8, set: &ContentSecret, bend: &dyn Fn(&mut About)| {
        let key = ContentKey::from_secret_bytes([n; 32]);
        let secret = ContentSecret::new([n; 32]);
        let at = (world.id, units::ContentId([place; 16]), key.id().0);
        let wrapped = license::wrap_in_set(set, at, &secret, &world.fresh());
        let set = world.key.id();
        let mut about = About {
            realm: world.id,
            content: units::ContentId([n; 16]),
            publisher: world.publisher,
            sets: vec![SetKey { set, wrapped }],
            ..About::example()
        };
        bend(&mut about);
        Header::new(about, &key, Geometry::of(1_000_000).unwrap())
    };
    let sign = |world: &World, by: u8, header: &Header| {
        seal::sign(&signer(by), Kind::Header, world.id, Audience::Anyone, &header.hash())
    };
    let (first, second) = (
        member(&mut world, 31, 31, &set_key, &|_| ()),
        member(&mut world, 32, 32, &set_key, &|_| ()),
    );
    let signed = [&first, &second].map(|header| sign(&world, 22, header));
    let mut stubs = Vec::new();
    for (n, (header, signed)) in [31, 32].into_iter().zip([(&first, &signed[0]), (&second, &signed[1])]) {
        card.opens_version(id, header, signed).unwrap();
        let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
        assert!(
            card.release(&ticket, header, 0, NOW).is_err(),
            "nobody showed the signature"
        );
        let ticket = card.play_version(ticket, header, signed).unwrap();
        let tree = Tree::new(header.key.id, &header.geometry);
        let key = ContentKey::from_secret_bytes([n; 32]);
        let right = key.root(&tree).stretch(&tree, 0).unwrap();
        let got = card.release(&ticket, header, 0, NOW).unwrap();
        assert_eq!(got.secret_bytes_for_release(), right.secret_bytes_for_release());
        assert!(card.release(&ticket, &world.header.clone(), 0, NOW).is_err());
        stubs.push(card.keep_play(&ticket));
    }
    assert!(card.resume_play_of(&stubs[0], Some(&second), NOW).is_none());
    assert!(card.resume_play(&stubs[0], NOW).is_none());
    assert!(card.resume_play_of(&stubs[1], Some(&second), NOW).is_some());
    // The third play is the set's own package; a fourth of any of them there is not.
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    assert!(card.release(&ticket, &world.header.clone(), 0, NOW).is_ok());
    assert_eq!(
        card.begin_play(id, NOW, &world.fresh()).unwrap_err().code(),
        "no-plays-left"
    );
    // Not of another publisher, not signed by its seller, not for one buyer, not of another set, and not under a line that was moved
    // there from another work or made without the set's key.
    let refused = [
        member(&mut world, 33, 33, &set_key, &|it| {
            it.publisher = units::PartyId([9; 16])
        }),
        member(&mut world, 33, 33, &set_key, &|it| {
            it.delivery = package::Delivery::Unique
        }),
        member(&mut world, 33, 33, &set_key, &|it| {
            it.sets[0].set = package::KeyId([1; 16])
        }),
        member(&mut world, 33, 33, &set_key, &|it| it.sets.clear()),
    ];
    for header in &refused {
        let signed = sign(&world, 22, header);
        let no = card.opens_version(id, header, &signed).unwrap_err();
        assert_eq!(no.code(), "license-other-package");
    }
    let no = card.opens_version(id, &first, &sign(&world, 21, &first)).unwrap_err();
    assert_eq!(no.code(), "license-other-package");
    let mut card = world.card(2);
    world.load(&mut card, 1000);
    let id = world.buy(&mut card);
    for (place, key) in [(34, &set_key), (33, &ContentSecret::new([1; 32]))] {
        let made_up = member(&mut world, 33, place, key, &|_| ());
        let signed = sign(&world, 22, &made_up);
        let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
        let ticket = card.play_version(ticket, &made_up, &signed).unwrap();
        let no = card.release(&ticket, &made_up, 0, NOW).unwrap_err();
        assert_eq!(no.code(), "license-key-does-not-open");
    }
}

/// The key of keys comes sealed to the one tag that bought it, and where the holder says so it stays as it came: nothing but that
/// card's release opens it, for a license of one work and of a set alike.
///
/// proves: ST-21 XD-7
#[test]
fn the_key_in_a_license_comes_sealed_and_may_stay_so() {
    let mut world = World::new();
    let mut card = world.card(1);
    card.keep_keys(Keeping::AsTheyCame, &world.fresh()).unwrap();
    world.load(&mut card, 1000);
    let id = world.buy(&mut card);
    let held = &card.state().licenses[&id];
    assert!(held.opened.is_empty());
    let key = *world.key.secret_bytes_for_wrapping();
    let shows = |bytes: &[u8]| bytes.windows(32).any(|part| part == key);
    assert!(!shows(&held.document), "the key does not stand in the license");
    assert!(!shows(&card.journal().records.concat()));
    let document = license::Document::parse(&held.document).unwrap();
    let link = document.last_link(world.id).unwrap();
    let bound = license::bound_to(
        world.id,
        held.offer,
        link.header,
        link.receiver.tag,
        link.generation,
        units::Share::Whole,
    );
    for n in 1..=30 {
        let stranger = opener(n);
        assert!(license::unwrap_key(&stranger, &bound, &document.wraps[0]).is_err());
    }
    let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
    assert!(card.release(&ticket, &world.header.clone(), 0, NOW).is_ok());
}
