//! Stories of the carrier's pages: each in its states, with made-up figures. Only in the dev realm.

use carrier::{
    Bill, ContentItem, Contract, Enterprise, Incoming, Item, ItemKind, Lost, Month, Odd, Part, Progress, SubscriberId,
    Trust, Usage, UsageRecord,
};
use deal::enterprise::EnterpriseNo;
use face::{Lang, Story, Sum};
use units::{Currency, Moment, Money, PartyId, TransferId};

use super::{
    Sign,
    drawn::{self, Desk},
};
use crate::pages::Visit;

/// 1 December 2026, in the morning in Tokyo.
const NOW: Moment = Moment(1_796_083_200_000);

macro_rules! story {
    ($name:literal, $page:literal, $state:literal, $draw:expr) => {
        Story {
            name: $name,
            page: $page,
            state: $state,
            draw: $draw,
        }
    };
}

pub(crate) const STORIES: &[Story] = &[
    story!("front", "Front", "by itself", |lang| drawn::front(
        &sign(),
        &Visit::told(lang)
    )),
    story!("consent", "Consent", "asked", |lang| {
        let visit = Visit::told(lang);
        let ask = drawn::ConsentAsk {
            who: visit.words.consent_who("Lantern Records"),
            what: visit.words.consent_what(Sum(yen(7200))),
            compare: vec![visit.words.consent_compare("HORN 41")],
            action: "/stories".to_owned(),
        };
        drawn::consent(&sign(), &visit, Some(ask), visit.words.consent_over())
    }),
    story!("consent-over", "Consent", "answered or ended", |lang| {
        let visit = Visit::told(lang);
        drawn::consent(&sign(), &visit, None, visit.words.consent_over())
    }),
    story!("bill", "Bill", "telephone and content", |lang| bill(lang, &together())),
    story!("bill-paid", "Bill", "paid", |lang| {
        let mut bill_of = together();
        bill_of.paid = bill_of.total;
        bill(lang, &bill_of)
    }),
    story!("bill-part-paid", "Bill", "paid in part", |lang| {
        let mut bill_of = together();
        bill_of.paid = yen(880);
        bill(lang, &bill_of)
    }),
    story!("bill-no-content", "Bill", "no content this month", |lang| bill(
        lang,
        &without_content()
    )),
    story!("bill-refund", "Bill", "something was given back", |lang| bill(
        lang,
        &with_refund()
    )),
    story!("bill-telephone", "Bill", "content apart: the telephone", |lang| bill(
        lang,
        &apart(Part::Telephone)
    )),
    story!("bill-content", "Bill", "content apart: content", |lang| bill(
        lang,
        &apart(Part::Content)
    )),
    story!("bill-carried", "Bill", "more given back than bought", |lang| bill(
        lang,
        &carried()
    )),
    story!("desk-new", "Console", "nothing yet", |lang| desk(lang, Seen::NONE)),
    story!("desk", "Console", "months, suspense, gaps", |lang| desk(
        lang,
        Seen::ALL
    )),
    story!("desk-waiting", "Console", "a month is under way", |lang| desk(
        lang,
        Seen {
            months: 2,
            ..Seen::NONE
        }
    )),
    story!("desk-done", "Console", "a month is billed", |lang| desk(
        lang,
        Seen {
            months: 1,
            ..Seen::NONE
        }
    )),
    story!("desk-suspense", "Console", "money that matches nothing", |lang| desk(
        lang,
        Seen {
            months: 1,
            suspense: true,
            ..Seen::NONE
        }
    )),
    story!("desk-odd", "Console", "the bank booked what nobody ordered", |lang| {
        desk(
            lang,
            Seen {
                months: 1,
                odd: true,
                ..Seen::NONE
            },
        )
    }),
    story!("desk-gaps", "Console", "usage did not come, or is nobody's", |lang| {
        desk(
            lang,
            Seen {
                months: 1,
                gaps: true,
                ..Seen::NONE
            },
        )
    }),
    story!("desk-enterprise", "Console", "an enterprise is trusted", |lang| desk(
        lang,
        Seen {
            enterprises: 1,
            ..Seen::NONE
        }
    )),
    story!(
        "desk-enterprise-removed",
        "Console",
        "an enterprise is paid no more",
        |lang| desk(
            lang,
            Seen {
                enterprises: 2,
                ..Seen::NONE
            }
        )
    ),
    story!("desk-refused", "Console", "a month that is not over", |lang| desk(
        lang,
        Seen {
            refused: true,
            ..Seen::NONE
        }
    )),
];

