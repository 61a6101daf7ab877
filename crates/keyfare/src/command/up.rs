//! `up`: a whole marketplace on this machine, one process, every party on its own keys, database and address.

use std::sync::Arc;

use anyhow::{Context, Result};
use publisher::demo;
use serde_json::json;
use server::running::{Running, start};
use units::{Currency, PartyId, Span};
use wallet::{
    Home, Wallet,
    agent::Agent,
    engine::{BirthPlan, Rhythm},
    pages::{self, Address, Desk},
    player::Watch,
};

use super::{card, console, copying_people, publish, serve, wallet::cannot_listen};
use crate::{
    cli::Up,
    clock,
    hand::{Hand, money},
    market::{Market, publisher_of, realm_of},
    place::Place,
    say::{Refused, Say, agrees},
    setup::{self, Settings, WALLET_PORT},
};

/// Starts everything, and stays until Ctrl-C.
pub async fn run(place: &Place, say: Say, args: &Up) -> Result<()> {
    if args.fresh && !clear(place, say, args.yes)? {
        return Ok(());
    }
    let new = !place.exists();
    if new {
        setup::lay_out(
            place,
            Settings {
                port_base: args.port_base,
                certificate_life: args.certificate_life,
                second_shop: args.second_shop,
            },
        )?;
    }
    if !new && setup::mend(place)? {
        say.note("the shop of this installation has a console for publishers now");
    }
    let mut running = Vec::new();
    let words = setup::laid_out(place);
    for word in &words {
        say.note(format!("starting {word}"));
        running.push(
            start(serve::config(place, word)?)
                .await
                .map_err(|no| Refused::of(&no))?,
        );
    }
    for one in &mut running {
        one.ready().await;
    }
    let market = Market::of(place)?;
    settle_in(place, &market, &running).await?;
    stock(place, &market, say).await?;
    let password = know_somebody(place, &market, &words).await?;
    let copying = copying_people::introduce(place, &running).await?;
    let (desk, served) = open_wallet(place, say).await?;
    fund(place, args.purse, say).await?;
    let console = console::first(place, &market).await?;
    let about = About {
        running: &running,
        words: &words,
        password,
        copying,
        console,
    };
    tell(place, say, &desk, &about).await?;
    if !args.check {
        serve::until_told().await;
    }
    say.note("stopping");
    desk.stop();
    served.abort();
    serve::stop(running).await;
    Ok(())
}

/// Deletes an installation, after asking. Only what an installation is made of is touched.
fn clear(place: &Place, say: Say, yes: bool) -> Result<bool> {
    if !place.exists() {
        return Ok(true);
    }
    let question = format!(
        "Delete everything in {}: cards, money, licenses, keys?",
        place.root().display()
    );
    if !yes && !agrees(&question) {
        say.answer("Nothing was deleted.", &json!({ "deleted": false }));
        return Ok(false);
    }
    for name in setup::parties().chain([setup::SECOND_SHOP, "publisher", "wallet", "certifiers"]) {
        let path = place.root().join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path).with_context(|| format!("cannot delete {}", path.display()))?;
        }
    }
    for name in [
        "realm.cbor",
        "roots",
        "operator-token",
        "port-base",
        "dev-pin",
        "approval-user",
        "copying-people",
        "copying-people-known",
    ] {
        let path = place.root().join(name);
        if path.exists() {
            std::fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
        }
    }
    Ok(true)
}

/// What the demo's support centre has in its account, in minor units.
const CENTRE_FLOAT: i64 = 10_000;

/// Every party that is paid has an account at the bank, and a centre that pays first has money in it.
async fn settle_in(place: &Place, market: &Market, running: &[Running]) -> Result<()> {
    let mut parties: Vec<PartyId> = running.iter().map(|r| r.id).collect();
    parties.push(publisher_of(place, &market.realm)?);
    market.open_party_accounts(&parties).await?;
    // What an approver owes sellers leaves its account before its users have paid their bills.
    for approver in running.iter().filter(|r| r.role == server::config::Role::Approver) {
        let key = format!("float-{}", approver.id);
        market.deposit(approver.id, CENTRE_FLOAT, &key).await?;
    }
    // A gateway pays what it owes from money that its customers have brought.
    for gateway in running.iter().filter(|r| r.role == server::config::Role::Gateway) {
        let key = format!("float-{}", gateway.id);
        market.deposit(gateway.id, CENTRE_FLOAT, &key).await?;
    }
    // Cash a centre takes leaves its account before its people have been to the bank.
    for centre in running.iter().filter(|r| r.role == server::config::Role::Support) {
        let key = format!("float-{}", centre.id);
        market.deposit(centre.id, CENTRE_FLOAT, &key).await?;
    }
    Ok(())
}

