//! Stories of handing on: a song that crosses from card to card, at every stop, torn and refused.

use courier::{Letter, Stage, code};
use deal::{Facts, Kind, PayRefusal, Side as Carrier};
use face::{Key, Lang, Story, Teeth, Words};
use license::Route;
use units::{Again, DealId, Hash, LicenseId, PartyId, Refusal, Share, Span};

use super::{
    NearBy, Part, escrow, give,
    letters::{self, Shown},
    lock, receive, unlock, way,
};
use crate::{
    engine::{Crossing, Handing, HandingWay, Notice, Overview, Ride, Side, Unlocking, WentHome},
    pages::{
        problem::why,
        stories::made::{BASE, NOW, TO, card, empty, overview, page, promise, torn, yen},
    },
};

type Drawn = Result<String, askama::Error>;

macro_rules! stories {
    ($($name:literal, $page:literal, $state:literal, $draw:expr;)*) => {
        &[$(Story { name: $name, page: $page, state: $state, draw: $draw }),*]
    };
}

/// All of them.
pub(in crate::pages) const STORIES: &[Story] = stories![
    "escrow", "Escrow", "fares of two publishers", |l| escrow_of(l, overview(), vec![], false);
    "escrow-empty", "Escrow", "carries no fares", |l| escrow_of(l, empty(), vec![], false);
    "escrow-going", "Escrow", "on their way home", |l| escrow_of(l, Overview { going: vec![(PartyId([3; 16]), yen(467))], ..overview() }, vec![], false);
    "escrow-home", "Escrow", "went home", |l| escrow_of(l, empty(), went(), false);
    "escrow-rebate", "Escrow", "something came back for it", |l| escrow_of(l, empty(), thanked(), false);
    "escrow-silent", "Escrow", "the publisher does not answer", |l| escrow_of(l, overview(), vec![], true);
    "hand-on", "Hand on", "what may be handed on", |l| give::render_list(&page(l, Part::HandOn), BASE, list(l));
    "hand-on-empty", "Hand on", "nothing to hand on", |l| give::render_list(&page(l, Part::HandOn), BASE, vec![]);
    "give", "Hand on", "a copy, and escrow rides along", |l| give_of(l, |_| (), None);
    "give-move", "Hand on", "given away, with the PIN", |l| give_of(l, moves, None);
    "give-last", "Hand on", "at its last generation", |l| give_of(l, last, None);
    "give-wrong", "Hand on", "PIN wrong", |l| give_of(l, moves, Some(("pin-wrong", "the PIN is wrong; 2 tries are left")));
    "hand-lock", "Hand on", "a locked copy", |l| lock_of(l, None);
    "hand-lock-near", "Hand on", "a locked copy, for somebody on this network", |l| lock_of(l, Some(near()));
    "hand-wish", "Hand on", "a friend wishes for a locked copy", |l| wish_of(l, list(l));
    "hand-wish-none", "Hand on", "a wish, and nothing may be handed on locked", |l| wish_of(l, vec![]);
    "hand-unlock", "Unlock", "a part of it plays", |l| unlock_of(l, Words(l).unlock_part(lock::percent(Share::Tenth)));
    "hand-unlock-shut", "Unlock", "nothing of it plays", |l| unlock_of(l, Words(l).unlock_shut());
    "receive", "Receive", "nothing has come yet", |l| receive_of(l, vec![], None, None);
    "receive-arrived", "Receive", "two offers wait", |l| receive_of(l, arrived(l), None, None);
    "receive-part", "Receive", "two of five parts are here", |l| receive_of(l, vec![], None, Some((2, 5)));
    "receive-near", "Receive", "found on this network", |l| receive_of(l, vec![], Some(near()), None);
    "fee", "Fee notice", "a fare, and escrow rides along", |l| fee(l, |_| (), None);
    "fee-bound", "Fee notice", "a player and a drive are attached", fee_bound;
    "fee-free", "Fee notice", "free", |l| fee(l, free, None);
    "fee-move", "Fee notice", "the license itself", |l| fee(l, |n| (n.kind, n.teeth) = (Kind::Move, 0), None);
    "fee-locked", "Fee notice", "a locked copy", |l| fee(l, locked, None);
    "fee-short", "Fee notice", "too little, and escrow is not money", |l| fee(l, short, None);
    "fee-full", "Fee notice", "card full", |l| fee(l, |n| n.refused = Some(refused(&PayRefusal::LicensesFull(64))), None);
    "fee-last", "Fee notice", "last generation", |l| fee(l, |n| (n.generation, n.teeth) = (3, 0), None);
    "fee-wrong", "Fee notice", "PIN wrong", |l| fee(l, |_| (), Some(("pin-wrong", "the PIN is wrong; 2 tries are left")));
    "reader-fee", "In a reader", "a machine asks for a copy's fare", |l| fee_at(l, Some(""), |_| (), None);
    "reader-short", "In a reader", "too little, and escrow is not money", |l| fee_at(l, Some(""), short, None);
    "reader-wrong", "In a reader", "PIN wrong", |l| fee_at(l, Some(""), |_| (), Some(("pin-wrong", "the PIN is wrong; 2 tries are left")));
    "letter-offer", "Letters", "the offer, one code", |l| letter(l, Stage::Offer, 1);
    "letter-offer-parts", "Letters", "an offer of three codes", |l| letter(l, Stage::Offer, 3);
    "letter-answer", "Letters", "the answer", |l| letter(l, Stage::Answer, 1);
    "letter-key", "Letters", "the key", |l| letter(l, Stage::Key, 1);
    "letter-offer-declined", "Letters", "the friend chose not to copy", |l| declined(l);
    "letter-wish", "Letters", "the wish for a locked copy", |l| letter(l, Stage::Wish, 1);
    "letter-locked", "Letters", "the locked copy", |l| letter(l, Stage::Locked, 1);
    "letter-void", "Letters", "no key, the fare goes back", |l| letter_of(l, Stage::Key, 1, true, None);
    "received", "What came", "finished", |l| received(l, true);
    "received-back", "What came", "the fare is back", |l| received(l, false);
    "way", "On its way", "a payment, a fare, a gift and a move", |l| way_of(l, unfinished(), None);
    "way-empty", "On its way", "nothing", |l| way_of(l, overview(), None);
    "way-met", "On its way", "the cards have met", |l| way_of(l, overview(), Some(2));
];

