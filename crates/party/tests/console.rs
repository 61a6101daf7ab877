//! What a shop does for publishers: takes them in, works out their income, pays out, keeps versions.
#![allow(clippy::unwrap_used)] // helpers of tests are tests too

mod common;

use common::{Goods, Holder, World, yen};
use party::{
    ErrandId, Step,
    bank::{TransferAnswer, Transferred, WhyNot},
    errand,
    registry::{self, ApplicationRefused},
    shop::{PayoutState, Statement},
};
use seal::{Audience, Kind, Role, Secret};
use units::{ContentId, Hash, Moment, PartyId, Refusal, Span, TransferId};

/// A buyer with 4000 on the card, and works on sale.
fn buyer(world: &mut World) -> Holder {
    let mut buyer = Holder::new(world, 1);
    let opened = world.account(5000);
    buyer.put(opened.value, opened.signed);
    buyer.load(world, 4000).gift();
    buyer
}

fn statement(world: &World) -> Statement {
    let (shop, publisher) = (world.shop.party.clone(), world.publisher.id());
    world
        .shop
        .store
        .read(move |view| shop.statement(view, publisher))
        .unwrap()
}

/// The publisher leaves its keys with the shop.
fn entrust(world: &mut World) {
    let secret = world.maker.party_secret(Role::Publisher, "publisher");
    let certificate = world.publisher.certificate().to_vec();
    let (shop, now, seed) = (world.shop.party.clone(), world.now, world.seed());
    world
        .shop
        .store
        .write(move |tx| shop.entrust(tx, &secret, &certificate, now, &seed))
        .unwrap();
}

/// proves: SD-3 row-54
#[test]
fn the_example_shown_before_publishing_is_what_the_books_come_to() {
    for (price, tax, commission) in [(333, 100, 150), (1_200, 100, 0), (1, 80, 999), (10, 0, 333)] {
        let mut world = World::with(|_, shop| shop.commission_permille = commission);
        world.publish(&Goods {
            price,
            tax_permille: tax,
            ..Goods::default()
        });
        let (shop, publisher) = (world.shop.party.clone(), world.publisher.id());
        let income = shop.income(publisher, yen(price), tax, yen(50), 3, 2).unwrap();
        let mut buyer = buyer(&mut world);
        for _ in 0..3 {
            buyer.buy(&mut world, 204, &[]).gift();
        }
        let told = statement(&world);
        assert_eq!(income.sales, told.earned, "{price} {tax} {commission}");
        assert_eq!((income.price, told.received), (yen(price), yen(price * 3)));
        // One sale, to the last unit: publisher, shop and tax.
        let parts = income.sale.minor() + income.shop.minor() + income.tax.minor();
        assert_eq!(parts, price);
        // Fares are the publisher's alone: three buyers hand on two copies each.
        assert_eq!(
            (income.fares.minor(), income.all.minor()),
            (300, income.sales.minor() + 300)
        );
        world.all_is_well();
    }
}

/// The shop's ledger, by the names of its accounts: the accounts of one name together.
fn ledger(world: &World, name: &str) -> i64 {
    let sheet = world.shop.store.read(party::books::sheet).unwrap();
    let of = |account: &str| account == name || account.starts_with(&format!("{name} "));
    sheet
        .iter()
        .filter(|(account, _)| of(account))
        .map(|(_, sum)| sum)
        .sum()
}

