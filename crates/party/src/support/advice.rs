//! Advice: what a desk says by itself. Codes are stable; words say what to do, and never that it is the holder's fault.

use deal::support::{Advice, Finding, Noted, NotedStep, SupportSheet, Trouble};

/// What is to be done with a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// These words are the answer.
    Answer(Vec<Advice>),
    /// The seller is asked.
    Seller,
    /// A person looks at it.
    Person,
}

fn say(code: &str, text: &str) -> Vec<Advice> {
    vec![Advice {
        code: code.to_owned(),
        text: text.to_owned(),
    }]
}

/// The course a request takes.
pub(super) fn course(sheet: &SupportSheet) -> Course {
    match (sheet.trouble, &sheet.letter) {
        (Trouble::Counted, Some(_)) if !played_nothing(&sheet.noted) => Course::Answer(say(
            "log-shows-playing",
            "The log shows no play that was counted and brought nothing. If you think it is wrong, write what happened and send it again.",
        )),
        (Trouble::Other, _) => by_code(sheet.code.as_deref()),
        (_, Some(_)) => Course::Seller,
        (Trouble::Package, None) => Course::Answer(say(
            "any-copy-of-the-file",
            "The sealed file is the same for everybody: any copy of it will do. Your wallet gets it again from the shop.",
        )),
        (Trouble::NoAnswer, None) => Course::Answer(say(
            "meet-again",
            "Hold the two cards together again, or go online once: the issuer settles what the other card has reported. Don't pay again.",
        )),
        (Trouble::Lost, None) => Course::Answer(say(
            "say-where-bought",
            "Say which shop you bought it from, and send it again. A license from a friend's card can only come from a card.",
        )),
        (Trouble::Key | Trouble::Counted, None) => Course::Answer(say(
            "from-a-card",
            "This license came from another card, and no shop has a record of it. The card that gave it can give it again.",
        )),
    }
}

/// Is there a play that was counted and of which nothing was heard or seen?
fn played_nothing(noted: &[Noted]) -> bool {
    let mut plays: Vec<u32> = noted
        .iter()
        .filter(|n| n.step == NotedStep::Began)
        .filter_map(|n| n.play)
        .collect();
    plays.retain(|play| {
        let of = |n: &&Noted| n.play == Some(*play);
        let mut steps = noted.iter().filter(of);
        let heard = steps
            .clone()
            .any(|n| matches!(n.step, NotedStep::Played | NotedStep::HandedOut));
        let broke = steps.any(|n| matches!(n.step, NotedStep::Refused | NotedStep::Stopped));
        broke && !heard
    });
    !plays.is_empty()
}

/// Advice that follows from the code a holder was shown.
fn by_code(code: Option<&str>) -> Course {
    let (code, text) = match code {
        Some("player-watched") => (
            "close-the-debugger",
            "Another program was looking into the player, so it stopped. Close debuggers and screen recorders and play again; nothing was counted twice.",
        ),
        Some("license-other-package") => (
            "get-its-own-file",
            "The file is another edition of the work. Get the file your license was sold with: open the license and choose Get the file.",
        ),
        Some("beyond-share") => (
            "share-ends",
            "Your license opens the first part of the work. Unlock it, or get a license of the whole.",
        ),
        Some("license-locked") => (
            "unlock-first",
            "This copy arrived locked. Unlock it from your library; the file you have will do.",
        ),
        Some("no-plays-left" | "license-ended") => (
            "used-up",
            "What this license allows is used up. You can get the work again from its shop.",
        ),
        Some("license-on-hold") => (
            "on-hold",
            "Your card was put back from a copy, and its publisher must say what of this license is left. Your other licenses play.",
        ),
        Some("no-license") => (
            "no-license",
            "No card here holds a license for it. If you bought it with this card, choose: it was lost.",
        ),
        Some("card-storage") => (
            "make-room",
            "The disk your card lives on is full or cannot be written. Make room and try again; nothing was lost.",
        ),
        _ => return Course::Person,
    };
    Course::Answer(say(code, text))
}

/// What to say about a seller's finding.
pub(super) fn of(finding: Finding) -> Vec<Advice> {
    let text = match finding {
        Finding::SaidAgain => "The shop has said again what it had decided. Your card takes it from this answer.",
        Finding::Delivers => "The shop still delivers your file. Your wallet gets it again.",
        Finding::PlayBack => "One play is given back.",
        Finding::NotYet => "The shop has not decided yet. Ask again in a moment; you have not paid twice.",
        Finding::NotSold => {
            "The shop has no record of such a purchase by this card. If you bought it with another card, ask with that one."
        }
        Finding::Refunded => "This license was handed back and refunded, so it cannot come again.",
        Finding::NotCounted => "This license has no plays to count: it may be played as often as you like.",
        Finding::GivenBefore => "A play was given back for this license before. Write to the publisher for more.",
        Finding::Dropped => {
            "This delivery was finished long ago and is no longer kept. Your license keeps working with the file you have."
        }
    };
    say(finding.code(), text)
}

/// What to say while the seller is asked.
pub(super) fn seller_asked() -> Vec<Advice> {
    say(
        "seller-asked",
        "The shop is being asked what it decided. Ask again in a moment: the answer will be the same however often you ask.",
    )
}

/// What to say while a person looks.
pub(super) fn person_looks() -> Vec<Advice> {
    say(
        "a-person-looks",
        "Your request is kept, and a person looks at it. Ask again later; nothing has changed meanwhile.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{ContentId, LicenseId, Moment};

    fn noted(play: u32, step: NotedStep) -> Noted {
        Noted {
            at: Moment(1),
            step,
            content: ContentId([1; 16]),
            license: LicenseId([2; 16]),
            play: Some(play),
            from: None,
            to: None,
            code: None,
        }
    }

    /// proves: SD-7
    #[test]
    fn a_play_counts_as_lost_only_if_it_broke_before_anything_was_heard() {
        use NotedStep::{Began, Ended, Played, Refused};
        assert!(played_nothing(&[noted(1, Began), noted(1, Refused)]));
        assert!(played_nothing(&[
            noted(1, Began),
            noted(1, Played),
            noted(2, Began),
            noted(2, Refused)
        ]));
        assert!(!played_nothing(&[noted(1, Began), noted(1, Played), noted(1, Refused)]));
        assert!(!played_nothing(&[noted(1, Began), noted(1, Ended)]));
        assert!(!played_nothing(&[noted(1, Refused)]));
        assert!(!played_nothing(&[]));
    }

    #[test]
    fn a_known_code_is_answered_at_once_and_an_unknown_one_by_a_person() {
        let Course::Answer(advice) = by_code(Some("player-watched")) else {
            panic!("a known code needs no person");
        };
        assert_eq!(advice[0].code, "close-the-debugger");
        assert_eq!(by_code(Some("something-new")), Course::Person);
        assert_eq!(by_code(None), Course::Person);
    }
}
