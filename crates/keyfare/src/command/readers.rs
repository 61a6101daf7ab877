//! `readers`: a terminal between smart-card readers. It shows what the cards in them say, asks their holders, and carries;
//! it keeps nothing and is trusted with nothing but the PINs typed at it.

use std::{io::IsTerminal, time::Duration};

use anyhow::Result;
use apdu::{
    Form, HandOverError, HandedOver, Holders, Notice, Refused as CardRefused, Settled, Terminal, TerminalError, What,
    Word, finish, hand_over,
};
use deal::Kind;
use pcsc::{CardLink, Readers, ReadersRefused};
use serde_json::{Value, json};
use units::{ContentId, LicenseId};
use zeroize::Zeroizing;

use crate::{
    cli::{Between, ReadersCommand},
    say::{Refused, Say, read_pin},
};

/// How often a card is asked whether its holder has agreed on his own screen, and how long between.
const ASKED: u32 = 120;
const BETWEEN: Duration = Duration::from_secs(1);

/// Does what was asked of the readers.
pub fn run(say: Say, command: Option<&ReadersCommand>) -> Result<()> {
    let readers = Readers::find().map_err(|no| Refused::of(&no))?;
    match command {
        None => list(say, &readers),
        Some(ReadersCommand::Find { what }) => find(say, &readers, what),
        Some(ReadersCommand::Copy(between)) => hand(say, &readers, between, Kind::Copy),
        Some(ReadersCommand::Move(between)) => hand(say, &readers, between, Kind::Move),
        Some(ReadersCommand::Locked(between)) => hand(say, &readers, between, Kind::Locked),
        Some(ReadersCommand::Finish { from, to }) => finished(say, &readers, from, to),
        // They need the market: `readers_fill`, `readers_buy`.
        Some(ReadersCommand::Fill(_) | ReadersCommand::Balance(_) | ReadersCommand::Buy(_)) => Ok(()),
    }
}

pub(super) type At = Terminal<CardLink>;

pub(super) fn at(readers: &Readers, name: &str) -> Result<At> {
    let link = readers.open(name).map_err(|no| Refused::of(&no))?;
    let mut terminal = Terminal::new(link, Form::Extended);
    terminal.select().map_err(card_said)?;
    Ok(terminal)
}

/// A card's refusal with its own code; a reader's with the reader's.
pub(super) fn card_said(no: TerminalError<ReadersRefused>) -> Refused {
    match no {
        TerminalError::Link(no) => Refused::of(&no),
        TerminalError::Strange => Refused::new("card-strange", no.to_string()),
        TerminalError::Refused(no) => said(&no),
    }
}

fn said(no: &CardRefused) -> Refused {
    Refused {
        text: no.text.clone(),
        code: if no.code.is_empty() {
            format!("status-{}", no.status)
        } else {
            no.code.clone()
        },
        again: no.again,
    }
}

fn handed_said(no: HandOverError<ReadersRefused, ReadersRefused>) -> Refused {
    let text = no.to_string();
    let named = match no {
        HandOverError::Giver(no) | HandOverError::Receiver(no) => card_said(no),
        HandOverError::Differ(_) => Refused::new("cards-disagree", ""),
        HandOverError::NotAgreed => Refused::new("not-agreed", ""),
    };
    Refused { text, ..named }
}

fn list(say: Say, readers: &Readers) -> Result<()> {
    let all = readers.all().map_err(|no| Refused::of(&no))?;
    let mut lines = String::new();
    let mut documents = Vec::new();
    for reader in &all {
        let (line, document) = match &reader.card {
            None => ("empty".to_owned(), json!({ "card": null })),
            Some(_) => card_in(readers, &reader.name),
        };
        lines.push_str(&format!("{}\n    {line}\n", reader.name));
        let mut document = document;
        document["reader"] = json!(reader.name);
        documents.push(document);
    }
    if all.is_empty() {
        lines.push_str("No reader is connected. A virtual one: see docs/formats/apdu.md, \"Virtual readers\".");
    }
    say.answer(lines, &json!({ "readers": documents }));
    Ok(())
}

