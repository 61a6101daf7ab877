//! The playback log: every step of every play, on this player only, until its holder sends it (SD-7). It names works and
//! places in them, never keys, amounts or the card.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::Mutex,
};

use serde::{Deserialize, Serialize};
use units::{ContentId, LicenseId, Moment};

use crate::engine::locked;

/// When the log is this long it becomes the older half and a new one begins.
const LEN_MAX: u64 = 1 << 20;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A play was counted and began.
    Began,
    /// An interrupted one goes on.
    Continued,
    /// Bytes were asked for.
    Asked,
    /// Bytes were handed out.
    Played,
    /// Nothing was handed out.
    Refused,
    /// The player stopped by itself.
    Stopped,
    /// The whole work left the player as a file.
    HandedOut,
    /// Ended by the holder.
    Ended,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When: RFC 3339.
    pub at: String,
    /// The same in milliseconds since 1970.
    #[serde(default)]
    pub ms: u64,
    /// What.
    pub step: Step,
    /// Which work.
    pub content: String,
    /// By which license.
    pub license: String,
    /// In which play.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub play: Option<String>,
    /// From which byte of the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Up to which byte, exclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl LogLine {
    /// A line about `content`.
    pub fn new(at: Moment, step: Step, content: ContentId, license: LicenseId) -> Self {
        Self {
            at: at.to_string(),
            ms: at.0,
            step,
            content: content.to_string(),
            license: license.to_string(),
            play: None,
            from: None,
            to: None,
            code: None,
        }
    }
    pub(super) fn refused(at: Moment, content: ContentId, license: LicenseId, code: &str) -> Self {
        Self {
            code: Some(code.to_owned()),
            ..Self::new(at, Step::Refused, content, license)
        }
    }
}

/// The log of one player.
#[derive(Debug)]
pub struct PlaybackLog {
    path: PathBuf,
    writing: Mutex<()>,
}

impl PlaybackLog {
    /// The log in this file; its older half lies beside it.
    pub const fn at(path: PathBuf) -> Self {
        Self {
            path,
            writing: Mutex::new(()),
        }
    }

    fn older(&self) -> PathBuf {
        self.path.with_extension("older")
    }

    /// Adds a line. A log that cannot be written stops no play; it is said in the program's own log.
    pub fn write(&self, line: &LogLine) {
        let _one_at_a_time = locked(&self.writing);
        let Ok(mut text) = serde_json::to_string(line) else {
            return;
        };
        text.push('\n');
        if fs::metadata(&self.path).is_ok_and(|m| m.len().saturating_add(text.len() as u64) > LEN_MAX) {
            // Renaming in one directory; if it fails the log only grows.
            let _ = fs::rename(&self.path, self.older());
        }
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options
            .create(true)
            .append(true)
            .open(&self.path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::warn!(%error, "the playback log was not written");
        }
    }

    /// All lines that are kept, the oldest first. A torn one is left out.
    pub fn lines(&self) -> Vec<LogLine> {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let all = text(self.older()) + &text(self.path.clone());
        all.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
    }

    /// Throws the log away.
    pub fn clear(&self) {
        let _one_at_a_time = locked(&self.writing);
        for path in [self.path.clone(), self.older()] {
            // Not there is as good as gone.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: SD-7
    #[test]
    fn the_log_keeps_its_lines_and_its_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let log = PlaybackLog::at(dir.path().join("playback-log"));
        let line = LogLine {
            from: Some(10),
            to: Some(20),
            ..LogLine::new(Moment(5000), Step::Played, ContentId([1; 16]), LicenseId([2; 16]))
        };
        log.write(&line);
        fs::OpenOptions::new()
            .append(true)
            .open(dir.path().join("playback-log"))
            .unwrap()
            .write_all(b"{torn")
            .unwrap();
        assert_eq!(log.lines().first(), Some(&line));
        assert_eq!(log.lines().len(), 1);
        for _ in 0..(3 * LEN_MAX / 150) {
            log.write(&line);
        }
        let kept: u64 = fs::read_dir(dir.path())
            .unwrap()
            .map(|f| f.unwrap().metadata().unwrap().len())
            .sum();
        assert!(kept <= 2 * LEN_MAX, "{kept}");
        assert!(log.lines().len() > 1000 && log.lines().last() == Some(&line));
        log.clear();
        assert!(log.lines().is_empty());
    }
}
