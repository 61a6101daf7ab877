//! Webhooks: what a publisher's programs are told is written with what it tells of, said until it was heard, and dropped in time.
#![allow(clippy::unwrap_used)] // helpers of tests are tests too

mod common;

use common::{Goods, Holder, World, yen};
use party::{
    Party, Step,
    errand::{Reply, Verb},
    shop::{HookAbout, HookHeard, HookId, HookShown, HookState, HookTold, SalesFilter, Shop, Telling},
};
use seal::Role;
use store::{Fault, Tx};
use units::{Moment, PartyId, Span, TransferId};

/// A world with a work on sale, a publisher whose keys are with the shop, and one address of his.
struct Told {
    world: World,
    buyer: Holder,
    key: (PartyId, HookId),
}

impl Told {
    fn new() -> Self {
        let mut world = World::new();
        world.publish(&Goods::default());
        let mut buyer = Holder::new(&mut world, 1);
        let opened = world.account(5000);
        buyer.put(opened.value, opened.signed);
        buyer.load(&mut world, 4000).gift();
        let secret = world.maker.party_secret(Role::Publisher, "publisher");
        let certificate = world.publisher.certificate().to_vec();
        let (of, now, seed) = (world.publisher.id(), world.now, world.seed());
        let shop = world.shop.party.clone();
        let keep = move |tx: &mut dyn Tx| shop.entrust(tx, &secret, &certificate, now, &seed).map(drop);
        world.shop.store.write(keep).unwrap();
        let mut told = Self {
            world,
            buyer,
            key: (of, [0; 16]),
        };
        told.key.1 = told.add("https://books.example/told").unwrap();
        told
    }

    /// In one transaction of the shop.
    fn write<T: Send + 'static>(
        &mut self,
        verb: impl Fn(&Shop, &mut dyn Tx, Moment, &seal::Seed) -> Result<T, &'static str> + Send + 'static,
    ) -> Result<T, &'static str> {
        let (shop, now, seed) = (self.world.shop.party.clone(), self.world.now, self.world.seed());
        let done = self
            .world
            .shop
            .store
            .write(move |tx| Ok::<_, Fault>(verb(&shop, tx, now, &seed)));
        done.unwrap()
    }

    fn add(&mut self, address: &'static str) -> Result<HookId, &'static str> {
        let of = self.key.0;
        self.write(move |shop, tx, now, seed| {
            let added = shop.add_hook(tx, of, address, now, seed);
            added.map(|(id, _)| id).map_err(|no| units::Refusal::code(&no))
        })
    }

    fn hooks(&self) -> Vec<HookShown> {
        let (shop, of) = (self.world.shop.party.clone(), self.key.0);
        self.world
            .shop
            .store
            .read(move |view| shop.hooks(view, of, 100))
            .unwrap()
    }

    /// What the address was told and how far it is, the newest first.
    fn events(&self) -> Vec<(&'static str, HookState)> {
        let hooks = self.hooks();
        let events = hooks.iter().find(|it| it.id == self.key.1).unwrap().events.iter();
        events.map(|(_, event)| (event.about.word(), event.state)).collect()
    }

    fn sales(&self) -> usize {
        let shop = self.world.shop.party.clone();
        let all = SalesFilter::default();
        self.world
            .shop
            .store
            .read(move |view| shop.sales(view, all, None, 100))
            .unwrap()
            .len()
    }

    fn next(&self) -> Option<Telling> {
        let (shop, key, now) = (self.world.shop.party.clone(), self.key, self.world.now);
        let store = &self.world.shop.store;
        let due = store.read(|view| shop.hooks_due(view, now, 10)).unwrap();
        let shop = self.world.shop.party.clone();
        let next = store.read(move |view| shop.hook_next(view, key, now)).unwrap();
        assert!(next.is_none() || due == [key], "what is said is due");
        next
    }

    fn said(&mut self, heard: HookHeard) {
        let telling = self.next().unwrap();
        let key = self.key;
        self.write(move |shop, tx, now, _| {
            shop.hook_said(tx, key, (telling.at, telling.id), heard, now).unwrap();
            Ok(())
        })
        .unwrap();
    }

    fn sweep(&mut self, before: Moment) {
        self.write(move |shop, tx, _, _| {
            while shop.sweep_hooks(tx, before).unwrap() {}
            Ok(())
        })
        .unwrap();
    }
}

