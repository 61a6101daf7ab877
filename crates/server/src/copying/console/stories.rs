//! Stories of the console's pages: each in its states, with made-up figures. Only in the dev realm.

use copying::{
    BatchId, Bound, DeliveryId, DeviceId, DeviceKind, EntryId, MediumId, RequestId,
    server::{
        Act, Copied, Death, Entry, Given, Made, Medium, Payment, Proposal, Proposed, Role, Use, UserHistory, Written,
    },
    wire::{Charge, Source},
};
use face::{Lang, Story, story};
use party::bank::Transferred;
use units::{Currency, Hash, Moment, Money, TransferId};

use super::{
    TakenBatch,
    drawn::{self, At, Home, Named, OneDevice, Typed},
    takings::{self, Of},
};
use crate::{
    copying::{
        Sign,
        enter::unfit,
        signed::{self, NOW, Note},
    },
    frame::Problem,
    pages::Visit,
    ways::{KeyLine, Own},
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
    story!("second", "Sign in", "second step", |lang| super::second::draw(
        &sign(),
        &Visit::told(lang),
        "form",
        false
    )),
    story!("second-no", "Sign in", "wrong recovery code", |lang| {
        super::second::draw(&sign(), &Visit::told(lang), "form", true)
    }),
    story!("you", "Settings", "a passkey, and one of which there are two", |lang| {
        you(lang)
    }),
    story!("home", "Find", "calm", |lang| home(lang, Role::Counter, false, false)),
    story!("home-alarm", "Find", "proposals wait, somebody guesses", |lang| home(
        lang,
        Role::Chief,
        true,
        false
    )),
    story!("home-no", "Find", "nothing has this number", |lang| home(
        lang,
        Role::Auditor,
        false,
        true
    )),
    story!("home-maker", "Find", "a role that makes media", |lang| home(
        lang,
        Role::Maker,
        false,
        false
    )),
    story!("batches", "Batches", "nothing brought yet", |lang| batches(lang, None)),
    story!("batches-known", "Batches", "a batch is known now", |lang| batches(
        lang,
        Some(true)
    )),
    story!("batches-no", "Batches", "not genuine", |lang| batches(
        lang,
        Some(false)
    )),
    story!("not-your-duty", "Refused", "not this role's duty", |lang| refused(
        lang,
        "not-your-duty"
    )),
    story!("medium-unused", "Medium", "nobody copied from it", |lang| medium(
        lang,
        Use::Unused
    )),
    story!("medium", "Medium", "its key was given", |lang| medium(
        lang,
        Use::Given(DeliveryId([1; 16]))
    )),
    story!("medium-freed", "Medium", "freed by a repair", |lang| medium(
        lang,
        Use::Freed(EntryId([1; 16]), DeliveryId([1; 16]))
    )),
    story!("device-stock", "Device", "in stock", |lang| device(
        lang,
        DeviceKind::Drive,
        None,
        false,
        None
    )),
    story!("device-dead", "Device", "dead since a repair", |lang| device(
        lang,
        DeviceKind::Player,
        Some(Death::Replaced),
        false,
        None
    )),
    story!("card-lost", "Device", "a lost card", |lang| device(
        lang,
        DeviceKind::Card,
        Some(Death::Lost),
        false,
        None
    )),
    story!("user-new", "Device", "a user without copies", |lang| user(
        lang,
        Role::Counter,
        &[],
        None,
        false
    )),
    story!("user", "Device", "a user with copies and a repair", |lang| user(
        lang,
        Role::Counter,
        &copies(),
        None,
        false
    )),
    story!("user-read", "Device", "the same, for an auditor", |lang| user(
        lang,
        Role::Auditor,
        &copies(),
        None,
        false
    )),
    story!("user-refused", "Device", "the replacement is not from stock", |lang| {
        user(lang, Role::Counter, &copies(), Some("no-replacement"), false)
    }),
    story!("user-waits", "Device", "it waits for a second person", |lang| user(
        lang,
        Role::Counter,
        &copies(),
        None,
        true
    )),
    story!("order", "Erase order", "waits for the card", |lang| order(
        lang, false, None
    )),
    story!("order-no", "Erase order", "another card's confirmation", |lang| order(
        lang,
        false,
        Some("user-invalid")
    )),
    story!("order-done", "Erase order", "confirmed", |lang| order(lang, true, None)),
    story!("proposals-empty", "Proposals", "none", |lang| proposals(
        lang,
        Role::Chief,
        &[],
        None
    )),
    story!("proposals", "Proposals", "open and decided", |lang| proposals(
        lang,
        Role::Chief,
        &named(),
        None
    )),
    story!("proposals-own", "Proposals", "one's own", |lang| proposals(
        lang,
        Role::Chief,
        &named(),
        Some("same-person")
    )),
    story!("trail-empty", "Trail", "nothing done yet", |lang| trail(lang, &[], 0)),
    story!("trail", "Trail", "whole", |lang| trail(lang, &[], 3)),
    story!("trail-edited", "Trail", "edited", |lang| trail(
        lang,
        &["act 2 of the trail was edited, or one before it".to_owned()],
        3
    )),
    story!("takings-empty", "Takings", "no gateway", |lang| takings(lang, &[])),
    story!("takings", "Takings", "a busy gateway and a new one", |lang| takings(
        lang,
        &gateways()
    )),
];

