//! `open`: a file from a friend. Says what it is, whatever its name, and does the next thing with it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use courier::{Collecting, Letter, Progress, Stage, code};
use serde_json::{Value, json};

use super::{
    copy::letter_of,
    inspect,
    receive::{Terms, agree},
};
use crate::{
    cli::{Inspect, Open},
    hand::{Hand, encoded, told},
    place::Place,
    say::{Refused, Say},
};

/// Opens what a friend sent.
pub async fn run(place: &Place, say: Say, args: &Open) -> Result<()> {
    let terms = Terms {
        at_most: args.at_most,
        pin_stdin: args.pin_stdin,
        bound: args.bound,
    };
    files(place, say, &args.files, terms).await
}

/// What the files are.
enum Found {
    Letter(Letter),
    Package(PathBuf),
}

/// The letter in these files, or in these pictures of its codes.
pub fn letter_in(files: &[PathBuf]) -> Result<Letter> {
    match look(files)? {
        Found::Letter(letter) => Ok(letter),
        Found::Package(file) => {
            let text = format!("{} is no letter from a card", file.display());
            Err(Refused::new("letter-foreign", text).into())
        }
    }
}

/// Opens these files: one letter or package, or pictures of one letter's codes.
pub async fn files(place: &Place, say: Say, files: &[PathBuf], terms: Terms) -> Result<()> {
    match look(files)? {
        Found::Package(file) => inspect::run(place, say, &Inspect { file }),
        Found::Letter(letter) => {
            let hand = Hand::of(place).await?;
            let beside = files.first().and_then(|f| f.parent()).unwrap_or_else(|| Path::new("."));
            let beside = if beside.as_os_str().is_empty() {
                Path::new(".")
            } else {
                beside
            };
            take(&hand, say, &letter, terms, beside).await
        }
    }
}

fn look(files: &[PathBuf]) -> Result<Found> {
    let mut collecting = Collecting::default();
    let mut missing = (0, 0);
    for file in files {
        let head = head(file)?;
        if Letter::is_one(&head) {
            return Ok(Found::Letter(courier::read(file).map_err(|no| Refused::of(&no))?));
        }
        if head.starts_with(b"\x89PNG") || head.starts_with(&[0xff, 0xd8]) {
            let bytes = std::fs::read(file)?;
            for text in code::look_at_picture(&bytes).map_err(|no| Refused::of(&no))? {
                match collecting.take(&text).map_err(|no| Refused::of(&no))? {
                    Progress::Whole(letter) => return Ok(Found::Letter(letter)),
                    Progress::Part { have, of } => missing = (have, of),
                }
            }
        } else {
            return Ok(Found::Package(file.clone()));
        }
    }
    let text = format!(
        "{} of {} parts are here: open all pictures together",
        missing.0, missing.1
    );
    Err(Refused::new("code-parts-missing", text).into())
}

fn head(file: &Path) -> Result<Vec<u8>> {
    use std::io::Read;
    let unreadable = |no| Refused::new("file-unreadable", format!("cannot open {}: {no}", file.display()));
    let mut head = Vec::new();
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(16).read_to_end(&mut head).map_err(unreadable)?;
    Ok(head)
}

async fn take(hand: &Hand, say: Say, letter: &Letter, terms: Terms, beside: &Path) -> Result<()> {
    if letter.stage == Stage::Wish {
        let text = "your friend wishes a locked copy: `keyfare copy WORK --locked --wish FILE --file DIR` makes one of a work of yours";
        return Err(Refused::new("wish-needs-work", text).into());
    }
    if letter.stage.is_of_a_loan() {
        return super::players::letter(hand, say, letter, beside).await;
    }
    if matches!(letter.stage, Stage::Pair | Stage::Paired) {
        let text = "this pairs two devices: `keyfare players pair --file FILE` on a wallet, `keyfare player agree FILE` on a player";
        return Err(Refused::new("pairing-needs-pin", text).into());
    }
    let came = json!({ "stage": letter.stage.name(), "body": encoded(&letter.body) });
    let taken = hand.post("/v1/letters", &came).await?;
    match letter.stage {
        Stage::Offer | Stage::Locked | Stage::Wish => agree(hand, say, &taken["notice"], terms, Some(beside)).await,
        Stage::Answer => answered(say, &taken, beside),
        Stage::Key => closed(hand, say, &taken, beside).await,
        // The others were opened above.
        _ => {
            say.answer(
                "Your friend's card has everything; your card may forget the hand-over.",
                &taken,
            );
            Ok(())
        }
    }
}

/// The giver's card has decided.
fn answered(say: Say, taken: &Value, beside: &Path) -> Result<()> {
    let title = taken["title"].as_str().unwrap_or_default();
    let path = courier::write(beside, title, &letter_of(&taken["letter"])?).map_err(|no| Refused::of(&no))?;
    let document = json!({ "deal": taken["deal"], "title": title, "void": taken["void"], "key": path });
    let line = match taken["void"]["text"].as_str() {
        None => format!(
            "{} is written: the key of \"{title}\", locked to your friend's card. Bring it back to your friend; it may be shown again and again.",
            path.display()
        ),
        Some(why) => format!(
            "Not given: {why}. {} says so to your friend's card, which puts the fare back into the purse.",
            path.display()
        ),
    };
    say.answer(line, &document);
    Ok(())
}

/// The key has come.
async fn closed(hand: &Hand, say: Say, taken: &Value, beside: &Path) -> Result<()> {
    let title = taken["title"].as_str().unwrap_or_default();
    told(&taken["outcome"])?;
    let done = match taken["letter"].is_null() {
        true => None,
        false => Some(courier::write(beside, title, &letter_of(&taken["letter"])?).map_err(|no| Refused::of(&no))?),
    };
    hand.farewell().await;
    let document = json!({ "outcome": taken["outcome"], "title": title, "done": done });
    say.answer(
        format!("Finished. \"{title}\" is yours.\nPlay it: keyfare play \"{title}\", or keyfare play FILE with any copy of its file."),
        &document,
    );
    Ok(())
}
