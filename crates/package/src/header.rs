//! Header: what a package says of itself in the open, so that one found anywhere leads to its shop. Signed as a whole by
//! the publisher; its hash is bound into every segment, so no header can be put before another's content.

use crate::{
    geometry::Geometry,
    kdf,
    key::{ContentKey, KeyId},
    text::{is_comment, is_hint, is_media_type, is_title},
};
use minicbor::{Decode, Encode};
use units::{ContentId, Hash, Moment, PartyId, RealmId};

/// The version of the format that this crate reads and writes.
pub const VERSION: u32 = 1;
/// Longest header in bytes.
pub const HEADER_LEN_MAX: usize = 32 << 10;
/// Longest policy in bytes.
pub const POLICY_LEN_MAX: usize = 16 << 10;
/// Longest offers in bytes.
pub const OFFERS_LEN_MAX: usize = 8 << 10;
/// Most performers that are named.
pub const PERFORMERS_MAX: usize = 32;
const SETS_MAX: usize = 32;
const SET_KEY_LEN_MAX: usize = 256;

/// What kind of work it is (XD-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// Anything else, and mixtures.
    #[n(0)]
    Mixed,
    /// Text, books.
    #[n(1)]
    Text,
    /// A picture.
    #[n(2)]
    Picture,
    /// Sound, music.
    #[n(3)]
    Sound,
    /// Video.
    #[n(4)]
    Video,
    /// A program.
    #[n(5)]
    Program,
}

/// Whether all buyers get this package, or one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Delivery {
    /// One package for all; its key is sold in licenses.
    #[n(0)]
    Shared,
    /// Sealed for one delivery under its own key (XD-4).
    #[n(1)]
    Unique,
}

/// The key this package is sealed under. A content may have many packages, one per edition or batch (SD-28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub struct KeyLine {
    /// Its name.
    #[n(0)]
    pub id: KeyId,
    /// The edition or batch, as the publisher counts them.
    #[n(1)]
    pub edition: u32,
    /// What binds the header to that one key.
    #[n(2)]
    pub commitment: Hash,
}

/// The content key under a key that opens a whole set of packages (ST-21). The bytes are read by `license`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SetKey {
    /// The set's key.
    #[n(0)]
    pub set: KeyId,
    /// The wrapped content key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
}

/// The preview that follows the header: what it is, and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PreviewLine {
    /// Its media type.
    #[n(0)]
    pub media_type: String,
    /// Its length in bytes.
    #[n(1)]
    pub len: u32,
    /// [`PreviewLine::hash_of`] its bytes.
    #[n(2)]
    pub hash: Hash,
}

impl PreviewLine {
    /// The line for these bytes.
    pub fn of(media_type: &str, preview: &[u8]) -> Self {
        Self {
            media_type: media_type.into(),
            len: preview.len().try_into().unwrap_or(u32::MAX),
            hash: Self::hash_of(preview),
        }
    }
    /// The hash of a preview, under a label of this format.
    pub fn hash_of(preview: &[u8]) -> Hash {
        kdf::hash("preview", preview)
    }
}

/// Where to buy. The party is looked up in the registry; the hint is only tried first, and never believed about who answers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Shop {
    /// The seller, as the registry knows it.
    #[n(0)]
    pub seller: PartyId,
    /// An address to try, or nothing.
    #[n(1)]
    pub hint: String,
}

/// What a catalogue says of a work beside its title (ST-3): in the header, so that whoever holds the file can show it, and under
/// the publisher's signature.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Credits {
    /// The second line of its title.
    #[n(0)]
    pub subtitle: Option<String>,
    /// Who performs it, in the order to be named.
    #[n(1)]
    pub performers: Option<Vec<String>>,
    /// Who made it.
    #[n(2)]
    pub creator: Option<String>,
    /// What its publisher says of it, in a sentence or two.
    #[n(3)]
    pub comment: Option<String>,
    /// What its cover shows, for those who do not see it.
    #[n(4)]
    pub cover: Option<String>,
}

impl Credits {
    /// Does it say anything?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// Those who perform it.
    pub fn performers(&self) -> &[String] {
        self.performers.as_deref().unwrap_or_default()
    }
    /// May all of it be shown to people? Else what may not.
    pub fn check(&self) -> Result<(), HeaderError> {
        let text = |what, good: bool| if good { Ok(()) } else { Err(HeaderError::Text { what }) };
        let line = |said: &Option<String>| said.as_deref().is_none_or(is_title);
        text("subtitle", line(&self.subtitle))?;
        text("creator", line(&self.creator))?;
        text("comment", self.comment.as_deref().is_none_or(is_comment))?;
        text("description of the cover", self.cover.as_deref().is_none_or(is_comment))?;
        let names = self.performers.as_deref();
        let some = names.is_none_or(|names| (1..=PERFORMERS_MAX).contains(&names.len()));
        text(
            "list of performers",
            some && self.performers().iter().all(|name| is_title(name)),
        )
    }
}

