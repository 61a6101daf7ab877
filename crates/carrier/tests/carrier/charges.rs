//! Charges: decided once, refused for ever, and billed only when they were paid.

use carrier::{SubscriberId, Trust};
use deal::{
    charge::{ChargeWord, WhyRefused, charge_id},
    enterprise::read_not_paid,
};
use party::Verb;
use seal::{Secret, Signer, VerifyKey};
use units::{OfferNo, PartyId, Refusal, Span, Tag};

use crate::world::{FEBRUARY, SELLER, World, day, found, offer, yen};

/// proves: ST-4 ST-13 row-52
#[test]
fn a_charge_is_decided_once_whatever_changes_later() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    world.list("Salt Press", 3000, Trust::Refused);
    let aiko = world.subscribe("+819000004417", |_| {});
    let paid = world.charge(&aiko, SELLER, offer(2000), 1000);
    let refused = world.charge(&aiko, "Salt Press", offer(3000), 1000);
    let (yes, no) = (
        world.bring(&paid).unwrap().unwrap(),
        world.bring(&refused).unwrap().unwrap(),
    );
    assert_eq!(
        (yes.word, no.word, no.why),
        (ChargeWord::Paid, ChargeWord::Refused, Some(WhyRefused::NotTrusted))
    );
    // The carrier changes its mind about both, the month passes, the contract ends.
    world.list(SELLER, 2000, Trust::Refused);
    world.list("Salt Press", 3000, Trust::Trusted);
    for pause in [0, 1, 20] {
        world.now = day(pause);
        assert_eq!(world.bring(&paid).unwrap().unwrap(), yes);
        assert_eq!(world.bring(&refused).unwrap().unwrap(), no);
    }
    world.end(&aiko);
    assert_eq!(world.bring(&paid).unwrap().unwrap(), yes);
    world.bill(FEBRUARY, 10).unwrap();
    assert_eq!(world.bills(&aiko)[0].bought, yen(1000));
    world.adds_up();
}

/// proves: row-53
#[test]
fn another_content_under_a_charges_id_is_refused_and_nothing_signed() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    let mut dearer = sent.charge.clone();
    dearer.amount = yen(1001);
    let dearer = world.say(&aiko, dearer, Tag([1; 16]));
    assert_eq!(world.bring(&dearer).unwrap_err().code(), "charge-other-content");
    // A tag signs no other's id, and another subscriber's wallet not this one's charge.
    let mut stolen = sent.charge.clone();
    stolen.charge = charge_id(Tag([9; 16]));
    let stolen = world.say(&aiko, stolen, Tag([1; 16]));
    assert_eq!(world.bring(&stolen).unwrap_err().code(), "charge-other-id");
    let mut elsewhere = sent.charge.clone();
    elsewhere.payer = PartyId([3; 16]);
    let elsewhere = world.say(&aiko, elsewhere, Tag([1; 16]));
    assert_eq!(world.bring(&elsewhere).unwrap_err().code(), "charge-forged");
    for (at, flip) in [(0, 1_u8), (40, 1), (sent.bytes.len() - 1, 128)] {
        let mut bytes = sent.bytes.clone();
        bytes[at] ^= flip;
        assert!(world.serve(Verb::Charge, bytes).is_err());
    }
    assert_eq!(world.meter(&aiko, FEBRUARY).bought, 1000);
    world.adds_up();
}

/// proves: ST-13 ST-14 ST-17
#[test]
fn a_registry_of_another_organisation_says_who_is_trusted() {
    let mut world = found(|_| {});
    let registry = world.registry_id();
    world = found(|config| config.registry = Some(registry));
    let aiko = world.subscribe("+819000004417", |_| {});
    world.registry_says = Some(vec![2000, 2500, 2699]);
    let mut said = Vec::new();
    for no in [2000, 2500, 2699, 2001, 2698] {
        let name = format!("Enterprise {no}");
        let sent = world.charge(&aiko, &name, offer(no), 100);
        said.push(world.bring(&sent).unwrap().unwrap().why);
    }
    let no = Some(WhyRefused::NotTrusted);
    assert_eq!(said, [None, None, None, no, no]);
    assert_eq!(world.asked, 5);
    let named = |world: &mut crate::world::World| {
        let list = world.serve(Verb::NotPaid, Vec::new()).unwrap().answer().unwrap();
        let list = read_not_paid(&list, world.carrier.id(), &world.trust(), world.now).unwrap();
        let named: Vec<_> = list.enterprises.iter().map(|it| it.enterprise.0).collect();
        named
    };
    assert_eq!(named(&mut world), [2001, 2698]);
    // Its word is kept for an hour; then it is asked again, and wallets are told no more.
    let again = world.charge(&aiko, "Enterprise 2000", offer(2000), 100);
    world.bring(&again).unwrap().unwrap();
    assert_eq!(world.asked, 5);
    world.now = world.now.plus(Span::minutes(61));
    let again = world.charge(&aiko, "Enterprise 2000", offer(2000), 100);
    world.bring(&again).unwrap().unwrap();
    assert_eq!(world.asked, 6);
    assert_eq!(named(&mut world), Vec::<u32>::new());
    world.adds_up();
}

