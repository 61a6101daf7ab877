//! The console over HTTP: who may do what, in one table with every address of it; a publisher taken in by page; a person's account told
//! and deleted.

use std::collections::BTreeSet;

use reqwest::{Client, Method, Response, header, redirect::Policy};
use seal::Role as Certified;
use server::{
    config::{Config, Role, Selling},
    running::{Running, start},
    shop::Invited,
};

use crate::{
    publisher::{Shown, Work, publish},
    world::{OPERATOR, World, config, id, keys},
};

const NAME: &str = "shop";
const PASSWORD: &str = "a ferry at nine o'clock";

/// A shop that keeps the keys of the test's publisher.
pub async fn shop(world: &World) -> Running {
    shop_that(world, |_| ()).await
}

/// The same with other settings; in the same place, so that it is the same shop when it is started again.
pub async fn shop_that(world: &World, change: impl FnOnce(&mut Config)) -> Running {
    let mut shop = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, NAME);
    shop.selling = Selling {
        issuer: Some(world.issuer.id),
        ..Selling::default()
    };
    shop.console.cheap_passwords = true;
    shop.console.publishers = vec![keys(&world.maker, Certified::Publisher, "publisher")];
    change(&mut shop);
    let mut shop = start(shop).await.unwrap();
    shop.ready().await;
    shop
}

/// Somebody with a browser.
pub struct Person {
    pub client: Client,
    pub origin: String,
    pub cookie: String,
}

impl Person {
    /// Nobody in particular.
    fn nobody(shop: &Running) -> Self {
        Self {
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            origin: shop.address.clone(),
            cookie: String::new(),
        }
    }

    /// Whoever takes an invitation over `publisher` (or over the shop) as `role`.
    pub async fn invited(shop: &Running, publisher: Option<String>, role: &str) -> Self {
        let person = Self::nobody(shop);
        let link = person.invitation(publisher, role).await;
        person
            .take(&link, &format!("{role} {}", link.get(link.len() - 4..).unwrap()))
            .await
    }

    async fn invitation(&self, publisher: Option<String>, role: &str) -> String {
        let request = self.client.post(format!("{}/v1/console/invitations", self.origin));
        let body = serde_json::json!({ "publisher": publisher, "role": role });
        let answer = request.bearer_auth(OPERATOR).json(&body).send().await.unwrap();
        let invited: Invited = answer.json().await.unwrap();
        self.path(&invited.link.unwrap())
    }

    /// A link of the console, whose pages are at a name, without its host.
    fn path(&self, link: &str) -> String {
        let at = link.find("/console").unwrap();
        link[at..].to_owned()
    }

    async fn take(mut self, link: &str, name: &str) -> Self {
        let form = [("name", name), ("password", PASSWORD)];
        let answer = self.post(link, &form).await;
        assert_eq!(answer.status(), 303, "{link}");
        self.keep(&answer);
        self
    }

    /// Keeps the cookies of an answer, as a browser does.
    fn keep(&mut self, answer: &Response) {
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        self.cookie = set
            .filter_map(|v| v.to_str().ok()?.split(';').next().map(str::to_owned))
            .collect::<Vec<_>>()
            .join("; ");
    }