fn refused(no: &dyn Refusal) -> (&'static str, String, Again) {
    (no.code(), no.to_string(), no.again())
}

fn near() -> NearBy {
    NearBy {
        name: "quiet heron".into(),
        peers: vec![],
    }
}

// ---- escrow ------------------------------------------------------------------------------------------------------------

fn went() -> Vec<WentHome> {
    vec![WentHome {
        payee: PartyId([3; 16]),
        name: Some("Lantern Records".into()),
        sum: yen(400),
        at: NOW,
        rebates: vec![],
    }]
}

fn thanked() -> Vec<WentHome> {
    let mut went = went();
    for one in &mut went {
        one.rebates.push(("Thanks for bringing fares home".into(), yen(20)));
    }
    went
}

fn escrow_of(lang: Lang, overview: Overview, went: Vec<WentHome>, stays: bool) -> Drawn {
    let (page, w) = (page(lang, Part::Escrow), Words(lang));
    let silent = why(
        w,
        "party-silent",
        "Lantern Records does not answer just now (no connection)",
    );
    let stays = stays.then(|| w.escrow_stays(silent));
    escrow::render(&page, TO, &overview, went, stays.into_iter().collect())
}

// ---- the giver ---------------------------------------------------------------------------------------------------------

fn list(lang: Lang) -> Vec<(String, String, Key)> {
    [
        ("Night Ferry", 100, 3),
        ("港の小さな本", 0, 1),
        ("The Last Boat In", 50, 0),
    ]
    .into_iter()
    .enumerate()
    .map(|(n, (title, fare, teeth))| {
        (
            n.to_string(),
            title.to_owned(),
            Key::new(lang, yen(fare), Teeth::Upto(teeth)),
        )
    })
    .collect()
}

fn give_of(lang: Lang, change: fn(&mut Handing), error: Option<(&str, &str)>) -> Drawn {
    let mut handing = handing();
    change(&mut handing);
    let (page, w) = (page(lang, Part::HandOn), Words(lang));
    let key = give::key_of(lang, &handing).unwrap_or_else(|| Key::new(lang, yen(100), Teeth::Upto(0)));
    let file = Some(w.hand_file_save(face::Bytes(18_400_000)));
    give::render(
        &page,
        TO,
        &handing,
        key,
        file,
        error.map(|(code, text)| why(w, code, text)),
    )
}

