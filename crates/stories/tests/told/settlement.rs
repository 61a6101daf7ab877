//! The settlement with the source's own figures and with others, and under a network that loses, doubles and reorders.

use std::collections::BTreeMap;

use deal::Status;
use party::{
    Verb,
    bank::{Holder as Place, TransferOrder},
};
use stories::{Answer, Counterpart, Figures, Holder, Parties, Settlement, Settling, Tale, Telephone, Work, settlement};
use units::{Currency, LicenseId, Moment, Money, Span, TransferId};

fn told(story: &Settlement, price: i64, purse: i64) -> Tale {
    let figures = Figures {
        price,
        purse,
        seed: [7; 32],
    };
    let tale = settlement(&figures, story).unwrap_or_else(|no| panic!("{no:?}"));
    assert!(tale.holds, "{:?}\n{}", tale.findings, tale.lines());
    tale
}

fn figures(tale: &Tale, party: &str) -> BTreeMap<String, i64> {
    tale.books.parties.get(party).cloned().unwrap_or_default()
}

fn bill(tale: &Tale) -> [i64; 7] {
    let bill = figures(tale, "bill");
    [
        "calls",
        "packets",
        "basic",
        "voice mail",
        "telephone",
        "content",
        "total",
    ]
    .map(|line| bill[line])
}

/// proves: ST-1 ST-2 ST-4 ST-5 ST-6 ST-7 ST-17
#[test]
fn the_carrier_pays_and_bills_as_the_source_says() {
    let tale = told(&Settlement::of_source(1), 1000, 3000);
    assert_eq!(bill(&tale), [2150, 430, 2000, 300, 4880, 1000, 5880]);
    let records = figures(&tale, "records");
    assert_eq!(
        (records["unsettled"], records["settled"], records["unmatched"]),
        (0, 1, 0)
    );
    assert_eq!(records["settled on"], 20_040_218);
    let open = tale.steps.iter().find(|step| step.shows == Some("ST-5")).unwrap();
    assert_eq!(open.books.parties["records"]["unsettled on"], 20_040_211);
    assert!(open.says.contains("2004-02-11"), "{}", open.says);
    assert!(tale.lines().contains("settled on 2004-02-18"));
    assert_eq!(tale.books.cards["buyer"].purse, 3000, "no electronic money moved");
    assert!(
        tale.steps
            .iter()
            .any(|step| step.says.contains("number 2000000001: 3 plays, JPY 1,000")
                || step.says.contains("number 2000000001: 3 plays")),
        "{}",
        tale.lines()
    );
}

/// proves: ST-7
#[test]
fn other_figures_make_another_bill() {
    let story = Settlement {
        telephone: Telephone {
            calls: 77,
            packets: 3,
            basic: 1200,
            service: 0,
        },
        pays_after: 1,
        plays: 9,
        enterprise: 2500,
        ..Settlement::of_source(1)
    };
    let tale = told(&story, 260, 0);
    assert_eq!(bill(&tale)[4..], [1280, 260, 1540]);
    assert_eq!(figures(&tale, "records")["settled on"], 20_040_212);
}

/// A month in which a carrier waits with its payments until the next is a month like any other.
///
/// proves: ST-6 ST-7
#[test]
fn a_payment_in_the_next_month_takes_nothing_off_the_bill() {
    for (system, days) in [(1, 19), (1, 30), (4, 10), (4, 30)] {
        let story = Settlement {
            pays_after: days,
            ..Settlement::of_source(system)
        };
        let tale = told(&story, 1000, 3000);
        let telephone = bill(&tale)[4];
        assert_eq!(telephone, 4880, "system {system}, {days} days");
        assert_eq!(bill(&tale)[5..], [1000, 5880], "system {system}, {days} days");
        assert_eq!(figures(&tale, "records")["settled"], 1);
    }
}

