//! Money and licenses over the engine: what is bought, what is on its way, what is refused, and what survives a cut.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::sync::atomic::Ordering;

use town::{Lie, PIN, Town, impatient, yen};
use units::Refusal;
use wallet::{Outcome, Wallet};

async fn buy(wallet: &Wallet, town: &Town, work: &town::Work) -> Outcome {
    let checked = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    wallet.pay(&checked, PIN, card::Want::default()).await.unwrap()
}

/// proves: SD-1 SD-2
#[tokio::test]
async fn a_sale_brings_a_license_for_this_card_alone_and_takes_its_price() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    let Outcome::Given {
        license: Some(id),
        receipt: Some(1),
        ..
    } = buy(&person.wallet, &town, &work).await
    else {
        panic!("not given")
    };
    let summary = person.wallet.summary().await;
    assert_eq!((summary.spendable, summary.reserved), (yen(700), yen(0)));
    let shelf = person.wallet.shelf(id).await.unwrap();
    assert_eq!((shelf.title(), &shelf.playable), ("Night Ferry", &Ok(())));
    // The same document on another card: no license for it.
    let other = town.card(0).await;
    let document = license::Document::parse(&shelf.held.document).unwrap();
    let mut trust = seal::Trust::new(town.realm.clone());
    town.certifiers.iter().for_each(|c| trust.learn(c).unwrap());
    let tag = units::Tag([1; 16]);
    assert_eq!(
        document.check(&trust, tag).unwrap_err().code(),
        "license-for-another-card"
    );
    assert!(other.wallet.library().await.is_empty());
    person.wallet.deliver_dones().await;
    assert_eq!(town.shops.lock().unwrap().done, 1);
}

/// proves: SD-1 XD-8 row-80
#[tokio::test]
async fn too_little_money_or_a_lying_shop_changes_nothing() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(200).await;
    let checked = person.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let no = person
        .wallet
        .pay(&checked, PIN, card::Want::default())
        .await
        .unwrap_err();
    assert_eq!(no.code(), "purse-too-small");
    assert!(no.to_string().contains("load JPY 100 more"), "{no}");
    for (lie, code) in [
        (Lie::Price, "quote-price-changed"),
        (Lie::Certificate, "seller-not-verified"),
    ] {
        *town.lie.lock().unwrap() = Some(lie);
        let no = person.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap_err();
        assert_eq!(no.code(), code);
    }
    assert_eq!(person.wallet.summary().await.spendable, yen(200));
    assert!(town.shops.lock().unwrap().sales.is_empty());
}

/// proves: XD-8
#[tokio::test]
async fn a_lost_answer_is_asked_for_until_it_comes_and_is_paid_once() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    town.answers_lost.store(3, Ordering::SeqCst);
    assert!(matches!(
        buy(&person.wallet, &town, &work).await,
        Outcome::OnItsWay { .. }
    ));
    let overview = person.wallet.overview().await;
    assert_eq!(
        (overview.summary.spendable, overview.summary.reserved),
        (yen(700), yen(300))
    );
    assert_eq!(overview.under_way[0].title, "Night Ferry");
    // Paying once more for the same is refused while the first is open.
    let checked = person.wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let twice = person
        .wallet
        .pay(&checked, PIN, card::Want::default())
        .await
        .unwrap_err();
    assert_eq!(twice.code(), "payment-already-open");
    // Killed, and started again: it goes on by itself.
    drop(person.wallet);
    let wallet = town.wake(&person.root).await;
    let mut rounds = 0;
    while !wallet.overview().await.under_way.is_empty() {
        wallet.finish_open().await;
        rounds += 1;
        assert!(rounds < 5);
    }
    assert_eq!(wallet.library().await.len(), 1);
    assert_eq!(wallet.summary().await.spendable, yen(700));
    assert_eq!(town.shops.lock().unwrap().sales.len(), 1);
}

/// A giver's no brings everything back; the reason stays.
#[tokio::test]
async fn a_void_returns_the_money() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    *town.lie.lock().unwrap() = Some(Lie::SoldOut);
    let outcome = buy(&person.wallet, &town, &work).await;
    let Outcome::Returned {
        deal,
        reason: Some(deal::VoidReason::SoldOut),
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(person.wallet.summary().await.spendable, yen(1000));
    drop(person.wallet);
    let wallet = town.wake(&person.root).await;
    assert_eq!(
        wallet.outcome(deal).await,
        Some(Outcome::Returned {
            deal,
            reason: Some(deal::VoidReason::SoldOut)
        })
    );
}

