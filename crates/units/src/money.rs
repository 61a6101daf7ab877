//! Money: whole minor units of one currency. Arithmetic is checked; a sum that would leave the bounds is an error, not a
//! wrapped number (row-27 and row-54).

use alloc::string::String;
use core::{fmt, str::FromStr};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// The largest amount any message, account or card may carry, in minor units.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// An ISO 4217 currency: its three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Japanese yen, the default of a realm.
    pub const JPY: Self = Self(*b"JPY");
    /// From three upper-case letters.
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| MoneyError::NoCurrency)?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err(MoneyError::NoCurrency)
        }
    }
    /// The three letters.
    pub fn code(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("???")
    }
    /// Digits after the decimal point (ISO 4217, "minor unit").
    pub fn digits(&self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" | b"UGX" | b"XAF" | b"XOF" | b"XPF" | b"PYG" | b"RWF"
            | b"KMF" | b"GNF" | b"DJF" | b"BIF" | b"VUV" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why an amount was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is no currency code.
    #[error("a currency is three upper-case letters, such as JPY")]
    NoCurrency,
    /// The text is no amount of this currency.
    #[error("not an amount: write digits, with at most as many decimals as the currency has")]
    NoAmount,
    /// Below zero, or above [`AMOUNT_MAX`].
    #[error("the amount is out of bounds (0 to {AMOUNT_MAX} minor units)")]
    OutOfBounds,
    /// Two amounts of different currencies; Keyfare never converts.
    #[error("amounts of different currencies do not add up: one realm has one currency")]
    OtherCurrency,
    /// A subtraction that would end below zero.
    #[error("not enough")]
    NotEnough,
}

/// An amount that is never negative: 0 to [`AMOUNT_MAX`] minor units of its currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` units, refused out of bounds.
    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if (0..=AMOUNT_MAX).contains(&minor) {
            Ok(Self { minor, currency })
        } else {
            Err(MoneyError::OutOfBounds)
        }
    }
    /// Nothing, of `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }
    /// Whole minor units.
    pub const fn minor(&self) -> i64 {
        self.minor
    }
    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }
    /// No money at all?
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }
    /// The sum; refused for another currency or above the bound.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency);
        }
        Self::new(
            self.minor.checked_add(other.minor).ok_or(MoneyError::OutOfBounds)?,
            self.currency,
        )
    }
    /// The difference; refused for another currency or below zero.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency);
        }
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::OutOfBounds)?;
        if minor < 0 {
            Err(MoneyError::NotEnough)
        } else {
            Self::new(minor, self.currency)
        }
    }
    /// `count` times this amount.
    pub fn times(self, count: u64) -> Result<Self, MoneyError> {
        let count = i64::try_from(count).map_err(|_| MoneyError::OutOfBounds)?;
        Self::new(
            self.minor.checked_mul(count).ok_or(MoneyError::OutOfBounds)?,
            self.currency,
        )
    }
    /// The tax contained in this gross amount at `rate_permille` (80 = 8 %), rounded half up. Gross = net + tax exactly.
    pub fn tax_contained(self, rate_permille: u32) -> Self {
        let rate = i128::from(rate_permille);
        let base = 1000_i128.saturating_add(rate);
        let tax = i128::from(self.minor)
            .saturating_mul(rate)
            .saturating_mul(2)
            .saturating_add(base)
            / base.saturating_mul(2);
        Self {
            minor: i64::try_from(tax).unwrap_or(0),
            currency: self.currency,
        }
    }
    /// Parses a decimal literal of major units ("10.50", "1000") exactly, never through a float.
    pub fn parse(literal: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (whole, part) = literal.split_once('.').unwrap_or((literal, ""));
        let digits = currency.digits() as usize;
        let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 18
            || part.len() > digits
            || !plain(whole)
            || !plain(part)
            || literal.ends_with('.')
        {
            return Err(MoneyError::NoAmount);
        }
        let mut text = String::from(whole);
        text.push_str(part);
        for _ in part.len()..digits {
            text.push('0')
        }
        Self::new(text.parse().map_err(|_| MoneyError::OutOfBounds)?, currency)
    }
    /// The amount in major units as people of no particular country read it: "1,000" or "10.50", without the currency.
    pub fn figures(&self) -> String {
        let digits = self.currency.digits();
        let unit = 10_i64.pow(digits);
        let whole = alloc::string::ToString::to_string(&(self.minor / unit));
        let mut out = String::new();
        for (at, c) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                out.push(',')
            }
            out.push(c);
        }
        if digits > 0 {
            out.push_str(&alloc::format!(
                ".{:0width$}",
                self.minor % unit,
                width = digits as usize
            ))
        }
        out
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.figures())
    }
}
impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Money {
    type Err = MoneyError;
    /// "JPY 1000"; a bare number is refused, for an amount without its currency is a guess.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (code, literal) = text.split_once(' ').ok_or(MoneyError::NoCurrency)?;
        Self::parse(literal, Currency::new(code)?)
    }
}

impl<C> Encode<C> for Money {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.i64(self.minor)?.str(self.currency.code())?.ok()
    }
}
impl<'b, C> Decode<'b, C> for Money {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(2) {
            return Err(decode::Error::message("money is [minor units, currency]"));
        }
        let minor = d.i64()?;
        let currency = Currency::new(d.str()?).map_err(|_| decode::Error::message("no currency"))?;
        Self::new(minor, currency).map_err(|_| decode::Error::message("amount out of bounds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::new("EUR").unwrap()).unwrap()
    }

    #[test]
    fn literals_are_parsed_exactly_or_refused() {
        let jpy = Currency::JPY;
        assert_eq!(Money::parse("1000", jpy).unwrap().minor(), 1000);
        assert_eq!(Money::parse("10.5", eur(0).currency()).unwrap(), eur(1050));
        for bad in [
            "",
            "-1",
            "1e9",
            "1,00",
            "0.5",
            "1.",
            ".5",
            " 1",
            "1 ",
            "+1",
            "٣",
            "1000000000000001",
            "9999999999999999999999",
        ] {
            assert!(Money::parse(bad, jpy).is_err(), "{bad}");
        }
        assert!("1000".parse::<Money>().is_err());
        assert_eq!("JPY 1000".parse::<Money>().unwrap().to_string(), "JPY 1,000");
        assert_eq!(eur(1_234_505).to_string(), "EUR 12,345.05");
    }

    #[test]
    fn sums_never_leave_the_bounds() {
        let most = Money::new(AMOUNT_MAX, Currency::JPY).unwrap();
        let one = Money::new(1, Currency::JPY).unwrap();
        assert_eq!(most.plus(one), Err(MoneyError::OutOfBounds));
        assert_eq!(one.minus(most), Err(MoneyError::NotEnough));
        assert_eq!(one.plus(eur(1)), Err(MoneyError::OtherCurrency));
        assert_eq!(most.times(u64::MAX), Err(MoneyError::OutOfBounds));
        assert_eq!(Money::new(-1, Currency::JPY), Err(MoneyError::OutOfBounds));
    }

    #[test]
    fn tax_is_contained_in_the_price() {
        let price = Money::new(1080, Currency::JPY).unwrap();
        assert_eq!(price.tax_contained(80).minor(), 80);
        assert_eq!(Money::new(1000, Currency::JPY).unwrap().tax_contained(100).minor(), 91);
        assert_eq!(price.tax_contained(0).minor(), 0);
    }
}
