//! The table of contents that a book brings: a navigation document (EPUB 3) or an NCX (EPUB 2).

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

use super::{
    clean::is_mark,
    xml::{Element, resolved},
};
use crate::read::Leaf;

/// The longest list, and the longest title in it.
const LEAVES_MAX: usize = 2_000;
const TITLE_MAX: usize = 200;

/// Lines that lead to chapters, in order.
pub(super) fn leaves(document: &[u8], base: &str, old: bool, spine: &[String]) -> Vec<Leaf> {
    let mut reader = Reader::from_reader(document);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut listing = Listing {
        base,
        spine,
        inside: old,
        ..Listing::default()
    };
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(e) => listing.start(&Element::of(&e)),
            Event::Empty(e) => {
                let element = Element::of(&e);
                listing.start(&element);
                listing.end(&element.name);
            }
            Event::End(e) => listing.end(e.local_name().as_ref()),
            Event::Text(text) => listing.title.push_str(&text),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(c)) => listing.title.push(c),
                _ => listing.title.push_str(resolve_predefined_entity(&name).unwrap_or(" ")),
            },
            Event::Eof => break,
            _ => {}
        }
        if listing.leaves.len() >= LEAVES_MAX {
            break;
        }
    }
    listing.leaves
}

#[derive(Default)]
struct Listing<'a> {
    base: &'a str,
    spine: &'a [String],
    /// In the list itself, and not in one of pages or landmarks.
    inside: bool,
    /// Words since a line began.
    title: String,
    href: Option<String>,
    leaves: Vec<Leaf>,
}

impl Listing<'_> {
    fn start(&mut self, element: &Element) {
        match element.name.as_str() {
            "nav" => {
                self.inside = element
                    .get("type")
                    .is_none_or(|kind| kind.split_whitespace().any(|w| w == "toc"))
            }
            "a" if self.inside => {
                self.href = element.get("href").map(str::to_owned);
                self.title.clear();
            }
            "navLabel" | "text" => self.title.clear(),
            // An NCX says the label first.
            "content" => {
                self.href = element.get("src").map(str::to_owned);
                self.line();
            }
            "pageList" | "navList" => self.inside = false,
            _ => {}
        }
    }
    fn end(&mut self, name: &str) {
        match name {
            "a" => self.line(),
            "nav" => self.inside = false,
            _ => {}
        }
    }
    fn line(&mut self) {
        let Some(href) = self.href.take().filter(|_| self.inside) else {
            return;
        };
        let title: String = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = resolved(self.base, &href);
        let Some(chapter) = self.spine.iter().position(|chapter| *chapter == name) else {
            return;
        };
        if title.is_empty() {
            return;
        }
        let mark = href.split_once('#').map(|(_, mark)| mark).filter(|mark| is_mark(mark));
        self.leaves.push(Leaf {
            title: title.chars().filter(|c| !c.is_control()).take(TITLE_MAX).collect(),
            chapter: u32::try_from(chapter).unwrap_or(u32::MAX),
            mark: mark.map(str::to_owned),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(document: &str, old: bool) -> Vec<(String, u32, Option<String>)> {
        let spine = ["in/a.xhtml".to_owned(), "in/b.xhtml".to_owned()];
        let all = leaves(document.as_bytes(), "in", old, &spine);
        all.into_iter()
            .map(|leaf| (leaf.title, leaf.chapter, leaf.mark))
            .collect()
    }

    #[test]
    fn both_kinds_of_lists_are_read() {
        let nav = "<html><nav epub:type='landmarks'><a href='a.xhtml'>Cover</a></nav><nav epub:type='toc'><ol>\
                   <li><a href='a.xhtml'>The <i>first</i> &amp; best</a></li><li><a href='b.xhtml#x1'>Two</a></li>\
                   <li><a href='http://evil.test/'>Out</a></li></ol></nav></html>";
        let ncx = "<ncx><navMap><navPoint><navLabel><text>The first &#38; best</text></navLabel><content src='a.xhtml'/>\
                   <navPoint><navLabel><text>Two</text></navLabel><content src='b.xhtml#x1'/></navPoint></navPoint></navMap>\
                   <pageList><pageTarget><navLabel><text>1</text></navLabel><content src='a.xhtml'/></pageTarget></pageList></ncx>";
        let wanted = vec![
            ("The first & best".to_owned(), 0, None),
            ("Two".to_owned(), 1, Some("x1".to_owned())),
        ];
        assert_eq!(told(nav, false), wanted);
        assert_eq!(told(ncx, true), wanted);
        assert!(told("<nav epub:type='toc'><a href='a.xhtml'", false).is_empty());
    }
}
