//! Cash: this card's part at a deposit machine (ST-8). The issuer quotes the load; the machine is told the number and the
//! amount; when the notes are there the card pays with the order, and the issuer alone decides. A deposit centre on line is the
//! same with somebody's account, or telephone bill, instead of notes (ST-20).

use card::{Checked, Want};
use deal::{
    Number, Tender,
    cash::{BACK_AT, CashAsked, CashNamed, CashOnline, CashStand, CashTray, LOAD_AT, LOOK_AT, NAME_AT, ONLINE_AT},
};
use seal::{cbor, role};
use units::{Money, OrderId, PartyId};

use super::{MoneyRefused, Outcome, Question, QuoteRefused, Wallet};
use crate::carry::CarryRefusal;

/// The order of a quote to load, and the amount.
pub fn order_of(checked: &Checked) -> Option<(OrderId, Money)> {
    match checked.quote().number {
        Number::Order(order) => Some((order, checked.quote().credit?)),
        Number::Card(_) => None,
    }
}

/// Who may load this card on line, if it does so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Centre {
    /// Which party.
    pub id: PartyId,
    /// Its name.
    pub name: String,
    /// It puts the amount on its telephone bill; else it takes it from an account.
    pub bills: bool,
}

impl Wallet {
    /// Banks and carriers of the directory: whether they load anything on line, they say when they are asked.
    pub async fn centres(&self) -> Vec<Centre> {
        let Ok(known) = self.carrier().directory(false).await else {
            return Vec::new();
        };
        let now = self.now();
        let centre = |bills| {
            move |one: &crate::carry::Listed| Centre {
                id: one.id,
                name: one.name.clone(),
                bills,
            }
        };
        let banks = known.with_role::<role::Bank>(now).map(centre(false));
        banks
            .chain(known.with_role::<role::Carrier>(now).map(centre(true)))
            .collect()
    }

    /// Loads `amount` from the account, or onto the bill, of whoever has this name and password at a centre. The centre alone
    /// hears them. Cut anywhere, the money is in the purse, or was taken from nobody: the issuer decides, once.
    pub async fn load_online(
        &self,
        centre: PartyId,
        amount: Money,
        (name, password): (&str, &str),
    ) -> Result<Outcome, MoneyRefused> {
        let issuer = self.issuer().await.ok_or(MoneyRefused::NotEnrolled)?;
        let checked = self.quote(issuer, Question::Load(amount)).await?;
        let (order, amount) = order_of(&checked).ok_or(QuoteRefused::OtherParty)?;
        let asked = CashOnline {
            order,
            amount,
            until: checked.quote().until,
            name: name.to_owned(),
            password: password.to_owned(),
        };
        let tray = self.tell_machine(centre, ONLINE_AT, cbor::to_bytes(&asked)).await?;
        if tray.stand == CashStand::Returned {
            return Err(MoneyRefused::NotCovered);
        }
        let want = Want {
            other: Some(Tender::Order(order, amount)),
            ..Want::default()
        };
        match self.commit(&checked, None, want).await {
            Ok(deal) => Ok(self.see_through(deal).await),
            Err(no) => {
                // The card pays nothing for it: what the centre keeps free is free again, now or by its own patience.
                let _ = self.take_cash_back(centre, order).await;
                Err(no.into())
            }
        }
    }

    /// The machine's name, if the registry lists it as one.
    pub async fn machine(&self, id: PartyId) -> Option<String> {
        let known = self.carrier().directory(false).await.ok()?;
        let listed = known.with_role::<role::Machine>(self.now()).find(|one| one.id == id)?;
        Some(listed.name.clone())
    }

    /// Names an amount at a deposit machine whose screen shows this code, and lets it show what is on the card. Nothing moves.
    pub async fn name_cash(&self, machine: PartyId, amount: Money, code: &str) -> Result<Checked, MoneyRefused> {
        let issuer = self.issuer().await.ok_or(MoneyRefused::NotEnrolled)?;
        let checked = self.quote(issuer, Question::Load(amount)).await?;
        let (order, amount) = order_of(&checked).ok_or(QuoteRefused::OtherParty)?;
        let named = CashNamed {
            order,
            amount,
            until: checked.quote().until,
            purse: Some(self.summary().await.spendable),
            code: code.to_owned(),
        };
        self.tell_machine(machine, NAME_AT, cbor::to_bytes(&named)).await?;
        Ok(checked)
    }

    /// How the order stands at the machine.
    pub async fn look_at_cash(&self, machine: PartyId, order: OrderId) -> Result<CashTray, MoneyRefused> {
        self.tell_machine(machine, LOOK_AT, cbor::to_bytes(&CashAsked { order }))
            .await
    }

    /// The machine may go on, and the card pays with the order. From here on it ends by itself.
    pub async fn load_cash(&self, machine: PartyId, checked: &Checked) -> Result<Outcome, MoneyRefused> {
        let (order, amount) = order_of(checked).ok_or(QuoteRefused::OtherParty)?;
        self.tell_machine(machine, LOAD_AT, cbor::to_bytes(&CashAsked { order }))
            .await?;
        let want = Want {
            other: Some(Tender::Order(order, amount)),
            ..Want::default()
        };
        let deal = self.commit(checked, None, want).await?;
        Ok(self.see_through(deal).await)
    }

    /// Everything back, please.
    pub async fn take_cash_back(&self, machine: PartyId, order: OrderId) -> Result<CashTray, MoneyRefused> {
        self.tell_machine(machine, BACK_AT, cbor::to_bytes(&CashAsked { order }))
            .await
    }

    async fn tell_machine(&self, machine: PartyId, path: &str, body: Vec<u8>) -> Result<CashTray, MoneyRefused> {
        let answer = self
            .carrier()
            .post(machine, path, body)
            .await
            .map_err(QuoteRefused::from)?;
        let silent = |_| CarryRefusal::Silent {
            name: "the machine".to_owned(),
            why: "its answer does not read".to_owned(),
        };
        Ok(cbor::from_bytes(&answer).map_err(silent).map_err(QuoteRefused::from)?)
    }
}
