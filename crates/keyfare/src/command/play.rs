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
    with(&Hand::of(place).await?, say, args).await
}

/// The same on whichever device `hand` reaches.
pub async fn with(hand: &Hand, say: Say, args: &Play) -> Result<()> {
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

/// How much is asked for at once after a stream has broken.
const CAREFUL: u64 = 1 << 16;

/// Plaintext to whoever is behind the pipe, piece by piece as it is opened. Where a stream breaks, a little is asked for
/// from there, and less while that breaks too: a refusal that stands at the beginning of an answer can be read.
async fn pipe(address: &str) -> Result<()> {
    let mut out = std::io::stdout();
    let (mut at, mut piece, mut whole) = (0_u64, None, None::<u64>);
    while whole.is_none_or(|whole| at < whole) {
        let mut answer = answer_stream(address, at, piece).await?;
        whole = whole.or_else(|| answer.content_length());
        let before = at;
        let broken = loop {
            match answer.chunk().await {
                Ok(Some(bytes)) => {
                    if let Err(gone) = out.write_all(&bytes) {
                        // A player that has heard enough is no failure.
                        return if gone.kind() == std::io::ErrorKind::BrokenPipe {
                            Ok(())
                        } else {
                            Err(gone.into())
                        };
                    }
                    at = at.saturating_add(bytes.len() as u64);
                }
                Ok(None) => break None,
                Err(broken) => break Some(broken),
            }
        };
        piece = match broken {
            Some(broken) if at == before && piece == Some(1) => return Err(broken.into()),
            Some(_) if at == before => Some(piece.map_or(CAREFUL, |n: u64| (n / 4).max(1))),
            Some(_) => Some(CAREFUL),
            None if at == before => break,
            None => piece,
        };
    }
    Ok(out.flush()?)
}
