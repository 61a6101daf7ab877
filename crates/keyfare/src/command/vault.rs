//! `backup` and `restore`: the databases of the parties, consistently, while they run; and back, in the open.

use anyhow::{Context, Result};
use serde_json::json;
use store::sqlite;

use crate::{
    cli::{Backup, Restore},
    place::Place,
    say::{Refused, Say, agrees},
    setup::private_dir,
};

const PARTIES: [&str; 5] = ["registry", "bank", "issuer", "shop", "collector"];

fn database(place: &Place, word: &str) -> std::path::PathBuf {
    place.party(word).join("data").join(server::running::STORE_FILE)
}

/// Copies every party's database to a new directory.
pub fn backup(place: &Place, say: Say, args: &Backup) -> Result<()> {
    if args.to.exists() {
        return Err(Refused::new(
            "backup-exists",
            format!("{} exists already: name a new directory", args.to.display()),
        )
        .into());
    }
    private_dir(&args.to)?;
    let mut done = Vec::new();
    for word in PARTIES {
        let from = database(place, word);
        if from.exists() {
            sqlite::backup(&from, &args.to.join(format!("{word}.db"))).map_err(|no| Refused::of(&no))?;
            done.push(word);
        }
    }
    say.answer(
        format!(
            "Backed up {} to {}.\nKeys are not in it: keep the directories' secrets apart.",
            done.join(", "),
            args.to.display()
        ),
        &json!({ "parties": done, "to": args.to }),
    );
    Ok(())
}

/// Puts a backup in the place of the databases. Parties must not be running; they will know that they were restored.
pub fn restore(place: &Place, say: Say, args: &Restore) -> Result<()> {
    let question = format!(
        "Put the databases of {} in the place of those in {}? What happened since is forgotten until others tell it.",
        args.from.display(),
        place.root().display()
    );
    if !args.yes && !agrees(&question) {
        say.answer("Nothing was changed.", &json!({ "restored": [] }));
        return Ok(());
    }
    let mut done = Vec::new();
    for word in PARTIES {
        let from = args.from.join(format!("{word}.db"));
        if !from.exists() {
            continue;
        }
        let into = database(place, word);
        for suffix in ["", "-wal", "-shm"] {
            let mut name = into.clone().into_os_string();
            name.push(suffix);
            let path = std::path::PathBuf::from(name);
            if path.exists() {
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
        sqlite::restore(&from, &into).map_err(|no| Refused::of(&no))?;
        done.push(word);
    }
    if done.is_empty() {
        return Err(Refused::new("no-backup", format!("there is no backup in {}", args.from.display())).into());
    }
    say.answer(
        format!(
            "Restored {}. At the next start they find out from the others what they forgot, before they do anything.",
            done.join(", ")
        ),
        &json!({ "restored": done }),
    );
    Ok(())
}
