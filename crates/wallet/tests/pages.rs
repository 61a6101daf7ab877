//! The wallet's pages and API over real HTTP: what a person does with them, and what nobody else can.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "pages/rows.rs"]
mod rows;
#[path = "pages/torn.rs"]
mod torn;
mod town;

use std::{collections::BTreeMap, sync::Arc, sync::atomic::Ordering};

use data_encoding::BASE64URL_NOPAD;
use minicbor::bytes::ByteVec;
use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use town::{Kindly, Lie, PIN, Person, Town, yen};
use units::{PartyId, Refusal, Span};
use wallet::{
    Home,
    agent::Agent,
    pages::{self, Address, Desk},
    player::Watch,
};

/// A wallet on a port, and a browser that knows it.
struct Stand {
    town: Arc<Town>,
    person: Person,
    desk: Arc<Desk>,
    origin: String,
    client: Client,
    base: String,
}

async fn listen(desk: impl FnOnce(Address) -> Arc<Desk>) -> (Arc<Desk>, String) {
    let listener = pages::bind(0).await.unwrap();
    let at = listener.local_addr().unwrap();
    assert!(at.ip().is_loopback());
    let desk = desk(Address::of(at));
    tokio::spawn(pages::serve(desk.clone(), listener, std::future::pending()));
    (desk, format!("http://{at}"))
}

impl Stand {
    async fn new(money: i64) -> Self {
        let town = Town::new();
        let person = town.card(money).await;
        let wallet = person.wallet.clone();
        let (desk, origin) = listen(|at| Desk::new(wallet, at, None, Watch::default()).unwrap()).await;
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let mut stand = Self {
            town,
            person,
            desk,
            origin,
            client,
            base: String::new(),
        };
        let code = stand.desk.invite().split('#').nth(1).unwrap().to_owned();
        let opened = stand.form("/open", &[("code", &code)]).await;
        assert_eq!(opened.status(), StatusCode::SEE_OTHER);
        stand.base = opened.headers()["location"]
            .to_str()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        stand
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
    async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.client.get(self.url(path)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
    async fn page(&self, path: &str) -> String {
        let (status, text) = self.get(&format!("{}{path}", self.base)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        text
    }
    fn posting(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let encode = |t: &str| {
            t.bytes()
                .map(|b| {
                    if b.is_ascii_alphanumeric() {
                        (b as char).to_string()
                    } else {
                        format!("%{b:02X}")
                    }
                })
                .collect::<String>()
        };
        let body: Vec<String> = fields
            .iter()
            .map(|(k, v)| format!("{}={}", encode(k), encode(v)))
            .collect();
        self.client
            .post(self.url(path))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.join("&"))
    }
    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.posting(path, fields)
            .header(header::ORIGIN, &self.origin)
            .send()
            .await
            .unwrap()
    }
    /// Fills in a form of one of our pages: with the token it carries.
    async fn submit(&self, shown: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = between(shown, "name=\"token\" value=\"", "\"").to_owned();
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        let answer = self.form(&format!("{}{path}", self.base), &all).await;
        if let Some(to) = answer.headers().get("location").and_then(|to| to.to_str().ok()) {
            self.see_through(to).await;
        }
        answer
    }
    /// A deal's page waits a moment, and looks again by itself for as long as its seller is asked.
    async fn see_through(&self, to: &str) {
        while to.contains("/deals/") {
            let look = self.client.get(self.url(to)).send().await.unwrap();
            if !look.headers().contains_key("refresh") {
                return;
            }
        }
    }
    fn link(&self, seller: PartyId, sheet: &[u8]) -> String {
        BASE64URL_NOPAD.encode(&seal::cbor::to_bytes(&(seller, ByteVec::from(sheet.to_vec()))))
    }
    async fn ask(&self, work: &town::Work) -> Response {
        let offer = self.link(self.town.shop.id, &work.sheet);
        self.form(&format!("{}/ask", self.base), &[("offer", &offer)]).await
    }
    /// Follows a link of the shop to the confirm page.
    async fn confirm(&self, work: &town::Work) -> (String, String) {
        let asked = self.ask(work).await;
        assert_eq!(asked.status(), StatusCode::SEE_OTHER, "{}", asked.text().await.unwrap());
        let at = asked.headers()["location"]
            .to_str()
            .unwrap()
            .strip_prefix(self.base.as_str())
            .unwrap()
            .to_owned();
        let text = self.page(&at).await;
        (at, text)
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"))
        .1
        .split_once(after)
        .unwrap()
        .0
}

/// proves: XD-11 row-78
#[tokio::test]
async fn a_link_shows_what_the_card_was_told_and_only_a_pin_pays() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, shown) = stand.confirm(&work).await;
    let words = stand.person.wallet.words().await;
    for told in [
        "\u{a5}300",
        "Minato Tape Works",
        "Night Ferry",
        &words,
        "\u{a5}700",
        "Not your name",
        "signature checked",
    ] {
        assert!(shown.contains(told), "{told}");
    }
    // The amount comes first, and nothing is agreed to by looking.
    let heading = between(&shown, "<h1", "</h1>");
    assert!(
        heading.contains("Pay <data value=\"300\">\u{a5}300</data> to Minato Tape Works?"),
        "{heading}"
    );
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
    assert!(stand.town.shops.lock().unwrap().sales.is_empty());
    let wrong = stand.submit(&shown, &at, &[("pin", "0000")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().await.unwrap().contains("2 tries left"));
    let paid = stand.submit(&shown, &at, &[("pin", PIN)]).await;
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let deal = paid.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(stand.base.as_str())
        .unwrap()
        .to_owned();
    let result = stand.page(&deal).await;
    assert!(
        result.contains("Night Ferry is yours.") && result.contains("Receipt 1"),
        "{result}"
    );
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(700));
    // Pressed again, even twice at once: the same deal, paid once.
    let fields = [("pin", PIN)];
    let (one, two) = tokio::join!(stand.submit(&shown, &at, &fields), stand.submit(&shown, &at, &fields));
    for again in [one, two] {
        assert_eq!(
            again.headers()["location"].to_str().unwrap(),
            format!("{}{deal}", stand.base)
        );
    }
    assert_eq!(stand.town.shops.lock().unwrap().sales.len(), 1);
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(700));
}

