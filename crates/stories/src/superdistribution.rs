//! Superdistribution: one person buys, everybody else copies from a friend, with no network; the fares ride along by the
//! publisher's rule and find their way home.

use card::Want;
use deal::Kind;
use license::Route;
use party::collector::Path;
use units::{Currency, LicenseId, Money};

use crate::{
    Books, Counterpart, Figures, Handing, Holder, Parties, Stuck, Tale, Work,
    home::machine_of,
    sale::{books, finish, song},
};

/// The figures of a line of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// How many people, the buyer among them.
    pub users: usize,
    /// Fare of a copy, in minor units.
    pub fare: i64,
    /// How fares travel.
    pub route: Route,
    /// By which way they come home; nothing: they stay on the cards.
    pub collect: Option<Path>,
}

/// Copies told one by one; of more, every so many.
const TOLD: usize = 12;

fn money(minor: i64, currency: Currency) -> Result<Money, Stuck> {
    Money::new(minor, currency).map_err(|e| Stuck {
        code: "amount".into(),
        text: e.to_string(),
    })
}

/// What stands on each card by the rule alone: this story's own arithmetic, for one buyer at the front of a line.
struct Expected {
    escrow: Vec<i64>,
    purse: Vec<i64>,
}

impl Expected {
    fn new(line: &Line, figures: &Figures) -> Self {
        let mut purse = vec![figures.purse; line.users];
        if let Some(first) = purse.first_mut() {
            *first = first.saturating_sub(figures.price);
        }
        Self {
            escrow: vec![0; line.users],
            purse,
        }
    }
    /// User `n` gave to user `n + 1`. Under every rule but the chain the giver keeps the fares: the first has bought (and
    /// knows the provider), and among those who never bought it is the giver's turn.
    fn copied(&mut self, n: usize, line: &Line) {
        let (giver, receiver) = (n, n + 1);
        let rides = self.escrow.get(giver).copied().unwrap_or(0) + self.escrow.get(receiver).copied().unwrap_or(0);
        let (to, from) = if line.route == Route::Chain {
            (receiver, giver)
        } else {
            (giver, receiver)
        };
        if let Some(all) = self.escrow.get_mut(to) {
            *all = rides + line.fare;
        }
        if let Some(none) = self.escrow.get_mut(from) {
            *none = 0;
        }
        if let Some(paid) = self.purse.get_mut(receiver) {
            *paid -= line.fare;
        }
    }
}

const fn shows(route: Route) -> &'static str {
    match route {
        Route::Chain => "SD-14",
        Route::Provider => "SD-16",
        _ => "SD-15",
    }
}

