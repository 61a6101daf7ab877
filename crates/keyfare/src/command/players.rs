//! `players`, `lend`, `return`: what a wallet does with the players of its home.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use courier::Letter;
use serde_json::{Value, json};

use super::{
    copy::letter_of,
    open::letter_in,
    player::{Whom, beside, lines},
};
use crate::{
    hand::{Hand, encoded},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Options of `players`.
#[derive(Debug, Args)]
pub struct PlayersArgs {
    /// What to do; nothing: show them
    #[command(subcommand)]
    pub command: Option<PlayersCommand>,
}

/// What a wallet does with its players.
#[derive(Debug, Subcommand)]
pub enum PlayersCommand {
    /// Take a player on, with your PIN; its owner agrees there with his
    Pair(Pair),
    /// Let a player in again
    Allow(Whom),
    /// Let a player in no longer; what it has stays with it until you have it back
    Deny(Whom),
    /// A player is lost: give up what it was lent of a work
    GiveUp {
        /// Title of the work
        what: String,
        /// From which player
        #[arg(long, value_name = "NAME")]
        from: String,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
}

/// Options of `players pair`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("way").required(true).multiple(false))]
pub struct Pair {
    /// The player's letter, or a picture of its code
    #[arg(long, value_name = "FILE", group = "way")]
    pub file: Option<PathBuf>,
    /// A player on this network, by the two words it shows
    #[arg(long, value_name = "WORDS", group = "way")]
    pub nearby: Option<String>,
    /// Where it is, on this machine or its network
    #[arg(long, value_name = "ADDR", group = "way")]
    pub at: Option<String>,
    /// What this wallet is called there
    #[arg(long, default_value = "Wallet")]
    pub name: String,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// How the two devices meet. Without any of these: where the player answered last, or nearby.
#[derive(Debug, Args)]
pub struct Way {
    /// Where the player is
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["nearby", "file"])]
    pub at: Option<String>,
    /// By the two words it shows
    #[arg(long, value_name = "WORDS", conflicts_with = "file")]
    pub nearby: Option<String>,
    /// Write the first letter into this directory, and go on with `keyfare open`
    #[arg(long, value_name = "DIR")]
    pub file: Option<PathBuf>,
}

/// Options of `lend`.
#[derive(Debug, Args)]
pub struct Lend {
    /// Title or license id
    pub what: String,
    /// To which player
    #[arg(long, value_name = "NAME")]
    pub to: String,
    /// How many plays [default: all there are]
    #[arg(long)]
    pub plays: Option<u32>,
    /// For how many days [default: as long as there is]
    #[arg(long)]
    pub days: Option<u64>,
    /// How the two meet.
    #[command(flatten)]
    pub way: Way,
}

/// Options of `return`.
#[derive(Debug, Args)]
pub struct GiveBack {
    /// Title of the work; without it the first that is there
    pub what: Option<String>,
    /// From which player
    #[arg(long, value_name = "NAME")]
    pub from: String,
    /// How the two meet.
    #[command(flatten)]
    pub way: Way,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Does it.
pub async fn run(place: &Place, say: Say, args: &PlayersArgs) -> Result<()> {
    let hand = Hand::of(place).await?;
    match &args.command {
        None => {
            let shown = hand.get("/v1/pairs").await?;
            say.answer(lines(&shown), &shown);
            Ok(())
        }
        Some(PlayersCommand::Pair(args)) => pair(&hand, say, args).await,
        Some(PlayersCommand::Allow(whom)) => allow(&hand, say, whom, true).await,
        Some(PlayersCommand::Deny(whom)) => allow(&hand, say, whom, false).await,
        Some(PlayersCommand::GiveUp { what, from, pin_stdin }) => {
            let loan = loan_of(&hand, from, Some(what)).await?;
            let pin = read_pin(*pin_stdin, "PIN: what you give up does not come back")?;
            let done = hand
                .post("/v1/loans/give-up", &json!({ "loan": loan, "pin": pin }))
                .await?;
            say.answer("Given up.", &done);
            Ok(())
        }
    }
}

async fn pair(hand: &Hand, say: Say, args: &Pair) -> Result<()> {
    let pin = read_pin(args.pin_stdin, "PIN, to take this player on")?;
    let mut wanted = json!({ "pin": pin, "name": args.name, "near": args.nearby, "at": args.at });
    if args.nearby.is_some() {
        hand.post("/v1/near", &json!({ "on": true })).await?;
    }
    let Some(file) = &args.file else {
        let paired = hand.post("/v1/pairs", &wanted).await?;
        say.answer(
            "Paired on this side. On the player, its owner agrees: keyfare player agree",
            &paired,
        );
        return Ok(());
    };
    let letter = letter_in(std::slice::from_ref(file))?;
    wanted["stage"] = json!(letter.stage.name());
    wanted["body"] = json!(encoded(&letter.body));
    let paired = hand.post("/v1/pairs", &wanted).await?;
    let path = courier::write(beside(file), wallet::hand::PAIRING, &letter_of(&paired["letter"])?);
    let path = path.map_err(|no| Refused::of(&no))?;
    say.answer(
        format!(
            "{} is written; the player takes it with: keyfare player agree",
            path.display()
        ),
        &json!({ "pair": paired["pair"], "answer": path }),
    );
    Ok(())
}

/// Lets a paired device in, or no longer.
pub async fn allow(hand: &Hand, say: Say, whom: &Whom, allowed: bool) -> Result<()> {
    let pin = read_pin(whom.pin_stdin, "PIN")?;
    let wanted = json!({ "device": whom.name, "allowed": allowed, "pin": pin });
    let done = hand.post("/v1/pairs/allow", &wanted).await?;
    let line = match allowed {
        true => format!("\"{}\" is let in.", whom.name),
        false => format!("\"{}\" is no longer let in.", whom.name),
    };
    say.answer(line, &done);
    Ok(())
}

/// Lends.
pub async fn lend(place: &Place, say: Say, args: &Lend) -> Result<()> {
    let hand = Hand::of(place).await?;
    let license = hand.license(&args.what).await?;
    let wanted = json!({ "license": license, "device": args.to, "plays": args.plays, "days": args.days });
    let line = format!("\"{}\" has it now.", args.to);
    pass(&hand, say, "/v1/lend", wanted, &args.way, &line).await
}

/// Has a loan back.
pub async fn give_back(place: &Place, say: Say, args: &GiveBack) -> Result<()> {
    let hand = Hand::of(place).await?;
    let loan = loan_of(&hand, &args.from, args.what.as_deref()).await?;
    let wanted = json!({ "device": args.from, "loan": loan });
    pass(&hand, say, "/v1/return", wanted, &args.way, "What was left is back.").await
}

async fn loan_of(hand: &Hand, from: &str, what: Option<&str>) -> Result<Value> {
    let shown = hand.get("/v1/pairs").await?;
    let mates = shown["pairs"].as_array().cloned().unwrap_or_default();
    let mate = mates.iter().find(|mate| text(&mate["name"]).eq_ignore_ascii_case(from));
    let loans = mate
        .and_then(|mate| mate["loans"].as_array().cloned())
        .unwrap_or_default();
    let wanted = |loan: &&Value| what.is_none_or(|what| text(&loan["title"]).eq_ignore_ascii_case(what));
    let found = loans.iter().find(wanted).map(|loan| loan["loan"].clone());
    Ok(found.ok_or_else(|| Refused::new("loan-nothing-here", format!("nothing of yours is with \"{from}\"")))?)
}

async fn pass(hand: &Hand, say: Say, path: &str, mut wanted: Value, way: &Way, line: &str) -> Result<()> {
    wanted["at"] = json!(way.at);
    wanted["near"] = json!(way.nearby);
    wanted["by_letter"] = json!(way.file.is_some());
    if let Some(words) = &way.nearby {
        super::copy::look_for(hand, say, words, 30).await?;
    }
    let done = hand.post(path, &wanted).await?;
    let Some(dir) = &way.file else {
        say.answer(line, &done);
        return Ok(());
    };
    written(say, &done["letter"], wallet::hand::PAIRING, dir, &done)
}

fn written(say: Say, letter: &Value, title: &str, dir: &Path, told: &Value) -> Result<()> {
    let path = courier::write(dir, title, &letter_of(letter)?).map_err(|no| Refused::of(&no))?;
    let mut document = told.clone();
    document["letter"] = json!(path);
    say.answer(
        format!("{} is written; the other device opens it.", path.display()),
        &document,
    );
    Ok(())
}

/// Takes a letter of a loan, and writes the next one beside it.
pub async fn letter(hand: &Hand, say: Say, letter: &Letter, beside: &Path) -> Result<()> {
    let came = json!({ "stage": letter.stage.name(), "body": encoded(&letter.body) });
    let taken = hand.post("/v1/letters", &came).await?;
    let next = &taken["letter"];
    match taken["news"].as_str() {
        Some("not-allowed") => {
            courier::write(beside, wallet::hand::PAIRING, &letter_of(next)?).map_err(|no| Refused::of(&no))?;
            let text =
                "the other device is not on this one's list; its owner can add it. The letter beside says so to it";
            Err(Refused::new("device-not-listed", text).into())
        }
        Some("void") => {
            if !next.is_null() {
                courier::write(beside, wallet::hand::PAIRING, &letter_of(next)?).map_err(|no| Refused::of(&no))?;
            }
            let why = &taken["void"];
            Err(Refused::new(text(&why["code"]), text(&why["text"])).into())
        }
        // One hand-over is one set of letters, whichever of them names the work.
        _ if !next.is_null() => written(say, next, wallet::hand::PAIRING, beside, &taken),
        _ => {
            say.answer("Done.", &taken);
            Ok(())
        }
    }
}