/// proves: ST-13 ST-14
#[test]
fn trusted_enterprises_are_billed_and_others_fall_back_to_electronic_money() {
    for enterprise in [2000, 2500, 2699] {
        let story = Settlement {
            enterprise,
            ..Settlement::of_source(4)
        };
        let tale = told(&story, 1000, 3000);
        assert_eq!(bill(&tale)[4..], [4880, 1000, 5880], "enterprise {enterprise}");
        assert_eq!(tale.books.cards["buyer"].purse, 3000);
        assert_eq!(figures(&tale, "records")["settled on"], 20_050_329);
    }
    let other = Settlement {
        enterprise: 3000,
        ..Settlement::of_source(4)
    };
    let tale = told(&other, 1000, 3000);
    assert_eq!(bill(&tale)[4..], [4880, 0, 4880], "nothing of it is on the bill");
    assert_eq!(tale.books.cards["buyer"].purse, 2000);
    assert!(
        tale.steps
            .iter()
            .any(|s| s.refused.as_deref() == Some("charge-enterprise-not-trusted"))
    );
    let records = figures(&tale, "records");
    assert_eq!(
        (records["unsettled"], records["settled"]),
        (0, 1),
        "a clear closes it like a notice"
    );

    // A purse that is too short: unusable, and not lost.
    let tale = told(&other, 1000, 999);
    assert_eq!(
        (tale.books.cards["buyer"].purse, tale.books.cards["buyer"].licenses),
        (999, 1)
    );
    assert!(
        tale.steps
            .iter()
            .any(|s| s.refused.as_deref() == Some("purse-too-small"))
    );
    assert_eq!(figures(&tale, "records")["unsettled"], 1);
    assert_eq!(bill(&tale)[6], 4880);
}

/// A number that somebody else's name stands behind is worth nothing.
///
/// proves: ST-13 row-1
#[test]
fn a_number_of_another_enterprise_is_not_trusted() {
    let mut parties = found(true);
    // 2500 is trusted, and is not this seller.
    parties
        .trust(&[2000, 2500], deal::enterprise::EnterpriseNo(2000))
        .unwrap();
    parties.world.numbered(deal::enterprise::EnterpriseNo(2500), None);
    let (mut buyer, license) = bought(&mut parties, 3000);
    let heard = parties.relay(&mut buyer, license).unwrap();
    assert!(matches!(heard, card::ChargeHeard::Refused(..)), "{heard:?}");
}

pub(super) fn found(asks: bool) -> Settling {
    let telephone = Telephone {
        calls: 0,
        packets: 0,
        basic: 100,
        service: 0,
    };
    Settling::found(&[9; 32], Moment(1_076_457_600_000), asks, Span::days(7), telephone).unwrap()
}

pub(super) fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

fn work(n: usize) -> Work {
    Work {
        title: format!("Night Ferry {n}"),
        content: format!("{n}: {}", "a ferry at night. ".repeat(100)).into_bytes(),
        media_type: "text/plain".into(),
        price: 100 + n as i64,
        unique: false,
        handing: None,
    }
}

pub(super) fn bought(parties: &mut Settling, purse: i64) -> (Holder, LicenseId) {
    bought_by(parties, purse, 1)
}

/// The same, by buyer and of work number `n`.
pub(super) fn bought_by(parties: &mut Settling, purse: i64, n: u8) -> (Holder, LicenseId) {
    let mut buyer = Holder::born("buyer", &mut parties.world, Currency::JPY, &[2 + n; 32]).unwrap();
    buyer.first_money(&mut parties.world, yen(purse)).unwrap();
    parties.sign_up(&buyer).unwrap();
    let listing = parties.world.publish(&work(n.into())).unwrap();
    let want = parties.by_bill();
    let (_, license) = buyer
        .buy(&mut parties.world, listing.number, &listing.sheet, &want)
        .unwrap();
    (buyer, license)
}

/// The carrier orders a transfer to the seller by itself, with this text and under this number.
fn transfer(parties: &mut Settling, n: u8, amount: i64, reference: &str) {
    let (carrier, seller) = ((seal::Role::Carrier, "Harbour Mobile"), parties.world.seller());
    transfer_of(parties, carrier, seller, (n, amount, reference));
}

/// Somebody orders a transfer from his own account.
fn transfer_of(
    parties: &mut Settling,
    (role, name): (seal::Role, &str),
    to: units::PartyId,
    (n, amount, reference): (u8, i64, &str),
) {
    let keys = parties.world.keys_of(role, name).unwrap();
    let order = TransferOrder {
        id: TransferId([n; 16]),
        from: Place::Party(keys.id()),
        to: Place::Party(to),
        amount: yen(amount),
        reference: reference.into(),
        by: keys.id(),
        certificate: keys.certificate().to_vec().into(),
    };
    let (realm, bank) = (parties.world.realm().id(), parties.world.bank());
    let signed = seal::sign(keys.signer(), seal::Kind::Transfer, realm, bank.into(), &order);
    assert!(matches!(
        parties.world.tell(bank, Verb::Transfer, &signed),
        Answer::Bytes(_)
    ));
    parties.world.settle_down();
}

