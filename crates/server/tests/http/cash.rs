//! Cash over HTTP: what is brought to the bank for a party's account, and a centre's console of what it took.

use reqwest::Response;
use seal::Role as Certified;
use server::{
    config::{Helping, Role},
    running::{STORE_FILE, start},
    support::Said,
};
use store::sqlite::{Opening, Sqlite};
use units::PartyId;

use crate::world::{OPERATOR, World, code_of, config};

async fn deposit(world: &World, key: &str, party: PartyId, minor: &str) -> Response {
    let body = format!(r#"{{"party":"{party}","amount":{{"minor":"{minor}","currency":"JPY"}}}}"#);
    let request = world.client.post(format!("{}/v1/deposits", world.bank.address));
    let request = request
        .header("idempotency-key", key)
        .header("content-type", "application/json");
    request.body(body).send().await.unwrap()
}

// proves: row-53
#[tokio::test(flavor = "multi_thread")]
async fn cash_is_deposited_once_for_its_key_and_only_to_an_account_there_is() {
    let world = World::start().await;
    let issuer = world.issuer.id;
    let key = "0123456789abcdef";
    for _ in 0..3 {
        assert_eq!(deposit(&world, key, issuer, "500").await.status(), 200);
    }
    let other = deposit(&world, key, issuer, "501").await;
    assert_eq!(code_of(other).await, "idempotency-key-other-body");
    let nobody = deposit(&world, "0123456789abcdeX", PartyId([9; 16]), "500").await;
    assert_eq!(code_of(nobody).await, "deposit-no-account");
    let nothing = deposit(&world, "0123456789abcdeY", issuer, "0").await;
    assert_eq!(code_of(nothing).await, "deposit-amount");
    assert_eq!(deposit(&world, "0123456789abcdeZ", issuer, "7").await.status(), 200);

    let file = world.dir.path().join("bank").join(STORE_FILE);
    let World {
        bank,
        issuer: other,
        registry,
        realm,
        dir,
        ..
    } = world;
    for party in [other, bank, registry] {
        party.stop().await;
    }
    let opening = Opening {
        role: "bank".into(),
        realm: realm.id(),
        new_id: [1; 16],
    };
    let store = Sqlite::open(&file, &opening, &server::running::parts_of(Role::Bank))
        .unwrap()
        .store();
    let sheet = store.read(party::books::sheet).unwrap();
    let line = |name: &str| sheet.iter().find(|(line, _)| line.starts_with(name)).map(|(_, n)| *n);
    assert_eq!(
        (line("deposit of party"), line("cash")),
        (Some(507), Some(507)),
        "{sheet:?}"
    );
    assert_eq!(store.read(party::books::audit).unwrap(), Vec::<String>::new());
    drop(dir);
}

// proves: SD-29
#[tokio::test(flavor = "multi_thread")]
async fn a_centres_console_of_cash_is_its_operators_and_sends_nothing_that_was_not_taken() {
    let world = World::start().await;
    let mut centre = config(
        &world.maker,
        world.dir.path(),
        Role::Support,
        Certified::Support,
        "centre",
    );
    centre.helping = Some(Helping {
        issuer: world.issuer.id,
        bank: world.bank.id,
        publishers: vec![PartyId([3; 16])],
        unlock_secrets: Vec::new(),
    });
    let mut centre = start(centre).await.unwrap();
    centre.ready().await;
    assert_eq!(world.get(&centre, "/v1/cash").await.status(), 401);
    let send = |token: &'static str| {
        let request = world.client.post(format!("{}/v1/cash/send", centre.address));
        let request = request.bearer_auth(token).header("content-type", "application/json");
        let deal = units::DealId([7; 32]);
        request.body(format!(r#"{{"deal":"{deal}"}}"#)).send()
    };
    assert_eq!(code_of(send("somebody").await.unwrap()).await, "operator-only");
    assert_eq!(code_of(send(OPERATOR).await.unwrap()).await, "cash-not-taken");
    let get = |path: &str| {
        let request = world.client.get(format!("{}{path}", centre.address));
        request.bearer_auth(OPERATOR).send()
    };
    let said: Said = get("/v1/cash").await.unwrap().json().await.unwrap();
    assert!(said.waiting.is_empty() && said.unpassed.is_empty());
    let page = get("/unlocked").await.unwrap();
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    assert!(
        html.contains("Nobody is waiting.") && !html.contains("has not reached"),
        "{html}"
    );
    // The form is taken from this console's own page alone.
    let form = |origin: &str| {
        let request = world.client.post(format!("{}/unlocked/send", centre.address));
        let request = request.basic_auth("anybody", Some(OPERATOR)).header("origin", origin);
        let kind = "application/x-www-form-urlencoded";
        let request = request.header("content-type", kind);
        request.body(format!("deal={}", units::DealId([7; 32]))).send()
    };
    assert_eq!(form("https://elsewhere.example").await.unwrap().status(), 403);
    let own = form(&centre.address).await.unwrap();
    assert_eq!(code_of(own).await, "cash-not-taken");
    centre.stop().await;
    world.stop().await;
}
