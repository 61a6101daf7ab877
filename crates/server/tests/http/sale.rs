//! Sales over HTTP: shared and unique, once for ever, handed back, paid beforehand, torn and finished.

use card::{Settled, Want};
use package::open_stream;
use reqwest::StatusCode;
use seal::Role as Certified;
use serde_json::Value as Json;
use server::{
    config::{Role, Selling},
    running::start,
};
use units::DealId;

use crate::{
    holder::{Holder, seed, send},
    publisher::{Shown, Work, publish, shop},
    world::{OPERATOR, World, code_of, config, now},
};

async fn fetch(world: &World, address: &str, path: &str, range: Option<&str>) -> reqwest::Response {
    let request = world.client.get(format!("{address}{path}"));
    let request = match range {
        Some(range) => request.header("range", range),
        None => request,
    };
    request.send().await.unwrap()
}

/// Keys as the card releases them, stretch by stretch.
struct Released<'a>(&'a Holder, card::PlayTicket, package::Header);

impl package::KeySource for Released<'_> {
    fn stretch(&self, index: u32) -> Result<package::StretchKey, package::Withheld> {
        Ok(self.0.card.release(&self.1, &self.2, index, now()).unwrap())
    }
}

/// Plays a package with a license on the card.
fn play(holder: &mut Holder, license: units::LicenseId, sealed: &[u8]) -> Vec<u8> {
    let ticket = holder.card.begin_play(license, now(), &seed()).unwrap();
    let header = package::Front::parse(sealed).unwrap().header().clone();
    let keys = Released(holder, ticket, header);
    let mut plain = Vec::new();
    open_stream(sealed, &mut plain, |_| keys, &mut |_| {}).unwrap();
    plain
}

