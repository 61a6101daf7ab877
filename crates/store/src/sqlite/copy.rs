//! Backup and restore. A copy knows that it is one, so that whatever way it comes back into service (by [`restore`], or
//! by somebody who renames files), the party learns of it when it opens.

use super::open::{APPLICATION, connect};
use super::transaction::{SqliteTx, fault};
use super::witness::{beside, create_private, sync_directory};
use crate::Fault;
use crate::identity::{self, Identity, Standing};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use units::{Again, Refusal};

/// Why a copy was not made, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyRefused {
    /// Something is there already, and it may be worth more than the copy.
    #[error("{0} is there already; move it away first, and keep it")]
    Exists(String),
    /// Not a backup of a store, or damaged.
    #[error("{path} is no whole backup of a store ({why})")]
    NotWhole {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for CopyRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists(_) => "copy-exists",
            Self::NotWhole { .. } => "copy-not-whole",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Exists(_) => Again::AfterYouAct,
            Self::NotWhole { .. } => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}

impl From<rusqlite::Error> for CopyRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(fault(&error))
    }
}

impl From<io::Error> for CopyRefused {
    fn from(error: io::Error) -> Self {
        let full = error.kind() == io::ErrorKind::StorageFull;
        Self::Fault(if full {
            Fault::Full
        } else {
            Fault::Disk(error.to_string())
        })
    }
}

/// Copies the live store in `from` to `to`.
pub fn backup(from: &Path, to: &Path) -> Result<(), CopyRefused> {
    refuse_if_there(to)?;
    let part = beside(to, ".part");
    drop(create_private(&part, true)?);
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let name = part.to_string_lossy();
    source.execute("VACUUM INTO ?1", [&name])?;
    mark_as_copy(&part)?;
    publish(&part, to)
}

/// Makes a store in `into` from the backup `from`, and says whose it is. It stands as restored until its party
/// acknowledges a new epoch. Refuses when a database, or what is left of one, lies in the way; the witness of the lost
/// store stays and tells the epoch it saw.
pub fn restore(from: &Path, into: &Path) -> Result<Identity, CopyRefused> {
    for there in [into.to_owned(), beside(into, "-wal"), beside(into, "-journal")] {
        refuse_if_there(&there)?;
    }
    check_whole(from)?;
    let part = beside(into, ".part");
    let mut copy = create_private(&part, true)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    drop(copy);
    let identity = mark_as_copy(&part)?;
    publish(&part, into)?;
    Ok(identity)
}

fn refuse_if_there(path: &Path) -> Result<(), CopyRefused> {
    if path.try_exists()? {
        Err(CopyRefused::Exists(path.display().to_string()))
    } else {
        Ok(())
    }
}

fn check_whole(path: &Path) -> Result<(), CopyRefused> {
    let no = |why: String| CopyRefused::NotWhole {
        path: path.display().to_string(),
        why,
    };
    let check = || -> rusqlite::Result<(i32, String)> {
        let backup =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let application = backup.pragma_query_value(None, "application_id", |row| row.get(0))?;
        Ok((
            application,
            backup.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?,
        ))
    };
    match check() {
        Ok((APPLICATION, verdict)) if verdict == "ok" => Ok(()),
        Ok((APPLICATION, verdict)) => Err(no(verdict)),
        Ok(_) => Err(no("another program's file".to_owned())),
        Err(error) => Err(no(error.to_string())),
    }
}

/// Writes into the copy that it is one, with the epoch it comes from.
fn mark_as_copy(path: &Path) -> Result<Identity, CopyRefused> {
    let mut connection = connect(path)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    let transaction = connection.transaction()?;
    let mut tx = SqliteTx::new(&transaction);
    let Some(own) = identity::identity(&mut tx)? else {
        return Err(CopyRefused::NotWhole {
            path: path.display().to_string(),
            why: "no identity".to_owned(),
        });
    };
    let commits = identity::commits(&mut tx)?;
    let seen_epoch = identity::standing(&mut tx)?.highest_epoch(own.epoch);
    identity::set_standing(
        &mut tx,
        &Standing::Restored {
            epoch: own.epoch,
            commits,
            seen_epoch,
        },
    )?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(own)
}

/// Gives a finished file its name.
fn publish(part: &Path, to: &Path) -> Result<(), CopyRefused> {
    File::open(part)?.sync_all()?;
    fs::rename(part, to)?;
    sync_directory(to)?;
    Ok(())
}