fn sign() -> Sign {
    Sign {
        name: "Minato Copy Management".to_owned(),
        dev: true,
    }
}

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn at(days: u64) -> Moment {
    Moment(NOW.0.saturating_sub(days.saturating_mul(86_400_000)))
}

fn charge(n: u8, amount: i64, own: i64) -> Charge {
    Charge {
        delivery: DeliveryId([n; 16]),
        amount: yen(amount),
        gateway: yen(own),
        operator: yen(amount.saturating_sub(own)),
    }
}

fn bound() -> Bound {
    Bound {
        card: Some(DeviceId([0x51; 16])),
        player: Some(DeviceId([0x62; 16])),
        drive: Some(DeviceId([0x73; 16])),
    }
}

fn given(n: u8, days: u64) -> Copied {
    Copied {
        delivery: DeliveryId([n; 16]),
        given: Given::told(
            Source::Medium(MediumId([n.wrapping_mul(37); 16])),
            bound(),
            charge(n, 300, 90),
            at(days),
        ),
    }
}

fn copies() -> Vec<(String, Copied)> {
    let mut all = vec![
        ("Winter sun".to_owned(), given(1, 90)),
        ("Night ferry".to_owned(), given(2, 30)),
        ("冬の日差し".to_owned(), given(3, 0)),
    ];
    if let [cleared, complete, _] = &mut all[..] {
        cleared.1.given.cleared = Some(at(60));
        complete.1.given.complete = Some(at(29));
    }
    all
}

fn enter(lang: Lang, note: &Note) -> Drawn {
    let visit = Visit::told(lang);
    let frame = drawn::frame(&sign(), &visit, None, At::Elsewhere);
    signed::enter(&frame, visit.words.copying_enter_lead_console(), &visit, note, true)
}

fn you(lang: Lang) -> Drawn {
    let key = |id: u8, copied| KeyLine {
        id: Hash([id; 32]).to_string(),
        label: if copied { String::new() } else { "Desk key".into() },
        since: at(30),
        copied,
        last: false,
    };
    let own = Own {
        name: "sato".into(),
        csrf: "form".into(),
        keys: vec![key(1, false), key(2, true)],
        second: false,
        codes: 0,
        sessions: 2,
    };
    super::own::draw(&sign(), &Visit::told(lang), Some(Role::Counter), &own, &[], None)
}

