//! The beginning of an EPUB: its cover, or the first words of it. How books are read is in `crate::book`.

use std::{fs::File, io::Cursor};

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

use super::{NoPreview, Preview, picture, text};
use crate::{book::Book, read::NotRead};

/// How many chapters are looked into for words.
const CHAPTERS_MAX: usize = 12;

/// The cover if the book has one as a picture of points, else an excerpt of its text.
pub(super) fn opening(file: File) -> Result<Preview, NoPreview> {
    let mut book = Book::open(file).map_err(|no| match no {
        NotRead::TooLarge(_) => NoPreview::Supply("a book of so many or such large files"),
        _ => NoPreview::Damaged("it is no EPUB that can be read"),
    })?;
    let cover = book.cover.clone();
    if let Some(cover) = cover.and_then(|name| book.file(&name).ok())
        && let Ok(preview) = picture::from(Cursor::new(&cover), crate::recognise(&cover))
    {
        return Ok(preview);
    }
    let mut words = String::new();
    let mut len = 0;
    for name in book.spine.clone().iter().take(CHAPTERS_MAX) {
        let Ok(chapter) = book.file(name) else {
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
        let swollen = vec![b' '; crate::book::FILE_LEN_MAX as usize + 2];
        let no = opening(book(&[("META-INF/container.xml", &swollen)])).unwrap_err();
        assert_eq!(no.code(), "preview-to-be-supplied");
        let outside = br#"<container><rootfile full-path="../../etc/passwd"/></container>"#;
        let no = opening(book(&[("META-INF/container.xml", outside)])).unwrap_err();
        assert_eq!(no.code(), "preview-file-damaged");
        let mut no_archive = tempfile::tempfile().unwrap();
        no_archive.write_all(b"PK\x03\x04 and nothing").unwrap();
        assert_eq!(opening(no_archive).unwrap_err().code(), "preview-file-damaged");
    }
}
