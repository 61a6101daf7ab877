//! Sales per second over HTTP, each durable at the shop and at the issuer before it is answered, beside the bound that the
//! cryptography of a sale sets on this machine: the same signatures and seals, done in a loop on one core in the same run,
//! times the cores.
//!
//! Sales per second depend on what else the machine does. The processor time of a sale does not, nor does the part of it
//! that is cryptography: that part is what the rate comes to, of the bound, where nothing else runs and no core waits.
//!
//! Receipts are the same with money now and the license later (pay-only): durable likewise, beside their own bound.
//!
//! `cargo bench -p keyfare-server --bench sales [-- [receipts] SALES]`
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

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use card::Want;
use futures::{StreamExt, stream};
use holder::{Holder, send};
use publisher::{Shown, Work, publish, shop};
use seal::{Audience, Kind, Opener, Secret, Seed, Signer};
use server::running::Running;
use units::RealmId;
use world::World;

/// Open deals a card may have.
const OPEN: usize = 16;
/// Requests under way at once.
const AT_ONCE: usize = 64;
const PRICE: i64 = 10;

/// Seconds one of each takes on one core.
#[derive(Debug, Clone, Copy)]
struct Costs {
    sign: f64,
    verify: f64,
    seal: f64,
    open: f64,
}

/// How many of each a sale contains, counted in the code of `party` and `card`.
#[derive(Debug, Clone, Copy)]
struct Counts {
    sign: u32,
    verify: u32,
    seal: u32,
    open: u32,
}

/// Shop: open the pay; verify tag's certificate, pay and slip; sign its quote again; make the slip's seal again; sign the
/// present; verify the issuer's answer; sign link and settle; seal key and settle. Issuer: verify present and slip; open the
/// slip; sign the answer. Certificates of parties are checked once per directory.
const SERVERS: Counts = Counts {
    sign: 5,
    verify: 6,
    seal: 3,
    open: 2,
};
/// Shop, besides: sign and seal the quote; open and verify the done. Card: open the quote; verify seller's and publisher's
/// certificates, quote, offer, policy; sign slip and pay; seal both; open the settle and the key; verify its certificate, the
/// settle, both certificates, offer, policy and link of the license; sign and seal the done.
const LIVE: Counts = Counts {
    sign: 9,
    verify: 19,
    seal: 7,
    open: 6,
};

/// As `SERVERS`, without link and key: the receipt is signed in place of the link, and no key is sealed.
const RECEIPTS: Counts = Counts {
    sign: 5,
    verify: 6,
    seal: 2,
    open: 2,
};

impl Counts {
    fn seconds(self, costs: Costs) -> f64 {
        f64::from(self.sign) * costs.sign
            + f64::from(self.verify) * costs.verify
            + f64::from(self.seal) * costs.seal
            + f64::from(self.open) * costs.open
    }
}

fn main() {
    let sales: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(800);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let costs = costs();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let only_receipts = std::env::args().any(|a| a == "receipts");
    let runs = runtime.block_on(run(sales, only_receipts));
    println!(
        "one core: sign {:.1} us, verify {:.1} us, seal {:.1} us, open {:.1} us; {cores} cores",
        costs.sign * 1e6,
        costs.verify * 1e6,
        costs.seal * 1e6,
        costs.open * 1e6
    );
    println!("| what | sales | sales/s | bound, sales/s | reached | processor per sale | of it cryptography |");
    println!("|---|---|---|---|---|---|---|");
    for (what, took, counts) in runs {
        let rate = sales as f64 / took.wall.as_secs_f64();
        let bound = cores as f64 / counts.seconds(costs);
        let used = took.processor / sales as f64;
        println!(
            "| {what} | {sales} | {rate:.0} | {bound:.0} | {:.0} % | {:.2} ms | {:.0} % |",
            100.0 * rate / bound,
            used * 1e3,
            100.0 * counts.seconds(costs) / used,
        );
    }
}

/// Processor seconds this process has used, where the system tells: unlike sales per second they do not depend on what else
/// the machine does.
fn processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: Vec<f64> = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse().ok())
        .collect();
    Some(ticks.iter().sum::<f64>() / 100.0)
}

/// Wall and processor time of a run.
#[derive(Debug, Clone, Copy)]
struct Took {
    wall: Duration,
    processor: f64,
}

struct Watch(Instant, Option<f64>);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor())
    }
    fn stop(self) -> Took {
        let processor = processor().zip(self.1).map_or(f64::NAN, |(now, then)| now - then);
        Took {
            wall: self.0.elapsed(),
            processor,
        }
    }
}

/// Processor seconds of one `work`.
fn each(mut work: impl FnMut()) -> f64 {
    for _ in 0..50 {
        work();
    }
    let (watch, mut count) = (Watch::start(), 0_u32);
    while watch.0.elapsed() < Duration::from_millis(600) {
        work();
        count += 1;
    }
    let took = watch.stop();
    let seconds = if took.processor.is_finite() {
        took.processor
    } else {
        took.wall.as_secs_f64()
    };
    seconds / f64::from(count)
}

