//! The vending machine, in memory: goods given once and charged once, wherever somebody's power is cut.

use card::{ChargeHeard, Checked, Settled, Want};
use deal::{
    Quote, ValueKind,
    charge::{Charged, ChargedSheet, sign_charged},
    enterprise::EnterpriseNo,
    wire::QuoteSheet,
};
use license::OfferSheet;
use party::shop::{Hatch, Piece};
use seal::{Audience, Kind, Role, cbor};
use store::memory::Cut;
use stories::{Counterpart, Figures, Holder, Listing, Parties, Settlement, Tale, Vending};
use units::{Currency, DealId, LicenseId, Money, PartyId, Span, ValueId};

pub(super) const PRICE: i64 = 130;
pub(super) const PURSE: i64 = 1000;
const STOCK: i32 = 3;
/// Cut at no write: the story as it goes.
const NEVER: Cut = Cut::BeforeCommit(u64::MAX);

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

pub(super) struct Scene {
    pub(super) world: Vending,
    pub(super) buyer: Holder,
    pub(super) listing: Listing,
}

pub(super) fn scene() -> Scene {
    let story = Settlement::of_source(1);
    let no = EnterpriseNo(story.enterprise);
    let mut world = Vending::found(&[21; 32], story.from, no, true, &story).unwrap();
    let listing = world.stock("Coffee, hot", PRICE, 4, STOCK).unwrap();
    let mut buyer = Holder::born("Aiko", &mut world.parties.world, Currency::JPY, &[1; 32]).unwrap();
    world.parties.sign_up(&buyer).unwrap();
    buyer.first_money(&mut world.parties.world, yen(PURSE)).unwrap();
    Scene { world, buyer, listing }
}

impl Scene {
    pub(super) fn machine(&self) -> PartyId {
        self.world.parties.world.seller()
    }
    pub(super) fn promise(&mut self) -> Checked {
        self.buyer
            .ask(&mut self.world.parties.world, self.listing.number, &self.listing.sheet)
            .unwrap()
    }
    pub(super) fn agree(&mut self, checked: &Checked, by_bill: bool) -> (DealId, Vec<u8>) {
        let want = if by_bill {
            self.world.parties.by_bill()
        } else {
            Want::default()
        };
        self.buyer.commit(&self.world.parties.world, checked, &want).unwrap()
    }
    pub(super) fn settle(&mut self, pay: &[u8]) -> Option<Settled> {
        self.buyer
            .finish(&mut self.world.parties.world, Counterpart::Shop, pay)
            .ok()
    }
    /// On the bill, the charge goes to the carrier, and its word to the machine.
    pub(super) fn charge(&mut self, settled: &Option<Settled>, by_bill: bool) -> Option<ChargeHeard> {
        let Some(Settled::Given {
            license: Some(license), ..
        }) = settled
        else {
            return None;
        };
        let license = by_bill.then_some(*license)?;
        self.world.parties.relay(&mut self.buyer, license).ok()
    }
    pub(super) fn buys(&mut self, by_bill: bool) -> (DealId, Option<LicenseId>) {
        let checked = self.promise();
        let (deal, pay) = self.agree(&checked, by_bill);
        match self.settle(&pay) {
            Some(Settled::Given { license, .. }) => (deal, license),
            other => panic!("{other:?}"),
        }
    }
    pub(super) fn turn(&mut self) -> bool {
        self.world.turn().unwrap_or(false)
    }
    pub(super) fn piece(&self, deal: DealId) -> Option<Piece> {
        self.world.piece(deal).map(|sold| sold.piece)
    }
    pub(super) fn purse(&self) -> i64 {
        self.buyer.books().purse
    }
    pub(super) fn audit(&mut self) -> Vec<String> {
        self.world.parties.world.audit()
    }
}

