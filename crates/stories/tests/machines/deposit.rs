//! The deposit machine, in memory: cash becomes money on a card or comes back, wherever somebody's power or line is cut.

use card::{Checked, Settled, Want};
use deal::{Tender, VoidReason};
use party::{
    Party, Reply, Step, Verb,
    deposit::Stand,
    issuer::{CashIn, CashWish, CashWord, Cashed},
};
use seal::{Audience, Kind, Role};
use store::memory::Cut;
use stories::{Answer, Cash, Counterpart, Deposits, Figures, Holder, InMemory, Parties, Tale};
use units::{Currency, Moment, Money, OrderId, PartyId, Span};

const NOW: Moment = Moment(1_795_000_000_000);
/// In the operator's account at the beginning.
const OPERATOR: i64 = 50_000;

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

struct Scene {
    world: Deposits,
    buyer: Holder,
}

/// A card with 1000, a machine whose operator has an account.
fn scene() -> Scene {
    scene_with(OPERATOR)
}

fn scene_with(operator: i64) -> Scene {
    let parties = InMemory::found(&[11; 32], Currency::JPY, NOW).unwrap();
    let mut world = Deposits::found(parties, operator, 20_000).unwrap();
    let mut buyer = Holder::born("Aiko", &mut world.parties, Currency::JPY, &[1; 32]).unwrap();
    buyer.first_money(&mut world.parties, yen(1000)).unwrap();
    Scene { world, buyer }
}

impl Scene {
    fn at(&self) -> PartyId {
        self.world.id()
    }
    fn issuer(&self) -> PartyId {
        self.world.parties.issuer_id()
    }
    fn quote(&mut self, amount: i64) -> (Checked, OrderId) {
        self.world.quote(&mut self.buyer, yen(amount)).unwrap()
    }
    fn pay(&mut self, checked: &Checked, order: OrderId) -> Vec<u8> {
        self.world.pay(&mut self.buyer, checked, order).unwrap().1
    }
    fn settle(&mut self, pay: &[u8]) -> Option<Settled> {
        self.buyer
            .finish(&mut self.world.parties, Counterpart::Issuer, pay)
            .ok()
    }
    fn purse(&self) -> i64 {
        self.buyer.books().purse
    }
    fn operator(&mut self) -> i64 {
        self.world.parties.statement(self.world.account.token).unwrap()
    }
    fn stand(&self, order: OrderId) -> Option<Stand> {
        let row = self.world.at_machine(move |machine, tx| Ok(machine.order(tx, order)?));
        row.unwrap().map(|row| row.stand)
    }
    /// An order is named, `amount` put in, and the machine told to go on.
    fn promised(&mut self, amount: i64) -> (Checked, OrderId) {
        let (checked, order) = self.quote(amount);
        self.world.name(&checked, order).unwrap();
        self.world.put_in(yen(amount));
        self.world.promise(order).unwrap();
        (checked, order)
    }
    /// Cash in is cash swallowed or returned; what was swallowed is on the card, and came from the operator's account.
    fn adds_up(&mut self, put_in: i64, context: &str) {
        let tray = &self.world.tray;
        let (swallowed, returned) = (tray.swallowed.minor(), tray.returned.minor());
        assert!(tray.inside.is_zero(), "something is left in the tray {context}");
        assert_eq!(swallowed + returned, put_in, "{context}");
        assert_eq!(self.purse(), 1000 + swallowed, "{context}");
        assert_eq!(self.operator(), OPERATOR - swallowed, "{context}");
        assert_eq!(self.buyer.books().reserved, 0, "{context}");
        assert!(self.buyer.card.state().paid.is_empty(), "nothing is open {context}");
        let kept = self.world.at_machine(|machine, tx| Ok(machine.kept(tx)?)).unwrap();
        assert_eq!(kept, swallowed, "the machine's own count {context}");
        assert_eq!(self.world.parties.audit(), Vec::<String>::new(), "{context}");
    }
}

