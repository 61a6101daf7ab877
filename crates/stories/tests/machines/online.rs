//! Deposit centres on line, in memory: the purse is loaded from an account or onto a bill, or nobody pays anything, wherever
//! somebody's power or line is cut (ST-20).

use card::{Checked, Settled, Want};
use deal::{Number, Tender};
use party::centre::Wish;
use store::memory::Cut;
use stories::{Account, Counterpart, Holder, InMemory, Parties, Settling, Telephone};
use units::{Currency, Moment, Money, OrderId, PartyId, Span};

const NOW: Moment = Moment(1_795_000_000_000);
const ACCOUNT: i64 = 9_000;

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

/// A card with 1000; its holder has an account and a telephone.
struct Scene {
    all: Settling,
    buyer: Holder,
    account: Account,
    till: i64,
}

fn scene() -> Scene {
    let telephone = Telephone {
        basic: 2000,
        service: 300,
        calls: 2150,
        packets: 430,
    };
    let mut all = Settling::found_loading(&[12; 32], NOW, telephone).unwrap();
    let mut buyer = Holder::born("Aiko", &mut all.world, Currency::JPY, &[1; 32]).unwrap();
    buyer.first_money(&mut all.world, yen(1000)).unwrap();
    all.sign_up(&buyer).unwrap();
    let account = all.world.open_account("Aiko", ACCOUNT).unwrap();
    let till = all.till().unwrap();
    Scene {
        all,
        buyer,
        account,
        till,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Bank,
    Bill,
}

impl Scene {
    fn world(&mut self) -> &mut InMemory {
        &mut self.all.world
    }
    fn quote(&mut self, amount: i64) -> (Checked, Wish) {
        let seed = self.buyer.draw();
        let asked = self.buyer.card.ask_load(yen(amount), &seed).unwrap();
        let checked = self.buyer.quote(&mut self.all.world, Counterpart::Issuer, &asked, None);
        let checked = checked.unwrap();
        let Number::Order(order) = checked.quote().number else {
            panic!()
        };
        let until = checked.quote().until;
        let amount = yen(amount);
        (checked, Wish { order, amount, until })
    }
    fn ask(&mut self, by: By, wish: Wish) -> Result<(), String> {
        match by {
            By::Bank => self.all.world.load_at_bank(self.account.token, wish),
            By::Bill => self.all.load_on_bill(wish),
        }
    }
    fn pay(&mut self, checked: &Checked, order: OrderId) -> Vec<u8> {
        let want = Want {
            other: checked.quote().credit.map(|amount| Tender::Order(order, amount)),
            ..Want::default()
        };
        self.buyer.commit(&self.all.world, checked, &want).unwrap().1
    }
    fn settle(&mut self, pay: &[u8]) -> Option<Settled> {
        self.buyer.finish(&mut self.all.world, Counterpart::Issuer, pay).ok()
    }
    fn rest(&mut self, rounds: usize, span: Span) {
        for _ in 0..rounds {
            self.world().wait(span);
            self.world().settle_down();
        }
    }
    /// What is in the purse beyond the first 1000 left the account, or is on the bill and left the carrier's till; nothing is
    /// kept free, and everybody's books agree.
    fn adds_up(&mut self, by: By, context: &str) {
        let loaded = self.buyer.books().purse - 1000;
        let account = self.all.world.statement(self.account.token).unwrap();
        let (billed, kept) = self.all.on_open_month().unwrap();
        let till = self.all.till().unwrap();
        let (from_account, on_bill) = match by {
            By::Bank => (loaded, 0),
            By::Bill => (0, loaded),
        };
        assert_eq!(account, ACCOUNT - from_account, "{context}");
        assert_eq!((billed as i64, kept), (on_bill, 0), "{context}");
        assert_eq!(till, self.till - on_bill, "{context}");
        assert_eq!(self.buyer.books().reserved, 0, "{context}");
        assert_eq!(self.world().audit(), Vec::<String>::new(), "{context}");
    }
}

/// proves: ST-20
#[test]
fn a_purse_is_loaded_from_an_account_or_onto_the_bill() {
    for by in [By::Bank, By::Bill] {
        let mut scene = scene();
        let (checked, wish) = scene.quote(2000);
        scene.ask(by, wish).unwrap();
        scene.ask(by, wish).unwrap();
        let pay = scene.pay(&checked, wish.order);
        assert!(matches!(scene.settle(&pay), Some(Settled::Given { .. })), "{by:?}");
        scene.rest(4, Span::seconds(30));
        assert_eq!(scene.buyer.books().purse, 3000);
        scene.adds_up(by, "loaded");
        // The same order with another amount is refused, and one that is over moves nothing any more.
        let other = Wish {
            amount: yen(100),
            ..wish
        };
        assert!(scene.ask(by, other).unwrap_err().contains("something else before"));
        scene.ask(by, wish).unwrap();
        scene.rest(2, Span::seconds(30));
        scene.adds_up(by, "asked again");
    }
}

/// proves: ST-20
#[test]
fn too_much_and_nothing_are_refused_before_anything_is_kept_free() {
    for (by, most) in [(By::Bank, ACCOUNT), (By::Bill, 50_000)] {
        let mut scene = scene();
        let (_, wish) = scene.quote(2000);
        let refused = [(most + 1, "more than"), (0, "more than nothing"), (50_001, "at most")];
        for (amount, why) in refused {
            let amount = yen(amount);
            let said = scene.ask(by, Wish { amount, ..wish }).unwrap_err();
            assert!(said.contains(why) || said.contains("at most"), "{by:?} {said}");
        }
        scene.rest(1, Span::minutes(30));
        assert!(scene.ask(by, wish).unwrap_err().contains("ended"));
        scene.adds_up(by, "refused");
    }
}

/// Who asks and whose card never pays owes nothing.
///
/// proves: ST-20
#[test]
fn who_walks_away_owes_nothing() {
    for by in [By::Bank, By::Bill] {
        let mut scene = scene();
        let (_, wish) = scene.quote(2000);
        scene.ask(by, wish).unwrap();
        scene.rest(10, Span::minutes(10));
        assert_eq!(scene.buyer.books().purse, 1000);
        scene.adds_up(by, "left");
    }
}

/// One load with somebody's power cut there. Answers whether the cut happened.
fn cut_at(by: By, who: fn(&Scene) -> PartyId, cut: Cut, is_paid: bool) -> bool {
    let mut scene = scene();
    let (checked, wish) = scene.quote(2000);
    let at = who(&scene);
    scene.all.world.memory_of(at).unwrap().cut(cut);
    let _ = scene.ask(by, wish);
    let pay = is_paid.then(|| scene.pay(&checked, wish.order));
    let mut settled = pay.as_ref().and_then(|pay| scene.settle(pay));
    let was_cut = scene.all.world.memory_of(at).unwrap().is_dark();
    scene.all.world.memory_of(at).unwrap().restart();
    for _ in 0..8 {
        scene.rest(3, Span::minutes(10));
        if let (None, Some(pay)) = (&settled, &pay) {
            settled = scene.settle(pay);
        }
    }
    let context = format!("{by:?} {cut:?} {is_paid} {settled:?}");
    assert_eq!(settled.is_some(), is_paid, "{context}");
    let is_given = matches!(settled, Some(Settled::Given { .. }));
    assert_eq!(
        scene.buyer.books().purse,
        if is_given { 3000 } else { 1000 },
        "{context}"
    );
    scene.adds_up(by, &context);
    was_cut
}

/// proves: ST-20
#[test]
fn whoevers_power_is_cut_at_whichever_write_it_is_loaded_or_nobody_pays() {
    let carrier: fn(&Scene) -> PartyId = |scene| scene.all.carrier.id();
    let issuer: fn(&Scene) -> PartyId = |scene| scene.all.world.issuer_id();
    let bank: fn(&Scene) -> PartyId = |scene| scene.all.world.bank();
    for (by, who) in [
        (By::Bank, bank),
        (By::Bank, issuer),
        (By::Bill, carrier),
        (By::Bill, issuer),
    ] {
        for is_paid in [true, false] {
            let mut cuts = 0;
            for n in 1..40 {
                let before = cut_at(by, who, Cut::BeforeCommit(n), is_paid);
                let after = cut_at(by, who, Cut::AfterCommit(n), is_paid);
                cuts += u32::from(before) + u32::from(after);
                if !before && !after {
                    break;
                }
            }
            assert!(cuts >= 2, "{by:?}: the power was cut {cuts} times only");
        }
    }
}
