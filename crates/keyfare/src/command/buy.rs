//! `buy`: finds an offer, shows what the card found in it, pays with the holder's PIN.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use copying::{medium::Medium, wire::Source};
use courier::FOUND_AT;
use license::{Offer, OfferSheet, TenderKind};
use serde_json::{Value, json};
use units::{Again, Money, PartyId};
use wallet::carry::Lookout;

use super::bill;
use crate::{
    cli::Buy,
    hand::{Hand, encoded, minor, money, told},
    market::{Market, realm_of},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Buys one license.
pub async fn run(place: &Place, say: Say, args: &Buy) -> Result<()> {
    let hand = Hand::of(place).await?;
    let (seller, number, sheet) = match args.near {
        true => near(&hand, place, args).await?,
        false => Market::of(place)?.find(&args.what, args.from.as_deref()).await?,
    };
    if args.receipt_first && !takes_receipts(place, &sheet)? {
        let text = "this offer is not sold for receipts: what you paid first would get you nothing";
        return Err(Refused::new("receipt-not-taken", text).into());
    }
    let payer = match args.bill.as_deref() {
        Some("") => Some(bill::payer_named(&hand, None).await?),
        Some(name) => Some(bill::payer_named(&hand, Some(name)).await?),
        None => None,
    };
    let shown = hand
        .post(
            "/v1/quote",
            &json!({ "seller": seller.to_string(), "sheet": encoded(&sheet), "pay_only": args.receipt_first }),
        )
        .await?;
    let (title, price) = (shown["title"].as_str().unwrap_or_default(), money(&shown["price"])?);
    is_asked_for(args, &shown, price)?;
    say.note(format!(
        "\"{title}\" (offer {number}) from {}: {price}",
        shown["seller"].as_str().unwrap_or_default()
    ));
    if args.approval {
        approved(&hand, say, args, &shown, price).await?;
    }
    let values = chosen(&hand, &args.value).await?;
    let medium = args.medium.as_deref().map(number_of).transpose()?;
    let asks = match medium {
        Some(_) => "PIN to pay with the medium".to_owned(),
        None => format!("PIN to pay {price}"),
    };
    let pin = read_pin(args.pin_stdin, &asks)?;
    let pay = if args.approval { "/v1/approval/pay" } else { "/v1/pay" };
    let outcome = hand
        .post(
            pay,
            &json!({
                "quote": shown["quote"], "pin": pin, "bill": payer, "medium": medium, "values": values,
                "players": args.player, "while_here": args.while_here,
            }),
        )
        .await?;
    hand.farewell().await;
    let line = told(&outcome)?;
    let purse = hand.purse().await?;
    let document = json!({
        "outcome": outcome["outcome"], "deal": outcome["deal"], "license": outcome["license"], "receipt": outcome["receipt"],
        "why": outcome["why"], "title": title, "offer": number, "paid": minor(&shown["price"]), "purse": purse.minor(),
        "approved": args.approval, "bill": payer,
    });
    let next = match args.receipt_first {
        true => format!("Get it with the receipt: keyfare value list, then keyfare buy \"{title}\" --value ID"),
        false => format!("Play it: keyfare play \"{title}\""),
    };
    say.answer(
        format!("{line} \"{title}\" for {price}; {purse} left to spend.\n{next}"),
        &document,
    );
    Ok(())
}

/// Did its publisher sign that this offer is given for a receipt? The card checks what it pays; here nothing is sold that gets
/// nobody anything.
fn takes_receipts(place: &Place, sheet: &[u8]) -> Result<bool> {
    let sheet = OfferSheet::parse(sheet).map_err(|no| Refused::of(&no))?;
    let signed = seal::parse::<Offer>(&sheet.offer, seal::Kind::Offer, realm_of(place)?.id());
    Ok(signed.is_ok_and(|offer| offer.claims().tenders.contains(&TenderKind::Receipt)))
}

/// Values on the card by their ids, as the wallet names them.
async fn chosen(hand: &Hand, ids: &[String]) -> Result<Vec<Value>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let all = hand.get("/v1/values").await?;
    let all = all["values"].as_array().cloned().unwrap_or_default();
    let one = |id: &String| {
        let found = all.iter().find(|one| one["id"] == id.as_str());
        found
            .map(|one| json!({ "maker": one["maker"], "id": one["id"] }))
            .ok_or_else(|| {
                let text = format!("nothing on this card has the id {id}: see `keyfare value list`");
                Refused::new("value-not-here", text).into()
            })
    };
    ids.iter().map(one).collect()
}

/// For how long a shop near by is listened for, in seconds. Each says who it is once a second.
const HEARD_WITHIN: u64 = 15;

