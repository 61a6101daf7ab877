//! `collect`: the fares this card carries go home to their publishers now.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{hand::Hand, place::Place, say::Say};

/// Sends them, and says what went and what stays.
pub async fn run(place: &Place, say: Say) -> Result<()> {
    let hand = Hand::of(place).await?;
    let answer = hand.post("/v1/escrow/send", &json!({})).await?;
    hand.farewell().await;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut lines = Vec::new();
    for one in answer["sent"].as_array().into_iter().flatten() {
        let name = one["name"].as_str().map_or_else(|| text(&one["payee"]), str::to_owned);
        match one["why_not"]["text"].as_str() {
            Some(why) => lines.push(format!("{name}: fares stay on the card for now ({why})")),
            None => lines.push(format!("{} went home to {name}.", text(&one["sum"]))),
        }
    }
    if lines.is_empty() {
        lines.push("Your card carries no fares.".to_owned());
    }
    say.answer(lines.join("\n"), &answer);
    Ok(())
}
