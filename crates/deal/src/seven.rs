//! The time of a purchase in seven bytes, as SD-15 has it on a card: century, year, month, day, hour, minute, second, each
//! a plain number; seven `FF` mean never. 1999-03-01 13:00:00 is `13 63 03 01 0D 00 00`.
//!
//! Inside the protocol a moment is a number and "never" is older than any: these bytes are for readers of a card, and a
//! comparison of them as bytes would call "never" the latest of all.

use units::Moment;

/// Never bought.
pub const NEVER: [u8; 7] = [0xFF; 7];

/// Seven bytes that are no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these seven bytes are no time of a purchase")]
pub struct NotATime;

/// The seven bytes of a purchase, to the second.
pub fn seven(last: Option<Moment>) -> [u8; 7] {
    let Some(last) = last else { return NEVER };
    let (year, month, day, hour, minute, second) = last.civil();
    // Centuries end at 255: beyond the year 25599 the bytes stay at their last value.
    let century = u8::try_from(year / 100).unwrap_or(0xFE);
    [century, (year % 100) as u8, month, day, hour, minute, second]
}

/// Reads seven bytes back. A date that no calendar has, or one before 1970, is refused.
pub fn from_seven(bytes: [u8; 7]) -> Result<Option<Moment>, NotATime> {
    if bytes == NEVER {
        return Ok(None);
    }
    let [century, year, month, day, hour, minute, second] = bytes.map(u64::from);
    if year > 99 || !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return Err(NotATime);
    }
    let year = century * 100 + year;
    // Days since 1970 of a civil date, after Howard Hinnant's algorithms, for years from 1970 on.
    let (y, m) = if month <= 2 {
        (year.saturating_sub(1), month + 9)
    } else {
        (year, month - 3)
    };
    let (era, yoe) = (y / 400, y % 400);
    let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + (153 * m + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468).ok_or(NotATime)?;
    let at = Moment((days * 86_400 + hour * 3600 + minute * 60 + second) * 1000);
    // The 31st of June reads as the 1st of July: only what comes back the same is a date.
    if seven(Some(at)) == bytes {
        Ok(Some(at))
    } else {
        Err(NotATime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: SD-15
    #[test]
    fn the_time_of_a_purchase_has_seven_bytes_and_never_is_seven_ff() {
        let example = [0x13, 0x63, 0x03, 0x01, 0x0D, 0x00, 0x00];
        let at = from_seven(example).unwrap().unwrap();
        assert_eq!((at, seven(Some(at))), (Moment(920_293_200_000), example));
        assert_eq!((seven(None), from_seven(NEVER)), ([0xFF; 7], Ok(None)));
        for at in [0, 951_782_400_000, 1_800_000_000_000, 4_102_444_799_000] {
            assert_eq!(from_seven(seven(Some(Moment(at)))), Ok(Some(Moment(at))));
        }
        assert_eq!(seven(Some(Moment(951_782_400_999)))[6], 0, "to the second");
        for bad in [
            [0x13, 100, 3, 1, 0, 0, 0],
            [20, 1, 0, 1, 0, 0, 0],
            [20, 1, 13, 1, 0, 0, 0],
            [20, 1, 2, 29, 0, 0, 0],
            [20, 24, 6, 31, 0, 0, 0],
            [20, 24, 6, 30, 24, 0, 0],
            [20, 24, 6, 30, 0, 60, 0],
            [20, 24, 6, 30, 0, 0, 60],
            [19, 69, 12, 31, 23, 59, 59],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0],
        ] {
            assert_eq!(from_seven(bad), Err(NotATime), "{bad:?}");
        }
    }
}
