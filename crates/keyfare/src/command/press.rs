//! `press`: makes batches of media, cards, players and drives, with labels, and the file that makes them known to a
//! copy-management server.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use copying::{
    DeviceKind,
    batch::{Content, Pressed, Sender},
    press::{BATCH_FILE, Begun, Done, Form, ORDER_MAX, Order, Press, Step},
};
use indicatif::{ProgressBar, ProgressStyle};
use package::Package;
use seal::{Claims, Kind, Secret};
use serde_json::json;
use units::{Currency, Money, OfferNo, PartyId};

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
        after_help = "Examples:\n  keyfare press media night-ferry.wav --count 10 --into /srv/batch-1 --price 300\n  keyfare press media 1001 --count 100 --into /srv/discs --iso --send http://127.0.0.1:7431 --name mina\n  keyfare press media 1001 --count 3 --into /srv/gifts --free\n  keyfare press media 1001 --offer 1001 --count 50 --into /srv/vouchers --send http://127.0.0.1:7404    each pays one order\n\nA batch that was interrupted goes on with the same command. The work is named as under\npublisher/works (an offer's number, after `keyfare publish`), or by the directory itself."
    )]
    Media(PressMedia),
    /// Media that were ordered on a shop's media page, from the file of the order and the sealed work
    #[command(
        after_help = "Examples:\n  keyfare press order media.keyfare-press --package winter-sun.keyfare --into /srv/discs --iso\n\nThe shop knows these media already; the sealed work is downloaded on its page in the shop."
    )]
    Order(PressOrder),
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
    /// Certificate of whoever shall know the batch [default: copying/certificate of this installation; with --offer shop/certificate]
    #[arg(long = "for", value_name = "FILE")]
    pub server: Option<PathBuf>,
    /// Bring the batch to the console at this address, too
    #[arg(long, value_name = "URL")]
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
    /// Each pays for this offer at a shop, in place of money; with --send, the address of the shop
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["free", "again"])]
    pub offer: Option<u64>,
}

/// Options of `press order`.
#[derive(Debug, Args)]
pub struct PressOrder {
    /// The order's file, from the shop's media page
    pub order: PathBuf,
    /// The sealed work, as the shop gives it to everybody
    #[arg(long, value_name = "FILE")]
    pub package: PathBuf,
    /// The batch's directory: new, or one that was begun
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// Images that burn to discs, instead of folders
    #[arg(long)]
    pub iso: bool,
}

/// Presses what a shop's page has drawn: it knows them, so nothing is brought anywhere.
async fn ordered(say: Say, args: &PressOrder) -> Result<()> {
    let file =
        std::fs::File::open(&args.order).with_context(|| format!("{} cannot be opened", args.order.display()))?;
    let mut bytes = Vec::new();
    // One byte more than an order may have: what is longer is none.
    file.take(ORDER_MAX as u64 + 1).read_to_end(&mut bytes)?;
    let order = Order::read(&bytes).map_err(|no| Refused::of(&no))?;
    let form = if args.iso { Form::Image } else { Form::Folder };
    let begun = Press::ordered(&args.into, &order, form, clock::now());
    let press = match begun.map_err(|no| Refused::of(&no))? {
        Begun::Done(done) => return told(say, (&args.into, true), true, &done, true),
        Begun::Press(press) => press,
    };
    let done = pieces(say, press, Some(args.package.clone())).await?;
    told(say, (&args.into, true), true, &done, false)
}

/// Presses what is not there yet.
async fn pieces(say: Say, mut press: Press, package: Option<PathBuf>) -> Result<Done> {
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
    Ok(done.await?.map_err(|no| Refused::of(&no))?)
}

