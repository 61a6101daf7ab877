//! `library`: what is on the card, what of it plays, and what there is a later version of.

use anyhow::Result;
use serde_json::Value;

use crate::{hand::Hand, place::Place, say::Say};

/// Lists it.
pub async fn run(place: &Place, say: Say) -> Result<()> {
    let library = Hand::of(place).await?.get("/v1/library").await?;
    let licenses = library["licenses"].as_array().cloned().unwrap_or_default();
    let lines: Vec<String> = licenses.iter().map(line).collect();
    let lines = match lines.is_empty() {
        true => "No licenses yet. Look at a shop, or ask a friend to hand one on.".to_owned(),
        false => lines.join("\n"),
    };
    say.answer(lines, &library);
    Ok(())
}

fn text(of: &Value) -> &str {
    of.as_str().unwrap_or_default()
}

/// A license in a line, and in another what is newer.
fn line(license: &Value) -> String {
    let state = match (license["playable"].as_bool(), license["plays_left"].as_u64()) {
        (Some(true), Some(1)) => "plays once more".to_owned(),
        (Some(true), Some(left)) => format!("{left} plays left"),
        (Some(true), None) => "plays".to_owned(),
        _ => text(&license["why_not"]["text"]).to_owned(),
    };
    let file = match text(&license["package"]["state"]) {
        "here" => "",
        "arriving" => "; its file is coming",
        _ => "; its file is not here: the wallet gets it",
    };
    let newer = match license["newer"].as_object() {
        None => String::new(),
        Some(newer) => {
            let here = newer.get("package").map(|it| text(&it["state"]) == "here") == Some(true);
            let title = newer.get("title").map(text).unwrap_or_default();
            let made = newer.get("made").map(text).unwrap_or_default();
            let day = made.split('T').next().unwrap_or_default();
            match here {
                true => format!("\n    \"{title}\" of {day} is here, and plays; what you bought is kept"),
                false => format!("\n    \"{title}\" of {day} is newer: get it in the wallet, this license opens it"),
            }
        }
    };
    format!("\"{}\": {state}{file}{newer}", text(&license["title"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_says_what_plays_and_what_is_newer() {
        let mut license = json!({
            "title": "Night Ferry", "playable": true, "plays_left": null, "package": {"state": "here"}, "newer": null,
        });
        assert_eq!(line(&license), "\"Night Ferry\": plays");
        license["plays_left"] = json!(2);
        license["newer"] =
            json!({"title": "Night Ferry II", "made": "2026-11-20T10:00:00Z", "package": {"state": "absent"}});
        let told = line(&license);
        assert!(told.starts_with("\"Night Ferry\": 2 plays left\n"), "{told}");
        assert!(told.contains("\"Night Ferry II\" of 2026-11-20 is newer"), "{told}");
        license["playable"] = json!(false);
        license["why_not"] = json!({"code": "no-plays-left", "text": "all plays are used"});
        assert!(line(&license).contains(": all plays are used"));
    }
}
