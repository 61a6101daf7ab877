//! Scene: what is on the stage of a play, made of what its work is.

use std::sync::Arc;

use face::Words;
use publisher::read::NotRead;

use super::{
    super::{Desk, text::plain},
    here,
    view::{Album, Line, Scene},
};
use crate::player::{AlbumTrack, PlayRefused, Session, Stage, place_in, place_of};

/// The stage of a play; `at`: where its reader wants to be, else where he was.
pub(super) async fn of(
    desk: &Arc<Desk>,
    words: Words,
    session: &Arc<Session>,
    at: Option<u64>,
) -> Result<Scene, PlayRefused> {
    let src = format!("/play/{}/content", session.id());
    let place = at.unwrap_or_else(|| session.place());
    Ok(match session.stage() {
        Stage::Sound | Stage::Film => Scene::Media {
            is_film: session.stage() == Stage::Film,
            src,
            place,
            part: if session.is_part() { "1" } else { "" },
            album: None,
        },
        Stage::Album => album(session, &src, place).await?,
        Stage::Picture => {
            here(session, Session::small_enough).await?;
            Scene::Picture(src)
        }
        Stage::Text => {
            let part = here(session, move |session| {
                let part = session.part(place)?;
                session.set_place(part.number);
                Ok(part)
            });
            Scene::Text(part.await?)
        }
        Stage::Book => book(desk, words, session, place).await?,
        Stage::Paper => paper(desk, session, place).await?,
        Stage::Game | Stage::Leaflet => Scene::Frame {
            src: format!("{}document", room(desk, session)?),
            runs: session.stage() == Stage::Game,
        },
        Stage::Other => Scene::Cannot {
            head: words.play_cannot(),
            text: words.play_cannot_do(),
        },
    })
}

/// An album: the track its listener wants to hear, and the list of them all.
async fn album(session: &Arc<Session>, src: &str, place: u64) -> Result<Scene, PlayRefused> {
    let tracks = here(session, Session::tracks).await?;
    let (number, within) = place_of(place);
    let number = usize::try_from(number).unwrap_or(0);
    let (number, within) = if number < tracks.len() {
        (number, within)
    } else {
        (0, 0)
    };
    let line = |(n, track): (usize, &AlbumTrack)| Line {
        title: plain(&track.title, 120),
        src: format!("{src}?track={n}"),
        place: place_in(n as u64, 0),
    };
    let lines: Vec<Line> = tracks.iter().enumerate().map(line).collect();
    Ok(Scene::Media {
        is_film: false,
        src: format!("{src}?track={number}"),
        place: within,
        part: if session.is_part() { "1" } else { "" },
        album: Some(Album { number, lines }),
    })
}

/// Where a play's room is, with a slash at its end.
fn room(desk: &Desk, session: &Session) -> Result<String, PlayRefused> {
    let content = desk.content();
    let content = content.ok_or_else(|| NotRead::Start("its room could not be opened".to_owned()))?;
    Ok(format!("{}/{}/", content.origin(), session.room()))
}

async fn book(desk: &Arc<Desk>, words: Words, session: &Arc<Session>, place: u64) -> Result<Scene, PlayRefused> {
    let room = room(desk, session)?;
    let reader = desk.clone();
    let contents = here(session, move |session| session.contents(reader.readers())).await?;
    let chapters = format!("{room}{}/book/", words.lang().tag());
    let mark = |mark: &Option<String>| mark.as_ref().map(|mark| format!("#{mark}")).unwrap_or_default();
    let leaves = contents.leaves.iter();
    let leaves = leaves.map(|leaf| {
        let at = format!("{chapters}{}{}", leaf.chapter, mark(&leaf.mark));
        (at, leaf.title.clone())
    });
    let last = u64::from(contents.chapters.saturating_sub(1));
    Ok(Scene::Book {
        src: format!("{chapters}{}", place.min(last)),
        leaves: leaves.collect(),
    })
}

async fn paper(desk: &Arc<Desk>, session: &Arc<Session>, place: u64) -> Result<Scene, PlayRefused> {
    let room = room(desk, session)?;
    let reader = desk.clone();
    let (number, page) = here(session, move |session| {
        let wanted = u32::try_from(place).unwrap_or(u32::MAX);
        let (number, page) = match session.page(reader.readers(), wanted) {
            // Beyond the last: the first says how many there are.
            Err(PlayRefused::Reading(NotRead::NoSuchPart)) => {
                let last = session.page(reader.readers(), 0)?.of.saturating_sub(1);
                (last, session.page(reader.readers(), last)?)
            }
            read => (wanted, read?),
        };
        session.set_place(number.into());
        Ok((number, page))
    })
    .await?;
    Ok(Scene::Paper {
        src: format!("{room}page/{number}"),
        number,
        of: page.of,
        width: page.width,
        height: page.height,
        text: page.text.clone(),
    })
}
