//! The server's own life: killed at every write, put back to yesterday, run twice on one database, edited behind its back.

#![allow(clippy::unwrap_used)] // what fails here fails the test

mod common;

use common::{Bought, Goods, Holder, Node, World, yen};
use deal::Kind;
use party::{Party, Reply, Step, Verb, epoch, shop::Shop};
use seal::Seed;
use std::sync::{Arc, Barrier};
use store::{
    Store, Table,
    memory::{Cut, Memory},
    sqlite::{Opening, Sqlite},
};
use units::{Moment, OfferNo, PartyId, Refusal, Span};

fn ready(goods: &Goods) -> (World, Holder) {
    let mut world = World::new();
    world.publish(goods);
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(50_000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 20_000).gift();
    (world, buyer)
}

/// Sends a payment until it is answered, waking whoever is dark and carrying out what waits.
fn insist(world: &mut World, buyer: &mut Holder, giver: PartyId, sealed: &[u8]) -> Bought {
    for _ in 0..10 {
        for memory in [&world.shop.memory, &world.issuer.memory, &world.bank.memory] {
            let memory = memory.as_ref().unwrap();
            if memory.is_dark() {
                memory.restart();
            }
        }
        match buyer.pay(world, giver, sealed) {
            Ok(Bought::NotYet) | Err(_) => world.wait(Span::minutes(1)),
            Ok(bought) => return bought,
        }
    }
    panic!("never answered");
}

/// proves: row-91 S6 XD-8
#[test]
fn killed_before_or_after_any_write_the_buyer_has_money_or_music() {
    let cuts = (1..=3).flat_map(|n| [Cut::BeforeCommit(n), Cut::AfterCommit(n)]);
    for cut in cuts {
        for who in 0..3 {
            let (mut world, mut buyer) = ready(&Goods::default());
            let shop = world.shop.party.id();
            // A load under way and a sale under way, and one of the three dies.
            let account = buyer.state.values.iter().map(|(v, _)| (v.maker, v.id)).next().unwrap();
            let (_, load) = buyer.load_begun(&mut world, 500, &[account]);
            let (quote, quoted) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
            let (_, sale) = buyer.commit(&mut world, &quote, &quoted, &[]);
            let node = [&world.shop.memory, &world.issuer.memory, &world.bank.memory][who].clone();
            node.unwrap().cut(cut);
            let issuer = world.issuer.party.id();
            insist(&mut world, &mut buyer, issuer, &load).gift();
            insist(&mut world, &mut buyer, shop, &sale).gift();
            world.wait(Span::minutes(10));
            world.sweep();
            let what = format!("{cut:?} of {who}");
            assert_eq!((buyer.purse(), buyer.licenses.len()), (19_500, 1), "{what}");
            assert_eq!(
                (world.owed(world.publisher.id()), world.owed(shop)),
                (1000, 0),
                "{what}"
            );
            world.all_is_well();
        }
    }
}

/// Puts the shop back to `yesterday` and lets it notice.
fn put_back(world: &World, yesterday: &store::memory::Snapshot) {
    world.shop.memory.as_ref().unwrap().restore(yesterday).unwrap();
    assert!(epoch::wake(&world.shop.store).unwrap(), "it knows");
}

/// Lets the shop find out what it forgot.
fn reconcile(world: &mut World) -> Step {
    let (node, now, shop) = (world.shop.party.clone(), world.now, world.shop.party.id());
    let mut step = world.shop.store.write(move |tx| node.reconcile(tx, now)).unwrap();
    while let Step::Errand(errand) = step {
        step = world.carry(shop, &errand).unwrap();
    }
    step
}

