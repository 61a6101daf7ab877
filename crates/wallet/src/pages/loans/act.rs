//! What is done on a family's pages: lending, having back, letting in, giving up.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use card::{GiveUpRefusal, PairRefusal};
use face::{Said, Words};
use serde::Deserialize;
use units::{LicenseId, Refusal, Tag};

use super::{
    super::{
        money::pin_said,
        problem::{Problem, why},
        visit::{Shared, Visit, visit},
    },
    answer,
};
use crate::{
    engine::{LoanRefused, LoanWant, Loaned},
    hand::PAIRING,
};

/// A refusal in the reader's language.
pub(super) fn said(w: Words, no: &LoanRefused) -> Said {
    match no {
        LoanRefused::Pair(PairRefusal::Pin(no)) => pin_said(w, no),
        other => why(w, other.told(), &other.to_string()),
    }
}

#[derive(Deserialize)]
pub(in crate::pages) struct Allow {
    token: String,
    pair: String,
    allowed: String,
    #[serde(default)]
    pin: String,
}

/// Lets a paired device in, or no longer.
pub(in crate::pages) async fn allow(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Allow>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    let Ok(pair) = form.pair.parse::<Tag>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().allow(pair, form.allowed == "1", form.pin.trim()).await {
        Ok(()) => visit.go("/players?done=allowed"),
        Err(no) => answer(&visit, None, Some(said(visit.words, &no))).await,
    }
}

#[derive(Deserialize)]
pub(in crate::pages) struct Lend {
    token: String,
    pair: String,
    license: String,
    #[serde(default)]
    plays: String,
    /// Pressed: nothing passes by itself.
    #[serde(default)]
    letter: String,
}

/// Lends.
pub(in crate::pages) async fn lend(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Lend>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    let named = form
        .pair
        .parse::<Tag>()
        .ok()
        .zip(form.license.parse::<LicenseId>().ok());
    let Some((pair, license)) = named else {
        return visit.no(&Problem::not_found());
    };
    let plays = match form.plays.trim() {
        "" => None,
        some => match some.parse::<u32>() {
            Ok(plays) => Some(plays),
            // More plays than there are, or none: the card says how many there are.
            Err(_) => Some(0),
        },
    };
    let want = LoanWant::Lend {
        license,
        plays,
        period: None,
    };
    with(&visit, pair, want, !form.letter.is_empty(), "lent").await
}

#[derive(Deserialize)]
pub(in crate::pages) struct Back {
    token: String,
    #[serde(default)]
    pair: String,
    loan: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    letter: String,
}

/// Has a loan back.
pub(in crate::pages) async fn back(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Back>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    let named = form.pair.parse::<Tag>().ok().zip(form.loan.parse::<LicenseId>().ok());
    let Some((pair, loan)) = named else {
        return visit.no(&Problem::not_found());
    };
    let want = LoanWant::Back { loan: Some(loan) };
    with(&visit, pair, want, !form.letter.is_empty(), "back").await
}

async fn with(visit: &Visit, pair: Tag, want: LoanWant, by_letter: bool, done: &str) -> Response {
    let wallet = visit.wallet();
    if by_letter {
        return match wallet.begin_loan(pair, want).await {
            Ok(letter) => {
                let stage = letter.stage.name();
                let name = wallet.keep_letter(letter, PAIRING.to_owned());
                visit.go(&format!("/letters/{stage}/{name}"))
            }
            Err(no) => answer(visit, None, Some(said(visit.words, &no))).await,
        };
    }
    match wallet.loan(pair, want, None).await {
        Ok(Loaned { title, .. }) => {
            let mates = wallet.mates().await;
            let player = mates.into_iter().find(|mate| mate.pair == pair).map(|mate| mate.name);
            visit.go(&format!(
                "/players?done={done}&title={}&player={}",
                coded(&title),
                coded(&player.unwrap_or_default())
            ))
        }
        Err(no) => answer(visit, None, Some(said(visit.words, &no))).await,
    }
}

/// As it stands in an address.
fn coded(text: &str) -> String {
    let mut coded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            coded.push(char::from(byte));
        } else {
            coded.push_str(&format!("%{byte:02X}"));
        }
    }
    coded
}

/// A player asks for the wallet that lent it something, to give it back.
pub(in crate::pages) async fn give_back(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Back>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    let Ok(loan) = form.loan.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().call_for(loan).await {
        Ok(()) => visit.go("/players?done=called"),
        Err(no) => answer(&visit, None, Some(said(visit.words, &no))).await,
    }
}

/// Gives up what a player had that is gone.
pub(in crate::pages) async fn give_up(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Back>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    let Ok(loan) = form.loan.parse::<LicenseId>() else {
        return visit.no(&Problem::not_found());
    };
    match visit.wallet().give_up_loan(loan, form.pin.trim()).await {
        Ok(()) => visit.go("/players?done=given-up"),
        Err(no) => {
            let told = match &no {
                GiveUpRefusal::Pin(no) => pin_said(visit.words, no),
                other => why(visit.words, other.code(), &other.to_string()),
            };
            answer(&visit, None, Some(told)).await
        }
    }
}