/// The history of sales and the ledger are written side by side and never read from each other: added up, they say the same to
/// the last unit, with odd prices and after money went back.
///
/// proves: SD-3 row-54 S3
#[test]
fn the_history_of_sales_adds_up_to_the_ledger() {
    let mut world = World::with(|_, shop| shop.commission_permille = 137);
    for (number, content, price, tax) in [(301, 31, 333, 100), (302, 32, 77, 80), (303, 33, 1, 100)] {
        world.publish(&Goods {
            number,
            content,
            price,
            tax_permille: tax,
            ..Goods::default()
        });
    }
    let mut buyer = buyer(&mut world);
    for number in [301, 302, 301, 303, 301, 302] {
        buyer.buy(&mut world, number, &[]).gift();
    }
    for license in [buyer.licenses[0].id, buyer.licenses[5].id] {
        buyer.surrender(&mut world, license).gift();
    }
    let (shop, publisher, now) = (world.shop.party.clone(), world.publisher.id(), world.now);
    // Counted as they were made, handed back or not.
    let counted = world.shop.store.read(move |view| {
        let month = shop.sold_by_day(view, publisher, now.less(Span::days(30)))?;
        let later = shop.sold_by_day(view, publisher, now.plus(Span::days(2)))?;
        let works = [31, 32, 33].map(|content| shop.sold(view, ContentId([content; 16])));
        let works = works.into_iter().collect::<Result<Vec<_>, store::Fault>>()?;
        Ok::<_, store::Fault>((works, month, later))
    });
    assert_eq!(counted.unwrap(), (vec![3, 2, 1], 6, 0));
    let shop = world.shop.party.clone();
    let all = party::shop::SalesFilter::default();
    let sales = world
        .shop
        .store
        .read(move |view| shop.sales_of_publisher(view, publisher, all, None, 100))
        .unwrap();
    assert_eq!(
        (
            sales.len(),
            sales.iter().filter(|(_, it)| it.refunded.is_some()).count()
        ),
        (6, 2)
    );
    // What a refund gives back of each part is its part of the price, and these came back whole.
    let kept = || sales.iter().map(|(_, it)| it).filter(|it| it.refunded.is_none());
    let sum = |of: fn(&party::shop::Sale) -> i64| kept().map(of).sum::<i64>();
    let back: i64 = sales
        .iter()
        .filter_map(|(_, it)| it.refunded.as_ref())
        .map(|it| it.amount.minor())
        .sum();
    assert_eq!(back, 333 + 77);
    assert_eq!(sum(|it| it.tax.minor()), ledger(&world, "tax"));
    assert_eq!(back, ledger(&world, "refund orders"));
    let told = statement(&world);
    assert_eq!(sum(|it| it.publisher_part.minor()), told.earned.minor());
    let shops = sum(|it| it.price.minor() - it.tax.minor() - it.publisher_part.minor());
    assert_eq!(told.earned.minor() + shops, ledger(&world, "share"));
    // What buyers paid is with the publisher, refunded or not: refunds are the shop's orders.
    let paid: i64 = sales.iter().map(|(_, it)| it.paid.money.minor()).sum();
    assert_eq!(
        (paid, told.received.minor()),
        (3 * 333 + 2 * 77 + 1, ledger(&world, "with payee"))
    );
    assert_eq!(paid, told.received.minor());
    world.all_is_well();
}

fn order(world: &mut World, id: u8, amount: i64) -> Result<Option<party::Errand>, &'static str> {
    let (shop, publisher, now) = (world.shop.party.clone(), world.publisher.id(), world.now);
    world
        .shop
        .store
        .write(move |tx| shop.order_payout(tx, publisher, TransferId([id; 16]), yen(amount), now))
        .map_err(|no| no.code())
}

fn payouts(world: &World) -> Vec<(i64, PayoutState)> {
    let (shop, publisher) = (world.shop.party.clone(), world.publisher.id());
    let rows = world
        .shop
        .store
        .read(move |view| shop.payouts(view, publisher))
        .unwrap();
    rows.into_iter().map(|(_, it)| (it.amount.minor(), it.state)).collect()
}