/// The demo's approver knows one person.
const PERSON: &str = "aiko@example.jp";
/// How much that person may owe, and is good for at the bureau.
const PERSON_LIMIT: i64 = 30_000;

/// Takes that person on, once: the password is drawn here and kept beside the installation.
async fn know_somebody(place: &Place, market: &Market, words: &[&str]) -> Result<Option<String>> {
    if !words.contains(&"approver") {
        return Ok(None);
    }
    let kept = place.root().join("approval-user");
    if let Ok(password) = std::fs::read_to_string(&kept) {
        return Ok(Some(password));
    }
    let token = std::fs::read_to_string(place.root().join("operator-token")).unwrap_or_default();
    let password: String = setup::token()?.chars().take(16).collect();
    market.introduce(PERSON, &password, PERSON_LIMIT, token.trim()).await?;
    setup::private_file(&kept, password.as_bytes())?;
    Ok(Some(password))
}

/// Publishes the demo's works, or goes on where a cut left it.
async fn stock(place: &Place, market: &Market, say: Say) -> Result<()> {
    let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let originals = place.publisher().join("originals");
    setup::private_dir(&originals)?;
    for work in demo::works() {
        let into = place.publisher().join("works").join(work.file_name);
        if into.join("on-sale").exists() {
            continue;
        }
        say.note(format!("publishing \"{}\"", work.title));
        let file = originals.join(work.file_name);
        if !file.exists() {
            let bytes = tokio::task::spawn_blocking(work.bytes).await?;
            setup::private_file(&file, &bytes)?;
        }
        let until = clock::now().plus(Span::days(3650));
        let terms = work
            .terms(currency, until)
            .map_err(|e| Refused::new("amount", e.to_string()))?;
        let draft = publisher::Work {
            file,
            title: work.title.into(),
            kind: Some(work.kind),
            media_type: None,
            content: None,
            edition: 1,
            preview: work.preview.map(<[u8]>::to_vec),
            terms,
        };
        let made = publish::make(place, market, &draft, &into, say).await?;
        publish::bring(market, &made, say).await?;
        let token = std::fs::read_to_string(place.root().join("operator-token")).unwrap_or_default();
        // A name is for people's eyes: the works are on sale without it.
        if let Err(no) = market.name_title(made.content, work.title, token.trim()).await {
            say.note(format!("the collector does not know the work's name yet: {no:#}"));
        }
        setup::private_file(&into.join("on-sale"), b"")?;
    }
    Ok(())
}

/// Opens the wallet's pages, with a first card if there is none. Its PIN is drawn here and kept beside it: a demo's card.
async fn open_wallet(place: &Place, say: Say) -> Result<(Arc<Desk>, tokio::task::JoinHandle<()>)> {
    let home = Home::at(place.wallet());
    let wallet = if home.has_card() {
        Wallet::open(home).await.map_err(|no| Refused::of(&no))?
    } else {
        let digits = u32::from_be_bytes(clock::random()?[..4].try_into().unwrap_or_default()) % 10_000;
        let pin = format!("{digits:04}");
        setup::private_file(&place.root().join("dev-pin"), pin.as_bytes())?;
        let plan = BirthPlan::new(realm_of(place)?);
        let (wallet, code) = Wallet::birth(home, plan, &pin).await.map_err(|no| Refused::of(&no))?;
        wallet.enrol().await.map_err(|no| Refused::of(&no))?;
        say.note(format!("a new card: PIN {pin}, recovery code {code} (shown only now)"));
        wallet
    };
    let base: u16 = std::fs::read_to_string(place.root().join("port-base"))
        .ok()
        .and_then(|t| t.parse().ok())
        .unwrap_or(7400);
    let port = base.saturating_add(WALLET_PORT);
    let listener = pages::bind(port)
        .await
        .map_err(|no| cannot_listen(([127, 0, 0, 1], port).into(), &no))?;
    let desk = Desk::new(
        wallet,
        Address::of(listener.local_addr()?),
        Some(Rhythm::default()),
        Watch::this_process(),
    )
    .map_err(|no| Refused::of(&no))?;
    desk.read_with(super::read_work::readers()?);
    // The realm for trying things out shows what its pages can look like.
    desk.show_stories();
    let serving = Arc::clone(&desk);
    let served = tokio::spawn(async move {
        // Ends with the program; a page that breaks off says so itself.
        let _ = pages::serve(serving, listener, std::future::pending()).await;
    });
    Ok((desk, served))
}