/// Presses what was asked for.
pub async fn run(place: &Place, say: Say, command: &PressCommand) -> Result<()> {
    let (on, what, form, package) = match command {
        PressCommand::Media(args) => {
            let (content, package) = content(place, args)?;
            let form = if args.iso { Form::Image } else { Form::Folder };
            (&args.on, Pressed::Media(content), form, Some(package))
        }
        PressCommand::Order(args) => return ordered(say, args).await,
        PressCommand::Cards(on) => (on, Pressed::Devices(DeviceKind::Card), Form::Folder, None),
        PressCommand::Players(on) => (on, Pressed::Devices(DeviceKind::Player), Form::Folder, None),
        PressCommand::Drives(on) => (on, Pressed::Devices(DeviceKind::Drive), Form::Folder, None),
    };
    let shop = matches!(&what, Pressed::Media(content) if content.offer.is_some());
    let begun = Press::begin(&on.into, on.count, what, form, clock::now(), &clock::seed()?);
    let press = match begun.map_err(|no| Refused::of(&no))? {
        Begun::Done(done) => {
            bring(say, on, shop).await?;
            return told(say, (&on.into, on.send.is_some()), shop, &done, true);
        }
        Begun::Press(press) => press,
    };
    let file = batch_file(place, on, shop, press.batch())?;
    press.keep_batch_file(&file).map_err(|no| Refused::of(&no))?;
    // Known before anything leaves the factory.
    bring(say, on, shop).await?;
    let done = pieces(say, press, package).await?;
    told(say, (&on.into, on.send.is_some()), shop, &done, false)
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
        offer: args.offer.map(OfferNo),
    };
    Ok((content, package))
}

fn publisher_secret(place: &Place) -> Result<Secret> {
    let secret = std::fs::read(place.publisher().join("secret"));
    let secret = secret.context("no publisher's keys here: start with `keyfare up`")?;
    Secret::from_slice(&secret).context("the publisher's secret is damaged")
}

/// The file that makes a batch known: signed by the publisher, sealed to the server.
fn batch_file(place: &Place, on: &PressOn, shop: bool, batch: &copying::batch::Batch) -> Result<Vec<u8>> {
    let realm = realm_of(place)?;
    let path = on
        .server
        .clone()
        .unwrap_or_else(|| place.party(if shop { "shop" } else { "copying" }).join("certificate"));
    let server = std::fs::read(&path).map_err(|_| {
        let text = format!(
            "{} is not there: name the certificate of whoever shall know the batch with --for",
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

/// Brings the batch file to the server's console, or to a shop, if that was asked for.
async fn bring(say: Say, on: &PressOn, shop: bool) -> Result<()> {
    let Some(address) = &on.send else { return Ok(()) };
    if shop {
        return bring_to_shop(say, on, address).await;
    }
    let Some(name) = &on.name else {
        let text = "say with --name as whom the batch is brought to the console";
        return Err(Refused::new("name-missing", text).into());
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

/// Brings it to a shop: the publisher's signature in the file is all it needs.
async fn bring_to_shop(say: Say, on: &PressOn, address: &str) -> Result<()> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let file = std::fs::read(on.into.join(BATCH_FILE)).context("the batch file is gone")?;
    let sent = client
        .post(format!("{}/v1/media", address.trim_end_matches('/')))
        .header("Content-Type", "application/cbor")
        .body(file);
    answer(sent.send().await?).await?;
    say.note("The shop knows the media.");
    Ok(())
}

fn told(say: Say, (into, known): (&Path, bool), shop: bool, done: &Done, before: bool) -> Result<()> {
    let page = into.join("labels.html");
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
    let sent = if known {
        String::new()
    } else {
        format!(
            "\n{} must know them before anybody has one: take {} in at its console.",
            if shop { "The shop" } else { "The server" },
            into.join(BATCH_FILE).display()
        )
    };
    // What was ordered at the shop needs none.
    let batch_file = Some(into.join(BATCH_FILE)).filter(|path| path.is_file());
    let lines = format!(
        "{} {what} pressed{} in {}.\nLabels to print: {}{sent}",
        done.count,
        if before { " before," } else { "," },
        into.display(),
        page.display()
    );
    let document = json!({
        "batch": done.id.to_string(), "count": done.count, "title": done.title, "kind": done.kind.map(DeviceKind::word),
        "ids": ids, "directory": into, "batch_file": batch_file, "labels": page, "known": known,
    });
    say.answer(lines, &document);
    Ok(())
}
