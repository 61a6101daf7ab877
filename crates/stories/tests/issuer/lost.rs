//! A card is lost: the holder's code, and nothing else, brings another into its place. Real cards, the real issuer and shop.

use super::*;
use deal::lost::Standing;
use license::Route;
use party::Party;
use stories::Counterpart;

/// What the one play of each license on a card comes to.
fn plays(one: &Holder, town: &Town) -> usize {
    let now = town.parties.now();
    let state = one.card.state();
    state.licenses.keys().filter(|id| state.play(**id, now).is_ok()).count()
}

/// Buys, leaves a copy with the issuer, and buys once more.
fn bought(town: &mut Town, name: &str) -> (Holder, LicenseId) {
    let (mut one, license) = town.owner(name);
    one.keep_copy(&mut town.parties).unwrap();
    (one, license)
}

/// The first contact after long tells the time, the second brings certificates for it.
fn online(town: &mut Town, heir: &mut Holder) {
    heir.report(&mut town.parties).unwrap();
    heir.report(&mut town.parties).unwrap();
}

/// The wait is over: the heir goes online, hears how the loss stands, and takes its money.
fn money_comes(town: &mut Town, heir: &mut Holder) {
    let from = heir.follow_loss(&mut town.parties).unwrap().unwrap();
    if from > town.parties.now() {
        town.wait(from.since(town.parties.now()).0 / 86_400_000 + 1);
    }
    town.parties.settle_down();
    online(town, heir);
    heir.follow_loss(&mut town.parties).unwrap();
    heir.take_orders(&mut town.parties).unwrap();
}

fn refused<T: core::fmt::Debug>(result: Result<T, stories::Stuck>) -> String {
    result.unwrap_err().code
}

/// proves: row-58 S1 S2 S6 S8
#[test]
fn another_card_takes_the_place_of_a_lost_one_licenses_first_money_after_the_wait() {
    let mut town = Town::new(Route::Latest);
    let (lost, license) = bought(&mut town, "a");
    let code = lost.code.clone();
    let before = lost.books().purse;
    drop(lost);
    let mut heir = town.bare("b");
    let recovered = heir.replace(&mut town.parties, &code, None).unwrap();
    // A license that may be moved is here and opens nothing yet: nobody knows whether it was moved before the loss.
    assert_eq!((recovered.play, recovered.wait, heir.books().licenses), (0, 1, 1));
    assert_eq!((plays(&heir, &town), heir.books().purse), (0, 0));
    assert!(
        heir.confirm_licenses(&mut town.parties).unwrap().is_empty(),
        "not before the wait is over"
    );
    let from = heir.follow_loss(&mut town.parties).unwrap().unwrap();
    let days = from.since(town.parties.now()).0 / 86_400_000 + 1;
    town.wait(days);
    town.parties.settle_down();
    assert_eq!(
        heir.confirm_licenses(&mut town.parties).unwrap(),
        [(license, Standing::MadeOut)]
    );
    assert_eq!((plays(&heir, &town), heir.books().licenses), (1, 1));
    heir.follow_loss(&mut town.parties).unwrap();
    assert_eq!(heir.books().values, 1, "the money is here as an order");
    online(&mut town, &mut heir);
    heir.take_orders(&mut town.parties).unwrap();
    assert_eq!((heir.books().purse, heir.books().values), (before, 0));
    // Said again, nothing comes twice.
    heir.follow_loss(&mut town.parties).unwrap();
    heir.replace(&mut town.parties, &code, None).unwrap();
    assert!(heir.confirm_licenses(&mut town.parties).unwrap().is_empty());
    assert_eq!(
        (heir.books().purse, heir.books().values, heir.books().licenses),
        (before, 0, 1)
    );
    town.all_is_well();
    // It is a license like any other: given on, and handed back never twice.
    heir.report(&mut town.parties).unwrap();
    let mut friend = town.person("c");
    let home = *heir.card.state().licenses.keys().next().unwrap();
    heir.hand_on(&mut friend, &town.parties, home, Kind::Copy).unwrap();
    assert_eq!(plays(&friend, &town), 1);
    town.all_is_well();
}

