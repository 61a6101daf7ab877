//! `buy`: finds an offer, shows what the card found in it, pays with the holder's PIN.

use anyhow::Result;
use serde_json::{Value, json};
use units::Money;

use crate::{
    cli::Buy,
    hand::{Hand, encoded, minor, money, told},
    market::Market,
    place::Place,
    say::{Refused, Say, read_pin},
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
    is_asked_for(args, &shown, price)?;
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

/// Is what the card found in the publisher's signed offer what was asked for? A shop chooses which offer it answers with,
/// and nobody looks at a price that a script pays.
fn is_asked_for(args: &Buy, shown: &Value, price: Money) -> Result<()> {
    let (offer, title) = (
        shown["offer"].as_str().unwrap_or_default(),
        shown["title"].as_str().unwrap_or_default(),
    );
    let by_number = !args.what.is_empty() && args.what.bytes().all(|b| b.is_ascii_digit());
    let same = if by_number {
        offer.parse::<u64>().ok() == args.what.parse().ok()
    } else {
        title.to_lowercase().contains(&args.what.to_lowercase())
    };
    if !same {
        let text = format!(
            "asked for \"{}\", the shop answered with \"{title}\" (offer {offer}); nothing was paid",
            args.what
        );
        return Err(Refused::new("offer-other", text).into());
    }
    match args.at_most {
        Some(most) if price.minor() > most => {
            let text = format!("\"{title}\" costs {price}, more than the {most} you named; nothing was paid");
            Err(Refused::new("price-above", text).into())
        }
        _ => Ok(()),
    }
}
