//! The beginning of an EPUB: its cover, or the first words of it.
//!
//! An EPUB is an archive of strangers' files. Each is read under a limit of what comes out of it, whatever it says of
//! itself; names are looked up in the archive alone; nothing is unpacked to a disk (rows 87 and 88).

use std::{
    fs::File,
    io::{Cursor, Read, Seek},
};

use quick_xml::{Reader, XmlVersion, escape::resolve_predefined_entity, events::Event};
use zip::ZipArchive;

use super::{NoPreview, Preview, picture, text};

/// What one file of an archive may come to.
const FILE_LEN_MAX: u64 = 16 << 20;
/// How many files an archive may list.
const FILES_MAX: usize = 20_000;
/// How many chapters are looked into for words.
const CHAPTERS_MAX: usize = 12;

const DAMAGED: NoPreview = NoPreview::Damaged("it is no EPUB that can be read");

/// The cover if the book has one as a picture of points, else an excerpt of its text.
pub(super) fn opening(file: File) -> Result<Preview, NoPreview> {
    let mut archive = ZipArchive::new(file).map_err(|_| DAMAGED)?;
    if archive.len() > FILES_MAX {
        return Err(NoPreview::Supply("an archive of so many files"));
    }
    let container = read(&mut archive, "META-INF/container.xml")?;
    let package_at = elements(&container)
        .find(|e| e.name == "rootfile")
        .and_then(|e| e.get("full-path"))
        .ok_or(DAMAGED)?;
    let package = Package::of(&read(&mut archive, &package_at)?, &package_at);
    if let Some(cover) = package.cover.as_deref().and_then(|name| read(&mut archive, name).ok())
        && let Ok(preview) = picture::from(Cursor::new(&cover), crate::recognise(&cover))
    {
        return Ok(preview);
    }
    let mut words = String::new();
    let mut len = 0;
    for name in package.spine.iter().take(CHAPTERS_MAX) {
        let Ok(chapter) = read(&mut archive, name) else {
            continue;
        };
        let chapter = words_of(&chapter);
        len += chapter.len();
        if words.len() < 16 << 10 {
            words.push_str(&chapter);
        }
    }
    // Of a short book a third at most: what was left out counts too.
    words.truncate(words.floor_char_boundary(len));
    text::excerpt(&words.trim().as_bytes().to_vec())
}

/// A file of the archive, by its exact name.
fn read<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str) -> Result<Vec<u8>, NoPreview> {
    let file = archive.by_name(name).map_err(|_| DAMAGED)?;
    let mut bytes = Vec::new();
    file.take(FILE_LEN_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| DAMAGED)?;
    if bytes.len() as u64 > FILE_LEN_MAX {
        return Err(NoPreview::Supply("a book of such large files"));
    }
    Ok(bytes)
}

/// What the package document says that matters here, with names as the archive has them.
struct Package {
    cover: Option<String>,
    spine: Vec<String>,
}

impl Package {
    fn of(document: &[u8], at: &str) -> Self {
        let base = at.rsplit_once('/').map_or("", |(dir, _)| dir);
        let all: Vec<Element> = elements(document).collect();
        let items = || all.iter().filter(|e| e.name == "item");
        let place = |item: &Element| item.get("href").map(|href| resolved(base, &href));
        let named_cover = all
            .iter()
            .find(|e| e.name == "meta" && e.get("name").as_deref() == Some("cover"))
            .and_then(|e| e.get("content"));
        let cover = items()
            .find(|e| {
                e.get("properties")
                    .is_some_and(|p| p.split_whitespace().any(|word| word == "cover-image"))
            })
            .or_else(|| items().find(|e| named_cover.is_some() && e.get("id") == named_cover))
            .and_then(place);
        let spine = all
            .iter()
            .filter(|e| e.name == "itemref")
            .filter_map(|e| e.get("idref"))
            .filter_map(|id| items().find(|e| e.get("id").as_deref() == Some(&id)).and_then(place))
            .collect();
        Self { cover, spine }
    }
}

/// `href` as seen from a directory of the archive; what climbs out of the archive names nothing in it.
fn resolved(base: &str, href: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in href.split('#').next().unwrap_or_default().split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn get(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.clone())
    }
}

