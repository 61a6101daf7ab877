//! Several files that come with one form: each is kept as it comes, and all together become one album. Nothing of what is in
//! them is looked at here.

use std::{
    cmp::Ordering,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use axum::{extract::Multipart, http::StatusCode};
use publisher::album;

use super::{FILE_MAX, broken, disk, name_of, no, receive};
use crate::frame::Problem;

/// A file of an album to be: its name as the browser told it, where it lies, and its length.
type Part = (String, PathBuf, u64);

/// Takes the first file, which has come to `path`, and all that the form still brings: one as it is, several as an album. Answers
/// what it is called and how long it is.
pub(super) async fn receive_rest(
    path: &Path,
    first: (String, u64),
    mut rest: Multipart,
) -> Result<(String, u64), Problem> {
    let mut parts: Vec<Part> = vec![(first.0, path.to_owned(), first.1)];
    while let Some(mut field) = rest.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        if parts.len() >= album::TRACKS_MAX {
            return Err(no_album(&album::NoAlbum::Tracks(parts.len().saturating_add(1))));
        }
        let held: u64 = parts.iter().map(|(_, _, len)| len).sum();
        let to = path.with_file_name(format!("track-{}", parts.len()));
        let name = name_of(&field);
        let len = receive(&to, &mut field, FILE_MAX.saturating_sub(held)).await?;
        parts.push((name, to, len));
    }
    if parts.len() == 1 {
        return Ok(parts.pop().map(|(name, _, len)| (name, len)).unwrap_or_default());
    }
    // The first lies where the album is to lie.
    let moved = path.with_file_name("track-0");
    tokio::fs::rename(path, &moved).await.map_err(disk)?;
    if let Some(first) = parts.first_mut() {
        first.1 = moved;
    }
    parts.sort_by(|(a, ..), (b, ..)| as_counted(a, b));
    let into = path.to_owned();
    let packed = tokio::task::spawn_blocking(move || pack(&parts, &into)).await;
    let len = packed
        .map_err(|_| Problem::by(&store::Fault::Panicked))?
        .map_err(
            |error| match error.get_ref().and_then(|no| no.downcast_ref::<album::NoAlbum>()) {
                Some(no) => no_album(no),
                None => disk(error),
            },
        )?;
    // Nobody has typed a title yet.
    Ok((String::new(), len))
}

fn no_album(why: &album::NoAlbum) -> Problem {
    no(StatusCode::UNPROCESSABLE_ENTITY, "draft-no-album", &why.to_string())
}

fn pack(parts: &[Part], into: &Path) -> std::io::Result<u64> {
    let mut tracks = Vec::with_capacity(parts.len());
    for (name, at, len) in parts {
        tracks.push((album::title_of(name), *len, File::open(at)?));
    }
    let mut out = BufWriter::new(File::create_new(into)?);
    let len = album::pack(tracks, &mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    for (_, at, _) in parts {
        std::fs::remove_file(at)?;
    }
    Ok(len)
}

/// A run of figures, or of other characters: numbers stand before words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Run {
    Number(u64),
    Word(String),
}

/// As people count: "track 2" before "track 10".
fn as_counted(a: &str, b: &str) -> Ordering {
    runs(a).cmp(&runs(b))
}

fn runs(text: &str) -> Vec<Run> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let alike = text.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let run = |run: &[char]| {
        let all: String = run.iter().collect();
        match run.first() {
            Some(c) if c.is_ascii_digit() => Run::Number(all.parse().unwrap_or(u64::MAX)),
            _ => Run::Word(all),
        }
    };
    alike.map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_in_the_order_people_count_in() {
        let mut names = [
            "Track 10.wav",
            "track 2.wav",
            "Track 1.wav",
            "b.wav",
            "a.wav",
            "03 x.wav",
            "1 y.wav",
        ];
        names.sort_by(|a, b| as_counted(a, b));
        let counted = [
            "1 y.wav",
            "03 x.wav",
            "a.wav",
            "b.wav",
            "Track 1.wav",
            "track 2.wav",
            "Track 10.wav",
        ];
        assert_eq!(names, counted);
    }
}
