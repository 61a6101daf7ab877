//! Pairing, on both sides: a page of the card's own, for it takes a PIN.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use courier::{Letter, Stage};
use face::{CardPage, Said, Words};
use serde::Deserialize;
use units::Hash;

use super::{
    super::{
        problem::Problem,
        text::plain,
        view::drawn_as,
        visit::{Shared, Visit, visit},
    },
    act::said,
    answer,
};
use crate::{Wallet, engine::Reply, hand::PAIRING};

#[derive(Template)]
#[template(path = "loans-pair.html")]
struct PairView<'a> {
    card: &'a CardPage,
    base: &'a str,
    token: &'a str,
    name: &'a str,
    title: Said,
    what: Said,
    /// What this wallet calls itself there; nothing on the player.
    my_name: Option<String>,
    error: Option<Said>,
}

/// Wallets that wait for the player's owner: which, and what they are called here.
pub(super) fn waiting(wallet: &Wallet, w: Words) -> Vec<(String, String)> {
    let unknown = || w.loan_pair_unknown().plain();
    let all = wallet
        .pairings()
        .into_iter()
        .filter(|(_, letter, _)| letter.stage == Stage::Paired);
    all.map(|(name, _, from)| (name.to_string(), from.and_then(|r| r.name).unwrap_or_else(unknown)))
        .collect()
}

/// Draws it: for a wallet about a player, or for a player about a wallet.
pub(super) fn draw(
    card: &CardPage,
    (base, token): (&str, &str),
    name: &str,
    other: &str,
    my_name: Option<String>,
    error: Option<Said>,
) -> Result<String, askama::Error> {
    let w = card.words;
    PairView {
        card,
        base,
        token,
        name,
        title: w.loan_pair_title(plain(other, 60)),
        what: match my_name {
            Some(_) => w.loan_pair_wallet(),
            None => w.loan_pair_player(plain(other, 60)),
        },
        my_name,
        error,
    }
    .render()
}

async fn page(visit: &Visit, name: &str, found: &(Letter, Option<Reply>), error: Option<Said>) -> Response {
    let w = visit.words;
    let (other, my_name) = match found.0.stage {
        Stage::Pair => {
            let told = visit.wallet().name_on_sheet(&found.0.body).await;
            (
                told.unwrap_or_else(|| w.loan_player().plain()),
                Some(visit.wallet().device_name()),
            )
        }
        _ => {
            let told = found.1.as_ref().and_then(|from| from.name.clone());
            (told.unwrap_or_else(|| w.wallet().plain()), None)
        }
    };
    let status = match error {
        Some(_) => axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        None => axum::http::StatusCode::OK,
    };
    let card = visit.card().await;
    drawn_as(
        status,
        draw(&card, (visit.base(), visit.token()), name, &other, my_name, error),
    )
}

/// Asks the owner.
pub(in crate::pages) async fn show(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let visit = visit!(&desk, &key, None, &headers, format!("/players/pair/{name}"));
    let found = name.parse::<Hash>().ok().and_then(|name| visit.wallet().pairing(name));
    match found {
        Some(found) => page(&visit, &name, &found, None).await,
        None => visit.no(&Problem::not_found()),
    }
}

#[derive(Deserialize)]
pub(in crate::pages) struct Agree {
    token: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    yes: String,
}

/// The owner has answered.
pub(in crate::pages) async fn agree(
    State(desk): Shared,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Agree>,
) -> Response {
    let visit = visit!(
        &desk,
        &key,
        Some(&form.token),
        &headers,
        format!("/players/pair/{name}")
    );
    let wallet = visit.wallet();
    let known = name.parse::<Hash>().ok();
    let Some((hash, found)) = known.and_then(|hash| Some((hash, wallet.pairing(hash)?))) else {
        return visit.no(&Problem::not_found());
    };
    if form.yes == "0" {
        wallet.decline_pairing(hash);
        return visit.go("/players");
    }
    let (letter, pin) = (&found.0, form.pin.trim());
    let agreed = match letter.stage {
        Stage::Pair => match wallet.pair_player(&letter.body, form.name.trim(), pin).await {
            Ok((_, answer)) => {
                wallet.decline_pairing(hash);
                let name = wallet.keep_letter(answer, PAIRING.to_owned());
                Ok(format!("/letters/paired/{name}"))
            }
            Err(no) => Err(no),
        },
        _ => wallet
            .pair_wallet(&letter.body, pin)
            .await
            .map(|_| "/players?done=agreed".to_owned()),
    };
    match agreed {
        Ok(to) => visit.go(&to),
        Err(no) => page(&visit, &name, &found, Some(said(visit.words, &no))).await,
    }
}

#[derive(Deserialize)]
pub(in crate::pages) struct Near {
    token: String,
    words: String,
    name: String,
    #[serde(default)]
    pin: String,
}

/// Takes on a player of this network.
pub(in crate::pages) async fn near(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Near>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    let wallet = visit.wallet();
    let paired = async {
        let to = wallet.player_near(&form.words).await?;
        wallet.pair_over(&to, form.name.trim(), form.pin.trim()).await
    };
    match paired.await {
        Ok(_) => visit.go("/players?done=paired"),
        Err(no) => answer(&visit, None, Some(said(visit.words, &no))).await,
    }
}

/// A player shows its half of a pair, as a code and a file.
pub(in crate::pages) async fn show_own(
    State(desk): Shared,
    Path(key): Path<String>,
    headers: HeaderMap,
    Form(form): Form<super::super::visit::Token>,
) -> Response {
    let visit = visit!(&desk, &key, Some(&form.token), &headers, "/players");
    match visit.wallet().pairing_sheet().await {
        Ok(letter) => {
            let name = visit.wallet().keep_letter(letter, PAIRING.to_owned());
            visit.go(&format!("/letters/pair/{name}"))
        }
        Err(no) => answer(&visit, None, Some(said(visit.words, &no))).await,
    }
}
