//! Places: where everything of one installation lies.
//!
//! ```text
//! DIR/realm.cbor         the realm file every party and card starts from
//! DIR/roots              secret of the dev realm's roots (dev only: production keeps roots offline)
//! DIR/addresses.toml     where each party listens
//! DIR/PARTY/             keys, database, packages of one party
//! DIR/publisher/         a publisher's keys, and what he has sealed
//! DIR/wallet/            a card and its wallet
//! ```

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The directory of one installation.
#[derive(Debug, Clone)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// The directory that was asked for, or the usual one.
    pub fn new(asked: Option<PathBuf>) -> Result<Self> {
        let root = match asked {
            Some(dir) => dir,
            None => usual()?,
        };
        Ok(Self { root })
    }
    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }
    /// A party's directory.
    pub fn party(&self, word: &str) -> PathBuf {
        self.root.join(word)
    }
    /// The wallet's directory.
    pub fn wallet(&self) -> PathBuf {
        self.root.join("wallet")
    }
    /// The publisher's directory.
    pub fn publisher(&self) -> PathBuf {
        self.root.join("publisher")
    }
    /// The realm file.
    pub fn realm_file(&self) -> PathBuf {
        self.root.join("realm.cbor")
    }
    /// Is there an installation here?
    pub fn exists(&self) -> bool {
        self.realm_file().exists()
    }
}

fn usual() -> Result<PathBuf> {
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute());
    let data = data.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    Ok(data
        .context("neither HOME nor XDG_DATA_HOME is set: say where with --dir")?
        .join("keyfare"))
}
