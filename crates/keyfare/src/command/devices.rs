//! `device`: a user's card, player and drive: sign in at a gateway, register, show, replace a lost card, erase for a repair.
//! What they do is `copying::device::Home`; here are their places, the way to the gateway, and words for people.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use copying::{
    UserId,
    device::{Home, HomeRefused, Line, replace_file},
    sentence,
    server::EraseOrder,
};
use serde_json::{Value, json};
use units::{PartyId, Refusal};

use super::gateway_line::{Gateway, Known, client, known_file};
use crate::{
    clock,
    market::answer,
    place::Place,
    say::{Refused, Say, read_pin},
    tied,
};

/// What to do with the devices.
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// Sign in at a gateway, once; later commands go over it
    #[command(after_help = "Examples:\n  keyfare device sign-in --gateway http://127.0.0.1:7432 --name hana")]
    SignIn(SignIn),
    /// Register card, player and drive: shows the User ID, once
    #[command(
        after_help = "Examples:\n  keyfare device register\n  keyfare device register --card /media/card --drive /media/disk\n\nThe User ID is shown once: write it down. With it and your word you get a new card when this one is lost."
    )]
    Register(Register),
    /// Show the devices, and what was copied
    Show(Devices),
    /// A new card takes the place of a lost one: everything copied plays as before
    #[command(
        after_help = "Examples:\n  keyfare device reissue --card /media/new-card\n  printf '%s\\n%s\\n' \"$USER_ID\" \"$WORD\" | keyfare device reissue --stdin --json"
    )]
    Reissue(Register),
    /// Tie devices to this machine: its TPM keeps their keys, and their files are worth nothing elsewhere
    #[command(
        after_help = "Examples:\n  keyfare device tie                        the devices of this installation\n  keyfare device tie --player /srv/player\n  keyfare device tie --undo                 to carry them to another machine"
    )]
    Tie(Tie),
    /// Carry out a repair's order: the card gives up its keys, and the work may be copied again
    #[command(after_help = "Examples:\n  keyfare device erase order.cbor")]
    Erase {
        /// The order, as the counter gave it
        file: PathBuf,
        /// Which devices
        #[command(flatten)]
        devices: Devices,
    },
}

/// Where the devices are.
#[derive(Debug, Args, Clone, Default)]
pub struct Devices {
    /// Directory of the memory card [default: devices/card of this installation, if it is there]
    #[arg(long, value_name = "DIR")]
    pub card: Option<PathBuf>,
    /// Directory of the player [default: devices/player]
    #[arg(long, value_name = "DIR")]
    pub player: Option<PathBuf>,
    /// Directory of the drive, where copies lie [default: devices/drive]
    #[arg(long, value_name = "DIR")]
    pub drive: Option<PathBuf>,
}

/// Options of `device sign-in`.
#[derive(Debug, Args)]
pub struct SignIn {
    /// Address of the gateway
    #[arg(long, value_name = "URL")]
    pub gateway: String,
    /// Name of your account there
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub password_stdin: bool,
}

/// Options of `device register` and `device reissue`.
#[derive(Debug, Args)]
pub struct Register {
    /// Which devices
    #[command(flatten)]
    pub devices: Devices,
    /// Read what is asked for from standard input: the User ID (for a reissue), then the word
    #[arg(long)]
    pub stdin: bool,
}

/// Options of `device tie`.
#[derive(Debug, Args)]
pub struct Tie {
    /// Which devices [default: all that are there]
    #[command(flatten)]
    pub devices: Devices,
    /// The TPM: a device, or the socket of an emulator
    #[arg(long, value_name = "PATH", default_value = tpm::DEVICE)]
    pub tpm: PathBuf,
    /// Let them go again
    #[arg(long)]
    pub undo: bool,
}

/// Does what was asked.
pub async fn run(place: &Place, say: Say, command: &DeviceCommand) -> Result<()> {
    match command {
        DeviceCommand::SignIn(args) => sign_in(place, say, args).await,
        DeviceCommand::Register(args) => register(place, say, args).await,
        DeviceCommand::Show(devices) => show(place, say, devices),
        DeviceCommand::Reissue(args) => reissue(place, say, args).await,
        DeviceCommand::Tie(args) => tie(place, say, args),
        DeviceCommand::Erase { file, devices } => erase(place, say, file, devices).await,
    }
}