/// proves: row-42 S8
#[test]
fn a_lost_card_that_turns_up_is_stopped_opens_nothing_and_sells_nothing_back() {
    let mut town = Town::new(Route::Latest);
    let (mut found, license) = bought(&mut town, "a");
    let sheet = (town.listing.number, town.listing.sheet.clone());
    let mut heir = town.bare("b");
    heir.replace(&mut town.parties, &found.code.clone(), None).unwrap();
    // It buys before it has heard anything: the seller asks first, and the money is back.
    let no = found.buy(&mut town.parties, sheet.0, &sheet.1, &Want::default());
    assert!(no.is_err(), "{no:?}");
    assert_eq!(found.books().purse, 200);
    // It hears of it.
    found.report(&mut town.parties).unwrap();
    assert_eq!(plays(&found, &town), 0);
    assert!(found.card.state().stopped.is_some());
    let lines = found
        .card
        .image()
        .history
        .iter()
        .filter(|l| l.event == card::Event::Stopped);
    assert_eq!(lines.count(), 1);
    // Neither a play nor a deal, and no claim: not even against the heir.
    let now = town.parties.now();
    let seed = found.draw();
    // A program is told the same: that it was stopped, and not what follows from it.
    let played = found.card.begin_play(license, now, &seed).unwrap_err();
    assert_eq!(units::Refusal::code(&played), "card-stopped");
    assert_eq!(
        refused(found.hand_back(&mut town.parties, license, sheet.0)),
        "card-stopped"
    );
    assert_eq!(refused(found.keep_copy(&mut town.parties)), "card-stopped");
    let theirs = heir.code.clone();
    assert_eq!(refused(found.replace(&mut town.parties, &theirs, None)), "card-stopped");
    town.all_is_well();
}

/// proves: row-58
#[test]
fn nobody_gains_by_stating_a_loss_without_the_code_or_with_anothers_statement() {
    let mut town = Town::new(Route::Latest);
    let (mut owner, _) = bought(&mut town, "a");
    let mut thief = town.bare("t");
    // A code of his own, a code nobody has, and words of another card's statement: the same answer.
    let own = thief.code.clone();
    assert_eq!(refused(thief.replace(&mut town.parties, &own, None)), "loss-not-proven");
    let made_up = card::RecoveryCode("aaaa-bbbb-cccc-dddd-eeee".into());
    assert_eq!(
        refused(thief.replace(&mut town.parties, &made_up, None)),
        "loss-not-proven"
    );
    let mut heir = town.bare("b");
    let proof = heir.card.state_loss(&owner.code, town.parties.now()).unwrap();
    assert_eq!(refused(thief.claim_loss(&mut town.parties, &proof)), "loss-not-proven");
    // The owner has noticed nothing.
    assert_eq!(town.status(&owner), (Status::Active, None));
    assert_eq!(plays(&owner, &town), 1);
    // A recovery key is one card's: a thief cannot claim it for his own before the loss.
    let (stolen, now) = (owner.code.clone(), town.parties.now());
    let seed = thief.draw();
    let forged = thief.card.recovery_copy(true, now, &seed).unwrap();
    assert!(
        heir.card
            .recover(&stolen, Some(&forged), &proof, &no_loss(&owner), now, &seed)
            .is_err()
    );
    // With the paper the loss holds, once: the second card that tries comes too late.
    heir.replace(&mut town.parties, &owner.code, None).unwrap();
    assert_eq!(town.status(&owner), (Status::Stopped, Some(StopFor::Lost)));
    let code = owner.code.clone();
    assert_eq!(refused(thief.replace(&mut town.parties, &code, None)), "card-replaced");
    owner.report(&mut town.parties).unwrap();
    town.all_is_well();
}

fn no_loss(of: &Holder) -> deal::lost::Loss {
    let zero = Money::zero(Currency::JPY);
    deal::lost::Loss {
        card: of.number(),
        stopped: NOW,
        from: NOW,
        figure: zero,
        open: zero,
        back: zero,
        copy: None,
        rulings: vec![],
        sold: vec![],
        orders: vec![],
        late: None,
    }
}

