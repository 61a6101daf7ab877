//! The doors of a carrier and of its bank: who may come in, what they do when they were put back to an older day, and two
//! processes of one of them at once.

use std::sync::{Arc, Barrier};

use carrier::{Batch, Trust};
use deal::{
    charge::ChargeWord,
    enterprise::{TrustAsk, TrustWord, say_trust},
};
use party::{
    Party, PartyKeys, Reply, Step, Verb,
    bank::{Bank, BankAsk, BankSheet, Holder, TransferAnswer, TransferOrder, Transferred},
    epoch,
    realm::{Certifier, RealmMaker, Subject},
};
use seal::{Audience, Class, Kind, Role, Secret, Seed, cbor};
use store::{
    Store,
    sqlite::{Opening, Sqlite},
};
use units::{Currency, Moment, PartyId, Refusal, Span, TransferId};

use crate::world::{FEBRUARY, NOW, SELLER, World, call, found, offer, yen};

/// The bank's door: an order over so much, out of `from`.
fn order(world: &World, keys: &PartyKeys, certificate: &[u8], (n, from, amount): (u8, Holder, i64)) -> TransferOrder {
    TransferOrder {
        id: TransferId([n; 16]),
        from,
        to: Holder::Party(world.seller(SELLER)),
        amount: yen(amount),
        reference: "RENT".into(),
        by: keys.id(),
        certificate: certificate.to_vec().into(),
    }
}

fn signed<B: minicbor::Encode<()>>(world: &World, keys: &PartyKeys, body: &B) -> Vec<u8> {
    let (realm, bank) = (world.trust().id(), Audience::from(world.bank.id()));
    seal::sign(keys.signer(), Kind::Transfer, realm, bank, body)
}

fn at_the_bank(world: &World, verb: Verb, body: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (bank, now, body) = (world.bank.clone(), world.now, body.to_vec());
    let served = world
        .bank_store
        .write(move |tx| bank.serve(tx, verb, &body, now, &Seed::new([1; 32])));
    served
        .map(|step| step.answer().unwrap_or_default())
        .map_err(|no| no.code())
}

/// A certificate that the realm's certifier of parties makes for these keys.
fn certified(maker: &RealmMaker, keys: &PartyKeys, role: Role, (from, until): (Moment, Moment)) -> Vec<u8> {
    let subject = Subject {
        id: keys.id().0,
        role,
        sign: keys.signer().verify_key(),
        seal: keys.opener().seal_to(),
        class: Class::Software,
        name: "somebody".into(),
    };
    Certifier::new(&maker.party_certifier(), maker.realm().id()).certify(&subject, from, until, 9)
}