/// The devices that are there.
pub fn home(place: &Place, devices: &Devices) -> Home {
    let usual = place.root().join("devices");
    let one = |named: &Option<PathBuf>, word: &str| {
        let kept = tied::kept(&named.clone().unwrap_or_else(|| usual.join(word)));
        (named.is_some() || kept.exists()).then_some(kept)
    };
    Home {
        card: one(&devices.card, "card"),
        player: one(&devices.player, "player"),
        drive: one(&devices.drive, "drive"),
    }
}

/// What software can hold, said where its users see it.
const HONEST: &str = "These devices are software: whoever copies the files of all three plays beside you. Keep them where only you can read.";

/// Does whoever reads here read Japanese?
fn reads_japanese() -> bool {
    let language = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    language.is_some_and(|it| it.starts_with("ja"))
}

/// A sentence of copy management in its reader's language.
fn said(code: &str) -> Option<&'static str> {
    match reads_japanese() {
        true => sentence::japanese(code),
        false => sentence::english(code),
    }
}

/// A refusal in its reader's language.
pub fn refused(no: &HomeRefused) -> Refused {
    let text = sentence::japanese(no.code()).filter(|_| reads_japanese());
    Refused {
        text: text.map_or_else(|| no.to_string(), str::to_owned),
        code: no.code().to_owned(),
        again: no.again(),
    }
}

async fn sign_in(place: &Place, say: Say, args: &SignIn) -> Result<()> {
    let client = client()?;
    let at = |path: &str| format!("{}{path}", args.gateway.trim_end_matches('/'));
    let terms = answer(client.get(at("/v1/terms")).send().await?).await?;
    let terms: Value = serde_json::from_slice(&terms).context("this is no gateway")?;
    let password = read_pin(args.password_stdin, &format!("Password of {}", args.name))?;
    let session = client
        .post(at("/v1/sessions"))
        .json(&json!({ "name": args.name, "password": password }));
    let session: Value = serde_json::from_slice(&answer(session.send().await?).await?)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = Known {
        address: args.gateway.clone(),
        gateway: text(&terms["gateway"]),
        currency: text(&terms["currency"]),
        token: text(&session["token"]),
    };
    found
        .gateway
        .parse::<PartyId>()
        .map_err(|_| Refused::new("not-a-gateway", "this address is no gateway's"))?;
    let path = known_file(place);
    std::fs::create_dir_all(place.root().join("devices"))?;
    replace_file(&path, &serde_json::to_vec(&found)?).map_err(|no| Refused::of(&no))?;
    let needs = terms["needs"].as_array().cloned().unwrap_or_default();
    let needs: Vec<&str> = needs.iter().filter_map(Value::as_str).collect();
    say.answer(
        format!(
            "Signed in. A registration here needs: {}.\nNext: keyfare device register",
            needs.join(", ")
        ),
        &json!({ "gateway": found.gateway, "needs": needs }),
    );
    Ok(())
}

/// Does something with the devices and a line, on a thread that may block.
pub async fn at_home<T: Send + 'static>(
    place: &Place,
    devices: &Devices,
    work: impl FnOnce(&Home, &mut dyn Line, &seal::Seed) -> Result<T, HomeRefused> + Send + 'static,
) -> Result<T> {
    let (home, mut line, seed) = (home(place, devices), Gateway::of(place)?, clock::seed()?);
    let done = tokio::task::spawn_blocking(move || {
        let _alone = home.alone()?;
        work(&home, &mut line, &seed)
    });
    let done = done.await?;
    Ok(done.map_err(|no| refused(&no))?)
}

async fn register(place: &Place, say: Say, args: &Register) -> Result<()> {
    let word = read_pin(
        args.stdin,
        "A word of your own: with it and your User ID you get a new card",
    )?;
    if word.chars().count() < 6 {
        return Err(Refused::new(
            "word-too-short",
            "the word has at least six characters; two or three words are best",
        )
        .into());
    }
    let done = at_home(place, &args.devices, move |home, line, seed| {
        home.register(&word, line, seed)
    })
    .await?;
    let user = done.user.on_paper();
    let earlier = match done.earlier_word {
        true => format!("\n{}", said("earlier-word").unwrap_or_default()),
        false => String::new(),
    };
    say.answer(
        format!(
            "Registered. Your User ID is shown only now; keep it on paper, apart from the card:\n\n    {user}\n{earlier}\n{HONEST}\nNext: keyfare import MEDIUM"
        ),
        &json!({ "user_id": user, "earlier_word": done.earlier_word }),
    );
    Ok(())
}