/// proves: XD-8 row-53 row-54 S3
#[test]
fn a_publisher_is_paid_out_what_buyers_paid_once_for_each_order() {
    let mut world = World::with(|_, shop| shop.commission_permille = 100);
    world.publish(&Goods::default());
    let mut buyer = buyer(&mut world);
    buyer.buy(&mut world, 204, &[]).gift();
    let shop = world.shop.party.id();
    // 1000 with 10 % tax: 91 tax, 909 net, 91 of it the shop's.
    let told = statement(&world);
    assert_eq!(
        (told.received, told.earned, told.available),
        (yen(1000), yen(818), yen(1000))
    );
    assert_eq!((told.owed_to_shop, told.owed_by_shop), (yen(182), yen(0)));
    assert_eq!(order(&mut world, 1, 600).unwrap_err(), "payout-no-keys");
    entrust(&mut world);
    for no in [0, 1001] {
        assert_eq!(order(&mut world, 1, no).unwrap_err(), "payout-not-there");
    }
    assert!(payouts(&world).is_empty(), "what was refused is no order");
    let errand = order(&mut world, 1, 600).unwrap().unwrap();
    assert_eq!(payouts(&world), [(600, PayoutState::Asked)]);
    // Pressed twice, with whatever amount: the same order.
    assert!(order(&mut world, 1, 600).unwrap().is_none());
    assert!(order(&mut world, 1, 400).unwrap().is_none());
    assert_eq!(
        statement(&world).available,
        yen(400),
        "ordered is not available, carried out or not"
    );
    assert_eq!(order(&mut world, 2, 401).unwrap_err(), "payout-not-there");
    // The issuer is silent, then refuses, then takes it: the same bytes each time.
    let step = world.answered(shop, &errand, party::Reply::Silent).unwrap();
    assert!(matches!(step, Step::NotYet(_)), "{step:?}");
    let step = world
        .answered(shop, &errand, party::Reply::Refused("payee-unknown"))
        .unwrap();
    assert!(matches!(step, Step::NotYet(_)), "{step:?}");
    assert_eq!(payouts(&world), [(600, PayoutState::Waiting("payee-unknown".into()))]);
    let _ = world.carry(shop, &errand).unwrap(); // what follows is the sweep's
    // The issuer's own errand to the bank was written, and is taken up by its sweep.
    world.wait(Span::minutes(1));
    assert_eq!(payouts(&world), [(600, PayoutState::Taken)]);
    world.sweep();
    assert_eq!(payouts(&world), [(600, PayoutState::Paid(world.now))]);
    let publisher = world.publisher.id();
    assert_eq!(
        (
            world.at_bank(party::bank::Holder::Party(publisher)),
            world.owed(publisher)
        ),
        (600, 400)
    );
    // Carried out once more by a sweep that did not hear of it: nothing moves twice.
    let _ = world.carry(shop, &errand).unwrap(); // what follows is the sweep's
    world.sweep();
    assert_eq!(world.at_bank(party::bank::Holder::Party(publisher)), 600);
    assert_eq!(statement(&world).ordered, yen(600), "paid out is ordered");
    world.all_is_well();
}

/// The bank answers the issuer's transfer: no, for ever.
fn bank_refuses(world: &mut World, id: u8, amount: i64, why: WhyNot) {
    let out = ErrandId::of("out", &[id; 16]);
    let errand = world
        .issuer
        .store
        .read(|view| errand::again(view, out))
        .unwrap()
        .unwrap();
    let answer = TransferAnswer {
        id: TransferId([id; 16]),
        amount: yen(amount),
        outcome: Transferred::Refused(why),
    };
    let keys = world.maker.party(Role::Bank, "bank").unwrap();
    let (realm, issuer) = (world.maker.realm().id(), world.issuer.party.id());
    let answer = seal::sign(keys.signer(), Kind::Receipt, realm, Audience::from(issuer), &answer);
    let step = world.answered(issuer, &errand, party::Reply::Answer(&answer)).unwrap();
    assert!(matches!(step, Step::Answer(_)), "{step:?}");
}