/// proves: row-91 SD-12 XD-8
#[test]
fn a_shop_that_was_put_back_says_so_asks_the_issuer_and_charges_nobody_twice() {
    let goods = Goods {
        edition: Some(6),
        ..Goods::default()
    };
    let (mut world, mut buyer) = ready(&goods);
    let (shop, publisher) = (world.shop.party.id(), world.publisher.id());
    buyer.buy(&mut world, 204, &[]).gift();
    let yesterday = world.shop.memory.as_ref().unwrap().snapshot();
    // Today: one sale that closed, one whose answer got lost, one payment that never arrived.
    buyer.buy(&mut world, 204, &[]).gift();
    let sell = |world: &mut World, buyer: &mut Holder| {
        let (quote, quoted) = buyer.ask_sale(world, Kind::Sale, 204).unwrap();
        let mut twin = buyer.clone();
        let (_, sealed) = twin.commit(world, &quote, &quoted, &[]);
        *buyer = twin.clone();
        buyer.state.paid.pop();
        (twin, sealed)
    };
    let (mut lost, lost_pay) = sell(&mut world, &mut buyer);
    world.answer(shop, Verb::Pay, &lost_pay);
    let (mut late, late_pay) = sell(&mut world, &mut buyer);
    assert_eq!(world.owed(publisher), 3000);

    put_back(&world, &yesterday);
    assert_eq!(world.refusal(shop, Verb::Pay, &lost_pay), "restored");
    let mut ask = buyer.asking(&mut world, Kind::Sale);
    ask.offer = Some(OfferNo(204));
    assert_eq!(world.refusal(shop, Verb::Ask, &seal::cbor::to_bytes(&ask)), "restored");
    // The issuer cannot be reached: nothing is done meanwhile.
    world.silent.insert(world.issuer.party.id());
    assert!(matches!(reconcile(&mut world), Step::NotYet(_)));
    assert_eq!(world.refusal(shop, Verb::Pay, &lost_pay), "restored");
    world.silent.clear();
    assert_eq!(reconcile(&mut world), Step::Answer(Vec::new()));
    assert_eq!(epoch::settle(&world.shop.store).unwrap(), 2);
    assert!(world.shop.store.standing().unwrap().is_settled());
    let node = world.shop.party.clone();
    assert_eq!(world.shop.store.read(|v| node.forgotten(v)).unwrap().len(), 2);
    world.all_is_well();

    // A quote from before that nobody knows of is void, so that no deal is ever given and void.
    assert_eq!(
        late.pay(&mut world, shop, &late_pay).unwrap().void(),
        deal::VoidReason::Passed
    );
    assert_eq!(late.purse(), 17_000);
    world.all_is_well();

    // Whoever has not got it gets it, days later, and is not charged again: the slip was honoured for this very deal.
    world.wait(Span::days(2));
    let gift = lost.pay(&mut world, shop, &lost_pay).unwrap().gift();
    assert_eq!((lost.purse(), world.owed(publisher)), (17_000, 3000));
    assert_eq!(lost.licenses.last().unwrap().link.serial, Some(2), "the number it had");
    assert!(gift.receipt.unwrap() > 3, "no number of a receipt that somebody has");
    // New sales take new numbers: three were out, three are left.
    buyer.state = late.state.clone();
    let mut serials = Vec::new();
    for _ in 0..3 {
        buyer.buy(&mut world, 204, &[]).gift();
        serials.push(buyer.licenses.last().unwrap().link.serial.unwrap());
    }
    assert_eq!(serials, [3, 4, 5]);
    assert_eq!(
        buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap_err().code(),
        "sold-out"
    );
    world.all_is_well();
}