/// proves: ST-13 row-52
#[test]
fn a_silent_registry_decides_nothing() {
    let mut world = found(|_| {});
    let registry = world.registry_id();
    world = found(|config| config.registry = Some(registry));
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, "Enterprise 2000", offer(2000), 1000);
    for _ in 0..3 {
        assert_eq!(world.bring(&sent).unwrap(), None, "not yet");
    }
    assert_eq!(world.meter(&aiko, FEBRUARY).bought, 0);
    // The sweep asks again, with the same question; nobody has to bring the charge for that.
    world.registry_says = Some(vec![2000]);
    world.tend();
    assert_eq!(world.meter(&aiko, FEBRUARY).bought, 1000);
    assert_eq!(world.bring(&sent).unwrap().unwrap().word, ChargeWord::Paid);
    assert_eq!(world.meter(&aiko, FEBRUARY).bought, 1000);
    world.adds_up();
}

/// proves: ST-13 ST-25 row-7
#[test]
fn who_pretends_to_anothers_number_turns_no_wallet_away_from_it() {
    let mut world = found(|_| {});
    let registry = world.registry_id();
    world = found(|config| config.registry = Some(registry));
    let aiko = world.subscribe("+819000004417", |_| {});
    let (real, impostor) = (world.seller("Enterprise 2000"), world.seller("Impostor"));
    let why = |world: &mut crate::world::World, seller: &str, listed: Vec<u32>| {
        world.registry_says = Some(listed);
        let sent = world.charge(&aiko, seller, offer(2000), 100);
        world.bring(&sent).unwrap().unwrap().why
    };
    // The registry does not know the impostor under this number, and knows the other.
    assert_eq!(why(&mut world, "Impostor", Vec::new()), Some(WhyRefused::NotTrusted));
    assert_eq!(why(&mut world, "Enterprise 2000", vec![2000]), None);
    let list = |world: &mut crate::world::World| {
        let sheet = world.serve(Verb::NotPaid, Vec::new()).unwrap().answer().unwrap();
        read_not_paid(&sheet, world.carrier.id(), &world.trust(), world.now).unwrap()
    };
    let told = list(&mut world);
    assert!(told.names(offer(2000), impostor) && !told.names(offer(2000), real));
    // What a registry said is told as long as it counts; what this carrier says itself, for good.
    world.list("Salt Press", 3000, Trust::Refused);
    let salt = world.seller("Salt Press");
    world.now = world.now.plus(Span::minutes(60));
    assert!(list(&mut world).names(offer(2000), impostor));
    world.now = world.now.plus(Span::minutes(1));
    let later = list(&mut world);
    assert!(!later.names(offer(2000), impostor) && later.names(offer(3000), salt));
    assert!(later.number >= told.number);
    world.adds_up();
}

/// proves: ST-25
#[test]
fn wallets_hear_beforehand_who_is_not_paid() {
    let mut world = found(|_| {});
    let read = |world: &mut crate::world::World| {
        let sheet = world.serve(Verb::NotPaid, Vec::new()).unwrap().answer().unwrap();
        let (id, trust, now) = (world.carrier.id(), world.trust(), world.now);
        read_not_paid(&sheet, id, &trust, now).unwrap()
    };
    world.list("Salt Press", 3000, Trust::Refused);
    world.list(SELLER, 2000, Trust::Trusted);
    let first = read(&mut world);
    let (salt, seller) = (world.seller("Salt Press"), world.seller(SELLER));
    assert!(first.names(offer(3000), salt) && !first.names(offer(2000), seller));
    assert!(!first.names(offer(3000), seller));
    world.list("Salt Press", 3000, Trust::Trusted);
    let second = read(&mut world);
    assert!(second.enterprises.is_empty() && second.number > first.number);
}