/// A key that opens nothing is not taken: the payment stays named on the card.
#[tokio::test]
async fn a_false_key_closes_nothing() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    *town.lie.lock().unwrap() = Some(Lie::Key);
    let outcome = buy(&person.wallet, &town, &work).await;
    let Outcome::OnItsWay { why, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(why.contains("does not open"), "{why}");
    assert_eq!(person.wallet.summary().await.reserved, yen(300));
}

/// proves: SD-5
#[tokio::test]
async fn a_full_card_says_so_before_money_moves_and_has_room_after_a_deletion() {
    let town = Town::new();
    town.issuers.lock().unwrap().room = Some(1);
    let (first, second) = (town.work(), town.work());
    let person = town.card(1000).await;
    let Outcome::Given { license: Some(id), .. } = buy(&person.wallet, &town, &first).await else {
        panic!()
    };
    assert!(person.wallet.overview().await.is_full());
    let checked = person.wallet.quote_sale(town.shop.id, &second.sheet).await.unwrap();
    let no = person
        .wallet
        .pay(&checked, PIN, card::Want::default())
        .await
        .unwrap_err();
    assert_eq!(no.code(), "card-full-of-licenses");
    assert_eq!(person.wallet.summary().await.spendable, yen(700));
    person.wallet.delete(id).await.unwrap();
    assert!(matches!(
        buy(&person.wallet, &town, &second).await,
        Outcome::Given { .. }
    ));
}

/// proves: XD-9
#[tokio::test]
async fn coupons_reduce_refunds_come_home_and_receipts_pay_for_their_offer() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    let wallet = &person.wallet;
    let (coupon, signed) = town.value(deal::ValueKind::Coupon, yen(100), None);
    wallet
        .take_value(signed.to_vec(), town.shop.certificates[0].clone())
        .await
        .unwrap();
    let again = wallet
        .take_value(signed.to_vec(), town.shop.certificates[0].clone())
        .await
        .unwrap_err();
    assert_eq!(again.code(), "value-already-here");
    let checked = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let want = card::Want {
        values: vec![(coupon.maker, coupon.id)],
        ..card::Want::default()
    };
    let Outcome::Given { license: Some(id), .. } = wallet.pay(&checked, PIN, want).await.unwrap() else {
        panic!()
    };
    assert_eq!(wallet.summary().await.spendable, yen(800));
    // Handed back: the refund order is taken into the purse at once.
    assert!(matches!(wallet.refund(id, PIN).await.unwrap(), Outcome::Given { .. }));
    assert_eq!(wallet.summary().await.spendable, yen(1100));
    assert!(wallet.library().await.is_empty() && wallet.values().await.is_empty());
    // Pay now, receive later.
    let checked = wallet.quote_pay_only(town.shop.id, &work.sheet).await.unwrap();
    wallet.pay(&checked, PIN, card::Want::default()).await.unwrap();
    let receipt = wallet.values().await.remove(0);
    assert_eq!(receipt.kind, deal::ValueKind::Receipt);
    let checked = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let want = card::Want {
        values: vec![(receipt.maker, receipt.id)],
        ..card::Want::default()
    };
    assert!(matches!(
        wallet.pay(&checked, PIN, want).await.unwrap(),
        Outcome::Given { .. }
    ));
    assert_eq!(wallet.summary().await.spendable, yen(800));
}

/// A refund while the issuer is away waits on the card and is fetched at the next contact.
#[tokio::test]
async fn a_refund_waits_for_the_issuer() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(300).await;
    let Outcome::Given { license: Some(id), .. } = buy(&person.wallet, &town, &work).await else {
        panic!()
    };
    town.issuer_away.store(true, Ordering::SeqCst);
    person.wallet.refund(id, PIN).await.unwrap();
    assert_eq!(
        (
            person.wallet.summary().await.spendable,
            person.wallet.values().await.len()
        ),
        (yen(0), 1)
    );
    town.issuer_away.store(false, Ordering::SeqCst);
    person.wallet.take_refunds().await;
    assert_eq!(
        (
            person.wallet.summary().await.spendable,
            person.wallet.values().await.len()
        ),
        (yen(300), 0)
    );
}

