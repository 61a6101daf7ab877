//! The thief at the issuer's counter: loads replayed, forged, refused; the bank's word bent; amounts at their edges.

mod common;

use common::{Bought, Holder, account_of, ready, shadow, yen};
use deal::{Kind, Tender, Value, ValueKind, VoidReason, wire};
use minicbor::bytes::ByteVec;
use party::{
    Reply, Step, Verb,
    bank::{Holder as AccountOf, TransferAnswer, TransferOrder, Transferred, WhyNot},
};
use seal::{Audience, Kind as Sealed, Role};
use units::{Currency, Money, PartyId, Refusal, TransferId, ValueId};

/// proves: row-50 row-53
#[test]
fn a_load_is_one_load_however_often_it_is_sent() {
    let (mut world, mut buyer) = ready();
    let account = account_of(&buyer);
    let issuer = world.issuer.party.id();
    let (_, sealed) = buyer.load_begun(&mut world, 1000, &[account]);
    let first = world.answer(issuer, Verb::Pay, &sealed);
    for _ in 0..3 {
        assert_eq!(world.answer(issuer, Verb::Pay, &sealed), first);
    }
    // The card put back to before, a clone of it: it is the same deal and the same answer.
    buyer.take(&mut world, &first).gift();
    assert_eq!(buyer.take(&mut world, &first).gift().credit, Some(yen(1000)));
    assert_eq!((buyer.purse(), shadow(&world, &buyer)), (3000, (3000, 0, 0)));
    // Another card cannot read it.
    let other = Holder::new(&mut world, 2);
    assert!(!other.can_read(&first));
    world.all_is_well();
}

/// proves: row-52 row-56
#[test]
fn a_load_waits_for_its_bank_and_believes_no_other() {
    let (mut world, mut buyer) = ready();
    let account = account_of(&buyer);
    let (issuer, bank) = (world.issuer.party.id(), world.bank.party.id());
    let (_, sealed) = buyer.load_begun(&mut world, 1000, &[account]);
    world.silent.insert(bank);
    for _ in 0..3 {
        assert_eq!(buyer.pay(&mut world, issuer, &sealed).unwrap(), Bought::NotYet);
    }
    world.all_is_well();
    // The bank did it and its word got lost on the way; what others say counts for nothing.
    world.silent.clear();
    let Step::Errand(errand) = world.serve(issuer, Verb::Pay, &sealed).unwrap() else {
        panic!("asks the bank")
    };
    let good = world.answer(bank, errand.verb, &errand.body);
    let realm = world.maker.realm().id();
    let said = seal::parse::<TransferAnswer>(&good, Sealed::Receipt, realm)
        .unwrap()
        .claims()
        .clone();
    let keys = world.maker.party(Role::Bank, "bank").unwrap();
    let stranger = world.maker.party(Role::Bank, "other").unwrap();
    let me = Audience::from(issuer);
    let sign =
        |keys: &party::PartyKeys, kind, to, body: &TransferAnswer| seal::sign(keys.signer(), kind, realm, to, body);
    let forged = [
        sign(&stranger, Sealed::Receipt, me, &said),
        sign(&keys, Sealed::Receipt, Audience::Anyone, &said),
        sign(&keys, Sealed::Transfer, me, &said),
        sign(
            &keys,
            Sealed::Receipt,
            me,
            &TransferAnswer {
                id: TransferId([1; 16]),
                ..said.clone()
            },
        ),
        sign(
            &keys,
            Sealed::Receipt,
            me,
            &TransferAnswer {
                amount: yen(1),
                ..said.clone()
            },
        ),
        Vec::new(),
    ];
    for (n, reply) in forged.iter().enumerate() {
        let step = world.answered(issuer, &errand, Reply::Answer(reply)).unwrap();
        assert!(matches!(step, Step::NotYet(_)), "forgery {n}: {step:?}");
    }
    assert_eq!(shadow(&world, &buyer).0, 2000);
    // Asked again, the bank says the same; the money moved once, and the load is done once.
    buyer.pay(&mut world, issuer, &sealed).unwrap().gift();
    assert_eq!(
        world.answered(issuer, &errand, Reply::Answer(&good)).unwrap(),
        Step::Answer(Vec::new())
    );
    assert_eq!((buyer.purse(), shadow(&world, &buyer).0), (3000, 3000));
    assert_eq!(world.at_bank(AccountOf::Token(account.1)), 2000);
    world.all_is_well();
}

