//! A vending machine whose disk is older than what happened: put back to a backup, put back and nobody said so, or run as two
//! copies. What may have fallen falls only on people's word, and what is paid for is never lost.

use card::Settled;
use party::{
    epoch,
    shop::{Hatch as _, Piece},
};
use stories::{Counterpart, Parties};
use units::DealId;

use super::vending::{PRICE, PURSE, Scene, hear, scene, word};

/// How far a purchase had come when the backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// The promise is made.
    Promised,
    /// It is paid, and the issuer has not answered.
    Reserved,
    /// Given on the bill, and nobody has said that it is paid.
    Kept,
    /// Its piece is owed.
    Owed,
    /// The hatch is told, and has not moved.
    Told,
    /// The hatch has moved, and the disk has not heard.
    Moved,
}

struct Bought {
    scene: Scene,
    deal: DealId,
    pay: Vec<u8>,
    settled: Option<Settled>,
    /// The signed word of whoever pays for it, if it is on the bill.
    word: Option<Vec<u8>>,
}

impl Bought {
    /// A purchase that has come so far, and the backup made then.
    fn until(came: Came) -> (Self, store::memory::Snapshot) {
        let mut scene = scene();
        let checked = scene.promise();
        let (deal, pay) = scene.agree(&checked, came == Came::Kept);
        let mut bought = Self {
            scene,
            deal,
            pay,
            settled: None,
            word: None,
        };
        match came {
            Came::Promised => {}
            Came::Reserved => {
                bought.scene.world.parties.world.silence(Counterpart::Issuer, true);
                assert!(bought.scene.settle(&bought.pay).is_none());
                bought.scene.world.parties.world.silence(Counterpart::Issuer, false);
                assert_eq!(bought.scene.world.left(&bought.scene.listing), Some(2));
            }
            Came::Owed => bought.pays(),
            Came::Kept => {
                bought.pays();
                let Some(Settled::Given {
                    license: Some(license), ..
                }) = bought.settled
                else {
                    panic!("no license");
                };
                bought.word = Some(word(&mut bought.scene, license));
            }
            Came::Told | Came::Moved => {
                bought.pays();
                let (number, slot) = bought.tell().unwrap();
                if came == Came::Moved {
                    bought.scene.world.slots.drop_from(slot, number).unwrap();
                }
            }
        }
        let backup = bought.disk().snapshot();
        (bought, backup)
    }

    /// The machine's disk.
    fn disk(&self) -> &store::memory::Memory {
        let world = &self.scene.world.parties.world;
        world.memory_of(self.scene.machine()).unwrap()
    }

    fn store(&self) -> store::Store {
        let world = &self.scene.world.parties.world;
        world.store_of(self.scene.machine()).unwrap()
    }

    fn pays(&mut self) {
        if self.settled.is_none() {
            self.settled = self.scene.settle(&self.pay);
        }
        assert!(
            matches!(self.settled, Some(Settled::Given { .. })),
            "{:?}",
            self.settled
        );
    }

    /// The machine hears the word of whoever pays.
    fn hears(&mut self) {
        if let Some(word) = &self.word {
            hear(&mut self.scene, word.clone()).unwrap();
        }
    }

    fn tell(&mut self) -> Option<(u64, u32)> {
        let world = &self.scene.world.parties.world;
        let (shop, at, now) = (world.shop(), self.scene.machine(), world.now());
        let register = self.scene.world.slots.register().unwrap();
        world
            .within(at, move |tx| Ok(shop.next_drop(tx, register, now)?))
            .unwrap()
    }

    /// The purchase goes on to its end.
    fn goes_on(&mut self) {
        self.pays();
        self.hears();
        while self.scene.turn() {}
        assert_eq!(self.scene.piece(self.deal), Some(Piece::Out(1)));
    }

    /// Its buyer says everything again.
    fn insists(&mut self) {
        for _ in 0..3 {
            let again = self.scene.settle(&self.pay);
            self.settled = self.settled.take().or(again);
            self.hears();
            let _ = self.scene.world.is_here(self.deal);
            while self.scene.turn() {}
            self.scene.world.parties.world.settle_down();
        }
    }

    fn out(&self) -> usize {
        self.scene.world.slots.out.len()
    }

    /// The machine is put back, knows it, asks its issuer, and serves again.
    fn put_back(&mut self, backup: &store::memory::Snapshot) {
        let at = self.scene.machine();
        let world = &mut self.scene.world;
        world.parties.world.memory_of(at).unwrap().restore(backup).unwrap();
        let store = world.parties.world.store_of(at).unwrap();
        assert!(epoch::wake(&store).unwrap(), "it knows");
        let no = world.turn().unwrap_err();
        assert!(no.contains("restored from an older copy"), "{no}");
        let no = world.is_here(self.deal).unwrap_err();
        assert!(no.contains("restored from an older copy"), "{no}");
        world.reconcile().unwrap();
    }
}

