//! XML in bounds: a document as a tree of elements, and elements as text. No document type, no entities but the five of XML
//! itself and characters by number, no processing instructions; bounded in size, depth and count.

use quick_xml::{
    Reader,
    escape::escape,
    events::{BytesStart, Event},
};
use units::{Again, Currency, Moment, Money, Refusal, TransferId};

/// The longest document, in bytes.
pub const SIZE_MAX: usize = 16 << 20;
/// The deepest element.
pub const DEPTH_MAX: usize = 24;
/// The most elements of a document.
pub const NODES_MAX: usize = 500_000;

/// Why a document was not read, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// Longer than [`SIZE_MAX`].
    #[error("the document is longer than {SIZE_MAX} bytes")]
    TooLong,
    /// It declares or uses what no message of a bank needs: a document type, entities, instructions.
    #[error("a message has no document type, no entities of its own and no instructions; send it without")]
    Forbidden,
    /// Too deep or too many elements.
    #[error("a message has at most {DEPTH_MAX} levels and {NODES_MAX} elements")]
    TooBig,
    /// Not well formed.
    #[error("this is not XML that ends as it began")]
    Malformed,
    /// Another message, or another version of it.
    #[error("this is not a {0} message")]
    OtherMessage(&'static str),
    /// An element is missing, doubled or empty.
    #[error("the message lacks {0}, or has it more than once")]
    Missing(&'static str),
    /// An element says something that cannot be.
    #[error("{0} says something that it cannot say")]
    Wrong(&'static str),
}

impl Refusal for NotRead {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "remit-too-long",
            Self::Forbidden => "remit-forbidden",
            Self::TooBig => "remit-too-big",
            Self::Malformed => "remit-malformed",
            Self::OtherMessage(_) => "remit-other-message",
            Self::Missing(_) => "remit-missing",
            Self::Wrong(_) => "remit-wrong",
        }
    }
    fn again(&self) -> Again {
        Again::Never
    }
}

/// Why a document was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    /// A text that not every bank takes.
    #[error("{0} has 1 to {1} characters of a-z A-Z 0-9 / - ? : ( ) . , ' + and space")]
    Text(&'static str, usize),
    /// Nothing to say, or too much for one message.
    #[error("a message has 1 to {0} lines")]
    Lines(usize),
    /// Amounts of different currencies.
    #[error("the amounts of one message are of one currency")]
    Currency,
    /// A part of an entry without the parts before it, or parts that come to no amount.
    #[error("an entry is written with all its parts, from the first, and they come to one amount")]
    Parts,
}

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Node {
    name: String,
    currency: Option<String>,
    namespace: Option<String>,
    text: String,
    children: Vec<Node>,
}

