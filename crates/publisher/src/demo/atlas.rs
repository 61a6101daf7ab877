//! Small Harbours: an illustrated book of five short chapters, as an EPUB 3 file.

use std::io::{Cursor, Seek, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, result::ZipResult, write::SimpleFileOptions};

/// File name without ending, title, text.
const CHAPTERS: [(&str, &str, &str); 5] = [
    ("signal-rock", "Signal Rock", include_str!("atlas/1-signal-rock.xhtml")),
    (
        "little-anchor",
        "Little Anchor",
        include_str!("atlas/2-little-anchor.xhtml"),
    ),
    (
        "hither-and-yon",
        "Hither and Yon",
        include_str!("atlas/3-hither-and-yon.xhtml"),
    ),
    (
        "salt-stair",
        "The Salt Stair",
        include_str!("atlas/4-the-salt-stair.xhtml"),
    ),
    ("last-light", "Last Light", include_str!("atlas/5-last-light.xhtml")),
];

const PICTURES: [(&str, &str); 6] = [
    ("cover", include_str!("atlas/cover.svg")),
    ("signal-rock", include_str!("atlas/signal-rock.svg")),
    ("little-anchor", include_str!("atlas/little-anchor.svg")),
    ("hither-and-yon", include_str!("atlas/hither-and-yon.svg")),
    ("salt-stair", include_str!("atlas/salt-stair.svg")),
    ("last-light", include_str!("atlas/last-light.svg")),
];

const STYLE: &str = "body{margin:0 6%;line-height:1.6;font-family:serif}h1{font-weight:normal;font-size:1.9em;\
    margin:1.2em 0 .4em}figure{margin:0 0 1.2em}img{width:100%;height:auto;border-radius:6px}p{margin:0 0 .9em}";

const CONTAINER: &str = r#"<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"#;

/// The book's file. Empty only if memory could not be written to, which does not happen.
pub(super) fn epub() -> Vec<u8> {
    bound(Cursor::new(Vec::new()))
        .map(Cursor::into_inner)
        .unwrap_or_default()
}

fn bound<W: Write + Seek>(out: W) -> ZipResult<W> {
    let mut book = ZipWriter::new(out);
    // Stored, and all of one date: the same bytes on every machine. The media type comes first and plain (OCF 3.3).
    let plain = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    let mut add = |name: &str, text: &str| -> ZipResult<()> {
        book.start_file(name, plain)?;
        book.write_all(text.as_bytes())?;
        Ok(())
    };
    add("mimetype", "application/epub+zip")?;
    add("META-INF/container.xml", CONTAINER)?;
    add("book/package.opf", &package())?;
    add("book/nav.xhtml", &contents())?;
    add("book/style.css", STYLE)?;
    add(
        "book/cover.xhtml",
        &page(
            "Small Harbours",
            r#"<figure><img src="cover.svg" alt="Small Harbours, an atlas of five: an island with a lighthouse under a full moon." /></figure>"#,
        ),
    )?;
    for (name, title, text) in CHAPTERS {
        add(&format!("book/{name}.xhtml"), &page(title, text))?;
    }
    for (name, picture) in PICTURES {
        add(&format!("book/{name}.svg"), picture)?;
    }
    book.finish()
}

fn page(title: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en"><head><title>{title}</title><link rel="stylesheet" href="style.css"/></head>
<body>{body}</body></html>
"#
    )
}

fn contents() -> String {
    let items: String = CHAPTERS
        .iter()
        .map(|(name, title, _)| format!(r#"<li><a href="{name}.xhtml">{title}</a></li>"#))
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en"><head><title>Harbours</title><link rel="stylesheet" href="style.css"/></head>
<body><nav epub:type="toc"><h1>Harbours</h1><ol>{items}</ol></nav></body></html>
"#
    )
}

fn package() -> String {
    let pages = ["cover"].into_iter().chain(CHAPTERS.map(|(name, ..)| name));
    let listed: String = pages
        .clone()
        .map(|name| format!(r#"<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>"#))
        .collect();
    let order: String = pages.map(|name| format!(r#"<itemref idref="{name}"/>"#)).collect();
    let pictures: String = PICTURES
        .iter()
        .map(|(name, _)| {
            let cover = if *name == "cover" {
                r#" properties="cover-image""#
            } else {
                ""
            };
            format!(r#"<item id="{name}-picture" href="{name}.svg" media-type="image/svg+xml"{cover}/>"#)
        })
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:keyfare:demo:small-harbours</dc:identifier><dc:title>Small Harbours</dc:title><dc:creator>Minato Tape Works</dc:creator><dc:language>en</dc:language><meta property="dcterms:modified">2026-11-20T00:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="style" href="style.css" media-type="text/css"/>{listed}{pictures}</manifest>
<spine>{order}</spine></package>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, recognise};
    use std::io::Read;

    #[test]
    fn it_is_a_book_whose_pages_and_pictures_are_all_there() {
        let file = epub();
        assert_eq!(file, epub());
        assert_eq!(recognise(&file), Format::Epub);
        let mut book = zip::ZipArchive::new(Cursor::new(&file)).unwrap();
        let names: Vec<String> = book.file_names().map(|name| name.unwrap().into_owned()).collect();
        for (name, _, text) in CHAPTERS {
            let mut page = String::new();
            book.by_name(&format!("book/{name}.xhtml"))
                .unwrap()
                .read_to_string(&mut page)
                .unwrap();
            assert!(page.contains(text));
            let picture = text
                .split("src=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap();
            assert!(names.contains(&format!("book/{picture}")), "{picture}");
        }
        assert!(file.len() < 64 << 10, "{} bytes", file.len());
    }
}