/// proves: ST-26 row-8 row-4
#[tokio::test]
async fn a_code_brings_a_coupon_that_is_offered_where_it_counts_and_pays_in_part() {
    let stand = Stand::new(1000).await;
    let (town, wallet) = (&stand.town, &stand.person.wallet);
    let (coupon, signed) = town.value(deal::ValueKind::Coupon, yen(100), None);
    let code = "0123456789ABCDEF";
    town.codes
        .lock()
        .unwrap()
        .insert(code.to_owned(), (signed.to_vec(), None));
    let others = Some("f0".repeat(16));
    town.codes
        .lock()
        .unwrap()
        .insert("FEDCBA9876543210".to_owned(), (signed.to_vec(), others));
    let shown = stand.page("/values").await;
    assert!(shown.contains("You were given a code"));
    let shop = town.shop.id.to_string();
    for (typed, status, said) in [
        ("12", StatusCode::UNPROCESSABLE_ENTITY, "16 letters and digits"),
        ("0000-0000-0000-0000", StatusCode::UNPROCESSABLE_ENTITY, "code-unknown"),
        ("FEDC-BA98-7654-3210", StatusCode::UNPROCESSABLE_ENTITY, "code-used"),
        ("o123 4567-89ab-cdef", StatusCode::OK, "is on this card now"),
    ] {
        let answer = stand
            .submit(&shown, "/values/take", &[("code", typed), ("shop", &shop)])
            .await;
        assert_eq!(answer.status(), status, "{typed}");
        let text = answer.text().await.unwrap().to_lowercase();
        assert!(text.contains(&said.to_lowercase()), "{typed}: {text}");
    }
    assert_eq!(wallet.values().await, std::slice::from_ref(&coupon));
    // What another party made is on the card too, and is good somewhere else.
    let other = deal::Value {
        maker: town.issuer.id,
        ..coupon.clone()
    };
    let realm = town.realm.id();
    let form = seal::sign(
        &town.issuer.signer,
        seal::Kind::Value,
        realm,
        seal::Audience::Anyone,
        &other,
    );
    wallet
        .take_value(form, town.issuer.certificates[0].clone())
        .await
        .unwrap();
    let work = town.work();
    let (at, shown) = stand.confirm(&work).await;
    let way = |value: &deal::Value| format!("?with={}.{}", value.maker, value.id);
    assert!(shown.contains(&way(&coupon)), "{shown}");
    assert!(!shown.contains(&way(&other)), "it would only be refused");
    let with = format!("{}.{}", coupon.maker, coupon.id);
    let shown = stand.page(&format!("{at}?with={with}")).await;
    assert!(shown.contains("\u{a5}200"), "{shown}");
    let paid = stand.submit(&shown, &at, &[("pin", PIN), ("with", &with)]).await;
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    assert_eq!(wallet.summary().await.spendable, yen(800));
    assert_eq!(wallet.values().await, std::slice::from_ref(&other));
    // Thrown away, it is gone.
    let shown = stand.page("/values").await;
    let (maker, id) = (other.maker.to_string(), other.id.to_string());
    let dropped = stand
        .submit(&shown, "/values/drop", &[("maker", &maker), ("id", &id)])
        .await;
    assert_eq!(dropped.status(), StatusCode::SEE_OTHER);
    assert!(wallet.values().await.is_empty());
}

/// A purse that is short is not filled up with what the seller does not take.
///
/// proves: ST-26 row-4
#[tokio::test]
async fn a_short_purse_chooses_no_value_of_another_maker() {
    let stand = Stand::new(250).await;
    let (town, wallet) = (&stand.town, &stand.person.wallet);
    let (coupon, _) = town.value(deal::ValueKind::Coupon, yen(100), None);
    let other = deal::Value {
        maker: town.issuer.id,
        ..coupon
    };
    let realm = town.realm.id();
    let form = seal::sign(
        &town.issuer.signer,
        seal::Kind::Value,
        realm,
        seal::Audience::Anyone,
        &other,
    );
    wallet
        .take_value(form, town.issuer.certificates[0].clone())
        .await
        .unwrap();
    let work = town.work();
    let (at, shown) = stand.confirm(&work).await;
    assert!(!shown.contains("name=\"pin\""), "{shown}");
    let checked = wallet.quote_sale(town.shop.id, &work.sheet).await.unwrap();
    let want = card::Want {
        values: vec![(other.maker, other.id)],
        ..card::Want::default()
    };
    assert_eq!(
        wallet.pay(&checked, PIN, want).await.unwrap_err().code(),
        "value-other-seller"
    );
    assert_eq!((wallet.summary().await.spendable, at.is_empty()), (yen(250), false));
}

