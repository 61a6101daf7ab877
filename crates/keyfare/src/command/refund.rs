//! `refund`: hands a license back by its publisher's rule; the money comes back to the card.

use anyhow::Result;
use serde_json::json;

use crate::{
    cli::Refund,
    hand::{Hand, minor, told},
    place::Place,
    say::{Say, read_pin},
};

/// Hands one license back.
pub async fn run(place: &Place, say: Say, args: &Refund) -> Result<()> {
    let hand = Hand::of(place).await?;
    let license = hand.license(&args.what).await?;
    let shown = hand.post("/v1/quote/refund", &json!({ "license": license })).await?;
    let back = shown["credit"].as_str().unwrap_or("nothing");
    say.note(format!(
        "\"{}\" goes back; {back} comes back",
        shown["title"].as_str().unwrap_or_default()
    ));
    let pin = read_pin(args.pin_stdin, "PIN to hand it back")?;
    let outcome = hand
        .post("/v1/pay", &json!({ "quote": shown["quote"], "pin": pin }))
        .await?;
    let line = told(&outcome)?;
    // The refund came as an order; the issuer makes money of it.
    hand.sync().await?;
    let purse = hand.purse().await?;
    let document = json!({ "outcome": outcome["outcome"], "deal": outcome["deal"], "refund": minor(&shown["credit"]), "purse": purse.minor() });
    say.answer(format!("{line} {purse} to spend."), &document);
    Ok(())
}