/// proves: ST-8
#[test]
fn a_thousand_and_two_thousand_in_notes_are_three_thousand() {
    let mut scene = scene();
    let (checked, order) = scene.quote(2000);
    scene.world.name(&checked, order).unwrap();
    scene.world.put_in(yen(1500));
    assert!(scene.world.promise(order).unwrap_err().text.contains("500 is missing"));
    scene.world.put_in(yen(600));
    assert!(scene.world.promise(order).unwrap_err().text.contains("100 too much"));
    scene.world.tray.inside = yen(2000);
    scene.world.promise(order).unwrap();
    assert_eq!(scene.stand(order), Some(Stand::Held));
    let pay = scene.pay(&checked, order);
    assert!(matches!(scene.settle(&pay), Some(Settled::Given { .. })));
    // The notes stay where they can be given back until the machine has the issuer's word, too.
    assert!(scene.world.tray.swallowed.is_zero());
    scene.world.rest(6, Span::seconds(30));
    assert_eq!((scene.purse(), scene.stand(order)), (3000, Some(Stand::Kept)));
    scene.adds_up(2000, "");
}

/// proves: ST-8 row-49
#[test]
fn everything_comes_back_as_long_as_it_is_not_loaded() {
    // Before the promise, at once; short and over alike.
    let mut scene = scene();
    let (checked, order) = scene.quote(2000);
    scene.world.name(&checked, order).unwrap();
    scene.world.put_in(yen(2500));
    scene.world.take_back(order).unwrap();
    scene.world.obey();
    assert_eq!(scene.stand(order), Some(Stand::Returned));
    // After it, by the issuer's word; the card's payment that comes later is void.
    let (checked, order) = scene.promised(2000);
    let pay = scene.pay(&checked, order);
    scene.world.take_back(order).unwrap();
    scene.world.rest(4, Span::seconds(30));
    assert!(matches!(
        scene.settle(&pay),
        Some(Settled::Void {
            reason: VoidReason::NotCovered,
            ..
        })
    ));
    // Too late: loaded, and back is asked for before the box has swallowed anything.
    let (checked, order) = scene.promised(1000);
    let pay = scene.pay(&checked, order);
    assert!(matches!(scene.settle(&pay), Some(Settled::Given { .. })));
    scene.world.take_back(order).unwrap();
    scene.world.obey();
    assert_eq!(scene.stand(order), Some(Stand::Kept));
    scene.world.rest(3, Span::seconds(30));
    scene.adds_up(5500, "");
    assert_eq!(scene.purse(), 2000);
}

/// proves: ST-8
#[test]
fn who_walks_away_finds_his_notes_returned() {
    // An amount was named, notes put in, and nobody pressed anything.
    let mut scene = scene();
    let (checked, order) = scene.quote(2000);
    scene.world.name(&checked, order).unwrap();
    scene.world.put_in(yen(1000));
    scene.world.rest(3, Span::minutes(10));
    assert_eq!(scene.stand(order), Some(Stand::Returned));
    // Promised, and the line to the card broke before it paid.
    let (_, order) = scene.promised(2000);
    scene.world.rest(8, Span::minutes(10));
    assert_eq!(scene.stand(order), Some(Stand::Returned));
    assert_eq!(scene.purse(), 1000);
    scene.adds_up(3000, "");
    // A card that paid for an order that no machine ever spoke of is free again, and no machine can speak of it later.
    let (checked, order) = scene.quote(2000);
    let pay = scene.pay(&checked, order);
    assert!(scene.settle(&pay).is_none(), "not yet");
    scene.world.rest(1, Span::minutes(90));
    assert!(matches!(scene.settle(&pay), Some(Settled::Void { .. })));
    scene.adds_up(3000, "");
}