    pub async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.origin));
        request.header(header::COOKIE, &self.cookie).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// A form with what its page gave it.
    pub async fn send(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token(page).await;
        let mut all = vec![("form", token.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }

    pub async fn token(&self, page: &str) -> String {
        let html = self.text(page).await;
        let (_, rest) = html.split_once("name=\"form\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.origin));
        let request = request
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, &self.origin);
        form(request, fields).send().await.unwrap()
    }

    /// Sends a file, and answers where it went.
    pub async fn upload(&self, page: &str, path: &str, file: (&str, &[u8])) -> Response {
        let token = self.token(page).await;
        self.multipart(path, &token, file).await
    }

    async fn multipart(&self, path: &str, token: &str, file: (&str, &[u8])) -> Response {
        self.multipart_as(path, token, "file", file).await
    }

    async fn multipart_as(&self, path: &str, token: &str, field: &str, (name, bytes): (&str, &[u8])) -> Response {
        let line = "a-line-that-is-in-no-file";
        let head = format!(
            "--{line}\r\ncontent-disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n--{line}\r\n\
             content-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: text/plain\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, format!("\r\n--{line}--\r\n").as_bytes()].concat();
        let request = self.client.post(format!("{}{path}", self.origin));
        request
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, &self.origin)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={line}"))
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

/// A form as browsers send it.
fn form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let mut url = reqwest::Url::parse("http://form/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(url.query().unwrap_or_default().to_owned())
}

pub fn location(answer: &Response) -> String {
    let to = answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok());
    to.unwrap_or_default().to_owned()
}

/// Every address of the console, and what whoever asks there gets. A form is sent with a token that is not its page's: whoever may do
/// it hears so (403), whoever may not finds nothing (404), and nothing is changed by asking. `in`: on to signing in; `on`: on to the
/// page after; `own` and such stand for what the test has made.
///
/// What cannot be seen must look like what is not there: so it is 404 for a role that may not, and for another publisher's people.
const GRID: &str = "
                                                       nobody owner editor accountant keeper other
GET  /console                                          in     on    on     on         on     on
GET  /console/sign-in                                  200    200   200    200        200    200
POST /console/sign-in                                  403    403   403    403        403    403
POST /console/sign-in/options                          200    200   200    200        200    200
POST /console/sign-in/passkey                          403    403   403    403        403    403
GET  /console/second                                   in     in    in     in         in     in
POST /console/second                                   in     in    in     in         in     in
POST /console/second/options                           409    409   409    409        409    409
POST /console/second/passkey                           403    403   403    403        403    403
GET  /console/again                                    in     200   200    200        200    200
POST /console/again                                    in     403   403    403        403    403
POST /console/again/options                            in     200   200    200        200    200
POST /console/again/passkey                            in     403   403    403        403    403
POST /console/sign-out                                 403    403   403    403        403    403
GET  /console/invited/{token}                          404    404   404    404        404    404
POST /console/invited/{token}                          403    403   403    403        403    403
POST /console/invited/{token}/join                     in     403   403    403        403    403
POST /console/invited/{token}/options                  404    404   404    404        404    404
POST /console/invited/{token}/passkey                  403    403   403    403        403    403
GET  /console/settings                                 in     200   200    200        200    200
GET  /console/settings/data                            in     200   200    200        200    200
GET  /console/settings/data.json                       in     200   200    200        200    200
POST /console/settings/forget                          in     403   403    403        403    403
POST /console/settings/password                        in     403   403    403        403    403
POST /console/settings/codes                           in     403   403    403        403    403
POST /console/settings/second                          in     403   403    403        403    403
POST /console/settings/everywhere                      in     403   403    403        403    403
POST /console/settings/key/options                     in     403   403    403        403    403
POST /console/settings/key/passkey                     in     403   403    403        403    403
POST /console/settings/key/remove                      in     403   403    403        403    403
GET  /console/shop                                     in     404   404    404        200    404
POST /console/shop/take-in                             in     404   404    404        403    404
POST /console/shop/ask                                 in     404   404    404        403    404
POST /console/shop/admit                               in     404   404    404        403    404
POST /console/shop/turn-away                           in     404   404    404        403    404
POST /console/shop/allow                               in     404   404    404        403    404
POST /console/shop/leave                               in     404   404    404        403    404
GET  /console/script.js                                200    200   200    200        200    200
GET  /console/stories                                  200    200   200    200        200    200
GET  /console/stories/{name}                           200    200   200    200        200    200
GET  /console/{publisher}                              in     200   200    200        404    404
GET  /console/{publisher}/works                        in     200   200    200        404    404
GET  /console/{publisher}/works/{content}              in     200   200    200        404    404
POST /console/{publisher}/works/{content}/withdraw     in     403   403    404        404    404
POST /console/{publisher}/works/{content}/restore      in     403   403    404        404    404
GET  /console/{publisher}/works/{content}/offers/{offer} in   200   200    404        404    404
POST /console/{publisher}/works/{content}/offers/{offer} in   403   403    404        404    404
POST /console/{publisher}/works/{content}/offers/{offer}/stop in 403 403   404        404    404
GET  /console/{publisher}/drafts/{draft}               in     200   200    404        404    404
POST /console/{publisher}/drafts/{draft}               in     403   403    404        404    404
GET  /console/{publisher}/drafts/{draft}/preview       in     200   200    404        404    404
GET  /console/{publisher}/publish                      in     200   200    404        404    404
GET  /console/{publisher}/sales                        in     200   404    200        404    404
GET  /console/{publisher}/payouts                      in     200   404    200        404    404
POST /console/{publisher}/payouts                      in     403   404    403        404    404
GET  /console/{publisher}/media                        in     200   200    200        404    404
POST /console/{publisher}/media                        in     403   403    404        404    404
POST /console/{publisher}/media/order                  in     403   403    404        404    404
GET  /console/{publisher}/media/{no}/order             in     200   200    404        404    404
GET  /console/{publisher}/fares                        in     200   404    200        404    404
GET  /console/{publisher}/rebates                      in     200   404    200        404    404
POST /console/{publisher}/rebates                      in     403   404    403        404    404
GET  /console/{publisher}/vouchers                     in     200   404    200        404    404
POST /console/{publisher}/vouchers                     in     403   404    403        404    404
GET  /console/{publisher}/vouchers/{no}                in     404   404    404        404    404
GET  /console/{publisher}/fares.csv                    in     404   404    404        404    404
GET  /console/{publisher}/fares.json                   in     404   404    404        404    404
GET  /console/{publisher}/people                       in     200   404    404        404    404
POST /console/{publisher}/people/invite                in     403   404    404        403    404
POST /console/{publisher}/people/remove                in     403   404    404        404    404
POST /console/{publisher}/people/withdraw              in     403   404    404        404    404
GET  /console/{publisher}/keys                         in     200   404    404        404    404
POST /console/{publisher}/keys                         in     403   404    404        404    404
POST /console/{publisher}/keys/end                     in     403   404    404        404    404
GET  /console/{publisher}/hooks                        in     200   404    404        404    404
POST /console/{publisher}/hooks                        in     403   404    404        404    404
POST /console/{publisher}/hooks/roll                   in     403   404    404        404    404
POST /console/{publisher}/hooks/test                   in     403   404    404        404    404
POST /console/{publisher}/hooks/remove                 in     403   404    404        404    404
POST /console/{publisher}/drafts                       in     403   403    404        404    404
POST /console/{publisher}/drafts/{draft}/own-preview   in     403   403    404        404    404
GET  /console/{publisher}/sales.csv                    in     200   404    200        404    404
GET  /console/{publisher}/sales.json                   in     200   404    200        404    404
";

/// The addresses that the console's own source registers: method and path.
fn registered() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/shop/console/mod.rs");
    let mut found = BTreeSet::new();
    for rest in source.split(".route(").skip(1) {
        let path = rest.split('"').nth(1).unwrap().to_owned();
        // Up to the end of this call: the next one, or the end of the router.
        let calls = rest.split(".layer(").next().unwrap().split("\n}").next().unwrap();
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            if calls.contains(word) {
                found.insert((method.to_owned(), path.clone()));
            }
        }
    }
    found
}

fn rows() -> Vec<(String, String, Vec<String>)> {
    let lines = GRID.lines().map(str::trim).filter(|line| line.starts_with(['G', 'P']));
    let row = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap(), words.collect())
    };
    lines.map(row).collect()
}

