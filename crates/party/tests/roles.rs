//! Who is who: presenters of every role, directories of yesterday, clocks that leap.

mod common;

use common::{ready, shadow, yen};
use deal::wire;
use party::Verb;
use seal::{Audience, Kind as Sealed, Role};
use units::{Currency, DealId, PartyId, Refusal, Span};

/// proves: row-7
#[test]
fn only_servers_of_the_right_role_with_a_certificate_of_this_realm_bring_slips() {
    let (mut world, buyer) = ready();
    let publisher = world.publisher.id();
    let issuer = world.issuer.party.id();
    let realm = world.maker.realm().id();
    let slip = buyer.slip(&mut world, publisher, yen(100), 50);
    let foreign = party::realm::RealmMaker::new(
        "other",
        Currency::JPY,
        "http://127.0.0.1:1",
        seal::Secret::new([7; 32]),
        common::START.less(Span::days(1)),
        Span::days(100),
    );
    let body = |keys: &party::PartyKeys, by: PartyId, certificate: &[u8]| {
        let present = wire::Present {
            by,
            slips: vec![(DealId([1; 32]), slip.clone())],
            certificate: certificate.to_vec().into(),
        };
        seal::sign(keys.signer(), Sealed::Present, realm, Audience::from(issuer), &present)
    };
    for role in [Role::Publisher, Role::Bank, Role::Carrier, Role::Approver] {
        let keys = world.maker.party(role, "somebody").unwrap();
        let message = body(&keys, keys.id(), keys.certificate());
        assert_eq!(
            world.refusal(issuer, Verb::Present, &message),
            "certificate-other-role",
            "{role:?}"
        );
    }
    let (shop, other) = (
        world.maker.party(Role::Seller, "shop").unwrap(),
        world.maker.party(Role::Seller, "b").unwrap(),
    );
    let strange = foreign.party(Role::Seller, "shop").unwrap();
    for (message, code) in [
        (
            body(&strange, strange.id(), strange.certificate()),
            "certificate-missing",
        ),
        (body(&other, shop.id(), shop.certificate()), "present-not-signed"),
        (body(&other, shop.id(), other.certificate()), "present-for-another"),
        (body(&shop, shop.id(), b""), "certificate-missing"),
    ] {
        assert_eq!(world.refusal(issuer, Verb::Present, &message), code);
    }
    assert_eq!((world.owed(publisher), shadow(&world, &buyer).0), (0, 2000));
}

/// proves: row-7
#[test]
fn an_older_directory_and_a_leaping_clock_are_not_believed() {
    let (mut world, _) = ready();
    let (registry, now) = (world.registry.party.clone(), world.now);
    let old = world.registry.store.read(|v| registry.directory(v, now)).unwrap();
    let keys = world.maker.party(Role::Seller, "new shop").unwrap();
    let certificate = keys.certificate().to_vec();
    let node = registry.clone();
    let list = move |tx: &mut dyn store::Tx| node.list(tx, &certificate, "https://new.example", now);
    world.registry.store.write(list).unwrap();
    world.news();
    let shop = world.shop.party.clone();
    let learn = move |sheet: Vec<u8>| {
        let shop = shop.clone();
        move |tx: &mut dyn store::Tx| party::Party::desk(&*shop).learn(tx, &sheet, now)
    };
    assert_eq!(world.shop.store.write(learn(old)).unwrap_err().code(), "news-older");
    let shop = world.shop.party.clone();
    let tick = |tick: Vec<u8>| {
        let shop = shop.clone();
        move |tx: &mut dyn store::Tx| party::Party::desk(&*shop).tick(tx, &tick)
    };
    let leap = world.clock.tick(now.plus(Span::days(400)));
    assert_eq!(world.shop.store.write(tick(leap)).unwrap_err().code(), "clock-jumped");
    let backwards = world.clock.tick(now.less(Span::days(1)));
    world.shop.store.write(tick(backwards)).unwrap();
    let at = world
        .shop
        .store
        .read(|v| party::Party::desk(&*shop).latest_tick(v))
        .unwrap()
        .unwrap()
        .0;
    assert_eq!(at, now, "an older tick changes nothing");
    let forged = party::clock::Clock::new(
        world.maker.party(Role::Seller, "shop").unwrap(),
        world.maker.realm().id(),
    );
    assert_eq!(
        world.shop.store.write(tick(forged.tick(now))).unwrap_err().code(),
        "certificate-other-role"
    );
}
