//! Processes: an installation of its own for a live story, its parties as processes that can be stopped as a power cut would
//! and started again, and this program's own commands as people type them.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::{
    clock,
    market::Market,
    place::Place,
    ports::Ports,
    say::Say,
    setup::{self, Settings},
};

/// What a command said: its document, or the code and text of its refusal.
pub type Said = Result<Value, (String, String)>;

/// A laid-out realm in a directory of its own and the processes of its parties; dropped, all end and the directory goes.
pub struct Processes {
    pub runtime: Runtime,
    pub say: Say,
    pub place: Place,
    pub market: Market,
    pub dir: PathBuf,
    program: PathBuf,
    children: Vec<(String, Child)>,
    _ports: Ports,
}

impl Processes {
    /// Lays a realm out for a story of this name, lets it be configured, and starts nobody.
    pub fn lay_out(story: &str, say: Say, configure: impl FnOnce(&Place) -> Result<()>) -> Result<Self> {
        let drawn = u32::from_be_bytes(clock::random()?[..4].try_into()?);
        let dir = std::env::temp_dir().join(format!("keyfare-{story}-{}-{drawn}", std::process::id()));
        let place = Place::new(Some(dir.clone()))?;
        let ports = Ports::draw()?;
        setup::lay_out(
            &place,
            Settings {
                port_base: ports.base(),
                certificate_life: None,
                second_shop: false,
            },
        )?;
        configure(&place)?;
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()?,
            say,
            market: Market::of(&place)?,
            place,
            dir,
            program: std::env::current_exe().context("this program does not know where it lies")?,
            children: Vec::new(),
            _ports: ports,
        })
    }

    /// Starts a process for each of these parties, in this order.
    pub fn start_all<'a>(&mut self, words: impl Iterator<Item = &'a str>) -> Result<()> {
        for (n, word) in words.enumerate() {
            self.say.note(format!("starting a process for {word}"));
            self.start(word)?;
            // Each hears at its start of those before it, so that nobody has to be told later.
            self.runtime.block_on(self.market.until_listed(n + 1))?;
        }
        Ok(())
    }

    /// Starts a party's process; it may not answer yet.
    pub fn start(&mut self, word: &str) -> Result<()> {
        let mut command = self.program_in(&self.dir, &["serve", word]);
        let child = command.stdout(Stdio::null()).stdin(Stdio::null()).spawn()?;
        self.children.push((word.to_owned(), child));
        Ok(())
    }

    /// Stops a party's process as a power cut would: it answers nobody any more.
    pub fn kill(&mut self, word: &str) -> Result<()> {
        if let Some(at) = self.children.iter().position(|(known, _)| known == word) {
            let (_, mut child) = self.children.remove(at);
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// A command of this program as somebody types it whose home is this directory, still running.
    pub fn spawn(&self, home: &Path, args: &[&str], typed: &str) -> Result<Child> {
        let mut command = self.program_in(home, args);
        // The sentences of a story are told in one language.
        command.env("LC_ALL", "C");
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut to) = child.stdin.take() {
            // Whoever ended early does not read; its answer says why.
            let _ = to.write_all(typed.as_bytes());
        }
        Ok(child)
    }

    /// The same, to its end: what it said, and all that it printed where it succeeded.
    pub fn run(&self, home: &Path, args: &[&str], typed: &str) -> Result<(Said, Vec<u8>)> {
        let out = self.spawn(home, args, typed)?.wait_with_output()?;
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
    pub fn must_run(&self, home: &Path, args: &[&str], typed: &str) -> Result<Value> {
        match self.run(home, args, typed)?.0 {
            Ok(document) => Ok(document),
            Err((code, text)) => anyhow::bail!("{}: {args:?}: {text} ({code})", home.display()),
        }
    }

    fn program_in(&self, home: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--dir").arg(home).arg("--json").args(args);
        command
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for (_, child) in &mut self.children {
            // One that has ended already needs no ending.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