/// proves: ST-5 ST-6
#[test]
fn notices_that_repeat_come_late_or_match_nothing_harm_nothing_and_are_shown() {
    let mut parties = found(false);
    let no = deal::enterprise::EnterpriseNo(2000);
    parties.list_seller(no).unwrap();
    parties.world.numbered(no, None);
    let (mut buyer, license) = bought(&mut parties, 0);
    let charge = buyer.card.state().owed(license).unwrap().charge;
    parties.relay(&mut buyer, license).unwrap();
    let reference = carrier::reference(charge);
    let shop = parties.world.shop();
    let why = |parties: &Settling| {
        let shop = shop.clone();
        let rows = parties
            .world
            .within(parties.world.seller(), move |tx| Ok(shop.unmatched(tx, 10)?));
        let mut why: Vec<&str> = rows.unwrap().iter().map(|(_, row)| row.why.code()).collect();
        why.sort_unstable();
        why
    };
    // For nothing that is known, and for what is due but another amount.
    transfer(&mut parties, 1, 7, "RENT 2004-02");
    transfer(&mut parties, 2, 50, &reference);
    assert_eq!(why(&parties), ["no-record", "other-amount"]);
    let (open, settled) = parties.record(charge).unwrap();
    assert!(open.is_some() && settled.is_none());
    // Long unsettled: shown.
    let late = |parties: &Settling| {
        let (shop, now) = (shop.clone(), parties.world.now());
        let late = parties
            .world
            .within(parties.world.seller(), move |tx| Ok(shop.overdue(tx, now)?));
        late.unwrap().len()
    };
    assert_eq!(late(&parties), 0);
    parties.world.wait(Span::days(46));
    assert_eq!(late(&parties), 1);
    // The carrier's own payment, however late; and its notice once more.
    parties.world.hear_news().unwrap();
    parties.world.listen();
    for _ in 0..4 {
        parties.world.settle_down();
    }
    assert!(matches!(parties.record(charge).unwrap(), (None, Some(_))));
    let notices = parties.world.overheard();
    let notice = notices.iter().find(|m| m.verb == Verb::Credited).unwrap();
    let seller = parties.world.seller();
    let before = parties.world.books();
    assert_eq!(
        parties.world.tell(seller, Verb::Credited, &notice.body),
        Answer::Bytes(Vec::new())
    );
    assert_eq!(parties.world.books(), before, "told twice, booked once");
    // Paid twice: it is settled already, and the money is nobody's yet.
    transfer(&mut parties, 3, 101, &reference);
    assert_eq!(why(&parties), ["no-record", "other-amount", "settled-before"]);
    assert_eq!(late(&parties), 0);
    // Somebody else's word is no notice.
    let mut forged = notice.body.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    assert!(matches!(
        parties.world.tell(seller, Verb::Credited, &forged),
        Answer::Refused(..)
    ));
    assert_eq!(parties.world.audit(), Vec::<String>::new());
}

/// A buyer who knows his charge pays one yen for it, from an account at the same bank, and writes that the rest is set off: it is
/// nobody's word but the payer's. All of a charge may be paid by anybody.
///
/// proves: ST-5 row-9
#[test]
fn nobody_but_its_payer_takes_anything_off_a_record() {
    let mut parties = found(false);
    let no = deal::enterprise::EnterpriseNo(2000);
    parties.list_seller(no).unwrap();
    parties.world.numbered(no, None);
    let (mut buyer, license) = bought(&mut parties, 0);
    let charge = buyer.card.state().owed(license).unwrap().charge;
    parties.relay(&mut buyer, license).unwrap();
    let reference = carrier::reference(charge);
    let other = (seal::Role::Issuer, "Harbour Money");
    let (id, seller) = (
        parties.world.keys_of(other.0, other.1).unwrap().id(),
        parties.world.seller(),
    );
    let carrier = (seal::Role::Carrier, "Harbour Mobile");
    transfer_of(&mut parties, carrier, id, (1, 500, "a present"));
    let books = parties.world.books();
    transfer_of(&mut parties, other, seller, (2, 1, &format!("{reference} -100")));
    let shop = parties.world.shop();
    let rows = parties.world.within(seller, move |tx| {
        let rows = shop.unmatched(tx, 10)?;
        Ok((rows, shop.given_back(tx, charge)?))
    });
    let (rows, back) = rows.unwrap();
    let why: Vec<_> = rows
        .iter()
        .map(|(_, row)| (row.amount.minor(), row.why.code()))
        .collect();
    assert_eq!((why, back.minor()), (vec![(1, "not-its-payer")], 0));
    assert!(matches!(parties.record(charge).unwrap(), (Some(_), None)));
    assert_ne!(
        parties.world.books(),
        books,
        "the yen is at the seller's, and waits for people"
    );
    transfer_of(&mut parties, other, seller, (3, 101, &reference));
    assert!(matches!(parties.record(charge).unwrap(), (None, Some(_))));
    assert_eq!(parties.world.audit(), Vec::<String>::new());
}

