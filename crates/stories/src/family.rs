//! The family: several wallets and several players in one home (system 4). Each side has a list of whom it lets in; a hand-over
//! works where both do, and nothing has moved where one does not. Licenses come with the telephone bill, so the purses stay as
//! they are, and plays are counted once, wherever they are played.

use carrier::SubscriberId;
use deal::enterprise::EnterpriseNo;
use units::{Currency, LicenseId, Moment, Money, Tag};

use crate::{
    Books, Counterpart, Figures, Holder, Parties, Player, Refuses, Settling, Stuck, Tale, Telephone, Work, player, sale,
};

/// Who is in the home, and whom they let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Money on each wallet's card.
    pub purses: Vec<i64>,
    /// For each wallet, the players it lets in, from 1.
    pub wallets: Vec<Vec<usize>>,
    /// For each player, the wallets it lets in, from 1.
    pub players: Vec<Vec<usize>>,
    /// How often a license plays.
    pub plays: u32,
    /// The seller's enterprise number, which the registry trusts.
    pub enterprise: u32,
}

impl Family {
    /// The source's own figures.
    pub fn of_source() -> Self {
        Self {
            purses: vec![3000, 7000, 5500],
            wallets: vec![vec![1, 2, 3], vec![2], vec![3]],
            players: vec![vec![1], vec![1, 2], vec![1, 2, 3]],
            plays: 3,
            enterprise: 2000,
        }
    }
}

fn stuck(text: String) -> Stuck {
    Stuck::other("family", &text)
}

/// Tells it, over parties of its own.
pub fn family(figures: &Figures, story: &Family) -> Result<Tale, Stuck> {
    if story.plays == 0 || story.purses.len() != story.wallets.len() {
        return Err(stuck(
            "each wallet has a purse and a list, and a license plays at least once".into(),
        ));
    }
    // 2005-03-22, nine in the morning in Tokyo.
    let from = Moment(1_111_449_600_000);
    let telephone = Telephone {
        calls: 0,
        packets: 0,
        basic: 2000,
        service: 0,
    };
    let mut parties = Settling::found(&figures.seed, from, true, units::Span::days(7), telephone).map_err(stuck)?;
    Told::begin(&mut parties, figures, story)?.tell()
}

/// The telling so far.
struct Told<'a> {
    parties: &'a mut Settling,
    figures: &'a Figures,
    story: &'a Family,
    tale: Tale,
    wallets: Vec<Holder>,
    players: Vec<Player>,
    /// Which pairs have handed over and had back: 1, else 0.
    worked: std::collections::BTreeMap<String, i64>,
    played: u32,
}

impl<'a> Told<'a> {
    fn begin(parties: &'a mut Settling, figures: &'a Figures, story: &'a Family) -> Result<Self, Stuck> {
        let (mut wallets, mut players) = (Vec::new(), Vec::new());
        for n in 1..=story.wallets.len() {
            let name = format!("wallet {n}");
            wallets.push(Holder::born(&name, &mut parties.world, Currency::JPY, &figures.seed)?);
        }
        for n in 1..=story.players.len() {
            let name = format!("player {n}");
            players.push(Player::made(&name, &mut parties.world, &figures.seed)?);
        }
        Ok(Self {
            parties,
            figures,
            story,
            tale: Tale::new("settlement"),
            wallets,
            players,
            worked: std::collections::BTreeMap::new(),
            played: 0,
        })
    }

    fn books(&mut self) -> Books {
        let holders: Vec<&Holder> = self.wallets.iter().collect();
        let mut books = sale::books(&holders, &mut self.parties.world);
        books.parties.insert("pairs".into(), self.worked.clone());
        books
    }

    fn step(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }

