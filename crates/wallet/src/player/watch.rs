//! Watch: is another program looking into this process? A tracer sees plaintext; a player that finds one stops (SD-6). It
//! finds honest debuggers, not a machine that lies: the threat model says so.

use std::path::PathBuf;

/// Where to look for a tracer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch(Option<PathBuf>);

impl Watch {
    /// At this very process, where the system tells (Linux).
    pub fn this_process() -> Self {
        Self(cfg!(target_os = "linux").then(|| PathBuf::from("/proc/self/status")))
    }
    /// At the status file of some process.
    pub const fn status_file(path: PathBuf) -> Self {
        Self(Some(path))
    }
    /// The process that looks into this one, if one does.
    pub fn look(&self) -> Option<u32> {
        tracer(&std::fs::read_to_string(self.0.as_ref()?).ok()?)
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::this_process()
    }
}

fn tracer(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|l| l.strip_prefix("TracerPid:"))?;
    line.trim().parse().ok().filter(|pid| *pid != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracer_is_found_by_its_line() {
        assert_eq!(tracer("Name:\tkeyfare\nTracerPid:\t0\nUid:\t0\n"), None);
        assert_eq!(tracer("Name:\tkeyfare\nTracerPid:\t4711\nUid:\t0\n"), Some(4711));
        assert_eq!(tracer(""), None);
        assert_eq!(Watch::this_process().look(), None);
    }
}
