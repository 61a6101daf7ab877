//! Medium: the id of a medium as one more way to pay (CM-3). A medium was bought before, at a counter or in a street; what it
//! pays for is one license, once, by whoever has it first.
//!
//! The id itself is in no message: a payment names the medium by a hash of its id, and proves with another hash, over the
//! very quote, that the payer has the id. Whoever reads one payment has no proof for another quote.

use seal::hash_parts;
use units::Hash;

use crate::Tender;

/// What a medium is called in payments and in records of them.
pub fn name_of(medium: &[u8; 16]) -> [u8; 16] {
    let whole = hash_parts(&[b"keyfare name of a medium", medium]).0;
    let mut name = [0; 16];
    name.copy_from_slice(&whole[..16]);
    name
}

/// That whoever takes this quote up has the medium.
pub fn proof_of(medium: &[u8; 16], quote: Hash) -> Hash {
    hash_parts(&[b"keyfare proof of a medium", medium, &quote.0])
}

/// The payment of this quote with this medium.
pub fn tender(medium: &[u8; 16], quote: Hash) -> Tender {
    Tender::Medium(name_of(medium), proof_of(medium, quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: CM-3
    #[test]
    fn a_payment_shows_no_id_and_proves_for_one_quote_alone() {
        let (medium, other) = ([7; 16], [8; 16]);
        let (one, two) = (Hash([1; 32]), Hash([2; 32]));
        assert_ne!(name_of(&medium), medium);
        assert_ne!(name_of(&medium), name_of(&other));
        assert_ne!(proof_of(&medium, one), proof_of(&medium, two));
        assert_ne!(proof_of(&medium, one), proof_of(&other, one));
        assert_eq!(
            tender(&medium, one),
            Tender::Medium(name_of(&medium), proof_of(&medium, one))
        );
    }
}
