//! `readers buy`: a kiosk's own reader. The card is put into the kiosk, which carries its messages to the centre it orders from and
//! brings the license back onto the card: the card's holder needs no network of his own (ST-19).

use anyhow::Result;
use apdu::{Agreement, Settled};
use deal::Kind;
use license::OfferSheet;
use pcsc::Readers;
use serde_json::json;
use units::OfferNo;

use super::{
    readers::{at, card_said},
    readers_fill::{bring, finish, frozen},
};
use crate::{
    cli::BuyAt,
    market::{Market, refused},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Buys one license for the card in the kiosk's reader.
pub async fn run(place: &Place, say: Say, args: &BuyAt) -> Result<()> {
    let readers = Readers::find().map_err(|no| Refused::of(&no))?;
    let market = Market::of(place)?;
    let mut card = at(&readers, &args.reader)?;
    let kiosk = match &args.kiosk {
        Some(name) => Some(market.named(name).await?.ok_or_else(|| {
            let text = format!("the registry lists no kiosk called \"{name}\"");
            Refused::new("no-machine", text)
        })?),
        None => None,
    };
    let by = kiosk.map(|kiosk| kiosk.id);
    finish(&market, &mut card, Kind::Sale, by).await?;
    let (seller, number, sheet) = market.find(&args.what, args.from.as_deref()).await?;
    let offer = OfferNo(number.parse()?);
    let sheet = OfferSheet::parse(&sheet).map_err(|no| Refused::of(&no))?;
    let ask = card.ask_sale(offer).map_err(card_said)?;
    let quote = market
        .carrier
        .post(seller, "/v1/ask", ask.clone())
        .await
        .map_err(refused)?;
    let notice = card.show(&quote, Some(&ask), Some(&sheet)).map_err(card_said)?;
    say.note(format!("\"{}\" from {}: {}", notice.title, notice.with, notice.fare));
    if notice.agreement == Agreement::OwnScreen {
        let text = "this is more than a PIN typed at a machine may spend; agree to it on your own wallet";
        return Err(Refused::new("amount-needs-own-screen", text).into());
    }
    let pin = read_pin(args.pin_stdin, "PIN of the card in the reader")?;
    card.verify(notice.hash, &pin).map_err(card_said)?;
    let pay = card.pay(notice.hash).map_err(card_said)?;
    match bring(&market, &mut card, seller, pay, by).await? {
        Settled::Given { license, .. } => {
            let license = license.map(|id| id.to_string());
            let document = json!({ "license": license, "title": notice.title, "paid": notice.fare.minor() });
            say.answer(format!("\"{}\" is on the card. Take it.", notice.title), &document);
            Ok(())
        }
        Settled::Void { reason, .. } => {
            Err(Refused::new(&reason, "the centre did not give; everything is back on the card").into())
        }
        Settled::Before(_) => {
            say.answer(
                "That was bought before.",
                &json!({ "license": null, "title": notice.title }),
            );
            Ok(())
        }
        Settled::Frozen | Settled::Contradicted(_) => Err(frozen().into()),
    }
}
