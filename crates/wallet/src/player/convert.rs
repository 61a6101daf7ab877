//! Convert: a smaller rendition of what is here on loan, made inside this player and sealed anew for the wallet that lent it
//! (ST-11): MPEG-2 to MPEG-4, by ffmpeg behind two pipes.
//!
//! ```text
//!   package --keys of stretches--> plaintext --pipe--> ffmpeg --pipe--> sealed --> memory card
//! ```
//!
//! Plaintext is in this process, in the pipes and in ffmpeg, and nowhere else: nothing opened touches a disk. A package says at
//! its front how long its content is, so ffmpeg runs twice: once to be counted, once to be sealed; with one thread and without
//! stamps of time it makes the same bytes both times, and where it does not, nothing is written.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use card::ReleaseRefusal;
use deal::PlayRefusal;
use package::{About, ContentKey, Front, FrontError, Geometry, GeometryError, Header, Kind, SealError, Signatures};
use seal::ContentSecret;
use units::{Again, LicenseId, Refusal};

use super::{CardKeys, PlayRefused};
use crate::{
    engine::Wallet,
    packages::{KeptError, Readable},
};

/// Bytes handed to ffmpeg at once.
const AT_ONCE: usize = 256 << 10;
/// A conversion may take so long for each hour of a film, and a little more.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// The longest rendition: a small device's card.
const RENDITION_MAX: u64 = 4 << 30;