#[test]
fn an_event_is_written_in_the_transaction_of_its_sale() {
    let mut told = Told::new();
    let (quote, sheet) = told.buyer.ask_sale(&mut told.world, deal::Kind::Sale, 204).unwrap();
    let (_, sealed) = told.buyer.commit(&mut told.world, &quote, &sheet, &[]);
    let shop = told.world.shop.party.id();
    let Step::Errand(errand) = told.world.serve(shop, Verb::Pay, &sealed).unwrap() else {
        panic!("the issuer is asked")
    };
    let answer = told.world.answer(errand.to, errand.verb, &errand.body);
    assert_eq!((told.sales(), told.events().len()), (0, 0));
    // The transaction that makes the sale does not come to its end: neither is there.
    let (party, now, seed) = (told.world.shop.party.clone(), told.world.now, told.world.seed());
    let (id, again) = (errand.id, answer.clone());
    let torn = told.world.shop.store.write(move |tx| {
        let step = party.answered(tx, id, Reply::Answer(&again), now, &seed);
        assert!(matches!(step, Ok(Step::Answer(_))), "{step:?}");
        Err::<(), _>(Fault::Panicked)
    });
    assert!(torn.is_err());
    assert_eq!((told.sales(), told.events().len()), (0, 0));
    // It does: both are.
    let step = told.world.answered(shop, &errand, Reply::Answer(&answer)).unwrap();
    assert!(matches!(step, Step::Answer(_)), "{step:?}");
    assert_eq!(told.sales(), 1);
    assert_eq!(told.events(), [("sale.made", HookState::Waiting(told.world.now))]);
    // The same payment again is the same sale, and tells nothing anew.
    told.world.answer(shop, Verb::Pay, &sealed);
    assert_eq!((told.sales(), told.events().len()), (1, 1));
    told.world.all_is_well();
}

#[test]
fn a_sale_its_return_and_a_pay_out_are_told_as_they_are() {
    let mut told = Told::new();
    told.buyer.buy(&mut told.world, 204, &[]).gift();
    let told_of = |telling: &Telling| (telling.about.word(), telling.secrets.len());
    let first = told.next().unwrap();
    assert_eq!(told_of(&first), ("sale.made", 1));
    let Some(HookTold::Sale(deal, sale)) = first.told else {
        panic!("{:?}", first.told)
    };
    assert_eq!((sale.price, sale.refunded), (yen(1000), None));
    told.said(HookHeard::Yes(204));
    assert!(told.next().is_none());
    let license = told.buyer.licenses[0].id;
    told.buyer.surrender(&mut told.world, license).gift();
    let second = told.next().unwrap();
    assert_eq!(second.about, HookAbout::SaleRefunded(deal));
    assert_ne!(second.id, first.id);
    assert!(matches!(&second.told, Some(HookTold::Sale(_, sale)) if sale.refunded.is_some()));
    told.said(HookHeard::Yes(200));
    // Rolled: for a day with both secrets.
    let key = told.key;
    let roll = move |shop: &Shop, tx: &mut dyn Tx, now, seed: &seal::Seed| {
        let rolled = shop.roll_hook(tx, key, now, seed);
        rolled.map(drop).map_err(|no| units::Refusal::code(&no))
    };
    told.write(roll).unwrap();
    assert_eq!(told.write(roll), Err("hook-rolled"));
    // A pay-out, once the bank has booked it.
    let of = key.0;
    told.write(move |shop, tx, now, _| {
        let id = TransferId([1; 16]);
        shop.order_payout(tx, of, id, yen(500), now).unwrap();
        Ok(())
    })
    .unwrap();
    for _ in 0..3 {
        told.world.wait(Span::minutes(1));
        told.world.sweep();
    }
    let third = told.next().unwrap();
    assert_eq!(told_of(&third), ("payout.paid", 2));
    assert!(matches!(third.told, Some(HookTold::Payout(..))));
    told.said(HookHeard::Yes(200));
    told.world.wait(Span::days(1));
    assert_eq!(told.write(roll), Ok(()));
    told.world.all_is_well();
}