/// proves: S1 S2 S6
#[test]
fn payments_made_before_the_loss_come_first_and_what_was_paid_for_arrives() {
    let mut town = Town::new(Route::Latest);
    let (mut giver, license) = town.owner("g");
    let mut lost = town.person("a");
    // The friend pays, his card keeps a copy of that moment, and the giver's answer is lost together with the card.
    let (_, pay) = committed(&mut giver, &mut lost, &town, license);
    lost.keep_copy(&mut town.parties).unwrap();
    let _never_arrives = given(&mut giver, &town, &pay);
    let code = lost.code.clone();
    drop(lost);
    let mut heir = town.bare("b");
    heir.replace(&mut town.parties, &code, None).unwrap();
    assert_eq!(heir.books().licenses, 0);
    // The giver reports: its gift is forwarded, the fare is drawn on what is held for the lost card.
    giver.report(&mut town.parties).unwrap();
    heir.follow_loss(&mut town.parties).unwrap();
    heir.follow_loss(&mut town.parties).unwrap();
    assert_eq!(heir.books().licenses, 1);
    money_comes(&mut town, &mut heir);
    assert_eq!(heir.books().purse, 400, "500 less the fare");
    town.all_is_well();
}

/// A second work, and somebody who has bought it.
fn second_owner(town: &mut Town) -> (Holder, LicenseId) {
    let work = Work {
        title: "Harbour Lights".into(),
        content: vec![43; 4000],
        media_type: "application/octet-stream".into(),
        price: 200,
        unique: false,
        handing: Some(Handing {
            fare: 50,
            generations: 9,
            route: Route::Latest,
            locked: None,
        }),
    };
    let listing = town.parties.publish(&work).unwrap();
    let mut one = town.person("h");
    let bought = one.buy(&mut town.parties, listing.number, &listing.sheet, &Want::default());
    (one, bought.unwrap().1)
}

/// The titles of the licenses on a card, each checked again from its document.
fn titles(of: &Holder) -> Vec<String> {
    let licenses = of.card.state().licenses.values();
    let mut titles: Vec<_> = licenses
        .map(|held| of.card.license_of(held).unwrap().offer.title)
        .collect();
    titles.sort();
    titles
}

/// proves: S1 S2 S6
#[test]
fn open_copies_of_several_works_come_to_the_card_that_takes_the_place_of_the_one_in_between() {
    let mut town = Town::new(Route::Latest);
    let (mut one, ferry) = town.owner("g");
    let (mut two, lights) = second_owner(&mut town);
    let mut lost = town.person("a");
    let (_, pay) = committed(&mut one, &mut lost, &town, ferry);
    let _never_arrives = given(&mut one, &town, &pay);
    let (_, pay) = committed(&mut two, &mut lost, &town, lights);
    let _never_arrives = given(&mut two, &town, &pay);
    lost.keep_copy(&mut town.parties).unwrap();
    let code = lost.code.clone();
    drop(lost);
    let mut second = town.bare("b");
    second.replace(&mut town.parties, &code, None).unwrap();
    second.keep_copy(&mut town.parties).unwrap();
    let code = second.code.clone();
    drop(second);
    let mut heir = town.bare("c");
    heir.replace(&mut town.parties, &code, None).unwrap();
    assert_eq!(titles(&heir), Vec::<String>::new());
    for giver in [&mut one, &mut two] {
        giver.report(&mut town.parties).unwrap();
        heir.follow_loss(&mut town.parties).unwrap();
    }
    heir.follow_loss(&mut town.parties).unwrap();
    assert_eq!(titles(&heir), ["Harbour Lights", "Night Ferry"]);
    town.all_is_well();
}

