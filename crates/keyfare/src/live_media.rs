//! Live media: the story of copy management against processes of their own (registry, bank, copy-management server, gateway),
//! told with this program's own commands: press, sign in, register, import, play, erase, reissue. What people at the desk do
//! goes over the console's interface.

mod layout;
mod steps;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use stories::{Books, Figures, Media, Tale};
use tokio::runtime::Runtime;
use units::{Currency, PartyId};

use crate::{
    live::sheet_of,
    market::{Market, answer},
    place::Place,
    say::Say,
    setup::private_dir,
};

/// Passwords of the story's people: nobody else reaches these processes, and all of it is gone at the end.
const PASSWORD: &str = "winter sun over the harbour";
/// The word with which the owner proves a loss.
const WORD: &str = "blue heron";

/// What a command said: its document, or the code and text of its refusal.
type Said = Result<Value, (String, String)>;

/// The story while it is told.
struct Walk {
    runtime: Runtime,
    say: Say,
    place: Place,
    market: Market,
    dir: PathBuf,
    program: PathBuf,
    children: Vec<Child>,
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
        let name = format!(
            "keyfare-media-{}-{}",
            std::process::id(),
            u32::from_be_bytes(crate::clock::random()?[..4].try_into()?)
        );
        let dir = std::env::temp_dir().join(name);
        let place = Place::new(Some(dir.clone()))?;
        let at = layout::lay_out(&place, media)?;
        let mut walk = Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?,
            say,
            market: Market::of(&place)?,
            program: std::env::current_exe().context("this program does not know where it lies")?,
            children: Vec::new(),
            token: std::fs::read_to_string(place.root().join("operator-token"))?,
            figures: *figures,
            media: *media,
            tale: Tale::new("copy-management"),
            content: layout::content(&figures.seed),
            place,
            dir,
            at,
        };
        for (n, word) in ["registry", "bank", "copying", "gateway"].into_iter().enumerate() {
            walk.say.note(format!("starting a process for {word}"));
            walk.children.push(walk.process(word)?);
            walk.until_listed(n + 1)?;
        }
        let parties = [walk.at.copying_id, walk.at.gateway_id];
        walk.runtime.block_on(walk.market.open_party_accounts(&parties))?;
        layout::publish(&walk.place, walk.content.clone(), walk.figures.price)?;
        Ok(walk)
    }

    fn process(&self, word: &str) -> Result<Child> {
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(&self.dir).arg("--json").args(["serve", word]);
        Ok(command.stdout(Stdio::null()).stdin(Stdio::null()).spawn()?)
    }

    /// Waits until the registry lists at least so many parties.
    fn until_listed(&self, parties: usize) -> Result<()> {
        self.runtime.block_on(async {
            for _ in 0..1200 {
                let directory = self.market.directory().await;
                if directory.is_ok_and(|known| known.parties().count() >= parties) {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::bail!("the parties did not start within a minute")
        })
    }

    /// Runs a command of this program in somebody's own directory.
    fn run(&self, whose: &str, args: &[&str], typed: &str) -> Result<(Said, Vec<u8>)> {
        let home = if whose.is_empty() {
            self.dir.clone()
        } else {
            self.dir.join(whose)
        };
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(home).arg("--json").args(args);
        // The sentences of this story are told in one language.
        command.env("LC_ALL", "C");
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut to) = child.stdin.take() {
            // Whoever ended early does not read; its answer says why.
            let _ = std::io::Write::write_all(&mut to, typed.as_bytes());
        }
        let out = child.wait_with_output()?;
        let document = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        if out.status.success() {
            return Ok((Ok(document(&out.stdout)), out.stdout));
        }
        let told = [document(&out.stdout), document(&out.stderr)]
            .into_iter()
            .find(|told| told["error"].is_object())
            .with_context(|| format!("{args:?}: {}", String::from_utf8_lossy(&out.stderr)))?;
        let text = |name: &str| told["error"][name].as_str().unwrap_or_default().to_owned();
        Ok((Err((text("code"), text("detail"))), Vec::new()))
    }

    /// The same, where a refusal ends the story.
    fn must_run(&self, whose: &str, args: &[&str], typed: &str) -> Result<Value> {
        match self.run(whose, args, typed)?.0 {
            Ok(document) => Ok(document),
            Err((code, text)) => anyhow::bail!("{whose}: {args:?}: {text} ({code})"),
        }
    }

    /// Asks a party's interface, as somebody with this token.
    fn ask(&self, address: &str, path: &str, token: &str, body: Option<&Value>, key: Option<&str>) -> Result<Vec<u8>> {
        self.runtime.block_on(async {
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
            if let Ok(sheet) = sheet_of(&self.place, &self.dir, word) {
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
        let joined = parts.iter().fold(self.dir.clone(), |path, part| path.join(part));
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

impl Drop for Walk {
    fn drop(&mut self) {
        for child in &mut self.children {
            // One that has ended already needs no ending.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
