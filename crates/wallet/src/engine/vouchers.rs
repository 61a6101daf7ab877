//! Vouchers: a value comes onto the card by a code that somebody was given (ST-26). The shop that made it answers the same code
//! from this card with the same value, however often an answer is lost, and from another one with nothing.

use card::ValueRefusal;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use deal::Value;
use seal::role;
use serde::Deserialize;
use serde_json::json;
use units::{Again, PartyId, Refusal};

use super::{Neighbour, Wallet};
use crate::carry::CarryRefusal;

/// Why a code brought nothing. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum CodeRefused {
    /// The card has no number yet.
    #[error("this card is not enrolled with an issuer yet: go online once")]
    NotEnrolled,
    /// Not a code.
    #[error("a code has 16 letters and digits; look at it again")]
    Malformed,
    /// Whose it is was not said, and is not in it.
    #[error("choose the shop this code is of")]
    NoShop,
    /// The shop could not be reached, or said no.
    #[error(transparent)]
    Carry(#[from] CarryRefusal),
    /// What came is no value.
    #[error("the shop's answer holds no value; nothing was taken")]
    NoValue,
    /// The card does not take it.
    #[error(transparent)]
    Card(#[from] ValueRefusal),
}

impl Refusal for CodeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "card-not-enrolled",
            Self::Malformed => "code-malformed",
            Self::NoShop => "code-no-shop",
            Self::Carry(no) => no.code(),
            Self::NoValue => "code-no-value",
            Self::Card(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::NotEnrolled | Self::Malformed | Self::NoShop => Again::AfterYouAct,
            Self::Carry(no) => no.again(),
            Self::NoValue => Again::Never,
            Self::Card(no) => no.again(),
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Carry(no) => no.theirs(),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Taken {
    signed: String,
    certificate: String,
}

/// A code as it was typed or scanned: of which shop, if it says so, and its letters, however they were typed.
fn read(text: &str) -> Option<(Option<PartyId>, String)> {
    let (shop, code) = match text.trim().split_once('.') {
        Some((shop, code)) => (Some(shop.trim().to_lowercase().parse().ok()?), code),
        None => (None, text),
    };
    let letters = code
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–'));
    let letters: String = letters
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let plain = letters.len() == 16 && letters.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then_some((shop, letters))
}

impl Wallet {
    /// Takes the value of a code: typed, of the shop named, or scanned, with the shop in it.
    pub async fn take_code(&self, shop: Option<PartyId>, text: &str) -> Result<Value, CodeRefused> {
        let (of, code) = read(text).ok_or(CodeRefused::Malformed)?;
        let shop = of.or(shop).ok_or(CodeRefused::NoShop)?;
        let number = self
            .on_card(|card| card.number())
            .await
            .ok_or(CodeRefused::NotEnrolled)?;
        // The same from this card every time, and nothing that leads to it.
        let name = seal::hash_parts(&[b"claim of a code", &number.0, &shop.0, code.as_bytes()]);
        let claim = HEXLOWER.encode(&name.0[..16]);
        let body = json!({ "code": code, "claim": claim }).to_string().into_bytes();
        let answer = self.0.carrier.post_json(shop, "/v1/vouchers/take", body).await?;
        let taken: Taken = serde_json::from_slice(&answer).map_err(|_| CodeRefused::NoValue)?;
        let bytes = |text: &str| {
            BASE64URL_NOPAD
                .decode(text.as_bytes())
                .map_err(|_| CodeRefused::NoValue)
        };
        let (signed, certificate) = (bytes(&taken.signed)?, bytes(&taken.certificate)?);
        Ok(self.take_value(signed, certificate).await?)
    }

    /// The shops of this realm, by name: whose code it may be.
    pub async fn shops(&self) -> Vec<Neighbour> {
        let Ok(listed) = self.0.carrier.directory(false).await else {
            return Vec::new();
        };
        let mut shops: Vec<Neighbour> = listed
            .with_role::<role::Seller>(self.now())
            .map(|party| Neighbour {
                id: party.id,
                name: party.name.clone(),
                shelf: party.address.clone(),
            })
            .collect();
        shops.sort_by(|a, b| a.name.cmp(&b.name));
        shops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-8
    #[test]
    fn a_code_is_read_as_it_was_typed_or_scanned() {
        let shop = PartyId([0xab; 16]);
        let code = Some((None, "0123456789ABCDEF".to_owned()));
        assert_eq!(read(" o123-4567 89ab-cdef "), code);
        assert_eq!(
            read(&format!("{shop}.0123-4567-89AB-CDEF")),
            Some((Some(shop), "0123456789ABCDEF".to_owned()))
        );
        for not in [
            "",
            "0123",
            "x.0123-4567-89AB-CDEF",
            "0123-4567-89AB-CDEF-0",
            "0123-4567-89AB-CDE€",
        ] {
            assert_eq!(read(not), None, "{not}");
        }
    }
}