/// Whoever names an amount is not asked who he is: whatever he says, the tray is free again after a while, and what is held
/// for him at the issuer too.
///
/// proves: ST-8
#[test]
fn one_coin_does_not_keep_a_machine_for_ever() {
    let mut scene = scene();
    let (seed, now) = (scene.world.parties.seed(), scene.world.parties.now());
    let named = OrderId(seed.id("never"));
    let amount = yen(1);
    scene
        .world
        .at_machine(move |machine, tx| Ok(machine.name(tx, named, amount, Moment(u64::MAX), now)?))
        .unwrap();
    scene.world.put_in(yen(1));
    scene.world.rest(1, Span::minutes(10));
    assert_eq!(scene.stand(named), Some(Stand::Named), "a person has time");
    scene.world.rest(2, Span::minutes(10));
    assert_eq!(scene.stand(named), Some(Stand::Returned));
    // With its coin put in and promised, too.
    let (seed, now) = (scene.world.parties.seed(), scene.world.parties.now());
    let held = OrderId(seed.id("held"));
    scene
        .world
        .at_machine(move |machine, tx| Ok(machine.name(tx, held, amount, Moment(u64::MAX), now)?))
        .unwrap();
    scene.world.put_in(yen(1));
    scene.world.promise(held).unwrap();
    assert_eq!((scene.stand(held), scene.operator()), (Some(Stand::Held), OPERATOR - 1));
    scene.world.rest(8, Span::minutes(10));
    assert_eq!((scene.stand(held), scene.operator()), (Some(Stand::Returned), OPERATOR));
    // The next has the machine for himself, and the row of the first is not kept for ever either.
    scene.world.rest(1, Span::days(1));
    let (checked, order) = scene.promised(2000);
    assert_eq!((scene.stand(named), scene.stand(held)), (None, None));
    let pay = scene.pay(&checked, order);
    assert!(matches!(scene.settle(&pay), Some(Settled::Given { .. })));
    scene.world.rest(4, Span::seconds(30));
    scene.adds_up(2002, "");
}

/// A machine that says "for ever" to the issuer keeps its operator's money there for an hour or so, and no longer.
///
/// proves: ST-8
#[test]
fn money_is_not_held_for_ever_at_the_issuer_either() {
    let mut scene = scene();
    let (issuer, realm) = (scene.issuer(), scene.world.parties.realm().id());
    let machine = scene.world.parties.keys_of(Role::Machine, "Pier 3, deposits").unwrap();
    let said = CashIn {
        order: OrderId([9; 16]),
        amount: yen(500),
        wish: CashWish::Load,
        until: Moment(u64::MAX),
        account: scene.world.account.signed.clone().into(),
        by: machine.id(),
        certificate: machine.certificate().to_vec().into(),
    };
    let body = seal::sign(machine.signer(), Kind::Cash, realm, Audience::from(issuer), &said);
    assert!(matches!(
        scene.world.parties.tell(issuer, Verb::Cash, &body),
        Answer::Bytes(_)
    ));
    assert_eq!(scene.operator(), OPERATOR - 500);
    scene.world.rest(10, Span::minutes(10));
    assert_eq!(scene.operator(), OPERATOR);
    assert_eq!(scene.world.parties.audit(), Vec::<String>::new());
}

/// An operator's account that does not cover it loads nothing, whatever lies in the tray.
///
/// proves: ST-8
#[test]
fn an_operator_without_money_takes_no_cash() {
    let mut scene = scene_with(1500);
    let (checked, order) = scene.promised(2000);
    scene.world.obey();
    assert_eq!(scene.stand(order), Some(Stand::Returned));
    let pay = scene.pay(&checked, order);
    assert!(matches!(scene.settle(&pay), Some(Settled::Void { .. })));
    assert_eq!((scene.purse(), scene.operator()), (1000, 1500));
    assert_eq!(scene.world.parties.audit(), Vec::<String>::new());
}