impl Node {
    fn of(start: &BytesStart<'_>) -> Result<Self, NotRead> {
        let mut node = Self {
            name: start.local_name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| NotRead::Malformed)?;
            let value = attribute.value.as_ref();
            // Currencies and namespaces are plain; whatever hides in an attribute hides in vain.
            match attribute.key.as_ref() {
                "Ccy" => node.currency = Some(value.to_owned()),
                key if key == "xmlns" || key.starts_with("xmlns:") => {
                    let prefix = key.strip_prefix("xmlns").unwrap_or_default().trim_start_matches(':');
                    let own = start.name().prefix().map_or(String::new(), |p| p.as_ref().to_owned());
                    if prefix == own {
                        node.namespace = Some(value.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(node)
    }

    /// The only child of this name.
    pub(crate) fn one(&self, name: &'static str) -> Result<&Self, NotRead> {
        self.maybe(name)?.ok_or(NotRead::Missing(name))
    }
    /// The child of this name, if there is one.
    pub(crate) fn maybe(&self, name: &'static str) -> Result<Option<&Self>, NotRead> {
        let mut all = self.all(name);
        let first = all.next();
        if all.next().is_some() {
            return Err(NotRead::Missing(name));
        }
        Ok(first)
    }
    /// Every child of this name.
    pub(crate) fn all(&self, name: &'static str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
    /// The element at the end of a path.
    pub(crate) fn at(&self, path: &[&'static str]) -> Result<&Self, NotRead> {
        path.iter().try_fold(self, |node, name| node.one(name))
    }
    /// Its text.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }
    /// The text at the end of a path.
    pub(crate) fn text_at(&self, path: &[&'static str]) -> Result<&str, NotRead> {
        self.at(path).map(Self::text)
    }
    /// An amount with its currency.
    pub(crate) fn money(&self, name: &'static str) -> Result<Money, NotRead> {
        let wrong = || NotRead::Wrong(name);
        let currency = self
            .currency
            .as_deref()
            .and_then(|code| Currency::new(code).ok())
            .ok_or_else(wrong)?;
        let text = self.text();
        // Banks write more digits than a currency has; those say nothing, or the amount is none.
        let text = match text.split_once('.') {
            Some((whole, part)) => {
                let digits = currency.digits() as usize;
                let (kept, more) = part.split_at_checked(digits.min(part.len())).ok_or_else(wrong)?;
                if part.is_empty() || !more.bytes().all(|b| b == b'0') {
                    return Err(wrong());
                }
                if kept.is_empty() {
                    whole.to_owned()
                } else {
                    format!("{whole}.{kept}")
                }
            }
            None => text.to_owned(),
        };
        Money::parse(&text, currency).map_err(|_| wrong())
    }
    /// A count.
    pub(crate) fn count(&self, name: &'static str) -> Result<u64, NotRead> {
        let text = self.text();
        let plain = (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| plain).ok_or(NotRead::Wrong(name))
    }
    /// The id of a transfer.
    pub(crate) fn transfer(&self, name: &'static str) -> Result<TransferId, NotRead> {
        self.text().parse().map_err(|_| NotRead::Wrong(name))
    }
    /// A moment: `2026-11-20T12:00:00Z`, with or without fractions of a second.
    pub(crate) fn moment(&self, name: &'static str) -> Result<Moment, NotRead> {
        moment_of(self.text()).ok_or(NotRead::Wrong(name))
    }
}

/// Milliseconds of a moment in UTC.
fn moment_of(text: &str) -> Option<Moment> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?;
    let (date, time) = text.split_once('T')?;
    let (time, part) = time.split_once('.').unwrap_or((time, ""));
    let numbers = |text: &str, by: char, widths: [usize; 3]| -> Option<[u64; 3]> {
        let mut out = [0; 3];
        let mut parts = text.split(by);
        for (at, width) in widths.into_iter().enumerate() {
            let part = parts.next()?;
            let plain = part.len() == width && part.bytes().all(|b| b.is_ascii_digit());
            *out.get_mut(at)? = part.parse().ok().filter(|_| plain)?;
        }
        parts.next().is_none().then_some(out)
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let fits = (1970..=9999).contains(&year) && (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 60;
    if !fits || part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Days since 1970, after Howard Hinnant's "chrono-compatible low-level date algorithms".
    let (y, m) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = (y / 400) * 146_097 + (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + (153 * m + 2) / 5 + day - 1;
    let seconds = (days.checked_sub(719_468)?) * 86_400 + hour * 3600 + minute * 60 + second;
    let millis: u64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let moment = Moment(seconds * 1000 + millis);
    // The thirtieth of February is no day.
    let (_, mo, d, ..) = moment.civil();
    (u64::from(mo) == month && u64::from(d) == day).then_some(moment)
}

/// A moment as documents write it.
pub(crate) fn moment_text(at: Moment) -> String {
    let text = at.to_string();
    format!("{}.{:03}Z", text.trim_end_matches('Z'), at.0 % 1000)
}

/// The message in a document: the only child of its root, which is of this namespace.
pub(crate) fn read(bytes: &[u8], version: &'static str, message: &'static str) -> Result<Node, NotRead> {
    let root = tree(bytes)?;
    let namespace = root
        .namespace
        .as_deref()
        .and_then(|n| n.strip_prefix("urn:iso:std:iso:20022:tech:xsd:"));
    if root.name != "Document" || namespace != Some(version) {
        return Err(NotRead::OtherMessage(version));
    }
    let mut children = root.children;
    match (children.pop(), children.is_empty()) {
        (Some(node), true) if node.name == message => Ok(node),
        _ => Err(NotRead::OtherMessage(version)),
    }
}

fn tree(bytes: &[u8]) -> Result<Node, NotRead> {
    if bytes.len() > SIZE_MAX {
        return Err(NotRead::TooLong);
    }
    let text = core::str::from_utf8(bytes).map_err(|_| NotRead::Malformed)?;
    let mut reader = Reader::from_str(text);
    let (mut open, mut root, mut count) = (Vec::<Node>::new(), None::<Node>, 0_usize);
    let mut close = |open: &mut Vec<Node>| -> Result<(), NotRead> {
        let done = open.pop().ok_or(NotRead::Malformed)?;
        match open.last_mut() {
            Some(parent) => parent.children.push(done),
            None if root.is_none() => root = Some(done),
            None => return Err(NotRead::Malformed),
        }
        Ok(())
    };
    loop {
        match reader.read_event().map_err(|_| NotRead::Malformed)? {
            Event::Start(start) => {
                count = count.saturating_add(1);
                if count > NODES_MAX || open.len() >= DEPTH_MAX {
                    return Err(NotRead::TooBig);
                }
                open.push(Node::of(&start)?);
            }
            Event::Empty(start) => {
                count = count.saturating_add(1);
                if count > NODES_MAX || open.len() >= DEPTH_MAX {
                    return Err(NotRead::TooBig);
                }
                open.push(Node::of(&start)?);
                close(&mut open)?;
            }
            Event::End(_) => close(&mut open)?,
            Event::Text(piece) => add(&mut open, &piece.xml10_content())?,
            Event::CData(piece) => add(&mut open, &piece.xml10_content())?,
            Event::GeneralRef(name) => {
                let number = name.resolve_char_ref().map_err(|_| NotRead::Malformed)?;
                let known = match name.as_ref() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "apos" => Some('\''),
                    "quot" => Some('"'),
                    _ => number,
                };
                let mut buffer = [0; 4];
                add(&mut open, known.ok_or(NotRead::Forbidden)?.encode_utf8(&mut buffer))?;
            }
            Event::DocType(_) | Event::PI(_) => return Err(NotRead::Forbidden),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(NotRead::Malformed);
    }
    root.ok_or(NotRead::Malformed)
}

fn add(open: &mut [Node], text: &str) -> Result<(), NotRead> {
    match open.last_mut() {
        Some(node) => {
            node.text.push_str(text);
            Ok(())
        }
        None if text.trim_start_matches('\u{feff}').trim().is_empty() => Ok(()),
        None => Err(NotRead::Malformed),
    }
}

/// A document being written.
pub(crate) struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// A document of this namespace.
    pub(crate) fn new(version: &str) -> Self {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.push_str("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:");
        out.push_str(version);
        out.push_str("\">");
        Self { out, open: Vec::new() }
    }
    /// An element, and in it what `inside` writes.
    pub(crate) fn within<E>(
        &mut self,
        name: &'static str,
        inside: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.out.push('\n');
        self.out.push_str(&"  ".repeat(self.open.len()));
        self.out.push_str(&format!("<{name}>"));
        self.open.push(name);
        inside(self)?;
        self.open.pop();
        self.out.push_str(&format!("</{name}>"));
        Ok(())
    }
    /// An element with text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        self.out.push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }
    /// Elements in one another, the innermost with text.
    pub(crate) fn path(&mut self, path: &[&'static str], text: &str) {
        for name in path {
            self.out.push_str(&format!("<{name}>"));
        }
        self.out.push_str(&escape(text));
        for name in path.iter().rev() {
            self.out.push_str(&format!("</{name}>"));
        }
    }
    /// An amount.
    pub(crate) fn money(&mut self, name: &'static str, amount: Money) {
        let text = amount.figures().replace(',', "");
        let currency = amount.currency();
        self.out
            .push_str(&format!("<{name} Ccy=\"{currency}\">{text}</{name}>"));
    }
    /// The whole.
    pub(crate) fn end(mut self) -> String {
        self.out.push_str("\n</Document>\n");
        self.out
    }
}

/// A text that every bank takes.
pub(crate) fn plain(what: &'static str, text: &str, most: usize) -> Result<(), NotWritten> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"/-?:().,'+ ".contains(&b);
    if (1..=most).contains(&text.len()) && text.bytes().all(fits) {
        Ok(())
    } else {
        Err(NotWritten::Text(what, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for at in [0, 951_782_400_000, 1_077_062_400_123, 4_102_444_799_999] {
            assert_eq!(moment_of(&moment_text(Moment(at))), Some(Moment(at)));
        }
        assert_eq!(
            moment_of("2026-11-20T12:00:00+00:00"),
            moment_of("2026-11-20T12:00:00Z")
        );
        for bad in [
            "2026-11-20",
            "2026-11-20T12:00:00",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:00:00.Z0",
            "+026-11-20T12:00:00Z",
            "2026-11-20T12:00:00.0000000001Z",
        ] {
            assert_eq!(moment_of(bad), None, "{bad}");
        }
    }

    /// proves: row-54 row-78 row-90
    #[test]
    fn a_document_cannot_fetch_expand_or_outgrow() {
        let check =
            |document: &str, no: NotRead| assert_eq!(tree(document.as_bytes()).unwrap_err(), no, "{document:.60}");
        check(
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
            NotRead::Forbidden,
        );
        check("<!DOCTYPE a SYSTEM \"http://127.0.0.1/x\"><a/>", NotRead::Forbidden);
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
        check(bomb, NotRead::Forbidden);
        check("<a>&x;</a>", NotRead::Forbidden);
        check("<a><?php x ?></a>", NotRead::Forbidden);
        check(&"<a>".repeat(DEPTH_MAX + 1), NotRead::TooBig);
        check(&format!("<a>{}</a>", "<b/>".repeat(NODES_MAX)), NotRead::TooBig);
        for bad in [
            "",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><a/>",
            "x<a/>",
            "<a x=1/>",
            "<a x=\"1\" x=\"2\"/>",
        ] {
            check(bad, NotRead::Malformed);
        }
        assert_eq!(tree(&[b'<', 0xff, b'/', b'>']).unwrap_err(), NotRead::Malformed);
        let node = tree("<a>1 &amp;&#x20;&lt;2&gt;<![CDATA[ & 3]]></a>".as_bytes()).unwrap();
        assert_eq!(node.text(), "1 & <2> & 3");
    }

    /// proves: row-54
    #[test]
    fn amounts_are_decimal_literals_of_their_currency() {
        let read = |text: &str, currency: &str| {
            let node = tree(format!("<a><Amt Ccy=\"{currency}\">{text}</Amt></a>").as_bytes()).unwrap();
            node.one("Amt").unwrap().money("Amt").map(|money| money.minor())
        };
        for (text, currency, minor) in [
            ("5880", "JPY", 5880),
            ("5880.00", "JPY", 5880),
            ("0.01", "EUR", 1),
            ("1.50000", "EUR", 150),
            ("1.5", "EUR", 150),
            ("1.250", "KWD", 1250),
            ("0", "JPY", 0),
        ] {
            assert_eq!(read(text, currency), Ok(minor), "{text} {currency}");
        }
        for (text, currency) in [
            ("-1", "JPY"),
            ("1,00", "EUR"),
            ("0.001", "EUR"),
            ("0.5", "JPY"),
            ("1e3", "JPY"),
            ("NaN", "JPY"),
            ("", "JPY"),
            ("1.", "EUR"),
            ("9223372036854775808", "JPY"),
            ("1", "jpy"),
            ("1", ""),
        ] {
            assert_eq!(read(text, currency), Err(NotRead::Wrong("Amt")), "{text} {currency}");
        }
    }
}
