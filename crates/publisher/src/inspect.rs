//! Inspect: what a package file says of itself, for people and programs, after everything that can be checked without its
//! key was checked.

use std::fmt;

use package::{Delivery, Kind, OpenError, Package, ReadAt};
use seal::Trust;
use serde::Serialize;
use units::{Moment, Refusal, Share};

use crate::{Standing, found::find};

/// A package in words and figures. Field names are the contract of `--json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What people call it.
    pub title: String,
    /// `mixed`, `text`, `picture`, `sound`, `video` or `program`.
    pub kind: &'static str,
    /// The media type of the opened content.
    pub media_type: String,
    /// The publisher's party id.
    pub publisher: String,
    /// The publisher's name, if the signature holds.
    pub publisher_name: Option<String>,
    /// `signed`, `ended` (signed, the certificate has ended since), `revoked`, `refused`, or `not checked`.
    pub signature: &'static str,
    /// Why it was refused, or what is wrong with it today: a code and a sentence.
    pub signature_problem: Option<(String, String)>,
    /// The work.
    pub content: String,
    /// The package's name.
    pub package: String,
    /// Name of the content key.
    pub key_id: String,
    /// Edition or batch of that key.
    pub edition: u32,
    /// `shared` or `unique`.
    pub delivery: &'static str,
    /// Bytes of content.
    pub content_len: u64,
    /// Bytes of the whole package.
    pub package_len: u64,
    /// Bytes of content that each share opens: ten percent, eighty percent, all.
    pub shares: [u64; 3],
    /// The preview, if there is one.
    pub preview: Option<PreviewSummary>,
    /// Prices when it was made: offer number and price. The shop's count.
    pub prices: Vec<(String, String)>,
    /// The seller's party id, to be looked up in the registry.
    pub seller: String,
    /// An address to try first.
    pub seller_hint: String,
}

/// The preview of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewSummary {
    /// Its media type.
    pub media_type: String,
    /// Its length in bytes.
    pub len: u64,
}

/// Reads and checks a package's front and length. Damage is refused with its offset ([`OpenError::offset`]). With `trust`,
/// says who signed it.
pub fn inspect(source: impl ReadAt, trust: Option<(&Trust, Moment)>) -> Result<Summary, OpenError> {
    let package = Package::open(source)?;
    let (front, header) = (package.front(), package.front().header());
    let (signature, problem, name) = match trust.map(|(trust, now)| find(front, trust, now).standing) {
        None => ("not checked", None, None),
        Some(Standing::Refused(no)) => ("refused", Some((no.code().into(), no.to_string())), None),
        Some(Standing::Signed(it)) => match it.today {
            Ok(()) => ("signed", None, Some(it.publisher_name)),
            Err(no) => {
                let word = if no == seal::NotTrusted::Revoked {
                    "revoked"
                } else {
                    "ended"
                };
                (word, Some((no.code().into(), no.to_string())), Some(it.publisher_name))
            }
        },
    };
    let prices: Vec<crate::Price> = seal::cbor::from_bytes(&header.offers).unwrap_or_default();
    Ok(Summary {
        title: header.title.clone(),
        kind: word_of(header.kind),
        media_type: header.media_type.clone(),
        publisher: header.publisher.to_string(),
        publisher_name: name,
        signature,
        signature_problem: problem,
        content: header.content.to_string(),
        package: front.package().to_string(),
        key_id: header.key.id.to_string(),
        edition: header.key.edition,
        delivery: if header.delivery == Delivery::Unique {
            "unique"
        } else {
            "shared"
        },
        content_len: package.len(),
        package_len: front.package_len(),
        shares: [Share::Tenth, Share::Most, Share::Whole].map(|share| header.geometry.share_len(share)),
        preview: header.preview.as_ref().map(|line| PreviewSummary {
            media_type: line.media_type.clone(),
            len: line.len.into(),
        }),
        prices: prices
            .iter()
            .map(|it| (it.number.to_string(), it.price.to_string()))
            .collect(),
        seller: header.shop.seller.to_string(),
        seller_hint: header.shop.hint.clone(),
    })
}

fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Mixed => "mixed",
        Kind::Text => "text",
        Kind::Picture => "picture",
        Kind::Sound => "sound",
        Kind::Video => "video",
        Kind::Program => "program",
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, text: &str| writeln!(f, "{name:<11} {text}");
        line("title", &self.title)?;
        line("kind", &format!("{}, {}", self.kind, self.media_type))?;
        match &self.publisher_name {
            Some(name) => line("publisher", &format!("{name} ({})", self.publisher))?,
            None => line("publisher", &format!("claims to be {}", self.publisher))?,
        }
        match &self.signature_problem {
            Some((code, why)) => line("signature", &format!("{}: {why} [{code}]", self.signature))?,
            None => line("signature", self.signature)?,
        }
        line("content", &format!("{}, {} bytes", self.content, self.content_len))?;
        line(
            "package",
            &format!("{}, {} bytes, {}", self.package, self.package_len, self.delivery),
        )?;
        line("key", &format!("{}, edition {}", self.key_id, self.edition))?;
        let [tenth, most, whole] = self.shares;
        line(
            "shares",
            &format!("10 % {tenth} bytes, 80 % {most} bytes, all {whole} bytes"),
        )?;
        match &self.preview {
            Some(it) => line("preview", &format!("{}, {} bytes", it.media_type, it.len))?,
            None => line("preview", "none")?,
        }
        for (number, price) in &self.prices {
            line("offer", &format!("{number} at {price} when this was made"))?;
        }
        line("buy from", &format!("{} {}", self.seller, self.seller_hint))
    }
}