/// What of the console's made-up rows is to be seen.
#[derive(Clone, Copy)]
struct Seen {
    /// Of the months: none, the finished one, or the one under way as well.
    months: usize,
    suspense: bool,
    odd: bool,
    gaps: bool,
    /// Of the enterprises: the trusted one, and the one that is paid no more.
    enterprises: usize,
    refused: bool,
}

impl Seen {
    const NONE: Self = Self {
        months: 0,
        suspense: false,
        odd: false,
        gaps: false,
        enterprises: 0,
        refused: false,
    };
    const ALL: Self = Self {
        months: 2,
        suspense: true,
        odd: true,
        gaps: true,
        enterprises: 2,
        refused: true,
    };
}

pub(super) fn sign() -> Sign {
    Sign {
        name: "Seto Mobile".to_owned(),
        dev: true,
        zone_minutes: 540,
        tax_number: "T0 0000 0000 0000".to_owned(),
    }
}

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn november() -> Month {
    Month::of(NOW, 540).previous()
}

pub(super) fn contract() -> Contract {
    Contract {
        name: "Aiko Yamada".to_owned(),
        address: vec!["2-14-6 Ekimae, Onomichi".to_owned(), "Hiroshima 722-0036".to_owned()],
        number: "+819000004417".to_owned(),
        key: None,
        content_limit: yen(50_000),
        apart: false,
        since: Moment(0),
        ended: None,
    }
}

fn bought(n: u8, day: u64, what: &str, name: &str, amount: i64, back: bool) -> ContentItem {
    let begins = november().begins(540);
    ContentItem {
        of: [n; 16],
        at: Moment(begins.0.saturating_add(day.saturating_mul(86_400_000))),
        enterprise: PartyId([n; 16]),
        name: name.to_owned(),
        what: what.to_owned(),
        amount: yen(amount),
        back,
    }
}

pub(super) fn together() -> Bill {
    let item = |kind, amount| Item {
        kind,
        amount: yen(amount),
    };
    Bill {
        number: "SM-2026-11-004417".to_owned(),
        who: SubscriberId([1; 16]),
        month: november(),
        part: Part::Together,
        issued: NOW,
        due: Moment(november().ends(540).0.saturating_add(25 * 86_400_000)),
        telephone: vec![
            item(ItemKind::Calls(6450), 2150),
            item(ItemKind::Packets(42_950), 430),
            item(ItemKind::Basic("Plain".to_owned()), 2000),
            item(ItemKind::Service("Voice mail".to_owned()), 300),
        ],
        content: vec![bought(1, 10, "2000000001", "Minato Tape Works", 1000, false)],
        telephone_sum: yen(4880),
        bought: yen(1000),
        refunded: yen(0),
        carried_in: yen(0),
        carried_out: yen(0),
        total: yen(5880),
        tax_permille: 100,
        tax: yen(534),
        paid: yen(0),
    }
}

fn without_content() -> Bill {
    Bill {
        content: Vec::new(),
        bought: yen(0),
        total: yen(4880),
        tax: yen(443),
        ..together()
    }
}

fn with_refund() -> Bill {
    let mut bill = together();
    bill.content
        .push(bought(2, 12, "Harbour Lights, score", "Salt Press", 1500, false));
    bill.content
        .push(bought(2, 21, "Harbour Lights, score", "Salt Press", 500, true));
    (bill.bought, bill.refunded, bill.total, bill.tax) = (yen(2500), yen(500), yen(6880), yen(625));
    bill
}

fn apart(part: Part) -> Bill {
    let bill = together();
    match part {
        Part::Content => Bill {
            part,
            telephone: Vec::new(),
            telephone_sum: yen(0),
            total: yen(1000),
            tax: yen(90),
            ..bill
        },
        _ => Bill {
            part: Part::Telephone,
            ..without_content()
        },
    }
}