/// Finds an offer at a shop on this machine's own network, to which this command's wallet then speaks there too.
async fn near(hand: &Hand, place: &Place, args: &Buy) -> Result<(PartyId, String, Vec<u8>)> {
    let realm = realm_of(place)?.id();
    let first = realm.0.first_chunk::<8>().copied().unwrap_or_default();
    let lookout = Lookout::begin(first, FOUND_AT).context("this machine lets no program listen on its network")?;
    let lookout = Arc::new(lookout);
    hand.post("/v1/near/sellers", &json!({ "on": true })).await?;
    let heard = hand.get(&format!("/v1/near/sellers?wait={HEARD_WITHIN}")).await?;
    let heard = heard["sellers"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = heard.iter().filter_map(|one| one["name"].as_str()).collect();
    let name = match (args.from.as_deref(), &names[..]) {
        (Some(wanted), names) if names.contains(&wanted) => wanted,
        (None, [one]) => one,
        (_, []) => {
            let text = "no shop is heard on this network; ask it to turn its door here on, or buy without --near";
            return Err(Refused::new("no-shop-near", text).into());
        }
        (_, names) => {
            let text = format!("say from which shop near by with --from: {}", names.join(", "));
            return Err(Refused::new("seller-unclear", text).into());
        }
    };
    let mut watch = lookout.watch();
    // The wallet hears it, so this program does within a second.
    let until = tokio::time::Instant::now() + Duration::from_secs(HEARD_WITHIN);
    while lookout.sellers().is_empty() && tokio::time::timeout_at(until, watch.changed()).await.is_ok() {}
    Market::near(place, lookout)?.find(&args.what, Some(name)).await
}

/// A medium's number: from the medium itself, or as it was typed from its label.
fn number_of(medium: &str) -> Result<String> {
    let path = Path::new(medium);
    if !path.exists() {
        return Ok(medium.to_owned());
    }
    let found = Medium::open(path).map_err(|no| Refused::of(&no))?;
    match found.source() {
        Source::Medium(id) => Ok(id.to_string()),
        Source::Free(_) => {
            let text = "this medium has no number of its own: it is given away, and pays for nothing";
            Err(Refused::new("medium-without-id", text).into())
        }
    }
}

/// How often a program looks whether its holder has answered.
const LOOK: Duration = Duration::from_millis(300);
/// And how often at most: longer than any question waits for its answer.
const LOOKS: u32 = 3600;

/// Asks the approver, says where its page is, and waits until its holder has answered there, or the quote has ended.
async fn approved(hand: &Hand, say: Say, args: &Buy, shown: &Value, price: Money) -> Result<()> {
    let known = hand.get("/v1/approvers").await?;
    let known = known["approvers"].as_array().cloned().unwrap_or_default();
    let wanted = |one: &&Value| args.approver.as_ref().is_none_or(|name| one["name"] == name.as_str());
    let found: Vec<&Value> = known.iter().filter(wanted).collect();
    let [approver] = found[..] else {
        let names: Vec<&str> = known.iter().filter_map(|one| one["name"].as_str()).collect();
        let text = format!("say whose word with --approver: {}", names.join(", "));
        return Err(Refused::new("approver-unclear", text).into());
    };
    let asked = hand
        .post(
            "/v1/approval",
            &json!({ "quote": shown["quote"], "approver": approver["approver"] }),
        )
        .await?;
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    say.progress(
        format!(
            "{} waits for your answer to {price}. Its page shows the code {}:\n  {}",
            text("approver"),
            text("code"),
            text("page")
        ),
        &json!({ "waits": asked }),
    );
    for _ in 0..LOOKS {
        match hand
            .post("/v1/approval/state", &json!({ "quote": shown["quote"] }))
            .await
        {
            Ok(state) if state["approved"] == true => return Ok(()),
            Ok(_) => {}
            // Nobody answered just now: the question stands.
            Err(no)
                if no
                    .downcast_ref::<Refused>()
                    .is_some_and(|no| no.again == Again::Later && !is_said(no)) => {}
            Err(no) => return Err(no),
        }
        tokio::time::sleep(LOOK).await;
    }
    let text = "nobody has answered in time; nothing was paid";
    Err(Refused::new("approval-waits", text).into())
}

/// Was it the approver that said so, and not the way to it?
fn is_said(no: &Refused) -> bool {
    no.code.starts_with("approval-")
}

/// Is what the card found in the publisher's signed offer what was asked for? A shop chooses which offer it answers with,
/// and nobody looks at a price that a script pays.
fn is_asked_for(args: &Buy, shown: &Value, price: Money) -> Result<()> {
    let (offer, title) = (
        shown["offer"].as_str().unwrap_or_default(),
        shown["title"].as_str().unwrap_or_default(),
    );
    let by_number = !args.what.is_empty() && args.what.bytes().all(|b| b.is_ascii_digit());
    let same = if by_number {
        offer.parse::<u64>().ok() == args.what.parse().ok()
    } else {
        title.to_lowercase().contains(&args.what.to_lowercase())
    };
    if !same {
        let text = format!(
            "asked for \"{}\", the shop answered with \"{title}\" (offer {offer}); nothing was paid",
            args.what
        );
        return Err(Refused::new("offer-other", text).into());
    }
    match args.at_most {
        Some(most) if price.minor() > most => {
            let text = format!("\"{title}\" costs {price}, more than the {most} you named; nothing was paid");
            Err(Refused::new("price-above", text).into())
        }
        _ => Ok(()),
    }
}