fn card_in(readers: &Readers, name: &str) -> (String, Value) {
    let look = || -> Result<(String, Value)> {
        let mut at = at(readers, name)?;
        let (_, realm) = at.realm().map_err(card_said)?;
        let room = at.room().map_err(card_said)?;
        let open = room.paid.saturating_add(room.given);
        let mut line = format!(
            "a card of the realm \"{realm}\", {} of {} licenses",
            room.licenses, room.licenses_max
        );
        if open > 0 {
            line.push_str(&format!(", {open} on the way: `keyfare readers finish`"));
        }
        let document = json!({ "card": { "realm": realm, "licenses": room.licenses, "open": open, "frozen": room.frozen,
            "certificates": room.certificates, "pin_tries": room.tries } });
        Ok((line, document))
    };
    look().unwrap_or_else(|no| {
        let refused = no.downcast_ref::<Refused>().map_or("fault", |no| no.code.as_str());
        (format!("{no}"), json!({ "card": { "problem": refused } }))
    })
}

/// A work by its id or by a sealed file of it; a license by its id.
fn what_is(what: &str) -> Result<What> {
    if let Ok(file) = std::fs::File::open(what) {
        let summary = publisher::inspect(file, None).map_err(|no| Refused::of(&no))?;
        let id: ContentId = summary.content.parse()?;
        return Ok(What::Work(id));
    }
    what.parse().map(What::Work).map_err(|_| {
        Refused::new(
            "work-unknown",
            format!("\"{what}\" is neither a sealed file nor the id of a work (26 characters)"),
        )
        .into()
    })
}

/// The first reader with a card that holds a license of the work: one that plays before one that does not.
fn find(say: Say, readers: &Readers, what: &str) -> Result<()> {
    let What::Work(work) = what_is(what)? else {
        return Err(Refused::new("work-unknown", "a work is needed").into());
    };
    let mut found: Vec<(String, LicenseId, bool)> = Vec::new();
    for reader in readers.all().map_err(|no| Refused::of(&no))? {
        // A card of another kind, or one in use, is not one that holds it.
        let held = reader
            .card
            .as_ref()
            .and_then(|_| at(readers, &reader.name).ok()?.find(work).ok()?);
        if let Some((license, plays)) = held {
            found.push((reader.name, license, plays));
        }
    }
    found.sort_by_key(|(_, _, plays)| !plays);
    let (reader, license, plays) = found.first().ok_or_else(|| {
        Refused::new(
            "no-license",
            "no card in any reader holds a license of this work; buy one, or put the card in that has it",
        )
    })?;
    let state = if *plays { "it plays" } else { "it does not play now" };
    say.answer(
        format!("{reader}: {state} (license {license})"),
        &json!({ "reader": reader, "license": license.to_string(), "plays": plays }),
    );
    Ok(())
}

fn hand(say: Say, readers: &Readers, between: &Between, kind: Kind) -> Result<()> {
    let what = match between.license.as_deref() {
        Some(license) => What::License(
            license
                .parse()
                .map_err(|no| Refused::new("license-id", format!("{no}")))?,
        ),
        None => what_is(between.what.as_deref().unwrap_or_default())?,
    };
    let (mut from, mut to) = (at(readers, &between.from)?, at(readers, &between.to)?);
    let mut people = People {
        say,
        pins_from_stdin: between.pins_stdin,
        own_screen: between.own_screen,
        patience: ASKED,
    };
    let handed = hand_over(&mut from, &mut to, kind, what, &mut people).map_err(handed_said)?;
    told(say, &handed, from.commands().saturating_add(to.commands()))
}

