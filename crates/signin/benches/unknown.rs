//! How long a refused sign-in takes when its name is known and when it is not: medians and spreads side by side, so that a
//! difference somebody could measure shows. Draws both distributions to `docs/measured-signin.svg`. `cargo xtask bench signin`.

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
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/measured-signin.svg");
    std::fs::write(file, plot(&times)).expect("the picture is written");
    println!("drawn to docs/measured-signin.svg");
}

/// How many of the tries had been answered after how long: a line for each side. One on the other, nobody tells them apart.
fn plot(times: &[Vec<Duration>; 2]) -> String {
    let (wide, high, left, top) = (640.0, 260.0, 50.0, 20.0);
    let all = || times.iter().flatten().map(Duration::as_secs_f64);
    let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
    let span = (most - least).max(1e-9);
    let line = |side: &[Duration]| -> String {
        let points = side.iter().enumerate().map(|(n, time)| {
            let x = left + wide * (time.as_secs_f64() - least) / span;
            let y = top + high * (1.0 - (n + 1) as f64 / side.len() as f64);
            format!("{x:.1},{y:.1}")
        });
        points.collect::<Vec<_>>().join(" ")
    };
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 340\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\
         <title>Refused sign-ins: share answered within a time, known and unknown name</title>\
         <rect width=\"720\" height=\"340\" fill=\"#fff\"/>",
    );
    svg.push_str(&format!(
        "<path d=\"M{left} {top}v{high}h{wide}\" fill=\"none\" stroke=\"#888\"/>\
         <text x=\"{left}\" y=\"300\">{:.1} ms</text><text x=\"{}\" y=\"300\" text-anchor=\"end\">{:.1} ms</text>\
         <text x=\"8\" y=\"28\">100 %</text><text x=\"8\" y=\"280\">0 %</text>",
        least * 1e3,
        left + wide,
        most * 1e3
    ));
    for (side, colour, dash, name, at) in [
        (&times[0], "#0b57d0", "none", "known name, wrong password", 320),
        (&times[1], "#b3261e", "6 4", "unknown name", 336),
    ] {
        svg.push_str(&format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>\
             <text x=\"{left}\" y=\"{at}\" fill=\"{colour}\">{name}, {} tries</text>",
            line(side),
            side.len()
        ));
    }
    svg.push_str("</svg>\n");
    svg
}
