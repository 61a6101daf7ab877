//! Cuts: sealing into a file goes on after a stop at any byte, whatever the stop left behind.

mod common;
use common::*;
use package::*;
use std::{cell::Cell, fs, io, path::Path};
use units::Refusal;

fn seal_to(front: &Front, plain: &Vec<u8>, target: &Path) -> Result<Vec<u64>, FileError> {
    let mut seen = Vec::new();
    seal_file(front, &key(), plain, target, &mut |done| seen.push(done))?;
    Ok(seen)
}

// proves: XD-4
#[test]
fn a_cut_at_any_byte_ends_in_the_same_file() {
    let (plain, front, bytes) = small(100);
    let dir = tempfile::tempdir().unwrap();
    let (target, part) = (dir.path().join("song.keyfare"), dir.path().join("song.keyfare.part"));
    for cut in 0..=bytes.len() {
        fs::write(&part, &bytes[..cut]).unwrap();
        let seen = seal_to(&front, &plain, &target).unwrap();
        assert!(fs::read(&target).unwrap() == bytes, "cut at {cut}");
        assert!(!part.exists());
        assert!(seen.is_sorted() && seen.last() == Some(&(bytes.len() as u64)));
        if cut == bytes.len() {
            assert_eq!(seen[0], cut as u64, "sealed again what was there")
        }
        fs::remove_file(&target).unwrap();
    }
}

#[test]
fn what_a_power_cut_may_leave_is_not_built_upon() {
    let (plain, front, bytes) = small(100);
    let dir = tempfile::tempdir().unwrap();
    let (target, part) = (dir.path().join("song.keyfare"), dir.path().join("song.keyfare.part"));
    let junk = |at: usize| {
        let mut junk = bytes.clone();
        junk[at..(at + 30).min(bytes.len())].fill(0);
        junk
    };
    for at in (0..bytes.len()).step_by(3) {
        for left in [
            junk(at),
            [&junk(at)[..], &[1; 50]].concat(),
            [&bytes[..at], &[0; 900][..]].concat(),
        ] {
            fs::write(&part, left).unwrap();
            seal_to(&front, &plain, &target).unwrap();
            assert!(fs::read(&target).unwrap() == bytes);
            fs::remove_file(&target).unwrap();
        }
    }
}

#[test]
fn finished_work_is_found_and_foreign_work_is_kept() {
    let (plain, front, bytes) = small(100);
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("song.keyfare");
    seal_to(&front, &plain, &target).unwrap();
    assert_eq!(seal_to(&front, &plain, &target).unwrap(), [bytes.len() as u64]);
    let other = front_of(&plain, front.header().geometry, |about| about.title = "Another".into());
    assert_eq!(
        seal_to(&other, &plain, &target).unwrap_err().code(),
        "package-file-exists"
    );
    assert!(fs::read(&target).unwrap() == bytes);
}

#[test]
fn another_plan_starts_over() {
    let (plain, front, bytes) = small(100);
    let other = front_of(&plain, front.header().geometry, |about| about.title = "Another".into());
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("song.keyfare");
    fs::write(dir.path().join("song.keyfare.part"), &bytes[..bytes.len() - 5]).unwrap();
    seal_to(&other, &plain, &target).unwrap();
    assert!(fs::read(&target).unwrap() == sealed(&other, &plain));
}

/// Content on a disk that stops answering after so many reads.
struct Failing<'a> {
    plain: &'a Vec<u8>,
    left: Cell<u32>,
}

impl ReadAt for Failing<'_> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        match self.left.get() {
            0 => Err(io::Error::other("unplugged")),
            n => {
                self.left.set(n - 1);
                self.plain.read_at(offset, buf)
            }
        }
    }
    fn size(&self) -> io::Result<Option<u64>> {
        self.plain.size()
    }
}

#[test]
fn a_failing_source_leaves_a_part_and_no_package() {
    let len = 3 * SEGMENT_LEN as usize * 20;
    let plain = content(len);
    let front = front_of(&plain, Geometry::of(len as u64).unwrap(), |_| {});
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("film.keyfare");
    for left in [0, 1, 17, 25] {
        let no = seal_file(
            &front,
            &key(),
            &Failing {
                plain: &plain,
                left: Cell::new(left),
            },
            &target,
            &mut |_| {},
        )
        .unwrap_err();
        assert_eq!(no.code(), "content-unreadable");
        assert!(!target.exists());
    }
    let seen = seal_to(&front, &plain, &target).unwrap();
    assert!(seen[0] > 2 * (1 << 20), "earlier work was thrown away: {}", seen[0]);
    assert!(fs::read(&target).unwrap() == sealed(&front, &plain));
}
