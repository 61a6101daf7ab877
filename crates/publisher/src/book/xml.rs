//! The elements of a book's documents, and names as its archive has them.

use quick_xml::{Reader, XmlVersion, events::BytesStart, events::Event};

/// An element: its local name, and its attributes by their local names.
pub(crate) struct Element {
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub fn of(start: &BytesStart<'_>) -> Self {
        let name = start.local_name().as_ref().to_owned();
        let attributes = start
            .attributes()
            .with_checks(false)
            .filter_map(Result::ok)
            .take(64)
            .map(|a| {
                let value = a.normalized_value(XmlVersion::Explicit1_0).unwrap_or_default();
                (a.key.local_name().as_ref().to_owned(), value.into_owned())
            })
            .collect();
        Self { name, attributes }
    }
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
    /// Is the word one of those in a list parted by spaces?
    pub fn says(&self, name: &str, word: &str) -> bool {
        self.get(name)
            .is_some_and(|list| list.split_whitespace().any(|w| w == word))
    }
}

/// The elements of a document in order, up to the first fault in it.
pub(crate) fn elements(document: &[u8]) -> impl Iterator<Item = Element> {
    let mut reader = Reader::from_reader(document);
    std::iter::from_fn(move || {
        loop {
            match reader.read_event().ok()? {
                Event::Start(e) | Event::Empty(e) => return Some(Element::of(&e)),
                Event::Eof => return None,
                _ => {}
            }
        }
    })
}

/// The directory of a name.
pub(crate) fn directory(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// `href` as seen from a directory of the archive; what climbs out of the archive names nothing in it.
pub(crate) fn resolved(base: &str, href: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    let path = href.split(['#', '?']).next().unwrap_or_default();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    unescaped(&parts.join("/"))
}

/// Without percent signs (RFC 3986, 2.1); what is no text that way stays as it was.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte = hex.and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-87
    #[test]
    fn no_name_climbs_out_of_the_archive() {
        for (base, href, name) in [
            ("a/b", "../c.png#x", "a/c.png"),
            ("a/b", "../../../../etc/passwd#x", "etc/passwd"),
            ("a", "/etc/passwd", "a/etc/passwd"),
            ("", "my%20book%2fa.xhtml", "my book/a.xhtml"),
            ("a", "100%.png", "a/100%.png"),
            ("a", "%ff.png", "a/%ff.png"),
        ] {
            assert_eq!(resolved(base, href), name);
        }
    }
}
