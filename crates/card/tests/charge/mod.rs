//! Charges from the card's side: a license that a carrier shall pay for, from its first moment to its last.

use card::{AnswerRefusal, Card, ChargeHeard, Memory, Settled, Want};
use deal::{
    Kind, Number, Profile, Status, Tender, VoidReason,
    charge::{self, ChargeWord, Charged, OpenCharge, WhyRefused},
    wire::PaySheet,
};
use license::TenderKind;
use minicbor::bytes::ByteVec;
use seal::Role;
use units::{LicenseId, OfferNo, OrderId, PartyId, Refusal};

use crate::world::*;

const CARRIER: PartyId = PartyId([30; 16]);

/// A world whose one work may also be paid by a charge.
fn world() -> World {
    let mut world = World::new();
    world.tenders.push(TenderKind::Charge);
    world
}

fn carrier_certificate(world: &World) -> ByteVec {
    world.certificate(12, 30, Role::Carrier, "Harbor Mobile")
}

fn by_charge() -> Want {
    Want {
        other: Some(Tender::Charge([0; 16], yen(0), CARRIER)),
        ..Want::default()
    }
}

/// Pays by a charge; the `pay` is with the caller.
fn pay(world: &mut World, card: &mut Card<Memory>) -> Option<Vec<u8>> {
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).ok()?;
    let checked = world.checked(card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).ok()?;
    let (_, pay) = card.pay(&checked, ok, &by_charge(), NOW, &world.fresh()).ok()?;
    Some(pay.into_bytes())
}

fn buy(world: &mut World, card: &mut Card<Memory>) -> LicenseId {
    let pay = pay(world, card).unwrap();
    let settle = world.give(&pay);
    match card.settle(&settle, NOW, &world.fresh()).unwrap() {
        Settled::Given { license: Some(id), .. } => id,
        other => panic!("{other:?}"),
    }
}

/// The carrier reads what came.
fn open(world: &World, sealed: &[u8]) -> OpenCharge {
    charge::open_charge(sealed, CARRIER, &opener(30), &world.trust()).unwrap()
}

fn said(open: &OpenCharge, why: Option<WhyRefused>) -> Charged {
    Charged {
        charge: open.charge.charge,
        deal: open.charge.deal,
        word: if why.is_some() {
            ChargeWord::Refused
        } else {
            ChargeWord::Paid
        },
        amount: open.charge.amount,
        at: NOW,
        why,
    }
}

fn answer(world: &mut World, open: &OpenCharge, said: &Charged, who: u8, role: Role) -> Vec<u8> {
    let certificate = world.certificate(12, who, role, "Harbor Mobile");
    charge::say_charged(said, world.id, &signer(who), &certificate, &open.to, &world.fresh()).unwrap()
}

/// One round with the carrier: the charge out, its answer in.
fn carrier(
    world: &mut World,
    card: &mut Card<Memory>,
    license: LicenseId,
    why: Option<WhyRefused>,
) -> Option<ChargeHeard> {
    let charge = card.say_charge(license, &carrier_certificate(world)).ok()?;
    let open = open(world, charge.bytes());
    let answer = answer(world, &open, &said(&open, why), 30, Role::Carrier);
    card.hear_charged(&answer, NOW, &world.fresh()).ok()
}

/// A clear as the seller quotes it; `bend` changes one thing.
fn clear(
    world: &mut World,
    card: &mut Card<Memory>,
    license: LicenseId,
    bend: impl FnOnce(&mut deal::Quote),
) -> Result<Vec<u8>, &'static str> {
    let asked = card.ask_clear(license, &world.fresh()).map_err(|e| e.code())?;
    let owed = card.state().owed(license).map(|o| o.charge).unwrap_or_default();
    let mut quote = world.quote_for(&asked.ask);
    quote.number = Number::Order(OrderId(owed));
    quote.accepts = vec![TenderKind::Slip];
    bend(&mut quote);
    let bytes = world.quote_sheet(&quote, &asked.ask);
    let checked = card
        .read_quote(&bytes, Some(&asked), Some(&world.sheet()), NOW)
        .map_err(|e| e.code())?;
    let ok = card.confirm(&checked, PIN, &world.fresh()).map_err(|e| e.code())?;
    let (_, pay) = card
        .pay(&checked, ok, &Want::default(), NOW, &world.fresh())
        .map_err(|e| e.code())?;
    Ok(pay.into_bytes())
}

