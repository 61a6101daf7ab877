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

use super::{card, console, copying_people, publish, serve, telephone, wallet::cannot_listen};
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
    if !new && setup::laid_out(place).is_empty() && !place.root().join("roots").exists() {
        let text = format!(
            "{} is a wallet's: the realm in it is another's, and has no parties here; use another --dir",
            place.root().display()
        );
        return Err(Refused::new("realm-of-others", text).into());
    }
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
        if [setup::DEPOSIT_WORD, "carrier"].contains(word) {
            open_machine_account(place, word, &mut running).await?;
        }
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
    let telephone = telephone::of_demo(place, &market).await?;
    stock_licenses(place, &market, say).await?;
    let (desk, served, recovery) = open_wallet(place, say).await?;
    fund(place, args.purse, say).await?;
    let online = online_people(place, &market).await?;
    if let Some(telephone) = &telephone {
        let subscriber = telephone.sign_up(place, None).await?;
        telephone.password(&subscriber, &online).await?;
        telephone.used_once(place, clock::now()).await?;
    }
    let console = console::first(place, &market).await?;
    let about = About {
        running: &running,
        words: &words,
        password,
        online,
        copying,
        console,
        recovery,
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
        "telephone-used",
        "online-person",
        "online-account",
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
    parties.extend(crate::market::operator_of(place, &market.realm)?);
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

/// What the demo's deposit machine has in its account: so much cash it can take until somebody empties it.
const MACHINE_FLOAT: i64 = 1_000_000;

/// The account from which a deposit machine pays what it takes, and a carrier what it bills: the bank's token of it lies beside its configuration, from
/// before it is started the first time.
async fn open_machine_account(place: &Place, word: &str, running: &mut [Running]) -> Result<()> {
    let file = place.party(word).join(setup::ACCOUNT);
    if file.exists() {
        return Ok(());
    }
    for one in running.iter_mut() {
        one.ready().await;
    }
    let market = Market::of(place)?;
    let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let float = units::Money::new(MACHINE_FLOAT, currency).map_err(|e| Refused::new("amount", e.to_string()))?;
    let (_, _, signed, _) = market.open_account(word, float).await?;
    setup::private_file(&file, &signed)
}

/// Under this name the demo's person loads on line from an account at the bank.
const ONLINE: &str = "aiko";
/// What is in that account.
const ONLINE_FLOAT: i64 = 50_000;

/// Opens the demo's person an account with a password at the bank, once: the password is drawn here and kept beside the
/// installation. Answers it; it is the same at the carrier.
async fn online_people(place: &Place, market: &Market) -> Result<String> {
    let (kept, opened) = (place.root().join("online-person"), place.root().join("online-account"));
    let password = match std::fs::read_to_string(&kept) {
        Ok(password) => password,
        Err(_) => {
            let password: String = setup::token()?.chars().take(16).collect();
            setup::private_file(&kept, password.as_bytes())?;
            password
        }
    };
    if !opened.exists() {
        let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
        let float = units::Money::new(ONLINE_FLOAT, currency).map_err(|e| Refused::new("amount", e.to_string()))?;
        let (_, account, ..) = market.open_account("Aiko Yamada", float).await?;
        market.password(account.id, ONLINE, &password).await?;
        setup::private_file(&opened, account.id.to_string().as_bytes())?;
    }
    Ok(password)
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
            credits: work.credits(),
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

/// Works that the demo's license server sells as well, each under numbers of its enterprise: a few plays, or for good.
const LICENSED: [&str; 2] = ["night-ferry.wav", "small-harbours.epub"];

/// Publishes them at the license server and the content server, or goes on where a cut left it.
async fn stock_licenses(place: &Place, market: &Market, say: Say) -> Result<()> {
    let Some(seller) = market.named(setup::LICENSE_SERVER).await? else {
        return Ok(());
    };
    let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let works = demo::works();
    let licensed = works.iter().filter(|work| LICENSED.contains(&work.file_name));
    for (first, work) in (1..).step_by(2).zip(licensed) {
        let into = place.publisher().join("licenses").join(work.file_name);
        if into.join("on-sale").exists() {
            continue;
        }
        say.note(format!("publishing \"{}\" at {}", work.title, setup::LICENSE_SERVER));
        let until = clock::now().plus(Span::days(3650));
        let terms = licensed_terms(first, currency, until).map_err(|e| Refused::new("amount", e.to_string()))?;
        let draft = publisher::Work {
            file: place.publisher().join("originals").join(work.file_name),
            title: work.title.into(),
            kind: Some(work.kind),
            media_type: None,
            content: None,
            edition: 1,
            preview: work.preview.map(<[u8]>::to_vec),
            credits: work.credits(),
            terms,
        };
        let made = publish::make_for(place, market, vec![seller.clone()], &draft, &into, say).await?;
        publish::bring(market, &made, say).await?;
        setup::private_file(&into.join("on-sale"), b"")?;
    }
    Ok(())
}

/// Three plays at 1000, and for good at 1800, under two numbers of the demo's enterprise.
fn licensed_terms(first: u32, currency: Currency, until: units::Moment) -> Result<publisher::Terms, units::MoneyError> {
    use deal::enterprise::{EnterpriseNo, numbered};
    use license::{Rights, TenderKind};
    let number = |n| numbered(EnterpriseNo(setup::ENTERPRISE), n).unwrap_or_default();
    let mut terms = publisher::Terms::sale(number(first), units::Money::new(1000, currency)?, until);
    terms.tax_permille = 100;
    if let Some(three) = terms.offers.first().cloned() {
        terms.offers.push(publisher::OfferTerms {
            number: number(first.saturating_add(1)),
            price: units::Money::new(1800, currency)?,
            ..three
        });
    }
    for (n, offer) in terms.offers.iter_mut().enumerate() {
        offer.tenders = vec![TenderKind::Slip, TenderKind::Value, TenderKind::Charge];
        offer.rights = Rights {
            plays: (n == 0).then_some(3),
            ..Rights::UNLIMITED
        };
    }
    Ok(terms)
}

/// Opens the wallet's pages, with a first card if there is none. Its PIN is drawn here and kept beside it: a demo's card.
async fn open_wallet(place: &Place, say: Say) -> Result<(Arc<Desk>, tokio::task::JoinHandle<()>, Option<String>)> {
    let home = Home::at(place.wallet());
    let mut recovery = None;
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
        recovery = Some(code.0.to_string());
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
    desk.convert_with(super::convert_work::fenced()?);
    super::teller::sit(&desk, place)?;
    desk.attach(crate::attached::devices(place, None, None));
    desk.copy_with(crate::copies::copies(place, None, None));
    // The realm for trying things out shows what its pages can look like.
    desk.show_stories();
    let serving = Arc::clone(&desk);
    let served = tokio::spawn(async move {
        // Ends with the program; a page that breaks off says so itself.
        let _ = pages::serve(serving, listener, std::future::pending()).await;
    });
    Ok((desk, served, recovery))
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
pub(super) fn by_name(address: &str) -> String {
    address.replacen("127.0.0.1", "localhost", 1)
}

/// The screens people stand before.
fn machines(running: &[Running]) -> String {
    use server::config::Role;
    let screens = [
        (Role::Kiosk, "Kiosk"),
        (Role::Deposit, "Deposits"),
        (Role::Vending, "Vending"),
    ];
    let line = |(role, name): (Role, &str)| {
        let one = running.iter().find(|one| one.role == role)?;
        Some(format!("\n  {name:<9} {}/k", one.address))
    };
    screens.into_iter().filter_map(line).collect()
}

/// What is told when everything is up.
struct About<'a> {
    running: &'a [Running],
    words: &'a [&'a str],
    /// Of the approver's one user.
    password: Option<String>,
    /// Of the one who loads on line.
    online: String,
    /// Of copy management's people, and of the gateway's customer.
    copying: Option<copying_people::People>,
    console: serde_json::Value,
    /// Of a card that was made just now: it is told once.
    recovery: Option<String>,
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
    let at = |word: &str| {
        let found = about.words.iter().zip(running).find(|(known, _)| **known == word);
        found.map(|(_, one)| one.address.clone())
    };
    let telephone = at("carrier")
        .zip(at(setup::LICENSES))
        .map(|(carrier, licenses)| format!("\n  Licenses  {licenses} (with your telephone bill: keyfare buy 2000000001 --from \"{}\" --bill)\n  Carrier   {carrier}/desk (any name, the password is in operator-token)", setup::LICENSE_SERVER))
        .unwrap_or_default();
    let copies = about
        .copying
        .as_ref()
        .map(copying_people::People::lines)
        .unwrap_or_default();
    let machines = format!(
        "\n  On line   keyfare card load 1000 --online \"Harbour Bank\" --name {ONLINE}, or --online \"{}\" --name {} (password {})",
        setup::CARRIER,
        telephone::NUMBER,
        about.online
    ) + &machines(running);
    let lines = format!(
        "\nKeyfare is up in {} (realm dev: play money, play keys)\n\n  Shop      {shop}\n  Wallet    {wallet}\n  On card   {purse}, PIN {pin}\n  Fares     {fares} (the publisher's: any name, the password is in operator-token)\n  Console   {console}{telephone}{approves}{copies}{machines}\n\n\
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
    say.answer(lines, &json!({ "dir": place.root(), "shop": shop, "fares": fares, "console": console, "wallet": wallet, "recovery_code": about.recovery, "purse": purse.minor(), "pin": pin, "parties": parties, "approver": approver, "copying": about.copying, "online": { "name": ONLINE, "telephone": telephone::NUMBER, "password": about.online } }));
    Ok(())
}