/// What the bank refuses comes back to the publisher with the bank's reason, and can be ordered anew; whatever is said before,
/// after and twice.
///
/// proves: XD-8 row-53
#[test]
fn what_the_bank_refuses_to_pay_out_is_there_again_with_its_reason() {
    let mut world = World::new();
    world.publish(&Goods::default());
    let mut buyer = buyer(&mut world);
    buyer.buy(&mut world, 204, &[]).gift();
    entrust(&mut world);
    let (shop, publisher) = (world.shop.party.id(), world.publisher.id());
    let errand = order(&mut world, 1, 600).unwrap().unwrap();
    let step = world.carry(shop, &errand).unwrap();
    assert!(matches!(step, Step::NotYet(_)), "{step:?}");
    assert_eq!(payouts(&world), [(600, PayoutState::Taken)]);
    assert_eq!((statement(&world).available, world.owed(publisher)), (yen(400), 400));
    // The word about this order as it stood: it may come late.
    let taken = world.answer(world.issuer.party.id(), errand.verb, &errand.body);
    bank_refuses(&mut world, 1, 600, WhyNot::NoAccount);
    assert_eq!(world.owed(publisher), 1000, "with the issuer as before");
    assert_eq!(payouts(&world), [(600, PayoutState::Taken)], "nobody has told the shop");
    // Nothing but the issuer's word to this publisher changes anything: here the bank's own, and another's bytes.
    let step = world.answered(shop, &errand, party::Reply::Answer(b"no word")).unwrap();
    assert!(matches!(step, Step::NotYet(_)), "{step:?}");
    assert_eq!(payouts(&world), [(600, PayoutState::Taken)]);
    // The shop asks again by itself, and hears it.
    world.wait(Span::minutes(120));
    world.sweep();
    let returned = PayoutState::Returned(WhyNot::NoAccount);
    assert_eq!(payouts(&world), [(600, returned.clone())]);
    let told = statement(&world);
    assert_eq!((told.ordered, told.available), (yen(0), yen(1000)));
    // Answers that come late or twice change nothing, and the same order moves nothing.
    let late = world.answered(shop, &errand, party::Reply::Answer(&taken));
    drop(late);
    let _ = world.answer(world.issuer.party.id(), errand.verb, &errand.body);
    world.wait(Span::minutes(120));
    world.sweep();
    assert_eq!(payouts(&world), [(600, returned)]);
    assert_eq!(world.owed(publisher), 1000);
    // Ordered anew, all of it, and paid.
    let errand = order(&mut world, 2, 1000).unwrap().unwrap();
    let _ = world.carry(shop, &errand).unwrap(); // what follows is the sweep's
    world.wait(Span::minutes(5));
    world.sweep();
    let paid = payouts(&world);
    assert_eq!(paid.first(), Some(&(1000, PayoutState::Paid(world.now))));
    assert_eq!(
        (
            world.at_bank(party::bank::Holder::Party(publisher)),
            world.owed(publisher)
        ),
        (1000, 0)
    );
    assert_eq!(statement(&world).available, yen(0));
    world.all_is_well();
}

/// proves: SD-28
#[test]
fn versions_are_packages_of_one_work_under_one_key_and_a_withdrawn_work_is_sold_no_more() {
    let mut world = World::new();
    let first = Goods::default();
    world.publish(&first);
    let mut buyer = buyer(&mut world);
    buyer.buy(&mut world, 204, &[]).gift();
    world.wait(Span::days(2));
    let second = Goods {
        number: 205,
        len: 2_000_000,
        at: world.now,
        ..Goods::default()
    };
    world.publish(&second);
    // Another work, under a key of its own.
    world.publish(&Goods {
        number: 300,
        content: 9,
        ..Goods::default()
    });
    let (a, b) = (world.header(&first).hash(), world.header(&second).hash());
    let shop = world.shop.party.clone();
    let versions = |world: &World, of: Hash| -> Vec<(Hash, Moment)> {
        let shop = shop.clone();
        let found = world.shop.store.read(move |view| shop.versions(view, of)).unwrap();
        found.into_iter().map(|it| (it.package, it.at)).collect()
    };
    let both = vec![(a, first.at), (b, second.at)];
    assert_eq!(
        (versions(&world, a), versions(&world, b)),
        (both.clone(), both),
        "the oldest first, from any of them"
    );
    assert!(versions(&world, Hash([1; 32])).is_empty());
    // Its publisher gets the key to seal a further version with; nobody else does.
    let key = |world: &World, by: PartyId| {
        let shop = shop.clone();
        world
            .shop
            .store
            .read(move |view| shop.key_for_version(view, by, a))
            .unwrap()
            .is_some()
    };
    let publisher = world.publisher.id();
    assert!(key(&world, publisher) && !key(&world, PartyId([3; 16])));
    // Withdrawn by its publisher alone, as often as one likes; and back as it stood.
    let content = ContentId([7; 16]);
    let now = world.now;
    let withdraw = |world: &World, by: PartyId| {
        let shop = shop.clone();
        world
            .shop
            .store
            .write(move |tx| shop.withdraw_work(tx, by, content, now))
            .unwrap()
    };
    let restore = |world: &World, by: PartyId| {
        let shop = shop.clone();
        world
            .shop
            .store
            .write(move |tx| shop.restore_work(tx, by, content))
            .unwrap()
    };
    assert_eq!(withdraw(&world, PartyId([3; 16])), None);
    assert!(withdraw(&world, publisher).is_some_and(|gone| gone > 0));
    assert_eq!(withdraw(&world, publisher), Some(0));
    let no = buyer.ask_sale(&mut world, deal::Kind::Sale, 204).unwrap_err();
    assert_eq!(no.code(), "offer-not-on-sale");
    assert_eq!(versions(&world, a).len(), 2, "who has a license fetches them as before");
    assert_eq!(restore(&world, PartyId([3; 16])), None);
    assert!(restore(&world, publisher).is_some_and(|back| back > 0));
    buyer.buy(&mut world, 204, &[]).gift();
    world.all_is_well();
}

