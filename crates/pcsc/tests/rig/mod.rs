//! A smart-card service of the test's own: the real pcscd in a mount namespace, with readers that are sockets, and real
//! software cards in them.
//!
//! The PC/SC library finds its daemon through the environment, and a process reads that once. So a test runs twice: first
//! it starts the daemon and itself again; then, told so by the environment, it is the program that uses the readers.
#![allow(dead_code, clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "../../../apdu/tests/table/mod.rs"]
pub mod table;

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use apdu::{Form, Terminal};
use pcsc::{CardEnd, CardLink, Contacts, Reach, Readers};
use table::{Cut, Seat};

/// Where the readers of this test lie. Set for the second run.
const DIR: &str = "KEYFARE_TEST_READERS";
/// On which TCP ports, for readers of others.
const PORT: &str = "KEYFARE_TEST_PORT";
/// How long a card may take to be noticed; the daemon looks every 0.4 s.
const NOTICED: Duration = Duration::from_secs(20);

/// The daemon, ended with the test, and what it said.
struct Daemon(Child, Arc<Mutex<Vec<String>>>);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        if thread::panicking() {
            let said = self.1.lock().unwrap();
            let last = said.get(said.len().saturating_sub(80)..).unwrap_or_default();
            eprintln!("the end of what pcscd said:\n{}", last.join("\n"));
        }
    }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

/// Starts a daemon that has `/run/pcscd` for itself, and waits until it says that it is ready.
fn daemon(dir: &Path, configuration: &str) -> Daemon {
    let (sock, conf) = (dir.join("sock"), dir.join("conf"));
    fs::create_dir_all(&sock).unwrap();
    fs::create_dir_all(&conf).unwrap();
    fs::write(conf.join("readers"), configuration).unwrap();
    let script = format!(
        "mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind {} /run/pcscd && exec pcscd --foreground --info -c {}",
        quoted(&sock),
        quoted(&conf)
    );
    // As root directly, as anybody else in a namespace where he is root.
    let root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let own: &[&str] = if root {
        &["--mount"]
    } else {
        &["--mount", "--map-root-user"]
    };
    let mut child = Command::new("unshare")
        .args(own)
        .args(["setpriv", "--pdeathsig", "KILL", "sh", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("unshare is needed: apt install util-linux");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Arc<Mutex<Vec<String>>> = Arc::default();
    let ready = lines.by_ref().map_while(Result::ok).any(|line| {
        let ready = line.contains("daemon ready");
        said.lock().unwrap().push(line);
        ready
    });
    // It is read to its end, or the daemon would wait for a reader.
    let more = Arc::clone(&said);
    thread::spawn(move || {
        lines
            .map_while(Result::ok)
            .for_each(|line| more.lock().unwrap().push(line))
    });
    let daemon = Daemon(child, said);
    assert!(ready, "pcscd did not start; cargo xtask tools installs it");
    // It says so a moment before it listens.
    let (socket, began) = (sock.join("pcscd.comm"), Instant::now());
    while UnixStream::connect(&socket).is_err() {
        assert!(began.elapsed() < NOTICED, "pcscd does not listen");
        thread::yield_now();
    }
    daemon
}

/// Where cargo put the driver.
fn driver() -> PathBuf {
    let deps = env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let name = "libkeyfare_reader.so";
    let places = [deps.join(name), deps.parent().unwrap().join(name)];
    let found = places.iter().find(|path| path.exists());
    found.expect("the driver is built together with this test").clone()
}

/// Runs `body` with `count` virtual readers named `Keyfare 0`, `Keyfare 1`, ... `test` is the name of the calling test.
pub fn with_readers(test: &str, count: usize, body: impl FnOnce(&Rig)) {
    let Some(dir) = env::var_os(DIR) else {
        let dir = tempfile::tempdir().unwrap();
        let reader = |n: usize| {
            let socket = dir.path().join(format!("{n}.sock"));
            let driver = driver();
            format!(
                "FRIENDLYNAME \"Keyfare {n}\"\nDEVICENAME sock:{}\nLIBPATH {}\nCHANNELID {n}\n\n",
                socket.display(),
                driver.display()
            )
        };
        let configuration: String = (0..count).map(reader).collect();
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
