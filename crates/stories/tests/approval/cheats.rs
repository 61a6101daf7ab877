//! Cheats: used, expired, foreign, altered and guessed approvals; another approver's; another shop's words.

use approver::{Conduct, Means, RequestState};
use card::{ApprovalSheet, Want};
use deal::{
    Tender,
    approval::{Approval, NotPermitted, Redeem, RedeemOutcome, RedeemWord, Redeemed},
};
use party::Verb;
use seal::{Audience, Kind, Role, Seed, cbor};
use stories::{Answer, Counterpart, Parties};
use units::{ApprovalId, DealId, Refusal, Span};

use super::world::{PRICE, Scene, scene};

/// The outcome a seller named so hears about an approval.
fn heard(scene: &mut Scene, by: (Role, &str), said: &Approval) -> NotPermitted {
    let keys = scene.world.world.keys_of(by.0, by.1).unwrap();
    let redeem = Redeem {
        word: RedeemWord::Permit,
        approval: said.id,
        deal: DealId([9; 32]),
        quote: said.quote,
        amount: said.amount,
        seller: said.seller,
        tag: said.tag,
        by: keys.id(),
        certificate: keys.certificate().to_vec().into(),
    };
    let realm = scene.world.world.realm().id();
    let to = Audience::from(scene.world.approver.id());
    let body = seal::sign(keys.signer(), Kind::Redeem, realm, to, &redeem);
    let Answer::Bytes(bytes) = scene.world.world.tell(scene.world.approver.id(), Verb::Redeem, &body) else {
        panic!("no answer")
    };
    match seal::parse::<Redeemed>(&bytes, Kind::Redeemed, realm)
        .unwrap()
        .claims()
        .outcome
    {
        RedeemOutcome::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

fn approval_of(scene: &Scene, id: ApprovalId) -> Approval {
    scene
        .world
        .at_approver(move |approver, tx| Ok(approver.issued(tx, id)?))
        .unwrap()
        .unwrap()
        .approval
}

/// proves: PA-6 PA-9 row-62
#[test]
fn the_entitled_hear_why_and_strangers_hear_one_word() {
    let mut scene = scene(true, 50_000);
    let checked = scene.quote();
    let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let own = (Role::Seller, "Lantern Records");
    let said = approval_of(&scene, approved.id());

    // Another seller, and a settlement server nobody named, hear what they would hear of a number that never was.
    let stranger = (Role::Seller, "Other Records");
    let guessed = Approval {
        id: ApprovalId([1; 16]),
        ..said.clone()
    };
    assert_eq!(heard(&mut scene, stranger, &said), NotPermitted::Unknown);
    assert_eq!(
        heard(&mut scene, (Role::Settler, "Other Settlement"), &said),
        NotPermitted::Unknown
    );
    assert_eq!(heard(&mut scene, stranger, &guessed), NotPermitted::Unknown);
    assert_eq!(heard(&mut scene, own, &guessed), NotPermitted::Unknown);

    // The entitled one hears in what it differs, and that it is not to be had for more.
    let other = |change: fn(&mut Approval)| {
        let mut said = said.clone();
        change(&mut said);
        said
    };
    for altered in [
        other(|a| a.amount = super::world::yen(PRICE + 1)),
        other(|a| a.amount = super::world::yen(1)),
        other(|a| a.quote = units::Hash([7; 32])),
        other(|a| a.tag = units::Tag([7; 16])),
        other(|a| a.seller = units::PartyId([7; 16])),
    ] {
        assert_eq!(heard(&mut scene, own, &altered), NotPermitted::Differs);
    }
    // Expired.
    scene.world.wait(Span::minutes(16));
    assert_eq!(heard(&mut scene, own, &said), NotPermitted::Expired);
    assert_eq!(scene.room(), 50_000);
    // Used.
    let listing = scene.listing.clone();
    let checked = scene.quote();
    let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let said = approval_of(&scene, approved.id());
    let (_, pay) = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap();
    scene
        .buyer
        .finish(&mut scene.world.world, Counterpart::Shop, &pay)
        .unwrap();
    assert_eq!(heard(&mut scene, own, &said), NotPermitted::Used);
    let _ = listing;
    scene.adds_up();
}

/// A payment with this approval, whatever it is, made by a card whose owner changed it.
fn pays_with(
    scene: &mut Scene,
    checked: &card::Checked,
    forged: impl FnOnce(&Approval) -> (ApprovalId, Vec<u8>),
) -> String {
    let (asked, id) = scene.world.ask(&mut scene.buyer, checked).unwrap();
    scene.world.show(id, scene.user).unwrap();
    scene.world.agree(id, scene.user, Means::Credit).unwrap();
    let approved = scene.world.fetch(&scene.buyer, checked, &asked, id).unwrap();
    let genuine = approval_of(scene, approved.id());
    let (number, signed) = forged(&genuine);
    let bad = approved.replaced(number, signed);
    let (deal, pay) = scene.world.commit(&mut scene.buyer, checked, bad).unwrap();
    let void = scene
        .buyer
        .finish(&mut scene.world.world, Counterpart::Shop, &pay)
        .unwrap();
    assert!(matches!(void, card::Settled::Void { .. }), "{void:?}");
    scene
        .world
        .declined(deal)
        .unwrap()
        .unwrap_or_else(|| "void-tender".into())
}

/// proves: PA-6 row-62 row-65
#[test]
fn a_shop_takes_no_forged_foreign_or_altered_approval() {
    let mut scene = scene(true, 50_000);
    let realm = scene.world.world.realm().id();
    let shop = scene.world.world.seller();
    let approver = scene.world.world.keys_of(Role::Approver, "Minato Mobile").unwrap();
    let thief = scene.world.world.keys_of(Role::Approver, "Nobody's Approvals").unwrap();
    let other_shop = scene.world.world.keys_of(Role::Seller, "Other Records").unwrap();
    let sign = |keys: &party::PartyKeys, to: units::PartyId, body: &Approval| {
        seal::sign(keys.signer(), Kind::Approval, realm, Audience::from(to), body)
    };
    let mut codes = Vec::new();
    // Guessed: signed by nobody the realm knows as an approver, in the name of the right one.
    let checked = scene.quote();
    codes.push(pays_with(&mut scene, &checked, |a| (a.id, sign(&thief, shop, a))));
    // Altered: the price of something dearer, under the old signature.
    let checked = scene.quote();
    codes.push(pays_with(&mut scene, &checked, |a| {
        let mut signed = sign(&approver, shop, a);
        let last = signed.len() - 1;
        signed[last] ^= 1;
        (a.id, signed)
    }));
    // Foreign: genuine, for another seller.
    let checked = scene.quote();
    codes.push(pays_with(&mut scene, &checked, |a| {
        let theirs = Approval {
            seller: other_shop.id(),
            settles: other_shop.id(),
            ..a.clone()
        };
        (a.id, sign(&approver, other_shop.id(), &theirs))
    }));
    // Genuine, for another quote of this seller.
    let checked = scene.quote();
    codes.push(pays_with(&mut scene, &checked, |a| {
        let other = Approval {
            quote: units::Hash([3; 32]),
            ..a.clone()
        };
        (a.id, sign(&approver, shop, &other))
    }));
    // Somebody who is certified and was never listed, whose word is good for longer than any quote: this shop does not wait.
    let checked = scene.quote();
    codes.push(pays_with(&mut scene, &checked, |a| {
        let theirs = Approval {
            approver: thief.id(),
            until: a.until.plus(Span::days(1)),
            ..a.clone()
        };
        (a.id, sign(&thief, shop, &theirs))
    }));
    // No approval at all.
    let checked = scene.quote();
    codes.push(pays_with(&mut scene, &checked, |a| (a.id, Vec::new())));
    assert_eq!(
        codes,
        [
            "approval-forged",
            "approval-forged",
            "approval-foreign",
            "approval-differs",
            "approver-unknown",
            "void-tender"
        ]
    );
    // What was approved for nothing comes back by time, all of it.
    scene.world.wait(Span::minutes(16));
    assert_eq!((scene.room(), scene.owed()), (50_000, 0));
    assert_eq!(scene.buyer.books().licenses, 0);
    scene.adds_up();
}

/// proves: PA-2 row-65
#[test]
fn a_card_takes_no_approval_of_another_approver_and_shows_none_what_another_was_asked() {
    let mut scene = scene(true, 50_000);
    let realm = scene.world.world.realm().id();
    let checked = scene.quote();
    let (asked, id) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
    scene.world.show(id, scene.user).unwrap();
    scene.world.agree(id, scene.user, Means::Credit).unwrap();
    let approved = scene.world.fetch(&scene.buyer, &checked, &asked, id).unwrap();
    let genuine = approval_of(&scene, approved.id());
    // Another certified approver answers in its place.
    let other = scene.world.world.keys_of(Role::Approver, "Other Mobile").unwrap();
    let theirs = Approval {
        approver: other.id(),
        ..genuine.clone()
    };
    let ask = seal::parse::<deal::approval::ApprovalAsk>(&asked.ask, Kind::ApprovalAsk, realm).unwrap();
    let to_card = |keys: &party::PartyKeys, body: &Approval| {
        let signed = seal::sign(keys.signer(), Kind::Approval, realm, Audience::from(body.settles), body);
        let sheet = cbor::to_bytes(&ApprovalSheet {
            approval: signed.into(),
            certificate: keys.certificate().to_vec().into(),
        });
        deal::wire::seal_signed(&ask.claims().answer, Kind::Approval, &sheet, &Seed::new([4; 32])).unwrap()
    };
    let now = scene.world.world.now();
    let no = scene
        .buyer
        .card
        .approved(&checked, &asked, &to_card(&other, &theirs), now)
        .unwrap_err();
    assert_eq!(no.code(), "approval-other-approver");
    // The right one, and for another amount, seller, quote, tag, or past its date.
    let right = scene.world.world.keys_of(Role::Approver, "Minato Mobile").unwrap();
    let changes: [fn(&mut Approval); 5] = [
        |a| a.amount = super::world::yen(1),
        |a| a.seller = units::PartyId([1; 16]),
        |a| a.quote = units::Hash([1; 32]),
        |a| a.tag = units::Tag([1; 16]),
        |a| a.approver = units::PartyId([1; 16]),
    ];
    for change in changes {
        let mut changed = genuine.clone();
        change(&mut changed);
        let no = scene
            .buyer
            .card
            .approved(&checked, &asked, &to_card(&right, &changed), now)
            .unwrap_err();
        assert_eq!(no.code(), "approval-differs");
    }
    // Asked of one approver, the question is refused by every other.
    let answer = scene
        .world
        .world
        .tell(scene.world.world.bank(), Verb::Approve, &asked.ask);
    assert!(matches!(answer, Answer::Refused(..)), "{answer:?}");
    // And the answer of one question is not the answer of another.
    let (second, _) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
    let no = scene
        .buyer
        .card
        .approved(&checked, &second, &to_card(&right, &genuine), now)
        .unwrap_err();
    assert_eq!(no.code(), "approval-for-another");
}

/// proves: PA-2 row-69
#[test]
fn a_question_belongs_to_who_looked_first_and_comes_a_few_times_a_minute() {
    let mut world = super::world::found(true, |config| {
        config.bureau = None;
        config.prompts_a_minute = 3;
    });
    let other = world
        .subscribe("ben@example.jp", "another ferry at ten", 9000, 0)
        .unwrap();
    let mut scene = super::world::scene_in(world, 9000);
    let checked = scene.quote();
    let ids: Vec<_> = (0..4)
        .map(|_| scene.world.ask(&mut scene.buyer, &checked).unwrap().1)
        .collect();
    let shown = scene.world.show(ids[0], scene.user).unwrap();
    assert_eq!((shown.what.as_str(), shown.amount.minor()), ("text", PRICE));
    assert!(scene.world.show(ids[0], other).is_err());
    assert!(scene.world.agree(ids[0], other, Means::Credit).is_err());
    assert!(scene.world.show(ids[1], scene.user).is_ok() && scene.world.show(ids[2], scene.user).is_ok());
    assert!(scene.world.show(ids[3], scene.user).unwrap_err().contains("minute"));
    scene.world.wait(Span::minutes(1));
    assert!(scene.world.show(ids[3], scene.user).is_ok());
    // A person who does not pay is not approved, and is told no more than that.
    scene.world.set_conduct(scene.user, Conduct::Overdue).unwrap();
    let state = scene.world.agree(ids[3], scene.user, Means::Credit).unwrap();
    assert_eq!(state, RequestState::Denied(approver::Denied::Decision));
}

/// Somebody who is stopped while the bureau is asked about him is not approved, however good the bureau thinks he is.
///
/// proves: PA-2 PA-5
#[test]
fn who_is_stopped_while_the_bureau_thinks_is_not_approved() {
    let mut scene = super::world::scene_in(
        super::world::found(true, |config| config.wait = Span::minutes(60)),
        9000,
    );
    let checked = scene.quote();
    let (_, id) = scene.world.ask(&mut scene.buyer, &checked).unwrap();
    scene.world.show(id, scene.user).unwrap();
    let bureau = party::Party::id(&*scene.world.bureau);
    scene.world.world.hush(bureau, true);
    let waits = scene.world.agree(id, scene.user, Means::Credit);
    assert_eq!(waits.unwrap_err(), "nobody decides");
    scene.world.set_conduct(scene.user, Conduct::Overdue).unwrap();
    scene.world.world.hush(bureau, false);
    let state = (0..12).find_map(|_| {
        scene.world.wait(Span::minutes(1));
        let state = scene.world.show(id, scene.user).unwrap().state;
        (!matches!(state, RequestState::Asking(..))).then_some(state)
    });
    assert_eq!(state.unwrap(), RequestState::Denied(approver::Denied::Decision));
}

/// proves: PA-3 row-66
#[test]
fn an_unknown_name_and_a_wrong_password_look_alike_and_lock_nobody_out() {
    let mut scene = scene(true, 9000);
    for n in 0..3 {
        assert_eq!(
            scene
                .world
                .sign_in("aiko@example.jp", &format!("wrong {n}"))
                .unwrap_or(None),
            None
        );
        assert_eq!(
            scene
                .world
                .sign_in("nobody@example.jp", &format!("wrong {n}"))
                .unwrap_or(None),
            None
        );
        scene.world.wait(Span::minutes(2));
    }
    // Whoever waits and knows it comes in.
    scene.world.wait(Span::minutes(30));
    assert_eq!(
        scene.world.sign_in("aiko@example.jp", "a ferry at nine").unwrap(),
        Some(scene.user)
    );
}

/// proves: PA-6
#[test]
fn an_approval_is_bound_to_the_tag_that_was_next_when_it_was_asked_for() {
    let mut scene = scene(true, 9000);
    let checked = scene.quote();
    let (approved, _) = scene.world.permit(&mut scene.buyer, &checked, scene.user).unwrap();
    let other = scene.quote();
    let (used, _) = scene.world.permit(&mut scene.buyer, &other, scene.user).unwrap();
    let (_, pay) = scene.world.commit(&mut scene.buyer, &other, used).unwrap();
    scene
        .buyer
        .finish(&mut scene.world.world, Counterpart::Shop, &pay)
        .unwrap();
    // The tag is used up: the card pays nothing with it.
    let no = scene.world.commit(&mut scene.buyer, &checked, approved).unwrap_err();
    assert_eq!(no.code, "approval-other-tag");
    // A number without its paper is nothing either.
    let want = Want {
        other: Some(Tender::Approval(ApprovalId([1; 16]))),
        ..Want::default()
    };
    let fresh = scene.quote();
    let (_, pay) = scene.buyer.commit(&scene.world.world, &fresh, &want).unwrap();
    let void = scene
        .buyer
        .finish(&mut scene.world.world, Counterpart::Shop, &pay)
        .unwrap();
    assert!(matches!(void, card::Settled::Void { .. }), "{void:?}");
}