fn certified(world: &World, application: Vec<u8>, now: Moment) -> Result<Vec<u8>, ApplicationRefused> {
    let registry = world.registry.party.clone();
    world
        .registry
        .store
        .write(move |tx| registry.take_application(tx, &application, now))
}

fn admit(world: &mut World, certificate: Vec<u8>) -> Result<PartyId, &'static str> {
    let (shop, now, seed) = (world.shop.party.clone(), world.now, world.seed());
    world
        .shop
        .store
        .write(move |tx| shop.admit(tx, &certificate, now, &seed))
        .map_err(|no| no.code())
}

fn take_in(world: &mut World, name: &str) -> Result<PartyId, &'static str> {
    let (shop, now, seed, name) = (world.shop.party.clone(), world.now, world.seed(), name.to_owned());
    world
        .shop
        .store
        .write(move |tx| shop.take_in(tx, &name, now, &seed))
        .map_err(|no| no.code())
}

/// proves: row-84 row-7
#[test]
fn a_publisher_is_taken_in_by_its_certificate_and_by_nothing_else() {
    let mut world = World::new();
    for no in ["", "  ", "a\nb", "a\u{202e}b", "Salt\u{200b} Press", &"x".repeat(61)] {
        assert_eq!(take_in(&mut world, no).unwrap_err(), "publisher-name", "{no:?}");
    }
    let salt = take_in(&mut world, " Salt Press ").unwrap();
    assert_eq!(
        take_in(&mut world, "Salt Press").unwrap(),
        salt,
        "the same one, while it waits"
    );
    let shop = world.shop.party.clone();
    let (node, now) = (shop.clone(), world.now);
    let at = "http://127.0.0.1:7404";
    let application = world
        .shop
        .store
        .read(move |view| node.application(view, salt, at, now))
        .unwrap()
        .unwrap();
    // Not a byte of it can be another; an old one is not taken.
    for n in 0..application.len() {
        let mut bad = application.clone();
        bad[n] ^= 1;
        assert!(certified(&world, bad, now).is_err(), "byte {n}");
    }
    let late = now.plus(Span::days(31));
    assert_eq!(
        certified(&world, application.clone(), late).unwrap_err().code(),
        "application-old"
    );
    let secret = Secret::new([77; 32]);
    let realm = world.maker.realm().id();
    // Nor does anybody else apply here, or for a collector of his own before he is a publisher.
    for (role, name) in [(Role::Seller, "A shop"), (Role::Collector, "A collector")] {
        let (_, other) = registry::application(&secret, realm, (role, name, at), now);
        assert_eq!(
            certified(&world, other, now).unwrap_err().code(),
            "application-other-role"
        );
    }
    // A name that nobody reads as it is written, and an address under which nobody answers, are not certified.
    let (long, far) = ("x".repeat(61), format!("https://{}.example", "x".repeat(190)));
    for (name, address, code) in [
        ("", at, "registry-name"),
        (" Salt", at, "registry-name"),
        ("Salt\nPress", at, "registry-name"),
        ("Salt\u{202e}sserP", at, "registry-name"),
        ("Salt\u{200b} Press", at, "registry-name"),
        (long.as_str(), at, "registry-name"),
        ("Salt", "", "registry-address"),
        ("Salt", "http://salt.example", "registry-address"),
        ("Salt", "https://salt.example/ a", "registry-address"),
        ("Salt", "https://sält.example", "registry-address"),
        ("Salt", "javascript:alert(1)", "registry-address"),
        ("Salt", far.as_str(), "registry-address"),
    ] {
        let (_, bad) = registry::application(&secret, realm, (Role::Publisher, name, address), now);
        assert_eq!(
            certified(&world, bad, now).unwrap_err().code(),
            code,
            "{name:?} {address:?}"
        );
    }
    let certificate = certified(&world, application.clone(), now).unwrap();
    assert_eq!(
        certified(&world, application, now).unwrap(),
        certificate,
        "once, however often it is asked"
    );
    // A seller's certificate, and somebody's nonsense, take nobody in.
    let sellers = world.maker.party(Role::Seller, "shop").unwrap().certificate().to_vec();
    for no in [sellers, b"nonsense".to_vec()] {
        assert_eq!(admit(&mut world, no).unwrap_err(), "entrust-no-publisher");
    }
    assert_eq!(admit(&mut world, certificate.clone()).unwrap(), salt);
    let tenant = |world: &World, id: PartyId| {
        let shop = shop.clone();
        world
            .shop
            .store
            .read(move |view| Ok::<_, store::Fault>((shop.tenant(view, id)?, shop.tenant_keys(view, id)?)))
            .unwrap()
    };
    let (there, keys) = tenant(&world, salt);
    assert_eq!(there.unwrap().name, "Salt Press");
    assert_eq!(keys.unwrap().id(), salt);
    let node = shop.clone();
    assert!(
        world
            .shop
            .store
            .read(move |view| node.applicants(view))
            .unwrap()
            .is_empty()
    );
    // Again changes nothing: its keys stay here.
    assert_eq!(admit(&mut world, certificate).unwrap(), salt);
    assert!(tenant(&world, salt).1.is_some());
    // One with keys of its own is taken in without them.
    let own = world.publisher.certificate().to_vec();
    let id = admit(&mut world, own).unwrap();
    let (there, keys) = tenant(&world, id);
    assert!(!there.unwrap().keys_here() && keys.is_none());
    entrust(&mut world);
    assert!(tenant(&world, id).1.is_some(), "and may leave them here later");
    world.all_is_well();
}

