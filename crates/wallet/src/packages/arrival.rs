//! Arrival: a package that is still coming, readable as far as it has come (XD-5). Readers wait for the byte they want.

use std::{
    fs::File,
    io,
    sync::{Condvar, Mutex},
    time::Duration,
};

use package::ReadAt;

use crate::engine::locked;

/// How long a reader waits for a byte before it gives up; the download itself goes on.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Progress {
    have: u64,
    of: Option<u64>,
    whole: bool,
    stopped: Option<String>,
}

/// A growing file.
#[derive(Debug)]
pub struct Arrival {
    file: File,
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Arrival {
    /// Grows in `file`, of which `have` bytes are here.
    pub fn new(file: File, have: u64) -> Self {
        let progress = Progress {
            have,
            ..Progress::default()
        };
        Self {
            file,
            progress: Mutex::new(progress),
            changed: Condvar::new(),
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut locked(&self.progress));
        self.changed.notify_all();
    }

    /// Bytes here, and of how many.
    pub fn progress(&self) -> (u64, Option<u64>) {
        let progress = locked(&self.progress);
        (progress.have, progress.of)
    }

    /// Further bytes have come. They are readable when this returns.
    pub fn add(&self, bytes: &[u8], of: Option<u64>) -> io::Result<()> {
        let at = self.progress().0;
        write_at(&self.file, at, bytes)?;
        self.tell(|p| {
            p.have = at.saturating_add(bytes.len() as u64);
            p.of = of.or(p.of);
        });
        Ok(())
    }

    /// Nothing more will come, for this reason; readers hear it.
    pub fn stop(&self, why: String) {
        self.tell(|p| p.stopped = Some(why));
    }
    /// It comes again.
    pub(super) fn resume(&self) {
        self.tell(|p| p.stopped = None);
    }
    /// All of it is here.
    pub(super) fn finish(&self) -> io::Result<()> {
        self.file.sync_all()?;
        self.tell(|p| p.whole = true);
        Ok(())
    }
}

#[cfg(unix)]
fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}
#[cfg(not(unix))]
fn write_at(mut file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek, SeekFrom, Write};
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

impl Arrival {
    /// Waits until the bytes before `end` have come, or all there are. Fails when nothing comes any more.
    pub fn wait_for(&self, end: u64) -> io::Result<u64> {
        let mut progress = locked(&self.progress);
        while progress.have < end && !progress.whole {
            if let Some(why) = &progress.stopped {
                return Err(io::Error::other(why.clone()));
            }
            let before = progress.have;
            let (next, waited) = self
                .changed
                .wait_timeout(progress, PATIENCE)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            progress = next;
            if waited.timed_out() && progress.have == before {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(progress.have)
    }
}

impl ReadAt for Arrival {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let have = self.wait_for(offset.saturating_add(1))?;
        let here = usize::try_from(have.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = buf.len().min(here);
        ReadAt::read_at(&self.file, offset, buf.get_mut(..len).unwrap_or_default())
    }

    fn size(&self) -> io::Result<Option<u64>> {
        let progress = locked(&self.progress);
        Ok(progress.whole.then_some(progress.have))
    }
}
