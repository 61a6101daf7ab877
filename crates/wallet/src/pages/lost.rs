//! Lost: the page on which a holder stops a card that is gone and has this one take its place, and sees when what comes.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Multipart, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use card::RecoveryCode;
use deal::lost::Loss;
use face::{Code, Day, Lang, Said, Story, Sum, Words};
use units::{CardNo, Currency, Moment, Money};

use super::{
    home::when,
    problem::why,
    view::{drawn, drawn_as},
    visit::{Part, Shared, Visit, frame, visit},
};
use crate::engine::LossNow;

/// One loss, in words.
struct LossSaid {
    title: Said,
    number: Said,
    stopped: Said,
    text: Said,
    facts: Vec<(Said, Said)>,
    held: Option<Said>,
    waits: bool,
}

#[derive(Template)]
#[template(path = "lost.html")]
struct LostView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    own: Option<Said>,
    came: Option<Said>,
    losses: Vec<LossSaid>,
    error: Option<Said>,
}

/// What the page is about.
#[derive(Default)]
struct Lost {
    losses: Vec<LossNow>,
    stopped: Option<Moment>,
    now: Moment,
    came: Option<usize>,
    error: Option<Said>,
}

fn draw(page: &face::Page, (base, token): (&str, &str), lost: Lost) -> Result<String, askama::Error> {
    let w = page.words;
    LostView {
        page,
        base,
        token,
        own: lost.stopped.map(|at| w.lost_own(when(w, at))),
        came: lost.came.map(|n| w.lost_came(n)),
        losses: lost.losses.iter().map(|one| said(w, one, lost.now)).collect(),
        error: lost.error,
    }
    .render()
}

fn said(w: Words, one: &LossNow, now: Moment) -> LossSaid {
    let (loss, over) = (&one.loss, one.is_over(now));
    let mut facts = vec![(w.lost_back(), w.show(Sum(loss.back)))];
    if !over {
        facts.insert(0, (w.lost_to_come(), w.show(Sum(one.to_come()))));
        // Whatever of it is paid offline arrives late, and is taken out of what is to come.
        if !loss.figure.is_zero() {
            facts.push((w.lost_may(), w.lost_may_sum(Sum(loss.figure))));
        }
    }
    if let Some(late) = loss.late {
        facts.push((w.lost_late(), w.lost_late_sum(Sum(late))));
    }
    if !loss.open.is_zero() {
        facts.push((w.lost_open(), w.show(Sum(loss.open))));
    }
    LossSaid {
        title: if over { w.lost_ready() } else { w.lost_home() },
        number: w.lost_old(Code(loss.card.short())),
        stopped: w.lost_stopped(when(w, loss.stopped)),
        text: if over {
            w.lost_ready_what(Sum(loss.back))
        } else {
            w.lost_waits(Day(loss.from))
        },
        facts,
        held: (one.waiting > 0).then(|| w.lost_held(Day(loss.from), one.waiting)),
        waits: !over,
    }
}

async fn of(visit: &Visit) -> Lost {
    Lost {
        losses: visit.wallet().losses().await,
        stopped: visit.wallet().stopped().await,
        now: visit.wallet().now(),
        ..Lost::default()
    }
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/lost");
    let lost = of(&visit).await;
    drawn(draw(&visit.page(Part::Lost), (visit.base(), visit.token()), lost))
}

/// What the form carries.
#[derive(Default)]
struct Form {
    token: String,
    code: String,
    file: Bytes,
}

async fn read(mut form: Multipart) -> Option<Form> {
    let mut out = Form::default();
    while let Some(field) = form.next_field().await.ok()? {
        match field.name() {
            Some("token") => out.token = field.text().await.ok()?,
            Some("code") => out.code = field.text().await.ok()?.chars().take(100).collect(),
            Some("file") => out.file = field.bytes().await.ok()?,
            _ => {}
        }
    }
    Some(out)
}

/// The lost card is stopped, and this one takes its place.
pub(super) async fn stop(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let form = read(form).await.unwrap_or_default();
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/lost");
    let copy = (!form.file.is_empty()).then(|| form.file.to_vec());
    let done = visit.wallet().replace_lost(&RecoveryCode(form.code), copy).await;
    let mut lost = of(&visit).await;
    let status = match done {
        Ok(recovered) => {
            visit.wallet().take_refunds().await;
            lost.came = Some(recovered.play.saturating_add(recovered.wait));
            StatusCode::OK
        }
        Err(no) => {
            let code = units::Refusal::theirs(&no).unwrap_or_else(|| units::Refusal::code(&no));
            lost.error = Some(why(visit.words, code, &no.to_string()));
            StatusCode::CONFLICT
        }
    };
    drawn_as(
        status,
        draw(&visit.page(Part::Lost), (visit.base(), visit.token()), lost),
    )
}