/// proves: SD-7 row-98
#[test]
fn drafts_that_nobody_publishes_are_found_when_their_time_is_over() {
    use party::shop::{Draft, DraftState};
    let mut world = World::new();
    let publisher = world.publisher.id();
    let (shop, began) = (world.shop.party.clone(), world.now);
    let draft = |state| Draft {
        since: began,
        file_name: "a song".into(),
        len: 1,
        media_type: "audio/flac".into(),
        kind: license::WorkKind::Sound,
        state,
        preview_type: None,
        form: Vec::new(),
        version_of: None,
        content: None,
    };
    let node = shop.clone();
    let (open, done) = (draft(DraftState::Ready), draft(DraftState::Published));
    world
        .shop
        .store
        .write(move |tx| {
            node.keep_draft(tx, publisher, [1; 16], &open)?;
            node.keep_draft(tx, publisher, [2; 16], &done)
        })
        .unwrap();
    let old = |world: &World, before: Moment| {
        let shop = shop.clone();
        world
            .shop
            .store
            .read(move |view| shop.old_drafts(view, before, 10))
            .unwrap()
    };
    assert!(old(&world, began).is_empty());
    world.wait(Span::days(1));
    assert_eq!(
        old(&world, world.now),
        [(publisher, [1; 16])],
        "what was published is no draft any more"
    );
}