fn home(lang: Lang, role: Role, alarm: bool, not_found: bool) -> Drawn {
    let alarms = [
        (NOW, "Kobo Gateway".to_owned()),
        (at(1), DeviceId([0x51; 16]).grouped()),
    ];
    let of = Home {
        name: "Aiko Mori",
        role,
        failed: 0,
        typed: if not_found { "abcde-fghij" } else { "" },
        not_found,
        open: if alarm { 2 } else { 0 },
        alarms: if alarm { &alarms } else { &[] },
        csrf: "story",
    };
    drawn::home(&sign(), &Visit::told(lang), &of)
}

fn refusal(code: &'static str) -> Problem {
    unfit(code, "a story's refusal")
}

fn refused(lang: Lang, code: &'static str) -> Drawn {
    drawn::refused(&sign(), &Visit::told(lang), Some(Role::Auditor), &refusal(code))
}

fn batches(lang: Lang, took: Option<bool>) -> Drawn {
    let (known, no) = (
        TakenBatch {
            batch: BatchId([0xba; 16]).to_string(),
            count: 1000,
        },
        refusal("batch-not-genuine"),
    );
    let took = took.map(|known_now| if known_now { Ok(&known) } else { Err(&no) });
    drawn::batches(&sign(), &Visit::told(lang), Role::Maker, "story", took)
}

fn medium(lang: Lang, used: Use) -> Drawn {
    let row = Medium {
        batch: BatchId([0xba; 16]),
        used,
    };
    let copied = (used != Use::Unused).then(|| given(1, 3));
    let of = (MediumId([37; 16]), &row, "Winter sun", yen(300));
    drawn::medium(&sign(), &Visit::told(lang), Role::Counter, of, copied.as_ref())
}

fn device(lang: Lang, kind: DeviceKind, dead: Option<Death>, waits: bool, code: Option<&'static str>) -> Drawn {
    let made = Made::told(kind, at(200), dead.map(|why| (at(2), why)));
    one(lang, Role::Counter, (&made, None, &[]), code, waits)
}

fn user(lang: Lang, role: Role, copies: &[(String, Copied)], code: Option<&'static str>, waits: bool) -> Drawn {
    let history = UserHistory {
        entry: Entry::told(
            bound(),
            at(200),
            Moment(NOW.0.saturating_add(45_000_000_000)),
            vec![at(60)],
        ),
        copies: copies.iter().map(|(_, copied)| copied.clone()).collect(),
    };
    let made = Made::told(DeviceKind::Card, at(200), None);
    one(lang, role, (&made, Some(&history), copies), code, waits)
}

fn one(
    lang: Lang,
    role: Role,
    (made, user, titles): (&Made, Option<&UserHistory>, &[(String, Copied)]),
    code: Option<&'static str>,
    waits: bool,
) -> Drawn {
    let no = code.map(refusal);
    let orders = [(RequestId([0x0e; 16]), Some(at(59))), (RequestId([0x0f; 16]), None)];
    let of = OneDevice {
        id: DeviceId([0x51; 16]),
        made,
        user,
        titles,
        orders: if titles.is_empty() { &[] } else { &orders },
        csrf: "story",
        now: NOW,
        refused: no.as_ref(),
        waits,
        typed: match code {
            Some(_) => Typed {
                broken: DeviceId([0x73; 16]).to_string(),
                replacement: DeviceId([0x62; 16]).grouped(),
                reason: "fell down the stairs".to_owned(),
            },
            None => Typed::default(),
        },
    };
    drawn::one_device(&sign(), &Visit::told(lang), role, &of)
}

fn order(lang: Lang, confirmed: bool, code: Option<&'static str>) -> Drawn {
    let (no, of) = (
        code.map(refusal),
        (RequestId([0x0f; 16]), DeviceId([0x51; 16]), confirmed),
    );
    drawn::order(&sign(), &Visit::told(lang), Role::Counter, of, "story", no.as_ref())
}

