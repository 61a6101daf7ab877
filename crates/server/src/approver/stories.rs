//! Stories of the approver's pages: each in its states, with made-up figures. Only in the dev realm.

use approver::{
    Account as Standing, Denied, Dispute, End, Issued, Line, Means, Move, Moved, Outcome, RequestId, RequestState,
    Shown, State, UserId,
};
use deal::approval::Approval;
use face::{Lang, Story};
use seal::{Secret, Signer};
use units::{ApprovalId, Currency, DealId, Hash, Moment, Money, PartyId, Tag};

use super::{
    Sign,
    desk::Clerk,
    drawn::{self, Account, Ask, Desk, EnterNote, Step},
    mine, statement,
};
use crate::{
    pages::Visit,
    ways::{KeyLine, Own},
};

/// 20 November 2026.
pub(super) const NOW: Moment = Moment(1_795_132_800_000);
const ID: RequestId = RequestId([9; 16]);

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
    story!("sign-in", "Sign in", "by itself", |lang| enter(
        lang,
        false,
        &EnterNote::None
    )),
    story!("sign-in-ask", "Sign in", "a purchase waits", |lang| enter(
        lang,
        true,
        &EnterNote::None
    )),
    story!("sign-in-no", "Sign in", "did not fit", |lang| enter(
        lang,
        true,
        &EnterNote::NoMatch
    )),
    story!("sign-in-slow", "Sign in", "too many tries", |lang| enter(
        lang,
        false,
        &EnterNote::Slow(NOW)
    )),
    story!("second", "Sign in", "one more step", |lang| step(lang, true)),
    story!("again", "Sign in", "once more, before what is dear", |lang| step(
        lang, false
    )),
    story!("you", "Settings", "two passkeys, new codes", |lang| own(lang)),
    story!("data", "Settings", "what is stored", |lang| mine(lang, None)),
    story!("data-owes", "Settings", "cannot be deleted yet", |lang| mine(
        lang,
        Some("leave-owes")
    )),
    story!("approve", "Purchase", "waits for an answer", |lang| waiting(
        lang, 0, false
    )),
    story!("approve-tried", "Purchase", "somebody tried the name", |lang| waiting(
        lang, 3, false
    )),
    story!(
        "approve-known",
        "Purchase",
        "the seller will know the buyer again",
        |lang| waiting(lang, 0, true)
    ),
    story!("approve-asking", "Purchase", "the bureau is asked", |lang| ask(
        lang,
        &Ask::Asking(ID)
    )),
    story!("approve-done", "Purchase", "approved", |lang| ask(lang, &Ask::Approved)),
    story!("approve-limit", "Purchase", "above the limit", |lang| ask(
        lang,
        &Ask::Denied(Denied::Limit)
    )),
    story!("approve-no", "Purchase", "not approved", |lang| ask(
        lang,
        &Ask::Denied(Denied::Decision)
    )),
    story!("approve-later", "Purchase", "nobody to ask", |lang| ask(
        lang,
        &Ask::Denied(Denied::Later)
    )),
    story!("approve-declined", "Purchase", "the user said no", |lang| ask(
        lang,
        &Ask::Declined
    )),
    story!("approve-gone", "Purchase", "over", |lang| drawn::ask(
        &sign(),
        &Visit::told(lang),
        None,
        &Ask::Gone
    )),
    story!("account", "Account", "one open, some used", |lang| account(
        lang,
        &lines(),
        0,
        ""
    )),
    story!("statement", "Statement", "of everything something", statement),
    story!("statement-empty", "Statement", "nothing was booked", |lang| {
        statement::story(lang, Vec::new(), (0, 0))
    }),
    story!("account-new", "Account", "nothing yet", |lang| account(
        lang,
        &[],
        0,
        ""
    )),
    story!("account-tried", "Account", "somebody tried the name", |lang| account(
        lang,
        &lines(),
        2,
        ""
    )),
    story!("account-cancelled", "Account", "one was taken back", |lang| account(
        lang,
        &lines(),
        0,
        "cancelled"
    )),
    story!("desk", "Console", "calm", |lang| desk(lang, false, &OPERATOR)),
    story!("desk-clerk", "Console", "of somebody who sets limits", |lang| desk(
        lang,
        false,
        &clerk()
    )),
    story!(
        "desk-alarm",
        "Console",
        "the bureau is silent, somebody disputes",
        |lang| desk(lang, true, &OPERATOR)
    ),
];

