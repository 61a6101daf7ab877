//! Locked copies and their unlocking: SD-24 to SD-30.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod hand;
mod world;

use card::{Asked, Card, Checked, Memory, Quoted, Settled, Want};
use deal::wire::{GiftSheet, KeyAhead, OutcomeSheet, PaySheet, QuoteSheet, SettleSheet};
use deal::{Kind, Status};
use hand::*;
use license::keydata::LockStatus;
use license::{Document, Link, Receiver, Rights, Route};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, Role, Secret, cbor};
use units::{DealId, LicenseId, OrderId, PartyId, Refusal, Share};
use world::*;

/// One locked copy, agreed to and installed.
fn locked(world: &mut World, giver: &mut Card<Memory>, to: &mut Card<Memory>, license: LicenseId) -> LicenseId {
    let (checked, quoted) = ask_locked(world, giver, to, license);
    let ok = to.confirm(&checked, PIN, &world.fresh()).unwrap();
    let bytes = quoted.locked.unwrap();
    to.install_locked(&checked, ok, bytes.bytes(), NOW, &world.fresh())
        .unwrap()
}

fn ask_locked(world: &mut World, giver: &Card<Memory>, to: &Card<Memory>, license: LicenseId) -> (Checked, Quoted) {
    let permit = giver.permit(Kind::Locked, Some(license), LATER).unwrap();
    let asked = to.ask_locked(None, &world.fresh()).unwrap();
    let header = world.header.clone();
    let quoted = giver
        .quote(&asked.bytes(), &permit, Some(&header), NOW, &world.fresh())
        .unwrap();
    let checked = to.read_quote(quoted.message.bytes(), Some(&asked), None, NOW).unwrap();
    (checked, quoted)
}

// ---- a support centre: key 25; the unlock key is 24 ----------------------------------------------------------------------

fn centre(world: &World, n: u8) -> ByteVec {
    world.certificate(12, n, Role::Support, "Pier Support")
}

fn unlock_quote(world: &World, asked: &Asked, held: &deal::Held, n: u8) -> deal::Quote {
    deal::Quote {
        kind: Kind::Unlock,
        number: deal::Number::Order(OrderId(asked.ask.nonce)),
        giver: [n; 16],
        offer: Some(held.offer),
        policy: Some(held.policy),
        title: held.title,
        price: world.terms.unlock.as_ref().unwrap().fee,
        accepts: vec![license::TenderKind::Slip],
        payee: world.publisher,
        generation: held.generation,
        rights: Rights::UNLIMITED,
        route: Route::Till,
        facts: deal::Facts::default(),
        slips: 0,
        room: 0,
        credit: None,
        license: asked.ask.license,
        until: LATER,
        ask: Some(asked.ask.hash()),
        links: None,
    }
}

fn quote_bytes(world: &World, asked: &Asked, quote: &deal::Quote, ahead: Option<ByteVec>) -> Vec<u8> {
    let n = quote.giver[0];
    let sheet = QuoteSheet {
        quote: seal::sign(&signer(n), Sealed::Quote, world.id, Audience::Anyone, quote).into(),
        certificate: centre(world, n),
        terms: None,
        ahead,
        purchase: None,
        claim: None,
    };
    deal::wire::seal_signed(&asked.ask.seal, Sealed::Quote, &cbor::to_bytes(&sheet), &seed(41)).unwrap()
}

/// What the centre does: opens the locked key with the unlock key, and wraps it for the card that asks.
fn unlock(world: &World, document: &[u8], to: Receiver, deal: DealId, n: u8) -> Vec<u8> {
    let mut document = Document::parse(document).unwrap();
    let before = document.last_link(world.id).unwrap();
    let offer = seal::hash(&document.offer);
    let wrap = document.wraps.iter().find(|w| w.share == Share::Whole).unwrap();
    let bound = license::bound_to_unlock(world.id, offer, before.header);
    let key = license::unwrap_key(&opener(24), &bound, wrap).unwrap();
    let link = Link {
        after: seal::hash(document.links.last().unwrap()),
        rights: Rights::UNLIMITED,
        receiver: to,
        deal,
        support: Some(centre(world, n)),
        ..before
    };
    let bound = license::bound_to(world.id, offer, link.header, to.tag, link.generation, Share::Whole);
    document.wraps = vec![license::wrap_key(&to.seal, &bound, Share::Whole, &key, &seed(42)).unwrap()];
    document
        .links
        .push(seal::sign(&signer(n), Sealed::Link, world.id, Audience::Anyone, &link).into());
    cbor::to_bytes(&document)
}