/// What a publisher says about a package before it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The realm whose keys count.
    pub realm: RealmId,
    /// The work, whatever its edition.
    pub content: ContentId,
    /// Whose work it is, and who signs.
    pub publisher: PartyId,
    /// What people call it.
    pub title: String,
    /// What kind of work.
    pub kind: Kind,
    /// The media type of the opened content.
    pub media_type: String,
    /// Edition or batch of the key.
    pub edition: u32,
    /// Shared or unique.
    pub delivery: Delivery,
    /// The publisher's policy, as `license` reads it.
    pub policy: Vec<u8>,
    /// Offers, as a shop reads them.
    pub offers: Vec<u8>,
    /// The preview that goes along.
    pub preview: Option<PreviewLine>,
    /// Where to buy.
    pub shop: Shop,
    /// The key under set keys.
    pub sets: Vec<SetKey>,
    /// SHA-256 of the content, if it was computed ([`crate::digest`]); without it a header says nothing of what the content is.
    pub sha256: Option<Hash>,
    /// When the publisher made it: of two versions of a work under one key, the later is the newer.
    pub made: Option<Moment>,
}

impl About {
    /// A small valid one, for examples and tests.
    pub fn example() -> Self {
        Self {
            realm: RealmId([1; 16]),
            content: ContentId([2; 16]),
            publisher: PartyId([3; 16]),
            title: "Winter sun".into(),
            kind: Kind::Sound,
            media_type: "audio/flac".into(),
            edition: 1,
            delivery: Delivery::Shared,
            policy: Vec::new(),
            offers: Vec::new(),
            preview: None,
            shop: Shop {
                seller: PartyId([3; 16]),
                hint: "https://shop.example/".into(),
            },
            sets: Vec::new(),
            sha256: None,
            made: None,
        }
    }
}

/// The header. Fields are public to read; one that was changed no longer passes [`Header::check`] or fits its content.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// [`VERSION`].
    #[n(0)]
    pub version: u32,
    /// The realm whose keys count.
    #[n(1)]
    pub realm: RealmId,
    /// The work.
    #[n(2)]
    pub content: ContentId,
    /// Whose work it is.
    #[n(3)]
    pub publisher: PartyId,
    /// What people call it.
    #[n(4)]
    pub title: String,
    /// What kind of work.
    #[n(5)]
    pub kind: Kind,
    /// The media type of the opened content.
    #[n(6)]
    pub media_type: String,
    /// The key.
    #[n(7)]
    pub key: KeyLine,
    /// Shared or unique.
    #[n(8)]
    pub delivery: Delivery,
    /// Length and cut.
    #[n(9)]
    pub geometry: Geometry,
    /// The content's digest under the key ([`ContentKey::digest_line`]), when it was known.
    #[n(10)]
    pub digest: Option<Hash>,
    /// The publisher's policy.
    #[cbor(n(11), with = "minicbor::bytes")]
    pub policy: Vec<u8>,
    /// Offers.
    #[cbor(n(12), with = "minicbor::bytes")]
    pub offers: Vec<u8>,
    /// The preview.
    #[n(13)]
    pub preview: Option<PreviewLine>,
    /// Where to buy.
    #[n(14)]
    pub shop: Shop,
    /// The key under set keys.
    #[n(15)]
    pub sets: Vec<SetKey>,
    /// When the publisher made it, by his own clock and under his signature: nobody between him and a holder can offer an old
    /// version as a newer one (THREATS row 100). Without it a package is no newer version of anything.
    #[n(16)]
    pub made: Option<Moment>,
    /// What a catalogue says of it beside its title; absent where there is nothing to say.
    #[n(17)]
    pub credits: Option<Credits>,
}

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Longer than allowed.
    #[error("{what} of {len} bytes is longer than the {max} allowed")]
    Long {
        /// Which part.
        what: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// Not the CBOR of a header, from this byte on (counted from the header's first).
    #[error("the header is not readable at its byte {at}")]
    Unreadable {
        /// The byte.
        at: usize,
    },
    /// Of a version this program does not know.
    #[error("the package has version {version}, this program reads {VERSION}; update it")]
    Version {
        /// The version found.
        version: u32,
    },
    /// Readable, but not in the one form the format allows; the first byte that differs.
    #[error("the header is not in canonical form at its byte {at}")]
    NotCanonical {
        /// The byte.
        at: usize,
    },
    /// A text that may not be shown.
    #[error("the header's {what} is empty, too long or holds characters that may not be shown")]
    Text {
        /// Which text.
        what: &'static str,
    },
}