fn carried() -> Bill {
    Bill {
        content: vec![bought(2, 21, "2000000001", "Minato Tape Works", 4000, true)],
        bought: yen(0),
        refunded: yen(4000),
        carried_out: yen(4000),
        total: yen(0),
        tax: yen(0),
        ..apart(Part::Content)
    }
}

fn bill(lang: Lang, bill: &Bill) -> Result<String, askama::Error> {
    drawn::bill(&sign(), &Visit::told(lang), bill, &contract(), Some("story"))
}

fn desk(lang: Lang, seen: Seen) -> Result<String, askama::Error> {
    let run = |bills, total, finished| Progress {
        closed: NOW,
        after: None,
        bills,
        total,
        finished,
    };
    let mut months = vec![
        (november(), run(2_000, 9_800_000, None)),
        (november().previous(), run(4_417, 25_914_000, Some(NOW))),
    ];
    // The latest stands first.
    months.drain(..2_usize.saturating_sub(seen.months));
    let suspense = [Incoming {
        id: TransferId([4; 16]),
        amount: yen(5880),
        reference: "NOVEMBER YAMADA".to_owned(),
        at: NOW,
    }];
    let odd = [Odd {
        entry: "31".to_owned(),
        credit: false,
        amount: yen(700),
        at: NOW,
        reference: "FEE".to_owned(),
    }];
    let lost = [(
        ("gateway-2".to_owned(), 8_812),
        Lost {
            record: UsageRecord {
                number: "+819000009999".to_owned(),
                at: NOW,
                used: Usage::Packets(12),
            },
            seen: NOW,
        },
    )];
    let enterprise = |name: &str, no, trust| {
        let row = Enterprise {
            name: name.to_owned(),
            no: Some(EnterpriseNo(no)),
            trust,
            since: NOW,
            cap: None,
        };
        (PartyId([1; 16]), row)
    };
    let enterprises = [
        enterprise("Minato Tape Works", 2000, Trust::Trusted),
        enterprise("Salt Press", 2500, Trust::Refused),
    ];
    let bills = [
        ("story".to_owned(), together()),
        ("story".to_owned(), without_content()),
    ];
    let figures = [("at the bank".to_owned(), 9_800), ("suspense".to_owned(), 5_880)];
    let gaps = [("switch-1".to_owned(), 41, 60)];
    fn some<T>(of: &[T], is_seen: bool) -> &[T] {
        if is_seen { of } else { &[] }
    }
    let of = Desk {
        currency: Currency::JPY,
        now: NOW,
        months: &months,
        bills: some(&bills, seen.months > 0),
        suspense: some(&suspense, seen.suspense),
        odd: some(&odd, seen.odd),
        lost: some(&lost, seen.gaps),
        gaps: some(&gaps, seen.gaps),
        enterprises: enterprises.get(..seen.enterprises).unwrap_or_default(),
        figures: &figures,
        refused: seen
            .refused
            .then(|| "2026-12 is not over yet; it can be billed from its end on".to_owned()),
    };
    drawn::desk(&sign(), &Visit::told(lang), &of)
}

#[cfg(test)]
mod tests {
    use super::STORIES;

    /// proves: ST-7
    #[test]
    fn every_story_is_told_in_both_languages_and_a_bill_says_its_figures() {
        crate::pages::tell_all(STORIES);
        let bill = STORIES.iter().find(|story| story.name == "bill").unwrap();
        let english = (bill.draw)(face::Lang::En).unwrap();
        let japanese = (bill.draw)(face::Lang::Ja).unwrap();
        for text in [
            "¥4,880",
            "¥1,000",
            "¥5,880",
            "¥534",
            "1 h 47 min 30 s",
            "25 December 2026",
            "Offer 2000000001",
        ] {
            assert!(english.contains(text), "no {text:?} in {english}");
        }
        for text in ["4,880円", "5,880円", "2026年12月25日", "商品番号 2000000001"] {
            assert!(japanese.contains(text), "no {text:?} in {japanese}");
        }
    }
}