fn status(card: &Card<Memory>, license: LicenseId) -> Status {
    card.state().licenses.get(&license).unwrap().status
}

/// proves: ST-4 ST-27 S14 row-3
#[test]
fn a_license_the_carrier_shall_pay_for_plays_within_the_credit_and_then_without_reserve() {
    let mut world = world();
    let mut card = world.card(1);
    let sealed = pay(&mut world, &mut card).unwrap();
    assert!(card.charges().is_empty(), "nothing is said before the deal has closed");
    let (deal, sheet) = world.open_pay(&sealed);
    let [Tender::Charge(id, amount, CARRIER)] = sheet.pay.tenders[..] else {
        panic!("{:?}", sheet.pay.tenders);
    };
    assert_eq!((id, amount), (charge::charge_id(sheet.pay.receiver), yen(300)));
    let settle = world.give(&sealed);
    let Settled::Given {
        license: Some(license), ..
    } = card.settle(&settle, NOW, &world.fresh()).unwrap()
    else {
        panic!()
    };
    assert_eq!(card.state().purse, yen(0), "no money of the card's moved");
    assert_eq!(card.charges(), [(license, CARRIER)]);
    let owing = &card.owing()[0];
    assert_eq!(
        (owing.amount, owing.plays_left, owing.title.as_str()),
        (yen(300), Some(3), "Night Ferry")
    );
    // Three plays on credit, then none until the carrier has answered.
    for _ in 0..3 {
        card.begin_play(license, NOW, &world.fresh()).unwrap();
    }
    let no = card.begin_play(license, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no.code(), "license-not-paid");
    // The same charge, as often as anybody likes, for the same carrier: the same bytes.
    let certificate = carrier_certificate(&world);
    let charge = card.say_charge(license, &certificate).unwrap();
    assert_eq!(charge.bytes(), card.say_charge(license, &certificate).unwrap().bytes());
    let open = open(&world, charge.bytes());
    assert_eq!((open.charge.deal, open.charge.amount), (deal, yen(300)));
    assert_eq!((open.charge.offer, open.charge.seller), (OfferNo(204), world.seller));
    assert_eq!(
        open.subscriber,
        card.subscriber(CARRIER),
        "the carrier knows whose it is"
    );
    assert_ne!(
        card.subscriber(CARRIER),
        card.subscriber(PartyId([31; 16])),
        "and nobody else does"
    );
    let paid = answer(&mut world, &open, &said(&open, None), 30, Role::Carrier);
    assert_eq!(
        card.hear_charged(&paid, NOW, &world.fresh()),
        Ok(ChargeHeard::Paid(license))
    );
    assert_eq!(card.hear_charged(&paid, NOW, &world.fresh()), Ok(ChargeHeard::Nothing));
    assert_eq!((status(&card, license), card.owing().len()), (Status::Usable, 0));
    card.begin_play(license, NOW, &world.fresh()).unwrap();
    assert_eq!(
        card.say_charge(license, &certificate).unwrap_err().code(),
        "nothing-owed"
    );
}

/// proves: ST-22
#[test]
fn a_charge_may_go_straight_to_a_bank() {
    let mut world = world();
    let mut card = world.card(1);
    let license = buy(&mut world, &mut card);
    // The same party, certified as a bank: the card asks whoever was agreed to, carrier or bank, and nobody else.
    let bank = world.certificate(12, 30, Role::Bank, "Harbour Bank");
    let charge = card.say_charge(license, &bank).unwrap();
    let open = open(&world, charge.bytes());
    let paid = answer(&mut world, &open, &said(&open, None), 30, Role::Bank);
    let heard = card.hear_charged(&paid, NOW, &world.fresh());
    assert_eq!(heard, Ok(ChargeHeard::Paid(license)));
    assert_eq!(status(&card, license), Status::Usable);
}