fn costs() -> Costs {
    let (signer, opener) = (Signer::new(&Secret::new([1; 32])), Opener::new(&Secret::new([2; 32])));
    let (realm, key, to) = (RealmId([3; 16]), signer.verify_key(), opener.seal_to());
    // As long as a settle.
    let body = minicbor::bytes::ByteVec::from(vec![7_u8; 400]);
    let signed = seal::sign(&signer, Kind::Record, realm, Audience::Anyone, &body);
    let mut n = 0_u64;
    let mut seed = move || {
        n += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        Seed::new(bytes)
    };
    let sealed = seal::seal_to(&to, "bench", b"", &signed, &seed()).unwrap();
    Costs {
        sign: each(|| {
            drop(black_box(seal::sign(
                &signer,
                Kind::Record,
                realm,
                Audience::Anyone,
                &body,
            )))
        }),
        verify: each(|| {
            let parsed = seal::parse::<minicbor::bytes::ByteVec>(&signed, Kind::Record, realm).unwrap();
            black_box(parsed.verify(&key, Audience::Anyone).unwrap());
        }),
        seal: each(|| drop(black_box(seal::seal_to(&to, "bench", b"", &signed, &seed()).unwrap()))),
        open: each(|| drop(black_box(seal::open_from(&opener, "bench", b"", &sealed).unwrap()))),
    }
}

async fn run(sales: usize, only_receipts: bool) -> Vec<(&'static str, Took, Counts)> {
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    // A card has one open deal per offer.
    let mut shown = Vec::new();
    for number in 1..=OPEN as u64 {
        let work = Work {
            number,
            price: PRICE,
            ..Work::default()
        };
        shown.push(publish(&world, &shop, "shop", &work).await);
    }
    let town = Arc::new((world, shop, shown));
    let receipts = made_beforehand(&town, sales, true).await;
    let mut runs = vec![("receipts, cards' messages made beforehand", receipts, RECEIPTS)];
    if !only_receipts {
        let ready = made_beforehand(&town, sales, false).await;
        runs.push(("cards' messages made beforehand", ready, SERVERS));
        runs.push(("live: ask, quote, pay, settle, done", live(&town, sales).await, LIVE));
    }
    let Some((world, shop, _)) = Arc::into_inner(town) else {
        unreachable!("every buyer has gone")
    };
    shop.stop().await;
    world.stop().await;
    runs
}

type Town = Arc<(World, Running, Vec<Shown>)>;

/// Runs `work` on every thing, at most `at_once` at a time, on all cores.
async fn all<T, R, F>(things: impl IntoIterator<Item = T>, at_once: usize, work: impl Fn(T) -> F) -> Vec<R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let each = stream::iter(things).map(|thing| tokio::spawn(work(thing)));
    each.buffer_unordered(at_once).map(Result::unwrap).collect().await
}

async fn cards(town: &Town, count: usize) -> Vec<Holder> {
    let rich = |_| {
        let town = town.clone();
        async move { Holder::rich(&town.0, PRICE * OPEN as i64).await }
    };
    all(0..count, 16, rich).await
}

async fn made_beforehand(town: &Town, sales: usize, is_receipt: bool) -> Took {
    let holders = cards(town, sales.div_ceil(OPEN)).await;
    let make = |mut holder: Holder| {
        let town = town.clone();
        async move {
            let (world, shop, shown) = &*town;
            let mut pays = Vec::new();
            for one in shown {
                let checked = if is_receipt {
                    let asked = holder.card.ask_pay_only(one.number, &holder::seed()).unwrap();
                    holder.quote(world, shop, &asked, Some(&one.sheet)).await
                } else {
                    holder.ask(world, shop, one.number, &one.sheet).await
                };
                pays.push(holder.commit(&checked, &Want::default()).1);
            }
            pays
        }
    };
    let pays: Vec<Vec<u8>> = all(holders, 8, make).await.concat();
    let watch = Watch::start();
    let sent = all(pays.into_iter().take(sales), AT_ONCE, |pay| {
        let town = town.clone();
        async move { send(&town.0, &town.1, "pay", &pay).await }
    });
    assert_eq!(sent.await.len(), sales);
    watch.stop()
}

async fn live(town: &Town, sales: usize) -> Took {
    let holders = cards(town, sales.div_ceil(OPEN)).await;
    let watch = Watch::start();
    let bought = all(holders, AT_ONCE, |mut holder| {
        let town = town.clone();
        async move {
            let (world, shop, shown) = &*town;
            for one in shown {
                holder.buy(world, shop, one.number, &one.sheet, &Want::default()).await;
            }
        }
    });
    bought.await;
    watch.stop()
}