fn open_pay(world: &World, pay: &[u8], n: u8) -> (DealId, PaySheet) {
    let bytes = deal::wire::open_sealed(&opener(n), Sealed::Pay, pay).unwrap();
    let parsed = seal::parse::<PaySheet>(&bytes, Sealed::Pay, world.id).unwrap();
    (deal::wire::deal_id(&bytes), parsed.claims().clone())
}

fn settle(world: &World, deal: DealId, sheet: &PaySheet, gift: GiftSheet, n: u8) -> Vec<u8> {
    let to = world.receiver_of(sheet);
    let settle = SettleSheet {
        deal,
        pay_no: sheet.pay.pay_no,
        outcome: OutcomeSheet::Given(gift),
        certificate: centre(world, n),
    };
    deal::wire::sign_and_seal(
        &signer(n),
        Sealed::Settle,
        world.id,
        to.tag.into(),
        &to.seal,
        &settle,
        &seed(43),
    )
    .unwrap()
}

/// proves: SD-24 SD-8 SD-30 row-31
#[test]
fn a_locked_copy_is_free_written_by_nobody_and_plays_nothing() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = world.card(2);
    let writes = giver.journal().records.len();
    let (checked, _) = ask_locked(&mut world, &giver, &friend, license);
    assert!(
        friend.confirm_free(&checked).is_none(),
        "it is agreed to like any other"
    );
    let terms = checked.unlock().unwrap();
    assert_eq!(
        (checked.quote().price, terms.fee),
        (yen(0), yen(250)),
        "and says what using it will cost"
    );
    assert_eq!(terms.centres, [PartyId([25; 16])]);
    let copy = locked(&mut world, &mut giver, &mut friend, license);
    assert_eq!(
        (giver.journal().records.len(), giver.open().len()),
        (writes, 0),
        "the giver wrote nothing"
    );
    assert!(friend.open().is_empty());
    assert_eq!(friend.state().licenses[&copy].status, Status::Locked);
    assert_eq!(
        friend.begin_play(copy, NOW, &world.fresh()).unwrap_err().code(),
        "license-locked"
    );
    let data = friend.key_data(copy).unwrap();
    assert_eq!(
        (data.says(), data.name()),
        (LockStatus::Locked, "Night Ferry".as_bytes())
    );
    assert_eq!(data.product, world.key.id().0[..4]);
    assert_eq!(giver.key_data(license).unwrap().says(), LockStatus::Unlocked);
    // Third and fourth users: the same, and none of them can give it as a copy.
    let mut three = world.card(3);
    let third = locked(&mut world, &mut friend, &mut three, copy);
    let mut four = world.card(4);
    let fourth = locked(&mut world, &mut three, &mut four, third);
    assert_eq!(four.state().licenses[&fourth].status, Status::Locked);
    assert_eq!(four.state().licenses[&fourth].generation, 3);
    let permit = four.permit(Kind::Copy, Some(fourth), LATER).unwrap();
    assert_eq!(four.open_quote(&permit, NOW).unwrap_err().code(), "give-not-now");
}