/// proves: row-50
#[test]
fn a_load_that_the_bank_refuses_is_void_for_ever() {
    let (mut world, mut buyer) = ready();
    let account = account_of(&buyer);
    assert_eq!(
        buyer.load_with(&mut world, 3001, &[account]).void(),
        VoidReason::NotCovered
    );
    assert_eq!((buyer.purse(), shadow(&world, &buyer).0), (2000, 2000));
    assert_eq!(buyer.state.values.len(), 1, "the account is on the card again");
    world.all_is_well();
}

/// proves: row-4 row-50
#[test]
fn a_load_is_paid_by_the_holders_own_account_or_by_unspent_refunds() {
    let (mut world, mut buyer) = ready();
    let issuer = world.issuer.party.id();
    let realm = world.maker.realm().id();
    let mine = account_of(&buyer);
    // Somebody else's account, opened and signed by the bank; the token was seen somewhere.
    let theirs = world.account(9000);
    buyer.put(theirs.value.clone(), theirs.signed.clone());
    assert_eq!(
        buyer
            .load_with(&mut world, 100, &[(theirs.value.maker, theirs.value.id)])
            .void(),
        VoidReason::Tender
    );
    // Values that a bank or seller never signed, or that are something else, or nothing, or two accounts at once.
    let shop = world.maker.party(Role::Seller, "shop").unwrap();
    let stranger = world.maker.party(Role::Seller, "stranger").unwrap();
    let make = |kind, maker: PartyId, worth: Money, key: &party::PartyKeys, id: u8| {
        let value = Value {
            kind,
            maker,
            id: ValueId([id; 16]),
            worth,
            offer: None,
            until: None,
            label: String::new(),
        };
        let signed = seal::sign(key.signer(), Sealed::Value, realm, Audience::Anyone, &value);
        Tender::Value(value, ByteVec::from(signed))
    };
    let genuine = buyer.state.values[0].clone();
    let account = Tender::Value(genuine.0.clone(), genuine.1.clone());
    let refund = make(ValueKind::Refund, shop.id(), yen(100), &shop, 1);
    let euro = Money::new(100, Currency::new("EUR").unwrap()).unwrap();
    let slip = Tender::Slip(buyer.slip(&mut world, issuer, yen(100), 0));
    let cases: Vec<Vec<Tender>> = vec![
        vec![],
        vec![make(ValueKind::Account, mine.0, yen(0), &shop, 1)],
        vec![make(ValueKind::Account, shop.id(), yen(0), &shop, 1)],
        vec![make(ValueKind::Refund, shop.id(), yen(100), &stranger, 1)],
        vec![make(ValueKind::Refund, stranger.id(), yen(100), &stranger, 1)],
        vec![make(ValueKind::Coupon, shop.id(), yen(100), &shop, 1)],
        vec![make(ValueKind::Refund, shop.id(), euro, &shop, 1)],
        vec![make(ValueKind::Refund, shop.id(), yen(99), &shop, 1)],
        vec![refund.clone(), refund.clone()],
        vec![account.clone(), account.clone()],
        vec![account.clone(), refund.clone()],
        vec![slip],
        vec![Tender::Order(units::OrderId([1; 16]), yen(100))],
    ];
    for (n, tenders) in cases.into_iter().enumerate() {
        let mut ask = buyer.asking(&mut world, Kind::Load);
        ask.amount = Some(yen(100));
        let (quote, quoted) = buyer.ask(&mut world, issuer, &ask).unwrap();
        let mut paid = buyer.plan(&world, &quote, &[mine]);
        paid.pay.tenders = tenders;
        let sheet = buyer.sheet(&mut world, &mut paid.pay, &quoted, None);
        let (_, sealed, _) = buyer.seal(&mut world, &sheet, &quoted);
        let said = world.answer(issuer, Verb::Pay, &sealed);
        let wire::OutcomeSheet::Void(reason) = buyer.open(&world, &said).0.outcome else {
            panic!("case {n} was given")
        };
        assert_eq!(reason, VoidReason::Tender, "case {n}");
    }
    assert_eq!(shadow(&world, &buyer).0, 2000);
    world.all_is_well();
}

/// proves: row-50 S17 D8
#[test]
fn a_refund_order_is_taken_once_whoever_brings_it() {
    let (mut world, mut buyer) = ready();
    buyer.buy(&mut world, 204, &[]).gift();
    let license = buyer.licenses[0].id;
    let (refund, signed) = buyer.surrender(&mut world, license).gift().values[0].clone();
    let with = [(refund.maker, refund.id)];
    let mut twin = buyer.clone();
    let mut friend = Holder::new(&mut world, 2);
    friend.put(refund, signed);
    buyer.load_with(&mut world, 1000, &with).gift();
    for other in [&mut twin, &mut friend] {
        assert_eq!(other.load_with(&mut world, 1000, &with).void(), VoidReason::Tender);
    }
    assert_eq!(shadow(&world, &buyer).0, 2000);
    world.all_is_well();
}