#[tokio::test]
async fn money_comes_in_and_goes_out() {
    let town = Town::new();
    let person = town.card(500).await;
    person.wallet.redeem(yen(200), PIN).await.unwrap();
    assert_eq!(person.wallet.summary().await.spendable, yen(300));
    let wrong = person.wallet.redeem(yen(200), "0000").await.unwrap_err();
    assert_eq!(wrong.code(), "pin-wrong");
    let much = person.wallet.load(yen(60_000), None).await.unwrap_err();
    assert_eq!(much.code(), "balance-limit");
}

/// proves: row-79
#[tokio::test]
async fn tries_are_counted_before_they_are_compared_and_survive_restarts() {
    let town = Town::new();
    let person = town.card(500).await;
    let root = person.root.clone();
    let mut wallet = person.wallet;
    for (left, says) in [(2, "2 tries left"), (1, "1 try left")] {
        let no = wallet.redeem(yen(1), "0000").await.unwrap_err();
        assert!(no.to_string().contains(says), "{no}");
        drop(wallet);
        wallet = town.wake(&root).await;
        assert_eq!(wallet.overview().await.tries, left);
    }
    assert_eq!(wallet.redeem(yen(1), "0000").await.unwrap_err().code(), "pin-blocked");
    drop(wallet);
    wallet = town.wake(&root).await;
    // The right one does not help any more; the recovery code does.
    assert_eq!(wallet.redeem(yen(1), PIN).await.unwrap_err().code(), "pin-blocked");
    let code = card::RecoveryCode("aaaa-aaaa-aaaa-aaaa-aaaa".into());
    assert_eq!(
        wallet.unblock(&code, "1234").await.unwrap_err().code(),
        "recovery-code-wrong"
    );
    wallet.unblock(&person.code, "1234").await.unwrap();
    assert!(wallet.redeem(yen(1), "1234").await.is_ok());
}

/// proves: row-36
#[tokio::test]
async fn a_clock_that_is_turned_back_revives_nothing() {
    let town = Town::new();
    let work = town.publish(town::Kindly {
        rights: license::Rights {
            until: Some(town.now().plus(units::Span::days(2))),
            ..license::Rights::UNLIMITED
        },
        ..town::Kindly::default()
    });
    let person = town.card(1000).await;
    let Outcome::Given { license: Some(id), .. } = buy(&person.wallet, &town, &work).await else {
        panic!()
    };
    assert!(person.wallet.shelf(id).await.unwrap().playable.is_ok());
    town.hand.pass(units::Span::days(3));
    assert_eq!(
        person.wallet.shelf(id).await.unwrap().playable.unwrap_err().0,
        "license-ended"
    );
    // Trusted time comes with a contact and stays, whatever the clock says later.
    person.wallet.contact().await.unwrap();
    town.hand.set(town::START);
    assert_eq!(
        person.wallet.shelf(id).await.unwrap().playable.unwrap_err().0,
        "license-ended"
    );
    drop(person.wallet);
    let wallet = town.wake(&person.root).await;
    assert_eq!(wallet.shelf(id).await.unwrap().playable.unwrap_err().0, "license-ended");
}

/// Yesterday's memory put back by hand: noticed at once, no deals; the issuer has seen more, so it freezes.
#[tokio::test]
async fn yesterdays_memory_is_noticed_and_frozen() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    let memory = person.root.join("memory");
    let files = ["snapshot", "journal"].map(|f| (memory.join(f), std::fs::read(memory.join(f)).unwrap()));
    buy(&person.wallet, &town, &work).await;
    person.wallet.contact().await.unwrap();
    drop(person.wallet);
    files
        .iter()
        .for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    let wallet = town.wake(&person.root).await;
    let no = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap_err();
    assert_eq!(no.code(), "card-put-back");
    assert!(wallet.overview().await.put_back.is_some());
    assert!(wallet.contact().await.unwrap().frozen);
    assert_eq!(wallet.put_back(), None);
    assert_eq!(
        wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap_err().code(),
        "card-frozen"
    );
}

/// Two programs never open one card.
#[tokio::test]
async fn a_card_is_opened_once() {
    let town = Town::new();
    let person = town.card(0).await;
    assert_eq!(town.try_wake(&person.root).await.unwrap_err().code(), "card-in-use");
    drop(person.wallet);
    assert!(town.try_wake(&person.root).await.is_ok());
}

