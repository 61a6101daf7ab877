//! Media: a disc or a stick is copied to the drive, with progress, and goes on where it was interrupted; what was copied plays
//! from here (CM-3 to CM-5). It copies behind the page, which says how far it is and asks again by itself.

use std::path::PathBuf;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use face::{Lang, Said, Story, Sum};
use serde::Deserialize;

use super::{
    problem::Problem,
    stories::made,
    text::plain,
    view::drawn_as,
    visit::{Part, Shared, Visit, visit},
};
use crate::copies::{Begun, Copied, Found, Here, How, No};

/// A copy under way, in figures.
struct Going {
    title: Said,
    percent: u64,
    text: Said,
}

/// One that stopped: why, and what begins it again.
struct Stopped {
    title: Said,
    why: String,
    medium: String,
    at_most: i64,
}

#[derive(Template)]
#[template(path = "media.html")]
struct MediaView<'a> {
    page: &'a face::Page,
    base: &'a str,
    token: &'a str,
    registered: bool,
    /// Folder and title.
    media: Vec<(String, String)>,
    going: Option<Going>,
    /// Asks again by itself: a page that is looked at, and no story.
    refreshes: bool,
    done: Vec<Said>,
    stopped: Option<Stopped>,
    /// Name and title.
    copies: Vec<(String, String)>,
    error: Option<String>,
}

/// Draws it; `no`: why a copy does not play; `live`: of a wallet, and no story.
fn draw(
    page: &face::Page,
    (base, token): (&str, &str),
    here: &Here,
    (no, live): (Option<&No>, bool),
) -> Result<String, askama::Error> {
    let (w, lang) = (page.words, page.words.0);
    let title = |begun: &Begun| plain(&begun.title, 120);
    let (mut going, mut done, mut stopped) = (None, Vec::new(), None);
    match here.begun.as_ref().map(|begun| (begun, &begun.how)) {
        Some((begun, How::Copying { done, of })) => {
            let percent = done.saturating_mul(100).checked_div(*of).unwrap_or(0).min(100);
            going = Some(Going {
                title: w.media_going(title(begun)),
                percent,
                text: match *of {
                    0 => w.media_asking(),
                    _ => w.media_percent(percent),
                },
            });
        }
        Some((begun, How::Done { cost, unreported })) => {
            done.push(w.media_done(title(begun)));
            done.extend(cost.filter(|cost| !cost.is_zero()).map(|cost| w.media_cost(Sum(cost))));
            done.extend(unreported.as_ref().map(|_| w.media_unreported()));
        }
        Some((begun, How::Stopped(no))) => {
            stopped = Some(Stopped {
                title: w.media_stopped(title(begun)),
                why: no.said(lang).to_owned(),
                medium: begun.medium.to_string_lossy().into_owned(),
                at_most: begun.at_most,
            });
        }
        None => {}
    }
    let found = |it: &Found| (it.path.to_string_lossy().into_owned(), plain(&it.title, 120));
    MediaView {
        page,
        base,
        token,
        registered: here.registered,
        media: here.media.iter().map(found).collect(),
        refreshes: live && going.is_some(),
        going,
        done,
        stopped,
        copies: here
            .copies
            .iter()
            .map(|it| (it.id.clone(), plain(&it.title, 120)))
            .collect(),
        error: no.map(|no| no.said(lang).to_owned()),
    }
    .render()
}

