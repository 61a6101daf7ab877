//! Stories of the desk: its pages in their states, with made-up records. Only in the dev realm.

use deal::support::{Advice, Finding, Stage, Trouble};
use face::{Lang, Story};
use party::{
    bank::WhyNot,
    support::{Paid, Request, Unlocked, Unpassed},
};
use units::{ContentId, Currency, DealId, Hash, LicenseId, Moment, Money, OrderId, PartyId};

use super::drawn::{self, Done, Sign};
use crate::pages::Visit;

/// 20 November 2026.
const NOW: Moment = Moment(1_795_132_800_000);
const ID: OrderId = OrderId([9; 16]);

pub(crate) const STORIES: &[Story] = &[
    Story {
        name: "requests",
        page: "Requests",
        state: "one waits, one is answered, one repaired",
        draw: some,
    },
    Story {
        name: "requests-none",
        page: "Requests",
        state: "nobody is waiting",
        draw: none,
    },
    Story {
        name: "request-waits",
        page: "Request",
        state: "waits for a person",
        draw: waits,
    },
    Story {
        name: "request-refused",
        page: "Request",
        state: "the answer was not taken",
        draw: not_taken,
    },
    Story {
        name: "request-repaired",
        page: "Request",
        state: "repaired by the shop",
        draw: repaired,
    },
    Story {
        name: "unlocked",
        page: "Unlocked",
        state: "by card, in cash, before it was paid",
        draw: unlocked,
    },
    Story {
        name: "unlocked-quoted",
        page: "Unlocked",
        state: "quoted, cash was counted",
        draw: quoted,
    },
    Story {
        name: "unlocked-paid",
        page: "Unlocked",
        state: "paid, the answer is not taken yet",
        draw: |lang| one(lang, |row| row.delivered = None),
    },
    Story {
        name: "unlocked-done",
        page: "Unlocked",
        state: "unlocked",
        draw: |lang| one(lang, |_| ()),
    },
    Story {
        name: "unlocked-again",
        page: "Unlocked",
        state: "asked again, the same result",
        draw: |lang| one(lang, |row| row.again = 2),
    },
    Story {
        name: "unlocked-none",
        page: "Unlocked",
        state: "nobody is waiting",
        draw: unlocked_none,
    },
];

fn sign() -> Sign {
    Sign {
        name: "Harbour Street support".to_owned(),
        dev: true,
    }
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn before(minutes: u64) -> Moment {
    Moment(NOW.0 - minutes * 60_000)
}

fn asked(trouble: Trouble, words: &str) -> Request {
    Request {
        letter: Hash([1; 32]),
        sheet: None,
        at: before(7),
        publisher: PartyId([7; 16]),
        trouble,
        content: Some(ContentId([3; 16])),
        code: None,
        words: words.to_owned(),
        stage: Stage::Looking,
        advice: Vec::new(),
        seller: None,
        finding: None,
        answer: None,
        answered: None,
        again: 0,
    }
}

fn waiting() -> Request {
    Request {
        code: Some("license-share".to_owned()),
        again: 1,
        ..asked(Trouble::Other, "It stops after the first minute. <b>Why?</b>")
    }
}

fn mended() -> Request {
    Request {
        stage: Stage::Repaired,
        seller: Some(PartyId([5; 16])),
        finding: Some(Finding::SaidAgain),
        advice: vec![Advice {
            code: "said-again".to_owned(),
            text: "The shop has said its decision again; your card has the license now.".to_owned(),
        }],
        answered: Some(before(6)),
        ..asked(Trouble::NoAnswer, "The train went into a tunnel")
    }
}

fn some(lang: Lang) -> Result<String, askama::Error> {
    let answered = Request {
        stage: Stage::Answered,
        seller: Some(PartyId([5; 16])),
        finding: Some(Finding::NotSold),
        ..asked(Trouble::Lost, "")
    };
    let all = [waiting(), answered, mended()].map(|one| (ID.0, one));
    drawn::requests(&sign(), &Visit::told(lang), &all, Some("1.2"))
}

fn none(lang: Lang) -> Result<String, askama::Error> {
    drawn::requests(&sign(), &Visit::told(lang), &[], None)
}

fn waits(lang: Lang) -> Result<String, askama::Error> {
    drawn::request(&sign(), &Visit::told(lang), (ID, &waiting()), "")
}

fn not_taken(lang: Lang) -> Result<String, askama::Error> {
    let no = "this request was answered already; the holder gets that answer";
    drawn::request(&sign(), &Visit::told(lang), (ID, &waiting()), no)
}

fn repaired(lang: Lang) -> Result<String, askama::Error> {
    drawn::request(&sign(), &Visit::told(lang), (ID, &mended()), "")
}

fn row(title: &str, paid: Paid) -> (DealId, Unlocked) {
    let row = Unlocked {
        license: LicenseId([2; 16]),
        offer: Hash([4; 32]),
        content: ContentId([3; 16]),
        title: title.to_owned(),
        publisher: PartyId([7; 16]),
        payee: PartyId([7; 16]),
        fee: yen(50),
        paid,
        order: ID,
        quoted: before(20),
        came: before(19),
        at: before(19),
        first: false,
        receipt: 1041,
        delivered: Some(before(18)),
        again: 0,
        passed: Some(before(18)),
    };
    (DealId([6; 32]), row)
}

fn one(lang: Lang, change: fn(&mut Unlocked)) -> Result<String, askama::Error> {
    let (deal, mut row) = row("Harbour Lights", Paid::Slip(Hash([8; 32])));
    change(&mut row);
    let done = Done {
        rows: vec![(deal, row)],
        ..Done::default()
    };
    drawn::unlocked(&sign(), &Visit::told(lang), &done)
}

fn quoted(lang: Lang) -> Result<String, askama::Error> {
    let done = Done {
        cash: vec![(ID, yen(50), "Last Boat Home".to_owned(), before(2))],
        ..Done::default()
    };
    drawn::unlocked(&sign(), &Visit::told(lang), &done)
}

fn unlocked(lang: Lang) -> Result<String, askama::Error> {
    let (deal, first) = row("Harbour Lights", Paid::Slip(Hash([8; 32])));
    let first = Unlocked {
        first: true,
        delivered: None,
        again: 2,
        ..first
    };
    let owed = |title: &str, refused| Unpassed {
        deal,
        order: ID,
        title: title.to_owned(),
        payee: PartyId([7; 16]),
        fee: yen(50),
        refused,
        since: before(40),
    };
    let done = Done {
        rows: vec![
            row("Night Ferry", Paid::Cash(ID)),
            (deal, first),
            row("A walk for free", Paid::Nothing),
        ],
        before: Some("1.2".to_owned()),
        cash: vec![(ID, yen(50), "Last Boat Home".to_owned(), before(2))],
        unpassed: vec![owed("Night Ferry", Some(WhyNot::NotCovered)), owed("Low Tide", None)],
    };
    drawn::unlocked(&sign(), &Visit::told(lang), &done)
}

fn unlocked_none(lang: Lang) -> Result<String, askama::Error> {
    drawn::unlocked(&sign(), &Visit::told(lang), &Done::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_can_be_told_in_both_languages() {
        crate::pages::tell_all(STORIES);
    }

    // proves: row-85
    #[test]
    fn what_a_holder_wrote_is_text_on_the_desks_pages() {
        for html in [some(Lang::En).unwrap(), waits(Lang::Ja).unwrap()] {
            assert!(!html.contains("<b>Why") && html.contains("&#60;b&#62;Why?"), "{html}");
        }
    }
}