/// proves: ST-13 S14
#[test]
fn what_the_carrier_refuses_is_cleared_with_electronic_money_or_stays_unusable_and_is_not_lost() {
    let mut world = world();
    world.price = 1000;
    let mut card = world.card(1);
    world.load(&mut card, 300);
    let license = buy(&mut world, &mut card);
    assert_eq!(
        clear(&mut world, &mut card, license, |_| ()),
        Err("charge-open"),
        "both could be paid"
    );
    let heard = carrier(&mut world, &mut card, license, Some(WhyRefused::NotTrusted));
    assert_eq!(heard, Some(ChargeHeard::Refused(license, Some(WhyRefused::NotTrusted))));
    assert_eq!(
        card.begin_play(license, NOW, &world.fresh()).unwrap_err().code(),
        "license-not-paid"
    );
    // A purse that is too short: unusable, and still here.
    assert_eq!(clear(&mut world, &mut card, license, |_| ()), Err("purse-too-small"));
    assert!(matches!(status(&card, license), Status::Refused(_)));
    world.load(&mut card, 2700);
    // Only for what is owed, to whom it is owed.
    assert_eq!(
        clear(&mut world, &mut card, license, |q| q.price = yen(1001)),
        Err("price-differs")
    );
    assert_eq!(
        clear(&mut world, &mut card, license, |q| q.number =
            Number::Order(OrderId([1; 16]))),
        Err("nothing-owed")
    );
    assert_eq!(
        clear(&mut world, &mut card, license, |q| q.license = None),
        Err("quote-other-question")
    );
    let sealed = clear(&mut world, &mut card, license, |_| ()).unwrap();
    assert_eq!(
        card.delete(license, NOW, &world.fresh()).unwrap_err().code(),
        "license-not-paid"
    );
    let (_, sheet): (_, PaySheet) = world.open_pay(&sealed);
    let shown = charge::read_charged(&sheet.refusal.unwrap(), CARRIER, &world.trust()).unwrap();
    assert_eq!(
        (shown.word, shown.why),
        (ChargeWord::Refused, Some(WhyRefused::NotTrusted))
    );
    // A void brings the money back and leaves the license as it was.
    let void = world.refuse(&sealed, VoidReason::NotHonoured);
    card.settle(&void, NOW, &world.fresh()).unwrap();
    assert_eq!(
        (card.state().purse, matches!(status(&card, license), Status::Refused(_))),
        (yen(3000), true)
    );
    let sealed = clear(&mut world, &mut card, license, |_| ()).unwrap();
    let settle = world.give(&sealed);
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    assert_eq!(
        (card.state().purse, status(&card, license)),
        (yen(2000), Status::Usable)
    );
    assert!(card.owing().is_empty());
    card.begin_play(license, NOW, &world.fresh()).unwrap();
}