/// Tells it. Whatever a card refuses (too little money, no room for the fares) ends the line, and the books are as they
/// were.
pub fn superdistribution(parties: &mut dyn Parties, figures: &Figures, line: &Line) -> Result<Tale, Stuck> {
    let mut tale = Tale::new("superdistribution");
    let currency = Currency::new(&parties.realm().currency).unwrap_or(Currency::JPY);
    let fare = money(line.fare, currency)?;
    let generations = u8::try_from(line.users.saturating_sub(1)).unwrap_or(u8::MAX);
    let mut people: Vec<Holder> = Vec::new();
    for n in 1..=line.users {
        let mut one = Holder::born(&format!("user {n}"), parties, currency, &figures.seed)?;
        one.first_money(parties, money(figures.purse, currency)?)?;
        people.push(one);
    }
    let says = format!(
        "{} people get cards and load {} each",
        line.users,
        money(figures.purse, currency)?
    );
    tale.step("everybody", says, Some("XD-8"), all(&people, parties));

    let work = Work {
        title: "Night Ferry".into(),
        content: song(&figures.seed),
        media_type: "audio/wav".into(),
        price: figures.price,
        unique: false,
        handing: Some(Handing {
            fare: line.fare,
            generations,
            route: line.route,
            locked: None,
        }),
    };
    let listing = parties.publish(&work).map_err(|text| Stuck {
        code: "publish".into(),
        text,
    })?;
    let says = format!(
        "sells \"Night Ferry\" at {}; whoever has it may copy it for a friend at {fare}, {generations} deep",
        money(figures.price, currency)?
    );
    tale.step("publisher", says, Some("SD-4"), all(&people, parties));

    let mut expected = Expected::new(line, figures);
    let mut license = match buy(&mut people, parties, &listing) {
        Ok(license) => license,
        Err(no) => {
            tale.refusal("card", &no.code, no.text, Some("SD-1"), all(&people, parties));
            return Ok(end(tale, parties, &people, figures));
        }
    };
    tale.step("user 1", "buys it in the shop", Some("SD-1"), all(&people, parties));
    if line.route == Route::Provider {
        knows_provider(&mut people, parties)?;
        let says = "hears from a network provider of the publisher's, and keeps that on the card";
        tale.step("user 1", says, Some("SD-16"), all(&people, parties));
    }

    for n in 0..line.users.saturating_sub(1) {
        let (before, after) = people.split_at_mut(n + 1);
        let (Some(giver), Some(friend)) = (before.last_mut(), after.first_mut()) else {
            break;
        };
        let (from, to) = (giver.name.clone(), friend.name.clone());
        match giver.hand_on(friend, &*parties, license, Kind::Copy) {
            Ok(handed) => {
                license = handed.license;
                expected.copied(n, line);
                if line.users <= TOLD || n % 25 == 24 || n + 2 == line.users {
                    let says = format!(
                        "copies it from {from}, the two cards alone: {fare} leaves the purse, and {} carries the fares on",
                        if handed.winner == deal::Side::Receiver {
                            &to
                        } else {
                            &from
                        }
                    );
                    tale.step(&to, says, Some(shows(line.route)), all(&people, parties));
                }
            }
            Err(no) => {
                let room = matches!(no.code.as_str(), "card-full-of-fares" | "void-no-room");
                tale.refusal(
                    "card",
                    &no.code,
                    no.text,
                    Some(if room { "SD-14" } else { "SD-9" }),
                    all(&people, parties),
                );
                break;
            }
        }
    }
    let told = all(&people, parties);
    for (n, one) in people.iter().enumerate() {
        let card = told.cards.get(&one.name);
        let due = (expected.purse.get(n).copied(), expected.escrow.get(n).copied());
        let is = (card.map(|c| c.purse), card.map(|c| c.escrow));
        tale.must(
            is == due,
            format!("{} holds {is:?}, by the rule it is {due:?}", one.name),
        );
    }
    if let Some(path) = line.collect {
        let out: i64 = expected.escrow.iter().sum();
        collect(&mut tale, &mut people, parties, path)?;
        let books = come_home(&people, parties, path, (out, out + figures.price));
        let publisher = books.parties.get("publisher");
        let figure = |key: &str| publisher.and_then(|b| b.get(key)).copied().unwrap_or(0);
        tale.must(
            figure("fares") == out && figure("received") == out + figures.price,
            format!(
                "{out} was on the cards, {} came home, {} was received",
                figure("fares"),
                figure("received")
            ),
        );
        let left: i64 = books.cards.values().map(|c| c.escrow).sum();
        tale.must(left == 0, format!("{left} stayed on the cards"));
        tale.step(
            "publisher",
            format!("has {} of fares by way of {}", figure("fares"), path.word()),
            Some("SD-23"),
            books,
        );
    }
    Ok(end(tale, parties, &people, figures))
}

/// Rounds the parties are given to bring what was collected to the issuer, and on to the bank.
const ROUNDS: usize = 64;

/// Everybody's books once the publisher has these fares and this much in all (in its account, where another application
/// took them), or when the parties have had their time.
fn come_home(people: &[Holder], parties: &mut dyn Parties, path: Path, (fares, due): (i64, i64)) -> Books {
    let mut books = all(people, parties);
    for _ in 0..ROUNDS {
        let figure = |key: &str| books.parties.get("publisher").and_then(|b| b.get(key)).copied();
        let banked = path != Path::Application || figure("at the bank") == Some(fares);
        if banked && figure("received") == Some(due) {
            break;
        }
        parties.settle_down();
        books = all(people, parties);
    }
    books
}