/// proves: XD-1
#[tokio::test]
async fn nothing_in_the_memory_can_be_read_and_the_master_key_lies_elsewhere() {
    let town = Town::new();
    let work = town.work();
    let person = town.card(1000).await;
    buy(&person.wallet, &town, &work).await;
    let km = std::fs::read(person.root.join("protected/km")).unwrap();
    let secrets: [&[u8]; 5] = [b"Night Ferry", b"Minato", b"JPY", &work.key, &km];
    for file in std::fs::read_dir(person.root.join("memory")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret));
        }
    }
    #[cfg(unix)]
    for (path, mode) in [
        ("protected/km", 0o600),
        ("protected", 0o700),
        ("memory", 0o700),
        (".", 0o700),
    ] {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(person.root.join(path)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
    // Another master key opens nothing.
    drop(person.wallet);
    std::fs::write(person.root.join("protected/km"), [1; 32]).unwrap();
    assert_eq!(town.try_wake(&person.root).await.unwrap_err().code(), "card-damaged");
}

/// The whole way over real HTTP, with addresses from the signed directory; another realm's directory is refused.
#[tokio::test]
async fn over_http_addresses_come_from_the_signed_directory() {
    let town = Town::new();
    let work = town.work();
    let registry = town::serve(&town).await;
    let realm = seal::Realm {
        registry,
        ..town.realm.clone()
    };
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("directory");
    let http = wallet::carry::HttpCarrier::new(realm.clone(), Some(cache.clone())).unwrap();
    let plan = wallet::engine::BirthPlan {
        cost: card::PinCost::TOY,
        ..wallet::engine::BirthPlan::new(realm.clone())
    };
    let home = wallet::Home::at(dir.path().join("card"));
    let drive = town.hand.clone();
    let (wallet, _) = Wallet::birth_with(home, plan, PIN, drive, impatient(), std::sync::Arc::new(http))
        .await
        .unwrap();
    wallet.contact().await.unwrap();
    wallet.load(yen(400), None).await.unwrap();
    let Outcome::Given { license: Some(id), .. } = buy(&wallet, &town, &work).await else {
        panic!()
    };
    wallet.fetch(id).await.unwrap();
    let file = wallet.packages().file(work.header).unwrap();
    assert_eq!(std::fs::read(file).unwrap(), work.package);
    assert!(cache.exists());
    // A party that is away, and one that says no.
    town.shop_away.store(true, Ordering::SeqCst);
    let no = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap_err();
    assert_eq!((no.code(), no.again()), ("party-silent", units::Again::Later));
    // Another realm answering at the registry's address.
    let elsewhere = Town::named("elsewhere", 2);
    let realm = seal::Realm {
        registry: realm.registry,
        ..elsewhere.realm.clone()
    };
    let http = wallet::carry::HttpCarrier::new(realm, None).unwrap();
    use wallet::carry::Carrier;
    assert_eq!(http.directory(true).await.unwrap_err().code(), "directory-other-realm");
}

/// What somebody on the local network says who is not who his beacon says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pretends {
    Rubbish,
    Nothing,
    No,
    Waits,
}

/// Everybody's neighbour: it notes whatever it is told.
struct Liar {
    says: std::sync::Mutex<Pretends>,
    heard: std::sync::Mutex<Vec<String>>,
}

