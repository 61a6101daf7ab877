//! `play`: opens a license for a browser or media player, or behind a pipe.

use std::{io::Write, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{
    cli::Play,
    hand::Hand,
    market::answer_stream,
    place::Place,
    say::{Refused, Say},
};

/// Plays one work.
pub async fn run(place: &Place, say: Say, args: &Play) -> Result<()> {
    let hand = Hand::of(place).await?;
    let path = Path::new(&args.what);
    if !path.exists() && (args.what.contains('/') || path.extension().is_some_and(|e| e == "keyfare")) {
        return Err(Refused::new("file-unreadable", format!("there is no file {}", path.display())).into());
    }
    let what = if path.is_file() {
        json!({ "path": path.canonicalize()? })
    } else {
        json!({ "license": hand.license(&args.what).await? })
    };
    let play = hand.post("/v1/play", &what).await?;
    let address = play["content"].as_str().context("the wallet named no address")?;
    if args.pipe {
        pipe(address).await?;
    } else {
        let lines = format!(
            "\"{}\" ({}) plays at\n\n    {address}\n\nOpen it in a browser or media player; Ctrl-C ends the play.",
            play["title"].as_str().unwrap_or_default(),
            play["media_type"].as_str().unwrap_or_default()
        );
        say.answer(lines, &json!({ "title": play["title"], "address": address, "media_type": play["media_type"], "bytes": play["bytes"] }));
        // Without a terminal there is nobody to press it: the play then lasts as long as this program.
        let _ = tokio::signal::ctrl_c().await;
    }
    hand.post("/v1/play/end", &json!({ "session": play["session"] }))
        .await
        .map(|_| ())
}

/// Plaintext to whoever is behind the pipe, piece by piece as it is opened. A stream that breaks is asked for again from
/// where it broke: either it goes on, or the wallet now says why not.
async fn pipe(address: &str) -> Result<()> {
    let mut out = std::io::stdout();
    let (mut at, mut tried) = (0_u64, None);
    loop {
        let mut answer = answer_stream(address, at).await?;
        let broken = loop {
            match answer.chunk().await {
                Ok(Some(piece)) => {
                    if let Err(gone) = out.write_all(&piece) {
                        // A player that has heard enough is no failure.
                        return if gone.kind() == std::io::ErrorKind::BrokenPipe {
                            Ok(())
                        } else {
                            Err(gone.into())
                        };
                    }
                    at = at.saturating_add(piece.len() as u64);
                }
                Ok(None) => {
                    out.flush()?;
                    return Ok(());
                }
                Err(broken) => break broken,
            }
        };
        if tried.replace(at) == Some(at) {
            return Err(broken.into());
        }
    }
}
