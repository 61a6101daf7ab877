//! Running other programs, with the command named when it fails.

use crate::tree;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// A command in the workspace's root. `cargo` is the one that runs this chore.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let own_cargo = if program == "cargo" {
        std::env::var_os("CARGO")
    } else {
        None
    };
    let mut command = own_cargo.map_or_else(|| Command::new(program), Command::new);
    command.args(arguments).current_dir(tree::root());
    // What `cargo run` told this chore about itself is nothing to what the chore starts.
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it with its output on the terminal.
pub fn run(program: &str, arguments: &[&str]) -> Result<()> {
    finish(command(program, arguments))
}

/// Runs a prepared command with its output on the terminal.
pub fn finish(mut command: Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(&command));
    }
    Ok(())
}

/// A directory of its own in the machine's memory, where there is enough of it, gone when dropped. What tests write goes
/// there: a compiler beside them fills the disk's queue for half a minute at a time, and every sync would wait behind it. A
/// killed process leaves the same bytes behind there as on a disk.
pub fn in_memory() -> Result<Option<tempfile::TempDir>> {
    const ENOUGH: u64 = 6 << 30;
    let shared = std::path::Path::new("/dev/shm");
    let free = Command::new("df").args(["--output=avail", "-B1", "/dev/shm"]).output();
    let free = free.ok().filter(|_| shared.is_dir()).and_then(|said| {
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        said.lines().last()?.trim().parse::<u64>().ok()
    });
    if free.is_none_or(|free| free < ENOUGH) {
        return Ok(None);
    }
    let place = tempfile::Builder::new().prefix("keyfare-").tempdir_in(shared);
    place.map(Some).context("cannot make a directory in /dev/shm")
}

/// Runs it, passes its lines on as they come, and lets `look` see each.
pub fn watched(mut command: Command, look: fn(&str)) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pass_on = |stream: Option<Box<dyn Read + Send>>| {
        let lines = stream
            .into_iter()
            .flat_map(|stream| BufReader::new(stream).split(b'\n'));
        for line in lines.map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            look(&line);
        }
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(out.map(|it| Box::new(it) as Box<dyn Read + Send>)));
        scope.spawn(|| pass_on(err.map(|it| Box::new(it) as Box<dyn Read + Send>)));
    });
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        bail!("{} ended with {status}", shown(&command))
    }
}

/// Runs it and returns what it printed.
pub fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let mut command = command(program, arguments);
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        bail!(
            "{} ended with {}: {}",
            shown(&command),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is no text", shown(&command)))
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or_default().to_owned();
    let arguments = command.get_args().map(|it| it.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Is there a program of this name in the path, or a file of this absolute path?
pub fn exists(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    program.starts_with('/') && std::path::Path::new(program).exists()
        || !program.starts_with('/') && std::env::split_paths(&paths).any(|path| path.join(program).is_file())
}
