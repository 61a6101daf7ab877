//! `receive`: a friend's offer, from a file or from the network: its fare is shown, the holder agrees with his PIN, and the
//! answer goes back the way the offer came.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::{copy::letter_of, open};
use crate::{
    cli::Receive,
    hand::{Hand, money, told},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Receives one license.
pub async fn run(place: &Place, say: Say, args: &Receive) -> Result<()> {
    let terms = Terms {
        at_most: args.at_most,
        pin_stdin: args.pin_stdin,
        bound: args.bound,
    };
    if args.wish.is_some() || args.wish_qr {
        return super::locked::wished(place, say, args).await;
    }
    if let Some(file) = &args.file {
        return open::files(place, say, std::slice::from_ref(file), terms).await;
    }
    let hand = Hand::of(place).await?;
    if args.nearby {
        let here = hand.post("/v1/near", &json!({ "on": true })).await?;
        let name = here["found_as"].as_str().unwrap_or_default();
        say.note(format!(
            "For ten minutes you are called \"{name}\". Waiting for a friend's offer."
        ));
    }
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(args.wait);
    let notice = loop {
        let arrived = hand.get("/v1/receive?wait=10").await?;
        if let Some(notice) = arrived["offers"].as_array().and_then(|all| all.first()) {
            break notice.clone();
        }
        if tokio::time::Instant::now() >= until {
            let text = "no offer has come; ask your friend to hand it on to this wallet, or take it as a file";
            return Err(Refused::new("no-offer", text).into());
        }
    };
    agree(&hand, say, &notice, terms, None).await
}

/// How the holder agrees.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Pay nothing if it is more.
    pub at_most: Option<i64>,
    /// From where the PIN comes.
    pub pin_stdin: bool,
    /// Bound to the player and drive that are attached.
    pub bound: bool,
}

/// The notice as lines: the exact fare first.
fn told_of(notice: &Value) -> String {
    let text = |name: &str| notice[name].as_str().unwrap_or_default();
    let moves = text("kind") == "move";
    let what = if moves { "taking this over" } else { "copying this" };
    if text("kind") == "locked" {
        return told_of_locked(notice);
    }
    let mut lines = format!("There is a fee for {what}: {}\n\n", text("fare"));
    let mut line = |name: &str, value: String| lines.push_str(&format!("  {name:<12} {value}\n"));
    line("work", format!("\"{}\"", text("title")));
    line("fare for", text("publisher").to_owned());
    line(
        "your purse",
        format!(
            "{}, afterwards {}",
            text("purse"),
            notice["after"].as_str().unwrap_or("too little")
        ),
    );
    line(
        "escrow",
        format!("{}, afterwards {}", text("escrow"), text("escrow_after")),
    );
    line("generation", notice["generation"].to_string());
    if let (Some(at), Some(price)) = (notice["bought"].as_str(), notice["bought_for"].as_str()) {
        line("friend", format!("bought it at {at} for {price}"));
    }
    line("good until", text("until").to_owned());
    lines
}

/// A locked copy as lines: free now, what opens, and what the rest costs where.
fn told_of_locked(notice: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let unlock = &notice["unlock"];
    let mut lines = String::from("This copy is free and arrives locked.");
    match unlock["arrives"].as_u64() {
        None | Some(0) => {}
        Some(percent) => lines.push_str(&format!(" It plays the first {percent}%.")),
    }
    lines.push_str(&format!(" Unlocking costs {}\n\n", text(&unlock["fee"])));
    let mut line = |name: &str, value: String| lines.push_str(&format!("  {name:<12} {value}\n"));
    line("work", format!("\"{}\"", text(&notice["title"])));
    line("fee for", text(&notice["publisher"]));
    for centre in unlock["centres"].as_array().into_iter().flatten() {
        let name = centre["name"].as_str().or(centre["id"].as_str()).unwrap_or_default();
        line("unlocked by", name.to_owned());
    }
    line("generation", notice["generation"].to_string());
    line("good until", text(&notice["until"]));
    lines
}

/// Shows the fare, asks for the PIN, agrees. `beside`: where the answer is written if it does not pass by itself.
pub async fn agree(hand: &Hand, say: Say, notice: &Value, terms: Terms, beside: Option<&Path>) -> Result<()> {
    say.note(told_of(notice));
    let fare = money(&notice["fare"])?;
    if let Some(refused) = notice["refused"]["text"].as_str() {
        let code = notice["refused"]["code"].as_str().unwrap_or("refused");
        return Err(Refused::new(code, refused).into());
    }
    if terms.at_most.is_some_and(|most| fare.minor() > most) {
        let text = format!("the fare is {fare}, more than you named; nothing has started");
        return Err(Refused::new("fare-above", text).into());
    }
    let locked = notice["kind"] == "locked";
    let asks = match locked {
        true => "PIN to take it, free".to_owned(),
        false => format!("PIN to agree to {fare}"),
    };
    let pin = read_pin(terms.pin_stdin, &asks)?;
    let answer = json!({ "quote": notice["quote"], "pin": pin, "bound": terms.bound });
    let agreed = hand.post("/v1/receive/agree", &answer).await?;
    hand.farewell().await;
    let title = agreed["title"].as_str().unwrap_or_default().to_owned();
    let mut document = json!({ "outcome": agreed["outcome"], "title": title, "fare": notice["fare"], "answer": null });
    if agreed["letter"].is_null() {
        told(&agreed["outcome"])?;
        let purse = hand.purse().await?;
        document["purse"] = json!(purse.minor());
        let line = match locked {
            true => format!(
                "Finished. \"{title}\" is on your card, locked.\nUnlock it for {}: keyfare unlock \"{title}\"",
                notice["unlock"]["fee"].as_str().unwrap_or_default()
            ),
            false => {
                format!("Finished. \"{title}\" is yours; {purse} left to spend.\nPlay it: keyfare play \"{title}\"")
            }
        };
        document["kind"] = notice["kind"].clone();
        say.answer(line, &document);
        return Ok(());
    }
    let letter = letter_of(&agreed["letter"])?;
    let dir = beside.unwrap_or_else(|| Path::new("."));
    let path = courier::write(dir, &title, &letter).map_err(|no| Refused::of(&no))?;
    document["answer"] = json!(path);
    let key = dir.join(courier::file_name(&title, courier::Stage::Key));
    let lines = format!(
        "The fare is set aside on your card, and {} is written.\nBring it to your friend, and when the key is back: keyfare open \"{}\"\nDon't pay again: the same letters finish it, however often.",
        path.display(),
        key.display()
    );
    say.answer(lines, &document);
    Ok(())
}