/// One deposit with somebody's power cut there. Answers whether the cut happened.
fn cut_at(who: fn(&Scene) -> PartyId, cut: Cut, is_paid: bool) -> bool {
    let mut scene = scene();
    let (checked, order) = scene.quote(2000);
    let at = who(&scene);
    scene.world.parties.memory_of(at).unwrap().cut(cut);
    let mut put_in = 0;
    if scene.world.name(&checked, order).is_ok() {
        scene.world.put_in(yen(2000));
        put_in = 2000;
        let _ = scene.world.promise(order);
    }
    let pay = is_paid.then(|| scene.pay(&checked, order));
    let mut settled = pay.as_ref().and_then(|pay| scene.settle(pay));
    scene.world.obey();
    let was_cut = scene.world.parties.memory_of(at).unwrap().is_dark();
    scene.world.parties.memory_of(at).unwrap().restart();
    // A person who stands before a machine that was dark presses again.
    if scene.stand(order) == Some(Stand::Named) {
        let _ = scene.world.promise(order);
    }
    scene.world.rest(4, Span::seconds(20));
    for _ in 0..6 {
        if let (None, Some(pay)) = (&settled, &pay) {
            settled = scene.settle(pay);
        }
        scene.world.rest(2, Span::minutes(20));
    }
    if let (None, Some(pay)) = (&settled, &pay) {
        settled = scene.settle(pay);
    }
    let context = format!("{cut:?} {settled:?}");
    assert_eq!(settled.is_some(), is_paid, "{context}");
    let is_given = matches!(settled, Some(Settled::Given { .. }));
    // Whoever put nothing in has nothing; whoever did has money or notes.
    if put_in == 0 && scene.stand(order).is_some() {
        scene.world.rest(2, Span::minutes(20));
    }
    assert_eq!(scene.purse(), if is_given { 3000 } else { 1000 }, "{context}");
    scene.adds_up(put_in, &context);
    was_cut
}

/// proves: ST-8 row-49
#[test]
fn whoevers_power_is_cut_at_whichever_write_there_is_money_or_cash() {
    let everybody: [fn(&Scene) -> PartyId; 3] = [Scene::at, Scene::issuer, |scene| scene.world.parties.bank()];
    for who in everybody {
        for is_paid in [true, false] {
            let mut cuts = 0;
            for n in 1..40 {
                let before = cut_at(who, Cut::BeforeCommit(n), is_paid);
                let after = cut_at(who, Cut::AfterCommit(n), is_paid);
                cuts += u32::from(before) + u32::from(after);
                if !before && !after {
                    break;
                }
            }
            assert!(cuts >= 2, "the power was cut {cuts} times only");
        }
    }
}

/// One deposit in which the card's own journal fails at that write, before it takes hold or after. Answers whether it did.
fn card_cut_at(write: u64, fails_after: bool, wants_back: bool) -> bool {
    let mut scene = scene();
    let (checked, order) = scene.promised(2000);
    let mut file = scene.buyer.file();
    (file.writes_left, file.fails_after) = (Some(write), fails_after);
    scene.buyer.put_back(file).unwrap();
    let said = scene.world.pay(&mut scene.buyer, &checked, order).ok();
    let mut settled = said.as_ref().and_then(|(_, pay)| scene.settle(pay));
    let was_cut = settled.is_none();
    // The card wakes elsewhere; whoever stands there has what lay in the tray, if he wants it, and it is still there.
    let mut file = scene.buyer.file();
    (file.writes_left, file.fails_after) = (None, false);
    scene.buyer.put_back(file).unwrap();
    if wants_back {
        scene.world.take_back(order).unwrap();
    }
    scene.world.rest(2, Span::seconds(30));
    let open = scene.buyer.card.open();
    let again: Vec<_> = open
        .iter()
        .filter_map(|open| scene.buyer.card.pay_again(open.deal))
        .collect();
    for pay in again {
        settled = settled.or(scene.settle(&pay.into_bytes()));
    }
    scene.world.rest(8, Span::minutes(10));
    let context = format!("write {write} {fails_after} {wants_back} {settled:?}");
    let is_kept = scene.stand(order) == Some(Stand::Kept);
    assert_eq!(
        scene.purse(),
        if is_kept { 3000 } else { 1000 },
        "money or cash {context}"
    );
    scene.adds_up(2000, &context);
    was_cut
}

