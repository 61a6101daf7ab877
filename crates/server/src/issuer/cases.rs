//! Cases: cards that people should look at, as the issuer's people see them: what is proven, what it cost, how the card stands,
//! and the two things that can be decided. The operator's alone.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use core::convert::Infallible;
use face::{Code, Page, Said, Story, Sum};
use party::issuer::{Found, Proof, Status, StopFor, Suspect};
use store::Fault;
use units::{CardNo, Currency, DealId, Hash, Moment, Money};

use super::{Mint, Sign, losses::frame};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::{Visit, answer_private},
};

/// The longest form, in bytes.
const FORM_MAX: usize = 4 << 10;

/// A case: the card, and whether its holder has stated its loss, after which nothing brings it back.
type Case = (Suspect, bool);

struct Line {
    card: Said,
    /// Its number, in the form.
    number: String,
    proofs: Vec<Said>,
    below: Said,
    stands: Said,
    what: Said,
    /// Nothing is left to decide.
    done: bool,
    /// What the button does to it: "fraud" or "pardoned", and what it says.
    act: Option<(&'static str, Said)>,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage<'a> {
    page: &'a Page,
    lines: Vec<Line>,
    action: String,
}

fn line(visit: &Visit, (of, lost): &Case) -> Line {
    let w = visit.words;
    let (stands, what, act) = match (of.status, lost) {
        (Status::Stopped, true) => (w.cases_lost(), w.cases_do_nothing(), None),
        (Status::Stopped, false) => (
            w.cases_stopped(),
            w.cases_do_stopped(),
            Some(("pardoned", w.cases_pardon())),
        ),
        (Status::Frozen, _) => (w.cases_frozen(), w.cases_do_frozen(), None),
        (Status::Active, _) => (w.cases_active(), w.cases_do_look(), Some(("fraud", w.cases_stop()))),
    };
    Line {
        card: w.show(Code(of.card.to_string())),
        number: of.card.to_string(),
        proofs: of.proofs.iter().map(|one| w.cases_proof(one.proof.word())).collect(),
        below: w.show(Sum(of.below_zero)),
        stands,
        what,
        done: act.is_none(),
        act,
    }
}

fn draw(sign: &Sign, visit: &Visit, found: &[Case]) -> Result<String, askama::Error> {
    CasesPage {
        page: &frame(sign, visit, "/cases"),
        lines: found.iter().map(|case| line(visit, case)).collect(),
        action: visit.to("/cases"),
    }
    .render()
}

/// The page.
async fn page(
    State(state): State<Arc<Mint>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    state.operators.check_page(&headers)?;
    let found = state
        .office
        .look::<_, Fault>(|issuer, view, _| {
            let mut cases = Vec::new();
            for one in issuer.suspects(view)? {
                let lost = issuer.loss_of(view, one.card)?.is_some();
                cases.push((one, lost));
            }
            Ok(cases)
        })
        .await
        .map_err(IntoResponse::into_response)?;
    Ok(answer_private(draw(&state.sign, &visit, &found), StatusCode::OK))
}

/// A case is decided: the card is stopped, or may come back as every restored card does.
async fn decide(
    State(state): State<Arc<Mint>>,
    visit: Result<Visit, Infallible>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Response> {
    let Ok(visit) = visit;
    state.operators.check_form(&headers)?;
    let card = fields.get("card").and_then(|text| text.parse::<CardNo>().ok());
    let stops = fields.get("standing").map(|text| text == "fraud");
    let Some((card, stops)) = card.zip(stops) else {
        return Err(Problem::nothing_here().into_response());
    };
    let done = state
        .office
        .commit::<_, Fault>(move |issuer, tx, now, _| match stops {
            true => issuer.stop(tx, card, StopFor::Fraud, now),
            false => issuer.pardon(tx, card),
        })
        .await
        .map_err(IntoResponse::into_response)?;
    match done {
        true => Ok(Redirect::to(&visit.to("/cases")).into_response()),
        false => Err(Problem::nothing_here().into_response()),
    }
}

fn told_of(lang: face::Lang, cases: &[Case]) -> Result<String, askama::Error> {
    let sign = Sign {
        name: "Harbour Money".into(),
        dev: true,
    };
    draw(&sign, &Visit::told(lang), cases)
}

fn case(n: u8, proofs: &[Proof], below: i64, status: Status) -> Case {
    let found = |proof: &Proof| Found {
        proof: *proof,
        at: Moment(1_795_168_800_000),
    };
    let suspect = Suspect {
        card: CardNo([n; 16]),
        proofs: proofs.iter().map(found).collect(),
        below_zero: Money::new(below, Currency::JPY).unwrap_or(Money::zero(Currency::JPY)),
        status,
    };
    (suspect, false)
}

const GIFTS: Proof = Proof::Gifts(DealId([1; 32]), DealId([2; 32]));
const SLIPS: Proof = Proof::Slips(Hash([3; 32]), Hash([4; 32]));
const VOIDED: Proof = Proof::GaveAndVoided(DealId([5; 32]));

/// The page in its states.
pub(super) const STORIES: &[Story] = &[
    Story {
        name: "cases-none",
        page: "Cases",
        state: "no open case",
        draw: |lang| told_of(lang, &[]),
    },
    Story {
        name: "cases-too-much",
        page: "Cases",
        state: "a card brought back too much, and one log is in",
        draw: |lang| told_of(lang, &[case(1, &[], 1_900, Status::Active)]),
    },
    Story {
        name: "cases-proven",
        page: "Cases",
        state: "both logs are in: it said something twice",
        draw: |lang| told_of(lang, &[case(2, &[GIFTS, SLIPS], 400, Status::Stopped)]),
    },
    Story {
        name: "cases-paid",
        page: "Cases",
        state: "paid out, and pardoned",
        draw: |lang| told_of(lang, &[case(3, &[VOIDED], 250, Status::Frozen)]),
    },
    Story {
        name: "cases-lost",
        page: "Cases",
        state: "stopped as lost, and revoked",
        draw: |lang| {
            let (suspect, _) = case(4, &[SLIPS], 0, Status::Stopped);
            told_of(lang, &[(suspect, true)])
        },
    },
];

/// Its pages, in each language.
pub(super) fn pages() -> Router<Arc<Mint>> {
    Router::new()
        .route("/cases", get(page).post(decide))
        .layer(DefaultBodyLimit::max(FORM_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-93
    #[test]
    fn only_what_can_still_be_decided_has_a_button_and_no_case_is_told_as_one() {
        crate::pages::tell_all(STORIES);
        let told = |name: &str| (face::story(STORIES, name).unwrap().draw)(face::Lang::En).unwrap();
        assert!(!told("cases-none").contains("<table") && told("cases-none").contains("No open case"));
        for (name, button) in [
            ("cases-too-much", Some("value=\"fraud\"")),
            ("cases-proven", Some("value=\"pardoned\"")),
            ("cases-paid", None),
            ("cases-lost", None),
        ] {
            let html = told(name);
            assert_eq!(html.matches("<button").count(), usize::from(button.is_some()), "{name}");
            assert!(button.is_none_or(|text| html.contains(text)), "{name}");
        }
    }
}
