//! Purchases by approval over HTTP: what two sellers can join, what strangers and the entitled hear, and how somebody signs in.

use std::collections::BTreeSet;

use deal::approval::{Approval, NotPermitted, Redeem, RedeemOutcome, RedeemWord, Redeemed};
use reqwest::StatusCode;
use seal::{Audience, Kind, Role as Certified};
use serde_json::json;
use server::config::Role;
use store::sqlite::{Opening, Sqlite};
use units::{ApprovalId, DealId};

use crate::{
    approving::{Approving, Person, Seller, between},
    holder::{Holder, seed},
    world::{OPERATOR, World, code_of},
};

const PRICE: i64 = 1_200;

/// Runs of eight bytes in what a seller got: what passed its wires, without the second of the day, and what it wrote down.
type Runs = BTreeSet<[u8; 8]>;

fn runs(bytes: &[u8], into: &mut Runs) {
    into.extend(bytes.windows(8).map(|w| <[u8; 8]>::try_from(w).unwrap()));
}

fn halves(run: &[u8; 8]) -> [[u8; 4]; 2] {
    let [a, b, c, d, e, f, g, h] = *run;
    [[a, b, c, d], [e, f, g, h]]
}

/// Lines of HTTP that say when it is are left out: when a purchase was made, both sides of it know.
fn without_dates(wire: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(wire.len());
    for line in wire.split_inclusive(|b| *b == b'\n') {
        if !line.to_ascii_lowercase().starts_with(b"date: ") {
            out.extend_from_slice(line);
        }
    }
    out
}

/// The directory and the clock's tick: the registry tells every party the same, when its time to ask has come and not when
/// somebody buys. Two sellers who happen to ask during purchases of one person share nothing of that person's.
fn is_news(table: &str) -> bool {
    table.starts_with("desk_")
}

/// Every row in a seller's store, but what the registry tells everybody.
fn rows(world: &World, name: &str, role: Role) -> BTreeSet<(String, Vec<u8>, Vec<u8>)> {
    let from = world.dir.path().join(name).join(server::running::STORE_FILE);
    let copy = world
        .dir
        .path()
        .join(format!("{name}-{}.copy", ApprovalId(seed().id("copy"))));
    store::sqlite::backup(&from, &copy).unwrap();
    let opening = Opening {
        role: role.word().to_owned(),
        realm: world.realm.id(),
        new_id: [1; 16],
    };
    let parts = server::running::parts_of(role);
    let store = Sqlite::open(&copy, &opening, &parts).unwrap().store();
    let tables: Vec<_> = parts.iter().flat_map(|part| part.tables()).collect();
    store
        .read(|view| {
            let mut all = BTreeSet::new();
            for table in tables.iter().filter(|table| !is_news(&format!("{table:?}"))) {
                for (key, value) in view.scan(*table, &store::Range::all(), false, usize::MAX)? {
                    all.insert((format!("{table:?}"), key, value));
                }
            }
            Ok::<_, store::Fault>(all)
        })
        .unwrap()
}

struct Town {
    world: World,
    town: Approving,
}

impl Town {
    async fn start() -> Self {
        let world = World::start().await;
        let town = Approving::start(&world, PRICE).await;
        Self { world, town }
    }

    /// All that a seller and whoever settles for it got by one purchase, and how long each new row is.
    async fn purchase(&self, holder: &mut Holder, person: &Person, seller: usize) -> (Runs, Vec<(String, usize)>) {
        let one: &Seller = &self.town.sellers[seller];
        let stores = || {
            let mut all = rows(&self.world, one.name, Role::Shop);
            if seller == 0 {
                all.extend(rows(&self.world, "settlement", Role::Settlement));
            }
            all
        };
        let before = stores();
        let (own, peers) = (one.tap.heard.take(), self.town.tap.heard.take());
        drop((own, peers));
        self.town.buy(&self.world, holder, person, one).await;
        // Until it has been charged: that the seller hears too.
        while !self.charged(person).await {}
        let mut after = stores();
        while after.iter().any(|(table, ..)| table == "errands") {
            after = stores();
        }
        let mut found = Runs::new();
        for wire in [one.tap.heard.take(), self.town.tap.heard.take()] {
            runs(&without_dates(&wire), &mut found);
        }
        let mut sizes = Vec::new();
        for (table, key, value) in after.difference(&before) {
            runs(key, &mut found);
            runs(value, &mut found);
            // What is written of a sale: not accounts that a first one opens, nor what time brings.
            let of_a_sale = ["decided", "settlements", "shop_", "books_postings"];
            if of_a_sale.iter().any(|start| table.starts_with(start)) && table != "shop_carries" {
                sizes.push((table.clone(), value.len()));
            }
        }
        sizes.sort();
        (found, sizes)
    }

