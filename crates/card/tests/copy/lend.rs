//! Plays that a wallet lends to a player, and has back: ST-4, ST-11, ST-12, ST-18, ST-23, ST-24. The player is a card that was
//! never online.

use super::*;
use card::{Card, Greeted, LendFailure, LoanOffer, Memory, PairRefusal, ReleaseRefusal};
use deal::{
    PlayRefusal,
    lend::{LendRefusal, LendWish},
};
use license::{Bind, Rights};
use seal::{Class, Kind as Sealed};
use units::{Hash, LicenseId, Share, Tag};

/// A player as its maker leaves it: certified, and never online.
fn player(world: &mut World, n: u8) -> Card<Memory> {
    certified(world, n, |_| {})
}

fn certified(world: &mut World, n: u8, bend: impl FnOnce(&mut seal::Claims)) -> Card<Memory> {
    world.player(n, bend)
}

/// A world whose one work is sold with these rights, and may be with so many players.
fn works(rights: Rights, players: u8) -> World {
    let mut world = world(Route::Chain);
    world.rights = rights;
    world.terms.players = players;
    world
}

fn plays_of(n: u32) -> Rights {
    Rights {
        plays: Some(n),
        ..Rights::UNLIMITED
    }
}

fn pair(world: &mut World, wallet: &mut Card<Memory>, player: &mut Card<Memory>) -> Tag {
    let sheet = player.offer_pairing("Living room", &world.fresh()).unwrap();
    let (name, answer) = wallet
        .pair_player(sheet.bytes(), "Aiko's wallet", PIN, NOW, &world.fresh())
        .unwrap();
    assert_eq!(player.pair_wallet(answer.bytes(), PIN, NOW, &world.fresh()), Ok(name));
    name
}

/// Both greet one another; what each side has come to.
fn greet(
    world: &mut World,
    wallet: &Card<Memory>,
    player: &Card<Memory>,
    pair: Tag,
) -> Result<(Greeted, Greeted), PairRefusal> {
    let (greeting, hello) = wallet.greet(pair, &world.fresh())?;
    let (heard, _, hello) = player.greeted_by(hello.bytes(), &world.fresh())?;
    let welcomed = wallet.greeting_answered(greeting, hello.bytes())?;
    let theirs = player.greeting_heard(&heard, welcomed.say.bytes());
    match welcomed.greeted {
        Some(mine) => Ok((mine, theirs?)),
        None => {
            assert_eq!(theirs.unwrap_err(), PairRefusal::NotListedThere);
            Err(PairRefusal::NotListedHere)
        }
    }
}

fn offered(
    world: &mut World,
    wallet: &Card<Memory>,
    player: &Card<Memory>,
    pair: Tag,
    license: LicenseId,
    wish: LendWish,
) -> Result<LoanOffer, LendFailure> {
    let (mine, theirs) = greet(world, wallet, player, pair).unwrap();
    let quote = wallet.lend(&mine, license, wish, NOW, &world.fresh())?;
    player.read_loan(&theirs, quote.bytes())
}

fn some_plays(plays: u32) -> LendWish {
    LendWish {
        plays: Some(plays),
        period: None,
    }
}

/// From offer to `done`; the loan's name on the player.
fn lend(
    world: &mut World,
    wallet: &mut Card<Memory>,
    player: &mut Card<Memory>,
    pair: Tag,
    license: LicenseId,
    wish: LendWish,
) -> Result<LicenseId, LendFailure> {
    let offer = offered(world, wallet, player, pair, license, wish)?;
    Ok(finish(world, wallet, player, &offer).unwrap())
}

/// The receiver takes an offer up and the giver decides; what arrived.
fn finish(
    world: &mut World,
    giver: &mut Card<Memory>,
    receiver: &mut Card<Memory>,
    offer: &LoanOffer,
) -> Option<LicenseId> {
    let (_, pay) = receiver.borrow(offer, NOW, &world.fresh()).unwrap();
    let decided = giver.decide(pay.bytes(), NOW, &world.fresh()).unwrap();
    match receiver.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap() {
        Settled::Given { license, done, .. } => {
            assert_eq!(giver.take_done(done.bytes(), &world.fresh()).unwrap().len(), 1);
            assert!(giver.open().is_empty() && receiver.open().is_empty());
            license
        }
        Settled::Void { .. } => None,
        other => panic!("{other:?}"),
    }
}

fn give_back(
    world: &mut World,
    player: &mut Card<Memory>,
    wallet: &mut Card<Memory>,
    pair: Tag,
    loan: LicenseId,
) -> Option<LicenseId> {
    let (mine, theirs) = greet(world, wallet, player, pair).unwrap();
    let quote = player.give_back(&theirs, loan, NOW, &world.fresh()).unwrap();
    let offer = wallet.read_loan(&mine, quote.bytes()).unwrap();
    finish(world, player, wallet, &offer)
}

fn left(card: &Card<Memory>, license: LicenseId) -> Option<u32> {
    card.state().licenses.get(&license).and_then(|held| held.rights.plays)
}