/// proves: SD-24 SD-25 row-34
#[test]
fn a_share_opens_at_once_and_no_more_of_the_work_can_be_derived() {
    for share in [Share::Tenth, Share::Most] {
        let mut world = world(Route::Chain);
        world.terms.unlock.as_mut().unwrap().arrives = share;
        let (mut giver, license) = owner(&mut world, 1);
        let mut friend = world.card(2);
        // Without the package nobody knows where the share ends.
        let permit = giver.permit(Kind::Locked, Some(license), LATER).unwrap();
        let asked = friend.ask_locked(None, &world.fresh()).unwrap();
        let no = giver
            .quote(&asked.bytes(), &permit, None, NOW, &world.fresh())
            .unwrap_err();
        assert_eq!(no.code(), "package-needed");
        let copy = locked(&mut world, &mut giver, &mut friend, license);
        let mut three = world.card(3);
        let third = locked(&mut world, &mut friend, &mut three, copy);
        for (card, id) in [(&mut friend, copy), (&mut three, third)] {
            assert_eq!(card.state().licenses[&id].status, Status::Partial);
            assert_eq!(card.key_data(id).unwrap().says(), LockStatus::of(share));
            let ticket = card.begin_play(id, NOW, &world.fresh()).unwrap();
            let tree = package::Tree::new(world.header.key.id, &world.header.geometry);
            let reach = tree.cover(share).unwrap();
            for n in 0..tree.whole().to {
                let got = card.release(&ticket, &world.header, n, NOW);
                assert_eq!(got.is_ok(), (reach.from..reach.to).contains(&n), "stretch {n}");
                if let Ok(key) = got {
                    let right = world.key.root(&tree).stretch(&tree, n).unwrap();
                    assert_eq!(key.secret_bytes_for_release(), right.secret_bytes_for_release());
                }
            }
        }
    }
}

/// proves: SD-26 SD-30
#[test]
fn paid_then_unlocked_it_plays_whole_and_may_be_handed_on_for_its_fare() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let copy = locked(&mut world, &mut giver, &mut friend, license);
    let held = friend.state().licenses[&copy].clone();
    let asked = friend.ask_unlock(copy, false, &world.fresh()).unwrap();
    let wanted = asked.ask.wanted.clone().unwrap();
    assert_eq!(
        wanted.document.as_ref(),
        Some(&held.document),
        "the centre says what it costs from the copy itself"
    );
    assert!(wanted.certificate.is_none(), "and wraps nothing before it is paid");
    let quote = unlock_quote(&world, &asked, &held, 25);
    let bytes = quote_bytes(&world, &asked, &quote, None);
    let checked = friend.read_quote(&bytes, Some(&asked), None, NOW).unwrap();
    assert_eq!((checked.title(), checked.quote().price), ("Night Ferry", yen(250)));
    let (_, pay) = pay(&mut world, &mut friend, &checked);
    assert_eq!(money(&world, &friend), (250, 250, 0));
    let (deal, sheet) = open_pay(&world, &pay, 25);
    let document = unlock(
        &world,
        sheet.document.as_ref().unwrap(),
        world.receiver_of(&sheet),
        deal,
        25,
    );
    let gift = GiftSheet {
        document: Some(document.into()),
        ..GiftSheet::default()
    };
    let said = settle(&world, deal, &sheet, gift, 25);
    // The line is cut and it is asked again, by the same bytes: one fee, one key.
    assert_eq!(friend.pay_again(deal).unwrap().bytes(), pay);
    let Settled::Given {
        license: Some(whole), ..
    } = friend.settle(&said, NOW, &world.fresh()).unwrap()
    else {
        panic!()
    };
    assert!(matches!(
        friend.settle(&said, NOW, &world.fresh()).unwrap(),
        Settled::Again(_)
    ));
    assert_eq!(
        (money(&world, &friend), friend.state().licenses.len()),
        ((250, 0, 0), 1)
    );
    assert!(plays(&mut world, &mut friend, whole));
    assert_eq!(friend.key_data(whole).unwrap().says(), LockStatus::Unlocked);
    let mut three = rich(&mut world, 3, 500);
    let third = hand_on(&mut world, &mut friend, &mut three, Kind::Copy, whole);
    assert!(plays(&mut world, &mut three, third));
    // What is unlocked is not unlocked twice.
    let again = friend.ask_unlock(whole, false, &world.fresh()).unwrap();
    let quote = unlock_quote(&world, &again, &friend.state().licenses[&whole].clone(), 25);
    let checked = friend
        .read_quote(&quote_bytes(&world, &again, &quote, None), Some(&again), None, NOW)
        .unwrap();
    assert_eq!(
        friend.dry_run(&checked, &Want::default(), NOW).unwrap_err().code(),
        "license-not-locked"
    );
}

