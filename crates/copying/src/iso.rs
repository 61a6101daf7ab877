//! Iso: an image of a medium that burns to a disc or is written to a stick: ISO 9660 (ECMA-119, interchange level 3), one
//! directory, names of eight and three characters, so that every system mounts it without extensions.
//!
//! Written in one pass, in constant memory; files beyond 4 GiB are several extents. The same files and date give the same
//! bytes. `tests/copying/iso.rs` has the image read by another program.
//!
//! ```text
//!   sector 0-15 empty | 16 volume | 17 end | 18 paths (little) | 19 paths (big) | 20 root | 21.. files, each from a sector
//! ```

use std::io::{self, Read, Write};

use units::Moment;

const SECTOR: u64 = 2048;
const ROOT: u32 = 20;
const FIRST: u64 = 21;
/// The longest extent: whole sectors below 4 GiB.
const EXTENT_MAX: u64 = (u32::MAX as u64 / SECTOR) * SECTOR;

/// One file of an image.
pub struct IsoFile<'a> {
    /// Its name: eight and three of `A-Z 0-9 _`.
    pub name: &'a str,
    /// Its length in bytes.
    pub len: u64,
    /// Its content: exactly so long.
    pub content: &'a mut dyn Read,
}

/// Why no image was made.
#[derive(Debug, thiserror::Error)]
pub enum IsoRefused {
    /// A name that not every system reads.
    #[error("a file of an image has a name of eight and three capital letters or digits, not {0}")]
    Name(String),
    /// More than an image holds.
    #[error("an image holds up to 8 TiB in a few files; this is more")]
    TooLarge,
    /// A file was longer or shorter than said.
    #[error("{0} changed while the image was made; make it again")]
    Length(String),
    /// Reading or writing failed.
    #[error("the image could not be written: {0}")]
    Io(#[from] io::Error),
}

impl units::Refusal for IsoRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "iso-name",
            Self::TooLarge => "iso-too-large",
            Self::Length(_) => "iso-length",
            Self::Io(_) => "iso-io",
        }
    }
    fn again(&self) -> units::Again {
        units::Again::AfterYouAct
    }
}

fn good_name(name: &str) -> bool {
    let part = |text: &str, max: usize| {
        (1..=max).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    name.split_once('.')
        .is_some_and(|(stem, ext)| part(stem, 8) && part(ext, 3))
}

/// Both byte orders, as the format wants numbers.
fn both32(n: u32) -> [u8; 8] {
    let mut out = [0; 8];
    out[..4].copy_from_slice(&n.to_le_bytes());
    out[4..].copy_from_slice(&n.to_be_bytes());
    out
}
fn both16(n: u16) -> [u8; 4] {
    let mut out = [0; 4];
    out[..2].copy_from_slice(&n.to_le_bytes());
    out[2..].copy_from_slice(&n.to_be_bytes());
    out
}

/// A directory's record of one extent.
fn record(name: &[u8], extent: u32, len: u32, flags: u8, at: Moment) -> Vec<u8> {
    let (year, month, day, hour, minute, second) = at.civil();
    let size = (33 + name.len()).next_multiple_of(2);
    let mut out = Vec::with_capacity(size);
    out.extend([size as u8, 0]);
    out.extend(both32(extent));
    out.extend(both32(len));
    out.extend([
        year.saturating_sub(1900).min(255) as u8,
        month,
        day,
        hour,
        minute,
        second,
        0,
    ]);
    out.extend([flags, 0, 0]);
    out.extend(both16(1));
    out.push(name.len() as u8);
    out.extend(name);
    out.resize(size, 0);
    out
}

fn text(name: &str, len: usize) -> Vec<u8> {
    let mut out: Vec<u8> = name.bytes().take(len).collect();
    out.resize(len, b' ');
    out
}

fn long_date(at: Moment) -> Vec<u8> {
    let (year, month, day, hour, minute, second) = at.civil();
    let mut out = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}00").into_bytes();
    out.push(0);
    out
}