/// Whoever has no account by its role, or no good certificate of this realm, orders nothing and asks for nothing; and whoever has
/// one does so about his own account alone.
///
/// proves: ST-6 row-7 row-84 row-85
#[test]
fn the_bank_hears_its_customers_about_their_own_accounts_and_nobody_else() {
    let world = found(|_| {});
    let seller = world.keys(Role::Seller, SELLER);
    let paper = seller.certificate().to_vec();
    let both = |keys: &PartyKeys, certificate: &[u8], from: PartyId| {
        let order = order(&world, keys, certificate, (7, Holder::Party(from), 1));
        let sheet = BankSheet {
            ask: BankAsk::Since(0),
            by: from,
            certificate: certificate.to_vec().into(),
        };
        let file = at_the_bank(&world, Verb::BankFile, &signed(&world, keys, &sheet));
        let transfer = at_the_bank(&world, Verb::Transfer, &signed(&world, keys, &order));
        (transfer.map(drop), file.map(drop))
    };
    for role in [
        Role::Registry,
        Role::Bank,
        Role::TrustRegistry,
        Role::Machine,
        Role::Content,
        Role::Time,
    ] {
        let keys = world.keys(role, "somebody");
        let no = Err("certificate-other-role");
        assert_eq!(both(&keys, keys.certificate(), keys.id()), (no, no), "{role:?}");
    }
    let maker = world.maker();
    let day = Span::days(1);
    for (span, code) in [
        (
            (NOW.less(Span::minutes(1200)), NOW.less(Span::minutes(60))),
            "certificate-ended",
        ),
        ((NOW.plus(day), NOW.plus(Span::days(2))), "certificate-not-yet-valid"),
    ] {
        let certificate = certified(maker, &seller, Role::Seller, span);
        assert_eq!(both(&seller, &certificate, seller.id()), (Err(code), Err(code)));
    }
    let foreign = RealmMaker::new(
        "other",
        Currency::JPY,
        "http://127.0.0.1:1",
        Secret::new([7; 32]),
        NOW.less(day),
        Span::days(100),
    );
    let strange = foreign.party(Role::Seller, SELLER).unwrap();
    for (keys, certificate) in [(&strange, strange.certificate()), (&seller, &b""[..])] {
        let no = Err("certificate-missing");
        assert_eq!(both(keys, certificate, keys.id()), (no, no));
    }
    // Another seller, with a good certificate of its own: neither the account nor its entries are its own.
    let other = world.keys(Role::Seller, "b");
    let (transfer, file) = both(&other, other.certificate(), seller.id());
    assert_eq!((transfer, file), (Err("account-not-yours"), Err("account-not-yours")));
    // And one that shows the first one's certificate.
    let (transfer, file) = both(&other, &paper, seller.id());
    assert_eq!((transfer, file), (Err("order-not-signed"), Err("file-not-signed")));
    assert_eq!(world.at_bank(SELLER), 0);
    let (transfer, file) = both(&seller, &paper, seller.id());
    assert_eq!((transfer, file), (Ok(()), Ok(())), "its own");
}

/// A registry's word counts where it is this registry's, about this very question, under a certificate that is good today;
/// anything else decides nothing, and the next good word does.
///
/// proves: ST-13 ST-14 row-7
#[test]
fn a_registrys_answer_that_is_forged_stale_or_anothers_decides_nothing() {
    let registry = found(|_| {}).registry_id();
    let mut world = found(|config| config.registry = Some(registry));
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, "Enterprise 2000", offer(2000), 1000);
    let Step::Errand(errand) = world.serve(Verb::Charge, sent.bytes.clone()).unwrap() else {
        panic!("the registry is asked");
    };
    let asked: TrustAsk = cbor::from_bytes(&errand.body).unwrap();
    let realm = world.trust().id();
    let own = world.keys(Role::TrustRegistry, "trust registry");
    let word = |asked: &TrustAsk, keys: &PartyKeys, certificate: &[u8]| {
        let word = TrustWord {
            trusted: true,
            asked: asked.clone(),
            at: NOW,
        };
        say_trust(&word, realm, keys.signer(), certificate)
    };
    let stale = TrustAsk {
        nonce: [9; 16],
        ..asked.clone()
    };
    let another = TrustAsk {
        party: world.seller("Straw Men"),
        ..asked.clone()
    };
    let elsewhere = world.keys(Role::TrustRegistry, "another registry");
    let carrier = world.keys(Role::Carrier, "Minato Mobile");
    let ended = certified(
        world.maker(),
        &own,
        Role::TrustRegistry,
        (NOW.less(Span::minutes(1200)), NOW.less(Span::minutes(60))),
    );
    let mut forged = word(&asked, &own, own.certificate());
    let middle = forged.len() / 3;
    forged[middle] ^= 1;
    for (what, bytes) in [
        ("forged", forged),
        ("about an older question", word(&stale, &own, own.certificate())),
        ("about another enterprise", word(&another, &own, own.certificate())),
        ("another registry's", word(&asked, &elsewhere, elsewhere.certificate())),
        ("under another role", word(&asked, &carrier, carrier.certificate())),
        ("signed by another", word(&asked, &elsewhere, own.certificate())),
        ("under a certificate that has ended", word(&asked, &own, &ended)),
        ("nothing", Vec::new()),
    ] {
        let (office, id, now) = (world.carrier.clone(), errand.id, world.now);
        let heard = world
            .store
            .write(move |tx| office.answered(tx, id, Reply::Answer(&bytes), now, &Seed::new([3; 32])));
        assert!(matches!(heard, Ok(Step::NotYet(_))), "{what}: {heard:?}");
        assert_eq!(world.meter(&aiko, FEBRUARY).bought, 0, "{what}");
    }
    world.registry_says = Some(vec![2000]);
    world.now = world.now.plus(Span::days(1));
    world.tend();
    assert_eq!(world.bring(&sent).unwrap().unwrap().word, ChargeWord::Paid);
    world.adds_up();
}

