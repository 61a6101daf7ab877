//! What becomes of deals between cards that never finish, and of cards that go on from an older copy of themselves: real
//! cards against the real issuer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use card::{Decided, Want};
use deal::Kind;
use license::Route;
use party::{
    collector::Path,
    issuer::{Outstanding, Status, StopFor, Suspect},
};
use stories::{Handing, Holder, InMemory, Listing, Parties, Work};
use units::{CardNo, Currency, DealId, LicenseId, Moment, Money, Span};

#[path = "issuer/lost.rs"]
mod lost;

const NOW: Moment = Moment(1_795_000_000_000);

struct Town {
    parties: InMemory,
    listing: Listing,
    drawn: u8,
}

impl Town {
    fn new(route: Route) -> Self {
        let mut parties = InMemory::found(&[7; 32], Currency::JPY, NOW).unwrap();
        let work = Work {
            title: "Night Ferry".into(),
            content: vec![42; 5000],
            media_type: "application/octet-stream".into(),
            price: 300,
            unique: false,
            handing: Some(Handing {
                fare: 100,
                generations: 9,
                route,
                locked: None,
            }),
        };
        let listing = parties.publish(&work).unwrap();
        Self {
            parties,
            listing,
            drawn: 0,
        }
    }
    /// A person with an empty card.
    fn bare(&mut self, name: &str) -> Holder {
        self.drawn += 1;
        Holder::born(name, &mut self.parties, Currency::JPY, &[self.drawn; 32]).unwrap()
    }
    fn person(&mut self, name: &str) -> Holder {
        let mut one = self.bare(name);
        one.first_money(&mut self.parties, Money::new(500, Currency::JPY).unwrap())
            .unwrap();
        one
    }
    fn owner(&mut self, name: &str) -> (Holder, LicenseId) {
        let mut one = self.person(name);
        let (_, license) = one
            .buy(
                &mut self.parties,
                self.listing.number,
                &self.listing.sheet,
                &Want::default(),
            )
            .unwrap();
        (one, license)
    }
    /// Weeks pass, and everybody hears the clock and the registry.
    fn wait(&mut self, days: u64) {
        // A clock that jumps by a quarter is not believed.
        for part in (0..days).step_by(60) {
            self.parties.wait(Span::days((days - part).min(60)));
            self.parties.hear_news().unwrap();
        }
    }
    fn shadow(&self, of: &Holder) -> (i64, i64) {
        let (issuer, store) = self.parties.issuer();
        let card = of.card.number().unwrap();
        let shadow = store.unwrap().read(move |view| issuer.shadow(view, card)).unwrap();
        (shadow.float.minor(), shadow.loss.minor())
    }
    fn stop(&self, card: CardNo, why: StopFor) {
        let (issuer, store) = self.parties.issuer();
        let now = self.parties.now();
        assert!(store.unwrap().write(move |tx| issuer.stop(tx, card, why, now)).unwrap());
    }
    fn status(&self, of: &Holder) -> (Status, Option<StopFor>) {
        let (issuer, store) = self.parties.issuer();
        let card = of.card.number().unwrap();
        let row = store
            .unwrap()
            .read(move |view| issuer.card(view, card))
            .unwrap()
            .unwrap();
        (row.status, row.stopped_for)
    }
    fn suspects(&self) -> Vec<Suspect> {
        let (issuer, store) = self.parties.issuer();
        store.unwrap().read(move |view| issuer.suspects(view)).unwrap()
    }
    fn told(&self) -> Option<Outstanding> {
        let (collector, store) = self.parties.collector();
        let publisher = self.parties.publisher();
        store
            .unwrap()
            .read(move |view| collector.outstanding(view, publisher))
            .unwrap()
    }
    fn received(&mut self) -> (i64, i64) {
        let books = self.parties.books();
        (books["publisher"]["received"], books["publisher"]["fares"])
    }
    fn all_is_well(&mut self) {
        for _ in 0..3 {
            self.parties.settle_down();
        }
        assert_eq!(self.parties.audit(), Vec::<String>::new());
    }
}

