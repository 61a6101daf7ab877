//! Hostile uploads: files that are made to harm whoever looks into them, sent through the console of a real shop, which starts a
//! fenced process for each. Each is refused a preview or shown harmlessly, the shop goes on, and takes honest files of every kind.

use std::{
    io::{Cursor, Read, Write},
    net::TcpStream,
    time::Duration,
};

use publisher::demo;
use zip::{CompressionMethod, write::SimpleFileOptions};

use crate::{
    ask::document,
    town::{Town, pause},
};

/// A line that stands in no file.
const LINE: &str = "line-7c41f0e2b9";

/// An answer: status, fields, body.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn field(&self, name: &str) -> String {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(one, _)| one.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    }
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Somebody who works for a publisher, in the console of the shop at `port`.
struct Person {
    port: u16,
    shop: u32,
    cookie: String,
    base: String,
}

impl Person {
    fn ask(&self, head: &str, body: &mut dyn FnMut(&mut TcpStream) -> std::io::Result<()>) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        let host = format!("127.0.0.1:{}", self.port);
        let fixed = format!(
            "host: {host}\r\norigin: http://{host}\r\ncookie: {}\r\nconnection: close\r\n",
            self.cookie
        );
        let (first, rest) = head.split_once("\r\n").unwrap();
        stream
            .write_all(format!("{first} HTTP/1.1\r\n{fixed}{rest}\r\n").as_bytes())
            .unwrap();
        // A refusal may come before everything was sent.
        let _ = body(&mut stream);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let at = all.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer");
        let head = String::from_utf8_lossy(&all[..at]).into_owned();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        let body = all.split_off(at + 4);
        let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { unchunked(&body) } else { body };
        Answer { status, head, body }
    }
    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}\r\n"), &mut |_| Ok(()))
    }
    fn form(&self, path: &str, body: &str) -> Answer {
        let head = format!(
            "POST {path}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            body.len()
        );
        self.ask(&head, &mut |stream| stream.write_all(body.as_bytes()))
    }

    /// Takes an invitation as an owner.
    fn invited(town: &Town) -> Self {
        let told = document(&town.run(&["console", "invite", "--role", "owner"], None));
        let link = told["link"].as_str().unwrap();
        let path = &link[link.find("/console").unwrap()..];
        let shop = town.children.iter().find(|(role, _)| role == "shop").unwrap().1.id();
        let mut person = Self {
            port: town.base + 4,
            shop,
            cookie: String::new(),
            base: String::new(),
        };
        let taken = person.form(path, "name=aiko&password=a+ferry+at+nine+o%27clock");
        assert_eq!(taken.status, 303, "{}", taken.text());
        let set = taken.head.lines().filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.split(';').next())?
        });
        person.cookie = set.collect::<Vec<_>>().join("; ");
        person.base = person.get("/console").field("location");
        assert!(person.base.starts_with("/console/"), "{}", person.base);
        person
    }

    fn token(&self, page: &str) -> String {
        let html = self.get(page).text();
        let (_, rest) = html.split_once("name=\"form\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends a file of `len` bytes that `write` writes; where its draft is.
    fn send(
        &self,
        path: &str,
        page: &str,
        (name, len): (&str, u64),
        write: &mut dyn FnMut(&mut TcpStream) -> std::io::Result<()>,
    ) -> Answer {
        let before = format!(
            "--{LINE}\r\ncontent-disposition: form-data; name=\"form\"\r\n\r\n{}\r\n--{LINE}\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n",
            self.token(page)
        );
        let after = format!("\r\n--{LINE}--\r\n");
        let whole = before.len() as u64 + len + after.len() as u64;
        let head =
            format!("POST {path}\r\ncontent-type: multipart/form-data; boundary={LINE}\r\ncontent-length: {whole}\r\n");
        self.ask(&head, &mut |stream| {
            stream.write_all(before.as_bytes())?;
            write(stream)?;
            stream.write_all(after.as_bytes())
        })
    }

    /// Uploads, and waits until the file was looked at: the draft's page.
    fn upload(&self, name: &str, bytes: &[u8]) -> (String, String) {
        let (drafts, publish) = (format!("{}/drafts", self.base), format!("{}/publish", self.base));
        let sent = self.send(&drafts, &publish, (name, bytes.len() as u64), &mut |stream| {
            stream.write_all(bytes)
        });
        assert_eq!(sent.status, 303, "{name}: {}", sent.text());
        let draft = sent.field("location");
        (draft.clone(), self.looked(&draft))
    }
    fn looked(&self, draft: &str) -> String {
        for _ in 0..4_800 {
            let html = self.get(&format!("/en{draft}")).text();
            if !html.contains("Looking at the file") {
                return html;
            }
            pause(25);
        }
        panic!("the file is still being looked at");
    }
    /// The preview of a draft: its type and its bytes; nothing if there is none.
    fn preview(&self, draft: &str) -> Option<(String, Vec<u8>)> {
        let answer = self.get(&format!("{draft}/preview"));
        if answer.status == 404 {
            return None;
        }
        assert_eq!(answer.status, 200);
        assert_eq!(answer.field("x-content-type-options"), "nosniff");
        assert!(
            answer.field("content-security-policy").contains("sandbox"),
            "{}",
            answer.head
        );
        Some((answer.field("content-type"), answer.body))
    }
    /// Resident memory of the shop, in KiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.shop)).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(at) = body.windows(2).position(|two| two == b"\r\n") {
        let len = usize::from_str_radix(str::from_utf8(&body[..at]).unwrap(), 16).unwrap();
        out.extend(&body[at + 2..at + 2 + len]);
        body = &body[at + 4 + len..];
        if len == 0 {
            break;
        }
    }
    out
}

