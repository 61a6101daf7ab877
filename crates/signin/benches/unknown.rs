//! How long a refused sign-in takes when its name is known and when it is not: medians and spreads side by side, so that a
//! difference somebody could measure shows. `cargo xtask bench signin`.

use std::time::{Duration, Instant};

use signin::{Gate, Name, Password, Rules, Site, Source, Typed};
use store::memory::Memory;
use units::{Moment, Span};

fn main() {
    let runs: u32 = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(200);
    let site = Site {
        id: "localhost".into(),
        origins: vec!["http://localhost".into()],
        name: "bench".into(),
    };
    let gate: &'static Gate = Box::leak(Box::new(Gate::new(&seal::Secret::new([1; 32]), Rules::usual(site))));
    let memory = Memory::open(&[&signin::PART]).expect("a store in memory");
    let store = memory.store();
    let known = Name::new("known").expect("a name");
    let hashed = gate.hash(
        &Password::new("a ferry at nine").expect("a password"),
        &seal::Seed::new([2; 32]),
    );
    let whose = known.clone();
    store
        .write(move |tx| {
            let id = gate.open_account(tx, &whose, Moment(1), &seal::Seed::new([3; 32]))?;
            gate.set_password(tx, id, &hashed)?;
            Ok::<_, signin::NameTaken>(())
        })
        .expect("an account");
    let unknown = Name::new("nobody").expect("a name");
    let mut times = [Vec::new(), Vec::new()];
    for run in 0..runs {
        // Alternately, and far enough apart that nobody has to wait.
        for (side, name) in [&known, &unknown].into_iter().enumerate() {
            let now = Moment(1).plus(Span::days(u64::from(run) + 1));
            let from = Source::of([192, 0, 2, 1].into());
            let begun = Instant::now();
            let name = name.clone();
            let attempt = store
                .write(move |tx| gate.begin(tx, &name, &from, None, now))
                .expect("heard");
            let weighed = attempt.weigh(gate, &Typed::new("wrong"));
            let no = store.write(move |tx| gate.finish(tx, &weighed, now, &seal::Seed::new([4; 32])));
            assert!(no.expect("written").is_none());
            times[side].push(begun.elapsed());
        }
    }
    for (side, what) in ["known", "unknown"].into_iter().enumerate() {
        times[side].sort_unstable();
        let at = |permille: usize| times[side][(times[side].len() - 1) * permille / 1000];
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{what:8} p10 {:7.2} ms   median {:7.2} ms   p90 {:7.2} ms",
            ms(at(100)),
            ms(at(500)),
            ms(at(900))
        );
    }
}
