//! Enterprises: who is paid when many sell (ST-13, ST-14, ST-17), and whose word it is that one is trusted.
//!
//! An offer number carries the number of its enterprise in its upper digits: 2000 000001 is the first offer of enterprise
//! 2000. The number alone proves nothing. A **trust registry**, run by whomever a carrier chooses, says whether an enterprise
//! of that number is trusted and that it is this very party. A payer also tells wallets beforehand whom it does not pay for
//! (ST-25): advice that saves a detour, not a decision.

use alloc::vec::Vec;
use core::fmt;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind as Sealed, NotSigned, NotTrusted, Signer, Trust, cbor, role};
use units::{Again, Moment, OfferNo, PartyId, RealmId, Refusal};

/// The number of an enterprise, as people say it: 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct EnterpriseNo(#[n(0)] pub u32);

impl fmt::Display for EnterpriseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How many offers one enterprise may number: the lower six digits.
const OFFERS: u64 = 1_000_000;

/// The enterprise in an offer number; none in a number of six digits or fewer.
pub const fn enterprise_of(offer: OfferNo) -> Option<EnterpriseNo> {
    let upper = offer.0 / OFFERS;
    if upper == 0 || upper > 0xFFFF_FFFF {
        return None;
    }
    Some(EnterpriseNo(upper as u32))
}

/// The number of an enterprise's offer `n`; none, if `n` has more than six digits.
pub const fn numbered(enterprise: EnterpriseNo, n: u32) -> Option<OfferNo> {
    if n as u64 >= OFFERS || enterprise.0 == 0 {
        return None;
    }
    Some(OfferNo((enterprise.0 as u64) * OFFERS + n as u64))
}

/// A number of an offer that is of no enterprise, from eight random bytes: six digits, as people type them. Another offer may
/// have it already; its seller then says so, and another one is drawn.
pub const fn of_no_enterprise(drawn: u64) -> OfferNo {
    OfferNo(OFFERS / 10 + drawn % (OFFERS - OFFERS / 10))
}

/// A question to a trust registry: is this enterprise trusted, and is it this party? Unsigned: the answer is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TrustAsk {
    /// The enterprise.
    #[n(0)]
    pub enterprise: EnterpriseNo,
    /// Who says that it is that enterprise.
    #[n(1)]
    pub party: PartyId,
    /// Fresh, so that no old answer is taken for a new one.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
}

/// The registry's reply: 1 or 0. Signed by it (kind Trusted), for anyone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TrustWord {
    /// What was asked.
    #[n(0)]
    pub asked: TrustAsk,
    /// Is it?
    #[n(1)]
    pub trusted: bool,
    /// When it was said.
    #[n(2)]
    pub at: Moment,
}

/// A signed word with the certificate of who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct TrustSheet {
    /// The signed [`TrustWord`].
    #[n(0)]
    pub word: ByteVec,
    /// The trust registry's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// Puts a registry's word on the wire.
pub fn say_trust(word: &TrustWord, realm: RealmId, key: &Signer, certificate: &[u8]) -> Vec<u8> {
    cbor::to_bytes(&TrustSheet {
        word: ByteVec::from(seal::sign(key, Sealed::Trusted, realm, Audience::Anyone, word)),
        certificate: ByteVec::from(certificate.to_vec()),
    })
}

/// Why a registry's word does not count, in order of precedence. The payer then asks again, or does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTrustWord {
    /// Not a word, or forged.
    #[error("this is no genuine word about an enterprise ({0})")]
    NotSigned(#[from] NotSigned),
    /// Not by a trust registry.
    #[error("whoever signed this may not say whom to trust ({0})")]
    NotTrusted(#[from] NotTrusted),
    /// By another registry, or an answer to another question.
    #[error("this word answers another question")]
    Other,
}

impl Refusal for NoTrustWord {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned(_) => "trust-word-forged",
            Self::NotTrusted(no) => no.code(),
            Self::Other => "trust-word-other-question",
        }
    }
    fn again(&self) -> Again {
        Again::Later
    }
}

/// Reads the answer of `registry` to `asked`: is the enterprise trusted?
pub fn read_trust(
    sheet: &[u8],
    asked: &TrustAsk,
    registry: PartyId,
    trust: &Trust,
    now: Moment,
) -> Result<bool, NoTrustWord> {
    let sheet: TrustSheet = cbor::from_bytes(sheet).map_err(NotSigned::Malformed)?;
    let signer = trust.check::<role::TrustRegistry>(&sheet.certificate, now)?;
    let word: TrustWord =
        seal::parse(&sheet.word, Sealed::Trusted, trust.id())?.verify(signer.sign(), Audience::Anyone)?;
    if signer.subject() != registry.0 || word.asked != *asked {
        return Err(NoTrustWord::Other);
    }
    Ok(word.trusted)
}

