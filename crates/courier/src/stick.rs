//! Files: a letter on a stick, in a folder both can see, or attached to anything that carries files.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use units::{Again, Refusal};

use crate::{LETTER_MAX, Letter, LetterRefusal, Stage};

/// Why a file was not read or written. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum StickRefusal {
    /// The file system.
    #[error("{p} cannot be read: {why}", p = path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file system, writing.
    #[error("{p} cannot be written ({why}); nothing has changed, write it elsewhere", p = path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// No letter.
    #[error(transparent)]
    Letter(#[from] LetterRefusal),
}

impl Refusal for StickRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "file-unreadable",
            Self::Unwritable { .. } => "file-unwritable",
            Self::Letter(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Letter(e) => e.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// The name of a letter's file: the title as far as every file system takes it, and the stage.
pub fn file_name(title: &str, stage: Stage) -> String {
    let kept = |c: char| {
        if c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | ',' | '(' | ')') {
            c
        } else {
            ' '
        }
    };
    let plain: String = title.chars().map(kept).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    // Sixty characters of at most four bytes stay under every limit.
    let stem: String = words.join(" ").chars().take(60).collect();
    let stem = stem.trim_matches(['-', ' ']);
    format!("{}.{}", if stem.is_empty() { "Keyfare" } else { stem }, stage.name())
}

/// Writes a letter into `dir`, whole or not at all. One of the same name is replaced: it is the same step, told again.
pub fn write(dir: &Path, title: &str, letter: &Letter) -> Result<PathBuf, StickRefusal> {
    let path = dir.join(file_name(title, letter.stage));
    let bytes = letter.to_bytes()?;
    let part = dir.join(format!(".{}.writing", file_name(title, letter.stage)));
    let put = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&part)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&part, &path)?;
        // The name must be on the stick before it is said to be. Not every file system can.
        let _ = File::open(dir).and_then(|d| d.sync_all());
        Ok(())
    };
    put().map_err(|why| {
        let _ = fs::remove_file(&part);
        StickRefusal::Unwritable {
            path: path.clone(),
            why,
        }
    })?;
    Ok(path)
}

/// Reads the letter in a file. A name tells nothing; the bytes do.
pub fn read(path: &Path) -> Result<Letter, StickRefusal> {
    let unreadable = |why| StickRefusal::Unreadable {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    // One byte more than any letter has: enough to say that it is too long.
    let most = LETTER_MAX.saturating_add(64);
    let file = File::open(path).map_err(unreadable)?;
    file.take(most as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Letter::from_bytes(&bytes)?)
}

/// The letter of this stage and title in a folder, if one lies there.
pub fn read_at(dir: &Path, title: &str, stage: Stage) -> Result<Option<Letter>, StickRefusal> {
    let path = dir.join(file_name(title, stage));
    match read(&path) {
        Ok(letter) => Ok(Some(letter)),
        Err(StickRefusal::Unreadable { why, .. }) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(no) => Err(no),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_every_file_system_and_stay_in_their_folder() {
        for (title, name) in [
            ("Night Ferry", "Night Ferry.offer"),
            ("夜のフェリー", "夜のフェリー.offer"),
            ("../../etc/passwd", "etc passwd.offer"),
            ("a/b\\c:d*e?\"<>|\0\n", "a b c d e.offer"),
            ("...", "Keyfare.offer"),
            ("-rf", "rf.offer"),
        ] {
            assert_eq!(file_name(title, Stage::Offer), name);
        }
        assert!(file_name(&"長".repeat(500), Stage::Answer).len() < 255);
    }

    #[test]
    fn a_letter_is_written_whole_read_again_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_at(dir.path(), "Night Ferry", Stage::Key).unwrap().is_none());
        for body in [vec![1; 10], vec![2; 2000]] {
            let letter = Letter::new(Stage::Key, body);
            let path = write(dir.path(), "Night Ferry", &letter).unwrap();
            assert_eq!(path.file_name().unwrap(), "Night Ferry.key");
            assert_eq!(read(&path).unwrap(), letter);
            assert_eq!(read_at(dir.path(), "Night Ferry", Stage::Key).unwrap(), Some(letter));
        }
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing half written is left"
        );
    }

    #[test]
    fn foreign_damaged_and_endless_files_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.offer");
        let mut long = b"KEYFARE-L1".to_vec();
        long.resize(1 << 20, 0);
        for (bytes, code) in [
            (b"hello".to_vec(), "letter-foreign"),
            (b"KEYFARE-L1\x01".to_vec(), "letter-damaged"),
            (b"KEYFARE-L7 whatever".to_vec(), "letter-newer"),
            (long, "letter-too-long"),
        ] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap_err().code(), code);
        }
        assert_eq!(read(&dir.path().join("none")).unwrap_err().code(), "file-unreadable");
        let nowhere = dir.path().join("nowhere");
        let letter = Letter::new(Stage::Offer, vec![]);
        assert_eq!(write(&nowhere, "t", &letter).unwrap_err().code(), "file-unwritable");
    }
}