#[test]
fn what_is_not_heard_is_said_later_and_later_and_given_up_after_three_days() {
    let mut told = Told::new();
    told.buyer.buy(&mut told.world, 204, &[]).gift();
    let (begin, id) = (told.world.now, told.next().unwrap().id);
    let mut tries = 0;
    let mut longest = Span(0);
    while let HookState::Waiting(_) = told.events()[0].1 {
        assert_eq!(told.next().unwrap().id, id, "always the same number");
        told.said(HookHeard::No(Some(503)));
        tries += 1;
        assert!(told.next().is_none(), "not at once");
        if let HookState::Waiting(next) = told.events()[0].1 {
            longest = longest.max(next.since(told.world.now));
            told.world.now = next;
        }
    }
    assert!(told.world.now.since(begin) >= Span::days(3) && tries > 20, "{tries}");
    assert_eq!(longest, Span::minutes(60));
    // What comes now is said.
    told.buyer.buy(&mut told.world, 204, &[]).gift();
    assert!(told.next().is_some());
    told.said(HookHeard::Yes(200));
    assert!(matches!(
        told.events()[..],
        [(_, HookState::Heard(_)), (_, HookState::GivenUp(_))]
    ));
    // Whoever says that he is gone is not asked again.
    told.buyer.buy(&mut told.world, 204, &[]).gift();
    told.said(HookHeard::Gone(410));
    assert!(matches!(told.events()[0].1, HookState::GivenUp(_)));
    // They go in time, and what is young stays.
    let before = told.world.now;
    told.sweep(before);
    assert_eq!(told.events().len(), 2, "as old as the last moment, and not older");
    told.sweep(before.plus(Span(1)));
    assert_eq!(told.events().len(), 0);
}

#[test]
fn a_removed_address_and_a_publisher_who_goes_take_what_waits_along() {
    let mut told = Told::new();
    for no in ["https://books.example/told", ""] {
        let code = if no.is_empty() { "hook-address" } else { "hook-twice" };
        assert_eq!(told.add(no), Err(code));
    }
    let more = ["1", "2", "3", "4", "5", "6", "7"].map(|n| format!("https://books.example/{n}"));
    for address in more {
        told.add(address.leak()).unwrap();
    }
    assert_eq!(told.add("https://books.example/8"), Err("hook-too-many"));
    told.buyer.buy(&mut told.world, 204, &[]).gift();
    assert!(told.hooks().iter().all(|it| it.events.len() == 1), "each hears it");
    let key = told.key;
    told.write(move |shop, tx, _, _| {
        shop.remove_hook(tx, key.0, key.1).unwrap();
        Ok(())
    })
    .unwrap();
    assert!(told.next().is_none());
    assert_eq!(told.hooks().len(), 7);
    told.write(move |shop, tx, _, _| {
        shop.hand_back_keys(tx, key.0).unwrap();
        Ok(())
    })
    .unwrap();
    assert_eq!(told.hooks().len(), 0);
    let before = Moment(0);
    told.sweep(before);
    let rows = told.world.shop.store.read(|view| {
        let tables = [
            "shop_hook_events",
            "shop_hook_waiting",
            "shop_hooks",
            "shop_hooks_wake",
            "shop_hooks_removed",
        ];
        let mut rows = 0;
        for table in tables {
            rows += view
                .scan(store::Table::new(table), &store::Range::all(), false, 10)?
                .len();
        }
        Ok::<_, Fault>(rows)
    });
    assert_eq!(rows.unwrap(), 0);
    // Nobody of his listens any more: a sale is made as ever.
    told.buyer.buy(&mut told.world, 204, &[]).gift();
    assert_eq!(told.add("https://books.example/told"), Err("hook-no-publisher"));
}
