//! `buy`: finds an offer, shows what the card found in it, pays with the holder's PIN.

use anyhow::Result;
use serde_json::json;

use crate::{
    cli::Buy,
    hand::{Hand, encoded, minor, money, told},
    market::Market,
    place::Place,
    say::{Say, read_pin},
};

/// Buys one license.
pub async fn run(place: &Place, say: Say, args: &Buy) -> Result<()> {
    let hand = Hand::of(place).await?;
    let (seller, number, sheet) = Market::of(place)?.find(&args.what).await?;
    let shown = hand
        .post(
            "/v1/quote",
            &json!({ "seller": seller.to_string(), "sheet": encoded(&sheet) }),
        )
        .await?;
    let (title, price) = (shown["title"].as_str().unwrap_or_default(), money(&shown["price"])?);
    say.note(format!(
        "\"{title}\" (offer {number}) from {}: {price}",
        shown["seller"].as_str().unwrap_or_default()
    ));
    let pin = read_pin(args.pin_stdin, &format!("PIN to pay {price}"))?;
    let outcome = hand
        .post("/v1/pay", &json!({ "quote": shown["quote"], "pin": pin }))
        .await?;
    hand.farewell().await;
    let line = told(&outcome)?;
    let purse = hand.purse().await?;
    let document = json!({
        "outcome": outcome["outcome"], "deal": outcome["deal"], "license": outcome["license"], "receipt": outcome["receipt"],
        "why": outcome["why"], "title": title, "offer": number, "paid": minor(&shown["price"]), "purse": purse.minor(),
    });
    say.answer(
        format!("{line} \"{title}\" for {price}; {purse} left to spend.\nPlay it: keyfare play \"{title}\""),
        &document,
    );
    Ok(())
}