fn named() -> Vec<Named> {
    let one = |n: u8, what, reason: &str, decided| Named {
        number: RequestId([n; 16]),
        proposal: Proposal {
            by: [1; 16],
            at: at(u64::from(n)),
            what,
            reason: reason.to_owned(),
            decided,
        },
        by: "Aiko Mori".to_owned(),
        decided_by: "Ren Sato".to_owned(),
    };
    let card = DeviceId([0x51; 16]);
    let repair = Proposed::Repair(card, DeviceId([0x73; 16]), DeviceId([0x74; 16]));
    vec![
        one(1, repair.clone(), "third drive this year, water damage each time", None),
        one(
            4,
            Proposed::Reissue(card),
            "wallet stolen, police report seen",
            Some(([2; 16], at(3), true)),
        ),
        one(9, repair, "wants a newer model", Some(([2; 16], at(8), false))),
    ]
}

fn proposals(lang: Lang, role: Role, all: &[Named], code: Option<&'static str>) -> Drawn {
    let no = code.map(refusal);
    drawn::proposals(&sign(), &Visit::told(lang), role, all, "story", no.as_ref())
}

fn trail(lang: Lang, edited: &[String], count: u64) -> Drawn {
    let act = |number: u64, who: Option<&str>, verb: &str, about: String, reason: &str| {
        let act = Act {
            at: at(9_u64.saturating_sub(number)),
            who: who.map(|_| [1; 16]),
            verb: verb.to_owned(),
            about,
            reason: reason.to_owned(),
        };
        let chain = Hash([u8::try_from(number).unwrap_or(0).wrapping_mul(91); 32]);
        (number, Written { act, chain }, who.map(str::to_owned))
    };
    let (old, new) = (DeviceId([0x73; 16]), DeviceId([0x74; 16]));
    let all = [
        act(
            3,
            None,
            "erased, flags freed",
            format!("2 keys of card {old}"),
            "confirmed by the card",
        ),
        act(
            2,
            Some("Aiko Mori"),
            "device exchanged",
            format!("{old} is now {new}"),
            "fell down the stairs",
        ),
        act(
            1,
            Some("Ren Sato"),
            "media made",
            BatchId([0xba; 16]).to_string(),
            "1000 pieces of Winter sun",
        ),
    ];
    let shown = if count == 0 { &[] } else { &all[..] };
    drawn::trail(&sign(), &Visit::told(lang), Role::Auditor, (edited, count), shown)
}

fn gateways() -> Vec<Of> {
    let lines = vec![
        (charge(0x1d, 300, 90), NOW),
        (charge(0x2e, 1_980, 594), at(3)),
        (charge(0x3f, 500, 150), at(11)),
    ];
    let payment = |n: u8, amount: i64, outcome| Payment {
        id: TransferId([n; 16]),
        amount: yen(amount),
        outcome,
    };
    vec![
        Of {
            name: "Kobo Gateway".to_owned(),
            permille: 300,
            owed: 1_946,
            lines,
            payments: vec![payment(9, 350, None), payment(8, 1_386, Some(Transferred::Booked(NOW)))],
        },
        Of {
            name: "Umi Media".to_owned(),
            permille: 125,
            owed: 0,
            lines: Vec::new(),
            payments: Vec::new(),
        },
    ]
}

fn takings(lang: Lang, all: &[Of]) -> Drawn {
    takings::draw(&sign(), &Visit::told(lang), Role::Auditor, all, Currency::JPY)
}

#[cfg(test)]
mod tests {
    use super::STORIES;
    use face::Lang;

    /// proves: CM-7 row-97
    #[test]
    fn every_story_is_told_in_both_languages_and_roles_see_what_they_may_do() {
        crate::pages::tell_all(STORIES);
        let told = |name: &str| (STORIES.iter().find(|s| s.name == name).unwrap().draw)(Lang::En).unwrap();
        assert!(told("user").contains("/exchange") && !told("user-read").contains("/exchange"));
        assert!(!told("home-maker").contains("/find"));
        assert!(
            told("trail-edited").contains("The trail was edited") && !told("trail").contains("The trail was edited")
        );
    }
}