/// Plays on both sides, and those that one of the two has promised to the other and that has not come.
fn all_plays(wallet: &Card<Memory>, player: &Card<Memory>) -> u32 {
    let on = |card: &Card<Memory>| {
        let held = card.state().licenses.values();
        held.filter_map(|held| held.rights.plays).sum::<u32>()
    };
    let named = |from: &Card<Memory>, to: &Card<Memory>| {
        let given = from.state().given.iter();
        let open = given.filter(|g| to.state().open(g.deal).is_some());
        open.filter_map(|g| g.gift.license.as_ref()?.rights.plays).sum::<u32>()
    };
    on(wallet) + on(player) + named(wallet, player) + named(player, wallet)
}

/// proves: ST-4 ST-11 ST-18 S15
#[test]
fn three_plays_are_three_in_all_wherever_they_are_played() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut player = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut player);
    assert!(plays(&mut world, &mut wallet, license));
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(2)).unwrap();
    assert_eq!((left(&wallet, license), left(&player, loan)), (Some(0), Some(2)));
    assert!(
        plays(&mut world, &mut player, loan),
        "with the very keys of the content"
    );
    assert!(!plays(&mut world, &mut wallet, license), "what is lent is not here");
    // Handed over again, and twice to one: nothing is renewed.
    let no = offered(&mut world, &wallet, &player, name, license, some_plays(1)).unwrap_err();
    assert_eq!(no, LendRefusal::TooMuch(0).into());
    assert_eq!(
        give_back(&mut world, &mut player, &mut wallet, name, loan),
        Some(license)
    );
    assert_eq!((left(&wallet, license), left(&player, loan)), (Some(1), None));
    let again = lend(&mut world, &mut wallet, &mut player, name, license, LendWish::default()).unwrap();
    assert_ne!(again, loan);
    assert!(plays(&mut world, &mut player, again));
    let no = player.begin_play(again, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no, ReleaseRefusal::Play(PlayRefusal::NoPlaysLeft));
    assert_eq!(all_plays(&wallet, &player), 0);
    // The issuer hears nothing of it.
    wallet.report(Class::Software, NOW, &world.fresh()).unwrap();
    let me = wallet.number().unwrap();
    assert!(wallet.state().report(me).given.is_empty());
}

/// proves: ST-4 S15 S6 R1
#[test]
fn a_loan_or_a_return_that_is_cut_anywhere_is_finished_by_saying_it_again() {
    for returns in [false, true] {
        for cut in 0..5 {
            let mut world = works(plays_of(3), 0);
            let (mut wallet, license) = owner(&mut world, 1);
            let mut player = player(&mut world, 2);
            let name = pair(&mut world, &mut wallet, &mut player);
            let loan = returns.then(|| {
                let wish = some_plays(2);
                let loan = lend(&mut world, &mut wallet, &mut player, name, license, wish).unwrap();
                assert!(plays(&mut world, &mut player, loan));
                loan
            });
            let (mine, theirs) = greet(&mut world, &wallet, &player, name).unwrap();
            let quote = match loan {
                Some(loan) => player.give_back(&theirs, loan, NOW, &world.fresh()).unwrap(),
                None => wallet.lend(&mine, license, some_plays(2), NOW, &world.fresh()).unwrap(),
            };
            let (mut giver, mut receiver, heard) = match returns {
                true => (player, wallet, mine),
                false => (wallet, player, theirs),
            };
            let (g, r) = if returns { (2, 1) } else { (1, 2) };
            let sum = if returns { 2 } else { 3 };
            let offer = receiver.read_loan(&heard, quote.bytes()).unwrap();
            // Each side writes at most one record; power is lost after each of them, and before anything was said.
            if cut > 0 {
                let (_, pay) = receiver.borrow(&offer, NOW, &world.fresh()).unwrap();
                receiver = wake(&receiver, r).unwrap();
                if cut > 1 {
                    let decided = giver.decide(pay.bytes(), NOW, &world.fresh()).unwrap();
                    giver = wake(&giver, g).unwrap();
                    assert_eq!(all_plays(&giver, &receiver), sum);
                    // Said twice, it is decided once.
                    let again = giver.decide(pay.bytes(), NOW, &world.fresh()).unwrap();
                    assert_eq!(settle_of(&again), settle_of(&decided));
                    if cut > 2 {
                        let settled = receiver.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap();
                        receiver = wake(&receiver, r).unwrap();
                        assert!(matches!(settled, Settled::Given { .. }));
                        let twice = receiver.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap();
                        let Settled::Again(done) = twice else {
                            panic!("{twice:?}")
                        };
                        if cut > 3 {
                            giver.take_done(done.bytes(), &world.fresh()).unwrap();
                            let freed = giver.take_done(done.bytes(), &world.fresh()).unwrap();
                            assert!(freed.is_empty());
                        }
                    }
                }
            }
            assert_eq!(all_plays(&giver, &receiver), sum, "returns {returns}, cut {cut}");
            assert!(meet(&mut world, &mut giver, &mut receiver, Talk::Twice));
            assert_eq!(all_plays(&giver, &receiver), sum, "returns {returns}, cut {cut}");
            let arrived = receiver.state().licenses.values().filter_map(|held| held.rights.plays);
            assert_eq!(arrived.sum::<u32>(), if cut > 0 { 2 } else { u32::from(returns) });
        }
    }
}