/// The card itself is torn out at each of its own writes: afterwards its holder has the money or the cash, never both.
///
/// proves: ST-8 row-49
#[test]
fn a_card_torn_out_at_any_of_its_own_writes_has_money_or_cash_and_never_both() {
    for wants_back in [true, false] {
        let mut cuts = 0;
        for write in 0..20 {
            let before = card_cut_at(write, false, wants_back);
            let after = card_cut_at(write, true, wants_back);
            cuts += u32::from(before) + u32::from(after);
            if !before && !after {
                break;
            }
        }
        assert!(cuts >= 4, "the card was cut {cuts} times only");
    }
}

/// proves: ST-8 row-52
#[test]
fn the_issuer_believes_the_machine_alone_and_the_machine_the_issuer_alone() {
    let mut scene = scene();
    let (checked, order) = scene.quote(2000);
    let (issuer, realm) = (scene.issuer(), scene.world.parties.realm().id());
    let account = scene.world.account.signed.clone();
    let said = |by: PartyId, certificate: &[u8], amount: i64, wish| CashIn {
        order,
        amount: yen(amount),
        wish,
        until: checked.quote().until,
        account: account.clone().into(),
        by,
        certificate: certificate.to_vec().into(),
    };
    let other = scene.world.parties.keys_of(Role::Machine, "Pier 4").unwrap();
    let shop = scene.world.parties.keys_of(Role::Seller, "Lantern Records").unwrap();
    let machine = scene.world.parties.keys_of(Role::Machine, "Pier 3, deposits").unwrap();
    let sign = |keys: &party::PartyKeys, body: &CashIn| {
        seal::sign(keys.signer(), Kind::Cash, realm, Audience::from(issuer), body)
    };
    let good = said(machine.id(), machine.certificate(), 2000, CashWish::Load);
    let cases = [
        ("cash-not-signed", sign(&other, &good)),
        (
            "cash-for-another",
            sign(&other, &said(machine.id(), other.certificate(), 2000, CashWish::Load)),
        ),
        (
            "cash-amount",
            sign(&machine, &said(machine.id(), machine.certificate(), 0, CashWish::Load)),
        ),
        ("cash-account", {
            let account = CashIn {
                account: Vec::new().into(),
                ..good.clone()
            };
            sign(&machine, &account)
        }),
    ];
    let code = |answer: Answer| match answer {
        Answer::Refused(code, _) => code,
        other => format!("{other:?}"),
    };
    for (expected, body) in cases {
        assert_eq!(code(scene.world.parties.tell(issuer, Verb::Cash, &body)), expected);
    }
    // A shop is no machine.
    let body = sign(&shop, &said(shop.id(), shop.certificate(), 2000, CashWish::Load));
    assert!(matches!(
        scene.world.parties.tell(issuer, Verb::Cash, &body),
        Answer::Refused(..)
    ));
    assert_eq!(scene.operator(), OPERATOR, "none of it moved anything");
    // The order is one machine's and one amount's; it is held, loaded or back, never two of these.
    let heard = |answer: Answer| match answer {
        Answer::Bytes(bytes) => {
            seal::parse::<Cashed>(&bytes, Kind::Cashed, realm)
                .unwrap()
                .claims()
                .word
        }
        other => panic!("{other:?}"),
    };
    let body = sign(&machine, &good);
    assert_eq!(
        heard(scene.world.parties.tell(issuer, Verb::Cash, &body)),
        CashWord::Held
    );
    assert_eq!(
        heard(scene.world.parties.tell(issuer, Verb::Cash, &body)),
        CashWord::Held
    );
    let theirs = said(other.id(), other.certificate(), 2000, CashWish::Back);
    assert_eq!(
        code(scene.world.parties.tell(issuer, Verb::Cash, &sign(&other, &theirs))),
        "cash-other-machine"
    );
    let less = said(machine.id(), machine.certificate(), 1000, CashWish::Load);
    assert_eq!(
        code(scene.world.parties.tell(issuer, Verb::Cash, &sign(&machine, &less))),
        "cash-other-amount"
    );
    assert_eq!(scene.operator(), OPERATOR - 2000);
    // Somebody else's card cannot have what lies in this tray.
    let mut thief = Holder::born("Thief", &mut scene.world.parties, Currency::JPY, &[2; 32]).unwrap();
    let seed = thief.draw();
    let asked = thief.card.ask_load(yen(2000), &seed).unwrap();
    let theirs = thief
        .quote(&mut scene.world.parties, Counterpart::Issuer, &asked, None)
        .unwrap();
    let want = Want {
        other: Some(Tender::Order(order, yen(2000))),
        ..Want::default()
    };
    let (_, pay) = thief.commit(&scene.world.parties, &theirs, &want).unwrap();
    assert!(matches!(
        thief.finish(&mut scene.world.parties, Counterpart::Issuer, &pay),
        Ok(Settled::Void {
            reason: VoidReason::Tender,
            ..
        })
    ));
    // The machine waits for its issuer's word, whatever others say.
    scene.world.name(&checked, order).unwrap();
    scene.world.put_in(yen(2000));
    scene.world.parties.hush(issuer, true);
    scene.world.promise(order).unwrap();
    let store = scene.world.parties.store_of(scene.at()).unwrap();
    let now = scene.world.parties.now().plus(Span::minutes(1));
    let errands = store.read(move |view| party::errand::due(view, now, 8)).unwrap();
    let errand = errands.iter().find(|errand| errand.verb == Verb::Cash).unwrap().id;
    let word = Cashed {
        order,
        amount: yen(2000),
        word: CashWord::Back,
    };
    let forged = seal::sign(other.signer(), Kind::Cashed, realm, Audience::from(scene.at()), &word);
    let seed = scene.world.parties.seed();
    let step = scene
        .world
        .at_machine(move |machine, tx| machine.answered(tx, errand, Reply::Answer(&forged), now, &seed));
    assert!(matches!(step, Ok(Step::NotYet(_))));
    assert_eq!(scene.stand(order), Some(Stand::Promised));
    scene.world.parties.hush(issuer, false);
    let pay = scene.pay(&checked, order);
    assert!(matches!(scene.settle(&pay), Some(Settled::Given { .. })));
    scene.world.rest(6, Span::seconds(30));
    scene.adds_up(2000, "");
}

