//! The journal under a failing disk: cut at every byte, short writes, full disks, copies put back.

use std::io;

use card::Journal;
use seal::Seed;

use super::*;

fn home() -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path().join("home"));
    (dir, home)
}

fn snapshot(at: u64, text: &str) -> Vec<u8> {
    [at.to_be_bytes().as_slice(), text.as_bytes()].concat()
}

/// A home with a snapshot and these records.
fn with_records(home: &Home, records: &[&[u8]]) -> FileJournal {
    let (_, mut journal) = home.create(&Seed::new([1; 32])).unwrap();
    journal.replace(&snapshot(0, "born")).unwrap();
    records.iter().for_each(|r| journal.append(r).unwrap());
    journal
}

const RECORDS: [&[u8]; 4] = [b"one", b"", b"three is longer", &[0; 70]];

#[test]
fn records_come_back_in_their_order() {
    let (_dir, home) = home();
    drop(with_records(&home, &RECORDS));
    let opened = home.open().unwrap();
    assert_eq!(
        (opened.snapshot, opened.records),
        (snapshot(0, "born"), RECORDS.map(<[u8]>::to_vec).to_vec())
    );
    assert_eq!((opened.put_back, opened.journal.len()), (None, 4));
}

/// proves: XD-1
#[test]
fn a_journal_cut_at_any_byte_loses_its_torn_end_and_says_so_if_more_is_missing() {
    let (_dir, home) = home();
    drop(with_records(&home, &RECORDS));
    let path = home.memory().join("journal");
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = RECORDS
        .iter()
        .scan(18, |at, r| {
            *at += 12 + r.len();
            Some(*at)
        })
        .collect();
    assert_eq!(whole.len(), ends[3]);
    for cut in 18..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let opened = home.open().unwrap();
        let left = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!(opened.records, RECORDS[..left].to_vec(), "{cut}");
        // Whatever was written once and is not here any more is missed.
        let missing = (left < 4).then_some(PutBack {
            found: left as u64,
            written: 4,
        });
        assert_eq!(opened.put_back, missing);
        assert_eq!(
            fs::metadata(&path).unwrap().len() as usize,
            ends[..left].last().copied().unwrap_or(18)
        );
    }
    for cut in 0..18 {
        fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(home.open().unwrap_err().code(), "card-damaged", "{cut}");
    }
}

#[test]
fn a_power_cut_before_the_mark_is_no_copy() {
    let (_dir, home) = home();
    drop(with_records(&home, &RECORDS));
    let high = home.protected().join("high");
    for mark in [&b""[..], &[0; 16], &[7; 5]] {
        fs::write(&high, mark).unwrap();
        assert_eq!(home.open().unwrap().put_back, None);
        // And from now on it is known again.
        assert_eq!(mark::Mark::open(&high).unwrap().high(), 4);
    }
}

#[test]
fn a_flipped_bit_ends_the_journal_there() {
    let (_dir, home) = home();
    drop(with_records(&home, &RECORDS));
    let path = home.memory().join("journal");
    let whole = fs::read(&path).unwrap();
    for at in 18..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 4;
        fs::write(&path, bad).unwrap();
        let opened = home.open().unwrap();
        assert!(opened.records.len() < 4 && opened.put_back.is_some(), "{at}");
        assert_eq!(opened.records, RECORDS[..opened.records.len()].to_vec());
    }
}

/// A disk that fails as told.
struct Failing {
    below: Box<dyn Tail>,
    /// Bytes that still fit.
    room: usize,
    sync_fails: bool,
    cut_fails: bool,
}

impl Tail for Failing {
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let fits = bytes.len().min(self.room);
        self.room -= fits;
        self.below.write_at(at, &bytes[..fits])?;
        if fits < bytes.len() {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }
    fn sync(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.sync_fails) {
            return Err(io::Error::other("EIO"));
        }
        self.below.sync()
    }
    fn cut(&mut self, len: u64) -> io::Result<()> {
        if self.cut_fails {
            Err(io::Error::other("EIO"))
        } else {
            self.below.cut(len)
        }
    }
}