fn told(say: Say, handed: &HandedOver, commands: u64) -> Result<()> {
    let HandedOver {
        settled,
        license,
        notice,
    } = handed;
    if let Some(Settled::Void { reason, .. }) = settled {
        let text = "the giver's card did not give; everything is back on the receiver's card";
        return Err(Refused::new(reason, text).into());
    }
    let fare = notice.fare;
    let line = match settled {
        Some(Settled::Frozen) => {
            "One of the cards is an older copy of itself; its issuer must see it first.".to_owned()
        }
        None => format!("\"{}\" arrived, locked: a support centre unlocks it.", notice.title),
        _ => format!(
            "\"{}\" is on the receiver's card; {fare} is set aside there for its publisher.",
            notice.title
        ),
    };
    let document = json!({ "given": license.is_some(), "license": license.map(|id| id.to_string()), "title": notice.title,
        "fare": fare.minor(), "currency": fare.currency().code(), "generation": notice.generation, "commands": commands });
    say.answer(line, &document);
    Ok(())
}

fn finished(say: Say, readers: &Readers, from: &str, to: &str) -> Result<()> {
    let (mut from, mut to) = (at(readers, from)?, at(readers, to)?);
    let closed = finish(&mut from, &mut to).map_err(handed_said)?;
    let line = match closed {
        0 => "Nothing was open between these two cards.".to_owned(),
        1 => "One deal was open between them and is closed now.".to_owned(),
        n => format!("{n} deals were open between them and are closed now."),
    };
    say.answer(line, &json!({ "closed": closed }));
    Ok(())
}

/// The two holders at this terminal.
struct People {
    say: Say,
    pins_from_stdin: bool,
    own_screen: bool,
    patience: u32,
}

impl People {
    fn pin(&self, question: &str) -> Option<Zeroizing<String>> {
        let asks = self.pins_from_stdin || std::io::stdin().is_terminal();
        let pin = read_pin(self.pins_from_stdin, question).ok().filter(|_| asks)?;
        // An empty line is a no.
        (!pin.is_empty()).then(|| pin.into())
    }
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Move => "a move",
        Kind::Locked => "a locked copy",
        _ => "a copy",
    }
}

impl Holders for People {
    fn giver(&mut self, notice: &Notice) -> Option<Zeroizing<String>> {
        let leaves = if notice.kind == Kind::Move {
            "The license leaves this card for good."
        } else {
            "The license stays on this card."
        };
        let copies = notice.copies.unwrap_or_default();
        self.say.note(format!(
            "GIVER: {} of \"{}\" (generation {}; {copies} copies made so far). {leaves}\n       The receiver pays {} to its publisher.",
            kind_words(notice.kind), notice.title, notice.generation, notice.fare
        ));
        self.pin("Giver's PIN (empty: no)")
    }

    fn receiver(&mut self, notice: &Notice) -> Option<Word> {
        let fee = match (notice.kind, notice.unlock) {
            (Kind::Locked, Some(fee)) => {
                format!("It is free and arrives locked; unlocking it costs {fee} at a support centre.")
            }
            (Kind::Locked, None) => "It is free and arrives locked.".to_owned(),
            (Kind::Move, _) => format!("There is a fee for moving this: {}.", notice.fare),
            _ => format!("There is a fee for copying this: {}.", notice.fare),
        };
        // Seen and heard: a terminal's bell.
        let bell = if std::io::stderr().is_terminal() { "\u{7}" } else { "" };
        let history = notice.bought.map_or_else(String::new, |(at, price)| {
            let price = price.map_or_else(String::new, |price| format!(" for {price}"));
            format!("\n          The giver bought from this publisher on {at}{price}.")
        });
        self.say.note(format!(
            "{bell}RECEIVER: {} of \"{}\", generation {}. {fee}{history}",
            kind_words(notice.kind),
            notice.title,
            notice.generation
        ));
        if self.own_screen || notice.agreement == apdu::Agreement::OwnScreen {
            self.say.note("          Agree on your own wallet's screen.");
            return Some(Word::OnHisScreen);
        }
        self.pin("Receiver's PIN (empty: no)").map(Word::Pin)
    }

    fn wait(&mut self) -> bool {
        self.patience = self.patience.saturating_sub(1);
        // Waits on a channel that nobody speaks on: a pause that the lints know to be meant.
        let (_silent, nothing) = std::sync::mpsc::channel::<()>();
        let _ = nothing.recv_timeout(BETWEEN);
        self.patience > 0
    }
}
