//! Apart: the holder's side of a reading. One process per question; it is ended when it has answered, when it is silent for
//! too long, when it wants too much, and when the holder stops answering.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use super::{Answer, Ask, NotRead};

/// How long a reader may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest stretch it may ask for at once.
pub(super) const STRETCH_MAX: u32 = 1 << 20;
/// How often it may ask. Times the longest stretch, a work is read over once and again.
const ASKS_MAX: u32 = 20_000;
/// The longest answer.
const ANSWER_MAX: u32 = 48 << 20;
/// How many readings may go on at once: each may take as much memory as a reader may.
const AT_ONCE: usize = 4;

/// How to start the process that reads works, and how many of them run.
#[derive(Debug, Clone)]
pub struct Readers {
    program: PathBuf,
    arguments: Vec<OsString>,
    patience: Duration,
    places: Arc<Places>,
}

#[derive(Debug, Default)]
struct Places {
    taken: Mutex<usize>,
    freed: std::sync::Condvar,
}

struct Place<'a>(&'a Places);

impl Places {
    fn take(&self) -> Place<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken >= AT_ONCE {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
        Place(self)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(1);
        self.0.freed.notify_one();
    }
}

impl Readers {
    /// `program arguments...` ends in [`serve_fenced`](super::serve_fenced).
    pub fn by(program: PathBuf, arguments: impl IntoIterator<Item = OsString>) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().collect(),
            patience: PATIENCE,
            places: Arc::default(),
        }
    }

    /// Another limit on silence than half a minute.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Asks for a part of a work of `len` bytes. `read` fills a buffer from an offset of it, fewer bytes only at its end;
    /// what it refuses with ends the reading. Waits: not for threads that serve others.
    pub fn ask<E: From<NotRead>>(
        &self,
        ask: &Ask,
        len: u64,
        mut read: impl FnMut(u64, &mut [u8]) -> Result<usize, E>,
    ) -> Result<Answer, E> {
        let _place = self.places.take();
        let (mut talk, mut out) = self.start()?;
        let head = framed(ask, len);
        let mut stretch = Vec::new();
        // A reader that broke off before it heard everything may have said why; if it did not, listening says so.
        let _ = talk.say(&head);
        for _ in 0..ASKS_MAX {
            talk.stirred();
            match Heard::from(&mut out)? {
                Heard::Need { at, want } => {
                    stretch.resize(want, 0);
                    let read = read(at, &mut stretch).inspect_err(|_| talk.end())?;
                    let got = stretch.get(..read).unwrap_or_default();
                    talk.say(&u32::try_from(read).unwrap_or(0).to_le_bytes())?;
                    talk.say(got)?;
                }
                Heard::Answer(answer) => return Ok(answer),
                Heard::Refused(no) => return Err(no.into()),
            }
        }
        Err(ended("it was read over and over").into())
    }

    fn start(&self) -> Result<(Talk, impl Read + use<>), NotRead> {
        let started = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = started.map_err(|error| NotRead::Start(error.to_string()))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = pipes.ok_or_else(|| NotRead::Start("it has no pipes".to_owned()))?;
        let (stir, stirred) = channel();
        let child = Arc::new(Mutex::new(child));
        let (watched, patience) = (child.clone(), self.patience);
        thread::spawn(move || watch(&stirred, &watched, patience));
        let talk = Talk { child, stdin, stir };
        Ok((talk, stdout))
    }
}

/// Ends a reader that was silent for too long.
fn watch(stirred: &Receiver<()>, child: &Mutex<Child>, patience: Duration) {
    loop {
        match stirred.recv_timeout(patience) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => return kill(child),
        }
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // A program that has ended is not harmed by this.
    let _ = child.kill();
}

/// A reader that runs; it ends with this value.
struct Talk {
    child: Arc<Mutex<Child>>,
    stdin: ChildStdin,
    stir: Sender<()>,
}

impl Talk {
    fn say(&mut self, bytes: &[u8]) -> Result<(), NotRead> {
        let said = self.stdin.write_all(bytes);
        said.map_err(|_| ended("its reader broke off"))
    }
    fn stirred(&self) {
        // Nobody watches any more once patience was lost; then the next word fails.
        let _ = self.stir.send(());
    }
    fn end(&self) {
        kill(&self.child);
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.end();
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.wait();
    }
}