/// A shop with a console, laid out by a program that knew none and started by this one; and somebody in it.
fn town() -> (Town, Person) {
    let mut town = Town::stocked(0, None);
    let file = town.path().join("shop/party.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, _) = text.split_once("[keeping]").unwrap();
    std::fs::write(&file, before).unwrap();
    let up = town.run(&["up", "--check"], None);
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    // Mended, as it is laid out today.
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(lines(&std::fs::read_to_string(&file).unwrap()), lines(&text));
    town.start("registry");
    town.start("shop");
    let person = Person::invited(&town);
    (town, person)
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let how = if *name == "mimetype" {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        out.start_file(*name, SimpleFileOptions::default().compression_method(how))
            .unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

const CONTAINER: &str = r#"<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"#;

/// A book of one chapter.
fn book(chapter: &[u8]) -> Vec<u8> {
    let opf = r#"<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>"#;
    zipped(&[
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", CONTAINER.as_bytes()),
        ("book.opf", opf.as_bytes()),
        ("a.xhtml", chapter),
    ])
}

/// The first bytes of a PNG that claims to be a hundred thousand points wide and high, its checksum right.
fn huge_png() -> Vec<u8> {
    let mut body = b"IHDR".to_vec();
    body.extend([0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0, 8, 6, 0, 0, 0]);
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    [
        &b"\x89PNG\r\n\x1a\n\0\0\0\x0d"[..],
        &body,
        &(!crc).to_be_bytes(),
        b"\0\0\0\x01IDAT\0",
    ]
    .concat()
}

/// One page with a line on it.
fn paper() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]/Contents 4 0 R>>".to_owned(),
        "<</Length 30>>\nstream\n0 0 1 rg 20 20 160 260 re f   \nendstream".to_owned(),
    ];
    let (mut out, mut places) = (String::from("%PDF-1.4\n"), Vec::new());
    for (n, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", n + 1));
    }
    let table = out.len();
    out.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for place in &places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    out.push_str(&format!(
        "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    out.into_bytes()
}

const NONE: &str = "No preview could be made by itself";

/// Sends a file that nothing can be shown of.
fn shows_none(person: &Person, name: &str, bytes: &[u8]) {
    let (draft, html) = person.upload(name, bytes);
    assert!(html.contains(NONE), "{name}: {html}");
    assert!(person.preview(&draft).is_none(), "{name}");
}

/// A page that would run in whoever's place it is shown.
const PAGE: &[u8] = b"<!doctype html><script>alert(document.cookie)</script>";

/// A book of one chapter with this in it, and what is shown of it.
fn shown_of(person: &Person, name: &str, inside: &str) -> Option<(String, String)> {
    let chapter = format!("<html xmlns=\"http://www.w3.org/1999/xhtml\"><body>{inside}</body></html>");
    let (draft, _) = person.upload(name, &book(chapter.as_bytes()));
    let (kind, shown) = person.preview(&draft)?;
    Some((kind, String::from_utf8_lossy(&shown).into_owned()))
}

/// Files of archives that would lie elsewhere, be another file, or be two in one place.
fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let outside = |path: &str| CONTAINER.replace("book.opf", path);
    let mut all = Vec::new();
    for (name, path) in [
        ("up.epub", "../../../../etc/passwd"),
        ("absolute.epub", "/etc/passwd"),
        ("file.epub", "file:///etc/passwd"),
    ] {
        let container = outside(path);
        let files: [(&str, &[u8]); 3] = [
            ("mimetype", b"application/epub+zip"),
            ("META-INF/container.xml", container.as_bytes()),
            (path, b"<package/>"),
        ];
        all.push((name, zipped(&files)));
    }
    let mut linked = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    linked.start_file("mimetype", plain).unwrap();
    linked.write_all(b"application/epub+zip").unwrap();
    linked.start_file("META-INF/container.xml", plain).unwrap();
    linked.write_all(CONTAINER.as_bytes()).unwrap();
    linked.add_symlink("book.opf", "/etc/passwd", plain).unwrap();
    all.push(("linked.epub", linked.finish().unwrap().into_inner()));
    all
}

/// Files that swell when they are unpacked or drawn, that lie over one another, or claim to hold more than there is.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let swollen = [
        &b"<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p>"[..],
        &vec![b' '; 48 << 20],
        b"</p></body></html>",
    ]
    .concat();
    let long = vec![7; 100_000];
    let mut over = zipped(&[("mimetype", b"application/epub+zip"), ("a", &long), ("b", b"x")]);
    let at = over.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    over[at + 42..at + 46].copy_from_slice(&0_u32.to_le_bytes());
    let inner = zipped(&[("a", &vec![0; 40 << 20])]);
    let atom = [
        &b"\0\0\0\x14ftypisom\0\0\0\0isom"[..],
        &[0xff, 0xff, 0xff, 0xff],
        b"moov",
        &[0; 64],
    ]
    .concat();
    vec![
        ("huge.png", huge_png()),
        ("swollen.epub", book(&swollen)),
        (
            "container.epub",
            zipped(&[
                ("mimetype", b"application/epub+zip"),
                ("META-INF/container.xml", &vec![b'<'; 40 << 20]),
            ]),
        ),
        ("over.epub", over),
        ("nested.epub", book(&inner)),
        ("atom.mp4", atom),
    ]
}