/// proves: S14
#[test]
fn what_is_owed_for_stays_on_its_card() {
    let mut world = world();
    world.terms.modes.move_ = true;
    let mut card = world.card(1);
    let license = buy(&mut world, &mut card);
    let friend = world.card(2);
    let stays = |card: &mut Card<Memory>, world: &mut World| {
        let later = units::Moment(NOW.0 + 1000);
        let copy = card.permit(Kind::Copy, Some(license), later).unwrap();
        let asked = friend.ask_copy(None, &world.fresh()).unwrap();
        let no = card
            .quote(&asked.bytes(), &copy, None, NOW, &world.fresh())
            .unwrap_err();
        assert!(no.to_string().contains("not paid for"), "{no}");
        let Ok(moves) = card.permit_move(license, later, PIN, &world.fresh()) else {
            return;
        };
        let asked = friend.ask_move(None, &world.fresh()).unwrap();
        let no = card
            .quote(&asked.bytes(), &moves, None, NOW, &world.fresh())
            .unwrap_err();
        assert!(no.to_string().contains("not paid for"), "{no}");
    };
    stays(&mut card, &mut world);
    assert_eq!(
        card.delete(license, NOW, &world.fresh()).unwrap_err().code(),
        "license-not-paid"
    );
    let back = |card: &mut Card<Memory>, world: &mut World| {
        let asked = card.ask_surrender(license, OfferNo(204), &world.fresh()).unwrap();
        let mut quote = world.quote_for(&asked.ask);
        quote.credit = None;
        let bytes = world.quote_sheet(&quote, &asked.ask);
        let checked = card
            .read_quote(&bytes, Some(&asked), Some(&world.sheet()), NOW)
            .unwrap();
        let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
        card.pay(&checked, ok, &Want::default(), NOW, &world.fresh())
            .map(|(_, pay)| pay.into_bytes())
            .map_err(|e| e.code())
    };
    assert_eq!(
        back(&mut card, &mut world),
        Err("license-stays"),
        "the carrier may still pay"
    );
    carrier(&mut world, &mut card, license, Some(WhyRefused::Limit)).unwrap();
    stays(&mut card, &mut world);
    // Refused, it may be handed back, for nothing.
    let sealed = back(&mut card, &mut world).unwrap();
    let void = world.refuse(&sealed, VoidReason::NoRefund);
    card.settle(&void, NOW, &world.fresh()).unwrap();
    assert!(
        matches!(status(&card, license), Status::Refused(_)),
        "a void brings it back as it was"
    );
    let sealed = back(&mut card, &mut world).unwrap();
    let (deal, sheet) = world.open_pay(&sealed);
    let given = world.settle(
        deal,
        &sheet,
        deal::wire::OutcomeSheet::Given(deal::wire::GiftSheet::default()),
    );
    card.settle(&given, NOW, &world.fresh()).unwrap();
    assert!(card.state().licenses.is_empty() && card.owing().is_empty());
    assert!(
        card.state().values.is_empty(),
        "nothing was paid, so nothing comes back"
    );
}

/// proves: ST-4
#[test]
fn the_credit_is_counted_and_summed() {
    let mut world = world();
    let refused = |world: &mut World, card: &mut Card<Memory>| {
        let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
        let checked = world.checked(card, &asked);
        card.dry_run(&checked, &by_charge(), NOW).err().map(|e| e.code())
    };
    let mut card = world.card(1);
    for price in [300, 200, 100] {
        world.price = price;
        assert_eq!(refused(&mut world, &mut card), None);
        buy(&mut world, &mut card);
    }
    assert_eq!(
        refused(&mut world, &mut card),
        Some("credit-used-up"),
        "three at once, whatever they cost"
    );
    let licenses: Vec<LicenseId> = card.charges().iter().map(|(id, _)| *id).collect();
    carrier(&mut world, &mut card, licenses[0], Some(WhyRefused::Limit)).unwrap();
    assert_eq!(
        refused(&mut world, &mut card),
        Some("credit-used-up"),
        "what was refused is still owed"
    );
    carrier(&mut world, &mut card, licenses[1], None).unwrap();
    assert_eq!(refused(&mut world, &mut card), None, "what was paid is not");

    let mut card = world.card(2);
    world.price = 1500;
    buy(&mut world, &mut card);
    world.price = 501;
    assert_eq!(World::profile().credit().sum_max, yen(2000));
    assert_eq!(refused(&mut world, &mut card), Some("credit-limit"));
    world.price = 500;
    assert_eq!(refused(&mut world, &mut card), None);
    // An open payment counts as what it will owe.
    pay(&mut world, &mut card).unwrap();
    world.price = 1;
    assert_eq!(refused(&mut world, &mut card), Some("credit-limit"));
    let none = Profile {
        owing_max: 0,
        ..World::profile()
    };
    assert_eq!(none.credit().plays, 3);
}