// proves: SD-1 SD-3 row-53
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_made_once_and_its_answer_is_the_same_bytes_for_ever() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let mut holder = Holder::rich(&world, 1000).await;
    let checked = holder.ask(&world, &shop, shown.number, &shown.sheet).await;
    let (deal, pay) = holder.commit(&checked, &Want::default());
    let many = futures::future::join_all((0..64).map(|_| send(&world, &shop, "pay", &pay))).await;
    assert!(many.iter().all(|settle| *settle == many[0]), "64 at once: one answer");
    let settled = holder.finish(&world, &shop, &pay).await;
    assert!(
        matches!(settled, Settled::Given { license: Some(_), .. }),
        "{settled:?}"
    );
    assert_eq!(
        send(&world, &shop, "pay", &pay).await,
        many[0],
        "and again, after it was closed"
    );
    assert_eq!(holder.purse(), 900);
    let sales: Json = world
        .client
        .get(format!("{}/v1/sales", shop.address))
        .bearer_auth(OPERATOR)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(sales["sales"].as_array().unwrap().len(), 1);
    assert_eq!(sales["sales"][0]["deal"], deal.to_string());
    let receipt: Json = world
        .get(&shop, &format!("/v1/receipts/{deal}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&receipt["number"], &receipt["taxes"][0]["tax"]["minor"]),
        (&1.into(), &"9".into())
    );
    assert_eq!(receipt["taxes"][0]["net"]["minor"], "91");
    shop.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_package_is_everybodys_in_any_range() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let Shown { package, sealed, .. } = publish(&world, &shop, "shop", &Work::default()).await;
    let path = format!("/v1/packages/{package}");
    let whole = fetch(&world, &shop.address, &path, None).await;
    assert_eq!(whole.headers()["etag"], format!("\"{package}\""));
    assert!(whole.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    assert!(
        whole.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert_eq!(whole.bytes().await.unwrap(), sealed);
    let part = fetch(&world, &shop.address, &path, Some("bytes=1000-69999")).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.unwrap(), sealed[1000..70_000]);
    let head = world
        .client
        .head(format!("{}{path}", shop.address))
        .send()
        .await
        .unwrap();
    assert_eq!(head.headers()["content-length"], sealed.len().to_string());
    let missing = fetch(
        &world,
        &shop.address,
        &format!("/v1/packages/{}", units::Hash([1; 32])),
        None,
    )
    .await;
    assert_eq!(code_of(missing).await, "not-found");
    shop.stop().await;
    world.stop().await;
}

// proves: XD-4 XD-5
#[tokio::test(flavor = "multi_thread")]
async fn a_unique_work_is_sealed_for_one_buyer_while_it_travels() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let work = Work {
        unique: true,
        content: (0..2_500_000_u32).map(|n| (n / 11) as u8).collect(),
        ..Work::default()
    };
    let shown = publish(&world, &shop, "shop", &work).await;
    let (mut a, mut b) = (Holder::rich(&world, 500).await, Holder::rich(&world, 500).await);
    let (deal_a, license_a) = a.buy(&world, &shop, shown.number, &shown.sheet, &Want::default()).await;
    let (deal_b, license_b) = b.buy(&world, &shop, shown.number, &shown.sheet, &Want::default()).await;
    let path = |deal: DealId| format!("/v1/deliveries/{deal}");
    let own = fetch(&world, &shop.address, &path(deal_a), None).await;
    assert_eq!(own.headers()["cache-control"], "private, no-store");
    let own = own.bytes().await.unwrap();
    let other = fetch(&world, &shop.address, &path(deal_b), None)
        .await
        .bytes()
        .await
        .unwrap();
    assert_ne!(own, other, "every buyer's is another");
    assert_ne!(own, shown.sealed, "and none is the master");
    assert_eq!(
        code_of(fetch(&world, &shop.address, &format!("/v1/packages/{}", shown.package), None).await).await,
        "not-found"
    );
    // Cut anywhere, gone on with from there.
    let cut = 1_234_567;
    let first = fetch(
        &world,
        &shop.address,
        &path(deal_a),
        Some(&format!("bytes=0-{}", cut - 1)),
    )
    .await
    .bytes()
    .await
    .unwrap();
    let rest = fetch(&world, &shop.address, &path(deal_a), Some(&format!("bytes={cut}-")))
        .await
        .bytes()
        .await
        .unwrap();
    assert!([&first[..], &rest[..]].concat() == own[..]);
    assert_eq!(play(&mut a, license_a, &own), work.content);
    let unknown = fetch(&world, &shop.address, &path(DealId([7; 32])), None).await;
    assert_eq!(
        (unknown.status(), code_of(unknown).await.as_str()),
        (StatusCode::CONFLICT, "order-not-sold")
    );
    // Handed back unplayed, it is nobody's.
    let asked = b.card.ask_surrender(license_b, shown.number, &seed()).unwrap();
    let checked = b.quote(&world, &shop, &asked, None).await;
    let (_, pay) = b.commit(&checked, &Want::default());
    b.finish(&world, &shop, &pay).await;
    let gone = fetch(&world, &shop.address, &path(deal_b), None).await;
    assert_eq!(
        (gone.status(), code_of(gone).await.as_str()),
        (StatusCode::GONE, "order-handed-back")
    );
    shop.stop().await;
    world.stop().await;
}

// proves: row-9
#[tokio::test(flavor = "multi_thread")]
async fn a_surrender_brings_a_refund_and_takes_the_license() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let mut holder = Holder::rich(&world, 100).await;
    let (deal, license) = holder
        .buy(&world, &shop, shown.number, &shown.sheet, &Want::default())
        .await;
    let asked = holder.card.ask_surrender(license, shown.number, &seed()).unwrap();
    let checked = holder.quote(&world, &shop, &asked, None).await;
    let (_, pay) = holder.commit(&checked, &Want::default());
    let settled = holder.finish(&world, &shop, &pay).await;
    assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    assert!(holder.card.state().licenses.is_empty());
    let receipt: Json = world
        .get(&shop, &format!("/v1/receipts/{deal}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(receipt["refunded"]["minor"], "100");
    assert!(receipt["state"].as_str().unwrap().starts_with("handed back"));
    shop.stop().await;
    world.stop().await;
}

// proves: XD-9
#[tokio::test(flavor = "multi_thread")]
async fn paid_beforehand_a_receipt_buys_once() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let mut holder = Holder::rich(&world, 100).await;
    let asked = holder.card.ask_pay_only(shown.number, &seed()).unwrap();
    let checked = holder.quote(&world, &shop, &asked, Some(&shown.sheet)).await;
    let (_, pay) = holder.commit(&checked, &Want::default());
    holder.finish(&world, &shop, &pay).await;
    assert_eq!(holder.purse(), 0);
    let value = holder
        .card
        .state()
        .values
        .iter()
        .map(|(v, _)| v)
        .find(|v| v.kind == deal::ValueKind::Receipt)
        .unwrap()
        .clone();
    let want = Want {
        values: vec![(value.maker, value.id)],
        ..Want::default()
    };
    let (_, license) = holder.buy(&world, &shop, shown.number, &shown.sheet, &want).await;
    assert!(holder.card.state().licenses.contains_key(&license));
    assert!(
        !holder.card.state().values.iter().any(|(v, _)| v.id == value.id),
        "used up"
    );
    shop.stop().await;
    world.stop().await;
}

