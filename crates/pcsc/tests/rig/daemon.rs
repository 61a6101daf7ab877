//! The smart-card service of a test: the real pcscd, in a mount namespace where `/run/pcscd` is its own.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

/// How long it may take to listen once it has said that it is ready.
const LISTENS: Duration = Duration::from_secs(120);

/// The daemon, ended with the test, and what it said.
pub struct Daemon(Child, Arc<Mutex<Vec<String>>>);

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
pub fn daemon(dir: &Path, configuration: &str) -> Daemon {
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
        assert!(began.elapsed() < LISTENS, "pcscd does not listen");
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

/// The configuration of `count` virtual readers, `Keyfare 0` and on, whose sockets are `0.sock` and on in `dir`.
pub fn own_readers(dir: &Path, count: usize) -> String {
    let (dir, driver) = (dir.display(), driver());
    let driver = driver.display();
    let reader = |n: usize| {
        format!("FRIENDLYNAME \"Keyfare {n}\"\nDEVICENAME sock:{dir}/{n}.sock\nLIBPATH {driver}\nCHANNELID {n}\n\n")
    };
    (0..count).map(reader).collect()
}