/// proves: row-54
#[test]
fn amounts_at_their_edges_are_refused_or_right() {
    let (mut world, buyer) = ready();
    let issuer = world.issuer.party.id();
    let euro = Money::new(5, Currency::new("EUR").unwrap()).unwrap();
    let most = Money::new(units::AMOUNT_MAX, Currency::JPY).unwrap();
    for (amount, code) in [
        (None, "amount-missing"),
        (Some(yen(0)), "amount-missing"),
        (Some(euro), "amount-missing"),
        (Some(most), "amount-too-high"),
    ] {
        for kind in [Kind::Load, Kind::Redeem] {
            let mut ask = buyer.asking(&mut world, kind);
            ask.amount = amount;
            assert_eq!(
                buyer.ask(&mut world, issuer, &ask).map(|_| ()).unwrap_err().code(),
                code
            );
        }
    }
    // A bank's answer to an order of nothing, of another currency, and of more than there is.
    let keys = world.maker.party(Role::Issuer, "issuer").unwrap();
    let bank = world.bank.party.id();
    let realm = world.maker.realm().id();
    let token = account_of(&buyer).1;
    for (n, (amount, outcome)) in [
        (yen(0), Transferred::Refused(WhyNot::Amount)),
        (euro, Transferred::Refused(WhyNot::Amount)),
        (most, Transferred::Refused(WhyNot::NotCovered)),
        (yen(3001), Transferred::Refused(WhyNot::NotCovered)),
        (yen(3000), Transferred::Booked(world.now)),
        (yen(1), Transferred::Refused(WhyNot::NotCovered)),
    ]
    .into_iter()
    .enumerate()
    {
        let order = TransferOrder {
            id: TransferId([n as u8 + 1; 16]),
            from: AccountOf::Token(token),
            to: AccountOf::Party(keys.id()),
            amount,
            reference: "test".into(),
            by: keys.id(),
            certificate: keys.certificate().to_vec().into(),
        };
        let body = seal::sign(keys.signer(), Sealed::Transfer, realm, Audience::from(bank), &order);
        let answer = world.answer(bank, Verb::Transfer, &body);
        let said = seal::parse::<TransferAnswer>(&answer, Sealed::Receipt, realm).unwrap();
        assert_eq!(said.claims().outcome, outcome, "{amount}");
    }
    assert!(world.bank.audit().is_empty());
}

/// proves: row-53 row-51
#[test]
fn a_transfer_is_its_id_and_its_content_and_its_owner() {
    let (mut world, buyer) = ready();
    let (bank, publisher) = (world.bank.party.id(), world.publisher.id());
    let realm = world.maker.realm().id();
    let issuer = world.maker.party(Role::Issuer, "issuer").unwrap();
    let shop = world.maker.party(Role::Seller, "shop").unwrap();
    let token = AccountOf::Token(account_of(&buyer).1);
    let own = AccountOf::Party(issuer.id());
    let order = |from, to, amount: i64, reference: &str, by: &party::PartyKeys| {
        let order = TransferOrder {
            id: TransferId([7; 16]),
            from,
            to,
            amount: yen(amount),
            reference: reference.into(),
            by: by.id(),
            certificate: by.certificate().to_vec().into(),
        };
        seal::sign(by.signer(), Sealed::Transfer, realm, Audience::from(bank), &order)
    };
    let good = order(token, own, 100, "load", &issuer);
    let first = world.answer(bank, Verb::Transfer, &good);
    assert_eq!(world.answer(bank, Verb::Transfer, &good), first);
    for other in [
        order(token, own, 101, "load", &issuer),
        order(token, own, 100, "other", &issuer),
        order(own, token, 100, "load", &issuer),
    ] {
        assert_eq!(world.refusal(bank, Verb::Transfer, &other), "transfer-other-content");
    }
    // Who may take from whose account.
    for (no, code) in [
        (
            order(token, AccountOf::Party(shop.id()), 1, "x", &shop),
            "account-not-yours",
        ),
        (
            order(token, AccountOf::Party(publisher), 1, "x", &issuer),
            "account-not-yours",
        ),
        (
            order(own, AccountOf::Party(shop.id()), 1, "x", &shop),
            "account-not-yours",
        ),
        (order(token, own, 1, "ünï", &issuer), "order-reference"),
        (order(token, own, 1, &"x".repeat(141), &issuer), "order-reference"),
        (b"nothing".to_vec(), "order-not-signed"),
    ] {
        assert_eq!(world.refusal(bank, Verb::Transfer, &no), code);
    }
    assert_eq!(world.at_bank(token), 2900);
    assert!(world.bank.audit().is_empty());
}
