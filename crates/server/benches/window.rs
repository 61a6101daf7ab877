//! A shop's pages with many works beside one: how long the server takes, and how many bytes travel. Fails when a page takes
//! longer than 100 ms or is larger than 100 KB with everything that it needs to be drawn: sheet, mark, script and pictures. Left
//! out are pictures that a browser fetches only when somebody scrolls to them (`loading="lazy"`), and what is played.
//!
//! `cargo bench -p keyfare-server --bench window [-- WORKS]`
#![allow(clippy::unwrap_used)] // a bench that cannot start says why and stops

#[path = "../tests/http/holder.rs"]
#[allow(dead_code)]
mod holder;
#[path = "../tests/http/publisher.rs"]
#[allow(dead_code)]
mod publisher;
#[path = "../tests/http/world.rs"]
#[allow(dead_code)]
mod world;

use std::time::{Duration, Instant};

use party::{
    desk::Desk,
    shop::{PublishRefused, Shop, ShopConfig},
};
use publisher::{Shown, Work, make, shop};
use seal::{Role as Certified, Seed};
use server::running::Running;
use world::{World, now};

/// What a page may take at the server, and what may travel for it.
const TIME_MAX: Duration = Duration::from_millis(100);
const BYTES_MAX: usize = 100_000;
const ROUNDS: usize = 60;
/// Works in one commit.
const AT_ONCE: u64 = 250;

#[tokio::main]
async fn main() {
    let many = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(10_000);
    let mut failed = false;
    for works in [1, many] {
        let world = World::start().await;
        let shop = shop(&world, "shop", None).await;
        let began = Instant::now();
        let last = fill(&world, &shop, works);
        println!("{works} works, published in {:.1} s", began.elapsed().as_secs_f64());
        failed |= measure(&world, &shop, &last, works).await;
        shop.stop().await;
        world.stop().await;
    }
    if failed {
        println!("window: FAILED: over {TIME_MAX:?} or {BYTES_MAX} bytes");
        std::process::exit(1);
    }
}

/// Publishes them into the shop's own store, as its HTTP surface would, many in one commit.
fn fill(world: &World, running: &Running, works: u64) -> Shown {
    let keys = world.maker.party(Certified::Seller, "shop").unwrap();
    let desk = Desk::new(world.realm.clone(), &world.maker.certifiers()).unwrap();
    let currency = desk.currency();
    let shop = std::sync::Arc::new(Shop::new(keys, desk, ShopConfig::new(world.issuer.id, currency)));
    let mut last = None;
    for first in (1..=works).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let numbers = first..works.saturating_add(1).min(first + AT_ONCE);
        let made: Vec<Shown> = numbers.map(|number| make(world, "shop", &a_work(number))).collect();
        let rows: Vec<_> = made.iter().map(|it| (it.bundle.clone(), it.header.clone())).collect();
        let shop = shop.clone();
        let written: Result<(), PublishRefused> = running.store().write(move |tx| {
            for (at, (bundle, header)) in rows.iter().enumerate() {
                let seed = Seed::new([u8::try_from(at).unwrap(); 32]);
                shop.publish(tx, bundle, now(), &seed)?;
                shop.package_arrived(tx, header)?;
            }
            Ok(())
        });
        written.unwrap();
        last = made.into_iter().last();
    }
    last.unwrap()
}

fn a_work(number: u64) -> Work {
    const WORDS: [&str; 8] = ["Night", "Harbour", "Salt", "Lantern", "Kite", "Moss", "Stair", "Winter"];
    let word = |at: u64| WORDS[usize::try_from(at % 8).unwrap()];
    Work {
        number,
        title: format!("{} {} {number}", word(number), word(number / 8)),
        content: vec![b'x'; 100],
        preview: ("text/plain".to_owned(), vec![b'a'; 2_000]),
        ..Work::default()
    }
}

/// Measures each page; true when one is too slow or too large.
async fn measure(world: &World, shop: &Running, last: &Shown, works: u64) -> bool {
    let sheet = world.get(shop, face::SHEET_AT).await.bytes().await.unwrap().len();
    let mark = world.get(shop, face::MARK_AT).await.bytes().await.unwrap().len();
    let paths = [
        ("front, the first time", "/".to_owned(), 1),
        ("front", "/".to_owned(), ROUNDS),
        ("front, Japanese", "/ja/".to_owned(), ROUNDS),
        ("last page", format!("/?page={}", works.div_ceil(24)), ROUNDS),
        ("kind", "/?kind=text&page=2".to_owned(), ROUNDS),
        ("found", "/?q=lantern+salt".to_owned(), ROUNDS),
        ("not found, meant", "/?q=lnatern+hrabour".to_owned(), ROUNDS),
        ("publishers", "/publishers".to_owned(), ROUNDS),
        ("work", format!("/works/{}", last.content), ROUNDS),
        ("API, 200 works", "/v1/works?size=200".to_owned(), 20),
    ];
    println!(
        "{:24} {:>9} {:>9} {:>9} {:>10}",
        "page", "median", "p95", "bytes", "with sheet"
    );
    let mut failed = false;
    for (name, path, rounds) in paths {
        let (mut times, mut bytes, mut last_page) = (Vec::new(), 0, bytes::Bytes::new());
        for _ in 0..rounds {
            let began = Instant::now();
            let answer = world.get(shop, &path).await;
            assert!(
                answer.status().is_success() || answer.status() == 404,
                "{path}: {}",
                answer.status()
            );
            last_page = answer.bytes().await.unwrap();
            bytes = last_page.len();
            times.push(began.elapsed());
        }
        let beside = drawn_with(world, shop, &String::from_utf8_lossy(&last_page)).await;
        times.sort();
        let (median, slow) = (times[rounds / 2], times[rounds * 95 / 100]);
        let is_page = !path.starts_with("/v1/");
        let whole = if is_page { bytes + sheet + mark + beside } else { bytes };
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        println!("{name:24} {:>9} {:>9} {bytes:>9} {whole:>10}", ms(median), ms(slow));
        failed |= median > TIME_MAX || (is_page && whole > BYTES_MAX);
    }
    failed
}

/// Bytes of the pictures and scripts that a page names and that are fetched before anybody scrolls.
async fn drawn_with(world: &World, shop: &Running, html: &str) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    for tag in html
        .split('<')
        .filter(|tag| tag.starts_with("img ") || tag.starts_with("script "))
    {
        let tag = tag.split('>').next().unwrap_or_default();
        let source = tag.split("src=\"").nth(1).and_then(|rest| rest.split('"').next());
        if !tag.contains("loading=\"lazy\"") {
            seen.extend(source.map(str::to_owned));
        }
    }
    let mut bytes = 0;
    for path in seen {
        let answer = world.get(shop, &path).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        bytes += answer.bytes().await.unwrap().len();
    }
    bytes
}