/// proves: S15
#[test]
fn what_was_played_since_the_quote_is_neither_lent_nor_returned() {
    let mut world = works(plays_of(2), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut player = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut player);
    let offer = offered(&mut world, &wallet, &player, name, license, some_plays(2)).unwrap();
    assert!(plays(&mut world, &mut wallet, license));
    assert_eq!(finish(&mut world, &mut wallet, &mut player, &offer), None);
    assert_eq!(all_plays(&wallet, &player), 1);
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(1)).unwrap();
    let (mine, theirs) = greet(&mut world, &wallet, &player, name).unwrap();
    let quote = player.give_back(&theirs, loan, NOW, &world.fresh()).unwrap();
    let offer = wallet.read_loan(&mine, quote.bytes()).unwrap();
    assert!(plays(&mut world, &mut player, loan));
    assert_eq!(finish(&mut world, &mut player, &mut wallet, &offer), None);
    assert_eq!(all_plays(&wallet, &player), 0);
    // Returned with nothing left, the loan is off both.
    assert_eq!(
        give_back(&mut world, &mut player, &mut wallet, name, loan),
        Some(license)
    );
    assert_eq!((wallet.lent().count(), player.state().licenses.len()), (0, 0));
}

/// proves: ST-12 row-38
#[test]
fn of_nine_pairs_exactly_those_work_that_are_on_both_lists() {
    let mut world = works(plays_of(9), 0);
    let mut wallets: Vec<_> = (1..=3).map(|n| owner(&mut world, n)).collect();
    let mut players: Vec<_> = (11..=13).map(|n| player(&mut world, n)).collect();
    let on_wallets: [&[usize]; 3] = [&[0, 1, 2], &[1], &[2]];
    let on_players: [&[usize]; 3] = [&[0], &[0, 1], &[0, 1, 2]];
    let mut worked = Vec::new();
    for (w, (wallet, license)) in wallets.iter_mut().enumerate() {
        for (p, player) in players.iter_mut().enumerate() {
            let name = pair(&mut world, wallet, player);
            wallet
                .list_device(name, on_wallets[w].contains(&p), PIN, &world.fresh())
                .unwrap();
            player
                .list_device(name, on_players[p].contains(&w), PIN, &world.fresh())
                .unwrap();
            let before = left(wallet, *license);
            match greet(&mut world, wallet, player, name) {
                Ok((mine, theirs)) => {
                    worked.push((w + 1, p + 1));
                    let quote = wallet
                        .lend(&mine, *license, some_plays(1), NOW, &world.fresh())
                        .unwrap();
                    let offer = player.read_loan(&theirs, quote.bytes()).unwrap();
                    assert!(finish(&mut world, wallet, player, &offer).is_some());
                }
                // Refused by the one or the other, whose word is signed; nothing has moved.
                Err(no) => {
                    let by_player = [(1, 0), (2, 0), (2, 1)].contains(&(w, p));
                    let expected = match by_player {
                        true => PairRefusal::NotListedThere,
                        false => PairRefusal::NotListedHere,
                    };
                    assert_eq!((no, left(wallet, *license)), (expected, before), "{w} {p}");
                }
            }
        }
    }
    assert_eq!(worked, [(1, 1), (1, 2), (1, 3), (2, 2), (3, 3)]);
}