/// The friend has agreed and paid; what he sent is in nobody's hands yet.
fn committed(giver: &mut Holder, friend: &mut Holder, town: &Town, license: LicenseId) -> (DealId, Vec<u8>) {
    committed_to(giver, friend, town, license, Kind::Copy)
}

/// The same for a copy or a move.
fn committed_to(
    giver: &mut Holder,
    friend: &mut Holder,
    town: &Town,
    license: LicenseId,
    kind: Kind,
) -> (DealId, Vec<u8>) {
    let now = town.parties.now();
    let seed = friend.draw();
    let asked = match kind {
        Kind::Move => friend.card.ask_move(None, &seed),
        _ => friend.card.ask_copy(None, &seed),
    };
    let asked = asked.unwrap();
    let (until, seed) = (now.plus(Span::minutes(5)), giver.draw());
    let permit = match kind {
        Kind::Move => giver.card.permit_move(license, until, stories::PIN, &seed).unwrap(),
        _ => giver.card.permit(kind, Some(license), until).unwrap(),
    };
    let seed = giver.draw();
    let quoted = giver.card.quote(&asked.bytes(), &permit, None, now, &seed).unwrap();
    let checked = friend
        .card
        .read_quote(quoted.message.bytes(), Some(&asked), None, now)
        .unwrap();
    friend.commit(&town.parties, &checked, &Want::default()).unwrap()
}

/// The giver decides, and what it says is lost.
fn given(giver: &mut Holder, town: &Town, pay: &[u8]) -> Vec<u8> {
    let seed = giver.draw();
    match giver.card.decide(pay, town.parties.now(), &seed).unwrap() {
        Decided::Given { settle, .. } => settle.bytes().to_vec(),
        other => panic!("not given: {other:?}"),
    }
}

/// proves: row-16 row-24 S6 R3
#[test]
fn what_the_giver_reported_is_forwarded_and_what_it_never_gave_is_void() {
    let mut town = Town::new(Route::Chain);
    let (mut a, license) = town.owner("a");
    let (mut b, mut c) = (town.person("b"), town.person("c"));
    let (_, pay) = committed(&mut a, &mut b, &town, license);
    let _lost = given(&mut a, &town, &pay);
    // To c it never gave: the payment did not arrive.
    let _ = committed(&mut a, &mut c, &town, license);
    // Without the giver's report nothing is ruled, however often somebody asks.
    for one in [&mut b, &mut c] {
        assert_eq!(one.report(&mut town.parties).unwrap().settled, 0);
        assert_eq!(one.books().reserved, 100);
    }
    a.report(&mut town.parties).unwrap();
    assert_eq!(b.report(&mut town.parties).unwrap().settled, 1);
    assert_eq!(c.report(&mut town.parties).unwrap().settled, 1);
    let (b_books, c_books) = (b.books(), c.books());
    assert_eq!(
        (b_books.purse, b_books.escrow, b_books.licenses, b_books.reserved),
        (400, 100, 1, 0)
    );
    assert_eq!(
        (c_books.purse, c_books.escrow, c_books.licenses, c_books.reserved),
        (500, 0, 0, 0)
    );
    // The witness's copy of the slip has told the publisher that a fare is out.
    town.all_is_well();
    let told = town.told().unwrap();
    assert_eq!((told.count, told.sum.minor()), (1, 100));
    b.send_home(&mut town.parties, Path::Online).unwrap();
    town.all_is_well();
    assert_eq!(town.told().unwrap().count, 0);
    assert_eq!(town.received(), (400, 100));
    assert_eq!(town.shadow(&b), (400, 0));
}