/// A body without an end, to whoever takes one: how much of it was taken.
fn endless(person: &Person, path: &str) -> usize {
    let mut stream = TcpStream::connect(("127.0.0.1", person.port)).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let host = format!("127.0.0.1:{}", person.port);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [&b"10000\r\n"[..], &[b' '; 1 << 16], b"\r\n"].concat();
    let mut sent = 0;
    while sent < 256 << 20 && stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
    }
    sent
}

/// Paths and links in names and archives, scripts in books, papers and covers: names on the disk are the shop's own, and what is
/// shown is words and pictures.
///
/// proves: XD-2 row-87 row-93
#[test]
fn row_87_paths_links_and_scripts_of_strangers_stay_words() {
    let (town, person) = town();
    let scripted = "<script>alert(1)</script><p onclick=\"x()\">The last ferry carried eleven passengers, four crates of oranges and a piano.</p>";
    let (kind, shown) = shown_of(&person, "scripted.epub", scripted).unwrap();
    assert!(
        kind.starts_with("text/plain") && !shown.contains("alert") && !shown.contains("onclick"),
        "{kind} {shown}"
    );
    assert!(shown.contains("The last ferry"), "{shown}");
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    for (name, bytes) in [
        ("gif.html", [&b"GIF89a/*"[..], PAGE].concat()),
        ("paper.pdf", [&b"%PDF-1.4\n"[..], PAGE].concat()),
        ("picture.svg", svg.to_vec()),
        ("page.html", PAGE.to_vec()),
    ] {
        let (draft, _) = person.upload(name, &bytes);
        if let Some((kind, _)) = person.preview(&draft) {
            assert!(
                kind.starts_with("text/plain") || kind.starts_with("image/"),
                "{name}: {kind}"
            );
            assert!(!kind.contains("svg"), "{name}: {kind}");
        }
        // Nor does a window show it when its sender says so.
        let own = format!("{draft}/own-preview");
        let sent = person.send(&own, &draft, (name, bytes.len() as u64), &mut |stream| {
            stream.write_all(&bytes)
        });
        assert!(
            sent.field("location").ends_with("said=bad-preview") || name == "gif.html",
            "{name}: {}",
            sent.head
        );
    }
    for (name, bytes) in archives() {
        shows_none(&person, name, &bytes);
    }
    let song = b"La la la. ".repeat(40);
    let (_, html) = person.upload("../../<b>harbour&lights.txt", &song);
    assert!(
        html.contains("harbour&#38;lights.txt") && !html.contains("<b>harbour"),
        "{html}"
    );
    for name in ["/etc/cron.d/evil.txt", "..\\..\\evil.txt", "Twin.txt", "tWIN.txt"] {
        person.upload(name, &song);
    }
    let room = town.path().join("shop/data/console");
    let mut files = 0;
    for entry in std::fs::read_dir(&room).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit()),
            "{name} is a name of ours"
        );
        files += 1;
    }
    assert!(files >= 6, "twins are two files of {files}");
    assert!(!std::path::Path::new("/etc/cron.d/evil.txt").exists());
}