/// proves: ST-12 row-38
#[test]
fn nobody_is_paired_or_greeted_in_anothers_name() {
    let mut world = works(plays_of(2), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let (mut other, _) = owner(&mut world, 3);
    let mut player = player(&mut world, 2);
    // A card is no player, a player no wallet; without the owner's PIN nothing is paired.
    let sheet = player.offer_pairing("x", &world.fresh()).unwrap();
    assert_eq!(
        wallet.offer_pairing("x", &world.fresh()).unwrap_err(),
        PairRefusal::OtherSide
    );
    let no = player
        .pair_player(sheet.bytes(), "x", PIN, NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no, PairRefusal::OtherSide);
    let no = wallet
        .pair_player(sheet.bytes(), "x", "0000", NOW, &world.fresh())
        .unwrap_err();
    assert_eq!(no.code(), "pin-wrong");
    let mut forged = sheet.bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let no = wallet.pair_player(&forged, "x", PIN, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no.code(), "pair-forged");
    let mut gone = certified(&mut world, 4, |own| own.until = NOW.plus(Span::minutes(1)));
    let late = gone.offer_pairing("x", &world.fresh()).unwrap();
    let after = NOW.plus(Span::days(1));
    let no = wallet
        .pair_player(late.bytes(), "x", PIN, after, &world.fresh())
        .unwrap_err();
    assert!(matches!(no, PairRefusal::NotTrusted(_)), "{no:?}");
    // The answer to one player is nothing to another.
    let (name, answer) = wallet
        .pair_player(sheet.bytes(), "x", PIN, NOW, &world.fresh())
        .unwrap();
    let no = gone.pair_wallet(answer.bytes(), PIN, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no, PairRefusal::NotMine);
    player.pair_wallet(answer.bytes(), PIN, NOW, &world.fresh()).unwrap();
    let third = pair(&mut world, &mut other, &mut player);
    // A greeting of one pair is none in another, an old one none now, and a reflected one none at all.
    let (greeting, hello) = wallet.greet(name, &world.fresh()).unwrap();
    assert_eq!(
        other.greeted_by(hello.bytes(), &world.fresh()).unwrap_err(),
        PairRefusal::NotPaired
    );
    assert!(wallet.greeted_by(hello.bytes(), &world.fresh()).is_err());
    let (_, _, old) = player.greeted_by(hello.bytes(), &world.fresh()).unwrap();
    let (next, _) = wallet.greet(name, &world.fresh()).unwrap();
    assert_eq!(
        wallet.greeting_answered(next, old.bytes()).unwrap_err(),
        PairRefusal::NotMine
    );
    assert!(wallet.greeting_answered(greeting, hello.bytes()).is_err());
    // What was offered in one pair is taken in no other.
    let (mine, theirs) = greet(&mut world, &wallet, &player, name).unwrap();
    let quote = wallet.lend(&mine, license, some_plays(1), NOW, &world.fresh()).unwrap();
    let (_, elsewhere) = greet(&mut world, &other, &player, third).unwrap();
    assert_eq!(
        player.read_loan(&elsewhere, quote.bytes()).unwrap_err(),
        LendFailure::NotMine
    );
    let offer = player.read_loan(&theirs, quote.bytes()).unwrap();
    let (_, pay) = player.borrow(&offer, NOW, &world.fresh()).unwrap();
    assert!(other.decide(pay.bytes(), NOW, &world.fresh()).is_err());
    // Off the list between offer and decision: void, and nothing has left.
    wallet.list_device(name, false, PIN, &world.fresh()).unwrap();
    let decided = wallet.decide(pay.bytes(), NOW, &world.fresh()).unwrap();
    assert!(
        matches!(
            decided,
            Decided::Void {
                reason: VoidReason::Certificate,
                ..
            }
        ),
        "{decided:?}"
    );
    assert_eq!(left(&wallet, license), Some(2));
    let void = player.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap();
    assert!(matches!(void, Settled::Void { .. }));
    assert!(player.state().evidence.is_empty() && player.open().is_empty());
}

/// proves: ST-4 ST-12
#[test]
fn an_unlimited_license_is_with_as_many_players_as_its_policy_says() {
    let mut world = works(Rights::UNLIMITED, 2);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut players: Vec<_> = (2..=4).map(|n| player(&mut world, n)).collect();
    let names: Vec<Tag> = players.iter_mut().map(|p| pair(&mut world, &mut wallet, p)).collect();
    let all = LendWish::default();
    let mut loans = Vec::new();
    for n in 0..2 {
        loans.push(lend(&mut world, &mut wallet, &mut players[n], names[n], license, all).unwrap());
    }
    let no = offered(&mut world, &wallet, &players[2], names[2], license, all).unwrap_err();
    assert_eq!(no, LendRefusal::Players(2).into());
    assert!(plays(&mut world, &mut wallet, license), "its holder still plays");
    let no = wallet.give_up_loan(loans[0], PIN, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no.code(), "lend-not-now");
    give_back(&mut world, &mut players[0], &mut wallet, names[0], loans[0]).unwrap();
    assert!(!plays(&mut world, &mut players[0], loans[0]));
    let loan = lend(&mut world, &mut wallet, &mut players[2], names[2], license, all).unwrap();
    assert!(plays(&mut world, &mut players[2], loan));
}

/// Fifty players at one card: as many have a key as its license's terms name, each proved who it is, one play runs at the
/// card itself, and whoever begins again and again waits.
///
/// proves: row-33
#[test]
fn a_card_is_no_service_of_keys_for_strangers() {
    let mut world = works(Rights::UNLIMITED, 2);
    let (mut wallet, license) = owner(&mut world, 1);
    let served = (0..50_u8).filter(|n| {
        let mut player = player(&mut world, 100 + n);
        let name = pair(&mut world, &mut wallet, &mut player);
        lend(&mut world, &mut wallet, &mut player, name, license, LendWish::default()).is_ok()
    });
    assert_eq!(served.count(), 2);
    // One's answer to a greeting is nobody else's, and who only says that he is a player hears nothing.
    let stranger = player(&mut world, 99);
    let paired = *wallet.state().pairs.as_ref().unwrap().list.keys().next().unwrap();
    let (_, hello) = wallet.greet(paired, &world.fresh()).unwrap();
    assert_eq!(
        stranger.greeted_by(hello.bytes(), &world.fresh()).unwrap_err(),
        PairRefusal::NotPaired
    );
    // At the card: what began before runs no longer.
    let first = wallet.begin_play(license, NOW, &world.fresh()).unwrap();
    assert!(wallet.release(&first, &world.header, 0, NOW).is_ok());
    let kept = wallet.keep_play(&first);
    let second = wallet.begin_play(license, NOW, &world.fresh()).unwrap();
    let no = wallet.release(&first, &world.header, 0, NOW).unwrap_err();
    assert_eq!(no, ReleaseRefusal::Elsewhere);
    assert!(wallet.release(&second, &world.header, 0, NOW).is_ok());
    // Going on with the first is one more play that runs, and the second has ended by it.
    let again = wallet.resume_play(&kept, NOW).unwrap();
    assert!(wallet.release(&again, &world.header, 0, NOW).is_ok());
    assert_eq!(
        wallet.release(&second, &world.header, 0, NOW).unwrap_err(),
        ReleaseRefusal::Elsewhere
    );
    // Opening the package as it comes runs beside, and counts.
    let keeping = wallet.begin_keeping(license, NOW, &world.fresh()).unwrap();
    assert!(wallet.release(&keeping, &world.header, 0, NOW).is_ok());
    assert!(wallet.release(&again, &world.header, 0, NOW).is_ok());
    let mut begun = 4;
    let no = loop {
        match wallet.begin_play(license, NOW, &world.fresh()) {
            Ok(_) => begun += 1,
            Err(no) => break no,
        }
    };
    let later = NOW.plus(Span::minutes(60));
    assert_eq!((begun, no), (card::RUNS_AN_HOUR, ReleaseRefusal::TooOften(later)));
    assert!(wallet.resume_play(&kept, NOW).is_none());
    assert!(wallet.begin_play(license, later, &world.fresh()).is_ok());
}

/// proves: S15 SD-2
#[test]
fn a_part_of_a_period_is_lent_and_what_has_not_passed_comes_back() {
    let month = Rights {
        period: Some(Span::days(30)),
        ..Rights::UNLIMITED
    };
    let mut world = works(month, 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut player = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut player);
    let period = |card: &Card<Memory>, id| card.state().licenses.get(&id).and_then(|held| held.rights.period);
    let wish = |days| LendWish {
        plays: None,
        period: Some(Span::days(days)),
    };
    let no = offered(&mut world, &wallet, &player, name, license, wish(31)).unwrap_err();
    assert_eq!(no, LendRefusal::NoPart.into());
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, wish(30)).unwrap();
    let no = wallet.begin_play(license, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no, ReleaseRefusal::Play(PlayRefusal::LentOut));
    give_back(&mut world, &mut player, &mut wallet, name, loan).unwrap();
    assert_eq!(period(&wallet, license), Some(Span::days(30)));
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, wish(10)).unwrap();
    assert_eq!(period(&wallet, license), Some(Span::days(20)));
    // It begins at the player with the first play, and what has passed then does not come back.
    assert!(plays(&mut world, &mut player, loan));
    let four = NOW.plus(Span::days(4));
    let (mine, theirs) = greet(&mut world, &wallet, &player, name).unwrap();
    let quote = player.give_back(&theirs, loan, four, &world.fresh()).unwrap();
    let offer = wallet.read_loan(&mine, quote.bytes()).unwrap();
    let (_, pay) = wallet.borrow(&offer, four, &world.fresh()).unwrap();
    let decided = player.decide(pay.bytes(), four, &world.fresh()).unwrap();
    wallet.settle(&settle_of(&decided), four, &world.fresh()).unwrap();
    let back = period(&wallet, license).unwrap();
    let six = Span::days(26);
    assert!(back <= six && back >= Span(six.0 - Span::minutes(10).0), "{back:?}");
}

