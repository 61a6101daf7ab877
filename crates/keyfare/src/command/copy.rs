//! `copy` and `move`: a license is offered to a friend's card, by file, by code, in another window or nearby.

use std::path::Path;

use anyhow::{Context, Result};
use courier::{Letter, Stage, code};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{
    cli::{CopyOn, HandOn},
    hand::Hand,
    place::Place,
    say::{Refused, Say, read_pin},
};

/// A copy, or a locked one.
pub async fn copy(place: &Place, say: Say, args: &CopyOn) -> Result<()> {
    match args.locked {
        true => super::locked::run(place, say, args).await,
        false => run(place, say, &args.hand_on, "copy").await,
    }
}

/// Makes the offer and brings it on its way.
pub async fn run(place: &Place, say: Say, args: &HandOn, kind: &str) -> Result<()> {
    let hand = Hand::of(place).await?;
    let license = hand.license(&args.what).await?;
    let pin = match kind {
        "move" => Some(read_pin(
            args.pin_stdin,
            &format!(
                "After this you can't play \"{}\" any more. PIN to give it away",
                args.what
            ),
        )?),
        _ => None,
    };
    if let Some(name) = &args.nearby {
        look_for(&hand, say, name, args.wait).await?;
    }
    let wanted = json!({ "license": license, "kind": kind, "pin": pin, "hours": args.hours });
    let offered = hand.post("/v1/hand-on/offer", &wanted).await?;
    let title = offered["title"].as_str().unwrap_or_default().to_owned();
    say.note(format!("\"{title}\": your friend pays {}.", text(&offered["fare"])));
    if let Some(dir) = &args.file {
        return by_file(place, say, args, dir, &title, &offered);
    }
    if args.qr {
        return by_code(say, &title, &offered);
    }
    let to = json!({ "offer": offered["offer"], "near": args.nearby, "wallet": args.wallet });
    hand.post("/v1/hand-on/send", &to).await?;
    say.note(
        "Your friend's wallet has the offer. Waiting for the answer; Ctrl-C takes nothing back and loses nothing.",
    );
    let document = waited(&hand, args.wait).await?;
    let line = format!("Done. \"{title}\" has been handed on.");
    say.answer(
        line,
        &json!({ "handed_on": title, "kind": kind, "fare": offered["fare"], "deal": document["deal"] }),
    );
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The letter in an answer of the wallet.
pub fn letter_of(value: &Value) -> Result<Letter> {
    let stage = value["stage"]
        .as_str()
        .and_then(Stage::named)
        .context("the wallet named no letter")?;
    let body = BASE64URL_NOPAD.decode(text(&value["body"]).as_bytes());
    let body = body.map_err(|no| anyhow::anyhow!("the wallet's letter cannot be read: {no}"))?;
    Ok(Letter::new(stage, body))
}

fn by_file(place: &Place, say: Say, args: &HandOn, dir: &Path, title: &str, offered: &Value) -> Result<()> {
    let letter = letter_of(&offered["letter"])?;
    let path = courier::write(dir, title, &letter).map_err(|no| Refused::of(&no))?;
    let package = args
        .with_package
        .then(|| with_package(place, dir, title, offered))
        .transpose()?;
    let answer = dir.join(courier::file_name(title, Stage::Answer));
    let lines = format!(
        "{} is written. It opens nothing, so anybody may see it.\nBring it to your friend, and when the answer is back: keyfare open \"{}\"",
        path.display(),
        answer.display()
    );
    say.answer(
        lines,
        &json!({ "offer": path, "answer": answer, "package": package, "fare": offered["fare"], "until": offered["until"], "title": title }),
    );
    Ok(())
}

/// The sealed file of the work, beside the letter.
pub fn with_package(place: &Place, dir: &Path, title: &str, offered: &Value) -> Result<std::path::PathBuf> {
    let header = text(&offered["header"]);
    let from = wallet::Home::at(place.wallet())
        .packages()
        .join(format!("{header}.keyfare"));
    let to = dir.join(courier::file_name(title, Stage::Offer).replace(".offer", ".keyfare"));
    std::fs::copy(&from, &to).map_err(|no| {
        let text = format!(
            "the file of \"{title}\" could not be copied ({no}); the offer is there, and any copy of the file will do"
        );
        Refused::new("package-not-copied", text)
    })?;
    Ok(to)
}

fn by_code(say: Say, title: &str, offered: &Value) -> Result<()> {
    let (codes, mut lines) = drawn(&offered["letter"])?;
    lines.push_str("Let your friend scan this. Take a picture of the answer, and: keyfare open PICTURE");
    say.answer(
        lines,
        &json!({ "title": title, "offer": offered["offer"], "codes": codes, "fare": offered["fare"], "until": offered["until"] }),
    );
    Ok(())
}

/// The texts of a letter's codes, and the codes as lines of a terminal.
pub fn drawn(letter: &Value) -> Result<(Vec<String>, String)> {
    let codes: Vec<String> = letter["codes"].as_array().into_iter().flatten().map(text).collect();
    let mut lines = String::new();
    for (n, one) in codes.iter().enumerate() {
        let picture = code::draw_text(one).map_err(|no| Refused::of(&no))?;
        lines.push_str(&format!(
            "{picture}\nPart {} of {}\n\n",
            n.saturating_add(1),
            codes.len()
        ));
    }
    Ok((codes, lines))
}

/// Waits until the neighbour with these words is found.
pub async fn look_for(hand: &Hand, say: Say, name: &str, seconds: u64) -> Result<()> {
    let here = hand.post("/v1/near", &json!({ "on": true })).await?;
    say.note(format!(
        "Looking for \"{name}\". You are called \"{}\".",
        text(&here["found_as"])
    ));
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(seconds);
    while tokio::time::Instant::now() < until {
        let found = hand.get("/v1/near?wait=10").await?;
        let listed = |word: &str| found[word].as_array().cloned().unwrap_or_default();
        if listed("others")
            .into_iter()
            .chain(listed("players"))
            .any(|one| one == name)
        {
            return Ok(());
        }
    }
    let text = format!("nobody called \"{name}\" is near: both wallets must be open to be found, on the same network");
    Err(Refused::new("nobody-near", text).into())
}

/// Waits for the friend's answer, which the wallet takes by itself.
async fn waited(hand: &Hand, seconds: u64) -> Result<Value> {
    let until = tokio::time::Instant::now() + std::time::Duration::from_secs(seconds);
    loop {
        let answered = hand.get("/v1/hand-on/answers").await?;
        if let Some(last) = answered["answers"].as_array().and_then(|all| all.last()) {
            return match last["void"]["text"].as_str() {
                None => Ok(last.clone()),
                Some(why) => Err(Refused::new(last["void"]["code"].as_str().unwrap_or("void"), why.to_owned()).into()),
            };
        }
        if tokio::time::Instant::now() >= until {
            let text =
                "your friend has not answered; the offer stays good, and a wallet that runs takes the answer later";
            return Err(Refused::new("not-answered", text).into());
        }
        hand.get("/v1/hand-on/answers?wait=10").await?;
    }
}