/// Whatever somebody says again that happened since, a party that was put back decides nothing until people have compared the books.
/// Once they have, the same charge moves its money no second time.
///
/// proves: ST-5 ST-6 row-91
#[test]
fn a_carrier_and_a_bank_that_were_put_back_do_nothing_until_people_accept() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let (books, deposits) = (world.memory.snapshot(), world.bank_memory.snapshot());
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.tend();
    assert_eq!(world.at_bank(SELLER), 1000);

    // The carrier alone forgot: it neither bills nor pays, takes nothing and gives nothing back.
    world.memory.restore(&books).unwrap();
    assert!(epoch::wake(&world.store).unwrap());
    assert_eq!(world.bring(&sent).unwrap_err().code(), "restored");
    assert_eq!(world.refund(1, sent.charge.charge, 100), Err("restored"));
    assert_eq!(world.money_in(1, 500, "SM-1").unwrap_err().code(), "restored");
    let (office, month) = (world.carrier.clone(), crate::world::month(FEBRUARY));
    let later = NOW.plus(Span::days(40));
    let billed = world.store.write(move |tx| office.bill_month(tx, month, 10, later));
    assert_eq!(billed.unwrap_err().code(), "restored");
    let batch = Batch {
        source: "switch-1".into(),
        first: 1,
        records: vec![call("+819000004417", NOW, 30)],
    };
    let (office, now) = (world.carrier.clone(), world.now);
    let used = world.store.write(move |tx| office.take_usage(tx, &batch, now));
    assert_eq!(used.unwrap_err().code(), "restored");
    world.tend();
    assert_eq!((world.meter(&aiko, FEBRUARY).bought, world.asked), (0, 1));
    // Accepted, it decides the charge as before and orders the transfer under the same number: the bank has booked it.
    world.store.write(move |tx| epoch::accept(tx, now)).unwrap();
    assert_eq!(world.bring(&sent).unwrap().unwrap().word, ChargeWord::Paid);
    world.tend();
    assert_eq!(
        (world.meter(&aiko, FEBRUARY).bought, world.at_bank(SELLER)),
        (1000, 1000)
    );
    world.adds_up();

    // The bank forgot: nobody's order is carried out, no cash is taken, no account is opened.
    world.bank_memory.restore(&deposits).unwrap();
    assert!(epoch::wake(&world.bank_store).unwrap());
    let seller = world.keys(Role::Seller, SELLER);
    let own = Holder::Party(seller.id());
    let order = order(&world, &seller, seller.certificate(), (7, own, 1));
    assert_eq!(
        at_the_bank(&world, Verb::Transfer, &signed(&world, &seller, &order)),
        Err("restored")
    );
    let sheet = BankSheet {
        ask: BankAsk::Since(0),
        by: seller.id(),
        certificate: seller.certificate().to_vec().into(),
    };
    assert_eq!(
        at_the_bank(&world, Verb::BankFile, &signed(&world, &seller, &sheet)),
        Err("restored")
    );
    let mut debit = sent.bytes.clone();
    debit.truncate(40);
    assert_eq!(at_the_bank(&world, Verb::Charge, &debit), Err("restored"));
    let (bank, now) = (world.bank.clone(), world.now);
    let codes = world.bank_store.write(move |tx| {
        let cash = bank.deposit(tx, TransferId([8; 16]), own, yen(5), now);
        let opened = bank.open(tx, "Aiko", yen(5), now, &Seed::new([4; 32]));
        bank.tend(tx, now.plus(Span::days(3)), &Seed::new([4; 32])).unwrap();
        let (cash, opened) = (cash.map_err(|no| no.code()), opened.map_err(|no| no.code()));
        Ok::<_, store::Fault>((cash.err(), opened.err()))
    });
    assert_eq!(codes.unwrap(), (Some("restored"), Some("restored")));
    assert_eq!(world.at_bank(SELLER), 0);
}