/// proves: ST-4 S8 S15
#[test]
fn a_license_that_is_lent_in_part_stays_on_its_card_and_so_does_a_loan() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut player = player(&mut world, 2);
    let mut friend = rich(&mut world, 3, 500);
    let name = pair(&mut world, &mut wallet, &mut player);
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(1)).unwrap();
    let no = wallet.may_offer(Kind::Move, license, NOW).unwrap_err();
    assert_eq!(no.code(), "give-not-now");
    let no = wallet.delete(license, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no, ReleaseRefusal::Play(PlayRefusal::LentOut));
    assert!(player.delete(loan, NOW, &world.fresh()).is_err());
    for kind in [Kind::Copy, Kind::Move] {
        assert!(player.may_offer(kind, loan, NOW).is_err(), "{kind:?}");
    }
    // A copy is a license of its own and pays its own fare.
    hand_on(&mut world, &mut wallet, &mut friend, Kind::Copy, license);
    // A move that was offered before the loan is void after it.
    give_back(&mut world, &mut player, &mut wallet, name, loan).unwrap();
    let mut third = rich(&mut world, 4, 500);
    let (checked, _) = quoted(&mut world, &mut wallet, &third, Kind::Move, license);
    let (_, pay) = pay(&mut world, &mut third, &checked);
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(1)).unwrap();
    let decided = decide(&mut world, &mut wallet, &pay);
    assert!(matches!(decided, Decided::Void { .. }), "{decided:?}");
    // The player is gone: its holder gives the loan up with his PIN, and has what is left.
    let no = wallet.give_up_loan(loan, "0000", NOW, &world.fresh()).unwrap_err();
    assert_eq!(no.code(), "pin-wrong");
    wallet.give_up_loan(loan, PIN, NOW, &world.fresh()).unwrap();
    assert_eq!((left(&wallet, license), wallet.lent().count()), (Some(2), 0));
    assert!(wallet.may_offer(Kind::Move, license, NOW).is_ok());
    // It turns up again: what was given up does not come back.
    let (mine, theirs) = greet(&mut world, &wallet, &player, name).unwrap();
    let quote = player.give_back(&theirs, loan, NOW, &world.fresh()).unwrap();
    let offer = wallet.read_loan(&mine, quote.bytes()).unwrap();
    let no = wallet.borrow(&offer, NOW, &world.fresh()).unwrap_err();
    assert!(matches!(no, LendFailure::Refused(_)), "{no:?}");
}

