//! Silent: whoever settles was permitted and says no more. Time alone gives nothing back; after thirty days people may, once.

use approver::{End, State};
use party::Verb;
use stories::{Answer, Counterpart, Parties};
use units::{ApprovalId, Moment, Span};

use super::world::{PRICE, Scene, scene};

const LIMIT: i64 = 5000;

/// Gives up as the approver's people do.
fn give_up(scene: &Scene, id: ApprovalId) -> Result<(), String> {
    let now = scene.world.world.now();
    scene
        .world
        .at_approver(move |approver, tx| Ok(approver.give_up(tx, id, now)?))
}

/// How many sellers are silent for too long.
fn silent(scene: &Scene) -> usize {
    let now = scene.world.world.now();
    let found = scene
        .world
        .at_approver(move |approver, tx| Ok(approver.silent(tx, now, 9)?));
    found.unwrap().len()
}

fn state(scene: &Scene, id: ApprovalId) -> State {
    let found = scene
        .world
        .at_approver(move |approver, tx| Ok(approver.issued(tx, id)?));
    found.unwrap().unwrap().state
}

/// proves: PA-8 PA-10 row-64
#[test]
fn a_permission_that_nobody_answers_for_is_given_up_by_people_after_thirty_days() {
    for combined in [true, false] {
        let mut scene = scene(combined, LIMIT);
        let approver = scene.world.approver.id();
        let checked = scene.quote();
        let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
        let id = approved.id();
        assert!(give_up(&scene, id).unwrap_err().contains("no seller was permitted"));
        let (_, pay) = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap();
        // The permission is given, and on its way back everybody falls silent.
        scene.world.world.hush(approver, true);
        let first = scene.world.world.send(Counterpart::Shop, "pay", &pay);
        assert!(!matches!(first, Answer::Bytes(_)), "{first:?}");
        let who = scene.world.settler.unwrap_or(scene.world.world.seller());
        let due = scene.world.world.store_of(who).unwrap();
        let errands = due.read(|view| party::errand::due(view, Moment(u64::MAX), 9)).unwrap();
        let errand = errands.into_iter().find(|errand| errand.verb == Verb::Redeem).unwrap();
        scene.world.world.hush(approver, false);
        let permitted = scene.world.world.tell(errand.to, errand.verb, &errand.body);
        assert!(matches!(permitted, Answer::Bytes(_)), "{permitted:?}");
        scene.world.world.hush(approver, true);
        // Its own time ends nothing any more, and nobody gives it up too early.
        scene.world.wait(Span::minutes(16));
        assert_eq!((scene.room(), silent(&scene)), (LIMIT - PRICE, 0));
        assert!(give_up(&scene, id).unwrap_err().contains("may still say"));
        scene.world.wait(Span::days(30));
        assert_eq!((scene.room(), silent(&scene)), (LIMIT - PRICE, 1));
        give_up(&scene, id).unwrap();
        give_up(&scene, id).unwrap();
        assert_eq!((scene.room(), scene.owed(), silent(&scene)), (LIMIT, 0, 0));
        // The seller's own word, when it comes at last, gives nothing back twice.
        scene.world.world.hush(approver, false);
        for _ in 0..6 {
            scene.world.wait(Span::days(1));
        }
        assert_eq!((scene.room(), scene.owed()), (LIMIT, 0));
        assert!(matches!(state(&scene, id), State::Ended(End::Silent, Some(_))));
        scene.adds_up();
    }
}

/// proves: PA-8 PA-10
#[test]
fn a_seller_who_says_it_too_late_charges_nothing_and_his_books_show_it() {
    let mut scene = scene(true, LIMIT);
    let approver = scene.world.approver.id();
    let checked = scene.quote();
    let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let id = approved.id();
    let (_, pay) = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap();
    scene
        .buyer
        .finish(&mut scene.world.world, Counterpart::Shop, &pay)
        .unwrap();
    assert!(matches!(state(&scene, id), State::Permitted(_)));
    scene.world.world.hush(approver, true);
    scene.world.wait(Span::days(31));
    give_up(&scene, id).unwrap();
    scene.world.world.hush(approver, false);
    for _ in 0..6 {
        scene.world.wait(Span::days(1));
    }
    assert_eq!((scene.room(), scene.owed()), (LIMIT, 0));
    // The buyer has the license; the seller waits for money that nobody owes it, and is told so.
    assert_eq!(scene.buyer.books().licenses, 1);
    let found = Parties::audit(&mut scene.world.world);
    assert!(
        found.len() == 1 && found[0].contains("approval-cancelled"),
        "{found:#?}"
    );
}
