//! Unique: one buyer's own package, made while it travels (XD-4). The shop keeps the work once, sealed under a master key; for
//! a delivery it opens just the pieces a range needs and seals them again under the order's key. No plaintext touches the
//! disk, memory does not grow with the work, and the same range is the same bytes after any cut.

use core::ops::Range;
use std::{io, sync::Mutex};

use package::{ContentKey, Front, HeldNode, OpenError, Package, ReadAt, seal_range};

use super::send::Content;

/// The work in plain, as far as it is asked for: never more than a few pieces at a time.
struct Plain<R> {
    master: Mutex<Package<R>>,
    keys: HeldNode,
    len: u64,
}

impl<R: ReadAt> ReadAt for Plain<R> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut master = self
            .master
            .lock()
            .map_err(|_| io::Error::other("the master was left open by a bug"))?;
        master.read_at(offset, buf, &self.keys).map_err(io::Error::other)
    }
    fn size(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.len))
    }
}

/// One delivery.
pub struct Unique<R> {
    front: Front,
    key: ContentKey,
    plain: Plain<R>,
}

impl<R: ReadAt> Unique<R> {
    /// The delivery with this front under this key, of the work in `master`, which `master_key` opens.
    pub fn new(front: Front, key: ContentKey, master: R, master_key: &ContentKey) -> Result<Self, OpenError> {
        let master = Package::open(master)?;
        let (keys, len) = (HeldNode::whole(master_key, master.front().tree()), master.len());
        let plain = Plain {
            master: Mutex::new(master),
            keys,
            len,
        };
        Ok(Self { front, key, plain })
    }
    /// Its name: the hash of its header.
    pub fn name(&self) -> units::Hash {
        self.front.package()
    }
}

impl<R: ReadAt + Send + Sync + 'static> Content for Unique<R> {
    fn len(&self) -> u64 {
        self.front.package_len()
    }
    fn make(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(usize::try_from(range.end.saturating_sub(range.start)).unwrap_or_default());
        seal_range(&self.front, &self.key, &self.plain, range, &mut out, &mut |_| {}).map_err(io::Error::other)?;
        Ok(out)
    }
    fn piece_len(&self) -> u64 {
        // A range's ends cost a segment of work each; a mebibyte makes that a small part.
        1 << 20
    }
}

impl<R> core::fmt::Debug for Unique<R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Unique({})", self.front.package())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use package::{About, Delivery, Geometry, Header, OrderSecret, Signatures, seal};
    use units::ContentId;

    fn front(delivery: Delivery, key: &ContentKey, len: usize) -> Front {
        let about = About {
            delivery,
            ..About::example()
        };
        let header = Header::new(about, key, Geometry::of(len as u64).unwrap());
        Front::assemble(header, Signatures::default(), Vec::new()).unwrap()
    }

    // proves: XD-4
    #[test]
    fn any_range_is_byte_equal_to_the_whole_sealed_at_once() {
        let work: Vec<u8> = (0..3_000_000_u32).map(|n| (n / 7) as u8).collect();
        let master_key = ContentKey::from_secret_bytes([1; 32]);
        let mut master = Vec::new();
        seal(
            &front(Delivery::Shared, &master_key, work.len()),
            &master_key,
            &work[..],
            &mut master,
            &mut |_| {},
        )
        .unwrap();
        let secret = OrderSecret::from_secret_bytes([2; 32]);
        let key = || ContentKey::of_delivery(&secret, &ContentId([2; 16]), 0);
        let own = front(Delivery::Unique, &key(), work.len());
        let mut whole = Vec::new();
        seal(&own, &key(), &work[..], &mut whole, &mut |_| {}).unwrap();

        let unique = Unique::new(own, key(), master, &master_key).unwrap();
        let len = unique.len();
        assert_eq!(len, whole.len() as u64);
        for range in [
            0..len,
            0..1,
            100..70_000,
            1_048_576..2_097_152,
            len - 1..len,
            65_536 * 5 - 3..65_536 * 7 + 9,
        ] {
            let expected = &whole[range.start as usize..range.end as usize];
            assert!(unique.make(range.clone()).unwrap() == expected, "{range:?}");
        }
    }
}
