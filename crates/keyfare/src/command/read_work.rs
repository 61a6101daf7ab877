//! `keyfare read-work`: this program as the fenced process that reads books and papers for the player (rows 87 and 88). Nobody
//! types it; the wallet starts it.

use std::{
    ffi::OsString,
    io::{stdin, stdout},
};

use anyhow::{Context, Result};
use publisher::read::{Readers, serve_fenced};

/// How the process is started.
pub fn readers() -> Result<Readers> {
    let program = std::env::current_exe().context("where this program lies is not known")?;
    Ok(Readers::by(program, [OsString::from("read-work")]))
}

/// The fenced side. No thread has been started yet, so the fence holds for all that follows.
pub fn run() -> Result<()> {
    Ok(serve_fenced(stdin().lock(), stdout().lock())?)
}
