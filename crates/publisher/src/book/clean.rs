//! Clean: a chapter as it may be shown. What comes out is made of a short list of elements and attributes, is closed where it
//! was opened, and leads nowhere but to chapters and pictures of the same book; scripts, styles, forms, frames and addresses
//! of others are left out (row 87). It is shown behind a policy that would stop them all the same.

use quick_xml::{
    Reader,
    escape::escape,
    events::{BytesStart, Event},
};

use super::{
    FILE_LEN_MAX,
    xml::{Element, resolved},
};
use crate::read::{Chapter, NotRead};

/// How deep elements may lie in one another; what is deeper loses its marks and keeps its words.
const DEPTH_MAX: usize = 200;

/// What is left out with everything in it.
const SILENT: [&str; 17] = [
    "head", "script", "style", "title", "template", "iframe", "object", "embed", "noscript", "audio", "video",
    "canvas", "select", "textarea", "button", "math", "svg",
];
/// What is kept.
const KEPT: [&str; 65] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];
/// What is kept, and has no end.
const VOID: [&str; 5] = ["br", "hr", "wbr", "img", "col"];

/// A chapter of the document in directory `base`.
pub(super) fn chapter(document: &[u8], base: &str, spine: &[String]) -> Result<Chapter, NotRead> {
    let mut reader = Reader::from_reader(document);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut cleaner = Cleaner {
        base,
        spine,
        ..Cleaner::default()
    };
    loop {
        match reader.read_event() {
            Ok(Event::Start(e)) => cleaner.start(&e, false),
            Ok(Event::Empty(e)) => cleaner.start(&e, true),
            Ok(Event::End(e)) => cleaner.end(&e.local_name().as_ref().to_ascii_lowercase()),
            Ok(Event::Text(text)) => cleaner.text(&text),
            Ok(Event::CData(text)) => cleaner.text(&text),
            Ok(Event::GeneralRef(name)) => cleaner.reference(&name),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            // What came before a fault is shown; with nothing before it there is nothing to show.
            Err(_) if cleaner.out.is_empty() => {
                return Err(NotRead::Damaged("a chapter of it is no document".to_owned()));
            }
            Err(_) => break,
        }
        if cleaner.out.len() as u64 > FILE_LEN_MAX {
            return Err(NotRead::TooLarge("a chapter of it".to_owned()));
        }
    }
    Ok(cleaner.finished())
}

/// A chapter that is a picture.
pub(super) fn picture_alone(name: &str, lang: Option<String>) -> Chapter {
    Chapter {
        lang,
        html: format!("<figure><img src=\"{}\" alt=\"\"></figure>", file_at(name)),
    }
}

