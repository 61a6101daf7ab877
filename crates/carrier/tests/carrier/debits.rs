//! Debits: a charge that goes straight to the bank, beside the same card's charges to its carrier.

use deal::charge::{Charge, ChargeWord, WhyRefused, charge_id, read_charged};
use deal::wire::open_sealed;
use party::{
    Party, Verb,
    bank::{Bank, Holder},
};
use seal::{Kind, Seed};
use units::{DealId, Refusal, Tag, ValueId};

use crate::world::{SELLER, Sent, Subscriber, World, found, offer, yen};

struct Account {
    token: ValueId,
}

impl World {
    fn account(&self, who: &Subscriber, cash: i64, most: i64) -> Account {
        let (bank, now, key) = (self.bank.clone(), self.now, who.key.verify_key());
        let token = self
            .bank_store
            .write(move |tx| {
                let opened = bank.open(tx, "Aiko", yen(cash), now, &Seed::new([7; 32])).unwrap();
                bank.bind_debit(tx, opened.value.id, key, yen(most)).unwrap();
                Ok::<_, store::Fault>(opened.value.id)
            })
            .unwrap();
        Account { token }
    }

    fn debit(&self, who: &Subscriber, n: u8, amount: i64) -> Sent {
        let tag = Tag([n; 16]);
        let charge = Charge {
            charge: charge_id(tag),
            deal: DealId([n; 32]),
            payer: self.bank.id(),
            seller: self.seller(SELLER),
            offer: offer(2000),
            amount: yen(amount),
            at: self.now,
        };
        self.say(who, charge, tag)
    }

    fn bring_bank(&self, sent: &Sent) -> Result<(ChargeWord, Option<WhyRefused>), &'static str> {
        let (bank, now, body) = (self.bank.clone(), self.now, sent.bytes.clone());
        let step = self
            .bank_store
            .write(move |tx| bank.serve(tx, Verb::Charge, &body, now, &Seed::new([1; 32])))
            .map_err(|no| no.code())?;
        let plain = open_sealed(sent.opener(), Kind::Charged, &step.answer().unwrap()).unwrap();
        let said = read_charged(&plain, self.bank.id(), &self.trust()).unwrap();
        Ok((said.word, said.why))
    }

    fn in_account(&self, of: &Account) -> i64 {
        let (bank, of) = (self.bank.clone(), Holder::Token(of.token));
        self.bank_store
            .read(move |view| bank.balance(view, of))
            .unwrap()
            .unwrap()
            .minor()
    }
}

/// proves: ST-22 ST-6 row-52 row-53
#[test]
fn a_charge_goes_straight_to_the_bank_and_moves_its_amount_once() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    let account = world.account(&aiko, 3000, 2000);
    let sent = world.debit(&aiko, 101, 1000);
    for _ in 0..3 {
        assert_eq!(world.bring_bank(&sent), Ok((ChargeWord::Paid, None)));
    }
    assert_eq!((world.in_account(&account), world.at_bank(SELLER)), (2000, 1000));
    // The seller's statement names the charge, as it does when a carrier pays.
    let (bank, id) = (world.bank.clone(), world.seller(SELLER));
    let lines = world
        .bank_store
        .read(|view| bank.statement(view, Holder::Party(id), None, 1))
        .unwrap();
    assert_eq!(lines[0].1.reference, carrier::reference(sent.charge.charge));
    // Nobody's telephone bill knows of it.
    assert_eq!(world.meter(&aiko, crate::world::FEBRUARY).bought, 0);
    world.bank_is_whole();
}

/// proves: ST-22 row-53 row-57
#[test]
fn what_the_account_does_not_cover_or_its_holder_did_not_allow_is_refused_for_ever() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    let kenji = world.subscribe("+819000005528", |_| {});
    let account = world.account(&aiko, 1500, 2000);
    let refused = |why| Ok((ChargeWord::Refused, Some(why)));
    let much = world.debit(&aiko, 101, 2001);
    assert_eq!(world.bring_bank(&much), refused(WhyRefused::Limit));
    let short = world.debit(&aiko, 102, 1600);
    assert_eq!(world.bring_bank(&short), refused(WhyRefused::NotCovered));
    let nobody = world.debit(&kenji, 103, 10);
    assert_eq!(world.bring_bank(&nobody), refused(WhyRefused::NoSubscriber));
    let (bank, token, now) = (world.bank.clone(), account.token, world.now);
    world
        .bank_store
        .write(move |tx| {
            let cash = units::TransferId([9; 16]);
            bank.deposit(tx, cash, Holder::Token(token), yen(1000), now).unwrap();
            Ok::<_, store::Fault>(())
        })
        .unwrap();
    // There is enough by now: this charge stays refused, the next one is paid.
    assert_eq!(world.bring_bank(&short), refused(WhyRefused::NotCovered));
    let next = world.debit(&aiko, 104, 1600);
    assert_eq!(world.bring_bank(&next), Ok((ChargeWord::Paid, None)));
    // Another content under a known id, and a charge that is for the carrier.
    let other = world.debit(&aiko, 104, 1601);
    assert_eq!(world.bring_bank(&other), Err("charge-other-content"));
    let carriers = world.charge(&aiko, SELLER, offer(2000), 10);
    assert_eq!(world.bring_bank(&carriers), Err("charge-for-another"));
    // His wallet is bound to one account at a time, and no more once he says so.
    let (bank, key) = (world.bank.clone(), aiko.key.verify_key());
    world
        .bank_store
        .write(move |tx| {
            let second = bank
                .open(tx, "Second", yen(10), now, &Seed::new([8; 32]))
                .unwrap()
                .value
                .id;
            let no = bank.bind_debit(tx, second, key, yen(1)).unwrap_err();
            assert_eq!(no.code(), "mandate-key-taken");
            bank.end_debit(tx, token, key).unwrap();
            Ok::<_, store::Fault>(())
        })
        .unwrap();
    let ended = world.debit(&aiko, 105, 10);
    assert_eq!(world.bring_bank(&ended), refused(WhyRefused::NoSubscriber));
    assert_eq!(world.in_account(&account), 900);
    world.bank_is_whole();
}

impl World {
    fn bank_is_whole(&self) {
        let bank = self.bank.clone();
        let found = self.bank_store.read(|view| bank.audit(view)).unwrap();
        assert!(found.is_empty(), "{found:#?}");
    }
}