fn bought_bound(world: &mut World, n: u8, bind: Bind) -> (Card<Memory>, LicenseId) {
    let mut card = rich(world, n, 500);
    let asked = card.ask_sale(units::OfferNo(204), &world.fresh()).unwrap();
    let checked = world.checked(&card, &asked);
    let ok = card.confirm(&checked, PIN, &world.fresh()).unwrap();
    let want = Want {
        bind,
        ..Want::default()
    };
    let (_, pay) = card.pay(&checked, ok, &want, NOW, &world.fresh()).unwrap();
    let settle = world.give(pay.bytes());
    match card.settle(&settle, NOW, &world.fresh()).unwrap() {
        Settled::Given { license: Some(id), .. } => (card, id),
        other => panic!("{other:?}"),
    }
}

/// proves: ST-24
#[test]
fn a_license_that_names_its_players_goes_to_no_other() {
    let mut world = works(plays_of(3), 0);
    let (mut named, mut other) = (player(&mut world, 2), player(&mut world, 3));
    let bind = Bind::Players(vec![Hash([9; 32]), named.device()]);
    let (mut wallet, license) = bought_bound(&mut world, 1, bind);
    let one = pair(&mut world, &mut wallet, &mut named);
    let two = pair(&mut world, &mut wallet, &mut other);
    let no = offered(&mut world, &wallet, &other, two, license, some_plays(1)).unwrap_err();
    assert_eq!(no, LendRefusal::Bound.into());
    let loan = lend(&mut world, &mut wallet, &mut named, one, license, some_plays(1)).unwrap();
    assert!(plays(&mut world, &mut named, loan));
}

/// A broken wallet answers a loan with another license of the same work: one that names other players, as it is or with their
/// names left out. Player and chain refuse it, whoever brings it.
///
/// proves: ST-24
#[test]
fn a_player_that_is_not_named_takes_no_loan_from_a_broken_wallet_either() {
    for (keeps, code) in [(true, "settle-another-license"), (false, "license-wider-than-policy")] {
        let mut world = works(plays_of(3), 0);
        let bind = Bind::Players(vec![Hash([9; 32])]);
        let (mut wallet, named) = bought_bound(&mut world, 1, bind);
        world.load(&mut wallet, 300);
        let free = world.buy(&mut wallet);
        let mut other = player(&mut world, 3);
        let name = pair(&mut world, &mut wallet, &mut other);
        let offer = offered(&mut world, &wallet, &other, name, free, some_plays(3)).unwrap();
        let (deal, _) = other.borrow(&offer, NOW, &world.fresh()).unwrap();
        // The wallet's own keys, in the hands of somebody who does not ask its card.
        let secret = seal::Secret::new(*crate::world::seed(1 << 40).part("kus").expose());
        let held = wallet.state().licenses[&named].clone();
        let theirs = wallet.state().pair(name).unwrap().clone();
        let before = license::Document::parse(&held.document).unwrap();
        let last = before.last_link(world.id).unwrap();
        let link = license::Link {
            after: seal::hash(before.links.last().unwrap()),
            bind: if keeps { last.bind.clone() } else { Bind::Free },
            receiver: license::Receiver {
                tag: name,
                sign: theirs.sign,
                seal: theirs.seal,
            },
            deal,
            at: NOW,
            loan: Some(license::Loan { answer: None }),
            ..last
        };
        let bound = license::bound_to(world.id, link.offer, link.header, name, link.generation, Share::Whole);
        let key = seal::ContentSecret::new(*world.key.secret_bytes_for_wrapping());
        let wrap = license::wrap_key(&theirs.seal, &bound, Share::Whole, &key, &world.fresh()).unwrap();
        let tag = seal::Signer::new(&secret.derive("tag/sign", &[&held.tag.0]));
        let signed = seal::sign(&tag, Sealed::Link, world.id, seal::Audience::Anyone, &link);
        let mut document = before.clone();
        document.links.push(signed.into());
        document.wraps = vec![wrap];
        let sheet = deal::wire::SettleSheet {
            deal,
            pay_no: 0,
            outcome: deal::wire::OutcomeSheet::Given(deal::wire::GiftSheet {
                document: Some(seal::cbor::to_bytes(&document).into()),
                ..Default::default()
            }),
            certificate: Vec::new().into(),
        };
        let speaks = seal::Signer::new(&secret.derive("pair/sign", &[&theirs.key]));
        let audience = seal::Audience::One(name.0);
        let (kind, seed) = (Sealed::Settle, world.fresh());
        let settle = deal::wire::sign_and_seal(&speaks, kind, world.id, audience, &theirs.seal, &sheet, &seed).unwrap();
        let no = other.settle(&settle, NOW, &world.fresh()).unwrap_err();
        assert_eq!(no.code(), code, "{no}");
        if keeps {
            assert!(no.to_string().contains("the devices it is bound to"), "{no}");
        }
        assert!(other.state().licenses.is_empty() && other.borrowed_in(name).next().is_none());
    }
}

