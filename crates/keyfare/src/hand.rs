//! The holder's hand: reaches his card through the wallet that runs, or starts one for the length of a command. Either way
//! it is the same wallet with the same rules, asked over its own API.

use std::sync::Arc;

use anyhow::Result;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use units::{Currency, Money, Refusal};
use wallet::{
    Home, Wallet,
    agent::{Agent, AgentRefused},
    pages::{self, Address, Desk},
    player::Watch,
};

use crate::{place::Place, say::Refused};

/// A wallet to ask.
pub struct Hand {
    agent: Agent,
    /// Set while this program is the wallet.
    own: Option<Wallet>,
}

fn no(refused: &AgentRefused) -> Refused {
    Refused {
        text: refused.to_string(),
        code: refused.told().to_owned(),
        again: refused.again(),
    }
}

impl Hand {
    /// The wallet of an installation.
    pub async fn of(place: &Place) -> Result<Self> {
        let home = Home::at(place.wallet());
        if !home.has_card() {
            return Err(Refused::new("no-card-here", "there is no card yet: make one with `keyfare card new`").into());
        }
        match Agent::find(&home).await {
            Ok(agent) => return Ok(Self { agent, own: None }),
            // Nobody there, or a stranger on the port of a wallet that ended: whether the card is free, its lock knows.
            Err(AgentRefused::NotRunning | AgentRefused::Impostor(_)) => {}
            Err(other) => return Err(no(&other).into()),
        }
        let wallet = Wallet::open(home.clone()).await.map_err(|e| Refused::of(&e))?;
        wallet.attach(crate::attached::devices(place, None, None));
        Self::around(home, wallet).await
    }

    /// The player of a home: the one that runs, or one for the length of a command.
    pub async fn of_player(home: Home) -> Result<Self> {
        if !home.has_card() {
            let text = "there is no player yet: make one with `keyfare player make`";
            return Err(Refused::new("no-player-here", text).into());
        }
        match Agent::find(&home).await {
            Ok(agent) => return Ok(Self { agent, own: None }),
            Err(AgentRefused::NotRunning | AgentRefused::Impostor(_)) => {}
            Err(other) => return Err(no(&other).into()),
        }
        let player = Wallet::open_player(home.clone(), Arc::new(wallet::drive::Os));
        let player = player.await.map_err(|e| Refused::of(&e))?;
        Self::around(home, player).await
    }

    /// This program is the wallet of this card for a while.
    pub async fn around(home: Home, wallet: Wallet) -> Result<Self> {
        let listener = pages::bind(0).await?;
        let at = listener.local_addr()?;
        let desk =
            Desk::new(wallet.clone(), Address::of(at), None, Watch::this_process()).map_err(|e| Refused::of(&e))?;
        tokio::spawn(pages::serve(Arc::clone(&desk), listener, std::future::pending()));
        let agent = Agent::at(&home, &at.to_string()).await.map_err(|e| no(&e))?;
        Ok(Self {
            agent,
            own: Some(wallet),
        })
    }

    /// Asks.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.agent.get(path).await.map_err(|e| no(&e).into())
    }
    /// Tells.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.agent.post(path, body).await.map_err(|e| no(&e).into())
    }

    /// Finishes what is open and meets the issuer. A wallet that runs does the first by itself.
    pub async fn sync(&self) -> Result<Value> {
        if let Some(wallet) = &self.own {
            wallet.finish_open().await;
            wallet.send_charges().await;
            wallet.deliver_dones().await;
        }
        let contact = self.post("/v1/contact", &json!({})).await?;
        if let Some(wallet) = &self.own {
            wallet.take_refunds().await;
        }
        Ok(contact)
    }

    /// Delivers the last word of deals before this program ends.
    pub async fn farewell(&self) {
        if let Some(wallet) = &self.own {
            wallet.send_charges().await;
            wallet.deliver_dones().await;
        }
    }

    /// The purse, with the currency of this card.
    pub async fn purse(&self) -> Result<Money> {
        money(&self.get("/v1/card").await?["spendable"])
    }

    /// An amount of this card's currency.
    pub async fn amount(&self, minor: i64) -> Result<Money> {
        let currency: Currency = self.purse().await?.currency();
        Money::new(minor, currency).map_err(|e| Refused::new("amount", e.to_string()).into())
    }

    /// A license by id or title.
    pub async fn license(&self, what: &str) -> Result<String> {
        let library = self.get("/v1/library").await?;
        let licenses = library["licenses"].as_array().cloned().unwrap_or_default();
        let title = |l: &Value| l["title"].as_str().unwrap_or_default().to_lowercase();
        let wanted = what.to_lowercase();
        let playable = |l: &&Value| l["playable"].as_bool() == Some(true);
        let found = licenses
            .iter()
            .find(|l| l["license"].as_str() == Some(what))
            .or_else(|| licenses.iter().filter(playable).find(|l| title(l) == wanted))
            .or_else(|| licenses.iter().find(|l| title(l).contains(&wanted)));
        let id = found.and_then(|l| l["license"].as_str()).map(str::to_owned);
        Ok(id.ok_or_else(|| {
            Refused::new(
                "no-license",
                format!("no license for \"{what}\" is on this card: `keyfare buy \"{what}\"`"),
            )
        })?)
    }
}

/// An amount as the wallet writes it ("JPY 1,000").
pub fn money(text: &Value) -> Result<Money> {
    let plain: String = text
        .as_str()
        .unwrap_or_default()
        .chars()
        .filter(|c| *c != ',')
        .collect();
    plain
        .parse()
        .map_err(|_| anyhow::anyhow!("the wallet's answer cannot be read: {text}"))
}

/// Minor units of an amount as the wallet writes it; nothing where there is none.
pub fn minor(text: &Value) -> Option<i64> {
    money(text).ok().map(|m| m.minor())
}

/// Bytes as the wallet reads them.
pub fn encoded(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// What came of a deal, in words; what was returned is a refusal, what is on its way is not.
pub fn told(outcome: &Value) -> Result<String> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    match outcome["outcome"].as_str() {
        Some("given") => Ok(outcome["receipt"]
            .as_u64()
            .map_or_else(|| "Done.".to_owned(), |n| format!("Done. Receipt {n}."))),
        Some("on-its-way") => Ok(format!(
            "On its way ({}). The amount is named on the card; the wallet asks again by itself, and `keyfare card sync` does so now. Never pay again.",
            text(&outcome["why"])
        )),
        Some("frozen") => Err(Refused::new(
            "card-frozen",
            "this card was put back from an older copy of itself; `keyfare card sync` tells its issuer",
        )
        .into()),
        _ => {
            let reason = &outcome["reason"];
            let code = reason["code"].as_str().unwrap_or("returned");
            let words = reason["text"]
                .as_str()
                .unwrap_or("it was not given; everything is back on the card");
            Err(Refused::new(code, words).into())
        }
    }
}
