//! A player of the stories: a card in a device that plays, certified by its maker and never online; and what passes between it and
//! a holder's wallet.

use card::{Card, Greeted, Keeping, LoanOffer, Lock, Memory, PairRefusal, PinCost, Settled};
use deal::{Profile, lend::LendWish};
use party::realm::{Certifier, Subject};
use seal::{Class, Role, Secret, Seed};
use units::{Currency, LicenseId, Money, Span, Tag};

use crate::{Holder, InMemory, PIN, Parties, Stuck};

/// A device that plays.
#[derive(Debug)]
pub struct Player {
    /// The name the books use.
    pub name: String,
    /// Its card.
    pub card: Card<Memory>,
    own: Secret,
    drawn: u64,
}

impl Player {
    /// As its maker leaves it.
    pub fn made(name: &str, parties: &mut InMemory, seed: &[u8; 32]) -> Result<Self, Stuck> {
        let own = Secret::new(*seed).derive("player", &[name.as_bytes()]);
        let draw = |n: u64| Seed::new(*own.derive("draw", &[&n.to_be_bytes()]).expose());
        let (lock, _) = Lock::new(PIN, PinCost::TOY, &draw(0)).map_err(|e| Stuck::of(&e))?;
        let nothing = Money::zero(Currency::JPY);
        let profile = Profile::software(nothing, nothing);
        let (master, realm, now) = (own.derive("km", &[]), parties.realm(), parties.now());
        let born = Card::born(
            &master,
            realm.clone(),
            lock,
            profile,
            Keeping::AsTheyCame,
            Memory::default(),
            &draw(1),
        );
        let mut card = born.map_err(|e| Stuck::of(&e))?;
        let (sign, seal) = card.device_keys();
        let subject = Subject {
            id: card.device().0.first_chunk::<16>().copied().unwrap_or_default(),
            role: Role::Player,
            sign,
            seal,
            class: Class::Software,
            name: name.into(),
        };
        let maker = parties.maker();
        let by = Certifier::new(&maker.card_certifier(), realm.id());
        let certificate = by.certify(
            &subject,
            now.less(Span::days(1)),
            now.plus(Span::days(3650)),
            drawn_serial(name),
        );
        let certifiers = maker.certifiers();
        card.become_player(&certificate, &certifiers, now, &draw(2))
            .map_err(|e| Stuck::of(&e))?;
        Ok(Self {
            name: name.into(),
            card,
            own,
            drawn: 3,
        })
    }

    /// Fresh randomness for one step.
    pub fn draw(&mut self) -> Seed {
        self.drawn += 1;
        Seed::new(*self.own.derive("draw", &[&self.drawn.to_be_bytes()]).expose())
    }

    /// The power goes: what was not in the journal is gone, and the device wakes from it.
    pub fn power_cut(&mut self) -> Result<(), Stuck> {
        let file = self.card.journal().clone();
        let master = self.own.derive("km", &[]);
        let woken = Card::wake(&master, &file.snapshot.clone(), &file.records.clone(), file);
        self.card = woken.map_err(|e| Stuck::of(&e))?;
        Ok(())
    }

    /// Plays left here of what was lent under this name.
    pub fn plays_left(&self, loan: LicenseId) -> Option<u32> {
        self.card.state().licenses.get(&loan).and_then(|held| held.rights.plays)
    }
}

fn drawn_serial(name: &str) -> u64 {
    u64::from_be_bytes(
        seal::hash(name.as_bytes())
            .0
            .first_chunk::<8>()
            .copied()
            .unwrap_or_default(),
    )
}

/// A holder and a player, each with his PIN, become a pair; which.
pub fn pair(holder: &mut Holder, player: &mut Player, parties: &InMemory) -> Result<Tag, Stuck> {
    let now = parties.now();
    let seed = player.draw();
    let sheet = player
        .card
        .offer_pairing(&player.name, &seed)
        .map_err(|e| Stuck::of(&e))?;
    let seed = holder.draw();
    let (name, answer) = holder
        .card
        .pair_player(sheet.bytes(), &holder.name, PIN, now, &seed)
        .map_err(|e| Stuck::of(&e))?;
    let seed = player.draw();
    player
        .card
        .pair_wallet(answer.bytes(), PIN, now, &seed)
        .map_err(|e| Stuck::of(&e))?;
    Ok(name)
}

/// Who of the two does not let the other in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuses {
    /// The player, who is asked first.
    Player,
    /// The wallet.
    Wallet,
}