/// proves: S6
#[test]
fn what_was_bought_after_the_copy_was_made_comes_from_its_sellers_records() {
    let mut town = Town::new(Route::Latest);
    let mut lost = town.person("a");
    lost.keep_copy(&mut town.parties).unwrap();
    let sheet = (town.listing.number, town.listing.sheet.clone());
    let (_, license) = lost
        .buy(&mut town.parties, sheet.0, &sheet.1, &Want::default())
        .unwrap();
    let code = lost.code.clone();
    drop(lost);
    let mut heir = town.bare("b");
    let recovered = heir.replace(&mut town.parties, &code, None).unwrap();
    // Nothing of it is in the copy; the issuer knows who brought the slip.
    assert_eq!((recovered.play, recovered.wait, recovered.sold.len()), (0, 0, 1));
    assert_eq!((heir.books().licenses, plays(&heir, &town)), (1, 0));
    money_comes(&mut town, &mut heir);
    assert_eq!(
        heir.confirm_licenses(&mut town.parties).unwrap(),
        [(license, Standing::MadeOut)]
    );
    assert_eq!((heir.books().purse, plays(&heir, &town)), (200, 1));
    town.all_is_well();
}

/// proves: S1 S2
#[test]
fn what_an_open_payment_names_waits_for_its_giver_and_no_longer() {
    let mut town = Town::new(Route::Latest);
    let (mut giver, license) = town.owner("g");
    let mut lost = town.person("a");
    let _undelivered = committed(&mut giver, &mut lost, &town, license);
    lost.keep_copy(&mut town.parties).unwrap();
    let code = lost.code.clone();
    drop(lost);
    let mut heir = town.bare("b");
    heir.replace(&mut town.parties, &code, None).unwrap();
    money_comes(&mut town, &mut heir);
    assert_eq!(
        heir.books().purse,
        400,
        "a hundred is named in a payment that nobody has decided"
    );
    // The giver says what it did: nothing.
    giver.report(&mut town.parties).unwrap();
    town.wait(8);
    money_comes(&mut town, &mut heir);
    assert_eq!(heir.books().purse, 500);
    town.all_is_well();
}

/// proves: S1 S2
#[test]
fn the_issuer_loses_power_at_any_moment_of_a_loss_and_the_same_claim_finishes_it() {
    let mut town = Town::new(Route::Latest);
    let (lost, _) = bought(&mut town, "a");
    let code = lost.code.clone();
    drop(lost);
    let mut heir = town.bare("b");
    town.parties.power_fails_at(Counterpart::Issuer);
    assert!(heir.replace(&mut town.parties, &code, None).is_err());
    town.parties.power_returns_at(Counterpart::Issuer);
    // The card's own power goes after each step: what it has, it keeps, and goes on from there.
    heir.replace(&mut town.parties, &code, None).unwrap();
    heir.power_cut().unwrap();
    let from = heir.follow_loss(&mut town.parties).unwrap().unwrap();
    town.parties.power_fails_at(Counterpart::Issuer);
    town.parties.power_returns_at(Counterpart::Issuer);
    town.wait(from.since(town.parties.now()).0 / 86_400_000 + 1);
    town.parties.settle_down();
    heir.follow_loss(&mut town.parties).unwrap();
    heir.power_cut().unwrap();
    heir.follow_loss(&mut town.parties).unwrap();
    assert_eq!(heir.books().values, 1);
    heir.confirm_licenses(&mut town.parties).unwrap();
    heir.power_cut().unwrap();
    online(&mut town, &mut heir);
    heir.take_orders(&mut town.parties).unwrap();
    heir.follow_loss(&mut town.parties).unwrap();
    assert_eq!(
        (heir.books().purse, heir.books().values, plays(&heir, &town)),
        (200, 0, 1)
    );
    town.all_is_well();
}

/// proves: S8
#[test]
fn the_card_in_a_lost_cards_place_is_lost_too_and_its_own_code_brings_everything_back() {
    let mut town = Town::new(Route::Latest);
    let (first, _) = bought(&mut town, "a");
    let code = first.code.clone();
    drop(first);
    let mut second = town.bare("b");
    second.replace(&mut town.parties, &code, None).unwrap();
    second.keep_copy(&mut town.parties).unwrap();
    let code = second.code.clone();
    drop(second);
    let mut third = town.bare("c");
    third.replace(&mut town.parties, &code, None).unwrap();
    money_comes(&mut town, &mut third);
    third.confirm_licenses(&mut town.parties).unwrap();
    assert_eq!((third.books().purse, plays(&third, &town)), (200, 1));
    town.all_is_well();
}

