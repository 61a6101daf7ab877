//! Charges per second over HTTP, each decided, billed and owed durably before it is answered, beside the bound that their
//! cryptography sets on this machine: the same seals and signatures in a loop on one core in the same run, times the cores.
//! The cards' messages are made beforehand: the carrier's work is measured.
//!
//! `cargo bench -p keyfare-server --bench charges [-- CHARGES]`
#![allow(clippy::unwrap_used)] // a bench that cannot start says why and stops

#[path = "../tests/http/world.rs"]
#[allow(dead_code)]
mod world;

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use deal::charge::{Charge, charge_id, say_charge};
use futures::{StreamExt, stream};
use party::realm::{Certifier, Subject};
use seal::{Class, Opener, Role as Certified, Secret, Seed, Signer};
use serde_json::json;
use server::{
    config::Role,
    running::{Running, start},
};
use units::{Currency, DealId, Money, OfferNo, Span, Tag};
use world::{OPERATOR, World, config, id, now};

/// Requests under way at once.
const AT_ONCE: usize = 64;
/// Subscribers: one person's charges touch one row of the meters.
const PEOPLE: usize = 32;

/// What a carrier does for one charge, counted in the code: opens it; checks the card's certificate, the charge and the subscriber's
/// proof; signs the answer and seals it.
const OPENS: f64 = 1.0;
const CHECKS: f64 = 3.0;
const SIGNS: f64 = 1.0;
const SEALS: f64 = 1.0;

fn main() {
    let count: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(1000);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (sign, verify, seal, open) = costs();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let took = runtime.block_on(run(count));
    let bound = cores as f64 / (SIGNS * sign + CHECKS * verify + SEALS * seal + OPENS * open);
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "one core: sign {:.1} us, verify {:.1} us, seal {:.1} us, open {:.1} us; {cores} cores",
        sign * 1e6,
        verify * 1e6,
        seal * 1e6,
        open * 1e6
    );
    println!("| charges | per s | bound, per s | reached |\n|---|---|---|---|");
    println!("| {count} | {rate:.0} | {bound:.0} | {:.0} % |", 100.0 * rate / bound);
}

/// Seconds of one `work` on one core.
fn each(mut work: impl FnMut()) -> f64 {
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_millis(400) {
        work();
        count += 1;
    }
    begun.elapsed().as_secs_f64() / f64::from(count)
}

fn costs() -> (f64, f64, f64, f64) {
    let (signer, opener) = (Signer::new(&Secret::new([1; 32])), Opener::new(&Secret::new([2; 32])));
    let (key, to, seed) = (signer.verify_key(), opener.seal_to(), Seed::new([4; 32]));
    let words = vec![7_u8; 400];
    let signature = signer.sign_raw(&words);
    let sealed = seal::seal_to(&to, "bench", b"", &words, &seed).unwrap();
    (
        each(|| _ = black_box(signer.sign_raw(&words))),
        each(|| assert!(key.verifies(&words, &signature))),
        each(|| drop(black_box(seal::seal_to(&to, "bench", b"", &words, &seed).unwrap()))),
        each(|| drop(black_box(seal::open_from(&opener, "bench", b"", &sealed).unwrap()))),
    )
}

async fn operate(world: &World, carrier: &Running, path: &str, n: usize, body: serde_json::Value) {
    let request = world
        .client
        .post(format!("{}{path}", carrier.address))
        .bearer_auth(OPERATOR);
    let request = request.header("idempotency-key", format!("a-key-of-the-bench-{n}"));
    let answer = request.json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

async fn run(count: usize) -> Duration {
    let world = World::start().await;
    let mut carrier = start(config(
        &world.maker,
        world.dir.path(),
        Role::Carrier,
        Certified::Carrier,
        "carrier",
    ))
    .await
    .unwrap();
    carrier.ready().await;
    let yen = |n: i64| json!({ "minor": n.to_string(), "currency": "JPY" });
    let plan = json!({ "id": "plain", "name": "Plain", "basic": yen(0), "call_unit": 30, "call_price": yen(10),
        "packet_unit": 1000, "packet_price": yen(10) });
    operate(&world, &carrier, "/v1/plans", 0, plan).await;
    let seller = id(&world.maker, Certified::Seller, "harbour");
    let listing = json!({ "party": seller.to_string(), "name": "harbour", "trusted": true });
    operate(&world, &carrier, "/v1/enterprises", 0, listing).await;
    let person = |n: usize| Signer::new(&Secret::new([9; 32]).derive("person", &[&n.to_be_bytes()]));
    for n in 0..PEOPLE {
        let key: String = person(n)
            .verify_key()
            .0
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let new = json!({ "name": "P", "address": ["A"], "number": format!("+8190{n:08}"), "plan": "plain", "wallet_key": key,
            "content_limit": yen(1_000_000_000) });
        operate(&world, &carrier, "/v1/subscribers", n, new).await;
    }
    let realm = world.realm.id();
    let certifier = Certifier::new(&world.maker.card_certifier(), realm);
    let to = world
        .maker
        .party(Certified::Carrier, "carrier")
        .unwrap()
        .opener()
        .seal_to();
    let made: Vec<Vec<u8>> = (0..count)
        .map(|n| {
            let mut tag = [0; 16];
            tag[..8].copy_from_slice(&n.to_be_bytes());
            let secret = Secret::new([5; 32]).derive("tag", &[&tag]);
            let (signer, opener) = (
                Signer::new(&secret.derive("t", &[])),
                Opener::new(&secret.derive("o", &[])),
            );
            let subject = Subject {
                id: tag,
                role: Certified::Transfer,
                sign: signer.verify_key(),
                seal: opener.seal_to(),
                class: Class::Software,
                name: String::new(),
            };
            let certificate = certifier.certify(&subject, now().less(Span::days(1)), now().plus(Span::days(14)), 1);
            let charge = Charge {
                charge: charge_id(Tag(tag)),
                deal: DealId([1; 32]),
                payer: carrier.id,
                seller,
                offer: OfferNo(7),
                amount: Money::new(10, Currency::JPY).unwrap(),
                at: now(),
            };
            let seed = Seed::new(*secret.derive("seed", &[]).expose());
            say_charge(&charge, realm, (&signer, &certificate), &person(n % PEOPLE), &to, &seed).unwrap()
        })
        .collect();
    let shared = Arc::new((world, carrier));
    let begun = Instant::now();
    let asked = stream::iter(made).map(|body| {
        let shared = shared.clone();
        tokio::spawn(async move {
            let answer = shared.0.post(&shared.1, "charge", body).await;
            assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        })
    });
    asked
        .buffer_unordered(AT_ONCE)
        .for_each(|done| async { done.unwrap() })
        .await;
    let took = begun.elapsed();
    let (world, carrier) = Arc::into_inner(shared).unwrap();
    carrier.stop().await;
    world.stop().await;
    took
}
