//! A publisher who was taken in by page, to the money in his account: nobody touches a configuration for him. And an album,
//! which is what he publishes.

use card::Want;
use license::OfferSheet;
use reqwest::header;
use seal::cbor;
use server::shop::Works;
use units::{OfferNo, PartyId};

use crate::{
    console::{Person, location, shop},
    holder::Holder,
    world::World,
};

/// A second of a tone as a WAV file.
fn tone(pitch: f32) -> Vec<u8> {
    let samples = (0..8000_u32).map(|n| ((n as f32 * pitch).sin() * 12_000.0) as i16);
    let body: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + body.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

/// Several files with one form, as a browser sends them.
async fn upload(person: &Person, page: &str, path: &str, files: &[(&str, Vec<u8>)]) -> reqwest::Response {
    let (line, token) = ("a-line-that-is-in-no-file", person.token(page).await);
    let mut body = format!("--{line}\r\ncontent-disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n").into_bytes();
    for (name, bytes) in files {
        body.extend(
            format!(
                "--{line}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 content-type: audio/wav\r\n\r\n"
            )
            .into_bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{line}--\r\n").into_bytes());
    let request = person.client.post(format!("{}{path}", person.origin));
    request
        .header(header::COOKIE, &person.cookie)
        .header(header::ORIGIN, &person.origin)
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={line}"))
        .body(body)
        .send()
        .await
        .unwrap()
}

/// proves: row-84 SD-18 SD-3 XD-8
#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_taken_in_by_page_sells_collects_and_is_paid_out() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let keeper = Person::invited(&shop, None, "operator").await;
    let taken = keeper
        .send("/console/shop", "/console/shop/take-in", &[("name", "Salt Press")])
        .await;
    let to = location(&taken);
    let salt = to.split("publisher=").nth(1).unwrap().to_owned();
    let id: PartyId = salt.parse().unwrap();
    let owner = Person::invited(&shop, Some(salt.clone()), "owner").await;
    let base = format!("/console/{salt}");

    // An album: two files with one form, in the order of their numbers.
    let files = [("10_last.wav", tone(0.2)), ("2 first <b>.wav", tone(0.1))];
    let sent = upload(&owner, &format!("{base}/publish"), &format!("{base}/drafts"), &files).await;
    let draft = location(&sent);
    while owner.text(&draft).await.contains("Looking at the file") {
        tokio::task::yield_now().await;
    }
    let own = owner
        .upload(&draft, &format!("{draft}/own-preview"), ("own.txt", b"La la la"))
        .await;
    assert_eq!(own.status(), 303);
    // His fares come home to him: a collector of his own, below this shop's address, certified and listed.
    let collector = format!("{}/collectors/{salt}", shop.address);
    while world
        .client
        .get(format!("{collector}/healthz"))
        .send()
        .await
        .unwrap()
        .status()
        != 200
    {
        tokio::task::yield_now().await;
    }
    while owner.text(&draft).await.contains("No collector is listed") {
        tokio::task::yield_now().await;
    }
    let about: serde_json::Value = world
        .client
        .get(format!("{collector}/v1/about"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&about["role"], &about["id"]),
        (&"collector".into(), &salt.as_str().into())
    );

    let fields = [
        ("title", "Salt Songs"),
        ("subtitle", "Two of them"),
        ("performers", "Nao <of the pier>\r\nThe Tide"),
        ("comment", "Sung at low water."),
        ("cover", "A sail"),
        ("price", "300"),
        ("do", "publish"),
    ];
    let nobody = [
        ("performers", "\u{202e}oaN"),
        ("title", "Salt Songs"),
        ("do", "publish"),
    ];
    let refused = owner.send(&draft, &draft, &nobody).await.text().await.unwrap();
    assert!(refused.contains("32 performers"), "{refused}");
    let published = owner.send(&draft, &draft, &fields).await;
    assert_eq!(published.status(), 303);
    while !owner.text(&draft).await.contains("is on the shelf") {
        tokio::task::yield_now().await;
    }
    let works: Works = world.get(&shop, "/v1/works").await.json().await.unwrap();
    assert_eq!(
        (works.works.len(), works.works[0].tracks.as_slice()),
        (1, &["first <b>".to_owned(), "last".to_owned()][..])
    );
    let page = world.get(&shop, &format!("/en/works/{}", works.works[0].content)).await;
    let page = page.text().await.unwrap();
    for told in [
        "2 tracks",
        "<bdi>first &#60;b&#62;</bdi>",
        "<bdi>last</bdi>",
        "<bdi>Two of them</bdi>",
        "<bdi>Nao &#60;of the pier&#62;</bdi>",
        "<bdi>The Tide</bdi>",
        "<bdi>Sung at low water.</bdi>",
        "alt=\"A sail\"",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }

    // Somebody buys it, and what he paid is asked out to a bank where nobody has opened an account for this publisher.
    let number = &works.works[0].offers[0].number;
    let sheet = world
        .get(&shop, &format!("/v1/offers/{number}"))
        .await
        .bytes()
        .await
        .unwrap();
    let sheet: OfferSheet = cbor::from_bytes(&sheet).unwrap();
    let mut holder = Holder::with_account(&world, "Aiko", 5_000).await;
    holder.load(&world, 1_000).await;
    let number = OfferNo(number.parse().unwrap());
    holder.buy(&world, &shop, number, &sheet, &Want::default()).await;
    let payouts = owner.text(&format!("{base}/payouts")).await;
    let (_, form) = payouts.split_once("name=\"id\" value=\"").unwrap();
    let transfer = form.split('"').next().unwrap().to_owned();
    let fields = [("id", transfer.as_str()), ("amount", "300")];
    let ordered = owner
        .send(&format!("{base}/payouts"), &format!("{base}/payouts"), &fields)
        .await;
    assert_eq!(ordered.status(), 303);
    // Taken by the issuer; and once the shop has asked again, paid.
    let ended = async |words: [&str; 2]| {
        let page = owner.text(&format!("{base}/payouts")).await;
        words.iter().any(|word| page.contains(word))
    };
    while !ended(["Taken by the issuer", "Paid to your bank account"]).await {
        tokio::task::yield_now().await;
    }
    let store = world.bank.store();
    let with = |sum: i64| {
        let sheet = store.read(party::books::sheet).unwrap();
        sheet
            .iter()
            .any(|(name, minor)| name.starts_with("deposit of party") && *minor == sum)
    };
    while !with(300) {
        tokio::task::yield_now().await;
    }
    drop(store);

    // Every figure of his pages is the books': the history of sales, its two files, the statement.
    let sales: Vec<serde_json::Value> = owner.get(&format!("{base}/sales.json")).await.json().await.unwrap();
    let csv = owner.text(&format!("{base}/sales.csv")).await;
    let (price, tax, yours) = (&sales[0]["price"], &sales[0]["tax"], &sales[0]["yours"]);
    assert_eq!(
        (sales.len(), price, tax, yours),
        (1, &300.into(), &27.into(), &273.into())
    );
    assert!(csv.contains(",300,27,273,JPY"), "{csv}");
    assert!(owner.text(&format!("{base}/sales")).await.contains("¥273"));
    assert!(owner.text(&format!("{base}/payouts")).await.contains("¥273"), "earned");

    // His own fares, with his own session: by role, his own alone, and no operator's token.
    let own = id.to_string();
    let editor = Person::invited(&shop, Some(own.clone()), "editor").await;
    let accountant = Person::invited(&shop, Some(own), "accountant").await;
    let other = crate::world::id(&world.maker, seal::Role::Publisher, "publisher").to_string();
    let other = Person::invited(&shop, Some(other), "owner").await;
    for file in ["/fares", "/fares.csv", "/fares.json"] {
        let at = format!("{base}{file}");
        for (who, status) in [
            (&owner, 200),
            (&accountant, 200),
            (&editor, 404),
            (&keeper, 404),
            (&other, 404),
        ] {
            assert_eq!(who.get(&at).await.status(), status, "{at}");
        }
        // By itself the collector tells strangers nothing, whoever is signed in at the shop.
        let alone = owner.get(&format!("/collectors/{salt}{file}")).await;
        assert_eq!(alone.status(), 401, "{file}");
    }
    let fares: serde_json::Value = owner.get(&format!("{base}/fares.json")).await.json().await.unwrap();
    assert_eq!(
        (&fares["publisher"], &fares["sum"]["minor"]),
        (&salt.as_str().into(), &"0".into()),
        "{fares}"
    );
    let page = owner.text(&format!("/ja{base}/fares")).await;
    assert!(
        page.contains(&format!("/ja{base}/fares.csv")) && page.contains("Salt Press"),
        "{page}"
    );

    // What comes back for bringing them home: set by those who see to his money, and told to everybody at once.
    let at = format!("{base}/rebates");
    assert!(
        owner
            .text(&at)
            .await
            .contains("No rebate. Cards come home by themselves")
    );
    let promised = async || -> serde_json::Value {
        let url = format!("{}/collectors/{salt}/v1/rebates/{salt}", shop.address);
        world.client.get(url).send().await.unwrap().json().await.unwrap()
    };
    let good = [
        ("way", "shop"),
        ("share", "12.5"),
        ("most", "50"),
        ("kind", "coupon"),
        ("label", "Thanks, all"),
    ];
    let with = |name: &str, text: &'static str| {
        let mut fields = good;
        fields
            .iter_mut()
            .filter(|(it, _)| *it == name)
            .for_each(|it| it.1 = text);
        fields
    };
    for (fields, said) in [
        (with("share", "50.1"), "half of a fare"),
        (with("share", "many"), "half of a fare"),
        (with("most", "0"), "for one fare at most"),
        (with("most", "-3"), "for one fare at most"),
        (with("label", " "), "a name of 1 to 60"),
        (with("way", "pigeon"), "was not saved"),
    ] {
        let no = owner.send(&at, &at, &fields).await;
        assert_eq!(no.status(), 422, "{fields:?}");
        let no = no.text().await.unwrap();
        assert!(no.contains(said), "{said}: {no}");
    }
    assert_eq!(
        promised().await,
        serde_json::json!({ "rebates": [] }),
        "what was refused has changed nothing"
    );
    assert_eq!(accountant.send(&at, &at, &good).await.status(), 303);
    let most = serde_json::json!({ "minor": "50", "currency": "JPY" });
    let line =
        serde_json::json!({ "path": "shop", "permille": 125, "most": most, "coupon": true, "label": "Thanks, all" });
    assert_eq!(promised().await, serde_json::json!({ "rebates": [line] }));
    let page = owner.text(&at).await;
    assert!(
        page.contains("12.5%") && page.contains("<data value=\"12\">¥12</data>"),
        "{page}"
    );
    let alone = world
        .client
        .put(format!("{}/collectors/{salt}/v1/rebates", shop.address))
        .json(&line);
    assert_eq!(alone.send().await.unwrap().status(), 401, "by page alone");
    assert_eq!(owner.send(&at, &at, &with("share", "0")).await.status(), 303);
    assert_eq!(promised().await, serde_json::json!({ "rebates": [] }));

    // Started again, he is there by himself, under the same address and with what he had.
    assert_eq!(works.works[0].publisher_id, id.to_string());
    shop.stop().await;
    let shop = crate::console::shop(&world).await;
    let collector = format!("{}/collectors/{salt}", shop.address);
    while world
        .client
        .get(format!("{collector}/healthz"))
        .send()
        .await
        .unwrap()
        .status()
        != 200
    {
        tokio::task::yield_now().await;
    }
    shop.stop().await;
    world.stop().await;
}