/// proves: SD-13 D3 S6
#[test]
fn a_gift_that_comes_to_light_after_its_ruling_is_delivered_once_at_its_givers_cost() {
    let mut town = Town::new(Route::Latest);
    let (mut giver, license) = town.owner("g");
    let mut friend = town.person("f");
    let (_, pay) = committed(&mut giver, &mut friend, &town, license);
    let _withheld = given(&mut giver, &town, &pay);
    // The giver is taken for dead: the friend has his money back.
    town.wait(400);
    friend.report(&mut town.parties).unwrap();
    assert_eq!((friend.books().purse, friend.books().licenses), (500, 0));
    // It turns up all the same.
    giver.report(&mut town.parties).unwrap();
    assert_eq!(friend.report(&mut town.parties).unwrap().late, 1);
    assert_eq!(
        (friend.books().purse, friend.books().licenses, plays(&friend, &town)),
        (500, 1, 1)
    );
    assert_eq!(friend.report(&mut town.parties).unwrap().late, 0, "once");
    assert_eq!(town.shadow(&friend), (500, 0));
    assert_eq!(town.shadow(&giver).1, 100, "whoever gave and said nothing pays");
    town.all_is_well();
}

/// proves: SD-13 D3 S6
#[test]
fn late_gifts_of_several_works_come_to_a_card_that_was_switched_off_in_between() {
    let mut town = Town::new(Route::Latest);
    let (mut one, ferry) = town.owner("g");
    let (mut two, lights) = second_owner(&mut town);
    let mut friend = town.person("f");
    for (giver, license) in [(&mut one, ferry), (&mut two, lights)] {
        let (_, pay) = committed(giver, &mut friend, &town, license);
        let _withheld = given(giver, &town, &pay);
    }
    town.wait(400);
    friend.report(&mut town.parties).unwrap();
    assert_eq!((friend.books().purse, friend.books().reserved), (500, 0));
    for (giver, came) in [
        (&mut one, vec!["Night Ferry"]),
        (&mut two, vec!["Harbour Lights", "Night Ferry"]),
    ] {
        friend.power_cut().unwrap();
        giver.report(&mut town.parties).unwrap();
        assert_eq!(friend.report(&mut town.parties).unwrap().late, 1);
        assert_eq!(titles(&friend), came);
    }
    assert_eq!(plays(&friend, &town), 2);
    town.all_is_well();
}

/// A report whose answer never comes.
fn unheard(town: &mut Town, one: &mut Holder) {
    let seed = one.draw();
    let report = one
        .card
        .report(seal::Class::Software, town.parties.now(), &seed)
        .unwrap();
    let answer = one.send(&mut town.parties, Counterpart::Issuer, "report", report.bytes());
    assert!(answer.is_ok());
}

/// proves: SD-13 S6
#[test]
fn a_late_gift_is_not_forgotten_when_no_answer_ever_came_through() {
    let mut town = Town::new(Route::Latest);
    let (mut giver, mut friend) = refunded(&mut town, Kind::Move);
    giver.report(&mut town.parties).unwrap();
    for _ in 0..20 {
        unheard(&mut town, &mut friend);
    }
    // It was told often enough for now: and after a month, once more.
    assert_eq!(friend.report(&mut town.parties).unwrap().late, 0);
    town.wait(31);
    assert_eq!(comes_late(&mut town, &mut friend), 1);
    assert_eq!((friend.books().purse, plays(&friend, &town)), (500, 1));
    town.all_is_well();
}

