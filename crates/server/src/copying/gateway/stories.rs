//! Stories of the gateway's pages: each in its states, with made-up figures. Only in the dev realm.

use copying::{
    DeliveryId,
    gateway::{Customer, Paying},
    server::Payment,
    wire::{Charge, Open},
};
use face::{Lang, Story, story};
use party::bank::Transferred;
use units::{Again, Currency, Hash, Moment, Money, PartyId, TransferId};

use super::{
    Terms,
    drawn::{self, Account, At, Carried, Desk, Registering, Typed},
};
use crate::{
    copying::{
        Sign,
        enter::unfit,
        signed::{self, NOW, Note},
    },
    frame::Problem,
    pages::Visit,
};

type Drawn = Result<String, askama::Error>;

pub(crate) const STORIES: &[Story] = &[
    story!("sign-in", "Sign in", "by itself", |lang| enter(lang, &Note::None)),
    story!("sign-in-no", "Sign in", "did not fit", |lang| enter(
        lang,
        &Note::NoMatch
    )),
    story!("sign-in-slow", "Sign in", "too many tries", |lang| enter(
        lang,
        &Note::Slow(NOW)
    )),
    story!("account-empty", "Account", "no key yet", |lang| account(lang, 0, &[])),
    story!("account", "Account", "keys charged, somebody tried the name", |lang| {
        account(lang, 2, &lines())
    }),
    story!("register-loading", "Registration", "the server is silent", |lang| {
        register(lang, None, None, false)
    }),
    story!("register", "Registration", "three numbers", |lang| register(
        lang,
        Some((true, true, true)),
        None,
        false
    )),
    story!("register-two", "Registration", "two numbers, without a card", |lang| {
        register(lang, Some((false, true, true)), None, false)
    }),
    story!("register-one", "Registration", "one number", |lang| register(
        lang,
        Some((true, false, false)),
        None,
        false
    )),
    story!("register-card", "Registration", "the card is unknown", |lang| register(
        lang,
        Some((true, true, true)),
        Some("card-unknown"),
        false
    )),
    story!("register-drive", "Registration", "the drive is unknown", |lang| {
        register(lang, Some((true, true, true)), Some("drive-unknown"), false)
    }),
    story!("register-label", "Registration", "no number of a label", |lang| {
        register(lang, Some((true, true, true)), Some("not-on-a-label"), false)
    }),
    story!("register-known", "Registration", "known: the card asks next", |lang| {
        register(lang, Some((true, true, true)), None, true)
    }),
    story!("carry", "Carry", "nothing brought yet", |lang| carry(
        lang,
        &Carried::Nothing
    )),
    story!("carry-waits", "Carry", "not decided yet", |lang| carry(
        lang,
        &Carried::Waits
    )),
    story!("carry-registered", "Carry", "registered", |lang| carried(
        lang,
        &Open::Registered
    )),
    story!("carry-given", "Carry", "a key was delivered", |lang| carried(
        lang,
        &Open::Given(charge(1, 300, 90))
    )),
    story!("carry-given-free", "Carry", "a key that costs nothing", |lang| carried(
        lang,
        &Open::Given(charge(1, 0, 0))
    )),
    story!("carry-completed", "Carry", "a copy is complete", |lang| carried(
        lang,
        &Open::Completed
    )),
    story!("carry-erased", "Carry", "a repair is confirmed", |lang| carried(
        lang,
        &Open::Erased
    )),
    story!("carry-reissued", "Carry", "a lost card is replaced", |lang| carried(
        lang,
        &Open::Reissued
    )),
    story!("carry-used", "Carry", "the medium was used", |lang| no(
        lang,
        "medium-used"
    )),
    story!("carry-user", "Carry", "the User ID is wrong", |lang| no(
        lang,
        "user-invalid"
    )),
    story!("carry-poor", "Carry", "the account does not cover it", |lang| no(
        lang,
        "balance-too-small"
    )),
    story!("carry-reissue-no", "Carry", "the proofs do not fit", |lang| no(
        lang,
        "reissue-refused"
    )),
    story!("carry-tries", "Carry", "too many tries", |lang| no(
        lang,
        "too-many-tries"
    )),
    story!("carry-people", "Carry", "people decide first", |lang| no(
        lang,
        "people-first"
    )),
    story!("carry-malformed", "Carry", "not a question", |lang| no(
        lang,
        "ask-malformed"
    )),
    story!("desk-empty", "Desk", "nobody yet", |lang| desk(
        lang,
        true,
        Some(true),
        None
    )),
    story!("desk", "Desk", "customers, a statement, cheques", |lang| desk(
        lang,
        false,
        Some(true),
        None
    )),
    story!(
        "desk-differs",
        "Desk",
        "the other side keeps another statement",
        |lang| desk(lang, false, Some(false), None)
    ),
    story!(
        "desk-unheard",
        "Desk",
        "the other side was not heard; a refused amount",
        |lang| desk(lang, false, None, Some("amount"))
    ),
];

fn sign() -> Sign {
    Sign {
        name: "Kobo Gateway".to_owned(),
        dev: true,
    }
}

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn charge(n: u8, amount: i64, own: i64) -> Charge {
    Charge {
        delivery: DeliveryId([n; 16]),
        amount: yen(amount),
        gateway: yen(own),
        operator: yen(amount.saturating_sub(own)),
    }
}