/// proves: XD-11 row-10
#[tokio::test]
async fn a_seller_that_cannot_be_checked_or_lies_gets_no_button() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    for (lie, code) in [
        (Lie::Certificate, "seller-not-verified"),
        (Lie::Price, "quote-price-changed"),
    ] {
        *stand.town.lie.lock().unwrap() = Some(lie);
        let asked = stand.ask(&work).await;
        assert_eq!(asked.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = asked.text().await.unwrap();
        assert!(text.contains(code) && !text.contains("type=\"password\""), "{text}");
    }
    *stand.town.lie.lock().unwrap() = None;
    // A link to nobody, to another party, and one that is none.
    for (offer, status) in [
        (
            stand.link(PartyId([9; 16]), &work.sheet),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("AAAA".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let answer = stand.form(&format!("{}/ask", stand.base), &[("offer", &offer)]).await;
        assert!(
            answer.status() == status || answer.status() == StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            answer.status()
        );
    }
    // Too little money: the page says so, and has no button.
    let dear = stand.town.publish(Kindly {
        price: 1500,
        ..Kindly::default()
    });
    stand.town.hand.pass(Span::minutes(2));
    let (_, shown) = stand.confirm(&dear).await;
    assert!(
        shown.contains("<data value=\"500\">\u{a5}500</data> short") && !shown.contains("type=\"password\""),
        "{shown}"
    );
}

/// proves: row-69 row-78
#[tokio::test]
async fn a_seller_may_prompt_three_times_a_minute() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    for _ in 0..3 {
        stand.confirm(&work).await;
    }
    let fourth = stand.ask(&work).await;
    assert_eq!(fourth.status(), StatusCode::TOO_MANY_REQUESTS);
    stand.town.hand.pass(Span::minutes(1));
    stand.confirm(&work).await;
}

/// proves: row-69
#[tokio::test]
async fn a_prompt_that_was_agreed_to_does_not_count() {
    let stand = Stand::new(5000).await;
    let work = stand.town.work();
    for _ in 0..5 {
        let (at, shown) = stand.confirm(&work).await;
        let paid = stand.submit(&shown, &at, &[("pin", PIN)]).await;
        assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    }
}

/// Sends exactly these bytes and reads the status line.
async fn raw(origin: &str, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(origin.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// proves: row-76
#[tokio::test]
async fn no_other_page_can_do_or_learn_anything() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, shown) = stand.confirm(&work).await;
    let host = stand.origin.strip_prefix("http://").unwrap().to_owned();
    let port = host.split(':').nth(1).unwrap().to_owned();
    // A name of somebody else's that now points here, and other spellings of this machine.
    for other in [
        "evil.example",
        "localhost",
        &format!("localhost:{port}"),
        &format!("evil.example:{port}"),
        "127.0.0.1",
        &format!("[::1]:{port}"),
        &format!("127.1:{port}"),
    ] {
        let line = raw(
            &stand.origin,
            &format!("GET /healthz HTTP/1.1\r\nHost: {other}\r\nConnection: close\r\n\r\n"),
        )
        .await;
        assert!(line.contains(" 421 "), "{other}: {line}");
    }
    let line = raw(
        &stand.origin,
        &format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
    )
    .await;
    assert!(line.contains(" 200 "), "{line}");
    // Forms and scripts of other pages, even with a form token that leaked.
    let path = format!("{}{at}", stand.base);
    let token = between(&shown, "name=\"token\" value=\"", "\"");
    let fields = [("token", token), ("pin", PIN)];
    for origin in [
        None,
        Some("null"),
        Some("https://shop.example"),
        Some("http://127.0.0.1:7404"),
        Some("http://localhost:7411"),
    ] {
        let mut request = stand.posting(&path, &fields);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{origin:?}"
        );
    }
    for site in ["cross-site", "same-site"] {
        let request = stand
            .posting(&path, &fields)
            .header(header::ORIGIN, &stand.origin)
            .header("sec-fetch-site", site);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
        let image = stand
            .client
            .get(stand.url("/static/key.svg"))
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "no-cors");
        assert_eq!(image.send().await.unwrap().status(), StatusCode::FORBIDDEN);
        let link = stand.client.get(stand.url("/confirm")).header("sec-fetch-site", site);
        let link = link
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .send()
            .await
            .unwrap();
        assert_eq!(link.status(), StatusCode::OK);
        let framed = stand.client.get(stand.url("/confirm")).header("sec-fetch-site", site);
        let framed = framed
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "iframe")
            .send()
            .await
            .unwrap();
        assert_eq!(framed.status(), StatusCode::FORBIDDEN);
    }
    // JSON as a simple form, preflights, WebSockets.
    let simple = stand
        .client
        .post(stand.url("/v1/load"))
        .header(header::CONTENT_TYPE, "text/plain")
        .body("{}")
        .header(header::ORIGIN, &stand.origin);
    assert_eq!(
        simple.send().await.unwrap().status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let preflight = stand
        .client
        .request(reqwest::Method::OPTIONS, stand.url("/v1/load"))
        .header(header::ORIGIN, "https://evil.example");
    let preflight = preflight
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert!(!preflight.status().is_success());
    let upgrade = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: https://evil.example\r\n\r\n"
    );
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut start = [0; 16];
    stream.read_exact(&mut start).await.unwrap();
    assert!(String::from_utf8_lossy(&start).contains(" 403 "));
    // A stale or guessed form token, and a guessed page key.
    assert_eq!(
        stand.form(&path, &[("token", "aaaa"), ("pin", PIN)]).await.status(),
        StatusCode::FORBIDDEN
    );
    let guessed = format!("/s/{}{at}", "a".repeat(52));
    assert_eq!(stand.get(&guessed).await.0, StatusCode::FORBIDDEN);
    // Effects are never a GET.
    for effect in ["/contact", "/ask"] {
        assert_eq!(
            stand.get(&format!("{}{effect}", stand.base)).await.0,
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
    // Every answer carries the same strict headers and opens nothing to others.
    for path in ["/", "/confirm", "/nowhere", "/v1/card", &path] {
        let answer = stand.client.get(stand.url(path)).send().await.unwrap();
        let headers: BTreeMap<_, _> = answer
            .headers()
            .iter()
            .map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned()))
            .collect();
        let csp = &headers["content-security-policy"];
        assert!(
            csp.contains("frame-ancestors 'none'") && csp.contains("default-src 'none'") && !csp.contains("unsafe"),
            "{csp}"
        );
        assert_eq!(
            (
                headers["x-content-type-options"].as_str(),
                headers["x-frame-options"].as_str()
            ),
            ("nosniff", "DENY")
        );
        assert_eq!(
            (headers["referrer-policy"].as_str(), headers["cache-control"].as_str()),
            ("same-origin", "no-store")
        );
        assert!(
            !headers
                .keys()
                .any(|n| n.starts_with("access-control-") || n == "set-cookie"),
            "{path}"
        );
    }
    // Nothing of the card is shown before a page key.
    let words = stand.person.wallet.words().await;
    for door in ["/", "/confirm"] {
        let (_, text) = stand.get(door).await;
        assert!(!text.contains(&words) && !text.contains("1,000"), "{door}");
        assert!(
            !text.contains("<script>") && !text.contains(" style=") && !text.contains(" onclick"),
            "{door}"
        );
    }
}