/// A seller that is not paid under a number. Both: whoever pretends to another's number harms only himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Unpaid {
    /// The number.
    #[n(0)]
    pub enterprise: EnterpriseNo,
    /// Who says that it is that enterprise.
    #[n(1)]
    pub party: PartyId,
}

/// Whom a payer does not pay for, told beforehand (ST-25). Signed by it (kind NotPaid), for anyone.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NotPaid {
    /// Who does not pay.
    #[n(0)]
    pub payer: PartyId,
    /// Goes up with every change; a reader keeps the highest it has seen.
    #[n(1)]
    pub number: u64,
    /// For whom not, in ascending order.
    #[n(2)]
    pub enterprises: Vec<Unpaid>,
    /// When it was signed.
    #[n(3)]
    pub at: Moment,
}

impl NotPaid {
    /// Does it say beforehand that this offer of this seller will not be paid for?
    pub fn names(&self, offer: OfferNo, seller: PartyId) -> bool {
        enterprise_of(offer).is_some_and(|enterprise| {
            let it = Unpaid {
                enterprise,
                party: seller,
            };
            self.enterprises.contains(&it)
        })
    }
}

/// A signed list with the payer's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NotPaidSheet {
    /// The signed [`NotPaid`].
    #[n(0)]
    pub list: ByteVec,
    /// The payer's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// Puts a payer's list on the wire.
pub fn say_not_paid(list: &NotPaid, realm: RealmId, key: &Signer, certificate: &[u8]) -> Vec<u8> {
    cbor::to_bytes(&NotPaidSheet {
        list: ByteVec::from(seal::sign(key, Sealed::NotPaid, realm, Audience::Anyone, list)),
        certificate: ByteVec::from(certificate.to_vec()),
    })
}

/// Reads the list of `payer`. Anything else is no list, and no wallet acts on it.
pub fn read_not_paid(sheet: &[u8], payer: PartyId, trust: &Trust, now: Moment) -> Result<NotPaid, NoTrustWord> {
    let sheet: NotPaidSheet = cbor::from_bytes(sheet).map_err(NotSigned::Malformed)?;
    let carrier = trust.check::<role::Carrier>(&sheet.certificate, now)?;
    let list: NotPaid =
        seal::parse(&sheet.list, Sealed::NotPaid, trust.id())?.verify(carrier.sign(), Audience::Anyone)?;
    if carrier.subject() != payer.0 || list.payer != payer {
        return Err(NoTrustWord::Other);
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: ST-17
    #[test]
    fn an_offer_number_names_its_enterprise() {
        assert_eq!(numbered(EnterpriseNo(2000), 1), Some(OfferNo(2_000_000_001)));
        assert_eq!(enterprise_of(OfferNo(2_000_000_001)), Some(EnterpriseNo(2000)));
        for drawn in [0, 1, 899_999, 900_000, u64::MAX] {
            let number = of_no_enterprise(drawn);
            assert_eq!((enterprise_of(number), number.to_string().len()), (None, 6), "{drawn}");
        }
        assert_eq!(enterprise_of(OfferNo(2_699_999_999)), Some(EnterpriseNo(2699)));
        for none in [0, 204, 999_999, u64::MAX] {
            assert_eq!(enterprise_of(OfferNo(none)), None, "{none}");
        }
        assert_eq!(numbered(EnterpriseNo(2000), 1_000_000), None);
        assert_eq!(numbered(EnterpriseNo(0), 1), None);
    }

    /// proves: ST-25
    #[test]
    fn a_list_names_offers_of_its_enterprises_and_no_others() {
        let list = NotPaid {
            payer: PartyId([1; 16]),
            number: 1,
            enterprises: [Unpaid {
                enterprise: EnterpriseNo(3000),
                party: PartyId([3; 16]),
            }]
            .into(),
            at: Moment(1),
        };
        let (it, other) = (PartyId([3; 16]), PartyId([4; 16]));
        assert!(list.names(OfferNo(3_000_000_001), it));
        assert!(!list.names(OfferNo(3_000_000_001), other));
        assert!(!list.names(OfferNo(2_000_000_001), it));
        assert!(!list.names(OfferNo(3000), it));
    }
}
