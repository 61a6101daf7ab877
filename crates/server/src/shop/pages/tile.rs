//! Tile: a work among others.

use face::{Bytes, Said, Sum, Words};
use party::shop::WindowWork;
use units::Moment;

use super::super::{
    visit::Visit,
    words::{self, Handing},
};
use crate::content::preview::{self, Shown};

/// The free file.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub href: String,
    /// Short, for the eye.
    pub text: Said,
    /// Whole, for the ear.
    pub spoken: Said,
}

/// A work among others.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    pub href: String,
    pub cover: String,
    pub title: String,
    pub subtitle: Option<String>,
    pub performers: Vec<String>,
    pub by: Said,
    pub price: Said,
    pub friend: Said,
    /// What is left of an edition.
    pub left: Option<Said>,
    pub file: Option<File>,
    /// A sound that can be heard at once, and what it is called.
    pub sound: Option<(String, Said)>,
}

impl Tile {
    /// The tile of a work. `left`: what is left of the edition of its cheapest offer.
    pub fn of(visit: &Visit, work: &WindowWork, left: Option<u32>, now: Moment) -> Self {
        let words = visit.words;
        let mut offers = work.on_sale(now);
        let first = offers.next();
        let more = offers.next().is_some();
        let price = match first {
            None => words.work_none(),
            Some(_) if left == Some(0) => words.tile_sold_out(),
            Some(offer) if more && !offer.price.is_zero() => words.tile_from(Sum(offer.price)),
            Some(offer) => words::price(words, offer.price),
        };
        let how = preview::named(&work.preview_type).map(|(_, how)| how);
        let src = format!("/v1/previews/{}", work.content);
        Self {
            href: visit.to(&format!("/works/{}", work.content)),
            cover: cover_of(work),
            title: work.title.clone(),
            subtitle: work.credits.as_ref().and_then(|credits| credits.subtitle.clone()),
            performers: work
                .credits
                .as_ref()
                .map_or_else(Vec::new, |credits| credits.performers().to_vec()),
            by: words.kind_by(words::kind_word(work.kind), &work.publisher_name),
            price,
            friend: first
                .map(|offer| Handing::from(offer).friend().short(words))
                .unwrap_or_default(),
            left: first
                .and_then(|offer| offer.edition)
                .zip(left)
                .filter(|(_, left)| *left > 0)
                .map(|(size, left)| words.tile_left(left, size)),
            file: file(words, work),
            sound: (how == Some(Shown::Sound)).then(|| (src, words.tile_preview_of(&work.title))),
        }
    }
}

/// The picture of a work: its preview if that is one, else one drawn from its number.
pub(super) fn cover_of(work: &WindowWork) -> String {
    if preview::named(&work.preview_type).is_some_and(|(_, how)| how == Shown::Picture) {
        format!("/v1/previews/{}", work.content)
    } else {
        format!("/covers/{}/{}", words::kind_word(work.kind), work.content)
    }
}

/// The sealed file, free for all; a work that is sealed anew for each buyer has none.
pub(super) fn file(words: Words, work: &WindowWork) -> Option<File> {
    let size = Bytes(work.package_len);
    (!work.unique).then(|| File {
        href: format!("/v1/packages/{}", work.package),
        text: words.tile_file(size),
        spoken: words.tile_file_of(&work.title),
    })
}
