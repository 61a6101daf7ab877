//! What one transfer costs: the CPU of both cards for all five messages, beside the sum of its asymmetric operations, which
//! no implementation can do without, measured in the same run.
//!
//! `cargo xtask bench transfer` takes a few seconds. Aim: at most 1.5 times that sum, and under 5 ms for both cards together.

#![allow(clippy::unwrap_used)] // all of this file is a measurement
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

#[path = "../tests/world/mod.rs"]
mod world;

#[path = "../tests/hand/mod.rs"]
mod hand;

use card::{Card, Memory, Settled, Want};
use deal::Kind;
use hand::*;
use license::Route;
use seal::{Audience, Kind as Sealed};
use std::time::{Duration, Instant};
use units::LicenseId;
use world::*;

/// Transfers measured; the median is told.
const RUNS: usize = 200;

/// What is neither signing, verifying, sealing nor opening, by message: what a transfer of a bought license cannot do without.
///
/// | | signs | verifies | seals | opens |
/// |---|---|---|---|---|
/// | quote (G) | quote | | quote | |
/// | quote read (R) | | G's certificate; publisher's, offer, policy; quote | | quote |
/// | pay (R) | pay, slip | | pay, slip | |
/// | decide (G) | link, settle | R's certificate, pay, slip, its own quote | slip again, key, settle | pay |
/// | close (R) | done | settle, seller's certificate, sale's link, copy's link | done | settle, key |
/// | done (G) | | done | | done |
const SIGNS: u32 = 6;
const VERIFIES: u32 = 14;
const SEALS: u32 = 7;
const OPENS: u32 = 5;

fn each(count: u32, mut work: impl FnMut()) -> Duration {
    // Warm, then the least of several batches: others share this machine.
    work();
    (0..20)
        .map(|_| {
            let begin = Instant::now();
            (0..20).for_each(|_| work());
            begin.elapsed() / 20
        })
        .min()
        .unwrap_or_default()
        * count
}

fn unavoidable(world: &World) -> Duration {
    let (signer, opener) = (signer(90), opener(91));
    let to = opener.seal_to();
    let message = vec![7u8; 800];
    let signed = seal::sign(&signer, Sealed::Record, world.id, Audience::Anyone, &ByteBox(&message));
    let key = signer.verify_key();
    let signature = signer.sign_raw(&message);
    let sealed = seal::seal_to(&to, "bench", b"", &signed, &seed(1)).unwrap();
    let signs = each(SIGNS, || {
        std::hint::black_box(signer.sign_raw(&message));
    });
    let verifies = each(VERIFIES, || {
        assert!(std::hint::black_box(key.verifies(&message, &signature)));
    });
    let seals = each(SEALS, || {
        std::hint::black_box(seal::seal_to(&to, "bench", b"", &signed, &seed(2)).unwrap());
    });
    let opens = each(OPENS, || {
        std::hint::black_box(seal::open_from(&opener, "bench", b"", &sealed).unwrap());
    });
    println!(
        "asymmetric operations: {SIGNS} signs {signs:?}, {VERIFIES} verifies {verifies:?}, {SEALS} seals {seals:?}, {OPENS} opens {opens:?}"
    );
    signs + verifies + seals + opens
}

/// Bytes as a message body.
struct ByteBox<'a>(&'a [u8]);
impl<C> minicbor::Encode<C> for ByteBox<'_> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.0)?.ok()
    }
}

fn woken(before: &Memory, n: u8) -> Card<Memory> {
    let journal = before.clone();
    Card::wake(
        &seal::Secret::new([n; 32]),
        &journal.snapshot.clone(),
        &journal.records.clone(),
        journal,
    )
    .unwrap()
}

/// Five messages; the PIN is a person's time and left out. Answers what each step took.
fn transfer(world: &mut World, before: &[Memory; 2], license: LicenseId) -> [Duration; 6] {
    let (mut giver, mut receiver) = (woken(&before[0], 1), woken(&before[1], 2));
    let permit = giver.permit(Kind::Copy, Some(license), LATER).unwrap();
    let mut steps = [Duration::ZERO; 6];
    let seeds: Vec<seal::Seed> = (0..7).map(|_| world.fresh()).collect();
    let begin = Instant::now();
    let asked = receiver.ask_copy(None, &seeds[0]).unwrap();
    let ask = asked.bytes();
    let quoted = giver.quote(&ask, &permit, None, NOW, &seeds[1]).unwrap();
    steps[0] = begin.elapsed();
    let begin = Instant::now();
    let checked = receiver
        .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
        .unwrap();
    steps[1] = begin.elapsed();
    let ok = receiver.confirm(&checked, PIN, &seeds[2]).unwrap();
    let begin = Instant::now();
    let (_, pay) = receiver.pay(&checked, ok, &Want::default(), NOW, &seeds[3]).unwrap();
    steps[2] = begin.elapsed();
    let begin = Instant::now();
    let decided = giver.decide(pay.bytes(), NOW, &seeds[4]).unwrap();
    steps[3] = begin.elapsed();
    let begin = Instant::now();
    let settled = receiver
        .settle(decided.settle().unwrap().bytes(), NOW, &seeds[5])
        .unwrap();
    steps[4] = begin.elapsed();
    let Settled::Given { done, .. } = settled else {
        panic!("{settled:?}")
    };
    let begin = Instant::now();
    assert_eq!(giver.take_done(done.bytes(), &seeds[6]).unwrap().len(), 1);
    steps[5] = begin.elapsed();
    steps
}

fn main() {
    let mut world = world(Route::Chain);
    let (giver, license) = owner(&mut world, 1);
    let receiver = rich(&mut world, 2, 500);
    let before = [giver.journal().clone(), receiver.journal().clone()];
    let mut runs: Vec<[Duration; 6]> = (0..RUNS).map(|_| transfer(&mut world, &before, license)).collect();
    runs.sort_by_key(|steps| steps.iter().sum::<Duration>());
    let median = runs[RUNS / 2];
    let both: Duration = median.iter().sum();
    let least: Duration = runs[0].iter().sum();
    let floor = unavoidable(&world);
    for (name, step) in ["ask, quote", "quote read", "pay", "decide", "close", "done"]
        .iter()
        .zip(median)
    {
        println!("{name:<12} {step:>10.1?}");
    }
    println!("one transfer, both cards: {both:.2?} (median of {RUNS}), {least:.2?} (least)");
    println!("its asymmetric operations: {floor:.2?}");
    println!(
        "ratio: {:.2} (aim: at most 1.5)",
        least.as_secs_f64() / floor.as_secs_f64()
    );
    println!("under 5 ms: {}", both < Duration::from_millis(5));
}