pub(super) fn sign() -> Sign {
    Sign {
        name: "Minato Mobile".to_owned(),
        dev: true,
    }
}

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn standing() -> Standing {
    Standing {
        limit: yen(30_000),
        room: yen(22_600),
        owed: yen(6_200),
        value: yen(900),
        points: yen(140),
        held: yen(1_200),
    }
}

fn shown(knows_again: bool) -> Shown {
    Shown {
        seller: "Lantern Records".to_owned(),
        seller_id: PartyId([4; 16]),
        what: "sound".to_owned(),
        amount: yen(1_200),
        until: NOW,
        knows_again,
        code: "kse3-f4ak".to_owned(),
        state: RequestState::Waiting,
    }
}

fn enter(lang: Lang, waits: bool, note: &EnterNote) -> Result<String, askama::Error> {
    let (waiting, amount) = if waits {
        (Some(ID), Some(yen(1_200)))
    } else {
        (None, None)
    };
    drawn::enter(&sign(), &Visit::told(lang), waiting, amount, note)
}

fn waiting(lang: Lang, failed: u64, knows_again: bool) -> Result<String, askama::Error> {
    let ask = Ask::Waiting {
        csrf: "story",
        id: ID,
        standing: standing(),
        failed,
    };
    drawn::ask(&sign(), &Visit::told(lang), Some(&shown(knows_again)), &ask)
}

fn ask(lang: Lang, ask: &Ask<'_>) -> Result<String, askama::Error> {
    drawn::ask(&sign(), &Visit::told(lang), Some(&shown(false)), ask)
}

fn issued(n: u8, what: &str, amount: i64, state: State) -> Issued {
    Issued {
        approval: Approval {
            id: ApprovalId([n; 16]),
            approver: PartyId([1; 16]),
            quote: Hash([n; 32]),
            amount: yen(amount),
            seller: PartyId([4; 16]),
            settles: PartyId([4; 16]),
            tag: Tag([n; 16]),
            key: Signer::new(&Secret::new([n; 32])).verify_key(),
            until: NOW,
            from: None,
        },
        user: UserId([1; 16]),
        means: Means::Credit,
        what: what.to_owned(),
        at: Moment(NOW.0.saturating_sub(u64::from(n) * 86_400_000)),
        state,
        unasked: false,
        request: ID,
        charged: matches!(state, State::Charged(..)).then_some(NOW),
        refunded: None,
    }
}

fn lines() -> Vec<(String, Line)> {
    let deal = DealId([7; 32]);
    [
        issued(1, "sound", 1_200, State::Open),
        issued(2, "video", 2_400, State::Permitted(deal)),
        issued(3, "text", 800, State::Charged(deal, yen(16))),
        issued(4, "picture", 500, State::Ended(End::Expired, None)),
        issued(5, "program", 3_000, State::Ended(End::Cancelled, None)),
    ]
    .into_iter()
    .map(|issued| {
        let line = Line {
            id: issued.approval.id,
            seller: issued.approval.seller,
            issued,
        };
        ("Lantern Records".to_owned(), line)
    })
    .collect()
}

fn account(lang: Lang, lines: &[(String, Line)], failed: u64, said: &str) -> Result<String, askama::Error> {
    let account = Account {
        csrf: "story",
        standing: standing(),
        single: Some(yen(5_000)),
        lines,
        disputed: &[],
        failed,
        said,
    };
    drawn::account(&sign(), &Visit::told(lang), &account)
}

fn statement(lang: Lang) -> Result<String, askama::Error> {
    let line = |day: u64, what, means, amount, costs| Move {
        at: Moment(NOW.0.saturating_sub(day * 86_400_000)),
        what,
        means,
        amount: yen(amount),
        costs,
    };
    let bought = || Box::new(issued(3, "sound", 800, State::Charged(DealId([7; 32]), yen(16))));
    let moves = vec![
        line(18, Moved::Paid, Means::Credit, 4_000, false),
        line(12, Moved::Charged(Some(bought())), Means::Credit, 800, true),
        line(9, Moved::Charged(None), Means::Credit, 1_200, true),
        line(6, Moved::GivenBack(bought()), Means::Credit, 800, false),
        line(4, Moved::Filled, Means::Value, 2_000, false),
        line(2, Moved::Charged(Some(bought())), Means::Value, 800, true),
        line(1, Moved::Drained, Means::Points, 140, true),
    ];
    statement::story(lang, moves, (5_000, 6_200))
}

