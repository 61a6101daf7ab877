//! The console over HTTP: who may do what, in one table with every address of it; a publisher taken in by page; a person's account told
//! and deleted.

use std::collections::BTreeSet;

use reqwest::{Client, Method, Response, header, redirect::Policy};
use seal::Role as Certified;
use server::{
    config::{Role, Selling},
    running::{Running, start},
    shop::Invited,
};

use crate::{
    publisher::{Shown, Work, publish},
    world::{OPERATOR, World, config, id, keys},
};

const NAME: &str = "shop";

/// A shop that keeps the keys of the test's publisher.
async fn shop(world: &World) -> Running {
    let mut shop = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, NAME);
    shop.selling = Selling {
        issuer: Some(world.issuer.id),
        ..Selling::default()
    };
    shop.console.cheap_passwords = true;
    shop.console.publishers = vec![keys(&world.maker, Certified::Publisher, "publisher")];
    let mut shop = start(shop).await.unwrap();
    shop.ready().await;
    shop
}

/// Somebody with a browser.
struct Person {
    client: Client,
    origin: String,
    cookie: String,
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
    async fn invited(shop: &Running, publisher: Option<String>, role: &str) -> Self {
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
        let form = [("name", name), ("password", "a ferry at nine o'clock")];
        let answer = self.post(link, &form).await;
        assert_eq!(answer.status(), 303, "{link}");
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        self.cookie = set
            .filter_map(|v| v.to_str().ok()?.split(';').next().map(str::to_owned))
            .collect::<Vec<_>>()
            .join("; ");
        self
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.origin));
        request.header(header::COOKIE, &self.cookie).send().await.unwrap()
    }

    async fn text(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// A form with what its page gave it.
    async fn send(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token(page).await;
        let mut all = vec![("form", token.as_str())];
        all.extend(fields);
        self.post(path, &all).await
    }

    async fn token(&self, page: &str) -> String {
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
    async fn upload(&self, page: &str, path: &str, file: (&str, &[u8])) -> Response {
        let token = self.token(page).await;
        self.multipart(path, &token, file).await
    }

    async fn multipart(&self, path: &str, token: &str, (name, bytes): (&str, &[u8])) -> Response {
        let line = "a-line-that-is-in-no-file";
        let head = format!(
            "--{line}\r\ncontent-disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n--{line}\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/plain\r\n\r\n"
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

fn location(answer: &Response) -> String {
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
GET  /console/{publisher}/drafts/{draft}               in     200   200    404        404    404
POST /console/{publisher}/drafts/{draft}               in     403   403    404        404    404
GET  /console/{publisher}/drafts/{draft}/preview       in     200   200    404        404    404
GET  /console/{publisher}/publish                      in     200   200    404        404    404
GET  /console/{publisher}/sales                        in     200   404    200        404    404
GET  /console/{publisher}/payouts                      in     200   404    200        404    404
POST /console/{publisher}/payouts                      in     403   404    403        404    404
GET  /console/{publisher}/people                       in     200   404    404        404    404
POST /console/{publisher}/people/invite                in     403   404    404        403    404
POST /console/{publisher}/people/remove                in     403   404    404        404    404
POST /console/{publisher}/people/withdraw              in     403   404    404        404    404
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
    let shown: Shown = publish(&world, &shop, NAME, &Work::default()).await;
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

    let mut wrong = Vec::new();
    for (method, path, expected) in rows() {
        let at = path
            .replace("{publisher}", &publisher)
            .replace("{content}", &shown.content.to_string())
            .replace("{draft}", draft)
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
            rules.contains("script-src 'self'") && !rules.contains("unsafe"),
            "{rules}"
        );
    }
    // What people buy from has none at all.
    for page in ["/", "/help", "/refunds", "/stores", "/data", "/publishers"] {
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
