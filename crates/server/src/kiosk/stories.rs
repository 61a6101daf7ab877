//! Stories of the kiosk's screens, with made-up figures. Only in the dev realm.

use face::{Lang, Story};
use units::{Currency, Money, PartyId};

use super::drawn::{self, Home, Ordered};
use crate::{
    money::Amount,
    pages::Visit,
    shop::{Offer, Work, Works},
    touch::Sign,
};

type Drawn = Result<String, askama::Error>;

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "kiosk-home",
        page: "Kiosk",
        state: "three things to do",
        draw: |lang| home(lang, Some("Lantern Records"), 12),
    },
    Story {
        name: "kiosk-fares-only",
        page: "Kiosk",
        state: "it sells nothing, and nobody was here",
        draw: |lang| home(lang, None, 0),
    },
    Story {
        name: "kiosk-works",
        page: "Kiosk",
        state: "choose a work",
        draw: |lang| works(lang, 3, 20),
    },
    Story {
        name: "kiosk-none",
        page: "Kiosk",
        state: "nothing on sale",
        draw: |lang| works(lang, 0, 0),
    },
    Story {
        name: "kiosk-work",
        page: "Kiosk",
        state: "choose a license",
        draw: |lang| drawn::work(&sign(), &Visit::told(lang), 1, &work(1)),
    },
    Story {
        name: "kiosk-silent",
        page: "Kiosk",
        state: "the centre does not answer",
        draw: |lang| drawn::silent(&sign(), &Visit::told(lang), 1),
    },
    Story {
        name: "kiosk-pay",
        page: "Kiosk",
        state: "waits for the card",
        draw: |lang| order(lang, false, false, None),
    },
    Story {
        name: "kiosk-time",
        page: "Kiosk",
        state: "20 seconds left",
        draw: |lang| order(lang, false, false, Some(20)),
    },
    Story {
        name: "kiosk-done",
        page: "Kiosk",
        state: "on the card",
        draw: |lang| order(lang, true, false, None),
    },
    Story {
        name: "kiosk-over",
        page: "Kiosk",
        state: "not paid in time",
        draw: |lang| order(lang, false, true, None),
    },
];

fn sign() -> Sign {
    Sign {
        name: "Pier 3 Kiosk".to_owned(),
        id: PartyId([9; 16]),
        dev: true,
        wallet: "http://127.0.0.1:7411".to_owned(),
        address: "http://127.0.0.1:7409".to_owned(),
    }
}

fn home(lang: Lang, centre: Option<&str>, taken: u64) -> Drawn {
    let shown = Home {
        screen: 1,
        centre: centre.map(str::to_owned),
        deposit: centre.map(|_| "http://127.0.0.1:7418/k".to_owned()),
        taken,
        delivered: taken.saturating_sub(1),
    };
    drawn::home(&sign(), &Visit::told(lang), &shown)
}

fn offer(number: u32, minor: &str, terms: &str) -> Offer {
    Offer {
        number: number.to_string(),
        enterprise: None,
        price: Amount {
            minor: minor.to_owned(),
            currency: "JPY".to_owned(),
        },
        tax_permille: 100,
        terms: vec![terms.to_owned()],
        friend_fare: None,
        friend: String::new(),
        refund: String::new(),
        left: None,
        until: String::new(),
        href: String::new(),
    }
}

fn work(n: u8) -> Work {
    let titles = [
        "Night Ferry",
        "Harbour Lights: stories from the last ferry of the winter timetable",
        "夜行フェリー",
    ];
    Work {
        content: units::ContentId([n; 16]).to_string(),
        title: titles[usize::from(n) % titles.len()].to_owned(),
        kind: "sound".to_owned(),
        publisher: "Minato Tape Works".to_owned(),
        publisher_id: String::new(),
        package: None,
        preview: String::new(),
        preview_type: String::new(),
        subtitle: None,
        performers: Vec::new(),
        creator: None,
        comment: None,
        cover_text: None,
        tracks: Vec::new(),
        offers: vec![
            offer(1, "300", "Plays without end."),
            offer(2, "100", "Plays 3 times, within 30 days."),
        ],
    }
}

fn works(lang: Lang, shown: u8, count: usize) -> Drawn {
    let works = Works {
        works: (0..shown).map(work).collect(),
        count,
        page: 1,
        size: 8,
    };
    drawn::works(&sign(), &Visit::told(lang), 1, &works)
}

fn order(lang: Lang, is_given: bool, is_over: bool, ends_in: Option<u64>) -> Drawn {
    let shown = Ordered {
        screen: 1,
        number: 17,
        title: "Night Ferry".to_owned(),
        price: Money::new(1_200, Currency::JPY).unwrap_or(Money::zero(Currency::JPY)),
        is_given,
        is_over,
        link: Some("http://127.0.0.1:7411/confirm#".to_owned()),
        ends_in,
        more: "/k/1".to_owned(),
        at: "/k/1/orders/0123456789ABCDEFGHJKMNPQRS".to_owned(),
    };
    drawn::order(&sign(), &Visit::told(lang), &shown)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_story_is_drawn_in_both_languages() {
        crate::pages::tell_all(super::STORIES);
    }
}
