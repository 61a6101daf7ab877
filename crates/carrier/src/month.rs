//! Month: a month of the carrier's own calendar. A record at midnight belongs to the month it is in where the carrier bills
//! (row-61).

use core::{fmt, str::FromStr};

use minicbor::{Decode, Encode};
use store::{Key, Value};
use units::Moment;

/// A calendar month: months since January of year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Month(#[n(0)] u32);

impl Value for Month {}
impl Key for Month {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}

/// Not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is written as 2026-11")]
pub struct NotAMonth;

impl Month {
    /// The month `at` is in, `zone_minutes` east of Greenwich.
    pub fn of(at: Moment, zone_minutes: i16) -> Self {
        let shift = i64::from(zone_minutes).saturating_mul(60_000);
        let local = Moment(at.0.saturating_add_signed(shift));
        let (year, month, ..) = local.civil();
        Self(
            year.saturating_mul(12)
                .saturating_add(u32::from(month))
                .saturating_sub(1),
        )
    }
    /// Year, and month from 1 to 12.
    pub fn civil(self) -> (u32, u8) {
        (self.0 / 12, u8::try_from(self.0 % 12).unwrap_or(0).saturating_add(1))
    }
    /// The one after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
    /// The one before.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
    /// Its first moment, `zone_minutes` east of Greenwich.
    pub fn begins(self, zone_minutes: i16) -> Moment {
        let (year, month) = self.civil();
        // Days before the first of a month since 1970, after Howard Hinnant's "chrono-compatible low-level date algorithms".
        let (y, m) = if month <= 2 {
            (i64::from(year).saturating_sub(1), i64::from(month).saturating_add(9))
        } else {
            (i64::from(year), i64::from(month).saturating_sub(3))
        };
        let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
        let doy = (153 * m + 2) / 5;
        let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
        let local = u64::try_from(days).unwrap_or(0).saturating_mul(86_400_000);
        Moment(local.saturating_add_signed(i64::from(zone_minutes).saturating_mul(-60_000)))
    }
    /// Its end: the first moment of the next.
    pub fn ends(self, zone_minutes: i16) -> Moment {
        self.next().begins(zone_minutes)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.civil();
        write!(f, "{year:04}-{month:02}")
    }
}

impl FromStr for Month {
    type Err = NotAMonth;
    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NotAMonth);
        }
        let (year, month): (u32, u32) = (
            year.parse().map_err(|_| NotAMonth)?,
            month.parse().map_err(|_| NotAMonth)?,
        );
        if !(1..=12).contains(&month) || !(1970..=9999).contains(&year) {
            return Err(NotAMonth);
        }
        Ok(Self(year.saturating_mul(12).saturating_add(month).saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: row-61
    #[test]
    fn a_month_begins_at_midnight_where_the_carrier_bills() {
        // 2004-02-29T15:00:00Z is the first of March in Tokyo.
        let turn = Moment(1_078_066_800_000);
        assert_eq!(Month::of(turn, 540).to_string(), "2004-03");
        assert_eq!(Month::of(Moment(turn.0 - 1), 540).to_string(), "2004-02");
        assert_eq!(Month::of(turn, 0).to_string(), "2004-02");
        for text in ["1970-01", "2004-02", "2000-02", "2026-11", "2026-12", "2100-03"] {
            let month: Month = text.parse().unwrap();
            assert_eq!(month.to_string(), text);
            let begins = month.begins(0);
            assert_eq!(begins.to_string(), format!("{text}-01T00:00:00Z"));
            assert_eq!(Month::of(begins, 0), month);
            for zone in [-720, 540, 840] {
                if text != "1970-01" {
                    assert_eq!(Month::of(month.begins(zone), zone), month);
                    assert_eq!(Month::of(Moment(month.ends(zone).0 - 1), zone), month);
                }
            }
        }
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "26-11",
            "2026-1",
            "2026-11-01",
            "+026-11",
        ] {
            assert!(bad.parse::<Month>().is_err(), "{bad}");
        }
    }
}
