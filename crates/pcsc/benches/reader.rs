//! What a reader costs: one command there and back, and a whole transfer between two readers, through the real PC/SC
//! service, beside the same transfer without readers. `cargo xtask bench reader`.
//!
//! The cards are in memory and their PINs cost next to nothing, so what is left is signatures, seals and the way.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that cannot go on shall stop"
)]

#[path = "../tests/rig/mod.rs"]
mod rig;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use apdu::{Form, Link, Terminal, What, hand_over};
use deal::Kind;
use rig::{
    Rig,
    table::{self, Seat, Willing, handing_on, owner, world::World},
};

const PAIRS: usize = 5;
const COMMANDS: u32 = 2000;

fn two(world: &mut World) -> [Seat; 2] {
    [owner(world, 1), Seat::new(world, 2, 500)]
}

/// A copy between two terminals: time, commands, bytes.
fn copied<G: Link, R: Link>(world: &World, from: &mut Terminal<G>, to: &mut Terminal<R>) -> (Duration, u64)
where
    G::Error: core::fmt::Debug,
    R::Error: core::fmt::Debug,
{
    let before = from.commands() + to.commands();
    let began = Instant::now();
    let what = What::Work(world.offer().content);
    hand_over(from, to, Kind::Copy, what, &mut Willing::default()).unwrap();
    (began.elapsed(), from.commands() + to.commands() - before)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn through_readers(rig: &Rig) {
    println!("| what | form | commands | median |");
    println!("|---|---|---|---|");
    for form in [Form::Short, Form::Extended] {
        let (mut there, mut here, mut counts) = (vec![], vec![], (0, 0));
        for _ in 0..PAIRS {
            let mut world = handing_on();
            let seats = two(&mut world).map(|seat| Arc::new(Mutex::new(seat)));
            let inserted = [rig.insert(0, &seats[0]), rig.insert(1, &seats[1])];
            {
                let (mut from, mut to) = (rig.terminal(0, form), rig.terminal(1, form));
                let (time, count) = copied(&world, &mut from, &mut to);
                there.push(time);
                counts.0 = count;
            }
            for (n, card) in inserted.into_iter().enumerate() {
                rig.pull(n, &seats[n], card);
            }
            let mut world = handing_on();
            let [mut one, mut two] = two(&mut world);
            let (mut from, mut to) = (table::terminal(&mut one, form), table::terminal(&mut two, form));
            let (time, count) = copied(&world, &mut from, &mut to);
            here.push(time);
            counts.1 = count;
        }
        println!("| copy, two readers | {form:?} | {} | {:?} |", counts.0, median(there));
        println!("| copy, no reader | {form:?} | {} | {:?} |", counts.1, median(here));
    }
    let mut world = handing_on();
    let seat = Arc::new(Mutex::new(Seat::new(&mut world, 3, 0)));
    let _in = rig.insert(0, &seat);
    let mut at = rig.terminal(0, Form::Extended);
    for (name, bytes) in [
        ("short command", 0usize),
        ("command of 1 KiB", 1024),
        ("command of 32 KiB", 32_768),
    ] {
        let data = vec![0; bytes];
        let times = (0..COMMANDS / (1 + bytes as u32 / 128))
            .map(|_| {
                let began = Instant::now();
                // Data that no instruction takes: what is measured is the way, and reading the lengths.
                let _ = at.call(0x80, 0xEE, [0, 0], &data);
                // A refusal fetches its reason too: two commands.
                began.elapsed() / 2
            })
            .collect();
        println!("| {name} | Extended | 1 | {:?} |", median(times));
    }
}

fn main() {
    rig::with_readers("", 2, through_readers);
}
