//! Books that were made to harm, and the demo's own.

use std::io::{Cursor, Write};

use super::*;
use units::Refusal;
use zip::{CompressionMethod, write::SimpleFileOptions};

const CONTAINER: &str = r#"<container><rootfiles><rootfile full-path="in/b.opf"/></rootfiles></container>"#;
const PACKAGE: &str = r#"<package><metadata><dc:language>ja</dc:language></metadata><manifest>
<item id="a" href="a.xhtml"/><item id="b" href="b.xhtml"/><item id="n" href="n.xhtml" properties="nav"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/></spine></package>"#;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        out.start_file(*name, options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn book(more: &[(&str, &[u8])]) -> Book<Cursor<Vec<u8>>> {
    let mut files: Vec<(&str, &[u8])> = vec![
        ("META-INF/container.xml", CONTAINER.as_bytes()),
        ("in/b.opf", PACKAGE.as_bytes()),
    ];
    files.extend_from_slice(more);
    Book::open(Cursor::new(zipped(&files))).unwrap()
}

fn code<T: core::fmt::Debug>(result: Result<T, NotRead>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn the_demo_book_lists_its_chapters_and_shows_its_pictures() {
    let work = crate::demo::works()
        .into_iter()
        .find(|work| work.file_name.ends_with("epub"))
        .unwrap();
    let mut book = Book::open(Cursor::new((work.bytes)())).unwrap();
    let contents = book.contents().unwrap();
    assert!(contents.chapters >= 5 && contents.leaves.len() >= 5, "{contents:?}");
    assert_eq!(contents.lang.as_deref(), Some("en"));
    let mut pictures = 0;
    for index in 0..contents.chapters {
        let chapter = book.chapter(index).unwrap();
        assert!(
            !chapter.html.contains("<script") && chapter.html.len() > 20,
            "{}",
            chapter.html
        );
        for at in chapter.html.split("src=\"../file/").skip(1) {
            let name = at.split('"').next().unwrap();
            assert_eq!(book.picture(name).unwrap().media_type, "image/svg+xml");
            pictures += 1;
        }
    }
    assert!(pictures >= 5, "{pictures}");
    assert_eq!(code(book.chapter(contents.chapters)), "no-such-part");
}

/// proves: row-88
#[test]
fn files_that_swell_are_refused_by_what_comes_out_of_them() {
    let zeros = vec![b' '; (RATIO_FROM * 4) as usize];
    let mut swollen = book(&[("in/a.xhtml", &zeros)]);
    assert_eq!(code(swollen.chapter(0)), "work-too-large");
    let many: Vec<String> = (0..=FILES_MAX).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert_eq!(
        code(Book::open(Cursor::new(zipped(&many))).map(|_| ())),
        "work-too-large"
    );
}

/// proves: row-88
#[test]
fn files_that_lie_over_one_another_are_refused() {
    let long = vec![7; 100_000];
    let mut bytes = zipped(&[("a", &long), ("b", b"x")]);
    // The second entry of the directory is pointed into the middle of the first file.
    let at = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[at + 42..at + 46].copy_from_slice(&0_u32.to_le_bytes());
    let no = Book::open(Cursor::new(bytes)).map(|_| ()).unwrap_err();
    assert_eq!(no, damaged("files in it lie over one another"));
}

/// proves: row-88
#[test]
fn a_picture_of_ten_thousand_million_points_is_refused_by_its_header() {
    let huge = [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(),
        &100_000_u32.to_be_bytes(),
        &100_000_u32.to_be_bytes(),
    ]
    .concat();
    let mut book = book(&[("in/h.png", &huge), ("in/cut.png", &huge[..18])]);
    let no = book.picture("in/h.png").unwrap_err();
    assert!(no.to_string().contains("100000 x 100000"), "{no}");
    assert_eq!(code(book.picture("in/cut.png")), "work-damaged");
}

/// proves: row-87
#[test]
fn nothing_but_pictures_is_handed_out_whatever_it_is_called() {
    let mut book = book(&[
        ("in/a.png", b"<!doctype html><script>bad()</script>"),
        ("in/b.css", b"p { background: url(http://evil.test) }"),
        ("in/c.js", b"bad()"),
        ("in/d.svg", b"<svg onload='bad()'/>"),
    ]);
    for name in [
        "in/a.png",
        "in/b.css",
        "in/c.js",
        "../in/d.svg",
        "/etc/passwd",
        "in/b.opf",
    ] {
        assert_eq!(code(book.picture(name)), "no-such-part", "{name}");
    }
    // A drawing may be looked at: as a picture it runs nothing, and its player's policy lets nothing run.
    assert_eq!(book.picture("in/d.svg").unwrap().media_type, "image/svg+xml");
}

/// proves: row-87 row-88
#[test]
fn what_is_no_book_or_a_part_of_one_is_refused() {
    let whole = zipped(&[("META-INF/container.xml", CONTAINER.as_bytes())]);
    for bytes in [
        b"PK\x03\x04 and nothing".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        vec![],
    ] {
        assert_eq!(code(Book::open(Cursor::new(bytes)).map(|_| ())), "work-damaged");
    }
    assert_eq!(code(Book::open(Cursor::new(whole)).map(|_| ())), "no-such-part");
    let outside = r#"<container><rootfile full-path="../../etc/passwd"/></container>"#;
    let outside = zipped(&[("META-INF/container.xml", outside.as_bytes())]);
    assert!(Book::open(Cursor::new(outside)).is_err());
    assert_eq!(code(book(&[]).chapter(0)), "no-such-part");
    assert_eq!(book(&[]).contents().unwrap().lang.as_deref(), Some("ja"));
}