/// proves: row-91
#[test]
fn putting_a_shop_back_twice_and_in_the_middle_of_asking_is_no_different() {
    let (mut world, mut buyer) = ready(&Goods {
        price: 10,
        ..Goods::default()
    });
    let shop = world.shop.party.id();
    let yesterday = world.shop.memory.as_ref().unwrap().snapshot();
    let tags = buyer.state.tags.clone();
    // More sales than one page of the issuer's answer holds.
    for n in 0..205_u64 {
        if n % 15 == 14 {
            buyer.contact(&mut world, 18);
        }
        buyer.buy(&mut world, 204, &[]).gift();
    }
    assert!(!tags.is_empty());
    let forgotten = |world: &World| {
        let node = world.shop.party.clone();
        world.shop.store.read(|v| node.forgotten(v)).unwrap().len()
    };
    for epoch in [2, 3] {
        put_back(&world, &yesterday);
        let (node, now) = (world.shop.party.clone(), world.now);
        // The first page, and the process dies.
        let Step::Errand(first) = world.shop.store.write(move |tx| node.reconcile(tx, now)).unwrap() else {
            panic!()
        };
        let step = world.carry(shop, &first).unwrap();
        assert!(matches!(step, Step::Errand(_)), "more to come");
        assert_eq!(forgotten(&world), 200);
        world.shop.memory.as_ref().unwrap().crash();
        world.shop.memory.as_ref().unwrap().restart();
        assert!(epoch::wake(&world.shop.store).unwrap());
        assert_eq!(reconcile(&mut world), Step::Answer(Vec::new()));
        assert_eq!(forgotten(&world), 205);
        assert_eq!(epoch::settle(&world.shop.store).unwrap(), epoch);
        world.all_is_well();
    }
}

fn sqlite(world: &World, path: &std::path::Path) -> Sqlite {
    let opening = Opening {
        role: "shop".into(),
        realm: world.maker.realm().id(),
        new_id: [1; 16],
    };
    Sqlite::open(path, &opening, world.shop.party.parts()).unwrap()
}

/// One process of the shop: serves a payment to its end, asking the issuer.
fn serve(shop: &Arc<Shop>, store: &Store, world: &Shared, sealed: &[u8], n: u64) -> bool {
    let seed = move |part: u64| Seed::new(seal::hash_parts(&[b"race", &n.to_be_bytes(), &part.to_be_bytes()]).0);
    let (party, body, now) = (shop.clone(), sealed.to_vec(), world.now);
    let mut step = store
        .write(move |tx| party.serve(tx, Verb::Pay, &body, now, &seed(0)))
        .unwrap();
    while let Step::Errand(errand) = step {
        let (issuer, body, verb) = (world.issuer.clone(), errand.body.clone(), errand.verb);
        let heard = world
            .issuer_store
            .write(move |tx| issuer.serve(tx, verb, &body, now, &seed(1)))
            .unwrap();
        let answer = heard.answer().unwrap();
        let (party, id) = (shop.clone(), errand.id);
        step = store
            .write(move |tx| party.answered(tx, id, Reply::Answer(&answer), now, &seed(2)))
            .unwrap();
    }
    matches!(step, Step::Answer(_))
}

struct Shared {
    issuer: Arc<party::issuer::Issuer>,
    issuer_store: Store,
    now: Moment,
}