/// proves: ST-15
#[test]
fn a_piece_falls_once_for_each_request_and_the_last_one_is_not_promised_twice() {
    let mut scene = scene();
    for n in 1..=3 {
        let (deal, _) = scene.buys(false);
        assert_eq!(scene.piece(deal), Some(Piece::Owed));
        assert!(scene.turn());
        assert_eq!(scene.piece(deal), Some(Piece::Out(n)));
        assert!(!scene.turn(), "nothing more is owed");
    }
    assert_eq!(scene.world.slots.out, [(1, 4), (2, 4), (3, 4)]);
    assert_eq!(scene.purse(), PURSE - 3 * PRICE);
    let no = scene
        .buyer
        .ask(
            &mut scene.world.parties.world,
            scene.listing.number,
            &scene.listing.sheet,
        )
        .unwrap_err();
    assert_eq!(no.code, "sold-out");
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// Two promises were made of one piece: who pays first has it, and the other has his money.
///
/// proves: ST-15 row-60
#[test]
fn a_promise_that_can_no_longer_be_kept_gives_the_money_back() {
    let mut scene = scene();
    let _ = (scene.buys(false), scene.buys(false));
    let mut other = Holder::born("Ken", &mut scene.world.parties.world, Currency::JPY, &[2; 32]).unwrap();
    other.first_money(&mut scene.world.parties.world, yen(PURSE)).unwrap();
    let promised = other
        .ask(
            &mut scene.world.parties.world,
            scene.listing.number,
            &scene.listing.sheet,
        )
        .unwrap();
    let _ = scene.buys(false);
    let (_, pay) = other
        .commit(&scene.world.parties.world, &promised, &Want::default())
        .unwrap();
    let settled = other
        .finish(&mut scene.world.parties.world, Counterpart::Shop, &pay)
        .unwrap();
    assert!(matches!(
        settled,
        Settled::Void {
            reason: deal::VoidReason::SoldOut,
            ..
        }
    ));
    assert_eq!(other.books().purse, PURSE);
    while scene.turn() {}
    assert_eq!(scene.world.slots.out.len(), 3);
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// proves: ST-15 ST-4
#[test]
fn coffee_is_on_the_bill_once_however_often_it_is_asked_for() {
    let mut scene = scene();
    let checked = scene.promise();
    let (deal, pay) = scene.agree(&checked, true);
    let Some(Settled::Given {
        license: Some(license), ..
    }) = scene.settle(&pay)
    else {
        panic!("not given");
    };
    for _ in 0..3 {
        assert!(matches!(scene.settle(&pay), Some(Settled::Again(_))));
        assert!(!scene.turn(), "nobody has said that it is paid");
    }
    for _ in 0..2 {
        let heard = scene.world.parties.relay(&mut scene.buyer, license);
        assert!(
            !matches!(heard, Ok(ChargeHeard::Refused(..))),
            "the carrier pays for it: {heard:?}"
        );
        while scene.turn() {}
    }
    assert_eq!(
        (scene.piece(deal), scene.world.slots.out.len()),
        (Some(Piece::Out(1)), 1)
    );
    scene.world.parties.world.wait(Span::days(8));
    scene.world.parties.world.hear_news().unwrap();
    for _ in 0..4 {
        scene.world.parties.world.settle_down();
    }
    let from = Settlement::of_source(1).from;
    let bill = scene.world.parties.bill(from).unwrap();
    assert_eq!(bill.content_sum().minor(), PRICE);
    assert_eq!(scene.purse(), PURSE, "and the purse is as it was");
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// A card that no carrier has a contract with may name one: its charge is refused, and nothing has fallen for it.
///
/// proves: ST-15 row-60
#[test]
fn nothing_falls_for_a_charge_that_is_refused() {
    let mut scene = scene();
    scene.buyer = Holder::born("Ken", &mut scene.world.parties.world, Currency::JPY, &[2; 32]).unwrap();
    scene
        .buyer
        .first_money(&mut scene.world.parties.world, yen(PURSE))
        .unwrap();
    let (deal, license) = scene.buys(true);
    let license = license.unwrap();
    assert_eq!((scene.turn(), scene.piece(deal)), (false, None));
    assert_eq!(scene.world.left(&scene.listing), Some(2), "one is kept for him");
    let heard = scene.world.parties.relay(&mut scene.buyer, license);
    assert!(matches!(heard, Ok(ChargeHeard::Refused(..))), "{heard:?}");
    assert_eq!((scene.turn(), scene.world.left(&scene.listing)), (false, Some(3)));
    assert_eq!(scene.world.slots.out, []);
    assert_eq!(scene.audit(), Vec::<String>::new());
    // He pays with money, and has it.
    scene.world.parties.clear(&mut scene.buyer, license).unwrap();
    while scene.turn() {}
    assert_eq!((scene.piece(deal), scene.purse()), (Some(Piece::Out(1)), PURSE - PRICE));
    assert_eq!(scene.world.slots.out.len(), 1);
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// The carrier's answer to the charge, as the machine may see it.
pub(super) fn word(scene: &mut Scene, license: LicenseId) -> Vec<u8> {
    let charge = scene.world.parties.charge_of(&scene.buyer, license).unwrap();
    let answer = scene.world.parties.carry_charge(&charge).unwrap();
    scene.buyer.card.shows_charged(&answer).unwrap().1
}

pub(super) fn hear(scene: &mut Scene, word: Vec<u8>) -> Result<(), String> {
    let (shop, at, now) = (
        scene.world.parties.world.shop(),
        scene.machine(),
        scene.world.parties.world.now(),
    );
    scene
        .world
        .parties
        .world
        .within(at, move |tx| Ok(shop.hear_word(tx, &word, now)?))
}

/// Nobody answers for the charge: its piece is not kept for ever. Paid late, it takes another, or waits for one.
///
/// proves: ST-15 row-60
#[test]
fn a_piece_is_kept_for_a_while_and_paid_late_it_takes_another() {
    let mut scene = scene();
    let (deal, license) = scene.buys(true);
    let said = word(&mut scene, license.unwrap());
    scene.world.parties.world.wait(Span::minutes(11));
    scene.world.parties.world.settle_down();
    assert_eq!(scene.world.left(&scene.listing), Some(3));
    for _ in 0..3 {
        let _ = scene.buys(false);
    }
    hear(&mut scene, said.clone()).unwrap();
    assert_eq!(scene.piece(deal), Some(Piece::Missing));
    assert_eq!(scene.audit(), Vec::<String>::new());
    while scene.turn() {}
    assert_eq!(scene.world.slots.out.len(), 3, "nothing falls that is not there");
    let (shop, at, number) = (scene.world.parties.world.shop(), scene.machine(), scene.listing.number);
    scene
        .world
        .parties
        .world
        .within(at, move |tx| Ok(shop.fill(tx, number, 4, 1)?))
        .unwrap();
    scene.world.is_here(deal).unwrap();
    while scene.turn() {}
    hear(&mut scene, said).unwrap();
    while scene.turn() {}
    assert_eq!(
        (scene.piece(deal), scene.world.left(&scene.listing)),
        (Some(Piece::Out(4)), Some(0))
    );
    assert_eq!(scene.world.slots.out.len(), 4);
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// Only the payer that was named says that a charge is paid, and only of the charge it decided.
///
/// proves: ST-15 row-60
#[test]
fn goods_fall_on_the_word_of_who_pays_alone() {
    let mut scene = scene();
    let (deal, license) = scene.buys(true);
    let genuine = word(&mut scene, license.unwrap());
    let realm = scene.world.parties.world.realm().id();
    let sheet: ChargedSheet = cbor::from_bytes(&genuine).unwrap();
    let said = seal::parse::<Charged>(&sheet.charged, Kind::Charged, realm)
        .unwrap()
        .claims()
        .clone();
    let other = scene.world.parties.world.keys_of(Role::Carrier, "Another").unwrap();
    let shop = scene
        .world
        .parties
        .world
        .keys_of(Role::Seller, "Lantern Records")
        .unwrap();
    let forged = |by: &party::PartyKeys, said: &Charged| sign_charged(said, realm, by.signer(), by.certificate());
    let elsewhere = Charged {
        charge: [7; 16],
        ..said.clone()
    };
    let mut cut = genuine.clone();
    cut.pop();
    for (word, why) in [
        (forged(&other, &said), "not by who was asked"),
        (forged(&shop, &said), "may not pay charges"),
        (forged(&other, &elsewhere), "nothing that was sold here"),
        (cut, "no genuine answer"),
    ] {
        let no = hear(&mut scene, word).unwrap_err();
        assert!(no.contains(why), "{no}");
        assert_eq!((scene.turn(), scene.piece(deal)), (false, None), "{why}");
    }
    hear(&mut scene, genuine).unwrap();
    assert!(scene.turn());
    assert_eq!(scene.piece(deal), Some(Piece::Out(1)));
}

/// What a sticker on the machine may lead to, as the wallet reads it: the quote, and the offer's sheet.
struct Sticker<'a> {
    quote: Quote,
    by: &'a party::PartyKeys,
    sheet: OfferSheet,
}

impl Sticker<'_> {
    /// What the wallet says to it.
    fn read(self, scene: &Scene) -> Result<Checked, card::QuoteRefusal> {
        let world = &scene.world.parties.world;
        let signed = seal::sign(
            self.by.signer(),
            Kind::Quote,
            world.realm().id(),
            Audience::Anyone,
            &self.quote,
        );
        let sheet = QuoteSheet {
            quote: signed.into(),
            certificate: self.by.certificate().to_vec().into(),
            terms: None,
            ahead: None,
            purchase: None,
            claim: None,
        };
        let now = world.now();
        scene
            .buyer
            .card
            .read_quote(&cbor::to_bytes(&sheet), None, Some(&self.sheet), now)
    }
}

/// A sticker over the machine's own link: another machine's promise, another operator's article, another price, somebody whom
/// nobody has certified. The wallet names whom it would pay, and refuses what does not belong together.
///
/// proves: ST-15 row-60
#[test]
fn a_sticker_with_another_operator_or_price_is_no_promise_of_this_machine() {
    let mut scene = scene();
    let promised = scene.promise();
    let genuine = Quote {
        ask: None,
        ..promised.quote().clone()
    };
    let keys = |scene: &Scene, role, name: &str| scene.world.parties.world.keys_of(role, name).unwrap();
    let machine = keys(&scene, Role::Seller, "Lantern Records");
    assert_eq!(machine.id(), scene.machine());
    let other = keys(&scene, Role::Seller, "Corner Drinks");
    let sheet = scene.listing.sheet.clone();
    // As it is, the wallet names machine and operator as they are certified, article and price as they are signed.
    let read = sticker(genuine.clone(), &machine, &sheet).read(&scene).unwrap();
    assert_eq!((read.giver_name(), read.title()), ("Lantern Records", "Coffee, hot"));
    assert_eq!(read.quote().price, yen(PRICE));

    let code = |sticker: Sticker<'_>| units::Refusal::code(&sticker.read(&scene).unwrap_err());
    // Another machine, which this operator has not let sell its coffee.
    let elsewhere = Quote {
        giver: other.id().0,
        ..genuine.clone()
    };
    assert_eq!(code(sticker(elsewhere, &other, &sheet)), "seller-not-entitled");
    // The same, in this machine's name.
    assert_eq!(code(sticker(genuine.clone(), &other, &sheet)), "quote-other-question");
    // Another price than the operator has signed, and another account.
    let dearer = Quote {
        price: yen(PRICE + 100),
        ..genuine.clone()
    };
    assert_eq!(code(sticker(dearer, &machine, &sheet)), "quote-price-changed");
    let payee = Quote {
        payee: other.id(),
        ..genuine.clone()
    };
    assert_eq!(code(sticker(payee, &machine, &sheet)), "quote-differs-from-offer");
    // Whoever is certified for something else, and whoever is certified by nobody of this realm.
    let carrier = keys(&scene, Role::Carrier, "Corner Mobile");
    assert_eq!(code(sticker(genuine.clone(), &carrier, &sheet)), "seller-not-verified");
    let story = Settlement::of_source(1);
    let no = EnterpriseNo(story.enterprise);
    let abroad = Vending::found(&[77; 32], story.from, no, true, &story).unwrap();
    let stranger = abroad.parties.world.keys_of(Role::Seller, "Lantern Records").unwrap();
    assert_eq!(code(sticker(genuine.clone(), &stranger, &sheet)), "seller-not-verified");
    // Another operator's offer of the same article, and this one's with a figure changed.
    let operator = keys(&scene, Role::Publisher, "Corner Operator");
    let theirs = OfferSheet {
        publisher: operator.certificate().to_vec().into(),
        ..sheet.clone()
    };
    assert_eq!(code(sticker(genuine.clone(), &machine, &theirs)), "offer-forged");
    let mut bytes = sheet.offer.to_vec();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    let changed = OfferSheet {
        offer: bytes.into(),
        ..sheet.clone()
    };
    let no = code(sticker(genuine, &machine, &changed));
    assert!(no.starts_with("offer-"), "{no}");
    assert_eq!((scene.purse(), scene.buyer.books().reserved), (PURSE, 0));
    assert_eq!((scene.turn(), scene.world.left(&scene.listing)), (false, Some(3)));
}

fn sticker<'a>(quote: Quote, by: &'a party::PartyKeys, sheet: &OfferSheet) -> Sticker<'a> {
    Sticker {
        quote,
        by,
        sheet: sheet.clone(),
    }
}

/// One request with the machine's power cut there. Answers whether the cut happened.
fn cut_at(cut: Cut, by_bill: bool) -> bool {
    let mut scene = scene();
    let at = scene.machine();
    let checked = scene.promise();
    let (deal, pay) = scene.agree(&checked, by_bill);
    scene.world.parties.world.memory_of(at).unwrap().cut(cut);
    let mut settled = scene.settle(&pay);
    let mut heard = scene.charge(&settled, by_bill);
    scene.turn();
    let was_cut = scene.world.parties.world.memory_of(at).unwrap().is_dark();
    scene.world.parties.world.memory_of(at).unwrap().restart();
    for _ in 0..6 {
        settled = settled.or_else(|| scene.settle(&pay));
        heard = heard.or_else(|| scene.charge(&settled, by_bill));
        let _ = scene.turn();
        scene.world.parties.world.settle_down();
    }
    let context = format!("{cut:?} {settled:?}");
    assert!(matches!(settled, Some(Settled::Given { .. })), "{context}");
    assert_eq!(scene.piece(deal), Some(Piece::Out(1)), "{context}");
    assert_eq!(scene.world.slots.out, [(1, 4)], "given once {context}");
    assert_eq!(scene.world.left(&scene.listing), Some(2), "{context}");
    let paid = if by_bill { 0 } else { PRICE };
    assert_eq!(scene.purse(), PURSE - paid, "charged once {context}");
    assert_eq!(scene.buyer.books().reserved, 0, "{context}");
    if by_bill {
        assert!(matches!(heard, Some(ChargeHeard::Paid(_))), "{context}");
        let shop = scene.world.parties.world.shop();
        let open = scene
            .world
            .parties
            .world
            .within(at, move |tx| Ok(shop.all_unsettled(tx, None, 9)?.len()))
            .unwrap();
        assert!(open <= 1, "one record {context}");
    }
    assert_eq!(scene.audit(), Vec::<String>::new(), "{context}");
    was_cut
}

/// Goods given once, charged once, for every place the vending machine can die.
///
/// proves: ST-15 row-60
#[test]
fn wherever_the_vending_machine_dies_goods_are_given_once_and_charged_once() {
    assert!(!cut_at(NEVER, false), "the story without a cut");
    for by_bill in [false, true] {
        let mut cuts = 0;
        for n in 1..40 {
            let before = cut_at(Cut::BeforeCommit(n), by_bill);
            let after = cut_at(Cut::AfterCommit(n), by_bill);
            cuts += u32::from(before) + u32::from(after);
            if !before && !after {
                break;
            }
        }
        assert!(cuts >= 6, "the power was cut {cuts} times only");
    }
}

/// The hatch gave, and the power went before the disk heard of it; or the hatch was told, and the power went before it gave.
///
/// proves: ST-15
#[test]
fn the_hatchs_own_register_says_whether_a_piece_is_out() {
    for is_given in [true, false] {
        let mut scene = scene();
        let (deal, _) = scene.buys(false);
        let (shop, at, now) = (
            scene.world.parties.world.shop(),
            scene.machine(),
            scene.world.parties.world.now(),
        );
        let told = scene
            .world
            .parties
            .world
            .within(at, move |tx| Ok(shop.next_drop(tx, 0, now)?))
            .unwrap();
        assert_eq!(told, Some((1, 4)));
        if is_given {
            scene.world.slots.drop_from(4, 1).unwrap();
        }
        scene.world.parties.world.memory_of(at).unwrap().crash();
        scene.world.parties.world.memory_of(at).unwrap().restart();
        assert_eq!(scene.piece(deal), Some(Piece::Dropping(1)));
        while scene.turn() {}
        assert_eq!(scene.piece(deal), Some(Piece::Out(1)));
        assert_eq!(scene.world.slots.out, [(1, 4)]);
        assert_eq!(scene.audit(), Vec::<String>::new());
    }
}

/// proves: ST-15
#[test]
fn nothing_falls_for_nobody() {
    let mut scene = scene();
    let (deal, _) = scene.buys(false);
    scene.world.parties.world.wait(Span::minutes(30));
    assert!(!scene.turn(), "nobody stands there");
    assert_eq!(scene.piece(deal), Some(Piece::Owed));
    scene.world.is_here(deal).unwrap();
    assert!(scene.turn());
    assert_eq!(scene.piece(deal), Some(Piece::Out(1)));
    scene.world.is_here(deal).unwrap();
    assert!(!scene.turn(), "and once is enough");
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// proves: ST-15
#[test]
fn a_slot_that_is_stuck_sells_nothing_until_somebody_has_seen_to_it() {
    let mut scene = scene();
    scene.world.slots.jammed = Some(4);
    let (deal, _) = scene.buys(false);
    while scene.turn() {}
    assert_eq!(scene.piece(deal), Some(Piece::Stuck(1)));
    assert_eq!(scene.world.left(&scene.listing), Some(0));
    let (shop, at, number) = (scene.world.parties.world.shop(), scene.machine(), scene.listing.number);
    let filled = scene
        .world
        .parties
        .world
        .within(at, move |tx| Ok(shop.fill(tx, number, 4, 0)?))
        .unwrap();
    assert_eq!((filled.left, filled.stuck), (2, false));
    scene.world.slots.jammed = None;
    let (next, _) = scene.buys(false);
    while scene.turn() {}
    assert_eq!(scene.piece(next), Some(Piece::Out(2)));
    assert_eq!(scene.audit(), Vec::<String>::new());
}

/// A voucher of each kind on the buyer's card.
fn voucher(scene: &mut Scene, kind: ValueKind, worth: i64) -> (PartyId, ValueId) {
    let (shop, at, seed) = (
        scene.world.parties.world.shop(),
        scene.machine(),
        scene.world.parties.world.seed(),
    );
    let certificate = shop.certificate().to_vec();
    let made = scene.world.parties.world.within(at, move |tx| {
        Ok(shop.make_value(tx, kind, yen(worth), None, None, "voucher", &seed)?)
    });
    let (value, signed) = made.unwrap();
    let (now, seed) = (scene.world.parties.world.now(), scene.buyer.draw());
    scene.buyer.card.take_value(&signed, &certificate, now, &seed).unwrap();
    (value.maker, value.id)
}

/// A piece with this voucher; the rest from the purse. Answers with what the purse has paid.
fn with_voucher(kind: ValueKind, worth: i64) -> i64 {
    let mut scene = scene();
    let value = voucher(&mut scene, kind, worth);
    let want = Want {
        values: vec![value],
        ..Want::default()
    };
    let checked = scene.promise();
    let before = scene.buyer.file();
    let (deal, pay) = scene.buyer.commit(&scene.world.parties.world, &checked, &want).unwrap();
    assert!(matches!(scene.settle(&pay), Some(Settled::Given { .. })), "{kind:?}");
    for _ in 0..64 {
        assert!(matches!(scene.settle(&pay), Some(Settled::Again(_))), "{kind:?}");
    }
    while scene.turn() {}
    assert_eq!(scene.piece(deal), Some(Piece::Out(1)));
    let paid = PURSE - scene.purse();
    let again = scene.promise();
    let used = scene.buyer.commit(&scene.world.parties.world, &again, &want);
    assert!(used.is_err(), "{kind:?} is used");
    // A copy of the card's file, made before, tries the same voucher for another piece.
    let file = scene.buyer.file();
    scene.buyer.put_back(before).unwrap();
    let copied = scene.promise();
    let (other, pay) = scene.buyer.commit(&scene.world.parties.world, &copied, &want).unwrap();
    let settled = scene.settle(&pay);
    let is_said = matches!(
        settled,
        Some(Settled::Void {
            reason: deal::VoidReason::ValueUsed,
            ..
        })
    );
    assert!(is_said, "{kind:?}: {settled:?}");
    while scene.turn() {}
    assert_eq!((scene.piece(other), scene.world.left(&scene.listing)), (None, Some(2)));
    scene.buyer.put_back(file).unwrap();
    assert_eq!(PURSE - scene.purse(), paid);
    assert_eq!(scene.world.slots.out.len(), 1, "one piece for one voucher");
    assert_eq!(scene.audit(), Vec::<String>::new());
    paid
}

/// proves: ST-26 row-4 row-8 row-51
#[test]
fn vouchers_coupons_and_points_pay_once_in_part_or_whole_and_never_become_money() {
    for (kind, worth, paid) in [
        (ValueKind::Coupon, 30, 100),
        (ValueKind::Coupon, 500, 0),
        (ValueKind::Points, 130, 0),
        (ValueKind::Points, 50, 80),
        (ValueKind::Prepaid, 100, 30),
        (ValueKind::Cheque, 130, 0),
        (ValueKind::Ticket, 0, 0),
    ] {
        assert_eq!(with_voucher(kind, worth), paid, "{kind:?} of {worth}");
    }
    // Worth more than the price, a fixed amount is not taken in part, and nothing is paid out of it.
    let mut scene = scene();
    let value = voucher(&mut scene, ValueKind::Points, 500);
    let want = Want {
        values: vec![value],
        ..Want::default()
    };
    let checked = scene.promise();
    assert!(scene.buyer.commit(&scene.world.parties.world, &checked, &want).is_err());
    assert_eq!((scene.purse(), scene.buyer.books().values), (PURSE, 2));
}

fn told(price: i64, purse: i64, enterprise: u32) -> Tale {
    let figures = Figures {
        price,
        purse,
        seed: [5; 32],
    };
    let story = Settlement {
        enterprise,
        ..Settlement::of_source(4)
    };
    let tale = stories::goods(&figures, &story, "coffee").unwrap();
    assert!(tale.holds, "{:?}", tale.findings);
    tale
}

/// proves: ST-15
#[test]
fn any_goods_are_told_on_the_bill_and_from_the_purse() {
    let end = |tale: &Tale| {
        let bill = tale
            .books
            .parties
            .get("bill")
            .map(|bill| (bill["content"], bill["total"]));
        (
            tale.books.cards["buyer"].purse,
            bill,
            tale.books.parties["hatch"]["pieces out"],
        )
    };
    assert_eq!(end(&told(130, 3000, 2000)), (3000, Some((130, 5010)), 1));
    assert_eq!(end(&told(250, 1000, 2500)), (1000, Some((250, 5130)), 1));
    assert_eq!(end(&told(130, 3000, 2001)), (2870, None, 1));
}