    fn tell(mut self) -> Result<Tale, Stuck> {
        for n in 0..self.wallets.len() {
            let purse = self.story.purses.get(n).copied().unwrap_or_default();
            let purse = Money::new(purse, Currency::JPY).map_err(|e| stuck(e.to_string()))?;
            let Self { parties, wallets, .. } = &mut self;
            let Some(wallet) = wallets.get_mut(n) else { continue };
            let who = SubscriberId(parties.world.seed().id("subscriber"));
            let number = format!("+8190123400{:02}", n + 1);
            parties
                .sign_up_as(wallet, who, &number, &wallet.name.clone())
                .map_err(stuck)?;
            wallet.first_money(&mut parties.world, purse)?;
        }
        self.step("family", "has a card and a telephone for each of its wallets", "ST-12");
        let licenses = self.buys()?;
        let pairs = self.pairs_up()?;
        self.tries_all(&licenses, &pairs)?;
        self.counts(&licenses, &pairs)?;
        let Self {
            parties,
            figures,
            tale,
            wallets,
            worked,
            ..
        } = self;
        let holders: Vec<&Holder> = wallets.iter().collect();
        let mut told = sale::finish(tale, &mut parties.world, &holders, figures);
        told.books.parties.insert("pairs".into(), worked);
        Ok(told)
    }

    /// Every wallet buys one license with its telephone bill.
    fn buys(&mut self) -> Result<Vec<LicenseId>, Stuck> {
        let no = EnterpriseNo(self.story.enterprise);
        self.parties.trust(&[self.story.enterprise], no).map_err(stuck)?;
        self.parties.world.numbered(no, Some(self.story.plays));
        let work = Work {
            title: "Night Ferry".into(),
            content: sale::song(&self.figures.seed),
            media_type: "audio/wav".into(),
            price: self.figures.price,
            unique: false,
            handing: None,
        };
        let listing = self.parties.world.publish(&work).map_err(stuck)?;
        let want = self.parties.by_bill();
        let mut licenses = Vec::new();
        for wallet in &mut self.wallets {
            let checked = wallet.ask(&mut self.parties.world, listing.number, &listing.sheet)?;
            let (_, pay) = wallet.commit(&self.parties.world, &checked, &want)?;
            let settled = wallet.finish(&mut self.parties.world, Counterpart::Shop, &pay)?;
            let card::Settled::Given {
                license: Some(license), ..
            } = settled
            else {
                return Err(Stuck::other("no-license", &format!("{settled:?}")));
            };
            self.parties.relay(wallet, license)?;
            licenses.push(license);
        }
        let says = format!(
            "each buys \"Night Ferry\" with its telephone bill: {} plays each, and no purse has changed",
            self.story.plays
        );
        self.step("family", says, "ST-4");
        Ok(licenses)
    }

    /// Every wallet meets every player once, and then both edit their lists, with their PINs.
    fn pairs_up(&mut self) -> Result<Vec<Vec<Tag>>, Stuck> {
        let mut pairs = Vec::new();
        for (w, wallet) in self.wallets.iter_mut().enumerate() {
            let mut row = Vec::new();
            for (p, device) in self.players.iter_mut().enumerate() {
                let pair = player::pair(wallet, device, &self.parties.world)?;
                let seed = wallet.draw();
                let no = wallet.card.list_device(pair, true, "0000", &seed);
                self.tale
                    .must(no.is_err(), "a list was edited by somebody who did not prove who he is");
                let lets_in = |list: Option<&Vec<usize>>, n: usize| list.is_some_and(|list| list.contains(&(n + 1)));
                let seed = wallet.draw();
                let mine = lets_in(self.story.wallets.get(w), p);
                wallet
                    .card
                    .list_device(pair, mine, crate::PIN, &seed)
                    .map_err(|e| Stuck::of(&e))?;
                let seed = device.draw();
                let theirs = lets_in(self.story.players.get(p), w);
                device
                    .card
                    .list_device(pair, theirs, crate::PIN, &seed)
                    .map_err(|e| Stuck::of(&e))?;
                row.push(pair);
            }
            pairs.push(row);
        }
        self.step(
            "family",
            "pairs every wallet with every player, and each side says whom it lets in, with its owner's PIN",
            "ST-12",
        );
        Ok(pairs)
    }

