//! Out: a work as a plain file, for programs that open nothing else. In a private directory, and gone at the end.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::{PlayRefused, Session, Step};
use crate::packages::KeptError;

/// A plain file that lives as long as this value.
#[derive(Debug)]
pub struct HandedOut {
    dir: PathBuf,
    file: PathBuf,
}

impl HandedOut {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file
    }
}

impl Drop for HandedOut {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, "a file that was handed out is still there; it goes at the next start");
        }
    }
}

/// Removes everything that was handed out.
pub(super) fn empty(dir: &Path) {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "files that were handed out could not be removed");
        }
        _ => {}
    }
}

/// The file's name: letters and digits of the title, and an ending by which programs know the kind.
fn name(session: &Session) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '-' { c } else { ' ' };
    let title: String = session.title().chars().map(plain).take(60).collect();
    let ending = match session.media_type() {
        "application/pdf" => "pdf",
        "application/epub+zip" => "epub",
        "application/zip" => "zip",
        "text/plain" => "txt",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        _ => "bin",
    };
    format!("{}.{ending}", title.trim())
}

pub(super) fn write(dir: &Path, random: [u8; 16], session: &Session) -> Result<HandedOut, PlayRefused> {
    let own = dir.join(BASE32_NOPAD.encode(&random).to_ascii_lowercase());
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&own).map_err(KeptError::Read)?;
    let handed = HandedOut {
        file: own.join(name(session)),
        dir: own,
    };
    let mut file = File::create(&handed.file).map_err(KeptError::Read)?;
    let mut buf = Zeroizing::new(vec![0; 256 << 10]);
    let mut at = 0_u64;
    loop {
        let n = session.read(at, &mut buf)?;
        if n == 0 {
            break;
        }
        file.write_all(buf.get(..n).unwrap_or_default())
            .map_err(KeptError::Read)?;
        at = at.saturating_add(n as u64);
    }
    session.note(Step::HandedOut, Some((0, at)), None);
    Ok(handed)
}