/// Asks the shop to make a license out anew, on the issuer's word that the holder has other keys now.
fn ask_anew(world: &mut World, holder: &mut Holder, license: &license::License) -> deal::lost::Standing {
    use deal::lost::{ConfirmSheet, ConfirmedSheet, Vouched};
    use seal::{Audience, Kind};
    let (realm, shop) = (world.maker.realm().id(), world.shop.party.id());
    let (tag, to) = (license.link.receiver.tag, holder.new_tags(1)[0]);
    let issuer = world.maker.party(Role::Issuer, "issuer").unwrap();
    let word = Vouched {
        of: tag,
        to,
        at: world.now,
    };
    let sheet = ConfirmSheet {
        license: license.id,
        sign: holder.tag_signer(tag).verify_key(),
        seal: to.seal,
        left: license.link.rights,
        buyer: [5; 16],
        vouched: seal::sign(issuer.signer(), Kind::Vouched, realm, Audience::Anyone, &word).into(),
    };
    let reader = world.maker.party(Role::Seller, "shop").unwrap().opener().seal_to();
    let (signer, seed) = (holder.tag_signer(tag), world.seed());
    let sealed = deal::wire::sign_and_seal(
        &signer,
        Kind::Confirm,
        realm,
        Audience::from(shop),
        &reader,
        &sheet,
        &seed,
    )
    .unwrap();
    let answer = world.answer(shop, party::Verb::Confirm, &sealed);
    let signed = deal::wire::open_sealed(&holder.tag_opener(to.tag), Kind::Confirmed, &answer).unwrap();
    seal::parse::<ConfirmedSheet>(&signed, Kind::Confirmed, realm)
        .unwrap()
        .claims()
        .standing
}

/// proves: SD-12 row-23 S8
#[test]
fn a_license_of_an_edition_that_may_be_given_away_waits_for_people_before_it_is_made_out_anew() {
    use deal::lost::Standing;
    let mut world = World::new();
    world.publish(&Goods {
        edition: Some(2),
        moves: true,
        ..Goods::default()
    });
    let mut buyer = buyer(&mut world);
    buyer.buy(&mut world, 204, &[]).gift();
    let license = buyer.licenses[0].clone();
    let shop = world.shop.party.clone();
    let waiting = |world: &World| {
        let shop = shop.clone();
        world
            .shop
            .store
            .read(move |view| shop.made_out_waiting(view, 10))
            .unwrap()
    };
    assert!(waiting(&world).is_empty());
    for times in 1..=2 {
        assert_eq!(ask_anew(&mut world, &mut buyer, &license), Standing::OfAnEdition);
        let found = waiting(&world);
        assert_eq!((found.len(), found[0].0, found[0].1.times), (1, license.id, times));
        assert_eq!((found[0].1.first, found[0].2.serial), (world.now, Some(0)));
    }
    // Left as it is, it is listed again when it is asked for again; let go, it is made out anew once.
    let leave = |world: &World| {
        let (shop, id) = (shop.clone(), license.id);
        world.shop.store.write(move |tx| shop.leave_waiting(tx, id)).unwrap()
    };
    assert!(leave(&world) && !leave(&world) && waiting(&world).is_empty());
    assert_eq!(ask_anew(&mut world, &mut buyer, &license), Standing::OfAnEdition);
    let (node, id, now) = (shop.clone(), license.id, world.now);
    assert!(
        world
            .shop
            .store
            .write(move |tx| node.allow_made_out(tx, id, now))
            .unwrap()
    );
    assert!(waiting(&world).is_empty());
    assert_eq!(ask_anew(&mut world, &mut buyer, &license), Standing::MadeOut);
    assert_eq!(
        ask_anew(&mut world, &mut buyer, &license),
        Standing::NotSold,
        "to other keys, not a second time"
    );
    let (node, nobody) = (shop, units::LicenseId([1; 16]));
    assert!(
        !world
            .shop
            .store
            .write(move |tx| node.allow_made_out(tx, nobody, now))
            .unwrap()
    );
    world.all_is_well();
}