/// proves: row-85 row-97
#[test]
fn no_address_of_the_console_is_missing_from_the_table_of_who_may() {
    let in_table: BTreeSet<_> = rows().into_iter().map(|(method, path, _)| (method, path)).collect();
    assert_eq!(in_table.len(), rows().len(), "an address stands twice");
    assert_eq!(in_table, registered());
    assert!(rows().iter().all(|(.., outcomes)| outcomes.len() == 6));
}

/// proves: row-85 row-93 row-97
#[tokio::test(flavor = "multi_thread")]
async fn every_address_of_the_console_is_tried_as_everybody() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let other = id(&world.maker, Certified::Publisher, "other").to_string();
    let mut work = Work::default();
    work.tenders.push(license::TenderKind::Medium);
    let shown: Shown = publish(&world, &shop, NAME, &work).await;
    let people = [
        Person::nobody(&shop),
        Person::invited(&shop, Some(publisher.clone()), "owner").await,
        Person::invited(&shop, Some(publisher.clone()), "editor").await,
        Person::invited(&shop, Some(publisher.clone()), "accountant").await,
        Person::invited(&shop, None, "operator").await,
        Person::invited(&shop, Some(other), "owner").await,
    ];
    let base = format!("/console/{publisher}");
    let owner = &people[1];
    let text = "The last ferry carried eleven passengers. ".repeat(40);
    let sent = owner
        .upload(
            &format!("{base}/publish"),
            &format!("{base}/drafts"),
            ("ferry.txt", text.as_bytes()),
        )
        .await;
    assert_eq!(sent.status(), 303);
    let draft = location(&sent);
    // Nobody can read files here, so a preview is supplied once that was found out.
    while owner.text(&draft).await.contains("Looking at the file") {
        tokio::task::yield_now().await;
    }
    let own = owner
        .upload(&draft, &format!("{draft}/own-preview"), ("own.txt", b"La la la"))
        .await;
    assert_eq!((own.status().as_u16(), location(&own)), (303, draft.clone()));
    let draft = draft.rsplit('/').next().unwrap();
    let media = order_media(owner, &base, &shown).await;

    let mut wrong = Vec::new();
    for (method, path, expected) in rows() {
        let at = path
            .replace("{publisher}", &publisher)
            .replace("{content}", &shown.content.to_string())
            .replace("{draft}", draft)
            .replace("{no}", &media)
            .replace("{offer}", "new")
            .replace("{token}", "none-of-ours")
            .replace("{name}", "overview");
        for (who, (person, expected)) in people.iter().zip(&expected).enumerate() {
            let answer = ask(person, &method, &at).await;
            let (status, to) = (answer.status().as_u16(), location(&answer));
            let got = match status {
                303 if to.starts_with("/console/sign-in") => "in".to_owned(),
                303 => "on".to_owned(),
                status => status.to_string(),
            };
            if got != *expected {
                wrong.push(format!("{method} {path} as person {who}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What was refused has changed nothing: it is all still there.
    assert_eq!(owner.get(&format!("{base}/drafts/{draft}")).await.status(), 200);
    shop.stop().await;
    world.stop().await;
}

/// proves: ST-3 SD-9 row-93
#[tokio::test(flavor = "multi_thread")]
async fn a_work_on_sale_gets_another_offer_other_terms_and_the_end_of_one() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let work = Work {
        price: 500,
        ..Work::default()
    };
    let shown: Shown = publish(&world, &shop, NAME, &work).await;
    let editor = Person::invited(&shop, Some(publisher.clone()), "editor").await;
    let mut holder = crate::holder::Holder::rich(&world, 2_000).await;
    // A quote of before is paid as it was made, whatever the terms are by then.
    let before = holder.ask(&world, &shop, shown.number, &shown.sheet).await;
    let page = format!("/console/{publisher}/works/{}", shown.content);
    let new = format!("{page}/offers/new");
    let three = [
        ("price", "80"),
        ("plays", "3"),
        ("mode", "copy"),
        ("fare", "20"),
        ("generations", "2"),
    ];
    let bad = editor.send(&new, &new, &[("price", "-5")]).await;
    assert_eq!(bad.status(), 422, "nonsense puts nothing on sale");
    // Pressed twice, it is one offer.
    for _ in 0..2 {
        let sent = editor.send(&new, &new, &three).await;
        assert_eq!(location(&sent), format!("{page}?said=offer-added"));
    }
    let html = editor.text(&page).await;
    for said in ["\u{a5}80", "\u{a5}500", "Plays 3 times", "Plays as often as one likes"] {
        assert!(html.contains(said), "the page says {said}: {html}");
    }
    let works: serde_json::Value = world.get(&shop, "/v1/works").await.json().await.unwrap();
    let offers = works["works"][0]["offers"].as_array().unwrap().clone();
    assert_eq!(offers.len(), 2, "{offers:?}");
    let number = |price: &str| -> units::OfferNo {
        let one = offers.iter().find(|one| one["price"]["minor"] == price).unwrap();
        one["number"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(number("500"), shown.number);
    let sheet = async |number: units::OfferNo| -> license::OfferSheet {
        let bytes = world
            .get(&shop, &format!("/v1/offers/{number}"))
            .await
            .bytes()
            .await
            .unwrap();
        seal::cbor::from_bytes(&bytes).unwrap()
    };
    // The new one is bought with its own terms, and the old one keeps its own: their policies differ.
    let three = number("80");
    let (_, license) = holder
        .buy(&world, &shop, three, &sheet(three).await, &card::Want::default())
        .await;
    let held = holder.card.state().licenses[&license].clone();
    assert_eq!((held.rights.plays, held.fare_copy.minor()), (Some(3), 20));
    let (_, pay) = holder.commit(&before, &card::Want::default());
    let settled = holder.finish(&world, &shop, &pay).await;
    let card::Settled::Given {
        license: Some(first), ..
    } = settled
    else {
        panic!("{settled:?}")
    };
    // Another price for the first: it holds for whoever buys now, under the same number.
    let change = format!("{page}/offers/{}", shown.number);
    let sent = editor.send(&change, &change, &[("price", "450"), ("fare", "30")]).await;
    assert_eq!(location(&sent), format!("{page}?said=offer-changed"));
    let held = holder.card.state().licenses[&first].clone();
    assert_eq!((held.rights.plays, held.fare_copy.minor()), (None, 50), "sold before");
    let (_, later) = holder
        .buy(
            &world,
            &shop,
            shown.number,
            &sheet(shown.number).await,
            &card::Want::default(),
        )
        .await;
    let held = holder.card.state().licenses[&later].clone();
    assert_eq!((held.paid.minor(), held.fare_copy.minor()), (450, 30));
    assert_eq!(holder.purse(), 2_000 - 80 - 500 - 450);
    // One ends, the other goes on; and a withdrawn work comes back without it.
    let stop = format!("{page}/offers/{three}/stop");
    let sent = editor.send(&page, &stop, &[]).await;
    assert_eq!(location(&sent), format!("{page}?said=offer-stopped"));
    for path in ["withdraw", "restore"] {
        editor.send(&page, &format!("{page}/{path}"), &[]).await;
    }
    let html = editor.text(&page).await;
    assert!(html.contains("\u{a5}450") && !html.contains("\u{a5}80"), "{html}");
    assert_eq!(
        html.matches("<th scope=\"row\">").count(),
        1,
        "no offer is a version: {html}"
    );
    shop.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publishers_works_are_listed_page_by_page() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    for number in 1..=25 {
        let work = Work {
            number,
            title: format!("Work {number:02}"),
            content: vec![b'x'; 100],
            ..Work::default()
        };
        publish(&world, &shop, NAME, &work).await;
    }
    let works = format!("/console/{publisher}/works");
    let listed = async |query: &str| {
        let html = owner.text(&format!("{works}{query}")).await;
        let rows = html.matches("<th scope=\"row\">").count();
        (rows, html)
    };
    let (rows, html) = listed("").await;
    assert!(rows == 24 && html.contains("?page=2\""), "{rows}: {html}");
    let (rows, html) = listed("?page=2").await;
    assert!(
        rows == 1 && html.contains("Work 01") && html.contains("?page=1\""),
        "{rows}: {html}"
    );
    assert_eq!(listed("?page=999").await.0, 1, "beyond the last page is the last");
    shop.stop().await;
    world.stop().await;
}

/// proves: row-85 row-98
#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_by_page_with_the_password_then_with_a_recovery_code_as_second_step() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let nobody = Person::nobody(&shop);
    let link = nobody.invitation(Some(publisher.clone()), "owner").await;
    // Whoever is in is led to the publisher he works for, everybody else to the page for signing in.
    let led = async |person: &Person| location(&person.get("/console").await);
    let inside = format!("/console/{publisher}");
    let mio = nobody.take(&link, "Mio Arai").await;
    let sign_in = async |name: &str, password: &str| {
        let mut person = Person::nobody(&shop);
        let form = [("name", name), ("password", password)];
        let answer = person.post("/console/sign-in", &form).await;
        person.keep(&answer);
        (person, answer.status().as_u16(), location(&answer))
    };
    for (name, password) in [("Mio Arai", "a ferry at ten o'clock"), ("Mio Aral", PASSWORD)] {
        let (person, status, _) = sign_in(name, password).await;
        assert_eq!(status, 403, "{name} {password}");
        assert!(led(&person).await.starts_with("/console/sign-in"), "nobody is in");
    }
    let (person, status, to) = sign_in("Mio Arai", PASSWORD).await;
    assert_eq!(status, 303);
    assert!(to.starts_with("/console?failed=1"), "one try failed since: {to}");
    assert_eq!(led(&person).await, inside);
    // From now on a password alone is half the way.
    let page = "/console/settings";
    let shown = mio
        .send(page, "/console/settings/codes", &[])
        .await
        .text()
        .await
        .unwrap();
    let list = shown
        .split("<ul class=\"code\">")
        .nth(1)
        .unwrap()
        .split("</ul>")
        .next()
        .unwrap();
    let codes: Vec<&str> = list
        .split("<li>")
        .skip(1)
        .map(|li| li.split('<').next().unwrap())
        .collect();
    assert_eq!(codes.len(), 10, "{list}");
    let asked = mio.send(page, "/console/settings/second", &[("asked", "yes")]).await;
    assert_eq!(location(&asked), "/console/settings?said=saved");
    let half = async || {
        let (person, status, to) = sign_in("Mio Arai", PASSWORD).await;
        assert_eq!((status, to.as_str()), (303, "/console/second"));
        assert!(!led(&person).await.starts_with(&inside), "half is not in");
        person
    };
    let mut person = half().await;
    let wrong = person
        .send("/console/second", "/console/second", &[("code", "no-code-of-ours")])
        .await;
    assert_eq!(wrong.status(), 403);
    let whole = person
        .send("/console/second", "/console/second", &[("code", codes[0])])
        .await;
    assert_eq!((whole.status().as_u16(), location(&whole).as_str()), (303, "/console"));
    person.keep(&whole);
    assert_eq!(led(&person).await, inside);
    // A code is good once.
    let person = half().await;
    let again = person
        .send("/console/second", "/console/second", &[("code", codes[0])])
        .await;
    assert_eq!(again.status(), 403);
    let next = person
        .send("/console/second", "/console/second", &[("code", codes[1])])
        .await;
    assert_eq!(next.status(), 303);
    shop.stop().await;
    world.stop().await;
}

/// proves: SD-3 row-93
#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_sales_shows_one_buyer_or_one_work_and_so_do_its_files() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let (one, other) = (
        Work::default(),
        Work {
            number: 2,
            title: "Engine Room".to_owned(),
            ..Work::default()
        },
    );
    let (one, other) = (
        publish(&world, &shop, NAME, &one).await,
        publish(&world, &shop, NAME, &other).await,
    );
    let mut aiko = crate::holder::Holder::rich(&world, 1_000).await;
    let mut ren = crate::holder::Holder::rich(&world, 1_000).await;
    let want = card::Want::default();
    aiko.buy(&world, &shop, one.number, &one.sheet, &want).await;
    aiko.buy(&world, &shop, other.number, &other.sheet, &want).await;
    let (deal, _) = ren.buy(&world, &shop, one.number, &one.sheet, &want).await;
    let about: server::shop::AboutPurchase = world
        .get(&shop, &format!("/v1/receipts/{deal}/data"))
        .await
        .json()
        .await
        .unwrap();
    let buyer = about.buyer.unwrap();
    let base = format!("/console/{publisher}");
    let count = async |query: &str| {
        let html = owner.text(&format!("{base}/sales?{query}")).await;
        let csv = owner.text(&format!("{base}/sales.csv?{query}")).await;
        let json: serde_json::Value =
            serde_json::from_str(&owner.text(&format!("{base}/sales.json?{query}")).await).unwrap();
        let rows = html.matches("/receipts/").count();
        assert_eq!(csv.lines().count() - 1, rows, "{query}: {csv}");
        assert_eq!(json.as_array().unwrap().len(), rows, "{query}: {json}");
        rows
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count(&format!("content={}", one.content)).await, 2);
    assert_eq!(count(&format!("buyer={buyer}")).await, 1);
    assert_eq!(count(&format!("buyer={buyer}&content={}", other.content)).await, 0);
    // One step from each row, and back to all.
    let html = owner.text(&format!("{base}/sales")).await;
    assert!(
        html.contains(&format!("&#38;buyer={buyer}\"")) || html.contains(&format!("&amp;buyer={buyer}\"")),
        "{html}"
    );
    let html = owner.text(&format!("{base}/sales?buyer={buyer}")).await;
    assert!(html.contains("Only the buyer") && html.contains("All sales"), "{html}");
    shop.stop().await;
    world.stop().await;
}

/// Orders media on a publisher's page, once however often its form is sent; answers the number of the order. What is no number,
/// or another's offer, orders nothing.
async fn order_media(owner: &Person, base: &str, shown: &Shown) -> String {
    let (page, at) = (format!("{base}/media"), format!("{base}/media/order"));
    let (offer, no) = (shown.number.to_string(), "07".repeat(16));
    let send = async |offer: &str, count: &str| {
        let fields = [("no", no.as_str()), ("offer", offer), ("count", count)];
        owner.send(&page, &at, &fields).await.status().as_u16()
    };
    for (offer, count, status) in [
        (offer.as_str(), "none", 409),
        (&offer, "0", 409),
        (&offer, "10001", 409),
        ("9", "1", 404),
        ("x", "1", 404),
        (&offer, "2", 303),
        (&offer, "2", 303),
    ] {
        assert_eq!(send(offer, count).await, status, "{offer} {count}");
    }
    let html = owner.text(&page).await;
    assert_eq!(
        html.matches(&format!("/media/{no}/order")).count(),
        1,
        "ordered once: {html}"
    );
    // The shop knows exactly the media that the file names, and the file names the package, byte for byte.
    let file = owner
        .get(&format!("{base}/media/{no}/order"))
        .await
        .bytes()
        .await
        .unwrap();
    let order = copying::press::Order::read(&file).unwrap();
    assert_eq!(
        (order.media().len(), order.file()),
        (2, Some(seal::hash(&shown.sealed)))
    );
    assert!(html.contains("<td class=\"n\">2</td><td class=\"n\">0</td>"), "{html}");
    no
}

/// A request as another page would send it: right in every field but the token, and from no origin of ours.
async fn ask(person: &Person, method: &str, at: &str) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = person.client.request(method.clone(), format!("{}{at}", person.origin));
    let request = request.header(header::COOKIE, &person.cookie);
    if method == Method::GET {
        return request.send().await.unwrap();
    }
    let json = at.ends_with("/options") || at.ends_with("/passkey");
    if json {
        return request
            .json(&serde_json::json!({ "name": "somebody", "answer": {} }))
            .send()
            .await
            .unwrap();
    }
    if at.ends_with("/drafts") || at.ends_with("/own-preview") {
        return person.multipart(at, "guessed", ("a.txt", b"text")).await;
    }
    let form = [
        ("form", "guessed"),
        ("role", "owner"),
        ("name", "somebody"),
        ("password", "a ferry at ten"),
    ];
    self::form(request, &form).send().await.unwrap()
}

/// The file of a batch is brought on the publisher's own page: pressed with his keys, for an offer that is sold against media. The
/// same file again changes nothing; what is somebody else's, damaged or for money alone is not taken.
///
/// proves: CM-1 CM-3 row-85
#[tokio::test(flavor = "multi_thread")]
async fn pressed_media_are_brought_to_the_shop_by_page() {
    use copying::batch::{Batch, Content, Pressed, Sender};
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let mut work = Work::default();
    let money: Shown = publish(&world, &shop, NAME, &work).await;
    (work.number, work.title) = (work.number + 1, "Winter Sun".into());
    work.tenders.push(license::TenderKind::Medium);
    let media: Shown = publish(&world, &shop, NAME, &work).await;
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let at = format!("/console/{publisher}/media");

    let (_, sealed_to) = party::keys::public_keys(&world.maker.party_secret(Certified::Seller, NAME));
    let realm = world.maker.realm().id();
    let pressed = |by: &str, of: &Shown, count: u32| {
        let keys = keys(&world.maker, Certified::Publisher, by);
        let keys = party::PartyKeys::load(keys.secret, realm, keys.certificate).unwrap();
        let content = Content {
            title: "Winter Sun".into(),
            content: of.content,
            package: of.package,
            key: vec![3; 32].into(),
            price: units::Money::new(300, units::Currency::JPY).unwrap(),
            numbered: true,
            again: false,
            offer: Some(of.number),
        };
        let batch = Batch::new(count, Pressed::Media(content), &seal::Seed::new([9; 32]));
        let sender = Sender {
            signer: keys.signer(),
            certificate: keys.certificate(),
            realm,
            server: id(&world.maker, Certified::Seller, NAME),
            seal: &sealed_to,
        };
        batch.send(&sender).unwrap()
    };
    let bring = async |file: &[u8]| {
        let token = owner.token(&at).await;
        let answer = owner
            .multipart_as(&at, &token, "question", ("b.keyfare-batch", file))
            .await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let good = pressed("publisher", &media, 5);
    for (file, told) in [
        (&b"nothing"[..], "This is no batch file for this shop"),
        (&good[..good.len() - 1], "This is no batch file for this shop"),
        (&pressed("other", &media, 5), "Another publisher pressed these"),
        (&pressed("publisher", &money, 5), "This offer is not sold against media"),
    ] {
        let (status, page) = bring(file).await;
        assert!(
            (400..500).contains(&status) && page.contains(told),
            "{status} {told}: {page}"
        );
    }
    for _ in 0..2 {
        let (status, page) = bring(&good).await;
        assert!(
            status == 200 && page.contains("5 media pay for offer"),
            "{status}: {page}"
        );
        assert!(page.contains("<td class=\"n\">5</td><td class=\"n\">0</td>"), "{page}");
    }
    shop.stop().await;
    world.stop().await;
}

/// proves: row-84 row-85 row-97
#[tokio::test(flavor = "multi_thread")]
async fn a_marketplace_takes_publishers_in_by_page() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let keeper = Person::invited(&shop, None, "operator").await;
    let own = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&shop, Some(own), "owner").await;

    // A name is all it takes where the registry takes people at their word.
    let none = keeper
        .send("/console/shop", "/console/shop/take-in", &[("name", "  ")])
        .await;
    assert_eq!(none.status(), 422);
    let taken = keeper
        .send("/console/shop", "/console/shop/take-in", &[("name", "Salt <Press>")])
        .await;
    let to = location(&taken);
    assert!(to.contains("said=done"), "{to}");
    let page = keeper.text(&to).await;
    assert!(page.contains("Salt &#60;Press&#62; publishes here now"), "{page}");
    let salt = to.split("publisher=").nth(1).unwrap();
    // Whoever takes publishers in sees nothing of theirs.
    assert_eq!(keeper.get(&format!("/console/{salt}/sales")).await.status(), 404);

    // Its owner is somebody who works for another publisher already.
    let invited = keeper
        .send(
            "/console/shop",
            &format!("/console/{salt}/people/invite"),
            &[("role", "owner")],
        )
        .await;
    assert_eq!(invited.status(), 200);
    let page = invited.text().await.unwrap();
    let link = page
        .split("<p class=\"code\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let link = owner.path(link);
    assert!(owner.text(&link).await.contains("You are signed in as"), "{link}");
    let joined = owner.send(&link, &format!("{link}/join"), &[]).await;
    assert_eq!(
        (joined.status().as_u16(), location(&joined)),
        (303, format!("/console/{salt}"))
    );
    assert!(
        owner
            .text(&format!("/console/{salt}"))
            .await
            .contains("Your keys are kept by this shop")
    );
    assert_eq!(owner.get(&link).await.status(), 404, "the link works once");
    let choice = owner.text("/console").await;
    assert!(choice.contains("publisher") && choice.contains("Salt &#60;Press&#62;"));
    // But nobody else invites over it, and over a publisher that is not here nobody invites at all.
    let stranger = id(&world.maker, Certified::Publisher, "other").to_string();
    let asked = keeper
        .send(
            "/console/shop",
            &format!("/console/{stranger}/people/invite"),
            &[("role", "owner")],
        )
        .await;
    assert_eq!(asked.status(), 404);

    // One who has keys of its own shows its certificate; a shop's is none of a publisher.
    let certificate = |role, name: &str| data_encoding::BASE64.encode(&keys(&world.maker, role, name).certificate);
    let admit = async |text: &str| {
        keeper
            .send("/console/shop", "/console/shop/admit", &[("certificate", text)])
            .await
    };
    for no in ["", "%%%", "AAAA", &certificate(Certified::Seller, NAME)] {
        assert_eq!(admit(no).await.status(), 422, "{no}");
    }
    let there = admit(&certificate(Certified::Publisher, "other")).await;
    assert!(location(&there).ends_with(&stranger), "{}", location(&there));
    assert!(keeper.text("/console/shop").await.contains("Signs on its own machine"));
    shop.stop().await;
    world.stop().await;
}

/// proves: row-93 row-100
#[tokio::test(flavor = "multi_thread")]
async fn a_page_names_its_script_by_hash_and_runs_no_other() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let person = Person::nobody(&shop);
    for page in [
        "/console/sign-in",
        "/ja/console/stories/draft",
        "/console/stories/invited",
    ] {
        let html = person.text(page).await;
        let tags: Vec<&str> = html
            .split("<script ")
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .collect();
        assert_eq!(tags.len(), 1, "{page}: one script, and none within the page");
        let part = |name: &str| {
            tags[0]
                .split(name)
                .nth(1)
                .unwrap()
                .split('"')
                .nth(1)
                .unwrap()
                .to_owned()
        };
        let served = person.get(&part("src=")).await.bytes().await.unwrap();
        let digest = data_encoding::BASE64.encode(&seal::hash(&served).0);
        assert_eq!(
            part("integrity=").replace("&#43;", "+").replace("&#61;", "="),
            format!("sha256-{digest}"),
            "{page}"
        );
        let rules = person.get(page).await.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            rules.contains(&format!("script-src 'sha256-{digest}';")) && !rules.contains("unsafe"),
            "{rules}"
        );
    }
    // What people buy from has none at all.
    for page in ["/", "/help", "/refunds", "/data", "/publishers"] {
        assert!(!person.text(page).await.contains("<script"), "{page}");
    }
    shop.stop().await;
    world.stop().await;
}