#[test]
fn a_record_that_does_not_fit_leaves_nothing_and_the_next_one_fits_again() {
    for room in 0..20 {
        let (_dir, home) = home();
        let mut journal = with_records(&home, &RECORDS).with_tail(|below| {
            Box::new(Failing {
                below,
                room,
                sync_fails: false,
                cut_fails: false,
            })
        });
        assert!(journal.append(b"too long").is_err(), "{room}");
        assert_eq!(journal.len(), 4);
        // Room was made.
        let mut journal = journal.with_tail(|_| {
            Box::new(
                fs::File::options()
                    .write(true)
                    .open(home.memory().join("journal"))
                    .unwrap(),
            )
        });
        journal.append(b"fits").unwrap();
        drop(journal);
        let opened = home.open().unwrap();
        assert_eq!(
            (opened.records.len(), opened.records[4].as_slice(), opened.put_back),
            (5, &b"fits"[..], None)
        );
    }
}

#[test]
fn a_disk_that_cannot_even_take_back_is_written_to_no_more() {
    let (_dir, home) = home();
    let mut journal = with_records(&home, &RECORDS).with_tail(|below| {
        Box::new(Failing {
            below,
            room: 1000,
            sync_fails: true,
            cut_fails: true,
        })
    });
    for _ in 0..2 {
        assert!(journal.append(b"five").is_err());
    }
    assert!(journal.replace(&snapshot(4, "new")).is_err());
    drop(journal);
    // What stands there was never spoken of; taking it up is as good as having been cut off a moment later.
    let opened = home.open().unwrap();
    assert!(opened.records.len() >= 4 && opened.put_back.is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_refused() {
    let (_dir, home) = home();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut journal = with_records(&home, &[]).with_tail(|_| Box::new(full));
    assert_eq!(journal.append(b"one"), Err(card::Fault::Storage));
}

#[test]
fn a_snapshot_takes_the_place_of_everything_before_it_at_every_step() {
    let (_dir, home) = home();
    let mut journal = with_records(&home, &RECORDS);
    let before = fs::read(home.memory().join("journal")).unwrap();
    journal.replace(&snapshot(4, "folded")).unwrap();
    journal.append(b"five").unwrap();
    drop(journal);
    let opened = home.open().unwrap();
    assert_eq!(
        (opened.snapshot, opened.records),
        (snapshot(4, "folded"), vec![b"five".to_vec()])
    );
    drop(opened.journal);
    // Cut between the two names: the old journal's records are in the snapshot already.
    fs::write(home.memory().join("journal"), &before).unwrap();
    fs::write(home.protected().join("high"), b"").unwrap();
    let mut opened = home.open().unwrap();
    assert!(opened.records.is_empty());
    opened.journal.append(b"five again").unwrap();
    drop(opened.journal);
    let opened = home.open().unwrap();
    assert_eq!((opened.records, opened.put_back), (vec![b"five again".to_vec()], None));
    drop(opened.journal);
    // A journal that was cut short before the snapshot was made, and one that is gone.
    fs::write(home.memory().join("journal"), &before[..40]).unwrap();
    assert!(home.open().unwrap().records.is_empty());
    fs::remove_file(home.memory().join("journal")).unwrap();
    assert!(home.open().unwrap().records.is_empty());
    // An older snapshot than its journal: not to be mended.
    let mut opened = home.open().unwrap();
    opened.journal.replace(&snapshot(9, "later")).unwrap();
    drop(opened.journal);
    fs::write(home.memory().join("snapshot"), snapshot(4, "folded")).unwrap();
    assert_eq!(home.open().unwrap_err().code(), "card-damaged");
}

#[test]
fn a_snapshot_that_cannot_be_written_leaves_everything_as_it_was() {
    let (_dir, home) = home();
    let mut journal = with_records(&home, &RECORDS);
    // Its place is taken by something that cannot be written to.
    fs::create_dir(home.memory().join("snapshot.new")).unwrap();
    assert!(journal.replace(&snapshot(4, "folded")).is_err());
    journal.append(b"five").unwrap();
    drop(journal);
    assert_eq!(home.open().unwrap().records.len(), 5);
}

#[test]
fn a_birth_that_was_cut_off_is_taken_up_with_the_same_key() {
    let (_dir, home) = home();
    let (first, journal) = home.create(&Seed::new([1; 32])).unwrap();
    drop(journal);
    assert_eq!(home.open().unwrap_err().code(), "no-card-here");
    let (second, journal) = home.create(&Seed::new([2; 32])).unwrap();
    assert_eq!(first.expose(), second.expose());
    drop(journal);
    drop(with_records(&home, &[]));
    assert_eq!(
        home.create(&Seed::new([3; 32])).unwrap_err().code(),
        "card-already-here"
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, home) = home();
    drop(with_records(&home, &RECORDS));
    fs::set_permissions(home.protected().join("km"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(home.open().unwrap_err().code(), "card-readable-by-others");
}

/// A chip's value that the test sees, and that fails as told.
#[derive(Clone, Default)]
struct Chip(std::sync::Arc<std::sync::Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    value: Option<[u8; 32]>,
    trouble: Trouble,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Trouble {
    #[default]
    None,
    /// The next step is not made.
    NotMade,
    /// The next step is made, and its answer is lost.
    AnswerLost,
    /// The power goes before the step.
    PowerBefore,
    /// The power goes after the step.
    PowerAfter,
}

impl Chip {
    fn next(&self, trouble: Trouble) {
        self.0.lock().unwrap().trouble = trouble;
    }
    fn value(&self) -> Option<[u8; 32]> {
        self.0.lock().unwrap().value
    }
}

impl Anchor for Chip {
    fn value(&mut self) -> io::Result<Option<[u8; 32]>> {
        let inside = self.0.lock().unwrap();
        match inside.trouble {
            Trouble::PowerBefore | Trouble::PowerAfter => Err(io::Error::other("no power")),
            _ => Ok(inside.value),
        }
    }
    fn step(&mut self, told: &[u8; 32]) -> io::Result<()> {
        let mut inside = self.0.lock().unwrap();
        let next = inside.value.map(|value| anchor::after(&value, told));
        let fails = inside.trouble != Trouble::None;
        match inside.trouble {
            Trouble::NotMade => inside.trouble = Trouble::None,
            Trouble::PowerBefore => {}
            Trouble::AnswerLost => (inside.value, inside.trouble) = (next, Trouble::None),
            Trouble::None | Trouble::PowerAfter => inside.value = next,
        }
        if fails {
            Err(io::Error::other("as told"))
        } else {
            Ok(())
        }
    }
    fn begin(&mut self) -> io::Result<()> {
        let mut inside = self.0.lock().unwrap();
        inside.value = Some(inside.value.map_or([1; 32], |value| anchor::after(&value, &[2; 32])));
        Ok(())
    }
}

/// A home whose memory is tied to `chip`.
struct Tied {
    dir: tempfile::TempDir,
    home: Home,
    chip: Chip,
}

impl Tied {
    /// Born, with these records.
    fn with(records: &[&[u8]]) -> Self {
        let (dir, home) = home();
        let chip = Chip::default();
        let (_, plain) = home.create(&Seed::new([1; 32])).unwrap();
        drop(plain);
        let new = Self { dir, home, chip };
        let lock = new.home.lock().unwrap();
        let kept = new.kept();
        let mark = Mark::open(&new.home.protected().join("high")).unwrap();
        let key = kept.master.derive("home/anchor", &[]);
        let tied = tie::Tied::begin(&new.home.protected().join("tie"), key, kept.anchor.unwrap()).unwrap();
        let mut journal = FileJournal::begin(&new.home.memory(), lock, mark, Some(tied)).unwrap();
        journal.replace(&snapshot(0, "born")).unwrap();
        records.iter().for_each(|r| journal.append(r).unwrap());
        new
    }
    fn kept(&self) -> Kept {
        Kept {
            master: secret_in(&self.home.protected().join("km")).unwrap(),
            anchor: Some(Box::new(self.chip.clone())),
        }
    }
    fn open(&self) -> Opened {
        self.chip.next(Trouble::None);
        let lock = self.home.lock().unwrap();
        self.home.open_with(lock, self.kept()).unwrap()
    }
    /// How many records wake, and whether as an older copy.
    fn wakes(&self) -> (usize, bool) {
        let opened = self.open();
        (opened.records.len(), opened.put_back.is_some())
    }
    /// Everything in the home, mark and tie as well.
    fn copy(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = [self.home.memory(), self.home.protected()].map(|dir| fs::read_dir(dir).unwrap());
        let paths = files.into_iter().flatten().map(|entry| entry.unwrap().path());
        paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }
    fn put_back(&self, copy: &[(PathBuf, Vec<u8>)]) {
        for dir in [self.home.memory(), self.home.protected()] {
            fs::remove_dir_all(&dir).unwrap();
            fs::create_dir(&dir).unwrap();
        }
        for (path, bytes) in copy {
            fs::write(path, bytes).unwrap();
            #[cfg(unix)]
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        assert!(self.dir.path().exists());
    }
}

// proves: row-11 row-23 row-35 row-79 XD-1
#[test]
fn yesterdays_home_whole_and_genuine_is_known_by_the_chip() {
    let tied = Tied::with(&RECORDS[..2]);
    let yesterday = tied.copy();
    let mut opened = tied.open();
    assert_eq!((opened.records.len(), opened.put_back), (2, None));
    opened.journal.append(b"spent").unwrap();
    drop(opened);
    let today = tied.copy();
    assert_eq!(
        tied.open().put_back,
        None,
        "today's is the latest, however often it wakes"
    );
    tied.put_back(&yesterday);
    let missing = Some(PutBack { found: 2, written: 3 });
    assert_eq!(tied.open().put_back, missing);
    // Also with today's mark and tie beside it, and without a tie at all.
    for other in ["high", "tie"] {
        let bytes = &today.iter().find(|(path, _)| path.ends_with(other)).unwrap().1;
        fs::write(tied.home.protected().join(other), bytes).unwrap();
        assert_eq!(tied.open().put_back, missing, "{other}");
    }
    fs::remove_file(tied.home.protected().join("tie")).unwrap();
    assert_eq!(tied.open().put_back, missing);
    // The way back: the issuer lets it go on, and from then on today's is the older copy.
    let mut opened = tied.open();
    opened.journal.append(b"what the issuer said").unwrap();
    opened.journal.accepted();
    opened.journal.append(b"and on").unwrap();
    drop(opened);
    assert_eq!(tied.open().put_back, None);
    let resumed = tied.copy();
    tied.put_back(&today);
    assert!(tied.open().put_back.is_some());
    tied.put_back(&resumed);
    assert_eq!(tied.open().put_back, None);
}

#[test]
fn power_that_goes_between_disk_and_chip_harms_no_honest_card() {
    for trouble in [Trouble::PowerBefore, Trouble::PowerAfter] {
        let tied = Tied::with(&RECORDS);
        for n in 0..3_usize {
            let mut opened = tied.open();
            assert_eq!((opened.records.len(), opened.put_back), (4 + n, None));
            tied.chip.next(trouble);
            assert!(opened.journal.append(b"five").is_err(), "it is not spoken of");
            assert!(
                opened.journal.append(b"six").is_err(),
                "nor is anything written after it"
            );
        }
        let mut opened = tied.open();
        opened.journal.append(b"on").unwrap();
        drop(opened);
        assert_eq!(tied.wakes(), (8, false));
    }
}

#[test]
fn a_step_that_failed_is_taken_back_and_one_whose_answer_was_lost_is_not() {
    let tied = Tied::with(&RECORDS);
    let mut opened = tied.open();
    tied.chip.next(Trouble::NotMade);
    assert!(opened.journal.append(b"five").is_err());
    tied.chip.next(Trouble::AnswerLost);
    opened.journal.append(b"six").unwrap();
    drop(opened);
    let opened = tied.open();
    assert_eq!(
        (opened.records[4].as_slice(), opened.records.len(), opened.put_back),
        (&b"six"[..], 5, None)
    );
}

// proves: row-11 row-23
#[test]
fn two_memories_cut_off_at_the_same_number_do_not_both_wake_as_the_latest() {
    let tied = Tied::with(&RECORDS[..1]);
    let before = tied.copy();
    let mut forks = Vec::new();
    for record in [b"paid to one", b"paid to two"] {
        tied.put_back(&before);
        let mut opened = tied.open();
        assert_eq!(opened.put_back, None);
        tied.chip.next(Trouble::PowerBefore);
        assert!(opened.journal.append(record).is_err());
        drop(opened);
        forks.push(tied.copy());
    }
    tied.put_back(&forks[0]);
    assert_eq!(tied.open().put_back, None, "cut off before it was spoken of");
    tied.put_back(&forks[1]);
    assert!(tied.open().put_back.is_some(), "the other one was spoken of");
    tied.put_back(&before);
    assert!(tied.open().put_back.is_some());
}

#[test]
fn a_fold_cut_off_anywhere_leaves_the_latest_memory_the_latest() {
    let tied = Tied::with(&RECORDS);
    let before = tied.copy();
    let mut opened = tied.open();
    opened.journal.replace(&snapshot(4, "folded")).unwrap();
    drop(opened);
    let after = tied.copy();
    let value = tied.chip.value();
    let file =
        |copy: &[(PathBuf, Vec<u8>)], name: &str| copy.iter().find(|(path, _)| path.ends_with(name)).unwrap().1.clone();
    // In the order in which they take their names.
    let mut state = before.clone();
    for name in ["tie", "snapshot", "journal"] {
        for (path, bytes) in &mut state {
            if path.ends_with(name) {
                *bytes = file(&after, name);
            }
        }
        tied.put_back(&state);
        let left = if name == "tie" { 4 } else { 0 };
        assert_eq!(tied.wakes(), (left, false), "{name}");
        assert_eq!(tied.chip.value(), value, "a fold asks nothing of the chip");
    }
    let mut opened = tied.open();
    opened.journal.append(b"five").unwrap();
    opened.journal.replace(&snapshot(5, "again")).unwrap();
    opened.journal.append(b"six").unwrap();
    drop(opened);
    assert_eq!(tied.wakes(), (1, false));
    // The memory of before the fold, with the newest tie.
    let tie = fs::read(tied.home.protected().join("tie")).unwrap();
    tied.put_back(&after);
    fs::write(tied.home.protected().join("tie"), tie).unwrap();
    assert!(tied.open().put_back.is_some());
}

#[test]
fn a_tie_with_any_bit_turned_ties_nothing_and_a_chip_that_was_cleared_begins_again() {
    let tied = Tied::with(&RECORDS);
    let path = tied.home.protected().join("tie");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 1;
        fs::write(&path, bad).unwrap();
        assert!(tied.open().put_back.is_some(), "{at}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(tied.open().put_back, None);
    tied.chip.0.lock().unwrap().value = None;
    let mut opened = tied.open();
    assert!(opened.put_back.is_some());
    opened.journal.accepted();
    opened.journal.append(b"on").unwrap();
    drop(opened);
    assert_eq!(tied.open().put_back, None);
    assert!(tied.chip.value().is_some());
}
