//! The confirm page under attack: a test for each row of the threat model that is about it, named after its row.

use crate::{
    Stand, between,
    town::{Kindly, Lie, PIN, yen},
};
use data_encoding::BASE64URL_NOPAD;
use reqwest::{StatusCode, header};
use units::{PartyId, Span};

/// Buttons that could agree to something.
fn agrees(page: &str) -> bool {
    page.contains("type=\"password\"") || page.contains("<button class=\"btn go\" type=\"submit\"")
}

/// proves: row-1
#[tokio::test]
async fn row_1_a_price_that_changed_between_shelf_and_order_is_not_shown_to_be_paid() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    *stand.town.lie.lock().unwrap() = Some(Lie::Price);
    let asked = stand.ask(&work).await;
    assert_eq!(asked.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = asked.text().await.unwrap();
    assert!(
        !agrees(&page) && page.contains("quote-price-changed") && page.contains("changed the amount from"),
        "{page}"
    );
    let offered = "changed the amount from <data value=\"300\">\u{a5}300</data> to ";
    assert!(page.contains(offered), "as it was first, then as it is: {page}");
    assert!(page.contains("Nothing has changed."), "{page}");
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
}

/// proves: row-10
#[tokio::test]
async fn row_10_the_confirm_page_is_never_framed_and_names_merchant_and_amount() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, page) = stand.confirm(&work).await;
    assert!(page.contains("Minato Tape Works") && page.contains("<data value=\"300\">\u{a5}300</data>"));
    let url = stand.url(&format!("{}{at}", stand.base));
    let open = stand.client.get(&url).send().await.unwrap();
    assert_eq!(open.headers()["x-frame-options"], "DENY");
    let policy = open.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    for (site, dest) in [
        ("cross-site", "iframe"),
        ("same-site", "iframe"),
        ("cross-site", "embed"),
        ("cross-site", "object"),
    ] {
        let framed = stand.client.get(&url).header("sec-fetch-site", site);
        let framed = framed
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", dest);
        let answer = framed.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{site} {dest}");
        assert!(!agrees(&answer.text().await.unwrap()));
    }
}

/// proves: row-69
#[tokio::test]
async fn row_69_names_that_turn_hide_or_imitate_are_shown_as_what_they_are() {
    let stand = Stand::new(1000).await;
    // One that turns the writing round is no offer at all.
    let turned = stand.town.publish(Kindly {
        title: "Night\u{202e}yrref",
        ..Kindly::default()
    });
    let asked = stand.ask(&turned).await;
    assert_eq!(asked.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = asked.text().await.unwrap();
    assert!(
        !agrees(&text) && text.contains("offer-title") && !text.contains('\u{202e}'),
        "{text}"
    );
    // One with a letter that only looks like a Latin one is shown with its code.
    let work = stand.town.publish(Kindly {
        title: "Night Ferry \u{43d}",
        ..Kindly::default()
    });
    let (at, page) = stand.confirm(&work).await;
    assert!(page.contains("Night Ferry [U+043D]"), "{page}");
    // Nothing is agreed to by default: the form waits for a PIN, and no script stands on the page.
    assert!(
        page.contains("required minlength=\"4\"") && !page.contains("<script"),
        "{page}"
    );
    let without = stand.submit(&page, &at, &[("pin", "")]).await;
    assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
}

/// proves: row-69
#[tokio::test]
async fn row_69_a_lying_offer_gets_no_button_in_either_language() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    for lang in ["en", "ja"] {
        stand.get(&format!("{}/language/{lang}?to=/", stand.base)).await;
        for lie in [Lie::Certificate, Lie::Price] {
            *stand.town.lie.lock().unwrap() = Some(lie);
            let page = stand.ask(&work).await.text().await.unwrap();
            assert!(
                !agrees(&page) && page.contains(&format!("<html lang=\"{lang}\">")),
                "{page}"
            );
        }
        *stand.town.lie.lock().unwrap() = None;
        stand.town.hand.pass(Span::minutes(2));
        // Altered by one bit on its way: it is nobody's offer any more.
        let mut sheet = work.sheet.clone();
        let last = sheet.len() / 2;
        sheet[last] ^= 1;
        let link = stand.link(stand.town.shop.id, &sheet);
        let asked = stand.form(&format!("{}/ask", stand.base), &[("offer", &link)]).await;
        assert!(asked.status().is_client_error(), "{}", asked.status());
        assert!(!agrees(&asked.text().await.unwrap()));
        stand.town.hand.pass(Span::minutes(2));
    }
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
}