/// proves: SD-12 row-6 row-51 row-92
#[test]
fn sixteen_racers_on_two_processes_of_one_database_get_five_pieces() {
    let directory = tempfile::tempdir().unwrap();
    let (mut world, buyer) = ready(&Goods::default());
    let path = directory.path().join("shop.store");
    let (one, two) = (sqlite(&world, &path), sqlite(&world, &path));
    world.shop = Node {
        party: world.shop.party.clone(),
        store: one.store(),
        memory: None,
    };
    world.news();
    world.publish(&Goods {
        edition: Some(5),
        price: 100,
        ..Goods::default()
    });
    let mut racers: Vec<(Holder, Vec<u8>)> = (0..16)
        .map(|n| {
            let (quote, quoted) = buyer.ask_sale(&mut world, Kind::Sale, 204).unwrap();
            let mut twin = buyer.clone();
            twin.state.tags.drain(..n);
            twin.state.pay_no += n as u64;
            let (_, sealed) = twin.commit(&mut world, &quote, &quoted, &[]);
            (twin, sealed)
        })
        .collect();
    let shared = Arc::new(Shared {
        issuer: world.issuer.party.clone(),
        issuer_store: world.issuer.store.clone(),
        now: world.now,
    });
    let barrier = Arc::new(Barrier::new(racers.len()));
    let threads: Vec<_> = racers
        .iter()
        .enumerate()
        .map(|(n, (_, sealed))| {
            let store = if n % 2 == 0 { one.store() } else { two.store() };
            let (shop, shared, barrier, sealed) = (
                world.shop.party.clone(),
                shared.clone(),
                barrier.clone(),
                sealed.clone(),
            );
            std::thread::spawn(move || {
                barrier.wait();
                // Everybody asks twice, as impatient wallets do.
                serve(&shop, &store, &shared, &sealed, n as u64)
                    && serve(&shop, &store, &shared, &sealed, 100 + n as u64)
            })
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap(), "everybody is answered");
    }
    let shop = world.shop.party.id();
    let mut serials: Vec<u32> = Vec::new();
    let mut spent = 0;
    for (racer, sealed) in &mut racers {
        match racer.pay(&mut world, shop, sealed).unwrap() {
            Bought::Given(_) => serials.push(racer.licenses[0].link.serial.unwrap()),
            other => assert_eq!(other, Bought::Void(deal::VoidReason::SoldOut)),
        }
        spent += 20_000 - racer.purse();
    }
    serials.sort_unstable();
    assert_eq!((serials, spent), (vec![0, 1, 2, 3, 4], 500));
    assert_eq!(world.owed(world.publisher.id()), 500);
    world.all_is_well();
    drop((one, two));
}

/// proves: row-2 row-51 row-92
#[test]
fn sixty_four_racers_with_one_receipt_get_one_license() {
    let directory = tempfile::tempdir().unwrap();
    let (mut world, mut buyer) = ready(&Goods::default());
    let path = directory.path().join("shop.store");
    let (one, two) = (sqlite(&world, &path), sqlite(&world, &path));
    world.shop = Node {
        party: world.shop.party.clone(),
        store: one.store(),
        memory: None,
    };
    world.news();
    world.publish(&Goods::default());
    let shop = world.shop.party.id();
    let (quote, quoted) = buyer.ask_sale(&mut world, Kind::PayOnly, 204).unwrap();
    let (_, sealed) = buyer.commit(&mut world, &quote, &quoted, &[]);
    let gift = buyer.pay(&mut world, shop, &sealed).unwrap().gift();
    let (receipt, signed) = gift.values[0].clone();
    buyer.contact(&mut world, 10);
    // Four cards that all have a copy of the receipt, sixteen payments each.
    let mut pays: Vec<(Holder, Vec<u8>)> = Vec::new();
    for card in 2..6 {
        let mut friend = Holder::new(&mut world, card);
        friend.put(receipt.clone(), signed.clone());
        for n in 0..16 {
            let (quote, quoted) = friend.ask_sale(&mut world, Kind::Sale, 204).unwrap();
            let mut twin = friend.clone();
            twin.state.tags.drain(..n);
            twin.state.pay_no += n as u64;
            let (_, sealed) = twin.commit(&mut world, &quote, &quoted, &[(receipt.maker, receipt.id)]);
            pays.push((twin, sealed));
        }
    }
    let shared = Arc::new(Shared {
        issuer: world.issuer.party.clone(),
        issuer_store: world.issuer.store.clone(),
        now: world.now,
    });
    let threads: Vec<_> = pays
        .chunks(8)
        .enumerate()
        .map(|(n, chunk)| {
            let store = if n % 2 == 0 { one.store() } else { two.store() };
            let (shop, shared) = (world.shop.party.clone(), shared.clone());
            let sealed: Vec<Vec<u8>> = chunk.iter().map(|(_, s)| s.clone()).collect();
            std::thread::spawn(move || {
                sealed
                    .iter()
                    .enumerate()
                    .all(|(m, s)| serve(&shop, &store, &shared, s, (n * 100 + m) as u64))
            })
        })
        .collect();
    assert!(threads.into_iter().all(|t| t.join().unwrap()));
    let mut given = 0;
    for (friend, sealed) in &mut pays {
        match friend.pay(&mut world, shop, sealed).unwrap() {
            Bought::Given(_) => given += 1,
            other => assert_eq!(other, Bought::Void(deal::VoidReason::ValueUsed)),
        }
    }
    assert_eq!(given, 1);
    world.all_is_well();
    drop((one, two));
}

