//! Consent: the page on which a subscriber says whether a merchant may charge him. Its address came to his own telephone; whoever has
//! it answers, and the first answer stands.

use std::sync::Arc;

use axum::{Form, extract::State, http::StatusCode, response::Response};
use carrier::{Consent, TokenRefused};
use face::Sum;
use store::Fault;
use units::OrderId;

use crate::{
    carrier::{
        Counter,
        drawn::{self, ConsentAsk},
    },
    forms::Fields,
    frame::{Named, Problem},
    pages::{Visit, answer_private},
};

/// The page.
pub(in crate::carrier) async fn page(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Named(link): Named<OrderId>,
) -> Result<Response, Problem> {
    let found = counter
        .office
        .look::<_, Fault>(move |carrier, view, now| {
            let Some((client, consent)) = carrier.consent(view, link, now)? else {
                return Ok(None);
            };
            let most = carrier.may_spend(view, consent.subscriber, now)?;
            Ok(Some((client, consent, most)))
        })
        .await?;
    let open = found.filter(|(_, consent, _): &(_, Consent, _)| consent.answer.is_none());
    let ask = open.map(|(client, consent, most)| ConsentAsk {
        who: visit.words.consent_who(&client.name),
        what: visit.words.consent_what(Sum(most)),
        compare: consent
            .binding
            .iter()
            .map(|text| visit.words.consent_compare(text))
            .collect(),
        action: visit.to(&format!("/consent/{link}")),
    });
    let drawn = drawn::consent(&counter.sign, &visit, ask, visit.words.consent_over());
    Ok(answer_private(drawn, StatusCode::OK))
}

/// The answer.
pub(in crate::carrier) async fn answer(
    State(counter): State<Arc<Counter>>,
    visit: Visit,
    Named(link): Named<OrderId>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let yes = match fields.get("answer").map(String::as_str) {
        Some("yes") => true,
        Some("no") => false,
        _ => return Err(Problem::nothing_here()),
    };
    let done = counter
        .office
        .commit::<_, TokenRefused>(move |carrier, tx, now, _| carrier.answer_consent(tx, link, yes, now))
        .await;
    let words = visit.words;
    let text = match (done, yes) {
        (Err(_), _) => words.consent_over(),
        (Ok(()), true) => words.consent_agreed(),
        (Ok(()), false) => words.consent_refused(),
    };
    Ok(answer_private(
        drawn::consent(&counter.sign, &visit, None, text),
        StatusCode::OK,
    ))
}
