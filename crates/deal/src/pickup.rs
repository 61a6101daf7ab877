//! Pickup: by what the buyer of a machine's goods is known again when he comes back for them.
//!
//! Only the two sides of a deal know its number: it crosses in sealed messages alone. A machine that shows nobody the number
//! of a deal may therefore ask for a short code made of it, which the buyer's wallet shows him.

use alloc::{format, string::String};

use seal::cbor;
use units::DealId;

/// Six digits for a person's thumb. A machine counts wrong ones.
pub fn pickup_code(deal: DealId) -> String {
    let whole = seal::hash(&cbor::to_bytes(&("keyfare/1/pickup", deal)));
    let [a, b, c, d, ..] = whole.0;
    format!("{:06}", u32::from_be_bytes([a, b, c, d]) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deal_has_six_digits_of_its_own() {
        let codes = [DealId([1; 32]), DealId([2; 32])].map(pickup_code);
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()))
        );
        assert_ne!(codes[0], codes[1]);
        assert_eq!(codes[0], pickup_code(DealId([1; 32])));
    }
}
