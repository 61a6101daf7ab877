//! Letters: shown as codes and files, and taken from a camera, a file or a picture. Which letter it is says what happens.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Json,
    body::Bytes,
    extract::{Multipart, Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use courier::{Letter, Progress, Stage, code};
use face::{Route, Said};
use serde::Deserialize;
use serde_json::json;
use units::{DealId, Hash};

use super::{NearBy, Part, Shared, Visit, visit};
use crate::{
    engine::Outcome,
    pages::{Desk, problem::Problem, text::plain, view::drawn},
};

/// A letter with what is said around it.
pub(super) struct Shown {
    pub(super) letter: Letter,
    pub(super) title: String,
    pub(super) head: Said,
    pub(super) what: Said,
    /// Which of the three stops.
    pub(super) at: usize,
    /// Does the giver show it, or the friend?
    pub(super) giver: bool,
    /// What is to be taken next, if anything.
    pub(super) next: Option<Said>,
}

#[derive(Template)]
#[template(path = "hand-letter.html")]
struct LetterView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    stage: &'static str,
    name: String,
    title: String,
    head: Said,
    what: Said,
    route: Route,
    /// Each a drawing, and whether it is the one shown first.
    codes: Vec<(String, bool)>,
    of: usize,
    next_part: usize,
    next: Option<Said>,
    near: Option<NearBy>,
    passed: Option<Said>,
    can_stop: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    part: usize,
    passed: Option<String>,
}

async fn find(visit: &Visit, stage: &str, name: &str) -> Option<Shown> {
    let (wallet, w) = (visit.wallet(), visit.words);
    let title_of = |crossings: &[crate::engine::Crossing], deal: DealId| {
        let found = crossings.iter().find(|c| c.deal == deal);
        found.map(|c| c.title.clone()).unwrap_or_default()
    };
    match Stage::named(stage)? {
        Stage::Offer => {
            let offered = wallet.offered(name.parse::<Hash>().ok()?)?;
            let moves = offered.kind == deal::Kind::Move;
            Some(Shown {
                letter: offered.letter,
                title: offered.title,
                head: w.show_offer(),
                what: if moves {
                    w.show_offer_move()
                } else {
                    w.show_offer_copy()
                },
                at: 0,
                giver: true,
                next: Some(w.take_answer()),
            })
        }
        Stage::Answer => {
            let deal = name.parse().ok()?;
            Some(Shown {
                letter: wallet.answer_letter(deal).await?,
                title: title_of(&wallet.crossings().await, deal),
                head: w.show_answer(),
                what: w.show_answer_what(),
                at: 1,
                giver: false,
                next: Some(w.take_key()),
            })
        }
        Stage::Key => {
            let deal = name.parse().ok()?;
            let gave = wallet.gave(deal).await?;
            Some(Shown {
                letter: gave.letter,
                title: gave.title.unwrap_or_default(),
                head: w.show_key(),
                what: match gave.void {
                    Some(reason) => w.show_void_what(reason.text()),
                    None => w.show_key_what(),
                },
                at: 2,
                giver: true,
                next: gave.void.is_none().then(|| w.take_done()),
            })
        }
        Stage::Wish => Some(Shown {
            letter: wallet.kept_wish(name.parse().ok()?)?,
            title: String::new(),
            head: w.show_wish(),
            what: w.show_wish_what(),
            at: 0,
            giver: false,
            next: Some(w.take_locked()),
        }),
        Stage::Locked => {
            let made = wallet.offered(name.parse::<Hash>().ok()?)?;
            Some(Shown {
                letter: made.letter,
                title: made.title,
                head: w.show_locked(),
                what: w.show_locked_what(),
                at: 1,
                giver: true,
                next: None,
            })
        }
        Stage::Pair | Stage::Paired => {
            let (letter, title) = wallet.kept_letter(name.parse().ok()?)?;
            let is_players = letter.stage == Stage::Pair;
            Some(Shown {
                letter,
                title,
                head: if is_players {
                    w.loan_show_pair()
                } else {
                    w.loan_show_paired()
                },
                what: if is_players {
                    w.loan_show_pair_what()
                } else {
                    w.loan_show_paired_what()
                },
                at: 0,
                giver: true,
                next: is_players.then(|| w.loan_take_next()),
            })
        }
        stage if stage.is_of_a_loan() => {
            let (letter, title) = wallet.kept_letter(name.parse().ok()?)?;
            Some(Shown {
                next: (stage != Stage::Arrived).then(|| w.loan_take_next()),
                letter,
                title,
                head: w.loan_show_letter(),
                what: w.loan_show_letter_what(),
                at: 0,
                giver: true,
            })
        }
        _ => Some(Shown {
            letter: wallet.done_of(name.parse().ok()?).await?,
            title: String::new(),
            head: w.show_done(),
            what: w.show_done_what(),
            at: 3,
            giver: false,
            next: None,
        }),
    }
}