/// proves: SD-27 row-32
#[test]
fn unlocked_then_paid_the_key_is_there_before_and_opens_with_the_receipt() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let copy = locked(&mut world, &mut giver, &mut friend, license);
    let held = friend.state().licenses[&copy].clone();
    let asked = friend.ask_unlock(copy, true, &world.fresh()).unwrap();
    let wanted = asked.ask.wanted.clone().unwrap();
    let tag = world
        .trust()
        .check::<seal::role::Transfer>(&wanted.certificate.unwrap(), NOW)
        .unwrap();
    let to = Receiver {
        tag: units::Tag(tag.subject()),
        sign: *tag.sign(),
        seal: *tag.seal(),
    };
    let ask_hash = asked.ask.hash();
    let document = unlock(&world, &wanted.document.unwrap(), to, DealId(ask_hash.0), 25);
    let secret = Secret::new([99; 32]);
    let ahead = |ask: units::Hash, by: u8| {
        let sheet = KeyAhead {
            ask,
            locked: deal::wire::lock_ahead(&secret, ask_hash, &document, &seed(51)).into(),
        };
        Some(ByteVec::from(seal::sign(
            &signer(by),
            Sealed::Quote,
            world.id,
            Audience::Anyone,
            &sheet,
        )))
    };
    let quote = unlock_quote(&world, &asked, &held, 25);
    // Only the centre's own, and only for this question.
    for bad in [ahead(ask_hash, 61), ahead(units::Hash([1; 32]), 25)] {
        assert!(
            friend
                .read_quote(&quote_bytes(&world, &asked, &quote, bad), Some(&asked), None, NOW)
                .is_err()
        );
    }
    let bytes = quote_bytes(&world, &asked, &quote, ahead(ask_hash, 25));
    let checked = friend.read_quote(&bytes, Some(&asked), None, NOW).unwrap();
    let (_, pay) = pay(&mut world, &mut friend, &checked);
    assert_eq!(
        friend.begin_play(copy, NOW, &world.fresh()).unwrap_err().code(),
        "license-locked"
    );
    // Power is lost between payment and receipt: what came ahead is in the record.
    friend = wake(&friend, 2).unwrap();
    let (deal, sheet) = open_pay(&world, &pay, 25);
    let with = |secret: &Secret| GiftSheet {
        secret: Some(secret.expose().to_vec().into()),
        receipt: Some(4),
        ..GiftSheet::default()
    };
    let wrong = settle(&world, deal, &sheet, with(&Secret::new([98; 32])), 25);
    assert_eq!(
        friend.settle(&wrong, NOW, &world.fresh()).unwrap_err().code(),
        "settle-key-does-not-open"
    );
    let right = settle(&world, deal, &sheet, with(&secret), 25);
    let Settled::Given {
        license: Some(whole),
        receipt,
        ..
    } = friend.settle(&right, NOW, &world.fresh()).unwrap()
    else {
        panic!()
    };
    assert_eq!(receipt, Some(4));
    assert!(plays(&mut world, &mut friend, whole));
    assert_eq!(friend.state().licenses.len(), 1);
}

