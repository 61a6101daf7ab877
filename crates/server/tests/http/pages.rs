//! Pages: whole, escaped, without a script, marked where the realm is for trying out; and lists with their caps.

use license::OfferSheet;
use minicbor::bytes::ByteVec;
use serde_json::Value as Json;
use server::frame::limits::PAGE_MAX;
use units::{DealId, PartyId};

use crate::{
    holder::Holder,
    publisher::{Work, make, publish, shop, upload},
    world::{World, code_of},
};

const EVIL: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

async fn page(world: &World, shop: &server::running::Running, path: &str) -> (u16, String) {
    let answer = world.get(shop, path).await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for part in [
        "default-src 'self'",
        "script-src 'sha256-",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    let status = answer.status().as_u16();
    let html = answer.text().await.unwrap();
    for never in ["<script", " style=", "<style", "javascript:", " onerror=\"", " onclick"] {
        assert!(!html.contains(never), "{path} has {never}");
    }
    assert!(html.contains("class=\"dev\""), "{path} bears the mark of the dev realm");
    (status, html)
}

// proves: row-93 row-95
#[tokio::test(flavor = "multi_thread")]
async fn titles_are_text_and_pages_run_nothing() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(
        &world,
        &shop,
        "shop",
        &Work {
            title: EVIL.to_owned(),
            ..Work::default()
        },
    )
    .await;
    let work = format!("/works/{}", shown.content);
    for path in [
        "/",
        work.as_str(),
        "/?q=%3Cscript%3Ealert(3)%3C/script%3E",
        "/?kind=%22%3E%3Cb%3E",
    ] {
        let (status, html) = page(&world, &shop, path).await;
        assert_eq!(status, 200);
        assert!(!html.contains("<img src=x") && !html.contains("<b>"), "{path}: {html}");
    }
    let (_, html) = page(&world, &shop, &work).await;
    assert!(
        html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"),
        "{html}"
    );
    for said in [
        "\u{a5}100",
        "\u{a5}50",
        "copies of copies up to 3",
        "Tax contained, 10%",
        "\u{a5}9",
        "100% within 14 days, until first played",
        "Who sells it",
        "The file is free",
        "Electronic money on your card",
    ] {
        assert!(html.contains(said), "the page says {said}");
    }
    let preview = world.get(&shop, &format!("/v1/previews/{}", shown.content)).await;
    assert_eq!(preview.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(
        preview.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
    assert_eq!(preview.headers()["x-content-type-options"], "nosniff");
    for path in [
        "/help",
        "/receipts/nothing",
        "/works/nothing",
        &format!("/receipts/{}", DealId([1; 32])),
    ] {
        let (status, _) = page(&world, &shop, path).await;
        assert_eq!(status, if path == "/help" { 200 } else { 404 }, "{path}");
    }
    // Whoever has no wallet gets one in one step: a single line that starts one in this shop's realm. This shop says nothing of
    // where the program comes from, so the line claims nothing.
    let (_, help) = page(&world, &shop, "/en/help").await;
    let line = help.split("<pre").nth(1).unwrap().split("</pre>").next().unwrap();
    let start = format!(">keyfare wallet --realm {}#{}<", shop.address, world.realm.id());
    assert!(line.contains(&start), "{line}");
    let style = world.get(&shop, face::SHEET_AT).await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    assert!(style.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    shop.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_reads_the_language_that_was_asked_for() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let (_, html) = page(&world, &shop, &format!("/ja/works/{}", shown.content)).await;
    for said in [
        "<html lang=\"ja\">",
        "100円",
        "コピーは3世代まで",
        "href=\"/en/works/",
        "href=\"/ja/help#wallet\"",
    ] {
        assert!(html.contains(said), "the page says {said}: {html}");
    }
    let asked = world
        .client
        .get(format!("{}/", shop.address))
        .header("accept-language", "ja,en;q=0.5");
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.headers()["vary"], "accept-language");
    assert!(answer.text().await.unwrap().contains("<html lang=\"ja\">"));
    for path in [
        "/en",
        "/en/",
        "/ja",
        "/ja/",
        "/ja/help",
        "/refunds",
        "/ja/stores",
        "/publishers",
        "/stories",
    ] {
        assert_eq!(page(&world, &shop, path).await.0, 200, "{path}");
    }
    shop.stop().await;
    world.stop().await;
}

/// proves: SD-1
#[tokio::test(flavor = "multi_thread")]
async fn beside_each_price_stands_the_free_file() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let (_, html) = page(&world, &shop, "/en/").await;
    let file = format!("href=\"/v1/packages/{}\" download", shown.package);
    let main = html.split("<main").nth(1).unwrap();
    // Every part of the page that names a price: the newest work, large, and each tile.
    let feature = main.split("</section>").next().unwrap();
    let parts = std::iter::once(feature).chain(main.split("<li class=\"tile").skip(1));
    let priced: Vec<_> = parts.filter(|part| part.contains("\u{a5}100")).collect();
    assert_eq!(priced.len(), 2, "{html}");
    for part in priced {
        assert!(part.contains(&file), "a price without its file: {part}");
    }
    // And what the shop stores is what its configuration says.
    let (status, html) = page(&world, &shop, "/en/stores").await;
    assert!(status == 200 && html.contains("What shop stores"), "{html}");
    shop.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn works_are_found_by_what_people_type_and_by_whose_they_are() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let (_, html) = page(&world, &shop, "/").await;
    assert!(html.contains("Nothing published yet."));
    let work = |number, title: &str| Work {
        number,
        title: title.to_owned(),
        ..Work::default()
    };
    let shown = publish(&world, &shop, "shop", &work(1, "Night Ferry")).await;
    publish(&world, &shop, "shop", &work(2, "よるのフェリー")).await;
    let found = async |query: &str| page(&world, &shop, &format!("/?q={query}")).await.1;
    assert!(found("NIGHT+ferr").await.contains(">Night Ferry</a>"));
    assert!(
        found("%E3%83%A8%E3%83%AB").await.contains(">よるのフェリー</a>"),
        "katakana finds hiragana"
    );
    let nothing = found("ferri").await;
    assert!(nothing.contains("Nothing found for") && nothing.contains("Did you mean Night Ferry?"));
    assert!(!found("zzzzzz").await.contains("Did you mean"));
    let listed = world.get(&shop, "/v1/works").await.json::<Json>().await.unwrap();
    let whose = listed["works"][0]["publisher_id"].as_str().unwrap();
    let (_, theirs) = page(&world, &shop, &format!("/publishers/{whose}")).await;
    assert!(theirs.contains(">Night Ferry</a>") && theirs.contains("2 works"));
    assert_eq!(
        page(&world, &shop, &format!("/publishers/{}", PartyId([1; 16])))
            .await
            .0,
        404
    );

    // Whoever made or performs a work is what people ask for too.
    let song = Work {
        kind: package::Kind::Sound,
        credits: package::Credits {
            performers: Some(vec!["The Pier 3 Players".to_owned()]),
            creator: Some("Mio Arai".to_owned()),
            ..package::Credits::default()
        },
        ..work(3, "Engine Room")
    };
    publish(&world, &shop, "shop", &song).await;
    for query in ["pier+players", "MIO", "engine"] {
        let html = found(query).await;
        assert!(
            html.contains(">Engine Room</a>") && !html.contains(">Night Ferry</a>"),
            "{query}: {html}"
        );
    }
    // A kind shows its own works and no others, alone and with words.
    for (query, has, has_not) in [
        ("kind=sound", "Engine Room", "Night Ferry"),
        ("kind=text", "Night Ferry", "Engine Room"),
        ("kind=text&q=ferry", "Night Ferry", "Engine Room"),
    ] {
        let (_, html) = page(&world, &shop, &format!("/?{query}")).await;
        assert!(
            html.contains(&format!(">{has}</a>")) && !html.contains(&format!(">{has_not}</a>")),
            "{query}: {html}"
        );
    }
    let (_, html) = page(&world, &shop, "/?kind=sound&q=ferry").await;
    assert!(html.contains("Nothing found for"), "{html}");

    // Taken off the shelf: no list shows it, and its page says why.
    let body = format!("{{\"offer\":\"{}\"}}", shown.number);
    let request = world
        .client
        .post(format!("{}/v1/withdraw", shop.address))
        .bearer_auth(crate::world::OPERATOR);
    let request = request.header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert!(!page(&world, &shop, "/").await.1.contains("Night Ferry"));
    let (status, html) = page(&world, &shop, &format!("/works/{}", shown.content)).await;
    assert!(status == 200 && html.contains("Not sold at the moment."));
    shop.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buying_leads_to_the_holders_own_wallet_with_the_signed_offer() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let (_, html) = page(&world, &shop, &format!("/works/{}", shown.content)).await;
    let (_, link) = html.split_once("href=\"http://127.0.0.1:7411/confirm#").unwrap();
    let (words, _) = link.split_once('"').unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(words.as_bytes()).unwrap();
    let (seller, sheet): (PartyId, ByteVec) = minicbor::decode(&bytes).unwrap();
    assert_eq!(seller, shop.id);
    assert_eq!(OfferSheet::parse(&sheet).unwrap(), shown.sheet);
    shop.stop().await;
    world.stop().await;
}

// proves: row-94
#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_of_bounded_size() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    for number in 1..=3 {
        let work = Work {
            number,
            title: format!("Work {number}"),
            ..Work::default()
        };
        publish(&world, &shop, "shop", &work).await;
    }
    let list = async |query: &str| -> Json {
        world
            .get(&shop, &format!("/v1/works?{query}"))
            .await
            .json()
            .await
            .unwrap()
    };
    let all = list("size=1000000000").await;
    assert_eq!(
        (&all["size"], all["works"].as_array().unwrap().len()),
        (&PAGE_MAX.into(), 3)
    );
    let second = list("size=2&page=2").await;
    assert_eq!(
        (&second["count"], second["works"].as_array().unwrap().len()),
        (&3.into(), 1)
    );
    assert_eq!(list("page=4000000000").await["works"].as_array().unwrap().len(), 0);
    assert_eq!(list("q=work%202").await["works"][0]["title"], "Work 2");
    assert_eq!(list("kind=video").await["count"], 0);
    for bad in ["size=-1", "page=a", "sort=x", "kind=nothing"] {
        let code = code_of(world.get(&shop, &format!("/v1/works?{bad}")).await).await;
        assert!(
            ["query-malformed", "not-found"].contains(&code.as_str()),
            "{bad}: {code}"
        );
    }
    shop.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sold_before_its_own_package_is_there() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = make(&world, "shop", &Work::default());
    let published = world
        .post(&shop, "publish", shown.bundle.clone())
        .await
        .json::<server::shop::Published>()
        .await
        .unwrap();
    assert_eq!(
        world.get(&shop, "/v1/works").await.json::<Json>().await.unwrap()["count"],
        0
    );
    let mut without = published.upload.clone();
    without.push('x');
    assert_eq!(
        code_of(
            world
                .client
                .put(format!("{}{without}", shop.address))
                .body("x")
                .send()
                .await
                .unwrap()
        )
        .await,
        "not-found"
    );
    let request = world
        .client
        .put(format!("{}{}", shop.address, published.upload))
        .bearer_auth("guess")
        .body(shown.sealed.clone());
    assert_eq!(code_of(request.send().await.unwrap()).await, "upload-without-token");
    let mut short = shown.sealed.clone();
    short.pop();
    assert_eq!(
        code_of(upload(&world, &shop, &published, short).await).await,
        "upload-short"
    );
    assert_eq!(
        upload(&world, &shop, &published, shown.sealed.clone()).await.status(),
        200
    );
    assert_eq!(
        upload(&world, &shop, &published, shown.sealed.clone()).await.status(),
        200,
        "the same again"
    );
    assert_eq!(
        world.get(&shop, "/v1/works").await.json::<Json>().await.unwrap()["count"],
        1
    );
    shop.stop().await;
    world.stop().await;
}