/// proves: ST-4
#[test]
fn what_is_charged_counts_against_the_limits_the_holder_set() {
    let mut world = world();
    let mut card = world.card(1);
    let limits = card::Limits {
        one: Some(yen(300)),
        day: Some(yen(500)),
    };
    card.set_limits(limits, PIN, &world.fresh()).unwrap();
    let refused = |world: &mut World, card: &mut Card<Memory>| {
        let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
        let checked = world.checked(card, &asked);
        card.dry_run(&checked, &by_charge(), NOW).err().map(|e| e.code())
    };
    world.price = 301;
    assert_eq!(refused(&mut world, &mut card), Some("above-own-limit"));
    world.price = 300;
    buy(&mut world, &mut card);
    assert_eq!(card.spent(NOW), yen(300));
    world.price = 201;
    assert_eq!(refused(&mut world, &mut card), Some("above-own-day"));
    world.price = 200;
    assert_eq!(refused(&mut world, &mut card), None);
}

/// proves: S14 row-12
#[test]
fn only_the_payer_that_was_asked_opens_a_license_and_its_first_word_stands() {
    let mut world = world();
    let mut card = world.card(1);
    let license = buy(&mut world, &mut card);
    let other = world.certificate(12, 31, Role::Carrier, "Other Mobile");
    assert_eq!(
        card.say_charge(license, &other).unwrap_err().code(),
        "charge-other-payer"
    );
    let seller = world.seller_certificate();
    assert!(card.say_charge(license, &seller).is_err(), "a seller pays no charges");
    let charge = card.say_charge(license, &carrier_certificate(&world)).unwrap();
    let open = open(&world, charge.bytes());
    let before = card.state().clone();
    let mut hear = |who, role, change: &dyn Fn(&mut Charged)| {
        let mut word = said(&open, None);
        change(&mut word);
        let answer = answer(&mut world, &open, &word, who, role);
        card.hear_charged(&answer, NOW, &world.fresh())
    };
    let same: &dyn Fn(&mut Charged) = &|_| ();
    assert!(
        matches!(hear(31, Role::Carrier, same), Err(AnswerRefusal::NotCharged(_))),
        "another carrier"
    );
    assert!(
        matches!(hear(30, Role::Seller, same), Err(AnswerRefusal::NotCharged(_))),
        "not a carrier"
    );
    assert_eq!(
        hear(30, Role::Carrier, &|w| w.charge = [9; 16]),
        Ok(ChargeHeard::Nothing),
        "another charge"
    );
    assert_eq!(
        hear(30, Role::Carrier, &|w| w.amount = yen(1)),
        Ok(ChargeHeard::Contradicted),
        "another amount"
    );
    assert_eq!(before.licenses, card.state().licenses);
    let refused = answer(
        &mut world,
        &open,
        &said(&open, Some(WhyRefused::Limit)),
        30,
        Role::Carrier,
    );
    assert!(matches!(
        card.hear_charged(&refused, NOW, &world.fresh()),
        Ok(ChargeHeard::Refused(..))
    ));
    let paid = answer(&mut world, &open, &said(&open, None), 30, Role::Carrier);
    assert_eq!(
        card.hear_charged(&paid, NOW, &world.fresh()),
        Ok(ChargeHeard::Contradicted),
        "refused is for ever"
    );
    assert!(matches!(status(&card, license), Status::Refused(_)));
    let mut stranger = world.card(2);
    assert_eq!(
        stranger.hear_charged(&paid, NOW, &world.fresh()),
        Err(AnswerRefusal::NotMine)
    );
}

