//! `press`: makes batches of media, cards, players and drives, with labels, and the file that makes them known to a
//! copy-management server.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use copying::{
    DeviceKind,
    batch::{Content, Pressed, Sender},
    press::{BATCH_FILE, Begun, Done, Form, Press, Step},
};
use indicatif::{ProgressBar, ProgressStyle};
use package::Package;
use seal::{Claims, Kind, Secret};
use serde_json::json;
use units::{Currency, Money, PartyId};

use crate::{
    clock,
    market::{answer, realm_of},
    place::Place,
    say::{Refused, Say, read_pin},
};

use super::labels;

/// What to press.
#[derive(Debug, Subcommand)]
pub enum PressCommand {
    /// Media of one work: each with its own id, as folders or as images to burn or to write to a stick
    #[command(
        after_help = "Examples:\n  keyfare press media night-ferry.wav --count 10 --into /srv/batch-1 --price 300\n  keyfare press media 1001 --count 100 --into /srv/discs --iso --send http://127.0.0.1:7431 --name mina\n  keyfare press media 1001 --count 3 --into /srv/gifts --free\n\nA batch that was interrupted goes on with the same command. The work is named as under\npublisher/works (an offer's number, after `keyfare publish`), or by the directory itself."
    )]
    Media(PressMedia),
    /// Memory cards, as programs: what a factory would burn in
    #[command(after_help = "Examples:\n  keyfare press cards --count 10 --into /srv/cards")]
    Cards(PressOn),
    /// Players
    #[command(after_help = "Examples:\n  keyfare press players --count 10 --into /srv/players")]
    Players(PressOn),
    /// Drives
    #[command(after_help = "Examples:\n  keyfare press drives --count 10 --into /srv/drives")]
    Drives(PressOn),
}

