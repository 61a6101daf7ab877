//! A fence around the process that reads a stranger's file: limits on memory, time, output and open files, and on Linux no
//! file but that one, no writing outside a private directory, and no network (rows 87 to 89). What the process starts, a
//! converter say, inherits all of it.

use std::{io, path::Path};

/// Memory a fenced process may take, in bytes.
const MEMORY_MAX: u64 = 2 << 30;
/// Processor time it may use, in seconds.
const SECONDS_MAX: u64 = 60;
/// The longest file it may write, in bytes.
const FILE_LEN_MAX: u64 = 64 << 20;
/// How many files it may hold open.
const FILES_MAX: u64 = 64;

/// How high the fence stands: what this system could enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// Limits, one readable file, one writable directory, no network.
    Full,
    /// Limits, and some of the rest.
    Partial,
    /// Limits only.
    Limits,
    /// Nothing: this system has no such means.
    None,
}

impl Fence {
    /// Fences this process in for the rest of its life, with no file at all but what programs need to run: what it works on
    /// comes to it by pipes. To be called before it reads any of that and before any thread is started.
    pub fn closed() -> io::Result<Self> {
        if !limits(SECONDS_MAX)? {
            return Ok(Self::None);
        }
        walls(None, None)
    }

    /// The same, for a process that becomes `program` next, and may use so many seconds of a processor.
    pub fn closed_but_for(program: &Path, seconds: u64) -> io::Result<Self> {
        if !limits(seconds)? {
            return Ok(Self::None);
        }
        walls(None, Some(program))
    }

    /// Fences this process in for the rest of its life: it may read `file` and what programs need to run, and write in
    /// `room`. To be called before anything of `file` is read and before any thread is started.
    pub fn around(file: &Path, room: &Path) -> io::Result<Self> {
        if !limits(SECONDS_MAX)? {
            return Ok(Self::None);
        }
        walls(Some((file, room)), None)
    }
}

#[cfg(unix)]
fn limits(seconds: u64) -> io::Result<bool> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    for (what, most) in [
        (Resource::As, MEMORY_MAX),
        (Resource::Cpu, seconds),
        (Resource::Fsize, FILE_LEN_MAX),
        (Resource::Nofile, FILES_MAX),
        (Resource::Core, 0),
    ] {
        setrlimit(
            what,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )?;
    }
    Ok(true)
}

#[cfg(not(unix))]
fn limits(_: u64) -> io::Result<bool> {
    Ok(false)
}

#[cfg(target_os = "linux")]
fn walls(open: Option<(&Path, &Path)>, program: Option<&Path>) -> io::Result<Fence> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
        path_beneath_rules,
    };
    // What a dynamically linked program needs to start, and nothing under /home, /root, /var or /tmp.
    const PROGRAMS: [&str; 6] = [
        "/usr",
        "/bin",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/alternatives",
    ];
    let build = || -> Result<RulesetStatus, RulesetError> {
        let abi = ABI::V6;
        let run = AccessFs::from_read(abi);
        let own = std::env::current_exe().ok();
        let status = Ruleset::default()
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .create()?
            .add_rules(path_beneath_rules(PROGRAMS, run))?
            .add_rules(path_beneath_rules(own, run))?
            .add_rules(path_beneath_rules(program, AccessFs::ReadFile | AccessFs::Execute))?
            .add_rules(path_beneath_rules(
                ["/dev/null"],
                AccessFs::ReadFile | AccessFs::WriteFile,
            ))?
            .add_rules(path_beneath_rules(open.map(|(file, _)| file), AccessFs::ReadFile))?
            .add_rules(path_beneath_rules(open.map(|(_, room)| room), AccessFs::from_all(abi)))?
            .restrict_self()?;
        Ok(status.ruleset)
    };
    Ok(match build().map_err(io::Error::other)? {
        RulesetStatus::FullyEnforced => Fence::Full,
        RulesetStatus::PartiallyEnforced => Fence::Partial,
        RulesetStatus::NotEnforced => Fence::Limits,
    })
}

#[cfg(not(target_os = "linux"))]
fn walls(_: Option<(&Path, &Path)>, _: Option<&Path>) -> io::Result<Fence> {
    Ok(Fence::Limits)
}
