//! `backup`, `restore` and `accept`: the databases of the parties, consistently, while they run; and back, in the open.

use anyhow::{Context, Result};
use serde_json::json;
use store::sqlite::{self, Opening, Sqlite};

use super::serve;
use crate::{
    cli::{Accept, Backup, Restore},
    clock,
    place::Place,
    say::{Refused, Say, agrees},
    setup::{parties, private_dir},
};

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
    for word in parties() {
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
    for word in parties() {
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
            "Restored {}. They know it: a shop finds out at its next start what it forgot; bank, issuer and collector wait for `keyfare accept`.",
            done.join(", ")
        ),
        &json!({ "restored": done }),
    );
    Ok(())
}

/// People have compared the books: a restored party serves again, in a new epoch.
pub fn accept(place: &Place, say: Say, args: &Accept) -> Result<()> {
    let words: Vec<&str> = args.roles.iter().map(|r| serve::word(*r)).collect();
    let question = format!(
        "Did you compare the books of {} with those of the counterparts, and does nothing differ that is not accounted for?",
        words.join(", ")
    );
    if !args.yes && !agrees(&question) {
        say.answer("Nothing was changed.", &json!({ "accepted": [] }));
        return Ok(());
    }
    let mut epochs = serde_json::Map::new();
    for word in words {
        let config = serve::config(place, word)?;
        let opening = Opening {
            role: word.to_owned(),
            realm: config.realm.id(),
            new_id: clock::random()?[..16].try_into()?,
        };
        let store = Sqlite::open(
            &database(place, word),
            &opening,
            &server::running::parts_of(config.role),
        )
        .map_err(|no| Refused::of(&no))?
        .store();
        party::epoch::wake(&store).map_err(|no| Refused::of(&no))?;
        let now = clock::now();
        store
            .write(move |tx| party::epoch::accept(tx, now))
            .map_err(|no| Refused::of(&no))?;
        let epoch = party::epoch::settle(&store).map_err(|no| Refused::of(&no))?;
        epochs.insert(word.to_owned(), json!(epoch));
    }
    say.answer(
        format!("They serve again at the next start: {epochs:?}"),
        &json!({ "accepted": epochs }),
    );
    Ok(())
}
