//! Care: what a party stores about somebody is told to that person, and forgotten where no book needs it; issuers' people see lost
//! cards; wallets see a work's versions with their publisher's word.

use server::{
    issuer::LostCard,
    shop::{AboutPurchase, Versions},
};
use units::{Hash, ValueId};

use crate::{
    holder::{Holder, seed},
    publisher::{Work, publish, shop},
    world::{OPERATOR, World},
};

/// proves: SD-3 row-30
#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_has_his_number_taken_out_of_a_purchase_and_the_books_stay() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let mut holder = Holder::with_account(&world, "Aiko", 5_000).await;
    holder.load(&world, 1_000).await;
    let (deal, _) = holder
        .buy(&world, &shop, shown.number, &shown.sheet, &card::Want::default())
        .await;
    let path = format!("/v1/receipts/{deal}/data");
    let told = async || -> AboutPurchase { world.get(&shop, &path).await.json().await.unwrap() };
    let before = told().await;
    assert!(
        before.buyer.is_some() && before.license.is_some() && before.decision,
        "{before:?}"
    );
    assert_eq!(before.receipt.title, "Winter sun");
    let page = world.get(&shop, &format!("/en/receipts/{deal}/data")).await;
    assert_eq!(page.headers()["cache-control"], "no-store");
    let html = page.text().await.unwrap();
    assert!(
        html.contains(before.buyer.as_ref().unwrap()) && html.contains("Forget my number"),
        "{html}"
    );
    for told in ["License made out anew", "Waits for people", "Answer to your card kept"] {
        assert!(html.contains(told), "{told}: {html}");
    }
    // Another site's form does nothing; this page's does.
    let form = format!("{}/en/receipts/{deal}/data", shop.address);
    let foreign = world
        .client
        .post(&form)
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (foreign.status().as_u16(), told().await.buyer),
        (403, before.buyer.clone())
    );
    let done = world
        .client
        .post(&form)
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .unwrap();
    assert_eq!(done.status(), 200, "back on the page");
    assert!(done.text().await.unwrap().contains("about nobody"));
    let after = told().await;
    assert_eq!((after.buyer, after.receipt.number), (None, before.receipt.number));
    // The same over the API, as often as one likes; and nothing for whoever guesses.
    let delete = world.client.delete(format!("{}{path}", shop.address));
    assert_eq!(delete.send().await.unwrap().status(), 204);
    let guess = format!("/v1/receipts/{}/data", Hash([7; 32]));
    assert_eq!(world.get(&shop, &guess).await.status(), 404);
    // What was bought is handed back as before.
    let receipt = world.get(&shop, &format!("/v1/receipts/{deal}")).await;
    assert_eq!(receipt.status(), 200);
    shop.stop().await;
    world.stop().await;
}

/// proves: row-98
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_tells_whoever_has_the_token_and_forgets_the_name_of_an_empty_account() {
    let world = World::start().await;
    let mut holder = Holder::with_account(&world, "Aiko Sato", 1_000).await;
    let (_, token) = holder.account.unwrap();
    let at = |token: ValueId| format!("{}/v1/accounts/{token}/data", world.bank.address);
    let told: serde_json::Value = world.client.get(at(token)).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&told["name"], &told["balance"]["minor"]),
        (&"Aiko Sato".into(), &"1000".into())
    );
    let refused = world.client.delete(at(token)).send().await.unwrap();
    assert_eq!(
        (
            refused.status().as_u16() / 100,
            refused.text().await.unwrap().contains("account-not-empty")
        ),
        (4, true)
    );
    holder.load(&world, 1_000).await;
    assert_eq!(world.client.delete(at(token)).send().await.unwrap().status(), 204);
    let told: serde_json::Value = world.client.get(at(token)).send().await.unwrap().json().await.unwrap();
    assert_eq!((&told["name"], &told["balance"]["minor"]), (&"".into(), &"0".into()));
    let nobody = ValueId(seed().id("nobody"));
    assert_eq!(world.client.get(at(nobody)).send().await.unwrap().status(), 404);
    assert_eq!(
        world.client.delete(at(nobody)).send().await.unwrap().status().as_u16() / 100,
        4
    );
    world.stop().await;
}

