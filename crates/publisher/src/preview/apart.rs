//! Apart: previews of strangers' files are derived in a process of its own, which is fenced in before it reads a byte and
//! is ended when it takes too long. A decoder that is wrong, or taken over, holds one file and no key.
//!
//! The parent starts a program of its choice (itself, by a hidden command) with the file, its format and a private
//! directory; the child answers on its standard output: a line, then the preview's bytes.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use license::PREVIEW_LEN_MAX;
use units::Refusal;

use super::{Converter, Fence, NoPreview, Preview, accept, derive, listen::listen};
use crate::kind::{HEAD_LEN, recognise};

const PATIENCE: Duration = Duration::from_secs(45);
/// The longest first line.
const LINE_LEN_MAX: usize = 1024;

/// How to start the process that reads strangers' files.
#[derive(Debug, Clone)]
pub struct Apart {
    program: PathBuf,
    arguments: Vec<OsString>,
    patience: Duration,
}

impl Apart {
    /// `program arguments... FILE ROOM [CONVERTER]` ends in [`derive_fenced`].
    pub fn by(program: PathBuf, arguments: impl IntoIterator<Item = OsString>) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().collect(),
            patience: PATIENCE,
        }
    }

    /// Another limit on wall time than three quarters of a minute.
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Derives a preview from the file at `path`, whose format is told from its content.
    pub fn derive(&self, path: &Path, converter: Option<&Converter>) -> Result<Preview, NoPreview> {
        let room = tempfile::tempdir()?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(std::path::absolute(path)?)
            .arg(room.path());
        if let Some(converter) = converter {
            command.arg(converter.program());
        }
        let mut child = command
            .env_clear()
            .env("TMPDIR", room.path())
            .current_dir(room.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let heard = listen(&mut child, self.patience, (LINE_LEN_MAX + PREVIEW_LEN_MAX) as u64);
        // Whatever it said, it is over: a program that has ended is not harmed by this.
        let _ = child.kill();
        let _ = child.wait();
        match heard? {
            Some(bytes) => read_answer(&bytes),
            None => Err(ended("reading the file took too long")),
        }
    }
}

fn ended(why: &str) -> NoPreview {
    NoPreview::Apart {
        code: "preview-reader-ended",
        text: format!("{why}: the file may be made to harm its readers; supply a preview"),
    }
}

fn read_answer(bytes: &[u8]) -> Result<Preview, NoPreview> {
    let end = bytes
        .iter()
        .take(LINE_LEN_MAX)
        .position(|b| *b == b'\n')
        .ok_or_else(|| ended("the reader of the file broke off"))?;
    let (line, body) = bytes.split_at(end);
    let line = str::from_utf8(line).map_err(|_| ended("the reader of the file spoke nonsense"))?;
    match line.split_once(' ') {
        // What comes from in there is looked at like what strangers bring.
        Some(("preview", len)) if len.parse() == Ok(body.len().saturating_sub(1)) => {
            accept(body.get(1..).unwrap_or_default().to_vec())
        }
        Some(("refused", why)) => {
            let (code, text) = why.split_once(' ').unwrap_or((why, ""));
            let code = CODES.into_iter().find(|known| *known == code);
            Err(NoPreview::Apart {
                code: code.ok_or_else(|| ended("the reader of the file spoke nonsense"))?,
                text: text.chars().filter(|c| !c.is_control()).collect(),
            })
        }
        _ => Err(ended("the reader of the file broke off")),
    }
}

/// The codes of [`NoPreview`] that a reader may give.
const CODES: [&str; 7] = [
    "preview-to-be-supplied",
    "preview-needs-ffmpeg",
    "preview-picture-too-large",
    "preview-file-damaged",
    "preview-not-converted",
    "preview-refused",
    "preview-file-unreadable",
];

/// The child's side: fences this process in, derives a preview from `file` and says the answer on `out`. To be called
/// first thing in a process that exists for this.
pub fn derive_fenced(file: &Path, room: &Path, converter: Option<&OsStr>, out: &mut impl Write) -> std::io::Result<()> {
    Fence::around(file, room)?;
    let made = (|| {
        let mut head = Vec::new();
        File::open(file)?.take(HEAD_LEN as u64).read_to_end(&mut head)?;
        let converter = converter.map(|program| Converter::at(program.into()).in_room(room));
        derive(file, recognise(&head), converter.as_ref())
    })();
    match made {
        Ok(preview) => {
            writeln!(out, "preview {}", preview.bytes.len())?;
            out.write_all(&preview.bytes)?;
        }
        Err(no) => writeln!(out, "refused {} {no}", no.code())?,
    }
    out.flush()
}