/// Wherever a purchase was when the backup was made, and whether its piece fell since or not: nothing falls by itself, nothing
/// twice, and what did not fall is given when people have said so.
fn put_back_at(came: Came, fell: bool) {
    let context = format!("{came:?}, fell: {fell}");
    let (mut bought, backup) = Bought::until(came);
    if fell {
        bought.goes_on();
    }
    let out = bought.out();
    bought.put_back(&backup);
    bought.insists();
    assert_eq!(bought.out(), out, "nothing falls by itself: {context}");
    assert_eq!(bought.scene.piece(bought.deal), Some(Piece::Unknown), "{context}");
    assert_eq!(
        bought.scene.world.left(&bought.scene.listing),
        Some(0),
        "closed: {context}"
    );
    assert_eq!(bought.scene.audit(), Vec::<String>::new(), "{context}");

    // People look: the hatch has a list, and what lies in the slot can be counted.
    let counted = i32::try_from(out).unwrap();
    let left = bought.scene.world.fill(&bought.scene.listing, 4, -counted).unwrap();
    assert_eq!(left, 3 - u32::try_from(out).unwrap(), "{context}");
    let said = bought.scene.world.settle_doubt(bought.deal, out == 1).unwrap();
    assert_eq!(said, if out == 1 { Piece::Fell } else { Piece::Owed }, "{context}");
    let no = bought.scene.world.settle_doubt(bought.deal, false).unwrap_err();
    assert!(no.contains("nobody is in doubt"), "{no}");
    assert!(!bought.scene.turn(), "nobody stands there: {context}");
    bought.insists();
    assert_eq!(bought.out(), 1, "given once: {context}");
    assert_eq!(bought.scene.world.left(&bought.scene.listing), Some(2), "{context}");
    let paid = if came == Came::Kept { 0 } else { PRICE };
    assert_eq!(bought.scene.purse(), PURSE - paid, "charged once: {context}");
    assert_eq!(bought.scene.audit(), Vec::<String>::new(), "{context}");
    // And it sells on, above every number that a hatch may have heard.
    let (next, _) = bought.scene.buys(false);
    while bought.scene.turn() {}
    assert!(matches!(bought.scene.piece(next), Some(Piece::Out(2..))), "{context}");
    assert_eq!(bought.out(), 2, "{context}");
    assert_eq!(bought.scene.audit(), Vec::<String>::new(), "{context}");
}

/// proves: ST-15 row-60 row-91
#[test]
fn a_machine_put_back_to_its_backup_gives_nothing_twice_and_loses_nothing() {
    for came in [Came::Owed, Came::Told, Came::Reserved, Came::Kept] {
        put_back_at(came, true);
        put_back_at(came, false);
    }
    put_back_at(Came::Promised, true);
    // It had moved before the disk was put back: there is nothing to go on with.
    put_back_at(Came::Moved, true);
    put_back_at(Came::Moved, false);
}

/// Its power goes between any two writes while it finds out what it forgot.
///
/// proves: ST-15 row-91
#[test]
fn power_lost_while_it_finds_out_changes_nothing() {
    let mut cuts = 0;
    for n in 1..30 {
        for cut in [store::memory::Cut::BeforeCommit(n), store::memory::Cut::AfterCommit(n)] {
            let (mut bought, backup) = Bought::until(Came::Owed);
            bought.goes_on();
            bought.disk().restore(&backup).unwrap();
            let store = bought.store();
            assert!(epoch::wake(&store).unwrap());
            bought.disk().cut(cut);
            let _ = bought.scene.world.reconcile();
            cuts += u32::from(bought.disk().is_dark());
            bought.disk().restart();
            let store = bought.store();
            epoch::wake(&store).unwrap();
            bought.scene.world.reconcile().unwrap();
            bought.insists();
            assert_eq!(bought.out(), 1, "{cut:?}");
            assert_eq!(bought.scene.piece(bought.deal), Some(Piece::Unknown), "{cut:?}");
            assert_eq!(bought.scene.audit(), Vec::<String>::new(), "{cut:?}");
        }
    }
    assert!(cuts >= 4, "the power was cut {cuts} times only");
}

/// The whole disk is put back with everything that could notice, and nobody says so: the hatch's register does.
///
/// proves: ST-15 row-91
#[test]
fn the_hatchs_register_tells_of_a_disk_that_was_put_back_in_silence() {
    for came in [Came::Promised, Came::Reserved, Came::Kept, Came::Owed, Came::Told] {
        let (mut bought, backup) = Bought::until(came);
        bought.goes_on();
        bought.disk().put_back(&backup);
        // Before its first turn, as well as after.
        for _ in 0..2 {
            bought.insists();
            assert_eq!(bought.out(), 1, "{came:?}");
            assert_eq!(bought.scene.piece(bought.deal), Some(stands(came)), "{came:?}");
        }
        assert_eq!(bought.scene.audit(), Vec::<String>::new(), "{came:?}");
        let (mut bought, backup) = Bought::until(came);
        bought.goes_on();
        bought.disk().put_back(&backup);
        assert_eq!(bought.scene.turn(), came == Came::Told);
        bought.insists();
        assert_eq!(bought.out(), 1, "{came:?}");
        assert_eq!(bought.scene.piece(bought.deal), Some(stands(came)), "{came:?}");
    }
}