/// proves: CM-8 row-97
#[tokio::test(flavor = "multi_thread")]
async fn lost_cards_are_for_the_issuers_people_alone() {
    let world = World::start().await;
    let (api, page) = (
        format!("{}/v1/losses", world.issuer.address),
        format!("{}/en/losses", world.issuer.address),
    );
    assert_eq!(world.client.get(&api).send().await.unwrap().status(), 401);
    let shut = world.client.get(&page).send().await.unwrap();
    assert_eq!(shut.status(), 401);
    assert!(shut.headers().contains_key("www-authenticate"));
    let mut lost = Holder::with_account(&world, "Aiko", 500).await;
    lost.load(&world, 300).await;
    let heir = lost.lose(&world).await;
    let found: Vec<LostCard> = world
        .client
        .get(&api)
        .bearer_auth(OPERATOR)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let it = &found[0];
    assert_eq!((it.stands.as_str(), it.to.clone()), ("waits", heir.to_string()));
    let html = world
        .client
        .get(&page)
        .basic_auth("anybody", Some(OPERATOR))
        .send()
        .await
        .unwrap();
    assert_eq!(html.headers()["cache-control"], "no-store");
    let html = html.text().await.unwrap();
    assert!(
        html.contains("The money follows on") && html.contains("¥300") && html.contains(&it.card),
        "{html}"
    );
    world.stop().await;
}

/// proves: row-58
#[tokio::test(flavor = "multi_thread")]
async fn cases_are_decided_by_the_issuers_people_on_their_own_page() {
    let world = World::start().await;
    let page = format!("{}/en/cases", world.issuer.address);
    assert_eq!(world.client.get(&page).send().await.unwrap().status(), 401);
    let asked = world.client.get(&page).basic_auth("anybody", Some(OPERATOR));
    let html = asked.send().await.unwrap().text().await.unwrap();
    assert!(html.contains("No open case"), "{html}");
    let card = Holder::born(&world).await.card.number().unwrap().to_string();
    let decide = |standing: &str, origin: &str| {
        let asked = world.client.post(&page).basic_auth("anybody", Some(OPERATOR));
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        let form = format!("card={card}&standing={standing}");
        asked.header("origin", origin).body(form).send()
    };
    let own = world.issuer.address.clone();
    // Another page's form decides nothing, and what was not stopped is not pardoned.
    assert_eq!(decide("fraud", "https://evil.test").await.unwrap().status(), 403);
    assert_eq!(decide("pardoned", &own).await.unwrap().status(), 404);
    for standing in ["fraud", "pardoned"] {
        assert!(
            decide(standing, &own).await.unwrap().status().as_u16() < 400,
            "{standing}"
        );
    }
    assert_eq!(decide("pardoned", &own).await.unwrap().status(), 404);
    world.stop().await;
}

/// proves: SD-28 row-39 row-100
#[tokio::test(flavor = "multi_thread")]
async fn a_works_versions_come_with_their_publishers_signature() {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let path = format!("/v1/packages/{}/versions", shown.package);
    let answer = world.get(&shop, &path).await;
    assert_eq!(answer.headers()["cache-control"], "public, max-age=300");
    let tag = answer.headers()["etag"].clone();
    let told: Versions = answer.json().await.unwrap();
    assert_eq!((told.versions.len(), &told.content), (1, &shown.content.to_string()));
    let one = &told.versions[0];
    assert_eq!(
        (one.package.clone(), one.bytes),
        (shown.package.to_string(), shown.sealed.len() as u64)
    );
    // The header is the very one that names the package, as a card holds it against a license.
    let header = data_encoding::BASE64URL_NOPAD.decode(one.header.as_bytes()).unwrap();
    assert_eq!(package::Header::parse(&header).unwrap().hash(), shown.package);
    let again = world
        .client
        .get(format!("{}{path}", shop.address))
        .header("if-none-match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let nothing = format!("/v1/packages/{}/versions", Hash([9; 32]));
    assert_eq!(world.get(&shop, &nothing).await.status(), 404);
    shop.stop().await;
    world.stop().await;
}
