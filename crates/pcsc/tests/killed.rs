//! A card that is a process of its own, killed in the middle of a command: before it has written, and after it has written
//! and before it has spoken. The process is this same test program, told so by its environment.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod rig;

use std::{
    env, fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command},
};

use apdu::{Application, Form, HandOverError, Limits, What, finish, hand_over};
use card::{Card, Fault, Journal, Memory};
use deal::Kind;
use pcsc::{CardEnd, Contacts, Reach};
use rig::{
    Rig,
    table::{
        Seat, Willing, handing_on, owner,
        world::{NOW, seed, yen},
    },
};
use seal::Secret;

/// Directory and number of the card, its socket, and at which command it dies, "before" or "after" it.
const CARD: &str = "KEYFARE_TEST_CARD";

/// A card's memory in a file: each record with its length, synced before it counts.
struct InFile {
    records: fs::File,
    count: usize,
}

impl Journal for InFile {
    fn append(&mut self, record: &[u8]) -> Result<(), Fault> {
        let frame = [&(record.len() as u64).to_be_bytes()[..], record].concat();
        let written = self.records.write_all(&frame).and_then(|()| self.records.sync_data());
        written.map_err(|_| Fault::Storage)?;
        self.count += 1;
        Ok(())
    }
    fn replace(&mut self, _: &[u8]) -> Result<(), Fault> {
        // Costs nothing but length.
        Err(Fault::Storage)
    }
    fn len(&self) -> usize {
        self.count
    }
}

fn saved(dir: &Path, memory: &Memory) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join("snapshot"), &memory.snapshot).unwrap();
    let frames = memory
        .records
        .iter()
        .flat_map(|record| [&(record.len() as u64).to_be_bytes()[..], record].concat());
    fs::write(dir.join("records"), frames.collect::<Vec<u8>>()).unwrap();
}

fn records(dir: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(dir.join("records")).unwrap();
    let mut rest = &bytes[..];
    let mut records = vec![];
    let mut length = [0; 8];
    while rest.read_exact(&mut length).is_ok() {
        // The last one may be cut short.
        let Some((record, more)) = rest.split_at_checked(u64::from_be_bytes(length) as usize) else {
            break;
        };
        records.push(record.to_vec());
        rest = more;
    }
    records
}

fn woken<J: Journal>(dir: &Path, number: u8, journal: J) -> Card<J> {
    let snapshot = fs::read(dir.join("snapshot")).unwrap();
    Card::wake(&Secret::new([number; 32]), &snapshot, &records(dir), journal).unwrap()
}

struct Mortal {
    application: Application,
    card: Card<InFile>,
    number: u8,
    commands: u64,
    dies: (String, u64),
}

impl Mortal {
    fn die(&self) {
        let me = std::process::id().to_string();
        let _ = Command::new("kill").args(["-KILL", &me]).status();
        // Nothing after it.
        loop {
            std::thread::park();
        }
    }
}

impl CardEnd for Mortal {
    fn reset(&mut self) {
        self.application.reset();
    }
    fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.commands += 1;
        let dies = |when: &str| self.dies == (when.to_owned(), self.commands);
        if dies("before") {
            self.die();
        }
        let seed = seed((u64::from(self.number) << 40) + (u64::from(std::process::id()) << 16) + self.commands);
        let answer = self.application.answer(&mut self.card, command, NOW, &seed);
        if self.dies == ("after".to_owned(), self.commands) {
            self.die();
        }
        Some(answer)
    }
}

/// The card's process, from beginning to end.
fn be_a_card(told: &str) {
    let words: Vec<&str> = told.split_whitespace().collect();
    let [dir, number, socket, when, at] = words[..] else {
        panic!("{told}")
    };
    let (dir, number) = (PathBuf::from(dir), number.parse().unwrap());
    let count = records(&dir).len();
    let journal = InFile {
        records: fs::File::options().append(true).open(dir.join("records")).unwrap(),
        count,
    };
    let limits = Limits {
        pin_at_terminal_max: yen(1000),
    };
    let mut card = Mortal {
        application: Application::new(limits),
        card: woken(&dir, number, journal),
        number,
        commands: 0,
        dies: (when.to_owned(), at.parse().unwrap()),
    };
    let contacts = Contacts::put_into(&Reach::Socket(socket.into())).unwrap();
    contacts.serve(&mut card).unwrap();
}

struct Process(Child);
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const TEST: &str = "a_card_killed_in_mid_command_finishes_in_its_next_life";

fn inserted(rig: &Rig, n: usize, dir: &Path, number: u8, dies: (&str, u64)) -> Process {
    let Reach::Socket(socket) = rig.socket(n) else { panic!() };
    let told = format!("{} {number} {} {} {}", dir.display(), socket.display(), dies.0, dies.1);
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(CARD, told)
        .spawn()
        .unwrap();
    let process = Process(child);
    rig.wait(&format!("Keyfare {n}"), true);
    process
}

/// proves: SD-10 S6 S8 R1 row-14 row-52
#[test]
fn a_card_killed_in_mid_command_finishes_in_its_next_life() {
    if let Ok(told) = env::var(CARD) {
        return be_a_card(&told);
    }
    rig::with_readers(TEST, 2, |rig| {
        // As in `hand_over`: the receiver's seventh command pays, the giver's seventh decides.
        for (victim, dies) in [(1, ("after", 7)), (0, ("before", 7)), (0, ("after", 7))] {
            let home = tempfile::tempdir().unwrap();
            let dirs = [home.path().join("giver"), home.path().join("receiver")];
            let mut world = handing_on();
            let seats = [owner(&mut world, 1), Seat::new(&mut world, 2, 500)];
            for (seat, dir) in seats.iter().zip(&dirs) {
                saved(dir, seat.card.journal());
            }
            let dying = |n: usize| if n == victim { dies } else { ("never", 0) };
            let mut cards = [0, 1].map(|n| Some(inserted(rig, n, &dirs[n], n as u8 + 1, dying(n))));
            let what = What::Work(world.offer().content);
            {
                let (mut from, mut to) = (rig.terminal(0, Form::Extended), rig.terminal(1, Form::Extended));
                let met = hand_over(&mut from, &mut to, Kind::Move, what, &mut Willing::default());
                let met = met.unwrap_err();
                assert!(
                    matches!(met, HandOverError::Giver(_) | HandOverError::Receiver(_)),
                    "{met}"
                );
            }
            drop(cards[victim].take());
            rig.wait(&format!("Keyfare {victim}"), false);
            cards[victim] = Some(inserted(rig, victim, &dirs[victim], victim as u8 + 1, ("never", 0)));
            {
                let (mut from, mut to) = (rig.terminal(0, Form::Short), rig.terminal(1, Form::Short));
                assert_eq!(finish(&mut from, &mut to).unwrap(), 1, "{victim} {dies:?}");
            }
            drop(cards);
            for n in [0, 1] {
                rig.wait(&format!("Keyfare {n}"), false);
            }
            let [giver, receiver] = [0, 1].map(|n| woken(&dirs[n], n as u8 + 1, Memory::default()));
            assert!(
                giver.state().licenses.is_empty() && giver.state().given.is_empty(),
                "{victim} {dies:?}"
            );
            let summary = receiver.state().summary();
            assert_eq!(
                (summary.spendable, summary.reserved),
                (yen(400), yen(0)),
                "{victim} {dies:?}"
            );
            assert_eq!(
                (receiver.state().licenses.len(), receiver.state().escrow.len()),
                (1, 1),
                "{victim} {dies:?}"
            );
        }
    });
}
