//! `keyfare read-upload`: this program as the fenced process that looks into a stranger's file (rows 87 to 89). Nobody types
//! it; `publish` and the console start it.

use std::{ffi::OsString, io::stdout};

use anyhow::{Context, Result};
use publisher::preview::{Apart, derive_fenced};

use crate::cli::ReadUpload;

/// How the process is started.
pub fn reader() -> Result<Apart> {
    let program = std::env::current_exe().context("where this program lies is not known")?;
    Ok(Apart::by(program, [OsString::from("read-upload")]))
}

/// The fenced side. No thread has been started yet, so the fence holds for all that follows.
pub fn run(args: &ReadUpload) -> Result<()> {
    let converter = args.converter.as_ref().map(|program| program.as_os_str());
    Ok(derive_fenced(&args.file, &args.room, converter, &mut stdout().lock())?)
}