fn told(price: i64, purse: i64, deposit: i64, put_in: i64) -> Tale {
    let parties = InMemory::found(&[12; 32], Currency::JPY, NOW).unwrap();
    let mut world = Deposits::found(parties, OPERATOR, 20_000).unwrap();
    let figures = Figures {
        price,
        purse,
        seed: [3; 32],
    };
    let tale = stories::electronic_money(&mut world, &figures, Cash { deposit, put_in }).unwrap();
    assert!(tale.holds, "{:?}", tale.findings);
    tale
}

/// proves: ST-8 ST-9 ST-10
#[test]
fn electronic_money_is_told_with_the_sources_figures_and_with_others() {
    let codes = |tale: &Tale| -> Vec<String> { tale.steps.iter().filter_map(|step| step.refused.clone()).collect() };
    let end = |tale: &Tale| {
        let card = &tale.books.cards["buyer"];
        (card.purse, card.licenses, tale.books.parties["deposits"]["cash kept"])
    };
    let source = told(1000, 1000, 2000, 2000);
    assert_eq!(
        (end(&source), codes(&source)),
        ((2000, 1, 2000), vec!["value-not-here".to_owned()])
    );
    let other = told(700, 50, 1234, 1234);
    assert_eq!(end(&other), (584, 1, 1234));
    // Too little cash, too much, and a purse that does not suffice without it.
    let short = told(1000, 1000, 2000, 1500);
    assert_eq!((end(&short), codes(&short)[0].as_str()), ((0, 1, 0), "deposit-short"));
    let over = told(1000, 400, 2000, 2500);
    assert_eq!((end(&over), codes(&over)[0].as_str()), ((400, 0, 0), "deposit-over"));
}
