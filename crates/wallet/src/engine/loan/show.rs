//! Show: who is paired with this device, what is out on loan with whom, and what is here on loan.

use deal::pair::Greeter;
use license::Rights;
use units::{ContentId, Hash, LicenseId, Moment, Tag};

use crate::engine::{TheCard, Wallet};

/// One paired device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mate {
    /// The pair's name.
    pub pair: Tag,
    /// What it calls itself.
    pub name: String,
    /// Is it let in here?
    pub allowed: bool,
    /// Is it a player? Else a wallet.
    pub is_player: bool,
    /// Since when.
    pub since: Moment,
    /// Its device, as licenses that are bound to players name it.
    pub device: Hash,
    /// What is with it on loan from here, or here on loan from it.
    pub loans: Vec<Borrowing>,
    /// Loans between the two that are still on their way.
    pub open: usize,
}

/// One loan, as one of its sides shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Borrowing {
    /// The loan's name, the same on both sides.
    pub loan: LicenseId,
    /// The license it was made of.
    pub of: LicenseId,
    /// Which work.
    pub content: ContentId,
    /// Its title.
    pub title: String,
    /// On the wallet: what was lent. On the player: what is left of it.
    pub rights: Rights,
    /// Since when.
    pub since: Moment,
}

impl Wallet {
    /// Everybody paired with this device, by name.
    pub async fn mates(&self) -> Vec<Mate> {
        self.on_card(|card| mates(card)).await
    }

    /// The paired device of this name, or of this pair.
    pub async fn mate(&self, name: &str) -> Option<Mate> {
        let mut found = self
            .mates()
            .await
            .into_iter()
            .filter(|mate| mate.pair.to_string() == name || mate.name.to_lowercase() == name.to_lowercase());
        // Two of one name are told apart by their pairs.
        found.next().filter(|_| found.next().is_none())
    }

    /// Is the package of this header out on loan, so that its player needs the file?
    pub(in crate::engine) async fn is_lent_out(&self, header: Hash) -> bool {
        let lent: Vec<LicenseId> = self
            .on_card(|card| card.lent().map(|(_, lent)| lent.of).collect())
            .await;
        for license in lent {
            if self.license(license).await.is_some_and(|l| l.link.header == header) {
                return true;
            }
        }
        false
    }

    /// The holder gives a loan up: its player is gone, and with it what it was lent. With his PIN.
    pub async fn give_up_loan(&self, loan: LicenseId, pin: &str) -> Result<(), card::GiveUpRefusal> {
        let (pin, now, seed) = (zeroize::Zeroizing::new(pin.to_owned()), self.now(), self.seed());
        self.on_card(move |card| card.give_up_loan(loan, &pin, now, &seed))
            .await
    }
}

fn mates(card: &TheCard) -> Vec<Mate> {
    let mut all: Vec<Mate> = card
        .pairs()
        .map(|(pair, known)| Mate {
            pair: *pair,
            name: tame(&known.name),
            allowed: known.listed,
            is_player: known.mine == Greeter::Wallet,
            since: known.since,
            device: known.device,
            loans: loans(card, *pair, known.device, known.mine),
            open: card.open().iter().filter(|open| open.peer == pair.0).count(),
        })
        .collect();
    all.sort_by_cached_key(|mate| (mate.name.to_lowercase(), mate.since));
    all
}

fn loans(card: &TheCard, pair: Tag, device: Hash, mine: Greeter) -> Vec<Borrowing> {
    let title = |id: LicenseId| {
        let held = card.state().licenses.get(&id)?;
        Some((
            held.title,
            card.offer_of(held).map(|offer| offer.title).unwrap_or_default(),
        ))
    };
    let known = |loan: LicenseId, of: LicenseId, here: LicenseId, rights: Rights, since: Moment| {
        let (content, title) = title(here).unwrap_or_default();
        Borrowing {
            loan,
            of,
            content,
            title: tame(&title),
            rights,
            since,
        }
    };
    match mine {
        Greeter::Wallet => card
            .lent()
            .filter(|(_, lent)| lent.to == device)
            .map(|(loan, lent)| known(*loan, lent.of, lent.of, lent.rights, lent.at))
            .collect(),
        Greeter::Player => {
            let held = card.state().licenses.values();
            held.filter_map(|held| {
                let borrowed = card.state().borrowed(held.id)?;
                let from = borrowed.pair == pair || borrowed.from == device;
                from.then(|| known(held.id, borrowed.of, held.id, held.rights, held.since))
            })
            .collect()
        }
    }
}

/// A name that another device wrote, without anything that would move a line about.
fn tame(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}
