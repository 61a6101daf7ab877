//! Log: the register of a simulated mechanism. A line is there when it is whole; one that a loss of power cut short never
//! happened. Real machines have a counter that keeps its value without power; this stands in its place.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use party::mechanism::Jam;

/// Lines that are added and never changed.
#[derive(Debug, Clone)]
pub(crate) struct Lines(PathBuf);

fn jam(what: &Path) -> impl Fn(io::Error) -> Jam + '_ {
    move |no| Jam(format!("{}: {}", what.display(), no.kind()))
}

impl Lines {
    /// The register in this file; made when it is not there.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut options = fs::OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)?;
        file.sync_all()?;
        Ok(Self(path))
    }

    /// Every whole line.
    pub(crate) fn read(&self) -> Result<Vec<String>, Jam> {
        let text = fs::read_to_string(&self.0).map_err(jam(&self.0))?;
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        Ok(whole.lines().map(str::to_owned).collect())
    }

    /// Adds a line; on the disk when this returns.
    pub(crate) fn add(&self, line: &str) -> Result<(), Jam> {
        let write = || -> io::Result<()> {
            let mut file = fs::OpenOptions::new().read(true).write(true).open(&self.0)?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let end = u64::try_from(end).unwrap_or(u64::MAX);
            file.set_len(end)?;
            file.seek(SeekFrom::Start(end))?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_all()
        };
        write().map_err(jam(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_short_never_happened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("register");
        let lines = Lines::open(path.clone()).unwrap();
        assert!(lines.read().unwrap().is_empty());
        lines.add("1 out 4").unwrap();
        fs::write(&path, "1 out 4\n2 ou").unwrap();
        assert_eq!(Lines::open(path.clone()).unwrap().read().unwrap(), ["1 out 4"]);
        lines.add("2 stuck 3").unwrap();
        assert_eq!(lines.read().unwrap(), ["1 out 4", "2 stuck 3"]);
        fs::remove_file(&path).unwrap();
        assert!(lines.read().is_err() && lines.add("3").is_err());
    }
}