    /// Is nothing of this person's under way at the approver any more?
    async fn charged(&self, person: &Person) -> bool {
        let page = self.town.page("/en/", &person.cookie).await;
        between(&page, "Reserved</dt>", "</dd>").contains("¥0")
    }

    async fn stop(self) {
        self.town.stop().await;
        self.world.stop().await;
    }
}

/// proves: PA-5 PA-6 PA-7 PA-11 row-67
#[tokio::test(flavor = "multi_thread")]
async fn sellers_who_join_wires_headers_and_rows_cannot_tell_that_a_buyer_is_one() {
    let town = Town::start().await;
    let aiko = town.town.person("aiko@example.jp", "a ferry at nine", 90_000).await;
    let ben = town.town.person("ben@example.jp", "another ferry", 90_000).await;
    let (mut hers, mut his) = (Holder::born(&town.world).await, Holder::born(&town.world).await);
    let a0 = town.purchase(&mut hers, &aiko, 0).await;
    let b1 = town.purchase(&mut his, &ben, 1).await;
    let a1 = town.purchase(&mut hers, &aiko, 1).await;
    let b0 = town.purchase(&mut his, &ben, 0).await;
    for (who, one, two, others) in [("aiko", &a0, &a1, [&b0, &b1]), ("ben", &b0, &b1, [&a0, &a1])] {
        assert!(
            one.0.len() > 3_000 && two.0.len() > 3_000,
            "a purchase leaves something"
        );
        // A byte of chance beside what everybody's has is no link: both halves are nobody else's.
        let theirs: BTreeSet<[u8; 4]> = others
            .iter()
            .flat_map(|other| other.0.iter())
            .flat_map(halves)
            .collect();
        let links: Vec<_> = one
            .0
            .intersection(&two.0)
            .filter(|run| halves(run).iter().all(|half| !theirs.contains(half)))
            .collect();
        assert!(
            links.is_empty(),
            "what two purchases of {who} share, and nobody else's: {links:02x?}"
        );
    }
    // As many rows of the same sizes, whoever buys.
    assert_eq!(a0.1, b0.1);
    assert_eq!(a1.1, b1.1);
    // And nobody's name or number is anywhere at a seller's.
    let stores = ["lantern", "harbour", "settlement"].map(|name| {
        let file = town.world.dir.path().join(name).join(server::running::STORE_FILE);
        std::fs::read(file).unwrap()
    });
    let user = |person: &Person| person.user.to_string();
    let (u1, u2) = (user(&aiko), user(&ben));
    for secret in [aiko.name, ben.name, aiko.password, &aiko.file, &ben.file, &u1, &u2] {
        let found = |bytes: &Vec<u8>| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!stores.iter().any(found), "{secret}");
    }
    for raw in [aiko.user.0, ben.user.0] {
        assert!(!stores.iter().any(|bytes| bytes.windows(16).any(|w| w == raw)));
    }
    town.stop().await;
}

/// What `by` hears who asks permission for this.
async fn heard(town: &Town, by: (Certified, &str), said: &Approval) -> (StatusCode, NotPermitted, usize) {
    let keys = town.world.maker.party(by.0, by.1).unwrap();
    let redeem = Redeem {
        word: RedeemWord::Permit,
        approval: said.id,
        deal: DealId([9; 32]),
        quote: said.quote,
        amount: said.amount,
        seller: said.seller,
        tag: said.tag,
        by: keys.id(),
        certificate: keys.certificate().to_vec().into(),
    };
    let realm = town.world.realm.id();
    let to = Audience::from(town.town.approver.id);
    let body = seal::sign(keys.signer(), Kind::Redeem, realm, to, &redeem);
    let answer = town.world.post(&town.town.approver, "redeem", body).await;
    let status = answer.status();
    let bytes = answer.bytes().await.unwrap();
    let told = seal::parse::<Redeemed>(&bytes, Kind::Redeemed, realm)
        .unwrap()
        .claims()
        .clone();
    match told.outcome {
        RedeemOutcome::Refused(why) => (status, why, bytes.len()),
        other => panic!("{other:?}"),
    }
}