/// What the carrier gives back of purchases, before and after it paid them, it sets off in what it pays next; the seller reads
/// that from the bank's notices alone, and carrier, bank and seller end with the same figures.
///
/// proves: ST-5 ST-6 row-9
#[test]
fn what_is_given_back_is_set_off_and_all_books_agree() {
    let mut parties = found(false);
    let no = deal::enterprise::EnterpriseNo(2000);
    parties.list_seller(no).unwrap();
    parties.world.numbered(no, None);
    let mut buyer = Holder::born("buyer", &mut parties.world, Currency::JPY, &[3; 32]).unwrap();
    parties.sign_up(&buyer).unwrap();
    let mut bought: Vec<[u8; 16]> = Vec::new();
    // 100, 101, 102 and 103 yen.
    let mut buy = |parties: &mut Settling, n: usize| {
        let listing = parties.world.publish(&work(n)).unwrap();
        let want = parties.by_bill();
        let (_, license) = buyer
            .buy(&mut parties.world, listing.number, &listing.sheet, &want)
            .unwrap();
        let charge = buyer.card.state().owed(license).unwrap().charge;
        parties.relay(&mut buyer, license).unwrap();
        charge
    };
    let give_back = |parties: &mut Settling, of: [u8; 16], amount: i64| {
        let (carrier, id, now) = (parties.carrier.clone(), parties.id(), parties.world.now());
        let at = party::Party::id(&*carrier);
        parties
            .world
            .within(at, move |tx| {
                let done = carrier.refund(tx, id, of, yen(amount), now);
                done.map(drop).map_err(|no| party::Refused::by(&no))
            })
            .unwrap();
    };
    let pay = |parties: &mut Settling| {
        parties.world.wait(Span::days(8));
        parties.world.hear_news().unwrap();
        for _ in 0..4 {
            parties.world.settle_down();
        }
    };
    for n in 0..4 {
        bought.push(buy(&mut parties, n));
        if n == 0 {
            pay(&mut parties);
        }
    }
    give_back(&mut parties, bought[0], 30);
    give_back(&mut parties, bought[1], 101);
    give_back(&mut parties, bought[2], 2);
    give_back(&mut parties, bought[0], 70);
    pay(&mut parties);
    let shop = parties.world.shop();
    let charges = bought.clone();
    let (backs, by, unmatched) = parties
        .world
        .within(parties.world.seller(), move |tx| {
            let backs: Vec<i64> = charges
                .iter()
                .map(|of| shop.given_back(tx, *of).unwrap().minor())
                .collect();
            let settled: Vec<_> = charges
                .iter()
                .map(|of| shop.settled(tx, *of).unwrap().map(|row| row.by))
                .collect();
            Ok((backs, settled, shop.unmatched(tx, 10)?.len()))
        })
        .unwrap();
    assert_eq!((backs, unmatched), (vec![100, 101, 2, 0], 0));
    for (n, by) in by.iter().enumerate() {
        let fits = match by {
            Some(party::shop::SettledBy::GivenBack(_)) => n == 1,
            Some(party::shop::SettledBy::Transfer(_)) => n != 1,
            _ => false,
        };
        assert!(fits, "{n}: {by:?}");
    }
    // 406 were bought and 203 given back; the seller has the other 203, by everybody's books.
    let sheet = |parties: &Settling, party, name: &'static str| {
        let lines = parties.world.within(party, |tx| Ok(party::books::sheet(tx)?)).unwrap();
        lines
            .iter()
            .filter(|(line, _)| line.starts_with(name))
            .map(|(_, sum)| *sum)
            .sum::<i64>()
    };
    let (seller, carrier) = (parties.world.seller(), party::Party::id(&*parties.carrier));
    assert_eq!(sheet(&parties, seller, "at bank"), 203);
    assert_eq!(sheet(&parties, seller, "with carrier"), 0);
    assert_eq!(sheet(&parties, seller, "tax") + sheet(&parties, seller, "share"), 203);
    assert_eq!(sheet(&parties, carrier, "at the bank"), -203);
    for line in [
        "claims on enterprises",
        "owed to enterprises",
        "on its way to enterprises",
    ] {
        assert_eq!(sheet(&parties, carrier, line), 0, "{line}");
    }
    assert_eq!(sheet(&parties, carrier, "unbilled content"), 203);
    assert_eq!(parties.world.audit(), Vec::<String>::new());
}