/// Bombs: only the fenced process that looks into them ends, the shop stays as small as it was and answers.
///
/// proves: XD-2 row-88
#[test]
fn row_88_bombs_end_the_process_that_looks_into_them_and_nothing_else() {
    let (_town, person) = town();
    let before = person.resident();
    let mut most = before;
    for (name, bytes) in bombs() {
        assert!(bytes.len() < 1 << 20, "{name} is small: {}", bytes.len());
        shows_none(&person, name, &bytes);
        most = most.max(person.resident());
    }
    for path in ["/v1/ask", "/v1/vouchers/take", "/v1/pay"] {
        let sent = endless(&person, path);
        assert!(sent < 32 << 20, "{path} took {sent} bytes");
        most = most.max(person.resident());
    }
    assert!(most < before + (48 << 10), "{before} KiB before, {most} KiB with bombs");
    let (draft, _) = person.upload("song.txt", &b"La la la. ".repeat(40));
    assert!(person.preview(&draft).is_some(), "the next honest file is shown");
}

/// Playlists, references and chapters that would have a converter read the server's files or call somebody: what is shown is at
/// most their own words, and nobody is called.
///
/// proves: XD-2 row-89
#[test]
fn row_89_a_converter_reads_no_file_of_the_server_and_calls_nobody() {
    let (town, person) = town();
    let canary = town.path().join("canary.txt");
    std::fs::write(&canary, "CANARY-5d1e9").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let of = |address: &str| format!("#EXTM3U\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n");
    let local = of(&format!("file://{}", canary.display()));
    let remote = of(&format!("http://127.0.0.1:{port}/steal.ts"));
    let concat = format!("ffconcat version 1.0\nfile '{}'\n", canary.display());
    let dressed = |first: &[u8], list: &str| [first, list.as_bytes(), &[0; 9000]].concat();
    let dash = format!(
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><Period><BaseURL>http://127.0.0.1:{port}/</BaseURL></Period></MPD>"
    );
    let drawing = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'><image x:href='http://127.0.0.1:{port}/a.png'/><image x:href='file://{}'/></svg>",
        canary.display()
    );
    let mut files = vec![
        ("song.m3u8", local.clone().into_bytes()),
        ("calls.m3u8", remote.clone().into_bytes()),
        ("film.mp4", concat.into_bytes()),
        ("film.mpd", dash.into_bytes()),
        ("cover.svg", drawing.into_bytes()),
    ];
    for list in [&local, &remote] {
        files.push(("song.mp3", dressed(b"ID3\x04\0\0\0\0\0\0", list)));
        files.push(("song.ogg", dressed(b"OggS\0", list)));
        files.push(("film.m4v", dressed(b"\0\0\0\x14ftypisom\0\0\0\0isom", list)));
    }
    for (name, bytes) in files {
        let (draft, _) = person.upload(name, &bytes);
        if let Some((kind, shown)) = person.preview(&draft) {
            assert!(kind.starts_with("text/plain"), "{name}: {kind}");
            assert!(!String::from_utf8_lossy(&shown).contains("CANARY"), "{name}");
        }
    }
    let pictures = format!(
        "<p>The last ferry carried eleven passengers.</p><img src=\"http://127.0.0.1:{port}/a.png\"/><img src=\"file://{}\"/>",
        canary.display()
    );
    let (_, shown) = shown_of(&person, "calls.epub", &pictures).unwrap();
    assert!(shown.contains("The last") && !shown.contains("CANARY"), "{shown}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody was called");
}