async fn page(visit: &Visit, desk: &super::Desk, no: Option<No>) -> Response {
    let here = match desk.copies() {
        Some(copies) => {
            let copies = copies.clone();
            tokio::task::spawn_blocking(move || copies.look())
                .await
                .unwrap_or_default()
        }
        None => Here::default(),
    };
    let status = match &no {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let drawn = draw(
        &visit.page(Part::Media),
        (visit.base(), visit.token()),
        &here,
        (no.as_ref(), true),
    );
    drawn_as(status, drawn)
}

/// The page.
pub(super) async fn show(State(desk): Shared, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/media");
    page(&visit, &desk, None).await
}

#[derive(Deserialize)]
pub(super) struct Copy {
    token: String,
    /// A medium that was found.
    #[serde(default)]
    medium: String,
    /// Or where another one is.
    #[serde(default)]
    other: String,
    #[serde(default)]
    at_most: String,
}

/// A copy is begun, or goes on.
pub(super) async fn begin(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Copy>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/media");
    let Some(copies) = desk.copies() else {
        return visit.no(&Problem::not_found());
    };
    let medium = match form.other.trim() {
        "" => form.medium.trim(),
        other => other,
    };
    // What is no amount is not agreed to.
    let at_most = form.at_most.trim().replace(',', "").parse().unwrap_or(0).max(0);
    if !medium.is_empty() {
        copies.begin(PathBuf::from(medium), at_most);
    }
    visit.go("/media")
}

/// A copy plays, at an address of its own.
pub(super) async fn play(
    State(desk): Shared,
    Path((key, copy)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, "/media");
    let Some(copies) = desk.copies().cloned() else {
        return visit.no(&Problem::not_found());
    };
    match tokio::task::spawn_blocking(move || copies.play(&copy)).await {
        Ok(Ok(address)) => Redirect::to(&address).into_response(),
        Ok(Err(no)) => page(&visit, &desk, Some(no)).await,
        Err(_) => visit.no(&Problem::not_found()),
    }
}

fn story(lang: Lang, begun: Option<How>, change: fn(&mut Here)) -> Result<String, askama::Error> {
    let mut here = Here {
        registered: true,
        media: vec![Found {
            path: "/media/aiko/NIGHT_FERRY".into(),
            title: "Night Ferry".into(),
        }],
        begun: begun.map(|how| Begun {
            medium: "/media/aiko/NIGHT_FERRY".into(),
            title: "Night Ferry".into(),
            at_most: 0,
            how,
        }),
        copies: vec![Copied {
            id: "onswg4tfoqonswg4tfoqonswg4".into(),
            title: "Winter Sun".into(),
        }],
    };
    change(&mut here);
    draw(&made::page(lang, Part::Media), made::TO, &here, (None, false))
}

fn no(english: &str, japanese: &str) -> No {
    No {
        code: "medium-used".into(),
        english: english.into(),
        japanese: Some(japanese.into()),
    }
}

/// Its stories.
pub(super) const STORIES: &[Story] = &[
    Story {
        name: "media",
        page: "Copy from a medium",
        state: "a medium is in this machine",
        draw: |lang| story(lang, None, |_| ()),
    },
    Story {
        name: "media-empty",
        page: "Copy from a medium",
        state: "no medium, no copy",
        draw: |lang| story(lang, None, |here| (here.media, here.copies) = (Vec::new(), Vec::new())),
    },
    Story {
        name: "media-nowhere",
        page: "Copy from a medium",
        state: "no devices that are registered",
        draw: |lang| story(lang, None, |here| *here = Here::default()),
    },
    Story {
        name: "media-going",
        page: "Copy from a medium",
        state: "copying",
        draw: |lang| {
            story(
                lang,
                Some(How::Copying {
                    done: 41 << 20,
                    of: 120 << 20,
                }),
                |_| (),
            )
        },
    },
    Story {
        name: "media-done",
        page: "Copy from a medium",
        state: "complete, paid for, not reported yet",
        draw: |lang| {
            let unreported = Some(no("The gateway does not answer.", "ゲートウェイが応答しません。"));
            let cost = Some(made::yen(300));
            story(lang, Some(How::Done { cost, unreported }), |_| ())
        },
    },
    Story {
        name: "media-refused",
        page: "Copy from a medium",
        state: "refused",
        draw: |lang| {
            let why = no(
                "Content cannot be copied from this medium.",
                "このメディアからはコンテンツをコピーできません。",
            );
            story(lang, Some(How::Stopped(why)), |_| ())
        },
    },
    Story {
        name: "media-not-here",
        page: "Copy from a medium",
        state: "a copy that does not play here",
        draw: |lang| {
            let why = no(
                "Content reproduction is not permitted.",
                "コンテンツの再生は許可されていません。",
            );
            let here = Here {
                registered: true,
                ..Here::default()
            };
            draw(&made::page(lang, Part::Media), made::TO, &here, (Some(&why), false))
        },
    },
];
