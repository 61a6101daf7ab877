//! Link: where commands go: the kernel's device, or the socket of an emulator.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
    time::Duration,
};

#[cfg(unix)]
use std::os::unix::net::UnixStream;

/// No answer is longer.
const ANSWER_MAX: usize = 4096;
/// An emulator that says nothing for so long is gone. The kernel has limits of its own.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) enum Link {
    /// A command is one write, its answer one read.
    Device(File),
    /// A stream: an answer says how long it is.
    #[cfg(unix)]
    Socket(UnixStream),
}

impl Link {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        if std::os::unix::fs::FileTypeExt::is_socket(&std::fs::metadata(path)?.file_type()) {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            return Ok(Self::Socket(stream));
        }
        Ok(Self::Device(OpenOptions::new().read(true).write(true).open(path)?))
    }

    pub(crate) fn exchange(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        // Its full size at once: a buffer that moves leaves secrets behind.
        let mut answer = vec![0; ANSWER_MAX];
        let len = match self {
            Self::Device(file) => {
                file.write_all(command)?;
                file.read(&mut answer)?
            }
            #[cfg(unix)]
            Self::Socket(stream) => {
                stream.write_all(command)?;
                let (head, rest) = answer.split_at_mut(6);
                stream.read_exact(head)?;
                let len = head.last_chunk::<4>().map_or(0, |len| u32::from_be_bytes(*len)) as usize;
                let rest = len.checked_sub(6).and_then(|len| rest.get_mut(..len));
                stream.read_exact(rest.ok_or(io::ErrorKind::InvalidData)?)?;
                len
            }
        };
        answer.truncate(len);
        Ok(answer)
    }
}
