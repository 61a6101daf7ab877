//! `keyfare convert-work`: this program as the process that fences itself in and becomes the converter of a player (rows 87 to 89).
//! Nobody types it; the player starts it.

use std::ffi::OsString;

use anyhow::{Context, Result};
use publisher::piped::{Fenced, become_fenced};

use crate::cli::ConvertWork;

/// How the process is started.
pub fn fenced() -> Result<Fenced> {
    let program = std::env::current_exe().context("where this program lies is not known")?;
    Ok(Fenced::by(program, [OsString::from("convert-work")]))
}

/// The fenced side. No thread has been started yet, so the fence holds for all that follows.
pub fn run(args: &ConvertWork) -> Result<()> {
    Ok(become_fenced(&args.converter, args.seconds, &args.arguments)?)
}