/// What the machine knows of a piece that fell: the very drop its hatch was told, it asks the hatch about.
fn stands(came: Came) -> Piece {
    if came == Came::Told {
        Piece::Out(1)
    } else {
        Piece::Unknown
    }
}

/// One machine's state runs as two copies, with its keys, before one hatch. The same payment is shown to both: the issuer honours
/// it once and says so twice, both give the paper, and one piece falls.
///
/// proves: ST-15 row-60
#[test]
fn two_copies_of_one_machine_give_one_piece_for_one_payment() {
    let (mut bought, other) = Bought::until(Came::Promised);
    bought.goes_on();
    let at = bought.scene.machine();
    let memory = |scene: &Scene| scene.world.parties.world.memory_of(at).unwrap().clone();
    let one = memory(&bought.scene).snapshot();
    memory(&bought.scene).put_back(&other);
    let again = bought.scene.settle(&bought.pay);
    assert!(matches!(again, Some(Settled::Again(_))), "{again:?}");
    assert_eq!(bought.scene.piece(bought.deal), Some(Piece::Owed));
    bought.insists();
    assert_eq!(
        (bought.out(), bought.scene.piece(bought.deal)),
        (1, Some(Piece::Unknown))
    );
    assert_eq!(bought.scene.purse(), PURSE - PRICE, "charged once");
    assert_eq!(bought.scene.audit(), Vec::<String>::new());
    let two = memory(&bought.scene).snapshot();
    memory(&bought.scene).put_back(&one);
    bought.insists();
    assert_eq!(
        (bought.out(), bought.scene.piece(bought.deal)),
        (1, Some(Piece::Out(1)))
    );

    // How far that goes: a copy with a hatch and goods of its own gives its own goods, once. It is its operator's, who has
    // made it, and who is paid once.
    memory(&bought.scene).put_back(&other);
    let first = std::mem::take(&mut bought.scene.world.slots);
    bought.insists();
    assert_eq!((first.out.len(), bought.out()), (1, 1), "each hatch once");
    assert_eq!(bought.scene.purse(), PURSE - PRICE, "charged once");
    drop(two);
}

/// Each of two copies before one hatch is paid once: both are charged once, one piece falls at once, and the copy whose register
/// is behind gives nothing before people have looked. Then the second falls, once.
///
/// proves: ST-15 row-60
#[test]
fn two_copies_of_one_machine_paid_for_once_each_give_two_pieces_in_all() {
    let mut scene = scene();
    let at = scene.machine();
    let memory = |scene: &Scene| scene.world.parties.world.memory_of(at).unwrap().clone();
    let start = memory(&scene).snapshot();
    let (here, _) = scene.buys(false);
    let one = memory(&scene).snapshot();
    memory(&scene).put_back(&start);
    let (there, _) = scene.buys(false);
    let two = memory(&scene).snapshot();
    memory(&scene).put_back(&one);
    while scene.turn() {}
    assert_eq!(scene.piece(here), Some(Piece::Out(1)));
    let one = memory(&scene).snapshot();
    memory(&scene).put_back(&two);
    while scene.turn() {}
    assert_eq!(
        (scene.piece(there), scene.world.slots.out.len()),
        (Some(Piece::Unknown), 1)
    );
    assert_eq!(
        scene.world.left(&scene.listing),
        Some(0),
        "closed until somebody has looked"
    );
    // One has fallen, and not for this receipt.
    assert_eq!(scene.world.fill(&scene.listing, 4, -1).unwrap(), 2);
    assert_eq!(scene.world.settle_doubt(there, false).unwrap(), Piece::Owed);
    scene.world.is_here(there).unwrap();
    while scene.turn() {}
    assert_eq!(scene.piece(there), Some(Piece::Out(2)));
    assert_eq!(scene.world.slots.out, [(1, 4), (2, 4)]);
    assert_eq!(scene.purse(), PURSE - 2 * PRICE, "each charged once");
    assert_eq!(scene.audit(), Vec::<String>::new());
    // And now the first copy is behind.
    memory(&scene).put_back(&one);
    assert!(!scene.turn());
    assert_eq!(scene.world.left(&scene.listing), Some(0), "it is closed in its turn");
    assert_eq!(scene.world.slots.out.len(), 2);
    assert_eq!(scene.audit(), Vec::<String>::new());
}
