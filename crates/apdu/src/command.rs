//! A command as it crosses the contacts: ISO 7816-4, all seven cases of length, short and extended.

use alloc::vec::Vec;

/// The most bytes one extended command carries here: command and answer must fit the 16-bit frames of virtual readers.
pub const EXTENDED_MAX: usize = 65_000;
/// The most bytes one short command carries.
pub const SHORT_MAX: usize = 255;
/// The bit of the class byte that says: more of this command follows.
pub const MORE: u8 = 0x10;

/// Not a command of ISO 7816-4: its lengths do not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lengths of this command do not add up")]
pub struct Malformed;

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command<'a> {
    /// Class.
    pub cla: u8,
    /// Instruction.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Its data, perhaps none.
    pub data: &'a [u8],
    /// How many bytes of answer its sender has room for; 0: he asked for none.
    pub room: usize,
}

impl<'a> Command<'a> {
    /// Reads a command.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (&[cla, ins, p1, p2], body) = bytes.split_first_chunk::<4>().ok_or(Malformed)?;
        let (data, room) = lengths(body)?;
        Ok(Self {
            cla,
            ins,
            p1,
            p2,
            data,
            room,
        })
    }

    /// Does more of it follow in the next command?
    pub const fn continues(&self) -> bool {
        self.cla & MORE != 0
    }

    /// The bytes of a short command with at most [`SHORT_MAX`] bytes of data, which takes as much answer as there is.
    pub fn short(&self) -> Vec<u8> {
        let mut out = self.head();
        let data = self.data.get(..SHORT_MAX).unwrap_or(self.data);
        if let (false, Ok(length)) = (data.is_empty(), u8::try_from(data.len())) {
            out.push(length);
            out.extend_from_slice(data);
        }
        if self.room > 0 {
            out.push(0);
        }
        out
    }

    /// The bytes of an extended command with at most [`EXTENDED_MAX`] bytes of data.
    pub fn extended(&self) -> Vec<u8> {
        let mut out = self.head();
        let data = self.data.get(..EXTENDED_MAX).unwrap_or(self.data);
        let length = u16::try_from(data.len()).unwrap_or_default();
        if data.is_empty() && self.room == 0 {
            return out;
        }
        out.push(0);
        if length > 0 {
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(data);
        }
        if self.room > 0 {
            out.extend_from_slice(&[0, 0]);
        }
        out
    }

    fn head(&self) -> Vec<u8> {
        alloc::vec![self.cla, self.ins, self.p1, self.p2]
    }
}

/// The data of a command's body, and the room for its answer.
fn lengths(body: &[u8]) -> Result<(&[u8], usize), Malformed> {
    let short_room = |le: u8| if le == 0 { 256 } else { usize::from(le) };
    let long_room = |le: [u8; 2]| match u16::from_be_bytes(le) {
        0 => 65_536,
        n => usize::from(n),
    };
    match body {
        [] => Ok((&[], 0)),
        [le] => Ok((&[], short_room(*le))),
        [0, high, low] => Ok((&[], long_room([*high, *low]))),
        [0, high, low, rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let (data, le) = rest.split_at_checked(length).ok_or(Malformed)?;
            match le {
                _ if data.is_empty() => Err(Malformed),
                [] => Ok((data, 0)),
                [high, low] => Ok((data, long_room([*high, *low]))),
                _ => Err(Malformed),
            }
        }
        [0, ..] => Err(Malformed),
        [length, rest @ ..] => {
            let (data, le) = rest.split_at_checked(usize::from(*length)).ok_or(Malformed)?;
            match le {
                [] => Ok((data, 0)),
                [le] => Ok((data, short_room(*le))),
                _ => Err(Malformed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn parsed(bytes: &[u8]) -> Option<(usize, usize)> {
        Command::parse(bytes).ok().map(|c| (c.data.len(), c.room))
    }

    #[test]
    fn all_seven_cases_and_nothing_else() {
        let head = [0x80, 0x10, 0, 0];
        let with = |body: &[u8]| [&head[..], body].concat();
        for (body, expected) in [
            (vec![], Some((0, 0))),
            (vec![0], Some((0, 256))),
            (vec![7], Some((0, 7))),
            (vec![2, 1, 2], Some((2, 0))),
            (vec![2, 1, 2, 0], Some((2, 256))),
            (vec![0, 0, 0], Some((0, 65_536))),
            (vec![0, 1, 0], Some((0, 256))),
            (vec![0, 0, 2, 1, 2], Some((2, 0))),
            (vec![0, 0, 2, 1, 2, 0, 0], Some((2, 65_536))),
            (vec![2, 1], None),
            (vec![2, 1, 2, 0, 0], None),
            (vec![0, 0], None),
            (vec![0, 0, 0, 1], None),
            (vec![0, 0, 3, 1, 2], None),
            (vec![0, 0, 2, 1, 2, 0], None),
        ] {
            assert_eq!(parsed(&with(&body)), expected, "{body:?}");
        }
        assert_eq!(parsed(&[0x80, 0x10, 0]), None);
    }

    proptest! {
        /// proves: row-82
        #[test]
        fn what_was_written_is_read_and_no_bytes_make_it_stumble(
            head in any::<[u8; 4]>(),
            data in prop::collection::vec(any::<u8>(), 0..600),
            wants in any::<bool>(),
            noise in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let _ = Command::parse(&noise);
            let [cla, ins, p1, p2] = head;
            let command = Command { cla, ins, p1, p2, data: &data, room: usize::from(wants) };
            let long = command.extended();
            let read = Command::parse(&long).unwrap();
            prop_assert_eq!((read.cla, read.ins, read.p1, read.p2, read.data), (cla, ins, p1, p2, &data[..]));
            prop_assert_eq!(read.room, if wants { 65_536 } else { 0 });
            if data.len() <= SHORT_MAX {
                let short = command.short();
                prop_assert_eq!(Command::parse(&short).unwrap().data, &data[..]);
            }
            for cut in 0..long.len() {
                let _ = Command::parse(&long[..cut]);
            }
        }
    }
}