/// proves: row-77
#[tokio::test]
async fn programs_of_the_same_user_know_one_another_by_the_token_file() {
    let stand = Stand::new(1000).await;
    let home = Home::at(&stand.person.root);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(stand.person.root.join("token"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let agent = Agent::find(&home).await.unwrap();
    assert_eq!(agent.get("/v1/card").await.unwrap()["spendable"], "JPY 1,000");
    // Without the token, or with another: nothing.
    for shown in [None, Some("wrong".to_owned()), Some("a".repeat(52))] {
        let mut request = stand.client.get(stand.url("/v1/card"));
        if let Some(shown) = shown {
            request = request.bearer_auth(shown);
        }
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    // A program that has taken the port cannot prove itself, and is told nothing.
    let squatter = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = squatter.local_addr().unwrap().to_string();
    let heard = tokio::spawn(async move {
        let app = axum::Router::new().fallback(|request: axum::extract::Request| async move {
            assert!(request.headers().get("authorization").is_none());
            axum::Json(json!({"proof": "a".repeat(52)}))
        });
        axum::serve(squatter, app).await
    });
    assert_eq!(Agent::at(&home, &host).await.unwrap_err().code(), "wallet-impostor");
    heard.abort();
    // A proof for another address is none here: it cannot be passed on.
    let proof: Value = stand
        .client
        .get(stand.url("/v1/proof?nonce=0123456789abcdef"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(proof["host"], stand.origin.strip_prefix("http://").unwrap());
    // A token that others can read is not used.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(stand.person.root.join("token"), open).unwrap();
        assert_eq!(Agent::find(&home).await.unwrap_err().code(), "card-readable-by-others");
    }
    // A code opens one browser, once.
    let code = stand.desk.invite().split('#').nth(1).unwrap().to_owned();
    assert_eq!(
        stand.form("/open", &[("code", &code)]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        stand.form("/open", &[("code", &code)]).await.status(),
        StatusCode::FORBIDDEN
    );
}

/// The whole way by programs: quote, pay, play, refund, as the command line does it.
#[tokio::test]
async fn programs_buy_play_and_hand_back() {
    let stand = Stand::new(0).await;
    let work = stand.town.publish(Kindly {
        unplayed: false,
        ..Kindly::default()
    });
    let agent = Agent::find(&Home::at(&stand.person.root)).await.unwrap();
    let loaded = agent.post("/v1/load", &json!({"amount": "JPY 1000"})).await.unwrap();
    assert_eq!(loaded["outcome"], "given");
    let ask = json!({"seller": stand.town.shop.id.to_string(), "sheet": BASE64URL_NOPAD.encode(&work.sheet)});
    let quote = agent.post("/v1/quote", &ask).await.unwrap();
    assert_eq!(
        (quote["price"].as_str(), quote["after"].as_str()),
        (Some("JPY 300"), Some("JPY 700"))
    );
    let wrong = agent
        .post("/v1/pay", &json!({"quote": quote["quote"], "pin": "0000"}))
        .await
        .unwrap_err();
    assert_eq!(wrong.told(), "pin-wrong");
    let paid = agent
        .post("/v1/pay", &json!({"quote": quote["quote"], "pin": PIN}))
        .await
        .unwrap();
    assert_eq!(paid["outcome"], "given");
    let known = agent
        .get(&format!("/v1/deals/{}", paid["deal"].as_str().unwrap()))
        .await
        .unwrap();
    assert_eq!(known["license"], paid["license"]);
    let play = agent
        .post("/v1/play", &json!({"license": paid["license"]}))
        .await
        .unwrap();
    let content = stand
        .client
        .get(play["content"].as_str().unwrap())
        .header("range", "bytes=10-19")
        .send()
        .await
        .unwrap();
    assert_eq!(content.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        content.headers()["content-security-policy"],
        "sandbox; default-src 'none'; frame-ancestors 'self'"
    );
    assert_eq!(content.bytes().await.unwrap(), work.plain[10..20]);
    // The name of a play is the right to it: a guessed one, or another page's request, gets nothing.
    assert_eq!(
        stand.get(&format!("/play/{}/content", "a".repeat(52))).await.0,
        StatusCode::GONE
    );
    let from_elsewhere = stand
        .client
        .get(play["content"].as_str().unwrap())
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(from_elsewhere.status(), StatusCode::FORBIDDEN);
    agent
        .post("/v1/play/end", &json!({"session": play["session"]}))
        .await
        .unwrap();
    let library = agent.get("/v1/library").await.unwrap();
    assert_eq!(library["licenses"][0]["title"], "Night Ferry");
    let back = agent
        .post("/v1/quote/refund", &json!({"license": paid["license"]}))
        .await
        .unwrap();
    assert_eq!(
        (back["credit"].as_str(), back["after"].as_str()),
        (Some("JPY 300"), Some("JPY 1,000"))
    );
    agent
        .post("/v1/pay", &json!({"quote": back["quote"], "pin": PIN}))
        .await
        .unwrap();
    assert_eq!(agent.get("/v1/card").await.unwrap()["spendable"], "JPY 1,000");
    let log = agent.get("/v1/playback-log").await.unwrap();
    assert_eq!(log["lines"][0]["step"], "began");
    assert!(
        agent.get("/v1/history").await.unwrap()["lines"]
            .as_array()
            .unwrap()
            .len()
            >= 6
    );
    for (path, body, code) in [
        ("/v1/pay", json!({"quote": "x", "pin": PIN}), "value-malformed"),
        ("/v1/load", json!({"amount": "1000"}), "value-malformed"),
        ("/v1/load", json!({}), "body-malformed"),
        ("/v1/play", json!({}), "body-malformed"),
        (
            "/v1/unblock",
            json!({"code": "aaaa", "new": "1234"}),
            "recovery-code-wrong",
        ),
    ] {
        assert_eq!(agent.post(path, &body).await.unwrap_err().told(), code, "{path}");
    }
}

/// Money goes out by the page: with the PIN, once however often it is pressed, and it stands in the history.
#[tokio::test]
async fn paying_out_by_the_page_takes_the_pin_and_pays_once() {
    let stand = Stand::new(1000).await;
    let form = stand.page("/payout").await;
    let once = between(&form, "name=\"once\" value=\"", "\"").to_owned();
    let send = async |amount: &str, pin: &str| {
        let fields = [("amount", amount), ("pin", pin), ("once", once.as_str())];
        stand.submit(&form, "/payout", &fields).await
    };
    let wrong = send("400", "0000").await;
    assert!(wrong.text().await.unwrap().contains("2 tries left"));
    let none = send("none", PIN).await;
    assert_eq!(none.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        stand.person.wallet.summary().await.spendable,
        yen(1000),
        "nothing moved"
    );
    let (one, two) = tokio::join!(send("400", PIN), send("400", PIN));
    for sent in [&one, &two] {
        assert_eq!(sent.status(), StatusCode::SEE_OTHER);
        assert_eq!(sent.headers()["location"].to_str().unwrap(), format!("{}/", stand.base));
    }
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(600));
    let history = stand.page("/history?kind=money").await;
    let rows = between(&history, "<tbody>", "</tbody>");
    assert!(rows.contains("\u{a5}400"), "{rows}");
}

/// What takes long is named after a while and can be stopped; nothing was agreed to by asking.
#[tokio::test]
async fn asking_a_slow_seller_is_told_and_can_be_stopped() {
    let stand = Stand::new(1000).await;
    let (status, html) = stand.get("/confirm").await;
    assert_eq!(status, StatusCode::OK);
    let slow = between(&html, "id=\"slow\"", "</div>");
    assert!(
        slow.starts_with(" role=\"status\" hidden") && slow.contains("has not answered yet"),
        "{slow}"
    );
    assert!(slow.contains("<button class=\"btn\" type=\"button\" id=\"stop\">Stop, nothing changes</button>"));
    assert!(between(&html, "id=\"stopped\"", "</p>").contains("nothing has changed"));
    // A seller that never answers: whoever goes away leaves the card as it was.
    let work = stand.town.work();
    stand.town.hangs_at.store(1, Ordering::SeqCst);
    let offer = stand.link(stand.town.shop.id, &work.sheet);
    let path = format!("{}/ask", stand.base);
    let fields = [("offer", offer.as_str())];
    tokio::select! {
        answer = stand.form(&path, &fields) => panic!("answered: {}", answer.status()),
        () = stand.town.hung.notified() => {}
    }
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1000));
    assert!(stand.person.wallet.overview().await.under_way.is_empty());
    let (_, shown) = stand.confirm(&work).await;
    assert!(shown.contains("Night Ferry"), "the next try is as good as the first");
}

/// Whoever agrees is led on as soon as his card has written it down; the deal's page says that the seller is asked, and looks
/// again by itself, without a script.
///
/// proves: XD-11
#[tokio::test]
async fn a_payment_is_led_to_its_page_at_once_which_says_that_the_seller_is_asked() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, shown) = stand.confirm(&work).await;
    let token = between(&shown, "name=\"token\" value=\"", "\"").to_owned();
    let path = format!("{}{at}", stand.base);
    let fields = [("token", token.as_str()), ("pin", PIN)];
    stand.town.hangs_at.store(1, Ordering::SeqCst);
    let paid = stand.form(&path, &fields).await;
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let to = paid.headers()["location"].to_str().unwrap().to_owned();
    stand.town.hung.notified().await;
    let look = stand.client.get(stand.url(&to)).send().await.unwrap();
    assert_eq!(look.headers()["refresh"], "1");
    let html = look.text().await.unwrap();
    for told in [
        "data-fate=\"asking\"",
        "Asking Minato Tape Works",
        "you may close it",
        "On its way</dt><dd>\u{a5}300",
    ] {
        assert!(html.contains(told), "{told}: {html}");
    }
    assert!(!html.contains("<script"), "{html}");
    // Pressed again: the same deal, asked for once.
    let again = stand.form(&path, &fields).await;
    assert_eq!(again.headers()["location"].to_str().unwrap(), to);
    assert_eq!(stand.person.wallet.overview().await.under_way.len(), 1);
}