/// The elements of a document in order, by their local names, up to the first fault in it.
fn elements(document: &[u8]) -> impl Iterator<Item = Element> {
    let mut reader = Reader::from_reader(document);
    std::iter::from_fn(move || {
        loop {
            match reader.read_event().ok()? {
                Event::Start(e) | Event::Empty(e) => {
                    let name = e.local_name().as_ref().to_owned();
                    let attributes = e
                        .attributes()
                        .filter_map(Result::ok)
                        .map(|a| {
                            let value = a.normalized_value(XmlVersion::Explicit1_0).unwrap_or_default();
                            (a.key.local_name().as_ref().to_owned(), value.into_owned())
                        })
                        .collect();
                    return Some(Element { name, attributes });
                }
                Event::Eof => return None,
                _ => {}
            }
        }
    })
}

/// The words of a chapter, a line for each block; heads, scripts and styles say nothing.
fn words_of(chapter: &[u8]) -> String {
    const SILENT: [&str; 3] = ["head", "script", "style"];
    const BLOCKS: [&str; 10] = ["p", "div", "h1", "h2", "h3", "h4", "li", "blockquote", "tr", "section"];
    let mut reader = Reader::from_reader(chapter);
    reader.config_mut().check_end_names = false;
    let (mut out, mut silent) = (String::new(), 0u32);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) if SILENT.contains(&e.local_name().as_ref()) => silent += 1,
            Event::End(e) if SILENT.contains(&e.local_name().as_ref()) => silent = silent.saturating_sub(1),
            Event::End(e) if BLOCKS.contains(&e.local_name().as_ref()) => out.push('\n'),
            Event::Empty(e) if e.local_name().as_ref() == "br" => out.push('\n'),
            Event::Text(text) if silent == 0 => out.push_str(&text),
            Event::GeneralRef(name) if silent == 0 => match name.resolve_char_ref() {
                Ok(Some(c)) => out.push(c),
                _ => out.push_str(resolve_predefined_entity(&name).unwrap_or(" ")),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    out.push('\n');
    let lines = out
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ImageFormat;
    use std::io::Write;
    use units::Refusal;
    use zip::write::SimpleFileOptions;

    fn book(files: &[(&str, &[u8])]) -> File {
        let mut out = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        for (name, bytes) in files {
            out.start_file(*name, SimpleFileOptions::default()).unwrap();
            out.write_all(bytes).unwrap();
        }
        out.finish().unwrap()
    }

    const CONTAINER: &[u8] = br#"<container><rootfiles><rootfile full-path="in/b.opf"/></rootfiles></container>"#;
    const PACKAGE: &[u8] = br#"<package><manifest><item id="a" href="a.xhtml"/><item id="c" href="../c.png" properties="cover-image"/></manifest><spine><itemref idref="a"/></spine></package>"#;

    fn chapter() -> Vec<u8> {
        let words = "the harbour lights went out one by one ".repeat(300);
        format!(
            "<html><head><title>no</title></head><body><script>bad()</script><h1>One</h1><p>{words}</p></body></html>"
        )
        .into_bytes()
    }

    #[test]
    fn a_book_shows_its_cover_or_else_its_first_words() {
        let mut cover = Cursor::new(Vec::new());
        image::RgbImage::new(900, 1200)
            .write_to(&mut cover, ImageFormat::Png)
            .unwrap();
        let all: &[(&str, &[u8])] = &[
            ("META-INF/container.xml", CONTAINER),
            ("in/b.opf", PACKAGE),
            ("in/a.xhtml", &chapter()),
            ("c.png", cover.get_ref()),
        ];
        let shown = opening(book(all)).unwrap();
        assert_eq!(shown.media_type, "image/jpeg");
        let words = opening(book(&all[..3])).unwrap();
        let words = String::from_utf8(words.bytes).unwrap();
        assert!(words.starts_with("One\nthe harbour lights"), "{words}");
        assert!(!words.contains("bad") && !words.contains("no\n"), "{words}");
    }

    // proves: row-88
    #[test]
    fn an_archive_that_swells_or_points_outside_itself_is_refused() {
        let swollen = vec![b' '; FILE_LEN_MAX as usize + 2];
        let no = opening(book(&[("META-INF/container.xml", &swollen)])).unwrap_err();
        assert_eq!(no.code(), "preview-to-be-supplied");
        let outside = br#"<container><rootfile full-path="../../etc/passwd"/></container>"#;
        let no = opening(book(&[("META-INF/container.xml", outside)])).unwrap_err();
        assert_eq!(no.code(), "preview-file-damaged");
        let mut no_archive = tempfile::tempfile().unwrap();
        no_archive.write_all(b"PK\x03\x04 and nothing").unwrap();
        assert_eq!(opening(no_archive).unwrap_err().code(), "preview-file-damaged");
        assert_eq!(resolved("a/b", "../../../../etc/passwd#x"), "etc/passwd");
    }
}