/// proves: row-76
#[tokio::test]
async fn row_76_a_rebound_name_and_a_cross_site_post_pay_nothing_even_with_key_token_and_pin() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, page) = stand.confirm(&work).await;
    let token = between(&page, "name=\"token\" value=\"", "\"").to_owned();
    let path = format!("{}{at}", stand.base);
    let fields = [("token", token.as_str()), ("pin", PIN)];
    let port = stand.origin.rsplit(':').next().unwrap();
    for host in [
        format!("evil.example:{port}"),
        "localhost".to_owned(),
        format!("localhost:{port}"),
    ] {
        let rebound = stand.posting(&path, &fields).header(header::HOST, &host);
        let answer = rebound
            .header(header::ORIGIN, format!("http://{host}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
        let read = stand
            .client
            .get(stand.url(&path))
            .header(header::HOST, &host)
            .send()
            .await
            .unwrap();
        assert_eq!(read.status(), StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!read.text().await.unwrap().contains("Minato"));
    }
    for origin in [
        "null",
        "https://shop.example",
        "http://127.0.0.1:1",
        "http://localhost:7411",
    ] {
        let crossed = stand.posting(&path, &fields).header(header::ORIGIN, origin);
        assert_eq!(
            crossed.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{origin}"
        );
    }
    for site in ["cross-site", "same-site"] {
        let crossed = stand.posting(&path, &fields).header(header::ORIGIN, &stand.origin);
        let crossed = crossed.header("sec-fetch-site", site);
        assert_eq!(crossed.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
    assert!(stand.town.shops.lock().unwrap().sales.is_empty());
}

/// proves: row-78
#[tokio::test]
async fn row_78_a_malicious_shops_link_carries_an_offer_and_is_never_confirmed_by_itself() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    // What a link may say is whom to ask and what for; anything else is no link.
    let whole = stand.link(stand.town.shop.id, &work.sheet);
    for offer in [
        String::new(),
        "AAAA".to_owned(),
        format!("{whole}AAAA"),
        format!("{whole}&pin={PIN}"),
        BASE64URL_NOPAD.encode(b"http://evil.example/pay"),
        stand.link(PartyId([9; 16]), &work.sheet),
    ] {
        let asked = stand.form(&format!("{}/ask", stand.base), &[("offer", &offer)]).await;
        assert!(!asked.status().is_redirection(), "{offer}: {}", asked.status());
    }
    // A whole link leads to a page, and to nothing else: opened, opened again, and read by everybody, nothing is paid.
    let (at, page) = stand.confirm(&work).await;
    for _ in 0..3 {
        stand.page(&at).await;
        stand.page(&format!("{at}?with=evil&pin={PIN}&token=x")).await;
    }
    assert!(agrees(&page));
    assert!(stand.town.shops.lock().unwrap().sales.is_empty());
    // Pressed in the shop too often it is not even shown.
    let asked = stand.town.asked.lock().unwrap().len();
    for _ in 0..5 {
        stand.ask(&work).await;
    }
    assert!(
        stand.town.asked.lock().unwrap().len() <= asked + 3,
        "a seller prompts three times a minute"
    );
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
}

/// proves: row-93
#[tokio::test]
async fn row_93_a_script_stored_in_a_title_stays_text_on_every_page() {
    let stand = Stand::new(1000).await;
    let nasty = stand.town.publish(Kindly {
        title: "A<script>alert(1)</script><img src=x onerror=alert(2)>\"'B",
        ..Kindly::default()
    });
    let (at, page) = stand.confirm(&nasty).await;
    let paid = stand.submit(&page, &at, &[("pin", PIN)]).await;
    let deal = paid.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(stand.base.as_str())
        .unwrap()
        .to_owned();
    let id = stand.person.wallet.library().await[0].held.id;
    let mut pages = vec![page];
    for path in [
        deal,
        "/".to_owned(),
        "/library".to_owned(),
        "/library?q=<script>alert(3)</script>".to_owned(),
        format!("/licenses/{id}"),
        "/history".to_owned(),
        "/history?q=\"><script>alert(4)</script>".to_owned(),
        "/support".to_owned(),
        format!("/hand-on/{id}"),
        "/hand-on".to_owned(),
    ] {
        pages.push(stand.page(&path).await);
    }
    for page in pages {
        assert!(!page.contains("<script>") && !page.contains("<img src=x"), "{page}");
        assert!(!page.contains(" onerror=alert(2)>"), "{page}");
    }
    let saved = stand.page("/history/file").await;
    assert!(saved.contains("\"\"'B\""), "{saved}");
}

/// proves: row-100
#[tokio::test]
async fn row_100_a_page_runs_the_scripts_it_names_by_hash_and_no_other_bytes_of_its_origin() {
    let stand = Stand::new(1000).await;
    stand.desk.show_stories();
    let mut seen = std::collections::BTreeSet::new();
    let stories = ["play-sound", "letter-offer", "play-nothing"].map(|name| format!("/en/stories/{name}"));
    let pages = ["/", "/receive", "/library", "/hand-on", "/settings"].map(|path| format!("{}{path}", stand.base));
    for path in ["/".to_owned(), "/confirm".to_owned()]
        .into_iter()
        .chain(stories)
        .chain(pages)
    {
        let answer = stand.client.get(stand.url(&path)).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let (policy, strict) = (header("content-security-policy"), header("integrity-policy"));
        assert_eq!(strict, "blocked-destinations=(script)", "{path}");
        let scripts = between(&policy, "script-src ", ";");
        assert!(
            scripts.split(' ').all(|source| source.starts_with("'sha256-")),
            "{path}: {scripts}"
        );
        let html = answer.text().await.unwrap();
        assert!(!html.contains("<script>"), "{path}");
        for tag in html.split("<script ").skip(1) {
            let tag = tag.split('>').next().unwrap();
            let (at, hash) = (between(tag, "src=\"", "\""), between(tag, "integrity=\"", "\""));
            let hash = hash.replace("&#43;", "+").replace("&#x2b;", "+");
            let file = stand
                .client
                .get(stand.url(at))
                .send()
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            let own = format!("sha256-{}", data_encoding::BASE64.encode(&seal::hash(&file).0));
            assert_eq!(hash, own, "{at} on {path}");
            assert!(scripts.contains(&own), "{at} on {path} may not run");
            seen.insert(at.to_owned());
        }
    }
    let all = ["confirm", "door", "hand", "play", "remember"].map(|name| format!("/static/{name}.js"));
    assert_eq!(seen, all.into(), "every script there is");
}

/// Who sells, under which number, the tax in the price and the way back: said in both languages on the page where it is agreed,
/// before anything is paid. The shop says the same on the work's page.
///
/// proves: XD-11 row-69
#[tokio::test]
async fn what_the_law_wants_said_is_said_before_anything_is_paid() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let seller = stand.town.shop.id.to_string();
    for (lang, said) in [
        ("en", ["Tax contained, 10%", "Refund", "Certified as"]),
        ("ja", ["内税(10%)", "払い戻し", "証明書の番号"]),
    ] {
        stand.get(&format!("{}/language/{lang}?to=/", stand.base)).await;
        let (_, page) = stand.confirm(&work).await;
        assert!(agrees(&page), "there is something to agree to");
        let before = page.split("type=\"password\"").next().unwrap();
        for one in said
            .into_iter()
            .chain(["Minato Tape Works", seller.as_str(), "<data value=\"27\">"])
        {
            assert!(before.contains(one), "{lang}: {one} is said above the PIN: {before}");
        }
        assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
    }
}

/// The other pages that take a PIN for a sale say no less above it: with a medium, and with somebody's approval.
///
/// proves: XD-11 row-69
#[tokio::test]
async fn what_is_said_before_a_pin_is_said_on_every_page_that_takes_one() {
    let stand = Stand::new(1000).await;
    stand.desk.show_stories();
    for (lang, said, learns, own) in [
        (
            "en",
            ["Tax contained, 10%", "Refund", "Certified as"],
            "learns",
            "Check the two words above",
        ),
        ("ja", ["内税(10%)", "払い戻し", "証明書の番号"], "販売者", "上の合言葉"),
    ] {
        for story in ["confirm", "confirm-medium", "approve-have"] {
            let (status, page) = stand.get(&format!("/{lang}/stories/{story}")).await;
            assert_eq!(status, StatusCode::OK, "{story}");
            let (before, after) = page.split_once("type=\"password\"").unwrap();
            let figures = ["<data value=\"1200\">", "<data value=\"109\">"];
            let number = ["Lantern Records", "7c1e0a52b9d84f30a6612f0de7a94b18", learns];
            for one in said.into_iter().chain(figures).chain(number) {
                assert!(
                    before.contains(one),
                    "{lang} {story}: {one} is said above the PIN: {before}"
                );
            }
            assert!(after.contains(own), "{lang} {story}: whose page it is");
        }
    }
}