/// Two handles on one file, as two processes of a party have them.
fn twice(path: &std::path::Path, role: &str, world: &World, parts: &[&'static store::Part]) -> [Sqlite; 2] {
    [1, 2].map(|n| {
        let opening = Opening {
            role: role.into(),
            realm: world.trust().id(),
            new_id: [n; 16],
        };
        Sqlite::open(path, &opening, parts).unwrap()
    })
}

/// Sixteen at once, half of them at each process.
fn race<T: Send + 'static>(of: &[Sqlite; 2], each: impl Fn(&Store, u64) -> T + Send + Sync + 'static) -> Vec<T> {
    let (each, barrier) = (Arc::new(each), Arc::new(Barrier::new(16)));
    let racers: Vec<_> = (0..16_u64)
        .map(|n| {
            let store = of[usize::try_from(n % 2).unwrap()].store();
            let (each, barrier) = (each.clone(), barrier.clone());
            std::thread::spawn(move || {
                barrier.wait();
                each(&store, n)
            })
        })
        .collect();
    racers.into_iter().map(|racer| racer.join().unwrap()).collect()
}

/// proves: ST-6 ST-7 row-51 row-52 row-92
#[test]
fn two_processes_of_a_bank_and_of_a_carrier_move_and_bill_everything_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = found(|_| {});
    let banks = twice(&dir.path().join("bank.db"), "bank", &world, world.bank.parts());
    let carriers = twice(&dir.path().join("carrier.db"), "carrier", &world, world.carrier.parts());
    (world.bank_store, world.store) = (banks[0].store(), carriers[0].store());
    world.begin();
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});

    // One order, sixteen times: one transfer, and the same answer to each.
    let payer = world.keys(Role::Carrier, "Minato Mobile");
    let own = Holder::Party(payer.id());
    let order = signed(
        &world,
        &payer,
        &order(&world, &payer, payer.certificate(), (7, own, 250)),
    );
    let (bank, now, body) = (world.bank.clone(), world.now, order);
    let answers = race(&banks, move |store, _| {
        let (bank, body) = (bank.clone(), body.clone());
        store.write(move |tx| bank.transfer(tx, &body, now)).unwrap()
    });
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
    let said = seal::parse::<TransferAnswer>(&answers[0], Kind::Receipt, world.trust().id()).unwrap();
    assert!(matches!(said.claims().outcome, Transferred::Booked(_)));
    assert_eq!(world.at_bank(SELLER), 250);

    // One charge, sixteen times: bought once. Its pay-out is swept by both, and the month billed by both: each once.
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    let (office, body) = (world.carrier.clone(), sent.bytes.clone());
    let decided = race(&carriers, move |store, n| {
        let (office, body) = (office.clone(), body.clone());
        let seed = move || Seed::new(seal::hash(&n.to_be_bytes()).0);
        let step = store.write(move |tx| office.serve(tx, Verb::Charge, &body, now, &seed()));
        step.unwrap().answer()
    });
    assert!(decided[0].is_some() && decided.windows(2).all(|two| two[0] == two[1]));
    assert_eq!(world.meter(&aiko, FEBRUARY).bought, 1000);
    let office = world.carrier.clone();
    race(&carriers, move |store, n| {
        let office = office.clone();
        let seed = move || Seed::new(seal::hash(&n.to_be_bytes()).0);
        store.write(move |tx| office.tend(tx, now, &seed())).unwrap();
    });
    world.tend();
    assert_eq!(world.at_bank(SELLER), 1250);
    let (office, month, later) = (
        world.carrier.clone(),
        crate::world::month(FEBRUARY),
        NOW.plus(Span::days(40)),
    );
    let runs = race(&carriers, move |store, _| {
        let office = office.clone();
        let run = store.write(move |tx| office.bill_month(tx, month, 10, later)).unwrap();
        (run.bills, run.total)
    });
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    assert_eq!(world.bills(&aiko).len(), 1);
    world.adds_up();
    let bank = world.bank.clone();
    let found = world.bank_store.read(|view| bank.audit(view)).unwrap();
    assert!(found.is_empty(), "{found:#?}");
}
