//! Stories of what a card refuses: reasons that the pages' own list names, said as the engine says them.

use axum::http::StatusCode;
use card::QuoteRefusal;
use deal::AskRefusal;
use face::{Lang, Story, Words};
use seal::NotTrusted;
use units::Refusal;

use super::made::{NOW, text_of, yen};
use crate::{
    engine::{PayRefused, QuoteRefused},
    pages::{confirm::not_quoted, problem::Problem},
};

type Drawn = Result<String, askama::Error>;

macro_rules! stories {
    ($($name:literal, $state:literal, $draw:expr;)*) => {
        &[$(Story { name: $name, page: "Refused", state: $state, draw: $draw }),*]
    };
}

/// All of them.
pub(super) const STORIES: &[Story] = stories![
    "refused-changed", "the shop changed the amount under way", changed;
    "refused-log-full", "too many payments are on their way", |l| asking(l, AskRefusal::PaidFull(8));
    "refused-no-tag", "the card has to go online once", |l| asking(l, AskRefusal::NoTag);
    "refused-worn-out", "the card is worn out", |l| asking(l, AskRefusal::WornOut);
    "refused-party-ended", "a party's certificate has ended", |l| of(l, &QuoteRefusal::Giver(NotTrusted::Ended(NOW)));
    "refused-quote-ended", "a quote has ended", |l| of(l, &QuoteRefusal::Ended(NOW));
    "refused-hardware", "for hardware cards only", |l| of(l, &QuoteRefusal::HardwareOnly);
    "refused-another-sells", "the seller may not sell this", |l| of(l, &QuoteRefusal::SellerNotNamed);
    "refused-no-offer", "what a link carries is no offer", |l| of(l, &QuoteRefusal::NoOffer);
    "refused-stopped", "this card was stopped", |l| asking(l, AskRefusal::Stopped);
    "refused-revoked", "the other card was stopped by its issuer", |l| of(l, &QuoteRefusal::Giver(NotTrusted::Revoked));
    "refused-pin", "PIN blocked", |l| of(l, &PayRefused::Pin(card::PinRefusal::Blocked));
    "refused-later", "nobody has decided yet", |l| told(l, "not-yet", "Lantern Records has not decided yet");
];

fn of(lang: Lang, no: &dyn Refusal) -> Drawn {
    text_of(Problem::of(no), lang)
}

fn asking(lang: Lang, no: AskRefusal) -> Drawn {
    of(lang, &QuoteRefused::Ask(no))
}

fn told(lang: Lang, code: &str, text: &str) -> Drawn {
    text_of(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, text), lang)
}

fn changed(lang: Lang) -> Drawn {
    let no = QuoteRefused::Quote(QuoteRefusal::PriceChanged {
        offered: yen(1_200),
        asked: yen(1_500),
    });
    text_of(not_quoted(Words(lang), &no), lang)
}