/// Keys act while the player has the focus, are told on the page, and can be switched off (WCAG 2.1.4).
#[tokio::test]
async fn the_players_keys_are_the_players_and_can_be_switched_off() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, shown) = stand.confirm(&work).await;
    stand.submit(&shown, &at, &[("pin", PIN)]).await;
    let id = stand.person.wallet.library().await[0].held.id;
    stand.person.wallet.fetch(id).await.unwrap();
    let license = stand.page(&format!("/licenses/{id}")).await;
    let begun = stand.submit(&license, &format!("/licenses/{id}/play"), &[]).await;
    let at = begun.headers()["location"].to_str().unwrap();
    let html = stand.page(at.strip_prefix(stand.base.as_str()).unwrap()).await;
    assert!(html.contains("While the player has the focus"), "{html}");
    let switch = between(&html, "<input type=\"checkbox\" id=\"keys\"", "</label>");
    assert!(
        switch.contains("checked") && switch.contains("Use these keys"),
        "{switch}"
    );
    let script = include_str!("../static/play.js");
    assert!(
        !script.contains("document.addEventListener(\"keydown\""),
        "no key of the whole document"
    );
    assert!(script.contains("stage.addEventListener(\"keydown\"") && script.contains("if (!keys.checked"));
}

/// proves: SD-3
#[tokio::test]
async fn the_receipt_of_a_purchase_is_one_step_from_result_license_and_history() {
    let stand = Stand::new(1000).await;
    let (shop, work) = (stand.town.shop.id, stand.town.work());
    let (at, shown) = stand.confirm(&work).await;
    let paid = stand.submit(&shown, &at, &[("pin", PIN)]).await;
    let at = paid.headers()["location"].to_str().unwrap();
    let result = at.strip_prefix(stand.base.as_str()).unwrap().to_owned();
    let deal = result.strip_prefix("/deals/").unwrap();
    let id = stand.person.wallet.library().await[0].held.id;
    let pages = [result.clone(), format!("/licenses/{id}"), "/history".to_owned()];
    // Whoever has no address, or one that is no page's, is not linked to.
    for address in ["", "javascript:alert(1)//"] {
        stand.town.addresses.lock().unwrap().insert(shop, address.to_owned());
        for page in &pages {
            let html = stand.page(page).await;
            assert!(!html.contains("/receipts/"), "{page}: {html}");
        }
    }
    let address = "https://shop.example/".to_owned();
    stand.town.addresses.lock().unwrap().insert(shop, address);
    let link = format!("href=\"https://shop.example/en/receipts/{deal}\"");
    for page in &pages {
        let html = stand.page(page).await;
        assert_eq!(html.matches(&link).count(), 1, "{page}: {html}");
    }
    // The door leads a seller's link to the purchase, and only by a name that is one.
    let door = include_str!("../static/door.js");
    assert!(door.contains("#deal-([a-z2-7]{52})$") && deal.len() == 52, "{deal}");
}

