//! Stories of the machine's screen, with made-up figures. Only in the dev realm.

use face::{Lang, Story};
use units::{Currency, Moment, Money, OrderId, PartyId};

use super::drawn::{self, Screen};
use crate::{pages::Visit, touch::Sign};

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "deposit-idle",
        page: "Deposit",
        state: "nobody is there",
        draw: idle,
    },
    Story {
        name: "deposit-open",
        page: "Deposit",
        state: "2,000 named, nothing put in",
        draw: |lang| draw(lang, &open(0)),
    },
    Story {
        name: "deposit-short",
        page: "Deposit",
        state: "500 is missing",
        draw: |lang| draw(lang, &open(1_500)),
    },
    Story {
        name: "deposit-over",
        page: "Deposit",
        state: "too much was put in",
        draw: |lang| draw(lang, &open(2_500)),
    },
    Story {
        name: "deposit-exact",
        page: "Deposit",
        state: "the amount is there",
        draw: |lang| draw(lang, &open(2_000)),
    },
    Story {
        name: "deposit-refused",
        page: "Deposit",
        state: "refused",
        draw: refused,
    },
    Story {
        name: "deposit-working",
        page: "Deposit",
        state: "the issuer decides",
        draw: |lang| draw(lang, &working(false)),
    },
    Story {
        name: "deposit-returning",
        page: "Deposit",
        state: "the notes come back",
        draw: |lang| draw(lang, &working(true)),
    },
    Story {
        name: "deposit-loaded",
        page: "Deposit",
        state: "1,000 + 2,000 = 3,000",
        draw: loaded,
    },
    Story {
        name: "deposit-returned",
        page: "Deposit",
        state: "everything was given back",
        draw: |lang| draw(lang, &Screen::Returned { order: ORDER }),
    },
    Story {
        name: "deposit-broken",
        page: "Deposit",
        state: "it takes no cash",
        draw: |lang| draw(lang, &Screen::Broken),
    },
    Story {
        name: "deposit-unknown",
        page: "Deposit",
        state: "no such order",
        draw: |lang| drawn::unknown(&sign(), &Visit::told(lang)),
    },
];

const ORDER: OrderId = OrderId([0x7f; 16]);
/// 20 November 2026, 19:04.
const UNTIL: Moment = Moment(1_795_201_440_000);

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn sign() -> Sign {
    Sign {
        name: "Pier 3, deposits".to_owned(),
        id: PartyId([4; 16]),
        dev: true,
        wallet: "http://127.0.0.1:7411".to_owned(),
        address: "http://127.0.0.1:7409".to_owned(),
    }
}

fn draw(lang: Lang, screen: &Screen) -> Result<String, askama::Error> {
    drawn::screen(&sign(), &Visit::told(lang), screen, None)
}

fn idle(lang: Lang) -> Result<String, askama::Error> {
    let screen = Screen::Idle {
        most: yen(20_000),
        code: Some("K7QW2MDA".to_owned()),
    };
    draw(lang, &screen)
}

fn open(counted: i64) -> Screen {
    Screen::Open {
        order: ORDER,
        amount: yen(2_000),
        counted: yen(counted),
        purse: Some(yen(1_000)),
        until: UNTIL,
    }
}

fn refused(lang: Lang) -> Result<String, askama::Error> {
    let visit = Visit::told(lang);
    let why = "500 is missing; put it in, or take everything back";
    let said = visit.words.refused_why("deposit-short", why.to_owned());
    drawn::screen(&sign(), &visit, &open(1_500), Some(said))
}

fn working(is_back: bool) -> Screen {
    Screen::Working {
        order: ORDER,
        amount: yen(2_000),
        purse: Some(yen(1_000)),
        is_back,
    }
}

fn loaded(lang: Lang) -> Result<String, askama::Error> {
    let screen = Screen::Loaded {
        order: ORDER,
        amount: yen(2_000),
        purse: Some(yen(1_000)),
    };
    draw(lang, &screen)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_story_is_drawn_in_both_languages() {
        crate::pages::tell_all(super::STORIES);
    }
}
