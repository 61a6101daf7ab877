//! Said: a message of the catalogue with everything in its place, ready to stand in a page.

use core::fmt;

use askama::filters::HtmlSafe;

use crate::{lang::Lang, shown::Shown};

/// A text that is safe in a page: what came from outside was escaped when it was placed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Said {
    html: String,
}

impl Said {
    /// A text from outside, escaped.
    pub fn of(text: &str) -> Self {
        let mut said = Self::default();
        said.text(text);
        said
    }
    /// Adds a text from outside.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.html.push_str("&#38;"),
                '<' => self.html.push_str("&#60;"),
                '>' => self.html.push_str("&#62;"),
                '"' => self.html.push_str("&#34;"),
                '\'' => self.html.push_str("&#39;"),
                c => self.html.push(c),
            }
        }
    }
    /// Adds tags. They are this program's own: nothing from outside ever comes here.
    pub fn tags_of_ours(&mut self, html: &str) {
        self.html.push_str(html);
    }
    /// Adds what stands in the catalogue; it was escaped when the catalogue was built.
    pub(crate) fn fixed(&mut self, html: &'static str) {
        self.html.push_str(html);
    }
    /// As HTML.
    pub fn html(&self) -> &str {
        &self.html
    }
    /// Nothing?
    pub fn is_empty(&self) -> bool {
        self.html.is_empty()
    }
    /// For the quotes of an attribute: without tags, still escaped.
    pub fn attr(&self) -> Self {
        let mut out = String::with_capacity(self.html.len());
        let mut in_tag = false;
        for c in self.html.chars() {
            match c {
                '<' => in_tag = true,
                '>' => in_tag = false,
                c if !in_tag => out.push(c),
                _ => {}
            }
        }
        Self { html: out }
    }
    /// As plain text, for JSON, for a terminal and for comparing.
    pub fn plain(&self) -> String {
        let mut text = self.attr().html;
        for (entity, c) in [
            ("&#60;", "<"),
            ("&#62;", ">"),
            ("&#34;", "\""),
            ("&#39;", "'"),
            ("&#38;", "&"),
        ] {
            text = text.replace(entity, c);
        }
        text
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.html)
    }
}
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.plain())
    }
}
impl HtmlSafe for Said {}
impl Shown for Said {
    fn show(&self, _: Lang, to: &mut Said) {
        to.html.push_str(&self.html);
    }
}