impl Header {
    /// The header of content of this geometry under this key.
    pub fn new(about: About, key: &ContentKey, geometry: Geometry) -> Self {
        Self {
            version: VERSION,
            realm: about.realm,
            content: about.content,
            publisher: about.publisher,
            title: about.title,
            kind: about.kind,
            media_type: about.media_type,
            key: KeyLine {
                id: key.id(),
                edition: about.edition,
                commitment: key.commitment(),
            },
            delivery: about.delivery,
            geometry,
            digest: about.sha256.map(|sha256| key.digest_line(&sha256)),
            policy: about.policy,
            offers: about.offers,
            preview: about.preview,
            shop: about.shop,
            sets: about.sets,
            made: about.made,
            credits: None,
        }
    }

    /// The same with what a catalogue says of the work.
    #[must_use]
    pub fn with_credits(mut self, credits: Credits) -> Self {
        self.credits = Some(credits).filter(|credits| !credits.is_empty());
        self
    }

    /// The canonical bytes, as they stand in the file. Their hash is what the publisher signs.
    pub fn bytes(&self) -> Vec<u8> {
        match minicbor::to_vec(self) {
            Ok(bytes) => bytes,
            Err(_) => unreachable!("writing to memory does not fail"),
        }
    }

    /// The package's name everywhere else, in licenses above all: the hash of its header's bytes.
    pub fn hash(&self) -> Hash {
        Self::hash_of(&self.bytes())
    }
    pub(crate) fn hash_of(bytes: &[u8]) -> Hash {
        kdf::hash("header", bytes)
    }

    /// Reads one from bytes of unknown origin, and holds it to every rule of the format. Who signed it is not looked at.
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        limit("header", bytes.len(), HEADER_LEN_MAX)?;
        let mut decoder = minicbor::Decoder::new(bytes);
        // The version comes first, so that a later format is called that and not damaged.
        if let (Ok(Some(_)), Ok(0), Ok(version)) = (decoder.map(), decoder.u32(), decoder.u32())
            && version != VERSION
        {
            return Err(HeaderError::Version { version });
        }
        let mut decoder = minicbor::Decoder::new(bytes);
        let header: Self = decoder.decode().map_err(|e| HeaderError::Unreadable {
            at: e.position().unwrap_or(decoder.position()),
        })?;
        let again = header.bytes();
        if again != bytes {
            let at = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            return Err(HeaderError::NotCanonical { at });
        }
        header.check()?;
        Ok(header)
    }

    /// The rules beyond form.
    pub fn check(&self) -> Result<(), HeaderError> {
        if self.version != VERSION {
            return Err(HeaderError::Version { version: self.version });
        }
        limit("policy", self.policy.len(), POLICY_LEN_MAX)?;
        limit("list of offers", self.offers.len(), OFFERS_LEN_MAX)?;
        limit("list of set keys", self.sets.len(), SETS_MAX)?;
        for set in &self.sets {
            limit("set key", set.wrapped.len(), SET_KEY_LEN_MAX)?;
        }
        let text = |what, good: bool| if good { Ok(()) } else { Err(HeaderError::Text { what }) };
        text("title", is_title(&self.title))?;
        text("media type", is_media_type(&self.media_type))?;
        text("shop address", is_hint(&self.shop.hint))?;
        if let Some(credits) = &self.credits {
            text("credits", !credits.is_empty())?;
            credits.check()?;
        }
        if let Some(preview) = &self.preview {
            limit("preview", preview.len as usize, crate::front::PREVIEW_LEN_MAX)?;
            text("preview's media type", is_media_type(&preview.media_type))?;
        }
        limit("header", self.bytes().len(), HEADER_LEN_MAX)
    }

    /// Whether the package was sealed under this key.
    pub fn is_under(&self, key: &ContentKey) -> bool {
        self.key.id == key.id() && self.key.commitment == key.commitment()
    }

    /// What may be signed beside the header, so that a preview shown alone, in a shop window, can be trusted: canonical bytes
    /// naming realm, content, publisher and the preview's line.
    pub fn preview_statement(&self) -> Option<Vec<u8>> {
        #[derive(Encode)]
        struct Statement<'a>(
            #[n(0)] &'static str,
            #[n(1)] RealmId,
            #[n(2)] ContentId,
            #[n(3)] PartyId,
            #[n(4)] &'a PreviewLine,
        );
        let line = self.preview.as_ref()?;
        minicbor::to_vec(Statement(
            "keyfare preview 1",
            self.realm,
            self.content,
            self.publisher,
            line,
        ))
        .ok()
    }
}

fn limit(what: &'static str, len: usize, max: usize) -> Result<(), HeaderError> {
    if len > max {
        Err(HeaderError::Long { what, len, max })
    } else {
        Ok(())
    }
}