/// proves: row-98
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_told_and_deleted_but_a_publisher_keeps_an_owner() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let told: serde_json::Value = serde_json::from_str(&owner.text("/console/settings/data.json").await).unwrap();
    assert!(told["name"].as_str().unwrap().starts_with("owner"), "{told}");
    assert_eq!(
        (told["roles"].as_array().unwrap().len(), &told["roles"][0]["role"]),
        (1, &"owner".into())
    );
    assert_eq!(
        (&told["password"], told["sessions"].as_array().unwrap().len()),
        (&true.into(), 1)
    );
    let data = "/console/settings/data";
    let last = owner.send(data, "/console/settings/forget", &[]).await;
    assert_eq!(last.status(), 409);
    assert!(last.text().await.unwrap().contains("You are the last owner of"));
    let second = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let gone = owner.send(data, "/console/settings/forget", &[]).await;
    assert_eq!(location(&gone), "/console/sign-in?said=gone");
    assert_eq!(
        owner.get(&format!("/console/{publisher}")).await.status(),
        303,
        "the session went too"
    );
    let people = second.text(&format!("/console/{publisher}/people")).await;
    assert!(!people.contains(told["name"].as_str().unwrap()), "the name is nowhere");
    shop.stop().await;
    world.stop().await;
}

/// What nobody publishes and whoever has no role any more goes when its time is over, files and all; what is published and
/// whoever works here stays. The sweep runs as the shop starts, for what ended while it stood still.
///
/// proves: row-98
#[tokio::test(flavor = "multi_thread")]
async fn drafts_and_accounts_whose_time_is_over_are_swept() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let editor = Person::invited(&shop, Some(publisher.clone()), "editor").await;
    let base = format!("/console/{publisher}");
    let sent = owner
        .upload(
            &format!("{base}/publish"),
            &format!("{base}/drafts"),
            ("song.txt", b"la la la"),
        )
        .await;
    let draft = location(&sent);
    while owner.text(&draft).await.contains("Looking at the file") {
        tokio::task::yield_now().await;
    }
    // Taken off by the owner: the editor has an account and no role.
    let people = owner.text(&format!("{base}/people")).await;
    let (_, account) = people.split_once("name=\"account\" value=\"").unwrap();
    let account = account.split('"').next().unwrap();
    let fields = [("account", account), ("role", "editor")];
    let taken = owner
        .send(&format!("{base}/people"), &format!("{base}/people/remove"), &fields)
        .await;
    assert_eq!(taken.status(), 303);
    assert_eq!(editor.get(&base).await.status(), 404, "no role any more");
    assert_eq!(
        editor.get("/console/settings").await.status(),
        200,
        "the account is still there"
    );
    shop.stop().await;

    // Started the next day by somebody who keeps neither for a day.
    let shop = shop_that(&world, |it| (it.keeping.drafts_days, it.keeping.people_days) = (0, 0)).await;
    let moved = |person: Person| Person {
        origin: shop.address.clone(),
        ..person
    };
    let (owner, editor) = (moved(owner), moved(editor));
    while owner.get(&draft).await.status() != 404 {
        tokio::task::yield_now().await;
    }
    let no = draft.rsplit('/').next().unwrap().to_owned();
    while files(world.dir.path()).iter().any(|file| file.contains(&no)) {
        tokio::task::yield_now().await;
    }
    while editor.get("/console/settings").await.status() == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(owner.get(&base).await.status(), 200, "whoever works here stays");
    shop.stop().await;
    world.stop().await;
}