fn path_table(big: bool) -> Vec<u8> {
    let mut out = vec![1, 0];
    if big {
        out.extend(ROOT.to_be_bytes());
        out.extend(1_u16.to_be_bytes());
    } else {
        out.extend(ROOT.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
    }
    out.extend([0, 0]);
    out
}

fn volume(name: &str, sectors: u32, at: Moment) -> Vec<u8> {
    let mut out = vec![1];
    out.extend(b"CD001\x01\0");
    out.extend(text("", 32));
    out.extend(text(name, 32));
    out.extend([0; 8]);
    out.extend(both32(sectors));
    out.extend([0; 32]);
    out.extend(both16(1));
    out.extend(both16(1));
    out.extend(both16(SECTOR as u16));
    out.extend(both32(path_table(false).len() as u32));
    out.extend(18_u32.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(19_u32.to_be_bytes());
    out.extend(0_u32.to_be_bytes());
    out.extend(record(&[0], ROOT, SECTOR as u32, 2, at));
    for len in [128, 128, 128, 128, 37, 37, 37] {
        out.extend(text("", len));
    }
    out.extend(long_date(at));
    out.extend(long_date(at));
    // No expiry, and effective at once.
    for _ in 0..2 {
        out.extend([b'0'; 16]);
        out.push(0);
    }
    out.push(1);
    out
}

/// Where a part of a file lies in an image: from this byte, so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// From which byte.
    pub at: u64,
    /// How many.
    pub len: u64,
}

/// The longest root directory that is looked through.
const DIRECTORY_MAX: usize = 1 << 20;

/// Finds a file in the root directory of an image; nothing if the image, or the file in it, is none. Untrusted bytes: a
/// directory that lies leads outside the image, where reading ends.
pub fn find(image: &dyn package::ReadAt, name: &str) -> io::Result<Vec<Extent>> {
    let mut volume = vec![0; SECTOR as usize];
    if image.fill_at(16 * SECTOR, &mut volume)? < volume.len() || !volume.starts_with(b"\x01CD001") {
        return Ok(Vec::new());
    }
    let number = |bytes: &[u8], at: usize| -> u64 {
        let four = bytes
            .get(at..at.saturating_add(4))
            .and_then(|four| four.try_into().ok());
        u64::from(four.map_or(0, u32::from_le_bytes))
    };
    let root = volume.get(156..190).unwrap_or_default();
    let (at, len) = (number(root, 2).saturating_mul(SECTOR), number(root, 10));
    let mut directory = vec![0; usize::try_from(len).unwrap_or(DIRECTORY_MAX).min(DIRECTORY_MAX)];
    let n = image.fill_at(at, &mut directory)?;
    directory.truncate(n);
    let (mut found, mut next) = (Vec::new(), 0_usize);
    while let Some(record) = directory.get(next..) {
        let size = usize::from(record.first().copied().unwrap_or(0));
        if size == 0 {
            // Records do not cross sectors: the rest of this one is empty.
            next = next.saturating_add(1).next_multiple_of(SECTOR as usize);
            if next >= directory.len() {
                break;
            }
            continue;
        }
        let own = record.get(..size).unwrap_or_default();
        let length = usize::from(own.get(32).copied().unwrap_or(0));
        let named = own.get(33..33_usize.saturating_add(length)).unwrap_or_default();
        let named = named.split(|b| *b == b';').next().unwrap_or_default();
        if named.eq_ignore_ascii_case(name.as_bytes()) {
            found.push(Extent {
                at: number(own, 2).saturating_mul(SECTOR),
                len: number(own, 10),
            });
        }
        next = next.saturating_add(size);
    }
    Ok(found)
}

fn sector(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    let mut whole = bytes.to_vec();
    whole.resize(SECTOR as usize, 0);
    out.write_all(&whole)
}

/// Writes an image of these files, named `name`, dated `at`.
pub fn write_iso(out: &mut dyn Write, name: &str, files: &mut [IsoFile<'_>], at: Moment) -> Result<(), IsoRefused> {
    files.sort_by(|a, b| a.name.cmp(b.name));
    let mut root = record(&[0], ROOT, SECTOR as u32, 2, at);
    root.extend(record(&[1], ROOT, SECTOR as u32, 2, at));
    let mut next = FIRST;
    for file in files.iter() {
        if !good_name(file.name) {
            return Err(IsoRefused::Name(file.name.to_owned()));
        }
        let (mut left, label) = (file.len, format!("{};1", file.name));
        loop {
            let len = left.min(EXTENT_MAX);
            left -= len;
            let extent = u32::try_from(next).map_err(|_| IsoRefused::TooLarge)?;
            let len32 = u32::try_from(len).map_err(|_| IsoRefused::TooLarge)?;
            root.extend(record(
                label.as_bytes(),
                extent,
                len32,
                if left > 0 { 0x80 } else { 0 },
                at,
            ));
            next = next.saturating_add(len.div_ceil(SECTOR));
            if left == 0 {
                break;
            }
        }
    }
    let sectors = u32::try_from(next).map_err(|_| IsoRefused::TooLarge)?;
    if root.len() > SECTOR as usize {
        return Err(IsoRefused::TooLarge);
    }
    for _ in 0..16 {
        sector(out, &[])?;
    }
    sector(out, &volume(name, sectors, at))?;
    sector(out, b"\xffCD001\x01")?;
    sector(out, &path_table(false))?;
    sector(out, &path_table(true))?;
    sector(out, &root)?;
    for file in files {
        let mut content = (&mut *file.content).take(file.len.saturating_add(1));
        let copied = io::copy(&mut content, out)?;
        if copied != file.len {
            return Err(IsoRefused::Length(file.name.to_owned()));
        }
        let rest = (SECTOR - file.len % SECTOR) % SECTOR;
        out.write_all(&vec![0; rest as usize])?;
    }
    Ok(out.flush()?)
}