fn lines() -> Vec<(Charge, Moment)> {
    let at = |days: u64| Moment(NOW.0.saturating_sub(days.saturating_mul(86_400_000)));
    vec![
        (charge(0x1d, 300, 90), NOW),
        (charge(0x2e, 1_980, 594), at(3)),
        (charge(0x3f, 500, 150), at(11)),
    ]
}

fn enter(lang: Lang, note: &Note) -> Drawn {
    let visit = Visit::told(lang);
    let frame = drawn::frame(&sign(), &visit, At::Enter);
    signed::enter(&frame, visit.words.copying_enter_lead_gateway(), &visit, note, false)
}

fn account(lang: Lang, failed: u64, charged: &[(Charge, Moment)]) -> Drawn {
    let of = Account {
        balance: 2_220,
        held: if charged.is_empty() { 0 } else { 500 },
        credit: 0,
        charged,
        currency: Currency::JPY,
        csrf: "story",
        failed,
        not: (failed > 0).then_some("account-not-empty"),
    };
    drawn::account(&sign(), &Visit::told(lang), &of)
}

fn refusal(code: &'static str) -> Problem {
    unfit(code, "a story's refusal")
}

fn register(lang: Lang, needs: Option<(bool, bool, bool)>, code: Option<&'static str>, known: bool) -> Drawn {
    let no = code.map(refusal);
    let typed = |n: u8, wrong: bool| Typed {
        value: if known || code.is_some() {
            copying::DeviceId([n; 16]).grouped()
        } else {
            String::new()
        },
        wrong,
    };
    let of = Registering {
        terms: needs.map(|(card, player, drive)| Terms {
            server: PartyId([4; 16]),
            card,
            player,
            drive,
        }),
        card: typed(0x51, matches!(code, Some("card-unknown" | "not-on-a-label"))),
        player: typed(0x62, false),
        drive: typed(0x73, code == Some("drive-unknown")),
        known,
        refused: no.as_ref(),
        csrf: "story",
    };
    drawn::register(&sign(), &Visit::told(lang), &of)
}

fn carry(lang: Lang, of: &Carried<'_>) -> Drawn {
    drawn::carry(&sign(), &Visit::told(lang), "story", of)
}

fn carried(lang: Lang, open: &Open) -> Drawn {
    carry(lang, &Carried::Answered(Hash([7; 32]), open))
}

fn no(lang: Lang, code: &'static str) -> Drawn {
    let no = Problem::door(
        axum::http::StatusCode::CONFLICT,
        code,
        Again::AfterYouAct,
        "a story's refusal",
    );
    carry(lang, &Carried::Refused(&no))
}

fn desk(lang: Lang, empty: bool, agrees: Option<bool>, code: Option<&'static str>) -> Drawn {
    let customer = |paying, held| Customer {
        paying,
        held,
        since: NOW,
    };
    let customers = [
        ("aiko@example.jp".to_owned(), customer(Paying::Prepaid, 500), 2_220),
        ("Ren".to_owned(), customer(Paying::Credit(yen(10_000)), 0), -1_480),
    ];
    let payment = |n: u8, amount: i64, outcome| Payment {
        id: TransferId([n; 16]),
        amount: yen(amount),
        outcome,
    };
    let payments = [payment(9, 350, None), payment(8, 1_386, Some(Transferred::Booked(NOW)))];
    let (lines, no) = (lines(), code.map(refusal));
    let of = Desk {
        customers: if empty { &[] } else { &customers },
        lines: if empty { &[] } else { &lines },
        payments: if empty { &[] } else { &payments },
        owed: if empty { 0 } else { 1_946 },
        permille: 300,
        currency: Currency::JPY,
        agrees,
        request: "story",
        refused: no.as_ref(),
    };
    drawn::desk(&sign(), &Visit::told(lang), &of)
}

#[cfg(test)]
mod tests {
    use super::STORIES;
    use face::Lang;

    /// proves: CM-2 CM-9
    #[test]
    fn every_story_is_told_in_both_languages_and_in_the_sources_words() {
        crate::pages::tell_all(STORIES);
        let told = |name: &str, lang| (STORIES.iter().find(|s| s.name == name).unwrap().draw)(lang).unwrap();
        let check = |name: &str, lang, words: &str| {
            let html = told(name, lang);
            assert!(html.contains(words), "{name}: {words} is not in {html}");
        };
        check(
            "register-card",
            Lang::En,
            "User registration cannot be completed with this memory card",
        );
        check("carry-used", Lang::En, "Content cannot be copied from this medium");
        check(
            "carry-user",
            Lang::En,
            "User ID invalid, please complete user registration",
        );
        check(
            "carry-used",
            Lang::Ja,
            "このメディアからコンテンツをコピーすることはできません",
        );
        // One, two or three numbers, as the operator has set it.
        let fields = |name: &str| told(name, Lang::En).matches("class=\"code\" id=").count();
        assert_eq!(["register", "register-two", "register-one"].map(fields), [3, 2, 1]);
    }
}
