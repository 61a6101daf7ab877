//! `console`: the publishers' console of the shop on this machine: the first invitation, which only its operator can make.

use anyhow::{Context, Result};
use seal::role;
use serde_json::{Value, json};

use crate::{
    cli::{ConsoleCommand, StaffArg},
    market::{Market, answer, publisher_of},
    place::Place,
    say::Say,
};

/// Does what was asked.
pub async fn run(place: &Place, say: Say, command: &ConsoleCommand) -> Result<()> {
    let ConsoleCommand::Invite { role, publisher } = command;
    let market = Market::of(place)?;
    let over = match (role, publisher) {
        (StaffArg::Operator, _) => None,
        (_, Some(publisher)) => Some(publisher.clone()),
        (_, None) => Some(publisher_of(place, &market.realm)?.to_string()),
    };
    let made = ask(place, &market, over.as_deref(), role.word(), false).await?;
    let link = made["link"].as_str().context("the shop answered without a link")?;
    say.answer(
        format!("Give this link to one person. It works once, for seven days:\n\n  {link}"),
        &made,
    );
    Ok(())
}

/// The first invitation of a console that has no account yet; nothing afterwards. Made at every start until it was taken.
pub async fn first(place: &Place, market: &Market) -> Result<Value> {
    let publisher = publisher_of(place, &market.realm)?.to_string();
    ask(place, market, Some(&publisher), StaffArg::Owner.word(), true).await
}

async fn ask(place: &Place, market: &Market, publisher: Option<&str>, role: &str, first: bool) -> Result<Value> {
    let shop = market.one::<role::Seller>().await?;
    let token = std::fs::read_to_string(place.root().join("operator-token")).context("no operator's token here")?;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let request = client
        .post(format!("{}/v1/console/invitations", shop.address.trim_end_matches('/')))
        .bearer_auth(token.trim())
        .json(&json!({ "publisher": publisher, "role": role, "first": first }));
    Ok(serde_json::from_slice(&answer(request.send().await?).await?)?)
}
