//! Front: everything before the sealed content. Parsed as bytes of unknown origin; readable by whoever finds the file.

use crate::{
    header::{HEADER_LEN_MAX, Header, HeaderError, PreviewLine},
    kdf,
    layout::Layout,
    section::{FrontError, Section},
    tree::Tree,
};
use core::ops::Range;
use minicbor::{Decode, Encode};
use units::Hash;

/// Bytes of the prefix: magic, two lengths, three hashes.
pub const PREFIX_LEN: usize = PREFIX_HASHED + 32;
const PREFIX_HASHED: usize = 8 + 4 + 4 + 32 + 32;
/// Longest preview in bytes.
pub const PREVIEW_LEN_MAX: usize = 1 << 20;
/// Longest signatures section in bytes.
pub const SIGNATURES_LEN_MAX: usize = 16 << 10;
const MAGIC: &[u8; 8] = b"KEYFARE\x01";

/// By whom the header is signed. Opaque here: messages that `seal` makes and verifies, with what they are about inside them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Signatures {
    /// The publisher's signed message (kind header) that gives the package's name, [`Header::hash`]; empty before it is signed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The publisher's signed message (kind preview) that gives [`Header::preview_statement`]; empty if there is none.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub preview: Vec<u8>,
    /// CBOR list of certificates, the publisher's first, so that both can be checked without a network.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub chain: Vec<u8>,
}

/// Lengths and hashes of what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    /// Bytes of the header.
    pub header_len: u32,
    /// Bytes of the signatures.
    pub signatures_len: u32,
    /// [`Header::hash`]: the package's name.
    pub package: Hash,
    /// Guards the signatures against damage.
    signatures: Hash,
}

impl Prefix {
    /// Reads the first [`PREFIX_LEN`] bytes of a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, FrontError> {
        let same = MAGIC.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        if same < MAGIC.len().min(bytes.len()) || bytes.is_empty() {
            return Err(FrontError::NotAPackage { offset: same as u64 });
        }
        let Some(bytes) = bytes.get(..PREFIX_LEN) else {
            return Err(FrontError::Truncated {
                section: Section::Prefix,
                offset: bytes.len() as u64,
                needed: PREFIX_LEN as u64,
            });
        };
        let (hashed, check) = bytes.split_at(PREFIX_HASHED);
        // First of all, or a damaged length would be taken for a truncated file.
        if kdf::hash("prefix", hashed).0 != check {
            return Err(damaged(Section::Prefix, 0));
        }
        let (mut header_len, mut signatures_len, mut package, mut signatures) = ([0; 4], [0; 4], [0; 32], [0; 32]);
        header_len.copy_from_slice(&hashed[8..12]);
        signatures_len.copy_from_slice(&hashed[12..16]);
        package.copy_from_slice(&hashed[16..48]);
        signatures.copy_from_slice(&hashed[48..]);
        let (header_len, signatures_len) = (u32::from_be_bytes(header_len), u32::from_be_bytes(signatures_len));
        limit(Section::Header, 8, header_len, HEADER_LEN_MAX)?;
        limit(Section::Signatures, 12, signatures_len, SIGNATURES_LEN_MAX)?;
        Ok(Self {
            header_len,
            signatures_len,
            package: Hash(package),
            signatures: Hash(signatures),
        })
    }

    /// Where header and signatures lie.
    fn sections(&self) -> [Range<usize>; 2] {
        let header = PREFIX_LEN..PREFIX_LEN + self.header_len as usize;
        let signatures = header.end..header.end + self.signatures_len as usize;
        [header, signatures]
    }
}

fn limit(section: Section, offset: u64, len: u32, max: usize) -> Result<(), FrontError> {
    if len as usize > max {
        return Err(FrontError::Long {
            section,
            offset,
            len: len.into(),
            max: max as u64,
        });
    }
    Ok(())
}

/// A checked front, and the plan by which its content is sealed and opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    header: Header,
    package: Hash,
    signatures: Signatures,
    bytes: Vec<u8>,
    preview_at: usize,
}

