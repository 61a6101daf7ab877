//! What these tests share: a realm with an approver, a buyer, a work.

use approver::{ApproverConfig, UserId};
use card::Checked;
use party::settlement::SettlementConfig;
use stories::{Approving, Holder, Listing, Work};
use units::{Currency, Moment, Money};

pub const NOW: Moment = Moment(1_800_000_000_000);
pub const PRICE: i64 = 1200;

pub fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

pub fn found(combined: bool, set: impl FnOnce(&mut ApproverConfig)) -> Approving {
    found_with(combined, SettlementConfig::default(), set)
}

pub fn found_with(combined: bool, settlement: SettlementConfig, set: impl FnOnce(&mut ApproverConfig)) -> Approving {
    Approving::found(&[3; 32], NOW, combined, settlement, set).unwrap()
}

/// No bureau is asked.
pub fn alone(config: &mut ApproverConfig) {
    config.bureau = None;
    config.prompts_a_minute = 100_000;
}

pub fn work() -> Work {
    Work {
        title: "Night Ferry".into(),
        content: "It leaves at nine. ".repeat(300).into_bytes(),
        media_type: "text/plain".into(),
        price: PRICE,
        unique: false,
        handing: None,
    }
}

/// A realm, a buyer who may owe `limit`, and a work on sale.
pub struct Scene {
    pub world: Approving,
    pub buyer: Holder,
    pub user: UserId,
    pub listing: Listing,
}

pub fn scene(combined: bool, limit: i64) -> Scene {
    scene_in(found(combined, alone), limit)
}

pub fn scene_in(mut world: Approving, limit: i64) -> Scene {
    let buyer = Holder::born("buyer", &mut world.world, Currency::JPY, &[5; 32]).unwrap();
    let user = world
        .subscribe("aiko@example.jp", "a ferry at nine", limit, 1_000_000)
        .unwrap();
    let listing = stories::Parties::publish(&mut world.world, &work()).unwrap();
    Scene {
        world,
        buyer,
        user,
        listing,
    }
}

impl Scene {
    pub fn quote(&mut self) -> Checked {
        self.buyer
            .ask(&mut self.world.world, self.listing.number, &self.listing.sheet)
            .unwrap()
    }
    /// What is free of the limit.
    pub fn room(&self) -> i64 {
        self.world.standing(self.user).unwrap().room.minor()
    }
    pub fn owed(&self) -> i64 {
        self.world.standing(self.user).unwrap().owed.minor()
    }
    pub fn adds_up(&mut self) {
        let found = stories::Parties::audit(&mut self.world.world);
        assert!(found.is_empty(), "{found:#?}");
    }
}