/// The friend's payment was ruled void, its gift is withheld; the friend has left a copy with the issuer since. Answers with
/// the giver's and the friend's code.
fn refunded(town: &mut Town, kind: Kind) -> (Holder, Holder) {
    let (mut giver, license) = town.owner("g");
    let mut friend = town.person("f");
    let (_, pay) = committed_to(&mut giver, &mut friend, town, license, kind);
    let _withheld = given(&mut giver, town, &pay);
    town.wait(400);
    // The first contact brings the refund, the second shows the issuer that it was taken.
    friend.report(&mut town.parties).unwrap();
    friend.report(&mut town.parties).unwrap();
    friend.keep_copy(&mut town.parties).unwrap();
    assert_eq!((friend.books().purse, friend.books().licenses), (500, 0));
    (giver, friend)
}

/// Reports until the heir has nothing new; answers with how many late gifts came.
fn comes_late(town: &mut Town, heir: &mut Holder) -> usize {
    let came = heir.report(&mut town.parties).unwrap().late;
    assert_eq!(heir.report(&mut town.parties).unwrap().late, 0, "once");
    came
}

/// proves: row-58 S6 S7 S8
#[test]
fn a_moved_license_that_comes_to_light_after_its_receivers_card_was_lost_comes_to_the_card_in_its_place() {
    for kind in [Kind::Move, Kind::Copy] {
        let mut town = Town::new(Route::Latest);
        let (mut giver, friend) = refunded(&mut town, kind);
        let code = friend.code.clone();
        drop(friend);
        let mut heir = town.bare("h");
        heir.replace(&mut town.parties, &code, None).unwrap();
        giver.report(&mut town.parties).unwrap();
        assert_eq!(comes_late(&mut town, &mut heir), 1, "{kind:?}");
        // The lost card had shown that it took the refund: nobody else can have this license, so it opens at once.
        assert_eq!((heir.books().licenses, plays(&heir, &town)), (1, 1), "{kind:?}");
        assert_eq!(plays(&giver, &town), usize::from(kind == Kind::Copy));
        heir.power_cut().unwrap();
        money_comes(&mut town, &mut heir);
        assert_eq!(heir.books().purse, 500, "the refund is the holder's all the same");
        assert_eq!(plays(&heir, &town), 1);
        town.all_is_well();
    }
}

/// proves: row-58 S6 S7 S8
#[test]
fn a_moved_license_that_came_to_light_before_its_receivers_card_was_lost_comes_to_the_card_in_its_place() {
    for heard in [false, true] {
        let mut town = Town::new(Route::Latest);
        let (mut giver, mut friend) = refunded(&mut town, Kind::Move);
        giver.report(&mut town.parties).unwrap();
        if heard {
            // The friend's card took it, and was lost before it left a newer copy.
            assert_eq!(comes_late(&mut town, &mut friend), 1);
        }
        let code = friend.code.clone();
        drop(friend);
        let mut heir = town.bare("h");
        heir.replace(&mut town.parties, &code, None).unwrap();
        assert_eq!(comes_late(&mut town, &mut heir), 1);
        // What the lost card has had it may have handed on: such a license is here and waits.
        assert_eq!((heir.books().licenses, plays(&heir, &town)), (1, usize::from(!heard)));
        town.all_is_well();
    }
}

/// proves: row-58 S8
#[test]
fn a_late_gift_follows_two_losses_and_comes_once() {
    let mut town = Town::new(Route::Latest);
    let (mut giver, friend) = refunded(&mut town, Kind::Move);
    let code = friend.code.clone();
    drop(friend);
    let mut second = town.bare("h");
    second.replace(&mut town.parties, &code, None).unwrap();
    second.keep_copy(&mut town.parties).unwrap();
    let code = second.code.clone();
    drop(second);
    let mut third = town.bare("i");
    third.replace(&mut town.parties, &code, None).unwrap();
    giver.report(&mut town.parties).unwrap();
    assert_eq!(comes_late(&mut town, &mut third), 1);
    assert_eq!((third.books().licenses, plays(&third, &town)), (1, 1));
    town.all_is_well();
}

