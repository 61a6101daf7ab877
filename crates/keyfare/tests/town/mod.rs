//! A town of real processes for the tests of the program: every party its own, in a directory that goes with the test.
#![allow(dead_code)]

#[path = "../../src/ports.rs"]
mod ports;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_keyfare");
pub const ROLES: [&str; 6] = ["registry", "bank", "issuer", "shop", "collector", "support"];

/// An installation and its processes, by role; dropped, all end and the directory goes.
pub struct Town {
    pub dir: tempfile::TempDir,
    pub children: Vec<(String, Child)>,
    pub base: u16,
    ports: ports::Ports,
}

impl Town {
    /// Laid out, stocked, a card with `purse` on it, nothing running.
    pub fn stocked(purse: i64, certificate_life: Option<u64>) -> Self {
        let town = Self::empty();
        let (base, purse) = (town.base.to_string(), purse.to_string());
        let mut args = vec!["up", "--check", "--port-base", &base, "--purse", &purse];
        let life = certificate_life.map(|s| s.to_string());
        if let Some(life) = &life {
            args.extend(["--certificate-life", life]);
        }
        let up = town.run(&args, None);
        let said = [&up.stdout, &up.stderr].map(|said| String::from_utf8_lossy(said).into_owned());
        assert!(up.status.success(), "{}", said.concat());
        town
    }
    /// A directory and ports, and nothing in it yet.
    pub fn empty() -> Self {
        let ports = ports::Ports::draw().unwrap();
        Self {
            dir: tempfile::tempdir().unwrap(),
            children: Vec::new(),
            base: ports.base(),
            ports,
        }
    }
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
    pub fn pin(&self) -> String {
        std::fs::read_to_string(self.path().join("dev-pin")).unwrap()
    }
    /// Starts a process for a party, once those before it are there.
    pub fn start(&mut self, role: &str) {
        self.start_with(role, &[]);
    }
    /// The same in another environment.
    pub fn start_with(&mut self, role: &str, env: &[(String, String)]) {
        let mut command = Command::new(PROGRAM);
        command.envs(env.iter().map(|(name, value)| (name, value)));
        command
            .arg("--dir")
            .arg(self.path())
            .arg("--json")
            .args(["serve", role]);
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path().join(format!("{role}.log")))
            .unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.children.push((role.to_owned(), child));
        self.wait_for(role);
    }
    /// Starts a party where nobody looks for it: at an address that no directory lists. Returns once it serves.
    pub fn start_elsewhere(&mut self, role: &str, more: &[&str]) {
        use std::io::BufRead;
        let listed = format!("address = \"http://127.0.0.1:{}\"", self.base + 4);
        let settings = self.path().join(role).join("party.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        std::fs::write(&settings, format!("{listed}\n{text}")).unwrap();
        let log = std::fs::File::create(self.path().join(format!("{role}.log"))).unwrap();
        let mut child = Command::new(PROGRAM)
            .arg("--dir")
            .arg(self.path())
            .args(["--json", "serve", role, "--listen", "127.0.0.1:0"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        // The pipe stays open for what it says later.
        let said = std::io::BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let said: String = said.map(Result::unwrap).take_while(|line| line != "}").collect();
        assert!(said.contains("address"), "{role} says \"{said}\"");
        self.children.push((role.to_owned(), child));
    }
    pub fn start_all(&mut self) {
        for role in ROLES {
            self.start(role);
        }
    }
    fn wait_for(&self, role: &str) {
        let at = match role {
            "bureau" => 12,
            "approver" => 13,
            "settlement" => 14,
            "copying" => 15,
            "gateway" => 16,
            "carrier" => 19,
            "kiosk" => 9,
            "deposit" => 22,
            "vending" => 23,
            _ => ROLES.iter().position(|r| *r == role).unwrap() as u16 + 1,
        };
        for _ in 0..4_800 {
            if healthy(self.base + at) {
                return;
            }
            pause(25);
        }
        let log = std::fs::read_to_string(self.path().join(format!("{role}.log"))).unwrap_or_default();
        panic!("{role} does not answer: {log}");
    }
    /// Kills a party's process as a power cut would.
    pub fn kill(&mut self, role: &str) {
        if let Some(at) = self.children.iter().position(|(r, _)| r == role) {
            let (_, mut child) = self.children.remove(at);
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--dir").arg(self.path()).arg("--json").args(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
    /// Runs a command to its end.
    pub fn run(&self, args: &[&str], input: Option<&str>) -> Output {
        let mut child = self.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        if let Some(input) = input {
            // A command that ended early does not read; its exit says why.
            let _ = stdin.write_all(input.as_bytes());
        }
        drop(stdin);
        child.wait_with_output().unwrap()
    }
    /// Runs a command and reads its document.
    pub fn json(&self, args: &[&str]) -> Value {
        let out = self.run(args, Some(&format!("{}\n", self.pin())));
        if !out.status.success() {
            // Read only where the test fails: why, when it was not to be refused.
            eprintln!("{args:?}: {}", String::from_utf8_lossy(&out.stdout));
        }
        serde_json::from_slice(&out.stdout).unwrap_or_else(|e| {
            panic!(
                "{args:?}: {e}: {} {}",
                String::from_utf8_lossy(&out.stdout),
                String::from_utf8_lossy(&out.stderr)
            )
        })
    }
    pub fn card(&self) -> Value {
        self.json(&["card", "show"])
    }
    /// Nothing is open any more: asked again until it is so.
    pub fn finish(&self) -> Value {
        for _ in 0..400 {
            self.json(&["card", "sync"]);
            let card = self.card();
            if card["open"].as_array().unwrap().is_empty() {
                return card;
            }
            pause(100);
        }
        panic!("something stays open: {}", self.card());
    }
    pub fn audit(&self) {
        let audit = self.json(&["audit"]);
        assert_eq!(audit["holds"], Value::Bool(true), "{audit:#}");
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        for (role, child) in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
            if std::thread::panicking() {
                let log = std::fs::read_to_string(self.dir.path().join(format!("{role}.log"))).unwrap_or_default();
                let lines: Vec<_> = log.lines().rev().take(12).collect();
                eprintln!("-- {role} said at last");
                lines.iter().rev().for_each(|line| eprintln!("{line}"));
            }
        }
    }
}

fn healthy(port: u16) -> bool {
    use std::io::Read;
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let asked = stream
        .write_all(format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").as_bytes());
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}

/// Waiting for other processes is what these tests do; nothing else in them sleeps.
pub fn pause(ms: u64) {
    #[expect(clippy::disallowed_methods, reason = "other processes are waited for")]
    std::thread::sleep(Duration::from_millis(ms));
}

/// Copies a directory as a person would put yesterday's back.
pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let into: PathBuf = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &into);
        } else {
            std::fs::copy(entry.path(), &into).unwrap();
        }
    }
    let mode = std::fs::metadata(from).unwrap().permissions();
    std::fs::set_permissions(to, mode).unwrap();
}