async fn reissue(place: &Place, say: Say, args: &Register) -> Result<()> {
    let typed = read_pin(args.stdin, "User ID, from your paper")?;
    let user = UserId::typed(&typed).map_err(|no| Refused::new("user-id", no.to_string()))?;
    let word = read_pin(args.stdin, "Your word")?;
    let count = at_home(place, &args.devices, move |home, line, seed| {
        home.replace(user, &word, line, seed)
    })
    .await?;
    say.answer(
        format!("This card takes the lost one's place: {count} copies play with it, and the lost one is dead."),
        &json!({ "copies": count }),
    );
    Ok(())
}

async fn erase(place: &Place, say: Say, file: &Path, devices: &Devices) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let order: EraseOrder = seal::cbor::from_bytes(&bytes).map_err(|_| {
        Refused::new(
            "not-an-order",
            "this file is no order of a repair; fetch it from the counter again",
        )
    })?;
    at_home(place, devices, move |home, line, seed| home.erase(&order, line, seed)).await?;
    say.answer(
        "The card gave its keys up. Copy your media again: keyfare import MEDIUM",
        &json!({ "erased": true }),
    );
    Ok(())
}

fn tie(place: &Place, say: Say, args: &Tie) -> Result<()> {
    let home = home(place, &args.devices);
    let all = [
        ("card", &args.devices.card, &home.card),
        ("player", &args.devices.player, &home.player),
        ("drive", &args.devices.drive, &home.drive),
    ];
    // Those that were named; nobody named any: those of this installation.
    let any = all.iter().any(|(_, named, _)| named.is_some());
    let chosen = all.into_iter().filter(|(_, named, _)| !any || named.is_some());
    let there: Vec<_> = chosen
        .filter_map(|(word, _, kept)| Some((word, kept.as_ref()?)))
        .collect();
    if there.is_empty() {
        return Err(Refused::new("device-missing", "there is no card, player or drive to tie").into());
    }
    for (_, kept) in &there {
        let done = match args.undo {
            true => tied::untie(kept.dir()),
            false => tied::tie(kept.dir(), &args.tpm, &clock::seed()?),
        };
        done.map_err(|no| Refused::of(&no))?;
    }
    let words: Vec<&str> = there.iter().map(|(word, _)| *word).collect();
    let line = match args.undo {
        true => format!("Let go: {}. Whoever copies their files has them.", words.join(", ")),
        false => format!(
            "Tied to this machine: {}. Their files open nowhere else.",
            words.join(", ")
        ),
    };
    say.answer(line, &json!({ "devices": words, "tied": !args.undo }));
    Ok(())
}

fn show(place: &Place, say: Say, devices: &Devices) -> Result<()> {
    let home = home(place, devices);
    let bound = home.bound().map_err(|no| refused(&no))?;
    let keeper = home.keeper().map_err(|no| refused(&no))?;
    let (mut lines, mut all) = (String::new(), Vec::new());
    for (id, kind) in bound.each() {
        lines.push_str(&format!("{:8}{}\n", kind.word(), id.grouped()));
        all.push(json!({ "kind": kind.word(), "id": id.to_string() }));
    }
    lines.push_str(if keeper.is_registered() {
        "\nRegistered."
    } else {
        "\nNot registered: keyfare device register"
    });
    let mut copies = Vec::new();
    for (delivery, _, title, open) in keeper.copies() {
        let file = home.file_of(delivery).map_err(|no| refused(&no))?;
        let state = if open { "not complete" } else { "copied" };
        lines.push_str(&format!("\n  \"{title}\"  {state}"));
        copies.push(json!({ "title": title, "delivery": delivery.to_string(), "complete": !open, "file": file }));
    }
    let document = json!({ "devices": all, "registered": keeper.is_registered(), "copies": copies, "waiting": keeper.open_ask().is_some() });
    say.answer(lines, &document);
    Ok(())
}