    /// One play goes to each player, where both let the other in, and comes back.
    fn tries_all(&mut self, licenses: &[LicenseId], pairs: &[Vec<Tag>]) -> Result<(), Stuck> {
        for (w, row) in pairs.iter().enumerate() {
            for (p, pair) in row.iter().enumerate() {
                let name = format!("{}-{}", w + 1, p + 1);
                let before = self.books();
                let Self {
                    parties,
                    wallets,
                    players,
                    ..
                } = &mut *self;
                let (Some(wallet), Some(device), Some(license)) =
                    (wallets.get_mut(w), players.get_mut(p), licenses.get(w))
                else {
                    continue;
                };
                let left = plays_left(wallet, *license);
                match player::greet(wallet, device, *pair)? {
                    Ok(_) => {
                        let loan = player::lend(wallet, device, &parties.world, *pair, *license, 1)?;
                        player::give_back(wallet, device, &parties.world, *pair, loan)?;
                        let same = plays_left(wallet, *license) == left;
                        self.tale
                            .must(same, format!("{name}: a play was lost or made on the way"));
                        self.worked.insert(name.clone(), 1);
                        self.step(
                            "family",
                            format!("{name}: both let the other in; one play goes over and comes back"),
                            "ST-12",
                        );
                    }
                    Err(refuses) => {
                        let same = plays_left(wallet, *license) == left;
                        self.worked.insert(name.clone(), 0);
                        self.tale
                            .must(same, format!("{name}: a refused hand-over moved something"));
                        let (who, code) = match refuses {
                            Refuses::Player => ("player", "device-not-listed-there"),
                            Refuses::Wallet => ("wallet", "device-not-listed"),
                        };
                        let books = self.books();
                        self.tale.must(
                            books.cards == before.cards,
                            format!("{name}: a refusal changed somebody's books"),
                        );
                        let says = format!(
                            "{name}: the {who} does not let the other in, and says so; the license stays on the wallet"
                        );
                        self.tale.refusal(who, code, says, Some("ST-12"), books);
                    }
                }
            }
        }
        Ok(())
    }

    /// The first wallet's plays, on whichever of its players, until none is left.
    fn counts(&mut self, licenses: &[LicenseId], pairs: &[Vec<Tag>]) -> Result<(), Stuck> {
        let works: Vec<usize> = (0..self.players.len())
            .filter(|p| self.worked.get(&format!("1-{}", p + 1)) == Some(&1))
            .collect();
        let Some(license) = licenses.first().copied().filter(|_| !works.is_empty()) else {
            return Ok(());
        };
        for p in works
            .iter()
            .cycle()
            .take(usize::try_from(self.story.plays).unwrap_or(0) + 1)
        {
            let Self {
                parties,
                wallets,
                players,
                ..
            } = &mut *self;
            let (Some(wallet), Some(device), Some(pair)) = (
                wallets.first_mut(),
                players.get_mut(*p),
                pairs.first().and_then(|row| row.get(*p)),
            ) else {
                continue;
            };
            match player::lend(wallet, device, &parties.world, *pair, license, 1) {
                Ok(loan) => {
                    let (now, seed) = (parties.world.now(), device.draw());
                    device.card.begin_play(loan, now, &seed).map_err(|e| Stuck::of(&e))?;
                    let again = device.card.begin_play(loan, now, &seed).is_ok();
                    player::give_back(wallet, device, &parties.world, *pair, loan)?;
                    self.tale.must(!again, "one play was played twice");
                    self.played += 1;
                    let says = format!("plays it: {} of {}", self.played, self.story.plays);
                    let name = format!("player {}", p + 1);
                    self.step(&name, says, "ST-4");
                }
                Err(no) => {
                    let books = self.books();
                    self.tale.refusal(
                        "wallet",
                        &no.code,
                        "no play is left to hand over, to any player",
                        Some("ST-4"),
                        books,
                    );
                }
            }
        }
        let so = self.played == self.story.plays;
        self.tale
            .must(so, format!("{} plays were played of {}", self.played, self.story.plays));
        Ok(())
    }
}

fn plays_left(wallet: &Holder, license: LicenseId) -> Option<u32> {
    wallet
        .card
        .state()
        .licenses
        .get(&license)
        .and_then(|held| held.rights.plays)
}