/// Nor does it leave for another card, whose players would not open it.
///
/// proves: ST-23 ST-24
#[test]
fn a_license_that_is_bound_stays_with_those_it_is_bound_to() {
    for bind in [Bind::Players(vec![Hash([9; 32])]), Bind::Wallet] {
        let mut world = works(plays_of(3), 0);
        let (wallet, license) = bought_bound(&mut world, 1, bind);
        let no = wallet.may_offer(Kind::Move, license, NOW).unwrap_err();
        assert_eq!(no.code(), "give-not-now");
        assert!(
            wallet.may_offer(Kind::Copy, license, NOW).is_ok(),
            "a copy is its receiver's to bind"
        );
    }
}

/// What comes back finds the loan it comes back to, however late it comes: until then it is not given up.
///
/// proves: ST-4 S15
#[test]
fn a_loan_whose_return_is_on_its_way_is_not_given_up() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut player = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut player);
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(2)).unwrap();
    let (mine, theirs) = greet(&mut world, &wallet, &player, name).unwrap();
    let quote = player.give_back(&theirs, loan, NOW, &world.fresh()).unwrap();
    let offer = wallet.read_loan(&mine, quote.bytes()).unwrap();
    let (_, pay) = wallet.borrow(&offer, NOW, &world.fresh()).unwrap();
    let decided = player.decide(pay.bytes(), NOW, &world.fresh()).unwrap();
    // The player has decided, and its answer is still to come.
    let no = wallet.give_up_loan(loan, PIN, NOW, &world.fresh()).unwrap_err();
    assert_eq!(no.code(), "lend-not-now");
    assert_eq!(wallet.lent().count(), 1);
    let settled = wallet.settle(&settle_of(&decided), NOW, &world.fresh()).unwrap();
    assert!(matches!(settled, Settled::Given { .. }), "{settled:?}");
    assert_eq!((left(&wallet, license), wallet.lent().count()), (Some(3), 0));
    assert!(wallet.open().is_empty());
}

/// proves: ST-23 row-33
#[test]
fn a_license_bound_to_its_buyer_plays_only_while_that_wallet_answers() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = bought_bound(&mut world, 1, Bind::Wallet);
    let (mut other, mut player) = (owner(&mut world, 3).0, player(&mut world, 2));
    let name = pair(&mut world, &mut wallet, &mut player);
    pair(&mut world, &mut other, &mut player);
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(2)).unwrap();
    assert_eq!(player.answers_every(loan), Some(card::ANSWERS_EVERY));
    let away = ReleaseRefusal::Play(PlayRefusal::WalletAway);
    assert_eq!(player.begin_play(loan, NOW, &world.fresh()).unwrap_err(), away);
    assert_eq!(left(&player, loan), Some(2), "nothing was counted");
    let asked = player.ask_there(loan, &world.fresh()).unwrap();
    assert!(
        other.say_there(&asked, NOW).is_err(),
        "another wallet does not answer for it"
    );
    let there = wallet.say_there(&asked, NOW).unwrap();
    player.hear_there(there.bytes(), NOW).unwrap();
    assert_eq!(
        player.hear_there(there.bytes(), NOW).unwrap_err(),
        PairRefusal::NotMine,
        "once"
    );
    let ticket = player.begin_play(loan, NOW, &world.fresh()).unwrap();
    assert!(player.release(&ticket, &world.header, 0, NOW).is_ok());
    // It goes away in the middle: no further key leaves, until it answers again.
    let later = NOW.plus(card::ANSWERS_EVERY).plus(Span::seconds(1));
    assert_eq!(player.release(&ticket, &world.header, 0, later).unwrap_err(), away);
    let asked = player.ask_there(loan, &world.fresh()).unwrap();
    let there = wallet.say_there(&asked, later).unwrap();
    player.hear_there(there.bytes(), later).unwrap();
    assert!(player.release(&ticket, &world.header, 0, later).is_ok());
    assert_eq!(left(&player, loan), Some(1), "the play was counted once");
}

/// proves: ST-11 row-41
#[test]
fn a_rendition_plays_for_the_wallet_it_was_made_for_and_for_nobody_else() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let (mut other, others) = owner(&mut world, 3);
    let mut player = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut player);
    pair(&mut world, &mut other, &mut player);
    assert!(
        wallet.begin_conversion(license, NOW).is_err(),
        "only what is on loan is converted, and only by players"
    );
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(1)).unwrap();
    let ticket = player.begin_conversion(loan, NOW).unwrap();
    assert!(player.release(&ticket, &world.header, 0, NOW).is_ok());
    assert_eq!(left(&player, loan), Some(1), "nobody has heard it");
    let secret = seal::ContentSecret::from_slice(&[5; 32]).unwrap();
    let key = package::ContentKey::from_secret_bytes([5; 32]);
    let about = package::About {
        realm: world.id,
        content: wallet.state().licenses[&license].title,
        publisher: world.publisher,
        ..package::About::example()
    };
    let header = package::Header::new(about, &key, package::Geometry::of(1000).unwrap());
    let signed = player.sign_rendition(loan, &header, &secret, &world.fresh()).unwrap();
    // Not under another key than the package has, and not of another work.
    let wrong = seal::ContentSecret::from_slice(&[6; 32]).unwrap();
    assert!(player.sign_rendition(loan, &header, &wrong, &world.fresh()).is_err());
    assert_eq!(wallet.opens_version(license, &header, &signed), Ok(()));
    let no = other.opens_version(others, &header, &signed).unwrap_err();
    assert_eq!(no, ReleaseRefusal::OtherPackage, "the same player, another wallet");
    let ticket = wallet.begin_play(license, NOW, &world.fresh()).unwrap();
    let ticket = wallet.play_version(ticket, &header, &signed).unwrap();
    assert!(wallet.release(&ticket, &header, 0, NOW).is_ok());
    assert!(
        wallet.release(&ticket, &world.header, 0, NOW).is_err(),
        "a play of the one is no play of the other"
    );
    assert_eq!(left(&wallet, license), Some(1), "one of its own plays");
    // Whom the holder no longer lets in makes nothing that plays here.
    wallet.list_device(name, false, PIN, &world.fresh()).unwrap();
    assert!(wallet.opens_version(license, &header, &signed).is_err());
}