/// proves: SD-13 D3 S13
#[test]
fn a_dead_givers_friend_has_his_money_back_after_its_certificates_and_a_late_slip_is_the_givers() {
    let mut town = Town::new(Route::Latest);
    let (mut a, license) = town.owner("a");
    let mut b = town.person("b");
    let (_, pay) = committed(&mut a, &mut b, &town, license);
    // It gave, the fare is in its escrow, and it says so to nobody: its holder reports it lost.
    let _withheld = given(&mut a, &town, &pay);
    town.stop(a.card.number().unwrap(), StopFor::Lost);
    assert_eq!(b.report(&mut town.parties).unwrap().settled, 0, "it may still report");
    town.wait(20);
    assert_eq!(b.report(&mut town.parties).unwrap().settled, 0, "reports are still due");
    town.wait(15);
    assert_eq!(b.report(&mut town.parties).unwrap().settled, 1);
    assert_eq!((b.books().purse, b.books().reserved, b.books().licenses), (500, 0, 0));
    // The card turns up after all, and its finder sends the fare home: the publisher is paid, the giver's card is charged.
    a.send_home(&mut town.parties, Path::Online).unwrap();
    town.all_is_well();
    assert_eq!(town.received(), (400, 100));
    assert_eq!(town.shadow(&b), (500, 0), "an honest payer loses nothing");
    assert_eq!(town.shadow(&a).1, 100);
}

/// proves: SD-13 row-12 row-42 D6
#[test]
fn a_copy_that_gives_under_the_same_number_is_found_and_every_card_hears_of_it() {
    let mut town = Town::new(Route::Chain);
    let (mut a, license) = town.owner("a");
    let (mut b, mut c, mut d) = (town.person("b"), town.person("c"), town.person("d"));
    let yesterday = a.file();
    a.hand_on(&mut b, &town.parties, license, Kind::Copy).unwrap();
    assert!(!a.report(&mut town.parties).unwrap().frozen);
    // Nobody told the copy: it gives the same once more, as often as the card did, and its receiver closes too. No record is
    // left of either gift, and the numbers of both are the same; only the words differ.
    a.put_back(yesterday).unwrap();
    a.hand_on(&mut c, &town.parties, license, Kind::Copy).unwrap();
    assert!(
        a.report(&mut town.parties).unwrap().frozen,
        "two reports under one number"
    );
    a.report(&mut town.parties).unwrap();
    assert_eq!(town.status(&a).0, Status::Frozen);
    // People stop it: its certificates are revoked, and every later contact tells every card.
    town.stop(a.card.number().unwrap(), StopFor::Fraud);
    for _ in 0..2 {
        town.parties.settle_down();
        town.parties.hear_news().unwrap();
    }
    d.report(&mut town.parties).unwrap();
    assert!(
        !d.card.image().revoked.is_empty(),
        "it heard of the revoked certificates"
    );
    let seed = d.draw();
    let asked = d.card.ask_copy(None, &seed).unwrap();
    let now = town.parties.now();
    let permit = a
        .card
        .permit(Kind::Copy, Some(license), now.plus(Span::minutes(5)))
        .unwrap();
    let seed = a.draw();
    if let Ok(quoted) = a.card.quote(&asked.bytes(), &permit, None, now, &seed) {
        let no = d.card.read_quote(quoted.message.bytes(), Some(&asked), None, now);
        assert!(no.is_err(), "a revoked giver was believed");
    }
    assert_eq!((d.books().purse, d.books().reserved), (500, 0));
}

/// proves: SD-13 row-12
#[test]
fn two_gifts_of_one_number_in_two_reports_prove_the_copy() {
    let mut town = Town::new(Route::Chain);
    let (mut a, license) = town.owner("a");
    let (mut b, mut c) = (town.person("b"), town.person("c"));
    let yesterday = a.file();
    let (_, pay) = committed(&mut a, &mut b, &town, license);
    let _lost = given(&mut a, &town, &pay);
    let today = a.file();
    a.put_back(yesterday).unwrap();
    let (_, pay) = committed(&mut a, &mut c, &town, license);
    let _lost = given(&mut a, &town, &pay);
    a.report(&mut town.parties).unwrap();
    assert!(town.suspects().is_empty());
    a.put_back(today).unwrap();
    a.report(&mut town.parties).unwrap();
    let found = town.suspects();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].proofs[0].proof.word(), "two-gifts-one-number");
    assert_eq!(town.status(&a), (Status::Stopped, Some(StopFor::Fraud)));
    // Both receivers have what they paid for, from the giver's own words.
    for one in [&mut b, &mut c] {
        assert_eq!(one.report(&mut town.parties).unwrap().settled, 1);
        assert_eq!((one.books().licenses, one.books().purse), (1, 400));
    }
    // People may forgive a mistake: then the card waits for its way back as every restored card does.
    let (issuer, store) = town.parties.issuer();
    let card = a.card.number().unwrap();
    assert!(store.unwrap().write(move |tx| issuer.pardon(tx, card)).unwrap());
    assert_eq!(town.status(&a), (Status::Frozen, None));
    town.all_is_well();
}

