//! Piece: one medium or device on its way to being whole. Nothing has its own name before all of it is on the disk.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use units::Moment;

use super::{PressRefused, on};
use crate::{
    batch::{Batch, Blank, Content},
    device::{Body, Kept},
    ids::DeviceKind,
    iso::{IsoFile, write_iso},
    medium::{LABEL_FILE, PACKAGE_FILE, label_text},
};

/// Bytes that are copied before progress is told.
const AT_ONCE: u64 = 8 << 20;

/// What stands in a medium's text file.
pub(super) fn label(batch: &Batch, content: &Content, n: u32) -> String {
    label_text(batch.medium(n), batch.id, &content.title, content.price, content.offer)
}

fn name(what: &str, n: u32) -> String {
    format!("{what}-{:05}", u64::from(n) + 1)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// What lies there from before a cut is made anew.
fn clear(path: &Path) -> Result<(), PressRefused> {
    let gone = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    gone.map_err(on(path))
}

/// Gives a whole piece its name, for good.
fn name_it(part: &Path, path: &Path) -> Result<(), PressRefused> {
    fs::rename(part, path).map_err(on(path))?;
    sync_dir(path.parent())
}

fn sync_dir(dir: Option<&Path>) -> Result<(), PressRefused> {
    match dir.filter(|dir| cfg!(unix) && !dir.as_os_str().is_empty()) {
        Some(dir) => File::open(dir).and_then(|dir| dir.sync_all()).map_err(on(dir)),
        None => Ok(()),
    }
}

/// A medium as a folder.
pub(super) fn folder(
    into: &Path,
    n: u32,
    label: &str,
    package: &Path,
    told: &mut dyn FnMut(u64),
) -> Result<(), PressRefused> {
    let path = into.join(name("medium", n));
    if path.exists() {
        return Ok(());
    }
    let part = part_of(&path);
    clear(&part)?;
    fs::create_dir(&part).map_err(on(&part))?;
    let text = part.join(LABEL_FILE);
    let mut file = File::create(&text).map_err(on(&text))?;
    file.write_all(label.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(on(&text))?;
    let to = part.join(PACKAGE_FILE);
    let mut from = File::open(package).map_err(on(package))?;
    let mut out = File::create(&to).map_err(on(&to))?;
    let mut done = 0_u64;
    loop {
        // The system copies from file to file by itself where it can.
        let more = io::copy(&mut (&mut from).take(AT_ONCE), &mut out).map_err(on(&to))?;
        if more == 0 {
            break;
        }
        done = done.saturating_add(more);
        told(done);
    }
    out.sync_all().map_err(on(&to))?;
    sync_dir(Some(&part))?;
    name_it(&part, &path)
}

/// Tells of what is read through it.
struct Telling<'a, R> {
    from: R,
    done: u64,
    told: &'a mut dyn FnMut(u64),
}
impl<R: Read> Read for Telling<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buf)?;
        self.done = self.done.saturating_add(n as u64);
        (self.told)(self.done);
        Ok(n)
    }
}

/// A medium as an image.
pub(super) fn image(
    into: &Path,
    n: u32,
    label: &str,
    package: &Path,
    at: Moment,
    told: &mut dyn FnMut(u64),
) -> Result<(), PressRefused> {
    let path = into.join(format!("{}.iso", name("medium", n)));
    if path.exists() {
        return Ok(());
    }
    let part = part_of(&path);
    clear(&part)?;
    let from = File::open(package).map_err(on(package))?;
    let len = from.metadata().map_err(on(package))?.len();
    let file = File::create(&part).map_err(on(&part))?;
    let mut out = io::BufWriter::with_capacity(1 << 20, file);
    let mut text = label.as_bytes();
    let mut content = Telling {
        from: io::BufReader::with_capacity(1 << 20, from),
        done: 0,
        told,
    };
    let mut files = [
        IsoFile {
            name: LABEL_FILE,
            len: label.len() as u64,
            content: &mut text,
        },
        IsoFile {
            name: PACKAGE_FILE,
            len,
            content: &mut content,
        },
    ];
    write_iso(&mut out, "KEYFARE_MEDIUM", &mut files, at)?;
    let file = out.into_inner().map_err(|no| on(&part)(no.into_error()))?;
    file.sync_all().map_err(on(&part))?;
    name_it(&part, &path)
}

/// A device of software.
pub(super) fn device(into: &Path, n: u32, kind: DeviceKind, blank: Blank) -> Result<(), PressRefused> {
    let path = into.join(name(kind.word(), n));
    if path.exists() {
        return Ok(());
    }
    let part = part_of(&path);
    clear(&part)?;
    let put = Kept::at(&part).put(&Body::new(blank.id, kind, blank.key));
    put.map_err(|no| no.in_press(&part))?;
    name_it(&part, &path)
}
