//! `copy --locked` and `receive --wish`: a locked copy is made for the card that wished it. Free, and written down by nobody.

use std::path::Path;

use anyhow::Result;
use courier::{Letter, Stage};
use serde_json::{Value, json};
use wallet::hand::WISH;

use super::{
    copy::{drawn, letter_of, look_for, with_package},
    open::letter_in,
};
use crate::{
    cli::{CopyOn, Receive},
    hand::{Hand, encoded},
    place::Place,
    say::{Refused, Say},
};

/// Makes the locked copy and brings it on its way.
pub async fn run(place: &Place, say: Say, args: &CopyOn) -> Result<()> {
    let on = &args.hand_on;
    let hand = Hand::of(place).await?;
    let license = hand.license(&on.what).await?;
    let mut wanted = json!({ "license": license, "hours": on.hours });
    if on.nearby.is_some() || on.wallet.is_some() {
        if let Some(name) = &on.nearby {
            look_for(&hand, say, name, on.wait).await?;
        }
        wanted["near"] = json!(on.nearby);
        wanted["wallet"] = json!(on.wallet);
    } else {
        let wish = wish(args)?;
        wanted["stage"] = json!(wish.stage.name());
        wanted["body"] = json!(encoded(&wish.body));
    }
    let made = hand.post("/v1/hand-on/locked", &wanted).await?;
    let title = made["title"].as_str().unwrap_or_default();
    let mut document =
        json!({ "handed_on": title, "kind": "locked", "until": made["until"], "copy": null, "codes": null });
    let line = if let Some(dir) = &on.file {
        let path = courier::write(dir, title, &letter_of(&made["letter"])?).map_err(|no| Refused::of(&no))?;
        if on.with_package {
            document["package"] = json!(with_package(place, dir, title, &made)?);
        }
        document["copy"] = json!(path);
        format!(
            "{} is written: a locked copy of \"{title}\", free, for your friend's card alone. There it is taken with: keyfare open FILE",
            path.display()
        )
    } else if on.qr {
        let (codes, lines) = drawn(&made["letter"])?;
        document["codes"] = json!(codes);
        format!("{lines}Let your friend scan this: a locked copy of \"{title}\", free, for that card alone.")
    } else {
        format!("Your friend's wallet has a locked copy of \"{title}\"; its holder decides whether to take it.")
    };
    say.answer(line, &document);
    Ok(())
}

/// The friend's wish: named, or where the copy goes.
fn wish(args: &CopyOn) -> Result<Letter> {
    if !args.wish.is_empty() {
        return letter_in(&args.wish);
    }
    let found = match &args.hand_on.file {
        Some(dir) => courier::read_at(dir, WISH, Stage::Wish).map_err(|no| Refused::of(&no))?,
        None => None,
    };
    let text = "a locked copy is made for one card: your friend makes a wish with `keyfare receive --wish DIR`, and you name it with --wish FILE";
    Ok(found.ok_or_else(|| Refused::new("wish-missing", text))?)
}

/// Writes or prints this card's wish.
pub async fn wished(place: &Place, say: Say, args: &Receive) -> Result<()> {
    let hand = Hand::of(place).await?;
    let shown = hand.post("/v1/receive/wish", &json!({})).await?;
    match &args.wish {
        Some(dir) => written(say, dir, &shown),
        None => {
            let (codes, lines) = drawn(&shown)?;
            let line = format!(
                "{lines}Let your friend scan this. Take a picture of the locked copy, and: keyfare open PICTURE"
            );
            say.answer(line, &json!({ "wish": null, "codes": codes }));
            Ok(())
        }
    }
}

fn written(say: Say, dir: &Path, shown: &Value) -> Result<()> {
    let path = courier::write(dir, WISH, &letter_of(shown)?).map_err(|no| Refused::of(&no))?;
    let line = format!(
        "{} is written. It names a passing number of your card, and no name. Bring it to your friend: keyfare copy WORK --locked --file {}",
        path.display(),
        dir.display()
    );
    say.answer(line, &json!({ "wish": path, "codes": null }));
    Ok(())
}
