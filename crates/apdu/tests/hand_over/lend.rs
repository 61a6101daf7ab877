//! A card in a player's reader lends, and has back what was not played; its holder's PIN is for exactly one loan.

use crate::table::{
    Cut, Seat, handing_on, owner,
    world::{NOW, PIN, World},
};
use apdu::{Form, LoanError, Terminal, TerminalError, borrow, give_back};
use card::{Card, Memory, PairRefusal};
use units::{LicenseId, Tag};
use zeroize::Zeroizing;

fn pair(world: &mut World, seat: &mut Seat, player: &mut Card<Memory>) -> Tag {
    let sheet = player.offer_pairing("Living room", &world.fresh()).unwrap();
    let (pair, answer) = seat
        .card
        .pair_player(sheet.bytes(), "Aiko", PIN, NOW, &world.fresh())
        .unwrap();
    assert_eq!(player.pair_wallet(answer.bytes(), PIN, NOW, &world.fresh()), Ok(pair));
    pair
}

fn left(card: &Card<Memory>, license: LicenseId) -> Option<u32> {
    card.state().licenses.get(&license)?.rights.plays
}

fn three(world: &mut World) -> (Seat, LicenseId) {
    world.rights.plays = Some(3);
    let seat = owner(world, 1);
    let license = *seat.card.state().licenses.keys().next().unwrap();
    (seat, license)
}

fn with_pin(_: &apdu::Notice) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(PIN.to_owned()))
}

/// proves: ST-4 ST-18 ST-12 S15
#[test]
fn a_card_in_a_players_reader_lends_and_has_back_by_commands_alone() {
    for form in [Form::Short, Form::Extended] {
        let mut world = handing_on();
        let (mut seat, license) = three(&mut world);
        let mut player = world.player(2, |_| {});
        let pair = pair(&mut world, &mut seat, &mut player);
        let mut reader = Terminal::new(&mut seat, form);
        reader.select().unwrap();
        // Its holder sees what is asked for, and says no: nothing has moved.
        let no = borrow(
            &mut player,
            &mut reader,
            (pair, license, Some(2)),
            |_| None,
            NOW,
            &world.fresh(),
        );
        assert_eq!(no.unwrap(), None);
        let wrong = |_: &apdu::Notice| Some(Zeroizing::new("0000".to_owned()));
        let no = borrow(
            &mut player,
            &mut reader,
            (pair, license, Some(2)),
            wrong,
            NOW,
            &world.fresh(),
        );
        let Err(LoanError::Card(TerminalError::Refused(no))) = no else {
            panic!("{no:?}")
        };
        assert_eq!(no.code, "pin-wrong");
        let mut told = None;
        let agree = |notice: &apdu::Notice| {
            told = Some((notice.title.clone(), notice.kind, notice.with.clone()));
            with_pin(notice)
        };
        let loan = borrow(
            &mut player,
            &mut reader,
            (pair, license, Some(2)),
            agree,
            NOW,
            &world.fresh(),
        );
        let loan = loan.unwrap().unwrap();
        assert_eq!(
            told,
            Some(("Night Ferry".to_owned(), deal::Kind::Lend, "Living room".to_owned()))
        );
        assert_eq!(left(&player, loan), Some(2));
        player.begin_play(loan, NOW, &world.fresh()).unwrap();
        give_back(&mut player, &mut reader, (pair, loan), NOW, &world.fresh()).unwrap();
        assert_eq!((left(&seat.card, license), left(&player, loan)), (Some(2), None));
        assert!(seat.card.open().is_empty() && player.open().is_empty());
        // A card that no longer lets the player in says so, and lends nothing.
        seat.card.list_device(pair, false, PIN, &world.fresh()).unwrap();
        let mut reader = Terminal::new(&mut seat, form);
        reader.select().unwrap();
        let no = borrow(
            &mut player,
            &mut reader,
            (pair, license, None),
            with_pin,
            NOW,
            &world.fresh(),
        );
        let Err(LoanError::Pair(no)) = no else { panic!("{no:?}") };
        assert_eq!(no, PairRefusal::NotListedThere);
    }
}

/// proves: ST-4 S15
#[test]
fn a_card_pulled_out_at_any_command_has_lent_once_or_not_at_all() {
    for at in 1..20 {
        for cut in [Cut::Before(at), Cut::After(at)] {
            let mut world = handing_on();
            let (mut seat, license) = three(&mut world);
            let mut player = world.player(2, |_| {});
            let pair = pair(&mut world, &mut seat, &mut player);
            seat.commands = 0;
            seat.cut = Some(cut);
            let mut reader = Terminal::new(&mut seat, Form::Extended);
            if reader.select().is_ok() {
                drop(borrow(
                    &mut player,
                    &mut reader,
                    (pair, license, Some(2)),
                    with_pin,
                    NOW,
                    &world.fresh(),
                ));
            }
            seat.cut = None;
            // Put back in: what was torn is finished by saying it again, and then there are three plays in all.
            let open: Vec<_> = player.open().iter().map(|open| open.deal).collect();
            for deal in open {
                let take = player.pay_again(deal).unwrap();
                let decided = seat.card.decide(take.bytes(), NOW, &world.fresh()).unwrap();
                player
                    .settle(decided.settle().unwrap().bytes(), NOW, &world.fresh())
                    .unwrap();
            }
            let here: u32 = player
                .state()
                .licenses
                .values()
                .filter_map(|held| held.rights.plays)
                .sum();
            assert_eq!(left(&seat.card, license).unwrap() + here, 3, "{cut:?}");
        }
    }
}

