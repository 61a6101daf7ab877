//! Who is who: presenters of every role, directories of yesterday, clocks that leap.

mod common;

use common::{ready, shadow, yen};
use deal::{
    enterprise::{EnterpriseNo, TrustAsk, read_trust},
    wire,
};
use party::{Verb, trust::TrustRegistry};
use seal::{Audience, Kind as Sealed, Role};
use store::memory::Memory;
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

/// A trust registry is asked by an address, too, which finds numbers and parties, and makes nobody trusted: whoever answers there
/// by the next directory is another party, and the signed word about it is no.
///
/// proves: ST-14 row-7
#[test]
fn an_address_finds_an_enterprise_and_proves_nothing() {
    let (world, _) = ready();
    let (registry, now) = (world.registry.party.clone(), world.now);
    let desk = party::desk::Desk::new(world.maker.realm().clone(), &world.maker.certifiers()).unwrap();
    let trust = TrustRegistry::new(world.maker.party(Role::TrustRegistry, "trust").unwrap(), desk);
    let store = Memory::open(party::trust::PARTS).unwrap().store();
    let seller = |name: &str| world.maker.party(Role::Seller, name).unwrap();
    let trust = std::sync::Arc::new(trust);
    // The registry of the realm says who answers where.
    let moves = |who: &party::PartyKeys, address: &str| {
        let (node, paper, address) = (registry.clone(), who.certificate().to_vec(), address.to_owned());
        let list = move |tx: &mut dyn store::Tx| node.list(tx, &paper, &address, now);
        world.registry.store.write(list).unwrap();
        let sheet = world.registry.store.read(|view| registry.directory(view, now)).unwrap();
        let trust = trust.clone();
        let learn = move |tx: &mut dyn store::Tx| party::Party::desk(&*trust).learn(tx, &sheet, now);
        store.write(learn).unwrap();
    };
    let at = |address: &str| store.read(|view| trust.listed_at(view, address)).unwrap();
    let says = |party: PartyId| {
        let asked = TrustAsk {
            enterprise: EnterpriseNo(2500),
            party,
            nonce: [7; 16],
        };
        let sheet = store
            .read(|view| trust.answer(view, &seal::cbor::to_bytes(&asked), now))
            .unwrap();
        let mut realm = seal::Trust::new(world.maker.realm().clone());
        for certificate in world.maker.certifiers() {
            realm.learn(&certificate).unwrap();
        }
        read_trust(&sheet, &asked, party::Party::id(&*trust), &realm, now).unwrap()
    };
    let (licenses, straw) = (seller("licenses"), seller("straw"));
    moves(&licenses, "https://licenses.example");
    moves(&straw, "https://straw.example");
    let (list, id) = (trust.clone(), licenses.id());
    store
        .write(move |tx| list.list(tx, EnterpriseNo(2500), id, now))
        .unwrap();
    for spelt in ["https://licenses.example", "https://Licenses.example/"] {
        let found = at(spelt);
        assert_eq!(found.len(), 1, "{spelt}");
        assert_eq!((found[0].0, found[0].1.party), (EnterpriseNo(2500), licenses.id()));
    }
    for other in ["https://straw.example", "https://licenses.example.org", "licenses", ""] {
        assert_eq!(at(other), Vec::new(), "{other}");
    }
    assert!(says(licenses.id()) && !says(straw.id()));
    // Somebody else answers there now, and is nobody for it; the enterprise is found where it went.
    moves(&licenses, "https://elsewhere.example");
    moves(&straw, "https://licenses.example");
    assert_eq!(at("https://licenses.example"), Vec::new());
    assert_eq!(at("https://elsewhere.example").len(), 1);
    assert!(says(licenses.id()) && !says(straw.id()));
}