/// proves: D6 S8
#[test]
fn a_resumed_cards_licenses_are_confirmed_by_their_seller() {
    let mut town = Town::new(Route::Latest);
    let (mut one, license) = town.owner("a");
    let yesterday = one.file();
    one.redeem(&mut town.parties, Money::new(100, Currency::JPY).unwrap())
        .unwrap();
    one.report(&mut town.parties).unwrap();
    one.put_back(yesterday).unwrap();
    one.report(&mut town.parties).unwrap();
    let from = one.report(&mut town.parties).unwrap().resume_from.unwrap();
    assert!(one.confirm_licenses(&mut town.parties).unwrap().is_empty());
    town.wait(from.since(town.parties.now()).0 / 86_400_000 + 1);
    assert!(one.report(&mut town.parties).unwrap().resumed);
    assert_eq!(plays(&one, &town), 0);
    assert_eq!(
        one.confirm_licenses(&mut town.parties).unwrap(),
        [(license, Standing::MadeOut)]
    );
    assert_eq!(plays(&one, &town), 1);
    town.all_is_well();
}

/// proves: row-58
#[test]
fn an_issuer_tells_a_card_everything_about_itself_and_forgets_what_is_not_in_its_books() {
    let mut town = Town::new(Route::Latest);
    let (mut one, _) = bought(&mut town, "a");
    let about = one.ask_data(&mut town.parties).unwrap();
    assert_eq!(
        (about.card, about.held.minor(), about.payments.len()),
        (one.number(), 200, 1)
    );
    assert_eq!((about.payments[0].amount.minor(), about.copy.is_some()), (300, true));
    one.forget_data(&mut town.parties).unwrap();
    let about = one.ask_data(&mut town.parties).unwrap();
    assert_eq!((about.copy, about.payments.len()), (None, 1), "books stay");
    // What is forgotten finds nobody any more.
    let mut heir = town.bare("b");
    let code = one.code.clone();
    assert_eq!(refused(heir.replace(&mut town.parties, &code, None)), "loss-not-proven");
    one.keep_copy(&mut town.parties).unwrap();
    heir.replace(&mut town.parties, &code, None).unwrap();
    town.all_is_well();
}

/// Do these bytes lie anywhere on the issuer's disk?
fn is_kept(town: &Town, bytes: &[u8]) -> bool {
    let (issuer, store) = town.parties.issuer();
    let bytes = bytes.to_vec();
    let tables: Vec<store::Table> = issuer.parts().iter().flat_map(|part| part.tables()).collect();
    let found = store.unwrap().read::<_, store::Fault>(move |view| {
        for table in &tables {
            let rows = view.scan(*table, &store::Range::all(), false, 100_000)?;
            if rows
                .iter()
                .any(|row| row.1.windows(bytes.len()).any(|part| part == bytes))
            {
                return Ok(true);
            }
        }
        Ok(false)
    });
    found.unwrap()
}

/// What an issuer keeps for a card that may be lost one day is sealed to its holder's code: nothing in it says what he bought.
/// When its time is over it goes by itself.
///
/// proves: row-58 row-98
#[test]
fn a_recovery_copy_is_sealed_and_goes_when_its_time_is_over() {
    let mut town = Town::new(Route::Latest);
    let (mut lost, license) = bought(&mut town, "a");
    assert!(lost.ask_data(&mut town.parties).unwrap().copy.is_some());
    // The license is in it: whoever has the code gets it back. Without the code neither its name nor the work's is to be read.
    for secret in [&license.0[..], b"Night Ferry"] {
        assert!(!is_kept(&town, secret), "{secret:?} is to be read");
    }
    let code = lost.code.clone();
    drop(lost);
    let mut heir = town.bare("b");
    heir.replace(&mut town.parties, &code, None).unwrap();
    // Again as long as it is kept, and one who finds the paper years later finds nothing.
    town.wait(300);
    town.parties.settle_down();
    heir.replace(&mut town.parties, &code, None).unwrap();
    for _ in 0..8 {
        town.wait(60);
        town.parties.settle_down();
    }
    let mut finder = town.bare("c");
    assert_eq!(
        refused(finder.replace(&mut town.parties, &code, None)),
        "loss-not-proven"
    );
    assert!(town.parties.audit().is_empty());
}