/// Home, library, license, player, load and history: what a person sees, with the three numbers that add up.
#[tokio::test]
async fn the_pages_show_the_card_as_it_is() {
    let stand = Stand::new(1000).await;
    let nasty = stand.town.publish(Kindly {
        title: "A<script>alert(1)</script>B",
        unplayed: false,
        ..Kindly::default()
    });
    stand.town.answers_lost.store(1, Ordering::SeqCst);
    let (at, shown) = stand.confirm(&nasty).await;
    assert!(
        shown.contains("A&#60;script&#62;") && !shown.contains("<script>alert"),
        "{shown}"
    );
    let paid = stand.submit(&shown, &at, &[("pin", PIN)]).await;
    let deal = paid.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(stand.base.as_str())
        .unwrap()
        .to_owned();
    assert!(stand.page(&deal).await.contains("can&#39;t pay twice"));
    let home = stand.page("/").await;
    for told in [
        "\u{a5}700",
        "On its way</dt><dd>\u{a5}300",
        "Everything on this card</dt><dd>\u{a5}1,000",
        "Ask again now",
    ] {
        assert!(home.contains(told), "{told}: {home}");
    }
    stand.person.wallet.finish_open().await;
    let id = stand.person.wallet.library().await[0].held.id;
    stand.person.wallet.fetch(id).await.unwrap();
    let home = stand.page("/").await;
    assert!(
        home.contains("On its way</dt><dd>\u{a5}0") && home.contains(&format!("/licenses/{id}/play")),
        "{home}"
    );
    let license = stand.page(&format!("/licenses/{id}")).await;
    for told in [
        "as often as you like",
        "\u{a5}100",
        "2 more generations",
        "you get 100% of what you paid",
        "checked on this card",
    ] {
        assert!(license.contains(told), "{told}: {license}");
    }
    let begun = stand.submit(&license, &format!("/licenses/{id}/play"), &[]).await;
    let player = begun.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(stand.base.as_str())
        .unwrap()
        .to_owned();
    let player = stand.page(&player).await;
    let content = between(between(&player, "<audio", ">"), " src=\"", "\"");
    assert_eq!(
        stand
            .client
            .get(stand.url(content))
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap(),
        nasty.plain
    );
    let form = stand.page("/load").await;
    let bad = stand.submit(&form, "/load", &[("amount", "-5")]).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        stand.submit(&form, "/load", &[("amount", "500")]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1200));
    let history = stand.page("/history").await;
    assert!(history.contains("Loaded") && history.contains("\u{a5}500"), "{history}");
    assert!(stand.page("/log").await.contains("began, counted"));
    // Handed back through its own confirm page.
    let asked = stand.submit(&license, &format!("/licenses/{id}/refund"), &[]).await;
    let at = asked.headers()["location"]
        .to_str()
        .unwrap()
        .strip_prefix(stand.base.as_str())
        .unwrap()
        .to_owned();
    let shown = stand.page(&at).await;
    assert!(shown.contains("Hand back ") && shown.contains("\u{a5}1,500"), "{shown}");
    stand.submit(&shown, &at, &[("pin", PIN)]).await;
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(1500));
    assert_eq!(
        stand.get(&format!("{}/licenses/{id}", stand.base)).await.0,
        StatusCode::NOT_FOUND
    );
}

