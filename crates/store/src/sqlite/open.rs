//! Opening: whose file is this, which steps does it lack, and was it put back?

use super::transaction::{STATEMENTS, SqliteTx, fault};
use super::witness::{self, Witness};
use crate::identity::{self, Identity, Mark, OWN, Standing, StoreId};
use crate::{Fault, Part, Step, Table};
use rusqlite::{Connection, TransactionBehavior};
use std::io;
use std::path::Path;
use std::time::Duration;
use units::{Again, RealmId, Refusal};

/// "KEYF" in the file's header, so that another program's database is not taken for a store.
pub(super) const APPLICATION: i32 = 0x4B45_5946;

/// Who opens.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The party's role.
    pub role: String,
    /// Its realm.
    pub realm: RealmId,
    /// Sixteen fresh random bytes: the number of the store, should it have to be made.
    pub new_id: [u8; 16],
}

/// Why a store was not opened, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefused {
    /// The file is a database, but none of ours.
    #[error("{0} is a database of another program; choose another place")]
    NotAStore(String),
    /// The file belongs to another role or realm.
    #[error("this is the store of role {role} in realm {realm}; start that party, or choose another place")]
    Foreign {
        /// Its role.
        role: String,
        /// Its realm.
        realm: RealmId,
    },
    /// The file was written by a newer program or another one.
    #[error("this program does not know the shape of the store: {0}; use the program that wrote it")]
    OtherShape(String),
    /// There is no store here, but its witness remembers one. Starting afresh would forget what was promised.
    #[error(
        "the store is gone, but its witness {witness} remembers {commits} commits; restore a backup, or remove the witness to start anew"
    )]
    Missing {
        /// The witness's file.
        witness: String,
        /// How far the lost store had come.
        commits: u64,
    },
    /// The witness speaks of another store than the one here.
    #[error("the witness {0} belongs to another store; put the right files together, or remove the witness")]
    OtherWitness(String),
    /// The file could not be read or written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for OpenRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAStore(_) => "store-not-a-store",
            Self::Foreign { .. } => "store-foreign",
            Self::OtherShape(_) => "store-other-shape",
            Self::Missing { .. } => "store-missing",
            Self::OtherWitness(_) => "store-other-witness",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Missing { .. } | Self::OtherWitness(_) => Again::AfterYouAct,
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}

impl From<rusqlite::Error> for OpenRefused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(fault(&error))
    }
}

impl From<io::Error> for OpenRefused {
    fn from(error: io::Error) -> Self {
        Self::Fault(Fault::Disk(error.to_string()))
    }
}

/// A connection that writes with full synchronisation.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "cell_size_check", "ON")?;
    // Pages the writer keeps, in KiB: what is written to again and again is not read from the file again and again.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Opens or makes the store in `path`; the connection returned is the writer's.
pub(super) fn open(path: &Path, opening: &Opening, parts: &[&'static Part]) -> Result<Connection, OpenRefused> {
    // The file exists before SQLite opens it, for then it and its logs are readable by their owner alone.
    match witness::create_private(path, false) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    let mut connection = connect(path)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION && tables > 0 {
        return Err(OpenRefused::NotAStore(path.display().to_string()));
    }
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let changed = {
        let mut tx = SqliteTx::new(&transaction);
        take_steps(&transaction, &mut tx, parts)?;
        identify(&mut tx, path, opening)?;
        tx.wrote
    };
    if changed {
        identity::count_commit(&mut SqliteTx::new(&transaction))?;
    }
    transaction.commit()?;
    witness::sync_directory(path)?;
    Ok(connection)
}

fn create(connection: &Connection, tables: &[Table]) -> rusqlite::Result<()> {
    for table in tables {
        let sql = format!(
            "CREATE TABLE t_{}(k BLOB NOT NULL PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID",
            table.name()
        );
        connection.execute(&sql, [])?;
    }
    Ok(())
}

/// Brings the file up to date, all steps in one transaction.
fn take_steps(connection: &Connection, tx: &mut SqliteTx<'_>, parts: &[&'static Part]) -> Result<(), OpenRefused> {
    let born = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))? == 0;
    if born {
        // The list of steps is itself a table of the first step.
        create(connection, &OWN.tables().collect::<Vec<_>>())?;
    }
    let mut all = vec![&OWN];
    all.extend_from_slice(parts);
    let todo = identity::missing_steps(tx, &all)?.map_err(OpenRefused::OtherShape)?;
    for todo in todo {
        match todo.step {
            Step::Create(_) if born && todo.part == OWN.name && todo.number == 1 => {}
            Step::Create(tables) => create(connection, tables)?,
            Step::Run { run, .. } => run(tx)?,
        }
        identity::note_step(tx, &todo)?;
    }
    Ok(())
}

/// Checks or makes the identity, and hears the witness.
fn identify(tx: &mut SqliteTx<'_>, path: &Path, opening: &Opening) -> Result<(), OpenRefused> {
    let saw = witness::read(path)?;
    let witness_name = || witness::path(path).display().to_string();
    let Some(own) = identity::identity(tx)? else {
        if let Witness::Saw(mark) = saw
            && mark.commits > 0
        {
            return Err(OpenRefused::Missing {
                witness: witness_name(),
                commits: mark.commits,
            });
        }
        let own = Identity {
            id: StoreId(opening.new_id),
            role: opening.role.clone(),
            realm: opening.realm,
            epoch: 1,
        };
        // The witness comes first: a store without one would look as if somebody had removed it.
        witness::write(
            path,
            &Mark {
                id: own.id,
                epoch: 1,
                commits: 0,
            },
        )?;
        return Ok(identity::set_identity(tx, &own)?);
    };
    if own.role != opening.role || own.realm != opening.realm {
        return Err(OpenRefused::Foreign {
            role: own.role,
            realm: own.realm,
        });
    }
    let file = Mark {
        id: own.id,
        epoch: own.epoch,
        commits: identity::commits(tx)?,
    };
    let old = identity::standing(tx)?;
    let new = match (&old, saw) {
        (_, Witness::Saw(seen)) if seen.id != own.id => return Err(OpenRefused::OtherWitness(witness_name())),
        (
            Standing::Restored {
                epoch,
                commits,
                seen_epoch,
            },
            Witness::Saw(seen),
        ) => Standing::Restored {
            epoch: *epoch,
            commits: *commits,
            seen_epoch: (*seen_epoch).max(seen.epoch),
        },
        (Standing::Continued, Witness::Saw(seen)) if (seen.epoch, seen.commits) > (file.epoch, file.commits) => {
            Standing::Rewound { file, seen }
        }
        (Standing::Continued, Witness::Silent) => Standing::Unwitnessed,
        _ => old,
    };
    if new != old {
        identity::set_standing(tx, &new)?;
    }
    Ok(())
}
