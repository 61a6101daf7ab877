//! Convert: a smaller rendition of what is here on loan, made inside this player and sealed anew for the wallet that lent it
//! (ST-11): MPEG-2 to MPEG-4, by ffmpeg between two pipes, behind a fence: a film is a stranger's file.
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
    process::{ChildStdin, ChildStdout},
    thread::JoinHandle,
    time::Duration,
};

use card::ReleaseRefusal;
use deal::PlayRefusal;
use package::{About, ContentKey, Front, FrontError, Geometry, GeometryError, Header, Kind, SealError, Signatures};
use publisher::piped::{Ended, Fenced, Piped};
use seal::ContentSecret;
use units::{Again, LicenseId, Refusal};

use super::{CardKeys, PlayRefused};
use crate::{
    engine::Wallet,
    packages::{KeptError, Readable},
};

/// Bytes handed to ffmpeg at once.
const AT_ONCE: usize = 256 << 10;
/// A conversion may take so long, of a processor's time and in all.
const SECONDS: u32 = 4 * 3600;
const PATIENCE: Duration = Duration::from_secs(SECONDS as u64);
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

/// What converts here: an ffmpeg, and who starts it behind a fence.
#[derive(Debug, Clone)]
pub struct Converting {
    /// The program.
    pub ffmpeg: PathBuf,
    /// How it is started.
    pub fenced: Fenced,
}

/// What ffmpeg is told: one thread and no stamps, so that it makes the same bytes twice.
fn told(demuxer: &str) -> Vec<&str> {
    let mut told = vec![
        "-threads",
        "1",
        "-protocol_whitelist",
        "pipe",
        "-f",
        demuxer,
        "-i",
        "pipe:0",
    ];
    told.extend(["-map", "0:v:0?", "-map", "0:a:0?", "-sn", "-dn"]);
    told.extend(["-map_metadata", "-1", "-map_chapters", "-1"]);
    told.extend(["-c:v", "mpeg4", "-q:v", "6", "-r", "25"]);
    told.extend(["-vf", "scale='min(352,iw)':-2,format=yuv420p"]);
    told.extend(["-c:a", "aac", "-b:a", "64k", "-ac", "1", "-threads", "1"]);
    told.extend(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]);
    told.extend([
        "-movflags",
        "frag_keyframe+empty_moov+default_base_moof",
        "-f",
        "mp4",
        "pipe:1",
    ]);
    told
}

/// A run of ffmpeg: what it reads is fed to it by a thread of its own.
struct Run {
    piped: Piped,
    feeding: Option<JoinHandle<Result<(), PlayRefused>>>,
}

impl Run {
    fn begin(
        by: &Converting,
        demuxer: &str,
        feed: impl FnOnce(ChildStdin) -> Result<(), PlayRefused> + Send + 'static,
    ) -> Result<(Self, ChildStdout), NotConverted> {
        let begun = by.fenced.begin(&by.ffmpeg, &told(demuxer), (SECONDS, PATIENCE));
        let (piped, stdin, stdout) = begun.map_err(|_| NotConverted::NoConverter)?;
        let feeding = std::thread::spawn(move || feed(stdin));
        let run = Self {
            piped,
            feeding: Some(feeding),
        };
        Ok((run, stdout))
    }

    /// It has said everything: did it go well?
    fn end(mut self) -> Result<(), NotConverted> {
        let ended = self.piped.end().map_err(|_| NotConverted::Failed("it was lost"))?;
        let fed = self.feeding.take().map(JoinHandle::join);
        if let Some(Ok(Err(no))) = fed {
            return Err(no.into());
        }
        match ended {
            Ended::Well => Ok(()),
            Ended::Badly => Err(NotConverted::Failed("it cannot read this format")),
            Ended::Late => Err(LATE),
        }
    }

    /// What it made ended here. If it was ended itself, that is why, whatever else seems wrong.
    fn or_late(&self, no: NotConverted) -> NotConverted {
        match self.piped.is_late() {
            true => LATE,
            false => no,
        }
    }
}

const LATE: NotConverted = NotConverted::Failed("it took too long");

impl super::Player {
    /// Makes a smaller rendition of what is here on loan and writes it, sealed for the wallet that lent it, into `card`: a
    /// memory card's directory. Nothing is counted: nobody hears or sees it here.
    pub async fn convert(&self, loan: LicenseId, card: &Path, by: Option<Converting>) -> Result<PathBuf, NotConverted> {
        let by = by.ok_or(NotConverted::NoConverter)?;
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
            let (run, out) = Run::begin(&by, of, move |to| feed(readable, &keys, to))?;
            let len = count(out).map_err(|no| run.or_late(no))?;
            run.end()?;
            let (readable, keys) = from()?;
            let secret =
                ContentSecret::from_slice(wallet.seed().part("rendition").expose()).ok_or(PlayRefused::Ended)?;
            let front = front(&wallet, loan, &header, &secret, len)?;
            let (run, out) = Run::begin(&by, of, move |to| feed(readable, &keys, to))?;
            let path = write(&front, &secret, out, &into).map_err(|no| run.or_late(no))?;
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
fn count(mut out: ChildStdout) -> Result<u64, NotConverted> {
    let mut buf = zeroize::Zeroizing::new(vec![0; AT_ONCE]);
    let mut len = 0_u64;
    loop {
        let n = out.read(&mut buf).map_err(|_| NotConverted::Failed("it was lost"))?;
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
fn write(front: &Front, secret: &ContentSecret, out: ChildStdout, into: &Path) -> Result<PathBuf, NotConverted> {
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
        package::seal(front, &key, out, &mut file, &mut |_| {})?;
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
