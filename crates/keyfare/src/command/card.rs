//! `card`: make it, show it, fill it.

use anyhow::Result;
use serde_json::{Value, json};
use units::Money;
use wallet::{Home, Wallet, engine::BirthPlan};

use crate::{
    cli::CardCommand,
    hand::{Hand, encoded, minor, money, told},
    market::{Market, realm_of},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Money in the account that is opened at a dev realm's bank for a card that has none.
pub const DEV_ACCOUNT: i64 = 100_000;

/// Does what was asked of the card.
pub async fn run(place: &Place, say: Say, command: &CardCommand) -> Result<()> {
    match command {
        CardCommand::New { pin_stdin } => new(place, say, *pin_stdin).await,
        CardCommand::Show => show(place, say).await,
        CardCommand::Load {
            amount,
            online,
            name,
            password_stdin,
        } => {
            let hand = Hand::of(place).await?;
            let outcome = match online.as_deref().zip(name.as_deref()) {
                None => load(place, &hand, *amount).await?,
                Some((centre, name)) => {
                    let amount = hand.amount(*amount).await?;
                    let password = read_pin(*password_stdin, &format!("Your password at {centre}"))?;
                    let asked =
                        json!({ "amount": plain(amount), "centre": centre, "name": name, "password": password });
                    hand.post("/v1/load/online", &asked).await?
                }
            };
            moved(say, &hand, &outcome).await
        }
        CardCommand::Redeem { amount, pin_stdin } => {
            let hand = Hand::of(place).await?;
            let amount = hand.amount(*amount).await?;
            let pin = read_pin(*pin_stdin, &format!("PIN to pay out {amount}"))?;
            let outcome = hand
                .post("/v1/redeem", &json!({ "amount": plain(amount), "pin": pin }))
                .await?;
            moved(say, &hand, &outcome).await
        }
        CardCommand::History => history(place, say).await,
        CardCommand::Sync => sync(place, say).await,
        CardCommand::Insert {
            reader,
            pin_at_terminal,
        } => super::insert::run(place, say, reader, *pin_at_terminal).await,
        CardCommand::Recover { code, copy, pin_stdin } => {
            super::lost::recover(place, say, code, copy.as_deref(), *pin_stdin).await
        }
        CardCommand::Lost => super::lost::lost(place, say).await,
        CardCommand::Keep { file } => super::lost::keep(place, say, file.as_deref()).await,
        CardCommand::Data { forget } => super::lost::data(place, say, *forget).await,
        CardCommand::Unblock { code, pin_stdin } => {
            let hand = Hand::of(place).await?;
            let pin = read_pin(*pin_stdin, "New PIN")?;
            hand.post("/v1/unblock", &json!({ "code": code, "new": pin })).await?;
            say.answer(
                "The card is unblocked and has a new PIN.",
                &json!({ "unblocked": true }),
            );
            Ok(())
        }
    }
}

/// An amount as the wallet reads it.
fn plain(amount: Money) -> String {
    amount.to_string().replace(',', "")
}

async fn new(place: &Place, say: Say, pin_stdin: bool) -> Result<()> {
    let plan = BirthPlan::new(realm_of(place)?);
    let pin = read_pin(pin_stdin, "Choose a PIN (4 to 12 digits)")?;
    let (wallet, code) = Wallet::birth(Home::at(place.wallet()), plan, &pin)
        .await
        .map_err(|no| Refused::of(&no))?;
    let enrolled = wallet.enrol().await;
    let number = wallet.overview().await.card.map(|c| c.to_string());
    let mut lines = format!(
        "A new card. Write this down; it is shown only now:\n\n    recovery code  {code}\n\nThree wrong PINs block the card, and only this code unblocks it.\nA card that is a program can be copied by its owner; its limits are small for that reason.\n"
    );
    match &enrolled {
        Ok(()) => lines.push_str("It is enrolled with its issuer. Next: keyfare card load 1000"),
        Err(no) => lines.push_str(&format!(
            "Its issuer does not answer yet ({no}); `keyfare card sync` enrols it."
        )),
    }
    say.answer(
        lines,
        &json!({ "recovery_code": code.to_string(), "card": number, "enrolled": enrolled.is_ok() }),
    );
    Ok(())
}

/// Loads `amount` from the account on the card; in a dev realm one with play money is opened when there is none.
pub async fn load(place: &Place, hand: &Hand, amount: i64) -> Result<Value> {
    let amount = hand.amount(amount).await?;
    let account = account(place, hand).await?;
    hand.post("/v1/load", &json!({ "amount": plain(amount), "account": account }))
        .await
}

async fn account(place: &Place, hand: &Hand) -> Result<Value> {
    let values = hand.get("/v1/values").await?;
    let accounts = values["values"].as_array().cloned().unwrap_or_default();
    if let Some(found) = accounts.iter().find(|v| v["kind"].as_str() == Some("account")) {
        return Ok(json!({ "maker": found["maker"], "id": found["id"] }));
    }
    if hand.get("/v1/card").await?["realm"].as_str() != Some(party::realm::DEV) {
        return Ok(Value::Null);
    }
    let opening = hand.amount(DEV_ACCOUNT).await?;
    let (bank, value, signed, certificate) = Market::of(place)?.open_account("holder of this card", opening).await?;
    hand.post(
        "/v1/values",
        &json!({ "signed": encoded(&signed), "certificate": encoded(&certificate) }),
    )
    .await?;
    Ok(json!({ "maker": bank.to_string(), "id": value.id.to_string() }))
}

async fn moved(say: Say, hand: &Hand, outcome: &Value) -> Result<()> {
    hand.farewell().await;
    let line = told(outcome)?;
    let purse = hand.purse().await?;
    let document = json!({ "outcome": outcome["outcome"], "deal": outcome["deal"], "why": outcome["why"], "purse": purse.minor() });
    say.answer(format!("{line} {purse} to spend."), &document);
    Ok(())
}

async fn show(place: &Place, say: Say) -> Result<()> {
    let hand = Hand::of(place).await?;
    let (card, library) = (hand.get("/v1/card").await?, hand.get("/v1/library").await?);
    let licenses = library["licenses"].as_array().cloned().unwrap_or_default();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let escrow: i64 = card["escrow"]
        .as_object()
        .map_or(0, |e| e.values().filter_map(minor).sum());
    let mut lines = format!(
        "To spend    {}\nOn its way  {}\nIn escrow   {}\n",
        text(&card["spendable"]),
        text(&card["on_its_way"]),
        Money::new(escrow, money(&card["spendable"])?.currency())?
    );
    let open = card["under_way"].as_array().cloned().unwrap_or_default();
    for deal in &open {
        // Another holder's card has no name here.
        let name = deal["name"].as_str().filter(|name| !name.is_empty());
        lines.push_str(&format!(
            "            \"{}\" with {}, since {}\n",
            text(&deal["title"]),
            name.unwrap_or("another card"),
            text(&deal["since"])
        ));
    }
    if card["frozen"].as_bool() == Some(true) || !card["put_back"].is_null() {
        lines.push_str("This card is an older copy of itself: `keyfare card sync` tells its issuer.\n");
    }
    lines.push_str(&format!("Licenses    {} of {}\n", card["licenses"], card["room"]));
    for license in &licenses {
        let plays = license["plays_left"]
            .as_u64()
            .map_or(String::new(), |n| format!(", {n} plays left"));
        let why = license["why_not"]["text"]
            .as_str()
            .map_or(plays, |why| format!(": {why}"));
        lines.push_str(&format!("            \"{}\"{why}\n", text(&license["title"])));
    }
    let document = json!({
        "card": card["card"], "realm": card["realm"], "purse": minor(&card["spendable"]), "reserved": minor(&card["on_its_way"]), "escrow": escrow,
        "open": open, "licenses": licenses, "frozen": card["frozen"], "put_back": card["put_back"], "pin_tries": card["pin_tries"],
        "payments_before_contact": card["payments_before_contact"],
    });
    say.answer(lines, &document);
    Ok(())
}

async fn history(place: &Place, say: Say) -> Result<()> {
    let history = Hand::of(place).await?.get("/v1/history").await?;
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let lines: Vec<String> = history["lines"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|l| {
            format!(
                "{}  {:<9} {:<9} {:>12}  {}",
                text(&l["at"]),
                text(&l["event"]),
                text(&l["kind"]),
                text(&l["amount"]),
                text(&l["title"])
            )
        })
        .collect();
    say.answer(
        if lines.is_empty() {
            "Nothing has moved yet.".into()
        } else {
            lines.join("\n")
        },
        &history,
    );
    Ok(())
}

async fn sync(place: &Place, say: Say) -> Result<()> {
    let hand = Hand::of(place).await?;
    let contact = hand.sync().await?;
    let card = hand.get("/v1/card").await?;
    let open = card["under_way"].as_array().map_or(0, Vec::len);
    let mut lines = format!("The issuer was met; {open} deals still on their way.");
    if contact["resumed"].as_bool() == Some(true) {
        lines.push_str("\nThe card was resumed: its money is what its issuer knows.");
    } else if card["frozen"].as_bool() == Some(true) {
        let when = contact["resume_from"]
            .as_str()
            .map_or("later".into(), |m| format!("after {m}"));
        lines.push_str(&format!("\nThis card is an older copy of itself. It plays, but makes no deals until it is resumed; ask again {when}."));
    }
    let document = json!({
        "open": open, "frozen": card["frozen"], "resumed": contact["resumed"], "resume_from": contact["resume_from"], "purse": minor(&card["spendable"]),
    });
    say.answer(lines, &document);
    Ok(())
}
