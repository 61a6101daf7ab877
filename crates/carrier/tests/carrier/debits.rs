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
                bank.bind_debit(tx, opened.value.id, key, (yen(most), None)).unwrap();
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
            let no = bank.bind_debit(tx, second, key, (yen(1), None)).unwrap_err();
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

/// A wallet's key that was taken from its owner empties no account: what it may debit in a month has an end, whatever the
/// amounts, and the month does not begin anew with other limits.
///
/// proves: ST-22 row-57
#[test]
fn what_a_wallet_may_debit_has_an_end_in_each_month() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    let account = world.account(&aiko, 50_000, 500);
    let limit = Ok((ChargeWord::Refused, Some(WhyRefused::Limit)));
    let paid = Ok((ChargeWord::Paid, None));
    let bind = |world: &World, most: i64, in_month: Option<i64>| {
        let (bank, token, key) = (world.bank.clone(), account.token, aiko.key.verify_key());
        world
            .bank_store
            .write(move |tx| bank.bind_debit(tx, token, key, (yen(most), in_month.map(yen))))
            .map_err(|no| no.code())
    };
    // Nothing said of a month: ten times what may be at once.
    for n in 1..=10 {
        assert_eq!(world.bring_bank(&world.debit(&aiko, n, 500)), paid, "{n}");
    }
    let much = world.debit(&aiko, 11, 1);
    assert_eq!(world.bring_bank(&much), limit);
    // More is allowed, and what was debited counts; a charge that was refused stays so.
    assert_eq!(bind(&world, 500, Some(499)), Err("mandate-limit"));
    assert_eq!(bind(&world, 500, Some(5_400)), Ok(()));
    assert_eq!(world.bring_bank(&much), limit);
    assert_eq!(world.bring_bank(&world.debit(&aiko, 12, 401)), limit);
    assert_eq!(world.bring_bank(&world.debit(&aiko, 13, 400)), paid);
    assert_eq!(world.bring_bank(&world.debit(&aiko, 14, 1)), limit);
    // Thirty days after its first debit another month begins with the next one.
    world.now = world.now.plus(units::Span::days(30));
    assert_eq!(world.bring_bank(&world.debit(&aiko, 15, 500)), paid);
    assert_eq!(world.in_account(&account), 50_000 - 5_000 - 400 - 500);
    // Nothing at once ends it.
    assert_eq!(bind(&world, 0, None), Ok(()));
    let ended = world.debit(&aiko, 16, 1);
    let stranger = Ok((ChargeWord::Refused, Some(WhyRefused::NoSubscriber)));
    assert_eq!(world.bring_bank(&ended), stranger);
    world.bank_is_whole();
}

/// proves: ST-22 row-89
#[test]
fn an_account_has_so_many_wallets_and_no_more() {
    let mut world = found(|_| {});
    let aiko = world.subscribe("+819000004417", |_| {});
    let account = world.account(&aiko, 1_000, 500);
    let bind = |world: &World, n: u8, most: i64| {
        let (bank, token) = (world.bank.clone(), account.token);
        let key = seal::Signer::new(&seal::Secret::new([n; 32])).verify_key();
        world
            .bank_store
            .write(move |tx| bank.bind_debit(tx, token, key, (yen(most), None)))
            .map_err(|no| no.code())
    };
    // One is Aiko's own.
    let more = u8::try_from(party::bank::WALLETS_MAX).unwrap() - 1;
    for n in 0..more {
        assert_eq!(bind(&world, 100 + n, 10), Ok(()));
    }
    assert_eq!(bind(&world, 200, 10), Err("mandate-too-many"));
    // Whoever is bound may change his limit, and one who ends makes room.
    assert_eq!(bind(&world, 100, 20), Ok(()));
    assert_eq!(bind(&world, 101, 0), Ok(()));
    assert_eq!(bind(&world, 200, 10), Ok(()));
    assert_eq!(bind(&world, 201, 10), Err("mandate-too-many"));
    world.bank_is_whole();
}

impl World {
    fn bank_is_whole(&self) {
        let bank = self.bank.clone();
        let found = self.bank_store.read(|view| bank.audit(view)).unwrap();
        assert!(found.is_empty(), "{found:#?}");
    }
}
