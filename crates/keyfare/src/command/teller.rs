//! Teller: in the realm for trying things out, the realm's bank opens an account with play money for a card that has none.

use std::{pin::Pin, sync::Arc};

use anyhow::Result;
use units::{Currency, Money};
use wallet::pages::{Desk, NewAccount, Teller};

use super::card::DEV_ACCOUNT;
use crate::{
    market::{Market, realm_of},
    place::Place,
};

/// The bank of a realm `dev`.
struct PlayBank(Market);

/// Lets a desk open accounts, in the realm for trying things out.
pub fn sit(desk: &Desk, place: &Place) -> Result<()> {
    if realm_of(place)?.name == party::realm::DEV {
        desk.open_accounts_with(Arc::new(PlayBank(Market::of(place)?)));
    }
    Ok(())
}

impl PlayBank {
    async fn account(&self) -> Result<NewAccount> {
        let currency = Currency::new(&self.0.realm.currency)?;
        let opening = Money::new(DEV_ACCOUNT, currency)?;
        let (_, _, signed, certificate) = self.0.open_account("holder of this card", opening).await?;
        Ok(NewAccount { signed, certificate })
    }
}

impl Teller for PlayBank {
    fn open(&self) -> Pin<Box<dyn Future<Output = Result<NewAccount, String>> + Send + '_>> {
        Box::pin(async { self.account().await.map_err(|no| no.to_string()) })
    }
}
