//! Tries: who has to wait before another password is heard, in rows whose number is bounded.
//!
//! | counted by | free | then | so that |
//! |---|---|---|---|
//! | name and place | 5 | 2 s, 4 s, ... 15 min | one place does not guess one name's password |
//! | place | 30 | the same | one place does not go through many names |
//! | name | 100 | a place's 5 free tries become 1 | many places together do not either |
//! | name and known browser, instead of the above | 5 | the same | strangers' tries never count against its owner |
//!
//! The first try of a name from a place is always heard, however many others tried: whoever knows the password comes in.
//! Counts fade by one every ten minutes. Rows lie in 2^18 places found by a keyed digest: nobody can aim at another's row,
//! and a row that is needed for somebody else is taken over, which forgets tries and never adds any.

use std::net::IpAddr;

use minicbor::{Decode, Encode};
use store::{Fault, Map, Table, Tx, Value, View};
use units::{Moment, Span};

use crate::{Gate, Name, SlowDown};

const FADES: Span = Span::minutes(10);
const WAIT_MAX: u64 = 15 * 60;
const SLOTS: u32 = 1 << 18;
const FREE: u32 = 5;
const FREE_PLACE: u32 = 30;
const HOT: u32 = 100;

/// Where a try comes from: an address of the network, for IPv6 the half of it that one house has. Kept as a keyed digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Source([u8; 16]);

impl core::fmt::Debug for Source {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Source(private)")
    }
}

impl Source {
    /// The place behind an address.
    pub fn of(address: IpAddr) -> Self {
        let mut bytes = match address {
            IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
            IpAddr::V6(six) => six.octets(),
        };
        if let IpAddr::V6(six) = address
            && six.to_ipv4_mapped().is_none()
        {
            bytes[8..].fill(0);
        }
        Self(bytes)
    }
}

#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Tries {
    /// Whose row: the rest of the digest that found it.
    #[cbor(n(0), with = "minicbor::bytes")]
    of: [u8; 16],
    #[n(1)]
    count: u32,
    #[n(2)]
    at: Moment,
}
impl Value for Tries {}

pub(crate) const TRIES: Map<u32, Tries> = Map::new(Table::new("signin_tries"));

/// Where a count lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    at: u32,
    of: [u8; 16],
}

/// The bounded place of a keyed digest: number and the check that it is this one's.
pub(crate) fn slot_of(digest: [u8; 32]) -> (u32, [u8; 16]) {
    let mut of = [0; 16];
    of.copy_from_slice(&digest[..16]);
    let number = u32::from_be_bytes([digest[16], digest[17], digest[18], digest[19]]) % SLOTS;
    (number, of)
}

impl Slot {
    fn find(gate: &Gate, what: &str, parts: &[&[u8]]) -> Self {
        let (at, of) = slot_of(gate.mac(what, parts));
        Self { at, of }
    }

    /// Tries so far, faded, and when the last one was.
    fn read(self, view: &mut dyn View, now: Moment) -> Result<(u32, Moment), Fault> {
        let Some(row) = TRIES.get(view, &self.at)?.filter(|row| row.of == self.of) else {
            return Ok((0, Moment(0)));
        };
        let faded = now.since(row.at).0.checked_div(FADES.0).unwrap_or_default();
        let faded = u32::try_from(faded).unwrap_or(u32::MAX);
        Ok((row.count.saturating_sub(faded), row.at))
    }

    fn write(self, tx: &mut dyn Tx, count: u32, at: Moment) -> Result<(), Fault> {
        let row = Tries { of: self.of, count, at };
        TRIES.put(tx, &self.at, &row)
    }
}

/// When the next try is heard after `count` of them, of which `free` cost nothing.
fn due(count: u32, last: Moment, free: u32) -> Moment {
    match count.checked_sub(free) {
        None => Moment(0),
        Some(over) => {
            let wait = 2_u64.saturating_pow(over.saturating_add(1)).min(WAIT_MAX);
            last.plus(Span::seconds(wait))
        }
    }
}

/// The row in which a try was counted, to be taken back when its password was right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted(Slot);

impl Gate {
    /// Counts a try, or says until when none is heard. Nothing depends on whether the name is known.
    pub(crate) fn count_try(
        &self,
        tx: &mut dyn Tx,
        name: &Name,
        source: &Source,
        device: Option<&str>,
        now: Moment,
    ) -> Result<Counted, SlowDown> {
        let folded = name.folded().as_bytes();
        if let Some(nonce) = device.and_then(|device| self.known_device(name, device)) {
            let own = Slot::find(self, "tries by browser", &[folded, &nonce]);
            let (count, last) = own.read(tx, now)?;
            hold(due(count, last, FREE), now)?;
            own.write(tx, count.saturating_add(1), now)?;
            return Ok(Counted(own));
        }
        let pair = Slot::find(self, "tries", &[folded, &source.0]);
        let place = Slot::find(self, "tries by place", &[&source.0]);
        let all = Slot::find(self, "tries by name", &[folded]);
        let (by_pair, pair_at) = pair.read(tx, now)?;
        let (by_place, place_at) = place.read(tx, now)?;
        let (by_name, _) = all.read(tx, now)?;
        let free = if by_name >= HOT { 1 } else { FREE };
        hold(due(by_pair, pair_at, free), now)?;
        // Somebody who never tried this name is heard once, whatever was done from his place.
        if by_pair > 0 {
            hold(due(by_place, place_at, FREE_PLACE), now)?;
        } else if by_place >= FREE_PLACE {
            hold(place_at.plus(Span::seconds(1)), now)?;
        }
        pair.write(tx, by_pair.saturating_add(1), now)?;
        place.write(tx, by_place.saturating_add(1), now)?;
        all.write(tx, by_name.saturating_add(1), now)?;
        Ok(Counted(pair))
    }

    /// The password was right: tries of this name from this place begin anew.
    pub(crate) fn uncount(&self, tx: &mut dyn Tx, counted: Counted, now: Moment) -> Result<(), Fault> {
        counted.0.write(tx, 0, now)
    }

    /// What a browser keeps that was let in with this name: its tries are counted by themselves from then on.
    pub(crate) fn device(&self, name: &Name, nonce: [u8; 16]) -> String {
        let mac = self.mac("browser", &[name.folded().as_bytes(), &nonce]);
        data_encoding::BASE64URL_NOPAD.encode(&[&nonce[..], &mac[..16]].concat())
    }

    fn known_device(&self, name: &Name, device: &str) -> Option<[u8; 16]> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(device.as_bytes()).ok()?;
        let (nonce, _) = bytes.split_first_chunk::<16>()?;
        seal::same(device.as_bytes(), self.device(name, *nonce).as_bytes()).then_some(*nonce)
    }
}

fn hold(until: Moment, now: Moment) -> Result<(), SlowDown> {
    if until > now {
        return Err(SlowDown::Wait(until));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_at_a_quarter_of_an_hour() {
        let at = Moment(1_000_000);
        let wait = |count| due(count, at, FREE).since(at).0 / 1000;
        let waits: Vec<u64> = [0, 4, 5, 6, 7, 13, 14, 40, u32::MAX].into_iter().map(wait).collect();
        assert_eq!(waits, [0, 0, 2, 4, 8, 512, 900, 900, 900]);
    }

    #[test]
    fn a_house_is_one_place_and_numbers_of_both_kinds_are_the_same() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