/// Every path below a directory.
fn files(dir: &std::path::Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        all.push(entry.path().display().to_string());
        if entry.path().is_dir() {
            all.extend(files(&entry.path()));
        }
    }
    all
}

/// A field that a page hides in its form.
fn hidden(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The form of vouchers: nonsense is said by its field and makes nothing, what would be made is shown before it is, the same form
/// again makes no more, and the sheet can be printed again by whoever may make them.
///
/// proves: ST-26 row-8
#[tokio::test(flavor = "multi_thread")]
async fn vouchers_are_made_by_a_form_that_says_first_what_they_come_to() {
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let shown = publish(&world, &shop, NAME, &Work::default()).await;
    let owner = Person::invited(&shop, Some(publisher.clone()), "owner").await;
    let page = format!("/console/{publisher}/vouchers");
    let html = owner.text(&page).await;
    assert!(html.contains("None yet."), "{html}");
    let (no, number) = (hidden(&html, "no"), shown.number.to_string());
    let filled = |changes: &[(&'static str, &'static str)]| -> Vec<(&str, String)> {
        let mut all = vec![
            ("no", no.clone()),
            ("kind", "coupon".to_owned()),
            ("offer", number.clone()),
            ("off", "amount".to_owned()),
            ("worth", "30".to_owned()),
            ("count", "3".to_owned()),
            ("days", "90".to_owned()),
            ("label", "Spring <b>sale</b>".to_owned()),
        ];
        for (name, value) in changes {
            all.retain(|(one, _)| one != name);
            all.push((name, (*value).to_owned()));
        }
        all
    };
    let send = async |changes: &[(&'static str, &'static str)]| -> String {
        let fields = filled(changes);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        owner.send(&page, &page, &fields).await.text().await.unwrap()
    };
    for (name, value, says) in [
        ("kind", "refund", "Choose what they are."),
        ("offer", "999999", "Choose one of your own offers."),
        ("worth", "a lot", "Say in whole units what each is worth."),
        ("count", "0", "1 to 1000 codes are made at once."),
        ("count", "1001", "1 to 1000 codes are made at once."),
        ("days", "4000", "at most 3650"),
        ("label", "", "Give them a name of 1 to 60 characters."),
    ] {
        let html = send(&[(name, value), ("sure", "1")]).await;
        assert!(html.contains(says), "{name}={value}: {html}");
    }
    let html = send(&[("off", "percent"), ("worth", "101")]).await;
    assert!(html.contains("at most the whole price"), "{html}");
    // First what it comes to; nothing is made by looking.
    let html = send(&[]).await;
    assert!(
        html.contains("Make these?") && html.contains("\u{a5}90") && html.contains("None yet."),
        "{html}"
    );
    assert_eq!(hidden(&html, "no"), no, "the same form");
    let codes = |html: &str| -> Vec<String> {
        let words = html.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let is_code = |word: &&str| word.len() == 19 && word.split('-').filter(|four| four.len() == 4).count() == 4;
        let found: BTreeSet<String> = words.filter(is_code).map(str::to_owned).collect();
        found.into_iter().collect()
    };
    let sheet = send(&[("sure", "1")]).await;
    let made = codes(&sheet);
    assert_eq!(made.len(), 3, "{sheet}");
    assert!(!sheet.contains("<b>sale"), "a name stays a name: {sheet}");
    assert_eq!(
        codes(&send(&[("sure", "1")]).await),
        made,
        "pressed twice, these are all"
    );
    let html = owner.text(&page).await;
    assert!(
        html.contains("<td class=\"n\">3</td>") && html.contains("\u{a5}90") && !html.contains("None yet."),
        "{html}"
    );
    assert!(codes(&html).is_empty(), "codes stand on the sheet alone");
    assert_eq!(codes(&owner.text(&format!("{page}/{no}")).await), made);
    // Who sells and does not work with the money neither makes them nor sees a sheet.
    let editor = Person::invited(&shop, Some(publisher.clone()), "editor").await;
    assert_eq!(editor.get(&format!("{page}/{no}")).await.status(), 404);
    shop.stop().await;
    world.stop().await;
}

/// A publisher lets an offer be paid first and got later: the shop's page says so, a buyer does it, and what is left out of the form
/// again is no way to pay any more.
///
/// proves: ST-9
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_may_be_paid_first_and_got_with_the_receipt_where_its_publisher_chose_so() {
    use license::TenderKind;
    let world = World::start().await;
    let shop = shop(&world).await;
    let publisher = id(&world.maker, Certified::Publisher, "publisher").to_string();
    let work = Work {
        tenders: vec![TenderKind::Slip, TenderKind::Value],
        ..Work::default()
    };
    let shown = publish(&world, &shop, NAME, &work).await;
    let editor = Person::invited(&shop, Some(publisher.clone()), "editor").await;
    let page = format!("/console/{publisher}/works/{}", shown.content);
    let change = format!("{page}/offers/{}", shown.number);
    let way = "The receipt of an earlier payment";
    let window = async || -> (String, license::OfferSheet) {
        let html = world.get(&shop, &format!("/en/works/{}", shown.content)).await;
        let sheet = world.get(&shop, &format!("/v1/offers/{}", shown.number)).await;
        (
            html.text().await.unwrap(),
            seal::cbor::from_bytes(&sheet.bytes().await.unwrap()).unwrap(),
        )
    };
    assert!(!window().await.0.contains(way));
    let form = editor.text(&change).await;
    assert!(form.contains("name=\"receipts\" value=\"yes\">"), "{form}");
    let sent = editor
        .send(&change, &change, &[("price", "100"), ("receipts", "yes")])
        .await;
    assert_eq!(location(&sent), format!("{page}?said=offer-changed"));
    let (html, sheet) = window().await;
    assert!(html.contains(way), "{html}");
    let form = editor.text(&change).await;
    assert!(form.contains("name=\"receipts\" value=\"yes\" checked"), "{form}");
    // Paid first: a receipt comes, and gets the license, once.
    let mut holder = crate::holder::Holder::rich(&world, 100).await;
    let asked = holder.card.ask_pay_only(shown.number, &crate::holder::seed()).unwrap();
    let checked = holder.quote(&world, &shop, &asked, Some(&sheet)).await;
    let (_, pay) = holder.commit(&checked, &card::Want::default());
    holder.finish(&world, &shop, &pay).await;
    let values = holder.card.state().values.clone();
    let (receipt, _) = values.iter().find(|(v, _)| v.kind == deal::ValueKind::Receipt).unwrap();
    assert_eq!((holder.purse(), holder.card.state().licenses.len()), (0, 0));
    let want = card::Want {
        values: vec![(receipt.maker, receipt.id)],
        ..card::Want::default()
    };
    holder.buy(&world, &shop, shown.number, &sheet, &want).await;
    assert_eq!(holder.card.state().licenses.len(), 1);
    // Left out again.
    editor.send(&change, &change, &[("price", "100")]).await;
    assert!(!window().await.0.contains(way));
    shop.stop().await;
    world.stop().await;
}