/// Both greet one another, the wallet first; or one of them says no, signed, and the other has heard it.
pub fn greet(
    holder: &mut Holder,
    player: &mut Player,
    pair: Tag,
) -> Result<Result<(Greeted, Greeted), Refuses>, Stuck> {
    let seed = holder.draw();
    let (greeting, hello) = holder.card.greet(pair, &seed).map_err(|e| Stuck::of(&e))?;
    let seed = player.draw();
    let (heard, _, hello) = player
        .card
        .greeted_by(hello.bytes(), &seed)
        .map_err(|e| Stuck::of(&e))?;
    let welcomed = match holder.card.greeting_answered(greeting, hello.bytes()) {
        Ok(welcomed) => welcomed,
        Err(PairRefusal::NotListedThere) => return Ok(Err(Refuses::Player)),
        Err(no) => return Err(Stuck::of(&no)),
    };
    let theirs = player.card.greeting_heard(&heard, welcomed.say.bytes());
    match (welcomed.greeted, theirs) {
        (Some(mine), Ok(theirs)) => Ok(Ok((mine, theirs))),
        (None, Err(PairRefusal::NotListedThere)) => Ok(Err(Refuses::Wallet)),
        (_, Err(no)) => Err(Stuck::of(&no)),
        (None, Ok(_)) => Err(Stuck::other("greeting", "a player was let in by nobody")),
    }
}

/// So many plays go to a player, with a power cut on each side before it has answered; the loan's name.
pub fn lend(
    holder: &mut Holder,
    player: &mut Player,
    parties: &InMemory,
    pair: Tag,
    license: LicenseId,
    plays: u32,
) -> Result<LicenseId, Stuck> {
    let now = parties.now();
    let Ok((mine, theirs)) = greet(holder, player, pair)? else {
        return Err(Stuck::other(
            "device-not-listed",
            "one of the two does not let the other in",
        ));
    };
    let wish = LendWish {
        plays: Some(plays),
        period: None,
    };
    let seed = holder.draw();
    let quote = holder
        .card
        .lend(&mine, license, wish, now, &seed)
        .map_err(|e| Stuck::of(&e))?;
    let offer = player
        .card
        .read_loan(&theirs, quote.bytes())
        .map_err(|e| Stuck::of(&e))?;
    let seed = player.draw();
    let pay = take(&mut player.card, &offer, now, &seed)?;
    player.power_cut()?;
    let seed = holder.draw();
    let decided = holder.card.decide(&pay, now, &seed).map_err(|e| Stuck::of(&e))?;
    let settle = decided.settle().map(|settle| settle.bytes().to_vec());
    let settle = settle.ok_or_else(|| Stuck::other("not-lent", "the wallet said nothing"))?;
    holder.power_cut()?;
    let seed = player.draw();
    let settled = player.card.settle(&settle, now, &seed).map_err(|e| Stuck::of(&e))?;
    let (license, done) = arrived(settled)?;
    let seed = holder.draw();
    holder.card.take_done(&done, &seed).map_err(|e| Stuck::of(&e))?;
    Ok(license)
}

/// What was not played goes back.
pub fn give_back(
    holder: &mut Holder,
    player: &mut Player,
    parties: &InMemory,
    pair: Tag,
    loan: LicenseId,
) -> Result<(), Stuck> {
    let now = parties.now();
    let Ok((mine, theirs)) = greet(holder, player, pair)? else {
        return Err(Stuck::other(
            "device-not-listed",
            "one of the two does not let the other in",
        ));
    };
    let seed = player.draw();
    let quote = player
        .card
        .give_back(&theirs, loan, now, &seed)
        .map_err(|e| Stuck::of(&e))?;
    let offer = holder.card.read_loan(&mine, quote.bytes()).map_err(|e| Stuck::of(&e))?;
    let seed = holder.draw();
    let pay = take(&mut holder.card, &offer, now, &seed)?;
    let seed = player.draw();
    let decided = player.card.decide(&pay, now, &seed).map_err(|e| Stuck::of(&e))?;
    let settle = decided.settle().map(|settle| settle.bytes().to_vec());
    let settle = settle.ok_or_else(|| Stuck::other("not-returned", "the player said nothing"))?;
    player.power_cut()?;
    let seed = holder.draw();
    let settled = holder.card.settle(&settle, now, &seed).map_err(|e| Stuck::of(&e))?;
    let (_, done) = arrived(settled)?;
    let seed = player.draw();
    player.card.take_done(&done, &seed).map_err(|e| Stuck::of(&e))?;
    Ok(())
}

fn take(card: &mut Card<Memory>, offer: &LoanOffer, now: units::Moment, seed: &Seed) -> Result<Vec<u8>, Stuck> {
    let (_, pay) = card.borrow(offer, now, seed).map_err(|e| Stuck::of(&e))?;
    Ok(pay.into_bytes())
}

fn arrived(settled: Settled) -> Result<(LicenseId, Vec<u8>), Stuck> {
    match settled {
        Settled::Given {
            license: Some(license),
            done,
            ..
        } => Ok((license, done.into_bytes())),
        Settled::Void { reason, .. } => Err(Stuck::other(reason.code(), reason.text())),
        other => Err(Stuck::other("not-handed-over", &format!("{other:?}"))),
    }
}