/// A play's name is all that opens its content: it cannot be guessed, ends with the play, and nobody keeps what it opened.
/// proves: row-40
#[tokio::test]
async fn what_a_play_opens_is_kept_by_nobody_and_ends_with_it() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, shown) = stand.confirm(&work).await;
    stand.submit(&shown, &at, &[("pin", PIN)]).await;
    let id = stand.person.wallet.library().await[0].held.id;
    stand.person.wallet.fetch(id).await.unwrap();
    let license = format!("/licenses/{id}");
    let license_page = stand.page(&license).await;
    let begun = stand.submit(&license_page, &format!("{license}/play"), &[]).await;
    let player = begun.headers()["location"].to_str().unwrap().to_owned();
    let session = player.rsplit('/').next().unwrap().to_owned();
    let content = format!("/play/{session}/content");
    // 256 bits, new at every play.
    assert_eq!(session.len(), 52);
    let key = stand.base.rsplit('/').next().unwrap();
    assert!(!session.contains(&id.to_string()) && session != key);
    for path in [
        content.clone(),
        player.clone(),
        format!("{}{license}", stand.base),
        format!("{}{at}", stand.base),
        format!("{}/", stand.base),
        "/v1/library".to_owned(),
    ] {
        for (name, value) in [("range", "bytes=5-9"), ("accept", "*/*"), ("if-none-match", "*")] {
            let asked = stand.client.get(stand.url(&path)).header(name, value);
            let answer = asked.send().await.unwrap();
            let headers = answer.headers();
            assert_eq!(headers["cache-control"], "no-store", "{path}");
            assert_eq!(headers["cross-origin-resource-policy"], "same-origin", "{path}");
            let open = headers.keys().any(|n| n.as_str().starts_with("access-control-"));
            assert!(
                !open && !headers.contains_key("etag") && !headers.contains_key("last-modified"),
                "{path}"
            );
        }
    }
    // Neither a page of another site nor a service worker of one reaches it, whatever it knows.
    for (name, value) in [
        ("origin", "https://evil.test"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let foreign = stand.client.get(stand.url(&content)).header(name, value);
        assert_eq!(
            foreign.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    let own = stand.client.get(stand.url(&content)).send().await.unwrap();
    assert_eq!(own.bytes().await.unwrap(), work.plain);
    // One letter off, the license's own number, the content's: nothing.
    let mut near = session.clone();
    let last = near.pop().unwrap();
    near.push(if last == 'a' { 'q' } else { 'a' });
    for guess in [near, id.to_string(), work.offer.content.to_string(), String::from("..")] {
        let (status, body) = stand.get(&format!("/play/{guess}/content")).await;
        assert!(
            matches!(status, StatusCode::GONE | StatusCode::NOT_FOUND),
            "{guess}: {status}"
        );
        assert!(!body.contains("PLAINTEXT-MARKER"));
    }
    // The next play has another name, and the end of a play ends its name.
    let ended = stand.submit(&license_page, &format!("/play/{session}/end"), &[]).await;
    assert_eq!(ended.status(), StatusCode::SEE_OTHER);
    let again = stand.submit(&license_page, &format!("{license}/play"), &[]).await;
    let next = again.headers()["location"]
        .to_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(next, session);
    let late = stand
        .client
        .get(stand.url(&content))
        .header("range", "bytes=0-9")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (late.status(), &late.headers()["cache-control"]),
        (StatusCode::GONE, &header::HeaderValue::from_static("no-store"))
    );
    // Its page says so, and begins the next one.
    let (status, over) = stand.get(&player).await;
    assert_eq!(status, StatusCode::GONE);
    let again = format!("action=\"{}{license}/play\"", stand.base);
    assert!(over.contains(&again), "{over}");
}

/// A home without a card: the first page makes one, for whoever has the code.
#[tokio::test]
async fn a_first_card_is_made_on_the_first_page() {
    let town = Town::new();
    let registry = town::serve(&town).await;
    let realm = seal::Realm {
        registry,
        ..town.realm.clone()
    };
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path().join("card"));
    std::fs::create_dir(home.root()).unwrap();
    let plan = wallet::engine::BirthPlan {
        cost: card::PinCost::TOY,
        ..wallet::engine::BirthPlan::new(realm)
    };
    let drive: Arc<dyn wallet::drive::Drive> = Arc::new(wallet::drive::Os);
    let (desk, origin) =
        listen(|at| Desk::first_start(home.clone(), plan, at, drive, None, Watch::default()).unwrap()).await;
    let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
    let first = client.get(&origin).send().await.unwrap().text().await.unwrap();
    assert!(first.contains("Make your card"));
    let make = |code: String, pin: &str, again: &str| {
        client
            .post(format!("{origin}/birth"))
            .header(header::ORIGIN, &origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("code={code}&pin={pin}&again={again}"))
            .send()
    };
    let code = || desk.invite().split('#').nth(1).unwrap().to_owned();
    for (code, pin, again) in [
        ("aaaaaaaaaaaaaaaa".into(), "1234", "1234"),
        (code(), "1234", "1235"),
        (code(), "12", "12"),
    ] {
        assert_eq!(
            make(code, pin, again).await.unwrap().status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    assert!(!home.has_card());
    // The button was pressed twice, and the browser has hung up on the first: one card, and its page is still seen.
    let by = code();
    let (born, twice) = tokio::join!(make(by.clone(), "1234", "1234"), make(by.clone(), "1234", "1234"));
    let (born, twice) = (born.unwrap(), twice.unwrap());
    assert_eq!((born.status(), twice.status()), (StatusCode::OK, StatusCode::OK));
    let text = born.text().await.unwrap();
    assert_eq!(twice.text().await.unwrap(), text);
    // Nobody else sees it, and nobody once its holder has gone on.
    let other = make(by.clone(), "4321", "4321").await.unwrap();
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    let base = text.split("href=\"/s/").nth(1).unwrap().split('/').next().unwrap();
    let home_page = client.get(format!("{origin}/s/{base}/")).send().await.unwrap();
    assert_eq!(home_page.status(), StatusCode::OK);
    let late = make(by, "1234", "1234").await.unwrap();
    assert_eq!(late.status(), StatusCode::NOT_FOUND);
    let wallet = desk.wallet().unwrap();
    assert!(
        text.contains(&wallet.words().await) && text.contains("recovery code"),
        "{text}"
    );
    assert!(home.has_card() && make(code(), "1234", "1234").await.unwrap().status() == StatusCode::NOT_FOUND);
}

/// Limits of the holder's own, the PIN and the way back when it is blocked, on their page.
/// proves: XD-11
#[tokio::test]
async fn limits_hold_at_once_and_a_blocked_pin_is_unblocked() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let page = stand.page("/limits").await;
    let set = [("one", "299"), ("day", ""), ("pin", PIN)];
    assert_eq!(
        stand.submit(&page, "/limits", &set).await.status(),
        StatusCode::SEE_OTHER
    );
    let page = stand.page("/limits").await;
    assert!(page.contains("value=\"299\""), "{page}");
    // The confirm page says so with its figures, and has no button.
    let (_, shown) = stand.confirm(&work).await;
    assert!(
        shown.contains("that you set for one payment") && !shown.contains("type=\"password\""),
        "{shown}"
    );
    for (fields, status) in [
        (
            [("one", "much"), ("day", ""), ("pin", PIN)],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            [("one", "99999999"), ("day", ""), ("pin", PIN)],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            [("one", "500"), ("day", "500"), ("pin", "0000")],
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ([("one", "500"), ("day", "500"), ("pin", PIN)], StatusCode::SEE_OTHER),
    ] {
        let answer = stand.submit(&page, "/limits", &fields).await;
        assert_eq!(answer.status(), status, "{fields:?}");
    }
    // Three wrong PINs block; the recovery code, and nothing else, sets a new one.
    let (at, shown) = stand.confirm(&work).await;
    for left in ["2 tries left", "One try left", "unblock"] {
        let wrong = stand.submit(&shown, &at, &[("pin", "0000")]).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = wrong.text().await.unwrap();
        assert!(text.contains(left), "{left}: {text}");
    }
    assert!(!stand.page(&at).await.contains("type=\"password\""));
    let code = stand.person.code.0.clone();
    for (code, status) in [
        ("aaaa-aaaa", StatusCode::UNPROCESSABLE_ENTITY),
        (code.as_str(), StatusCode::SEE_OTHER),
    ] {
        let fields = [("old", code), ("new", "5678"), ("again", "5678")];
        assert_eq!(stand.submit(&page, "/limits/unblock", &fields).await.status(), status);
    }
    let paid = stand.submit(&shown, &at, &[("pin", "5678")]).await;
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(700));
}

/// A form that moves money says so once, however often it is pressed.
#[tokio::test]
async fn loading_twice_with_one_form_loads_once() {
    let stand = Stand::new(0).await;
    let form = stand.page("/load").await;
    let once = between(&form, "name=\"once\" value=\"", "\"").to_owned();
    let fields = [("once", once.as_str()), ("amount", "500")];
    let (one, two) = tokio::join!(
        stand.submit(&form, "/load", &fields),
        stand.submit(&form, "/load", &fields)
    );
    assert_eq!(
        (one.status(), two.status()),
        (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER)
    );
    assert_eq!(one.headers()["location"], two.headers()["location"]);
    assert_eq!(stand.person.wallet.summary().await.spendable, yen(500));
    let again = stand.page("/load").await;
    assert!(!again.contains(&once), "the next drawing has a number of its own");
}

/// Every page in Japanese, by choice or by the browser's wish, and nothing of it in English.
#[tokio::test]
async fn the_pages_are_read_in_japanese_too() {
    let stand = Stand::new(1000).await;
    let work = stand.town.work();
    let (at, shown) = stand.confirm(&work).await;
    stand.submit(&shown, &at, &[("pin", PIN)]).await;
    let id = stand.person.wallet.library().await[0].held.id;
    let chosen = stand.get(&format!("{}/language/ja?to=/settings", stand.base)).await;
    assert_eq!(chosen.0, StatusCode::SEE_OTHER);
    for (path, told) in [
        ("/".to_owned(), "電子マネー残高"),
        ("/library".to_owned(), "再生回数の制限なし"),
        (format!("/licenses/{id}"), "どこから来たか"),
        ("/history".to_owned(), "支払い"),
        ("/load".to_owned(), "チャージする"),
        ("/payout".to_owned(), "払い戻す"),
        ("/values".to_owned(), "まだ何もありません"),
        ("/limits".to_owned(), "あなたの上限"),
        ("/settings".to_owned(), "合言葉"),
        ("/software".to_owned(), "ソフトウェアカードとは"),
        ("/support".to_owned(), "どの作品ですか"),
    ] {
        let page = stand.page(&path).await;
        assert!(
            page.contains("<html lang=\"ja\">") && page.contains(told),
            "{path}: {page}"
        );
    }
    // A refusal too, and a wrong PIN with its figures.
    let (status, gone) = stand.get(&format!("{}/deals/none", stand.base)).await;
    assert!(
        status == StatusCode::NOT_FOUND && gone.contains("何も変わっていません"),
        "{gone}"
    );
    let (at, shown) = stand.confirm(&stand.town.publish(Kindly::default())).await;
    let wrong = stand
        .submit(&shown, &at, &[("pin", "0000")])
        .await
        .text()
        .await
        .unwrap();
    assert!(wrong.contains("あと2回") && !wrong.contains("tries left"), "{wrong}");
    // It is the card's language now: another browser of it reads it at once.
    assert_eq!(
        Home::at(&stand.person.root).language().map(|lang| lang.tag()),
        Some("ja")
    );
}

/// Story pages are there when the wallet was started to show them, and never otherwise.
#[tokio::test]
async fn stories_are_shown_only_when_asked_for() {
    let stand = Stand::new(0).await;
    for path in [
        "/stories",
        "/en/stories",
        "/ja/stories",
        "/en/stories/home",
        "/ja/stories/confirm",
    ] {
        assert_eq!(stand.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    stand.desk.show_stories();
    let (status, list) = stand.get("/en/stories").await;
    assert!(
        status == StatusCode::OK && list.contains("/en/stories/confirm-short"),
        "{list}"
    );
    let (status, story) = stand.get("/ja/stories/confirm").await;
    assert!(status == StatusCode::OK && story.contains("松 港"), "{story}");
    assert_eq!(stand.get("/en/stories/none").await.0, StatusCode::NOT_FOUND);
    // They know nothing of the card that runs here.
    assert!(!story.contains(&stand.person.wallet.words().await));
}

/// Every reason the wallet may give is said in Japanese too: the catalogue knows every code there is.
#[test]
fn every_code_of_a_refusal_has_its_words() {
    fn sources(dir: &std::path::Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") {
                all.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut all = Vec::new();
    for name in ["card", "deal", "license", "seal", "courier", "package", "wallet"] {
        sources(&crates.join(name).join("src"), &mut all);
    }
    let mut unsaid = std::collections::BTreeSet::new();
    let said = |code: &str| {
        face::Words(face::Lang::Ja).refused_why(code, "?").plain()
            != face::Words(face::Lang::Ja).refused_why("no such code", "?").plain()
    };
    for source in &all {
        for body in source.split("fn code(&self)").skip(1) {
            let body = body.split("\n    }\n").next().unwrap_or_default();
            for arm in body.split("=> \"").skip(1) {
                let code = arm.split('"').next().unwrap_or_default();
                if !said(code) {
                    unsaid.insert(code.to_owned());
                }
            }
        }
    }
    assert!(unsaid.is_empty(), "not said in ja/refused.ftl: {unsaid:?}");
}