fn lock_of(lang: Lang, near: Option<NearBy>) -> Drawn {
    let (handing, fee) = (handing(), yen(50));
    let key = Key::new(lang, fee, Teeth::Upto(0)).due();
    let what = lock::told(Words(lang), Share::Tenth, fee);
    lock::render(&page(lang, Part::HandOn), TO, &handing, (key, what), near)
}

fn wish_of(lang: Lang, items: Vec<(String, String, Key)>) -> Drawn {
    lock::render_wish(&page(lang, Part::HandOn), TO, "0c".repeat(32), items)
}

fn unlock_of(lang: Lang, what: face::Said) -> Drawn {
    let title = "Island Radio Hour".to_owned();
    unlock::render(&page(lang, Part::Receive), TO, "0a".repeat(16), title, (what, yen(50)))
}

fn handing() -> Handing {
    let way = |kind, fare| HandingWay {
        kind,
        fare: yen(fare),
        why_not: None,
    };
    Handing {
        license: LicenseId([1; 16]),
        title: "Night Ferry".into(),
        payee: PartyId([3; 16]),
        ways: vec![way(Kind::Copy, 100)],
        unlock: None,
        teeth: 3,
        copies_left: Some(7),
        copies_made: 2,
        ride: Ride {
            sum: yen(400),
            slips: 4,
            route: Route::Chain,
        },
        paid: yen(1_200),
        since: NOW,
    }
}

fn moves(handing: &mut Handing) {
    handing.ways.push(HandingWay {
        kind: Kind::Move,
        fare: yen(50),
        why_not: None,
    });
}

fn last(handing: &mut Handing) {
    handing.teeth = 0;
    for way in &mut handing.ways {
        way.why_not = Some((
            "last-generation",
            "this license is at its last generation and may not be copied again".into(),
        ));
    }
}

// ---- the friend --------------------------------------------------------------------------------------------------------

fn arrived(lang: Lang) -> Vec<(String, String, face::Said)> {
    let w = Words(lang);
    vec![
        ("1".into(), "Night Ferry".into(), w.receive_from("quiet heron")),
        ("2".into(), "港の小さな本".into(), w.friend()),
    ]
}

fn receive_of(
    lang: Lang,
    arrived: Vec<(String, String, face::Said)>,
    near: Option<NearBy>,
    have: Option<(usize, usize)>,
) -> Drawn {
    let have = have.map(|(have, of)| Words(lang).take_have(have, of));
    receive::render_list(&page(lang, Part::Receive), TO, arrived, near, have)
}

fn fee(lang: Lang, change: fn(&mut Notice), error: Option<(&str, &str)>) -> Drawn {
    fee_at(lang, None, change, error)
}

fn fee_bound(lang: Lang) -> Drawn {
    let devices = Some((
        "mzxw6-ytboi-mzxw6-ytboi-mzxw6-y".to_owned(),
        "onswg-4tfoq-onswg-4tfoq-onswg-4".to_owned(),
    ));
    fee_with(lang, None, |_| (), None, receive::Binding { devices, bound: true })
}

fn fee_at(lang: Lang, watch: Option<&str>, change: fn(&mut Notice), error: Option<(&str, &str)>) -> Drawn {
    fee_with(lang, watch, change, error, receive::Binding::default())
}

fn fee_with(
    lang: Lang,
    watch: Option<&str>,
    change: fn(&mut Notice),
    error: Option<(&str, &str)>,
    binding: receive::Binding,
) -> Drawn {
    let mut notice = Notice {
        title: "Night Ferry".into(),
        publisher: "Lantern Records".into(),
        payee: PartyId([3; 16]),
        kind: Kind::Copy,
        fare: yen(100),
        purse: yen(500),
        purse_after: Some(yen(400)),
        escrow: yen(0),
        escrow_after: yen(500),
        rides: (4, Some(yen(400))),
        carrier: Carrier::Receiver,
        route: Route::Chain,
        generation: 1,
        teeth: 2,
        bought: Facts {
            last: Some(NOW),
            price: Some(yen(1_200)),
            ..Facts::default()
        },
        unlock: None,
        rebates: vec![promise()],
        until: NOW.plus(Span::days(3)),
        giver: Some("quiet heron".into()),
        refused: None,
    };
    change(&mut notice);
    let error = error.map(|(code, text)| why(Words(lang), code, text));
    receive::render(
        &card(lang, true),
        TO,
        watch,
        Hash([1; 32]),
        notice,
        (if error.is_some() { 2 } else { 3 }, binding),
        error,
    )
}