const OPERATOR: Clerk = Clerk {
    limits: true,
    disputes: true,
    csrf: None,
};

fn clerk() -> Clerk {
    Clerk {
        limits: true,
        disputes: false,
        csrf: Some("story".to_owned()),
    }
}

fn step(lang: Lang, second: bool) -> Result<String, askama::Error> {
    let step = if second {
        Step::Second {
            csrf: "story",
            waiting: Some(ID),
            wrong: true,
        }
    } else {
        Step::Again {
            csrf: "story",
            note: &EnterNote::NoMatch,
        }
    };
    drawn::step(&sign(), &Visit::told(lang), &step)
}

fn own(lang: Lang) -> Result<String, askama::Error> {
    let key = |label: &str, copied| KeyLine {
        id: "k".to_owned(),
        label: label.to_owned(),
        since: NOW,
        copied,
        last: false,
    };
    let own = Own {
        name: "aiko@example.jp".to_owned(),
        csrf: "story".to_owned(),
        keys: vec![key("Phone", false), key("", true)],
        second: true,
        codes: 10,
        sessions: 2,
    };
    let codes = vec!["abcd-efgh-ijkl-mnop".to_owned(); 10];
    drawn::own(&sign(), &Visit::told(lang), &own, &codes, None)
}

fn desk(lang: Lang, alarm: bool, clerk: &Clerk) -> Result<String, askama::Error> {
    let dispute = Dispute {
        user: UserId([1; 16]),
        at: NOW,
        outcome: Outcome::Open,
        decided: None,
    };
    let charged = issued(3, "text", 800, State::Charged(DealId([7; 32]), yen(16)));
    let disputes = if alarm {
        vec![(ApprovalId([3; 16]), dispute, charged)]
    } else {
        Vec::new()
    };
    let silent = if alarm {
        vec![issued(4, "sound", 1_200, State::Permitted(DealId([8; 32])))]
    } else {
        Vec::new()
    };
    let figures = [
        ("approved".to_owned(), 0),
        ("cash".to_owned(), 9_800),
        ("held".to_owned(), 1_200),
    ];
    drawn::desk(
        &sign(),
        &Visit::told(lang),
        &Desk {
            alarm: alarm.then_some((4, yen(4_800), NOW)),
            disputes: &disputes,
            silent: &silent,
            users: &[(UserId([1; 16]), standing()), (UserId([2; 16]), standing())],
            sellers: &[(PartyId([7; 16]), "Lantern Settlement".into(), yen(11_760))],
            once: ApprovalId([3; 16]),
            figures: &figures,
            currency: Currency::JPY,
            clerk,
            refused: alarm.then(|| "the limit can be lowered to JPY 7,400 now: more is spent or approved".to_owned()),
        },
    )
}

fn mine(lang: Lang, not: Option<&str>) -> Result<String, askama::Error> {
    let visit = Visit::told(lang);
    let about = signin::About {
        account: signin::Account {
            name: "aiko@example.jp".into(),
            since: NOW,
            closed: false,
            second_step: true,
        },
        password: true,
        codes: 8,
        passkeys: vec![("Phone".into(), NOW)],
        grants: Vec::new(),
        sessions: vec![(NOW, NOW, signin::Way::Passkey)],
    };
    let stored = mine::Stored {
        about,
        user: None,
        approvals: 12,
    };
    let note = not.map(|code| visit.words.approval_mine_not(code));
    mine::draw(&sign(), &visit, &stored, (note, "form"))
}

#[cfg(test)]
mod tests {
    use super::STORIES;

    /// proves: PA-2 PA-4 row-69
    #[test]
    fn every_story_is_told_in_both_languages_and_never_defaults_to_yes() {
        crate::pages::tell_all(STORIES);
        let waiting = STORIES.iter().find(|story| story.name == "approve").unwrap();
        let html = (waiting.draw)(face::Lang::En).unwrap();
        // The amount stands first, and yes and no are two buttons of one form, neither focused.
        let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text:?} in {html}"));
        assert!(at("¥1,200") < at("Lantern Records") && at("Lantern Records") < at("value=\"yes\""));
        assert!(at("value=\"yes\"") < at("value=\"no\"") && !html.contains("autofocus"));
    }
}
