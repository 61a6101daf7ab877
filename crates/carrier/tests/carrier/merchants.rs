//! What a merchant's program may not do to a carrier: give back money that is gone, be answered with somebody else's payment, or
//! keep a subscriber's room for ever.

use carrier::{
    ApiClient, Asked, AskedRefund, Caller, ClientId, Payee, Payment, PaymentId, PaymentRefused, RefundState, Scopes,
    State, Steps, SubscriberId, Trust,
};
use deal::enterprise::EnterpriseNo;
use seal::hash;

use crate::world::{SELLER, Subscriber, World, day, found, yen};

const CLIENT: ClientId = ClientId([7; 16]);

fn client(world: &World, no: u32) -> Caller {
    let party = world.seller(SELLER);
    world.at(move |carrier, tx, now| {
        let new = ApiClient {
            name: "Lantern Shop".into(),
            payees: vec![Payee {
                party,
                no: Some(EnterpriseNo(no)),
            }],
            scopes: Scopes(u8::MAX),
            strict: false,
            since: now,
            ended: None,
            unasked: true,
        };
        carrier.add_client(tx, CLIENT, &new).unwrap();
        Ok(())
    });
    Caller {
        client: CLIENT,
        subscriber: None,
        scopes: Scopes(u8::MAX),
    }
}

/// A client's word for one subscriber, as it has it who agreed on the carrier's page.
fn agreed(who: SubscriberId) -> Caller {
    Caller {
        client: CLIENT,
        subscriber: Some(who),
        scopes: Scopes(u8::MAX),
    }
}

fn asked(number: Option<&Subscriber>, reference: &str, amount: i64) -> Asked {
    Asked {
        number: number.map(|who| who.number.clone()),
        correlator: Some(format!("req-{reference}")),
        reference: reference.into(),
        amount: Some(yen(amount)),
        tax_included: true,
        items: Vec::new(),
        what: "NO 20000000001".into(),
        merchant: None,
        wire: b"{}".to_vec(),
        sink: None,
        content: hash(reference.as_bytes()),
    }
}

type Taken = Result<(PaymentId, Payment, bool), PaymentRefused>;

fn pay(world: &mut World, caller: &Caller, (asked, steps): (Asked, Steps)) -> Taken {
    let (caller, seed) = (caller.clone(), world.seed());
    world.at(move |carrier, tx, now| Ok(carrier.take_payment(tx, &caller, (&asked, steps), now, &seed)))
}

fn state(world: &World, caller: &Caller, id: PaymentId) -> State {
    let caller = caller.clone();
    let found = world.at(move |carrier, tx, _| carrier.payment_of(tx, &caller, id));
    found.unwrap().state
}

/// What was paid out already is given back by machine only as far as the same enterprise still has money coming; the rest
/// waits for people, and is nobody's loss meanwhile.
///
/// proves: row-9 row-59
#[test]
fn a_refund_of_money_that_is_gone_waits_for_people() {
    let mut world = found(|config| config.merchants.refund_within = units::Span::days(180));
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let caller = client(&world, 2000);
    let bought = |world: &mut World, reference: &str, amount: i64| {
        let taken = pay(world, &caller, (asked(Some(&aiko), reference, amount), Steps::One));
        taken.unwrap().0
    };
    let gone = bought(&mut world, "gone", 1000);
    for n in 1..10 {
        world.now = day(n);
        world.tend();
    }
    assert_eq!(world.at_bank(SELLER), 1000);
    let back = |world: &mut World, of: PaymentId, reference: &str, amount: i64| {
        let asked = AskedRefund {
            amount: Some(Some(yen(amount))),
            tax_included: None,
            items: Vec::new(),
            correlator: None,
            reference: reference.into(),
            merchant: None,
            reason: None,
            wire: b"{}".to_vec(),
            sink: None,
            content: hash(reference.as_bytes()),
        };
        let (caller, seed) = (caller.clone(), world.seed());
        let taken = world.at(move |carrier, tx, now| Ok(carrier.take_refund(tx, &caller, (of, &asked), now, &seed)));
        taken.unwrap().1.state
    };
    assert_eq!(
        back(&mut world, gone, "one", 400),
        RefundState::Processing,
        "nothing covers it"
    );
    let next = bought(&mut world, "next", 500);
    assert_eq!(
        back(&mut world, gone, "two", 400),
        RefundState::Succeeded,
        "500 are coming"
    );
    assert_eq!(
        back(&mut world, gone, "three", 200),
        RefundState::Processing,
        "100 of them are left"
    );
    assert_eq!(
        back(&mut world, next, "four", 500),
        RefundState::Succeeded,
        "it has not left"
    );
    world.adds_up();
}

/// A client with two subscribers' consents says the same twice, once for each: two payments, not one answered twice.
///
/// proves: row-9
#[test]
fn the_same_request_for_another_subscriber_is_another_request() {
    let mut world = found(|_| {});
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let kenji = world.subscribe("+819000005528", |_| {});
    client(&world, 2000);
    let both = [agreed(aiko.id), agreed(kenji.id)];
    let one = pay(&mut world, &both[0], (asked(None, "his", 300), Steps::One)).unwrap();
    let again = pay(&mut world, &both[0], (asked(None, "his", 300), Steps::One)).unwrap();
    assert_eq!((one.0, again.2), (again.0, true));
    let other = pay(&mut world, &both[1], (asked(None, "his", 300), Steps::One));
    assert_eq!(
        other.unwrap_err(),
        PaymentRefused::Known,
        "never another subscriber's payment"
    );
    let two = pay(&mut world, &both[0], (asked(None, "his", 300), Steps::Two));
    assert_eq!(two.unwrap_err(), PaymentRefused::Known);
    world.adds_up();
}

/// The registry never answers: the payment ends by itself, its room is free again, and a late word charges nobody.
///
/// proves: ST-14
#[test]
fn a_payment_that_waits_for_a_silent_registry_ends() {
    let registry = found(|_| {}).registry_id();
    let mut world = found(|config| config.registry = Some(registry));
    world.registry_says = None;
    let aiko = world.subscribe("+819000004417", |_| {});
    let caller = client(&world, 2000);
    for (steps, reference) in [(Steps::One, "one"), (Steps::Two, "two")] {
        let taken = pay(&mut world, &caller, (asked(Some(&aiko), reference, 1000), steps));
        let (id, payment, _) = taken.unwrap();
        assert_eq!(payment.state, State::Processing);
        world.now = units::Moment(world.now.0 + 24 * 3_600_000);
        world.tend();
        assert_eq!(state(&world, &caller, id), State::Cancelled, "{reference}");
        assert_eq!(world.meter(&aiko, "2004-02").reserved, 0);
    }
    world.registry_says = Some(vec![2000]);
    world.now = units::Moment(world.now.0 + 24 * 3_600_000);
    world.tend();
    assert_eq!(world.meter(&aiko, "2004-02").bought, 0);
    world.adds_up();
}
