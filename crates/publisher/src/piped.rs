//! Piped: a converter between two pipes, for what may lie opened in no file. It is started by a program that fences itself in first
//! and then becomes the converter (rows 87 to 89); it has no file, no network and no room to write in, and is ended when it takes
//! too long, whether it speaks or not.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// The most that ffmpeg may allocate at once, in bytes.
const ALLOC_MAX: &str = "268435456";

/// What every run of ffmpeg on a stranger's file is told first: no terminal, no talk, bounds on what it takes.
pub(crate) fn bounds(cpu_seconds: u32) -> [OsString; 8] {
    let seconds = cpu_seconds.to_string();
    [
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "quiet",
        "-max_alloc",
        ALLOC_MAX,
        "-timelimit",
        &seconds,
    ]
    .map(OsString::from)
}

/// How to start the process that becomes a converter.
#[derive(Debug, Clone)]
pub struct Fenced {
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// How a converter ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It says that all went well.
    Well,
    /// It says that it did not.
    Badly,
    /// It was ended: it took too long.
    Late,
}

/// A converter that runs. Ends with this.
#[derive(Debug)]
pub struct Piped {
    ended: Receiver<Ended>,
    late: Arc<AtomicBool>,
    /// Nobody wants it any more when this is dropped.
    _runs: Sender<()>,
}

impl Fenced {
    /// `program arguments... CONVERTER SECONDS ARGUMENTS...` ends in `become_fenced`.
    pub fn by(program: PathBuf, arguments: impl IntoIterator<Item = OsString>) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().collect(),
        }
    }

    /// Starts ffmpeg at `converter` on what comes through the first pipe; what it makes comes out of the second. It may use so many
    /// seconds of a processor, and so much time in all.
    pub fn begin(
        &self,
        converter: &Path,
        arguments: &[&str],
        (cpu_seconds, patience): (u32, Duration),
    ) -> io::Result<(Piped, ChildStdin, ChildStdout)> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(converter)
            .arg(cpu_seconds.to_string())
            .args(bounds(cpu_seconds))
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        let late = Arc::new(AtomicBool::new(false));
        let (runs, dropped) = channel();
        let (tell, ended) = channel();
        let is_late = late.clone();
        thread::spawn(move || {
            if let Some(how) = watch(&mut child, &dropped, patience, &is_late) {
                // Nobody waits for it: then it is over all the same.
                let _ = tell.send(how);
            }
        });
        let piped = Piped {
            ended,
            late,
            _runs: runs,
        };
        Ok((piped, stdin, stdout))
    }
}

/// Until it ends, or is ended: for time, or because nobody wants it any more.
fn watch(child: &mut Child, dropped: &Receiver<()>, patience: Duration, late: &AtomicBool) -> Option<Ended> {
    let began = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(if status.success() { Ended::Well } else { Ended::Badly });
        }
        let wanted = dropped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout);
        if wanted && began.elapsed() < patience {
            continue;
        }
        late.store(wanted, Ordering::SeqCst);
        // Ended already is fine. Whoever reads or feeds it is woken by this.
        let _ = child.kill();
        let _ = child.wait();
        return wanted.then_some(Ended::Late);
    }
}

impl Piped {
    /// Was it ended because it took too long?
    pub fn is_late(&self) -> bool {
        self.late.load(Ordering::SeqCst)
    }

    /// It has said everything: waits until it has ended.
    pub fn end(&self) -> io::Result<Ended> {
        self.ended.recv().map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// The child's side: fences this process in and becomes the converter, which keeps its two pipes. To be called first thing in a
/// process that exists for this; comes back only if it could not.
#[cfg(feature = "make")]
pub fn become_fenced(converter: &Path, cpu_seconds: u64, arguments: &[OsString]) -> io::Result<()> {
    crate::preview::Fence::closed_but_for(converter, cpu_seconds)?;
    let mut command = Command::new(converter);
    command.args(arguments).env_clear();
    becomes(&mut command)
}

#[cfg(all(feature = "make", unix))]
fn becomes(command: &mut Command) -> io::Result<()> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

#[cfg(all(feature = "make", not(unix)))]
fn becomes(command: &mut Command) -> io::Result<()> {
    match command.status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("the converter ended badly")),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::{
        fs,
        io::{Read, Write},
        os::unix::fs::PermissionsExt,
    };

    /// A stand-in for the fenced process.
    fn stand_in(does: &str) -> (tempfile::TempDir, Fenced) {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("fenced");
        fs::write(&program, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        (dir, Fenced::by(program, ["convert-work".into()]))
    }

    fn heard(fenced: &Fenced, patience: Duration, say: &[u8]) -> (Vec<u8>, Ended) {
        let begun = fenced.begin(Path::new("/usr/bin/ffmpeg"), &["-f", "mpeg"], (7, patience));
        let (piped, mut stdin, mut stdout) = begun.unwrap();
        let _ = stdin.write_all(say);
        drop(stdin);
        let mut out = Vec::new();
        stdout.read_to_end(&mut out).unwrap();
        (out, piped.end().unwrap())
    }

    /// proves: row-88 row-89
    #[test]
    fn a_converter_is_told_its_bounds_and_ended_when_it_hangs() {
        let (_dir, echo) = stand_in("printf '%s ' \"$@\" \"[$HOME]\" \"$PWD\"; cat");
        let (said, ended) = heard(&echo, Duration::from_secs(60), b"film");
        let said = String::from_utf8(said).unwrap();
        let told = "convert-work /usr/bin/ffmpeg 7 -nostdin -hide_banner -loglevel quiet -max_alloc 268435456 -timelimit 7 -f mpeg \
                    [] / film";
        assert_eq!((said.as_str(), ended), (told, Ended::Well));
        let (_dir, bad) = stand_in("exit 1");
        assert_eq!(heard(&bad, Duration::from_secs(60), b"film").1, Ended::Badly);
        // It says nothing, reads nothing and does not end: neither whoever feeds it nor whoever listens waits for ever.
        let (_dir, silent) = stand_in("exec /usr/bin/tail -f /dev/null");
        let began = Instant::now();
        let (said, ended) = heard(&silent, Duration::from_millis(300), &[0; 1 << 20]);
        assert_eq!((said.len(), ended), (0, Ended::Late));
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
        // It closes its ears and mouth, and does not end either.
        let (_dir, deaf) = stand_in("exec /bin/sleep 600 <&- >&-");
        assert_eq!(heard(&deaf, Duration::from_millis(300), b"film").1, Ended::Late);
    }
}
