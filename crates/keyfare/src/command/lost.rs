//! `card recover`, `card lost`, `card keep`: a card that is gone, and what was left against that day.

use std::path::Path;

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use wallet::{Home, Wallet, engine::BirthPlan};

use crate::{
    hand::{Hand, encoded},
    market::realm_of,
    place::Place,
    say::{Made, Refused, Say, read_pin},
};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Takes the place of a lost card. Where there is no card yet, one is made first.
pub async fn recover(place: &Place, say: Say, code: &str, copy: Option<&Path>, pin_stdin: bool) -> Result<()> {
    let home = Home::at(place.wallet());
    let mut own_code = None;
    if !home.has_card() {
        let pin = read_pin(pin_stdin, "Choose a PIN for the new card (4 to 12 digits)")?;
        let plan = BirthPlan::new(realm_of(place)?);
        let (wallet, made) = Wallet::birth(home, plan, &pin).await.map_err(|no| Refused::of(&no))?;
        // Told before anything can be refused: it is shown only now.
        say.note(format!(
            "a new card: write this down, it is shown only now: recovery code {made}"
        ));
        own_code = Some(made.to_string());
        wallet
            .enrol()
            .await
            .map_err(|no| kept(Refused::of(&no).into(), own_code.as_deref(), say))?;
    }
    let taken = take_place(place, code, copy).await;
    let mut document = taken.map_err(|no| kept(no, own_code.as_deref(), say))?;
    let mut lines = String::new();
    lines.push_str(&told(&document["losses"]));
    lines.push_str(&format!("Licenses that play: {}. ", document["licenses"]));
    lines.push_str(&format!(
        "Licenses that wait for their sellers: {}.\n",
        document["waiting"]
    ));
    document["recovery_code"] = json!(own_code);
    say.answer(lines, &document);
    Ok(())
}

/// A refusal, with the code of the card that was made before it. People have read it already.
fn kept(no: anyhow::Error, own_code: Option<&str>, say: Say) -> anyhow::Error {
    match own_code.filter(|_| say.json) {
        Some(code) => no.context(Made {
            recovery_code: code.to_owned(),
        }),
        None => no,
    }
}

/// States the loss, and answers what came back.
async fn take_place(place: &Place, code: &str, copy: Option<&Path>) -> Result<Value> {
    let copy = match copy {
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("the copy {} cannot be read", path.display()))?;
            Some(encoded(&bytes))
        }
        None => None,
    };
    let hand = Hand::of(place).await?;
    let answer = hand.post("/v1/losses", &json!({ "code": code, "copy": copy })).await?;
    hand.farewell().await;
    Ok(answer)
}

/// How the losses stand whose cards this one has taken the place of.
pub async fn lost(place: &Place, say: Say) -> Result<()> {
    let answer = Hand::of(place).await?.get("/v1/losses").await?;
    let lines = match (answer["stopped"].as_str(), answer["losses"].as_array()) {
        (Some(at), _) => format!("This card was stopped on {at}. It opens nothing and pays nothing."),
        (None, Some(losses)) if !losses.is_empty() => told(&answer["losses"]),
        _ => "This card has taken no lost card's place.\nIf another card of yours is gone: keyfare card recover CODE"
            .to_owned(),
    };
    say.answer(lines, &answer);
    Ok(())
}

fn told(losses: &Value) -> String {
    let one = |loss: &Value| {
        format!(
            "Card {} was stopped on {}.\n  {} follow after {}, less what it paid before; {} are here.\n",
            text(&loss["card"]).chars().take(8).collect::<String>(),
            text(&loss["stopped"]),
            text(&loss["to_come"]),
            text(&loss["from"]),
            text(&loss["back"]),
        )
    };
    losses.as_array().into_iter().flatten().map(one).collect()
}

/// Leaves the recovery copy with the issuer, or writes it to a file.
pub async fn keep(place: &Place, say: Say, file: Option<&Path>) -> Result<()> {
    let hand = Hand::of(place).await?;
    let Some(path) = file else {
        let kept = hand.post("/v1/recovery", &json!({})).await?;
        say.answer(
            "The recovery copy is with your card's issuer, who cannot read it. Your recovery code opens it.",
            &kept,
        );
        return Ok(());
    };
    let answer = hand.get("/v1/recovery").await?;
    let copy = BASE64URL_NOPAD
        .decode(text(&answer["copy"]).as_bytes())
        .ok()
        .context("the wallet sent no copy")?;
    std::fs::write(path, &copy).with_context(|| format!("{} cannot be written", path.display()))?;
    say.answer(
        format!("Written to {}. Only your recovery code opens it.", path.display()),
        &json!({ "file": path.display().to_string(), "bytes": copy.len() }),
    );
    Ok(())
}

/// What the issuer stores about this card; or has it forget what is not in its books.
pub async fn data(place: &Place, say: Say, forget: bool) -> Result<()> {
    let hand = Hand::of(place).await?;
    if forget {
        let done = hand.post("/v1/data", &json!({})).await?;
        say.answer(
            "The issuer keeps nothing for this card now beside its books. Without a recovery copy elsewhere, a loss brings back money and what sellers have on record by number, no more.",
            &done,
        );
        return Ok(());
    }
    let about = hand.get("/v1/data").await?;
    let payments = about["payments"].as_array().map_or(0, Vec::len);
    let copy = about["copy"]["at"].as_str().map_or("none".to_owned(), |at| {
        format!(
            "left on {at}, {} bytes that only your recovery code opens",
            about["copy"]["bytes"]
        )
    });
    let lines = format!(
        "Your card's issuer stores about card {}:\n  known since     {}\n  held for it     {}\n  to be paid out  {}\n  bank            {}\n  tags certified  {}\n  payments        {payments} (all of them with --json)\n  recovery copy   {copy}\nNo name, no address: the card's number is all it knows you by.",
        text(&about["card"]),
        text(&about["since"]),
        text(&about["held"]),
        text(&about["waits"]),
        about["account"].as_str().unwrap_or("none"),
        about["tags"],
    );
    say.answer(lines, &about);
    Ok(())
}
