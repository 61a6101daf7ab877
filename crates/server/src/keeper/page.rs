//! The content server's page: what is here, sealed, for anybody to take.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use face::{Bytes, Day, Here, Lang, Page, Said, Story};
use party::content::Kept;
use units::{ContentId, Hash, Moment, PartyId};

use super::Keeper;
use crate::{
    frame::Problem,
    pages::{Visit, answer_private, told},
};

type Drawn = Result<String, askama::Error>;

/// Who signs the page.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    pub(super) name: String,
    pub(super) dev: bool,
}

struct Line {
    title: String,
    subtitle: Option<String>,
    performers: Vec<String>,
    by: String,
    what: Said,
    number: String,
    href: String,
}

#[derive(Template)]
#[template(path = "keeper/front.html")]
struct Front<'a> {
    page: &'a Page,
    lines: Vec<Line>,
}

fn frame(sign: &Sign, visit: &Visit) -> Page {
    let words = visit.words;
    Page {
        words,
        name: sign.name.clone(),
        home: visit.to("/"),
        nav_name: words.keeper_nav(),
        nav: vec![Here::new(visit.to("/data"), words.care_name(), false)],
        elsewhere: visit.elsewhere(),
        ours: false,
        foot: words.keeper_foot(),
        foot_links: Vec::new(),
        dev: sign.dev,
    }
}

/// The page.
pub(super) fn draw(sign: &Sign, visit: &Visit, found: &[(Hash, Kept)]) -> Drawn {
    let words = visit.words;
    let line = |(package, kept): &(Hash, Kept)| {
        let said = package::Header::parse(&kept.header)
            .ok()
            .and_then(|header| header.credits);
        let said = said.unwrap_or_default();
        line_of(words, *package, kept, said)
    };
    Front {
        page: &frame(sign, visit),
        lines: found.iter().map(line).collect(),
    }
    .render()
}

fn line_of(words: face::Words, package: Hash, kept: &Kept, said: package::Credits) -> Line {
    Line {
        title: kept.title.clone(),
        performers: said.performers().to_vec(),
        subtitle: said.subtitle,
        by: kept.publisher_name.clone(),
        what: words.keeper_what(
            Day(kept.made.unwrap_or(kept.since)),
            Bytes(kept.bytes),
            kept.media_type.as_str(),
        ),
        number: kept.content.to_string(),
        href: format!("/v1/packages/{package}"),
    }
}

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "front",
        page: "Content",
        state: "three works",
        draw: |lang| draw(&sign(), &Visit::told(lang), &made_up()),
    },
    Story {
        name: "front-empty",
        page: "Content",
        state: "nothing yet",
        draw: |lang: Lang| draw(&sign(), &Visit::told(lang), &[]),
    },
];

fn sign() -> Sign {
    Sign {
        name: "Minato Content".to_owned(),
        dev: true,
    }
}

fn made_up() -> Vec<(Hash, Kept)> {
    let kept = |n: u8, title: &str, by: &str, media_type: &str, bytes| {
        let kept = Kept {
            content: ContentId([n; 16]),
            publisher: PartyId([n; 16]),
            publisher_name: by.to_owned(),
            title: title.to_owned(),
            media_type: media_type.to_owned(),
            bytes,
            made: Some(Moment(1_795_169_640_000)),
            since: Moment(1_795_169_640_000),
            header: Vec::new(),
        };
        (Hash([n; 32]), kept)
    };
    vec![
        kept(1, "Night Ferry", "Minato Tape Works", "audio/wav", 18_400_000),
        kept(2, "港の小さな本", "塩原出版", "application/epub+zip", 902_114),
        kept(
            3,
            "A<script>alert(1)</script> very long title that goes on and on and on, part 4 of 12",
            "Tako Works",
            "video/mp4",
            734_003_200,
        ),
    ]
}

/// The stories of this page.
pub(super) async fn stories(State(keeper): State<Arc<Keeper>>, visit: Visit) -> Result<Response, Problem> {
    if !keeper.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = frame(&keeper.sign, &visit);
    let drawn = face::stories(&frame, &visit.to("/stories"), STORIES);
    Ok(answer_private(drawn, axum::http::StatusCode::OK))
}

/// One of them.
pub(super) async fn story(
    State(keeper): State<Arc<Keeper>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(STORIES, &name, keeper.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}

#[cfg(test)]
mod tests {
    /// proves: row-93
    #[test]
    fn every_story_is_told_in_both_languages_and_a_title_stays_text() {
        crate::pages::tell_all(super::STORIES);
        let html = (super::STORIES[0].draw)(face::Lang::En).unwrap();
        assert!(html.contains("Night Ferry") && html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"));
    }
}
