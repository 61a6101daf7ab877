//! Emulator: an swtpm of a test's own, on a socket, which ends with the test.

#![allow(dead_code, reason = "each test uses its part")]

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tpm::Tpm;

pub struct Emulator {
    dir: tempfile::TempDir,
    process: Child,
}

impl Emulator {
    /// A chip that was never used.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let process = run(&dir);
        Self { dir, process }
    }
    /// The same chip, after the power was off.
    pub fn restart(mut self) -> Self {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = run(&self.dir);
        self
    }
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("socket")
    }
    pub fn connect(&self) -> Tpm {
        Tpm::open(&self.path()).unwrap()
    }
    /// Ends it: nobody answers there any more.
    pub fn end(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(dir: &tempfile::TempDir) -> Child {
    let socket = dir.path().join("socket");
    let _ = std::fs::remove_file(&socket);
    let mut process = Command::new("swtpm")
        .arg("socket")
        .arg("--tpm2")
        .args(["--tpmstate", &format!("dir={}", dir.path().display())])
        .args(["--server", &format!("type=unixio,path={}", socket.display())])
        .args(["--flags", "not-need-init,startup-clear"])
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("swtpm is installed by `cargo xtask tools`");
    let patience = Instant::now() + Duration::from_secs(120);
    // It takes one program at a time, and is ready when it has answered one.
    while Tpm::open(&socket).is_err() {
        assert!(process.try_wait().unwrap().is_none(), "swtpm has ended");
        assert!(Instant::now() < patience, "swtpm does not answer");
        std::thread::yield_now();
    }
    process
}