/// Why no rendition was made. In order of precedence; nothing was counted, and nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum NotConverted {
    /// No ffmpeg.
    #[error("ffmpeg is not on this machine: install it, or ask the publisher for a small rendition")]
    NoConverter,
    /// The loan does not let it, or its package is not here.
    #[error(transparent)]
    Play(#[from] PlayRefused),
    /// Not a film or a song.
    #[error("only films and sound are made smaller; this is {0}")]
    Media(String),
    /// ffmpeg could not.
    #[error("ffmpeg could not convert this work ({0})")]
    Failed(&'static str),
    /// Longer than a small device holds.
    #[error("the smaller rendition is still longer than {RENDITION_MAX} bytes")]
    TooLong,
    /// Not sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Not a front.
    #[error(transparent)]
    Front(#[from] FrontError),
    /// Not a length that can be sealed.
    #[error(transparent)]
    Geometry(#[from] GeometryError),
    /// The card in the reader.
    #[error("{}: {error}", .path.display())]
    Card {
        /// Which file.
        path: PathBuf,
        /// By the system.
        error: std::io::Error,
    },
}

impl Refusal for NotConverted {
    fn code(&self) -> &'static str {
        match self {
            Self::NoConverter => "no-converter",
            Self::Play(e) => e.code(),
            Self::Media(_) => "convert-not-media",
            Self::Failed(_) => "convert-failed",
            Self::TooLong => "convert-too-long",
            Self::Seal(e) => e.code(),
            Self::Front(e) => e.code(),
            Self::Geometry(_) => "convert-too-long",
            Self::Card { .. } => "memory-card-unusable",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Play(e) => e.again(),
            Self::Media(_) | Self::TooLong => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
    fn theirs(&self) -> Option<&str> {
        match self {
            Self::Play(e) => e.theirs(),
            _ => None,
        }
    }
}

/// The ffmpeg of this machine, if there is one: of the directories programs are looked for in, absolute ones only.
pub fn converter_here() -> Option<PathBuf> {
    let dirs = std::env::var_os("PATH")?;
    let name = if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" };
    let mut found = std::env::split_paths(&dirs)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(name));
    found.find(|program| program.is_file())
}

/// The demuxer for a media type; the type was the publisher's word, and ffmpeg is told so rather than left to guess.
fn demuxer(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "video/mpeg" => "mpeg",
        "video/mp2t" => "mpegts",
        "video/webm" | "video/x-matroska" => "matroska",
        "audio/wav" | "audio/x-wav" => "wav",
        "audio/flac" => "flac",
        "audio/mpeg" => "mp3",
        "audio/ogg" | "video/ogg" => "ogg",
        _ => return None,
    })
}

/// What ffmpeg is told: one thread and no stamps, so that it makes the same bytes twice.
fn command(ffmpeg: &Path, demuxer: &str) -> Command {
    let mut command = Command::new(ffmpeg);
    command.args(["-hide_banner", "-nostats", "-loglevel", "error", "-threads", "1"]);
    command.args(["-protocol_whitelist", "pipe", "-f", demuxer, "-i", "pipe:0"]);
    command.args([
        "-map",
        "0:v:0?",
        "-map",
        "0:a:0?",
        "-sn",
        "-dn",
        "-map_metadata",
        "-1",
        "-map_chapters",
        "-1",
    ]);
    command.args([
        "-c:v",
        "mpeg4",
        "-q:v",
        "6",
        "-r",
        "25",
        "-vf",
        "scale='min(352,iw)':-2,format=yuv420p",
    ]);
    command.args(["-c:a", "aac", "-b:a", "64k", "-ac", "1", "-threads", "1"]);
    command.args(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]);
    command.args([
        "-movflags",
        "frag_keyframe+empty_moov+default_base_moof",
        "-f",
        "mp4",
        "pipe:1",
    ]);
    command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// A run of ffmpeg: what it reads is fed to it by a thread of its own.
struct Run {
    child: Child,
    feeding: Option<JoinHandle<Result<(), PlayRefused>>>,
    ends: Instant,
}

impl Run {
    fn begin(
        mut command: Command,
        feed: impl FnOnce(ChildStdin) -> Result<(), PlayRefused> + Send + 'static,
        now: Instant,
    ) -> Result<(Self, ChildStdout), NotConverted> {
        let mut child = command.spawn().map_err(|_| NotConverted::NoConverter)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(NotConverted::Failed("it has no pipes"));
        };
        let feeding = std::thread::spawn(move || feed(stdin));
        let run = Self {
            child,
            feeding: Some(feeding),
            ends: now.checked_add(PATIENCE).unwrap_or(now),
        };
        Ok((run, stdout))
    }

    /// It has said everything: did it go well?
    fn end(mut self) -> Result<(), NotConverted> {
        let status = self.child.wait().map_err(|_| NotConverted::Failed("it was lost"))?;
        let fed = self.feeding.take().map(JoinHandle::join);
        if let Some(Ok(Err(no))) = fed {
            return Err(no.into());
        }
        match status.success() {
            true => Ok(()),
            false => Err(NotConverted::Failed("it cannot read this format")),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Ended already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bytes from ffmpeg, for as long as it has patience.
struct Patient<R> {
    from: R,
    ends: Instant,
    clock: fn() -> Instant,
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if (self.clock)() > self.ends {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        self.from.read(buf)
    }
}

/// Only to give up on a converter that hangs; no rule looks at it.
fn instant() -> Instant {
    Instant::now()
}

impl super::Player {
    /// Makes a smaller rendition of what is here on loan and writes it, sealed for the wallet that lent it, into `card`: a
    /// memory card's directory. Nothing is counted: nobody hears or sees it here.
    pub async fn convert(
        &self,
        loan: LicenseId,
        card: &Path,
        ffmpeg: Option<PathBuf>,
    ) -> Result<PathBuf, NotConverted> {
        let ffmpeg = ffmpeg.ok_or(NotConverted::NoConverter)?;
        self.look()?;
        self.counted_once(loan).await?;
        let wallet = self.0.wallet.clone();
        wallet.wallet_is_there(loan).await;
        let license = wallet.license(loan).await.ok_or(PlayRefusal::NoLicense);
        let license = license.map_err(ReleaseRefusal::from).map_err(PlayRefused::from)?;
        let readable = self.readable(license.link.header).await?;
        let readable = readable.ok_or(PlayRefused::from(KeptError::Read(std::io::ErrorKind::NotFound.into())))?;
        let now = wallet.now();
        let header = readable.front().header().clone();
        let of = demuxer(&header.media_type).ok_or_else(|| NotConverted::Media(header.media_type.clone()))?;
        drop(readable);
        let into = card.to_owned();
        let made = tokio::task::spawn_blocking(move || {
            let from = || -> Result<_, PlayRefused> {
                let ticket = wallet.on_card_here(|card| card.begin_conversion(loan, now))?;
                let readable = wallet.packages().readable(header.hash())?.ok_or(PlayRefused::Ended)?;
                Ok((readable, CardKeys::new(wallet.clone(), ticket, header.clone())))
            };
            let (readable, keys) = from()?;
            let (run, out) = Run::begin(command(&ffmpeg, of), move |to| feed(readable, &keys, to), instant())?;
            let len = count(out, &run)?;
            run.end()?;
            let (readable, keys) = from()?;
            let secret =
                ContentSecret::from_slice(wallet.seed().part("rendition").expose()).ok_or(PlayRefused::Ended)?;
            let front = front(&wallet, loan, &header, &secret, len)?;
            let (run, out) = Run::begin(command(&ffmpeg, of), move |to| feed(readable, &keys, to), instant())?;
            let path = write(&front, &secret, out, &run, &into)?;
            run.end().inspect_err(|_| drop(std::fs::remove_file(&path)))?;
            Ok(path)
        });
        made.await.unwrap_or(Err(NotConverted::Failed("it was stopped")))
    }
}

/// Plaintext to ffmpeg, piece by piece as it is opened.
fn feed(readable: Readable, keys: &CardKeys, mut to: ChildStdin) -> Result<(), PlayRefused> {
    let Readable::Sealed(mut package, _) = readable else {
        return Err(PlayRefused::Ended);
    };
    let mut piece = zeroize::Zeroizing::new(vec![0; AT_ONCE]);
    let mut at = 0_u64;
    loop {
        let n = package.read_at(at, &mut piece, keys).map_err(KeptError::Package)?;
        let Some(bytes) = piece.get(..n).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        if to.write_all(bytes).is_err() {
            // It has read enough, or has ended; how, its own word says.
            return Ok(());
        }
        at = at.saturating_add(n as u64);
    }
}

/// How many bytes ffmpeg makes.
fn count(out: ChildStdout, run: &Run) -> Result<u64, NotConverted> {
    let mut out = patient(out, run);
    let mut buf = zeroize::Zeroizing::new(vec![0; AT_ONCE]);
    let mut len = 0_u64;
    loop {
        let n = out
            .read(&mut buf)
            .map_err(|_| NotConverted::Failed("it took too long"))?;
        if n == 0 {
            break;
        }
        len = len.saturating_add(n as u64);
        if len > RENDITION_MAX {
            return Err(NotConverted::TooLong);
        }
    }
    if len == 0 {
        return Err(NotConverted::Failed("nothing came of it"));
    }
    Ok(len)
}

fn patient(out: ChildStdout, run: &Run) -> Patient<ChildStdout> {
    Patient {
        from: out,
        ends: run.ends,
        clock: instant,
    }
}

/// The front of the rendition: the same work, another key, signed by this player for the wallet.
fn front(
    wallet: &Wallet,
    loan: LicenseId,
    of: &Header,
    secret: &ContentSecret,
    len: u64,
) -> Result<Front, NotConverted> {
    let is_film = of.media_type.starts_with("video/");
    let about = About {
        realm: of.realm,
        content: of.content,
        publisher: of.publisher,
        title: of.title.clone(),
        kind: if is_film { Kind::Video } else { Kind::Sound },
        media_type: if is_film { "video/mp4" } else { "audio/mp4" }.to_owned(),
        edition: of.key.edition,
        delivery: of.delivery,
        policy: of.policy.clone(),
        offers: Vec::new(),
        preview: None,
        shop: of.shop.clone(),
        sets: Vec::new(),
        sha256: None,
        made: Some(wallet.now()),
    };
    let key = ContentKey::from_secret_bytes(*secret.expose());
    let header = Header::new(about, &key, Geometry::of(len)?);
    let seed = wallet.seed();
    let signed = wallet.on_card_here(|card| card.sign_rendition(loan, &header, secret, &seed));
    let signatures = Signatures {
        header: signed.map_err(PlayRefused::from)?,
        ..Signatures::default()
    };
    Ok(Front::assemble(header, signatures, Vec::new())?)
}

/// Seals what ffmpeg makes onto the memory card: whole under its name, or not at all.
fn write(
    front: &Front,
    secret: &ContentSecret,
    out: ChildStdout,
    run: &Run,
    into: &Path,
) -> Result<PathBuf, NotConverted> {
    let title = &front.header().title;
    let name = courier::file_name(title, courier::Stage::Key).replace(".key", " (small).keyfare");
    let path = into.join(name);
    let coming = path.with_extension("coming");
    let on = |error| NotConverted::Card {
        path: path.clone(),
        error,
    };
    let key = ContentKey::from_secret_bytes(*secret.expose());
    let sealed = || -> Result<(), NotConverted> {
        let mut file = std::fs::File::create(&coming).map_err(on)?;
        package::seal(front, &key, patient(out, run), &mut file, &mut |_| {})?;
        file.sync_all().map_err(on)?;
        std::fs::rename(&coming, &path).map_err(on)
    };
    if let Err(no) = sealed() {
        // Sealed halves are of no use to anybody.
        let _ = std::fs::remove_file(&coming);
        return Err(match no {
            // Another length than before: it did not make the same bytes twice.
            NotConverted::Seal(SealError::OtherLength { .. }) => {
                NotConverted::Failed("it makes something else each time")
            }
            other => other,
        });
    }
    Ok(path)
}