/// The word for a loan is for its plays and its time: the card shows both, another number of either needs another word, and what
/// has changed since is not lent on the old one.
///
/// proves: ST-4 row-28 row-80
#[test]
fn the_word_for_a_loan_is_for_these_plays_and_this_time() {
    let mut world = handing_on();
    let (mut seat, license) = three(&mut world);
    let mut player = world.player(2, |_| {});
    let pair = pair(&mut world, &mut seat, &mut player);
    let wished = |plays: u64, period: Option<u64>| {
        let mut about = Vec::new();
        apdu::tlv::put(&mut about, 0x80, &license.0);
        apdu::tlv::put_number(&mut about, 0x81, plays);
        if let Some(period) = period {
            apdu::tlv::put_number(&mut about, 0x82, period);
        }
        about
    };
    let mut reader = Terminal::new(&mut seat, Form::Extended);
    reader.select().unwrap();
    let hello = reader.greet(pair).unwrap();
    let (_, listed, mine) = player.greeted_by(&hello, &world.fresh()).unwrap();
    assert!(listed);
    reader.greeted(mine.bytes()).unwrap();
    let wish = |reader: &mut Terminal<&mut Seat>, plays, period| {
        let bytes = reader
            .call(0x80, apdu::ins::WISH, [0, 0], &wished(plays, period))
            .unwrap();
        apdu::Notice::read(&bytes).unwrap()
    };
    let day = units::Span::days(1);
    let notices = [(2, Some(day.0)), (2, None), (3, Some(day.0)), (2, Some(day.0 / 2))]
        .map(|(plays, period)| wish(&mut reader, plays, period));
    assert_eq!(notices[0].lends.unwrap().plays, Some(2));
    assert_eq!(notices[0].lends.unwrap().until, Some(NOW.plus(day)));
    assert_eq!(notices[1].lends.unwrap().until, None);
    // The last one stands: a word for any other is none for it, and costs no try.
    for other in &notices[..3] {
        let Err(TerminalError::Refused(no)) = reader.verify_loan(other.hash, PIN) else {
            panic!("another loan's word")
        };
        assert_eq!(no.code, "consent-not-this");
    }
    reader.verify_loan(notices[3].hash, PIN).unwrap();
    reader.lend().unwrap();
    // Agreed to, and then all but one are played: what would be lent now is something else.
    let all = reader
        .call(0x80, apdu::ins::WISH, [0, 0], &{
            let mut about = Vec::new();
            apdu::tlv::put(&mut about, 0x80, &license.0);
            about
        })
        .unwrap();
    let all = apdu::Notice::read(&all).unwrap();
    assert_eq!(all.lends.unwrap().plays, Some(3));
    reader.verify_loan(all.hash, PIN).unwrap();
    seat.card.begin_play(license, NOW, &world.fresh()).unwrap();
    let mut reader = Terminal::new(&mut seat, Form::Extended);
    let Err(TerminalError::Refused(no)) = reader.lend() else {
        panic!("lent what was not shown")
    };
    assert_eq!(no.code, "consent-not-this");
}

/// A reader that asks the card for more than it shows.
struct Greedy<'a>(&'a mut Seat);

impl apdu::Link for Greedy<'_> {
    type Error = crate::table::Pulled;
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Self::Error> {
        let swap = |bytes: &[u8], from: &[u8], to: &[u8]| {
            let at = bytes.windows(from.len()).position(|found| found == from);
            let mut out = bytes.to_vec();
            if let Some(at) = at {
                out[at..at + to.len()].copy_from_slice(to);
            }
            out
        };
        if command.get(1) != Some(&apdu::ins::WISH) {
            return (&mut *self.0).transmit(command);
        }
        let asked = swap(command, &[0x81, 1, 2], &[0x81, 1, 3]);
        assert_ne!(asked, command);
        let told = (&mut *self.0).transmit(&asked)?;
        let shown = swap(&told, &[0xA0, 3, 0x80, 1, 3], &[0xA0, 3, 0x80, 1, 2]);
        assert_ne!(shown, told);
        Ok(shown)
    }
}

/// proves: row-80 row-81
#[test]
fn a_player_takes_no_other_loan_than_the_one_that_was_shown() {
    let mut world = handing_on();
    let (mut seat, license) = three(&mut world);
    let mut player = world.player(2, |_| {});
    let pair = pair(&mut world, &mut seat, &mut player);
    let mut reader = Terminal::new(Greedy(&mut seat), Form::Extended);
    reader.select().unwrap();
    let no = borrow(
        &mut player,
        &mut reader,
        (pair, license, Some(2)),
        with_pin,
        NOW,
        &world.fresh(),
    );
    assert!(matches!(no, Err(LoanError::Card(TerminalError::Strange))), "{no:?}");
    assert!(player.open().is_empty() && player.state().licenses.is_empty());
    assert_eq!(left(&seat.card, license), Some(3));
}