/// proves: ST-13 ST-17
#[test]
fn the_number_on_an_offer_must_be_the_sellers_own() {
    let mut world = found(|config| config.unlisted_up_to = Some(yen(500)));
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let mut why = |seller: &str, offer: OfferNo, amount| {
        let sent = world.charge(&aiko, seller, offer, amount);
        world.bring(&sent).unwrap().unwrap().why
    };
    let no = Some(WhyRefused::NotTrusted);
    assert_eq!(why(SELLER, offer(2000), 100), None);
    assert_eq!(why("Impostor", offer(2000), 100), no);
    assert_eq!(why(SELLER, offer(2001), 100), no);
    // Offers without a number of an enterprise, and sellers nobody has listed, up to the cap.
    assert_eq!(why(SELLER, OfferNo(17), 100), None);
    assert_eq!(why("Corner Shop", OfferNo(17), 500), None);
    assert_eq!(why("Corner Shop", OfferNo(17), 501), no);
    world.adds_up();
}

/// proves: row-54 row-51
#[test]
fn the_limit_of_a_month_holds_for_all_purchases_together() {
    let mut world = found(|config| config.content_limit = yen(3000));
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let why = |world: &mut crate::world::World, amount| {
        let sent = world.charge(&aiko, SELLER, offer(2000), amount);
        world.bring(&sent).unwrap().unwrap().why
    };
    assert_eq!(why(&mut world, 0), Some(WhyRefused::Amount));
    assert_eq!(why(&mut world, 3001), Some(WhyRefused::Limit));
    let sent: Vec<_> = (0..3).map(|_| why(&mut world, 1000)).collect();
    assert_eq!(sent, [None; 3]);
    assert_eq!(why(&mut world, 1), Some(WhyRefused::Limit));
    // Next month there is room again.
    world.now = day(20);
    assert_eq!(why(&mut world, 3000), None);
    world.adds_up();
}

/// Binds a wallet; the code of a refusal.
fn bind(world: &World, id: SubscriberId, key: Option<VerifyKey>) -> Result<(), &'static str> {
    world.at(move |carrier, tx, _| Ok(carrier.bind_wallet(tx, id, key).map_err(|no| no.code())))
}

/// proves: row-61
#[test]
fn a_new_wallet_charges_once_it_is_bound_and_the_old_one_never_again() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let mut aiko = world.subscribe("+819000004417", |_| {});
    let bo = world.subscribe("+819000004418", |_| {});
    let before = world.charge(&aiko, SELLER, offer(2000), 1000);
    let paid = world.bring(&before).unwrap().unwrap();
    assert_eq!(paid.word, ChargeWord::Paid);
    let late = world.charge(&aiko, SELLER, offer(2000), 500);
    let key = Signer::new(&Secret::new([7; 32]));
    let (new, of_bo) = (key.verify_key(), bo.key.verify_key());
    assert_eq!(bind(&world, aiko.id, Some(of_bo)), Err("contract-key-taken"));
    for _ in 0..2 {
        bind(&world, aiko.id, Some(new)).unwrap();
    }
    let said = world.bring(&late).unwrap().unwrap();
    assert_eq!(
        (said.word, said.why),
        (ChargeWord::Refused, Some(WhyRefused::NoSubscriber))
    );
    let old = core::mem::replace(&mut aiko.key, key);
    let with_new = world.charge(&aiko, SELLER, offer(2000), 300);
    assert_eq!(world.bring(&with_new).unwrap().unwrap().word, ChargeWord::Paid);
    // What was decided stays decided, and no key is two contracts'.
    assert_eq!(world.bring(&before).unwrap().unwrap(), paid);
    assert_eq!(bind(&world, bo.id, Some(new)), Err("contract-key-taken"));
    bind(&world, bo.id, Some(old.verify_key())).unwrap();
    // Without a wallet nothing is charged.
    bind(&world, aiko.id, None).unwrap();
    let none = world.charge(&aiko, SELLER, offer(2000), 200);
    let said = world.bring(&none).unwrap().unwrap();
    assert_eq!(said.why, Some(WhyRefused::NoSubscriber));
    assert_eq!(world.meter(&aiko, FEBRUARY).bought, 1300);
    world.end(&aiko);
    assert_eq!(bind(&world, aiko.id, Some(new)), Err("contract-unknown"));
    world.adds_up();
}
