//! A home for tests: one wallet that has bought, and players, all of them processes; no party runs any more.
#![allow(dead_code, clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use crate::town::{PROGRAM, Town};

pub const TITLE: &str = "Three Plays";
pub const PIN: &str = "4321";

/// A player: where it lives, and its process while it runs.
pub struct Player {
    pub name: String,
    pub dir: PathBuf,
    pub at: String,
    /// Found by wallets near by; else they have to be told where it is.
    pub found: bool,
    child: Option<Child>,
    /// Started in another network, or with other rights.
    before: Vec<String>,
}

impl Player {
    /// Starts it; ready when this returns.
    pub fn start(&mut self) {
        let mut words = self.before.clone();
        words.push(PROGRAM.to_owned());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--json", "player", "--device"])
            .arg(&self.dir);
        // The port it was given first is its own: a player that was killed comes back where it was.
        command.args(["run", "--listen", &self.at]);
        if !self.found {
            command.arg("--hidden");
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut said = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            said.push_str(&line.unwrap());
            if serde_json::from_str::<Value>(&said).is_ok() {
                break;
            }
        }
        let told: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{}: {e}: {said}", self.name));
        self.at = told["at"].as_str().unwrap_or_else(|| panic!("{told:#}")).to_owned();
        self.child = Some(child);
    }
    /// As a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            child.wait().unwrap();
        }
    }
    pub fn run(&self, args: &[&str], pin: &str) -> Output {
        ended(self.command(args), pin)
    }
    /// A command of this player, not begun yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut words = self.before.clone();
        words.push(PROGRAM.to_owned());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["--json", "player", "--device"])
            .arg(&self.dir)
            .args(args);
        command
    }
    pub fn json(&self, args: &[&str]) -> Value {
        read(&self.run(args, PIN), args)
    }
    /// Plays here, of everything lent.
    pub fn plays(&self) -> u64 {
        plays_in(&self.json(&["show"]))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Plays named in what a device shows.
pub fn plays_in(shown: &Value) -> u64 {
    let pairs = shown["pairs"].as_array().unwrap_or_else(|| panic!("{shown:#}"));
    let loans = pairs.iter().flat_map(|pair| pair["loans"].as_array().unwrap());
    loans.filter_map(|loan| loan["plays"].as_u64()).sum()
}

/// Runs it to its end, with a PIN on its input.
pub fn ended(mut command: Command, pin: &str) -> Output {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever ended early does not read; its exit says why.
    let _ = child.stdin.take().unwrap().write_all(format!("{pin}\n").as_bytes());
    child.wait_with_output().unwrap()
}

pub fn read(out: &Output, args: &[&str]) -> Value {
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| {
        let (said, erred) = (
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr),
        );
        panic!("{args:?}: {e}: {said} {erred}")
    })
}

/// A town whose wallet has bought a work of so many plays; its parties are gone when this returns.
pub fn bought(plays: u32, content: &[u8], name: &str) -> Town {
    bought_with(plays, content, name, &[])
}

/// The same, bought in another way.
pub fn bought_with(plays: u32, content: &[u8], name: &str, how: &[&str]) -> Town {
    bought_on(&["--plays", &plays.to_string()], content, name, how)
}

/// The same on other terms.
pub fn bought_on(terms: &[&str], content: &[u8], name: &str, how: &[&str]) -> Town {
    let mut town = Town::stocked(2000, None);
    town.start_all();
    let original = town.path().join(name);
    std::fs::write(&original, content).unwrap();
    let file = original.to_string_lossy().into_owned();
    let publish = ["publish", &file, "--title", TITLE, "--price", "300"];
    let made = town.json(&[&publish[..], terms].concat());
    assert!(made["offer"].is_string(), "{made}");
    let bought = town.json(&[&["buy", TITLE, "--pin-stdin"][..], how].concat());
    assert_eq!(bought["outcome"], "given", "{bought}");
    let header = made["header"].as_str().unwrap();
    let kept = town.path().join("wallet/packages").join(format!("{header}.keyfare"));
    for _ in 0..200 {
        if kept.exists() {
            break;
        }
        // Its file comes in the background of a command; any command brings the rest.
        town.json(&["card", "sync"]);
        crate::town::pause(50);
    }
    if !kept.exists() {
        std::fs::copy(made["package"].as_str().unwrap(), &kept).unwrap();
    }
    for role in crate::town::ROLES {
        town.kill(role);
    }
    town
}

/// A player of that town's realm, made and running.
pub fn player(town: &Town, name: &str, before: &[&str]) -> Player {
    player_made(town, name, before, &[])
}

/// The same, made with more words.
pub fn player_made(town: &Town, name: &str, before: &[&str], how: &[&str]) -> Player {
    let dir = town.path().join(name);
    let made = {
        let mut command = Command::new(PROGRAM);
        command
            .arg("--dir")
            .arg(town.path())
            .args(["--json", "player", "--device"])
            .arg(&dir);
        command.args(["make", "--name", name, "--pin-stdin"]).args(how);
        read(&ended(command, PIN), &["make"])
    };
    assert_eq!(made["name"], name, "{made}");
    let mut player = Player {
        name: name.to_owned(),
        dir,
        at: "127.0.0.1:0".to_owned(),
        found: false,
        child: None,
        before: before.iter().map(|word| (*word).to_owned()).collect(),
    };
    player.start();
    player
}

/// The town's wallet and a player become a pair, each by its owner's PIN.
pub fn pair(town: &Town, player: &Player) {
    let paired = town.json(&["players", "pair", "--at", &player.at, "--name", "Aiko", "--pin-stdin"]);
    assert!(paired["pair"].is_string(), "{paired}");
    let agreed = player.json(&["agree", "--pin-stdin"]);
    assert_eq!(agreed["pair"], paired["pair"], "{agreed}");
}

/// Plays left on the wallet.
pub fn left(town: &Town) -> u64 {
    let card = town.card();
    let held = card["licenses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["title"] == TITLE);
    held.unwrap_or_else(|| panic!("{card:#}"))["plays_left"]
        .as_u64()
        .unwrap()
}

/// Puts an older copy of a card's memory in the place of the one that is there; answers where that one lies now.
pub fn put_back(home: &Path, older: &Path) -> PathBuf {
    let (memory, latest) = (home.join("memory"), home.join("latest"));
    let _ = std::fs::remove_dir_all(&latest);
    std::fs::rename(&memory, &latest).unwrap();
    crate::town::copy_dir(older, &memory);
    latest
}

/// And the latest back again.
pub fn undo(home: &Path) {
    let memory = home.join("memory");
    std::fs::remove_dir_all(&memory).unwrap();
    std::fs::rename(home.join("latest"), memory).unwrap();
}
