//! `play` of a copy: with this card, on this player and drive, and without any network (CM-5). What comes out goes behind a
//! pipe, or to a browser or media player of this machine, in ranges, from an address nobody guesses.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use copying::{DeliveryId, device::Home};
use package::{HeldNode, Package};
use serde_json::json;
use server::content::send::{Content, Label, send};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::{
    cli::Play,
    clock,
    place::Place,
    say::{Refused, Say},
};

use super::devices::{home, refused};

/// Bytes opened at once.
const AT_ONCE: usize = 256 << 10;

/// The copy that is meant, if one is: by its file, or by its title.
pub fn meant(place: &Place, args: &Play) -> Option<(Home, DeliveryId)> {
    let home = home(place, &args.devices);
    let keeper = home.keeper().ok()?;
    let path = Path::new(&args.what);
    if path.is_file() {
        // A copy is named by its delivery, wherever the drive is mounted: also one whose keys another card has.
        let parent = path.parent().and_then(Path::file_name)?;
        let named = path.file_stem()?.to_str()?.parse().ok()?;
        return (parent == "copies").then_some((home, named));
    }
    let titled = keeper
        .copies()
        .find(|(_, _, title, _)| *title == args.what)
        .map(|(delivery, ..)| delivery);
    titled.map(|delivery| (home, delivery))
}

/// An opened copy.
struct Opened {
    package: Mutex<Package<File>>,
    keys: HeldNode,
    len: u64,
}

impl Opened {
    fn fill(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut package = self.package.lock().unwrap_or_else(PoisonError::into_inner);
        package.read_at(at, buf, &self.keys).map_err(io::Error::other)
    }
}

impl Content for Opened {
    fn len(&self) -> u64 {
        self.len
    }
    fn make(&self, range: core::ops::Range<u64>) -> io::Result<Vec<u8>> {
        let len = usize::try_from(range.end.saturating_sub(range.start)).map_err(io::Error::other)?;
        let (mut bytes, mut done) = (vec![0; len], 0);
        while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.fill(range.start.saturating_add(done as u64), rest)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => done = done.saturating_add(n),
            }
        }
        Ok(bytes)
    }
    fn piece_len(&self) -> u64 {
        AT_ONCE as u64
    }
}

/// A copy that may be played here.
pub struct Ready {
    title: String,
    media_type: String,
    content: Arc<Opened>,
}

/// The copy in this file, opened by the card for these devices; no network is asked.
pub fn ready(home: &Home, delivery: DeliveryId, file: &Path) -> Result<Ready> {
    let key = home.play_key(delivery, clock::now()).map_err(|no| refused(&no))?;
    let opened = File::open(file).map_err(|_| {
        let text = format!(
            "{} is not on this drive; attach the drive it was copied to",
            file.display()
        );
        Refused::new("copy-missing", text)
    })?;
    let package = Package::open(opened).map_err(|no| Refused::of(&no))?;
    let header = package.front().header();
    if !header.is_under(&key) {
        // What another player or drive adds to the key is not what the copy was made with.
        let no = copying::device::NotPermitted::Playback;
        return Err(refused(&no.into()).into());
    }
    Ok(Ready {
        title: header.title.clone(),
        media_type: header.media_type.clone(),
        content: Arc::new(Opened {
            keys: HeldNode::whole(&key, package.front().tree()),
            len: package.len(),
            package: Mutex::new(package),
        }),
    })
}

/// Plays one copy.
pub async fn run(say: Say, args: &Play, (home, delivery): (Home, DeliveryId)) -> Result<()> {
    let path = Path::new(&args.what);
    let file: PathBuf = if path.is_file() {
        path.to_owned()
    } else {
        home.file_of(delivery).map_err(|no| refused(&no))?
    };
    let ready = ready(&home, delivery, &file)?;
    if args.pipe {
        return tokio::task::spawn_blocking(move || pipe(&ready.content)).await?;
    }
    serve(say, &ready).await
}

fn pipe(content: &Opened) -> Result<()> {
    let (mut out, mut at) = (io::stdout().lock(), 0_u64);
    let mut buf = Zeroizing::new(vec![0; AT_ONCE]);
    loop {
        let n = content.fill(at, &mut buf).context("the copy cannot be read on")?;
        if n == 0 {
            return Ok(out.flush()?);
        }
        match out.write_all(buf.get(..n).unwrap_or_default()) {
            // A player that has heard enough is no failure.
            Err(gone) if gone.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            done => done?,
        }
        at = at.saturating_add(n as u64);
    }
}

/// What the address answers with.
struct Playing {
    content: Arc<Opened>,
    label: Label,
    host: String,
}

/// Kinds that a browser shows by itself and that carry no programs; anything else is saved.
fn shown(media_type: &str) -> bool {
    let kind = media_type.split('/').next().unwrap_or_default();
    matches!(kind, "audio" | "video") || matches!(media_type, "image/png" | "image/jpeg" | "image/webp" | "text/plain")
}

async fn play(State(playing): State<Arc<Playing>>, request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host != Some(playing.host.as_str()) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let content: Arc<dyn Content> = playing.content.clone();
    let mut response = send(request.method(), request.headers(), content, &playing.label);
    let fields = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; media-src 'self'; sandbox",
        ),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Where it plays from now on, for whoever knows the address, and what serves it there until it is dropped.
pub async fn listening(ready: &Ready) -> Result<(String, impl Future<Output = io::Result<()>> + Send + use<>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let host = listener.local_addr()?.to_string();
    let secret = data_encoding::HEXLOWER.encode(&clock::random()?[..16]);
    let shown = shown(&ready.media_type);
    let playing = Playing {
        content: ready.content.clone(),
        label: Label {
            tag: secret.clone(),
            media_type: if shown {
                ready.media_type.clone()
            } else {
                "application/octet-stream".to_owned()
            },
            cache: "no-store",
            save_as: (!shown).then(|| "content.bin".to_owned()),
        },
        host: host.clone(),
    };
    let address = format!("http://{host}/{secret}");
    let routes = Router::new()
        .route(&format!("/{secret}"), get(play))
        .with_state(Arc::new(playing));
    Ok((address, async move { axum::serve(listener, routes).await }))
}

async fn serve(say: Say, ready: &Ready) -> Result<()> {
    let (address, serving) = listening(ready).await?;
    let (title, media_type) = (&ready.title, &ready.media_type);
    say.answer(
        format!("\"{title}\" ({media_type}) plays at\n\n    {address}\n\nOpen it in a browser or media player; Ctrl-C ends the play."),
        &json!({ "title": title, "address": address, "media_type": media_type, "bytes": ready.content.len }),
    );
    tokio::select! {
        served = serving => served?,
        // Without a terminal there is nobody to press it: the play then lasts as long as this program.
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