/// Options of every batch.
#[derive(Debug, Args)]
pub struct PressOn {
    /// How many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub count: u32,
    /// The batch's directory: new, or one that was begun
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Certificate of the server that shall know the batch [default: copying/certificate of this installation]
    #[arg(long = "for", value_name = "FILE")]
    pub server: Option<PathBuf>,
    /// Bring the batch to the console at this address, too
    #[arg(long, value_name = "URL", requires = "name")]
    pub send: Option<String>,
    /// The name to sign in there with, as a maker
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

/// Options of `press media`.
#[derive(Debug, Args)]
pub struct PressMedia {
    /// Its name under publisher/works (an offer's number, or a demo file's name), or the directory of a published work
    pub work: String,
    /// The batch.
    #[command(flatten)]
    pub on: PressOn,
    /// What a key costs its user
    #[arg(long, default_value_t = 0, value_name = "AMOUNT")]
    pub price: i64,
    /// Images that burn to discs, instead of folders
    #[arg(long)]
    pub iso: bool,
    /// Media without ids, given away: every user gets the key once
    #[arg(long)]
    pub free: bool,
    /// Let the same devices have the key again after a complete copy
    #[arg(long)]
    pub again: bool,
}

/// Presses what was asked for.
pub async fn run(place: &Place, say: Say, command: &PressCommand) -> Result<()> {
    let (on, what, form, package) = match command {
        PressCommand::Media(args) => {
            let (content, package) = content(place, args)?;
            let form = if args.iso { Form::Image } else { Form::Folder };
            (&args.on, Pressed::Media(content), form, Some(package))
        }
        PressCommand::Cards(on) => (on, Pressed::Devices(DeviceKind::Card), Form::Folder, None),
        PressCommand::Players(on) => (on, Pressed::Devices(DeviceKind::Player), Form::Folder, None),
        PressCommand::Drives(on) => (on, Pressed::Devices(DeviceKind::Drive), Form::Folder, None),
    };
    let begun = Press::begin(&on.into, on.count, what, form, clock::now(), &clock::seed()?);
    let mut press = match begun.map_err(|no| Refused::of(&no))? {
        Begun::Done(done) => {
            bring(say, on).await?;
            return told(say, on, &done, true);
        }
        Begun::Press(press) => press,
    };
    let file = batch_file(place, on, press.batch())?;
    press.keep_batch_file(&file).map_err(|no| Refused::of(&no))?;
    // Known before anything leaves the factory.
    bring(say, on).await?;
    let bar = bar(say);
    let done = tokio::task::spawn_blocking(move || {
        let telling = &mut |step: Step| match step {
            Step::Checking(done, of) => show(&bar, "checking", done, of),
            Step::Pressing(_, done, of) => show(&bar, "pressing", done, of),
        };
        match package {
            Some(package) => press.media(&package, telling)?,
            None => press.devices(telling)?,
        }
        bar.finish_and_clear();
        press.finish()
    });
    let done = done.await?.map_err(|no| Refused::of(&no))?;
    told(say, on, &done, false)
}

fn bar(say: Say) -> ProgressBar {
    let bar = if say.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(
        ProgressStyle::with_template("{msg:10} {wide_bar} {bytes}/{total_bytes} {eta}")
            .unwrap_or(ProgressStyle::default_bar()),
    );
    bar
}

fn show(bar: &ProgressBar, what: &'static str, done: u64, of: u64) {
    bar.set_message(what);
    bar.set_length(of);
    bar.set_position(done);
}

/// Where a published work lies.
fn directory(place: &Place, work: &str) -> PathBuf {
    let path = Path::new(work);
    if path.is_dir() {
        return path.to_owned();
    }
    if path.is_file() {
        return path.parent().unwrap_or(Path::new(".")).to_owned();
    }
    place.publisher().join("works").join(work)
}

/// The content of a batch, and where its package is.
fn content(place: &Place, args: &PressMedia) -> Result<(Content, PathBuf)> {
    let dir = directory(place, &args.work);
    let package = dir.join("package.keyfare");
    let file = std::fs::File::open(&package).map_err(|_| {
        let text = format!("there is no published work in {}: publish it first", dir.display());
        Refused::new("work-not-found", text)
    })?;
    let opened = Package::open(file).map_err(|no| Refused::of(&no))?;
    let header = opened.front().header();
    let secret = publisher_secret(place)?.derive("publisher/keys", &[]);
    let key = publisher::kept_key(&dir, &secret).map_err(|no| Refused::of(&no))?;
    let key = key.with_context(|| format!("{} has no key of its own", dir.display()))?;
    let currency = Currency::new(&realm_of(place)?.currency).map_err(|no| Refused::new("currency", no.to_string()))?;
    let price = Money::new(args.price, currency).map_err(|no| Refused::new("amount", no.to_string()))?;
    if args.price < 0 {
        return Err(Refused::new("amount", "prices are not negative").into());
    }
    let content = Content {
        title: header.title.clone(),
        content: header.content,
        package: opened.front().package(),
        key: key.secret_bytes_for_wrapping().to_vec().into(),
        price,
        numbered: !args.free,
        again: args.again,
    };
    Ok((content, package))
}

fn publisher_secret(place: &Place) -> Result<Secret> {
    let secret = std::fs::read(place.publisher().join("secret"));
    let secret = secret.context("no publisher's keys here: start with `keyfare up`")?;
    Secret::from_slice(&secret).context("the publisher's secret is damaged")
}

/// The file that makes a batch known: signed by the publisher, sealed to the server.
fn batch_file(place: &Place, on: &PressOn, batch: &copying::batch::Batch) -> Result<Vec<u8>> {
    let realm = realm_of(place)?;
    let path = on
        .server
        .clone()
        .unwrap_or_else(|| place.party("copying").join("certificate"));
    let server = std::fs::read(&path).map_err(|_| {
        let text = format!(
            "{} is not there: name the certificate of the copy-management server with --for",
            path.display()
        );
        Refused::new("server-missing", text)
    })?;
    let signed = seal::parse::<Claims>(&server, Kind::Certificate, realm.id());
    let claims = signed.with_context(|| format!("{} is no certificate of this realm", path.display()))?;
    let certificate =
        std::fs::read(place.publisher().join("certificate")).context("the publisher has no certificate")?;
    let keys = party::PartyKeys::load(publisher_secret(place)?, realm.id(), certificate)?;
    let sender = Sender {
        signer: keys.signer(),
        certificate: keys.certificate(),
        realm: realm.id(),
        server: PartyId(claims.claims().subject),
        seal: &claims.claims().seal,
    };
    batch.send(&sender).context("the batch cannot be sealed to this server")
}

/// Brings the batch file to the server's console, if that was asked for.
async fn bring(say: Say, on: &PressOn) -> Result<()> {
    let (Some(address), Some(name)) = (&on.send, &on.name) else {
        return Ok(());
    };
    let password = read_pin(on.password_stdin, &format!("Password of {name}"))?;
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let at = |path: &str| format!("{}{path}", address.trim_end_matches('/'));
    let session = client
        .post(at("/v1/sessions"))
        .json(&json!({ "name": name, "password": password }));
    let session: serde_json::Value = serde_json::from_slice(&answer(session.send().await?).await?)?;
    let file = std::fs::read(on.into.join(BATCH_FILE)).context("the batch file is gone")?;
    let sent = client
        .post(at("/v1/batches"))
        .bearer_auth(session["token"].as_str().unwrap_or_default())
        .header("Content-Type", "application/cbor")
        .body(file);
    answer(sent.send().await?).await?;
    say.note("The server knows the batch.");
    Ok(())
}

fn told(say: Say, on: &PressOn, done: &Done, before: bool) -> Result<()> {
    let page = on.into.join("labels.html");
    copying::device::replace_file(&page, labels::page(done)?.as_bytes()).map_err(|no| Refused::of(&no))?;
    let what = match (&done.title, done.kind) {
        (Some(title), _) if done.count == 1 => format!("medium of \"{title}\""),
        (Some(title), _) => format!("media of \"{title}\""),
        (None, Some(kind)) if done.count == 1 => kind.word().to_owned(),
        (None, Some(kind)) => format!("{}s", kind.word()),
        (None, None) => "pieces".to_owned(),
    };
    let ids: Vec<String> = done
        .media
        .iter()
        .map(|id| id.grouped())
        .chain(done.devices.iter().map(|id| id.grouped()))
        .collect();
    let sent = if on.send.is_some() {
        String::new()
    } else {
        format!(
            "\nThe server must know them before anybody has one: take {} in at its console.",
            on.into.join(BATCH_FILE).display()
        )
    };
    let lines = format!(
        "{} {what} pressed{} in {}.\nLabels to print: {}{sent}",
        done.count,
        if before { " before," } else { "," },
        on.into.display(),
        page.display()
    );
    let document = json!({
        "batch": done.id.to_string(), "count": done.count, "title": done.title, "kind": done.kind.map(DeviceKind::word),
        "ids": ids, "directory": on.into, "batch_file": on.into.join(BATCH_FILE), "labels": page, "known": on.send.is_some(),
    });
    say.answer(lines, &document);
    Ok(())
}
