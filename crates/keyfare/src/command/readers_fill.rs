//! `readers fill`: a deposit machine's own reader. The card is put into the machine, its holder names an amount and types his PIN;
//! the machine shows what is on the card, takes the notes, and carries the card's messages to the issuer (ST-8).
//!
//! It keeps nothing: what a pulled card left open is said again by the card itself, at the next meeting.

use std::time::Duration;

use anyhow::Result;
use apdu::Settled;
use deal::{
    Kind,
    cash::{BACK_AT, CashAsked, CashNamed, CashStand, CashTray, LOAD_AT, LOOK_AT, NAME_AT},
};
use party::{Verb, passing::Leave};
use pcsc::Readers;
use seal::{cbor, role};
use serde_json::json;
use units::{Currency, Hash, Money, OrderId, PartyId, Refusal as _};
use wallet::carry::CarryRefusal;

use super::readers::{At, at, card_said};
use crate::{
    cli::{Balance, Fill},
    market::{Market, refused},
    place::Place,
    say::{Refused, Say, read_pin},
};

/// Between two looks at the tray, and two questions to the issuer.
const BETWEEN: Duration = Duration::from_millis(250);
/// How often the issuer is asked for its decision before the rest is left to the next meeting.
const ASKED: u32 = 120;

/// A card in the machine, and who is behind the machine.
struct Machine<'a> {
    market: &'a Market,
    issuer: PartyId,
    machine: PartyId,
    card: At,
}

/// Loads the card in the machine's reader.
pub async fn run(place: &Place, say: Say, args: &Fill) -> Result<()> {
    let readers = Readers::find().map_err(|no| Refused::of(&no))?;
    let market = Market::of(place)?;
    let machine = market.named(&args.machine).await?.ok_or_else(|| {
        let text = format!("the registry lists no machine called \"{}\"", args.machine);
        Refused::new("no-machine", text)
    })?;
    let mut machine = Machine {
        issuer: market.one::<role::Issuer>().await?.id,
        machine: machine.id,
        card: at(&readers, &args.reader)?,
        market: &market,
    };
    let finished = finish(&market, &mut machine.card, Kind::Load, None).await?;
    let Some(amount) = args.amount else {
        let line = match finished {
            0 => "Nothing was open on this card.",
            _ => "What was open on this card is closed now.",
        };
        say.answer(line, &json!({ "finished": finished }));
        return Ok(());
    };
    let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let amount = Money::new(amount, currency).map_err(|e| Refused::new("amount", e.to_string()))?;
    let (settled, purse) = machine.load(say, args, amount).await?;
    match settled {
        Settled::Given { .. } | Settled::Before(_) => {
            let now = purse.plus(amount).unwrap_or(purse);
            let document = json!({ "loaded": amount.minor(), "before": purse.minor(), "purse": now.minor() });
            say.answer(format!("{amount} is on the card: {now}."), &document);
            Ok(())
        }
        Settled::Void { reason, .. } => {
            Err(Refused::new(&reason, "nothing was loaded; the machine gives the cash back").into())
        }
        Settled::Frozen | Settled::Contradicted(_) => Err(frozen().into()),
    }
}

/// What is on a card, on its own: its holder types his PIN for a load that is not made, and the card tells its purse while his word
/// stands. What a pulled card left open is closed first, so that the sum is the one that counts.
pub async fn balance(place: &Place, say: Say, args: &Balance) -> Result<()> {
    let readers = Readers::find().map_err(|no| Refused::of(&no))?;
    let market = Market::of(place)?;
    let issuer = market.one::<role::Issuer>().await?.id;
    let mut card = at(&readers, &args.reader)?;
    let finished = finish(&market, &mut card, Kind::Load, None).await?;
    let currency = Currency::new(&market.realm.currency).map_err(|e| Refused::new("currency", e.to_string()))?;
    let least = Money::new(1, currency).map_err(|e| Refused::new("amount", e.to_string()))?;
    let ask = card.ask_load(least).map_err(card_said)?;
    let quote = market.carrier.post(issuer, "/v1/ask", ask.clone()).await;
    let notice = card
        .show(&quote.map_err(refused)?, Some(&ask), None)
        .map_err(card_said)?;
    let pin = read_pin(args.pin_stdin, "PIN of the card in the reader")?;
    card.verify(notice.hash, &pin).map_err(card_said)?;
    let purse = card.purse().map_err(card_said)?;
    // The word ends with the session: nothing can be paid with it any more.
    card.select().map_err(card_said)?;
    say.answer(
        format!("{purse} is on the card."),
        &json!({ "purse": purse.minor(), "finished": finished }),
    );
    Ok(())
}

