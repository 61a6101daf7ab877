//! `play`: opens a license for a browser or media player, or behind a pipe.

use std::{io::Write, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{cli::Play, hand::Hand, market::answer_stream, place::Place, say::Say};

/// Plays one work.
pub async fn run(place: &Place, say: Say, args: &Play) -> Result<()> {
    let hand = Hand::of(place).await?;
    let path = Path::new(&args.what);
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

/// Plaintext to whoever is behind the pipe, piece by piece as it is opened.
async fn pipe(address: &str) -> Result<()> {
    let mut answer = answer_stream(address).await?;
    let mut out = std::io::stdout();
    while let Some(piece) = answer.chunk().await? {
        if let Err(gone) = out.write_all(&piece) {
            // A player that has heard enough is no failure.
            return if gone.kind() == std::io::ErrorKind::BrokenPipe {
                Ok(())
            } else {
                Err(gone.into())
            };
        }
    }
    out.flush()?;
    Ok(())
}
