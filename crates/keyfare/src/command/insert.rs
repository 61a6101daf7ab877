//! `card insert`: the card sits in a virtual smart-card reader, and its holder's screen is this terminal.

use std::{io::IsTerminal, path::PathBuf, time::Duration};

use anyhow::Result;
use apdu::{Agreement, Notice};
use pcsc::Reach;
use serde_json::json;
use wallet::{
    Home, Wallet,
    contacts::{AtContacts, ContactsRefused},
};

use super::serve::until_told;
use crate::{
    place::Place,
    say::{Refused, Say, read_pin},
};

/// How often it is looked whether a terminal waits for the holder's word.
const LOOK: Duration = Duration::from_millis(250);

/// A path is a socket; an address is a reader that listens on TCP.
fn reach(reader: &str) -> Reach {
    reader
        .parse()
        .map_or_else(|_| Reach::Socket(PathBuf::from(reader)), Reach::Tcp)
}

/// Sits in the reader until Ctrl-C, or until the reader goes.
pub async fn run(place: &Place, say: Say, reader: &str, pin_max: i64) -> Result<()> {
    let home = Home::at(place.wallet());
    if !home.has_card() {
        return Err(Refused::new("no-card-here", "there is no card yet: make one with `keyfare card new`").into());
    }
    let wallet = Wallet::open(home).await.map_err(|no| Refused::of(&no))?;
    let contacts = wallet.at_contacts(pin_max).await;
    let (sitting, reach) = (contacts.clone(), reach(reader));
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || ended.send(sitting.sit_in(&reach)));
    say.answer(
        format!("The card is in the reader at {reader}; Ctrl-C takes it out."),
        &json!({ "reader": reader }),
    );
    if std::io::stdin().is_terminal() {
        let contacts = contacts.clone();
        tokio::spawn(async move { own_screen(say, &contacts).await });
    }
    tokio::select! {
        met = end => Ok(met?.map_err(|no| Refused::of(&no))?),
        () = until_told() => Ok(()),
    }
}

/// Beside a wallet's pages, which are its holder's screen: the same, and what goes wrong is a line in the log and on them.
pub async fn alongside(wallet: &Wallet, reader: &str, pin_max: i64) -> AtContacts {
    let (contacts, reach) = (wallet.at_contacts(pin_max).await, reach(reader));
    let sitting = contacts.clone();
    std::thread::spawn(move || {
        let met: Result<(), ContactsRefused> = sitting.sit_in(&reach);
        if let Err(no) = met {
            tracing::warn!(code = units::Refusal::code(&no), "the card is in no reader: {no}");
        }
    });
    contacts
}

/// Shows what waits for the holder's word because a PIN at a terminal is not enough for it, and takes that word here.
async fn own_screen(say: Say, contacts: &AtContacts) {
    let mut asked: Option<Notice> = None;
    let mut pause = tokio::time::interval(LOOK);
    loop {
        pause.tick().await;
        let waiting = contacts
            .waiting()
            .filter(|notice| notice.agreement == Agreement::OwnScreen);
        let Some(notice) = waiting.filter(|notice| asked.as_ref() != Some(notice)) else {
            continue;
        };
        asked = Some(notice.clone());
        say.note(format!(
            "A terminal asks you to pay {} for \"{}\"{}.",
            notice.fare,
            notice.title,
            if notice.with.is_empty() {
                String::new()
            } else {
                format!(" to {}", notice.with)
            }
        ));
        let contacts = contacts.clone();
        // A person types, and a PIN is slow to check by design: not on a thread that serves others.
        let taken = tokio::task::spawn_blocking(move || {
            let pin = read_pin(false, "PIN (empty: no)").unwrap_or_default();
            (!pin.is_empty()).then(|| contacts.agree(notice.hash, &pin))
        });
        match taken.await {
            Ok(Some(Ok(()))) => say.note("Agreed; the terminal may go on with exactly that."),
            Ok(Some(Err(no))) => say.note(no.to_string()),
            _ => say.note("Nothing was agreed to."),
        }
    }
}
