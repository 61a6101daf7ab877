//! Rate: token buckets per source, and per source and target for what can be guessed. A bucket belongs to whoever asks,
//! never to the thing asked for alone: no stranger can lock out an owner (docs/threats.md, rule 29).

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};
use units::Moment;

/// How fast one source may ask.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// Requests per second, in the long run.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
    /// Answers "there is no such thing" or "not yours" per minute, before even good requests must wait.
    pub misses_per_minute: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_second: 50,
            burst: 200,
            misses_per_minute: 60,
        }
    }
}

/// A machine talking to itself is not a stranger: all parties and the wallet of `up` share one source.
const LOOPBACK_TIMES: u32 = 1000;
/// Buckets kept; full ones are forgotten first, and forgetting only ever helps whoever asks.
const BUCKETS_MAX: usize = 1 << 16;

/// What a bucket counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counts {
    /// Requests of a source.
    Requests,
    /// Its misses.
    Misses,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a token.
    milli: u64,
    at: Moment,
    full: u64,
}

/// The buckets of one process.
#[derive(Debug)]
pub struct Rates {
    pace: Pace,
    buckets: Mutex<HashMap<u64, Bucket>>,
    salt: u64,
}

impl Rates {
    /// Empty ones. `salt` makes it impossible to aim two sources at one bucket.
    pub fn new(pace: Pace, salt: u64) -> Self {
        Self {
            pace,
            buckets: Mutex::new(HashMap::new()),
            salt,
        }
    }

    /// Takes one token, or says after how many seconds there will be one.
    pub fn take(&self, counts: Counts, source: IpAddr, now: Moment) -> Result<(), u64> {
        self.change(counts, source, now, true)
    }

    /// Is there a token? Takes none.
    pub fn look(&self, counts: Counts, source: IpAddr, now: Moment) -> Result<(), u64> {
        self.change(counts, source, now, false)
    }

    fn change(&self, counts: Counts, source: IpAddr, now: Moment, take: bool) -> Result<(), u64> {
        let times = if source.is_loopback() { LOOPBACK_TIMES } else { 1 };
        // Thousandths of a token per second, and the size of the bucket.
        let (rate, size) = match counts {
            Counts::Requests => (u64::from(self.pace.per_second) * 1000, self.pace.burst),
            Counts::Misses => (
                u64::from(self.pace.misses_per_minute) * 1000 / 60,
                self.pace.misses_per_minute,
            ),
        };
        let (rate, full) = (
            rate.saturating_mul(times.into()).max(1),
            u64::from(size) * 1000 * u64::from(times),
        );
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(self.name(counts, source)).or_insert(Bucket {
            milli: full,
            at: now,
            full,
        });
        let gained = now.since(bucket.at).0.saturating_mul(rate) / 1000;
        if gained > 0 {
            bucket.milli = bucket.milli.saturating_add(gained).min(full);
            bucket.at = now;
        }
        if bucket.milli >= 1000 {
            bucket.milli -= if take { 1000 } else { 0 };
            return Ok(());
        }
        Err((1000 - bucket.milli).div_ceil(rate).max(1))
    }

    fn name(&self, counts: Counts, source: IpAddr) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.salt, counts, network(source)).hash(&mut hasher);
        hasher.finish()
    }
}

/// A household of IPv6 addresses is one source.
fn network(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => (v6.to_bits() >> 64 << 64).to_be_bytes().into(),
        },
        v4 => v4,
    }
}

fn make_room(buckets: &mut HashMap<u64, Bucket>, now: Moment) {
    // A bucket nobody touched for a minute is full again or nearly so.
    buckets.retain(|_, b| b.milli < b.full && now.since(b.at).0 < 60_000);
    if buckets.len() >= BUCKETS_MAX {
        let mut ages: Vec<_> = buckets.values().map(|b| b.at).collect();
        let (_, middle, _) = ages.select_nth_unstable(BUCKETS_MAX / 2);
        let middle = *middle;
        buckets.retain(|_, b| b.at > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_source_waits_and_the_others_do_not() {
        let pace = Pace {
            per_second: 2,
            burst: 3,
            misses_per_minute: 6,
        };
        let rates = Rates::new(pace, 7);
        let (a, b) = (ip("192.0.2.1"), ip("192.0.2.2"));
        for _ in 0..3 {
            assert_eq!(rates.take(Counts::Requests, a, Moment(0)), Ok(()));
        }
        assert_eq!(rates.take(Counts::Requests, a, Moment(0)), Err(1));
        assert_eq!(rates.take(Counts::Requests, b, Moment(0)), Ok(()));
        assert_eq!(rates.take(Counts::Requests, a, Moment(499)), Err(1));
        assert_eq!(rates.take(Counts::Requests, a, Moment(999)), Ok(()));
        assert_eq!(rates.look(Counts::Misses, a, Moment(0)), Ok(()));
    }

    #[test]
    fn a_household_is_one_source_and_memory_is_bounded() {
        let rates = Rates::new(
            Pace {
                per_second: 1,
                burst: 1,
                misses_per_minute: 1,
            },
            7,
        );
        assert_eq!(rates.take(Counts::Requests, ip("2001:db8::1"), Moment(0)), Ok(()));
        assert_eq!(rates.take(Counts::Requests, ip("2001:db8::2"), Moment(0)), Err(1));
        assert_eq!(rates.take(Counts::Requests, ip("::ffff:192.0.2.9"), Moment(0)), Ok(()));
        assert_eq!(rates.take(Counts::Requests, ip("192.0.2.9"), Moment(0)), Err(1));
        for n in 0..(2 * BUCKETS_MAX as u32) {
            let _ = rates.take(Counts::Requests, IpAddr::from(n.to_be_bytes()), Moment(u64::from(n)));
        }
        assert!(rates.buckets.lock().unwrap().len() <= BUCKETS_MAX);
    }
}