/// proves: ST-18 row-28
#[test]
fn a_player_whose_certificate_has_ended_or_that_is_a_program_gets_nothing_it_may_not_have() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut ends = certified(&mut world, 2, |own| own.until = NOW.plus(Span::days(1)));
    let name = pair(&mut world, &mut wallet, &mut ends);
    let offer = offered(&mut world, &wallet, &ends, name, license, some_plays(1)).unwrap();
    let (mine, _) = greet(&mut world, &wallet, &ends, name).unwrap();
    let late = NOW.plus(Span::days(2));
    let no = wallet
        .lend(&mine, license, some_plays(1), late, &world.fresh())
        .unwrap_err();
    assert_eq!(no, LendFailure::NotCertified);
    let (_, pay) = ends.borrow(&offer, NOW, &world.fresh()).unwrap();
    let decided = wallet.decide(pay.bytes(), late, &world.fresh()).unwrap();
    assert!(matches!(decided, Decided::Void { .. }), "{decided:?}");
    // A work for hardware alone, on a chip: no program gets it, another chip does, and has it played there.
    let mut world = works(plays_of(3), 0);
    world.terms.hardware_only = true;
    let mut wallet = world.card_of(1, Class::Hardware);
    world.load(&mut wallet, 1000);
    let license = world.buy(&mut wallet);
    let mut program = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut program);
    let no = offered(&mut world, &wallet, &program, name, license, some_plays(1)).unwrap_err();
    assert_eq!((&no, no.code()), (&LendFailure::HardwareOnly, "hardware-cards-only"));
    let mut chip = certified(&mut world, 3, |own| own.class = Class::Hardware);
    let name = pair(&mut world, &mut wallet, &mut chip);
    let loan = lend(&mut world, &mut wallet, &mut chip, name, license, some_plays(1)).unwrap();
    assert_eq!((left(&wallet, license), left(&chip, loan)), (Some(2), Some(1)));
    assert!(chip.begin_play(loan, NOW, &world.fresh()).is_ok());
    // Offered to a chip which its maker certifies as a program before it is decided: nothing is handed over.
    let twin = |world: &mut World, class| certified(world, 4, |own| own.class = class);
    let (mut before, after) = (twin(&mut world, Class::Hardware), twin(&mut world, Class::Software));
    let same = world.fresh();
    let sheet = before.offer_pairing("Living room", &same).unwrap();
    let (name, answer) = wallet
        .pair_player(sheet.bytes(), "Aiko's wallet", PIN, NOW, &world.fresh())
        .unwrap();
    before.pair_wallet(answer.bytes(), PIN, NOW, &world.fresh()).unwrap();
    let offer = offered(&mut world, &wallet, &before, name, license, some_plays(1)).unwrap();
    let (_, pay) = before.borrow(&offer, NOW, &world.fresh()).unwrap();
    let sheet = after.offer_pairing("Living room", &same).unwrap();
    let again = wallet.pair_player(sheet.bytes(), "Aiko's wallet", PIN, NOW, &world.fresh());
    assert_eq!(again.unwrap().0, name, "the same device");
    let decided = wallet.decide(pay.bytes(), NOW, &world.fresh()).unwrap();
    assert!(matches!(decided, Decided::Void { .. }), "{decided:?}");
    assert_eq!(left(&wallet, license), Some(2));
}

/// proves: row-31
#[test]
fn a_loan_is_no_license_and_is_handed_on_by_nobody() {
    let mut world = works(plays_of(3), 0);
    let (mut wallet, license) = owner(&mut world, 1);
    let mut player = player(&mut world, 2);
    let name = pair(&mut world, &mut wallet, &mut player);
    let loan = lend(&mut world, &mut wallet, &mut player, name, license, some_plays(1)).unwrap();
    let held = player.state().licenses[&loan].clone();
    let document = license::Document::parse(&held.document).unwrap();
    assert!(document.clone().check_loan(player.trust(), name).is_ok());
    let no = document.clone().check(player.trust(), name).unwrap_err();
    assert_eq!(no.code(), "license-wider-than-policy");
    assert_eq!(held.rights.share, Share::Whole);
    // Nothing follows a loan, were it signed by the very key it is for.
    let last = document.last_link(world.id).unwrap();
    let again = license::Link {
        after: seal::hash(document.links.last().unwrap()),
        loan: None,
        ..last
    };
    let mut longer = document;
    let signed = seal::sign(&signer(9), Sealed::Link, world.id, seal::Audience::Anyone, &again);
    longer.links.push(signed.into());
    assert!(longer.check(player.trust(), name).is_err());
}