/// What wallet, seller, carrier, registry, bank and issuer say to one another is lost, said twice, said in another order, or
/// said to nobody for a while; the card loses its power. Afterwards every license is paid once, delivered, and billed once,
/// and all books agree.
///
/// proves: S14 R1 ST-4 ST-5 row-52
#[test]
fn lost_doubled_and_reordered_messages_pay_once_deliver_and_bill_once() {
    let (mut came, mut answered) = (0, 0);
    for run in 0..12_u64 {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (run << 17));
        let (licenses, words) = storm(run, &mut dice);
        (came, answered) = (came + licenses, answered + words);
    }
    assert!(
        came >= 8 && answered >= 4,
        "the storm itself settles too little: {came} came, {answered} were answered"
    );
}

struct Dice(u64);
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Licenses that came, and charges that were answered, while the weather was bad.
fn storm(run: u64, dice: &mut Dice) -> (usize, usize) {
    // Every other run the registry does not know the seller, and everything is cleared with money.
    let trusted = run.is_multiple_of(2);
    let mut parties = found(true);
    let no = deal::enterprise::EnterpriseNo(if trusted { 2000 } else { 3000 });
    parties.trust(&[2000, 2500, 2699], no).unwrap();
    parties.world.numbered(no, Some(3));
    let mut buyer = Holder::born("buyer", &mut parties.world, Currency::JPY, &[3; 32]).unwrap();
    buyer.first_money(&mut parties.world, yen(3000)).unwrap();
    parties.sign_up(&buyer).unwrap();
    let listings: Vec<_> = (0..3).map(|n| parties.world.publish(&work(n)).unwrap()).collect();
    let price: i64 = (0..3).map(|n| work(n).price).sum();
    let others = [
        parties.carrier.id(),
        party::Party::id(&*parties.registry),
        parties.world.bank(),
        parties.world.issuer_id(),
    ];
    let (mut begun, mut said): (usize, Vec<(bool, Vec<u8>)>) = (0, Vec::new());
    let mut heard: Vec<Vec<u8>> = Vec::new();
    parties.world.listen();
    let mut carried = Vec::new();
    for _ in 0..130 {
        match dice.below(10) {
            0 if begun < 3 => {
                let listing = &listings[begun];
                if let Ok(checked) = buyer.ask(&mut parties.world, listing.number, &listing.sheet) {
                    let want = parties.by_bill();
                    if buyer.commit(&parties.world, &checked, &want).is_ok() {
                        begun += 1;
                    }
                }
            }
            // Whatever the card has to say is said, and what comes back is lost half of the time.
            1 | 2 => {
                said.extend(open(&buyer).into_iter().map(|pay| (true, pay)));
                for (license, _) in buyer.card.charges() {
                    said.extend(parties.charge_of(&buyer, license).map(|charge| (false, charge)));
                }
            }
            3 | 4 if !said.is_empty() => {
                // Any message ever said, once more.
                let (pay, body) = said[dice.below(said.len())].clone();
                let to = if pay {
                    parties.world.seller()
                } else {
                    parties.carrier.id()
                };
                let verb = if pay { Verb::Pay } else { Verb::Charge };
                if let Answer::Bytes(answer) = parties.world.tell(to, verb, &body) {
                    heard.push(answer);
                }
            }
            5 | 6 if !heard.is_empty() => {
                // Any answer ever given, to the card.
                let answer = heard[dice.below(heard.len())].clone();
                take(&mut buyer, &parties, &answer);
            }
            7 => {
                let who = others[dice.below(others.len())];
                parties.world.hush(who, dice.below(4) == 0);
            }
            8 => {
                // What parties ever asked each other, once more and in any order; what they answer is lost.
                carried.extend(parties.world.overheard());
                for _ in 0..dice.below(4) {
                    let old: Option<&stories::Carried> = carried.get(dice.below(carried.len().max(1)));
                    if let Some(old) = old {
                        let _ = parties.world.tell(old.to, old.verb, &old.body);
                    }
                }
            }
            _ => {
                if dice.below(3) == 0 {
                    buyer.power_cut().unwrap();
                }
                parties.world.wait(Span::minutes(2));
                parties.world.settle_down();
            }
        }
    }
    let came = buyer.card.state().licenses.len();
    let answered = came - buyer.card.charges().len();
    // The weather is fine again: everything open is said until it is answered.
    others.iter().for_each(|who| parties.world.hush(*who, false));
    parties.world.hear_news().unwrap();
    for _ in 0..20 {
        parties.world.wait(Span::minutes(10));
        parties.world.settle_down();
        for pay in open(&buyer) {
            let _ = buyer.finish(&mut parties.world, Counterpart::Shop, &pay);
        }
        for (license, _) in buyer.card.charges() {
            let _ = parties.relay(&mut buyer, license);
        }
        let refused: Vec<LicenseId> = buyer
            .card
            .owing()
            .iter()
            .filter(|o| o.refused)
            .map(|o| o.license)
            .collect();
        for license in refused {
            let _ = parties.clear(&mut buyer, license);
        }
        // What came to nothing, because its quote had ended meanwhile, is bought now.
        for listing in &listings {
            let offer = seal::hash(&listing.sheet.offer);
            let state = buyer.card.state();
            let has = state.licenses.values().any(|held| held.offer == offer)
                || state.paid.iter().any(|paid| paid.pay.quote.offer == Some(offer));
            if !has {
                let want = parties.by_bill();
                let _ = buyer.buy(&mut parties.world, listing.number, &listing.sheet, &want);
            }
        }
    }
    for _ in 0..2 {
        parties.world.wait(Span::days(8));
        parties.world.hear_news().unwrap();
        for _ in 0..20 {
            parties.world.wait(Span::minutes(30));
            parties.world.settle_down();
        }
        // Once more, all of it, backwards: what carrier, registry, bank and seller said to one another, and the wallet.
        carried.extend(parties.world.overheard());
        for old in carried.iter().rev() {
            let _ = parties.world.tell(old.to, old.verb, &old.body);
        }
    }
    for verb in [Verb::Trust, Verb::Transfer, Verb::Credited] {
        let doubled = carried.iter().any(|old| old.verb == verb);
        assert!(
            doubled || (!trusted && verb != Verb::Trust),
            "run {run}: no {verb:?} was said twice"
        );
    }
    let state = buyer.card.state();
    let usable = state
        .licenses
        .values()
        .filter(|held| held.status == Status::Usable)
        .count();
    assert_eq!((usable, state.licenses.len(), state.paid.len()), (3, 3, 0), "run {run}");
    let bill = parties.bill(Moment(1_076_457_600_000)).unwrap();
    let (billed, purse) = if trusted { (price, 3000) } else { (0, 3000 - price) };
    assert_eq!(
        (bill.content_sum().minor(), state.purse.minor()),
        (billed, purse),
        "run {run}"
    );
    let books = parties.world.books();
    let records = &books["records"];
    assert_eq!(
        (records["unsettled"], records["settled"], records["unmatched"]),
        (0, 3, 0),
        "run {run}"
    );
    assert_eq!(parties.world.audit(), Vec::<String>::new(), "run {run}");
    (came, answered)
}

fn open(buyer: &Holder) -> Vec<Vec<u8>> {
    let deals: Vec<_> = buyer.card.state().paid.iter().map(|paid| paid.deal).collect();
    let again = deals.into_iter().filter_map(|deal| buyer.card.pay_again(deal));
    again.map(card::Outgoing::into_bytes).collect()
}

/// An answer, whatever it answers: to a payment, or to a charge.
fn take(buyer: &mut Holder, parties: &Settling, answer: &[u8]) {
    let now = parties.world.now();
    let seed = buyer.draw();
    if buyer.card.settle(answer, now, &seed).is_err() {
        let seed = buyer.draw();
        let _ = buyer.card.hear_charged(answer, now, &seed);
    }
}
