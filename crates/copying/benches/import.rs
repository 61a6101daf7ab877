//! Import: a copy from a medium to a drive beside `cp` of the same file in the same run, and the most memory it takes by size.
//!
//! `cargo bench -p keyfare-copying --bench import -- [MiB]...`; 256 and 1024 unless given. Issue 6 is judged with `1024 10240`.
//! Both sides end on the disk (`cp` and `sync`, the copy's own `fsync`); each copy is a process of its own. `KEYFARE_BENCH_DIR`
//! says on which disk.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use copying::{
    BatchId, DeviceKind,
    device::{Body, Home, Kept, Line},
    medium::{Medium, label_text},
    server::{MediaBatch, Role},
    town::{Town, TownLine},
};
use package::{About, ContentKey, Front, Geometry, Header, Signatures, seal};
use party::Refused;
use units::{ContentId, Currency, Moment, Money, PartyId};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// One moment for everything: the card's date is not what is measured.
const NOW: Moment = Moment(1_795_000_000_000);

fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let ["job", dir] = args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return job(Path::new(dir));
    }
    let sizes: Vec<u64> = args.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let sizes = if sizes.is_empty() { vec![256, 1024] } else { sizes };
    for mib in sizes {
        let room = std::env::var_os("KEYFARE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let dir = tempfile::tempdir_in(room)?;
        prepare(dir.path(), mib)?;
        let program = std::env::current_exe()?;
        let took = |command: &mut Command| -> Outcome<(f64, String)> {
            let begun = Instant::now();
            let out = command.output()?;
            let seconds = begun.elapsed().as_secs_f64();
            if !out.status.success() {
                return Err(String::from_utf8_lossy(&out.stderr).into_owned().into());
            }
            Ok((seconds, String::from_utf8_lossy(&out.stdout).trim().to_owned()))
        };
        let from = dir.path().join("medium/CONTENT.KFR");
        let script = "cp \"$0\" \"$1\" && sync \"$1\"; rm \"$1\"";
        // Once unmeasured, so that both find the medium in the machine's memory alike.
        Command::new("cat")
            .arg(&from)
            .stdout(std::process::Stdio::null())
            .status()?;
        let (copied, peak) = took(Command::new(program).arg("job").arg(dir.path()))?;
        // Room for cp's.
        fs::remove_dir_all(dir.path().join("drive/copies"))?;
        let to = dir.path().join("plain");
        let (plain, _) = took(Command::new("sh").args(["-c", script]).arg(&from).arg(&to))?;
        let rate = |seconds: f64| mib as f64 / seconds;
        println!(
            "{mib} MiB: copied in {copied:.2} s ({:.0} MiB/s), {peak}; cp and sync in {plain:.2} s ({:.0} MiB/s): {:.2} of cp's speed",
            rate(copied),
            rate(plain),
            plain / copied
        );
    }
    Ok(())
}

fn no(text: impl core::fmt::Display) -> Box<dyn std::error::Error> {
    text.to_string().into()
}

fn prepare(dir: &Path, mib: u64) -> Outcome {
    let len = mib << 20;
    let mut town = Town::found(&[4; 32], NOW, &[], |_| {}).map_err(no)?;
    let key = ContentKey::from_secret_bytes([0xc5; 32]);
    let header = Header::new(About::example(), &key, Geometry::of(len)?);
    let front = Front::assemble(header, Signatures::default(), Vec::new())?;
    fs::create_dir(dir.join("medium"))?;
    let out = File::create(dir.join("medium/CONTENT.KFR"))?;
    seal(&front, &key, io::repeat(7).take(len), &out, &mut |_| {})?;
    // On the disk before anything is measured: else the first to copy would pay for it.
    out.sync_all()?;
    let (package, zero) = (front.package(), Money::zero(Currency::JPY));
    let made: Result<Vec<_>, copying::server::MakeRefused> = town.at_server(move |server, tx| {
        let of = MediaBatch {
            id: BatchId([7; 16]),
            title: "A long film",
            content: ContentId([2; 16]),
            package,
            key: &ContentKey::from_secret_bytes([0xc5; 32]),
            price: zero,
            numbered: true,
            again: false,
        };
        server.make_media(tx, &Town::hand(Role::Maker, 1), &of, 1, NOW)
    });
    let medium = made?.into_iter().next().ok_or("no medium was made")?;
    let label = label_text(Some(medium), BatchId([7; 16]), "A long film", zero, None);
    fs::write(dir.join("medium/MEDIUM.TXT"), label)?;
    for kind in [DeviceKind::Card, DeviceKind::Player, DeviceKind::Drive] {
        let blank = town.devices(kind, 1)?.into_iter().next().ok_or("no device was made")?;
        Kept::at(&dir.join(kind.word())).put(&Body::new(blank.id, kind, blank.key))?;
    }
    let (home, source) = (home(dir), copying::wire::Source::Medium(medium));
    let (one, two) = (town.seed(), town.seed());
    let mut line = TownLine {
        town: &mut town,
        way: None,
    };
    home.register("blue heron", &mut line, &one)?;
    home.key(source, zero, &mut line, &two)?;
    Ok(())
}

fn home(dir: &Path) -> Home {
    let one = |kind: DeviceKind| Some(Kept::at(&dir.join(kind.word())));
    Home {
        card: one(DeviceKind::Card),
        player: one(DeviceKind::Player),
        drive: one(DeviceKind::Drive),
    }
}

/// A line that is cut: the key is here, the report waits.
struct Cut;
impl Line for Cut {
    fn via(&self) -> Option<PartyId> {
        None
    }
    fn say(&mut self, _: &[u8]) -> Result<Vec<u8>, Refused> {
        Err(Refused::from(store::Fault::Stopped))
    }
}

/// Copies, and says the most memory this process had, in KiB.
fn job(dir: &Path) -> Outcome {
    let medium = Medium::open(&dir.join("medium"))?;
    let zero = Money::zero(Currency::JPY);
    let seed = ::seal::Seed::new([1; 32]);
    home(dir).import(&medium, zero, &mut Cut, NOW, &seed, &mut |_, _| {})?;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = rest.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|n| n.parse::<u64>().ok()).sum();
    println!(
        "at most {} KiB, {:.2} s of processor time",
        line.and_then(|line| line.split_whitespace().next()).unwrap_or("?"),
        ticks as f64 / 100.0
    );
    Ok(())
}