/// Honest files of every kind are recognised by what they hold and shown without a hand.
fn honest(person: &Person) {
    for work in demo::works() {
        let (draft, html) = person.upload(work.file_name, &(work.bytes)());
        let (kind, _) = match person.preview(&draft) {
            Some(preview) => preview,
            None => {
                // A game has nothing that could be shown by itself; its publisher supplies a picture.
                assert_eq!(work.kind, package::Kind::Program, "{}: {html}", work.file_name);
                continue;
            }
        };
        let fits = match work.kind {
            package::Kind::Sound => kind.starts_with("audio/"),
            package::Kind::Video => kind.starts_with("video/"),
            package::Kind::Picture => kind.starts_with("image/"),
            _ => kind.starts_with("text/plain") || kind.starts_with("image/"),
        };
        assert!(fits, "{}: {kind}", work.file_name);
    }
    let (draft, html) = person.upload("paper.pdf", &paper());
    let (kind, _) = person.preview(&draft).unwrap_or_else(|| panic!("{html}"));
    assert!(kind.starts_with("image/"), "{kind}");
}

/// A long file passes through the shop's process without staying in it: KEYFARE_UPLOAD_MIB=1024 says how long.
fn long(person: &Person) {
    let mib: u64 = std::env::var("KEYFARE_UPLOAD_MIB")
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(64);
    let before = person.resident();
    let (piece, mut most) = (vec![0x5a_u8; 1 << 20], before);
    let (drafts, publish) = (format!("{}/drafts", person.base), format!("{}/publish", person.base));
    let sent = person.send(&drafts, &publish, ("long.bin", mib << 20), &mut |stream| {
        for n in 0..mib {
            stream.write_all(&piece)?;
            if n % 8 == 0 {
                most = most.max(person.resident());
            }
        }
        Ok(())
    });
    assert_eq!(sent.status, 303, "{}", sent.text());
    most = most.max(person.resident());
    person.looked(&sent.field("location"));
    most = most.max(person.resident());
    println!("uploading {mib} MiB: {before} KiB before, at most {most} KiB");
    assert!(
        most < before + (24 << 10),
        "{before} KiB before, {most} KiB with {mib} MiB"
    );
}

/// proves: XD-2 row-88 row-94
#[test]
fn honest_uploads_of_every_kind_and_length_are_shown() {
    let (_town, person) = town();
    honest(&person);
    long(&person);
}
