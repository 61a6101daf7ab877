//! A copy and a move from the card in one reader to the card in another, through the real PC/SC service: the terminal is a
//! program that has nothing but two readers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod rig;

use std::sync::{Arc, Mutex};

use apdu::{Form, HandOverError, Settled, What, finish, hand_over};
use deal::Kind;
use rig::{
    Rig,
    table::{
        Cut, Seat, Willing, handing_on, owner,
        world::{World, yen},
    },
};
use units::Money;

type Shared = Arc<Mutex<Seat>>;

fn two(world: &mut World) -> [Shared; 2] {
    [owner(world, 1), Seat::new(world, 2, 500)].map(|seat| Arc::new(Mutex::new(seat)))
}

/// Spendable, in escrow, licenses that play, open records.
fn books(seat: &Shared) -> (Money, Money, usize, usize) {
    let seat = seat.lock().unwrap();
    let (state, summary) = (seat.card.state(), seat.card.state().summary());
    let escrow = summary.escrow.values().fold(yen(0), |a, b| a.plus(*b).unwrap());
    let playing = state
        .licenses
        .values()
        .filter(|held| held.status == deal::Status::Usable)
        .count();
    (summary.spendable, escrow, playing, state.paid.len() + state.given.len())
}

fn work(world: &World) -> What {
    What::Work(world.offer().content)
}

/// proves: SD-8 SD-9 SD-10 SD-11 SD-6
#[test]
fn a_copy_and_a_move_between_two_readers() {
    rig::with_readers("a_copy_and_a_move_between_two_readers", 2, |rig| {
        for (kind, form) in [
            (Kind::Copy, Form::Short),
            (Kind::Copy, Form::Extended),
            (Kind::Move, Form::Short),
            (Kind::Move, Form::Extended),
        ] {
            let mut world = handing_on();
            let [giver, receiver] = two(&mut world);
            let inserted = [rig.insert(0, &giver), rig.insert(1, &receiver)];
            let mut people = Willing::default();
            {
                let (mut from, mut to) = (rig.terminal(0, form), rig.terminal(1, form));
                // Which of the readers has it?
                let content = world.offer().content;
                assert!(from.find(content).unwrap().is_some() && to.find(content).unwrap().is_none());
                let handed = hand_over(&mut from, &mut to, kind, work(&world), &mut people).unwrap();
                assert!(matches!(handed.settled, Some(Settled::Given { .. })));
                assert!(to.find(content).unwrap().is_some());
            }
            assert_eq!((people.giver[0].fare, people.receiver[0].fare), (yen(100), yen(100)));
            let kept = usize::from(kind == Kind::Copy);
            assert_eq!(books(&giver), (yen(200), yen(0), kept, 0), "{kind:?} {form:?}");
            assert_eq!(books(&receiver), (yen(400), yen(100), 1, 0), "{kind:?} {form:?}");
            let [one, two] = inserted;
            rig.pull(0, &giver, one);
            rig.pull(1, &receiver, two);
        }
    });
}

fn torn(rig: &Rig, cuts: &[(usize, Cut)]) {
    for (pulled, cut) in cuts {
        let mut world = handing_on();
        let seats = two(&mut world);
        seats[*pulled].lock().unwrap().cut = Some(*cut);
        let inserted = [rig.insert(0, &seats[0]), rig.insert(1, &seats[1])];
        {
            let (mut from, mut to) = (rig.terminal(0, Form::Extended), rig.terminal(1, Form::Extended));
            let met = hand_over(&mut from, &mut to, Kind::Move, work(&world), &mut Willing::default());
            let met = met.unwrap_err();
            assert!(
                matches!(met, HandOverError::Giver(_) | HandOverError::Receiver(_)),
                "{met}"
            );
        }
        let usable = books(&seats[0]).2 + books(&seats[1]).2;
        assert!(usable <= 1, "{cut:?}: two usable keys");
        let mut inserted = inserted.map(Some);
        inserted[*pulled].take().unwrap().pulled();
        rig.wait(&format!("Keyfare {pulled}"), false);
        inserted[*pulled] = Some(rig.insert(*pulled, &seats[*pulled]));
        {
            let (mut from, mut to) = (rig.terminal(0, Form::Short), rig.terminal(1, Form::Short));
            finish(&mut from, &mut to).unwrap();
        }
        assert_eq!(books(&seats[0]), (yen(200), yen(0), 0, 0), "{pulled} {cut:?}");
        assert_eq!(books(&seats[1]), (yen(400), yen(100), 1, 0), "{pulled} {cut:?}");
        for (n, inserted) in inserted.into_iter().flatten().enumerate() {
            rig.pull(n, &seats[n], inserted);
        }
    }
}

/// proves: SD-10 S6 S8 R1 row-14
#[test]
fn a_move_torn_after_either_commit_is_finished_at_the_next_meeting() {
    rig::with_readers(
        "a_move_torn_after_either_commit_is_finished_at_the_next_meeting",
        2,
        |rig| {
            // Of its eight commands the receiver's seventh pays and its eighth closes; the giver's seventh decides and its
            // eighth frees.
            let (giver, receiver) = (0, 1);
            torn(
                rig,
                &[
                    (receiver, Cut::After(7)),
                    (receiver, Cut::After(8)),
                    (giver, Cut::Before(7)),
                    (giver, Cut::After(7)),
                ],
            );
        },
    );
}