/// The first money on the card.
async fn fund(place: &Place, purse: i64, say: Say) -> Result<()> {
    let hand = Hand::of(place).await?;
    let history = hand.get("/v1/history").await?;
    let loaded = history["lines"].as_array().is_some_and(|lines| !lines.is_empty());
    if loaded || purse <= 0 {
        return Ok(());
    }
    say.note("loading money");
    card::load(place, &hand, purse).await.map(|_| ())
}

/// A page of this machine by its name: browsers keep passkeys for names alone.
fn by_name(address: &str) -> String {
    address.replacen("127.0.0.1", "localhost", 1)
}

/// What is told when everything is up.
struct About<'a> {
    running: &'a [Running],
    words: &'a [&'a str],
    /// Of the approver's one user.
    password: Option<String>,
    /// Of copy management's people, and of the gateway's customer.
    copying: Option<copying_people::People>,
    console: serde_json::Value,
}

async fn tell(place: &Place, say: Say, desk: &Desk, about: &About<'_>) -> Result<()> {
    let (running, console) = (about.running, &about.console);
    let shop = running
        .iter()
        .find(|r| r.role == server::config::Role::Shop)
        .map(|r| r.address.clone())
        .unwrap_or_default();
    let fares = running
        .iter()
        .find(|r| r.role == server::config::Role::Collector)
        .map(|r| format!("{}/fares", r.address))
        .unwrap_or_default();
    let home = Home::at(place.wallet());
    let agent = Agent::find(&home).await.map_err(|no| Refused::of(&no))?;
    let card = agent.get("/v1/card").await.map_err(|no| Refused::of(&no))?;
    let purse = money(&card["spendable"])?;
    let pin = std::fs::read_to_string(place.root().join("dev-pin")).unwrap_or_else(|_| "yours".into());
    let wallet = desk.invite();
    // Before anybody has an account, the link that opens the first.
    let console = console["link"]
        .as_str()
        .or(console["console"].as_str())
        .unwrap_or_default();
    let approver = running.iter().find(|r| r.role == server::config::Role::Approver);
    let approver = approver.zip(about.password.as_deref());
    let approves = approver
        .map(|(r, password)| format!("\n  Approver  {} ({PERSON}, password {password})", by_name(&r.address)))
        .unwrap_or_default();
    let copies = about
        .copying
        .as_ref()
        .map(copying_people::People::lines)
        .unwrap_or_default();
    let lines = format!(
        "\nKeyfare is up in {} (realm dev: play money, play keys)\n\n  Shop      {shop}\n  Wallet    {wallet}\n  On card   {purse}, PIN {pin}\n  Fares     {fares} (the publisher's: any name, the password is in operator-token)\n  Console   {console}{approves}{copies}\n\n\
         Next: open the wallet's address once, then the shop, choose a work and press Buy.\n      Or in another terminal: keyfare buy \"Night Ferry\", then keyfare play \"Night Ferry\"\n      Ctrl-C stops; the next start goes on from here.\n",
        place.root().display()
    );
    let parties: serde_json::Map<String, serde_json::Value> = about
        .words
        .iter()
        .zip(running)
        .map(|(word, r)| ((*word).to_owned(), json!(r.address)))
        .collect();
    let approver =
        approver.map(|(r, password)| json!({ "address": by_name(&r.address), "name": PERSON, "password": password }));
    say.answer(lines, &json!({ "dir": place.root(), "shop": shop, "fares": fares, "console": console, "wallet": wallet, "purse": purse.minor(), "pin": pin, "parties": parties, "approver": approver, "copying": about.copying }));
    Ok(())
}