/// The recovery copy, to be kept wherever its holder likes.
pub(super) async fn copy(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/lost");
    match visit.wallet().recovery_copy().await {
        Ok(copy) => (
            [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/octet-stream"),
                ),
                (
                    header::CONTENT_DISPOSITION,
                    HeaderValue::from_static("attachment; filename=\"keyfare-recovery.copy\""),
                ),
            ],
            copy,
        )
            .into_response(),
        Err(no) => visit.refuse(&no),
    }
}

/// Its states, with made-up figures.
pub(in crate::pages) const STORIES: &[Story] = &[
    Story {
        name: "lost-nothing",
        page: "Lost card",
        state: "nothing is lost",
        draw: |lang| story(lang, |_| ()),
    },
    Story {
        name: "lost-wrong-code",
        page: "Lost card",
        state: "no card by this code",
        draw: |lang| {
            story(lang, |lost| {
                lost.error = Some(why(
                    Words(lang),
                    "loss-not-proven",
                    "no card is found by this recovery code; check the code",
                ));
            })
        },
    },
    Story {
        name: "lost-waiting",
        page: "Lost card",
        state: "stopped, the money follows",
        draw: |lang| story(lang, |lost| lost.losses = vec![made_up(1_240, 0, 2)]),
    },
    Story {
        name: "lost-ready",
        page: "Lost card",
        state: "everything is here",
        draw: |lang| {
            story(lang, |lost| {
                lost.losses = vec![made_up(0, 1_240, 0)];
                lost.now = STOPPED.plus(units::Span::days(40));
            })
        },
    },
    Story {
        name: "lost-spent",
        page: "Lost card",
        state: "everything is here, but for what was spent offline",
        draw: |lang| {
            story(lang, |lost| {
                lost.losses = vec![made_up(0, 600, 0)];
                lost.losses.iter_mut().for_each(|one| one.loss.late = Some(yen(640)));
                lost.now = STOPPED.plus(units::Span::days(40));
            })
        },
    },
    Story {
        name: "lost-found",
        page: "Lost card",
        state: "the old card was found",
        draw: |lang| story(lang, |lost| lost.stopped = Some(STOPPED)),
    },
];

/// 20 November 2026, in the morning.
const STOPPED: Moment = Moment(1_795_169_640_000);

fn story(lang: Lang, change: impl FnOnce(&mut Lost)) -> Result<String, askama::Error> {
    let mut lost = Lost {
        now: STOPPED,
        ..Lost::default()
    };
    change(&mut lost);
    let page = frame(Words(lang), "", Part::Lost, vec![], true);
    draw(&page, ("", ""), lost)
}

fn yen(sum: i64) -> Money {
    Money::new(sum, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn made_up(to_come: i64, back: i64, waiting: usize) -> LossNow {
    LossNow {
        loss: Loss {
            card: CardNo([0x5A; 16]),
            stopped: STOPPED,
            from: STOPPED.plus(units::Span::days(28)),
            figure: yen(to_come),
            open: yen(0),
            back: yen(back),
            copy: None,
            rulings: vec![],
            sold: vec![],
            orders: vec![],
            late: None,
        },
        waiting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_drawn_in_both_languages_and_promises_no_money_twice() {
        for lang in Lang::ALL {
            let drawn: Vec<String> = STORIES.iter().map(|one| (one.draw)(lang).unwrap()).collect();
            assert_eq!(drawn.len(), 6);
            assert!(drawn[2].contains("data-print") && !drawn[0].contains("data-print"));
            assert!(drawn[2].contains("1,240") && drawn[3].contains("1,240"));
            let spent = Words(lang).lost_late();
            assert!(drawn[4].contains("640") && drawn[4].contains(spent.html()) && !drawn[3].contains(spent.html()));
            assert!(
                drawn[5].contains("role=\"alert\"") && !drawn[5].contains("<form"),
                "a stopped card claims nothing"
            );
        }
    }
}
