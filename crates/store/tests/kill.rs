//! A writing process killed with SIGKILL, and one whose disk ends in mid-write: what was answered is there, whole, and
//! nothing is half there. The child is this same test program, told so by its environment.

#![allow(clippy::unwrap_used)] // all of this file is a test, helpers too

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use store::sqlite::{Opening, Sqlite};
use store::{Fault, Keys, Map, Part, Standing, Step, Table};
use units::RealmId;

const LEFT: Map<u64, u64> = Map::new(Table::new("left"));
const RIGHT: Map<u64, String> = Map::new(Table::new("right"));
static PART: Part = Part::new("kill", &[Step::Create(&[LEFT.table(), RIGHT.table()])]);

const CHILD: &str = "STORE_KILL_DIR";

fn open(dir: &Path) -> Sqlite {
    let opening = Opening {
        role: "test".to_owned(),
        realm: RealmId([1; 16]),
        new_id: [1; 16],
    };
    Sqlite::open(&dir.join("s.db"), &opening, &[&PART]).unwrap()
}

/// Writes pairs of rows, sixteen at a time, and prints the number of each as it is answered, until it cannot.
fn write_until_stopped(dir: &Path) -> Fault {
    let sqlite = open(dir);
    let store = sqlite.store();
    let mut next = store
        .read::<_, Fault>(|view| LEFT.range(view, Keys::all().newest_first(), 1))
        .unwrap();
    let first = next.pop().map_or(0, |(n, _)| n + 1);
    let mut out = std::io::stdout();
    for batch in 0.. {
        let answers: Vec<_> = (0..16)
            .map(|n| first + batch * 16 + n)
            .map(|n| {
                let write = store.submit::<_, Fault>(move |tx| {
                    LEFT.put(tx, &n, &n)?;
                    RIGHT.put(tx, &n, &"x".repeat(500))
                });
                (n, write)
            })
            .collect();
        for (n, answer) in answers {
            match answer.wait() {
                Ok(()) => writeln!(out, "kept {n}").unwrap(),
                Err(fault) => return fault,
            }
        }
    }
    Fault::Stopped
}

fn start(test: &str, dir: &Path, limit: &str) -> Child {
    let me = std::env::current_exe().unwrap();
    Command::new("sh")
        .args(["-c", &format!("{limit} exec \"$0\" --exact {test} --nocapture")])
        .arg(me)
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The numbers the child said were kept, at most `count`.
fn listen(child: &mut Child, count: usize) -> Vec<u64> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("kept ")?.parse().ok())
        .take(count)
        .collect()
}

fn check(dir: &Path, kept: &[u64]) {
    let sqlite = open(dir);
    let store = sqlite.store();
    assert_eq!(store.standing(), Ok(Standing::Continued), "a crash is not a restore");
    store
        .read::<_, Fault>(|view| {
            for n in kept {
                assert!(LEFT.has(view, n)?, "{n} was answered and is lost");
            }
            let (mut left, mut right) = (0, 0);
            LEFT.each::<Fault>(view, Keys::all(), |view, n, _| {
                left += 1;
                assert!(RIGHT.has(view, &n)?, "{n} is half there");
                Ok(())
            })?;
            RIGHT.each::<Fault>(view, Keys::all(), |_, _, _| {
                right += 1;
                Ok(())
            })?;
            assert_eq!(left, right);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_was_answered_survives_sigkill() {
    if let Some(dir) = std::env::var_os(CHILD) {
        panic!(
            "a child stops only when killed, not by {}",
            write_until_stopped(Path::new(&dir))
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let mut kept = Vec::new();
    for round in 0..6 {
        let mut child = start("what_was_answered_survives_sigkill", dir.path(), "");
        kept.extend(listen(&mut child, 37 * (round + 1)));
        child.kill().unwrap();
        child.wait().unwrap();
        check(dir.path(), &kept);
    }
    assert_eq!(kept.len(), 37 * 21, "every round answered before it was killed");
}

#[test]
fn a_disk_that_ends_in_mid_write_loses_nothing_answered() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let fault = write_until_stopped(Path::new(&dir));
        assert!(matches!(fault, Fault::Disk(_) | Fault::Full), "{fault:?}");
        // Reading goes on in the very process that could not write.
        let store = open(Path::new(&dir)).store();
        assert!(
            !store
                .read::<_, Fault>(|view| LEFT.range(view, Keys::all(), 1))
                .unwrap()
                .is_empty()
        );
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // Files end at 512 KiB: the log is cut off somewhere in the middle of a frame.
    let mut child = start(
        "a_disk_that_ends_in_mid_write_loses_nothing_answered",
        dir.path(),
        "trap '' XFSZ; ulimit -f 1000;",
    );
    let kept = listen(&mut child, usize::MAX);
    assert!(child.wait().unwrap().success());
    assert!(kept.len() > 16);
    check(dir.path(), &kept);
}
