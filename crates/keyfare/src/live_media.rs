//! Live media: the story of copy management against processes of their own (registry, bank, copy-management server, gateway),
//! told with this program's own commands: press, sign in, register, import, play, erase, reissue. What people at the desk do
//! goes over the console's interface.

mod layout;
mod steps;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use stories::{Books, Figures, Media, Tale};
use units::{Currency, PartyId};

use crate::{
    live::sheet_of,
    market::answer,
    processes::{Processes, Said},
    say::Say,
    setup::private_dir,
};

/// Passwords of the story's people: nobody else reaches these processes, and all of it is gone at the end.
const PASSWORD: &str = "winter sun over the harbour";
/// The word with which the owner proves a loss.
const WORD: &str = "blue heron";

/// The story while it is told.
struct Walk {
    all: Processes,
    at: layout::Addresses,
    token: String,
    figures: Figures,
    media: Media,
    tale: Tale,
    content: Vec<u8>,
}

/// Tells the story.
pub fn tell(say: Say, figures: &Figures, media: &Media) -> Result<Tale> {
    let mut walk = Walk::begin(say, figures, media)?;
    steps::all(&mut walk)?;
    Ok(core::mem::replace(&mut walk.tale, Tale::new("copy-management")))
}

impl Walk {
    fn begin(say: Say, figures: &Figures, media: &Media) -> Result<Self> {
        let mut at = None;
        let mut all = Processes::lay_out("media", say, |place| {
            at = Some(layout::configure(place, media)?);
            Ok(())
        })?;
        all.start_all(["registry", "bank", "copying", "gateway"].into_iter())?;
        let walk = Self {
            at: at.context("nobody was laid out")?,
            token: std::fs::read_to_string(all.place.root().join("operator-token"))?,
            figures: *figures,
            media: *media,
            tale: Tale::new("copy-management"),
            content: layout::content(&figures.seed),
            all,
        };
        let parties = [walk.at.copying_id, walk.at.gateway_id];
        walk.all
            .runtime
            .block_on(walk.all.market.open_party_accounts(&parties))?;
        layout::publish(&walk.all.place, walk.content.clone(), walk.figures.price)?;
        Ok(walk)
    }

    /// Runs a command of this program in somebody's own directory.
    fn run(&self, whose: &str, args: &[&str], typed: &str) -> Result<(Said, Vec<u8>)> {
        self.all.run(&self.all.dir.join(whose), args, typed)
    }

    /// The same, where a refusal ends the story.
    fn must_run(&self, whose: &str, args: &[&str], typed: &str) -> Result<Value> {
        self.all.must_run(&self.all.dir.join(whose), args, typed)
    }

    /// Asks a party's interface, as somebody with this token.
    fn ask(&self, address: &str, path: &str, token: &str, body: Option<&Value>, key: Option<&str>) -> Result<Vec<u8>> {
        self.all.runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build()?;
            let at = format!("{address}{path}");
            let mut request = match body {
                Some(body) => client.post(at).json(body),
                None => client.get(at),
            };
            if !token.is_empty() {
                request = request.bearer_auth(token);
            }
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            answer(request.send().await?).await
        })
    }

    /// The same, answered in JSON.
    fn told(&self, address: &str, path: &str, token: &str, body: Option<&Value>) -> Result<Value> {
        Ok(serde_json::from_slice(&self.ask(address, path, token, body, None)?)?)
    }

    /// Somebody signs in at the console.
    fn session(&self, name: &str) -> Result<String> {
        let typed = json!({ "name": name, "password": PASSWORD });
        let session = self.told(&self.at.console, "/v1/sessions", "", Some(&typed))?;
        Ok(session["token"].as_str().unwrap_or_default().to_owned())
    }

    fn amount(minor: i64) -> Value {
        json!({ "minor": minor.to_string(), "currency": Currency::JPY.code() })
    }

    /// Everybody's books, as each keeps them on its own disk.
    fn books(&self) -> Books {
        let names: Vec<(String, &str)> = [(self.at.copying_id, "server"), (self.at.gateway_id, "gateway")]
            .into_iter()
            .map(|(id, name): (PartyId, &str)| (id.to_string(), name))
            .collect();
        let mut parties = BTreeMap::new();
        for (word, name) in [("bank", "bank"), ("copying", "server"), ("gateway", "gateway")] {
            if let Ok(sheet) = sheet_of(&self.all.place, &self.all.dir, word) {
                parties.insert(name.to_owned(), summed(stories::readable(&sheet, &names)));
            }
        }
        Books {
            cards: BTreeMap::new(),
            parties,
        }
    }

    fn says(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }

    /// Something must be refused with this code, and nobody's books change.
    fn refused(&mut self, who: &str, said: Said, code: &str, shows: &'static str, before: &Books) {
        let after = self.books();
        match said {
            Ok(_) => self.tale.must(false, format!("{who} was not refused ({code})")),
            Err((told, text)) => {
                self.tale
                    .must(told == code, format!("{who} was refused with {told}, not {code}"));
                self.tale
                    .must(after == *before, format!("a refusal ({told}) changed somebody's books"));
                self.tale.refusal(who, &told, text, Some(shows), after);
            }
        }
    }

    fn path(&self, parts: &[&str]) -> String {
        let joined = parts.iter().fold(self.all.dir.clone(), |path, part| path.join(part));
        joined.to_string_lossy().into_owned()
    }
}

/// Accounts of single customers and deliveries in one sum: what people read.
fn summed(sheet: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut out = BTreeMap::new();
    for (name, balance) in sheet {
        let short = name
            .rsplit_once(' ')
            .filter(|(_, id)| id.len() >= 26)
            .map_or(name.as_str(), |(name, _)| name);
        let sum: &mut i64 = out.entry(short.to_owned()).or_default();
        *sum = sum.saturating_add(balance);
    }
    out
}

/// Puts a device that was pressed where a user has it.
fn hand_out(from: &Path, to: &Path) -> Result<()> {
    private_dir(to)?;
    std::fs::copy(from.join("device"), to.join("device"))
        .with_context(|| format!("{} is not there", from.display()))?;
    Ok(())
}
