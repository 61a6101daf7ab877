//! API keys: a publisher's program reads its sales, with a key that stands, and nobody else's.

use reqwest::{StatusCode, header};
use seal::Role as Certified;
use server::running::Running;

use crate::{
    console::{self, Person},
    world::{World, id},
};

/// The key that an answer shows, once.
async fn shown(answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let after = page.split("<p class=\"code\">keyfare.").nth(1).unwrap();
    format!("keyfare.{}", after.split('<').next().unwrap())
}

async fn sales(shop: &Running, publisher: &str, key: &str, query: &str) -> (StatusCode, String, String) {
    let at = format!("{}/v1/publishers/{publisher}/sales{query}", shop.address);
    let answer = reqwest::Client::new().get(at).bearer_auth(key).send().await.unwrap();
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    (answer.status(), kind, answer.text().await.unwrap())
}

/// proves: SD-3 row-85
#[tokio::test(flavor = "multi_thread")]
async fn a_key_reads_its_publishers_sales_until_a_day_after_it_was_replaced() {
    let world = World::start().await;
    let shop = console::shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let other = id(&world.maker, Certified::Publisher, "other").to_string();
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let page = format!("/console/{publisher}/keys");
    let make = async |fields: &[(&str, &str)]| owner.send(&page, &page, fields).await;

    let no = make(&[("name", " ")]).await;
    assert_eq!(no.status(), 409);
    let first = shown(make(&[("name", "Bookkeeping")]).await).await;
    assert!(owner.text(&page).await.contains("Not used yet."));
    assert!(!owner.text(&page).await.contains(&first), "it is shown once");
    let (status, kind, body) = sales(&shop, &publisher, &first, "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"));
    assert_eq!(body.parse::<serde_json::Value>().unwrap(), serde_json::json!([]));
    let (status, kind, body) = sales(&shop, &publisher, &first, "?format=csv&from=2026-01-01").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert!(body.starts_with("at,receipt,title"), "{body}");
    assert!(owner.text(&page).await.contains("Used on"));

    // Not without a key, not with a bent one, not another's sales, and nothing besides.
    for (of, key) in [
        (&publisher, String::new()),
        (&publisher, format!("{first}x")),
        (&publisher, first.replacen(&publisher, &other, 1)),
        (&other, first.clone()),
        (&other, first.replacen(&publisher, &other, 1)),
    ] {
        let (status, _, body) = sales(&shop, of, &key, "").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
        assert!(body.contains("api-key-missing"), "{body}");
    }
    let records = reqwest::Client::new().get(format!("{}/v1/records", shop.address));
    let records = records.bearer_auth(&first).send().await.unwrap();
    assert_eq!(records.status(), StatusCode::UNAUTHORIZED);

    // Its new one stands beside it for a day; nobody replaces it twice.
    let html = owner.text(&page).await;
    let of = html.split("name=\"key\" value=\"").nth(1).unwrap();
    let of = of.split('"').next().unwrap();
    let second = shown(make(&[("key", of)]).await).await;
    assert_eq!(make(&[("key", of)]).await.status(), 409);
    assert!(owner.text(&page).await.contains("It still stands until"));
    for key in [&first, &second] {
        assert_eq!(sales(&shop, &publisher, key, "").await.0, StatusCode::OK);
    }
    let ended = owner.send(&page, &format!("{page}/end"), &[("key", of)]).await;
    assert_eq!(ended.status(), 303);
    assert_eq!(sales(&shop, &publisher, &first, "").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(sales(&shop, &publisher, &second, "").await.0, StatusCode::OK);
    shop.stop().await;
    world.stop().await;
}
