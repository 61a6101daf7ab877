//! Album: several works of sound as one: one package, one license, one play.
//!
//! The content is a ZIP archive in which everything is stored as it is, its media type first, as in an EPUB. Whoever has the
//! content can open it with any program; a player does not unpack it: each track is a stretch of the content, found by the
//! small heads between them, from the front on, so that a part of an album has its tracks too. `docs/formats/album.md`.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use units::{Again, Refusal};

/// Media type of an album.
pub const MEDIA_TYPE: &str = "application/vnd.keyfare.album+zip";
/// The most tracks of an album.
pub const TRACKS_MAX: usize = license::TRACKS_MAX;
/// The longest title of a track, in characters.
pub const TITLE_MAX: usize = 120;

const HEAD: u64 = 30;
const ENTRY: [u8; 4] = *b"PK\x03\x04";
const LISTED: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// Names in UTF-8.
const UTF8: u16 = 1 << 11;
/// Midnight of the first day there is in such archives: when an album was put together is nobody's business.
const DAY_ONE: u32 = 0x0021_0000;

/// A track: a stretch of its album's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// What it is called.
    pub title: String,
    /// Where it begins.
    pub from: u64,
    /// How long it is, in bytes.
    pub len: u64,
}

/// Why tracks are no album. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAlbum {
    /// None, or more than a list of tracks holds.
    #[error("an album has 1 to {TRACKS_MAX} tracks, these are {0}")]
    Tracks(usize),
    /// Longer than such an archive can say.
    #[error("an album holds less than 4 GiB; publish it in two")]
    TooLong,
    /// Not written as an album is.
    #[error("this is no album, or a damaged one; ask its publisher for a better one")]
    Damaged,
}

impl Refusal for NoAlbum {
    fn code(&self) -> &'static str {
        match self {
            Self::Tracks(_) => "album-tracks",
            Self::TooLong => "album-too-long",
            Self::Damaged => "album-damaged",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Tracks(_) | Self::TooLong => Again::AfterYouAct,
            Self::Damaged => Again::Never,
        }
    }
}

/// A file's name as its title: without its ending, its number in front and underscores.
pub fn title_of(file_name: &str) -> String {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let plain: String = stem
        .chars()
        .map(|c| if c == '_' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    let bare = plain.trim_start_matches(|c: char| c.is_ascii_digit());
    let bare = if bare.len() < plain.len() {
        bare.trim_start_matches(['.', '-', ')', ' '])
    } else {
        bare
    };
    let title = if bare.trim().is_empty() {
        plain.trim()
    } else {
        bare.trim()
    };
    title.chars().take(TITLE_MAX).collect()
}

impl From<NoAlbum> for io::Error {
    fn from(no: NoAlbum) -> Self {
        Self::new(io::ErrorKind::InvalidData, no)
    }
}

struct Listed {
    name: Vec<u8>,
    sum: u32,
    len: u32,
    at: u32,
}

/// Writes an album of these tracks, in this order: each its title, its length and where its bytes are read from. Answers how long
/// the album is. What was refused was refused before a byte was written; a length that was wrong is an error of reading.
pub fn pack<R: Read + Seek>(tracks: Vec<(String, u64, R)>, into: &mut impl Write) -> io::Result<u64> {
    let whole: u64 = tracks.iter().map(|(_, len, _)| len.saturating_add(1024)).sum();
    if whole >= u64::from(u32::MAX) {
        return Err(io::Error::other(NoAlbum::TooLong));
    }
    if tracks.is_empty() || tracks.len() > TRACKS_MAX {
        return Err(io::Error::other(NoAlbum::Tracks(tracks.len())));
    }
    let mut out = Out {
        into,
        at: 0,
        listed: Vec::new(),
    };
    out.file(b"mimetype".to_vec(), MEDIA_TYPE.len() as u64, Cursor::new(MEDIA_TYPE))?;
    for (n, (title, len, bytes)) in tracks.into_iter().enumerate() {
        // The number keeps the order in programs that sort; titles that are alike stay two.
        let name = format!("{:02} {}", n.saturating_add(1), title.replace(['/', '\\'], "-"));
        out.file(name.into_bytes(), len, bytes)?;
    }
    out.end()
}

struct Out<'a, W> {
    into: &'a mut W,
    at: u64,
    listed: Vec<Listed>,
}

