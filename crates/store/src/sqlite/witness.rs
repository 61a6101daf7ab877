//! The witness: a small file beside the database (`<file>.high`) that remembers how far the database had come.
//!
//! It is written, synced, at birth, after a second without work, at least every thousand commits, and on closing; never
//! before what it speaks of is durable. So an older database put in its place shows.
//!
//! What it cannot see: a database put back together with its witness (a snapshot of the whole machine or directory), a
//! loss of only the commits since it was last written, and an attacker who edits both. Against these stand the
//! counterparts: receipts and messages carry the ledger's chain head, and they remember what they were told.

use crate::identity::{Mark, StoreId};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "keyfare-store-witness 1";

/// What the witness says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Witness {
    /// It saw this.
    Saw(Mark),
    /// There is none, or it cannot be read.
    Silent,
}

/// Where the witness of `database` lies.
pub(super) fn path(database: &Path) -> PathBuf {
    beside(database, ".high")
}

/// `path` with `ending` added to its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Asks the witness of `database`.
pub(super) fn read(database: &Path) -> io::Result<Witness> {
    match fs::read_to_string(path(database)) {
        Ok(text) => Ok(parse(&text).map_or(Witness::Silent, Witness::Saw)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
            Ok(Witness::Silent)
        }
        Err(error) => Err(error),
    }
}

/// Replaces what the witness of `database` says, durably, in one step.
pub(super) fn write(database: &Path, mark: &Mark) -> io::Result<()> {
    let part = beside(database, ".high.part");
    let mut file = create_private(&part, true)?;
    file.write_all(format!("{FIRST_LINE}\n{} {} {}\n", mark.id, mark.epoch, mark.commits).as_bytes())?;
    file.sync_all()?;
    fs::rename(part, path(database))?;
    sync_directory(database)
}

/// Makes a file that only its owner can read.
pub(super) fn create_private(path: &Path, replace: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    if replace {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in the directory of `file` durable.
pub(super) fn sync_directory(file: &Path) -> io::Result<()> {
    let parent = file
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

fn parse(text: &str) -> Option<Mark> {
    let line = text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?.strip_suffix('\n')?;
    let mut words = line.split(' ');
    let mark = Mark {
        id: parse_id(words.next()?)?,
        epoch: words.next()?.parse().ok()?,
        commits: words.next()?.parse().ok()?,
    };
    words.next().is_none().then_some(mark)
}

fn parse_id(hex: &str) -> Option<StoreId> {
    if hex.len() != 32 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(hex, 16)
        .ok()
        .map(|number| StoreId(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_was_told_and_nothing_when_damaged() {
        let mark = Mark {
            id: StoreId([0xa5; 16]),
            epoch: 3,
            commits: 12,
        };
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("x.db");
        assert_eq!(read(&database).unwrap(), Witness::Silent);
        write(&database, &mark).unwrap();
        assert_eq!(read(&database).unwrap(), Witness::Saw(mark));
        let text = fs::read_to_string(path(&database)).unwrap();
        for end in 0..text.len() {
            assert_eq!(parse(&text[..end]), None);
        }
        assert_eq!(parse(&format!("{text}\n")), None);
        fs::write(path(&database), [0xff, 0xfe]).unwrap();
        assert_eq!(read(&database).unwrap(), Witness::Silent);
    }
}
