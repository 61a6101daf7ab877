//! Converter: ffmpeg, asked for bare samples of sound in formats that nothing here reads, and for a short silent clip of a
//! film.
//!
//! The fences (row-89): the demuxer is forced to the format recognised from the content, so a playlist is never
//! taken for one; only the protocols `file` and `pipe` exist; references to other files are off; no environment, an empty
//! private directory, one thread; limits on CPU time, wall time, single allocations and output. What comes back of sound is
//! bare samples: they are wrapped here, so nothing of a foreign container, tag or text reaches the preview. A clip is
//! encoded anew, without metadata.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use license::PREVIEW_LEN_MAX;

use super::{EXCERPT_SECONDS_MAX, NoPreview, Preview, listen::listen, wave};
use crate::{kind::Format, piped::bounds};

const RATE: u32 = 16_000;
/// So much is decoded, to know whether a third of the work is less than an excerpt.
const DECODED_SECONDS: u32 = 3 * EXCERPT_SECONDS_MAX;
const OUTPUT_LEN_MAX: u64 = DECODED_SECONDS as u64 * RATE as u64 * 2;
/// The longest clip of a film, in seconds.
const CLIP_SECONDS_MAX: usize = 8;
/// What a preview may cost.
const CPU_SECONDS: u32 = 25;
/// What a small rendition may cost: it reads all of a work, and ends by itself.
const SMALL_CPU_SECONDS: u32 = 12 * 3600;
const PATIENCE: Duration = Duration::from_secs(30);

/// The ffmpeg of this machine.
#[derive(Debug, Clone)]
pub struct Converter {
    program: PathBuf,
    patience: Duration,
    room: Option<PathBuf>,
}