fn all(people: &[Holder], parties: &mut dyn Parties) -> Books {
    let holders: Vec<&Holder> = people.iter().collect();
    books(&holders, parties)
}

fn end(tale: Tale, parties: &mut dyn Parties, people: &[Holder], figures: &Figures) -> Tale {
    let holders: Vec<&Holder> = people.iter().collect();
    finish(tale, parties, &holders, figures)
}

fn buy(people: &mut [Holder], parties: &mut dyn Parties, listing: &crate::Listing) -> Result<LicenseId, Stuck> {
    let first = people.first_mut().ok_or(Stuck {
        code: "nobody".into(),
        text: "there must be somebody who buys".into(),
    })?;
    let (_, license) = first.buy(parties, listing.number, &listing.sheet, &Want::default())?;
    Ok(license)
}

/// The first user's wallet has met a network provider of this publisher's.
fn knows_provider(people: &mut [Holder], parties: &mut dyn Parties) -> Result<(), Stuck> {
    let Some(first) = people.first_mut() else { return Ok(()) };
    let held: Vec<_> = first
        .card
        .state()
        .licenses
        .values()
        .map(|held| (held.publisher, held.title))
        .collect();
    for (publisher, content) in held {
        first.reach(parties, publisher, content)?;
    }
    Ok(())
}

const fn way(path: Path) -> (&'static str, &'static str) {
    match path {
        Path::Online => ("sends its fares home in the background", "SD-18"),
        Path::Shop => (
            "is brought to the shop's counter, which takes the fares and gives a coupon",
            "SD-19",
        ),
        Path::AtmBefore => (
            "goes into a cash machine: fares first, delivered at once, then the holder's banking",
            "SD-20",
        ),
        Path::AtmAfter => (
            "leaves a cash machine: it took the fares, and delivers them when the card is out",
            "SD-21",
        ),
        Path::Application => (
            "is read by another application, which takes the fares beside its own work",
            "SD-22",
        ),
        Path::Kiosk => ("is read by a kiosk, which takes the fares", "SD-22"),
    }
}

/// Every card that carries anything sends it home.
fn collect(tale: &mut Tale, people: &mut [Holder], parties: &mut dyn Parties, path: Path) -> Result<(), Stuck> {
    let (says, shows) = way(path);
    let carriers: Vec<usize> = (0..people.len())
        .filter(|n| people.get(*n).is_some_and(|p| !p.card.state().escrow.is_empty()))
        .collect();
    for n in carriers {
        let Some(one) = people.get_mut(n) else { continue };
        let name = one.name.clone();
        if path == Path::AtmAfter {
            banking(one, parties)?;
        }
        let sent = one.send_home(parties, path)?;
        if path == Path::AtmBefore {
            banking(one, parties)?;
        }
        let says = format!(
            "{says} ({} in {} deals{})",
            one.name,
            sent.deals,
            if sent.rebates > 0 { ", rebate on the card" } else { "" }
        );
        tale.step(&name, says, Some(shows), all(people, parties));
    }
    if machine_of(path) == Some(Counterpart::Atm) || path == Path::Application {
        parties.settle_down();
        parties.settle_down();
        for one in people.iter_mut() {
            one.finish_home(parties)?;
        }
        let says = "delivers what it has, each payment once; the cards hear of it when they are next online";
        tale.step("machine", says, Some("SD-21"), all(people, parties));
    }
    Ok(())
}

/// The holder's own business at the machine, with the bank itself: what is in the account.
fn banking(one: &mut Holder, parties: &mut dyn Parties) -> Result<(), Stuck> {
    let account = one
        .card
        .state()
        .values
        .iter()
        .find(|(v, _)| v.kind == deal::ValueKind::Account);
    let Some(token) = account.map(|(value, _)| value.id) else {
        return Ok(());
    };
    parties.statement(token).map(|_| ()).map_err(|text| Stuck {
        code: "bank".into(),
        text,
    })
}