/// proves: ST-4 S14 row-81
#[test]
fn a_carrier_takes_no_charge_but_its_subscribers_own() {
    let mut world = world();
    let mut card = world.card(1);
    let license = buy(&mut world, &mut card);
    let sealed = card
        .say_charge(license, &carrier_certificate(&world))
        .unwrap()
        .into_bytes();
    let trust = world.trust();
    let read = |bytes: &[u8], me, key| charge::open_charge(bytes, me, &opener(key), &trust).map_err(|e| e.code());
    assert_eq!(read(&sealed, CARRIER, 31).unwrap_err(), "charge-for-another");
    assert_eq!(read(&sealed, PartyId([31; 16]), 30).unwrap_err(), "charge-forged");
    // What was signed for one payment, under the certificate or the subscriber of another.
    let plain = deal::wire::open_sealed(&opener(30), seal::Kind::Charge, &sealed).unwrap();
    let sheet: charge::ChargeSheet = seal::cbor::from_bytes(&plain).unwrap();
    let mut bent = |change: &dyn Fn(&mut charge::ChargeSheet)| {
        let mut sheet = sheet.clone();
        change(&mut sheet);
        let bytes = seal::cbor::to_bytes(&sheet);
        let to = opener(30).seal_to();
        let sealed = deal::wire::seal_signed(&to, seal::Kind::Charge, &bytes, &world.fresh()).unwrap();
        read(&sealed, CARRIER, 30).map(|_| ())
    };
    assert_eq!(bent(&|_| ()), Ok(()));
    assert_eq!(
        bent(&|s| s.subscriber = signer(40).verify_key()),
        Err("charge-not-the-subscribers")
    );
    assert_eq!(bent(&|s| s.proof[0] ^= 1), Err("charge-not-the-subscribers"));
    let last = sheet.charge.len() - 1;
    assert_eq!(bent(&|s| s.charge[last] ^= 1), Err("charge-forged"));
    assert!(bent(&|s| s.certificate = ByteVec::from(vec![])).is_err());
}

/// From the consent to the cleared license, with the power going at every single write: whatever had been written is true,
/// what had not is not, and saying everything again ends as the uncut run does.
///
/// proves: S14 R1
#[test]
fn a_power_cut_at_any_write_of_a_charge_changes_nothing_of_how_it_ends() {
    let mut world = world();
    let mut card = world.card(1);
    world.load(&mut card, 500);
    let start = card.journal().clone();
    let ends = |card: &Card<Memory>| {
        let purse = card.state().purse.minor();
        let usable = card
            .state()
            .licenses
            .values()
            .filter(|h| h.status == Status::Usable)
            .count();
        (purse, usable, card.owing().len(), card.state().paid.len())
    };
    for refuses in [false, true] {
        let mut cuts = 0;
        for write in 0.. {
            for holds in [false, true] {
                let mut card = wake_from(start.clone(), 1);
                card.journal_mut().writes_left = Some(write);
                card.journal_mut().fails_after = holds;
                let why = refuses.then_some(WhyRefused::NotTrusted);
                let whole = run(&mut world, &mut card, why);
                card = wake_from(card.journal().clone(), 1);
                cuts += usize::from(!whole);
                // The power is back: everything is said again.
                assert!(run(&mut world, &mut card, why), "write {write}");
                assert_eq!(
                    ends(&card),
                    if refuses { (200, 1, 0, 0) } else { (500, 1, 0, 0) },
                    "write {write} {holds}"
                );
                if whole {
                    assert!(cuts >= 6, "{cuts}");
                }
            }
            if write > 24 {
                break;
            }
        }
    }
}

fn wake_from(journal: Memory, n: u8) -> Card<Memory> {
    let mut journal = journal;
    journal.writes_left = None;
    journal.fails_after = false;
    let (snapshot, records) = (journal.snapshot.clone(), journal.records.clone());
    Card::wake(&seal::Secret::new([n; 32]), &snapshot, &records, journal).unwrap()
}

/// Whatever is still to be done of: buy by a charge, play once, hear the carrier, clear. True, if it came to its end.
fn run(world: &mut World, card: &mut Card<Memory>, why: Option<WhyRefused>) -> bool {
    let closed = |world: &mut World, card: &mut Card<Memory>| {
        let open: Vec<Vec<u8>> = card
            .state()
            .paid
            .iter()
            .filter_map(|p| card.pay_again(p.deal).map(card::Outgoing::into_bytes))
            .collect();
        open.iter().all(|pay| {
            let settle = world.give(pay);
            card.settle(&settle, NOW, &world.fresh()).is_ok()
        })
    };
    if card.state().licenses.is_empty() && card.state().paid.is_empty() && pay(world, card).is_none() {
        return false;
    }
    if !closed(world, card) {
        return false;
    }
    let Some(license) = card.state().licenses.keys().next().copied() else {
        return false;
    };
    let is_open = card.state().owed(license).is_some_and(|o| o.refused.is_none());
    if is_open
        && (card.begin_play(license, NOW, &world.fresh()).is_err() || carrier(world, card, license, why).is_none())
    {
        return false;
    }
    if card.state().owed(license).is_some() && clear(world, card, license, |_| ()).is_err() {
        return false;
    }
    closed(world, card)
}