/// proves: SD-13 row-22 D5 D7
#[test]
fn a_restored_card_that_gives_comes_back_and_its_fares_are_passed_on_once() {
    let mut town = Town::new(Route::Latest);
    let (mut a, license) = town.owner("a");
    let (mut b, mut c) = (town.person("b"), town.person("c"));
    a.hand_on(&mut b, &town.parties, license, Kind::Copy).unwrap();
    assert_eq!(a.books().escrow, 100);
    a.report(&mut town.parties).unwrap();
    let yesterday = a.file();
    a.hand_on(&mut c, &town.parties, license, Kind::Copy).unwrap();
    a.report(&mut town.parties).unwrap();
    assert_eq!(a.books().escrow, 200);
    a.put_back(yesterday).unwrap();
    // It hears that it is old, freezes, and gives its fares up to the issuer, who passes each on.
    assert!(a.report(&mut town.parties).unwrap().frozen);
    let contact = a.report(&mut town.parties).unwrap();
    let from = contact.resume_from.unwrap();
    town.all_is_well();
    assert_eq!(town.received(), (400, 0), "one fare was on the old file");
    let told = town.told().unwrap();
    assert_eq!((told.given_up, told.given_up_sum.minor(), told.count), (1, 100, 1));
    let days = from.since(town.parties.now()).0 / 86_400_000 + 1;
    town.wait(days);
    assert!(a.report(&mut town.parties).unwrap().resumed);
    assert_eq!((a.books().purse, a.books().escrow), (200, 0));
    a.report(&mut town.parties).unwrap();
    // Its numbers are beyond everything that was seen, so what it does now is new.
    let mut d = town.person("d");
    assert!(a.card.state().give_no > 20 && a.card.state().pay_no > 20);
    d.report(&mut town.parties).unwrap();
    let handed = a.hand_on(&mut d, &town.parties, license, Kind::Copy);
    // A license that may be moved waits for its seller's word; one that is only copied is given at once.
    assert!(
        handed.is_ok()
            || a.card
                .state()
                .licenses
                .values()
                .any(|l| l.status == deal::Status::OnHold)
    );
    town.all_is_well();
}

/// proves: SD-13 row-15 D3
#[test]
fn a_giver_that_says_no_to_what_it_gave_is_charged_and_the_payer_is_excused() {
    let mut town = Town::new(Route::Latest);
    let (mut a, license) = town.owner("a");
    let mut b = town.person("b");
    let before = a.file();
    let (_, pay) = committed(&mut a, &mut b, &town, license);
    let _withheld = given(&mut a, &town, &pay);
    // It takes the fare home, and its old copy says no to b.
    let after = a.file();
    a.put_back(before).unwrap();
    let seed = a.draw();
    a.card.cancel(&seed).unwrap();
    let seed = a.draw();
    let Decided::Void { settle, .. } = a.card.decide(&pay, town.parties.now(), &seed).unwrap() else {
        panic!("a number that has passed is void")
    };
    let seed = b.draw();
    let now = town.parties.now();
    b.card.settle(settle.bytes(), now, &seed).unwrap();
    assert_eq!((b.books().purse, b.books().reserved), (500, 0));
    a.put_back(after).unwrap();
    a.send_home(&mut town.parties, Path::Online).unwrap();
    town.all_is_well();
    assert_eq!(town.shadow(&b).0, 400, "drawn, until b shows the no");
    b.report(&mut town.parties).unwrap();
    assert_eq!(town.shadow(&b), (500, 0), "excused");
    assert_eq!(town.shadow(&a).1, 100, "and the giver's card is charged");
    // Its own report of the gift makes the pair complete: both words are its own.
    a.report(&mut town.parties).unwrap();
    b.report(&mut town.parties).unwrap();
    town.all_is_well();
    assert_eq!(town.received(), (400, 100));
}
