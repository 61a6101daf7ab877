//! `player`: a device that plays what wallets lend it. It needs no network: wallets come to it over a short-range link, or letters
//! do as files and codes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use card::PinCost;
use clap::{Args, Subcommand};
use courier::FOUND_AT;
use party::realm::{Certifier, RealmMaker, Subject};
use seal::{Class, Role, Secret};
use serde_json::{Value, json};
use units::{Currency, Span};
use wallet::{
    Home, Wallet,
    drive::{Drive, Os},
    engine::PlayerPlan,
    hand::Near,
    home::UseTpm,
    pages::{self, Address, Desk},
    player::Watch,
};

use super::{
    copy::drawn,
    open::letter_in,
    serve::until_told,
    wallet::{cannot_listen, tpm_for},
};
use crate::{
    cli::Play,
    hand::{Hand, encoded},
    market::realm_of,
    place::Place,
    say::{Refused, Say, read_pin},
};

/// How long a player's certificate lasts: it may never be online to have it renewed.
const LIFE: Span = Span::days(3650);

/// What to do with a player.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keyfare player make --name \"Living room\"      a new player, certified by this realm's maker\n  keyfare player                                 runs it: wallets on this network can lend to it\n  keyfare player sheet /media/stick              its half of a pair, for a wallet\n  keyfare player play \"Night Ferry\" --pipe | mpv -"
)]
pub struct PlayerArgs {
    /// Directory of the player [default: player in this installation]
    #[arg(long, global = true, value_name = "DIR")]
    pub device: Option<PathBuf>,
    /// What to do; nothing: run it
    #[command(subcommand)]
    pub command: Option<PlayerCommand>,
}

