//! Tile: a work among others.

use face::{Bytes, Said, Sum, Words};
use party::shop::WindowWork;
use units::{Moment, OfferNo};

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

/// Which of its offers a tile speaks of: the cheapest that has pieces left; where none has, the cheapest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fronted {
    pub number: Option<OfferNo>,
    /// What is left of its edition, if it is of one.
    pub left: Option<u32>,
    /// Can a dearer one be bought, too?
    pub more: bool,
}

impl Fronted {
    /// Of a work's offers on sale, the cheapest first, each with what is left of its edition.
    pub fn of<E>(
        offers: impl Iterator<Item = OfferNo>,
        mut left_of: impl FnMut(OfferNo) -> Result<Option<u32>, E>,
    ) -> Result<Self, E> {
        let mut it = Self::default();
        for number in offers {
            let left = left_of(number)?;
            let is_out = left == Some(0);
            match it.number {
                Some(_) if is_out => {}
                Some(_) if it.left != Some(0) => {
                    it.more = true;
                    break;
                }
                _ => (it.number, it.left) = (Some(number), left),
            }
        }
        Ok(it)
    }
}

impl Tile {
    /// The tile of a work.
    pub fn of(visit: &Visit, work: &WindowWork, fronted: Fronted, now: Moment) -> Self {
        let words = visit.words;
        let first = work.on_sale(now).find(|offer| Some(offer.number) == fronted.number);
        let Fronted { left, more, .. } = fronted;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fronted(left: &[(u64, Option<u32>)]) -> Fronted {
        let numbers = left.iter().map(|(number, _)| OfferNo(*number));
        let left_of = |number: OfferNo| {
            let found = left.iter().find(|(of, _)| *of == number.0);
            Ok::<_, store::Fault>(found.and_then(|(_, left)| *left))
        };
        Fronted::of(numbers, left_of).unwrap()
    }

    #[test]
    fn a_tile_speaks_of_the_cheapest_offer_that_can_be_bought() {
        let told = |left: &[(u64, Option<u32>)]| {
            let it = fronted(left);
            (it.number.map(|number| number.0), it.left, it.more)
        };
        assert_eq!(told(&[]), (None, None, false));
        assert_eq!(told(&[(1, None)]), (Some(1), None, false));
        assert_eq!(told(&[(1, Some(3)), (2, None)]), (Some(1), Some(3), true));
        assert_eq!(told(&[(1, Some(0)), (2, Some(7))]), (Some(2), Some(7), false));
        assert_eq!(told(&[(1, Some(0)), (2, None), (3, Some(0))]), (Some(2), None, false));
        assert_eq!(
            told(&[(1, Some(0)), (2, None), (3, Some(0)), (4, None)]),
            (Some(2), None, true)
        );
        assert_eq!(told(&[(1, Some(0)), (2, Some(0))]), (Some(1), Some(0), false));
    }
}