/// proves: SD-3 row-30
#[tokio::test(flavor = "multi_thread")]
async fn receipt_order_and_refund_of_purchases_at_two_rates_of_tax_are_pages() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let mut holder = Holder::rich(&world, 5_000).await;
    let full = Work {
        price: 1_100,
        tax_permille: 100,
        ..Work::default()
    };
    let reduced = Work {
        number: 2,
        title: "Harbour <news>".to_owned(),
        price: 1_080,
        tax_permille: 80,
        ..Work::default()
    };
    let mut deals = Vec::new();
    for work in [&full, &reduced] {
        let shown = publish(&world, &shop, "shop", work).await;
        let (deal, _) = holder
            .buy(&world, &shop, shown.number, &shown.sheet, &card::Want::default())
            .await;
        deals.push(deal);
    }
    let expected = [
        ("Winter sun", "10%", "\u{a5}1,100", "\u{a5}100", "Receipt 1"),
        ("Harbour &#60;news&#62;", "8%", "\u{a5}1,080", "\u{a5}80", "Receipt 2"),
    ];
    for (deal, (title, rate, gross, tax, number)) in deals.iter().zip(expected) {
        let (status, html) = page(&world, &shop, &format!("/en/receipts/{deal}")).await;
        assert_eq!(status, 200);
        let row = html.split("<tbody>").nth(2).unwrap().split("</tbody>").next().unwrap();
        for said in [rate, "\u{a5}1,000", tax, gross] {
            assert!(row.contains(said), "the tax table says {said}: {row}");
        }
        for said in [title, number, &deal.to_string()] {
            assert!(html.contains(said), "the receipt says {said}: {html}");
        }
        assert!(html.contains(&format!("href=\"/en/receipts/{deal}/refund\"")), "{html}");
        let (status, html) = page(&world, &shop, &format!("/en/orders/{deal}")).await;
        assert_eq!(status, 200);
        assert!(html.contains(&format!("Finished. {title} is yours.")), "{html}");
        let go = html.split("btn go").nth(1).unwrap().split("</a>").next().unwrap();
        assert!(go.contains(&format!("/#deal-{deal}\"")) && go.contains("Play"), "{go}");
        assert!(html.contains(&format!("href=\"/en/receipts/{deal}\"")), "{html}");
        let (status, html) = page(&world, &shop, &format!("/en/receipts/{deal}/refund")).await;
        assert_eq!(status, 200);
        assert!(html.contains(title) && html.contains(gross), "{html}");
        assert!(html.contains("Once it has been played"), "its rule is told: {html}");
        let (_, html) = page(&world, &shop, &format!("/ja/receipts/{deal}")).await;
        assert!(html.contains("領収書"), "{html}");
    }
    shop.stop().await;
    world.stop().await;
}