/// What a player does.
#[derive(Debug, Subcommand)]
pub enum PlayerCommand {
    /// Make a player: certified, with its owner's PIN
    Make {
        /// What it is called
        #[arg(long, default_value = "Player")]
        name: String,
        /// Let this TPM keep its key: auto, off, or the path of a device or an emulator's socket.
        ///
        /// Its memory opens on this machine alone, and yesterday's copy of it plays nothing. In the realm dev, where players come
        /// and go, auto is off.
        #[arg(long, value_name = "TPM", default_value = "auto")]
        tpm: UseTpm,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Run it, with its own pages, found by wallets on this network
    Run(Run),
    /// Who may lend to it, and what is here on loan
    Show,
    /// Put sealed files on its shelf: a stick, a disc, a memory card, files and directories
    Add {
        /// Which
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show its half of a pair, as a file in a directory or as codes
    Sheet {
        /// Where to; without it as codes
        dir: Option<PathBuf>,
    },
    /// Let a wallet in that has come: the one that waits, or the one whose letter this is
    Agree {
        /// The wallet's letter
        file: Option<PathBuf>,
        /// Which of several that wait: its pairing, or the beginning of it
        #[arg(long, conflicts_with = "file")]
        pairing: Option<String>,
        /// Read the PIN from standard input instead of asking for it
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Take a letter of a loan and write the next one beside it
    Open {
        /// A letter, or pictures of its codes
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Let a wallet in again
    Allow(Whom),
    /// Let a wallet in no longer
    Deny(Whom),
    /// Call the wallet that lent it something, to take it back
    Return {
        /// Title of the work
        what: String,
    },
    /// Make a smaller rendition of what is here on loan, onto a memory card, for the wallet that lent it
    Convert {
        /// Title of the work
        what: String,
        /// The memory card's directory
        #[arg(long, value_name = "DIR")]
        card: PathBuf,
    },
    /// Play what is here on loan
    Play(Play),
}

/// Options of `player run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Loopback address of its pages
    #[arg(long, default_value = "127.0.0.1:7421", value_name = "ADDR")]
    pub listen: std::net::SocketAddr,
    /// Directories with sealed files: a disc, a stick, a memory card
    #[arg(long, value_name = "DIR")]
    pub works: Vec<PathBuf>,
    /// Be found by nobody: wallets of this machine reach it at its address
    #[arg(long)]
    pub hidden: bool,
    /// Show every page in every state, with made-up figures, at /stories
    #[arg(long, hide = true)]
    pub stories: bool,
}

/// A paired device, and the owner's PIN.
#[derive(Debug, Args)]
pub struct Whom {
    /// Its name
    pub name: String,
    /// Read the PIN from standard input instead of asking for it
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Does it.
pub async fn run(place: &Place, say: Say, args: &PlayerArgs) -> Result<()> {
    let home = Home::at(args.device.clone().unwrap_or_else(|| place.root().join("player")));
    match &args.command {
        None => serve(say, home, &Run::usual()).await,
        Some(PlayerCommand::Run(run)) => serve(say, home, run).await,
        Some(PlayerCommand::Make { name, tpm, pin_stdin }) => {
            let tpm = tpm_for(place, &home, tpm.clone())?;
            make(place, say, home.with_tpm(tpm), name, *pin_stdin).await
        }
        Some(PlayerCommand::Show) => {
            let shown = Hand::of_player(home).await?.get("/v1/pairs").await?;
            say.answer(lines(&shown), &shown);
            Ok(())
        }
        Some(PlayerCommand::Add { files }) => add(say, home, files).await,
        Some(PlayerCommand::Sheet { dir }) => sheet(say, home, dir.as_deref()).await,
        Some(PlayerCommand::Agree {
            file,
            pairing,
            pin_stdin,
        }) => agree(say, home, (file.as_deref(), pairing.as_deref()), *pin_stdin).await,
        Some(PlayerCommand::Open { files }) => {
            let hand = Hand::of_player(home).await?;
            let beside = files.first().map_or(Path::new("."), |file| beside(file));
            super::players::letter(&hand, say, &letter_in(files)?, beside).await
        }
        Some(PlayerCommand::Allow(whom)) => allow(say, home, whom, true).await,
        Some(PlayerCommand::Deny(whom)) => allow(say, home, whom, false).await,
        Some(PlayerCommand::Return { what }) => give_back(say, home, what).await,
        Some(PlayerCommand::Convert { what, card }) => convert(say, home, what, card).await,
        Some(PlayerCommand::Play(play)) => super::play::with(&Hand::of_player(home).await?, say, play).await,
    }
}

impl PlayerArgs {
    /// Does plaintext go to standard output?
    pub fn is_piped(&self) -> bool {
        matches!(&self.command, Some(PlayerCommand::Play(play)) if play.pipe)
    }
}

impl Run {
    fn usual() -> Self {
        Self {
            listen: std::net::SocketAddr::from(([127, 0, 0, 1], 7421)),
            works: vec![],
            hidden: false,
            stories: false,
        }
    }
}

/// The directory a file lies in.
pub fn beside(file: &Path) -> &Path {
    file.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// In a realm of people a maker certifies his devices in his works; here the dev realm's own maker does, for its roots lie here.
async fn make(place: &Place, say: Say, home: Home, name: &str, pin_stdin: bool) -> Result<()> {
    let realm = realm_of(place)?;
    let no_maker = || {
        Refused::new(
            "no-maker-here",
            "players are certified by their maker; only the maker of a dev realm is here, and this is none",
        )
    };
    let secret: [u8; 32] = std::fs::read(place.root().join("roots"))
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(no_maker)?;
    let currency = Currency::new(&realm.currency).map_err(|no| Refused::new("realm-malformed", no.to_string()))?;
    let now = Os.now();
    let maker = RealmMaker::dev(currency, &realm.registry, Secret::new(secret), now);
    if maker.realm().id() != realm.id() {
        return Err(no_maker().into());
    }
    let by = Certifier::new(&maker.card_certifier(), realm.id());
    let certifiers = certifiers(place)?;
    let pin = read_pin(pin_stdin, "Choose the owner's PIN (4 to 12 digits)")?;
    let plan = PlayerPlan {
        realm,
        name: name.to_owned(),
        cost: PinCost::FULL,
        certifiers,
    };
    let label = name.chars().take(60).collect::<String>();
    let root = home.root().to_owned();
    let made = Wallet::make_player(home, plan, &pin, Arc::new(Os), move |sign, seal_to| {
        let name = seal::hash_parts(&[b"device", &sign.0]);
        let subject = Subject {
            id: name.0.first_chunk::<16>().copied().unwrap_or_default(),
            role: Role::Player,
            sign,
            seal: seal_to,
            class: Class::Software,
            name: label,
        };
        let serial = u64::from_be_bytes(name.0.first_chunk::<8>().copied().unwrap_or_default());
        by.certify(&subject, now.less(Span::days(1)), now.plus(LIFE), serial)
    });
    made.await.map_err(|no| Refused::of(&no))?;
    say.answer(
        format!("\"{name}\" is made, in {}. Next: keyfare player", root.display()),
        &json!({ "name": name, "device": root }),
    );
    Ok(())
}

fn certifiers(place: &Place) -> Result<Vec<Vec<u8>>> {
    let read = |name: &str| std::fs::read(place.root().join("certifiers").join(name));
    Ok(vec![read("cards")?, read("parties")?])
}

async fn serve(say: Say, home: Home, args: &Run) -> Result<()> {
    if !args.listen.ip().is_loopback() {
        return Err(Refused::new(
            "loopback-only",
            "a player's pages are for this machine only: use an address like 127.0.0.1:7421; wallets nearby have a door of their own",
        )
        .into());
    }
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|no| cannot_listen(args.listen, &no))?;
    let address = Address::of(listener.local_addr()?);
    let wallet = open(home).await?;
    for dir in &args.works {
        shelve(&wallet, dir)?;
    }
    let desk =
        Desk::new(wallet.clone(), address.clone(), None, Watch::this_process()).map_err(|no| Refused::of(&no))?;
    desk.read_with(super::read_work::readers()?);
    desk.convert_with(super::convert_work::fenced()?);
    if args.stories {
        desk.show_stories();
    }
    let (mut words, mut door) = (Value::Null, Value::Null);
    if !args.hidden {
        match Near::begin(&wallet, FOUND_AT).await {
            Ok(near) => {
                door = json!(near.port());
                words = json!(wallet.look_around(near).await);
            }
            Err(error) => say.note(format!(
                "Found by nobody: this machine lets no program be found on its network ({error})"
            )),
        }
    }
    let open = desk.invite();
    let found = words.as_str().map_or(String::new(), |words| {
        format!("Wallets on this network find it as \"{words}\".\n")
    });
    say.answer(
        format!("\"{}\": {open}\n{found}Ctrl-C stops it.", wallet.device_name()),
        &json!({ "player": open, "name": wallet.device_name(), "at": address.host(), "found_as": words, "door": door }),
    );
    pages::serve(Arc::clone(&desk), listener, until_told()).await?;
    desk.stop();
    Ok(())
}

async fn open(home: Home) -> Result<Wallet> {
    if !home.has_card() {
        return Err(Refused::new(
            "no-player-here",
            "there is no player yet: make one with `keyfare player make`",
        )
        .into());
    }
    let wallet = Wallet::open_player(home, Arc::new(Os))
        .await
        .map_err(|no| Refused::of(&no))?;
    if !wallet.is_player() {
        return Err(Refused::new("not-a-player", "this is a holder's card, and no player").into());
    }
    Ok(wallet)
}

/// Puts what is sealed in a file or a directory on the shelf; answers how many works.
fn shelve(wallet: &Wallet, path: &Path) -> Result<usize> {
    if path.is_file() {
        wallet.packages().adopt(path).map_err(|no| Refused::of(&no))?;
        return Ok(1);
    }
    let mut count = 0_usize;
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "keyfare") {
            wallet.packages().adopt(&path).map_err(|no| Refused::of(&no))?;
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}

async fn add(say: Say, home: Home, files: &[PathBuf]) -> Result<()> {
    // A shelf is a directory of files anybody may copy: a player that runs sees what is put there.
    let shelf = home.packages();
    let mut count = 0_usize;
    let works = match open(home).await {
        Ok(wallet) => {
            for file in files {
                count = count.saturating_add(shelve(&wallet, file)?);
            }
            count
        }
        Err(no) if no.downcast_ref::<Refused>().is_some_and(|no| no.code == "card-in-use") => {
            for file in files {
                count = count.saturating_add(put_by(&shelf, file)?);
            }
            count
        }
        Err(no) => return Err(no),
    };
    say.answer(format!("{works} works are on the shelf."), &json!({ "works": works }));
    Ok(())
}

/// Puts a package beside a player that runs: whole under its own name, or not at all.
fn put_by(shelf: &Path, file: &Path) -> Result<usize> {
    if file.is_dir() {
        let mut count = 0_usize;
        for entry in std::fs::read_dir(file)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "keyfare") {
                count = count.saturating_add(put_by(shelf, &path)?);
            }
        }
        return Ok(count);
    }
    let package = package::Package::open(std::fs::File::open(file)?).map_err(|no| Refused::of(&no))?;
    let header = package.front().package();
    let coming = shelf.join(format!("{header}.adopting"));
    std::fs::copy(file, &coming)?;
    std::fs::File::open(&coming)?.sync_all()?;
    std::fs::rename(&coming, shelf.join(format!("{header}.keyfare")))?;
    Ok(1)
}

async fn sheet(say: Say, home: Home, dir: Option<&Path>) -> Result<()> {
    let hand = Hand::of_player(home).await?;
    let letter = hand.post("/v1/pairs/sheet", &json!({})).await?;
    if let Some(dir) = dir {
        let path = courier::write(dir, wallet::hand::PAIRING, &super::copy::letter_of(&letter)?);
        let path = path.map_err(|no| Refused::of(&no))?;
        say.answer(
            format!(
                "{} is written; a wallet takes it with: keyfare players pair --file",
                path.display()
            ),
            &json!({ "sheet": path }),
        );
    } else {
        let (codes, lines) = drawn(&letter)?;
        say.answer(lines, &json!({ "codes": codes }));
    }
    Ok(())
}

async fn agree(say: Say, home: Home, (file, pairing): (Option<&Path>, Option<&str>), pin_stdin: bool) -> Result<()> {
    let hand = Hand::of_player(home).await?;
    let (mut told, who) = match file {
        Some(file) => {
            let letter = letter_in(&[file.to_owned()])?;
            let told = json!({ "stage": letter.stage.name(), "body": encoded(&letter.body) });
            (told, "this wallet".to_owned())
        }
        None => waiting(&hand, pairing).await?,
    };
    let pin = read_pin(pin_stdin, &format!("The owner's PIN, to let {who} in"))?;
    told["pin"] = json!(pin);
    let paired = hand.post("/v1/pairs/agree", &told).await?;
    say.answer(format!("Paired: {who} may lend here."), &paired);
    Ok(())
}

/// The wallet that waits, by name: what the owner is shown is what he lets in, whoever else comes meanwhile.
async fn waiting(hand: &Hand, pairing: Option<&str>) -> Result<(Value, String)> {
    let shown = hand.get("/v1/pairs").await?;
    let named = |one: &&Value| {
        let name = one["pairing"].as_str().unwrap_or_default();
        pairing.is_none_or(|wanted| !wanted.is_empty() && name.starts_with(wanted))
    };
    let all: Vec<&Value> = shown["waiting"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(named)
        .collect();
    match all.as_slice() {
        [one] => Ok((json!({ "pairing": one["pairing"] }), called(one))),
        [] => Err(Refused::new(
            "pairing-none",
            "no wallet waits to be let in: on the wallet, begin with `keyfare players pair`",
        )
        .into()),
        several => {
            let list: String = several
                .iter()
                .map(|one| format!("\n  {}  {}", one["pairing"].as_str().unwrap_or_default(), called(one)))
                .collect();
            let text = format!("several wallets wait to be let in; name one with --pairing:{list}");
            Err(Refused::new("pairing-several", text).into())
        }
    }
}

/// What a wallet that waits is called near by, and where it came from.
fn called(one: &Value) -> String {
    let name = one["from"]
        .as_str()
        .map_or("a wallet".to_owned(), |name| format!("the wallet \"{name}\""));
    match one["at"].as_str() {
        Some(at) => format!("{name} at {at}"),
        None => name,
    }
}

async fn allow(say: Say, home: Home, whom: &Whom, allowed: bool) -> Result<()> {
    let hand = Hand::of_player(home).await?;
    super::players::allow(&hand, say, whom, allowed).await
}

async fn give_back(say: Say, home: Home, what: &str) -> Result<()> {
    let hand = Hand::of_player(home).await?;
    let loan = hand.license(what).await?;
    let called = hand.post("/v1/loans/call", &json!({ "loan": loan })).await?;
    say.answer("Its wallet was called; it takes it back by itself.", &called);
    Ok(())
}

async fn convert(say: Say, home: Home, what: &str, card: &Path) -> Result<()> {
    let hand = Hand::of_player(home).await?;
    let loan = hand.license(what).await?;
    let card = card.canonicalize()?;
    let made = hand
        .post("/v1/loans/convert", &json!({ "loan": loan, "card": card }))
        .await?;
    let file = made["file"].as_str().unwrap_or_default();
    say.answer(
        format!("{file} is sealed for the wallet that lent it. There: keyfare play \"{file}\""),
        &made,
    );
    Ok(())
}

/// Who is paired with a device, and what is on loan, in words.
pub fn lines(shown: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut lines = String::new();
    for one in shown["pairs"].as_array().into_iter().flatten() {
        let word = if one["allowed"] == true { "let in" } else { "not let in" };
        lines.push_str(&format!("{:<24} {} ({word})\n", text(&one["name"]), text(&one["is"])));
        for loan in one["loans"].as_array().into_iter().flatten() {
            let plays = loan["plays"].as_u64().map_or(String::new(), |n| format!(", {n} plays"));
            lines.push_str(&format!("    \"{}\"{plays}\n", text(&loan["title"])));
        }
    }
    if lines.is_empty() {
        lines.push_str("Nobody is paired with this device yet.");
    }
    lines
}