/// The text of the first element of a local name.
pub(super) fn text_of(document: &[u8], name: &str) -> Option<String> {
    let mut reader = Reader::from_reader(document);
    loop {
        match reader.read_event().ok()? {
            Event::Start(e) if e.local_name().as_ref() == name => break,
            Event::Eof => return None,
            _ => {}
        }
    }
    match reader.read_event().ok()? {
        Event::Text(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// A language's tag, if it is one.
pub(super) fn lang(tag: &str) -> Option<String> {
    let good = (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    good.then(|| tag.to_owned())
}

#[derive(Default)]
struct Cleaner<'a> {
    base: &'a str,
    spine: &'a [String],
    out: String,
    /// What is open, as it was written; empty: it was not.
    open: Vec<String>,
    /// Open elements that are left out, the outermost first.
    silent: Vec<String>,
    lang: Option<String>,
}

impl Cleaner<'_> {
    fn start(&mut self, start: &BytesStart<'_>, empty: bool) {
        let element = Element::of(start);
        let name = element.name.to_ascii_lowercase();
        if name == "html" || name == "body" {
            self.lang = self.lang.take().or_else(|| element.get("lang").and_then(lang));
            return;
        }
        // A cover is often a drawing around one picture.
        let pictured = name == "image" && self.silent == ["svg"];
        if pictured && let Some(href) = element.get("href") {
            self.picture(href, "");
        }
        if !self.silent.is_empty() || SILENT.contains(&name.as_str()) {
            if !empty {
                self.silent.push(name);
            }
            return;
        }
        if name == "img" {
            if let Some(src) = element.get("src") {
                self.picture(src, element.get("alt").unwrap_or_default());
            }
        } else if VOID.contains(&name.as_str()) {
            self.out.push_str(&format!("<{name}>"));
        } else if KEPT.contains(&name.as_str()) && self.open.len() < DEPTH_MAX {
            self.tag(&name, &element);
            if empty {
                self.out.push_str(&format!("</{name}>"));
            } else {
                self.open.push(name);
            }
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.silent.iter().rposition(|open| open == name) {
            self.silent.truncate(at);
        } else if self.silent.is_empty() && self.open.iter().any(|open| open == name) {
            while let Some(open) = self.open.pop() {
                self.out.push_str(&format!("</{open}>"));
                if open == name {
                    break;
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.silent.is_empty() {
            self.out.push_str(&escape(text));
        }
    }

    fn reference(&mut self, name: &str) {
        // A browser knows the names that documents without a list of them may use.
        let word = name.strip_prefix('#').unwrap_or(name);
        if self.silent.is_empty() && word.len() <= 32 && word.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.out.push_str(&format!("&{name};"));
        }
    }

    fn picture(&mut self, href: &str, alt: &str) {
        if is_ours(href) {
            let at = file_at(&resolved(self.base, href));
            self.out
                .push_str(&format!("<img src=\"{at}\" alt=\"{}\" loading=\"lazy\">", escape(alt)));
        }
    }

    fn tag(&mut self, name: &str, element: &Element) {
        self.out.push_str(&format!("<{name}"));
        for (attribute, fits) in ATTRIBUTES {
            if let Some(value) = element.get(attribute).filter(|value| fits(value)) {
                self.out.push_str(&format!(" {attribute}=\"{}\"", escape(value)));
            }
        }
        if name == "a"
            && let Some(href) = element.get("href")
        {
            self.link(href);
        }
        self.out.push('>');
    }

    /// To a chapter or a place in one; an address of others is told and leads nowhere.
    fn link(&mut self, href: &str) {
        if !is_ours(href) {
            self.out.push_str(&format!(" title=\"{}\"", escape(href)));
            return;
        }
        let mark = href.split_once('#').map(|(_, mark)| mark).filter(|mark| is_mark(mark));
        let mark = mark.map(|mark| format!("#{mark}")).unwrap_or_default();
        if href.starts_with('#') {
            self.out.push_str(&format!(" href=\"{mark}\""));
        } else if let Some(chapter) = self.spine.iter().position(|name| *name == resolved(self.base, href)) {
            self.out.push_str(&format!(" href=\"{chapter}{mark}\""));
        }
    }

    fn finished(mut self) -> Chapter {
        while let Some(open) = self.open.pop() {
            self.out.push_str(&format!("</{open}>"));
        }
        Chapter {
            lang: self.lang,
            html: self.out,
        }
    }
}

/// An attribute, and which values fit it.
type Attribute = (&'static str, fn(&str) -> bool);

/// Attributes that are kept, where their values fit.
const ATTRIBUTES: [Attribute; 9] = [
    ("id", is_mark),
    ("lang", |it| lang(it).is_some()),
    ("dir", |it| matches!(it, "ltr" | "rtl" | "auto")),
    ("title", |it| it.len() <= 500),
    ("colspan", is_small),
    ("rowspan", is_small),
    ("start", is_small),
    ("value", is_small),
    ("datetime", |it| it.len() <= 40),
];

fn is_small(value: &str) -> bool {
    (1..=4).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

/// A name of a place in a document.
pub(super) fn is_mark(mark: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (1..=200).contains(&mark.len()) && mark.chars().all(fits)
}

/// Is it an address within the book? One with a scheme or a host is not.
fn is_ours(href: &str) -> bool {
    let first = href.split(['/', '#', '?']).next().unwrap_or_default();
    !href.is_empty() && !href.starts_with("//") && !href.starts_with('\\') && !first.contains(':')
}

/// Where a picture of the archive is, seen from a chapter.
fn file_at(name: &str) -> String {
    let mut out = String::from("../file/");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(body: &str) -> String {
        let spine = ["in/one.xhtml".to_owned(), "in/two words.xhtml".to_owned()];
        let document = format!("<html><head><title>no</title><script>bad()</script></head><body>{body}</body></html>");
        chapter(document.as_bytes(), "in", &spine).unwrap().html
    }

    /// proves: row-87
    #[test]
    fn scripts_styles_forms_frames_and_foreign_addresses_are_left_out() {
        for (body, shown) in [
            (
                "<p onclick=\"bad()\" style=\"x\" class=\"c\" id=\"a\">one</p>",
                "<p id=\"a\">one</p>",
            ),
            ("a<script>bad()</script><SCRIPT>bad()</SCRIPT>b", "ab"),
            (
                "<style>p{}</style><link rel='stylesheet' href='x'/><meta http-equiv='refresh' content='0;url=http://x'/>t",
                "t",
            ),
            (
                "<form action='http://x'><p>q</p><input value='1'/><button>b</button></form>",
                "<p>q</p>",
            ),
            (
                "<iframe src='http://x'>f</iframe><object data='x'>o</object><embed src='x'/>z",
                "z",
            ),
            (
                "<a href='javascript:bad()'>j</a>",
                "<a title=\"javascript:bad()\">j</a>",
            ),
            (
                "<a href=' javascript:bad()'>j</a>",
                "<a title=\" javascript:bad()\">j</a>",
            ),
            ("<a href='//evil.test/x'>e</a>", "<a title=\"//evil.test/x\">e</a>"),
            (
                "<a href='https://evil.test/' target='_top' ping='http://x'>e</a>",
                "<a title=\"https://evil.test/\">e</a>",
            ),
            (
                "<img src='http://evil.test/p.png' onerror='bad()'/><img src='data:image/svg+xml,x'/>i",
                "i",
            ),
            (
                "<svg onload='bad()'><script>bad()</script><a href='http://x'><text>t</text></a></svg>u",
                "u",
            ),
            ("<math><mi>x</mi></math><audio src='http://x'/><video>v</video>w", "w"),
            ("<base href='http://evil.test/'/><p>x", "<p>x</p>"),
            ("<x-evil>kept words</x-evil>", "kept words"),
            (
                "&lt;script&gt;bad()&lt;/script&gt;",
                "&lt;script&gt;bad()&lt;/script&gt;",
            ),
            (
                "<![CDATA[<script>bad()</script>]]>",
                "&lt;script&gt;bad()&lt;/script&gt;",
            ),
            (
                "<p title='\"&gt;&lt;script&gt;'>q</p>",
                "<p title=\"&quot;&gt;&lt;script&gt;\">q</p>",
            ),
        ] {
            assert_eq!(cleaned(body), shown, "{body}");
        }
    }

    #[test]
    fn words_marks_pictures_and_links_within_the_book_are_kept() {
        for (body, shown) in [
            (
                "<h1>A</h1><p>b <em>c</em>&nbsp;&#233;</p>",
                "<h1>A</h1><p>b <em>c</em>&nbsp;&#233;</p>",
            ),
            (
                "<img src='../art/my cover.svg' alt='A \"lamp\"'/>",
                "<img src=\"../file/art/my%20cover.svg\" alt=\"A &quot;lamp&quot;\" loading=\"lazy\">",
            ),
            (
                "<svg><image xlink:href='c.jpg'/></svg>",
                "<img src=\"../file/in/c.jpg\" alt=\"\" loading=\"lazy\">",
            ),
            (
                "<a href='two%20words.xhtml#n1'>2</a><a href='#n2'>n</a><a href='gone.xhtml'>g</a>",
                "<a href=\"1#n1\">2</a><a href=\"#n2\">n</a><a>g</a>",
            ),
            ("<p>one<p>two</section></p>", "<p>one<p>two</p></p>"),
            (
                "<ruby>船<rt>ふね</rt></ruby><br/><td colspan='2' rowspan='x'/>",
                "<ruby>船<rt>ふね</rt></ruby><br><td colspan=\"2\"></td>",
            ),
        ] {
            assert_eq!(cleaned(body), shown, "{body}");
        }
        let deep = "<div>".repeat(100_000) + "words";
        assert!(cleaned(&deep).ends_with(&format!("words{}", "</div>".repeat(DEPTH_MAX))));
        let told = chapter(b"<html xml:lang='ja'><body>x</body></html>", "", &[]).unwrap();
        assert_eq!(told.lang.as_deref(), Some("ja"));
        assert!(chapter(b"<<<<", "", &[]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_goes_in_no_script_comes_out(parts in proptest::collection::vec(0_usize..12, 0..30)) {
            const PARTS: [&str; 12] = ["<script>", "</script>", "<p onload='x'", ">", "<svg>", "</svg>", "<img src=", "'x'", "&lt;", "<![CDATA[", "]]>", "javascript:"];
            let body: String = parts.iter().map(|at| PARTS[*at]).collect();
            if let Ok(chapter) = chapter(body.as_bytes(), "", &[]) {
                let html = chapter.html.to_lowercase();
                let mut tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest));
                proptest::prop_assert!(!tags.any(|tag| tag.starts_with("script") || tag.contains("onload=")), "{html}");
            }
        }
    }
}