fn free(notice: &mut Notice) {
    (notice.fare, notice.purse_after, notice.rides) = (yen(0), Some(yen(500)), (0, None));
    notice.escrow_after = yen(0);
}

fn short(notice: &mut Notice) {
    (notice.purse, notice.purse_after, notice.escrow) = (yen(60), None, yen(700));
    notice.refused = Some((
        "purse-too-small",
        "the purse holds JPY 60, JPY 100 is due: load JPY 40 more; nothing was paid".into(),
        Again::AfterYouAct,
    ));
}

fn locked(notice: &mut Notice) {
    (notice.kind, notice.fare, notice.rides) = (Kind::Locked, yen(0), (0, None));
    notice.unlock = Some(Unlocking {
        arrives: Share::Tenth,
        fee: yen(50),
        centres: vec![(PartyId([5; 16]), Some("Harbour Desk".into()))],
    });
}

fn received(lang: Lang, good: bool) -> Drawn {
    let (page, w) = (page(lang, Part::Receive), Words(lang));
    let (text, hint) = match good {
        true => (w.way_done("Night Ferry"), None),
        false => (w.way_back(face::Sum(yen(100))), Some(w.way_back_bound())),
    };
    let license = good.then(|| "0a".repeat(16));
    receive::render_result(&page, BASE, "0b".repeat(32), (good, text, hint), license, good)
}

// ---- letters -----------------------------------------------------------------------------------------------------------

fn letter(lang: Lang, stage: Stage, of: usize) -> Drawn {
    letter_of(lang, stage, of, false, None)
}

fn declined(lang: Lang) -> Drawn {
    letter_of(lang, Stage::Offer, 1, false, Some(Words(lang).show_declined()))
}

fn letter_of(lang: Lang, stage: Stage, of: usize, void: bool, passed: Option<face::Said>) -> Drawn {
    let w = Words(lang);
    let (head, what, at, giver, next) = match stage {
        Stage::Offer => (w.show_offer(), w.show_offer_copy(), 0, true, Some(w.take_answer())),
        Stage::Answer => (w.show_answer(), w.show_answer_what(), 1, false, Some(w.take_key())),
        Stage::Wish => (w.show_wish(), w.show_wish_what(), 0, false, Some(w.take_locked())),
        Stage::Locked => (w.show_locked(), w.show_locked_what(), 1, true, None),
        _ if void => (
            w.show_key(),
            w.show_void_what("the license went to somebody else first"),
            2,
            true,
            None,
        ),
        _ => (w.show_key(), w.show_key_what(), 2, true, Some(w.take_done())),
    };
    let shown = Shown {
        letter: Letter::new(stage, b"made up".to_vec()),
        title: match stage {
            Stage::Wish => String::new(),
            _ => "Night Ferry".into(),
        },
        head,
        what,
        at,
        giver,
        next,
    };
    let codes = (1..=of).filter_map(|n| code::draw("A STORY, NOT A LETTER", &w.show_alt(n, of).plain()).ok());
    let part = if giver { Part::HandOn } else { Part::Receive };
    let near = (stage == Stage::Offer).then(near);
    letters::render(
        &page(lang, part),
        TO,
        "0c".repeat(32),
        shown,
        (codes.collect(), 1),
        near,
        passed,
    )
}

// ---- on its way --------------------------------------------------------------------------------------------------------

fn unfinished() -> Overview {
    let gives = |n: u8, kind, title: &str| Crossing {
        deal: DealId([n; 32]),
        kind,
        side: Side::Gives,
        title: title.into(),
        fare: None,
        since: Some(NOW),
        with: Some("small lantern".into()),
    };
    let mut overview = torn();
    overview.crossings.push(gives(5, Kind::Copy, "Night Ferry"));
    overview.crossings.push(gives(6, Kind::Move, "港の小さな本"));
    overview
}

fn way_of(lang: Lang, overview: Overview, met: Option<usize>) -> Drawn {
    let met = met.map(|n| Words(lang).way_met(n, "quiet heron"));
    way::render(&page(lang, Part::Way), TO, &overview, None, met)
}
