//! Stories of a family: three players and a wallet's page, a player's page, pairing, and what is refused.

use card::PinRefusal;
use face::{Lang, Said, Story, Words};
use license::Rights;
use units::{ContentId, Hash, LicenseId, Span, Tag};

use super::{Around, Here, Told, draw, draw_player, pair};
use crate::{
    engine::{Borrowing, Mate},
    pages::{
        money::pin_said,
        problem::why,
        stories::made::{NOW, TO, card, items, page},
        visit::{Part, for_player},
    },
};

type Drawn = Result<String, askama::Error>;

macro_rules! stories {
    ($($name:literal, $page:literal, $state:literal, $draw:expr;)*) => {
        &[$(Story { name: $name, page: $page, state: $state, draw: $draw }),*]
    };
}

const NAME: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

/// All of them.
pub(in crate::pages) const STORIES: &[Story] = stories![
    "players", "Players and wallets", "three players, one not let in, one with a loan", |l| wallet(l, family(), None, None, None);
    "players-empty", "Players and wallets", "no player yet", |l| wallet(l, vec![], None, None, None);
    "players-near", "Players and wallets", "a player found on this network", |l| wallet(l, vec![], Some(vec!["quiet kettle".into()]), None, None);
    "players-nobody", "Players and wallets", "nobody found", |l| wallet(l, vec![], Some(vec![]), None, None);
    "players-refused", "Players and wallets", "the player does not let this wallet in", |l| wallet(l, family(), None, None, Some(refused(l, "device-not-listed-there", "this device is not on the other one's list; the other one's owner can add it")));
    "players-used", "Players and wallets", "more plays than are left", |l| wallet(l, family(), None, None, Some(refused(l, "lend-too-much", "that is more than is left of this license: 1 plays")));
    "players-lent", "Players and wallets", "lent", |l| wallet(l, family(), None, Some(Words(l).loan_done_lent("Living room", "Night Ferry")), None);
    "players-pair", "Players and wallets", "pairing, with the PIN", |l| pair::draw(&card(l, true), TO, NAME, "Living room", Some("Aiko".into()), None);
    "players-pair-wrong", "Players and wallets", "pairing, PIN wrong", |l| pair::draw(&card(l, true), TO, NAME, "Living room", Some("Aiko".into()), Some(pin_said(Words(l), &PinRefusal::Wrong(2))));
    "player-home", "Player", "three loans and two wallets", |l| player(l, wallets(), true, |_| ());
    "player-empty", "Player", "nothing lent, no wallet", |l| player(l, vec![], false, |_| ());
    "player-asks", "Player", "a wallet wants to be let in", |l| player(l, vec![], false, |told| told.asks = vec![(NAME.into(), "early lamp".into())]);
    "player-away", "Player", "its wallet does not answer", |l| player(l, wallets(), true, |told| told.error = Some(Words(l).loan_away()));
    "player-called", "Player", "giving back", |l| player(l, wallets(), true, |told| told.done = Some(Words(l).loan_done_called()));
    "player-put-back", "Player", "put back from an older copy", |l| player(l, wallets(), true, |told| told.put_back = true);
    "player-pair", "Player", "letting a wallet in", |l| pair::draw(&card(l, true), TO, NAME, "early lamp", None, None);
];

fn refused(lang: Lang, code: &str, text: &str) -> Said {
    why(Words(lang), code, text)
}

fn loan(n: u8, title: &str, plays: Option<u32>) -> Borrowing {
    Borrowing {
        loan: LicenseId([n; 16]),
        of: LicenseId([n.wrapping_add(1); 16]),
        content: ContentId([n; 16]),
        title: title.into(),
        rights: Rights {
            plays,
            ..Rights::UNLIMITED
        },
        since: NOW,
    }
}

fn mate(n: u8, name: &str, allowed: bool, is_player: bool, loans: Vec<Borrowing>) -> Mate {
    Mate {
        pair: Tag([n; 16]),
        name: name.into(),
        allowed,
        is_player,
        since: NOW.less(Span::days(u64::from(n))),
        device: Hash([n; 32]),
        open: usize::from(n == 3),
        loans,
    }
}

fn family() -> Vec<Mate> {
    vec![
        mate(1, "Kitchen", true, true, vec![]),
        mate(
            2,
            "Living room",
            true,
            true,
            vec![loan(1, "Night Ferry", Some(2)), loan(5, "Tide Tables", None)],
        ),
        mate(3, "Children's room", false, true, vec![]),
    ]
}

fn wallets() -> Vec<Mate> {
    vec![
        mate(1, "Aiko", true, false, vec![]),
        mate(2, "Ren", false, false, vec![]),
    ]
}

fn wallet(lang: Lang, mates: Vec<Mate>, near: Option<Vec<String>>, done: Option<Said>, error: Option<Said>) -> Drawn {
    let w = Words(lang);
    let lendable = match mates.is_empty() {
        true => vec![],
        false => vec![
            ("1".to_owned(), w.loan_left(1_u32, "Night Ferry").plain()),
            ("2".to_owned(), "Tide Tables".to_owned()),
        ],
    };
    let near = near.map(|peers| Around { peers });
    draw(
        &page(lang, Part::Players),
        TO,
        (done, error),
        &mates,
        lendable,
        near,
        "Aiko".into(),
    )
}

fn player(lang: Lang, mates: Vec<Mate>, lent: bool, change: impl FnOnce(&mut Told)) -> Drawn {
    let w = Words(lang);
    let mut told = Told {
        name: "Living room".into(),
        words: Some("quiet kettle".into()),
        put_back: false,
        asks: vec![],
        done: None,
        error: None,
    };
    change(&mut told);
    let here = items(lang).into_iter().take(if lent { 3 } else { 0 }).enumerate();
    let here = here.map(|(n, item)| Here {
        item,
        from: w.loan_from("Aiko"),
        bound: n == 1,
    });
    let page = for_player(page(lang, Part::Players), TO.0, Part::Players);
    draw_player(&page, TO, told, &mates, here.collect())
}