/// A question as it goes in: its length, itself, and how long the work is.
pub(super) fn framed(ask: &Ask, len: u64) -> Vec<u8> {
    let body = encoded(ask);
    let mut out = u32::try_from(body.len()).unwrap_or(0).to_le_bytes().to_vec();
    out.extend(body);
    out.extend(len.to_le_bytes());
    out
}

/// Writing CBOR into memory does not fail.
pub(super) fn encoded<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = minicbor::encode(value, &mut out);
    out
}

enum Heard {
    Need { at: u64, want: usize },
    Answer(Answer),
    Refused(NotRead),
}

impl Heard {
    fn from(out: &mut impl Read) -> Result<Self, NotRead> {
        let broke = |_: io::Error| ended("its reader broke off or took too long");
        let mut tag = [0];
        out.read_exact(&mut tag).map_err(broke)?;
        if tag == *b"n" {
            let (mut at, mut want) = ([0; 8], [0; 4]);
            out.read_exact(&mut at).map_err(broke)?;
            out.read_exact(&mut want).map_err(broke)?;
            let want = u32::from_le_bytes(want).min(STRETCH_MAX);
            return Ok(Self::Need {
                at: u64::from_le_bytes(at),
                want: want as usize,
            });
        }
        let mut len = [0; 4];
        out.read_exact(&mut len).map_err(broke)?;
        let len = u32::from_le_bytes(len);
        if len > ANSWER_MAX {
            return Err(ended("its reader said too much"));
        }
        let mut body = Vec::new();
        out.take(len.into()).read_to_end(&mut body).map_err(broke)?;
        let nonsense = || ended("its reader spoke nonsense");
        match tag {
            _ if body.len() as u64 != u64::from(len) => Err(ended("its reader broke off or took too long")),
            [b'a'] => minicbor::decode(&body).map(Self::Answer).map_err(|_| nonsense()),
            [b'r'] => {
                let text = str::from_utf8(&body).map_err(|_| nonsense())?;
                let (code, why) = text.split_once(' ').unwrap_or((text, ""));
                Ok(Self::Refused(NotRead::told(code, why)))
            }
            _ => Err(nonsense()),
        }
    }
}

const fn ended(why: &'static str) -> NotRead {
    NotRead::Ended(why)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use units::Refusal;

    fn says(script: &str, patience: u64) -> Result<Answer, NotRead> {
        let arguments = ["-c".into(), script.into()];
        let readers = Readers::by("/bin/sh".into(), arguments).within(Duration::from_millis(patience));
        readers.ask(&Ask::Contents, 5, |_, buf| Ok(buf.len()))
    }

    /// proves: row-88
    #[test]
    fn a_reader_that_breaks_off_says_too_much_or_nothing_is_ended() {
        for script in [
            "exit 1",
            "printf x",
            // An answer of four thousand million bytes.
            "printf 'a\\377\\377\\377\\377'",
            // One of five bytes that are no answer, and one that is not whole.
            "printf 'a\\005\\000\\000\\000hello'",
            "printf 'a\\005\\000\\000\\000he'",
            "printf 'r\\004\\000\\000\\000oops'",
            // Silence.
            "exec sleep 600",
            // Questions without end.
            "while printf 'n\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0'; do :; done",
        ] {
            assert_eq!(says(script, 300).unwrap_err().code(), "reader-ended", "{script}");
        }
        let none = Readers::by("/nowhere/at/all".into(), []);
        let no = none.ask::<NotRead>(&Ask::Contents, 0, |_, _| Ok(0)).unwrap_err();
        assert_eq!(no.code(), "reader-not-started");
    }

    #[test]
    fn what_it_refuses_is_believed_as_a_reason_alone() {
        assert_eq!(
            says("printf 'r\\014\\000\\000\\000no-such-part'", 30_000).unwrap_err(),
            NotRead::NoSuchPart
        );
        assert_eq!(
            NotRead::told("work-damaged", "a\nb\u{1b}[31m"),
            NotRead::Damaged("ab[31m".into())
        );
    }
}