/// proves: SD-24 SD-26 SD-28 row-31 row-32
#[test]
fn nobody_unlocks_whom_the_publisher_did_not_name_nor_for_another_fee() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let mut friend = rich(&mut world, 2, 500);
    let copy = locked(&mut world, &mut giver, &mut friend, license);
    let held = friend.state().licenses[&copy].clone();
    type Bend = fn(&mut deal::Quote);
    let bends: [(&str, Bend); 5] = [
        ("quote-differs-from-offer", |q| q.price = yen(251)),
        ("quote-differs-from-offer", |q| q.payee = PartyId([25; 16])),
        ("quote-differs-from-offer", |q| q.rights.plays = Some(1)),
        ("quote-differs-from-offer", |q| q.generation = 0),
        ("seller-not-entitled", |q| q.giver = [28; 16]),
    ];
    for (code, bend) in bends {
        let asked = friend.ask_unlock(copy, false, &world.fresh()).unwrap();
        let mut quote = unlock_quote(&world, &asked, &held, 25);
        bend(&mut quote);
        let bytes = quote_bytes(&world, &asked, &quote, None);
        assert_eq!(
            friend.read_quote(&bytes, Some(&asked), None, NOW).unwrap_err().code(),
            code
        );
    }
    // A named centre that passes on the work of one that is not named gives no license.
    let asked = friend.ask_unlock(copy, false, &world.fresh()).unwrap();
    let quote = unlock_quote(&world, &asked, &held, 25);
    let checked = friend
        .read_quote(&quote_bytes(&world, &asked, &quote, None), Some(&asked), None, NOW)
        .unwrap();
    let (_, pay) = pay(&mut world, &mut friend, &checked);
    let (deal, sheet) = open_pay(&world, &pay, 25);
    let gift = |world: &World, n: u8| GiftSheet {
        document: Some(unlock(world, &held.document, world.receiver_of(&sheet), deal, n).into()),
        ..GiftSheet::default()
    };
    let bytes = settle(&world, deal, &sheet, gift(&world, 28), 25);
    assert_eq!(
        friend.settle(&bytes, NOW, &world.fresh()).unwrap_err().code(),
        "license-chain-broken"
    );
    let bytes = settle(&world, deal, &sheet, gift(&world, 25), 25);
    assert!(matches!(
        friend.settle(&bytes, NOW, &world.fresh()),
        Ok(Settled::Given { .. })
    ));
}

/// proves: SD-24 SD-5
#[test]
fn a_locked_copy_is_installed_once_for_this_card_and_as_agreed() {
    let mut world = world(Route::Chain);
    let (mut giver, license) = owner(&mut world, 1);
    let (mut two, mut three) = (world.card(2), world.card(3));
    let (checked, quoted) = ask_locked(&mut world, &giver, &two, license);
    let bytes = quoted.locked.unwrap().into_bytes();
    let (other, other_quoted) = ask_locked(&mut world, &giver, &three, license);
    // Another's copy, another's consent, an altered byte.
    let ok = three.confirm(&other, PIN, &world.fresh()).unwrap();
    assert_eq!(
        three
            .install_locked(&other, ok, &bytes, NOW, &world.fresh())
            .unwrap_err()
            .code(),
        "locked-for-another"
    );
    let ok = two.confirm(&other, PIN, &world.fresh()).unwrap();
    assert_eq!(
        two.install_locked(&checked, ok, &bytes, NOW, &world.fresh())
            .unwrap_err()
            .code(),
        "consent-differs"
    );
    for at in (0..bytes.len()).step_by(211) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        let ok = two.confirm(&checked, PIN, &world.fresh()).unwrap();
        assert!(two.install_locked(&checked, ok, &bad, NOW, &world.fresh()).is_err());
    }
    let ok = two.confirm(&checked, PIN, &world.fresh()).unwrap();
    two.install_locked(&checked, ok, &bytes, NOW, &world.fresh()).unwrap();
    let ok = two.confirm(&checked, PIN, &world.fresh()).unwrap();
    assert!(
        two.install_locked(&checked, ok, &bytes, NOW, &world.fresh()).is_err(),
        "once"
    );
    assert_eq!(two.state().licenses.len(), 1);
    // A card that already plays the work takes none.
    let ok = giver.confirm(&other, PIN, &world.fresh()).unwrap();
    let bytes = other_quoted.locked.unwrap().into_bytes();
    assert!(giver.install_locked(&other, ok, &bytes, NOW, &world.fresh()).is_err());
}