/// proves: PA-6 PA-9 row-62
#[tokio::test(flavor = "multi_thread")]
async fn used_foreign_altered_and_guessed_have_their_codes_and_strangers_hear_one() {
    let town = Town::start().await;
    let aiko = town.town.person("aiko@example.jp", "a ferry at nine", 90_000).await;
    let mut holder = Holder::born(&town.world).await;
    let seller = &town.town.sellers[1];
    let pay = town.town.ready_to_pay(&town.world, &mut holder, &aiko, seller).await;
    let said = town.town.approval_in(&town.world, seller.name, &pay);
    let own = (Certified::Seller, "harbour");
    let strangers = [(Certified::Seller, "lantern"), (Certified::Settler, "settlement")];
    let with = |change: fn(&mut Approval)| {
        let mut other = said.clone();
        change(&mut other);
        other
    };
    let guessed = with(|a| a.id = ApprovalId([1; 16]));
    let altered = with(|a| a.amount = crate::holder::yen(PRICE + 1));
    // Open: another seller hears of it what it hears of a number that never was, in as many bytes.
    let mut told = BTreeSet::new();
    for stranger in strangers {
        for about in [&said, &guessed, &altered] {
            told.insert((stranger.1, heard(&town, stranger, about).await));
        }
    }
    assert_eq!(heard(&town, own, &altered).await.1, NotPermitted::Differs);
    assert_eq!(heard(&town, own, &guessed).await.1, NotPermitted::Unknown);
    let settled = holder.finish(&town.world, &seller.running, &pay).await;
    assert!(matches!(settled, card::Settled::Given { .. }), "{settled:?}");
    // Used: the entitled one hears so, and strangers hear what they always hear.
    assert_eq!(heard(&town, own, &said).await.1, NotPermitted::Used);
    assert_eq!(heard(&town, own, &altered).await.1, NotPermitted::Differs);
    for stranger in strangers {
        told.insert((stranger.1, heard(&town, stranger, &said).await));
    }
    // Taken back by its user.
    let pay = town.town.ready_to_pay(&town.world, &mut holder, &aiko, seller).await;
    let open = town.town.approval_in(&town.world, seller.name, &pay);
    let account = town.town.page("/en/", &aiko.cookie).await;
    let form = between(&account, "name=\"form\" value=\"", "\"");
    let id = open.id.to_string();
    let taken = town
        .town
        .form("/cancel", &aiko.cookie, &[("form", form), ("approval", &id)])
        .await;
    assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    assert_eq!(heard(&town, own, &open).await.1, NotPermitted::Cancelled);
    for stranger in strangers {
        told.insert((stranger.1, heard(&town, stranger, &open).await));
    }
    assert!(
        told.iter()
            .all(|(_, (status, why, _))| (*status, *why) == (StatusCode::OK, NotPermitted::Unknown))
    );
    // One answer to each, of one length: nothing tells an approval of somebody else's from none.
    assert_eq!(told.len(), strangers.len(), "{told:?}");
    // The payment that had it ends without a license and without a charge.
    let settled = holder.finish(&town.world, &seller.running, &pay).await;
    assert!(matches!(settled, card::Settled::Void { .. }), "{settled:?}");
    // One of the two was charged, as soon as its seller has said so.
    while !between(&town.town.page("/en/", &aiko.cookie).await, "Owed</dt>", "</dd>").contains("¥1,200") {}
    // Its time is over: an hour later, by the approver's clock, which alone decides.
    let third = town.town.ready_to_pay(&town.world, &mut holder, &aiko, seller).await;
    let late = town.town.approval_in(&town.world, seller.name, &third);
    town.town
        .ahead
        .store(units::Span::minutes(60).0, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(heard(&town, own, &late).await.1, NotPermitted::Expired);
    for stranger in strangers {
        told.insert((stranger.1, heard(&town, stranger, &late).await));
    }
    assert_eq!(told.len(), strangers.len(), "{told:?}");
    let settled = holder.finish(&town.world, &seller.running, &third).await;
    assert!(matches!(settled, card::Settled::Void { .. }), "{settled:?}");
    town.stop().await;
}

/// proves: PA-3 row-66
#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_wrong_look_alike_guessing_is_slowed_and_told_and_nobody_is_kept_out() {
    let town = Town::start().await;
    let aiko = town.town.person("aiko@example.jp", "a ferry at nine", 90_000).await;
    let mut told = BTreeSet::new();
    for name in ["aiko@example.jp", "nobody@example.jp", ""] {
        let no = town.town.sign_in(name, "not the password").await;
        assert_eq!(no.status(), StatusCode::FORBIDDEN);
        assert!(no.headers().get("set-cookie").is_none());
        let mut fields: Vec<_> = no.headers().keys().map(|k| k.to_string()).collect();
        fields.sort();
        told.insert((fields, no.text().await.unwrap()));
    }
    assert_eq!(told.len(), 1, "one page for all of them");
    // After some, the next is heard later, known name or not.
    let mut slowed = 0;
    for name in ["aiko@example.jp", "nobody@example.jp"] {
        for _ in 0..6 {
            let status = town.town.sign_in(name, "not the password").await.status();
            slowed += usize::from(status == StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert!(slowed >= 2, "{slowed}");
    // A browser that was let in before does not wait for strangers' tries, and hears of them.
    let known = aiko
        .cookie
        .split("; ")
        .find(|c| c.starts_with("keyfare_approver_known"))
        .unwrap();
    let right = [("name", aiko.name), ("password", aiko.password)];
    let entered = town.town.form("/sign-in", known, &right).await;
    assert_eq!(entered.status(), StatusCode::SEE_OTHER);
    let to = entered.headers()["location"].to_str().unwrap().to_owned();
    assert!(to.starts_with("/?failed="), "{to}");
    let page = town
        .town
        .page(&format!("/en{to}"), &crate::approving::cookies(&entered))
        .await;
    assert!(page.contains("tries with your name failed since you were last here."));
    town.stop().await;
}

/// proves: PA-3
#[tokio::test(flavor = "multi_thread")]
async fn a_second_step_is_asked_of_whoever_wants_it_and_half_way_in_is_not_in() {
    let town = Town::start().await;
    let aiko = town.town.person("aiko@example.jp", "a ferry at nine", 90_000).await;
    let you = town.town.page("/en/you", &aiko.cookie).await;
    let form = between(&you, "name=\"form\" value=\"", "\"").to_owned();
    let codes = town
        .town
        .form("/en/you/codes", &aiko.cookie, &[("form", &form)])
        .await
        .text()
        .await
        .unwrap();
    let code = between(&codes, "<ul class=\"code\"><li>", "</li>").to_owned();
    let set = town
        .town
        .form("/you/second", &aiko.cookie, &[("form", &form), ("asked", "yes")])
        .await;
    assert_eq!(set.headers()["location"], "/you?said=saved");
    let half = town.town.sign_in(aiko.name, aiko.password).await;
    assert_eq!(half.headers()["location"], "/second");
    let half = crate::approving::cookies(&half);
    // Half way in sees nothing and says yes to nothing.
    let request = |path: &str| {
        town.town
            .browser
            .get(format!("http://{}{path}", town.town.approver.addr))
    };
    for path in ["/", "/you"] {
        let answer = request(path).header("cookie", &half).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
    }
    let page = town.town.page("/en/second", &half).await;
    let form = between(&page, "name=\"form\" value=\"", "\"").to_owned();
    let wrong = town
        .town
        .form("/second", &half, &[("form", &form), ("code", "aaaa-bbbb")])
        .await;
    assert_eq!(wrong.status(), StatusCode::FORBIDDEN);
    let whole = town
        .town
        .form("/second", &half, &[("form", &form), ("code", &code)])
        .await;
    assert_eq!(whole.status(), StatusCode::SEE_OTHER);
    let whole = crate::approving::cookies(&whole);
    assert!(town.town.page("/en/", &whole).await.contains("Your approvals"));
    // The code is good once.
    let again = town.town.sign_in(aiko.name, aiko.password).await;
    let half = crate::approving::cookies(&again);
    let page = town.town.page("/en/second", &half).await;
    let form = between(&page, "name=\"form\" value=\"", "\"").to_owned();
    let used = town
        .town
        .form("/second", &half, &[("form", &form), ("code", &code)])
        .await;
    assert_eq!(used.status(), StatusCode::FORBIDDEN);
    town.stop().await;
}

/// proves: row-95
#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_at_the_approver_does_what_his_role_is_for() {
    let town = Town::start().await;
    let aiko = town.town.person("aiko@example.jp", "a ferry at nine", 90_000).await;
    // A user sees no console, and a stranger is asked for the operator's token.
    let desk = |cookie: String| {
        let request = town
            .town
            .browser
            .get(format!("http://{}/en/desk", town.town.approver.addr));
        async move { request.header("cookie", cookie).send().await.unwrap() }
    };
    assert_eq!(code_of(desk(aiko.cookie.clone()).await).await, "not-found");
    assert_eq!(desk(String::new()).await.status(), StatusCode::UNAUTHORIZED);
    for (role, limits) in [("auditor", false), ("clerk", true), ("judge", false)] {
        let new = json!({ "name": role, "password": "a word for it", "role": role });
        town.town.operate("/v1/staff", &new).await;
        let entered = town.town.sign_in(role, "a word for it").await;
        let cookie = crate::approving::cookies(&entered);
        let page = desk(cookie.clone()).await.text().await.unwrap();
        assert_eq!(page.contains("/desk/limit\""), limits, "{role}");
        assert!(!page.contains(aiko.name), "no names");
        let form = between(&page, "name=\"form\" value=\"", "\"");
        let form = if form.len() > 40 { "" } else { form };
        let user = aiko.user.to_string();
        let set = [("form", form), ("user", user.as_str()), ("limit", "50000")];
        let done = town.town.form("/desk/limit", &cookie, &set).await;
        let expected = if limits {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(done.status(), expected, "{role}");
        // Only a judge is heard about charges and silent sellers; here there is neither.
        for (door, nothing_there) in [
            ("/desk/dispute", StatusCode::NOT_FOUND),
            ("/desk/silent", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let nothing = units::ApprovalId([9; 16]).to_string();
            let asked = [("form", form), ("approval", nothing.as_str()), ("outcome", "own")];
            let no = town.town.form(door, &cookie, &asked).await;
            let expected = if role == "judge" {
                nothing_there
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(no.status(), expected, "{role} at {door}");
        }
        // Another page's form does nothing.
        let foreign = [("form", "x"), ("user", user.as_str()), ("limit", "1")];
        let no = town.town.form("/desk/limit", &cookie, &foreign).await;
        assert_eq!(code_of(no).await, "form-foreign");
    }
    town.stop().await;
}

/// With what a seller's newest sale was paid, as its receipt says.
async fn paid_with(town: &Town, seller: &Seller) -> String {
    let at = |path: &str| town.world.client.get(format!("http://{}{path}", seller.running.addr));
    let sales = at("/v1/sales").bearer_auth(OPERATOR).send().await.unwrap();
    let sales: serde_json::Value = sales.json().await.unwrap();
    let deal = sales["sales"][0]["deal"].as_str().unwrap();
    let receipt = at(&format!("/v1/receipts/{deal}")).send().await.unwrap();
    let receipt: serde_json::Value = receipt.json().await.unwrap();
    receipt["paid_with"].as_str().unwrap().to_owned()
}

/// The value of a form's hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    between(page, &format!("name=\"{name}\" value=\""), "\"")
}

/// proves: PA-7 PA-10 SD-3 row-95
#[tokio::test(flavor = "multi_thread")]
async fn bills_and_sellers_are_paid_once_and_a_user_takes_his_data_along_and_goes() {
    let town = Town::start().await;
    let aiko = town.town.person("aiko@example.jp", "a ferry at nine", 90_000).await;
    let mut holder = Holder::born(&town.world).await;
    let seller = &town.town.sellers[1];
    town.town.buy(&town.world, &mut holder, &aiko, seller).await;
    let paid = paid_with(&town, seller).await;
    assert!(paid.contains("by approval") && !paid.contains("free"), "{paid}");
    while !between(&town.town.page("/en/", &aiko.cookie).await, "Owed</dt>", "</dd>").contains("¥1,200") {}
    let ask = |method: reqwest::Method, path: String, body: Option<serde_json::Value>, key: &'static str| {
        let url = format!("http://{}{path}", town.town.approver.addr);
        let request = town
            .town
            .browser
            .request(method, url)
            .bearer_auth(crate::world::OPERATOR);
        let request = request.header("idempotency-key", key);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        async move { request.send().await.unwrap() }
    };
    let yen = |minor: &str| json!({ "amount": { "minor": minor, "currency": "JPY" } });
    let (get, post) = (reqwest::Method::GET, reqwest::Method::POST);

    // What a seller is owed: the price less a fiftieth. Without a bank nothing is paid out, and nothing changes.
    let owed: serde_json::Value = ask(get.clone(), "/v1/sellers".into(), None, "-")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(owed["sellers"][0]["owed"]["minor"], "1176", "{owed}");
    let party = owed["sellers"][0]["party"].as_str().unwrap().to_owned();
    let out = ask(
        post.clone(),
        format!("/v1/sellers/{party}/payouts"),
        Some(yen("1176")),
        "0123456789abcdef",
    )
    .await;
    assert_eq!(code_of(out).await, "approver-without-bank");

    // Nobody goes who owes something.
    let data = town.town.page("/en/you/data", &aiko.cookie).await;
    assert!(data.contains(aiko.name), "{data}");
    let form = hidden(&data, "form").to_owned();
    let no = town.town.form("/en/you/forget", &aiko.cookie, &[("form", &form)]).await;
    assert_eq!(no.status(), StatusCode::CONFLICT);
    assert!(no.text().await.unwrap().contains("Pay the bill first"));

    // A bill is paid once, however often it is said; and the same words for another amount are refused.
    let bills = format!("/v1/users/{}/bills", aiko.user);
    for _ in 0..2 {
        let paid: serde_json::Value = ask(post.clone(), bills.clone(), Some(yen("1200")), "fedcba9876543210")
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(paid["owed"]["minor"], "0", "{paid}");
    }
    let other = ask(post.clone(), bills.clone(), Some(yen("1")), "fedcba9876543210").await;
    assert_eq!(code_of(other).await, "request-other-content");
    let more = ask(post.clone(), bills, Some(yen("1")), "another-bill-0001").await;
    assert_eq!(code_of(more).await, "bill-not-owed");
    let stranger = town
        .town
        .browser
        .get(format!("http://{}/v1/sellers", town.town.approver.addr));
    assert_eq!(stranger.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);

    // Everything that is stored, as a file; for its owner alone.
    let file = town.town.page("/you/data.json", &aiko.cookie).await;
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(file["name"], aiko.name);
    assert_eq!(file["approvals"][0]["state"], "charged", "{file}");
    assert_eq!(file["approvals"][0]["amount"]["minor"], "1200");
    assert!(!town.town.page("/you/data.json", "").await.contains(aiko.name));

    // Gone: the name leads to nobody, and the books have their sale.
    let gone = town.town.form("/en/you/forget", &aiko.cookie, &[("form", &form)]).await;
    assert_eq!(gone.headers()["location"], "/en/sign-in?said=gone");
    let again = town.town.sign_in(aiko.name, aiko.password).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    let left: serde_json::Value = ask(get, "/v1/users".into(), None, "-").await.json().await.unwrap();
    assert_eq!(left["users"].as_array().map(Vec::len), Some(0), "{left}");
    let live = |bytes: &[u8]| bytes.windows(aiko.name.len()).any(|w| w == aiko.name.as_bytes());
    let kept = rows(&town.world, "approver", Role::Approver);
    assert!(
        !kept.iter().any(|(_, key, value)| live(key) || live(value)),
        "a row has the name"
    );
    assert!(
        kept.iter().any(|(table, ..)| table == "approver_issued"),
        "the sale is there"
    );
    town.stop().await;
}
