//! Home: the directory one card lives in, and what in it is secret.
//!
//! ```text
//! home/
//!   protected/km      the master key Km: made once, readable by its owner alone, never copied anywhere (XD-1)
//!   protected/tpm     in its place where the machine's TPM keeps it: Km as only that TPM opens it, and where its anchor is
//!   protected/tie     which value of that anchor belongs to which memory
//!   protected/high    number of the last record ever written: shows that `memory/` was put back from a copy
//!   memory/           what the card keeps, sealed under Km: snapshot, journal, and the lock that one process holds
//!   packages/         sealed files of works, and those still arriving
//!   playback-log      what was played, line by line (SD-7)
//!   plays             plays that were interrupted and may go on: the card's word, and where they were
//!   support/          what was sent to support desks, and what came back
//!   directory         the realm's directory, as its registry signed it
//!   name              what a player is called
//!   greetings         greetings of paired devices that wait for their next letter
//!   paired-at         where paired devices answered last
//!   agent             where the wallet answered last
//!   token             proves to other programs of the same user that they talk to this wallet, and the reverse
//! ```

mod anchor;
mod files;
mod journal;
mod keeper;
mod mark;
mod tie;

pub use anchor::Anchor;
pub use files::write_whole;
pub use journal::{FileJournal, Tail};
pub use keeper::{UseTpm, tpm_here};

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use seal::{Secret, Seed};
use units::{Again, Refusal};

pub(crate) use files::make_private_dir;
use files::{new_private, read_private};
use keeper::Kept;
use mark::Mark;
use tie::Tied;

/// Why a home cannot be used. In order of precedence; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum HomeRefusal {
    /// Another process has it.
    #[error("another program is using the card in {}; close it, or let it do this (the wallet answers on its own address)", .0.display())]
    InUse(PathBuf),
    /// A card is there already.
    #[error("there is a card in {} already; choose another directory for a new one", .0.display())]
    Taken(PathBuf),
    /// No card is there.
    #[error("there is no card in {}; make one first", .0.display())]
    NoCard(PathBuf),
    /// Others can read what only the owner may.
    #[error("{} can be read by other users of this machine; make it yours alone (chmod 600) and ask how it came about", .0.display())]
    TooOpen(PathBuf),
    /// The TPM that keeps its key cannot be asked.
    #[error(
        "the key of the card in {} is in this machine's TPM, which cannot be asked ({fault}); say where it is (--tpm PATH), and let your user open it (group tss)", .path.display()
    )]
    TpmSilent {
        /// Which home.
        path: PathBuf,
        /// What happened.
        fault: tpm::Fault,
    },
    /// Its key was sealed by another TPM.
    #[error(
        "the card in {} belongs to another machine, or this one's TPM was cleared: its key does not open here; use it where it was made, or ask the issuer to reissue it", .0.display()
    )]
    OtherTpm(PathBuf),
    /// Its memory does not hold together.
    #[error("the card's memory in {} is damaged ({why}); put its latest copy back, or ask the issuer to reissue the card", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
    /// The system said no.
    #[error("{}: {error}", .path.display())]
    Path {
        /// Which file.
        path: PathBuf,
        /// By the system.
        error: io::Error,
    },
}

impl Refusal for HomeRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::InUse(_) => "card-in-use",
            Self::Taken(_) => "card-already-here",
            Self::NoCard(_) => "no-card-here",
            Self::TooOpen(_) => "card-readable-by-others",
            Self::TpmSilent { .. } => "card-tpm-silent",
            Self::OtherTpm(_) => "card-of-another-tpm",
            Self::Damaged { .. } => "card-damaged",
            Self::Path { .. } => "card-directory-unusable",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// The memory was put back from an older copy: what it ends with, and how far it had been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutBack {
    /// The last record found.
    pub found: u64,
    /// The last record that was ever written.
    pub written: u64,
}

/// A home that this process holds alone, with what its memory says.
#[derive(Debug)]
pub struct Opened {
    /// Km.
    pub master: Secret,
    /// The snapshot, as the card sealed it.
    pub snapshot: Vec<u8>,
    /// Records after it.
    pub records: Vec<Vec<u8>>,
    /// Where further records go. It holds the lock.
    pub journal: FileJournal,
    /// Set when this is an older copy of what was here before.
    pub put_back: Option<PutBack>,
}

/// Where one card lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
    tpm: UseTpm,
}