impl<W: Write> Out<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at = self.at.saturating_add(bytes.len() as u64);
        self.into.write_all(bytes)
    }

    /// A stored file, read twice: its sum stands before it.
    fn file(&mut self, name: Vec<u8>, len: u64, mut bytes: impl Read + Seek) -> io::Result<()> {
        let short = |_| io::Error::other(NoAlbum::TooLong);
        let (at, len32) = (
            u32::try_from(self.at).map_err(short)?,
            u32::try_from(len).map_err(short)?,
        );
        let begin = bytes.stream_position()?;
        let mut sum = Sum::default();
        pieces(&mut bytes, len, |piece| {
            sum.over(piece);
            Ok(())
        })?;
        let sum = sum.end();
        bytes.seek(SeekFrom::Start(begin))?;
        self.put(&entry(&name, sum, len32))?;
        pieces(&mut bytes, len, |piece| self.put(piece))?;
        self.listed.push(Listed {
            name,
            sum,
            len: len32,
            at,
        });
        Ok(())
    }

    fn end(mut self) -> io::Result<u64> {
        let from = self.at;
        let listed = std::mem::take(&mut self.listed);
        for one in &listed {
            let mut line = Vec::from(LISTED);
            line.extend(20_u16.to_le_bytes());
            line.extend(entry(&one.name, one.sum, one.len).get(4..26).unwrap_or_default());
            line.extend(u16::try_from(one.name.len()).unwrap_or(0).to_le_bytes());
            line.extend([0; 12]);
            line.extend(one.at.to_le_bytes());
            line.extend(&one.name);
            self.put(&line)?;
        }
        let count = u16::try_from(listed.len()).unwrap_or(0).to_le_bytes();
        let mut end = Vec::from(END);
        end.extend([0; 4]);
        end.extend(count);
        end.extend(count);
        for figure in [self.at.saturating_sub(from), from] {
            end.extend(u32::try_from(figure).unwrap_or(0).to_le_bytes());
        }
        end.extend([0; 2]);
        self.put(&end)?;
        Ok(self.at)
    }
}

/// Hands on the next `len` bytes piece by piece.
fn pieces(bytes: &mut impl Read, len: u64, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let (mut left, mut some) = (len, vec![0; 128 << 10]);
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(some.len());
        let n = bytes.read(some.get_mut(..want).unwrap_or_default())?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        take(some.get(..n).unwrap_or_default())?;
        left = left.saturating_sub(n as u64);
    }
    Ok(())
}

fn entry(name: &[u8], sum: u32, len: u32) -> Vec<u8> {
    let mut head = Vec::from(ENTRY);
    head.extend(20_u16.to_le_bytes());
    head.extend(UTF8.to_le_bytes());
    head.extend(0_u16.to_le_bytes());
    head.extend(DAY_ONE.to_le_bytes());
    head.extend(sum.to_le_bytes());
    head.extend(len.to_le_bytes());
    head.extend(len.to_le_bytes());
    head.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    head.extend(0_u16.to_le_bytes());
    head.extend(name);
    head
}

/// The tracks of an album of which `len` bytes are there: all of it, or its beginning. `read` fills a buffer from an offset,
/// fewer bytes only at the end. A track of which only a part is there is as long as that part.
pub fn tracks<E: From<NoAlbum>>(
    len: u64,
    mut read: impl FnMut(u64, &mut [u8]) -> Result<usize, E>,
) -> Result<Vec<Track>, E> {
    let mut tracks = Vec::new();
    let mut at = 0_u64;
    while at.saturating_add(HEAD) <= len && tracks.len() <= TRACKS_MAX {
        let mut head = [0; HEAD as usize];
        if read(at, &mut head)? < head.len() {
            break;
        }
        if !head.starts_with(&ENTRY) {
            if head.starts_with(&LISTED) {
                break;
            }
            return Err(NoAlbum::Damaged.into());
        }
        let (entry, named) = Entry::of(&head).ok_or(NoAlbum::Damaged)?;
        let mut name = vec![0; usize::from(named)];
        let name_at = at.saturating_add(HEAD);
        if read(name_at, &mut name)? < name.len() {
            break;
        }
        let from = name_at.saturating_add(u64::from(named)).saturating_add(entry.extra);
        let name = String::from_utf8(name).map_err(|_| NoAlbum::Damaged)?;
        let here = len.saturating_sub(from).min(entry.len);
        match at {
            0 if name != "mimetype" => return Err(NoAlbum::Damaged.into()),
            0 => {}
            _ if here == 0 => break,
            _ => tracks.push(Track {
                title: title_of(&format!("{name}.")),
                from,
                len: here,
            }),
        }
        at = from.saturating_add(entry.len);
    }
    if tracks.is_empty() || tracks.len() > TRACKS_MAX {
        return Err(NoAlbum::Tracks(tracks.len()).into());
    }
    Ok(tracks)
}

struct Entry {
    len: u64,
    extra: u64,
}

impl Entry {
    /// A stored file, neither packed nor encrypted, which says beforehand how long it is; and the length of its name.
    fn of(head: &[u8; HEAD as usize]) -> Option<(Self, u16)> {
        let two = |at: usize| Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?));
        let four = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let (flags, method, packed, len) = (two(6)?, two(8)?, four(18)?, four(22)?);
        let (named, extra) = (two(26)?, two(28)?);
        let plain = flags & !UTF8 == 0 && method == 0 && packed == len && named <= 1024;
        plain.then_some((
            Self {
                len: u64::from(len),
                extra: u64::from(extra),
            },
            named,
        ))
    }
}

/// The sum that such archives carry (CRC-32 of ISO 3309).
struct Sum(u32);