/// A row of a table deleted behind the party's back.
fn delete_one(memory: &Memory, table: Table) {
    let found = memory
        .store()
        .read(move |view| view.scan(table, &store::Range::all(), false, 1))
        .unwrap();
    let key = found[0].0.clone();
    memory.store().write(move |tx| tx.delete(table, &key)).unwrap();
}

/// proves: row-97
#[test]
fn an_audit_names_what_was_edited_behind_the_partys_back() {
    let tables = [
        ("shop", Table::new("shop_sales")),
        ("shop", Table::new("shop_receipts")),
        ("shop", Table::new("shop_sales_by_buyer")),
        ("shop", Table::new("shop_sales_by_content")),
        ("shop", Table::new("shop_sales_by_time")),
        ("shop", Table::new("shop_editions")),
        ("shop", Table::new("shop_licenses")),
        ("shop", Table::new("shop_slips")),
        ("shop", Table::new("decided")),
        ("shop", Table::new("books_postings")),
        ("shop", Table::new("ledger_totals")),
        ("issuer", Table::new("issuer_slips")),
        ("issuer", Table::new("issuer_brought")),
        ("issuer", Table::new("issuer_slip_numbers")),
        ("issuer", Table::new("issuer_redemptions")),
        ("issuer", Table::new("books_postings")),
        ("issuer", Table::new("ledger_totals")),
        ("bank", Table::new("bank_transfers")),
        ("bank", Table::new("bank_lines")),
        ("bank", Table::new("ledger_totals")),
    ];
    let (mut world, mut buyer) = ready(&Goods {
        edition: Some(3),
        ..Goods::default()
    });
    buyer.buy(&mut world, 204, &[]).gift();
    buyer.redeem(&mut world, 100).gift();
    world.all_is_well();
    for (who, table) in tables {
        let node = match who {
            "shop" => world.shop.memory.as_ref().unwrap(),
            "issuer" => world.issuer.memory.as_ref().unwrap(),
            _ => world.bank.memory.as_ref().unwrap(),
        };
        let before = node.snapshot();
        delete_one(node, table);
        let found = match who {
            "shop" => world.shop.audit(),
            "issuer" => world.issuer.audit(),
            _ => world.bank.audit(),
        };
        assert!(!found.is_empty(), "a row of {table:?} was deleted and nobody noticed");
        node.put_back(&before);
    }
    world.all_is_well();
}

/// proves: row-54
#[test]
fn what_a_sale_is_divided_into_is_the_whole_whatever_the_price() {
    let mut world = World::with(|_, shop| shop.commission_permille = 333);
    let mut buyer = Holder::new(&mut world, 1);
    let opened = world.account(50_000);
    buyer.put(opened.value, opened.signed);
    buyer.load(&mut world, 20_000).gift();
    for (n, (price, tax)) in [(1, 0), (1, 1000), (7, 100), (999, 80), (10_000, 0)]
        .into_iter()
        .enumerate()
    {
        world.publish(&Goods {
            number: 500 + n as u64,
            content: 50 + n as u8,
            price,
            tax_permille: tax,
            ..Goods::default()
        });
        buyer.buy(&mut world, 500 + n as u64, &[]).gift();
    }
    // Nothing to pay is nothing to present.
    world.publish(&Goods {
        number: 600,
        content: 60,
        price: 0,
        ..Goods::default()
    });
    buyer.buy(&mut world, 600, &[]).gift();
    assert_eq!(buyer.purse(), 20_000 - 11_008);
    let license = buyer.licenses[3].id;
    let gift = buyer.surrender(&mut world, license).gift();
    assert_eq!(gift.values[0].0.worth, yen(999));
    world.all_is_well();
}