/// What its file is called.
fn named(shown: &Shown) -> &str {
    match shown.letter.stage {
        Stage::Wish => crate::hand::WISH,
        _ => &shown.title,
    }
}

/// A letter as codes, one part at a time.
pub(super) async fn show(
    State(desk): Shared,
    Path((key, stage, name)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/letters/{stage}/{name}"));
    let Some(shown) = find(&visit, &stage, &name).await else {
        return visit.no(&Problem::not_found());
    };
    let texts = match courier::split(&shown.letter) {
        Ok(texts) => texts,
        Err(no) => return visit.refuse(&no),
    };
    let (of, w) = (texts.len(), visit.words);
    let draw = |(n, text): (usize, &String)| code::draw(text, &w.show_alt(n.saturating_add(1), of).plain());
    let codes = match texts.iter().enumerate().map(draw).collect::<Result<Vec<_>, _>>() {
        Ok(codes) => codes,
        Err(no) => return visit.refuse(&no),
    };
    let passed = asked.passed.map(|name| match shown.letter.stage {
        Stage::Locked => w.show_passed_locked(plain(&name, 40)),
        _ => w.show_passed(plain(&name, 40)),
    });
    let declined = name
        .parse::<Hash>()
        .is_ok_and(|quote| visit.wallet().is_declined(quote));
    let passed = match declined {
        true => Some(w.show_declined()),
        false => passed,
    };
    let near = match shown.letter.stage {
        Stage::Offer => visit.near().await,
        _ => None,
    };
    let page = visit.page(if shown.giver { Part::HandOn } else { Part::Receive });
    let to = (visit.base(), visit.token());
    drawn(render(&page, to, name, shown, (codes, asked.part), near, passed))
}

/// Draws it: its codes, and which of them is shown first.
pub(super) fn render(
    page: &face::Page,
    (base, token): (&str, &str),
    name: String,
    shown: Shown,
    (codes, part): (Vec<String>, usize),
    near: Option<NearBy>,
    passed: Option<Said>,
) -> Result<String, askama::Error> {
    let (w, of) = (page.words, codes.len().max(1));
    let part = part.clamp(1, of);
    let codes = codes.into_iter().enumerate();
    let codes = codes.map(|(n, svg)| (svg, n.saturating_add(1) == part)).collect();
    let stops = match (shown.letter.stage, shown.giver) {
        (Stage::Locked, _) => vec![w.step_wished(), w.step_locked()],
        (Stage::Wish, _) => vec![w.step_wish(), w.step_take_locked()],
        (stage, _) if stage.is_of_a_loan() || matches!(stage, Stage::Pair | Stage::Paired) => {
            vec![w.loan_step_show(), w.loan_step_answer(), w.loan_step_done()]
        }
        (_, true) => vec![w.step_offer(), w.step_answer(), w.step_key()],
        (_, false) => vec![w.step_read(), w.step_agree(), w.step_take()],
    };
    let stage = shown.letter.stage;
    LetterView {
        page,
        base,
        token,
        stage: stage.name(),
        name,
        title: plain(&shown.title, 120),
        head: shown.head,
        what: shown.what,
        route: Route {
            stops,
            at: shown.at,
            is_plain: false,
        },
        codes,
        of,
        next_part: part % of + 1,
        next: shown.next,
        near,
        passed,
        can_stop: stage == Stage::Offer,
    }
    .render()
}

/// As browsers name what they save: every letter of every script, and none that means something.
pub(super) fn attached(name: &str) -> String {
    let mut coded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename*=UTF-8''{coded}")
}

/// A letter as a file.
pub(super) async fn file(
    State(desk): Shared,
    Path((key, stage, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/");
    let Some(shown) = find(&visit, &stage, &name).await else {
        return visit.no(&Problem::not_found());
    };
    match shown.letter.to_bytes() {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
                (
                    header::CONTENT_DISPOSITION,
                    attached(&courier::file_name(named(&shown), shown.letter.stage)),
                ),
            ];
            (headers, bytes).into_response()
        }
        Err(no) => visit.refuse(&no),
    }
}

#[derive(Deserialize)]
pub(super) struct PassForm {
    token: String,
    name: String,
}

/// Lays an offer before the holder of a neighbour's wallet.
pub(super) async fn pass(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<PassForm>,
) -> Response {
    let visit = visit!(
        &desk,
        &key,
        Some(&form.token),
        &headers,
        format!("/letters/offer/{name}")
    );
    let offered = name.parse::<Hash>().ok().and_then(|hash| visit.wallet().offered(hash));
    let Some(offered) = offered else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().offer_near(&offered, &form.name).await {
        // Its two words are of our own list: plain letters.
        Ok(()) => visit.go(&format!("/letters/offer/{name}?passed={}", form.name.replace(' ', "+"))),
        Err(no) => visit.refuse(&no),
    }
}

/// Does with a letter what it is for. Answers where to go on.
async fn take(desk: &Desk, visit: &Visit, letter: Letter) -> Result<String, Problem> {
    let wallet = visit.wallet();
    match letter.stage {
        Stage::Offer => {
            let checked = wallet.read_offer(&letter.body).await?;
            Ok(format!("/receive/{}", desk.keep_quote(checked)))
        }
        Stage::Wish => Ok(format!("/wish/{}", wallet.keep_wish(letter))),
        Stage::Locked => {
            let checked = wallet.read_locked(&letter.body).await?;
            Ok(format!("/receive/{}", desk.keep_quote(checked)))
        }
        Stage::Answer => {
            let gave = wallet.decide(letter.body).await?;
            Ok(format!("/letters/key/{}", gave.deal))
        }
        Stage::Key => match wallet.take_key(letter.body).await? {
            Outcome::Given { deal, license, .. } => {
                if let Some(license) = license {
                    // If the file is neither here nor to be had now, the library offers it.
                    drop(wallet.fetch_soon(license).await);
                }
                Ok(format!("/received/{deal}"))
            }
            Outcome::Returned { deal, .. } | Outcome::OnItsWay { deal, .. } | Outcome::Frozen { deal } => {
                Ok(format!("/received/{deal}"))
            }
        },
        Stage::Done => {
            wallet.take_done(letter.body).await?;
            Ok("/on-its-way".to_owned())
        }
        Stage::Pair | Stage::Paired => Ok(format!("/players/pair/{}", wallet.pairing_waits(letter, None))),
        _ => {
            let heard = wallet.hear_loan(&letter).await?;
            let Some(say) = heard.say else {
                return Ok("/players".to_owned());
            };
            let stage = say.stage.name();
            Ok(format!("/letters/{stage}/{}", wallet.keep_letter(say, heard.title)))
        }
    }
}

/// What was in an upload: the form's token, and a file.
async fn parts(mut form: Multipart) -> Result<(String, Bytes), Problem> {
    let malformed = |_| Problem::new(StatusCode::BAD_REQUEST, "body-malformed", "this form cannot be read");
    let (mut token, mut file) = (String::new(), Bytes::new());
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        match field.name() {
            Some("token") => token = field.text().await.map_err(malformed)?,
            Some("file") => file = field.bytes().await.map_err(malformed)?,
            _ => {}
        }
    }
    Ok((token, file))
}

