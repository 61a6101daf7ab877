//! `bill`: what somebody else pays for the holder and bills him with his telephone; and, for the carrier's own people, usage
//! taken in from a file and a month billed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use minicbor::bytes::ByteVec;
use seal::{cbor, role};
use serde_json::{Value, json};
use units::PartyId;

use crate::{
    cli::BillCommand,
    hand::{Hand, told},
    market::{Market, answer, refused},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Does what was asked.
pub async fn run(place: &Place, say: Say, command: Option<&BillCommand>) -> Result<()> {
    match command {
        None => show(place, say).await,
        Some(BillCommand::Payer { name, off }) => payer(place, say, name, !off).await,
        Some(BillCommand::Pay { what, pin_stdin }) => pay(place, say, what, *pin_stdin).await,
        Some(BillCommand::Out { into }) => out(place, say, into).await,
        Some(BillCommand::Carry { files }) => carry(place, say, files).await,
        Some(BillCommand::In { file }) => take_in(place, say, file).await,
        Some(BillCommand::Usage { file, source }) => usage(place, say, file, source).await,
        Some(BillCommand::Month { month }) => bill_month(place, say, month).await,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

/// What is owed, and who pays.
async fn show(place: &Place, say: Say) -> Result<()> {
    let hand = Hand::of(place).await?;
    hand.post("/v1/bill/ask", &json!({})).await?;
    let bill = hand.get("/v1/bill").await?;
    let mut lines = Vec::new();
    for one in list(&bill, "owed") {
        let (title, sum, payer) = (text(one, "title"), text(one, "amount"), text(one, "payer_name"));
        lines.push(match one["refused"].as_bool() {
            Some(true) => format!(
                "{payer} does not pay {sum} for \"{title}\". Pay it from your purse: keyfare bill pay \"{title}\""
            ),
            _ => format!("{payer} was asked to pay {sum} for \"{title}\" and has not answered yet."),
        });
    }
    if lines.is_empty() {
        lines.push("Nothing waits: everything bought by telephone is settled.".to_owned());
    }
    for one in list(&bill, "payers") {
        let pays = if one["chosen"].as_bool() == Some(true) {
            "pays for you"
        } else {
            "does not pay for you"
        };
        lines.push(format!(
            "{} {pays} (contract key {})",
            text(one, "name"),
            text(one, "contract_key")
        ));
    }
    say.answer(lines.join("\n"), &bill);
    Ok(())
}

/// The carrier of this name, or the only one, as the wallet names it.
pub async fn payer_named(hand: &Hand, name: Option<&str>) -> Result<String> {
    let bill = hand.get("/v1/bill").await?;
    let wanted = name.unwrap_or_default().to_lowercase();
    let found = list(&bill, "payers").iter().find(|one| match name {
        Some(_) => text(one, "name").to_lowercase().contains(&wanted) || text(one, "payer") == wanted,
        None => one["chosen"].as_bool() == Some(true),
    });
    let found = found.ok_or_else(|| match name {
        Some(name) => Refused::new(
            "payer-unknown",
            format!("no carrier of this realm is called \"{name}\""),
        ),
        None => Refused::new(
            "payer-none",
            "no carrier pays for you: choose one with `keyfare bill payer NAME`",
        ),
    })?;
    Ok(text(found, "payer").to_owned())
}

async fn payer(place: &Place, say: Say, name: &str, pays: bool) -> Result<()> {
    let hand = Hand::of(place).await?;
    let payer = payer_named(&hand, Some(name)).await?;
    hand.post("/v1/bill/payer", &json!({ "payer": payer, "pays": pays }))
        .await?;
    let line = if pays {
        format!("\"{name}\" pays for you now, where you choose it.")
    } else {
        format!("\"{name}\" does not pay for you any more.")
    };
    say.answer(line, &json!({ "payer": payer, "pays": pays }));
    Ok(())
}

/// Pays from the purse what a carrier did not pay.
async fn pay(place: &Place, say: Say, what: &str, pin_stdin: bool) -> Result<()> {
    let hand = Hand::of(place).await?;
    let bill = hand.get("/v1/bill").await?;
    let wanted = what.to_lowercase();
    let owed = list(&bill, "owed").iter();
    let found = owed
        .filter(|one| one["refused"].as_bool() == Some(true))
        .find(|one| text(one, "license") == what || text(one, "title").to_lowercase().contains(&wanted));
    let found = found.ok_or_else(|| {
        Refused::new(
            "nothing-owed",
            format!("nothing that was refused is called \"{what}\": see `keyfare bill`"),
        )
    })?;
    let shown = hand
        .post("/v1/quote/clear", &json!({ "license": found["license"] }))
        .await?;
    let pin = read_pin(pin_stdin, &format!("PIN to pay {}", text(&shown, "price")))?;
    let outcome = hand
        .post("/v1/pay", &json!({ "quote": shown["quote"], "pin": pin }))
        .await?;
    hand.farewell().await;
    let line = told(&outcome)?;
    say.answer(
        format!("{line} \"{}\" is paid and plays.", text(found, "title")),
        &json!({ "outcome": outcome["outcome"], "license": found["license"], "purse": hand.purse().await?.minor() }),
    );
    Ok(())
}

/// A request on its way, as a file: to whom, and the sealed charge.
type Letter = (PartyId, ByteVec);

/// Writes every open request as a file, for somebody else to carry.
async fn out(place: &Place, say: Say, dir: &Path) -> Result<()> {
    let hand = Hand::of(place).await?;
    let bill = hand.get("/v1/bill").await?;
    let mut files = Vec::new();
    for one in list(&bill, "owed")
        .iter()
        .filter(|one| one["refused"].as_bool() == Some(false))
    {
        let letter = hand
            .post("/v1/bill/letter", &json!({ "license": one["license"] }))
            .await?;
        let sealed = BASE64URL_NOPAD
            .decode(text(&letter, "letter").as_bytes())
            .map_err(|_| anyhow::anyhow!("the wallet's answer cannot be read"))?;
        let payer: PartyId = text(&letter, "payer").parse().context("the wallet names no payer")?;
        let path = dir.join(format!("{}.charge", text(one, "license")));
        std::fs::write(&path, cbor::to_bytes::<Letter>(&(payer, sealed.into())))
            .with_context(|| format!("cannot write {}", path.display()))?;
        files.push(path);
    }
    let line = match files.len() {
        0 => "Nothing waits for a carrier.".to_owned(),
        n => format!(
            "{n} written. On a machine that is online: keyfare bill carry {}/*.charge",
            dir.display()
        ),
    };
    say.answer(line, &json!({ "files": files }));
    Ok(())
}

/// Takes requests of anybody to their carriers, and writes the answers beside them. Needs no card, and learns nothing.
async fn carry(place: &Place, say: Say, files: &[PathBuf]) -> Result<()> {
    let market = Market::of(place)?;
    let mut answers = Vec::new();
    for file in files {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let (payer, sealed): Letter = cbor::from_bytes(&bytes)
            .map_err(|_| Refused::new("charge-file", format!("{} is no request to a carrier", file.display())))?;
        let answered = market
            .carrier
            .post(payer, "/v1/charge", sealed.to_vec())
            .await
            .map_err(refused)?;
        let path = file.with_extension("charged");
        std::fs::write(&path, answered).with_context(|| format!("cannot write {}", path.display()))?;
        answers.push(path);
    }
    say.answer(
        format!("{} answered; take them back: keyfare bill in FILE", answers.len()),
        &json!({ "files": answers }),
    );
    Ok(())
}

/// Takes a carrier's answer that somebody brought.
async fn take_in(place: &Place, say: Say, file: &Path) -> Result<()> {
    let hand = Hand::of(place).await?;
    let answered = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let heard = hand
        .post(
            "/v1/bill/answer",
            &json!({ "answer": BASE64URL_NOPAD.encode(&answered) }),
        )
        .await?;
    let line = match text(&heard, "heard") {
        "paid" => "Paid. It is on your telephone bill.",
        "refused" => "The carrier does not pay. See `keyfare bill` for what to do.",
        _ => "This answer was known already.",
    };
    say.answer(line, &heard);
    Ok(())
}

/// Records in one request.
const BATCH: usize = 1000;

/// One line of a usage file.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    number: String,
    at: u64,
    call_seconds: Option<u32>,
    packets: Option<u32>,
}

/// Reads `number,at,kind,amount`: at in milliseconds since 1970, kind `call` (seconds) or `packets`.
fn record(line: &str) -> Option<Record> {
    let mut fields = line.split(',').map(str::trim);
    let (number, at, kind, amount) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let amount: u32 = amount.parse().ok()?;
    let (call_seconds, packets) = match kind {
        "call" => (Some(amount), None),
        "packets" => (None, Some(amount)),
        _ => return None,
    };
    fields.next().is_none().then_some(Record {
        number: number.to_owned(),
        at: at.parse().ok()?,
        call_seconds,
        packets,
    })
}

fn client() -> Result<reqwest::Client> {
    let built = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(built)
}

fn token(place: &Place) -> String {
    let text = std::fs::read_to_string(place.root().join("operator-token")).unwrap_or_default();
    text.trim().to_owned()
}

/// Posts something to the carrier as its operator.
async fn to_carrier(place: &Place, path: &str, body: &Value) -> Result<Value> {
    let carrier = Market::of(place)?.one::<role::Carrier>().await?;
    let address = carrier.address.trim_end_matches('/').to_owned();
    let request = client()?
        .post(format!("{address}{path}"))
        .bearer_auth(token(place))
        .json(body);
    Ok(serde_json::from_slice(&answer(request.send().await?).await?)?)
}

/// Takes a file of usage in. Records are numbered by their lines, so the same file again counts nothing twice.
async fn usage(place: &Place, say: Say, file: &Path, source: &str) -> Result<()> {
    use std::io::BufRead;
    let read = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (mut first, mut at, mut batch) = (1_u64, 0_u64, Vec::with_capacity(BATCH));
    let (mut counted, mut lost, mut late) = (0_u64, 0_u64, 0_u64);
    let mut lines = std::io::BufReader::new(read).lines();
    loop {
        let line = lines.next().transpose()?;
        let is_end = line.is_none();
        if let Some(line) = line {
            at = at.saturating_add(1);
            let one = record(&line).ok_or_else(|| {
                let text = format!("line {at} is no usage: number,at,call|packets,amount; lines before it are counted");
                Refused::new("usage-record", text)
            })?;
            batch.push(
                json!({ "number": one.number, "at": one.at, "call_seconds": one.call_seconds, "packets": one.packets }),
            );
        }
        if batch.len() == BATCH || (is_end && !batch.is_empty()) {
            let body = json!({ "source": source, "first": first, "records": batch });
            let taken = to_carrier(place, "/v1/usage", &body).await?;
            let count = |field: &str| taken[field].as_u64().unwrap_or(0);
            counted = counted.saturating_add(count("counted"));
            lost = lost.saturating_add(count("lost"));
            late = late.saturating_add(count("late"));
            first = at.saturating_add(1);
            batch.clear();
        }
        if is_end {
            break;
        }
    }
    say.answer(
        format!("{counted} records of {source} count; {lost} of numbers nobody has, {late} after their month."),
        &json!({ "records": at, "counted": counted, "lost": lost, "late": late }),
    );
    Ok(())
}

/// Bills a month, as often as it takes, and lists the bills. A month that is done stays as it is.
async fn bill_month(place: &Place, say: Say, month: &str) -> Result<()> {
    let path = format!("/v1/months/{month}");
    let mut state = to_carrier(place, &path, &json!({})).await?;
    while state["finished"].is_null() {
        state = to_carrier(place, &path, &json!({})).await?;
    }
    let carrier = Market::of(place)?.one::<role::Carrier>().await?;
    let address = carrier.address.trim_end_matches('/').to_owned();
    let request = client()?
        .get(format!("{address}{path}/bills"))
        .bearer_auth(token(place));
    let bills: Value = serde_json::from_slice(&answer(request.send().await?).await?)?;
    let mut lines = vec![format!(
        "{month}: {} bills, {}",
        state["bills"],
        text(&state["total"], "minor")
    )];
    let mut shown = Vec::new();
    for bill in list(&bills, "bills") {
        let page = format!("{address}/bill/{}", text(bill, "link"));
        lines.push(format!(
            "{}  {}  {page}",
            text(bill, "number"),
            text(&bill["total"], "minor")
        ));
        shown.push(json!({ "number": bill["number"], "total": bill["total"], "page": page }));
    }
    say.answer(lines.join("\n"), &json!({ "month": state, "bills": shown }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Record, record};

    /// proves: ST-7
    #[test]
    fn a_line_of_usage_is_a_call_or_packets_and_nothing_else() {
        let call = Record {
            number: "+819000004417".to_owned(),
            at: 1_795_169_640_000,
            call_seconds: Some(90),
            packets: None,
        };
        assert_eq!(record("+819000004417, 1795169640000,call,90"), Some(call));
        assert_eq!(record("+819000004417,1,packets,7").unwrap().packets, Some(7));
        for bad in [
            "",
            "+81,1,call",
            "+81,1,fax,2",
            "+81,x,call,2",
            "+81,1,call,-2",
            "+81,1,call,2,3",
            "number,at,kind,amount",
        ] {
            assert_eq!(record(bad), None, "{bad}");
        }
    }
}