impl Machine<'_> {
    /// One load, from the amount that is named to the issuer's decision; what was in the purse before it.
    async fn load(&mut self, say: Say, args: &Fill, amount: Money) -> Result<(Settled, Money)> {
        let ask = self.card.ask_load(amount).map_err(card_said)?;
        let quote = self.market.carrier.post(self.issuer, "/v1/ask", ask.clone()).await;
        let notice = self
            .card
            .show(&quote.map_err(refused)?, Some(&ask), None)
            .map_err(card_said)?;
        let order = notice
            .order
            .ok_or_else(|| Refused::new("card-strange", "the card names no order for this load"))?;
        let pin = read_pin(args.pin_stdin, "PIN of the card in the reader")?;
        self.card.verify(notice.hash, &pin).map_err(card_said)?;
        let purse = self.card.purse().map_err(card_said)?;
        let named = CashNamed {
            order,
            amount,
            until: notice.until,
            purse: Some(purse),
            code: args.code.clone(),
        };
        self.tell(NAME_AT, cbor::to_bytes(&named)).await?;
        say.note(format!("{purse} is on the card. Put in {amount}."));
        if let Err(no) = self.counted(order, args.patience).await {
            // Whatever lies in the tray is its person's.
            self.tell(BACK_AT, cbor::to_bytes(&CashAsked { order })).await?;
            return Err(no);
        }
        match self.paid(order, notice.hash).await {
            Ok(settled) => Ok((settled, purse)),
            Err(no) => {
                // A card that was pulled has paid, or it has not: the issuer decides, and the machine does as that says. Where
                // the machine is not reached, its own patience asks the same.
                let _ = self.tell(BACK_AT, cbor::to_bytes(&CashAsked { order })).await;
                Err(no)
            }
        }
    }

    /// The machine goes on with what lies in its tray, and the card pays with the order.
    async fn paid(&mut self, order: OrderId, quote: Hash) -> Result<Settled> {
        self.tell(LOAD_AT, cbor::to_bytes(&CashAsked { order })).await?;
        let pay = self.card.pay(quote).map_err(card_said)?;
        bring(self.market, &mut self.card, self.issuer, pay, None).await
    }

    /// Until exactly the amount lies in the tray.
    async fn counted(&self, order: OrderId, patience: u64) -> Result<()> {
        let looks = patience.saturating_mul(4).max(1);
        for _ in 0..looks {
            let tray = self.tell(LOOK_AT, cbor::to_bytes(&CashAsked { order })).await?;
            if tray.stand == CashStand::Returned {
                return Err(Refused::new("cash-returned", "the machine gave the cash back; nothing was loaded").into());
            }
            if tray.counted == tray.amount {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN).await;
        }
        Err(Refused::new(
            "cash-missing",
            "the amount did not come; what lay in the tray was given back",
        )
        .into())
    }

    async fn tell(&self, path: &str, body: Vec<u8>) -> Result<CashTray> {
        let answer = self
            .market
            .carrier
            .post(self.machine, path, body)
            .await
            .map_err(refused)?;
        cbor::from_bytes(&answer).map_err(|no| Refused::new("machine-strange", no.to_string()).into())
    }
}

/// What a pulled card left open is said again: every deal of that kind that the card has a record of. How many there were.
pub(super) async fn finish(market: &Market, card: &mut At, kind: Kind, by: Option<PartyId>) -> Result<u32> {
    let open = card.unfinished().map_err(card_said)?;
    let mine = open.into_iter().filter_map(|one| Some((one.deal, one.paid?)));
    let mut finished = 0_u32;
    for (deal, (_, giver)) in mine.filter(|(_, paid)| paid.0 == kind) {
        let pay = card.again(deal).map_err(card_said)?;
        bring(market, card, PartyId(giver), pay, by).await?;
        finished = finished.saturating_add(1);
    }
    Ok(finished)
}

/// Says something to a party for the card: there, or left at a kiosk, which keeps it and passes it on.
async fn say(
    market: &Market,
    to: PartyId,
    verb: Verb,
    message: Vec<u8>,
    by: Option<PartyId>,
) -> Result<Vec<u8>, CarryRefusal> {
    let Some(kiosk) = by else {
        return market.carrier.post(to, &format!("/v1/{}", verb.word()), message).await;
    };
    let message = message.into();
    let left = cbor::to_bytes(&Leave { to, verb, message });
    market.carrier.post(kiosk, "/v1/leave", left).await
}

/// Brings a payment to its giver until it has decided, and the decision back to the card; over a kiosk, if one is named.
pub(super) async fn bring(
    market: &Market,
    card: &mut At,
    giver: PartyId,
    pay: Vec<u8>,
    by: Option<PartyId>,
) -> Result<Settled> {
    for _ in 0..ASKED {
        match say(market, giver, Verb::Pay, pay.clone(), by).await {
            Ok(settle) => {
                let settled = card.settle(&settle).map_err(card_said)?;
                if let Settled::Given { done, .. } = &settled {
                    // Lost, the card says it again wherever it is next.
                    let _ = say(market, giver, Verb::Done, done.clone(), by).await;
                }
                return Ok(settled);
            }
            Err(no) if no.again() == units::Again::Later => tokio::time::sleep(BETWEEN).await,
            Err(no) => return Err(refused(no).into()),
        }
    }
    let text = match by {
        Some(_) => {
            "the kiosk keeps the payment and passes it on; put the card in again later, and what came back is there"
        }
        None => "nothing is decided yet; put the card in again later, and its messages are said again",
    };
    Err(Refused::new("not-yet", text).into())
}

/// A card that cannot go on here.
pub(super) fn frozen() -> Refused {
    let text = "this card is an older copy of itself; its issuer must see it first";
    Refused::new("card-frozen", text)
}