impl Front {
    /// Puts a front together, for sealing.
    pub fn assemble(header: Header, signatures: Signatures, preview: Vec<u8>) -> Result<Self, FrontError> {
        header.check().map_err(|why| malformed(PREFIX_LEN, why))?;
        let line = header.preview.as_ref().map(|line| (line.len as usize, line.hash));
        let found = (preview.len(), PreviewLine::hash_of(&preview));
        if line.is_some_and(|line| line != found) || (line.is_none() && !preview.is_empty()) {
            return Err(FrontError::Mismatch {
                section: Section::Preview,
            });
        }
        let head = header.bytes();
        let signed = minicbor::to_vec(&signatures).unwrap_or_default();
        limit(
            Section::Signatures,
            12,
            signed.len().try_into().unwrap_or(u32::MAX),
            SIGNATURES_LEN_MAX,
        )?;
        let package = Header::hash_of(&head);
        let mut bytes = Vec::with_capacity(PREFIX_LEN + head.len() + signed.len() + preview.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(head.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&(signed.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&package.0);
        bytes.extend_from_slice(&kdf::hash("signatures", &signed).0);
        let check = kdf::hash("prefix", &bytes);
        bytes.extend_from_slice(&check.0);
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&signed);
        let preview_at = bytes.len();
        bytes.extend_from_slice(&preview);
        Ok(Self {
            header,
            package,
            signatures,
            bytes,
            preview_at,
        })
    }

    /// Reads a front from a file's first bytes; what follows it is left alone.
    pub fn parse(bytes: &[u8]) -> Result<Self, FrontError> {
        Self::read_by(&mut |at, len| Ok(bytes.iter().skip(at).take(len).copied().collect()))
    }

    /// Reads a front section by section through `fetch(offset, len)`, which answers with so many bytes, or fewer where the
    /// file ends. Asks for nothing that the format does not allow, in ascending order.
    pub fn read_by<E: From<FrontError>>(fetch: &mut dyn FnMut(usize, usize) -> Result<Vec<u8>, E>) -> Result<Self, E> {
        let mut bytes = fetch(0, PREFIX_LEN)?;
        let mut get = |bytes: &mut Vec<u8>, section, range: Range<usize>| -> Result<(), E> {
            if range.is_empty() {
                return Ok(());
            }
            bytes.append(&mut fetch(range.start, range.len())?);
            if bytes.len() == range.end {
                return Ok(());
            }
            Err(FrontError::Truncated {
                section,
                offset: bytes.len() as u64,
                needed: range.end as u64,
            }
            .into())
        };
        let prefix = Prefix::parse(&bytes)?;
        let [head, signed] = prefix.sections();
        get(&mut bytes, Section::Header, head.clone())?;
        if Header::hash_of(&bytes[head.clone()]) != prefix.package {
            return Err(damaged(Section::Header, head.start).into());
        }
        let header = Header::parse(&bytes[head.clone()]).map_err(|why| malformed(head.start, why))?;
        get(&mut bytes, Section::Signatures, signed.clone())?;
        if kdf::hash("signatures", &bytes[signed.clone()]) != prefix.signatures {
            return Err(damaged(Section::Signatures, signed.start).into());
        }
        let signatures = canonical_signatures(&bytes[signed.clone()], signed.start)?;
        let preview_at = signed.end;
        if let Some(line) = &header.preview {
            get(&mut bytes, Section::Preview, preview_at..preview_at + line.len as usize)?;
            if PreviewLine::hash_of(&bytes[preview_at..]) != line.hash {
                return Err(damaged(Section::Preview, preview_at).into());
            }
        }
        Ok(Self {
            header,
            package: prefix.package,
            signatures,
            bytes,
            preview_at,
        })
    }

    /// The header. Nobody's word until its signature was checked ([`Front::signed`]).
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// The package's name: the header's hash.
    pub fn package(&self) -> Hash {
        self.package
    }
    /// The signatures, to be checked by the caller.
    pub fn signatures(&self) -> &Signatures {
        &self.signatures
    }
    /// What [`Signatures::header`] signs: the header's bytes as they stand in the file.
    pub fn signed(&self) -> &[u8] {
        self.bytes
            .get(PREFIX_LEN..PREFIX_LEN + self.header_len())
            .unwrap_or_default()
    }
    /// The preview's bytes; empty if there is none.
    pub fn preview(&self) -> &[u8] {
        self.bytes.get(self.preview_at..).unwrap_or_default()
    }
    /// All bytes of the front, as they stand in the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Where the sealed content lies.
    pub fn layout(&self) -> Layout {
        self.header.geometry.layout(self.bytes.len() as u64)
    }
    /// The shape of its keys.
    pub fn tree(&self) -> Tree {
        Tree::new(self.header.key.id, &self.header.geometry)
    }
    /// The length of the whole package in bytes.
    pub fn package_len(&self) -> u64 {
        self.layout().end()
    }

    fn header_len(&self) -> usize {
        Prefix::parse(&self.bytes).map_or(0, |prefix| prefix.header_len as usize)
    }
}

fn canonical_signatures(bytes: &[u8], at: usize) -> Result<Signatures, FrontError> {
    let no = |at, why| FrontError::Malformed {
        section: Section::Signatures,
        offset: at as u64,
        why,
    };
    let mut decoder = minicbor::Decoder::new(bytes);
    let found: Signatures = decoder.decode().map_err(|_| {
        no(
            at + decoder.position(),
            HeaderError::Unreadable { at: decoder.position() },
        )
    })?;
    if minicbor::to_vec(&found).ok().as_deref() != Some(bytes) {
        return Err(no(at, HeaderError::NotCanonical { at: 0 }));
    }
    Ok(found)
}

fn damaged(section: Section, at: usize) -> FrontError {
    FrontError::Damaged {
        section,
        offset: at as u64,
    }
}

fn malformed(start: usize, why: HeaderError) -> FrontError {
    match why {
        HeaderError::Version { version } => FrontError::Version { version },
        HeaderError::Unreadable { at } | HeaderError::NotCanonical { at } => FrontError::Malformed {
            section: Section::Header,
            offset: (start + at) as u64,
            why,
        },
        why => FrontError::Malformed {
            section: Section::Header,
            offset: start as u64,
            why,
        },
    }
}