/// A file from a friend: a letter, or a picture of a code.
pub(super) async fn upload(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let (token, file) = match parts(form).await {
        Ok(parts) => parts,
        Err(no) => return visit!(&desk, &key, None, &headers, "/receive").no(&no),
    };
    let visit = visit!(&desk, &key, Some(&token), &headers, "/receive");
    let result = if Letter::is_one(&file) {
        match Letter::from_bytes(&file) {
            Ok(letter) => take(&desk, &visit, letter).await,
            Err(no) => Err(Problem::of(&no)),
        }
    } else {
        picture(&desk, &visit, &key, file).await
    };
    match result {
        Ok(path) => visit.go(&path),
        Err(no) => visit.no(&no),
    }
}

async fn picture(desk: &Desk, visit: &Visit, key: &str, file: Bytes) -> Result<String, Problem> {
    let looked = tokio::task::spawn_blocking(move || code::look_at_picture(&file)).await;
    let texts = looked.unwrap_or(Err(code::CodeRefusal::NotAPicture));
    match collect(desk, key, &texts?)? {
        Progress::Whole(letter) => take(desk, visit, letter).await,
        // The page shows how many are here, and takes the next picture.
        Progress::Part { have, of } => Ok(format!("/receive?have={have}&of={of}")),
    }
}

