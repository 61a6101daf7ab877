//! Stories of the player: every stage and every state it can be in, with made-up works.

use askama::Template;
use face::{Here, Key, Lang, Permille, Pips, Story, Teeth, Words};
use units::{ContentId, Currency, LicenseId, Moment, Money, PartyId, Span};

use super::{
    super::visit::{Part, frame},
    around, log, refused,
    view::{Album, Line, LogView, No, NowView, PlayerView, RefusedView, Scene, Side, Up, Way},
};
use crate::{
    engine::WasPutBack,
    home::PutBack,
    packages::{FetchRefused, KeptError},
    player::{self, LogLine, PlayRefused, Stage, Step},
};
use card::ReleaseRefusal;
use deal::PlayRefusal;
use publisher::read::NotRead;

type Drawn = Result<String, askama::Error>;
/// A line of the log: what, which bytes, and why not.
type Noted = (Step, Option<(u64, u64)>, Option<&'static str>);

macro_rules! stories {
    ($($name:literal, $page:literal, $state:literal, $draw:expr;)*) => {
        &[$(Story { name: $name, page: $page, state: $state, draw: $draw }),*]
    };
}

/// All of them.
pub(in crate::pages) const STORIES: &[Story] = stories![
    "play-sound", "Now playing", "a song", |l| playing(l, "Night Ferry", Stage::Sound, media(false, ""), |_| ());
    "play-album", "Now playing", "an album, its second track", |l| playing(l, "Harbour Songs", Stage::Album, album(1), |_| ());
    "play-counted", "Now playing", "plays are counted", |l| playing(l, "Night Ferry", Stage::Sound, media(false, ""), |s| s.pips = Some(Pips { left: 2, all: 3 }));
    "play-part", "Now playing", "a part of it, locked beyond", |l| playing(l, "Island Radio Hour", Stage::Sound, media(false, "1"), part);
    "play-part-ended", "Now playing", "the end of a part", |l| playing(l, "Island Radio Hour", Stage::Sound, media(false, "1"), ended);
    "play-broke", "Now playing", "it stopped", |l| playing(l, "Night Ferry", Stage::Sound, broken(), |_| ());
    "play-film", "Book, film, game", "a film", |l| playing(l, "The Crossing", Stage::Film, media(true, ""), |_| ());
    "play-picture", "Book, film, game", "a picture", |l| playing(l, "The Last Boat In", Stage::Picture, Scene::Picture(art("picture")), |_| ());
    "play-text", "Book, film, game", "a text of several parts", |l| playing(l, "Lamps on the Water", Stage::Text, text(1, 3), |_| ());
    "play-text-part", "Book, film, game", "a text whose share ends", |l| playing(l, "Lamps on the Water", Stage::Text, text(0, 1), part);
    "play-book", "Book, film, game", "a book", |l| playing(l, "Small Harbours", Stage::Book, book(), |_| ());
    "play-paper", "Book, film, game", "a document with pages", |l| playing(l, "Tide Tables", Stage::Paper, paper("High water at Signal Rock\n05:12\n"), |_| ());
    "play-paper-mute", "Book, film, game", "a page without text", |l| playing(l, "Tide Tables", Stage::Paper, paper(""), |_| ());
    "play-game", "Book, film, game", "a game", |l| playing(l, "Harbour Lights", Stage::Game, Scene::Frame { src: "about:blank".into(), runs: true }, |_| ());
    "play-leaflet", "Book, film, game", "a document that does not run", |l| playing(l, "Notice to Mariners", Stage::Leaflet, Scene::Frame { src: "about:blank".into(), runs: false }, |_| ());
    "play-other", "Book, film, game", "of a kind that is not shown", |l| playing(l, "Charts", Stage::Other, cannot(l, None), |s| s.as_file = true);
    "play-unreadable", "Book, film, game", "made to harm", |l| playing(l, "Small Harbours", Stage::Book, cannot(l, Some(NotRead::Damaged(String::new()))), |_| ());
    "play-too-large", "Book, film, game", "too large", |l| playing(l, "The Last Boat In", Stage::Picture, cannot(l, Some(NotRead::TooLarge(String::new()))), |_| ());
    "play-nothing", "Now playing", "nothing plays", |l| now(l, false, ups(l));
    "play-interrupted", "Now playing", "interrupted", |l| now(l, true, ups(l).into_iter().take(1).collect());
    "play-empty", "Now playing", "nothing plays, no licenses", |l| now(l, false, vec![]);
    "play-no-license", "Now playing", "no card holds it", |l| no(l, &PlayRefused::NoLicense { title: "Kite Courier".into(), content: ContentId([7; 16]), seller: PartyId([3; 16]) });
    "play-stopped", "Now playing", "this card was stopped", stopped;
    "play-used", "Now playing", "all plays used", |l| by_card(l, PlayRefusal::NoPlaysLeft);
    "play-locked", "Now playing", "locked", |l| by_card(l, PlayRefusal::Locked);
    "play-unpaid", "Now playing", "not paid yet", |l| by_card(l, PlayRefusal::NotPaid);
    "play-hold", "Now playing", "waits for its seller", |l| by_card(l, PlayRefusal::OnHold);
    "play-ended", "Now playing", "period ended", |l| by_card(l, PlayRefusal::Ended(DAY));
    "play-other-file", "Now playing", "another edition's file", |l| no(l, &PlayRefused::Card(ReleaseRefusal::OtherPackage));
    "play-other-devices", "Now playing", "bound to other devices", |l| no(l, &PlayRefused::Card(ReleaseRefusal::OtherDevices));
    "play-watched", "Now playing", "somebody looks into it", |l| no(l, &PlayRefused::Watched(4711));
    "play-damaged", "Now playing", "file damaged", |l| no(l, &PlayRefused::Package(KeptError::Damaged(0)));
    "play-wallet-away", "Now playing", "the wallet it came from is away", |l| by_card(l, PlayRefusal::WalletAway);
    "play-lent", "Now playing", "all of it is lent", |l| by_card(l, PlayRefusal::LentOut);
    "play-often", "Now playing", "begun too often", |l| no(l, &PlayRefused::Card(ReleaseRefusal::TooOften(DAY)));
    "play-elsewhere", "Now playing", "plays elsewhere by now", |l| no(l, &PlayRefused::Card(ReleaseRefusal::Elsewhere));
    "play-missing", "Now playing", "the file is not to be had", |l| no(l, &PlayRefused::Fetch(FetchRefused::OtherPackage));
    "play-put-back", "Now playing", "counted, on an older copy of the card", |l| no(l, &PlayRefused::PutBack(WasPutBack(PutBack { found: 12, written: 17 })));
    "play-over", "Now playing", "over", |l| over(l, Some(LicenseId([2; 16])));
    "play-over-gone", "Now playing", "over, and its license plays no more", |l| over(l, None);
    "play-log", "Playback log", "noted", |l| noted(l, &LINES);
    "play-log-empty", "Playback log", "nothing noted", |l| noted(l, &[]);
];

/// 20 November 2026, some time in the morning.
const DAY: Moment = Moment(1_795_169_640_000);
const BASE: &str = "";
const LINES: [Noted; 4] = [
    (Step::Refused, None, Some("no-plays-left")),
    (Step::Played, Some((0, 11_467_264)), None),
    (Step::Asked, Some((0, 11_467_264)), None),
    (Step::Began, None, None),
];

fn page(lang: Lang, part: Part) -> face::Page {
    let mut page = frame(Words(lang), BASE, part, vec![], true);
    // A story has no browser behind it that is known: its navigation leads nowhere.
    page.nav = vec![Here::new("#main", Words(lang).play_player(), true)];
    page
}

fn art(scene: &str) -> String {
    format!("/art/{scene}/{}", ContentId([7; 16]))
}

fn media(is_film: bool, part: &'static str) -> Scene {
    Scene::Media {
        is_film,
        // Nothing is behind a story: what has no address is not found missing either.
        src: String::new(),
        place: 94_000,
        part,
        album: None,
    }
}

fn album(number: usize) -> Scene {
    let line = |(n, title): (usize, &str)| Line {
        title: title.into(),
        src: "/static/none".into(),
        place: player::place_in(n as u64, 0),
    };
    let titles = ["Night Ferry", "Engine Room", "港の灯", "Last Boat Home"];
    Scene::Media {
        is_film: false,
        src: String::new(),
        place: 12_000,
        part: "",
        album: Some(Album {
            number,
            lines: titles.into_iter().enumerate().map(line).collect(),
        }),
    }
}

fn text(number: u64, of: u64) -> Scene {
    let text = "The last ferry to Oshima carried eleven passengers, four crates of oranges and a piano, and it was the \
                piano that made us late.\n\nIt belonged to a school that no longer had any pupils. <b>Nothing here is \
                a mark.</b>\n\n「海の上で弾いてごらん」と父は言った。\n";
    Scene::Text(player::Part {
        number,
        of,
        text: text.into(),
    })
}

fn book() -> Scene {
    let titles = [
        "Signal Rock",
        "Little Anchor",
        "Hither and Yon",
        "The Salt Stair",
        "Last Light",
    ];
    Scene::Book {
        src: "about:blank".into(),
        leaves: titles.iter().map(|title| ("#main".into(), (*title).into())).collect(),
    }
}

fn paper(text: &str) -> Scene {
    Scene::Paper {
        src: art("text"),
        number: 2,
        of: 12,
        width: 1273,
        height: 1800,
        text: text.into(),
    }
}

fn cannot(lang: Lang, no: Option<NotRead>) -> Scene {
    let w = Words(lang);
    match no {
        None => Scene::Cannot {
            head: w.play_cannot(),
            text: w.play_cannot_do(),
        },
        Some(no) => {
            let no = refused::told(w, "Small Harbours", &PlayRefused::Reading(no));
            Scene::Cannot {
                head: no.head,
                text: no.text,
            }
        }
    }
}

/// Its content cannot be had: the player finds that out by itself.
fn broken() -> Scene {
    Scene::Media {
        is_film: false,
        src: "/static/none".into(),
        place: 0,
        part: "",
        album: None,
    }
}

fn ended(side: &mut Side) {
    part(side);
    side.ended = true;
}

fn part(side: &mut Side) {
    side.part = Some(Permille(100));
    side.unlocks = true;
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap_or_else(|_| Money::zero(Currency::JPY))
}

fn up(lang: Lang, title: &str, scene: &str, says: face::Said, pips: Option<Pips>) -> Up {
    let _ = lang;
    Up {
        license: LicenseId([3; 16]).to_string(),
        title: title.into(),
        cover: art(scene),
        pips,
        says,
        plays: true,
    }
}

fn ups(lang: Lang) -> Vec<Up> {
    let w = Words(lang);
    vec![
        up(
            lang,
            "Harbour Lights",
            "sound",
            w.play_go_on(Span(22 * 3_600_000)),
            Some(Pips { left: 2, all: 3 }),
        ),
        up(
            lang,
            "Vending Machine, Deck B",
            "sound",
            w.play_uses_one(3_u32, 2_u32),
            Some(Pips { left: 2, all: 3 }),
        ),
        up(lang, "Small Harbours", "text", w.play_kind_book(), None),
        Up {
            plays: false,
            ..up(
                lang,
                "Island Radio Hour",
                "sound",
                w.play_locked("Island Radio Hour"),
                None,
            )
        },
    ]
}

fn playing(lang: Lang, title: &str, stage: Stage, scene: Scene, change: fn(&mut Side)) -> Drawn {
    let w = Words(lang);
    let mut side = Side {
        license: LicenseId([2; 16]).to_string(),
        facts: vec![
            (w.play_again_until(), w.play_again_for(Span(22 * 3_600_000))),
            (w.play_card(), w.show("quiet harbour")),
            (w.play_offline(), w.play_offline_yes()),
        ],
        pips: None,
        key: Some(Key::new(lang, yen(100), Teeth::Upto(3))),
        part: None,
        ended: false,
        unlocks: false,
        address: Some("http://127.0.0.1:7411/play/k7m2q/content".into()),
        as_file: false,
    };
    change(&mut side);
    if side.pips.is_none() {
        side.facts.insert(0, (w.play_left(), w.play_left_endless()));
    }
    PlayerView {
        page: page(lang, Part::Library),
        base: BASE.into(),
        token: "story".into(),
        session: "story".into(),
        head: around::head(w, stage, title),
        byline: w.play_of(around::kind(w, stage), "Minato Tape Works"),
        title: title.into(),
        cover: matches!(stage, Stage::Sound | Stage::Album).then(|| art("sound")),
        stage: scene,
        side,
        ups: ups(lang),
        previous: None,
        next: Some(LicenseId([3; 16]).to_string()),
        of_words: w.play_position_of("{at}", "{of}"),
    }
    .render()
}

fn now(lang: Lang, goes_on: bool, ups: Vec<Up>) -> Drawn {
    NowView {
        page: page(lang, Part::Library),
        base: BASE.into(),
        token: "story".into(),
        goes_on,
        ups,
    }
    .render()
}

fn by_card(lang: Lang, no: PlayRefusal) -> Drawn {
    self::no(lang, &PlayRefused::Card(ReleaseRefusal::Play(no)))
}

fn no(lang: Lang, no: &PlayRefused) -> Drawn {
    let mut told = refused::told(Words(lang), "Night Ferry", no);
    told.ways = ways(lang, no);
    refusal(lang, told, None)
}

fn over(lang: Lang, again: Option<LicenseId>) -> Drawn {
    refusal(lang, refused::ended(Words(lang)), again)
}

fn refusal(lang: Lang, no: No, again: Option<LicenseId>) -> Drawn {
    RefusedView {
        page: page(lang, Part::Library),
        base: BASE.into(),
        token: "story".into(),
        no,
        again,
    }
    .render()
}

/// As the real page offers them.
fn ways(lang: Lang, no: &PlayRefused) -> Vec<Way> {
    let (w, shop) = (Words(lang), "https://shop.example/en/works/0c");
    let way = |at: &str, text| Way { at: at.into(), text };
    let license = way("#main", w.play_license());
    match no {
        PlayRefused::NoLicense { .. } => vec![way(shop, w.play_see_shop("Tako Works")), way("#main", w.play_receive())],
        PlayRefused::Card(ReleaseRefusal::Play(PlayRefusal::NoPlaysLeft | PlayRefusal::Ended(_))) => {
            vec![way(shop, w.lic_again("Lantern Records")), license]
        }
        _ => vec![license],
    }
}

fn stopped(lang: Lang) -> Drawn {
    refusal(lang, refused::stopped(Words(lang), BASE, DAY), None)
}

fn noted(lang: Lang, lines: &[Noted]) -> Drawn {
    let rows = lines.iter().map(|(step, range, code)| {
        let line = LogLine {
            from: range.map(|(from, _)| from),
            to: range.map(|(_, to)| to),
            code: code.map(str::to_owned),
            ..LogLine::new(DAY, *step, ContentId([7; 16]), LicenseId([2; 16]))
        };
        log::row(Words(lang), &line, "Night Ferry".into())
    });
    LogView {
        page: page(lang, Part::Log),
        base: BASE.into(),
        rows: rows.collect(),
    }
    .render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Share;

    /// proves: row-93
    #[test]
    fn every_story_of_the_player_can_be_told_in_both_languages() {
        for story in STORIES {
            for lang in Lang::ALL {
                let html = (story.draw)(lang).unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{story:?}");
                assert!(!html.contains("<script>") && !html.contains(" style="), "{story:?}");
                assert!(!html.contains("<b>Nothing"), "{story:?}");
            }
        }
        let names: std::collections::BTreeSet<_> = STORIES.iter().map(|story| story.name).collect();
        assert_eq!(names.len(), STORIES.len());
        let shares = [Share::Tenth, Share::Most, Share::Whole].map(refused_part);
        assert!(shares[0].contains("10%") && shares[1].contains("80%"), "{shares:?}");
    }

    fn refused_part(share: Share) -> String {
        let no = PlayRefused::Card(ReleaseRefusal::BeyondShare(share));
        refused::told(Words(Lang::En), "x", &no).head.plain()
    }
}