impl Default for Sum {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Sum {
    fn over(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| {
            let at = (sum ^ u32::from(*byte)) & 0xff;
            (sum >> 8) ^ TABLE.get(at as usize).copied().unwrap_or_default()
        });
    }
    const fn end(&self) -> u32 {
        !self.0
    }
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut one, mut bit) = (n as u32, 0);
        while bit < 8 {
            one = if one & 1 == 1 {
                (one >> 1) ^ 0xedb8_8320
            } else {
                one >> 1
            };
            bit += 1;
        }
        table[n] = one;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What the song of a number is made of.
    fn letter(n: usize) -> u8 {
        b'a' + u8::try_from(n % 26).unwrap()
    }

    fn songs(all: &[(&str, usize)]) -> Vec<(String, u64, Cursor<Vec<u8>>)> {
        let song = |(n, (title, len)): (usize, &(&str, usize))| {
            let bytes = vec![letter(n); *len];
            ((*title).to_owned(), *len as u64, Cursor::new(bytes))
        };
        all.iter().enumerate().map(song).collect()
    }

    fn packed(all: &[(&str, usize)]) -> Vec<u8> {
        let mut album = Vec::new();
        let len = pack(songs(all), &mut album).unwrap();
        assert_eq!(len, album.len() as u64);
        album
    }

    fn listed(album: &[u8]) -> Result<Vec<Track>, NoAlbum> {
        tracks(album.len() as u64, |at, buf| {
            let rest = album.get(usize::try_from(at).unwrap()..).unwrap_or_default();
            let n = rest.len().min(buf.len());
            buf[..n].copy_from_slice(&rest[..n]);
            Ok(n)
        })
    }

    // proves: XD-10
    #[test]
    fn tracks_are_stretches_of_an_album_and_any_program_opens_it() {
        let all = [("Night Ferry", 300_000), ("港", 5), ("A/B", 70)];
        let album = packed(&all);
        let found = listed(&album).unwrap();
        let titles: Vec<&str> = found.iter().map(|track| track.title.as_str()).collect();
        assert_eq!(titles, ["Night Ferry", "港", "A-B"]);
        for (n, (track, (_, len))) in found.iter().zip(all).enumerate() {
            let from = usize::try_from(track.from).unwrap();
            assert_eq!(album[from..from + len], vec![letter(n); len]);
            assert_eq!(track.len, len as u64);
        }
        #[cfg(feature = "make")]
        {
            let mut archive = zip::ZipArchive::new(Cursor::new(&album)).unwrap();
            let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
            assert_eq!(names, ["mimetype", "01 Night Ferry", "02 港", "03 A-B"]);
            let mut whole = Vec::new();
            archive
                .by_name("01 Night Ferry")
                .unwrap()
                .read_to_end(&mut whole)
                .unwrap();
            assert_eq!(whole, vec![b'a'; 300_000], "its sum is right");
        }
        assert_eq!(crate::recognise(&album), crate::Format::Album);
    }

    // proves: row-34
    #[test]
    fn the_beginning_of_an_album_has_its_tracks_too() {
        let album = packed(&[("One", 1000), ("Two", 1000), ("Three", 1000)]);
        let part = listed(&album[..1500]).unwrap();
        assert_eq!((part.len(), part[0].len), (2, 1000));
        assert!((1..1000).contains(&part[1].len));
        assert_eq!(listed(&album[..40]).unwrap_err(), NoAlbum::Tracks(0));
    }

    // proves: row-88
    #[test]
    fn what_is_not_written_as_an_album_is_none() {
        let album = packed(&[("One", 100)]);
        let bent = |at: usize, to: u8| {
            let mut bent = album.clone();
            bent[at] = to;
            listed(&bent)
        };
        assert_eq!(bent(0, b'Q').unwrap_err(), NoAlbum::Damaged);
        assert_eq!(bent(6, 1).unwrap_err(), NoAlbum::Damaged, "encrypted");
        assert_eq!(bent(8, 8).unwrap_err(), NoAlbum::Damaged, "packed");
        assert_eq!(bent(27, 0xff).unwrap_err(), NoAlbum::Damaged, "a name without an end");
        assert_eq!(bent(31, b'x').unwrap_err(), NoAlbum::Damaged, "another first file");
        let many: Vec<(&str, usize)> = vec![("x", 1); TRACKS_MAX + 1];
        assert!(pack(songs(&many), &mut Vec::new()).is_err() && pack(songs(&[]), &mut Vec::new()).is_err());
    }

    #[test]
    fn a_files_name_becomes_a_title() {
        for (name, title) in [
            ("01_last_boat_home.wav", "last boat home"),
            ("03 - Night Ferry.flac", "Night Ferry"),
            ("a/b\\02.Harbour.mp3", "Harbour"),
            ("1999.mp3", "1999"),
            ("7 Seas.ogg", "Seas"),
            ("plain", "plain"),
        ] {
            assert_eq!(title_of(name), title, "{name}");
        }
    }

    proptest::proptest! {
        // proves: row-88
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = listed(&bytes);
            let mut begun = b"PK\x03\x04".to_vec();
            begun.extend(bytes);
            let _ = listed(&begun);
        }
    }
}