impl Liar {
    async fn listen() -> (std::sync::Arc<Self>, u16) {
        use axum::{body::Bytes, extract::OriginalUri, http::StatusCode};
        let liar = std::sync::Arc::new(Self {
            says: std::sync::Mutex::new(Pretends::Rubbish),
            heard: std::sync::Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        let (port, own) = (listener.local_addr().unwrap().port(), liar.clone());
        let answer = async move |uri: OriginalUri, body: Bytes| {
            let heard = format!("{} {}", uri.path(), String::from_utf8_lossy(&body));
            own.heard.lock().unwrap().push(heard);
            let no = r#"{"code": "never-heard-of", "again": "never", "detail": "no"}"#;
            match *own.says.lock().unwrap() {
                Pretends::Rubbish => (StatusCode::OK, "rubbish"),
                Pretends::Nothing => (StatusCode::OK, ""),
                Pretends::No => (StatusCode::UNPROCESSABLE_ENTITY, no),
                Pretends::Waits => (StatusCode::ACCEPTED, ""),
            }
        };
        let app = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        (liar, port)
    }
}

/// Whoever sends a beacon with a party's number is told nothing but what a shop is told in the open, and cannot keep a holder
/// from his shop either. Where he is the shop, he is enough.
///
/// proves: PA-12
#[tokio::test]
async fn a_lying_beacon_learns_nothing_and_stops_nobody() {
    use wallet::carry::{Carrier, Lookout};
    let town = Town::new();
    let work = town.work();
    let registry = town::serve(&town).await;
    let realm = seal::Realm {
        registry,
        ..town.realm.clone()
    };
    let dir = tempfile::tempdir().unwrap();
    let http = std::sync::Arc::new(wallet::carry::HttpCarrier::new(realm.clone(), None).unwrap());
    let plan = wallet::engine::BirthPlan {
        cost: card::PinCost::TOY,
        ..wallet::engine::BirthPlan::new(realm.clone())
    };
    let home = wallet::Home::at(dir.path().join("card"));
    let (wallet, _) = Wallet::birth_with(home, plan, PIN, town.hand.clone(), impatient(), http.clone())
        .await
        .unwrap();
    let found_at = {
        let probe = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        probe.local_addr().unwrap().port()
    };
    let first = *realm.id().0.first_chunk::<8>().unwrap();
    let lookout = std::sync::Arc::new(Lookout::begin(first, found_at).unwrap());
    let beckon = |party: units::PartyId, port| {
        let party = *party.0.first_chunk::<8>().unwrap();
        let beacon = courier::SellerBeacon {
            realm: first,
            party,
            port,
        };
        courier::Beckoning::begin(beacon, found_at).unwrap()
    };
    let heard = async |party: units::PartyId| {
        let mut watch = lookout.watch();
        let waits = async {
            while lookout.of(&party.0).is_empty() {
                watch.changed().await.unwrap();
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(120), waits)
            .await
            .unwrap();
    };
    let (liar, port) = Liar::listen().await;
    let (_one, two) = (beckon(town.issuer.id, port), beckon(town.shop.id, port));
    heard(town.issuer.id).await;
    heard(town.shop.id).await;
    http.near(Some(lookout.clone()));

    // No seller: nothing goes there, not even what would be sealed. And to a seller nothing that is not.
    wallet.contact().await.unwrap();
    wallet.load(yen(2000), None).await.unwrap();
    let secret = || b"name and password".to_vec();
    let _ = http.post(town.issuer.id, "/v1/cash/online", secret()).await;
    let _ = http.post(town.shop.id, "/v1/cash/online", secret()).await;
    let _ = http
        .post_json(town.shop.id, "/v1/accounts/token/orders", secret())
        .await;
    let _ = http.get(town.shop.id, "/v1/records").await;
    assert_eq!(*liar.heard.lock().unwrap(), Vec::<String>::new());

    // What a shop is told, he is told, and whatever he says to it the shop answers.
    for says in [Pretends::Rubbish, Pretends::Nothing, Pretends::No, Pretends::Waits] {
        *liar.says.lock().unwrap() = says;
        http.near(Some(lookout.clone()));
        let Outcome::Given { license: Some(id), .. } = buy(&wallet, &town, &work).await else {
            panic!("{says:?}")
        };
        http.near(Some(lookout.clone()));
        wallet.packages().remove(work.header).unwrap();
        wallet.fetch(id).await.unwrap();
        let file = wallet.packages().file(work.header).unwrap();
        assert_eq!(std::fs::read(file).unwrap(), work.package, "{says:?}");
        let heard = std::mem::take(&mut *liar.heard.lock().unwrap());
        for path in ["/v1/ask ", "/v1/packages/"] {
            assert!(heard.iter().any(|one| one.starts_with(path)), "{says:?} {heard:?}");
        }
        assert!(!heard.iter().any(|one| one.contains("password")), "{heard:?}");
    }
    drop(two);

    // The shop itself, where nothing answers at the address that the directory has: near is the only way.
    let address = town.addresses.lock().unwrap()[&town.shop.id].clone();
    let _shop = beckon(town.shop.id, address.rsplit(':').next().unwrap().parse().unwrap());
    let away = "http://127.0.0.1:9".to_owned();
    town.addresses.lock().unwrap().insert(town.shop.id, away);
    http.directory(true).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(120), async {
        let shop = address.rsplit(':').next().unwrap();
        while !lookout
            .of(&town.shop.id.0)
            .iter()
            .any(|at| at.port().to_string() == shop)
        {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap();
    http.near(Some(lookout));
    assert!(matches!(buy(&wallet, &town, &work).await, Outcome::Given { .. }));
}
