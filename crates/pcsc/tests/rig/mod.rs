//! A smart-card service of the test's own: the real pcscd in a mount namespace, with readers that are sockets, and real
//! software cards in them.
//!
//! The PC/SC library finds its daemon through the environment, and a process reads that once. So a test runs twice: first
//! it starts the daemon and itself again; then, told so by the environment, it is the program that uses the readers.
#![allow(dead_code, clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod daemon;
#[path = "../../../apdu/tests/table/mod.rs"]
pub mod table;

use std::{
    env,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use apdu::{Form, Terminal};
use daemon::{daemon, own_readers};
use pcsc::{CardEnd, CardLink, Contacts, Reach, Readers};
use table::{Cut, Seat};

/// Where the readers of this test lie. Set for the second run.
const DIR: &str = "KEYFARE_TEST_READERS";
/// On which TCP ports, for readers of others.
const PORT: &str = "KEYFARE_TEST_PORT";
/// How long a card may take to be noticed; the daemon looks every 0.4 s.
const NOTICED: Duration = Duration::from_secs(120);

/// Runs `body` with `count` virtual readers named `Keyfare 0`, `Keyfare 1`, ... `test` is the name of the calling test.
pub fn with_readers(test: &str, count: usize, body: impl FnOnce(&Rig)) {
    let Some(dir) = env::var_os(DIR) else {
        let dir = tempfile::tempdir().unwrap();
        let configuration = own_readers(dir.path(), count);
        let _daemon = daemon(dir.path(), &configuration);
        return again(test, dir.path(), 0);
    };
    body(&Rig::at(dir.into()));
}

/// Runs `body` with the two readers of the vsmartcard project, and the two TCP ports they listen on.
pub fn with_stock_readers(test: &str, body: impl FnOnce(&Rig, [u16; 2])) {
    let port = env::var(PORT)
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or_else(two_free_ports);
    let Some(dir) = env::var_os(DIR) else {
        let dir = tempfile::tempdir().unwrap();
        let driver = Path::new("/usr/lib/pcsc/drivers/serial/libifdvpcd.so");
        assert!(driver.exists(), "vsmartcard-vpcd is needed: cargo xtask tools");
        let configuration = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {}\nCHANNELID 0x{port:X}\n",
            driver.display()
        );
        let _daemon = daemon(dir.path(), &configuration);
        return again(test, dir.path(), port);
    };
    body(&Rig::at(dir.into()), [port, port + 1]);
}

/// The first of two neighbouring ports that nobody listens on just now.
fn two_free_ports() -> u16 {
    loop {
        let first = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

/// This test once more, as the program that uses the readers.
fn again(test: &str, dir: &Path, port: u16) {
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(DIR, dir)
        .env(PORT, port.to_string())
        .env("PCSCLITE_CSOCK_NAME", dir.join("sock/pcscd.comm"))
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed at the readers");
}

/// The readers, as the second run has them.
pub struct Rig {
    dir: PathBuf,
    /// PC/SC.
    pub readers: Readers,
}

impl Rig {
    fn at(dir: PathBuf) -> Self {
        let readers = Readers::find().unwrap();
        Self { dir, readers }
    }

    /// The `n`th socket.
    pub fn socket(&self, n: usize) -> Reach {
        Reach::Socket(self.dir.join(format!("{n}.sock")))
    }

    /// Puts a card into the `n`th reader and waits until the service has seen it.
    pub fn insert(&self, n: usize, seat: &Arc<Mutex<Seat>>) -> Inserted {
        let inserted = Inserted::into(&self.socket(n), seat);
        self.wait(&format!("Keyfare {n}"), true);
        inserted
    }

    /// Waits until the service has seen that the reader holds a card, or none.
    pub fn wait(&self, reader: &str, card: bool) {
        let met = self.readers.wait_for(reader, card, NOTICED).unwrap();
        assert!(met, "no {} noticed in {reader}", if card { "card" } else { "removal" });
    }

    /// Pulls a card out of the `n`th reader.
    pub fn pull(&self, n: usize, seat: &Arc<Mutex<Seat>>, inserted: Inserted) {
        {
            let mut seat = seat.lock().unwrap();
            seat.cut = Some(Cut::Before(seat.commands + 1));
        }
        let mut link = self.readers.open(&format!("Keyfare {n}")).unwrap();
        let pulled = apdu::Link::transmit(&mut link, &[0, 0xA4, 4, 0]);
        assert!(pulled.is_err());
        inserted.pulled();
        self.wait(&format!("Keyfare {n}"), false);
    }

    /// A terminal at the `n`th reader, with the application chosen.
    pub fn terminal(&self, n: usize, form: Form) -> Terminal<CardLink> {
        let link = self.readers.open(&format!("Keyfare {n}")).unwrap();
        let mut terminal = Terminal::new(link, form);
        terminal.select().unwrap();
        terminal
    }
}

/// A card in a reader, answering on a thread of its own, like a process would.
pub struct Inserted(JoinHandle<()>);

impl Inserted {
    pub fn into(reader: &Reach, seat: &Arc<Mutex<Seat>>) -> Self {
        let contacts = Contacts::put_into(reader).unwrap();
        let mut end = End(Arc::clone(seat));
        Self(thread::spawn(move || contacts.serve(&mut end).unwrap()))
    }
    /// The card has been pulled: waits until it has noticed.
    pub fn pulled(self) {
        self.0.join().unwrap();
    }
}

struct End(Arc<Mutex<Seat>>);

impl CardEnd for End {
    fn reset(&mut self) {
        self.0.lock().unwrap().app.reset();
    }
    fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        let mut seat = self.0.lock().unwrap();
        seat.commands += 1;
        let at = seat.commands;
        if seat.cut == Some(Cut::Before(at)) {
            seat.wake();
            return None;
        }
        let answer = seat.raw(command);
        if seat.cut == Some(Cut::After(at)) {
            seat.wake();
            return None;
        }
        Some(answer)
    }
}