/// What a card has of one purchase when all of it is done, but for what is of one deal alone: names, and how much of the money
/// went in the very deal that brought the license.
fn stands(card: &mut Card<Memory>, world: &mut World, license: LicenseId) -> impl core::fmt::Debug + PartialEq + use<> {
    let held = card.state().licenses[&license].clone();
    assert_eq!((held.status, card.state().licenses.len()), (Status::Usable, 1));
    assert!(card.state().paid.is_empty() && card.owing().is_empty() && card.state().values.is_empty());
    let what = (
        held.offer,
        held.policy,
        held.title,
        held.seller,
        held.payee,
        held.generation,
    );
    let may = (held.rights, held.first_play, held.copies_left, held.modes, held.bind);
    let summary = card.state().summary();
    let purse = (summary.spendable, summary.reserved);
    // Of its history: what left the purse for this seller and stayed away, and what it says has come.
    let (seller, lines) = (world.seller, card.image().history.clone());
    let sum = |event: card::Event| {
        let of = lines
            .iter()
            .filter(|line| line.event == event && line.with == Some(seller));
        let own = of.filter(|line| line.kind != Some(Kind::Sale) || line.amount != Some(yen(0)));
        own.filter_map(|line| line.amount)
            .map(|amount| amount.minor())
            .sum::<i64>()
    };
    let told = (
        sum(card::Event::Given),
        lines.iter().filter(|line| line.title == "Night Ferry").count() > 0,
    );
    let plays = (0..5)
        .filter(|_| card.begin_play(license, NOW, &world.fresh()).is_ok())
        .count();
    (what, may, purse, told, plays)
}

/// Paid and had at once, paid first and had with the receipt, had first and paid when the carrier would not: the same license, the
/// same rights, the same purse.
///
/// proves: ST-27
#[test]
fn license_and_payment_come_in_either_order_with_the_same_card_at_the_end() {
    let fresh = || {
        let mut world = world();
        world.rights.plays = Some(4);
        let mut card = world.card(1);
        world.load(&mut card, 500);
        (world, card)
    };
    let (mut world_at_once, mut at_once) = fresh();
    let license = world_at_once.buy(&mut at_once);
    let together = stands(&mut at_once, &mut world_at_once, license);

    let (mut world, mut card) = fresh();
    let asked = card.ask_pay_only(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let (_, pay) = card.pay(&checked, ok, &Want::default(), NOW, &world.fresh()).unwrap();
    let settle = world.give(pay.bytes());
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    assert_eq!((card.state().purse, card.state().licenses.len()), (yen(200), 0));
    let receipt = card.state().values[0].0.clone();
    let want = Want {
        values: vec![(receipt.maker, receipt.id)],
        ..Want::default()
    };
    let asked = card.ask_sale(OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let (_, pay) = card.pay(&checked, ok, &want, NOW, &world.fresh()).unwrap();
    let settle = world.give(pay.bytes());
    let Settled::Given {
        license: Some(license), ..
    } = card.settle(&settle, NOW, &world.fresh()).unwrap()
    else {
        panic!("no license for a receipt")
    };
    let paid_first = stands(&mut card, &mut world, license);

    let (mut world, mut card) = fresh();
    let license = buy(&mut world, &mut card);
    assert_eq!((card.state().purse, card.state().licenses.len()), (yen(500), 1));
    carrier(&mut world, &mut card, license, Some(WhyRefused::NotTrusted)).unwrap();
    let sealed = clear(&mut world, &mut card, license, |_| ()).unwrap();
    let settle = world.give(&sealed);
    card.settle(&settle, NOW, &world.fresh()).unwrap();
    let had_first = stands(&mut card, &mut world, license);

    assert_eq!(paid_first, together);
    assert_eq!(had_first, together);
}
