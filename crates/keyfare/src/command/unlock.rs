//! `unlock`: a locked copy is unlocked by its publisher's support centre, for its fee.

use anyhow::Result;
use serde_json::json;

use crate::{
    cli::Unlock,
    hand::{Hand, minor, told},
    place::Place,
    say::{Say, read_pin},
};

/// Unlocks one copy. The same command again finishes what a cut left open.
pub async fn run(place: &Place, say: Say, args: &Unlock) -> Result<()> {
    let hand = Hand::of(place).await?;
    let license = hand.license(&args.what).await?;
    let wanted = json!({ "license": license, "ahead": args.unlock_first });
    let shown = hand.post("/v1/quote/unlock", &wanted).await?;
    let price = shown["price"].as_str().unwrap_or("nothing");
    say.note(format!(
        "{} unlocks \"{}\" for {price}",
        shown["seller"].as_str().unwrap_or_default(),
        shown["title"].as_str().unwrap_or_default()
    ));
    let pin = read_pin(args.pin_stdin, "PIN to pay it")?;
    let pay = json!({ "quote": shown["quote"], "pin": pin });
    if args.cash {
        let answer = hand.post("/v1/pay/cash", &pay).await?;
        let order = answer["order"].as_str().unwrap_or_default();
        let lines = format!(
            "Pay {price} at the counter of {} and name order {order}.\nThe wallet asks again by itself; `keyfare card sync` does so now.",
            shown["seller"].as_str().unwrap_or_default()
        );
        say.answer(lines, &answer);
        return Ok(());
    }
    let outcome = hand.post("/v1/pay", &pay).await?;
    let line = told(&outcome)?;
    hand.farewell().await;
    let purse = hand.purse().await?;
    let document = json!({
        "outcome": outcome["outcome"], "deal": outcome["deal"], "license": outcome["license"],
        "receipt": outcome["receipt"], "fee": minor(&shown["price"]), "purse": purse.minor(),
    });
    say.answer(format!("{line} {purse} to spend."), &document);
    Ok(())
}
