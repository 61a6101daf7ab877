//! `value`: coupons, vouchers and points: the shop's operator has codes made and sees what of them is out; a holder takes one by
//! its code, and sees what his card has.

use std::path::Path;

use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;
use seal::role;
use serde_json::{Value, json};
use units::{Moment, Span};

use crate::{
    cli::{MakeValue, ValueCommand},
    clock,
    command::labels,
    hand::Hand,
    market::{Market, answer},
    place::Place,
    say::{Say, agrees},
};

/// Does what was asked.
pub async fn run(place: &Place, say: Say, command: &ValueCommand) -> Result<()> {
    match command {
        ValueCommand::Make(args) => make(place, say, args).await,
        ValueCommand::Out => out(place, say).await,
        ValueCommand::Take { code, shop } => take(place, say, code, shop.as_deref()).await,
        ValueCommand::List => list(place, say).await,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn amount(value: &Value) -> String {
    format!("{} {}", text(value, "currency"), text(value, "minor"))
}

/// The shop's operator, asking over its interface.
struct Operator {
    address: String,
    token: String,
}

impl Operator {
    async fn of(place: &Place) -> Result<Self> {
        let shop = Market::of(place)?.one::<role::Seller>().await?;
        let token = std::fs::read_to_string(place.root().join("operator-token")).context("no operator's token here")?;
        Ok(Self {
            address: format!("{}/v1/vouchers", shop.address.trim_end_matches('/')),
            token: token.trim().to_owned(),
        })
    }
    async fn ask(&self, body: Option<&Value>) -> Result<Value> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let request = match body {
            Some(body) => client.post(&self.address).json(body),
            None => client.get(&self.address),
        };
        let response = request.bearer_auth(&self.token).send().await?;
        Ok(serde_json::from_slice(&answer(response).await?)?)
    }
}

/// Says what would be made, then makes it and writes the sheet.
async fn make(place: &Place, say: Say, args: &MakeValue) -> Result<()> {
    let currency = crate::market::realm_of(place)?.currency;
    let drawn = clock::random()?;
    let no = &drawn[..16];
    let until = args
        .days
        .map(|days| clock::now().plus(Span::days(u64::from(days))))
        .map(|Moment(at)| at);
    let mut body = json!({
        "no": HEXLOWER.encode(no), "kind": args.kind.word(), "label": args.label, "count": args.count,
        "offer": args.offer.map(|number| number.to_string()), "until": until, "dry": true,
        "worth": args.worth.map(|minor| json!({ "minor": minor.to_string(), "currency": currency })),
        "permille": args.percent.map(|percent| u32::from(percent) * 10),
    });
    let operator = Operator::of(place).await?;
    let would = operator.ask(Some(&body)).await?;
    say.note(format!(
        "{} × {}, each {}: {} in all is promised",
        args.count,
        text(&would, "label"),
        amount(&would["worth"]),
        amount(&would["total"])
    ));
    if !args.yes && !agrees("Make them?") {
        bail!("nothing was made");
    }
    body["dry"] = json!(false);
    let made = operator.ask(Some(&body)).await?;
    let codes: Vec<String> = made["codes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect();
    write_sheet(&args.sheet, text(&made, "label"), text(&made, "shop"), &codes)?;
    say.answer(
        format!(
            "{} codes are in {}. They are kept nowhere else: print the sheet, and keep it like money.",
            codes.len(),
            args.sheet.display()
        ),
        &made,
    );
    Ok(())
}

fn write_sheet(path: &Path, label: &str, shop: &str, codes: &[String]) -> Result<()> {
    let page = labels::codes(label, shop, codes)?;
    crate::setup::private_file(path, page.as_bytes())
        .with_context(|| format!("the sheet cannot be written to {}", path.display()))
}

/// What of the shop's own vouchers is out.
async fn out(place: &Place, say: Say) -> Result<()> {
    let all = Operator::of(place).await?.ask(None).await?;
    let lines: Vec<String> = all["vouchers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            format!(
                "{} ({}, each {}): {} made, {} taken, {} spent; {} still promised",
                text(one, "label"),
                text(one, "kind"),
                amount(&one["worth"]),
                one["count"],
                one["taken"],
                one["spent"],
                amount(&one["promised"])
            )
        })
        .collect();
    let said = match lines.is_empty() {
        true => "No vouchers were made: keyfare value make".to_owned(),
        false => lines.join("\n"),
    };
    say.answer(said, &all);
    Ok(())
}

/// Takes what a code is onto the card.
async fn take(place: &Place, say: Say, code: &str, shop: Option<&str>) -> Result<()> {
    let hand = Hand::of(place).await?;
    let body = json!({ "code": code, "shop": shop.unwrap_or_default() });
    let value = hand.post("/v1/values/take", &body).await?;
    let said = format!(
        "\"{}\" ({}) is on your card. It is used where you pay: keyfare buy WHAT --value {}",
        text(&value, "label"),
        text(&value, "kind"),
        text(&value, "id")
    );
    say.answer(said, &value);
    Ok(())
}

/// What the card has.
async fn list(place: &Place, say: Say) -> Result<()> {
    let all = Hand::of(place).await?.get("/v1/values").await?;
    let lines: Vec<String> = all["values"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            let until = one["until"]
                .as_str()
                .map_or(String::new(), |until| format!(", until {until}"));
            format!(
                "{}  {} ({}) {}{until}",
                text(one, "id"),
                text(one, "label"),
                text(one, "kind"),
                text(one, "worth")
            )
        })
        .collect();
    let said = match lines.is_empty() {
        true => "Nothing here yet.".to_owned(),
        false => lines.join("\n"),
    };
    say.answer(said, &all);
    Ok(())
}