// proves: row-92
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_of_one_shop_make_one_sale() {
    let world = World::start().await;
    let first = shop(&world, "shop", None).await;
    let work = Work {
        edition: Some(1),
        ..Work::default()
    };
    let shown = publish(&world, &first, "shop", &work).await;
    let mut second = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, "shop");
    second.selling = Selling {
        issuer: Some(world.issuer.id),
        ..Selling::default()
    };
    let mut second = start(second).await.unwrap();
    second.ready().await;
    let mut holders = Vec::new();
    let mut pays = Vec::new();
    for _ in 0..4 {
        let mut holder = Holder::rich(&world, 100).await;
        let checked = holder.ask(&world, &first, shown.number, &shown.sheet).await;
        let (_, pay) = holder.commit(&checked, &Want::default());
        holders.push(holder);
        pays.push(pay);
    }
    // Every payment to both, at once.
    let (to_first, to_second) = futures::future::join(
        futures::future::join_all(pays.iter().map(|pay| send(&world, &first, "pay", pay))),
        futures::future::join_all(pays.iter().map(|pay| send(&world, &second, "pay", pay))),
    )
    .await;
    let mut given = 0;
    for ((holder, a), b) in holders.iter_mut().zip(to_first).zip(to_second) {
        assert_eq!(a, b, "both processes say the same");
        given += usize::from(matches!(
            holder.card.settle(&a, now(), &seed()).unwrap(),
            Settled::Given { .. }
        ));
    }
    assert_eq!(given, 1, "an edition of one sells one");
    let sums: i64 = holders.iter().map(Holder::purse).sum();
    assert_eq!(sums, 300, "and the others have their money");
    // Nobody is asked to choose what is sold out.
    let front = world.get(&first, "/en/").await.text().await.unwrap();
    assert!(
        front.contains("sold out") && !front.contains("Choose a license"),
        "{front}"
    );
    second.stop().await;
    first.stop().await;
    world.stop().await;
}

// proves: row-5 row-82 row-85
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_exactly_right_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let (a, b) = (shop(&world, "a", None).await, shop(&world, "b", None).await);
    let shown = publish(&world, &a, "a", &Work::default()).await;
    let mut holder = Holder::rich(&world, 100).await;
    let checked = holder.ask(&world, &a, shown.number, &shown.sheet).await;
    let (deal, pay) = holder.commit(&checked, &Want::default());
    assert_eq!(
        code_of(world.post(&b, "pay", pay.clone()).await).await,
        "message-not-for-us"
    );
    for at in (0..pay.len()).step_by(97) {
        let mut bent = pay.clone();
        bent[at] ^= 1;
        let code = code_of(world.post(&a, "pay", bent).await).await;
        assert_eq!(code, "message-not-for-us", "byte {at}");
    }
    let longer = [&pay[..], &[0]].concat();
    assert_eq!(code_of(world.post(&a, "pay", longer).await).await, "message-not-for-us");
    assert_eq!(code_of(world.post(&a, "ask", vec![0xa0]).await).await, "ask-malformed");
    assert_eq!(
        code_of(world.get(&b, &format!("/v1/receipts/{deal}")).await).await,
        "not-found",
        "b knows nothing of a's"
    );
    assert_eq!(code_of(world.get(&a, "/v1/sales").await).await, "operator-only");
    // Not for this shop, not by this publisher, not to be repeated elsewhere.
    assert_eq!(
        code_of(world.post(&b, "publish", shown.bundle.clone()).await).await,
        "publication-forged"
    );
    assert!(
        matches!(holder.finish(&world, &a, &pay).await, Settled::Given { .. }),
        "the true one still counts"
    );
    a.stop().await;
    b.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_issuer_leaves_a_sale_open_and_within_the_floor_it_is_made() {
    let world = World::start().await;
    let (strict, trusting) = (
        shop(&world, "strict", None).await,
        shop(&world, "trusting", Some(100)).await,
    );
    let (at_strict, at_trusting) = (
        publish(&world, &strict, "strict", &Work::default()).await,
        publish(&world, &trusting, "trusting", &Work::default()).await,
    );
    let mut holder = Holder::rich(&world, 200).await;
    let checked = holder.ask(&world, &strict, at_strict.number, &at_strict.sheet).await;
    let (_, pay_strict) = holder.commit(&checked, &Want::default());
    let checked = holder
        .ask(&world, &trusting, at_trusting.number, &at_trusting.sheet)
        .await;
    let (_, pay_trusting) = holder.commit(&checked, &Want::default());
    let World {
        issuer,
        registry,
        bank,
        maker,
        dir,
        client,
        realm,
    } = world;
    issuer.stop().await;
    let post = |shop: &server::running::Running, pay: &[u8]| {
        client
            .post(format!("{}/v1/pay", shop.address))
            .header("content-type", "application/cbor")
            .body(pay.to_vec())
            .send()
    };
    let open = post(&strict, &pay_strict).await.unwrap();
    assert_eq!(open.status(), StatusCode::ACCEPTED);
    assert!(open.headers().contains_key("retry-after"));
    assert_eq!(code_of(open).await, "not-yet");
    let given = post(&trusting, &pay_trusting).await.unwrap();
    assert_eq!(given.status(), StatusCode::OK);
    let settled = holder
        .card
        .settle(&given.bytes().await.unwrap(), now(), &seed())
        .unwrap();
    assert!(matches!(settled, Settled::Given { license: Some(_), .. }));
    let _ = (maker, dir, realm);
    for party in [strict, trusting, bank, registry] {
        party.stop().await;
    }
}

