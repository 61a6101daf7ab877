//! `support`: the playback log goes to the publisher's support desk, once its holder has seen all of it and agrees.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    cli::SupportCommand,
    hand::Hand,
    place::Place,
    say::{Refused, Say, agrees},
};

/// Shows, sends, asks again.
pub async fn run(place: &Place, say: Say, command: &SupportCommand) -> Result<()> {
    let hand = Hand::of(place).await?;
    match command {
        SupportCommand::Send {
            what,
            trouble,
            words,
            yes,
        } => {
            let wanted = json!({ "what": what, "trouble": trouble, "words": words });
            let draft = hand.post("/v1/support/draft", &wanted).await?;
            if !yes {
                say.note(shown(&draft));
                let question = format!("Send this to {}?", text(&draft["desk_name"]));
                if say.json || !agrees(&question) {
                    let no = Refused::new(
                        "not-agreed",
                        "nothing was sent: agree to what was shown, or say --yes on the holder's behalf",
                    );
                    return Err(no.into());
                }
            }
            let sent = hand
                .post("/v1/support/send", &json!({ "id": draft["id"], "agreed": true }))
                .await?;
            hand.farewell().await;
            let document = json!({ "request": sent, "sent": draft["sends"] });
            say.answer(told(&sent), &document);
        }
        SupportCommand::Show => {
            let all = hand.get("/v1/support").await?;
            let lines: Vec<String> = all["requests"].as_array().into_iter().flatten().map(told).collect();
            let lines = if lines.is_empty() {
                "Nothing was sent to a support desk.".to_owned()
            } else {
                lines.join("\n\n")
            };
            say.answer(lines, &all);
        }
        SupportCommand::Again { id } => {
            let sent = hand.post("/v1/support/again", &json!({ "id": id })).await?;
            hand.farewell().await;
            say.answer(told(&sent), &json!({ "request": sent }));
        }
    }
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Everything that would be sent, for people.
fn shown(draft: &Value) -> String {
    let sends = &draft["sends"];
    let mut out = format!(
        "To {}:\n  work       {}\n  trouble    {}\n",
        text(&draft["desk_name"]),
        text(&draft["title"]),
        text(&sends["trouble"])
    );
    for (name, value) in [("code", &sends["code"]), ("your words", &sends["words"])] {
        if !text(value).is_empty() {
            out.push_str(&format!("  {name:<10} {}\n", text(value)));
        }
    }
    if let Some(name) = draft["asks"]["name"].as_str() {
        out.push_str(&format!("  also asked {name}, in a letter only it can open\n"));
    }
    let log = sends["log"].as_array().map_or(&[][..], Vec::as_slice);
    out.push_str(&format!(
        "  playback log of this publisher's works, {} lines\n",
        log.len()
    ));
    for line in log {
        let play = line["play"].as_u64().map(|p| format!(" play {p}")).unwrap_or_default();
        let range = match (line["from"].as_u64(), line["to"].as_u64()) {
            (Some(from), Some(to)) => format!(" {from}-{to}"),
            _ => String::new(),
        };
        out.push_str(&format!(
            "    {} {}{play}{range} {}\n",
            text(&line["at"]),
            text(&line["step"]),
            text(&line["code"])
        ));
    }
    out.push_str("It does not say who you are, which card this is, or what else you play.");
    out
}

/// What became of a request, for people.
fn told(sent: &Value) -> String {
    let mut out = format!(
        "\"{}\" to {}: {} (request {})",
        text(&sent["title"]),
        text(&sent["desk_name"]),
        text(&sent["stage"]),
        text(&sent["id"])
    );
    let list = |name: &str| sent[name].as_array().cloned().unwrap_or_default();
    for line in list("repairs").iter().chain(&list("advice")) {
        out.push_str(&format!("\n  {} [{}]", text(&line["text"]), text(&line["code"])));
    }
    if let Some(why) = sent["waits"].as_str() {
        out.push_str(&format!(
            "\n  on its way: {why}. `keyfare support again {}` sends it again.",
            text(&sent["id"])
        ));
    }
    out
}