fn collect(desk: &Desk, key: &str, texts: &[String]) -> Result<Progress, Problem> {
    let mut last = Err(Problem::of(&courier::PartRefusal::Foreign));
    for text in texts {
        match desk.collect(key, text) {
            Ok(whole @ Progress::Whole(_)) => return Ok(whole),
            Ok(part) => last = Ok(part),
            Err(no) if last.is_err() => last = Err(Problem::of(&no)),
            Err(_) => {}
        }
    }
    last
}

/// A frame of the camera: two numbers of two bytes (width, height), then a byte of brightness for each pixel.
pub(super) async fn scan(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap, frame: Bytes) -> Response {
    let token = headers
        .get("keyfare-form")
        .and_then(|h| h.to_str().ok())
        .unwrap_or_default();
    let visit = visit!(&desk, &key, Some(token), &headers, "/receive");
    match seen(&desk, &visit, &key, frame).await {
        Ok(answer) => Json(answer).into_response(),
        Err(no) => no.into_response(),
    }
}

async fn seen(desk: &Arc<Desk>, visit: &Visit, key: &str, frame: Bytes) -> Result<serde_json::Value, Problem> {
    let looked = tokio::task::spawn_blocking(move || {
        let [w0, w1, h0, h1, luma @ ..] = &*frame else {
            return Err(code::CodeRefusal::NotAPicture);
        };
        let side = |a: u8, b: u8| usize::from(u16::from_be_bytes([a, b]));
        code::look(side(*w0, *w1), side(*h0, *h1), luma)
    });
    let texts = match looked.await.unwrap_or(Err(code::CodeRefusal::NotAPicture)) {
        Ok(texts) => texts,
        Err(code::CodeRefusal::NoCode) => return Ok(json!({ "none": true })),
        Err(no) => return Err(no.into()),
    };
    match collect(desk, key, &texts) {
        Ok(Progress::Part { have, of }) => {
            Ok(json!({ "have": have, "of": of, "text": visit.words.take_have(have, of).plain() }))
        }
        Ok(Progress::Whole(letter)) => {
            let path = take(desk, visit, letter).await?;
            Ok(json!({ "go": format!("{}{path}", visit.at.page.base) }))
        }
        // Some other code in view.
        Err(_) => Ok(json!({ "none": true })),
    }
}