impl Converter {
    /// Looks for ffmpeg in the directories of a `PATH` variable.
    pub fn find(path_variable: &OsStr) -> Option<Self> {
        std::env::split_paths(path_variable)
            .filter(|dir| dir.is_absolute())
            .map(|dir| dir.join(if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" }))
            .find(|program| program.is_file())
            .map(Self::at)
    }

    /// The program at this path, which takes ffmpeg's arguments.
    pub fn at(program: PathBuf) -> Self {
        Self {
            program,
            patience: PATIENCE,
            room: None,
        }
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Works in that directory instead of one of its own.
    pub(super) fn in_room(self, room: &Path) -> Self {
        Self {
            room: Some(room.into()),
            ..self
        }
    }

    /// Another limit on wall time than half a minute.
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The first [`EXCERPT_SECONDS_MAX`] seconds or a third, whichever is less, as WAV.
    pub(super) fn excerpt(&self, file: &Path, format: Format) -> Result<Preview, NoPreview> {
        let bytes = self.samples(file, format)?;
        let samples: Vec<f32> = bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0)
            .collect();
        let third = (samples.len() / 3).min((EXCERPT_SECONDS_MAX * RATE) as usize);
        if third < RATE as usize / 4 {
            return Err(NoPreview::Failed("there is hardly any sound in it"));
        }
        Ok(wave::wrapped(samples.get(..third).unwrap_or_default(), RATE))
    }

    /// The first [`CLIP_SECONDS_MAX`] seconds or a third, whichever is less, small and silent.
    pub(super) fn clip(&self, file: &Path, format: Format) -> Result<Preview, NoPreview> {
        // How long it is, from how many frames come by at one a second: a claim in a header proves nothing.
        let probe = [
            "-map",
            "0:v:0",
            "-an",
            "-sn",
            "-dn",
            "-t",
            "60",
            "-vf",
            "fps=1,scale=2:2,format=gray",
        ];
        let seconds = self.ask(file, format, &probe, &["-f", "rawvideo"], 60 * 4)?.len() / 4;
        let seconds = (seconds / 3).min(CLIP_SECONDS_MAX);
        if seconds == 0 {
            return Err(NoPreview::Failed("there is hardly any picture in it"));
        }
        let seconds = seconds.to_string();
        let work = [
            "-map",
            "0:v:0",
            "-an",
            "-sn",
            "-dn",
            "-t",
            &seconds,
            "-r",
            "20",
            "-vf",
            "scale='min(480,iw)':-2,format=yuv420p",
            "-map_metadata",
            "-1",
            "-map_chapters",
            "-1",
            "-fflags",
            "+bitexact",
            "-c:v",
            "libx264",
            "-preset",
            "medium",
            "-crf",
            "30",
            "-maxrate",
            "700k",
            "-bufsize",
            "1400k",
        ];
        let form = ["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4"];
        let bytes = self.ask(file, format, &work, &form, PREVIEW_LEN_MAX as u64)?;
        if crate::recognise(&bytes) != Format::Mp4 {
            return Err(NoPreview::Failed("it made no film"));
        }
        Ok(Preview {
            media_type: "video/mp4",
            bytes,
        })
    }

    /// A small rendition of all of it, in the form that browsers and small devices play, into a new file. What is left of one that
    /// failed goes.
    pub(crate) fn small(&self, file: &Path, format: Format, into: &Path) -> Result<(), NoPreview> {
        let room = tempfile::tempdir()?;
        let mut command = self.command(file, format, room.path(), SMALL_CPU_SECONDS)?;
        command.args(["-map", "0:v:0?", "-map", "0:a:0?", "-sn", "-dn"]);
        command.args(["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]);
        command.args([
            "-c:v",
            "libx264",
            "-preset",
            "fast",
            "-profile:v",
            "baseline",
            "-crf",
            "28",
            "-r",
            "25",
        ]);
        command.args(["-vf", "scale='trunc(min(352,iw)/2)*2':-2,format=yuv420p"]);
        command.args(["-c:a", "aac", "-b:a", "64k", "-ac", "1", "-threads", "1"]);
        command.args([
            "-movflags",
            "frag_keyframe+empty_moov+default_base_moof",
            "-f",
            "mp4",
            "pipe:1",
        ]);
        command.stdout(std::fs::File::create_new(into)?);
        let status = command.status()?;
        let len = std::fs::metadata(into)?.len();
        if !status.success() || len == 0 {
            std::fs::remove_file(into)?;
            return Err(NoPreview::Failed("it made no small rendition of it"));
        }
        Ok(())
    }

    fn samples(&self, file: &Path, format: Format) -> Result<Vec<u8>, NoPreview> {
        let seconds = DECODED_SECONDS.to_string();
        let work = [
            "-map", "0:a:0", "-vn", "-sn", "-dn", "-t", &seconds, "-ac", "1", "-ar", "16000",
        ];
        self.ask(file, format, &work, &["-f", "s16le"], OUTPUT_LEN_MAX)
    }

    /// What it says to these arguments, at most `most` bytes.
    fn ask(&self, file: &Path, format: Format, work: &[&str], form: &[&str], most: u64) -> Result<Vec<u8>, NoPreview> {
        let own;
        let room = match &self.room {
            Some(room) => room.as_path(),
            None => {
                own = tempfile::tempdir()?;
                own.path()
            }
        };
        let mut command = self.command(file, format, room, CPU_SECONDS)?;
        command.args(work).args(form).arg("pipe:1");
        let mut child = command.spawn()?;
        let heard = listen(&mut child, self.patience, most);
        // Whatever it said, it is over: a program that has ended is not harmed by this.
        let _ = child.kill();
        let status = child.wait()?;
        let bytes = heard?.ok_or(NoPreview::Failed("it took too long"))?;
        if bytes.len() as u64 > most {
            return Err(NoPreview::Failed("it said more than it was asked for"));
        }
        if bytes.is_empty() || !(status.success() || bytes.len() as u64 == most) {
            return Err(NoPreview::Failed("it found nothing of this format"));
        }
        Ok(bytes)
    }

    fn command(&self, file: &Path, format: Format, room: &Path, cpu_seconds: u32) -> Result<Command, NoPreview> {
        let demuxer = match format {
            Format::Flac => "flac",
            Format::Ogg => "ogg",
            Format::M4a | Format::Mp4 => "mov",
            Format::Webm => "matroska",
            Format::Mpeg => "mpeg",
            Format::Mp3 => "mp3",
            Format::Wav => "wav",
            other => return Err(NoPreview::Supply(other.media_type())),
        };
        let mut input = OsString::from("file:");
        input.push(std::path::absolute(file)?);
        let mut command = Command::new(&self.program);
        command.args(bounds(cpu_seconds));
        command.args(["-protocol_whitelist", "file,pipe", "-threads", "1"]);
        if matches!(format, Format::M4a | Format::Mp4) {
            command.args(["-enable_drefs", "0", "-use_absolute_path", "0"]);
        }
        command.args(["-f", demuxer, "-i"]).arg(input);
        command.env_clear().current_dir(room);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Ok(command)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    /// A stand-in for ffmpeg: a script that notes its arguments beside itself and then does as told.
    fn stand_in(does: &str) -> (tempfile::TempDir, Converter) {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("ffmpeg");
        let told = dir.path().join("told");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" \"HOME=$HOME\" > '{}'\n{does}\n",
            told.display()
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let converter = Converter::find(dir.path().as_os_str()).unwrap();
        (dir, converter)
    }

    // proves: row-89
    #[test]
    fn the_demuxer_is_forced_and_nothing_else_is_reachable() {
        let (dir, converter) = stand_in("exec /usr/bin/head -c 1920000 /dev/zero");
        let it = converter.excerpt(Path::new("song.flac"), Format::Flac).unwrap();
        assert_eq!(it.bytes.len(), 44 + 20 * 32_000);
        let told = fs::read_to_string(dir.path().join("told")).unwrap();
        for needed in [
            "-nostdin\n",
            "-protocol_whitelist\nfile,pipe\n",
            "-f\nflac\n-i\nfile:/",
            "HOME=\n",
        ] {
            assert!(told.contains(needed), "{needed} in {told}");
        }
        assert!(converter.excerpt(Path::new("list.txt"), Format::Text).is_err());
    }

    // proves: row-88
    #[test]
    fn a_converter_that_talks_or_hangs_for_ever_is_ended() {
        let (_dir, endless) = stand_in("exec /bin/cat /dev/zero");
        let no = endless.excerpt(Path::new("x"), Format::Ogg).unwrap_err();
        assert!(no.to_string().contains("more than it was asked"), "{no}");
        let (_dir, silent) = stand_in("exec /usr/bin/tail -f /dev/null");
        let no = silent
            .within(Duration::from_millis(200))
            .excerpt(Path::new("x"), Format::Ogg)
            .unwrap_err();
        assert!(no.to_string().contains("too long"), "{no}");
        let (_dir, failing) = stand_in("exit 1");
        assert!(failing.excerpt(Path::new("x"), Format::M4a).is_err());
        assert!(Converter::find(OsStr::new("/nowhere:relative")).is_none());
    }
}