impl Home {
    /// The language its holder reads, if he chose one.
    pub fn language(&self) -> Option<face::Lang> {
        face::Lang::of_tag(std::fs::read_to_string(self.root.join("language")).ok()?.trim())
    }
    /// Remembers it. If it cannot be written, it is chosen again: nothing hangs on it.
    pub fn keep_language(&self, lang: face::Lang) {
        if let Err(error) = write_whole(&self.root.join("language"), lang.tag().as_bytes()) {
            tracing::info!(%error, "the language is not remembered");
        }
    }
    /// The relay its holder chose, if any. A file that says something else is refused: nobody goes straight by mistake.
    pub fn relay(&self) -> Result<Option<crate::carry::Relay>, crate::carry::NotARelay> {
        match std::fs::read_to_string(self.root.join("relay")) {
            Ok(text) => crate::carry::Relay::read(&text),
            Err(no) if no.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(crate::carry::NotARelay),
        }
    }
    /// Remembers it, on the disk when this returns; nothing: none from now on.
    pub fn keep_relay(&self, relay: Option<&crate::carry::Relay>) -> std::io::Result<()> {
        let text = relay.map(crate::carry::Relay::as_str).unwrap_or_default();
        write_whole(&self.root.join("relay"), text.as_bytes())
    }
    /// Does its holder want shops near by to be looked for?
    pub fn near(&self) -> bool {
        self.root.join("near").exists()
    }
    /// Remembers it, on the disk when this returns.
    pub fn keep_near(&self, on: bool) -> std::io::Result<()> {
        let file = self.root.join("near");
        if on {
            return write_whole(&file, b"");
        }
        match std::fs::remove_file(file) {
            Err(no) if no.kind() != std::io::ErrorKind::NotFound => Err(no),
            _ => Ok(()),
        }
    }
    /// Those whom its holder lets pay for him: carriers he has a contract with.
    pub fn payers(&self) -> Vec<units::PartyId> {
        let text = std::fs::read_to_string(self.root.join("payers")).unwrap_or_default();
        text.lines().filter_map(|line| line.trim().parse().ok()).collect()
    }
    /// Remembers them, on the disk when this returns.
    pub fn keep_payers(&self, payers: &[units::PartyId]) -> std::io::Result<()> {
        let text: String = payers.iter().map(|id| format!("{id}\n")).collect();
        write_whole(&self.root.join("payers"), text.as_bytes())
    }
    /// The home at `root`. Touches nothing.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            tpm: UseTpm::default(),
        }
    }
    /// The same, with the TPM that keeps the keys of cards born here, and that is asked for the key of the card there is.
    #[must_use]
    pub fn with_tpm(self, tpm: UseTpm) -> Self {
        Self { tpm, ..self }
    }
    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// Is there a card?
    pub fn has_card(&self) -> bool {
        self.memory().join("snapshot").is_file()
    }
    /// Where packages lie.
    pub fn packages(&self) -> PathBuf {
        self.root.join("packages")
    }
    /// Where works lie that a foreign program has to open as a file; emptied at every start.
    pub fn handed_out(&self) -> PathBuf {
        self.root.join("handed-out")
    }
    /// The playback log.
    pub fn playback_log(&self) -> PathBuf {
        self.root.join("playback-log")
    }
    /// Plays that were interrupted and may go on.
    pub fn plays(&self) -> PathBuf {
        self.root.join("plays")
    }
    /// What was sent to support desks.
    pub fn support(&self) -> PathBuf {
        self.root.join("support")
    }
    /// What a player is called.
    pub fn name_file(&self) -> PathBuf {
        self.root.join("name")
    }
    /// Greetings of paired devices that wait for their next letter.
    pub fn greetings(&self) -> PathBuf {
        self.root.join("greetings")
    }
    /// Where paired devices answered last.
    pub fn places(&self) -> PathBuf {
        self.root.join("paired-at")
    }
    /// The realm's directory, as last fetched.
    pub fn directory(&self) -> PathBuf {
        self.root.join("directory")
    }
    fn memory(&self) -> PathBuf {
        self.root.join("memory")
    }
    fn protected(&self) -> PathBuf {
        self.root.join("protected")
    }

    /// Makes Km and an empty memory for a card that is to be born here. If an earlier birth was cut off before the card
    /// had written anything, its key is taken up again.
    pub fn create(&self, seed: &Seed) -> Result<(Secret, FileJournal), HomeRefusal> {
        for dir in [self.root.clone(), self.memory(), self.protected(), self.packages()] {
            make_private_dir(&dir).map_err(on(&dir))?;
        }
        let lock = self.lock()?;
        if self.has_card() {
            return Err(HomeRefusal::Taken(self.root.clone()));
        }
        let Kept { master, anchor } = match self.kept()? {
            Some(kept) => kept,
            None => self.keep_new(seed)?,
        };
        let mark = Mark::open(&self.protected().join("high")).map_err(on(&self.protected()))?;
        let tie = self.protected().join("tie");
        let tied = anchor.map(|anchor| Tied::begin(&tie, master.derive("home/anchor", &[]), anchor));
        let tied = tied.transpose().map_err(on(&tie))?;
        let journal = FileJournal::begin(&self.memory(), lock, mark, tied).map_err(on(&self.memory()))?;
        Ok((master, journal))
    }

    /// Takes the card's memory, alone.
    pub fn open(&self) -> Result<Opened, HomeRefusal> {
        if !self.has_card() {
            return Err(HomeRefusal::NoCard(self.root.clone()));
        }
        let lock = self.lock()?;
        let kept = self.kept()?.ok_or_else(|| HomeRefusal::Damaged {
            path: self.protected(),
            why: "its key is gone",
        })?;
        self.open_with(lock, kept)
    }

    fn open_with(&self, lock: File, Kept { master, anchor }: Kept) -> Result<Opened, HomeRefusal> {
        let mark = Mark::open(&self.protected().join("high")).map_err(on(&self.protected()))?;
        let path = self.protected().join("tie");
        let (snapshot, records, journal) = FileJournal::resume(&self.memory(), lock, mark, |snapshot, told| {
            let Some(anchor) = anchor else { return Ok(None) };
            let key = master.derive("home/anchor", &[]);
            Tied::wake(&path, key, anchor, snapshot, told)
                .map(Some)
                .map_err(on(&path))
        })?;
        let put_back = journal.put_back();
        Ok(Opened {
            master,
            snapshot,
            records,
            journal,
            put_back,
        })
    }

    /// The secret that this wallet and other programs of the same user know one another by. Made when first asked for.
    pub fn token(&self, seed: &Seed) -> Result<Secret, HomeRefusal> {
        let path = self.root.join("token");
        if path.exists() {
            return self.known_token();
        }
        make_private_dir(&self.root).map_err(on(&self.root))?;
        self.new_secret(&path, &seed.part("token"))
    }

    /// The same, when it was made before.
    pub fn known_token(&self) -> Result<Secret, HomeRefusal> {
        secret_in(&self.root.join("token"))
    }

    /// Notes where the wallet of this home answers, for other programs of the same user.
    pub fn announce(&self, host: &str) -> Result<(), HomeRefusal> {
        let path = self.root.join("agent");
        write_whole(&path, host.as_bytes()).map_err(on(&path))
    }

    /// Where the wallet of this home answered last. Only a [`crate::agent::Agent`] may be believed.
    pub fn announced(&self) -> Option<String> {
        let host = fs::read_to_string(self.root.join("agent")).ok()?;
        host.parse::<std::net::SocketAddr>()
            .ok()
            .filter(|a| a.ip().is_loopback())
            .map(|a| a.to_string())
    }

    fn new_secret(&self, path: &Path, seed: &Seed) -> Result<Secret, HomeRefusal> {
        let mut file = new_private(path).map_err(on(path))?;
        file.write_all(seed.expose())
            .and_then(|()| file.sync_all())
            .map_err(on(path))?;
        path.parent().map_or(Ok(()), files::sync_dir).map_err(on(path))?;
        Ok(Secret::new(*seed.expose()))
    }

    fn lock(&self) -> Result<File, HomeRefusal> {
        let path = self.memory().join("lock");
        let file = files::private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(on(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(HomeRefusal::InUse(self.root.clone())),
            Err(fs::TryLockError::Error(error)) => Err(HomeRefusal::Path { path, error }),
        }
    }
}

fn on(path: &Path) -> impl Fn(io::Error) -> HomeRefusal + use<> {
    let path = path.to_owned();
    move |error| HomeRefusal::Path {
        path: path.clone(),
        error,
    }
}

fn secret_in(path: &Path) -> Result<Secret, HomeRefusal> {
    let bytes = read_private(path)
        .map_err(on(path))?
        .ok_or_else(|| HomeRefusal::TooOpen(path.to_owned()))?;
    Secret::from_slice(&bytes).ok_or_else(|| HomeRefusal::Damaged {
        path: path.to_owned(),
        why: "a key has 32 bytes",
    })
}

#[cfg(test)]
mod tests;
