//! A town with one work on media.

use copying::{
    BatchId, DeviceKind, MediumId,
    device::{Body, Keeper, Player},
    server::{Hand, MediaBatch, Role, Settings},
    town::{Town, User},
    wire::Source,
};
use package::{About, ContentKey, Front, Geometry, Header, Signatures, seal};
use party::Refused;
use units::{ContentId, Currency, Moment, Money, Refusal};

pub const START: Moment = Moment(1_800_000_000_000);

pub fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

pub fn code<T: core::fmt::Debug>(done: Result<T, Refused>) -> &'static str {
    done.unwrap_err().code()
}

/// A work, sealed.
pub struct Work {
    pub front: Front,
    pub content: Vec<u8>,
    pub sealed: Vec<u8>,
    key: [u8; 32],
}

pub fn work(len: usize) -> Work {
    let content: Vec<u8> = (0..len).map(|n| (n * 7 % 251) as u8).collect();
    let key = ContentKey::from_secret_bytes([0xc5; 32]);
    let header = Header::new(About::example(), &key, Geometry::of(content.len() as u64).unwrap());
    let front = Front::assemble(header, Signatures::default(), Vec::new()).unwrap();
    let mut sealed = Vec::new();
    seal(&front, &key, &content[..], &mut sealed, &mut |_| {}).unwrap();
    Work {
        front,
        content,
        sealed,
        key: [0xc5; 32],
    }
}

pub struct World {
    pub town: Town,
    pub work: Work,
}

impl World {
    pub fn new(shares: &[u32], change: impl FnOnce(&mut Settings)) -> Self {
        Self {
            town: Town::found(&[4; 32], START, shares, change).unwrap(),
            work: work(3000),
        }
    }
    pub fn plain() -> Self {
        Self::new(&[], |_| {})
    }
    pub fn media_of(&mut self, price: i64, numbered: bool, again: bool, count: u32) -> (BatchId, Vec<MediumId>) {
        let id = BatchId(self.town.seed().id("batch"));
        let (package, key, now) = (self.work.front.package(), self.work.key, self.town.now);
        let made = self.town.at_server(move |server, tx| {
            let of = MediaBatch {
                id,
                title: "Winter sun",
                content: ContentId([2; 16]),
                package,
                key: &ContentKey::from_secret_bytes(key),
                price: yen(price),
                numbered,
                again,
            };
            server.make_media(tx, &Town::hand(Role::Maker, 1), &of, count, now)
        });
        (
            id,
            made.map_err(|no: copying::server::MakeRefused| Refused::by(&no))
                .unwrap(),
        )
    }
    pub fn media(&mut self, price: i64, count: u32) -> Vec<MediumId> {
        self.media_of(price, true, false, count).1
    }
    pub fn user(&mut self) -> User {
        let mut user = self.town.user().unwrap();
        user.register(&mut self.town, "blue heron").unwrap();
        user
    }
    pub fn card(&mut self) -> Keeper {
        Keeper::new(self.body(DeviceKind::Card))
    }
    pub fn player(&mut self) -> Player {
        Player::new(self.body(DeviceKind::Player))
    }
    pub fn body(&mut self, kind: DeviceKind) -> Body {
        let made = self.town.devices(kind, 1).unwrap().remove(0);
        Body::new(made.id, kind, made.key)
    }
    pub fn whole(&self) {
        assert_eq!(self.town.audit(), Vec::<String>::new());
    }
    pub fn counter() -> Hand {
        Town::hand(Role::Counter, 9)
    }
}

pub fn medium(id: MediumId) -> Source {
    Source::Medium(id)
}
