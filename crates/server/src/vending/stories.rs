//! Stories of the machine's screens, with made-up figures. Only in the dev realm.

use face::{Lang, Story};
use party::shop::Piece;
use units::{Currency, Moment, Money, OfferNo, PartyId};

use super::drawn::{self, Article, Chosen, InDoubt, Paid, Told};
use crate::{pages::Visit, touch::Sign};

type Drawn = Result<String, askama::Error>;

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "vend-choose",
        page: "Vending",
        state: "six articles, one sold out",
        draw: |lang| drawn::choose(&sign(), &Visit::told(lang), &stock(), NOW),
    },
    Story {
        name: "vend-empty",
        page: "Vending",
        state: "nothing is left",
        draw: empty,
    },
    Story {
        name: "vend-none",
        page: "Vending",
        state: "nothing was ever put in",
        draw: |lang| drawn::choose(&sign(), &Visit::told(lang), &[], NOW),
    },
    Story {
        name: "vend-pay",
        page: "Vending",
        state: "waits for the wallet",
        draw: |lang| pay(lang, 3, None),
    },
    Story {
        name: "vend-time",
        page: "Vending",
        state: "20 seconds left",
        draw: |lang| pay(lang, 3, Some(20)),
    },
    Story {
        name: "vend-gone",
        page: "Vending",
        state: "sold out meanwhile",
        draw: |lang| pay(lang, 0, None),
    },
    Story {
        name: "vend-coming",
        page: "Vending",
        state: "it is coming",
        draw: |lang| out(lang, Piece::Dropping(7), true, Paid::Card),
    },
    Story {
        name: "vend-out",
        page: "Vending",
        state: "out, paid from the card",
        draw: |lang| out(lang, Piece::Out(7), true, Paid::Card),
    },
    Story {
        name: "vend-out-bill",
        page: "Vending",
        state: "out, on the bill",
        draw: |lang| out(lang, Piece::Out(7), true, Paid::Bill),
    },
    Story {
        name: "vend-waiting",
        page: "Vending",
        state: "paid, the power was gone",
        draw: |lang| out(lang, Piece::Owed, false, Paid::Card),
    },
    Story {
        name: "vend-stuck",
        page: "Vending",
        state: "it did not come out",
        draw: |lang| out(lang, Piece::Stuck(7), true, Paid::Card),
    },
    Story {
        name: "vend-back",
        page: "Vending",
        state: "handed back",
        draw: |lang| out(lang, Piece::Back(true), true, Paid::Card),
    },
    Story {
        name: "vend-unknown",
        page: "Vending",
        state: "the machine was put back from a copy",
        draw: |lang| out(lang, Piece::Unknown, true, Paid::Other),
    },
    Story {
        name: "vend-missing",
        page: "Vending",
        state: "paid late, and the slot is empty",
        draw: |lang| out(lang, Piece::Missing, false, Paid::Bill),
    },
    Story {
        name: "vend-code",
        page: "Vending",
        state: "asks for the code on the wallet",
        draw: |lang| drawn::ask_code(&sign(), &Visit::told(lang), None),
    },
    Story {
        name: "vend-code-wrong",
        page: "Vending",
        state: "a code of nothing",
        draw: |lang| {
            let visit = Visit::told(lang);
            let wrong = visit.words.vend_code_wrong();
            drawn::ask_code(&sign(), &visit, Some(wrong))
        },
    },
    Story {
        name: "vend-no-sale",
        page: "Vending",
        state: "no such sale",
        draw: |lang| drawn::no_sale(&sign(), &Visit::told(lang)),
    },
    Story {
        name: "vend-stock",
        page: "Stock",
        state: "one slot stuck",
        draw: |lang| drawn::stock(&sign(), &Visit::told(lang), &stock(), &[], None),
    },
    Story {
        name: "vend-stock-refused",
        page: "Stock",
        state: "more taken out than is there",
        draw: refused,
    },
    Story {
        name: "vend-stock-none",
        page: "Stock",
        state: "nothing is for sale",
        draw: |lang| drawn::stock(&sign(), &Visit::told(lang), &[], &[], None),
    },
    Story {
        name: "vend-stock-doubt",
        page: "Stock",
        state: "put back from a copy: two pieces in doubt",
        draw: |lang| drawn::stock(&sign(), &Visit::told(lang), &stock(), &in_doubt(), None),
    },
];

/// 20 November 2026.
const NOW: Moment = Moment(1_795_132_800_000);

fn sign() -> Sign {
    Sign {
        name: "Pier 3 Drinks".to_owned(),
        id: PartyId([6; 16]),
        dev: true,
        wallet: "http://127.0.0.1:7411".to_owned(),
        address: "http://127.0.0.1:7409".to_owned(),
    }
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn article(slot: u32, title: &str, price: i64, left: u32) -> Article {
    Article {
        number: OfferNo(250_000_000 + u64::from(slot)),
        slot,
        title: title.to_owned(),
        price: yen(price),
        left,
        filled: 12,
        is_stuck: slot == 5,
    }
}

fn stock() -> Vec<Article> {
    vec![
        article(1, "Coffee, hot", 130, 8),
        article(2, "Green tea, cold", 150, 3),
        article(3, "Corn soup, hot", 140, 1),
        article(4, "Ferry map", 300, 12),
        article(5, "Umbrella", 900, 0),
        article(6, "Seaweed rice ball", 180, 5),
    ]
}

fn empty(lang: Lang) -> Drawn {
    let none: Vec<Article> = stock().into_iter().map(|one| Article { left: 0, ..one }).collect();
    drawn::choose(&sign(), &Visit::told(lang), &none, NOW)
}

fn pay(lang: Lang, left: u32, ends_in: Option<u64>) -> Drawn {
    let chosen = Chosen {
        article: article(1, "Coffee, hot", 130, left),
        operator: "Kobo Drinks".to_owned(),
        link: "http://127.0.0.1:7411/confirm#".to_owned(),
        ends_in,
        more: "/k".to_owned(),
    };
    drawn::pay(&sign(), &Visit::told(lang), &chosen)
}

fn out(lang: Lang, piece: Piece, is_here: bool, paid: Paid) -> Drawn {
    let told = Told {
        receipt: 17,
        title: "Coffee, hot".to_owned(),
        price: yen(130),
        piece,
        is_here,
        paid,
    };
    drawn::out(&sign(), &Visit::told(lang), &told)
}

fn in_doubt() -> Vec<InDoubt> {
    let one = |receipt, slot, title: &str| InDoubt {
        receipt,
        slot,
        title: title.to_owned(),
    };
    vec![one(17, 1, "Coffee, hot"), one(18, 4, "Ferry map")]
}

fn refused(lang: Lang) -> Drawn {
    let visit = Visit::told(lang);
    let why = "3 pieces lie there that nobody has paid for; take out at most these";
    let said = visit.words.refused_why("slot-fewer", why.to_owned());
    drawn::stock(&sign(), &visit, &stock(), &[], Some(said))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_story_is_drawn_in_both_languages() {
        crate::pages::tell_all(super::STORIES);
    }
}
