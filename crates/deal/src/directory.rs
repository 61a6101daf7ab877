//! The directory: who is who and where, as the registry signs it. Addresses come from here and from nowhere else, so that
//! no card and no message can make anybody connect to a place of its own choosing.

use alloc::{string::String, vec::Vec};

use minicbor::{Decode, Encode, bytes::ByteVec};
use units::{Moment, PartyId};

/// One party, as the registry lists it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Listed {
    /// Who.
    #[n(0)]
    pub id: PartyId,
    /// Its name, for people.
    #[n(1)]
    pub name: String,
    /// Where it answers.
    #[n(2)]
    pub address: String,
    /// Its certificates, one for each role.
    #[n(3)]
    pub certificates: Vec<ByteVec>,
}

/// Who is who: numbered, signed by the registry (kind directory, for anyone).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Directory {
    /// Goes up with every change; a reader keeps the highest it has seen.
    #[n(0)]
    pub number: u64,
    /// Certifiers of the realm, each certified by its root.
    #[n(1)]
    pub certifiers: Vec<ByteVec>,
    /// Parties.
    #[n(2)]
    pub parties: Vec<Listed>,
    /// Revoked certificates: certifier's key id and serial.
    #[n(3)]
    pub revoked: Vec<(ByteVec, u64)>,
    /// When it was signed.
    #[n(4)]
    pub at: Moment,
}

/// A directory with the certificate of the registry that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DirectorySheet {
    /// The signed [`Directory`].
    #[n(0)]
    pub directory: ByteVec,
    /// The registry's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}