// proves: row-91
#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_database_says_so_and_charges_nobody_twice() {
    let world = World::start().await;
    let first = shop(&world, "shop", None).await;
    let shown = publish(&world, &first, "shop", &Work::default()).await;
    let file = world.dir.path().join("shop").join(server::running::STORE_FILE);
    first.stop().await;
    let yesterday = std::fs::read(&file).unwrap();
    let first = shop(&world, "shop", None).await;
    let mut holder = Holder::rich(&world, 200).await;
    let checked = holder.ask(&world, &first, shown.number, &shown.sheet).await;
    let (_, pay) = holder.commit(&checked, &Want::default());
    // Decided, but the answer never arrived.
    send(&world, &first, "pay", &pay).await;
    first.stop().await;
    std::fs::write(&file, yesterday).unwrap();

    let World {
        issuer,
        registry,
        bank,
        maker,
        dir,
        client,
        realm,
    } = world;
    issuer.stop().await;
    let again = |issuer: Option<units::PartyId>| {
        let mut again = config(&maker, dir.path(), Role::Shop, Certified::Seller, "shop");
        again.selling = Selling {
            issuer,
            ..Selling::default()
        };
        start(again)
    };
    let issuer_id = crate::world::id(&maker, Certified::Issuer, "issuer");
    let mut restored = again(Some(issuer_id)).await.unwrap();
    restored.ready().await;
    let about: Json = client
        .get(format!("{}/v1/about", restored.address))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(about["restored"], true);
    let post = |address: String| {
        client
            .post(format!("{address}/v1/pay"))
            .header("content-type", "application/cbor")
            .body(pay.clone())
            .send()
    };
    let refused = post(restored.address.clone()).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(code_of(refused).await, "restored");

    let mut config = config(&maker, dir.path(), Role::Issuer, Certified::Issuer, "issuer");
    config.certifier = Some(maker.card_certifier());
    config.issuing = Some(server::config::Issuing::new(bank.id, registry.id));
    let mut issuer = start(config).await.unwrap();
    issuer.ready().await;
    let world = World {
        issuer,
        registry,
        bank,
        maker,
        dir,
        client,
        realm,
    };
    let settled = holder.finish(&world, &restored, &pay).await;
    assert!(
        matches!(settled, Settled::Given { license: Some(_), .. }),
        "{settled:?}"
    );
    assert_eq!(holder.purse(), 100, "charged once");
    let about: Json = world.get(&restored, "/v1/about").await.json().await.unwrap();
    assert_eq!((&about["restored"], &about["epoch"]), (&false.into(), &2.into()));
    restored.stop().await;
    world.stop().await;
}
